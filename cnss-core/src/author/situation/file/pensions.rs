//! Pensions, of the insured and of their survivors.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{ChildFacts, Span, children, list, spans};
use crate::author::situation::Situation;
use crate::author::situation::answer::{Question, figures};
use crate::entitlement::Claim;
use crate::pension::DeceasedRight;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pensions {
    name: String,
    derivation: String,
    kind: String,
    birth_date: NaiveDate,
    award_date: NaiveDate,
    career: Vec<Span>,
    category: Option<String>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    degree: Option<Decimal>,
    #[serde(default)]
    third_person: bool,
    #[serde(default)]
    children: u32,
    #[serde(default)]
    spouses: u32,
    monthly_wage: Option<Decimal>,
    known_at: Option<NaiveDate>,
    law_at: Option<NaiveDate>,
    amount: Option<String>,
    reference_wage: Option<Decimal>,
    rate: Option<String>,
    insured: Option<u32>,
    starts_on: Option<NaiveDate>,
    later: Option<LaterAmount>,
    #[serde(default)]
    reasons: Vec<String>,
    short: Option<String>,
    buy_back: Option<u32>,
    questions: Option<Vec<String>>,
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaterAmount {
    from: NaiveDate,
    amount: String,
}

impl From<Pensions> for Situation {
    fn from(s: Pensions) -> Self {
        let questions = s.questions.filter(|_| s.refused.is_none()).map(|keys| keys.join(", "));
        let expected = figures([
            ("refused", s.refused),
            ("amount", s.amount),
            ("reference_wage", s.reference_wage.map(|wage| wage.normalize().to_string())),
            ("rate", s.rate),
            ("insured", s.insured.map(|units| units.to_string())),
            ("starts_on", s.starts_on.map(|day| day.to_string())),
            ("later", s.later.map(|later| format!("{} from {}", later.amount, later.from))),
            ("reasons", list(&s.reasons)),
            ("questions", questions),
            ("short", s.short),
            ("buy_back", s.buy_back.map(|units| units.to_string())),
        ]);
        let claim = Claim {
            category: s.category,
            registered_on: s.registered_on,
            proofs: s.proofs,
            degree: s.degree,
            third_person: s.third_person,
            children: s.children,
            spouses: s.spouses,
            monthly_wage: s.monthly_wage,
        };
        let (kind, career) = (s.kind, spans(s.career));
        let (birth_date, award_date) = (s.birth_date, s.award_date);
        let asks = Question::Pension { kind, birth_date, award_date, career, claim };
        let (law_at, known_at) = (s.law_at, s.known_at);
        Self { name: s.name, derivation: s.derivation, law_at, known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Survivors {
    name: String,
    derivation: String,
    date: NaiveDate,
    deceased_pension: Decimal,
    deceased_insured: Option<u32>,
    #[serde(default)]
    deceased_pensioner: bool,
    #[serde(default)]
    spouses: u32,
    #[serde(default)]
    children: Vec<ChildFacts>,
    #[serde(default)]
    shares: Vec<String>,
    #[serde(default)]
    reasons: Vec<String>,
    known_at: Option<NaiveDate>,
    questions: Option<Vec<String>>,
    unchecked: Option<Vec<String>>,
    refused: Option<String>,
}

impl From<Survivors> for Situation {
    fn from(s: Survivors) -> Self {
        let answered = s.refused.is_none() && s.reasons.is_empty();
        let questions = s.questions.filter(|_| s.refused.is_none()).map(|keys| keys.join(", "));
        let expected = figures([
            ("refused", s.refused),
            ("shares", answered.then(|| s.shares.join(", "))),
            ("reasons", list(&s.reasons)),
            ("questions", questions),
            ("unchecked", s.unchecked.map(|labels| labels.join(", "))),
        ]);
        let right = match (s.deceased_pensioner, s.deceased_insured) {
            (true, _) => DeceasedRight::Pensioner,
            (false, Some(units)) => DeceasedRight::Insured(units),
            (false, None) => DeceasedRight::Unknown,
        };
        let asks = Question::Survivors {
            date: s.date,
            pension: s.deceased_pension,
            spouses: s.spouses,
            children: children(s.children),
            right,
        };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}
