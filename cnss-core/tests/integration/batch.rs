//! A whole population gives to the unit what the single path gives, on any number of threads.

use std::sync::LazyLock;

use chrono::NaiveDate;
use cnss_core::batch::{
    Answer, BatchError, ContributionPlan, PensionPlan, PlanError, Population, Rows, Shares, Until,
};
use cnss_core::calendar::{Month, parse_date};
use cnss_core::declaration::assess::{AssessedLine, Assessor, MonthRates};
use cnss_core::fund::Fund;
use cnss_core::money::{Money, MoneyError};
use cnss_core::refusal::Refusal;
use cnss_core::strategy;
use proptest::prelude::*;

fn fund(code: &str) -> Fund {
    Fund::builtin(code).expect("built in")
}

/// All of them, read once.
static FUNDS: LazyLock<Vec<Fund>> =
    LazyLock::new(|| Fund::builtin_codes().iter().map(|code| fund(code)).collect());

fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("a date")
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

/// Months from 1973 to 2035.
fn any_month() -> impl Strategy<Value = Month> {
    (1973_i32..=2035, 1_u32..=12).prop_filter_map("a month", |(y, m)| Month::new(y, m))
}

/// Nothing, little, ordinary, much, very much: in smallest units.
fn any_wage() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => Just(0_i64),
        2 => 1_i64..60_000,
        6 => 20_000_i64..2_000_000,
        2 => 1_000_000_i64..100_000_000,
        1 => Just(1_000_000_000_000_i64),
        1 => 0_i64..1_000_000_000_000_000,
    ]
}

/// What the single path says of a column of wages: shares, and the sums by branch and payer.
type Sums = (Vec<(String, Money)>, Money);
type Assessed = (Vec<i64>, Vec<i64>, Result<Sums, MoneyError>);

/// Or the first wage that is refused, with its place.
fn one_by_one(
    fund: &Fund,
    category: &str,
    month: Month,
    wages: &[i64],
) -> Result<Assessed, (usize, Refusal)> {
    let rates = MonthRates::of(fund, category, month).expect("rates are known");
    let mut assessor = Assessor::new(&rates);
    let (mut employer, mut worker) = (Vec::new(), Vec::new());
    for (place, wage) in wages.iter().enumerate() {
        let wage = Money::from_minor(*wage, fund.currency).expect("money").amount();
        let shares = assessor.worker(wage).map_err(|refusal| (place, refusal))?;
        employer.push(shares.employer.to_minor().expect("whole"));
        worker.push(shares.worker.to_minor().expect("whole"));
    }
    let sums = assessor.lines().map(|(lines, wages)| (named(&lines), wages));
    Ok((employer, worker, sums))
}

