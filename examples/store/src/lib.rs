//! A store of one's own: plain lists, copied before each commit and put in their place after it, so
//! that a commit is whole or not at all and a reader always sees a whole one.
//!
//! It is slow, and it is all there is to write: what a fund needs of any database are the functions
//! below. `tests/kit.rs` proves them with the kit of the core and with simulated funds. Begin your
//! own store here, keep the test, and exchange the lists for your engine one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use cnss_core::account::{Account, AccountChange, AccountExpect, Lock, LockKey, Login, Session, TokenHash};
use cnss_core::audit::{AuditLine, SEAL_MOST, Seal, SealedLine, Traced};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::decision::{Batch, Change, Expect, RETURNED_HOURS, Receipt, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::employer::{Employer, Employment, Redated, StaffMember};
use cnss_core::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, NoticeId, RequestKey,
    ReturnedFileId, Seen, Version,
};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount};
use cnss_core::money::Money;
use cnss_core::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use cnss_core::payment::{Dispute, Issued, Reference};
use cnss_core::port::{BoxFuture, CommitError, LIMIT_MAX, Store, StoreError};

/// A notice, how often it was tried, when it is due, and what became of it.
#[derive(Clone)]
struct Letter {
    notice: Notice,
    tries: u32,
    due: DateTime<Utc>,
    sent: bool,
    dead: Option<String>,
}

/// The lists.
#[derive(Clone, Default)]
struct Lists {
    employers: Vec<Seen<Employer>>,
    insured: Vec<Insured>,
    accounts: Vec<Account>,
    sessions: Vec<Session>,
    locks: BTreeMap<LockKey, Lock>,
    staff: Vec<Employment>,
    drafts: Vec<Seen<Draft>>,
    filed: Vec<(Filed, Vec<Line>)>,
    career: BTreeMap<(InsuredId, Month, EmployerId), CareerMonth>,
    entries: Vec<(BatchId, Entry)>,
    files: Vec<ReturnedFile>,
    receipts: Vec<Receipt>,
    letters: Vec<Letter>,
    references: Vec<Issued>,
    disputes: Vec<Dispute>,
    /// The audit trail; the first of these lines are sealed, as many as the seals say.
    lines: Vec<AuditLine>,
    seals: Vec<Seal>,
}

/// The store.
#[derive(Default)]
pub struct ListStore(Mutex<Arc<Lists>>);

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

fn answer<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

/// A page: what follows `after` in the order of places, which count from 1.
fn page<'a, T: 'a>(
    rows: impl Iterator<Item = &'a T>,
    after: i64,
    limit: u32,
    which: impl Fn(&T) -> bool,
) -> impl Iterator<Item = (i64, &'a T)> {
    let limit = usize::try_from(limit.clamp(1, LIMIT_MAX)).unwrap_or(1);
    (1_i64..).zip(rows).filter(move |(place, row)| *place > after && which(row)).take(limit)
}

fn first<T>(rows: Vec<T>, limit: u32) -> Vec<T> {
    rows.into_iter().take(usize::try_from(limit.clamp(1, LIMIT_MAX)).unwrap_or(1)).collect()
}

fn inconsistent(error: impl std::fmt::Display) -> StoreError {
    StoreError::Inconsistent(error.to_string())
}

/// Says that something is taken, if any of the rows has it.
fn free<T>(rows: &[T], taken: &'static str, has: impl Fn(&T) -> bool) -> Result<(), CommitError> {
    if rows.iter().any(has) { Err(CommitError::Taken(taken)) } else { Ok(()) }
}

