//! A payment by bank, on the reference store: whatever a bank repeats, doubles, delays or gets
//! wrong, the account is credited once, and what is not credited is kept for an agent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use cnss_core::access::{Actor, Subject};
use cnss_core::calendar::parse_date;
use cnss_core::decision::Moment;
use cnss_core::desk::Desk;
use cnss_core::id::{AccountId, EmployerId, RequestKey};
use cnss_core::ledger::{EntryKind, LedgerAccount};
use cnss_core::memory::MemoryStore;
use cnss_core::money::{Currency, Money};
use cnss_core::notice::Message;
use cnss_core::payment::{self, BankCode, BankNotice, BankStatus, Issued, RawNotice, Received};
use cnss_core::port::CommitError;
use cnss_core::refusal::Refusal;
use uuid::Uuid;

use crate::desk::{EMPLOYER, FILER, desk, desk_on, key, line, moment, person, q1, refused};

fn franc() -> Currency {
    Currency::new("XOF", 0).expect("a currency")
}

fn francs(amount: i64) -> Money {
    Money::new(amount.into(), franc()).expect("an amount")
}

fn bank() -> BankCode {
    BankCode::parse("btci").expect("a code")
}

fn raw(transaction: &str, reference: &str, amount: &str) -> RawNotice {
    let text = |text: &str| Some(text.to_owned());
    RawNotice {
        transaction: text(transaction),
        reference: text(reference),
        amount: text(amount),
        currency: text("XOF"),
        paid_on: text("2024-04-15"),
        status: text("paid"),
    }
}

fn notice(transaction: &str, reference: &str, amount: &str) -> BankNotice {
    BankNotice::read(bank(), raw(transaction, reference, amount), franc()).expect("a sound notice")
}

fn now() -> Moment {
    moment("2024-04-16", 7)
}

async fn issued(desk: &Desk, amount: i64, n: u128) -> Issued {
    let seed = u8::try_from(n).expect("few");
    let at = moment("2024-04-10", seed);
    desk.issue_reference(FILER, francs(amount), key(n), &at).await.expect("issued")
}

/// Each notice comes with chance of its own, as at a portal.
async fn received(desk: &Desk, notice: &BankNotice) -> Received {
    static SEED: AtomicU8 = AtomicU8::new(20);
    let at = moment("2024-04-16", SEED.fetch_add(1, Ordering::Relaxed));
    desk.receive_payment(notice, &at).await.expect("an answer")
}

fn disputed(reason: &str) -> Received {
    Received::Disputed { reason: reason.to_owned() }
}

/// How many payments are booked, and the sum on the bank's account.
async fn booked(desk: &Desk) -> (usize, i64) {
    let entries = desk.store().entries(EMPLOYER, i64::MIN, 1_000).await.expect("read");
    let payments: Vec<_> = entries.iter().filter(|(_, e)| e.kind == EntryKind::Payment).collect();
    let at_bank =
        payments.iter().flat_map(|(_, e)| e.postings()).filter(|p| p.account == LedgerAccount::Bank);
    (payments.len(), at_bank.map(|p| p.amount.to_minor().expect("whole")).sum())
}

async fn reasons(desk: &Desk) -> Vec<&'static str> {
    let disputes = desk.store().disputes(0, 100).await.expect("read");
    disputes.iter().map(|(_, dispute)| dispute.reason.code()).collect()
}

#[tokio::test]
async fn a_reference_is_issued_once_for_a_request() {
    let desk = desk().await;
    let first = issued(&desk, 49_613, 1).await;
    assert_eq!((first.employer, first.amount, first.issued_by), (EMPLOYER, francs(49_613), FILER.account));
    assert_eq!(first.paid, None);
    let again = desk.issue_reference(FILER, francs(49_613), key(1), &moment("2024-04-11", 2)).await;
    assert_eq!(again.expect("the same answer"), first);
    let other = desk.issue_reference(FILER, francs(49_614), key(1), &now()).await;
    assert_eq!(refused(other), Refusal::KeyReused, "the same request for another amount");
    let second = issued(&desk, 49_613, 2).await;
    assert_ne!(second.reference, first.reference, "another request, another reference");
    let list = desk.references(FILER, None, None, 10).await.expect("a list");
    assert_eq!(
        list.iter().map(|(_, i)| i.reference).collect::<Vec<_>>(),
        [second.reference, first.reference]
    );
    let older =
        desk.references(FILER, None, list.first().map(|(place, _)| *place), 10).await.expect("a page");
    assert_eq!(older.iter().map(|(_, i)| i.reference).collect::<Vec<_>>(), [first.reference]);
}

