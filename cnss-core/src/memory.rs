//! The reference store: everything in memory, plain enough to be believed.
//!
//! Other stores are checked against the same promises (the `conformance` kit); tests and
//! small programs use this one. It forgets everything when it is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::account::{Account, Session, TokenHash};
use crate::calendar::{Month, Quarter};
use crate::decision::{Batch, Change, Expect, RETURNED_HOURS, Receipt, ReturnedFile};
use crate::declaration::{Draft, Filed, Line};
use crate::employer::{Employer, Employment, Redated, StaffMember};
use crate::id::{
    AccountId, DeclarationId, EmployerId, InsuredId, InsuredNumber, NoticeId, RequestKey, ReturnedFileId,
    Seen, Version,
};
use crate::insured::{CareerMonth, Insured};
use crate::ledger::{Entry, EntryKind};
use crate::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use crate::payment::{Dispute, Issued, Reference};
use crate::person::Email;
use crate::port::{BoxFuture, CommitError, LIMIT_MAX, Store, StoreError};

/// The store.
#[derive(Debug, Default)]
pub struct MemoryStore {
    books: Mutex<Books>,
}

/// A notice on its way.
#[derive(Clone, Debug)]
struct Letter {
    notice: Notice,
    tries: u32,
    /// Nobody is given it before.
    due: DateTime<Utc>,
    state: LetterState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LetterState {
    Waiting,
    Sent,
    Dead(String),
}

#[derive(Clone, Debug, Default)]
struct Books {
    employers: BTreeMap<EmployerId, Seen<Employer>>,
    insured: BTreeMap<InsuredId, Insured>,
    numbers: BTreeMap<InsuredNumber, InsuredId>,
    accounts: BTreeMap<AccountId, Account>,
    sessions: BTreeMap<TokenHash, Session>,
    staff: BTreeMap<(EmployerId, InsuredId), Employment>,
    drafts: BTreeMap<(EmployerId, Quarter), Seen<Draft>>,
    filed: Vec<Filed>,
    lines: BTreeMap<DeclarationId, Vec<Line>>,
    career: BTreeMap<(InsuredId, Month, EmployerId), CareerMonth>,
    entries: Vec<Entry>,
    returned: BTreeMap<EmployerId, ReturnedFile>,
    receipts: BTreeMap<RequestKey, Receipt>,
    outbox: Vec<Letter>,
    references: Vec<Issued>,
    disputes: Vec<Dispute>,
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

impl Books {
    fn expect(&self, expect: &Expect) -> Result<(), CommitError> {
        let holds = match expect {
            Expect::Employer(id, version) => {
                self.employers.get(id).is_some_and(|seen| seen.version == *version)
            }
            Expect::Draft(employer, quarter, version) => {
                self.drafts.get(&(*employer, *quarter)).map(|seen| seen.version) == *version
            }
            Expect::Unpaid(reference) => {
                self.references.iter().any(|known| known.reference == *reference && known.paid.is_none())
            }
            Expect::Attempts(id, counted) => self.accounts.get(id).is_some_and(|a| a.attempts == *counted),
        };
        if holds { Ok(()) } else { Err(CommitError::Stale) }
    }

    fn apply(&mut self, change: Change) -> Result<(), CommitError> {
        match change {
            Change::RegisterEmployer(employer) => {
                if self.employers.values().any(|seen| seen.value.number == employer.number) {
                    return Err(CommitError::Taken("employer_number"));
                }
                self.employers.insert(employer.id, Seen { value: employer, version: Version(1) });
            }
            Change::RegisterInsured(insured) => {
                if self.numbers.contains_key(&insured.number) {
                    return Err(CommitError::Taken("insured_number"));
                }
                self.numbers.insert(insured.number, insured.id);
                self.insured.insert(insured.id, insured);
            }
            Change::OpenAccount(account) => {
                if self.accounts.values().any(|known| known.login == account.login) {
                    return Err(CommitError::Taken("login"));
                }
                self.accounts.insert(account.id, account);
            }
            Change::Employ(employments) => employments.into_iter().for_each(|e| self.employ(e)),
            Change::Redate(corrections) => corrections.iter().for_each(|c| self.redate(c)),
            Change::SaveDraft(seen) => {
                self.drafts.insert((seen.value.employer, seen.value.quarter), seen);
            }
            Change::DropDraft(employer, quarter) => {
                self.drafts.remove(&(employer, quarter));
            }
            Change::FileDeclaration(filed, lines) => {
                let again = |f: &Filed| {
                    (f.employer, f.quarter, f.revision) == (filed.employer, filed.quarter, filed.revision)
                };
                if self.filed.iter().any(again) {
                    return Err(CommitError::Taken("declaration_revision"));
                }
                self.lines.insert(filed.id, lines);
                self.filed.push(filed);
            }
            Change::RecordCareer(months) => {
                for month in months {
                    self.career.insert((month.insured, month.month, month.employer), month);
                }
            }
            Change::WithdrawCareer(keys) => {
                for key in keys {
                    self.career.remove(&key);
                }
            }
            Change::PostEntry(entry) => self.post(entry)?,
            Change::IssueReference(issued) => {
                if self.references.iter().any(|known| known.reference == issued.reference) {
                    return Err(CommitError::Taken("payment_reference"));
                }
                self.references.push(issued);
            }
            Change::CreditReference(reference, paid) => {
                for known in self.references.iter_mut().filter(|known| known.reference == reference) {
                    known.paid = Some(paid.clone());
                }
            }
            Change::RecordDispute(dispute) => self.disputes.push(dispute),
            Change::OpenSession(session) => {
                self.sweep(session.opened_at);
                self.sessions.insert(session.token, session);
            }
            Change::TouchSession(token, at) => {
                if let Some(session) = self.sessions.get_mut(&token) {
                    session.used_at = session.used_at.max(at);
                }
            }
            Change::EndSession(token) => {
                self.sessions.remove(&token);
            }
            Change::CountAttempts(id, attempts, paused_until) => {
                if let Some(account) = self.accounts.get_mut(&id) {
                    account.attempts = attempts;
                    account.paused_until = paused_until;
                }
            }
            Change::ReturnFile(file) => {
                self.sweep(file.made_at);
                self.returned.insert(file.employer, file);
            }
        }
        Ok(())
    }

