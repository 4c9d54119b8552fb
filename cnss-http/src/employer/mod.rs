//! Pages of the employer (« Espace Employeur »).

pub mod account;
pub mod dashboard;
pub mod declaration;
pub mod declarations;
pub mod edit;
pub mod faults;
pub mod month;
pub mod review;
pub mod upload;
