//! What the library promises, seen from outside: one binary, one module a promise.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken promise must fail its test")]

mod accounts;
mod architecture;
mod audit;
mod batch;
mod certificate;
mod desk;
mod funds_files;
mod laws;
mod ledger;
mod loading;
mod memory;
mod mutation;
mod payments;
mod race;
mod sheet;
mod situations;
mod world;
