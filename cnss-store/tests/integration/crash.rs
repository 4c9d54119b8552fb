//! A commit that is broken off between any two of its statements, or whose answer is lost, leaves all
//! of it or nothing; after that the same books go on.

use std::sync::Arc;

use cnss_core::conformance::{AnyStore, Cut, survives_a_crash_at_any_step};
use cnss_core::money::Currency;
use cnss_store::{Options, SqlStore, open};

async fn broken_off(url: &str, cut: Cut) {
    let options = Options::new(Currency::new("XOF", 0).expect("a currency"));
    let store: SqlStore = open(url, options).await.expect("opens");
    let any: AnyStore = Arc::new(store.clone());
    let strike = |struck: Option<(u32, Cut)>| {
        store.break_off(struck.map(|(step, cut)| (step, cut == Cut::Lost)));
    };
    let steps = survives_a_crash_at_any_step(&any, cut, &strike).await;
    // A receipt, what was relied on, ten changes, notices, the commit, the answer.
    assert!(steps > 15, "only {steps} steps were struck");
}

#[tokio::test]
async fn a_step_that_fails_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    broken_off(&url, Cut::Fails).await;
}

#[tokio::test]
async fn a_step_that_fails_on_a_server() {
    broken_off(&crate::server::database(), Cut::Fails).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_on_a_server() {
    broken_off(&crate::server::database(), Cut::Lost).await;
}
