//! Logging in (connexion): a session, or a counted failure with a growing pause.

use chrono::{DateTime, NaiveDate, Utc};

use super::session::Session;
use super::{Account, AccountChange, AccountExpect, Lock, LockKey, charter};
use crate::access::{Actor, Subject};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::AccessRules;
use crate::refusal::Refusal;

/// A try to log in.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The account that the login names, if any.
    pub account: Option<&'a Account>,
    /// Whether the password is right; the edge computes one hash in any case.
    pub right: bool,
    /// The locks of the login as it was typed, and of the source.
    pub locks: [(LockKey, Option<Lock>); 2],
    /// The session that would begin.
    pub session: Session,
}

/// What must be done before anything else, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// The second factor is to be given.
    SecondFactor,
    /// The password is to be changed: it was sent, or an agent unblocked the account.
    NewPassword,
    /// A charter is to be accepted: its version.
    Charter(String),
}

/// What the holder of a session must do before anything else.
#[must_use]
pub fn duty(account: &Account, session: &Session, rules: &AccessRules, today: NaiveDate) -> Option<Duty> {
    if account.subject == Subject::Agent && !session.second {
        return Some(Duty::SecondFactor);
    }
    if account.must_change {
        return Some(Duty::NewPassword);
    }
    // An agent works for the fund, and signs no charter of its users.
    let charter = charter::to_accept(rules, account.accepted.as_ref(), today);
    charter
        .filter(|_| account.subject != Subject::Agent)
        .map(|charter| Duty::Charter(charter.version.to_string()))
}

/// Whether a password may be looked at now, by both locks.
///
/// # Errors
/// [`Refusal::TooManyAttempts`] during a pause of either.
pub fn may_attempt(locks: &[(LockKey, Option<Lock>)], now: DateTime<Utc>) -> Result<(), Refusal> {
    locks.iter().try_for_each(|(_, lock)| Lock::may_try(lock.as_ref(), now))
}

/// What follows from a try: one commit either way, whether the account is there or not.
///
/// The outcome is what to answer. What state an account is in is said only to who knows its password.
#[must_use]
pub fn sign_in(attempt: Attempt<'_>, rules: &AccessRules, at: &Moment) -> Decision<Result<Actor, Refusal>> {
    let mut decision = Decision {
        outcome: Err(Refusal::WrongCredentials),
        expects: Vec::new(),
        changes: Vec::new(),
        notices: Vec::new(),
    };
    if let Err(refusal) = may_attempt(&attempt.locks, at.now) {
        decision.outcome = Err(refusal);
        return decision;
    }
    let seen = |key: LockKey, lock: Option<Lock>| {
        Expect::Account(AccountExpect::Lock(key, lock.map(|lock| (lock.attempts, lock.last_at))))
    };
    let Some(account) = attempt.account.filter(|_| attempt.right) else {
        for (key, lock) in attempt.locks {
            decision.expects.push(seen(key, lock));
            let failed = Lock::failed(lock.as_ref(), key, &rules.lockout, at.now);
            decision.changes.push(Change::Account(AccountChange::SaveLock(key, failed)));
        }
        return decision;
    };
    // The source's lock stays: a right password of one's own does not wash away a hundred wrong ones.
    for (key, lock) in attempt.locks.into_iter().filter(|(key, _)| matches!(key, LockKey::Login(_))) {
        decision.expects.push(seen(key, lock));
        decision.changes.push(Change::Account(AccountChange::DropLock(key)));
    }
    decision.expects.push(Expect::Account(AccountExpect::Account(account.id, account.version)));
    decision.outcome = account.usable(at.now).map(|()| account.actor());
    if decision.outcome.is_ok() {
        decision.changes.push(Change::OpenSession(attempt.session));
    }
    decision
}

