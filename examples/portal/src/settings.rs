//! The portal's settings: a file, over it the environment, over that the command line.
//!
//! Everything wrong is told at once, in French, with the place where it was written. The one
//! rule to remember: no message ever shows what may hold a password.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ErrorKind};
use cnss_http::bank::Banks;
use toml::de::{DeTable, DeValue};
use tracing_subscriber::EnvFilter;

use crate::bank_secrets;
use crate::command::Command;

/// The file that is read when it is there and no other is named.
const FILE: &str = "cnss.toml";
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DATABASE: &str = "sqlite:cnss.sqlite";
/// Connections to the books at once.
const CONNECTIONS: u32 = 8;
const CONNECTIONS_MAX: u32 = 500;
const LOG: &str = "info";

/// What the portal is told before it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the books are.
    pub database_url: DatabaseUrl,
    /// How many connections to them there may be at once.
    pub database_connections: u32,
    /// Whether the demonstration is loaded.
    pub demo: bool,
    /// Under which address the public knows it.
    pub public_url: Option<PublicUrl>,
    /// What is logged, in the words of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// In which form.
    pub log_format: LogFormat,
    /// Where Prometheus finds its measures; nowhere, unless said.
    pub metrics_listen: Option<SocketAddr>,
    /// The banks that announce payments.
    pub banks: Banks,
    /// What is asked besides serving.
    pub command: Option<Command>,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// The address of the books; shown without what may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole address, for the store only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file of the books; none when they are on a server.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.0.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The scheme and what follows the last `@`, without parameters: a password that was typed
/// without escaping its own `@`, `/` or `?` stays hidden too.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once(':') else { return "…".to_owned() };
    let shown = match rest.rsplit_once('@') {
        Some((_, after)) => format!("//…@{after}"),
        None => rest.to_owned(),
    };
    match shown.split_once('?') {
        Some((path, _)) => format!("{scheme}:{path}?…"),
        None => format!("{scheme}:{shown}"),
    }
}

/// The address under which the public knows the portal, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    fn parse(text: &str) -> Option<Self> {
        let url = text.trim_end_matches('/');
        let (scheme, host) = url.split_once("://")?;
        let sound = ["http", "https"].contains(&scheme)
            && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        sound.then(|| Self(url.to_owned()))
    }

    /// Whether it is reached by https only, so that cookies may demand it.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Why the portal does not start, or only shows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The help or the version was asked for.
    Shown(String),
    /// What is wrong, one line each.
    Faults(Vec<String>),
}

impl Stop {
    /// Tells it, and gives the code with which to end: 2 for faults.
    #[must_use]
    pub fn tell(&self) -> ExitCode {
        // Nobody may be left to read it (a closed pipe): the code says the same.
        match self {
            Self::Shown(text) => {
                let _ = write!(std::io::stdout(), "{text}");
                ExitCode::SUCCESS
            }
            Self::Faults(faults) => {
                let mut text = String::from("cnss-portal ne peut pas démarrer :\n");
                for fault in faults {
                    text.push_str("  - ");
                    text.push_str(fault);
                    text.push('\n');
                }
                text.push_str("L'aide est donnée par : cnss-portal --help\n");
                let _ = write!(std::io::stderr(), "{text}");
                ExitCode::from(2)
            }
        }
    }
}

const TEMPLATE: &str = "{about}\n\nUtilisation : {usage}\n\nCommandes (sans commande, le portail sert) :\n{subcommands}\n\nOptions :\n{options}{after-help}\n";
const AFTER: &str = "\
Une option l'emporte sur la variable d'environnement, qui l'emporte sur le fichier.
Le fichier est en TOML et connaît les clés listen, database_url, database_connections, demo,
public_url, log, log_format et metrics_listen :

    listen = \"127.0.0.1:8080\"
    database_url = \"sqlite:cnss.sqlite\"
    demo = false

