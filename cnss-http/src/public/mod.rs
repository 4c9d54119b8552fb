//! Pages and services for everybody.

pub mod api;
pub mod health;
pub mod help;
pub mod home;
pub mod problem;
pub mod rules;
pub mod simulate;
pub mod simulator;
