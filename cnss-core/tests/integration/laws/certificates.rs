//! Every certificate verifies: of any right, for anybody, on any day, when the law allows an amount.

use cnss_core::certificate::Certificate;
use cnss_core::fund::Fund;
use cnss_core::verify::verify;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::robust::{Answered, Facts, answers, facts};
use super::{FUNDS, holds};

/// Makes and verifies the certificate of one answer.
pub fn certified(fund: &Fund, answered: &Answered) -> Result<(), TestCaseError> {
    let amounts: Vec<_> = answered.amounts.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
    let certificate = Certificate::new(fund, &answered.steps, &amounts)
        .map_err(|error| TestCaseError::fail(format!("{}: {error}\n{:#?}", answered.what, answered.steps)))?;
    if let Err(doubts) = verify(&certificate, fund) {
        let why = format!("{} {}: {doubts:#?}\n{certificate:#?}", fund.code, answered.what);
        return Err(TestCaseError::fail(why));
    }
    Ok(())
}

#[test]
fn every_certificate_verifies() {
    for fund in FUNDS.iter() {
        // Few are paid anything where little is known: more are asked.
        let cases = if ["bj", "tn"].contains(&fund.code.as_str()) { (200, 2) } else { (60, 15) };
        holds(&fund.code, cases, facts(fund), |facts: Facts| {
            let mut amounts = 0;
            for answered in answers(fund, &facts).into_iter().filter_map(|(_, answer)| answer.ok()) {
                prop_assert!(!answered.what.is_empty());
                certified(fund, &answered)?;
                amounts += answered.amounts.len();
            }
            Ok(amounts > 0)
        });
    }
}
