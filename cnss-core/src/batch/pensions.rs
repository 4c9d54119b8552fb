//! Pensions of many persons at once (pensions d'une population): one pass over each person's last
//! months, one division at the end.
//!
//! The one rule to remember: a person for whom anything is out of the ordinary (a gap that reaches
//! beyond the row, a pay beyond machine words, a rule that is not known for that birth) is left to
//! the single path, never guessed.

use chrono::NaiveDate;

use super::law::{Adjust, Amount, Law, NOT_KNOWN, Rate};
use super::population::Person;
use super::{Answer, BatchError, PlanError, Population, same_length, share, spread};
use crate::calendar::Month;
use crate::fund::Fund;
use crate::insured::Career;
use crate::pension::{Subject, amount_only};
use crate::refusal::Refusal;

/// Pensions of one kind on one award date, ready to be computed from columns.
///
/// It claims nothing for anybody: no paper, no third person, no child. What the law says on that
/// day is read once; [`PensionPlan::run`] then takes no memory for a person.
#[derive(Clone, Debug)]
pub struct PensionPlan<'a> {
    fund: &'a Fund,
    kind: String,
    category: Option<String>,
    law: Law,
}

/// What one thread works on.
struct Part<'o> {
    first: usize,
    answers: &'o mut [Answer],
}

