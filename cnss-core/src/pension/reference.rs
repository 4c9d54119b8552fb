//! The reference pay (salaire de référence): an average over windows of the career.

use std::borrow::Borrow;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::simulate::Case;
use crate::exact::Exact;
use crate::explain::{Figure, Op, Piece, Value, Working, plain, shown_money};
use crate::fund::mechanism::{Average, Mechanism, Window};
use crate::fund::{Dated, Pay, Paying, Rule};
use crate::insured::InsuredMonth;
use crate::refusal::Refusal;

/// The better of the windows of the rule.
pub(super) fn reference(
    case: &Case<'_>,
    rule: &Rule,
    line: &Dated<Mechanism>,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let Mechanism::Average(average) = &line.value else {
        return Err(Refusal::NoRule { rule: Arc::clone(&rule.key), date: case.asked.date });
    };
    let mut best: Option<Figure> = None;
    let mut all = Vec::with_capacity(average.windows.len());
    for (i, window) in average.windows.iter().enumerate() {
        let found = one_window(case, rule, line, average, (i, window), working)?;
        best = Some(best.map_or(found, |b| if found.exact > b.exact { found } else { b }));
        all.push(found);
    }
    let best = best.unwrap_or(Figure::bare(Exact::ZERO));
    if all.len() < 2 {
        return Ok(best);
    }
    let currency = case.fund.currency;
    Ok(working.figure(best.exact, || {
        let mut pieces = Vec::new();
        for figure in &all {
            if !pieces.is_empty() {
                pieces.push(Piece::Sign(";"));
            }
            pieces.push(figure.money(currency));
        }
        rule.cite(line, &case.asked).step(Op::Greatest, shown_money(best.exact, currency), pieces)
    }))
}

/// The months that a window takes, ascending.
enum Taken<'a> {
    /// A part of the career as it stands.
    Run(&'a [InsuredMonth]),
    /// Months chosen one by one.
    Chosen(Vec<&'a InsuredMonth>),
}

impl<'a> Taken<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a InsuredMonth> {
        let (run, chosen): (&'a [InsuredMonth], &[&'a InsuredMonth]) = match self {
            Self::Run(run) => (run, &[]),
            Self::Chosen(chosen) => (&[], chosen),
        };
        run.iter().chain(chosen.iter().copied())
    }

    fn len(&self) -> usize {
        match self {
            Self::Run(run) => run.len(),
            Self::Chosen(chosen) => chosen.len(),
        }
    }
}

/// Only insured time is taken: pay for fewer days than the fund asks for is in no average.
fn taken<'a>(case: &Case<'a>, window: &Window) -> Result<Taken<'a>, Refusal> {
    let before = case.career.before(case.entry);
    let Some(best) = window.best else {
        if case.career.whole() {
            return Ok(Taken::Run(before.get(first_taken(before, window)..).unwrap_or(&[])));
        }
        let months = insured(case, before)?;
        let first = first_taken(&months, window);
        return Ok(Taken::Chosen(months.into_iter().skip(first).collect()));
    };
    let months = match window.of {
        Some(of) => {
            let back = i32::try_from(of).unwrap_or(i32::MAX).saturating_neg();
            case.career.between(case.entry.plus(back), case.entry)
        }
        None => before,
    };
    let mut months = insured(case, months)?;
    // The best pay first; of equal pay the latest, so that the choice is always the same.
    months.sort_by(|a, b| b.wage.cmp(&a.wage).then(b.month.cmp(&a.month)));
    months.truncate(most(best));
    months.sort_by_key(|m| m.month);
    Ok(Taken::Chosen(months))
}

