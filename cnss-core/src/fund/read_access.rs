//! Reading `access.toml`: each table is read by itself, so that the faults of all are told at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use hmac_sha256::Hash;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::access::{
    AccessRules, Activation, Ask, AskField, BudgetRule, Channel, CharKind, Charter, CodeRule, LockoutRule,
    LoginKind, LoginWords, Origin, PasswordFrom, PasswordRule, SessionRule, Way, WaySubject,
};
use super::dated::Status;
use super::identifiers::IdentifierRules;
use super::parse::Reader;
use super::read_contributions::once;

type Table = Spanned<toml::Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccess {
    login: Option<Table>,
    code: Option<Table>,
    password: Option<Table>,
    first_password: Option<Table>,
    lockout: Option<Table>,
    session: Option<Table>,
    budget: Option<Table>,
    #[serde(default)]
    ways: Vec<Table>,
    #[serde(default)]
    charters: Vec<Table>,
}

/// Where a table comes from: three keys that each of them has.
#[derive(Deserialize)]
struct RawOrigin {
    source: String,
    status: Status,
    question: Option<String>,
}

macro_rules! raw {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "the origin's keys stand here so that no other key passes")]
        struct $name {
            $($(#[$meta])* $field: $type,)+
            source: String,
            status: Status,
            question: Option<String>,
        }
    };
}

raw!(RawLogin {
    by: Vec<LoginKind>,
    button: Option<String>,
    forgotten: Option<String>,
    recover_by: Option<String>,
    recover_hint: Option<String>,
});
raw!(RawCode {
    digits: u8,
    life_minutes: u32,
    channels: Vec<Channel>,
    attempts_most: u32,
    resends_most: u32,
    resend_pause_seconds: u32,
    button: Option<String>,
});
raw!(RawPassword { least: u32, most: u32, kinds: Vec<CharKind>, });
raw!(RawFirstPassword { hours: u32 });
raw!(RawLockout {
    free: u32,
    source_free: u32,
    first_pause_seconds: u32,
    longest_pause_seconds: u32,
    forget_hours: u32,
});
raw!(RawSession { idle_minutes: u32, hours: u32, proven_minutes: u32 });
raw!(RawBudget {
    number_day: u32,
    source_hour: u32,
    prefix_hour: u32,
    prefix_digits: u32,
    ratio_from: u32,
    sent_for_one: u32,
});
raw!(RawWay {
    code: String,
    label: String,
    subject: WaySubject,
    identify: Vec<RawAsk>,
    ask: Vec<RawAsk>,
    login: LoginKind,
    password: PasswordFrom,
    activation: Activation,
    #[serde(default)]
    charter_before: bool,
    button: Option<String>,
    done_button: Option<String>,
});
raw!(RawCharter { version: String, from: toml::value::Datetime, title: String, text: String });

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAsk {
    field: AskField,
    label: String,
    hint: Option<String>,
    #[serde(default, rename = "match")]
    matched: bool,
    #[serde(default)]
    optional: bool,
}

struct Reading<'a> {
    reader: &'a Reader<'a>,
    origins: Vec<Origin>,
}

impl Reading<'_> {
    /// A table, with its origin noted; none, with its faults noted, when it is not sound.
    fn part<T: DeserializeOwned>(&mut self, key: &str, table: Table) -> Option<T> {
        let at = table.span().start;
        let value = table.into_inner();
        let origin = RawOrigin::deserialize(value.clone());
        let part = T::deserialize(value);
        let (origin, part) = match (origin, part) {
            (Ok(origin), Ok(part)) => (origin, part),
            // What a table lacks of both is told once.
            (_, Err(error)) => {
                self.reader.fault_from(at, key, error.message());
                return None;
            }
            (Err(error), Ok(_)) => {
                self.reader.fault_from(at, key, error.message());
                return None;
            }
        };
        let question = self.reader.question(key, origin.question.as_deref());
        let source = self.reader.source(key, &origin.source)?;
        self.origins.push(Origin { part: Arc::from(key), source, status: origin.status, question });
        Some(part)
    }

    fn table<T: DeserializeOwned>(&mut self, key: &str, table: Option<Table>) -> Option<T> {
        if table.is_none() {
            self.reader.fault(key, "the table is missing");
        }
        self.part(key, table?)
    }

    fn within(&self, key: &str, name: &str, value: u32, least: u32, most: u32) {
        if value < least || value > most {
            self.reader.fault(key, format!("`{name} = {value}` is not between {least} and {most}"));
        }
    }

    fn distinct<T: Ord + Copy>(&self, key: &str, name: &str, all: &[T]) {
        if all.iter().collect::<BTreeSet<_>>().len() != all.len() {
            self.reader.fault(key, format!("`{name}` says one thing twice"));
        }
    }
}

