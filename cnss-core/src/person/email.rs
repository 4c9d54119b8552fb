//! E-mail addresses (courriel), as the fund accepts them: the login of most accounts.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct NotAnEmail;

/// An e-mail address in lower case: one `@`, a domain with a dot, no space, at most 254 characters.
///
/// ```
/// use cnss_core::person::Email;
/// assert_eq!(Email::parse(" Afi@Example.TG ")?.as_str(), "afi@example.tg");
/// assert!(Email::parse("a@b").is_err());
/// # Ok::<(), cnss_core::person::NotAnEmail>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// When it cannot be one.
    pub fn parse(text: &str) -> Result<Self, NotAnEmail> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.split_once('@').ok_or(NotAnEmail)?;
        let dotted = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.contains("..")
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
        let sound = address.len() <= 254
            && local.len() <= 64
            && dotted(local)
            && dotted(domain)
            && domain.contains('.')
            && local.chars().all(allowed)
            && domain.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        if sound { Ok(Self(address)) } else { Err(NotAnEmail) }
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_and_injections_are_refused() {
        for bad in [
            "",
            "a",
            "a@b",
            "a..b@x.tg",
            "a@x..tg",
            "a@b@c.tg",
            "a b@x.tg",
            "a@x.tg\r\nBcc: z@x.tg",
            ".a@x.tg",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?} must be refused");
        }
    }
}
