//! Short careers (carrières courtes): a lump sum, contributions given back, a fixed amount, or
//! missing time that may be bought.

use std::sync::Arc;

use super::adjust::Adjusting;
use super::simulate::{Case, money, reference_of};
use crate::declaration::assess::MonthRates;
use crate::entitlement::Reason;
use crate::exact::Exact;
use crate::explain::{Caveat, Figure, Op, Piece, Value, Working, plain, shown_money};
use crate::fund::mechanism::{Lump, Mechanism, Refund};
use crate::fund::{Dated, PensionKind, Rule};
use crate::money::Money;
use crate::refusal::Refusal;

/// The amount, when the fund knows one; what to know about it.
pub(super) fn short(
    case: &Case<'_>,
    kind: &PensionKind,
    working: &mut Working,
) -> (Option<Money>, Vec<Caveat>) {
    let Some(rule) = kind.short.and_then(|place| case.fund.rules.get(place)) else {
        return (None, Vec::new());
    };
    match amount(case, kind, rule, working) {
        Ok(found) => (found, Vec::new()),
        Err(Refusal::OpenQuestion { question: (key, text), .. }) => (None, vec![Caveat::Open(key, text)]),
        Err(Refusal::NoRule { rule: key, date }) => {
            let label = case.fund.law.iter().find(|own| own.key == key).map_or(&rule.label, |own| &own.label);
            (None, vec![Caveat::NoRule(Arc::clone(label), date)])
        }
        Err(_) => (None, vec![Caveat::Unverified(Arc::clone(&rule.label))]),
    }
}

/// How many missing units may be bought, when that is enough.
pub(super) fn buy_back(case: &Case<'_>, kind: &PensionKind, reasons: &[Reason]) -> Option<u32> {
    let rule = kind.buy_back.and_then(|place| case.fund.rules.get(place))?;
    let Mechanism::BuyBack(most) = rule.find(&case.asked)?.value else { return None };
    let missing = reasons.iter().map(|reason| match reason {
        Reason::TooFewUnits { needed, counted, .. } => needed.saturating_sub(*counted),
        _ => u32::MAX,
    });
    missing.max().filter(|missing| *missing <= most)
}

fn amount(
    case: &Case<'_>,
    kind: &PensionKind,
    rule: &Rule,
    working: &mut Working,
) -> Result<Option<Money>, Refusal> {
    let line = rule.need(&case.asked)?;
    let units = case.counted.units;
    let enough = |least: Option<u32>| least.is_none_or(|least| units >= least);
    let figure = match &line.value {
        Mechanism::Lump(lump) if enough(lump.least) => lump_sum(case, kind, rule, line, *lump, working)?,
        Mechanism::Refund(refund) if enough(refund.least) => refunded(case, rule, line, refund, working)?,
        Mechanism::Flat(flat) if enough(flat.least) => {
            let currency = case.fund.currency;
            match (flat.amount, flat.minimum_wage) {
                (Some(amount), _) => working.figure(Exact::of(amount.0), || {
                    let value = shown_money(Exact::of(amount.0), currency);
                    rule.cite(line, &case.asked).step(Op::Read, value, vec![Piece::law(value, "flat.amount")])
                }),
                (None, Some(times)) => {
                    let (wage, step) = case.fund.minimum(&case.asked, working)?;
                    let wage = Figure { exact: Exact::of(wage), step };
                    let exact = wage.exact.times(Exact::of(times.0))?;
                    working.figure(exact, || {
                        let times = Piece::law(Value::Number(times.0), "flat.minimum_wage");
                        let pieces = vec![wage.money(currency), Piece::Sign("×"), times];
                        rule.cite(line, &case.asked).step(Op::Formula, shown_money(exact, currency), pieces)
                    })
                }
                _ => return Ok(None),
            }
        }
        Mechanism::Open(name) => return Err(crate::entitlement::open(case.fund, rule, name)),
        _ => return Ok(None),
    };
    let rounding: Vec<usize> = kind
        .adjustments
        .iter()
        .copied()
        .filter(|place| {
            let line = case.fund.rules.get(*place).and_then(|rule| rule.find(&case.asked));
            line.is_some_and(|line| matches!(line.value, Mechanism::Rounding(_)))
        })
        .collect();
    let mut adjusting = Adjusting { case, reference: None, later: false, ends_on: None };
    let amount = adjusting.all(&rounding, figure, working)?;
    let label = &case.fund.pension.labels.short;
    let currency = case.fund.currency;
    let amount = working.figure(amount.exact, || {
        plain("short", label, Op::Formula, shown_money(amount.exact, currency), vec![amount.money(currency)])
    });
    money(amount, currency).map(Some)
}

fn lump_sum(
    case: &Case<'_>,
    kind: &PensionKind,
    rule: &Rule,
    line: &Dated<Mechanism>,
    lump: Lump,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let currency = case.fund.currency;
    let unit = case.counted.unit.word();
    let reference = reference_of(case, kind, working)?;
    let own = case.counted.figure(case.fund, &case.asked, working)?;
    let periods = case.counted.units.checked_div(lump.each).unwrap_or(0);
    let exact = reference.exact.times(Exact::of(lump.pay.0))?.times(Exact::from(periods))?;
    Ok(working.figure(exact, || {
        let pieces = vec![
            reference.money(currency),
            Piece::Sign("×"),
            Piece::law(Value::Number(lump.pay.0), "lump.pay"),
            Piece::Sign("×"),
            Piece::Sign("⌊"),
            own.count(unit),
            Piece::Sign("÷"),
            Piece::law(Value::Count(lump.each.into(), unit), "lump.each"),
            Piece::Sign("⌋"),
        ];
        rule.cite(line, &case.asked).step(Op::Formula, shown_money(exact, currency), pieces)
    }))
}

/// The contributions of the career, by the rates of each month.
fn refunded(
    case: &Case<'_>,
    rule: &Rule,
    line: &Dated<Mechanism>,
    refund: &Refund,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let currency = case.fund.currency;
    let first = case.fund.contributions.categories.first().map_or("salaried", |c| &*c.code);
    let mut sum = Exact::ZERO;
    let mut terms: Vec<(Vec<Figure>, u32)> = Vec::new();
    for month in case.career.before(case.entry) {
        let category = month.category.as_deref().or(case.asked.category).unwrap_or(first);
        let wanted = (&*refund.branches, &*refund.payers);
        let rates = MonthRates::of_branches(case.fund, category, month.month, wanted)?;
        let paid = rates.shares_of(month.wage, wanted, working)?;
        for part in &paid {
            sum = sum.plus(part.exact)?;
        }
        match terms.last_mut() {
            Some((same, n)) if *same == paid => *n = n.saturating_add(1),
            _ => terms.push((paid, 1)),
        }
    }
    Ok(working.figure(sum, || {
        let mut pieces = Vec::new();
        for (part, n) in terms.iter().flat_map(|(parts, n)| parts.iter().map(move |part| (part, n))) {
            if !pieces.is_empty() {
                pieces.push(Piece::Sign("+"));
            }
            let months = Piece::given(Value::Count((*n).into(), "months"));
            pieces.extend([months, Piece::Sign("×"), part.money(currency)]);
        }
        if pieces.is_empty() {
            pieces.push(Piece::plain(shown_money(Exact::ZERO, currency)));
        }
        rule.cite(line, &case.asked).step(Op::Formula, shown_money(sum, currency), pieces)
    }))
}
