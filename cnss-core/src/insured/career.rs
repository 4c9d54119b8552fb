//! The individual account (compte individuel): what was declared for a person, month by month.
//!
//! Two employers in one month are two entries; a month counts once towards insurance, and its
//! wages add up.

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

/// A career as the pension rules see it: each insured month once, ascending, with its pay.
///
/// ```
/// use cnss_core::insured::{Career, CareerSpan};
/// let span = CareerSpan { from: "2020-01".parse()?, to: "2020-03".parse()?, wage: 100_000.into() };
/// let career = Career::from_spans(&[span])?;
/// assert_eq!(career.months().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Career {
    months: Vec<(Month, Decimal)>,
}

/// The same pay over some months, as simulators ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CareerSpan {
    /// First month.
    pub from: Month,
    /// Last month, included.
    pub to: Month,
    /// Pay of each month, in units of the fund's currency.
    pub wage: Decimal,
}

impl Career {
    /// A career from months in any order; the pay of a month that stands twice adds up.
    /// Months without pay are left out: they are gaps.
    #[must_use]
    pub fn from_months(months: impl IntoIterator<Item = (Month, Decimal)>) -> Self {
        let mut all: Vec<(Month, Decimal)> =
            months.into_iter().filter(|(_, wage)| *wage > Decimal::ZERO).collect();
        all.sort_by_key(|(month, _)| *month);
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Self { months: all }
    }

    /// A career from spans, which may overlap.
    ///
    /// # Errors
    /// One fault for each span that ends before it starts, at `career[i].to`.
    pub fn from_spans(spans: &[CareerSpan]) -> Result<Self, crate::refusal::Refusal> {
        let faults: Vec<Fault> = spans
            .iter()
            .enumerate()
            .filter(|(_, span)| span.to < span.from)
            .map(|(i, _)| Fault::field(format!("career[{i}].to"), FaultKind::EndsBeforeStart))
            .collect();
        if !faults.is_empty() {
            return Err(crate::refusal::Refusal::Invalid(faults));
        }
        Ok(Self::from_months(spans.iter().flat_map(|s| s.from.through(s.to).map(|m| (m, s.wage)))))
    }

    /// The insured months, ascending, each with its pay.
    #[must_use]
    pub fn months(&self) -> &[(Month, Decimal)] {
        &self.months
    }

    /// The last insured month.
    #[must_use]
    pub fn last(&self) -> Option<Month> {
        self.months.last().map(|(month, _)| *month)
    }

    /// The months between the first and the last in which nothing was declared, as spans.
    #[must_use]
    pub fn gaps(&self) -> Vec<(Month, Month)> {
        self.months
            .windows(2)
            .filter_map(|pair| match pair {
                [(a, _), (b, _)] if b.since(*a) > 1 => Some((a.plus(1), b.plus(-1))),
                _ => None,
            })
            .collect()
    }
}

impl<'a> FromIterator<&'a CareerMonth> for Career {
    fn from_iter<I: IntoIterator<Item = &'a CareerMonth>>(months: I) -> Self {
        Self::from_months(months.into_iter().map(|m| (m.month, m.wage.amount())))
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
        assert_eq!(career.months(), [(month("2020-01"), 20.into()), (month("2020-03"), 15.into())]);
        assert_eq!(career.gaps(), [(month("2020-02"), month("2020-02"))]);
    }
}
