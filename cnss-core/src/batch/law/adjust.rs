//! What happens to the amount of a kind of pension, before a common divisor is found.

use super::{Adjust, Amount, PlanError, books, line, minor};
use crate::entitlement::open;
use crate::exact::Exact;
use crate::fund::mechanism::{Bound, Mechanism, Of, RoundTo};
use crate::fund::{Asked, Fund, PensionKind};

/// The same before a common divisor is found.
pub(super) enum Exactly {
    OfReference(Exact),
    Fixed(Exact),
    Tiers(Vec<(u32, Exact)>),
}

pub(super) type Step = (fn(Amount) -> Adjust, Exactly);

/// The adjustments before the rounding, and the rounding, which must come last.
pub(super) fn adjustments(
    fund: &Fund,
    kind: &PensionKind,
    asked: &Asked<'_>,
    per_month: u32,
) -> Result<(Vec<Step>, RoundTo), PlanError> {
    let mut steps: Vec<Step> = Vec::new();
    let mut rounding = None;
    for rule in kind.adjustments.iter().filter_map(|place| fund.rules.get(*place)) {
        let shape = |what| PlanError::shape(&rule.key, what);
        let value = &line(rule, asked)?.value;
        // Nobody is said to have a third person, children or spouses: supplements add nothing.
        if matches!(value, Mechanism::Supplement(_) | Mechanism::None(_)) {
            continue;
        }
        if rounding.is_some() {
            return Err(shape("an adjustment after rounding"));
        }
        let share = |share: Exact, of: Of| match of {
            Of::Reference => Ok(Exactly::OfReference(share)),
            Of::Pension => Err(shape("a share of the pension itself")),
            Of::MinimumWage => {
                let wage = Exact::of(line(&fund.minimum_wage, asked)?.value);
                let amount = wage.times(share).and_then(|amount| minor(amount, fund.currency));
                amount.map(Exactly::Fixed).map_err(books)
            }
        };
        match value {
            Mechanism::Ceiling(bound) => {
                steps.push((Adjust::AtMost, bound_of(fund, bound, per_month, share)?));
            }
            Mechanism::Floor(bound) => {
                steps.push((Adjust::AtLeast, bound_of(fund, bound, per_month, share)?));
            }
            Mechanism::Add(part) => steps.push((Adjust::Plus, share(Exact::of(part.share.0), part.of)?)),
            Mechanism::Rounding(to) => rounding = Some(*to),
            Mechanism::Early(_) | Mechanism::EarlyTable(_) => {
                return Err(shape("a reduction for anticipation"));
            }
            Mechanism::Ratio(_) => return Err(shape("a pension in proportion")),
            Mechanism::Open(name) => return Err(open(fund, rule, name).into()),
            _ => {}
        }
    }
    match rounding {
        Some(to) if to.to.0 >= rust_decimal::Decimal::new(1, fund.currency.exponent().into()) => {
            Ok((steps, to))
        }
        _ => Err(PlanError::shape(&kind.code, "an amount that is not rounded to the smallest unit")),
    }
}

fn bound_of(
    fund: &Fund,
    bound: &Bound,
    per_month: u32,
    share: impl Fn(Exact, Of) -> Result<Exactly, PlanError>,
) -> Result<Exactly, PlanError> {
    let amount = |number: rust_decimal::Decimal| minor(Exact::of(number), fund.currency).map_err(books);
    match (bound.amount, bound.share.zip(bound.of)) {
        (Some(number), _) => Ok(Exactly::Fixed(amount(number.0)?)),
        (None, Some((part, of))) => share(Exact::of(part.0), of),
        (None, None) => {
            let tier = |tier: &crate::fund::mechanism::Tier| {
                Ok((tier.units.div_ceil(per_month), amount(tier.amount.0)?))
            };
            Ok(Exactly::Tiers(bound.tiers.iter().map(tier).collect::<Result<_, PlanError>>()?))
        }
    }
}
