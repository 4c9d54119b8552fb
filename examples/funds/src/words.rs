//! French words for what the core says in codes and in English: faults, figures, counts.

use std::collections::BTreeMap;

use cnss_core::author::situation::Unreadable;
use cnss_core::fund::FundError;

/// What the core says of a fault, `{}` standing for anything, and the same in French.
const PROBLEMS: &[(&str, &str)] = &[
    ("is missing", "le fichier manque"),
    ("no source {} in fund.toml", "la source {} n'est pas dans [sources] de fund.toml"),
    ("no question {} in fund.toml", "la question {} n'est pas dans [questions] de fund.toml"),
    ("no category {} in contributions.toml", "la catégorie {} n'est pas dans contributions.toml"),
    ("no base {} in contributions.toml", "l'assiette {} n'est pas dans contributions.toml"),
    ("no category {}", "la catégorie {} n'existe pas"),
    ("no branch {}", "la branche {} n'existe pas"),
    ("no base {}", "l'assiette {} n'existe pas"),
    ("no scheme {}", "le régime {} n'existe pas"),
    ("no rule {}", "la règle {} n'existe pas"),
    ("the rule {} cannot stand there ({} is needed)", "la règle {} ne peut pas servir ici (il faut : {})"),
    ("the rule {} is not of the kind that is needed", "la règle {} n'est pas de la sorte qu'il faut"),
    ("stands twice for category {}", "deux fois pour la catégorie {}"),
    ("stands twice", "écrit deux fois"),
    ("has no value and no question", "aucune valeur, et aucune question qui dise ce qui manque"),
    ("`{}` is not a day", "`{}` n'est pas un jour"),
    ("`{}` does not come after the one before it", "`{}` ne vient pas après la ligne d'avant"),
    ("{} is not a share between 0 and 1", "{} n'est pas une part entre 0 et 1 (12,5 % s'écrit \"0.125\")"),
    ("{} is not a number", "{} n'est pas un nombre (sans espace, un point pour les décimales)"),
    ("{} is not above zero", "{} n'est pas au-dessus de zéro"),
    ("numbers must be above zero", "les nombres doivent être au-dessus de zéro"),
    ("must be above zero", "doit être au-dessus de zéro"),
    ("`each` must be above zero", "`each` doit être au-dessus de zéro"),
    ("{} is not an age between 10 and 100", "{} n'est pas un âge entre 10 et 100"),
    ("not a due date: {}", "échéance impossible : `day` entre 1 et 28, `months_after` 12 au plus"),
    (
        "row `from = {}` needs `flat`, or `each` and `rate`, or `open`",
        "la ligne `from = {}` doit avoir `flat`, ou `each` et `rate`, ou `open`",
    ),
    (
        "step `from = {}` needs `share`, `part` or `open`",
        "l'étape `from = {}` doit avoir `share`, `part` ou `open`",
    ),
    ("`from = 0`: the first day, or month, is 1", "`from = 0` : le premier jour, ou mois, est 1"),
    ("needs `amount`, or `share` and `of`, or `tiers`", "il faut `amount`, ou `share` et `of`, ou `tiers`"),
    ("needs either `child` or `pool`", "il faut `child` ou bien `pool`"),
    ("needs either `amount` or `minimum_wage`", "il faut `amount` ou bien `minimum_wage`"),
    ("needs `at_once` and `monthly`, or `open`", "il faut `at_once` et `monthly`, ou `open`"),
    ("needs a window", "il faut une fenêtre (`windows`)"),
    (
        "a window takes one of {}",
        "une fenêtre prend un seul de `last`, `best` (avec `of` ou non), `last_years`",
    ),
    ("a window's numbers are between 1 and 1200", "les nombres d'une fenêtre sont entre 1 et 1200"),
    ("`least` is above `most`", "`least` dépasse `most`"),
    ("`none` is only ever true", "`none` ne peut être que `true`"),
    ("`month` is between 1 and 31 days", "`month` est entre 1 et 31 jours"),
    ("`months` is between 1 and 600", "`months` est entre 1 et 600"),
    (
        "`month`, the days of a whole month, is needed to count days",
        "pour compter en jours il faut `month`, les jours d'un mois entier",
    ),
    ("`add` is not of the pension itself", "`add` ne se prend pas sur la pension elle-même"),
    ("`open` must name a question", "`open` doit nommer une question"),
    (
        "`check` needs weights and a modulus between 2 and 100",
        "`check` demande des poids et un modulo entre 2 et 100",
    ),
    ("`pattern`: {}", "`pattern` n'est pas une expression régulière : {}"),
    ("has no row", "aucune ligne"),
    ("{} is missing", "il manque {}"),
    ("missing field `{}`", "il manque `{}`"),
    ("`from = {}` overlaps the line of another category", "deux lignes du {} valent pour la même catégorie"),
    ("not a valid month (YYYY-MM): {}", "{} n'est pas un mois, comme 2024-03"),
    ("unknown field `{}`, there are no fields", "`{}` n'est pas connu ici"),
    ("unknown field `{}`, expected one of {}", "`{}` n'est pas connu ici ; sont possibles : {}"),
    ("unknown variant `{}`, expected one of {}", "`{}` n'est pas connu ici ; sont possibles : {}"),
    ("unknown field `{}`, expected {}", "`{}` n'est pas connu ici ; sont possibles : {}"),
    ("unknown variant `{}`, expected {}", "`{}` n'est pas connu ici ; sont possibles : {}"),
    ("invalid type: {}, expected {}", "{} ne convient pas ; il faut {}"),
    ("invalid value: {}, expected {}", "{} ne convient pas ; il faut {}"),
    ("unclosed table, expected {}", "un titre de table n'est pas fermé : il manque {}"),
    ("unclosed array, expected {}", "une liste n'est pas fermée : il manque {}"),
    ("unclosed inline table, expected {}", "une accolade n'est pas fermée : il manque {}"),
    ("string values must be quoted, expected literal string", "il manque une valeur, ou ses guillemets"),
    ("key with no value, expected {}", "une clé sans valeur : il manque {}"),
    ("invalid basic string, expected {}", "un texte n'est pas fermé : il manque {}"),
    ("missing comma between {} elements, expected `,`", "il manque une virgule entre deux éléments"),
    ("`reason` is empty", "`reason` ne donne aucune raison"),
    ("duplicate key", "la même clé est écrite deux fois"),
    (
        "data did not match any variant of untagged enum {}",
        "la valeur n'a aucune des formes possibles ; un nombre s'écrit entre guillemets, \"0.125\"",
    ),
];

