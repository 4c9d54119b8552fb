//! Commits in groups say and keep what the same commits one by one do: random batches, many of which
//! want the same keys, references and accounts, go to the reference store in their order and to an
//! engine all at once.
//!
//! `CNSS_LONG=1` runs longer; `CNSS_SEED` one seed again.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cnss_core::conformance::AnyStore;
use cnss_core::decision::{Batch, Change, Expect, Receipt};
use cnss_core::employer::Employer;
use cnss_core::id::{AccountId, BatchId, EmployerId, EntryId, NoticeId, RequestKey, Version};
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use cnss_core::memory::MemoryStore;
use cnss_core::money::{Currency, Money};
use cnss_core::notice::{Message, Notice};
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Dispute, DisputeReason, Issued, Paid, Reference};
use cnss_core::port::{CommitError, Store as _};
use cnss_store::Options;
use uuid::Uuid;

use crate::audit::account;

const EMPLOYERS: u64 = 5;
/// Fewer than the 31 values of a sign.
const REFERENCES: u64 = 30;
const KEYS: u64 = 60;

/// A plain generator (splitmix64): one seed, one course of events.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.below(u64::MAX)) << 64 | u128::from(self.below(u64::MAX)))
    }
}

pub fn franc() -> Currency {
    Currency::new("XOF", 0).expect("a currency")
}

fn money(minor: u64) -> Money {
    Money::from_minor(i64::try_from(minor).expect("small"), franc()).expect("an amount")
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("an instant")
}

fn employer(n: u64) -> EmployerId {
    EmployerId(Uuid::from_u128(u128::from(n) + 1))
}

fn reference(n: u64) -> Reference {
    Reference::drawn(Uuid::from_u128(u128::from(n)))
}

fn posting(dice: &mut Dice, whose: EmployerId, of: Option<Reference>) -> Entry {
    let kind = if of.is_some() { EntryKind::Payment } else { EntryKind::Assessment };
    let mut entry = Entry::blank(EntryId(dice.uuid()), whose, kind, now().date_naive(), now());
    entry.reference = of.map(|reference| reference.to_string());
    let amount = money(dice.below(1_000_000) + 1);
    let postings = vec![
        Posting { account: LedgerAccount::Bank, amount },
        Posting { account: LedgerAccount::Deposit, amount: amount.negated() },
    ];
    entry.with_postings(postings).expect("balanced")
}

fn receipt(dice: &mut Dice) -> Option<Receipt> {
    let key = RequestKey(Uuid::from_u128(u128::from(dice.below(KEYS)) + 1));
    let receipt = Receipt { key, account: None, digest: [7; 32], answer: dice.uuid().to_string() };
    (dice.below(4) > 0).then_some(receipt)
}

async fn batch(dice: &mut Dice, memory: &MemoryStore) -> Batch {
    let mut batch = Batch::of(BatchId(dice.uuid()), Vec::new(), now());
    let whose = employer(dice.below(EMPLOYERS));
    let of = reference(dice.below(REFERENCES));
    match dice.below(12) {
        0..=4 => {
            let entry = posting(dice, whose, Some(of));
            let paid = Paid {
                entry: entry.id,
                bank: BankCode::parse("ecobank").expect("a code"),
                transaction: dice.uuid().to_string(),
                paid_on: now().date_naive(),
            };
            batch.expects = vec![Expect::Unpaid(of)];
            batch.changes = vec![Change::PostEntry(entry), Change::CreditReference(of, paid)];
            let told = Message::PaymentReceived {
                amount: "1".to_owned(),
                reference: of.to_string(),
                receipt: "Q".to_owned(),
            };
            batch.notices = vec![Notice {
                id: NoticeId(dice.uuid()),
                to: AccountId(Uuid::from_u128(9)).into(),
                message: told,
            }];
        }
        5 => batch.changes = vec![Change::PostEntry(posting(dice, whose, None))],
        6..=7 => {
            // What it saw may have moved by the time it is its turn.
            let seen = memory.employer(whose).await.expect("read").expect("there").version;
            let seen = Version(seen.0 + i64::try_from(dice.below(2)).expect("small"));
            batch.expects = vec![Expect::Employer(whose, seen)];
            let other = employer(dice.below(EMPLOYERS));
            batch.changes = vec![
                Change::PostEntry(posting(dice, whose, None)),
                Change::PostEntry(posting(dice, other, None)),
            ];
        }
        8..=9 => {
            batch.changes = vec![Change::IssueReference(Issued {
                reference: of,
                employer: whose,
                amount: money(dice.below(1_000_000) + 1),
                issued_at: now(),
                issued_on: now().date_naive(),
                expires_on: None,
                issued_by: AccountId(Uuid::from_u128(9)),
                paid: None,
            })];
        }
        _ => {
            let notice = BankNotice {
                bank: BankCode::parse("ecobank").expect("a code"),
                transaction: dice.uuid().to_string(),
                reference: None,
                reference_text: "?".to_owned(),
                amount: money(5),
                paid_on: now().date_naive(),
                status: BankStatus::Paid,
            };
            let reason = DisputeReason::UnknownReference;
            batch.changes =
                vec![Change::RecordDispute(Dispute { id: dice.uuid(), notice, reason, received_at: now() })];
        }
    }
    batch.receipt = receipt(dice);
    batch
}

