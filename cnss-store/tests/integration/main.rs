//! What the store promises on either engine: the kit of the core, and what only a file or a server
//! can do.
#![expect(clippy::expect_used, reason = "a broken promise must fail its test")]

mod conformance;
mod disconnects;
mod file;
mod groups;
mod server;
