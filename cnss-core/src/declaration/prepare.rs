//! What a quarter will cost (aperçu de la DNR): its months assessed together, nothing decided yet.
//!
//! A preview, a simulator and filing itself all stand on this one computation.

use rust_decimal::Decimal;

use super::Line;
use super::assess::{Assessment, Assessor, MonthRates};
use crate::calendar::{Month, Quarter};
use crate::fund::{Asked, Fund};
use crate::id::InsuredId;
use crate::money::Money;
use crate::refusal::Refusal;

/// The three months' contributions, before anything is decided: what a preview shows.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Each month that has a wage.
    pub months: Vec<Assessment>,
    /// Sum of the wages.
    pub wages: Money,
    /// Sum of the contributions.
    pub contributions: Money,
    /// What each worker earned and owes in each month, which filing writes into the individual accounts.
    pub(super) shares: Vec<(InsuredId, Month, Decimal, Option<u8>, Money, Money)>,
}

/// Assesses the lines of a quarter by the rates of each month.
///
/// # Errors
/// [`Refusal::NoRule`] when a month has no known rates; an amount beyond what the books accept.
pub fn prepare(fund: &Fund, category: &str, quarter: Quarter, lines: &[Line]) -> Result<Prepared, Refusal> {
    let zero = fund.currency.zero();
    let mut prepared = Prepared { months: Vec::new(), wages: zero, contributions: zero, shares: Vec::new() };
    prepared.shares.reserve(lines.len().saturating_mul(3));
    for (index, month) in quarter.months().into_iter().enumerate() {
        let wage_of = |line: &Line| line.wages.get(index).copied().flatten();
        if !lines.iter().any(|line| wage_of(line).is_some()) {
            continue;
        }
        let rates = MonthRates::of(fund, category, month)?;
        // Nothing is booked without the day on which it is due.
        if rates.due_date().is_none() {
            fund.contributions.due.need(&Asked::on(month.first_day()))?;
        }
        let mut assessor = Assessor::new(&rates);
        for line in lines {
            let Some(wage) = wage_of(line) else { continue };
            let shares = assessor.worker(wage)?;
            let days = line.days.get(index).copied().flatten();
            prepared.shares.push((line.insured, month, wage, days, shares.employer, shares.worker));
        }
        let assessment = assessor.finish()?;
        prepared.wages = prepared.wages.plus(assessment.wages)?;
        prepared.contributions = prepared.contributions.plus(assessment.total()?)?;
        prepared.months.push(assessment);
    }
    Ok(prepared)
}
