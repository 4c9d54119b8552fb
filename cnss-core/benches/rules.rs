//! What the rules cost: one pension, one large wage declaration, one long account.
//!
//! The goals that a change must not break on two ordinary cores: a pension over 480 months with
//! all its steps in at most 20 µs and without in at most 2 µs, one contribution with its steps in
//! at most 5 µs and without in at most 0.5 µs, and at least 220,000 declared workers a second from
//! rows to contributions.
#![expect(clippy::expect_used, reason = "a benchmark that cannot prepare its case must stop")]

use cnss_core::calendar::{Month, parse_date};
use cnss_core::certificate::Certificate;
use cnss_core::declaration::Line;
use cnss_core::declaration::assess::{Assessor, MonthRates, assess};
use cnss_core::declaration::prepare::{Prepared, prepare};
use cnss_core::declaration::sheet::{Cell, Expected, Register, Registered, Row, SheetReader, Unregistered};
use cnss_core::fund::Fund;
use cnss_core::id::{EmployerId, EntryId, InsuredId};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Posting, statement};
use cnss_core::money::Money;
use cnss_core::pension::{Subject, amount_only, simulate};
use cnss_core::person::NameKey;
use divan::{Bencher, black_box, counter::ItemsCount};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Workers on the large declaration.
const WORKERS: u32 = 100_000;
/// The heading of the fund's own model.
const HEADING: [&str; 12] = [
    "N° CNSS",
    "Nom",
    "Prénoms",
    "Salaire M1",
    "Salaire M2",
    "Salaire M3",
    "Jours M1",
    "Jours M2",
    "Jours M3",
    "Date d'embauche",
    "Date de débauche",
    "Observation",
];
const SURNAMES: [&str; 6] = ["MENSAH", "N'Guissan", "Akouété", "LAWSON", "D'Almeida", "Bawa"];
const FORENAMES: [&str; 6] = ["Kossi", "Afi Akossiwa", "Ésinam", "Comlan Christophe", "Ama", "Ou-Sékou"];

fn main() {
    divan::main();
}

fn togo() -> Fund {
    fund("tg")
}

fn fund(code: &str) -> Fund {
    Fund::builtin(code).expect("built in")
}

/// Forty years of work without a gap, at a pay that rises now and then.
fn forty_years() -> Career {
    let span = |from: &str, to: &str, wage: i64| {
        CareerSpan::new(from.parse().expect("a month"), to.parse().expect("a month"), wage.into())
    };
    let spans = [
        span("1984-06", "1996-12", 60_000),
        span("1997-01", "2012-06", 135_000),
        span("2012-07", "2021-03", 210_500),
        span("2021-04", "2024-05", 285_750),
    ];
    let career = Career::from_spans(&spans).expect("a career");
    assert_eq!(career.months().len(), 480);
    career
}

/// Pensions that are granted: fund, kind, birth date.
const PENSIONS: [(&str, &str, &str); 4] = [
    ("tg", "normal", "1964-05-01"),
    ("tg", "early", "1967-02-28"),
    ("ma", "normal", "1964-05-01"),
    ("dj", "normal", "1964-05-01"),
];

/// With every step, as a letter to the insured person needs it.
#[divan::bench(args = PENSIONS, sample_size = 100)]
fn pension_of_480_months(bencher: Bencher<'_, '_>, (code, kind, born): (&str, &str, &str)) {
    let (fund, career) = (fund(code), forty_years());
    let birth_date = parse_date(born).expect("a date");
    let subject = Subject::new(birth_date, parse_date("2024-06-01").expect("a date"), &career);
    assert!(simulate(&fund, &subject, kind).expect("rules are known").eligible());
    bencher.counter(ItemsCount::new(1_u32)).bench(|| simulate(black_box(&fund), black_box(&subject), kind));
}

/// With every step, and these as a certificate that can be kept and checked: text, and its digest.
#[divan::bench(args = PENSIONS, sample_size = 100)]
fn pension_certified(bencher: Bencher<'_, '_>, (code, kind, born): (&str, &str, &str)) {
    let (fund, career) = (fund(code), forty_years());
    let birth_date = parse_date(born).expect("a date");
    let subject = Subject::new(birth_date, parse_date("2024-06-01").expect("a date"), &career);
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let answer = simulate(black_box(&fund), black_box(&subject), kind).expect("rules are known");
        let award = answer.award.expect("granted");
        Certificate::new(&fund, &answer.steps, &[("amount", award.monthly)])
    });
}

