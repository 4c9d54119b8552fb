//! Contribution rules (cotisations): branches, schemes, categories, rates, base, due date, lateness.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::dated::Show;
use super::{Parameter, ShownParameter};
use crate::calendar::Month;
use crate::explain::Value;
use crate::money::Rounding;

/// Who bears a contribution (part patronale, part ouvrière).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The employer.
    Employer,
    /// The worker; the employer withholds it and owes it.
    Worker,
}

impl Payer {
    /// The name in data and in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Employer => "employer",
            Self::Worker => "worker",
        }
    }
}

/// A branch of social security (branche), for example the pensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Code in data, JSON and the ledger.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// The scheme whose rules of lateness apply.
    pub scheme: Arc<str>,
}

/// A scheme (régime): branches that share due dates and surcharges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Code in data, JSON and the ledger.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
}

/// A category of insured persons (catégorie d'assurés).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Code in data and JSON.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// What is not settled for this category.
    pub question: Option<(Arc<str>, Arc<str>)>,
}

/// The pay on which a rate is taken (assiette).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// The real pay.
    Real,
    /// The real pay, raised to the floor.
    Floored,
}

/// One rate: a branch, a payer, the categories it holds for.
#[derive(Clone, Debug)]
pub struct RateRule {
    /// Index of the branch in [`ContributionRules::branches`].
    pub branch: usize,
    /// Who bears it.
    pub payer: Payer,
    /// Category codes.
    pub categories: Vec<Arc<str>>,
    /// On which pay.
    pub base: Base,
    /// The share of the base, by date.
    pub rate: Parameter<Decimal>,
}

/// When a month's contributions are due (échéance).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueRule {
    /// Months after the month of work.
    pub months_after: u32,
    /// Day of that month.
    pub day: u32,
}

impl DueRule {
    /// The last day on which the contributions of `month` are paid in time.
    #[must_use]
    pub fn for_month(self, month: Month) -> NaiveDate {
        let due_month = month.plus(i32::try_from(self.months_after).unwrap_or(i32::MAX));
        let day = u64::from(self.day.saturating_sub(1));
        due_month
            .first_day()
            .checked_add_days(Days::new(day))
            .unwrap_or(NaiveDate::MAX)
            .min(due_month.last_day())
    }
}

impl Show for DueRule {
    fn show(&self) -> Value {
        Value::Count(self.day.into(), "due-day")
    }
}

/// What lateness costs (majoration de retard): a share at once, then a share by month or
/// part of a month once the grace is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurchargeRate {
    /// Share of what is unpaid, as soon as the due date has passed.
    pub at_once: Decimal,
    /// Share for each started month after the grace.
    pub monthly: Decimal,
    /// Months from the due date before the monthly share begins.
    pub grace_months: u32,
}

impl Show for SurchargeRate {
    fn show(&self) -> Value {
        Value::Pair(self.at_once, self.monthly, "surcharge-pair")
    }
}

/// The surcharge of one scheme; an empty series means that no rule was found.
#[derive(Clone, Debug)]
pub struct SurchargeRule {
    /// Scheme code.
    pub scheme: Arc<str>,
    /// The rates by date.
    pub rate: Parameter<SurchargeRate>,
}

/// The jurist's words for steps that are plain arithmetic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionLabels {
    /// The wages that were declared.
    pub wages: Arc<str>,
    /// The employer's share.
    pub employer: Arc<str>,
    /// The worker's share.
    pub worker: Arc<str>,
}

/// All that a fund says of contributions.
#[derive(Clone, Debug)]
pub struct ContributionRules {
    /// Words for plain arithmetic.
    pub labels: ContributionLabels,
    /// Branches, in the order of the fund's own forms.
    pub branches: Vec<Branch>,
    /// Schemes.
    pub schemes: Vec<Scheme>,
    /// Categories of insured persons.
    pub categories: Vec<Category>,
    /// Rates, in the order of the forms.
    pub rates: Vec<RateRule>,
    /// True where the floor of the base is the minimum wage.
    pub floor: Parameter<bool>,
    /// How each contribution is rounded.
    pub rounding: Parameter<Rounding>,
    /// When contributions are due.
    pub due: Parameter<DueRule>,
    /// What lateness costs, by scheme.
    pub surcharges: Vec<SurchargeRule>,
}

impl ContributionRules {
    /// The category with this code.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|c| &*c.code == code)
    }

    /// The branch with this code.
    #[must_use]
    pub fn branch(&self, code: &str) -> Option<&Branch> {
        self.branches.iter().find(|b| &*b.code == code)
    }

    /// The due date of `month`, when the rule is known then.
    #[must_use]
    pub fn due_date(&self, month: Month) -> Option<NaiveDate> {
        self.due.at(month.first_day()).map(|rule| rule.value.for_month(month))
    }

    pub(super) fn show(&self, all: &mut Vec<ShownParameter>) {
        for rule in &self.rates {
            let Some(branch) = self.branches.get(rule.branch) else { continue };
            let categories = rule.categories.join(", ");
            let mut shown = ShownParameter::of(
                &format!("contributions.{}.{}.{categories}", branch.code, rule.payer.code()),
                &rule.rate,
            );
            for (value, _, _) in &mut shown.values {
                if let Value::Number(rate) = value {
                    *value = Value::Rate(*rate);
                }
            }
            all.push(shown);
        }
        all.push(ShownParameter::of("contributions.floor", &self.floor));
        all.push(ShownParameter::of("contributions.rounding", &self.rounding));
        all.push(ShownParameter::of("contributions.due", &self.due));
        for rule in &self.surcharges {
            all.push(ShownParameter::of(&format!("contributions.surcharge.{}", rule.scheme), &rule.rate));
        }
    }
}
