//! Money (monnaie): an exact decimal amount that carries its currency, and the named ways to round it.
//!
//! The one rule to remember: an amount is rounded only where a rule says so, by name, and
//! adding two currencies is an error, not a number.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer};

/// The largest amount, in units of the currency, that the fund's books accept: 10^15.
const MOST: i64 = 1_000_000_000_000_000;

/// A currency (devise) by its ISO 4217 code, with how many decimals its smallest unit has.
///
/// ```
/// use cnss_core::money::Currency;
/// let franc = Currency::new("XOF", 0)?;
/// assert_eq!(franc.code(), "XOF");
/// # Ok::<(), cnss_core::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// The currency `code` (three capital letters) whose smallest unit has `exponent` decimals (0 to 4).
    ///
    /// # Errors
    /// When the code is not three capital letters or the exponent is above 4.
    pub fn new(code: &str, exponent: u8) -> Result<Self, MoneyError> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) && exponent <= 4 => {
                Ok(Self { code: [a, b, c], exponent })
            }
            _ => Err(MoneyError::NotACurrency(code.chars().take(10).collect())),
        }
    }

    /// The ISO 4217 code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// Decimals of the smallest unit: 0 for the franc CFA, 2 for the dirham, 3 for the dinar.
    #[must_use]
    pub const fn exponent(&self) -> u8 {
        self.exponent
    }

    /// Nothing, in this currency.
    #[must_use]
    pub const fn zero(self) -> Money {
        Money { amount: Decimal::ZERO, currency: self }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why an amount could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a currency code.
    #[error("not a currency: {0:?}")]
    NotACurrency(String),
    /// Two currencies met in one operation.
    #[error("{0:?} and {1:?} cannot be mixed")]
    Mixed(Currency, Currency),
    /// The amount leaves what the books accept (10^15 units).
    #[error("amount beyond what the books accept")]
    TooLarge,
    /// The amount has more decimals than the currency.
    #[error("more decimals than {0:?} has")]
    TooFine(Currency),
}

/// An exact amount in one currency.
///
/// Prints as a plain decimal (`79900`, `1234.50`), which is also its JSON form: a string.
///
/// ```
/// use cnss_core::money::{Currency, Money, Rounding};
/// use rust_decimal::Decimal;
/// let franc = Currency::new("XOF", 0)?;
/// let wage = Money::new(Decimal::from(52_500), franc)?;
/// let share = wage.times(Decimal::new(125, 3))?;          // 12,5 %
/// assert_eq!(share.to_string(), "6562.5");
/// assert_eq!(share.round(Rounding::HalfUp).to_string(), "6563");
/// # Ok::<(), cnss_core::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// `amount` units of `currency`.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond 10^15 units on either side of zero.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.abs() > Decimal::from(MOST) {
            return Err(MoneyError::TooLarge);
        }
        // There is one nothing: a decimal could also hold « −0 », which nobody wants to read.
        let amount = if amount.is_zero() { Decimal::ZERO } else { amount };
        Ok(Self { amount, currency })
    }

    /// An amount kept as a whole number of smallest units, as the books store it.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond 10^15 units.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        Self::new(Decimal::new(minor, u32::from(currency.exponent)), currency)
    }

    /// The amount as a whole number of smallest units.
    ///
    /// # Errors
    /// [`MoneyError::TooFine`] when a rule forgot to round, [`MoneyError::TooLarge`] when it does not fit.
    pub fn to_minor(self) -> Result<i64, MoneyError> {
        let mut scaled = self.amount;
        scaled.rescale(u32::from(self.currency.exponent));
        if scaled != self.amount {
            return Err(MoneyError::TooFine(self.currency));
        }
        i64::try_from(scaled.mantissa()).map_err(|_| MoneyError::TooLarge)
    }

    /// The bare number.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// True for nothing at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// True below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.amount.is_sign_negative() && !self.amount.is_zero()
    }

    /// The sum.
    ///
    /// # Errors
    /// Mixed currencies, or a sum beyond what the books accept.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Self::new(self.amount.checked_add(other.amount).ok_or(MoneyError::TooLarge)?, self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    /// Mixed currencies, or a difference beyond what the books accept.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.plus(other.negated())
    }

    /// The product with a rate or a count, unrounded.
    ///
    /// # Errors
    /// A product beyond what the books accept.
    pub fn times(self, factor: Decimal) -> Result<Self, MoneyError> {
        Self::new(self.amount.checked_mul(factor).ok_or(MoneyError::TooLarge)?, self.currency)
    }

    /// The quotient by a count, with 28 significant digits.
    ///
    /// # Errors
    /// Division by zero, reported as [`MoneyError::TooLarge`].
    pub fn over(self, divisor: Decimal) -> Result<Self, MoneyError> {
        Self::new(self.amount.checked_div(divisor).ok_or(MoneyError::TooLarge)?, self.currency)
    }

    /// The same amount on the other side of zero.
    #[must_use]
    pub fn negated(self) -> Self {
        let amount = if self.amount.is_zero() { Decimal::ZERO } else { -self.amount };
        Self { amount, currency: self.currency }
    }

    /// The smaller of two amounts.
    ///
    /// # Errors
    /// Mixed currencies.
    pub fn at_most(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Ok(if other.amount < self.amount { other } else { self })
    }

    /// The larger of two amounts.
    ///
    /// # Errors
    /// Mixed currencies.
    pub fn at_least(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Ok(if other.amount > self.amount { other } else { self })
    }

    /// Rounded to the smallest unit of its currency by a named rule.
    #[must_use]
    pub fn round(self, rounding: Rounding) -> Self {
        Self {
            amount: rounding.apply(self.amount, u32::from(self.currency.exponent)),
            currency: self.currency,
        }
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = u32::from(self.currency.exponent).max(self.amount.normalize().scale());
        let mut shown = self.amount;
        shown.rescale(places);
        fmt::Display::fmt(&shown, f)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {:?}", self.currency)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A named way to round (arrondi); which one applies where is part of each fund's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, the half going away from zero (arrondi commercial).
    HalfUp,
    /// Towards zero (troncature).
    Down,
    /// Away from zero (à l'unité supérieure).
    Up,
}

