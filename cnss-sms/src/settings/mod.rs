//! What a fund says of its gateways (réglages du courrier), as one table that a program puts among
//! its own settings.
//!
//! Every fault is told at once, each with its key. The one rule to remember: the table names
//! secrets and never holds them; they come from the environment, when the lines are opened.

mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cnss_core::notice::Message;
use serde::Deserialize;
use tokio::sync::mpsc;
use toml::Table;

use self::reader::{Outside, Reader};
use crate::http::{HttpGateway, Profile};
use crate::mail::{self, Mailer, Security};
use crate::post::Ways;
use crate::smpp::{self, MessageIds, Sender, Smpp};
use crate::text::Channel;
use crate::tls::Authorities;
use crate::transport::{MailMessage, Report, SmsMessage, Transport};

/// Everything that is wrong, each with its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Faults(pub Vec<String>);

/// The fund's gateways.
///
/// ```
/// let settings: cnss_sms::settings::Settings = toml::from_str(r#"
///     ways = ["sms", "email"]
///     [ways_of]
///     payment-received = ["sms"]
///     [smpp]
///     host = "smsc.operateur.example"
///     system_id = "cnss"
///     password_env = "CNSS_SMPP_PASSWORD"
///     sender = "CNSS Togo"
///     [smtp]
///     host = "relais.example"
///     from = "CNSS Togo <ne-pas-repondre@cnss.example>"
/// "#)?;
/// assert!(settings.sms().is_some() && settings.mail().is_some());
///
/// let wrong = "[smpp]\nport = 0\nhots = \"typing error\"";
/// let faults = toml::from_str::<cnss_sms::settings::Settings>(wrong).unwrap_err().to_string();
/// for key in ["smpp.host", "smpp.port", "smpp.hots", "smpp.system_id", "smpp.password_env", "smpp.sender"] {
///     assert!(faults.contains(key), "{key} in {faults}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Table")]
pub struct Settings {
    sms: Option<SmsLine>,
    mail: Option<MailLine>,
    ways: Ways,
    resend_unknown: u32,
}

/// How SMS leave.
#[derive(Clone, Debug)]
pub enum SmsLine {
    /// Straight to an operator.
    Smpp(Box<SmppLine>),
    /// By a gateway's HTTP interface.
    Http(Box<HttpLine>),
}

/// An operator.
#[derive(Clone, Debug)]
pub struct SmppLine {
    settings: smpp::Settings,
    encrypted: bool,
    authority_file: Option<PathBuf>,
    password_env: String,
}

/// A gateway.
#[derive(Clone, Debug)]
pub struct HttpLine {
    profile: ProfileFrom,
    values: BTreeMap<String, String>,
    secrets_env: BTreeMap<String, String>,
    report_secret_env: Option<String>,
    authority_file: Option<PathBuf>,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum ProfileFrom {
    Builtin(String),
    File(PathBuf),
}

/// How e-mails leave.
#[derive(Clone, Debug)]
pub struct MailLine {
    settings: mail::Settings,
    authority_file: Option<PathBuf>,
    user: Option<String>,
    password_env: Option<String>,
}

/// The lines that were opened.
pub struct Lines {
    /// Carries SMS.
    pub sms: Option<Arc<dyn Transport<SmsMessage>>>,
    /// Carries e-mail.
    pub mail: Option<Arc<dyn Transport<MailMessage>>>,
    /// The operator's receipts, when SMS go straight to one.
    pub receipts: Option<mpsc::Receiver<Report>>,
    /// The connection to the operator, to say whether it is up.
    pub smpp: Option<Arc<Smpp>>,
    /// The gateway, to read its reports.
    pub gateway: Option<Arc<HttpGateway>>,
    /// What stands in the address to which the gateway sends its reports: one secret, or two while
    /// they are exchanged; none when it sends none.
    pub report_secrets: Vec<String>,
}

impl Settings {
    /// Reads the table.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn read(table: &Table) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let mut root = Reader::new("", table, &mut faults);
        let usual = root.channels("ways").unwrap_or_else(|| BTreeSet::from([Channel::Sms, Channel::Email]));
        let resend_unknown = root.number("resend_unknown", 0, 10, 1);
        let ways_of = root.table("ways_of");
        let (smpp, http, smtp) = (root.table("smpp"), root.table("http"), root.table("smtp"));
        root.finish();
        let mut by_key = BTreeMap::new();
        if let Some(table) = ways_of {
            let known: BTreeSet<&str> = Message::samples().iter().map(Message::key).collect();
            let mut reader = Reader::new("ways_of.", table, &mut faults);
            for key in table.keys() {
                if let Some(ways) = reader.channels(key) {
                    by_key.insert(key.clone(), ways);
                }
                if !known.contains(key.as_str()) {
                    reader.fault(key, "there is no such kind of message");
                }
            }
        }
        if smpp.is_some() && http.is_some() {
            faults.push("smpp, http: SMS leave by one of them".to_owned());
        }
        let smpp = smpp.map(|table| read_smpp(table, &mut faults));
        let http = http.map(|table| read_http(table, &mut faults));
        let mail = smtp.and_then(|table| read_smtp(table, &mut faults));
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let sms = match (smpp.flatten(), http) {
            (Some(line), _) => Some(SmsLine::Smpp(Box::new(line))),
            (None, Some(line)) => Some(SmsLine::Http(Box::new(line))),
            (None, None) => None,
        };
        Ok(Self { sms, mail, ways: Ways::new(usual, by_key), resend_unknown })
    }

