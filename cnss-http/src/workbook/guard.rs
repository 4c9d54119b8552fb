//! What stands between an upload and calamine: every part is really inflated under a meter,
//! and those calamine loads are scanned token by token, so that what it allocates is bounded
//! and none of its arithmetic can overflow. The guard also notes what reading needs to know.

use std::collections::BTreeSet;

use crate::workbook::package::{Package, Relation, normal, relations_of, split};
use crate::workbook::sniff::sniff;
use crate::workbook::xml::{Tag, Token, closed, unescape};
use crate::workbook::{BombKind, Limits, WorkbookFault};

/// A package that may be read, and what the guard saw in it.
pub(crate) struct Guarded<'a> {
    pub package: Package<'a>,
    pub workbook: String,
    pub sheet: SheetEntry,
    pub other_sheets: Vec<String>,
    pub seen: SheetSeen,
}

/// A sheet of the workbook.
#[derive(Clone, Debug)]
pub(crate) struct SheetEntry {
    pub name: String,
    pub path: String,
    pub index: usize,
}

/// What the guard saw in the worksheet part.
#[derive(Debug, Default)]
pub(crate) struct SheetSeen {
    pub formulas: u64,
    pub merged: Vec<String>,
    pub merged_count: u32,
    /// The relationship of the drawing that holds the notes.
    pub legacy_drawing: Option<String>,
    /// Whether the part is written in the strict namespaces.
    pub strict: bool,
    /// The cells whose error value calamine does not know, in order.
    pub odd_errors: Vec<OddError>,
}

/// A cell with an error value that calamine does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OddError {
    pub row: u32,
    pub column: u32,
    pub text: String,
}

/// Merged ranges kept by name.
const MERGED: usize = 100;
/// Unknown error values kept.
const ODD_ERRORS: usize = 10_000;

/// Checks an upload from end to end.
pub(crate) fn guard<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Guarded<'a>, WorkbookFault> {
    sniff(bytes, limits)?;
    let mut package = Package::open(bytes, limits)?;
    package.check_kind()?;
    let workbook = main_part(&mut package, limits)?;
    let (sheet, other_sheets) = first_sheet(&mut package, &workbook, limits)?;
    let seen = check_parts(&mut package, &workbook, &sheet, limits)?;
    Ok(Guarded { package, workbook, sheet, other_sheets, seen })
}

/// The path of the workbook part.
fn main_part(package: &mut Package<'_>, limits: &Limits) -> Result<String, WorkbookFault> {
    let relations = relations(package, "_rels/.rels", limits)?;
    let target = relations
        .into_iter()
        .rfind(|relation| relation.kind == "officeDocument")
        .map(|relation| relation.target)
        .ok_or_else(|| WorkbookFault::damaged("_rels/.rels", "workbook"))?;
    Ok(target.strip_prefix('/').unwrap_or(&target).to_owned())
}

fn relations(package: &mut Package<'_>, path: &str, limits: &Limits) -> Result<Vec<Relation>, WorkbookFault> {
    let index = package.find(path).ok_or_else(|| WorkbookFault::damaged(path, "missing"))?;
    let mut relations = Vec::new();
    // A relationship takes a few times its own bytes once loaded.
    package.scan(index, limits.small_part / 4, limits, |token| {
        if let Token::Open(tag) = token {
            relations.extend(Relation::read(&tag));
        }
        Ok(())
    })?;
    Ok(relations)
}

