//! Explanations (motifs): every computed figure comes with the steps that led to it.
//!
//! A step names its rule, shows its working as values and signs, and says on which source it
//! rests and how sure we are. The one rule to remember: words for people are made at the
//! edge; here a step carries the jurist's label from the fund's data, and numbers.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::calendar::Month;
use crate::fund::{Basis, Status};
use crate::money::Money;

/// A value as a step shows it; its JSON form is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An amount.
    Money(Money),
    /// A bare number.
    Number(Decimal),
    /// A share, `0.3995` for 39,95 %.
    Rate(Decimal),
    /// A count and its unit's word: `years`, `months`, `days`, `workers`.
    Count(i64, &'static str),
    /// A day.
    Date(NaiveDate),
    /// A month.
    Month(Month),
    /// Yes or no.
    Flag(bool),
    /// A word of the catalogue.
    Word(&'static str),
    /// Two shares and the word that says what they are.
    Pair(Decimal, Decimal, &'static str),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => fmt::Display::fmt(money, f),
            Self::Number(number) | Self::Rate(number) => fmt::Display::fmt(&number.normalize(), f),
            Self::Count(count, _) => fmt::Display::fmt(count, f),
            Self::Date(date) => fmt::Display::fmt(date, f),
            Self::Month(month) => fmt::Display::fmt(month, f),
            Self::Flag(flag) => fmt::Display::fmt(flag, f),
            Self::Word(word) => f.write_str(word),
            Self::Pair(a, b, _) => write!(f, "{} / {}", a.normalize(), b.normalize()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A piece of the working of a step: a value or a sign between values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A value.
    Value(Value),
    /// `+`, `−`, `×`, `÷`, `(`, `)`, `≥` …
    Sign(&'static str),
}

/// One step of a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule, as its key in the fund's data: `old_age.rate`.
    pub rule: &'static str,
    /// The jurist's words for it.
    pub label: Arc<str>,
    /// What this step gives.
    pub value: Value,
    /// How: empty when the value is simply read.
    pub working: Vec<Piece>,
    /// What it rests on; none for plain arithmetic on earlier steps.
    pub basis: Option<Arc<Basis>>,
}

impl Step {
    /// How sure we are of the rule of this step; arithmetic is sure of itself.
    #[must_use]
    pub fn status(&self) -> Status {
        self.basis.as_ref().map_or(Status::Verified, |b| b.status)
    }

    /// The working as plain text: `0.2 + 15 × 0.0133`.
    #[must_use]
    pub fn working_text(&self) -> String {
        let mut text = String::new();
        for piece in &self.working {
            if !text.is_empty() {
                text.push(' ');
            }
            match piece {
                Piece::Value(value) => text.push_str(&value.to_string()),
                Piece::Sign(sign) => text.push_str(sign),
            }
        }
        text
    }
}

/// Something the reader must know before relying on a result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caveat {
    /// A question that is not settled: its key and its text.
    Open(Arc<str>, Arc<str>),
    /// A value that nobody verified: the label of its rule.
    Unverified(Arc<str>),
}

/// The caveats of some steps, each once, in the order in which they matter.
#[must_use]
pub fn caveats(steps: &[Step]) -> Vec<Caveat> {
    let mut found = Vec::new();
    for step in steps {
        let Some(basis) = &step.basis else { continue };
        let caveat = match (&basis.question, basis.status) {
            (Some((key, text)), _) => Caveat::Open(Arc::clone(key), Arc::clone(text)),
            (None, Status::Unverified) => Caveat::Unverified(Arc::clone(&step.label)),
            (None, _) => continue,
        };
        if !found.contains(&caveat) {
            found.push(caveat);
        }
    }
    found
}
