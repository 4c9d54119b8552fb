//! SMPP against an SMSC of another author: what leaves, what comes back, and what breaks.

use std::time::{Duration, Instant};

use cnss_core::id::NoticeId;
use cnss_core::notice::Heard;
use cnss_core::person::Phone;
use cnss_sms::Authorities;
use cnss_sms::gsm::Sms;
use cnss_sms::smpp::{Connection, MessageIds, Sender, Settings, Smpp};
use cnss_sms::transport::{Outcome, Report, SmsMessage, Transport as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;

use crate::peer::{Certificate, Peer};

const SOON: Duration = Duration::from_secs(60);

/// Pauses as short as a test may have them, and patience for a busy machine.
fn settings(port: u16) -> Settings {
    let sender = Sender::parse("CNSS Togo").expect("a sender");
    Settings {
        per_second: 1_000,
        answer: Duration::from_secs(20),
        hand_over: Duration::from_secs(30),
        reconnect_pause: Duration::from_millis(50),
        reconnect_pause_max: Duration::from_millis(400),
        throttle_pause: Duration::from_millis(50),
        throttle_pause_max: Duration::from_millis(200),
        ..Settings::new("localhost", port, "cnss", "secret", sender)
    }
}

fn sms(n: u128, text: &str) -> SmsMessage {
    let to = Phone::parse("+22890112233").expect("a number");
    SmsMessage { id: NoticeId(Uuid::from_u128(n)), to, text: Sms::of(text) }
}

/// Little patience, for operators that will never do what is waited for.
fn hasty(port: u16) -> Settings {
    let (answer, hand_over) = (Duration::from_secs(2), Duration::from_secs(3));
    Settings { answer, hand_over, ..settings(port) }
}

async fn bound(settings: Settings) -> (Smpp, mpsc::Receiver<Report>) {
    let (smpp, reports) = Smpp::start(settings);
    assert!(smpp.bound(SOON).await, "{:?}", smpp.connection());
    (smpp, reports)
}

async fn next(reports: &mut mpsc::Receiver<Report>) -> Report {
    timeout(SOON, reports.recv()).await.expect("a report in time").expect("a report")
}

fn handed(outcome: Outcome) -> Vec<String> {
    match outcome {
        Outcome::Handed { references } => references,
        other => panic!("{other:?}"),
    }
}

async fn smsc(behaviour: Value) -> Peer {
    Peer::start("smsc.mjs", behaviour, None).await
}

#[tokio::test]
async fn a_message_arrives_and_its_receipt_comes_back() {
    let mut peer = smsc(json!({ "receipt": "DELIVRD" })).await;
    let (smpp, mut reports) = bound(settings(peer.port)).await;
    let bind = peer.event("bound").await;
    assert_eq!((&bind["system_id"], &bind["version"]), (&json!("cnss"), &json!(0x34)));
    // The alphabet with its extension, as another author decodes it.
    let references =
        handed(smpp.hand(&sms(1, "Reçu é è à ù ò @ £ € [a|b] {c} ~ ^ \\ Ñ Ü § ¿ : 1 000 F")).await);
    let submitted = peer.event("submitted").await;
    assert_eq!(submitted["submitted"], "Recu é è à ù ò @ £ € [a|b] {c} ~ ^ \\ Ñ Ü § ¿ : 1 000 F");
    let shape = json!([submitted["from"], submitted["from_kind"], submitted["to"], submitted["coding"]]);
    assert_eq!(shape, json!(["CNSS Togo", 5, "22890112233", 0]));
    assert_eq!(submitted["registered"], 1, "a receipt is asked for");
    let report = next(&mut reports).await;
    assert_eq!(vec![report.reference], references);
    assert_eq!(report.heard, Heard::Delivered);
    assert_eq!(peer.event("receipt_answered").await["receipt_answered"], 0);
    smpp.close().await;
    peer.event("unbound").await;
}

#[tokio::test]
async fn what_will_not_arrive_says_why() {
    let mut peer = smsc(json!({ "receipt": "UNDELIV" })).await;
    let (smpp, mut reports) = bound(settings(peer.port)).await;
    handed(smpp.hand(&sms(1, "Bonjour")).await);
    assert_eq!(next(&mut reports).await.heard, Heard::Failed { why: "UNDELIV 042".to_owned() });
    peer.set(json!({ "receipt": "UNKNOWN" })).await;
    handed(smpp.hand(&sms(2, "Bonjour")).await);
    assert_eq!(next(&mut reports).await.heard, Heard::HandedOver, "unknown is on its way");
    // A person's answer is no report, and the connection goes on.
    peer.order(json!({ "write": "STOP id:1001 stat:DELIVRD" })).await;
    peer.set(json!({ "receipt": "DELIVRD" })).await;
    let reference = handed(smpp.hand(&sms(3, "Bonjour")).await);
    let report = next(&mut reports).await;
    assert_eq!((vec![report.reference], report.heard), (reference, Heard::Delivered));
}

#[tokio::test]
async fn a_receipt_before_its_answer_and_twice() {
    let peer =
        smsc(json!({ "receipt": "DELIVRD", "first": true, "times": 2, "delay": 100, "hexadecimal": true }))
            .await;
    let ids = MessageIds::Hexadecimal;
    let (smpp, mut reports) = bound(Settings { message_ids: ids, ..settings(peer.port) }).await;
    let references = handed(smpp.hand(&sms(1, "Bonjour")).await);
    for _ in 0..2 {
        let report = next(&mut reports).await;
        assert_eq!((vec![report.reference], report.heard), (references.clone(), Heard::Delivered));
    }
}

#[tokio::test]
async fn other_scripts_and_long_messages() {
    let mut peer = smsc(json!({})).await;
    let (smpp, _reports) = bound(settings(peer.port)).await;
    handed(smpp.hand(&sms(1, "مرحبا 🙂")).await);
    let submitted = peer.event("submitted").await;
    assert_eq!((&submitted["submitted"], &submitted["coding"]), (&json!("مرحبا 🙂"), &json!(8)));
    assert_eq!(submitted["header"], Value::Null);

    let text = "Déclaration [€] ".repeat(23);
    let references = handed(smpp.hand(&sms(2, &text)).await);
    assert_eq!(references.len(), 3, "{references:?}");
    let mut whole = String::new();
    for number in 1..=3 {
        let part = peer.event("submitted").await;
        let header = part["header"].as_array().expect("a header").first().expect("one").clone();
        let header: Vec<u64> = header.as_array().expect("bytes").iter().filter_map(Value::as_u64).collect();
        // As the package gives it: kind 0, length 3, reference, parts, number.
        assert_eq!((header.first(), &header[header.len() - 2..]), (Some(&0), &[3, number][..]), "{header:?}");
        whole.push_str(part["submitted"].as_str().expect("a text"));
    }
    assert_eq!(whole, text);
    let too_long = smpp.hand(&sms(3, &"a".repeat(2_000))).await;
    assert_eq!(too_long, Outcome::Failed { again: false, why: "the message is too long".to_owned() });
}

#[tokio::test]
async fn a_slower_pace_when_the_operator_asks_and_the_own_pace_always() {
    let mut peer = smsc(json!({ "throttle": 3 })).await;
    let (smpp, _reports) = bound(settings(peer.port)).await;
    let began = Instant::now();
    for n in 1..=5 {
        handed(smpp.hand(&sms(n, &format!("message {n}"))).await);
    }
    // 50 + 100 + 200 ms of pauses asked for.
    assert!(began.elapsed() >= Duration::from_millis(350), "{:?}", began.elapsed());
    let mut texts = Vec::new();
    for _ in 0..8 {
        let submitted = peer.event("submitted").await;
        texts.push(submitted["submitted"].as_str().expect("a text").to_owned());
    }
    let first = vec!["message 1".to_owned(); 4];
    assert_eq!(texts.get(..4), Some(&first[..]), "the same goes again, and nothing before it");

    let pace = Settings { per_second: 20, ..settings(peer.port) };
    let (smpp, _reports) = bound(pace).await;
    let message = sms(9, "attente");
    let together: Vec<SmsMessage> = (0..10).map(|_| message.clone()).collect();
    let began = Instant::now();
    let smpp = std::sync::Arc::new(smpp);
    let mut tasks = tokio::task::JoinSet::new();
    for message in together {
        let smpp = std::sync::Arc::clone(&smpp);
        tasks.spawn(async move { smpp.hand(&message).await });
    }
    while let Some(outcome) = tasks.join_next().await {
        handed(outcome.expect("no panic"));
    }
    assert!(began.elapsed() >= Duration::from_millis(450), "ten at twenty a second: {:?}", began.elapsed());
}

#[tokio::test]
async fn the_window_is_kept() {
    let mut peer = smsc(json!({ "delay": 300 })).await;
    let (smpp, _reports) = bound(Settings { window: 2, ..settings(peer.port) }).await;
    let smpp = std::sync::Arc::new(smpp);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=6 {
        let smpp = std::sync::Arc::clone(&smpp);
        tasks.spawn(async move { smpp.hand(&sms(n, "Bonjour")).await });
    }
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(peer.event("submitted").await["open"].as_u64().expect("a number"));
    }
    assert_eq!(open.iter().max(), Some(&2), "two are unanswered at once, and never three: {open:?}");
    handed(smpp.hand(&sms(7, &"a".repeat(700))).await);
    for part in 1..=5 {
        let open = peer.event("submitted").await["open"].as_u64().expect("a number");
        assert!(open <= 2, "{open} at part {part}");
    }
    while let Some(outcome) = tasks.join_next().await {
        handed(outcome.expect("no panic"));
    }
}

