//! Reading one line of the wage declaration: its cells become a sound line, or faults.
//!
//! Here is what holds of a line without the register: numbers, names, dates, wages against the
//! minimum, days. Which rows are lines, and whom the register knows, is the business of
//! [`sheet`](super::sheet). The one rule to remember: every cell is read, also after a fault.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::{Month, Quarter, parse_date};
use crate::explain::Value;
use crate::fund::{Field, Fund};
use crate::id::InsuredNumber;
use crate::money::parse_amount;
use crate::person::{Name, NameKey};
use crate::refusal::{Fault, FaultKind, Faults, Place};

/// The most characters of an observation.
const OBSERVATION_MAX: usize = 200;
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
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
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

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty) || matches!(self, Self::Text(text) if text.trim().is_empty())
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

/// Where each field stands; none when the file has no such column.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns {
    pub(super) of: [Option<u16>; 12],
}

impl Columns {
    pub(super) fn get(&self, field: Field) -> Option<u16> {
        self.of.get(field as usize).copied().flatten()
    }
}

/// A line that is sound in itself; whether the register knows the worker comes next.
#[derive(Clone, Debug)]
pub(super) struct ReadLine {
    pub(super) row: u32,
    pub(super) number: InsuredNumber,
    pub(super) names: Names,
    pub(super) wages: [Option<Decimal>; 3],
    pub(super) days: [Option<u8>; 3],
    pub(super) hired_on: Option<NaiveDate>,
    pub(super) left_on: Option<NaiveDate>,
    pub(super) observation: Option<Box<str>>,
}

/// Family and given names as a line gives them, folded, in one text: a large declaration
/// holds many of these at once.
#[derive(Clone, Debug)]
pub(super) struct Names {
    text: Box<str>,
    surname_length: u32,
}

impl Names {
    fn new(surname: &NameKey, forenames: &NameKey) -> Self {
        let surname_length = u32::try_from(surname.as_str().len()).unwrap_or(u32::MAX);
        Self { text: format!("{}{}", surname.as_str(), forenames.as_str()).into(), surname_length }
    }

    /// Family name, then given names.
    pub(super) fn split(&self) -> (&str, &str) {
        let middle = usize::try_from(self.surname_length).unwrap_or(usize::MAX);
        self.text.split_at_checked(middle).unwrap_or((&self.text, ""))
    }
}

/// Checks line after line what can be checked without the register.
pub(super) struct LineReader<'a> {
    pub(super) expected: &'a Expected<'a>,
    /// The months, each with its minimum wage and from how many days on it is whole.
    months: [(Month, Option<Decimal>, Option<u32>); 3],
    pub(super) lines: Vec<ReadLine>,
    seen: BTreeMap<InsuredNumber, u32>,
    pub(super) faults: Faults,
}

impl<'a> LineReader<'a> {
    pub(super) fn new(expected: &'a Expected<'a>) -> Self {
        let smig = |month: Month| expected.fund.minimum_wage.at(month.first_day()).map(|dated| dated.value);
        let whole = |month: Month| {
            expected.fund.layout.whole_month.as_ref()?.at(month.first_day()).map(|dated| dated.value)
        };
        let months = expected.quarter.months().map(|month| (month, smig(month), whole(month)));
        Self { expected, months, lines: Vec::new(), seen: BTreeMap::new(), faults: Faults::default() }
    }

    pub(super) fn end(&mut self) {
        if self.lines.is_empty() && self.faults.total == 0 {
            self.faults.push(Fault { place: Place::File, kind: FaultKind::NoLine, given: None });
        }
    }

    /// Reads one line; false when the limit of lines is passed.
    pub(super) fn line(&mut self, row: &Row, columns: &Columns) -> bool {
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
        if let Some(kind) = FaultKind::of_period(hired_on, left_on) {
            self.fault(&source, Field::LeftOn, kind);
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
            Err(error) => {
                self.fault(source, field, FaultKind::of_date(&error));
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
        for ((((wage, day), wage_field), day_field), (month, minimum, whole_days)) in
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
            let whole = day.is_none_or(|d| whole_days.is_some_and(|whole| u32::from(d) >= whole));
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
