//! What the log of a delivery holds, and what it never holds.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use cnss_core::account::CodeKey;
use cnss_core::fund::Fund;
use cnss_sms::book::MemoryBook;
use cnss_sms::mail::Mailer;
use cnss_sms::post::{Parts, Post, Ways};
use cnss_sms::smpp::{self, Sender, Smpp};
use cnss_sms::transport::{SmsMessage, Transport};
use cnss_sms::{Channel, ConsoleCourier, Words, deliver_waiting};
use serde_json::json;

use crate::delivery::Unreliable;
use crate::http::{Does, Gateway, PROFILE, gateway};
use crate::mail;
use crate::peer::{Certificate, Peer};
use crate::world::{notice, store};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("sound").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged while something is done, all of it.
fn logged<F: Future<Output = ()>>(what: impl FnOnce() -> F) -> String {
    let page = Page::default();
    let writer = page.clone();
    let log = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(log, || {
        // One thread: what is spawned logs here too.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(what());
    });
    String::from_utf8(page.0.lock().expect("sound").clone()).expect("text")
}

/// Gateways that repeat whom they were given, and lines that break.
#[test]
fn a_log_of_real_gateways_names_nobody() {
    let log = logged(|| async {
        let refusal = r#"{"error":"+228 90 11 22 33 and afi1@example.tg are barred"}"#.to_owned();
        let web = Gateway::that(vec![Does::Answer("200 OK", refusal), Does::CutOff, Does::CutOff]).await;
        let certificate = Certificate::new();
        let relay = Peer::start("mailbox.mjs", json!({ "refuse": 450 }), Some(&certificate)).await;
        let post = |sms: Arc<dyn Transport<SmsMessage>>| {
            Post::new(Parts {
                words: Words::french(&Fund::builtin("tg").expect("built in")),
                key: CodeKey::new([7; 32]),
                book: Arc::new(MemoryBook::new()),
                sms: Some(sms),
                mail: Some(Arc::new(
                    Mailer::new(&mail::settings(relay.port, &certificate)).expect("a relay"),
                )),
                ways: Ways::both(),
                resend_unknown: 1,
            })
        };
        let by_web = post(Arc::new(gateway(PROFILE, web.port)));
        let books = store(1, vec![notice(0x7a, 1)]).await;
        for hour in 0..3 {
            let now = DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
            assert_eq!(deliver_waiting(&books, &by_web, now, 100).await, Ok(0));
        }
        let operator = Peer::start("smsc.mjs", json!({ "drop": 1 }), None).await;
        let sender = Sender::parse("CNSS").expect("a sender");
        let settings = smpp::Settings::new("localhost", operator.port, "cnss", "secret", sender);
        let (line, _receipts) = Smpp::start(settings);
        assert!(line.bound(Duration::from_secs(60)).await);
        let by_operator = post(Arc::new(line));
        assert_eq!(
            deliver_waiting(&books, &by_operator, DateTime::UNIX_EPOCH + TimeDelta::hours(9), 100).await,
            Ok(0)
        );
    });
    for told in [
        "00000000007a",
        "sms: HTTP 200: +… … … … … and … are barred; email: the relay answered 450",
        "it may have left",
        "sent again, it may arrive twice",
        "bound to the operator",
        "not connected to the operator",
    ] {
        assert!(log.contains(told), "{told} in {log}");
    }
    for untold in
        ["90112233", "90 11 22 33", "Afi", "Lawson", "afi1", "122000", "122 000", "DNR-", "s3cret", "secret"]
    {
        assert!(!log.contains(untold), "{untold} in {log}");
    }
}

#[test]
fn a_log_names_notices_and_nobody() {
    let page = Page::default();
    let writer = page.clone();
    let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    tracing::subscriber::with_default(log, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let store = store(1, vec![notice(0x7a, 1), notice(0x7b, 1)]).await;
            let failing = Unreliable { failing: vec![0x7a, 0x7b], ..Unreliable::default() };
            assert_eq!(deliver_waiting(&store, &failing, DateTime::UNIX_EPOCH, 100).await, Ok(0));
            let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
            let console = ConsoleCourier::new(Channel::Email);
            assert_eq!(deliver_waiting(&store, &console, later, 100).await, Ok(2));
        });
    });
    let log = String::from_utf8(page.0.lock().expect("sound").clone()).expect("text");
    for told in ["00000000007a", "declaration-filed", "channel=\"email\"", "550 … (…) unknown"] {
        assert!(log.contains(told), "{told} in {log}");
    }
    for untold in ["Afi", "Lawson", "afi1@", "122000", "122 000", "DNR-", "secret"] {
        assert!(!log.contains(untold), "{untold} in {log}");
    }
}
