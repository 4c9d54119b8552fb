//! The rules of a national social-security fund (caisse nationale de sécurité sociale).
//!
//! Exact, dated, sourced and explained, with no I/O, no clock and no randomness. The one
//! contract: give it facts and a day, and it answers with an amount and its steps, or with a
//! [`refusal::Refusal`]; give it facts, a command and a `decision::Moment`, and it answers with a
//! `decision::Decision`, which is plain data.
//!
//! Alone, it is the rules. What a fund keeps (declarations filed, payments, accounts, notices, the
//! audit trail, the store's port and the desk) comes with the feature `books`.
//!
//! New here? [`guide`] is the book: a first program, the format of a fund, each mechanism with
//! its law, the two axes of time.
//!
//! | you ask | look at |
//! |---|---|
//! | what is owed for a month's wages | [`declaration::assess`] |
//! | what lateness costs, what is still due | [`ledger`] |
//! | a pension: whether, how much, from when, why | [`pension`] |
//! | contributions and pensions of a whole population, by columns | [`batch`] |
//! | what survivors have | [`pension::survivors`] |
//! | family allowances, daily benefits, grants, all rights on a day | [`benefit`] |
//! | whether a number or a phone is sound | [`fund::Identifier`], [`fund::Fund::mobile`] |
//! | what a filed declaration, a payment, a correction change | `desk` (feature `books`) |
//! | who may log in, and how he came to | `account` (feature `books`) |
//! | what the law says, with its sources | [`fund::Fund`], its `law` |
//! | your own fund, and whether it says what you mean | [`fund::Fund::parse`]; `author` (feature `author`) |
//! | how a figure came about | [`explain`] |
//!
//! The map, in the order in which arrows may point (left is used by right):
//! [`calendar`] [`money`] [`exact`] [`id`] [`person`] ← [`explain`] [`fund`] [`refusal`] ←
//! [`insured`] `employer` `notice` ← [`entitlement`] [`ledger`] ← [`declaration`] `account`
//! `decision` ← [`pension`] ← [`benefit`] ← `author`; and `port` ← `desk`. A test keeps
//! this true.
//!
//! ```
//! use cnss_core::{calendar::parse_date, fund::Fund, insured::{Career, CareerSpan}};
//! use cnss_core::pension::{Subject, simulate};
//!
//! let togo = Fund::builtin("tg")?;
//! let span = CareerSpan::new("2000-01".parse()?, "2024-05".parse()?, 150_000.into());
//! let career = Career::from_spans(&[span])?;
//! let subject = Subject::new(parse_date("1964-02-29")?, parse_date("2024-06-01")?, &career);
//! for step in simulate(&togo, &subject, "normal")?.steps {
//!     println!("{}: {} ({})", step.label, step.value, step.working_text());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(missing_docs)]

// First, for its macro is used by all the others.
#[cfg(feature = "planted")]
#[macro_use]
pub mod planted;
#[cfg(not(feature = "planted"))]
#[macro_use]
mod planted;

#[cfg(feature = "books")]
pub mod access;
#[cfg(feature = "books")]
pub mod account;
#[cfg(feature = "books")]
pub mod audit;
#[cfg(feature = "author")]
pub mod author;
pub mod batch;
pub mod benefit;
pub mod calendar;
pub mod certificate;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "books")]
pub mod decision;
pub mod declaration;
#[cfg(feature = "books")]
pub mod desk;
#[cfg(feature = "books")]
pub mod employer;
pub mod entitlement;
pub mod exact;
pub mod explain;
pub mod fund;
pub mod guide;
pub mod id;
pub mod insured;
pub mod ledger;
#[cfg(feature = "memory")]
pub mod memory;
pub mod money;
#[cfg(feature = "books")]
pub mod notice;
#[cfg(feature = "books")]
pub mod payment;
pub mod pension;
pub mod person;
#[cfg(feature = "books")]
pub mod port;
pub mod refusal;
#[cfg(feature = "proptest")]
pub mod strategy;
pub mod verify;
#[cfg(feature = "world")]
pub mod world;
