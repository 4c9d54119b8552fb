//! The line of a commit says what was done, to whom by identity alone, and changes with any of it.

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::access::Subject;
use cnss_core::account::{Account, Login};
use cnss_core::audit::{AuditLine, line, seal};
use cnss_core::decision::{Batch, Change, Receipt};
use cnss_core::id::{AccountId, BatchId, EmployerId, EntryId, InsuredId, RequestKey};
use cnss_core::insured::Insured;
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use cnss_core::money::{Currency, Money};
use cnss_core::person::{Email, Name, Sex};
use uuid::Uuid;

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 123_456_789).expect("an instant")
}

fn person(n: u128) -> Change {
    Change::RegisterInsured(Insured {
        id: InsuredId(Uuid::from_u128(n)),
        number: "00710040".parse().expect("a number"),
        surname: Name::parse("Lawson").expect("a name"),
        forenames: Name::parse("Afi").expect("a name"),
        sex: Sex::Female,
        birth_date: at().date_naive(),
        registered_on: at().date_naive(),
    })
}

fn login() -> Change {
    Change::OpenAccount(Account::new(
        AccountId(Uuid::from_u128(3)),
        Login::email(&Email::parse("afi@example.tg").expect("an address")),
        "$argon2id$secret".to_owned(),
        Subject::Insured(InsuredId(Uuid::from_u128(1))),
        Name::parse("Afi Lawson").expect("a name"),
    ))
}

fn entry(n: u128, minor: i64, reference: &str) -> Entry {
    let employer = EmployerId(Uuid::from_u128(9));
    let day = at().date_naive();
    let mut entry = Entry::blank(EntryId(Uuid::from_u128(n)), employer, EntryKind::Payment, day, at());
    entry.reference = Some(reference.to_owned());
    let franc = Currency::new("XOF", 0).expect("a currency");
    let money = |minor| Money::from_minor(minor, franc).expect("an amount");
    let postings = vec![
        Posting { account: LedgerAccount::Bank, amount: money(minor) },
        Posting { account: LedgerAccount::Deposit, amount: money(-minor) },
    ];
    entry.with_postings(postings).expect("balanced")
}

fn batch(changes: Vec<Change>) -> Batch {
    Batch::of(BatchId(Uuid::from_u128(77)), changes, at())
}

fn of(batch: &Batch) -> AuditLine {
    line(batch).expect("a line")
}

#[test]
fn a_line_names_nobody() {
    let said = of(&batch(vec![person(1), login(), Change::PostEntry(entry(5, 100, "ABCDE-FGHJK"))]));
    for personal in ["Lawson", "Afi", "afi@", "argon2", "710040"] {
        assert!(!said.what.contains(personal), "{personal}: {}", said.what);
    }
    let named: Vec<&str> = said.what.split("; ").filter_map(|item| item.split(' ').next()).collect();
    assert_eq!(named, ["register-insured", "open-account", "post-entry"]);
    assert!(said.what.contains(&Uuid::from_u128(5).to_string()), "{}", said.what);
}

#[test]
fn whatever_is_other_gives_another_digest() {
    let whole = batch(vec![person(1), Change::PostEntry(entry(5, 100, "R"))]);
    let receipt =
        |account| Receipt { key: RequestKey(Uuid::nil()), account, digest: [0; 32], answer: String::new() };
    let changed = |change: &dyn Fn(&mut Batch)| {
        let mut other = whole.clone();
        change(&mut other);
        of(&other).digest
    };
    let digests = [
        of(&whole).digest,
        changed(&|b| b.id = BatchId(Uuid::from_u128(78))),
        changed(&|b| b.at += TimeDelta::microseconds(1)),
        changed(&|b| b.receipt = Some(receipt(Some(AccountId(Uuid::from_u128(3)))))),
        changed(&|b| b.changes = vec![person(2), Change::PostEntry(entry(5, 100, "R"))]),
        changed(&|b| b.changes = vec![person(1)]),
        changed(&|b| b.changes = vec![person(1), Change::PostEntry(entry(5, 101, "R"))]),
        changed(&|b| b.changes = vec![person(1), Change::PostEntry(entry(6, 100, "R"))]),
        changed(&|b| b.changes = vec![person(1), Change::PostEntry(entry(5, 100, "R\""))]),
        changed(&|b| b.changes.push(Change::PostEntry(entry(6, 100, "S")))),
    ];
    for (i, digest) in digests.iter().enumerate() {
        assert!(!digests.iter().skip(i + 1).any(|other| other == digest), "digest {i} is another's");
    }
    // What no store keeps is no part of it: less than a microsecond.
    assert_eq!(changed(&|b| b.at += TimeDelta::nanoseconds(1)), of(&whole).digest);
}

#[test]
fn a_great_batch_has_a_short_line_that_names_every_entry() {
    let people = (0..5_000).map(person);
    let entries = (10_000..10_300).map(|n| Change::PostEntry(entry(n, 1, &n.to_string())));
    let said = of(&batch(people.chain(entries).collect()));
    assert_eq!(said.what.matches("post-entry ").count(), 300);
    assert_eq!(said.what.matches("register-insured ").count(), 200);
    assert!(said.what.ends_with("and 4800 more"));
}

#[test]
fn a_seal_holds_the_order_and_the_seal_before() {
    let lines: Vec<AuditLine> =
        (1..=3).map(|n| of(&Batch::of(BatchId(Uuid::from_u128(n)), vec![person(n)], at()))).collect();
    let first = seal(None, &lines, at());
    assert_eq!((first.number, first.lines), (1, 3));
    let mut moved = lines.clone();
    moved.swap(0, 2);
    assert_ne!(seal(None, &moved, at()).digest, first.digest);
    let second = seal(Some(&first), &lines, at());
    assert_eq!(second.number, 2);
    let mut forged = first.clone();
    forged.digest = [0; 32];
    assert_ne!(seal(Some(&forged), &lines, at()).digest, second.digest);
}
