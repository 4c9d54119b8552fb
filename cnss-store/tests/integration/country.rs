//! A generated country is sound: the same rows on either engine, every check of the books passes, and
//! commits go on after it.

use cnss_core::decision::{Batch, Change};
use cnss_core::id::{BatchId, EntryId};
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use cnss_core::money::Money;
use cnss_core::port::Store as _;
use cnss_store::generator::{Country, employer_id, insured_id};
use cnss_store::{Options, open};
use uuid::Uuid;

use crate::groups::franc;

async fn generated(url: &str) {
    let store = open(url, Options::new(franc())).await.expect("opens");
    let country = Country { insured: 90, employers: 7, months: 12, lists: 120 };
    let rows = store.generate(country).await.expect("generated");
    // Employers and their accounts, persons, staff twice, declarations and one more, lines, months, then trail, entries,
    // two postings each, references, disputes, notices.
    let expected = 7 * 2 + 120 + 90 + 120 + 7 * 4 + 1 + 120 + 90 * 12 + 120 * 7;
    assert_eq!(rows, expected);
    let faults: Vec<_> = store.check().await.expect("checked").faults.into_iter().collect();
    assert!(faults.is_empty(), "{faults:?}");

    let whose = employer_id(0);
    assert_eq!(store.staff(whose, None, 1_000).await.expect("read").len(), 120);
    let (from, to) = ("2014-01".parse().expect("a month"), "2014-12".parse().expect("a month"));
    assert_eq!(store.career(insured_id(89), from, to, 100).await.expect("read").len(), 12);
    assert_eq!(store.dead_notices(i64::MIN, 1_000).await.expect("read").len(), 120);

    let now = chrono::DateTime::from_timestamp(1_700_000_000, 0).expect("an instant");
    let amount = Money::from_minor(500, franc()).expect("an amount");
    let entry =
        Entry::blank(EntryId(Uuid::from_u128(1)), whose, EntryKind::Assessment, now.date_naive(), now);
    let postings = vec![
        Posting { account: LedgerAccount::Bank, amount },
        Posting { account: LedgerAccount::Deposit, amount: amount.negated() },
    ];
    let entry = entry.with_postings(postings).expect("balanced");
    let batch = Batch::of(BatchId(Uuid::from_u128(2)), vec![Change::PostEntry(entry)], now);
    store.commit(batch).await.expect("books that go on");
    let balance = store.balance(whose, &LedgerAccount::Bank, now).await.expect("read").expect("there");
    assert_eq!(balance.to_minor(), Ok(120 * 1_000 + 500));
    store.generate(country).await.expect_err("never into books that are not empty");
}

#[tokio::test]
async fn a_generated_country_is_sound_on_sqlite() {
    generated("sqlite::memory:").await;
}

#[tokio::test]
async fn a_generated_country_is_sound_on_postgres() {
    generated(&crate::server::database()).await;
}
