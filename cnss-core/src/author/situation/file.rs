//! The situations as they stand in the files, kind by kind (`funds/README.md` says what each field
//! is), and what each asks of the rules and expects. A field that is not known is a fault, so
//! that a misspelt figure is never left unchecked.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::answer::{Question, figures};
use super::{Situation, Situations};
use crate::calendar::Month;
use crate::fund::mechanism::Child;
use crate::insured::CareerSpan;

mod benefits;
mod contributions;
mod pensions;

use benefits::{Dailies, Families, Grants};
use contributions::{Contributions, Declarations, Penalties, References, Surcharges};
use pensions::{Pensions, Survivors};

/// A file of situations.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    contributions: Vec<Contributions>,
    surcharges: Vec<Surcharges>,
    penalties: Vec<Penalties>,
    pensions: Vec<Pensions>,
    survivors: Vec<Survivors>,
    families: Vec<Families>,
    dailies: Vec<Dailies>,
    grants: Vec<Grants>,
    identifiers: Vec<Identifiers>,
    declarations: Vec<Declarations>,
    references: Vec<References>,
}

impl From<File> for Situations {
    fn from(file: File) -> Self {
        let mut all: Vec<Situation> = Vec::new();
        all.extend(file.contributions.into_iter().map(Into::into));
        all.extend(file.surcharges.into_iter().map(Into::into));
        all.extend(file.penalties.into_iter().map(Into::into));
        all.extend(file.pensions.into_iter().map(Into::into));
        all.extend(file.survivors.into_iter().map(Into::into));
        all.extend(file.families.into_iter().map(Into::into));
        all.extend(file.dailies.into_iter().map(Into::into));
        all.extend(file.grants.into_iter().map(Into::into));
        all.extend(file.identifiers.into_iter().map(Into::into));
        all.extend(file.declarations.into_iter().map(Into::into));
        all.extend(file.references.into_iter().map(Into::into));
        Self(all)
    }
}

/// Several in one figure; no figure where there are none.
fn list(codes: &[String]) -> Option<String> {
    Some(codes.join(", ")).filter(|codes| !codes.is_empty())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: Month,
    to: Month,
    wage: Decimal,
    days: Option<u32>,
    category: Option<String>,
}

impl From<Span> for CareerSpan {
    fn from(s: Span) -> Self {
        let category = s.category.as_deref().map(Arc::from);
        Self { from: s.from, to: s.to, wage: s.wage, days: s.days, category }
    }
}

fn spans(all: Vec<Span>) -> Vec<CareerSpan> {
    all.into_iter().map(Into::into).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChildFacts {
    birth_date: NaiveDate,
    #[serde(default)]
    student: bool,
    #[serde(default)]
    apprentice: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    orphan: bool,
}

impl From<ChildFacts> for Child {
    fn from(c: ChildFacts) -> Self {
        Self {
            birth_date: c.birth_date,
            student: c.student,
            apprentice: c.apprentice,
            disabled: c.disabled,
            orphan: c.orphan,
        }
    }
}

fn children(all: Vec<ChildFacts>) -> Vec<Child> {
    all.into_iter().map(Into::into).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identifiers {
    name: String,
    derivation: String,
    code: String,
    given: Vec<String>,
    valid: bool,
    meaning: Option<String>,
}

impl From<Identifiers> for Situation {
    fn from(s: Identifiers) -> Self {
        let valid = vec![s.valid.to_string(); s.given.len()].join(", ");
        let expected = figures([("valid", Some(valid)), ("meaning", s.meaning)]);
        let asks = Question::Identifier { code: s.code, given: s.given };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: None, asks, expected }
    }
}
