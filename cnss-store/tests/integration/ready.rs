//! Books that are read and not written to are noticed, and so is that they are written again.

use std::time::{Duration, Instant};

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

/// A declaration of ten thousand workers keeps the only connection that writes for longer than whoever
/// asks whether the books are ready waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_commit_under_way_is_proof_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    let store =
        open(&url, Options::new(crate::audit::franc()).wait(Duration::from_secs(60))).await.expect("opens");
    crate::audit::history(&store).await;
    let mut large = crate::audit::posting(1_000, 1);
    for n in 1_001..12_000 {
        large.changes.extend(crate::audit::posting(n, 1).changes);
    }
    tokio::time::sleep(LATER).await;
    let began = Instant::now();
    let commit = tokio::spawn({
        let store = store.clone();
        async move { store.commit(large).await }
    });
    let mut asked_late = 0;
    while !commit.is_finished() {
        let asked = Instant::now();
        tokio::time::timeout(Duration::from_secs(1), store.writable())
            .await
            .expect("in time")
            .expect("ready");
        asked_late += u32::from(asked.duration_since(began) > LATER);
        tokio::time::sleep(LATER / 10).await;
    }
    commit.await.expect("ended").expect("committed");
    assert!(asked_late > 0, "it took only {:?}: no proof of anything", began.elapsed());
}
