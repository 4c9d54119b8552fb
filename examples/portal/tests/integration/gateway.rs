//! SMS by a gateway's HTTP interface, from the books to the gateway and its report back into the books.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use chrono::DateTime;
use cnss_core::decision::Batch;
use cnss_core::id::{BatchId, NoticeId};
use cnss_core::money::Currency;
use cnss_core::notice::{Addressee, Contacts, DeliveryStatus, Message, Notice};
use cnss_core::person::Phone;
use cnss_core::port::Store as _;
use cnss_store::{Options, SqlStore};
use uuid::Uuid;

use crate::portal::{Portal, post};

const BOOKS: &str = "sqlite:books.sqlite";
const SECRET: &str = "secret-of-the-reports-0123456789abcdef";
const SETTINGS: &str = r#"
    [post.http]
    profile_file = "profile.toml"
    settings = { port = "PORT" }
    secrets_env = { key = "GATEWAY_KEY" }
    report_secret_env = "GATEWAY_REPORTS"
"#;
const PROFILE: &str = r#"
    name = "local"
    documentation = "https://gateway.example/docs"
    read = "2026-11-21"
    settings = ["port"]
    secrets = ["key"]
    [request]
    method = "POST"
    plain = true
    url = "http://127.0.0.1:{port}/send"
    headers = { Authorization = "Bearer {key}" }
    json = { to = "{to}", text = "{text}" }
    [answer]
    accepted = [{ at = "/status", values = ["ok"] }]
    reference = "/id"
    [report]
    encoding = "form"
    reference = "/id"
    delivered = { at = "/status", values = ["done"] }
    failed = { at = "/status", values = ["dead"] }
    why = "/reason"
"#;

/// A gateway that accepts everything; gives what it was asked.
fn accepting() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (send, asked) = channel();
    std::thread::spawn(move || {
        for (number, stream) in (1..).zip(listener.incoming().map_while(Result::ok)) {
            if send.send(answered(stream, number)).is_err() {
                return;
            }
        }
    });
    (port, asked)
}

fn answered(mut stream: TcpStream, number: u32) -> String {
    let (mut request, mut piece) = (String::new(), [0; 4_096]);
    while !request.ends_with('}') {
        let read = stream.read(&mut piece).expect("read");
        assert!(read > 0, "cut off: {request}");
        request.push_str(&String::from_utf8_lossy(piece.get(..read).expect("read")));
    }
    let body = format!(r#"{{"status":"ok","id":"m-{number}"}}"#);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).expect("answered");
    request
}

fn in_books<T, F: Future<Output = T>>(folder: &Path, what: impl FnOnce(SqlStore) -> F) -> T {
    let url = format!("sqlite:{}", folder.join("books.sqlite").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let franc = Currency::new("XOF", 0).expect("a currency");
        let store = cnss_store::open(&url, Options::new(franc)).await.expect("opens");
        let result = what(store.clone()).await;
        store.close().await;
        result
    })
}

fn tell(folder: &Path, number: u128) {
    in_books(folder, |store| async move {
        let phone = Phone::parse("+22890112233").expect("a phone");
        let to = Addressee::Contacts(Contacts { email: None, phone: Some(phone) });
        let notice = Notice { id: NoticeId(Uuid::from_u128(number)), to, message: Message::SomebodySignsUp };
        let mut batch = Batch::of(BatchId(Uuid::from_u128(number)), Vec::new(), DateTime::UNIX_EPOCH);
        batch.notices = vec![notice];
        store.commit(batch).await.expect("committed");
    });
}

fn status(folder: &Path, number: u128) -> DeliveryStatus {
    let notice = NoticeId(Uuid::from_u128(number));
    in_books(folder, |store| async move { store.delivery(notice, "sms").await.expect("read").status })
}

#[test]
fn what_a_gateway_reports_is_kept_once_and_a_stranger_reports_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (port, asked) = accepting();
    std::fs::write(folder.join("profile.toml"), PROFILE).expect("written");
    std::fs::write(folder.join("cnss.toml"), SETTINGS.replace("\"PORT\"", &format!("\"{port}\"")))
        .expect("written");
    let secrets = [("GATEWAY_KEY", "k3y-of-the-gateway"), ("GATEWAY_REPORTS", SECRET)];
    let mut portal = Portal::start_with(folder, BOOKS, "non", &secrets);
    portal.wait_for("les avis partent par les passerelles");

    let reports = format!("/api/v1/gateway/{SECRET}/reports");
    // Before the message is known, and before it has left.
    assert_eq!(post(&portal.address, &reports, "id=m-2&status=done").0, 200);
    for number in [1, 2] {
        tell(folder, number);
        let request = asked.recv_timeout(Duration::from_secs(30)).expect("it leaves");
        assert!(request.contains("authorization: Bearer k3y-of-the-gateway\r\n"), "{request}");
        assert!(request.contains(r#""to":"+22890112233""#), "{request}");
    }
    let end = Instant::now() + Duration::from_secs(30);
    while status(folder, 2) != DeliveryStatus::Delivered {
        assert!(Instant::now() < end, "the early report is lost: {:?}", status(folder, 2));
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert_eq!(status(folder, 1), DeliveryStatus::Sent);

    let wrong = "/api/v1/gateway/secret-of-the-reports-0123456789abcdeg/reports";
    let shorter = format!("/api/v1/gateway/{}/reports", &SECRET[..SECRET.len() - 1]);
    for stranger in [wrong, shorter.as_str(), "/api/v1/gateway//reports", "/api/v1/gateway/%00/reports"] {
        let (code, answer) = post(&portal.address, stranger, "id=m-1&status=dead&reason=forged");
        assert_eq!(code, 404, "{stranger}: {answer}");
    }
    assert_eq!(post(&portal.address, &reports, "\u{ff}").0, 200, "a form without a report");
    assert_eq!(post(&portal.address, &reports, &"x".repeat(300_000)).0, 413);
    assert_eq!(status(folder, 1), DeliveryStatus::Sent, "no stranger changed anything");

    let dead = || DeliveryStatus::Failed { why: "absent subscriber".to_owned() };
    for (body, code, after) in [
        ("id=m-1&status=on+its+way", 200, DeliveryStatus::Sent),
        ("id=nobody-s&status=done", 200, DeliveryStatus::Sent),
        ("id=m-1&status=dead&reason=absent+subscriber", 200, dead()),
        ("id=m-1&status=dead&reason=absent+subscriber", 200, dead()),
        ("id=m-1&status=done", 200, dead()),
    ] {
        let (answered, text) = post(&portal.address, &reports, body);
        assert_eq!((answered, status(folder, 1)), (code, after), "{body}: {text}");
    }
    let (code, log) = portal.stop();
    let log = log.join("\n");
    assert_eq!(code, Some(0), "{log}");
    for hidden in [SECRET, "k3y-of-the-gateway", "90112233"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}

#[test]
fn a_gateway_s_secret_that_is_missing_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("profile.toml"), PROFILE).expect("written");
    std::fs::write(folder.path().join("cnss.toml"), SETTINGS).expect("written");
    let migrated = crate::portal::run(folder.path(), &["migrate", "--database-url", BOOKS]);
    assert_eq!(migrated.status.code(), Some(0));
    let (code, text) =
        crate::portal::said(&crate::portal::run(folder.path(), &["--database-url", BOOKS, "--demo", "non"]));
    assert!(code == Some(1) && text.contains("GATEWAY_KEY") && text.contains("GATEWAY_REPORTS"), "{text}");
}