Une banque annonce ses paiements avec un secret de 32 caractères au moins, connu d'elle et de vous
(deux, séparés par une espace, pendant qu'on le remplace) : variable CNSS_BANK_BTCI_SECRET, ou dans le
fichier

    [banks.btci]
    secret = \"…\"";

/// The command line. Values are text here: they are read by the same rules wherever they stand.
#[derive(Debug, Default, clap::Parser)]
#[command(
    name = "cnss-portal",
    version,
    about = "Portail de la CNSS : espace employeur, espace assuré, simulateur de pension.",
    after_help = AFTER,
    help_template = TEMPLATE,
    override_usage = "cnss-portal [OPTIONS] [COMMANDE]",
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true,
    args_override_self = true
)]
struct Flags {
    /// Adresse d'écoute [variable : CNSS_LISTEN] [par défaut : 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADRESSE:PORT")]
    listen: Option<String>,
    /// Base de données, sqlite:FICHIER ou postgres://… [variable : CNSS_DATABASE_URL] [par défaut : sqlite:cnss.sqlite]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Connexions à la base, au plus [variable : CNSS_DATABASE_CONNECTIONS] [par défaut : 8]
    #[arg(long, global = true, value_name = "NOMBRE")]
    database_connections: Option<String>,
    /// Données fictives de démonstration : oui ou non [variable : CNSS_DEMO] [par défaut : oui]
    #[arg(long, global = true, value_name = "OUI|NON", num_args = 0..=1, default_missing_value = "oui")]
    demo: Option<String>,
    /// Adresse publique du portail ; en https, les cookies sont sécurisés [variable : CNSS_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Journal : error, warn, info, debug, trace, ou un filtre [variable : CNSS_LOG] [par défaut : info]
    #[arg(long, global = true, value_name = "NIVEAU")]
    log: Option<String>,
    /// Forme du journal : texte ou json [variable : CNSS_LOG_FORMAT] [par défaut : texte]
    #[arg(long, global = true, value_name = "FORME")]
    log_format: Option<String>,
    /// Adresse des mesures pour Prometheus, à ne pas ouvrir au public [variable : CNSS_METRICS_LISTEN] [par défaut : aucune]
    #[arg(long, global = true, value_name = "ADRESSE:PORT")]
    metrics_listen: Option<String>,
    /// Fichier de configuration [variable : CNSS_CONFIG] [par défaut : cnss.toml, s'il existe]
    #[arg(long, global = true, value_name = "FICHIER")]
    config: Option<PathBuf>,
    /// Affiche cette aide
    #[arg(short = 'h', long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
    /// What is asked besides serving.
    #[command(subcommand)]
    command: Option<Command>,
}

/// The settings that a source may give; every source gives the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Listen,
    DatabaseUrl,
    DatabaseConnections,
    Demo,
    PublicUrl,
    Log,
    LogFormat,
    MetricsListen,
}

impl Key {
    const ALL: [Self; 8] = [
        Self::Listen,
        Self::DatabaseUrl,
        Self::DatabaseConnections,
        Self::Demo,
        Self::PublicUrl,
        Self::Log,
        Self::LogFormat,
        Self::MetricsListen,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::DatabaseUrl => "database_url",
            Self::DatabaseConnections => "database_connections",
            Self::Demo => "demo",
            Self::PublicUrl => "public_url",
            Self::Log => "log",
            Self::LogFormat => "log_format",
            Self::MetricsListen => "metrics_listen",
        }
    }

    fn variable(self) -> String {
        format!("CNSS_{}", self.name().to_uppercase())
    }

    fn flag(self) -> String {
        format!("--{}", self.name().replace('_', "-"))
    }
}

/// What the sources say so far; a later one replaces what an earlier one said.
#[derive(Default)]
struct Gathered {
    listen: Option<SocketAddr>,
    database_url: Option<DatabaseUrl>,
    database_connections: Option<u32>,
    demo: Option<bool>,
    public_url: Option<PublicUrl>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    metrics_listen: Option<SocketAddr>,
    banks: Banks,
    faults: Vec<String>,
}

impl Settings {
    /// The settings of this process, read in the working directory.
    ///
    /// # Errors
    /// [`Stop`], to be told.
    pub fn of_process() -> Result<Self, Stop> {
        let names: Vec<String> =
            std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        Self::read(std::env::args_os(), &names, |name| std::env::var_os(name), Path::new(""))
    }

