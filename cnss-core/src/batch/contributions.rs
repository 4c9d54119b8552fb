//! Contributions of many wages at once (cotisations d'une population): the rates of one month as
//! whole numbers, block after block of wages.
//!
//! The one rule to remember: [`MonthRates`] says what the law is, and computes whatever does not
//! fit into machine words; this file only does the same sums faster.

use super::divide::Reciprocal;
use super::{BatchError, PlanError, same_length, share, spread};
use crate::calendar::Month;
use crate::declaration::assess::{AssessedLine, Assessor, Fraction, MonthRates, Taken};
use crate::fund::{Fund, Payer};
use crate::money::{Money, MoneyError, Rounding};

/// Wages that are worked on together: few enough to stay in the nearest cache.
const BLOCK: usize = 256;
/// The largest wage, base or contribution of the fast path is below two to this power, so that
/// those of a block add up below 2^63.
const BITS: u32 = 54;

/// The contributions of one category in one month, ready to be taken from a column of wages.
///
/// ```
/// use cnss_core::{batch::ContributionPlan, fund::Fund};
/// let morocco = Fund::builtin("ma")?;
/// let plan = ContributionPlan::new(&morocco, "salaried", "2024-03".parse()?)?;
/// let totals = plan.totals(&[400_000, 900_000], 2)?;   // centimes
/// assert_eq!(totals.wages.to_string(), "13000.00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ContributionPlan<'a> {
    rates: MonthRates<'a>,
    bases: Vec<Base>,
    takes: Vec<Take>,
    /// Wages up to this one, which is 2^k − 1, fit into machine words; none does when it is absent.
    most: Option<u64>,
}

/// A base without a branch: a limit that does not exist is one that changes nothing.
#[derive(Clone, Copy, Debug)]
struct Base {
    scale: u64,
    floor: u64,
    ceiling: u64,
    above: u64,
}

impl Base {
    #[inline]
    fn of(self, wage: u64) -> u64 {
        wage.wrapping_mul(self.scale).max(self.floor).min(self.ceiling).saturating_sub(self.above)
    }
}

/// One rate: (base × numerator + more) ÷ divisor without the rest is the contribution as it is
/// rounded.
#[derive(Clone, Copy, Debug)]
struct Take {
    base: usize,
    employer: bool,
    numerator: u64,
    more: u64,
    by: Reciprocal,
}

impl Take {
    #[inline]
    fn of(self, base: u64) -> u64 {
        self.by.quotient(base.wrapping_mul(self.numerator).wrapping_add(self.more))
    }
}

/// Where each worker's shares go, in smallest units; as long as the wages.
#[derive(Debug)]
pub struct Shares<'o> {
    /// What the employer bears.
    pub employer: &'o mut [i64],
    /// What is withheld from the worker.
    pub worker: &'o mut [i64],
}

/// What all the workers owe together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// By branch and payer.
    pub lines: Vec<AssessedLine>,
    /// Sum of the wages.
    pub wages: Money,
}

/// The sums of some blocks.
#[derive(Clone, Debug)]
struct Sums {
    /// Bases in parts and contributions in smallest units, by rate.
    by_rate: Vec<(i128, i64)>,
    wages: i64,
}

/// What one thread works on.
struct Part<'w, 'o> {
    first: usize,
    wages: &'w [i64],
    shares: Option<Shares<'o>>,
}

impl<'a> ContributionPlan<'a> {
    /// The rates of `category` in `month`, as whole numbers.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where the single path refuses; [`PlanError::Shape`] for a rate or a
    /// limit that has too many digits for machine words.
    pub fn new(fund: &'a Fund, category: &str, month: Month) -> Result<Self, PlanError> {
        let rates = MonthRates::of(fund, category, month)?;
        let mut bases = Vec::with_capacity(rates.bases.len());
        for held in &rates.bases {
            let part = |limit: Option<i128>| limit.map(u64::try_from).transpose();
            let shape = |_| PlanError::shape(&held.base.code, "a limit beyond machine words");
            let flat = part(held.flat).map_err(shape)?;
            bases.push(Base {
                scale: u64::try_from(held.scale).map_err(shape)?,
                floor: flat.or(part(held.floor).map_err(shape)?).unwrap_or(0),
                ceiling: flat.or(part(held.ceiling).map_err(shape)?).unwrap_or(u64::MAX),
                above: part(held.above).map_err(shape)?.filter(|_| flat.is_none()).unwrap_or(0),
            });
        }
        let mut takes = Vec::with_capacity(rates.rates.len());
        for rate in &rates.rates {
            let scale = rates.bases.get(rate.base).map_or(1, |held| held.scale);
            let (numerator, more, divisor) = match rate.taken {
                Taken::PerHead(amount) => (0, i128::from(amount).checked_mul(2), Some(2)),
                Taken::Share(share) => in_words(share, scale, rates.rounding),
            };
            let word = |n: Option<i128>| n.and_then(|n| u64::try_from(n).ok());
            let take = word(more).zip(word(divisor).and_then(Reciprocal::of));
            let ((more, by), numerator) = take
                .zip(u64::try_from(numerator).ok())
                .ok_or_else(|| PlanError::shape(&rate.rule.rate.key, "a rate beyond machine words"))?;
            let employer = rate.rule.payer == Payer::Employer;
            takes.push(Take { base: rate.base, employer, numerator, more, by });
        }
        let mut plan = Self { rates, bases, takes, most: None };
        // What fits for a wage fits for every smaller one: nothing falls when a wage rises.
        plan.most = (1..=BITS).rev().map(|bits| (1_u64 << bits).saturating_sub(1)).find(|w| plan.fits(*w));
        // What is not known goes by the single path, which refuses it.
        let known = plan.rates.open_above().map(|most| u64::try_from(most).unwrap_or(0));
        plan.most = plan.most.map(|most| known.map_or(most, |known| most.min(known)));
        Ok(plan)
    }

