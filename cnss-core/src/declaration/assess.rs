//! Assessing contributions (liquidation des cotisations): from wages to what each branch and
//! payer owes, by the rates of the month of work.
//!
//! Each worker's contribution is rounded by itself, so that splitting a declaration in two
//! changes nothing. The one rule to remember: the rates are those of the month worked, not
//! those of the day on which it is declared.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::explain::{Piece, Step, Value};
use crate::fund::{Base, Basis, Fund, Payer, Show};
use crate::money::{Currency, Money, MoneyError, Rounding};
use crate::refusal::Refusal;

/// The rates of one category in one month, looked up once and used for every worker.
#[derive(Clone, Debug)]
pub struct MonthRates {
    month: Month,
    currency: Currency,
    due_date: NaiveDate,
    due_basis: (Arc<str>, Arc<Basis>),
    floor: Option<Floor>,
    rounding: Rounding,
    rounding_basis: (Arc<str>, Arc<Basis>),
    rates: Vec<MonthRate>,
    wages_label: Arc<str>,
}

#[derive(Clone, Debug)]
struct Floor {
    minor: i64,
    label: Arc<str>,
    rule: Arc<Basis>,
    wage_label: Arc<str>,
    wage: Arc<Basis>,
}

#[derive(Clone, Debug)]
struct MonthRate {
    branch: Arc<str>,
    scheme: Arc<str>,
    label: Arc<str>,
    payer: Payer,
    payer_label: Arc<str>,
    base: Base,
    rate: Decimal,
    fraction: Fraction,
    basis: Arc<Basis>,
}

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
    /// The rate.
    pub rate: Decimal,
    /// Sum of the rounded contributions.
    pub amount: Money,
    /// What the rate rests on.
    pub basis: Arc<Basis>,
}

/// A month's contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The month of work.
    pub month: Month,
    /// The last day on which they are paid in time.
    pub due_date: NaiveDate,
    /// How many workers.
    pub workers: u32,
    /// Sum of the wages.
    pub wages: Money,
    /// By branch and payer.
    pub lines: Vec<AssessedLine>,
    /// How every figure came about.
    pub steps: Vec<Step>,
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

impl MonthRates {
    /// The rates of `category` in `month`.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when the fund's data says nothing for that category and month.
    pub fn of(fund: &Fund, category: &str, month: Month) -> Result<Self, Refusal> {
        let date = month.first_day();
        let rules = &fund.contributions;
        let no_rule = |rule| Refusal::NoRule { rule, date };
        let mut rates = Vec::new();
        for rule in rules.rates.iter().filter(|r| r.categories.iter().any(|c| **c == *category)) {
            let (Some(dated), Some(branch)) = (rule.rate.at(date), rules.branches.get(rule.branch)) else {
                continue;
            };
            rates.push(MonthRate {
                branch: Arc::clone(&branch.code),
                scheme: Arc::clone(&branch.scheme),
                label: Arc::clone(&branch.label),
                payer: rule.payer,
                payer_label: Arc::clone(match rule.payer {
                    Payer::Employer => &rules.labels.employer,
                    Payer::Worker => &rules.labels.worker,
                }),
                base: rule.base,
                rate: dated.value,
                fraction: Fraction::of(dated.value),
                basis: Arc::clone(&dated.basis),
            });
        }
        if rates.is_empty() {
            return Err(no_rule("contributions.rates"));
        }
        let floor_rule = rules.floor.at(date).ok_or_else(|| no_rule("contributions.floor"))?;
        let floor = if floor_rule.value {
            let wage = fund.minimum_wage.at(date).ok_or_else(|| no_rule("minimum_wage"))?;
            Some(Floor {
                minor: Money::new(wage.value, fund.currency)?.to_minor()?,
                label: Arc::clone(&rules.floor.label),
                rule: Arc::clone(&floor_rule.basis),
                wage_label: Arc::clone(&fund.minimum_wage.label),
                wage: Arc::clone(&wage.basis),
            })
        } else {
            None
        };
        let rounding = rules.rounding.at(date).ok_or_else(|| no_rule("contributions.rounding"))?;
        let due = rules.due.at(date).ok_or_else(|| no_rule("contributions.due"))?;
        Ok(Self {
            month,
            currency: fund.currency,
            due_date: due.value.for_month(month),
            due_basis: (Arc::clone(&rules.due.label), Arc::clone(&due.basis)),
            floor,
            rounding: rounding.value,
            rounding_basis: (Arc::clone(&rules.rounding.label), Arc::clone(&rounding.basis)),
            rates,
            wages_label: Arc::clone(&rules.labels.wages),
        })
    }

