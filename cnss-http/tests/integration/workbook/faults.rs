//! Every reason to refuse a file, with files made here: lying headers, bombs, broken archives.

use std::time::{Duration, Instant};

use cnss_http::workbook::{
    Annotating, BombKind, Cell, FileKind, Limits, Mark, Row, Tone, WorkbookFault, annotate,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{BOOK, STYLES, fixture, package, rows, rows_within, sheet, with_sheet};

fn fault(bytes: &[u8]) -> WorkbookFault {
    rows(bytes).expect_err("a fault")
}

fn found(bytes: &[u8]) -> FileKind {
    match fault(bytes) {
        WorkbookFault::NotAWorkbook { found } => found,
        other => panic!("{other:?}"),
    }
}

fn bomb(bytes: &[u8]) -> BombKind {
    match fault(bytes) {
        WorkbookFault::Bomb(kind) => kind,
        other => panic!("{other:?}"),
    }
}

fn why(bytes: &[u8]) -> &'static str {
    match fault(bytes) {
        WorkbookFault::Damaged { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_files() {
    assert_eq!(fault(b""), WorkbookFault::Empty);
    assert_eq!(found(b"%PDF-1.7 ..."), FileKind::Pdf);
    assert_eq!(found(b"\xFF\xD8\xFF\xE0..."), FileKind::Picture);
    assert_eq!(found(b"\x89PNG\r\n\x1a\n"), FileKind::Picture);
    assert_eq!(found(b"Matricule;Nom\r\n00123;Rakoto\r\n"), FileKind::Text);
    assert_eq!(found(b"BMatricule;Nom\n"), FileKind::Text);
    assert_eq!(found(b"\xEF\xBB\xBF<html><table>"), FileKind::Html);
    assert_eq!(found(b"<?xml version=\"1.0\"?><Workbook/>"), FileKind::Xml);
    assert_eq!(found(b"\x00\x01\x02\x03"), FileKind::Unknown);
    assert_eq!(found(b"7z\xBC\xAF\x27\x1C"), FileKind::Archive);
    assert_eq!(fault(&fixture("password.xlsx")), WorkbookFault::Encrypted);
    assert_eq!(fault(&fixture("old.xls")), WorkbookFault::OldFormat);
    assert_eq!(fault(&fixture("lo.ods")), WorkbookFault::OpenDocument);
    assert_eq!(fault(&package(&[("xl/workbook.bin", b"x")])), WorkbookFault::Binary);
    assert_eq!(found(&package(&[("word/document.xml", b"<a/>")])), FileKind::Document);
    let limits = Limits { upload: 3, ..Limits::default() };
    let large = rows_within(b"PK\x03\x04", &limits).expect_err("too large");
    assert_eq!(large, WorkbookFault::TooLarge { bytes: 4, limit: 3 });
}

#[test]
fn an_archive_of_workbooks() {
    let inner = sheet("");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("dnr.xlsx", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, &inner).unwrap();
    assert_eq!(found(&zip.finish().unwrap().into_inner()), FileKind::Archive);
}

#[test]
fn no_sheet() {
    let hidden = BOOK.replace("sheetId", "state=\"hidden\" sheetId");
    assert_eq!(fault(&package(&[("xl/workbook.xml", hidden.as_bytes())])), WorkbookFault::NoSheet);
    let none = "<workbook><sheets/></workbook>";
    assert_eq!(fault(&package(&[("xl/workbook.xml", none.as_bytes())])), WorkbookFault::NoSheet);
}

#[test]
fn too_many() {
    let limits = Limits { rows: 2, columns: 2, ..Limits::default() };
    let three = sheet("<row><c><v>1</v></c></row><row><c><v>1</v></c></row><row><c><v>1</v></c></row>");
    let fault = rows_within(&three, &limits).expect_err("three rows");
    assert_eq!(fault, WorkbookFault::TooManyRows { limit: 2 });
    let wide = sheet("<row r=\"9\"><c r=\"C9\"><v>1</v></c></row>");
    let fault = rows_within(&wide, &limits).expect_err("three columns");
    assert_eq!(fault, WorkbookFault::TooManyColumns { row: 9, column: 3, limit: 2 });
    let styled = sheet("<row r=\"9\"><c r=\"XFD9\" s=\"0\"/></row>");
    assert!(rows_within(&styled, &limits).is_ok());
}

#[test]
fn bombs() {
    let limits = Limits { sheet: 1 << 20, ..Limits::default() };
    let long = sheet(&"<row/>".repeat(400_000));
    let size = rows_within(&long, &limits).expect_err("too long");
    assert!(matches!(size, WorkbookFault::Bomb(BombKind::Size { .. })), "{size:?}");
    let flat = package(&[("xl/media/a.bin", &vec![0; 40 << 20])]);
    assert!(matches!(bomb(&flat), BombKind::Ratio { .. }));
    let limits = Limits { total: 1 << 20, ..Limits::default() };
    let total = rows_within(&flat, &limits).expect_err("too much");
    assert_eq!(total, WorkbookFault::Bomb(BombKind::Total { limit: 1 << 20 }));
    let text = "x".repeat(70_000);
    assert!(matches!(
        bomb(&sheet(&format!("<row><c t=\"str\"><v>{text}</v></c></row>"))),
        BombKind::Token { .. }
    ));
    assert!(matches!(bomb(&sheet(&format!("<row><c r=\"{text}\"/></row>"))), BombKind::Token { .. }));
    assert!(matches!(bomb(&sheet(&format!("<!--{text}-->"))), BombKind::Token { .. }));
    let runs = "<r><t>0123456789</t></r>".repeat(20_000);
    let cell = sheet(&format!("<row><c t=\"inlineStr\"><is>{runs}</is></c></row>"));
    assert!(matches!(bomb(&cell), BombKind::Token { .. }));
    assert!(matches!(bomb(&sheet(&"<a>".repeat(100))), BombKind::Depth { .. }));
    let strings = format!("<sst>{}</sst>", "<si/>".repeat(1_000_000));
    assert!(matches!(
        bomb(&package(&[("xl/sharedStrings.xml", strings.as_bytes())])),
        BombKind::Memory { .. }
    ));
    let formats = format!("<cellXfs>{}", "<xf/>".repeat(50_000));
    let styles = STYLES.replace("<cellXfs count=\"1\">", &formats);
    assert!(matches!(bomb(&package(&[("xl/styles.xml", styles.as_bytes())])), BombKind::Memory { .. }));
    let many: String = (0..300).map(|n| format!("<sheet name=\"{n}\" r:id=\"r1\"/>")).collect();
    let book = BOOK.replace("<sheets>", &format!("<sheets>{many}"));
    assert!(matches!(bomb(&package(&[("xl/workbook.xml", book.as_bytes())])), BombKind::Sheets { .. }));
}

#[test]
fn too_many_entries() {
    let names: Vec<String> = (0..3_000).map(|n| format!("a{n}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"<a/>"[..])).collect();
    assert_eq!(bomb(&package(&parts)), BombKind::Entries);
    let long = "n".repeat(60_000);
    let names: Vec<String> = (0..30).map(|n| format!("{long}{n}")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"<a/>"[..])).collect();
    assert_eq!(bomb(&package(&parts)), BombKind::Entries);
}

#[test]
fn absurd_names_are_ignored() {
    let odd = package(&[("../../etc/passwd", b"x"), ("C:\\a\\b", b"x"), ("a//b/./\u{1F600}", b"x")]);
    assert!(rows(&odd).is_ok());
}

#[test]
fn hostile_markup() {
    let entity = "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet><sheetData/></worksheet>";
    assert_eq!(why(&with_sheet(entity)), "doctype");
    let utf16: Vec<u8> =
        "<?xml version=\"1.0\"?><worksheet/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(why(&package(&[("xl/worksheets/sheet1.xml", &utf16)])), "markup");
    assert_eq!(why(&with_sheet("<?xml version=\"1.0\" encoding=\"UTF-7\"?><worksheet/>")), "encoding");
    assert_eq!(why(&with_sheet("<worksheet><sheetData></worksheet>")), "nesting");
    assert_eq!(why(&with_sheet("<worksheet><sheetData>")), "truncated");
    assert_eq!(why(&with_sheet("<worksheet a=\"<\"/>")), "markup");
    // What would overflow in calamine.
    assert_eq!(why(&sheet("<row r=\"99999999999\"/>")), "reference");
    assert_eq!(why(&sheet("<row><c r=\"ZZZZZZZZZ1\"/></row>")), "reference");
    assert_eq!(why(&sheet("<row><c r=\"A1\" r=\"ZZZZZZZZZ1\"/></row>")), "reference");
    assert_eq!(
        why(&with_sheet("<worksheet><dimension ref=\"B9:A1\"/><sheetData/></worksheet>")),
        "dimension"
    );
    let shared = "<row><c r=\"A1\"><f t=\"shared\" si=\"4000000000\" ref=\"B2:A1\">A1</f></c></row>";
    assert_eq!(why(&sheet(shared)), "formula");
    let index = "<row><c r=\"A1\"><f t=\"shared\" si=\"4000000000\" ref=\"A1:A2\">A1</f></c></row>";
    assert_eq!(rows(&sheet(index)).unwrap().1.formula_cells, 1);
    let count = "<sst uniqueCount=\"18446744073709551615\"></sst>";
    assert_eq!(why(&package(&[("xl/sharedStrings.xml", count.as_bytes())])), "count");
    let brackets =
        format!("<numFmts><numFmt numFmtId=\"200\" formatCode=\"{}\"/></numFmts><fonts", "[".repeat(300));
    let styles = STYLES.replace("<fonts", &brackets);
    assert_eq!(why(&package(&[("xl/styles.xml", styles.as_bytes())])), "format");
    assert_eq!(
        why(&sheet("<row r=\"5\"><c r=\"A5\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>")),
        "order"
    );
    assert_eq!(why(&sheet("<row><c t=\"s\"><v>7</v></c></row>")), "cell");
}

/// The little-endian field at `at` of the first header with that signature before `name`.
fn patch(bytes: &mut [u8], signature: &[u8], name: &str, at: usize, value: u32) {
    let found = |start: &usize| {
        let header = if signature == b"PK\x01\x02" { 46 } else { 30 };
        bytes[*start..].starts_with(signature) && bytes[*start + header..].starts_with(name.as_bytes())
    };
    let start = (0..bytes.len() - 46).find(found).unwrap();
    bytes[start + at..start + at + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn liars() {
    const SHEET: &str = "xl/worksheets/sheet1.xml";
    let whole = sheet(&"<row><c><v>1</v></c></row>".repeat(1_000));
    // Announced much smaller, and much bigger, than it inflates.
    for size in [10, 4_000_000_000] {
        let mut lying = whole.clone();
        patch(&mut lying, b"PK\x01\x02", SHEET, 24, size);
        assert!(matches!(fault(&lying), WorkbookFault::Damaged { .. }));
    }
    let mut wrong = whole.clone();
    patch(&mut wrong, b"PK\x01\x02", SHEET, 16, 0xDEAD_BEEF);
    assert!(matches!(fault(&wrong), WorkbookFault::Damaged { .. }));
    // Packed size beyond the archive, and two entries over the same bytes.
    let mut beyond = whole.clone();
    patch(&mut beyond, b"PK\x01\x02", SHEET, 20, 0x7FFF_FFFF);
    rows(&beyond).expect_err("beyond the archive");
    let mut shared = whole.clone();
    patch(&mut shared, b"PK\x01\x02", SHEET, 42, 0);
    rows(&shared).expect_err("two entries at one place");
}

#[test]
fn duplicates() {
    let twice = package(&[("xl/worksheets/SHEET1.xml", b"<worksheet><sheetData/></worksheet>")]);
    assert_eq!(why(&twice), "duplicate");
    let mut twin = package(&[("xl/worksheets/sheet2.xml", b"<worksheet/>")]);
    let name = b"xl/worksheets/sheet2.xml";
    let places: Vec<usize> =
        (0..twin.len() - name.len()).filter(|at| twin[*at..].starts_with(name)).collect();
    for at in places {
        twin[at + 19] = b'1';
    }
    rows(&twin).expect_err("the same name twice");
}

#[test]
fn truncated() {
    let whole = sheet(&"<row><c><v>1</v></c></row>".repeat(50));
    for end in 4..whole.len() {
        rows(&whole[..end]).expect_err("truncated");
    }
}

#[test]
fn a_million_of_nothing() {
    let start = Instant::now();
    let rows_only = sheet(&"<row/>".repeat(1_000_000));
    let mut cells = String::new();
    for row in 1..=100_000 {
        cells.push_str(&format!("<row r=\"{row}\">{}</row>", "<c s=\"0\"/>".repeat(10)));
    }
    for bytes in [rows_only, sheet(&cells)] {
        let (rows, summary) = rows(&bytes).unwrap();
        assert!(rows.is_empty());
        assert_eq!(summary.rows, 0);
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// What happened to a broken file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Read before and after it was marked, and the same rows both times.
    Same,
    /// Not readable before it was marked.
    Unreadable,
    /// Read, but not fit to be marked.
    Unmarked,
}

/// Reads and marks a file that may be broken anyhow: no panic, in bounded time, and what could be
/// read is read the same afterwards. Nothing is promised of a file that could not be read.
fn check_bounded(bytes: &[u8]) -> Outcome {
    let start = Instant::now();
    let read = rows(bytes);
    let mark = Mark { row: 6, column: 2, tone: Tone::Fault, note: "?".to_owned() };
    let done = annotate(bytes, &Limits::default(), &[mark], &Annotating::default());
    let outcome = match (read, done) {
        (Ok((read, _)), Ok(done)) => {
            assert_eq!(Ok(read), rows(&done.bytes).map(|(rows, _)| rows));
            Outcome::Same
        }
        (Ok(_), Err(_)) => Outcome::Unmarked,
        (Err(_), _) => Outcome::Unreadable,
    };
    assert!(start.elapsed() < Duration::from_secs(20));
    outcome
}

/// Breaks files by `strategy`, checks each, and says how many of how many could be compared: a
/// check that never compares finds nothing.
fn compared<S: Strategy>(strategy: &S, broken: impl Fn(S::Value) -> Vec<u8>) -> (u32, u32) {
    let cases = std::env::var("CASES").map_or(300, |n| n.parse().unwrap());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let same = std::cell::Cell::new(0);
    let found = TestRunner::new(config).run(strategy, |value| {
        if check_bounded(&broken(value)) == Outcome::Same {
            same.set(same.get() + 1);
        }
        Ok(())
    });
    found.unwrap_or_else(|error| panic!("{error}"));
    (same.get(), cases)
}

#[test]
fn mutated_archives_never_panic() {
    let byte = (any::<prop::sample::Index>(), any::<u8>());
    let strategy = (
        0..4_usize,
        prop::collection::vec(byte, 1..4),
        prop::option::weighted(0.25, any::<prop::sample::Index>()),
    );
    let (same, cases) = compared(&strategy, |(which, changes, cut)| {
        let names = ["openpyxl.xlsx", "lo.xlsx", "comments.xlsx", "inline.xlsx"];
        let mut bytes = fixture(names[which]);
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    });
    // Nearly every change of a packed part is found by its checksum.
    assert!(same > 0, "{same} of {cases} broken archives were compared");
}

#[test]
fn mutated_parts_never_panic() {
    const PARTS: [&str; 5] = [
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/sharedStrings.xml",
        "xl/_rels/workbook.xml.rels",
    ];
    let whole = fixture("lo.xlsx");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&whole)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        parts.push((entry.name().unwrap().into_owned(), bytes));
    }
    let signs = prop::sample::select(&b"<>/\"'=&;!?-[]AZaz09 :\0\xFF"[..]);
    let strategy = (0..PARTS.len(), prop::collection::vec((any::<prop::sample::Index>(), signs), 1..6));
    let (same, cases) = compared(&strategy, |(part, changes)| {
        let mut parts = parts.clone();
        for (name, bytes) in &mut parts {
            if name == PARTS[part] {
                for (at, byte) in &changes {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
            }
        }
        let parts: Vec<(&str, &[u8])> =
            parts.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
        package(&parts)
    });
    assert!(same >= cases / 10, "{same} of {cases} broken parts were compared");
}

/// The rows of a file whose cell at `column` of row 1 was marked.
fn marked(bytes: &[u8], column: u16) -> Result<Vec<Row>, WorkbookFault> {
    let mark = Mark { row: 1, column, tone: Tone::Fault, note: "?".to_owned() };
    let done = annotate(bytes, &Limits::default(), &[mark], &Annotating::default()).expect("marked");
    rows(&done.bytes).map(|(rows, _)| rows)
}

/// A style that is no number counts as the first one, before a mark and after it.
#[test]
fn a_style_that_is_no_number_is_read_the_same_after_marking() {
    let two = sheet("<row r=\"1\"><c r=\"A1\" s=\"&\"><v>7</v></c><c r=\"B1\"><v>8</v></c></row>");
    let (before, _) = rows(&two).expect("readable");
    assert_eq!(before[0].cells, [Cell::Number(7.into()), Cell::Number(8.into())]);
    for column in [0, 1] {
        assert_eq!(marked(&two, column).as_ref(), Ok(&before), "marked at {column}");
    }
}

/// The tag of a marked cell is written anew from what could be made out of it, so an attribute
/// that was torn is gone: the file, refused before, is read. A mark beside it mends nothing.
#[test]
fn a_mark_may_mend_the_tag_of_its_own_cell() {
    let torn = sheet("<row r=\"1\"><c r=\"A1\" t;\"n\"><v>7</v></c><c r=\"B1\"><v>8</v></c></row>");
    assert_eq!(why(&torn), "xml");
    assert_eq!(marked(&torn, 1).expect_err("still torn"), fault(&torn));
    assert_eq!(marked(&torn, 0).expect("mended")[0].cells, [Cell::Number(7.into()), Cell::Number(8.into())]);
}
