//! Limits on pay, and the pay that is subject to contributions (salaire soumis à cotisation).

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Fund;
use super::contributions::Base;
use super::dated::{Asked, Dated, Parameter};
use super::mechanism::Limit;
use crate::calendar::Month;
use crate::exact::Exact;
use crate::explain::{Cite, Figure, Op, Origin, Piece, Value, Working, shown_money};
use crate::money::Currency;
use crate::refusal::Refusal;

impl Fund {
    /// The minimum wage, with the step that shows it.
    pub(crate) fn minimum(
        &self,
        asked: &Asked<'_>,
        working: &mut Working,
    ) -> Result<(Decimal, Option<u32>), Refusal> {
        let line = self.minimum_wage.need(asked)?;
        let step = working.once(|| {
            let value = shown_money(Exact::of(line.value), self.currency);
            self.minimum_wage.cite(line, asked).step(Op::Read, value, vec![Piece::law(value, "")])
        });
        Ok((line.value, step))
    }

    /// The amount of a limit; `path` is where it stands in its rule's value.
    pub(crate) fn limit(
        &self,
        limit: Limit,
        cite: impl Fn() -> Cite,
        path: &str,
        asked: &Asked<'_>,
        working: &mut Working,
    ) -> Result<(Decimal, Option<u32>), Refusal> {
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match limit {
            Limit::Amount(amount) => {
                let step = working.once(|| {
                    let value = shown_money(Exact::of(amount.0), self.currency);
                    cite().step(Op::Read, value, vec![Piece::law_at(value, at("amount"))])
                });
                Ok((amount.0, step))
            }
            Limit::MinimumWage(times) => {
                let (wage, wage_step) = self.minimum(asked, working)?;
                let amount = wage.checked_mul(times.0).ok_or(Refusal::AmountTooLarge)?;
                let step = working.once(|| {
                    let wage = Figure { exact: Exact::of(wage), step: wage_step };
                    let pieces = vec![
                        wage.money(self.currency),
                        Piece::Sign("×"),
                        Piece::law_at(Value::Number(times.0), at("minimum_wage")),
                    ];
                    cite().step(Op::Formula, shown_money(Exact::of(amount), self.currency), pieces)
                });
                Ok((amount, step))
            }
        }
    }

    /// The amount of a limit, without a step.
    pub(crate) fn limit_amount(&self, limit: Limit, asked: &Asked<'_>) -> Result<Decimal, Refusal> {
        match limit {
            Limit::Amount(amount) => Ok(amount.0),
            Limit::MinimumWage(times) => {
                let wage = self.minimum_wage.need(asked)?.value;
                wage.checked_mul(times.0).ok_or(Refusal::AmountTooLarge)
            }
        }
    }

    /// Refuses a pay of which nobody knows how much counts.
    fn known(&self, base: &Base, wage: Decimal, asked: &Asked<'_>) -> Result<(), Refusal> {
        match base.open_line(asked) {
            Some((rule, line)) if wage > self.limit_amount(line.value, asked)? => {
                Err(not_known(rule, line, asked))
            }
            _ => Ok(()),
        }
    }

    /// The pay of a month on which a rate is taken, with the step of the limit that changed it.
    ///
    /// A part of the base that has no line yet on that day does not apply.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when a limit rests on a minimum wage that is not known;
    /// [`Refusal::OpenQuestion`] above what is known of the base.
    pub(crate) fn pay_of(
        &self,
        base: &Base,
        wage: Decimal,
        asked: &Asked<'_>,
        working: &mut Working,
    ) -> Result<Pay, Refusal> {
        let mut shown = |rule: &Parameter<Limit>, line: &Dated<Limit>| {
            self.limit(line.value, || rule.cite(line, asked), "", asked, working)
        };
        if let Some(rule) = &base.flat {
            // A flat income without a value is not an income of zero: it is not known.
            let (amount, step) = shown(rule, rule.need(asked)?)?;
            return Ok(Pay { amount, step, less: None });
        }
        self.known(base, wage, asked)?;
        let mut pay = Pay { amount: wage, step: None, less: None };
        if let Some((rule, line)) = in_force(base.floor.as_ref(), asked)
            && self.limit_amount(line.value, asked)? > pay.amount
        {
            let (amount, step) = shown(rule, line)?;
            pay = Pay { amount, step, less: None };
        }
        if let Some((rule, line)) = in_force(base.ceiling.as_ref(), asked)
            && self.limit_amount(line.value, asked)? < pay.amount
        {
            let (amount, step) = shown(rule, line)?;
            pay = Pay { amount, step, less: None };
        }
        if let Some((rule, line)) = in_force(base.above.as_ref(), asked) {
            let (above, step) = shown(rule, line)?;
            let rest = pay.amount.checked_sub(above).ok_or(Refusal::AmountTooLarge)?;
            pay = if rest > Decimal::ZERO {
                Pay { amount: rest, step: pay.step, less: Some((pay.amount, above, step)) }
            } else {
                // Nothing of it exceeds the limit: a step says so, since a zero is no fact.
                let zero = shown_money(Exact::ZERO, self.currency);
                let none = working.once(|| {
                    let whole = shown_money(Exact::of(pay.amount), self.currency);
                    let above = Figure { exact: Exact::of(above), step };
                    let pieces = vec![
                        Piece::Value(whole, pay.step.map_or(Origin::Given, Origin::Step)),
                        Piece::Sign("−"),
                        above.money(self.currency),
                        Piece::Sign(";"),
                        Piece::Value(zero, Origin::Plain),
                    ];
                    rule.cite(line, asked).step(Op::Greatest, zero, pieces)
                });
                Pay { amount: Decimal::ZERO, step: none, less: None }
            };
        }
        Ok(pay)
    }
}

