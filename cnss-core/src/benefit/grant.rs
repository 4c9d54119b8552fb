//! Grants (allocations, primes): amounts that the text fixes, by part, by month, or within bounds.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::entitlement::{Claim, Facts, Reason, check, open};
use crate::exact::Exact;
use crate::explain::{Caveat, Op, Piece, Step, Value, Working, caveats, shown_money};
use crate::fund::Fund;
use crate::fund::mechanism::Mechanism;
use crate::insured::Career;
use crate::money::Money;
use crate::refusal::{Fault, FaultKind, Refusal};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct GrantClaim<'a> {
    /// The day of the claim.
    pub date: NaiveDate,
    /// Birth date, where a condition looks at it.
    pub birth_date: Option<NaiveDate>,
    /// The parts asked for: examinations done.
    pub parts: &'a [String],
    /// How many months, for an amount by month.
    pub months: u32,
    /// The career, when it is known.
    pub career: Option<&'a Career>,
    /// Monthly pay, papers, category.
    pub claim: &'a Claim,
}

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantAmount {
    /// An amount.
    Exactly(Money),
    /// Only the bounds are known.
    Between(Money, Money),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Code of the grant.
    pub code: Arc<str>,
    /// The amount; none when a condition is missing.
    pub amount: Option<GrantAmount>,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What is missing.
    pub reasons: Vec<Reason>,
    /// What to know before relying on it.
    pub caveats: Vec<Caveat>,
}

/// The amount of the grant `code`.
///
/// # Errors
/// [`Refusal::NotOffered`] for a grant that the fund does not have; [`Refusal::Invalid`] for a part
/// that it does not have; [`Refusal::NoRule`] and [`Refusal::OpenQuestion`] when the law is not known.
pub fn grant(fund: &Fund, code: &str, claim: &GrantClaim<'_>) -> Result<Grant, Refusal> {
    let nothing = || Refusal::NotOffered { what: code.chars().take(40).collect() };
    let rules = fund.benefits.grant(code).ok_or_else(nothing)?;
    let mut working = Working::kept();
    let facts = Facts {
        birth_date: claim.birth_date,
        date: claim.date,
        checked_on: claim.date,
        entry: Month::of(claim.date),
        career: claim.career,
        claim: claim.claim,
    };
    let checked = check(fund, &rules.conditions, &facts, &mut working)?;
    let amount = if checked.reasons.is_empty() {
        Some(amount(fund, rules.amount, claim, &facts, &mut working)?)
    } else {
        None
    };
    let steps = working.into_steps();
    let mut caveats = caveats(&steps);
    caveats.extend(checked.unchecked.into_iter().map(Caveat::Unchecked));
    Ok(Grant { code: Arc::clone(&rules.code), amount, steps, reasons: checked.reasons, caveats })
}

fn amount(
    fund: &Fund,
    place: usize,
    claim: &GrantClaim<'_>,
    facts: &Facts<'_>,
    working: &mut Working,
) -> Result<GrantAmount, Refusal> {
    let currency = fund.currency;
    let money = |amount: Decimal| Money::new(amount, currency).map_err(Refusal::from);
    let rule = fund.rules.get(place).ok_or(Refusal::NotOffered { what: String::new() })?;
    let line = rule.need(&facts.asked())?;
    let cite = || rule.cite(line, &facts.asked());
    match &line.value {
        Mechanism::Parts(parts) => {
            let known = |code: &&String| !parts.iter().any(|p| *p.code == ***code);
            if let Some(at) = claim.parts.iter().position(|code| known(&code)) {
                let allowed = parts.iter().map(|p| p.code.to_string()).collect::<Vec<_>>().join(", ");
                let fault = Fault::field(format!("parts[{at}]"), FaultKind::NotAllowed { allowed });
                return Err(Refusal::Invalid(vec![fault]));
            }
            let mut sum = Exact::ZERO;
            let mut pieces = Vec::new();
            for (i, part) in
                parts.iter().enumerate().filter(|(_, p)| claim.parts.iter().any(|c| **c == *p.code))
            {
                sum = sum.plus(Exact::of(part.amount.0))?;
                if !pieces.is_empty() {
                    pieces.push(Piece::Sign("+"));
                }
                let shown = shown_money(Exact::of(part.amount.0), currency);
                pieces.push(Piece::law_at(shown, format!("parts.{i}.amount")));
            }
            if pieces.is_empty() {
                pieces.push(Piece::plain(shown_money(Exact::ZERO, currency)));
            }
            let value = shown_money(sum, currency);
            working.step(|| cite().step(Op::Formula, value, pieces));
            match value {
                Value::Money(amount) => Ok(GrantAmount::Exactly(amount)),
                _ => Err(Refusal::AmountTooLarge),
            }
        }
        Mechanism::Monthly(each) => {
            let sum = Exact::of(each.0).times(Exact::from(claim.months))?;
            let value = shown_money(sum, currency);
            working.step(|| {
                let pieces = vec![
                    Piece::given(Value::Count(claim.months.into(), "months")),
                    Piece::Sign("×"),
                    Piece::law(shown_money(Exact::of(each.0), currency), "monthly"),
                ];
                cite().step(Op::Formula, value, pieces)
            });
            match value {
                Value::Money(amount) => Ok(GrantAmount::Exactly(amount)),
                _ => Err(Refusal::AmountTooLarge),
            }
        }
        Mechanism::Range(range) => {
            let (least, most) = (money(range.least.0)?, money(range.most.0)?);
            for (amount, path) in [(least, "range.least"), (most, "range.most")] {
                let value = Value::Money(amount);
                working.step(|| cite().step(Op::Read, value, vec![Piece::law(value, path)]));
            }
            Ok(GrantAmount::Between(least, most))
        }
        Mechanism::Open(name) => Err(open(fund, rule, name)),
        _ => Err(Refusal::NotOffered { what: claim.parts.join(", ") }),
    }
}