/// Without a step, as a projection needs it.
#[divan::bench(args = PENSIONS, sample_size = 100)]
fn pension_without_steps(bencher: Bencher<'_, '_>, (code, kind, born): (&str, &str, &str)) {
    let (fund, career) = (fund(code), forty_years());
    let birth_date = parse_date(born).expect("a date");
    let subject = Subject::new(birth_date, parse_date("2024-06-01").expect("a date"), &career);
    assert!(amount_only(&fund, &subject, kind).expect("rules are known").is_some());
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench(|| amount_only(black_box(&fund), black_box(&subject), kind));
}

/// One worker's month: what each branch takes.
const CONTRIBUTIONS: [(&str, &str); 3] = [("tg", "salaried"), ("ma", "salaried"), ("dj", "general")];

fn march() -> Month {
    "2024-03".parse().expect("a month")
}

/// With every step, from the fund to the certificate.
#[divan::bench(args = CONTRIBUTIONS, sample_size = 100)]
fn contribution_of_one(bencher: Bencher<'_, '_>, (code, category): (&str, &str)) {
    let fund = fund(code);
    let wage = [Decimal::from(185_250)];
    assert!(assess(&fund, category, march(), &wage).is_ok());
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench(|| assess(black_box(&fund), category, march(), black_box(&wage)));
}

/// With every step, and these as a certificate: text, and its digest.
#[divan::bench(args = CONTRIBUTIONS, sample_size = 100)]
fn contribution_certified(bencher: Bencher<'_, '_>, (code, category): (&str, &str)) {
    let fund = fund(code);
    let wage = [Decimal::from(185_250)];
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let month = assess(black_box(&fund), category, march(), black_box(&wage)).expect("rates are known");
        let amounts: Vec<_> = month.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
        Certificate::new(&fund, &month.steps, &amounts)
    });
}

/// Without a step; the law of the month is looked up every time.
#[divan::bench(args = CONTRIBUTIONS, sample_size = 100)]
fn contribution_without_steps(bencher: Bencher<'_, '_>, (code, category): (&str, &str)) {
    let fund = fund(code);
    let wage = Decimal::from(185_250);
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let rates = MonthRates::of(black_box(&fund), category, march()).expect("rates are known");
        Assessor::new(&rates).worker(black_box(wage))
    });
}

/// Without a step, at rates that were looked up before.
#[divan::bench(args = CONTRIBUTIONS, sample_size = 100)]
fn contribution_at_known_rates(bencher: Bencher<'_, '_>, (code, category): (&str, &str)) {
    let fund = fund(code);
    let rates = MonthRates::of(&fund, category, march()).expect("rates are known");
    let wage = Decimal::from(185_250);
    let mut assessor = Assessor::new(&rates);
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| assessor.worker(black_box(wage)));
}

fn pick<'a>(list: &[&'a str; 6], at: u32) -> &'a str {
    list.get(usize::try_from(at % 6).expect("small")).expect("six of them")
}

/// Numbers in no order at all, as staff lists have them: each worker's own, without a repeat.
fn number(worker: u32) -> u32 {
    710_000 + u32::try_from(u64::from(worker) * 7_919 % u64::from(WORKERS)).expect("small")
}

/// The rows as a workbook gives them: numbers, texts, now and then days, a date or a remark.
fn rows() -> Vec<Row> {
    let heading = HEADING.iter().map(|title| Cell::Text((*title).to_owned())).collect();
    let mut rows = vec![Row { number: 1, cells: heading }];
    for worker in 0..WORKERS {
        let wage = |month: u32| Cell::Number(Decimal::from(52_500 + (worker * 37 + month * 11) % 900_000));
        let text = |list, at| Cell::Text(pick(list, at).to_owned());
        let mut cells = vec![
            Cell::Number(Decimal::from(number(worker))),
            text(&SURNAMES, worker),
            text(&FORENAMES, worker / 6),
        ];
        cells.extend([wage(1), wage(2), if worker % 11 == 0 { Cell::Empty } else { wage(3) }]);
        cells.extend([
            Cell::Empty,
            if worker % 20 == 0 { Cell::Number(Decimal::from(15)) } else { Cell::Empty },
        ]);
        cells.push(Cell::Empty);
        cells.push(if worker % 50 == 0 {
            Cell::Date(parse_date("2024-01-02").expect("a date"))
        } else {
            Cell::Empty
        });
        cells.push(Cell::Empty);
        cells.push(if worker % 40 == 0 { Cell::Text("Congé sans solde".to_owned()) } else { Cell::Empty });
        rows.push(Row { number: worker + 2, cells });
    }
    rows
}

fn register() -> Register {
    let person = |worker: u32| {
        let (surname, forenames) = (pick(&SURNAMES, worker), pick(&FORENAMES, worker / 6));
        let known = Registered {
            id: InsuredId(Uuid::from_u128(u128::from(worker))),
            surname: NameKey::of(surname),
            forenames: NameKey::of(forenames),
            shown: format!("{forenames} {surname}").into_boxed_str(),
        };
        (number(worker).to_string().parse().expect("a number"), known)
    };
    (0..WORKERS).map(person).collect()
}

