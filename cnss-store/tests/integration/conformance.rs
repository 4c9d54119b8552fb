//! The promises of every store, kept by SQLite in a file and in memory, and by PostgreSQL.

use std::sync::Arc;

use cnss_core::conformance::AnyStore;
use cnss_core::money::Currency;
use cnss_store::Options;

fn franc() -> Options {
    Options::new(Currency::new("XOF", 0).expect("a currency"))
}

mod in_a_file {
    use super::*;

    async fn fresh() -> AnyStore {
        // Kept: the file is removed when the machine's temporary folder is swept.
        let folder = tempfile::tempdir().expect("a folder").keep();
        let url = format!("sqlite:{}", folder.join("books.sqlite").display());
        Arc::new(cnss_store::open(&url, franc()).await.expect("opens"))
    }

    cnss_core::store_conformance!(fresh().await);
    cnss_core::account_conformance!(fresh().await);
}

mod in_memory {
    use super::*;

    async fn fresh() -> AnyStore {
        Arc::new(cnss_store::open("sqlite::memory:", franc()).await.expect("opens"))
    }

    cnss_core::store_conformance!(fresh().await);
    cnss_core::account_conformance!(fresh().await);
}

mod on_a_server {
    use super::*;

    async fn fresh() -> AnyStore {
        Arc::new(cnss_store::open(&crate::server::database(), franc()).await.expect("opens"))
    }

    cnss_core::store_conformance!(fresh().await);
    cnss_core::account_conformance!(fresh().await);
}
