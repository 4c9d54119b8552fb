//! The contribution account: what is owed, paid, late, and what lateness costs.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::calendar::{Month, parse_date};
use cnss_core::fund::{Fund, Payer};
use cnss_core::id::{EmployerId, EntryId};
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Posting, Settled, statement};
use cnss_core::money::Money;
use proptest::prelude::*;
use uuid::Uuid;

static TOGO: LazyLock<Fund> = LazyLock::new(|| Fund::builtin("tg").expect("built in"));

fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("a date")
}

fn franc(minor: i64) -> Money {
    Money::from_minor(minor, TOGO.currency).expect("money")
}

fn entry(kind: EntryKind, day: &str, debit: LedgerAccount, credit: LedgerAccount, minor: i64) -> Entry {
    let blank = Entry::blank(
        EntryId(Uuid::nil()),
        EmployerId(Uuid::nil()),
        kind,
        date(day),
        DateTime::<Utc>::UNIX_EPOCH,
    );
    let postings = vec![
        Posting { account: debit, amount: franc(minor) },
        Posting { account: credit, amount: franc(-minor) },
    ];
    blank.with_postings(postings).expect("balanced")
}

fn debt(month: &str, minor: i64, scheme: &str) -> Entry {
    let month: Month = month.parse().expect("a month");
    let due = TOGO.contributions.due_date(month).expect("known").to_string();
    let earned = LedgerAccount::Contribution { branch: "pension".to_owned(), payer: Payer::Employer };
    let owed = LedgerAccount::Receivable { scheme: scheme.to_owned() };
    let mut entry = entry(EntryKind::Assessment, &due, owed, earned, minor);
    entry.month = Some(month);
    entry
}

fn payment(day: &str, minor: i64) -> Entry {
    entry(EntryKind::Payment, day, LedgerAccount::Bank, LedgerAccount::Deposit, minor)
}

#[test]
fn an_entry_that_does_not_sum_to_zero_cannot_be_made() {
    let blank = || {
        Entry::blank(
            EntryId(Uuid::nil()),
            EmployerId(Uuid::nil()),
            EntryKind::Payment,
            date("2024-01-01"),
            DateTime::UNIX_EPOCH,
        )
    };
    let one = |minor| Posting { account: LedgerAccount::Bank, amount: franc(minor) };
    assert!(blank().with_postings(vec![one(1)]).is_err());
    assert!(blank().with_postings(vec![]).is_err());
    assert!(blank().with_postings(vec![one(5), one(-4)]).is_err());
    assert!(blank().with_postings(vec![one(5), one(-5)]).is_ok());
}

#[test]
fn the_oldest_debt_is_paid_first_and_lateness_is_counted_by_slice() {
    let entries = [
        debt("2024-01", 100_000, "cnss"), // due 15 February
        debt("2024-02", 100_000, "cnss"), // due 15 March
        payment("2024-02-10", 60_000),    // in time
        payment("2024-03-01", 70_000),    // 40 000 late for January, 30 000 early for February
    ];
    let account = statement(&TOGO, &entries, date("2024-03-20")).expect("a statement");
    let [january, february] = account.obligations.as_slice() else { panic!("two months") };
    assert_eq!((january.paid, january.surcharges().expect("sum")), (franc(100_000), franc(2_000)));
    assert_eq!((february.paid, february.unpaid().expect("sum")), (franc(30_000), franc(70_000)));
    assert_eq!(february.running.amount, franc(3_500));
    assert_eq!(account.outstanding().expect("sum"), franc(75_500));
    assert_eq!(account.overdue().expect("sum"), franc(75_500));
    assert_eq!(account.settled("2024-01".parse().expect("month")), Ok(Some(Settled::Paid)));
    assert_eq!(account.settled("2024-02".parse().expect("month")), Ok(Some(Settled::Partly)));
    assert_eq!(account.settled("2024-03".parse().expect("month")), Ok(None));
}

#[test]
fn two_payments_of_one_day_are_rounded_once() {
    // 5 % of 10 and of 11 francs round up to 1 each; 5 % of the 21 that arrived that day is 1.
    let entries = [debt("2024-01", 21, "cnss"), payment("2024-03-01", 10), payment("2024-03-01", 11)];
    let account = statement(&TOGO, &entries, date("2024-03-01")).expect("a statement");
    assert_eq!(account.surcharges().expect("sum"), franc(1));
    assert_eq!(account.obligations[0].slices.len(), 1);
}

