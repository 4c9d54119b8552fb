//! A wage declaration of 100,000 lines: the workbook library alone, our guarded reading, and
//! the whole way from bytes to assessed contributions.
//!
//! `cargo bench -p cnss-http -- ratio` runs them alternately and prints each one's share of
//! the library's own rows a second, which is what the machine's other work disturbs least.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a measuring tool")]

use std::hint::black_box;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use calamine::{Reader, Xlsx};
use cnss_core::declaration::prepare::prepare;
use cnss_core::declaration::sheet::{Cell, Expected, Register, Registered, SheetReader};
use cnss_core::fund::Fund;
use cnss_core::id::InsuredId;
use cnss_core::person::NameKey;
use cnss_http::workbook::{Column, ColumnKind, Limits, Template, read, template};
use uuid::Uuid;

const LINES: u32 = 100_000;
const ROUNDS: usize = 7;

fn main() {
    if std::env::args().any(|argument| argument == "ratio") {
        ratio();
    } else {
        divan::main();
    }
}

fn number(line: u32) -> String {
    // Without order, as numbers are on a real wage file.
    format!("{:07}", u64::from(line) * 7_919 % 9_999_991)
}

/// A declaration as an employer sends it, built on the fund's own model.
fn workbook(fund: &Fund) -> Vec<u8> {
    let columns = fund.layout.columns.iter().map(|column| Column {
        title: column.title.to_string(),
        width: column.width,
        kind: ColumnKind::Text,
        note: None,
        refusal: None,
    });
    let rows = (0..LINES).map(|line| {
        let wage = |month: u32| Cell::Number((60_000 + (line % 977) * 500 + month * 500).into());
        vec![
            Cell::Text(number(line)),
            Cell::Text("AKOUETE".to_owned()),
            Cell::Text(format!("Kossi {}", ["Mawuli", "Edem", "Yao", "Sena"][line as usize % 4])),
            wage(0),
            wage(1),
            wage(2),
            Cell::Number(30.into()),
            Cell::Number(30.into()),
            Cell::Number(30.into()),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]
    });
    let content = Template {
        sheet_name: "DNR".to_owned(),
        title: "DNR".to_owned(),
        facts: Vec::new(),
        columns: columns.collect(),
        rows: rows.collect(),
        spare_rows: 0,
        help_name: "Aide".to_owned(),
        help: Vec::new(),
        author: "cnss".to_owned(),
    };
    template(&content).unwrap().bytes
}

fn register() -> Register {
    let known = |line: u32| Registered {
        id: InsuredId(Uuid::from_u128(line.into())),
        surname: NameKey::of("Akouété"),
        forenames: NameKey::of("Kossi"),
        shown: "Kossi Akouété".into(),
    };
    (0..LINES).map(|line| (number(line).parse().unwrap(), known(line))).collect()
}

fn library_alone(bytes: &[u8]) -> u32 {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let mut cells = book.worksheet_cells_reader("DNR").unwrap();
    let mut count = 0;
    while let Some(cell) = cells.next_cell().unwrap() {
        count += u32::from(black_box(cell.get_position()).1 == 0);
    }
    count
}

fn guarded(bytes: &[u8]) -> u32 {
    let mut count = 0;
    let counted = &mut |row: &cnss_http::workbook::Row| {
        black_box(row);
        count += 1;
        ControlFlow::Continue(())
    };
    read(bytes, &Limits::default(), counted).unwrap();
    count
}

fn whole_way(bytes: &[u8], fund: &Fund, register: &Register) -> u32 {
    let quarter = "2024-T1".parse().unwrap();
    let expected = Expected { fund, employer_number: "EMP-1", quarter };
    let mut reader = SheetReader::new(&expected);
    let take = &mut |row: &cnss_http::workbook::Row| {
        if reader.row(row) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    read(bytes, &Limits::default(), take).unwrap();
    let lines = reader.finish().finish(register).expect("sound lines");
    let prepared = prepare(fund, "salaried", quarter, &lines).unwrap();
    black_box(&prepared);
    u32::try_from(lines.len()).unwrap()
}

fn ratio() {
    let fund = Fund::builtin("tg").unwrap();
    let (bytes, register) = (workbook(&fund), register());
    println!("{LINES} lines, {} bytes", bytes.len());
    let mut times = [const { Vec::<Duration>::new() }; 3];
    for _ in 0..ROUNDS {
        for (which, times) in times.iter_mut().enumerate() {
            let began = Instant::now();
            let lines = match which {
                0 => library_alone(&bytes),
                1 => guarded(&bytes),
                _ => whole_way(&bytes, &fund, &register),
            };
            times.push(began.elapsed());
            assert!(lines >= LINES);
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[ROUNDS / 2]
    };
    let [library, guarded, whole] = times.each_mut().map(median);
    for (what, time) in
        [("library alone", library), ("guarded reading", guarded), ("read, checked, assessed", whole)]
    {
        let rows = u128::from(LINES) * 1_000_000 / time.as_micros();
        println!(
            "{what:24} {rows:>9} rows/s   {:>3} % of the library",
            library.as_micros() * 100 / time.as_micros()
        );
    }
}

mod bench {
    use divan::Bencher;

    use super::*;

    #[divan::bench(sample_count = 7)]
    fn read_alone(bencher: Bencher<'_, '_>) {
        let bytes = workbook(&Fund::builtin("tg").unwrap());
        bencher.bench(|| library_alone(&bytes));
    }

    #[divan::bench(sample_count = 7)]
    fn read_guarded(bencher: Bencher<'_, '_>) {
        let bytes = workbook(&Fund::builtin("tg").unwrap());
        bencher.bench(|| guarded(&bytes));
    }

    #[divan::bench(sample_count = 7)]
    fn read_checked_assessed(bencher: Bencher<'_, '_>) {
        let fund = Fund::builtin("tg").unwrap();
        let (bytes, register) = (workbook(&fund), register());
        bencher.bench(|| whole_way(&bytes, &fund, &register));
    }
}
