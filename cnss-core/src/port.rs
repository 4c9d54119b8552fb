//! What the core asks of the outside world: traits only, with futures from the standard library.
//!
//! A store reads facts and commits a batch whole or not at all; an embedder may bring its
//! own and check it with the `conformance` kit. The one rule to remember: every list has a
//! limit, and is paged by key.

mod accounts;
mod around;
mod reached;

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};

use crate::account::{Account, Lock, LockKey, Login, Session, TokenHash};
use crate::audit::{AuditLine, Seal, SealedLine, Traced};
use crate::calendar::{Month, Quarter};
use crate::decision::{Batch, Receipt, ReturnedFile};
use crate::declaration::{Draft, Filed, Line};
use crate::employer::{Employer, StaffMember};
use crate::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, NoticeId, RequestKey,
    ReturnedFileId, Seen, Version,
};
use crate::insured::{CareerMonth, Insured};
use crate::ledger::{Entry, LedgerAccount};
use crate::money::Money;
use crate::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use crate::payment::{Dispute, Issued, Reference};

pub use self::accounts::{AccountStore, Forget};
pub use self::around::{Around, Call};
pub use self::reached::Reached;

/// A future that can be kept in a box, so that a store can be chosen at run time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The most rows that one read may ask for.
pub const LIMIT_MAX: u32 = 1_000;

/// The store cannot answer now; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is too busy.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// What it holds makes no sense; somebody wrote past this program.
    #[error("the store holds what it cannot: {0}")]
    Inconsistent(String),
}

/// Why a batch was not committed; nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// An expectation failed: somebody else was faster. Load again and decide again.
    #[error("somebody else changed it first")]
    Stale,
    /// The request key is taken: load the receipt and answer as then.
    #[error("this request was already carried out")]
    KeyTaken,
    /// A number or a login is taken.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the fund's books are kept.