    fn post(&mut self, entry: Entry) -> Result<(), CommitError> {
        let paid_twice = |known: &Entry| {
            entry.kind == EntryKind::Payment && known.kind == entry.kind && known.reference == entry.reference
        };
        if entry.reference.is_some() && self.entries.iter().any(paid_twice) {
            return Err(CommitError::Taken("payment"));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Deletes the returned files that are too old.
    fn sweep(&mut self, now: DateTime<Utc>) {
        let kept = TimeDelta::hours(RETURNED_HOURS);
        self.returned.retain(|_, file| now.signed_duration_since(file.made_at) < kept);
    }

    fn employ(&mut self, new: Employment) {
        let known = self.staff.entry((new.employer, new.insured)).or_insert_with(|| new.clone());
        let again = known.left_on.is_some_and(|left| new.hired_on > left);
        known.hired_on = known.hired_on.min(new.hired_on);
        known.left_on = if again { new.left_on } else { new.left_on.or(known.left_on) };
    }

    fn redate(&mut self, new: &Redated) {
        let Some(known) = self.staff.get_mut(&(new.employer, new.insured)) else { return };
        if let (Some(said), Some(instead)) = (new.said_hired_on, new.hired_on)
            && known.hired_on == said
        {
            known.hired_on = instead;
        }
        if new.said_left_on.is_some() && known.left_on == new.said_left_on {
            known.left_on = new.left_on;
        }
    }

    fn commit(&self, batch: Batch) -> Result<Self, CommitError> {
        if batch.receipt.as_ref().is_some_and(|receipt| self.receipts.contains_key(&receipt.key)) {
            return Err(CommitError::KeyTaken);
        }
        for expect in &batch.expects {
            self.expect(expect)?;
        }
        let mut next = self.clone();
        let expected = batch.expects.iter().filter_map(|expect| match expect {
            Expect::Employer(id, _) => Some(*id),
            _ => None,
        });
        let posted = batch.changes.iter().filter_map(|change| match change {
            Change::PostEntry(entry) => Some(entry.employer),
            _ => None,
        });
        for id in expected.chain(posted).collect::<BTreeSet<_>>() {
            if let Some(seen) = next.employers.get_mut(&id) {
                seen.version = seen.version.next();
            }
        }
        for change in batch.changes {
            next.apply(change)?;
        }
        if let Some(receipt) = batch.receipt {
            next.receipts.insert(receipt.key, receipt);
        }
        let letter = |notice| Letter { notice, tries: 0, due: batch.at, state: LetterState::Waiting };
        next.outbox.extend(batch.notices.into_iter().map(letter));
        Ok(next)
    }
}

impl Store for MemoryStore {
    fn account_by_login<'a>(
        &'a self,
        login: &'a Email,
    ) -> BoxFuture<'a, Result<Option<Account>, StoreError>> {
        ready(Ok(self.books().accounts.values().find(|account| account.login == *login).cloned()))
    }

    fn account(&self, id: AccountId) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        ready(Ok(self.books().accounts.get(&id).cloned()))
    }

