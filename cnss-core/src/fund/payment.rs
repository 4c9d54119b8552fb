//! On which terms payment references are issued (conditions des références de paiement): for how long,
//! and how many at once. No text settles them; a fund says what it does, or nothing.

use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::dated::Parameter;
use super::parse::{RawRule, Reader};

/// The most open references of one employer where the fund says nothing: every input has a limit.
const OPEN_MOST: u32 = 200;
/// What is asked of the books to count them.
const COUNTED_MOST: u32 = 999;

/// The terms of a fund.
#[derive(Clone, Debug, Default)]
pub struct PaymentTerms {
    /// For how many days after the day of issue a reference is to be paid; for ever without it.
    pub valid_days: Option<Parameter<u32>>,
    /// How many references of one employer may wait to be paid.
    pub open_most: Option<Parameter<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTerms {
    valid_days: Option<RawRule>,
    open_most: Option<RawRule>,
}

impl PaymentTerms {
    pub(super) fn read(reader: &Reader<'_>, raw: Option<RawTerms>) -> Self {
        let Some(raw) = raw else { return Self::default() };
        let count = |most: u32, what: &'static str| {
            move |count: u32| if (1..=most).contains(&count) { Ok(count) } else { Err(what.to_owned()) }
        };
        let days = count(3_660, "a reference is valid for 1 to 3660 days");
        let open = count(COUNTED_MOST, "1 to 999 references may be open at once");
        Self {
            valid_days: raw
                .valid_days
                .and_then(|rule| reader.rule("payment_reference.valid_days", rule, days)),
            open_most: raw.open_most.and_then(|rule| reader.rule("payment_reference.open_most", rule, open)),
        }
    }

    pub(super) fn forget(&mut self, law_at: NaiveDate, known_at: NaiveDate) {
        for rule in [&mut self.valid_days, &mut self.open_most].into_iter().flatten() {
            rule.forget(law_at, known_at);
        }
    }

    /// The last day on which a reference of this day is to be paid.
    #[must_use]
    pub fn last_day(&self, issued_on: NaiveDate) -> Option<NaiveDate> {
        let days = self.valid_days.as_ref()?.at(issued_on)?.value;
        issued_on.checked_add_days(Days::new(days.into()))
    }

    /// How many references of one employer may wait to be paid on this day.
    #[must_use]
    pub fn open_most(&self, on: NaiveDate) -> u32 {
        let said = self.open_most.as_ref().and_then(|rule| rule.at(on));
        said.map_or(OPEN_MOST, |dated| dated.value)
    }
}
