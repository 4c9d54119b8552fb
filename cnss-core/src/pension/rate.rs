//! The rate (taux): a table over insured units, or so much for each period worked; and points.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::simulate::Case;
use crate::calendar::Month;
use crate::entitlement::UnitCounter;
use crate::exact::Exact;
use crate::explain::{Cite, Figure, Op, Piece, Value, Working, plain, shown_money, shown_rate};
use crate::fund::mechanism::{Brackets, Incomplete, Mechanism, Points};
use crate::fund::{Asked, Dated, Rule};
use crate::insured::InsuredMonth;
use crate::refusal::Refusal;

/// The share of the reference pay.
pub(super) fn rate(
    case: &Case<'_>,
    rule: &Rule,
    line: &Dated<Mechanism>,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    match &line.value {
        Mechanism::Brackets(table) => brackets(case, rule, line, table, working),
        Mechanism::Accrual(_) => accrual(case, rule, working),
        _ => Err(Refusal::NoRule { rule: Arc::clone(&rule.key), date: case.asked.date }),
    }
}

fn brackets(
    case: &Case<'_>,
    rule: &Rule,
    line: &Dated<Mechanism>,
    table: &Brackets,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let units = case.counted.units;
    let unit = case.counted.unit.word();
    let cite = || rule.cite(line, &case.asked);
    let mut sum = Exact::ZERO;
    let mut terms: Vec<Piece> = Vec::new();
    for (i, row) in table.rows.iter().enumerate().take_while(|(_, row)| row.from <= units) {
        let end = table.rows.get(i.saturating_add(1)).map_or(u32::MAX, |next| next.from);
        if let Some(name) = row.open.as_deref().filter(|_| units < end) {
            return Err(crate::entitlement::open(case.fund, rule, name));
        }
        let at = |name: &str| format!("brackets.rows.{i}.{name}");
        if let Some(flat) = row.flat {
            sum = sum.plus(Exact::of(flat.0))?;
            if working.keeps() {
                term(&mut terms, [Piece::law_at(Value::Rate(flat.0), at("flat"))]);
            }
        }
        let (Some(each), Some(rate)) = (row.each, row.rate) else { continue };
        let within = units.min(end);
        let further = within.saturating_sub(row.from);
        let periods = match table.incomplete {
            Incomplete::Drop => Exact::from(further.checked_div(each).unwrap_or(0)),
            Incomplete::Fraction => Exact::from(further).over(Exact::from(each))?,
        };
        if periods.is_zero() {
            continue;
        }
        sum = sum.plus(periods.times(Exact::of(rate.0))?)?;
        if !working.keeps() {
            continue;
        }
        let own = case.counted.figure(case.fund, &case.asked, working)?;
        let mut pieces = Vec::with_capacity(9);
        let whole = table.incomplete == Incomplete::Drop;
        let last = if within == units {
            own.count(unit)
        } else {
            Piece::law_at(
                Value::Count(end.into(), unit),
                format!("brackets.rows.{}.from", i.saturating_add(1)),
            )
        };
        if whole {
            pieces.push(Piece::Sign("⌊"));
        }
        pieces.extend([
            Piece::Sign("("),
            last,
            Piece::Sign("−"),
            Piece::law_at(Value::Count(row.from.into(), unit), at("from")),
            Piece::Sign(")"),
            Piece::Sign("÷"),
            Piece::law_at(Value::Count(each.into(), unit), at("each")),
        ]);
        if whole {
            pieces.push(Piece::Sign("⌋"));
        }
        let value = match whole {
            true => Value::Count(i64::try_from(periods.floor()).unwrap_or(i64::MAX), "periods"),
            false => shown_rate(periods),
        };
        let counted = working.figure(periods, || cite().step(Op::Formula, value, pieces));
        let count = Piece::Value(value, counted.origin());
        term(&mut terms, [count, Piece::Sign("×"), Piece::law_at(Value::Rate(rate.0), at("rate"))]);
    }
    let found = working.figure(sum, || {
        if terms.is_empty() {
            terms.push(Piece::plain(Value::Rate(Decimal::ZERO)));
        }
        cite().step(Op::Formula, shown_rate(sum), terms)
    });
    let Some(most) = table.most.map(|m| m.0).filter(|m| Exact::of(*m) < sum) else { return Ok(found) };
    Ok(working.figure(Exact::of(most), || {
        let most = Piece::law(Value::Rate(most), "brackets.most");
        cite().step(
            Op::Least,
            shown_rate(Exact::of(table.most.map_or(Decimal::ZERO, |m| m.0))),
            vec![found.rate(), Piece::Sign(";"), most],
        )
    }))
}

fn term(terms: &mut Vec<Piece>, more: impl IntoIterator<Item = Piece>) {
    if !terms.is_empty() {
        terms.push(Piece::Sign("+"));
    }
    terms.extend(more);
}

/// Sums over the lines of a rule that were in force in the months worked.
struct ByLine<'a> {
    line: &'a Dated<Mechanism>,
    /// For the first month that it covers.
    asked: Asked<'a>,
    units: u32,
    pay: Decimal,
}

