//! What to tell whom (avis): a catalogue key and parameters, no prose.
//!
//! A decision lists its notices; the store keeps them with the change itself, and a courier
//! turns them into an SMS or an e-mail later. So nobody is told of what did not happen.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Quarter;
use crate::id::{AccountId, ChallengeId, MandateId, NoticeId};
use crate::person::{Email, Phone};

/// One thing to tell one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Identity; a message sent twice bears the same.
    pub id: NoticeId,
    /// To whom.
    pub to: Addressee,
    /// What.
    pub message: Message,
}

/// To whom a notice goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// The holder of an account, wherever he is reached now.
    Account(AccountId),
    /// An address or a phone that nobody has proved yet to be his.
    Contacts(Contacts),
}

/// Where somebody without an account is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacts {
    /// His address.
    pub email: Option<Email>,
    /// His phone.
    pub phone: Option<Phone>,
}

impl Contacts {
    /// True when he is not reached at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.email.is_none() && self.phone.is_none()
    }
}

impl From<AccountId> for Addressee {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

/// A secret that a message carries, and that the edge derives when it is sent: the outbox holds none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// The code of a challenge, in one of its generations, with so many digits.
    Code(ChallengeId, u32, u8),
    /// The first password of the account that a challenge opened.
    FirstPassword(ChallengeId),
}

/// Who asks for notices to send, and for how long they are his.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when nobody else is given them; then whoever took them is taken for dead.
    pub until: DateTime<Utc>,
    /// At most so many.
    pub limit: u32,
}

/// A notice that was taken to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The notice.
    pub notice: Notice,
    /// How often it was tried before.
    pub tries: u32,
}

/// What became of a notice that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A courier has it.
    Sent(DateTime<Utc>),
    /// No courier took it; it is due again then.
    Again(DateTime<Utc>, String),
    /// It was tried often enough, or nobody can be told: an agent looks at it.
    Dead(String),
    /// What it carries is of no use any more, and why: a code whose life is over. Nobody need look.
    Expired(String),
}

/// A notice that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadNotice {
    /// The notice.
    pub notice: Notice,
    /// How often it was tried.
    pub tries: u32,
    /// What the last courier said, without the addressee.
    pub why: String,
}

/// How far one message has come on its way (état d'acheminement).
///
/// Gateways tell it late, twice and in any order; what was final once stays. What nobody knows
/// is still on its way.
///
/// ```
/// use cnss_core::notice::{DeliveryStatus, Heard};
/// let status = DeliveryStatus::Queued.after(&Heard::Delivered).after(&Heard::HandedOver);
/// assert_eq!(status, DeliveryStatus::Delivered);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// No gateway has it.
    #[default]
    Queued,
    /// A gateway has it, or may have it; whether it arrived is not known.
    Sent,
    /// It is in the phone, or in the mailbox.
    Delivered,
    /// It will not arrive.
    Failed {
        /// Why, without the addressee.
        why: String,
    },
}

/// What a gateway says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was handed over, or is said to be on its way, or nobody knows.
    HandedOver,
    /// It arrived.
    Delivered,
    /// It will not arrive.
    Failed {
        /// Why, without the addressee.
        why: String,
    },
}

impl DeliveryStatus {
    /// The status once this was heard.
    #[must_use]
    pub fn after(&self, heard: &Heard) -> Self {
        match (self, heard) {
            (Self::Delivered | Self::Failed { .. }, _) => self.clone(),
            (_, Heard::HandedOver) => Self::Sent,
            (_, Heard::Delivered) => Self::Delivered,
            (_, Heard::Failed { why }) => Self::Failed { why: why.clone() },
        }
    }

    /// The status of a message that travels in parts: it arrived when all of them did, and will
    /// not arrive once one does not.
    #[must_use]
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let (mut all, mut delivered, mut queued) = (0_usize, 0_usize, 0_usize);
        for part in parts {
            all = all.saturating_add(1);
            match part {
                Self::Failed { .. } => return part.clone(),
                Self::Delivered => delivered = delivered.saturating_add(1),
                Self::Queued => queued = queued.saturating_add(1),
                Self::Sent => {}
            }
        }
        match all {
            _ if all == queued => Self::Queued,
            _ if all == delivered => Self::Delivered,
            _ => Self::Sent,
        }
    }

    /// Whether nothing more is expected.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Delivered | Self::Failed { .. })
    }
}

/// How often a notice is tried.
pub const TRIES_MAX: u32 = 12;

impl Taken {
    /// What becomes of it when a courier does not take it: pauses that double from ten seconds to
    /// six hours, a day and a half in all, then it is given up.
    #[must_use]
    pub fn failed(&self, why: &str, now: DateTime<Utc>) -> Delivery {
        failed(self.tries, why, now)
    }

    /// What becomes of it when no try will ever help, as for a number that does not exist.
    #[must_use]
    pub fn given_up(why: &str) -> Delivery {
        Delivery::Dead(short(why))
    }
}

/// A reason as long as it is kept.
fn short(why: &str) -> String {
    why.chars().take(200).collect()
}

