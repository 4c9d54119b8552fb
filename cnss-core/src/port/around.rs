//! A store around another: one says what it does before, after or in the place of a call, and the
//! rest is the other store's.

use chrono::{DateTime, NaiveDate, Utc};

use super::{AccountStore, BoxFuture, CommitError, Store, StoreError};
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

/// A call to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method of [`Store`].
    pub name: &'static str,
    /// Whether it may change the books.
    pub writes: bool,
}

/// A store around another. Whoever implements it has a [`Store`].
pub trait Around: Send + Sync {
    /// The store that carries the calls out.
    fn inner(&self) -> &dyn Store;

    /// Carries a call out. The other store hears of it when `carry_out` is called, not before.
    fn around<'a, T, E>(
        &'a self,
        _call: Call,
        carry_out: impl FnOnce() -> BoxFuture<'a, Result<T, E>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        carry_out()
    }

    /// Commits a batch, for who wants to see it or change it.
    fn around_commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        self.around(Call { name: "commit", writes: true }, || self.inner().commit(batch))
    }
}

macro_rules! calls {
    ($($writes:literal fn $name:ident($($arg:ident: $type:ty),*) -> $found:ty;)*) => {$(
        fn $name<'a>(&'a self $(, $arg: $type)*) -> BoxFuture<'a, Result<$found, StoreError>> {
            let call = Call { name: stringify!($name), writes: $writes };
            self.around(call, move || self.inner().$name($($arg),*))
        }
    )*};
}

impl<S: Around> Store for S {
    calls! {
        false fn account_by_login(login: &'a Login) -> Option<Account>;
        false fn account(id: AccountId) -> Option<Account>;
        false fn session(token: TokenHash) -> Option<Session>;
        false fn lock(key: LockKey) -> Option<Lock>;
        false fn employer(id: EmployerId) -> Option<Seen<Employer>>;
        false fn insured(id: InsuredId) -> Option<Insured>;
        false fn insured_by_numbers(numbers: &'a [InsuredNumber]) -> Vec<Insured>;
        false fn staff(employer: EmployerId, after: Option<InsuredNumber>, limit: u32) -> Vec<StaffMember>;
        false fn draft(employer: EmployerId, quarter: Quarter) -> Option<Seen<Draft>>;
        false fn drafted(employer: EmployerId, from: Quarter, to: Quarter, limit: u32) -> Vec<(Quarter, Version)>;
        false fn revisions(employer: EmployerId, quarter: Quarter, before: Option<u32>, limit: u32) -> Vec<Filed>;
        false fn declarations(employer: EmployerId, before: Option<Quarter>, limit: u32) -> Vec<Filed>;
        false fn lines(declaration: DeclarationId, after: u32, limit: u32) -> Vec<Line>;
        false fn entries(employer: EmployerId, after: i64, limit: u32) -> Vec<(i64, Entry)>;
        false fn career(insured: InsuredId, from: Month, to: Month, limit: u32) -> Vec<CareerMonth>;
        false fn returned_file(id: ReturnedFileId) -> Option<ReturnedFile>;
        false fn receipt(key: RequestKey) -> Option<Receipt>;
        false fn reference(reference: Reference) -> Option<Issued>;
        false fn references(employer: EmployerId, open_on: Option<NaiveDate>, before: Option<i64>, limit: u32) -> Vec<(i64, Issued)>;
        false fn disputes(after: i64, limit: u32) -> Vec<(i64, Dispute)>;
        false fn waiting_notices(limit: u32) -> Vec<Notice>;
        true fn take_notices(lease: Lease) -> Vec<Taken>;
        true fn settle_notice(notice: NoticeId, delivery: Delivery) -> ();
        false fn dead_notices(after: i64, limit: u32) -> Vec<(i64, DeadNotice)>;
        false fn balance(employer: EmployerId, account: &'a LedgerAccount, at: DateTime<Utc>) -> Option<Money>;
        false fn sealed_lines(after: (i64, i64), limit: u32) -> Vec<SealedLine>;
        false fn unsealed_lines(after: i64, limit: u32) -> Vec<(i64, AuditLine)>;
        false fn audit_seals(after: i64, limit: u32) -> Vec<Seal>;
        false fn traced_entries(batches: &'a [BatchId]) -> Vec<Traced>;
        false fn untraced_entries(limit: u32) -> Vec<EntryId>;
        false fn writable() -> ();
        true fn seal_lines(now: DateTime<Utc>) -> Option<Seal>;
    }

    fn accounts(&self) -> Option<&dyn AccountStore> {
        self.inner().accounts().map(|_| self as &dyn AccountStore)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        self.around_commit(batch)
    }
}
