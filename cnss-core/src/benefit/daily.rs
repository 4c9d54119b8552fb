//! Cash benefits (indemnités journalières): a share of the average pay for each day, or month,
//! that is paid.

use std::sync::Arc;

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::entitlement::{Claim, Facts, Reason, check, known, open};
use crate::exact::Exact;
use crate::explain::{Caveat, Figure, Op, Origin, Piece, Step, Value, Working, caveats, plain, shown_money};
use crate::fund::mechanism::{
    Divisor, Extension, Mechanism, PayWindow, Schedule, ScheduleStep, ScheduleUnit,
};
use crate::fund::{Asked, DailyRules, Dated, Fund, Rule};
use crate::insured::{Career, InsuredMonth};
use crate::money::Money;
use crate::refusal::{Fault, FaultKind, Refusal};

/// The most days that one claim may ask for: five years.
pub const DAYS_MAX: u64 = 1_827;

/// Who stopped work, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Stopped<'a> {
    /// First day of the stop.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Birth date, where a condition looks at it.
    pub birth_date: Option<NaiveDate>,
    /// What was declared before.
    pub career: &'a Career,
    /// Papers, category.
    pub claim: &'a Claim,
}

/// Days or months that are paid alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidPeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// How many days or months.
    pub units: u32,
    /// For each of them.
    pub each: Money,
    /// For all of them.
    pub amount: Money,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyBenefit {
    /// Code of the benefit.
    pub kind: Arc<str>,
    /// What is paid; empty when a condition is missing or nothing is.
    pub periods: Vec<PaidPeriod>,
    /// The sum; none when a condition is missing, or when a part of the stop is paid by a text that was
    /// not found: the periods before it are told alone.
    pub amount: Option<Money>,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What is missing.
    pub reasons: Vec<Reason>,
    /// What to know before relying on it.
    pub caveats: Vec<Caveat>,
}

/// The benefit `kind` (`maternity`, `sickness`, `accident`, `job-loss`) for a stop of work.
///
/// # Errors
/// [`Refusal::NotOffered`] for a benefit that the fund does not have; [`Refusal::Invalid`] for a stop
/// that ends before it starts or is longer than five years; [`Refusal::NoRule`] and
/// [`Refusal::OpenQuestion`] when the law is not known, and [`Refusal::Invalid`] when no pay was declared
/// in the months that it looks at.
pub fn daily_benefit(fund: &Fund, kind: &str, stopped: &Stopped<'_>) -> Result<DailyBenefit, Refusal> {
    let nothing = || Refusal::NotOffered { what: kind.chars().take(40).collect() };
    let rules = fund.benefits.daily(kind).ok_or_else(nothing)?;
    let last = stopped.from.checked_add_days(Days::new(DAYS_MAX)).filter(|last| *last < stopped.to);
    let too_long =
        last.map(|last| FaultKind::OutOfRange { first: Value::Date(stopped.from), last: Value::Date(last) });
    if let Some(kind) = FaultKind::of_period(Some(stopped.from), Some(stopped.to)).or(too_long) {
        return Err(Refusal::Invalid(vec![Fault::field("to", kind)]));
    }
    let mut working = Working::kept();
    let facts = Facts {
        birth_date: stopped.birth_date,
        date: stopped.from,
        checked_on: stopped.from,
        entry: Month::of(stopped.from),
        career: Some(stopped.career),
        claim: stopped.claim,
    };
    let checked = check(fund, &rules.conditions, &facts, &mut working)?;
    let mut answer = DailyBenefit {
        kind: Arc::clone(&rules.code),
        periods: Vec::new(),
        amount: None,
        steps: Vec::new(),
        reasons: checked.reasons,
        caveats: Vec::new(),
    };
    let mut more = Vec::new();
    if answer.reasons.is_empty() {
        let paying = Paying { fund, rules, stopped, asked: facts.asked() };
        let paid = paying.periods(&mut more, &mut working)?;
        if paid.whole {
            answer.amount = Some(total(fund, rules, &paid.periods, &mut working)?);
        }
        answer.periods = paid.periods.into_iter().map(|(period, _)| period).collect();
    }
    answer.steps = working.into_steps();
    answer.caveats = caveats(&answer.steps);
    answer.caveats.extend(more);
    answer.caveats.extend(checked.unchecked.into_iter().map(Caveat::Unchecked));
    Ok(answer)
}

