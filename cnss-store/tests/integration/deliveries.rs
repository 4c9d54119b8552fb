//! What became of a message: whatever order the news come in, they end the same.

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::id::NoticeId;
use cnss_core::money::Currency;
use cnss_core::notice::{DeliveryStatus, Heard};
use cnss_core::port::{AccountStore as _, Forget};
use cnss_store::{Handing, Options, SqlStore, open};
use uuid::Uuid;

const fn notice(n: u128) -> NoticeId {
    NoticeId(Uuid::from_u128(n))
}

fn at(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + days)
}

fn failed(why: &str) -> Heard {
    Heard::Failed { why: why.to_owned() }
}

fn names(all: &[&str]) -> Handing {
    Handing::Has(all.iter().map(|name| (*name).to_owned()).collect())
}

async fn holds(store: &SqlStore) {
    let status = async |n| store.delivery(notice(n), "sms").await.expect("read").status;
    let report = async |name: &str, heard: Heard| {
        store.report_delivery("sms", name, &heard, at(0)).await.expect("kept");
    };
    assert_eq!(status(1).await, DeliveryStatus::Queued, "nobody was told");
    // The answer with the names of two parts, and a report on each: in every order, each once or twice.
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (n, (order, second)) in (1..).zip(orders.iter().flat_map(|o| [(o, None), (o, Some("EXPIRED"))])) {
        let (one, two) = (format!("{n}-1"), format!("{n}-2"));
        for step in order.iter().chain(order) {
            match step {
                0 => {
                    let handing = names(&[&one, &two]);
                    store.keep_delivery(notice(n), "sms", handing, at(0)).await.expect("kept");
                }
                1 => report(&one, Heard::Delivered).await,
                _ => report(&two, second.map_or(Heard::Delivered, failed)).await,
            }
        }
        report(&two, Heard::HandedOver).await;
        let end =
            second.map_or(DeliveryStatus::Delivered, |why| DeliveryStatus::Failed { why: why.to_owned() });
        assert_eq!(status(n).await, end, "{order:?}");
        let mail = store.delivery(notice(n), "email").await.expect("read");
        assert_eq!(mail.status, DeliveryStatus::Queued, "another way knows nothing of it");
    }
    // One part of two is not the whole.
    store.keep_delivery(notice(50), "sms", names(&["50-1", "50-2"]), at(0)).await.expect("kept");
    report("50-1", Heard::Delivered).await;
    assert_eq!(status(50).await, DeliveryStatus::Sent);
    // What may have left is counted, and is on its way.
    for _ in 0..2 {
        store.keep_delivery(notice(51), "sms", Handing::Unanswered, at(0)).await.expect("kept");
    }
    let known = store.delivery(notice(51), "sms").await.expect("read");
    assert_eq!((known.status, known.unanswered), (DeliveryStatus::Sent, 2));
    let barred = Handing::Refused("barred".to_owned());
    store.keep_delivery(notice(51), "sms", barred, at(0)).await.expect("kept");
    store.keep_delivery(notice(51), "sms", Handing::Unanswered, at(0)).await.expect("kept");
    assert_eq!(status(51).await, DeliveryStatus::Failed { why: "barred".to_owned() }, "an end stays");
    // A gateway gives a name a second time, to another message.
    store.keep_delivery(notice(52), "sms", names(&["again"]), at(0)).await.expect("kept");
    report("again", Heard::Delivered).await;
    store.keep_delivery(notice(53), "sms", names(&["again"]), at(0)).await.expect("kept");
    assert_eq!((status(52).await, status(53).await), (DeliveryStatus::Delivered, DeliveryStatus::Sent));
    report("again", failed("EXPIRED")).await;
    let ends = (status(52).await, status(53).await);
    assert_eq!(ends, (DeliveryStatus::Delivered, DeliveryStatus::Failed { why: "EXPIRED".to_owned() }));
    // After three months nobody asks.
    assert_eq!(store.forget(Forget::at(at(90))).await, Ok(0));
    assert!(store.forget(Forget::at(at(91))).await.expect("swept") > 0);
    assert_eq!(status(1).await, DeliveryStatus::Queued);
}

fn franc() -> Options {
    Options::new(Currency::new("XOF", 0).expect("a currency"))
}

#[tokio::test]
async fn in_a_file_every_order_of_the_same_news_ends_the_same() {
    holds(&open("sqlite::memory:", franc()).await.expect("opens")).await;
}

#[tokio::test]
async fn on_a_server_every_order_of_the_same_news_ends_the_same() {
    holds(&open(&crate::server::database(), franc()).await.expect("opens")).await;
}
