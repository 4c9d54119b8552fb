//! A notice that cannot be read does not keep the others from being sent, and ends with the dead.

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::decision::{Batch, Change};
use cnss_core::id::{AccountId, BatchId, NoticeId};
use cnss_core::notice::{Addressee, Contacts, Delivery, Lease, Message, Notice, TRIES_MAX};
use cnss_core::person::Email;
use cnss_core::port::{Forget, Store as _};
use cnss_store::{Options, SqlStore, open};
use uuid::Uuid;

use crate::audit::{Intruder, account, file, franc};

const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

async fn tell(store: &SqlStore, n: u128) {
    let message = Message::PaymentReceived {
        amount: "500".to_owned(),
        reference: "7K3M9-QXF2A".to_owned(),
        receipt: "Q-7K3M9-QXF2A".to_owned(),
    };
    let notice =
        Notice { id: NoticeId(Uuid::from_u128(n)), to: AccountId(Uuid::from_u128(9)).into(), message };
    let mut batch = Batch::of(BatchId(Uuid::from_u128(100 + n)), Vec::new(), START);
    batch.notices = vec![notice];
    store.commit(batch).await.expect("committed");
}

async fn take(store: &SqlStore, now: DateTime<Utc>) -> Vec<u128> {
    let lease = Lease { now, until: now + TimeDelta::seconds(1), limit: 100 };
    let taken = store.take_notices(lease).await.expect("taken");
    taken.into_iter().map(|taken| taken.notice.id.0.as_u128()).collect()
}

async fn the_others_are_sent(url: &str) {
    let store = open(url, Options::new(franc())).await.expect("opens");
    let known = vec![Change::OpenAccount(account(9))];
    store.commit(Batch::of(BatchId(Uuid::from_u128(99)), known, START)).await.expect("committed");
    for n in 1..=3 {
        tell(&store, n).await;
    }
    let mut intruder = Intruder::into(url).await;
    intruder
        .run("UPDATE outbox SET notice = '{\"key\":\"of another version\"}' WHERE notice_id = {e2}")
        .await;
    assert_eq!(take(&store, START).await, [1, 3]);
    let waiting = store.waiting_notices(10).await.expect("read");
    assert_eq!(waiting.len(), 2, "and those that wait are listed");
    // It is tried as often as any, half a day apart here, and then given up.
    for day in 1..i32::try_from(TRIES_MAX).expect("few") {
        assert_eq!(store.measures().await.expect("read").outbox_dead, 0, "after {day} tries");
        assert_eq!(take(&store, START + TimeDelta::hours(12) * day).await, [1, 3]);
    }
    let measures = store.measures().await.expect("read");
    assert_eq!((measures.outbox_waiting, measures.outbox_dead), (2, 1));
    assert_eq!(store.dead_notices(0, 10).await.expect("what can be read is"), []);
    store.close().await;
}

#[tokio::test]
async fn in_a_file_one_that_cannot_be_read_stops_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    the_others_are_sent(&file(&folder, 1)).await;
}

#[tokio::test]
async fn on_a_server_one_that_cannot_be_read_stops_no_other() {
    the_others_are_sent(&crate::server::database()).await;
}

/// What went to contacts is gone a day later, with what was typed; what went to an account stays.
async fn typed_contacts_are_forgotten(url: &str) {
    let store = open(url, Options::new(franc())).await.expect("opens");
    let known = vec![Change::OpenAccount(account(9))];
    store.commit(Batch::of(BatchId(Uuid::from_u128(99)), known, START)).await.expect("committed");
    tell(&store, 1).await;
    let typed = |n: u128| {
        let to =
            Addressee::Contacts(Contacts { email: Email::parse("inconnu@example.tg").ok(), phone: None });
        Notice { id: NoticeId(Uuid::from_u128(n)), to, message: Message::SignUpImpossible }
    };
    let mut batch = Batch::of(BatchId(Uuid::from_u128(50)), Vec::new(), START);
    batch.notices = (2..=4).map(typed).collect();
    store.commit(batch).await.expect("committed");
    assert_eq!(take(&store, START).await, [1, 2, 3, 4]);
    for n in 1..=2 {
        store.settle_notice(NoticeId(Uuid::from_u128(n)), Delivery::Sent(START)).await.expect("settled");
    }
    let expired = Delivery::Expired("late".to_owned());
    store.settle_notice(NoticeId(Uuid::from_u128(3)), expired).await.expect("settled");
    let forget = |days| store.accounts().expect("kept").forget(Forget::at(START + TimeDelta::days(days)));
    assert_eq!(forget(1).await, Ok(0), "a day is not over");
    assert_eq!(forget(2).await, Ok(2), "the sent one and the one of no use");
    assert_eq!(forget(90).await, Ok(0));
    assert_eq!(forget(91).await, Ok(1), "the one that nobody carried");
    assert_eq!(store.waiting_notices(10).await, Ok(Vec::new()));
    store.close().await;
    let mut intruder = Intruder::into(url).await;
    // Fails where nothing is changed: the account's is still there.
    intruder.run("UPDATE outbox SET due_at = due_at WHERE notice_id = {e1}").await;
}

#[tokio::test]
async fn in_a_file_typed_contacts_are_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    typed_contacts_are_forgotten(&file(&folder, 1)).await;
}

#[tokio::test]
async fn on_a_server_typed_contacts_are_forgotten() {
    typed_contacts_are_forgotten(&crate::server::database()).await;
}
