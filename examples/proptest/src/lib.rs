//! What somebody who builds on `cnss-core` may write: a rule of one's own ([`yearly_bonus`]) and a
//! store that does one thing more than another ([`Watched`]).
//!
//! The point is in `tests/`: both are tried on random people and random lives of a fund, without a
//! line of generator.

use std::sync::Mutex;

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
use cnss_core::insured::{Career, CareerMonth, Insured};
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount};
use cnss_core::memory::MemoryStore;
use cnss_core::money::{Currency, Money, MoneyError, Rounding};
use cnss_core::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use cnss_core::payment::{Dispute, Issued, Reference};
use cnss_core::person::Email;
use cnss_core::port::{BoxFuture, CommitError, Store, StoreError};
use rust_decimal::Decimal;

/// A bonus that an employer pays of its own: 2 % of the year's wages for each whole year of service,
/// 20 % at most, rounded down to the smallest unit.
///
/// # Errors
/// An amount beyond what the books accept.
pub fn yearly_bonus(career: &Career, year: i32, currency: Currency) -> Result<Money, MoneyError> {
    let (Some(first), Some(end)) = (Month::new(year, 1), Month::new(year.saturating_add(1), 1)) else {
        return Ok(currency.zero());
    };
    let mut wages = currency.zero();
    for month in career.between(first, end) {
        wages = wages.plus(Money::new(month.wage, currency)?)?;
    }
    let years = career.before(first).len().checked_div(12).unwrap_or(0).min(10);
    let share = Decimal::new(i64::try_from(years).unwrap_or(10).saturating_mul(2), 2);
    Ok(wages.times(share)?.round(Rounding::Down))
}

/// Books in memory that count what is written into them, as a store of your own might feed an
/// archive or a dashboard.
#[derive(Debug, Default)]
pub struct Watched {
    books: MemoryStore,
    written: Mutex<Written>,
}

/// What was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Declarations and corrections.
    pub declarations: usize,
    /// Payments booked.
    pub payments: usize,
    /// Entries that debit or credit contributions.
    pub debts: usize,
}

impl Watched {
    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> Written {
        *self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Store for Watched {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let changes = batch.changes.clone();
            // Only what the books took counts: a batch is committed whole or not at all.
            self.books.commit(batch).await?;
            let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for change in changes {
                let counted = match change {
                    Change::FileDeclaration(..) => &mut written.declarations,
                    Change::PostEntry(entry) if entry.kind == EntryKind::Payment => &mut written.payments,
                    Change::PostEntry(_) => &mut written.debts,
                    _ => continue,
                };
                *counted = counted.saturating_add(1);
            }
            Ok(())
        })
    }

    fn account_by_login<'a>(
        &'a self,
        login: &'a Email,
    ) -> BoxFuture<'a, Result<Option<Account>, StoreError>> {
        self.books.account_by_login(login)
    }
    fn account(&self, id: AccountId) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        self.books.account(id)
    }
    fn session(&self, token: TokenHash) -> BoxFuture<'_, Result<Option<Session>, StoreError>> {
        self.books.session(token)
    }
    fn employer(&self, id: EmployerId) -> BoxFuture<'_, Result<Option<Seen<Employer>>, StoreError>> {
        self.books.employer(id)
    }
    fn insured(&self, id: InsuredId) -> BoxFuture<'_, Result<Option<Insured>, StoreError>> {
        self.books.insured(id)
    }
    fn insured_by_numbers<'a>(
        &'a self,
        numbers: &'a [InsuredNumber],
    ) -> BoxFuture<'a, Result<Vec<Insured>, StoreError>> {
        self.books.insured_by_numbers(numbers)
    }
    fn staff(
        &self,
        employer: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StaffMember>, StoreError>> {
        self.books.staff(employer, after, limit)
    }
    fn draft(
        &self,
        employer: EmployerId,
        quarter: Quarter,
    ) -> BoxFuture<'_, Result<Option<Seen<Draft>>, StoreError>> {
        self.books.draft(employer, quarter)
    }
    fn drafted(
        &self,
        employer: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(Quarter, Version)>, StoreError>> {
        self.books.drafted(employer, from, to, limit)
    }
    fn revisions(
        &self,
        employer: EmployerId,
        quarter: Quarter,
        before: Option<u32>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        self.books.revisions(employer, quarter, before, limit)
    }
    fn declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        self.books.declarations(employer, before, limit)
    }
    fn lines(
        &self,
        declaration: DeclarationId,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Line>, StoreError>> {
        self.books.lines(declaration, after, limit)
    }
    fn entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Entry)>, StoreError>> {
        self.books.entries(employer, after, limit)
    }
    fn career(
        &self,
        insured: InsuredId,
        from: Month,
        to: Month,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<CareerMonth>, StoreError>> {
        self.books.career(insured, from, to, limit)
    }
    fn returned_file(&self, id: ReturnedFileId) -> BoxFuture<'_, Result<Option<ReturnedFile>, StoreError>> {
        self.books.returned_file(id)
    }
    fn receipt(&self, key: RequestKey) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        self.books.receipt(key)
    }
    fn waiting_notices(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        self.books.waiting_notices(limit)
    }
    fn reference(&self, reference: Reference) -> BoxFuture<'_, Result<Option<Issued>, StoreError>> {
        self.books.reference(reference)
    }
    fn references(
        &self,
        employer: EmployerId,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Issued)>, StoreError>> {
        self.books.references(employer, open_on, before, limit)
    }
    fn disputes(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<(i64, Dispute)>, StoreError>> {
        self.books.disputes(after, limit)
    }
    fn take_notices(&self, lease: Lease) -> BoxFuture<'_, Result<Vec<Taken>, StoreError>> {
        self.books.take_notices(lease)
    }
    fn settle_notice(&self, notice: NoticeId, delivery: Delivery) -> BoxFuture<'_, Result<(), StoreError>> {
        self.books.settle_notice(notice, delivery)
    }
    fn dead_notices(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, DeadNotice)>, StoreError>> {
        self.books.dead_notices(after, limit)
    }
    fn balance<'a>(
        &'a self,
        employer: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Money>, StoreError>> {
        self.books.balance(employer, account, at)
    }
    fn sealed_lines(
        &self,
        after: (i64, i64),
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<SealedLine>, StoreError>> {
        self.books.sealed_lines(after, limit)
    }
    fn unsealed_lines(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, AuditLine)>, StoreError>> {
        self.books.unsealed_lines(after, limit)
    }
    fn audit_seals(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<Seal>, StoreError>> {
        self.books.audit_seals(after, limit)
    }
    fn traced_entries<'a>(
        &'a self,
        batches: &'a [BatchId],
    ) -> BoxFuture<'a, Result<Vec<Traced>, StoreError>> {
        self.books.traced_entries(batches)
    }
    fn writable(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.books.writable()
    }
    fn untraced_entries(&self, limit: u32) -> BoxFuture<'_, Result<Vec<EntryId>, StoreError>> {
        self.books.untraced_entries(limit)
    }
    fn seal_lines(&self, now: DateTime<Utc>) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        self.books.seal_lines(now)
    }
}
