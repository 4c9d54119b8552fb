//! The situations as they stand in the files, kind by kind (`funds/README.md` says what each field
//! is). A field that is not known is a fault, so that a misspelt figure is never left unchecked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::calendar::Month;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contributions {
    pub name: String,
    pub derivation: String,
    pub category: String,
    pub month: Month,
    pub wages: Vec<Decimal>,
    #[serde(default)]
    pub employer: String,
    #[serde(default)]
    pub worker: String,
    #[serde(default)]
    pub lines: BTreeMap<String, String>,
    pub due_date: Option<NaiveDate>,
    pub questions: Option<Vec<String>>,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surcharges {
    pub name: String,
    pub derivation: String,
    pub scheme: String,
    pub month: Option<Month>,
    pub due_date: Option<NaiveDate>,
    pub unpaid: Decimal,
    pub paid_on: NaiveDate,
    pub amount: Option<String>,
    #[serde(default)]
    pub rule_missing: bool,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalties {
    pub name: String,
    pub derivation: String,
    pub code: String,
    pub date: NaiveDate,
    pub workers: u32,
    pub months: u32,
    pub amount: Option<String>,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub from: Month,
    pub to: Month,
    pub wage: Decimal,
    pub days: Option<u32>,
    pub category: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pensions {
    pub name: String,
    pub derivation: String,
    pub kind: String,
    pub birth_date: NaiveDate,
    pub award_date: NaiveDate,
    pub career: Vec<Span>,
    pub category: Option<String>,
    pub registered_on: Option<NaiveDate>,
    #[serde(default)]
    pub proofs: BTreeSet<String>,
    pub degree: Option<Decimal>,
    #[serde(default)]
    pub third_person: bool,
    #[serde(default)]
    pub children: u32,
    #[serde(default)]
    pub spouses: u32,
    pub monthly_wage: Option<Decimal>,
    pub known_at: Option<NaiveDate>,
    pub law_at: Option<NaiveDate>,
    pub amount: Option<String>,
    pub reference_wage: Option<Decimal>,
    pub rate: Option<String>,
    pub insured: Option<u32>,
    pub starts_on: Option<NaiveDate>,
    pub later: Option<LaterAmount>,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub short: Option<String>,
    pub buy_back: Option<u32>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaterAmount {
    pub from: NaiveDate,
    pub amount: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildFacts {
    pub birth_date: NaiveDate,
    #[serde(default)]
    pub student: bool,
    #[serde(default)]
    pub apprentice: bool,
    #[serde(default)]
    pub disabled: bool,
    #[serde(default)]
    pub orphan: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivors {
    pub name: String,
    pub derivation: String,
    pub date: NaiveDate,
    pub deceased_pension: Decimal,
    pub deceased_insured: Option<u32>,
    #[serde(default)]
    pub deceased_pensioner: bool,
    #[serde(default)]
    pub spouses: u32,
    #[serde(default)]
    pub children: Vec<ChildFacts>,
    #[serde(default)]
    pub shares: Vec<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Families {
    pub name: String,
    pub derivation: String,
    pub month: Month,
    pub monthly_wage: Option<Decimal>,
    pub category: Option<String>,
    pub children: Vec<ChildFacts>,
    pub career: Option<Vec<Span>>,
    pub registered_on: Option<NaiveDate>,
    #[serde(default)]
    pub proofs: BTreeSet<String>,
    pub amount: Option<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthWage {
    pub month: Month,
    pub wage: Decimal,
    pub days: Option<u32>,
    pub category: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dailies {
    pub name: String,
    pub derivation: String,
    pub kind: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub wages: Vec<MonthWage>,
    pub birth_date: Option<NaiveDate>,
    pub category: Option<String>,
    pub registered_on: Option<NaiveDate>,
    #[serde(default)]
    pub proofs: BTreeSet<String>,
    pub degree: Option<Decimal>,
    pub monthly_wage: Option<Decimal>,
    #[serde(default)]
    pub periods: Vec<String>,
    pub amount: Option<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    pub name: String,
    pub derivation: String,
    pub code: String,
    pub date: NaiveDate,
    #[serde(default)]
    pub parts: Vec<String>,
    #[serde(default = "one")]
    pub months: u32,
    pub birth_date: Option<NaiveDate>,
    pub monthly_wage: Option<Decimal>,
    pub category: Option<String>,
    pub registered_on: Option<NaiveDate>,
    #[serde(default)]
    pub proofs: BTreeSet<String>,
    pub degree: Option<Decimal>,
    pub career: Option<Vec<Span>>,
    pub amount: Option<String>,
    pub least: Option<String>,
    pub most: Option<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub known_at: Option<NaiveDate>,
    pub refused: Option<String>,
}

const fn one() -> u32 {
    1
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifiers {
    pub name: String,
    pub derivation: String,
    pub code: String,
    pub given: Vec<String>,
    pub valid: bool,
    pub meaning: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declarations {
    pub name: String,
    pub derivation: String,
    pub month: Month,
    pub wage: Decimal,
    pub days: Option<u32>,
    #[serde(default)]
    pub faults: Vec<String>,
    pub known_at: Option<NaiveDate>,
}
