//! Contributions: nothing is lost between workers, payers and parts of a declaration; and lateness
//! never pays.

use chrono::Days;
use cnss_core::calendar::Month;
use cnss_core::declaration::assess::{Assessment, Assessor, MonthRates, assess};
use cnss_core::fund::{Asked, Computed, Fund, Payer};
use cnss_core::ledger::{Surcharge, surcharge};
use cnss_core::money::{Money, Rounding};
use cnss_core::refusal::Refusal;
use cnss_core::strategy;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use rust_decimal::Decimal;

use super::{FUNDS, day, fund, holds};

/// The smallest unit of the fund's currency.
fn unit(fund: &Fund) -> Decimal {
    Decimal::new(1, u32::from(fund.currency.exponent()))
}

fn computed(fund: &Fund, month: Month) -> Option<Computed> {
    fund.contributions.computed.find(&Asked::on(month.first_day())).map(|line| line.value)
}

/// A category, a month, wages about the limits of that month.
fn payroll(fund: &'static Fund) -> impl Strategy<Value = (String, Month, Vec<Decimal>)> {
    let categories: Vec<String> = fund.contributions.categories.iter().map(|c| c.code.to_string()).collect();
    (prop::sample::select(categories), strategy::month_in(2011..=2030)).prop_flat_map(
        move |(category, month)| {
            let wages = prop::collection::vec(strategy::wage_near_limits(fund, month), 1..30);
            (Just(category), Just(month), wages)
        },
    )
}

fn same_rates(a: &Assessment, b: &Assessment) -> bool {
    a.lines.iter().map(|l| &l.rule).eq(b.lines.iter().map(|l| &l.rule))
}

/// Splitting a declaration changes nothing: where each worker's contribution is rounded by itself,
/// to the last unit of every line; where the rate is taken on the total (Morocco), bases and wages
/// add up exactly, and a line may differ by what rounding two sums instead of one does: one unit.
#[test]
fn splitting_a_declaration_changes_nothing() {
    for fund in FUNDS.iter() {
        let some = (payroll(fund), any::<prop::sample::Index>());
        holds(&fund.code, (200, 12), some, |((category, month, wages), cut)| {
            let Ok(whole) = assess(fund, &category, month, &wages) else { return Ok(false) };
            let (left, right) = wages.split_at(cut.index(wages.len()));
            let part =
                |wages| assess(fund, &category, month, wages).map_err(|e| TestCaseError::fail(e.to_string()));
            let (a, b) = (part(left)?, part(right)?);
            prop_assert!(same_rates(&whole, &a) && same_rates(&whole, &b));
            prop_assert_eq!(whole.workers, a.workers + b.workers);
            prop_assert_eq!(whole.wages, a.wages.plus(b.wages).unwrap());
            let most = match computed(fund, month).expect("assessed") {
                Computed::Worker => Decimal::ZERO,
                Computed::Total => unit(fund),
            };
            for ((line, a), b) in whole.lines.iter().zip(&a.lines).zip(&b.lines) {
                prop_assert_eq!(line.base, a.base.plus(b.base).unwrap());
                let parts = a.amount.plus(b.amount).unwrap().amount();
                prop_assert!(
                    (line.amount.amount() - parts).abs() <= most,
                    "{}: {:?}",
                    line.rule,
                    (line.amount, parts)
                );
            }
            Ok(true)
        });
    }
}

/// Worker + employer = total, to the smallest unit, in whole units; each line is its base times its
/// rate but for rounding, which is half a unit at most for each worker (for each line, where the
/// rate is taken on the total).
#[test]
fn worker_and_employer_and_rounding_make_the_total() {
    for fund in FUNDS.iter() {
        holds(&fund.code, (200, 12), payroll(fund), |(category, month, wages)| {
            let Ok(rates) = MonthRates::of(fund, &category, month) else { return Ok(false) };
            let mut assessor = Assessor::new(&rates);
            let (mut employer, mut worker) = (Decimal::ZERO, Decimal::ZERO);
            for wage in &wages {
                let shares = match assessor.worker(*wage) {
                    Ok(shares) => shares,
                    // Nobody knows how much of such a wage counts: no sum with it is told either.
                    Err(refusal) => {
                        prop_assert!(matches!(refusal, Refusal::OpenQuestion { .. }), "{refusal:?}");
                        prop_assert_eq!(assess(fund, &category, month, &wages).err(), Some(refusal));
                        return Ok(false);
                    }
                };
                employer += shares.employer.amount();
                worker += shares.worker.amount();
            }
            let found = assessor.finish().unwrap();
            let sum: Decimal = found.lines.iter().map(|line| line.amount.amount()).sum();
            let of = |payer| found.total_of(payer).unwrap().amount();
            prop_assert_eq!(found.total().unwrap().amount(), sum);
            prop_assert_eq!(of(Payer::Employer) + of(Payer::Worker), sum);
            let by_worker = computed(fund, month) == Some(Computed::Worker);
            let roundings = if by_worker { Decimal::from(wages.len()) } else { Decimal::ONE };
            if by_worker {
                prop_assert_eq!(
                    (of(Payer::Employer), of(Payer::Worker)),
                    (employer, worker),
                    "worker by worker"
                );
            }
            for line in &found.lines {
                prop_assert!(
                    (line.amount.amount() / unit(fund)).fract().is_zero(),
                    "{} is not whole",
                    line.amount
                );
                let exact = match line.per_head {
                    Some(each) => each.amount() * Decimal::from(wages.len()),
                    None => line.base.amount() * line.rate,
                };
                let off = (line.amount.amount() - exact).abs();
                let way =
                    fund.contributions.rounding.find(&Asked::on(month.first_day())).map(|line| line.value);
                // Half a unit where the fund rounds to the nearest, less than one where it does not.
                let each = if way == Some(Rounding::HalfUp) { unit(fund) / Decimal::TWO } else { unit(fund) };
                let most = if line.per_head.is_some() { Decimal::ZERO } else { roundings * each };
                prop_assert!(off <= most, "{}: {off} of rounding for {} workers", line.rule, wages.len());
            }
            Ok(true)
        });
    }
}

