//! The audit trail (piste d'audit): what every commit did, sealed so that nobody can change the past
//! without being found.
//!
//! | step | where |
//! |---|---|
//! | each commit writes one line with the digest of what it did | [`line()`] |
//! | from time to time the new lines are sealed, each seal chained to the one before | [`seal`] |
//! | lines, seals and entries are read again and compared | [`Trail`] |
//!
//! A line names things by their identities and holds no personal data. The one rule to remember: a
//! seal that is also kept elsewhere (the portal prints each in its log) is what an intruder who
//! owns the database cannot forge.

mod named;
mod trail;

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use hmac_sha256::Hash;

use self::named::changing_mark;
pub use self::named::{
    Changing, Named, accepted_mark, account_mark, agent_mark, dispute_mark, issued_mark, mandate_mark, named,
    paid_mark,
};
pub use self::trail::{Finding, Trail};
use crate::calendar::Month;
use crate::decision::{Batch, Change};
use crate::id::{AccountId, BatchId, DeclarationId, EmployerId, EntryId};
use crate::ledger::Entry;
use crate::money::MoneyError;

/// The most lines under one seal.
pub const SEAL_MOST: u32 = 10_000;
/// How many changes a line names, entries of the ledger apart: those are all named.
const NAMED_MOST: usize = 200;
/// What stands between two changes of a line.
const BETWEEN: &str = "; ";

/// What one commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// The commit.
    pub batch: BatchId,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// Who did it, when somebody was logged in.
    pub by: Option<AccountId>,
    /// The changes: their codes, and the identities of what they concern.
    pub what: String,
    /// The digest of all that, and of the entries.
    pub digest: [u8; 32],
}

/// A line with its place under a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLine {
    /// The number of the seal.
    pub seal: i64,
    /// Its rank under the seal, from 1.
    pub rank: i64,
    /// Its place in the order of writing, which the ranks of a seal follow.
    pub place: i64,
    /// The line.
    pub line: AuditLine,
}

/// A seal over lines, and through the seal before over all lines ever written (scellé).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Counted from 1, without gaps.
    pub number: i64,
    /// How many lines it seals.
    pub lines: i64,
    /// The digest of the seal before, the lines in their order, and the rest of this.
    pub digest: [u8; 32],
    /// When.
    pub sealed_at: DateTime<Utc>,
}

/// An entry of the ledger as it stands in the books, sound or not, with the commit that it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The commit.
    pub batch: BatchId,
    /// The entry.
    pub entry: EntryId,
    /// Its canonical text, see [`EntryText`].
    pub text: String,
}

/// The fields of an entry as the books keep them: nothing is refused here, because what was
/// tampered with must be read in order to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryText<'a> {
    /// Identity.
    pub id: EntryId,
    /// Whose account.
    pub employer: EmployerId,
    /// The code of its kind.
    pub kind: &'a str,
    /// The month that it is about.
    pub month: Option<Month>,
    /// From which day it counts.
    pub value_date: NaiveDate,
    /// When it was written down.
    pub booked_at: DateTime<Utc>,
    /// The declaration that it comes from.
    pub declaration: Option<DeclarationId>,
    /// The reference of a payment.
    pub reference: Option<&'a str>,
    /// Accounts and amounts in the smallest unit.
    pub postings: Vec<(String, i64)>,
}

impl EntryText<'_> {
    /// The canonical text: the same entry gives the same text, whatever store kept it.
    #[must_use]
    pub fn canonical(mut self) -> String {
        self.postings.sort();
        let mut text = format!("{} {} {}", self.id, self.employer, self.kind);
        // Writing into a text cannot fail.
        let _ = match self.month {
            Some(month) => write!(text, " {month}"),
            None => write!(text, " -"),
        };
        let _ = write!(text, " {} {}", self.value_date, self.booked_at.timestamp_micros());
        let _ = match self.declaration {
            Some(declaration) => write!(text, " {declaration}"),
            None => write!(text, " -"),
        };
        for (account, amount) in &self.postings {
            let _ = write!(text, " {amount} {}", account.escape_default());
        }
        // Last, and between quotes: it is what somebody else wrote.
        if let Some(reference) = self.reference {
            let _ = write!(text, " \"{}\"", reference.escape_default());
        }
        text
    }
}

