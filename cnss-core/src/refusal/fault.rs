//! What is wrong with what was given (faute de saisie): where, and what.
//!
//! The one rule to remember: every fault is told at once, so nothing here stops at the first.

use chrono::NaiveDate;

use super::Param;
use crate::calendar::{CalendarError, Month, Quarter};
use crate::explain::Value;
use crate::fund::Field;

/// Where a fault lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A field of a form or of a JSON body: `career[0].to`.
    Field(String),
    /// A cell of a wage declaration: the row as the sheet shows it (1 is the first), the
    /// column's position (0 is A) and what the column holds.
    Cell {
        /// Row, from 1.
        row: u32,
        /// Column, from 0; none when the file has no such column.
        column: Option<u16>,
        /// What it holds.
        field: Field,
    },
    /// A whole row of a wage declaration.
    Row(u32),
    /// The file as a whole.
    File,
}

/// What is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Nothing was given where something must be.
    Missing,
    /// More characters than the field takes.
    TooLong {
        /// The most it takes.
        most: u32,
    },
    /// Not a date.
    NotADate,
    /// Not a month.
    NotAMonth,
    /// Not an amount of money.
    NotAnAmount,
    /// An amount below zero, or zero where it must be above.
    NotPositive,
    /// An amount with more decimals than the currency has.
    NotWhole,
    /// An amount too large to be a wage.
    TooLarge {
        /// The most that is taken for a wage.
        most: Value,
    },
    /// Not one of the words that are allowed.
    NotAllowed {
        /// What is allowed, separated by commas.
        allowed: String,
    },
    /// Not a number of days of that month.
    NotDays {
        /// Days of the month.
        most: u32,
    },
    /// The end comes before the beginning.
    EndsBeforeStart,
    /// A day that has not come yet, where the past is asked.
    InFuture,
    /// A day or a month before the first, or after the last, that may stand there.
    OutOfRange {
        /// The first.
        first: Value,
        /// The last.
        last: Value,
    },
    /// More entries than are accepted.
    TooMany {
        /// The most that are accepted.
        most: u32,
    },
    /// No rule is known for that fund, category and date.
    NoRule {
        /// The first day for which one is known, if any.
        since: Option<NaiveDate>,
    },
    /// Not a registration number.
    NotANumber,
    /// Not a name.
    NotAName,
    /// A number that the register does not hold.
    UnknownInsured,
    /// The register holds another name under that number.
    OtherName {
        /// The name in the register.
        registered: String,
    },
    /// The same person stands on an earlier row.
    Twice {
        /// That row.
        first_row: u32,
    },
    /// A whole month's wage below the minimum wage.
    BelowMinimum {
        /// The month.
        month: Month,
        /// The minimum wage of that month.
        minimum: Value,
    },
    /// Days without a wage, or a wage for zero days.
    DaysWithoutWage,
    /// No wage in any of the three months.
    NoWage,
    /// A wage outside the time between hiring and leaving.
    OutsideEmployment {
        /// The month.
        month: Month,
    },
    /// A formula stands in the cell.
    Formula,
    /// An error value (#REF!, #DIV/0!) stands in the cell.
    CellError,
    /// The cell is merged with others.
    Merged {
        /// The merged range.
        range: String,
    },
    /// A whole column is not in the file.
    ColumnMissing {
        /// Its title in the model.
        title: String,
    },
    /// The heading row was not found.
    NoHeading,
    /// A column stands twice.
    ColumnTwice {
        /// Its title in the model.
        title: String,
    },
    /// The file has no line.
    NoLine,
    /// The file names another employer.
    OtherEmployer {
        /// What stands there.
        given: String,
        /// What should stand there.
        expected: String,
    },
    /// The file names another quarter.
    OtherQuarter {
        /// What stands there.
        given: String,
        /// What should stand there.
        expected: Quarter,
    },
    /// The file cannot be read as a workbook, for the reason named.
    File(&'static str),
    /// Not an e-mail address.
    NotAnEmail,
    /// A phone to which nothing is sent, for the reason named.
    Phone(&'static str),
    /// A password that breaks the rule named.
    Password {
        /// The rule's code.
        code: &'static str,
        /// Its number, or zero.
        count: u32,
    },
    /// Not the same as what was typed above.
    NotTheSame,
    /// An address that opens somebody's account already; said to agents alone.
    Taken,
}

/// What is wrong with days and months, each question in one place.
impl FaultKind {
    /// Of a text that should have been a day.
    #[must_use]
    pub fn of_date(error: &CalendarError) -> Self {
        if !error.beyond {
            return Self::NotADate;
        }
        let (first, last) = (Month::FIRST.first_day(), Month::LAST.last_day());
        Self::OutOfRange { first: Value::Date(first), last: Value::Date(last) }
    }

    /// Of a text that should have been a month.
    #[must_use]
    pub const fn of_month(error: &CalendarError) -> Self {
        if error.beyond { Self::outside(Month::FIRST, Month::LAST) } else { Self::NotAMonth }
    }

    const fn outside(first: Month, last: Month) -> Self {
        Self::OutOfRange { first: Value::Month(first), last: Value::Month(last) }
    }

    /// Of a period, as far as its ends are known: it may end when it begins, not before.
    #[must_use]
    pub fn of_period<T: Ord>(start: Option<T>, end: Option<T>) -> Option<Self> {
        start.zip(end).filter(|(start, end)| end < start).map(|_| Self::EndsBeforeStart)
    }

    /// Of a day in the life of somebody: it comes after the birth.
    #[must_use]
    pub fn of_life(birth: Option<NaiveDate>, day: Option<NaiveDate>) -> Option<Self> {
        Self::of_period(birth.and_then(|birth| birth.succ_opt()), day)
    }

    /// Of the first month of work of somebody: none before that of the birth.
    #[must_use]
    pub fn of_work(birth: Option<NaiveDate>, first: Option<Month>) -> Option<Self> {
        let born = birth.map(Month::of);
        born.zip(first).filter(|(born, first)| first < born).map(|(born, _)| Self::outside(born, Month::LAST))
    }
}

impl FaultKind {
    /// The code in JSON and in the catalogues.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooLong { .. } => "too_long",
            Self::NotADate => "not_a_date",
            Self::NotAMonth => "not_a_month",
            Self::NotAnAmount => "not_an_amount",
            Self::NotPositive => "not_positive",
            Self::NotWhole => "not_whole",
            Self::TooLarge { .. } => "too_large",
            Self::NotAllowed { .. } => "not_allowed",
            Self::NotDays { .. } => "not_days",
            Self::EndsBeforeStart => "ends_before_start",
            Self::InFuture => "in_future",
            Self::OutOfRange { .. } => "out_of_range",
            Self::TooMany { .. } => "too_many",
            Self::NoRule { .. } => "no_rule",
            Self::NotANumber => "not_a_number",
            Self::NotAName => "not_a_name",
            Self::UnknownInsured => "unknown_insured",
            Self::OtherName { .. } => "other_name",
            Self::Twice { .. } => "twice",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::DaysWithoutWage => "days_without_wage",
            Self::NoWage => "no_wage",
            Self::OutsideEmployment { .. } => "outside_employment",
            Self::Formula => "formula",
            Self::CellError => "cell_error",
            Self::Merged { .. } => "merged",
            Self::ColumnMissing { .. } => "column_missing",
            Self::NoHeading => "no_heading",
            Self::ColumnTwice { .. } => "column_twice",
            Self::NoLine => "no_line",
            Self::OtherEmployer { .. } => "other_employer",
            Self::OtherQuarter { .. } => "other_quarter",
            Self::File(code) | Self::Phone(code) | Self::Password { code, .. } => code,
            Self::NotAnEmail => "not_an_email",
            Self::NotTheSame => "not_the_same",
            Self::Taken => "taken",
        }
    }

    /// The parameters of the message, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        let count = |n: &u32| Param::Value(Value::Count((*n).into(), "count"));
        match self {
            Self::TooLong { most } | Self::TooMany { most } | Self::NotDays { most } => {
                vec![("most", count(most))]
            }
            Self::Password { count: most, .. } if *most > 0 => vec![("count", count(most))],
            Self::TooLarge { most } => vec![("most", Param::Value(*most))],
            Self::OutOfRange { first, last } => {
                vec![("first", Param::Value(*first)), ("last", Param::Value(*last))]
            }
            Self::NotAllowed { allowed } => vec![("allowed", Param::Text(allowed.clone()))],
            Self::NoRule { since } => {
                since.iter().map(|d| ("since", Param::Value(Value::Date(*d)))).collect()
            }
            Self::OtherName { registered } => vec![("registered", Param::Text(registered.clone()))],
            Self::Twice { first_row } => vec![("row", count(first_row))],
            Self::BelowMinimum { month, minimum } => {
                vec![("month", Param::Value(Value::Month(*month))), ("minimum", Param::Value(*minimum))]
            }
            Self::OutsideEmployment { month } => vec![("month", Param::Value(Value::Month(*month)))],
            Self::Merged { range } => vec![("range", Param::Text(range.clone()))],
            Self::ColumnMissing { title } | Self::ColumnTwice { title } => {
                vec![("title", Param::Text(title.clone()))]
            }
            Self::OtherEmployer { given, expected } => {
                vec![("given", Param::Text(given.clone())), ("expected", Param::Text(expected.clone()))]
            }
            Self::OtherQuarter { given, expected } => {
                vec![("given", Param::Text(given.clone())), ("expected", Param::Quarter(*expected))]
            }
            _ => Vec::new(),
        }
    }

    /// One of each kind, so that the edge can prove that it has words for all of them.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let date = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap_or(NaiveDate::MIN);
        let month = Month::of(date);
        let text = || "Adjo N'Guissan".to_owned();
        let amount = Value::Number(rust_decimal::Decimal::from(52_500));
        let mut all = vec![
            Self::Missing,
            Self::TooLong { most: 120 },
            Self::NotADate,
            Self::NotAMonth,
            Self::NotAnAmount,
            Self::NotPositive,
            Self::NotWhole,
            Self::TooLarge { most: amount },
            Self::NotAllowed { allowed: "normal, early".to_owned() },
            Self::NotDays { most: 31 },
            Self::EndsBeforeStart,
            Self::InFuture,
            Self::OutOfRange { first: Value::Date(date), last: Value::Month(month) },
            Self::TooMany { most: 600 },
            Self::NoRule { since: Some(date) },
            Self::NoRule { since: None },
            Self::NotANumber,
            Self::NotAName,
            Self::UnknownInsured,
            Self::OtherName { registered: text() },
            Self::Twice { first_row: 7 },
            Self::BelowMinimum { month, minimum: amount },
            Self::DaysWithoutWage,
            Self::NoWage,
            Self::OutsideEmployment { month },
            Self::Formula,
            Self::CellError,
            Self::Merged { range: "B4:C4".to_owned() },
            Self::ColumnMissing { title: "Salaire M1".to_owned() },
            Self::NoHeading,
            Self::ColumnTwice { title: "Nom".to_owned() },
            Self::NoLine,
            Self::OtherEmployer { given: text(), expected: "EMP-0001".to_owned() },
            Self::OtherQuarter { given: text(), expected: month.quarter() },
        ];
        all.extend([Self::NotAnEmail, Self::NotTheSame, Self::Taken]);
        all.extend(PHONE_FAULTS.iter().copied().map(Self::Phone));
        all.extend(PASSWORD_FAULTS.iter().map(|(code, count)| Self::Password { code, count: *count }));
        all.extend(FILE_FAULTS.iter().copied().map(Self::File));
        all
    }
}

