//! The template, and that what is written is what is read.

use chrono::NaiveDate;
use cnss_http::workbook::{Cell, Column, ColumnKind, Template, WriteFault, template};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{rows, text};

fn column(title: &str, kind: ColumnKind) -> Column {
    Column {
        title: title.to_owned(),
        width: 16,
        kind,
        note: Some(format!("note {title}")),
        refusal: Some(("Refus".to_owned(), "x".repeat(400))),
    }
}

fn content(rows: Vec<Vec<Cell>>) -> Template {
    Template {
        sheet_name: "DNR".to_owned(),
        title: "Déclaration".to_owned(),
        facts: vec![
            ("Employeur".to_owned(), "=SARL".to_owned()),
            ("Trimestre".to_owned(), "2026-T1".to_owned()),
        ],
        columns: vec![
            column("Matricule", ColumnKind::Text),
            column("Salaire", ColumnKind::Number),
            column("Entrée", ColumnKind::Date),
        ],
        rows,
        spare_rows: 100,
        help_name: "Mode d'emploi".to_owned(),
        help: vec!["Une ligne par travailleur.".to_owned()],
        author: "cnss".to_owned(),
    }
}

#[test]
fn the_layout() {
    let written = template(&content(vec![vec![text("00123"), Cell::Empty, Cell::Empty]])).unwrap();
    assert_eq!(written.header_row, 5);
    let (rows, summary) = rows(&written.bytes).unwrap();
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 3, 5, 6]);
    assert_eq!(rows[1].cells, [text("Employeur"), text("=SARL")]);
    assert_eq!(rows[3].cells, [text("Matricule"), text("Salaire"), text("Entrée")]);
    assert_eq!(summary.other_sheets, ["Mode d'emploi"]);
    assert_eq!(summary.formula_cells, 0);
    assert_eq!(written, template(&content(vec![vec![text("00123"), Cell::Empty, Cell::Empty]])).unwrap());
}

#[test]
fn refusals() {
    let name = Template { sheet_name: "a/b".to_owned(), ..content(Vec::new()) };
    assert!(matches!(template(&name), Err(WriteFault::SheetName)));
    let long = content(vec![vec![Cell::Empty, text(&"x".repeat(40_000))]]);
    assert!(matches!(template(&long), Err(WriteFault::TextTooLong { row: 6, column: 2 })));
    let many = Template { spare_rows: 2_000_000, ..content(Vec::new()) };
    assert!(matches!(template(&many), Err(WriteFault::TooLarge)));
}

fn cell() -> impl Strategy<Value = Cell> {
    let word = prop_oneof![
        "[=+@-][A-Z0-9(),]{0,9}",
        "0{1,4}[0-9]{1,9}",
        "[A-ZÀ-ÿ' -]{1,20}",
        "[\u{0627}-\u{064A} ]{1,12}",
        "\\PC{1,30}",
        "_x00[0-9A-F]{2}_",
        " [a-z\n\t]{1,9} ",
        "[<>&\"']{1,6}",
    ];
    prop_oneof![
        1 => Just(Cell::Empty),
        4 => word.prop_map(Cell::Text),
        2 => (-99_999_999_999_i64..99_999_999_999, 0..4_u32)
            .prop_map(|(number, scale)| Cell::Number(Decimal::new(number, scale).normalize())),
        1 => (0..90_000_u64).prop_map(|days| {
            Cell::Date(NaiveDate::from_ymd_opt(1900, 3, 1).unwrap() + chrono::Days::new(days))
        }),
        1 => any::<bool>().prop_map(Cell::Bool),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("CASES").map_or(128, |n| n.parse().unwrap()), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(table in prop::collection::vec(prop::collection::vec(cell(), 0..8), 0..12)) {
        let written = template(&content(table.clone())).unwrap();
        let (read, _) = rows(&written.bytes).unwrap();
        let mut below = read.iter().filter(|row| row.number > written.header_row).peekable();
        for (number, cells) in (written.header_row + 1..).zip(table) {
            let width = cells.iter().rposition(|cell| *cell != Cell::Empty).map_or(0, |last| last + 1);
            if width > 0 {
                let row = below.next().expect("the row");
                prop_assert_eq!(row.number, number);
                prop_assert_eq!(&row.cells[..], &cells[..width]);
            }
        }
        prop_assert!(below.next().is_none());
    }
}
