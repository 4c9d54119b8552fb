//! The trail read again from its beginning: each line against its entries, each seal against its
//! lines and the seal before.
//!
//! Feed it in order: a seal, the lines that say they are under it, the next seal; then the lines
//! that are not sealed yet. The one rule to remember: it keeps no page, so that a trail of any
//! length is read in little memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{AuditLine, BETWEEN, Body, ENTRY, Seal, SealedLine, Traced, digest_of, mark};
use crate::id::{BatchId, EntryId};

/// How many findings are kept; the rest is counted.
const FINDINGS_MOST: usize = 1_000;
/// Of a gap, so many seals or lines are named.
const GAP_MOST: usize = 100;

/// What is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The line does not say what it said.
    LineEdited(BatchId),
    /// A line is gone from under a seal.
    LineMissing {
        /// The seal.
        seal: i64,
        /// The rank that nobody has.
        rank: i64,
    },
    /// A line was put under a seal afterwards.
    LineAdded {
        /// The seal.
        seal: i64,
        /// The line's commit.
        batch: BatchId,
    },
    /// A line has another place among those of its seal.
    LineMoved {
        /// The seal.
        seal: i64,
        /// The line's commit.
        batch: BatchId,
    },
    /// The seal is not the one that was set on its lines and on the seal before.
    SealEdited(i64),
    /// The seal is gone.
    SealMissing(i64),
    /// The entry does not say what it said.
    EntryEdited(EntryId),
    /// The entry is gone.
    EntryMissing(EntryId),
    /// The entry was put beside those of its commit, or no commit knows of it.
    EntryAdded(EntryId),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineEdited(batch) => write!(f, "the line of commit {batch} was edited"),
            Self::LineMissing { seal, rank } => write!(f, "line {rank} under seal {seal} is missing"),
            Self::LineAdded { seal, batch } => {
                write!(f, "the line of commit {batch} was added under seal {seal}")
            }
            Self::LineMoved { seal, batch } => {
                write!(f, "the line of commit {batch} was moved under seal {seal}")
            }
            Self::SealEdited(number) => write!(f, "seal {number} does not fit its lines and the seal before"),
            Self::SealMissing(number) => write!(f, "seal {number} is missing"),
            Self::EntryEdited(entry) => write!(f, "entry {entry} was edited"),
            Self::EntryMissing(entry) => write!(f, "entry {entry} is missing"),
            Self::EntryAdded(entry) => write!(f, "entry {entry} was added"),
        }
    }
}

/// The seal whose lines are being read.
struct Open {
    seal: Seal,
    body: Body,
    next_rank: i64,
    last_place: i64,
    sound: bool,
}

/// A trail as far as it was read.
#[derive(Default)]
pub struct Trail {
    open: Option<Open>,
    /// The seal before: its number, the digest that stands, and the one that it should have.
    previous: Option<(i64, [u8; 32], [u8; 32])>,
    kept: BTreeMap<i64, [u8; 32]>,
    findings: BTreeSet<Finding>,
    unlisted: u64,
    seals: u64,
    lines: u64,
    entries: u64,
    last: Option<Seal>,
}

impl Trail {
    /// A trail to be compared with seals that were kept elsewhere too.
    #[must_use]
    pub fn with_kept(kept: impl IntoIterator<Item = (i64, [u8; 32])>) -> Self {
        Self { kept: kept.into_iter().collect(), ..Self::default() }
    }

