//! The amount: average pay, rate, early reduction, ceiling, floor, rounding, in this order.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::eligibility::look_up;
use super::simulate::{Kind, Subject};
use crate::calendar::{Month, birthday};
use crate::explain::{Piece, Step, Value};
use crate::fund::{EarlyYear, Fund, Show};
use crate::money::{Money, Rounding};
use crate::refusal::Refusal;

/// What the formula gives.
pub(super) struct Amount {
    pub monthly: Money,
    pub reference_wage: Money,
    pub rate: Decimal,
    pub steps: Vec<Step>,
}

/// Computes the pension of somebody who is entitled, or would be.
pub(super) fn amount(
    fund: &Fund,
    subject: &Subject<'_>,
    kind: Kind,
    insured_months: u32,
) -> Result<Amount, Refusal> {
    let mut steps = Vec::with_capacity(12);
    let reference_wage = reference_wage(fund, subject, &mut steps)?;
    let rate = rate(fund, subject.award_date, insured_months, &mut steps)?;
    let before = reference_wage.times(rate)?;
    steps.push(Step {
        rule: "old_age.rate",
        label: Arc::clone(&fund.old_age.labels.before_limits),
        value: Value::Money(shown(before)),
        working: vec![
            Piece::Value(Value::Money(shown(reference_wage))),
            Piece::Sign("×"),
            Piece::Value(Value::Rate(rate)),
        ],
        basis: None,
    });
    let capped = ceiling(fund, subject.award_date, reference_wage, before, &mut steps)?;
    let reduced = match kind {
        Kind::Normal => capped,
        Kind::Early => early(fund, subject, capped, &mut steps)?,
    };
    let raised = floor(fund, subject.award_date, reduced, &mut steps)?;
    let (rounding, rounding_step) =
        look_up(&fund.old_age.rounding, "old_age.rounding", subject.award_date, |r| r.show())?;
    let monthly = raised.round(rounding);
    if monthly != raised {
        steps.push(rounding_step);
    }
    steps.push(Step {
        rule: "old_age.amount",
        label: Arc::clone(&fund.old_age.labels.amount),
        value: Value::Money(monthly),
        working: Vec::new(),
        basis: None,
    });
    Ok(Amount { monthly, reference_wage: shown(reference_wage), rate, steps })
}

/// An amount as steps show it: never more than two decimals beyond the currency's own.
fn shown(money: Money) -> Money {
    let places = u32::from(money.currency().exponent()).saturating_add(2);
    let rounded = Rounding::HalfUp.apply(money.amount(), places).normalize();
    Money::new(rounded, money.currency()).unwrap_or(money)
}

/// Mechanism « last n insured months »: their sum over a fixed divisor.
fn reference_wage(fund: &Fund, subject: &Subject<'_>, steps: &mut Vec<Step>) -> Result<Money, Refusal> {
    let (window, mut rule) =
        look_up(&fund.old_age.reference_wage, "old_age.reference_wage", subject.award_date, |w| w.show())?;
    let award = Month::of(subject.award_date);
    let months = subject.career.months();
    let counted = months.get(..months.partition_point(|(month, _)| *month < award)).unwrap_or(&[]);
    let from = counted.len().saturating_sub(usize::try_from(window.months).unwrap_or(usize::MAX));
    let taken = counted.get(from..).unwrap_or(&[]);
    let mut sum = Decimal::ZERO;
    for (_, wage) in taken {
        sum = sum.checked_add(*wage).ok_or(Refusal::AmountTooLarge)?;
    }
    let sum = Money::new(sum, fund.currency)?;
    let mut working =
        vec![Piece::Value(Value::Count(i64::try_from(taken.len()).unwrap_or(i64::MAX), "months"))];
    if let (Some((first, _)), Some((last, _))) = (taken.first(), taken.last()) {
        working.extend([
            Piece::Sign(":"),
            Piece::Value(Value::Month(*first)),
            Piece::Sign("→"),
            Piece::Value(Value::Month(*last)),
        ]);
    }
    steps.push(Step {
        rule: "old_age.reference_wage",
        label: Arc::clone(&fund.old_age.labels.window),
        value: Value::Money(sum),
        working,
        basis: None,
    });
    let average = sum.over(Decimal::from(window.divisor))?;
    rule.value = Value::Money(shown(average));
    rule.working = vec![
        Piece::Value(Value::Money(sum)),
        Piece::Sign("÷"),
        Piece::Value(Value::Number(Decimal::from(window.divisor))),
    ];
    steps.push(rule);
    Ok(average)
}

