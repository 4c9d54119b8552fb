//! A courier that keeps what it is given (for demonstrations and tests): the inbox of people
//! who do not exist. It forgets the oldest messages, and everything when it is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cnss_core::account::Account;
use cnss_core::id::{AccountId, NoticeId};
use cnss_core::notice::Notice;
use cnss_core::port::{BoxFuture, Courier, CourierError};

use crate::text::{Texts, Words};

/// The most messages that are kept.
const KEPT_MAX: usize = 1_000;

/// A message as somebody would have received it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Which notice.
    pub notice: NoticeId,
    /// To whom.
    pub to: AccountId,
    /// Its key.
    pub key: &'static str,
    /// What it says.
    pub texts: Texts,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("notice", &self.notice)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Keeps the last thousand messages in memory; a notice carried twice is kept once.
pub struct RecordingCourier {
    words: Words,
    kept: Mutex<VecDeque<Recorded>>,
}

impl RecordingCourier {
    /// An empty inbox that speaks with these words.
    #[must_use]
    pub fn new(words: Words) -> Self {
        Self { words, kept: Mutex::new(VecDeque::new()) }
    }

    /// Every message that is kept, the oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Recorded> {
        self.kept().iter().cloned().collect()
    }

    /// The messages of one account, the newest first.
    #[must_use]
    pub fn inbox(&self, of: AccountId) -> Vec<Recorded> {
        self.kept().iter().rev().filter(|message| message.to == of).cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Recorded>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, to: &Account, notice: &Notice) -> Result<(), CourierError> {
        let texts = self
            .words
            .texts(&notice.message, &to.holder)
            .map_err(|error| CourierError::never(error.to_string()))?;
        let mut kept = self.kept();
        if kept.iter().any(|message| message.notice == notice.id) {
            return Ok(());
        }
        while kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Recorded { notice: notice.id, to: to.id, key: notice.message.key(), texts });
        Ok(())
    }
}

impl fmt::Debug for RecordingCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingCourier").field("kept", &self.kept().len()).finish_non_exhaustive()
    }
}

impl Courier for RecordingCourier {
    fn carry<'a>(&'a self, to: &'a Account, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(std::future::ready(self.keep(to, notice)))
    }
}
