//! Pages of the insured person (« Espace Assuré »).

pub mod account;
pub mod dashboard;
pub mod month;
pub mod simulator;
