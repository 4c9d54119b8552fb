//! Exact numbers (nombres exacts): fractions of whole numbers, so that nothing is lost between two
//! steps of a rule.
//!
//! 4 000 000 ÷ 120 × 30 % is 10 000, not 9 999,99…: a fund that truncates would take a franc away.
//! The one rule to remember: a number is rounded only where a rule says so, by name.

use std::cmp::Ordering;

use num_rational::Ratio;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub};
use rust_decimal::Decimal;

use crate::money::{MoneyError, Rounding};

/// An exact number.
///
/// Fractions of small numbers are left as they come and brought to lowest terms only when they
/// grow: looking for common divisors costs more than everything else.
///
/// ```
/// use cnss_core::exact::Exact;
/// use cnss_core::money::Rounding;
/// let third = Exact::whole(1).over(Exact::whole(3))?;
/// assert_eq!(third.times(Exact::whole(3))?, Exact::whole(1));
/// assert_eq!(third.rounded(Rounding::HalfUp, 2)?.to_string(), "0.33");
/// # Ok::<(), cnss_core::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exact(Ratio<i128>);

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(Ratio::new_raw(0, 1));
    /// One.
    pub const ONE: Self = Self(Ratio::new_raw(1, 1));

    /// A whole number.
    #[must_use]
    pub const fn whole(n: i128) -> Self {
        Self(Ratio::new_raw(n, 1))
    }

    /// `n` parts of `of`.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] when `of` is zero.
    pub fn part(n: i128, of: i128) -> Result<Self, MoneyError> {
        // The smallest number of all has no opposite, which reducing a fraction needs.
        if of == 0 || of == i128::MIN || n == i128::MIN {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(Ratio::new(n, of)))
    }

    /// A decimal, as it stands.
    #[must_use]
    pub fn of(decimal: Decimal) -> Self {
        if decimal.scale() == 0 {
            return Self::whole(decimal.mantissa());
        }
        if decimal.scale() <= 6
            && let Some(small) = within(decimal.mantissa(), 10_i128.pow(decimal.scale()))
        {
            return small;
        }
        let decimal = decimal.normalize();
        // A decimal has at most 28 decimals, which 10^28 holds.
        let denominator = 10_i128.checked_pow(decimal.scale()).unwrap_or(1);
        match (i64::try_from(decimal.mantissa()), i64::try_from(denominator)) {
            (Ok(above), Ok(below)) => Self(reduced(above, below)),
            _ => Self(Ratio::new(decimal.mantissa(), denominator)),
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond what 127 bits hold; likewise below.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if *self.0.denom() == 1 && *other.0.denom() == 1 {
            return self.0.numer().checked_add(other.0.numer()).map(Self::whole).ok_or(MoneyError::TooLarge);
        }
        if let (Some((a, b)), Some((c, d))) = (self.small(), other.small()) {
            let crossed = |x: i64, y: i64| i128::from(x).saturating_mul(y.into());
            let (above, below) = match b == d {
                true => (i128::from(a).saturating_add(c.into()), b.into()),
                false => (crossed(a, d).saturating_add(crossed(c, b)), crossed(b, d)),
            };
            if let Some(small) = within(above, below) {
                return Ok(small);
            }
        }
        self.0.checked_add(&other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(&other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The product.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn times(self, other: Self) -> Result<Self, MoneyError> {
        if let (Some((a, b)), Some((c, d))) = (self.small(), other.small()) {
            return Ok(Self(product((a, b), (c, d))));
        }
        self.0.checked_mul(&other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The quotient.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`], also for a division by zero.
    pub fn over(self, other: Self) -> Result<Self, MoneyError> {
        if *other.0.numer() == 0 {
            return Err(MoneyError::TooLarge);
        }
        if let (Some((a, b)), Some((c, d))) = (self.small(), other.small()) {
            // What stands below the line is above zero: the sign moves up.
            let upside_down = if c < 0 { (d.saturating_neg(), c.saturating_neg()) } else { (d, c) };
            return Ok(Self(product((a, b), upside_down)));
        }
        self.0.checked_div(&other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// Both parts, when they fit into machine words, which nearly every number of the law does:
    /// their arithmetic is several times faster, and gives the same.
    fn small(self) -> Option<(i64, i64)> {
        let above = i64::try_from(*self.0.numer()).ok().filter(|n| *n != i64::MIN)?;
        Some((above, i64::try_from(*self.0.denom()).ok()?))
    }

    /// Above and below the line, in lowest terms; what is below is above zero.
    #[must_use]
    pub(crate) fn parts(self) -> (i128, i128) {
        let lowest = self.0.reduced();
        (*lowest.numer(), *lowest.denom())
    }

    /// True for nothing at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        *self.0.numer() == 0
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        *self.0.numer() < 0
    }

    /// The greatest whole number that is not above it.
    #[must_use]
    pub fn floor(self) -> i128 {
        self.0.numer().div_euclid(*self.0.denom())
    }

    /// Rounded to a whole number of `unit`s by a named rule, in units of one.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`], also for a unit that is not above zero.
    pub fn rounded_to(self, way: Rounding, unit: Decimal) -> Result<Decimal, MoneyError> {
        let unit = unit.normalize();
        if unit <= Decimal::ZERO {
            return Err(MoneyError::TooLarge);
        }
        if unit.mantissa() == 1
            && let Some(count) = self.counted(way, unit.scale())
        {
            return Ok(Decimal::new(count, unit.scale()));
        }
        let of_units = self.over(Self::of(unit))?;
        let (numerator, denominator) = (*of_units.0.numer(), *of_units.0.denom());
        let magnitude = numerator.checked_abs().ok_or(MoneyError::TooLarge)?;
        let (whole, rest) = (magnitude.div_euclid(denominator), magnitude.rem_euclid(denominator));
        let away = match way {
            Rounding::HalfUp => rest >= denominator.saturating_sub(rest),
            Rounding::Down => false,
            Rounding::Up => rest > 0,
        };
        let whole = whole.checked_add(i128::from(away)).ok_or(MoneyError::TooLarge)?;
        let signed = if numerator < 0 { whole.checked_neg().ok_or(MoneyError::TooLarge)? } else { whole };
        let count = Decimal::try_from_i128_with_scale(signed, 0).map_err(|_| MoneyError::TooLarge)?;
        count.checked_mul(unit).ok_or(MoneyError::TooLarge)
    }

    /// How many units of the decimal `places` it comes to, where machine words hold them.
    fn counted(self, way: Rounding, places: u32) -> Option<i64> {
        let (above, below) = self.small()?;
        let (parts, below) =
            (above.unsigned_abs().checked_mul(10_u64.checked_pow(places)?)?, below.unsigned_abs());
        let (whole, rest) = (parts.checked_div(below)?, parts.checked_rem(below)?);
        let away = match way {
            Rounding::HalfUp => rest >= below.saturating_sub(rest),
            Rounding::Down => false,
            Rounding::Up => rest > 0,
        };
        let count = i64::try_from(whole.checked_add(u64::from(away))?).ok()?;
        Some(if above < 0 { count.saturating_neg() } else { count })
    }

    /// Kept to `places` decimals by a named rule.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond what a decimal holds.
    pub fn rounded(self, way: Rounding, places: u32) -> Result<Decimal, MoneyError> {
        if let Some(count) = self.counted(way, places) {
            return Decimal::try_new(count, places).map_err(|_| MoneyError::TooLarge);
        }
        let unit = Decimal::try_new(1, places).map_err(|_| MoneyError::TooLarge)?;
        let mut rounded = self.rounded_to(way, unit)?;
        rounded.rescale(places);
        Ok(rounded)
    }

    /// The larger of two.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// The smaller of two.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        if other < self { other } else { self }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.small(), other.small()) {
            (Some((a, b)), Some((c, d))) => {
                let crossed = |x: i64, y: i64| i128::from(x).saturating_mul(y.into());
                crossed(a, d).cmp(&crossed(c, b))
            }
            _ => self.0.cmp(&other.0),
        }
    }
}

/// The greatest common divisor; that of zero and a number is the number.
const fn common(a: u64, b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let twos = (a | b).trailing_zeros();
    let mut a = a >> a.trailing_zeros();
    let mut b = b >> b.trailing_zeros();
    while a != b {
        if a > b {
            a = a.saturating_sub(b);
            a >>= a.trailing_zeros();
        } else {
            b = b.saturating_sub(a);
            b >>= b.trailing_zeros();
        }
    }
    a << twos
}

/// Both without their common divisor, `below` being above zero.
fn parted(above: i64, below: i64) -> (i64, i64) {
    if below == 1 {
        return (above, below);
    }
    // At most `below`, which is an i64, and at least 1.
    let by = i64::try_from(common(above.unsigned_abs(), below.unsigned_abs())).unwrap_or(1);
    (above.checked_div(by).unwrap_or(above), below.checked_div(by).unwrap_or(below))
}

/// A fraction of small numbers in lowest terms.
fn reduced(above: i64, below: i64) -> Ratio<i128> {
    let (above, below) = parted(above, below);
    Ratio::new_raw(above.into(), below.into())
}

/// A fraction as it comes, as long as it is small.
fn within(above: i128, below: i128) -> Option<Exact> {
    let small = above.unsigned_abs() < 1 << 62 && (1..1 << 40).contains(&below);
    small.then(|| Exact(Ratio::new_raw(above, below)))
}

/// The product of two fractions; a large one loses what can be taken out crosswise.
fn product((a, b): (i64, i64), (c, d): (i64, i64)) -> Ratio<i128> {
    let crossed = |x: i64, y: i64| i128::from(x).saturating_mul(y.into());
    if let Some(small) = within(crossed(a, c), crossed(b, d)) {
        return small.0;
    }
    let ((a, d), (c, b)) = (parted(a, d), parted(c, b));
    Ratio::new_raw(crossed(a, c), crossed(b, d))
}

impl From<u32> for Exact {
    fn from(n: u32) -> Self {
        Self::whole(n.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_exact_on_both_sides_of_zero() {
        let exact = |n, of| Exact::part(n, of).expect("a fraction");
        for (n, of, way, to, expected) in [
            (13_125, 2, Rounding::HalfUp, "1", "6563"),
            (13_125, 2, Rounding::Down, "1", "6562"),
            (1, 3, Rounding::Up, "1", "1"),
            (-5, 2, Rounding::HalfUp, "1", "-3"),
            (7_501, 1, Rounding::Up, "5", "7505"),
            (7_502, 1, Rounding::HalfUp, "5", "7500"),
            (1_005, 1_000, Rounding::HalfUp, "0.01", "1.01"),
            (4, 2, Rounding::Up, "1", "2"),
        ] {
            let unit = to.parse().expect("a decimal");
            let rounded = exact(n, of).rounded_to(way, unit).expect("small");
            assert_eq!(rounded.normalize().to_string(), expected, "{n}/{of}");
        }
    }

    proptest::proptest! {
        /// Machine words give what exact fractions give.
        #[test]
        fn small_numbers_are_as_exact_as_large_ones(a in -9_999_999_i128..9_999_999, b in 1_i128..99_999, c in -999_999_i128..999_999, d in 1_i128..999_999) {
            let (x, y) = (Exact::part(a, b).expect("a fraction"), Exact::part(c, d).expect("a fraction"));
            proptest::prop_assert_eq!(x.times(y), Ok(Exact(Ratio::new(a * c, b * d))));
            proptest::prop_assert_eq!(x.plus(y), Ok(Exact(Ratio::new(a * d + c * b, b * d))));
            proptest::prop_assert_eq!(x.cmp(&y), (a * d).cmp(&(c * b)));
            if c != 0 {
                proptest::prop_assert_eq!(x.over(y), Ok(Exact(Ratio::new(a * d, b * c))));
            }
            let decimal = Decimal::from_i128_with_scale(a, 4);
            proptest::prop_assert_eq!(Exact::of(decimal), Exact(Ratio::new(a, 10_000)));
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let most = Exact::whole(i128::MAX);
        assert_eq!(most.plus(Exact::ONE), Err(MoneyError::TooLarge));
        assert_eq!(most.times(most), Err(MoneyError::TooLarge));
        assert_eq!(Exact::ONE.over(Exact::ZERO), Err(MoneyError::TooLarge));
        assert_eq!(Exact::part(1, 0), Err(MoneyError::TooLarge));
        assert_eq!(Exact::part(i128::MIN, -1), Err(MoneyError::TooLarge));
    }
}