#[tokio::test]
async fn an_amount_that_nobody_can_pay_is_refused() {
    let desk = desk().await;
    let half = Money::new("0.5".parse().expect("a number"), franc()).expect("an amount");
    for (amount, code) in [(francs(0), "not_positive"), (francs(-1), "not_positive"), (half, "not_whole")] {
        let refusal = refused(desk.issue_reference(FILER, amount, key(1), &now()).await);
        let Refusal::Invalid(faults) = refusal else { panic!("{refusal:?}") };
        assert_eq!(
            faults.iter().map(|f| (f.path(), f.kind.code())).collect::<Vec<_>>(),
            [("amount".into(), code)]
        );
    }
    assert!(desk.references(FILER, None, None, 10).await.expect("a list").is_empty());
    let most = issued(&desk, 1_000_000_000_000_000, 1).await;
    let paid = notice("TX-1", &most.reference.to_string(), "1000000000000000");
    assert!(matches!(received(&desk, &paid).await, Received::Credited { .. }), "10^15 is paid to the unit");
    assert_eq!(booked(&desk).await, (1, 1_000_000_000_000_000));
    assert!(
        Money::new(1_000_000_000_000_001_i64.into(), franc()).is_err(),
        "and no more than that is an amount"
    );
}

#[tokio::test]
async fn a_reference_is_its_employers_own() {
    let desk = desk().await;
    let mine = issued(&desk, 100, 1).await;
    let stranger = Actor {
        account: AccountId(Uuid::from_u128(99)),
        subject: Subject::Employer(EmployerId(Uuid::from_u128(98))),
    };
    assert_eq!(refused(desk.reference(stranger, mine.reference).await), Refusal::NotFound);
    assert_eq!(refused(desk.reference(person(1), mine.reference).await), Refusal::NotAllowed);
    assert_eq!(refused(desk.references(person(1), None, None, 10).await), Refusal::NotAllowed);
    assert_eq!(
        refused(desk.issue_reference(person(1), francs(5), key(2), &now()).await),
        Refusal::NotAllowed
    );
    let shown = desk.reference_for_bank(mine.reference).await.expect("a bank asks");
    assert_eq!((shown.issued, shown.employer.name.to_string()), (mine, "Boulangerie L'Épi".to_owned()));
    let unknown = "00000-00000".parse().expect("sound, and never issued");
    assert_eq!(refused(desk.reference_for_bank(unknown).await), Refusal::NotFound);
}

#[test]
fn a_client_cannot_take_the_key_of_a_banks_transaction() {
    let taken = notice("TX-1", "00000-00000", "5").key();
    assert_eq!(RequestKey::of_client(taken.0), None);
    assert_eq!(RequestKey::of_client(Uuid::from_u128(7)), Some(key(7)));
}

#[tokio::test]
async fn a_payment_is_credited_once_and_told_once() {
    let desk = desk().await;
    let reference = issued(&desk, 49_613, 1).await.reference;
    // As a person copies it at a counter: small letters, no hyphen.
    let copied = reference.to_string().to_lowercase().replace('-', " ");
    let paid = notice("TX-1", &copied, "49613");
    let answer = received(&desk, &paid).await;
    assert_eq!(answer, Received::Credited { receipt: format!("Q-{reference}") });
    for _ in 0..3 {
        assert_eq!(received(&desk, &paid).await, answer, "a repeat gets the first answer");
    }
    assert_eq!(booked(&desk).await, (1, 49_613));
    assert!(reasons(&desk).await.is_empty());
    let told = desk.store().waiting_notices(10).await.expect("read");
    assert_eq!(told.len(), 1, "told once");
    assert_eq!(told[0].to, FILER.account.into());
    let (amount, reference_text) = ("49613".to_owned(), reference.to_string());
    let receipt = format!("Q-{reference}");
    assert_eq!(told[0].message, Message::PaymentReceived { amount, reference: reference_text, receipt });
    let view = desk.reference(FILER, reference).await.expect("a view").issued.paid.expect("paid");
    assert_eq!((view.bank, view.transaction.as_str(), view.paid_on), (bank(), "TX-1", paid.paid_on));
}

