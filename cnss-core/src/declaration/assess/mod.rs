//! Assessing contributions (liquidation des cotisations): from wages to what each branch and
//! payer owes, by the rates of the month of work.
//!
//! Where the fund rounds each worker's contribution by itself, splitting a declaration in two
//! changes nothing; where it takes the rate on the total, the bases add up and are rounded once.
//! The one rule to remember: the rates are those of the month worked, not
//! those of the day on which it is declared.

mod explain;
mod rates;
mod sum;

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::explain::{Caveat, Step};
use crate::fund::{Basis, Fund, Payer};
use crate::money::{Money, MoneyError};
use crate::refusal::Refusal;

pub use rates::MonthRates;
pub(crate) use rates::{Fraction, Taken};
pub use sum::Assessor;

/// What is owed for one worker in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerShares {
    /// Borne by the employer.
    pub employer: Money,
    /// Withheld from the worker.
    pub worker: Money,
}

/// What one branch and payer owe for all the workers of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessedLine {
    /// Branch code.
    pub branch: Arc<str>,
    /// Scheme code.
    pub scheme: Arc<str>,
    /// The branch in words.
    pub label: Arc<str>,
    /// Who bears it.
    pub payer: Payer,
    /// Sum of the bases.
    pub base: Money,
    /// The share that is taken; zero for so much a worker.
    pub rate: Decimal,
    /// Taken for each worker, where that is the rule.
    pub per_head: Option<Money>,
    /// What is owed.
    pub amount: Money,
    /// What the rate rests on.
    pub basis: Arc<Basis>,
    /// The rule's key, for the steps of this line.
    pub rule: Arc<str>,
}

/// A month's contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The month of work.
    pub month: Month,
    /// The last day on which they are paid in time, when the fund knows it.
    pub due_date: Option<NaiveDate>,
    /// How many workers.
    pub workers: u32,
    /// Sum of the wages.
    pub wages: Money,
    /// By branch and payer.
    pub lines: Vec<AssessedLine>,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What to know before relying on it: the questions of its lines, and of its category.
    pub caveats: Vec<Caveat>,
}

impl Assessment {
    /// The sum of what one payer bears.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn total_of(&self, payer: Payer) -> Result<Money, MoneyError> {
        let zero = self.wages.currency().zero();
        self.lines.iter().filter(|l| l.payer == payer).try_fold(zero, |sum, line| sum.plus(line.amount))
    }

    /// The sum of everything.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.total_of(Payer::Employer)?.plus(self.total_of(Payer::Worker)?)
    }
}

/// Assesses a list of wages at once.
///
/// # Errors
/// [`Refusal::NoRule`] when nothing is known for the category and month, or an amount beyond
/// what the books accept.
///
/// ```
/// use cnss_core::{declaration::assess::assess, explain::Caveat};
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let month = assess(&togo, "salaried", "2024-03".parse()?, &[100_000.into()])?;
/// assert_eq!(month.total()?.to_string(), "31500");   // 22,5 % + 9 %
///
/// // What the fund does not know of a category is told, whoever asks.
/// let tunisia = cnss_core::fund::Fund::builtin("tn")?;
/// let month = assess(&tunisia, "salaried", "2025-03".parse()?, &[1_000.into()])?;
/// let accident = |caveat: &Caveat| matches!(caveat, Caveat::Open(key, _) if **key == *"accident-secteur");
/// assert!(month.caveats.iter().any(accident), "who pays for work accidents, and how much, is not known");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn assess(fund: &Fund, category: &str, month: Month, wages: &[Decimal]) -> Result<Assessment, Refusal> {
    let rates = MonthRates::of(fund, category, month)?;
    let mut assessor = Assessor::new(&rates);
    for wage in wages {
        assessor.worker(*wage)?;
    }
    Ok(assessor.finish()?)
}