/// The first visible worksheet, and the names of the other sheets.
fn first_sheet(
    package: &mut Package<'_>,
    workbook: &str,
    limits: &Limits,
) -> Result<(SheetEntry, Vec<String>), WorkbookFault> {
    let relations = relations(package, &relations_of(workbook), limits)?;
    let index = package.find(workbook).ok_or_else(|| WorkbookFault::damaged(workbook, "missing"))?;
    let (mut names, mut chosen) = (Vec::new(), None);
    package.scan(index, limits.small_part, limits, |token| {
        let Token::Open(tag) = token else { return Ok(()) };
        if tag.local() != b"sheet" {
            return Ok(());
        }
        if names.len() >= limits.sheets {
            return Err(WorkbookFault::Bomb(BombKind::Sheets { limit: limits.sheets }));
        }
        let name = tag.text(b"name").unwrap_or_default();
        if chosen.is_none() && !hidden(&tag) {
            chosen = worksheet_path(&tag, &relations, workbook).map(|path| (names.len(), path));
        }
        names.push(name);
        Ok(())
    })?;
    let (at, path) = chosen.ok_or(WorkbookFault::NoSheet)?;
    let unique: BTreeSet<&String> = names.iter().collect();
    if unique.len() != names.len() {
        return Err(WorkbookFault::damaged(workbook, "duplicate"));
    }
    let index = package.find(&path).ok_or_else(|| WorkbookFault::damaged(&path, "missing"))?;
    let name = names.remove(at);
    Ok((SheetEntry { name, path, index }, names))
}

fn hidden(tag: &Tag<'_>) -> bool {
    tag.attr(b"state").is_some_and(|state| state != b"visible")
}

/// The path of a sheet that is a worksheet (not a chart).
fn worksheet_path(tag: &Tag<'_>, relations: &[Relation], workbook: &str) -> Option<String> {
    let is_id = |name: &[u8]| name == b"id" || name.ends_with(b":id");
    let id = tag.attributes().filter(|(name, _)| is_id(name)).last()?.1;
    let id = unescape(id);
    let relation = relations.iter().rfind(|relation| relation.id == id)?;
    if relation.kind != "worksheet" {
        return None;
    }
    // As calamine finds it.
    Some(match relation.target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{}{}", split(workbook).0, relation.target),
    })
}

/// Inflates every part; scans those that are loaded.
fn check_parts(
    package: &mut Package<'_>,
    workbook: &str,
    sheet: &SheetEntry,
    limits: &Limits,
) -> Result<SheetSeen, WorkbookFault> {
    let folder = split(workbook).0;
    let part = |name: &str| package.find(&format!("{folder}{name}"));
    let strings = part("sharedStrings.xml");
    let styles = part("styles.xml");
    let theme = part("theme/theme1.xml");
    let loaded = ["_rels/.rels", workbook, &relations_of(workbook)].map(|path| package.find(path));
    let mut seen = SheetSeen::default();
    for index in 0..package.len() {
        let this = Some(index);
        if index == sheet.index {
            let mut check = SheetCheck::new(&sheet.path, limits);
            package.scan(index, limits.sheet, limits, |token| check.token(&token))?;
            seen = check.seen;
        } else if this == strings {
            let mut check = StringsCheck::default();
            package.scan(index, limits.strings, limits, |token| check.token(&token, limits))?;
        } else if this == styles {
            let mut check = StylesCheck::default();
            package.scan(index, limits.styles, limits, |token| check.token(&token, limits))?;
        } else if this == theme {
            package.scan(index, limits.small_part, limits, |_| Ok(()))?;
        } else if !loaded.contains(&this) {
            package.drain(index, limits)?;
        }
    }
    Ok(seen)
}

/// Walks the worksheet part.
struct SheetCheck<'l> {
    part: &'l str,
    limits: &'l Limits,
    seen: SheetSeen,
    /// Bytes of the cell being read, while in one.
    cell: Option<u64>,
    /// The place of a cell of type error, while in it.
    error: Option<(u32, u32)>,
    row: u32,
    column: u32,
}

impl<'l> SheetCheck<'l> {
    fn new(part: &'l str, limits: &'l Limits) -> Self {
        Self { part, limits, seen: SheetSeen::default(), cell: None, error: None, row: 0, column: 0 }
    }

