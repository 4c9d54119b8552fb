//! The conditions of a right (ouverture du droit): all are checked, all that fail are told.
//!
//! A condition that cannot be checked for want of a fact is neither met nor missing: the
//! answer says that it was taken for granted.

mod reason;
mod units;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::{Month, age, birthday};
use crate::exact::Exact;
use crate::explain::{Cite, Figure, Op, Piece, Value, Working, plain, shown_money};
use crate::fund::mechanism::{Limit, Mechanism};
use crate::fund::{Asked, Fund, Rule};
use crate::insured::Career;
use crate::refusal::Refusal;

pub use reason::Reason;
pub use units::{Counted, UnitCounter};

/// What somebody claims besides a career: facts that only some rules ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Category of the person.
    pub category: Option<String>,
    /// When the person was registered; the first insured month when it is not given.
    pub registered_on: Option<NaiveDate>,
    /// Papers that the claim brings: `unfit`, `employer_consent` …
    pub proofs: BTreeSet<String>,
    /// Loss of capacity, between 0 and 1.
    pub degree: Option<Decimal>,
    /// Whether a third person's help is needed.
    pub third_person: bool,
    /// Children for whom a supplement is asked.
    pub children: u32,
    /// Spouses for whom a supplement is asked.
    pub spouses: u32,
    /// Monthly pay, where a rule looks at it.
    pub monthly_wage: Option<Decimal>,
}

/// The facts on which conditions are checked.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// The day for which the law is read.
    pub date: NaiveDate,
    /// The day on which ages are checked.
    pub checked_on: NaiveDate,
    /// Months before this one count; from it on, work must have ceased.
    pub entry: Month,
    /// The career, when it is known.
    pub career: Option<&'a Career>,
    /// The rest.
    pub claim: &'a Claim,
}

impl<'a> Facts<'a> {
    /// For which day and whom rules are read.
    #[must_use]
    pub fn asked(&self) -> Asked<'a> {
        Asked { date: self.date, born: self.birth_date, category: self.claim.category.as_deref() }
    }
}

/// What the conditions say.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What is missing.
    pub reasons: Vec<Reason>,
    /// The rules that could not be checked for want of a fact.
    pub unchecked: Vec<Arc<str>>,
    /// The day on which the last age was reached.
    pub reached_on: Option<NaiveDate>,
    /// That age in completed years and its rule, when steps are kept.
    pub reached_by: Option<(u32, Cite)>,
}

/// Checks every condition; `places` are those of the rules in the fund.
///
/// # Errors
/// [`Refusal::NoRule`] or [`Refusal::OpenQuestion`] when a condition is not known.
pub fn check(
    fund: &Fund,
    places: &[usize],
    facts: &Facts<'_>,
    working: &mut Working,
) -> Result<Checked, Refusal> {
    let mut checked = Checked::default();
    for rule in places.iter().filter_map(|place| fund.rules.get(*place)) {
        condition(fund, rule, facts, working, &mut checked)?;
    }
    Ok(checked)
}

