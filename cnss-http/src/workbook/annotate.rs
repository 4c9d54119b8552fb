//! The corrected-file way: the person's own workbook back, with the faulty cells filled and a
//! note in each. The package is edited, not rewritten: every part that needs no change is
//! copied packed as it is, and the worksheet streams through token by token.

mod notes;
mod plan;
mod sheet;
mod styles;

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::workbook::guard::{Guarded, guard};
use crate::workbook::xml::Tag;
use crate::workbook::{AnnotateFault, Limits};

use notes::Notes;
use plan::Plan;
use sheet::SheetEdit;
use styles::Styles;

/// A faulty cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The row, from 1.
    pub row: u32,
    /// The column, from 0 as in `Row::cells`.
    pub column: u16,
    /// How it is filled.
    pub tone: Tone,
    /// What to do about it; empty for no note.
    pub note: String,
}

/// How a marked cell is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// Yellow: worth a look.
    Doubt,
    /// Light red: to be corrected.
    #[default]
    Fault,
}

/// How to annotate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotating {
    /// The author of the notes. Notes of this author already in the file are taken out.
    pub author: String,
    /// The most notes in the file; cells beyond are only filled.
    pub notes: usize,
}

impl Default for Annotating {
    fn default() -> Self {
        Self { author: "cnss".to_owned(), notes: 1_000 }
    }
}

/// An annotated workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotated {
    /// The bytes of the `.xlsx`.
    pub bytes: Vec<u8>,
    /// How many cells were filled.
    pub filled: u32,
    /// How many notes were written.
    pub notes: u32,
}

/// The longest note, in characters.
const NOTE: usize = 1_000;

/// Marks the faulty cells of the first visible worksheet. Marks outside an Excel sheet are left
/// out; two marks on one cell become one.
pub fn annotate(
    bytes: &[u8],
    limits: &Limits,
    marks: &[Mark],
    how: &Annotating,
) -> Result<Annotated, AnnotateFault> {
    let mut guarded = guard(bytes, limits)?;
    guarded.package.refill(limits);
    let cells = gather(marks);
    let mut styles = Styles::load(&mut guarded, limits)?;
    let mut plan = Plan::new(&mut guarded, limits)?;
    let notes = Notes::load(&mut guarded, &plan, &cells, how, limits);
    plan.settle(notes.is_some());
    let room = bytes.len() + bytes.len() / 4;
    let mut output = ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
    if let Some(notes) = &notes {
        write_notes(&plan, notes, &mut output)?;
    }
    copy_others(&mut guarded, &plan, &styles, &mut output)?;
    let drawing = if notes.is_some() { plan.new_drawing.as_deref() } else { None };
    let filled = write_sheet(&mut guarded, limits, drawing, &cells, &mut styles, &mut output)?;
    if let Some((name, bytes)) = styles.finish() {
        put(&mut output, &name, &bytes)?;
    }
    let notes = notes.map_or(0, |notes| notes.count());
    Ok(Annotated { bytes: output.finish()?.into_inner(), filled, notes })
}

/// A cell to mark, at its place from 1.
#[derive(Clone, Debug)]
pub(crate) struct MarkedCell {
    pub row: u32,
    pub column: u32,
    pub tone: Tone,
    pub note: String,
}

/// The marks in the order of the sheet, one for each cell.
fn gather(marks: &[Mark]) -> Vec<MarkedCell> {
    let within = |mark: &&Mark| (1..=1_048_576).contains(&mark.row) && mark.column < 16_384;
    let mut sorted: Vec<&Mark> = marks.iter().filter(within).collect();
    sorted.sort_by_key(|mark| (mark.row, mark.column));
    let mut cells: Vec<MarkedCell> = Vec::with_capacity(sorted.len());
    for mark in sorted {
        let (row, column) = (mark.row, u32::from(mark.column) + 1);
        match cells.last_mut() {
            Some(last) if (last.row, last.column) == (row, column) => {
                last.tone = last.tone.max(mark.tone);
                if !last.note.is_empty() && !mark.note.is_empty() {
                    last.note.push('\n');
                }
                last.note.push_str(&mark.note);
            }
            _ => cells.push(MarkedCell { row, column, tone: mark.tone, note: mark.note.clone() }),
        }
    }
    for cell in &mut cells {
        if let Some((end, _)) = cell.note.char_indices().nth(NOTE) {
            cell.note.truncate(end);
        }
    }
    cells
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(5))
}

