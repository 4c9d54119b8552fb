//! Logins (comptes de connexion) and sessions.
//!
//! Passwords are checked at the edge, which owns the costly hash; what a right or a wrong
//! password means is decided here. The one rule to remember: a stranger never learns
//! whether an account exists.

use chrono::{DateTime, Duration, Utc};
use hmac_sha256::Hash;

use crate::access::{Actor, Subject};
use crate::decision::{Change, Decision, Moment};
use crate::id::AccountId;
use crate::person::{Email, Name};
use crate::refusal::Refusal;

/// Wrong passwords that are taken before pauses begin.
const ATTEMPTS_FREE: u32 = 5;
/// The longest pause, in seconds.
const PAUSE_MAX_SECONDS: u32 = 900;
/// A session ends after this many minutes without use.
pub const SESSION_IDLE_MINUTES: i64 = 60;
/// A session ends after this many hours in any case.
pub const SESSION_HOURS: i64 = 12;

/// A login.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub id: AccountId,
    /// What its holder types: for Togo, the e-mail address.
    pub login: Email,
    /// Hash of the password, as a PHC string. Never logged, never shown.
    pub password_hash: String,
    /// In whose name it acts.
    pub subject: Subject,
    /// Who is greeted.
    pub holder: Name,
    /// Wrong passwords since the last right one.
    pub attempts: u32,
    /// No password is looked at before this instant.
    pub paused_until: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// The digest of a session token; the token itself is only ever with its holder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(Hash::hash(token))
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Somebody's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Digest of its token.
    pub token: TokenHash,
    /// Whose.
    pub account: AccountId,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it was last used.
    pub used_at: DateTime<Utc>,
}

impl Session {
    /// When it ends if nothing more happens.
    #[must_use]
    pub fn ends_at(&self) -> DateTime<Utc> {
        let idle = self.used_at + Duration::minutes(SESSION_IDLE_MINUTES);
        idle.min(self.opened_at + Duration::hours(SESSION_HOURS))
    }
}

/// Whether a password may be looked at now.
///
/// # Errors
/// [`Refusal::TooManyAttempts`] during a pause.
pub fn may_try(account: Option<&Account>, at: &Moment) -> Result<(), Refusal> {
    let Some(until) = account.and_then(|a| a.paused_until).filter(|until| *until > at.now) else {
        return Ok(());
    };
    let seconds = u32::try_from((until - at.now).num_seconds().max(1)).unwrap_or(u32::MAX);
    Err(Refusal::TooManyAttempts { seconds })
}

/// What follows from a login: a session, or a counted failure with a growing pause.
///
/// The outcome is `None` when the login fails, so that the failure itself is committed.
#[must_use]
pub fn login(
    account: Option<&Account>,
    password_right: bool,
    token: TokenHash,
    at: &Moment,
) -> Decision<Option<Actor>> {
    let mut decision =
        Decision { outcome: None, expects: Vec::new(), changes: Vec::new(), notices: Vec::new() };
    let Some(account) = account else { return decision };
    // Two wrong passwords at once are two, not one.
    decision.expects.push(crate::decision::Expect::Attempts(account.id, account.attempts));
    if password_right {
        decision.outcome = Some(Actor { account: account.id, subject: account.subject });
        decision.changes.push(Change::CountAttempts(account.id, 0, None));
        let session = Session { token, account: account.id, opened_at: at.now, used_at: at.now };
        decision.changes.push(Change::OpenSession(session));
        return decision;
    }
    let attempts = account.attempts.saturating_add(1);
    let over = attempts.saturating_sub(ATTEMPTS_FREE);
    let pause = (over > 0).then(|| {
        // 30 s, 60 s, 120 s … up to the longest.
        let seconds =
            30_u32.saturating_mul(2_u32.saturating_pow(over.saturating_sub(1))).min(PAUSE_MAX_SECONDS);
        at.now + Duration::seconds(seconds.into())
    });
    decision.changes.push(Change::CountAttempts(account.id, attempts, pause));
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Entropy;
    use crate::id::EmployerId;
    use uuid::Uuid;

    fn moment(seconds: i64) -> Moment {
        let now = DateTime::<Utc>::UNIX_EPOCH + Duration::seconds(seconds);
        Moment { now, today: now.date_naive(), entropy: Entropy::new([0; 32]) }
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut account = Account {
            id: AccountId(Uuid::nil()),
            login: Email::parse("a@b.tg").expect("email"),
            password_hash: String::new(),
            subject: Subject::Employer(EmployerId(Uuid::nil())),
            holder: Name::parse("Afi").expect("name"),
            attempts: 0,
            paused_until: None,
        };
        let mut pauses = Vec::new();
        for _ in 0..14 {
            let decision = login(Some(&account), false, TokenHash([0; 32]), &moment(0));
            let [Change::CountAttempts(_, attempts, until)] = decision.changes.as_slice() else {
                panic!("one change")
            };
            (account.attempts, account.paused_until) = (*attempts, *until);
            pauses.push(may_try(Some(&account), &moment(0)).err().map(|r| match r {
                Refusal::TooManyAttempts { seconds } => seconds,
                other => panic!("{other}"),
            }));
        }
        let paused: Vec<u32> = pauses.iter().copied().flatten().collect();
        assert_eq!(pauses.iter().filter(|p| p.is_none()).count(), 5);
        assert_eq!(paused, [30, 60, 120, 240, 480, 900, 900, 900, 900]);
        assert!(may_try(Some(&account), &moment(900)).is_ok());
    }

    #[test]
    fn an_unknown_login_leaves_no_trace() {
        let decision = login(None, false, TokenHash([0; 32]), &moment(0));
        assert!(decision.outcome.is_none() && decision.changes.is_empty());
    }
}
