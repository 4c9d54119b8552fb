//! The law of one kind of pension on one award date as whole numbers (règles en nombres entiers).
//!
//! Every share of the law becomes a numerator over one common divisor, so that a pension is one
//! division, done last. The one rule to remember: what does not become whole numbers without a
//! rest is refused by the name of its rule.

mod adjust;
mod conditions;
mod pay;
mod whole;

use std::sync::Arc;

use chrono::NaiveDate;

use self::adjust::adjustments;
use self::conditions::{cohorts, per_month};
use self::pay::{Rates, windows};
use self::whole::Whole;
use super::PlanError;
use super::divide::Reciprocal;
use crate::calendar::Month;
use crate::entitlement::open;
use crate::exact::Exact;
use crate::fund::mechanism::Mechanism;
use crate::fund::{Asked, Dated, Fund, Parameter};
use crate::money::{Currency, MoneyError};
use crate::pension::{entry_on, start_rule};
use crate::refusal::Refusal;

/// Numbers that are added up or compared stay below two to this power.
const BITS: u32 = 62;

/// All that decides a pension of one kind on one award date.
#[derive(Clone, Debug)]
pub(super) struct Law {
    /// The award date; nobody is born later.
    pub date: NaiveDate,
    /// Months before it count.
    pub entry: Month,
    /// Who is entitled, by birth; ascending, the first from the beginning of time.
    pub cohorts: Vec<Cohort>,
    pub windows: Vec<Window>,
    pub limits: Limits,
    pub rate: Rate,
    pub adjustments: Vec<Adjust>,
    /// Sums of a window, weighed, up to this one keep all numbers in machine words.
    pub most_sum: u64,
    /// Pays up to two to this power do.
    pub pay_bits: u32,
    /// What rounding adds before the rest is dropped.
    pub more: u64,
    pub by: Reciprocal,
    /// Rounded to multiples of so many smallest units.
    pub to: u64,
    /// The largest amount that the books accept, in smallest units.
    pub most: u64,
}

/// The conditions of those born from a day on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cohort {
    pub from: NaiveDate,
    /// False where a condition is not known for them.
    pub known: bool,
    /// Born on this day or before.
    pub born_by: NaiveDate,
    /// Born after this day.
    pub born_after: NaiveDate,
    /// Insured months at least.
    pub least: u32,
    /// Insured months below.
    pub below: u32,
    /// No pay from the entry on.
    pub ceased: bool,
}

/// The last so many insured months; their sum is weighed so that all windows have one divisor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub last: usize,
    pub weight: u64,
}

/// Floor and ceiling of each month, from [`Limits::first`] to before the entry.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub first: Month,
    pub floor: Vec<i64>,
    pub ceiling: Vec<i64>,
    /// False where no month has a ceiling.
    pub capped: bool,
    /// Of how many months before each they are not known; one more than months.
    pub unknown: Vec<u32>,
}

/// The share of the reference pay, as a numerator.
#[derive(Clone, Debug)]
pub(super) enum Rate {
    /// By insured months; [`NOT_KNOWN`] where the text was not found.
    Table(Vec<u64>),
    /// For each insured month from a place in [`Limits`] on; [`NOT_KNOWN`] before the first line.
    Lines(Vec<(usize, u64)>),
}

/// Where the law says nothing.
pub(super) const NOT_KNOWN: u64 = u64::MAX;

/// What happens to the amount, all numbers over the common divisor.
#[derive(Clone, Debug)]
pub(super) enum Adjust {
    AtMost(Amount),
    AtLeast(Amount),
    Plus(Amount),
}

/// An amount that it is held against.
#[derive(Clone, Debug)]
pub(super) enum Amount {
    /// So many times the weighed sum.
    OfSum(u64),
    Fixed(u64),
    /// From so many insured months on, ascending.
    Tiers(Vec<(u32, u64)>),
}

impl Law {
    pub fn of(fund: &Fund, kind: &str, date: NaiveDate, category: Option<&str>) -> Result<Self, PlanError> {
        let kind = fund
            .pension
            .kind(kind)
            .ok_or_else(|| Refusal::NotOffered { what: kind.chars().take(40).collect() })?;
        let asked = Asked { date, born: None, category };
        let at = |place: Option<usize>| place.and_then(|place| fund.rules.get(place));
        if let Some(start) = at(kind.start) {
            for_all(start)?;
        }
        start_rule(fund, kind, &asked)?;
        let entry = Month::of(entry_on(fund, kind, &asked));
        let per_month = per_month(fund, &asked)?;
        let cohorts = cohorts(fund, kind, &asked, per_month)?;

        let nothing = || Refusal::NotOffered { what: kind.code.to_string() };
        let rule = at(kind.rate).ok_or_else(nothing)?;
        for_all(rule)?;
        let rate = Rates::of(fund, rule, &asked, per_month, entry)?;
        let rule = at(kind.reference).ok_or_else(|| PlanError::shape(&rule.key, "a rate without average"))?;
        let line = line(rule, &asked)?;
        let average = match &line.value {
            Mechanism::Average(average) => average,
            Mechanism::Open(name) => return Err(open(fund, rule, name).into()),
            _ => return Err(Refusal::NoRule { rule: Arc::clone(&rule.key), date }.into()),
        };
        let (windows, over) = windows(rule, average)?;
        let base = average.base.as_deref().and_then(|code| fund.contributions.base(code));
        let limits = Limits::of(fund, base, &asked, entry)?;
        let (steps, rounding) = adjustments(fund, kind, &asked, per_month)?;
        let whole = Whole { windows, over, rate, steps, rounding, currency: fund.currency };
        whole.law(date, entry, cohorts, limits).ok_or_else(|| {
            // Every number was known; together they have too many digits.
            PlanError::shape(&kind.code, "numbers beyond machine words")
        })
    }
}

/// A rule whose values do not depend on the birth.
fn for_all<T>(rule: &Parameter<T>) -> Result<(), PlanError> {
    match rule.entries().iter().any(|e| e.born_from.is_some()) {
        true => Err(PlanError::shape(&rule.key, "values by birth")),
        false => Ok(()),
    }
}

fn line<'f, T>(rule: &'f Parameter<T>, asked: &Asked<'_>) -> Result<&'f Dated<T>, PlanError> {
    for_all(rule)?;
    Ok(rule.need(asked)?)
}

/// An amount in smallest units.
fn minor(amount: Exact, currency: Currency) -> Result<Exact, MoneyError> {
    let units = 10_i128.checked_pow(currency.exponent().into()).ok_or(MoneyError::TooLarge)?;
    amount.times(Exact::whole(units))
}

fn books(error: MoneyError) -> PlanError {
    Refusal::from(error).into()
}
