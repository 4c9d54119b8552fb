//! An HTTP gateway that is right, and the ways in which gateways are wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cnss_core::id::NoticeId;
use cnss_core::notice::Heard;
use cnss_core::person::Phone;
use cnss_sms::Authorities;
use cnss_sms::gsm::Sms;
use cnss_sms::http::{HttpGateway, NoReport, Profile};
use cnss_sms::transport::{Outcome, Report, SmsMessage, Transport as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use uuid::Uuid;

/// What a gateway does with a request.
#[derive(Clone)]
pub enum Does {
    Answer(&'static str, String),
    /// Status line and headers, then so many bytes.
    Endless(u64),
    Nothing,
    CutOff,
    Twice(String, String),
    BothAtOnce(String, String),
}

/// A gateway on this machine: it does one thing after another, and keeps what it was asked.
pub struct Gateway {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    /// Bytes that could be written of an endless answer.
    written: Arc<AtomicU64>,
}

impl Gateway {
    pub async fn that(does: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let written = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&written);
        tokio::spawn(async move {
            for does in does {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let request = request(&mut stream).await;
                kept.lock().expect("sound").push(request);
                let counted = Arc::clone(&counted);
                tokio::spawn(async move { act(stream, does, &counted).await });
            }
        });
        Self { port, asked, written }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("sound").clone()
    }
}

/// A whole request, with its body.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
            if body.len() >= length {
                return text;
            }
        }
        assert!(stream.read_buf(&mut bytes).await.expect("read") > 0, "cut off: {text}");
    }
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn act(mut stream: TcpStream, does: Does, counted: &AtomicU64) {
    match does {
        Does::Answer(status, body) => drop(stream.write_all(answer(status, &body).as_bytes()).await),
        Does::Endless(bytes) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n");
            let mut written = stream.write_all(head.as_bytes()).await;
            let mut left = bytes;
            while written.is_ok() && left > 0 {
                written = stream.write_all(&[b' '; 8_192]).await;
                left = left.saturating_sub(8_192);
                counted.fetch_add(8_192, Ordering::Relaxed);
            }
        }
        Does::Nothing => tokio::time::sleep(Duration::from_secs(60)).await,
        Does::CutOff => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"status\":").await)
        }
        Does::Twice(first, second) => {
            drop(stream.write_all(answer("200 OK", &first).as_bytes()).await);
            // The second one comes when the next request does.
            if stream.read(&mut [0; 16]).await.is_ok_and(|read| read > 0) {
                drop(stream.write_all(answer("200 OK", &second).as_bytes()).await);
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
        Does::BothAtOnce(first, second) => {
            let both = answer("200 OK", &first) + &answer("200 OK", &second);
            drop(stream.write_all(both.as_bytes()).await);
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
}

pub const PROFILE: &str = r#"
    name = "local"
    documentation = "https://gateway.example/docs"
    read = "2026-11-21"
    settings = ["sender", "port"]
    secrets = ["key"]
    [request]
    method = "POST"
    plain = true
    url = "http://127.0.0.1:{port}/send/{sender}"
    headers = { Authorization = "Bearer {key}" }
    query = { q = "{text}" }
    json = { to = "{to}", body = { text = "{text}", flash = false }, ref = "{id}" }
    [answer]
    accepted = [{ at = "/status", values = ["ok", "0"] }]
    never = [{ at = "/error", values = ["bad-number"] }]
    never_statuses = [422]
    reference = "/id"
    why = "/error"
    [report]
    encoding = "form"
    reference = "/id"
    delivered = { at = "/status", values = ["done"] }
    failed = { at = "/status", values = ["dead"] }
    why = "/reason"
"#;

pub fn gateway(profile: &str, port: u16) -> HttpGateway {
    gateway_within(profile, port, Duration::from_secs(30))
}

fn gateway_within(profile: &str, port: u16, patience: Duration) -> HttpGateway {
    let values = [("sender", "CNSS/Togo?"), ("port", &port.to_string()), ("key", "s3cret")];
    let values: BTreeMap<String, String> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let profile = Profile::parse(profile).expect("sound");
    HttpGateway::new(profile, values, &Authorities::of_machine(), patience).expect("a gateway")
}

fn sms(text: &str) -> SmsMessage {
    let to = Phone::parse("+22890112233").expect("a number");
    SmsMessage { id: NoticeId(Uuid::from_u128(7)), to, text: Sms::of(text) }
}

fn handed(reference: &str) -> Outcome {
    Outcome::Handed { references: vec![reference.to_owned()] }
}

fn failed(again: bool, why: &str) -> Outcome {
    Outcome::Failed { again, why: why.to_owned() }
}

#[tokio::test]
async fn values_are_escaped_where_they_stand() {
    let ok = Does::Answer("200 OK", r#"{"status":0,"id":"m-1"}"#.to_owned());
    let peer = Gateway::that(vec![ok]).await;
    let text = "a\"b\\c\u{7b}text}&d=e\r\nHost: evil";
    assert_eq!(gateway(PROFILE, peer.port).hand(&sms(text)).await, handed("m-1"));
    let asked = peer.asked().concat();
    let (head, body) = asked.split_once("\r\n\r\n").expect("a body");
    let first = head.lines().next().expect("a line");
    assert_eq!(first, "POST /send/CNSS%2FTogo%3F?q=a%22b%5Cc%7Btext%7D%26d%3De%0D%0AHost%3A+evil HTTP/1.1");
    assert!(head.contains("\r\nauthorization: Bearer s3cret\r\n"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let id = "00000000-0000-0000-0000-000000000007";
    let expected =
        serde_json::json!({ "to": "+22890112233", "body": { "text": text, "flash": false }, "ref": id });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_form_is_encoded() {
    let ok = Does::Answer("200 OK", r#"{"status":"ok","id":"m-1"}"#.to_owned());
    let peer = Gateway::that(vec![ok]).await;
    let profile = PROFILE
        .replace(
            "json = { to = \"{to}\", body = { text = \"{text}\", flash = false }, ref = \"{id}\" }",
            "form = { to = \"{to}\", text = \"{text}\" }",
        )
        .replace("query = { q = \"{text}\" }", "basic = { user = \"{sender}\", password = \"{key}\" }")
        .replace("headers = { Authorization = \"Bearer {key}\" }", "");
    assert_eq!(gateway(&profile, peer.port).hand(&sms("é & €=1;to=x")).await, handed("m-1"));
    let asked = peer.asked().concat();
    assert!(asked.ends_with("\r\n\r\ntext=%C3%A9+%26+%E2%82%AC%3D1%3Bto%3Dx&to=%2B22890112233"), "{asked}");
    assert!(asked.contains("\r\nauthorization: Basic Q05TUy9Ub2dvPzpzM2NyZXQ=\r\n"), "{asked}");
    assert!(asked.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{asked}");
}

#[tokio::test]
async fn what_answers_mean() {
    let again = "it may go better later";
    for (status, body, expected) in [
        ("200 OK", r#"{"status":"ok","id":"m-1"}"#, handed("m-1")),
        ("201 Created", r#"{"status":"ok"}"#, Outcome::Handed { references: Vec::new() }),
        // 200 with an error inside.
        ("200 OK", r#"{"error":"no credit"}"#, failed(true, "HTTP 200: no credit")),
        ("200 OK", r#"{"status":"ok!","error":"x"}"#, failed(true, "HTTP 200: x")),
        ("200 OK", r#"{"error":"bad-number"}"#, failed(false, "HTTP 200: bad-number")),
        ("200 OK", r#"[]"#, failed(true, "HTTP 200")),
        // Nothing personal is kept of what it says.
        ("200 OK", r#"{"error":"+22890112233 is barred"}"#, failed(true, "HTTP 200: … is barred")),
        // 200 with something else than an answer.
        (
            "200 OK",
            "<html>ok</html>",
            Outcome::Unknown { why: "HTTP 200: the answer cannot be read".to_owned() },
        ),
        ("422 Unprocessable", r#"{"error":"too long"}"#, failed(false, "HTTP 422: too long")),
        ("500 Error", r#"{"status":"ok","id":"m-1"}"#, failed(true, "HTTP 500")),
        ("429 Slow", "", failed(true, "HTTP 429")),
        ("401 No", "", failed(true, "HTTP 401")),
        ("302 Found\r\nlocation: http://127.0.0.1:1/", "", failed(true, "HTTP 302")),
        ("504 Timeout", "", Outcome::Unknown { why: "HTTP 504".to_owned() }),
    ] {
        let peer = Gateway::that(vec![Does::Answer(status, body.to_owned())]).await;
        assert_eq!(
            gateway(PROFILE, peer.port).hand(&sms("Bonjour")).await,
            expected,
            "{status} {body} ({again})"
        );
        assert_eq!(peer.asked().len(), 1, "asked once");
    }
}

#[tokio::test]
async fn gateways_that_do_not_answer_as_they_should() {
    let peer = Gateway::that(vec![Does::Nothing, Does::CutOff, Does::Endless(100_000_000)]).await;
    let hasty = gateway_within(PROFILE, peer.port, Duration::from_secs(1));
    let silent = timeout(Duration::from_secs(60), hasty.hand(&sms("Bonjour"))).await.expect("an end");
    assert_eq!(silent, Outcome::Unknown { why: "the gateway did not answer in time".to_owned() });
    let patient = gateway(PROFILE, peer.port);
    let unread = Outcome::Unknown { why: "HTTP 200: the answer cannot be read".to_owned() };
    assert_eq!(patient.hand(&sms("Bonjour")).await, unread, "it broke off");
    assert_eq!(patient.hand(&sms("Bonjour")).await, unread, "100 MB");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let written = peer.written.load(Ordering::Relaxed);
    assert!(written < 20_000_000, "most of it was never taken: {written}");
    // Who takes the same identity once may be asked again.
    let peer = Gateway::that(vec![Does::Nothing]).await;
    let knowing = PROFILE.replace("[answer]", "[answer]\nknows_id = true");
    let hasty = gateway_within(&knowing, peer.port, Duration::from_secs(1));
    let silent = hasty.hand(&sms("Bonjour")).await;
    assert_eq!(silent, failed(true, "the gateway did not answer in time"));
    // Nobody is there: nothing left.
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("one").port();
    assert_eq!(
        gateway(PROFILE, nobody).hand(&sms("Bonjour")).await,
        failed(true, "the gateway cannot be reached")
    );
}

#[tokio::test]
async fn a_second_answer_is_not_the_next_message_s() {
    let (one, stray) = (r#"{"status":"ok","id":"m-1"}"#, r#"{"status":"ok","id":"stray"}"#);
    let refused = Does::Answer("200 OK", r#"{"error":"no credit"}"#.to_owned());
    for twice in [Does::Twice, Does::BothAtOnce] {
        let peer = Gateway::that(vec![twice(one.to_owned(), stray.to_owned()), refused.clone()]).await;
        let gateway = gateway(PROFILE, peer.port);
        assert_eq!(gateway.hand(&sms("Bonjour")).await, handed("m-1"));
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(gateway.hand(&sms("Bonsoir")).await, failed(true, "HTTP 200: no credit"));
    }
}

#[tokio::test]
async fn a_token_is_had_once_and_again_when_it_is_refused() {
    let token = |n: u8| Does::Answer("200 OK", format!(r#"{{"access_token":"t{n}","expires_in":"3600"}}"#));
    let ok = |n: u8| Does::Answer("200 OK", format!(r#"{{"status":"ok","id":"m-{n}"}}"#));
    let expired = Does::Answer("401 Unauthorized", String::new());
    let peer = Gateway::that(vec![token(1), ok(1), ok(2), expired, token(2), ok(3)]).await;
    let profile = PROFILE.replace("Bearer {key}", "Bearer {token}").replace(
        "[request]",
        r#"[token]
        url = "http://127.0.0.1:{port}/token"
        basic = { user = "{sender}", password = "{key}" }
        form = { grant_type = "client_credentials" }
        at = "/access_token"
        seconds = "/expires_in"
        [request]"#,
    );
    let gateway = gateway(&profile, peer.port);
    assert_eq!(gateway.hand(&sms("Bonjour")).await, handed("m-1"));
    assert_eq!(gateway.hand(&sms("Bonjour")).await, handed("m-2"));
    assert_eq!(gateway.hand(&sms("Bonjour")).await, failed(true, "HTTP 401"));
    assert_eq!(gateway.hand(&sms("Bonjour")).await, handed("m-3"));
    let asked = peer.asked();
    let tokens = asked.iter().filter(|request| request.starts_with("POST /token ")).count();
    assert_eq!((asked.len(), tokens), (6, 2));
    assert!(asked.last().expect("asked").contains("authorization: Bearer t2\r\n"));
}

#[tokio::test]
async fn what_is_missing_or_unknown_is_told_at_once() {
    let values =
        BTreeMap::from([("sender".to_owned(), "a\r\nb".to_owned()), ("other".to_owned(), "x".to_owned())]);
    let profile = Profile::parse(PROFILE).expect("sound");
    let machine = Authorities::of_machine();
    let bad =
        HttpGateway::new(profile, values, &machine, Duration::from_secs(1)).expect_err("full of faults");
    for fault in ["sender: ", "port: missing", "key: missing", "other: "] {
        assert!(bad.to_string().contains(fault), "{fault} in {bad}");
    }
}

#[tokio::test]
async fn reports_of_a_form() {
    let gateway = gateway(PROFILE, 1);
    let report = |reference: &str, heard| Report { reference: reference.to_owned(), heard };
    for (body, expected) in [
        ("id=m-1&status=done", vec![report("m-1", Heard::Delivered)]),
        (
            "status=dead&reason=absent+subscriber&id=m%2D1",
            vec![report("m-1", Heard::Failed { why: "absent subscriber".to_owned() })],
        ),
        ("id=m-1&status=dead", vec![report("m-1", Heard::Failed { why: "dead".to_owned() })]),
        ("id=m-1&status=DONE", vec![report("m-1", Heard::HandedOver)]),
        ("id=m-1", vec![report("m-1", Heard::HandedOver)]),
        ("status=done", Vec::new()),
        ("id=%00&status=done", Vec::new()),
        ("", Vec::new()),
    ] {
        assert_eq!(gateway.reports(body.as_bytes()), Ok(expected), "{body}");
    }
    assert_eq!(gateway.reports(&[0xff, 0xfe]), Err(NoReport));
    assert_eq!(gateway.reports(&vec![b'a'; 300_000]), Err(NoReport));
}

/// The answers and reports that the gateways' documentation shows.
#[tokio::test]
async fn reports_of_the_profiles_that_come_with_the_crate() {
    let of = |name: &str| {
        let profile = Profile::builtin(name).expect("built in");
        let names = profile.settings.iter().chain(&profile.secrets).cloned();
        let values = names.map(|name| (name, "x".to_owned())).collect();
        HttpGateway::new(profile, values, &Authorities::of_machine(), Duration::from_secs(1))
            .expect("a gateway")
    };
    let failed = |why: &str| Heard::Failed { why: why.to_owned() };
    for (name, body, expected) in [
        (
            "africas-talking",
            "id=ATXid_1&status=Success&phoneNumber=%2B22890112233",
            vec![("ATXid_1", Heard::Delivered)],
        ),
        ("africas-talking", "id=ATXid_1&status=Buffered", vec![("ATXid_1", Heard::HandedOver)]),
        (
            "africas-talking",
            "id=ATXid_1&status=Failed&failureReason=UserIsInactive",
            vec![("ATXid_1", failed("UserIsInactive"))],
        ),
        (
            "infobip",
            r#"{"results":[{"messageId":"m1","status":{"groupId":3,"id":5,"name":"DELIVERED_TO_HANDSET"}},
                {"messageId":"m2","status":{"groupId":3,"id":2,"name":"DELIVERED_TO_OPERATOR"}},
                {"messageId":"m3","status":{"groupId":4,"id":15,"name":"EXPIRED_EXPIRED"}}]}"#,
            vec![("m1", Heard::Delivered), ("m2", Heard::HandedOver), ("m3", failed("EXPIRED_EXPIRED"))],
        ),
        (
            "orange",
            r#"{"deliveryInfoNotification":{"callbackData":"c-1","deliveryInfo":{"address":"tel:+22890112233","deliveryStatus":"DeliveredToTerminal"}}}"#,
            vec![("c-1", Heard::Delivered)],
        ),
        (
            "twilio",
            "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003",
            vec![("SM1", failed("30003"))],
        ),
        ("twilio", "MessageSid=SM1&MessageStatus=sent", vec![("SM1", Heard::HandedOver)]),
    ] {
        let reports = of(name).reports(body.as_bytes()).expect("a report");
        let reports: Vec<_> = reports.into_iter().map(|report| (report.reference, report.heard)).collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(reference, heard)| (reference.to_owned(), heard)).collect();
        assert_eq!(reports, expected, "{name} {body}");
    }
    assert_eq!(of("infobip").reports(br#"{"results":{}}"#), Err(NoReport));
    let many = format!(r#"{{"results":[{}]}}"#, vec!["1"; 1_001].join(","));
    assert_eq!(of("infobip").reports(many.as_bytes()), Err(NoReport));
}
