//! The sources of settings: the file, the environment and the command line give the same keys, and a
//! later one replaces what an earlier one said.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cnss_http::bank::Banks;
use toml::de::{DeTable, DeValue};

use super::gateways;
use super::values::{self, Carrier, DEMO_WORDS, DatabaseUrl, LogFormat, PublicUrl, Secret};
use crate::bank_secrets;

/// The file that is read when it is there and no other is named.
const FILE: &str = "cnss.toml";

/// The settings that a source may give; every source gives the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Fund,
    Listen,
    DatabaseUrl,
    DatabaseConnections,
    Demo,
    PublicUrl,
    Log,
    LogFormat,
    MetricsListen,
    Courier,
    CodeKeyFile,
    Proxies,
}

impl Key {
    pub(super) const ALL: [Self; 12] = [
        Self::Fund,
        Self::Listen,
        Self::DatabaseUrl,
        Self::DatabaseConnections,
        Self::Demo,
        Self::PublicUrl,
        Self::Log,
        Self::LogFormat,
        Self::MetricsListen,
        Self::Courier,
        Self::CodeKeyFile,
        Self::Proxies,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Listen => "listen",
            Self::DatabaseUrl => "database_url",
            Self::DatabaseConnections => "database_connections",
            Self::Demo => "demo",
            Self::PublicUrl => "public_url",
            Self::Log => "log",
            Self::LogFormat => "log_format",
            Self::MetricsListen => "metrics_listen",
            Self::Courier => "courier",
            Self::CodeKeyFile => "code_key_file",
            Self::Proxies => "proxies",
        }
    }

    pub(super) fn variable(self) -> String {
        format!("CNSS_{}", self.name().to_uppercase())
    }

    pub(super) fn flag(self) -> String {
        format!("--{}", self.name().replace('_', "-"))
    }
}

/// What the sources say so far; a later one replaces what an earlier one said.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) fund: Option<&'static str>,
    pub(super) listen: Option<SocketAddr>,
    pub(super) database_url: Option<DatabaseUrl>,
    pub(super) database_connections: Option<u32>,
    pub(super) demo: Option<bool>,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) log: Option<String>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) metrics_listen: Option<SocketAddr>,
    pub(super) courier: Option<Carrier>,
    pub(super) code_key: Option<Secret>,
    pub(super) code_key_file: Option<PathBuf>,
    pub(super) proxies: Option<u8>,
    pub(super) pepper: Option<Secret>,
    pub(super) banks: Banks,
    pub(super) post: Option<cnss_sms::settings::Settings>,
    pub(super) faults: Vec<String>,
}

impl Gathered {
    /// Reads the file that was named, or the usual one when it is there.
    pub(super) fn file(&mut self, named: Option<(&str, PathBuf)>, folder: &Path) {
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
        let mut told: Vec<_> = table.get_ref().iter().collect();
        told.retain(|(key, _)| !blamed.contains(&line(key.span().start)));
        told.sort_by_key(|(key, _)| key.span().start);
        for (name, value) in told {
            let here = place(name.span().start);
            if name.get_ref() == "banks" {
                self.faults.extend(bank_secrets::read_table(&mut self.banks, value.get_ref(), place));
                continue;
            }
            if name.get_ref() == "post" {
                match gateways::read(value.get_ref()) {
                    Ok(post) => self.post = Some(post),
                    Err(faults) => self.faults.extend(faults.iter().map(|fault| format!("{here}, {fault}"))),
                }
                continue;
            }
            let secret = match name.get_ref().as_ref() {
                "code_key" => Some(&mut self.code_key),
                "pepper" => Some(&mut self.pepper),
                _ => None,
            };
            if let Some(secret) = secret {
                *secret = value.get_ref().as_str().and_then(|text| values::secret(text).ok());
                if secret.is_none() {
                    let form = crate::code_key::FORM;
                    self.faults.push(format!("{here}, clé {} : {form}", name.get_ref()));
                }
                continue;
            }
            let Some(key) = Key::ALL.into_iter().find(|key| key.name() == name.get_ref().as_ref()) else {
                let known = Key::ALL.map(Key::name).join(", ") + ", code_key, pepper, banks, post";
                self.faults
                    .push(format!("{here} : clé inconnue « {} » (clés connues : {known})", name.get_ref()));
                continue;
            };
            let here = format!("{here}, clé {}", key.name());
            match (key, value.get_ref()) {
                (_, DeValue::String(text)) => self.take(key, text, &here),
                (Key::Demo, DeValue::Boolean(on)) => self.demo = Some(*on),
                (Key::Demo, DeValue::Integer(number)) => self.take(key, number.as_str(), &here),
                (Key::DatabaseConnections | Key::Proxies, DeValue::Integer(number)) => {
                    self.take(key, number.as_str(), &here)
                }
                (Key::Demo, _) => self.faults.push(format!("{here} : {DEMO_WORDS}")),
                _ => self.faults.push(format!("{here} : on attend un texte entre guillemets")),
            }
        }
    }

    /// Takes one value from one place.
    pub(super) fn take(&mut self, key: Key, text: &str, place: &str) {
        let text = text.trim();
        let taken = match key {
            Key::Fund => values::fund(text).map(|fund| self.fund = Some(fund)),
            Key::Listen => values::listen(text).map(|listen| self.listen = Some(listen)),
            Key::DatabaseUrl => values::database_url(text).map(|url| self.database_url = Some(url)),
            Key::DatabaseConnections => {
                values::connections(text).map(|connections| self.database_connections = Some(connections))
            }
            Key::Demo => values::demo(text).map(|demo| self.demo = Some(demo)),
            Key::PublicUrl => values::public_url(text).map(|url| self.public_url = Some(url)),
            Key::Log => values::log(text).map(|log| self.log = Some(log)),
            Key::LogFormat => values::log_format(text).map(|form| self.log_format = Some(form)),
            Key::MetricsListen => values::listen(text).map(|listen| self.metrics_listen = Some(listen)),
            Key::Courier => values::carrier(text).map(|courier| self.courier = Some(courier)),
            Key::Proxies => values::proxies(text).map(|proxies| self.proxies = Some(proxies)),
            Key::CodeKeyFile => values::code_key_file(text).map(|file| self.code_key_file = Some(file)),
        };
        if let Err(fault) = taken {
            self.faults.push(format!("{place} : {fault}"));
        }
    }
}
