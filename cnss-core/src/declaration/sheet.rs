//! Reading the wage declaration: rows of cells become sound lines, or every fault at once.
//!
//! The edge opens the file and hands over rows; nothing here knows about Excel. The heading says
//! which column holds what, `line` reads each line, and the register has the last word. A fault
//! names the row and the column as the employer sees them, what stood there, and what is wrong.
//! The one rule to remember: read everything, report everything, keep nothing when in doubt.

use std::collections::BTreeMap;

pub use super::line::{Cell, Expected, Row};
use super::line::{Columns, LineReader, ReadLine};
use super::{Line, RawLine};
use crate::fund::Field;
use crate::id::{InsuredId, InsuredNumber};
use crate::person::NameKey;
use crate::refusal::{Fault, FaultKind, Faults, Place};

/// The heading row is looked for in this many rows.
const HEADING_WITHIN: u32 = 40;

/// A person as the register knows him, for comparing with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Identity.
    pub id: InsuredId,
    /// Family name, folded.
    pub surname: NameKey,
    /// Given names, folded.
    pub forenames: NameKey,
    /// The name as it is shown.
    pub shown: Box<str>,
}

/// The persons that a declaration may name.
pub type Register = BTreeMap<InsuredNumber, Registered>;

/// Reads rows one by one; then the register is asked about the numbers it met.
///
/// ```
/// use cnss_core::declaration::sheet::{Expected, RawReader};
/// use cnss_core::declaration::RawLine;
/// let fund = cnss_core::fund::Fund::builtin("tg")?;
/// let expected = Expected { fund: &fund, employer_number: "EMP-1", quarter: "2024-T1".parse()? };
/// let faults = RawReader::read(&expected, &[RawLine::default()]).finish(&Default::default()).unwrap_err();
/// assert_eq!(faults.list[0].kind.code(), "no_line");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SheetReader<'a> {
    lines: LineReader<'a>,
    columns: Option<Columns>,
    heading_row: u32,
}

impl<'a> SheetReader<'a> {
    /// A reader for one file.
    #[must_use]
    pub fn new(expected: &'a Expected<'a>) -> Self {
        Self { lines: LineReader::new(expected), columns: None, heading_row: 0 }
    }

    /// Takes the next row; false when reading on makes no sense.
    pub fn row(&mut self, row: &Row) -> bool {
        if let Some(columns) = self.columns {
            return self.lines.line(row, &columns);
        }
        if self.facts(row) {
            return true;
        }
        let recognised = row
            .cells
            .iter()
            .filter(|c| matches!(c, Cell::Text(t) if self.lines.expected.fund.layout.recognise(t).is_some()));
        if recognised.count() >= 3 {
            return self.heading(row);
        }
        row.number < HEADING_WITHIN
    }

    /// Reads « N° employeur » and « Trimestre » above the table, when they are there.
    fn facts(&mut self, row: &Row) -> bool {
        let layout = &self.lines.expected.fund.layout;
        let Some(at) = row.cells.iter().position(|c| !c.is_empty()) else { return true };
        let label = NameKey::of(&row.cells.get(at).map(Cell::text).unwrap_or_default());
        let next = at.saturating_add(1);
        let given = row.cells.get(next).map(Cell::text).unwrap_or_default().into_owned();
        let (field, kind) = if label == NameKey::of(&layout.employer_label) {
            let expected = self.lines.expected.employer_number;
            if NameKey::of(&given) == NameKey::of(expected) {
                return true;
            }
            (
                Field::Number,
                FaultKind::OtherEmployer {
                    given: given.chars().take(40).collect(),
                    expected: expected.to_owned(),
                },
            )
        } else if label == NameKey::of(&layout.quarter_label) {
            let expected = self.lines.expected.quarter;
            if given.to_uppercase().replace(' ', "").parse() == Ok(expected) {
                return true;
            }
            (Field::Number, FaultKind::OtherQuarter { given: given.chars().take(40).collect(), expected })
        } else {
            return false;
        };
        let column = u16::try_from(next).ok();
        self.lines.faults.push(Fault {
            place: Place::Cell { row: row.number, column, field },
            kind,
            given: Some(given),
        });
        true
    }

    fn heading(&mut self, row: &Row) -> bool {
        let layout = &self.lines.expected.fund.layout;
        let mut columns = Columns::default();
        for (index, cell) in row.cells.iter().enumerate() {
            let Cell::Text(text) = cell else { continue };
            let Some(column) = layout.recognise(text) else { continue };
            let Some(slot) = columns.of.get_mut(column.field as usize) else { continue };
            let place =
                Place::Cell { row: row.number, column: u16::try_from(index).ok(), field: column.field };
            if slot.is_some() {
                self.lines.faults.push(Fault {
                    place,
                    kind: FaultKind::ColumnTwice { title: column.title.to_string() },
                    given: Some(text.chars().take(80).collect()),
                });
            } else {
                *slot = u16::try_from(index).ok();
            }
        }
        for column in layout.columns.iter().filter(|c| c.required && columns.get(c.field).is_none()) {
            self.lines.faults.push(Fault {
                place: Place::Row(row.number),
                kind: FaultKind::ColumnMissing { title: column.title.to_string() },
                given: None,
            });
        }
        self.columns = Some(columns);
        self.heading_row = row.number;
        self.lines.faults.total == 0
            || layout.columns.iter().all(|c| !c.required || columns.get(c.field).is_some())
    }

