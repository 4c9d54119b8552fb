//! Dated values: what held from which day, from which source, and how sure we are.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::explain::Value;

/// How sure we are of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The law, or the fund's own publication, was read.
    Verified,
    /// Somebody reliable reports it.
    Secondary,
    /// Inference, memory, or one reading of an open question.
    Unverified,
}

/// What a value rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Article and title, ready to print.
    pub source: Arc<str>,
    /// Where it was read.
    pub url: Option<Arc<str>>,
    /// How sure we are.
    pub status: Status,
    /// The key and text of what is not settled, if anything.
    pub question: Option<(Arc<str>, Arc<str>)>,
}

/// A value from its first day on, until the next one.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// The value.
    pub value: T,
    /// What it rests on.
    pub basis: Arc<Basis>,
}

/// A named series of dated values, first days ascending.
#[derive(Clone, Debug)]
pub struct Parameter<T> {
    /// The jurist's words for it.
    pub label: Arc<str>,
    /// What is not settled about the whole parameter.
    pub question: Option<(Arc<str>, Arc<str>)>,
    entries: Vec<Dated<T>>,
}

impl<T> Parameter<T> {
    pub(crate) fn new(
        label: Arc<str>,
        question: Option<(Arc<str>, Arc<str>)>,
        entries: Vec<Dated<T>>,
    ) -> Self {
        Self { label, question, entries }
    }

    /// The value in force on `date`; none before the first one that is known.
    #[must_use]
    pub fn at(&self, date: NaiveDate) -> Option<&Dated<T>> {
        let after = self.entries.partition_point(|entry| entry.from <= date);
        after.checked_sub(1).and_then(|last| self.entries.get(last))
    }

    /// All values, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Dated<T>] {
        &self.entries
    }

    /// The first day for which anything is known.
    #[must_use]
    pub fn known_since(&self) -> Option<NaiveDate> {
        self.entries.first().map(|entry| entry.from)
    }
}

/// How a value looks in a list of parameters.
pub(crate) trait Show {
    fn show(&self) -> Value;
}

impl Show for Decimal {
    fn show(&self) -> Value {
        Value::Number(*self)
    }
}

impl Show for bool {
    fn show(&self) -> Value {
        Value::Flag(*self)
    }
}

impl Show for crate::money::Rounding {
    fn show(&self) -> Value {
        Value::Word(match self {
            Self::HalfUp => "rounding-half-up",
            Self::Down => "rounding-down",
            Self::Up => "rounding-up",
        })
    }
}