fn read(expected: &Expected<'_>, rows: &[Row]) -> Unregistered {
    let mut reader = SheetReader::new(expected);
    for row in rows {
        assert!(reader.row(row), "row {} stopped the reader", row.number);
    }
    reader.finish()
}

fn sound(read: Unregistered, register: &Register) -> Vec<Line> {
    read.finish(register).expect("no fault")
}

fn assessed(fund: &Fund, expected: &Expected<'_>, lines: &[Line]) -> Prepared {
    prepare(fund, "salaried", expected.quarter, lines).expect("rates are known")
}

fn expected(fund: &Fund) -> Expected<'_> {
    Expected { fund, employer_number: "EMP-0001", quarter: "2024-T1".parse().expect("a quarter") }
}

/// From rows to the contributions of three months, register check included.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn declaration_of_100_000(bencher: Bencher<'_, '_>) {
    let (fund, rows, register) = (togo(), rows(), register());
    let expected = expected(&fund);
    bencher.counter(ItemsCount::new(WORKERS)).bench(|| {
        let lines = sound(read(&expected, &rows), &register);
        let prepared = assessed(&fund, &expected, &lines);
        (lines, prepared)
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn declaration_part_1_read(bencher: Bencher<'_, '_>) {
    let (fund, rows) = (togo(), rows());
    let expected = expected(&fund);
    bencher.counter(ItemsCount::new(WORKERS)).bench(|| read(&expected, &rows));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn declaration_part_2_register(bencher: Bencher<'_, '_>) {
    let (fund, rows, register) = (togo(), rows(), register());
    let expected = expected(&fund);
    bencher
        .counter(ItemsCount::new(WORKERS))
        .with_inputs(|| read(&expected, &rows))
        .bench_values(|read| sound(read, &register));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn declaration_part_3_prepare(bencher: Bencher<'_, '_>) {
    let (fund, rows, register) = (togo(), rows(), register());
    let expected = expected(&fund);
    let lines = sound(read(&expected, &rows), &register);
    bencher.counter(ItemsCount::new(WORKERS)).bench(|| assessed(&fund, &expected, &lines));
}

/// Twelve years of monthly debts and payments: most in time, some late, one in seven missing.
fn twelve_years(fund: &Fund) -> Vec<Entry> {
    let employer = EmployerId(Uuid::from_u128(1));
    let money = |amount: i64| Money::new(amount.into(), fund.currency).expect("money");
    let booked_at = chrono::DateTime::UNIX_EPOCH;
    let first: Month = "2013-01".parse().expect("a month");
    let mut entries = Vec::new();
    for n in 0..144_i32 {
        let month = first.plus(n);
        let due = fund.contributions.due_date(month).expect("a due date");
        let amount = money(225_000 + i64::from(n) * 350);
        let id = |side: u128| EntryId(Uuid::from_u128(u128::from(n.unsigned_abs()) * 2 + side));
        let posting = |account, amount| Posting { account, amount };
        let mut debt = Entry::blank(id(0), employer, EntryKind::Assessment, due, booked_at);
        debt.month = Some(month);
        let earned = LedgerAccount::Contribution {
            branch: "pension".to_owned(),
            payer: cnss_core::fund::Payer::Employer,
        };
        let owed = LedgerAccount::Receivable { scheme: "cnss".to_owned() };
        entries.push(
            debt.with_postings(vec![posting(owed, amount), posting(earned, amount.negated())])
                .expect("balanced"),
        );
        if n % 7 == 6 {
            continue;
        }
        let late = u64::from(n % 5 == 4) * 100;
        let paid_on = due.checked_add_days(chrono::Days::new(late)).expect("a day");
        let mut payment = Entry::blank(id(1), employer, EntryKind::Payment, paid_on, booked_at);
        payment.reference = Some(format!("VIR-{n:04}"));
        let sides =
            vec![posting(LedgerAccount::Bank, amount), posting(LedgerAccount::Deposit, amount.negated())];
        entries.push(payment.with_postings(sides).expect("balanced"));
    }
    entries
}

#[divan::bench]
fn account_of_12_years(bencher: Bencher<'_, '_>) {
    let fund = togo();
    let entries = twelve_years(&fund);
    let on = parse_date("2025-03-31").expect("a date");
    assert!(statement(&fund, &entries, on).expect("a statement").overdue().is_ok_and(|late| !late.is_zero()));
    bencher
        .counter(ItemsCount::new(entries.len()))
        .bench(|| statement(black_box(&fund), black_box(&entries), on));
}
