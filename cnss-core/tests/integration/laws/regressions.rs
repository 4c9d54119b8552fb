//! Cases that a law once found broken, each with its arithmetic.

use chrono::NaiveDate;
use cnss_core::benefit::{
    DailyBenefit, FamilyClaim, RightState, Stopped, daily_benefit, family_benefit, rights,
};
use cnss_core::certificate::Certificate;
use cnss_core::declaration::assess::assess;
use cnss_core::entitlement::{Claim, Reason};
use cnss_core::explain::Caveat;
use cnss_core::fund::Fund;
use cnss_core::fund::mechanism::Child;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::ledger::surcharge;
use cnss_core::money::Money;
use cnss_core::pension::{Deceased, DeceasedRight, survivors};
use cnss_core::refusal::Refusal;
use cnss_core::verify::verify;

use super::{day, fund};

fn shares(code: &str, pension: i64, spouses: u32, births: &[&str]) -> (Vec<String>, Result<(), String>) {
    let fund = fund(code);
    let children: Vec<Child> = births.iter().map(|birth| Child::born(day(birth))).collect();
    let pension = Money::from_minor(pension, fund.currency).expect("an amount");
    let (date, right) = (day("2024-06-01"), DeceasedRight::Pensioner);
    let found =
        survivors(fund, &Deceased { date, pension, spouses, children: &children, right }).expect("known");
    let amounts: Vec<_> = found.shares.iter().map(|s| (s.who.code(), s.amount)).collect();
    let certificate = Certificate::new(fund, &found.steps, &amounts).expect("a certificate");
    let verified = verify(&certificate, fund).map_err(|doubts| format!("{doubts:?}"));
    (found.shares.iter().map(|s| s.amount.to_string()).collect(), verified)
}

/// 106 F: 50 % are 53, 25 % are 26,5, rounded to 27 twice: 107 in all. The youngest has what is left,
/// 106 − 53 − 27 = 26; and the certificate of it verifies.
#[test]
fn rounding_does_not_make_survivors_richer_than_the_deceased() {
    let (amounts, verified) = shares("tg", 106, 1, &["2012-01-01", "2014-01-01"]);
    assert_eq!(amounts, ["53", "27", "26"]);
    assert_eq!(verified, Ok(()));
}

/// 1 F: the spouse has 0,5, rounded to 1; for the children nothing is left.
#[test]
fn of_one_franc_one_survivor_has_all() {
    let (amounts, verified) = shares("tg", 1, 1, &["2012-01-01", "2014-01-01"]);
    assert_eq!(amounts, ["1", "0", "0"]);
    assert_eq!(verified, Ok(()));
}

/// The made-up fund takes solidarity on what exceeds ten minimum wages, 3 000 in 2021: of a wage of
/// 150 nothing does. The zero was shown as if it were the declared wage, and did not verify.
#[test]
fn a_slice_of_nothing_is_explained() {
    let example = fund("example");
    let found =
        assess(example, "salaried", "2021-05".parse().expect("a month"), &[150.into()]).expect("known");
    let line = found.lines.iter().find(|line| &*line.branch == "solidarity").expect("a line");
    assert!(line.base.is_zero() && line.amount.is_zero());
    let amounts: Vec<_> = found.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
    let certificate = Certificate::new(example, &found.steps, &amounts).expect("a certificate");
    assert_eq!(verify(&certificate, example), Ok(()));
}

fn right(
    code: &str,
    which: &str,
    birth: &str,
    career: &Career,
    claim: &Claim,
    on: &str,
) -> (bool, Option<NaiveDate>) {
    let all = rights(fund(code), day(birth), career, claim, day(on));
    let right = all.into_iter().find(|right| right.code == which).expect("a right");
    (matches!(right.state, RightState::Open | RightState::Conditional), right.from)
}

fn worked(from: &str, to: &str) -> Career {
    let span = CareerSpan::new(from.parse().expect("a month"), to.parse().expect("a month"), 100_000.into());
    Career::from_spans(&[span]).expect("a span")
}

/// Togo pays an allowance at 60 to whoever has 12 to 179 months. Born in July 1967 with 175 months until
/// May 2024, and at work until 60 (July 2027): 175 + 38 = 213 months by then, which open the pension
/// instead. The allowance was announced all the same.
#[test]
fn what_more_work_closes_is_not_announced() {
    let career = worked("2009-11", "2024-05");
    assert_eq!(career.months().len(), 175);
    let ask = |which| right("tg", which, "1967-07-10", &career, &Claim::default(), "2024-06-15");
    assert_eq!(ask("pension.allowance"), (false, None));
    assert_eq!(ask("pension.normal"), (false, Some(day("2027-08-01"))), "the month after the birthday");
}

