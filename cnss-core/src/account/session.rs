//! Sessions (connexions): one for each device, found by the digest of a token that only its holder has.

use chrono::{DateTime, Duration, Utc};
use hmac_sha256::Hash;
use uuid::Uuid;

use crate::fund::SessionRule;
use crate::id::{AccountId, MandateId};
use crate::refusal::Refusal;

/// The longest name of a device that is kept.
const DEVICE_MOST: usize = 120;

/// The digest of a session token; the token itself is only ever with its holder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(Hash::hash(token))
    }

    /// What names the session on a page and in an address: it opens nothing, and the digest cannot
    /// be had from it.
    #[must_use]
    pub fn name(self) -> Uuid {
        let digest = Hash::hash(&self.0);
        let mut short = [0_u8; 16];
        for (to, from) in short.iter_mut().zip(digest) {
            *to = from;
        }
        uuid::Builder::from_custom_bytes(short).into_uuid()
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// What holds a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionKind {
    /// A browser, by a cookie.
    #[default]
    Browser,
    /// A program, by a bearer token.
    Program,
}

/// Somebody's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Digest of its token.
    pub token: TokenHash,
    /// Whose.
    pub account: AccountId,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it was last used.
    pub used_at: DateTime<Utc>,
    /// What holds it.
    pub kind: SessionKind,
    /// The device as its holder knows it: « Firefox, Android ».
    pub device: String,
    /// For which employer it acts, by the mandate that says so.
    pub acting: Option<MandateId>,
    /// When its holder last proved who he is: by the password, by the second factor.
    pub proven_at: DateTime<Utc>,
    /// The second factor was given.
    pub second: bool,
}

/// Where a session stands among those of an account, whatever becomes of it: when it began, and its name.
///
/// ```
/// use cnss_core::account::session::Place;
/// let place: Place = "1700000000000000.00000000-0000-8000-8000-000000000001".parse().expect("a place");
/// assert_eq!(place.to_string(), "1700000000000000.00000000-0000-8000-8000-000000000001");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    micros: i64,
    name: Uuid,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.micros, self.name)
    }
}

impl std::str::FromStr for Place {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let read = |(micros, name): (&str, &str)| {
            Some(Self { micros: micros.parse().ok()?, name: name.parse().ok()? })
        };
        text.split_once('.').and_then(read).ok_or(Refusal::NotFound)
    }
}

impl Session {
    /// Its place among those of its account.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { micros: self.opened_at.timestamp_micros(), name: self.token.name() }
    }

    /// A session that begins now.
    #[must_use]
    pub fn open(token: TokenHash, account: AccountId, now: DateTime<Utc>) -> Self {
        Self {
            token,
            account,
            opened_at: now,
            used_at: now,
            kind: SessionKind::Browser,
            device: String::new(),
            acting: None,
            proven_at: now,
            second: false,
        }
    }

    /// The same, on a device.
    #[must_use]
    pub fn on(mut self, kind: SessionKind, device: &str) -> Self {
        self.kind = kind;
        self.device = device.chars().filter(|c| !c.is_control()).take(DEVICE_MOST).collect();
        self
    }

    /// When it ends if nothing more happens, by the fund's rule.
    #[must_use]
    pub fn ends_by(&self, rule: &SessionRule) -> DateTime<Utc> {
        let idle = self.used_at + Duration::minutes(rule.idle_minutes.into());
        idle.min(self.opened_at + Duration::hours(rule.hours.into()))
    }

    /// True when its holder proved who he is not long ago. A clock that went back proves nothing.
    #[must_use]
    pub fn fresh(&self, rule: &SessionRule, now: DateTime<Utc>) -> bool {
        let since = now.signed_duration_since(self.proven_at);
        since >= Duration::zero() && since < Duration::minutes(rule.proven_minutes.into())
    }

    /// Demands that its holder proved who he is not long ago: for what touches money or identity.
    ///
    /// # Errors
    /// [`Refusal::ProveAgain`].
    pub fn need_fresh(&self, rule: &SessionRule, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.fresh(rule, now) { Ok(()) } else { Err(Refusal::ProveAgain) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::minutes(minutes)
    }

    const RULE: SessionRule = SessionRule { idle_minutes: 10, hours: 2, proven_minutes: 5 };

    #[test]
    fn a_session_ends_idle_and_in_any_case() {
        let mut session = Session::open(TokenHash::of(b"t"), AccountId(Uuid::nil()), at(0));
        assert_eq!(session.ends_by(&RULE), at(10));
        session.used_at = at(115);
        assert_eq!(session.ends_by(&RULE), at(120), "two hours, however it is used");
    }

    #[test]
    fn a_proof_grows_old_and_is_not_renewed_by_a_clock_that_goes_back() {
        let session = Session::open(TokenHash::of(b"t"), AccountId(Uuid::nil()), at(0));
        for (minutes, fresh) in [(0, true), (4, true), (5, false), (-1, false)] {
            assert_eq!(session.fresh(&RULE, at(minutes)), fresh, "after {minutes} minutes");
        }
    }

    #[test]
    fn a_device_is_named_in_few_words_and_its_session_without_its_digest() {
        let token = TokenHash::of(b"t");
        let session = Session::open(token, AccountId(Uuid::nil()), at(0));
        let session = session.on(SessionKind::Program, &format!("curl\r\n{}", "x".repeat(100_000)));
        assert_eq!(session.device.chars().count(), DEVICE_MOST);
        assert!(session.device.starts_with("curlx"));
        assert_ne!(token.name().into_bytes().as_slice(), &token.0[..16]);
        assert_eq!(token.name(), TokenHash::of(b"t").name());
    }
}
