//! Signing up (création de compte): what was typed is compared with the register, a code proves the
//! phone or the address, and the account is opened, or nothing is.
//!
//! | step | what a stranger sees | what happens |
//! |---|---|---|
//! | [`read`] | faults of the form alone | nothing |
//! | [`begin`] | « a code was sent » | a challenge, whether or not anything matched |
//! | [`confirm`] | « done, you will be told » | the account, or a message that says what to do |
//!
//! The one rule to remember: whatever was typed, the answers, the reads and the commits are the same;
//! only messages to contacts that were proved, or to the account's holder, differ.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::budget::{self, Counts};
use super::challenge::{Challenge, Purpose, Tried, kept};
use super::code::CodeKey;
use super::password::{self, Requirement};
use super::{
    Accepted, Account, AccountChange, AccountExpect, Beneficiary, Login, Paper, PaperHolder, PaperNumber,
    Source, State, Tally, TallyKey,
};
use crate::access::Subject;
use crate::calendar::parse_date;
use crate::decision::{Change, Decision, Expect, Moment};
use crate::employer::Employer;
use crate::fund::{
    AccessRules, Activation, AskField, Channel, Fund, LoginKind, PasswordFrom, Way, WaySubject,
};
use crate::id::{AccountId, ChallengeId, EmployerNumber, InsuredNumber, NoticeId};
use crate::insured::Insured;
use crate::notice::{Addressee, Message, Notice};
use crate::person::{Email, Name, Phone, western_digits};
use crate::refusal::{Fault, FaultKind, Refusal};

/// The longest text that a field takes.
const FIELD_MOST: usize = 200;
/// The most warnings that a holder gets in a day.
const WARNINGS_DAY: u32 = 1;

/// What was typed into the fields of a way.
pub type Form = BTreeMap<AskField, String>;

/// What was typed, as far as it is sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Number of the employer.
    pub employer: Option<EmployerNumber>,
    /// Number of the insured person.
    pub insured: Option<InsuredNumber>,
    /// Number of an identity paper.
    pub document: Option<PaperNumber>,
    /// Until when that paper is good.
    pub document_expires: Option<NaiveDate>,
    /// Company name.
    pub company: Option<Name>,
    /// Family name.
    pub surname: Option<Name>,
    /// Given names.
    pub forenames: Option<Name>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// Address.
    pub email: Option<Email>,
    /// Mobile phone.
    pub phone: Option<Phone>,
    /// What the register does not hold, for an agent to see.
    pub told: Vec<(AskField, String)>,
}

/// What was typed, in the account's hands until the code is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// By which way.
    pub way: String,
    /// Whom the register knows by what was typed; nobody when something differs.
    pub subject: Option<Subject>,
    /// Who will be greeted.
    pub holder: Option<Name>,
    /// What will be typed to log in.
    pub login: Option<Login>,
    /// The chosen password's hash; empty when the fund sends a first one.
    pub password_hash: String,
    /// The charter that was accepted.
    pub accepted: Option<Accepted>,
    /// What an agent is shown.
    pub told: Vec<(AskField, String)>,
}

/// What the register says of what was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Register<'a> {
    /// The employer of that number.
    pub employer: Option<&'a Employer>,
    /// The insured person of that number, or of that paper.
    pub insured: Option<&'a Insured>,
    /// That person is, today, on the staff of that employer.
    pub employed: bool,
    /// The paper of that number.
    pub paper: Option<&'a Paper>,
    /// The beneficiary of that paper.
    pub beneficiary: Option<&'a Beneficiary>,
}