/// The canonical text of an entry.
///
/// # Errors
/// An amount that no store can keep.
pub fn entry_text(entry: &Entry) -> Result<String, MoneyError> {
    let posting = |posting: &crate::ledger::Posting| {
        Ok::<_, MoneyError>((posting.account.to_string(), posting.amount.to_minor()?))
    };
    let text = EntryText {
        id: entry.id,
        employer: entry.employer,
        kind: entry.kind.code(),
        month: entry.month,
        value_date: entry.value_date,
        booked_at: entry.booked_at,
        declaration: entry.declaration,
        reference: entry.reference.as_deref(),
        postings: entry.postings().iter().map(posting).collect::<Result<_, _>>()?,
    };
    Ok(text.canonical())
}

/// A digest over parts, none of which can pass for a piece of its neighbour.
#[derive(Clone)]
struct Parts(Hash);

impl Parts {
    fn new(of: &str) -> Self {
        let mut parts = Self(Hash::new());
        parts.add(of.as_bytes());
        parts
    }

    fn add(&mut self, part: &[u8]) {
        self.0.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(part);
    }

    fn digest(self) -> [u8; 32] {
        self.0.finalize()
    }
}

/// The first signs of the digest of an entry's text: by it a line says which entry was edited.
fn mark(text: &str) -> String {
    let digest = Hash::hash(text.as_bytes());
    digest.iter().take(8).fold(String::new(), |mut mark, byte| {
        let _ = write!(mark, "{byte:02x}");
        mark
    })
}

fn digest_of(line: &AuditLine, texts: &[&str]) -> [u8; 32] {
    let mut texts = texts.to_vec();
    texts.sort_unstable();
    let mut parts = Parts::new("cnss audit line 1");
    parts.add(line.batch.0.as_bytes());
    parts.add(&line.at.timestamp_micros().to_be_bytes());
    parts.add(line.by.map(|by| by.0.into_bytes()).as_ref().map_or(&[], <[u8; 16]>::as_slice));
    parts.add(line.what.as_bytes());
    for text in texts {
        parts.add(text.as_bytes());
    }
    parts.digest()
}

