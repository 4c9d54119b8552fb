//! Readiness while the books go away and come back; measures; what the log says of a request.

use std::time::{Duration, Instant};

use cnss_test_postgres::{Disk, Server};

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