/// Reads a form: every fault at once, each at its field. `steps` are the fields of the page that was
/// sent; the common passwords are the edge's list.
///
/// # Errors
/// [`Refusal::Invalid`].
pub fn read(
    fund: &Fund,
    rules: &AccessRules,
    way: &Way,
    form: &Form,
    common: &dyn Fn(&str) -> bool,
    today: NaiveDate,
) -> Result<Claims, Refusal> {
    let mut claims = Claims::default();
    let mut faults = Vec::new();
    for ask in way.fields() {
        let typed = form.get(&ask.field).map_or("", String::as_str);
        let secret = matches!(ask.field, AskField::Password | AskField::PasswordAgain);
        let empty = if secret { typed.is_empty() } else { typed.trim().is_empty() };
        let read = if empty {
            if ask.optional { Ok(()) } else { Err(FaultKind::Missing) }
        } else if !secret && typed.chars().nth(FIELD_MOST).is_some() {
            Err(FaultKind::TooLong { most: u32::try_from(FIELD_MOST).unwrap_or(u32::MAX) })
        } else {
            claims.read(fund, way, ask.field, typed, today)
        };
        if let Err(kind) = read {
            faults.push(Fault::field(ask.field.code(), kind));
        }
    }
    let typed = |field| form.get(&field).map_or("", String::as_str);
    let chosen = typed(AskField::Password);
    if way.asks(AskField::Password) && !chosen.is_empty() {
        let personal: Vec<&str> = [
            AskField::Email,
            AskField::Surname,
            AskField::Forenames,
            AskField::CompanyName,
            AskField::InsuredNumber,
            AskField::EmployerNumber,
            AskField::Document,
            AskField::Phone,
        ]
        .map(typed)
        .to_vec();
        let broken = password::broken(chosen, &rules.password, common, &personal);
        faults.extend(broken.into_iter().map(|r: Requirement| r.fault(AskField::Password.code())));
        let again = typed(AskField::PasswordAgain);
        if way.asks(AskField::PasswordAgain) && !again.is_empty() && again != chosen {
            faults.push(Fault::field(AskField::PasswordAgain.code(), FaultKind::NotTheSame));
        }
    }
    if faults.is_empty() { Ok(claims) } else { Err(Refusal::Invalid(faults)) }
}

impl Claims {
    fn read(
        &mut self,
        fund: &Fund,
        way: &Way,
        field: AskField,
        typed: &str,
        today: NaiveDate,
    ) -> Result<(), FaultKind> {
        let day = || {
            let day = parse_date(&western_digits(typed)).map_err(|_| FaultKind::NotADate)?;
            if day > today && field != AskField::DocumentExpires { Err(FaultKind::InFuture) } else { Ok(day) }
        };
        let name = || Name::parse(typed).map_err(|_| FaultKind::NotAName);
        let number = || FaultKind::NotANumber;
        match field {
            AskField::EmployerNumber => {
                self.employer = Some(western_digits(typed).parse().map_err(|_| number())?);
            }
            AskField::InsuredNumber => {
                self.insured = Some(western_digits(typed.trim()).parse().map_err(|_| number())?);
            }
            AskField::Document => self.document = Some(PaperNumber::read(typed).ok_or_else(number)?),
            AskField::DocumentExpires => self.document_expires = Some(day()?),
            AskField::CompanyName => self.company = Some(name()?),
            AskField::Surname => self.surname = Some(name()?),
            AskField::Forenames => self.forenames = Some(name()?),
            AskField::BirthDate => self.birth_date = Some(day()?),
            AskField::Email => self.email = Some(Email::parse(typed).map_err(|_| FaultKind::NotAnEmail)?),
            AskField::Phone => {
                self.phone = Some(fund.mobile(typed).map_err(|error| FaultKind::Phone(error.code()))?);
            }
            AskField::CompanyPhone => {
                let (phone, _) = fund.phone(typed).map_err(|error| FaultKind::Phone(error.code()))?;
                self.told.push((field, phone.to_string()));
                return Ok(());
            }
            AskField::CompanyCreated => {
                self.told.push((field, day()?.to_string()));
                return Ok(());
            }
            AskField::Password | AskField::PasswordAgain | AskField::Terms => return Ok(()),
        }
        let matched = way.fields().any(|ask| ask.field == field && ask.matched);
        if !matched && !matches!(field, AskField::Email | AskField::Phone) {
            self.told.push((field, typed.trim().chars().take(FIELD_MOST).collect()));
        }
        Ok(())
    }
}