fn most(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Those that count as insured time.
fn insured<'a>(case: &Case<'_>, months: &'a [InsuredMonth]) -> Result<Vec<&'a InsuredMonth>, Refusal> {
    let how = case.fund.pension.insurance.need(&case.asked)?.value;
    Ok(months.iter().filter(|month| how.insures(month.days)).collect())
}

/// The place of the first month of a window that goes on to the last.
fn first_taken<M: Borrow<InsuredMonth>>(months: &[M], window: &Window) -> usize {
    if let Some(last) = window.last {
        return months.len().saturating_sub(most(last));
    }
    let years = most(window.last_years.unwrap_or(0));
    let year = |month: &M| month.borrow().month.year();
    let mut seen: Vec<i32> = Vec::new();
    for month in months.iter().rev() {
        if seen.last() != Some(&year(month)) {
            if seen.len() == years {
                break;
            }
            seen.push(year(month));
        }
    }
    let first = seen.last().copied().unwrap_or(i32::MAX);
    months.partition_point(|month| year(month) < first)
}

/// A sum of decimals that add up as whole numbers while they have the same number of decimals.
#[derive(Default)]
struct Sum {
    mantissa: i128,
    scale: u32,
    before: Decimal,
}

impl Sum {
    fn add(&mut self, amount: Decimal) -> Result<(), Refusal> {
        if amount.scale() != self.scale {
            self.before = self.total()?;
            (self.mantissa, self.scale) = (0, amount.scale());
        }
        self.mantissa = self.mantissa.checked_add(amount.mantissa()).ok_or(Refusal::AmountTooLarge)?;
        Ok(())
    }

    fn total(&self) -> Result<Decimal, Refusal> {
        Decimal::try_from_i128_with_scale(self.mantissa, self.scale)
            .ok()
            .and_then(|sum| sum.checked_add(self.before))
            .ok_or(Refusal::AmountTooLarge)
    }
}

fn one_window(
    case: &Case<'_>,
    rule: &Rule,
    line: &Dated<Mechanism>,
    average: &Average,
    (place, window): (usize, &Window),
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let currency = case.fund.currency;
    let months = taken(case, window)?;
    let mut sum = Exact::ZERO;
    let mut plain_sum = Sum::default();
    let mut terms: Vec<Piece> = Vec::new();
    let mut run: Option<(Term, u32)> = None;
    let base = average.base.as_deref().and_then(|code| case.fund.contributions.base(code));
    let mut paying = base.map(|base| Paying::new(case.fund, base, case.asked));
    let quiet = !working.keeps() && average.revalued.is_none();
    if quiet {
        let mut pays = months.iter().map(|m| (m.month, m.wage, m.category.as_deref()));
        let sum = match &mut paying {
            Some(paying) => paying.sum_of(pays)?,
            None => {
                pays.try_for_each(|(_, wage, _)| plain_sum.add(wage))?;
                plain_sum.total()?
            }
        };
        plain_sum = Sum { before: sum, ..Sum::default() };
    }
    for month in months.iter().filter(|_| !quiet) {
        let pay = match &mut paying {
            Some(paying) => paying.pay_of((month.month, month.wage), month.category.as_deref(), working)?,
            None => Pay { amount: month.wage, step: None, less: None },
        };
        let times = match &average.revalued {
            Some(name) => Some(coefficient(case, rule, name, month, working)?),
            None => None,
        };
        match times {
            Some((times, _)) => sum = sum.plus(Exact::of(pay.amount).times(Exact::of(times))?)?,
            None => plain_sum.add(pay.amount)?,
        }
        let pay = (pay, times);
        if !working.keeps() {
            continue;
        }
        run = match run {
            Some((same, n)) if same == pay => Some((same, n.saturating_add(1))),
            Some((other, n)) => {
                push_run(&mut terms, other, n, currency);
                Some((pay, 1))
            }
            None => Some((pay, 1)),
        };
    }
    if let Some((pay, n)) = run {
        push_run(&mut terms, pay, n, currency);
    }
    let sum = if average.revalued.is_some() { sum } else { Exact::of(plain_sum.total()?) };
    let words = &case.fund.pension.labels;
    let total = working.figure(sum, || {
        if terms.is_empty() {
            terms.push(Piece::plain(shown_money(Exact::ZERO, currency)));
        }
        plain("window", &words.window, Op::Formula, shown_money(sum, currency), terms)
    });
    let found = u32::try_from(months.len()).unwrap_or(u32::MAX);
    let (divisor, path) = match (window.over, window.last_years) {
        (Some(over), _) => (over, Some(format!("average.windows.{place}.over"))),
        (None, Some(_)) => {
            let mut years: Vec<i32> = months.iter().map(|m| m.month.year()).collect();
            years.dedup();
            (u32::try_from(years.len()).unwrap_or(u32::MAX).saturating_mul(12), None)
        }
        (None, None) => (found, None),
    };
    if divisor == 0 {
        return Ok(total);
    }
    let mean = sum.over(Exact::from(divisor))?;
    Ok(working.figure(mean, || {
        let value = Value::Count(divisor.into(), "months");
        let by = match path {
            Some(path) => Piece::law_at(value, path),
            None => Piece::given(value),
        };
        let pieces = vec![total.money(currency), Piece::Sign("÷"), by];
        rule.cite(line, &case.asked).step(Op::Formula, shown_money(mean, currency), pieces)
    }))
}

/// A pay, and the coefficient that revalues it with its step.
type Term = (Pay, Option<(Decimal, Option<u32>)>);

fn push_run(terms: &mut Vec<Piece>, (pay, times): Term, n: u32, currency: crate::money::Currency) {
    if !terms.is_empty() {
        terms.push(Piece::Sign("+"));
    }
    if n > 1 {
        terms.extend([Piece::given(Value::Count(n.into(), "count")), Piece::Sign("×")]);
    }
    terms.extend(pay.pieces(currency));
    if let Some((times, step)) = times {
        let origin = Figure { exact: Exact::of(times), step }.origin();
        terms.extend([Piece::Sign("×"), Piece::Value(Value::Number(times), origin)]);
    }
}

/// The coefficient of a month's year of pay and the year of the award.
fn coefficient(
    case: &Case<'_>,
    rule: &Rule,
    name: &str,
    month: &InsuredMonth,
    working: &mut Working,
) -> Result<(Decimal, Option<u32>), Refusal> {
    let no_rule = || Refusal::NoRule { rule: Arc::from(name), date: case.asked.date };
    let table = case.fund.named(rule, name).ok_or_else(no_rule)?;
    let line = table.need(&case.asked)?;
    let Mechanism::Revaluation(rows) = &line.value else { return Err(no_rule()) };
    let wanted = (month.month.year(), case.entry.year());
    let (place, row) = rows
        .rows
        .iter()
        .enumerate()
        .find(|(_, r)| (r.paid, r.awarded) == wanted)
        .ok_or_else(|| Refusal::NoRule { rule: Arc::clone(&table.key), date: month.month.first_day() })?;
    let step = working.once(|| {
        let value = Value::Number(row.times.0);
        let law = |value, name: &str| Piece::law_at(value, format!("revaluation.rows.{place}.{name}"));
        let pieces = vec![
            law(value, "times"),
            Piece::Sign("("),
            law(Value::Number(row.paid.into()), "paid"),
            Piece::Sign("→"),
            law(Value::Number(row.awarded.into()), "awarded"),
            Piece::Sign(")"),
        ];
        table.cite(line, &case.asked).step(Op::Read, value, pieces)
    });
    Ok((row.times.0, step))
}