impl<'a> PensionPlan<'a> {
    /// The law of `kind` for those who ask to be paid from `award_date` on, all of one category.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where the single path would refuse everybody who meets the conditions;
    /// [`PlanError::Shape`], with the rule's key, for a mechanism that a plan does not hold.
    ///
    /// ```
    /// use cnss_core::{batch::{PensionPlan, PlanError}, calendar::parse_date, fund::Fund};
    /// let togo = Fund::builtin("tg")?;
    /// let no = PensionPlan::new(&togo, "early", parse_date("2024-06-01")?, None).expect_err("a reduction");
    /// assert!(matches!(no, PlanError::Shape { rule, .. } if &*rule == "pension.early_reduction"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        fund: &'a Fund,
        kind: &str,
        award_date: NaiveDate,
        category: Option<&str>,
    ) -> Result<Self, PlanError> {
        let law = Law::of(fund, kind, award_date, category)?;
        Ok(Self { fund, kind: kind.to_owned(), category: category.map(str::to_owned), law })
    }

    /// The first month that may be paid; months before it count.
    #[must_use]
    pub const fn entry(&self) -> Month {
        self.law.entry
    }

    /// The answer for each person, on `threads` threads.
    ///
    /// # Errors
    /// [`BatchError::Length`] and [`BatchError::Places`] for columns that do not fit together.
    pub fn run(
        &self,
        population: &Population<'_>,
        answers: &mut [Answer],
        threads: usize,
    ) -> Result<(), BatchError> {
        population.check()?;
        same_length("answers", population.births.len(), answers.len())?;
        let size = share(answers.len(), threads, 64);
        let part = |(i, answers): (usize, _)| Part { first: size.saturating_mul(i), answers };
        let parts = answers.chunks_mut(size).enumerate().map(part).collect();
        spread(parts, |part: Part<'_>| {
            for (place, answer) in (part.first..).zip(part.answers) {
                *answer = population.person(place).map_or(Answer::SinglePath, |p| self.answer(p));
            }
        })?;
        Ok(())
    }

    /// Asks the single path for those who were left to it; `career_of` gives the career of the
    /// person at a place. Gives the places that stay without an answer, each with the reason: no
    /// career was given, or the fund refuses.
    #[must_use]
    pub fn settle(
        &self,
        population: &Population<'_>,
        answers: &mut [Answer],
        mut career_of: impl FnMut(usize) -> Option<Career>,
    ) -> Vec<(usize, Option<Refusal>)> {
        let mut open = Vec::new();
        let left = answers.iter_mut().zip(population.births).enumerate();
        for (place, (answer, birth)) in left.filter(|(_, (answer, _))| **answer == Answer::SinglePath) {
            let Some(career) = career_of(place) else {
                open.push((place, None));
                continue;
            };
            match self.single(*birth, &career) {
                Ok(found) => *answer = found,
                Err(refusal) => open.push((place, Some(refusal))),
            }
        }
        open
    }

    /// The same question to the single path.
    ///
    /// # Errors
    /// As [`amount_only`].
    pub fn single(&self, birth_date: NaiveDate, career: &Career) -> Result<Answer, Refusal> {
        let claim = crate::entitlement::Claim { category: self.category.clone(), ..Default::default() };
        let subject = Subject { birth_date, award_date: self.law.date, career, claim: &claim };
        match amount_only(self.fund, &subject, &self.kind)? {
            Some(award) => Ok(Answer::Monthly(award.monthly.to_minor()?)),
            None => Ok(Answer::NotEntitled),
        }
    }

    #[inline]
    fn answer(&self, person: Person<'_>) -> Answer {
        self.entitled(person).unwrap_or(Answer::SinglePath)
    }

    /// None where the single path must be asked.
    #[inline]
    fn entitled(&self, person: Person<'_>) -> Option<Answer> {
        let law = &self.law;
        if person.birth >= law.date {
            return None;
        }
        // Pay from the entry on does not count; where work must have ceased it bars the right.
        let beyond = usize::try_from(person.until.since(law.entry).saturating_add(1)).unwrap_or(0);
        let (pay, later) = person.pay.split_at_checked(person.pay.len().saturating_sub(beyond))?;
        let end = usize::try_from(person.until.since(law.limits.first)).ok()?.saturating_add(1);
        let end = end.saturating_sub(beyond);
        let insured = match person.insured {
            Some(months) => months,
            None => u32::try_from(pay.iter().filter(|pay| **pay > 0).count()).ok()?,
        };
        let cohort = match law.cohorts.as_slice() {
            [only] => only,
            cohorts => {
                let after = cohorts.partition_point(|cohort| cohort.from <= person.birth);
                cohorts.get(after.checked_sub(1)?)?
            }
        };
        if !cohort.known {
            return None;
        }
        let entitled = person.birth <= cohort.born_by
            && person.birth > cohort.born_after
            && insured >= cohort.least
            && insured < cohort.below
            && !(cohort.ceased && later.iter().any(|pay| *pay > 0));
        if !entitled {
            return Some(Answer::NotEntitled);
        }
        self.amount(pay, end, insured, person.insured.is_some())
    }

    /// `pay` ends before the place `end` of the limits.
    #[inline]
    fn amount(&self, pay: &[i64], end: usize, insured: u32, counted: bool) -> Option<Answer> {
        let law = &self.law;
        let mut sum = 0_u64;
        for window in &law.windows {
            let found = self.window(pay, end, window.last, (insured, counted))?;
            sum = sum.max(found.wrapping_mul(window.weight));
        }
        let rate = match &law.rate {
            Rate::Table(table) => *table.get(usize::try_from(insured).ok()?)?,
            Rate::Lines(lines) => accrued(lines, pay, end, (insured, counted))?,
        };
        if rate == NOT_KNOWN || sum > law.most_sum {
            return None;
        }
        // `most_sum` was chosen so that nothing from here on overflows.
        let mut amount = sum.wrapping_mul(rate);
        for adjust in &law.adjustments {
            amount = match adjust {
                Adjust::AtMost(limit) => value(limit, sum, insured).map_or(amount, |n| amount.min(n)),
                Adjust::AtLeast(limit) => value(limit, sum, insured).map_or(amount, |n| amount.max(n)),
                Adjust::Plus(more) => amount.wrapping_add(value(more, sum, insured).unwrap_or(0)),
            };
        }
        let monthly = law.by.quotient(amount.wrapping_add(law.more)).wrapping_mul(law.to);
        let monthly = i64::try_from(monthly).ok().filter(|_| monthly <= law.most)?;
        Some(Answer::Monthly(monthly))
    }

    /// The sum of the last so many insured months, each within its limits.
    #[inline]
    fn window(&self, pay: &[i64], end: usize, last: usize, insured: (u32, bool)) -> Option<u64> {
        let limits = &self.law.limits;
        let from = end.wrapping_sub(last);
        let rows = (pay.len().checked_sub(last))
            .and_then(|first| pay.get(first..))
            .zip(limits.floor.get(from..end))
            .zip(limits.ceiling.get(from..end));
        if let Some(((pay, floor), ceiling)) = rows {
            let (mut sum, mut bits) = (0_u64, 0_u64);
            let mut month = |pay: &i64, held: i64| {
                // One less: a month without pay shows the highest bit, as one below zero does.
                bits |= pay.wrapping_sub(1).cast_unsigned();
                sum = sum.wrapping_add(held.cast_unsigned());
            };
            if limits.capped {
                let held = floor.iter().zip(ceiling);
                pay.iter().zip(held).for_each(|(pay, (least, most))| month(pay, *pay.max(least).min(most)));
            } else {
                pay.iter().zip(floor).for_each(|(pay, least)| month(pay, *pay.max(least)));
            }
            let known = limits.unknown.get(from) == limits.unknown.get(end);
            let sound = known && usize::try_from(insured.0).is_ok_and(|insured| insured >= last);
            if bits >> self.law.pay_bits == 0 && sound {
                return Some(sum);
            }
        }
        self.with_gaps(pay, end, last, insured)
    }

    /// The same with gaps, or for less than so many months.
    #[cold]
    fn with_gaps(
        &self,
        pay: &[i64],
        end: usize,
        last: usize,
        (insured, counted): (u32, bool),
    ) -> Option<u64> {
        let limits = &self.law.limits;
        let (mut sum, mut found, mut from) = (0_u64, 0_usize, end);
        for pay in pay.iter().rev() {
            if found == last {
                break;
            }
            from = from.checked_sub(1)?;
            if *pay <= 0 {
                continue;
            }
            if pay.wrapping_sub(1) >> self.law.pay_bits != 0 {
                return None;
            }
            found = found.saturating_add(1);
            let held = (*pay).max(*limits.floor.get(from)?).min(*limits.ceiling.get(from)?);
            sum = sum.wrapping_add(held.cast_unsigned());
        }
        let known = limits.unknown.get(from)? == limits.unknown.get(end)?;
        // Where the row ends before the window is full, it must be the whole career; and nobody has
        // more months with pay than insured ones.
        let found = u32::try_from(found).ok()?;
        let full = usize::try_from(found).is_ok_and(|found| found == last);
        let whole = !counted || found == insured || (full && found < insured);
        (known && whole).then_some(sum)
    }
}

