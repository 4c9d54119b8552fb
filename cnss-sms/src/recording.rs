//! A courier that keeps what it is given (for demonstrations and tests): the inbox of people
//! who do not exist. It forgets the oldest messages, and everything when it is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cnss_core::account::CodeKey;
use cnss_core::id::{AccountId, NoticeId};
use cnss_core::notice::{Contacts, Notice};
use cnss_core::port::{BoxFuture, Courier, CourierError, Reached};

use crate::text::{Texts, Words};

/// The most messages that are kept.
const KEPT_MAX: usize = 1_000;

/// A message as somebody would have received it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the order in which messages came, from 1.
    pub number: u64,
    /// Which notice.
    pub notice: NoticeId,
    /// To whose account; none where nobody is known yet.
    pub to: Option<AccountId>,
    /// Where it went.
    pub at: Contacts,
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
    key: CodeKey,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    messages: VecDeque<Recorded>,
    /// How many ever came.
    count: u64,
}

impl RecordingCourier {
    /// An empty inbox that speaks with these words, and derives codes under this key.
    #[must_use]
    pub fn new(words: Words, key: CodeKey) -> Self {
        Self { words, key, kept: Mutex::default() }
    }

    /// Every message that is kept, the oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Recorded> {
        self.kept().messages.iter().cloned().collect()
    }

    /// The messages that are wanted and came before number `before`, the newest first.
    #[must_use]
    pub fn newest(
        &self,
        wanted: impl Fn(&Recorded) -> bool,
        before: Option<u64>,
        limit: usize,
    ) -> Vec<Recorded> {
        let early = |message: &&Recorded| before.is_none_or(|before| message.number < before);
        let kept = self.kept();
        let found = kept.messages.iter().rev().filter(early).filter(|message| wanted(message));
        found.take(limit).cloned().collect()
    }

    /// The messages of one account, the newest first.
    #[must_use]
    pub fn inbox(&self, of: AccountId) -> Vec<Recorded> {
        self.newest(|message| message.to == Some(of), None, KEPT_MAX)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, to: &Reached, notice: &Notice) -> Result<(), CourierError> {
        let texts = self
            .words
            .texts_for(&notice.message, to, &self.key)
            .map_err(|error| CourierError::never(error.to_string()))?;
        let mut kept = self.kept();
        if kept.messages.iter().any(|message| message.notice == notice.id) {
            return Ok(());
        }
        while kept.messages.len() >= KEPT_MAX {
            kept.messages.pop_front();
        }
        kept.count = kept.count.saturating_add(1);
        let number = kept.count;
        let (notice, key) = (notice.id, notice.message.key());
        let at = Contacts { email: to.email().cloned(), phone: to.phone().cloned() };
        kept.messages.push_back(Recorded { number, notice, to: to.account(), at, key, texts });
        Ok(())
    }
}

impl fmt::Debug for RecordingCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingCourier").field("kept", &self.kept().messages.len()).finish_non_exhaustive()
    }
}

impl Courier for RecordingCourier {
    fn carry<'a>(&'a self, to: &'a Reached, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(std::future::ready(self.keep(to, notice)))
    }
}
