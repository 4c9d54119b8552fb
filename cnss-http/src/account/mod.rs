//! Signing in.

pub mod charter;
pub mod login;
pub mod new_password;
pub mod recovery;
pub(crate) mod rules;
pub mod sign_up;
pub mod verification;
