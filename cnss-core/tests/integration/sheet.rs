//! Reading the wage declaration: what an employer sends, and what the fund answers.

use cnss_core::declaration::Line;
use cnss_core::declaration::sheet::{Cell, Expected, Register, Registered, Row, SheetReader};
use cnss_core::fund::Fund;
use cnss_core::id::InsuredId;
use cnss_core::person::NameKey;
use cnss_core::refusal::{FAULTS_MAX, Faults, Place};
use rust_decimal::Decimal;
use uuid::Uuid;

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

fn text(cells: &[&str]) -> Vec<Cell> {
    cells.iter().map(|t| if t.is_empty() { Cell::Empty } else { Cell::Text((*t).to_owned()) }).collect()
}

fn register() -> Register {
    let person = |n: u128, surname: &str, forenames: &str| Registered {
        id: InsuredId(Uuid::from_u128(n)),
        surname: NameKey::of(surname),
        forenames: NameKey::of(forenames),
        shown: format!("{forenames} {surname}").into_boxed_str(),
    };
    [
        ("710040", person(1, "Mensah", "Comlan Christophe")),
        ("710041", person(2, "N'Guissan", "Afi")),
        ("0710042", person(3, "Akouété", "Adjo")),
    ]
    .into_iter()
    .map(|(number, person)| (number.parse().expect("a number"), person))
    .collect()
}

fn read(rows: Vec<Vec<Cell>>) -> Result<Vec<Line>, Faults> {
    let fund = Fund::builtin("tg").expect("built in");
    let expected =
        Expected { fund: &fund, employer_number: "EMP-0001", quarter: "2024-T1".parse().expect("a quarter") };
    let mut reader = SheetReader::new(&expected);
    for (number, cells) in (1..).zip(rows) {
        if !reader.row(&Row { number, cells }) {
            break;
        }
    }
    reader.finish().finish(&register())
}

fn with_line(cells: &[&str]) -> Result<Vec<Line>, Faults> {
    read(vec![text(&HEADING), text(cells)])
}

/// The faults as `row column-letter code`, as the employer reads them.
fn told(result: Result<Vec<Line>, Faults>) -> Vec<String> {
    let faults = result.expect_err("must be refused");
    assert_eq!(faults.total, faults.list.len());
    faults
        .list
        .iter()
        .map(|fault| match &fault.place {
            Place::Cell { row, column, .. } => {
                let letter = column.map_or('?', |c| char::from(b'A' + u8::try_from(c).expect("few columns")));
                format!("{row} {letter} {}", fault.kind.code())
            }
            Place::Row(row) => format!("{row} - {}", fault.kind.code()),
            Place::File => format!("file {}", fault.kind.code()),
            Place::Field(path) => format!("{path} {}", fault.kind.code()),
        })
        .collect()
}

#[test]
fn a_sound_file_becomes_lines() {
    let lines = read(vec![
        text(&["DÉCLARATION NOMINATIVE DES RÉMUNÉRATIONS"]),
        text(&["N° employeur", "EMP-0001"]),
        text(&["Trimestre", "2024-T1"]),
        text(&[]),
        text(&HEADING),
        text(&["710040", "MENSAH", "Comlan", "52 500", "100 000", "1.234.567"]),
        vec![
            Cell::Number(710_041.into()),
            Cell::Text("Nguissan".into()),
            Cell::Text("AFI".into()),
            Cell::Empty,
            Cell::Number(80_000.into()),
            Cell::Number(80_000.into()),
            Cell::Empty,
            Cell::Number(26.into()),
        ],
        text(&["0710042", "Adjo", "Akouete", "", "", "30000", "", "", "12", "15/03/2024"]),
    ])
    .expect("sound");
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0].row, 6);
    assert_eq!(lines[0].wages, [52_500, 100_000, 1_234_567].map(|w: i64| Some(Decimal::from(w))));
    assert_eq!(lines[1].days, [None, Some(26), None]);
    assert_eq!(lines[2].wages, [None, None, Some(30_000.into())]);
}

