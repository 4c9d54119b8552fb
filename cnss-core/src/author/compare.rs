//! Two states of a fund's law, line by line: what was added, removed or changed, and on which
//! days the rule then says something else.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::fund::{LawLine, LawRule};

/// Whether a rule stands in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
    /// In both.
    Kept,
}

/// A rule that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// Its key: `pension.age`.
    pub key: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// Where it stands.
    pub presence: Presence,
    /// The lines that are not the same.
    pub lines: Vec<LineChange>,
    /// On which days, and for whom, it says something else.
    pub periods: Vec<Period>,
}

/// A dated line that is not the same; one side is none when it was added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// As it was.
    pub old: Option<LawLine>,
    /// As it is.
    pub new: Option<LawLine>,
    /// The numbers and words that are not the same.
    pub atoms: Vec<AtomChange>,
}

/// A number or a word that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtomChange {
    /// Its path in the value; empty when the value is one word.
    pub path: String,
    /// As it was.
    pub old: Option<String>,
    /// As it is.
    pub new: Option<String>,
}

/// Days on which a rule says something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The first of them.
    pub from: NaiveDate,
    /// The first day on which it says the same again; none for ever.
    pub until: Option<NaiveDate>,
    /// For whom; none for everybody.
    pub who: Option<Who>,
}

/// The persons that a period is about, when it is not everybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// The category; none for those that no line names.
    pub category: Option<Arc<str>>,
    /// Born on that day or later, until the next cohort; none for those born before the first.
    pub born_from: Option<NaiveDate>,
}

/// What the new law says otherwise than the old one, in the order of the new files, then what was
/// removed. A rule whose lines are the same is left out.
///
/// ```
/// use cnss_core::{author::compare, fund::Fund};
/// let mut files = Fund::builtin_files("tg")?;
/// let old = Fund::parse(&files)?;
/// if let Some(text) = files.get_mut("contributions.toml") {
///     *text = text.replace(r#"value = "0.125""#, r#"value = "0.135""#);
/// }
/// let changes = compare(&old.law, &Fund::parse(&files)?.law);
/// assert_eq!(&*changes[0].key, "contributions.pension.employer.salaried");
/// assert_eq!(changes[0].lines[0].atoms[0].new.as_deref(), Some("0.135"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn compare(old: &[LawRule], new: &[LawRule]) -> Vec<RuleChange> {
    let find = |among: &[LawRule], key: &str| among.iter().position(|rule| *rule.key == *key);
    let nothing: &[LawLine] = &[];
    let mut changes = Vec::new();
    for rule in new {
        let before = find(old, &rule.key).and_then(|place| old.get(place));
        let presence = if before.is_some() { Presence::Kept } else { Presence::Added };
        changes.extend(change(rule, presence, before.map_or(nothing, |b| &b.lines), &rule.lines));
    }
    for rule in old.iter().filter(|rule| find(new, &rule.key).is_none()) {
        changes.extend(change(rule, Presence::Removed, &rule.lines, nothing));
    }
    changes
}

fn change(rule: &LawRule, presence: Presence, old: &[LawLine], new: &[LawLine]) -> Option<RuleChange> {
    let lines = lines(old, new);
    if presence == Presence::Kept && lines.is_empty() {
        return None;
    }
    let (key, label) = (Arc::clone(&rule.key), Arc::clone(&rule.label));
    Some(RuleChange { key, label, presence, lines, periods: periods(old, new) })
}

