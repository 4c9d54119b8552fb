//! From when a pension could be paid (date possible de départ), when work goes on until then.
//!
//! Every condition is asked again on the day that is announced, with the career as it will be. The
//! one rule to remember: a day is only announced when the right is open on it.

use chrono::NaiveDate;

use super::simulate::NOTHING_CLAIMED;
use crate::calendar::Month;
use crate::entitlement::{Claim, Facts, Reason, check};
use crate::explain::Working;
use crate::fund::mechanism::{Mechanism, Start, Unit};
use crate::fund::{Asked, Fund, PensionKind};
use crate::insured::{Career, InsuredMonth};

/// How often a day is put off before none is announced: a condition that is met moves another at
/// most a few times.
const TRIES: u32 = 60;

/// The first month from which `kind` could be paid if work went on until then, counting from
/// `today` (nothing is paid for a month that has begun); none when the rules are not known, or
/// when more than work and time is needed.
///
/// ```
/// use cnss_core::{calendar::parse_date, fund::Fund, insured::Career, pension::first_award};
/// let togo = Fund::builtin("tg")?;
/// // 180 months from April 2024 on are complete with March 2039; the age of 60 comes before.
/// let (birth, today) = (parse_date("1975-06-20")?, parse_date("2024-03-10")?);
/// let first = first_award(&togo, birth, &Career::default(), "normal", today);
/// assert_eq!(first, Some(parse_date("2039-04-01")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn first_award(
    fund: &Fund,
    birth_date: NaiveDate,
    career: &Career,
    kind: &str,
    today: NaiveDate,
) -> Option<NaiveDate> {
    first_award_of(fund, birth_date, (career, &NOTHING_CLAIMED), kind, today)
}

/// The same for somebody who brings papers.
pub(crate) fn first_award_of(
    fund: &Fund,
    birth_date: NaiveDate,
    (career, claim): (&Career, &Claim),
    kind: &str,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let kind = fund.pension.kind(kind)?;
    let coming = Month::of(today).plus(1);
    let next = career.last().map_or(coming, |last| last.plus(1)).max(coming);
    let mut entry = coming;
    for _ in 0..TRIES {
        let then = worked_until(career, next, entry);
        let facts = Facts {
            birth_date: Some(birth_date),
            date: entry.first_day(),
            checked_on: entry.first_day(),
            // Months that are declared beyond the entry are not worked by then.
            entry,
            career: Some(&then),
            claim,
        };
        let checked = check(fund, &kind.conditions, &facts, &mut Working::quiet()).ok()?;
        if checked.reasons.is_empty() {
            let reached = checked.reached_on.map(Month::of).filter(|month| *month >= entry);
            let later = reached.filter(|_| next_month(fund, kind, &facts.asked()));
            let Some(month) = later else { return Some(entry.first_day()) };
            // The month after: whoever works until then may have too much for what is asked.
            entry = month.plus(1);
            continue;
        }
        let how = fund.pension.insurance.find(&facts.asked())?.value;
        let mut at_least = entry.plus(1);
        for reason in &checked.reasons {
            at_least = at_least.max(match reason {
                Reason::AgeNotReached { reached_on: day, .. }
                | Reason::RegisteredTooLate { enough_on: day, .. } => first_of(*day),
                Reason::TooFewUnits { needed, counted, .. }
                | Reason::TooFewRecent { needed, counted, .. } => {
                    let missing = needed.saturating_sub(*counted);
                    let months = match how.unit {
                        Unit::Days => missing.div_ceil(how.month.unwrap_or(31).max(1)),
                        Unit::Months => missing,
                        // The first and the last of them may need one month only.
                        Unit::Quarters => missing.saturating_mul(3).saturating_sub(4).max(1),
                        // Months that make no year yet are counted, but not told.
                        Unit::Years => missing.saturating_sub(1).saturating_mul(12).saturating_add(1),
                    };
                    // Each month that passes brings one at most.
                    entry.plus(match reason {
                        Reason::TooFewUnits { .. } => i32::try_from(months).unwrap_or(i32::MAX),
                        // Every month that passes may take one away: they are tried one by one.
                        _ => 1,
                    })
                }
                // Another way to what the reason before it says: no time of its own.
                Reason::OrElse { .. } => continue,
                Reason::AgePassed { .. }
                | Reason::OtherCategory { .. }
                | Reason::TooManyUnits { .. }
                | Reason::WorkNotCeased { .. }
                | Reason::ProofMissing { .. }
                | Reason::DegreeTooLow { .. }
                | Reason::PayTooLow { .. }
                | Reason::PayTooHigh { .. }
                | Reason::NoChild => return None,
            });
        }
        entry = at_least;
    }
    None
}

/// The first month that begins on that day or later.
fn first_of(day: NaiveDate) -> Month {
    let month = Month::of(day);
    if month.first_day() == day { month } else { month.plus(1) }
}

/// The career before `entry`, with a whole month of work in every month from `next` on.
fn worked_until(career: &Career, next: Month, entry: Month) -> Career {
    let wage = career.months().last().map_or(rust_decimal::Decimal::ONE, |month| month.wage);
    let more =
        next.through(entry.plus(-1)).map(|month| InsuredMonth { month, wage, days: None, category: None });
    Career::from_insured(career.before(entry).iter().cloned().chain(more))
}

/// True when the law pays from the month after that in which the conditions are met.
fn next_month(fund: &Fund, kind: &PensionKind, asked: &Asked<'_>) -> bool {
    let rule = kind.start.and_then(|place| fund.rules.get(place));
    rule.and_then(|rule| rule.find(asked))
        .is_some_and(|line| matches!(line.value, Mechanism::Start(Start::NextMonth)))
}
