//! The books on a PostgreSQL server, which several portals may share.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::PgConnection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::fault::OpenError;
use crate::open::Options;
use crate::sqlite::{STATEMENTS_KEPT, migrations, of_this_version};
use crate::store::{Engine, SqlStore};

/// After so long without use a connection is asked whether it still lives.
const RESTED: Duration = Duration::from_secs(1);
/// How long a server is waited for when the books are opened: after a power cut it starts at the same
/// time as the portal, and first replays what it had promised.
const STARTING: Duration = Duration::from_secs(30);

pub(crate) async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let address = PgConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
    let place = format!("{}:{}", address.get_host(), address.get_port());
    let wait = options.wait.as_millis().max(1).to_string();
    let statement = options.statement.as_millis().max(1).to_string();
    // Nothing waits for ever, and a session that was left inside a transaction is ended.
    let address = address.statement_cache_capacity(STATEMENTS_KEPT).options([
        ("statement_timeout", statement.as_str()),
        ("lock_timeout", wait.as_str()),
        ("idle_in_transaction_session_timeout", wait.as_str()),
    ]);
    let unreachable = |cause| OpenError::Server { place: place.clone(), cause };
    if let Err(sqlx::Error::Io(cause)) = PgConnection::connect_with(&address).await {
        tracing::warn!(%place, %cause, seconds = STARTING.as_secs(), "the server does not answer yet: it is waited for");
    }
    let patient = PgPoolOptions::new().max_connections(1).acquire_timeout(STARTING.max(options.wait));
    let opening = patient.connect_with(address.clone()).await.map_err(unreachable)?;
    let schema = |cause| OpenError::Schema { path: place.clone(), cause };
    if options.only_read {
        let mut db = opening.acquire().await.map_err(unreachable)?;
        of_this_version(&mut *db, &migrator()).await.map_err(schema)?;
    } else {
        migrator().run(&opening).await.map_err(schema)?;
    }
    opening.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.wait)
        // A connection that was used a moment ago is not asked whether it still lives: that would
        // double what every read costs.
        .test_before_acquire(false)
        .before_acquire(|connection, used| {
            Box::pin(async move {
                if used.idle_for >= RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(address);
    Ok(SqlStore::new(Engine::Postgres(pool), options))
}

/// The steps by which the tables came to be, oldest first; one that was released is never edited.
fn migrator() -> Migrator {
    migrations(&STEPS)
}

/// Version, name and text of each.
pub(crate) const STEPS: [(i64, &str, &str); 1] =
    [(1, "books", include_str!("../migrations/postgres/0001_books.sql"))];

/// What they make together, as the server itself says it (one line each: what, of which table, its
/// definition), for comparing: a copy of the result of `check::on_postgres::SHAPE` on new books.
pub(crate) const SHAPE: &str = include_str!("../migrations/postgres/shape.tsv");
