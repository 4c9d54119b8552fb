//! The contribution account (compte cotisant) at the counter.

use chrono::NaiveDate;

use super::{Desk, DeskError};
use crate::access::Actor;
use crate::calendar::Month;
use crate::declaration::assess::Assessment;
use crate::declaration::prepare::prepare;
use crate::employer::Employer;
use crate::id::EmployerId;
use crate::ledger::{Entry, Statement, statement};
use crate::port::LIMIT_MAX;
use crate::refusal::Refusal;

/// An employer's account.
#[derive(Clone, Debug)]
pub struct ContributionAccount {
    /// Whose.
    pub employer: Employer,
    /// The account at the date.
    pub statement: Statement,
}

impl Desk {
    /// The account at a date.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub async fn contribution_account(
        &self,
        actor: Actor,
        on: NaiveDate,
    ) -> Result<ContributionAccount, DeskError> {
        let (id, _) = actor.read_contributions()?;
        let employer = self.store.employer(id).await?.ok_or(Refusal::NotFound)?.value;
        Ok(ContributionAccount { employer, statement: self.statement_of(id, on).await? })
    }

    /// How the contributions of one month came about, from the declaration that stands.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when nothing was declared for that month.
    pub async fn assessment_of(&self, actor: Actor, month: Month) -> Result<Assessment, DeskError> {
        let (id, _) = actor.read_contributions()?;
        let employer = self.store.employer(id).await?.ok_or(Refusal::NotFound)?.value;
        let standing = self.store.revisions(id, month.quarter(), None, 1).await?.into_iter().next();
        let standing = standing.ok_or(Refusal::NotFound)?;
        let mut lines = Vec::new();
        loop {
            let after = lines.last().map_or(0, |line: &crate::declaration::Line| line.row);
            let page = self.store.lines(standing.id, after, LIMIT_MAX).await?;
            if page.is_empty() {
                break;
            }
            lines.extend(page);
        }
        let prepared = prepare(&self.fund, &employer.category, month.quarter(), &lines)?;
        Ok(prepared.months.into_iter().find(|a| a.month == month).ok_or(Refusal::NotFound)?)
    }

    pub(super) async fn statement_of(
        &self,
        employer: EmployerId,
        on: NaiveDate,
    ) -> Result<Statement, DeskError> {
        Ok(statement(&self.fund, &self.ledger(employer).await?, on)?)
    }

    /// All the entries of an employer, in the order of booking.
    pub(super) async fn ledger(&self, employer: EmployerId) -> Result<Vec<Entry>, DeskError> {
        let mut all = Vec::new();
        let mut after = i64::MIN;
        loop {
            let page = self.store.entries(employer, after, LIMIT_MAX).await?;
            let Some((place, _)) = page.last() else { return Ok(all) };
            after = *place;
            all.extend(page.into_iter().map(|(_, entry)| entry));
        }
    }
}
