//! What the register holds so that people can prove who they are: identity papers (pièces) and
//! those who have rights through an insured person (ayants droit).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{BeneficiaryId, InsuredId};
use crate::person::{Name, western_digits};

/// The number of an identity paper: 3 to 30 capital letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaperNumber(String);

impl PaperNumber {
    /// Reads a number as people type it: spaces, hyphens and dots are dropped, letters raised.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        if typed.len() > 200 {
            return None;
        }
        let skipped = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '.' | '/');
        let number: String = western_digits(typed).to_uppercase().chars().filter(skipped).collect();
        let sound = (3..=30).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
        sound.then_some(Self(number))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PaperNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PaperNumber(…)")
    }
}

/// Whose paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaperHolder {
    /// An insured person's.
    Insured(InsuredId),
    /// A beneficiary's.
    Beneficiary(BeneficiaryId),
}

/// An identity paper that the fund has seen; its number is unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its number.
    pub number: PaperNumber,
    /// Whose.
    pub holder: PaperHolder,
    /// Until when it is good.
    pub expires_on: Option<NaiveDate>,
}

/// Somebody who has rights through an insured person (ayant droit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beneficiary {
    /// Identity.
    pub id: BeneficiaryId,
    /// Through whom.
    pub insured: InsuredId,
    /// Family name.
    pub surname: Name,
    /// Given names.
    pub forenames: Name,
    /// Birth date.
    pub birth_date: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_read_as_it_is_typed() {
        for typed in ["be123456", "BE 123456", "be-123.456", "BE١٢٣٤٥٦"] {
            assert_eq!(PaperNumber::read(typed).expect(typed).as_str(), "BE123456");
        }
        for bad in ["", "ab", "é1234", "a\u{202e}b12", &"1".repeat(31)] {
            assert_eq!(PaperNumber::read(bad), None, "{bad:?}");
        }
    }
}
