//! The law of one kind of pension on one award date as whole numbers (règles en nombres entiers).
//!
//! Every share of the law becomes a numerator over one common divisor, so that a pension is one
//! division, done last. The one rule to remember: what does not become whole numbers without a
//! rest is refused by the name of its rule.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::PlanError;
use super::divide::Reciprocal;
use crate::calendar::{Month, age};
use crate::entitlement::open;
use crate::exact::Exact;
use crate::fund::mechanism::{Average, Bound, Brackets, Incomplete, Limit, Mechanism, Of, RoundTo, Unit};
use crate::fund::{Asked, Base, Dated, Fund, Parameter, PensionKind, Rule};
use crate::money::{Currency, Money, MoneyError, Rounding};
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

/// The same before a common divisor is found.
enum Exactly {
    OfReference(Exact),
    Fixed(Exact),
    Tiers(Vec<(u32, Exact)>),
}

type Step = (fn(Amount) -> Adjust, Exactly);

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

/// Everything but the common divisor.
struct Whole {
    windows: Vec<(usize, u32)>,
    over: u64,
    rate: Rates,
    steps: Vec<Step>,
    rounding: RoundTo,
    currency: Currency,
}

impl Whole {
    /// None when a number does not fit into machine words.
    fn law(self, date: NaiveDate, entry: Month, cohorts: Vec<Cohort>, limits: Limits) -> Option<Law> {
        let units = common_divisor(&self.rate, &self.steps)?;
        let all = units.checked_mul(self.over)?;
        let times = |exact: Exact, by: u64| -> Option<u64> {
            let (above, below) = exact.times(Exact::whole(by.into())).ok()?.parts();
            u64::try_from(above).ok().filter(|n| below == 1 && *n < 1 << BITS)
        };
        let share = |exact: Option<Exact>| exact.map_or(Some(NOT_KNOWN), |exact| times(exact, units));
        let known = |n: &u64| *n != NOT_KNOWN;
        let (rate, most_rate) = match &self.rate {
            Rates::Table(table) => {
                let table: Vec<u64> = table.iter().map(|e| share(*e)).collect::<Option<_>>()?;
                let most = table.iter().copied().filter(known).max().unwrap_or(0);
                (Rate::Table(table), most)
            }
            Rates::Lines(lines) => {
                let lines: Vec<(usize, u64)> =
                    lines.iter().map(|(from, e)| Some((*from, share(*e)?))).collect::<Option<_>>()?;
                let most = lines.iter().map(|(_, n)| *n).filter(known).max().unwrap_or(0);
                (Rate::Lines(lines), most.checked_mul(u64::try_from(limits.floor.len()).ok()?)?)
            }
        };
        // The amount is never above (sum × of_sum) + fixed.
        let (mut of_sum, mut fixed) = (most_rate.max(1), 0_u64);
        let mut adjustments = Vec::with_capacity(self.steps.len());
        for (step, exactly) in &self.steps {
            let amount = match exactly {
                Exactly::OfReference(exact) => Amount::OfSum(times(*exact, units)?),
                Exactly::Fixed(exact) => Amount::Fixed(times(*exact, all)?),
                Exactly::Tiers(tiers) => Amount::Tiers(
                    tiers.iter().map(|(n, e)| Some((*n, times(*e, all)?))).collect::<Option<_>>()?,
                ),
            };
            match &amount {
                Amount::OfSum(n) => of_sum = of_sum.checked_add(*n)?,
                Amount::Fixed(n) => fixed = fixed.checked_add(*n)?,
                Amount::Tiers(tiers) => {
                    fixed = fixed.checked_add(tiers.iter().map(|(_, n)| *n).max().unwrap_or(0))?;
                }
            }
            adjustments.push(step(amount));
        }
        let to = times(Exact::of(self.rounding.to.0), 10_u64.checked_pow(self.currency.exponent().into())?)
            .filter(|to| *to > 0)?;
        let divisor = all.checked_mul(to)?;
        // The books' limit holds for the reference pay, too.
        let most = u64::try_from(largest(self.currency)).ok()?;
        let room = (1_u64 << BITS).checked_sub(fixed)?.checked_sub(divisor)?;
        let most_sum = (room / of_sum).min(most.saturating_mul(self.over));
        let (mut windows, mut widest) = (Vec::with_capacity(self.windows.len()), 1);
        for (last, over) in self.windows {
            let weight = self.over.checked_div(over.into())?;
            widest = weight.checked_mul(u64::try_from(last).ok()?)?.max(widest);
            windows.push(Window { last, weight });
        }
        let pay_bits = most.ilog2().min(((1_u64 << BITS) / widest).ilog2());
        let more = match self.rounding.way {
            Rounding::HalfUp => divisor / 2,
            Rounding::Down => 0,
            Rounding::Up => divisor.checked_sub(1)?,
        };
        let by = Reciprocal::of(divisor)?;
        Some(Law {
            date,
            entry,
            cohorts,
            windows,
            limits,
            rate,
            adjustments,
            most_sum,
            pay_bits,
            more,
            by,
            to,
            most,
        })
    }
}

