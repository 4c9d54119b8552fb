//! Reading a guarded workbook: one pass of calamine over the first visible worksheet, whose
//! cells are gathered into rows. Only a sheet that holds formulas takes calamine's slower
//! reader, which tells them from values.

use std::io::Cursor;
use std::ops::ControlFlow;

use calamine::{DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};

use crate::workbook::guard::{Guarded, OddError, guard};
use crate::workbook::number;
use crate::workbook::{Cell, Limits, Row, WorkbookFault};

/// What reading a workbook found besides its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The name of the sheet that was read.
    pub sheet_name: String,
    /// The names of the other sheets, hidden ones too, in order.
    pub other_sheets: Vec<String>,
    /// How many rows were given.
    pub rows: u32,
    /// The number of the last row given, from 1 (0 for none).
    pub last_row: u32,
    /// How many columns the widest row has.
    pub columns: u32,
    /// The merged ranges of more than one cell, such as `B4:D4`; at most 100.
    pub merged: Vec<String>,
    /// How many merged ranges there are.
    pub merged_count: u32,
    /// How many cells hold a formula.
    pub formula_cells: u64,
    /// Whether the caller stopped before the end.
    pub stopped: bool,
}

type Sheet<'x, 'b> = XlsxCellReader<'x, Cursor<&'b [u8]>>;

/// Reads the rows of the first visible worksheet in order. The row given to `each` is reused;
/// rows that are wholly empty are not given.
pub fn read(
    bytes: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Row) -> ControlFlow<()>,
) -> Result<Summary, WorkbookFault> {
    let Guarded { package, sheet, other_sheets, seen, .. } = guard(bytes, limits)?;
    drop(package);
    let mut summary = Summary {
        sheet_name: sheet.name.clone(),
        other_sheets,
        merged: seen.merged,
        merged_count: seen.merged_count,
        formula_cells: seen.formulas,
        ..Summary::default()
    };
    let failed = |error: XlsxError| calamine_fault(&sheet.path, &error);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(failed)?;
    let from_1904 = workbook.has_1904_epoch();
    let cells = workbook.worksheet_cells_reader(&sheet.name).map_err(failed)?;
    let mut gather = Gather {
        part: &sheet.path,
        limits,
        from_1904,
        row: Row::default(),
        last: None,
        summary: &mut summary,
        each,
    };
    let flow = if seen.formulas > 0 {
        gather.with_formulas(cells, seen.odd_errors)?
    } else {
        gather.values(cells, seen.odd_errors)?
    };
    if flow.is_continue() && gather.give()?.is_continue() {
        return Ok(summary);
    }
    summary.stopped = true;
    Ok(summary)
}

/// What calamine says of a file that passed the guard.
fn calamine_fault(sheet: &str, error: &XlsxError) -> WorkbookFault {
    match error {
        XlsxError::FileNotFound(part) => WorkbookFault::damaged(part, "missing"),
        XlsxError::Unrecognized { typ, .. } => WorkbookFault::damaged(typ, "unknown"),
        XlsxError::Password => WorkbookFault::Encrypted,
        XlsxError::Zip(error) => WorkbookFault::from_zip("zip", error),
        XlsxError::Io(_) => WorkbookFault::damaged(sheet, "inflate"),
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::Encoding(_) => {
            WorkbookFault::damaged(sheet, "xml")
        }
        XlsxError::NotAWorksheet(_) => WorkbookFault::damaged(sheet, "worksheet"),
        _ => WorkbookFault::damaged(sheet, "cell"),
    }
}

/// Gathers cells into rows.
struct Gather<'g> {
    part: &'g str,
    limits: &'g Limits,
    from_1904: bool,
    row: Row,
    /// The place of the last cell, from 0.
    last: Option<(u32, u32)>,
    summary: &'g mut Summary,
    each: &'g mut dyn FnMut(&Row) -> ControlFlow<()>,
}

