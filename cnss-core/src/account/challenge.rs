//! Challenges (demande de code): a code that was asked of somebody, from its first sending to what it
//! was for.
//!
//! The one rule to remember: every try is committed before it is answered, so that nobody tries twice
//! for once.

use chrono::{DateTime, Duration, Utc};

use super::code::CodeKey;
use super::sign_up::Application;
use super::{AccountChange, AccountExpect, Source};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::{Channel, CodeRule};
use crate::id::{AccountId, ChallengeId, NoticeId, Version};
use crate::notice::{Addressee, Contacts, Message, Notice};
use crate::person::{Email, Phone};
use crate::refusal::Refusal;

/// What a challenge is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign up.
    SignUp(Box<Application>),
    /// To choose a new password; nobody's, when the account is not there.
    Recover(Option<AccountId>),
    /// To give one's account another address or phone.
    Contact(AccountId),
}

impl Purpose {
    /// The code in data and in notices.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SignUp(_) => "sign_up",
            Self::Recover(_) => "recover",
            Self::Contact(_) => "contact",
        }
    }
}

/// How far a challenge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeState {
    /// The code is awaited.
    Open,
    /// The code was right; what it is for is not done yet.
    Confirmed,
    /// What it is for is done.
    Spent,
    /// Too many wrong codes.
    Closed,
}

impl ChallengeState {
    /// The code in data.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Spent => "spent",
            Self::Closed => "closed",
        }
    }
}

/// A code that was asked of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Identity; its holder has it in the address of the page.
    pub id: ChallengeId,
    /// What it is for.
    pub purpose: Purpose,
    /// The address that was typed, or that the account has.
    pub email: Option<Email>,
    /// The phone that was typed, or that the account has.
    pub phone: Option<Phone>,
    /// Where the request came from.
    pub source: Source,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When the code was last sent.
    pub sent_at: DateTime<Utc>,
    /// When this generation of the code ends.
    pub expires_at: DateTime<Utc>,
    /// Which code of the challenge, from 1.
    pub generation: u32,
    /// Wrong codes of this generation.
    pub attempts: u32,
    /// How often a code was sent.
    pub sent: u32,
    /// How far it is.
    pub state: ChallengeState,
    /// Grows with every change.
    pub version: Version,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenge")
            .field("id", &self.id)
            .field("purpose", &self.purpose.code())
            .field("state", &self.state)
            .field("generation", &self.generation)
            .field("attempts", &self.attempts)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What a typed code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Right, for the first time.
    Right,
    /// Right, and was so before: a second tab, a double click. Same answer, nothing happens.
    Again,
    /// Wrong.
    Wrong,
    /// Its life is over.
    Expired,
    /// Too many wrong ones were typed.
    Closed,
}

impl Challenge {
    /// A challenge whose first code is sent now.
    #[must_use]
    pub fn open(
        purpose: Purpose,
        (email, phone): (Option<Email>, Option<Phone>),
        source: Source,
        rule: &CodeRule,
        at: &Moment,
    ) -> Self {
        Self {
            id: ChallengeId(at.entropy.uuid(at.now)),
            purpose,
            email,
            phone,
            source,
            made_at: at.now,
            sent_at: at.now,
            expires_at: at.now + life(rule),
            generation: 1,
            attempts: 0,
            sent: 1,
            state: ChallengeState::Open,
            version: Version(1),
        }
    }