fn condition(
    fund: &Fund,
    rule: &Rule,
    facts: &Facts<'_>,
    working: &mut Working,
    checked: &mut Checked,
) -> Result<(), Refusal> {
    let line = rule.need(&facts.asked())?;
    let cite = || rule.cite(line, &facts.asked());
    let mut compare =
        |working: &mut Working, left: Piece, sign, right: Vec<Piece>, holds: bool, reason: Reason| {
            working.step(|| {
                let pieces = [left, Piece::Sign(sign)].into_iter().chain(right).collect();
                cite().step(Op::Compare, Value::Flag(holds), pieces)
            });
            if !holds {
                checked.reasons.push(reason);
            }
        };
    let years = |n: u32| Value::Count(n.into(), "years");
    match &line.value {
        Mechanism::Age(needed) | Mechanism::Younger(needed) => {
            let Some(birth) = facts.birth_date else {
                checked.unchecked.push(Arc::clone(&rule.label));
                return Ok(());
            };
            let reached = age(birth, facts.checked_on);
            let at_least = matches!(line.value, Mechanism::Age(_));
            let reached_on = birthday(birth, *needed);
            let own =
                years_piece(("age", &fund.pension.labels.age), birth, facts.checked_on, reached, working);
            if at_least {
                let reason = Reason::AgeNotReached { needed: *needed, reached_on };
                compare(
                    working,
                    own,
                    "≥",
                    vec![Piece::law(years(*needed), "age")],
                    reached >= *needed,
                    reason,
                );
                if checked.reached_on < Some(reached_on) {
                    checked.reached_on = Some(reached_on);
                    checked.reached_by = working.keeps().then(|| (*needed, cite()));
                }
            } else {
                let reason = Reason::AgePassed { limit: *needed };
                compare(
                    working,
                    own,
                    "<",
                    vec![Piece::law(years(*needed), "younger")],
                    reached < *needed,
                    reason,
                );
            }
        }
        Mechanism::Insured(needed) | Mechanism::InsuredBelow(needed) => {
            let Some(career) = facts.career else {
                checked.unchecked.push(Arc::clone(&rule.label));
                return Ok(());
            };
            let counted = Counted::of(fund, career, career.before(facts.entry), &facts.asked())?;
            let unit = counted.unit.word();
            let own = counted.figure(fund, &facts.asked(), working)?.count(unit);
            let needed_value = Value::Count((*needed).into(), unit);
            if matches!(line.value, Mechanism::Insured(_)) {
                let reason =
                    Reason::TooFewUnits { needed: *needed, counted: counted.units, unit: counted.unit };
                let holds = counted.units >= *needed;
                compare(working, own, "≥", vec![Piece::law(needed_value, "insured")], holds, reason);
            } else {
                let reason =
                    Reason::TooManyUnits { limit: *needed, counted: counted.units, unit: counted.unit };
                let holds = counted.units < *needed;
                compare(working, own, "<", vec![Piece::law(needed_value, "insured_below")], holds, reason);
            }
        }
        Mechanism::Recent(recent) => {
            let Some(career) = facts.career else {
                checked.unchecked.push(Arc::clone(&rule.label));
                return Ok(());
            };
            let window = i32::try_from(recent.months).unwrap_or(i32::MAX);
            let first = facts.entry.plus(window.saturating_neg());
            let months = career.between(first, facts.entry);
            let counted = Counted::of(fund, career, months, &facts.asked())?;
            let reason = Reason::TooFewRecent {
                needed: recent.units,
                counted: counted.units,
                unit: counted.unit,
                months: recent.months,
            };
            let unit = counted.unit.word();
            let needed = vec![Piece::law(Value::Count(recent.units.into(), unit), "recent.units")];
            let within = (first, facts.entry.plus(-1));
            let own = counted.figure_within(within, fund, &facts.asked(), working)?.count(unit);
            compare(working, own, "≥", needed, counted.units >= recent.units, reason);
        }
        Mechanism::Registered(needed) => {
            let first = facts.career.and_then(|c| c.months().first()).map(|m| m.month.first_day());
            let Some(since) = facts.claim.registered_on.or(first) else {
                checked.unchecked.push(Arc::clone(&rule.label));
                return Ok(());
            };
            let for_years = age(since, facts.checked_on);
            let own = years_piece(("registered", &rule.label), since, facts.checked_on, for_years, working);
            let reason = Reason::RegisteredTooLate { needed: *needed, enough_on: birthday(since, *needed) };
            compare(
                working,
                own,
                "≥",
                vec![Piece::law(years(*needed), "registered")],
                for_years >= *needed,
                reason,
            );
        }
        Mechanism::WorkCeased(needed) => {
            let last = facts.career.and_then(Career::last).filter(|last| *needed && *last >= facts.entry);
            working.step(|| cite().step(Op::Given, Value::Flag(last.is_none()), Vec::new()));
            checked.reasons.extend(last.map(|last| Reason::WorkNotCeased { last }));
        }
        Mechanism::Proof(code) => {
            let brought = facts.claim.proofs.contains(&**code);
            working.step(|| cite().step(Op::Given, Value::Flag(brought), Vec::new()));
            if !brought {
                checked
                    .reasons
                    .push(Reason::ProofMissing { code: Arc::clone(code), label: Arc::clone(&rule.label) });
            }
        }
        Mechanism::Degree(needed) => {
            let degree = facts.claim.degree.unwrap_or(Decimal::ZERO);
            let holds =
                Exact::of(degree) >= Exact::of(needed.numerator).over(Exact::of(needed.denominator))?;
            let half = |of, path| Piece::law(Value::Number(of), path);
            let bound = match needed.decimal() {
                Some(share) => vec![Piece::law(Value::Rate(share), "degree")],
                None => vec![
                    half(needed.numerator, "degree[0]"),
                    Piece::Sign("÷"),
                    half(needed.denominator, "degree[1]"),
                ],
            };
            let reason = Reason::DegreeTooLow { needed: *needed };
            compare(working, Piece::given(Value::Rate(degree)), "≥", bound, holds, reason);
        }
        Mechanism::PayAtLeast(limit) | Mechanism::PayAtMost(limit) => {
            let at_least = matches!(line.value, Mechanism::PayAtLeast(_));
            let Some(wage) = facts.claim.monthly_wage else {
                checked.unchecked.push(Arc::clone(&rule.label));
                return Ok(());
            };
            let path = if at_least { "pay_at_least" } else { "pay_at_most" };
            let (amount, step) = pay_limit(fund, *limit, rule, line, path, facts, working)?;
            let bound = vec![Figure { exact: Exact::of(amount), step }.money(fund.currency)];
            let own = Piece::given(shown_money(Exact::of(wage), fund.currency));
            let value = shown_money(Exact::of(amount), fund.currency);
            if at_least {
                compare(working, own, "≥", bound, wage >= amount, Reason::PayTooLow { needed: value });
            } else {
                compare(working, own, "≤", bound, wage <= amount, Reason::PayTooHigh { most: value });
            }
        }
        Mechanism::Category(categories) => {
            let last =
                || facts.career.and_then(|career| career.before(facts.entry).last()?.category.as_deref());
            let Some(own) = facts.claim.category.as_deref().or_else(last) else {
                checked.unchecked.push(Arc::clone(&rule.label));
                return Ok(());
            };
            let holds = categories.iter().any(|category| **category == *own);
            working.step(|| cite().step(Op::Given, Value::Flag(holds), Vec::new()));
            if !holds {
                checked.reasons.push(Reason::OtherCategory { label: Arc::clone(&rule.label) });
            }
        }
        Mechanism::AnyOf(names) => return any_of(fund, (rule, line), names, facts, working, checked),
        Mechanism::None(_) => {}
        Mechanism::Open(name) => return Err(open(fund, rule, name)),
        _ => {}
    }
    Ok(())
}