impl Rounding {
    /// `amount` kept to `places` decimals.
    #[must_use]
    pub fn apply(self, amount: Decimal, places: u32) -> Decimal {
        let strategy = match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::Down => RoundingStrategy::ToZero,
            Self::Up => RoundingStrategy::AwayFromZero,
        };
        amount.round_dp_with_strategy(places, strategy)
    }

    /// The word in the files and the catalogues.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HalfUp => "half_up",
            Self::Down => "down",
            Self::Up => "up",
        }
    }
}

/// Why a typed amount cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount")]
pub struct NotAnAmount;

/// Reads an amount as people type it: `1 234,56`, `1.234,56`, `1234.56`, with any kind of space.
///
/// A point or comma followed by exactly three digits and nothing else is ambiguous
/// (`1.234`): it is read as thousands, since no fund here declares thousandths.
///
/// # Errors
/// When the text is not one number.
///
/// ```
/// use cnss_core::money::parse_amount;
/// assert_eq!(parse_amount("1 234,56")?.to_string(), "1234.56");
/// assert_eq!(parse_amount("52.500")?.to_string(), "52500");
/// assert!(parse_amount("12e5").is_err());
/// # Ok::<(), cnss_core::money::NotAnAmount>(())
/// ```
pub fn parse_amount(text: &str) -> Result<Decimal, NotAnAmount> {
    let compact: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{202f}' | '\u{a0}' | '\'')).collect();
    let (sign, digits) = match compact.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", compact.as_str()),
    };
    if digits.is_empty()
        || digits.len() > 24
        || !digits.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.')
    {
        return Err(NotAnAmount);
    }
    let (whole, decimals) = split_decimals(digits)?;
    let text =
        if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") };
    Decimal::from_str_exact(&text).map_err(|_| NotAnAmount)
}

/// Tells the decimal mark from the thousands mark: the last mark is the decimal one, unless
/// it is followed by three digits or stands more than once.
fn split_decimals(digits: &str) -> Result<(String, &str), NotAnAmount> {
    let Some(last) = digits.rfind([',', '.']) else { return Ok((digits.to_owned(), "")) };
    let (head, tail) = digits.split_at(last);
    let mark = if tail.starts_with(',') { ',' } else { '.' };
    let tail = tail.get(1..).unwrap_or("");
    let repeated = head.contains(mark);
    let thousands =
        repeated || (tail.len() == 3 && !head.contains([',', '.']) && head.trim_start_matches('0') == head);
    let (whole, decimals) = if thousands { (digits, "") } else { (head, tail) };
    if !thousands && tail.is_empty() {
        return Err(NotAnAmount);
    }
    let groups: Vec<&str> = whole.split([',', '.']).collect();
    let grouped = groups.len() == 1 || groups.iter().skip(1).all(|g| g.len() == 3);
    let first = groups.first().is_some_and(|g| !g.is_empty() && (groups.len() == 1 || g.len() <= 3));
    if grouped && first { Ok((groups.concat(), decimals)) } else { Err(NotAnAmount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (typed, read) in [
            ("1 234,56", Some("1234.56")),
            ("1\u{202f}234,56", Some("1234.56")),
            ("1\u{a0}234", Some("1234")),
            ("1.234,56", Some("1234.56")),
            ("1,234.56", Some("1234.56")),
            ("1,234,567", Some("1234567")),
            ("52.500", Some("52500")),
            ("52,5", Some("52.5")),
            ("0.125", Some("0.125")),
            ("-5", Some("-5")),
            ("", None),
            ("12e5", None),
            ("12,", None),
            (",5", None),
            ("1.23.456", None),
            ("1234.567,8", None),
            ("--1", None),
            ("1 2a", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(parse_amount(typed).ok().map(|d| d.to_string()).as_deref(), read, "{typed:?}");
        }
    }

    #[test]
    fn minor_units_refuse_what_was_not_rounded() {
        let franc = Currency::new("XOF", 0).expect("currency");
        let half = Money::new(Decimal::new(65625, 1), franc).expect("money");
        assert_eq!(half.to_minor(), Err(MoneyError::TooFine(franc)));
        assert_eq!(half.round(Rounding::HalfUp).to_minor(), Ok(6563));
        let dinar = Currency::new("TND", 3).expect("currency");
        let amount = Money::from_minor(1_234_567, dinar).expect("money");
        assert_eq!(amount.to_string(), "1234.567");
        assert_eq!(amount.to_minor(), Ok(1_234_567));
    }

    #[test]
    fn there_is_one_nothing() {
        let franc = Currency::new("XOF", 0).expect("currency");
        let five = Money::from_minor(5, franc).expect("money");
        assert_eq!(five.minus(five).map(|m| m.to_string()), Ok("0".to_owned()));
        assert_eq!(franc.zero().negated().to_string(), "0");
        assert_eq!(five.negated().times(Decimal::ZERO).map(|m| m.to_string()), Ok("0".to_owned()));
    }

    #[test]
    fn currencies_do_not_mix() {
        let franc = Currency::new("XOF", 0).expect("currency").zero();
        let dirham = Currency::new("MAD", 2).expect("currency").zero();
        assert!(matches!(franc.plus(dirham), Err(MoneyError::Mixed(..))));
    }
}