/// Why a file cannot be read at all; the edge that reads files uses these codes.
pub const FILE_FAULTS: &[&str] = &[
    "file_empty",
    "file_too_large",
    "file_not_a_workbook",
    "file_encrypted",
    "file_old_format",
    "file_open_document",
    "file_binary_workbook",
    "file_bomb",
    "file_damaged",
    "file_no_sheet",
    "file_too_many_rows",
    "file_too_many_columns",
];

/// Why nothing is sent to a phone.
pub const PHONE_FAULTS: &[&str] = &["not_a_phone", "phone_foreign", "phone_not_mobile", "phone_not_in_plan"];

/// What a password may break, each with a number as it may be.
pub const PASSWORD_FAULTS: &[(&str, u32)] = &[
    ("password_too_short", 10),
    ("password_too_long", 128),
    ("password_no_upper", 0),
    ("password_no_lower", 0),
    ("password_no_digit", 0),
    ("password_no_special", 0),
    ("password_common", 0),
    ("password_personal", 0),
];

/// A fault: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it lies.
    pub place: Place,
    /// What is wrong.
    pub kind: FaultKind,
    /// What stood there, cut to a readable length.
    pub given: Option<String>,
}

impl Fault {
    /// A fault in a field of a form or body.
    #[must_use]
    pub fn field(path: impl Into<String>, kind: FaultKind) -> Self {
        Self { place: Place::Field(path.into()), kind, given: None }
    }