#[tokio::test]
async fn refusals_say_whether_to_try_again() {
    let mut peer = smsc(json!({ "refuse": 0x0b })).await;
    let (smpp, _reports) = bound(settings(peer.port)).await;
    let never = smpp.hand(&sms(1, "Bonjour")).await;
    assert_eq!(never, Outcome::Failed { again: false, why: "invalid number, SMPP status 0x0B".to_owned() });
    peer.set(json!({ "refuse": 0x08 })).await;
    let later = smpp.hand(&sms(2, "Bonjour")).await;
    assert_eq!(later, Outcome::Failed { again: true, why: "system error, SMPP status 0x08".to_owned() });
    peer.set(json!({ "refuse": null, "throttle": 1_000_000 })).await;
    let (smpp, _reports) = bound(hasty(peer.port)).await;
    let later = smpp.hand(&sms(3, "Bonjour")).await;
    assert!(matches!(&later, Outcome::Failed { again: true, .. }), "{later:?}");
}

#[tokio::test]
async fn a_connection_that_dies_before_the_answer_leaves_the_message_unknown() {
    let mut peer = smsc(json!({ "drop": 1 })).await;
    let (smpp, _reports) = bound(settings(peer.port)).await;
    let outcome = smpp.hand(&sms(1, "Bonjour")).await;
    assert!(matches!(&outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let first = peer.event("submitted").await;
    // It reconnects by itself, and did not send it again by itself.
    assert!(smpp.bound(SOON).await);
    handed(smpp.hand(&sms(2, "Bonsoir")).await);
    let second = peer.event("submitted").await;
    assert_eq!(second["submitted"], "Bonsoir");
    // Sent again by who decides so, it bears the same mark.
    handed(smpp.hand(&sms(1, "Bonjour")).await);
    let again = peer.event("submitted").await;
    assert_eq!(again["reference"], first["reference"]);
    assert_ne!(again["reference"], second["reference"]);
}

#[tokio::test]
async fn an_operator_that_never_answers_has_an_end() {
    let mut peer = smsc(json!({ "silent": true })).await;
    let (smpp, _reports) = bound(hasty(peer.port)).await;
    let outcome = timeout(SOON, smpp.hand(&sms(1, "Bonjour"))).await.expect("an end");
    assert_eq!(outcome, Outcome::Unknown { why: "the operator did not answer".to_owned() });
    // One of three parts unanswered is unknown too.
    peer.set(json!({ "silent": false, "drop": 2 })).await;
    let outcome = smpp.hand(&sms(2, &"a".repeat(400))).await;
    assert!(matches!(&outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_dead_line_is_noticed_and_left() {
    let mut peer = smsc(json!({})).await;
    let enquire = Duration::from_millis(200);
    let (smpp, _reports) = bound(Settings { enquire, ..hasty(peer.port) }).await;
    peer.event("enquired").await;
    peer.event("enquired").await;
    assert_eq!(smpp.connection(), Connection::Bound, "it answered");
    peer.set(json!({ "deaf": true })).await;
    peer.event("closed").await;
    let outcome = smpp.hand(&sms(1, "Bonjour")).await;
    assert!(matches!(&outcome, Outcome::Failed { again: true, .. }), "{outcome:?}");
    peer.set(json!({ "deaf": false })).await;
    assert!(smpp.bound(SOON).await);
    handed(smpp.hand(&sms(1, "Bonjour")).await);
}

#[tokio::test]
async fn a_line_that_is_cut_while_idle_comes_back() {
    let mut peer = smsc(json!({})).await;
    let (smpp, _reports) = bound(settings(peer.port)).await;
    for n in 1..=3 {
        peer.order(json!({ "cut": true })).await;
        // Given at once: it waits for the next connection, or is told to come later; never twice.
        let mut outcome = smpp.hand(&sms(n, &format!("message {n}"))).await;
        while let Outcome::Failed { again: true, .. } = outcome {
            outcome = smpp.hand(&sms(n, &format!("message {n}"))).await;
        }
        if matches!(outcome, Outcome::Handed { .. }) {
            assert_eq!(peer.event("submitted").await["submitted"], format!("message {n}"));
        }
        assert!(smpp.bound(SOON).await);
    }
}

#[tokio::test]
async fn an_operator_that_hangs_up_is_called_ever_more_rarely() {
    let mut peer = smsc(json!({ "hangup": true })).await;
    let (_smpp, _reports) = Smpp::start(settings(peer.port));
    let until = Instant::now() + Duration::from_secs(3);
    let mut calls = 0;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        if peer.event_within("bound", left).await.is_some() {
            calls += 1;
        }
    }
    // After 50, 100, 200 ms, then every 400: at most eleven in three seconds, not fifty.
    assert!((2..=12).contains(&calls), "{calls} calls");
}

#[tokio::test]
async fn receipts_that_nobody_takes_yet_are_brought_later() {
    let mut peer = smsc(json!({ "receipt": "DELIVRD", "times": 1_100 })).await;
    let (smpp, mut reports) = bound(settings(peer.port)).await;
    handed(smpp.hand(&sms(1, "Bonjour")).await);
    let (mut taken, mut later) = (0, 0);
    for _ in 0..1_100 {
        match peer.event("receipt_answered").await["receipt_answered"].as_u64() {
            Some(0) => taken += 1,
            Some(0x64) => later += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((taken, later), (1_000, 100));
    for _ in 0..1_000 {
        next(&mut reports).await;
    }
    peer.set(json!({ "times": 1 })).await;
    peer.order(json!({ "bring": 1_001 })).await;
    assert_eq!(next(&mut reports).await.heard, Heard::Delivered);
}

#[tokio::test]
async fn nonsense_ends_the_connection_and_not_the_program() {
    let mut peer = smsc(json!({})).await;
    let (smpp, _reports) = bound(settings(peer.port)).await;
    for garbage in ["ffffffff80000004000000000000000a", "474554202f20485454502f312e310d0a0d0a"] {
        peer.order(json!({ "garbage": garbage })).await;
        peer.event("closed").await;
        assert!(smpp.bound(SOON).await);
    }
    // An order of the operator that nobody knows, and a receipt cut off in its middle.
    peer.order(json!({ "garbage": "00000010000000990000000000000001" })).await;
    peer.order(json!({ "garbage": "0000001400000005000000000000000200050041" })).await;
    handed(smpp.hand(&sms(1, "Bonjour")).await);
}

#[tokio::test]
async fn a_refused_login_and_a_missing_operator_are_told_and_tried_again() {
    let mut peer = smsc(json!({ "password": "changed" })).await;
    let wait = Duration::from_secs(1);
    let (smpp, _reports) = Smpp::start(Settings { hand_over: wait, ..settings(peer.port) });
    peer.event("bound").await;
    let outcome = smpp.hand(&sms(1, "Bonjour")).await;
    let why = "no connection: the operator refused the login, SMPP status 0x0E".to_owned();
    assert_eq!(outcome, Outcome::Failed { again: true, why });
    peer.set(json!({ "password": "secret" })).await;
    assert!(smpp.bound(SOON).await);
    handed(smpp.hand(&sms(1, "Bonjour")).await);
    let port = peer.port;
    drop(peer);
    let outcome = smpp.hand(&sms(2, "Bonjour")).await;
    assert!(!matches!(outcome, Outcome::Handed { .. }), "{outcome:?}");
    let peer = Peer::start_at("smsc.mjs", json!({}), None, port).await;
    assert!(smpp.bound(SOON).await);
    handed(smpp.hand(&sms(3, "Bonjour")).await);
    drop(peer);
}

#[tokio::test]
async fn encrypted_only_with_whom_is_believed() {
    let certificate = Certificate::new();
    let mut peer = Peer::start("smsc.mjs", json!({}), Some(&certificate)).await;
    let authorities =
        Authorities::of_machine().with_pem(certificate.authority.as_bytes()).expect("a certificate");
    let (smpp, _reports) = bound(Settings { tls: Some(authorities), ..settings(peer.port) }).await;
    peer.event("bound").await;
    handed(smpp.hand(&sms(1, "Bonjour")).await);
    drop(smpp);
    let strangers = Settings { tls: Some(Authorities::of_machine()), ..settings(peer.port) };
    let wait = Duration::from_secs(1);
    let (smpp, _reports) = Smpp::start(Settings { hand_over: wait, ..strangers });
    let outcome = smpp.hand(&sms(2, "Bonjour")).await;
    assert!(
        matches!(&outcome, Outcome::Failed { again: true, why } if why.contains("cannot encrypt")),
        "{outcome:?}"
    );
}