/// The line of a commit.
///
/// # Errors
/// An entry with an amount that no store can keep.
pub fn line(batch: &Batch) -> Result<AuditLine, MoneyError> {
    let mut texts = Vec::new();
    let mut items = Vec::new();
    let mut unnamed = 0_usize;
    for change in &batch.changes {
        if let Change::PostEntry(entry) = change {
            let text = entry_text(entry)?;
            items.push(format!("{ENTRY}{} {}", entry.id, mark(&text)));
            texts.push(text);
        } else if items.len().saturating_sub(texts.len()) < NAMED_MOST {
            items.push(item(change)?);
        } else {
            unnamed = unnamed.saturating_add(1);
        }
    }
    if unnamed > 0 {
        items.push(format!("and {unnamed} more"));
    }
    let mut line = AuditLine {
        batch: batch.id,
        at: batch.at.trunc_subsecs(6),
        by: actor(batch),
        what: items.join(BETWEEN),
        digest: [0; 32],
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    line.digest = digest_of(&line, &texts);
    Ok(line)
}

/// Who asked: the receipt says so, or a change that bears somebody's name.
fn actor(batch: &Batch) -> Option<AccountId> {
    let receipt = batch.receipt.as_ref().and_then(|receipt| receipt.account);
    let said = |change: &Change| match change {
        Change::FileDeclaration(filed, _) => Some(filed.filed_by),
        Change::IssueReference(issued) => Some(issued.issued_by),
        Change::OpenSession(session) => Some(session.account),
        Change::Account(change) => change.by(),
        _ => None,
    };
    receipt.or_else(|| batch.changes.iter().find_map(said))
}

const ENTRY: &str = "post-entry ";
const EMPLOYER: &str = "register-employer ";
const INSURED: &str = "register-insured ";
const ACCOUNT: &str = "open-account ";
const DECLARATION: &str = "file-declaration ";
const ISSUE: &str = "issue-reference ";
const CREDIT: &str = "credit-reference ";
const DISPUTE: &str = "record-dispute ";

/// A change by its code, and whom or what it concerns; of long lists, how many.
fn item(change: &Change) -> Result<String, MoneyError> {
    Ok(match change {
        Change::RegisterEmployer(employer) => format!("{EMPLOYER}{}", employer.id),
        Change::RegisterInsured(insured) => format!("{INSURED}{}", insured.id),
        Change::OpenAccount(account) => {
            format!("{ACCOUNT}{} v{} {}", account.id, account.version.0, account_mark(account))
        }
        Change::Account(change) => match changing_mark(change) {
            Some(mark) => format!("{} {mark}", change.item()),
            None => change.item(),
        },
        Change::Employ(all) => match all.as_slice() {
            [one] => format!("employ {} {}", one.employer, one.insured),
            [first, ..] => format!("employ {} x{}", first.employer, all.len()),
            [] => "employ".to_owned(),
        },
        Change::Redate(all) => match all.as_slice() {
            [one] => format!("redate {} {}", one.employer, one.insured),
            [first, ..] => format!("redate {} x{}", first.employer, all.len()),
            [] => "redate".to_owned(),
        },
        Change::SaveDraft(seen) => {
            format!("save-draft {} {} v{}", seen.value.employer, seen.value.quarter, seen.version.0)
        }
        Change::DropDraft(employer, quarter) => format!("drop-draft {employer} {quarter}"),
        Change::FileDeclaration(filed, _) => format!("{DECLARATION}{} {}", filed.id, filed.employer),
        Change::RecordCareer(months) => match months.first() {
            Some(first) => format!("record-career {} x{}", first.declaration, months.len()),
            None => "record-career".to_owned(),
        },
        Change::WithdrawCareer(keys) => match keys.first() {
            Some((_, _, employer)) => format!("withdraw-career {employer} x{}", keys.len()),
            None => "withdraw-career".to_owned(),
        },
        Change::PostEntry(entry) => format!("{ENTRY}{}", entry.id),
        Change::IssueReference(issued) => {
            let mark = issued_mark(issued)?;
            format!("{ISSUE}{} {} {mark}", issued.reference, issued.employer)
        }
        Change::CreditReference(reference, paid) => {
            format!("{CREDIT}{reference} {} {}", paid.entry, paid_mark(reference, paid))
        }
        Change::RecordDispute(dispute) => format!("{DISPUTE}{} {}", dispute.id, dispute_mark(dispute)?),
        Change::OpenSession(session) => format!("open-session {}", session.account),
        // A session is known by its token alone, which is nobody's business.
        Change::TouchSession(..) => "touch-session".to_owned(),
        Change::EndSession(_) => "end-session".to_owned(),
        Change::ReturnFile(file) => format!("return-file {} {}", file.id, file.employer),
    })
}

/// The body of a seal, before the seal that it is chained to: lines are added one by one, so that
/// a whole trail is read in little memory.
#[derive(Clone)]
struct Body(Parts);

impl Body {
    fn new(number: i64, lines: i64, sealed_at: DateTime<Utc>) -> Self {
        let mut parts = Parts::new("cnss audit seal 1");
        parts.add(&number.to_be_bytes());
        parts.add(&lines.to_be_bytes());
        parts.add(&sealed_at.timestamp_micros().to_be_bytes());
        Self(parts)
    }

    fn line(&mut self, line: &AuditLine) {
        self.0.add(line.batch.0.as_bytes());
        self.0.add(&line.digest);
    }

    fn after(self, previous: Option<[u8; 32]>) -> [u8; 32] {
        let mut chained = self.0;
        chained.add(previous.as_ref().map_or(&[], <[u8; 32]>::as_slice));
        chained.digest()
    }
}

/// Seals lines, in their order, after the seal before.
#[must_use]
pub fn seal(previous: Option<&Seal>, lines: &[AuditLine], at: DateTime<Utc>) -> Seal {
    let number = previous.map_or(0, |previous| previous.number).saturating_add(1);
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let sealed_at = at.trunc_subsecs(6);
    let mut body = Body::new(number, count, sealed_at);
    for line in lines {
        body.line(line);
    }
    Seal { number, lines: count, digest: body.after(previous.map(|previous| previous.digest)), sealed_at }
}
