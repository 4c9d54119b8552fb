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
