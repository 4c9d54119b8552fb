//! The rule of who imports whom (ARCHITECTURE.md), kept by a test.

use std::path::{Path, PathBuf};

/// Each part of the core and what it may name of its siblings.
const MAY_USE: &[(&str, &[&str])] = &[
    ("calendar", &[]),
    ("money", &[]),
    ("id", &[]),
    ("person", &[]),
    ("explain", &["calendar", "money", "fund"]),
    ("fund", &["calendar", "money", "person", "explain"]),
    ("insured", &["calendar", "money", "id", "person", "refusal"]),
    ("employer", &["id", "person"]),
    ("refusal", &["calendar", "money", "explain", "fund"]),
    ("notice", &["calendar", "id"]),
    ("access", &["id", "refusal"]),
    ("account", &["access", "decision", "id", "person", "refusal"]),
    ("ledger", &["calendar", "money", "id", "explain", "fund"]),
    ("pension", &["calendar", "money", "explain", "fund", "insured", "refusal"]),
    (
        "declaration",
        &[
            "access", "calendar", "decision", "employer", "explain", "fund", "id", "insured", "ledger",
            "money", "notice", "person", "refusal",
        ],
    ),
    ("decision", &["account", "calendar", "declaration", "employer", "id", "insured", "ledger", "notice"]),
    (
        "port",
        &[
            "account",
            "calendar",
            "decision",
            "declaration",
            "employer",
            "id",
            "insured",
            "ledger",
            "notice",
            "person",
        ],
    ),
];

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
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) else { continue };
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
