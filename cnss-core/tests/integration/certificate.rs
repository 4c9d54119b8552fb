//! Every computation has a certificate that verifies, and that says no to whoever alters it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use cnss_core::certificate::Certificate;
use cnss_core::fund::Fund;
use cnss_core::verify::verify;

use crate::situations;

mod alter;
mod axes;
mod hostile;
mod paper;

/// A situation's certificate, and the fund that it is checked against: the law as it stands today.
pub struct Certified {
    pub place: String,
    pub fund: Fund,
    pub certificate: Certificate,
}

/// The certificates of all the situations of a fund that come out with amounts.
pub fn certified(code: &str) -> Vec<Certified> {
    let fund = Fund::builtin(code).expect("a fund");
    let mut found = Vec::new();
    for (file, all) in situations::of(code) {
        for computed in all.computed(&fund) {
            let place = format!("{code}/{file}: {}", computed.name);
            let amounts: Vec<_> = computed.amounts.iter().map(|(name, of)| (name.as_str(), *of)).collect();
            let made = Certificate::new(&computed.fund, &computed.steps, &amounts);
            let certificate = made.unwrap_or_else(|e| panic!("{place}: {e}"));
            found.push(Certified { place, fund: fund.clone(), certificate });
        }
    }
    found
}

/// The certificates of every fund.
pub static ALL: LazyLock<Vec<Certified>> =
    LazyLock::new(|| Fund::builtin_codes().iter().flat_map(|code| certified(code)).collect());

/// The situations of a fund's files that expect an amount for which something is computed.
fn expecting_an_amount(code: &str) -> BTreeMap<String, usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("funds").join(code).join("situations");
    let mut expecting = BTreeMap::new();
    for file in std::fs::read_dir(folder).expect("a folder of situations") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("readable");
        let kinds: toml::Table = text.parse().expect("TOML");
        for (kind, all) in &kinds {
            for situation in all.as_array().expect("a list") {
                let has = |key: &str| {
                    situation.get(key).is_some_and(|v| match v {
                        toml::Value::Array(list) => !list.is_empty(),
                        toml::Value::Table(table) => !table.is_empty(),
                        _ => true,
                    })
                };
                let amount = match kind.as_str() {
                    "contributions" => has("lines"),
                    "survivors" => has("shares"),
                    // In time: nothing is computed.
                    "surcharges" => {
                        let zero = |text: &str| text.chars().all(|c| matches!(c, '0' | '.'));
                        situation.get("amount").is_some_and(|a| !a.as_str().is_some_and(zero))
                    }
                    // A stop whose end is open is paid without a total.
                    "dailies" => has("amount") || has("periods"),
                    _ => has("amount") || has("short") || has("least"),
                };
                if amount {
                    let own = situation["name"].as_str().expect("a name");
                    *expecting.entry(format!("{code}/{name}: {own}")).or_default() += 1;
                }
            }
        }
    }
    expecting
}

#[test]
fn every_situation_has_a_certificate_that_verifies() {
    let mut doubted = Vec::new();
    for code in Fund::builtin_codes() {
        let all = certified(code);
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for one in &all {
            *places.entry(one.place.clone()).or_default() += 1;
        }
        assert_eq!(places, expecting_an_amount(code), "certificates, and amounts that are expected");
        assert!(all.iter().all(|c| !c.certificate.results.is_empty()));
        for Certified { place, fund, certificate } in all {
            if let Err(doubts) = verify(&certificate, &fund) {
                let told: Vec<String> = doubts.iter().map(ToString::to_string).collect();
                doubted.push(format!("{place}: {}", told.join("; ")));
            }
        }
    }
    assert!(doubted.is_empty(), "{} doubted\n{}", doubted.len(), doubted.join("\n"));
}

/// The verifier is worth what it does not share with the engine: of the library it knows
/// certificates, and the text of a fund's law.
#[test]
fn the_verifier_shares_no_computing_code() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = std::fs::read_dir(src.join("verify")).expect("a folder");
    let mut files: Vec<_> = folder.map(|file| file.expect("a file").path()).collect();
    files.push(src.join("verify.rs"));
    assert!(files.len() >= 6, "{files:?}");
    // Of a fund: its code, its currency's code and decimals, and `law`.
    let of_fund = ["Fund", "LawLine"];
    let mut wrong = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("readable");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut note = |what: String| wrong.push(format!("{}: {what}", path.display()));
        for line in code.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            for used in line.split("crate::").skip(1) {
                let names = used.strip_prefix("fund::").map(|names| {
                    names.split(|c: char| !c.is_alphanumeric()).filter(|n| !n.is_empty()).collect::<Vec<_>>()
                });
                match names {
                    Some(names) if names.iter().all(|name| of_fund.contains(name)) => {}
                    None if used.starts_with("certificate::") => {}
                    _ => note(format!("names {used}")),
                }
            }
            for outside in ["chrono", "rust_decimal", "num_rational", "num_traits"] {
                if line.contains(outside) {
                    note(format!("computes with {outside}"));
                }
            }
            for (_, field) in line.match_indices("fund.").map(|(at, _)| line.split_at(at + 5)) {
                let field: String = field.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !["law", "code", "currency"].contains(&field.as_str()) {
                    note(format!("reads fund.{field}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