    fn session(&self, token: TokenHash) -> BoxFuture<'_, Result<Option<Session>, StoreError>> {
        ready(Ok(self.books().sessions.get(&token).cloned()))
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
            books.staff.values().filter(|e| e.employer == employer).filter_map(member).collect();
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
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        let books = self.books();
        let mut filed: Vec<Filed> =
            books.filed.iter().filter(|f| f.employer == employer && f.quarter == quarter).cloned().collect();
        filed.sort_by_key(|f| std::cmp::Reverse(f.revision));
        filed.truncate(limited(limit));
        ready(Ok(filed))
    }

    fn declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Filed>, StoreError>> {
        let books = self.books();
        let mut standing: BTreeMap<Quarter, Filed> = BTreeMap::new();
        for filed in books.filed.iter().filter(|f| f.employer == employer) {
            let kept = standing.entry(filed.quarter).or_insert_with(|| filed.clone());
            if filed.revision > kept.revision {
                *kept = filed.clone();
            }
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
        let mut lines: Vec<Line> =
            books.lines.get(&declaration).into_iter().flatten().filter(|l| l.row > after).cloned().collect();
        lines.sort_by_key(|l| l.row);
        lines.truncate(limited(limit));
        ready(Ok(lines))
    }

    fn entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Entry)>, StoreError>> {
        let books = self.books();
        let placed =
            (1_i64..).zip(&books.entries).filter(|(place, e)| e.employer == employer && *place > after);
        ready(Ok(placed.take(limited(limit)).map(|(place, entry)| (place, entry.clone())).collect()))
    }

    fn career(
        &self,
        insured: InsuredId,
        from: Month,
        to: Month,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<CareerMonth>, StoreError>> {
        let books = self.books();
        let months =
            books.career.values().filter(|m| m.insured == insured && m.month >= from && m.month <= to);
        ready(Ok(months.take(limited(limit)).cloned().collect()))
    }

    fn returned_file(&self, id: ReturnedFileId) -> BoxFuture<'_, Result<Option<ReturnedFile>, StoreError>> {
        ready(Ok(self.books().returned.values().find(|file| file.id == id).cloned()))
    }

    fn receipt(&self, key: RequestKey) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        ready(Ok(self.books().receipts.get(&key).cloned()))
    }

    fn waiting_notices(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        let books = self.books();
        let waiting = books.outbox.iter().filter(|letter| letter.state == LetterState::Waiting);
        ready(Ok(waiting.take(limited(limit)).map(|letter| letter.notice.clone()).collect()))
    }

    fn take_notices(&self, lease: Lease) -> BoxFuture<'_, Result<Vec<Taken>, StoreError>> {
        let mut books = self.books();
        let due = |letter: &&mut Letter| letter.state == LetterState::Waiting && letter.due <= lease.now;
        let taken = books.outbox.iter_mut().filter(due).take(limited(lease.limit));
        let take = |letter: &mut Letter| {
            letter.due = lease.until;
            Taken { notice: letter.notice.clone(), tries: letter.tries }
        };
        ready(Ok(taken.map(take).collect()))
    }

    fn settle_notice(&self, notice: NoticeId, delivery: Delivery) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut books = self.books();
        let here = |l: &&mut Letter| l.notice.id == notice && l.state == LetterState::Waiting;
        if let Some(letter) = books.outbox.iter_mut().find(here) {
            letter.tries = letter.tries.saturating_add(1);
            match delivery {
                Delivery::Sent(_) => letter.state = LetterState::Sent,
                Delivery::Again(due, _) => letter.due = due,
                Delivery::Dead(why) => letter.state = LetterState::Dead(why),
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
        let dead = (1_i64..).zip(&books.outbox).filter(|(place, _)| *place > after);
        let dead = dead.filter_map(|(place, letter)| match &letter.state {
            LetterState::Dead(why) => {
                let (notice, tries, why) = (letter.notice.clone(), letter.tries, why.clone());
                Some((place, DeadNotice { notice, tries, why }))
            }
            _ => None,
        });
        ready(Ok(dead.take(limited(limit)).collect()))
    }

    fn reference(&self, reference: Reference) -> BoxFuture<'_, Result<Option<Issued>, StoreError>> {
        ready(Ok(self.books().references.iter().find(|known| known.reference == reference).cloned()))
    }

    fn references(
        &self,
        employer: EmployerId,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Issued)>, StoreError>> {
        let books = self.books();
        let mut all: Vec<_> = (1_i64..).zip(books.references.iter().cloned()).collect();
        all.retain(|(place, known)| {
            known.employer == employer && before.is_none_or(|before| *place < before)
        });
        all.reverse();
        all.truncate(limited(limit));
        ready(Ok(all))
    }

    fn disputes(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<(i64, Dispute)>, StoreError>> {
        let books = self.books();
        let all = (1_i64..).zip(books.disputes.iter().cloned()).filter(|(place, _)| *place > after);
        ready(Ok(all.take(limited(limit)).collect()))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        let mut books = self.books();
        let committed = books.commit(batch).map(|next| *books = next);
        ready(committed)
    }
}
