//! Insured persons (assurés) and the career that their account records.

mod career;

pub use career::{Career, CareerMonth, CareerSpan, InsuredMonth};

use chrono::NaiveDate;

use crate::id::{InsuredId, InsuredNumber};
use crate::person::{Name, Sex};

/// A person in the fund's register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insured {
    /// Internal identity.
    pub id: InsuredId,
    /// The number people know (numéro d'assuré).
    pub number: InsuredNumber,
    /// Family name.
    pub surname: Name,
    /// Given names.
    pub forenames: Name,
    /// Sex.
    pub sex: Sex,
    /// Birth date.
    pub birth_date: NaiveDate,
    /// Since when the fund knows the person (date d'immatriculation).
    pub registered_on: NaiveDate,
}

impl Insured {
    /// The name as it is shown: given names, then family name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.forenames, self.surname)
    }
}