/// One of several is enough. What is missing is told of the first, which is the ordinary way, and
/// that each of the others would do instead.
fn any_of(
    fund: &Fund,
    (rule, line): (&Rule, &crate::fund::Dated<Mechanism>),
    names: &[Arc<str>],
    facts: &Facts<'_>,
    working: &mut Working,
    checked: &mut Checked,
) -> Result<(), Refusal> {
    let (mut ordinary, mut instead, mut unchecked) = (None, Vec::new(), Vec::new());
    for other in names.iter().filter_map(|name| fund.named(rule, name)) {
        let mut own = Checked::default();
        condition(fund, other, facts, working, &mut own)?;
        if own.reasons.is_empty() && own.unchecked.is_empty() {
            working.step(|| rule.cite(line, &facts.asked()).step(Op::Given, Value::Flag(true), Vec::new()));
            return Ok(());
        }
        if own.reasons.is_empty() {
            unchecked.append(&mut own.unchecked);
        } else if ordinary.is_none() {
            ordinary = Some(own.reasons);
        } else {
            instead.push(Reason::OrElse { label: Arc::clone(&other.label) });
        }
    }
    if unchecked.is_empty() {
        working.step(|| rule.cite(line, &facts.asked()).step(Op::Given, Value::Flag(false), Vec::new()));
        checked.reasons.extend(ordinary.into_iter().flatten().chain(instead));
    } else {
        checked.unchecked.append(&mut unchecked);
    }
    Ok(())
}

fn pay_limit(
    fund: &Fund,
    limit: Limit,
    rule: &Rule,
    line: &crate::fund::Dated<Mechanism>,
    path: &str,
    facts: &Facts<'_>,
    working: &mut Working,
) -> Result<(Decimal, Option<u32>), Refusal> {
    fund.limit(limit, || rule.cite(line, &facts.asked()), path, &facts.asked(), working)
}

/// The completed years between two days, as a step that stands once.
fn years_piece(
    (rule, label): (&str, &Arc<str>),
    from: NaiveDate,
    on: NaiveDate,
    reached: u32,
    working: &mut Working,
) -> Piece {
    let value = Value::Count(reached.into(), "years");
    let step = working.once(|| {
        let dates = vec![Piece::given(Value::Date(from)), Piece::Sign("→"), Piece::given(Value::Date(on))];
        plain(rule, label, Op::Age, value, dates)
    });
    Piece::Value(value, Figure { exact: Exact::from(reached), step }.origin())
}

/// The line in force of the rule at `place`, when its text is known.
pub(crate) fn known<'a>(
    fund: &'a Fund,
    place: usize,
    asked: &Asked<'_>,
) -> Result<(&'a Rule, &'a crate::fund::Dated<Mechanism>), Refusal> {
    let rule = fund.rules.get(place).ok_or(Refusal::NotOffered { what: String::new() })?;
    let line = rule.need(asked)?;
    match &line.value {
        Mechanism::Open(name) => Err(open(fund, rule, name)),
        _ => Ok((rule, line)),
    }
}

/// The refusal of a rule whose text was not found.
#[must_use]
pub(crate) fn open(fund: &Fund, rule: &Rule, name: &str) -> Refusal {
    let text = fund.questions.get(name).cloned().unwrap_or_else(|| Arc::from(name));
    Refusal::OpenQuestion { rule: Arc::clone(&rule.key), question: (Arc::from(name), text) }
}
