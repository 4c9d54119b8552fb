//! Entries (écritures) and their postings.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar::Month;
use crate::fund::Payer;
use crate::id::{DeclarationId, EmployerId, EntryId};
use crate::money::Money;

/// An account of the ledger, written `receivable:cnss`, `contribution:pension:worker`, `bank`, `deposit`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// What the employer owes to a scheme (créance).
    Receivable {
        /// Scheme code.
        scheme: String,
    },
    /// What a branch has earned (produit).
    Contribution {
        /// Branch code.
        branch: String,
        /// Who bears it.
        payer: Payer,
    },
    /// The fund's bank account.
    Bank,
    /// What the employer has paid in (versements), before it is set against its debts.
    Deposit,
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receivable { scheme } => write!(f, "receivable:{scheme}"),
            Self::Contribution { branch, payer } => write!(f, "contribution:{branch}:{}", payer.code()),
            Self::Bank => f.write_str("bank"),
            Self::Deposit => f.write_str("deposit"),
        }
    }
}

/// The text is not an account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an account of the ledger")]
pub struct NotAnAccount;

impl FromStr for LedgerAccount {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("receivable"), Some(scheme), None, None) => {
                Ok(Self::Receivable { scheme: scheme.to_owned() })
            }
            (Some("contribution"), Some(branch), Some("employer"), None) => {
                Ok(Self::Contribution { branch: branch.to_owned(), payer: Payer::Employer })
            }
            (Some("contribution"), Some(branch), Some("worker"), None) => {
                Ok(Self::Contribution { branch: branch.to_owned(), payer: Payer::Worker })
            }
            (Some("bank"), None, None, None) => Ok(Self::Bank),
            (Some("deposit"), None, None, None) => Ok(Self::Deposit),
            _ => Err(NotAnAccount),
        }
    }
}

/// One side of an entry: above zero debits the account, below zero credits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: LedgerAccount,
    /// The signed amount.
    pub amount: Money,
}

/// Why an entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Contributions assessed from a declaration.
    Assessment,
    /// The difference that a correction makes.
    Correction,
    /// Money received.
    Payment,
}

impl EntryKind {
    /// The code in storage and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Assessment => "assessment",
            Self::Correction => "correction",
            Self::Payment => "payment",
        }
    }

    /// Whether it changes what is owed, and so the version of the employer's account. A payment does
    /// not: nothing that is decided under a version reads payments, and whoever is paid for
    /// without pause must be able to file.
    #[must_use]
    pub const fn moves_account(self) -> bool {
        match self {
            Self::Assessment | Self::Correction => true,
            Self::Payment => false,
        }
    }

    /// The kind of a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Assessment, Self::Correction, Self::Payment].into_iter().find(|kind| kind.code() == code)
    }
}

/// An entry; its postings sum to zero, which its constructor proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Identity.
    pub id: EntryId,
    /// Whose account.
    pub employer: EmployerId,
    /// Why.
    pub kind: EntryKind,
    /// The month of work that it is about; none for a payment.
    pub month: Option<Month>,
    /// From which day it counts: the due date of a debt, the day money arrived.
    pub value_date: NaiveDate,
    /// When it was written down.
    pub booked_at: DateTime<Utc>,
    /// The declaration that it comes from.
    pub declaration: Option<DeclarationId>,
    /// The reference of a payment.
    pub reference: Option<String>,
    postings: Vec<Posting>,
}

/// Postings that do not sum to zero, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the postings do not sum to zero")]
pub struct Unbalanced;

impl Entry {
    /// Gives an entry its postings.
    ///
    /// # Errors
    /// [`Unbalanced`] unless they sum to exactly zero in one currency.
    pub fn with_postings(mut self, mut postings: Vec<Posting>) -> Result<Self, Unbalanced> {
        // One order everywhere, whatever the store's own.
        postings.sort_by(|a, b| a.account.cmp(&b.account));
        let first = postings.first().ok_or(Unbalanced)?;
        let zero = first.amount.currency().zero();
        let sum = postings.iter().try_fold(zero, |sum, p| sum.plus(p.amount)).map_err(|_| Unbalanced)?;
        if !sum.is_zero() {
            return Err(Unbalanced);
        }
        if planted!("posting-lost") {
            postings.pop();
        }
        self.postings = postings;
        Ok(self)
    }

    /// An entry without postings yet; it is nothing until it has them.
    #[must_use]
    pub const fn blank(
        id: EntryId,
        employer: EmployerId,
        kind: EntryKind,
        value_date: NaiveDate,
        booked_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            employer,
            kind,
            month: None,
            value_date,
            booked_at,
            declaration: None,
            reference: None,
            postings: Vec::new(),
        }
    }

    /// The postings.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}
