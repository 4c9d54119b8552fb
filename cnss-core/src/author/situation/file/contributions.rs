//! What is paid to the fund: contributions, lateness, penalties, the lines that are declared, and the
//! references by which it is paid.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::list;
use crate::author::situation::Situation;
use crate::author::situation::answer::{Figures, NO_FAULT, Question, figures};
use crate::calendar::Month;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contributions {
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
pub(super) struct Surcharges {
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
pub(super) struct Penalties {
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
pub(super) struct Declarations {
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
pub(super) struct References {
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
