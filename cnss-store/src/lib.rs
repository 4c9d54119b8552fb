//! The fund's books on SQLite or PostgreSQL, behind [`cnss_core::port::Store`].
//!
//! SQL lives here and nowhere else, one text for both engines. A commit is one transaction and
//! runs in a task of its own: a client that hangs up cannot stop it half-way. The one rule to
//! remember: when [`Store::commit`](cnss_core::port::Store::commit) answers, it is on the disk.
//!
//! | file | what it is |
//! |---|---|
//! | `sqlite`, `postgres` | opening the books, and the steps by which their tables came to be |
//! | `version` | of which version the tables are |
//! | `place` | whether the file is still the one that was opened |
//! | `kept_in` | in which currency the books are kept |
//! | `session` | a session on the server, given up in time whatever becomes of it |
//! | `plan` | a batch as statements, in order |
//! | `read` | reading, subject by subject |
//! | `accounts` | accounts: what a commit does to them, reading, and what goes |
//! | `audit` | the audit trail: reading and sealing it; balances |
//! | `check` | what only the database can say of itself: keys, sums, running balances |
//! | `check_named` | what the audit trail names is there, and announced money is as it was written |
//! | `copy` | a copy of the file while others write (sauvegarde) |
//! | `deliveries` | what became of each message on each way |
//! | `measure` | numbers for whoever watches over the books |
//! | `outbox` | notices are taken, sent, settled |
//! | `group` | commits that wait are written together |
//! | `generator` | a whole country, for measuring (feature `generator`) |
//! | `waist` | one text for both engines: values, rows, statements |
//! | `fault` | errors, told apart by what can be done about them |
//! | `faults` | commits that a test breaks off (feature `faults`) |
#![deny(missing_docs)]

mod accounts;
mod audit;
mod check;
mod check_named;
#[cfg(test)]
mod checks;
mod copy;
mod deliveries;
mod fault;
mod faults;
#[cfg(feature = "generator")]
pub mod generator;
mod group;
mod kept_in;
mod measure;
mod open;
mod outbox;
mod place;
mod plan;
mod postgres;
mod read;
mod ready;
mod session;
mod sqlite;
mod store;
mod version;
mod waist;

pub use check::{Checked, Fault};
pub use copy::CopyError;
pub use deliveries::{Delivered, Handing};
pub use fault::{KeptIn, OpenError, Trouble};
pub use measure::Measures;
pub use open::{Options, open};
pub use store::SqlStore;
