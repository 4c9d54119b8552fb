//! What decisions about accounts rely on and what they change: one list, kept by stores that keep
//! sign-ups.

use chrono::{DateTime, Utc};

use super::{
    Accepted, Account, Agent, Beneficiary, Challenge, Lock, LockKey, Mandate, Paper, RefusedSend, Session,
    Tally, TokenHash,
};
use crate::access::Subject;
use crate::id::{AccountId, ChallengeId, MandateId, Version};

/// What must still be so when a decision about accounts is committed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountExpect {
    /// The account is at this version.
    Account(AccountId, Version),
    /// Nobody has an account in the name of that subject.
    NoAccountOf(Subject),
    /// The challenge is at this version.
    Challenge(ChallengeId, Version),
    /// The count is below this.
    Below(Tally, u32),
    /// So many wrong passwords have been counted, and the last one then; nothing when none were.
    Lock(LockKey, Option<(u32, DateTime<Utc>)>),
    /// The mandate is at this version.
    Mandate(MandateId, Version),
    /// The agent is at this version.
    Agent(AccountId, Version),
    /// The session has not ended.
    Session(TokenHash),
}

/// One thing about accounts that a store must write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// The account as it is now. Its logins are unique of their kind.
    Save(Account),
    /// What an account's holder accepted, added to all that he accepted before.
    Accept(AccountId, Accepted),
    /// All sessions of an account end, but this one.
    EndSessions(AccountId, Option<TokenHash>),
    /// The session as it is now; one that has ended stays so.
    SaveSession(Session),
    /// The challenge as it is now, new or not.
    SaveChallenge(Challenge),
    /// One more.
    Count(Tally),
    /// Wrong passwords as they are counted now.
    SaveLock(LockKey, Lock),
    /// No wrong passwords any more.
    DropLock(LockKey),
    /// A message was not sent.
    Refuse(RefusedSend),
    /// The mandate as it is now, new or not.
    SaveMandate(Mandate),
    /// The agent as he is now, new or not.
    SaveAgent(Agent),
    /// A new beneficiary.
    RegisterBeneficiary(Beneficiary),
    /// An identity paper, new or renewed.
    RecordPaper(Paper),
}

impl AccountChange {
    /// The change by its code and whom or what it concerns, for the audit trail: no personal data.
    #[must_use]
    pub fn item(&self) -> String {
        match self {
            Self::Save(account) => {
                format!("save-account {} {} v{}", account.id, account.state.code(), account.version.0)
            }
            Self::Accept(account, accepted) => {
                let digest = u32::from_be_bytes(accepted.digest.first_chunk().copied().unwrap_or_default());
                format!("accept {account} {digest:08x}")
            }
            Self::EndSessions(account, _) => format!("end-sessions {account}"),
            Self::SaveSession(session) => format!("save-session {}", session.account),
            Self::SaveChallenge(challenge) => {
                format!("save-challenge {} {} v{}", challenge.id, challenge.state.code(), challenge.version.0)
            }
            Self::Count(_) => "count".to_owned(),
            Self::SaveLock(_, lock) => format!("save-lock {}", lock.attempts),
            Self::DropLock(_) => "drop-lock".to_owned(),
            Self::Refuse(refused) => format!("refuse-send {} {}", refused.id, refused.why.code()),
            Self::SaveMandate(mandate) => {
                format!("save-mandate {} {} v{}", mandate.id, mandate.employer, mandate.version.0)
            }
            Self::SaveAgent(agent) => format!("save-agent {} v{}", agent.account, agent.version.0),
            Self::RegisterBeneficiary(new) => format!("register-beneficiary {}", new.id),
            // A paper is known by its number alone, which is personal.
            Self::RecordPaper(_) => "record-paper".to_owned(),
        }
    }

    /// Whose account it changes, when its holder is who asked.
    #[must_use]
    pub const fn by(&self) -> Option<AccountId> {
        match self {
            Self::Accept(account, _) => Some(*account),
            Self::SaveSession(session) => Some(session.account),
            Self::SaveMandate(mandate) => Some(mandate.changed_by),
            Self::SaveAgent(agent) => Some(agent.changed_by),
            _ => None,
        }
    }
}