/// The largest amount that the books accept, in smallest units.
fn largest(currency: Currency) -> i64 {
    let fits = |n: i64| Money::from_minor(n, currency).is_ok();
    (0..18_u32).filter_map(|zeros| 10_i64.checked_pow(zeros)).take_while(|n| fits(*n)).last().unwrap_or(0)
}

fn common_divisor(rate: &Rates, steps: &[Step]) -> Option<u64> {
    let mut all: Vec<Exact> = match rate {
        Rates::Table(table) => table.iter().copied().flatten().collect(),
        Rates::Lines(lines) => lines.iter().filter_map(|(_, e)| *e).collect(),
    };
    for (_, exactly) in steps {
        match exactly {
            Exactly::OfReference(exact) | Exactly::Fixed(exact) => all.push(*exact),
            Exactly::Tiers(tiers) => all.extend(tiers.iter().map(|(_, e)| *e)),
        }
    }
    // At least two: one is not a divisor that a reciprocal serves.
    all.iter().try_fold(2, |multiple, exact| common_multiple(multiple, u64::try_from(exact.parts().1).ok()?))
}

fn common_multiple(a: u64, b: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x.checked_rem(y)?);
    }
    a.checked_div(x)?.checked_mul(b)
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

/// Insured units of a whole month.
fn per_month(fund: &Fund, asked: &Asked<'_>) -> Result<u32, PlanError> {
    let rule = &fund.pension.insurance;
    let how = line(rule, asked)?.value;
    match how.unit {
        Unit::Months => Ok(1),
        Unit::Days if how.month == Some(0) => Err(PlanError::shape(&rule.key, "months without a day")),
        Unit::Days => Ok(how.month.unwrap_or(31)),
        Unit::Quarters => Err(PlanError::shape(&rule.key, "insured time in quarters")),
        Unit::Years => Err(PlanError::shape(&rule.key, "insured time in years")),
    }
}

/// The latest birth of somebody who is `years` old on that day.
fn born_by(years: u32, on: NaiveDate) -> NaiveDate {
    let about = on.checked_sub_months(chrono::Months::new(years.saturating_mul(12)));
    let Some(latest) = about.and_then(|day| day.checked_add_days(Days::new(3))) else {
        return NaiveDate::MIN;
    };
    let old_enough = |birth: &NaiveDate| *birth <= on && age(*birth, on) >= years;
    latest.iter_days().rev().take(8).find(old_enough).unwrap_or(NaiveDate::MIN)
}

