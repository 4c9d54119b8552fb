//! A notice goes by two ways, each once; and the whole way from the outbox to a phone and a mailbox.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::account::CodeKey;
use cnss_core::fund::Fund;
use cnss_core::id::NoticeId;
use cnss_core::notice::{Contacts, DeliveryStatus, Heard};
use cnss_core::port::{BoxFuture, Courier, CourierError, Reached};
use cnss_sms::book::{Book, Known, MemoryBook, keep_reports};
use cnss_sms::mail::Mailer;
use cnss_sms::post::{Parts, Post, Ways};
use cnss_sms::smpp::{Sender, Settings, Smpp};
use cnss_sms::transport::{MailMessage, Outcome, Report, SmsMessage, Transport};
use cnss_sms::{Channel, Words, deliver_waiting};
use serde_json::json;

use crate::peer::{Certificate, Peer};
use crate::world::{notice, reached, store, waiting};

/// Answers as it was told, one after another, then hands over; counts what it was given.
#[derive(Default)]
struct Scripted {
    answers: Mutex<Vec<Outcome>>,
    given: Mutex<Vec<u128>>,
}

impl Scripted {
    fn that(mut answers: Vec<Outcome>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), given: Mutex::default() })
    }

    fn take(&self, id: u128) -> Outcome {
        self.given.lock().expect("sound").push(id);
        let next = self.answers.lock().expect("sound").pop();
        next.unwrap_or(Outcome::Handed { references: vec![format!("r{id}")] })
    }

    fn given(&self) -> usize {
        self.given.lock().expect("sound").len()
    }
}

impl Transport<SmsMessage> for Scripted {
    fn hand<'a>(&'a self, message: &'a SmsMessage) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(self.take(message.id.0.as_u128())))
    }
}

impl Transport<MailMessage> for Scripted {
    fn hand<'a>(&'a self, message: &'a MailMessage) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(self.take(message.id.0.as_u128())))
    }
}

fn words() -> Words {
    Words::french(&Fund::builtin("tg").expect("built in"))
}

fn parts(sms: &Arc<Scripted>, mail: &Arc<Scripted>) -> Parts {
    Parts {
        words: words(),
        key: CodeKey::new([7; 32]),
        book: Arc::new(MemoryBook::new()),
        sms: Some(Arc::<Scripted>::clone(sms)),
        mail: Some(Arc::<Scripted>::clone(mail)),
        ways: Ways::both(),
        resend_unknown: 1,
    }
}

fn later(why: &str) -> Outcome {
    Outcome::Failed { again: true, why: why.to_owned() }
}

fn never(why: &str) -> Outcome {
    Outcome::Failed { again: false, why: why.to_owned() }
}

fn unknown() -> Outcome {
    Outcome::Unknown { why: "no answer".to_owned() }
}

#[tokio::test]
async fn the_way_that_failed_goes_again_and_the_other_does_not() {
    let (sms, mail) = (Scripted::that(vec![later("full"), later("full")]), Scripted::that(vec![]));
    let post = Post::new(parts(&sms, &mail));
    for _ in 0..2 {
        let error = post.carry(&reached(1), &notice(1, 1)).await.expect_err("not yet");
        assert_eq!((error.why.as_str(), error.again), ("sms: full", true));
        assert_eq!(mail.given(), 1);
    }
    post.carry(&reached(1), &notice(1, 1)).await.expect("carried");
    assert_eq!((sms.given(), mail.given()), (3, 1));
    post.carry(&reached(1), &notice(1, 1)).await.expect("carried already");
    assert_eq!((sms.given(), mail.given()), (3, 1), "a notice that comes again is not sent again");
}

