//! The second factor of the fund's agents (second facteur): six digits that an application on their
//! phone shows (RFC 6238), and recovery codes for the day on which that phone is lost.
//!
//! Nothing secret is kept: the books hold a seed, and the secret is derived from it under a key that
//! only the edge has, as codes are. The one rule to remember: the seed belongs to the session that
//! sets the factor up and to the factor that it replaces, so that a page which is shown or sent twice is
//! about the same secret, and none shows the one that is in use.

use chrono::{DateTime, Utc};
use cnss_core::account::second_factor::RECOVERY_CODES;
use cnss_core::account::{CodeKey, TokenHash};
use cnss_core::id::AccountId;
use cnss_core::person::western_digits;
use hmac_sha256::HMAC;
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Builder, Secret, Totp};

use crate::page::encode;

/// Seconds for which digits are shown.
const STEP_SECONDS: u64 = 30;
/// How many digits.
const DIGITS: u8 = 6;
/// The letters of RFC 4648: applications on phones read them, and none is taken for a digit.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Derives and checks second factors.
#[derive(Clone)]
pub(crate) struct SecondFactors {
    key: [u8; 32],
}

/// What the books keep of a second factor; the first bytes say which one it replaced.
pub(crate) type Seed = [u8; 32];
/// How many bytes do.
const BEFORE: usize = 8;

impl SecondFactors {
    pub(crate) fn new(key: &CodeKey) -> Self {
        Self { key: key.key_for("second factor") }
    }

    fn mac(&self, label: &str, account: AccountId, seed: &[u8]) -> [u8; 32] {
        let mut mac = HMAC::new(self.key);
        mac.update(label.as_bytes());
        mac.update(account.0.as_bytes());
        mac.update(seed);
        mac.finalize()
    }

    /// The seed of what is set up in a session, over what the agent has: another one each time.
    pub(crate) fn seed(&self, account: AccountId, session: TokenHash, replaced: Option<&[u8]>) -> Seed {
        let [.., b1, b2, b3, b4, b5, b6, b7, b8] = self.mac("before", account, replaced.unwrap_or_default());
        self.seed_after(account, session, [b1, b2, b3, b4, b5, b6, b7, b8])
    }

    fn seed_after(&self, account: AccountId, session: TokenHash, before: [u8; BEFORE]) -> Seed {
        let mut seed = self.mac("seed", account, &[session.0.as_slice(), &before].concat());
        for (to, from) in seed.iter_mut().zip(before) {
            *to = from;
        }
        seed
    }

    /// Whether what is set up was set up in this session.
    pub(crate) fn is_of(&self, account: AccountId, session: TokenHash, kept: &[u8]) -> bool {
        let before = kept.first_chunk::<BEFORE>();
        before.is_some_and(|before| self.seed_after(account, session, *before).as_slice() == kept)
    }

    fn secret(&self, account: AccountId, seed: &[u8]) -> [u8; 20] {
        let mut secret = [0_u8; 20];
        for (to, from) in secret.iter_mut().zip(self.mac("secret", account, seed)) {
            *to = from;
        }
        secret
    }

    /// The secret as it is typed into an application that cannot take a picture.
    pub(crate) fn manual(&self, account: AccountId, seed: &[u8]) -> String {
        base32(&self.secret(account, seed))
    }

    /// The address that the picture holds.
    pub(crate) fn address(&self, account: AccountId, seed: &[u8], fund: &str, login: &str) -> String {
        let (fund, secret) = (encode(fund), self.manual(account, seed));
        format!(
            "otpauth://totp/{fund}:{}?secret={secret}&issuer={fund}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            encode(login)
        )
    }

    /// The step of time whose digits were typed, the one before and the one after included; spaces do
    /// not count, and digits of any keyboard do.
    pub(crate) fn step(
        &self,
        account: AccountId,
        seed: &[u8],
        typed: &str,
        now: DateTime<Utc>,
    ) -> Option<u64> {
        let digits = digits(typed)?;
        totp(self.secret(account, seed), DIGITS)?.check(&digits, u64::try_from(now.timestamp()).ok()?)
    }

    /// The recovery codes of a second factor, to be shown once: the books keep their digests.
    pub(crate) fn recovery_codes(&self, account: AccountId, seed: &[u8]) -> Vec<String> {
        let code = |n: usize| {
            let text = base32(&self.mac(&format!("recovery {n}"), account, seed)).to_lowercase();
            let letters: Vec<char> = text.chars().take(16).collect();
            let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
            groups.join("-")
        };
        (0..RECOVERY_CODES).map(code).collect()
    }
}

/// Six digits, whatever stands between them; none when something else was typed.
pub(crate) fn digits(typed: &str) -> Option<String> {
    if typed.len() > 100 {
        return None;
    }
    let plain: String = western_digits(typed).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let right = plain.len() == usize::from(DIGITS) && plain.bytes().all(|b| b.is_ascii_digit());
    right.then_some(plain)
}

fn totp(secret: [u8; 20], digits: u8) -> Option<Totp> {
    let secret = Secret::new_stack(secret);
    Builder::new()
        .with_secret(secret)
        .with_digits(digits)
        .with_skew(1)
        .with_step_duration(STEP_SECONDS)
        .build()
        .ok()
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    let mut push = |place: u32| {
        let letter = usize::try_from(place & 31).ok().and_then(|place| BASE32.get(place));
        text.extend(letter.map(|letter| char::from(*letter)));
    };
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits = bits.saturating_add(8);
        while bits >= 5 {
            bits = bits.saturating_sub(5);
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5_u32.saturating_sub(bits)));
    }
    text
}

