//! Who may do what (habilitations).
//!
//! A decision that needs a right demands a [`Permit`], and only [`Actor`]'s methods make
//! one. Forgetting the check does not compile.

use std::marker::PhantomData;

use crate::id::{AccountId, EmployerId, InsuredId};
use crate::refusal::Refusal;

/// In whose name an account acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// An employer (Espace Employeur).
    Employer(EmployerId),
    /// An insured person (Espace Assuré).
    Insured(InsuredId),
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
    /// The right to file declarations, with the employer it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub fn file_declarations(self) -> Result<(EmployerId, Permit<FileDeclarations>), Refusal> {
        match self.subject {
            Subject::Employer(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            Subject::Insured(_) => Err(Refusal::NotAllowed),
        }
    }

    /// The right to read the contribution account, with the employer it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the employer.
    pub fn read_contributions(self) -> Result<(EmployerId, Permit<ReadContributions>), Refusal> {
        match self.subject {
            Subject::Employer(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            Subject::Insured(_) => Err(Refusal::NotAllowed),
        }
    }

    /// The right to read the individual account, with the person it is for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the insured person.
    pub fn read_career(self) -> Result<(InsuredId, Permit<ReadCareer>), Refusal> {
        match self.subject {
            Subject::Insured(id) => Ok((id, Permit { actor: self, right: PhantomData })),
            Subject::Employer(_) => Err(Refusal::NotAllowed),
        }
    }
}
