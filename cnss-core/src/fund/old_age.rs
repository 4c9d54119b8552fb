//! Old-age rules (pension de vieillesse): the parameters of the mechanisms in `crate::pension`.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::dated::Show;
use super::{Parameter, ShownParameter};
use crate::explain::Value;
use crate::money::Rounding;

/// Mechanism « last n insured months »: their sum, divided by a fixed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceWindow {
    /// How many of the last insured months are taken.
    pub months: u32,
    /// What their sum is divided by.
    pub divisor: u32,
}

impl Show for ReferenceWindow {
    fn show(&self) -> Value {
        Value::Count(self.months.into(), "months")
    }
}

/// Mechanism « base rate, then so much by further complete period ».
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateTable {
    /// Months covered by the base rate.
    pub first_months: u32,
    /// The base rate.
    pub first_rate: Decimal,
    /// Length of a further period, in months.
    pub each_months: u32,
    /// The rate of each further complete period.
    pub each_rate: Decimal,
}

impl Show for RateTable {
    fn show(&self) -> Value {
        Value::Pair(self.first_rate, self.each_rate, "rate-pair")
    }
}

/// How a part of a year of anticipation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyYear {
    /// A year begun counts whole.
    Started,
    /// Only whole years count.
    Complete,
}

impl Show for EarlyYear {
    fn show(&self) -> Value {
        Value::Word(match self {
            Self::Started => "early-year-started",
            Self::Complete => "early-year-complete",
        })
    }
}

/// The lump sum below the minimum months (allocation de vieillesse): who has a right to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowanceRule {
    /// Insured months needed.
    pub months_min: u32,
}

impl Show for AllowanceRule {
    fn show(&self) -> Value {
        Value::Count(self.months_min.into(), "months")
    }
}

/// The jurist's words for steps that are plain arithmetic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldAgeLabels {
    /// Age on the award date.
    pub age: Arc<str>,
    /// Months of insurance counted.
    pub insured_months: Arc<str>,
    /// Sum of the pay in the reference window.
    pub window: Arc<str>,
    /// Reference wage times rate.
    pub before_limits: Arc<str>,
    /// Years between the award and the normal age.
    pub early_years: Arc<str>,
    /// The result.
    pub amount: Arc<str>,
}

/// All that a fund says of the old-age pension.
#[derive(Clone, Debug)]
pub struct OldAgeRules {
    /// Words for plain arithmetic.
    pub labels: OldAgeLabels,
    /// Normal age, in years.
    pub normal_age: Parameter<u32>,
    /// Earliest age of the early pension, in years.
    pub early_age: Parameter<u32>,
    /// Insured months needed.
    pub minimum_months: Parameter<u32>,
    /// Insured months needed for the early pension.
    pub early_minimum_months: Parameter<u32>,
    /// Whether salaried work must have ceased.
    pub work_ceased: Parameter<bool>,
    /// The average pay.
    pub reference_wage: Parameter<ReferenceWindow>,
    /// The share of the average pay.
    pub rate: Parameter<RateTable>,
    /// Greatest pension, as a share of the average pay.
    pub ceiling: Parameter<Decimal>,
    /// What each year of anticipation takes away.
    pub early_reduction: Parameter<Decimal>,
    /// How a part of such a year counts.
    pub early_year: Parameter<EarlyYear>,
    /// Smallest pension, as a share of the minimum wage.
    pub floor: Parameter<Decimal>,
    /// How the pension is rounded.
    pub rounding: Parameter<Rounding>,
    /// Whether payment begins on the first day of the month after the conditions are met.
    pub start_next_month: Parameter<bool>,
    /// The lump sum of a short career.
    pub allowance: Parameter<AllowanceRule>,
}

struct Years(u32);

impl Show for Years {
    fn show(&self) -> Value {
        Value::Count(self.0.into(), "years")
    }
}

impl Show for u32 {
    fn show(&self) -> Value {
        Value::Count((*self).into(), "months")
    }
}

impl OldAgeRules {
    pub(super) fn show(&self, all: &mut Vec<ShownParameter>) {
        for (key, parameter) in
            [("old_age.normal_age", &self.normal_age), ("old_age.early_age", &self.early_age)]
        {
            let mut shown = ShownParameter::of(key, parameter);
            for ((value, _, _), entry) in shown.values.iter_mut().zip(parameter.entries()) {
                *value = Years(entry.value).show();
            }
            all.push(shown);
        }
        all.push(ShownParameter::of("old_age.minimum_months", &self.minimum_months));
        all.push(ShownParameter::of("old_age.early_minimum_months", &self.early_minimum_months));
        all.push(ShownParameter::of("old_age.work_ceased", &self.work_ceased));
        all.push(ShownParameter::of("old_age.reference_wage", &self.reference_wage));
        all.push(ShownParameter::of("old_age.rate", &self.rate));
        for (key, parameter) in [
            ("old_age.ceiling", &self.ceiling),
            ("old_age.early_reduction", &self.early_reduction),
            ("old_age.floor", &self.floor),
        ] {
            let mut shown = ShownParameter::of(key, parameter);
            for ((value, _, _), entry) in shown.values.iter_mut().zip(parameter.entries()) {
                *value = Value::Rate(entry.value);
            }
            all.push(shown);
        }
        all.push(ShownParameter::of("old_age.early_year", &self.early_year));
        all.push(ShownParameter::of("old_age.rounding", &self.rounding));
        all.push(ShownParameter::of("old_age.start", &self.start_next_month));
        all.push(ShownParameter::of("old_age.allowance", &self.allowance));
    }
}
