//! What a line of the trail names besides entries: rows that are never taken away, and the marks by
//! which an edit is found, of announced money and of who may do what.
//!
//! The one rule to remember: a store that checks its books looks up every one of them, and a row
//! that a line names is there, and bears the mark that the line gives.

use std::fmt::Write as _;

use super::{ACCOUNT, BETWEEN, CREDIT, DECLARATION, DISPUTE, EMPLOYER, INSURED, ISSUE, mark};
use crate::access::Subject;
use crate::account::{Accepted, Account, AccountChange, Agent, Mandate};
use crate::id::{AccountId, BeneficiaryId, DeclarationId, EmployerId, InsuredId};
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
    /// A beneficiary.
    Beneficiary(BeneficiaryId),
    /// What changes and is never taken away, at a version, and its mark at that version.
    Changing(Changing, Uuid, i64, &'a str),
    /// What an account's holder accepted, and its mark, see [`accepted_mark`].
    Accepted(AccountId, &'a str),
    /// A declaration.
    Declaration(DeclarationId),
    /// A reference that was issued, and its mark, see [`issued_mark`].
    Issued(Reference, &'a str),
    /// A reference that was paid, and the mark of the payment, see [`paid_mark`].
    Paid(Reference, &'a str),
    /// Money that an agent must look at, and its mark, see [`dispute_mark`].
    Dispute(Uuid, &'a str),
}

/// What changes, and bears a version that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changing {
    /// An account, see [`account_mark`].
    Account,
    /// A mandate, see [`mandate_mark`].
    Mandate,
    /// An agent, see [`agent_mark`].
    Agent,
}

/// The codes by which lines name what changes.
const CHANGING: [(&str, Changing); 4] = [
    (ACCOUNT, Changing::Account),
    ("save-account ", Changing::Account),
    ("save-mandate ", Changing::Mandate),
    ("save-agent ", Changing::Agent),
];

/// The rows that the text of a line names; what cannot be read names nothing, and the line's own
/// digest says whether it was edited.
pub fn named(what: &str) -> impl Iterator<Item = Named<'_>> {
    what.split(BETWEEN).filter_map(|item| {
        let first = |of: &str| item.strip_prefix(of)?.split(' ').next();
        let identity = |of: &str| first(of)?.parse::<Uuid>().ok();
        let reference = |of: &str| first(of)?.parse::<Reference>().ok();
        let mut last = item.rsplit(' ');
        let (mark, before) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
        let changing = |(of, kind): &(&str, Changing)| {
            let version = before.strip_prefix('v')?.parse().ok()?;
            Some(Named::Changing(*kind, identity(of)?, version, mark))
        };
        identity(EMPLOYER)
            .map(|id| Named::Employer(EmployerId(id)))
            .or_else(|| identity(INSURED).map(|id| Named::Insured(InsuredId(id))))
            .or_else(|| CHANGING.iter().find_map(changing))
            .or_else(|| identity("accept ").map(|id| Named::Accepted(AccountId(id), mark)))
            .or_else(|| identity("register-beneficiary ").map(|id| Named::Beneficiary(BeneficiaryId(id))))
            .or_else(|| identity(DECLARATION).map(|id| Named::Declaration(DeclarationId(id))))
            .or_else(|| reference(ISSUE).map(|reference| Named::Issued(reference, mark)))
            .or_else(|| reference(CREDIT).map(|reference| Named::Paid(reference, mark)))
            .or_else(|| identity(DISPUTE).map(|id| Named::Dispute(id, mark)))
    })
}

/// The mark of an account at its version: in whose name it acts, and whether it may. No personal data
/// and no password goes into it.
#[must_use]
pub fn account_mark(account: &Account) -> String {
    let (kind, subject) = match account.subject {
        Subject::Employer(id) => ("employer", Some(id.0)),
        Subject::Insured(id) => ("insured", Some(id.0)),
        Subject::Beneficiary(id) => ("beneficiary", Some(id.0)),
        Subject::Mandatary => ("mandatary", None),
        // A session acts by a mandate; an account never is one.
        Subject::Delegate(delegation) => ("delegate", Some(delegation.employer.0)),
        Subject::Agent => ("agent", None),
    };
    let subject = subject.map_or_else(|| "-".to_owned(), |id| id.to_string());
    mark(&format!("{} {kind} {subject} {} {}", account.id, account.state.code(), account.version.0))
}

/// The mark of a mandate at its version, without the address that was invited.
#[must_use]
pub fn mandate_mark(mandate: &Mandate) -> String {
    let account = mandate.account.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let withdrawn =
        mandate.withdrawn_at.map_or_else(|| "-".to_owned(), |at| at.timestamp_micros().to_string());
    let rights = mandate.rights;
    mark(&format!(
        "{} {} {account} {} {} {} {} {} {withdrawn} {} {}",
        mandate.id,
        mandate.employer,
        rights.declare,
        rights.pay,
        rights.read,
        mandate.given_by,
        mandate.given_at.timestamp_micros(),
        mandate.changed_by,
        mandate.version.0
    ))
}

/// The mark of an agent at its version: what he may do, and by what he proves that it is he.
#[must_use]
pub fn agent_mark(agent: &Agent) -> String {
    let mut text = format!("{} {} {}", agent.account, agent.changed_by, agent.version.0);
    for role in &agent.roles {
        // Writing into a text cannot fail.
        let _ = write!(text, " {}", role.code());
    }
    let _ = write!(text, " {:?} {:?} {:?}", agent.second, agent.last_step, agent.recovery);
    mark(&text)
}

/// The mark of what a change leaves, when it bears a version.
pub(super) fn changing_mark(change: &AccountChange) -> Option<String> {
    Some(match change {
        AccountChange::Save(account) => account_mark(account),
        AccountChange::SaveMandate(mandate) => mandate_mark(mandate),
        AccountChange::SaveAgent(agent) => agent_mark(agent),
        _ => return None,
    })
}

/// The mark of what somebody accepted, with which its item ends: the beginning of the digest of the text.
#[must_use]
pub fn accepted_mark(accepted: &Accepted) -> String {
    format!("{:08x}", u32::from_be_bytes(accepted.digest.first_chunk().copied().unwrap_or_default()))
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
