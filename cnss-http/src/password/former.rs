//! Hashes of a former site (comptes de l'ancien site): checked once, at the first right login, and
//! replaced by the portal's own.
//!
//! | how it begins | what it is |
//! |---|---|
//! | `$2a$`, `$2b$`, `$2y$` | bcrypt |
//! | `$5$`, `$6$` | SHA-crypt |
//! | `{SSHA}` | SHA-1 of password and salt, then the salt, in base64 |
//! | `pbkdf2_sha256$` | PBKDF2, as Django writes it |
//! | `legacy-md5$salt$`, `legacy-sha1$salt$` | a bare digest in hexadecimal, with its salt before or after |
//!
//! The one rule to remember: what a stored text asks for is bounded, so that no import can make a
//! login costly.

use base64ct::{Base64, Base64Unpadded, Encoding};
use md5::Md5;
use sha_crypt::{PasswordVerifier, ShaCrypt};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::same;

/// The costliest bcrypt that is computed: about a second.
const BCRYPT_MOST: u32 = 14;
/// The most rounds of the others.
const ROUNDS_MOST: u32 = 1_000_000;
/// A digest of several parts.
type Digesting = fn(&[&[u8]]) -> Vec<u8>;
/// The longest digest that is compared.
const DIGEST_MOST: usize = 64;

/// Whether that is the password of a former site's hash; none when it is none of those.
pub(super) fn verify(password: &[u8], stored: &str) -> Option<bool> {
    if let Some(rest) = stored.strip_prefix("$2") {
        let cost: u32 = rest.split('$').nth(1)?.parse().ok()?;
        return (cost <= BCRYPT_MOST).then(|| bcrypt::verify(password, stored).ok())?;
    }
    if stored.starts_with("$5$") || stored.starts_with("$6$") {
        let asked = stored.split('$').find_map(|part| part.strip_prefix("rounds="));
        let rounds: u32 = asked.map_or(Ok(5_000), str::parse).ok()?;
        return (rounds <= ROUNDS_MOST)
            .then(|| ShaCrypt::default().verify_password(password, stored).is_ok());
    }
    if let Some(encoded) = stored.strip_prefix("{SSHA}") {
        let bytes = Base64::decode_vec(encoded).ok()?;
        let (digest, salt) = bytes.split_at_checked(20)?;
        return Some(same(&sha1(&[password, salt]), digest));
    }
    if let Some(rest) = stored.strip_prefix("pbkdf2_sha256$") {
        let [rounds, salt, encoded] = parts(rest)?;
        let rounds: u32 = rounds.parse().ok().filter(|rounds| (1..=ROUNDS_MOST).contains(rounds))?;
        let digest = Base64Unpadded::decode_vec(encoded.trim_end_matches('=')).ok()?;
        let mut computed = vec![0; Some(digest.len()).filter(|n| (16..=DIGEST_MOST).contains(n))?];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt.as_bytes(), rounds, &mut computed);
        return Some(same(&computed, &digest));
    }
    let (of, rest): (Digesting, _) = match stored.strip_prefix("legacy-md5$") {
        Some(rest) => (md5, rest),
        None => (sha1, stored.strip_prefix("legacy-sha1$")?),
    };
    let (salt, hex) = rest.split_once('$')?;
    let digest = from_hex(hex)?;
    // Sites put the salt on either side.
    let before = same(&of(&[salt.as_bytes(), password]), &digest);
    let after = same(&of(&[password, salt.as_bytes()]), &digest);
    Some(before || after)
}

fn parts(text: &str) -> Option<[&str; 3]> {
    <[&str; 3]>::try_from(text.split('$').collect::<Vec<_>>()).ok()
}

fn md5(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(Md5::new(), |digest, part| digest.chain_update(part)).finalize().to_vec()
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(Sha1::new(), |digest, part| digest.chain_update(part)).finalize().to_vec()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.len().is_multiple_of(2).then(|| digits.map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by other programs: libxcrypt, OpenSSL, Python's `hashlib`.
    const SAMPLES: &[(&str, &str)] = &[
        ("motdepasse", "$2y$05$abcdefghijklmnopqrstuuIOyVRkZywOQgMw6moXSyfjigrshWRLG"),
        ("motdepasse", "$2b$05$abcdefghijklmnopqrstuuIOyVRkZywOQgMw6moXSyfjigrshWRLG"),
        ("motdepasse", "$2a$05$abcdefghijklmnopqrstuuIOyVRkZywOQgMw6moXSyfjigrshWRLG"),
        ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        (
            "Hello world!",
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        ),
        ("motdepasse", "pbkdf2_sha256$1000$seasalt2$GgP0olcoht7DfVqgN8KsyY4vEP1ECT/PFOKlWMnsHnk="),
        ("motdepasse", "{SSHA}OaD1N7SrORsRHJxN7rYAxHcqnzRzYWx0MTIzNA=="),
    ];

    #[test]
    fn samples_of_other_programs() {
        for (password, stored) in SAMPLES {
            assert_eq!(verify(password.as_bytes(), stored), Some(true), "{stored}");
            assert_eq!(verify(b"another", stored), Some(false), "{stored}");
        }
    }

    #[test]
    fn bare_digests_with_their_salt() {
        // printf 'selmotdepasse' | md5sum, printf 'motdepassesel' | sha1sum
        for stored in [
            "legacy-md5$sel$4cf5841e9b341b0e5c67a6ebb2afdc8f",
            "legacy-sha1$sel$36772d40007b29742d95ea679e1c6e2cd8fdc596",
            "legacy-md5$$b6edd10559b20cb0a3ddaeb15e5267cc",
        ] {
            assert_eq!(verify(b"motdepasse", stored), Some(true), "{stored}");
            assert_eq!(verify(b"motdepass", stored), Some(false), "{stored}");
        }
    }

    #[test]
    fn nonsense_and_what_would_cost_too_much_are_not_computed() {
        for stored in [
            "",
            "secret",
            "$2y$31$abcdefghijklmnopqrstuuIOyVRkZywOQgMw6moXSyfjigrshWRLG",
            "$6$rounds=999999999$salt$x",
            "pbkdf2_sha256$99999999$salt$aGFzaGhhc2hoYXNoaGFzaA==",
            "pbkdf2_sha256$1$salt",
            "{SSHA}AAAA",
            "legacy-md5$sel",
            "legacy-md5$sel$zz",
        ] {
            assert_ne!(verify(b"secret", stored), Some(true), "{stored}");
        }
    }
}
