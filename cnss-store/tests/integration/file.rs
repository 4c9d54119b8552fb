//! The file: opened again it holds the same; what cannot be opened says why.

use cnss_core::money::Currency;
use cnss_store::{OpenError, Options, open};

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
