//! The fund's agents (agents de la caisse): roles, and a second factor.
//!
//! The six digits of the second factor are computed and compared at the edge; which step of time
//! they belong to is judged here, so that none serves twice. The one rule to remember: only
//! [`permit`] makes an [`AgentPermit`], and it asks for the role, the second factor, and for acts on
//! identity or money a fresh proof.

use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

use super::session::Session;
use super::{Account, AccountChange, AccountExpect, Lock, LockKey, Login};
use crate::access::Subject;
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::{AccessRules, SessionRule};
use crate::id::{AccountId, ChallengeId, NoticeId, Version};
use crate::notice::{Message, Notice};
use crate::person::{Email, Name};
use crate::refusal::Refusal;

/// How many recovery codes are given at once.
pub const RECOVERY_CODES: usize = 10;

/// What an agent may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Activate accounts.
    Activate,
    /// Block and unblock accounts.
    Unblock,
    /// See which messages were not sent, and why.
    ReadRefusals,
    /// Treat money that could not be credited.
    TreatDisputes,
    /// Make agents, and say what they may do.
    Administer,
}

impl Role {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Activate, Self::Unblock, Self::ReadRefusals, Self::TreatDisputes, Self::Administer];

    /// The code in data and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Unblock => "unblock",
            Self::ReadRefusals => "read_refusals",
            Self::TreatDisputes => "treat_disputes",
            Self::Administer => "administer",
        }
    }

    /// True for what touches money or identity.
    #[must_use]
    pub const fn grave(self) -> bool {
        !matches!(self, Self::ReadRefusals)
    }
}

/// An agent, beside his account.
#[derive(Clone, PartialEq, Eq)]
pub struct Agent {
    /// His account.
    pub account: AccountId,
    /// What he may do.
    pub roles: Vec<Role>,
    /// What the edge finds the secret of his second factor by; none until he has set it up.
    pub second: Option<Vec<u8>>,
    /// The last step of time whose digits he gave.
    pub last_step: Option<u64>,
    /// Digests of the recovery codes that are left.
    pub recovery: Vec<[u8; 32]>,
    /// Who changed it last.
    pub changed_by: AccountId,
    /// Grows with every change.
    pub version: Version,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent")
            .field("account", &self.account)
            .field("roles", &self.roles)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Proof that an agent may do one thing now.
#[derive(Clone, Copy, Debug)]
pub struct AgentPermit {
    by: AccountId,
    role: Role,
}

impl AgentPermit {
    /// Who.
    #[must_use]
    pub const fn by(self) -> AccountId {
        self.by
    }

    /// Demands that it is for this.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`].
    pub fn need(self, role: Role) -> Result<(), Refusal> {
        if self.role == role { Ok(()) } else { Err(Refusal::NotAllowed) }
    }
}

/// The permit of an agent for one thing, in a session.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role or the second factor; [`Refusal::ProveAgain`] for what
/// touches money or identity when the proof is old.
pub fn permit(
    agent: &Agent,
    session: &Session,
    role: Role,
    rule: &SessionRule,
    at: &Moment,
) -> Result<AgentPermit, Refusal> {
    if agent.account != session.account || !session.second || !agent.roles.contains(&role) {
        return Err(Refusal::NotAllowed);
    }
    if role.grave() {
        session.need_fresh(rule, at.now)?;
    }
    Ok(AgentPermit { by: agent.account, role })
}

/// Demands that an agent may at least look at what belongs to one of these roles: the second factor
/// and the role, however old the proof is. Nothing is changed by looking.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub fn look(agent: &Agent, session: &Session, roles: &[Role]) -> Result<(), Refusal> {
    let any = agent.roles.iter().any(|role| roles.contains(role));
    if agent.account == session.account && session.second && any { Ok(()) } else { Err(Refusal::NotAllowed) }
}

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

/// The agent sets his second factor up, having shown that he has it: `step` is that of the digits he
/// gave for the new secret.
///
/// # Errors
/// [`Refusal::WrongCredentials`] for wrong digits; [`Refusal::NotAllowed`] when one is set up and the
/// session did not give it.
pub fn set_up(
    agent: &Agent,
    session: &Session,
    sealed: Vec<u8>,
    step: Option<u64>,
    recovery: &[String],
    at: &Moment,
) -> Result<Decision<()>, Refusal> {
    if agent.account != session.account || (agent.second.is_some() && !session.second) {
        return Err(Refusal::NotAllowed);
    }
    let step = step.ok_or(Refusal::WrongCredentials)?;
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
        expects: vec![Expect::Account(AccountExpect::Agent(agent.account, agent.version))],
        changes: vec![
            Change::Account(AccountChange::SaveAgent(new)),
            Change::Account(AccountChange::SaveSession(session)),
        ],
        notices: Vec::new(),
    })
}

/// An administrator says what an agent may do. Nobody takes his own right to do so from himself, so
/// that one is always left.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role, or for that.
pub fn assign(permit: AgentPermit, agent: &Agent, roles: &[Role]) -> Result<Decision<()>, Refusal> {
    permit.need(Role::Administer)?;
    if agent.account == permit.by() && !roles.contains(&Role::Administer) {
        return Err(Refusal::NotAllowed);
    }
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    let new = Agent { roles, changed_by: permit.by(), version: agent.version.next(), ..agent.clone() };
    Ok(Decision {
        outcome: (),
        expects: vec![Expect::Account(AccountExpect::Agent(agent.account, agent.version))],
        changes: vec![Change::Account(AccountChange::SaveAgent(new))],
        notices: Vec::new(),
    })
}