/// The holder of a session gives his password once more, before what touches money or identity.
/// Wrong ones count as they do at the login.
///
/// The outcome is what to answer. An agent's password proves nothing more than that he knows it: who
/// he is he proves by his second factor.
#[must_use]
pub fn prove_again(
    account: &Account,
    session: &Session,
    right: bool,
    lock: (LockKey, Option<Lock>),
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<(), Refusal>> {
    let (key, lock) = lock;
    let outcome = Err(Refusal::WrongCredentials);
    let mut decision = Decision { outcome, expects: Vec::new(), changes: Vec::new(), notices: Vec::new() };
    if account.id != session.account {
        decision.outcome = Err(Refusal::NotAllowed);
        return decision;
    }
    if let Err(pause) = Lock::may_try(lock.as_ref(), at.now) {
        decision.outcome = Err(pause);
        return decision;
    }
    decision.expects.push(Expect::Account(AccountExpect::Lock(key, lock.map(|l| (l.attempts, l.last_at)))));
    if !right {
        let failed = Lock::failed(lock.as_ref(), key, &rules.lockout, at.now);
        decision.changes.push(Change::Account(AccountChange::SaveLock(key, failed)));
        return decision;
    }
    decision.expects.push(Expect::Account(AccountExpect::Account(account.id, account.version)));
    if account.subject != Subject::Agent {
        let session = Session { proven_at: at.now, ..session.clone() };
        decision.changes.push(Change::Account(AccountChange::SaveSession(session)));
    }
    if lock.is_some() {
        decision.changes.push(Change::Account(AccountChange::DropLock(key)));
    }
    decision.outcome = Ok(());
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Login, Source, State, TokenHash};
    use crate::decision::Entropy;
    use crate::id::{AccountId, EmployerId};
    use crate::person::{Email, Name};
    use chrono::Duration;
    use uuid::Uuid;

    fn moment(seconds: i64) -> Moment {
        let now = DateTime::<Utc>::UNIX_EPOCH + Duration::seconds(seconds);
        Moment { now, today: now.date_naive(), entropy: Entropy::new([0; 32]) }
    }

    fn account() -> Account {
        Account::new(
            AccountId(Uuid::nil()),
            Login::email(&Email::parse("a@b.tg").expect("email")),
            String::new(),
            Subject::Employer(EmployerId(Uuid::nil())),
            Name::parse("Afi").expect("name"),
        )
    }

    fn try_in(account: Option<&Account>, right: bool) -> Decision<Result<Actor, Refusal>> {
        let fund = crate::fund::Fund::builtin("tg").expect("built in");
        let rules = fund.access.expect("says how");
        let locks = [(LockKey::Login([1; 16]), None), (LockKey::Source(Source([2; 8])), None)];
        let session = Session::open(TokenHash([0; 32]), AccountId(Uuid::nil()), moment(0).now);
        sign_in(Attempt { account, right, locks, session }, &rules, &moment(0))
    }

    #[test]
    fn a_wrong_password_and_an_unknown_login_are_one() {
        let (wrong, unknown) = (try_in(Some(&account()), false), try_in(None, false));
        assert_eq!(wrong.outcome, Err(Refusal::WrongCredentials));
        assert_eq!(
            (wrong.outcome, wrong.expects, wrong.changes, wrong.notices),
            (unknown.outcome, unknown.expects, unknown.changes, unknown.notices)
        );
        // Even a lucky hash of nobody's password opens nothing.
        assert_eq!(try_in(None, true).outcome, Err(Refusal::WrongCredentials));
    }

    #[test]
    fn a_blocked_or_waiting_account_gets_no_session_and_says_so_to_its_holder_alone() {
        for (state, refusal) in [
            (State::Waiting { since: moment(0).now, told: Vec::new() }, Refusal::AccountWaiting),
            (
                State::Blocked { since: moment(0).now, why: super::super::BlockReason::Theft },
                Refusal::AccountBlocked,
            ),
        ] {
            let account = Account { state, ..account() };
            let right = try_in(Some(&account), true);
            assert_eq!(right.outcome, Err(refusal));
            assert!(!right.changes.iter().any(|change| matches!(change, Change::OpenSession(_))));
            assert_eq!(try_in(Some(&account), false).outcome, Err(Refusal::WrongCredentials));
        }
    }

    /// ASVS 2.3.1: what was sent does not stay good for ever. Who does not know it learns nothing.
    #[test]
    fn a_first_password_that_was_not_used_in_time_opens_nothing() {
        let mut account = account();
        account.first_password(1, moment(-3_600).now);
        assert_eq!(account.password_until, Some(moment(0).now));
        let late = try_in(Some(&account), true);
        assert_eq!(late.outcome, Err(Refusal::FirstPasswordOver));
        assert!(!late.changes.iter().any(|change| matches!(change, Change::OpenSession(_))));
        assert_eq!(try_in(Some(&account), false).outcome, Err(Refusal::WrongCredentials));
        account.first_password(1, moment(-3_599).now);
        assert!(try_in(Some(&account), true).outcome.is_ok());
        // A password of one's own has no end.
        let own = super::super::recover::changed(&account, "own".to_owned(), &moment(0));
        let Some(Change::Account(AccountChange::Save(own))) = own.changes.first() else { panic!("{own:?}") };
        assert_eq!((own.must_change, own.password_until), (false, None));
    }

    #[test]
    fn who_gives_the_password_again_has_proved_who_he_is_and_wrong_ones_count() {
        let fund = crate::fund::Fund::builtin("tg").expect("built in");
        let rules = fund.access.expect("says how");
        let key = LockKey::Login([1; 16]);
        let session = Session::open(TokenHash([0; 32]), account().id, moment(0).now);
        let late = moment(86_400);
        let give = |account: &Account, right, lock| {
            prove_again(account, &session, right, (key, lock), &rules, &late)
        };
        let right = give(&account(), true, None);
        assert_eq!(right.outcome, Ok(()));
        let proven = Session { proven_at: late.now, ..session.clone() };
        assert_eq!(right.changes, [Change::Account(AccountChange::SaveSession(proven))]);
        let wrong = give(&account(), false, None);
        assert_eq!(wrong.outcome, Err(Refusal::WrongCredentials));
        let [Change::Account(AccountChange::SaveLock(counted, lock))] = wrong.changes.as_slice() else {
            panic!("{wrong:?}")
        };
        assert_eq!((*counted, lock.attempts), (key, 1));
        let until = late.now.checked_add_signed(Duration::seconds(9));
        let paused = Some(Lock { attempts: 9, last_at: late.now, paused_until: until });
        assert_eq!(give(&account(), true, paused).outcome, Err(Refusal::TooManyAttempts { seconds: 9 }));
        let agent = Account { subject: Subject::Agent, ..account() };
        let known = give(&agent, true, None);
        assert!(known.outcome.is_ok() && known.changes.is_empty(), "who he is he proves by his digits");
        assert_eq!(give(&agent, false, None).outcome, Err(Refusal::WrongCredentials));
    }

    #[test]
    fn duties_come_in_their_order() {
        let fund = crate::fund::Fund::builtin("dj").expect("built in");
        let rules = fund.access.expect("says how");
        let day = crate::calendar::parse_date("2025-06-01").expect("a day");
        let session = Session::open(TokenHash([0; 32]), AccountId(Uuid::nil()), moment(0).now);
        let mut account = Account { must_change: true, ..account() };
        let asked = |account: &Account, session: &Session| duty(account, session, &rules, day);
        assert_eq!(asked(&account, &session), Some(Duty::NewPassword));
        account.must_change = false;
        assert_eq!(asked(&account, &session), Some(Duty::Charter("1".to_owned())));
        let charter = rules.charter(day).expect("in force");
        account.accepted = charter::Accepted::of(charter, &charter.digest, moment(0).now).ok();
        assert_eq!(asked(&account, &session), None);
        let agent = Account { subject: Subject::Agent, ..account };
        assert_eq!(asked(&agent, &session), Some(Duty::SecondFactor));
        assert_eq!(asked(&agent, &Session { second: true, ..session }), None);
    }
}
