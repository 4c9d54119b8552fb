//! E-mail against a relay of another author.

use std::time::Duration;

use cnss_core::id::NoticeId;
use cnss_core::person::Email;
use cnss_sms::Authorities;
use cnss_sms::mail::{Mailer, Security, Settings};
use cnss_sms::transport::{MailMessage, Outcome, Transport as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::peer::{Certificate, Peer};

pub fn settings(port: u16, certificate: &Certificate) -> Settings {
    let authority = certificate.authority.as_bytes();
    Settings {
        host: "localhost".to_owned(),
        port,
        security: Security::StartTls,
        authorities: Authorities::of_machine().with_pem(authority).expect("a certificate"),
        login: None,
        from: "Caisse nationale <ne-pas-repondre@cnss.example>".to_owned(),
        timeout: Duration::from_secs(20),
    }
}

async fn relay(behaviour: Value) -> (Peer, Certificate) {
    let certificate = Certificate::new();
    (Peer::start("mailbox.mjs", behaviour, Some(&certificate)).await, certificate)
}

fn mail(n: u128, subject: &str, text: &str) -> MailMessage {
    MailMessage {
        id: NoticeId(Uuid::from_u128(n)),
        to: Email::parse("afi@example.tg").expect("an address"),
        subject: subject.to_owned(),
        text: text.to_owned(),
    }
}

const HANDED: Outcome = Outcome::Handed { references: Vec::new() };

fn failed(again: bool, why: &str) -> Outcome {
    Outcome::Failed { again, why: why.to_owned() }
}

#[tokio::test]
async fn a_mail_in_two_forms_over_an_encrypted_connection() {
    let (mut peer, certificate) = relay(json!({ "login": ["cnss", "secret"] })).await;
    let login = Some(("cnss".to_owned(), "secret".to_owned()));
    let mailer = Mailer::new(&Settings { login, ..settings(peer.port, &certificate) }).expect("a relay");
    let text = "Bonjour Afi <Lawson> & fils,\n\nVotre compte est à jour.\n.\nQUIT\n";
    assert_eq!(mailer.hand(&mail(7, "Déclaration déposée\r\nBcc: espion@example.tg", text)).await, HANDED);
    let login = peer.event("login").await;
    assert_eq!(
        (&login["sound"], &login["secure"]),
        (&json!(true), &json!(true)),
        "the password went encrypted"
    );
    let received = peer.event("mail").await;
    assert_eq!(received["to"], json!(["afi@example.tg"]), "nobody else");
    assert_eq!(
        (&received["from"], &received["secure"]),
        (&json!("ne-pas-repondre@cnss.example"), &json!(true))
    );
    let raw = received["mail"].as_str().expect("a mail");
    for expected in [
        "Message-ID: <00000000-0000-0000-0000-000000000007@cnss.example>\r\n",
        "multipart/alternative",
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
        "\r\n.\r\nQUIT\r\n",
        "Afi &lt;Lawson&gt; &amp; fils,",
    ] {
        assert!(raw.contains(expected), "{expected:?} in {raw}");
    }
    assert!(!raw.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{raw}");
    // The second mail goes over the same connection, once the first has given it back.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mailer.hand(&mail(8, "Deux", "Bonjour")).await, HANDED);
    assert!(peer.event_within("connected", Duration::from_millis(300)).await.is_none());
}

#[tokio::test]
async fn never_in_the_clear_unless_the_fund_says_so() {
    let (mut peer, certificate) = relay(json!({ "encrypted": false })).await;
    let strict = Mailer::new(&settings(peer.port, &certificate)).expect("a relay");
    let outcome = strict.hand(&mail(1, "Un", "Bonjour")).await;
    assert!(matches!(&outcome, Outcome::Failed { again: true, .. }), "{outcome:?}");
    let plain = Settings { security: Security::Plain, ..settings(peer.port, &certificate) };
    assert_eq!(Mailer::new(&plain).expect("a relay").hand(&mail(2, "Deux", "Bonjour")).await, HANDED);
    let received = peer.event("mail").await;
    assert!(received["mail"].as_str().expect("a mail").contains("Subject: Deux"), "the first never left");
    // A stranger's certificate is no encryption.
    let (peer, _) = relay(json!({})).await;
    let other = Certificate::new();
    let outcome =
        Mailer::new(&settings(peer.port, &other)).expect("a relay").hand(&mail(3, "Trois", "x")).await;
    assert!(matches!(&outcome, Outcome::Failed { again: true, .. }), "{outcome:?}");
}

#[tokio::test]
async fn refusals_say_whether_to_try_again() {
    let (mut peer, certificate) = relay(json!({ "refuse": 550, "login": ["cnss", "secret"] })).await;
    let with = |password: &str| {
        let login = Some(("cnss".to_owned(), password.to_owned()));
        Mailer::new(&Settings { login, ..settings(peer.port, &certificate) }).expect("a relay")
    };
    let (right, wrong) = (with("secret"), with("wrong"));
    assert_eq!(right.hand(&mail(1, "Un", "Bonjour")).await, failed(false, "the relay answered 550"));
    assert_eq!(wrong.hand(&mail(2, "Deux", "Bonjour")).await, failed(true, "the relay answered 535"));
    peer.set(json!({ "refuse": 451 })).await;
    assert_eq!(right.hand(&mail(3, "Trois", "Bonjour")).await, failed(true, "the relay answered 451"));
    peer.set(json!({ "refuse": null })).await;
    assert_eq!(right.hand(&mail(3, "Trois", "Bonjour")).await, HANDED);
}

#[tokio::test]
async fn a_lost_answer_leaves_two_mails_that_are_known_for_one() {
    let (mut peer, certificate) = relay(json!({ "lose": 1 })).await;
    let mailer = Mailer::new(&settings(peer.port, &certificate)).expect("a relay");
    let outcome = mailer.hand(&mail(1, "Un", "Bonjour")).await;
    assert!(matches!(&outcome, Outcome::Failed { again: true, .. }), "{outcome:?}");
    assert_eq!(mailer.hand(&mail(1, "Un", "Bonjour")).await, HANDED);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let received = peer.event("mail").await;
        let raw = received["mail"].as_str().expect("a mail").to_owned();
        ids.push(raw.lines().find(|line| line.starts_with("Message-ID: ")).expect("an identity").to_owned());
    }
    assert_eq!(ids.first(), ids.last());
}

#[tokio::test]
async fn a_relay_that_never_answers_has_an_end() {
    let (peer, certificate) = relay(json!({ "silent": true })).await;
    let hasty = Settings { timeout: Duration::from_secs(2), ..settings(peer.port, &certificate) };
    let mailer = Mailer::new(&hasty).expect("a relay");
    let mail_one = mail(1, "Un", "Bonjour");
    let outcome =
        tokio::time::timeout(Duration::from_secs(60), mailer.hand(&mail_one)).await.expect("an end");
    assert_eq!(outcome, failed(true, "the relay did not answer in time"));
    let port = peer.port;
    drop(peer);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let gone = Mailer::new(&settings(port, &certificate)).expect("a relay").hand(&mail(2, "Deux", "x")).await;
    assert_eq!(gone, failed(true, "the relay cannot be reached"));
}