#[tokio::test]
async fn one_way_that_will_never_do_does_not_stop_the_other() {
    let (sms, mail) = (Scripted::that(vec![never("barred")]), Scripted::that(vec![later("busy")]));
    let post = Post::new(parts(&sms, &mail));
    assert!(post.carry(&reached(1), &notice(1, 1)).await.expect_err("not yet").again);
    post.carry(&reached(1), &notice(1, 1)).await.expect("carried by the other");
    assert_eq!((sms.given(), mail.given()), (1, 2));
    let (sms, mail) = (Scripted::that(vec![never("barred")]), Scripted::that(vec![never("550")]));
    let error = Post::new(parts(&sms, &mail)).carry(&reached(1), &notice(1, 1)).await.expect_err("never");
    assert_eq!((error.why.as_str(), error.again), ("sms: barred; email: 550", false));
}

#[tokio::test]
async fn what_may_have_left_goes_again_once_and_no_more() {
    for (resend, given) in [(0, 1), (1, 2), (3, 4)] {
        let (sms, mail) = (Scripted::that(vec![unknown(); 9]), Scripted::that(vec![]));
        let (book, ways) =
            (Arc::new(MemoryBook::new()), Ways::new(BTreeSet::from([Channel::Sms]), BTreeMap::new()));
        let kept: Arc<dyn Book> = Arc::<MemoryBook>::clone(&book);
        let post = Post::new(Parts { resend_unknown: resend, book: kept, ways, ..parts(&sms, &mail) });
        for _ in 0..resend {
            let error = post.carry(&reached(1), &notice(1, 1)).await.expect_err("not yet");
            assert_eq!((error.why.as_str(), error.again), ("sms: it may have left (no answer)", true));
        }
        for _ in 0..3 {
            post.carry(&reached(1), &notice(1, 1)).await.expect("left as it is");
        }
        assert_eq!((sms.given(), mail.given()), (given, 0));
        let known = book.known(notice(1, 1).id, Channel::Sms).await.expect("known");
        assert_eq!(known.status, DeliveryStatus::Sent, "unknown is on its way");
    }
}

#[tokio::test]
async fn each_kind_goes_as_the_fund_asks_and_who_cannot_be_reached_is_told() {
    let (sms, mail) = (Scripted::that(vec![]), Scripted::that(vec![]));
    let by_key = BTreeMap::from([("declaration-filed".to_owned(), BTreeSet::from([Channel::Email]))]);
    let ways = Ways::new(BTreeSet::from([Channel::Sms]), by_key);
    let post = Post::new(Parts { ways, ..parts(&sms, &mail) });
    post.carry(&reached(1), &notice(1, 1)).await.expect("carried");
    assert_eq!((sms.given(), mail.given()), (0, 1));
    let nobody = Reached::Contacts(Contacts::default());
    let error = post.carry(&nobody, &notice(2, 1)).await.expect_err("no way");
    assert_eq!((error.why.as_str(), error.again), ("there is no way to reach the holder", false));
}

#[tokio::test]
async fn who_is_not_known_yet_is_reached_wherever_he_said() {
    let (sms, mail) = (Scripted::that(vec![]), Scripted::that(vec![]));
    let ways = Ways::new(BTreeSet::from([Channel::Email]), BTreeMap::new());
    let post = Post::new(Parts { ways, ..parts(&sms, &mail) });
    let phone = Contacts { phone: reached(1).phone().cloned(), email: None };
    post.carry(&Reached::Contacts(phone), &notice(1, 1)).await.expect("carried");
    assert_eq!((sms.given(), mail.given()), (1, 0));
}

#[tokio::test]
async fn an_end_by_receipt_is_an_end_for_the_post() {
    let (sms, mail) = (Scripted::that(vec![]), Scripted::that(vec![later("busy")]));
    let book = Arc::new(MemoryBook::new());
    let kept: Arc<dyn Book> = Arc::<MemoryBook>::clone(&book);
    let post = Post::new(Parts { book: kept, ..parts(&sms, &mail) });
    assert!(post.carry(&reached(1), &notice(1, 1)).await.is_err());
    let heard = Heard::Failed { why: "EXPIRED".to_owned() };
    book.report(Channel::Sms, &Report { reference: "r1".to_owned(), heard }).await.expect("kept");
    post.carry(&reached(1), &notice(1, 1)).await.expect("the mail went");
    assert_eq!((sms.given(), mail.given()), (1, 2));
}