impl Gather<'_> {
    /// Takes the cells of a sheet without formulas.
    fn values(
        &mut self,
        mut cells: Sheet<'_, '_>,
        odd: Vec<OddError>,
    ) -> Result<ControlFlow<()>, WorkbookFault> {
        let mut odd = odd.into_iter();
        loop {
            let flow = match cells.next_cell() {
                Ok(None) => return Ok(ControlFlow::Continue(())),
                Ok(Some(cell)) => self.take(cell.get_position(), false, cell.get_value())?,
                Err(error) => self.recover(&error, &mut odd)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    /// Takes the cells of a sheet with formulas.
    fn with_formulas(
        &mut self,
        mut cells: Sheet<'_, '_>,
        odd: Vec<OddError>,
    ) -> Result<ControlFlow<()>, WorkbookFault> {
        let mut odd = odd.into_iter();
        loop {
            let flow = match cells.next_cell_with_formula_metadata() {
                Ok(None) => return Ok(ControlFlow::Continue(())),
                Ok(Some(cell)) => self.take(cell.pos, cell.formula.is_some(), &cell.value)?,
                Err(error) => self.recover(&error, &mut odd)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    /// Calamine stops at an error value it does not know; the guard noted where those are, and
    /// reading goes on after the cell.
    fn recover(
        &mut self,
        error: &XlsxError,
        odd: &mut impl Iterator<Item = OddError>,
    ) -> Result<ControlFlow<()>, WorkbookFault> {
        let next = match error {
            XlsxError::CellError(text) => odd.next().filter(|odd| odd.text == *text),
            _ => None,
        };
        let OddError { row, column, text } = next.ok_or_else(|| calamine_fault(self.part, error))?;
        self.put((row, column), Cell::Error(text))
    }

    #[inline]
    fn take(
        &mut self,
        place: (u32, u32),
        formula: bool,
        value: &DataRef<'_>,
    ) -> Result<ControlFlow<()>, WorkbookFault> {
        let cell = if formula { Cell::Formula } else { self.cell(value) };
        self.put(place, cell)
    }

    #[inline]
    fn cell(&self, value: &DataRef<'_>) -> Cell {
        match value {
            DataRef::Int(value) => Cell::Number((*value).into()),
            DataRef::Float(value) => number::number(*value),
            DataRef::SharedString("") | DataRef::Empty => Cell::Empty,
            DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
            DataRef::String(text) if text.is_empty() => Cell::Empty,
            DataRef::String(text) | DataRef::DurationIso(text) => Cell::Text(text.clone()),
            DataRef::Bool(value) => Cell::Bool(*value),
            DataRef::DateTime(value) if value.is_datetime() => number::date(value.as_f64(), self.from_1904),
            DataRef::DateTime(value) => number::number(value.as_f64()),
            DataRef::DateTimeIso(text) => iso_date(text),
            DataRef::Error(error) => Cell::Error(error.to_string()),
        }
    }

    /// Puts a cell at its place, giving the row before when it begins another.
    #[inline]
    fn put(&mut self, place: (u32, u32), cell: Cell) -> Result<ControlFlow<()>, WorkbookFault> {
        if self.last.is_some_and(|last| last >= place) {
            return Err(WorkbookFault::damaged(self.part, "order"));
        }
        let mut flow = ControlFlow::Continue(());
        if self.last.is_none_or(|last| last.0 != place.0) {
            flow = self.give()?;
            self.row.number = place.0 + 1;
        }
        self.last = Some(place);
        if matches!(cell, Cell::Empty) {
            return Ok(flow);
        }
        let (row, column) = place;
        if column >= u32::from(self.limits.columns) {
            let (row, column, limit) = (row + 1, column + 1, self.limits.columns);
            return Err(WorkbookFault::TooManyColumns { row, column, limit });
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        self.row.cells.resize_with(column, Cell::default);
        self.row.cells.push(cell);
        Ok(flow)
    }

    /// Gives the gathered row, if it holds something, and empties it.
    fn give(&mut self) -> Result<ControlFlow<()>, WorkbookFault> {
        if self.row.cells.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if self.summary.rows >= self.limits.rows {
            return Err(WorkbookFault::TooManyRows { limit: self.limits.rows });
        }
        self.summary.rows += 1;
        self.summary.last_row = self.row.number;
        let width = u32::try_from(self.row.cells.len()).unwrap_or(u32::MAX);
        self.summary.columns = self.summary.columns.max(width);
        let flow = (self.each)(&self.row);
        self.row.cells.clear();
        Ok(flow)
    }
}

/// A date written as ISO text in a cell of type date.
fn iso_date(text: &str) -> Cell {
    let day = text.get(..10).and_then(|day| day.parse().ok());
    day.map_or_else(|| Cell::Text(text.to_owned()), Cell::Date)
}