    #[inline]
    fn token(&mut self, token: &Token<'_>) -> Result<(), WorkbookFault> {
        if let Some(size) = &mut self.cell {
            *size += length(token.raw());
            if *size > self.limits.cell {
                return Err(token_bomb(self.part));
            }
        }
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(raw) => {
                match closed(raw) {
                    b"c" => self.close_cell(),
                    b"row" => return self.close_row(),
                    _ => {}
                }
                Ok(())
            }
            Token::Text(text) if self.error.is_some() => self.error_text(text),
            _ => Ok(()),
        }
    }

    #[inline]
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), WorkbookFault> {
        match tag.local() {
            b"c" => self.open_cell(tag),
            b"v" => Ok(()),
            b"row" => self.open_row(tag),
            b"f" => self.formula(tag),
            b"mergeCell" => {
                self.merge(tag);
                Ok(())
            }
            b"legacyDrawing" => {
                let id = tag.attributes().find(|(name, _)| name.ends_with(b":id"));
                self.seen.legacy_drawing = id.map(|(_, id)| unescape(id));
                Ok(())
            }
            b"worksheet" => {
                self.seen.strict = memchr::memmem::find(tag.raw, b"purl.oclc.org/ooxml").is_some();
                Ok(())
            }
            b"dimension" => {
                let range = tag.attr(b"ref").unwrap_or_default();
                if range_in_order(range) { Ok(()) } else { Err(self.damaged("dimension")) }
            }
            _ => Ok(()),
        }
    }

    #[inline]
    fn open_cell(&mut self, tag: &Tag<'_>) -> Result<(), WorkbookFault> {
        if self.cell.is_some() {
            return Err(self.damaged("cell in cell"));
        }
        let mut error = false;
        if let Some((row, column)) = plain_cell(tag.attrs()) {
            (self.row, self.column) = (row - 1, column - 1);
        } else {
            error = self.odd_cell(tag)?;
        }
        if tag.empty {
            self.column += 1;
        } else {
            self.cell = Some(length(tag.raw));
            self.error = error.then_some((self.row, self.column));
        }
        Ok(())
    }

    /// Reads any attributes; tells whether the cell is of type error.
    fn odd_cell(&mut self, tag: &Tag<'_>) -> Result<bool, WorkbookFault> {
        let mut error = false;
        for (name, value) in tag.attributes() {
            match name {
                b"r" => {
                    let (row, column) = place(value).ok_or_else(|| self.damaged("reference"))?;
                    (self.row, self.column) = (row - 1, column - 1);
                }
                b"t" => error = value == b"e",
                _ => {}
            }
        }
        Ok(error)
    }

    fn close_cell(&mut self) {
        self.cell = None;
        self.error = None;
        self.column += 1;
    }

    fn open_row(&mut self, tag: &Tag<'_>) -> Result<(), WorkbookFault> {
        if let Some(number) = tag.attr(b"r") {
            let row = row_number(number).ok_or_else(|| self.damaged("reference"))?;
            self.row = row - 1;
        }
        if tag.empty { self.close_row() } else { Ok(()) }
    }

    /// No sheet has more rows than Excel's; who sends tens of millions of empty ones is stopped there.
    fn close_row(&mut self) -> Result<(), WorkbookFault> {
        if self.row >= SHEET_ROWS {
            return Err(self.damaged("rows"));
        }
        self.row += 1;
        self.column = 0;
        Ok(())
    }

    fn formula(&mut self, tag: &Tag<'_>) -> Result<(), WorkbookFault> {
        self.seen.formulas += 1;
        match tag.attr(b"ref") {
            Some(range) if !range_in_order(range) => Err(self.damaged("formula")),
            _ => Ok(()),
        }
    }

    /// Keeps the merged ranges of more than one cell.
    fn merge(&mut self, tag: &Tag<'_>) {
        let Some(range) = tag.attr(b"ref") else { return };
        let alone = match range.iter().position(|byte| *byte == b':') {
            Some(at) => range.get(..at) == range.get(at + 1..),
            None => true,
        };
        if alone {
            return;
        }
        self.seen.merged_count = self.seen.merged_count.saturating_add(1);
        if self.seen.merged.len() < MERGED && range.len() <= 32 {
            self.seen.merged.push(unescape(range));
        }
    }

    fn error_text(&mut self, text: &[u8]) -> Result<(), WorkbookFault> {
        const KNOWN: [&[u8]; 7] = [b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!"];
        let Some((row, column)) = self.error else { return Ok(()) };
        if KNOWN.contains(&text) || !text.starts_with(b"#") || text.len() > 32 {
            return Ok(());
        }
        if self.seen.odd_errors.len() >= ODD_ERRORS {
            return Err(self.damaged("errors"));
        }
        self.seen.odd_errors.push(OddError { row, column, text: unescape(text) });
        Ok(())
    }

    fn damaged(&self, why: &'static str) -> WorkbookFault {
        WorkbookFault::damaged(self.part, why)
    }
}