#[tokio::test]
async fn pending_then_paid_is_paid() {
    let desk = desk().await;
    let reference = issued(&desk, 500, 1).await.reference.to_string();
    for status in ["pending", "PAID", "paid?", "en cours", "refused"] {
        let said = RawNotice { status: Some(status.to_owned()), ..raw("TX-1", &reference, "500") };
        let said = BankNotice::read(bank(), said, franc()).expect("sound");
        assert_eq!(received(&desk, &said).await, Received::Pending, "{status}");
    }
    assert_eq!(booked(&desk).await, (0, 0));
    let paid = notice("TX-1", &reference, "500");
    assert!(matches!(received(&desk, &paid).await, Received::Credited { .. }));
    let late = RawNotice { status: Some("pending".to_owned()), ..raw("TX-1", &reference, "500") };
    let late = BankNotice::read(bank(), late, franc()).expect("sound");
    assert_eq!(received(&desk, &late).await, Received::Pending, "out of order: nothing is taken back");
    assert_eq!(booked(&desk).await, (1, 500));
}

#[tokio::test]
async fn what_cannot_be_credited_is_kept_once_for_an_agent() {
    let desk = desk().await;
    let reference = issued(&desk, 500, 1).await.reference.to_string();
    for (paid, reason) in [
        (notice("TX-1", &reference, "501"), "other_amount"),
        (notice("TX-2", "00000-00000", "500"), "unknown_reference"),
        (notice("TX-3", "loyer de mars", "500"), "unknown_reference"),
    ] {
        for _ in 0..2 {
            assert_eq!(received(&desk, &paid).await, disputed(reason));
        }
    }
    assert_eq!(booked(&desk).await, (0, 0));
    assert_eq!(reasons(&desk).await, ["other_amount", "unknown_reference", "unknown_reference"]);
    assert!(
        desk.store().waiting_notices(10).await.expect("read").is_empty(),
        "nobody is told that it was paid"
    );
    let kept = desk.store().disputes(0, 10).await.expect("read");
    assert_eq!(
        (kept[2].1.notice.reference_text.as_str(), kept[2].1.notice.amount),
        ("loyer de mars", francs(500))
    );
    let right = notice("TX-4", &reference, "500");
    assert!(
        matches!(received(&desk, &right).await, Received::Credited { .. }),
        "the reference is still to be paid"
    );
}

#[tokio::test]
async fn two_transactions_for_one_reference_pay_it_once() {
    let desk = desk().await;
    let reference = issued(&desk, 500, 1).await.reference.to_string();
    let (first, second) = (notice("TX-1", &reference, "500"), notice("TX-2", &reference, "500"));
    let answer = received(&desk, &first).await;
    for _ in 0..2 {
        assert_eq!(received(&desk, &second).await, disputed("paid_before"));
        assert_eq!(received(&desk, &first).await, answer, "the first stays credited");
    }
    assert_eq!((booked(&desk).await, reasons(&desk).await), ((1, 500), vec!["paid_before"]));
}

