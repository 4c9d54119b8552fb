//! The situations that a jurist writes beside a fund, run for every fund.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use cnss_core::calendar::Month;
use cnss_core::declaration::assess::assess;
use cnss_core::fund::{Fund, Payer};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::ledger::surcharge;
use cnss_core::money::Money;
use cnss_core::pension::{Kind, Subject, simulate};
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situations {
    #[serde(default)]
    contributions: Vec<Contributions>,
    #[serde(default)]
    surcharges: Vec<Surcharge>,
    #[serde(default)]
    pensions: Vec<Pension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contributions {
    name: String,
    derivation: String,
    category: String,
    month: Month,
    wages: Vec<Decimal>,
    employer: String,
    worker: String,
    lines: BTreeMap<String, String>,
    due_date: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Surcharge {
    name: String,
    derivation: String,
    scheme: String,
    due_date: NaiveDate,
    unpaid: Decimal,
    paid_on: NaiveDate,
    amount: String,
    #[serde(default)]
    rule_missing: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pension {
    name: String,
    derivation: String,
    birth_date: NaiveDate,
    award_date: NaiveDate,
    kind: Kind,
    career: Vec<Span>,
    amount: Option<String>,
    reference_wage: Option<String>,
    rate: Option<String>,
    insured_months: u32,
    starts_on: Option<NaiveDate>,
    #[serde(default)]
    reasons: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: Month,
    to: Month,
    wage: Decimal,
}

#[test]
fn every_situation_of_every_fund() {
    let mut run = 0;
    for code in Fund::builtin_codes() {
        let fund = Fund::builtin(code).expect("a built-in fund loads");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("funds").join(code).join("situations");
        for file in std::fs::read_dir(folder).expect("a folder of situations") {
            let path = file.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("readable");
            let all: Situations = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            run += all.contributions.len() + all.surcharges.len() + all.pensions.len();
            all.contributions.iter().for_each(|s| check_contributions(&fund, s));
            all.surcharges.iter().for_each(|s| check_surcharge(&fund, s));
            all.pensions.iter().for_each(|s| check_pension(&fund, s));
        }
    }
    assert!(run >= 25, "only {run} situations were found");
}

fn check_contributions(fund: &Fund, s: &Contributions) {
    assert!(!s.derivation.is_empty(), "{}: say where the figure comes from", s.name);
    let got = assess(fund, &s.category, s.month, &s.wages).unwrap_or_else(|e| panic!("{}: {e}", s.name));
    assert_eq!(got.total_of(Payer::Employer).expect("sum").to_string(), s.employer, "{}", s.name);
    assert_eq!(got.total_of(Payer::Worker).expect("sum").to_string(), s.worker, "{}", s.name);
    let lines: BTreeMap<String, String> = got
        .lines
        .iter()
        .map(|l| (format!("{}.{}", l.branch, l.payer.code()), l.amount.to_string()))
        .collect();
    assert_eq!(lines, s.lines, "{}", s.name);
    assert_eq!(got.due_date, s.due_date, "{}", s.name);
}

fn check_surcharge(fund: &Fund, s: &Surcharge) {
    assert!(!s.derivation.is_empty(), "{}: say where the figure comes from", s.name);
    let unpaid = Money::new(s.unpaid, fund.currency).expect("money");
    let got = surcharge(fund, &s.scheme, unpaid, s.due_date, s.paid_on).expect("computed");
    assert_eq!(got.amount.to_string(), s.amount, "{}", s.name);
    assert_eq!(got.rule_missing, s.rule_missing, "{}", s.name);
}

fn check_pension(fund: &Fund, s: &Pension) {
    assert!(!s.derivation.is_empty(), "{}: say where the figure comes from", s.name);
    let spans: Vec<CareerSpan> =
        s.career.iter().map(|c| CareerSpan { from: c.from, to: c.to, wage: c.wage }).collect();
    let career = Career::from_spans(&spans).expect("a career");
    let subject = Subject { birth_date: s.birth_date, award_date: s.award_date, career: &career };
    let got = simulate(fund, &subject, s.kind).unwrap_or_else(|e| panic!("{}: {e}", s.name));
    let reasons: Vec<&str> = got.reasons.iter().map(|r| r.code()).collect();
    assert_eq!(reasons, s.reasons, "{}", s.name);
    assert_eq!(got.eligible, s.reasons.is_empty(), "{}", s.name);
    assert_eq!(got.insured_months, s.insured_months, "{}", s.name);
    assert_eq!(got.monthly_amount.map(|m| m.to_string()), s.amount, "{}: {:#?}", s.name, got.steps);
    assert_eq!(got.reference_wage.map(|m| m.to_string()), s.reference_wage, "{}", s.name);
    assert_eq!(got.rate.map(|r| r.to_string()), s.rate, "{}", s.name);
    assert_eq!(got.starts_on, s.starts_on, "{}", s.name);
}
