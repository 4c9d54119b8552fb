//! What every endpoint is given: the counter, the clock, the words, and the settings.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use cnss_core::account::CodeKey;
use cnss_core::desk::Desk;
use cnss_core::fund::Fund;
use tokio::sync::Semaphore;

use crate::bank::Banks;
use crate::clock::Clock;
use crate::demo::Inbox;
use crate::gateway::Gateway;
use crate::password::{Passwords, Pepper};
use crate::words::{Words, date_text};

/// How many files are received at once, each into up to ten megabytes; those who send slowly must
/// not keep the others from being read.
const UPLOADS_AT_ONCE: usize = 6;
/// How many workbooks are read at once: each may take some tens of megabytes.
const WORKBOOKS_AT_ONCE: usize = 2;

/// The portal of one fund.
#[derive(Clone)]
pub struct Portal {
    pub(crate) inner: Arc<Inner>,
    banks: Arc<Banks>,
    code_key: CodeKey,
    inbox: Option<Arc<dyn Inbox>>,
    gateway: Option<Arc<Gateway>>,
}

pub(crate) struct Inner {
    pub(crate) desk: Desk,
    pub(crate) clock: Clock,
    pub(crate) words: Words,
    funds: Vec<Shelved>,
    pub(crate) passwords: Passwords,
    pub(crate) proxies: u8,
    pub(crate) uploads: Semaphore,
    pub(crate) workbooks: Semaphore,
    pub(crate) demo: bool,
    pub(crate) secure: bool,
}

/// A fund whose rules the portal knows; its files are read when somebody first asks for it.
struct Shelved {
    code: String,
    fund: OnceLock<Option<Arc<Fund>>>,
}

impl Shelved {
    fn fund(&self) -> Option<&Arc<Fund>> {
        let read = || match Fund::builtin(&self.code) {
            Ok(fund) => Some(Arc::new(fund)),
            Err(error) => {
                tracing::error!(%error, "a fund of the library has faults; a test excludes this");
                None
            }
        };
        self.fund.get_or_init(read).as_ref()
    }
}

/// How a portal behaves.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Shows that the data are made up.
    pub demo: bool,
    /// The portal is reached by https: cookies are kept to it.
    pub secure: bool,
    /// Mixed into passwords, and kept apart from the books.
    pub pepper: Option<Pepper>,
    /// How many proxies of our own stand before the portal, each of which adds to `X-Forwarded-For`
    /// where the request came from; of none, the header is not believed.
    pub proxies: u8,
}

impl Portal {
    /// A portal over a counter, by the clock of the counter's fund.
    #[must_use]
    pub fn new(desk: Desk, settings: Settings) -> Self {
        let clock = Clock::of(desk.fund());
        let words = Words::french("").of_fund(desk.fund());
        let own = Shelved {
            code: desk.fund().code.clone(),
            fund: OnceLock::from(Some(Arc::new(desk.fund().clone()))),
        };
        let others = Fund::builtin_codes().iter().filter(|code| **code != own.code);
        let others: Vec<Shelved> =
            others.map(|code| Shelved { code: (*code).to_owned(), fund: OnceLock::new() }).collect();
        let funds = std::iter::once(own).chain(others).collect();
        Self {
            inner: Arc::new(Inner {
                desk,
                clock,
                words,
                funds,
                passwords: Passwords::new(settings.pepper),
                proxies: settings.proxies,
                uploads: Semaphore::new(UPLOADS_AT_ONCE),
                workbooks: Semaphore::new(WORKBOOKS_AT_ONCE),
                demo: settings.demo,
                secure: settings.secure,
            }),
            banks: Arc::default(),
            code_key: CodeKey::new(crate::clock::secret()),
            inbox: None,
            gateway: None,
        }
    }