/// Tunisia counts quarters: a mother born on 2 July 1966, old enough, needs 60 and has 58, the last of
/// them the first of 2024 (its January only). Work goes on from the month after the one that runs, May
/// 2024: the second quarter with May, the third with July; open on 1 August.
#[test]
fn quarters_are_complete_with_their_first_month() {
    let career = worked("2009-12", "2024-01");
    // 2009-T4, then 14 years of 4, then 2024-T1.
    assert_eq!(career.months().len(), 170);
    let claim = super::pensions::every_paper(fund("tn"));
    let (open, from) = right("tn", "pension.early_mother", "1966-07-02", &career, &claim, "2024-04-20");
    assert_eq!((open, from), (false, Some(day("2024-08-01"))));
}

/// Djibouti pays by the month in which work ends: whoever brings the paper that a right asks for is
/// told from when, and whoever does not is told nothing.
#[test]
fn a_paper_that_is_brought_no_longer_stands_in_the_way() {
    let dj = fund("dj");
    let career = worked("2004-01", "2024-05");
    let ask = |claim: &Claim| right("dj", "pension.normal_55", "1970-03-05", &career, claim, "2024-06-15");
    assert_eq!(ask(&Claim::default()), (false, None));
    assert_eq!(
        ask(&super::pensions::every_paper(dj)),
        (false, Some(day("2025-04-01"))),
        "55 on 5 March 2025"
    );
}

/// Twenty years at the minimum wage of 52 500 F: 20 % + 5 × 1,33 % give 13 991 F, below the floor of
/// 60 % of the minimum wage, 31 500 F; two years of anticipation take a tenth and change nothing.
#[test]
fn a_floor_lifts_an_early_pension_to_the_normal_one() {
    let tg = fund("tg");
    let span = CareerSpan::new(
        "2004-06".parse().expect("a month"),
        "2024-05".parse().expect("a month"),
        52_500.into(),
    );
    let career = Career::from_spans(&[span]).expect("a span");
    let monthly = |birth: &str, kind: &str| {
        let subject = cnss_core::pension::Subject::new(day(birth), day("2024-06-01"), &career);
        let award = cnss_core::pension::simulate(tg, &subject, kind).expect("known").award;
        award.expect("entitled").monthly.to_string()
    };
    assert_eq!(monthly("1966-05-12", "early"), "31500");
    assert_eq!(monthly("1964-05-12", "normal"), "31500");
}

/// Togo asks for 180 months. Of a career from January 2005 to December 2024, 13 × 12 = 156 have passed on
/// 1 January 2018; 180 have with December 2019, and are told from 1 January 2020 on. In the course of
/// December 2019, work until its end makes the 180th; on its first day it does not.
#[test]
fn months_after_the_day_do_not_count_for_a_right() {
    let career = worked("2005-01", "2024-12");
    let tg = fund("tg");
    let normal = |on: &str| {
        let all = rights(tg, day("1955-01-01"), &career, &Claim::default(), day(on));
        all.into_iter().find(|right| right.code == "pension.normal").expect("a right")
    };
    let missing = |counted| {
        let unit = cnss_core::fund::mechanism::Unit::Months;
        RightState::NotYet(vec![Reason::TooFewUnits { needed: 180, counted, unit }])
    };
    let early = normal("2018-01-01");
    assert_eq!((early.state, early.from), (missing(156), Some(day("2020-01-01"))));
    assert_eq!(normal("2017-12-31").state, missing(156));
    assert_eq!(normal("2019-12-01").state, missing(179));
    assert_eq!(normal("2019-12-02").state, RightState::Open);
}

/// Djibouti's sickness benefit, death grant and funeral grant are in the law, their amounts nowhere; no
/// condition is written for maternity and work accidents, and nobody said that there are children.
#[test]
fn a_right_is_open_only_when_something_was_checked() {
    let all = rights(fund("dj"), day("1990-01-01"), &Career::default(), &Claim::default(), day("2024-06-01"));
    assert!(all.iter().all(|right| right.state != RightState::Open), "nobody worked");
    let state = |code: &str| &all.iter().find(|right| right.code == code).expect("a right").state;
    for (code, key) in [
        ("daily.sickness", "maladie-montant"),
        ("grant.death", "deces-montant"),
        ("grant.funeral", "frais-funeraires"),
    ] {
        let asked = matches!(state(code), RightState::Unknown(Refusal::OpenQuestion { question, .. }) if *question.0 == *key);
        assert!(asked, "{code}: {:?}", state(code));
    }
    for code in ["family", "daily.maternity", "daily.accident"] {
        assert_eq!(state(code), &RightState::Conditional, "{code}");
    }
}

