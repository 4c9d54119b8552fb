//! A population as columns (population en colonnes): birth dates, pay month by month in smallest
//! units, insured time.
//!
//! The one rule to remember: pay stands by civil month, the oldest first, and nothing or less is
//! a month without insurance.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{BatchError, same_length};
use crate::calendar::Month;
use crate::insured::Career;
use crate::money::Currency;

/// Where each person's pay stands in the column.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// So many months for each person.
    Each(usize),
    /// From one place to before the next: one place more than persons.
    Places(&'a [usize]),
}

/// The last month of each person's pay.
#[derive(Clone, Copy, Debug)]
pub enum Until<'a> {
    /// The same for all.
    All(Month),
    /// Each person's own.
    Own(&'a [Month]),
}

/// Columns of persons, whose careers have whole months only.
#[derive(Clone, Copy, Debug)]
pub struct Population<'a> {
    /// Birth dates.
    pub births: &'a [NaiveDate],
    /// Pay in smallest units, civil month after civil month, person after person; 0 for a gap.
    pub pay: &'a [i64],
    /// Whose is whose.
    pub rows: Rows<'a>,
    /// The last month of each row.
    pub until: Until<'a>,
    /// Insured months before the award, where rows do not go back to the first of them. Where it
    /// is absent, rows are whole careers, and the months with pay are counted.
    pub insured: Option<&'a [u32]>,
}

/// What a plan says of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The monthly pension in smallest units.
    Monthly(i64),
    /// A condition is missing; the single path says which.
    NotEntitled,
    /// The plan does not hold this person's case; the single path answers, or says why it cannot.
    SinglePath,
}

/// One person of the columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person<'a> {
    pub birth: NaiveDate,
    pub pay: &'a [i64],
    pub until: Month,
    pub insured: Option<u32>,
}

impl<'a> Population<'a> {
    pub(super) fn check(&self) -> Result<(), BatchError> {
        let persons = self.births.len();
        match self.rows {
            Rows::Each(months) => same_length("pay", persons.saturating_mul(months), self.pay.len())?,
            Rows::Places(places) => {
                same_length("rows", persons.saturating_add(1), places.len())?;
                if let Some(wrong) = places.windows(2).position(|pair| pair.first() > pair.last()) {
                    return Err(BatchError::Places(wrong.saturating_add(1)));
                }
                let needed = places.last().copied().unwrap_or(0);
                if needed > self.pay.len() {
                    return Err(BatchError::Length { column: "pay", needed, given: self.pay.len() });
                }
            }
        }
        if let Until::Own(months) = self.until {
            same_length("until", persons, months.len())?;
        }
        self.insured.map_or(Ok(()), |insured| same_length("insured", persons, insured.len()))
    }

    /// The person at a place, which [`check`](Self::check) found to have all its values.
    #[inline]
    pub(super) fn person(&self, place: usize) -> Option<Person<'a>> {
        let next = place.wrapping_add(1);
        let (from, to) = match self.rows {
            Rows::Each(months) => (place.wrapping_mul(months), next.wrapping_mul(months)),
            Rows::Places(places) => (*places.get(place)?, *places.get(next)?),
        };
        Some(Person {
            birth: *self.births.get(place)?,
            pay: self.pay.get(from..to)?,
            until: match self.until {
                Until::All(month) => month,
                Until::Own(months) => *months.get(place)?,
            },
            insured: match self.insured {
                Some(insured) => Some(*insured.get(place)?),
                None => None,
            },
        })
    }

    /// The career of the person at `place` for the single path, where its row is all of it.
    #[must_use]
    pub fn career(&self, place: usize, currency: Currency) -> Option<Career> {
        let person = self.person(place)?;
        let paid = u32::try_from(person.pay.iter().filter(|pay| **pay > 0).count()).ok()?;
        if person.insured.is_some_and(|insured| insured != paid) {
            return None;
        }
        let back = i32::try_from(person.pay.len()).ok()?.saturating_sub(1);
        let first = person.until.plus(back.saturating_neg());
        // The first and last months of the calendar hold all that would lie beyond them.
        if person.until.since(first) != back && !person.pay.is_empty() {
            return None;
        }
        let wage = |minor: i64| Decimal::new(minor, u32::from(currency.exponent()));
        let months = first.through(person.until).zip(person.pay.iter().map(|minor| wage(*minor)));
        Some(Career::from_months(months))
    }
}
