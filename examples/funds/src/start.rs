//! `new`: writes a small sound fund, commented, from which a jurist starts.

use std::path::Path;

use cnss_core::author::situation::Situations;
use cnss_core::fund::{Fund, FundFiles};

use crate::Outcome;
use crate::folder::told;
use crate::words::faults;

const TEMPLATE: [(&str, &str); 7] = [
    ("fund.toml", include_str!("../template/fund.toml")),
    ("contributions.toml", include_str!("../template/contributions.toml")),
    ("pension.toml", include_str!("../template/pension.toml")),
    ("benefits.toml", include_str!("../template/benefits.toml")),
    ("identifiers.toml", include_str!("../template/identifiers.toml")),
    ("declaration.toml", include_str!("../template/declaration.toml")),
    ("situations/exemples.toml", include_str!("../template/situations/exemples.toml")),
];

pub fn run(folder: &str, code: &str, name: &str, currency: &str) -> Result<Outcome, String> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if code.is_empty() || code.len() > 20 || !code.chars().all(sound) {
        return Err(format!(
            "« {code} » n'est pas un code : de 1 à 20 lettres minuscules, chiffres ou tirets."
        ));
    }
    let (unit, exponent) = currency
        .split_once(':')
        .and_then(|(unit, exponent)| Some((unit, exponent.parse::<u8>().ok()?)))
        .ok_or_else(|| {
            format!("« {currency} » n'est pas une monnaie : écrivez par exemple XOF:0, MAD:2 ou TND:3.")
        })?;
    let path = Path::new(folder);
    if path.exists() && !path.is_dir() {
        return Err(format!("« {folder} » n'est pas un dossier."));
    }
    let filled = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    if filled {
        return Err(format!("Le dossier « {folder} » n'est pas vide : rien n'a été écrit."));
    }
    let texts: Vec<(&str, String)> =
        TEMPLATE.iter().map(|(file, text)| (*file, fill(text, (code, name, unit, exponent)))).collect();
    // Nothing is written that would not load.
    let files: FundFiles = texts.iter().map(|(file, text)| ((*file).to_owned(), text.clone())).collect();
    let fund = Fund::parse(&files).map_err(|e| faults(&e).join("\n"))?;
    let situations = texts.iter().filter(|(file, _)| file.starts_with("situations/"));
    for (_, text) in situations {
        if Situations::parse(text)?.broken_by(&fund) {
            return Err(format!("Les cas du modèle ne conviennent pas à la monnaie « {currency} »."));
        }
    }
    let unwritten = |file: &str, e: std::io::Error| format!("{file}: ne peut pas être écrit : {}.", told(&e));
    std::fs::create_dir_all(path.join("situations")).map_err(|e| unwritten(folder, e))?;
    for (file, text) in &texts {
        std::fs::write(path.join(file), text).map_err(|e| unwritten(file, e))?;
    }
    say!("{} fichiers écrits dans « {folder} ».", texts.len());
    say!("Remplacez chaque valeur et chaque source, puis : cnss-funds check {folder}");
    Ok(Outcome::Well)
}

/// The template with its blanks filled; amounts have the decimals of the currency.
fn fill(text: &str, (code, name, unit, exponent): (&str, &str, &str, u8)) -> String {
    let text = text
        .replace("@CODE@", &quoted(code))
        .replace("@NAME@", &quoted(name))
        .replace("@CURRENCY@", &quoted(unit))
        .replace("@EXPONENT@", &exponent.to_string());
    let decimals =
        if exponent == 0 { String::new() } else { format!(".{}", "0".repeat(usize::from(exponent))) };
    ["13000", "3000", "4000", "6000", "7000", "50000"]
        .iter()
        .fold(text, |text, amount| text.replace(&format!("@{amount}@"), &format!("{amount}{decimals}")))
}

/// As a string of TOML.
fn quoted(text: &str) -> String {
    let mut all = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => all.extend(['\\', c]),
            c if c.is_control() => all.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => all.push(c),
        }
    }
    all.push('"');
    all
}
