//! Pensions: more insured time never lowers them, floor and ceiling hold, an early one is never
//! more, survivors never have more than there was.

use chrono::{Months, NaiveDate};
use cnss_core::entitlement::Claim;
use cnss_core::explain::{Caveat, Op};
use cnss_core::fund::mechanism::{Bound, Mechanism, Of, Supplement, Whom};
use cnss_core::fund::{Asked, Fund, PensionKind, Rule};
use cnss_core::insured::{Career, CareerSpan, InsuredMonth};
use cnss_core::money::Money;
use cnss_core::pension::{Award, Deceased, DeceasedRight, Simulation, Subject, simulate, survivors};
use cnss_core::refusal::Refusal;
use cnss_core::strategy;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{day, fund, holds};

/// A paper for every condition that asks for one.
pub fn every_paper(fund: &Fund) -> Claim {
    let papers = fund.rules.iter().flat_map(Rule::entries).filter_map(|line| match &line.value {
        Mechanism::Proof(code) => Some(code.to_string()),
        _ => None,
    });
    Claim { proofs: papers.collect(), degree: Some(Decimal::ONE), ..Claim::default() }
}

/// Somebody of that age asks for a pension after a career, with every paper that there is.
#[derive(Clone, Debug)]
pub struct Case {
    pub birth_date: NaiveDate,
    pub award_date: NaiveDate,
    pub career: Career,
}

impl Case {
    pub fn ask(&self, fund: &Fund, kind: &str, claim: &Claim) -> Result<Simulation, Refusal> {
        let subject = Subject { claim, ..Subject::new(self.birth_date, self.award_date, &self.career) };
        simulate(fund, &subject, kind)
    }
}

fn asked(case: &Case) -> Asked<'static> {
    Asked { date: case.award_date, born: Some(case.birth_date), category: None }
}

/// Whoever asks has worked long and is old enough for something; work ceased the month before.
pub fn case(fund: &'static Fund, ages: std::ops::RangeInclusive<u32>) -> BoxedStrategy<Case> {
    let example = fund.code == "example";
    // The made-up fund pays for short careers, and its question on long ones begins at 120 months.
    let months = if example { 8..=118_usize } else { 180..=480 };
    let plain = strategy::career(fund, months);
    let winding = strategy::winding_career(fund, 1970..=1995).prop_map(|career| {
        // One category all along: what a change of category does is each fund's own affair.
        Career::from_insured(career.months().iter().map(|m| InsuredMonth { category: None, ..m.clone() }))
    });
    (prop_oneof![3 => plain, 1 => winding], ages, 0_u64..365)
        .prop_map(|(career, years, days)| {
            let award_date = career.last().expect("not empty").plus(1).first_day();
            let birth_date = award_date - Months::new(years * 12) - chrono::Days::new(days);
            Case { birth_date, award_date, career }
        })
        .boxed()
}

/// How a longer career compares, by the windows of the reference pay in force.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Windows {
    /// Each divides the last or best so many months by a fixed number: any pay only adds.
    Fixed,
    /// Some divide by the months found: pay that is not below any other only adds.
    Found,
    /// Some take civil years: a year begun counts as a whole one, and may lower the average. Or a
    /// flat income counts, which may be lower in the months that are added, whatever they are paid.
    Other,
}

fn windows(fund: &Fund, kind: &PensionKind, case: &Case) -> Windows {
    let rule = kind.reference.and_then(|place| fund.rules.get(place));
    let Some(Mechanism::Average(average)) = rule.and_then(|r| r.find(&asked(case))).map(|line| &line.value)
    else {
        return Windows::Fixed;
    };
    let of = |window: &cnss_core::fund::mechanism::Window| match (window.last_years, window.over) {
        (Some(_), _) => Windows::Other,
        (None, Some(_)) => Windows::Fixed,
        (None, None) => Windows::Found,
    };
    let base = average.base.as_deref().and_then(|code| fund.contributions.base(code));
    let flat = base.filter(|base| base.flat.is_some()).map(|_| Windows::Other);
    average.windows.iter().map(of).chain(flat).max().unwrap_or(Windows::Fixed)
}

