//! What somebody is entitled to on a day (droits en temps réel): each pension and benefit of the
//! fund, whether it is open, what is missing, and from when.
//!
//! The one rule to remember: only months up to that of the day count, whatever the career says of
//! later ones, and a right is only open when its conditions were checked and its law is known.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::Month;
use crate::entitlement::{Claim, Facts, Reason, check, known};
use crate::explain::{Step, Working};
use crate::fund::Fund;
use crate::insured::Career;
use crate::pension::{Subject, amount_only, first_award_of};
use crate::refusal::Refusal;

/// Whether a right is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightState {
    /// Every condition was checked and is met.
    Open,
    /// Nothing that was checked is missing, but something was not checked: [`Right::unchecked`], or
    /// everything where the fund's data write no condition.
    Conditional,
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
    /// Why no amount of an open pension can be told, when its law is not known.
    pub no_amount: Option<Refusal>,
    /// Conditions that could not be checked for want of a fact.
    pub unchecked: Vec<Arc<str>>,
    /// The first day on which it could be open, where time and work alone do it.
    pub from: Option<NaiveDate>,
    /// What was looked at, with its sources.
    pub steps: Vec<Step>,
}

/// What a right is made of: places of rules in the fund.
struct Made<'a> {
    code: String,
    label: &'a Arc<str>,
    conditions: &'a [usize],
    /// Rules without which nothing can be said of it.
    needed: Vec<usize>,
    /// The rule on a fact that nobody gives here: the children.
    taken: Option<usize>,
}

/// Every right of somebody on `on`.
///
/// Whether work has ceased is left to the person: somebody who works is told what would be
/// open on stopping: on the first of a month before it, otherwise at its end.
#[must_use]
pub fn rights(
    fund: &Fund,
    birth_date: NaiveDate,
    career: &Career,
    claim: &Claim,
    on: NaiveDate,
) -> Vec<Right> {
    let lived = lived(career, on);
    let facts = Facts { birth_date: Some(birth_date), ..facts_on(&lived, claim, on) };
    made_of(fund).into_iter().map(|made| one(fund, made, (birth_date, career), &facts)).collect()
}

/// The career until `on`: what is declared for later is not worked yet. A month that has begun is
/// worked to its end.
fn lived(career: &Career, on: NaiveDate) -> Cow<'_, Career> {
    let month = Month::of(on);
    let end = if month.first_day() == on { month } else { month.plus(1) };
    if career.last().is_none_or(|last| last < end) {
        return Cow::Borrowed(career);
    }
    Cow::Owned(Career::from_insured(career.before(end).iter().cloned()))
}

fn facts_on<'a>(lived: &'a Career, claim: &'a Claim, on: NaiveDate) -> Facts<'a> {
    let month = Month::of(on);
    let entry = lived.last().map_or(month, |last| last.plus(1)).max(month);
    Facts { birth_date: None, date: on, checked_on: on, entry, career: Some(lived), claim }
}

fn made_of(fund: &Fund) -> Vec<Made<'_>> {
    let pensions = fund.pension.kinds.iter().map(|kind| Made {
        code: format!("pension.{}", kind.code),
        label: &kind.label,
        conditions: &kind.conditions,
        needed: Vec::new(),
        taken: None,
    });
    let family = fund.benefits.family.iter().map(|family| Made {
        code: "family".to_owned(),
        label: &family.label,
        conditions: &family.conditions,
        needed: vec![family.amounts, family.ages],
        taken: Some(family.ages),
    });
    let daily = fund.benefits.daily.iter().map(|daily| Made {
        code: format!("daily.{}", daily.code),
        label: &daily.label,
        conditions: &daily.conditions,
        needed: [daily.schedule, daily.pay].into_iter().chain(daily.rounding).collect(),
        taken: None,
    });
    let grants = fund.benefits.grants.iter().map(|grant| Made {
        code: format!("grant.{}", grant.code),
        label: &grant.label,
        conditions: &grant.conditions,
        needed: vec![grant.amount],
        taken: None,
    });
    pensions.chain(family).chain(daily).chain(grants).collect()
}

fn one(fund: &Fund, made: Made<'_>, (birth_date, career): (NaiveDate, &Career), facts: &Facts<'_>) -> Right {
    let mut working = Working::kept();
    let (reasons, mut unchecked) = match check(fund, made.conditions, facts, &mut working) {
        Ok(checked) => (Ok(checked.reasons), checked.unchecked),
        Err(refusal) => (Err(refusal), Vec::new()),
    };
    let taken = made.taken.and_then(|place| fund.rules.get(place));
    unchecked.extend(taken.map(|rule| Arc::clone(&rule.label)));
    let pension = made.code.strip_prefix("pension.");
    let asked = facts.asked();
    let stands_in_the_way = || made.needed.iter().find_map(|place| known(fund, *place, &asked).err());
    let state = match reasons {
        Err(refusal) => RightState::Unknown(refusal),
        Ok(reasons) if !reasons.is_empty() => RightState::NotYet(reasons),
        Ok(_) => match stands_in_the_way() {
            Some(refusal) => RightState::Unknown(refusal),
            None if unchecked.is_empty() && !made.conditions.is_empty() => RightState::Open,
            None => RightState::Conditional,
        },
    };
    let from = match (&state, pension) {
        (RightState::NotYet(_), Some(kind)) => {
            first_award_of(fund, birth_date, (career, facts.claim), kind, facts.date)
        }
        (RightState::NotYet(reasons), None) => in_time(fund, made.conditions, (facts, career), reasons),
        _ => None,
    };
    let no_amount = match (&state, pension) {
        (RightState::Open | RightState::Conditional, Some(kind)) => no_amount(fund, kind, birth_date, facts),
        _ => None,
    };
    let label = Arc::clone(made.label);
    Right { code: made.code, label, state, no_amount, unchecked, from, steps: working.into_steps() }
}

/// Why a pension that is open has no amount: asked for when the work of this month has ended.
fn no_amount(fund: &Fund, kind: &str, birth_date: NaiveDate, facts: &Facts<'_>) -> Option<Refusal> {
    let award_date = facts.date.max(facts.entry.first_day());
    let subject = Subject { birth_date, award_date, career: facts.career?, claim: facts.claim };
    amount_only(fund, &subject, kind)
        .err()
        .filter(|refusal| matches!(refusal, Refusal::OpenQuestion { .. } | Refusal::NoRule { .. }))
}

/// The first day on which the conditions are met when nothing but time passes; none when one of
/// them takes more than that.
fn in_time(
    fund: &Fund,
    conditions: &[usize],
    (facts, career): (&Facts<'_>, &Career),
    reasons: &[Reason],
) -> Option<NaiveDate> {
    let mut reasons = reasons.to_vec();
    // A condition that time closes (an age limit, recent months) does not open again: each turn
    // ends one of those that time opens.
    for _ in 0..=conditions.len() {
        // Every reason must end by itself for a day to be told.
        let ends: Option<Vec<NaiveDate>> = reasons.iter().map(Reason::until).collect();
        let day = ends?.into_iter().max()?;
        let lived = lived(career, day);
        let then = Facts { birth_date: facts.birth_date, ..facts_on(&lived, facts.claim, day) };
        reasons = check(fund, conditions, &then, &mut Working::quiet()).ok()?.reasons;
        if reasons.is_empty() {
            return Some(day);
        }
    }
    None
}
