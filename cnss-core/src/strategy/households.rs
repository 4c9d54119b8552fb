//! Households: an insured person, spouses, and children of every age and standing, twins among
//! them, and some who were born on 29 February.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::values::date_in;
use crate::fund::mechanism::Child;

/// Who lives together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Birth date of the insured person.
    pub birth_date: NaiveDate,
    /// How many spouses.
    pub spouses: u32,
    /// The children, in no order.
    pub children: Vec<Child>,
}

/// A child born in one of these years: at school, apprenticed, disabled, without parents, or none
/// of it.
pub fn child(born: RangeInclusive<i32>) -> impl Strategy<Value = Child> {
    let standing = prop_oneof![
        4 => Just((false, false, false)),
        2 => Just((true, false, false)),
        1 => Just((false, true, false)),
        1 => Just((false, false, true)),
        1 => any::<(bool, bool, bool)>(),
    ];
    let orphan = prop_oneof![4 => Just(false), 1 => Just(true)];
    (date_in(born), standing, orphan).prop_map(|(birth_date, (student, apprentice, disabled), orphan)| {
        Child { birth_date, student, apprentice, disabled, orphan }
    })
}

/// A household as it may stand at the end of `year`: up to four spouses and ten children, each at
/// least fourteen years younger than the insured person, all born by then.
///
/// ```
/// use cnss_core::{fund::Fund, money::Money, strategy};
/// use cnss_core::pension::{Deceased, DeceasedRight, survivors};
/// use proptest::prelude::*;
/// let togo = Fund::builtin("tg").expect("built in");
/// let pension = Money::new(100_000.into(), togo.currency).expect("an amount");
/// proptest!(|(home in strategy::household(2024))| {
///     let date = "2024-12-31".parse().expect("a day");
///     let deceased = Deceased { date, pension, spouses: home.spouses, children: &home.children, right: DeceasedRight::Unknown };
///     let shares = survivors(&togo, &deceased).expect("known").shares;
///     prop_assert!(shares.len() <= 4 + home.children.len());
/// });
/// ```
pub fn household(year: i32) -> BoxedStrategy<Household> {
    let born = date_in(year.saturating_sub(90)..=year.saturating_sub(16));
    let spouses = prop_oneof![2 => Just(1_u32), 1 => 0_u32..=4];
    (born, spouses)
        .prop_flat_map(move |(birth_date, spouses)| {
            let eldest = birth_date.year().saturating_add(15).min(year);
            let one = (child(eldest..=year), prop::bool::weighted(0.15));
            prop::collection::vec(one, 0..=6).prop_map(move |children| {
                let mut all = Vec::new();
                for (child, twin) in children {
                    all.push(child);
                    // A twin shares the day, not the standing.
                    all.extend(twin.then_some(Child { student: !child.student, ..child }));
                }
                all.truncate(10);
                Household { birth_date, spouses, children: all }
            })
        })
        .boxed()
}
