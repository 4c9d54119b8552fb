//! Every way the fund says no: a code and parameters, no prose.
//!
//! A fault (faute de saisie) points at the field, or at the row and column, that is wrong;
//! a refusal says why a whole command is not done. Words for people live in the catalogues
//! of the edge, one for each code; a test there proves that none is missing.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::{Month, Quarter};
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
    /// Outside the years for which anything is known.
    OutOfRange,
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
}

/// A parameter of a message: a value that the edge formats, or text as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A value to be formatted in the reader's language.
    Value(Value),
    /// Text as it was given.
    Text(String),
    /// A quarter.
    Quarter(Quarter),
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
            Self::OutOfRange => "out_of_range",
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
            Self::File(code) => code,
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
            Self::TooLarge { most } => vec![("most", Param::Value(*most))],
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
            Self::OutOfRange,
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

/// Why a command is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was given is wrong: every fault at once.
    Invalid(Vec<Fault>),
    /// Lines of a declaration are wrong: the first faults, and how many there are.
    InvalidLines(Faults),
    /// Login or password do not match; which of the two is not said.
    WrongCredentials,
    /// Too many wrong passwords: wait until then.
    TooManyAttempts {
        /// Seconds to wait.
        seconds: u32,
    },
    /// Nobody is logged in, or no longer.
    NotLoggedIn,
    /// Logged in, but without the right.
    NotAllowed,
    /// There is no such thing, or not for this person.
    NotFound,
    /// Somebody else changed it in the meantime.
    Stale,
    /// The same request key came with other content.
    KeyReused,
    /// As many references of the employer wait to be paid as may at once.
    TooManyReferences {
        /// How many.
        most: u32,
    },
    /// The quarter is not over yet.
    QuarterNotOver {
        /// The quarter.
        quarter: Quarter,
        /// From which day it can be filed.
        from: NaiveDate,
    },
    /// The quarter is already filed; it can be corrected.
    AlreadyFiled {
        /// The quarter.
        quarter: Quarter,
    },
    /// There is nothing filed to correct.
    NotFiled {
        /// The quarter.
        quarter: Quarter,
    },
    /// No draft is there to submit.
    NoDraft {
        /// The quarter.
        quarter: Quarter,
    },
    /// The correction changes nothing.
    NothingChanged,
    /// The fund has no rule for what was asked.
    NoRule {
        /// The rule's key.
        rule: Arc<str>,
        /// The date it was asked for.
        date: NaiveDate,
    },
    /// The text of the rule was not found: the fund does not compute without one.
    OpenQuestion {
        /// The rule's key.
        rule: Arc<str>,
        /// The question's key and text.
        question: crate::fund::Question,
    },
    /// The fund has nothing of that name.
    NotOffered {
        /// What was asked for.
        what: String,
    },
    /// An amount beyond what the books accept.
    AmountTooLarge,
}

impl Refusal {
    /// The code in JSON and in the catalogues.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) | Self::InvalidLines(_) => "invalid",
            Self::WrongCredentials => "wrong_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::NotLoggedIn => "not_logged_in",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
            Self::Stale => "stale",
            Self::KeyReused => "key_reused",
            Self::TooManyReferences { .. } => "too_many_references",
            Self::QuarterNotOver { .. } => "quarter_not_over",
            Self::AlreadyFiled { .. } => "already_filed",
            Self::NotFiled { .. } => "not_filed",
            Self::NoDraft { .. } => "no_draft",
            Self::NothingChanged => "nothing_changed",
            Self::NoRule { .. } => "no_rule",
            Self::OpenQuestion { .. } => "open_question",
            Self::NotOffered { .. } => "not_offered",
            Self::AmountTooLarge => "amount_too_large",
        }
    }

    /// The faults of what was given, at most [`FAULTS_MAX`], and how many there are in all.
    #[must_use]
    pub fn faults(&self) -> Option<(&[Fault], usize)> {
        match self {
            Self::Invalid(all) => Some((all.get(..FAULTS_MAX).unwrap_or(all), all.len())),
            Self::InvalidLines(faults) => Some((&faults.list, faults.total)),
            _ => None,
        }
    }

    /// The parameters of the message, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        match self {
            Self::TooManyAttempts { seconds } => {
                vec![("seconds", Param::Value(Value::Count((*seconds).into(), "count")))]
            }
            Self::TooManyReferences { most } => {
                vec![("most", Param::Value(Value::Count((*most).into(), "count")))]
            }
            Self::QuarterNotOver { quarter, from } => {
                vec![("quarter", Param::Quarter(*quarter)), ("from", Param::Value(Value::Date(*from)))]
            }
            Self::AlreadyFiled { quarter } | Self::NotFiled { quarter } | Self::NoDraft { quarter } => {
                vec![("quarter", Param::Quarter(*quarter))]
            }
            Self::NoRule { rule, date } => {
                vec![("rule", Param::Text(rule.to_string())), ("date", Param::Value(Value::Date(*date)))]
            }
            Self::OpenQuestion { rule, question } => {
                vec![
                    ("rule", Param::Text(rule.to_string())),
                    ("question", Param::Text(question.1.to_string())),
                ]
            }
            Self::NotOffered { what } => vec![("what", Param::Text(what.clone()))],
            _ => Vec::new(),
        }
    }

    /// One of each kind, so that the edge can prove that it has words for all of them.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let date = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap_or(NaiveDate::MIN);
        let quarter = Quarter::of(date);
        vec![
            Self::Invalid(Vec::new()),
            Self::InvalidLines(Faults::default()),
            Self::WrongCredentials,
            Self::TooManyAttempts { seconds: 30 },
            Self::NotLoggedIn,
            Self::NotAllowed,
            Self::NotFound,
            Self::Stale,
            Self::KeyReused,
            Self::TooManyReferences { most: 200 },
            Self::QuarterNotOver { quarter, from: date },
            Self::AlreadyFiled { quarter },
            Self::NotFiled { quarter },
            Self::NoDraft { quarter },
            Self::NothingChanged,
            Self::NoRule { rule: Arc::from("pension.annuities"), date },
            Self::OpenQuestion {
                rule: Arc::from("pension.annuities"),
                question: (Arc::from("taux"), Arc::from("Quel est le taux ?")),
            },
            Self::NotOffered { what: "job-loss".to_owned() },
            Self::AmountTooLarge,
        ]
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        if let Some((faults, _)) = self.faults() {
            for fault in faults.iter().take(20) {
                write!(f, " {}:{}", fault.path(), fault.kind.code())?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl From<crate::money::MoneyError> for Refusal {
    fn from(_: crate::money::MoneyError) -> Self {
        // Currencies never mix inside one fund, so what is left is an amount too large.
        Self::AmountTooLarge
    }
}