/// The rules of access; none, with its faults noted, when they are not sound.
pub(super) fn read(reader: &Reader<'_>, identifiers: Option<&IdentifierRules>) -> Option<AccessRules> {
    let raw: RawAccess = reader.file()?;
    let mut reading = Reading { reader, origins: Vec::new() };
    let login: Option<RawLogin> = reading.table("login", raw.login);
    let code: Option<RawCode> = reading.table("code", raw.code);
    let password: Option<RawPassword> = reading.table("password", raw.password);
    let first: Option<RawFirstPassword> = reading.table("first_password", raw.first_password);
    let lockout: Option<RawLockout> = reading.table("lockout", raw.lockout);
    let session: Option<RawSession> = reading.table("session", raw.session);
    let budget: Option<RawBudget> = reading.table("budget", raw.budget);
    let charters = charters(&mut reading, raw.charters);
    let ways = ways(&mut reading, raw.ways);
    if let Some(login) = &login {
        reading.distinct("login", "by", &login.by);
        if login.by.is_empty() {
            reader.fault("login", "`by` names nothing to log in with");
        }
    }
    if let Some(code) = &code {
        check_code(&reading, code, identifiers);
    }
    if let Some(password) = &password {
        reading.within("password", "least", password.least, 6, 64);
        reading.within("password", "most", password.most, 64, 1_024);
        reading.distinct("password", "kinds", &password.kinds);
    }
    if let Some(first) = &first {
        reading.within("first_password", "hours", first.hours, 1, 720);
    }
    if let Some(lockout) = &lockout {
        reading.within("lockout", "free", lockout.free, 1, 100);
        reading.within("lockout", "source_free", lockout.source_free, lockout.free, 100_000);
        reading.within("lockout", "first_pause_seconds", lockout.first_pause_seconds, 1, 86_400);
        let first = lockout.first_pause_seconds;
        reading.within("lockout", "longest_pause_seconds", lockout.longest_pause_seconds, first, 86_400);
        reading.within("lockout", "forget_hours", lockout.forget_hours, 1, 720);
    }
    if let Some(session) = &session {
        reading.within("session", "idle_minutes", session.idle_minutes, 1, 1_440);
        reading.within("session", "hours", session.hours, 1, 720);
        reading.within("session", "proven_minutes", session.proven_minutes, 1, 1_440);
    }
    if let Some(budget) = &budget {
        for (name, value) in [
            ("number_day", budget.number_day),
            ("source_hour", budget.source_hour),
            ("prefix_hour", budget.prefix_hour),
            ("ratio_from", budget.ratio_from),
        ] {
            reading.within("budget", name, value, 1, 1_000_000);
        }
        reading.within("budget", "prefix_digits", budget.prefix_digits, 1, 6);
        reading.within("budget", "sent_for_one", budget.sent_for_one, 2, 1_000);
    }
    if let (Some(ways), Some(code)) = (&ways, &code) {
        for way in ways {
            check_way(&reading, way, &code.channels, charters.as_ref(), login.as_ref());
        }
    }
    let (login, code, password, lockout, session, budget) =
        (login?, code?, password?, lockout?, session?, budget?);
    Some(AccessRules {
        logins: login.by,
        words: LoginWords {
            button: login.button.map(Arc::from),
            forgotten: login.forgotten.map(Arc::from),
            recover_by: login.recover_by.map(Arc::from),
            recover_hint: login.recover_hint.map(Arc::from),
        },
        ways: ways?,
        code: CodeRule {
            digits: code.digits,
            life_minutes: code.life_minutes,
            channels: code.channels,
            attempts_most: code.attempts_most,
            resends_most: code.resends_most,
            resend_pause_seconds: code.resend_pause_seconds,
            button: code.button.map(Arc::from),
        },
        password: PasswordRule { least: password.least, most: password.most, kinds: password.kinds },
        first_hours: first?.hours,
        lockout: LockoutRule {
            free: lockout.free,
            source_free: lockout.source_free,
            first_pause_seconds: lockout.first_pause_seconds,
            longest_pause_seconds: lockout.longest_pause_seconds,
            forget_hours: lockout.forget_hours,
        },
        session: SessionRule {
            idle_minutes: session.idle_minutes,
            hours: session.hours,
            proven_minutes: session.proven_minutes,
        },
        budget: BudgetRule {
            number_day: budget.number_day,
            source_hour: budget.source_hour,
            prefix_hour: budget.prefix_hour,
            prefix_digits: budget.prefix_digits,
            ratio_from: budget.ratio_from,
            sent_for_one: budget.sent_for_one,
        },
        charters: charters?,
        origins: reading.origins,
    })
}

