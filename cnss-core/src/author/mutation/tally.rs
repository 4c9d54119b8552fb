//! How a fund's situations did, and the changes that none of them could ever notice.

use serde::Deserialize;

use super::{Fate, Mutant};
use crate::author::situation::Unreadable;
use crate::fund::Fund;

/// A change that no situation could ever notice, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// The rule.
    pub key: String,
    /// What is changed: `value.age`, `from`, `line`; `value` stands for all that is in the value.
    pub path: String,
    /// The first day of the dated line; every line of the rule when it is not given.
    pub from: Option<toml::value::Datetime>,
    /// What stands there instead; every change of that place when it is not given.
    pub new: Option<String>,
    /// The open question for which nothing is computed there: a key of `[questions]`. Once it is
    /// settled the entry must go.
    pub question: Option<String>,
    /// Why nothing can change.
    pub reason: String,
}

impl Equivalent {
    /// Reads `equivalent.toml`: `[[equivalent]]` with `key`, `path`, `reason`, and where they are
    /// needed `from`, `new` and `question`.
    ///
    /// # Errors
    /// Where the file is not the TOML that is expected.
    pub fn parse(text: &str) -> Result<Vec<Self>, Unreadable> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            equivalent: Vec<Equivalent>,
        }
        let file: File = toml::from_str(text).map_err(|e| Unreadable::of(text, "", &e))?;
        match file.equivalent.iter().find(|e| e.reason.trim().is_empty()) {
            Some(entry) => {
                let at = text.lines().position(|line| line.contains(&entry.key)).unwrap_or_default();
                let key = format!("{} {}", entry.key, entry.path);
                Err(Unreadable { line: at.saturating_add(1), key, problem: "`reason` is empty".to_owned() })
            }
            None => Ok(file.equivalent),
        }
    }

    fn covers(&self, mutant: &Mutant) -> bool {
        let within = mutant.path.strip_prefix(&self.path);
        *self.key == *mutant.key
            && within.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            && self.from.is_none_or(|from| mutant.from.is_some_and(|own| own.to_string() == from.to_string()))
            && self.new.as_ref().is_none_or(|new| *new == mutant.new)
    }
}

/// How a fund's situations did. Mutants that do not load are told apart and count for nothing:
/// the check of the files notices them, not a situation.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Those that do not load.
    pub refused: usize,
    /// Those that break a situation.
    pub killed: usize,
    /// Those that nothing noticed, by their places.
    pub survivors: Vec<usize>,
    /// Those that are listed as equivalent for ever.
    pub equivalent: usize,
    /// Those that are listed as long as a question is open.
    pub waiting: usize,
    /// Places of entries of the list that cover a mutant that a situation notices, or none that
    /// survives, or whose question the fund does not have.
    pub stale: Vec<usize>,
}

impl Tally {
    /// Counts.
    #[must_use]
    pub fn of(fund: &Fund, mutants: &[Mutant], fates: &[Fate], equivalent: &[Equivalent]) -> Self {
        let mut tally = Self::default();
        let mut needed = vec![false; equivalent.len()];
        let mut wrong: Vec<bool> = equivalent
            .iter()
            .map(|entry| entry.question.as_ref().is_some_and(|key| !fund.questions.contains_key(key)))
            .collect();
        for (place, (mutant, fate)) in mutants.iter().zip(fates).enumerate() {
            let mut listed = None;
            for ((entry, needed), wrong) in equivalent.iter().zip(&mut needed).zip(&mut wrong) {
                if entry.covers(mutant) {
                    *needed |= *fate == Fate::Survived;
                    *wrong |= matches!(fate, Fate::Killed(_));
                    listed = Some(entry);
                }
            }
            let count = match (fate, listed) {
                (Fate::Survived, None) => {
                    tally.survivors.push(place);
                    continue;
                }
                (Fate::Survived, Some(entry)) if entry.question.is_some() => &mut tally.waiting,
                (Fate::Survived, Some(_)) => &mut tally.equivalent,
                (Fate::Refused, _) => &mut tally.refused,
                (Fate::Killed(_), _) => &mut tally.killed,
            };
            *count = count.saturating_add(1);
        }
        let stale = (0..).zip(needed.into_iter().zip(wrong));
        tally.stale =
            stale.filter(|(_, (needed, wrong))| !needed || *wrong).map(|(entry, _)| entry).collect();
        tally
    }

    /// Those that a situation could notice.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.killed.saturating_add(self.survivors.len())
    }

    /// Noticed of those that could be, in tenths of a percent, rounded down; all when there is none.
    #[must_use]
    pub fn per_thousand(&self) -> usize {
        self.killed.saturating_mul(1_000).checked_div(self.counted()).unwrap_or(1_000)
    }

    /// The same of those too that wait for a question: what nobody can check yet is not checked.
    #[must_use]
    pub fn per_thousand_with_waiting(&self) -> usize {
        let all = self.counted().saturating_add(self.waiting);
        self.killed.saturating_mul(1_000).checked_div(all).unwrap_or(1_000)
    }
}
