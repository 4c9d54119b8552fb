//! A rehearsal: the acts are played on books in memory, and what changed is written down, so
//! that the real books take all of it in one commit.
//!
//! One commit is whole or not at all: a program stopped half-way leaves no half a world, and
//! the disk is waited for once instead of a thousand times. Nobody is told anything: what
//! happened years ago, to people who do not exist, is no news.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::account::{Account, Session, TokenHash};
use cnss_core::audit::{AuditLine, Seal, SealedLine, Traced};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::decision::{Batch, Change, Receipt, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::employer::{Employer, StaffMember};
use cnss_core::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, NoticeId, RequestKey,
    ReturnedFileId, Seen, Version,
};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::{Entry, LedgerAccount};
use cnss_core::memory::MemoryStore;
use cnss_core::money::Money;
use cnss_core::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use cnss_core::payment::{Dispute, Issued, Reference};
use cnss_core::person::Email;
use cnss_core::port::{BoxFuture, CommitError, Store, StoreError};

/// Books in memory that remember how they came to be.
#[derive(Default)]
pub(super) struct Rehearsal {
    books: MemoryStore,
    changes: Mutex<Vec<Change>>,
}

impl Rehearsal {
    /// All that changed since the beginning, as one batch.
    pub(super) fn take_batch(&self, id: BatchId, at: DateTime<Utc>) -> Batch {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        Batch::of(id, changes, at)
    }
}

/// A draft that was filed is gone: the real books need not see it come and go.
const fn lasts(change: &Change) -> bool {
    !matches!(change, Change::SaveDraft(_) | Change::DropDraft(..))
}

type Read<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Reads as the books in memory do.
macro_rules! read {
    ($(fn $name:ident($($arg:ident: $type:ty),*) -> $found:ty;)*) => {$(
        fn $name(&self $(, $arg: $type)*) -> Read<'_, $found> {
            self.books.$name($($arg),*)
        }
    )*};
}

impl Store for Rehearsal {
    read! {
        fn account(id: AccountId) -> Option<Account>;
        fn session(token: TokenHash) -> Option<Session>;
        fn employer(id: EmployerId) -> Option<Seen<Employer>>;
        fn insured(id: InsuredId) -> Option<Insured>;
        fn staff(employer: EmployerId, after: Option<InsuredNumber>, limit: u32) -> Vec<StaffMember>;
        fn draft(employer: EmployerId, quarter: Quarter) -> Option<Seen<Draft>>;
        fn drafted(employer: EmployerId, from: Quarter, to: Quarter, limit: u32) -> Vec<(Quarter, Version)>;
        fn revisions(employer: EmployerId, quarter: Quarter, before: Option<u32>, limit: u32) -> Vec<Filed>;
        fn declarations(employer: EmployerId, before: Option<Quarter>, limit: u32) -> Vec<Filed>;
        fn lines(declaration: DeclarationId, after: u32, limit: u32) -> Vec<Line>;
        fn entries(employer: EmployerId, after: i64, limit: u32) -> Vec<(i64, Entry)>;
        fn career(insured: InsuredId, from: Month, to: Month, limit: u32) -> Vec<CareerMonth>;
        fn returned_file(id: ReturnedFileId) -> Option<ReturnedFile>;
        fn receipt(key: RequestKey) -> Option<Receipt>;
        fn waiting_notices(limit: u32) -> Vec<Notice>;
        fn reference(reference: Reference) -> Option<Issued>;
        fn references(employer: EmployerId, open_on: Option<NaiveDate>, before: Option<i64>, limit: u32) -> Vec<(i64, Issued)>;
        fn disputes(after: i64, limit: u32) -> Vec<(i64, Dispute)>;
        fn take_notices(lease: Lease) -> Vec<Taken>;
        fn settle_notice(notice: NoticeId, delivery: Delivery) -> ();
        fn dead_notices(after: i64, limit: u32) -> Vec<(i64, DeadNotice)>;
        fn sealed_lines(after: (i64, i64), limit: u32) -> Vec<SealedLine>;
        fn unsealed_lines(after: i64, limit: u32) -> Vec<(i64, AuditLine)>;
        fn audit_seals(after: i64, limit: u32) -> Vec<Seal>;
        fn untraced_entries(limit: u32) -> Vec<EntryId>;
        fn writable() -> ();
        fn seal_lines(now: DateTime<Utc>) -> Option<Seal>;
    }

    fn account_by_login<'a>(&'a self, login: &'a Email) -> Read<'a, Option<Account>> {
        self.books.account_by_login(login)
    }

    fn insured_by_numbers<'a>(&'a self, numbers: &'a [InsuredNumber]) -> Read<'a, Vec<Insured>> {
        self.books.insured_by_numbers(numbers)
    }

    fn balance<'a>(
        &'a self,
        employer: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> Read<'a, Option<Money>> {
        self.books.balance(employer, account, at)
    }

    fn traced_entries<'a>(&'a self, batches: &'a [BatchId]) -> Read<'a, Vec<Traced>> {
        self.books.traced_entries(batches)
    }

    fn commit(&self, mut batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        let changes: Vec<Change> = batch.changes.iter().filter(|change| lasts(change)).cloned().collect();
        // No act of this story reads a career, and the books in memory are copied for every
        // commit: without the careers there is far less to copy.
        batch.changes.retain(|change| !matches!(change, Change::RecordCareer(_)));
        Box::pin(async move {
            self.books.commit(batch).await?;
            self.changes.lock().unwrap_or_else(PoisonError::into_inner).extend(changes);
            Ok(())
        })
    }
}