fn cohorts(
    fund: &Fund,
    kind: &PensionKind,
    asked: &Asked<'_>,
    per_month: u32,
) -> Result<Vec<Cohort>, PlanError> {
    let rules: Vec<&Rule> = kind.conditions.iter().filter_map(|place| fund.rules.get(*place)).collect();
    let mut starts: Vec<NaiveDate> =
        rules.iter().flat_map(|rule| rule.entries()).filter_map(|e| e.born_from).collect();
    starts.push(NaiveDate::MIN);
    starts.sort_unstable();
    starts.dedup();
    let mut cohorts = Vec::with_capacity(starts.len());
    let mut refused = None;
    for from in starts {
        let asked = Asked { born: Some(from), ..*asked };
        let mut cohort = Cohort {
            from,
            known: true,
            born_by: NaiveDate::MAX,
            born_after: NaiveDate::MIN,
            least: 0,
            below: u32::MAX,
            ceased: false,
        };
        for rule in &rules {
            match condition(fund, rule, &asked, per_month, &mut cohort) {
                Ok(()) => {}
                Err(PlanError::Refused(refusal)) => {
                    cohort.known = false;
                    refused = refused.or(Some(refusal));
                }
                Err(shape) => return Err(shape),
            }
        }
        cohorts.push(cohort);
    }
    match refused.filter(|_| cohorts.iter().all(|c| !c.known)) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(cohorts),
    }
}

fn condition(
    fund: &Fund,
    rule: &Rule,
    asked: &Asked<'_>,
    per_month: u32,
    cohort: &mut Cohort,
) -> Result<(), PlanError> {
    let shape = |what| Err(PlanError::shape(&rule.key, what));
    match &rule.need(asked)?.value {
        Mechanism::Age(years) => cohort.born_by = cohort.born_by.min(born_by(*years, asked.date)),
        Mechanism::Younger(years) => cohort.born_after = cohort.born_after.max(born_by(*years, asked.date)),
        Mechanism::Insured(units) => cohort.least = cohort.least.max(units.div_ceil(per_month)),
        Mechanism::InsuredBelow(units) => cohort.below = cohort.below.min(units.div_ceil(per_month)),
        Mechanism::WorkCeased(needed) => cohort.ceased |= *needed,
        Mechanism::Open(name) => return Err(open(fund, rule, name).into()),
        Mechanism::Recent(_) => return shape("a condition on recent months"),
        Mechanism::Registered(_) => return shape("a condition on the registration"),
        Mechanism::Proof(_) => return shape("a condition on a paper"),
        Mechanism::Degree(_) => return shape("a condition on the loss of capacity"),
        Mechanism::PayAtLeast(_) | Mechanism::PayAtMost(_) => return shape("a condition on pay"),
        _ => {}
    }
    Ok(())
}

