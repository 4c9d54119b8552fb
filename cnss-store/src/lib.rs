//! The fund's books on SQLite, behind [`cnss_core::port::Store`].
//!
//! SQL lives here and nowhere else, one file a subject, each statement with `$1` parameters
//! that PostgreSQL understands too. A commit is one transaction, begun `IMMEDIATE`, and runs
//! in a task of its own: a client that hangs up cannot stop it half-way. The one rule to
//! remember: when [`Store::commit`](cnss_core::port::Store::commit) answers, it is on the disk.
#![deny(missing_docs)]

mod books;
mod commit;
mod fault;
mod read;
mod row;
mod sqlite;

pub use fault::OpenError;
pub use sqlite::{SqliteStore, open};