fn check_code(reading: &Reading<'_>, code: &RawCode, identifiers: Option<&IdentifierRules>) {
    reading.within("code", "digits", code.digits.into(), 4, 10);
    reading.within("code", "life_minutes", code.life_minutes, 1, 1_440);
    reading.within("code", "attempts_most", code.attempts_most, 1, 20);
    reading.within("code", "resends_most", code.resends_most, 0, 20);
    reading.within("code", "resend_pause_seconds", code.resend_pause_seconds, 0, 3_600);
    reading.distinct("code", "channels", &code.channels);
    if code.channels.is_empty() {
        reading.reader.fault("code", "`channels` names no way to send a code");
    }
    let mobile = identifiers.is_none_or(|i| i.find("phone.mobile").is_some());
    if code.channels.contains(&Channel::Sms) && !mobile {
        reading.reader.fault("code", "codes go by SMS, but identifiers.toml has no phone of code \"mobile\"");
    }
}

fn charters(reading: &mut Reading<'_>, tables: Vec<Table>) -> Option<Vec<Charter>> {
    let mut charters: Vec<Charter> = Vec::with_capacity(tables.len());
    let mut sound = true;
    for (place, table) in tables.into_iter().enumerate() {
        let key = format!("charters.{place}");
        let at = table.span().start;
        let Some(raw) = reading.part::<RawCharter>(&key, table) else {
            sound = false;
            continue;
        };
        let day = raw.from.date.filter(|_| raw.from.time.is_none());
        let day = day
            .and_then(|d| NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day)));
        let Some(from) = day else {
            reading.reader.fault_from(at, &key, format!("`from = {}` is not a day", raw.from));
            sound = false;
            continue;
        };
        // As it is shown: no matter which ends of lines the file has.
        let text = raw.text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        if text.is_empty() {
            reading.reader.fault_from(at, &key, "`text` is empty");
        }
        if charters.last().is_some_and(|before| before.from >= from) {
            reading.reader.fault_from(
                at,
                &key,
                format!("`from = {from}` does not come after the one before it"),
            );
        }
        if charters.iter().any(|before| *before.version == *raw.version) {
            reading.reader.fault_from(at, &key, format!("`version = {:?}` stands twice", raw.version));
        }
        charters.push(Charter {
            version: raw.version.as_str().into(),
            from,
            title: raw.title.as_str().into(),
            digest: Hash::hash(text.as_bytes()),
            text: text.into(),
        });
    }
    sound.then_some(charters)
}

