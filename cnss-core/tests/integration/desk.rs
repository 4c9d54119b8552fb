//! The core journey at the counter, on the reference store: a draft becomes a declaration,
//! debts and careers; a correction books the difference; nothing is done twice.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::access::{Actor, Subject};
use cnss_core::account::Account;
use cnss_core::calendar::{Quarter, parse_date};
use cnss_core::decision::{Entropy, Moment};
use cnss_core::declaration::RawLine;
use cnss_core::desk::{Desk, DeskError, NewPerson, QuarterState, WhatIf};
use cnss_core::employer::{Employer, Employment};
use cnss_core::fund::{Field, Fund};
use cnss_core::id::{AccountId, EmployerId, InsuredId, RequestKey, Version};
use cnss_core::insured::Insured;
use cnss_core::ledger::Settled;
use cnss_core::memory::MemoryStore;
use cnss_core::money::Money;
use cnss_core::person::{Email, Name, Sex};
use cnss_core::refusal::{FAULTS_MAX, Refusal};
use uuid::Uuid;

fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("a date")
}

pub(crate) fn moment(day: &str, seed: u8) -> Moment {
    let today = date(day);
    let now: DateTime<Utc> = today.and_hms_opt(9, 0, 0).expect("a time").and_utc();
    Moment { now, today, entropy: Entropy::new([seed; 32]) }
}

pub(crate) const EMPLOYER: EmployerId = EmployerId(Uuid::from_u128(1));
pub(crate) const FILER: Actor =
    Actor { account: AccountId(Uuid::from_u128(11)), subject: Subject::Employer(EMPLOYER) };

fn worker(n: u128) -> InsuredId {
    InsuredId(Uuid::from_u128(100 + n))
}

pub(crate) fn person(n: u128) -> Actor {
    Actor { account: AccountId(Uuid::from_u128(12)), subject: Subject::Insured(worker(n)) }
}

pub(crate) async fn desk() -> Desk {
    desk_on(Arc::new(MemoryStore::new())).await
}

/// A counter over these books, with an employer and two workers.
pub(crate) async fn desk_on(books: Arc<MemoryStore>) -> Desk {
    let desk = Desk::new(books, Arc::new(Fund::builtin("tg").expect("built in")));
    let name = |text: &str| Name::parse(text).expect("a name");
    let mut people = vec![
        NewPerson::Employer(Employer {
            id: EMPLOYER,
            number: "EMP-0001".parse().expect("a number"),
            name: name("Boulangerie L'Épi"),
            category: "salaried".to_owned(),
            registered_on: date("2023-01-01"),
        }),
        NewPerson::Account(Account {
            id: FILER.account,
            login: Email::parse("epi@example.tg").expect("an address"),
            password_hash: String::new(),
            subject: FILER.subject,
            holder: name("Afi Lawson"),
            attempts: 0,
            paused_until: None,
        }),
    ];
    for n in 1..=2 {
        people.push(NewPerson::Insured(Insured {
            id: worker(n),
            number: format!("71004{n}").parse().expect("a number"),
            surname: name("N'Guissan"),
            forenames: name("Adjo"),
            sex: Sex::Female,
            birth_date: date("1964-02-29"),
            registered_on: date("2023-01-01"),
        }));
        people.push(NewPerson::Employment(Employment {
            employer: EMPLOYER,
            insured: worker(n),
            hired_on: date("2023-01-01"),
            left_on: None,
        }));
    }
    desk.register(people, &moment("2023-01-01", 0)).await.expect("registered");
    desk
}

pub(crate) fn line(n: u128, wage: &str) -> RawLine {
    let mut line = RawLine::default();
    line.set(Field::Number, format!("71004{n}"));
    line.set(Field::Surname, "NGUISSAN");
    line.set(Field::Forenames, "Adjo");
    for field in [Field::Wage1, Field::Wage2, Field::Wage3] {
        line.set(field, wage);
    }
    line
}

pub(crate) fn key(n: u128) -> RequestKey {
    RequestKey(Uuid::from_u128(n))
}

pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, DeskError>) -> Refusal {
    match result.expect_err("must be refused") {
        DeskError::Refused(refusal) => refusal,
        DeskError::Store(error) => panic!("{error}"),
    }
}

pub(crate) fn q1() -> Quarter {
    "2024-T1".parse().expect("a quarter")
}

