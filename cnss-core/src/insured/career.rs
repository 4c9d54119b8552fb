//! The individual account (compte individuel): what was declared for a person, month by month.
//!
//! Two employers in one month are two entries; a month counts once towards insurance, and its
//! wages add up.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::id::{DeclarationId, EmployerId, InsuredId};
use crate::money::Money;
use crate::refusal::{Fault, FaultKind};

/// What one employer declared for one person in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerMonth {
    /// Whose.
    pub insured: InsuredId,
    /// Which month.
    pub month: Month,
    /// Who declared it.
    pub employer: EmployerId,
    /// In which declaration.
    pub declaration: DeclarationId,
    /// Category of the worker: `salaried`.
    pub category: String,
    /// Wage declared.
    pub wage: Money,
    /// Days worked, when the month was not whole.
    pub days: Option<u8>,
    /// Contributions borne by the employer.
    pub employer_share: Money,
    /// Contributions withheld from the worker.
    pub worker_share: Money,
}

/// One insured month: what was paid, for how many days, as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsuredMonth {
    /// Which month.
    pub month: Month,
    /// Pay, in units of the fund's currency.
    pub wage: Decimal,
    /// Days declared, when the month was not whole.
    pub days: Option<u32>,
    /// Category of the worker, when it is known.
    pub category: Option<Arc<str>>,
}

/// A career as the pension rules see it: each insured month once, ascending, with its pay.
///
/// ```
/// use cnss_core::insured::{Career, CareerSpan};
/// let span = CareerSpan::new("2020-01".parse()?, "2020-03".parse()?, 100_000.into());
/// let career = Career::from_spans(&[span])?;
/// assert_eq!(career.months().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Career {
    months: Vec<InsuredMonth>,
    /// True when a month was not whole: days must be looked at.
    parts: bool,
}

/// The same pay over some months, as simulators ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerSpan {
    /// First month.
    pub from: Month,
    /// Last month, included.
    pub to: Month,
    /// Pay of each month, in units of the fund's currency.
    pub wage: Decimal,
    /// Days declared in each month, when months were not whole.
    pub days: Option<u32>,
    /// Category of the worker.
    pub category: Option<Arc<str>>,
}

impl CareerSpan {
    /// Whole months at the same pay.
    #[must_use]
    pub const fn new(from: Month, to: Month, wage: Decimal) -> Self {
        Self { from, to, wage, days: None, category: None }
    }
}

impl Career {
    /// A career from whole months in any order; the pay of a month that stands twice adds up.
    /// Months without pay are left out: they are gaps.
    #[must_use]
    pub fn from_months(months: impl IntoIterator<Item = (Month, Decimal)>) -> Self {
        Self::from_insured(months.into_iter().map(|(month, wage)| InsuredMonth {
            month,
            wage,
            days: None,
            category: None,
        }))
    }

    /// A career from insured months in any order; pay and days of a month that stands twice add
    /// up, and such a month is whole when one of them is.
    #[must_use]
    pub fn from_insured(months: impl IntoIterator<Item = InsuredMonth>) -> Self {
        let mut all: Vec<InsuredMonth> = months.into_iter().filter(|m| m.wage > Decimal::ZERO).collect();
        all.sort_by_key(|m| m.month);
        all.dedup_by(|next, kept| {
            let same = next.month == kept.month;
            if same {
                kept.wage = kept.wage.saturating_add(next.wage);
                kept.days = kept.days.zip(next.days).map(|(a, b)| a.saturating_add(b).min(31));
            }
            same
        });
        let parts = all.iter().any(|month| month.days.is_some());
        Self { months: all, parts }
    }

    /// A career from spans, which may overlap.
    ///
    /// # Errors
    /// One fault for each span that ends before it starts, at `career[i].to`.
    pub fn from_spans(spans: &[CareerSpan]) -> Result<Self, crate::refusal::Refusal> {
        let faults: Vec<Fault> = spans
            .iter()
            .enumerate()
            .filter_map(|(i, span)| {
                let kind = FaultKind::of_period(Some(span.from), Some(span.to))?;
                Some(Fault::field(format!("career[{i}].to"), kind))
            })
            .collect();
        if !faults.is_empty() {
            return Err(crate::refusal::Refusal::Invalid(faults));
        }
        let month = |s: &CareerSpan, month| InsuredMonth {
            month,
            wage: s.wage,
            days: s.days,
            category: s.category.clone(),
        };
        Ok(Self::from_insured(spans.iter().flat_map(|s| s.from.through(s.to).map(move |m| month(s, m)))))
    }

    /// The insured months, ascending.
    #[must_use]
    pub fn months(&self) -> &[InsuredMonth] {
        &self.months
    }

    /// True when every month is whole: none says how many days were worked.
    #[must_use]
    pub const fn whole(&self) -> bool {
        !self.parts
    }

    /// The insured months before `month`.
    #[must_use]
    pub fn before(&self, month: Month) -> &[InsuredMonth] {
        self.months.get(..self.months.partition_point(|m| m.month < month)).unwrap_or(&[])
    }

    /// The insured months from `first` to before `end`.
    #[must_use]
    pub fn between(&self, first: Month, end: Month) -> &[InsuredMonth] {
        let before = self.before(end);
        before.get(before.partition_point(|m| m.month < first)..).unwrap_or(&[])
    }

    /// The last insured month.
    #[must_use]
    pub fn last(&self) -> Option<Month> {
        self.months.last().map(|m| m.month)
    }

    /// The months between the first and the last in which nothing was declared, as spans.
    #[must_use]
    pub fn gaps(&self) -> Vec<(Month, Month)> {
        self.months
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] if b.month.since(a.month) > 1 => Some((a.month.plus(1), b.month.plus(-1))),
                _ => None,
            })
            .collect()
    }
}

impl<'a> FromIterator<&'a CareerMonth> for Career {
    fn from_iter<I: IntoIterator<Item = &'a CareerMonth>>(months: I) -> Self {
        Self::from_insured(months.into_iter().map(|m| InsuredMonth {
            month: m.month,
            wage: m.wage.amount(),
            days: m.days.map(u32::from),
            category: Some(Arc::from(m.category.as_str())),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("month")
    }

    #[test]
    fn two_employers_in_one_month_count_once_and_add_up() {
        let career = Career::from_months([
            (month("2020-03"), 10.into()),
            (month("2020-01"), 20.into()),
            (month("2020-03"), 5.into()),
            (month("2020-02"), 0.into()),
        ]);
        let seen: Vec<(Month, Decimal)> = career.months().iter().map(|m| (m.month, m.wage)).collect();
        assert_eq!(seen, [(month("2020-01"), 20.into()), (month("2020-03"), 15.into())]);
        assert_eq!(career.gaps(), [(month("2020-02"), month("2020-02"))]);
    }
}
