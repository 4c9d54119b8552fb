//! The values of settings: what each may be, and what is said when it is something else.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use cnss_core::fund::{Fund, FundFiles};
use tracing_subscriber::EnvFilter;

/// More connections than any machine of a fund bears.
const CONNECTIONS_MAX: u32 = 500;

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Who carries what people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The gateways of the table `[post]`.
    Gateways,
    /// Nobody: each notice is noted in the log and counts as sent.
    Log,
    /// Nobody: notices wait.
    Nobody,
}

/// A secret of 32 bytes, which no text shows.
#[derive(Clone, Copy)]
pub struct Secret(pub [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The address of the books; shown without what may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(super) String);

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
pub(super) fn without_secrets(url: &str) -> String {
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
pub struct PublicUrl(pub(super) String);

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

pub(super) const DEMO_WORDS: &str =
    "on attend 1, true ou oui pour charger la démonstration, 0, false ou non pour s'en passer";

/// A fund that comes with the library and says how people come to have an account.
pub(super) fn fund(text: &str) -> Result<&'static str, String> {
    let opens = |code: &str| {
        Fund::builtin_files(code).is_ok_and(|files: FundFiles| files.contains_key("access.toml"))
    };
    let known = || Fund::builtin_codes().iter().copied();
    let list = known().filter(|code| opens(code)).collect::<Vec<_>>().join(", ");
    match known().find(|code| code.eq_ignore_ascii_case(text)) {
        Some(code) if opens(code) => Ok(code),
        Some(code) => Err(format!(
            "« {code} » : cette caisse ne dit pas comment on y entre (access.toml manque) ; caisses servies : {list}"
        )),
        None => Err(format!("« {text} » : on attend le code d'une caisse : {list}")),
    }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    // What most people type; the system's own list of names is not asked.
    let address = text.replacen("localhost:", "127.0.0.1:", 1);
    let expected = "on attend une adresse IP et un port, par exemple 127.0.0.1:8080 ou 0.0.0.0:8080";
    address.parse().map_err(|_| format!("« {text} » : {expected}"))
}

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, String> {
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

pub(super) fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=CONNECTIONS_MAX).contains(number));
    number.ok_or_else(|| format!("« {text} » : on attend un nombre de 1 à {CONNECTIONS_MAX}"))
}

pub(super) fn demo(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "oui" => Ok(true),
        "0" | "false" | "non" => Ok(false),
        _ => Err(format!("« {text} » : {DEMO_WORDS}")),
    }
}

pub(super) fn public_url(text: &str) -> Result<PublicUrl, String> {
    let expected =
        "on attend http:// ou https:// et un nom, sans chemin, par exemple https://portail.cnss.example";
    // Not shown: an address with a name and a password is refused here too.
    PublicUrl::parse(text).ok_or_else(|| expected.to_owned())
}

pub(super) fn log(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    // A bare word that is no level would be taken for a module's name, and silence all others.
    let level =
        |part: &str| part.contains(['=', '[', ':']) || LEVELS.contains(&part.trim().to_lowercase().as_str());
    let sound = text.split(',').all(level) && EnvFilter::try_new(text).is_ok();
    let expected = "on attend error, warn, info, debug ou trace, ou un filtre comme info,cnss_http=debug";
    if sound { Ok(text.to_owned()) } else { Err(format!("« {text} » : {expected}")) }
}

pub(super) fn carrier(text: &str) -> Result<Carrier, String> {
    match text.to_lowercase().as_str() {
        "passerelles" => Ok(Carrier::Gateways),
        "journal" => Ok(Carrier::Log),
        "aucun" => Ok(Carrier::Nobody),
        _ => Err(format!("« {text} » : on attend passerelles, journal ou aucun")),
    }
}

pub(super) fn code_key_file(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("on attend le chemin d'un fichier".to_owned()) } else { Ok(PathBuf::from(text)) }
}

/// Proxies of the fund's own, one after another.
pub(super) fn proxies(text: &str) -> Result<u8, String> {
    let number = text.parse().ok().filter(|number| (0..=9).contains(number));
    number.ok_or_else(|| format!("« {text} » : on attend le nombre de vos serveurs mandataires, de 0 à 9"))
}

/// Not shown: it may be the right one but for a slip.
pub(super) fn secret(text: &str) -> Result<Secret, String> {
    crate::code_key::parse(text).map(Secret).ok_or_else(|| crate::code_key::FORM.to_owned())
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text.to_lowercase().as_str() {
        "texte" | "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("« {text} » : on attend texte ou json")),
    }
}
