//! How the figures of a month's contributions came about (motifs): the wages, the limits that
//! pay was brought to, each rate's step, the due date.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::AssessedLine;
use super::rates::{Held, MonthRate, MonthRates, Taken};
use super::sum::Assessor;
use crate::exact::Exact;
use crate::explain::{Figure, Op, Origin, Piece, Step, Value, Working, plain, shown_money};
use crate::fund::{Computed, Payer, Rate};
use crate::money::{Money, MoneyError};
use crate::refusal::Refusal;

impl MonthRates<'_> {
    /// What one worker paid `wage` owes to these branches, borne by these payers: each rate's
    /// part, with its step.
    pub(crate) fn shares_of(
        &self,
        wage: Decimal,
        (branches, payers): (&[Arc<str>], &[Payer]),
        working: &mut Working,
    ) -> Result<Vec<Figure>, Refusal> {
        let minor = Money::new(wage, self.fund.currency)?.to_minor()?;
        let rules = &self.fund.contributions;
        let mut shares = Vec::new();
        for rate in &self.rates {
            let Some(branch) = rules.branches.get(rate.rule.branch) else { continue };
            if !branches.contains(&branch.code) || !payers.contains(&rate.rule.payer) {
                continue;
            }
            self.known_for(rate, minor)?;
            let (_, amount, rounded) = self.take(rate, minor)?;
            let money = Money::from_minor(amount, self.fund.currency)?;
            let mut figure = Figure::bare(Exact::of(money.amount()));
            if working.keeps() {
                let base = rules.bases.get(rate.rule.base).ok_or(MoneyError::TooLarge)?;
                let pay = self.fund.pay_of(base, wage, &self.asked(), working)?.pieces(self.fund.currency);
                let way = rounded.then(|| self.way(working)).flatten();
                figure.step = working.once(|| self.worker_step(rate, &branch.label, money, pay, way));
            }
            shares.push(figure);
        }
        Ok(shares)
    }

    /// How contributions are rounded, as a step that stands once.
    fn way(&self, working: &mut Working) -> Option<Piece> {
        let rule = &self.fund.contributions.rounding;
        let line = rule.find(&self.asked())?;
        let value = Value::Word(self.rounding.word());
        let step = working
            .once(|| rule.cite(line, &self.asked()).step(Op::Read, value, vec![Piece::law(value, "")]));
        Some(Piece::Value(value, Figure { exact: Exact::ZERO, step }.origin()))
    }

    /// What one rate takes of one worker's pay, as a step.
    fn worker_step(
        &self,
        rate: &MonthRate<'_>,
        branch: &Arc<str>,
        amount: Money,
        mut pieces: Vec<Piece>,
        way: Option<Piece>,
    ) -> Step {
        let labels = &self.fund.contributions.labels;
        let payer = if rate.rule.payer == Payer::Employer { &labels.employer } else { &labels.worker };
        let label = Arc::from(format!("{branch}, {payer}"));
        let cite = rate.rule.rate.cite(rate.line, &self.asked()).labelled(&label);
        let value = Value::Money(amount);
        match rate.line.value {
            Rate::PerHead(_) => cite.step(Op::Read, value, vec![Piece::law(value, "per_head")]),
            Rate::Share(share) => {
                pieces.extend([Piece::Sign("×"), Piece::law(Value::Rate(share), "")]);
                let Some(way) = way else { return cite.step(Op::Formula, value, pieces) };
                let unit = Decimal::new(1, u32::from(self.fund.currency.exponent()));
                let to = Piece::Value(Value::Number(unit), Origin::Plain);
                pieces.extend([Piece::Sign("≈"), way, to]);
                cite.step(Op::Round, value, pieces)
            }
        }
    }
}

