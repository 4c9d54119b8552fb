//! Who is entitled, by birth: the conditions of a kind of pension as whole numbers.

use chrono::{Days, NaiveDate};

use super::{Cohort, PlanError, line};
use crate::calendar::age;
use crate::entitlement::open;
use crate::fund::mechanism::{Mechanism, Unit};
use crate::fund::{Asked, Fund, PensionKind, Rule};

/// Insured units of a whole month.
pub(super) fn per_month(fund: &Fund, asked: &Asked<'_>) -> Result<u32, PlanError> {
    let rule = &fund.pension.insurance;
    let how = line(rule, asked)?.value;
    match how.unit {
        Unit::Months => Ok(1),
        Unit::Days if how.month == Some(0) => Err(PlanError::shape(&rule.key, "months without a day")),
        Unit::Days => Ok(how.month.unwrap_or(31)),
        Unit::Quarters => Err(PlanError::shape(&rule.key, "insured time in quarters")),
        Unit::Years => Err(PlanError::shape(&rule.key, "insured time in years")),
    }
}

/// The latest birth of somebody who is `years` old on that day.
fn born_by(years: u32, on: NaiveDate) -> NaiveDate {
    let about = on.checked_sub_months(chrono::Months::new(years.saturating_mul(12)));
    let Some(latest) = about.and_then(|day| day.checked_add_days(Days::new(3))) else {
        return NaiveDate::MIN;
    };
    let old_enough = |birth: &NaiveDate| *birth <= on && age(*birth, on) >= years;
    latest.iter_days().rev().take(8).find(old_enough).unwrap_or(NaiveDate::MIN)
}

pub(super) fn cohorts(
    fund: &Fund,
    kind: &PensionKind,
    asked: &Asked<'_>,
    per_month: u32,
) -> Result<Vec<Cohort>, PlanError> {
    let rules: Vec<&Rule> = kind.conditions.iter().filter_map(|place| fund.rules.get(*place)).collect();
    let mut starts: Vec<NaiveDate> =
        rules.iter().flat_map(|rule| rule.entries()).filter_map(|e| e.born_from).collect();
    starts.push(NaiveDate::MIN);
    starts.sort_unstable();
    starts.dedup();
    let mut cohorts = Vec::with_capacity(starts.len());
    let mut refused = None;
    for from in starts {
        let asked = Asked { born: Some(from), ..*asked };
        let mut cohort = Cohort {
            from,
            known: true,
            born_by: NaiveDate::MAX,
            born_after: NaiveDate::MIN,
            least: 0,
            below: u32::MAX,
            ceased: false,
        };
        for rule in &rules {
            match condition(fund, rule, &asked, per_month, &mut cohort) {
                Ok(()) => {}
                Err(PlanError::Refused(refusal)) => {
                    cohort.known = false;
                    refused = refused.or(Some(refusal));
                }
                Err(shape) => return Err(shape),
            }
        }
        cohorts.push(cohort);
    }
    match refused.filter(|_| cohorts.iter().all(|c| !c.known)) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(cohorts),
    }
}

fn condition(
    fund: &Fund,
    rule: &Rule,
    asked: &Asked<'_>,
    per_month: u32,
    cohort: &mut Cohort,
) -> Result<(), PlanError> {
    let shape = |what| Err(PlanError::shape(&rule.key, what));
    match &rule.need(asked)?.value {
        Mechanism::Age(years) => cohort.born_by = cohort.born_by.min(born_by(*years, asked.date)),
        Mechanism::Younger(years) => cohort.born_after = cohort.born_after.max(born_by(*years, asked.date)),
        Mechanism::Insured(units) => cohort.least = cohort.least.max(units.div_ceil(per_month)),
        Mechanism::InsuredBelow(units) => cohort.below = cohort.below.min(units.div_ceil(per_month)),
        Mechanism::WorkCeased(needed) => cohort.ceased |= *needed,
        Mechanism::Open(name) => return Err(open(fund, rule, name).into()),
        Mechanism::Recent(_) => return shape("a condition on recent months"),
        Mechanism::Registered(_) => return shape("a condition on the registration"),
        Mechanism::Proof(_) => return shape("a condition on a paper"),
        Mechanism::Degree(_) => return shape("a condition on the loss of capacity"),
        Mechanism::PayAtLeast(_) | Mechanism::PayAtMost(_) => return shape("a condition on pay"),
        Mechanism::Category(_) => return shape("a condition on the category"),
        Mechanism::AnyOf(_) => return shape("a condition with alternatives"),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The day that divides those who are old enough from those who are not.
        #[test]
        fn births_are_divided_by_one_day(day in 0_u64..40_000, years in 1_u32..80, off in 0_u64..800) {
            let first = NaiveDate::from_ymd_opt(1940, 1, 1).expect("a day");
            let on = first.checked_add_days(Days::new(day)).expect("a day");
            let by = born_by(years, on);
            prop_assert!(age(by, on) >= years);
            let later = by.checked_add_days(Days::new(off + 1)).expect("a day");
            prop_assert!(later > on || age(later, on) < years);
            let earlier = by.checked_sub_days(Days::new(off)).expect("a day");
            prop_assert!(age(earlier, on) >= years);
        }
    }
}
