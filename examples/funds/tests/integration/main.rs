//! What the jurist's tool says and how it ends, seen from the terminal.
#![expect(clippy::expect_used, reason = "a broken promise must fail its test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// How it ends and what it says, with ordinary spaces: whatever is said is first seen to keep
/// French signs to their words.
fn run(arguments: &[&str]) -> (i32, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_cnss-funds")).args(arguments).output().expect("started");
    let told = String::from_utf8([done.stdout, done.stderr].concat()).expect("UTF-8");
    for apart in [" :", " ;", " ?", " !", " »", " %", "« "] {
        assert!(!told.contains(apart), "{arguments:?}: {apart:?} may break at the end of a line in\n{told}");
    }
    (done.status.code().expect("an exit code"), told.replace('\u{a0}', " "))
}

/// A new fund, in a folder that goes away with the test.
struct Started {
    _home: TempDir,
    folder: PathBuf,
}

impl Started {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("caisse");
        let started = Self { _home: home, folder };
        let (code, told) = run(&["new", started.path()]);
        assert_eq!(code, 0, "{told}");
        started
    }

    fn path(&self) -> &str {
        self.folder.to_str().expect("UTF-8")
    }

    fn change(&self, file: &str, old: &str, new: &str) -> &Self {
        let path = self.folder.join(file);
        let text = std::fs::read_to_string(&path).expect("readable");
        assert!(text.contains(old), "{file} has no {old}");
        std::fs::write(path, text.replacen(old, new, 1)).expect("written");
        self
    }

    /// Checks, and wants this fault at this place.
    fn faulty(&self, told: &str) {
        let (code, all) = run(&["check", self.path()]);
        assert_eq!(code, 1, "{all}");
        assert!(all.lines().any(|line| line.contains(told)), "no {told:?} in\n{all}");
    }
}

#[test]
fn a_new_fund_is_sound_and_passes_in_any_currency() {
    for (currency, name) in [("XOF:0", "Caisse \"A\""), ("MAD:2", "Caisse"), ("TND:3", "C\\D\u{7}")] {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("deux/niveaux");
        let folder = folder.to_str().expect("UTF-8");
        let (code, told) = run(&["new", folder, "--code", "ab", "--name", name, "--currency", currency]);
        assert_eq!(code, 0, "{told}");
        let (code, told) = run(&["check", folder]);
        assert!(code == 0 && told.contains("0 défaut") && told.contains(name), "{told}");
        let (code, told) = run(&["test", folder]);
        assert!(code == 0 && told.contains("6 cas pratiques, 0 échec."), "{told}");
        let (code, told) = run(&["new", folder]);
        assert!(code == 2 && told.contains("n'est pas vide"), "{told}");
    }
}

