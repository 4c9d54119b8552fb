//! How people come to have an account with this fund (accès), as data: `access.toml`.
//!
//! What proves who one is, what is typed to log in, codes, passwords, pauses, charters, and what
//! may be spent on messages. The one rule to remember: a fund without this file has no sign-up,
//! and says so; only those log in for whom an account was opened ([`AccessRules::unsaid`]).

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::dated::{Question, Status};

/// What a fund says of access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRules {
    /// What is typed to log in, in the order in which it is tried.
    pub logins: Vec<LoginKind>,
    /// What the fund's own pages say where somebody logs in or forgot a password.
    pub words: LoginWords,
    /// The ways in (parcours d'inscription).
    pub ways: Vec<Way>,
    /// Codes that prove a phone or an address (code de validation).
    pub code: CodeRule,
    /// Passwords.
    pub password: PasswordRule,
    /// For how many hours a first password is good that was sent.
    pub first_hours: u32,
    /// Pauses after wrong passwords.
    pub lockout: LockoutRule,
    /// Sessions.
    pub session: SessionRule,
    /// What may be spent on messages.
    pub budget: BudgetRule,
    /// Charters and terms, in the order in which they came into force.
    pub charters: Vec<Charter>,
    /// Where each part comes from, in the order of the file.
    pub origins: Vec<Origin>,
}

/// Labels of the pages where somebody logs in or forgot a password, word for word; none where nobody
/// saw what the fund's own pages say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginWords {
    /// The button that logs in: « Me connecter ».
    pub button: Option<Arc<str>>,
    /// The link for a password that is forgotten: « Mot de passe oublié ».
    pub forgotten: Option<Arc<str>>,
    /// What is asked of somebody who forgot his password.
    pub recover_by: Option<Arc<str>>,
    /// What stands beside it.
    pub recover_hint: Option<Arc<str>>,
}

/// Where a part of the rules of access comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Which part: `code`, `ways.insured`.
    pub part: Arc<str>,
    /// The source's title.
    pub source: Arc<str>,
    /// How sure we are.
    pub status: Status,
    /// What is not settled.
    pub question: Option<Question>,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code in data and JSON.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

codes! {
    /// What somebody types to say which account is theirs (identifiant).
    LoginKind {
        /// E-mail address.
        Email = "email",
        /// User name of a former site (nom d'utilisateur).
        Username = "username",
        /// Number of an insured person.
        InsuredNumber = "insured_number",
        /// Number of an employer.
        EmployerNumber = "employer_number",
        /// Number of an identity paper (CNIE).
        Document = "document",
    }
}

codes! {
    /// Who comes in by a way.
    WaySubject {
        /// An employer.
        Employer = "employer",
        /// An insured person.
        Insured = "insured",
        /// Somebody who has rights through an insured person (ayant droit).
        Beneficiary = "beneficiary",
        /// Somebody whose rights come from mandates alone (mandataire): the register does not know him.
        Mandatary = "mandatary",
    }
}

codes! {
    /// By which way a message goes.
    Channel {
        /// A text on a phone.
        Sms = "sms",
        /// An e-mail.
        Email = "email",
    }
}

codes! {
    /// A kind of character that a password must have.
    CharKind {
        /// A capital letter.
        Upper = "upper",
        /// A small letter.
        Lower = "lower",
        /// A digit.
        Digit = "digit",
        /// Anything that is neither letter nor digit.
        Special = "special",
    }
}

codes! {
    /// Where a password comes from.
    PasswordFrom {
        /// Its holder chooses it on the form.
        Chosen = "chosen",
        /// The fund sends a first one, to be changed at the first login.
        Sent = "sent",
    }
}

codes! {
    /// When an account may be used.
    Activation {
        /// As soon as the code is right.
        Code = "code",
        /// Once an agent has looked at it; its holder is told by e-mail.
        Agent = "agent",
    }
}

codes! {
    /// What a form of a way in may ask.
    AskField {
        /// Number of the employer: one's own, or the current one of an insured person.
        EmployerNumber = "employer_number",
        /// Number of the insured person.
        InsuredNumber = "insured_number",
        /// Number of an identity paper.
        Document = "document",
        /// Until when that paper is good.
        DocumentExpires = "document_expires",
        /// Company name (raison sociale).
        CompanyName = "company_name",
        /// Phone of the company.
        CompanyPhone = "company_phone",
        /// Day on which the company was made.
        CompanyCreated = "company_created",
        /// Family name.
        Surname = "surname",
        /// Given names.
        Forenames = "forenames",
        /// Birth date.
        BirthDate = "birth_date",
        /// E-mail address.
        Email = "email",
        /// Mobile phone, for the code.
        Phone = "phone",
        /// Password.
        Password = "password",
        /// The same password again.
        PasswordAgain = "password_again",
        /// The charter or the terms are accepted (case à cocher).
        Terms = "terms",
    }
}

impl AskField {
    /// True when the register can be asked whether what was typed is so.
    #[must_use]
    pub const fn registered(self, of: WaySubject) -> bool {
        match of {
            WaySubject::Employer => matches!(self, Self::EmployerNumber | Self::CompanyName),
            WaySubject::Insured => matches!(
                self,
                Self::InsuredNumber
                    | Self::EmployerNumber
                    | Self::Surname
                    | Self::Forenames
                    | Self::BirthDate
                    | Self::Document
                    | Self::DocumentExpires
            ),
            WaySubject::Mandatary => false,
            WaySubject::Beneficiary => matches!(
                self,
                Self::InsuredNumber
                    | Self::Surname
                    | Self::Forenames
                    | Self::BirthDate
                    | Self::Document
                    | Self::DocumentExpires
            ),
        }
    }
}

