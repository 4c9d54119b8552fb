//! The person's own file back, with the faulty cells marked.

use std::io::Read;

use calamine::{Reader, Xlsx};
use cnss_http::workbook::{Annotated, Annotating, Limits, Mark, Tone, annotate};

use super::{fixture, package, rows, sample, sheet};

const NAMES: [&str; 6] =
    ["openpyxl.xlsx", "date1904.xlsx", "comments.xlsx", "rich_hidden.xlsx", "inline.xlsx", "lo.xlsx"];

fn mark(row: u32, column: u16, note: &str) -> Mark {
    Mark { row, column, tone: Tone::Fault, note: note.to_owned() }
}

fn marked(bytes: &[u8], marks: &[Mark]) -> Annotated {
    annotate(bytes, &Limits::default(), marks, &Annotating::default()).unwrap()
}

fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.push((part.name().unwrap().into_owned(), bytes));
    }
    parts
}

fn part(bytes: &[u8], end: &str) -> String {
    let parts = parts(bytes);
    let (_, part) = parts.iter().find(|(name, _)| name.ends_with(end)).unwrap();
    String::from_utf8(part.clone()).unwrap()
}

fn some_marks() -> Vec<Mark> {
    vec![
        mark(5, 1, "Corriger <le nom> & « relire »"),
        mark(6, 2, "Un nombre"),
        mark(6, 2, "Deux fautes"),
        mark(6, 9, "Manque"),
        mark(3, 0, "Ligne vide"),
        mark(40, 4, "Après la fin"),
        Mark { tone: Tone::Doubt, ..mark(7, 0, "Peut-être") },
        mark(0, 0, "hors de la feuille"),
    ]
}

#[test]
fn the_rows_stay_the_same() {
    for name in NAMES {
        let original = fixture(name);
        let done = marked(&original, &some_marks());
        assert_eq!((done.filled, done.notes), (6, 6), "{name}");
        assert_eq!(rows(&original).unwrap(), rows(&done.bytes).unwrap(), "{name}");
        let book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&done.bytes)).unwrap();
        assert!(!book.sheet_names().is_empty());
    }
}

#[test]
fn other_parts_stay_byte_for_byte() {
    let original = fixture("lo.xlsx");
    let done = marked(&original, &some_marks());
    let after = parts(&done.bytes);
    for (name, bytes) in parts(&original) {
        let touched =
            ["sheet1.xml", "styles.xml", "comments1.xml", ".vml", "sheet1.xml.rels", "[Content_Types].xml"];
        if !touched.iter().any(|end| name.ends_with(end)) {
            assert!(after.contains(&(name.clone(), bytes)), "{name}");
        }
    }
}

#[test]
fn twice_then_clean() {
    for name in NAMES {
        let original = fixture(name);
        let once = marked(&original, &some_marks());
        let twice = marked(&once.bytes, &some_marks());
        assert_eq!((twice.filled, twice.notes), (6, 6), "{name}");
        assert_eq!(rows(&original).unwrap(), rows(&twice.bytes).unwrap(), "{name}");
        let styles = |bytes: &[u8]| part(bytes, "xl/styles.xml");
        assert_eq!(styles(&once.bytes), styles(&twice.bytes), "{name}");
        // Fewer faults: the old marks go.
        let fewer = marked(&twice.bytes, &[mark(6, 2, "Un nombre")]);
        let comments = parts(&fewer.bytes);
        let comments =
            comments.iter().find(|(name, _)| name.contains("comment") && name.ends_with(".xml")).unwrap();
        let comments = String::from_utf8(comments.1.clone()).unwrap();
        assert!(comments.contains("Un nombre") && !comments.contains("Manque"), "{name}");
        let none = marked(&fewer.bytes, &[]);
        assert_eq!((none.filled, none.notes), (0, 0), "{name}");
        assert_eq!(rows(&original).unwrap(), rows(&none.bytes).unwrap(), "{name}");
    }
}

