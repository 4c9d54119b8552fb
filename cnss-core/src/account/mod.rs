//! Having an account (compte de connexion): from the first page of a sign-up to the last session.
//!
//! Pure decisions, configured by the fund's [`AccessRules`](crate::fund::AccessRules). Passwords are
//! hashed and checked at the edge, which owns the costly hash; what a right or a wrong one means
//! is decided here.
//!
//! | question | where |
//! |---|---|
//! | what is typed to log in, whether a password may be tried, what follows | [`Login`], [`lockout`], [`login`](mod@login) |
//! | who gets an account, and what a stranger is told | [`sign_up`] |
//! | whether a phone or an address is one's own | [`challenge`] |
//! | codes and first passwords, and the key that they are derived under | [`code`] |
//! | another address or phone | [`contact`] |
//! | a forgotten password | [`recover`] |
//! | what a password must be | [`password`] |
//! | what must be accepted before anything else | [`charter`] |
//! | theft, loss, unblocking, activation | [`standing`] |
//! | sessions and devices | [`session`] |
//! | an employer's people and accountants | [`mandate`] |
//! | the fund's agents and what each may do | [`agent`] |
//! | an agent's second factor | [`second_factor`] |
//! | what may be spent on messages | [`budget`] |
//!
//! The one rule to remember: a stranger never learns whether an account exists.

pub mod agent;
pub mod budget;
pub mod challenge;
mod change;
pub mod charter;
pub mod code;
pub mod contact;
pub mod lockout;
pub mod login;
pub mod mandate;
pub mod password;
pub mod recover;
pub mod register;
pub mod second_factor;
pub mod session;
pub mod sign_up;
pub mod standing;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Actor, Subject};
use crate::fund::LoginKind;
use crate::id::{AccountId, EmployerNumber, InsuredNumber, Version};
use crate::person::{Email, Name, Phone, western_digits};
use crate::refusal::Refusal;

pub use agent::{Agent, Role};
pub use budget::{RefusedSend, Source, Tally, TallyKey};
pub use challenge::{Challenge, ChallengeState, Purpose};
pub use change::{AccountChange, AccountExpect};
pub use charter::Accepted;
pub use code::{Code, CodeKey};
pub use lockout::{Lock, LockKey};
pub use mandate::{Mandate, Rights};
pub use register::{Beneficiary, Paper, PaperHolder, PaperNumber};
pub use session::{Session, SessionKind, TokenHash};
pub use standing::{BlockReason, State};

/// What somebody types to say which account is theirs; unique of its kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Login {
    kind: LoginKind,
    text: String,
}

impl Login {
    /// Reads a login of a kind as people type it; none when it cannot be one.
    ///
    /// ```
    /// use cnss_core::{account::Login, fund::LoginKind};
    /// let number = Login::read(LoginKind::InsuredNumber, " ٧١٠ 040 ").expect("a number");
    /// assert_eq!(number.as_str(), "710040");
    /// assert!(Login::read(LoginKind::Email, "710040").is_none());
    /// ```
    #[must_use]
    pub fn read(kind: LoginKind, typed: &str) -> Option<Self> {
        if typed.len() > 400 {
            return None;
        }
        let text = match kind {
            LoginKind::Email => Email::parse(typed).ok()?.as_str().to_owned(),
            LoginKind::InsuredNumber => {
                western_digits(typed.trim()).parse::<InsuredNumber>().ok()?.to_string()
            }
            LoginKind::EmployerNumber => typed.parse::<EmployerNumber>().ok()?.to_string(),
            LoginKind::Document => PaperNumber::read(typed)?.as_str().to_owned(),
            LoginKind::Username => {
                let name = typed.trim().to_lowercase();
                let sound = (1..=60).contains(&name.len())
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-@".contains(c));
                sound.then_some(name)?
            }
        };
        Some(Self { kind, text })
    }

    /// The login that an e-mail address is.
    #[must_use]
    pub fn email(address: &Email) -> Self {
        Self { kind: LoginKind::Email, text: address.as_str().to_owned() }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> LoginKind {
        self.kind
    }

    /// As text, folded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Everything that a typed text may mean, in the order in which the fund tries it.
    #[must_use]
    pub fn candidates(kinds: &[LoginKind], typed: &str) -> Vec<Self> {
        kinds.iter().filter_map(|kind| Self::read(*kind, typed)).collect()
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.kind.code())
    }
}

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub id: AccountId,
    /// What its holder may type to log in; the first is the one that is shown.
    pub logins: Vec<Login>,
    /// Hash of the password, as the edge writes it; one of a former site until the first login.
    /// Never logged, never shown.
    pub password_hash: String,
    /// The password is a first one that was sent, and must be changed before anything else.
    pub must_change: bool,
    /// Until when a first password that was sent is good; none once its holder chose one.
    pub password_until: Option<DateTime<Utc>>,
    /// Where e-mails go.
    pub email: Option<Email>,
    /// Where SMS go.
    pub phone: Option<Phone>,
    /// In whose name it acts.
    pub subject: Subject,
    /// Who is greeted.
    pub holder: Name,
    /// Whether it may be used.
    pub state: State,
    /// What its holder accepted last; all acceptances are kept beside it.
    pub accepted: Option<Accepted>,
    /// Grows with every change.
    pub version: Version,
}

