//! The agents' counter: activating, blocking and unblocking accounts, their second factor, who may do
//! what; and what the portal's clock sweeps.

use super::accounts::{done, settle};
use super::login::Present;
use super::{Desk, DeskError, TRIES};
use crate::account::{Account, Agent, LockKey, Login, RefusedSend, Role, agent, second_factor, standing};
use crate::decision::Moment;
use crate::fund::LoginKind;
use crate::id::{AccountId, ChallengeId};
use crate::person::Email;
use crate::port::{CommitError, Forget};
use crate::refusal::{Fault, FaultKind, Refusal};

/// How often a turn of the clock asks for more to forget.
const FORGET_TURNS: u32 = 20;

impl Desk {
    /// The agent of a session.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody else.
    pub async fn agent(&self, present: &Present) -> Result<Agent, DeskError> {
        Ok(self.kept()?.agent(present.account.id).await?.ok_or(Refusal::NotAllowed)?)
    }

    async fn permit(
        &self,
        present: &Present,
        role: Role,
        at: &Moment,
    ) -> Result<agent::AgentPermit, DeskError> {
        let agent = self.agent(present).await?;
        Ok(agent::permit(&agent, &present.session, role, &self.rules().session, at)?)
    }

    /// Demands the second factor and one of these roles, for looking only.
    async fn look(&self, by: &Present, roles: &[Role]) -> Result<(), DeskError> {
        Ok(agent::look(&self.agent(by).await?, &by.session, roles)?)
    }

