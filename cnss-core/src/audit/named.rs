//! What a line of the trail names besides entries: rows that are written once and never taken away,
//! and the marks by which an edit of announced money is found.
//!
//! The one rule to remember: a store that checks its books looks up every one of them, and a row
//! that a line names is there, and bears the mark that the line gives.

use super::{ACCOUNT, BETWEEN, CREDIT, DECLARATION, DISPUTE, EMPLOYER, INSURED, ISSUE, mark};
use crate::id::{AccountId, DeclarationId, EmployerId, InsuredId};
use crate::money::MoneyError;
use crate::payment::{Dispute, Issued, Paid, Reference};
use uuid::Uuid;

/// A row that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// An employer.
    Employer(EmployerId),
    /// An insured person.
    Insured(InsuredId),
    /// A login.
    Account(AccountId),
    /// A declaration.
    Declaration(DeclarationId),
    /// A reference that was issued, and its mark, see [`issued_mark`].
    Issued(Reference, &'a str),
    /// A reference that was paid, and the mark of the payment, see [`paid_mark`].
    Paid(Reference, &'a str),
    /// Money that an agent must look at, and its mark, see [`dispute_mark`].
    Dispute(Uuid, &'a str),
}

/// The rows that the text of a line names; what cannot be read names nothing, and the line's own
/// digest says whether it was edited.
pub fn named(what: &str) -> impl Iterator<Item = Named<'_>> {
    what.split(BETWEEN).filter_map(|item| {
        let first = |of: &str| item.strip_prefix(of)?.split(' ').next();
        let identity = |of: &str| first(of)?.parse::<Uuid>().ok();
        let reference = |of: &str| first(of)?.parse::<Reference>().ok();
        let mark = item.rsplit(' ').next().unwrap_or_default();
        identity(EMPLOYER)
            .map(|id| Named::Employer(EmployerId(id)))
            .or_else(|| identity(INSURED).map(|id| Named::Insured(InsuredId(id))))
            .or_else(|| identity(ACCOUNT).map(|id| Named::Account(AccountId(id))))
            .or_else(|| identity(DECLARATION).map(|id| Named::Declaration(DeclarationId(id))))
            .or_else(|| reference(ISSUE).map(|reference| Named::Issued(reference, mark)))
            .or_else(|| reference(CREDIT).map(|reference| Named::Paid(reference, mark)))
            .or_else(|| identity(DISPUTE).map(|id| Named::Dispute(id, mark)))
    })
}

/// The mark of a reference as it was issued, whatever became of it since.
///
/// # Errors
/// An amount that no store can keep.
pub fn issued_mark(issued: &Issued) -> Result<String, MoneyError> {
    let expires = issued.expires_on.map_or_else(|| "-".to_owned(), |day| day.to_string());
    Ok(mark(&format!(
        "{} {} {} {} {} {expires} {}",
        issued.reference,
        issued.employer,
        issued.amount.to_minor()?,
        issued.issued_at.timestamp_micros(),
        issued.issued_on,
        issued.issued_by
    )))
}

/// The mark of the payment of a reference.
#[must_use]
pub fn paid_mark(reference: &Reference, paid: &Paid) -> String {
    let (bank, transaction) = (paid.bank.as_str(), paid.transaction.escape_default());
    mark(&format!("{reference} {} {bank} {} \"{transaction}\"", paid.entry, paid.paid_on))
}

/// The mark of money that an agent must look at.
///
/// # Errors
/// An amount that no store can keep.
pub fn dispute_mark(dispute: &Dispute) -> Result<String, MoneyError> {
    let notice = &dispute.notice;
    let currency = notice.amount.currency();
    Ok(mark(&format!(
        "{} {} {} {} {} {} {} {} \"{}\" \"{}\"",
        dispute.id,
        notice.bank.as_str(),
        notice.amount.to_minor()?,
        currency.code(),
        currency.exponent(),
        notice.paid_on,
        dispute.reason.code(),
        dispute.received_at.timestamp_micros(),
        notice.transaction.escape_default(),
        notice.reference_text.escape_default()
    )))
}