    /// The settings of a command line (the program's name first), an environment (its names, and
    /// what each holds) and a folder.
    ///
    /// # Errors
    /// [`Stop`], with every fault.
    pub fn read(
        args: impl IntoIterator<Item = OsString>,
        names: &[String],
        variable: impl Fn(&str) -> Option<OsString>,
        folder: &Path,
    ) -> Result<Self, Stop> {
        let flags = Flags::try_parse_from(args).map_err(|error| command_line(&error))?;
        let mut gathered = Gathered::default();
        let named = flags.config.map(|path| ("option --config", path));
        let named = named.or_else(|| Some(("variable CNSS_CONFIG", PathBuf::from(variable("CNSS_CONFIG")?))));
        gathered.file(named, folder);
        for key in Key::ALL {
            let Some(value) = variable(&key.variable()) else { continue };
            let place = format!("variable {}", key.variable());
            match value.to_str() {
                Some(text) => gathered.take(key, text, &place),
                None => gathered.faults.push(format!("{place} : ce n'est pas du texte UTF-8")),
            }
        }
        gathered.faults.extend(bank_secrets::read_variables(&mut gathered.banks, names, &variable));
        let given = [
            flags.listen,
            flags.database_url,
            flags.database_connections,
            flags.demo,
            flags.public_url,
            flags.log,
            flags.log_format,
            flags.metrics_listen,
        ];
        for (key, text) in Key::ALL.into_iter().zip(given) {
            if let Some(text) = text {
                gathered.take(key, &text, &format!("option {}", key.flag()));
            }
        }
        if !gathered.faults.is_empty() {
            return Err(Stop::Faults(gathered.faults));
        }
        Ok(Self {
            listen: gathered.listen.unwrap_or(LISTEN),
            database_url: gathered.database_url.unwrap_or_else(|| DatabaseUrl(DATABASE.to_owned())),
            database_connections: gathered.database_connections.unwrap_or(CONNECTIONS),
            demo: gathered.demo.unwrap_or(true),
            public_url: gathered.public_url,
            log: gathered.log.unwrap_or_else(|| LOG.to_owned()),
            log_format: gathered.log_format.unwrap_or_default(),
            metrics_listen: gathered.metrics_listen,
            command: flags.command,
            banks: gathered.banks,
        })
    }
}

impl Gathered {
    /// Reads the file that was named, or the usual one when it is there.
    fn file(&mut self, named: Option<(&str, PathBuf)>, folder: &Path) {
        let path = folder.join(named.as_ref().map_or(Path::new(FILE), |(_, path)| path));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if let Some((place, _)) = named {
                    self.faults.push(format!("{place} : le fichier « {} » n'existe pas", path.display()));
                }
                return;
            }
            Err(error) => {
                let why = match error.kind() {
                    std::io::ErrorKind::PermissionDenied => "l'accès est refusé".to_owned(),
                    std::io::ErrorKind::IsADirectory => "c'est un dossier".to_owned(),
                    std::io::ErrorKind::InvalidData => "ce n'est pas du texte UTF-8".to_owned(),
                    other => format!("erreur du système ({other})"),
                };
                self.faults.push(format!("le fichier « {} » ne peut pas être lu : {why}", path.display()));
                return;
            }
        };
        self.toml(&text, &path);
    }

    fn toml(&mut self, text: &str, path: &Path) {
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count().saturating_add(1);
        let place = |at: usize| format!("{}, ligne {}", path.display(), line(at));
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut blamed = BTreeSet::new();
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            if !blamed.insert(line(at)) {
                continue;
            }
            let fault = match error.message() {
                "duplicate key" => "cette clé est donnée deux fois",
                _ => "cette ligne n'est pas du TOML (on attend : clé = \"valeur\")",
            };
            self.faults.push(format!("{} : {fault}", place(at)));
        }
        // A line is blamed once: what the reader made of a line it could not read is no news.
        let mut values: Vec<_> = table.get_ref().iter().collect();
        values.retain(|(key, _)| !blamed.contains(&line(key.span().start)));
        values.sort_by_key(|(key, _)| key.span().start);
        for (name, value) in values {
            let here = place(name.span().start);
            if name.get_ref() == "banks" {
                self.faults.extend(bank_secrets::read_table(&mut self.banks, value.get_ref(), place));
                continue;
            }
            let Some(key) = Key::ALL.into_iter().find(|key| key.name() == name.get_ref().as_ref()) else {
                let known = Key::ALL.map(Key::name).join(", ") + ", banks";
                self.faults
                    .push(format!("{here} : clé inconnue « {} » (clés connues : {known})", name.get_ref()));
                continue;
            };
            let here = format!("{here}, clé {}", key.name());
            match (key, value.get_ref()) {
                (_, DeValue::String(text)) => self.take(key, text, &here),
                (Key::Demo, DeValue::Boolean(on)) => self.demo = Some(*on),
                (Key::Demo, DeValue::Integer(number)) => self.take(key, number.as_str(), &here),
                (Key::DatabaseConnections, DeValue::Integer(number)) => {
                    self.take(key, number.as_str(), &here)
                }
                (Key::Demo, _) => self.faults.push(format!("{here} : {DEMO_WORDS}")),
                _ => self.faults.push(format!("{here} : on attend un texte entre guillemets")),
            }
        }
    }

    /// Takes one value from one place.
    fn take(&mut self, key: Key, text: &str, place: &str) {
        let text = text.trim();
        let taken = match key {
            Key::Listen => listen(text).map(|listen| self.listen = Some(listen)),
            Key::DatabaseUrl => database_url(text).map(|url| self.database_url = Some(url)),
            Key::DatabaseConnections => {
                connections(text).map(|connections| self.database_connections = Some(connections))
            }
            Key::Demo => demo(text).map(|demo| self.demo = Some(demo)),
            Key::PublicUrl => public_url(text).map(|url| self.public_url = Some(url)),
            Key::Log => log(text).map(|log| self.log = Some(log)),
            Key::LogFormat => log_format(text).map(|form| self.log_format = Some(form)),
            Key::MetricsListen => listen(text).map(|listen| self.metrics_listen = Some(listen)),
        };
        if let Err(fault) = taken {
            self.faults.push(format!("{place} : {fault}"));
        }
    }
}