/// The sum of the periods, as a step.
fn total(
    fund: &Fund,
    rules: &DailyRules,
    paid: &[(PaidPeriod, Figure)],
    working: &mut Working,
) -> Result<Money, Refusal> {
    let mut sum = Money::new(Decimal::ZERO, fund.currency)?;
    for (period, _) in paid {
        sum = sum.plus(period.amount)?;
    }
    working.step(|| {
        let mut pieces = Vec::new();
        for (_, amount) in paid {
            if !pieces.is_empty() {
                pieces.push(Piece::Sign("+"));
            }
            pieces.push(amount.money(fund.currency));
        }
        if pieces.is_empty() {
            pieces.push(Piece::plain(Value::Money(sum)));
        }
        plain("amount", &rules.label, Op::Formula, Value::Money(sum), pieces)
    });
    Ok(sum)
}

/// What is known to be paid.
struct Paid {
    /// Each with the figure of its amount.
    periods: Vec<(PaidPeriod, Figure)>,
    /// False when a part of the stop is paid by a text that was not found.
    whole: bool,
}

struct Paying<'a> {
    fund: &'a Fund,
    rules: &'a DailyRules,
    stopped: &'a Stopped<'a>,
    asked: Asked<'a>,
}

/// Units from `first` to `last` (1 is the first of the stop) that one step of the schedule pays.
struct Band<'a> {
    first: u32,
    last: u32,
    place: usize,
    step: &'a ScheduleStep,
}

impl<'a> Paying<'a> {
    fn rule(&self, place: usize) -> Result<(&'a Rule, &'a Dated<Mechanism>), Refusal> {
        known(self.fund, place, &self.asked)
    }

    /// The periods that the law is known of; what to know about the others.
    fn periods(&self, more: &mut Vec<Caveat>, working: &mut Working) -> Result<Paid, Refusal> {
        let (rule, line) = self.rule(self.rules.schedule)?;
        let Mechanism::Schedule(schedule) = &line.value else {
            return Err(Refusal::NotOffered { what: self.rules.code.to_string() });
        };
        let mut bands = self.bands(schedule);
        let mut refusal = None;
        bands.retain(|band| {
            let Some(name) = &band.step.open else { return true };
            let refused = open(self.fund, rule, name);
            if let Refusal::OpenQuestion { question: (key, text), .. } = &refused {
                more.push(Caveat::Open(Arc::clone(key), Arc::clone(text)));
            }
            refusal = Some(refused);
            false
        });
        let whole = refusal.is_none();
        let (asked_for, paid) = self.asked_and_paid(schedule);
        if paid < asked_for {
            more.push(Caveat::Beyond(Arc::clone(&rule.label), paid, unit_word(schedule.unit)));
        }
        if bands.is_empty() {
            // Where no part is known there is nothing to tell but the question.
            return refusal.map_or(Ok(Paid { periods: Vec::new(), whole }), Err);
        }
        let pay = self.average(more, working)?;
        let mut periods = Vec::new();
        for band in &bands {
            match schedule.unit {
                ScheduleUnit::Day => periods.push(self.period(rule, line, band, schedule, pay, working)?),
                ScheduleUnit::Month => {
                    for n in band.first..=band.last {
                        let one = Band { first: n, last: n, ..*band };
                        periods.push(self.period(rule, line, &one, schedule, pay, working)?);
                    }
                }
            }
        }
        Ok(Paid { periods, whole })
    }

    /// How many units the stop has after the waiting time, and how many of them the schedule pays.
    fn asked_and_paid(&self, schedule: &Schedule) -> (u32, u32) {
        let asked_for = self.units(schedule.unit).saturating_sub(schedule.wait);
        let brought = |more: &&Extension| self.stopped.claim.proofs.contains(&*more.proof);
        let more = schedule.extensions.iter().filter(brought).map(|more| more.most);
        let most = schedule.most.map(|most| more.fold(most, u32::saturating_add));
        (asked_for, most.map_or(asked_for, |most| asked_for.min(most)))
    }

    /// Days or whole months of the stop.
    fn units(&self, unit: ScheduleUnit) -> u32 {
        let days = self.stopped.to.signed_duration_since(self.stopped.from).num_days().saturating_add(1);
        match unit {
            ScheduleUnit::Day => u32::try_from(days).unwrap_or(u32::MAX),
            ScheduleUnit::Month => self.whole_months(),
        }
    }

