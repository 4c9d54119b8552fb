//! What the library promises, seen from outside: one binary, one module a promise.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken promise must fail its test")]

mod architecture;
//TMP mod desk;
mod ledger;
mod memory;
//TMP mod pension_laws;
mod sheet;
mod situations;
