//! Every way the fund says no: a code and parameters, no prose.
//!
//! A fault (faute de saisie, `fault.rs`) points at the field, or at the row and column, that is
//! wrong; a refusal says why a whole command is not done. Words for people live in the catalogues
//! of the edge, one for each code; a test there proves that none is missing.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::Quarter;
use crate::explain::Value;
use crate::fund::mechanism::Fraction;

mod fault;

pub use fault::{FAULTS_MAX, FILE_FAULTS, Fault, FaultKind, Faults, PASSWORD_FAULTS, PHONE_FAULTS, Place};

/// A parameter of a message: a value that the edge formats, or text as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A value to be formatted in the reader's language.
    Value(Value),
    /// Text as it was given.
    Text(String),
    /// A quarter.
    Quarter(Quarter),
    /// An exact share.
    Fraction(Fraction),
}

/// Why a command is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was given is wrong: every fault at once.
    Invalid(Vec<Fault>),
    /// Lines of a declaration are wrong: the first faults, and how many there are.
    InvalidLines(Faults),
    /// Login or password do not match; which of the two is not said.
    WrongCredentials,
    /// Too many wrong passwords: wait until then.
    TooManyAttempts {
        /// Seconds to wait.
        seconds: u32,
    },
    /// Nobody is logged in, or no longer.
    NotLoggedIn,
    /// Logged in, but without the right.
    NotAllowed,
    /// There is no such thing, or not for this person.
    NotFound,
    /// Somebody else changed it in the meantime.
    Stale,
    /// The same request key came with other content.
    KeyReused,
    /// As many references of the employer wait to be paid as may at once.
    TooManyReferences {
        /// How many.
        most: u32,
    },
    /// The quarter is not over yet.
    QuarterNotOver {
        /// The quarter.
        quarter: Quarter,
        /// From which day it can be filed.
        from: NaiveDate,
    },
    /// The quarter is already filed; it can be corrected.
    AlreadyFiled {
        /// The quarter.
        quarter: Quarter,
    },
    /// There is nothing filed to correct.
    NotFiled {
        /// The quarter.
        quarter: Quarter,
    },
    /// No draft is there to submit.
    NoDraft {
        /// The quarter.
        quarter: Quarter,
    },
    /// The correction changes nothing.
    NothingChanged,
    /// The fund has no rule for what was asked.
    NoRule {
        /// The rule's key.
        rule: Arc<str>,
        /// The date it was asked for.
        date: NaiveDate,
    },
    /// The text of the rule was not found: the fund does not compute without one.
    OpenQuestion {
        /// The rule's key.
        rule: Arc<str>,
        /// The question's key and text.
        question: crate::fund::Question,
    },
    /// The fund has nothing of that name.
    NotOffered {
        /// What was asked for.
        what: String,
    },
    /// An amount beyond what the books accept.
    AmountTooLarge,
    /// The fund's papers do not say how accounts are opened.
    NoSignUp,
    /// The account waits for an agent.
    AccountWaiting,
    /// The account is blocked.
    AccountBlocked,
    /// The password is a first one that was sent, and was not changed in time.
    FirstPasswordOver,
    /// The code is wrong.
    CodeWrong {
        /// How many more may be typed.
        left: u32,
    },
    /// No code is awaited any more: too many wrong ones, or it has served.
    CodeClosed,
    /// The code is too old.
    CodeExpired,
    /// A code was sent just now.
    WaitToResend {
        /// Seconds to wait.
        seconds: u32,
    },
    /// Enough messages were sent for now.
    TooManyMessages,
    /// Who one is must be proved again, for what touches money or identity.
    ProveAgain,
}