/// A base over months in a row: its limits are looked up once for each line of the law, and the
/// step that shows one stands once for all the months in which it holds.
pub(crate) struct Paying<'a> {
    fund: &'a Fund,
    base: &'a Base,
    /// Whose law, where a month does not say.
    whose: Asked<'a>,
    held: Option<Holding<'a>>,
}

/// The limits from a month on.
struct Holding<'a> {
    asked: Asked<'a>,
    /// From this month on.
    first: Month,
    /// The first month in which they may be others.
    until: Month,
    floor: Option<Decimal>,
    ceiling: Option<Decimal>,
    /// The whole of it is the pay, within floor and ceiling.
    plain: bool,
    /// The limits as machine words, for pays with so many decimals.
    words: Option<(u32, Option<Words>)>,
    below: Option<Pay>,
    beyond: Option<Pay>,
}

/// Floor and ceiling as whole numbers of the last decimal that pays have.
#[derive(Clone, Copy)]
struct Words {
    least: i64,
    most: i64,
}

impl Words {
    /// None for limits that are finer, or beyond machine words.
    fn of(decimals: u32, floor: Option<Decimal>, ceiling: Option<Decimal>) -> Option<Self> {
        let word = |limit: Option<Decimal>, none| match limit {
            None => Some(none),
            Some(limit) => {
                let mut same = limit;
                same.rescale(decimals);
                i64::try_from(same.mantissa()).ok().filter(|_| same == limit)
            }
        };
        Some(Self { least: word(floor, i64::MIN)?, most: word(ceiling, i64::MAX)? })
    }
}

/// Where a pay lies.
enum Side {
    Below,
    Within,
    Beyond,
}

impl Holding<'_> {
    #[inline]
    fn side(&self, wage: Decimal) -> Side {
        let less = |a: Decimal, b: Decimal| match a.scale() == b.scale() {
            true => a.mantissa() < b.mantissa(),
            false => a < b,
        };
        match (self.floor, self.ceiling) {
            (Some(floor), _) if less(wage, floor) => Side::Below,
            (_, Some(ceiling)) if less(ceiling, wage) => Side::Beyond,
            _ => Side::Within,
        }
    }
}

impl<'a> Paying<'a> {
    pub const fn new(fund: &'a Fund, base: &'a Base, whose: Asked<'a>) -> Self {
        Self { fund, base, whose, held: None }
    }

    /// The pay of a month that counts, as [`Fund::pay_of`] gives it.
    pub fn pay_of(
        &mut self,
        (month, wage): (Month, Decimal),
        category: Option<&'a str>,
        working: &mut Working,
    ) -> Result<Pay, Refusal> {
        self.hold(month, category)?;
        let Some(held) = &mut self.held else { return Ok(Pay::declared(wage)) };
        if !held.plain {
            return self.fund.pay_of(self.base, wage, &held.asked, working);
        }
        let memory = match held.side(wage) {
            Side::Within => return Ok(Pay::declared(wage)),
            Side::Below => &mut held.below,
            Side::Beyond => &mut held.beyond,
        };
        match *memory {
            Some(pay) => Ok(pay),
            None => {
                let pay = self.fund.pay_of(self.base, wage, &held.asked, working)?;
                *memory = Some(pay);
                Ok(pay)
            }
        }
    }

    /// The same without steps.
    #[inline]
    pub fn amount_of(
        &mut self,
        (month, wage): (Month, Decimal),
        category: Option<&'a str>,
    ) -> Result<Decimal, Refusal> {
        self.hold(month, category)?;
        match &self.held {
            Some(held) if held.plain => match held.side(wage) {
                Side::Within => return Ok(wage),
                Side::Below => {
                    if let Some(pay) = held.below {
                        return Ok(pay.amount);
                    }
                }
                Side::Beyond => {
                    if let Some(pay) = held.beyond {
                        return Ok(pay.amount);
                    }
                }
            },
            _ => {}
        }
        Ok(self.pay_of((month, wage), category, &mut Working::quiet())?.amount)
    }