fn ways(reading: &mut Reading<'_>, tables: Vec<Table>) -> Option<Vec<Way>> {
    let mut ways = Vec::with_capacity(tables.len());
    let mut sound = true;
    for (place, table) in tables.into_iter().enumerate() {
        let named = table.get_ref().get("code").and_then(toml::Value::as_str).map(str::to_owned);
        let key = format!("ways.{}", named.unwrap_or_else(|| place.to_string()));
        let Some(raw) = reading.part::<RawWay>(&key, table) else {
            sound = false;
            continue;
        };
        let asks = |all: Vec<RawAsk>| {
            all.into_iter()
                .map(|ask| Ask {
                    field: ask.field,
                    label: ask.label.as_str().into(),
                    hint: ask.hint.as_deref().map(Arc::from),
                    matched: ask.matched,
                    optional: ask.optional,
                })
                .collect()
        };
        ways.push(Way {
            code: raw.code.as_str().into(),
            label: raw.label.as_str().into(),
            subject: raw.subject,
            identify: asks(raw.identify),
            ask: asks(raw.ask),
            login: raw.login,
            password: raw.password,
            activation: raw.activation,
            charter_before: raw.charter_before,
            button: raw.button.map(Arc::from),
            done_button: raw.done_button.map(Arc::from),
        });
    }
    once(reading.reader, "ways", ways.iter().map(|way| way.code.to_string()));
    if sound && ways.is_empty() {
        reading.reader.fault("ways", "there is no way in");
    }
    sound.then_some(ways)
}

fn check_way(
    reading: &Reading<'_>,
    way: &Way,
    channels: &[Channel],
    charters: Option<&Vec<Charter>>,
    login: Option<&RawLogin>,
) {
    let key = format!("ways.{}", way.code);
    let fault = |problem: String| reading.reader.fault(&key, problem);
    let fields: Vec<AskField> = way.fields().map(|ask| ask.field).collect();
    reading.distinct(&key, "identify` and `ask", &fields);
    if way.identify.is_empty() {
        fault("`identify` asks nothing".to_owned());
    }
    if way.subject == WaySubject::Mandatary {
        // The register does not know him: he is greeted as he says, and his address is proved.
        for needed in [AskField::Surname, AskField::Forenames].into_iter().filter(|field| !way.asks(*field)) {
            fault(format!("a mandatary is greeted by his `{}`, which is not asked", needed.code()));
        }
    } else if !way.fields().any(|ask| ask.matched) {
        fault("nothing that is asked is compared with the register".to_owned());
    }
    for ask in way.fields() {
        if ask.matched && !ask.field.registered(way.subject) {
            fault(format!("the register holds no `{}` to compare with", ask.field.code()));
        }
        if ask.matched && ask.optional {
            fault(format!("`{}` is compared with the register and may not be optional", ask.field.code()));
        }
    }
    for (channel, field) in [(Channel::Sms, AskField::Phone), (Channel::Email, AskField::Email)] {
        if channels.contains(&channel) && !way.asks(field) {
            fault(format!("codes go by `{}`, but `{}` is not asked", channel.code(), field.code()));
        }
    }
    let needed = match way.login {
        LoginKind::Email => Some(AskField::Email),
        LoginKind::InsuredNumber if way.subject == WaySubject::Insured => None,
        LoginKind::EmployerNumber if way.subject == WaySubject::Employer => None,
        LoginKind::Document if way.subject != WaySubject::Mandatary => Some(AskField::Document),
        _ => {
            fault(format!("nobody who comes in by it has a `{}` to log in with", way.login.code()));
            None
        }
    };
    if let Some(needed) = needed.filter(|needed| !way.asks(*needed)) {
        fault(format!("the login is `{}`, which is not asked", needed.code()));
    }
    if login.is_some_and(|login| !login.by.contains(&way.login)) {
        fault(format!("`login` does not name `{}`", way.login.code()));
    }
    let asks_password = way.asks(AskField::Password);
    if (way.password == PasswordFrom::Chosen) != asks_password {
        fault(format!("the password is `{}`; `password` is asked: {asks_password}", way.password.code()));
    }
    let accepts = way.charter_before || way.asks(AskField::Terms);
    if accepts && charters.is_some_and(Vec::is_empty) {
        fault("asks to accept a charter, and there is none".to_owned());
    }
}