#[tokio::test]
async fn a_declaration_becomes_debts_careers_and_a_simulation() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let (draft, version) = desk.draft_or_new(FILER, q1(), &at).await.expect("a draft");
    assert_eq!((draft.lines.len(), version), (2, None), "the staff is there already");
    let version = desk
        .save_draft(FILER, q1(), vec![line(1, "100 000"), line(2, "200000")], None, &at)
        .await
        .expect("saved");
    let filed = desk.file(FILER, q1(), version, key(1), &at).await.expect("filed");
    // 300 000 a month at 31,5 %, three months.
    assert_eq!(filed.contributions.to_string(), "283500");
    let account = desk.contribution_account(FILER, date("2024-04-10")).await.expect("an account");
    assert_eq!(
        account.statement.balance().expect("sum").amount(),
        rust_decimal::Decimal::from(283_500 + 2 * 3_225),
        "the CNSS part of January and of February (64 500 each) is late by less than three months: 5 %"
    );
    let months = desk.individual_account(person(1), &at).await.expect("an account").months;
    assert_eq!(months.len(), 3);
    assert_eq!(months[0].settled, Some(Settled::Unpaid));
    assert_eq!(months[0].declared.worker_share.to_string(), "9000");
    let amount = Money::new(94_500.into(), desk.fund().currency).expect("money");
    desk.book_payment(EMPLOYER, amount, date("2024-02-14"), "VIR-1", &at).await.expect("booked");
    let months = desk.individual_account(person(1), &at).await.expect("an account").months;
    assert_eq!(months[0].settled, Some(Settled::Paid));
    let what_if = WhatIf { kind: "normal".to_owned(), award_date: date("2024-04-01"), future_wage: None };
    let pension = desk.simulate_pension(person(1), &what_if, &at).await.expect("an answer");
    assert_eq!((pension.eligible(), pension.insured_months), (false, 3));
    let later = WhatIf {
        kind: "normal".to_owned(),
        award_date: date("2039-01-01"),
        future_wage: Some(100_000.into()),
    };
    let pension = desk.simulate_pension(person(1), &later, &at).await.expect("an answer");
    assert_eq!((pension.eligible(), pension.insured_months), (true, 180));
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_changes_nothing() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let version = desk.save_draft(FILER, q1(), vec![line(1, "100000")], None, &at).await.expect("saved");
    let first = desk.file(FILER, q1(), version, key(1), &at).await.expect("filed");
    let again =
        desk.file(FILER, q1(), version, key(1), &moment("2024-04-10", 2)).await.expect("the same answer");
    assert_eq!(first, again);
    assert_eq!(refused(desk.file(FILER, q1(), Version(9), key(1), &at).await), Refusal::KeyReused);
    assert_eq!(
        refused(desk.file(FILER, q1(), version, key(2), &at).await),
        Refusal::NoDraft { quarter: q1() }
    );
    let waiting = desk.store().waiting_notices(10).await.expect("read");
    assert_eq!(waiting.len(), 1, "told once");
}

#[tokio::test]
async fn a_correction_books_the_difference_only() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let version = desk
        .save_draft(FILER, q1(), vec![line(1, "100000"), line(2, "200000")], None, &at)
        .await
        .expect("saved");
    desk.file(FILER, q1(), version, key(1), &at).await.expect("filed");
    let (draft, none) = desk.draft_or_new(FILER, q1(), &at).await.expect("a draft");
    assert_eq!(draft.lines, [line_as_filed(1, "100000"), line_as_filed(2, "200000")]);
    let version = desk.save_draft(FILER, q1(), draft.lines, none, &at).await.expect("saved");
    assert_eq!(refused(desk.file(FILER, q1(), version, key(2), &at).await), Refusal::NothingChanged);
    let version =
        desk.save_draft(FILER, q1(), vec![line(1, "110000")], Some(version), &at).await.expect("saved");
    let filed = desk.file(FILER, q1(), version, key(3), &moment("2024-05-02", 3)).await.expect("corrected");
    assert_eq!((filed.revision, filed.contributions.to_string().as_str()), (2, "103950"));
    let due: Money = {
        let statement =
            desk.contribution_account(FILER, date("2024-02-15")).await.expect("an account").statement;
        statement
            .obligations
            .iter()
            .try_fold(desk.fund().currency.zero(), |sum, o| sum.plus(o.due))
            .expect("sum")
    };
    assert_eq!(due.to_string(), "103950", "110 000 × 31,5 % × 3");
    let entries = desk.store().entries(EMPLOYER, i64::MIN, 100).await.expect("read");
    assert_eq!(entries.len(), 6, "three assessments stay, three corrections are added");
    assert!(
        desk.individual_account(person(2), &at).await.expect("an account").months.is_empty(),
        "withdrawn"
    );
    let state = desk.quarters(FILER, None, 10, &at).await.expect("a list");
    assert_eq!(state.iter().find(|v| v.quarter == q1()).map(|v| v.state), Some(QuarterState::Corrected));
}

