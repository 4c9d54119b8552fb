//! The old-age pension (pension de vieillesse), normal and early: am I entitled, to how much,
//! and why.
//!
//! [`simulate`] answers at once from a career. It says every missing condition, not just the
//! first; every figure has its step, and every step its source. The one rule to remember: a
//! simulation promises nothing that the law read does not say; its caveats name the rest.

mod eligibility;
mod formula;
mod simulate;

pub use eligibility::Reason;
pub use simulate::{Kind, Simulation, Subject, first_award, simulate};
