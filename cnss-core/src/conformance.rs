//! What any store must do, as functions that a store's own tests call.
//!
//! ```ignore
//! cnss_core::store_conformance!(my_crate::fresh_store().await);
//! ```
//!
//! `fresh_store()` gives an empty store behind an `Arc<dyn Store>`. The macro makes one
//! `#[tokio::test]` of each promise, so none can be forgotten; the crate that uses it needs
//! `tokio` among its test dependencies. Every function panics where a promise is broken.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a broken promise must fail the test that asked for it"
)]

mod audit;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use self::audit::{keeps_balances, seals_each_line_once, seals_lines, traces_every_commit};
use crate::access::Subject;
use crate::account::{Account, Session, TokenHash};
use crate::calendar::{Month, Quarter, parse_date};
use crate::decision::{Batch, Change, Expect, RETURNED_HOURS, Receipt, ReturnedFile};
use crate::declaration::{Draft, Filed, Line, RawLine};
use crate::employer::{Employer, Employment, Redated};
use crate::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, NoticeId, RequestKey, ReturnedFileId,
    Seen, Version,
};
use crate::insured::{CareerMonth, Insured};
use crate::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use crate::money::{Currency, Money};
use crate::notice::{Delivery, Lease, Message, Notice};
use crate::payment::{BankCode, BankNotice, BankStatus, Dispute, DisputeReason, Issued, Paid, Reference};
use crate::person::{Email, Name, Sex};
use crate::port::{CommitError, Store};

/// Makes one test of each promise. The argument is an expression that gives a fresh store;
/// it may await.
#[macro_export]
macro_rules! store_conformance {
    ($fresh:expr) => {
        $crate::store_conformance!(@each $fresh;
            reads_what_was_written, commits_whole_or_not_at_all, refuses_stale_versions,
            answers_a_key_once, keeps_numbers_unique, one_of_many_writers_wins, pages_by_key,
            keeps_books_exactly, corrects_careers, hires_again, takes_back_dates, keeps_sessions,
            keeps_one_returned_file, deletes_old_returned_files, lists_drafts_without_lines,
            hands_out_notices, gives_a_notice_to_one, credits_a_reference_once, keeps_disputes,
            traces_every_commit, seals_lines, seals_each_line_once, keeps_balances);
    };
    (@each $fresh:expr; $($promise:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $promise() {
            $crate::conformance::$promise(&$fresh).await;
        }
    )+};
}

/// A store behind the trait.
pub type AnyStore = Arc<dyn Store>;

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000_i64.saturating_add(seconds), 123_456_000).expect("an instant")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn franc(minor: i64) -> Money {
    Money::from_minor(minor, Currency::new("XOF", 0).expect("a currency")).expect("an amount")
}

fn employer(n: u128) -> Employer {
    Employer {
        id: EmployerId(uuid(n)),
        number: format!("EMP-{n:04}").parse().expect("a number"),
        name: name("Société « L'Étoile » d'Aného"),
        category: "salaried".to_owned(),
        registered_on: parse_date("2014-02-28").expect("a date"),
    }
}

fn insured(n: u128, surname: &str) -> Insured {
    Insured {
        id: InsuredId(uuid(n)),
        number: format!("{n:06}").parse().expect("a number"),
        surname: name(surname),
        forenames: name("Afi Ésinam"),
        sex: Sex::Female,
        birth_date: parse_date("1972-02-29").expect("a date"),
        registered_on: parse_date("2014-03-01").expect("a date"),
    }
}

fn account(n: u128) -> Account {
    Account {
        id: AccountId(uuid(n)),
        login: Email::parse(&format!("personne{n}@example.tg")).expect("an address"),
        password_hash: "$argon2id$…".to_owned(),
        subject: Subject::Employer(EmployerId(uuid(1))),
        holder: name("Kossi N'Guissan"),
        attempts: 0,
        paused_until: None,
    }
}

fn batch(changes: Vec<Change>) -> Batch {
    // Each commit of a test has an identity of its own.
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    let n = DRAWN.fetch_add(1, Ordering::Relaxed);
    Batch::of(BatchId(uuid(u128::from(n))), changes, at(0))
}

fn quarter() -> Quarter {
    Quarter::new(2024, 1).expect("a quarter")
}