impl Lists {
    /// Commits a batch to these lists; they are thrown away when it fails.
    fn commit(&mut self, batch: Batch) -> Result<(), CommitError> {
        if batch.receipt.as_ref().is_some_and(|new| self.receipts.iter().any(|old| old.key == new.key)) {
            return Err(CommitError::KeyTaken);
        }
        if !batch.expects.iter().all(|expect| self.holds(expect)) {
            return Err(CommitError::Stale);
        }
        free(&self.lines, "identity", |line| line.batch == batch.id)?;
        self.lines.push(cnss_core::audit::line(&batch).map_err(inconsistent)?);
        let expected = batch.expects.iter().filter_map(|expect| match expect {
            Expect::Employer(id, _) => Some(*id),
            _ => None,
        });
        let posted = batch.changes.iter().filter_map(|change| match change {
            Change::PostEntry(entry) if entry.kind.moves_account() => Some(entry.employer),
            _ => None,
        });
        let moved: BTreeSet<EmployerId> = expected.chain(posted).collect();
        for change in batch.changes {
            self.change(change, batch.id)?;
        }
        for seen in self.employers.iter_mut().filter(|seen| moved.contains(&seen.value.id)) {
            seen.version = seen.version.next();
        }
        self.receipts.extend(batch.receipt);
        for notice in batch.notices {
            free(&self.letters, "identity", |letter| letter.notice.id == notice.id)?;
            self.letters.push(Letter { notice, tries: 0, due: batch.at, sent: false, dead: None });
        }
        Ok(())
    }

    fn holds(&self, expect: &Expect) -> bool {
        match expect {
            Expect::Employer(id, version) => {
                self.employers.iter().any(|seen| seen.value.id == *id && seen.version == *version)
            }
            Expect::Draft(employer, quarter, version) => {
                self.draft(*employer, *quarter).map(|seen| seen.version) == *version
            }
            Expect::Unpaid(reference) => {
                self.references.iter().any(|known| known.reference == *reference && known.paid.is_none())
            }
            Expect::Account(AccountExpect::Account(id, version)) => {
                self.accounts.iter().any(|known| known.id == *id && known.version == *version)
            }
            Expect::Account(AccountExpect::Lock(key, seen)) => {
                self.locks.get(key).map(|lock| (lock.attempts, lock.last_at)) == *seen
            }
            // This store keeps no sign-ups, and says so: see `Store::accounts`.
            Expect::Account(_) => false,
        }
    }

    fn draft(&self, employer: EmployerId, quarter: Quarter) -> Option<&Seen<Draft>> {
        self.drafts.iter().find(|seen| (seen.value.employer, seen.value.quarter) == (employer, quarter))
    }

    fn drop_draft(&mut self, employer: EmployerId, quarter: Quarter) {
        self.drafts.retain(|seen| (seen.value.employer, seen.value.quarter) != (employer, quarter));
    }

