//! The reference pay and the rate of a kind of pension: windows, limits of each month, and the
//! share for each number of insured months.

use std::sync::Arc;

use super::whole::common_multiple;
use super::{Limits, PlanError, books, for_all, minor};
use crate::calendar::Month;
use crate::entitlement::open;
use crate::exact::Exact;
use crate::fund::mechanism::{Average, Brackets, Incomplete, Limit, Mechanism};
use crate::fund::{Asked, Base, Fund, Parameter, Rule};
use crate::money::MoneyError;
use crate::refusal::Refusal;

/// Windows with their divisors, and the least common multiple of these.
pub(super) fn windows(rule: &Rule, average: &Average) -> Result<(Vec<(usize, u32)>, u64), PlanError> {
    let shape = |what| PlanError::shape(&rule.key, what);
    if average.revalued.is_some() {
        return Err(shape("revalued pay"));
    }
    let (mut found, mut multiple) = (Vec::with_capacity(average.windows.len()), 1);
    for window in &average.windows {
        let last = window.last.ok_or_else(|| shape("a window of the best months or of civil years"))?;
        let over = window.over.filter(|n| *n > 0).ok_or_else(|| shape("the number of months as divisor"))?;
        let too_many = || shape("numbers beyond machine words");
        multiple = common_multiple(multiple, over.into()).ok_or_else(too_many)?;
        found.push((usize::try_from(last).map_err(|_| too_many())?, over));
    }
    Ok((found, multiple))
}

impl Limits {
    pub(super) fn of(
        fund: &Fund,
        base: Option<&Base>,
        asked: &Asked<'_>,
        entry: Month,
    ) -> Result<Self, PlanError> {
        let first = Month::new(1900, 1).unwrap_or(entry).min(entry);
        let mut limits =
            Self { first, floor: Vec::new(), ceiling: Vec::new(), capped: false, unknown: vec![0] };
        if let Some(base) = base {
            if let Some(rule) = base.flat.as_ref().or(base.above.as_ref()).or(base.open_above.as_ref()) {
                return Err(PlanError::shape(&rule.key, "pay above a limit, or whatever was declared"));
            }
            for rule in [&base.floor, &base.ceiling].into_iter().flatten() {
                for_all(rule)?;
                if rule.entries().iter().any(|line| matches!(line.value, Limit::MinimumWage(_))) {
                    for_all(&fund.minimum_wage)?;
                }
            }
        }
        let mut unknown = 0_u32;
        for month in first.through(entry.plus(-1)).take_while(|month| *month < entry) {
            let asked = Asked { date: month.first_day(), ..*asked };
            let limit = |rule: Option<&Parameter<Limit>>, none: i64| {
                let line = rule.and_then(|rule| rule.find(&asked));
                line.map_or(Some(none), |line| {
                    let amount = Exact::of(fund.limit_amount(line.value, &asked).ok()?);
                    let whole = minor(amount, fund.currency).ok()?.parts();
                    i64::try_from(whole.0).ok().filter(|n| whole.1 == 1 && (0..1 << 48).contains(n))
                })
            };
            let floor = limit(base.and_then(|b| b.floor.as_ref()), 0);
            let ceiling = limit(base.and_then(|b| b.ceiling.as_ref()), i64::MAX);
            unknown = unknown.saturating_add(u32::from(floor.is_none() || ceiling.is_none()));
            limits.floor.push(floor.unwrap_or(0));
            limits.ceiling.push(ceiling.unwrap_or(i64::MAX));
            limits.capped |= ceiling.is_some_and(|most| most < i64::MAX);
            limits.unknown.push(unknown);
        }
        Ok(limits)
    }
}

/// The share of the reference pay before a common divisor is found.
pub(super) enum Rates {
    Table(Vec<Option<Exact>>),
    Lines(Vec<(usize, Option<Exact>)>),
}

impl Rates {
    pub(super) fn of(
        fund: &Fund,
        rule: &Rule,
        asked: &Asked<'_>,
        per_month: u32,
        entry: Month,
    ) -> Result<Self, PlanError> {
        let first = Month::new(1900, 1).unwrap_or(entry).min(entry);
        // The lines of an accrual are periods worked, which the award date does not choose from.
        let line = rule
            .find(asked)
            .or_else(|| rule.entries().first().filter(|line| matches!(line.value, Mechanism::Accrual(_))));
        let months = u32::try_from(entry.since(first)).unwrap_or(0);
        match line.map_or_else(|| rule.need(asked), Ok)?.value {
            Mechanism::Brackets(ref table) => {
                let share = |months: u32| share_at(table, months.saturating_mul(per_month));
                (0..=months).map(share).collect::<Result<_, _>>().map(Self::Table).map_err(books)
            }
            Mechanism::Accrual(_) => {
                let mut lines: Vec<(usize, Option<Exact>)> = Vec::new();
                for (place, month) in first.through(entry).take_while(|month| *month < entry).enumerate() {
                    let asked = Asked { date: month.first_day(), ..*asked };
                    let share = match rule.find(&asked).map(|line| &line.value) {
                        None => None,
                        Some(Mechanism::Accrual(accrual)) => {
                            let each =
                                Exact::from(per_month).over(Exact::from(accrual.each)).map_err(books)?;
                            Some(each.times(Exact::of(accrual.rate.0)).map_err(books)?)
                        }
                        Some(_) => Some(Exact::ZERO),
                    };
                    if lines.last().is_none_or(|(_, known)| *known != share) {
                        lines.push((place, share));
                    }
                }
                Ok(Self::Lines(lines))
            }
            Mechanism::Points(_) => Err(PlanError::shape(&rule.key, "points")),
            Mechanism::Open(ref name) => Err(open(fund, rule, name).into()),
            _ => Err(Refusal::NoRule { rule: Arc::clone(&rule.key), date: asked.date }.into()),
        }
    }
}

/// What a table gives for so many units; none where its text was not found.
fn share_at(table: &Brackets, units: u32) -> Result<Option<Exact>, MoneyError> {
    let mut sum = Exact::ZERO;
    let ends = table.rows.iter().skip(1).map(|row| row.from).chain([u32::MAX]);
    for (row, end) in table.rows.iter().zip(ends).take_while(|(row, _)| row.from <= units) {
        if row.open.is_some() && units < end {
            return Ok(None);
        }
        if let Some(flat) = row.flat {
            sum = sum.plus(Exact::of(flat.0))?;
        }
        let (Some(each), Some(rate)) = (row.each, row.rate) else { continue };
        let further = units.min(end).saturating_sub(row.from);
        let periods = match table.incomplete {
            Incomplete::Drop => Exact::from(further.checked_div(each).unwrap_or(0)),
            Incomplete::Fraction => Exact::from(further).over(Exact::from(each))?,
        };
        sum = sum.plus(periods.times(Exact::of(rate.0))?)?;
    }
    Ok(Some(table.most.map_or(sum, |most| sum.at_most(Exact::of(most.0)))))
}
