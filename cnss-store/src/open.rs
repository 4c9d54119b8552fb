//! Opening the books: by their address, on one engine or the other.

use std::time::Duration;

use cnss_core::money::Currency;

use crate::fault::OpenError;
use crate::store::SqlStore;
use crate::{postgres, sqlite};

/// How the books are opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The currency in which they are kept.
    pub currency: Currency,
    /// How many connections there may be at once: readers of a file, or sessions on a server.
    pub connections: u32,
    /// How long anybody waits for the books before being told that they are busy.
    pub wait: Duration,
    /// How long one statement may take on a server; no longer than a wait, unless said.
    pub statement: Duration,
    /// The books must be there, at this version; nothing is made, brought up to date or written.
    pub only_read: bool,
    /// Whether books are made where there are none.
    pub make: bool,
}

impl Options {
    /// Five connections, ten seconds; books are made where there are none.
    #[must_use]
    pub const fn new(currency: Currency) -> Self {
        let wait = Duration::from_secs(10);
        Self { currency, connections: 5, wait, statement: wait, only_read: false, make: true }
    }

    /// With so many connections, at least one.
    #[must_use]
    pub fn connections(self, connections: u32) -> Self {
        Self { connections: connections.max(1), ..self }
    }

    /// With another time to wait.
    #[must_use]
    pub const fn wait(self, wait: Duration) -> Self {
        Self { wait, statement: wait, ..self }
    }

    /// The books must be there: a path with a slip in it, or a disk that is not mounted, is told instead of
    /// being hidden by new, empty books.
    #[must_use]
    pub const fn existing(self) -> Self {
        Self { make: false, ..self }
    }

    /// Only to look: the books must be there and of this version, and statements may take long.
    #[must_use]
    pub const fn only_read(self) -> Self {
        Self { statement: Duration::from_secs(3_600), only_read: true, make: false, ..self }
    }
}

/// Opens the books at `sqlite:PATH` (`sqlite::memory:` for a test) or
/// `postgres://USER@HOST/NAME?sslmode=verify-full`, makes books when there are none and
/// [`Options::make`] says so, and brings the tables to this version. Tables that are of this version are
/// not touched, so that a role that may not change them will do.
///
/// # Errors
/// [`OpenError`], which says what to do, and never shows the address: it may hold a password.
pub async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    match url.split(':').next().unwrap_or_default() {
        "sqlite" => sqlite::open(url, options).await,
        "postgres" | "postgresql" => postgres::open(url, options).await,
        scheme => Err(OpenError::Engine(format!("{scheme}:…"))),
    }
}
