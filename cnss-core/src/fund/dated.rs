//! Dated values: what held from which day, for whom, from which source, and how sure we are.
//!
//! Four clocks choose a value: the date (of the award, of the month worked or of the due date),
//! the birth cohort, the category, and the day on which the law was known. The one rule to
//! remember: before its first line a rule has no value, and the fund does not compute.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// How sure we are of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The law, or the fund's own publication, was read.
    Verified,
    /// Somebody reliable reports it.
    Secondary,
    /// Inference, memory, or one reading of an open question.
    Unverified,
}

impl Status {
    /// The name in data and in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Secondary => "secondary",
            Self::Unverified => "unverified",
        }
    }
}

/// The key and the text of what is not settled.
pub type Question = (Arc<str>, Arc<str>);

/// What a value rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// The day on which it was published, when that came later.
    pub known_from: Option<NaiveDate>,
    /// The article, when it is known.
    pub article: Option<Arc<str>>,
    /// Article and title, ready to print.
    pub source: Arc<str>,
    /// Where it was read.
    pub url: Option<Arc<str>>,
    /// How sure we are.
    pub status: Status,
    /// What is not settled, if anything.
    pub question: Option<Question>,
    /// What is not settled about the whole rule, whichever line of it holds.
    pub rule_question: Option<Question>,
}

/// A value from its first day on, until the next one.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// Holds for persons born on that day or later.
    pub born_from: Option<NaiveDate>,
    /// Holds for these categories only; empty for all.
    pub categories: Vec<Arc<str>>,
    /// The value.
    pub value: T,
    /// What it rests on.
    pub basis: Arc<Basis>,
}

/// For which day and whom a rule is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The day: of the award, of the month worked, or of the due date.
    pub date: NaiveDate,
    /// The birth of the person.
    pub born: Option<NaiveDate>,
    /// The category of the person.
    pub category: Option<&'a str>,
}

impl Asked<'_> {
    /// Nobody in particular, on that day.
    #[must_use]
    pub const fn on(date: NaiveDate) -> Self {
        Self { date, born: None, category: None }
    }
}

/// A rule (règle): a named series of dated values.
#[derive(Clone, Debug)]
pub struct Parameter<T> {
    /// Its key in explanations: `pension.age`.
    pub key: Arc<str>,
    /// The jurist's words for it.
    pub label: Arc<str>,
    /// What is not settled about the whole rule.
    pub question: Option<Question>,
    /// True when every line holds for everybody and none was published late.
    plain: bool,
    /// True when the files hold no line at all: the content was never found.
    never_found: bool,
    entries: Vec<Dated<T>>,
    /// Who has which of them, unless every line holds for everybody.
    readers: Readers,
}

/// The lines of everybody, and those of each category that is named anywhere: as places among
/// the lines, oldest first.
#[derive(Clone, Debug, Default)]
struct Readers {
    everybody: Vec<usize>,
    named: Vec<(Arc<str>, Vec<usize>)>,
}

impl Readers {
    fn of<T>(entries: &[Dated<T>]) -> Self {
        let mut order: Vec<(usize, &Dated<T>)> = entries.iter().enumerate().collect();
        order.sort_by_key(|(_, e)| (e.from, e.born_from, e.basis.known_from));
        let mut readers = Self::default();
        for (place, entry) in order {
            if entry.categories.is_empty() {
                readers.everybody.push(place);
            }
            for category in &entry.categories {
                match readers.named.iter_mut().find(|(name, _)| name == category) {
                    Some((_, places)) => places.push(place),
                    None => readers.named.push((Arc::clone(category), vec![place])),
                }
            }
        }
        readers
    }

    /// A category that is named anywhere has its own law, even before the first line of it.
    fn places(&self, category: Option<&str>) -> &[usize] {
        let own = category.and_then(|asked| self.named.iter().find(|(name, _)| **name == *asked));
        own.map_or(&self.everybody, |(_, places)| places)
    }
}

impl<T> Parameter<T> {
    pub(crate) fn new(
        key: Arc<str>,
        label: Arc<str>,
        question: Option<Question>,
        entries: Vec<Dated<T>>,
    ) -> Self {
        let never_found = entries.is_empty();
        let (plain, readers) = Self::read_by(&entries);
        Self { key, label, question, plain, never_found, entries, readers }
    }

