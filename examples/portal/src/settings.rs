//! The portal's settings: a file, over it the environment, over that the command line.
//!
//! [`sources`] are read one after the other, [`values`] say what each may be, [`command_line`] holds the
//! options and their help. Everything wrong is told at once, in French, with the place where it was
//! written. The one rule to remember: no message ever shows what may hold a password.

mod command_line;
mod gateways;
mod sources;
#[cfg(test)]
mod tests;
mod values;

use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use cnss_http::bank::Banks;

use self::command_line::Flags;
use self::sources::{Gathered, Key};
pub use self::values::{Carrier, DatabaseUrl, LogFormat, PublicUrl, Secret};
use crate::bank_secrets;
use crate::command::Command;
use crate::demo;

const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
/// The fund that is served unless another one is named.
const FUND: &str = "tg";
/// Connections to the books at once.
const CONNECTIONS: u32 = 8;
const LOG: &str = "info";
/// Where secrets may stand. They have no option: command lines are seen by everybody on the machine.
const CODE_KEY: &str = "CNSS_CODE_KEY";
const PEPPER: &str = "CNSS_PEPPER";

/// What the portal is told before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose rules are served: the code of a fund that comes with the library.
    pub fund: &'static str,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the books are.
    pub database_url: DatabaseUrl,
    /// How many connections to them there may be at once.
    pub database_connections: u32,
    /// Whether books are made where there are none: only when nothing was said of where they are, or the
    /// demonstration was asked for. Otherwise a slip in the path, or a disk that is not there, would be
    /// hidden by new, empty books.
    pub make_books: bool,
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
    /// Who carries what people are told.
    pub courier: Carrier,
    /// The gateways for SMS and e-mail.
    pub post: Option<cnss_sms::settings::Settings>,
    /// The key of codes; none when it lies in a file.
    pub code_key: Option<Secret>,
    /// That file; none when it lies beside the books.
    pub code_key_file: Option<PathBuf>,
    /// What is mixed into passwords.
    pub pepper: Option<Secret>,
    /// How many proxies of the fund's own stand before the portal.
    pub proxies: u8,
    /// The banks that announce payments.
    pub banks: Banks,
    /// What is asked besides serving.
    pub command: Option<Command>,
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
        let flags = Flags::try_parse_from(args).map_err(|error| command_line::fault(&error))?;
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
        for (name, secret) in [(CODE_KEY, &mut gathered.code_key), (PEPPER, &mut gathered.pepper)] {
            let Some(text) = variable(name) else { continue };
            match values::secret(text.to_str().unwrap_or_default().trim()) {
                Ok(given) => *secret = Some(given),
                Err(form) => gathered.faults.push(format!("variable {name} : {form}")),
            }
        }
        gathered.faults.extend(bank_secrets::read_variables(&mut gathered.banks, names, &variable));
        let given = [
            flags.fund,
            flags.listen,
            flags.database_url,
            flags.database_connections,
            flags.demo,
            flags.public_url,
            flags.log,
            flags.log_format,
            flags.metrics_listen,
            flags.courier,
            flags.code_key_file,
            flags.proxies,
        ];
        for (key, text) in Key::ALL.into_iter().zip(given) {
            if let Some(text) = text {
                gathered.take(key, &text, &format!("option {}", key.flag()));
            }
        }
        if gathered.courier == Some(Carrier::Gateways) && gathered.post.is_none() {
            gathered
                .faults
                .push("courier : les passerelles manquent, dans la table [post] du fichier".to_owned());
        }
        if !gathered.faults.is_empty() {
            return Err(Stop::Faults(gathered.faults));
        }
        // Made-up people come into books that somebody names only when he asks for them.
        let by_default = gathered.database_url.is_none();
        let fund = gathered.fund.unwrap_or(FUND);
        let made_up = demo::has_world(fund);
        if gathered.demo == Some(true) && !made_up {
            return Err(Stop::Faults(vec![format!(
                "demo : il n'y a pas de démonstration pour la caisse « {fund} »"
            )]));
        }
        let make_books = by_default || gathered.demo == Some(true);
        let usual = if gathered.post.is_some() { Carrier::Gateways } else { Carrier::Nobody };
        Ok(Self {
            fund,
            make_books,
            listen: gathered.listen.unwrap_or(LISTEN),
            database_url: gathered.database_url.unwrap_or_else(|| usual_books(fund)),
            database_connections: gathered.database_connections.unwrap_or(CONNECTIONS),
            demo: gathered.demo.unwrap_or(by_default && made_up),
            public_url: gathered.public_url,
            log: gathered.log.unwrap_or_else(|| LOG.to_owned()),
            log_format: gathered.log_format.unwrap_or_default(),
            metrics_listen: gathered.metrics_listen,
            courier: gathered.courier.unwrap_or(usual),
            post: gathered.post,
            code_key: gathered.code_key,
            code_key_file: gathered.code_key_file,
            pepper: gathered.pepper,
            proxies: gathered.proxies.unwrap_or(0),
            command: flags.command,
            banks: gathered.banks,
        })
    }
}

/// Books beside where the portal was started: those of each fund in a file of its own.
fn usual_books(fund: &str) -> DatabaseUrl {
    DatabaseUrl(if fund == FUND {
        "sqlite:cnss.sqlite".to_owned()
    } else {
        format!("sqlite:cnss-{fund}.sqlite")
    })
}
