//! What the store promises on either engine: the kit of the core, and what only a file or a server
//! can do.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken promise must fail its test")]

mod audit;
mod check;
mod conformance;
mod country;
mod crash;
mod deliveries;
mod disconnects;
mod encrypted;
mod file;
mod groups;
mod outbox;
mod ready;
mod rights;
mod server;
mod silence;
mod world;
