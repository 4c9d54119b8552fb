//! Opening the books: one file, one writer at a time, many readers.

use std::str::FromStr;
use std::time::Duration;

use cnss_core::money::Currency;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlitePool};

use crate::fault::OpenError;

/// Readers beside the one writer.
const READERS: u32 = 4;
/// How long anybody waits for the books before being told that they are busy.
const WAIT: Duration = Duration::from_secs(10);

/// The store on SQLite.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    /// Reads; each connection sees only whole commits.
    pub(crate) readers: SqlitePool,
    /// Writes, one connection, so that writers queue here and not at the file's lock.
    pub(crate) writer: SqlitePool,
    pub(crate) currency: Currency,
}

/// Opens the books at `sqlite:PATH` (`sqlite::memory:` for a test), making the file and
/// bringing its tables to this version when needed.
///
/// # Errors
/// [`OpenError`], which says what to do.
pub async fn open(url: &str, currency: Currency) -> Result<SqliteStore, OpenError> {
    if !url.starts_with("sqlite:") {
        // Never the whole address: it may hold a password.
        let scheme = url.split(':').next().unwrap_or_default();
        return Err(OpenError::Engine(format!("{scheme}:…")));
    }
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//").to_owned();
    let cannot_open = |cause| OpenError::File { path: path.clone(), cause };
    let options = SqliteConnectOptions::from_str(url)
        .map_err(cannot_open)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: when a commit is answered it survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT);
    let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT);
    let writer = pool(1).connect_with(options.clone()).await.map_err(cannot_open)?;
    let memory = path.contains(":memory:");
    migrator().run(&writer).await.map_err(|cause| OpenError::Schema { path: path.clone(), cause })?;
    // A database in memory belongs to its connection, so there readers and writer are one.
    let readers = if memory { writer.clone() } else { pool(READERS).connect_lazy_with(options) };
    Ok(SqliteStore { readers, writer, currency })
}

/// The steps by which the tables came to be, oldest first; one that was released is never edited.
///
/// Listed by hand: sqlx's macro for this would build every driver a second time for the
/// compiler's own use.
fn migrator() -> Migrator {
    let steps = [
        (1, "books", include_str!("../migrations/0001_books.sql")),
        (2, "returned by age", include_str!("../migrations/0002_returned_by_age.sql")),
    ];
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.into_iter().map(migration).collect())
}

impl SqliteStore {
    /// Closes the books; waits for what is under way.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