fn longer(case: &Case, more: impl IntoIterator<Item = (cnss_core::calendar::Month, Decimal)>) -> Case {
    let whole = |(month, wage)| InsuredMonth { month, wage, days: None, category: None };
    let all = case.career.months().iter().cloned().chain(more.into_iter().map(whole));
    Case { career: Career::from_insured(all), ..case.clone() }
}

/// Compares the pensions of a kind before and after; true when both have one.
fn never_lower(fund: &Fund, kind: &PensionKind, short: &Case, long: &Case) -> Result<bool, TestCaseError> {
    let claim = every_paper(fund);
    let (before, after) = (short.ask(fund, &kind.code, &claim), long.ask(fund, &kind.code, &claim));
    let Ok(Simulation { award: Some(before), .. }) = before else { return Ok(false) };
    match after {
        Ok(Simulation { award: Some(after), .. }) => {
            let (b, a) = (before.monthly.amount(), after.monthly.amount());
            prop_assert!(b <= a, "{} {}: {b} falls to {a}", fund.code, kind.code);
            Ok(true)
        }
        // A right is not lost by working more, but for kinds that the law closes to long careers.
        Ok(lost) => {
            let closed = |r: &cnss_core::entitlement::Reason| r.code() == "too_many_units";
            prop_assert!(lost.reasons.iter().all(closed), "{} {}: {:?}", fund.code, kind.code, lost.reasons);
            Ok(false)
        }
        Err(Refusal::OpenQuestion { .. } | Refusal::NoRule { .. }) => Ok(false),
        Err(other) => Err(TestCaseError::fail(other.to_string())),
    }
}

use proptest::test_runner::TestCaseError;

/// More insured time never lowers a pension, of any kind.
///
/// « More insured time » is whole months *before* the career begins, at any pay: they count, and
/// windows of the last or best months divided by a fixed number (Togo 60, Morocco 96, Djibouti 120,
/// Benin 60) do not see them, or gain by them while they are not full. Where a fund divides by the
/// months found (the made-up one), the months must be paid no less than the best of the others. Over
/// civil years (the made-up one from 2020) the law itself breaks it, see
/// [`a_year_begun_may_lower_an_average_of_years`]; so does a flat income that was lower in the past.
#[test]
fn months_before_a_career_never_lower_a_pension() {
    for (code, least) in [("tg", 50), ("ma", 30), ("dj", 12), ("bj", 40), ("example", 10)] {
        let fund = fund(code);
        let some = (case(fund, 60..=80), 1_i32..=120, 1_u32..=100_000);
        holds(code, (150, least), some, |(case, more, pay)| {
            let first = case.career.months()[0].month;
            let best = case.career.months().iter().map(|m| m.wage).max().expect("not empty");
            let mut applied = false;
            for kind in &fund.pension.kinds {
                let pay = match windows(fund, kind, &case) {
                    Windows::Fixed => Decimal::from(pay),
                    Windows::Found => best,
                    Windows::Other => continue,
                };
                let before = (1..=more).map(|n| (first.plus(-n), pay));
                applied |= never_lower(fund, kind, &case, &longer(&case, before))?;
            }
            Ok(applied)
        });
    }
}

