//! The file: opened again it holds the same; what cannot be opened says why.

use cnss_core::money::Currency;
use cnss_core::port::Store as _;
use cnss_store::{OpenError, Options, Trouble, open};

use crate::audit::{file, history, posting};

fn franc() -> Options {
    Options::new(Currency::new("XOF", 0).expect("a currency"))
}

#[tokio::test]
async fn opened_again_it_holds_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    let store = open(&url, franc()).await.expect("opens");
    let any: cnss_core::conformance::AnyStore = std::sync::Arc::new(store.clone());
    cnss_core::conformance::keeps_books_exactly(&any).await;
    store.close().await;
    let again = open(&url, franc()).await.expect("opens again");
    let employer = cnss_core::id::EmployerId(uuid::Uuid::from_u128(1));
    let entries = cnss_core::port::Store::entries(&again, employer, i64::MIN, 100).await.expect("read");
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let error = open("sqlite:/nowhere/at/all/books.sqlite", franc()).await.expect_err("no such folder");
    assert!(error.to_string().contains("/nowhere/at/all/books.sqlite"), "{error}");
    let error = open("mysql://user:secret@host/db", franc()).await.expect_err("another engine");
    assert!(matches!(error, OpenError::Engine(_)));
    assert!(!error.to_string().contains("secret"), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letter.sqlite");
    std::fs::write(&path, "Cher Monsieur, ".repeat(500)).expect("written");
    let error = open(&format!("sqlite:{}", path.display()), franc()).await.expect_err("not a database");
    assert!(error.to_string().contains("letter.sqlite"), "{error}");
}

#[tokio::test]
async fn books_of_another_currency_are_refused_and_left_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let dirham = || Options::new(Currency::new("MAD", 2).expect("a currency"));
    for url in [file(&folder, 1), crate::server::database()] {
        let store = open(&url, franc()).await.expect("made");
        history(&store).await;
        store.close().await;
        for asked in [dirham(), dirham().existing(), dirham().only_read()] {
            let refused = open(&url, asked).await.expect_err("another fund's");
            assert!(
                matches!(&refused, OpenError::Currency { kept, asked } if kept.currency == "XOF" && asked.currency == "MAD"),
                "{refused}"
            );
        }
        // The same name with other decimals is another unit.
        let places = Options::new(Currency::new("XOF", 2).expect("a currency"));
        let refused = open(&url, places).await.expect_err("another unit");
        assert_eq!(
            refused.to_string(),
            "the books are kept in XOF with 0 decimals, and were asked for in XOF with 2 decimals: they are another fund's"
        );
        let again = open(&url, franc().only_read()).await.expect("as it was");
        assert_eq!(again.check().await.expect("read").faults.len(), 0);
        again.close().await;
    }
}

#[tokio::test]
async fn books_are_made_only_when_that_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = file(&folder, 1);
    let refused = open(&url, franc().existing()).await.expect_err("there is no file");
    assert!(matches!(refused, OpenError::Missing { .. }), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a list").count(), 0, "nothing was made");
    // What an interrupted copy leaves, or a disk that is not mounted.
    std::fs::write(folder.path().join("1.sqlite"), "").expect("written");
    let server = crate::server::database();
    for url in [&url, &server] {
        let refused = open(url, franc().existing()).await.expect_err("there are no tables");
        assert!(matches!(refused, OpenError::Missing { .. }), "{refused}");
        assert_eq!(refused.trouble(), Trouble::Place);
        open(url, franc()).await.expect("made").close().await;
        let again = open(url, franc().existing()).await.expect("they are there");
        history(&again).await;
        again.close().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn books_and_their_copies_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&file(&folder, 1), franc()).await.expect("opens");
    history(&store).await;
    store.copy_to(&folder.path().join("copy")).await.expect("copied");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).expect("a list") {
        let entry = entry.expect("one");
        let mode = entry.metadata().expect("known").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 3, "the books, their log and the copy: {seen}");
    store.close().await;
}

/// Nothing is acknowledged, and nothing read, once the file is gone or another one is in its place; the
/// first one put back is served again.
#[tokio::test]
async fn a_file_that_is_moved_or_replaced_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("1.sqlite");
    let away = folder.path().join("away.sqlite");
    let store = open(&file(&folder, 1), franc()).await.expect("opens");
    history(&store).await;
    store.copy_to(&folder.path().join("copy.sqlite")).await.expect("copied");
    let employer = cnss_core::id::EmployerId(uuid::Uuid::from_u128(1));
    let serves = async |n: u128| {
        let written = store.commit(posting(n, 7)).await.is_ok();
        let read = store.entries(employer, i64::MIN, 100).await.is_ok();
        let sealed = store.seal_lines(chrono::DateTime::UNIX_EPOCH).await.is_ok();
        // The answer of a trial holds for a second.
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        [written, read, sealed, store.writable().await.is_ok()]
    };
    assert_eq!(serves(100).await, [true; 4]);
    std::fs::rename(&path, &away).expect("moved");
    assert_eq!(serves(101).await, [false; 4], "it is not there");
    assert!(!path.exists(), "no other one is made");
    std::fs::copy(folder.path().join("copy.sqlite"), &path).expect("copied");
    assert_eq!(serves(102).await, [false; 4], "it is another one");
    std::fs::rename(&away, &path).expect("put back");
    assert_eq!(serves(103).await, [true; 4]);
    let ids: Vec<u128> = store
        .entries(employer, i64::MIN, 100)
        .await
        .expect("read")
        .iter()
        .map(|(_, e)| e.id.0.as_u128())
        .collect();
    assert!(ids.contains(&100) && ids.contains(&103), "{ids:?}");
    assert!(!ids.contains(&101) && !ids.contains(&102), "what was refused is not there: {ids:?}");
    store.close().await;
}

/// `SQLite`'s migrations have no lock of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_start_on_a_new_file_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..5 {
        let url = file(&folder, round);
        let openers: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { open(&url, franc()).await })
            })
            .collect();
        for opener in openers {
            opener.await.expect("ended").expect("opens").close().await;
        }
    }
}
