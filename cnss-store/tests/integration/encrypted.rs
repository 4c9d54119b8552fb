//! A PostgreSQL that speaks through TLS alone: the books are opened by who knows its authority, and by
//! nobody whom another server might deceive.

use std::path::{Path, PathBuf};

use cnss_store::{OpenError, Options, open};
use cnss_test_postgres::{Disk, Server};

use crate::audit::{franc, history};

/// An authority made for one test, as the file that the address names.
struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().expect("a key");
        let file = folder.join(name);
        std::fs::write(&file, params.self_signed(&key).expect("signed").pem()).expect("written");
        Self { issuer: rcgen::Issuer::new(params, key), file }
    }

    /// A certificate for a host, and its key.
    fn certifies(&self, host: &str) -> (String, String) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let leaf = rcgen::CertificateParams::new(vec![host.to_owned()]).expect("parameters");
        (leaf.signed_by(&key, &self.issuer).expect("signed").pem(), key.serialize_pem())
    }
}

/// The address with how it is to be encrypted.
fn address(url: &str, mode: &str, authority: &Authority) -> String {
    format!("{url}?sslmode={mode}&sslrootcert={}", authority.file.display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_are_opened_through_tls_by_who_knows_the_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    let (known, other) =
        (Authority::new(folder.path(), "known.pem"), Authority::new(folder.path(), "other.pem"));
    let mut server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let (certificate, key) = known.certifies("127.0.0.1");
    server.only_encrypted(&certificate, &key).expect("starts again");

    let store = open(&address(&url, "verify-full", &known), Options::new(franc())).await.expect("opens");
    history(&store).await;
    let sessions = "SELECT count(*) || ' ' || count(*) FILTER (WHERE ssl) FROM pg_stat_ssl \
                    JOIN pg_stat_activity USING (pid) WHERE datname = 'books'";
    let seen = server.psql("postgres", sessions).expect("an answer");
    let (all, encrypted) = seen.split_once(' ').expect("two counts");
    assert!(all != "0" && all == encrypted, "{seen}");
    store.close().await;

    // Each of these is told at once: waiting would not help.
    for wrong in [address(&url, "verify-full", &other), address(&url, "disable", &known)] {
        let began = std::time::Instant::now();
        let refused = open(&wrong, Options::new(franc())).await.expect_err("refused");
        assert!(matches!(refused, OpenError::Server { .. }), "{wrong}: {refused}");
        assert!(began.elapsed().as_secs() < 20, "{wrong}: {refused}");
    }

    // The certificate of another host: whoever stands in between has one.
    let (certificate, key) = known.certifies("db.cnss.example");
    server.only_encrypted(&certificate, &key).expect("starts again");
    let refused = open(&address(&url, "verify-full", &known), Options::new(franc())).await;
    assert!(matches!(refused, Err(OpenError::Server { .. })), "the name is not compared");
    open(&address(&url, "verify-ca", &known), Options::new(franc()))
        .await
        .expect("the authority alone")
        .close()
        .await;
}