    fn change(&mut self, change: Change, batch: BatchId) -> Result<(), CommitError> {
        match change {
            Change::RegisterEmployer(new) => {
                free(&self.employers, "employer_number", |seen| seen.value.number == new.number)?;
                free(&self.employers, "identity", |seen| seen.value.id == new.id)?;
                self.employers.push(Seen { value: new, version: Version(1) });
            }
            Change::RegisterInsured(new) => {
                free(&self.insured, "insured_number", |known| known.number == new.number)?;
                free(&self.insured, "identity", |known| known.id == new.id)?;
                self.insured.push(new);
            }
            Change::OpenAccount(new) => {
                let login = |known: &Account| known.logins.iter().any(|login| new.logins.contains(login));
                free(&self.accounts, "login", login)?;
                self.accounts.push(new);
            }
            Change::Account(AccountChange::SaveLock(key, lock)) => {
                self.locks.insert(key, lock);
            }
            Change::Account(AccountChange::DropLock(key)) => {
                self.locks.remove(&key);
            }
            Change::Account(_) => {
                return Err(StoreError::Unavailable("sign-ups are not kept".to_owned()).into());
            }
            Change::Employ(all) => all.into_iter().for_each(|new| self.employ(new)),
            Change::Redate(all) => all.iter().for_each(|new| self.redate(new)),
            Change::SaveDraft(seen) => {
                self.drop_draft(seen.value.employer, seen.value.quarter);
                self.drafts.push(seen);
            }
            Change::DropDraft(employer, quarter) => self.drop_draft(employer, quarter),
            Change::FileDeclaration(new, lines) => {
                let key = |filed: &Filed| (filed.employer, filed.quarter, filed.revision);
                free(&self.filed, "declaration_revision", |(known, _)| key(known) == key(&new))?;
                self.filed.push((new, lines));
            }
            Change::RecordCareer(months) => {
                self.career.extend(months.into_iter().map(|m| ((m.insured, m.month, m.employer), m)));
            }
            Change::WithdrawCareer(keys) => self.career.retain(|key, _| !keys.contains(key)),
            Change::PostEntry(new) => {
                let paid = |known: &Entry| {
                    new.kind == EntryKind::Payment
                        && known.kind == new.kind
                        && known.reference == new.reference
                };
                free(&self.entries, "payment", |(_, known)| paid(known))?;
                free(&self.entries, "identity", |(_, known)| known.id == new.id)?;
                self.entries.push((batch, new));
            }
            Change::IssueReference(new) => {
                free(&self.references, "payment_reference", |known| known.reference == new.reference)?;
                self.references.push(new);
            }
            Change::CreditReference(reference, paid) => {
                let known = self.references.iter_mut().find(|known| known.reference == reference);
                known.into_iter().for_each(|known| known.paid = Some(paid.clone()));
            }
            Change::RecordDispute(new) => self.disputes.push(new),
            Change::OpenSession(new) => {
                self.sweep(new.opened_at);
                self.sessions.retain(|known| known.token != new.token);
                self.sessions.push(new);
            }
            Change::TouchSession(token, at) => {
                let known = self.sessions.iter_mut().find(|known| known.token == token);
                known.into_iter().for_each(|known| known.used_at = known.used_at.max(at));
            }
            Change::EndSession(token) => self.sessions.retain(|known| known.token != token),
            Change::ReturnFile(new) => {
                self.sweep(new.made_at);
                self.files.retain(|known| known.employer != new.employer);
                self.files.push(new);
            }
        }
        Ok(())
    }

    /// Deletes the workbooks that were given back too long ago.
    fn sweep(&mut self, now: DateTime<Utc>) {
        self.files.retain(|file| now.signed_duration_since(file.made_at) < TimeDelta::hours(RETURNED_HOURS));
    }

    fn employment(&mut self, employer: EmployerId, insured: InsuredId) -> Option<&mut Employment> {
        self.staff.iter_mut().find(|known| (known.employer, known.insured) == (employer, insured))
    }

    fn employ(&mut self, new: Employment) {
        let Some(known) = self.employment(new.employer, new.insured) else { return self.staff.push(new) };
        let again = known.left_on.is_some_and(|left| new.hired_on > left);
        known.hired_on = known.hired_on.min(new.hired_on);
        known.left_on = if again { new.left_on } else { new.left_on.or(known.left_on) };
    }

    fn redate(&mut self, new: &Redated) {
        let Some(known) = self.employment(new.employer, new.insured) else { return };
        if Some(known.hired_on) == new.said_hired_on {
            known.hired_on = new.hired_on.unwrap_or(known.hired_on);
        }
        if new.said_left_on.is_some() && known.left_on == new.said_left_on {
            known.left_on = new.left_on;
        }
    }

    /// The sealed lines, each under its seal.
    fn sealed(&self) -> Vec<SealedLine> {
        let mut lines = (1_i64..).zip(&self.lines);
        let under = |seal: &Seal| {
            let number = seal.number;
            (1..=seal.lines).map(move |rank| (rank, number))
        };
        let places = self.seals.iter().flat_map(under);
        let line = |(rank, seal)| lines.next().map(|(place, line)| (rank, seal, place, line.clone()));
        places
            .map_while(line)
            .map(|(rank, seal, place, line)| SealedLine { seal, rank, place, line })
            .collect()
    }
}

impl ListStore {
    /// The lists as they are now.
    fn now(&self) -> Arc<Lists> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes a copy of the lists, and puts it in their place unless that fails.
    fn write<T, E>(&self, how: impl FnOnce(&mut Lists) -> Result<T, E>) -> Result<T, E> {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Lists::clone(&now);
        let done = how(&mut next)?;
        *now = Arc::new(next);
        Ok(done)
    }
}