async fn register(store: &dyn cnss_core::port::Store) {
    let register = |n: u64| {
        Change::RegisterEmployer(Employer {
            id: employer(n),
            number: format!("EMP-{n:04}").parse().expect("a number"),
            name: cnss_core::person::Name::parse("Société").expect("a name"),
            category: "salaried".to_owned(),
            registered_on: now().date_naive(),
        })
    };
    let mut all: Vec<Change> = (0..EMPLOYERS).map(register).collect();
    all.push(Change::OpenAccount(account(9)));
    store.commit(Batch::of(BatchId(Uuid::from_u128(1)), all, now())).await.expect("registered");
}

/// What the books say of everything that the batches touched; places differ between stores, the
/// order within one account does not.
async fn books(store: &dyn cnss_core::port::Store) -> Vec<String> {
    let mut said = Vec::new();
    for n in 0..EMPLOYERS {
        let seen = store.employer(employer(n)).await.expect("read").expect("there");
        said.push(format!("account {n} at {}", seen.version.0));
        let mut after = i64::MIN;
        loop {
            let page = store.entries(employer(n), after, 1_000).await.expect("read");
            said.extend(page.iter().map(|(_, entry)| format!("{entry:?}")));
            let Some((last, _)) = page.last() else { break };
            after = *last;
        }
        for account in [LedgerAccount::Bank, LedgerAccount::Deposit] {
            said.push(format!("{:?}", store.balance(employer(n), &account, now()).await.expect("read")));
        }
    }
    for n in 0..REFERENCES {
        said.push(format!("{:?}", store.reference(reference(n)).await.expect("read")));
    }
    for n in 0..KEYS {
        let key = RequestKey(Uuid::from_u128(u128::from(n) + 1));
        said.push(format!("{:?}", store.receipt(key).await.expect("read")));
    }
    let mut disputes: Vec<_> =
        store.disputes(i64::MIN, 1_000).await.expect("read").into_iter().map(|(_, d)| d.id).collect();
    disputes.sort_unstable();
    let mut notices: Vec<_> =
        store.waiting_notices(1_000).await.expect("read").into_iter().map(|n| n.id).collect();
    notices.sort_unstable();
    let untraced = store.untraced_entries(10).await.expect("read");
    said.push(format!("{disputes:?} {notices:?} {untraced:?}"));
    said
}

/// How often merging could have gone wrong and did not: without any of these the test proves nothing.
#[derive(Debug, Default)]
struct Seen {
    done: u32,
    stale: u32,
    taken: u32,
    key_taken: u32,
}

