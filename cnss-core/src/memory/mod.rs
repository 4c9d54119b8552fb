//! The reference store: everything in memory, plain enough to be believed.
//!
//! Other stores are checked against the same promises (the `conformance` kit); tests and
//! small programs use this one. It forgets everything when it is dropped.

mod accounts;
mod books;
mod trail;

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use self::books::{Books, Letter};
use crate::account::{Account, Lock, LockKey, Login, Session, TokenHash};
use crate::audit::{AuditLine, Seal, SealedLine, Traced};
use crate::calendar::{Month, Quarter};
use crate::decision::{Batch, Receipt, ReturnedFile};
use crate::declaration::{Draft, Filed, Line};
use crate::employer::{Employer, Employment, StaffMember};
use crate::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, NoticeId, RequestKey,
    ReturnedFileId, Seen, Version,
};
use crate::insured::{CareerMonth, Insured};
use crate::ledger::{Entry, LedgerAccount};
use crate::money::Money;
use crate::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use crate::payment::{Dispute, Issued, Reference};
use crate::port::{AccountStore, BoxFuture, CommitError, LIMIT_MAX, Store, StoreError};

/// The store.
#[derive(Debug, Default)]
pub struct MemoryStore {
    books: Mutex<Books>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

fn limited(limit: u32) -> usize {
    usize::try_from(limit.clamp(1, LIMIT_MAX)).unwrap_or(1)
}

/// The smallest and the greatest identity.
const ENDS: (Uuid, Uuid) = (Uuid::nil(), Uuid::max());

impl Store for MemoryStore {
    fn accounts(&self) -> Option<&dyn AccountStore> {
        Some(self)
    }

