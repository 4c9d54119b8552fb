//! Single values: dates, names, amounts, numbers with their check digits. Edges come up often: the
//! ends of months, 29 February, a franc above and below each limit of the law.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::calendar::{Month, Quarter};
use crate::fund::{Asked, Fund, Identifier, IdentifierError};
use crate::id::{EmployerNumber, InsuredNumber};
use crate::money::{Currency, Money};
use crate::person::Name;

/// Any month from 1950 to 2100.
pub fn month() -> impl Strategy<Value = Month> {
    month_in(1950..=2100)
}

/// Any month of these years.
pub fn month_in(years: RangeInclusive<i32>) -> impl Strategy<Value = Month> {
    (years, 1_u32..=12).prop_filter_map("a month", |(year, month)| Month::new(year, month))
}

/// Any quarter from 1950 to 2100.
pub fn quarter() -> impl Strategy<Value = Quarter> {
    month().prop_map(Month::quarter)
}

/// Any day from 1940 to 2035: the ends of months and 29 February more often than others.
pub fn date() -> BoxedStrategy<NaiveDate> {
    date_in(1940..=2035)
}

/// Any day of these years: the ends of months and 29 February more often than others.
///
/// ```
/// use cnss_core::strategy;
/// use proptest::prelude::*;
/// proptest!(|(day in strategy::date_in(1973..=2035))| {
///     prop_assert_eq!(cnss_core::calendar::parse_date(&day.to_string()), Ok(day));
/// });
/// ```
pub fn date_in(years: RangeInclusive<i32>) -> BoxedStrategy<NaiveDate> {
    let any = (years.clone(), 1_u32..=12, 1_u32..=28);
    let edge = (years.clone(), 1_u32..=12, prop::sample::select(vec![1_u32, 28, 29, 30, 31]));
    let day = |(y, m, d): (i32, u32, u32)| {
        // The 31st of a short month is its last day: nothing is thrown away.
        NaiveDate::from_ymd_opt(y, m, d).or_else(|| Month::new(y, m).map(Month::last_day))
    };
    let any = prop_oneof![4 => any, 3 => edge].prop_filter_map("a day", day);
    if leap_years(years.clone()).is_empty() {
        return any.boxed();
    }
    prop_oneof![7 => any, 1 => leap_day(years)].boxed()
}

fn leap_years(years: RangeInclusive<i32>) -> Vec<i32> {
    years.filter(|year| NaiveDate::from_ymd_opt(*year, 2, 29).is_some()).collect()
}

/// A 29 February of these years, or of 1964 when none of them has one.
pub fn leap_day(years: RangeInclusive<i32>) -> impl Strategy<Value = NaiveDate> {
    let mut leap = leap_years(years);
    if leap.is_empty() {
        leap.push(1964);
    }
    prop::sample::select(leap).prop_filter_map("a leap year", |year| NaiveDate::from_ymd_opt(year, 2, 29))
}

/// An insured number as funds without a known format accept it, leading zeros included.
pub fn insured_number() -> impl Strategy<Value = InsuredNumber> {
    "[0-9]{1,10}".prop_filter_map("a number", |text| text.parse().ok())
}

/// An employer's number: letters, digits and hyphens.
pub fn employer_number() -> impl Strategy<Value = EmployerNumber> {
    "[A-Z]{1,3}-[0-9]{1,6}".prop_filter_map("a number", |text| text.parse().ok())
}

/// A name of the region: accents, apostrophes of both kinds, hyphens, several words, now and then
/// in Arabic, from right to left.
pub fn name() -> impl Strategy<Value = Name> {
    let part = prop::sample::select(vec![
        "Afi",
        "Kossi",
        "Bawa",
        "Lawson",
        "Mensah",
        "N'Guissan",
        "D’Almeida",
        "Akouété",
        "Ésinam",
        "Ou-Sékou",
        "Ɖodzi",
        "Aïcha",
        "El Hadj",
        "عائشة",
        "بن يوسف",
    ]);
    prop::collection::vec(part, 1..4).prop_filter_map("a name", |parts| Name::parse(&parts.join(" ")).ok())
}

/// An amount of money from zero to `most` of the smallest unit.
pub fn amount(currency: Currency, most: i64) -> impl Strategy<Value = Money> {
    (0..=most.max(0)).prop_filter_map("an amount", move |minor| Money::from_minor(minor, currency).ok())
}

/// `minor` of the smallest unit as a number of the currency.
pub(super) fn units(fund: &Fund, minor: i64) -> Decimal {
    Decimal::new(minor, u32::from(fund.currency.exponent()))
}

/// The smallest number of smallest units that is at least `amount`.
pub(super) fn minor(fund: &Fund, amount: Decimal) -> i64 {
    let scaled = (0..fund.currency.exponent()).fold(amount, |a, _| a.saturating_mul(Decimal::TEN));
    i64::try_from(scaled.ceil()).unwrap_or(1)
}

/// A monthly wage from the fund's minimum of `month` up to a hundred times that; where none is
/// known, from one unit.
pub fn wage(fund: &Fund, month: Month) -> BoxedStrategy<Decimal> {
    let least = fund.minimum_wage.at(month.first_day()).map_or(Decimal::ONE, |dated| dated.value);
    let (fund, least) = (fund.clone(), minor(fund, least));
    (least..=least.saturating_mul(100)).prop_map(move |pay| units(&fund, pay)).boxed()
}

