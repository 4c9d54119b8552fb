//! Logging in and out, and who is at the counter.

use chrono::{DateTime, Duration, Utc};

use super::{Desk, DeskError, TRIES};
use crate::access::Actor;
use crate::account::{self, Account, Login, TokenHash};
use crate::decision::{Change, Decision, Moment};
use crate::fund::LoginKind;
use crate::person::Name;
use crate::refusal::Refusal;

/// Somebody has logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Who.
    pub actor: Actor,
    /// When the session ends if nothing happens.
    pub ends_at: DateTime<Utc>,
}

/// Somebody's running session.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Who.
    pub actor: Actor,
    /// Who is greeted.
    pub holder: Name,
    /// When the session ends if nothing happens.
    pub ends_at: DateTime<Utc>,
}

impl Desk {
    /// The account that a login names, if its password may be looked at now.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`] during a pause.
    pub async fn account_to_check(&self, login: &str, at: &Moment) -> Result<Option<Account>, DeskError> {
        let kinds = self.fund.access.as_ref().map_or(&[LoginKind::Email][..], |access| &access.logins);
        let mut account = None;
        for login in Login::candidates(kinds, login) {
            // All are asked, so that time does not tell which of them is there.
            let found = self.store.account_by_login(&login).await?;
            account = account.or(found);
        }
        account::may_try(account.as_ref(), at)?;
        Ok(account)
    }

    /// Logs in once the edge has checked the password.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], whichever of login and password is wrong.
    pub async fn login(
        &self,
        account: Option<&Account>,
        password_right: bool,
        token: TokenHash,
        at: &Moment,
    ) -> Result<LoggedIn, DeskError> {
        let mut account = account.cloned();
        for _ in 0..TRIES {
            let decision = account::login(account.as_ref(), password_right, token, at);
            if let Some(outcome) = self.commit(decision, None, at).await? {
                let actor = outcome?;
                let ends_at = at.now + Duration::minutes(account::SESSION_IDLE_MINUTES);
                return Ok(LoggedIn { actor, ends_at });
            }
            // Somebody else tries at the same moment: count from where they left, and keep their pause.
            if let Some(known) = &account {
                account = self.store.account(known.id).await?;
                account::may_try(account.as_ref(), at)?;
            }
        }
        Err(Refusal::TooManyAttempts { seconds: 1 }.into())
    }

    /// Who holds this session.
    ///
    /// # Errors
    /// [`Refusal::NotLoggedIn`] when there is none, or it has ended.
    pub async fn session(&self, token: TokenHash, at: &Moment) -> Result<SessionView, DeskError> {
        let session =
            self.store.session(token).await?.filter(|s| s.ends_at() > at.now).ok_or(Refusal::NotLoggedIn)?;
        let account = self.store.account(session.account).await?.ok_or(Refusal::NotLoggedIn)?;
        // Written down once a minute at most, so that reading pages does not wear the store out.
        if at.now - session.used_at > Duration::minutes(1) {
            let changes = vec![Change::TouchSession(token, at.now)];
            let touch = Decision { outcome: (), expects: Vec::new(), changes, notices: Vec::new() };
            self.commit(touch, None, at).await?;
        }
        // Blocked since: the session has ended, wherever it is written down.
        account.state.usable().map_err(|_| Refusal::NotLoggedIn)?;
        let actor = account.actor();
        Ok(SessionView { actor, holder: account.holder, ends_at: session.ends_at() })
    }

    /// Ends a session; ending one that is not there is no error.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn logout(&self, token: TokenHash, at: &Moment) -> Result<(), DeskError> {
        let changes = vec![Change::EndSession(token)];
        let end = Decision { outcome: (), expects: Vec::new(), changes, notices: Vec::new() };
        self.commit(end, None, at).await?;
        Ok(())
    }
}
