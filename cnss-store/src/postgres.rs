//! The books on a PostgreSQL server, which several portals may share.

use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::fault::OpenError;
use crate::open::Options;
use crate::sqlite::migrations;
use crate::store::{Engine, SqlStore};

pub(crate) async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let address = PgConnectOptions::from_str(url).map_err(|_| OpenError::Address)?;
    let place = format!("{}:{}", address.get_host(), address.get_port());
    let wait = options.wait.as_millis().max(1).to_string();
    // Nothing waits for ever, and a session that was left inside a transaction is ended.
    let address = address.options([
        ("statement_timeout", wait.as_str()),
        ("lock_timeout", wait.as_str()),
        ("idle_in_transaction_session_timeout", wait.as_str()),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.wait)
        .connect_with(address)
        .await
        .map_err(|cause| OpenError::Server { place: place.clone(), cause })?;
    migrator().run(&pool).await.map_err(|cause| OpenError::Schema { path: place, cause })?;
    Ok(SqlStore { engine: Engine::Postgres(pool), currency: options.currency })
}

/// The steps by which the tables came to be, oldest first; one that was released is never edited.
fn migrator() -> Migrator {
    migrations(&[(1, "books", include_str!("../migrations/postgres/0001_books.sql"))])
}