/// The same for months that fill the holes of a career, when they count for no less than the best of
/// the others: a hole filled with low pay pushes better months out of the last sixty, see
/// [`a_hole_filled_with_low_pay_may_lower_a_pension`]. Nobody here is paid above the lowest ceiling:
/// Djibouti knows none before 2002 and Morocco none before 1993, so that a month that is pushed out
/// may have counted for more than any month may now.
#[test]
fn well_paid_months_in_the_holes_never_lower_a_pension() {
    for (code, least) in [("tg", 40), ("ma", 20), ("dj", 8), ("bj", 30), ("example", 10)] {
        let fund = fund(code);
        let amounts = fund
            .contributions
            .bases
            .iter()
            .filter_map(|base| base.ceiling.as_ref())
            .flat_map(|c| c.entries());
        let lowest = amounts.filter_map(|line| match line.value {
            cnss_core::fund::mechanism::Limit::Amount(amount) => Some(amount.0),
            cnss_core::fund::mechanism::Limit::MinimumWage(_) => None,
        });
        let most = lowest.min().unwrap_or(Decimal::MAX);
        holds(code, (150, least), case(fund, 60..=80), |case| {
            let below = |m: InsuredMonth| InsuredMonth { wage: m.wage.min(most), ..m };
            let career = Career::from_insured(case.career.months().iter().cloned().map(below));
            let case = Case { career, ..case };
            let best = case.career.months().iter().map(|m| m.wage).max().expect("not empty");
            let holes = case.career.gaps();
            let filled = || holes.iter().flat_map(|(from, to)| from.through(*to)).map(|month| (month, best));
            let mut applied = false;
            for kind in fund.pension.kinds.iter().filter(|k| windows(fund, k, &case) != Windows::Other) {
                applied |= never_lower(fund, kind, &case, &longer(&case, filled()))?;
            }
            Ok(applied && !holes.is_empty())
        });
    }
}

/// Twenty years, the last five at 200 000 F with a hole of twelve months. Filled at 60 000 F, the
/// last sixty months are 48 × 200 000 + 12 × 60 000 = 10 320 000, the average 172 000 F instead of
/// 200 000: 252 months give 27,98 % of it, 48 126 F, where 240 months gave 26,65 % of 200 000, 53 300 F.
#[test]
fn a_hole_filled_with_low_pay_may_lower_a_pension() {
    let tg = fund("tg");
    let span = |from: &str, to: &str, wage: i64| {
        CareerSpan::new(from.parse().expect("a month"), to.parse().expect("a month"), wage.into())
    };
    // 180 months, then 12 with a hole after them, then 48: 240 in all.
    let holed = [span("2003-01", "2018-12", 200_000), span("2020-01", "2023-12", 200_000)];
    let pension = |spans: &[CareerSpan]| {
        let career = Career::from_spans(spans).expect("spans");
        let case = Case { birth_date: day("1963-06-01"), award_date: day("2024-01-01"), career };
        case.ask(tg, "normal", &Claim::default()).expect("known").award.expect("entitled").monthly.to_string()
    };
    assert_eq!(pension(&holed), "53300", "20 % + 5 × 1,33 % of 200 000");
    let filled = [holed[0].clone(), span("2019-01", "2019-12", 60_000), holed[1].clone()];
    assert_eq!(pension(&filled), "48126", "20 % + 6 × 1,33 % of 172 000 = 48 125,6");
}

/// The made-up fund of 2020 adds up the last two years with any pay and divides by 20. Somebody with
/// the whole of 2016, 2018 and 2020, at 200 a month, has 4 800 ÷ 20 = 240 as reference. One more month, of
/// 2019, at 200: the last two years with pay are now 2020 and 2019, 2 600 ÷ 20 = 130.
#[test]
fn a_year_begun_may_lower_an_average_of_years() {
    let example = fund("example");
    let span = |from: &str, to: &str| {
        CareerSpan::new(from.parse().expect("a month"), to.parse().expect("a month"), 200.into())
    };
    let holed = [span("2016-01", "2016-12"), span("2018-01", "2018-12"), span("2020-01", "2020-12")];
    let reference = |spans: &[CareerSpan]| {
        let career = Career::from_spans(spans).expect("spans");
        let case = Case { birth_date: day("1950-06-01"), award_date: day("2021-01-01"), career };
        let answer = case.ask(example, "normal", &Claim::default()).expect("known");
        answer.award.and_then(|a| a.reference).map(Money::amount)
    };
    let mut filled = holed.to_vec();
    filled.push(span("2019-06", "2019-06"));
    assert_eq!(reference(&holed), Some(Decimal::from(240)));
    assert_eq!(reference(&filled), Some(Decimal::from(130)));
}

