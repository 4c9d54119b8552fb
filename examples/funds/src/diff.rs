//! `diff`: what one state of the law says otherwise than another, from which day, and for which of
//! the situations of both folders.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use cnss_core::author::situation::Situations;
use cnss_core::author::{LineChange, Period, Presence, RuleChange, compare};
use cnss_core::calendar::parse_date;
use cnss_core::fund::{Fund, LawLine};

use crate::Outcome;
use crate::folder::Folder;
use crate::words::{counted, figures};

/// A folder, as the law stood and was known.
pub struct State {
    folder: Folder,
    law_at: Option<NaiveDate>,
    known_at: Option<NaiveDate>,
}

impl State {
    /// Reads the folder; the days are as they were given.
    pub fn of(folder: &str, law_at: Option<&str>, known_at: Option<&str>) -> Result<Self, String> {
        let day = |text: &str| {
            parse_date(text).map_err(|_| format!("« {text} » n'est pas un jour : écrivez 2024-12-31."))
        };
        let (law_at, known_at) = (law_at.map(day).transpose()?, known_at.map(day).transpose()?);
        Ok(Self { folder: Folder::open(folder)?, law_at, known_at })
    }

    fn stands(&self, fund: Fund) -> Fund {
        if self.law_at.is_none() && self.known_at.is_none() {
            return fund;
        }
        fund.as_of(self.law_at.unwrap_or(NaiveDate::MAX), self.known_at.unwrap_or(NaiveDate::MAX))
    }
}

pub fn run(old: &State, new: &State) -> Result<Outcome, String> {
    let same = |a: &State, b: &State| a.folder.name == b.folder.name;
    if same(old, new) && (old.law_at, old.known_at) == (new.law_at, new.known_at) {
        return Err("Les deux côtés sont les mêmes : donnez un second dossier, ou des jours différents \
            (--old-known-at 2024-06-01)."
            .to_owned());
    }
    let (before, after) = match (old.folder.sound(), new.folder.sound()) {
        (Ok(before), Ok(after)) => (before, after),
        (before, after) => {
            // A folder compared with itself is told once.
            let told = [before.err(), after.err().filter(|_| !same(old, new))];
            say!("{}", told.into_iter().flatten().collect::<Vec<_>>().join("\n"));
            return Ok(Outcome::Faulty);
        }
    };
    let ((before, before_situations), (after, after_situations)) = (before, after);
    let (before, after) = (old.stands(before), new.stands(after));
    let changes = compare(&before.law, &after.law);
    for change in &changes {
        rule(change);
    }
    if changes.is_empty() {
        say!("Les règles datées sont les mêmes.");
    }
    let mut seen = BTreeSet::new();
    let mut run = 0_usize;
    let mut affected = Vec::new();
    let all = before_situations.iter().chain(&after_situations);
    for (file, situations) in all {
        for (was, is) in outcomes(situations, &before, &after) {
            // A situation that stands in both folders is told once.
            if !seen.insert(((*file).to_owned(), was.clone(), is.clone())) {
                continue;
            }
            run = run.saturating_add(1);
            if was.1 != is.1 {
                affected.push((*file, was.0, was.1, is.1));
            }
        }
    }
    println!();
    say!("Cas pratiques touchés : {} sur {run}.", affected.len());
    for (file, name, was, is) in &affected {
        say!("  {file}: {name}");
        say!("      {was} → {is}");
    }
    say!(
        "{}, {}.",
        counted(changes.len(), "règle change", "règles changent"),
        counted(affected.len(), "cas touché", "cas touchés")
    );
    Ok(Outcome::Well)
}

type Told = (String, String);

fn outcomes(situations: &Situations, before: &Fund, after: &Fund) -> Vec<(Told, Told)> {
    let told = |fund| situations.outcomes(fund).into_iter().map(|o| (o.name, figures(&o.figures)));
    told(before).zip(told(after)).collect()
}

fn rule(change: &RuleChange) {
    let sign = match change.presence {
        Presence::Added => "règle ajoutée",
        Presence::Removed => "règle retirée",
        Presence::Kept => "règle modifiée",
    };
    say!("{} — {} ({sign})", change.key, change.label);
    for line in &change.lines {
        self::line(line);
    }
    for period in &change.periods {
        say!("    diffère {}", days(period));
    }
    if change.periods.is_empty() && change.presence == Presence::Kept {
        say!("    les valeurs sont les mêmes chaque jour");
    }
}

fn line(change: &LineChange) {
    match (&change.old, &change.new) {
        (None, Some(new)) => say!("    ligne ajoutée : {}", place(new)),
        (Some(old), None) => say!("    ligne retirée : {}", place(old)),
        (Some(old), Some(new)) if place(old) == place(new) => say!("    ligne modifiée : {}", place(new)),
        (Some(old), Some(new)) => say!("    ligne déplacée : {} → {}", place(old), place(new)),
        (None, None) => {}
    }
    for atom in &change.atoms {
        let path = if atom.path.is_empty() { "valeur" } else { &atom.path };
        let none = "(rien)".to_owned();
        say!(
            "        {path} : {} → {}",
            atom.old.as_ref().unwrap_or(&none),
            atom.new.as_ref().unwrap_or(&none)
        );
    }
    if let (Some(old), Some(new)) = (&change.old, &change.new) {
        if old.basis.source != new.basis.source {
            say!("        source : {} → {}", old.basis.source, new.basis.source);
        }
        if old.basis.status != new.basis.status {
            say!("        statut : {} → {}", old.basis.status.code(), new.basis.status.code());
        }
        let key =
            |l: &LawLine| l.basis.question.as_ref().map_or("(aucune)".to_owned(), |(k, _)| k.to_string());
        if key(old) != key(new) {
            say!("        question : {} → {}", key(old), key(new));
        }
    }
}

fn place(line: &LawLine) -> String {
    let mut told = format!("from {}", line.basis.from);
    if let Some(day) = line.basis.known_from {
        told.push_str(&format!(", known_from {day}"));
    }
    if let Some(day) = line.born_from {
        told.push_str(&format!(", born_from {day}"));
    }
    if !line.categories.is_empty() {
        told.push_str(&format!(", categories {}", line.categories.join(", ")));
    }
    told
}

fn days(period: &Period) -> String {
    let until = period.until.map_or("sans fin".to_owned(), |day| format!("jusqu'au {day} exclu"));
    let who = period.who.as_ref().map_or(String::new(), |who| {
        let category =
            who.category.as_ref().map_or("autres catégories".to_owned(), |c| format!("catégorie {c}"));
        let born = who.born_from.map_or(String::new(), |day| format!(", nés à partir du {day}"));
        format!(" ({category}{born})")
    });
    format!("à partir du {} {until}{who}", period.from)
}
