//! Family allowances (allocations familiales): an amount by month for each child that counts.

use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::entitlement::{Claim, Facts, Reason, check, open};
use crate::exact::Exact;
use crate::explain::{Caveat, Op, Piece, Step, Value, Working, caveats, plain, shown_money};
use crate::fund::Fund;
use crate::fund::mechanism::{Child, Mechanism};
use crate::insured::Career;
use crate::money::Money;
use crate::pension::counts;
use crate::refusal::Refusal;

/// Whose children, in which month.
#[derive(Clone, Copy, Debug)]
pub struct FamilyClaim<'a> {
    /// The month that is paid.
    pub month: Month,
    /// The children.
    pub children: &'a [Child],
    /// The insured person's career, when it is known.
    pub career: Option<&'a Career>,
    /// Monthly pay, category.
    pub claim: &'a Claim,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyBenefit {
    /// By month for all children; none when a condition is missing.
    pub amount: Option<Money>,
    /// How many children count.
    pub children: u32,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What is missing.
    pub reasons: Vec<Reason>,
    /// What to know before relying on it.
    pub caveats: Vec<Caveat>,
}

/// The allowance of one month. A child counts in the months whose first day comes before the
/// birthday that ends the right.
///
/// # Errors
/// [`Refusal::NotOffered`] for a fund without family allowances; [`Refusal::NoRule`] and
/// [`Refusal::OpenQuestion`] when the law is not known.
///
/// ```
/// use cnss_core::benefit::{FamilyClaim, family_benefit};
/// use cnss_core::entitlement::Claim;
/// use cnss_core::fund::{Fund, mechanism::Child};
/// use cnss_core::calendar::parse_date;
/// let togo = Fund::builtin("tg")?;
/// let child = Child::born(parse_date("2020-05-01")?);
/// let claim = Claim { monthly_wage: Some(100_000.into()), ..Claim::default() };
/// let asked = FamilyClaim { month: "2024-06".parse()?, children: &[child], career: None, claim: &claim };
/// assert_eq!(family_benefit(&togo, &asked)?.amount.map(|m| m.to_string()).as_deref(), Some("2000"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn family_benefit(fund: &Fund, claim: &FamilyClaim<'_>) -> Result<FamilyBenefit, Refusal> {
    let nothing = || Refusal::NotOffered { what: "family".to_owned() };
    let rules = fund.benefits.family.as_ref().ok_or_else(nothing)?;
    let mut working = Working::kept();
    let facts = Facts {
        birth_date: None,
        date: claim.month.first_day(),
        checked_on: claim.month.first_day(),
        entry: claim.month,
        career: claim.career,
        claim: claim.claim,
    };
    let mut checked = check(fund, &rules.conditions, &facts, &mut working)?;
    let asked = facts.asked();
    let ages_rule = fund.rules.get(rules.ages).ok_or_else(nothing)?;
    let ages_line = ages_rule.need(&asked)?;
    let ages = match &ages_line.value {
        Mechanism::ChildAges(ages) => ages,
        Mechanism::Open(name) => return Err(open(fund, ages_rule, name)),
        _ => return Err(nothing()),
    };
    let counted = claim.children.iter().filter(|child| counts(child, ages, asked.date)).count();
    let counted = u32::try_from(counted).unwrap_or(u32::MAX);
    working.step(|| {
        let law = Piece::law(Value::Count(ages.child.into(), "years"), "child_ages.child");
        ages_rule.cite(ages_line, &asked).step(Op::Count, Value::Count(counted.into(), "children"), vec![law])
    });
    if counted == 0 {
        checked.reasons.push(Reason::NoChild);
    }
    let amount = if checked.reasons.is_empty() {
        Some(by_rank(fund, rules.amounts, counted, &facts, &mut working)?)
    } else {
        None
    };
    let steps = working.into_steps();
    let mut caveats = caveats(&steps);
    caveats.extend(checked.unchecked.into_iter().map(Caveat::Unchecked));
    Ok(FamilyBenefit { amount, children: counted, steps, reasons: checked.reasons, caveats })
}

fn by_rank(
    fund: &Fund,
    place: usize,
    children: u32,
    facts: &Facts<'_>,
    working: &mut Working,
) -> Result<Money, Refusal> {
    let nothing = || Refusal::NotOffered { what: "family".to_owned() };
    let rule = fund.rules.get(place).ok_or_else(nothing)?;
    let line = rule.need(&facts.asked())?;
    let ranks = match &line.value {
        Mechanism::ByRank(ranks) => ranks,
        Mechanism::Open(name) => return Err(open(fund, rule, name)),
        _ => return Err(nothing()),
    };
    let mut sum = Exact::ZERO;
    let mut pieces = Vec::new();
    let mut before = 0;
    for (i, rank) in ranks.iter().enumerate() {
        let here = children.min(rank.up_to).saturating_sub(before);
        before = rank.up_to;
        if here == 0 {
            continue;
        }
        sum = sum.plus(Exact::of(rank.amount.0).times(Exact::from(here))?)?;
        if !pieces.is_empty() {
            pieces.push(Piece::Sign("+"));
        }
        pieces.extend([
            Piece::given(Value::Count(here.into(), "children")),
            Piece::Sign("×"),
            Piece::law_at(
                shown_money(Exact::of(rank.amount.0), fund.currency),
                format!("by_rank.{i}.amount"),
            ),
        ]);
    }
    if pieces.is_empty() {
        pieces.push(Piece::plain(Value::Number(Decimal::ZERO)));
    }
    let figure = working.figure(sum, || {
        rule.cite(line, &facts.asked()).step(Op::Formula, shown_money(sum, fund.currency), pieces)
    });
    working.step(|| {
        let label = fund.benefits.family.as_ref().map_or(&rule.label, |family| &family.label);
        plain(
            "amount",
            label,
            Op::Formula,
            shown_money(sum, fund.currency),
            vec![figure.money(fund.currency)],
        )
    });
    match shown_money(sum, fund.currency) {
        Value::Money(money) => Ok(money),
        _ => Err(Refusal::AmountTooLarge),
    }
}