/// Weighs the shared strings as calamine keeps them: one `String` each.
#[derive(Default)]
struct StringsCheck {
    loaded: u64,
    /// Bytes of the string being read with its markup, while in one.
    markup: Option<u64>,
    text: u64,
}

impl StringsCheck {
    fn token(&mut self, token: &Token<'_>, limits: &Limits) -> Result<(), WorkbookFault> {
        if let Some(markup) = &mut self.markup {
            *markup += length(token.raw());
            if *markup > limits.cell {
                return Err(token_bomb("sharedStrings.xml"));
            }
        }
        match token {
            Token::Text(text) | Token::CData(text) if self.markup.is_some() => self.text += length(text),
            Token::Open(tag) if tag.local() == b"si" => {
                if tag.empty {
                    return self.weigh(limits);
                }
                (self.markup, self.text) = (Some(0), 0);
            }
            Token::Open(tag) if tag.local() == b"sst" => return check_count(tag),
            Token::Close(raw) if closed(raw) == b"si" => {
                self.markup = None;
                return self.weigh(limits);
            }
            _ => {}
        }
        Ok(())
    }

    /// A `String` takes 24 bytes in the list, and its own block of at least 32.
    fn weigh(&mut self, limits: &Limits) -> Result<(), WorkbookFault> {
        self.loaded += 24 + (self.text + 24).max(32);
        memory("sharedStrings.xml", self.loaded, limits.strings_loaded)
    }
}

/// calamine reserves as many strings as the part announces.
fn check_count(tag: &Tag<'_>) -> Result<(), WorkbookFault> {
    let plausible = match tag.attr(b"uniqueCount") {
        Some(count) => count.len() <= 7 && count.iter().all(u8::is_ascii_digit),
        None => true,
    };
    if plausible { Ok(()) } else { Err(WorkbookFault::damaged("sharedStrings.xml", "count")) }
}

/// Weighs the styles as calamine keeps them: each cell format with its own copy of the names.
#[derive(Default)]
struct StylesCheck {
    loaded: u64,
    in_formats: bool,
    /// The longest font name and the longest number format.
    font: u64,
    code: u64,
}