    /// Whether every line holds for everybody, and who has which of them where not.
    fn read_by(entries: &[Dated<T>]) -> (bool, Readers) {
        let plain = entries
            .iter()
            .all(|e| e.born_from.is_none() && e.categories.is_empty() && e.basis.known_from.is_none());
        (plain, if plain { Readers::default() } else { Readers::of(entries) })
    }

    /// The value in force for nobody in particular on `date`; none before the first one known.
    #[must_use]
    pub fn at(&self, date: NaiveDate) -> Option<&Dated<T>> {
        self.find(&Asked::on(date))
    }

    /// The line that holds: of those that name the category, or else of those that name none, the
    /// latest `from`, then the latest cohort, then the latest publication.
    #[must_use]
    pub fn find(&self, asked: &Asked<'_>) -> Option<&Dated<T>> {
        if self.plain {
            let after = self.entries.partition_point(|entry| entry.from <= asked.date);
            return after.checked_sub(1).and_then(|last| self.entries.get(last));
        }
        let holds = |e: &&Dated<T>| {
            e.from <= asked.date && e.born_from.is_none_or(|from| asked.born.is_some_and(|born| from <= born))
        };
        let places = self.readers.places(asked.category).iter().rev();
        places.filter_map(|place| self.entries.get(*place)).find(holds)
    }

    /// The value in force, or the refusal to compute without one.
    ///
    /// # Errors
    /// [`Refusal::OpenQuestion`] for a rule whose content was never found, [`Refusal::NoRule`]
    /// before its first line.
    pub fn need(&self, asked: &Asked<'_>) -> Result<&Dated<T>, Refusal> {
        self.find(asked).ok_or_else(|| match (&self.question, self.never_found) {
            (Some(question), true) => {
                Refusal::OpenQuestion { rule: Arc::clone(&self.key), question: question.clone() }
            }
            _ => Refusal::NoRule { rule: Arc::clone(&self.key), date: asked.date },
        })
    }

    /// The first day after `date` on which another line may hold; none when no line comes later.
    #[must_use]
    pub(crate) fn changes_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.entries.iter().map(|entry| entry.from).filter(|from| *from > date).min()
    }

    /// True when every line holds for everybody: neither birth nor category choose.
    #[must_use]
    pub(crate) const fn holds_for_all(&self) -> bool {
        self.plain
    }

    /// True when the rule exists, but its content was never found.
    #[must_use]
    pub const fn never_found(&self) -> bool {
        self.never_found
    }

    /// All values, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Dated<T>] {
        &self.entries
    }

    /// The first day for which anything is known.
    #[must_use]
    pub fn known_since(&self) -> Option<NaiveDate> {
        self.entries.iter().map(|entry| entry.from).min()
    }

    /// Forgets the lines that begin after `law_at` or were published after `known_at`.
    pub(crate) fn forget(&mut self, law_at: NaiveDate, known_at: NaiveDate) {
        self.entries
            .retain(|e| e.from <= law_at && e.basis.known_from.unwrap_or(e.from).max(e.from) <= known_at);
        (self.plain, self.readers) = Self::read_by(&self.entries);
    }
}

/// One rule as text, for lists, comparisons and checks: every number with its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawRule {
    /// The file it stands in.
    pub file: Arc<str>,
    /// Its key in explanations: `pension.age`.
    pub key: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// What is not settled about the whole rule.
    pub question: Option<Question>,
    /// Its lines, in the order of the file.
    pub lines: Vec<LawLine>,
}

/// One dated line of a rule as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawLine {
    /// Holds for persons born on that day or later.
    pub born_from: Option<NaiveDate>,
    /// Holds for these categories only; empty for all.
    pub categories: Vec<Arc<str>>,
    /// Each number and word of the value, with its path: `brackets.rows.0.rate` → `0.0133`.
    pub atoms: Vec<(String, String)>,
    /// What it rests on.
    pub basis: Arc<Basis>,
    /// The line of the file, from 1.
    pub line: usize,
}
