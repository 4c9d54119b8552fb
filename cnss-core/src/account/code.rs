//! The key of the portal, and what is derived under it: codes (code de validation), first passwords,
//! keys for other ends.
//!
//! The one rule to remember: a code is never kept. It is derived from its challenge under a key that
//! only the edge holds, so that the same code can be sent again, and neither the books nor the outbox
//! hold one.

use hmac_sha256::HMAC;

use super::Source;
use crate::id::ChallengeId;
use crate::notice::Secret;
use crate::person::western_digits;

/// The key under which codes are derived; only the edge holds it.
#[derive(Clone)]
pub struct CodeKey([u8; 32]);

impl std::fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeKey(…)")
    }
}

/// A code, or a first password: a secret that goes to its addressee and nowhere else.
#[derive(Clone)]
pub struct Code(String);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// Letters and digits that are not taken for one another on a small screen.
const READABLE: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many of them make a first password.
const FIRST_PASSWORD: u8 = 12;

impl CodeKey {
    /// A key that the edge drew once and keeps.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The code of a challenge, in one of its generations.
    #[must_use]
    pub fn code(&self, challenge: ChallengeId, generation: u32, digits: u8) -> Code {
        self.derive(b"code", challenge, generation, digits, b"0123456789")
    }

    /// The first password of the account that a challenge opens: one of each kind of character, so
    /// that no fund's rule refuses it.
    #[must_use]
    pub fn first_password(&self, challenge: ChallengeId) -> Code {
        let Code(text) = self.derive(b"first password", challenge, 0, FIRST_PASSWORD, READABLE);
        Code(format!("{text}-a7K"))
    }

    /// The secret that a message carries, for whoever sends it now.
    #[must_use]
    pub fn secret(&self, secret: Secret) -> Code {
        match secret {
            Secret::Code(challenge, generation, digits) => self.code(challenge, generation, digits),
            Secret::FirstPassword(challenge) => self.first_password(challenge),
        }
    }

    /// A key for something else than codes, which neither is nor tells this one: whoever runs the
    /// portal keeps one key.
    #[must_use]
    pub fn key_for(&self, purpose: &str) -> [u8; 32] {
        let mut mac = HMAC::new(self.0);
        mac.update(b"key for ");
        mac.update(purpose.as_bytes());
        mac.finalize()
    }

    /// Where a request comes from, by the network part of its address: the digest says which requests
    /// come from one place, and stolen books do not say from where.
    #[must_use]
    pub fn source(&self, network: &[u8]) -> Source {
        let mut mac = HMAC::new(self.0);
        mac.update(b"source");
        mac.update(network);
        let mut short = [0_u8; 8];
        for (to, from) in short.iter_mut().zip(mac.finalize()) {
            *to = from;
        }
        Source(short)
    }

    /// Unbiased: bytes past the last whole multiple of the alphabet are thrown away.
    fn derive(
        &self,
        label: &[u8],
        challenge: ChallengeId,
        generation: u32,
        length: u8,
        alphabet: &[u8],
    ) -> Code {
        let size = u8::try_from(alphabet.len()).unwrap_or(u8::MAX).max(1);
        let usable = u8::MAX.saturating_sub(u8::MAX.checked_rem(size).unwrap_or(0));
        let mut text = String::new();
        let mut block = 0_u32;
        while text.len() < usize::from(length) {
            let mut mac = HMAC::new(self.0);
            mac.update(label);
            mac.update(challenge.0.as_bytes());
            mac.update(generation.to_be_bytes());
            mac.update(block.to_be_bytes());
            for byte in mac.finalize() {
                let place = usize::from(byte.checked_rem(size).unwrap_or(0));
                if byte < usable && text.len() < usize::from(length) {
                    text.extend(alphabet.get(place).map(|b| char::from(*b)));
                }
            }
            block = block.saturating_add(1);
        }
        Code(text)
    }
}

impl Code {
    /// The secret, for the message that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether that is what was typed: spaces and hyphens do not count, digits of any keyboard do,
    /// and how long it takes says nothing.
    #[must_use]
    pub fn is(&self, typed: &str) -> bool {
        if typed.len() > 100 {
            return false;
        }
        let typed: String =
            western_digits(typed).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let differing = self.0.bytes().zip(typed.bytes()).fold(0_u8, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(differing) == 0 && self.0.len() == typed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn key() -> CodeKey {
        CodeKey::new([7; 32])
    }

    #[test]
    fn a_code_is_its_digits_however_they_are_typed() {
        let code = Code("012345".to_owned());
        for typed in ["012345", " 012 345 ", "012-345", "٠١٢٣٤٥", "۰۱۲۳۴۵", "0 1 2 3 4 5\n"] {
            assert!(code.is(typed), "{typed:?}");
        }
        for typed in ["", "12345", "0123456", "012346", "01234५", &"0".repeat(100_000)] {
            assert!(!code.is(typed), "{} characters", typed.len());
        }
    }

    #[test]
    fn every_digit_is_drawn_about_as_often() {
        let mut counts = [0_u32; 10];
        for n in 0..2_000_u128 {
            for digit in key().code(ChallengeId(Uuid::from_u128(n)), 1, 6).reveal().bytes() {
                counts[usize::from(digit - b'0')] += 1;
            }
        }
        // 12,000 draws, 1,200 of each expected, σ ≈ 33: five of them either way.
        assert!(counts.iter().all(|n| (1_036..=1_364).contains(n)), "{counts:?}");
    }

    #[test]
    fn codes_differ_by_challenge_generation_and_key() {
        let one = ChallengeId(Uuid::from_u128(1));
        let code = |key: &CodeKey, id, generation| key.code(id, generation, 10).reveal().to_owned();
        let base = code(&key(), one, 1);
        assert_eq!(base, code(&key(), one, 1));
        assert_ne!(base, code(&key(), one, 2));
        assert_ne!(base, code(&key(), ChallengeId(Uuid::from_u128(2)), 1));
        assert_ne!(base, code(&CodeKey::new([8; 32]), one, 1));
        assert!(!format!("{:?} {:?}", key(), key().code(one, 1, 6)).contains(|c: char| c.is_ascii_digit()));
    }

    #[test]
    fn a_first_password_pleases_every_fund() {
        for code in ["tg", "ma", "dj", "example"] {
            let rule = crate::fund::Fund::builtin(code).expect("built in").access.expect("says how").password;
            for n in 0..200 {
                let first = key().first_password(ChallengeId(Uuid::from_u128(n)));
                let broken = super::super::password::broken(first.reveal(), &rule, &|_| false, &[]);
                assert_eq!(broken, [], "{code}");
            }
        }
    }
}
