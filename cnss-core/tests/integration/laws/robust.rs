//! Whatever is asked on whatever day between 1973 and 2035, a fund answers or says why not.

use chrono::NaiveDate;
use cnss_core::benefit::{
    FamilyClaim, GrantAmount, GrantClaim, RightState, Stopped, daily_benefit, family_benefit, grant, rights,
};
use cnss_core::calendar::Month;
use cnss_core::declaration::assess::assess;
use cnss_core::entitlement::Claim;
use cnss_core::explain::Step;
use cnss_core::fund::Fund;
use cnss_core::fund::mechanism::Mechanism;
use cnss_core::insured::Career;
use cnss_core::ledger::{penalty, surcharge};
use cnss_core::money::Money;
use cnss_core::pension::{Deceased, DeceasedRight, Subject, amount_only, first_award, simulate, survivors};
use cnss_core::refusal::Refusal;
use cnss_core::strategy::{self, Household};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{FUNDS, holds};

/// Everything that could be asked about somebody.
#[derive(Clone, Debug)]
pub struct Facts {
    pub home: Household,
    pub date: NaiveDate,
    pub other: NaiveDate,
    pub career: Career,
    pub claim: Claim,
    pub money: Money,
    pub wages: Vec<Decimal>,
    pub days: u64,
}

/// Facts without any order: births after the award, careers without end, papers at random.
pub fn facts(fund: &'static Fund) -> impl Strategy<Value = Facts> {
    let career = prop_oneof![
        3 => strategy::winding_career(fund, 1960..=2015),
        2 => strategy::career(fund, 0..=420),
    ];
    let dates = (strategy::date_in(1973..=2035), strategy::date_in(1973..=2035));
    let year = 1973_i32..=2035;
    let wages = strategy::month_in(2000..=2030)
        .prop_flat_map(|month| prop::collection::vec(strategy::wage_near_limits(fund, month), 0..4));
    let amount = strategy::amount(fund.currency, 100_000_000);
    (
        year.prop_flat_map(strategy::household),
        dates,
        career,
        strategy::claim(fund),
        amount,
        wages,
        0_u64..=900,
    )
        .prop_map(|(home, (date, other), career, claim, money, wages, days)| Facts {
            home,
            date,
            other,
            career,
            claim,
            money,
            wages,
            days,
        })
}

/// An answer with its amounts and steps.
#[derive(Clone, Debug)]
pub struct Answered {
    pub what: String,
    pub amounts: Vec<(String, Money)>,
    pub steps: Vec<Step>,
    /// The whole answer in words, to be compared.
    pub shown: String,
}

/// Amounts by name, steps, and the whole answer in words.
type Parts = (Vec<(String, Money)>, Vec<Step>, String);

type Answers = Vec<(String, Result<Answered, Refusal>)>;