/// A monthly wage for which a rule may turn: on, one smallest unit above and one below each floor,
/// ceiling and minimum wage of `month`; or anything between the least and the most of these.
///
/// Wages below the minimum are among them, as they are for months that were not whole.
///
/// ```
/// use cnss_core::{declaration::assess::assess, fund::Fund, strategy};
/// use proptest::prelude::*;
/// let morocco = Fund::builtin("ma").expect("built in");
/// let month = "2024-03".parse().expect("a month");
/// proptest!(|(wage in strategy::wage_near_limits(&morocco, month))| {
///     let pension = assess(&morocco, "salaried", month, &[wage]).expect("known")
///         .lines.into_iter().find(|line| &*line.branch == "pension").expect("a branch");
///     prop_assert!(pension.base.amount() <= 6_000.into(), "never above the ceiling");
/// });
/// ```
pub fn wage_near_limits(fund: &Fund, month: Month) -> BoxedStrategy<Decimal> {
    let mut limits: Vec<i64> = limits_of(fund, month).into_iter().map(|limit| minor(fund, limit)).collect();
    limits.push(minor(fund, Decimal::ONE));
    limits.sort_unstable();
    limits.dedup();
    let most = limits.last().copied().unwrap_or(1).saturating_mul(3);
    let near = (prop::sample::select(limits), -1_i64..=1).prop_map(|(at, by)| at.saturating_add(by).max(1));
    let fund = fund.clone();
    prop_oneof![3 => near, 2 => 1..=most].prop_map(move |pay| units(&fund, pay)).boxed()
}

/// Every floor, ceiling and minimum wage in force in a month, for any category.
fn limits_of(fund: &Fund, month: Month) -> Vec<Decimal> {
    let mut categories: Vec<Option<&str>> = vec![None];
    categories.extend(fund.contributions.categories.iter().map(|c| Some(&*c.code)));
    let mut found = Vec::new();
    for category in categories {
        let asked = Asked { date: month.first_day(), born: None, category };
        found.extend(fund.minimum_wage.find(&asked).map(|line| line.value));
        for base in &fund.contributions.bases {
            let rules = [&base.floor, &base.ceiling, &base.above, &base.flat, &base.open_above];
            for line in rules.into_iter().flatten().filter_map(|rule| rule.find(&asked)) {
                found.extend(fund.limit_amount(line.value, &asked).ok());
            }
        }
    }
    found
}

/// A number of that kind as people write it down: right, its check digit too, now and then with
/// spaces. None for a format that cannot be generated; every fund that comes along can.
///
/// ```
/// use cnss_core::{fund::Fund, strategy};
/// use proptest::prelude::*;
/// let morocco = Fund::builtin("ma").expect("built in");
/// let number = morocco.identifiers.find("employer_number").expect("known");
/// proptest!(|(text in strategy::identifier(number).expect("can be generated"))| {
///     prop_assert!(number.read(&text).is_ok(), "{}", text);
/// });
/// ```
#[must_use]
pub fn identifier(kind: &Identifier) -> Option<BoxedStrategy<String>> {
    let sound = bare(kind)?;
    let spaced = (sound.clone(), 2_usize..=4).prop_map(|(text, every)| {
        let mut written = String::new();
        for (place, c) in text.chars().enumerate() {
            if place > 0 && place.is_multiple_of(every) {
                written.push(' ');
            }
            written.push(c);
        }
        written
    });
    let kind = kind.clone();
    let written = prop_oneof![3 => sound, 1 => spaced];
    Some(written.prop_filter("reads as written", move |text| kind.read(text).is_ok()).boxed())
}

/// The number in its plain form.
fn bare(kind: &Identifier) -> Option<BoxedStrategy<String>> {
    let text = kind.pattern.as_str();
    let text = text.strip_prefix("^(?:").and_then(|t| t.strip_suffix(")$")).unwrap_or(text);
    let any = prop::string::string_regex(text).ok()?;
    let kind = kind.clone();
    let sound = any.prop_filter_map("a number of that kind", move |text| {
        let text = match &kind.check {
            None => text,
            Some(check) => {
                let digits = text.get(..text.len().checked_sub(1)?)?;
                format!("{digits}{}", check.key(digits).filter(|key| *key < 10)?)
            }
        };
        kind.read(&text).ok().map(|_| text)
    });
    Some(sound.boxed())
}

/// A number of that kind with a fault: one digit mistyped where a check digit would show it, else
/// one character too many; with what is wrong about it.
///
/// ```
/// use cnss_core::{fund::Fund, strategy};
/// use proptest::prelude::*;
/// let morocco = Fund::builtin("ma").expect("built in");
/// for kind in morocco.identifiers.identifiers.iter().chain(&morocco.identifiers.phones) {
///     let wrong = strategy::mistyped(kind).expect("can be generated");
///     proptest!(ProptestConfig::with_cases(32), |((text, error) in wrong)| {
///         prop_assert_eq!(kind.read(&text), Err(error));
///     });
/// }
/// ```
#[must_use]
pub fn mistyped(kind: &Identifier) -> Option<BoxedStrategy<(String, IdentifierError)>> {
    let sound = bare(kind)?;
    let kind = kind.clone();
    let wrong = (sound, 1_u32..=9, any::<prop::sample::Index>());
    let wrong = wrong.prop_filter_map("a fault that shows", move |(text, by, place)| {
        let text = if kind.check.is_some() {
            let at = place.index(text.len().max(1));
            let turned = |(i, c): (usize, char)| match c.to_digit(10).filter(|_| i == at) {
                Some(digit) => char::from_digit(digit.saturating_add(by).checked_rem(10)?, 10),
                None => Some(c),
            };
            text.char_indices().map(turned).collect::<Option<String>>()?
        } else {
            format!("{text}#")
        };
        kind.read(&text).err().map(|error| (text, error))
    });
    Some(wrong.boxed())
}
