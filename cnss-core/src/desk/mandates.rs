//! Mandates at the counter: an employer gives, sees and withdraws them; an accountant takes them up and
//! changes from one company to another.

use super::accounts::{done, settle};
use super::login::Present;
use super::{Desk, DeskError, TRIES};
use crate::access::Actor;
use crate::account::{Mandate, Rights, TokenHash, mandate};
use crate::decision::{Moment, Receipt};
use crate::employer::Employer;
use crate::id::{MandateId, RequestKey};
use crate::person::{Email, Name};
use crate::port::CommitError;
use crate::refusal::Refusal;

impl Desk {
    /// The company that somebody acts for, whatever he may do for it; none for anybody else.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn company_of(&self, actor: Actor) -> Result<Option<Employer>, DeskError> {
        match actor.company() {
            Some(id) => Ok(self.store.employer(id).await?.map(|seen| seen.value)),
            None => Ok(None),
        }
    }

    /// The principal invites somebody to act for his company; the same key is the same invitation.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody else; [`Refusal::NothingChanged`] when it allows nothing;
    /// [`Refusal::KeyReused`] for another invitation under the same key.
    pub async fn give_mandate(
        &self,
        present: &Present,
        invited: &Email,
        rights: Rights,
        key: RequestKey,
        at: &Moment,
    ) -> Result<MandateId, DeskError> {
        let company = self.company_of(present.actor).await?;
        let company = company.map_or_else(String::new, |employer| employer.name.to_string());
        let asked = format!("mandate:{:?}:{}:{rights:?}", present.actor.company(), invited.as_str());
        let digest = TokenHash::of(asked.as_bytes()).0;
        for _ in 0..TRIES {
            if let Some(receipt) = self.store.receipt(key).await? {
                if receipt.digest != digest {
                    return Err(Refusal::KeyReused.into());
                }
                let given = receipt.answer.parse().map(MandateId).map_err(|_| Refusal::NotFound)?;
                return Ok(given);
            }
            let decision = mandate::invite(present.actor, invited.clone(), rights, &company, at)?;
            let answer = decision.outcome.0.to_string();
            let receipt = Receipt { key, account: Some(present.account.id), digest, answer };
            match self.commit(decision, Some(receipt), at).await {
                Ok(Some(given)) => return Ok(given),
                Ok(None) | Err(CommitError::KeyTaken) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::Stale.into())
    }

    async fn mandate(&self, id: MandateId) -> Result<Mandate, DeskError> {
        Ok(self.kept()?.mandate(id).await?.ok_or(Refusal::NotFound)?)
    }

    /// The mandates that the principal's company gave, the oldest first, after `after`; each with the
    /// name of whoever took it up.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the principal.
    pub async fn mandates_given(
        &self,
        present: &Present,
        after: Option<MandateId>,
        limit: u32,
    ) -> Result<Vec<(Mandate, Option<Name>)>, DeskError> {
        let employer = mandate::principal(present.actor)?;
        let mut given = Vec::new();
        for mandate in self.kept()?.mandates_of(employer, after, limit).await? {
            let holder = match mandate.account {
                Some(account) => self.store.account(account).await?.map(|account| account.holder),
                None => None,
            };
            given.push((mandate, holder));
        }
        Ok(given)
    }

    /// The mandates that the holder of a session took up, the oldest first, after `after`; each with
    /// its company.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn mandates_held(
        &self,
        present: &Present,
        after: Option<MandateId>,
        limit: u32,
    ) -> Result<Vec<(Mandate, Employer)>, DeskError> {
        let held = self.kept()?.mandates_for(present.account.id, after, limit).await?;
        self.with_companies(held).await
    }

    /// The mandates that are offered to the holder of a session by his address, the oldest first, after
    /// `after`; each with its company. Those that lapsed are among them: who looks for one learns that
    /// it came too late.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn mandates_offered(
        &self,
        present: &Present,
        after: Option<MandateId>,
        limit: u32,
    ) -> Result<Vec<(Mandate, Employer)>, DeskError> {
        let Some(own) = &present.account.email else { return Ok(Vec::new()) };
        let offered = self.kept()?.mandates_offered(own, after, limit).await?;
        self.with_companies(offered).await
    }

    async fn with_companies(&self, mandates: Vec<Mandate>) -> Result<Vec<(Mandate, Employer)>, DeskError> {
        let mut named = Vec::new();
        for mandate in mandates {
            let employer = self.store.employer(mandate.employer).await?.ok_or(Refusal::NotFound)?;
            named.push((mandate, employer.value));
        }
        Ok(named)
    }

    /// One mandate with its company, for who was invited to it or has it, and for its principal.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for anybody else.
    pub async fn mandate_of(
        &self,
        present: &Present,
        id: MandateId,
    ) -> Result<(Mandate, Employer), DeskError> {
        let mandate = self.mandate(id).await?;
        let own = mandate.account == Some(present.account.id)
            || mandate.account.is_none() && present.account.email.as_ref() == Some(&mandate.invited)
            || mandate::principal(present.actor) == Ok(mandate.employer);
        if !own {
            return Err(Refusal::NotFound.into());
        }
        let employer = self.store.employer(mandate.employer).await?.ok_or(Refusal::NotFound)?;
        Ok((mandate, employer.value))
    }

    /// The invited person takes a mandate up.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not his to take.
    pub async fn accept_mandate(
        &self,
        present: &Present,
        id: MandateId,
        at: &Moment,
    ) -> Result<(), DeskError> {
        settle!(self, at, { done(mandate::accept(&self.mandate(id).await?, &present.account, at)?).forget() })
    }

    /// The principal withdraws a mandate.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not of his company.
    pub async fn withdraw_mandate(
        &self,
        present: &Present,
        id: MandateId,
        at: &Moment,
    ) -> Result<(), DeskError> {
        settle!(self, at, { done(mandate::withdraw(present.actor, &self.mandate(id).await?, at)?).forget() })
    }

    /// Acts for another employer, or for oneself again.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the mandate is not one's own or does not stand.
    pub async fn act_for(
        &self,
        present: &Present,
        id: Option<MandateId>,
        at: &Moment,
    ) -> Result<(), DeskError> {
        settle!(self, at, {
            let mandate = match id {
                Some(id) => Some(self.mandate(id).await?),
                None => None,
            };
            done(mandate::switch(&present.session, mandate.as_ref())?)
        })
    }
}
