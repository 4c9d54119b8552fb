//! Writing the declaration template: title, facts, a frozen header row and the rows known so
//! far, with formats, checks and notes that help filling it in. Rows go through the writer's
//! constant-memory mode, so that a hundred thousand of them do not pile up.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime,
    Format, FormatAlign, FormatBorder, Note, Workbook, Worksheet, XlsxError,
};

use crate::workbook::{Cell, WriteFault};

/// What the template holds. All its words come from the caller.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The name of the main sheet.
    pub sheet_name: String,
    /// The title, in the first row.
    pub title: String,
    /// Labels and values below the title: employer, quarter.
    pub facts: Vec<(String, String)>,
    /// The columns of the table.
    pub columns: Vec<Column>,
    /// The rows already known; each cell is written as its own kind asks.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows below the last one get the checks and formats of their column.
    pub spare_rows: u32,
    /// The name of the help sheet.
    pub help_name: String,
    /// The lines of the help sheet; none for no such sheet.
    pub help: Vec<String>,
    /// The author shown on the notes and in the document properties.
    pub author: String,
}

/// One column of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The header.
    pub title: String,
    /// The width in characters.
    pub width: u16,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// A note on the header cell.
    pub note: Option<String>,
    /// The title and text Excel shows when it refuses a value.
    pub refusal: Option<(String, String)>,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text; zeros at the start stay.
    Text,
    /// A number from zero on.
    Number,
    /// A date.
    Date,
}

/// A written workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The bytes of the `.xlsx`.
    pub bytes: Vec<u8>,
    /// The number of the header row, from 1.
    pub header_row: u32,
}

/// The last row of an Excel sheet, from 0.
const LAST_ROW: u32 = 1_048_575;
/// Blue of the header row.
const HEADER: Color = Color::RGB(0x1F_4E_79);

/// Writes the template.
pub fn template(content: &Template) -> Result<Written, WriteFault> {
    let header = u32::try_from(content.facts.len()).unwrap_or(LAST_ROW).saturating_add(2);
    let width = u16::try_from(content.columns.len()).map_err(|_| WriteFault::TooLarge)?;
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(content)?);
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(fault)?;
    sheet.set_name(&content.sheet_name).map_err(fault)?;
    let looks = Looks::new();
    lay_out(sheet, content, header, width)?;
    write_top(sheet, content, &looks, header)?;
    write_rows(sheet, content, header)?;
    if !content.help.is_empty() {
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(fault)?;
        write_help(sheet, content, &looks)?;
    }
    let bytes = workbook.save_to_buffer().map_err(fault)?;
    Ok(Written { bytes, header_row: header + 1 })
}

/// The formats of the workbook.
struct Looks {
    title: Format,
    label: Format,
    header: Format,
    help: Format,
}

impl Looks {
    fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(HEADER)
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap()
            .set_border(FormatBorder::Thin);
        Self {
            title: Format::new().set_bold().set_font_size(16).set_font_color(HEADER),
            label: Format::new().set_bold(),
            header,
            help: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// The format of the cells of a column. `#,##0` is shown as `# ##0` by a French Excel.
fn cell_format(kind: ColumnKind) -> Format {
    match kind {
        ColumnKind::Text => Format::new().set_num_format("@"),
        ColumnKind::Number => Format::new().set_num_format("#,##0"),
        ColumnKind::Date => Format::new().set_num_format("dd/mm/yyyy"),
    }
}

/// Properties that tell nothing of the machine or the moment.
fn properties(content: &Template) -> Result<DocProperties, WriteFault> {
    let fixed = ExcelDateTime::from_ymd(2000, 1, 1).map_err(fault)?;
    Ok(DocProperties::new()
        .set_title(&content.title)
        .set_author(&content.author)
        .set_creation_datetime(&fixed))
}

/// Widths, checks, notes, panes and print set-up; all of it before the first row.
fn lay_out(sheet: &mut Worksheet, content: &Template, header: u32, width: u16) -> Result<(), WriteFault> {
    let rows = u32::try_from(content.rows.len()).unwrap_or(LAST_ROW);
    let last = header.saturating_add(rows).saturating_add(content.spare_rows);
    if last > LAST_ROW {
        return Err(WriteFault::TooLarge);
    }
    for (at, column) in (0_u16..).zip(&content.columns) {
        sheet.set_column_width(at, column.width).map_err(fault)?;
        sheet.set_column_format(at, &cell_format(column.kind)).map_err(fault)?;
        if let Some(check) = check(column)?
            && last > header
        {
            sheet.add_data_validation(header + 1, at, last, at, &check).map_err(fault)?;
        }
        if let Some(text) = &column.note {
            let note = Note::new(text).set_author(&content.author).add_author_prefix(false);
            sheet.insert_note(header, at, &note).map_err(fault)?;
        }
    }
    sheet.set_freeze_panes(header + 1, 0).map_err(fault)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(header, header).map_err(fault)?;
    if width > 0 {
        sheet.set_print_area(0, 0, header + rows, width - 1).map_err(fault)?;
        sheet.set_selection(header + 1, 0, header + 1, 0).map_err(fault)?;
    }
    Ok(())
}

/// What Excel refuses in a column.
fn check(column: &Column) -> Result<Option<DataValidation>, WriteFault> {
    let check = match column.kind {
        ColumnKind::Text => return Ok(None),
        ColumnKind::Number => {
            DataValidation::new().allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0))
        }
        ColumnKind::Date => {
            let first = ExcelDateTime::from_ymd(1900, 1, 1).map_err(fault)?;
            let last = ExcelDateTime::from_ymd(2199, 12, 31).map_err(fault)?;
            DataValidation::new().allow_date(DataValidationRule::Between(first, last))
        }
    };
    let check = check.set_error_style(DataValidationErrorStyle::Stop);
    let Some((title, text)) = &column.refusal else { return Ok(Some(check)) };
    let check = check.set_error_title(short(title, 32)).map_err(fault)?;
    Ok(Some(check.set_error_message(short(text, 255)).map_err(fault)?))
}