fn filed(n: u128, revision: u32) -> Filed {
    Filed {
        id: DeclarationId(uuid(n)),
        employer: EmployerId(uuid(1)),
        quarter: quarter(),
        revision,
        filed_at: at(0),
        filed_by: AccountId(uuid(1)),
        workers: 1,
        wages: franc(157_500),
        contributions: franc(49_613),
    }
}

fn line(row: u32, person: u128) -> Line {
    Line {
        row,
        insured: InsuredId(uuid(person)),
        number: format!("{person:06}").parse().expect("a number"),
        wages: [Some(52_500.into()), None, Some(1_000_000_000.into())],
        days: [None, None, Some(12)],
        hired_on: parse_date("2024-01-31").ok(),
        left_on: None,
        observation: Some("départ à l'étranger".into()),
    }
}

fn entry(n: u128, minor: i64) -> Entry {
    let mut entry = Entry::blank(
        EntryId(uuid(n)),
        EmployerId(uuid(1)),
        EntryKind::Assessment,
        parse_date("2024-02-15").expect("a date"),
        at(0),
    );
    entry.month = Month::new(2024, 1);
    entry.reference = Some("DNR-2024T1-É".to_owned());
    let debit =
        Posting { account: LedgerAccount::Receivable { scheme: "cnss".to_owned() }, amount: franc(minor) };
    let credit = Posting {
        account: LedgerAccount::Contribution {
            branch: "pension".to_owned(),
            payer: crate::fund::Payer::Worker,
        },
        amount: franc(-minor),
    };
    entry.with_postings(vec![debit, credit]).expect("balanced")
}

async fn commit(store: &AnyStore, changes: Vec<Change>) {
    store.commit(batch(changes)).await.expect("the batch is sound");
}

/// What was committed is read back the same: names with accents and apostrophes, leading
/// zeros, 29 February, microseconds.
pub async fn reads_what_was_written(store: &AnyStore) {
    commit(
        store,
        vec![
            Change::RegisterEmployer(employer(1)),
            Change::RegisterInsured(insured(7, "D'Almeida-Kpodar عائشة")),
            Change::OpenAccount(account(1)),
        ],
    )
    .await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    assert_eq!(seen.value, employer(1));
    let person = insured(7, "D'Almeida-Kpodar عائشة");
    assert_eq!(store.insured(person.id).await.expect("read"), Some(person.clone()));
    let unknown = "99".parse().expect("a number");
    assert_eq!(store.insured_by_numbers(&[unknown, person.number]).await.expect("read"), [person]);
    assert_eq!(store.account(AccountId(uuid(1))).await.expect("read"), Some(account(1)));
    assert_eq!(store.account_by_login(&account(1).login).await.expect("read"), Some(account(1)));
    assert_eq!(store.account_by_login(&account(2).login).await.expect("read"), None);
    let draft = Draft {
        employer: EmployerId(uuid(1)),
        quarter: quarter(),
        lines: vec![RawLine { cells: std::array::from_fn(|i| format!("« {i} » \u{202f}'\"")) }],
        saved_at: at(5),
    };
    let mut save = batch(vec![Change::SaveDraft(Seen { value: draft.clone(), version: Version(1) })]);
    save.expects.push(Expect::Draft(EmployerId(uuid(1)), quarter(), None));
    store.commit(save).await.expect("saved");
    let read = store.draft(EmployerId(uuid(1)), quarter()).await.expect("read");
    assert_eq!(read, Some(Seen { value: draft, version: Version(1) }));
}

/// When one change of a batch cannot be made, none is.
pub async fn commits_whole_or_not_at_all(store: &AnyStore) {
    commit(
        store,
        vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Akouété"))],
    )
    .await;
    let mut again = insured(8, "Akouété");
    again.number = insured(7, "Akouété").number;
    let half = batch(vec![
        Change::RegisterInsured(insured(9, "Bawa")),
        Change::PostEntry(entry(1, 100)),
        Change::RegisterInsured(again),
    ]);
    let error = store.commit(half).await.expect_err("the number is taken");
    assert_eq!(error, CommitError::Taken("insured_number"));
    assert_eq!(store.insured(InsuredId(uuid(9))).await.expect("read"), None, "half a batch was kept");
    assert!(
        store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").is_empty(),
        "half a batch was kept"
    );
}

