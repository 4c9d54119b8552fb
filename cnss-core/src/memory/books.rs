//! What the reference store holds, and how a batch is committed: everything that could stand against
//! it is checked first, then it is applied, and applying cannot fail.
//!
//! So a commit costs what it changes, however much the books hold, and needs no way back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::accounts;
use super::trail::Kept;
use crate::account::{Account, Login, Session, TokenHash};
use crate::calendar::{Month, Quarter};
use crate::decision::{Batch, Change, Expect, RETURNED_HOURS, Receipt, ReturnedFile};
use crate::declaration::{Filed, Line};
use crate::employer::{Employer, Employment, Redated};
use crate::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EmployerNumber, InsuredId, InsuredNumber, NoticeId,
    RequestKey, Seen, Version,
};
use crate::insured::{CareerMonth, Insured};
use crate::ledger::{Entry, EntryKind};
use crate::notice::Notice;
use crate::payment::{Dispute, Issued, Reference};
use crate::port::{CommitError, StoreError};

/// A notice on its way; what was sent is not kept.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub notice: Notice,
    pub tries: u32,
    /// Nobody is given it before.
    pub due: DateTime<Utc>,
    /// When it was decided.
    pub made: DateTime<Utc>,
    /// What the last courier said, once it was given up.
    pub dead: Option<String>,
}

/// What may be there once only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unique {
    EmployerNumber(EmployerNumber),
    InsuredNumber(InsuredNumber),
    Login(Login),
    Revision(EmployerId, Quarter, u32),
    Reference(Reference),
    Payment(String),
    Identity(&'static str, Uuid),
}

impl Unique {
    const fn name(&self) -> &'static str {
        match self {
            Self::EmployerNumber(_) => "employer_number",
            Self::InsuredNumber(_) => "insured_number",
            Self::Login(_) => "login",
            Self::Revision(..) => "declaration_revision",
            Self::Reference(_) => "payment_reference",
            Self::Payment(_) => "payment",
            Self::Identity(..) => "identity",
        }
    }

    /// What a change makes that may be there once only.
    fn of(change: &Change) -> Vec<Self> {
        match change {
            Change::RegisterEmployer(new) => {
                vec![Self::EmployerNumber(new.number.clone()), Self::Identity("employer", new.id.0)]
            }
            Change::RegisterInsured(new) => {
                vec![Self::InsuredNumber(new.number), Self::Identity("insured", new.id.0)]
            }
            Change::OpenAccount(new) => {
                let logins = new.logins.iter().cloned().map(Self::Login);
                logins.chain([Self::Identity("account", new.id.0)]).collect()
            }
            Change::FileDeclaration(new, _) => vec![
                Self::Revision(new.employer, new.quarter, new.revision),
                Self::Identity("declaration", new.id.0),
            ],
            Change::PostEntry(new) => {
                let paid = new.reference.clone().filter(|_| new.kind == EntryKind::Payment);
                paid.map(Self::Payment).into_iter().chain([Self::Identity("entry", new.id.0)]).collect()
            }
            Change::IssueReference(new) => vec![Self::Reference(new.reference)],
            Change::RecordDispute(new) => vec![Self::Identity("dispute", new.id)],
            _ => Vec::new(),
        }
    }
}

/// The books; each list by the key by which it is read.
#[derive(Debug, Default)]
pub(super) struct Books {
    taken: BTreeSet<Unique>,
    /// The place of what was written last.
    place: i64,
    pub employers: BTreeMap<EmployerId, Seen<Employer>>,
    pub insured: BTreeMap<InsuredId, Insured>,
    pub numbers: BTreeMap<InsuredNumber, InsuredId>,
    pub accounts: BTreeMap<AccountId, Account>,
    pub logins: BTreeMap<Login, AccountId>,
    pub sessions: BTreeMap<TokenHash, Session>,
    pub staff: BTreeMap<(EmployerId, InsuredId), Employment>,
    pub drafts: BTreeMap<(EmployerId, Quarter), Seen<crate::declaration::Draft>>,
    pub filed: BTreeMap<(EmployerId, Quarter, u32), Filed>,
    pub lines: BTreeMap<(DeclarationId, u32), Line>,
    pub career: BTreeMap<(InsuredId, Month, EmployerId), CareerMonth>,
    pub entries: BTreeMap<(EmployerId, i64), Entry>,
    pub returned: BTreeMap<EmployerId, ReturnedFile>,
    pub receipts: BTreeMap<RequestKey, Receipt>,
    pub waiting: BTreeMap<i64, Letter>,
    pub dead: BTreeMap<i64, Letter>,
    pub letters: BTreeMap<NoticeId, i64>,
    pub references: BTreeMap<Reference, Issued>,
    pub issued: BTreeMap<(EmployerId, i64), Reference>,
    pub disputes: BTreeMap<i64, Dispute>,
    pub trail: Kept,
    pub kept: accounts::Kept,
}

