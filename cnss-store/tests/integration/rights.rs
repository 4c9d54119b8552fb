//! A portal's role on a server: with what the manual grants it serves, and can take no lock off; what it
//! may not do, and what a server does not do, is told in words of its own.

use cnss_core::desk::verify_trail;
use cnss_core::port::Store as _;
use cnss_store::{Options, Trouble, open};
use cnss_test_postgres::{Disk, Server};

use crate::audit::{franc, history};

const MANUAL: &str = include_str!("../../../docs/operations.md");

/// The grants, as they stand in the manual.
fn grants() -> &'static str {
    let (_, after) = MANUAL.split_once("```sql\n").expect("a block of SQL in the manual");
    after.split("```").next().expect("its end")
}

#[tokio::test]
async fn a_role_that_owns_nothing_serves_and_takes_no_lock_off() {
    let server = Server::start(Disk::Fast).expect("a server");
    let owner = server.database("books").expect("a database");
    let portal = owner.replace("cnss@", "cnss_portal@");
    assert_ne!(owner, portal);
    open(&owner, Options::new(franc())).await.expect("made by the owner").close().await;
    server.psql("books", grants()).expect("granted");
    let store = open(&portal, Options::new(franc()).existing()).await.expect("opens");
    history(&store).await;
    store.writable().await.expect("ready");
    let now = chrono::DateTime::UNIX_EPOCH;
    let lease = cnss_core::notice::Lease { now, until: now, limit: 10 };
    assert_eq!(store.take_notices(lease).await.expect("asked").len(), 0);
    assert_eq!(verify_trail(&store, []).await.expect("read").findings().count(), 0);
    assert_eq!(store.check().await.expect("read").faults.len(), 0);
    store.close().await;
    let as_portal = |sql: &str| server.psql("books", &format!("SET ROLE cnss_portal; {sql}"));
    as_portal("SELECT COUNT(*) FROM employer").expect("read");
    for sql in [
        "DROP TABLE ledger_entry",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "TRUNCATE ledger_posting",
        "UPDATE _sqlx_migrations SET version = 2",
        "CREATE TABLE more (id INTEGER)",
    ] {
        let refused = as_portal(sql).expect_err(sql).to_string();
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{sql}: {refused}"
        );
    }
    // A new version of the program brings a new step, which only the owner may do.
    server.psql("books", "DROP TABLE _sqlx_migrations").expect("dropped");
    let refused = open(&portal, Options::new(franc())).await.expect_err("it may make nothing");
    assert_eq!(refused.trouble(), Trouble::Rights, "{refused}");
}

#[tokio::test]
async fn a_server_that_does_not_write_is_no_other_version() {
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    server.psql("postgres", "ALTER DATABASE books SET default_transaction_read_only = on").expect("set");
    let refused = open(&url, Options::new(franc())).await.expect_err("it is only read");
    assert_eq!(refused.trouble(), Trouble::Standby, "{refused}");
}

/// A portal that starts while another one brings the tables up to date waits for longer than for a
/// statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_migration_is_waited_for() {
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let options = Options::new(franc()).wait(std::time::Duration::from_millis(300));
    let slow = sqlx::PgPool::connect(&url).await.expect("connected");
    let mut slow = slow.acquire().await.expect("connected");
    // What a migration holds until it is done.
    sqlx::migrate::Migrate::lock(&mut *slow).await.expect("locked");
    let opening = tokio::spawn({
        let url = url.clone();
        async move { open(&url, options).await.map(drop) }
    });
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(!opening.is_finished(), "it gave up");
    sqlx::migrate::Migrate::unlock(&mut *slow).await.expect("unlocked");
    opening.await.expect("ended").expect("opens");
}