impl Account {
    /// An account that may be used at once. Its e-mail address is its login, when that is one.
    #[must_use]
    pub fn new(id: AccountId, login: Login, password_hash: String, subject: Subject, holder: Name) -> Self {
        let email = (login.kind == LoginKind::Email).then(|| Email::parse(&login.text).ok()).flatten();
        Self {
            id,
            logins: vec![login],
            password_hash,
            must_change: false,
            password_until: None,
            email,
            phone: None,
            subject,
            holder,
            state: State::Active,
            accepted: None,
            version: Version(1),
        }
    }

    /// Its holder, acting in its own name.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor { account: self.id, subject: self.subject }
    }

    /// The login that is shown.
    #[must_use]
    pub fn login(&self) -> &str {
        self.logins.first().map_or("", Login::as_str)
    }

    /// What a new password of its holder must not contain.
    #[must_use]
    pub fn personal(&self) -> Vec<String> {
        let contacts =
            [self.email.as_ref().map(ToString::to_string), self.phone.as_ref().map(ToString::to_string)];
        let logins = self.logins.iter().map(|login| login.as_str().to_owned());
        logins.chain([self.holder.to_string()]).chain(contacts.into_iter().flatten()).collect()
    }

    /// Notes that its password is a first one, which somebody else knows or carries: to be changed before
    /// anything else, and good for so many hours.
    pub(crate) fn first_password(&mut self, hours: u32, now: DateTime<Utc>) {
        self.must_change = true;
        self.password_until = Some(now + Duration::hours(hours.into()));
    }

    /// Whether its holder may log in now; said only to who knows the password.
    ///
    /// # Errors
    /// [`Refusal::AccountWaiting`], [`Refusal::AccountBlocked`]; [`Refusal::FirstPasswordOver`].
    pub fn usable(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state.usable()?;
        match self.password_until {
            Some(until) if now >= until => Err(Refusal::FirstPasswordOver),
            _ => Ok(()),
        }
    }

    /// Why a message with a first password is of no use any more, if it is not. While the account waits
    /// for an agent it is: its hours begin when he activates it.
    #[must_use]
    pub fn first_password_past(&self, now: DateTime<Utc>) -> Option<&'static str> {
        match (&self.state, self.password_until) {
            (_, None) => Some("another password was chosen"),
            (State::Waiting { .. }, Some(_)) => None,
            (_, Some(until)) => (now >= until).then_some("the life of the first password is over"),
        }
    }

    /// The same account after a change, to be saved.
    #[must_use]
    pub(crate) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut account = self.clone();
        change(&mut account);
        account.version = self.version.next();
        account
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .field("state", &self.state.code())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_mean_several_logins() {
        let kinds = [LoginKind::InsuredNumber, LoginKind::Email, LoginKind::Username];
        let read = |typed: &str| {
            Login::candidates(&kinds, typed)
                .iter()
                .map(|l| (l.kind().code(), l.as_str().to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(" 0071 0040 "), [("insured_number", "00710040".to_owned())]);
        assert_eq!(read("710040").len(), 2, "a user name of figures is one too");
        assert_eq!(read("Afi@Example.TG")[0], ("email", "afi@example.tg".to_owned()));
        assert_eq!(read("kmelomey2"), [("username", "kmelomey2".to_owned())]);
        for nothing in ["", "\u{202e}afi", "a b", "a\r\nb", "é", &"x".repeat(100_000)] {
            assert!(read(nothing).is_empty(), "{} characters", nothing.len());
        }
        assert_eq!(Login::read(LoginKind::Document, "be 12-34 56").expect("a paper").as_str(), "BE123456");
    }

    #[test]
    fn what_is_written_into_a_log_names_nobody() {
        let login = Login::read(LoginKind::Email, "afi@example.tg").expect("a login");
        let holder = Name::parse("Afi Lawson").expect("a name");
        let account = Account::new(
            AccountId(uuid::Uuid::nil()),
            login.clone(),
            "$argon2id$x".to_owned(),
            Subject::Agent,
            holder,
        );
        let text = format!("{account:?} {login:?}");
        assert!(!text.contains("afi") && !text.contains("Lawson") && !text.contains("argon2"), "{text}");
    }
}
