//! What banks send: notices of payments, and questions about references, each signed with a secret
//! that the bank and the fund share.
//!
//! The one rule to remember: a request is read only once its signature is right, and who signs
//! wrongly is not told why.

pub mod notices;
pub mod references;

use std::collections::BTreeMap;
use std::fmt;

use axum::http::{HeaderMap, StatusCode};
use cnss_core::payment::BankCode;
use hmac_sha256::HMAC;

use crate::password::same;
use crate::portal::Portal;
use crate::problem::JsonProblem;

/// The header that holds the signature: `t=1732200000,v1=5f1c…`.
pub const SIGNATURE: &str = "x-cnss-signature";
/// How far the bank's clock may be from ours, in seconds.
const WINDOW: u64 = 300;
/// The fewest characters of a secret.
const SECRET_MIN: usize = 32;
/// The most characters of a secret.
const SECRET_MAX: usize = 256;
/// Secrets of one bank at once: the old one and the new one, while they are exchanged.
const SECRETS_MAX: usize = 2;
/// Signatures of one request at once: the bank may exchange its secret too.
const SIGNATURES_MAX: usize = 2;

/// Why a bank's secrets cannot be used. It never repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// None was given, or more than two.
    #[error("one or two secrets are needed")]
    Count,
    /// One can be guessed, or is not text on one line.
    #[error("a secret has from 32 to 256 visible characters")]
    Form,
}

/// The banks that may say that money arrived, with the secrets that they share with the fund.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Banks(BTreeMap<BankCode, Vec<String>>);

impl fmt::Debug for Banks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Banks {
    /// Adds a bank, or gives one other secrets.
    ///
    /// # Errors
    /// [`BadSecret`]; the bank then stays as it was.
    pub fn add(&mut self, bank: BankCode, secrets: Vec<String>) -> Result<(), BadSecret> {
        if !(1..=SECRETS_MAX).contains(&secrets.len()) {
            return Err(BadSecret::Count);
        }
        let sound = |secret: &String| {
            (SECRET_MIN..=SECRET_MAX).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic())
        };
        if !secrets.iter().all(sound) {
            return Err(BadSecret::Form);
        }
        self.0.insert(bank, secrets);
        Ok(())
    }

    /// The codes of the banks.
    pub fn codes(&self) -> impl Iterator<Item = &BankCode> {
        self.0.keys()
    }

    /// The bank that signed `content` within the window around `now`, if `code` did.
    fn signer(&self, code: &str, header: &str, content: &[u8], now: i64) -> Option<BankCode> {
        let signature = Signature::read(header)?;
        let bank = BankCode::parse(code).and_then(|code| self.0.get_key_value(&code));
        // A bank that is not there is looked for as long as one that is.
        let decoy = [String::new()];
        let secrets = bank.map_or(decoy.as_slice(), |(_, secrets)| secrets);
        let mut right = false;
        for secret in secrets {
            let mut mac = HMAC::new(secret.as_bytes());
            mac.update(signature.time);
            mac.update(b".");
            mac.update(content);
            let expected = mac.finalize();
            for given in &signature.given {
                right |= same(given, &expected);
            }
        }
        let in_time = signature.time.parse::<i64>().is_ok_and(|time| time.abs_diff(now) <= WINDOW);
        bank.filter(|_| right && in_time).map(|(code, _)| code.clone())
    }
}

/// What the header says.
struct Signature<'a> {
    time: &'a str,
    given: Vec<[u8; 32]>,
}

impl<'a> Signature<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let (mut time, mut given) = (None, Vec::new());
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", text) if time.is_none() => {
                    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                    time = Some(text).filter(|_| digits);
                    time?;
                }
                ("v1", text) if given.len() < SIGNATURES_MAX => given.push(unhex(text)?),
                _ => return None,
            }
        }
        time.filter(|_| !given.is_empty()).map(|time| Self { time, given })
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (to, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *to = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
    }
    Some(bytes)
}

