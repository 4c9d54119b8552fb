//! Benefits other than pensions: more children are never paid less, a longer stop neither, periods
//! make the whole, and a right that is announced for a day is open on that day and not before.

use chrono::{Days, NaiveDate};
use cnss_core::benefit::{
    FamilyClaim, GrantClaim, RightState, Stopped, daily_benefit, family_benefit, grant, rights,
};
use cnss_core::calendar::Month;
use cnss_core::entitlement::{Claim, Reason};
use cnss_core::fund::mechanism::{Child, Mechanism};
use cnss_core::fund::{Asked, Fund};
use cnss_core::insured::{Career, CareerSpan, InsuredMonth};
use cnss_core::pension::{Subject, simulate};
use cnss_core::refusal::Refusal;
use cnss_core::strategy;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::pensions::every_paper;
use super::{fund, holds};

/// Family allowances never fall with one child more, and do not rise any more above the last rank
/// that the fund pays.
#[test]
fn more_children_are_never_paid_less() {
    for (code, least) in [("tg", 60), ("ma", 25), ("dj", 50), ("example", 20)] {
        let fund = fund(code);
        let months =
            if code == "example" { strategy::month_in(1990..=2010) } else { strategy::month_in(2015..=2030) };
        let some = months.prop_flat_map(|month| {
            let children =
                prop::collection::vec(strategy::child(month.year() - 14..=month.year() - 1), 0..=9);
            (Just(month), children, strategy::child(month.year() - 30..=month.year() + 1))
        });
        holds(code, (200, least), some, |(month, mut children, one_more)| {
            // In work until then, with just enough pay for funds that look at it.
            let minimum =
                fund.minimum_wage.at(month.first_day()).map_or(Decimal::ONE_HUNDRED, |line| line.value);
            let career =
                Career::from_spans(&[CareerSpan::new(month.plus(-40), month.plus(-1), minimum)]).unwrap();
            let claim = Claim { monthly_wage: Some(minimum), ..every_paper(fund) };
            let ask = |children: &[Child]| {
                family_benefit(fund, &FamilyClaim { month, children, career: Some(&career), claim: &claim })
            };
            let before = ask(&children);
            children.push(one_more);
            let (Ok(before), Ok(after)) = (before, ask(&children)) else { return Ok(false) };
            prop_assert!(before.children <= after.children);
            let amount =
                |amount: Option<cnss_core::money::Money>| amount.map_or(Decimal::ZERO, |a| a.amount());
            prop_assert!(amount(before.amount) <= amount(after.amount));
            let rule = &fund.rules[fund.benefits.family.as_ref().expect("answered").amounts];
            let Mechanism::ByRank(ranks) = &rule.find(&Asked::on(month.first_day())).expect("answered").value
            else {
                return Ok(false);
            };
            if before.children >= ranks.iter().map(|rank| rank.up_to).max().unwrap_or(0) {
                prop_assert_eq!(before.amount, after.amount, "above the last rank nothing is added");
            }
            Ok(after.amount.is_some())
        });
    }
}