fn lines(old: &[LawLine], new: &[LawLine]) -> Vec<LineChange> {
    let place = |l: &LawLine| (l.categories.clone(), l.basis.from, l.born_from, l.basis.known_from);
    let value = |l: &LawLine| (l.categories.clone(), l.atoms.clone());
    let mut gone: Vec<&LawLine> = old.iter().filter(|o| !new.iter().any(|n| place(n) == place(o))).collect();
    let mut changes = Vec::new();
    for line in new {
        let same_place = old.iter().find(|o| place(o) == place(line));
        // The same value at other days is a line that was moved.
        let moved = || gone.iter().position(|o| value(o) == value(line));
        let before = match same_place {
            Some(before) => Some(before),
            None => moved().map(|at| gone.remove(at)),
        };
        let Some(before) = before else {
            let atoms = atoms(&[], &line.atoms);
            changes.push(LineChange { old: None, new: Some(line.clone()), atoms });
            continue;
        };
        let same = same_place.is_some() && before.atoms == line.atoms && before.basis == line.basis;
        if !same {
            let atoms = atoms(&before.atoms, &line.atoms);
            changes.push(LineChange { old: Some(before.clone()), new: Some(line.clone()), atoms });
        }
    }
    changes.extend(gone.into_iter().map(|line| LineChange {
        old: Some(line.clone()),
        new: None,
        atoms: atoms(&line.atoms, &[]),
    }));
    changes.sort_by_key(|c| c.old.as_ref().or(c.new.as_ref()).map(|line| line.basis.from));
    changes
}

fn atoms(old: &[(String, String)], new: &[(String, String)]) -> Vec<AtomChange> {
    let at = |among: &[(String, String)], path: &str| {
        among.iter().find(|(own, _)| own == path).map(|(_, text)| text.clone())
    };
    let only_old = old.iter().filter(|(path, _)| at(new, path).is_none());
    new.iter()
        .chain(only_old)
        .map(|(path, _)| AtomChange { path: path.clone(), old: at(old, path), new: at(new, path) })
        .filter(|change| change.old != change.new)
        .collect()
}

/// The line that holds, as [`find`](crate::fund::Parameter::find) chooses it.
fn holding<'a>(lines: &'a [LawLine], date: NaiveDate, who: &Who) -> Option<&'a LawLine> {
    let named = |l: &LawLine| who.category.as_ref().is_some_and(|c| l.categories.contains(c));
    let own = lines.iter().any(named);
    let holds = |l: &&LawLine| {
        l.basis.from <= date
            && l.born_from.is_none_or(|from| who.born_from.is_some_and(|born| from <= born))
            && if own { named(l) } else { l.categories.is_empty() }
    };
    lines.iter().filter(holds).max_by_key(|l| (l.basis.from, l.born_from, l.basis.known_from))
}

fn periods(old: &[LawLine], new: &[LawLine]) -> Vec<Period> {
    let all = || old.iter().chain(new);
    let dates: BTreeSet<NaiveDate> = all().map(|l| l.basis.from).collect();
    let cohorts: BTreeSet<Option<NaiveDate>> = all().map(|l| l.born_from).chain([None]).collect();
    let categories: BTreeSet<Option<Arc<str>>> =
        all().flat_map(|l| &l.categories).map(|c| Some(Arc::clone(c))).chain([None]).collect();
    let mut by_whom = Vec::new();
    for category in &categories {
        for born_from in &cohorts {
            let who = Who { category: category.clone(), born_from: *born_from };
            by_whom.push((spans(old, new, &dates, &who), who));
        }
    }
    let first = by_whom.first().map(|(spans, _)| spans.clone()).unwrap_or_default();
    let everybody = by_whom.iter().all(|(spans, _)| *spans == first);
    let mut periods = Vec::new();
    if everybody {
        periods.extend(first.iter().map(|(from, until)| Period { from: *from, until: *until, who: None }));
        return periods;
    }
    for (spans, who) in by_whom {
        let one = |(from, until)| Period { from, until, who: Some(who.clone()) };
        periods.extend(spans.into_iter().map(one));
    }
    periods.sort();
    periods
}

/// From which day until which other day the two differ.
fn spans(
    old: &[LawLine],
    new: &[LawLine],
    dates: &BTreeSet<NaiveDate>,
    who: &Who,
) -> Vec<(NaiveDate, Option<NaiveDate>)> {
    let mut spans = Vec::new();
    let mut began = None;
    for date in dates {
        let atoms = |lines| holding(lines, *date, who).map(|line| &line.atoms);
        match (atoms(old) != atoms(new), began) {
            (true, None) => began = Some(*date),
            (false, Some(from)) => {
                spans.push((from, Some(*date)));
                began = None;
            }
            _ => {}
        }
    }
    spans.extend(began.map(|from| (from, None)));
    spans
}
