//! Accounts and all that belongs to them: logins, sessions, codes, locks, counts, mandates, agents,
//! papers; what a commit does to them, how they are read, and how what nobody needs any more goes.
//!
//! The one rule to remember: what must be counted exactly, or happen once, is decided by one
//! statement that finds no row when it must not happen; a check that looks at another table comes
//! after a statement that holds what both would change.

pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod sweep;

use cnss_core::access::Subject;
use cnss_core::account::{LockKey, Tally, TallyKey};
use cnss_core::id::{BeneficiaryId, EmployerId, InsuredId};
use cnss_core::port::StoreError;
use uuid::Uuid;

use crate::waist::nonsense;

/// A subject as it is kept: its kind, and its identity where it has one.
fn kept_subject(subject: Subject) -> Result<(&'static str, Option<Uuid>), StoreError> {
    Ok(match subject {
        Subject::Employer(id) => ("employer", Some(id.0)),
        Subject::Insured(id) => ("insured", Some(id.0)),
        Subject::Beneficiary(id) => ("beneficiary", Some(id.0)),
        Subject::Mandatary => ("mandatary", None),
        Subject::Agent => ("agent", None),
        // A session acts by a mandate; an account never is one.
        Subject::Delegate(_) => return Err(nonsense("subject_kind")),
    })
}

fn subject(kind: &str, id: Option<Uuid>) -> Option<Subject> {
    Some(match (kind, id) {
        ("employer", Some(id)) => Subject::Employer(EmployerId(id)),
        ("insured", Some(id)) => Subject::Insured(InsuredId(id)),
        ("beneficiary", Some(id)) => Subject::Beneficiary(BeneficiaryId(id)),
        ("mandatary", None) => Subject::Mandatary,
        ("agent", None) => Subject::Agent,
        _ => return None,
    })
}

/// What a lock is kept under.
fn kept_lock(key: LockKey) -> (&'static str, Vec<u8>) {
    match key {
        LockKey::Login(digest) => ("login", digest.to_vec()),
        LockKey::Source(source) => ("source", source.0.to_vec()),
    }
}

/// What a count is kept under.
fn kept_tally(tally: &Tally) -> (&'static str, String) {
    match &tally.key {
        TallyKey::Number(phone) => ("number", phone.as_str().to_owned()),
        TallyKey::Source(source) => ("source", format!("{:016x}", u64::from_be_bytes(source.0))),
        TallyKey::Prefix(prefix) => ("prefix", prefix.clone()),
        TallyKey::Sent => ("sent", String::new()),
        TallyKey::Confirmed => ("confirmed", String::new()),
        TallyKey::Warned(account) => ("warned", account.to_string()),
    }
}

/// A code that serde knows, as it is kept: the word alone.
fn word<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Inconsistent("a code is a word".to_owned())),
    }
}

/// The code of a word.
fn of_word<T: serde::de::DeserializeOwned>(column: &str, word: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| nonsense(column))
}