fn keys(caveats: &[Caveat]) -> Vec<&str> {
    let mut keys = Vec::new();
    for caveat in caveats {
        if let Caveat::Open(key, _) = caveat {
            keys.push(&**key);
        }
    }
    keys
}

/// Togo's early pension: whether the reduction lasts for ever is open whenever it is taken; whether a
/// year begun counts is open only where one was begun. Decision 0006.
#[test]
fn a_question_about_a_whole_rule_is_told_and_whole_years_leave_none_about_a_year_begun() {
    let tg = fund("tg");
    let career = worked("1994-06", "2024-05");
    for (birth, begun) in [("1967-06-01", false), ("1967-05-01", true)] {
        let subject = cnss_core::pension::Subject::new(day(birth), day("2024-06-01"), &career);
        let found = cnss_core::pension::simulate(tg, &subject, "early").expect("known");
        let told = keys(&found.caveats);
        assert!(told.contains(&"anticipation-duree"), "{birth}: {told:?}");
        assert_eq!(told.contains(&"anticipation-fraction"), begun, "{birth}: {told:?}");
        // What the certificate says of these questions is checked against the law.
        let amount = found.award.expect("entitled").monthly;
        let certificate = Certificate::new(tg, &found.steps, &[("amount", amount)]).expect("a certificate");
        assert_eq!(verify(&certificate, tg), Ok(()), "{birth}");
    }
    let children = [Child { orphan: true, ..Child::born(day("2015-03-01")) }];
    let (date, right) = (day("2024-06-01"), DeceasedRight::Pensioner);
    let pension = Money::from_minor(100_000, tg.currency).expect("an amount");
    let deceased = Deceased { date, pension, spouses: 0, children: &children, right };
    let found = survivors(tg, &deceased).expect("known");
    assert!(keys(&found.caveats).contains(&"survivants-orphelins"), "{:?}", found.caveats);
    let claim = Claim::default();
    let asked = FamilyClaim { month: month("2024-06"), children: &children, career: None, claim: &claim };
    let found = family_benefit(tg, &asked).expect("known");
    assert!(keys(&found.caveats).contains(&"allocations-travail"), "{:?}", found.caveats);
}

fn month(text: &str) -> cnss_core::calendar::Month {
    text.parse().expect("a month")
}

fn stopped(code: &str, kind: &str, days: (&str, &str), career: &Career) -> Result<DailyBenefit, Refusal> {
    let fund = fund(code);
    let claim = super::pensions::every_paper(fund);
    let (from, to) = (day(days.0), day(days.1));
    daily_benefit(fund, kind, &Stopped { from, to, birth_date: None, career, claim: &claim })
}

/// Djibouti's leave of 26 weeks at 100 000 francs: 14 weeks at a half of a thirtieth are
/// 98 × 100 000 ÷ 60 = 163 333,3 francs; the net pay of the twelve weeks after them is not known.
#[test]
fn an_open_end_leaves_what_is_known_before_it() {
    let career = worked("2024-02", "2024-02");
    let found = stopped("dj", "maternity", ("2024-03-01", "2024-08-29"), &career).expect("known in part");
    let periods: Vec<_> = found.periods.iter().map(|p| (p.from, p.to, p.amount.to_string())).collect();
    assert_eq!(periods, [(day("2024-03-01"), day("2024-06-06"), "163333".to_owned())]);
    assert_eq!(found.amount, None, "no total");
    assert!(keys(&found.caveats).contains(&"maternite-net"));
    let known = stopped("dj", "maternity", ("2024-03-01", "2024-06-06"), &career).expect("known");
    assert_eq!(known.amount.map(|a| a.to_string()).as_deref(), Some("163333"));
    assert!(!keys(&known.caveats).contains(&"maternite-net"));
}

