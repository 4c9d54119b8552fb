//! A server that says nothing: its machine is lost, and nobody closes its connections. Everything that
//! asks it is told so in time, and sessions that will never answer keep nobody else from new ones.

use std::time::{Duration, Instant};

use cnss_core::id::EmployerId;
use cnss_core::port::Store as _;
use cnss_store::{Options, SqlStore, open};
use cnss_test_postgres::{Disk, Server};

use crate::audit::{franc, history, posting};

/// The longest that anything here may take: six waits for a transaction, and a busy machine.
const IN_TIME: Duration = Duration::from_secs(20);

fn options() -> Options {
    Options::new(franc()).wait(Duration::from_millis(500)).connections(4)
}

async fn read(store: &SqlStore) -> bool {
    store.entries(EmployerId(uuid::Uuid::from_u128(1)), i64::MIN, 100).await.is_ok()
}

/// Waits for all of them, and no longer than is allowed.
async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(IN_TIME, work).await.unwrap_or_else(|_| panic!("{what}: not answered"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_keeps_nobody_waiting() {
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let store = open(&url, options()).await.expect("opens");
    history(&store).await;
    server.freeze(false).expect("frozen");
    for round in 0..3_u128 {
        assert!(!in_time("a read", read(&store)).await);
        in_time("a commit", store.commit(posting(100 + round, 1))).await.expect_err("frozen");
        in_time("a seal", store.seal_lines(chrono::DateTime::UNIX_EPOCH)).await.expect_err("frozen");
        in_time("a trial", store.writable()).await.expect_err("frozen");
    }
    server.thaw().expect("thawed");
    let end = Instant::now() + IN_TIME;
    while !(read(&store).await && store.commit(posting(200, 1)).await.is_ok()) {
        assert!(Instant::now() < end, "it does not recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.freeze(false).expect("frozen");
    in_time("the end", store.close()).await;
    server.thaw().expect("thawed");
}

/// The sessions that are open are lost for good, but new ones can be had: as after a failover of the
/// address, or behind a firewall that forgot what it had seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_never_answer_are_given_up() {
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let store = open(&url, options()).await.expect("opens");
    history(&store).await;
    for _ in 0..3 {
        // All sessions are in use, or just being given back.
        let readers: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    for _ in 0..200 {
                        if !read(&store).await {
                            return;
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(30)).await;
        server.freeze(true).expect("frozen");
        for reader in readers {
            in_time("readers", reader).await.expect("ended");
        }
        let end = Instant::now() + IN_TIME;
        while !in_time("a read", read(&store)).await {
            assert!(Instant::now() < end, "no new sessions are opened");
        }
        // As many as there may be.
        let all = (0..4).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { read(&store).await })
        });
        for one in all.collect::<Vec<_>>() {
            assert!(in_time("a read", one).await.expect("ended"));
        }
    }
    server.thaw().expect("thawed");
}
