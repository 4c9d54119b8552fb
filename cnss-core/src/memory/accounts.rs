//! What the reference store keeps of sign-ups, codes, locks, mandates and agents.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use chrono::NaiveDate;

use super::books::{Books, Letter};
use super::{MemoryStore, limited, ready};
use crate::access::Subject;
use crate::account::{
    Accepted, Account, AccountChange, AccountExpect, Agent, Beneficiary, Challenge, Lock, LockKey, Mandate,
    Paper, PaperNumber, RefusedSend, Session, State, Tally, TokenHash,
};
use crate::employer::Employer;
use crate::id::{AccountId, BeneficiaryId, ChallengeId, EmployerId, EmployerNumber, InsuredId, MandateId};
use crate::notice::Addressee;
use crate::person::Email;
use crate::port::{AccountStore, BoxFuture, CommitError, Forget, StoreError};

/// What is kept beside the accounts themselves.
#[derive(Debug, Default)]
pub(super) struct Kept {
    challenges: BTreeMap<ChallengeId, Challenge>,
    pub(super) locks: BTreeMap<LockKey, Lock>,
    counts: BTreeMap<Tally, u32>,
    mandates: BTreeMap<MandateId, Mandate>,
    agents: BTreeMap<AccountId, Agent>,
    papers: BTreeMap<PaperNumber, Paper>,
    beneficiaries: BTreeMap<BeneficiaryId, Beneficiary>,
    refused: BTreeMap<i64, RefusedSend>,
    accepted: BTreeMap<(AccountId, i64), Accepted>,
}

impl Books {
    pub(super) fn account_holds(&self, expect: &AccountExpect) -> bool {
        let kept = &self.kept;
        match expect {
            AccountExpect::Account(id, version) => {
                self.accounts.get(id).is_some_and(|a| a.version == *version)
            }
            AccountExpect::NoAccountOf(subject) => self.accounts.values().all(|a| a.subject != *subject),
            AccountExpect::Challenge(id, version) => {
                kept.challenges.get(id).is_some_and(|c| c.version == *version)
            }
            AccountExpect::Below(tally, most) => kept.counts.get(tally).copied().unwrap_or(0) < *most,
            AccountExpect::Lock(key, seen) => {
                kept.locks.get(key).map(|lock| (lock.attempts, lock.last_at)) == *seen
            }
            AccountExpect::Mandate(id, version) => {
                kept.mandates.get(id).is_some_and(|m| m.version == *version)
            }
            AccountExpect::Agent(id, version) => kept.agents.get(id).is_some_and(|a| a.version == *version),
            AccountExpect::Session(token) => self.sessions.contains_key(token),
        }
    }

