//! Readiness while the books go away and come back; measures; what the log says of a request.

use std::time::{Duration, Instant};

use chrono::DateTime;
use cnss_core::account::Login;
use cnss_core::decision::Batch;
use cnss_core::id::{BatchId, NoticeId};
use cnss_core::money::Currency;
use cnss_core::notice::{Message, Notice};
use cnss_core::person::Email;
use cnss_core::port::Store as _;
use cnss_store::Options;
use cnss_test_postgres::{Disk, Server};
use uuid::Uuid;

use crate::portal::{Portal, get};

/// The value of a measure.
fn measure(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[test]
fn what_is_asked_is_counted_and_bears_a_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut portal = Portal::start(folder.path(), "sqlite:books.sqlite", "oui");
    portal.wait_for("audit trail sealed");
    for _ in 0..3 {
        assert_eq!(get(&portal.address, "/health").0, 200);
    }
    let (status, answer) = get(&portal.address, "/employeur/compte/2024-02?nom=Lawson");
    assert_eq!(status, 303, "{answer}");
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("a number");
    let (status, _) = get(&portal.address, "/personne/Lawson");
    assert_eq!(status, 404);
    let (status, _) = get(&portal.address, "/metrics");
    assert_eq!(status, 404, "not for the public");
    let (status, text) = get(&portal.measures, "/metrics");
    assert_eq!(status, 200, "{text}");
    assert!(!text.contains("Lawson") && !text.contains("2024-02"), "{text}");
    let request = |method: &str, route: &str, status: &str| {
        let name =
            format!("cnss_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
        measure(&text, &name)
    };
    assert_eq!(request("GET", "/health", "200"), Some(3.0), "{text}");
    assert_eq!(request("GET", "/employeur/compte/{month}", "303"), Some(1.0), "{text}");
    assert_eq!(request("GET", "none", "404"), Some(2.0), "{text}");
    let seconds = "cnss_http_request_seconds_bucket{method=\"GET\",route=\"/health\",le=\"+Inf\"}";
    assert_eq!(measure(&text, seconds), Some(3.0), "{text}");
    // The demonstration is one commit, and one line under one seal.
    assert_eq!(measure(&text, "cnss_commits_total{outcome=\"done\"}"), Some(1.0), "{text}");
    assert_eq!(measure(&text, "cnss_audit_seals"), Some(1.0), "{text}");
    assert_eq!(measure(&text, "cnss_books_answer"), Some(1.0), "{text}");
    for name in ["cnss_outbox_waiting", "cnss_outbox_dead"] {
        assert_eq!(measure(&text, name), Some(0.0), "{name}: {text}");
    }
    assert!(measure(&text, "cnss_connections").is_some_and(|open| open >= 2.0), "{text}");
    let (code, log) = portal.stop();
    assert_eq!(code, Some(0));
    let told = log.iter().find(|line| line.contains("request answered") && line.contains(id));
    let told = told.unwrap_or_else(|| panic!("{id}: {log:#?}"));
    assert!(told.contains("/employeur/compte/{month}") && told.contains("\"status\":303"), "{told}");
    assert!(
        log.iter().all(|line| !line.contains("nom=Lawson") && !line.contains("personne/Lawson")),
        "{log:#?}"
    );
}

/// What waits in the books to be told: one notice to a login of the demonstration is added, or counted.
fn waiting(folder: &std::path::Path, add: bool) -> u64 {
    let url = format!("sqlite:{}", folder.join("books.sqlite").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let franc = Currency::new("XOF", 0).expect("a currency");
        let store = cnss_store::open(&url, Options::new(franc)).await.expect("opens");
        if add {
            let login = Email::parse("boulangerie@demo.cnss.example").expect("an address");
            let account = store
                .account_by_login(&Login::email(&login))
                .await
                .expect("read")
                .expect("of the demonstration");
            let (amount, reference, receipt) = ("1".to_owned(), "7K3M9-QXF2A".to_owned(), "Q".to_owned());
            let message = Message::PaymentReceived { amount, reference, receipt };
            let notice = Notice { id: NoticeId(Uuid::from_u128(1)), to: account.id.into(), message };
            let mut batch = Batch::of(BatchId(Uuid::from_u128(2)), Vec::new(), DateTime::UNIX_EPOCH);
            batch.notices = vec![notice];
            store.commit(batch).await.expect("committed");
        }
        let waiting = store.measures().await.expect("read").outbox_waiting;
        store.close().await;
        waiting
    })
}