    /// How SMS leave.
    #[must_use]
    pub const fn sms(&self) -> Option<&SmsLine> {
        self.sms.as_ref()
    }

    /// How e-mails leave.
    #[must_use]
    pub const fn mail(&self) -> Option<&MailLine> {
        self.mail.as_ref()
    }

    /// By which ways what goes.
    #[must_use]
    pub const fn ways(&self) -> &Ways {
        &self.ways
    }

    /// How often a message is sent again that may have left.
    #[must_use]
    pub const fn resend_unknown(&self) -> u32 {
        self.resend_unknown
    }

    /// Opens the lines, with the secrets that `environment` knows by name. Must be called within a
    /// runtime.
    ///
    /// # Errors
    /// Every secret and file that is missing or makes no sense; nothing is opened then.
    pub fn open(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Lines, Faults> {
        let mut outside = Outside { environment, faults: Vec::new() };
        let mut lines = Lines {
            sms: None,
            mail: None,
            receipts: None,
            smpp: None,
            gateway: None,
            report_secrets: Vec::new(),
        };
        let mut operator = None;
        match &self.sms {
            Some(SmsLine::Smpp(line)) => operator = Some(line.ready(&mut outside)),
            Some(SmsLine::Http(line)) => {
                lines.gateway = line.ready(&mut outside).map(Arc::new);
                lines.report_secrets = line.report_secrets(&mut outside);
            }
            None => {}
        }
        let mailer = self.mail.as_ref().and_then(|line| line.ready(&mut outside));
        if !outside.faults.is_empty() {
            return Err(Faults(outside.faults));
        }
        if let Some(settings) = operator {
            let (smpp, receipts) = Smpp::start(settings);
            let smpp = Arc::new(smpp);
            lines.sms = Some(Arc::<Smpp>::clone(&smpp));
            (lines.smpp, lines.receipts) = (Some(smpp), Some(receipts));
        }
        if let Some(gateway) = &lines.gateway {
            lines.sms = Some(Arc::<HttpGateway>::clone(gateway));
        }
        if let Some(mailer) = mailer {
            lines.mail = Some(Arc::new(mailer));
        }
        Ok(lines)
    }
}

impl TryFrom<Table> for Settings {
    type Error = Faults;

