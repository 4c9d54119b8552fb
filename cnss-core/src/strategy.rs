//! Generators of values (feature `proptest`), for the tests of those who build on this crate.
//!
//! Values are sound by construction; parameterised functions give coherent ones, such as the
//! career of a person under a fund's own minimum wages.
//!
//! ```
//! use cnss_core::strategy;
//! use proptest::prelude::*;
//! let togo = cnss_core::fund::Fund::builtin("tg").expect("built in");
//! proptest!(ProptestConfig::with_cases(16), |(career in strategy::career(&togo, 1..=480))| {
//!     prop_assert!(career.gaps().len() <= career.months().len());
//! });
//! ```

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::calendar::{Month, Quarter};
use crate::fund::Fund;
use crate::id::InsuredNumber;
use crate::insured::Career;
use crate::person::Name;

/// Any month from 1950 to 2100.
pub fn month() -> impl Strategy<Value = Month> {
    (1950_i32..=2100, 1_u32..=12).prop_filter_map("a month", |(year, month)| Month::new(year, month))
}

/// Any quarter from 1950 to 2100.
pub fn quarter() -> impl Strategy<Value = Quarter> {
    month().prop_map(Month::quarter)
}

/// Any day from 1940 to 2035, the ends of months and 29 February among them more often.
pub fn date() -> impl Strategy<Value = NaiveDate> {
    let any = (1940_i32..=2035, 1_u32..=12, 1_u32..=31);
    let edge = (1940_i32..=2035, 1_u32..=12, prop::sample::select(vec![1_u32, 28, 29, 30, 31]));
    prop_oneof![any, edge].prop_filter_map("a day", |(y, m, d)| NaiveDate::from_ymd_opt(y, m, d))
}

/// An insured number, leading zeros included.
pub fn insured_number() -> impl Strategy<Value = InsuredNumber> {
    "[0-9]{1,10}".prop_filter_map("a number", |text| text.parse().ok())
}

/// A name of the region: accents, apostrophes, hyphens, several words, now and then Arabic.
pub fn name() -> impl Strategy<Value = Name> {
    let part = prop::sample::select(vec![
        "Kossi",
        "Afi",
        "N'Guissan",
        "Akouété",
        "D'Almeida",
        "Ésinam",
        "Bawa",
        "Ou-Sékou",
        "Lawson",
        "Mensah",
        "عائشة",
    ]);
    prop::collection::vec(part, 1..4).prop_filter_map("a name", |parts| Name::parse(&parts.join(" ")).ok())
}

/// A monthly wage from the fund's minimum of `month` up to a hundred times that.
pub fn wage(fund: &Fund, month: Month) -> BoxedStrategy<Decimal> {
    let least = fund.minimum_wage.at(month.first_day()).map_or(Decimal::ONE, |dated| dated.value);
    let most = least.saturating_mul(Decimal::ONE_HUNDRED);
    let (least, most) = (i64::try_from(least).unwrap_or(1), i64::try_from(most).unwrap_or(1));
    (least..=most.max(least)).prop_map(Decimal::from).boxed()
}

/// A career of so many months ending between 2012 and 2030, with gaps, at wages above the minimum.
pub fn career(fund: &Fund, months: RangeInclusive<usize>) -> BoxedStrategy<Career> {
    let least = fund.minimum_wage.entries().iter().map(|e| e.value).max().unwrap_or(Decimal::ONE);
    let least = i64::try_from(least).unwrap_or(1);
    let pay = (least..=least.saturating_mul(50)).prop_map(Decimal::from);
    let entries = prop::collection::vec((pay, 1_i32..=3), months);
    let last = (2012_i32..=2030, 1_u32..=12).prop_filter_map("a month", |(y, m)| Month::new(y, m));
    (last, entries)
        .prop_map(|(last, entries)| {
            let mut month = last;
            Career::from_months(entries.into_iter().map(|(wage, back)| {
                let here = month;
                month = month.plus(back.saturating_neg());
                (here, wage)
            }))
        })
        .boxed()
}
