//! Reads settings key by key, and what is outside of them: secrets in the environment, files.
//!
//! The one rule to remember: a fault says its key and what is wanted, and never shows a value.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use toml::{Table, Value};

use crate::text::Channel;
use crate::tls::Authorities;

/// The longest file that a setting may name.
const FILE_MAX: u64 = 1_000_000;

/// What is not in the table: secrets and files. No fault shows what they hold.
pub(super) struct Outside<'a> {
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    pub faults: Vec<String>,
}

impl Outside<'_> {
    pub fn fault(&mut self, key: &str, why: &str) {
        self.faults.push(format!("{key}: {why}"));
    }

    pub fn secret(&mut self, key: &str, variable: &str) -> String {
        match (self.environment)(variable).filter(|secret| !secret.is_empty()) {
            Some(secret) => secret,
            None => {
                self.fault(key, &format!("the environment has no {variable}"));
                String::new()
            }
        }
    }

    pub fn file(&mut self, key: &str, path: &PathBuf) -> Option<Vec<u8>> {
        let length = std::fs::metadata(path).map(|file| file.len());
        match length {
            Ok(length) if length <= FILE_MAX => {}
            Ok(_) => {
                self.fault(key, "the file is too long");
                return None;
            }
            Err(error) => {
                self.fault(key, &format!("the file cannot be read: {}", error.kind()));
                return None;
            }
        }
        std::fs::read(path)
            .map_err(|error| self.fault(key, &format!("the file cannot be read: {}", error.kind())))
            .ok()
    }

    pub fn authorities(&mut self, key: &str, path: Option<&PathBuf>) -> Authorities {
        let Some(path) = path else { return Authorities::of_machine() };
        let Some(pem) = self.file(key, path) else { return Authorities::of_machine() };
        Authorities::of_machine().with_pem(&pem).unwrap_or_else(|bad| {
            self.fault(key, &bad.to_string());
            Authorities::of_machine()
        })
    }
}

/// Reads a table key by key, and keeps what is wrong.
pub(super) struct Reader<'t, 'f> {
    path: &'static str,
    table: &'t Table,
    known: BTreeSet<String>,
    faults: &'f mut Vec<String>,
}

impl<'t, 'f> Reader<'t, 'f> {
    pub fn new(path: &'static str, table: &'t Table, faults: &'f mut Vec<String>) -> Self {
        Self { path, table, known: BTreeSet::new(), faults }
    }

    pub fn fault(&mut self, key: &str, why: &str) {
        self.faults.push(format!("{}{key}: {why}", self.path));
    }

    pub fn get(&mut self, key: &str) -> Option<&'t Value> {
        self.known.insert(key.to_owned());
        self.table.get(key)
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        let text = self.optional(key);
        if text.is_none() && !self.table.contains_key(key) {
            self.fault(key, "missing");
        }
        text
    }

    pub fn optional(&mut self, key: &str) -> Option<String> {
        match self.get(key)? {
            Value::String(text)
                if !text.is_empty() && text.len() <= 500 && !text.contains(char::is_control) =>
            {
                Some(text.clone())
            }
            _ => {
                self.fault(key, "a text of one line is wanted");
                None
            }
        }
    }

    pub fn number(&mut self, key: &str, least: u32, most: u32, usual: u32) -> u32 {
        match self.get(key) {
            None => usual,
            Some(value) => {
                let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
                number.filter(|number| (least..=most).contains(number)).unwrap_or_else(|| {
                    self.fault(key, &format!("a number from {least} to {most} is wanted"));
                    usual
                })
            }
        }
    }

    pub fn seconds(&mut self, key: &str, usual: u32) -> Duration {
        // A notice is taken for five minutes, in which all ways must come to their end.
        Duration::from_secs(u64::from(self.number(key, 1, 40, usual)))
    }

    pub fn flag(&mut self, key: &str, usual: bool) -> bool {
        match self.get(key) {
            None => usual,
            Some(value) => value.as_bool().unwrap_or_else(|| {
                self.fault(key, "true or false is wanted");
                usual
            }),
        }
    }

    pub fn table(&mut self, key: &str) -> Option<&'t Table> {
        let value = self.get(key)?;
        if value.as_table().is_none() {
            self.fault(key, "a table is wanted");
        }
        value.as_table()
    }

    pub fn texts(&mut self, key: &str) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for (name, value) in self.table(key).into_iter().flatten() {
            match value.as_str() {
                Some(text) => drop(texts.insert(name.clone(), text.to_owned())),
                None => self.fault(&format!("{key}.{name}"), "a text is wanted"),
            }
        }
        texts
    }

    pub fn channels(&mut self, key: &str) -> Option<BTreeSet<Channel>> {
        let list = self.get(key)?.as_array().map(Vec::as_slice).unwrap_or_default();
        let ways: Option<BTreeSet<Channel>> = list
            .iter()
            .map(|way| match way.as_str() {
                Some("sms") => Some(Channel::Sms),
                Some("email") => Some(Channel::Email),
                _ => None,
            })
            .collect();
        let ways = ways.filter(|ways| !ways.is_empty());
        if ways.is_none() {
            self.fault(key, "a list of sms and email is wanted, with at least one");
        }
        ways
    }

    /// Says what nobody asked for.
    pub fn finish(mut self) {
        let unknown: Vec<&String> = self.table.keys().filter(|key| !self.known.contains(*key)).collect();
        for key in unknown {
            self.fault(key, "there is no such setting");
        }
    }
}
