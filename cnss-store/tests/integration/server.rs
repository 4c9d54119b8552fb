//! The server: one for all tests here, a database for each.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use cnss_test_postgres::{Disk, Server};

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(Disk::Fast).expect("a server"));
static COUNT: AtomicU32 = AtomicU32::new(1);

/// The address of an empty database.
pub fn database() -> String {
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    SERVER.database(&format!("books_{n}")).expect("a database")
}

/// The address of a copy of a database that nobody has open.
pub fn copy_of(url: &str) -> String {
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let from = url.rsplit('/').next().expect("a name");
    SERVER.psql("postgres", &format!("CREATE DATABASE books_{n} TEMPLATE {from}")).expect("a copy");
    SERVER.url(&format!("books_{n}"))
}

/// A database that nobody has open and nobody needs any more: long runs would fill the disk with them.
pub fn drop(url: &str) {
    let name = url.rsplit('/').next().expect("a name");
    SERVER.psql("postgres", &format!("DROP DATABASE {name}")).expect("dropped");
}