const DEMO_WORDS: &str =
    "on attend 1, true ou oui pour charger la démonstration, 0, false ou non pour s'en passer";

fn listen(text: &str) -> Result<SocketAddr, String> {
    // What most people type; the system's own list of names is not asked.
    let address = text.replacen("localhost:", "127.0.0.1:", 1);
    let expected = "on attend une adresse IP et un port, par exemple 127.0.0.1:8080 ou 0.0.0.0:8080";
    address.parse().map_err(|_| format!("« {text} » : {expected}"))
}

fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
            Ok(DatabaseUrl(text.to_owned()))
        }
        Some(("sqlite", _)) => Err("le chemin du fichier manque, par exemple sqlite:cnss.sqlite".to_owned()),
        Some(("postgres" | "postgresql", rest)) if rest.len() > 2 && rest.starts_with("//") => {
            Ok(DatabaseUrl(text.to_owned()))
        }
        // Only the scheme is shown: the rest may hold a password.
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Err(format!("« {scheme}:… » : {DATABASES}"))
        }
        _ => Err(DATABASES.to_owned()),
    }
}

const DATABASES: &str =
    "on attend sqlite:FICHIER, par exemple sqlite:cnss.sqlite, ou postgres://UTILISATEUR@HÔTE/BASE";

fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=CONNECTIONS_MAX).contains(number));
    number.ok_or_else(|| format!("« {text} » : on attend un nombre de 1 à {CONNECTIONS_MAX}"))
}

fn demo(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "oui" => Ok(true),
        "0" | "false" | "non" => Ok(false),
        _ => Err(format!("« {text} » : {DEMO_WORDS}")),
    }
}

fn public_url(text: &str) -> Result<PublicUrl, String> {
    let expected =
        "on attend http:// ou https:// et un nom, sans chemin, par exemple https://portail.cnss.example";
    // Not shown: an address with a name and a password is refused here too.
    PublicUrl::parse(text).ok_or_else(|| expected.to_owned())
}

