//! The secrets that banks share with the fund, from the file and from the environment.
//!
//! The one rule to remember: a message names the bank and the place, never what stands there.

use std::ffi::OsString;

use cnss_core::payment::BankCode;
use cnss_http::bank::{BadSecret, Banks};
use toml::de::{DeTable, DeValue};

/// The name of a bank's variable around its code: `CNSS_BANK_BTCI_SECRET`.
const VARIABLE: (&str, &str) = ("CNSS_BANK_", "_SECRET");

/// Reads the table `[banks]`; a place is given for each position in the file.
pub fn read_table(banks: &mut Banks, value: &DeValue<'_>, place: impl Fn(usize) -> String) -> Vec<String> {
    const EXPECTED: &str = "on attend [banks.CODE] puis secret = \"…\"";
    let DeValue::Table(table) = value else { return vec![format!("clé banks : {EXPECTED}")] };
    let mut faults = Vec::new();
    for (code, settings) in table.iter() {
        let here = format!("{}, banque", place(code.span().start));
        let secret = match settings.get_ref() {
            DeValue::Table(settings) => only_secret(settings),
            _ => None,
        };
        let added = match secret {
            Some(text) => add(banks, code.get_ref(), text),
            None => Err(EXPECTED.to_owned()),
        };
        faults.extend(added.err().map(|fault| format!("{here} : {fault}")));
    }
    faults
}

/// The secret, when the table holds nothing else.
fn only_secret<'a>(settings: &'a DeTable<'_>) -> Option<&'a str> {
    let mut all = settings.iter();
    match (all.next(), all.next()) {
        (Some((key, value)), None) if key.get_ref() == "secret" => value.get_ref().as_str(),
        _ => None,
    }
}

/// Reads the variables of banks among `names`.
pub fn read_variables(
    banks: &mut Banks,
    names: &[String],
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for name in names {
        let code = name.strip_prefix(VARIABLE.0).and_then(|rest| rest.strip_suffix(VARIABLE.1));
        let Some((code, value)) = code.zip(variable(name)) else { continue };
        let added = match value.to_str() {
            Some(text) => add(banks, &code.to_lowercase().replace('_', "-"), text),
            None => Err("ce n'est pas du texte UTF-8".to_owned()),
        };
        faults.extend(added.err().map(|fault| format!("variable {name} : {fault}")));
    }
    faults
}

fn add(banks: &mut Banks, code: &str, secrets: &str) -> Result<(), String> {
    let bank = BankCode::parse(code)
        .ok_or("le code d'une banque a de 2 à 20 lettres minuscules, chiffres ou tirets, par exemple btci")?;
    let secrets = secrets.split_whitespace().map(str::to_owned).collect();
    banks.add(bank, secrets).map_err(|fault| match fault {
        BadSecret::Count => {
            "on attend un secret, ou deux séparés par une espace pendant leur remplacement".to_owned()
        }
        BadSecret::Form => {
            "un secret a de 32 à 256 caractères sans accent ; « openssl rand -hex 32 » en donne un".to_owned()
        }
    })
}
