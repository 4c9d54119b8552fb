//! Books that are read and not written to are noticed, and so is that they are written again.

use std::time::Duration;

use cnss_core::money::Currency;
use cnss_core::port::Store as _;
use cnss_store::{Options, SqlStore, open};
use cnss_test_postgres::{Disk, Server};
use sqlx::Connection as _;

/// Longer than the answer of a trial holds.
const LATER: Duration = Duration::from_millis(1_100);

fn options() -> Options {
    Options::new(Currency::new("XOF", 0).expect("a currency")).wait(Duration::from_millis(300))
}

/// Asks until it is so.
async fn until(store: &SqlStore, writable: bool) {
    for _ in 0..20 {
        if store.writable().await.is_ok() == writable {
            return;
        }
        tokio::time::sleep(LATER / 4).await;
    }
    panic!("never: writable {writable}");
}

#[tokio::test]
async fn a_file_that_somebody_holds_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    let store = open(&url, options()).await.expect("opens");
    store.writable().await.expect("written to");
    let mut other = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("held");
    store.writable().await.expect("what was found a moment ago holds");
    until(&store, false).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("let go");
    until(&store, true).await;
    let left: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut other).await.expect("read");
    assert_eq!(left, 0, "a trial leaves nothing behind");
}

#[tokio::test]
async fn a_server_that_turned_read_only_is_noticed() {
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let store = open(&url, options()).await.expect("opens");
    store.writable().await.expect("written to");
    let set = |how: &str| {
        let sql = format!("ALTER SYSTEM SET default_transaction_read_only = {how}");
        server.psql("postgres", &sql).expect("set");
        server.psql("postgres", "SELECT pg_reload_conf()").expect("read again");
    };
    set("on");
    until(&store, false).await;
    store.receipt(cnss_core::id::RequestKey(uuid::Uuid::nil())).await.expect("still read");
    set("off");
    until(&store, true).await;
}
