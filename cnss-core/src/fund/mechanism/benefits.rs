//! The shapes of benefits other than pensions: family allowances by rank, average pay, schedules
//! of paid days, and grants.

use std::sync::Arc;

use serde::Deserialize;

use super::{Fraction, Limit, Number};

/// An amount up to a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// Up to that child, the eldest being the first.
    pub up_to: u32,
    /// By child and month.
    pub amount: Number,
}

/// Average pay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayWindow {
    /// The months before the first day.
    pub months: u32,
    /// What their sum is divided by.
    pub over: Divisor,
    /// Which pay counts: a base of `contributions.toml`.
    pub base: Option<Arc<str>>,
}

/// What a sum of pay is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// A fixed number.
    Fixed(u32),
    /// The days declared in these months.
    Days,
}

impl<'de> Deserialize<'de> for Divisor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Divisor;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number above zero or \"days\"")
            }
            fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Divisor, E> {
                let n = u32::try_from(n).map_err(E::custom)?;
                if n == 0 { Err(E::custom("must be above zero")) } else { Ok(Divisor::Fixed(n)) }
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Divisor, E> {
                if text == "days" {
                    Ok(Divisor::Days)
                } else {
                    Err(E::custom(format!("{text:?} is neither a number nor \"days\"")))
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Which days or months are paid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Days or months.
    #[serde(default)]
    pub unit: ScheduleUnit,
    /// The first so many are not paid.
    #[serde(default)]
    pub wait: u32,
    /// At most so many are paid.
    pub most: Option<u32>,
    /// So many more for who brings a paper.
    #[serde(default)]
    pub extensions: Vec<Extension>,
    /// What is paid from which one on.
    pub steps: Vec<ScheduleStep>,
}

/// More units for who brings a paper (prolongation).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The paper that the claim brings.
    pub proof: Arc<str>,
    /// At most so many more.
    pub most: u32,
}

/// Days or months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleUnit {
    /// Days.
    #[default]
    Day,
    /// Months from the first day.
    Month,
}

/// What is paid from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleStep {
    /// The first unit, 1 being the first of all.
    pub from: u32,
    /// The share of the average pay.
    pub share: Option<Number>,
    /// The same as a fraction.
    pub part: Option<Fraction>,
    /// The most for each unit.
    pub cap: Option<Limit>,
    /// The text was not found: the key of the question.
    pub open: Option<Arc<str>>,
}

/// A part of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantPart {
    /// Its code.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// The amount.
    pub amount: Number,
}

/// Bounds of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At least.
    pub least: Number,
    /// At most.
    pub most: Number,
}
