//! The generators keep their own word: what they call sound is sound, for every fund.

use cnss_core::fund::IdentifierError;
use cnss_core::strategy;
use proptest::prelude::*;

use super::{FUNDS, holds};

#[test]
fn every_identifier_and_phone_of_every_fund_is_written_right_and_wrong() {
    for fund in FUNDS.iter() {
        for kind in fund.identifiers.identifiers.iter().chain(&fund.identifiers.phones) {
            let what = format!("{}: {}", fund.code, kind.code);
            let right = strategy::identifier(kind).expect("can be generated");
            holds(&what, (64, 100), right, |text| {
                prop_assert!(kind.read(&text).is_ok(), "{}", text);
                Ok(true)
            });
            let wrong = strategy::mistyped(kind).expect("can be generated");
            holds(&what, (64, 30), wrong, |(text, error)| {
                prop_assert_eq!(kind.read(&text), Err(error));
                Ok(kind.check.is_none() || error == IdentifierError::CheckDigit)
            });
        }
    }
}

#[test]
fn a_winding_career_has_what_the_plain_one_has_not() {
    let tg = super::fund("tg");
    let career = || strategy::winding_career(tg, 1990..=2000);
    holds("holes", (128, 40), career(), |c| Ok(!c.gaps().is_empty()));
    holds("part months", (128, 20), career(), |c| Ok(!c.whole()));
    holds("categories", (128, 40), career(), |c| {
        let mut seen: Vec<_> = c.months().iter().map(|m| m.category.clone()).collect();
        seen.dedup();
        Ok(seen.len() > 1)
    });
    holds("pay below the minimum", (128, 20), career(), |c| {
        let minimum = |m: &cnss_core::insured::InsuredMonth| tg.minimum_wage.at(m.month.first_day());
        Ok(c.months().iter().any(|m| minimum(m).is_some_and(|line| m.wage < line.value)))
    });
}

#[test]
fn households_have_twins_and_children_of_every_standing() {
    let home = || strategy::household(2024);
    let twins = |home: &strategy::Household| {
        let mut births: Vec<_> = home.children.iter().map(|c| c.birth_date).collect();
        births.sort_unstable();
        births.windows(2).any(|pair| pair[0] == pair[1])
    };
    holds("twins", (256, 10), home(), |h| Ok(twins(&h)));
    holds("students", (128, 20), home(), |h| Ok(h.children.iter().any(|c| c.student)));
    holds("disabled", (128, 10), home(), |h| Ok(h.children.iter().any(|c| c.disabled)));
    holds("everybody is born in order", (256, 80), home(), |h| {
        for child in &h.children {
            prop_assert!(child.birth_date > h.birth_date && child.birth_date <= super::day("2024-12-31"));
        }
        Ok(!h.children.is_empty())
    });
}