    /// What months in a row count for together, without steps: as whole numbers as long as the
    /// pays have as many decimals as the first.
    pub fn sum_of(
        &mut self,
        pays: impl Iterator<Item = (Month, Decimal, Option<&'a str>)>,
    ) -> Result<Decimal, Refusal> {
        let (mut sum, mut decimals, mut rest) = (0_i128, None, Decimal::ZERO);
        for (month, wage, category) in pays {
            self.hold(month, category)?;
            let scale = *decimals.get_or_insert(wage.scale());
            let words = match &mut self.held {
                Some(held) if held.plain => match held.words {
                    Some((known, words)) if known == scale => words,
                    _ => {
                        let words = Words::of(scale, held.floor, held.ceiling);
                        held.words = Some((scale, words));
                        words
                    }
                },
                _ => None,
            };
            match (words, i64::try_from(wage.mantissa())) {
                (Some(words), Ok(pay)) if wage.scale() == scale => {
                    // So many words as a career has months add up below 127 bits.
                    sum = sum.saturating_add(pay.max(words.least).min(words.most).into());
                }
                _ => {
                    let pay = self.amount_of((month, wage), category)?;
                    rest = rest.checked_add(pay).ok_or(Refusal::AmountTooLarge)?;
                }
            }
        }
        let sum = Decimal::try_from_i128_with_scale(sum, decimals.unwrap_or(0)).ok();
        sum.and_then(|sum| sum.checked_add(rest)).ok_or(Refusal::AmountTooLarge)
    }

    /// Looks the limits up, unless those at hand still hold.
    #[inline]
    fn hold(&mut self, month: Month, category: Option<&'a str>) -> Result<(), Refusal> {
        let category = category.or(self.whose.category);
        let known =
            |held: &Holding<'_>| held.first <= month && month < held.until && held.asked.category == category;
        if !self.held.as_ref().is_some_and(known) {
            let asked = Asked { date: month.first_day(), category, ..self.whose };
            self.held = Some(self.look_up(month, asked)?);
        }
        Ok(())
    }

    // Apart, so that the comparison before it stays small enough to stand where it is asked.
    #[cold]
    fn look_up(&self, first: Month, asked: Asked<'a>) -> Result<Holding<'a>, Refusal> {
        let (fund, base) = (self.fund, self.base);
        let parts = [&base.flat, &base.floor, &base.ceiling, &base.above, &base.open_above];
        let changes = parts.into_iter().flatten().filter_map(|rule| rule.changes_after(asked.date));
        let until = changes.chain(fund.minimum_wage.changes_after(asked.date)).min();
        let plain = base.flat.is_none() && base.above.is_none() && base.open_above.is_none();
        let amount = |rule: &'a Option<Parameter<Limit>>| {
            in_force(rule.as_ref().filter(|_| plain), &asked)
                .map(|(_, line)| fund.limit_amount(line.value, &asked))
                .transpose()
        };
        Ok(Holding {
            asked,
            first,
            // A line from within a month does not hold on its first day, which is the one asked for.
            until: Month::from_day(until.unwrap_or(NaiveDate::MAX)),
            floor: amount(&base.floor)?,
            ceiling: amount(&base.ceiling)?,
            plain,
            words: None,
            below: None,
            beyond: None,
        })
    }
}

/// The pay of one month that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pay {
    /// How much.
    pub amount: Decimal,
    /// The step of the limit that it was brought to; none for what was declared.
    pub step: Option<u32>,
    /// For a slice: the pay, the limit that it exceeds, and the limit's step.
    pub less: Option<(Decimal, Decimal, Option<u32>)>,
}

impl Pay {
    /// What was declared.
    const fn declared(amount: Decimal) -> Self {
        Self { amount, step: None, less: None }
    }

    /// How it stands in a working, where pay is a fact that was given.
    pub fn pieces(self, currency: Currency) -> Vec<Piece> {
        self.pieces_of(&Origin::Given, currency)
    }

    /// The same where pay comes from elsewhere.
    pub fn pieces_of(self, declared: &Origin, currency: Currency) -> Vec<Piece> {
        let money = |amount, step: Option<u32>| {
            Piece::Value(
                shown_money(Exact::of(amount), currency),
                step.map_or(declared.clone(), Origin::Step),
            )
        };
        match self.less {
            None => vec![money(self.amount, self.step)],
            Some((pay, above, step)) => vec![
                Piece::Sign("("),
                money(pay, self.step),
                Piece::Sign("−"),
                money(above, step),
                Piece::Sign(")"),
            ],
        }
    }
}

/// The refusal of a pay above what is known of its base.
pub(crate) fn not_known(rule: &Parameter<Limit>, line: &Dated<Limit>, asked: &Asked<'_>) -> Refusal {
    match line.basis.question.clone().or_else(|| rule.question.clone()) {
        Some(question) => Refusal::OpenQuestion { rule: Arc::clone(&rule.key), question },
        None => Refusal::NoRule { rule: Arc::clone(&rule.key), date: asked.date },
    }
}

fn in_force<'a>(
    rule: Option<&'a Parameter<Limit>>,
    asked: &Asked<'_>,
) -> Option<(&'a Parameter<Limit>, &'a Dated<Limit>)> {
    rule.and_then(|rule| rule.find(asked).map(|line| (rule, line)))
}