/// An early pension is never above the normal one of the same career; nor is what any pension is
/// before a reduction ends above what it becomes. Tunisia refuses them all, and the made-up fund has
/// another reference pay for early pensions.
#[test]
fn early_is_never_more() {
    for (code, cases) in [("tg", (200, 30)), ("ma", (200, 40)), ("dj", (600, 2)), ("bj", (200, 30))] {
        let fund = fund(code);
        holds(code, cases, case(fund, if code == "dj" { 50..=55 } else { 55..=59 }), |case| {
            let claim = every_paper(fund);
            let mut applied = false;
            for kind in &fund.pension.kinds {
                let Ok(Simulation { award: Some(award), .. }) = case.ask(fund, &kind.code, &claim) else {
                    continue;
                };
                if let Some(later) = award.later {
                    prop_assert!(award.monthly.amount() <= later.monthly.amount());
                    prop_assert!(award.starts_on < later.from);
                    applied = true;
                }
            }
            // The same career, asked for on the same day by somebody who is old enough.
            let older = Case { birth_date: case.birth_date - Months::new(12 * 12), ..case.clone() };
            let amount = |case: &Case, kind: &str| {
                case.ask(fund, kind, &claim).ok().and_then(|s| s.award).map(|a| a.monthly.amount())
            };
            let normal = amount(&older, "normal");
            // Djibouti has a kind for each age: early_50, early_51 …
            for kind in fund.pension.kinds.iter().filter(|kind| kind.code.starts_with("early")) {
                if let Some((early, normal)) = amount(&case, &kind.code).zip(normal) {
                    prop_assert!(early <= normal, "{}: {early} early, {normal} normal", kind.code);
                    applied = true;
                }
            }
            Ok(applied)
        });
    }
}

/// Between which bounds the adjustments of a kind leave an amount, whatever it was before: worked
/// out from the fund's data alone.
struct Bounds {
    low: Decimal,
    high: Option<Decimal>,
}

impl Bounds {
    fn of(fund: &Fund, kind: &PensionKind, case: &Case, award: &Award, claim: &Claim, units: u32) -> Self {
        let asked = asked(case);
        let minimum = fund.minimum_wage.find(&asked).map_or(Decimal::ZERO, |line| line.value);
        let reference = award.reference.map_or(Decimal::ZERO, Money::amount);
        // The reference is shown with two decimals more than the currency has.
        let shown = Decimal::new(1, u32::from(fund.currency.exponent()));
        let mut bounds = Self { low: Decimal::ZERO, high: None };
        let limit = |bound: &Bound| match (bound.amount, bound.share.zip(bound.of)) {
            (Some(amount), _) => Some(amount.0),
            (None, Some((share, Of::Reference))) => Some(share.0 * reference),
            (None, Some((share, Of::MinimumWage))) => Some(share.0 * minimum),
            (None, Some((_, Of::Pension))) => None,
            (None, None) => bound.tiers.iter().rev().find(|t| t.units <= units).map(|t| t.amount.0),
        };
        for rule in kind.adjustments.iter().filter_map(|place| fund.rules.get(*place)) {
            match &rule.find(&asked).expect("in force").value {
                Mechanism::Ceiling(bound) => {
                    if let Some(limit) = limit(bound) {
                        bounds.high = Some(bounds.high.map_or(limit, |high| high.min(limit)));
                        bounds.low = bounds.low.min(limit);
                    }
                }
                Mechanism::Floor(bound) => {
                    if let Some(limit) = limit(bound) {
                        bounds.low = bounds.low.max(limit);
                        bounds.high = bounds.high.map(|high| high.max(limit));
                    }
                }
                Mechanism::Early(_) | Mechanism::EarlyTable(_) => bounds.low = Decimal::ZERO,
                // Only for those whose time is below what is required: it never adds.
                Mechanism::Ratio(_) => bounds.low = Decimal::ZERO,
                Mechanism::Supplement(Supplement { share, of, whom, most }) => {
                    let heads = match whom {
                        Whom::ThirdPerson => u32::from(claim.third_person),
                        Whom::Child => claim.children,
                        Whom::Spouse => claim.spouses,
                    };
                    let share = share.0 * Decimal::from(most.map_or(heads, |most| heads.min(most)));
                    bounds.add(share, *of, reference, minimum);
                }
                Mechanism::Add(part) => bounds.add(part.share.0, part.of, reference, minimum),
                Mechanism::Rounding(to) => {
                    bounds.low -= to.to.0;
                    bounds.high = bounds.high.map(|high| high + to.to.0);
                }
                _ => {}
            }
        }
        bounds.low -= shown;
        bounds.high = bounds.high.map(|high| high + shown);
        bounds
    }