impl Store for ListStore {
    fn account_by_login<'a>(&'a self, login: &'a Login) -> Answer<'a, Option<Account>> {
        answer(self.now().accounts.iter().find(|known| known.logins.contains(login)).cloned())
    }
    fn account(&self, id: AccountId) -> Answer<'_, Option<Account>> {
        answer(self.now().accounts.iter().find(|known| known.id == id).cloned())
    }
    fn session(&self, token: TokenHash) -> Answer<'_, Option<Session>> {
        answer(self.now().sessions.iter().find(|known| known.token == token).cloned())
    }
    fn lock(&self, key: LockKey) -> Answer<'_, Option<Lock>> {
        answer(self.now().locks.get(&key).copied())
    }
    fn employer(&self, id: EmployerId) -> Answer<'_, Option<Seen<Employer>>> {
        answer(self.now().employers.iter().find(|seen| seen.value.id == id).cloned())
    }
    fn insured(&self, id: InsuredId) -> Answer<'_, Option<Insured>> {
        answer(self.now().insured.iter().find(|known| known.id == id).cloned())
    }
    fn insured_by_numbers<'a>(&'a self, numbers: &'a [InsuredNumber]) -> Answer<'a, Vec<Insured>> {
        let now = self.now();
        let known =
            |number: &InsuredNumber| now.insured.iter().find(|known| known.number == *number).cloned();
        answer(first(numbers.iter().filter_map(known).collect(), LIMIT_MAX))
    }
    fn staff(
        &self,
        of: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> Answer<'_, Vec<StaffMember>> {
        let now = self.now();
        let member = |time: &Employment| {
            let Insured { id, number, surname, forenames, .. } =
                now.insured.iter().find(|known| known.id == time.insured)?.clone();
            let (hired_on, left_on) = (time.hired_on, time.left_on);
            Some(StaffMember { id, number, surname, forenames, hired_on, left_on })
        };
        let own = now.staff.iter().filter(|time| time.employer == of);
        let mut staff: Vec<_> = own.filter_map(member).filter(|m| Some(m.number) > after).collect();
        staff.sort_by_key(|member| member.number);
        answer(first(staff, limit))
    }
    fn draft(&self, employer: EmployerId, quarter: Quarter) -> Answer<'_, Option<Seen<Draft>>> {
        answer(self.now().draft(employer, quarter).cloned())
    }
    fn drafted(
        &self,
        of: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> Answer<'_, Vec<(Quarter, Version)>> {
        let now = self.now();
        let own = now.drafts.iter().filter(|seen| seen.value.employer == of);
        let mut all: Vec<_> = own.map(|seen| (seen.value.quarter, seen.version)).collect();
        all.retain(|(quarter, _)| (from..=to).contains(quarter));
        all.sort();
        answer(first(all, limit))
    }
    fn revisions(
        &self,
        of: EmployerId,
        quarter: Quarter,
        before: Option<u32>,
        limit: u32,
    ) -> Answer<'_, Vec<Filed>> {
        let now = self.now();
        let own = now.filed.iter().filter(|(filed, _)| (filed.employer, filed.quarter) == (of, quarter));
        let mut all: Vec<Filed> = own.map(|(filed, _)| filed.clone()).collect();
        all.retain(|filed| before.is_none_or(|before| filed.revision < before));
        all.sort_by_key(|filed| std::cmp::Reverse(filed.revision));
        answer(first(all, limit))
    }
    fn declarations(&self, of: EmployerId, before: Option<Quarter>, limit: u32) -> Answer<'_, Vec<Filed>> {
        let now = self.now();
        let mut all: Vec<&Filed> = now.filed.iter().map(|(filed, _)| filed).collect();
        all.retain(|filed| filed.employer == of && before.is_none_or(|before| filed.quarter < before));
        all.sort_by_key(|filed| std::cmp::Reverse((filed.quarter, filed.revision)));
        all.dedup_by_key(|filed| filed.quarter);
        answer(first(all.into_iter().cloned().collect(), limit))
    }
    fn lines(&self, of: DeclarationId, after: u32, limit: u32) -> Answer<'_, Vec<Line>> {
        let now = self.now();
        let own = now.filed.iter().filter(|(filed, _)| filed.id == of).flat_map(|(_, lines)| lines);
        let mut lines: Vec<Line> = own.filter(|line| line.row > after).cloned().collect();
        lines.sort_by_key(|line| line.row);
        answer(first(lines, limit))
    }
    fn entries(&self, of: EmployerId, after: i64, limit: u32) -> Answer<'_, Vec<(i64, Entry)>> {
        let now = self.now();
        let own = page(now.entries.iter(), after, limit, |(_, entry)| entry.employer == of);
        answer(own.map(|(place, (_, entry))| (place, entry.clone())).collect())
    }
    fn career(&self, of: InsuredId, from: Month, to: Month, limit: u32) -> Answer<'_, Vec<CareerMonth>> {
        let now = self.now();
        let own =
            now.career.values().filter(|month| month.insured == of && (from..=to).contains(&month.month));
        answer(first(own.cloned().collect(), limit))
    }
    fn returned_file(&self, id: ReturnedFileId) -> Answer<'_, Option<ReturnedFile>> {
        answer(self.now().files.iter().find(|file| file.id == id).cloned())
    }
    fn receipt(&self, key: RequestKey) -> Answer<'_, Option<Receipt>> {
        answer(self.now().receipts.iter().find(|receipt| receipt.key == key).cloned())
    }
    fn reference(&self, reference: Reference) -> Answer<'_, Option<Issued>> {
        answer(self.now().references.iter().find(|known| known.reference == reference).cloned())
    }
    fn references(
        &self,
        of: EmployerId,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> Answer<'_, Vec<(i64, Issued)>> {
        let now = self.now();
        let own = (1_i64..).zip(&now.references).filter(|(_, known)| known.employer == of);
        let mut all: Vec<_> = own.filter(|(place, _)| before.is_none_or(|before| *place < before)).collect();
        all.retain(|(_, known)| open_on.is_none_or(|day| known.open(day)));
        all.reverse();
        answer(first(all.into_iter().map(|(place, known)| (place, known.clone())).collect(), limit))
    }
    fn disputes(&self, after: i64, limit: u32) -> Answer<'_, Vec<(i64, Dispute)>> {
        let now = self.now();
        answer(page(now.disputes.iter(), after, limit, |_| true).map(|(n, d)| (n, d.clone())).collect())
    }
    fn waiting_notices(&self, limit: u32) -> Answer<'_, Vec<Notice>> {
        let now = self.now();
        let waiting = page(now.letters.iter(), 0, limit, |letter| !letter.sent && letter.dead.is_none());
        answer(waiting.map(|(_, letter)| letter.notice.clone()).collect())
    }
    fn take_notices(&self, lease: Lease) -> Answer<'_, Vec<Taken>> {
        let take = |lists: &mut Lists| {
            let due = |letter: &&mut Letter| !letter.sent && letter.dead.is_none() && letter.due <= lease.now;
            let most = usize::try_from(lease.limit.clamp(1, LIMIT_MAX)).unwrap_or(1);
            let taken = lists.letters.iter_mut().filter(due).take(most).map(|letter| {
                letter.due = lease.until;
                Taken { notice: letter.notice.clone(), tries: letter.tries }
            });
            Ok(taken.collect())
        };
        Box::pin(std::future::ready(self.write(take)))
    }
    fn settle_notice(&self, notice: NoticeId, delivery: Delivery) -> Answer<'_, ()> {
        let settle = |lists: &mut Lists| {
            let open =
                |letter: &&mut Letter| letter.notice.id == notice && !letter.sent && letter.dead.is_none();
            let Some(letter) = lists.letters.iter_mut().find(open) else { return Ok(()) };
            letter.tries = letter.tries.saturating_add(1);
            match delivery {
                Delivery::Sent(_) | Delivery::Expired(_) => letter.sent = true,
                Delivery::Again(due, _) => letter.due = due,
                Delivery::Dead(why) => letter.dead = Some(why),
            }
            Ok(())
        };
        Box::pin(std::future::ready(self.write(settle)))
    }
    fn dead_notices(&self, after: i64, limit: u32) -> Answer<'_, Vec<(i64, DeadNotice)>> {
        let now = self.now();
        let dead = page(now.letters.iter(), after, limit, |letter| letter.dead.is_some());
        let told = |(place, letter): (i64, &Letter)| {
            let (notice, why) = (letter.notice.clone(), letter.dead.clone().unwrap_or_default());
            (place, DeadNotice { notice, tries: letter.tries, why })
        };
        answer(dead.map(told).collect())
    }
    fn balance<'a>(
        &'a self,
        of: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> Answer<'a, Option<Money>> {
        let (now, mut from, mut balance) = (self.now(), DateTime::<Utc>::MIN_UTC, Ok(None));
        for (_, entry) in now.entries.iter().filter(|(_, entry)| entry.employer == of) {
            for posting in entry.postings().iter().filter(|posting| posting.account == *account) {
                // Clocks go back, accounts do not.
                from = from.max(entry.booked_at);
                let zero = posting.amount.currency().zero();
                let add = |sum: Option<Money>| sum.unwrap_or(zero).plus(posting.amount).map(Some);
                balance = if from > at { balance } else { balance.and_then(add) };
            }
        }
        Box::pin(std::future::ready(balance.map_err(inconsistent)))
    }
    fn sealed_lines(&self, after: (i64, i64), limit: u32) -> Answer<'_, Vec<SealedLine>> {
        let later = self.now().sealed().into_iter().filter(|line| (line.seal, line.rank) > after);
        answer(first(later.collect(), limit))
    }
    fn unsealed_lines(&self, after: i64, limit: u32) -> Answer<'_, Vec<(i64, AuditLine)>> {
        let now = self.now();
        let sealed = now.seals.iter().map(|seal| seal.lines).sum::<i64>();
        let rest = page(now.lines.iter(), after.max(sealed), limit, |_| true);
        answer(rest.map(|(place, line)| (place, line.clone())).collect())
    }
    fn audit_seals(&self, after: i64, limit: u32) -> Answer<'_, Vec<Seal>> {
        let now = self.now();
        answer(page(now.seals.iter(), after, limit, |_| true).map(|(_, seal)| seal.clone()).collect())
    }
    fn traced_entries<'a>(&'a self, batches: &'a [BatchId]) -> Answer<'a, Vec<Traced>> {
        let now = self.now();
        let own = now.entries.iter().filter(|(batch, _)| batches.contains(batch));
        let traced = own.map(|(batch, entry)| {
            let text = cnss_core::audit::entry_text(entry).map_err(inconsistent)?;
            Ok(Traced { batch: *batch, entry: entry.id, text })
        });
        Box::pin(std::future::ready(traced.collect()))
    }
    fn writable(&self) -> Answer<'_, ()> {
        answer(())
    }
    fn untraced_entries(&self, limit: u32) -> Answer<'_, Vec<EntryId>> {
        let now = self.now();
        let named: BTreeSet<BatchId> = now.lines.iter().map(|line| line.batch).collect();
        let silent = page(now.entries.iter(), 0, limit, |(batch, _)| !named.contains(batch));
        answer(silent.map(|(_, (_, entry))| entry.id).collect())
    }
    fn seal_lines(&self, now: DateTime<Utc>) -> Answer<'_, Option<Seal>> {
        let set = |lists: &mut Lists| {
            let sealed = lists.seals.iter().map(|seal| seal.lines).sum::<i64>();
            let rest = (0_i64..).zip(&lists.lines).filter(|(place, _)| *place >= sealed);
            let most = usize::try_from(SEAL_MOST).unwrap_or(usize::MAX);
            let rest: Vec<AuditLine> = rest.take(most).map(|(_, line)| line.clone()).collect();
            let new = (!rest.is_empty()).then(|| cnss_core::audit::seal(lists.seals.last(), &rest, now));
            lists.seals.extend(new.clone());
            Ok(new)
        };
        Box::pin(std::future::ready(self.write(set)))
    }
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        Box::pin(std::future::ready(self.write(|lists| lists.commit(batch))))
    }
}
