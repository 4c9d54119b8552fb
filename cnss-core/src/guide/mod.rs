//! The book of the library: a first program, the format of a fund, each mechanism with its law,
//! the two axes of time, and how to test what is built on it.
//!
//! 1. [`first`]: load a fund, ask, read why.
//! 2. [`mod@format`]: the folder of a fund, line by line.
//! 3. [`mechanisms`]: what each mechanism does, in which law it stands, and a case worked by hand.
//! 4. [`time`]: the law of a day, and the law as it was known on a day.
//! 5. `accounts` (feature `books`): signing up, codes, and what a store and an edge do for it.
//!
//! This module holds no code.

#[cfg(feature = "books")]
#[doc = include_str!("accounts.md")]
pub mod accounts {}

#[doc = include_str!("first.md")]
pub mod first {}

#[doc = include_str!("../../funds/README.md")]
pub mod format {}

#[doc = include_str!("mechanisms.md")]
pub mod mechanisms {}

#[doc = include_str!("time.md")]
pub mod time {}
