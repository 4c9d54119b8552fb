//! The books in one file: one writer at a time, many readers.

use std::str::FromStr;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlitePool};

use crate::fault::OpenError;
use crate::open::Options;
use crate::store::{Engine, SqlStore};

/// Prepared statements that a connection keeps: all there are, in all their sizes.
pub(crate) const STATEMENTS_KEPT: usize = 400;

/// Memory that a connection keeps pages in, in KiB below zero: keys are drawn by chance, so that a commit
/// touches pages all over the file, and SQLite's own 2 MB would be read again for each.
const CACHE: &str = "-32768";
/// Pages in the log before they are written back to the file, 32 MB: a group of payments alone fills
/// SQLite's own thousand, and each writing back waits for the disk twice.
const CHECKPOINT: &str = "8192";

pub(crate) async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//").to_owned();
    let cannot_open = |cause| OpenError::File { path: path.clone(), cause };
    let file = SqliteConnectOptions::from_str(url).map_err(cannot_open)?;
    if options.only_read {
        return only_read(file, path, options).await;
    }
    let file = file
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: when a commit is answered it survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", CACHE)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .busy_timeout(options.wait);
    let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(options.wait);
    let writer = pool(1).connect_with(file.clone()).await.map_err(cannot_open)?;
    let memory = path.contains(":memory:");
    migrator().run(&writer).await.map_err(|cause| OpenError::Schema { path: path.clone(), cause })?;
    // A file that may only be read, or that another program holds, is told of now and not by the
    // first employer who files.
    // It changes no row; a transaction alone would not do, for SQLite begins one on such a file.
    sqlx::query("UPDATE _sqlx_migrations SET version = version WHERE version < 0")
        .execute(&writer)
        .await
        .map_err(cannot_open)?;
    // A database in memory belongs to its connection, so there readers and writer are one.
    let readers = if memory { writer.clone() } else { pool(options.connections).connect_lazy_with(file) };
    Ok(SqlStore::new(Engine::Sqlite { readers, writer }, options))
}

/// Looks at a file as it is, which another portal may be serving.
async fn only_read(
    file: SqliteConnectOptions,
    path: String,
    options: Options,
) -> Result<SqlStore, OpenError> {
    if !file.get_filename().is_file() {
        return Err(OpenError::Missing { path });
    }
    let file = file.create_if_missing(false).read_only(true).busy_timeout(options.wait);
    let pool = SqlitePoolOptions::new().max_connections(options.connections).acquire_timeout(options.wait);
    let pool =
        pool.connect_with(file).await.map_err(|cause| OpenError::File { path: path.clone(), cause })?;
    let schema = |cause| OpenError::Schema { path: path.clone(), cause };
    let mut db = pool.acquire().await.map_err(|cause| OpenError::File { path: path.clone(), cause })?;
    of_this_version(&mut *db, &migrator()).await.map_err(schema)?;
    drop(db);
    Ok(SqlStore::new(Engine::Sqlite { readers: pool.clone(), writer: pool }, options))
}

/// Whether the tables came to be by exactly these steps.
pub(crate) async fn of_this_version(db: &mut impl Migrate, steps: &Migrator) -> Result<(), MigrateError> {
    if let Some(dirty) = db.dirty_version(TABLE).await? {
        return Err(MigrateError::Dirty(dirty));
    }
    let applied = db.list_applied_migrations(TABLE).await?;
    for done in &applied {
        let step = steps.iter().find(|step| step.version == done.version);
        match step {
            None => return Err(MigrateError::VersionMissing(done.version)),
            Some(step) if step.checksum != done.checksum => {
                return Err(MigrateError::VersionMismatch(done.version));
            }
            Some(_) => {}
        }
    }
    let waiting = steps.iter().find(|step| applied.iter().all(|done| done.version != step.version));
    waiting.map_or(Ok(()), |step| Err(MigrateError::VersionNotPresent(step.version)))
}

/// Where the steps that were done are kept.
const TABLE: &str = "_sqlx_migrations";

/// The whole schema as a text of its own makes it, to be compared with.
pub(crate) async fn fresh() -> Result<SqlitePool, sqlx::Error> {
    let file = SqliteConnectOptions::from_str("sqlite::memory:")?;
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(file).await?;
    migrator().run(&pool).await.map_err(|e| sqlx::Error::Migrate(Box::new(e)))?;
    Ok(pool)
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