#[test]
fn new_refuses_what_would_not_load() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("x");
    let path = folder.to_str().expect("UTF-8");
    for (arguments, told) in [
        (["--currency", "XOF"], "n'est pas une monnaie"),
        (["--currency", "XOF:99"], "currency"),
        (["--currency", "xof:0"], "currency"),
        (["--code", "Trop Grand"], "n'est pas un code"),
        (["--code", "../x"], "n'est pas un code"),
    ] {
        let (code, all) = run(&[["new", path].as_slice(), &arguments].concat());
        assert_eq!(code, 2, "{all}");
        assert!(all.contains(told), "no {told:?} in {all}");
        assert!(!folder.exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn what_cannot_be_read_is_told_in_a_sentence() {
    let fund = Started::new();
    let empty = tempfile::tempdir().expect("a folder");
    let file = fund.folder.join("fund.toml");
    for order in ["check", "test", "mutate"] {
        for (path, told) in [
            ("/nulle/part", "n'existe pas"),
            (file.to_str().expect("UTF-8"), "n'est pas un dossier"),
            (empty.path().to_str().expect("UTF-8"), "aucun fichier de caisse"),
            ("builtin:zz", "Il y a : tg, ma, dj, bj, tn, example"),
        ] {
            let (code, all) = run(&[order, path]);
            assert_eq!(code, 2, "{all}");
            assert!(all.contains(told), "no {told:?} in {all}");
        }
    }
    let (code, told) = run(&["diff", fund.path(), "/nulle/part"]);
    assert!(code == 2 && told.contains("n'existe pas"), "{told}");
    // Files that cannot be read are told all at once.
    std::fs::write(fund.folder.join("benefits.toml"), b"# un\n# caf\xe9\n").expect("written");
    std::fs::write(fund.folder.join("identifiers.toml"), vec![b'#'; 6 * 1024 * 1024]).expect("written");
    std::fs::remove_file(fund.folder.join("pension.toml")).expect("removed");
    std::fs::create_dir(fund.folder.join("pension.toml")).expect("made");
    let (code, told) = run(&["check", fund.path()]);
    assert_eq!(code, 1, "{told}");
    for wanted in [
        "benefits.toml:2: le fichier n'est pas écrit en UTF-8",
        "identifiers.toml: le fichier est trop grand (6 Mo)",
        "pension.toml: ce n'est pas un fichier",
        "3 défauts.",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
    for order in [&["test", fund.path()][..], &["mutate", fund.path()], &["diff", fund.path(), "builtin:tg"]]
    {
        let (code, told) = run(order);
        assert!(code == 1 && told.contains("ce n'est pas un fichier"), "{told}");
    }
    std::fs::write(fund.folder.join("benefits.toml"), "").expect("written");
    std::fs::remove_file(fund.folder.join("identifiers.toml")).expect("removed");
    std::fs::remove_dir(fund.folder.join("pension.toml")).expect("removed");
    fund.faulty("pension.toml: le fichier manque");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let fund = Started::new();
    let file = fund.folder.join("benefits.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("changed");
    // The administrator may read everything.
    if std::fs::read(&file).is_err() {
        fund.faulty("benefits.toml: le fichier ne peut pas être lu : l'accès est refusé.");
    }
}

#[test]
fn a_wrong_order_is_told_in_french() {
    for (arguments, told) in [
        (&["verifier"][..], "« verifier » n'est pas un ordre."),
        (&["check"], "Il manque <DOSSIER>."),
        (&["check", "a", "b"], "« b » n'est pas attendu ici."),
        (&["mutate", "a", "--least", "500"], "« 500 » ne convient pas pour --least <POURCENTAGE>."),
        (&["mutate", "a", "--least", "peu"], "« peu » ne convient pas pour --least <POURCENTAGE>."),
        (&["diff", "builtin:tg"], "Les deux côtés sont les mêmes"),
        (&["diff", "builtin:tg", "builtin:tg", "--old-law-at", "hier"], "« hier » n'est pas un jour"),
        (&["diff", "builtin:tg", "--new-known-at", "2024-02-30"], "« 2024-02-30 » n'est pas un jour"),
        (&[], "Usage : cnss-funds <ORDRE>"),
    ] {
        let (code, all) = run(arguments);
        assert!(code == 2 && all.contains(told), "no {told:?} in {all}");
    }
    for arguments in [&["--help"][..], &["--version"], &["diff", "--help"]] {
        let (code, all) = run(arguments);
        assert!(code == 0 && !all.is_empty() && !all.contains("Usage:"), "{all}");
    }
}

/// What is put into a new fund, and the fault that is then told with its file, line and key. The line
/// is that of `marked` in the changed file.
struct Broken {
    file: &'static str,
    old: &'static str,
    new: &'static str,
    marked: &'static str,
    told: &'static str,
}

const BROKEN: &[Broken] = &[
    // Numbers, shares and words.
    Broken {
        file: "contributions.toml",
        old: "value = \"0.06\"",
        new: "value = \"1.5\"",
        marked: "1.5",
        told: "contributions.pension.employer.salaried: 1.5 n'est pas une part entre 0 et 1",
    },
    Broken {
        file: "contributions.toml",
        old: "value = \"0.06\"",
        new: "value = 0.06",
        marked: "value = 0.06",
        told: "contributions.pension.employer.salaried: la valeur n'a aucune des formes possibles ; un nombre s'écrit entre guillemets",
    },
    Broken {
        file: "pension.toml",
        old: "most = \"0.60\"",
        new: "most = \"60\"",
        marked: "most = \"60\"",
        told: "pension.annuities: 60 n'est pas une part entre 0 et 1",
    },
    Broken {
        file: "pension.toml",
        old: "{ age = 60 }",
        new: "{ age = \"60\" }",
        marked: "age = \"60\"",
        told: "pension.age: ",
    },
    Broken {
        file: "pension.toml",
        old: "{ age = 60 }",
        new: "{ aeg = 60 }",
        marked: "aeg",
        told: "pension.age: `aeg` n'est pas connu ici ; sont possibles : `age`",
    },
    Broken {
        file: "pension.toml",
        old: "status = \"secondary\"",
        new: "status = \"sure\"",
        marked: "\"sure\"",
        told: "pension.insurance: `sure` n'est pas connu ici ; sont possibles : `verified`, `secondary`, `unverified`",
    },
    Broken {
        file: "contributions.toml",
        old: "amount = \"500000\"",
        new: "amount = \"500 000\"",
        marked: "500 000",
        told: "contributions.base.capped.ceiling: « 500 000 » n'est pas un nombre",
    },
    Broken {
        file: "contributions.toml",
        old: "amount = \"500000\"",
        new: "amount = 500000",
        marked: "amount = 500000",
        told: "contributions.base.capped.ceiling: le nombre entier sans guillemets `500000` ne convient pas ; il faut un nombre entre guillemets, \"0.125\"",
    },
    // Sources and questions.
    Broken {
        file: "contributions.toml",
        old: "article = \"art. 5\", source = \"code-modele\"",
        new: "source = \"loi-2040\"",
        marked: "loi-2040",
        told: "contributions.pension.employer.salaried: la source « loi-2040 » n'est pas dans [sources]",
    },
    Broken {
        file: "contributions.toml",
        old: "article = \"art. 5\", source = \"code-modele\"",
        new: "article = \"art. 5 bis\"",
        marked: "art. 5 bis",
        told: "contributions.pension.employer.salaried: il manque `source`",
    },
    Broken {
        file: "fund.toml",
        old: "value = \"40000\", article = \"art. 1\"",
        new: "value = \"40000\", artikle = \"art. 1\"",
        marked: "artikle",
        told: "minimum_wage: `artikle` n'est pas connu ici",
    },
    // Holes and overlaps in time.
    Broken {
        file: "pension.toml",
        old: "    { from = 2020-01-01, value = { age = 60 }",
        new: "    { from = 2020-01-01, value = { age = 61 }, source = \"code-modele\", status = \"secondary\" },\n    { from = 2020-01-01, value = { age = 60 }",
        marked: "{ age = 60 }",
        told: "pension.age: `from = 2020-01-01` ne vient pas après la ligne d'avant",
    },
    Broken {
        file: "pension.toml",
        old: "    { from = 2020-01-01, value = { age = 60 }",
        new: "    { from = 2020-01-01, categories = [\"salaried\"], value = { age = 61 }, source = \"code-modele\", status = \"secondary\" },\n    { from = 2020-01-01, categories = [\"salaried\", \"salaried\"], value = { age = 60 }",
        marked: "{ age = 60 }",
        told: "pension.age: deux lignes du 2020-01-01 valent pour la même catégorie",
    },
    Broken {
        file: "fund.toml",
        old: "from = 2020-01-01",
        new: "from = 2020-01-01T08:00:00",
        marked: "T08",
        told: "minimum_wage: `from = 2020-01-01T08:00:00` n'est pas un jour",
    },
    // Brackets.
    Broken {
        file: "pension.toml",
        old: "rows = [ {",
        new: "rows = [ { from = 200, flat = \"0.10\" }, {",
        marked: "from = 200",
        told: "pension.annuities: `from = 180` ne vient pas après la ligne d'avant",
    },
    Broken {
        file: "pension.toml",
        old: ", each = 12, rate = \"0.01\"",
        new: ", each = 12",
        marked: "each = 12",
        told: "pension.annuities: la ligne `from = 180` doit avoir `flat`, ou `each` et `rate`, ou `open`",
    },
    // Names.
    Broken {
        file: "pension.toml",
        old: "\"floor\", \"rounding\"",
        new: "\"flor\"",
        marked: "code = \"normal\"",
        told: "pensions.normal: la règle « flor » n'existe pas",
    },
    Broken {
        file: "contributions.toml",
        old: "code = \"family\"",
        new: "code = \"pension\"",
        marked: "code = \"pension\"",
        told: "branches.pension: écrit deux fois",
    },
    // TOML itself.
    Broken {
        file: "pension.toml",
        old: "[rules.age]",
        new: "[rules.age",
        marked: "[rules.age",
        told: "un titre de table n'est pas fermé",
    },
    Broken { file: "fund.toml", old: "2020-01-01", new: "2020-02-30", marked: "2020-02-30", told: "" },
    // Situations.
    Broken {
        file: "situations/exemples.toml",
        old: "employer =",
        new: "employeur =",
        marked: "employeur =",
        told: "contributions.1: `employeur` n'est pas connu ici",
    },
    Broken {
        file: "situations/exemples.toml",
        old: "month = \"2024-03\"",
        new: "month = \"2024-13\"",
        marked: "2024-13",
        told: "contributions.1: « 2024-13 » n'est pas un mois",
    },
];

#[test]
fn every_fault_has_its_file_line_and_key() {
    for broken in BROKEN {
        let fund = Started::new();
        fund.change(broken.file, broken.old, broken.new);
        let text = std::fs::read_to_string(fund.folder.join(broken.file)).expect("readable");
        let at = text.lines().position(|line| line.contains(broken.marked)).expect("marked") + 1;
        fund.faulty(&format!("{}:{at}: {}", broken.file, broken.told));
    }
}

#[test]
fn faults_of_all_files_are_told_at_once() {
    let fund = Started::new();
    fund.change("contributions.toml", "value = \"0.06\"", "value = \"1.5\"")
        .change("contributions.toml", ", source = \"code-modele\"", "")
        .change("pension.toml", "age = 60", "age = 6")
        .change("fund.toml", "arrondi = ", "arrondis = ")
        .change("situations/exemples.toml", "employer =", "employeur =")
        .change("situations/exemples.toml", "insured = 240", "insured = \"240\"");
    let (code, told) = run(&["check", fund.path()]);
    assert_eq!(code, 1, "{told}");
    for wanted in [
        "1.5 n'est pas une part",
        "il manque `source`",
        "6 n'est pas un âge",
        "pension.rounding: la question « arrondi » n'est pas dans [questions]",
        "contributions.1: `employeur`",
        "pensions.1: le texte \"240\" ne convient pas ; il faut un nombre entier",
        // A rule whose value is wrong is there all the same: nothing is said of those who name it.
        "6 défauts.",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
    let (code, told) = run(&["test", fund.path()]);
    assert!(code == 1 && told.contains("Corrigez d'abord"), "{told}");
    // A broken fund.toml does not hide that another file is not TOML.
    let fund = Started::new();
    fund.change("fund.toml", "[sources]", "[sources").change("pension.toml", "[labels]", "[labels");
    let (code, told) = run(&["check", fund.path()]);
    assert!(code == 1 && told.contains("fund.toml:") && told.contains("pension.toml:"), "{told}");
    assert!(told.contains("2 défauts."), "{told}");
}

#[test]
fn warnings_do_not_fail() {
    let fund = Started::new();
    fund.change("fund.toml", "[questions]", "[questions]\nlibre = \"Rien n'en dépend ?\"")
        .change("fund.toml", "[sources]", "[sources]\nperdue = { title = \"Perdue\" }")
        .change("pension.toml", "[rules.age]", "[rules.spare]\nlabel = \"De trop\"\nvalues = [ { from = 2020-01-01, value = { age = 55 }, source = \"code-modele\", status = \"unverified\" } ]\n[rules.age]")
        .change("pension.toml", "insured = 180", "insured = 120")
        // A hole: for two years the age is known and the floor is not.
        .change("pension.toml", "from = 2020-01-01, value = { floor", "from = 2022-01-01, value = { floor");
    let (code, told) = run(&["check", fund.path()]);
    assert_eq!(code, 0, "{told}");
    for wanted in [
        "Avertissements :",
        "fund.toml:15: sources.perdue: aucune valeur ne vient de cette source",
        "questions.libre: rien ne dépend de cette question",
        "pension.toml:26: pension.spare: aucune pension ni prestation ne nomme cette règle",
        "pension.spare: valeur « unverified » sans question",
        "Questions ouvertes :",
        "arrondi (2 valeurs) : Comment les cotisations et les pensions sont-elles arrondies ?",
        "Valeurs non vérifiées :",
        "contributions.rounding (2020-01-01)",
        "Lignes qu'aucun résultat de cas pratique ne cite :",
        "contributions.base.capped.ceiling (2020-01-01)",
        "pension.annuities: le tableau commence à 180, alors que pensions.normal est ouverte dès 120",
        "pension.floor: connue depuis le 2022-01-01 seulement, alors que pensions.normal a d'autres règles dès le 2020-01-01",
        "0 défaut, 6 avertissements.",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
}

#[test]
fn a_situation_that_fails_says_what_was_expected_and_what_came() {
    let fund = Started::new();
    fund.change("pension.toml", "flat = \"0.20\"", "flat = \"0.30\"");
    let (code, told) = run(&["test", fund.path()]);
    assert_eq!(code, 1, "{told}");
    for wanted in [
        "situations/exemples.toml: vingt ans à 200 000",
        "montant : attendu 50000, obtenu 70000",
        "taux : attendu 0.25, obtenu 0.35",
        "6 cas pratiques, 1 échec.",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
    let (code, told) = run(&["mutate", fund.path()]);
    assert!(code == 1 && told.contains("doivent d'abord tous réussir"), "{told}");
    std::fs::remove_file(fund.folder.join("situations/exemples.toml")).expect("removed");
    let (code, told) = run(&["test", fund.path()]);
    assert!(code == 1 && told.contains("Aucun cas pratique"), "{told}");
}

#[test]
fn the_difference_of_two_laws_is_told_by_line_by_day_and_by_case() {
    let (old, new) = (Started::new(), Started::new());
    let (code, told) = run(&["diff", old.path(), new.path()]);
    assert!(code == 0 && told.contains("Les règles datées sont les mêmes."), "{told}");
    assert!(told.contains("Cas pratiques touchés : 0 sur 6."), "{told}");
    new.change(
        "contributions.toml",
        "    { from = 2020-01-01, value = \"0.06\"",
        "    { from = 2020-01-01, value = \"0.05\", source = \"code-modele\", status = \"secondary\" },\n    { from = 2024-01-01, value = \"0.08\", source = \"code-modele\", status = \"secondary\" },\n    { from = 2025-01-01, value = \"0.06\"",
    );
    let (code, told) = run(&["diff", old.path(), new.path()]);
    assert_eq!(code, 0, "{told}");
    for wanted in [
        "contributions.pension.employer.salaried — Pensions (règle modifiée)",
        "ligne modifiée : from 2020-01-01",
        "valeur : 0.06 → 0.05",
        "ligne ajoutée : from 2024-01-01",
        "diffère à partir du 2020-01-01 jusqu'au 2025-01-01 exclu",
        "Cas pratiques touchés : 1 sur 6.",
        "situations/exemples.toml: un salaire entre le plancher et le plafond",
        "part patronale 13000",
        "part patronale 15000",
        "1 règle change, 1 cas touché",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
    let (code, told) = run(&["diff", "builtin:tg", "builtin:bj"]);
    assert!(code == 0 && told.contains("règle retirée") && told.contains("règle ajoutée"), "{told}");
}

#[test]
fn a_cohort_and_a_category_differ_by_themselves() {
    let (old, new) = (Started::new(), Started::new());
    new.change(
        "pension.toml",
        "{ from = 2020-01-01, value = { age = 60 }, article = \"art. 11\", source = \"code-modele\", status = \"secondary\" },",
        "{ from = 2020-01-01, value = { age = 60 }, article = \"art. 11\", source = \"code-modele\", status = \"secondary\" },\n    { from = 2020-01-01, born_from = 1970-01-01, value = { age = 62 }, source = \"code-modele\", status = \"secondary\" },",
    );
    let (_, told) = run(&["diff", old.path(), new.path()]);
    assert!(told.contains("ligne ajoutée : from 2020-01-01, born_from 1970-01-01"), "{told}");
    assert!(told.contains("sans fin (autres catégories, nés à partir du 1970-01-01)"), "{told}");
    assert!(told.contains("Cas pratiques touchés : 0 sur 6."), "{told}");
}

#[test]
fn one_fund_at_two_days_differs_by_what_came_between() {
    let days = ["diff", "builtin:ma", "--old-known-at", "2024-06-01"];
    let (code, told) = run(&days);
    assert_eq!(code, 0, "{told}");
    for wanted in [
        "pension.insured — Jours d'assurance exigés (règle modifiée)",
        "ligne ajoutée : from 2023-01-01, known_from 2025-04-03",
        "diffère à partir du 2023-01-01 sans fin",
        "situations/pension.toml: 3 239 jours au 1er janvier 2023 : le taux n'est pas connu",
    ] {
        assert!(told.contains(wanted), "no {wanted:?} in\n{told}");
    }
    let (code, told) = run(&[&days[..], &["--new-known-at", "2024-12-31"]].concat());
    assert!(code == 0 && !told.contains("pension.insured"), "{told}");
    let (code, told) =
        run(&["diff", "builtin:tg", "--old-law-at", "2012-06-30", "--new-law-at", "2012-12-31"]);
    assert!(code == 0 && told.contains("valeur : (rien) → 0.03"), "{told}");
}

#[test]
fn mutation_names_what_nobody_checks() {
    let fund = Started::new();
    let (code, told) = run(&["mutate", fund.path(), "--least", "20"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("fichier") && told.contains("changements aperçus sur"), "{told}");
    assert!(
        told.contains("contributions.base.capped.ceiling (2020-01-01) value.amount : 500000 → 500001"),
        "{told}"
    );
    let (code, told) = run(&["mutate", fund.path(), "--least", "100"]);
    assert!(code == 1 && told.contains("Il en faut 100 %"), "{told}");
    let list = "[[equivalent]]\nkey = \"contributions.base.capped.ceiling\"\npath = \"value.amount\"\nreason = \"essai\"\n";
    std::fs::write(fund.folder.join("equivalent.toml"), list).expect("written");
    let (code, told) = run(&["mutate", fund.path(), "--least", "20"]);
    assert!(code == 0 && told.contains("2 sans effet possible"), "{told}");
    let noticed = "[[equivalent]]\nkey = \"pension.insured\"\npath = \"value.insured\"\nreason = \"essai\"\n";
    std::fs::write(fund.folder.join("equivalent.toml"), noticed).expect("written");
    let (code, told) = run(&["mutate", fund.path(), "--least", "20"]);
    assert!(code == 1 && told.contains("ôtez cette entrée"), "{told}");
    std::fs::write(fund.folder.join("equivalent.toml"), "[[equivalent]]\nkey = \"x\"\n").expect("written");
    let (code, told) = run(&["mutate", fund.path()]);
    assert!(code == 1 && told.contains("equivalent.toml:1: il manque `path`"), "{told}");
}

#[test]
fn the_shipped_funds_have_all_their_situations() {
    let funds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cnss-core/funds");
    for code in cnss_core::fund::Fund::builtin_codes() {
        let mut written = 0;
        for entry in std::fs::read_dir(funds.join(code).join("situations")).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("a file").path()).expect("readable");
            written += cnss_core::author::situation::Situations::parse(&text).expect("sound").len();
        }
        let (ended, told) = run(&["test", &format!("builtin:{code}")]);
        assert_eq!(ended, 0, "{told}");
        assert!(told.contains(&format!("{written} cas pratiques, 0 échec.")), "{code}: {written}, {told}");
        let (ended, told) = run(&["check", &format!("builtin:{code}")]);
        assert!(ended == 0 && told.contains("0 défaut"), "{told}");
    }
}
