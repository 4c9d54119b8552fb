//! Employers (employeurs) and the workers on their staff.

use chrono::NaiveDate;

use crate::id::{EmployerId, EmployerNumber, InsuredId, InsuredNumber};
use crate::person::Name;

/// An employer in the fund's register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employer {
    /// Internal identity.
    pub id: EmployerId,
    /// The number people know (numéro d'employeur, numéro matricule).
    pub number: EmployerNumber,
    /// Company name (raison sociale, dénomination).
    pub name: Name,
    /// Category of its workers: `salaried`, `domestic`.
    pub category: String,
    /// Since when the fund knows it (date d'immatriculation).
    pub registered_on: NaiveDate,
}

/// A worker as an employer's staff list shows him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// Internal identity.
    pub id: InsuredId,
    /// Insured number.
    pub number: InsuredNumber,
    /// Family name.
    pub surname: Name,
    /// Given names.
    pub forenames: Name,
    /// First day with this employer.
    pub hired_on: NaiveDate,
    /// Last day, once known.
    pub left_on: Option<NaiveDate>,
}

/// A worker's time with an employer, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employment {
    /// Whose staff.
    pub employer: EmployerId,
    /// Which worker.
    pub insured: InsuredId,
    /// First day.
    pub hired_on: NaiveDate,
    /// Last day, once known.
    pub left_on: Option<NaiveDate>,
}

/// Dates that a declaration said of a worker, and what its correction says instead (dates
/// rectifiées). A date that is not the said one any more, because a later declaration spoke,
/// stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redated {
    /// Whose staff.
    pub employer: EmployerId,
    /// Which worker.
    pub insured: InsuredId,
    /// The first day that was said.
    pub said_hired_on: Option<NaiveDate>,
    /// The first day instead; none leaves the said one, since a time must begin.
    pub hired_on: Option<NaiveDate>,
    /// The last day that was said.
    pub said_left_on: Option<NaiveDate>,
    /// The last day instead; none when the worker has not left.
    pub left_on: Option<NaiveDate>,
}