#[test]
fn without_a_gateway_nobody_counts_as_told() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(Portal::start(folder.path(), "sqlite:books.sqlite", "oui").stop().0, Some(0));
    assert_eq!(waiting(folder.path(), true), 1);
    let mut portal = Portal::start(folder.path(), "sqlite:books.sqlite", "non");
    let warned = portal.wait_for("aucune passerelle");
    assert!(warned.contains("WARN"), "{warned}");
    std::thread::park_timeout(Duration::from_secs(2));
    let (_, log) = portal.stop();
    assert!(!log.iter().any(|line| line.contains("notice carried")), "{log:#?}");
    assert_eq!(waiting(folder.path(), false), 1, "it waits");
    // The demonstration has a courier, who carries it to the log.
    let mut portal = Portal::start(folder.path(), "sqlite:books.sqlite", "oui");
    portal.wait_for("notice carried");
    assert_eq!(portal.stop().0, Some(0));
    assert_eq!(waiting(folder.path(), false), 0);
}

#[test]
fn a_portal_is_not_ready_while_its_server_is_away_and_recovers_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let portal = Portal::start(folder.path(), &url, "non");
    assert_eq!(get(&portal.address, "/ready").0, 200);
    server.stop().expect("stopped");
    let began = Instant::now();
    let (status, answer) = get(&portal.address, "/ready");
    assert_eq!(status, 503, "{answer}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(
        answer.contains("application/problem+json") && answer.contains("\"code\":\"not_ready\""),
        "{answer}"
    );
    assert!(answer.contains("Les livres ne "), "{answer}");
    assert_eq!(get(&portal.address, "/health").0, 200, "it is alive all the same");
    let (_, text) = get(&portal.measures, "/metrics");
    assert_eq!(measure(&text, "cnss_books_answer"), Some(0.0), "{text}");
    server.run().expect("started again");
    let end = Instant::now() + Duration::from_secs(30);
    while get(&portal.address, "/ready").0 != 200 {
        assert!(Instant::now() < end, "it does not recover");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert_eq!(portal.stop().0, Some(0));
}

#[test]
fn only_the_demonstration_shows_what_it_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut portal = Portal::start(folder.path(), "sqlite:books.sqlite", "non");
    portal.wait_for("aucune passerelle");
    for path in ["/demo/messages", "/api/v1/demo/messages", "/api/v1/demo/messages?to=a"] {
        assert_eq!(get(&portal.address, path).0, 404, "{path}");
    }
    for path in ["/", "/openapi.json", "/api"] {
        let (status, text) = get(&portal.address, path);
        assert!(status == 200 && !text.contains("demo/messages"), "{path}: {text}");
    }
    assert_eq!(portal.stop().0, Some(0));
}

#[test]
fn the_key_of_codes_is_drawn_beside_the_books_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = || std::fs::read_to_string(folder.path().join("books.sqlite.code-key")).expect("a key");
    assert_eq!(Portal::start(folder.path(), "sqlite:books.sqlite", "non").stop().0, Some(0));
    let drawn = key();
    assert_eq!(drawn.trim().len(), 64, "{drawn}");
    let (code, log) = Portal::start(folder.path(), "sqlite:books.sqlite", "non").stop();
    assert_eq!((code, key()), (Some(0), drawn.clone()));
    assert!(!log.concat().contains(drawn.trim()), "no log holds it");
    let mut bad =
        crate::portal::run(folder.path(), &["--database-url", "postgres://nobody@127.0.0.1:9/none"]);
    let said = crate::portal::said(&bad);
    assert!(said.0 == Some(1) && said.1.contains("CNSS_CODE_KEY"), "{said:?}");
    std::fs::write(folder.path().join("books.sqlite.code-key"), "no key").expect("written");
    bad = crate::portal::run(folder.path(), &["--database-url", "sqlite:books.sqlite"]);
    let said = crate::portal::said(&bad);
    assert!(said.0 == Some(1) && said.1.contains("64 signes") && !said.1.contains("no key"), "{said:?}");
}
