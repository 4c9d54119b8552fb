//! A whole population at once (population entière): columns of smallest units in, columns of
//! smallest units out, on as many threads as the caller gives.
//!
//! A **plan** reads the law of one month or of one award date once, as whole numbers, and is then
//! run over a column of wages or of careers, without an allocation for each person. The one rule
//! to remember: a plan gives to the unit what the single path gives
//! ([`assess`](crate::declaration::assess::assess), [`simulate`](crate::pension::simulate)), or it
//! says that it cannot. A rule whose shape it does not hold is refused by name when the plan is
//! made; a person whose shape it does not hold is marked, and left to the single path. It never
//! approximates.
//!
//! | you have | plan | it gives |
//! |---|---|---|
//! | the wages of a month | [`ContributionPlan`] | each worker's shares, and what each branch and payer are owed |
//! | careers and birth dates | [`PensionPlan`] | each monthly pension, « not entitled », or « ask the single path » |
//!
//! # Contributions of everybody in March
//!
//! ```
//! use cnss_core::{batch::{ContributionPlan, Shares}, fund::Fund};
//! let togo = Fund::builtin("tg")?;
//! let plan = ContributionPlan::new(&togo, "salaried", "2024-03".parse()?)?;
//! let wages = [100_000_i64, 52_500, 30_000];                      // smallest units: francs
//! let (mut employer, mut worker) = ([0; 3], [0; 3]);
//! let totals = plan.run(&wages, Shares { employer: &mut employer, worker: &mut worker }, 2)?;
//! assert_eq!(worker[0], 9_000);                                  // 4 % + 5 %
//! assert_eq!(totals.wages.to_string(), "182500");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Pensions of everybody on 1 June
//!
//! ```
//! use cnss_core::{batch::{Answer, PensionPlan, Population, Rows, Until}, calendar::parse_date, fund::Fund};
//! let togo = Fund::builtin("tg")?;
//! let plan = PensionPlan::new(&togo, "normal", parse_date("2024-06-01")?, None)?;
//! // The last 60 months of two persons, up to May 2024, and how many months they are insured for.
//! let population = Population {
//!     births: &[parse_date("1964-05-01")?, parse_date("1980-01-01")?],
//!     pay: &[200_000; 120],
//!     rows: Rows::Each(60),
//!     until: Until::All("2024-05".parse()?),
//!     insured: Some(&[360, 360]),
//! };
//! let mut answers = [Answer::NotEntitled; 2];
//! plan.run(&population, &mut answers, 2)?;
//! assert_eq!(answers, [Answer::Monthly(79_900), Answer::NotEntitled]);   // 200 000 × 39,95 %; too young
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What they cost, beside loops written by hand for one fund: `cargo bench -p cnss-core --bench batch`.

mod contributions;
mod divide;
mod law;
mod pensions;
mod population;

use std::sync::Arc;

use crate::money::MoneyError;
use crate::refusal::Refusal;

pub use contributions::{ContributionPlan, Shares, Totals};
pub use pensions::PensionPlan;
pub use population::{Answer, Population, Rows, Until};

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The single path would refuse everybody, for this reason.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The law is known, but a plan does not hold that shape: use the single path.
    #[error("a plan does not hold {shape} (rule {rule}): use the single path")]
    Shape {
        /// The rule's key.
        rule: Arc<str>,
        /// What it is.
        shape: &'static str,
    },
}

impl PlanError {
    fn shape(rule: &Arc<str>, shape: &'static str) -> Self {
        Self::Shape { rule: Arc::clone(rule), shape }
    }
}

/// Why a plan was not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Columns of different lengths.
    #[error("{column}: {given} values where {needed} are needed")]
    Length {
        /// Which column.
        column: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many it has.
        given: usize,
    },
    /// The places of the rows do not ascend.
    #[error("the places of the rows do not ascend at {0}")]
    Places(usize),
    /// A wage that the single path refuses, too: below zero, or beyond what the books accept.
    #[error("wage {place}: {error}")]
    Wage {
        /// Its place in the column, from 0; the first of them.
        place: usize,
        /// Why.
        error: MoneyError,
    },
    /// A wage that the single path refuses, too: nobody knows how much of it counts.
    #[error("wage {place}: {refusal}")]
    Refused {
        /// Its place in the column, from 0; the first of them.
        place: usize,
        /// Why.
        refusal: Refusal,
    },
    /// A sum beyond what the books accept.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The machine did not give a thread, or one broke off.
    #[error("no thread could be had")]
    Thread,
}

/// Does `work` on each part, each on a thread of its own; the last on the caller's.
fn spread<P: Send, R: Send>(mut parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> Result<Vec<R>, BatchError> {
    let Some(last) = parts.pop() else { return Ok(Vec::new()) };
    std::thread::scope(|scope| {
        let work = &work;
        let mut others = Vec::with_capacity(parts.len());
        for part in parts {
            let thread = std::thread::Builder::new().spawn_scoped(scope, move || work(part));
            others.push(thread.map_err(|_| BatchError::Thread)?);
        }
        let own = work(last);
        let mut done = Vec::with_capacity(others.len().saturating_add(1));
        for thread in others {
            done.push(thread.join().map_err(|_| BatchError::Thread)?);
        }
        done.push(own);
        Ok(done)
    })
}

/// How many items each of `threads` parts has, rounded up to whole blocks.
fn share(items: usize, threads: usize, block: usize) -> usize {
    items.div_ceil(threads.max(1)).next_multiple_of(block.max(1)).max(1)
}

const fn same_length(column: &'static str, needed: usize, given: usize) -> Result<(), BatchError> {
    if needed == given { Ok(()) } else { Err(BatchError::Length { column, needed, given }) }
}
