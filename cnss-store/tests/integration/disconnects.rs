//! Clients that hang up in the middle, at any point, thousands of times, while others pay: nothing that
//! was acknowledged is lost, nothing is booked twice, and no session stays inside a transaction.
//!
//! sqlx-postgres 0.9.0 gives a connection back inside an open transaction when `begin()` is
//! cancelled; the next writes on it are acknowledged and never committed. `CNSS_LONG=1` runs longer.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cnss_core::decision::{Batch, Change, Entropy, Moment};
use cnss_core::desk::Desk;
use cnss_core::employer::Employer;
use cnss_core::fund::Fund;
use cnss_core::id::{AccountId, BatchId, EmployerId};
use cnss_core::money::Money;
use cnss_core::notice::Lease;
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Issued, Received, Reference};
use cnss_core::port::Store as _;
use cnss_store::{Options, SqlStore};
use cnss_test_postgres::{Disk, Server};
use uuid::Uuid;

use crate::audit::account;
use crate::groups::{Dice, franc};

const EMPLOYERS: u64 = 40;
const CLIENTS: u64 = 24;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("an instant")
}

fn moment(n: u64) -> Moment {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&n.to_be_bytes());
    Moment { now: now(), today: now().date_naive(), entropy: Entropy::new(seed) }
}

/// Another one for each number: a sign of a reference has 31 values in 5 bits.
fn reference(n: u64) -> Reference {
    let signs = [n % 31, n / 31 % 31, n / 961 % 31, n / 29_791 % 31];
    let bits = signs.into_iter().rev().fold(0_u128, |bits, sign| bits << 5 | u128::from(sign));
    Reference::drawn(Uuid::from_u128(bits))
}

fn amount() -> Money {
    Money::from_minor(1_000, franc()).expect("an amount")
}

fn notice(n: u64) -> BankNotice {
    BankNotice {
        bank: BankCode::parse("ecobank").expect("a code"),
        transaction: format!("T{n}"),
        reference: Some(reference(n)),
        reference_text: reference(n).to_string(),
        amount: amount(),
        paid_on: now().date_naive(),
        status: BankStatus::Paid,
    }
}

async fn seed(store: &SqlStore, payments: u64) {
    let employer = |n: u64| Employer {
        id: EmployerId(Uuid::from_u128(u128::from(n) + 1)),
        number: format!("EMP-{n:04}").parse().expect("a number"),
        name: cnss_core::person::Name::parse("Société").expect("a name"),
        category: "salaried".to_owned(),
        registered_on: now().date_naive(),
    };
    let mut changes: Vec<Change> = (0..EMPLOYERS).map(|n| Change::RegisterEmployer(employer(n))).collect();
    changes.push(Change::OpenAccount(account(9)));
    changes.extend((0..payments).map(|n| {
        Change::IssueReference(Issued {
            reference: reference(n),
            employer: EmployerId(Uuid::from_u128(u128::from(n % EMPLOYERS) + 1)),
            amount: amount(),
            issued_at: now(),
            issued_on: now().date_naive(),
            expires_on: None,
            issued_by: AccountId(Uuid::from_u128(9)),
            paid: None,
        })
    }));
    for (n, part) in (1_u128..).zip(changes.chunks(400)) {
        let batch = Batch::of(BatchId(Uuid::from_u128(n)), part.to_vec(), now());
        store.commit(batch).await.expect("issued");
    }
}