    fn add(&mut self, share: Decimal, of: Of, reference: Decimal, minimum: Decimal) {
        let (fixed, times) = match of {
            Of::Reference => (share * reference, Decimal::ONE),
            Of::MinimumWage => (share * minimum, Decimal::ONE),
            Of::Pension => (Decimal::ZERO, Decimal::ONE + share),
        };
        self.low = self.low * times + fixed;
        self.high = self.high.map(|high| high * times + fixed);
    }
}

/// Floor and ceiling hold for every pension of every kind, after all adjustments, in the order in
/// which the fund applies them (a floor after a ceiling wins; a reduction after a floor goes below
/// it; supplements come on top), give or take the rounding that the fund does last.
#[test]
fn floor_and_ceiling_hold() {
    for (code, least) in [("tg", 50), ("ma", 30), ("dj", 12), ("bj", 40), ("example", 20)] {
        let fund = fund(code);
        let heads = (prop::bool::ANY, 0_u32..=4, 0_u32..=3);
        holds(
            code,
            (250, least),
            (case(fund, 50..=80), heads),
            |(case, (third_person, children, spouses))| {
                let claim = Claim { third_person, children, spouses, ..every_paper(fund) };
                let mut applied = false;
                for kind in &fund.pension.kinds {
                    let Ok(answer) = case.ask(fund, &kind.code, &claim) else { continue };
                    let Some(award) = answer.award else { continue };
                    let bounds = Bounds::of(fund, kind, &case, &award, &claim, answer.insured);
                    let amount = award.monthly.amount();
                    prop_assert!(bounds.low <= amount, "{}: {amount} below {}", kind.code, bounds.low);
                    if let Some(high) = bounds.high {
                        prop_assert!(amount <= high, "{}: {amount} above {high}", kind.code);
                    }
                    prop_assert!(!award.monthly.is_negative());
                    let last =
                        kind.adjustments.last().and_then(|place| fund.rules[*place].find(&asked(&case)));
                    if let Some(Mechanism::Rounding(to)) = last.map(|line| &line.value) {
                        prop_assert!(
                            (amount / to.to.0).fract().is_zero(),
                            "{}: {amount} is not rounded",
                            kind.code
                        );
                    }
                    applied = true;
                }
                Ok(applied)
            },
        );
    }
}