/// Knows nothing and cannot be written.
struct NoBook;

impl Book for NoBook {
    fn known(&self, _: NoticeId, _: Channel) -> BoxFuture<'_, Result<Known, CourierError>> {
        Box::pin(std::future::ready(Ok(Known::default())))
    }

    fn keep<'a>(
        &'a self,
        _: NoticeId,
        _: Channel,
        _: &'a Outcome,
    ) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(std::future::ready(Err(CourierError::later("no room"))))
    }

    fn report<'a>(&'a self, _: Channel, _: &'a Report) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(std::future::ready(Err(CourierError::later("no room"))))
    }
}

#[tokio::test]
async fn a_book_that_cannot_be_written_makes_nobody_be_told_twice() {
    let (sms, mail) = (Scripted::that(vec![]), Scripted::that(vec![]));
    let post = Post::new(Parts { book: Arc::new(NoBook), ..parts(&sms, &mail) });
    post.carry(&reached(1), &notice(1, 1)).await.expect("both ways have it");
    assert_eq!((sms.given(), mail.given()), (1, 1));
}

fn now(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// From the outbox to a phone and a mailbox of other authors, with a line that dies on the way.
#[tokio::test]
async fn from_the_outbox_to_a_phone_and_a_mailbox() {
    let certificate = Certificate::new();
    let mut operator = Peer::start("smsc.mjs", json!({ "receipt": "DELIVRD", "drop": 2 }), None).await;
    let mut mailbox = Peer::start("mailbox.mjs", json!({}), Some(&certificate)).await;
    let sender = Sender::parse("CNSS Togo").expect("a sender");
    let settings = Settings {
        reconnect_pause: Duration::from_millis(50),
        ..Settings::new("localhost", operator.port, "cnss", "secret", sender)
    };
    let (smpp, reports) = Smpp::start(settings);
    assert!(smpp.bound(Duration::from_secs(60)).await);
    let book = Arc::new(MemoryBook::new());
    let keeper = Arc::clone(&book);
    tokio::spawn(async move { keep_reports(reports, keeper.as_ref(), Channel::Sms).await });
    let kept: Arc<dyn Book> = Arc::<MemoryBook>::clone(&book);
    let post = Post::new(Parts {
        words: words(),
        key: CodeKey::new([7; 32]),
        book: kept,
        sms: Some(Arc::new(smpp)),
        mail: Some(Arc::new(
            Mailer::new(&crate::mail::settings(mailbox.port, &certificate)).expect("a relay"),
        )),
        ways: Ways::both(),
        resend_unknown: 1,
    });
    let store = store(1, (1..=3).map(|n| notice(n, 1)).collect()).await;
    assert_eq!(deliver_waiting(&store, &post, now(0), 10).await, Ok(2), "the line died at the second");
    assert_eq!(waiting(&store).await, [2]);
    assert_eq!(deliver_waiting(&store, &post, now(60), 10).await, Ok(1));
    assert!(waiting(&store).await.is_empty());
    let mut texts = Vec::new();
    for _ in 0..4 {
        texts.push(operator.event("submitted").await["submitted"].as_str().expect("a text").to_owned());
    }
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 3, "four submissions of three messages: {texts:?}");
    for _ in 0..3 {
        mailbox.event("mail").await;
    }
    assert!(mailbox.event_within("mail", Duration::from_millis(300)).await.is_none(), "no mail went twice");
    for n in 1..=3 {
        let mut known = book.known(notice(n, 1).id, Channel::Sms).await.expect("known");
        for _ in 0..1_000 {
            if known.status == DeliveryStatus::Delivered {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            known = book.known(notice(n, 1).id, Channel::Sms).await.expect("known");
        }
        assert_eq!(known.status, DeliveryStatus::Delivered, "notice {n}");
    }
}
