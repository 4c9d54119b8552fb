//! Careers as accounts record them, from the plain to the winding, and what is claimed besides.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::values::{date_in, minor, month_in, units, wage_near_limits};
use crate::entitlement::Claim;
use crate::fund::Fund;
use crate::fund::mechanism::Mechanism;
use crate::insured::{Career, InsuredMonth};

/// A career of so many whole months ending between 2012 and 2030, with gaps of at most two months,
/// at wages from the highest minimum up to fifty times that.
///
/// ```
/// use cnss_core::strategy;
/// use proptest::prelude::*;
/// let togo = cnss_core::fund::Fund::builtin("tg").expect("built in");
/// proptest!(ProptestConfig::with_cases(16), |(career in strategy::career(&togo, 1..=480))| {
///     prop_assert!(career.whole() && career.gaps().len() < career.months().len());
/// });
/// ```
pub fn career(fund: &Fund, months: RangeInclusive<usize>) -> BoxedStrategy<Career> {
    let least = fund.minimum_wage.entries().iter().map(|e| e.value).max().unwrap_or(Decimal::ONE_HUNDRED);
    let least = minor(fund, least);
    let entries = prop::collection::vec((least..=least.saturating_mul(50), 1_i32..=3), months);
    let fund = fund.clone();
    (month_in(2012..=2030), entries)
        .prop_map(move |(last, entries)| {
            let mut month = last;
            Career::from_months(entries.into_iter().map(|(wage, back)| {
                let here = month;
                month = month.plus(back.saturating_neg());
                (here, units(&fund, wage))
            }))
        })
        .boxed()
}

/// A career as they come: several employers one after the other or at the same time, holes of
/// years, part months, changes of category, wages at, below and above the limits of their months.
///
/// The first employer begins in one of these years.
pub fn winding_career(fund: &Fund, begins: RangeInclusive<i32>) -> BoxedStrategy<Career> {
    let mut categories: Vec<Option<Arc<str>>> = vec![None];
    categories.extend(fund.contributions.categories.iter().map(|c| Some(Arc::clone(&c.code))));
    let fund = fund.clone();
    month_in(begins)
        .prop_flat_map(move |first| {
            let pay = prop_oneof![
                wage_near_limits(&fund, first),
                wage_near_limits(&fund, first.plus(120)),
                wage_near_limits(&fund, first.plus(240)),
            ];
            let days = prop_oneof![3 => Just(None), 1 => (1_u32..=31).prop_map(Some)];
            // Below zero, the next employer begins before the last one ends.
            let job = (
                -18_i32..=40,
                1_i32..=90,
                prop::collection::vec(pay, 1..=4),
                days,
                prop::sample::select(categories.clone()),
            );
            prop::collection::vec(job, 1..=6).prop_map(move |jobs| {
                let mut all = Vec::new();
                let mut next = first;
                for (gap, months, pays, days, category) in jobs {
                    let begins = next.plus(gap).max(first);
                    let pays = pays.into_iter().cycle();
                    for (month, wage) in begins.through(begins.plus(months.saturating_sub(1))).zip(pays) {
                        all.push(InsuredMonth { month, wage, days, category: category.clone() });
                    }
                    next = begins.plus(months);
                }
                Career::from_insured(all)
            })
        })
        .boxed()
}

/// What somebody may claim besides a career: a category of the fund, papers that its rules name,
/// a loss of capacity, heads for whom a supplement is asked.
pub fn claim(fund: &Fund) -> BoxedStrategy<Claim> {
    let mut categories: Vec<Option<String>> = vec![None];
    categories.extend(fund.contributions.categories.iter().map(|c| Some(c.code.to_string())));
    let papers: BTreeSet<String> = fund
        .rules
        .iter()
        .flat_map(|rule| rule.entries())
        .filter_map(|line| match &line.value {
            Mechanism::Proof(code) => Some(code.to_string()),
            _ => None,
        })
        .collect();
    let papers: Vec<String> = papers.into_iter().collect();
    let all = papers.len();
    let papers = prop::sample::subsequence(papers, 0..=all);
    let wage = month_in(1995..=2030);
    let fund = fund.clone();
    let wage = prop::option::of(wage.prop_flat_map(move |month| wage_near_limits(&fund, month)));
    let heads = (prop::bool::ANY, 0_u32..=8, 0_u32..=4);
    let registered = prop::option::of(date_in(1960..=2034));
    (prop::sample::select(categories), papers, prop::option::of(0_i64..=100), heads, wage, registered)
        .prop_map(
            |(category, papers, degree, (third_person, children, spouses), monthly_wage, registered_on)| {
                Claim {
                    category,
                    registered_on,
                    proofs: papers.into_iter().collect(),
                    degree: degree.map(|percent| Decimal::new(percent, 2)),
                    third_person,
                    children,
                    spouses,
                    monthly_wage,
                }
            },
        )
        .boxed()
}