    /// Says that cells are merged from this one on; inside the table their values cannot be
    /// told apart. Titles above it may be merged.
    pub fn merged(&mut self, row: u32, column: u16, range: &str) {
        let Some(columns) = self.columns.filter(|_| row > self.heading_row) else { return };
        let Some(field) = Field::ALL.into_iter().find(|f| columns.get(*f) == Some(column)) else { return };
        let place = Place::Cell { row, column: Some(column), field };
        self.lines.faults.push(Fault {
            place,
            kind: FaultKind::Merged { range: range.to_owned() },
            given: None,
        });
    }

    /// The numbers that were read, for asking the register.
    #[must_use]
    pub fn finish(mut self) -> Unregistered {
        if self.columns.is_none() {
            self.lines.faults.push(Fault { place: Place::File, kind: FaultKind::NoHeading, given: None });
            return Unregistered::of(self.lines, Columns::default());
        }
        self.lines.end();
        Unregistered::of(self.lines, self.columns.unwrap_or_default())
    }
}

/// Reads the lines of a form, which have no heading: each field stands at its own place.
pub struct RawReader;

impl RawReader {
    /// Reads all the lines of a draft; a line's row is its place in the list, from 1.
    #[must_use]
    pub fn read(expected: &Expected<'_>, lines: &[RawLine]) -> Unregistered {
        let mut columns = Columns::default();
        for (index, slot) in columns.of.iter_mut().enumerate() {
            *slot = u16::try_from(index).ok();
        }
        let mut reader = LineReader::new(expected);
        let mut row = Row { number: 0, cells: Vec::new() };
        for line in lines {
            row.number = row.number.saturating_add(1);
            row.cells.clear();
            row.cells.extend(line.cells.iter().map(|text| Cell::Text(text.clone())));
            if !reader.line(&row, &columns) {
                break;
            }
        }
        reader.end();
        Unregistered::of(reader, columns)
    }
}

/// Lines that were read, waiting for what the register knows of their numbers.
pub struct Unregistered {
    lines: Vec<ReadLine>,
    faults: Faults,
    columns: Columns,
}

impl Unregistered {
    fn of(read: LineReader<'_>, columns: Columns) -> Self {
        Self { lines: read.lines, faults: read.faults, columns }
    }

    /// The numbers to look up, each once, ascending.
    #[must_use]
    pub fn numbers(&self) -> Vec<InsuredNumber> {
        let mut numbers: Vec<InsuredNumber> = self.lines.iter().map(|line| line.number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Compares every line with the register and gives the sound lines.
    ///
    /// # Errors
    /// Every fault of the whole declaration, when there is any.
    pub fn finish(self, register: &Register) -> Result<Vec<Line>, Faults> {
        let Self { lines, mut faults, columns } = self;
        for line in &lines {
            let cell = |field: Field| Place::Cell { row: line.row, column: columns.get(field), field };
            match register.get(&line.number) {
                None => {
                    let given = Some(line.number.to_string());
                    faults.push(Fault { place: cell(Field::Number), kind: FaultKind::UnknownInsured, given });
                }
                Some(known) if !same_name(known, line) => {
                    let kind = FaultKind::OtherName { registered: known.shown.to_string() };
                    faults.push(Fault { place: cell(Field::Surname), kind, given: None });
                }
                Some(_) => {}
            }
        }
        if faults.total > 0 {
            faults.list.sort_by_key(|fault| order(&fault.place));
            return Err(faults);
        }
        // Only a sound declaration is built: a large one with faults takes no second place in memory.
        let sound = lines.into_iter().filter_map(|line| {
            Some(Line {
                row: line.row,
                insured: register.get(&line.number)?.id,
                number: line.number,
                wages: line.wages,
                days: line.days,
                hired_on: line.hired_on,
                left_on: line.left_on,
                observation: line.observation,
            })
        });
        Ok(sound.collect())
    }
}

fn order(place: &Place) -> (u32, u16) {
    match place {
        Place::File | Place::Field(_) => (0, 0),
        Place::Row(row) => (*row, 0),
        Place::Cell { row, column, .. } => (*row, column.unwrap_or(u16::MAX)),
    }
}

/// A clerk's reading: the same family name, and given names of which one list begins the
/// other; or both exchanged, which files of the region often do.
fn same_name(known: &Registered, line: &ReadLine) -> bool {
    let begins = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && (a.starts_with(b) || b.starts_with(a));
    let (surname, forenames) = line.names.split();
    (known.surname.as_str() == surname && begins(known.forenames.as_str(), forenames))
        || (known.surname.as_str() == forenames && begins(known.forenames.as_str(), surname))
}
