//! `check`: every fault with its file, line and key; then what is worth a look.

use cnss_core::fund::{Concern, Fund, Worry};

use crate::Outcome;
use crate::folder::Folder;
use crate::words::{counted, faults};

pub fn run(name: &str) -> Result<Outcome, String> {
    let folder = Folder::open(name)?;
    let fund = Fund::parse(&folder.files);
    let (situations, mut found) = folder.situations();
    if let Err(error) = &fund {
        let mut first = faults(error);
        first.append(&mut found);
        found = first;
    }
    for fault in &found {
        println!("{fault}");
    }
    let Ok(fund) = fund else {
        println!("{}.", counted(found.len(), "défaut", "défauts"));
        return Ok(Outcome::Faulty);
    };
    let concerns = fund.review(&folder.files);
    if !concerns.is_empty() {
        println!("Avertissements :");
    }
    for concern in &concerns {
        println!("  {}", told(concern));
    }
    let run: usize = situations.iter().map(|(_, all)| all.len()).sum();
    println!(
        "{} : {}, {}, {}, {}.",
        fund.name,
        counted(fund.law.len(), "règle", "règles"),
        counted(run, "cas pratique", "cas pratiques"),
        counted(found.len(), "défaut", "défauts"),
        counted(concerns.len(), "avertissement", "avertissements"),
    );
    Ok(if found.is_empty() { Outcome::Well } else { Outcome::Faulty })
}

fn told(concern: &Concern) -> String {
    let what = match &concern.what {
        Worry::UnusedRule => "aucune pension ni prestation ne nomme cette règle".to_owned(),
        Worry::UnusedBase => "aucun taux ni salaire moyen n'est pris sur cette assiette".to_owned(),
        Worry::UnusedCategory => "aucun taux ne vaut pour cette catégorie".to_owned(),
        Worry::UnusedSource => "aucune valeur ne vient de cette source".to_owned(),
        Worry::UnusedQuestion => "rien ne dépend de cette question".to_owned(),
        Worry::StartsLate { of, others, own } => format!(
            "connue depuis le {own} seulement, alors que {of} a d'autres règles dès le {others} : entre les deux, rien ne se calcule"
        ),
        Worry::Unasked => "valeur « unverified » sans question : dites ce qui n'est pas établi".to_owned(),
    };
    let line = concern.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {}: {what}", concern.file, concern.key)
}
