//! The books in one file: one writer at a time, many readers.

use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};

use crate::fault::{OpenError, Trouble, trouble};
use crate::kept_in;
use crate::open::Options;
use crate::place::{Place, make_private};
use crate::store::{Engine, SqlStore};
use crate::version::{Tables, migrations};

/// Prepared statements that a connection keeps: all there are, in all their sizes.
pub(crate) const STATEMENTS_KEPT: usize = 400;

/// Memory that a connection keeps pages in, in KiB below zero: keys are drawn by chance, so that a commit
/// touches pages all over the file, and SQLite's own 2 MB would be read again for each.
const CACHE: &str = "-32768";
/// Pages in the log before they are written back to the file, 32 MB: a group of payments alone fills
/// SQLite's own thousand, and each writing back waits for the disk twice.
const CHECKPOINT: &str = "8192";
/// Between two tries to open a file that another program is just making.
const LOCKED_PAUSE: Duration = Duration::from_millis(50);

pub(crate) async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//").to_owned();
    let cannot_open = |cause| OpenError::File { path: path.clone(), cause };
    let file = SqliteConnectOptions::from_str(url).map_err(cannot_open)?;
    if options.only_read {
        return only_read(file, path, options).await;
    }
    let memory = path.contains(":memory:") || path.contains("mode=memory");
    let name = file.get_filename().to_owned();
    if options.make && !memory {
        make_private(&name);
    } else if !memory && matches!(name.try_exists(), Ok(false)) {
        // A path with a slip in it, a disk that is not there: empty books would hide both.
        return Err(OpenError::Missing { path });
    }
    let file = file
        .create_if_missing(memory)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: when a commit is answered it survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", CACHE)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .busy_timeout(options.wait);
    let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(options.wait);
    let writer = connect(&pool(1), &file, options.wait).await.map_err(cannot_open)?;
    bring_up(&writer, &path, options).await?;
    // A file that may only be read, or that another program holds, is told of now and not by the
    // first employer who files.
    // It changes no row; a transaction alone would not do, for SQLite begins one on such a file.
    sqlx::query("UPDATE _sqlx_migrations SET version = version WHERE version < 0")
        .execute(&writer)
        .await
        .map_err(cannot_open)?;
    let place = if memory { None } else { Some(Place::of(&name)) };
    let place = place.transpose().map_err(|cause| cannot_open(sqlx::Error::Io(cause)))?;
    // A database in memory belongs to its connection, so there readers and writer are one.
    let readers = if memory { writer.clone() } else { pool(options.connections).connect_lazy_with(file) };
    let store = SqlStore::new(Engine::Sqlite { readers, writer }, place, options);
    kept_in::agreed(store, options, cannot_open).await
}

/// Connects; of several programs that start on a new file one gives it its journal, and `SQLite` does
/// not wait for that one by itself.
async fn connect(
    pool: &SqlitePoolOptions,
    file: &SqliteConnectOptions,
    wait: Duration,
) -> Result<SqlitePool, sqlx::Error> {
    let end = Instant::now() + wait;
    loop {
        match pool.clone().connect_with(file.clone()).await {
            Err(error) if trouble(&error) == Trouble::Locked && Instant::now() < end => {
                tokio::time::sleep(LOCKED_PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Brings the tables to this version, in one transaction that begins by waiting for every other
/// writer: `SQLite` has no other lock by which two programs could agree on who does it.
async fn bring_up(writer: &SqlitePool, path: &str, options: Options) -> Result<(), OpenError> {
    let cannot_open = |cause| OpenError::File { path: path.to_owned(), cause };
    let schema = |cause| OpenError::Schema { path: path.to_owned(), cause };
    let steps = migrator();
    let mut connection = writer.acquire().await.map_err(cannot_open)?;
    let mut db = connection.begin_with("BEGIN IMMEDIATE").await.map_err(cannot_open)?;
    match Tables::of(&mut *db, &steps).await.map_err(schema)? {
        Tables::Current => db.rollback().await.map_err(cannot_open),
        Tables::None if !options.make => Err(OpenError::Missing { path: path.to_owned() }),
        Tables::None | Tables::Older(_) => {
            steps.run_direct(None, &mut *db, false).await.map_err(schema)?;
            db.commit().await.map_err(cannot_open)
        }
    }
}

/// Looks at a file as it is, which another portal may be serving.
async fn only_read(
    file: SqliteConnectOptions,
    path: String,
    options: Options,
) -> Result<SqlStore, OpenError> {
    let cannot_open = |cause| OpenError::File { path: path.clone(), cause };
    if !file.get_filename().is_file() {
        return Err(OpenError::Missing { path });
    }
    let place = Place::of(file.get_filename()).map_err(|cause| cannot_open(sqlx::Error::Io(cause)))?;
    let file = file.create_if_missing(false).read_only(true).busy_timeout(options.wait);
    let pool = SqlitePoolOptions::new().max_connections(options.connections).acquire_timeout(options.wait);
    let pool = pool.connect_with(file).await.map_err(cannot_open)?;
    let schema = |cause| OpenError::Schema { path: path.clone(), cause };
    let mut db = pool.acquire().await.map_err(cannot_open)?;
    Tables::of(&mut *db, &migrator()).await.and_then(Tables::current).map_err(schema)?;
    drop(db);
    let store = SqlStore::new(Engine::Sqlite { readers: pool.clone(), writer: pool }, Some(place), options);
    kept_in::agreed(store, options, cannot_open).await
}

/// The whole schema as a text of its own makes it, to be compared with.
pub(crate) async fn fresh() -> Result<SqlitePool, sqlx::Error> {
    let file = SqliteConnectOptions::from_str("sqlite::memory:")?;
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(file).await?;
    migrator().run(&pool).await.map_err(|e| sqlx::Error::Migrate(Box::new(e)))?;
    Ok(pool)
}

/// The steps by which the tables came to be, oldest first; one that was released is never edited.
fn migrator() -> Migrator {
    migrations(&[(1, "books", include_str!("../migrations/sqlite/0001_books.sql"))])
}