/// The periods of a cash benefit follow one another without gap or overlap within the stop; each is
/// its days (or months) times what each is paid, but for the fund's rounding; they make the whole;
/// and a longer stop is never paid less.
#[test]
fn periods_make_the_whole_and_a_longer_stop_is_never_paid_less() {
    for (code, least) in [("tg", 50), ("ma", 50), ("dj", 50), ("example", 20)] {
        let fund = fund(code);
        let begins =
            if code == "example" { strategy::date_in(1992..=2020) } else { strategy::date_in(2020..=2030) };
        let wages = prop::collection::vec(
            strategy::wage_near_limits(fund, "2024-01".parse().expect("a month")),
            1..=6,
        );
        holds(code, (120, least), (begins, 0_u64..=250, 0_u64..=250, wages), |(from, days, more, wages)| {
            let month = Month::of(from);
            let months = month.plus(-40).through(month.plus(-1)).zip(wages.into_iter().cycle());
            let career = Career::from_months(months);
            let claim = every_paper(fund);
            let birth_date = from.checked_sub_days(Days::new(11_000));
            let mut paid = false;
            for kind in &fund.benefits.daily {
                let ask = |days: u64| {
                    let to = from + Days::new(days);
                    daily_benefit(
                        fund,
                        &kind.code,
                        &Stopped { from, to, birth_date, career: &career, claim: &claim },
                    )
                };
                let (Ok(short), Ok(long)) = (ask(days), ask(days + more)) else { continue };
                let (Some(short), Some(whole)) = (short.amount, long.amount) else { continue };
                prop_assert!(short.amount() <= whole.amount(), "{}: {short} for less, {whole}", kind.code);
                let sum: Decimal = long.periods.iter().map(|p| p.amount.amount()).sum();
                prop_assert_eq!(sum, whole.amount(), "{}", kind.code);
                let rounding =
                    match kind.rounding.map(|p| fund.rules[p].find(&Asked::on(from)).map(|l| &l.value)) {
                        Some(Some(Mechanism::Rounding(to))) => to.to.0,
                        _ => Decimal::ZERO,
                    };
                let shown = Decimal::new(1, u32::from(fund.currency.exponent()) + 2);
                for (place, period) in long.periods.iter().enumerate() {
                    prop_assert!(from <= period.from && period.from <= period.to);
                    prop_assert!(period.to <= from + Days::new(days + more));
                    if let Some(before) = place.checked_sub(1).map(|p| &long.periods[p]) {
                        prop_assert_eq!(before.to + Days::new(1), period.from, "no gap, no overlap");
                    }
                    let units = Decimal::from(period.units);
                    // `each` is shown with two decimals more than the currency has.
                    let off = (period.amount.amount() - period.each.amount() * units).abs();
                    prop_assert!(off <= rounding + shown * units, "{}: {off} of rounding", kind.code);
                }
                paid |= !whole.is_zero();
            }
            Ok(paid)
        });
    }
}

/// The career as it will be on the first of `month`, when work goes on until then as it did last.
fn working_until(career: &Career, today: NaiveDate, month: Month) -> Career {
    let coming = Month::of(today).plus(1);
    let next = career.last().map_or(coming, |last| last.plus(1)).max(coming);
    let wage = career.months().last().map_or(Decimal::ONE_HUNDRED, |m| m.wage);
    let more =
        next.through(month.plus(-1)).map(|month| InsuredMonth { month, wage, days: None, category: None });
    Career::from_insured(career.before(month).iter().cloned().chain(more))
}

fn open(fund: &Fund, code: &str, birth: NaiveDate, career: &Career, claim: &Claim, on: NaiveDate) -> bool {
    let all = rights(fund, birth, career, claim, on);
    all.iter()
        .any(|right| right.code == code && matches!(right.state, RightState::Open | RightState::Conditional))
}

/// A right that is announced « from D on » is open when it is asked for on D, and not before: a
/// pension, when work goes on until then, not on the first of the month before; another benefit, with
/// the same facts, not on the day before. The law is held as it stands today, since nobody knows
/// what it will be.
#[test]
fn a_right_announced_for_a_day_is_open_on_that_day_and_not_before() {
    for (code, least) in [("tg", 30), ("ma", 20), ("dj", 30), ("bj", 30), ("tn", 30), ("example", 20)] {
        let fund = fund(code);
        let claim = prop_oneof![2 => Just(every_paper(fund)), 1 => strategy::claim(fund)];
        let some = (
            strategy::date_in(1945..=1990),
            prop_oneof![strategy::career(fund, 0..=300), strategy::winding_career(fund, 1980..=2010)],
            claim,
            strategy::date_in(2013..=2030),
        );
        holds(code, (120, least), some, |(birth, career, claim, today)| {
            // One category. Months to come may stand in the career: they count when they have passed.
            let claim = Claim { category: None, ..claim };
            let months = career.months().iter().cloned();
            let career = Career::from_insured(months.map(|m| InsuredMonth { category: None, ..m }));
            let fund = fund.as_of(today, NaiveDate::MAX);
            let mut announced = false;
            for right in rights(&fund, birth, &career, &claim, today) {
                let Some(from) = right.from else { continue };
                prop_assert!(from > today, "{}: from {from}", right.code);
                prop_assert!(matches!(right.state, RightState::NotYet(_)));
                announced = true;
                if right.code.starts_with("pension.") {
                    let then = working_until(&career, today, Month::of(from));
                    prop_assert!(
                        open(&fund, &right.code, birth, &then, &claim, from),
                        "{} is announced for {from} and is not open: {:?}",
                        right.code,
                        rights(&fund, birth, &then, &claim, from).into_iter().find(|r| r.code == right.code)
                    );
                    let sooner = Month::of(from).plus(-1);
                    // Whoever reaches the age on the first of a month is paid from the next, where the law says so.
                    let birthday = (50..=70)
                        .any(|years| cnss_core::calendar::birthday(birth, years) == sooner.first_day());
                    if sooner.first_day() > today && !birthday {
                        let then = working_until(&career, today, sooner);
                        let already = open(&fund, &right.code, birth, &then, &claim, sooner.first_day());
                        prop_assert!(
                            !already,
                            "{} is announced for {from}, and open a month before",
                            right.code
                        );
                    }
                } else {
                    prop_assert!(
                        open(&fund, &right.code, birth, &career, &claim, from),
                        "{}: {from}",
                        right.code
                    );
                    let eve = from - Days::new(1);
                    prop_assert!(
                        !open(&fund, &right.code, birth, &career, &claim, eve),
                        "{}: {eve}",
                        right.code
                    );
                }
            }
            Ok(announced)
        });
    }
}