/// Every fault on a line of its own, in French.
pub fn faults(error: &FundError) -> Vec<String> {
    let FundError::Faults(all) = error else { return vec![error.to_string()] };
    let mut told = Vec::with_capacity(all.len());
    for fault in all {
        let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
        let key = if fault.key.is_empty() { String::new() } else { format!("{}: ", fault.key) };
        told.push(format!("{}{line}: {key}{}", fault.file, french(&fault.problem)));
    }
    told
}

/// What is wrong with a file of situations, or with the list of equivalents.
pub fn unreadable(file: &str, problems: &[Unreadable]) -> Vec<String> {
    let told = |p: &Unreadable| {
        let key = if p.key.is_empty() { String::new() } else { format!("{}: ", p.key) };
        format!("{file}:{}: {key}{}", p.line, french(&p.problem))
    };
    problems.iter().map(told).collect()
}

fn french(problem: &str) -> String {
    let fitting = |(pattern, words): &(&str, &str)| {
        captured(pattern, problem).map(|parts| {
            parts.iter().fold((*words).to_owned(), |text, part| {
                let part = plain(part);
                let shown = match part.strip_prefix('"').and_then(|p| p.strip_suffix('"')) {
                    Some(bare) => format!("« {bare} »"),
                    None => part.clone(),
                };
                text.replacen("{}", &shown.replace('{', "("), 1)
            })
        })
    };
    PROBLEMS.iter().find_map(fitting).unwrap_or_else(|| problem.to_owned())
}

/// The words by which a reader of TOML names what it found and what it wants.
fn plain(part: &str) -> String {
    const WORDS: [(&str, &str); 15] = [
        ("floating point `", "le nombre à virgule sans guillemets `"),
        ("integer `", "le nombre entier sans guillemets `"),
        ("boolean `", "`"),
        ("string \"", "le texte \""),
        ("map", "une table"),
        ("sequence", "une liste"),
        ("a sequence", "une liste"),
        ("a map", "une table { clé = valeur }"),
        ("struct ", "une table { clé = valeur }"),
        ("a string", "un texte entre guillemets"),
        ("a boolean", "true ou false"),
        ("u32", "un nombre entier"),
        ("u16", "un nombre entier"),
        ("u8", "un nombre entier"),
        ("a number written as text", "un nombre entre guillemets, \"0.125\""),
    ];
    match WORDS.iter().find(|(own, _)| part.starts_with(own)) {
        Some((own, words)) if own.ends_with(['`', '"']) => part.replacen(own, words, 1),
        Some((_, words)) => (*words).to_owned(),
        None => part.to_owned(),
    }
}