impl Assessor<'_> {
    /// How every figure came about.
    pub(super) fn explain(
        &self,
        lines: &[AssessedLine],
        wages: Money,
        working: &mut Working,
    ) -> Result<(), MoneyError> {
        let (rates, fund) = (self.rates, self.rates.fund);
        let rules = &fund.contributions;
        let asked = rates.asked();
        let workers = Value::Count(self.workers.into(), "workers");
        let declared = working.step(|| {
            plain(
                "declared_wages",
                &rules.labels.wages,
                Op::Given,
                Value::Money(wages),
                vec![Piece::given(workers)],
            )
        });
        let single = self.first.filter(|_| self.workers == 1);
        let mut pays: Vec<Option<Vec<Piece>>> = Vec::new();
        for (held, limited) in rates.bases.iter().zip(&self.limited) {
            pays.push(match single {
                Some(wage) => {
                    let pay =
                        fund.pay_of(held.base, wage, &asked, working).map_err(|_| MoneyError::TooLarge)?;
                    let wage = Figure { exact: Exact::ZERO, step: declared }.origin();
                    Some(pay.pieces_of(&wage, fund.currency))
                }
                None => {
                    if *limited > 0 {
                        self.limits(held, *limited, working);
                    }
                    None
                }
            });
        }
        // A total is rounded once; workers one by one.
        let rounded = match rates.computed {
            Computed::Worker => self.rounded,
            Computed::Total => self.total_rounded(),
        };
        let way = rounded.then(|| rates.way(working)).flatten();
        for (rate, line) in rates.rates.iter().zip(lines) {
            let pieces = pays.get(rate.base).and_then(Option::as_deref);
            working.step(|| self.line_step(rate, line, pieces, way.clone()));
        }
        if let Some(due) = rules.due.find(&asked) {
            working.step(|| {
                let pieces = vec![
                    Piece::given(Value::Month(rates.month)),
                    Piece::Sign("+"),
                    Piece::law(Value::Count(due.value.months_after.into(), "months"), "months_after"),
                    Piece::law(Value::Count(due.value.day.into(), "due-day"), "day"),
                ];
                rules.due.cite(due, &asked).step(
                    Op::Due,
                    Value::Date(due.value.for_month(rates.month)),
                    pieces,
                )
            });
        }
        Ok(())
    }

    /// The limits that a base brought some workers to.
    fn limits(&self, held: &Held<'_>, limited: u32, working: &mut Working) {
        let fund = self.rates.fund;
        let asked = self.rates.asked();
        let parts = [&held.base.flat, &held.base.floor, &held.base.ceiling, &held.base.above];
        for rule in parts.into_iter().filter_map(Option::as_ref) {
            let Some(line) = rule.find(&asked) else { continue };
            let shown = fund.limit(line.value, || rule.cite(line, &asked), "", &asked, working);
            // The limits were looked up before: this cannot fail here.
            let Ok(_) = shown else { continue };
            working.once(|| {
                let count = Value::Count(limited.into(), "workers");
                plain("limited", &held.base.label, Op::Given, count, Vec::new())
            });
        }
    }

    fn total_rounded(&self) -> bool {
        self.rates.rates.iter().zip(&self.sums).any(|(rate, (base, _))| match rate.taken {
            Taken::Share(fraction) => {
                let scale = self.rates.bases.get(rate.base).map_or(1, |held| held.scale);
                fraction.of_base(*base, scale, self.rates.rounding).is_ok_and(|(_, rounded)| rounded)
            }
            Taken::PerHead(_) => false,
        })
    }

    fn line_step(
        &self,
        rate: &MonthRate<'_>,
        line: &AssessedLine,
        pay: Option<&[Piece]>,
        way: Option<Piece>,
    ) -> Step {
        let fund = self.rates.fund;
        let rules = &fund.contributions;
        let payer = match line.payer {
            Payer::Employer => &rules.labels.employer,
            Payer::Worker => &rules.labels.worker,
        };
        let mut label = String::with_capacity(line.label.len().saturating_add(payer.len()).saturating_add(2));
        for part in [&*line.label, ", ", payer] {
            label.push_str(part);
        }
        let label = Arc::from(label);
        let cite = rate.rule.rate.cite(rate.line, &self.rates.asked()).labelled(&label);
        let workers = Piece::given(Value::Count(self.workers.into(), "workers"));
        let value = Value::Money(line.amount);
        if let Some(amount) = line.per_head {
            let each = Piece::law(Value::Money(amount), "per_head");
            return cite.step(Op::Formula, value, vec![workers, Piece::Sign("×"), each]);
        }
        let mut pieces = Vec::with_capacity(10);
        match pay {
            Some(pay) => pieces.extend_from_slice(pay),
            None => pieces.push(Piece::given(shown_money(Exact::of(line.base.amount()), fund.currency))),
        }
        pieces.extend([Piece::Sign("×"), Piece::law(Value::Rate(line.rate), "")]);
        let alone = self.workers == 1 || self.rates.computed == Computed::Total;
        match way {
            Some(way) if alone => {
                let unit = Decimal::new(1, u32::from(fund.currency.exponent()));
                let to = Piece::Value(Value::Number(unit), Origin::Plain);
                pieces.extend([Piece::Sign("≈"), way, to]);
                cite.step(Op::Round, value, pieces)
            }
            Some(_) => {
                pieces.extend([Piece::Sign("≈"), workers]);
                cite.step(Op::Total, value, pieces)
            }
            None => cite.step(Op::Formula, value, pieces),
        }
    }
}
