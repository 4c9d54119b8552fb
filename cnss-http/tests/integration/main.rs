//! What the portal's edge promises, seen from outside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken promise must fail its test"
)]

mod accounts;
mod workbook;