/// The parts of `text` that stand where `pattern` has `{}`.
fn captured<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    for piece in pieces {
        let at = if piece.is_empty() { rest.len() } else { rest.find(piece)? };
        let (part, after) = rest.split_at_checked(at)?;
        parts.push(part);
        rest = after.strip_prefix(piece)?;
    }
    rest.is_empty().then_some(parts)
}

/// The French name of a figure of a situation.
fn figure(name: &str) -> &str {
    match name {
        "amount" => "montant",
        "employer" => "part patronale",
        "worker" => "part ouvrière",
        "lines" => "détail",
        "due_date" => "échéance",
        "questions" => "questions ouvertes",
        "refused" => "refus",
        "rule_missing" => "règle absente",
        "reference_wage" => "salaire de référence",
        "rate" => "taux",
        "insured" => "durée d'assurance",
        "starts_on" => "entrée en jouissance",
        "later" => "montant à la fin de la réduction",
        "reasons" => "conditions manquantes",
        "short" => "versement unique",
        "buy_back" => "rachat",
        "shares" => "parts",
        "periods" => "périodes",
        "least" => "montant minimal",
        "most" => "montant maximal",
        "valid" => "valide",
        "meaning" => "sens",
        other => other,
    }
}

/// What was expected and what came.
pub fn difference(name: &str, expected: Option<&str>, came: Option<&str>) -> String {
    format!("{} : attendu {}, obtenu {}", figure(name), expected.unwrap_or("rien"), came.unwrap_or("rien"))
}

/// Figures on one line.
pub fn figures(all: &BTreeMap<&'static str, String>) -> String {
    if all.is_empty() {
        return "rien".to_owned();
    }
    all.iter().map(|(name, value)| format!("{} {value}", figure(name))).collect::<Vec<_>>().join(" ; ")
}

/// French signs keep to the word before them, and quotes to the words inside.
pub fn spaced(text: &str) -> String {
    const KEPT: char = '\u{a0}';
    let mut spaced = text.replace("« ", &format!("«{KEPT}"));
    for sign in [":", ";", "?", "!", "»", "%"] {
        spaced = spaced.replace(&format!(" {sign}"), &format!("{KEPT}{sign}"));
    }
    spaced
}

/// « 1 défaut », « 3 défauts ».
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number < 2 { one } else { many })
}

/// Tenths of a percent as « 97,3 ».
pub fn percent(tenths: usize) -> String {
    format!("{},{}", tenths / 10, tenths % 10)
}

/// The beginning of a text.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(most).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_in_french() {
        assert_eq!(
            french("no source \"loi-2040\" in fund.toml"),
            "la source « loi-2040 » n'est pas dans [sources] de fund.toml"
        );
        assert_eq!(
            french("1.5 is not a share between 0 and 1"),
            "1.5 n'est pas une part entre 0 et 1 (12,5 % s'écrit \"0.125\")"
        );
        assert_eq!(french("something new"), "something new");
        assert_eq!(captured("a {} b {}", "a 1 b 2"), Some(vec!["1", "2"]));
        assert_eq!(captured("a {} b", "a 1 c"), None);
    }

    #[test]
    fn signs_keep_to_their_words() {
        assert_eq!(
            spaced("« a » : b ; c ? d ! 5 %"),
            "«\u{a0}a\u{a0}»\u{a0}: b\u{a0}; c\u{a0}? d\u{a0}! 5\u{a0}%"
        );
        assert_eq!(spaced("fund.toml:3: https://cnss.bj/?p=834"), "fund.toml:3: https://cnss.bj/?p=834");
        assert_eq!(spaced(&spaced("« a »")), spaced("« a »"));
    }

    #[test]
    fn counts_agree_with_their_number() {
        assert_eq!(counted(1, "défaut", "défauts"), "1 défaut");
        assert_eq!(counted(2, "défaut", "défauts"), "2 défauts");
        assert_eq!(percent(953), "95,3");
        assert_eq!(cut("abcdef", 3), "abc…");
    }
}
