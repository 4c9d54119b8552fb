//! What to tell whom (avis): a catalogue key and parameters, no prose.
//!
//! A decision lists its notices; the store keeps them with the change itself, and a courier
//! turns them into an SMS or an e-mail later. So nobody is told of what did not happen.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Quarter;
use crate::id::{AccountId, NoticeId};

/// One thing to tell one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Identity; a message sent twice bears the same.
    pub id: NoticeId,
    /// To whom.
    pub to: AccountId,
    /// What.
    pub message: Message,
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

/// How often a notice is tried.
pub const TRIES_MAX: u32 = 12;

impl Taken {
    /// What becomes of it when a courier does not take it: pauses that double from ten seconds to
    /// six hours, a day and a half in all, then it is given up.
    #[must_use]
    pub fn failed(&self, why: &str, now: DateTime<Utc>) -> Delivery {
        failed(self.tries, why, now)
    }
}

/// What becomes of a notice that was tried `tries` times before, as [`Taken::failed`] says: for a store
/// that finds one which it cannot read.
#[must_use]
pub fn failed(tries: u32, why: &str, now: DateTime<Utc>) -> Delivery {
    let why: String = why.chars().take(200).collect();
    if tries.saturating_add(1) >= TRIES_MAX || planted!("given-up-early") {
        return Delivery::Dead(why);
    }
    let pause = 10_i64.saturating_mul(1_i64 << tries.min(20)).min(21_600);
    Delivery::Again(now + TimeDelta::seconds(pause), why)
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
}

impl Message {
    /// The catalogue key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::DeclarationFiled { .. } => "declaration-filed",
            Self::DeclarationCorrected { .. } => "declaration-corrected",
            Self::PaymentReceived { .. } => "payment-received",
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
        ]
    }
}