/// Windows with their divisors, and the least common multiple of these.
fn windows(rule: &Rule, average: &Average) -> Result<(Vec<(usize, u32)>, u64), PlanError> {
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
    fn of(fund: &Fund, base: Option<&Base>, asked: &Asked<'_>, entry: Month) -> Result<Self, PlanError> {
        let first = Month::new(1900, 1).unwrap_or(entry).min(entry);
        let mut limits =
            Self { first, floor: Vec::new(), ceiling: Vec::new(), capped: false, unknown: vec![0] };
        if let Some(base) = base {
            if let Some(rule) = base.flat.as_ref().or(base.above.as_ref()) {
                return Err(PlanError::shape(&rule.key, "pay above a limit, or whatever was declared"));
            }
            for rule in [&base.floor, &base.ceiling].into_iter().flatten() {
                for_all(rule)?;
            }
            for_all(&fund.minimum_wage)?;
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
enum Rates {
    Table(Vec<Option<Exact>>),
    Lines(Vec<(usize, Option<Exact>)>),
}

impl Rates {
    fn of(
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

/// The adjustments before the rounding, and the rounding, which must come last.
fn adjustments(
    fund: &Fund,
    kind: &PensionKind,
    asked: &Asked<'_>,
    per_month: u32,
) -> Result<(Vec<Step>, RoundTo), PlanError> {
    let mut steps: Vec<Step> = Vec::new();
    let mut rounding = None;
    for rule in kind.adjustments.iter().filter_map(|place| fund.rules.get(*place)) {
        let shape = |what| PlanError::shape(&rule.key, what);
        let value = &line(rule, asked)?.value;
        // Nobody is said to have a third person, children or spouses: supplements add nothing.
        if matches!(value, Mechanism::Supplement(_) | Mechanism::None(_)) {
            continue;
        }
        if rounding.is_some() {
            return Err(shape("an adjustment after rounding"));
        }
        let share = |share: Exact, of: Of| match of {
            Of::Reference => Ok(Exactly::OfReference(share)),
            Of::Pension => Err(shape("a share of the pension itself")),
            Of::MinimumWage => {
                let wage = Exact::of(line(&fund.minimum_wage, asked)?.value);
                let amount = wage.times(share).and_then(|amount| minor(amount, fund.currency));
                amount.map(Exactly::Fixed).map_err(books)
            }
        };
        match value {
            Mechanism::Ceiling(bound) => {
                steps.push((Adjust::AtMost, bound_of(fund, bound, per_month, share)?));
            }
            Mechanism::Floor(bound) => {
                steps.push((Adjust::AtLeast, bound_of(fund, bound, per_month, share)?));
            }
            Mechanism::Add(part) => steps.push((Adjust::Plus, share(Exact::of(part.share.0), part.of)?)),
            Mechanism::Rounding(to) => rounding = Some(*to),
            Mechanism::Early(_) | Mechanism::EarlyTable(_) => {
                return Err(shape("a reduction for anticipation"));
            }
            Mechanism::Ratio(_) => return Err(shape("a pension in proportion")),
            Mechanism::Open(name) => return Err(open(fund, rule, name).into()),
            _ => {}
        }
    }
    match rounding {
        Some(to) if to.to.0 >= rust_decimal::Decimal::new(1, fund.currency.exponent().into()) => {
            Ok((steps, to))
        }
        _ => Err(PlanError::shape(&kind.code, "an amount that is not rounded to the smallest unit")),
    }
}

fn bound_of(
    fund: &Fund,
    bound: &Bound,
    per_month: u32,
    share: impl Fn(Exact, Of) -> Result<Exactly, PlanError>,
) -> Result<Exactly, PlanError> {
    let amount = |number: rust_decimal::Decimal| minor(Exact::of(number), fund.currency).map_err(books);
    match (bound.amount, bound.share.zip(bound.of)) {
        (Some(number), _) => Ok(Exactly::Fixed(amount(number.0)?)),
        (None, Some((part, of))) => share(Exact::of(part.0), of),
        (None, None) => {
            let tier = |tier: &crate::fund::mechanism::Tier| {
                Ok((tier.units.div_ceil(per_month), amount(tier.amount.0)?))
            };
            Ok(Exactly::Tiers(bound.tiers.iter().map(tier).collect::<Result<_, PlanError>>()?))
        }
    }
}

/// An amount in smallest units.
fn minor(amount: Exact, currency: Currency) -> Result<Exact, MoneyError> {
    let units = 10_i128.checked_pow(currency.exponent().into()).ok_or(MoneyError::TooLarge)?;
    amount.times(Exact::whole(units))
}

fn books(error: MoneyError) -> PlanError {
    Refusal::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The day that divides those who are old enough from those who are not.
        #[test]
        fn births_are_divided_by_one_day(day in 0_u64..40_000, years in 1_u32..80, off in 0_u64..800) {
            let first = NaiveDate::from_ymd_opt(1940, 1, 1).expect("a day");
            let on = first.checked_add_days(Days::new(day)).expect("a day");
            let by = born_by(years, on);
            prop_assert!(age(by, on) >= years);
            let later = by.checked_add_days(Days::new(off + 1)).expect("a day");
            prop_assert!(later > on || age(later, on) < years);
            let earlier = by.checked_sub_days(Days::new(off)).expect("a day");
            prop_assert!(age(earlier, on) >= years);
        }
    }
}
