//! How insured time is counted (unité d'assurance).

use serde::Deserialize;

/// So many insured units in a window of civil months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recent {
    /// Insured units needed.
    pub units: u32,
    /// Civil months before the award month.
    pub months: u32,
}

/// How insured time is counted (unité d'assurance).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insurance {
    /// What is counted.
    pub unit: Unit,
    /// Days of a whole month.
    pub month: Option<u32>,
    /// Fewest days of a month that counts.
    pub least_days: Option<u32>,
}

impl Insurance {
    /// True when a month for which so many days were declared is insured time; one without days is whole.
    #[must_use]
    pub fn insures(&self, days: Option<u32>) -> bool {
        self.unit == Unit::Days || days.is_none_or(|days| days >= self.least_days.unwrap_or(1))
    }
}

/// Units of insured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days declared.
    Days,
    /// Months with pay.
    Months,
    /// Quarters with pay.
    Quarters,
    /// Twelve months with pay.
    Years,
}

impl Unit {
    /// The unit's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Quarters => "quarters",
            Self::Years => "years",
        }
    }
}