    /// The last day on which the month's contributions are paid in time.
    #[must_use]
    pub const fn due_date(&self) -> NaiveDate {
        self.due_date
    }

    /// The pay on which a rate is taken, in smallest units.
    const fn base(&self, rate: &MonthRate, wage: i64) -> i64 {
        match (&self.floor, rate.base) {
            (Some(floor), Base::Floored) if wage < floor.minor => floor.minor,
            _ => wage,
        }
    }
}

/// A rate as a fraction of whole numbers, so that a large declaration is assessed with whole
/// smallest units: as exact as decimals, and several times faster.
#[derive(Clone, Copy, Debug)]
struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    fn of(rate: Decimal) -> Self {
        let rate = rate.normalize();
        // A rate is a share between 0 and 1 with a few decimals; 28 is the most a decimal has.
        let denominator = 10_i128.checked_pow(rate.scale()).unwrap_or(i128::MAX);
        Self { numerator: rate.mantissa(), denominator }
    }

    /// The share of `base`, rounded by name, and whether rounding changed it.
    fn of_base(self, base: i64, rounding: Rounding) -> Result<(i64, bool), MoneyError> {
        let product = i128::from(base).checked_mul(self.numerator).ok_or(MoneyError::TooLarge)?;
        // The denominator is a power of ten, never zero; a base is never below zero.
        let (whole, rest) = (product / self.denominator, product % self.denominator);
        let up = match rounding {
            Rounding::HalfUp => rest.saturating_mul(2) >= self.denominator,
            Rounding::Down => false,
            Rounding::Up => rest > 0,
        };
        let amount = i64::try_from(whole).ok().and_then(|w| w.checked_add(i64::from(up)));
        Ok((amount.ok_or(MoneyError::TooLarge)?, rest != 0))
    }
}

/// Adds up worker after worker; [`finish`](Self::finish) gives the month.
pub struct Assessor<'a> {
    rates: &'a MonthRates,
    /// Bases and contributions by rate, in smallest units.
    sums: Vec<(i64, i64)>,
    wages: i64,
    workers: u32,
    raised: u32,
    rounded: bool,
}

impl<'a> Assessor<'a> {
    /// Nothing yet, at these rates.
    #[must_use]
    pub fn new(rates: &'a MonthRates) -> Self {
        Self { rates, sums: vec![(0, 0); rates.rates.len()], wages: 0, workers: 0, raised: 0, rounded: false }
    }

    /// One worker paid `wage`; gives what is owed for this worker alone.
    ///
    /// # Errors
    /// A sum beyond what the books accept, a wage below zero or finer than the currency.
    pub fn worker(&mut self, wage: Decimal) -> Result<WorkerShares, MoneyError> {
        let rates = self.rates;
        let wage = Money::new(wage, rates.currency)?;
        if wage.is_negative() {
            return Err(MoneyError::TooLarge);
        }
        let wage = wage.to_minor()?;
        let add = |sum: i64, amount: i64| sum.checked_add(amount).ok_or(MoneyError::TooLarge);
        let (mut employer, mut worker) = (0, 0);
        for (rate, (base_sum, amount_sum)) in rates.rates.iter().zip(self.sums.iter_mut()) {
            let base = rates.base(rate, wage);
            let (amount, rounded) = rate.fraction.of_base(base, rates.rounding)?;
            self.rounded |= rounded;
            *base_sum = add(*base_sum, base)?;
            *amount_sum = add(*amount_sum, amount)?;
            let side = if rate.payer == Payer::Employer { &mut employer } else { &mut worker };
            *side = add(*side, amount)?;
        }
        self.wages = add(self.wages, wage)?;
        self.workers = self.workers.saturating_add(1);
        if rates.floor.as_ref().is_some_and(|floor| wage < floor.minor) {
            self.raised = self.raised.saturating_add(1);
        }
        Ok(WorkerShares {
            employer: Money::from_minor(employer, rates.currency)?,
            worker: Money::from_minor(worker, rates.currency)?,
        })
    }

