//! Files by other authors, and the values of their cells.

use chrono::NaiveDate;
use cnss_http::workbook::{Cell, Limits, read};
use rust_decimal::Decimal;

use super::{STYLES, fixture, package, rows, sample, sheet, text};

fn number(text: &str) -> Cell {
    Cell::Number(text.parse().unwrap())
}

fn day(year: i32, month: u32, day: u32) -> Cell {
    Cell::Date(NaiveDate::from_ymd_opt(year, month, day).unwrap())
}

#[test]
fn by_openpyxl_and_libreoffice() {
    for name in ["openpyxl.xlsx", "date1904.xlsx", "comments.xlsx", "rich_hidden.xlsx", "lo.xlsx"] {
        let (rows, summary) = rows(&fixture(name)).unwrap();
        assert_eq!(summary.sheet_name, "DNR T1", "{name}");
        assert_eq!(summary.merged, ["A1:E1"], "{name}");
        let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 4, 5, 6, 7, 8], "{name}");
        assert_eq!(rows[1].cells, [text("Employeur"), text("Société « L'Étoile »")], "{name}");
        let first = [text("00123"), text("N'Guessan"), number("1234.56"), day(2024, 2, 29)];
        assert_eq!(rows[3].cells[..4], first, "{name}");
        let second = [text("00124"), text("عبد الله"), text("1 234,56"), text("15/03/2024"), Cell::Formula];
        assert_eq!(rows[4].cells, second, "{name}");
        assert_eq!(
            rows[5].cells[..4],
            [number("125"), text("Bénédicte"), number("0.3"), day(1999, 12, 31)],
            "{name}"
        );
        assert_eq!(rows[6].cells[2], number("1000000000000000"), "{name}");
        if name != "lo.xlsx" {
            // LibreOffice writes booleans and errors that were typed as formulas.
            assert_eq!(rows[5].cells[4], Cell::Bool(true), "{name}");
            assert_eq!(rows[6].cells[4], Cell::Error("#N/A".to_owned()), "{name}");
            assert_eq!(summary.formula_cells, 1, "{name}");
        }
    }
}

#[test]
fn rich_text_and_hidden_sheet() {
    let (rows, summary) = rows(&fixture("rich_hidden.xlsx")).unwrap();
    assert_eq!(rows[3].cells[4], text("avant gras après"));
    assert_eq!(summary.other_sheets, ["Cachée", "Notes"]);
}

#[test]
fn inline_without_references() {
    let (rows, _) = rows(&fixture("inline.xlsx")).unwrap();
    assert_eq!(rows[0].number, 2);
    assert_eq!(rows[0].cells, [text(" a & b "), number("7")]);
    let errors = |text: &str| Cell::Error(text.to_owned());
    assert_eq!(rows[1].cells, [errors("#SPILL!"), day(2024, 2, 29), errors("#REF!")]);
}

#[test]
fn numbers_as_excel_shows_them() {
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("1234.56", "1234.56"),
        ("1234.5600000000001", "1234.56"),
        ("0.30000000000000004", "0.3"),
        ("0.1", "0.1"),
        ("-12.5", "-12.5"),
        ("123456789012345", "123456789012345"),
        ("999999999999999", "999999999999999"),
        ("1E+3", "1000"),
        ("1.5E-7", "0.00000015"),
        ("33.333333333333336", "33.3333333333333"),
        ("4503599627370497.5", "4503599627370500"),
        ("0.005", "0.005"),
        ("1.005", "1.005"),
    ];
    for (written, shown) in cases {
        let (rows, _) = rows(&sheet(&format!("<row><c><v>{written}</v></c></row>"))).unwrap();
        assert_eq!(rows[0].cells, [number(shown)], "{written}");
    }
    for odd in ["1E+300", "-1E-300"] {
        let (rows, _) = rows(&sheet(&format!("<row><c><v>{odd}</v></c></row>"))).unwrap();
        assert!(matches!(rows[0].cells[0], Cell::Text(_)), "{odd}");
    }
}

#[test]
fn every_cent_is_exact() {
    let mut data = String::new();
    for cents in 0..30_000_u32 {
        let value = f64::from(cents * 37) / 100.0;
        data.push_str(&format!("<row><c><v>{value:?}</v></c></row>"));
    }
    let (rows, _) = rows(&sheet(&data)).unwrap();
    for (cents, row) in (0_i64..).zip(&rows) {
        assert_eq!(row.cells, [Cell::Number(Decimal::new(cents * 37, 2))]);
    }
}

#[test]
fn dates_only_where_excel_shows_one() {
    let format = "<xf numFmtId=\"14\"/><xf numFmtId=\"20\"/></cellXfs>";
    let styles = STYLES.replace("</cellXfs>", format);
    let data = "<worksheet><sheetData><row><c s=\"1\"><v>45351.75</v></c><c s=\"1\"><v>60</v></c>\
        <c s=\"1\"><v>59</v></c><c s=\"1\"><v>-3</v></c><c s=\"1\"><v>9999999</v></c><c s=\"2\"><v>0.5</v></c>\
        <c><v>45351</v></c></row></sheetData></worksheet>";
    let bytes =
        package(&[("xl/styles.xml", styles.as_bytes()), ("xl/worksheets/sheet1.xml", data.as_bytes())]);
    let (rows, _) = rows(&bytes).unwrap();
    let shown = [
        day(2024, 2, 29),
        number("60"),
        day(1900, 2, 28),
        number("-3"),
        number("9999999"),
        number("0.5"),
        number("45351"),
    ];
    assert_eq!(rows[0].cells, shown);
}

#[test]
fn empty_texts_and_trailing_cells_are_cut() {
    let data = "<row r=\"3\"><c r=\"A3\" t=\"str\"><v></v></c><c r=\"C3\"><v>1</v></c><c r=\"E3\"/></row>\
        <row r=\"4\"><c r=\"B4\" t=\"inlineStr\"><is><t></t></is></c></row>";
    let (rows, _) = rows(&sheet(data)).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].number, &rows[0].cells[..]), (3, &[Cell::Empty, Cell::Empty, number("1")][..]));
}

#[test]
fn stopping_early() {
    let mut given = 0;
    let bytes = sample::declaration(100, false);
    let summary = read(&bytes, &Limits::default(), &mut |_| {
        given += 1;
        if given == 10 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    });
    let summary = summary.unwrap();
    assert!(summary.stopped);
    assert_eq!((given, summary.rows, summary.last_row), (10, 10, 11));
}

#[test]
fn formulas_with_cached_values() {
    let (rows, summary) = rows(&sample::declaration(1_000, true)).unwrap();
    let formulas = rows.iter().filter(|row| row.cells.last() == Some(&Cell::Formula)).count();
    assert_eq!(formulas, 10);
    assert_eq!(summary.formula_cells, 10);
    assert_eq!((summary.rows, summary.last_row, summary.columns), (1_004, 1_005, 12));
}
