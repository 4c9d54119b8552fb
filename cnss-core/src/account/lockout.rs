//! Pauses after wrong passwords (temporisation): for each login, whether it exists or not, and for
//! each source, so that neither tells a stranger anything.

use chrono::{DateTime, Duration, Utc};
use hmac_sha256::Hash;

use super::{Login, Source};
use crate::fund::LockoutRule;
use crate::id::AccountId;
use crate::refusal::Refusal;

/// What wrong passwords are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockKey {
    /// A login, by a digest of what was typed: nobody's address is kept for a slip of the finger.
    Login([u8; 16]),
    /// A source.
    Source(Source),
}

impl LockKey {
    /// The key of what somebody typed, whatever it may mean.
    #[must_use]
    pub fn typed(candidates: &[Login], typed: &str) -> Self {
        // Two spellings of one login are one; what cannot be a login is itself.
        let text = candidates.first().map_or_else(|| typed.trim().to_lowercase(), |l| l.as_str().to_owned());
        let digest = Hash::hash(text.as_bytes());
        let mut short = [0_u8; 16];
        for (to, from) in short.iter_mut().zip(digest) {
            *to = from;
        }
        Self::Login(short)
    }

    /// The key of the digits of an agent's second factor, apart from his password: who knows the
    /// password alone must not try all digits.
    #[must_use]
    pub fn second_factor(account: AccountId) -> Self {
        let digest = Hash::hash(format!("second factor of {account}").as_bytes());
        let mut short = [0_u8; 16];
        for (to, from) in short.iter_mut().zip(digest) {
            *to = from;
        }
        Self::Login(short)
    }

    const fn free(self, rule: &LockoutRule) -> u32 {
        match self {
            Self::Login(_) => rule.free,
            Self::Source(_) => rule.source_free,
        }
    }
}

/// Wrong passwords that were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// How many since the last right one, or since they were forgotten.
    pub attempts: u32,
    /// When the last one was typed.
    pub last_at: DateTime<Utc>,
    /// No password is looked at before this instant.
    pub paused_until: Option<DateTime<Utc>>,
}

impl Lock {
    /// Whether a password may be looked at now. A clock that goes back neither ends nor lengthens a
    /// pause.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`] during a pause.
    pub fn may_try(lock: Option<&Self>, now: DateTime<Utc>) -> Result<(), Refusal> {
        let Some((lock, until)) = lock.and_then(|lock| Some((lock, lock.paused_until?))) else {
            return Ok(());
        };
        let left = until.signed_duration_since(now.max(lock.last_at)).num_seconds();
        if until <= now {
            return Ok(());
        }
        Err(Refusal::TooManyAttempts { seconds: u32::try_from(left.max(1)).unwrap_or(u32::MAX) })
    }

    /// The lock after one more wrong password: past the free ones, pauses double.
    #[must_use]
    pub fn failed(before: Option<&Self>, key: LockKey, rule: &LockoutRule, now: DateTime<Utc>) -> Self {
        let kept = Duration::hours(rule.forget_hours.into());
        let before = before.filter(|lock| now.signed_duration_since(lock.last_at) < kept);
        let attempts = before.map_or(0, |lock| lock.attempts).saturating_add(1);
        let now = before.map_or(now, |lock| now.max(lock.last_at));
        let over = attempts.saturating_sub(key.free(rule));
        let paused_until = (over > 0).then(|| {
            let doubled = 2_u32.saturating_pow(over.saturating_sub(1));
            let pause = rule.first_pause_seconds.saturating_mul(doubled).min(rule.longest_pause_seconds);
            now + Duration::seconds(pause.into())
        });
        Self { attempts, last_at: now, paused_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fund::LoginKind;

    const RULE: LockoutRule = LockoutRule {
        free: 3,
        source_free: 5,
        first_pause_seconds: 10,
        longest_pause_seconds: 60,
        forget_hours: 1,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds)
    }

    fn pauses(key: LockKey, times: usize) -> Vec<u32> {
        let mut lock = None;
        (0..times)
            .map(|_| {
                lock = Some(Lock::failed(lock.as_ref(), key, &RULE, at(0)));
                match Lock::may_try(lock.as_ref(), at(0)) {
                    Ok(()) => 0,
                    Err(Refusal::TooManyAttempts { seconds }) => seconds,
                    Err(other) => panic!("{other}"),
                }
            })
            .collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        assert_eq!(pauses(LockKey::Login([0; 16]), 8), [0, 0, 0, 10, 20, 40, 60, 60]);
        assert_eq!(pauses(LockKey::Source(Source([0; 8])), 7), [0, 0, 0, 0, 0, 10, 20]);
    }

    #[test]
    fn a_pause_ends_on_time_and_slips_are_forgotten() {
        let paused = Lock { attempts: 4, last_at: at(0), paused_until: Some(at(10)) };
        for (seconds, open) in [(0, false), (9, false), (10, true), (-3_600, false)] {
            assert_eq!(Lock::may_try(Some(&paused), at(seconds)).is_ok(), open, "after {seconds} s");
        }
        // An hour back the pause that is told is no longer than it was.
        assert_eq!(Lock::may_try(Some(&paused), at(-3_600)), Err(Refusal::TooManyAttempts { seconds: 10 }));
        let key = LockKey::Login([0; 16]);
        assert_eq!(Lock::failed(Some(&paused), key, &RULE, at(3_599)).attempts, 5);
        assert_eq!(Lock::failed(Some(&paused), key, &RULE, at(3_600)).attempts, 1);
    }

    #[test]
    fn two_spellings_of_a_login_have_one_lock() {
        let key = |typed: &str| {
            let kinds = [LoginKind::Email, LoginKind::InsuredNumber];
            LockKey::typed(&Login::candidates(&kinds, typed), typed)
        };
        assert_eq!(key("Afi@example.TG "), key("afi@example.tg"));
        assert_eq!(key("71 00 40"), key("710040"));
        assert_ne!(key("710040"), key("710041"));
    }
}
