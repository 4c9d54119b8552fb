//! `mutate`: changes the fund's values one by one, and tells which changes no situation notices.

use std::collections::BTreeMap;
use std::num::NonZero;

use cnss_core::author::mutation::{Equivalent, Fate, Mutant, Tally, judge, mutants};
use cnss_core::author::situation::Situations;
use cnss_core::fund::Fund;

use crate::Outcome;
use crate::folder::Folder;
use crate::words::{counted, cut, percent};

pub fn run(name: &str, least: u16) -> Result<Outcome, String> {
    let folder = Folder::open(name)?;
    let (fund, situations) = match folder.sound() {
        Ok(sound) => sound,
        Err(told) => {
            say!("{told}");
            return Ok(Outcome::Faulty);
        }
    };
    let all = situations.into_iter().fold(Situations::default(), |all, (_, more)| all.and(more));
    if all.is_empty() || all.broken_by(&fund) {
        say!("Les cas pratiques doivent d'abord tous réussir : cnss-funds test {name}");
        return Ok(Outcome::Faulty);
    }
    let equivalent = match folder.equivalent.as_deref().map(Equivalent::parse).transpose() {
        Ok(list) => list.unwrap_or_default(),
        Err(problem) => {
            say!("{}", crate::words::unreadable("equivalent.toml", &[problem]).join("\n"));
            return Ok(Outcome::Faulty);
        }
    };
    let list = mutants(&folder.files).map_err(|e| e.to_string())?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let fates = judge(&folder.files, &all, &list, threads);
    let tally = Tally::of(&fund, &list, &fates, &equivalent);
    table(&fund, &list, &fates, &equivalent);
    for mutant in tally.survivors.iter().filter_map(|place| list.get(*place)) {
        say!("{}", survivor(mutant));
    }
    for entry in tally.stale.iter().filter_map(|place| equivalent.get(*place)) {
        say!(
            "equivalent.toml: {} {}: un cas pratique s'aperçoit de ce changement, rien ne lui répond, ou sa question n'est plus ouverte : ôtez cette entrée",
            entry.key,
            entry.path
        );
    }
    let reached = tally.per_thousand();
    say!(
        "{} : {} sur {} ({} % ; {} % avec ceux qui attendent) ; en plus, {}, {} et {}.",
        fund.name,
        counted(tally.killed, "changement aperçu", "changements aperçus"),
        tally.counted(),
        percent(reached),
        percent(tally.per_thousand_with_waiting()),
        counted(tally.refused, "refusé au chargement", "refusés au chargement"),
        counted(tally.equivalent, "sans effet possible", "sans effet possible"),
        counted(tally.waiting, "en attente d'une question", "en attente d'une question"),
    );
    let enough = reached >= usize::from(least).saturating_mul(10);
    if !enough {
        say!("Il en faut {least} % : écrivez les cas pratiques qui manquent.");
    }
    Ok(if enough && tally.stale.is_empty() { Outcome::Well } else { Outcome::Faulty })
}

fn table(fund: &Fund, list: &[Mutant], fates: &[Fate], equivalent: &[Equivalent]) {
    let mut by_file: BTreeMap<&str, (Vec<Mutant>, Vec<Fate>)> = BTreeMap::new();
    for (mutant, fate) in list.iter().zip(fates) {
        let row = by_file.entry(&mutant.file).or_default();
        row.0.push(mutant.clone());
        row.1.push(*fate);
    }
    say!(
        "{:<20} {:>8} {:>11} {:>8} {:>11} {:>11}",
        "fichier",
        "aperçus",
        "survivants",
        "refusés",
        "sans effet",
        "en attente"
    );
    for (file, (mutants, fates)) in by_file {
        let tally = Tally::of(fund, &mutants, &fates, equivalent);
        say!(
            "{file:<20} {:>8} {:>11} {:>8} {:>11} {:>11}",
            tally.killed,
            tally.survivors.len(),
            tally.refused,
            tally.equivalent,
            tally.waiting
        );
    }
}

fn survivor(mutant: &Mutant) -> String {
    let when = mutant.from.map_or_else(String::new, |day| format!(" ({day})"));
    let place = format!("{}:{}: {}{when}", mutant.file, mutant.line, mutant.key);
    if mutant.path == "line" {
        return format!("{place} ligne ôtée : {}", cut(&mutant.old, 70));
    }
    let new = if mutant.new.is_empty() { "(ôté)" } else { &mutant.new };
    format!("{place} {} : {} → {new}", mutant.path, cut(&mutant.old, 40))
}