/// Streams the worksheet through the editor into the new package.
fn write_sheet(
    guarded: &mut Guarded<'_>,
    limits: &Limits,
    drawing: Option<&str>,
    cells: &[MarkedCell],
    styles: &mut Styles,
    output: &mut Output,
) -> Result<u32, AnnotateFault> {
    output.start_file(guarded.package.name(guarded.sheet.index), options())?;
    let mut edit = SheetEdit::new(cells, styles, drawing, guarded.seen.strict);
    let mut buffer = Vec::with_capacity(SHEET_BUFFER * 2);
    let mut failed: Option<io::Error> = None;
    guarded.package.refill(limits);
    guarded.package.scan(guarded.sheet.index, limits.sheet, limits, |token| {
        if failed.is_none() {
            edit.token(&token, &mut buffer);
            if buffer.len() >= SHEET_BUFFER {
                failed = output.write_all(&buffer).err();
                buffer.clear();
            }
        }
        Ok(())
    })?;
    match failed {
        Some(error) => return Err(error.into()),
        None => output.write_all(&buffer)?,
    }
    Ok(edit.filled)
}

/// The package being written.
type Output = ZipWriter<Cursor<Vec<u8>>>;

/// Bytes of the worksheet written at once.
const SHEET_BUFFER: usize = 64 * 1024;

/// Writes a part.
fn put(output: &mut Output, name: &str, bytes: &[u8]) -> Result<(), AnnotateFault> {
    output.start_file(name, options())?;
    Ok(output.write_all(bytes)?)
}

/// Writes the notes and the parts that lead to them.
fn write_notes(plan: &Plan, notes: &Notes, output: &mut Output) -> Result<(), AnnotateFault> {
    put(output, &plan.types.name, &plan.types.bytes)?;
    put(output, &plan.relations.name, &plan.relations.bytes)?;
    put(output, &plan.comments, &notes.comments())?;
    put(output, &plan.drawing, &notes.drawing())
}

/// Copies every other part, packed as it is. Names that would leave the folder they are
/// unpacked in are dropped.
fn copy_others(
    guarded: &mut Guarded<'_>,
    plan: &Plan,
    styles: &Styles,
    output: &mut Output,
) -> Result<(), AnnotateFault> {
    let rewritten = [Some(guarded.sheet.index), styles.index()];
    let archive = guarded.package.archive();
    for index in 0..archive.len() {
        if plan.replaced.contains(&index) || rewritten.contains(&Some(index)) {
            continue;
        }
        let part = archive.by_index_raw(index)?;
        if part.enclosed_name().is_some() {
            output.raw_copy_file(part)?;
        }
    }
    Ok(())
}

/// A tag with one attribute set, the others as they are.
pub(crate) fn with_attribute(tag: &Tag<'_>, name: &[u8], value: &str) -> Vec<u8> {
    let mut raw = [b"<", tag.name()].concat();
    let mut found = false;
    for (key, old) in tag.attributes() {
        let value = if key == name { value.as_bytes() } else { old };
        found |= key == name;
        push_attribute(&mut raw, key, value);
    }
    if !found {
        push_attribute(&mut raw, name, value.as_bytes());
    }
    raw.extend_from_slice(if tag.empty { b"/>" } else { b">" });
    raw
}

/// Adds an attribute whose value is raw already.
pub(crate) fn push_attribute(raw: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    let quote = if value.contains(&b'"') { b"'" } else { b"\"" };
    for piece in [b" ", name, b"=", quote, value, quote] {
        raw.extend_from_slice(piece);
    }
}

/// The reference of a cell from its place from 1, such as `B12`.
pub(crate) fn reference(row: u32, column: u32) -> String {
    let (mut letters, mut rest) = (Vec::new(), column);
    while let Some(digit) = rest.checked_sub(1) {
        letters.push(char::from(b'A' + u8::try_from(digit % 26).unwrap_or(0)));
        rest = digit / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{row}")
}
