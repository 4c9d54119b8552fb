//! Adding up (totalisation): worker after worker, then what each branch and payer owe for the month.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::rates::{MonthRates, Taken};
use super::{AssessedLine, Assessment, WorkerShares};
use crate::explain::{Caveat, Working, caveats};
use crate::fund::{Computed, Rate};
use crate::money::{Currency, Money, MoneyError};
use crate::refusal::Refusal;

/// Adds up worker after worker; [`finish`](Self::finish) gives the month.
pub struct Assessor<'a> {
    pub(super) rates: &'a MonthRates<'a>,
    /// Bases in parts and contributions in smallest units, by rate.
    pub(super) sums: Vec<(i128, i64)>,
    wages: i64,
    /// The wage of the first worker: a single one is explained to the unit.
    pub(super) first: Option<Decimal>,
    pub(super) workers: u32,
    /// By base, how many workers' pay was brought to a limit.
    pub(super) limited: Vec<u32>,
    pub(super) rounded: bool,
}

impl<'a> Assessor<'a> {
    /// Nothing yet, at these rates.
    #[must_use]
    pub fn new(rates: &'a MonthRates<'a>) -> Self {
        Self {
            rates,
            sums: vec![(0, 0); rates.rates.len()],
            wages: 0,
            first: None,
            workers: 0,
            limited: vec![0; rates.bases.len()],
            rounded: false,
        }
    }

    /// One worker paid `wage`; gives what is owed for this worker alone.
    ///
    /// # Errors
    /// A sum beyond what the books accept, a wage below zero or finer than the currency;
    /// [`Refusal::OpenQuestion`] for a wage of which nobody knows how much counts.
    pub fn worker(&mut self, wage: Decimal) -> Result<WorkerShares, Refusal> {
        let rates = self.rates;
        let currency = rates.fund.currency;
        self.first = self.first.or(Some(wage));
        let wage = Money::new(wage, currency)?;
        if wage.is_negative() {
            return Err(MoneyError::TooLarge.into());
        }
        let wage = wage.to_minor()?;
        rates.known(wage)?;
        let (shares, rounded) = rates.add(wage, &mut self.sums)?;
        self.rounded |= rounded;
        for (held, limited) in rates.bases.iter().zip(self.limited.iter_mut()) {
            *limited = limited.saturating_add(u32::from(held.changes(wage)));
        }
        self.wages = self.wages.checked_add(wage).ok_or(MoneyError::TooLarge)?;
        self.workers = self.workers.saturating_add(1);
        Ok(shares)
    }

    /// The sums of workers that were added up elsewhere, by rate.
    pub(crate) fn summed(rates: &'a MonthRates<'a>, sums: Vec<(i128, i64)>, wages: i64) -> Self {
        Self { sums, wages, ..Self::new(rates) }
    }

    /// The month.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn finish(self) -> Result<Assessment, MoneyError> {
        let (lines, wages) = self.lines()?;
        let mut working = Working::kept();
        self.explain(&lines, wages, &mut working)?;
        let steps = working.into_steps();
        let mut caveats = caveats(&steps);
        // What is not known of a whole category stands on none of its lines.
        if let Some((key, text)) = &self.rates.category.question {
            let open = Caveat::Open(Arc::clone(key), Arc::clone(text));
            if !caveats.contains(&open) {
                caveats.push(open);
            }
        }
        Ok(Assessment {
            month: self.rates.month,
            due_date: self.rates.due_date,
            workers: self.workers,
            wages,
            lines,
            steps,
            caveats,
        })
    }

    /// What each branch and payer owe, without a word about how.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn lines(&self) -> Result<(Vec<AssessedLine>, Money), MoneyError> {
        let fund = self.rates.fund;
        let currency = fund.currency;
        let wages = Money::from_minor(self.wages, currency)?;
        let mut lines = Vec::with_capacity(self.sums.len());
        for (rate, (base, each)) in self.rates.rates.iter().zip(&self.sums) {
            let Some(branch) = fund.contributions.branches.get(rate.rule.branch) else { continue };
            let scale = self.rates.bases.get(rate.base).map_or(1, |held| held.scale);
            let amount = match (self.rates.computed, rate.taken) {
                (Computed::Total, Taken::Share(fraction)) => {
                    fraction.of_base(*base, scale, self.rates.rounding)?.0
                }
                _ => *each,
            };
            let (share, per_head) = match rate.line.value {
                Rate::Share(share) => (share, None),
                Rate::PerHead(amount) => (Decimal::ZERO, Some(Money::new(amount, currency)?)),
            };
            lines.push(AssessedLine {
                branch: Arc::clone(&branch.code),
                scheme: Arc::clone(&branch.scheme),
                label: Arc::clone(&branch.label),
                payer: rate.rule.payer,
                base: in_units(*base, scale, currency)?,
                rate: share,
                per_head,
                amount: Money::from_minor(amount, currency)?,
                basis: Arc::clone(&rate.line.basis),
                rule: Arc::clone(&rate.rule.rate.key),
            });
        }
        Ok((lines, wages))
    }
}

/// Parts of the smallest unit as an amount.
fn in_units(parts: i128, scale: i128, currency: Currency) -> Result<Money, MoneyError> {
    let digits = scale.checked_ilog10().unwrap_or(0);
    let places = u32::from(currency.exponent()).saturating_add(digits);
    let amount = Decimal::try_from_i128_with_scale(parts, places).map_err(|_| MoneyError::TooLarge)?;
    Money::new(amount.normalize(), currency)
}