    /// What is there once only, and a change would take from somebody else.
    pub(super) fn account_free(&self, change: &AccountChange) -> Result<(), CommitError> {
        match change {
            AccountChange::Save(account) => {
                let others = |login| self.logins.get(login).is_some_and(|owner| *owner != account.id);
                if account.logins.iter().any(others) { Err(CommitError::Taken("login")) } else { Ok(()) }
            }
            AccountChange::RecordPaper(paper) => {
                let known = self.kept.papers.get(&paper.number);
                let others = known.is_some_and(|known| known.holder != paper.holder);
                if others { Err(CommitError::Taken("paper")) } else { Ok(()) }
            }
            AccountChange::RegisterBeneficiary(new) if self.kept.beneficiaries.contains_key(&new.id) => {
                Err(CommitError::Taken("identity"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn apply_account(&mut self, change: AccountChange, place: i64) {
        let kept = &mut self.kept;
        match change {
            AccountChange::Save(account) => {
                self.logins.retain(|_, owner| *owner != account.id);
                self.logins.extend(account.logins.iter().map(|login| (login.clone(), account.id)));
                self.accounts.insert(account.id, account);
            }
            AccountChange::Accept(account, accepted) => {
                kept.accepted.insert((account, place), accepted);
            }
            AccountChange::EndSessions(account, except) => {
                self.sessions.retain(|token, s| s.account != account || Some(*token) == except);
            }
            AccountChange::SaveSession(session) => {
                // One that has ended stays so.
                if let Some(known) = self.sessions.get_mut(&session.token) {
                    *known = session;
                }
            }
            AccountChange::SaveChallenge(challenge) => {
                kept.challenges.insert(challenge.id, challenge);
            }
            AccountChange::Count(tally) => {
                let count = kept.counts.entry(tally).or_default();
                *count = count.saturating_add(1);
            }
            AccountChange::SaveLock(key, lock) => {
                kept.locks.insert(key, lock);
            }
            AccountChange::DropLock(key) => {
                kept.locks.remove(&key);
            }
            AccountChange::Refuse(refused) => {
                kept.refused.insert(place, refused);
            }
            AccountChange::SaveMandate(mandate) => {
                kept.mandates.insert(mandate.id, mandate);
            }
            AccountChange::SaveAgent(agent) => {
                kept.agents.insert(agent.account, agent);
            }
            AccountChange::RegisterBeneficiary(new) => {
                kept.beneficiaries.insert(new.id, new);
            }
            AccountChange::RecordPaper(paper) => {
                kept.papers.insert(paper.number.clone(), paper);
            }
        }
    }
}

impl AccountStore for MemoryStore {
    fn account_of(&self, subject: Subject) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        let books = self.books();
        ready(Ok(books.accounts.values().find(|account| account.subject == subject).cloned()))
    }

    fn employer_by_number<'a>(
        &'a self,
        number: &'a EmployerNumber,
    ) -> BoxFuture<'a, Result<Option<Employer>, StoreError>> {
        let books = self.books();
        let found = books.employers.values().find(|seen| seen.value.number == *number);
        ready(Ok(found.map(|seen| seen.value.clone())))
    }

    fn employed(
        &self,
        employer: EmployerId,
        insured: InsuredId,
        on: NaiveDate,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        let books = self.books();
        let time = books.staff.get(&(employer, insured));
        ready(Ok(time.is_some_and(|t| t.hired_on <= on && t.left_on.is_none_or(|left| left >= on))))
    }

    fn paper<'a>(&'a self, number: &'a PaperNumber) -> BoxFuture<'a, Result<Option<Paper>, StoreError>> {
        ready(Ok(self.books().kept.papers.get(number).cloned()))
    }

    fn beneficiary(&self, id: BeneficiaryId) -> BoxFuture<'_, Result<Option<Beneficiary>, StoreError>> {
        ready(Ok(self.books().kept.beneficiaries.get(&id).cloned()))
    }

    fn challenge(&self, id: ChallengeId) -> BoxFuture<'_, Result<Option<Challenge>, StoreError>> {
        ready(Ok(self.books().kept.challenges.get(&id).cloned()))
    }

    fn counts<'a>(&'a self, tallies: &'a [Tally]) -> BoxFuture<'a, Result<Vec<u32>, StoreError>> {
        let books = self.books();
        let count = |tally: &Tally| books.kept.counts.get(tally).copied().unwrap_or(0);
        ready(Ok(tallies.iter().take(20).map(count).collect()))
    }

    fn sessions_of(
        &self,
        account: AccountId,
        after: Option<TokenHash>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Session>, StoreError>> {
        let books = self.books();
        let later = books.sessions.range((after.map_or(Unbounded, Excluded), Unbounded));
        let own = later.map(|(_, session)| session).filter(|session| session.account == account);
        ready(Ok(own.take(limited(limit)).cloned().collect()))
    }

    fn mandate(&self, id: MandateId) -> BoxFuture<'_, Result<Option<Mandate>, StoreError>> {
        ready(Ok(self.books().kept.mandates.get(&id).cloned()))
    }

