//! How the fund names things: internal identities, the numbers people know, and versions.
//!
//! The one rule to remember: a number (numéro d'assuré, numéro d'employeur) is text with
//! leading zeros, given by the fund; an identity is ours, and never shown to anybody.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

macro_rules! identity {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

identity! {
    /// One login (compte de connexion).
    AccountId;
    /// Somebody who has rights through an insured person (ayant droit).
    BeneficiaryId;
    /// One code that was asked of somebody.
    ChallengeId;
    /// One right to act for an employer (mandat).
    MandateId;
    /// One commit, whatever it changed.
    BatchId;
    /// One filed declaration, each revision apart.
    DeclarationId;
    /// One employer (employeur).
    EmployerId;
    /// One entry of the ledger (écriture).
    EntryId;
    /// One insured person (assuré).
    InsuredId;
    /// One message to be sent.
    NoticeId;
    /// One workbook given back with its faults marked (fichier retourné).
    ReturnedFileId;
    /// One request made by a client; the same key again is the same request.
    RequestKey;
}

impl RequestKey {
    /// The key that a client made. None for a UUID of version 8: those keys are the fund's own,
    /// made from a bank's transaction, and nobody may take one before the bank does.
    #[must_use]
    pub fn of_client(key: Uuid) -> Option<Self> {
        (key.get_version_num() != 8).then_some(Self(key))
    }
}

/// Why a number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a registration number")]
pub struct NotANumber;

/// The number of an insured person (numéro d'assuré): 1 to 15 digits, leading zeros kept.
///
/// ```
/// use cnss_core::id::InsuredNumber;
/// let number: InsuredNumber = " 0071 0040 ".parse()?;
/// assert_eq!(number.to_string(), "00710040");
/// # Ok::<(), cnss_core::id::NotANumber>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsuredNumber {
    // Length first: orders by length, then by value, which is also how a clerk sorts them.
    digits: u8,
    value: u64,
}

impl FromStr for InsuredNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (mut digits, mut value) = (0_u8, 0_u64);
        for c in text.chars() {
            if c == ' ' || c == '\u{a0}' || c == '\u{202f}' {
                continue;
            }
            let digit = c.to_digit(10).filter(|_| digits < 15).ok_or(NotANumber)?;
            digits = digits.saturating_add(1);
            value = value.saturating_mul(10).saturating_add(u64::from(digit));
        }
        if digits == 0 { Err(NotANumber) } else { Ok(Self { digits, value }) }
    }
}

impl fmt::Display for InsuredNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.value, width = usize::from(self.digits))
    }
}

impl fmt::Debug for InsuredNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The number of an employer (numéro matricule, N° Immatriculation): 1 to 20 letters,
/// digits and hyphens. No example of Togo's own form was found, so it stays text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmployerNumber(String);

impl EmployerNumber {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmployerNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let sound = (1..=20).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if sound { Ok(Self(text)) } else { Err(NotANumber) }
    }
}

impl fmt::Display for EmployerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! text_serde {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
text_serde!(InsuredNumber);
text_serde!(EmployerNumber);

/// How many times a thing has been changed; what was read at one version cannot be changed at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// The version after one more change.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A value with the version at which it was read: only what was seen can be relied on or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<T> {
    /// What was read.
    pub value: T,
    /// The version it had.
    pub version: Version,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_zeros_and_refuse_the_rest() {
        let number = |text: &str| text.parse::<InsuredNumber>();
        assert_eq!(number("000123").map(|n| n.to_string()), Ok("000123".to_owned()));
        assert_ne!(number("123"), number("0123"));
        for bad in ["", " ", "12a", "-1", "1.0", "1234567890123456", "٣٤"] {
            assert!(number(bad).is_err(), "{bad:?} must be refused");
        }
        assert_eq!("emp-0001".parse::<EmployerNumber>().map(|n| n.to_string()), Ok("EMP-0001".to_owned()));
        assert!("é".parse::<EmployerNumber>().is_err());
    }
}
