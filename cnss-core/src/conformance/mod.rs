//! What any store must do, as functions that a store's own tests call.
//!
//! ```
//! use std::sync::Arc;
//! use cnss_core::{conformance::AnyStore, memory::MemoryStore};
//!
//! async fn fresh_store() -> AnyStore {
//!     Arc::new(MemoryStore::new()) // yours here
//! }
//!
//! cnss_core::store_conformance!(fresh_store().await);
//! # // The promises themselves are compiled for tests only: one is called here by name.
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async { cnss_core::conformance::reads_what_was_written(&fresh_store().await).await });
//! # Ok::<(), std::io::Error>(())
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

mod accounts;
mod audit;
mod commits;
mod contention;
mod crash;
mod declarations;
mod edges;
mod outbox;
mod paging;
mod payments;
mod register;
mod sessions;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use self::accounts::{
    counts_up_to_a_limit, ends_all_sessions_but_one, forgets_typed_contacts, forgets_what_ended,
    keeps_accounts, keeps_agents, keeps_challenges, keeps_logins_unique, keeps_mandates,
    keeps_notices_to_anybody, keeps_papers, keeps_refusals_and_acceptances,
    one_of_many_who_saw_the_same_wins, opens_one_account_for_one,
};
pub use self::audit::{keeps_balances, seals_each_line_once, seals_lines, traces_every_commit};
pub use self::commits::{
    answers_a_key_once, commits_whole_or_not_at_all, one_of_many_writers_wins, refuses_stale_versions,
};
pub use self::contention::{
    a_filing_is_not_held_up_by_payments, contenders_all_get_through, one_of_many_equal_requests_wins,
    one_of_many_namesakes_wins, payments_at_once_are_all_booked,
};
pub use self::crash::{Cut, Failing, Fate, survives_a_crash_around_a_commit, survives_a_crash_at_any_step};
pub use self::declarations::{
    corrects_careers, deletes_old_returned_files, finds_any_revision, keeps_one_returned_file,
    lists_drafts_without_lines, pages_by_key,
};
pub use self::edges::{keeps_amounts_to_the_unit, keeps_days_at_the_edges, keeps_names_of_all_kinds};
pub use self::outbox::{gives_a_notice_to_one, hands_out_notices};
pub use self::paging::pages_hold_while_others_write;
pub use self::payments::{
    credits_a_reference_once, keeps_books_exactly, keeps_disputes, lists_open_references,
};
pub use self::register::{hires_again, keeps_numbers_unique, reads_what_was_written, takes_back_dates};
pub use self::sessions::{keeps_locks, keeps_sessions};
use crate::access::Subject;
use crate::account::{
    Account, AccountChange, AccountExpect, Lock, LockKey, Login, Session, Source, TokenHash,
};
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
            keeps_locks,
            keeps_one_returned_file, deletes_old_returned_files, lists_drafts_without_lines,
            hands_out_notices, gives_a_notice_to_one, credits_a_reference_once, keeps_disputes,
            traces_every_commit, seals_lines, seals_each_line_once, keeps_balances,
            contenders_all_get_through, one_of_many_equal_requests_wins, one_of_many_namesakes_wins,
            payments_at_once_are_all_booked, a_filing_is_not_held_up_by_payments, finds_any_revision, lists_open_references, keeps_amounts_to_the_unit, keeps_days_at_the_edges,
            keeps_names_of_all_kinds, pages_hold_while_others_write, survives_a_crash_around_a_commit);
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
    Account::new(
        AccountId(uuid(n)),
        Login::email(&Email::parse(&format!("personne{n}@example.tg")).expect("an address")),
        "$argon2id$…".to_owned(),
        Subject::Employer(EmployerId(uuid(1))),
        name("Kossi N'Guissan"),
    )
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

/// Polls all futures in turn, so that they are under way at once; what they give comes in their order.
async fn join_all<F: Future + Unpin>(futures: Vec<F>) -> Vec<F::Output> {
    use std::task::Poll;
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    let mut waiting: Vec<_> = futures.into_iter().map(Some).collect();
    std::future::poll_fn(|context| {
        for (slot, done) in waiting.iter_mut().zip(&mut done) {
            let Some(future) = slot else { continue };
            if let Poll::Ready(value) = std::pin::Pin::new(future).poll(context) {
                *done = Some(value);
                *slot = None;
            }
        }
        if waiting.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

fn told(n: u128) -> Notice {
    Notice {
        id: NoticeId(uuid(n)),
        to: AccountId(uuid(1)).into(),
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

fn issued(n: u128, employer: u128) -> Issued {
    Issued {
        reference: Reference::drawn(uuid(n.saturating_mul(7_919))),
        employer: EmployerId(uuid(employer)),
        amount: franc(49_613),
        issued_at: at(0),
        issued_on: parse_date("2024-02-28").expect("a date"),
        expires_on: Some(parse_date("2024-03-29").expect("a date")),
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