    /// True when everything that a wage leads to fits into machine words and into the books.
    fn fits(&self, wage: u64) -> bool {
        let currency = self.rates.fund().currency;
        let in_books = |amount: u64| {
            amount < 1 << BITS && i64::try_from(amount).is_ok_and(|a| Money::from_minor(a, currency).is_ok())
        };
        let mut sides = [0_u64; 2];
        let each = self.takes.iter().all(|take| {
            let Some(base) = self.bases.get(take.base) else { return false };
            if wage.checked_mul(base.scale).is_none_or(|parts| parts >= 1 << 63) {
                return false;
            }
            let pay = base.of(wage);
            let product = pay.checked_mul(take.numerator).and_then(|n| n.checked_add(take.more));
            if pay >= 1 << BITS || product.is_none_or(|n| n >= 1 << 63) {
                return false;
            }
            let amount = take.of(pay);
            let side = if take.employer { sides.first_mut() } else { sides.last_mut() };
            if let Some(side) = side {
                *side = side.saturating_add(amount);
            }
            in_books(amount)
        });
        each && in_books(wage) && sides.into_iter().all(in_books)
    }

    /// Each worker's shares, and the sums; on `threads` threads.
    ///
    /// # Errors
    /// [`BatchError::Length`] for columns of different lengths; [`BatchError::Wage`] and
    /// [`BatchError::Money`] where the single path refuses.
    pub fn run(&self, wages: &[i64], shares: Shares<'_>, threads: usize) -> Result<Totals, BatchError> {
        same_length("employer", wages.len(), shares.employer.len())?;
        same_length("worker", wages.len(), shares.worker.len())?;
        let size = share(wages.len(), threads, BLOCK);
        let columns = shares.employer.chunks_mut(size).zip(shares.worker.chunks_mut(size));
        let parts = wages.chunks(size).zip(columns).enumerate().map(|(i, (wages, (employer, worker)))| {
            Part { first: i.saturating_mul(size), wages, shares: Some(Shares { employer, worker }) }
        });
        self.all(parts.collect())
    }

