//! What happens to a pension after its rate, in the order that the fund gives: reductions,
//! supplements, floor, ceiling, rounding.

use std::sync::Arc;

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;

use super::simulate::Case;
use crate::calendar::{Month, age, birthday};
use crate::exact::Exact;
use crate::explain::{Figure, Op, Origin, Piece, Value, Working, plain, shown_money};
use crate::fund::mechanism::{Bound, Counting, Each, Early, Lasts, Mechanism, Of, RoundTo, Supplement, Whom};
use crate::fund::{Dated, Rule};
use crate::refusal::Refusal;

/// What the adjustments work on.
pub(super) struct Adjusting<'a, 'b> {
    pub case: &'b Case<'a>,
    pub reference: Option<Figure>,
    /// True to leave out the reductions that end at an age.
    pub later: bool,
    /// Set when such a reduction was met: the day on which it ends.
    pub ends_on: Option<NaiveDate>,
}

impl Adjusting<'_, '_> {
    /// Applies the rules at these places one after the other.
    pub fn all(&mut self, places: &[usize], start: Figure, working: &mut Working) -> Result<Figure, Refusal> {
        let mut amount = start;
        for rule in places.iter().filter_map(|place| self.case.fund.rules.get(*place)) {
            amount = self.one(rule, amount, working)?;
        }
        Ok(amount)
    }

    fn one(&mut self, rule: &Rule, amount: Figure, working: &mut Working) -> Result<Figure, Refusal> {
        let line = rule.need(&self.case.asked)?;
        match &line.value {
            Mechanism::Ceiling(bound) => self.bound(rule, line, ("ceiling", bound), amount, working),
            Mechanism::Floor(bound) => self.bound(rule, line, ("floor", bound), amount, working),
            Mechanism::Early(early) => self.early(rule, line, early, amount, working),
            Mechanism::EarlyTable(_) => self.early_table(rule, line, amount, working),
            Mechanism::Supplement(supplement) => self.supplement(rule, line, supplement, amount, working),
            Mechanism::Add(part) => {
                let (of, share) = (self.of(part.of, amount, working)?, part.share.0);
                let sum = amount.exact.plus(of.exact.times(Exact::of(share))?)?;
                Ok(self.formula(rule, line, sum, working, |money| {
                    let share = Piece::law(Value::Rate(share), "add.share");
                    vec![money(amount), Piece::Sign("+"), share, Piece::Sign("×"), money(of)]
                }))
            }
            Mechanism::Ratio(ratio) => self.ratio(rule, line, &ratio.over, amount, working),
            Mechanism::Rounding(to) => self.rounding(rule, line, *to, amount, working),
            Mechanism::Open(name) => Err(crate::entitlement::open(self.case.fund, rule, name)),
            _ => Ok(amount),
        }
    }

    fn formula(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        exact: Exact,
        working: &mut Working,
        pieces: impl FnOnce(&dyn Fn(Figure) -> Piece) -> Vec<Piece>,
    ) -> Figure {
        let currency = self.case.fund.currency;
        working.figure(exact, || {
            let pieces = pieces(&|figure| figure.money(currency));
            rule.cite(line, &self.case.asked).step(Op::Formula, shown_money(exact, currency), pieces)
        })
    }

    /// What a share is taken of.
    fn of(&self, of: Of, amount: Figure, working: &mut Working) -> Result<Figure, Refusal> {
        Ok(match of {
            Of::Pension => amount,
            Of::Reference => self.reference.unwrap_or(Figure::bare(Exact::ZERO)),
            Of::MinimumWage => {
                let (wage, step) = self.case.fund.minimum(&self.case.asked, working)?;
                Figure { exact: Exact::of(wage), step }
            }
        })
    }

    fn bound(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        (name, bound): (&str, &Bound),
        amount: Figure,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let currency = self.case.fund.currency;
        let law = |number: Decimal, path: &str| {
            Piece::law_at(shown_money(Exact::of(number), currency), format!("{name}.{path}"))
        };
        // Whether it bites is seen first: a limit that changes nothing is not told.
        let mut of = Figure::bare(Exact::ZERO);
        let mut tier_at = 0;
        let limit = match (bound.amount, bound.share.zip(bound.of)) {
            (Some(number), _) => Exact::of(number.0),
            (None, Some((share, what))) => {
                of = self.of(what, amount, &mut Working::quiet())?;
                let limit = of.exact.times(Exact::of(share.0))?;
                let bites = if name == "ceiling" { limit < amount.exact } else { limit > amount.exact };
                if bites {
                    of = self.of(what, amount, working)?;
                }
                limit
            }
            (None, None) => {
                let units = self.case.counted.units;
                let tier = bound.tiers.iter().enumerate().rev().find(|(_, tier)| tier.units <= units);
                let Some((i, tier)) = tier else { return Ok(amount) };
                tier_at = i;
                Exact::of(tier.amount.0)
            }
        };
        let (bites, op) = match name {
            "ceiling" => (limit < amount.exact, Op::Least),
            _ => (limit > amount.exact, Op::Greatest),
        };
        if !bites {
            return Ok(amount);
        }
        Ok(working.figure(limit, || {
            let mut all = vec![amount.money(currency), Piece::Sign(";")];
            match (bound.amount, bound.share.zip(bound.of)) {
                (Some(number), _) => all.push(law(number.0, "amount")),
                (None, Some((share, _))) => {
                    let share = Piece::law_at(Value::Rate(share.0), format!("{name}.share"));
                    all.extend([of.money(currency), Piece::Sign("×"), share]);
                }
                (None, None) => {
                    let tier = bound.tiers.get(tier_at).map_or(Decimal::ZERO, |tier| tier.amount.0);
                    all.push(law(tier, &format!("tiers.{tier_at}.amount")));
                }
            }
            rule.cite(line, &self.case.asked).step(op, shown_money(limit, currency), all)
        }))
    }