    /// Now, as far as this challenge goes: a clock that went back stands still.
    fn clock(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.sent_at)
    }

    /// True when its code is no longer good.
    #[must_use]
    pub fn expired(&self, now: DateTime<Utc>) -> bool {
        self.clock(now) >= self.expires_at
    }

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut challenge = self.clone();
        change(&mut challenge);
        challenge.version = self.version.next();
        challenge
    }

    /// What a typed code is, and the challenge after it when it changed.
    ///
    /// A code of nobody's challenge is never right, however well it is guessed.
    #[must_use]
    pub fn try_code(
        &self,
        typed: &str,
        key: &CodeKey,
        rule: &CodeRule,
        now: DateTime<Utc>,
    ) -> (Tried, Option<Self>) {
        let code = key.code(self.id, self.generation, rule.digits);
        let right = code.is(typed) && self.purpose != Purpose::Recover(None);
        match self.state {
            ChallengeState::Closed => (Tried::Closed, None),
            _ if self.expired(now) => (Tried::Expired, None),
            ChallengeState::Confirmed | ChallengeState::Spent => {
                (if right { Tried::Again } else { Tried::Closed }, None)
            }
            ChallengeState::Open if right => {
                (Tried::Right, Some(self.changed(|c| c.state = ChallengeState::Confirmed)))
            }
            ChallengeState::Open => {
                let wrong = self.changed(|c| {
                    c.attempts = c.attempts.saturating_add(1);
                    if c.attempts >= rule.attempts_most {
                        c.state = ChallengeState::Closed;
                    }
                });
                (Tried::Wrong, Some(wrong))
            }
        }
    }

    /// What follows from a wrong, late or superfluous code.
    ///
    /// # Errors
    /// The refusal that says so.
    pub(super) fn refused(tried: Tried, after: Option<&Self>, rule: &CodeRule) -> Result<(), Refusal> {
        let closed = after.is_some_and(|c| c.state == ChallengeState::Closed);
        match tried {
            Tried::Right | Tried::Again => Ok(()),
            Tried::Wrong if !closed => {
                let left = rule.attempts_most.saturating_sub(after.map_or(0, |c| c.attempts));
                Err(Refusal::CodeWrong { left })
            }
            Tried::Wrong | Tried::Closed => Err(Refusal::CodeClosed),
            Tried::Expired => Err(Refusal::CodeExpired),
        }
    }

    /// What it did is done.
    pub(super) fn spent(&self) -> Self {
        self.changed(|c| c.state = ChallengeState::Spent)
    }

    /// The challenge as its code is sent again (renvoyer le code): the same code within its life, a
    /// new one after.
    ///
    /// # Errors
    /// [`Refusal::CodeClosed`] after too many wrong codes or once it is confirmed,
    /// [`Refusal::WaitToResend`] too soon, [`Refusal::TooManyMessages`] too often.
    pub fn send_again(&self, rule: &CodeRule, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let expired = self.expired(now);
        self.sendable(rule, now)?;
        let now = self.clock(now);
        Ok(self.changed(|c| {
            c.sent = c.sent.saturating_add(1);
            c.sent_at = now;
            if expired {
                c.renew(rule, now);
            }
        }))
    }

    /// The challenge once its address or phone was corrected, before the code was confirmed: a new
    /// code, for the old one went elsewhere. The wrong codes that were typed stay counted.
    ///
    /// # Errors
    /// As [`send_again`](Self::send_again).
    pub fn correct(
        &self,
        (email, phone): (Option<Email>, Option<Phone>),
        rule: &CodeRule,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        self.sendable(rule, now)?;
        let now = self.clock(now);
        Ok(self.changed(|c| {
            let attempts = c.attempts;
            c.sent = c.sent.saturating_add(1);
            c.renew(rule, now);
            (c.email, c.phone, c.attempts, c.sent_at) = (email, phone, attempts, now);
        }))
    }

    fn sendable(&self, rule: &CodeRule, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != ChallengeState::Open {
            return Err(Refusal::CodeClosed);
        }
        if self.sent > rule.resends_most {
            return Err(Refusal::TooManyMessages);
        }
        let next = self.sent_at + Duration::seconds(rule.resend_pause_seconds.into());
        let left = next.signed_duration_since(self.clock(now)).num_seconds();
        if left > 0 {
            Err(Refusal::WaitToResend { seconds: u32::try_from(left).unwrap_or(u32::MAX) })
        } else {
            Ok(())
        }
    }

    fn renew(&mut self, rule: &CodeRule, now: DateTime<Utc>) {
        self.generation = self.generation.saturating_add(1);
        self.attempts = 0;
        self.expires_at = now + life(rule);
    }

    /// The contacts to which its code goes, of the fund's channels.
    #[must_use]
    pub fn contacts(&self, channels: &[Channel]) -> Contacts {
        Contacts {
            email: self.email.clone().filter(|_| channels.contains(&Channel::Email)),
            phone: self.phone.clone().filter(|_| channels.contains(&Channel::Sms)),
        }
    }

    /// Why a message with the code of a generation is of no use any more, if it is not.
    #[must_use]
    pub fn past(&self, generation: u32, now: DateTime<Utc>) -> Option<&'static str> {
        match self.state {
            ChallengeState::Open if generation != self.generation => Some("another code was made since"),
            ChallengeState::Open if self.expired(now) => Some("the life of the code is over"),
            ChallengeState::Open => None,
            ChallengeState::Confirmed | ChallengeState::Spent => Some("the code was confirmed"),
            ChallengeState::Closed => Some("too many wrong codes were typed"),
        }
    }

    /// The notice that carries its code: which one, and not the code.
    #[must_use]
    pub fn notice(&self, channels: &[Channel], rule: &CodeRule, at: &Moment) -> Option<Notice> {
        let contacts = self.contacts(channels);
        let message = Message::Code {
            challenge: self.id,
            generation: self.generation,
            digits: rule.digits,
            purpose: self.purpose.code().to_owned(),
            minutes: rule.life_minutes,
        };
        let to = Addressee::Contacts(contacts.clone());
        (!contacts.is_empty()).then(|| Notice { id: NoticeId(at.entropy.uuid(at.now)), to, message })
    }

    /// What a decision on this challenge relies on.
    pub(super) const fn seen(&self) -> Expect {
        Expect::Account(AccountExpect::Challenge(self.id, self.version))
    }
}

fn life(rule: &CodeRule) -> Duration {
    Duration::minutes(rule.life_minutes.into())
}

