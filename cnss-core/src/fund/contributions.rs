//! Contribution rules (cotisations): branches, schemes, categories, rates, base, due date, lateness.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::dated::{Asked, Dated, Parameter, Question};
use super::mechanism::{Counting, Limit};
use crate::calendar::Month;
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
    pub question: Option<Question>,
}

/// What a rate is taken on (assiette): the pay, held between a floor and a ceiling, or what
/// exceeds a limit, or a flat income whatever was declared.
#[derive(Clone, Debug)]
pub struct Base {
    /// Code in data.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// At least.
    pub floor: Option<Parameter<Limit>>,
    /// At most.
    pub ceiling: Option<Parameter<Limit>>,
    /// Only what exceeds it.
    pub above: Option<Parameter<Limit>>,
    /// Whatever was declared.
    pub flat: Option<Parameter<Limit>>,
    /// Of a higher pay nobody knows what counts: the line's question refuses.
    pub open_above: Option<Parameter<Limit>>,
}

impl Base {
    /// The pay above which nothing is known, with its rule and line.
    #[must_use]
    pub fn open_line(&self, asked: &Asked<'_>) -> Option<(&Parameter<Limit>, &Dated<Limit>)> {
        self.open_above.as_ref().and_then(|rule| rule.find(asked).map(|line| (rule, line)))
    }
}

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// A share of the base.
    Share(Decimal),
    /// So much a worker (forfait).
    PerHead(Decimal),
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
    /// Index of the base in [`ContributionRules::bases`].
    pub base: usize,
    /// What is taken, by date.
    pub rate: Parameter<Rate>,
}

/// How a month's contributions are computed and rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Computed {
    /// Each worker's contribution is rounded by itself.
    Worker,
    /// Bases are added up; the rate is taken on the sum, and rounded once.
    Total,
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

/// What lateness costs (majoration de retard).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurchargeRate {
    /// The text was not found: the question.
    Open(Question),
    /// A share at once, then a share by month once the grace is over.
    Known {
        /// Share of what is unpaid, as soon as the due date has passed.
        at_once: Decimal,
        /// Share for each month after the grace.
        monthly: Decimal,
        /// Months from the due date before the monthly share begins.
        grace_months: u32,
        /// Whether a month begun counts.
        part: Counting,
    },
}

/// So much a worker and month (astreinte), for a declaration that is missing.
#[derive(Clone, Debug)]
pub struct PenaltyRule {
    /// Code in data and JSON.
    pub code: Arc<str>,
    /// The amounts by date.
    pub amount: Parameter<Penalty>,
}

/// An amount a worker and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// For each worker and month.
    pub per_worker: Decimal,
    /// The most in all.
    pub most: Option<Decimal>,
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
    /// What rates are taken on.
    pub bases: Vec<Base>,
    /// Rates, in the order of the forms.
    pub rates: Vec<RateRule>,
    /// Whether each worker's contribution is rounded, or the total's.
    pub computed: Parameter<Computed>,
    /// How each contribution is rounded.
    pub rounding: Parameter<Rounding>,
    /// When contributions are due.
    pub due: Parameter<DueRule>,
    /// What lateness costs, by scheme.
    pub surcharges: Vec<SurchargeRule>,
    /// What a missing declaration costs.
    pub penalties: Vec<PenaltyRule>,
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

    /// The base with this code.
    #[must_use]
    pub fn base(&self, code: &str) -> Option<&Base> {
        self.bases.iter().find(|b| &*b.code == code)
    }
}
