//! What identifies a person: names, and how two spellings of one name are compared.
//!
//! The one rule to remember: parse, do not validate. A value of these types is already sound.

mod email;
mod name;

pub use email::{Email, NotAnEmail};
pub use name::{Name, NameKey, NotAName};

/// Sex as civil status records it (sexe).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Féminin.
    Female,
    /// Masculin.
    Male,
}