/// Whom the register knows by what was typed, and how he is greeted; nobody when anything differs.
///
/// A paper that is no longer good on `today` proves nothing.
#[must_use]
pub fn matched(
    way: &Way,
    claims: &Claims,
    register: &Register<'_>,
    today: NaiveDate,
) -> Option<(Subject, Name)> {
    let (insured, paper) = (register.insured, register.paper);
    let (subject, surname, forenames, birth_date) = match way.subject {
        WaySubject::Employer => (Subject::Employer(register.employer?.id), None, None, None),
        WaySubject::Insured => {
            let person = insured?;
            (
                Subject::Insured(person.id),
                Some(&person.surname),
                Some(&person.forenames),
                Some(person.birth_date),
            )
        }
        // Nothing is compared: the account may do nothing until a mandate is taken up with it.
        WaySubject::Mandatary => (Subject::Mandatary, None, None, None),
        WaySubject::Beneficiary => {
            let person = register.beneficiary.filter(|b| insured.is_some_and(|i| i.id == b.insured))?;
            (
                Subject::Beneficiary(person.id),
                Some(&person.surname),
                Some(&person.forenames),
                Some(person.birth_date),
            )
        }
    };
    let of_subject = |paper: &Paper| match paper.holder {
        PaperHolder::Insured(id) => subject == Subject::Insured(id),
        PaperHolder::Beneficiary(id) => subject == Subject::Beneficiary(id),
    };
    let same = |typed: &Option<Name>, known: Option<&Name>| {
        typed.as_ref().zip(known).is_some_and(|(typed, known)| typed.key() == known.key())
    };
    let holds = |field: AskField| match field {
        AskField::EmployerNumber if way.subject == WaySubject::Employer => {
            claims.employer.as_ref() == register.employer.map(|e| &e.number)
        }
        AskField::EmployerNumber => register.employed && register.employer.is_some(),
        AskField::CompanyName => same(&claims.company, register.employer.map(|e| &e.name)),
        AskField::InsuredNumber => insured.is_some_and(|i| claims.insured == Some(i.number)),
        AskField::Surname => same(&claims.surname, surname),
        AskField::Forenames => same(&claims.forenames, forenames),
        AskField::BirthDate => birth_date.is_some() && claims.birth_date == birth_date,
        AskField::Document => {
            let good = |p: &Paper| p.expires_on.is_none_or(|last| last >= today);
            paper.is_some_and(|p| of_subject(p) && good(p) && claims.document.as_ref() == Some(&p.number))
        }
        AskField::DocumentExpires => {
            paper.is_some_and(|p| p.expires_on.is_some() && p.expires_on == claims.document_expires)
        }
        _ => false,
    };
    // All are looked at, so that the first difference is not told by the time it takes.
    let differing = way.fields().filter(|ask| ask.matched && !holds(ask.field)).count();
    let name = |first: &Name, last: &Name| Name::parse(&format!("{first} {last}")).ok();
    let holder = match way.subject {
        WaySubject::Employer | WaySubject::Mandatary => match (&claims.forenames, &claims.surname) {
            (Some(forenames), Some(surname)) => name(forenames, surname),
            _ => register.employer.map(|e| e.name.clone()),
        },
        // A full name that is too long to be a name greets by the family name.
        _ => forenames.zip(surname).and_then(|(f, s)| name(f, s).or_else(|| Some(s.clone()))),
    };
    holder.filter(|_| differing == 0).map(|holder| (subject, holder))
}

/// What [`begin`] is given.
#[derive(Clone, Debug)]
pub struct Begin<'a> {
    /// By which way.
    pub way: &'a Way,
    /// What was typed.
    pub claims: &'a Claims,
    /// Whom the register knows by it.
    pub matched: Option<(Subject, Name)>,
    /// The insured person that the register knows by it, whose number may be the login.
    pub insured: Option<&'a Insured>,
    /// The account that this subject has already.
    pub existing: Option<&'a Account>,
    /// How often its holder was warned today.
    pub warned: u32,
    /// The chosen password's hash, or that of anything at all: one is always made.
    pub password_hash: String,
    /// The charter that was accepted on the form.
    pub accepted: Option<Accepted>,
    /// Where the request comes from.
    pub source: Source,
    /// What was spent so far.
    pub counts: Counts,
}