/// Asks a fund everything that there is to ask.
pub fn answers(fund: &Fund, facts: &Facts) -> Answers {
    let mut all: Answers = Vec::new();
    let mut add = |what: String, found: Result<Parts, Refusal>| {
        let answer =
            found.map(|(amounts, steps, shown)| Answered { what: what.clone(), amounts, steps, shown });
        all.push((what, answer));
    };
    let Facts { home, date, other, career, claim, money, wages, days } = facts;
    let subject = Subject { claim, ..Subject::new(home.birth_date, *date, career) };
    for kind in &fund.pension.kinds {
        let found = simulate(fund, &subject, &kind.code).map(|answer| {
            let mut amounts = Vec::new();
            if let Some(award) = answer.award {
                amounts.push(("amount".to_owned(), award.monthly));
                amounts.extend(award.later.map(|later| ("amount".to_owned(), later.monthly)));
            }
            amounts.extend(answer.short.map(|short| ("short".to_owned(), short)));
            let shown = format!("{answer:?}");
            (amounts, answer.steps, shown)
        });
        add(format!("pension.{}", kind.code), found);
    }
    // Enough for every fund, in its own units: the condition is checked, and its step verified.
    let right = DeceasedRight::Insured(3_240);
    let deceased =
        Deceased { date: *date, pension: *money, spouses: home.spouses, children: &home.children, right };
    let found = survivors(fund, &deceased).map(|answer| {
        let amounts = answer.shares.iter().map(|s| (s.who.code().to_owned(), s.amount)).collect();
        let shown = format!("{answer:?}");
        (amounts, answer.steps, shown)
    });
    add("survivors".to_owned(), found);
    for career in [None, Some(career)] {
        let family = FamilyClaim { month: Month::of(*date), children: &home.children, career, claim };
        let found = family_benefit(fund, &family).map(|answer| {
            let amounts = answer.amount.map(|a| ("amount".to_owned(), a)).into_iter().collect();
            let shown = format!("{answer:?}");
            (amounts, answer.steps, shown)
        });
        add("family".to_owned(), found);
    }
    let to = date.checked_add_days(chrono::Days::new(*days)).expect("in the calendar");
    for daily in &fund.benefits.daily {
        for to in [to, *other] {
            let stopped = Stopped { from: *date, to, birth_date: Some(home.birth_date), career, claim };
            let found = daily_benefit(fund, &daily.code, &stopped).map(|answer| {
                let amounts = answer.amount.map(|a| ("amount".to_owned(), a)).into_iter().collect();
                let shown = format!("{answer:?}");
                (amounts, answer.steps, shown)
            });
            add(format!("daily.{}", daily.code), found);
        }
    }
    for kind in &fund.benefits.grants {
        let parts: Vec<String> = fund.rules[kind.amount]
            .entries()
            .iter()
            .flat_map(|line| match &line.value {
                Mechanism::Parts(parts) => parts.iter().map(|p| p.code.to_string()).take(2).collect(),
                _ => Vec::new(),
            })
            .collect();
        let asked = GrantClaim {
            date: *date,
            birth_date: Some(home.birth_date),
            parts: &parts,
            months: home.spouses,
            career: Some(career),
            claim,
        };
        let found = grant(fund, &kind.code, &asked).map(|answer| {
            let amounts = match answer.amount {
                Some(GrantAmount::Exactly(amount)) => vec![("amount".to_owned(), amount)],
                Some(GrantAmount::Between(least, most)) => {
                    vec![("least".to_owned(), least), ("most".to_owned(), most)]
                }
                None => Vec::new(),
            };
            let shown = format!("{answer:?}");
            (amounts, answer.steps, shown)
        });
        add(format!("grant.{}", kind.code), found);
    }
    for category in &fund.contributions.categories {
        let found = assess(fund, &category.code, Month::of(*date), wages).map(|answer| {
            let amounts = answer.lines.iter().map(|line| (line.rule.to_string(), line.amount)).collect();
            let shown = format!("{answer:?}");
            (amounts, answer.steps, shown)
        });
        add(format!("contributions.{}", category.code), found);
    }
    for scheme in &fund.contributions.schemes {
        let found =
            surcharge(fund, &scheme.code, *money, *date, *other).map_err(Refusal::from).map(|answer| {
                let amounts = (!answer.steps.is_empty()).then(|| ("amount".to_owned(), answer.amount));
                let shown = format!("{answer:?}");
                (amounts.into_iter().collect(), answer.steps, shown)
            });
        add(format!("surcharge.{}", scheme.code), found);
    }
    for rule in &fund.contributions.penalties {
        let found = penalty(fund, &rule.code, *date, home.spouses, 7).map(|answer| {
            let shown = format!("{answer:?}");
            (vec![("amount".to_owned(), answer.amount)], answer.steps, shown)
        });
        add(format!("penalty.{}", rule.code), found);
    }
    for right in rights(fund, home.birth_date, career, claim, *date) {
        let shown = format!("{right:?}");
        match right.state {
            RightState::Unknown(refusal) => add(format!("right.{}", right.code), Err(refusal)),
            _ => add(format!("right.{}", right.code), Ok((Vec::new(), right.steps, shown))),
        }
    }
    all
}