/// A field of a way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is asked.
    pub field: AskField,
    /// The label, word for word.
    pub label: Arc<str>,
    /// What stands beside it.
    pub hint: Option<Arc<str>>,
    /// What was typed must be what the register holds.
    pub matched: bool,
    /// May be left empty.
    pub optional: bool,
}

/// A way in (parcours d'inscription).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Code in addresses and JSON: `insured`.
    pub code: Arc<str>,
    /// Label of the button that leads there.
    pub label: Arc<str>,
    /// Who comes in by it.
    pub subject: WaySubject,
    /// What is asked first.
    pub identify: Vec<Ask>,
    /// What is asked then.
    pub ask: Vec<Ask>,
    /// What will be typed to log in.
    pub login: LoginKind,
    /// Where the password comes from.
    pub password: PasswordFrom,
    /// When the account may be used.
    pub activation: Activation,
    /// The charter is accepted before anything is opened.
    pub charter_before: bool,
    /// What the button of the form says; none where nobody saw it.
    pub button: Option<Arc<str>>,
    /// What the button says once the code was right, which leads to the login.
    pub done_button: Option<Arc<str>>,
}

impl Way {
    /// Everything that is asked, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Ask> {
        self.identify.iter().chain(&self.ask)
    }

    /// True when that is asked.
    #[must_use]
    pub fn asks(&self, field: AskField) -> bool {
        self.fields().any(|ask| ask.field == field)
    }
}

/// Codes that prove a phone or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// How many digits.
    pub digits: u8,
    /// For how long one is good.
    pub life_minutes: u32,
    /// By which ways it goes, all at once.
    pub channels: Vec<Channel>,
    /// Wrong ones that are taken.
    pub attempts_most: u32,
    /// How often it is sent again.
    pub resends_most: u32,
    /// The least time between two sendings.
    pub resend_pause_seconds: u32,
    /// What the button says under the code that was typed; none where nobody saw it.
    pub button: Option<Arc<str>>,
}

/// What a password must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRule {
    /// The fewest characters.
    pub least: u32,
    /// The most characters.
    pub most: u32,
    /// Kinds of characters that it must have.
    pub kinds: Vec<CharKind>,
}

/// Pauses after wrong passwords; they double.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockoutRule {
    /// Wrong passwords of one login before pauses begin.
    pub free: u32,
    /// Wrong passwords from one source before pauses begin: many people may share one address.
    pub source_free: u32,
    /// The first pause.
    pub first_pause_seconds: u32,
    /// The longest pause.
    pub longest_pause_seconds: u32,
    /// After so many hours without a wrong one, counting begins anew.
    pub forget_hours: u32,
}

/// How long sessions last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRule {
    /// Without use.
    pub idle_minutes: u32,
    /// In any case.
    pub hours: u32,
    /// For how long somebody who proved who he is need not prove it again for what touches money or
    /// identity.
    pub proven_minutes: u32,
}

/// What may be spent on messages that anybody can cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRule {
    /// Messages to one number in a day.
    pub number_day: u32,
    /// Messages caused by one source in an hour.
    pub source_hour: u32,
    /// Messages to one prefix of numbers in an hour.
    pub prefix_hour: u32,
    /// How many digits after the country's make a prefix.
    pub prefix_digits: u32,
    /// Codes sent in an hour before the ratio is looked at.
    pub ratio_from: u32,
    /// When fewer than one code in so many is confirmed, the tap closes until the hour is over.
    pub sent_for_one: u32,
}

/// A charter or terms of use, as of a day (charte d'utilisation, conditions générales).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charter {
    /// Its version: `2024-1`.
    pub version: Arc<str>,
    /// From which day it is asked.
    pub from: NaiveDate,
    /// Title.
    pub title: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// SHA-256 of the text as it is shown: what an acceptance keeps.
    pub digest: [u8; 32],
}

impl AccessRules {
    /// The rules of a fund whose papers say nothing of access: its people log in with an address, by
    /// the software's own pauses and sessions, and nobody signs up.
    #[must_use]
    pub fn unsaid() -> &'static Self {
        static UNSAID: LazyLock<AccessRules> = LazyLock::new(|| AccessRules {
            logins: vec![LoginKind::Email],
            words: LoginWords::default(),
            ways: Vec::new(),
            code: CodeRule {
                digits: 6,
                life_minutes: 10,
                channels: Vec::new(),
                attempts_most: 5,
                resends_most: 0,
                resend_pause_seconds: 60,
                button: None,
            },
            password: PasswordRule { least: 10, most: 128, kinds: Vec::new() },
            first_hours: 72,
            lockout: LockoutRule {
                free: 5,
                source_free: 60,
                first_pause_seconds: 30,
                longest_pause_seconds: 900,
                forget_hours: 24,
            },
            session: SessionRule { idle_minutes: 60, hours: 12, proven_minutes: 15 },
            budget: BudgetRule {
                number_day: 0,
                source_hour: 0,
                prefix_hour: 0,
                prefix_digits: 2,
                ratio_from: 1,
                sent_for_one: 1,
            },
            charters: Vec::new(),
            origins: Vec::new(),
        });
        &UNSAID
    }

    /// The way in with this code.
    #[must_use]
    pub fn way(&self, code: &str) -> Option<&Way> {
        self.ways.iter().find(|way| *way.code == *code)
    }

    /// The charter in force on a day.
    #[must_use]
    pub fn charter(&self, on: NaiveDate) -> Option<&Charter> {
        self.charters.iter().rev().find(|charter| charter.from <= on)
    }
}