/// Mechanism « base rate, then so much by further complete period ».
fn rate(
    fund: &Fund,
    date: NaiveDate,
    insured_months: u32,
    steps: &mut Vec<Step>,
) -> Result<Decimal, Refusal> {
    let (table, mut step) = look_up(&fund.old_age.rate, "old_age.rate", date, |t| t.show())?;
    let further = insured_months.saturating_sub(table.first_months);
    let periods = further.checked_div(table.each_months).unwrap_or(0);
    let more = table.each_rate.checked_mul(Decimal::from(periods)).ok_or(Refusal::AmountTooLarge)?;
    let rate = table.first_rate.checked_add(more).ok_or(Refusal::AmountTooLarge)?.normalize();
    step.value = Value::Rate(rate);
    step.working = vec![
        Piece::Value(Value::Rate(table.first_rate)),
        Piece::Sign("+"),
        Piece::Value(Value::Count(periods.into(), "periods")),
        Piece::Sign("×"),
        Piece::Value(Value::Rate(table.each_rate)),
    ];
    steps.push(step);
    Ok(rate)
}

fn ceiling(
    fund: &Fund,
    date: NaiveDate,
    reference: Money,
    amount: Money,
    steps: &mut Vec<Step>,
) -> Result<Money, Refusal> {
    let (share, mut step) = look_up(&fund.old_age.ceiling, "old_age.ceiling", date, Value::Rate)?;
    let most = reference.times(share)?;
    if amount.amount() <= most.amount() {
        return Ok(amount);
    }
    step.value = Value::Money(shown(most));
    step.working = vec![
        Piece::Value(Value::Money(shown(reference))),
        Piece::Sign("×"),
        Piece::Value(Value::Rate(share)),
    ];
    steps.push(step);
    Ok(most)
}

/// Takes away a share for each year between the award and the normal age.
fn early(fund: &Fund, subject: &Subject<'_>, amount: Money, steps: &mut Vec<Step>) -> Result<Money, Refusal> {
    let date = subject.award_date;
    let (normal, _) =
        look_up(&fund.old_age.normal_age, "old_age.normal_age", date, |n| Value::Count(n.into(), "years"))?;
    let (share, mut reduction) =
        look_up(&fund.old_age.early_reduction, "old_age.early_reduction", date, Value::Rate)?;
    let (counting, counting_step) =
        look_up(&fund.old_age.early_year, "old_age.early_year", date, |e| e.show())?;
    let whole = (0..normal).take_while(|missing| {
        birthday(subject.birth_date, normal.saturating_sub(*missing).saturating_sub(1)) >= date
    });
    let whole = u32::try_from(whole.count()).unwrap_or(0);
    let exact = birthday(subject.birth_date, normal.saturating_sub(whole)) == date;
    let years = match counting {
        EarlyYear::Started if !exact => whole.saturating_add(1),
        _ => whole,
    };
    // Exact years leave no question open.
    let basis = if exact { None } else { counting_step.basis };
    steps.push(Step {
        rule: "old_age.early_year",
        label: Arc::clone(&fund.old_age.labels.early_years),
        value: Value::Count(years.into(), "years"),
        working: vec![
            Piece::Value(Value::Date(date)),
            Piece::Sign("→"),
            Piece::Value(Value::Date(birthday(subject.birth_date, normal))),
        ],
        basis,
    });
    let lost = share.checked_mul(Decimal::from(years)).ok_or(Refusal::AmountTooLarge)?.min(Decimal::ONE);
    let kept = Decimal::ONE.checked_sub(lost).ok_or(Refusal::AmountTooLarge)?;
    let reduced = amount.times(kept)?;
    reduction.value = Value::Money(shown(reduced));
    reduction.working = vec![
        Piece::Value(Value::Money(shown(amount))),
        Piece::Sign("×"),
        Piece::Sign("("),
        Piece::Value(Value::Rate(Decimal::ONE)),
        Piece::Sign("−"),
        Piece::Value(Value::Count(years.into(), "years")),
        Piece::Sign("×"),
        Piece::Value(Value::Rate(share)),
        Piece::Sign(")"),
    ];
    steps.push(reduction);
    Ok(reduced)
}

fn floor(fund: &Fund, date: NaiveDate, amount: Money, steps: &mut Vec<Step>) -> Result<Money, Refusal> {
    let (share, mut step) = look_up(&fund.old_age.floor, "old_age.floor", date, Value::Rate)?;
    let money = |wage: Decimal| Money::new(wage, fund.currency).map_or(Value::Number(wage), Value::Money);
    let (wage, wage_step) = look_up(&fund.minimum_wage, "minimum_wage", date, money)?;
    let least = Money::new(wage, fund.currency)?.times(share)?;
    if amount.amount() >= least.amount() {
        return Ok(amount);
    }
    step.value = Value::Money(shown(least));
    step.working = vec![Piece::Value(money(wage)), Piece::Sign("×"), Piece::Value(Value::Rate(share))];
    steps.extend([wage_step, step]);
    Ok(least)
}