    /// The same fault, with what stood there.
    #[must_use]
    pub fn given(mut self, text: &str) -> Self {
        self.given = Some(text.chars().take(80).collect());
        self
    }

    /// The place as a path: `career[0].to`, `rows[14].wage2`, `file`.
    #[must_use]
    pub fn path(&self) -> String {
        match &self.place {
            Place::Field(path) => path.clone(),
            Place::Cell { row, field, .. } => format!("rows[{row}].{}", field.name()),
            Place::Row(row) => format!("rows[{row}]"),
            Place::File => "file".to_owned(),
        }
    }
}

/// The most faults that are kept or told; the rest is counted.
pub const FAULTS_MAX: usize = 2_000;

/// Everything wrong with a declaration: the first [`FAULTS_MAX`] faults and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The faults, in the order of the rows.
    pub list: Vec<Fault>,
    /// How many there are in all.
    pub total: usize,
}

impl Faults {
    /// Adds a fault; past the limit it is only counted.
    pub fn push(&mut self, fault: Fault) {
        self.total = self.total.saturating_add(1);
        if self.list.len() < FAULTS_MAX {
            self.list.push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_date;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(parse_date(text).expect("a day"))
    }

    #[test]
    fn a_day_of_other_years_is_told_which_years_there_are() {
        let kind = |text: &str| FaultKind::of_date(&parse_date(text).expect_err("refused"));
        let (first, last) = (day("1900-01-01").expect("a day"), day("2199-12-31").expect("a day"));
        let bounds = FaultKind::OutOfRange { first: Value::Date(first), last: Value::Date(last) };
        assert_eq!(kind("1800-01-01"), bounds);
        assert_eq!(kind("1800-02-30"), FaultKind::NotADate);
        let kind = |text: &str| FaultKind::of_month(&text.parse::<Month>().expect_err("refused"));
        let (first, last) = (Value::Month(Month::of(first)), Value::Month(Month::of(last)));
        assert_eq!(kind("2200-01"), FaultKind::OutOfRange { first, last });
        assert_eq!(kind("2200-13"), FaultKind::NotAMonth);
    }

    #[test]
    fn a_period_may_end_when_it_begins_and_a_life_begins_with_the_birth() {
        let (monday, tuesday) = (day("2024-06-03"), day("2024-06-04"));
        let wrong = Some(FaultKind::EndsBeforeStart);
        for (start, end, period, life) in [
            (monday, tuesday, None, None),
            (monday, monday, None, wrong.clone()),
            (tuesday, monday, wrong.clone(), wrong.clone()),
            // What was not understood is told elsewhere.
            (None, monday, None, None),
            (tuesday, None, None, None),
        ] {
            assert_eq!(FaultKind::of_period(start, end), period, "{start:?} {end:?}");
            assert_eq!(FaultKind::of_life(start, end), life, "{start:?} {end:?}");
        }
        let (may, june) = ("2024-05".parse().ok(), "2024-06".parse().ok());
        assert_eq!(FaultKind::of_work(tuesday, june), None);
        let early = FaultKind::of_work(tuesday, may).expect("before the birth");
        assert_eq!(early.params().first().map(|(name, _)| *name), Some("first"));
        assert!(
            matches!(early, FaultKind::OutOfRange { first: Value::Month(first), .. } if Some(first) == june)
        );
    }
}
