//! What to tell whom (avis): a catalogue key and parameters, no prose.
//!
//! A decision lists its notices; the store keeps them with the change itself, and a courier
//! turns them into an SMS or an e-mail later. So nobody is told of what did not happen.

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
}

impl Message {
    /// The catalogue key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::DeclarationFiled { .. } => "declaration-filed",
            Self::DeclarationCorrected { .. } => "declaration-corrected",
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
            Self::DeclarationCorrected { quarter, difference: amount, receipt },
        ]
    }
}