/// What becomes of a notice that was tried `tries` times before, as [`Taken::failed`] says: for a store
/// that finds one which it cannot read.
#[must_use]
pub fn failed(tries: u32, why: &str, now: DateTime<Utc>) -> Delivery {
    if tries.saturating_add(1) >= TRIES_MAX || planted!("given-up-early") {
        return Taken::given_up(why);
    }
    let pause = 10_i64.saturating_mul(1_i64 << tries.min(20)).min(21_600);
    Delivery::Again(now + TimeDelta::seconds(pause), short(why))
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum Message {
    /// A wage declaration was filed (DNR déposée).
    DeclarationFiled {
        /// The quarter.
        quarter: Quarter,
        /// How many workers it names.
        workers: u32,
        /// The contributions it makes due, as text.
        amount: String,
        /// The receipt's number.
        receipt: String,
    },
    /// A wage declaration was corrected.
    DeclarationCorrected {
        /// The quarter.
        quarter: Quarter,
        /// What the correction adds, as text; negative when it takes away.
        difference: String,
        /// The receipt's number.
        receipt: String,
    },
    /// Money arrived for a reference.
    PaymentReceived {
        /// How much, as text.
        amount: String,
        /// The reference.
        reference: String,
        /// The receipt's number.
        receipt: String,
    },
    /// A code that proves a phone or an address (code de validation). The code is not in it.
    Code {
        /// Of which challenge.
        challenge: ChallengeId,
        /// Which of its codes.
        generation: u32,
        /// With how many digits.
        digits: u8,
        /// What it is for: `sign_up`, `recover`, `contact`.
        purpose: String,
        /// For how many minutes it is good.
        minutes: u32,
    },
    /// An account was opened.
    AccountOpened {
        /// An agent must activate it first.
        waits: bool,
    },
    /// An agent activated the account.
    AccountActivated {
        /// What is typed to log in.
        login: String,
    },
    /// What is typed to log in, and a first password, which is not in it.
    FirstPassword {
        /// What is typed to log in.
        login: String,
        /// The challenge that opened the account.
        challenge: ChallengeId,
        /// For how many hours it is good.
        hours: u32,
    },
    /// No account can be opened with what was typed, and what to do; says no more.
    SignUpImpossible,
    /// Somebody tries to sign up in the name of the holder of an account.
    SomebodySignsUp,
    /// The password was changed; all sessions ended.
    PasswordChanged,
    /// The account has another address or phone; told to the former one.
    ContactChanged,
    /// The account was blocked.
    AccountBlocked,
    /// An agent unblocked the account; its password must be changed.
    AccountUnblocked,
    /// An administrator took the agent's second factor away; all sessions ended.
    SecondFactorTaken,
    /// The agent's second factor was replaced by another, in a session of his.
    SecondFactorReplaced,
    /// An employer gives somebody a mandate.
    MandateOffered {
        /// The company, cut to a readable length.
        company: String,
        /// Which one, for the address of the page.
        mandate: MandateId,
    },
    /// The mandate was taken up.
    MandateAccepted,
    /// The mandate was withdrawn.
    MandateWithdrawn,
}

impl Message {
    /// The secret that it carries, to be derived when it is sent.
    #[must_use]
    pub const fn secret(&self) -> Option<Secret> {
        match self {
            Self::Code { challenge, generation, digits, .. } => {
                Some(Secret::Code(*challenge, *generation, *digits))
            }
            Self::FirstPassword { challenge, .. } => Some(Secret::FirstPassword(*challenge)),
            _ => None,
        }
    }

    /// The catalogue key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::DeclarationFiled { .. } => "declaration-filed",
            Self::DeclarationCorrected { .. } => "declaration-corrected",
            Self::PaymentReceived { .. } => "payment-received",
            Self::Code { .. } => "code",
            Self::AccountOpened { waits: false } => "account-opened",
            Self::AccountOpened { waits: true } => "account-waiting",
            Self::AccountActivated { .. } => "account-activated",
            Self::FirstPassword { .. } => "first-password",
            Self::SignUpImpossible => "sign-up-impossible",
            Self::SomebodySignsUp => "somebody-signs-up",
            Self::PasswordChanged => "password-changed",
            Self::ContactChanged => "contact-changed",
            Self::AccountBlocked => "account-blocked",
            Self::AccountUnblocked => "account-unblocked",
            Self::SecondFactorTaken => "second-factor-taken",
            Self::SecondFactorReplaced => "second-factor-replaced",
            Self::MandateOffered { .. } => "mandate-offered",
            Self::MandateAccepted => "mandate-accepted",
            Self::MandateWithdrawn => "mandate-withdrawn",
        }
    }

    /// One of each with the longest parameters, so that a courier can prove its texts fit.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let Some(quarter) = Quarter::new(2026, 4) else { return Vec::new() };
        let amount = "-999999999999999".to_owned();
        let receipt = "DNR-2026T4-ABCDEFGH".to_owned();
        vec![
            Self::DeclarationFiled {
                quarter,
                workers: 150_000,
                amount: amount.clone(),
                receipt: receipt.clone(),
            },
            Self::DeclarationCorrected { quarter, difference: amount.clone(), receipt },
            Self::PaymentReceived {
                amount,
                reference: "ABCDE-FGHJK".to_owned(),
                receipt: "Q-ABCDE-FGHJK".to_owned(),
            },
            Self::Code {
                challenge: ChallengeId(uuid::Uuid::nil()),
                generation: u32::MAX,
                digits: 10,
                purpose: "sign_up".to_owned(),
                minutes: 1_440,
            },
            Self::AccountOpened { waits: false },
            Self::AccountOpened { waits: true },
            // The longest address is longer than an SMS: the SMS names none, see the catalogue's test.
            Self::AccountActivated { login: "x".repeat(254) },
            Self::FirstPassword {
                login: "123456789012345".to_owned(),
                challenge: ChallengeId(uuid::Uuid::nil()),
                hours: 720,
            },
            Self::SignUpImpossible,
            Self::SomebodySignsUp,
            Self::PasswordChanged,
            Self::ContactChanged,
            Self::AccountBlocked,
            Self::AccountUnblocked,
            Self::SecondFactorTaken,
            Self::SecondFactorReplaced,
            Self::MandateOffered { company: "M".repeat(60), mandate: MandateId(uuid::Uuid::nil()) },
            Self::MandateAccepted,
            Self::MandateWithdrawn,
        ]
    }
}
