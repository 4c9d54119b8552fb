//! Two axes of time: what held on a day, and what was known on it. A certificate of then has the
//! same bytes whatever was added to the law since.

use chrono::NaiveDate;
use cnss_core::calendar::parse_date;
use cnss_core::certificate::Certificate;
use cnss_core::declaration::assess::assess;
use cnss_core::entitlement::Reason;
use cnss_core::fund::{Fund, FundFiles};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::pension::{Subject, simulate};
use cnss_core::refusal::Refusal;
use cnss_core::verify::verify;

fn day(text: &str) -> NaiveDate {
    parse_date(text).expect("a day")
}

fn month(fund: &Fund, month: &str) -> Certificate {
    let month = assess(fund, "salaried", month.parse().expect("a month"), &[150_000.into()]).expect("rules");
    let amounts: Vec<_> = month.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
    Certificate::new(fund, &month.steps, &amounts).expect("steps")
}

fn pension(fund: &Fund, from: &str, to: &str, birth: &str, on: &str, wage: i64) -> Certificate {
    let span = CareerSpan::new(from.parse().expect("a month"), to.parse().expect("a month"), wage.into());
    let career = Career::from_spans(&[span]).expect("sound");
    let got = simulate(fund, &Subject::new(day(birth), day(on), &career), "normal").expect("rules");
    let amounts: Vec<_> = got.award.iter().map(|award| ("amount", award.monthly)).collect();
    Certificate::new(fund, &got.steps, &amounts).expect("steps")
}

fn json(certificate: &Certificate) -> String {
    serde_json::to_string(certificate).expect("JSON")
}

/// Where the date of a line stands: `{ from = 2013-01-01, …`.
fn begins(line: &str) -> &str {
    let (_, rest) = line.split_once("from = ").expect("a date");
    rest.get(..10).expect("a whole date")
}

/// The files with lines added to every series that is written over several lines: those that
/// `add` makes of the last one. Says how many were added.
fn with_lines(files: &FundFiles, add: impl Fn(&str) -> Vec<String>) -> (FundFiles, usize) {
    let (mut grown, mut added) = (FundFiles::new(), 0);
    for (name, text) in files {
        let mut out: Vec<String> = Vec::new();
        let mut series: Option<Vec<String>> = None;
        for line in text.lines() {
            match (&mut series, line) {
                (None, "values = [") => series = Some(Vec::new()),
                (Some(lines), "]") => {
                    let new = lines.last().map(|last| add(last)).unwrap_or_default();
                    added += new.len();
                    lines.extend(new);
                    lines.sort_by(|a, b| begins(a).cmp(begins(b)));
                    out.push("values = [".to_owned());
                    out.append(lines);
                    out.push("]".to_owned());
                    series = None;
                }
                (Some(lines), _) => lines.push(line.to_owned()),
                (None, _) => out.push(line.to_owned()),
            }
        }
        grown.insert(name.clone(), out.join("\n") + "\n");
    }
    (grown, added)
}

/// The same line from another day on, with another rate if it holds one.
fn later(line: &str, from: &str) -> String {
    let moved = line.replacen(begins(line), from, 1);
    ["0.03", "0.02", "0.125", "0.04", "0.05"]
        .iter()
        .fold(moved, |line, rate| line.replacen(&format!("value = \"{rate}\""), "value = \"0.07\"", 1))
}

#[test]
fn a_wage_of_2015_has_the_same_bytes_after_thirty_later_lines() {
    let files = Fund::builtin_files("tg").expect("a fund");
    let now = Fund::parse(&files).expect("sound");
    let (files, added) =
        with_lines(&files, |last| (2016..2046).map(|year| later(last, &format!("{year}-03-17"))).collect());
    assert!(added >= 30 * 10, "{added} lines");
    let grown = Fund::parse(&files).unwrap_or_else(|faults| panic!("{faults}"));

    let then = day("2015-12-31");
    let (before, after) = (now.as_of(then, then), grown.as_of(then, then));
    let (wage, same_wage) = (month(&before, "2015-06"), month(&after, "2015-06"));
    assert_eq!(json(&wage), json(&same_wage));
    let award = |fund: &Fund| pension(fund, "1985-07", "2015-06", "1955-06-01", "2015-07-01", 150_000);
    assert_eq!(json(&award(&before)), json(&award(&after)));
    // The certificate of then holds in today's law, and in tomorrow's.
    for fund in [&now, &grown] {
        assert_eq!(verify(&wage, fund), Ok(()));
        assert_eq!(verify(&award(&before), fund), Ok(()));
    }

    // The lines are law: what is asked for a later month is another answer.
    assert_ne!(json(&month(&now, "2019-06")), json(&month(&grown, "2019-06")));
    assert_ne!(verify(&month(&now, "2019-06"), &grown), Ok(()));
}