fn log(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    // A bare word that is no level would be taken for a module's name, and silence all others.
    let level =
        |part: &str| part.contains(['=', '[', ':']) || LEVELS.contains(&part.trim().to_lowercase().as_str());
    let sound = text.split(',').all(level) && EnvFilter::try_new(text).is_ok();
    let expected = "on attend error, warn, info, debug ou trace, ou un filtre comme info,cnss_http=debug";
    if sound { Ok(text.to_owned()) } else { Err(format!("« {text} » : {expected}")) }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text.to_lowercase().as_str() {
        "texte" | "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("« {text} » : on attend texte ou json")),
    }
}

/// What the command line's reader says, in French.
fn command_line(error: &clap::Error) -> Stop {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let given = context(ContextKind::InvalidArg);
    let fault = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Stop::Shown(error.render().to_string()),
        ErrorKind::UnknownArgument => match context(ContextKind::SuggestedArg) {
            near if near.is_empty() => format!("option inconnue « {given} »"),
            near => format!("option inconnue « {given} » ; vouliez-vous dire « {near} » ?"),
        },
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("il manque une valeur à l'option « {given} »")
        }
        ErrorKind::InvalidSubcommand => {
            let given = context(ContextKind::InvalidSubcommand);
            format!("commande inconnue « {given} » (commandes connues : check, backup, restore)")
        }
        ErrorKind::MissingRequiredArgument => format!("il manque {given}"),
        ErrorKind::InvalidUtf8 => "la ligne de commande n'est pas du texte UTF-8".to_owned(),
        _ => "la ligne de commande n'est pas comprise".to_owned(),
    };
    Stop::Faults(vec![fault])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Reads with a command line, an environment and the text of a `cnss.toml`.
    fn read(args: &[&str], variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings, Stop> {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(text) = file {
            std::fs::write(folder.path().join(FILE), text).expect("written");
        }
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let args = ["cnss-portal"].iter().chain(args).map(OsString::from);
        let names: Vec<String> = variables.keys().map(|name| (*name).to_owned()).collect();
        Settings::read(args, &names, |name| variables.get(name).map(OsString::from), folder.path())
    }

    fn faults(result: Result<Settings, Stop>) -> Vec<String> {
        match result.expect_err("must be refused") {
            Stop::Faults(faults) => faults,
            Stop::Shown(text) => panic!("{text}"),
        }
    }

    #[test]
    fn with_nothing_said_it_starts_here_with_the_demonstration() {
        let settings = read(&[], &[], None).expect("sound");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.database_url.as_str(), "sqlite:cnss.sqlite");
        assert!(settings.demo && settings.public_url.is_none());
        assert_eq!(settings.log, "info");
    }

    #[test]
    fn the_command_line_wins_over_the_environment_over_the_file() {
        let file = "listen = \"127.0.0.1:1\"\ndemo = false\nlog = \"warn\"\ndatabase_url = 'sqlite:file.sqlite'\n\
                    public_url = \"https://portail.cnss.example/\"";
        let variables = [("CNSS_LISTEN", "127.0.0.1:2"), ("CNSS_LOG", "debug")];
        let settings = read(&["--listen", "[::1]:3"], &variables, Some(file)).expect("sound");
        assert_eq!(settings.listen.to_string(), "[::1]:3");
        assert_eq!((settings.log.as_str(), settings.demo), ("debug", false));
        assert_eq!(settings.database_url.as_str(), "sqlite:file.sqlite");
        let public = settings.public_url.expect("given");
        assert_eq!((public.0.as_str(), public.is_secure()), ("https://portail.cnss.example", true));
    }

    #[test]
    fn connections_are_counted() {
        for (given, most) in [("1", 1), ("500", 500)] {
            let said = [("CNSS_DATABASE_CONNECTIONS", given)];
            assert_eq!(read(&[], &said, None).map(|s| s.database_connections), Ok(most));
        }
        assert_eq!(read(&[], &[], Some("database_connections = 12")).map(|s| s.database_connections), Ok(12));
        for bad in ["0", "501", "-1", "beaucoup", ""] {
            assert_eq!(faults(read(&["--database-connections", bad], &[], None)).len(), 1, "{bad}");
        }
    }

    #[test]
    fn the_demonstration_is_turned_on_and_off_by_few_words() {
        for (word, on) in
            [("0", false), ("false", false), ("Non", false), ("1", true), ("TRUE", true), (" oui ", true)]
        {
            assert_eq!(read(&[], &[("CNSS_DEMO", word)], None).map(|s| s.demo), Ok(on), "{word}");
            assert_eq!(
                read(&["--demo", word], &[("CNSS_DEMO", "0")], None).map(|s| s.demo),
                Ok(on),
                "{word}"
            );
        }
        assert_eq!(read(&["--demo"], &[("CNSS_DEMO", "non")], None).map(|s| s.demo), Ok(true));
        for word in ["", "peut-être", "no", "off", "2"] {
            let faults = faults(read(&[], &[("CNSS_DEMO", word)], None));
            assert_eq!(faults, [format!("variable CNSS_DEMO : « {word} » : {DEMO_WORDS}")]);
        }
        for (value, on) in [("true", true), ("0", false), ("\"non\"", false)] {
            assert_eq!(read(&[], &[], Some(&format!("demo = {value}"))).map(|s| s.demo), Ok(on), "{value}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_place() {
        let file = "# commentaire\nlisten = 8080\nlitsen = \"x\"\ndemo = \"bof\"\n[base]\nurl = 1\n";
        let variables = [("CNSS_LISTEN", "partout"), ("CNSS_LOG", "inof")];
        let faults = faults(read(&["--public-url", "portail"], &variables, Some(file)));
        let begins = [
            "ligne 2, clé listen : on attend un texte",
            "ligne 3 : clé inconnue « litsen » (clés connues : listen, database_url, database_connections, demo, public_url, log, log_format, metrics_listen, banks)",
            "ligne 4, clé demo : « bof »",
            "ligne 5 : clé inconnue « base »",
            "variable CNSS_LISTEN : « partout » : on attend une adresse IP et un port",
            "variable CNSS_LOG : « inof »",
            "option --public-url : on attend http",
        ];
        assert_eq!(faults.len(), begins.len(), "{faults:#?}");
        for (fault, begin) in faults.iter().zip(begins) {
            assert!(fault.contains(begin), "{fault} and {begin}");
        }
        assert!(faults[0].contains(FILE), "{}", faults[0]);
    }

    #[test]
    fn a_file_that_is_not_toml_says_on_which_line() {
        let broken = faults(read(&[], &[], Some("listen = \"127.0.0.1:1\"\ndemo oui\n")));
        assert!(broken[0].contains("ligne 2 : cette ligne n'est pas du TOML"), "{broken:?}");
        let twice = faults(read(&[], &[], Some("demo = true\n\ndemo = false\n")));
        assert!(twice[0].contains("ligne 3 : cette clé est donnée deux fois"), "{twice:?}");
        let more =
            faults(read(&[], &[], Some("listen = \"x\"\nbof = 1\ndemo = peut-être\nlog = \"info\"\n")));
        assert_eq!(more.len(), 3, "{more:#?}");
    }

    #[test]
    fn a_log_filter_may_name_modules() {
        let filter = "info,cnss_http=debug";
        assert_eq!(read(&["--log", filter], &[], None).map(|s| s.log), Ok(filter.to_owned()));
        for bad in ["", "bavard", "cnss_http=bavard"] {
            assert_eq!(faults(read(&["--log", bad], &[], None)).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_named_file_must_be_there() {
        let faults_by_flag = faults(read(&["--config", "absent.toml"], &[], Some("demo = false")));
        assert!(faults_by_flag[0].starts_with("option --config : le fichier «"), "{faults_by_flag:?}");
        let faults_by_variable = faults(read(&[], &[("CNSS_CONFIG", "absent.toml")], None));
        assert!(faults_by_variable[0].starts_with("variable CNSS_CONFIG : "), "{faults_by_variable:?}");
        assert_eq!(read(&["--config", FILE], &[], Some("demo = false")).map(|s| s.demo), Ok(false));
    }

    #[test]
    fn no_message_shows_a_password() {
        for url in [
            "mysql://cnss:Secret1@hote/base",
            "mysql://cnss:Se@cret1/x@hote/base",
            "postgres:Secret1",
            "Secret1",
            "sqlite",
            "Secret1 : rien",
        ] {
            let told =
                faults(read(&["--database-url", url], &[], Some(&format!("database_url = \"{url}\""))))
                    .join("\n");
            assert!(!told.contains("cret1") && !told.contains("hote"), "{told}");
        }
        assert!(
            !faults(read(&["--public-url", "https://moi:Secret1@x.tg"], &[], None))[0].contains("Secret1")
        );
        let settings =
            read(&["--database-url", "sqlite:livres.sqlite?key=Secret1"], &[], None).expect("sound");
        assert!(!format!("{settings:?} {}", settings.database_url).contains("Secret1"));
        let url = "postgres://cnss:Secret1@hote/base?sslmode=verify-full";
        let server = read(&["--database-url", url], &[], None).expect("sound");
        assert_eq!(server.database_url.as_str(), url);
        assert!(!format!("{server:?} {}", server.database_url).contains("Secret1"));
        assert_eq!(settings.database_url.to_string(), "sqlite:livres.sqlite?…");
        assert_eq!(without_secrets("postgres://cnss:a@b/c?d@hote/base?key=x"), "postgres://…@hote/base?…");
    }

    #[test]
    fn banks_are_known_by_their_secrets() {
        const OLD: &str = "0123456789abcdef0123456789abcdef";
        const NEW: &str = "fedcba9876543210fedcba9876543210";
        let file =
            format!("[banks.btci]\nsecret = \"{OLD}\"\n[banks.ecobank-tg]\nsecret = \"{OLD} {NEW}\"\n");
        let variables = [("CNSS_BANK_BTCI_SECRET", NEW), ("CNSS_BANK_UNION_TG_SECRET", OLD)];
        let settings = read(&[], &variables, Some(&file)).expect("sound");
        let codes: Vec<_> = settings.banks.codes().map(|code| code.as_str().to_owned()).collect();
        assert_eq!(codes, ["btci", "ecobank-tg", "union-tg"]);
        assert!(!format!("{settings:?}").contains("0123"), "a secret is shown");
        assert_ne!(read(&[], &[], Some(&file)).expect("sound").banks, settings.banks, "the variable wins");
        let short = format!(
            "[banks.btci]\nsecret = \"Secret1\"\n[banks.B]\nsecret = \"{OLD}\"\n[banks.ecobank]\nkey = 1\n"
        );
        let variables =
            [("CNSS_BANK_X_SECRET", OLD), ("CNSS_BANK_BTCI_SECRET", ""), ("CNSS_BANK_BTCI", "Secret1")];
        let told = faults(read(&[], &variables, Some(&short)));
        assert_eq!(told.len(), 5, "{told:#?}");
        assert!(told.iter().any(|t| t.contains("ligne 1, banque : un secret a de 32")), "{told:#?}");
        assert!(
            told.iter().any(|t| t.starts_with("variable CNSS_BANK_X_SECRET : le code d'une banque")),
            "{told:#?}"
        );
        assert!(!told.join("").contains("cret1") && !told.join("").contains(OLD), "{told:#?}");
        assert_eq!(faults(read(&[], &[], Some("banks = 1"))).len(), 1);
    }

    #[test]
    fn the_command_line_answers_in_french() {
        assert_eq!(faults(read(&["--ecoute", "x"], &[], None)), ["option inconnue « --ecoute »"]);
        assert_eq!(
            faults(read(&["--lisen", "x"], &[], None)),
            ["option inconnue « --lisen » ; vouliez-vous dire « --listen » ?"]
        );
        let missing = faults(read(&["--listen"], &[], None));
        assert!(missing[0].starts_with("il manque une valeur à l'option « --listen"), "{missing:?}");
        let Err(Stop::Shown(help)) =
            read(&["--help"], &[("CNSS_DATABASE_URL", "postgres://a:Secret1@b")], None)
        else {
            panic!("help")
        };
        for text in [
            "Utilisation : cnss-portal",
            "--listen <ADRESSE:PORT>",
            "CNSS_DATABASE_URL",
            "Affiche cette aide",
        ] {
            assert!(help.contains(text), "{help}");
        }
        for english in ["Usage", "Print", "default:", "env:", "Secret1"] {
            assert!(!help.contains(english), "{help}");
        }
        assert!(
            matches!(read(&["-V"], &[], None), Err(Stop::Shown(text)) if text.starts_with("cnss-portal "))
        );
    }
}