/// No date between 1973 and 2035 makes a fund panic; what it refuses, it refuses with a reason that
/// names the rule, the question, or the fault of what was asked.
#[test]
fn no_date_makes_a_fund_panic() {
    for fund in FUNDS.iter() {
        holds(&fund.code, (120, 90), facts(fund), |facts| {
            let mut reasons = 0;
            for (what, answer) in answers(fund, &facts) {
                match answer {
                    Ok(answered) => {
                        prop_assert!(answered.what == what);
                        // An amount never comes without what it rests on; nor a « no » of a pension.
                        let silent = answered.steps.is_empty();
                        prop_assert!(!silent || answered.amounts.is_empty(), "{} without a step", what);
                        prop_assert!(!silent || !what.starts_with("pension."), "{} without a step", what);
                    }
                    Err(Refusal::NoRule { rule, .. }) => {
                        prop_assert!(!rule.is_empty(), "{}", what);
                        reasons += 1;
                    }
                    Err(Refusal::OpenQuestion { question: (key, text), .. }) => {
                        prop_assert!(!key.is_empty() && text.len() > 20, "{}: {:?}", what, text);
                        reasons += 1;
                    }
                    Err(Refusal::Invalid(faults)) => prop_assert!(!faults.is_empty(), "{}", what),
                    Err(Refusal::NotOffered { what: named }) => prop_assert!(!named.is_empty(), "{}", what),
                    Err(other) => prop_assert!(false, "{}: {}", what, other),
                }
            }
            for kind in &fund.pension.kinds {
                let from = first_award(fund, facts.home.birth_date, &facts.career, &kind.code, facts.date);
                prop_assert!(from.is_none_or(|from| from > facts.date), "{}", kind.code);
            }
            Ok(reasons > 0)
        });
    }
}

/// Steps kept or not, the amount is the same, and so is the refusal; an answer is a pension or
/// reasons why not, never both.
#[test]
fn an_amount_does_not_depend_on_its_explanation() {
    for fund in FUNDS.iter() {
        // Half of them old enough, and asking when work ends; the others at random.
        let someone = (facts(fund), prop::bool::ANY, 50_u32..=80).prop_map(|(facts, sensible, years)| {
            let claim =
                Claim { category: facts.claim.category.clone(), ..super::pensions::every_paper(fund) };
            match facts.career.last().filter(|_| sensible) {
                None => Facts { claim, ..facts },
                Some(last) => {
                    let date = last.plus(1).first_day();
                    let birth_date = date - chrono::Months::new(years * 12);
                    Facts { claim, date, home: Household { birth_date, ..facts.home }, ..facts }
                }
            }
        });
        let least = if ["tn", "example"].contains(&fund.code.as_str()) { 30 } else { 4 };
        holds(&fund.code, (150, least), someone, |facts| {
            let Facts { home, date, career, claim, .. } = &facts;
            let subject = Subject { claim, ..Subject::new(home.birth_date, *date, career) };
            // Tunisia pays nothing yet: there it is the refusal that must be the same.
            let mut said = false;
            for kind in &fund.pension.kinds {
                let with_steps = simulate(fund, &subject, &kind.code);
                let alone = amount_only(fund, &subject, &kind.code);
                prop_assert_eq!(with_steps.as_ref().map(|s| s.award), alone.as_ref().map(|a| *a));
                match with_steps {
                    Ok(answer) => {
                        prop_assert_eq!(answer.award.is_some(), answer.reasons.is_empty());
                        prop_assert!(answer.award.is_none() || answer.short.is_none());
                        said |= answer.award.is_some();
                    }
                    Err(refusal) => said |= fund.code == "tn" && refusal.code() == "open_question",
                }
            }
            Ok(said)
        });
    }
}
