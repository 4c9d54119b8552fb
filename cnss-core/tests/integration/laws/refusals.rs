//! What the law of a fund does not settle is refused by its name, whoever asks: no figure is made up
//! for Benin's family and survivors, nor for Tunisia's pensions and benefits. Once a text is found,
//! the fund belongs among those of the other laws.

use std::sync::Arc;

use cnss_core::benefit::{FamilyClaim, Stopped, daily_benefit, family_benefit};
use cnss_core::entitlement::Claim;
use cnss_core::fund::Fund;
use cnss_core::insured::Career;
use cnss_core::pension::{Deceased, DeceasedRight, survivors};
use cnss_core::refusal::Refusal;
use cnss_core::strategy;
use cnss_core::strategy::Command;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::pensions::{case, every_paper};
use super::worlds::played;
use super::{fund, holds};

/// The question for which the fund refuses.
fn question(refusal: &Refusal) -> Option<&str> {
    match refusal {
        Refusal::OpenQuestion { question: (key, _), .. } => Some(key),
        _ => None,
    }
}

fn not_offered<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> Result<(), TestCaseError> {
    prop_assert!(matches!(answer, Err(Refusal::NotOffered { .. })), "{answer:?}");
    Ok(())
}

/// Tunisia: the coefficients of past pay and the minimum wages were not found, nor how much insured
/// time some early pensions ask for, nor the rate of proportional ones.
#[test]
fn tunisia_awards_no_pension_and_names_what_was_not_found() {
    let tn = fund("tn");
    let known = ["smig-et-revalorisation", "anticipation-stage", "taux-proportionnel"];
    assert!(known.iter().all(|key| tn.questions.contains_key(*key)));
    holds("tn", (150, 50), case(tn, 60..=80), |case| {
        let mut named = false;
        for kind in &tn.pension.kinds {
            match case.ask(tn, &kind.code, &every_paper(tn)) {
                Ok(answer) => prop_assert!(answer.award.is_none() && !answer.reasons.is_empty()),
                Err(Refusal::NoRule { .. }) => {}
                Err(refusal) => {
                    let key = question(&refusal);
                    prop_assert!(key.is_some_and(|key| known.contains(&key)), "{}: {refusal}", kind.code);
                    named = true;
                }
            }
        }
        Ok(named)
    });
}

/// Benin and Tunisia: the shares of survivors were not found; they are not offered.
#[test]
fn survivors_are_not_offered_shares_that_were_not_found() {
    for code in ["bj", "tn"] {
        let fund = fund(code);
        let some = (
            strategy::household(2025),
            strategy::amount(fund.currency, 90_000),
            strategy::date_in(2013..=2025),
        );
        holds(code, (60, 100), some, |(home, pension, date)| {
            let right = DeceasedRight::Unknown;
            let deceased = Deceased { date, pension, spouses: home.spouses, children: &home.children, right };
            not_offered(survivors(fund, &deceased))?;
            Ok(true)
        });
    }
}

/// Benin: amount and ages of the family allowances were not found. Tunisia has none here.
#[test]
fn family_allowances_that_were_not_found_are_refused() {
    let ask = |fund: &Fund, month, children: &[_]| {
        let claim = Claim { monthly_wage: Some(60_000.into()), ..every_paper(fund) };
        family_benefit(fund, &FamilyClaim { month, children, career: None, claim: &claim })
    };
    let some = (strategy::month_in(2015..=2030), prop::collection::vec(strategy::child(2000..=2014), 1..=9));
    let (bj, tn) = (fund("bj"), fund("tn"));
    holds("bj and tn", (60, 100), some, |(month, children)| {
        let refused = ask(bj, month, &children);
        let key = refused.as_ref().err().and_then(question);
        prop_assert_eq!(key, Some("allocation-montant"), "{:?}", refused);
        not_offered(ask(tn, month, &children))?;
        Ok(true)
    });
}

/// Benin: the rate of work accidents depends on a class that is not known. Tunisia: by when
/// contributions are paid was not found. So nothing is booked as owed.
#[test]
fn a_declaration_is_not_booked_where_a_rate_or_the_due_date_was_not_found() {
    for (code, why) in [("bj", "risque-classe"), ("tn", "echeance")] {
        let fund = Arc::new(Fund::builtin(code).expect("built in"));
        let first = "2025-T1".parse().expect("a quarter");
        holds(code, (40, 10), strategy::script(&fund, first, 4..=30), |script| {
            let mut named = false;
            for (step, answer) in script.steps.iter().zip(&played(&fund, &script).1) {
                if !matches!(step.command, Command::File(..)) {
                    continue;
                }
                let refusal = answer.refusal();
                prop_assert!(refusal.is_some(), "{:?}: {:?}", step, answer);
                named |= refusal.and_then(question) == Some(why);
            }
            Ok(named)
        });
    }
}

/// Benin and Tunisia: no daily benefit was found.
#[test]
fn daily_benefits_that_were_not_found_are_not_offered() {
    let codes: Vec<&str> = ["tg", "ma", "dj"]
        .iter()
        .flat_map(|code| &fund(code).benefits.daily)
        .map(|kind| &*kind.code)
        .collect();
    assert!(!codes.is_empty(), "what others offer");
    let career = Career::default();
    for code in ["bj", "tn"] {
        let fund = fund(code);
        assert!(fund.benefits.daily.is_empty(), "{code}");
        holds(code, (60, 100), strategy::date_in(2020..=2030), |from| {
            for kind in &codes {
                let (to, claim) = (from + chrono::Days::new(30), Claim::default());
                let stopped = Stopped { from, to, birth_date: None, career: &career, claim: &claim };
                not_offered(daily_benefit(fund, kind, &stopped))?;
            }
            Ok(true)
        });
    }
}