/// Whenever one worker's contribution was rounded, the explanation says so, even when the
/// roundings cancel out in the sum.
#[test]
fn rounding_is_never_silent() {
    let tg = fund("tg");
    let month: Month = "2024-03".parse().expect("a month");
    holds("tg", (200, 50), prop::collection::vec(52_500_u32..200_000, 1..20), |wages| {
        let wages: Vec<Decimal> = wages.into_iter().map(Decimal::from).collect();
        let found = assess(tg, "salaried", month, &wages).expect("known");
        let said = found.steps.iter().any(|step| &*step.rule == "contributions.rounding");
        let needed = wages.iter().any(|w| found.lines.iter().any(|l| !(w * l.rate).fract().is_zero()));
        prop_assert_eq!(said, needed);
        // As exact as decimals: the same sum, worker by worker, done another way.
        for line in &found.lines {
            let each = |w: &Decimal| Rounding::HalfUp.apply(w * line.rate, 0);
            prop_assert_eq!(line.amount.amount(), wages.iter().map(each).sum::<Decimal>());
        }
        Ok(needed)
    });
}

/// Paid on the due date or before, lateness costs nothing; more days late never cost less; nor does
/// a larger debt; and debts paid in slices cost what they cost together, but for the rounding of
/// each slice.
#[test]
fn lateness_never_pays() {
    for fund in FUNDS.iter() {
        for rule in &fund.contributions.surcharges {
            let known = rule
                .rate
                .entries()
                .iter()
                .any(|l| matches!(l.value, cnss_core::fund::SurchargeRate::Known { .. }));
            let some = (
                strategy::date_in(2005..=2030),
                (0_u64..=800, 0_u64..=400),
                (strategy::amount(fund.currency, 50_000_000), strategy::amount(fund.currency, 50_000_000)),
            );
            let what = format!("{} {}", fund.code, rule.scheme);
            holds(&what, (200, if known { 15 } else { 100 }), some, |(due, (late, later), (a, b))| {
                let cost = |unpaid: Money, days: u64| {
                    surcharge(fund, &rule.scheme, unpaid, due, due + Days::new(days))
                        .expect("within the books")
                };
                for days in [0, late] {
                    let before = surcharge(fund, &rule.scheme, a, due, due - Days::new(days)).unwrap();
                    prop_assert!(before.amount.is_zero() && before.steps.is_empty(), "paid in time");
                }
                let (first, second) = (cost(a, late), cost(a, late + later));
                if !known {
                    // No text says what lateness costs: the answer names its question, never a figure.
                    prop_assert!(first.amount.is_zero() && second.amount.is_zero());
                    let told = |found: &Surcharge, days: u64| found.rule_missing == (days > 0);
                    prop_assert!(told(&first, late) && told(&second, late + later));
                    prop_assert!(!second.rule_missing || second.question.is_some(), "{what}: no question");
                    return Ok(true);
                }
                prop_assert!(
                    first.amount.amount() <= second.amount.amount(),
                    "more days, {} → {}",
                    first.amount,
                    second.amount
                );
                let (other, both) = (cost(b, late), cost(a.plus(b).unwrap(), late));
                prop_assert!(first.amount.amount() <= both.amount.amount(), "a larger debt");
                let slices = first.amount.plus(other.amount).unwrap();
                let off = (slices.amount() - both.amount.amount()).abs();
                prop_assert!(
                    off <= unit(fund),
                    "{} and {} in slices, {} at once",
                    first.amount,
                    other.amount,
                    both.amount
                );
                Ok(!second.amount.is_zero())
            });
        }
    }
}

/// 99 999 F late by a day: 5 % are 4 999,95, that is 5 000; in slices of 33 333 each 1 666,65, that
/// is 1 667, three times 5 001: what rounding each payment does.
#[test]
fn slices_differ_by_their_own_rounding() {
    let tg = fund("tg");
    let cost = |amount: i64| {
        let unpaid = Money::from_minor(amount, tg.currency).expect("an amount");
        surcharge(tg, "cnss", unpaid, day("2024-02-15"), day("2024-02-16")).expect("known").amount.to_string()
    };
    assert_eq!((cost(99_999), cost(33_333)), ("5000".to_owned(), "1667".to_owned()));
}
