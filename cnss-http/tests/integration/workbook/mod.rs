//! The Excel edge seen from outside: every fault, files by other authors, what is written and
//! read back, and annotation.

mod sample;

mod annotating;
mod faults;
mod reading;
mod writing;

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use cnss_http::workbook::{Cell, Limits, Row, Summary, WorkbookFault, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// All the rows of a file.
fn rows(bytes: &[u8]) -> Result<(Vec<Row>, Summary), WorkbookFault> {
    rows_within(bytes, &Limits::default())
}

fn rows_within(bytes: &[u8], limits: &Limits) -> Result<(Vec<Row>, Summary), WorkbookFault> {
    let mut rows = Vec::new();
    let summary = read(bytes, limits, &mut |row| {
        rows.push(row.clone());
        ControlFlow::Continue(())
    })?;
    Ok((rows, summary))
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const BOOK_RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellXfs></styleSheet>"#;

/// A workbook whose parts are given over the plain ones.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let plain = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, part) in plain {
        if parts.iter().all(|(other, _)| *other != name) {
            zip.start_file(name, options).unwrap();
            zip.write_all(part.as_bytes()).unwrap();
        }
    }
    for (name, part) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(part).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook with that worksheet.
fn with_sheet(sheet: &str) -> Vec<u8> {
    package(&[("xl/worksheets/sheet1.xml", sheet.as_bytes())])
}

/// A worksheet with those rows.
fn sheet(data: &str) -> Vec<u8> {
    with_sheet(&format!("<worksheet><sheetData>{data}</sheetData></worksheet>"))
}