impl Seen {
    fn count(&mut self, said: &Result<(), CommitError>) {
        match said {
            Ok(()) => self.done += 1,
            Err(CommitError::Stale) => self.stale += 1,
            Err(CommitError::KeyTaken) => self.key_taken += 1,
            Err(CommitError::Taken(_)) => self.taken += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn some(dice: &mut Dice, memory: &MemoryStore) -> Vec<Batch> {
    let mut batches = Vec::new();
    for _ in 0..=dice.below(60) {
        batches.push(batch(dice, memory).await);
    }
    batches
}

/// Commits all of them at once; all are in the queue before its leader, a task of this thread, takes
/// the first.
async fn at_once(store: &AnyStore, batches: &[Batch]) -> Vec<Result<(), CommitError>> {
    let mut all = tokio::task::JoinSet::new();
    for (place, one) in batches.iter().cloned().enumerate() {
        let store = Arc::clone(store);
        all.spawn(async move { (place, store.commit(one).await) });
    }
    let mut said = all.join_all().await;
    said.sort_by_key(|(place, _)| *place);
    said.into_iter().map(|(_, said)| said).collect()
}

/// A file has one writer: the order of the queue is the order of the books.
async fn in_their_order(store: AnyStore, seed: u64, seen: &mut Seen) {
    let memory = MemoryStore::new();
    register(&memory).await;
    register(&*store).await;
    let mut dice = Dice(seed);
    for round in 0..6 {
        let batches = some(&mut dice, &memory).await;
        let mut expected = Vec::new();
        for one in batches.clone() {
            expected.push(memory.commit(one).await);
        }
        let got = at_once(&store, &batches).await;
        for ((got, expected), batch) in got.iter().zip(&expected).zip(&batches) {
            assert_eq!(got, expected, "seed {seed}, round {round}: {batch:?}");
            seen.count(got);
        }
        assert_eq!(books(&*store).await, books(&memory).await, "seed {seed}, round {round}");
    }
}

/// Why a batch cannot be committed now, said without trying.
async fn refused(memory: &MemoryStore, batch: &Batch) -> Option<CommitError> {
    if let Some(receipt) = &batch.receipt
        && memory.receipt(receipt.key).await.expect("read").is_some()
    {
        return Some(CommitError::KeyTaken);
    }
    for expect in &batch.expects {
        let holds = match expect {
            Expect::Employer(id, version) => {
                memory.employer(*id).await.expect("read").is_some_and(|seen| seen.version == *version)
            }
            Expect::Unpaid(of) => {
                memory.reference(*of).await.expect("read").is_some_and(|known| known.paid.is_none())
            }
            _ => panic!("not among these batches"),
        };
        if !holds {
            return Some(CommitError::Stale);
        }
    }
    for change in &batch.changes {
        if let Change::IssueReference(issued) = change
            && memory.reference(issued.reference).await.expect("read").is_some()
        {
            return Some(CommitError::Taken("payment_reference"));
        }
    }
    None
}

async fn explain(memory: &MemoryStore, left: &[(Batch, CommitError)], explained: &mut BTreeSet<BatchId>) {
    for (batch, error) in left {
        if refused(memory, batch).await.as_ref() == Some(error) {
            explained.insert(batch.id);
        }
    }
}

/// On a server a group that failed is tried again while others go on: the order is another, but it is
/// one. The reference store is given what was committed in the order of the audit trail, and must
/// take all of it, end with the same books, and agree that the rest could not be done.
async fn in_some_order(store: AnyStore, seed: u64, seen: &mut Seen) {
    let memory = MemoryStore::new();
    register(&memory).await;
    register(&*store).await;
    let mut dice = Dice(seed);
    let mut after = store.unsealed_lines(i64::MIN, 10).await.expect("read").last().expect("one").0;
    for round in 0..6 {
        let batches = some(&mut dice, &memory).await;
        let got = at_once(&store, &batches).await;
        let mut left: Vec<(Batch, CommitError)> = Vec::new();
        let mut done = Vec::new();
        for (batch, said) in batches.into_iter().zip(got) {
            seen.count(&said);
            match said {
                Ok(()) => done.push(batch),
                Err(error) => left.push((batch, error)),
            }
        }
        let mut explained = BTreeSet::new();
        explain(&memory, &left, &mut explained).await;
        for (place, line) in store.unsealed_lines(after, 1_000).await.expect("read") {
            after = place;
            let at = done.iter().position(|batch| batch.id == line.batch).expect("a line for what was done");
            let batch = done.swap_remove(at);
            assert_eq!(memory.commit(batch.clone()).await, Ok(()), "seed {seed}, round {round}: {batch:?}");
            explain(&memory, &left, &mut explained).await;
        }
        assert!(done.is_empty(), "acknowledged and not there: {done:?}");
        left.retain(|(batch, _)| !explained.contains(&batch.id));
        assert!(left.is_empty(), "seed {seed}, round {round}: in this order none of these: {left:?}");
        assert_eq!(books(&*store).await, books(&memory).await, "seed {seed}, round {round}");
    }
}

fn seeds(short: u64) -> Vec<u64> {
    if let Some(seed) = std::env::var("CNSS_SEED").ok().and_then(|text| text.parse().ok()) {
        return vec![seed];
    }
    let count = if std::env::var("CNSS_LONG").is_ok_and(|v| v == "1") { short * 50 } else { short };
    (1..=count).collect()
}

fn all_kinds(seen: &Seen) {
    assert!(seen.done > 20 && seen.stale > 20 && seen.taken > 3 && seen.key_taken > 3, "{seen:?}");
}

#[tokio::test]
async fn a_group_says_what_one_by_one_says_on_sqlite() {
    let mut seen = Seen::default();
    for seed in seeds(6) {
        let store = cnss_store::open("sqlite::memory:", Options::new(franc())).await.expect("opens");
        in_their_order(Arc::new(store), seed, &mut seen).await;
    }
    all_kinds(&seen);
}

#[tokio::test]
async fn a_group_says_what_one_by_one_says_on_postgres() {
    let mut seen = Seen::default();
    for seed in seeds(4) {
        let url = crate::server::database();
        let store = cnss_store::open(&url, Options::new(franc())).await.expect("opens");
        in_some_order(Arc::new(store.clone()), seed, &mut seen).await;
        store.close().await;
        crate::server::drop(&url);
    }
    all_kinds(&seen);
}

#[tokio::test]
async fn a_client_that_hangs_up_at_once_changes_nothing() {
    let store = cnss_store::open("sqlite::memory:", Options::new(franc())).await.expect("opens");
    register(&store).await;
    let mut dice = Dice(3);
    for _ in 0..100 {
        let entry = posting(&mut dice, employer(0), None);
        let commit = store.commit(Batch::of(BatchId(dice.uuid()), vec![Change::PostEntry(entry)], now()));
        // Polled once, then dropped.
        let heard = tokio::time::timeout(std::time::Duration::ZERO, commit).await;
        assert!(heard.is_err() || heard == Ok(Ok(())));
    }
    store.written().await;
    let entries = store.entries(employer(0), i64::MIN, 1_000).await.expect("read");
    assert_eq!(entries.len(), 100, "what was begun is finished, whoever listens");
}
