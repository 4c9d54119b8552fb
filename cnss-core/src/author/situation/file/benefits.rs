//! Benefits that are no pension: of families, by the day, and fixed amounts.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{ChildFacts, Span, children, list, spans};
use crate::author::situation::Situation;
use crate::author::situation::answer::{Question, figures};
use crate::calendar::Month;
use crate::entitlement::Claim;
use crate::insured::{Career, InsuredMonth};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Families {
    name: String,
    derivation: String,
    month: Month,
    monthly_wage: Option<Decimal>,
    category: Option<String>,
    children: Vec<ChildFacts>,
    career: Option<Vec<Span>>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    amount: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    known_at: Option<NaiveDate>,
    questions: Option<Vec<String>>,
    refused: Option<String>,
}

impl From<Families> for Situation {
    fn from(s: Families) -> Self {
        let questions = s.questions.filter(|_| s.refused.is_none()).map(|keys| keys.join(", "));
        let expected = figures([
            ("refused", s.refused),
            ("amount", s.amount),
            ("reasons", list(&s.reasons)),
            ("questions", questions),
        ]);
        let claim = Claim {
            category: s.category,
            registered_on: s.registered_on,
            proofs: s.proofs,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let (children, career) = (children(s.children), s.career.map(spans));
        let asks = Question::Family { month: s.month, children, career, claim };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MonthWage {
    month: Month,
    wage: Decimal,
    days: Option<u32>,
    category: Option<String>,
}

impl From<MonthWage> for InsuredMonth {
    fn from(m: MonthWage) -> Self {
        let category = m.category.as_deref().map(Arc::from);
        Self { month: m.month, wage: m.wage, days: m.days, category }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dailies {
    name: String,
    derivation: String,
    kind: String,
    from: NaiveDate,
    to: NaiveDate,
    wages: Vec<MonthWage>,
    birth_date: Option<NaiveDate>,
    category: Option<String>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    degree: Option<Decimal>,
    monthly_wage: Option<Decimal>,
    #[serde(default)]
    periods: Vec<String>,
    amount: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    questions: Option<Vec<String>>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

impl From<Dailies> for Situation {
    fn from(s: Dailies) -> Self {
        let answered = s.refused.is_none() && s.reasons.is_empty();
        let expected = figures([
            ("refused", s.refused),
            ("amount", s.amount),
            ("periods", answered.then(|| s.periods.join(", "))),
            ("questions", s.questions.map(|keys| keys.join(", "))),
            ("reasons", list(&s.reasons)),
        ]);
        let claim = Claim {
            category: s.category,
            registered_on: s.registered_on,
            proofs: s.proofs,
            degree: s.degree,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let career = Career::from_insured(s.wages.into_iter().map(Into::into));
        let (kind, from, to, birth_date) = (s.kind, s.from, s.to, s.birth_date);
        let asks = Question::Daily { kind, from, to, birth_date, career, claim };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grants {
    name: String,
    derivation: String,
    code: String,
    date: NaiveDate,
    #[serde(default)]
    parts: Vec<String>,
    #[serde(default = "one")]
    months: u32,
    birth_date: Option<NaiveDate>,
    monthly_wage: Option<Decimal>,
    category: Option<String>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    degree: Option<Decimal>,
    career: Option<Vec<Span>>,
    amount: Option<String>,
    least: Option<String>,
    most: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    known_at: Option<NaiveDate>,
    questions: Option<Vec<String>>,
    refused: Option<String>,
}

impl From<Grants> for Situation {
    fn from(s: Grants) -> Self {
        let questions = s.questions.filter(|_| s.refused.is_none()).map(|keys| keys.join(", "));
        let expected = figures([
            ("refused", s.refused),
            ("amount", s.amount),
            ("least", s.least),
            ("most", s.most),
            ("reasons", list(&s.reasons)),
            ("questions", questions),
        ]);
        let claim = Claim {
            category: s.category,
            registered_on: s.registered_on,
            proofs: s.proofs,
            degree: s.degree,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let asks = Question::Grant {
            code: s.code,
            date: s.date,
            birth_date: s.birth_date,
            parts: s.parts,
            months: s.months,
            career: s.career.map(spans),
            claim,
        };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

const fn one() -> u32 {
    1
}