fn named(lines: &[AssessedLine]) -> Vec<(String, Money)> {
    lines.iter().map(|l| (format!("{} {}", l.rule, l.base), l.amount)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every fund, every category, every month: the shares of each worker and the totals.
    #[test]
    fn contributions_are_those_of_the_single_path(
        month in any_month(),
        wages in prop::collection::vec(any_wage(), 0..600),
        threads in 1_usize..=4,
    ) {
        for fund in FUNDS.iter() {
            for category in &fund.contributions.categories {
                let plan = match ContributionPlan::new(fund, &category.code, month) {
                    Ok(plan) => plan,
                    Err(PlanError::Refused(refusal)) => {
                        let single = MonthRates::of(fund, &category.code, month);
                        prop_assert_eq!(single.err(), Some(refusal));
                        continue;
                    }
                    Err(shape) => return Err(TestCaseError::fail(format!("{}: {shape}", fund.code))),
                };
                let single = one_by_one(fund, &category.code, month, &wages);
                let (mut own_employer, mut own_worker) = (vec![-1; wages.len()], vec![-1; wages.len()]);
                let shares = Shares { employer: &mut own_employer, worker: &mut own_worker };
                let own = plan.run(&wages, shares, threads);
                let (employer, worker, sums) = match single {
                    Ok(single) => single,
                    Err((place, refusal)) => {
                        let refused = Err(BatchError::Refused { place, refusal });
                        prop_assert_eq!(plan.totals(&wages, threads), refused.clone());
                        prop_assert_eq!(own, refused);
                        continue;
                    }
                };
                prop_assert_eq!(own_employer, employer);
                prop_assert_eq!(own_worker, worker);
                prop_assert_eq!(plan.totals(&wages, threads), own.clone());
                let own = own.map(|totals| (named(&totals.lines), totals.wages));
                prop_assert_eq!(own, sums.map_err(BatchError::Money));
            }
        }
    }
}

#[test]
fn a_wage_that_is_none_is_told_with_its_place() {
    let togo = fund("tg");
    let plan = ContributionPlan::new(&togo, "salaried", month("2024-03")).expect("a plan");
    let mut wages = vec![100_000; 1_000];
    *wages.get_mut(700).expect("there") = -1;
    *wages.get_mut(300).expect("there") = i64::MAX;
    for threads in 1..=4 {
        let error = plan.totals(&wages, threads).expect_err("two are wrong");
        assert!(matches!(error, BatchError::Wage { place: 300, .. }), "{error}");
    }
    let (mut short, mut worker) = ([0; 3], [0; 1_000]);
    let shares = Shares { employer: &mut short, worker: &mut worker };
    let error = plan.run(&wages, shares, 1).expect_err("three are too few");
    assert_eq!(error, BatchError::Length { column: "employer", needed: 1_000, given: 3 });
}

/// Worked by hand: 30 000 is below the SMIG of 52 500 F, on which 22,5 − 5 = 17,5 % and 4 % are taken
/// (9 187,5 in three parts: 3 % = 1 575, 2 % = 1 050, 12,5 % = 6 562,5 → 6 563; 4 % = 2 100); the AMU
/// takes 5 % and 5 % of the wage itself, 1 500 each.
#[test]
fn a_wage_below_the_floor_by_hand() {
    let togo = fund("tg");
    let plan = ContributionPlan::new(&togo, "salaried", month("2024-03")).expect("a plan");
    let (mut employer, mut worker) = ([0], [0]);
    let shares = Shares { employer: &mut employer, worker: &mut worker };
    plan.run(&[30_000], shares, 1).expect("a wage");
    assert_eq!((employer, worker), ([1_575 + 1_050 + 6_563 + 1_500], [2_100 + 1_500]));
}

/// Persons in columns: birth, last month, pay by month.
type Persons = Vec<(NaiveDate, i32, Vec<i64>)>;

fn persons() -> impl Strategy<Value = Persons> {
    let gap = prop_oneof![12 => Just(false), 1 => Just(true)];
    let steady = (any_wage(), 100_usize..560).prop_map(|(wage, months)| vec![wage.max(1); months]);
    let uneven = prop::collection::vec((any_wage(), gap), 0..560)
        .prop_map(|all| all.into_iter().map(|(wage, gap)| if gap { 0 } else { wage }).collect());
    let risen = (20_000_i64..400_000, 1_i64..3_000, 60_usize..500)
        .prop_map(|(first, more, months)| (0..months).map(|n| first + more * n as i64).collect());
    let pay = prop_oneof![1 => steady, 2 => uneven, 3 => risen];
    let ends = prop_oneof![6 => Just(-1_i32), 1 => -60_i32..6];
    prop::collection::vec((1935_i32..1990, 1_u32..=12, 1_u32..=28, ends, pay), 1..12).prop_map(|all| {
        all.into_iter()
            .map(|(y, m, d, end, pay)| (NaiveDate::from_ymd_opt(y, m, d).expect("a day"), end, pay))
            .collect()
    })
}

/// Every kind of pension of every fund for which there is a plan on that day.
fn plans(date: NaiveDate) -> Vec<(&'static Fund, PensionPlan<'static>)> {
    let kinds = FUNDS.iter().flat_map(|fund| fund.pension.kinds.iter().map(move |kind| (fund, kind)));
    kinds
        .filter_map(|(fund, kind)| Some((fund, PensionPlan::new(fund, &kind.code, date, None).ok()?)))
        .collect()
}

fn award() -> impl Strategy<Value = NaiveDate> {
    strategy::date().prop_filter("within the law", |d| *d >= date("1973-01-01") && *d <= date("2035-12-31"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whole careers of uneven lengths, with gaps, ending before, at and after the award.
    #[test]
    fn pensions_of_whole_careers_are_those_of_the_single_path(
        date in award(),
        persons in persons(),
        threads in 1_usize..=4,
    ) {
        for (fund, plan) in plans(date) {
            let births: Vec<NaiveDate> = persons.iter().map(|p| p.0).collect();
            let until: Vec<Month> = persons.iter().map(|p| plan.entry().plus(p.1)).collect();
            let pay: Vec<i64> = persons.iter().flat_map(|p| p.2.iter().copied()).collect();
            let mut places = vec![0];
            for person in &persons {
                places.push(places.last().expect("one") + person.2.len());
            }
            let population = Population {
                births: &births,
                pay: &pay,
                rows: Rows::Places(&places),
                until: Until::Own(&until),
                insured: None,
            };
            let mut answers = vec![Answer::SinglePath; births.len()];
            plan.run(&population, &mut answers, threads).expect("columns of one length");
            for (place, answer) in answers.iter().enumerate() {
                let career = population.career(place, fund.currency).expect("a whole career");
                let single = plan.single(births[place], &career);
                match answer {
                    Answer::SinglePath => {}
                    answer => prop_assert_eq!(Ok(*answer), single, "{} {:?}", fund.code, persons[place]),
                }
            }
            let mut one = vec![Answer::SinglePath; births.len()];
            plan.run(&population, &mut one, 1).expect("columns of one length");
            prop_assert_eq!(&one, &answers);
            let open = plan.settle(&population, &mut answers, |place| population.career(place, fund.currency));
            for (place, refusal) in open {
                prop_assert!(refusal.is_some() && answers[place] == Answer::SinglePath);
            }
        }
    }

    /// The last months only, beside the insured time: the same as with whole careers, or left open.
    #[test]
    fn rows_of_the_last_months_are_enough(date in award(), persons in persons(), months in 1_usize..130) {
        for (fund, plan) in plans(date) {
            let births: Vec<NaiveDate> = persons.iter().map(|p| p.0).collect();
            let until = plan.entry().plus(-1);
            let (mut pay, mut insured) = (Vec::new(), Vec::new());
            for (_, _, own) in &persons {
                let missing = months.saturating_sub(own.len());
                pay.extend(std::iter::repeat_n(0, missing));
                pay.extend(&own[own.len().saturating_sub(months)..]);
                insured.push(u32::try_from(own.iter().filter(|p| **p > 0).count()).expect("few"));
            }
            let population = Population {
                births: &births,
                pay: &pay,
                rows: Rows::Each(months),
                until: Until::All(until),
                insured: Some(&insured),
            };
            let mut answers = vec![Answer::SinglePath; births.len()];
            plan.run(&population, &mut answers, 2).expect("columns of one length");
            for ((birth, _, own), answer) in persons.iter().zip(answers) {
                if answer == Answer::SinglePath {
                    continue;
                }
                let places = [0, own.len()];
                let whole = Population {
                    births: std::slice::from_ref(birth),
                    pay: own,
                    rows: Rows::Places(&places),
                    until: Until::All(until),
                    insured: None,
                };
                let career = whole.career(0, fund.currency).expect("a whole career");
                prop_assert_eq!(Ok(answer), plan.single(*birth, &career), "{} {:?}", fund.code, own);
            }
        }
    }
}

/// The plans are not empty promises: the normal pension of each fund with known rules has one, and it
/// answers ordinary persons itself. Worked by hand: 200 000 × (20 % + 15 × 1,33 %) = 79 900 in Togo;
/// 4 000 dirhams × (50 % + 28 × 1 %) → 70 % = 2 800,00 in Morocco (360 × 26 = 9 360 days, of which
/// 6 120 beyond 3 240 are 28 times 216); 200 000 × (30 % + 15 × 2 %) = 120 000 in Benin; in Djibouti
/// 91 months at 1,8 % a year before 2002 … is left to the property above.
#[test]
fn ordinary_persons_are_answered_by_the_plan_itself() {
    for (code, pay, monthly) in [
        ("tg", 200_000, Some(79_900)),
        ("ma", 400_000, Some(280_000)),
        ("bj", 200_000, Some(120_000)),
        ("dj", 200_000, None),
    ] {
        let fund = fund(code);
        let plan = PensionPlan::new(&fund, "normal", date("2024-06-01"), None).expect("a plan");
        let population = Population {
            births: &[date("1964-05-01"), date("1994-05-01")],
            pay: &[pay; 720],
            rows: Rows::Each(360),
            until: Until::All(month("2024-05")),
            insured: None,
        };
        let mut answers = [Answer::SinglePath; 2];
        plan.run(&population, &mut answers, 2).expect("columns of one length");
        assert_eq!(answers[1], Answer::NotEntitled, "{code}");
        match monthly {
            Some(monthly) => assert_eq!(answers[0], Answer::Monthly(monthly), "{code}"),
            None => assert!(matches!(answers[0], Answer::Monthly(n) if n > 0), "{code}"),
        }
    }
}

#[test]
fn what_a_plan_does_not_hold_is_named() {
    let (togo, djibouti) = (fund("tg"), fund("dj"));
    for (fund, kind, rule) in [
        (&togo, "early", "pension.early_reduction"),
        (&togo, "early_unfit", "pension.worn_out"),
        (&djibouti, "proportional", "pension.proportion"),
    ] {
        match PensionPlan::new(fund, kind, date("2024-06-01"), None) {
            Err(PlanError::Shape { rule: named, .. }) => assert_eq!(&*named, rule),
            other => panic!("{kind}: {other:?}"),
        }
    }
    assert!(matches!(
        PensionPlan::new(&togo, "normal", date("2001-06-01"), None),
        Err(PlanError::Refused(_))
    ));
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let togo = fund("tg");
    let plan = PensionPlan::new(&togo, "normal", date("2024-06-01"), None).expect("a plan");
    let births = [date("1960-01-01"); 2];
    let whole = Population {
        births: &births,
        pay: &[1; 120],
        rows: Rows::Each(60),
        until: Until::All(month("2024-05")),
        insured: None,
    };
    let mut answers = [Answer::NotEntitled; 2];
    let mut refused = |population: &Population<'_>| plan.run(population, &mut answers, 2).expect_err("unfit");
    for (population, column) in [
        (Population { rows: Rows::Each(59), ..whole }, "pay"),
        (Population { rows: Rows::Places(&[0, 60]), ..whole }, "rows"),
        (Population { rows: Rows::Places(&[0, 60, 121]), ..whole }, "pay"),
        (Population { insured: Some(&[1]), ..whole }, "insured"),
        (Population { until: Until::Own(&[]), ..whole }, "until"),
    ] {
        assert!(matches!(refused(&population), BatchError::Length { column: named, .. } if named == column));
    }
    assert_eq!(refused(&Population { rows: Rows::Places(&[0, 61, 60]), ..whole }), BatchError::Places(2));
    let error = plan.run(&whole, &mut [], 1).expect_err("nowhere to go");
    assert_eq!(error, BatchError::Length { column: "answers", needed: 2, given: 0 });
}
