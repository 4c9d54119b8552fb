//! Reading the wage declaration: rows of cells become sound lines, or every fault at once.
//!
//! The edge opens the file and hands over rows; nothing here knows about Excel. A fault names
//! the row and the column as the employer sees them, what stood there, and what is wrong.
//! The one rule to remember: read everything, report everything, keep nothing when in doubt.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Line, RawLine};
use crate::calendar::{Month, Quarter, parse_date};
use crate::explain::Value;
use crate::fund::{Field, Fund};
use crate::id::{InsuredId, InsuredNumber};
use crate::money::parse_amount;
use crate::person::{Name, NameKey};
use crate::refusal::{Fault, FaultKind, Faults, Place};

/// The heading row is looked for in this many rows.
const HEADING_WITHIN: u32 = 40;
/// The most characters of an observation.
const OBSERVATION_MAX: usize = 200;
/// Days of work that make a whole month, for which the minimum wage is due in full.
const WHOLE_MONTH_DAYS: u8 = 26;

/// The most days of any month.
const DAYS_MAX: u32 = 31;

/// One cell, as the edge that opens the file reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text.
    Text(String),
    /// A number, exactly as it is shown.
    Number(Decimal),
    /// A day.
    Date(NaiveDate),
    /// True or false.
    Bool(bool),
    /// A formula, whatever it shows.
    Formula,
    /// An error value.
    Error(String),
}

/// One row of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The row's number as the sheet shows it; the first is 1.
    pub number: u32,
    /// The cells from column A on; missing ones are empty.
    pub cells: Vec<Cell>,
}

impl Cell {
    /// The cell as a person would read it aloud.
    fn text(&self) -> std::borrow::Cow<'_, str> {
        use std::borrow::Cow;
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text.trim()),
            Self::Number(number) => Cow::Owned(number.normalize().to_string()),
            Self::Date(date) => Cow::Owned(date.format("%d/%m/%Y").to_string()),
            Self::Bool(flag) => Cow::Owned(flag.to_string()),
            Self::Formula => Cow::Borrowed("=…"),
            Self::Error(text) => Cow::Borrowed(text),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Empty) || matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

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

/// A line that is sound in itself; whether the register knows the worker comes next.
#[derive(Clone, Debug)]
struct ReadLine {
    row: u32,
    number: InsuredNumber,
    names: Names,
    wages: [Option<Decimal>; 3],
    days: [Option<u8>; 3],
    hired_on: Option<NaiveDate>,
    left_on: Option<NaiveDate>,
    observation: Option<Box<str>>,
}

/// Family and given names as a line gives them, folded, in one text: a large declaration
/// holds many of these at once.
#[derive(Clone, Debug)]
struct Names {
    text: Box<str>,
    surname_length: u32,
}

impl Names {
    fn new(surname: &NameKey, forenames: &NameKey) -> Self {
        let surname_length = u32::try_from(surname.as_str().len()).unwrap_or(u32::MAX);
        Self { text: format!("{}{}", surname.as_str(), forenames.as_str()).into(), surname_length }
    }

    /// Family name, then given names.
    fn split(&self) -> (&str, &str) {
        let middle = usize::try_from(self.surname_length).unwrap_or(usize::MAX);
        self.text.split_at_checked(middle).unwrap_or((&self.text, ""))
    }
}

/// What a declaration is read against.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The fund's layout and minimum wage.
    pub fund: &'a Fund,
    /// The employer's number, which the file may repeat.
    pub employer_number: &'a str,
    /// The quarter, which the file may repeat.
    pub quarter: Quarter,
}

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

/// Where each field stands; none when the file has no such column.
#[derive(Clone, Copy, Debug, Default)]
struct Columns {
    of: [Option<u16>; 12],
}

impl Columns {
    fn get(&self, field: Field) -> Option<u16> {
        self.of.get(field as usize).copied().flatten()
    }
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
            return self.lines.into_unregistered();
        }
        self.lines.end();
        let mut read = self.lines.into_unregistered();
        read.columns = self.columns.unwrap_or_default();
        read
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
        let mut read = reader.into_unregistered();
        read.columns = columns;
        read
    }
}

/// Lines that were read, waiting for what the register knows of their numbers.
pub struct Unregistered {
    lines: Vec<ReadLine>,
    faults: Faults,
    columns: Columns,
}

impl Unregistered {
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

/// Checks line after line what can be checked without the register.
struct LineReader<'a> {
    expected: &'a Expected<'a>,
    months: [(Month, Option<Decimal>); 3],
    lines: Vec<ReadLine>,
    seen: BTreeMap<InsuredNumber, u32>,
    faults: Faults,
}

