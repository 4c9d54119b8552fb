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
    block(account, BlockReason::Agent, at)
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
    Ok(saved(account, new, Message::AccountUnblocked, at))
}

/// An agent activates an account (activation); its holder is told.
///
/// # Errors
/// [`Refusal::NotAllowed`] without the role; [`Refusal::NothingChanged`] when it does not wait.
pub fn activate(permit: AgentPermit, account: &Account, at: &Moment) -> Result<Decision<()>, Refusal> {
    permit.need(Role::Activate)?;
    if !matches!(account.state, State::Waiting { .. }) {
        return Err(Refusal::NothingChanged);
    }
    let new = account.changed(|a| a.state = State::Active);
    Ok(saved(account, new, Message::AccountActivated { login: account.login().to_owned() }, at))
}
