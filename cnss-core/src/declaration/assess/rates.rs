//! The rates of a category in a month (taux du mois), with the limits of their bases, as whole
//! numbers: looked up once, taken of every worker's pay.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::WorkerShares;
use crate::calendar::Month;
use crate::fund::mechanism::Limit;
use crate::fund::{
    Asked, Base, Category, Computed, Dated, Fund, Parameter, Payer, Rate, RateRule, not_known,
};
use crate::money::{Money, MoneyError, Rounding};
use crate::refusal::Refusal;

/// The rates of one category in one month, looked up once and used for every worker.
#[derive(Clone, Debug)]
pub struct MonthRates<'a> {
    pub(super) fund: &'a Fund,
    pub(super) month: Month,
    pub(super) category: &'a Category,
    pub(super) due_date: Option<NaiveDate>,
    pub(super) computed: Computed,
    pub(crate) rounding: Rounding,
    /// Those that a rate of the month stands on.
    pub(crate) bases: Vec<Held<'a>>,
    pub(crate) rates: Vec<MonthRate<'a>>,
    /// The highest wage of which everything is known, where there is one.
    open_above: Option<i64>,
}

/// One rate of that month.
#[derive(Clone, Debug)]
pub(crate) struct MonthRate<'a> {
    pub rule: &'a RateRule,
    pub(super) line: &'a Dated<Rate>,
    /// The place of its base among those of the month.
    pub base: usize,
    pub taken: Taken,
}

/// What a rate takes, as whole numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    Share(Fraction),
    PerHead(i64),
}

/// A base with its limits of that month, in parts of the smallest unit.
#[derive(Clone, Debug)]
pub(crate) struct Held<'a> {
    pub base: &'a Base,
    /// Parts of the smallest unit: 1, or more where a limit is finer than that.
    pub scale: i128,
    pub floor: Option<i128>,
    pub ceiling: Option<i128>,
    pub above: Option<i128>,
    pub flat: Option<i128>,
    /// The pay in smallest units above which nobody knows what counts.
    pub open_above: Option<i64>,
}

impl<'a> Held<'a> {
    fn of(fund: &Fund, base: &'a Base, asked: &Asked<'_>) -> Result<Self, Refusal> {
        let limit = |rule: &Option<Parameter<Limit>>| -> Result<Option<Decimal>, Refusal> {
            let line = rule.as_ref().and_then(|rule| rule.find(asked));
            line.map(|line| fund.limit_amount(line.value, asked)).transpose()
        };
        let flat = match &base.flat {
            // A flat income without a value is not an income of zero: it is not known.
            Some(rule) => Some(fund.limit_amount(rule.need(asked)?.value, asked)?),
            None => None,
        };
        let (floor, ceiling, above) = (limit(&base.floor)?, limit(&base.ceiling)?, limit(&base.above)?);
        let places = u32::from(fund.currency.exponent());
        let beyond = |limit: Option<Decimal>| match limit {
            Some(limit) if limit.scale() > places => limit.normalize().scale().saturating_sub(places),
            _ => 0,
        };
        let more = beyond(floor).max(beyond(ceiling)).max(beyond(above)).max(beyond(flat));
        let scale = 10_i128.checked_pow(more).ok_or(Refusal::AmountTooLarge)?;
        let parts = |limit: Option<Decimal>| {
            let mut limit = limit?;
            limit.rescale(places.saturating_add(more));
            Some(limit.mantissa())
        };
        Ok(Self {
            base,
            scale,
            floor: parts(floor),
            ceiling: parts(ceiling),
            above: parts(above),
            flat: parts(flat),
            open_above: base
                .open_line(asked)
                .map(|(_, line)| last_known(fund, line.value, asked))
                .transpose()?,
        })
    }

    /// The pay that counts, in parts of the smallest unit.
    fn apply(&self, wage: i64) -> Result<i128, MoneyError> {
        if let Some(flat) = self.flat {
            return Ok(flat);
        }
        let mut pay = self.parts(wage).ok_or(MoneyError::TooLarge)?;
        if let Some(floor) = self.floor {
            pay = pay.max(floor);
        }
        if let Some(ceiling) = self.ceiling {
            pay = pay.min(ceiling);
        }
        Ok(self.above.map_or(pay, |above| pay.saturating_sub(above).max(0)))
    }

    /// A wage in parts of the smallest unit. Products of so many bits cost more than a comparison.
    fn parts(&self, wage: i64) -> Option<i128> {
        if self.scale == 1 { Some(wage.into()) } else { i128::from(wage).checked_mul(self.scale) }
    }

    /// True when the base is not the wage that was declared.
    pub(super) fn changes(&self, wage: i64) -> bool {
        if self.floor.is_none() && self.ceiling.is_none() && self.above.is_none() && self.flat.is_none() {
            return false;
        }
        self.apply(wage).is_ok_and(|pay| Some(pay) != self.parts(wage))
    }
}

