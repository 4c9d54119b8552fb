//! The books on a PostgreSQL server, which several portals may share.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::PgConnection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use tokio::time::timeout;

use crate::fault::OpenError;
use crate::kept_in;
use crate::open::Options;
use crate::session::{Session, silent};
use crate::sqlite::STATEMENTS_KEPT;
use crate::store::{Engine, SqlStore};
use crate::version::{Tables, migrations};

/// After so long without use a connection is asked whether it still lives.
const RESTED: Duration = Duration::from_secs(1);
/// And given so long to say so; then another one is opened.
const ALIVE_WITHIN: Duration = Duration::from_secs(2);
/// How long a server is waited for when the books are opened: after a power cut it starts at the same
/// time as the portal, and first replays what it had promised.
const STARTING: Duration = Duration::from_secs(30);

/// How long bringing the tables up to date may last, the wait for another portal that does it included.
const MIGRATING: Duration = Duration::from_secs(3_600);

pub(crate) async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let server = PgConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
    let server = server.statement_cache_capacity(STATEMENTS_KEPT);
    let place = format!("{}:{}", server.get_host(), server.get_port());
    if !unchecked_is_safe(&server) {
        tracing::warn!(%place, "nobody checks that this is the right server: add sslmode=verify-full to the address");
    }
    // Nothing waits for ever, and a session that was left inside a transaction is ended.
    let address = limited(server.clone(), options.statement, options.wait);
    let unreachable = |cause| OpenError::Server { place: place.clone(), cause };
    let first = timeout(options.wait, PgConnection::connect_with(&address)).await;
    if let Err(sqlx::Error::Io(cause)) = first.unwrap_or_else(|_| Err(silent())) {
        tracing::warn!(%place, %cause, seconds = STARTING.as_secs(), "the server does not answer yet: it is waited for");
    }
    let patient = PgPoolOptions::new().max_connections(1).acquire_timeout(STARTING.max(options.wait));
    let opening = patient.connect_with(address.clone()).await.map_err(unreachable)?;
    let schema = |cause| OpenError::Schema { path: place.clone(), cause };
    let mut session = Session::of(&opening).await.map_err(unreachable)?;
    let found = timeout(options.wait, Tables::of(session.db(), &migrator())).await;
    let found = found.unwrap_or_else(|_| Err(MigrateError::Execute(silent()))).map_err(schema)?;
    session.end();
    drop(session);
    match found {
        Tables::Current => {}
        found if options.only_read => found.current().map_err(schema)?,
        Tables::None if !options.make => return Err(OpenError::Missing { path: place }),
        Tables::None | Tables::Older(_) => {
            // A change of large tables takes its time.
            let unhurried = limited(server, MIGRATING, MIGRATING);
            let db = timeout(options.wait, PgConnection::connect_with(&unhurried)).await;
            let mut db = db.unwrap_or_else(|_| Err(silent())).map_err(unreachable)?;
            let steps = migrator();
            let done = timeout(MIGRATING, steps.run_direct(None, &mut db, false)).await;
            done.unwrap_or_else(|_| Err(MigrateError::Execute(silent()))).map_err(schema)?;
        }
    }
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.wait)
        // A connection that was used a moment ago is not asked whether it still lives: that would
        // double what every read costs.
        .test_before_acquire(false)
        .before_acquire(|connection, used| {
            Box::pin(async move {
                if used.idle_for >= RESTED {
                    timeout(ALIVE_WITHIN, connection.ping()).await.unwrap_or_else(|_| Err(silent()))?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(address);
    let store = SqlStore::new(Engine::Postgres(pool), None, options);
    kept_in::agreed(store, options, unreachable).await
}

/// True where nobody can stand in between, or who does is found out.
fn unchecked_is_safe(server: &PgConnectOptions) -> bool {
    let host = server.get_host();
    let here = host == "localhost"
        || host.starts_with('/')
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    here || server.get_socket().is_some() || matches!(server.get_ssl_mode(), PgSslMode::VerifyFull)
}

/// The address, with how long a statement may take and how long it may wait for others.
fn limited(server: PgConnectOptions, statement: Duration, wait: Duration) -> PgConnectOptions {
    let (statement, wait) = (statement.as_millis().max(1).to_string(), wait.as_millis().max(1).to_string());
    server.options([
        ("statement_timeout", statement.as_str()),
        ("lock_timeout", wait.as_str()),
        ("idle_in_transaction_session_timeout", wait.as_str()),
    ])
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