/// Togo pays 98 days of maternity. Of 119 days asked for, with three months at 90 000 F, 98 × 3 000 are
/// 294 000 F, and the answer says that more was asked for; with one of the three months paid, that the
/// mean counts two without pay (98 × 90 000 ÷ 90); with none, nothing is computed.
#[test]
fn a_stop_beyond_what_is_paid_and_months_without_pay_are_told() {
    let paid = |from: &str| {
        let span = CareerSpan::new(month(from), month("2024-02"), 90_000.into());
        Career::from_spans(&[span]).expect("a span")
    };
    let ask = |to: &str, career: &Career| stopped("tg", "maternity", ("2024-03-01", to), career);
    let unsaid = |caveat: &&Caveat| matches!(caveat, Caveat::Beyond(..) | Caveat::Unpaid(..));
    let told = |found: &DailyBenefit| {
        let amount = found.amount.expect("paid").to_string();
        (amount, found.caveats.iter().filter(unsaid).cloned().collect::<Vec<_>>())
    };
    let rule =
        |key: &str| fund("tg").rules.iter().find(|rule| *rule.key == *key).expect("a rule").label.clone();
    let full = ask("2024-06-06", &paid("2023-12")).expect("known");
    assert_eq!(told(&full), ("294000".to_owned(), vec![]));
    let long = ask("2024-06-27", &paid("2023-12")).expect("known");
    let beyond = Caveat::Beyond(rule("benefit.maternity_days"), 98, "days");
    assert_eq!(told(&long), ("294000".to_owned(), vec![beyond]));
    let short = ask("2024-06-06", &paid("2024-02")).expect("known");
    assert_eq!(told(&short), ("98000".to_owned(), vec![Caveat::Unpaid(rule("benefit.maternity_pay"), 2)]));
    for code in ["tg", "dj"] {
        let none = stopped(code, "maternity", ("2024-03-01", "2024-06-06"), &Career::default());
        assert!(matches!(none, Err(Refusal::Invalid(_))), "{code}: {none:?}");
    }
}

/// Morocco's contributions of February 2025, due before April, paid in December: 3 % and 1 % a month as
/// on the due date; but another rate, not settled, begins in April. Paid in March, it plays no part.
#[test]
fn a_rate_that_begins_before_the_payment_and_is_not_settled_is_told() {
    let ma = fund("ma");
    let due = ma.contributions.due_date(month("2025-02")).expect("known");
    let unpaid = Money::from_minor(1_000_000, ma.currency).expect("an amount");
    let question = |on: &str| {
        let found = surcharge(ma, "cnss", unpaid, due, day(on)).expect("an amount");
        assert!(!found.rule_missing && !found.amount.is_zero(), "{on}");
        found.question.map(|(key, _)| key.to_string())
    };
    assert_eq!(question("2025-12-10").as_deref(), Some("majoration-2025"));
    assert_eq!(question("2025-04-01").as_deref(), Some("majoration-2025"));
    assert_eq!(question("2025-03-31"), None);
}

/// Djibouti gives back the worker's 4 % of a short career: no rate is known of 1995, and that is what is
/// said, not that a text confirms nothing. Once the rate of the branch is dated from 1995, 120 months at
/// 100 000 francs give 120 × 4 000 = 480 000 francs, whatever is known of the other branches.
#[test]
fn a_refund_needs_its_own_branch_alone_and_says_what_it_lacks() {
    let career = worked("1995-01", "2004-12");
    let ask = |fund: &Fund| {
        let claim = Claim { category: Some("general".to_owned()), ..super::pensions::every_paper(fund) };
        let subject = cnss_core::pension::Subject {
            claim: &claim,
            ..cnss_core::pension::Subject::new(day("1950-06-01"), day("2024-06-01"), &career)
        };
        let kinds = fund.pension.kinds.iter().filter(|kind| kind.short.is_some());
        let all = kinds.filter_map(|kind| cnss_core::pension::simulate(fund, &subject, &kind.code).ok());
        all.map(|found| (found.short.map(|m| m.to_string()), found.caveats)).collect::<Vec<_>>()
    };
    let lacks = |(short, caveats): &(Option<String>, Vec<Caveat>)| {
        short.is_none()
            && caveats.iter().any(|c| matches!(c, Caveat::NoRule(_, on) if *on == day("1995-01-01")))
    };
    let before = ask(fund("dj"));
    assert!(before.iter().any(lacks), "{before:?}");
    assert!(before.iter().all(|(short, _)| short.is_none()), "{before:?}");
    let mut files = Fund::builtin_files("dj").expect("shipped");
    let text = files.get_mut("contributions.toml").expect("there");
    let rates = text.find("[[rates]]").expect("rates");
    let mut blocks: Vec<String> = text[rates..].split("[[rates]]").map(str::to_owned).collect();
    for block in &mut blocks {
        if block.contains("branch = \"pension\"") && block.contains("\"general\"") {
            let at = block.find("{ from = ").expect("a line") + "{ from = ".len();
            block.replace_range(at..at + 10, "1995-01-01");
        }
    }
    *text = format!("{}{}", &text[..rates], blocks.join("[[rates]]"));
    for rule in ["[rounding]", "[computed]"] {
        if let Some(at) = text.find(rule) {
            let from = at + text[at..].find("{ from = ").expect("a line") + "{ from = ".len();
            text.replace_range(from..from + 10, "1995-01-01");
        }
    }
    let after = ask(&Fund::parse(&files).expect("sound"));
    assert!(after.iter().any(|(short, _)| short.as_deref() == Some("480000")), "{after:?}");
}
