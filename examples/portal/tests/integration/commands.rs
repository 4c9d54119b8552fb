//! `check`, `backup` and `restore`, on the books of the demonstration.

use std::path::Path;

use crate::portal::{Portal, get, post_json, run, said};

const BOOKS: [&str; 2] = ["--database-url", "sqlite:books.sqlite"];

fn with_books(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    said(&run(folder, &[arguments, &BOOKS].concat()))
}

/// The seal that the log wrote last.
fn last_seal(log: &[String]) -> String {
    let line = log.iter().rev().find(|line| line.contains("audit trail sealed")).expect("a seal");
    let (_, after) = line.split_once("\"seal\":\"").expect("its text");
    after.split('"').next().expect("an end").to_owned()
}

#[test]
fn books_are_checked_copied_and_brought_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (code, text) = with_books(folder, &["check"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("il n'y a pas de livres à cet endroit"), "{text}");
    assert!(!folder.join("books.sqlite").exists(), "looking makes no books");

    let portal = Portal::start(folder, "sqlite:books.sqlite", "oui");
    assert_eq!(get(&portal.address, "/ready").0, 200);
    // While it serves.
    let (code, text) = with_books(folder, &["backup", "copy.sqlite"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Copie faite : copy.sqlite") && text.contains("Aucune anomalie."), "{text}");
    let copied = std::fs::read(folder.join("copy.sqlite")).expect("a copy");
    let (code, text) = with_books(folder, &["backup", "copy.sqlite"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("ce fichier existe ; il n'est pas remplacé"), "{text}");
    assert_eq!(std::fs::read(folder.join("copy.sqlite")).expect("a copy"), copied, "not a byte");
    let (code, text) = with_books(folder, &["check"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = with_books(folder, &["restore", "copy.sqlite"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("il y a déjà des livres à cet endroit"), "{text}");
    let (code, log) = portal.stop();
    assert_eq!(code, Some(0), "{log:#?}");

    let seal = last_seal(&log);
    let (code, text) = with_books(folder, &["check", "--seal", &seal]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&format!("Dernier scellé : {seal}")), "{text}");
    let forged: String = seal.chars().rev().collect::<String>().replace(':', "");
    let forged = format!("1:{}", forged.get(..64).expect("hexadecimal"));
    let (code, text) = with_books(folder, &["check", "--seal", &forged]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("1 anomalie :\n  - le scellé 1 ne correspond pas"), "{text}");
    let (code, text) = with_books(folder, &["check", "--seal", "1:ab"]);
    assert_eq!(code, Some(2), "{text}");

    // The books are lost, with what lay beside them.
    let kept: Vec<_> =
        ["books.sqlite", "books.sqlite-wal", "books.sqlite-shm"].map(|n| folder.join(n)).into();
    kept.iter().filter(|path| path.exists()).for_each(|path| std::fs::remove_file(path).expect("removed"));
    let (code, text) = with_books(folder, &["restore", "copy.sqlite"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Livres remis en place : sqlite:books.sqlite"), "{text}");
    let portal = Portal::start(folder, "sqlite:books.sqlite", "non");
    assert_eq!(get(&portal.address, "/ready").0, 200);
    assert_eq!(portal.stop().0, Some(0));
    let (code, text) = with_books(folder, &["check"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_damaged_copy_is_not_brought_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let portal = Portal::start(folder, "sqlite:books.sqlite", "non");
    assert_eq!(portal.stop().0, Some(0));
    assert_eq!(with_books(folder, &["backup", "copy.sqlite"]).0, Some(0));
    std::fs::remove_file(folder.join("books.sqlite")).expect("removed");
    let mut bytes = std::fs::read(folder.join("copy.sqlite")).expect("read");
    for byte in bytes.iter_mut().skip(4_096).step_by(97) {
        *byte ^= 0x5a;
    }
    std::fs::write(folder.join("copy.sqlite"), bytes).expect("written");
    let (code, text) = with_books(folder, &["restore", "copy.sqlite"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(!folder.join("books.sqlite").exists(), "{text}");
    std::fs::write(folder.join("letter"), "Cher Monsieur, ".repeat(500)).expect("written");
    for copy in ["letter", "absent"] {
        let (code, text) = with_books(folder, &["restore", copy]);
        assert_eq!((code, folder.join("books.sqlite").exists()), (Some(2), false), "{text}");
    }
}

#[test]
fn a_server_has_tools_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = cnss_test_postgres::Server::start(cnss_test_postgres::Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let books = ["--database-url", &url];
    let (code, text) = said(&run(folder.path(), &[&["check"], &books[..]].concat()));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("ne sont pas de cette version"), "{text}");
    let portal = Portal::start(folder.path(), &url, "oui");
    assert_eq!(get(&portal.address, "/ready").0, 200);
    assert_eq!(portal.stop().0, Some(0));
    let (code, text) = said(&run(folder.path(), &[&["check"], &books[..]].concat()));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Aucune anomalie."), "{text}");
    for command in ["backup", "restore"] {
        let (code, text) = said(&run(folder.path(), &[&[command, "copy"], &books[..]].concat()));
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("pg_dump"), "{text}");
    }
    server
        .psql("books", "SET session_replication_role = replica; DELETE FROM ledger_posting WHERE place = 1")
        .expect("deleted");
    let (code, text) = said(&run(folder.path(), &[&["check"], &books[..]].concat()));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("n'est pas équilibrée") && text.contains("a été modifiée"), "{text}");
}

#[test]
fn books_are_made_by_who_asks_for_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for demo in [&[][..], &["--demo", "non"]] {
        let (code, text) = with_books(folder, &[&["--listen", "127.0.0.1:0"], demo].concat());
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("il n'y a pas de livres à cet endroit"), "{text}");
        assert!(text.contains("cnss-portal migrate"), "{text}");
        assert_eq!(std::fs::read_dir(folder).expect("a list").count(), 0, "nothing was made");
    }
    for _ in 0..2 {
        let (code, text) = with_books(folder, &["migrate"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("Livres à la version de ce programme : sqlite:books.sqlite"), "{text}");
    }
    let (code, text) = with_books(folder, &["check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Employeurs dont les soldes sont recalculés : 0"), "no demonstration: {text}");
}

#[test]
fn an_administrator_is_made_once_with_a_password_that_is_shown_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let make = |email: &str, name: &str| with_books(folder, &["administrator", email, name]);
    let (code, text) = make("chef@cnss.example", "Afi Lawson");
    assert!(code == Some(2) && text.contains("il n'y a pas de livres à cet endroit"), "{text}");
    assert_eq!(std::fs::read_dir(folder).expect("a list").count(), 0, "nothing was made");

    let portal = Portal::start(folder, "sqlite:books.sqlite", "oui");
    for (email, name, words) in [
        ("chef", "Afi Lawson", "« chef » : on attend une adresse e-mail"),
        ("chef@cnss.example\nBcc: autre@cnss.example", "Afi Lawson", "on attend une adresse e-mail"),
        ("chef@cnss.example", "", "on attend le nom"),
        ("chef@cnss.example", &"A".repeat(1_000), "on attend le nom"),
        ("boulangerie@demo.cnss.example", "Afi Lawson", "c'est déjà l'identifiant d'un compte"),
    ] {
        let (code, text) = make(email, name);
        assert!(code == Some(2) && text.contains(words), "{email}: {text}");
        assert!(!text.contains("Mot de passe provisoire"), "{text}");
    }
    // While a portal serves.
    let (code, text) = make("chef@cnss.example", "Afi Lawson");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Administrateur créé : Afi Lawson, identifiant chef@cnss.example"), "{text}");
    let password = text
        .lines()
        .find_map(|line| line.strip_prefix("Mot de passe provisoire, affiché cette seule fois : "));
    let password = password.expect("a password").to_owned();
    assert_eq!(password.len(), 16, "{text}");
    let (code, text) = make("CHEF@cnss.example", "Afi Lawson");
    assert!(code == Some(2) && text.contains("c'est déjà l'identifiant"), "{text}");
    let (_, other) = make("autre@cnss.example", "Afi Lawson");
    assert!(!other.contains(&password), "each has its own: {other}");

    let login = format!(r#"{{"login":"chef@cnss.example","password":"{password}"}}"#);
    let (status, answer) = post_json(&portal.address, "/api/v1/session", &login);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("\"subject\":\"agent\""), "{answer}");
    let wrong = login.replace("-a7K", "-a7L");
    assert_eq!(post_json(&portal.address, "/api/v1/session", &wrong).0, 401);
    let (code, log) = portal.stop();
    assert_eq!(code, Some(0), "{log:#?}");
    assert!(!log.concat().contains(&password));
    let books = std::fs::read(folder.join("books.sqlite")).expect("books");
    assert!(!books.windows(password.len()).any(|bytes| bytes == password.as_bytes()), "no book holds it");
    let (code, text) = with_books(folder, &["check"]);
    assert!(code == Some(0) && text.contains("Aucune anomalie."), "{text}");
}
