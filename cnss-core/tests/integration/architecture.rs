//! The rule of who imports whom (ARCHITECTURE.md), kept by a test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each part of the core and what it may name of its siblings.
const MAY_USE: &[(&str, &[&str])] = &[
    ("calendar", &[]),
    ("money", &[]),
    ("id", &[]),
    ("person", &[]),
    ("exact", &["money"]),
    // The fund's data, how it is explained and how it is refused know one another: a step cites a
    // line of the law, a line that is missing refuses, and a refusal shows values as steps do.
    ("explain", &["calendar", "exact", "fund", "money"]),
    ("refusal", &["calendar", "explain", "fund", "money"]),
    ("fund", &["calendar", "exact", "explain", "money", "person", "refusal"]),
    ("insured", &["calendar", "id", "money", "person", "refusal"]),
    ("employer", &["id", "person"]),
    ("notice", &["calendar", "id", "person"]),
    ("access", &["id", "refusal"]),
    ("entitlement", &["calendar", "exact", "explain", "fund", "insured", "refusal"]),
    ("ledger", &["calendar", "exact", "explain", "fund", "id", "money", "refusal"]),
    // What a decision holds is the subjects' own; the subjects decide.
    (
        "account",
        &[
            "access", "calendar", "decision", "employer", "fund", "id", "insured", "notice", "person",
            "refusal",
        ],
    ),
    (
        "declaration",
        &[
            "access", "calendar", "decision", "employer", "exact", "explain", "fund", "id", "insured",
            "ledger", "money", "notice", "person", "refusal",
        ],
    ),
    (
        "payment",
        &["access", "calendar", "decision", "employer", "fund", "id", "ledger", "money", "notice", "refusal"],
    ),
    (
        "decision",
        &["account", "calendar", "declaration", "employer", "id", "insured", "ledger", "notice", "payment"],
    ),
    (
        "pension",
        &[
            "calendar",
            "declaration",
            "entitlement",
            "exact",
            "explain",
            "fund",
            "insured",
            "money",
            "refusal",
        ],
    ),
    (
        "benefit",
        &["calendar", "entitlement", "exact", "explain", "fund", "insured", "money", "pension", "refusal"],
    ),
    // A whole population by the rules of one person: the same fund, the same shapes, no other path.
    (
        "batch",
        &[
            "calendar",
            "declaration",
            "entitlement",
            "exact",
            "fund",
            "insured",
            "money",
            "pension",
            "refusal",
        ],
    ),
    // The engine does not know that it is certified, and the checker knows the certificate and the
    // fund's text only: what computes and what checks have no code in common.
    ("certificate", &["explain", "fund", "money"]),
    ("verify", &["certificate", "fund"]),
    (
        "author",
        &[
            "benefit",
            "calendar",
            "declaration",
            "entitlement",
            "explain",
            "fund",
            "insured",
            "ledger",
            "money",
            "pension",
            "refusal",
        ],
    ),
    // What a commit did, from its data alone.
    ("audit", &["access", "account", "calendar", "decision", "id", "ledger", "money", "payment"]),
    (
        "port",
        &[
            "access",
            "account",
            "audit",
            "calendar",
            "decision",
            "declaration",
            "employer",
            "id",
            "insured",
            "ledger",
            "money",
            "notice",
            "payment",
            "person",
        ],
    ),
];

/// What stands above all the rest and may name any of it; nothing below names them.
const ABOVE: &[&str] = &["conformance", "desk", "memory", "strategy", "world"];

/// The only circles there are; a new one is a fault.
const CIRCLES: &[&[&str]] =
    &[&["explain", "fund", "refusal"], &["account", "decision", "declaration", "payment"]];

fn files(of: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(of).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn arrows_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let inside = path.strip_prefix(&src).expect("below src");
        let part = inside
            .components()
            .next()
            .map(|c| c.as_os_str().to_string_lossy().replace(".rs", ""))
            .unwrap_or_default();
        // The crate's root and the book have no code of their own.
        if ["lib", "guide", "planted"].contains(&part.as_str()) || ABOVE.contains(&part.as_str()) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) else {
            wrong.push(format!("{}: {part} is not in the table", inside.display()));
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("readable");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && used != part && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}: {part} names {used}", inside.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// All that a part uses, and all that these use in turn.
fn reach(part: &str) -> BTreeSet<&'static str> {
    let uses = |part: &str| MAY_USE.iter().find(|(name, _)| *name == part).map_or(&[][..], |(_, uses)| *uses);
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&str> = uses(part).to_vec();
    while let Some(next) = waiting.pop() {
        if found.insert(next) {
            waiting.extend(uses(next));
        }
    }
    found
}

/// What asks the rules, and what no rule may know of.
const ASKERS: &[&str] = &["author", "batch", "certificate", "verify"];

#[test]
fn no_rule_knows_who_asks_it() {
    for (part, uses) in MAY_USE {
        for asker in uses.iter().filter(|used| ASKERS.contains(used)) {
            let allowed = (*part, *asker) == ("verify", "certificate");
            assert!(allowed, "{part} may not know {asker}");
        }
    }
}

#[test]
fn the_checker_shares_no_code_with_the_engine() {
    let (_, uses) = MAY_USE.iter().find(|(part, _)| *part == "verify").expect("in the table");
    assert_eq!(*uses, ["certificate", "fund"], "and of the fund only the text, see fund::LawLine");
}

#[test]
fn the_table_has_no_circle_but_those_it_names() {
    for (part, _) in MAY_USE {
        for used in reach(part) {
            let known = CIRCLES.iter().any(|circle| circle.contains(part) && circle.contains(&used));
            assert!(!reach(used).contains(part) || known, "{part} and {used} use one another");
        }
    }
}

#[test]
fn files_open_by_saying_what_they_are_and_stay_readable() {
    let mut all = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    for member in ["cnss-core/src", "cnss-store/src", "cnss-http/src", "cnss-sms/src", "examples"] {
        files(&root.join(member), &mut all);
    }
    let mut wrong = Vec::new();
    for path in all {
        let text = std::fs::read_to_string(&path).expect("readable");
        let shown = path.strip_prefix(root).expect("below the root").display().to_string();
        if !text.starts_with("//!") {
            wrong.push(format!("{shown}: does not open with what it is"));
        }
        if text.lines().count() > 800 {
            wrong.push(format!("{shown}: {} lines, is it still one thing?", text.lines().count()));
        }
        for (number, line) in (1..).zip(text.lines()) {
            for banned in ["TO\u{44}O", "FIX\u{4d}E", "XX\u{58}"] {
                if line.contains(banned) {
                    wrong.push(format!("{shown}:{number}: {banned}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
