//! Benefits other than pensions (prestations): family allowances, daily and monthly cash
//! benefits, grants; and what somebody is entitled to on a day.
//!
//! The one rule to remember: every condition is checked, and a text that was not found refuses.

mod daily;
mod family;
mod grant;
mod rights;

pub use daily::{DailyBenefit, PaidPeriod, Stopped, daily_benefit};
pub use family::{FamilyBenefit, FamilyClaim, family_benefit};
pub use grant::{Grant, GrantAmount, GrantClaim, grant};
pub use rights::{Right, RightState, rights};