/// Somebody who is to be an agent.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// His address, by which he logs in.
    pub email: Email,
    /// His name.
    pub holder: Name,
}

/// An account and what its holder may do; the second factor is set up at the first login.
fn opened(
    new: &NewAgent,
    hash: &str,
    roles: &[Role],
    by: Option<AccountId>,
    at: &Moment,
) -> (Account, Vec<Change>) {
    let id = AccountId(at.entropy.uuid(at.now));
    let login = Login::email(&new.email);
    let mut account = Account::new(id, login, hash.to_owned(), Subject::Agent, new.holder.clone());
    // Whoever made it knows the first password.
    account.must_change = true;
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    let agent = Agent {
        account: id,
        roles,
        second: None,
        last_step: None,
        recovery: Vec::new(),
        changed_by: by.unwrap_or(id),
        version: Version(1),
    };
    let changes =
        vec![Change::OpenAccount(account.clone()), Change::Account(AccountChange::SaveAgent(agent))];
    (account, changes)
}

/// An administrator makes an agent, who is told his first password: it is derived from `first` when
/// the message leaves.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role.
pub fn appoint(
    permit: AgentPermit,
    new: &NewAgent,
    first: ChallengeId,
    hash: &str,
    roles: &[Role],
    at: &Moment,
) -> Result<Decision<AccountId>, Refusal> {
    permit.need(Role::Administer)?;
    let (account, changes) = opened(new, hash, roles, Some(permit.by()), at);
    let message = Message::FirstPassword { login: account.login().to_owned(), challenge: first };
    let told = Notice { id: NoticeId(at.entropy.uuid(at.now)), to: account.id.into(), message };
    Ok(Decision { outcome: account.id, expects: Vec::new(), changes, notices: vec![told] })
}

/// The first administrator (premier administrateur), made by who runs the portal.
#[must_use]
pub fn first_administrator(new: &NewAgent, hash: &str, at: &Moment) -> Decision<AccountId> {
    let (account, changes) = opened(new, hash, &[Role::Administer], None, at);
    Decision { outcome: account.id, expects: Vec::new(), changes, notices: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::TokenHash;
    use crate::decision::Entropy;
    use chrono::{DateTime, Duration};
    use uuid::Uuid;

    const RULE: SessionRule = SessionRule { idle_minutes: 10, hours: 2, proven_minutes: 5 };

    fn at(minutes: i64) -> Moment {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::minutes(minutes);
        Moment { now, today: now.date_naive(), entropy: Entropy::new([0; 32]) }
    }

    fn agent() -> Agent {
        let account = AccountId(Uuid::from_u128(1));
        Agent {
            account,
            roles: vec![Role::Activate, Role::ReadRefusals, Role::Administer],
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
    fn looking_needs_one_of_the_roles_and_the_second_factor_however_old_the_proof() {
        let (agent, session) = after(&given(&agent(), &Second::Step(Some(101)), None).changes);
        assert_eq!(look(&agent, &session, &[Role::Unblock, Role::Activate]), Ok(()));
        assert_eq!(look(&agent, &session, &[Role::Unblock]), Err(Refusal::NotAllowed));
        let without = Session { second: false, ..session };
        assert_eq!(look(&agent, &without, Role::ALL), Err(Refusal::NotAllowed));
    }

    #[test]
    fn a_permit_needs_the_role_the_second_factor_and_a_fresh_proof() {
        let (agent, session) = after(&given(&agent(), &Second::Step(Some(101)), None).changes);
        let ask =
            |session: &Session, role, minutes| permit(&agent, session, role, &RULE, &at(minutes)).map(|_| ());
        assert_eq!(ask(&session, Role::Activate, 5), Ok(()));
        assert_eq!(ask(&session, Role::Activate, 6), Err(Refusal::ProveAgain));
        assert_eq!(ask(&session, Role::ReadRefusals, 6), Ok(()));
        assert_eq!(ask(&session, Role::Unblock, 1), Err(Refusal::NotAllowed));
        let without = Session { second: false, ..session.clone() };
        assert_eq!(ask(&without, Role::ReadRefusals, 1), Err(Refusal::NotAllowed));
        let others = Session { account: AccountId(Uuid::from_u128(2)), ..session };
        assert_eq!(ask(&others, Role::ReadRefusals, 1), Err(Refusal::NotAllowed));
    }

    #[test]
    fn a_second_factor_is_set_up_by_who_has_it() {
        let fresh = Agent { second: None, last_step: None, recovery: Vec::new(), ..agent() };
        let codes = vec!["k".to_owned(); 30];
        let set = |agent: &Agent, step| set_up(agent, &session(), vec![2], step, &codes, &at(1));
        let (new, session) = after(&set(&fresh, Some(7)).expect("right").changes);
        assert_eq!((new.last_step, new.recovery.len(), session.second), (Some(7), RECOVERY_CODES, true));
        assert_eq!(set(&fresh, None).map(|_| ()), Err(Refusal::WrongCredentials));
        assert_eq!(
            set(&agent(), Some(7)).map(|_| ()),
            Err(Refusal::NotAllowed),
            "not over the one that is there"
        );
    }

    #[test]
    fn an_administrator_always_remains() {
        let permit = AgentPermit { by: agent().account, role: Role::Administer };
        assert_eq!(assign(permit, &agent(), &[Role::Activate]).map(|_| ()), Err(Refusal::NotAllowed));
        assert!(assign(permit, &agent(), &[Role::Administer, Role::Administer]).is_ok());
        let other = AgentPermit { role: Role::Activate, ..permit };
        assert_eq!(assign(other, &agent(), Role::ALL).map(|_| ()), Err(Refusal::NotAllowed));
    }
}
