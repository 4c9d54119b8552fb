//! Pensions: who is entitled, how much, from when, and why.
//!
//! A kind of pension is conditions, a reference pay, a rate and adjustments, all from the
//! fund's data. The one rule to remember: every figure comes with the steps that led to it.

mod adjust;
mod first;
mod rate;
mod reference;
mod short;
mod simulate;
mod survivors;

pub(crate) use adjust::rounded;
pub use first::first_award;
pub(crate) use first::first_award_of;
pub use simulate::{Award, Later, Simulation, Subject, amount_only, simulate};
pub(crate) use simulate::{entry_on, start_rule};
pub use survivors::{Deceased, DeceasedRight, Share, SurvivorShares, Who, counts, survivors};
