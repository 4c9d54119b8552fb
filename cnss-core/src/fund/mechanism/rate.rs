//! The shapes of a pension's reference pay and of its rate: windows of the career, tables over
//! insured units, periods, points.

use std::sync::Arc;

use serde::Deserialize;

use super::Number;

/// Reference pay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Average {
    /// The better of these.
    pub windows: Vec<Window>,
    /// Which pay counts: a base of `contributions.toml`; none for the declared pay.
    pub base: Option<Arc<str>>,
    /// The rule with the coefficients of revaluation.
    pub revalued: Option<Arc<str>>,
}

/// Which months are taken, and what their sum is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The last so many insured months.
    pub last: Option<u32>,
    /// The best so many insured months …
    pub best: Option<u32>,
    /// … of the last so many civil months.
    pub of: Option<u32>,
    /// The last so many civil years with any pay.
    pub last_years: Option<u32>,
    /// The divisor; the months found when it is not given.
    pub over: Option<u32>,
}

/// Coefficients by year of pay and year of award.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revaluation {
    /// Each year of pay and of award.
    pub rows: Vec<RevaluationRow>,
}

/// One coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevaluationRow {
    /// Year of the pay.
    pub paid: i32,
    /// Year of the award.
    pub awarded: i32,
    /// The coefficient.
    pub times: Number,
}

/// A table over insured units.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brackets {
    /// The rows, `from` ascending.
    pub rows: Vec<Row>,
    /// The most that the sum may be.
    pub most: Option<Number>,
    /// What a part of a period gives.
    #[serde(default)]
    pub incomplete: Incomplete,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Insured units from which it holds.
    pub from: u32,
    /// Granted as soon as units reach `from`.
    pub flat: Option<Number>,
    /// Length of a further period.
    pub each: Option<u32>,
    /// Granted for each further period.
    pub rate: Option<Number>,
    /// The text was not found for this band: the key of the question.
    pub open: Option<Arc<str>>,
}

/// What a part of a period gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// Nothing.
    #[default]
    Drop,
    /// Its share.
    Fraction,
}

/// So much for each period worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accrual {
    /// Insured units of a period.
    pub each: u32,
    /// Granted for each period.
    pub rate: Number,
}

/// Points.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// The share of pay that buys points.
    pub share: Number,
    /// The rule that says what a point cost, by month worked.
    pub price: Arc<str>,
    /// What a point gives by month.
    pub value: Number,
}
