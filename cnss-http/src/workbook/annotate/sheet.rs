//! The worksheet part on its way through: marked cells get their new style, those that do not
//! exist yet are put in, and the drawing of the notes is named. All else passes as it is.

use super::styles::Styles;
use super::{MarkedCell, push_attribute, reference, with_attribute};
use crate::workbook::guard::{place, row_number};
use crate::workbook::xml::{Tag, Token, closed};

/// Edits the worksheet token by token.
pub(crate) struct SheetEdit<'e> {
    /// The marked cells still to come.
    cells: &'e [MarkedCell],
    styles: &'e mut Styles,
    drawing: Option<&'e str>,
    strict: bool,
    /// The last row and column of the marks.
    corner: (u32, u32),
    prefix: String,
    depth: usize,
    in_data: bool,
    data_done: bool,
    /// Styles of columns: first, last, style.
    columns: Vec<(u32, u32, usize)>,
    row: u32,
    column: u32,
    row_style: Option<usize>,
    /// How many cells were marked.
    pub filled: u32,
}

/// Elements that come after the drawing of the notes.
const AFTER_DRAWING: [&[u8]; 10] = [
    b"legacyDrawingHF",
    b"drawingHF",
    b"picture",
    b"oleObjects",
    b"controls",
    b"AlternateContent",
    b"webPublishItems",
    b"tableParts",
    b"extLst",
    b"legacyDrawing",
];

impl<'e> SheetEdit<'e> {
    /// An editor for those cells, in order.
    pub fn new(
        cells: &'e [MarkedCell],
        styles: &'e mut Styles,
        drawing: Option<&'e str>,
        strict: bool,
    ) -> Self {
        let row = cells.last().map_or(0, |cell| cell.row);
        let column = cells.iter().map(|cell| cell.column).max().unwrap_or(0);
        Self {
            cells,
            styles,
            drawing,
            strict,
            corner: (row, column),
            prefix: String::new(),
            depth: 0,
            in_data: false,
            data_done: false,
            columns: Vec::new(),
            row: 0,
            column: 0,
            row_style: None,
            filled: 0,
        }
    }

    /// Takes a token and writes what becomes of it.
    pub fn token(&mut self, token: &Token<'_>, out: &mut Vec<u8>) {
        match token {
            Token::Open(tag) => {
                self.open(tag, out);
                self.depth += usize::from(!tag.empty);
            }
            Token::Close(raw) => {
                self.depth = self.depth.saturating_sub(1);
                self.close(closed(raw), out);
                out.extend_from_slice(raw);
            }
            other => out.extend_from_slice(other.raw()),
        }
    }

    fn open(&mut self, tag: &Tag<'_>, out: &mut Vec<u8>) {
        match (self.depth, tag.local()) {
            (0, _) => self.prefix = String::from_utf8_lossy(tag.prefix()).into_owned(),
            (1, b"dimension") => return self.dimension(tag, out),
            (1, b"sheetData") => return self.open_data(tag, out),
            (1, name) if self.data_done && AFTER_DRAWING.contains(&name) => self.draw(out),
            (2, b"col") => self.column_style(tag),
            (2, b"row") if self.in_data => return self.open_row(tag, out),
            (3, b"c") if self.in_data => return self.open_cell(tag, out),
            _ => {}
        }
        out.extend_from_slice(tag.raw);
    }

    fn close(&mut self, name: &[u8], out: &mut Vec<u8>) {
        match (self.depth, name) {
            (0, _) => self.draw(out),
            (1, b"sheetData") if self.in_data => {
                self.rows_before(u32::MAX, out);
                (self.in_data, self.data_done) = (false, true);
            }
            (2, b"row") if self.in_data => self.cells_before(self.row, u32::MAX, out),
            _ => {}
        }
    }

    /// Widens the announced range to the marks.
    fn dimension(&mut self, tag: &Tag<'_>, out: &mut Vec<u8>) {
        let range = tag.attr(b"ref").unwrap_or_default();
        let mut corners = range.split(|byte| *byte == b':').map(place);
        let first = corners.next().flatten();
        let last = corners.next().flatten().or(first);
        let (Some(first), Some(last), Some(mark)) = (first, last, self.cells.first()) else {
            return out.extend_from_slice(tag.raw);
        };
        let left = self.cells.iter().map(|cell| cell.column).min().unwrap_or(first.1);
        let start = reference(first.0.min(mark.row), first.1.min(left));
        let end = reference(last.0.max(self.corner.0), last.1.max(self.corner.1));
        out.extend(with_attribute(tag, b"ref", &format!("{start}:{end}")));
    }