#[tokio::test]
async fn one_transaction_that_says_two_things_is_credited_as_it_said_first() {
    let desk = desk().await;
    let (one, two) = (issued(&desk, 500, 1).await.reference, issued(&desk, 500, 2).await.reference);
    let answer = received(&desk, &notice("TX-1", &one.to_string(), "500")).await;
    for _ in 0..2 {
        let elsewhere = notice("TX-1", &two.to_string(), "500");
        assert_eq!(received(&desk, &elsewhere).await, disputed("other_content"), "another reference");
        let more = notice("TX-1", &one.to_string(), "600");
        assert_eq!(received(&desk, &more).await, disputed("other_content"), "another amount");
    }
    assert_eq!(received(&desk, &notice("TX-1", &one.to_string(), "500")).await, answer);
    assert_eq!(booked(&desk).await, (1, 500));
    assert_eq!(reasons(&desk).await, ["other_content", "other_content"]);
    let other = BankNotice {
        bank: BankCode::parse("orabank").expect("a code"),
        ..notice("TX-1", &two.to_string(), "500")
    };
    assert!(
        matches!(received(&desk, &other).await, Received::Credited { .. }),
        "another bank counts for itself"
    );
}

/// The same chance twice gives two disputes one identity: the second is not kept, and not answered for.
#[tokio::test]
async fn a_dispute_that_was_not_kept_is_not_answered_for() {
    let desk = desk().await;
    let reference = issued(&desk, 500, 1).await.reference.to_string();
    received(&desk, &notice("TX-1", &reference, "500")).await;
    let (first, second) = (notice("TX-1", &reference, "600"), notice("TX-1", &reference, "700"));
    assert_eq!(desk.receive_payment(&first, &now()).await, Ok(disputed("other_content")));
    assert_eq!(refused(desk.receive_payment(&second, &now()).await), Refusal::Stale);
    assert_eq!(reasons(&desk).await.len(), 1);
    assert_eq!(received(&desk, &second).await, disputed("other_content"), "the bank says it again");
    assert_eq!(reasons(&desk).await.len(), 2);
}

#[tokio::test]
async fn a_notice_that_comes_before_its_reference_is_kept_and_a_late_one_is_credited() {
    let early_desk = desk().await;
    // The same chance draws the same reference in other books: it will be issued here only later.
    let coming = issued(&desk().await, 500, 1).await.reference;
    let early = notice("TX-1", &coming.to_string(), "500");
    assert_eq!(received(&early_desk, &early).await, disputed("unknown_reference"));
    assert_eq!(issued(&early_desk, 500, 1).await.reference, coming);
    assert_eq!(
        received(&early_desk, &early).await,
        disputed("unknown_reference"),
        "a repeat gets the first answer"
    );
    assert_eq!((booked(&early_desk).await, reasons(&early_desk).await.len()), ((0, 0), 1));
    let late = notice("TX-2", &coming.to_string(), "500");
    let years_later = moment("2026-01-01", 9);
    let answer = early_desk.receive_payment(&late, &years_later).await.expect("an answer");
    assert!(matches!(answer, Received::Credited { .. }));
    let entries = early_desk.store().entries(EMPLOYER, i64::MIN, 10).await.expect("read");
    assert_eq!(entries[0].1.value_date, late.paid_on, "it counts from the day on which the money arrived");
    assert_eq!(entries[0].1.booked_at, years_later.now);
}

#[tokio::test]
async fn money_of_a_far_day_is_not_booked_out_of_sight() {
    let desk = desk().await;
    let reference = issued(&desk, 500, 1).await.reference.to_string();
    let on = |day: &str| {
        let said = RawNotice { paid_on: Some(day.to_owned()), ..raw("TX-1", &reference, "500") };
        BankNotice::read(bank(), said, franc()).expect("sound")
    };
    // Today is 16 April.
    let far = on("2024-04-24");
    for _ in 0..2 {
        assert_eq!(received(&desk, &far).await, disputed("day_in_future"), "kept, and not forgotten");
    }
    assert_eq!((booked(&desk).await, reasons(&desk).await), ((0, 0), vec!["day_in_future"]));
    let near = BankNotice { transaction: "TX-2".to_owned(), ..on("2024-04-23") };
    assert!(matches!(received(&desk, &near).await, Received::Credited { .. }));
    let pending = BankNotice { status: BankStatus::Pending, ..far };
    assert_eq!(received(&desk, &pending).await, Received::Pending);
}

