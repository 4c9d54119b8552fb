//! The tests of somebody outside: a rule of one's own on careers, numbers in a form, and whole lives
//! of a fund on a store of one's own, all from `cnss_core::strategy`.
#![expect(clippy::expect_used, reason = "a broken promise must fail its test")]

use std::sync::{Arc, LazyLock};

use cnss_core::desk::Desk;
use cnss_core::fund::Fund;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::strategy::{self, Answer, Command};
use cnss_proptest_example::{Watched, Written, yearly_bonus};
use proptest::prelude::*;
use rust_decimal::Decimal;

static TOGO: LazyLock<Arc<Fund>> = LazyLock::new(|| Arc::new(Fund::builtin("tg").expect("built in")));

/// Eight whole years before 2020 at 100 000 F: 2020 brings 16 % of 1 200 000 F, that is 192 000 F.
#[test]
fn the_rule_is_the_one_that_was_agreed() {
    let span =
        CareerSpan::new("2012-01".parse().expect("month"), "2020-12".parse().expect("month"), 100_000.into());
    let career = Career::from_spans(&[span]).expect("a span");
    let bonus = yearly_bonus(&career, 2020, TOGO.currency).expect("an amount");
    assert_eq!(bonus.to_string(), "192000");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The bonus of any career, with holes, part months and wages at the edges of the law, is whole
    /// francs, and at most a fifth of the year's wages.
    #[test]
    fn a_bonus_is_whole_and_at_most_a_fifth(
        career in strategy::winding_career(&TOGO, 1990..=2020),
        year in 1990_i32..=2030,
    ) {
        let bonus = yearly_bonus(&career, year, TOGO.currency).expect("within the books").amount();
        let months = career.months().iter().filter(|m| m.month.year() == year);
        let wages: Decimal = months.map(|m| m.wage).sum();
        prop_assert!(bonus.fract().is_zero());
        prop_assert!(Decimal::ZERO <= bonus && bonus * Decimal::from(5) <= wages);
    }

    /// Phones are read with and without spaces, and a character too many is a fault.
    #[test]
    fn phones_are_read_as_people_type_them(
        phone in strategy::identifier(TOGO.identifiers.find("phone.mobile").expect("known")).expect("generated"),
        (wrong, _) in strategy::mistyped(TOGO.identifiers.find("phone.mobile").expect("known")).expect("generated"),
    ) {
        let mobile = TOGO.identifiers.find("phone.mobile").expect("known");
        let read = mobile.read(&phone).expect("a phone");
        prop_assert_eq!(read.value, phone.replace(' ', ""));
        prop_assert!(mobile.read(&wrong).is_err(), "{}", wrong);
    }
}

/// Whatever employers do, in whatever order: the store of one's own has counted each declaration and
/// payment that was accepted, once, and nothing that was refused or sent twice.
#[test]
fn a_store_of_ones_own_keeps_count_through_any_script() {
    let wait = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let first = "2023-T1".parse().expect("a quarter");
    let config = ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(script in strategy::script(&TOGO, first, 1..=25))| {
        let store = Arc::new(Watched::default());
        let desk = Desk::new(store.clone(), Arc::clone(&TOGO));
        let answers = wait.block_on(script.play(&desk)).expect("memory answers");
        let mut expected = Written::default();
        for (step, answer) in script.steps.iter().zip(&answers) {
            prop_assert_eq!(answer.refusal().is_none(), step.sound, "{:?}: {:?}", step, answer);
            match (&step.command, answer) {
                (Command::File(..), Answer::Filed(_)) => expected.declarations += 1,
                (Command::Pay(..), Answer::Done) => expected.payments += 1,
                _ => {}
            }
        }
        let written = store.written();
        prop_assert_eq!((written.declarations, written.payments), (expected.declarations, expected.payments));
        // One entry a month that is declared or corrected, so three a declaration at most.
        prop_assert!(written.debts <= 3 * written.declarations);
    });
}