/// The bank that signed `content`.
fn signed_by(
    portal: &Portal,
    code: &str,
    headers: &HeaderMap,
    content: &[u8],
) -> Result<BankCode, JsonProblem> {
    let now = portal.moment().now.timestamp();
    // Two headers would leave open which of them was checked.
    let mut given = headers.get_all(SIGNATURE).iter();
    let header = given.next().filter(|_| given.next().is_none()).and_then(|value| value.to_str().ok());
    let signer = header.and_then(|header| portal.banks().signer(code, header, content, now));
    signer.ok_or_else(|| {
        tracing::info!("a request in the name of a bank was not signed as agreed");
        JsonProblem::plain(StatusCode::UNAUTHORIZED)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_732_200_000;
    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    fn banks() -> Banks {
        let mut banks = Banks::default();
        banks.add(BankCode::parse("btci").expect("a code"), vec![OLD.into(), NEW.into()]).expect("sound");
        banks.add(BankCode::parse("orabank").expect("a code"), vec!["x".repeat(32)]).expect("sound");
        banks
    }

    fn sign(secret: &str, time: &str, content: &[u8]) -> String {
        let mac = HMAC::mac([time.as_bytes(), b".", content].concat(), secret.as_bytes());
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={time},v1={hex}")
    }

    fn signer(code: &str, header: &str, content: &[u8]) -> Option<String> {
        banks().signer(code, header, content, NOW).map(|bank| bank.as_str().to_owned())
    }

    /// The figure was made with `printf '1732200000.{}' | openssl dgst -sha256 -hmac <secret>`.
    #[test]
    fn a_signature_is_that_of_any_other_program() {
        let header = "t=1732200000,v1=44ee34554addf224ba2d0bc8368b09469d87bf927c231c63cf7bc8124aeeaaa2";
        assert_eq!(signer("btci", header, b"{}").as_deref(), Some("btci"));
        assert_eq!(sign(OLD, "1732200000", b"{}"), header);
    }

    #[test]
    fn both_secrets_sign_while_they_are_exchanged() {
        let now = NOW.to_string();
        for secret in [OLD, NEW] {
            assert!(signer("btci", &sign(secret, &now, b"{}"), b"{}").is_some());
        }
        let (old, other) = (sign(OLD, &now, b"{}"), sign("another secret of thirty-two signs", &now, b"{}"));
        let both = format!("{other},{}", old.split_once(',').expect("two parts").1);
        assert!(signer("btci", &both, b"{}").is_some(), "one of the two is right");
        assert!(signer("btci", &other, b"{}").is_none());
        assert!(signer("orabank", &old, b"{}").is_none(), "one bank does not sign for another");
        assert!(signer("personne", &sign("", &now, b"{}"), b"{}").is_none(), "nobody has no secret");
        assert!(signer("BTCI", &old, b"{}").is_none());
    }

    #[test]
    fn what_was_signed_is_the_whole_content_at_about_this_time() {
        let now = NOW.to_string();
        let header = sign(OLD, &now, b"{\"amount\":\"1\"}");
        assert!(signer("btci", &header, b"{\"amount\":\"1\"}").is_some());
        for other in [&b"{\"amount\":\"2\"}"[..], b"{\"amount\":\"1\"} ", b""] {
            assert!(signer("btci", &header, other).is_none());
        }
        for (offset, taken) in [(-300, true), (300, true), (-301, false), (301, false), (-NOW, false)] {
            let header = sign(OLD, &(NOW + offset).to_string(), b"{}");
            assert_eq!(signer("btci", &header, b"{}").is_some(), taken, "{offset}");
        }
        let moved = header.replace(&now, &(NOW + 1).to_string());
        assert!(signer("btci", &moved, b"{\"amount\":\"1\"}").is_none(), "the time is signed too");
    }

    #[test]
    fn a_header_that_is_not_understood_is_no_signature() {
        let right = sign(OLD, &NOW.to_string(), b"{}");
        let hex = right.split_once("v1=").expect("a signature").1;
        let many = format!("{right},v1={hex},v1={hex}");
        for header in [
            "",
            "t=",
            "t=1732200000",
            &format!("v1={hex}"),
            &format!("t=1732200000,v1={}", &hex[..62]),
            &format!("t=1732200000,v1={hex}00"),
            &format!("t=1732200000,v1={}é", &hex[..62]),
            &format!("t=+1732200000,v1={hex}"),
            &format!("t=99999999999999999999,v1={hex}"),
            &format!("t=1732200000,t=1732200000,v1={hex}"),
            &format!("t=1732200000,v0={hex}"),
            &many,
            hex,
        ] {
            assert!(signer("btci", header, b"{}").is_none(), "{header}");
        }
        assert!(
            signer("btci", &right.to_uppercase().replace("T=", "t=").replace("V1=", "v1="), b"{}").is_some()
        );
    }

    #[test]
    fn secrets_are_long_and_never_shown() {
        let code = || BankCode::parse("btci").expect("a code");
        let mut banks = Banks::default();
        for (secrets, why) in [
            (vec![], BadSecret::Count),
            (vec![OLD.to_owned(); 3], BadSecret::Count),
            (vec![OLD[..31].to_owned()], BadSecret::Form),
            (vec![OLD.to_owned(), String::new()], BadSecret::Form),
            (vec![format!("{OLD} ")], BadSecret::Form),
            (vec!["é".repeat(32)], BadSecret::Form),
            (vec!["x".repeat(257)], BadSecret::Form),
        ] {
            assert_eq!(banks.add(code(), secrets), Err(why));
        }
        assert_eq!(banks, Banks::default());
        assert!(!format!("{:?}", self::banks()).contains("0123"));
    }
}