#[tokio::test]
async fn money_of_another_currency_is_kept_as_the_bank_said_it() {
    let desk = desk().await;
    let reference = issued(&desk, 500, 1).await.reference.to_string();
    let said = RawNotice { currency: Some("EUR".to_owned()), ..raw("TX-1", &reference, "500.50") };
    let euros = BankNotice::read(bank(), said, franc()).expect("sound");
    for _ in 0..2 {
        assert_eq!(received(&desk, &euros).await, disputed("other_currency"));
    }
    // The same number, and the same transaction: of euros as many as of francs are not the same money.
    let francs = RawNotice { currency: Some("EUR".to_owned()), ..raw("TX-2", &reference, "500") };
    let same = BankNotice::read(bank(), francs, franc()).expect("sound");
    assert_eq!(received(&desk, &same).await, disputed("other_currency"));
    assert_eq!(received(&desk, &notice("TX-2", &reference, "500")).await, disputed("other_content"));
    assert_eq!(booked(&desk).await, (0, 0));
    let kept = desk.store().disputes(i64::MIN, 10).await.expect("read");
    let shown = |amount: Money| format!("{amount} {}", amount.currency().code());
    let shown: Vec<_> = kept.iter().map(|(_, dispute)| shown(dispute.notice.amount)).collect();
    assert_eq!(shown, ["500.50 EUR", "500 EUR", "500 XOF"]);
    // A status that was not agreed is no payment, and told apart from one that was.
    let status = |status: &str| {
        let said = RawNotice { status: Some(status.to_owned()), ..raw("TX-3", &reference, "500") };
        BankNotice::read(bank(), said, franc()).expect("sound").status
    };
    let all = ["paid", "pending", "PAID", "refunded"].map(status);
    assert_eq!(all, [BankStatus::Paid, BankStatus::Pending, BankStatus::Unknown, BankStatus::Unknown]);
}

