//! Mutation (épreuve par mutation): what a fund's situations would not notice.
//!
//! Each mutant is the fund with one number, word or date of one dated line changed, with one line
//! gone, with one condition or adjustment less, with two adjustments in the other order, with one number of an identifier
//! changed, or with another rule, base, branch, payer or category named. The one rule to
//! remember: a value that can change without breaking a situation is a
//! value that nobody checks.

mod instead;
mod tally;
mod walk;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use toml::de::DeTable;

use self::walk::Walk;
use crate::author::situation::Situations;
use crate::fund::{Fund, FundError, FundFiles};

pub use self::tally::{Equivalent, Tally};

/// One change of one place of a fund's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// The rule: `pension.age`; or the kind, `pensions.normal`; or `identifiers.insured_number`.
    pub key: Arc<str>,
    /// The first day of the dated line; none for what has no dates.
    pub from: Option<NaiveDate>,
    /// What is changed: `value.age`, `from`, `conditions.0`, `adjustments.order.0`, or `line` for the whole line.
    pub path: String,
    /// What stands there.
    pub old: String,
    /// What stands there instead; empty when the line is gone.
    pub new: String,
    /// Where in the file.
    range: Range<usize>,
    /// The text that is put there.
    text: String,
}

impl Mutant {
    /// The first day of the dated line as text; empty for what has no dates.
    #[must_use]
    pub fn when(&self) -> String {
        self.from.map_or_else(String::new, |day| day.to_string())
    }

    /// The fund's files with this change.
    #[must_use]
    pub fn apply(&self, files: &FundFiles) -> FundFiles {
        let mut files = files.clone();
        if let Some(text) = files.get_mut(&self.file)
            && text.get(self.range.clone()).is_some()
        {
            text.replace_range(self.range.clone(), &self.text);
        }
        files
    }
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The files are no longer sound.
    Refused,
    /// This situation no longer comes out as written.
    Killed(usize),
    /// Nothing noticed.
    Survived,
}

/// Judges each mutant: loads it and runs the situations until one breaks, on so many threads.
#[must_use]
pub fn judge(files: &FundFiles, situations: &Situations, mutants: &[Mutant], threads: usize) -> Vec<Fate> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut fates = Vec::new();
        // What broke last under a change of the same rule will most often break again.
        let mut killers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(place) else { return fates };
            let known = killers.entry(&mutant.key).or_default();
            let fate = match Fund::parse(&mutant.apply(files)) {
                Err(_) => Fate::Refused,
                Ok(fund) => situations.first_broken(&fund, known).map_or(Fate::Survived, Fate::Killed),
            };
            if let Fate::Killed(by) = fate
                && !known.contains(&by)
            {
                known.push(by);
            }
            fates.push((place, fate));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    all.sort_unstable_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, fate)| fate).collect()
}

/// Every mutant of a sound fund, in the order of the files.
///
/// # Errors
/// The faults of a fund that is not sound.
pub fn mutants(files: &FundFiles) -> Result<Vec<Mutant>, FundError> {
    let fund = Fund::parse(files)?;
    let mut found = Vec::new();
    for (file, text) in files {
        let Ok(table) = DeTable::parse(text) else { continue };
        let mut walk = Walk { fund: &fund, file, text, found: &mut found };
        walk.table("", table.get_ref());
    }
    found.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(found)
}
