//! What a bank says of a payment (notification silencieuse), from the text of its fields.
//!
//! The edge checks who sent it before anything here looks at it. The one rule to
//! remember: a status that is not known is not a payment.

use chrono::NaiveDate;
use hmac_sha256::Hash;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Builder;

use super::reference::Reference;
use crate::calendar::parse_iso_date;
use crate::id::RequestKey;
use crate::money::{Currency, Money};
use crate::refusal::{Fault, FaultKind, Refusal};

/// The most characters of a bank's own number of a transaction.
const TRANSACTION_MAX: u32 = 64;
/// The most characters of what stands where a reference should.
const REFERENCE_MAX: u32 = 60;

/// The code of a bank, as the fund names it: 2 to 20 small letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct BankCode(String);

impl BankCode {
    /// A code, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sound = (2..=20).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        sound.then(|| Self(text.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the bank says of the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankStatus {
    /// It arrived.
    Paid,
    /// Not yet.
    Pending,
    /// The bank says something that was not agreed: no payment, and somebody must ask the bank.
    Unknown,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankNotice {
    /// Which bank says so.
    pub bank: BankCode,
    /// The bank's own number of the transaction; the same number is the same transaction.
    pub transaction: String,
    /// The reference, as the payer gave it; none when it is no reference at all.
    pub reference: Option<Reference>,
    /// The reference as it came, at most 60 characters.
    pub reference_text: String,
    /// How much, in the currency that the bank says: one that is not the fund's has as many decimals
    /// as were written.
    pub amount: Money,
    /// The day on which the money arrived.
    pub paid_on: NaiveDate,
    /// Whether it arrived.
    pub status: BankStatus,
}

/// A notice as it came: every field is text, and any may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RawNotice {
    /// The bank's own number of the transaction.
    pub transaction: Option<String>,
    /// The reference that the payer gave.
    pub reference: Option<String>,
    /// How much, `"49613"` or `"49613.50"`.
    pub amount: Option<String>,
    /// The currency, when the bank says it.
    pub currency: Option<String>,
    /// The day on which the money arrived, `"2024-04-15"`.
    pub paid_on: Option<String>,
    /// `"paid"` or `"pending"`; anything else was not agreed.
    pub status: Option<String>,
}

impl BankNotice {
    /// The key under which the transaction is answered once, whatever the notice says.
    #[must_use]
    pub fn key(&self) -> RequestKey {
        key_of(&[self.bank.as_str(), &self.transaction])
    }

    /// The key under which this very notice is answered once.
    #[must_use]
    pub fn own_key(&self) -> RequestKey {
        let (amount, day) = (self.amount.to_string(), self.paid_on.to_string());
        let currency = self.amount.currency();
        key_of(&[self.bank.as_str(), &self.transaction, &self.reference_text, &amount, currency.code(), &day])
    }

    /// A digest of what it says.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let (amount, day) = (self.amount.to_string(), self.paid_on.to_string());
        let currency = self.amount.currency();
        digest_of(&[
            self.bank.as_str(),
            &self.transaction,
            &self.reference_text,
            &amount,
            currency.code(),
            &day,
        ])
    }

    /// Reads a notice.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every faulty field at once.
    pub fn read(bank: BankCode, raw: RawNotice, currency: Currency) -> Result<Self, Refusal> {
        let mut faults = Vec::new();
        let mut given = |name: &str, value: Option<String>, most: u32| {
            let value = value.map(|v| v.trim().to_owned()).unwrap_or_default();
            if value.is_empty() {
                faults.push(Fault::field(name, FaultKind::Missing));
            } else if value.chars().nth(usize::try_from(most).unwrap_or(usize::MAX)).is_some()
                || value.chars().any(char::is_control)
            {
                faults.push(Fault::field(name, FaultKind::TooLong { most }));
            }
            value
        };
        let transaction = given("transaction", raw.transaction, TRANSACTION_MAX);
        let reference_text = given("reference", raw.reference, REFERENCE_MAX);
        let amount = given("amount", raw.amount, 30);
        let paid_on = given("paid_on", raw.paid_on, 10);
        let status = given("status", raw.status, 40);
        let said = raw.currency.as_deref().unwrap_or(currency.code());
        let other = said != currency.code();
        if other && Currency::new(said, 0).is_err() {
            let allowed = currency.code().to_owned();
            faults.push(Fault::field("currency", FaultKind::NotAllowed { allowed }));
        }
        let amount = read(&mut faults, "amount", &amount, |text| {
            let amount = plain_decimal(text).ok_or(FaultKind::NotAnAmount)?;
            let decimals = u8::try_from(amount.scale()).unwrap_or(u8::MAX);
            let currency = if other { Currency::new(said, decimals).unwrap_or(currency) } else { currency };
            Money::new(amount, currency).map_err(|_| FaultKind::NotAnAmount)
        });
        if amount.is_some_and(|amount| amount.is_zero() || amount.is_negative()) {
            faults.push(Fault::field("amount", FaultKind::NotPositive));
        }
        // "40.000" is 40 to one machine and forty thousand to the next: without decimals in the
        // currency nobody means three of them.
        let grouped = |amount: Money| amount.currency().exponent() == 0 && amount.amount().scale() == 3;
        if amount.is_some_and(|amount| amount.to_minor().is_err() || grouped(amount)) {
            faults.push(Fault::field("amount", FaultKind::NotWhole));
        }
        let day = |text: &str| parse_iso_date(text).map_err(|error| FaultKind::of_date(&error));
        let paid_on = read(&mut faults, "paid_on", &paid_on, day);
        let (Some(amount), Some(paid_on), true) = (amount, paid_on, faults.is_empty()) else {
            return Err(Refusal::Invalid(faults));
        };
        Ok(Self {
            bank,
            transaction,
            reference: reference_text.parse().ok(),
            reference_text,
            amount,
            paid_on,
            status: match status.as_str() {
                "paid" => BankStatus::Paid,
                "pending" => BankStatus::Pending,
                _ => BankStatus::Unknown,
            },
        })
    }
}

/// Each part with its length, so that no two lists of parts read the same.
fn digest_of(parts: &[&str]) -> [u8; 32] {
    let mut hash = Hash::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
}

fn key_of(parts: &[&str]) -> RequestKey {
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(digest_of(parts)) {
        *to = from;
    }
    RequestKey(Builder::from_custom_bytes(bytes).into_uuid())
}

/// Digits, and a point before the decimals; never what a person would type.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    Decimal::from_str_exact(text).ok().filter(|_| plain)
}

/// The value of a field that is there, or a fault.
fn read<T>(
    faults: &mut Vec<Fault>,
    name: &str,
    text: &str,
    how: impl FnOnce(&str) -> Result<T, FaultKind>,
) -> Option<T> {
    match how(text) {
        _ if text.is_empty() => None,
        Ok(value) => Some(value),
        Err(kind) => {
            if !faults.iter().any(|fault| fault.path() == name) {
                faults.push(Fault::field(name, kind));
            }
            None
        }
    }
}