    fn found(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MOST {
            self.findings.insert(finding);
        } else if !self.findings.contains(&finding) {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    /// The next seal.
    pub fn seal(&mut self, seal: Seal) {
        self.close();
        let before = self.previous.map_or(0, |(number, ..)| number);
        let first = before.saturating_add(1);
        for missing in (first..seal.number).take(GAP_MOST) {
            self.found(Finding::SealMissing(missing));
        }
        if seal.number < first {
            self.found(Finding::SealEdited(seal.number));
        }
        if let Some(kept) = self.kept.remove(&seal.number)
            && kept != seal.digest
        {
            self.found(Finding::SealEdited(seal.number));
        }
        self.seals = self.seals.saturating_add(1);
        self.last = Some(seal.clone());
        let body = Body::new(seal.number, seal.lines, seal.sealed_at);
        self.open = Some(Open { seal, body, next_rank: 1, last_place: i64::MIN, sound: true });
    }

    /// Compares a seal with its lines, once all of them were read.
    fn close(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        let number = open.seal.number;
        for rank in (open.next_rank..=open.seal.lines).take(GAP_MOST) {
            open.sound = false;
            self.found(Finding::LineMissing { seal: number, rank });
        }
        let follows = self.previous.map_or(number == 1, |(before, ..)| before.saturating_add(1) == number);
        let standing = self.previous.map(|(_, standing, _)| standing);
        let due = self.previous.map(|(_, _, due)| due);
        let (by_standing, by_due) = (open.body.clone().after(standing), open.body.after(due));
        let fits = open.seal.digest == by_standing || open.seal.digest == by_due;
        // Of a seal that follows none, or whose lines are not all there, nothing more can be said.
        if open.sound && follows && !fits {
            self.found(Finding::SealEdited(number));
        }
        let due = if open.sound && follows && !fits { by_due } else { open.seal.digest };
        self.previous = Some((number, open.seal.digest, due));
    }

    /// The next line, with the entries of its commit.
    pub fn sealed_line(&mut self, sealed: &SealedLine, entries: &[&Traced]) {
        self.line(&sealed.line, entries);
        let (seal, batch) = (sealed.seal, sealed.line.batch);
        let Some(mut open) = self.open.take_if(|open| open.seal.number == seal) else {
            self.found(Finding::SealMissing(seal));
            return;
        };
        if sealed.rank > open.seal.lines || sealed.rank < open.next_rank {
            open.sound = false;
            self.found(Finding::LineAdded { seal, batch });
        } else {
            for rank in (open.next_rank..sealed.rank).take(GAP_MOST) {
                open.sound = false;
                self.found(Finding::LineMissing { seal, rank });
            }
            open.next_rank = sealed.rank.saturating_add(1);
        }
        if sealed.place <= open.last_place {
            open.sound = false;
            self.found(Finding::LineMoved { seal, batch });
        }
        open.last_place = open.last_place.max(sealed.place);
        open.body.line(&sealed.line);
        self.open = Some(open);
    }

    /// A line that is not sealed yet, with the entries of its commit.
    pub fn unsealed_line(&mut self, line: &AuditLine, entries: &[&Traced]) {
        self.close();
        self.line(line, entries);
    }

    /// An entry that no line knows of.
    pub fn untraced(&mut self, entry: EntryId) {
        self.found(Finding::EntryAdded(entry));
    }

    fn line(&mut self, line: &AuditLine, entries: &[&Traced]) {
        self.lines = self.lines.saturating_add(1);
        self.entries = self.entries.saturating_add(u64::try_from(entries.len()).unwrap_or(0));
        let mut named: BTreeMap<EntryId, &str> = line
            .what
            .split(BETWEEN)
            .filter_map(|item| item.strip_prefix(ENTRY)?.split_once(' '))
            .filter_map(|(id, mark)| Some((EntryId(id.parse().ok()?), mark)))
            .collect();
        let mut sound = true;
        for traced in entries {
            let finding = match named.remove(&traced.entry) {
                None => Finding::EntryAdded(traced.entry),
                Some(said) if said != mark(&traced.text) => Finding::EntryEdited(traced.entry),
                Some(_) => continue,
            };
            sound = false;
            self.found(finding);
        }
        for entry in named.into_keys() {
            sound = false;
            self.found(Finding::EntryMissing(entry));
        }
        let texts: Vec<&str> = entries.iter().map(|traced| traced.text.as_str()).collect();
        // When an entry is wrong the line cannot be right; it is not blamed for that.
        if sound && digest_of(line, &texts) != line.digest {
            self.found(Finding::LineEdited(line.batch));
        }
    }

    /// Says that all was read.
    pub fn end(&mut self) {
        self.close();
        for number in std::mem::take(&mut self.kept).into_keys() {
            self.found(Finding::SealMissing(number));
        }
    }

    /// What is not as it was written.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter()
    }

    /// How many more findings there are than are listed.
    #[must_use]
    pub const fn unlisted(&self) -> u64 {
        self.unlisted
    }

    /// How many seals, lines and entries were read.
    #[must_use]
    pub const fn read(&self) -> (u64, u64, u64) {
        (self.seals, self.lines, self.entries)
    }

    /// The last seal.
    #[must_use]
    pub const fn last(&self) -> Option<&Seal> {
        self.last.as_ref()
    }
}
