//! Logging in and out, and who is at the counter: sessions and devices.

use uuid::Uuid;

use super::accounts::settle;
use super::{Desk, DeskError, TRIES};
use crate::access::Actor;
use crate::account::login::{self, Attempt, Duty};
use crate::account::session::Place;
use crate::account::{Account, AccountChange, Lock, LockKey, Session, Source, TokenHash, mandate, recover};
use crate::decision::{Change, Decision, Moment};
use crate::fund::AccessRules;
use crate::id::AccountId;
use crate::refusal::Refusal;

/// Somebody's running session, with what must be done before anything else.
#[derive(Clone, Debug)]
pub struct Present {
    /// In whose name it acts now.
    pub actor: Actor,
    /// The session.
    pub session: Session,
    /// The account.
    pub account: Account,
    /// What must be done first; nothing else is allowed until then.
    pub duty: Option<Duty>,
}

/// A password to be checked: what is needed to decide what follows.
#[derive(Clone, Debug)]
pub struct ToCheck {
    /// The account that the login names, if any.
    pub account: Option<Account>,
    keys: [LockKey; 2],
}

impl Desk {
    /// The rules by which people log in. A fund that says nothing of access lets those in for whom an
    /// account was opened, and nobody signs up.
    #[must_use]
    pub fn rules(&self) -> &AccessRules {
        self.fund.access.as_ref().unwrap_or_else(|| AccessRules::unsaid())
    }

    /// What is needed to check a password, if one may be looked at now.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`] during a pause, of an account or of nobody's.
    pub async fn to_check(&self, typed: &str, source: Source, at: &Moment) -> Result<ToCheck, DeskError> {
        let (account, candidates) = self.named(typed).await?;
        let keys = [LockKey::typed(&candidates, typed), LockKey::Source(source)];
        login::may_attempt(&self.locks(keys).await?, at.now)?;
        Ok(ToCheck { account, keys })
    }

    async fn locks(&self, keys: [LockKey; 2]) -> Result<[(LockKey, Option<Lock>); 2], DeskError> {
        let [login, source] = keys;
        Ok([(login, self.store.lock(login).await?), (source, self.store.lock(source).await?)])
    }

    /// Logs in once the edge has checked the password; a wrong one is counted, whoever's it is.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], whichever of the two is wrong; what state the account is in,
    /// to who knows its password.
    pub async fn sign_in(
        &self,
        checked: &ToCheck,
        right: bool,
        session: Session,
        at: &Moment,
    ) -> Result<Actor, DeskError> {
        let rules = self.rules();
        settle!(self, at, {
            let account = match &checked.account {
                Some(account) => self.store.account(account.id).await?,
                None => self.store.account(AccountId(Uuid::nil())).await?,
            };
            // A password that changed meanwhile is another one.
            let same = account.as_ref().map(|a| &a.password_hash)
                == checked.account.as_ref().map(|a| &a.password_hash);
            let session =
                Session { account: account.as_ref().map_or(session.account, |a| a.id), ..session.clone() };
            let locks = self.locks(checked.keys).await?;
            let attempt = Attempt { account: account.as_ref(), right: right && same, locks, session };
            login::sign_in(attempt, rules, at)
        })
    }

    /// The holder of a session gives his password once more; the edge has checked it. A wrong one is
    /// counted as at the login. An agent's proves nothing but that he knows it: see [`Desk::prove`].
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`]; [`Refusal::TooManyAttempts`] during a pause.
    pub async fn prove_password(&self, present: &Present, right: bool, at: &Moment) -> Result<(), DeskError> {
        let rules = self.rules();
        let key = LockKey::typed(&present.account.logins, "");
        settle!(self, at, {
            let account = self.store.account(present.account.id).await?.ok_or(Refusal::NotFound)?;
            // A password that changed meanwhile is another one.
            let right = right && account.password_hash == present.account.password_hash;
            let lock = (key, self.store.lock(key).await?);
            login::prove_again(&account, &present.session, right, lock, rules, at)
        })
    }

    /// The hash of a former site is renewed, after a right login.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn renew_hash(&self, account: &Account, hash: &str, at: &Moment) -> Result<(), DeskError> {
        let renewed = recover::renewed(account, hash.to_owned());
        // Whoever was faster changed the password or renewed the hash: nothing is left to do.
        self.commit(renewed, None, at).await?;
        Ok(())
    }

    /// Who holds this session, in whose name, and what he must do first.
    ///
    /// # Errors
    /// [`Refusal::NotLoggedIn`] when there is none, it has ended, or the account is blocked.
    pub async fn present(&self, token: TokenHash, at: &Moment) -> Result<Present, DeskError> {
        let rules = self.rules();
        let session = self.store.session(token).await?.ok_or(Refusal::NotLoggedIn)?;
        if session.ends_by(&rules.session) <= at.now {
            return Err(Refusal::NotLoggedIn.into());
        }
        let account = self.store.account(session.account).await?.ok_or(Refusal::NotLoggedIn)?;
        account.state.usable().map_err(|_| Refusal::NotLoggedIn)?;
        let mandate = match session.acting {
            Some(id) => self.kept()?.mandate(id).await?,
            None => None,
        };
        // Written down once a minute at most, so that reading pages does not wear the store out.
        if at.now - session.used_at > chrono::Duration::minutes(1) {
            let changes = vec![Change::TouchSession(token, at.now)];
            let touch = Decision { outcome: (), expects: Vec::new(), changes, notices: Vec::new() };
            self.commit(touch, None, at).await?;
        }
        let actor = mandate::acting(&account, &session, mandate.as_ref());
        let duty = login::duty(&account, &session, rules, at.today);
        Ok(Present { actor, session, account, duty })
    }

    /// Ends the sessions of one's other devices, or one of them by its name.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when no session of one's own bears that name.
    pub async fn end_sessions(
        &self,
        present: &Present,
        one: Option<Uuid>,
        at: &Moment,
    ) -> Result<(), DeskError> {
        let own = present.account.id;
        let change = match one {
            None => {
                let all = AccountChange::EndSessions(own, Some(present.session.token));
                Change::Account(all)
            }
            Some(name) => {
                let sessions = self.kept()?.sessions_of(own, None, crate::port::LIMIT_MAX).await?;
                let found = sessions.iter().find(|session| session.token.name() == name);
                Change::EndSession(found.ok_or(Refusal::NotFound)?.token)
            }
        };
        let end = Decision { outcome: (), expects: Vec::new(), changes: vec![change], notices: Vec::new() };
        self.commit(end, None, at).await?;
        Ok(())
    }

    /// The devices that are logged in, the last used first.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn devices(&self, present: &Present, at: &Moment) -> Result<Vec<Session>, DeskError> {
        let rule = &self.rules().session;
        let mut sessions = self.kept()?.sessions_of(present.account.id, None, crate::port::LIMIT_MAX).await?;
        sessions.retain(|session| session.ends_by(rule) > at.now);
        sessions.sort_by_key(|session| std::cmp::Reverse(session.used_at));
        Ok(sessions)
    }

    /// A page of the devices that are logged in, the last that logged in first, after that place. A
    /// place is not the device: who uses one between two pages, or ends it, moves nothing.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn devices_after(
        &self,
        present: &Present,
        after: Option<Place>,
        limit: u32,
        at: &Moment,
    ) -> Result<Vec<Session>, DeskError> {
        let mut sessions = self.devices(present, at).await?;
        sessions.retain(|session| after.is_none_or(|after| session.place() < after));
        sessions.sort_by_key(|session| std::cmp::Reverse(session.place()));
        sessions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(sessions)
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
