//! Phones (téléphone), in the one form in which all networks know them: E.164.
//!
//! Which of them a fund sends messages to is in its plan, see `fund::Fund::mobile`. The one rule to
//! remember: a phone is personal; where it must be shown to somebody else, its middle is hidden.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Why a phone was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a phone")]
pub struct NotAPhone;

/// A phone: `+`, then 7 to 15 digits, the first not zero.
///
/// ```
/// use cnss_core::person::Phone;
/// let phone = Phone::parse("+22890123456")?;
/// assert_eq!(phone.masked(), "+22890••••56");
/// assert!(Phone::parse("90123456").is_err());
/// # Ok::<(), cnss_core::person::NotAPhone>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads the plain form, as it is kept.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(text: &str) -> Result<Self, NotAPhone> {
        let digits = text.strip_prefix('+').ok_or(NotAPhone)?;
        let sound = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if sound { Ok(Self(text.to_owned())) } else { Err(NotAPhone) }
    }

    /// The phone as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits without the `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.strip_prefix('+').unwrap_or(&self.0)
    }

    /// What may be shown to somebody else: the middle is hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let last = self.0.len().saturating_sub(2);
        let hidden = |(place, c): (usize, char)| if place >= 6 && place < last { '•' } else { c };
        self.0.chars().enumerate().map(hidden).collect()
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A text with the digits of Arabic and Persian keyboards as 0 to 9.
///
/// ```
/// assert_eq!(cnss_core::person::western_digits("٠١٢ ۳۴"), "012 34");
/// ```
#[must_use]
pub fn western_digits(text: &str) -> String {
    let western = |c: char| {
        let zero = match c {
            '\u{660}'..='\u{669}' => '\u{660}',
            '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
            _ => return c,
        };
        char::from_digit(u32::from(c).saturating_sub(u32::from(zero)), 10).unwrap_or(c)
    };
    text.chars().map(western).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_form_is_a_phone() {
        for bad in [
            "",
            "+",
            "22890123456",
            "+0228901234",
            "+228 90123456",
            "+2289012345678901",
            "+228901a3456",
            "+٢٢٨٩٠١٢٣٤٥٦",
        ] {
            assert_eq!(Phone::parse(bad), Err(NotAPhone), "{bad:?} must be refused");
        }
        assert_eq!(format!("{:?}", Phone::parse("+21261234567").expect("a phone")), "+21261••••67");
    }
}
