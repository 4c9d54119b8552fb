//! The simulator (simulateur de pension): conditions, then the amount, then the caveats.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::eligibility::{Reason, check};
use super::formula::amount;
use crate::calendar::{Month, birthday};
use crate::explain::{Caveat, Step, caveats};
use crate::fund::Fund;
use crate::insured::Career;
use crate::money::Money;
use crate::refusal::{Fault, FaultKind, Refusal};

/// Which pension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// At the normal age (pension normale).
    Normal,
    /// Before it, reduced (pension anticipée).
    Early,
}

/// Whose pension, and from when.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Birth date.
    pub birth_date: NaiveDate,
    /// The day from which the pension is asked for (date de départ).
    pub award_date: NaiveDate,
    /// The career.
    pub career: &'a Career,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Which pension.
    pub kind: Kind,
    /// True when nothing is missing.
    pub eligible: bool,
    /// The pension by month; none when not eligible.
    pub monthly_amount: Option<Money>,
    /// The average pay; none when not eligible.
    pub reference_wage: Option<Money>,
    /// The share of it; none when not eligible.
    pub rate: Option<Decimal>,
    /// Months of insurance before the award date.
    pub insured_months: u32,
    /// First day that is paid; none when not eligible.
    pub starts_on: Option<NaiveDate>,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What is missing.
    pub reasons: Vec<Reason>,
    /// What to know before relying on it.
    pub caveats: Vec<Caveat>,
}

/// Simulates the old-age pension.
///
/// # Errors
/// [`Refusal::Invalid`] when the award comes before birth; [`Refusal::NoRule`] when the fund's
/// data says nothing for the award date; an amount beyond what the books accept.
///
/// ```
/// use cnss_core::insured::{Career, CareerSpan};
/// use cnss_core::pension::{Kind, Subject, simulate};
/// use cnss_core::calendar::parse_date;
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let span = CareerSpan { from: "1994-06".parse()?, to: "2024-05".parse()?, wage: 200_000.into() };
/// let career = Career::from_spans(&[span])?;
/// let subject = Subject { birth_date: parse_date("1964-05-01")?, award_date: parse_date("2024-06-01")?, career: &career };
/// let pension = simulate(&togo, &subject, Kind::Normal)?;
/// assert_eq!(pension.monthly_amount.map(|m| m.to_string()).as_deref(), Some("79900"));  // 200 000 × 39,95 %
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn simulate(fund: &Fund, subject: &Subject<'_>, kind: Kind) -> Result<Simulation, Refusal> {
    if subject.award_date <= subject.birth_date {
        return Err(Refusal::Invalid(vec![Fault::field("award_date", FaultKind::EndsBeforeStart)]));
    }
    let (reasons, mut steps, insured_months) = check(fund, subject, kind)?;
    if !reasons.is_empty() {
        let mut caveats = caveats(&steps);
        if reasons.iter().any(|reason| matches!(reason, Reason::AllowanceInstead { .. }))
            && let Some((key, text)) = &fund.old_age.allowance.question
        {
            caveats.push(Caveat::Open(Arc::clone(key), Arc::clone(text)));
        }
        return Ok(Simulation {
            kind,
            eligible: false,
            monthly_amount: None,
            reference_wage: None,
            rate: None,
            insured_months,
            starts_on: None,
            steps,
            reasons,
            caveats,
        });
    }
    let amount = amount(fund, subject, kind, insured_months)?;
    let starts_on = starts_on(fund, subject, kind, &mut steps)?;
    steps.extend(amount.steps);
    Ok(Simulation {
        kind,
        eligible: true,
        monthly_amount: Some(amount.monthly),
        reference_wage: Some(amount.reference_wage),
        rate: Some(amount.rate),
        insured_months,
        starts_on: Some(starts_on),
        caveats: caveats(&steps),
        steps,
        reasons,
    })
}

/// The first day paid: never before the month after the age and the last wage, never before
/// the day asked for, and always the first of a month where the law says so.
fn starts_on(
    fund: &Fund,
    subject: &Subject<'_>,
    kind: Kind,
    steps: &mut Vec<Step>,
) -> Result<NaiveDate, Refusal> {
    let date = subject.award_date;
    let rule = "old_age.start";
    let dated = fund.old_age.start_next_month.at(date).ok_or(Refusal::NoRule { rule, date })?;
    let start = if dated.value {
        let ages = if kind == Kind::Normal { &fund.old_age.normal_age } else { &fund.old_age.early_age };
        let reached = ages.at(date).map_or(date, |age| birthday(subject.birth_date, age.value));
        let met = Month::of(reached).plus(1);
        let asked =
            if Month::of(date).first_day() == date { Month::of(date) } else { Month::of(date).plus(1) };
        met.max(asked).first_day()
    } else {
        date
    };
    steps.push(Step {
        rule,
        label: Arc::clone(&fund.old_age.start_next_month.label),
        value: crate::explain::Value::Date(start),
        working: Vec::new(),
        basis: Some(Arc::clone(&dated.basis)),
    });
    Ok(start)
}

/// The first month from which `kind` could be paid if work went on until then, counting from
/// `today` (nothing is paid for a month that has begun); none when the rules are not known.
#[must_use]
pub fn first_award(
    fund: &Fund,
    birth_date: NaiveDate,
    career: &Career,
    kind: Kind,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let rules = &fund.old_age;
    let (ages, months) = match kind {
        Kind::Normal => (&rules.normal_age, &rules.minimum_months),
        Kind::Early => (&rules.early_age, &rules.early_minimum_months),
    };
    let age = ages.at(today)?.value;
    let needed = months.at(today)?.value;
    let by_age = Month::of(birthday(birth_date, age)).plus(1);
    let counted = u32::try_from(career.months().len()).unwrap_or(u32::MAX);
    let missing = i32::try_from(needed.saturating_sub(counted)).unwrap_or(i32::MAX);
    let coming = Month::of(today).plus(1);
    let next = career.last().map_or(coming, |last| last.plus(1)).max(coming);
    Some(by_age.max(next.plus(missing)).first_day())
}