    fn account_by_login<'a>(
        &'a self,
        login: &'a Login,
    ) -> BoxFuture<'a, Result<Option<Account>, StoreError>> {
        let books = self.books();
        ready(Ok(books.logins.get(login).and_then(|id| books.accounts.get(id)).cloned()))
    }

    fn account(&self, id: AccountId) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        ready(Ok(self.books().accounts.get(&id).cloned()))
    }

    fn session(&self, token: TokenHash) -> BoxFuture<'_, Result<Option<Session>, StoreError>> {
        ready(Ok(self.books().sessions.get(&token).cloned()))
    }

    fn lock(&self, key: LockKey) -> BoxFuture<'_, Result<Option<Lock>, StoreError>> {
        ready(Ok(self.books().kept.locks.get(&key).copied()))
    }

    fn employer(&self, id: EmployerId) -> BoxFuture<'_, Result<Option<Seen<Employer>>, StoreError>> {
        ready(Ok(self.books().employers.get(&id).cloned()))
    }

    fn insured(&self, id: InsuredId) -> BoxFuture<'_, Result<Option<Insured>, StoreError>> {
        ready(Ok(self.books().insured.get(&id).cloned()))
    }

    fn insured_by_numbers<'a>(
        &'a self,
        numbers: &'a [InsuredNumber],
    ) -> BoxFuture<'a, Result<Vec<Insured>, StoreError>> {
        let books = self.books();
        let found = numbers.iter().take(limited(LIMIT_MAX)).filter_map(|number| books.numbers.get(number));
        ready(Ok(found.filter_map(|id| books.insured.get(id)).cloned().collect()))
    }

    fn staff(
        &self,
        employer: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<StaffMember>, StoreError>> {
        let books = self.books();
        let all = (employer, InsuredId(ENDS.0))..=(employer, InsuredId(ENDS.1));
        let member = |employment: &Employment| {
            let person = books.insured.get(&employment.insured)?;
            Some(StaffMember {
                id: person.id,
                number: person.number,
                surname: person.surname.clone(),
                forenames: person.forenames.clone(),
                hired_on: employment.hired_on,
                left_on: employment.left_on,
            })
        };
        let mut staff: Vec<StaffMember> =
            books.staff.range(all).filter_map(|(_, employment)| member(employment)).collect();
        staff.sort_by_key(|m| m.number);
        staff.retain(|m| after.is_none_or(|after| m.number > after));
        staff.truncate(limited(limit));
        ready(Ok(staff))
    }

    fn draft(
        &self,
        employer: EmployerId,
        quarter: Quarter,
    ) -> BoxFuture<'_, Result<Option<Seen<Draft>>, StoreError>> {
        ready(Ok(self.books().drafts.get(&(employer, quarter)).cloned()))
    }

    fn drafted(
        &self,
        employer: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(Quarter, Version)>, StoreError>> {
        let books = self.books();
        // No range of the map: it would be refused when `from` comes after `to`.
        let within = books
            .drafts
            .iter()
            .filter(|((whose, quarter), _)| *whose == employer && *quarter >= from && *quarter <= to);
        let drafted = within.map(|((_, quarter), seen)| (*quarter, seen.version));
        ready(Ok(drafted.take(limited(limit)).collect()))
    }

    fn revisions(
        &self,
        employer: EmployerId,
        quarter: Quarter,
        before: Option<u32>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        let books = self.books();
        let end =
            before.map_or(Included((employer, quarter, u32::MAX)), |b| Excluded((employer, quarter, b)));
        let all = books.filed.range((Included((employer, quarter, 0)), end));
        ready(Ok(all.rev().take(limited(limit)).map(|(_, filed)| filed.clone()).collect()))
    }

    fn declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        let books = self.books();
        let (first, last) = (Quarter::of(NaiveDate::MIN), Quarter::of(NaiveDate::MAX));
        let mut standing: BTreeMap<Quarter, Filed> = BTreeMap::new();
        // Revisions ascend, so that the last one of a quarter stays.
        for ((_, quarter, _), filed) in books.filed.range((employer, first, 0)..=(employer, last, u32::MAX)) {
            standing.insert(*quarter, filed.clone());
        }
        let newest = standing.into_values().rev().filter(|f| before.is_none_or(|before| f.quarter < before));
        ready(Ok(newest.take(limited(limit)).collect()))
    }

    fn lines(
        &self,
        declaration: DeclarationId,
        after: u32,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Line>, StoreError>> {
        let books = self.books();
        let lines = books.lines.range((Excluded((declaration, after)), Included((declaration, u32::MAX))));
        ready(Ok(lines.take(limited(limit)).map(|(_, line)| line.clone()).collect()))
    }

    fn entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Entry)>, StoreError>> {
        let books = self.books();
        let mut placed = books.entries.range((Excluded((employer, after)), Included((employer, i64::MAX))));
        if planted!("page-skips-one") && after > 0 {
            placed.next();
        }
        let placed = placed.take(limited(limit)).map(|((_, place), entry)| (*place, entry.clone()));
        ready(Ok(placed.collect()))
    }

    fn career(
        &self,
        insured: InsuredId,
        from: Month,
        to: Month,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<CareerMonth>, StoreError>> {
        let books = self.books();
        if from > to {
            return ready(Ok(Vec::new()));
        }
        let months =
            books.career.range((insured, from, EmployerId(ENDS.0))..=(insured, to, EmployerId(ENDS.1)));
        ready(Ok(months.take(limited(limit)).map(|(_, month)| month.clone()).collect()))
    }

    fn returned_file(&self, id: ReturnedFileId) -> BoxFuture<'_, Result<Option<ReturnedFile>, StoreError>> {
        ready(Ok(self.books().returned.values().find(|file| file.id == id).cloned()))
    }

    fn receipt(&self, key: RequestKey) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        ready(Ok(self.books().receipts.get(&key).cloned()))
    }

    fn waiting_notices(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        let books = self.books();
        ready(Ok(books.waiting.values().take(limited(limit)).map(|letter| letter.notice.clone()).collect()))
    }

    fn take_notices(&self, lease: Lease) -> BoxFuture<'_, Result<Vec<Taken>, StoreError>> {
        let mut books = self.books();
        let due = |letter: &&mut Letter| letter.due <= lease.now;
        let taken = books.waiting.values_mut().filter(due).take(limited(lease.limit));
        let take = |letter: &mut Letter| {
            if !planted!("taken-by-two") {
                letter.due = lease.until;
            }
            let mut notice = letter.notice.clone();
            if planted!("new-identity") && letter.tries > 0 {
                notice.id = NoticeId(Uuid::from_u128(notice.id.0.as_u128() ^ 1));
            }
            Taken { notice, tries: letter.tries }
        };
        ready(Ok(taken.map(take).collect()))
    }

    fn settle_notice(&self, notice: NoticeId, delivery: Delivery) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut books = self.books();
        let Some(place) = books.letters.get(&notice).copied() else { return ready(Ok(())) };
        // What is not among those that wait is settled already, and stays as it is.
        let Some(mut letter) = books.waiting.remove(&place) else { return ready(Ok(())) };
        letter.tries = letter.tries.saturating_add(1);
        match delivery {
            Delivery::Sent(_) if planted!("sent-comes-back") => {
                books.waiting.insert(place, letter);
            }
            Delivery::Again(..) if planted!("failed-is-sent") => {}
            Delivery::Sent(_) | Delivery::Expired(_) => {}
            Delivery::Again(due, _) => {
                letter.due = due;
                books.waiting.insert(place, letter);
            }
            Delivery::Dead(why) => {
                letter.dead = Some(why);
                books.dead.insert(place, letter);
            }
        }
        ready(Ok(()))
    }

    fn dead_notices(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, DeadNotice)>, StoreError>> {
        let books = self.books();
        let dead = books.dead.range((Excluded(after), Included(i64::MAX)));
        let told = |(place, letter): (&i64, &Letter)| {
            let why = letter.dead.clone().unwrap_or_default();
            (*place, DeadNotice { notice: letter.notice.clone(), tries: letter.tries, why })
        };
        ready(Ok(dead.take(limited(limit)).map(told).collect()))
    }

    fn reference(&self, reference: Reference) -> BoxFuture<'_, Result<Option<Issued>, StoreError>> {
        ready(Ok(self.books().references.get(&reference).cloned()))
    }

    fn references(
        &self,
        employer: EmployerId,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Issued)>, StoreError>> {
        let books = self.books();
        let before = before.unwrap_or(i64::MAX);
        let older = books.issued.range((Included((employer, i64::MIN)), Excluded((employer, before))));
        let known = |((_, place), reference): (&(EmployerId, i64), &Reference)| {
            Some((*place, books.references.get(reference)?.clone()))
        };
        let wanted = |(_, issued): &(i64, Issued)| open_on.is_none_or(|day| issued.open(day));
        ready(Ok(older.rev().filter_map(known).filter(wanted).take(limited(limit)).collect()))
    }

    fn disputes(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<(i64, Dispute)>, StoreError>> {
        let books = self.books();
        let all = books.disputes.range((Excluded(after), Included(i64::MAX)));
        ready(Ok(all.take(limited(limit)).map(|(place, dispute)| (*place, dispute.clone())).collect()))
    }

    fn balance<'a>(
        &'a self,
        employer: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Money>, StoreError>> {
        ready(self.books().balance(employer, account, at))
    }

    fn sealed_lines(
        &self,
        after: (i64, i64),
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<SealedLine>, StoreError>> {
        ready(Ok(self.books().trail.sealed(after, limited(limit))))
    }

    fn unsealed_lines(
        &self,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, AuditLine)>, StoreError>> {
        ready(Ok(self.books().trail.unsealed(after, limited(limit))))
    }

    fn audit_seals(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<Seal>, StoreError>> {
        ready(Ok(self.books().trail.seals(after, limited(limit))))
    }

    fn traced_entries<'a>(
        &'a self,
        batches: &'a [BatchId],
    ) -> BoxFuture<'a, Result<Vec<Traced>, StoreError>> {
        ready(self.books().traced(batches))
    }

    fn untraced_entries(&self, limit: u32) -> BoxFuture<'_, Result<Vec<EntryId>, StoreError>> {
        ready(Ok(self.books().untraced(limited(limit))))
    }

    fn seal_lines(&self, now: DateTime<Utc>) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        ready(Ok(self.books().trail.seal(now)))
    }

    fn writable(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Ok(()))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        ready(self.books().commit(batch))
    }
}