/// What was seen at one version cannot be changed at another.
pub async fn refuses_stale_versions(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    let mut first = batch(vec![Change::PostEntry(entry(1, 100))]);
    first.expects.push(Expect::Employer(EmployerId(uuid(1)), seen.version));
    let mut second = batch(vec![Change::PostEntry(entry(2, 100))]);
    second.expects.clone_from(&first.expects);
    store.commit(first).await.expect("the first is in time");
    assert_eq!(store.commit(second).await, Err(CommitError::Stale));
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").len(), 1);
    let next = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    assert!(next.version > seen.version, "a change must show in the version");
    let draft =
        Draft { employer: EmployerId(uuid(1)), quarter: quarter(), lines: Vec::new(), saved_at: at(0) };
    let mut save = batch(vec![Change::SaveDraft(Seen { value: draft, version: Version(1) })]);
    save.expects.push(Expect::Draft(EmployerId(uuid(1)), quarter(), None));
    store.commit(save.clone()).await.expect("there was no draft");
    assert_eq!(store.commit(save).await, Err(CommitError::Stale), "there is one now");
    let mut drop = batch(vec![Change::DropDraft(EmployerId(uuid(1)), quarter())]);
    drop.expects.push(Expect::Draft(EmployerId(uuid(1)), quarter(), Some(Version(9))));
    assert_eq!(store.commit(drop).await, Err(CommitError::Stale));
}

/// A request key is taken by the first commit; the others learn so and change nothing.
pub async fn answers_a_key_once(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]).await;
    let receipt = Receipt {
        key: RequestKey(uuid(5)),
        account: Some(AccountId(uuid(1))),
        digest: [7; 32],
        answer: "reçu n° 1".to_owned(),
    };
    let mut once = batch(vec![Change::PostEntry(entry(1, 100))]);
    once.receipt = Some(receipt.clone());
    let mut twice = batch(vec![Change::PostEntry(entry(2, 100))]);
    twice.receipt = Some(Receipt { answer: "reçu n° 2".to_owned(), ..receipt.clone() });
    store.commit(once).await.expect("the first");
    assert_eq!(store.commit(twice).await, Err(CommitError::KeyTaken));
    assert_eq!(store.receipt(RequestKey(uuid(5))).await.expect("read"), Some(receipt));
    assert_eq!(store.receipt(RequestKey(uuid(6))).await.expect("read"), None);
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").len(), 1);
}

/// Numbers and logins are given once.
pub async fn keeps_numbers_unique(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]).await;
    let mut twin = employer(2);
    twin.number = employer(1).number;
    let error = store.commit(batch(vec![Change::RegisterEmployer(twin)])).await;
    assert_eq!(error, Err(CommitError::Taken("employer_number")));
    let mut other = account(2);
    other.login = account(1).login;
    assert_eq!(store.commit(batch(vec![Change::OpenAccount(other)])).await, Err(CommitError::Taken("login")));
    commit(store, vec![Change::FileDeclaration(filed(1, 1), Vec::new())]).await;
    let again = batch(vec![Change::FileDeclaration(filed(2, 1), Vec::new())]);
    assert_eq!(store.commit(again).await, Err(CommitError::Taken("declaration_revision")));
}

/// Of many who saw the same version, exactly one commits.
pub async fn one_of_many_writers_wins(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    let mut commits = Vec::new();
    for n in 0..8_u128 {
        let mut batch = batch(vec![Change::PostEntry(entry(n.saturating_add(100), 1))]);
        batch.expects.push(Expect::Employer(EmployerId(uuid(1)), seen.version));
        commits.push(store.commit(batch));
    }
    let mut won = 0;
    for result in join_all(commits).await {
        match result {
            Ok(()) => won += 1,
            Err(CommitError::Stale) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, 1, "exactly one writer wins");
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 100).await.expect("read").len(), 1);
}

