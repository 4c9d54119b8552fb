//! The reference of a payment (numéro de référence): ten characters that a person can copy at a
//! bank's counter, the last of which says whether the others were copied well.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Digits and letters that nobody takes for one another: no I, L, O, U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Signs before the check sign.
const LENGTH: usize = 9;
/// A prime: one wrong sign, or two that changed places, never leave the sum as it was.
const MODULUS: u32 = 31;

/// Why a reference was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reference of a payment")]
pub struct NotAReference;

/// A reference, written `7K3M9-QXF2A`.
///
/// ```
/// use cnss_core::payment::Reference;
/// let reference = Reference::drawn(uuid::Uuid::from_u128(0x1234_5678_9abc_def0));
/// let copied = reference.to_string().to_lowercase().replace('-', " ");
/// assert_eq!(copied.parse(), Ok(reference));
/// assert!("00000-00001".parse::<Reference>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference([u8; LENGTH]);

impl Reference {
    /// A reference from the last 45 bits of an identity, which are random in one of version 4 or 7; 31
    /// signs a place make 2.6 × 10^13 references.
    #[must_use]
    pub fn drawn(identity: Uuid) -> Self {
        let mut bits = identity.as_u128();
        let mut values = [0_u8; LENGTH];
        for value in &mut values {
            *value = u8::try_from(bits & 31).unwrap_or(0);
            bits >>= 5;
        }
        // A first sign of 31 would weigh nothing in the sum: it is not drawn.
        Self(values.map(|value| value % 31))
    }

    fn check(self) -> u8 {
        let sum =
            (1_u32..).zip(self.0).map(|(weight, value)| weight.saturating_mul(value.into())).sum::<u32>();
        u8::try_from(sum % MODULUS).unwrap_or(0)
    }
}

fn sign(value: u8) -> char {
    SIGNS.get(usize::from(value)).map_or('0', |sign| char::from(*sign))
}

fn value_of(c: char) -> Option<u8> {
    // What a hand or an eye takes for it is taken for it.
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    SIGNS.iter().position(|sign| char::from(*sign) == c).and_then(|place| u8::try_from(place).ok())
}

impl FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let mut read = [0_u8; LENGTH.saturating_add(1)];
        let mut count = 0_usize;
        for c in text.chars() {
            if c == '-' || c.is_whitespace() {
                continue;
            }
            *read.get_mut(count).ok_or(NotAReference)? =
                value_of(c).filter(|value| *value < 31).ok_or(NotAReference)?;
            count = count.saturating_add(1);
        }
        let (check, values) = read.split_last().ok_or(NotAReference)?;
        let reference = Self(values.try_into().map_err(|_| NotAReference)?);
        if count > LENGTH && reference.check() == *check { Ok(reference) } else { Err(NotAReference) }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, value) in self.0.into_iter().chain([self.check()]).enumerate() {
            if place == 5 {
                f.write_str("-")?;
            }
            write!(f, "{}", sign(value))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_sign_or_two_that_changed_places_are_seen() {
        let reference = Reference::drawn(Uuid::from_u128(0x0123_4567_89ab_cdef_0246_8ace_1357_9bdf));
        let text: Vec<char> = reference.to_string().chars().filter(|c| *c != '-').collect();
        for place in 0..text.len() {
            for sign in SIGNS.iter().map(|sign| char::from(*sign)) {
                let mut wrong = text.clone();
                if let Some(c) = wrong.get_mut(place).filter(|c| **c != sign) {
                    *c = sign;
                    let wrong: String = wrong.iter().collect();
                    assert!(wrong.parse::<Reference>().is_err(), "{wrong} was taken for {reference}");
                }
            }
            let mut swapped = text.clone();
            if place > 0 && swapped.get(place) != swapped.get(place - 1) {
                swapped.swap(place - 1, place);
                let swapped: String = swapped.iter().collect();
                assert!(swapped.parse::<Reference>().is_err(), "{swapped} was taken for {reference}");
            }
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", "-", "7K3M9", "7K3M9-QXF2A7", "é7K3M9-QXF2", "ZZZZZ-ZZZZZ", "\u{202e}00000-00000"] {
            assert_eq!(text.parse::<Reference>(), Err(NotAReference), "{text}");
        }
    }
}