/// A picture of dark squares that a phone reads: its side in squares, and the path that draws them.
pub(crate) struct Picture {
    /// Side, the quiet zone left out.
    pub(crate) side: usize,
    /// The `d` of an SVG path.
    pub(crate) path: String,
}

/// The QR code of a text; none when it is too long for one.
pub(crate) fn picture(text: &str) -> Option<Picture> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let colors = code.into_colors();
    let dark = colors.chunks(side).enumerate().flat_map(|(y, row)| {
        let dark = row.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
        dark.map(move |(x, _)| format!("M{x} {y}h1v1h-1z"))
    });
    Some(Picture { side, path: dark.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn factors() -> SecondFactors {
        SecondFactors::new(&CodeKey::new([7; 32]))
    }

    fn who(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("an instant")
    }

    /// RFC 6238, appendix B, with SHA-1.
    #[test]
    fn digits_are_those_of_the_standard() {
        let eight = totp(*b"12345678901234567890", 8).expect("a secret");
        for (time, token) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(eight.check(token, time), Some(time / STEP_SECONDS), "at {time}");
            assert_eq!(eight.check(token, time + 3 * STEP_SECONDS), None, "at {time}");
        }
    }

    fn shown(secret: [u8; 20], time: u64) -> String {
        totp(secret, DIGITS).expect("a secret").generate(time).to_string()
    }

    #[test]
    fn digits_of_the_steps_beside_are_taken_and_no_others() {
        let (factors, seed) = (factors(), [1; 32]);
        let typed = shown(factors.secret(who(1), &seed), 1_200_000_000);
        let step = 1_200_000_000 / STEP_SECONDS;
        for (later, found) in
            [(-31, None), (-30, Some(step)), (0, Some(step)), (29, Some(step)), (59, Some(step)), (60, None)]
        {
            assert_eq!(factors.step(who(1), &seed, &typed, at(1_200_000_000 + later)), found, "{later} s");
        }
        let now = at(1_200_000_000);
        let spaced = format!(" {} {} ", &typed[..3], &typed[3..]);
        assert_eq!(factors.step(who(1), &seed, &spaced, now), Some(step));
        assert_eq!(factors.step(who(2), &seed, &typed, now), None, "of somebody else");
        assert_eq!(factors.step(who(1), &[2; 32], &typed, now), None, "of another seed");
        let other = SecondFactors::new(&CodeKey::new([8; 32]));
        assert_eq!(other.step(who(1), &seed, &typed, now), None, "under another key");
        for nonsense in ["", "12345", "1234567", "abcdef", "\u{202e}12345", &"1".repeat(100_000)] {
            assert_eq!(factors.step(who(1), &seed, nonsense, now), None, "{} characters", nonsense.len());
        }
    }

    /// RFC 4648, section 10, without its padding.
    #[test]
    fn the_secret_is_typed_in_the_letters_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(factors().manual(who(1), &[1; 32]).len(), 32);
    }

    #[test]
    fn recovery_codes_are_ten_of_eighty_bits_and_the_same_when_the_page_is_sent_twice() {
        let factors = factors();
        let session = TokenHash([3; 32]);
        let seed = factors.seed(who(1), session, None);
        assert_eq!(seed, factors.seed(who(1), session, None));
        assert_ne!(seed, factors.seed(who(1), TokenHash([4; 32]), None));
        // What replaces it is another, and both are of this session and of no other.
        let other = factors.seed(who(1), session, Some(&seed));
        assert_ne!(factors.manual(who(1), &other), factors.manual(who(1), &seed));
        for kept in [&seed, &other] {
            assert!(factors.is_of(who(1), session, kept) && !factors.is_of(who(1), TokenHash([4; 32]), kept));
        }
        assert!(!factors.is_of(who(1), session, &[1]) && !factors.is_of(who(2), session, &seed));
        let codes = factors.recovery_codes(who(1), &seed);
        assert_eq!(codes, factors.recovery_codes(who(1), &seed));
        let distinct: std::collections::BTreeSet<&String> = codes.iter().collect();
        assert_eq!((codes.len(), distinct.len()), (10, 10));
        assert!(codes.iter().all(|code| code.len() == 19 && code.matches('-').count() == 3), "{codes:?}");
        let others = factors.recovery_codes(who(1), &factors.seed(who(1), TokenHash([4; 32]), None));
        assert!(codes.iter().all(|code| !others.contains(code)));
    }

    #[test]
    fn the_picture_holds_the_address() {
        let address = factors().address(who(1), &[1; 32], "CNSS Togo", "ama@caisse.example");
        assert!(address.starts_with("otpauth://totp/CNSS%20Togo:ama%40caisse.example?secret="), "{address}");
        assert!(address.is_ascii() && !address.contains(' '));
        let picture = picture(&address).expect("short enough");
        assert!(picture.side >= 33 && picture.path.starts_with("M0 0h1v1h-1z"), "{}", picture.side);
        assert!(super::picture(&"x".repeat(100_000)).is_none());
    }
}