impl StylesCheck {
    fn token(&mut self, token: &Token<'_>, limits: &Limits) -> Result<(), WorkbookFault> {
        match token {
            Token::Open(tag) => self.open(tag, limits),
            Token::Close(raw) if closed(raw) == b"cellXfs" => {
                self.in_formats = false;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, tag: &Tag<'_>, limits: &Limits) -> Result<(), WorkbookFault> {
        let value = |name| tag.attr(name).map_or(0, length);
        match tag.local() {
            b"cellXfs" => self.in_formats = !tag.empty,
            b"name" => self.font = self.font.max(value(b"val")),
            b"numFmt" => {
                let code = tag.attr(b"formatCode").unwrap_or_default();
                if code.iter().filter(|byte| **byte == b'[').count() > 200 {
                    return Err(WorkbookFault::damaged("styles.xml", "format"));
                }
                self.code = self.code.max(length(code));
                self.loaded += 200 + length(code);
            }
            b"xf" if self.in_formats => self.loaded += 224 + self.font + self.code,
            b"font" => self.loaded += 96 + self.font,
            b"fill" | b"border" => self.loaded += 48,
            _ => {}
        }
        memory("styles.xml", self.loaded, limits.styles_loaded)
    }
}

fn memory(part: &str, loaded: u64, limit: u64) -> Result<(), WorkbookFault> {
    if loaded > limit {
        return Err(WorkbookFault::Bomb(BombKind::Memory { part: part.to_owned(), limit }));
    }
    Ok(())
}

fn token_bomb(part: &str) -> WorkbookFault {
    WorkbookFault::Bomb(BombKind::Token { part: normal(part) })
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The row and the column, from 1, of a reference such as `B12` within Excel's sheet.
#[inline]
pub(crate) fn place(reference: &[u8]) -> Option<(u32, u32)> {
    let letters = reference.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (letters, digits) = reference.split_at_checked(letters)?;
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column =
        letters.iter().fold(0, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row = row_number(digits)?;
    (column <= 16_384).then_some((row, column))
}

/// The place of a cell whose attributes are exactly `r`, perhaps `s`, perhaps a `t` that is
/// not an error, as nearly all are.
#[inline]
fn plain_cell(attrs: &[u8]) -> Option<(u32, u32)> {
    let rest = attrs.strip_prefix(b" r=\"")?;
    let (mut row, mut column, mut end) = (0_u32, 0_u32, 0);
    for byte in rest.iter().take(11) {
        match byte {
            b'A'..=b'Z' if row == 0 && end < 3 => column = column * 26 + u32::from(byte - b'A') + 1,
            b'0'..=b'9' if row < 1_048_576 => row = row * 10 + u32::from(byte - b'0'),
            b'"' => break,
            _ => return None,
        }
        end += 1;
    }
    let within = (1..=1_048_576).contains(&row) && (1..=16_384).contains(&column);
    let mut rest = rest.get(end..)?.strip_prefix(b"\"")?;
    if let Some(style) = rest.strip_prefix(b" s=\"") {
        let digits = style.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = style.get(digits..)?.strip_prefix(b"\"")?;
    }
    let plain = matches!(rest, b"" | b" t=\"s\"" | b" t=\"n\"" | b" t=\"str\"" | b" t=\"inlineStr\"");
    (within && plain).then_some((row, column))
}

/// The rows of Excel's sheet.
const SHEET_ROWS: u32 = 1_048_576;

/// A row number from 1 within Excel's sheet.
#[inline]
pub(crate) fn row_number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 7 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let row = digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    (1..=1_048_576).contains(&row).then_some(row)
}

/// Whether a range such as `A1:C9` goes down and right, so that its size can be computed.
fn range_in_order(range: &[u8]) -> bool {
    let mut corners = range.split(|byte| *byte == b':').map(place);
    match (corners.next(), corners.next(), corners.next()) {
        (Some(Some(_)), None, None) => true,
        (Some(Some(first)), Some(Some(last)), None) => first.0 <= last.0 && first.1 <= last.1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{place, plain_cell, range_in_order};
    use crate::workbook::annotate::reference;

    #[test]
    fn places() {
        for (row, column) in [(1, 1), (9, 26), (10, 27), (77, 702), (78, 703), (1_048_576, 16_384)] {
            let written = reference(row, column);
            assert_eq!(place(written.as_bytes()), Some((row, column)), "{written}");
            let attrs = format!(" r=\"{written}\" s=\"12\" t=\"s\"");
            assert_eq!(plain_cell(attrs.as_bytes()), Some((row, column)), "{written}");
        }
        for wrong in ["", "A", "1", "A0", "XFE1", "A1048577", "AAAA1", "A1A", "$A$1", "A99999999"] {
            assert_eq!(place(wrong.as_bytes()), None, "{wrong}");
            assert_eq!(plain_cell(format!(" r=\"{wrong}\"").as_bytes()), None, "{wrong}");
        }
        for odd in [" r=\"A1\" t=\"e\"", " r=\"A1\" r=\"B2\"", " s=\"1\" r=\"A1\"", " r=\"A1", " r=\"1A\""] {
            assert_eq!(plain_cell(odd.as_bytes()), None, "{odd}");
        }
    }

    #[test]
    fn ranges() {
        assert!(range_in_order(b"A1") && range_in_order(b"A1:A1") && range_in_order(b"A1:XFD1048576"));
        assert!(!range_in_order(b"A2:A1") && !range_in_order(b"B1:A1") && !range_in_order(b"A1:B2:C3"));
    }
}