    fn column_style(&mut self, tag: &Tag<'_>) {
        let number = |name: &[u8]| tag.text(name).and_then(|text| text.parse::<u32>().ok());
        let style = tag.text(b"style").and_then(|text| text.parse().ok());
        if let (Some(first), Some(last), Some(style)) = (number(b"min"), number(b"max"), style)
            && self.columns.len() < 16_384
        {
            self.columns.push((first, last, style));
        }
    }

    fn open_data(&mut self, tag: &Tag<'_>, out: &mut Vec<u8>) {
        if !tag.empty {
            self.in_data = true;
            return out.extend_from_slice(tag.raw);
        }
        self.data_done = true;
        let prefix = self.prefix.clone();
        out.extend_from_slice(format!("<{prefix}sheetData>").as_bytes());
        self.rows_before(u32::MAX, out);
        out.extend_from_slice(format!("</{prefix}sheetData>").as_bytes());
    }

    fn open_row(&mut self, tag: &Tag<'_>, out: &mut Vec<u8>) {
        let number = tag.attr(b"r").and_then(row_number).unwrap_or(self.row + 1);
        self.rows_before(number, out);
        (self.row, self.column) = (number, 0);
        let own = tag.attr(b"customFormat").is_some_and(|own| own == b"1" || own == b"true");
        self.row_style = tag.text(b"s").filter(|_| own).and_then(|style| style.parse().ok());
        if self.cells.first().is_none_or(|cell| cell.row != number) {
            return out.extend_from_slice(tag.raw);
        }
        // `spans` would no longer hold.
        out.extend_from_slice(&[b"<", tag.name()].concat());
        for (name, value) in tag.attributes().filter(|(name, _)| *name != b"spans") {
            push_attribute(out, name, value);
        }
        out.push(b'>');
        if tag.empty {
            self.cells_before(number, u32::MAX, out);
            out.extend_from_slice(&[b"</", tag.name(), b">"].concat());
        }
    }

    fn open_cell(&mut self, tag: &Tag<'_>, out: &mut Vec<u8>) {
        let place = tag.attr(b"r").and_then(place);
        self.column = place.map_or(self.column + 1, |(_, column)| column);
        self.cells_before(self.row, self.column, out);
        let style = || tag.text(b"s").and_then(|style| style.parse::<usize>().ok()).unwrap_or(0);
        let new = match self.cells.split_first() {
            Some((cell, rest)) if (cell.row, cell.column) == (self.row, self.column) => {
                self.cells = rest;
                self.filled += 1;
                self.styles.marked(style(), cell.tone)
            }
            _ if self.styles.marked_before() => self.styles.unmarked(style()),
            _ => None,
        };
        match new {
            Some(style) => out.extend(with_attribute(tag, b"s", &style.to_string())),
            None => out.extend_from_slice(tag.raw),
        }
    }

    /// Writes the marked rows that do not exist, up to a row that does.
    fn rows_before(&mut self, row: u32, out: &mut Vec<u8>) {
        while let Some(cell) = self.cells.first().filter(|cell| cell.row < row) {
            let (number, prefix) = (cell.row, self.prefix.clone());
            self.row_style = None;
            out.extend_from_slice(format!("<{prefix}row r=\"{number}\">").as_bytes());
            self.cells_before(number, u32::MAX, out);
            out.extend_from_slice(format!("</{prefix}row>").as_bytes());
        }
    }

    /// Writes the marked cells of a row that do not exist, up to a column that does.
    fn cells_before(&mut self, row: u32, column: u32, out: &mut Vec<u8>) {
        while let Some((cell, rest)) = self.cells.split_first() {
            if cell.row > row || (cell.row == row && cell.column >= column) {
                break;
            }
            self.cells = rest;
            if cell.row == row {
                self.new_cell(cell, out);
            }
        }
    }

    fn new_cell(&mut self, cell: &MarkedCell, out: &mut Vec<u8>) {
        let within = |(first, last, _): &&(u32, u32, usize)| (*first..=*last).contains(&cell.column);
        let of_column = self.columns.iter().find(within).map(|(.., style)| *style);
        let style = self.row_style.or(of_column).unwrap_or(0);
        if let Some(style) = self.styles.marked(style, cell.tone) {
            let (prefix, place) = (&self.prefix, reference(cell.row, cell.column));
            out.extend_from_slice(format!("<{prefix}c r=\"{place}\" s=\"{style}\"/>").as_bytes());
            self.filled += 1;
        }
    }

    /// Names the drawing of the notes, once.
    fn draw(&mut self, out: &mut Vec<u8>) {
        let Some(id) = self.drawing.take() else { return };
        let base = if self.strict {
            "http://purl.oclc.org/ooxml/officeDocument/relationships"
        } else {
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        };
        let prefix = &self.prefix;
        let element = format!("<{prefix}legacyDrawing xmlns:r=\"{base}\" r:id=\"{id}\"/>");
        out.extend_from_slice(element.as_bytes());
    }
}
