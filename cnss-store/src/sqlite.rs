//! The books in one file: one writer at a time, many readers.

use std::str::FromStr;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::fault::OpenError;
use crate::open::Options;
use crate::store::{Engine, SqlStore};

/// Prepared statements that a connection keeps: all there are, in all their sizes.
pub(crate) const STATEMENTS_KEPT: usize = 400;

pub(crate) async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//").to_owned();
    let cannot_open = |cause| OpenError::File { path: path.clone(), cause };
    let file = SqliteConnectOptions::from_str(url)
        .map_err(cannot_open)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: when a commit is answered it survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .busy_timeout(options.wait);
    let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(options.wait);
    let writer = pool(1).connect_with(file.clone()).await.map_err(cannot_open)?;
    let memory = path.contains(":memory:");
    migrator().run(&writer).await.map_err(|cause| OpenError::Schema { path: path.clone(), cause })?;
    // A database in memory belongs to its connection, so there readers and writer are one.
    let readers = if memory { writer.clone() } else { pool(options.connections).connect_lazy_with(file) };
    Ok(SqlStore::new(Engine::Sqlite { readers, writer }, options))
}

/// Migrations from their texts.
///
/// Listed by hand: sqlx's macro for this would build every driver a second time for the
/// compiler's own use.
pub(crate) fn migrations(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
}

/// The steps by which the tables came to be, oldest first; one that was released is never edited.
fn migrator() -> Migrator {
    migrations(&[(1, "books", include_str!("../migrations/sqlite/0001_books.sql"))])
}