    /// The same, whose clock stands still, for tests.
    #[must_use]
    pub fn standing(mut self, at: DateTime<Utc>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.clock = inner.clock.standing(at);
        }
        self
    }

    /// The same, that derives codes under this key, the courier's. Without it a key is drawn that
    /// nobody else has, and no code that a courier tells is right.
    #[must_use]
    pub fn with_code_key(self, code_key: CodeKey) -> Self {
        Self { code_key, ..self }
    }

    /// The same, that takes what this gateway reports on messages; without it no report is taken.
    #[must_use]
    pub fn with_gateway(self, gateway: Gateway) -> Self {
        Self { gateway: Some(Arc::new(gateway)), ..self }
    }

    pub(crate) fn gateway(&self) -> Option<&Arc<Gateway>> {
        self.gateway.as_ref()
    }

    /// The same, that shows the messages of the demonstration; without it no message is shown.
    #[must_use]
    pub fn with_inbox(self, inbox: Arc<dyn Inbox>) -> Self {
        Self { inbox: Some(inbox), ..self }
    }

    /// The same, that takes what these banks say of payments; without it no bank is known.
    #[must_use]
    pub fn with_banks(self, banks: Banks) -> Self {
        Self { banks: Arc::new(banks), ..self }
    }

    pub(crate) fn banks(&self) -> &Banks {
        &self.banks
    }

    pub(crate) fn code_key(&self) -> &CodeKey {
        &self.code_key
    }

    /// The messages of the demonstration, on its portal only.
    pub(crate) fn inbox(&self) -> Option<&Arc<dyn Inbox>> {
        self.inbox.as_ref().filter(|_| self.inner.demo)
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.inner.desk
    }

    pub(crate) fn words(&self) -> &Words {
        &self.inner.words
    }

    /// The fund with this code: the desk's own, or one that comes with the library.
    pub(crate) fn fund(&self, code: &str) -> Option<&Arc<Fund>> {
        self.inner.funds.iter().find(|shelved| shelved.code == code)?.fund()
    }

    /// Every fund, the desk's own first.
    pub(crate) fn funds(&self) -> impl Iterator<Item = &Arc<Fund>> {
        self.inner.funds.iter().filter_map(Shelved::fund)
    }

    /// The code of every fund, the desk's own first.
    pub(crate) fn fund_codes(&self) -> impl Iterator<Item = &str> {
        self.inner.funds.iter().map(|shelved| shelved.code.as_str())
    }

    pub(crate) fn moment(&self) -> cnss_core::decision::Moment {
        self.inner.clock.moment()
    }

    /// The day of an instant, where the fund is.
    pub(crate) fn day_text(&self, at: DateTime<Utc>) -> String {
        date_text(self.inner.clock.local(at).date_naive())
    }

    /// The time of an instant to the minute, where the fund is: « 09 h 41 ».
    pub(crate) fn time_text(&self, at: DateTime<Utc>) -> String {
        self.inner.clock.local(at).format("%H\u{a0}h\u{a0}%M").to_string()
    }

    /// An instant to the minute, where the fund is: « 12 juillet 2026 à 09 h 41 ».
    pub(crate) fn instant_text(&self, at: DateTime<Utc>) -> String {
        format!("{} à {}", self.day_text(at), self.time_text(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An evening of Greenwich is the next day in Djibouti, and neither a page nor a date limit may say
    /// the day before: a portal has the hour of its own fund, whoever makes it.
    #[test]
    fn an_instant_is_told_by_the_clocks_of_the_fund() {
        let evening: DateTime<Utc> = "2026-07-12T22:30:00Z".parse().expect("an instant");
        for (code, told, today) in [
            ("tg", "12\u{a0}juillet 2026 à 22\u{a0}h\u{a0}30", "2026-07-12"),
            ("ma", "12\u{a0}juillet 2026 à 23\u{a0}h\u{a0}30", "2026-07-12"),
            ("dj", "13\u{a0}juillet 2026 à 01\u{a0}h\u{a0}30", "2026-07-13"),
        ] {
            let store = Arc::new(cnss_core::memory::MemoryStore::new());
            let fund = Arc::new(Fund::builtin(code).expect("built in"));
            let portal = Portal::new(Desk::new(store, fund), Settings::default()).standing(evening);
            assert_eq!(portal.instant_text(evening), told);
            assert_eq!(portal.moment().today.to_string(), today, "{code}");
        }
    }
}
