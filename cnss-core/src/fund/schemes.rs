//! What pensions and benefits are made of: kinds that put rules together, by their places.

use std::sync::Arc;

use serde::Deserialize;

use super::dated::Parameter;
use super::mechanism::{Insurance, Mechanism};

/// A rule of `pension.toml` or `benefits.toml`.
pub type Rule = Parameter<Mechanism>;

/// The jurist's words for steps that are plain arithmetic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PensionLabels {
    /// Age on the award date.
    pub age: Arc<str>,
    /// Sum of the pay in the reference window.
    pub window: Arc<str>,
    /// Reference pay times rate.
    pub before_limits: Arc<str>,
    /// Years, quarters or months of anticipation.
    pub early: Arc<str>,
    /// The result.
    pub amount: Arc<str>,
    /// The lump sum of a short career, where the fund has one.
    #[serde(default = "no_word")]
    pub short: Arc<str>,
    /// Points, where the fund has them.
    #[serde(default = "no_word")]
    pub points: Arc<str>,
}

fn no_word() -> Arc<str> {
    Arc::from("")
}

/// All that a fund says of pensions.
#[derive(Clone, Debug)]
pub struct PensionRules {
    /// Words for plain arithmetic.
    pub labels: PensionLabels,
    /// How insured time is counted.
    pub insurance: Parameter<Insurance>,
    /// The kinds, in the order of the file.
    pub kinds: Vec<PensionKind>,
    /// Survivors, where the fund has them.
    pub survivors: Option<SurvivorRules>,
}

/// A kind of pension (nature de pension). Numbers are places in [`super::Fund::rules`].
#[derive(Clone, Debug)]
pub struct PensionKind {
    /// Code in data and JSON: `normal`.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// All are checked, all that fail are told.
    pub conditions: Vec<usize>,
    /// The reference pay.
    pub reference: Option<usize>,
    /// The rate.
    pub rate: Option<usize>,
    /// In this order.
    pub adjustments: Vec<usize>,
    /// When payment begins.
    pub start: Option<usize>,
    /// What a short career gives instead.
    pub short: Option<usize>,
    /// Missing units that may be bought.
    pub buy_back: Option<usize>,
}

/// What a fund says of survivors.
#[derive(Clone, Debug)]
pub struct SurvivorRules {
    /// On the deceased, when there was no pension yet.
    pub conditions: Vec<usize>,
    /// The shares.
    pub shares: usize,
    /// Until which birthday a child counts.
    pub ages: Option<usize>,
    /// Of each share.
    pub adjustments: Vec<usize>,
    /// On each spouse, of whom nothing is given here: they are told, and nobody checked them.
    pub spouse_conditions: Vec<usize>,
    /// What the survivors have when insured time is all that the deceased lacked.
    pub short: Option<usize>,
}

/// All that a fund says of other benefits.
#[derive(Clone, Debug, Default)]
pub struct BenefitRules {
    /// Family allowances.
    pub family: Option<FamilyRules>,
    /// Daily and monthly cash benefits.
    pub daily: Vec<DailyRules>,
    /// Fixed amounts.
    pub grants: Vec<GrantRules>,
}

/// Family allowances (allocations familiales).
#[derive(Clone, Debug)]
pub struct FamilyRules {
    /// The jurist's words.
    pub label: Arc<str>,
    /// All are checked.
    pub conditions: Vec<usize>,
    /// By rank.
    pub amounts: usize,
    /// Until which birthday a child counts.
    pub ages: usize,
}

/// A cash benefit (prestation en espèces).
#[derive(Clone, Debug)]
pub struct DailyRules {
    /// `maternity`, `sickness`, `accident`, `job-loss`.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// All are checked.
    pub conditions: Vec<usize>,
    /// The average pay.
    pub pay: usize,
    /// Which days are paid.
    pub schedule: usize,
    /// Of each period's amount.
    pub rounding: Option<usize>,
}

/// An amount fixed by the text (allocation, prime).
#[derive(Clone, Debug)]
pub struct GrantRules {
    /// Code in data and JSON.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// All are checked.
    pub conditions: Vec<usize>,
    /// The amount.
    pub amount: usize,
}

impl PensionRules {
    /// The kind with this code.
    #[must_use]
    pub fn kind(&self, code: &str) -> Option<&PensionKind> {
        self.kinds.iter().find(|k| *k.code == *code)
    }
}

impl BenefitRules {
    /// The cash benefit with this code.
    #[must_use]
    pub fn daily(&self, code: &str) -> Option<&DailyRules> {
        self.daily.iter().find(|d| *d.code == *code)
    }

    /// The grant with this code.
    #[must_use]
    pub fn grant(&self, code: &str) -> Option<&GrantRules> {
        self.grants.iter().find(|g| *g.code == *code)
    }
}