/// A code is on its way, or the budget does not allow it; the same whatever was typed.
///
/// The outcome is what to answer: the refusal, too, is committed, for agents to see.
///
/// # Errors
/// [`Refusal::Invalid`] when the charter was not accepted.
pub fn begin(
    given: Begin<'_>,
    fund: &Fund,
    rules: &AccessRules,
    at: &Moment,
) -> Result<Decision<Result<ChallengeId, Refusal>>, Refusal> {
    let (way, claims) = (given.way, given.claims);
    let accepts = way.charter_before || way.asks(AskField::Terms);
    if accepts && super::charter::to_accept(rules, given.accepted.as_ref(), at.today).is_some() {
        return Err(Refusal::Invalid(vec![Fault::field(AskField::Terms.code(), FaultKind::Missing)]));
    }
    let (email, phone) = (claims.email.clone(), claims.phone.clone());
    if let Err(why) = budget::may_send(&given.counts, &rules.budget) {
        let changes = vec![budget::refused(phone.as_ref(), given.source, why, at)];
        let outcome = Err(Refusal::TooManyMessages);
        return Ok(Decision { outcome, expects: Vec::new(), changes, notices: Vec::new() });
    }
    let (expects, mut changes) =
        budget::spend(phone.as_ref(), given.source, &rules.budget, &fund.phone_prefix, at);
    let (subject, holder) = given.matched.unzip();
    let application = Application {
        way: way.code.to_string(),
        subject,
        holder,
        login: login_of(way, claims, given.insured),
        password_hash: if way.password == PasswordFrom::Chosen { given.password_hash } else { String::new() },
        accepted: given.accepted,
        told: claims.told.clone(),
    };
    let purpose = Purpose::SignUp(Box::new(application));
    let challenge = Challenge::open(purpose, (email, phone), given.source, &rules.code, at);
    let mut notices: Vec<Notice> =
        challenge.notice(&rules.code.channels, &rules.code, at).into_iter().collect();
    let id = challenge.id;
    changes.push(Change::Account(AccountChange::SaveChallenge(challenge)));
    if let Some(account) = given.existing {
        if given.warned < WARNINGS_DAY {
            notices.push(warning(account.id, at));
        }
        changes.push(Change::Account(AccountChange::Count(Tally::now(TallyKey::Warned(account.id), at.now))));
    }
    Ok(Decision { outcome: Ok(id), expects, changes, notices })
}

/// The holder of an account is told that somebody tries to sign up in his name.
fn warning(account: AccountId, at: &Moment) -> Notice {
    Notice { id: NoticeId(at.entropy.uuid(at.now)), to: account.into(), message: Message::SomebodySignsUp }
}

fn login_of(way: &Way, claims: &Claims, insured: Option<&Insured>) -> Option<Login> {
    match way.login {
        LoginKind::Email => claims.email.as_ref().map(Login::email),
        LoginKind::InsuredNumber => {
            let number = claims.insured.or(insured.map(|i| i.number))?;
            Login::read(LoginKind::InsuredNumber, &number.to_string())
        }
        LoginKind::EmployerNumber => {
            Login::read(LoginKind::EmployerNumber, claims.employer.as_ref()?.as_str())
        }
        LoginKind::Document => Login::read(LoginKind::Document, claims.document.as_ref()?.as_str()),
        LoginKind::Username => None,
    }
}

/// What [`confirm`] is given.
#[derive(Clone, Debug)]
pub struct Confirm<'a> {
    /// The challenge.
    pub challenge: &'a Challenge,
    /// The code as it was typed.
    pub typed: &'a str,
    /// The account that the subject has already.
    pub existing: Option<&'a Account>,
    /// The account that has the login already.
    pub login_taken: Option<&'a Account>,
    /// The hash of the first password that the fund sends, or of anything at all: one is always made.
    pub first_hash: String,
}