/// Polls all futures in turn, so that they are under way at once; what they give comes in their order.
async fn join_all<T>(futures: Vec<crate::port::BoxFuture<'_, T>>) -> Vec<T> {
    use std::task::Poll;
    let mut done: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let mut waiting: Vec<_> = futures.into_iter().map(Some).collect();
    std::future::poll_fn(|context| {
        for (slot, done) in waiting.iter_mut().zip(&mut done) {
            let Some(future) = slot else { continue };
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
                *slot = None;
            }
        }
        if waiting.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Lists come in pages that neither repeat nor leave out, in the order of their key.
pub async fn pages_by_key(store: &AnyStore) {
    let mut changes = vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))];
    let mut staff = Vec::new();
    for n in 1..=25_u128 {
        changes.push(Change::RegisterInsured(insured(n.saturating_add(100), "Lawson")));
        staff.push(Employment {
            employer: EmployerId(uuid(1)),
            insured: InsuredId(uuid(n.saturating_add(100))),
            hired_on: parse_date("2020-01-01").expect("a date"),
            left_on: None,
        });
    }
    changes.push(Change::Employ(staff));
    let lines: Vec<Line> =
        (1..=25_u32).map(|n| line(n.saturating_add(5), u128::from(n).saturating_add(100))).collect();
    changes.push(Change::FileDeclaration(filed(1, 1), lines.clone()));
    commit(store, changes).await;
    let mut numbers = Vec::new();
    loop {
        let page = store.staff(EmployerId(uuid(1)), numbers.last().copied(), 10).await.expect("read");
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 10, "a page is never longer than asked");
        numbers.extend(page.into_iter().map(|m| m.number));
    }
    let expected: Vec<_> = (1..=25_u128).map(|n| insured(n.saturating_add(100), "x").number).collect();
    assert_eq!(numbers, expected);
    let mut read: Vec<Line> = Vec::new();
    loop {
        let after = read.last().map_or(0, |l| l.row);
        let page = store.lines(DeclarationId(uuid(1)), after, 10).await.expect("read");
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, lines);
}

/// Entries come back in the order of booking, to the last unit, up to 10^15.
pub async fn keeps_books_exactly(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let entries = [entry(1, 1), entry(2, 1_000_000_000_000_000), entry(3, 49_613)];
    for entry in &entries {
        commit(store, vec![Change::PostEntry(entry.clone())]).await;
    }
    let first = store.entries(EmployerId(uuid(1)), i64::MIN, 2).await.expect("read");
    let after = first.last().expect("two entries").0;
    let rest = store.entries(EmployerId(uuid(1)), after, 10).await.expect("read");
    let read: Vec<Entry> = first.into_iter().chain(rest).map(|(_, entry)| entry).collect();
    assert_eq!(read, entries);
}

/// A correction replaces what it names and takes away what it withdraws.
pub async fn corrects_careers(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Bawa"))])
        .await;
    let month = |number: u32, minor: i64, declaration: u128| CareerMonth {
        insured: InsuredId(uuid(7)),
        month: Month::new(2024, number).expect("a month"),
        employer: EmployerId(uuid(1)),
        declaration: DeclarationId(uuid(declaration)),
        category: "salaried".to_owned(),
        wage: franc(minor),
        days: (number == 2).then_some(29),
        employer_share: franc(17),
        worker_share: franc(4),
    };
    commit(store, vec![Change::OpenAccount(account(1)), Change::FileDeclaration(filed(1, 1), Vec::new())])
        .await;
    commit(store, vec![Change::FileDeclaration(filed(2, 2), Vec::new())]).await;
    commit(store, vec![Change::RecordCareer(vec![month(1, 100, 1), month(2, 100, 1), month(3, 100, 1)])])
        .await;
    let gone = (InsuredId(uuid(7)), Month::new(2024, 3).expect("a month"), EmployerId(uuid(1)));
    commit(store, vec![Change::RecordCareer(vec![month(2, 250, 2)]), Change::WithdrawCareer(vec![gone])])
        .await;
    let (from, to) = (Month::new(2023, 12).expect("a month"), Month::new(2024, 12).expect("a month"));
    let read = store.career(InsuredId(uuid(7)), from, to, 100).await.expect("read");
    assert_eq!(read, [month(1, 100, 1), month(2, 250, 2)]);
    let one = store.career(InsuredId(uuid(7)), from, to, 1).await.expect("read");
    assert_eq!(one, [month(1, 100, 1)]);
}

