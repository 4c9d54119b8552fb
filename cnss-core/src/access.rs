//! Who may do what (habilitations).
//!
//! A decision that needs a right demands a [`Permit`], and only [`Actor`]'s methods make
//! one. Forgetting the check does not compile.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, BeneficiaryId, EmployerId, InsuredId};
use crate::refusal::Refusal;

/// In whose name an account acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// An employer (Espace Employeur).
    Employer(EmployerId),
    /// An insured person (Espace Assuré).
    Insured(InsuredId),
    /// Somebody who has rights through an insured person (ayant droit).
    Beneficiary(BeneficiaryId),
    /// Somebody whose rights come from mandates alone, between two companies (mandataire).
    Mandatary,
    /// The same, acting for a company by its mandate.
    Delegate(Delegation),
    /// An agent of the fund.
    Agent,
}

impl Subject {
    /// True of whom one account is opened and no more; agents and mandataries are many.
    #[must_use]
    pub const fn has_one_account(self) -> bool {
        matches!(self, Self::Employer(_) | Self::Insured(_) | Self::Beneficiary(_))
    }
}

/// For which employer somebody acts, and what he may do for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Delegation {
    /// The employer.
    pub employer: EmployerId,
    /// What the mandate allows.
    pub rights: Rights,
}

/// What somebody may do for an employer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rights {
    /// File wage declarations.
    pub declare: bool,
    /// Issue payment references.
    pub pay: bool,
    /// Read the contribution account.
    pub read: bool,
}

impl Rights {
    /// The principal's own.
    pub const ALL: Self = Self { declare: true, pay: true, read: true };
}

/// Somebody who is logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: AccountId,
    /// In whose name.
    pub subject: Subject,
}

/// The right to file wage declarations for one employer.
#[derive(Clone, Copy, Debug)]
pub enum FileDeclarations {}
/// The right to read one employer's contribution account.
#[derive(Clone, Copy, Debug)]
pub enum ReadContributions {}
/// The right to read one person's individual account.
#[derive(Clone, Copy, Debug)]
pub enum ReadCareer {}

/// The right to issue payment references for one employer.
#[derive(Clone, Copy, Debug)]
pub enum PayContributions {}

/// Proof that `actor` holds the right `T`.
#[derive(Clone, Copy, Debug)]
pub struct Permit<T> {
    actor: Actor,
    right: PhantomData<T>,
}

impl<T> Permit<T> {
    /// Who holds it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }
}

impl Actor {
    /// The company in whose name he acts, whatever he may do for it.
    #[must_use]
    pub const fn company(self) -> Option<EmployerId> {
        match self.subject {
            Subject::Employer(id) => Some(id),
            Subject::Delegate(by) => Some(by.employer),
            _ => None,
        }
    }

    /// The right to file declarations, with the employer it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub fn file_declarations(self) -> Result<(EmployerId, Permit<FileDeclarations>), Refusal> {
        match self.subject {
            Subject::Employer(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            Subject::Delegate(by) if by.rights.declare => {
                Ok((by.employer, Permit { actor: self, right: PhantomData }))
            }
            _ => Err(Refusal::NotAllowed),
        }
    }

    /// The right to read the contribution account, with the employer it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub fn read_contributions(self) -> Result<(EmployerId, Permit<ReadContributions>), Refusal> {
        match self.subject {
            Subject::Employer(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            Subject::Delegate(by) if by.rights.read => {
                Ok((by.employer, Permit { actor: self, right: PhantomData }))
            }
            _ => Err(Refusal::NotAllowed),
        }
    }

    /// The right to issue payment references, with the employer it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub fn pay_contributions(self) -> Result<(EmployerId, Permit<PayContributions>), Refusal> {
        match self.subject {
            Subject::Employer(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            Subject::Delegate(by) if by.rights.pay => {
                Ok((by.employer, Permit { actor: self, right: PhantomData }))
            }
            _ => Err(Refusal::NotAllowed),
        }
    }

    /// Whose payment references he may see: who pays sees what he issued, who reads sees all the same.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody else.
    pub fn see_references(self) -> Result<EmployerId, Refusal> {
        let read = self.read_contributions().map(|(id, _)| id);
        read.or_else(|_| self.pay_contributions().map(|(id, _)| id))
    }

    /// The right to read the individual account, with the person it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the insured person.
    pub fn read_career(self) -> Result<(InsuredId, Permit<ReadCareer>), Refusal> {
        match self.subject {
            Subject::Insured(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            _ => Err(Refusal::NotAllowed),
        }
    }
}