/// The first characters of a text, as many as Excel takes.
fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The title, the facts and the header row.
fn write_top(
    sheet: &mut Worksheet,
    content: &Template,
    looks: &Looks,
    header: u32,
) -> Result<(), WriteFault> {
    sheet.set_row_height(0, 24).map_err(fault)?;
    write_text(sheet, 0, 0, &content.title, &looks.title)?;
    let plain = Format::new();
    for (row, (label, value)) in (1_u32..).zip(&content.facts) {
        write_text(sheet, row, 0, label, &looks.label)?;
        write_text(sheet, row, 1, value, &plain)?;
    }
    sheet.set_row_height(header, 32).map_err(fault)?;
    for (at, column) in (0_u16..).zip(&content.columns) {
        write_text(sheet, header, at, &column.title, &looks.header)?;
    }
    Ok(())
}

fn write_rows(sheet: &mut Worksheet, content: &Template, header: u32) -> Result<(), WriteFault> {
    let kinds: Vec<ColumnKind> = content.columns.iter().map(|column| column.kind).collect();
    let formats = [ColumnKind::Text, ColumnKind::Number, ColumnKind::Date].map(cell_format);
    for (row, cells) in (header + 1..).zip(&content.rows) {
        for (at, cell) in (0_u16..).zip(cells) {
            let kind = kinds.get(usize::from(at)).copied().unwrap_or(ColumnKind::Text);
            write_cell(sheet, (row, at), cell, kind, &formats)?;
        }
    }
    Ok(())
}

/// Writes a cell as its own kind asks; an empty one gets the format of its column.
fn write_cell(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    cell: &Cell,
    kind: ColumnKind,
    [text, number, date]: &[Format; 3],
) -> Result<(), WriteFault> {
    let own = match kind {
        ColumnKind::Text => text,
        ColumnKind::Number => number,
        ColumnKind::Date => date,
    };
    let written = match cell {
        Cell::Empty | Cell::Formula => sheet.write_blank(row, at, own),
        Cell::Text(value) | Cell::Error(value) => return write_text(sheet, row, at, value, text),
        Cell::Bool(value) => sheet.write_boolean_with_format(row, at, *value, own),
        Cell::Number(value) => match exact(value) {
            // A number in a date column must not turn into a date.
            Some(value) => sheet.write_number_with_format(row, at, value, number),
            None => return write_text(sheet, row, at, &value.to_string(), text),
        },
        Cell::Date(value) if dated(*value) => sheet.write_datetime_with_format(row, at, value, date),
        Cell::Date(value) => return write_text(sheet, row, at, &value.to_string(), text),
    };
    written.map(|_| ()).map_err(fault)
}

/// The number as Excel can hold it, when its digits all fit.
fn exact(value: &Decimal) -> Option<f64> {
    let number: f64 = value.to_string().parse().ok()?;
    (crate::workbook::number::decimal(number)? == *value).then_some(number)
}

/// Whether Excel's calendar has the day, safely away from its false leap year.
fn dated(day: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(1900, 3, 1).is_some_and(|first| day >= first)
        && NaiveDate::from_ymd_opt(9999, 12, 31).is_some_and(|last| day <= last)
}

/// Writes a text as a text, whatever it begins with.
fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &Format,
) -> Result<(), WriteFault> {
    match sheet.write_string_with_format(row, column, text, format) {
        Ok(_) => Ok(()),
        Err(XlsxError::MaxStringLengthExceeded) => {
            Err(WriteFault::TextTooLong { row: row.saturating_add(1), column: column.saturating_add(1) })
        }
        Err(error) => Err(fault(error)),
    }
}

fn write_help(sheet: &mut Worksheet, content: &Template, looks: &Looks) -> Result<(), WriteFault> {
    sheet.set_name(&content.help_name).map_err(fault)?;
    sheet.set_column_width(0, 110).map_err(fault)?;
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
    write_text(sheet, 0, 0, &content.title, &looks.title)?;
    for (row, line) in (2_u32..).zip(&content.help) {
        write_text(sheet, row, 0, line, &looks.help)?;
    }
    Ok(())
}

/// What the writer's error means for us.
fn fault(error: XlsxError) -> WriteFault {
    match error {
        XlsxError::SheetnameCannotBeBlank(_)
        | XlsxError::SheetnameLengthExceeded(_)
        | XlsxError::SheetnameReused(_)
        | XlsxError::SheetnameContainsInvalidCharacter(_)
        | XlsxError::SheetnameStartsOrEndsWithApostrophe(_) => WriteFault::SheetName,
        XlsxError::RowColumnLimitError => WriteFault::TooLarge,
        XlsxError::IoError(error) => WriteFault::Io(error),
        error => WriteFault::Writer(error),
    }
}