    fn try_from(table: Table) -> Result<Self, Faults> {
        Self::read(&table)
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("smpp", &self.smpp)
            .field("gateway", &self.gateway)
            .finish_non_exhaustive()
    }
}

fn read_smpp(table: &Table, faults: &mut Vec<String>) -> Option<SmppLine> {
    let mut reader = Reader::new("smpp.", table, faults);
    let encrypted = reader.flag("tls", true);
    let port = reader.number("port", 1, 65_535, if encrypted { 3_550 } else { 2_775 });
    let (host, system_id) = (reader.text("host"), reader.text("system_id"));
    let sender = reader.text("sender");
    let sender = sender.and_then(|text| {
        let sender = Sender::parse(&text);
        if sender.is_none() {
            reader.fault("sender", "a name of at most 11 letters and digits, a short number, or +228…");
        }
        sender
    });
    let password_env = reader.text("password_env");
    let authority_file = reader.optional("authority_file").map(PathBuf::from);
    let defaults = smpp::Settings::new("", 0, "", "", Sender::Name(String::new()));
    let mut settings = smpp::Settings {
        port: u16::try_from(port).unwrap_or_default(),
        system_type: reader.optional("system_type").unwrap_or_default(),
        per_second: reader.number("per_second", 1, 10_000, defaults.per_second),
        window: usize::try_from(reader.number("window", 1, 1_000, 10)).unwrap_or(defaults.window),
        connect: reader.seconds("connect_seconds", 10),
        answer: reader.seconds("answer_seconds", 10),
        hand_over: reader.seconds("hand_over_seconds", 30),
        enquire: reader.seconds("enquire_seconds", 30),
        ..defaults
    };
    settings.terms.service_type = reader.optional("service_type").unwrap_or_default();
    let minutes = reader.number("valid_minutes", 0, 43_200, 0);
    settings.terms.valid_minutes = (minutes > 0).then_some(minutes);
    settings.message_ids = match reader.optional("message_ids").as_deref() {
        None | Some("same") => MessageIds::Same,
        Some("hexadecimal") => MessageIds::Hexadecimal,
        Some(_) => {
            reader.fault("message_ids", "same, or hexadecimal");
            MessageIds::Same
        }
    };
    // Lengths of SMPP 3.4, without the zero at their end.
    for (key, text, most) in [
        ("system_id", system_id.as_deref().unwrap_or_default(), 15),
        ("system_type", &settings.system_type, 12),
        ("service_type", &settings.terms.service_type, 5),
    ] {
        if text.len() > most {
            reader.fault(key, &format!("at most {most} characters"));
        }
    }
    reader.finish();
    (settings.host, settings.system_id, settings.terms.sender) = (host?, system_id?, sender?);
    Some(SmppLine { settings, encrypted, authority_file, password_env: password_env? })
}

fn read_http(table: &Table, faults: &mut Vec<String>) -> HttpLine {
    let mut reader = Reader::new("http.", table, faults);
    let profile = match (reader.optional("profile"), reader.optional("profile_file")) {
        (Some(name), None) => {
            if Profile::builtin(&name).is_none() {
                let known: Vec<&str> = Profile::builtin_names().collect();
                reader.fault("profile", &format!("one of {}, or a profile_file", known.join(", ")));
            }
            ProfileFrom::Builtin(name)
        }
        (None, Some(file)) => ProfileFrom::File(file.into()),
        _ => {
            reader.fault("profile", "either a profile or a profile_file");
            ProfileFrom::Builtin(String::new())
        }
    };
    let authority_file = reader.optional("authority_file").map(PathBuf::from);
    let timeout = reader.seconds("timeout_seconds", 20);
    let (values, secrets_env) = (reader.texts("settings"), reader.texts("secrets_env"));
    let report_secret_env = reader.optional("report_secret_env");
    reader.finish();
    HttpLine { profile, values, secrets_env, report_secret_env, authority_file, timeout }
}

fn read_smtp(table: &Table, faults: &mut Vec<String>) -> Option<MailLine> {
    let mut reader = Reader::new("smtp.", table, faults);
    let (security, usual) = match reader.optional("security").as_deref() {
        None | Some("starttls") => (Security::StartTls, 587),
        Some("tls") => (Security::Tls, 465),
        Some("plain") => (Security::Plain, 25),
        Some(_) => {
            reader.fault("security", "starttls, tls, or plain for a relay on this machine");
            (Security::StartTls, 587)
        }
    };
    let port = u16::try_from(reader.number("port", 1, 65_535, usual)).unwrap_or_default();
    let (host, from) = (reader.text("host"), reader.text("from"));
    if from.as_ref().is_some_and(|from| from.parse::<lettre::message::Mailbox>().is_err()) {
        reader.fault("from", "an address, as in CNSS Togo <ne-pas-repondre@cnss.example>");
    }
    let (user, password_env) = (reader.optional("user"), reader.optional("password_env"));
    if user.is_some() != password_env.is_some() {
        reader.fault("user", "user and password_env go together");
    }
    let elsewhere = host.as_ref().is_some_and(|host| !mail::on_this_machine(host));
    if security == Security::Plain && (user.is_some() || elsewhere) {
        reader.fault("security", "in the clear only to a relay on this machine, and without a password");
    }
    let timeout = reader.seconds("timeout_seconds", 20);
    let authority_file = reader.optional("authority_file").map(PathBuf::from);
    reader.finish();
    let authorities = Authorities::of_machine();
    let settings =
        mail::Settings { host: host?, port, security, authorities, login: None, from: from?, timeout };
    Some(MailLine { settings, authority_file, user, password_env })
}

impl SmppLine {
    fn ready(&self, outside: &mut Outside<'_>) -> smpp::Settings {
        let mut settings = self.settings.clone();
        settings.password = outside.secret("smpp.password_env", &self.password_env);
        if settings.password.len() > 8 {
            outside.fault("smpp.password_env", "SMPP knows passwords of at most 8 characters");
        }
        let authorities = outside.authorities("smpp.authority_file", self.authority_file.as_ref());
        settings.tls = self.encrypted.then_some(authorities);
        settings
    }
}

impl HttpLine {
    /// Secrets that stand in an address: long enough not to be guessed, and nothing to be escaped.
    fn report_secrets(&self, outside: &mut Outside<'_>) -> Vec<String> {
        const KEY: &str = "http.report_secret_env";
        let Some(variable) = &self.report_secret_env else { return Vec::new() };
        let given = outside.secret(KEY, variable);
        let secrets: Vec<String> = given.split_whitespace().map(str::to_owned).collect();
        let sound = |secret: &String| {
            (32..=128).contains(&secret.len())
                && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if !given.is_empty() && (secrets.len() > 2 || !secrets.iter().all(sound)) {
            outside.fault(
                KEY,
                "one secret of 32 to 128 letters, digits, - and _, or two while they are exchanged",
            );
        }
        secrets
    }

    fn ready(&self, outside: &mut Outside<'_>) -> Option<HttpGateway> {
        let profile = match &self.profile {
            ProfileFrom::Builtin(name) => Profile::builtin(name),
            ProfileFrom::File(path) => {
                let text = outside.file("http.profile_file", path).unwrap_or_default();
                match Profile::parse(&String::from_utf8_lossy(&text)) {
                    Ok(profile) => Some(profile),
                    Err(bad) => {
                        outside.fault("http.profile_file", &bad.to_string());
                        None
                    }
                }
            }
        };
        let mut values = self.values.clone();
        for (name, variable) in &self.secrets_env {
            values.insert(name.clone(), outside.secret(&format!("http.secrets_env.{name}"), variable));
        }
        let authorities = outside.authorities("http.authority_file", self.authority_file.as_ref());
        match HttpGateway::new(profile?, values, &authorities, self.timeout) {
            Ok(gateway) => Some(gateway),
            Err(bad) => {
                bad.0.iter().for_each(|fault| outside.fault("http", fault));
                None
            }
        }
    }
}

impl MailLine {
    fn ready(&self, outside: &mut Outside<'_>) -> Option<Mailer> {
        let mut settings = self.settings.clone();
        settings.authorities = outside.authorities("smtp.authority_file", self.authority_file.as_ref());
        settings.login = match (&self.user, &self.password_env) {
            (Some(user), Some(variable)) => {
                Some((user.clone(), outside.secret("smtp.password_env", variable)))
            }
            _ => None,
        };
        Mailer::new(&settings).map_err(|bad| outside.fault("smtp", &bad.to_string())).ok()
    }
}
