//! The shapes of what happens to a pension once it is worked out: floors and ceilings, reductions
//! for anticipation, supplements, proportion, rounding.

use std::sync::Arc;

use serde::Deserialize;

use super::Number;
use crate::money::Rounding;

/// An amount against which a pension is held.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// A fixed amount.
    pub amount: Option<Number>,
    /// A share …
    pub share: Option<Number>,
    /// … of that.
    pub of: Option<Of>,
    /// An amount by insured units.
    #[serde(default)]
    pub tiers: Vec<Tier>,
}

/// What a share is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The reference pay.
    Reference,
    /// The minimum wage of the award date.
    MinimumWage,
    /// The pension as it stands.
    Pension,
}

/// An amount from so many insured units on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Insured units.
    pub units: u32,
    /// The amount.
    pub amount: Number,
}

/// A reduction for anticipation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// What is counted.
    pub each: Each,
    /// What each takes away.
    pub take: Number,
    /// How a part counts.
    pub part: Counting,
    /// For how long.
    pub lasts: Lasts,
    /// The rule that says at which age nothing is taken away.
    pub towards: Arc<str>,
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// From birthday to birthday.
    Year,
    /// Three months.
    Quarter,
    /// A month.
    Month,
}

impl Each {
    /// In months.
    #[must_use]
    pub const fn months(self) -> u32 {
        match self {
            Self::Year => 12,
            Self::Quarter => 3,
            Self::Month => 1,
        }
    }

    /// The word in the files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
        }
    }

    /// The unit's word.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Year => "years",
            Self::Quarter => "quarters",
            Self::Month => "months",
        }
    }
}

/// How a part of a period counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// A period begun counts whole.
    #[default]
    Started,
    /// Only whole periods count.
    Complete,
}

impl Counting {
    /// The word of the catalogues.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Complete => "complete",
        }
    }
}

/// For how long a reduction lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasts {
    /// For good.
    Always,
    /// Until the age at which nothing is taken away.
    UntilThen,
}

/// The share that is kept, by completed years.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyTable {
    /// Ages ascending.
    pub rows: Vec<Kept>,
}

/// The share that is kept from an age on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Completed years.
    pub age: u32,
    /// The share.
    pub keep: Number,
}

/// A supplement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// A share …
    pub share: Number,
    /// … of that …
    pub of: Of,
    /// … for whom.
    #[serde(rename = "for")]
    pub whom: Whom,
    /// For at most so many of them.
    pub most: Option<u32>,
}

/// For whom a supplement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// A third person whose help is needed.
    ThirdPerson,
    /// Each child.
    Child,
    /// Each spouse.
    Spouse,
}

/// A share of something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The share.
    pub share: Number,
    /// Of what.
    pub of: Of,
}

/// In proportion to what a condition requires.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioRule {
    /// The rule with the condition `insured`.
    pub over: Arc<str>,
}

/// Rounding to a multiple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTo {
    /// By which rule.
    pub way: Rounding,
    /// To a multiple of so many units of the currency.
    pub to: Number,
}