/// The highest pay in smallest units that does not exceed the limit.
fn last_known(fund: &Fund, limit: Limit, asked: &Asked<'_>) -> Result<i64, Refusal> {
    let mut limit = fund.limit_amount(limit, asked)?.trunc_with_scale(fund.currency.exponent().into());
    limit.rescale(fund.currency.exponent().into());
    i64::try_from(limit.mantissa()).map_err(|_| Refusal::AmountTooLarge)
}

impl<'a> MonthRates<'a> {
    /// The rates of `category` in `month`. A branch whose rate begins later is left out.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when the fund's data says nothing for that category and month;
    /// [`Refusal::OpenQuestion`] when the text was not found.
    pub fn of(fund: &'a Fund, category: &str, month: Month) -> Result<Self, Refusal> {
        Self::of_those(fund, category, month, |_| true)
    }

    /// The rates of these branches and payers alone: what is not known of others does not stand in the
    /// way, but each of the branches must be known.
    ///
    /// # Errors
    /// As [`MonthRates::of`].
    pub(crate) fn of_branches(
        fund: &'a Fund,
        category: &str,
        month: Month,
        (branches, payers): (&[Arc<str>], &[Payer]),
    ) -> Result<Self, Refusal> {
        let branch =
            |rule: &RateRule| fund.contributions.branches.get(rule.branch).map(|branch| &branch.code);
        let wanted = |rule: &RateRule| {
            payers.contains(&rule.payer) && branch(rule).is_some_and(|code| branches.contains(code))
        };
        let found = Self::of_those(fund, category, month, wanted)?;
        // A branch without a rate in that month would count for nothing, unseen.
        let known = |rule: &RateRule| found.rates.iter().any(|rate| rate.rule.branch == rule.branch);
        let own = |rule: &&RateRule| rule.categories.contains(&found.category.code);
        match fund.contributions.rates.iter().filter(own).find(|rule| wanted(rule) && !known(rule)) {
            Some(rule) => Err(Refusal::NoRule { rule: Arc::clone(&rule.rate.key), date: month.first_day() }),
            None => Ok(found),
        }
    }

    fn of_those(
        fund: &'a Fund,
        category: &str,
        month: Month,
        wanted: impl Fn(&RateRule) -> bool,
    ) -> Result<Self, Refusal> {
        let date = month.first_day();
        let rules = &fund.contributions;
        let asked = Asked { date, born: None, category: Some(category) };
        let no_rule = || Refusal::NoRule { rule: Arc::from("contributions.rates"), date };
        // Rates share the texts of the fund's categories: one look at the word, then addresses.
        let category = rules.category(category).ok_or_else(no_rule)?;
        let own = rules.rates.iter().filter(|r| r.categories.iter().any(|c| Arc::ptr_eq(c, &category.code)));
        let mut bases: Vec<Held<'a>> = Vec::with_capacity(rules.bases.len().min(4));
        let mut rates: Vec<MonthRate<'a>> = Vec::with_capacity(rules.rates.len().min(12));
        let mut open = None;
        for rule in own.filter(|rule| wanted(rule)) {
            let Some(line) = rule.rate.find(&asked) else {
                if rule.rate.never_found() {
                    open = open.or(rule.rate.need(&asked).err());
                }
                continue;
            };
            let taken = match line.value {
                Rate::Share(share) => Taken::Share(Fraction::of(share)),
                Rate::PerHead(amount) => Taken::PerHead(Money::new(amount, fund.currency)?.to_minor()?),
            };
            // A base that is not known matters only where a rate stands on it.
            let known = rates.iter().find(|known| known.rule.base == rule.base).map(|known| known.base);
            let base = match known {
                Some(base) => base,
                None => {
                    let base = rules.bases.get(rule.base).ok_or_else(no_rule)?;
                    bases.push(Held::of(fund, base, &asked)?);
                    bases.len().saturating_sub(1)
                }
            };
            rates.push(MonthRate { rule, line, base, taken });
        }
        if let Some(refusal) = open {
            return Err(refusal);
        }
        if rates.is_empty() {
            return Err(no_rule());
        }
        Ok(Self {
            fund,
            month,
            category,
            due_date: rules.due.find(&asked).map(|line| line.value.for_month(month)),
            computed: rules.computed.need(&asked)?.value,
            rounding: rules.rounding.need(&asked)?.value,
            open_above: bases.iter().filter_map(|held| held.open_above).min(),
            bases,
            rates,
        })
    }

    /// The last day on which the month's contributions are paid in time, when the fund knows it.
    #[must_use]
    pub const fn due_date(&self) -> Option<NaiveDate> {
        self.due_date
    }

    /// Refuses a wage of which nobody knows how much counts for one of the rates.
    pub(crate) fn known(&self, wage: i64) -> Result<(), Refusal> {
        match self.open_above {
            Some(most) if wage > most => self.rates.iter().try_for_each(|rate| self.known_for(rate, wage)),
            _ => Ok(()),
        }
    }

