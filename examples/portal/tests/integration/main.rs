//! The program as an operator meets it: commands, readiness, measures, the stop.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken promise must fail its test")]

mod commands;
mod gateway;
mod portal;
mod watching;
