//! What the jurist's tool says and how it ends, seen from the terminal.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken promise must fail its test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

fn run(arguments: &[&str]) -> (i32, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_cnss-funds")).args(arguments).output().expect("started");
    let told = [done.stdout, done.stderr].concat();
    (done.status.code().expect("an exit code"), String::from_utf8(told).expect("UTF-8"))
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
    std::fs::write(fund.folder.join("pension.toml"), b"# caf\xe9\n").expect("written");
    let (code, told) = run(&["check", fund.path()]);
    assert!(code == 2 && told.contains("pension.toml:1: le fichier n'est pas écrit en UTF-8"), "{told}");
    std::fs::write(fund.folder.join("pension.toml"), vec![b'#'; 6 * 1024 * 1024]).expect("written");
    let (code, told) = run(&["check", fund.path()]);
    assert!(code == 2 && told.contains("trop grand (6 Mo)"), "{told}");
    std::fs::remove_file(fund.folder.join("pension.toml")).expect("removed");
    std::fs::create_dir(fund.folder.join("pension.toml")).expect("made");
    let (code, told) = run(&["check", fund.path()]);
    assert!(code == 2 && told.contains("pension.toml: ce n'est pas un fichier"), "{told}");
    std::fs::remove_dir(fund.folder.join("pension.toml")).expect("removed");
    fund.faulty("pension.toml: le fichier manque");
}

#[test]
fn every_fault_has_its_file_line_and_key() {
    let rate = "value = \"0.06\"";
    Started::new().change("contributions.toml", rate, "value = \"1.5\"").faulty(
        "contributions.toml:65: contributions.pension.employer.salaried: 1.5 n'est pas une part entre 0 et 1",
    );
    Started::new().change("contributions.toml", rate, "value = 0.06").faulty("contributions.toml:65: ");
    Started::new()
        .change("contributions.toml", "article = \"art. 5\", source = \"code-modele\"", "source = \"loi-2040\"")
        .faulty("contributions.toml:65: contributions.pension.employer.salaried: la source « loi-2040 » n'est pas dans [sources]");
    Started::new()
        .change(
            "pension.toml",
            "{ from = 2020-01-01, value = { age = 60 }",
            "{ from = 2020-01-01, value = { age = 61 }, source = \"code-modele\", status = \"secondary\" },\n    { from = 2020-01-01, value = { age = 60 }",
        )
        .faulty("pension.toml:31: pension.age: `from = 2020-01-01` ne vient pas après la ligne d'avant");
    Started::new()
        .change("pension.toml", "rows = [ {", "rows = [ { from = 200, flat = \"0.10\" }, {")
        .faulty("pension.annuities: `from = 180` ne vient pas après la ligne d'avant");
    Started::new()
        .change("fund.toml", "arrondi = ", "arrondis = ")
        .faulty("la question « arrondi » n'est pas dans [questions]");
    Started::new()
        .change("pension.toml", "\"floor\", \"rounding\"", "\"flor\"")
        .faulty("la règle « flor » n'existe pas");
    Started::new().change("fund.toml", "2020-01-01", "2020-02-30").faulty("fund.toml:");
    Started::new()
        .change("situations/exemples.toml", "employer =", "employeur =")
        .faulty("situations/exemples.toml: ligne ");
    // Several at once are told at once.
    let fund = Started::new();
    fund.change("contributions.toml", rate, "value = \"1.5\"").change("pension.toml", "age = 60", "age = 6");
    let (code, told) = run(&["check", fund.path()]);
    assert!(code == 1 && told.contains("2 défauts."), "{told}");
    let (code, told) = run(&["test", fund.path()]);
    assert!(code == 1 && told.contains("Corrigez d'abord"), "{told}");
}

#[test]
fn warnings_do_not_fail() {
    let fund = Started::new();
    fund.change("fund.toml", "[questions]", "[questions]\nlibre = \"Rien n'en dépend ?\"")
        .change("fund.toml", "[sources]", "[sources]\nperdue = { title = \"Perdue\" }")
        .change("pension.toml", "[rules.age]", "[rules.spare]\nlabel = \"De trop\"\nvalues = [ { from = 2020-01-01, value = { age = 55 }, source = \"code-modele\", status = \"unverified\" } ]\n[rules.age]")
        // A hole: for two years the age is known and the floor is not.
        .change("pension.toml", "from = 2020-01-01, value = { floor", "from = 2022-01-01, value = { floor");
    let (code, told) = run(&["check", fund.path()]);
    assert_eq!(code, 0, "{told}");
    for wanted in [
        "Avertissements :",
        "fund.toml:11: sources.perdue: aucune valeur ne vient de cette source",
        "questions.libre: rien ne dépend de cette question",
        "pension.toml:28: pension.spare: aucune pension ni prestation ne nomme cette règle",
        "pension.spare: valeur « unverified » sans question",
        "pension.floor: connue depuis le 2022-01-01 seulement, alors que pensions.normal a d'autres règles dès le 2020-01-01",
        "0 défaut, 5 avertissements.",
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
fn mutation_names_what_nobody_checks() {
    let fund = Started::new();
    let (code, told) = run(&["mutate", fund.path(), "--least", "20"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("fichier") && told.contains("aperçus sur"), "{told}");
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
    assert!(code == 1 && told.contains("equivalent.toml: "), "{told}");
}

#[test]
fn the_shipped_funds_have_all_their_situations() {
    let funds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cnss-core/funds");
    for code in cnss_core::fund::Fund::builtin_codes() {
        let mut written = 0;
        for entry in std::fs::read_dir(funds.join(code).join("situations")).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("a file").path()).expect("readable");
            written += cnss_core::situation::Situations::parse(&text).expect("sound").len();
        }
        let (ended, told) = run(&["test", &format!("builtin:{code}")]);
        assert_eq!(ended, 0, "{told}");
        assert!(told.contains(&format!("{written} cas pratiques, 0 échec.")), "{code}: {written}, {told}");
        let (ended, told) = run(&["check", &format!("builtin:{code}")]);
        assert!(ended == 0 && told.contains("0 défaut"), "{told}");
    }
}
