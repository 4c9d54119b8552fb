//! `check`: every fault with its file, line and key; then what is worth a look.

use cnss_core::author::situation::Situations;
use cnss_core::author::{Concern, Worry, review};
use cnss_core::fund::{Fund, Question, Status};

use crate::Outcome;
use crate::folder::Folder;
use crate::words::counted;

pub fn run(name: &str) -> Result<Outcome, String> {
    let folder = Folder::open(name)?;
    let (fund, situations, found) = folder.judged();
    for fault in &found {
        say!("{fault}");
    }
    let Some(fund) = fund else {
        say!("{}.", counted(found.len(), "défaut", "défauts"));
        return Ok(Outcome::Faulty);
    };
    let concerns = review(&fund, &folder.files);
    if !concerns.is_empty() {
        say!("Avertissements :");
    }
    for concern in &concerns {
        say!("  {}", told(concern));
    }
    let whole = situations.iter().fold(Situations::default(), |all, (_, more)| all.and(more.clone()));
    unsettled(&fund);
    let untried = whole.untried(&fund);
    if !untried.is_empty() {
        say!("Lignes qu'aucun résultat de cas pratique ne cite :");
    }
    for (rule, line) in &untried {
        say!("  {}:{}: {} ({})", rule.file, line.line, rule.key, line.basis.from);
    }
    let run: usize = situations.iter().map(|(_, all)| all.len()).sum();
    say!(
        "{} : {}, {}, {}, {}.",
        fund.name,
        counted(fund.law.len(), "règle", "règles"),
        counted(run, "cas pratique", "cas pratiques"),
        counted(found.len(), "défaut", "défauts"),
        counted(concerns.len(), "avertissement", "avertissements"),
    );
    Ok(if found.is_empty() { Outcome::Well } else { Outcome::Faulty })
}

/// The open questions with what rests on them, then the values that nobody verified.
fn unsettled(fund: &Fund) {
    let lines = || fund.law.iter().flat_map(|rule| rule.lines.iter().map(move |line| (rule, line)));
    if !fund.questions.is_empty() {
        say!("Questions ouvertes :");
    }
    for (key, text) in &fund.questions {
        let asked = |question: &Option<Question>| question.as_ref().is_some_and(|(own, _)| **own == **key);
        let resting =
            lines().filter(|(rule, line)| asked(&rule.question) || asked(&line.basis.question)).count();
        say!("  {key} ({}) : {text}", counted(resting, "valeur", "valeurs"));
    }
    let unverified: Vec<_> = lines().filter(|(_, line)| line.basis.status == Status::Unverified).collect();
    if !unverified.is_empty() {
        say!("Valeurs non vérifiées :");
    }
    for (rule, line) in unverified {
        say!("  {}:{}: {} ({})", rule.file, line.line, rule.key, line.basis.from);
    }
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
        Worry::RateHole { of, begins, needed } => format!(
            "le tableau commence à {begins}, alors que {of} est ouverte dès {needed} : entre les deux, le taux est nul"
        ),
        Worry::Unasked => "valeur « unverified » sans question : dites ce qui n'est pas établi".to_owned(),
    };
    let line = concern.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {}: {what}", concern.file, concern.key)
}
