//! The second factor of the fund's agents (second facteur): given, set up, and taken away when it is lost.
//!
//! The six digits are computed and compared at the edge; which step of time they belong to is judged
//! here, so that none serves twice. The one rule to remember: a second factor is replaced by who gave
//! it not long ago, or by nobody until an administrator has taken it away.

use hmac_sha256::Hash;

use super::agent::{Agent, AgentPermit, Role};
use super::session::Session;
use super::{AccountChange, AccountExpect, Lock, LockKey};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::{AccessRules, SessionRule};
use crate::id::NoticeId;
use crate::notice::{Message, Notice};
use crate::refusal::Refusal;

/// How many recovery codes are given at once.
pub const RECOVERY_CODES: usize = 10;

/// What was given as the second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Second {
    /// Digits that the edge found right for this step of time; none when they are wrong.
    Step(Option<u64>),
    /// A recovery code, as it was typed.
    Recovery(String),
}

fn recovery_digest(typed: &str) -> [u8; 32] {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    Hash::hash(plain.to_ascii_lowercase().as_bytes())
}

/// The second factor is given: digits serve once, and so does a recovery code. Wrong ones are counted
/// in a lock of their own and committed, as wrong passwords are.
///
/// The outcome is what to answer: [`Refusal::WrongCredentials`] for wrong ones, and for those that
/// served; [`Refusal::TooManyAttempts`] during a pause.
#[must_use]
pub fn prove(
    agent: &Agent,
    session: &Session,
    given: &Second,
    lock: Option<Lock>,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<(), Refusal>> {
    let key = LockKey::second_factor(agent.account);
    if agent.account != session.account || agent.second.is_none() {
        return refused(Refusal::NotAllowed);
    }
    if let Err(pause) = Lock::may_try(lock.as_ref(), at.now) {
        return refused(pause);
    }
    let mut decision = refused(Refusal::WrongCredentials);
    decision.expects.push(Expect::Account(AccountExpect::Lock(key, lock.map(|l| (l.attempts, l.last_at)))));
    let Some(mut new) = served(agent, given) else {
        let failed = Lock::failed(lock.as_ref(), key, &rules.lockout, at.now);
        decision.changes.push(Change::Account(AccountChange::SaveLock(key, failed)));
        return decision;
    };
    new.version = agent.version.next();
    let session = Session { second: true, proven_at: at.now, ..session.clone() };
    decision.expects.push(Expect::Account(AccountExpect::Agent(agent.account, agent.version)));
    decision.changes.extend([
        Change::Account(AccountChange::SaveAgent(new)),
        Change::Account(AccountChange::SaveSession(session)),
        Change::Account(AccountChange::DropLock(key)),
    ]);
    decision.outcome = Ok(());
    decision
}

fn refused(why: Refusal) -> Decision<Result<(), Refusal>> {
    Decision { outcome: Err(why), expects: Vec::new(), changes: Vec::new(), notices: Vec::new() }
}

/// The agent once what he gave has served; none when it is wrong or served before.
fn served(agent: &Agent, given: &Second) -> Option<Agent> {
    let mut new = agent.clone();
    match given {
        Second::Step(Some(step)) if agent.last_step.is_none_or(|last| *step > last) => {
            new.last_step = Some(*step);
        }
        Second::Recovery(typed) => {
            let digest = recovery_digest(typed);
            new.recovery.retain(|kept| *kept != digest);
            if new.recovery.len() == agent.recovery.len() {
                return None;
            }
        }
        Second::Step(_) => return None,
    }
    Some(new)
}

/// Whether a session may set a second factor up, and see the secret of a new one: where there is none,
/// or over the one that it gave not long ago. Whoever finds a session open replaces nothing.
///
/// # Errors
/// [`Refusal::NotAllowed`] when one is set up and the session did not give it; [`Refusal::ProveAgain`]
/// when it gave it too long ago.
pub fn may_set_up(agent: &Agent, session: &Session, rule: &SessionRule, at: &Moment) -> Result<(), Refusal> {
    if agent.account != session.account || (agent.second.is_some() && !session.second) {
        return Err(Refusal::NotAllowed);
    }
    if agent.second.is_some() { session.need_fresh(rule, at.now) } else { Ok(()) }
}

/// The agent sets his second factor up, having shown that he has it: `step` is that of the digits he
/// gave for the new secret. He is told when it replaces another.
///
/// # Errors
/// As [`may_set_up`]; [`Refusal::WrongCredentials`] for wrong digits; [`Refusal::NothingChanged`] for
/// the one that is there.
pub fn set_up(
    agent: &Agent,
    session: &Session,
    sealed: Vec<u8>,
    (step, recovery): (Option<u64>, &[String]),
    rule: &SessionRule,
    at: &Moment,
) -> Result<Decision<()>, Refusal> {
    may_set_up(agent, session, rule, at)?;
    let step = step.ok_or(Refusal::WrongCredentials)?;
    if agent.second.as_ref() == Some(&sealed) {
        return Err(Refusal::NothingChanged);
    }
    let replaced = Notice {
        id: NoticeId(at.entropy.uuid(at.now)),
        to: agent.account.into(),
        message: Message::SecondFactorReplaced,
    };
    let notices = agent.second.is_some().then_some(replaced).into_iter().collect();
    let there = Expect::Account(AccountExpect::Session(session.token));
    let new = Agent {
        second: Some(sealed),
        last_step: Some(step),
        recovery: recovery.iter().take(RECOVERY_CODES).map(|code| recovery_digest(code)).collect(),
        changed_by: agent.account,
        version: agent.version.next(),
        ..agent.clone()
    };
    let session = Session { second: true, proven_at: at.now, ..session.clone() };
    Ok(Decision {
        outcome: (),
        expects: vec![Expect::Account(AccountExpect::Agent(agent.account, agent.version)), there],
        changes: vec![
            Change::Account(AccountChange::SaveAgent(new)),
            Change::Account(AccountChange::SaveSession(session)),
        ],
        notices,
    })
}

/// An administrator takes away the second factor of an agent who lost it, with what was left of his
/// recovery codes (retirer le second facteur): all his sessions end, and the next one asks him to set
/// one up. Nobody does it to himself, so that a session left open replaces nobody's.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role, or for oneself; [`Refusal::NothingChanged`] when he has none.
pub fn take_away(permit: AgentPermit, agent: &Agent, at: &Moment) -> Result<Decision<()>, Refusal> {
    permit.need(Role::Administer)?;
    if agent.account == permit.by() {
        return Err(Refusal::NotAllowed);
    }
    if agent.second.is_none() {
        return Err(Refusal::NothingChanged);
    }
    let new = Agent {
        second: None,
        last_step: None,
        recovery: Vec::new(),
        changed_by: permit.by(),
        version: agent.version.next(),
        ..agent.clone()
    };
    let message = Message::SecondFactorTaken;
    Ok(Decision {
        outcome: (),
        expects: vec![permit.stands(), Expect::Account(AccountExpect::Agent(agent.account, agent.version))],
        changes: vec![
            Change::Account(AccountChange::SaveAgent(new)),
            Change::Account(AccountChange::EndSessions(agent.account, None)),
        ],
        notices: vec![Notice { id: NoticeId(at.entropy.uuid(at.now)), to: agent.account.into(), message }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::TokenHash;
    use crate::account::agent::permit;
    use crate::decision::Entropy;
    use crate::fund::SessionRule;
    use crate::id::{AccountId, Version};
    use crate::notice::Addressee;
    use chrono::{DateTime, Duration};
    use uuid::Uuid;

    fn at(minutes: i64) -> Moment {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::minutes(minutes);
        Moment { now, today: now.date_naive(), entropy: Entropy::new([0; 32]) }
    }

    fn agent() -> Agent {
        let account = AccountId(Uuid::from_u128(1));
        Agent {
            account,
            roles: vec![Role::Activate, Role::Administer],
            second: Some(vec![1]),
            last_step: Some(100),
            recovery: vec![recovery_digest("abcd-efgh")],
            changed_by: account,
            version: Version(1),
        }
    }

    fn session() -> Session {
        Session::open(TokenHash([0; 32]), agent().account, at(0).now)
    }

    fn after(changes: &[Change]) -> (Agent, Session) {
        match changes {
            [
                Change::Account(AccountChange::SaveAgent(agent)),
                Change::Account(AccountChange::SaveSession(session)),
                ..,
            ] => (agent.clone(), session.clone()),
            other => panic!("{other:?}"),
        }
    }

    fn rules() -> AccessRules {
        crate::fund::Fund::builtin("tg").expect("built in").access.expect("says how")
    }

    fn given(agent: &Agent, second: &Second, lock: Option<Lock>) -> Decision<Result<(), Refusal>> {
        prove(agent, &session(), second, lock, &rules(), &at(1))
    }

    #[test]
    fn digits_and_recovery_codes_serve_once() {
        let give = |agent: &Agent, second: Second| given(agent, &second, None).outcome;
        let gives = |second: Second| after(&given(&agent(), &second, None).changes);
        for step in [None, Some(99), Some(100)] {
            assert_eq!(give(&agent(), Second::Step(step)), Err(Refusal::WrongCredentials), "{step:?}");
        }
        let (proven, _) = gives(Second::Step(Some(101)));
        assert!(give(&proven, Second::Step(Some(101))).is_err());
        let (used, _) = gives(Second::Recovery(" ABCD EFGH ".to_owned()));
        assert!(used.recovery.is_empty() && give(&used, Second::Recovery("abcd-efgh".to_owned())).is_err());
        assert!(give(&agent(), Second::Recovery(String::new())).is_err());
        assert!(give(&Agent { second: None, ..agent() }, Second::Step(Some(101))).is_err());
    }

    /// Who knows the password tries some digits, and then waits longer and longer.
    #[test]
    fn wrong_digits_are_counted_and_pause() {
        let free = rules().lockout.free;
        let (mut lock, mut answers) = (None, Vec::new());
        for _ in 0..=free.saturating_add(1) {
            let decision = given(&agent(), &Second::Step(None), lock);
            answers.push(decision.outcome.clone().expect_err("wrong"));
            for change in decision.changes {
                let Change::Account(AccountChange::SaveLock(key, saved)) = change else { panic!("a lock") };
                assert_eq!(key, LockKey::second_factor(agent().account));
                lock = Some(saved);
            }
        }
        let paused = answers.pop().expect("the last");
        assert!(matches!(paused, Refusal::TooManyAttempts { .. }), "{paused:?}");
        assert!(answers.iter().all(|answer| *answer == Refusal::WrongCredentials), "{answers:?}");
        let right = given(&agent(), &Second::Step(Some(101)), lock);
        assert!(right.outcome.is_err() && right.changes.is_empty(), "not even right ones during the pause");
        let one = Some(Lock { attempts: 1, last_at: at(0).now, paused_until: None });
        let right = given(&agent(), &Second::Step(Some(101)), one);
        let dropped = Change::Account(AccountChange::DropLock(LockKey::second_factor(agent().account)));
        assert!(right.outcome.is_ok() && right.changes.contains(&dropped));
    }

    #[test]
    fn a_second_factor_is_set_up_by_who_has_it() {
        let fresh = Agent { second: None, last_step: None, recovery: Vec::new(), ..agent() };
        let codes = vec!["k".to_owned(); 30];
        let set = |agent: &Agent, step| {
            set_up(agent, &session(), vec![2], (step, &codes), &rules().session, &at(1))
        };
        let (new, session) = after(&set(&fresh, Some(7)).expect("right").changes);
        assert_eq!((new.last_step, new.recovery.len(), session.second), (Some(7), RECOVERY_CODES, true));
        assert_eq!(set(&fresh, None).map(|_| ()), Err(Refusal::WrongCredentials));
        assert_eq!(
            set(&agent(), Some(7)).map(|_| ()),
            Err(Refusal::NotAllowed),
            "not over the one that is there"
        );
    }

    /// A session that was left open does not give away what it opened, and the holder hears of it.
    #[test]
    fn a_second_factor_is_replaced_by_a_fresh_proof_alone_and_its_holder_is_told() {
        let rule = SessionRule { idle_minutes: 30, hours: 2, proven_minutes: 5 };
        let given = Session { second: true, ..session() };
        let set = |agent: &Agent, session: &Session, sealed: u8, minutes| {
            set_up(agent, session, vec![sealed], (Some(7), &[]), &rule, &at(minutes))
        };
        assert_eq!(set(&agent(), &given, 2, 6).map(|_| ()), Err(Refusal::ProveAgain));
        assert_eq!(set(&agent(), &given, 1, 1).map(|_| ()), Err(Refusal::NothingChanged), "the same one");
        let decision = set(&agent(), &given, 2, 1).expect("proved");
        let [told] = decision.notices.as_slice() else { panic!("{:?}", decision.notices) };
        assert_eq!(
            (&told.to, &told.message),
            (&Addressee::Account(agent().account), &Message::SecondFactorReplaced)
        );
        let there = Expect::Account(AccountExpect::Session(given.token));
        assert!(decision.expects.contains(&there), "the session lives when it is written");
        // The first one is set up however long the login took, and is no news.
        let none = Agent { second: None, ..agent() };
        assert!(set(&none, &session(), 2, 6).expect("the first").notices.is_empty());
    }

    #[test]
    fn an_administrator_takes_a_lost_one_away_and_nobody_his_own() {
        let rule = SessionRule { idle_minutes: 10, hours: 2, proven_minutes: 5 };
        let chief = agent();
        let of = |role| {
            let session = Session { second: true, ..session() };
            permit(&chief, &session, role, &rule, &at(1)).expect("a permit")
        };
        let lost = Agent { account: AccountId(Uuid::from_u128(2)), version: Version(5), ..agent() };
        let taken = take_away(of(Role::Administer), &lost, &at(1)).expect("taken");
        let new = Agent {
            second: None,
            last_step: None,
            recovery: Vec::new(),
            changed_by: chief.account,
            version: Version(6),
            ..lost.clone()
        };
        assert_eq!(
            taken.changes,
            [
                Change::Account(AccountChange::SaveAgent(new.clone())),
                Change::Account(AccountChange::EndSessions(lost.account, None)),
            ]
        );
        // Whoever loses the role meanwhile, and whoever was faster, makes it stale.
        let seen = [(chief.account, chief.version), (lost.account, lost.version)];
        let seen = seen.map(|(id, version)| Expect::Account(AccountExpect::Agent(id, version)));
        assert_eq!(taken.expects, seen);
        let [told] = taken.notices.as_slice() else { panic!("{:?}", taken.notices) };
        assert_eq!(
            (&told.to, &told.message),
            (&Addressee::Account(lost.account), &Message::SecondFactorTaken)
        );
        for (role, who, why) in [
            (Role::Administer, &new, Refusal::NothingChanged),
            (Role::Administer, &chief, Refusal::NotAllowed),
            (Role::Activate, &lost, Refusal::NotAllowed),
        ] {
            assert_eq!(take_away(of(role), who, &at(1)).map(|_| ()), Err(why), "{role:?} {who:?}");
        }
    }
}
