//! The courier over the reference store: what waits is carried once, and what fails waits.
#![expect(clippy::expect_used, reason = "a test that cannot prepare its case must fail")]

mod delivery;
mod log;
mod world;
