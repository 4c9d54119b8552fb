//! What a use case answers: a decision is plain data.
//!
//! It says what it relied on, what changes, who is told what, and the answer. A store
//! commits it whole or not at all. The one rule to remember: a decision changes nothing by
//! being made; only a commit does.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, Utc};
use hmac_sha256::Hash;
use uuid::{Builder, Uuid};

use crate::account::{Account, AccountChange, AccountExpect, Session, TokenHash};
use crate::calendar::{Month, Quarter};
use crate::declaration::{Draft, Filed, Line};
use crate::employer::{Employer, Employment, Redated};
use crate::id::{AccountId, BatchId, EmployerId, InsuredId, RequestKey, ReturnedFileId, Seen, Version};
use crate::insured::{CareerMonth, Insured};
use crate::ledger::Entry;
use crate::notice::Notice;
use crate::payment::{Dispute, Issued, Paid, Reference};

/// What a use case is given besides facts; never asked of the machine.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The instant.
    pub now: DateTime<Utc>,
    /// The day in the fund's own zone.
    pub today: NaiveDate,
    /// Where identities come from.
    pub entropy: Entropy,
}

/// A source of identities that can be replayed: the same seed gives the same sequence.
///
/// Not a source of secrets: session tokens are drawn at the edge.
#[derive(Clone, Debug)]
pub struct Entropy {
    seed: [u8; 32],
    drawn: Arc<Mutex<u64>>,
}

impl Entropy {
    /// A sequence from a seed, which the edge draws anew for each request.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: Arc::new(Mutex::new(0)) }
    }

    /// The next identity, ordered by `now` (UUID version 7).
    #[must_use]
    pub fn uuid(&self, now: DateTime<Utc>) -> Uuid {
        let drawn = {
            let mut count = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *count = count.saturating_add(1);
            *count
        };
        let mut hash = Hash::new();
        hash.update(self.seed);
        hash.update(drawn.to_be_bytes());
        let digest = hash.finalize();
        let mut random = [0_u8; 10];
        for (to, from) in random.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// How many hours a returned file is kept; then the next one, or the next login, deletes it.
pub const RETURNED_HOURS: i64 = 24;

/// A workbook given back with its faults marked, kept for [`RETURNED_HOURS`] (fichier retourné).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedFile {
    /// Identity.
    pub id: ReturnedFileId,
    /// Whose.
    pub employer: EmployerId,
    /// For which quarter.
    pub quarter: Quarter,
    /// The name it was sent under.
    pub name: String,
    /// How many faults there were in all.
    pub faults_total: u32,
    /// The report, in a form of the edge's own.
    pub report: String,
    /// The marked workbook; empty when the file was not a workbook at all.
    pub workbook: Vec<u8>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// What must still be so when the decision is committed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expect {
    /// The employer's account is at this version: its declarations, what is owed for them, its staff;
    /// not its payments.
    Employer(EmployerId, Version),
    /// The draft is at this version, or is not there.
    Draft(EmployerId, Quarter, Option<Version>),
    /// The reference was issued and is not paid.
    Unpaid(Reference),
    /// Something about accounts.
    Account(AccountExpect),
}

/// One thing that a store must write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new employer.
    RegisterEmployer(Employer),
    /// A new insured person.
    RegisterInsured(Insured),
    /// A new login.
    OpenAccount(Account),
    /// Something else about accounts.
    Account(AccountChange),
    /// Workers join a staff, or the dates of their time there become known.
    Employ(Vec<Employment>),
    /// A correction says other dates of workers than what it corrects.
    Redate(Vec<Redated>),
    /// The draft as it is now, with the version that it takes.
    SaveDraft(Seen<Draft>),
    /// The draft is not needed any more.
    DropDraft(EmployerId, Quarter),
    /// A declaration with its lines.
    FileDeclaration(Filed, Vec<Line>),
    /// What a declaration says of each worker's months, replacing what it said before.
    RecordCareer(Vec<CareerMonth>),
    /// Months that a correction takes away.
    WithdrawCareer(Vec<(InsuredId, Month, EmployerId)>),
    /// An entry of the ledger. One that changes what is owed moves the version of the employer's
    /// account, whether the decision relied on it or not, see [`EntryKind::moves_account`](crate::ledger::EntryKind::moves_account).
    PostEntry(Entry),
    /// A reference is issued for an amount.
    IssueReference(Issued),
    /// The money for a reference arrived.
    CreditReference(Reference, Paid),
    /// Money was announced that cannot be credited.
    RecordDispute(Dispute),
    /// Somebody logs in; returned files that are too old go.
    OpenSession(Session),
    /// A session is used: its idle time begins again.
    TouchSession(TokenHash, DateTime<Utc>),
    /// Somebody logs out.
    EndSession(TokenHash),
    /// A workbook is given back; the employer's earlier ones go, and all that are too old.
    ReturnFile(ReturnedFile),
}

/// The request's receipt: the same key with the same content is the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The key that the client made.
    pub key: RequestKey,
    /// Whose request; none when it is a bank's.
    pub account: Option<AccountId>,
    /// A digest of what was asked.
    pub digest: [u8; 32],
    /// The answer that was given.
    pub answer: String,
}

/// An answer and everything that follows from it.
#[derive(Clone, Debug)]
pub struct Decision<T> {
    /// The answer.
    pub outcome: T,
    /// What it relied on.
    pub expects: Vec<Expect>,
    /// What changes.
    pub changes: Vec<Change>,
    /// Who is told what.
    pub notices: Vec<Notice>,
}

/// What a store commits, whole or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Identity; what was committed under it is not committed again.
    pub id: BatchId,
    /// The request's receipt.
    pub receipt: Option<Receipt>,
    /// What it relied on; sorted by the store before use, so that all lock in one order.
    pub expects: Vec<Expect>,
    /// What changes.
    pub changes: Vec<Change>,
    /// Who is told what.
    pub notices: Vec<Notice>,
    /// When.
    pub at: DateTime<Utc>,
}

impl<T> Decision<T> {
    /// The decision as a batch, with what is left to answer.
    #[must_use]
    pub fn into_batch(self, receipt: Option<Receipt>, at: &Moment) -> (T, Batch) {
        let Self { outcome, expects, changes, notices } = self;
        let id = BatchId(at.entropy.uuid(at.now));
        (outcome, Batch { id, receipt, expects, changes, notices, at: at.now })
    }
}

impl Batch {
    /// A batch of changes that rely on nothing, and tell nobody.
    #[must_use]
    pub const fn of(id: BatchId, changes: Vec<Change>, at: DateTime<Utc>) -> Self {
        Self { id, receipt: None, expects: Vec::new(), changes, notices: Vec::new(), at }
    }
}