    /// What each branch and payer are owed by all; on `threads` threads.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn totals(&self, wages: &[i64], threads: usize) -> Result<Totals, BatchError> {
        let size = share(wages.len(), threads, BLOCK);
        let part = |(i, wages): (usize, _)| Part { first: size.saturating_mul(i), wages, shares: None };
        self.all(wages.chunks(size).enumerate().map(part).collect())
    }

    fn all(&self, parts: Vec<Part<'_, '_>>) -> Result<Totals, BatchError> {
        let mut all = self.nothing();
        // In the order of the column: of several faults, the first is told.
        for part in spread(parts, |part| self.part(part))? {
            all.add(&part?)?;
        }
        let (lines, wages) = Assessor::summed(&self.rates, all.by_rate, all.wages).lines()?;
        Ok(Totals { lines, wages })
    }

    fn nothing(&self) -> Sums {
        Sums { by_rate: vec![(0, 0); self.takes.len()], wages: 0 }
    }

    fn part(&self, part: Part<'_, '_>) -> Result<Sums, BatchError> {
        let mut sums = self.nothing();
        let mut places = (part.first..).step_by(BLOCK);
        let (mut employer, mut worker) = ([0_u64; BLOCK], [0_u64; BLOCK]);
        let mut columns = part.shares.map(|s| (s.employer.chunks_mut(BLOCK), s.worker.chunks_mut(BLOCK)));
        for wages in part.wages.chunks(BLOCK) {
            let place = places.next().unwrap_or(part.first);
            // All bits of the block's wages together: a wage below zero has the highest one.
            let bits = wages.iter().fold(0, |bits, wage| bits | wage.cast_unsigned());
            if self.most.is_some_and(|most| bits <= most) {
                self.words(wages, (&mut employer, &mut worker), &mut sums)?;
            } else {
                self.one_by_one((place, wages), (&mut employer, &mut worker), &mut sums)?;
            }
            if let Some((to_employer, to_worker)) = &mut columns {
                copy(&employer, to_employer.next());
                copy(&worker, to_worker.next());
            }
        }
        Ok(sums)
    }

    /// A block of wages that all fit into machine words: nothing in here can overflow.
    fn words(
        &self,
        wages: &[i64],
        (employer, worker): (&mut [u64; BLOCK], &mut [u64; BLOCK]),
        sums: &mut Sums,
    ) -> Result<(), MoneyError> {
        let word = |sum: u64| i64::try_from(sum).map_err(|_| MoneyError::TooLarge);
        let sum = wages.iter().fold(0_u64, |sum, wage| sum.wrapping_add(wage.cast_unsigned()));
        sums.wages = sums.wages.checked_add(word(sum)?).ok_or(MoneyError::TooLarge)?;
        employer.fill(0);
        worker.fill(0);
        let mut pays = [0_u64; BLOCK];
        let mut pays_of = None;
        let mut pays_sum = 0;
        for (take, (base_sum, amount_sum)) in self.takes.iter().zip(&mut sums.by_rate) {
            if pays_of != Some(take.base) {
                let Some(base) = self.bases.get(take.base) else { continue };
                pays_sum = 0;
                for (pay, wage) in pays.iter_mut().zip(wages) {
                    *pay = base.of(wage.cast_unsigned());
                    pays_sum = pay.wrapping_add(pays_sum);
                }
                pays_of = Some(take.base);
            }
            let side: &mut [u64; BLOCK] = if take.employer { employer } else { worker };
            let mut sum = 0_u64;
            for ((pay, _), side) in pays.iter().zip(wages).zip(side.iter_mut()) {
                let amount = take.of(*pay);
                *side = side.wrapping_add(amount);
                sum = sum.wrapping_add(amount);
            }
            *base_sum = base_sum.checked_add(i128::from(pays_sum)).ok_or(MoneyError::TooLarge)?;
            *amount_sum = amount_sum.checked_add(word(sum)?).ok_or(MoneyError::TooLarge)?;
        }
        Ok(())
    }

    /// A block with a wage that is out of the ordinary, by the single path.
    fn one_by_one(
        &self,
        (place, wages): (usize, &[i64]),
        (employer, worker): (&mut [u64; BLOCK], &mut [u64; BLOCK]),
        sums: &mut Sums,
    ) -> Result<(), BatchError> {
        let currency = self.rates.fund().currency;
        for (((i, wage), employer), worker) in wages.iter().enumerate().zip(employer).zip(worker) {
            let wrong = |error| BatchError::Wage { place: place.saturating_add(i), error };
            if *wage < 0 {
                return Err(wrong(MoneyError::TooLarge));
            }
            Money::from_minor(*wage, currency).map_err(wrong)?;
            let unknown = |refusal| BatchError::Refused { place: place.saturating_add(i), refusal };
            self.rates.known(*wage).map_err(unknown)?;
            let (shares, _) = self.rates.add(*wage, &mut sums.by_rate).map_err(wrong)?;
            *employer = shares.employer.to_minor().map_err(wrong)?.cast_unsigned();
            *worker = shares.worker.to_minor().map_err(wrong)?.cast_unsigned();
            sums.wages = sums.wages.checked_add(*wage).ok_or(MoneyError::TooLarge)?;
        }
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, more: &Self) -> Result<(), MoneyError> {
        for ((base, amount), (more_base, more_amount)) in self.by_rate.iter_mut().zip(&more.by_rate) {
            *base = base.checked_add(*more_base).ok_or(MoneyError::TooLarge)?;
            *amount = amount.checked_add(*more_amount).ok_or(MoneyError::TooLarge)?;
        }
        self.wages = self.wages.checked_add(more.wages).ok_or(MoneyError::TooLarge)?;
        Ok(())
    }
}

fn copy(from: &[u64; BLOCK], to: Option<&mut [i64]>) {
    for (to, from) in to.unwrap_or_default().iter_mut().zip(from) {
        *to = from.cast_signed();
    }
}

/// Numerator, what rounding adds before the rest is dropped, and divisor, at least 2.
fn in_words(share: Fraction, scale: i128, rounding: Rounding) -> (i128, Option<i128>, Option<i128>) {
    let Some(divisor) = share.denominator.checked_mul(scale) else { return (share.numerator, None, None) };
    let common = common(share.numerator, divisor).max(1);
    let (mut numerator, mut divisor) = (share.numerator / common, divisor / common);
    if divisor == 1 {
        (numerator, divisor) = (numerator.saturating_mul(2), 2);
    }
    let more = match rounding {
        // Half of an odd divisor does not exist: from half of the even number below it on, the
        // rest is above one half.
        Rounding::HalfUp => divisor / 2,
        Rounding::Down => 0,
        Rounding::Up => divisor.saturating_sub(1),
    };
    (numerator, Some(more), Some(divisor))
}

/// The greatest common divisor.
const fn common(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