/// The shares of survivors never exceed the pension, to the last unit; nor the fund's own cap, but
/// for the rounding of each share. Nobody has a share below zero.
#[test]
fn survivors_never_have_more_than_there_was() {
    for (code, least) in [("tg", 60), ("ma", 60), ("dj", 60), ("example", 60)] {
        let fund = fund(code);
        let pension =
            prop_oneof![strategy::amount(fund.currency, 200), strategy::amount(fund.currency, 90_000_000)];
        let some = (strategy::household(2025), pension, strategy::date_in(2013..=2025));
        holds(code, (300, least), some, |(home, pension, date)| {
            let right = DeceasedRight::Unknown;
            let deceased = Deceased { date, pension, spouses: home.spouses, children: &home.children, right };
            let Ok(found) = survivors(fund, &deceased) else { return Ok(false) };
            let sum: Decimal = found.shares.iter().map(|share| share.amount.amount()).sum();
            prop_assert!(sum <= pension.amount(), "{sum} of {pension}: {:?}", found.shares);
            prop_assert!(found.shares.iter().all(|share| !share.amount.is_negative()));
            let rules = fund.pension.survivors.as_ref().expect("answered");
            let asked = Asked::on(date);
            let Some(Mechanism::Shares(shares)) = fund.rules[rules.shares].find(&asked).map(|l| &l.value)
            else {
                return Err(TestCaseError::fail("shares without a rule"));
            };
            let each = rules.adjustments.iter().filter_map(|p| {
                match fund.rules[*p].find(&asked).map(|l| &l.value) {
                    Some(Mechanism::Rounding(to)) => Some(to.to.0),
                    _ => None,
                }
            });
            let rounding = each.sum::<Decimal>() * Decimal::from(found.shares.len());
            prop_assert!(
                sum <= pension.amount() * shares.total.0 + rounding,
                "above the cap of {}",
                shares.total.0
            );
            Ok(!found.shares.is_empty())
        });
    }
}

/// Insured time is counted by a line of the law like everything else, and whoever relies on it is
/// told what is not settled about it.
#[test]
fn insured_time_names_the_line_by_which_it_was_counted() {
    for code in Fund::builtin_codes() {
        let fund = Fund::builtin(code).expect("a fund");
        let date = day("2024-06-01");
        let line = fund.pension.insurance.need(&Asked::on(date)).expect("a way of counting");
        let mut told = 0;
        for (kind, days) in fund.pension.kinds.iter().flat_map(|kind| [(kind, None), (kind, Some(12))]) {
            let (from, to) = ("2010-01".parse().expect("a month"), "2024-05".parse().expect("a month"));
            let span = CareerSpan { days, ..CareerSpan::new(from, to, 100_000.into()) };
            let career = Career::from_spans(&[span]).expect("sound");
            // Too young for most: what is counted is told to whoever has no right, too.
            let case = Case { birth_date: day("1985-05-01"), award_date: date, career };
            let Ok(found) = case.ask(&fund, &kind.code, &Claim::default()) else { continue };
            let counted: Vec<_> =
                found.steps.iter().filter(|step| &*step.rule == "pension.insurance").collect();
            assert!(!counted.is_empty(), "{code} {}: what was counted is no step", kind.code);
            for step in counted {
                assert_eq!((step.op, step.basis.as_ref()), (Op::Count, Some(&line.basis)), "{code}");
            }
            if let Some((key, text)) = line.basis.question.clone() {
                assert!(found.caveats.contains(&Caveat::Open(key, text)), "{code} {}", kind.code);
            }
            told += 1;
        }
        assert!(told > 0, "{code}: no pension was answered");
    }
}

/// What was counted within some months names them: two counts side by side would contradict each other.
#[test]
fn time_of_late_names_its_months() {
    let fund = Fund::builtin("tg").expect("a fund");
    let (from, to) = ("2010-01".parse().expect("a month"), "2024-02".parse().expect("a month"));
    let career = Career::from_spans(&[CareerSpan::new(from, to, 100_000.into())]).expect("sound");
    let case = Case { birth_date: day("1985-05-01"), award_date: day("2024-06-01"), career };
    let found = case.ask(&fund, "invalidity", &Claim::default()).expect("conditions");
    let counts: Vec<_> = found.steps.iter().filter(|step| step.op == Op::Count).collect();
    let said: Vec<_> = counts.iter().map(|step| (step.value.to_string(), step.working_text())).collect();
    // January 2010 to February 2024 are 14 years and 2 months; of the 12 months from June 2023 on, 9.
    let expected = [("9", "2023-06 → 2024-05"), ("170", "")].map(|(n, of)| (n.to_owned(), of.to_owned()));
    assert_eq!(said, expected);
}
