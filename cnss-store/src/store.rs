//! The store: the port of the core, each read handed to its subject, each write in a task of its
//! own.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::account::{Account, Lock, LockKey, Login, Session, TokenHash};
use cnss_core::audit::{AuditLine, Seal, SealedLine, Traced};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::decision::{Batch, Receipt, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::employer::{Employer, StaffMember};
use cnss_core::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, NoticeId, RequestKey,
    ReturnedFileId, Seen, Version,
};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::{Entry, LedgerAccount};
use cnss_core::money::{Currency, Money};
use cnss_core::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use cnss_core::payment::{Dispute, Issued, Reference};
use cnss_core::port::{AccountStore, BoxFuture, CommitError, Store, StoreError};
use sqlx::{PgPool, SqlitePool};
use tokio::time::timeout;

use crate::fault::unavailable;
use crate::faults::Faults;
use crate::group::Queue;
use crate::open::Options;
use crate::place::Place;
use crate::plan::plan;
use crate::ready::{Progress, Trial};
use crate::waist::On;

/// How much longer than the server itself the portal waits for a statement.
const ON_THE_WAY: Duration = Duration::from_secs(1);

/// Runs in a task of its own, which goes on when whoever asked hangs up.
pub(crate) async fn alone<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(work).await.unwrap_or_else(|e| Err(StoreError::Unavailable(e.to_string())))
}

/// The books of a fund, on SQLite or on PostgreSQL; a clone is the same books.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(crate) engine: Engine,
    pub(crate) currency: Currency,
    /// How long anybody waits.
    pub(crate) wait: Duration,
    /// How long a statement outside a transaction may take, the way to the server included.
    pub(crate) limit: Duration,
    /// The file, when the books are in one.
    pub(crate) place: Option<Arc<Place>>,
    /// What is being written into the file, and what last was.
    pub(crate) progress: Arc<Progress>,
    /// Batches on their way.
    pub(crate) queue: Arc<Queue>,
    /// What the last trial of writing said, and when.
    pub(crate) trial: Arc<Trial>,
    /// Where a test breaks commits off.
    pub(crate) faults: Faults,
}

/// Where the books are kept.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// One file.
    Sqlite {
        /// Reads; each connection sees only whole commits.
        readers: SqlitePool,
        /// Writes, one connection, so that writers queue here and not at the file's lock.
        writer: SqlitePool,
    },
    /// A server that several portals share.
    Postgres(PgPool),
}

impl SqlStore {
    /// Where a read runs.
    pub(crate) fn reading(&self) -> On<'_> {
        match &self.engine {
            Engine::Sqlite { readers, .. } => On::File(readers, self.place.as_deref()),
            Engine::Postgres(pool) => On::Server(pool, self.limit),
        }
    }

    /// Where a single statement writes.
    pub(crate) fn writing(&self) -> On<'_> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => On::File(writer, self.place.as_deref()),
            Engine::Postgres(pool) => On::Server(pool, self.limit),
        }
    }

    /// Whether the file, if there is one, is still the one that was opened.
    pub(crate) fn in_place(&self) -> Result<(), StoreError> {
        self.place.as_ref().map_or(Ok(()), |place| place.check()).map_err(unavailable)
    }

    pub(crate) fn new(engine: Engine, place: Option<Place>, options: Options) -> Self {
        Self {
            engine,
            currency: options.currency,
            wait: options.wait,
            limit: options.statement.saturating_add(ON_THE_WAY),
            place: place.map(Arc::new),
            progress: Arc::default(),
            queue: Arc::default(),
            trial: Arc::default(),
            faults: Faults::default(),
        }
    }

    /// Waits until every batch that was begun is written, as before a machine is switched off.
    pub async fn written(&self) {
        self.queue.drained(self.wait).await;
    }

    /// Closes the books; waits for what is under way.
    pub async fn close(&self) {
        self.written().await;
        match &self.engine {
            Engine::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            // A server that says nothing would be waited for as long as the network believes in it.
            Engine::Postgres(pool) => {
                let _in_time = timeout(self.wait, pool.close()).await;
            }
        }
    }
}

impl Store for SqlStore {
    fn accounts(&self) -> Option<&dyn AccountStore> {
        Some(self)
    }