    /// The same for one rate.
    pub(super) fn known_for(&self, rate: &MonthRate<'_>, wage: i64) -> Result<(), Refusal> {
        let asked = self.asked();
        let Some(held) = self.bases.get(rate.base) else { return Ok(()) };
        match held.base.open_line(&asked) {
            Some((rule, line)) if held.open_above.is_some_and(|most| wage > most) => {
                Err(not_known(rule, line, &asked))
            }
            _ => Ok(()),
        }
    }

    /// The highest wage of which everything is known, where there is one.
    pub(crate) const fn open_above(&self) -> Option<i64> {
        self.open_above
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { date: self.month.first_day(), born: None, category: Some(&self.category.code) }
    }

    /// What one worker paid `wage` smallest units owes, added to the sums of bases and
    /// contributions by rate: the employer's part, the worker's, and whether rounding changed any.
    pub(crate) fn add(
        &self,
        wage: i64,
        sums: &mut [(i128, i64)],
    ) -> Result<(WorkerShares, bool), MoneyError> {
        let currency = self.fund.currency;
        let plus = |sum: i64, amount: i64| sum.checked_add(amount).ok_or(MoneyError::TooLarge);
        let (mut employer, mut worker, mut changed) = (0, 0, false);
        for (rate, (base_sum, amount_sum)) in self.rates.iter().zip(sums) {
            let (base, amount, rounded) = self.take(rate, wage)?;
            changed |= rounded;
            *base_sum = base_sum.checked_add(base).ok_or(MoneyError::TooLarge)?;
            *amount_sum = plus(*amount_sum, amount)?;
            let side = if rate.rule.payer == Payer::Employer { &mut employer } else { &mut worker };
            *side = plus(*side, amount)?;
        }
        let shares = WorkerShares {
            employer: Money::from_minor(employer, currency)?,
            worker: Money::from_minor(worker, currency)?,
        };
        Ok((shares, changed))
    }

    /// The fund whose rates they are.
    pub(crate) const fn fund(&self) -> &'a Fund {
        self.fund
    }

    /// Base, contribution in smallest units, and whether rounding changed it.
    pub(super) fn take(&self, rate: &MonthRate<'_>, wage: i64) -> Result<(i128, i64, bool), MoneyError> {
        let held = self.bases.get(rate.base).ok_or(MoneyError::TooLarge)?;
        let base = held.apply(wage)?;
        match rate.taken {
            Taken::PerHead(amount) => Ok((base, amount, false)),
            Taken::Share(fraction) => {
                let (amount, rounded) = fraction.of_base(base, held.scale, self.rounding)?;
                Ok((base, amount, rounded))
            }
        }
    }
}

/// A rate as a fraction of whole numbers, so that a large declaration is assessed with whole
/// smallest units: as exact as decimals, and several times faster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction {
    pub numerator: i128,
    pub denominator: i128,
}

impl Fraction {
    fn of(rate: Decimal) -> Self {
        // Few decimals need no shorter form: it would cost more than it saves.
        let rate = if rate.scale() <= 8 { rate } else { rate.normalize() };
        // A rate is a share between 0 and 1 with a few decimals; 28 is the most a decimal has.
        let denominator = match 10_u64.checked_pow(rate.scale()) {
            Some(small) => small.into(),
            None => 10_i128.checked_pow(rate.scale()).unwrap_or(i128::MAX),
        };
        Self { numerator: rate.mantissa(), denominator }
    }

    /// The share of `base` parts, `scale` of them being one smallest unit, rounded by name, and
    /// whether rounding changed it.
    pub(super) fn of_base(
        self,
        base: i128,
        scale: i128,
        rounding: Rounding,
    ) -> Result<(i64, bool), MoneyError> {
        let word = |n: i128| u64::try_from(n).ok();
        // Nearly every case fits into machine words, which are several times faster.
        let small = word(base).zip(word(self.numerator)).filter(|_| scale == 1);
        let small = small.and_then(|(base, above)| base.checked_mul(above)).zip(word(self.denominator));
        let (whole, rest, denominator) = match small {
            Some((product, below)) => {
                let whole = product.checked_div(below).ok_or(MoneyError::TooLarge)?;
                let rest = product.checked_rem(below).ok_or(MoneyError::TooLarge)?;
                (i128::from(whole), i128::from(rest), self.denominator)
            }
            None => {
                let product = base.checked_mul(self.numerator).ok_or(MoneyError::TooLarge)?;
                let below = self.denominator.checked_mul(scale).ok_or(MoneyError::TooLarge)?;
                let whole = product.checked_div(below).ok_or(MoneyError::TooLarge)?;
                (whole, product.checked_rem(below).ok_or(MoneyError::TooLarge)?, below)
            }
        };
        let up = match rounding {
            Rounding::HalfUp => rest.saturating_mul(2) >= denominator,
            Rounding::Down => false,
            Rounding::Up => rest > 0,
        };
        let amount = i64::try_from(whole).ok().and_then(|w| w.checked_add(i64::from(up)));
        Ok((amount.ok_or(MoneyError::TooLarge)?, rest != 0))
    }
}
