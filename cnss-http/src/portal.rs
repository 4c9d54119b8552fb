//! What every endpoint is given: the counter, the clock, the words, and the settings.

use std::sync::Arc;

use cnss_core::desk::Desk;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::password::Passwords;
use crate::words::Words;

/// How many files are received at once, each into up to ten megabytes; those who send slowly must
/// not keep the others from being read.
const UPLOADS_AT_ONCE: usize = 6;
/// How many workbooks are read at once: each may take some tens of megabytes.
const WORKBOOKS_AT_ONCE: usize = 2;

/// The portal of one fund.
#[derive(Clone)]
pub struct Portal {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) desk: Desk,
    pub(crate) clock: Clock,
    pub(crate) words: Words,
    pub(crate) passwords: Passwords,
    pub(crate) uploads: Semaphore,
    pub(crate) workbooks: Semaphore,
    pub(crate) demo: bool,
    pub(crate) secure: bool,
}

/// How a portal behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Shows that the data are made up.
    pub demo: bool,
    /// The portal is reached by https: cookies are kept to it.
    pub secure: bool,
}

impl Portal {
    /// A portal over a counter.
    #[must_use]
    pub fn new(desk: Desk, clock: Clock, settings: Settings) -> Self {
        let words = Words::french(&desk.fund().currency_label);
        Self {
            inner: Arc::new(Inner {
                desk,
                clock,
                words,
                passwords: Passwords::new(),
                uploads: Semaphore::new(UPLOADS_AT_ONCE),
                workbooks: Semaphore::new(WORKBOOKS_AT_ONCE),
                demo: settings.demo,
                secure: settings.secure,
            }),
        }
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.inner.desk
    }

    pub(crate) fn words(&self) -> &Words {
        &self.inner.words
    }

    pub(crate) fn moment(&self) -> cnss_core::decision::Moment {
        self.inner.clock.moment()
    }
}