/// A decision that only keeps a challenge.
pub(super) fn kept<T>(seen: &Challenge, new: Option<Challenge>, outcome: T) -> Decision<T> {
    let changes: Vec<Change> =
        new.into_iter().map(|c| Change::Account(AccountChange::SaveChallenge(c))).collect();
    let expects = if changes.is_empty() { Vec::new() } else { vec![seen.seen()] };
    Decision { outcome, expects, changes, notices: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const RULE: CodeRule = CodeRule {
        button: None,
        digits: 6,
        life_minutes: 60,
        channels: Vec::new(),
        attempts_most: 3,
        resends_most: 2,
        resend_pause_seconds: 30,
    };

    fn key() -> CodeKey {
        CodeKey::new([7; 32])
    }

    fn at(seconds: i64) -> Moment {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds);
        Moment { now, today: now.date_naive(), entropy: crate::decision::Entropy::new([1; 32]) }
    }

    fn challenge() -> Challenge {
        let account = Some(AccountId(Uuid::nil()));
        Challenge::open(Purpose::Recover(account), (None, None), Source([0; 8]), &RULE, &at(0))
    }

    fn code_of(challenge: &Challenge) -> String {
        key().code(challenge.id, challenge.generation, RULE.digits).reveal().to_owned()
    }

    #[test]
    fn a_code_works_once_and_a_second_tab_hears_the_same() {
        let open = challenge();
        let (tried, after) = open.try_code(&code_of(&open), &key(), &RULE, at(10).now);
        let after = after.expect("changed");
        assert_eq!((tried, after.state), (Tried::Right, ChallengeState::Confirmed));
        for done in [after.clone(), after.spent()] {
            assert_eq!(done.try_code(&code_of(&open), &key(), &RULE, at(11).now), (Tried::Again, None));
            assert_eq!(done.try_code("000000", &key(), &RULE, at(11).now).0, Tried::Closed);
        }
    }

    #[test]
    fn wrong_codes_close_it_and_the_right_one_comes_too_late() {
        let mut challenge = challenge();
        let wrong = if code_of(&challenge) == "000000" { "000001" } else { "000000" };
        for (left, state) in [(2, "open"), (1, "open"), (0, "closed")] {
            let (tried, after) = challenge.try_code(wrong, &key(), &RULE, at(1).now);
            challenge = after.expect("counted");
            assert_eq!((tried, challenge.state.code()), (Tried::Wrong, state));
            let told = Challenge::refused(tried, Some(&challenge), &RULE);
            assert_eq!(told, Err(if left > 0 { Refusal::CodeWrong { left } } else { Refusal::CodeClosed }));
        }
        assert_eq!(challenge.try_code(&code_of(&challenge), &key(), &RULE, at(2).now), (Tried::Closed, None));
        assert_eq!(challenge.send_again(&RULE, at(100).now), Err(Refusal::CodeClosed));
    }

    #[test]
    fn a_code_lives_its_hour_whatever_the_clock_does() {
        let open = challenge();
        let right = code_of(&open);
        for (seconds, tried) in [
            (0, Tried::Right),
            (3_599, Tried::Right),
            (3_600, Tried::Expired),
            (86_400, Tried::Expired),
            // An hour back it is neither late nor any longer good.
            (-3_600, Tried::Right),
        ] {
            assert_eq!(open.try_code(&right, &key(), &RULE, at(seconds).now).0, tried, "after {seconds} s");
        }
        let again = open.send_again(&RULE, at(60).now).expect("sent");
        assert_eq!(again.expires_at, open.expires_at, "sending it again does not make it live longer");
    }

    #[test]
    fn the_same_code_comes_again_within_its_life_and_a_new_one_after() {
        let open = challenge();
        assert_eq!(open.send_again(&RULE, at(10).now), Err(Refusal::WaitToResend { seconds: 20 }));
        assert_eq!(open.send_again(&RULE, at(-3_600).now), Err(Refusal::WaitToResend { seconds: 30 }));
        let again = open.send_again(&RULE, at(30).now).expect("sent");
        assert_eq!(code_of(&again), code_of(&open));
        let later = again.send_again(&RULE, at(4_000).now).expect("sent");
        assert_ne!(code_of(&later), code_of(&open));
        assert_eq!(later.try_code(&code_of(&open), &key(), &RULE, at(4_001).now).0, Tried::Wrong);
        assert_eq!(later.send_again(&RULE, at(9_000).now), Err(Refusal::TooManyMessages));
    }

    #[test]
    fn a_corrected_phone_has_another_code_and_the_same_wrong_ones() {
        let open = challenge();
        let wrong = if code_of(&open) == "000000" { "000001" } else { "000000" };
        let (_, counted) = open.try_code(wrong, &key(), &RULE, at(1).now);
        let phone = Phone::parse("+22890123456").ok();
        let corrected =
            counted.expect("counted").correct((None, phone.clone()), &RULE, at(40).now).expect("open");
        assert_eq!((corrected.attempts, corrected.generation, &corrected.phone), (1, 2, &phone));
        assert_ne!(code_of(&corrected), code_of(&open));
    }

    #[test]
    fn nobodys_code_is_never_right() {
        let nobody = Challenge { purpose: Purpose::Recover(None), ..challenge() };
        assert_eq!(nobody.try_code(&code_of(&nobody), &key(), &RULE, at(1).now).0, Tried::Wrong);
    }
}