    /// Takes away a share for each period between the entry and the age at which nothing is.
    fn early(
        &mut self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        early: &Early,
        amount: Figure,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let case = self.case;
        let no_rule = || Refusal::NoRule { rule: Arc::clone(&rule.key), date: case.asked.date };
        let towards = case.fund.named(rule, &early.towards).ok_or_else(no_rule)?;
        let towards_line = towards.need(&case.asked)?;
        let Mechanism::Age(normal) = towards_line.value else { return Err(no_rule()) };
        let end = birthday(case.birth_date, normal);
        let from = case.asked.date;
        let count = periods(case.birth_date, normal, from, early.each, early.part);
        if count == 0 {
            return Ok(amount);
        }
        if early.lasts == Lasts::UntilThen {
            let month = Month::of(end);
            let whole = if month.first_day() == end { month } else { month.plus(1) };
            self.ends_on = Some(whole.first_day());
            if self.later {
                return Ok(amount);
            }
        }
        let end_step = working.step(|| {
            let pieces = vec![
                Piece::given(Value::Date(case.birth_date)),
                Piece::Sign("+"),
                Piece::law(Value::Count(normal.into(), "years"), "age"),
            ];
            towards.cite(towards_line, &case.asked).step(Op::Birthday, Value::Date(end), pieces)
        });
        let count_value = Value::Count(count.into(), early.each.unit());
        let labels = &case.fund.pension.labels;
        let cite = || {
            let whole = periods(case.birth_date, normal, from, early.each, Counting::Complete)
                == periods(case.birth_date, normal, from, early.each, Counting::Started);
            let mut cite = rule.cite(line, &case.asked);
            if whole && cite.basis.question.is_some() {
                // Whole periods leave no question open about a period begun.
                cite.basis = Arc::new(crate::fund::Basis { question: None, ..(*cite.basis).clone() });
            }
            cite
        };
        let counted = working.figure(Exact::from(count), || {
            let end = Figure { exact: Exact::ZERO, step: end_step };
            let pieces = vec![
                Piece::given(Value::Date(from)),
                Piece::Sign("→"),
                Piece::Value(Value::Date(birthday(case.birth_date, normal)), end.origin()),
                // Periods are counted back from the birthday by the day of the birth.
                Piece::Sign("("),
                Piece::given(Value::Date(case.birth_date)),
                Piece::Sign(")"),
                Piece::law(Value::Word(early.each.word()), "early.each"),
                Piece::law(Value::Word(early.part.word()), "early.part"),
            ];
            cite().labelled(&labels.early).step(Op::Periods, count_value, pieces)
        });
        let lost = Exact::of(early.take.0).times(Exact::from(count))?;
        let reduced = amount.exact.times(Exact::ONE.minus(lost)?)?.at_least(Exact::ZERO);
        let currency = case.fund.currency;
        // More periods than there is pension to take leave nothing, not less.
        let (op, nothing) = if lost > Exact::ONE {
            let zero = Piece::Value(shown_money(Exact::ZERO, currency), Origin::Plain);
            (Op::Greatest, vec![Piece::Sign(";"), zero])
        } else {
            (Op::Formula, Vec::new())
        };
        Ok(working.figure(reduced, || {
            let mut pieces = vec![
                amount.money(currency),
                Piece::Sign("×"),
                Piece::Sign("("),
                Piece::Value(Value::Rate(Decimal::ONE), Origin::Plain),
                Piece::Sign("−"),
                counted.count(early.each.unit()),
                Piece::Sign("×"),
                Piece::law(Value::Rate(early.take.0), "early.take"),
                Piece::Sign(")"),
            ];
            pieces.extend(nothing);
            cite().step(op, shown_money(reduced, currency), pieces)
        }))
    }

