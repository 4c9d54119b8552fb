//! Laws that hold for every fund and everybody, tried on random people and worlds.
//!
//! Each law says where it comes from and where it ends: what the law of a fund itself breaks is no
//! fault of the engine, and stands as a plain case with its arithmetic.

mod benefits;
mod certificates;
mod contributions;
mod generators;
mod pensions;
mod refusals;
mod regressions;
mod robust;
mod time;
mod worlds;

use std::cell::Cell;
use std::sync::LazyLock;

use cnss_core::calendar::parse_date;
use cnss_core::fund::Fund;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

/// Every fund that comes with the library.
pub static FUNDS: LazyLock<Vec<Fund>> = LazyLock::new(|| {
    Fund::builtin_codes().iter().map(|code| Fund::builtin(code).expect("built in")).collect()
});

pub fn fund(code: &str) -> &'static Fund {
    FUNDS.iter().find(|fund| fund.code == code).expect("built in")
}

pub fn day(text: &str) -> chrono::NaiveDate {
    parse_date(text).expect("a day")
}

/// Tries a law on so many cases. The law says of each case whether it applied: a law that applies
/// to fewer than `least` of a hundred cases proves nothing, and fails; `least` is never nothing.
pub fn holds<S: Strategy>(
    what: &str,
    (cases, least): (u32, u32),
    strategy: S,
    law: impl Fn(S::Value) -> Result<bool, TestCaseError>,
) {
    assert!(least > 0, "{what}: a law that need not apply proves nothing");
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let applied = Cell::new(0_u32);
    let result = runner.run(&strategy, |case| {
        applied.set(applied.get() + u32::from(law(case)?));
        Ok(())
    });
    match result {
        Ok(()) => assert!(
            applied.get() * 100 >= least * cases,
            "{what}: the law applied to {} of {cases} cases only",
            applied.get()
        ),
        Err(TestError::Fail(why, case)) => panic!("{what}: {why}\n{case:#?}"),
        Err(TestError::Abort(why)) => panic!("{what}: {why}"),
    }
}
