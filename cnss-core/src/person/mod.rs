//! What identifies a person: names, and how two spellings of one name are compared.
//!
//! The one rule to remember: parse, do not validate. A value of these types is already sound.

mod email;
mod name;
mod phone;

pub use email::{Email, NotAnEmail};
pub use name::{Name, NameKey, NotAName};
pub use phone::{NotAPhone, Phone, western_digits};

/// Sex as civil status records it (sexe).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Féminin.
    Female,
    /// Masculin.
    Male,
}
