//! The two axes of time: what is learned later changes nothing that was known before.

use cnss_core::fund::{Fund, FundFiles};
use cnss_core::strategy;
use proptest::prelude::*;

use super::robust::{answers, facts};
use super::{FUNDS, day, holds};

/// The fund with one more line at the end of every rule: the value of its first line again, for the
/// first day of its last line, published at the end of 2033.
fn with_later_lines(code: &str) -> Option<(Fund, usize)> {
    let mut added = 0;
    let files: FundFiles = Fund::builtin_files(code)
        .expect("built in")
        .into_iter()
        .map(|(name, text)| {
            let mut out = String::new();
            let mut lines: Vec<&str> = Vec::new();
            for line in text.lines() {
                let entry = line.trim_start().starts_with("{ from = ") && line.trim_end().ends_with("},");
                if entry {
                    lines.push(line);
                } else if line.trim() == "]" && !lines.is_empty() {
                    let from = |line: &str| {
                        line.split("from = ").nth(1).and_then(|t| t.get(..10)).map(str::to_owned)
                    };
                    let (first, last) = (lines[0], lines[lines.len() - 1]);
                    // Lines for some people only, and those published late, have an order of their own.
                    let same = |key: &str| !lines.iter().any(|line| line.contains(key));
                    if let (Some(was), Some(at)) = (from(first), from(last))
                        && same("known_from")
                        && same("born_from")
                        && same("categories")
                    {
                        let late = first.replacen(
                            &format!("from = {was}"),
                            &format!("from = {at}, known_from = 2033-12-31"),
                            1,
                        );
                        out.push_str(&late);
                        out.push('\n');
                        added += 1;
                    }
                    lines.clear();
                } else {
                    lines.clear();
                }
                out.push_str(line);
                out.push('\n');
            }
            (name, out)
        })
        .collect();
    match Fund::parse(&files) {
        Ok(fund) => Some((fund, added)),
        Err(faults) => panic!("{code}: {faults}"),
    }
}

/// Lines that become known later change nothing of what was known: every answer of every kind, with
/// its steps and sources, is the same to the last character. And they do change what is known
/// afterwards, so the law is not empty.
#[test]
fn lines_known_later_change_nothing_that_was_known() {
    for fund in FUNDS.iter() {
        let (more, added) = with_later_lines(&fund.code).expect("parses");
        assert!(added >= 10, "{}: only {added} lines were added", fund.code);
        let known = strategy::date_in(2012..=2033);
        holds(&fund.code, (40, 30), (facts(fund), known), |(facts, known)| {
            prop_assume!(known < day("2033-12-31"));
            let (before, after) = (fund.as_of(facts.date, known), more.as_of(facts.date, known));
            let mut any = false;
            for ((what, before), (_, after)) in
                answers(&before, &facts).into_iter().zip(answers(&after, &facts))
            {
                match (before, after) {
                    (Ok(before), Ok(after)) => {
                        prop_assert_eq!(before.shown, after.shown, "{}", what);
                        any = true;
                    }
                    (Err(before), Err(after)) => prop_assert_eq!(before, after, "{}", what),
                    (before, after) => {
                        prop_assert!(false, "{}: {:?} and {:?}", what, before.err(), after.err())
                    }
                }
            }
            Ok(any)
        });
    }
}

/// Reading the law as of two days one after the other is reading it as of the earlier of each.
#[test]
fn forgetting_twice_is_forgetting_the_most() {
    for fund in FUNDS.iter() {
        let days = prop::array::uniform4(strategy::date_in(2000..=2033));
        holds(&fund.code, (30, 30), (facts(fund), days), |(facts, [law, known, law_too, known_too])| {
            let twice = fund.as_of(law, known).as_of(law_too, known_too);
            let once = fund.as_of(law.min(law_too), known.min(known_too));
            let mut any = false;
            for ((what, twice), (_, once)) in answers(&twice, &facts).into_iter().zip(answers(&once, &facts))
            {
                let shown = |answer: &Result<super::robust::Answered, _>| {
                    answer.as_ref().ok().map(|a| a.shown.clone())
                };
                prop_assert_eq!(shown(&twice), shown(&once), "{}", what);
                any |= once.is_ok();
            }
            Ok(any)
        });
    }
}