/// Polls a future so many times, then lets go of it; what it said, if it came so far.
async fn cut_off<T>(work: impl Future<Output = T>, after: u64) -> Option<T> {
    let mut work = pin!(work);
    let mut polls = 0;
    std::future::poll_fn(move |context| {
        polls += 1;
        match work.as_mut().poll(context) {
            Poll::Ready(said) => Poll::Ready(Some(said)),
            Poll::Pending if polls > after => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_hang_up_lose_nothing() {
    let long = std::env::var("CNSS_LONG").is_ok_and(|v| v == "1");
    let payments: u64 = if long { 60_000 } else { 2_000 };
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("books").expect("a database");
    let options = Options::new(franc()).connections(6);
    let store = cnss_store::open(&url, options).await.expect("opens");
    seed(&store, payments).await;
    let fund = Arc::new(Fund::builtin("tg").expect("a fund"));
    let desk = Desk::new(Arc::new(store.clone()), fund);

    let (next, cut) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let (desk, store, next, cut) = (desk.clone(), store.clone(), Arc::clone(&next), Arc::clone(&cut));
        clients.spawn(async move {
            let mut dice = Dice(client);
            let mut acknowledged = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= payments {
                    return acknowledged;
                }
                // The bank says it again until it hears an answer, or gives up.
                for try_ in 0..3 {
                    let (notice, at) = (notice(n), moment(n * 8 + try_));
                    let after = dice.below(6);
                    match cut_off(desk.receive_payment(&notice, &at), after).await {
                        Some(said) => {
                            let said = said.expect("the books are there");
                            assert!(matches!(said, Received::Credited { .. }), "{n}: {said:?}");
                            acknowledged.push(n);
                            break;
                        }
                        None => cut.fetch_add(1, Ordering::Relaxed),
                    };
                }
                // Others of the portal's tasks are cut off too.
                let (until, after) = (now() + chrono::TimeDelta::minutes(5), dice.below(3));
                match dice.below(8) {
                    0 => {
                        drop(cut_off(store.take_notices(Lease { now: now(), until, limit: 3 }), after).await)
                    }
                    1 => drop(cut_off(store.seal_lines(now()), after).await),
                    2 => drop(cut_off(store.reference(reference(n)), after).await),
                    _ => {}
                }
            }
        });
    }
    let acknowledged: BTreeSet<u64> = clients.join_all().await.into_iter().flatten().collect();
    let cut = cut.load(Ordering::Relaxed);
    assert!(cut > payments / 2, "only {cut} clients hung up");

    // What is under way ends; then nobody is inside a transaction.
    store.written().await;
    let inside = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'books' AND state LIKE 'idle in tr%'";
    let end = tokio::time::Instant::now() + Duration::from_secs(5);
    while server.psql("books", inside).expect("asked") != "0" {
        assert!(tokio::time::Instant::now() < end, "a session stays inside a transaction");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What was acknowledged is there, as another session sees it, once.
    let paid = server
        .psql("books", "SELECT paid_transaction FROM payment_reference WHERE paid_entry IS NOT NULL")
        .expect("asked");
    let paid: BTreeSet<u64> =
        paid.lines().map(|line| line.trim_start_matches('T').parse().expect("a transaction")).collect();
    let lost: Vec<_> = acknowledged.difference(&paid).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");

    // No connection is lost: all of them can be used at once.
    let mut reads = tokio::task::JoinSet::new();
    for n in 0..6 {
        let store = store.clone();
        reads.spawn(async move { store.reference(reference(n)).await });
    }
    for read in reads.join_all().await {
        read.expect("a connection for each");
    }

    // The banks say all of it once more: every payment is credited, and none twice.
    for n in (0..payments).filter(|n| !acknowledged.contains(n)) {
        let said = desk.receive_payment(&notice(n), &moment(n * 8 + 7)).await.expect("said");
        assert!(matches!(said, Received::Credited { .. }), "{n}: {said:?}");
    }
    let counted = "SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM receipt), \
                   (SELECT count(*) FROM outbox), (SELECT sum(amount) FROM ledger_posting WHERE account = 'bank'), \
                   (SELECT sum(amount) FROM ledger_posting), (SELECT count(*) FROM payment_dispute), \
                   (SELECT count(*) FROM payment_reference WHERE paid_entry IS NULL)";
    let n = payments;
    let expected = format!("{n}|{n}|{n}|{}|0|0|0", n * 1_000);
    assert_eq!(server.psql("books", counted).expect("asked"), expected);
}
