//! Why there is no right, or not yet.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::Month;
use crate::explain::Value;
use crate::fund::mechanism::{Fraction, Unit};
use crate::refusal::Param;

/// A condition that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Too young.
    AgeNotReached {
        /// The age needed, in years.
        needed: u32,
        /// The day on which it is reached.
        reached_on: NaiveDate,
    },
    /// Too old: a normal pension instead of an early one.
    AgePassed {
        /// The age from which it is no longer open, in years.
        limit: u32,
    },
    /// Too little insured time.
    TooFewUnits {
        /// Units needed.
        needed: u32,
        /// Units counted.
        counted: u32,
        /// Which units.
        unit: Unit,
    },
    /// Too much insured time for this kind.
    TooManyUnits {
        /// Units from which it is no longer open.
        limit: u32,
        /// Units counted.
        counted: u32,
        /// Which units.
        unit: Unit,
    },
    /// Too little insured time of late.
    TooFewRecent {
        /// Units needed.
        needed: u32,
        /// Units counted.
        counted: u32,
        /// Which units.
        unit: Unit,
        /// In so many civil months before.
        months: u32,
    },
    /// Not registered long enough.
    RegisteredTooLate {
        /// Years needed.
        needed: u32,
        /// The day on which they are complete.
        enough_on: NaiveDate,
    },
    /// Wages are declared on or after the entry: work must have ceased.
    WorkNotCeased {
        /// The last month with a wage.
        last: Month,
    },
    /// A paper is missing.
    ProofMissing {
        /// Its code.
        code: Arc<str>,
        /// The condition in the jurist's words.
        label: Arc<str>,
    },
    /// The loss of capacity is too small.
    DegreeTooLow {
        /// The loss needed.
        needed: Fraction,
    },
    /// The pay is too low.
    PayTooLow {
        /// The pay needed.
        needed: Value,
    },
    /// The pay is too high.
    PayTooHigh {
        /// The most it may be.
        most: Value,
    },
    /// The person is of another category.
    OtherCategory {
        /// The condition in the jurist's words.
        label: Arc<str>,
    },
    /// What would do instead of the condition told before.
    OrElse {
        /// It in the jurist's words.
        label: Arc<str>,
    },
    /// No child counts.
    NoChild,
}

impl Reason {
    /// The code in JSON and in the catalogues.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AgeNotReached { .. } => "age_not_reached",
            Self::AgePassed { .. } => "age_passed",
            Self::TooFewUnits { .. } => "too_few_units",
            Self::TooManyUnits { .. } => "too_many_units",
            Self::TooFewRecent { .. } => "too_few_recent",
            Self::RegisteredTooLate { .. } => "registered_too_late",
            Self::WorkNotCeased { .. } => "work_not_ceased",
            Self::ProofMissing { .. } => "proof_missing",
            Self::DegreeTooLow { .. } => "degree_too_low",
            Self::PayTooLow { .. } => "pay_too_low",
            Self::PayTooHigh { .. } => "pay_too_high",
            Self::OtherCategory { .. } => "other_category",
            Self::OrElse { .. } => "or_else",
            Self::NoChild => "no_child",
        }
    }

    /// The parameters of the message, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        let count = |n: u32| Param::Value(Value::Count(n.into(), "count"));
        let units = |n: u32, unit: Unit| Param::Value(Value::Count(n.into(), unit.word()));
        match self {
            Self::AgeNotReached { needed, reached_on } => {
                vec![("needed", count(*needed)), ("reached", Param::Value(Value::Date(*reached_on)))]
            }
            Self::AgePassed { limit } => vec![("limit", count(*limit))],
            Self::TooFewUnits { needed, counted, unit } => vec![
                ("needed", units(*needed, *unit)),
                ("counted", units(*counted, *unit)),
                ("missing", units(needed.saturating_sub(*counted), *unit)),
            ],
            Self::TooManyUnits { limit, counted, unit } => {
                vec![("limit", units(*limit, *unit)), ("counted", units(*counted, *unit))]
            }
            Self::TooFewRecent { needed, counted, unit, months } => vec![
                ("needed", units(*needed, *unit)),
                ("counted", units(*counted, *unit)),
                ("missing", units(needed.saturating_sub(*counted), *unit)),
                ("months", count(*months)),
            ],
            Self::RegisteredTooLate { needed, enough_on } => {
                vec![("needed", count(*needed)), ("enough", Param::Value(Value::Date(*enough_on)))]
            }
            Self::WorkNotCeased { last } => vec![("last", Param::Value(Value::Month(*last)))],
            Self::ProofMissing { label, .. } | Self::OtherCategory { label } | Self::OrElse { label } => {
                vec![("label", Param::Text(label.to_string()))]
            }
            Self::DegreeTooLow { needed } => vec![("needed", Param::Fraction(*needed))],
            Self::PayTooLow { needed } => vec![("needed", Param::Value(*needed))],
            Self::PayTooHigh { most } => vec![("most", Param::Value(*most))],
            Self::NoChild => Vec::new(),
        }
    }

    /// From when it is no longer missing, where time alone does it.
    #[must_use]
    pub const fn until(&self) -> Option<NaiveDate> {
        match self {
            Self::AgeNotReached { reached_on, .. } => Some(*reached_on),
            Self::RegisteredTooLate { enough_on, .. } => Some(*enough_on),
            _ => None,
        }
    }

    /// One of each kind, so that the edge can prove that it has words for all of them.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let date = NaiveDate::from_ymd_opt(2030, 5, 1).unwrap_or(NaiveDate::MIN);
        let amount = Value::Number(52_500.into());
        vec![
            Self::AgeNotReached { needed: 60, reached_on: date },
            Self::AgePassed { limit: 60 },
            Self::TooFewUnits { needed: 180, counted: 100, unit: Unit::Months },
            Self::TooManyUnits { limit: 180, counted: 200, unit: Unit::Quarters },
            Self::TooFewRecent { needed: 54, counted: 20, unit: Unit::Days, months: 6 },
            Self::RegisteredTooLate { needed: 5, enough_on: date },
            Self::WorkNotCeased { last: Month::of(date) },
            Self::ProofMissing { code: Arc::from("unfit"), label: Arc::from("Inaptitude constatée") },
            Self::DegreeTooLow { needed: Fraction { numerator: 2.into(), denominator: 3.into() } },
            Self::PayTooLow { needed: amount },
            Self::PayTooHigh { most: amount },
            Self::OtherCategory { label: Arc::from("Travailleur non salarié") },
            Self::OrElse { label: Arc::from("Accident") },
            Self::NoChild,
        ]
    }
}