#[test]
fn each_bad_cell_is_told_with_its_row_and_column() {
    let good = ["710040", "Mensah", "Comlan", "60000", "60000", "60000", "", "", "", "", "", ""];
    for (column, value, code) in [
        (0, "", "2 A missing"),
        (0, "71O040", "2 A not_a_number"),
        (0, "999999", "2 A unknown_insured"),
        (1, "", "2 B missing"),
        (1, "Kofi", "2 B other_name"),
        (1, "<b>", "2 B not_a_name"),
        (3, "abc", "2 D not_an_amount"),
        (3, "1 234,56", "2 D not_whole"),
        (3, "-5", "2 D not_positive"),
        (3, "9999999999999", "2 D too_large"),
        (3, "52499", "2 D below_minimum"),
        (4, "12e3", "2 E not_an_amount"),
        (6, "32", "2 G not_days"),
        (7, "30,5", "2 H not_days"),
        (6, "0", "2 G days_without_wage"),
        (6, "douze", "2 G not_days"),
        (9, "31/02/2024", "2 J not_a_date"),
        (9, "15/02/2024", "2 D outside_employment"),
        (10, "31/01/2024", "2 E outside_employment|2 F outside_employment"),
        (11, &"x".repeat(201), "2 L too_long"),
    ] {
        let mut cells = good;
        cells[column] = value;
        assert_eq!(told(with_line(&cells)).join("|"), code, "{value:?} in column {column}");
    }
}

#[test]
fn formulas_errors_and_merged_cells_are_refused_where_they_stand() {
    let mut cells = text(&["710040", "Mensah", "Comlan", "60000", "60000", "60000"]);
    cells[3] = Cell::Formula;
    cells[4] = Cell::Error("#REF!".into());
    assert_eq!(told(read(vec![text(&HEADING), cells])), ["2 D formula", "2 E cell_error"]);
    let fund = Fund::builtin("tg").expect("built in");
    let expected =
        Expected { fund: &fund, employer_number: "EMP-0001", quarter: "2024-T1".parse().expect("a quarter") };
    let mut reader = SheetReader::new(&expected);
    reader.row(&Row { number: 1, cells: text(&HEADING) });
    reader.row(&Row { number: 2, cells: text(&["710040", "Mensah", "Comlan", "60000", "60000", "60000"]) });
    reader.merged(2, 3, "D2:E2");
    assert_eq!(told(reader.finish().finish(&register())), ["2 D merged"]);
}

#[test]
fn all_faults_come_at_once() {
    let faults = told(read(vec![
        text(&HEADING),
        text(&["710040", "Mensah", "Comlan", "x", "y", "z"]),
        text(&["", "", "", "", "", ""]),
        text(&["710041", "N'Guissan", "Afi"]),
        text(&["710040", "Mensah", "Comlan", "60000"]),
        text(&["123", "Personne", "Nulle", "60000"]),
    ]));
    assert_eq!(
        faults,
        [
            "2 D not_an_amount",
            "2 E not_an_amount",
            "2 F not_an_amount",
            "4 D no_wage",
            "5 A twice",
            "6 A unknown_insured"
        ]
    );
}

#[test]
fn files_of_another_shape_are_explained() {
    assert_eq!(told(read(vec![])), ["file no_heading"]);
    assert_eq!(told(read(vec![text(&["bonjour"]); 50])), ["file no_heading"]);
    assert_eq!(told(read(vec![text(&HEADING)])), ["file no_line"]);
    assert_eq!(
        told(read(vec![text(&["N° CNSS", "Nom", "Prénoms", "Salaire M1"])])),
        ["1 - column_missing", "1 - column_missing"]
    );
    let twice =
        text(&["N° CNSS", "Nom", "Prénoms", "Salaire M1", "Salaire M2", "Salaire M3", "salaire mois 1"]);
    assert_eq!(told(read(vec![twice])), ["1 G column_twice"]);
    let rows = vec![
        text(&["N° employeur", "EMP-0002"]),
        text(&["Trimestre", "2024-T2"]),
        text(&HEADING),
        text(&["710040", "Mensah", "Comlan", "60000"]),
    ];
    assert_eq!(told(read(rows)), ["1 B other_employer", "2 B other_quarter"]);
}

#[test]
fn columns_may_stand_in_any_order_under_other_titles() {
    let heading =
        text(&["Salaire mois 3", "Salaire mois 2", "SALAIRE MOIS 1", "prénom", "NOMS", "N° assuré"]);
    let lines = read(vec![heading, text(&["3000000", "2000000", "1000000", "Afi", "N’Guissan", "710 041"])])
        .expect("sound");
    assert_eq!(lines[0].wages, [1_000_000, 2_000_000, 3_000_000].map(|w: i64| Some(Decimal::from(w))));
}

#[test]
fn a_flood_of_faults_is_counted_and_cut() {
    let mut rows = vec![text(&HEADING)];
    rows.extend((0..3_000).map(|n| text(&[&format!("{n}x"), "Nom", "Prénom", "60000"])));
    let faults = read(rows).expect_err("all wrong");
    assert_eq!(faults.total, 3_000);
    assert_eq!(faults.list.len(), FAULTS_MAX);
}