    /// Which units are paid, cut at the steps of the schedule.
    fn bands<'s>(&self, schedule: &'s Schedule) -> Vec<Band<'s>> {
        let first = schedule.wait.saturating_add(1);
        let last = schedule.wait.saturating_add(self.asked_and_paid(schedule).1);
        let mut bands = Vec::new();
        for (place, step) in schedule.steps.iter().enumerate() {
            let end = schedule
                .steps
                .get(place.saturating_add(1))
                .map_or(u32::MAX, |next| next.from.saturating_sub(1));
            let (from, to) = (step.from.max(first), end.min(last));
            if from <= to {
                bands.push(Band { first: from, last: to, place, step });
            }
        }
        bands
    }

    /// Whole months from the first day; a month begun is not paid.
    fn whole_months(&self) -> u32 {
        let after = self.stopped.to.checked_add_days(Days::new(1)).unwrap_or(self.stopped.to);
        let most = u32::try_from(Month::of(after).since(Month::of(self.stopped.from))).unwrap_or(0);
        (0..=most).rev().find(|n| self.month_start(*n) <= after).unwrap_or(0)
    }

    fn month_start(&self, n: u32) -> NaiveDate {
        self.stopped.from.checked_add_months(Months::new(n)).unwrap_or(NaiveDate::MAX)
    }

    fn bounds(&self, unit: ScheduleUnit, band: &Band<'_>) -> (NaiveDate, NaiveDate) {
        let day = |n: u32| self.stopped.from.checked_add_days(Days::new(n.into())).unwrap_or(NaiveDate::MAX);
        match unit {
            ScheduleUnit::Day => (day(band.first.saturating_sub(1)), day(band.last.saturating_sub(1))),
            ScheduleUnit::Month => {
                let end = self.month_start(band.last).checked_sub_days(Days::new(1));
                (self.month_start(band.first.saturating_sub(1)), end.unwrap_or(NaiveDate::MAX))
            }
        }
    }

    fn period(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        band: &Band<'_>,
        schedule: &Schedule,
        pay: Figure,
        working: &mut Working,
    ) -> Result<(PaidPeriod, Figure), Refusal> {
        let currency = self.fund.currency;
        let (from, to) = self.bounds(schedule.unit, band);
        let units = band.last.saturating_sub(band.first).saturating_add(1);
        let at = |name: &str| format!("schedule.steps.{}.{name}", band.place);
        let (share, share_pieces) = match (band.step.share, band.step.part) {
            (Some(share), _) => (Exact::of(share.0), vec![Piece::law_at(Value::Rate(share.0), at("share"))]),
            (None, Some(part)) => {
                let exact = Exact::of(part.numerator).over(Exact::of(part.denominator))?;
                let above = Piece::law_at(Value::Number(part.numerator), at("part[0]"));
                let below = Piece::law_at(Value::Number(part.denominator), at("part[1]"));
                (exact, vec![above, Piece::Sign("÷"), below])
            }
            (None, None) => (Exact::ZERO, vec![Piece::plain(Value::Rate(Decimal::ZERO))]),
        };
        let cite = || rule.cite(line, &self.asked);
        let uncapped = pay.exact.times(share)?;
        let mut each = working.figure(uncapped, || {
            let mut pieces = vec![pay.money(currency), Piece::Sign("×")];
            pieces.extend(share_pieces);
            cite().step(Op::Formula, shown_money(uncapped, currency), pieces)
        });
        if let Some(cap) = band.step.cap {
            let asked = Asked { date: from, ..self.asked };
            let most = self.fund.limit_amount(cap, &asked)?;
            if Exact::of(most) < each.exact {
                let (most, step) = self.fund.limit(cap, cite, &at("cap"), &asked, working)?;
                let most = Figure { exact: Exact::of(most), step };
                let before = each;
                each = working.figure(most.exact, || {
                    let pieces = vec![before.money(currency), Piece::Sign(";"), most.money(currency)];
                    cite().step(Op::Least, shown_money(most.exact, currency), pieces)
                });
            }
        }
        let all = each.exact.times(Exact::from(units))?;
        let unit = unit_word(schedule.unit);
        let total = working.figure(all, || {
            let count = Piece::given(Value::Count(units.into(), unit));
            let pieces = vec![count, Piece::Sign("×"), each.money(currency)];
            cite().step(Op::Formula, shown_money(all, currency), pieces)
        });
        let amount = self.rounded(total, working)?;
        let money = |figure: Figure| match shown_money(figure.exact, currency) {
            Value::Money(money) => Ok(money),
            _ => Err(Refusal::AmountTooLarge),
        };
        Ok((PaidPeriod { from, to, units, each: money(each)?, amount: money(amount)? }, amount))
    }

    fn rounded(&self, amount: Figure, working: &mut Working) -> Result<Figure, Refusal> {
        let Some(place) = self.rules.rounding else { return Ok(amount) };
        let (rule, line) = self.rule(place)?;
        match &line.value {
            Mechanism::Rounding(to) => crate::pension::rounded(
                self.fund.currency,
                || rule.cite(line, &self.asked),
                "rounding",
                *to,
                amount,
                working,
            ),
            _ => Ok(amount),
        }
    }

    /// The average pay of a day or a month.
    fn average(&self, more: &mut Vec<Caveat>, working: &mut Working) -> Result<Figure, Refusal> {
        let (rule, line) = self.rule(self.rules.pay)?;
        let (window, name) = match &line.value {
            Mechanism::DailyPay(window) => (window, "daily_pay"),
            Mechanism::MonthlyPay(window) => (window, "monthly_pay"),
            _ => return Err(Refusal::NotOffered { what: self.rules.code.to_string() }),
        };
        let entry = Month::of(self.stopped.from);
        let back = i32::try_from(window.months).unwrap_or(i32::MAX).saturating_neg();
        let first = entry.plus(back);
        let months = self.stopped.career.between(first, entry);
        let with_pay = months.iter().filter(|month| !month.wage.is_zero()).count();
        if with_pay == 0 {
            // Nothing declared is not a pay of nothing: no benefit of zero is told.
            return Err(Refusal::Invalid(vec![Fault::field("wages", FaultKind::Missing)]));
        }
        let without = window.months.saturating_sub(u32::try_from(with_pay).unwrap_or(u32::MAX));
        if without > 0 && matches!(window.over, Divisor::Fixed(_)) {
            more.push(Caveat::Unpaid(Arc::clone(&rule.label), without));
        }
        let (sum, days) = self.sum(window, months, working)?;
        let currency = self.fund.currency;
        let total = working.figure(sum.exact, || {
            let words = &self.fund.pension.labels.window;
            plain("window", words, Op::Formula, shown_money(sum.exact, currency), sum.pieces)
        });
        let (divisor, by) = match window.over {
            Divisor::Fixed(n) => {
                (Exact::from(n), Piece::law_at(Value::Count(n.into(), "count"), format!("{name}.over")))
            }
            Divisor::Days => {
                let value = Value::Count(days.into(), "days");
                let counted = Figure { exact: Exact::from(days), step: self.days(value, first, working) };
                // Where no way of counting is known, the days are those that were given.
                let origin = counted.step.map_or(Origin::Given, Origin::Step);
                (counted.exact, Piece::Value(value, origin))
            }
        };
        if divisor.is_zero() {
            return Ok(total);
        }
        let mean = total.exact.over(divisor)?;
        Ok(working.figure(mean, || {
            let pieces = vec![total.money(currency), Piece::Sign("÷"), by];
            rule.cite(line, &self.asked).step(Op::Formula, shown_money(mean, currency), pieces)
        }))
    }

    /// The days of the months from `first` on, by the line that says how many a month without days has.
    fn days(&self, days: Value, first: Month, working: &mut Working) -> Option<u32> {
        let rule = &self.fund.pension.insurance;
        let line = rule.find(&self.asked)?;
        let month = |month| Piece::given(Value::Month(month));
        let last = Month::of(self.stopped.from).plus(-1);
        working.once(|| {
            let months = vec![month(first), Piece::Sign("→"), month(last)];
            rule.cite(line, &self.asked).step(Op::Count, days, months)
        })
    }

    fn sum(
        &self,
        window: &PayWindow,
        months: &[InsuredMonth],
        working: &mut Working,
    ) -> Result<(Summed, u32), Refusal> {
        let currency = self.fund.currency;
        let whole =
            self.fund.pension.insurance.find(&self.asked).and_then(|line| line.value.month).unwrap_or(30);
        let base = window.base.as_deref().and_then(|code| self.fund.contributions.base(code));
        let mut sum = Decimal::ZERO;
        let mut days = 0_u32;
        let mut pieces = Vec::new();
        for month in months {
            let category = month.category.as_deref().or(self.asked.category);
            let asked = Asked { date: month.month.first_day(), born: None, category };
            let pay = match base {
                Some(base) => self.fund.pay_of(base, month.wage, &asked, working)?,
                None => crate::fund::Pay { amount: month.wage, step: None, less: None },
            };
            sum = sum.checked_add(pay.amount).ok_or(Refusal::AmountTooLarge)?;
            days = days.saturating_add(month.days.unwrap_or(whole).min(whole));
            if !pieces.is_empty() {
                pieces.push(Piece::Sign("+"));
            }
            pieces.extend(pay.pieces(currency));
        }
        if pieces.is_empty() {
            pieces.push(Piece::plain(shown_money(Exact::ZERO, currency)));
        }
        Ok((Summed { exact: Exact::of(sum), pieces }, days))
    }
}

const fn unit_word(unit: ScheduleUnit) -> &'static str {
    match unit {
        ScheduleUnit::Day => "days",
        ScheduleUnit::Month => "months",
    }
}

struct Summed {
    exact: Exact,
    pieces: Vec<Piece>,
}
