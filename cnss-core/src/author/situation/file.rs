//! The situations as they stand in the files, kind by kind (`funds/README.md` says what each field
//! is), and what each asks of the rules and expects. A field that is not known is a fault, so
//! that a misspelt figure is never left unchecked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::answer::{Figures, NO_FAULT, Question, figures};
use super::{Situation, Situations};
use crate::calendar::Month;
use crate::entitlement::Claim;
use crate::fund::mechanism::Child;
use crate::insured::{Career, CareerSpan, InsuredMonth};
use crate::pension::DeceasedRight;

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
struct Contributions {
    name: String,
    derivation: String,
    category: String,
    month: Month,
    wages: Vec<Decimal>,
    #[serde(default)]
    employer: String,
    #[serde(default)]
    worker: String,
    #[serde(default)]
    lines: BTreeMap<String, String>,
    due_date: Option<NaiveDate>,
    questions: Option<Vec<String>>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

impl From<Contributions> for Situation {
    fn from(s: Contributions) -> Self {
        let refused = s.refused.is_some();
        let answered = |figure: String| (!refused).then_some(figure);
        let expected = figures([
            ("refused", s.refused),
            ("employer", answered(s.employer)),
            ("worker", answered(s.worker)),
            ("lines", answered(format!("{:?}", s.lines))),
            ("due_date", s.due_date.filter(|_| !refused).map(|day| day.to_string())),
            ("questions", s.questions.filter(|_| !refused).map(|keys| keys.join(", "))),
        ]);
        let asks = Question::Contributions { category: s.category, month: s.month, wages: s.wages };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Surcharges {
    name: String,
    derivation: String,
    scheme: String,
    month: Option<Month>,
    due_date: Option<NaiveDate>,
    unpaid: Decimal,
    paid_on: NaiveDate,
    amount: Option<String>,
    #[serde(default)]
    rule_missing: bool,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

impl From<Surcharges> for Situation {
    fn from(s: Surcharges) -> Self {
        let may_refuse = s.refused.is_some();
        let expected = figures([
            ("refused", s.refused),
            ("rule_missing", s.rule_missing.then(|| true.to_string())),
            ("amount", s.amount.filter(|_| !s.rule_missing)),
        ]);
        let asks = Question::Surcharge {
            scheme: s.scheme,
            month: s.month,
            due_date: s.due_date,
            unpaid: s.unpaid,
            paid_on: s.paid_on,
            may_refuse,
        };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Penalties {
    name: String,
    derivation: String,
    code: String,
    date: NaiveDate,
    workers: u32,
    months: u32,
    amount: Option<String>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

impl From<Penalties> for Situation {
    fn from(s: Penalties) -> Self {
        let expected = figures([("refused", s.refused), ("amount", s.amount)]);
        let asks = Question::Penalty { code: s.code, date: s.date, workers: s.workers, months: s.months };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
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
struct Pensions {
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
struct Survivors {
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
    unchecked: Option<Vec<String>>,
    questions: Option<Vec<String>>,
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
            ("unchecked", s.unchecked.map(|labels| labels.join(", "))),
            ("questions", questions),
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Families {
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
struct Dailies {
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
    known_at: Option<NaiveDate>,
    questions: Option<Vec<String>>,
    refused: Option<String>,
}

impl From<Dailies> for Situation {
    fn from(s: Dailies) -> Self {
        let answered = s.refused.is_none() && s.reasons.is_empty();
        let questions = s.questions.filter(|_| s.refused.is_none()).map(|keys| keys.join(", "));
        let expected = figures([
            ("refused", s.refused),
            ("amount", s.amount),
            ("periods", answered.then(|| s.periods.join(", "))),
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
        let career = Career::from_insured(s.wages.into_iter().map(Into::into));
        let (kind, from, to, birth_date) = (s.kind, s.from, s.to, s.birth_date);
        let asks = Question::Daily { kind, from, to, birth_date, career, claim };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grants {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declarations {
    name: String,
    derivation: String,
    month: Month,
    wage: Decimal,
    days: Option<u32>,
    #[serde(default)]
    faults: Vec<String>,
    known_at: Option<NaiveDate>,
}

impl From<Declarations> for Situation {
    fn from(s: Declarations) -> Self {
        let faults = list(&s.faults).unwrap_or_else(|| NO_FAULT.to_owned());
        let expected = Figures::from([("faults", faults)]);
        let asks = Question::Declaration { month: s.month, wage: s.wage, days: s.days };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct References {
    name: String,
    derivation: String,
    issued_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    open_most: u32,
    known_at: Option<NaiveDate>,
}

impl From<References> for Situation {
    fn from(s: References) -> Self {
        let expected = figures([
            ("expires_on", s.expires_on.map(|day| day.to_string())),
            ("open_most", Some(s.open_most.to_string())),
        ]);
        let asks = Question::Reference { issued_on: s.issued_on };
        Self { name: s.name, derivation: s.derivation, law_at: None, known_at: s.known_at, asks, expected }
    }
}