/// Somebody who left and is hired again is on the staff again.
pub async fn hires_again(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Bawa"))])
        .await;
    let date = |text: &str| parse_date(text).expect("a date");
    let time = |hired: &str, left: Option<&str>| {
        let (employer, insured) = (EmployerId(uuid(1)), InsuredId(uuid(7)));
        Change::Employ(vec![Employment { employer, insured, hired_on: date(hired), left_on: left.map(date) }])
    };
    for (change, hired, left) in [
        (time("2020-01-01", None), "2020-01-01", None),
        (time("2020-01-01", Some("2021-06-30")), "2020-01-01", Some("2021-06-30")),
        (time("2020-01-01", None), "2020-01-01", Some("2021-06-30")),
        (time("2022-03-01", None), "2020-01-01", None),
    ] {
        commit(store, vec![change]).await;
        let staff = store.staff(EmployerId(uuid(1)), None, 10).await.expect("read");
        let times: Vec<_> = staff.iter().map(|m| (m.hired_on, m.left_on)).collect();
        assert_eq!(times, [(date(hired), left.map(date))]);
    }
}

/// A correction replaces the dates that it corrects, and none that somebody said since.
pub async fn takes_back_dates(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Bawa"))])
        .await;
    let date = |text: &str| parse_date(text).expect("a date");
    let (employer, insured) = (EmployerId(uuid(1)), InsuredId(uuid(7)));
    let redate =
        |said_hired: Option<&str>, hired: Option<&str>, said_left: Option<&str>, left: Option<&str>| {
            Change::Redate(vec![Redated {
                employer,
                insured,
                said_hired_on: said_hired.map(date),
                hired_on: hired.map(date),
                said_left_on: said_left.map(date),
                left_on: left.map(date),
            }])
        };
    let employ = |hired: &str, left: Option<&str>| {
        Change::Employ(vec![Employment { employer, insured, hired_on: date(hired), left_on: left.map(date) }])
    };
    for (change, hired, left) in [
        (redate(None, Some("2020-01-01"), Some("2021-06-30"), None), None, None),
        (employ("2020-01-01", Some("2021-06-30")), Some("2020-01-01"), Some("2021-06-30")),
        (redate(None, None, Some("2021-05-31"), None), Some("2020-01-01"), Some("2021-06-30")),
        (redate(None, None, Some("2021-06-30"), Some("2021-09-30")), Some("2020-01-01"), Some("2021-09-30")),
        (redate(Some("2020-01-01"), None, Some("2021-09-30"), None), Some("2020-01-01"), None),
        (redate(Some("2019-01-01"), Some("2018-01-01"), None, Some("2022-01-31")), Some("2020-01-01"), None),
        (redate(Some("2020-01-01"), Some("2020-02-03"), None, None), Some("2020-02-03"), None),
    ] {
        commit(store, vec![change]).await;
        let staff = store.staff(employer, None, 10).await.expect("read");
        let times: Vec<_> = staff.iter().map(|m| (m.hired_on, m.left_on)).collect();
        let expected: Vec<_> = hired.map(|hired| (date(hired), left.map(date))).into_iter().collect();
        assert_eq!(times, expected);
    }
}

/// Sessions begin, are used, and end; a login's failures are counted.
pub async fn keeps_sessions(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    let session =
        Session { token: TokenHash([3; 32]), account: AccountId(uuid(1)), opened_at: at(0), used_at: at(0) };
    commit(
        store,
        vec![
            Change::OpenSession(session.clone()),
            Change::CountAttempts(AccountId(uuid(1)), 3, Some(at(60))),
        ],
    )
    .await;
    commit(store, vec![Change::TouchSession(session.token, at(30))]).await;
    let read = store.session(session.token).await.expect("read").expect("there");
    assert_eq!(read, Session { used_at: at(30), ..session.clone() });
    let counted = store.account(AccountId(uuid(1))).await.expect("read").expect("there");
    assert_eq!((counted.attempts, counted.paused_until), (3, Some(at(60))));
    let mut late = batch(vec![Change::CountAttempts(AccountId(uuid(1)), 3, None)]);
    late.expects.push(Expect::Attempts(AccountId(uuid(1)), 2));
    assert_eq!(store.commit(late).await, Err(CommitError::Stale), "two failures at once are both counted");
    commit(store, vec![Change::EndSession(session.token)]).await;
    assert_eq!(store.session(session.token).await.expect("read"), None);
}

