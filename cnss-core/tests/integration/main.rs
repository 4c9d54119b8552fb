//! What the library promises, seen from outside: one binary, one module a promise.

mod architecture;
mod desk;
mod ledger;
mod memory;
mod pension_laws;
mod sheet;
mod situations;