impl Books {
    /// Commits a batch: first every check, then the changes.
    pub fn commit(&mut self, batch: Batch) -> Result<(), CommitError> {
        if batch.receipt.as_ref().is_some_and(|receipt| self.receipts.contains_key(&receipt.key)) {
            return Err(CommitError::KeyTaken);
        }
        for expect in &batch.expects {
            self.expect(expect)?;
        }
        for change in &batch.changes {
            if let Change::Account(change) = change {
                self.account_free(change)?;
            }
        }
        let mut new = BTreeSet::new();
        let notices = batch.notices.iter().map(|notice| Unique::Identity("notice", notice.id.0));
        let once = [Unique::Identity("batch", batch.id.0)];
        let line = crate::audit::line(&batch).map_err(|e| StoreError::Inconsistent(e.to_string()))?;
        for unique in batch.changes.iter().flat_map(Unique::of).chain(notices).chain(once) {
            let login = matches!(&unique, Unique::Login(login) if self.logins.contains_key(login));
            if login || self.taken.contains(&unique) || new.contains(&unique) {
                return Err(CommitError::Taken(unique.name()));
            }
            new.insert(unique);
        }
        // From here on nothing can fail.
        // Who has which login is in `logins`, since an account may change its own.
        new.retain(|unique| !matches!(unique, Unique::Login(_)));
        self.taken.append(&mut new);
        self.move_versions(&batch);
        let torn = planted!("half-a-batch") && batch.receipt.is_some() && batch.at.timestamp() % 7 == 0;
        let changes = if torn { batch.changes.len().div_ceil(2) } else { usize::MAX };
        for change in batch.changes.into_iter().take(changes) {
            self.apply(change, line.batch);
        }
        let place = self.next_place();
        if !planted!("line-not-written") {
            self.trail.write(place, line);
        }
        if torn {
            return Err(StoreError::Unavailable("planted".to_owned()).into());
        }
        if let Some(receipt) = batch.receipt.filter(|_| !planted!("no-receipt")) {
            self.receipts.insert(receipt.key, receipt);
        }
        for notice in batch.notices {
            let place = self.next_place();
            self.letters.insert(notice.id, place);
            self.waiting
                .insert(place, Letter { notice, tries: 0, due: batch.at, made: batch.at, dead: None });
        }
        Ok(())
    }

    fn next_place(&mut self) -> i64 {
        self.place = self.place.saturating_add(1);
        self.place
    }

    fn expect(&self, expect: &Expect) -> Result<(), CommitError> {
        let holds = match expect {
            Expect::Employer(id, version) => {
                self.employers.get(id).is_some_and(|seen| seen.version == *version)
            }
            Expect::Draft(employer, quarter, version) => {
                planted!("draft-not-expected")
                    || self.drafts.get(&(*employer, *quarter)).map(|seen| seen.version) == *version
            }
            Expect::Unpaid(reference) => {
                self.references.get(reference).is_some_and(|known| known.paid.is_none())
            }
            Expect::Account(expect) => self.account_holds(expect),
        };
        if holds { Ok(()) } else { Err(CommitError::Stale) }
    }

    /// What was relied on, and what more is owed on, is at another version from now on.
    fn move_versions(&mut self, batch: &Batch) {
        if planted!("moves-nothing") {
            return;
        }
        let expected = batch.expects.iter().filter_map(|expect| match expect {
            Expect::Employer(id, _) => Some(*id),
            _ => None,
        });
        let posted = batch.changes.iter().filter_map(|change| match change {
            Change::PostEntry(entry) if entry.kind.moves_account() => Some(entry.employer),
            _ => None,
        });
        for id in expected.chain(posted).collect::<BTreeSet<_>>() {
            if let Some(seen) = self.employers.get_mut(&id) {
                seen.version = seen.version.next();
            }
        }
    }

    fn apply(&mut self, change: Change, batch: BatchId) {
        match change {
            Change::RegisterEmployer(employer) => {
                self.employers.insert(employer.id, Seen { value: employer, version: Version(1) });
            }
            Change::RegisterInsured(insured) => {
                self.numbers.insert(insured.number, insured.id);
                self.insured.insert(insured.id, insured);
            }
            Change::OpenAccount(account) => {
                self.logins.extend(account.logins.iter().map(|login| (login.clone(), account.id)));
                self.accounts.insert(account.id, account);
            }
            Change::Account(change) => {
                let place = self.next_place();
                self.apply_account(change, place);
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
                self.lines.extend(lines.into_iter().map(|line| ((filed.id, line.row), line)));
                self.filed.insert((filed.employer, filed.quarter, filed.revision), filed);
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
            Change::PostEntry(entry) => {
                let place = self.next_place();
                self.trail.posted(batch, (entry.employer, place));
                self.entries.insert((entry.employer, place), entry);
            }
            Change::IssueReference(issued) => {
                let place = self.next_place();
                self.issued.insert((issued.employer, place), issued.reference);
                self.references.insert(issued.reference, issued);
            }
            Change::CreditReference(reference, paid) => {
                if let Some(known) = self.references.get_mut(&reference)
                    && !planted!("stays-unpaid")
                {
                    known.paid = Some(paid);
                }
            }
            Change::RecordDispute(dispute) => {
                let place = self.next_place();
                self.disputes.insert(place, dispute);
            }
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
            Change::ReturnFile(file) => {
                self.sweep(file.made_at);
                self.returned.insert(file.employer, file);
            }
        }
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
}