/// Only the last workbook given back to an employer is kept.
pub async fn keeps_one_returned_file(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let file = |n: u128| ReturnedFile {
        id: ReturnedFileId(uuid(n)),
        employer: EmployerId(uuid(1)),
        quarter: quarter(),
        name: "dnr d'été.xlsx".to_owned(),
        faults_total: 3,
        report: "{\"é\":1}".to_owned(),
        workbook: vec![0, 255, 7],
        made_at: at(0),
    };
    commit(store, vec![Change::ReturnFile(file(1))]).await;
    assert_eq!(store.returned_file(ReturnedFileId(uuid(1))).await.expect("read"), Some(file(1)));
    commit(store, vec![Change::ReturnFile(file(2))]).await;
    assert_eq!(store.returned_file(ReturnedFileId(uuid(1))).await.expect("read"), None);
    assert_eq!(store.returned_file(ReturnedFileId(uuid(2))).await.expect("read"), Some(file(2)));
}

/// A workbook that was given back a day ago is deleted by the next one, or by the next login.
pub async fn deletes_old_returned_files(store: &AnyStore) {
    const DAY: i64 = RETURNED_HOURS * 3_600;
    let mut changes = vec![Change::OpenAccount(account(1))];
    changes.extend((1..=3).map(|n| Change::RegisterEmployer(employer(n))));
    commit(store, changes).await;
    let file = |n: u128, made_at: i64| {
        Change::ReturnFile(ReturnedFile {
            id: ReturnedFileId(uuid(n)),
            employer: EmployerId(uuid(n)),
            quarter: quarter(),
            name: "dnr.xlsx".to_owned(),
            faults_total: 1,
            report: "[]".to_owned(),
            workbook: vec![7; 100_000],
            made_at: at(made_at),
        })
    };
    let kept = async || {
        let mut kept = Vec::new();
        for n in 1..=3 {
            kept.push(store.returned_file(ReturnedFileId(uuid(n))).await.expect("read").is_some());
        }
        kept
    };
    commit(store, vec![file(1, 0), file(2, DAY - 1)]).await;
    assert_eq!(kept().await, [true, true, false], "within a day both are kept");
    commit(store, vec![file(3, DAY)]).await;
    assert_eq!(kept().await, [false, true, true], "after a day the first goes, whoever sends the next");
    let session = |opened_at| Session {
        token: TokenHash([3; 32]),
        account: AccountId(uuid(1)),
        opened_at: at(opened_at),
        used_at: at(opened_at),
    };
    commit(store, vec![Change::OpenSession(session(2 * DAY - 1))]).await;
    assert_eq!(kept().await, [false, false, true], "a login sweeps too");
}

/// Which quarters have a draft is told without its lines.
pub async fn lists_drafts_without_lines(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterEmployer(employer(2))]).await;
    let draft = |whose: u128, offset: i32, version: i64| {
        let (employer, quarter) = (EmployerId(uuid(whose)), quarter().plus(offset));
        let lines = vec![RawLine::default()];
        Change::SaveDraft(Seen {
            value: Draft { employer, quarter, lines, saved_at: at(0) },
            version: Version(version),
        })
    };
    commit(store, vec![draft(1, 2, 7), draft(1, 0, 5), draft(1, -1, 4), draft(2, 0, 9)]).await;
    let drafted = async |from: i32, to: i32, limit: u32| {
        let (from, to) = (quarter().plus(from), quarter().plus(to));
        let found = store.drafted(EmployerId(uuid(1)), from, to, limit).await.expect("read");
        found.into_iter().map(|(quarter, version)| (quarter, version.0)).collect::<Vec<_>>()
    };
    assert_eq!(drafted(0, 2, 10).await, [(quarter(), 5), (quarter().plus(2), 7)]);
    assert_eq!(drafted(-9, 9, 2).await, [(quarter().plus(-1), 4), (quarter(), 5)]);
    assert_eq!(drafted(1, 1, 10).await, []);
    assert_eq!(drafted(2, 0, 10).await, [], "no quarter lies between");
}

fn told(n: u128) -> Notice {
    Notice {
        id: NoticeId(uuid(n)),
        to: AccountId(uuid(1)),
        message: Message::DeclarationFiled {
            quarter: quarter(),
            workers: 3,
            amount: "31500".to_owned(),
            receipt: "DNR-2024T1-K7Q2M9XA".to_owned(),
        },
    }
}

async fn tell(store: &AnyStore, notices: impl IntoIterator<Item = u128>) {
    let mut telling = batch(Vec::new());
    telling.notices = notices.into_iter().map(told).collect();
    store.commit(telling).await.expect("committed");
}

