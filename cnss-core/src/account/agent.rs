//! The fund's agents (agents de la caisse): what each may do, and who says so.
//!
//! The one rule to remember: only [`permit`] makes an [`AgentPermit`], and it asks for the role, the
//! [second factor](super::second_factor), and for acts on identity or money a fresh proof.

use serde::{Deserialize, Serialize};

use super::session::Session;
use super::{Account, AccountChange, AccountExpect, Login};
use crate::access::Subject;
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::SessionRule;
use crate::id::{AccountId, ChallengeId, NoticeId, Version};
use crate::notice::{Message, Notice};
use crate::person::{Email, Name};
use crate::refusal::Refusal;

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
    seen: Version,
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

    /// What every decision of an agent relies on: his rights are as they were. Two administrators who
    /// take each other's at once do not both do so.
    pub(super) const fn stands(self) -> Expect {
        Expect::Account(AccountExpect::Agent(self.by, self.seen))
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
    look(agent, session, &[role])?;
    if role.grave() {
        session.need_fresh(rule, at.now)?;
    }
    Ok(AgentPermit { by: agent.account, role, seen: agent.version })
}

/// Demands that an agent may at least look at what belongs to one of these roles: the second factor
/// and the role, however old the proof is. Nothing is changed by looking.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub fn look(agent: &Agent, session: &Session, roles: &[Role]) -> Result<(), Refusal> {
    let any = agent.roles.iter().any(|role| roles.contains(role));
    // A second factor that was taken away since opens nothing more in a session that gave it.
    let given = session.second && agent.second.is_some();
    if agent.account == session.account && given && any { Ok(()) } else { Err(Refusal::NotAllowed) }
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
        expects: vec![permit.stands(), Expect::Account(AccountExpect::Agent(agent.account, agent.version))],
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
    hours: u32,
    at: &Moment,
) -> (Account, Vec<Change>) {
    let id = AccountId(at.entropy.uuid(at.now));
    let login = Login::email(&new.email);
    let mut account = Account::new(id, login, hash.to_owned(), Subject::Agent, new.holder.clone());
    // Whoever made it knows the first password.
    account.first_password(hours, at.now);
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
/// the message leaves, and is good for so many hours.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role.
pub fn appoint(
    permit: AgentPermit,
    new: &NewAgent,
    (first, hash): (ChallengeId, &str),
    roles: &[Role],
    hours: u32,
    at: &Moment,
) -> Result<Decision<AccountId>, Refusal> {
    permit.need(Role::Administer)?;
    let (account, changes) = opened(new, hash, roles, Some(permit.by()), hours, at);
    let message = Message::FirstPassword { login: account.login().to_owned(), challenge: first, hours };
    let told = Notice { id: NoticeId(at.entropy.uuid(at.now)), to: account.id.into(), message };
    Ok(Decision { outcome: account.id, expects: vec![permit.stands()], changes, notices: vec![told] })
}

/// The first administrator (premier administrateur), made by who runs the portal.
#[must_use]
pub fn first_administrator(new: &NewAgent, hash: &str, hours: u32, at: &Moment) -> Decision<AccountId> {
    let (account, changes) = opened(new, hash, &[Role::Administer], None, hours, at);
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
            recovery: Vec::new(),
            changed_by: account,
            version: Version(1),
        }
    }

    fn session() -> Session {
        Session { second: true, ..Session::open(TokenHash([0; 32]), agent().account, at(1).now) }
    }

    #[test]
    fn looking_needs_one_of_the_roles_and_the_second_factor_however_old_the_proof() {
        let (agent, session) = (agent(), session());
        assert_eq!(look(&agent, &session, &[Role::Unblock, Role::Activate]), Ok(()));
        assert_eq!(look(&agent, &session, &[Role::Unblock]), Err(Refusal::NotAllowed));
        let without = Session { second: false, ..session };
        assert_eq!(look(&agent, &without, Role::ALL), Err(Refusal::NotAllowed));
        let lost = Agent { second: None, ..agent };
        assert_eq!(look(&lost, &self::session(), Role::ALL), Err(Refusal::NotAllowed), "taken away since");
    }

    #[test]
    fn a_permit_needs_the_role_the_second_factor_and_a_fresh_proof() {
        let (agent, session) = (agent(), session());
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
    fn an_administrator_always_remains() {
        let permit = AgentPermit { by: agent().account, role: Role::Administer, seen: Version(1) };
        assert_eq!(assign(permit, &agent(), &[Role::Activate]).map(|_| ()), Err(Refusal::NotAllowed));
        assert!(assign(permit, &agent(), &[Role::Administer, Role::Administer]).is_ok());
        let other = AgentPermit { role: Role::Activate, ..permit };
        assert_eq!(assign(other, &agent(), Role::ALL).map(|_| ()), Err(Refusal::NotAllowed));
    }
}
