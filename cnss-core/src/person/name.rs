//! Names (nom, prénoms, raison sociale), and the key by which two spellings are the same name.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters a name may have.
const MOST: usize = 120;

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a name")]
pub struct NotAName;

/// A person's or a company's name: any script, accents and apostrophes welcome; 1 to 120
/// characters, no control or direction-changing characters, single spaces.
///
/// ```
/// use cnss_core::person::Name;
/// let name = Name::parse("  N'Guissan   Akouété ")?;
/// assert_eq!(name.as_str(), "N'Guissan Akouété");
/// assert_eq!(name.key(), Name::parse("nguissan akouete")?.key());
/// # Ok::<(), cnss_core::person::NotAName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Reads a name, folding its spaces.
    ///
    /// # Errors
    /// When nothing readable is left, it is too long, or it holds characters that no name holds.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>();
        let forbidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '<' | '>')
        };
        let sound = name.chars().any(char::is_alphanumeric)
            && name.chars().count() <= MOST
            && !name.chars().any(forbidden);
        if sound { Ok(Self(name)) } else { Err(NotAName) }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key for comparing and searching.
    #[must_use]
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A name without case, accents, spaces and punctuation: equal keys are one name to a clerk.
///
/// Computed here because databases fold text each in their own way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey(String);

impl NameKey {
    /// The key of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.is_ascii() {
            // Most names on a wage file: no decomposition needed.
            return Self(
                text.bytes()
                    .filter(u8::is_ascii_alphanumeric)
                    .map(|b| char::from(b.to_ascii_lowercase()))
                    .collect(),
            );
        }
        Self(
            text.nfkd()
                .filter(|c| !is_combining_mark(*c) && c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect(),
        )
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_region_are_names() {
        for name in
            ["Kossi", "N'Guissan", "Adjo Akouété", "D’Almeida", "عائشة", "Ou-Sékou", "SOTRAL 2000 S.A."]
        {
            assert_eq!(Name::parse(name).map(|n| n.to_string()), Ok(name.to_owned()));
        }
        for bad in ["", "  ", "'", "-", "a\u{202e}b", "<b>", "a\u{0}", &"x".repeat(121)] {
            assert!(Name::parse(bad).is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn a_key_forgets_what_a_clerk_forgets() {
        for (a, b) in
            [("Akouété", "AKOUETE"), ("N'Guissan", "N’guissan"), ("Ou Sékou", "OU-SEKOU"), ("é", "e\u{301}")]
        {
            assert_eq!(NameKey::of(a), NameKey::of(b), "{a} and {b}");
        }
        assert_ne!(NameKey::of("Kossi"), NameKey::of("Kofi"));
    }
}
