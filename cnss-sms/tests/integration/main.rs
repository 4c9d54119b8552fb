//! The courier over the reference store: what waits is carried once, and what fails waits.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot prepare its case must fail")]

mod delivery;
mod http;
mod log;
mod mail;
mod peer;
mod post;
mod settings;
mod smpp;
mod status;
mod world;
