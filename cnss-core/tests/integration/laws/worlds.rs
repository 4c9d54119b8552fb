//! Whole lives of a fund on the reference store: whatever employers do in whatever order, the books
//! agree with the declarations that stand, and with what workers see.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cnss_core::calendar::Quarter;
use cnss_core::declaration::Filed;
use cnss_core::desk::Desk;
use cnss_core::fund::Fund;
use cnss_core::memory::MemoryStore;
use cnss_core::strategy::{self, Answer, Command, Script, Step};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use rust_decimal::Decimal;

use super::holds;

/// One runtime for all scripts: a memory store never really waits.
static WAIT: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));

pub fn played(fund: &Arc<Fund>, script: &Script) -> (Desk, Vec<Answer>) {
    let desk = Desk::new(Arc::new(MemoryStore::new()), Arc::clone(fund));
    let answers = WAIT.block_on(script.play(&desk)).expect("memory answers");
    (desk, answers)
}

/// The declarations that stand at the end: of each employer and quarter the last that was filed.
fn standing(script: &Script, answers: &[Answer]) -> BTreeMap<(usize, Quarter), Filed> {
    let mut last = BTreeMap::new();
    for (Step { command, .. }, answer) in script.steps.iter().zip(answers) {
        if let (Command::File(place, quarter), Answer::Filed(filed)) = (command, answer) {
            last.insert((*place, *quarter), filed.clone());
        }
    }
    last
}

fn books_agree(fund: &Fund, desk: &Desk, script: &Script, answers: &[Answer]) -> Result<bool, TestCaseError> {
    let standing = standing(script, answers);
    let end = script.steps.last().expect("registered").at.date_naive();
    for (place, workplace) in script.workplaces.iter().enumerate() {
        let own = || standing.iter().filter(|((of, _), _)| *of == place).map(|(_, filed)| filed);
        let account =
            WAIT.block_on(desk.contribution_account(workplace.filer(), end)).expect("registered").statement;
        // What is owed is what stands declared.
        let owed: Decimal = account.obligations.iter().map(|o| o.due.amount()).sum();
        let declared: Decimal = own().map(|filed| filed.contributions.amount()).sum();
        prop_assert_eq!(owed, declared, "contributions of {}", workplace.employer.name);
        // What arrived is set against debts, covers surcharges, or is a credit.
        let arrived = |step: &Step| match step.command {
            Command::Pay(of, amount) if of == place => amount.amount(),
            _ => Decimal::ZERO,
        };
        let arrived: Decimal = script.steps.iter().map(arrived).sum();
        let paid: Decimal =
            account.obligations.iter().map(|o| o.paid.amount() + o.surcharge_paid.amount()).sum();
        prop_assert_eq!(arrived, paid + account.credit.amount());
        // What workers see is what stands declared.
        let mut seen = Decimal::ZERO;
        for hired in &workplace.staff {
            let actor = cnss_core::access::Actor {
                account: cnss_core::id::AccountId(hired.person.id.0),
                subject: cnss_core::access::Subject::Insured(hired.person.id),
            };
            let at = cnss_core::decision::Moment {
                now: script.steps.last().expect("registered").at,
                today: end,
                entropy: cnss_core::decision::Entropy::new([9; 32]),
            };
            let account = WAIT.block_on(desk.individual_account(actor, &at)).expect("registered");
            let wages = account.months.iter().map(|m| m.declared.wage.amount());
            seen += wages.sum::<Decimal>();
            prop_assert!(account.career.months().windows(2).all(|pair| pair[0].month < pair[1].month));
        }
        let wages: Decimal = own().map(|filed| filed.wages.amount()).sum();
        prop_assert_eq!(seen, wages, "wages of {}", workplace.employer.name);
        // Every entry sums to zero, and so do all of them.
        let entries =
            WAIT.block_on(desk.store().entries(workplace.employer.id, i64::MIN, 1_000)).expect("memory");
        for (_, entry) in &entries {
            let sum = entry.postings().iter().try_fold(fund.currency.zero(), |sum, p| sum.plus(p.amount));
            prop_assert!(sum.expect("one currency").is_zero());
        }
    }
    Ok(!standing.is_empty())
}

/// Scripts are refused where a fault was put in on purpose and nowhere else; the books agree at the
/// end; a filing that is sent again changes nothing; and the same script on another empty store gives
/// the same answers. Benin and Tunisia book nothing yet, see `super::refusals`.
#[test]
fn books_agree_with_declarations_whatever_is_done() {
    for (code, least) in [("tg", 15), ("ma", 15), ("dj", 15), ("example", 15)] {
        let fund = Arc::new(Fund::builtin(code).expect("built in"));
        let first = "2023-T1".parse().expect("a quarter");
        holds(code, (40, least), strategy::script(&fund, first, 4..=30), |script| {
            let (desk, answers) = played(&fund, &script);
            for (step, answer) in script.steps.iter().zip(&answers) {
                prop_assert_eq!(answer.refusal().is_none(), step.sound, "{:?}: {:?}", step, answer);
            }
            let mut last: BTreeMap<usize, &Filed> = BTreeMap::new();
            for (step, answer) in script.steps.iter().zip(&answers) {
                match (&step.command, answer) {
                    (Command::File(place, _), Answer::Filed(filed)) => {
                        last.insert(*place, filed);
                    }
                    (Command::FileAgain(place), Answer::Filed(filed)) => {
                        prop_assert_eq!(last.get(place).copied(), Some(filed), "the first answer again");
                    }
                    _ => {}
                }
            }
            let (_, again) = played(&fund, &script);
            prop_assert_eq!(format!("{answers:?}"), format!("{again:?}"), "played again");
            books_agree(&fund, &desk, &script, &answers)
        });
    }
}