///
/// Implementors: a commit must not depend on its future being polled to the end (a client may
/// hang up), and reads see only whole commits.
pub trait Store: Send + Sync {
    /// The reads of sign-ups, where they are kept; without them nobody signs up, and people log in with
    /// the accounts that were opened for them.
    fn accounts(&self) -> Option<&dyn AccountStore> {
        None
    }
    /// A login by what its holder types.
    fn account_by_login<'a>(&'a self, login: &'a Login)
    -> BoxFuture<'a, Result<Option<Account>, StoreError>>;
    /// A login by identity.
    fn account(&self, id: AccountId) -> BoxFuture<'_, Result<Option<Account>, StoreError>>;
    /// A session by its token's digest, ended or not.
    fn session(&self, token: TokenHash) -> BoxFuture<'_, Result<Option<Session>, StoreError>>;
    /// Wrong passwords that were counted, of a login or of a source.
    fn lock(&self, key: LockKey) -> BoxFuture<'_, Result<Option<Lock>, StoreError>>;
    /// An employer, with the version of its account.
    fn employer(&self, id: EmployerId) -> BoxFuture<'_, Result<Option<Seen<Employer>>, StoreError>>;
    /// An insured person.
    fn insured(&self, id: InsuredId) -> BoxFuture<'_, Result<Option<Insured>, StoreError>>;
    /// The persons with these numbers (at most [`LIMIT_MAX`]); the unknown ones are left out.
    fn insured_by_numbers<'a>(
        &'a self,
        numbers: &'a [InsuredNumber],
    ) -> BoxFuture<'a, Result<Vec<Insured>, StoreError>>;
    /// The staff of an employer by number, after `after`.
    fn staff(
        &self,
        employer: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StaffMember>, StoreError>>;
    /// The draft for a quarter.
    fn draft(
        &self,
        employer: EmployerId,
        quarter: Quarter,
    ) -> BoxFuture<'_, Result<Option<Seen<Draft>>, StoreError>>;
    /// The quarters from `from` to `to` that have a draft, ascending, with its version and without
    /// its lines.
    fn drafted(
        &self,
        employer: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(Quarter, Version)>, StoreError>>;
    /// The revisions filed for a quarter, the newest first, before revision `before`.
    fn revisions(
        &self,
        employer: EmployerId,
        quarter: Quarter,
        before: Option<u32>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>>;
    /// The standing declaration of each quarter before `before`, the newest first.
    fn declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>>;
    /// The lines of a declaration by row, after row `after`.
    fn lines(
        &self,
        declaration: DeclarationId,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Line>, StoreError>>;
    /// The entries of an employer's account in the order of booking, after place `after`; each with its place.
    fn entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Entry)>, StoreError>>;
    /// What was declared for a person from month `from` to month `to`, ascending by month and employer.
    fn career(
        &self,
        insured: InsuredId,
        from: Month,
        to: Month,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<CareerMonth>, StoreError>>;
    /// A workbook that was given back.
    fn returned_file(&self, id: ReturnedFileId) -> BoxFuture<'_, Result<Option<ReturnedFile>, StoreError>>;
    /// The receipt of a request.
    fn receipt(&self, key: RequestKey) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>>;
    /// A reference that was issued.
    fn reference(&self, reference: Reference) -> BoxFuture<'_, Result<Option<Issued>, StoreError>>;
    /// The references issued for an employer, or those that are still to be paid on `open_on`, the
    /// newest first, before place `before`; each with its place.
    fn references(
        &self,
        employer: EmployerId,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Issued)>, StoreError>>;
    /// Money that was announced and that an agent must look at, in the order in which it came, after
    /// place `after`; each with its place. `after` turns pages and is no bookmark: what is being
    /// committed may still take a place before one that was read.
    fn disputes(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<(i64, Dispute)>, StoreError>>;
    /// Notices that are neither sent nor dead, the oldest first, whoever holds them.
    fn waiting_notices(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>>;
    /// Takes the notices that are due at `lease.now`, the oldest first: until `lease.until` nobody
    /// else is given them.
    fn take_notices(&self, lease: Lease) -> BoxFuture<'_, Result<Vec<Taken>, StoreError>>;
    /// Says what became of a notice that was taken. A notice that is not there, or is settled
    /// already, stays as it is.
    fn settle_notice(&self, notice: NoticeId, delivery: Delivery) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Notices that were given up, in the order in which they were written, after place `after`;
    /// each with its place. `after` turns pages and is no bookmark: a notice is given up long after it
    /// was written.
    fn dead_notices(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, DeadNotice)>, StoreError>>;
    /// The balance of one account of an employer at an instant, in one step however long its
    /// history is; none when nothing was posted to it by then.
    ///
    /// An entry counts from when it was booked, or from when the one before it was, if that is
    /// later: clocks of several machines may differ, and an account does not go back in time.
    fn balance<'a>(
        &'a self,
        employer: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Money>, StoreError>>;
    /// The sealed lines of the audit trail by seal and rank, after `after`.
    fn sealed_lines(
        &self,
        after: (i64, i64),
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<SealedLine>, StoreError>>;
    /// The lines of the audit trail that are not sealed yet, in the order of writing, after place
    /// `after`; each with its place.
    fn unsealed_lines(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, AuditLine)>, StoreError>>;
    /// The seals of the audit trail by number, after `after`.
    fn audit_seals(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<Seal>, StoreError>>;
    /// The entries of these commits (at most [`LIMIT_MAX`]), sound or not, in no order.
    fn traced_entries<'a>(&'a self, batches: &'a [BatchId])
    -> BoxFuture<'a, Result<Vec<Traced>, StoreError>>;
    /// Entries whose commit has no line.
    fn untraced_entries(&self, limit: u32) -> BoxFuture<'_, Result<Vec<EntryId>, StoreError>>;
    /// Seals the lines that are not sealed yet, the oldest [`SEAL_MOST`](crate::audit::SEAL_MOST);
    /// none when there are none, or when somebody else is just doing so.
    fn seal_lines(&self, now: DateTime<Utc>) -> BoxFuture<'_, Result<Option<Seal>, StoreError>>;
    /// Whether a commit would be kept now: books that are read and not written to (a full disk, a
    /// standby) are of no use to whoever pays. Cheap, and changes nothing that anybody reads.
    fn writable(&self) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Commits a batch whole or not at all.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>>;
}

/// Why a message was not handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message was not handed over: {why}")]
pub struct CourierError {
    /// Why, without the addressee as far as the courier can tell.
    pub why: String,
    /// Whether another try may help.
    pub again: bool,
}

impl CourierError {
    /// It may go better later.
    #[must_use]
    pub fn later(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: true }
    }

    /// It will never go.
    #[must_use]
    pub fn never(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: false }
    }
}

/// Who carries messages to people: SMS, e-mail.
pub trait Courier: Send + Sync {
    /// Hands one notice over for its addressee.
    fn carry<'a>(&'a self, to: &'a Reached, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>>;
}