    fn account_by_login<'a>(
        &'a self,
        login: &'a Login,
    ) -> BoxFuture<'a, Result<Option<Account>, StoreError>> {
        Box::pin(self.read_account_by_login(login))
    }

    fn account(&self, id: AccountId) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        Box::pin(self.read_account(id))
    }

    fn session(&self, token: TokenHash) -> BoxFuture<'_, Result<Option<Session>, StoreError>> {
        Box::pin(self.read_session(token))
    }

    fn lock(&self, key: LockKey) -> BoxFuture<'_, Result<Option<Lock>, StoreError>> {
        Box::pin(self.read_lock(key))
    }

    fn employer(&self, id: EmployerId) -> BoxFuture<'_, Result<Option<Seen<Employer>>, StoreError>> {
        Box::pin(self.read_employer(id))
    }

    fn insured(&self, id: InsuredId) -> BoxFuture<'_, Result<Option<Insured>, StoreError>> {
        Box::pin(self.read_insured(id))
    }

    fn insured_by_numbers<'a>(
        &'a self,
        numbers: &'a [InsuredNumber],
    ) -> BoxFuture<'a, Result<Vec<Insured>, StoreError>> {
        Box::pin(self.read_insured_by_numbers(numbers))
    }

    fn staff(
        &self,
        employer: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StaffMember>, StoreError>> {
        Box::pin(self.read_staff(employer, after, limit))
    }

    fn draft(
        &self,
        employer: EmployerId,
        quarter: Quarter,
    ) -> BoxFuture<'_, Result<Option<Seen<Draft>>, StoreError>> {
        Box::pin(self.read_draft(employer, quarter))
    }

    fn drafted(
        &self,
        employer: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(Quarter, Version)>, StoreError>> {
        Box::pin(self.read_drafted(employer, from, to, limit))
    }

    fn revisions(
        &self,
        employer: EmployerId,
        quarter: Quarter,
        before: Option<u32>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        Box::pin(self.read_revisions(employer, quarter, before, limit))
    }

    fn declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        Box::pin(self.read_declarations(employer, before, limit))
    }

    fn lines(
        &self,
        declaration: DeclarationId,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Line>, StoreError>> {
        Box::pin(self.read_lines(declaration, after, limit))
    }

    fn entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Entry)>, StoreError>> {
        Box::pin(self.read_entries(employer, after, limit))
    }

    fn career(
        &self,
        insured: InsuredId,
        from: Month,
        to: Month,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<CareerMonth>, StoreError>> {
        Box::pin(self.read_career(insured, from, to, limit))
    }

    fn returned_file(&self, id: ReturnedFileId) -> BoxFuture<'_, Result<Option<ReturnedFile>, StoreError>> {
        Box::pin(self.read_returned_file(id))
    }

    fn receipt(&self, key: RequestKey) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        Box::pin(self.read_receipt(key))
    }

    fn waiting_notices(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        Box::pin(self.read_waiting_notices(limit))
    }

    fn reference(&self, reference: Reference) -> BoxFuture<'_, Result<Option<Issued>, StoreError>> {
        Box::pin(self.read_reference(reference))
    }

    fn references(
        &self,
        employer: EmployerId,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Issued)>, StoreError>> {
        Box::pin(self.read_references(employer, open_on, before, limit))
    }

    fn disputes(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<(i64, Dispute)>, StoreError>> {
        Box::pin(self.read_disputes(after, limit))
    }

    fn dead_notices(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, DeadNotice)>, StoreError>> {
        Box::pin(self.read_dead_notices(after, limit))
    }

    fn take_notices(&self, lease: Lease) -> BoxFuture<'_, Result<Vec<Taken>, StoreError>> {
        let store = self.clone();
        Box::pin(alone(async move { store.lease(lease).await }))
    }

    fn settle_notice(&self, notice: NoticeId, delivery: Delivery) -> BoxFuture<'_, Result<(), StoreError>> {
        let store = self.clone();
        Box::pin(alone(async move { store.settle(notice, delivery).await }))
    }

    fn balance<'a>(
        &'a self,
        employer: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Money>, StoreError>> {
        Box::pin(self.read_balance(employer, account, at))
    }

    fn sealed_lines(
        &self,
        after: (i64, i64),
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<SealedLine>, StoreError>> {
        Box::pin(self.read_sealed_lines(after, limit))
    }

    fn unsealed_lines(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, AuditLine)>, StoreError>> {
        Box::pin(self.read_unsealed_lines(after, limit))
    }

    fn audit_seals(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<Seal>, StoreError>> {
        Box::pin(self.read_seals(after, limit))
    }

    fn traced_entries<'a>(
        &'a self,
        batches: &'a [BatchId],
    ) -> BoxFuture<'a, Result<Vec<Traced>, StoreError>> {
        Box::pin(self.read_traced_entries(batches))
    }

    fn untraced_entries(&self, limit: u32) -> BoxFuture<'_, Result<Vec<EntryId>, StoreError>> {
        Box::pin(self.read_untraced_entries(limit))
    }

    fn seal_lines(&self, now: DateTime<Utc>) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        let store = self.clone();
        Box::pin(alone(async move { store.set_seal(now).await }))
    }

    fn writable(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        let store = self.clone();
        Box::pin(alone(async move { store.try_writing().await }))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        let store = self.clone();
        Box::pin(async move {
            let steps = plan(batch, store.currency)?;
            store.commit_steps(steps).await
        })
    }
}