async fn take(store: &AnyStore, now: i64, until: i64, limit: u32) -> Vec<(u128, u32)> {
    let lease = Lease { now: at(now), until: at(until), limit };
    let taken = store.take_notices(lease).await.expect("taken");
    taken.into_iter().map(|taken| (taken.notice.id.0.as_u128(), taken.tries)).collect()
}

/// Notices are kept with their change and wait until they are handed over.
pub async fn hands_out_notices(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    tell(store, [1, 2, 3]).await;
    assert_eq!(store.waiting_notices(10).await.expect("read"), [told(1), told(2), told(3)]);
    assert_eq!(take(store, 0, 60, 2).await, [(1, 0), (2, 0)], "the oldest first");
    assert_eq!(take(store, 1, 61, 10).await, [(3, 0)], "what is taken is nobody else's");
    store.settle_notice(NoticeId(uuid(1)), Delivery::Sent(at(2))).await.expect("noted");
    let refused = "no route".to_owned();
    store.settle_notice(NoticeId(uuid(2)), Delivery::Again(at(30), refused)).await.expect("noted");
    assert_eq!(store.waiting_notices(10).await.expect("read"), [told(2), told(3)]);
    assert_eq!(take(store, 29, 90, 10).await, [], "not due yet, and still taken");
    assert_eq!(take(store, 30, 90, 10).await, [(2, 1)], "due again, with the try counted");
    assert_eq!(take(store, 61, 120, 10).await, [(3, 0)], "whoever took it is taken for dead");
    store.settle_notice(NoticeId(uuid(3)), Delivery::Dead("nobody".to_owned())).await.expect("noted");
    assert_eq!(take(store, 10_000, 10_060, 10).await, [(2, 1)], "what is dead is not tried");
    let dead = store.dead_notices(i64::MIN, 10).await.expect("read");
    let [(place, dead)] = dead.as_slice() else { panic!("one is dead: {dead:?}") };
    assert_eq!((dead.notice.clone(), dead.tries, dead.why.as_str()), (told(3), 1, "nobody"));
    assert_eq!(store.dead_notices(*place, 10).await.expect("read"), []);
    store.settle_notice(NoticeId(uuid(3)), Delivery::Again(at(0), "late".to_owned())).await.expect("noted");
    store.settle_notice(NoticeId(uuid(1)), Delivery::Again(at(0), "late".to_owned())).await.expect("noted");
    store.settle_notice(NoticeId(uuid(99)), Delivery::Sent(at(0))).await.expect("an unknown one is no error");
    assert_eq!(take(store, 20_000, 20_060, 10).await, [(2, 1)], "what is settled stays settled");
}

/// Of many who ask at once, each notice is given to one.
pub async fn gives_a_notice_to_one(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    tell(store, 1..=40).await;
    let lease = Lease { now: at(0), until: at(60), limit: 10 };
    let takers: Vec<_> = (0..8).map(|_| store.take_notices(lease)).collect();
    let mut taken = Vec::new();
    for result in join_all(takers).await {
        taken.extend(result.expect("taken").into_iter().map(|taken| taken.notice.id.0.as_u128()));
    }
    // Whoever asks while all are taken may be given none; what is left is there for the next.
    taken.extend(take(store, 0, 60, 100).await.into_iter().map(|(id, _)| id));
    taken.sort_unstable();
    assert_eq!(taken, (1..=40).collect::<Vec<u128>>());
}

fn issued(n: u128, employer: u128) -> Issued {
    Issued {
        reference: Reference::drawn(uuid(n.saturating_mul(7_919))),
        employer: EmployerId(uuid(employer)),
        amount: franc(49_613),
        issued_at: at(0),
        issued_by: AccountId(uuid(1)),
        paid: None,
    }
}

fn paid(entry: u128) -> Paid {
    Paid {
        entry: EntryId(uuid(entry)),
        bank: BankCode::parse("btci").expect("a bank"),
        transaction: "TX-1/É".to_owned(),
        paid_on: parse_date("2024-02-29").expect("a date"),
    }
}

fn payment(n: u128, reference: Reference) -> Entry {
    let day = parse_date("2024-02-29").expect("a date");
    let mut entry = Entry::blank(EntryId(uuid(n)), EmployerId(uuid(1)), EntryKind::Payment, day, at(0));
    entry.reference = Some(reference.to_string());
    let postings = vec![
        Posting { account: LedgerAccount::Bank, amount: franc(49_613) },
        Posting { account: LedgerAccount::Deposit, amount: franc(-49_613) },
    ];
    entry.with_postings(postings).expect("balanced")
}