    fn mandates_of(
        &self,
        employer: EmployerId,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Mandate>, StoreError>> {
        let books = self.books();
        let later = books.kept.mandates.range((after.map_or(Unbounded, Excluded), Unbounded));
        let own = later.map(|(_, mandate)| mandate).filter(|mandate| mandate.employer == employer);
        ready(Ok(own.take(limited(limit)).cloned().collect()))
    }

    fn mandates_for(
        &self,
        account: AccountId,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Mandate>, StoreError>> {
        let books = self.books();
        let later = books.kept.mandates.range((after.map_or(Unbounded, Excluded), Unbounded));
        let own = later.map(|(_, mandate)| mandate).filter(|mandate| mandate.account == Some(account));
        ready(Ok(own.take(limited(limit)).cloned().collect()))
    }

    fn mandates_offered<'a>(
        &'a self,
        invited: &'a Email,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Mandate>, StoreError>> {
        let books = self.books();
        let later = books.kept.mandates.range((after.map_or(Unbounded, Excluded), Unbounded));
        let open = |m: &&Mandate| m.invited == *invited && m.account.is_none() && m.withdrawn_at.is_none();
        let offered = later.map(|(_, mandate)| mandate).filter(open);
        ready(Ok(offered.take(limited(limit)).cloned().collect()))
    }

    fn agent(&self, account: AccountId) -> BoxFuture<'_, Result<Option<Agent>, StoreError>> {
        ready(Ok(self.books().kept.agents.get(&account).cloned()))
    }

    fn waiting_accounts(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        let books = self.books();
        let later = books.accounts.range((after.map_or(Unbounded, Excluded), Unbounded));
        let waiting = later.map(|(_, account)| account).filter(|a| matches!(a.state, State::Waiting { .. }));
        ready(Ok(waiting.take(limited(limit)).cloned().collect()))
    }

    fn blocked_accounts(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        let books = self.books();
        let later = books.accounts.range((after.map_or(Unbounded, Excluded), Unbounded));
        let blocked = later.map(|(_, account)| account).filter(|a| matches!(a.state, State::Blocked { .. }));
        ready(Ok(blocked.take(limited(limit)).cloned().collect()))
    }

    fn agents(&self, after: Option<AccountId>, limit: u32) -> BoxFuture<'_, Result<Vec<Agent>, StoreError>> {
        let books = self.books();
        let later = books.kept.agents.range((after.map_or(Unbounded, Excluded), Unbounded));
        ready(Ok(later.take(limited(limit)).map(|(_, agent)| agent.clone()).collect()))
    }

    fn refused_sends(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, RefusedSend)>, StoreError>> {
        let books = self.books();
        let earlier = books.kept.refused.range((Unbounded, before.map_or(Unbounded, Excluded))).rev();
        ready(Ok(earlier.take(limited(limit)).map(|(place, refused)| (*place, refused.clone())).collect()))
    }

    fn acceptances(
        &self,
        account: AccountId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Accepted)>, StoreError>> {
        let books = self.books();
        let own = books.kept.accepted.range((Excluded((account, after)), Included((account, i64::MAX))));
        ready(Ok(own.take(limited(limit)).map(|((_, place), accepted)| (*place, accepted.clone())).collect()))
    }

    fn forget(&self, before: Forget) -> BoxFuture<'_, Result<u64, StoreError>> {
        let mut books = self.books();
        let kept = &mut books.kept;
        let all = |kept: &Kept| {
            [kept.challenges.len(), kept.counts.len(), kept.locks.len(), kept.refused.len()].into_iter().sum()
        };
        let there: usize = all(kept);
        kept.challenges.retain(|_, challenge| challenge.expires_at >= before.challenges);
        kept.counts.retain(|tally, _| tally.ends_at() >= before.counts);
        kept.locks.retain(|_, lock| lock.last_at >= before.locks);
        kept.refused.retain(|_, refused| refused.at >= before.refusals);
        let mut gone = there.saturating_sub(all(kept));
        let typed = |letter: &Letter| matches!(letter.notice.to, Addressee::Contacts(_));
        let books: &mut Books = &mut books;
        for letters in [&mut books.waiting, &mut books.dead] {
            let there = letters.len();
            letters.retain(|_, letter| !typed(letter) || letter.made >= before.refusals);
            gone = gone.saturating_add(there.saturating_sub(letters.len()));
        }
        ready(Ok(u64::try_from(gone).unwrap_or(u64::MAX)))
    }
}
