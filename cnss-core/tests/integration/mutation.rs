//! Nobody can change a value of a fund unnoticed: each change of one breaks a situation, does not
//! load, or is listed in `equivalent.toml` with the reason why no situation can tell.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::Path;

use cnss_core::author::mutation::{Equivalent, Fate, Mutant, Tally, judge, mutants};
use cnss_core::author::situation::Situations;
use cnss_core::fund::{Fund, FundFiles};

use crate::situations;

/// Of a hundred changes that a situation could notice, so many are noticed in each fund.
const NOTICED: usize = 95;
/// Of a hundred changes that load, fewer than so many are listed as having no effect.
const LISTED: usize = 5;
/// Tunisia's pensions are refused for want of two series of numbers: what they are made of waits.
const WAITING: [&str; 1] = ["tn"];

fn all_situations(code: &str) -> Situations {
    let files = situations::of(code).into_iter();
    files.fold(Situations::default(), |all, (_, more)| all.and(more))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn told(mutant: &Mutant) -> String {
    format!(
        "{}:{} {} {} {}: {} -> {}",
        mutant.file,
        mutant.line,
        mutant.key,
        mutant.when(),
        mutant.path,
        mutant.old,
        mutant.new
    )
}

#[test]
fn each_change_of_a_value_breaks_a_situation() {
    for code in Fund::builtin_codes() {
        let files = Fund::builtin_files(code).expect("shipped");
        let fund = Fund::parse(&files).expect("sound");
        let situations = all_situations(code);
        let list = mutants(&files).expect("sound");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("funds").join(code).join("equivalent.toml");
        let text = std::fs::read_to_string(path).expect("readable");
        let equivalent = Equivalent::parse(&text).unwrap_or_else(|e| panic!("{code}: {e}"));
        let fates = judge(&files, &situations, &list, threads());
        assert_eq!(fates.len(), list.len(), "{code}: every change is judged");
        let tally = Tally::of(&fund, &list, &fates, &equivalent);
        let stale: Vec<_> = tally.stale.iter().map(|place| &equivalent[*place]).collect();
        assert!(stale.is_empty(), "{code}: entries that say nothing true {stale:#?}");
        let survivors: Vec<_> = tally.survivors.iter().map(|place| told(&list[*place])).collect();
        assert!(
            tally.per_thousand() >= NOTICED * 10,
            "{code}: {} of {} noticed; not noticed:\n{}",
            tally.killed,
            tally.counted(),
            survivors.join("\n")
        );
        let loaded = list.len() - tally.refused;
        let few = |n: usize| n * 100 < loaded * LISTED;
        assert!(few(tally.equivalent), "{code}: {} of {loaded} listed for ever", tally.equivalent);
        assert!(
            few(tally.waiting) || WAITING.contains(code),
            "{code}: {} of {loaded} wait for a question",
            tally.waiting
        );
    }
}

#[test]
fn every_dated_line_is_changed_and_every_change_is_one_place() {
    for code in Fund::builtin_codes() {
        let files = Fund::builtin_files(code).expect("shipped");
        let fund = Fund::parse(&files).expect("sound");
        let list = mutants(&files).expect("sound");
        let places: BTreeSet<(&str, usize)> = list.iter().map(|m| (m.file.as_str(), m.line)).collect();
        for rule in &fund.law {
            for line in &rule.lines {
                assert!(places.contains(&(&rule.file, line.line)), "{code}: {} is never changed", rule.key);
            }
        }
        for mutant in &list {
            let changed = mutant.apply(&files);
            let other: Vec<_> = files.iter().filter(|(file, text)| changed[*file] != **text).collect();
            assert_eq!(other.len(), 1, "{code}: {}", told(mutant));
            assert_eq!(other[0].0, &mutant.file);
        }
    }
}

/// Togo with one rule that nothing names, and so that nothing can notice.
fn with_a_spare_rule() -> FundFiles {
    let mut files = Fund::builtin_files("tg").expect("shipped");
    files.get_mut("pension.toml").expect("there").push_str(
        "[rules.spare]\nlabel = \"De trop\"\nvalues = [ { from = 2011-02-21, value = { age = 60 }, source = \"cnss-tg-pensions\", status = \"verified\" } ]\n",
    );
    files
}

#[test]
fn what_nothing_notices_is_told_and_may_be_listed_only_while_it_is_true() {
    let files = with_a_spare_rule();
    let fund = Fund::parse(&files).expect("sound");
    let list: Vec<Mutant> =
        mutants(&files).expect("sound").into_iter().filter(|m| &*m.key == "pension.spare").collect();
    let paths: Vec<&str> = list.iter().map(|m| m.path.as_str()).collect();
    assert_eq!(paths, ["from", "value.age", "value.age", "line"]);
    let fates = judge(&files, &all_situations("tg"), &list, threads());
    // Without any line and any question the rule does not load.
    assert_eq!(fates, [Fate::Survived, Fate::Survived, Fate::Survived, Fate::Refused]);
    let tally = |text: &str| Tally::of(&fund, &list, &fates, &Equivalent::parse(text).expect("sound"));
    let none = tally("");
    assert_eq!((none.killed, none.survivors.len(), none.refused, none.per_thousand()), (0, 3, 1, 0));
    let half = Tally { killed: 10, waiting: 9, survivors: vec![0], ..Tally::default() };
    assert_eq!((half.per_thousand(), half.per_thousand_with_waiting()), (909, 500));
    let entry = |more: &str| {
        format!("[[equivalent]]\nkey = \"pension.spare\"\nreason = \"rien ne la nomme\"\n{more}\n")
    };
    for (text, left, listed, waiting, stale) in [
        (entry("path = \"value\""), 1, 2, 0, 0),
        (entry("path = \"value.age\"\nnew = \"61\""), 2, 1, 0, 0),
        (entry("path = \"value\"\nfrom = 2011-02-21"), 1, 2, 0, 0),
        (entry("path = \"value\"\nquestion = \"mois-assurance\""), 1, 0, 2, 0),
        // A question that the fund does not ask, a day, a path and a change that are not there.
        (entry("path = \"value\"\nquestion = \"jamais\""), 1, 0, 2, 1),
        (entry("path = \"value\"\nfrom = 2012-01-01"), 3, 0, 0, 1),
        (entry("path = \"val\""), 3, 0, 0, 1),
        (entry("path = \"value.age\"\nnew = \"70\""), 3, 0, 0, 1),
        // What does not load needs no entry.
        (entry("path = \"line\""), 3, 0, 0, 1),
    ] {
        let tally = tally(&text);
        let came = (tally.survivors.len(), tally.equivalent, tally.waiting, tally.stale.len());
        assert_eq!(came, (left, listed, waiting, stale), "{text}");
    }
}

/// Who pays a branch, on which base, by which rule a pension or a benefit is worked out, and whom a line
/// is for: each is changed to another name of the same sort.
#[test]
fn names_of_rules_and_payers_are_changed_too() {
    let files = Fund::builtin_files("example").expect("shipped");
    let list = mutants(&files).expect("sound");
    for (key, path) in [
        ("contributions.", "payer"),
        ("contributions.", "branch"),
        ("contributions.", "base"),
        ("contributions.", "categories.0"),
        ("pensions.", "rate"),
        ("pensions.", "reference"),
        ("daily.", "schedule"),
        ("daily.", "pay"),
    ] {
        let found = list.iter().find(|m| m.key.starts_with(key) && m.path == path);
        let mutant = found.unwrap_or_else(|| panic!("{key} {path} is never changed"));
        assert_ne!(mutant.old, mutant.new, "{}", told(mutant));
    }
}

#[test]
fn an_entry_for_a_change_that_a_situation_notices_is_stale() {
    let files = Fund::builtin_files("bj").expect("shipped");
    let fund = Fund::parse(&files).expect("sound");
    let list: Vec<Mutant> =
        mutants(&files).expect("sound").into_iter().filter(|m| m.path == "from").collect();
    let fates = judge(&files, &all_situations("bj"), &list, threads());
    let killed = fates.iter().position(|f| matches!(f, Fate::Killed(_))).expect("one that is noticed");
    let entry = format!("[[equivalent]]\nkey = \"{}\"\npath = \"from\"\nreason = \"faux\"", list[killed].key);
    let tally = Tally::of(&fund, &list, &fates, &Equivalent::parse(&entry).expect("sound"));
    assert_eq!(tally.stale, [0]);
}

#[test]
fn a_list_that_explains_nothing_is_refused() {
    for text in [
        "[[equivalent]]\nkey = \"a\"\npath = \"value\"\nreason = \" \"",
        "[[equivalent]]\nkey = \"a\"\npath = \"value\"",
        "[[equivalent]]\nkey = \"a\"\npath = \"value\"\nreason = \"r\"\nnote = \"n\"",
        "[[equivalents]]\nkey = \"a\"",
        "=",
    ] {
        assert!(Equivalent::parse(text).is_err(), "{text}");
    }
}
