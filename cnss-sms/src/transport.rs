//! Between the fund and whoever carries (transport): one addressed message, and what became of it.
//!
//! A transport knows neither accounts nor notices' keys: it is given an address, a text and an
//! identity, and answers once. The one rule to remember: an answer that did not come is not a
//! failure. It is [`Outcome::Unknown`], and whoever sends again must say so.

use std::fmt;

use cnss_core::id::NoticeId;
use cnss_core::notice::Heard;
use cnss_core::person::{Email, Phone};
use cnss_core::port::BoxFuture;

use crate::gsm::Sms;

/// The longest reason that is kept of what a gateway says.
const WHY_MAX: usize = 80;
/// So many digits in a row may be a phone number, or an account.
const DIGITS_MAX: usize = 5;

/// An SMS for one phone.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// The notice that it tells: the same each time it is sent.
    pub id: NoticeId,
    /// To whom.
    pub to: Phone,
    /// What it says.
    pub text: Sms,
}

/// An e-mail for one mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct MailMessage {
    /// The notice that it tells: the same each time it is sent.
    pub id: NoticeId,
    /// To whom.
    pub to: Email,
    /// Its subject, one line.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
}

impl fmt::Debug for SmsMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsMessage").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for MailMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailMessage").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What became of a message that was given to a transport. No reason names the addressee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A gateway has it.
    Handed {
        /// Under which names the gateway reports on it later: one for each part, none when it
        /// never will.
        references: Vec<String>,
    },
    /// No gateway has it.
    Failed {
        /// Whether another try may help.
        again: bool,
        /// Why.
        why: String,
    },
    /// A gateway may have it, or a part of it: it was given, and no answer that can be read came.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Outcome {
    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Failed { again: true, why: why.into() }
    }

    pub(crate) fn never(why: impl Into<String>) -> Self {
        Self::Failed { again: false, why: why.into() }
    }

    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }
}

/// Carries messages of one kind. Every call ends, within a time that the transport's settings say.
pub trait Transport<M>: Send + Sync {
    /// Hands one message over.
    fn hand<'a>(&'a self, message: &'a M) -> BoxFuture<'a, Outcome>;
}

/// What a gateway reports on a message that it was handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The gateway's name for the message.
    pub reference: String,
    /// What it says.
    pub heard: Heard,
}

/// What a gateway said, as far as a log may hold it: short, on one line, without runs of digits
/// and addresses, for gateways like to repeat the addressee.
pub(crate) fn told(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if word.contains('@') || digits > DIGITS_MAX {
            out.push('…');
        } else {
            out.extend(word.chars().filter(|c| !c.is_control()));
        }
    }
    // A number may also be written in groups: then no group of digits stays.
    if out.chars().filter(char::is_ascii_digit).count() > DIGITS_MAX {
        let mut hidden = String::new();
        for c in out.chars() {
            match c {
                '0'..='9' if hidden.ends_with('…') => {}
                '0'..='9' => hidden.push('…'),
                c => hidden.push(c),
            }
        }
        out = hidden;
    }
    out.chars().take(WHY_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_says_names_nobody() {
        for (said, kept) in [
            ("Invalid number +22890112233!", "Invalid number …"),
            ("afi@example.tg unknown\r\nInjected: yes", "… unknown Injected: yes"),
            ("number 90 11 22 33 barred", "number … … … … barred"),
            ("InvalidSenderId (402)", "InvalidSenderId (402)"),
        ] {
            assert_eq!(told(said), kept);
        }
        assert_eq!(told(&"long ".repeat(100)).chars().count(), WHY_MAX);
    }
}
