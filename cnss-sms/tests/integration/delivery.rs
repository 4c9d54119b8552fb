//! What waits is carried once; what fails stays, and stops nobody.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::account::{
    Account, AccountChange, Challenge, ChallengeState, CodeKey, Purpose, Source, State,
};
use cnss_core::decision::{Batch, Change};
use cnss_core::fund::Fund;
use cnss_core::id::{AccountId, BatchId, ChallengeId, NoticeId, Version};
use cnss_core::memory::MemoryStore;
use cnss_core::notice::{Addressee, Contacts, Message, Notice, TRIES_MAX};
use cnss_core::person::Email;
use cnss_core::port::{BoxFuture, Courier, CourierError, Reached, Store as _};
use cnss_sms::{RecordingCourier, Words, deliver_waiting};
use uuid::Uuid;

use crate::world::{notice, reached, store, waiting};

/// Fails for some notices, and counts every notice that it carried.
#[derive(Default)]
pub struct Unreliable {
    pub failing: Vec<u128>,
    pub carried: Mutex<Vec<u128>>,
}

impl Courier for Unreliable {
    fn carry<'a>(&'a self, to: &'a Reached, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(async move {
            let id = notice.id.0.as_u128();
            if self.failing.contains(&id) {
                let holder = to.holder().map_or("nobody", |holder| holder.as_str());
                let email = to.email().expect("an address");
                return Err(CourierError::later(format!("550 {email} ({holder}) unknown")));
            }
            self.carried.lock().expect("sound").push(id);
            Ok(())
        })
    }
}