/// A reference is issued once and paid once, and a payment is booked once.
pub async fn credits_a_reference_once(store: &AnyStore) {
    commit(
        store,
        vec![
            Change::RegisterEmployer(employer(1)),
            Change::RegisterEmployer(employer(2)),
            Change::OpenAccount(account(1)),
            Change::IssueReference(issued(1, 1)),
            Change::IssueReference(issued(2, 2)),
            Change::IssueReference(issued(3, 1)),
        ],
    )
    .await;
    let first = issued(1, 1).reference;
    assert_eq!(store.reference(first).await.expect("read"), Some(issued(1, 1)));
    assert_eq!(store.reference(issued(9, 1).reference).await.expect("read"), None);
    let mut twin = issued(4, 1);
    twin.reference = first;
    let error = store.commit(batch(vec![Change::IssueReference(twin)])).await;
    assert_eq!(error, Err(CommitError::Taken("payment_reference")));
    let crediting = |n: u128, reference: Reference| {
        let changes =
            vec![Change::PostEntry(payment(n, reference)), Change::CreditReference(reference, paid(n))];
        let mut crediting = batch(changes);
        crediting.expects.push(Expect::Unpaid(reference));
        crediting
    };
    let before = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    let crediting_at_once = (10..14).map(|n| store.commit(crediting(n, first))).collect();
    let results = join_all(crediting_at_once).await;
    let won: Vec<u128> = (10..).zip(&results).filter(|(_, r)| r.is_ok()).map(|(n, _)| n).collect();
    let [winner] = won.as_slice() else { panic!("paid once: {results:?}") };
    let known = store.reference(first).await.expect("read").expect("there");
    assert_eq!(known.paid, Some(paid(*winner)));
    let after = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    assert_eq!(after, before.next(), "an entry moves the version of the account");
    // Even a caller who expects nothing cannot book the same payment again.
    let error = store.commit(batch(vec![Change::PostEntry(payment(20, first))])).await;
    assert_eq!(error, Err(CommitError::Taken("payment")));
    let mut unknown = batch(Vec::new());
    unknown.expects.push(Expect::Unpaid(issued(9, 1).reference));
    assert_eq!(store.commit(unknown).await, Err(CommitError::Stale));
    let listed = async |before: Option<i64>, limit: u32| {
        store.references(EmployerId(uuid(1)), before, limit).await.expect("read")
    };
    let newest = listed(None, 1).await;
    let [(place, newest)] = newest.as_slice() else { panic!("one: {newest:?}") };
    assert_eq!(newest.reference, issued(3, 1).reference);
    let older: Vec<_> =
        listed(Some(*place), 10).await.into_iter().map(|(_, known)| known.reference).collect();
    assert_eq!(older, [first]);
}

/// What could not be credited is kept as the bank said it.
pub async fn keeps_disputes(store: &AnyStore) {
    let dispute = |n: u128, reference_text: &str, amount: i64, reason| Dispute {
        id: uuid(n),
        notice: BankNotice {
            bank: BankCode::parse("btci").expect("a bank"),
            transaction: format!("TX-{n}"),
            reference: reference_text.parse().ok(),
            reference_text: reference_text.to_owned(),
            amount: franc(amount),
            paid_on: parse_date("2024-02-29").expect("a date"),
            status: BankStatus::Paid,
        },
        reason,
        received_at: at(7),
    };
    let known = issued(1, 1).reference.to_string();
    let all = vec![
        dispute(1, "« l'inconnue » عائشة", 1, DisputeReason::UnknownReference),
        dispute(2, &known, 1_000_000_000_000_000, DisputeReason::OtherAmount),
    ];
    commit(store, all.iter().cloned().map(Change::RecordDispute).collect()).await;
    let read = store.disputes(i64::MIN, 10).await.expect("read");
    assert_eq!(read.iter().map(|(_, dispute)| dispute.clone()).collect::<Vec<_>>(), all);
    let first = read.first().map(|(place, _)| *place).expect("a place");
    assert_eq!(store.disputes(first, 10).await.expect("read").len(), 1);
}
