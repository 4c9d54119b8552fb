//! What only a portal of the demonstration has: the messages that it told people who do not exist.
//!
//! The one rule to remember: whoever reads them reads codes and first passwords, so that no portal
//! has them unless it was given an [`Inbox`], and only the demonstration is.

pub mod messages;

use chrono::{DateTime, Utc};

/// A message as somebody would have received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the order in which messages came, from 1.
    pub number: u64,
    /// When it was decided that somebody be told.
    pub at: DateTime<Utc>,
    /// Its kind, a key of the catalogue.
    pub key: &'static str,
    /// As an SMS, when there is a phone to which it goes.
    pub sms: Option<KeptSms>,
    /// As an e-mail, when there is an address to which it goes.
    pub email: Option<KeptEmail>,
}

/// An SMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSms {
    /// The phone, as `+228…`.
    pub to: String,
    /// What it says.
    pub text: String,
}

/// An e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEmail {
    /// The address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// Where the messages of the demonstration are kept; a bounded number of them.
pub trait Inbox: Send + Sync {
    /// The messages that `wanted` asks for and that came before number `before`, the newest first.
    fn newest(&self, wanted: &dyn Fn(&Kept) -> bool, before: Option<u64>, limit: usize) -> Vec<Kept>;
}