fn now(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn words() -> Words {
    Words::french(&Fund::builtin("tg").expect("built in"))
}

#[tokio::test]
async fn a_failure_is_tried_again_later_and_stops_nobody() {
    let store = store(2, (1..=5).map(|n| notice(n, 1 + n % 2)).collect()).await;
    let mut courier = Unreliable { failing: vec![1, 4], ..Unreliable::default() };
    assert_eq!(deliver_waiting(&store, &courier, now(0), 100).await, Ok(3));
    assert_eq!(waiting(&store).await, [1, 4]);
    assert_eq!(deliver_waiting(&store, &courier, now(9), 100).await, Ok(0), "the pause is not over");
    courier.failing = vec![4];
    assert_eq!(deliver_waiting(&store, &courier, now(10), 100).await, Ok(1));
    assert_eq!(waiting(&store).await, [4]);
    assert_eq!(*courier.carried.lock().expect("sound"), [2, 3, 5, 1], "each once, the oldest first");
}

#[tokio::test]
async fn what_nobody_takes_is_given_up_after_a_day_and_kept() {
    let store = store(1, vec![notice(1, 1), notice(2, 9)]).await;
    let courier = Unreliable { failing: vec![1], ..Unreliable::default() };
    let mut seconds = 0;
    let mut tried = 0;
    while !waiting(&store).await.is_empty() {
        assert_eq!(deliver_waiting(&store, &courier, now(seconds), 100).await, Ok(0));
        seconds += 6 * 3_600;
        tried += 1;
        assert!(tried <= TRIES_MAX, "it must end");
    }
    assert_eq!(tried, TRIES_MAX);
    let dead = store.dead_notices(i64::MIN, 10).await.expect("read");
    let said: Vec<_> = dead.iter().map(|(_, d)| (d.notice.id.0.as_u128(), d.tries, d.why.as_str())).collect();
    assert_eq!(said, [(1, TRIES_MAX, "550 … (…) unknown"), (2, TRIES_MAX, "the account is not there")]);
}

/// Takes a while for each, and knows how many wait for it at most.
#[derive(Default)]
struct Slow {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Courier for Slow {
    fn carry<'a>(&'a self, _: &'a Reached, _: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(async {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_slow_gateway_is_waited_for_by_many_at_once() {
    let store = store(1, (1..=40).map(|n| notice(n, 1)).collect()).await;
    // In a task of its own, as a portal does.
    let task = tokio::spawn(async move {
        let courier = Slow::default();
        let carried = deliver_waiting(&store, &courier, now(0), 100).await;
        (carried, waiting(&store).await, courier.most.load(Ordering::SeqCst))
    });
    assert_eq!(task.await.expect("no panic"), (Ok(40), Vec::new(), 16));
}

#[tokio::test]
async fn what_will_never_go_is_given_up_at_once() {
    struct Never;
    impl Courier for Never {
        fn carry<'a>(&'a self, to: &'a Reached, _: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
            Box::pin(async move {
                Err(CourierError::never(format!("no such number, {}", to.holder().expect("a name"))))
            })
        }
    }
    let store = store(1, vec![notice(1, 1)]).await;
    assert_eq!(deliver_waiting(&store, &Never, now(0), 100).await, Ok(0));
    assert!(waiting(&store).await.is_empty());
    let dead = store.dead_notices(i64::MIN, 10).await.expect("read");
    let said: Vec<_> = dead.iter().map(|(_, d)| (d.tries, d.why.as_str())).collect();
    assert_eq!(said, [(1, "no such number, …")]);
}

#[tokio::test]
async fn no_more_than_asked_for() {
    let store = store(1, (1..=5).map(|n| notice(n, 1)).collect()).await;
    let courier = Unreliable::default();
    assert_eq!(deliver_waiting(&store, &courier, now(0), 2).await, Ok(2));
    assert_eq!(waiting(&store).await, [3, 4, 5]);
}

#[tokio::test]
async fn an_inbox_shows_the_newest_first_and_each_once() {
    let courier = RecordingCourier::new(words(), CodeKey::new([7; 32]));
    let store = store(2, (1..=4).map(|n| notice(n, 1 + n % 2)).collect()).await;
    assert_eq!(deliver_waiting(&store, &courier, now(0), 100).await, Ok(4));
    courier.carry(&reached(1), &notice(2, 1)).await.expect("carried again");
    let inbox = courier.inbox(AccountId(Uuid::from_u128(1)));
    assert_eq!(inbox.iter().map(|m| m.notice.0.as_u128()).collect::<Vec<_>>(), [4, 2]);
    let newest = inbox.first().expect("a message");
    assert_eq!(newest.key, "declaration-filed");
    assert!(newest.texts.sms.text().contains("2 travailleurs, 4 000 F CFA"), "{}", newest.texts.sms.text());
    assert!(!format!("{newest:?} {courier:?}").contains("Afi"), "nobody is named in a log");
}

/// A challenge whose code, the second one, is good for an hour.
fn challenge(state: ChallengeState) -> Challenge {
    Challenge {
        id: ChallengeId(Uuid::from_u128(77)),
        purpose: Purpose::Recover(None),
        email: Email::parse("inconnu@example.tg").ok(),
        phone: None,
        source: Source([1; 8]),
        made_at: now(0),
        sent_at: now(0),
        expires_at: now(3_600),
        generation: 2,
        attempts: 0,
        sent: 2,
        state,
        version: Version(1),
    }
}

fn typed() -> Contacts {
    Contacts { email: Email::parse("inconnu@example.tg").ok(), phone: None }
}

fn code(n: u128, generation: u32) -> Notice {
    let (challenge, purpose) = (ChallengeId(Uuid::from_u128(77)), "sign_up".to_owned());
    let message = Message::Code { challenge, generation, digits: 6, purpose, minutes: 60 };
    Notice { id: NoticeId(Uuid::from_u128(n)), to: Addressee::Contacts(typed()), message }
}

async fn keep(store: &MemoryStore, challenge: Challenge) {
    let change = Change::Account(AccountChange::SaveChallenge(challenge));
    let batch = Batch::of(BatchId(Uuid::from_u128(2)), vec![change], now(0));
    store.commit(batch).await.expect("committed");
}

/// A code goes where it was asked, and stands in no outbox.
#[tokio::test]
async fn a_code_is_derived_when_it_leaves() {
    let (key, id) = (CodeKey::new([7; 32]), ChallengeId(Uuid::from_u128(77)));
    let right = key.code(id, 2, 6).reveal().to_owned();
    let store = store(0, vec![code(1, 2), code(2, 2)]).await;
    keep(&store, challenge(ChallengeState::Open)).await;
    let outbox = format!("{:?}", store.waiting_notices(10).await.expect("read"));
    assert!(!outbox.contains(&right), "{outbox}");
    let courier = RecordingCourier::new(words(), key.clone());
    assert_eq!(deliver_waiting(&store, &courier, now(3_599), 100).await, Ok(2));
    let said: Vec<_> = courier.all();
    for message in &said {
        assert!(message.texts.sms.text().contains(&right), "{}", message.texts.sms.text());
        assert!(message.texts.body.starts_with("Bonjour,\n"), "{}", message.texts.body);
        assert_eq!((message.to, &message.at), (None, &typed()));
    }
    assert_eq!(said.len(), 2);
    let refused = Unreliable { failing: vec![9], ..Unreliable::default() };
    let error = refused.carry(&Reached::Contacts(typed()), &code(9, 2)).await.expect_err("refused");
    assert_eq!(Reached::Contacts(typed()).hidden_in(&error.why), "550 … (nobody) unknown");
}

/// Whatever makes a code useless keeps it from leaving, the first time or after a failure; nobody need
/// look at it.
#[tokio::test]
async fn a_code_of_no_use_is_not_sent() {
    let open = ChallengeState::Open;
    for (state, generation, at, goes) in [
        (Some(open), 2, 0, true),
        (Some(open), 2, 3_599, true),
        (Some(open), 2, 3_600, false),
        (Some(open), 1, 0, false),
        (Some(ChallengeState::Confirmed), 2, 0, false),
        (Some(ChallengeState::Spent), 2, 0, false),
        (Some(ChallengeState::Closed), 2, 0, false),
        (None, 2, 0, false),
    ] {
        let store = store(1, vec![code(1, generation), notice(2, 1)]).await;
        if let Some(state) = state {
            keep(&store, challenge(state)).await;
        }
        let courier = Unreliable::default();
        let carried = deliver_waiting(&store, &courier, now(at), 100).await;
        assert_eq!(carried, Ok(1 + usize::from(goes)), "{state:?}, generation {generation}, after {at} s");
        let all = if goes { vec![1, 2] } else { vec![2] };
        assert_eq!(*courier.carried.lock().expect("sound"), all);
        assert_eq!(waiting(&store).await, []);
        assert_eq!(store.dead_notices(i64::MIN, 10).await.expect("read"), []);
    }
    let store = store(0, vec![code(1, 2)]).await;
    keep(&store, challenge(open)).await;
    let mut courier = Unreliable { failing: vec![1], ..Unreliable::default() };
    assert_eq!(deliver_waiting(&store, &courier, now(3_590), 100).await, Ok(0));
    assert_eq!(waiting(&store).await, [1], "it is due again after its end");
    courier.failing.clear();
    assert_eq!(deliver_waiting(&store, &courier, now(3_601), 100).await, Ok(0));
    assert_eq!(waiting(&store).await, []);
}

/// A first password that opens nothing any more is not told; while its account waits for an agent it is.
#[tokio::test]
async fn a_first_password_of_no_use_is_not_sent() {
    let waiting_since = || State::Waiting { since: now(0), told: Vec::new() };
    for (until, state, at, goes) in [
        (Some(3_600), State::Active, 3_599, true),
        (Some(3_600), State::Active, 3_600, false),
        (Some(3_600), waiting_since(), 3_600, true),
        (None, State::Active, 0, false),
    ] {
        let challenge = ChallengeId(Uuid::from_u128(77));
        let message = Message::FirstPassword { login: "710040".to_owned(), challenge, hours: 1 };
        let id = NoticeId(Uuid::from_u128(1));
        let first = Notice { id, to: AccountId(Uuid::from_u128(1)).into(), message };
        let store = store(1, vec![first, notice(2, 1)]).await;
        let account = store.account(AccountId(Uuid::from_u128(1))).await.expect("read").expect("there");
        let shown = format!("{until:?} {state:?} after {at} s");
        let account = Account { password_until: until.map(now), state, ..account };
        let save = vec![Change::Account(AccountChange::Save(account))];
        store.commit(Batch::of(BatchId(Uuid::from_u128(3)), save, now(0))).await.expect("committed");
        let courier = Unreliable::default();
        let carried = deliver_waiting(&store, &courier, now(at), 100).await;
        assert_eq!(carried, Ok(1 + usize::from(goes)), "{shown}");
        assert_eq!(courier.carried.lock().expect("sound").contains(&1), goes, "{shown}");
        assert_eq!(waiting(&store).await, []);
        assert_eq!(store.dead_notices(i64::MIN, 10).await.expect("read"), [], "nobody need look");
    }
}

#[tokio::test]
async fn an_inbox_is_bounded() {
    let courier = RecordingCourier::new(words(), CodeKey::new([7; 32]));
    for n in 1..=1_003 {
        courier.carry(&reached(1), &notice(n, 1)).await.expect("carried");
    }
    let all = courier.all();
    assert_eq!((all.len(), all.first().map(|m| m.notice.0.as_u128())), (1_000, Some(4)));
}
