//! Pages anyone can read.

pub mod api;
pub mod home;
pub mod problem;
pub mod rules;
pub mod simulator;
