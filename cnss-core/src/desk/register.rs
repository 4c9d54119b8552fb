//! The register: entering employers, insured persons and logins, and booking money.
//!
//! In this part only the loader of demonstration data and tests call these; the requests of
//! citizens and the work of agents come to the same place later.

use chrono::NaiveDate;

use super::{Desk, DeskError, TRIES};
use crate::account::{Account, AccountChange, Beneficiary, Paper};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::employer::{Employer, Employment};
use crate::id::{EmployerId, EntryId};
use crate::insured::Insured;
use crate::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use crate::money::Money;
use crate::refusal::Refusal;

/// Somebody to be entered into the register.
#[derive(Clone, Debug)]
pub enum NewPerson {
    /// An employer.
    Employer(Employer),
    /// An insured person.
    Insured(Insured),
    /// A login, with the acceptance of a charter that it bears.
    Account(Account),
    /// Somebody who has rights through an insured person (ayant droit).
    Beneficiary(Beneficiary),
    /// An identity paper, of somebody who is in the register.
    Paper(Paper),
    /// A worker's time with an employer.
    Employment(Employment),
}

impl Desk {
    /// Enters people into the register, all or none.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when a number or a login is taken.
    pub async fn register(&self, people: Vec<NewPerson>, at: &Moment) -> Result<(), DeskError> {
        let mut changes = Vec::with_capacity(people.len());
        for person in people {
            let change = match person {
                NewPerson::Employer(employer) => Change::RegisterEmployer(employer),
                NewPerson::Insured(insured) => Change::RegisterInsured(insured),
                NewPerson::Account(account) => {
                    let accepted = account.accepted.clone();
                    let accepted = accepted.map(|text| AccountChange::Accept(account.id, text));
                    changes.push(Change::OpenAccount(account));
                    let Some(accepted) = accepted else { continue };
                    Change::Account(accepted)
                }
                NewPerson::Beneficiary(new) => Change::Account(AccountChange::RegisterBeneficiary(new)),
                NewPerson::Paper(paper) => Change::Account(AccountChange::RecordPaper(paper)),
                NewPerson::Employment(employment) => Change::Employ(vec![employment]),
            };
            changes.push(change);
        }
        let decision = Decision { outcome: (), expects: Vec::new(), changes, notices: Vec::new() };
        self.commit(decision, None, at).await?.ok_or(Refusal::Stale)?;
        Ok(())
    }

    /// Books money that arrived from an employer on `paid_on`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown employer; an amount of zero or below.
    pub async fn book_payment(
        &self,
        employer: EmployerId,
        amount: Money,
        paid_on: NaiveDate,
        reference: &str,
        at: &Moment,
    ) -> Result<(), DeskError> {
        if amount.is_zero() || amount.is_negative() {
            let fault = crate::refusal::Fault::field("amount", crate::refusal::FaultKind::NotPositive);
            return Err(Refusal::Invalid(vec![fault]).into());
        }
        for _ in 0..TRIES {
            let seen = self.store.employer(employer).await?.ok_or(Refusal::NotFound)?;
            let mut entry =
                Entry::blank(EntryId(at.entropy.uuid(at.now)), employer, EntryKind::Payment, paid_on, at.now);
            entry.reference = Some(reference.chars().take(60).collect());
            let postings = vec![
                Posting { account: LedgerAccount::Bank, amount },
                Posting { account: LedgerAccount::Deposit, amount: amount.negated() },
            ];
            let entry = entry.with_postings(postings).map_err(|_| Refusal::AmountTooLarge)?;
            let decision = Decision {
                outcome: (),
                expects: vec![Expect::Employer(employer, seen.version)],
                changes: vec![Change::PostEntry(entry)],
                notices: Vec::new(),
            };
            if self.commit(decision, None, at).await?.is_some() {
                return Ok(());
            }
        }
        Err(Refusal::Stale.into())
    }
}