fn line_as_filed(n: u128, wage: &str) -> RawLine {
    let mut line = line(n, wage);
    line.set(Field::Surname, "N'Guissan");
    line
}

#[tokio::test]
async fn what_cannot_be_filed_is_refused_and_nothing_is_lost() {
    let desk = desk().await;
    let at = moment("2024-03-31", 1);
    let version = desk.save_draft(FILER, q1(), vec![line(1, "100000")], None, &at).await.expect("saved");
    let early = refused(desk.file(FILER, q1(), version, key(1), &at).await);
    assert_eq!(early, Refusal::QuarterNotOver { quarter: q1(), from: date("2024-04-01") });
    let stale = refused(desk.save_draft(FILER, q1(), Vec::new(), None, &at).await);
    assert_eq!(stale, Refusal::Stale, "two people at once: the second is told");
    let version = desk
        .save_draft(FILER, q1(), vec![line(1, "12")], Some(version), &at)
        .await
        .expect("drafts keep anything");
    let Refusal::InvalidLines(faults) =
        refused(desk.file(FILER, q1(), version, key(2), &moment("2024-04-01", 1)).await)
    else {
        panic!("faults")
    };
    assert_eq!((faults.list.len(), faults.total), (3, 3));
    assert!(desk.store().entries(EMPLOYER, i64::MIN, 10).await.expect("read").is_empty());
    assert!(
        desk.declaration(FILER, q1(), &at).await.expect("a view").draft.is_some(),
        "what was typed is kept"
    );
    let future = "2025-T1".parse().expect("a quarter");
    assert_eq!(refused(desk.declaration(FILER, future, &at).await), Refusal::NotFound);
}

#[tokio::test]
async fn of_very_many_faults_the_first_are_told_and_all_are_counted() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let lines = vec![line(9, "12"); 3_000];
    let version = desk.save_draft(FILER, q1(), lines, None, &at).await.expect("drafts keep anything");
    for refusal in [
        refused(desk.preview(FILER, q1(), &at).await),
        refused(desk.file(FILER, q1(), version, key(1), &at).await),
    ] {
        let (told, total) = refusal.faults().expect("faults");
        // Of each line three wages below the minimum, and on all but the first a number met before.
        assert_eq!((told.len(), total), (FAULTS_MAX, 3_000 * 3 + 2_999));
    }
}

#[tokio::test]
async fn nobody_sees_what_is_not_theirs() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    assert_eq!(refused(desk.contribution_account(person(1), at.today).await), Refusal::NotAllowed);
    assert_eq!(refused(desk.individual_account(FILER, &at).await), Refusal::NotAllowed);
    assert_eq!(refused(desk.save_draft(person(1), q1(), Vec::new(), None, &at).await), Refusal::NotAllowed);
}

#[tokio::test]
async fn a_month_that_a_correction_empties_is_owed_no_more() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let version = desk.save_draft(FILER, q1(), vec![line(1, "100000")], None, &at).await.expect("saved");
    desk.file(FILER, q1(), version, key(1), &at).await.expect("filed");
    let amount = Money::new(94_500.into(), desk.fund().currency).expect("money");
    desk.book_payment(EMPLOYER, amount, date("2024-02-14"), "VIR-1", &at).await.expect("booked");
    let mut without_february = line(1, "100000");
    without_february.set(Field::Wage2, "");
    let version = desk.save_draft(FILER, q1(), vec![without_february], None, &at).await.expect("saved");
    desk.file(FILER, q1(), version, key(2), &moment("2024-05-02", 3)).await.expect("corrected");
    let statement = desk.contribution_account(FILER, date("2024-05-03")).await.expect("an account").statement;
    let owed: Vec<_> = statement.obligations.iter().map(|o| (o.month.number(), o.due.to_string())).collect();
    assert_eq!(
        owed,
        [(1, "21500".to_owned()), (1, "10000".to_owned()), (3, "21500".to_owned()), (3, "10000".to_owned())]
    );
    assert_eq!(statement.credit.to_string(), "31500", "what was paid for February is the employer's");
}