impl Refusal {
    /// The code in JSON and in the catalogues.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) | Self::InvalidLines(_) => "invalid",
            Self::WrongCredentials => "wrong_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::NotLoggedIn => "not_logged_in",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
            Self::Stale => "stale",
            Self::KeyReused => "key_reused",
            Self::TooManyReferences { .. } => "too_many_references",
            Self::QuarterNotOver { .. } => "quarter_not_over",
            Self::AlreadyFiled { .. } => "already_filed",
            Self::NotFiled { .. } => "not_filed",
            Self::NoDraft { .. } => "no_draft",
            Self::NothingChanged => "nothing_changed",
            Self::NoRule { .. } => "no_rule",
            Self::OpenQuestion { .. } => "open_question",
            Self::NotOffered { .. } => "not_offered",
            Self::AmountTooLarge => "amount_too_large",
            Self::NoSignUp => "no_sign_up",
            Self::AccountWaiting => "account_waiting",
            Self::AccountBlocked => "account_blocked",
            Self::FirstPasswordOver => "first_password_over",
            Self::CodeWrong { .. } => "code_wrong",
            Self::CodeClosed => "code_closed",
            Self::CodeExpired => "code_expired",
            Self::WaitToResend { .. } => "wait_to_resend",
            Self::TooManyMessages => "too_many_messages",
            Self::ProveAgain => "prove_again",
        }
    }

    /// The faults of what was given, at most [`FAULTS_MAX`], and how many there are in all.
    #[must_use]
    pub fn faults(&self) -> Option<(&[Fault], usize)> {
        match self {
            Self::Invalid(all) => Some((all.get(..FAULTS_MAX).unwrap_or(all), all.len())),
            Self::InvalidLines(faults) => Some((&faults.list, faults.total)),
            _ => None,
        }
    }

    /// The parameters of the message, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        match self {
            Self::CodeWrong { left } => vec![("left", Param::Value(Value::Count((*left).into(), "count")))],
            Self::TooManyAttempts { seconds } | Self::WaitToResend { seconds } => {
                vec![("seconds", Param::Value(Value::Count((*seconds).into(), "count")))]
            }
            Self::TooManyReferences { most } => {
                vec![("most", Param::Value(Value::Count((*most).into(), "count")))]
            }
            Self::QuarterNotOver { quarter, from } => {
                vec![("quarter", Param::Quarter(*quarter)), ("from", Param::Value(Value::Date(*from)))]
            }
            Self::AlreadyFiled { quarter } | Self::NotFiled { quarter } | Self::NoDraft { quarter } => {
                vec![("quarter", Param::Quarter(*quarter))]
            }
            Self::NoRule { rule, date } => {
                vec![("rule", Param::Text(rule.to_string())), ("date", Param::Value(Value::Date(*date)))]
            }
            Self::OpenQuestion { rule, question } => {
                vec![
                    ("rule", Param::Text(rule.to_string())),
                    ("question", Param::Text(question.1.to_string())),
                ]
            }
            Self::NotOffered { what } => vec![("what", Param::Text(what.clone()))],
            _ => Vec::new(),
        }
    }

    /// One of each kind, so that the edge can prove that it has words for all of them.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let date = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap_or(NaiveDate::MIN);
        let quarter = Quarter::of(date);
        vec![
            Self::Invalid(Vec::new()),
            Self::InvalidLines(Faults::default()),
            Self::WrongCredentials,
            Self::TooManyAttempts { seconds: 30 },
            Self::NotLoggedIn,
            Self::NotAllowed,
            Self::NotFound,
            Self::Stale,
            Self::KeyReused,
            Self::TooManyReferences { most: 200 },
            Self::QuarterNotOver { quarter, from: date },
            Self::AlreadyFiled { quarter },
            Self::NotFiled { quarter },
            Self::NoDraft { quarter },
            Self::NothingChanged,
            Self::NoRule { rule: Arc::from("pension.annuities"), date },
            Self::OpenQuestion {
                rule: Arc::from("pension.annuities"),
                question: (Arc::from("taux"), Arc::from("Quel est le taux ?")),
            },
            Self::NotOffered { what: "job-loss".to_owned() },
            Self::AmountTooLarge,
            Self::NoSignUp,
            Self::AccountWaiting,
            Self::AccountBlocked,
            Self::FirstPasswordOver,
            Self::CodeWrong { left: 2 },
            Self::CodeClosed,
            Self::CodeExpired,
            Self::WaitToResend { seconds: 45 },
            Self::TooManyMessages,
            Self::ProveAgain,
        ]
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        if let Some((faults, _)) = self.faults() {
            for fault in faults.iter().take(20) {
                write!(f, " {}:{}", fault.path(), fault.kind.code())?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl From<crate::money::MoneyError> for Refusal {
    fn from(_: crate::money::MoneyError) -> Self {
        // Currencies never mix inside one fund, so what is left is an amount too large.
        Self::AmountTooLarge
    }
}