impl<'a> LineReader<'a> {
    fn new(expected: &'a Expected<'a>) -> Self {
        let smig = |month: Month| expected.fund.minimum_wage.at(month.first_day()).map(|dated| dated.value);
        let months = expected.quarter.months().map(|month| (month, smig(month)));
        Self { expected, months, lines: Vec::new(), seen: BTreeMap::new(), faults: Faults::default() }
    }

    fn into_unregistered(self) -> Unregistered {
        Unregistered { lines: self.lines, faults: self.faults, columns: Columns::default() }
    }

    fn end(&mut self) {
        if self.lines.is_empty() && self.faults.total == 0 {
            self.faults.push(Fault { place: Place::File, kind: FaultKind::NoLine, given: None });
        }
    }

    /// Reads one line; false when the limit of lines is passed.
    fn line(&mut self, row: &Row, columns: &Columns) -> bool {
        let most = self.expected.fund.layout.lines_max;
        let blank = Field::ALL.into_iter().all(|f| Source { row, columns }.cell(f).is_empty());
        if blank {
            return true;
        }
        if self.lines.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            self.faults.push(Fault {
                place: Place::Row(row.number),
                kind: FaultKind::TooMany { most },
                given: None,
            });
            return false;
        }
        let before = self.faults.total;
        let source = Source { row, columns };
        let number = self.number(&source);
        let surname = self.name(&source, Field::Surname);
        let forenames = self.name(&source, Field::Forenames);
        let hired_on = self.date(&source, Field::HiredOn);
        let left_on = self.date(&source, Field::LeftOn);
        if let (Some(hired), Some(left)) = (hired_on, left_on)
            && left < hired
        {
            self.fault(&source, Field::LeftOn, FaultKind::EndsBeforeStart);
        }
        let (wages, days) = self.pay(&source, hired_on, left_on);
        let observation = self.observation(&source);
        if let (Some(number), Some(surname), Some(forenames)) = (number, surname, forenames)
            && before == self.faults.total
        {
            self.lines.push(ReadLine {
                row: row.number,
                number,
                names: Names::new(&surname, &forenames),
                wages,
                days,
                hired_on,
                left_on,
                observation,
            });
        }
        true
    }

    fn fault(&mut self, source: &Source<'_>, field: Field, kind: FaultKind) {
        let given = source.cell(field).text();
        let given = (!given.is_empty()).then(|| given.chars().take(80).collect());
        let place = Place::Cell { row: source.row.number, column: source.columns.get(field), field };
        self.faults.push(Fault { place, kind, given });
    }

    /// The cell's text, or nothing when it is empty or was refused for its kind.
    fn text<'s>(&mut self, source: &Source<'s>, field: Field) -> Option<std::borrow::Cow<'s, str>> {
        match source.cell(field) {
            Cell::Formula => self.fault(source, field, FaultKind::Formula),
            Cell::Error(_) => self.fault(source, field, FaultKind::CellError),
            cell => return Some(cell.text()).filter(|text| !text.is_empty()),
        }
        None
    }

    fn number(&mut self, source: &Source<'_>) -> Option<InsuredNumber> {
        let before = self.faults.total;
        let Some(text) = self.text(source, Field::Number) else {
            if before == self.faults.total {
                self.fault(source, Field::Number, FaultKind::Missing);
            }
            return None;
        };
        let Ok(number) = text.parse::<InsuredNumber>() else {
            self.fault(source, Field::Number, FaultKind::NotANumber);
            return None;
        };
        if let Some(first_row) = self.seen.insert(number, source.row.number) {
            self.seen.insert(number, first_row);
            self.fault(source, Field::Number, FaultKind::Twice { first_row });
            return None;
        }
        Some(number)
    }

    fn name(&mut self, source: &Source<'_>, field: Field) -> Option<NameKey> {
        let before = self.faults.total;
        let Some(text) = self.text(source, field) else {
            if before == self.faults.total {
                self.fault(source, field, FaultKind::Missing);
            }
            return None;
        };
        // A plain name needs no second look; the others are read with the register's own rule.
        let plain = text.len() <= 100
            && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ' || b == b'-' || b == b'\'');
        if !plain && Name::parse(&text).is_err() {
            self.fault(source, field, FaultKind::NotAName);
            return None;
        }
        let key = NameKey::of(&text);
        if key.as_str().is_empty() {
            self.fault(source, field, FaultKind::NotAName);
            return None;
        }
        Some(key)
    }

    fn date(&mut self, source: &Source<'_>, field: Field) -> Option<NaiveDate> {
        if let Cell::Date(date) = source.cell(field) {
            return Some(*date);
        }
        let text = self.text(source, field)?;
        match parse_date(&text) {
            Ok(date) => Some(date),
            Err(_) => {
                self.fault(source, field, FaultKind::NotADate);
                None
            }
        }
    }

    fn observation(&mut self, source: &Source<'_>) -> Option<Box<str>> {
        let text = self.text(source, Field::Observation)?;
        if text.chars().count() > OBSERVATION_MAX || text.chars().any(char::is_control) {
            self.fault(source, Field::Observation, FaultKind::TooLong { most: OBSERVATION_MAX as u32 });
            return None;
        }
        Some(text.into())
    }

    fn pay(
        &mut self,
        source: &Source<'_>,
        hired_on: Option<NaiveDate>,
        left_on: Option<NaiveDate>,
    ) -> ([Option<Decimal>; 3], [Option<u8>; 3]) {
        const WAGES: [Field; 3] = [Field::Wage1, Field::Wage2, Field::Wage3];
        const DAYS: [Field; 3] = [Field::Days1, Field::Days2, Field::Days3];
        let before = self.faults.total;
        let (mut wages, mut days) = ([None; 3], [None; 3]);
        let months = self.months;
        for ((((wage, day), wage_field), day_field), (month, minimum)) in
            wages.iter_mut().zip(days.iter_mut()).zip(WAGES).zip(DAYS).zip(months)
        {
            *wage = self.wage(source, wage_field);
            *day = self.days(source, day_field);
            let Some(pay) = *wage else {
                if day.is_some_and(|d| d > 0) && source.cell(wage_field).is_empty() {
                    self.fault(source, wage_field, FaultKind::DaysWithoutWage);
                }
                continue;
            };
            if *day == Some(0) {
                self.fault(source, day_field, FaultKind::DaysWithoutWage);
            }
            let outside = hired_on.is_some_and(|d| d > month.last_day())
                || left_on.is_some_and(|d| d < month.first_day());
            if outside {
                self.fault(source, wage_field, FaultKind::OutsideEmployment { month });
            }
            // Whether the minimum is reduced for a month that was not whole is an open
            // question (plancher-prorata): such a wage is taken, and assessed on the floor.
            let whole = day.is_none_or(|d| d >= WHOLE_MONTH_DAYS);
            if let Some(minimum) = minimum.filter(|minimum| whole && pay < *minimum) {
                self.fault(
                    source,
                    wage_field,
                    FaultKind::BelowMinimum { month, minimum: Value::Number(minimum) },
                );
            }
        }
        if wages.iter().all(Option::is_none) && before == self.faults.total {
            self.fault(source, Field::Wage1, FaultKind::NoWage);
        }
        (wages, days)
    }

    fn wage(&mut self, source: &Source<'_>, field: Field) -> Option<Decimal> {
        let amount = if let Cell::Number(number) = source.cell(field) {
            *number
        } else {
            let text = self.text(source, field)?;
            match parse_amount(&text) {
                Ok(amount) => amount,
                Err(_) => {
                    self.fault(source, field, FaultKind::NotAnAmount);
                    return None;
                }
            }
        };
        if amount.is_zero() {
            return None;
        }
        let most = self.expected.fund.layout.wage_max;
        let places = u32::from(self.expected.fund.currency.exponent());
        let kind = if amount < Decimal::ZERO {
            FaultKind::NotPositive
        } else if amount > most {
            FaultKind::TooLarge { most: Value::Number(most) }
        } else if amount.scale() > places && amount.normalize().scale() > places {
            FaultKind::NotWhole
        } else {
            return Some(amount);
        };
        self.fault(source, field, kind);
        None
    }

    fn days(&mut self, source: &Source<'_>, field: Field) -> Option<u8> {
        // Payrolls count 30 days in every month, February too; only nonsense is refused.
        let most = DAYS_MAX;
        let number = if let Cell::Number(number) = source.cell(field) {
            *number
        } else {
            let text = self.text(source, field)?;
            match parse_amount(&text) {
                Ok(number) => number,
                Err(_) => {
                    self.fault(source, field, FaultKind::NotDays { most });
                    return None;
                }
            }
        };
        let whole = number.fract().is_zero() && number >= Decimal::ZERO && number <= Decimal::from(most);
        if !whole {
            self.fault(source, field, FaultKind::NotDays { most });
            return None;
        }
        u8::try_from(number).ok()
    }
}

/// A row seen through the columns of its file.
#[derive(Clone, Copy)]
struct Source<'a> {
    row: &'a Row,
    columns: &'a Columns,
}

impl<'a> Source<'a> {
    fn cell(&self, field: Field) -> &'a Cell {
        const NOTHING: &Cell = &Cell::Empty;
        self.columns.get(field).and_then(|at| self.row.cells.get(usize::from(at))).unwrap_or(NOTHING)
    }
}
