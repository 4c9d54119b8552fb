//! What the store on SQLite promises: the kit of the core, and what only a file can do.
#![expect(clippy::expect_used, reason = "a broken promise must fail its test")]

mod conformance;
mod file;
