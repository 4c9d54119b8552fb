//! Reading `identifiers.toml`.

use std::sync::Arc;

use regex_lite::Regex;
use serde::Deserialize;

use super::dated::Status;
use super::identifiers::{Check, Identifier, IdentifierRules};
use super::parse::Reader;
use super::read_contributions::once;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentifiers {
    #[serde(default)]
    identifiers: Vec<RawIdentifier>,
    #[serde(default)]
    phones: Vec<RawIdentifier>,
    #[serde(default)]
    documents: Vec<RawDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentifier {
    code: String,
    label: Option<String>,
    pattern: String,
    check: Option<RawCheck>,
    #[serde(default)]
    special: Vec<RawSpecial>,
    source: String,
    status: Status,
    question: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    weights: Vec<u32>,
    modulus: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpecial {
    value: String,
    label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    code: String,
    label: String,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<IdentifierRules> {
    let raw: RawIdentifiers = reader.file()?;
    once(reader, "identifiers", raw.identifiers.iter().map(|i| i.code.clone()));
    once(reader, "phones", raw.phones.iter().map(|i| i.code.clone()));
    once(reader, "documents", raw.documents.iter().map(|d| d.code.clone()));
    let list = |kind: &str, all: Vec<RawIdentifier>| {
        all.into_iter().filter_map(|i| identifier(reader, kind, i)).collect()
    };
    Some(IdentifierRules {
        identifiers: list("identifiers", raw.identifiers),
        phones: list("phones", raw.phones),
        documents: raw
            .documents
            .iter()
            .map(|d| (Arc::from(d.code.as_str()), Arc::from(d.label.as_str())))
            .collect(),
    })
}

fn identifier(reader: &Reader<'_>, kind: &str, raw: RawIdentifier) -> Option<Identifier> {
    let key = format!("{kind}.{}", raw.code);
    let pattern = Regex::new(&format!("^(?:{})$", raw.pattern));
    if let Err(error) = &pattern {
        reader.fault(&key, format!("`pattern`: {error}"));
    }
    let check = raw.check.map(|c| Check { weights: c.weights, modulus: c.modulus });
    if check.as_ref().is_some_and(|c| c.modulus < 2 || c.modulus > 100 || c.weights.is_empty()) {
        reader.fault(&key, "`check` needs weights and a modulus between 2 and 100");
    }
    Some(Identifier {
        source: reader.source(&key, &raw.source)?,
        label: raw.label.as_deref().unwrap_or(&raw.code).into(),
        code: raw.code.as_str().into(),
        pattern: pattern.ok()?,
        check,
        special: raw
            .special
            .iter()
            .map(|s| (Arc::from(s.value.as_str()), Arc::from(s.label.as_str())))
            .collect(),
        status: raw.status,
        question: reader.question(&key, raw.question.as_deref()),
    })
}