#[test]
fn a_line_that_was_published_later_changes_what_is_known_today_only() {
    let files = Fund::builtin_files("tg").expect("a fund");
    let now = Fund::parse(&files).expect("sound");
    let retroactive = |last: &str| {
        let line = later(last, "2015-01-01");
        if line.contains("0.07") {
            vec![line.replacen("2015-01-01", "2015-01-01, known_from = 2020-05-04", 1)]
        } else {
            Vec::new()
        }
    };
    let (files, added) = with_lines(&files, retroactive);
    assert!(added >= 4, "{added} rates");
    let grown = Fund::parse(&files).unwrap_or_else(|faults| panic!("{faults}"));
    let known = |fund: &Fund, on: &str| fund.as_of(NaiveDate::MAX, day(on));

    for on in ["2015-12-31", "2020-05-03"] {
        assert_eq!(
            json(&month(&known(&now, on), "2015-06")),
            json(&month(&known(&grown, on), "2015-06")),
            "{on}"
        );
    }
    let (then, since) =
        (month(&known(&grown, "2020-05-03"), "2015-06"), month(&known(&grown, "2020-05-04"), "2015-06"));
    assert_ne!(then.results, since.results);
    // 150 000 × 7 %, for each branch and payer that the lines name: the health insurance of 2024 too.
    assert!(since.results.iter().all(|result| result.text == "10500"), "{:?}", since.results);
    assert_eq!((then.results.len(), since.results.len()), (4, 6));
    // Both are true, each of its day; neither is of the other's.
    assert_eq!((verify(&then, &grown), verify(&since, &grown)), (Ok(()), Ok(())));
    let mut moved = then;
    moved.known_at = since.known_at;
    moved.digest = moved.digest_of();
    assert_ne!(verify(&moved, &grown), Ok(()));
}

/// 1 320 days instead of 3 240, from 2023 on, published on 3 April 2025.
#[test]
fn morocco_in_2024_refused_who_has_a_right_since_2023() {
    let morocco = Fund::builtin("ma").expect("a fund");
    let known = |on: &str| morocco.as_of(day("2024-06-01"), day(on));
    // 60 months of 26 days: 1 560.
    let span = CareerSpan::new(
        "2019-06".parse().expect("a month"),
        "2024-05".parse().expect("a month"),
        5_000.into(),
    );
    let career = Career::from_spans(&[span]).expect("sound");
    let subject = Subject::new(day("1964-05-01"), day("2024-06-01"), &career);
    let ask = |fund: &Fund| simulate(fund, &subject, "normal");

    let then = ask(&known("2025-04-02")).expect("an answer");
    assert!(matches!(then.reasons[..], [Reason::TooFewUnits { needed: 3_240, counted: 1_560, .. }]));
    // The refusal was right when it was given, and its certificate says so in today's law.
    let certificate = Certificate::new(&known("2025-04-02"), &then.steps, &[]).expect("steps");
    assert_eq!(verify(&certificate, &morocco), Ok(()));
    // Since then there is a right, of an amount that is not known.
    for fund in [&known("2025-04-03"), &morocco] {
        let Err(Refusal::OpenQuestion { question: (key, _), .. }) = ask(fund) else {
            panic!("an open question")
        };
        assert_eq!(&*key, "taux-1320-3239");
    }
    // Whoever passes the refusal off as one of today is refused.
    for known_at in [None, Some("2025-04-03".to_owned())] {
        let mut moved = certificate.clone();
        moved.known_at = known_at;
        moved.digest = moved.digest_of();
        assert_ne!(verify(&moved, &morocco), Ok(()));
    }
}