    fn early_table(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        amount: Figure,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let Mechanism::EarlyTable(table) = &line.value else { return Ok(amount) };
        let reached = age(self.case.birth_date, self.case.asked.date);
        let row = table.rows.iter().enumerate().rev().find(|(_, row)| row.age <= reached);
        let Some((i, row)) = row else {
            return Err(Refusal::NoRule { rule: Arc::clone(&rule.key), date: self.case.asked.date });
        };
        let kept = amount.exact.times(Exact::of(row.keep.0))?;
        Ok(self.formula(rule, line, kept, working, |money| {
            let keep = Piece::law_at(Value::Rate(row.keep.0), format!("early_table.rows.{i}.keep"));
            vec![money(amount), Piece::Sign("×"), keep]
        }))
    }

    fn supplement(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        supplement: &Supplement,
        amount: Figure,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let claim = self.case.claim;
        let given = match supplement.whom {
            Whom::ThirdPerson => u32::from(claim.third_person),
            Whom::Child => claim.children,
            Whom::Spouse => claim.spouses,
        };
        let capped = supplement.most.filter(|most| *most < given);
        let heads = capped.unwrap_or(given);
        if heads == 0 {
            return Ok(amount);
        }
        let of = self.of(supplement.of, amount, working)?;
        let more = of.exact.times(Exact::of(supplement.share.0))?.times(Exact::from(heads))?;
        let sum = amount.exact.plus(more)?;
        Ok(self.formula(rule, line, sum, working, |money| {
            let heads_value = Value::Count(heads.into(), "count");
            let heads = match capped {
                Some(_) => Piece::law(heads_value, "supplement.most"),
                None => Piece::given(heads_value),
            };
            let share = Piece::law(Value::Rate(supplement.share.0), "supplement.share");
            vec![money(amount), Piece::Sign("+"), heads, Piece::Sign("×"), share, Piece::Sign("×"), money(of)]
        }))
    }

    fn ratio(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        over: &str,
        amount: Figure,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let case = self.case;
        let no_rule = || Refusal::NoRule { rule: Arc::clone(&rule.key), date: case.asked.date };
        let required = case.fund.named(rule, over).ok_or_else(no_rule)?;
        let required_line = required.need(&case.asked)?;
        let Mechanism::Insured(needed) = required_line.value else { return Err(no_rule()) };
        let unit = case.counted.unit.word();
        let needed_figure = working.figure(Exact::from(needed), || {
            let value = Value::Count(needed.into(), unit);
            required.cite(required_line, &case.asked).step(
                Op::Read,
                value,
                vec![Piece::law(value, "insured")],
            )
        });
        let own = case.counted.figure(case.fund, &case.asked, working)?;
        let part = amount.exact.times(own.exact)?.over(needed_figure.exact)?;
        Ok(self.formula(rule, line, part, working, |money| {
            vec![
                money(amount),
                Piece::Sign("×"),
                own.count(unit),
                Piece::Sign("÷"),
                needed_figure.count(unit),
            ]
        }))
    }

    fn rounding(
        &self,
        rule: &Rule,
        line: &Dated<Mechanism>,
        to: RoundTo,
        amount: Figure,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let cite = || rule.cite(line, &self.case.asked);
        rounded(self.case.fund.currency, cite, "rounding", to, amount, working)
    }
}

/// Rounds to a multiple, as a step.
pub(crate) fn rounded(
    currency: crate::money::Currency,
    cite: impl FnOnce() -> crate::explain::Cite,
    path: &str,
    to: RoundTo,
    amount: Figure,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let exact = Exact::of(amount.exact.rounded_to(to.way, to.to.0)?);
    Ok(working.figure(exact, || {
        let pieces = vec![
            amount.money(currency),
            Piece::Sign("≈"),
            Piece::law_at(Value::Word(to.way.word()), format!("{path}.way")),
            Piece::law_at(Value::Number(to.to.0), format!("{path}.to")),
        ];
        cite().step(Op::Round, shown_money(exact, currency), pieces)
    }))
}

/// The result under the fund's own words.
pub(super) fn result(case: &Case<'_>, label: &Arc<str>, amount: Figure, working: &mut Working) -> Figure {
    let currency = case.fund.currency;
    working.figure(amount.exact, || {
        plain("amount", label, Op::Formula, shown_money(amount.exact, currency), vec![amount.money(currency)])
    })
}

/// How many periods lie between `from` and the birthday, counted back from the birthday.
fn periods(birth: NaiveDate, years: u32, from: NaiveDate, each: Each, part: Counting) -> u32 {
    let all = years.saturating_mul(12);
    let mark = |n: u32| {
        let months = all.saturating_sub(n.saturating_mul(each.months()));
        birth.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
    };
    let most = all.checked_div(each.months()).unwrap_or(0);
    let whole = (1..=most).take_while(|n| mark(*n) >= from).count();
    let whole = u32::try_from(whole).unwrap_or(0);
    let started = part == Counting::Started && mark(whole) > from;
    whole.saturating_add(u32::from(started))
}