/// The rate of a career: each insured month by the line of the law under which it was worked.
fn accrued(lines: &[(usize, u64)], pay: &[i64], end: usize, (insured, counted): (u32, bool)) -> Option<u64> {
    if let ([(_, share)], true) = (lines, counted) {
        return Some(*share).filter(|n| *n != NOT_KNOWN)?.checked_mul(insured.into());
    }
    let first = end.checked_sub(pay.len())?;
    let (mut rate, mut seen, mut until) = (0_u64, 0_u64, pay.len());
    for (from, share) in lines.iter().rev() {
        let from = from.saturating_sub(first);
        let Some(here) = pay.get(from..until) else { continue };
        let months = here.iter().fold(0_u64, |n, pay| n.wrapping_add(u64::from(*pay > 0)));
        if months > 0 && *share == NOT_KNOWN {
            return None;
        }
        rate = rate.wrapping_add(share.wrapping_mul(months));
        seen = seen.wrapping_add(months);
        until = from;
        if until == 0 {
            break;
        }
    }
    (seen == u64::from(insured)).then_some(rate)
}

/// An amount over the common divisor; none below the first tier.
#[inline]
fn value(amount: &Amount, sum: u64, insured: u32) -> Option<u64> {
    match amount {
        Amount::OfSum(times) => Some(sum.wrapping_mul(*times)),
        Amount::Fixed(fixed) => Some(*fixed),
        Amount::Tiers(tiers) => {
            tiers.iter().rev().find(|(months, _)| *months <= insured).map(|(_, amount)| *amount)
        }
    }
}
