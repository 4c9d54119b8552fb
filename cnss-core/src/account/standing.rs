//! Whether an account may be used: waiting for an agent, active, or blocked (compte bloqué).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::agent::AgentPermit;
use super::{Account, AccountChange, AccountExpect, Role};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::AskField;
use crate::id::NoticeId;
use crate::notice::{Message, Notice};
use crate::refusal::Refusal;

/// Why an account was blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockReason {
    /// Its holder says that it was stolen (vol).
    Theft,
    /// Its holder lost what opens it (perte).
    Loss,
    /// Its holder says that somebody else used it (utilisation frauduleuse).
    Fraud,
    /// An agent saw cause to.
    Agent,
}

/// Whether an account may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It may.
    Active,
    /// An agent must look at it first.
    Waiting {
        /// Since when.
        since: DateTime<Utc>,
        /// What was typed that the register does not hold, for the agent to see.
        told: Vec<(AskField, String)>,
    },
    /// It may not.
    Blocked {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        why: BlockReason,
    },
}

impl State {
    /// The code in data and JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Waiting { .. } => "waiting",
            Self::Blocked { .. } => "blocked",
        }
    }

    /// Whether the account may be used; said only to who knows its password.
    ///
    /// # Errors
    /// [`Refusal::AccountWaiting`], [`Refusal::AccountBlocked`].
    pub const fn usable(&self) -> Result<(), Refusal> {
        match self {
            Self::Active => Ok(()),
            Self::Waiting { .. } => Err(Refusal::AccountWaiting),
            Self::Blocked { .. } => Err(Refusal::AccountBlocked),
        }
    }
}

/// A saved account, with the version that it was seen at and a message to its holder.
pub(super) fn saved(account: &Account, new: Account, message: Message, at: &Moment) -> Decision<()> {
    let told = Notice { id: NoticeId(at.entropy.uuid(at.now)), to: account.id.into(), message };
    Decision {
        outcome: (),
        expects: vec![Expect::Account(AccountExpect::Account(account.id, account.version))],
        changes: vec![Change::Account(AccountChange::Save(new))],
        notices: vec![told],
    }
}

/// The holder reports a theft, a loss or a fraud: the account is blocked at once, all its sessions end.
///
/// # Errors
/// [`Refusal::AccountBlocked`] when it is already.
pub fn block(account: &Account, why: BlockReason, at: &Moment) -> Result<Decision<()>, Refusal> {
    if matches!(account.state, State::Blocked { .. }) {
        return Err(Refusal::AccountBlocked);
    }
    let new = account.changed(|a| a.state = State::Blocked { since: at.now, why });
    let mut decision = saved(account, new, Message::AccountBlocked, at);
    decision.changes.push(Change::Account(AccountChange::EndSessions(account.id, None)));
    Ok(decision)
}

/// An agent blocks an account.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role; as [`block`].
pub fn block_by(permit: AgentPermit, account: &Account, at: &Moment) -> Result<Decision<()>, Refusal> {
    permit.need(Role::Unblock)?;
    Ok(by(permit, block(account, BlockReason::Agent, at)?))
}

/// What an agent decides on an account relies on his rights too.
fn by(permit: AgentPermit, mut decision: Decision<()>) -> Decision<()> {
    decision.expects.push(permit.stands());
    decision
}

/// An agent unblocks an account. Whoever blocked it feared for its password: it must be changed.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role; [`Refusal::NothingChanged`] when it is not blocked.
pub fn unblock(permit: AgentPermit, account: &Account, at: &Moment) -> Result<Decision<()>, Refusal> {
    permit.need(Role::Unblock)?;
    if !matches!(account.state, State::Blocked { .. }) {
        return Err(Refusal::NothingChanged);
    }
    let new = account.changed(|a| {
        a.state = State::Active;
        a.must_change = true;
    });
    Ok(by(permit, saved(account, new, Message::AccountUnblocked, at)))
}

/// An agent activates an account (activation); its holder is told. A first password that was sent is
/// good for so many `hours` from now: before, it opened nothing.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role; [`Refusal::NothingChanged`] when it does not wait.
pub fn activate(
    permit: AgentPermit,
    account: &Account,
    hours: u32,
    at: &Moment,
) -> Result<Decision<()>, Refusal> {
    permit.need(Role::Activate)?;
    if !matches!(account.state, State::Waiting { .. }) {
        return Err(Refusal::NothingChanged);
    }
    let new = account.changed(|a| {
        a.state = State::Active;
        if a.password_until.is_some() {
            a.first_password(hours, at.now);
        }
    });
    Ok(by(permit, saved(account, new, Message::AccountActivated { login: account.login().to_owned() }, at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Subject;
    use crate::account::agent::{Agent, permit};
    use crate::account::{Login, Session, TokenHash};
    use crate::decision::Entropy;
    use crate::fund::{LoginKind, SessionRule};
    use crate::id::{AccountId, Version};
    use crate::person::Name;
    use chrono::{Duration, NaiveDate};
    use uuid::Uuid;

    fn at(hours: i64) -> Moment {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::hours(hours);
        Moment { now, today: NaiveDate::MIN, entropy: Entropy::new([0; 32]) }
    }

    fn activated(account: &Account, hours: i64) -> Account {
        let id = AccountId(Uuid::from_u128(1));
        let agent = Agent {
            account: id,
            roles: vec![Role::Activate],
            second: Some(vec![1]),
            last_step: None,
            recovery: Vec::new(),
            changed_by: id,
            version: Version(1),
        };
        let session = Session { second: true, ..Session::open(TokenHash([0; 32]), id, at(hours).now) };
        let rule = SessionRule { idle_minutes: 10, hours: 2, proven_minutes: 5 };
        let permit = permit(&agent, &session, Role::Activate, &rule, &at(hours)).expect("a permit");
        let decision = activate(permit, account, 72, &at(hours)).expect("activated");
        let [Change::Account(AccountChange::Save(new))] = decision.changes.as_slice() else {
            panic!("{:?}", decision.changes)
        };
        new.clone()
    }

    /// A password that opened nothing while the account waited is not over when an agent opens it.
    #[test]
    fn the_hours_of_a_first_password_begin_when_the_account_may_be_used() {
        let login = Login::read(LoginKind::InsuredNumber, "710040").expect("a login");
        let holder = Name::parse("Afi").expect("a name");
        let id = AccountId(Uuid::from_u128(2));
        let mut account = Account::new(id, login, "hash".to_owned(), Subject::Mandatary, holder);
        account.state = State::Waiting { since: at(0).now, told: Vec::new() };
        assert_eq!(activated(&account, 100).password_until, None, "a chosen one does not end");
        account.first_password(72, at(0).now);
        assert_eq!(account.first_password_past(at(100).now), None, "its message is still of use");
        let new = activated(&account, 100);
        assert_eq!((new.usable(at(171).now), new.must_change), (Ok(()), true));
        assert_eq!(new.usable(at(172).now), Err(Refusal::FirstPasswordOver));
        assert!(
            new.first_password_past(at(171).now).is_none() && new.first_password_past(at(172).now).is_some()
        );
    }
}