/// Both decisions were made on the same facts: only one of them can be committed.
#[tokio::test]
async fn of_two_decisions_on_one_reference_one_is_stale() {
    let desk = desk().await;
    let issued = issued(&desk, 500, 1).await;
    let reference = issued.reference.to_string();
    let mut results = Vec::new();
    for transaction in ["TX-1", "TX-2"] {
        let decision =
            payment::credit(&notice(transaction, &reference, "500"), Some(&issued), franc(), &now())
                .expect("credited");
        let (_, batch) = decision.into_batch(None, &now());
        results.push(desk.store().commit(batch).await);
    }
    assert_eq!(results, [Ok(()), Err(CommitError::Stale)]);
    assert_eq!(booked(&desk).await, (1, 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_the_same_moment_one_is_credited() {
    for round in 0..20 {
        let desk = desk_on(Arc::new(MemoryStore::new())).await;
        let reference = issued(&desk, 500, 1).await.reference.to_string();
        let mut all = tokio::task::JoinSet::new();
        for n in 0..24_u8 {
            // Three transactions, each told eight times.
            let (desk, paid) = (desk.clone(), notice(&format!("TX-{}", n % 3), &reference, "500"));
            all.spawn(async move { (n % 3, desk.receive_payment(&paid, &moment("2024-04-16", n)).await) });
        }
        let answers = all.join_all().await;
        for transaction in 0..3 {
            let mut said = answers.iter().filter(|(n, _)| *n == transaction).map(|(_, answer)| answer);
            let first = said.next().expect("an answer");
            assert!(said.all(|answer| answer == first), "round {round}: {answers:?}");
        }
        let credited = answers.iter().filter(|(_, a)| matches!(a, Ok(Received::Credited { .. })));
        assert_eq!(credited.count(), 8, "round {round}: {answers:?}");
        assert_eq!((booked(&desk).await, reasons(&desk).await.len()), ((1, 500), 2), "round {round}");
    }
}

#[tokio::test]
async fn a_payment_pays_the_oldest_debt() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let version = desk.save_draft(FILER, q1(), vec![line(1, "100000")], None, &at).await.expect("saved");
    desk.file(FILER, q1(), version, key(50), &at).await.expect("filed");
    // 31,5 % of 100 000 a month; January's are due in February.
    let before = desk.contribution_account(FILER, at.today).await.expect("an account").statement;
    let to_pay = before.to_pay().expect("a sum");
    assert_eq!(to_pay, before.overdue().expect("a sum"), "what is overdue is proposed first");
    let reference = issued(&desk, 40_000, 1).await.reference.to_string();
    let paid = RawNotice { paid_on: Some("2024-04-10".to_owned()), ..raw("TX-1", &reference, "40000") };
    let paid = BankNotice::read(bank(), paid, franc()).expect("sound");
    received(&desk, &paid).await;
    let after =
        desk.contribution_account(FILER, parse_date("2024-04-16").expect("a day")).await.expect("an account");
    let of = |month: &str| {
        let month = month.parse().expect("a month");
        let of_month = after.statement.obligations.iter().filter(move |o| o.month == month);
        of_month.map(|o| o.paid.to_minor().expect("whole")).sum::<i64>()
    };
    assert_eq!([of("2024-01"), of("2024-02"), of("2024-03")], [31_500, 8_500, 0]);
    assert_eq!(after.statement.payments[0].reference.as_deref(), Some(reference.as_str()));
}

#[tokio::test]
async fn what_is_proposed_is_never_below_zero() {
    let desk = desk().await;
    let statement = |desk: Desk| async move {
        desk.contribution_account(FILER, parse_date("2024-04-16").expect("a day"))
            .await
            .expect("an account")
            .statement
    };
    assert_eq!(statement(desk.clone()).await.to_pay(), Ok(francs(0)), "nothing is owed");
    let reference = issued(&desk, 40_000, 1).await.reference.to_string();
    received(&desk, &notice("TX-1", &reference, "40000")).await;
    assert_eq!(statement(desk.clone()).await.balance(), Ok(francs(-40_000)));
    assert_eq!(statement(desk).await.to_pay(), Ok(francs(0)), "the fund owes the employer");
}

fn faults(raw: RawNotice) -> Vec<(String, &'static str)> {
    let Err(Refusal::Invalid(faults)) = BankNotice::read(bank(), raw, franc()) else {
        panic!("must be refused")
    };
    faults.iter().map(|fault| (fault.path(), fault.kind.code())).collect()
}

fn fault(path: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(path.to_owned(), code)]
}

#[test]
fn every_fault_of_a_notice_is_told_at_once() {
    let all = faults(RawNotice::default());
    let expected =
        ["transaction", "reference", "amount", "paid_on", "status"].map(|name| (name.to_owned(), "missing"));
    assert_eq!(all, expected);
    let text = |text: &str| Some(text.to_owned());
    let wrong = RawNotice {
        transaction: text(&"9".repeat(65)),
        reference: text(&"É".repeat(61)),
        amount: text("-5"),
        currency: text("euro"),
        paid_on: text("2023-02-29"),
        status: text("pa\u{0}id"),
    };
    let expected = [
        ("transaction", "too_long"),
        ("reference", "too_long"),
        ("status", "too_long"),
        ("currency", "not_allowed"),
        ("amount", "not_positive"),
        ("paid_on", "not_a_date"),
    ];
    assert_eq!(faults(wrong), expected.map(|(path, code)| (path.to_owned(), code)));
}

#[test]
fn texts_of_a_notice_hold_no_control_characters() {
    for sign in ['\0', '\n', '\r', '\t', '\u{1b}', '\u{7f}', '\u{85}'] {
        assert_eq!(
            faults(raw(&format!("TX{sign}1"), "00000-00000", "5")),
            fault("transaction", "too_long"),
            "{sign:?}"
        );
        assert_eq!(
            faults(raw("TX-1", &format!("a{sign}b"), "5")),
            fault("reference", "too_long"),
            "{sign:?}"
        );
    }
    assert_eq!(notice("\u{a0}TX-1 ", " 00000-00000", " 5 ").transaction, "TX-1", "spaces around are nothing");
}

#[test]
fn amounts_of_a_notice_are_read_as_machines_write_them() {
    for (text, minor) in
        [("1", 1), ("49613", 49_613), ("49613.00", 49_613), ("1000000000000000", 1_000_000_000_000_000)]
    {
        assert_eq!(notice("TX-1", "00000-00000", text).amount.to_minor(), Ok(minor), "{text}");
    }
    for (text, code) in [
        ("0", "not_positive"),
        ("0.00", "not_positive"),
        ("-1", "not_positive"),
        ("49613.5", "not_whole"),
        // To a person forty-nine thousand, to a machine forty-nine and a part.
        ("49.613", "not_whole"),
        ("40.000", "not_whole"),
        ("49 613", "not_an_amount"),
        ("49,613", "not_an_amount"),
        ("49_613", "not_an_amount"),
        ("4e4", "not_an_amount"),
        ("+5", "not_an_amount"),
        ("٥", "not_an_amount"),
        ("1000000000000001", "not_an_amount"),
        ("9999999999999999999999999999", "not_an_amount"),
    ] {
        assert_eq!(faults(raw("TX-1", "00000-00000", text)), fault("amount", code), "{text}");
    }
    let cents = |text: &str| {
        let said = RawNotice { currency: Some("MAD".to_owned()), ..raw("TX-1", "00000-00000", text) };
        BankNotice::read(bank(), said, Currency::new("MAD", 2).expect("a currency"))
            .map(|n| n.amount.to_minor())
    };
    assert_eq!(cents("49613.50"), Ok(Ok(4_961_350)));
    assert!(cents("49613.505").is_err());
}

#[test]
fn days_and_currencies_of_a_notice_are_exact() {
    let on = |day: &str| RawNotice { paid_on: Some(day.to_owned()), ..raw("TX-1", "00000-00000", "5") };
    for day in ["2024-02-29", "2000-02-29", "2024-12-31"] {
        let read = BankNotice::read(bank(), on(day), franc()).expect("a day");
        assert_eq!(read.paid_on.to_string(), day);
    }
    for day in ["2023-02-29", "1900-02-29", "2024-04-31", "29/02/2024", "20240229", "2024-2-29", "1800-02-30"]
    {
        assert_eq!(faults(on(day)), fault("paid_on", "not_a_date"), "{day}");
    }
    for day in ["0000-01-01", "1800-01-01", "1899-12-31", "2200-01-01"] {
        assert_eq!(faults(on(day)), fault("paid_on", "out_of_range"), "{day}");
    }
    assert_eq!(faults(on("2024-02-29T10:00:00Z")), fault("paid_on", "too_long"));
    for code in ["EU", "euro", "xof", "", "XOF "] {
        let said = RawNotice { currency: Some(code.to_owned()), ..raw("TX-1", "00000-00000", "5") };
        assert_eq!(faults(said), fault("currency", "not_allowed"), "{code:?}");
    }
    let silent = RawNotice { currency: None, ..raw("TX-1", "00000-00000", "5") };
    assert!(BankNotice::read(bank(), silent, franc()).is_ok(), "a bank need not say the currency");
}

/// The money did arrive: it is credited, not before the reference was there, and an agent is told.
#[tokio::test]
async fn money_of_a_day_before_the_reference_is_credited_and_listed() {
    let desk = desk().await;
    for (n, day, listed) in [(1, "2024-04-09", true), (2, "2024-04-10", false), (3, "1990-01-01", true)] {
        let issued = issued(&desk, 500, n).await;
        assert_eq!(issued.issued_on, parse_date("2024-04-10").expect("a day"));
        let raw = RawNotice {
            paid_on: Some(day.to_owned()),
            ..raw(&format!("TX-{n}"), &issued.reference.to_string(), "500")
        };
        let said = BankNotice::read(bank(), raw, franc()).expect("sound");
        let before = reasons(&desk).await.len();
        let receipt = payment::receipt_number(&issued.reference);
        for _ in 0..3 {
            let answer = received(&desk, &said).await;
            assert_eq!(answer, Received::Credited { receipt: receipt.clone() }, "{day}");
        }
        assert_eq!(reasons(&desk).await.len() - before, usize::from(listed), "{day}: listed once");
        let paid = desk.reference(FILER, issued.reference).await.expect("a view").issued.paid.expect("paid");
        assert_eq!(paid.paid_on, issued.issued_on, "{day}: it counts from the day of issue");
        let entries = desk.store().entries(EMPLOYER, i64::MIN, 100).await.expect("read");
        let (_, entry) = entries.last().expect("an entry");
        assert_eq!((entry.id, entry.value_date), (paid.entry, issued.issued_on), "{day}");
    }
    assert_eq!(booked(&desk).await, (3, 1_500));
    assert_eq!(reasons(&desk).await, ["before_issued", "before_issued"]);
    let kept = desk.store().disputes(0, 10).await.expect("read");
    let said: Vec<_> = kept.iter().map(|(_, dispute)| dispute.notice.paid_on.to_string()).collect();
    assert_eq!(said, ["2024-04-09", "1990-01-01"], "an agent reads what the bank said");
}

#[tokio::test]
async fn a_reference_has_a_last_day_and_its_money_is_credited_after_it() {
    let desk = desk().await;
    let day = |text: &str| parse_date(text).expect("a day");
    let (late, in_time) = (issued(&desk, 500, 1).await, issued(&desk, 500, 2).await);
    assert_eq!(late.expires_on, Some(day("2024-07-09")), "ninety days after the tenth of April");
    let open = async |on: &str| -> Vec<Issued> {
        let page = desk.references(FILER, Some(day(on)), None, 10).await.expect("a page");
        page.into_iter().map(|(_, issued)| issued).collect()
    };
    assert_eq!(open("2024-07-09").await, [in_time.clone(), late.clone()]);
    assert_eq!(open("2024-07-10").await, []);
    for (n, of, arrived) in [(1, &late, "2024-07-10"), (2, &in_time, "2024-07-09")] {
        let raw = RawNotice {
            paid_on: Some(arrived.to_owned()),
            ..raw(&format!("TX-{n}"), &of.reference.to_string(), "500")
        };
        let said = BankNotice::read(bank(), raw, franc()).expect("sound");
        let received = desk.receive_payment(&said, &moment("2024-07-11", n)).await.expect("an answer");
        assert!(matches!(received, Received::Credited { .. }), "{received:?}");
        let paid = desk.reference(FILER, of.reference).await.expect("a view").issued.paid.expect("paid");
        assert_eq!(paid.paid_on, day(arrived));
    }
    assert_eq!(booked(&desk).await, (2, 1_000));
    assert_eq!(reasons(&desk).await, ["after_expiry"]);
    assert_eq!(open("2024-07-09").await, [], "what is paid is not open");
}

#[tokio::test]
async fn an_employer_has_only_so_many_open_references() {
    let desk = desk().await;
    let ask = async |n: u128, day: &str| {
        let at = Moment {
            entropy: cnss_core::decision::Entropy::new(n.to_be_bytes().repeat(2).try_into().expect("32")),
            ..moment(day, 0)
        };
        desk.issue_reference(FILER, francs(500), key(n), &at).await
    };
    let first = ask(1, "2024-04-10").await.expect("issued");
    for n in 2..=200 {
        ask(n, "2024-04-10").await.expect("issued");
    }
    assert_eq!(refused(ask(201, "2024-04-10").await), Refusal::TooManyReferences { most: 200 });
    assert_eq!(ask(1, "2024-04-10").await.expect("the first answer"), first, "a repeat asks for nothing new");
    assert!(matches!(
        received(&desk, &notice("TX-1", &first.reference.to_string(), "500")).await,
        Received::Credited { .. }
    ));
    ask(201, "2024-04-10").await.expect("one was paid");
    assert_eq!(refused(ask(202, "2024-07-09").await), Refusal::TooManyReferences { most: 200 });
    ask(202, "2024-07-10").await.expect("the others expired");
}