/// The months worked by line of `rule`; pay is added up only where `paid` asks for it.
fn by_line<'a>(case: &Case<'a>, rule: &'a Rule, paid: bool) -> Result<Vec<ByLine<'a>>, Refusal> {
    let how = case.fund.pension.insurance.need(&case.asked)?.value;
    let mut counter = UnitCounter::new(how);
    let mut found: Vec<ByLine<'a>> = Vec::new();
    let mut rest = case.career.before(case.entry);
    while let Some(first) = rest.first() {
        let category = first.category.as_deref().or(case.asked.category);
        let asked = Asked { date: first.month.first_day(), born: case.asked.born, category };
        let line = rule.need(&asked)?;
        let changes = rule.changes_after(asked.date);
        let until = match changes {
            Some(day) => {
                let change = Month::from_day(day);
                rest.partition_point(|m| m.month < change)
            }
            None => rest.len(),
        };
        let same = if rule.holds_for_all() {
            until
        } else {
            let of = |m: &&InsuredMonth| m.category.as_deref().or(case.asked.category) == category;
            rest.iter().take(until).take_while(of).count()
        };
        let (here, later) = rest.split_at_checked(same.max(1)).unwrap_or((rest, &[]));
        rest = later;
        let units = counter.add_all(case.career, here);
        let mut pay = Decimal::ZERO;
        for month in here.iter().filter(|_| paid) {
            pay = pay.checked_add(month.wage).ok_or(Refusal::AmountTooLarge)?;
        }
        match found.iter_mut().rev().find(|f| std::ptr::eq(f.line, line)) {
            Some(known) => {
                known.units = known.units.saturating_add(units);
                known.pay = known.pay.checked_add(pay).ok_or(Refusal::AmountTooLarge)?;
            }
            None => found.push(ByLine { line, asked, units, pay }),
        }
    }
    Ok(found)
}

fn accrual(case: &Case<'_>, rule: &Rule, working: &mut Working) -> Result<Figure, Refusal> {
    let unit = case.counted.unit.word();
    let mut sum = Exact::ZERO;
    let mut parts = Vec::new();
    let mut cite: Option<Cite> = None;
    for found in by_line(case, rule, false)? {
        let Mechanism::Accrual(accrual) = &found.line.value else { continue };
        let periods = Exact::from(found.units).over(Exact::from(accrual.each))?;
        let share = periods.times(Exact::of(accrual.rate.0))?;
        sum = sum.plus(share)?;
        let here = rule.cite(found.line, &found.asked);
        parts.push(working.figure(share, || {
            here.step(
                Op::Formula,
                shown_rate(share),
                vec![
                    Piece::given(Value::Count(found.units.into(), unit)),
                    Piece::Sign("÷"),
                    Piece::law(Value::Count(accrual.each.into(), unit), "accrual.each"),
                    Piece::Sign("×"),
                    Piece::law(Value::Rate(accrual.rate.0), "accrual.rate"),
                ],
            )
        }));
        cite = Some(here);
    }
    if let ([only], Some(_)) = (parts.as_slice(), &cite) {
        return Ok(*only);
    }
    Ok(working.figure(sum, || {
        let mut pieces = Vec::new();
        for part in &parts {
            term(&mut pieces, [part.rate()]);
        }
        if pieces.is_empty() {
            pieces.push(Piece::plain(Value::Rate(Decimal::ZERO)));
        }
        plain(&rule.key, &rule.label, Op::Formula, shown_rate(sum), pieces)
    }))
}

/// Points bought month by month, and what they give.
pub(super) fn points(
    case: &Case<'_>,
    rule: &Rule,
    line: &Dated<Mechanism>,
    points: &Points,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let currency = case.fund.currency;
    let no_rule = || Refusal::NoRule { rule: Arc::clone(&rule.key), date: case.asked.date };
    let prices = case.fund.named(rule, &points.price).ok_or_else(no_rule)?;
    let cite = || rule.cite(line, &case.asked);
    let share = working.figure(Exact::of(points.share.0), || {
        let value = Value::Rate(points.share.0);
        cite().step(Op::Read, value, vec![Piece::law(value, "points.share")])
    });
    let mut sum = Exact::ZERO;
    let mut parts = Vec::new();
    for found in by_line(case, prices, true)? {
        let Mechanism::Price(price) = &found.line.value else { return Err(no_rule()) };
        let bought = Exact::of(found.pay).times(share.exact)?.over(Exact::of(price.0))?;
        sum = sum.plus(bought)?;
        parts.push(working.figure(bought, || {
            prices.cite(found.line, &found.asked).step(
                Op::Formula,
                shown_rate(bought),
                vec![
                    Piece::given(shown_money(Exact::of(found.pay), currency)),
                    Piece::Sign("×"),
                    share.rate(),
                    Piece::Sign("÷"),
                    Piece::law(Value::Number(price.0), "price"),
                ],
            )
        }));
    }
    let all = working.figure(sum, || {
        let mut pieces = Vec::new();
        for part in &parts {
            term(&mut pieces, [part.rate()]);
        }
        if pieces.is_empty() {
            pieces.push(Piece::plain(Value::Rate(Decimal::ZERO)));
        }
        plain("points", &case.fund.pension.labels.points, Op::Formula, shown_rate(sum), pieces)
    });
    let gives = sum.times(Exact::of(points.value.0))?;
    Ok(working.figure(gives, || {
        let pieces =
            vec![all.rate(), Piece::Sign("×"), Piece::law(Value::Number(points.value.0), "points.value")];
        cite().step(Op::Formula, shown_money(gives, currency), pieces)
    }))
}
