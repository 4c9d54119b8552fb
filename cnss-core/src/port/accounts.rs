//! What the core asks of a store that keeps sign-ups, codes, locks, mandates and agents.
//!
//! A store that keeps none says so by [`Store::accounts`](super::Store::accounts), and the counter
//! then has no sign-up. The one rule to remember: as in [`Store`](super::Store), every list has a
//! limit and is paged by key.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Around, BoxFuture, Call, StoreError};
use crate::access::Subject;
use crate::account::{
    Accepted, Account, Agent, Beneficiary, Challenge, Mandate, Paper, PaperNumber, RefusedSend, Session,
    Tally, TokenHash,
};
use crate::employer::Employer;
use crate::id::{AccountId, BeneficiaryId, ChallengeId, EmployerId, EmployerNumber, InsuredId, MandateId};
use crate::person::Email;

/// What nobody needs any more, by the instant before which it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forget {
    /// Challenges whose code ended before this, and notices to contacts that were decided before and are
    /// sent or of no use any more; what was typed goes with them.
    pub challenges: DateTime<Utc>,
    /// Counts of windows that ended before this.
    pub counts: DateTime<Utc>,
    /// Wrong passwords of which the last came before this.
    pub locks: DateTime<Utc>,
    /// Messages that were refused before this, and notices to contacts that were decided before and
    /// never sent.
    pub refusals: DateTime<Utc>,
}

impl Forget {
    /// What may go now: codes and counts after a day, so that a late code is still told from one that
    /// never was; wrong passwords after the longest time for which a fund may remember them, a month;
    /// refusals after three months.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        let ago = |days| now.checked_sub_signed(TimeDelta::days(days)).unwrap_or(DateTime::UNIX_EPOCH);
        Self { challenges: ago(1), counts: ago(1), locks: ago(31), refusals: ago(90) }
    }
}

/// The reads of a store that keeps sign-ups.
pub trait AccountStore: Send + Sync {
    /// The account that was first opened in the name of a subject.
    fn account_of(&self, subject: Subject) -> BoxFuture<'_, Result<Option<Account>, StoreError>>;
    /// The employer of a number.
    fn employer_by_number<'a>(
        &'a self,
        number: &'a EmployerNumber,
    ) -> BoxFuture<'a, Result<Option<Employer>, StoreError>>;
    /// True when a person is on the staff of an employer on a day, as far as the fund knows.
    fn employed(
        &self,
        employer: EmployerId,
        insured: InsuredId,
        on: NaiveDate,
    ) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// The identity paper of a number.
    fn paper<'a>(&'a self, number: &'a PaperNumber) -> BoxFuture<'a, Result<Option<Paper>, StoreError>>;
    /// A beneficiary.
    fn beneficiary(&self, id: BeneficiaryId) -> BoxFuture<'_, Result<Option<Beneficiary>, StoreError>>;
    /// A challenge.
    fn challenge(&self, id: ChallengeId) -> BoxFuture<'_, Result<Option<Challenge>, StoreError>>;
    /// How many of each were counted, in the order of the question; at most twenty.
    fn counts<'a>(&'a self, tallies: &'a [Tally]) -> BoxFuture<'a, Result<Vec<u32>, StoreError>>;
    /// The sessions of an account by token, after `after`, ended by time or not.
    fn sessions_of(
        &self,
        account: AccountId,
        after: Option<TokenHash>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Session>, StoreError>>;
    /// A mandate.
    fn mandate(&self, id: MandateId) -> BoxFuture<'_, Result<Option<Mandate>, StoreError>>;
    /// The mandates that an employer gave, by identity, after `after`.
    fn mandates_of(
        &self,
        employer: EmployerId,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Mandate>, StoreError>>;
    /// The mandates that an account holds, by identity, after `after`.
    fn mandates_for(
        &self,
        account: AccountId,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Mandate>, StoreError>>;
    /// The invitations to an address that nobody took up and nobody withdrew, by identity, after `after`.
    fn mandates_offered<'a>(
        &'a self,
        invited: &'a Email,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Mandate>, StoreError>>;
    /// An agent.
    fn agent(&self, account: AccountId) -> BoxFuture<'_, Result<Option<Agent>, StoreError>>;
    /// The accounts that wait for an agent, by identity, after `after`.
    fn waiting_accounts(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Account>, StoreError>>;
    /// The accounts that are blocked, by identity, after `after`.
    fn blocked_accounts(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Account>, StoreError>>;
    /// The agents, by identity, after `after`.
    fn agents(&self, after: Option<AccountId>, limit: u32) -> BoxFuture<'_, Result<Vec<Agent>, StoreError>>;
    /// The messages that were not sent, the newest first, before place `before`; each with its place.
    fn refused_sends(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, RefusedSend)>, StoreError>>;
    /// What the holder of an account accepted, in the order of writing, after place `after`; each
    /// with its place.
    fn acceptances(
        &self,
        account: AccountId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Accepted)>, StoreError>>;
    /// Forgets what ended, at most [`LIMIT_MAX`](super::LIMIT_MAX) of each kind; gives how many went.
    fn forget(&self, before: Forget) -> BoxFuture<'_, Result<u64, StoreError>>;
}

macro_rules! calls {
    ($($writes:literal fn $name:ident($($arg:ident: $type:ty),*) -> $found:ty;)*) => {$(
        fn $name<'a>(&'a self $(, $arg: $type)*) -> BoxFuture<'a, Result<$found, StoreError>> {
            let call = Call { name: stringify!($name), writes: $writes };
            self.around(call, move || match self.inner().accounts() {
                Some(inner) => inner.$name($($arg),*),
                None => {
                    let none = StoreError::Unavailable("this store keeps no sign-ups".to_owned());
                    Box::pin(std::future::ready(Err(none)))
                }
            })
        }
    )*};
}

impl<S: Around> AccountStore for S {
    calls! {
        false fn account_of(subject: Subject) -> Option<Account>;
        false fn employer_by_number(number: &'a EmployerNumber) -> Option<Employer>;
        false fn employed(employer: EmployerId, insured: InsuredId, on: NaiveDate) -> bool;
        false fn paper(number: &'a PaperNumber) -> Option<Paper>;
        false fn beneficiary(id: BeneficiaryId) -> Option<Beneficiary>;
        false fn challenge(id: ChallengeId) -> Option<Challenge>;
        false fn counts(tallies: &'a [Tally]) -> Vec<u32>;
        false fn sessions_of(account: AccountId, after: Option<TokenHash>, limit: u32) -> Vec<Session>;
        false fn mandate(id: MandateId) -> Option<Mandate>;
        false fn mandates_of(employer: EmployerId, after: Option<MandateId>, limit: u32) -> Vec<Mandate>;
        false fn mandates_for(account: AccountId, after: Option<MandateId>, limit: u32) -> Vec<Mandate>;
        false fn mandates_offered(invited: &'a Email, after: Option<MandateId>, limit: u32) -> Vec<Mandate>;
        false fn agent(account: AccountId) -> Option<Agent>;
        false fn waiting_accounts(after: Option<AccountId>, limit: u32) -> Vec<Account>;
        false fn blocked_accounts(after: Option<AccountId>, limit: u32) -> Vec<Account>;
        false fn agents(after: Option<AccountId>, limit: u32) -> Vec<Agent>;
        false fn refused_sends(before: Option<i64>, limit: u32) -> Vec<(i64, RefusedSend)>;
        false fn acceptances(account: AccountId, after: i64, limit: u32) -> Vec<(i64, Accepted)>;
        true fn forget(before: Forget) -> u64;
    }
}
