//! One divisor for all numbers of a kind of pension, and whether what comes of them fits into
//! machine words.

use chrono::NaiveDate;

use super::adjust::{Exactly, Step};
use super::pay::Rates;
use super::{Amount, BITS, Cohort, Law, Limits, NOT_KNOWN, Rate, Window};
use crate::batch::divide::Reciprocal;
use crate::calendar::Month;
use crate::exact::Exact;
use crate::fund::mechanism::RoundTo;
use crate::money::{Currency, Money, Rounding};

/// Everything but the common divisor.
pub(super) struct Whole {
    pub windows: Vec<(usize, u32)>,
    pub over: u64,
    pub rate: Rates,
    pub steps: Vec<Step>,
    pub rounding: RoundTo,
    pub currency: Currency,
}

impl Whole {
    /// None when a number does not fit into machine words.
    pub(super) fn law(
        self,
        date: NaiveDate,
        entry: Month,
        cohorts: Vec<Cohort>,
        limits: Limits,
    ) -> Option<Law> {
        let units = common_divisor(&self.rate, &self.steps)?;
        let all = units.checked_mul(self.over)?;
        let times = |exact: Exact, by: u64| -> Option<u64> {
            let (above, below) = exact.times(Exact::whole(by.into())).ok()?.parts();
            u64::try_from(above).ok().filter(|n| below == 1 && *n < 1 << BITS)
        };
        let share = |exact: Option<Exact>| exact.map_or(Some(NOT_KNOWN), |exact| times(exact, units));
        let known = |n: &u64| *n != NOT_KNOWN;
        let (rate, most_rate) = match &self.rate {
            Rates::Table(table) => {
                let table: Vec<u64> = table.iter().map(|e| share(*e)).collect::<Option<_>>()?;
                let most = table.iter().copied().filter(known).max().unwrap_or(0);
                (Rate::Table(table), most)
            }
            Rates::Lines(lines) => {
                let lines: Vec<(usize, u64)> =
                    lines.iter().map(|(from, e)| Some((*from, share(*e)?))).collect::<Option<_>>()?;
                let most = lines.iter().map(|(_, n)| *n).filter(known).max().unwrap_or(0);
                (Rate::Lines(lines), most.checked_mul(u64::try_from(limits.floor.len()).ok()?)?)
            }
        };
        // The amount is never above (sum × of_sum) + fixed.
        let (mut of_sum, mut fixed) = (most_rate.max(1), 0_u64);
        let mut adjustments = Vec::with_capacity(self.steps.len());
        for (step, exactly) in &self.steps {
            let amount = match exactly {
                Exactly::OfReference(exact) => Amount::OfSum(times(*exact, units)?),
                Exactly::Fixed(exact) => Amount::Fixed(times(*exact, all)?),
                Exactly::Tiers(tiers) => Amount::Tiers(
                    tiers.iter().map(|(n, e)| Some((*n, times(*e, all)?))).collect::<Option<_>>()?,
                ),
            };
            match &amount {
                Amount::OfSum(n) => of_sum = of_sum.checked_add(*n)?,
                Amount::Fixed(n) => fixed = fixed.checked_add(*n)?,
                Amount::Tiers(tiers) => {
                    fixed = fixed.checked_add(tiers.iter().map(|(_, n)| *n).max().unwrap_or(0))?;
                }
            }
            adjustments.push(step(amount));
        }
        let to = times(Exact::of(self.rounding.to.0), 10_u64.checked_pow(self.currency.exponent().into())?)
            .filter(|to| *to > 0)?;
        let divisor = all.checked_mul(to)?;
        // The books' limit holds for the reference pay, too.
        let most = u64::try_from(largest(self.currency)).ok()?;
        let room = (1_u64 << BITS).checked_sub(fixed)?.checked_sub(divisor)?;
        let most_sum = (room / of_sum).min(most.saturating_mul(self.over));
        let (mut windows, mut widest) = (Vec::with_capacity(self.windows.len()), 1);
        for (last, over) in self.windows {
            let weight = self.over.checked_div(over.into())?;
            widest = weight.checked_mul(u64::try_from(last).ok()?)?.max(widest);
            windows.push(Window { last, weight });
        }
        let pay_bits = most.ilog2().min(((1_u64 << BITS) / widest).ilog2());
        let more = match self.rounding.way {
            Rounding::HalfUp => divisor / 2,
            Rounding::Down => 0,
            Rounding::Up => divisor.checked_sub(1)?,
        };
        let by = Reciprocal::of(divisor)?;
        Some(Law {
            date,
            entry,
            cohorts,
            windows,
            limits,
            rate,
            adjustments,
            most_sum,
            pay_bits,
            more,
            by,
            to,
            most,
        })
    }
}

/// The largest amount that the books accept, in smallest units.
fn largest(currency: Currency) -> i64 {
    let fits = |n: i64| Money::from_minor(n, currency).is_ok();
    (0..18_u32).filter_map(|zeros| 10_i64.checked_pow(zeros)).take_while(|n| fits(*n)).last().unwrap_or(0)
}

fn common_divisor(rate: &Rates, steps: &[Step]) -> Option<u64> {
    let mut all: Vec<Exact> = match rate {
        Rates::Table(table) => table.iter().copied().flatten().collect(),
        Rates::Lines(lines) => lines.iter().filter_map(|(_, e)| *e).collect(),
    };
    for (_, exactly) in steps {
        match exactly {
            Exactly::OfReference(exact) | Exactly::Fixed(exact) => all.push(*exact),
            Exactly::Tiers(tiers) => all.extend(tiers.iter().map(|(_, e)| *e)),
        }
    }
    // At least two: one is not a divisor that a reciprocal serves.
    all.iter().try_fold(2, |multiple, exact| common_multiple(multiple, u64::try_from(exact.parts().1).ok()?))
}

pub(super) fn common_multiple(a: u64, b: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x.checked_rem(y)?);
    }
    a.checked_div(x)?.checked_mul(b)
}
