//! What somebody is entitled to on a day (droits en temps réel): each pension and benefit of the
//! fund, whether it is open, what is missing, and from when.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::Month;
use crate::entitlement::{Claim, Facts, Reason, check};
use crate::explain::{Step, Working};
use crate::fund::Fund;
use crate::insured::Career;
use crate::pension::first_award_of;
use crate::refusal::Refusal;

/// Whether a right is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightState {
    /// Every condition that can be checked is met.
    Open,
    /// Something is missing.
    NotYet(Vec<Reason>),
    /// The law is not known well enough to say.
    Unknown(Refusal),
}

/// One right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// `pension.normal`, `family`, `daily.maternity`, `grant.prenatal`.
    pub code: String,
    /// The jurist's words.
    pub label: Arc<str>,
    /// Whether it is open.
    pub state: RightState,
    /// Conditions that could not be checked for want of a fact.
    pub unchecked: Vec<Arc<str>>,
    /// The first day on which it could be open, where time and work alone do it.
    pub from: Option<NaiveDate>,
    /// What was looked at, with its sources.
    pub steps: Vec<Step>,
}

/// Every right of somebody on `on`.
///
/// Whether work has ceased is left to the person: somebody who works is told what would be
/// open on stopping.
#[must_use]
pub fn rights(
    fund: &Fund,
    birth_date: NaiveDate,
    career: &Career,
    claim: &Claim,
    on: NaiveDate,
) -> Vec<Right> {
    let facts = Facts {
        birth_date: Some(birth_date),
        date: on,
        checked_on: on,
        entry: career.last().map_or(Month::of(on), |last| last.plus(1)).max(Month::of(on)),
        career: Some(career),
        claim,
    };
    let one = |code: String, label: &Arc<str>, conditions: &[usize]| {
        let mut working = Working::kept();
        let (state, unchecked) = match check(fund, conditions, &facts, &mut working) {
            Ok(checked) if checked.reasons.is_empty() => (RightState::Open, checked.unchecked),
            Ok(checked) => (RightState::NotYet(checked.reasons), checked.unchecked),
            Err(refusal) => (RightState::Unknown(refusal), Vec::new()),
        };
        let from = match (&state, code.strip_prefix("pension.")) {
            (RightState::NotYet(_), Some(kind)) => {
                first_award_of(fund, birth_date, (career, claim), kind, on)
            }
            (RightState::NotYet(reasons), None) => in_time(fund, conditions, &facts, reasons),
            _ => None,
        };
        Right { code, label: Arc::clone(label), state, unchecked, from, steps: working.into_steps() }
    };
    let mut all = Vec::new();
    for kind in &fund.pension.kinds {
        all.push(one(format!("pension.{}", kind.code), &kind.label, &kind.conditions));
    }
    if let Some(family) = &fund.benefits.family {
        all.push(one("family".to_owned(), &family.label, &family.conditions));
    }
    for daily in &fund.benefits.daily {
        all.push(one(format!("daily.{}", daily.code), &daily.label, &daily.conditions));
    }
    for grant in &fund.benefits.grants {
        all.push(one(format!("grant.{}", grant.code), &grant.label, &grant.conditions));
    }
    all
}

/// The first day on which the conditions are met when nothing but time passes; none when one of
/// them takes more than that.
fn in_time(fund: &Fund, conditions: &[usize], facts: &Facts<'_>, reasons: &[Reason]) -> Option<NaiveDate> {
    let mut reasons = reasons.to_vec();
    // A condition that time closes (an age limit, recent months) does not open again: each turn
    // ends one of those that time opens.
    for _ in 0..=conditions.len() {
        // Every reason must end by itself for a day to be told.
        let ends: Option<Vec<NaiveDate>> = reasons.iter().map(Reason::until).collect();
        let day = ends?.into_iter().max()?;
        let entry = facts.entry.max(Month::of(day));
        let then = Facts { date: day, checked_on: day, entry, ..*facts };
        reasons = check(fund, conditions, &then, &mut Working::quiet()).ok()?.reasons;
        if reasons.is_empty() {
            return Some(day);
        }
    }
    None
}
