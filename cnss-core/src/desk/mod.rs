//! The counter (guichet): one file a use case; load facts, decide, commit.
//!
//! Nothing here holds a rule of the fund: rules are pure functions of the subjects. A desk
//! loads what they need, commits what they decide, tries again when somebody else was
//! faster, and gives the first answer again when the same request comes twice.

mod accounts;
mod agents;
mod contribution_account;
mod declarations;
mod individual_account;
mod login;
mod mandates;
mod payments;
mod register;
mod trail;

use std::sync::Arc;

pub use accounts::Asked;
pub use contribution_account::ContributionAccount;
pub use declarations::{DeclarationView, Preview, QuarterState, QuarterView};
pub use individual_account::{IndividualAccount, MonthView, WhatIf};
pub use login::{Present, ToCheck};
pub use payments::PaymentView;
pub use register::NewPerson;
pub use trail::verify_trail;

use crate::decision::{Decision, Receipt};
use crate::fund::Fund;
use crate::port::{CommitError, Store, StoreError};
use crate::refusal::Refusal;

/// How often a decision is made again when somebody else was faster.
const TRIES: u32 = 8;

/// Why a use case did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// The fund says no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<crate::money::MoneyError> for DeskError {
    fn from(error: crate::money::MoneyError) -> Self {
        Self::Refused(error.into())
    }
}

/// The counter of one fund, over one store.
#[derive(Clone)]
pub struct Desk {
    store: Arc<dyn Store>,
    fund: Arc<Fund>,
}

impl Desk {
    /// A counter.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, fund: Arc<Fund>) -> Self {
        Self { store, fund }
    }

    /// The rules it goes by.
    #[must_use]
    pub fn fund(&self) -> &Fund {
        &self.fund
    }

    /// The store it works on.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Commits a decision; `Ok(None)` says that it was stale and must be made again.
    async fn commit<T>(
        &self,
        decision: Decision<T>,
        receipt: Option<Receipt>,
        at: &crate::decision::Moment,
    ) -> Result<Option<T>, CommitError> {
        let (outcome, batch) = decision.into_batch(receipt, at);
        match self.store.commit(batch).await {
            Ok(()) => Ok(Some(outcome)),
            Err(CommitError::Stale) => Ok(None),
            Err(CommitError::Store(_)) if planted!("answers-anyway") => Ok(Some(outcome)),
            Err(error) => Err(error),
        }
    }
}

impl From<CommitError> for DeskError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => Self::Store(error),
            CommitError::Stale | CommitError::Taken(_) => Self::Refused(Refusal::Stale),
            CommitError::KeyTaken => Self::Refused(Refusal::KeyReused),
        }
    }
}
