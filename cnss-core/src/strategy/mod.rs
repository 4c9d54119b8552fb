//! Generators of values and of coherent worlds (feature `proptest`), for the tests of those who
//! build on this crate.
//!
//! Everything is sound by construction, and shrinks: a failing case comes back with the fewest
//! months, children, workers or commands that still fail. The one rule to remember: a part of a
//! world only refers to what that world holds.
//!
//! | you test | take |
//! |---|---|
//! | a form, a reader, a store's columns | [`date`], [`month`], [`name`], [`amount`], [`identifier`], [`mistyped`] |
//! | a rule on pay | [`wage`], [`wage_near_limits`] |
//! | a pension | [`career`], [`winding_career`], [`claim`] |
//! | survivors, family allowances | [`household`] |
//! | a store, a counter, an account | [`workplace`], [`script`] |
//!
//! A law over a fund of your own reads like this:
//!
//! ```
//! use cnss_core::pension::{Subject, simulate};
//! use cnss_core::strategy;
//! use proptest::prelude::*;
//!
//! let fund = cnss_core::fund::Fund::builtin("tg").expect("built in");
//! let someone = (strategy::winding_career(&fund, 1990..=2020), strategy::household(2024));
//! proptest!(ProptestConfig::with_cases(32), |((career, home) in someone)| {
//!     let award = "2024-06-01".parse().expect("a day");
//!     prop_assume!(home.birth_date < award);
//!     let answer = simulate(&fund, &Subject::new(home.birth_date, award, &career), "normal");
//!     // A right, or every reason why not.
//!     let answer = answer.expect("the law of 2024 is known");
//!     prop_assert_eq!(answer.eligible(), answer.reasons.is_empty());
//! });
//! ```
//!
//! A whole life of a fund, on any store:
//!
//! ```
//! use std::sync::Arc;
//! use cnss_core::{desk::Desk, fund::Fund, memory::MemoryStore, strategy};
//! use proptest::prelude::*;
//!
//! let fund = Arc::new(Fund::builtin("tg").expect("built in"));
//! let wait = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
//! let first = "2023-T1".parse().expect("a quarter");
//! proptest!(ProptestConfig::with_cases(8), |(script in strategy::script(&fund, first, 1..=12))| {
//!     // Your own store stands here.
//!     let desk = Desk::new(Arc::new(MemoryStore::new()), Arc::clone(&fund));
//!     let answers = wait.block_on(script.play(&desk)).expect("the store answers");
//!     for (step, answer) in script.steps.iter().zip(&answers) {
//!         prop_assert_eq!(answer.refusal().is_none(), step.sound, "{:?}: {:?}", step, answer);
//!     }
//! });
//! ```

mod careers;
mod employers;
mod households;
mod script;
mod values;

pub use careers::{career, claim, winding_career};
pub use employers::{Hired, PastQuarter, Workplace, lines, workplace};
pub use households::{Household, child, household};
pub use script::{Answer, Command, Script, Step, script};
pub use values::{
    amount, date, date_in, employer_number, identifier, insured_number, leap_day, mistyped, month, month_in,
    name, quarter, wage, wage_near_limits,
};