#[tokio::test]
async fn a_leaving_date_taken_back_brings_the_worker_back() {
    let desk = desk().await;
    let q2 = q1().plus(1);
    let in_q2 = async |day: &str| {
        let staff = desk.staff_in(FILER, q2).await.expect("a list");
        assert!(staff.iter().all(|m| m.hired_on <= date(day)), "hired before {day}");
        staff.iter().map(|m| m.left_on).collect::<Vec<_>>()
    };
    let mut left = line(1, "100000");
    left.set(Field::HiredOn, "05/01/2022");
    left.set(Field::LeftOn, "31/03/2024");
    let at = moment("2024-04-10", 1);
    let version =
        desk.save_draft(FILER, q1(), vec![left, line(2, "200000")], None, &at).await.expect("saved");
    desk.file(FILER, q1(), version, key(1), &at).await.expect("filed");
    assert_eq!(in_q2("2023-01-01").await, [None], "who left is not asked for any more");
    let mut stays = line(1, "100000");
    stays.set(Field::HiredOn, "05/01/2023");
    let at = moment("2024-04-11", 2);
    let version =
        desk.save_draft(FILER, q1(), vec![stays.clone(), line(2, "200000")], None, &at).await.expect("saved");
    desk.file(FILER, q1(), version, key(2), &at).await.expect("corrected");
    assert_eq!(in_q2("2023-01-05").await, [None, None]);
    let hired: Vec<_> = desk.staff_in(FILER, q2).await.expect("a list").iter().map(|m| m.hired_on).collect();
    assert_eq!(hired, [date("2023-01-05"), date("2023-01-01")], "the corrected day of hiring counts");
    // What a later declaration says of the leaving is not undone by correcting an earlier wage.
    let mut left = line(1, "100000");
    left.set(Field::LeftOn, "30/06/2024");
    let at = moment("2024-07-01", 3);
    let version = desk.save_draft(FILER, q2, vec![left], None, &at).await.expect("saved");
    desk.file(FILER, q2, version, key(3), &at).await.expect("filed");
    stays.set(Field::Wage1, "120000");
    let at = moment("2024-07-02", 4);
    let version =
        desk.save_draft(FILER, q1(), vec![stays, line(2, "200000")], None, &at).await.expect("saved");
    desk.file(FILER, q1(), version, key(4), &at).await.expect("corrected");
    assert_eq!(in_q2("2023-01-05").await, [Some(date("2024-06-30")), None]);
}

#[tokio::test]
async fn a_later_draft_never_bears_the_version_of_an_earlier_one() {
    let desk = desk().await;
    let at = moment("2024-04-10", 1);
    let first = desk.save_draft(FILER, q1(), vec![line(1, "100000")], None, &at).await.expect("saved");
    let again = desk.save_draft(FILER, q1(), vec![line(1, "110000")], Some(first), &at).await.expect("saved");
    desk.drop_draft(FILER, q1(), again, &at).await.expect("dropped");
    let later = moment("2024-04-11", 2);
    let other = desk.save_draft(FILER, q1(), vec![line(1, "120000")], None, &later).await.expect("saved");
    for shown in [first, again] {
        assert_ne!(other, shown);
        let stale = desk.save_draft(FILER, q1(), Vec::new(), Some(shown), &later).await;
        assert_eq!(refused(stale), Refusal::Stale, "a tab that shows the earlier draft is told");
        assert_eq!(refused(desk.drop_draft(FILER, q1(), shown, &later).await), Refusal::Stale);
        assert_eq!(refused(desk.file(FILER, q1(), shown, key(1), &later).await), Refusal::Stale);
    }
    let kept = desk.declaration(FILER, q1(), &later).await.expect("a view").draft.expect("a draft");
    assert_eq!(kept.value.lines, [line(1, "120000")]);
}

/// However often a quarter was corrected since, a repeated request is told what it was told.
#[tokio::test]
async fn a_repeat_of_any_age_gets_its_answer() {
    let desk = desk().await;
    let mut answers = Vec::new();
    for n in 1..=60_u8 {
        let at = moment("2024-04-10", n);
        let wage = (100_000 + i64::from(n)).to_string();
        let version = desk.save_draft(FILER, q1(), vec![line(1, &wage)], None, &at).await.expect("saved");
        let filed = desk.file(FILER, q1(), version, key(n.into()), &at).await.expect("filed");
        answers.push((version, key(n.into()), filed));
    }
    for (version, key, filed) in answers {
        let again = desk.file(FILER, q1(), version, key, &moment("2024-05-01", 200)).await;
        assert_eq!(again.expect("the same answer"), filed);
    }
}
