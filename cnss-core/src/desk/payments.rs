//! Payments by bank at the counter: a reference is issued, a bank says that the money arrived.

use chrono::NaiveDate;

use super::{Desk, DeskError, TRIES};
use crate::access::Actor;
use crate::decision::{Decision, Moment, Receipt};
use crate::employer::Employer;
use crate::id::RequestKey;
use crate::money::Money;
use crate::payment::{self, BankNotice, DisputeReason, Issued, Received, Reference};
use crate::port::CommitError;
use crate::refusal::Refusal;

/// A reference, with the employer that it was issued for.
#[derive(Clone, Debug)]
pub struct PaymentView {
    /// The reference, and the payment once the money arrived.
    pub issued: Issued,
    /// Whose contributions it pays.
    pub employer: Employer,
}

impl Desk {
    /// Issues a reference under which an amount can be paid at a bank. The same request key gives
    /// the same reference.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer, [`Refusal::Invalid`] for an amount of
    /// zero or below, [`Refusal::TooManyReferences`], [`Refusal::KeyReused`].
    pub async fn issue_reference(
        &self,
        actor: Actor,
        amount: Money,
        key: RequestKey,
        at: &Moment,
    ) -> Result<Issued, DeskError> {
        let (id, permit) = actor.pay_contributions()?;
        let digest = crate::account::TokenHash::of(format!("reference:{id}:{amount}").as_bytes()).0;
        for _ in 0..TRIES {
            let key = if planted!("reference-twice") { RequestKey(at.entropy.uuid(at.now)) } else { key };
            if let Some(receipt) = self.store.receipt(key).await? {
                if receipt.digest != digest {
                    return Err(Refusal::KeyReused.into());
                }
                let reference = receipt.answer.parse().map_err(|_| Refusal::NotFound)?;
                return Ok(self.store.reference(reference).await?.ok_or(Refusal::NotFound)?);
            }
            let employer = self.store.employer(id).await?.ok_or(Refusal::NotFound)?;
            let terms = &self.fund.payment;
            let most = terms.open_most(at.today);
            // A guard against floods, not a promise of the books: a few at once may come over it.
            let open = self.store.references(id, Some(at.today), None, most).await?.len();
            let decision = payment::issue(&employer, amount, terms, open, &permit, at)?;
            let answer = decision.outcome.reference.to_string();
            let receipt = Receipt { key, account: Some(actor.account), digest, answer };
            match self.commit(decision, Some(receipt), at).await {
                Ok(Some(issued)) => return Ok(issued),
                // A reference that was drawn before is drawn again.
                Ok(None) | Err(CommitError::KeyTaken | CommitError::Taken(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::Stale.into())
    }

    /// The references issued for the employer, or those that are still to be paid on `open_on`, the
    /// newest first, before place `before`; each with its place.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub async fn references(
        &self,
        actor: Actor,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Issued)>, DeskError> {
        let id = actor.see_references()?;
        Ok(self.store.references(id, open_on, before, limit).await?)
    }

    /// One of the employer's own references.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for one that was not issued, or for somebody else.
    pub async fn reference(&self, actor: Actor, reference: Reference) -> Result<PaymentView, DeskError> {
        let id = actor.see_references()?;
        let view = self.reference_for_bank(reference).await?;
        if view.issued.employer == id { Ok(view) } else { Err(Refusal::NotFound.into()) }
    }

    /// What a bank shows to whoever pays: how much, and for whom.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for one that was not issued.
    pub async fn reference_for_bank(&self, reference: Reference) -> Result<PaymentView, DeskError> {
        let issued = self.store.reference(reference).await?.ok_or(Refusal::NotFound)?;
        let employer = self.store.employer(issued.employer).await?.ok_or(Refusal::NotFound)?.value;
        Ok(PaymentView { issued, employer })
    }

    /// Takes what a bank says of a payment: credits the account, or keeps it for an agent. The same
    /// transaction is answered once, whatever is repeated, late or out of order.
    ///
    /// # Errors
    /// When the store cannot answer: the bank must say it again.
    pub async fn receive_payment(&self, notice: &BankNotice, at: &Moment) -> Result<Received, DeskError> {
        let digest = notice.digest();
        for _ in 0..TRIES {
            let issued = match notice.reference {
                Some(reference) => self.store.reference(reference).await?,
                None => None,
            };
            let decision = payment::credit(notice, issued.as_ref(), self.fund.currency, at)?;
            if decision.outcome == Received::Pending {
                return Ok(Received::Pending);
            }
            // A reference that is paid may be paid by this very transaction: ask before deciding.
            if decision.expects.is_empty()
                && let Some(known) = self.store.receipt(notice.key()).await?
            {
                if known.digest == digest || planted!("other-content-answered") {
                    return Ok(Received::from_answer(&known.answer).ok_or(Refusal::NotFound)?);
                }
                return self.dispute(notice, DisputeReason::OtherContent, at).await;
            }
            match self.answer_once(decision, notice.key(), digest, at).await? {
                Some(received) => return Ok(received),
                None => {
                    let Some(known) = self.store.receipt(notice.key()).await? else { continue };
                    if known.digest == digest || planted!("other-content-answered") {
                        return Ok(Received::from_answer(&known.answer).ok_or(Refusal::NotFound)?);
                    }
                    return self.dispute(notice, DisputeReason::OtherContent, at).await;
                }
            }
        }
        Err(Refusal::Stale.into())
    }

    /// Keeps a notice for an agent, once.
    async fn dispute(
        &self,
        notice: &BankNotice,
        reason: DisputeReason,
        at: &Moment,
    ) -> Result<Received, DeskError> {
        let decision = payment::dispute(notice, reason, at);
        let received = decision.outcome.clone();
        let key = if planted!("dispute-kept-twice") {
            RequestKey(at.entropy.uuid(at.now))
        } else {
            notice.own_key()
        };
        let kept = self.answer_once(decision, key, notice.digest(), at).await?.is_some();
        // Somebody else may have kept it just now: the answer is the same. Money that nobody kept is
        // never answered for: the bank says it again.
        if kept || self.store.receipt(key).await?.is_some() {
            return Ok(received);
        }
        Err(Refusal::Stale.into())
    }

    /// Commits the decision under a key; none when the key is taken or what it relied on changed.
    async fn answer_once(
        &self,
        decision: Decision<Received>,
        key: RequestKey,
        digest: [u8; 32],
        at: &Moment,
    ) -> Result<Option<Received>, DeskError> {
        let answer = decision.outcome.as_answer();
        let receipt = Receipt { key, account: None, digest, answer };
        match self.commit(decision, Some(receipt), at).await {
            Ok(received) => Ok(received),
            Err(CommitError::KeyTaken | CommitError::Taken(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
