//! Laws that hold for every career: the pension never surprises.

use std::sync::LazyLock;

use cnss_core::calendar::Month;
use cnss_core::declaration::assess::assess;
use cnss_core::fund::{Fund, Payer};
use cnss_core::insured::Career;
use cnss_core::pension::{Kind, Subject, simulate};
use cnss_core::refusal::Refusal;
use cnss_core::strategy;
use proptest::prelude::*;
use rust_decimal::Decimal;

static TOGO: LazyLock<Fund> = LazyLock::new(|| Fund::builtin("tg").expect("built in"));

fn normal(career: &Career) -> cnss_core::pension::Simulation {
    let award = career.last().expect("not empty").plus(1).first_day();
    let birth_date = cnss_core::calendar::parse_date("1940-02-29").expect("a date");
    simulate(&TOGO, &Subject { birth_date, award_date: award, career }, Kind::Normal)
        .expect("a rule is known")
}

proptest! {
    /// More insured time before the career never lowers a normal pension.
    #[test]
    fn more_time_never_lowers_a_pension(career in strategy::career(&TOGO, 180..=300), more in 1_i32..60) {
        let first = career.months()[0].0;
        let longer = Career::from_months(
            career.months().iter().copied().chain((1..=more).map(|n| (first.plus(-n), Decimal::from(60_000)))),
        );
        let (short, long) = (normal(&career), normal(&longer));
        prop_assert!(long.monthly_amount.unwrap().amount() >= short.monthly_amount.unwrap().amount());
    }

    /// The floor and the ceiling hold, and the pension is a whole number of francs.
    #[test]
    fn floor_and_ceiling_hold(career in strategy::career(&TOGO, 180..=600)) {
        let pension = normal(&career);
        let amount = pension.monthly_amount.expect("eligible").amount();
        let award = career.last().expect("months").plus(1).first_day();
        let smig = TOGO.minimum_wage.at(award).expect("known").value;
        let floor = smig * Decimal::new(60, 2);
        let ceiling = pension.reference_wage.expect("eligible").amount() * Decimal::new(80, 2);
        prop_assert!(amount >= floor.floor());
        prop_assert!(amount <= ceiling.max(floor) + Decimal::ONE);
        prop_assert!(amount.fract().is_zero());
    }

    /// An early pension is never above the normal one of the same career.
    #[test]
    fn early_is_never_more(career in strategy::career(&TOGO, 180..=300), years in 55_u32..60, days in 0_u64..366) {
        let award_date = career.last().expect("months").plus(1).first_day();
        let birth_date = award_date.checked_sub_months(chrono::Months::new(years * 12)).expect("a date")
            - chrono::Days::new(days.min(364));
        let subject = Subject { birth_date, award_date, career: &career };
        let early = simulate(&TOGO, &subject, Kind::Early).expect("a rule is known");
        prop_assume!(early.eligible);
        prop_assert!(early.monthly_amount.unwrap().amount() <= normal(&career).monthly_amount.unwrap().amount());
    }

    /// No date between 1973 and 2035 makes the fund panic: it answers, or says what it does not know.
    #[test]
    fn no_date_panics(birth_date in strategy::date(), award_date in strategy::date(), career in strategy::career(&TOGO, 0..=40)) {
        for kind in [Kind::Normal, Kind::Early] {
            let subject = Subject { birth_date, award_date, career: &career };
            match simulate(&TOGO, &subject, kind) {
                Ok(answer) => prop_assert!(answer.eligible == answer.reasons.is_empty() && !answer.steps.is_empty()),
                Err(refusal) => prop_assert!(matches!(refusal, Refusal::NoRule { .. } | Refusal::Invalid(_)), "{}", refusal),
            }
        }
        match assess(&TOGO, "salaried", Month::of(award_date), &[Decimal::from(70_000)]) {
            Ok(month) => prop_assert!(!month.lines.is_empty()),
            Err(refusal) => prop_assert!(matches!(refusal, Refusal::NoRule { .. }), "{}", refusal),
        }
    }

    /// Whenever one worker's contribution was rounded, the explanation says so, even when the
    /// roundings cancel out in the sum.
    #[test]
    fn rounding_is_never_silent(wages in prop::collection::vec(52_500_u32..200_000, 1..20)) {
        let wages: Vec<Decimal> = wages.into_iter().map(Decimal::from).collect();
        let month = assess(&TOGO, "salaried", "2024-03".parse().expect("a month"), &wages).expect("known");
        let said = month.steps.iter().any(|step| step.rule == "contributions.rounding");
        let needed = wages.iter().any(|w| month.lines.iter().any(|l| !(w * l.rate).fract().is_zero()));
        prop_assert_eq!(said, needed);
    }

    /// Splitting a declaration in two changes nothing; employer, worker and total agree.
    #[test]
    fn splitting_changes_nothing(wages in prop::collection::vec(1_u32..5_000_000, 1..40), cut in 0_usize..40) {
        let month: Month = "2024-03".parse().expect("a month");
        let wages: Vec<Decimal> = wages.into_iter().map(Decimal::from).collect();
        let (a, b) = wages.split_at(cut.min(wages.len()));
        let whole = assess(&TOGO, "salaried", month, &wages).expect("known");
        let (a, b) = (assess(&TOGO, "salaried", month, a).expect("known"), assess(&TOGO, "salaried", month, b).expect("known"));
        prop_assert_eq!(whole.total().unwrap(), a.total().unwrap().plus(b.total().unwrap()).unwrap());
        let by_payer = whole.total_of(Payer::Employer).unwrap().plus(whole.total_of(Payer::Worker).unwrap()).unwrap();
        prop_assert_eq!(whole.total().unwrap(), by_payer);
        for line in &whole.lines {
            let each = wages.iter().map(|w| {
                let base = if line.scheme.as_ref() == "cnss" { (*w).max(Decimal::from(52_500)) } else { *w };
                cnss_core::money::Rounding::HalfUp.apply(base * line.rate, 0)
            });
            prop_assert_eq!(line.amount.amount(), each.sum::<Decimal>(), "as exact as decimals");
            let exact = line.base.amount() * line.rate;
            let most = Decimal::from(wages.len()) / Decimal::TWO;
            prop_assert!((line.amount.amount() - exact).abs() <= most, "half a franc a worker at most");
        }
    }
}
