//! Insured time (durée d'assurance): days, months, quarters or years, as the fund counts them.

use crate::calendar::{Month, Quarter};
use crate::exact::Exact;
use crate::explain::{Figure, Op, Piece, Value, Working};
use crate::fund::mechanism::{Insurance, Unit};
use crate::fund::{Asked, Fund};
use crate::insured::{Career, InsuredMonth};
use crate::refusal::Refusal;

/// Insured time that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// How many units.
    pub units: u32,
    /// Which units.
    pub unit: Unit,
}

/// Counts month after month, in ascending order.
#[derive(Clone, Copy, Debug)]
pub struct UnitCounter {
    how: Insurance,
    last_quarter: Option<Quarter>,
    months: u32,
}

impl UnitCounter {
    /// Nothing yet.
    #[must_use]
    pub const fn new(how: Insurance) -> Self {
        Self { how, last_quarter: None, months: 0 }
    }

    /// What the month adds, in whole units. A year is complete with its twelfth month.
    pub fn add(&mut self, month: &InsuredMonth) -> u32 {
        let whole = self.how.month.unwrap_or(31);
        match self.how.unit {
            Unit::Days => month.days.unwrap_or(whole).min(whole),
            _ if !self.how.insures(month.days) => 0,
            Unit::Months => 1,
            Unit::Quarters => {
                let quarter = Some(month.month.quarter());
                let new = self.last_quarter != quarter;
                self.last_quarter = quarter;
                u32::from(new)
            }
            Unit::Years => {
                self.months = self.months.saturating_add(1);
                u32::from(self.months.is_multiple_of(12))
            }
        }
    }
}

impl UnitCounter {
    /// What these months of a career add.
    pub fn add_all(&mut self, career: &Career, months: &[InsuredMonth]) -> u32 {
        let n = u32::try_from(months.len()).unwrap_or(u32::MAX);
        match self.how.unit {
            Unit::Months if career.whole() => n,
            Unit::Days if career.whole() => n.saturating_mul(self.how.month.unwrap_or(31)),
            _ => months.iter().fold(0, |sum, month| sum.saturating_add(self.add(month))),
        }
    }
}

impl Counted {
    /// Counts these months of a career by the way of counting in force on the day asked.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when no way of counting is known then.
    pub fn of(
        fund: &Fund,
        career: &Career,
        months: &[InsuredMonth],
        asked: &Asked<'_>,
    ) -> Result<Self, Refusal> {
        let how = fund.pension.insurance.need(asked)?.value;
        Ok(Self { units: UnitCounter::new(how).add_all(career, months), unit: how.unit })
    }

    /// As a step that stands once and rests on the line by which it was counted.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when no way of counting is known on the day asked.
    pub fn figure(self, fund: &Fund, asked: &Asked<'_>, working: &mut Working) -> Result<Figure, Refusal> {
        self.step(fund, asked, Vec::new(), working)
    }

    /// The same of some months only, which the step names.
    ///
    /// # Errors
    /// As [`figure`](Self::figure).
    pub fn figure_within(
        self,
        (first, last): (Month, Month),
        fund: &Fund,
        asked: &Asked<'_>,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let month = |month| Piece::given(Value::Month(month));
        self.step(fund, asked, vec![month(first), Piece::Sign("→"), month(last)], working)
    }

    fn step(
        self,
        fund: &Fund,
        asked: &Asked<'_>,
        months: Vec<Piece>,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let exact = Exact::from(self.units);
        if !working.keeps() {
            return Ok(Figure::bare(exact));
        }
        let rule = &fund.pension.insurance;
        let line = rule.need(asked)?;
        let value = Value::Count(self.units.into(), self.unit.word());
        Ok(Figure { exact, step: working.once(|| rule.cite(line, asked).step(Op::Count, value, months)) })
    }
}
