//! The port: each read of [`Store`] handed to its subject.

use chrono::{DateTime, Utc};
use cnss_core::account::{Account, Session, TokenHash};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::decision::{Batch, Receipt, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::employer::{Employer, StaffMember};
use cnss_core::id::{
    AccountId, DeclarationId, EmployerId, InsuredId, InsuredNumber, RequestKey, ReturnedFileId, Seen, Version,
};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::Entry;
use cnss_core::notice::Notice;
use cnss_core::person::Email;
use cnss_core::port::{BoxFuture, CommitError, LIMIT_MAX, Store, StoreError};

use crate::fault::unavailable;
use crate::sqlite::SqliteStore;

/// A limit that a reader may ask for.
pub(crate) fn limited(limit: u32) -> i64 {
    i64::from(limit.clamp(1, LIMIT_MAX))
}

/// An instant as the books keep it.
pub(crate) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

impl Store for SqliteStore {
    fn account_by_login<'a>(
        &'a self,
        login: &'a Email,
    ) -> BoxFuture<'a, Result<Option<Account>, StoreError>> {
        Box::pin(self.read_account_by_login(login))
    }

    fn account(&self, id: AccountId) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        Box::pin(self.read_account(id))
    }

    fn session(&self, token: TokenHash) -> BoxFuture<'_, Result<Option<Session>, StoreError>> {
        Box::pin(self.read_session(token))
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
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        Box::pin(self.read_revisions(employer, quarter, limit))
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

    fn notice_sent<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), StoreError>> {
        let store = self.clone();
        let id = notice.id.0.as_bytes().to_vec();
        Box::pin(async move {
            let sent = async move {
                sqlx::query("UPDATE outbox SET sent = 1 WHERE notice_id = $1")
                    .bind(id)
                    .execute(&store.writer)
                    .await
            };
            // In a task of its own, as every write: see `commit`.
            let done = tokio::spawn(sent).await.map_err(|e| StoreError::Unavailable(e.to_string()))?;
            done.map(|_| ()).map_err(unavailable)
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        let store = self.clone();
        Box::pin(async move {
            let task = tokio::spawn(async move { store.write(batch).await });
            task.await.unwrap_or_else(|e| Err(StoreError::Unavailable(e.to_string()).into()))
        })
    }
}