#[test]
fn the_persons_notes_come_back() {
    for name in ["comments.xlsx", "lo.xlsx"] {
        let once = marked(&fixture(name), &[mark(5, 1, "Corriger")]);
        let comments = |bytes: &[u8]| {
            let parts = parts(bytes);
            let found =
                parts.iter().find(|(name, _)| name.contains("comment") && name.ends_with(".xml")).unwrap();
            String::from_utf8(found.1.clone()).unwrap()
        };
        let text = comments(&once.bytes);
        assert!(
            text.contains("Corriger") && text.contains("Mon mot à moi") && text.contains("Un autre"),
            "{name}"
        );
        let again = marked(&once.bytes, &[mark(5, 1, "Encore")]);
        let text = comments(&again.bytes);
        assert!(
            text.contains("Encore") && !text.contains("Corriger") && text.contains("Mon mot à moi"),
            "{name}"
        );
        let none = marked(&again.bytes, &[]);
        let text = comments(&none.bytes);
        assert!(
            !text.contains("Encore") && text.contains("Mon mot à moi") && text.contains("Un autre"),
            "{name}"
        );
        let shapes = part(&none.bytes, ".vml").matches("ObjectType=\"Note\"").count();
        assert_eq!(shapes, 2, "{name}");
    }
}

#[test]
fn styles_are_kept_but_for_the_fill() {
    let done = marked(&fixture("openpyxl.xlsx"), &[mark(5, 1, "x"), mark(5, 3, "y")]);
    let styles = part(&done.bytes, "xl/styles.xml");
    assert!(styles.contains("FFFFC8CD"));
    // The bold blue font and the date format live on in the copies.
    let data = part(&done.bytes, "worksheets/sheet1.xml");
    let style = |place: &str| {
        let (_, after) = data.split_once(&format!("r=\"{place}\"")).unwrap();
        let (_, after) = after.split_once("s=\"").unwrap();
        after.split_once('"').unwrap().0.parse::<usize>().unwrap()
    };
    let formats: Vec<&str> = styles.split_once("<cellXfs").unwrap().1.split("<xf").skip(1).collect();
    assert!(!formats[style("B5")].contains("fontId=\"0\""));
    assert!(!formats[style("D5")].contains("numFmtId=\"0\""));
}

#[test]
fn odd_sheets() {
    let empty = package(&[]);
    assert_eq!(marked(&empty, &[mark(2, 2, "x")]).filled, 1);
    let no_styles = package(&[("xl/styles.xml", b"<styleSheet/>")]);
    let done = marked(&no_styles, &[mark(2, 2, "x")]);
    assert_eq!((done.filled, done.notes), (0, 1));
    let bare = sheet("<row r=\"2\" spans=\"1:1\"/><row r=\"4\"><c r=\"B4\"><v>1</v></c></row>");
    let done = marked(&bare, &[mark(2, 2, "x"), mark(4, 0, "y"), mark(4, 1, "z"), mark(4, 2, "w")]);
    assert_eq!(done.filled, 4);
    let data = part(&done.bytes, "sheet1.xml");
    let rows = "<row r=\"2\"><c r=\"C2\" s=\"1\"/></row><row r=\"4\"><c r=\"A4\" s=\"1\"/><c r=\"B4\" s=\"1\"><v>1</v></c><c r=\"C4\" s=\"1\"/></row>";
    assert!(data.contains(rows), "{data}");
}

#[test]
fn notes_are_capped() {
    let bytes = sample::declaration(2_000, true);
    let marks: Vec<Mark> = (6..2_000).map(|row| mark(row, 3, "Trop peu")).collect();
    let done = marked(&bytes, &marks);
    assert_eq!((done.filled, done.notes), (1_994, 1_000));
    assert_eq!(rows(&bytes).unwrap(), rows(&done.bytes).unwrap());
}