/// The code was typed: the account is opened when everything is so; else who typed it is told by
/// message what to do. The answer is the same.
#[must_use]
pub fn confirm(
    given: Confirm<'_>,
    key: &CodeKey,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<Activation, Refusal>> {
    let challenge = given.challenge;
    let Purpose::SignUp(application) = &challenge.purpose else {
        return kept(challenge, None, Err(Refusal::NotFound));
    };
    let Some(way) = rules.way(&application.way) else {
        return kept(challenge, None, Err(Refusal::NotFound));
    };
    let (tried, after) = challenge.try_code(given.typed, key, &rules.code, at.now);
    if let Err(refusal) = Challenge::refused(tried, after.as_ref(), &rules.code) {
        return kept(challenge, after, Err(refusal));
    }
    let outcome = Ok(way.activation);
    if tried == Tried::Again {
        return kept(challenge, None, outcome);
    }
    let mut decision = kept(challenge, Some(challenge.spent()), outcome);
    decision.changes.push(Change::Account(AccountChange::Count(Tally::now(TallyKey::Confirmed, at.now))));
    let contacts = challenge.contacts(&[crate::fund::Channel::Sms, crate::fund::Channel::Email]);
    let mut tell = |to: Addressee, message| {
        decision.notices.push(Notice { id: NoticeId(at.entropy.uuid(at.now)), to, message });
    };
    let free = given.existing.is_none() && given.login_taken.is_none();
    let opened = free
        .then(|| Some((application.subject?, application.holder.clone()?, application.login.clone()?)))
        .flatten();
    let Some((subject, holder, login)) = opened else {
        tell(Addressee::Contacts(contacts), Message::SignUpImpossible);
        return decision;
    };
    let sent = way.password == PasswordFrom::Sent;
    let hash = if sent { given.first_hash } else { application.password_hash.clone() };
    let id = AccountId(at.entropy.uuid(at.now));
    let mut account = Account::new(id, login, hash, subject, holder);
    (account.email, account.phone) = (challenge.email.clone(), challenge.phone.clone());
    if sent {
        account.first_password(rules.first_hours, at.now);
    }
    account.accepted = application.accepted.clone();
    if way.activation == Activation::Agent {
        account.state = State::Waiting { since: at.now, told: application.told.clone() };
    }
    let message = if sent {
        Message::FirstPassword {
            login: account.login().to_owned(),
            challenge: challenge.id,
            hours: rules.first_hours,
        }
    } else {
        Message::AccountOpened { waits: way.activation == Activation::Agent }
    };
    tell(id.into(), message);
    if subject.has_one_account() {
        decision.expects.push(Expect::Account(AccountExpect::NoAccountOf(subject)));
    }
    decision.changes.push(Change::OpenAccount(account));
    if let Some(accepted) = &application.accepted {
        decision.changes.push(Change::Account(AccountChange::Accept(id, accepted.clone())));
    }
    decision
}

/// The code is sent again, or to a corrected address or phone.
#[must_use]
pub fn send_again(
    challenge: &Challenge,
    corrected: Option<(Option<Email>, Option<Phone>)>,
    counts: &Counts,
    fund: &Fund,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<(), Refusal>> {
    let new = match corrected {
        // The account's own contacts are not corrected by who forgot its password.
        Some(_) if matches!(challenge.purpose, Purpose::Recover(_)) => Err(Refusal::NotAllowed),
        Some(contacts) => challenge.correct(contacts, &rules.code, at.now),
        None => challenge.send_again(&rules.code, at.now),
    };
    let new = match new {
        Ok(new) => new,
        Err(refusal) => return kept(challenge, None, Err(refusal)),
    };
    let recovering = matches!(challenge.purpose, Purpose::Recover(_));
    // The counts of a number that a stranger did not type would tell him that there is one.
    let shown = if recovering { Counts { number: 0, prefix: 0, ..*counts } } else { *counts };
    if let Err(why) = budget::may_send(&shown, &rules.budget) {
        let mut decision = kept(challenge, None, Err(Refusal::TooManyMessages));
        let phone = new.phone.as_ref().filter(|_| !recovering);
        decision.changes.push(budget::refused(phone, challenge.source, why, at));
        return decision;
    }
    let silent = budget::may_send(counts, &rules.budget);
    let sends = silent.is_ok() && challenge.purpose != Purpose::Recover(None);
    let spends = new.phone.as_ref().filter(|_| sends);
    let (expects, mut changes) =
        budget::spend(spends, challenge.source, &rules.budget, &fund.phone_prefix, at);
    if let Err(why) = silent {
        changes.push(budget::refused(new.phone.as_ref(), challenge.source, why, at));
    }
    // A recovery goes by the way that was chosen, and a new contact is proved where it is, whatever the
    // ways of a sign-up are.
    let channels = match &challenge.purpose {
        Purpose::SignUp(_) => rules.code.channels.as_slice(),
        Purpose::Recover(_) | Purpose::Contact(_) => Channel::ALL,
    };
    let notice = new.notice(channels, &rules.code, at).filter(|_| sends);
    let mut decision = kept(challenge, Some(new), Ok(()));
    decision.expects.extend(expects);
    decision.changes.extend(changes);
    decision.notices.extend(notice);
    decision
}