#[test]
fn a_surplus_pays_surcharges_then_stays_as_credit() {
    let entries = [debt("2024-01", 100_000, "cnss"), payment("2024-02-16", 108_000)];
    let account = statement(&TOGO, &entries, date("2024-12-31")).expect("a statement");
    assert_eq!(account.surcharges().expect("sum"), franc(0));
    assert_eq!(account.credit, franc(3_000));
    assert_eq!(account.balance().expect("sum"), franc(-3_000));
}

#[test]
fn what_is_not_due_yet_is_owed_but_not_overdue() {
    let account =
        statement(&TOGO, &[debt("2024-01", 100_000, "cnss")], date("2024-02-15")).expect("a statement");
    assert_eq!(account.overdue().expect("sum"), franc(0));
    assert_eq!(account.outstanding().expect("sum"), franc(100_000));
    assert_eq!(account.settled("2024-01".parse().expect("month")), Ok(Some(Settled::NotDue)));
}

#[test]
fn a_late_health_contribution_bears_no_invented_surcharge() {
    let account =
        statement(&TOGO, &[debt("2024-01", 100_000, "amu")], date("2025-02-15")).expect("a statement");
    assert_eq!(account.surcharges().expect("sum"), franc(0));
    assert!(account.obligations[0].rule_missing(), "and it says that no rule is known");
}

#[test]
fn a_later_date_sees_later_payments() {
    let entries = [debt("2024-01", 100_000, "cnss"), payment("2024-06-01", 100_000)];
    let before = statement(&TOGO, &entries, date("2024-05-31")).expect("a statement");
    let after = statement(&TOGO, &entries, date("2024-06-01")).expect("a statement");
    assert_eq!(before.obligations[0].paid, franc(0));
    assert_eq!(after.obligations[0].paid, franc(100_000));
}

proptest! {
    /// Received = allocated + surcharges covered + credit, whatever comes in whatever order.
    #[test]
    fn nothing_is_lost_between_payments_and_debts(
        debts in prop::collection::vec((1_u32..=12, 1_i64..2_000_000, prop::bool::ANY), 0..12),
        payments in prop::collection::vec((1_u32..=12, 1_u32..=28, 1_i64..3_000_000), 0..12),
    ) {
        let mut entries: Vec<Entry> = debts
            .iter()
            .map(|(month, minor, amu)| debt(&format!("2024-{month:02}"), *minor, if *amu { "amu" } else { "cnss" }))
            .collect();
        entries.extend(payments.iter().map(|(month, day, minor)| payment(&format!("2024-{month:02}-{day:02}"), *minor)));
        let account = statement(&TOGO, &entries, date("2025-06-30")).expect("a statement");
        let received: i64 = payments.iter().map(|(_, _, minor)| minor).sum();
        let owed: i64 = debts.iter().map(|(_, minor, _)| minor).sum();
        let minor = |money: Money| money.to_minor().expect("whole francs");
        let allocated: i64 = account.obligations.iter().map(|o| minor(o.paid)).sum();
        let covered: i64 = account.obligations.iter().map(|o| minor(o.surcharge_paid)).sum();
        prop_assert_eq!(received, allocated + covered + minor(account.credit));
        prop_assert_eq!(owed, account.obligations.iter().map(|o| minor(o.due)).sum::<i64>());
        for obligation in &account.obligations {
            let slices: i64 = obligation.slices.iter().map(|s| minor(s.amount)).sum();
            prop_assert_eq!(slices, minor(obligation.paid));
            prop_assert!(obligation.paid.amount() <= obligation.due.amount());
        }
        entries.reverse();
        let again = statement(&TOGO, &entries, date("2025-06-30")).expect("a statement");
        prop_assert_eq!(again.balance().unwrap(), account.balance().unwrap(), "the order of booking does not matter");
    }
}

#[test]
fn a_debt_below_zero_does_not_hold_payments_up() {
    let entries =
        [debt("2024-01", -100, "cnss"), debt("2024-02", 1_000, "cnss"), payment("2024-02-10", 1_500)];
    let account = statement(&TOGO, &entries, date("2024-03-01")).expect("a statement");
    assert_eq!(account.obligations.last().map(|o| o.paid), Some(franc(1_000)));
    assert_eq!(account.credit, franc(500));
}
