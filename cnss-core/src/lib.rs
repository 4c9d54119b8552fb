//! The rules of a national social-security fund (caisse nationale de sécurité sociale).
//!
//! Exact, dated, sourced and explained, with no I/O, no clock and no randomness. The one
//! contract: give it facts, a command, a [`decision::Moment`], and it answers with a
//! [`refusal::Refusal`] or a [`decision::Decision`], which is plain data.
//!
//! The map, in the order in which arrows may point (left is used by right):
//! [`calendar`] [`money`] [`id`] [`person`] ← [`explain`] [`fund`] ← [`insured`] [`employer`]
//! [`declaration`] [`ledger`] [`pension`] [`account`] ← [`decision`] [`refusal`] [`notice`] ←
//! [`port`] ← [`desk`]. A test keeps this true.
//!
//! ```
//! use cnss_core::{calendar::parse_date, fund::Fund, insured::{Career, CareerSpan}};
//! use cnss_core::pension::{Kind, Subject, simulate};
//!
//! let togo = Fund::builtin("tg")?;
//! let span = CareerSpan { from: "2000-01".parse()?, to: "2024-05".parse()?, wage: 150_000.into() };
//! let career = Career::from_spans(&[span])?;
//! let subject = Subject { birth_date: parse_date("1964-02-29")?, award_date: parse_date("2024-06-01")?, career: &career };
//! for step in simulate(&togo, &subject, Kind::Normal)?.steps {
//!     println!("{}: {} ({})", step.label, step.value, step.working_text());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(missing_docs)]

pub mod access;
pub mod account;
pub mod benefit;
pub mod calendar;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod decision;
pub mod declaration;
pub mod desk;
pub mod employer;
pub mod entitlement;
pub mod exact;
pub mod explain;
pub mod fund;
pub mod id;
pub mod insured;
pub mod ledger;
#[cfg(feature = "memory")]
pub mod memory;
pub mod money;
pub mod mutation;
pub mod notice;
pub mod pension;
pub mod person;
pub mod port;
pub mod refusal;
pub mod situation;
#[cfg(feature = "proptest")]
pub mod strategy;