    /// The accounts that wait for an agent, the oldest first, after `after`.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who may not activate.
    pub async fn waiting_accounts(
        &self,
        by: &Present,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, DeskError> {
        self.look(by, &[Role::Activate]).await?;
        Ok(self.kept()?.waiting_accounts(after, limit).await?)
    }

    /// The accounts that are blocked, the oldest first, after `after`.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who may not unblock.
    pub async fn blocked_accounts(
        &self,
        by: &Present,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, DeskError> {
        self.look(by, &[Role::Unblock]).await?;
        Ok(self.kept()?.blocked_accounts(after, limit).await?)
    }

    /// One account, as agents see it who activate or unblock.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for others; [`Refusal::NotFound`].
    pub async fn account_seen(&self, by: &Present, id: AccountId) -> Result<Account, DeskError> {
        self.look(by, &[Role::Activate, Role::Unblock]).await?;
        Ok(self.store.account(id).await?.ok_or(Refusal::NotFound)?)
    }

    /// The account that a whole login names, whatever the kind; agents do not browse.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who neither activates nor unblocks; [`Refusal::NotFound`].
    pub async fn account_named(&self, by: &Present, typed: &str) -> Result<Account, DeskError> {
        self.look(by, &[Role::Activate, Role::Unblock]).await?;
        for login in Login::candidates(LoginKind::ALL, typed) {
            if let Some(account) = self.store.account_by_login(&login).await? {
                return Ok(account);
            }
        }
        Err(Refusal::NotFound.into())
    }

    /// The messages that were not sent, the newest first, before place `before`; each with its place.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] without the role.
    pub async fn refused_messages(
        &self,
        by: &Present,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, RefusedSend)>, DeskError> {
        self.look(by, &[Role::ReadRefusals]).await?;
        Ok(self.kept()?.refused_sends(before, limit).await?)
    }

    /// The agents with their accounts, the oldest first, after `after`.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who does not administer.
    pub async fn agents(
        &self,
        by: &Present,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<(Agent, Account)>, DeskError> {
        self.look(by, &[Role::Administer]).await?;
        let mut agents = Vec::new();
        for agent in self.kept()?.agents(after, limit).await? {
            let account = self.store.account(agent.account).await?.ok_or(Refusal::NotFound)?;
            agents.push((agent, account));
        }
        Ok(agents)
    }

    /// One agent with his account.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who does not administer; [`Refusal::NotFound`].
    pub async fn agent_seen(&self, by: &Present, id: AccountId) -> Result<(Agent, Account), DeskError> {
        self.look(by, &[Role::Administer]).await?;
        let agent = self.kept()?.agent(id).await?.ok_or(Refusal::NotFound)?;
        Ok((agent, self.store.account(id).await?.ok_or(Refusal::NotFound)?))
    }

    /// The agent who logs in by an address: whom an administrator has just made, when he says it twice.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who does not administer; [`Refusal::NotFound`].
    pub async fn agent_by_email(&self, by: &Present, email: &Email) -> Result<Agent, DeskError> {
        self.look(by, &[Role::Administer]).await?;
        let account = self.store.account_by_login(&Login::email(email)).await?.ok_or(Refusal::NotFound)?;
        Ok(self.kept()?.agent(account.id).await?.ok_or(Refusal::NotFound)?)
    }

    /// An agent activates an account.
    ///
    /// # Errors
    /// Without the role or a fresh proof; when it does not wait.
    pub async fn activate(&self, by: &Present, account: AccountId, at: &Moment) -> Result<(), DeskError> {
        let hours = self.rules().first_hours;
        settle!(self, at, {
            let permit = self.permit(by, Role::Activate, at).await?;
            let account = self.store.account(account).await?.ok_or(Refusal::NotFound)?;
            done(standing::activate(permit, &account, hours, at)?)
        })
    }

    /// An agent unblocks an account.
    ///
    /// # Errors
    /// Without the role or a fresh proof; when it is not blocked.
    pub async fn unblock(&self, by: &Present, account: AccountId, at: &Moment) -> Result<(), DeskError> {
        settle!(self, at, {
            let permit = self.permit(by, Role::Unblock, at).await?;
            let account = self.store.account(account).await?.ok_or(Refusal::NotFound)?;
            done(standing::unblock(permit, &account, at)?)
        })
    }

    /// An agent blocks an account; all its sessions end.
    ///
    /// # Errors
    /// Without the role or a fresh proof; when it is blocked already.
    pub async fn block(&self, by: &Present, account: AccountId, at: &Moment) -> Result<(), DeskError> {
        settle!(self, at, {
            let permit = self.permit(by, Role::Unblock, at).await?;
            let account = self.store.account(account).await?.ok_or(Refusal::NotFound)?;
            done(standing::block_by(permit, &account, at)?)
        })
    }

    /// An agent gives his second factor.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`] for wrong digits, and for those that served;
    /// [`Refusal::TooManyAttempts`] after too many wrong ones.
    pub async fn prove(
        &self,
        present: &Present,
        given: &second_factor::Second,
        at: &Moment,
    ) -> Result<(), DeskError> {
        let rules = self.rules();
        settle!(self, at, {
            let agent = self.agent(present).await?;
            let lock = self.store.lock(LockKey::second_factor(agent.account)).await?;
            second_factor::prove(&agent, &present.session, given, lock, rules, at)
        })
    }

    /// An agent sets his second factor up: `sealed` is its secret as the edge sealed it, `step` that of
    /// the digits that he gave for it, `recovery` the codes that he is shown once.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`] for wrong digits; [`Refusal::NotAllowed`] when one is set up and
    /// the session did not give it, [`Refusal::ProveAgain`] when it did so too long ago;
    /// [`Refusal::NotLoggedIn`] when the session ended meanwhile.
    pub async fn set_up_second(
        &self,
        present: &Present,
        sealed: &[u8],
        step: Option<u64>,
        recovery: &[String],
        at: &Moment,
    ) -> Result<(), DeskError> {
        let rule = &self.rules().session;
        settle!(self, at, {
            // Whatever ended it since takes the right to do so with it.
            let session = self.store.session(present.session.token).await?.ok_or(Refusal::NotLoggedIn)?;
            let agent = self.agent(present).await?;
            done(second_factor::set_up(&agent, &session, sealed.to_vec(), (step, recovery), rule, at)?)
        })
    }

    /// An administrator says what an agent may do.
    ///
    /// # Errors
    /// Without the role or a fresh proof; for taking one's own right to do so from oneself.
    pub async fn assign_roles(
        &self,
        by: &Present,
        account: AccountId,
        roles: &[Role],
        at: &Moment,
    ) -> Result<(), DeskError> {
        settle!(self, at, {
            let permit = self.permit(by, Role::Administer, at).await?;
            let agent = self.kept()?.agent(account).await?.ok_or(Refusal::NotFound)?;
            done(agent::assign(permit, &agent, roles)?)
        })
    }

    /// An administrator takes a lost second factor away; all sessions of that agent end.
    ///
    /// # Errors
    /// Without the role or a fresh proof, and for oneself; [`Refusal::NothingChanged`] when he has none.
    pub async fn take_second_away(
        &self,
        by: &Present,
        account: AccountId,
        at: &Moment,
    ) -> Result<(), DeskError> {
        settle!(self, at, {
            let permit = self.permit(by, Role::Administer, at).await?;
            let agent = self.kept()?.agent(account).await?.ok_or(Refusal::NotFound)?;
            done(second_factor::take_away(permit, &agent, at)?)
        })
    }

    /// An administrator makes an agent, who is told a first password: `first` is what it is derived
    /// from ([`CodeKey::first_password`](crate::account::CodeKey::first_password)), and its hash.
    ///
    /// # Errors
    /// Without the role or a fresh proof; [`Refusal::Invalid`] when the address is somebody's login,
    /// and [`Refusal::Stale`] when his own rights change again and again.
    pub async fn appoint(
        &self,
        by: &Present,
        new: &agent::NewAgent,
        first: (ChallengeId, &str),
        roles: &[Role],
        at: &Moment,
    ) -> Result<AccountId, DeskError> {
        for _ in 0..TRIES {
            let permit = self.permit(by, Role::Administer, at).await?;
            let decision = agent::appoint(permit, new, first, roles, self.rules().first_hours, at)?;
            match self.commit(decision, None, at).await {
                Ok(Some(made)) => return Ok(made),
                Ok(None) => {}
                Err(CommitError::Taken("login")) => {
                    return Err(Refusal::Invalid(vec![Fault::field("email", FaultKind::Taken)]).into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::Stale.into())
    }

    /// An administrator made by who runs the portal, for a fund that has none or whose administrators
    /// cannot log in any more. No page leads here: a command does, on the machine itself.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when the address is somebody's login.
    pub async fn first_administrator(
        &self,
        new: &agent::NewAgent,
        hash: &str,
        at: &Moment,
    ) -> Result<AccountId, DeskError> {
        let decision = agent::first_administrator(new, hash, self.rules().first_hours, at);
        Ok(self.commit(decision, None, at).await?.ok_or(Refusal::Stale)?)
    }

    /// Forgets what nobody needs any more, for the portal's clock; gives how many rows went. Ends
    /// after a while however much there is: the next turn of the clock goes on.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn forget(&self, at: &Moment) -> Result<u64, DeskError> {
        let mut gone = 0_u64;
        for _ in 0..FORGET_TURNS {
            match self.kept()?.forget(Forget::at(at.now)).await? {
                0 => break,
                more => gone = gone.saturating_add(more),
            }
        }
        Ok(gone)
    }
}