    /// The month.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn finish(self) -> Result<Assessment, MoneyError> {
        let Self { rates, sums, wages, workers, raised, rounded } = self;
        let currency = rates.currency;
        let wages = Money::from_minor(wages, currency)?;
        let mut lines = Vec::with_capacity(sums.len());
        let mut steps = vec![Step {
            rule: "declared_wages",
            label: Arc::clone(&rates.wages_label),
            value: Value::Money(wages),
            working: vec![Piece::Value(Value::Count(workers.into(), "workers"))],
            basis: None,
        }];
        if let Some(floor) = rates.floor.as_ref().filter(|_| raised > 0) {
            steps.extend(floor_steps(floor, raised, currency)?);
        }
        for (rate, (base, amount)) in rates.rates.iter().zip(sums) {
            let base = Money::from_minor(base, currency)?;
            let amount = Money::from_minor(amount, currency)?;
            steps.push(Step {
                rule: "contributions.rates",
                label: rate_label(rate),
                value: Value::Money(amount),
                working: vec![
                    Piece::Value(Value::Money(base)),
                    Piece::Sign("×"),
                    Piece::Value(Value::Rate(rate.rate)),
                ],
                basis: Some(Arc::clone(&rate.basis)),
            });
            lines.push(AssessedLine {
                branch: Arc::clone(&rate.branch),
                scheme: Arc::clone(&rate.scheme),
                label: Arc::clone(&rate.label),
                payer: rate.payer,
                base,
                rate: rate.rate,
                amount,
                basis: Arc::clone(&rate.basis),
            });
        }
        if rounded {
            let (label, basis) = &rates.rounding_basis;
            steps.push(Step {
                rule: "contributions.rounding",
                label: Arc::clone(label),
                value: rates.rounding.show(),
                working: Vec::new(),
                basis: Some(Arc::clone(basis)),
            });
        }
        let (label, basis) = &rates.due_basis;
        steps.push(Step {
            rule: "contributions.due",
            label: Arc::clone(label),
            value: Value::Date(rates.due_date),
            working: Vec::new(),
            basis: Some(Arc::clone(basis)),
        });
        Ok(Assessment { month: rates.month, due_date: rates.due_date, workers, wages, lines, steps })
    }
}

fn rate_label(rate: &MonthRate) -> Arc<str> {
    Arc::from(format!("{}, {}", rate.label, rate.payer_label))
}

fn floor_steps(floor: &Floor, raised: u32, currency: Currency) -> Result<[Step; 2], MoneyError> {
    let amount = Value::Money(Money::from_minor(floor.minor, currency)?);
    Ok([
        Step {
            rule: "minimum_wage",
            label: Arc::clone(&floor.wage_label),
            value: amount,
            working: Vec::new(),
            basis: Some(Arc::clone(&floor.wage)),
        },
        Step {
            rule: "contributions.floor",
            label: Arc::clone(&floor.label),
            value: Value::Count(raised.into(), "workers"),
            working: Vec::new(),
            basis: Some(Arc::clone(&floor.rule)),
        },
    ])
}

/// Assesses a list of wages at once.
///
/// # Errors
/// [`Refusal::NoRule`] when nothing is known for the category and month, or an amount beyond
/// what the books accept.
///
/// ```
/// use cnss_core::declaration::assess::assess;
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let month = assess(&togo, "salaried", "2024-03".parse()?, &[100_000.into()])?;
/// assert_eq!(month.total()?.to_string(), "31500");   // 22,5 % + 9 %
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
