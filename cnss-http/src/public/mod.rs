//! Pages and services for everybody.

pub mod api;
pub(crate) mod certificates;
pub(crate) mod daily;
pub(crate) mod family;
pub(crate) mod funds;
pub(crate) mod given;
pub(crate) mod grant;
pub mod health;
pub mod help;
pub mod home;
pub(crate) mod identifiers;
pub mod problem;
pub mod rights;
pub mod rules;
pub mod simulate;
pub mod simulator;
pub(crate) mod surcharge;
pub(crate) mod survivors;