/// What is said of rights is what the simulators say of the same day: as much is missing, and what is
/// open is computed, or the question that stands in the way is told with it. The career goes on
/// after that day, and counts no more for the one than for the others.
#[test]
fn rights_and_simulators_say_the_same() {
    for (code, least) in [("tg", 50), ("ma", 50), ("dj", 50), ("bj", 50), ("tn", 50), ("example", 50)] {
        let fund = fund(code);
        let some = (
            strategy::date_in(1945..=1990),
            prop_oneof![strategy::career(fund, 60..=300), strategy::winding_career(fund, 1980..=2010)],
            prop_oneof![Just(every_paper(fund)), Just(Claim::default())],
            0_i32..=120,
        );
        holds(code, (120, least), some, |(birth, career, claim, before_its_end)| {
            let Some(last) = career.last() else { return Ok(false) };
            let month = last.plus(1 - before_its_end);
            // Whoever will begin later is registered then: the simulators count from that day.
            if career.before(month).is_empty() {
                return Ok(false);
            }
            let career = Career::from_insured(
                career.months().iter().map(|m| InsuredMonth { category: None, ..m.clone() }),
            );
            let until_now = Career::from_insured(career.before(month).iter().cloned());
            let on = month.first_day();
            for right in rights(fund, birth, &career, &claim, on) {
                let said_open = matches!(right.state, RightState::Open | RightState::Conditional);
                let unknown = match right.code.split_once('.') {
                    Some(("pension", kind)) => {
                        let subject = |career| Subject { claim: &claim, ..Subject::new(birth, on, career) };
                        if let (RightState::NotYet(missing), Ok(found)) =
                            (&right.state, simulate(fund, &subject(&career), kind))
                        {
                            let of_time = |r: &&Reason| !matches!(r, Reason::WorkNotCeased { .. });
                            let found: Vec<_> = found.reasons.iter().filter(of_time).collect();
                            prop_assert_eq!(missing.iter().collect::<Vec<_>>(), found, "{}", right.code);
                        }
                        let found = simulate(fund, &subject(&until_now), kind);
                        if said_open {
                            prop_assert_eq!(found.as_ref().err(), right.no_amount.as_ref(), "{}", right.code);
                            prop_assert!(found.is_err() || found.is_ok_and(|f| f.eligible()));
                        }
                        None
                    }
                    Some(("daily", kind)) => {
                        let to = on + Days::new(10);
                        let asked =
                            Stopped { from: on, to, birth_date: Some(birth), career: &career, claim: &claim };
                        daily_benefit(fund, kind, &asked).err()
                    }
                    Some(("grant", kind)) => {
                        let asked = GrantClaim {
                            date: on,
                            birth_date: Some(birth),
                            parts: &[],
                            months: 1,
                            career: Some(&career),
                            claim: &claim,
                        };
                        grant(fund, kind, &asked).err()
                    }
                    _ => {
                        prop_assert!(right.state != RightState::Open, "nobody said that there are children");
                        let child = Child::born(on - Days::new(1_000));
                        let asked =
                            FamilyClaim { month, children: &[child], career: Some(&career), claim: &claim };
                        family_benefit(fund, &asked).err()
                    }
                };
                if let (true, Some(Refusal::OpenQuestion { rule, .. } | Refusal::NoRule { rule, .. })) =
                    (said_open, &unknown)
                {
                    // The pay of a month before the first known ceiling is another matter.
                    prop_assert!(!rule.starts_with("benefit."), "{} open: {unknown:?}", right.code);
                }
            }
            Ok(career.last().is_some_and(|last| last >= month))
        });
    }
}
