//! Replaying one step after the other from their tokens.

use std::cmp::Ordering;

use super::formula::{extreme, formula, rounded};
use super::fraction::Fraction;
use super::periods::{Periods, start};
use super::worth::{Item, Worth, read, shows, small, whole};
use super::{Doubt, earlier, law};
use crate::certificate::{Certificate, CertifiedStep, Kind, Law, Origin, Token};
use crate::fund::{Fund, LawLine};

pub(super) struct Replay<'a> {
    certificate: &'a Certificate,
    fund: &'a Fund,
    /// The exact values so far; none for a step that could not be replayed.
    done: Vec<Option<Worth>>,
}

impl<'a> Replay<'a> {
    pub fn new(certificate: &'a Certificate, fund: &'a Fund) -> Self {
        Self { certificate, fund, done: Vec::with_capacity(certificate.steps.len()) }
    }

    /// Replays the next step; says what does not hold.
    pub fn step(&mut self, step: &'a CertifiedStep) -> Vec<Doubt> {
        let number = u32::try_from(self.done.len()).unwrap_or(u32::MAX).saturating_add(1);
        let mut doubts = Vec::new();
        let line = step.law.as_ref().and_then(|law| self.line(number, step, law, &mut doubts));
        let items = self.items(number, step, line, &mut doubts);
        let worth = items.and_then(|items| {
            let worth = self.worth(step, line, &items);
            match &worth {
                None => doubts.push(Doubt::Working { step: number }),
                Some(worth) if !shows(&step.value, worth, self.certificate.exponent) => {
                    doubts.push(Doubt::Value { step: number, text: step.value.text.clone() });
                }
                Some(_) => {}
            }
            worth
        });
        self.done.push(worth);
        doubts
    }

    /// The line that the step rests on, held against what the certificate says of it.
    fn line(
        &self,
        number: u32,
        step: &CertifiedStep,
        law: &Law,
        doubts: &mut Vec<Doubt>,
    ) -> Option<&'a LawLine> {
        let Some(line) = law::in_force(self.certificate, self.fund, &step.rule, law) else {
            doubts.push(Doubt::NoLine { step: number, rule: step.rule.clone() });
            return None;
        };
        for field in law::differs(law, line) {
            // Whole periods leave no question open about a period begun.
            if field == "question" && law.question.is_none() && self.rests_on_whole_periods(step) {
                continue;
            }
            doubts.push(Doubt::Law { step: number, field: field.to_owned() });
        }
        Some(line)
    }

    /// What every token is worth; none when one of them does not hold.
    fn items(
        &self,
        number: u32,
        step: &'a CertifiedStep,
        line: Option<&LawLine>,
        doubts: &mut Vec<Doubt>,
    ) -> Option<Vec<Item<'a>>> {
        let before = doubts.len();
        let mut items = Vec::with_capacity(step.working.len());
        for token in &step.working {
            match self.token(number, step, token, line) {
                Ok(item) => items.extend(item),
                Err(doubt) => doubts.push(doubt),
            }
        }
        (doubts.len() == before && items.len() == step.working.len()).then_some(items)
    }

    /// None for a reference to a step that was doubted already.
    fn token(
        &self,
        number: u32,
        step: &CertifiedStep,
        token: &'a Token,
        line: Option<&LawLine>,
    ) -> Result<Option<Item<'a>>, Doubt> {
        let shown = &token.shown;
        let working = || Doubt::Working { step: number };
        let worth = match &token.origin {
            Origin::Sign => return Ok(Some(Item::Sign(&shown.text))),
            Origin::Given if !may_be_given(&step.op, shown.kind) => return Err(working()),
            Origin::Given => read(shown).ok_or_else(working)?,
            Origin::Plain => read(shown).filter(|w| self.plain(step, token, w)).ok_or_else(working)?,
            Origin::Step(place) => {
                let known = earlier(self.certificate, *place, self.done.len());
                if known.is_none_or(|known| known.value != *shown) {
                    return Err(Doubt::Reference { step: number, text: shown.text.clone() });
                }
                let place = usize::try_from(place.saturating_sub(1)).unwrap_or(usize::MAX);
                return Ok(self.done.get(place).cloned().flatten().map(Item::Worth));
            }
            Origin::Law(path) => {
                let Some(line) = line else {
                    return if step.law.is_some() { Ok(None) } else { Err(working()) };
                };
                let differs = || Doubt::Law { step: number, field: path.clone() };
                let atom = law::atom(line, path).ok_or_else(differs)?;
                let worth = match shown.kind {
                    Kind::Money | Kind::Rate | Kind::Number | Kind::Count => {
                        Worth::Number(Fraction::parse(atom).ok_or_else(differs)?)
                    }
                    Kind::Word => Worth::Word(atom.to_owned()),
                    Kind::Date | Kind::Month | Kind::Flag => return Err(differs()),
                };
                if !shows(shown, &worth, self.certificate.exponent) {
                    return Err(differs());
                }
                worth
            }
        };
        Ok(Some(Item::Worth(worth)))
    }

    /// Numbers that nobody gave and no law says: nothing, one, and the smallest unit to which an
    /// amount is rounded.
    fn plain(&self, step: &CertifiedStep, token: &Token, worth: &Worth) -> bool {
        let Worth::Number(number) = worth else { return false };
        let last = step.working.last().is_some_and(|last| std::ptr::eq(last, token));
        let unit = (step.op == "round" && last).then(|| self.smallest()).flatten();
        match unit {
            Some(unit) => *number == unit,
            None => [Fraction::ZERO, Fraction::ONE].contains(number),
        }
    }

    fn smallest(&self) -> Option<Fraction> {
        Fraction::unit(u32::from(self.certificate.exponent))
    }

    fn worth(&self, step: &CertifiedStep, line: Option<&LawLine>, items: &[Item<'_>]) -> Option<Worth> {
        match step.op.as_str() {
            "given" | "count" => fact(step, items),
            "read" => read_law(step, items),
            "formula" => formula(items).map(Worth::Number),
            "greatest" => extreme(items, Ordering::Greater),
            "least" => extreme(items, Ordering::Less),
            "round" => rounded(items),
            "compare" => compared(line?, items),
            "age" => match items {
                [Item::Worth(Worth::Day(from)), Item::Sign("→"), Item::Worth(Worth::Day(to))] => {
                    whole(from.years_to(*to)?)
                }
                _ => None,
            },
            "birthday" => match items {
                [Item::Worth(Worth::Day(birth)), Item::Sign("+"), Item::Worth(Worth::Number(years))] => {
                    birth.months_later(small(*years)?.checked_mul(12)?).map(Worth::Day)
                }
                _ => None,
            },
            "periods" => Periods::of(items)?.counted().and_then(whole),
            "start" => start(items),
            "due" => match items {
                [
                    Item::Worth(Worth::Month(month)),
                    Item::Sign("+"),
                    Item::Worth(Worth::Number(months)),
                    Item::Worth(Worth::Number(day)),
                ] => month.months_later(small(*months)?)?.day_or_last(small(*day)?).map(Worth::Day),
                _ => None,
            },
            "total" => self.total(step, items),
            _ => None,
        }
    }

    /// The sum of what was rounded for each worker: right to one smallest unit for each of them.
    fn total(&self, step: &CertifiedStep, items: &[Item<'_>]) -> Option<Worth> {
        let [sum @ .., Item::Sign("≈"), Item::Worth(Worth::Number(workers))] = items else { return None };
        let Some(Worth::Number(told)) = read(&step.value) else { return None };
        let unit = self.smallest()?;
        let off = told.minus(formula(sum)?)?.size()?;
        let near = off.compared(workers.times(unit)?)? != Ordering::Greater;
        (near && told.over(unit)?.is_whole()).then_some(Worth::Number(told))
    }

    /// True when no period is begun only.
    /// True for the count of whole periods, and for what the same rule works out from it.
    fn rests_on_whole_periods(&self, step: &CertifiedStep) -> bool {
        let counts = |step: &CertifiedStep| step.op == "periods" && self.even(step);
        let unasked = |step: &CertifiedStep| step.law.as_ref().is_some_and(|law| law.question.is_none());
        counts(step)
            || step.working.iter().any(|token| match token.origin {
                Origin::Step(place) => earlier(self.certificate, place, self.done.len())
                    .is_some_and(|before| before.rule == step.rule && unasked(before) && counts(before)),
                _ => false,
            })
    }

    fn even(&self, step: &CertifiedStep) -> bool {
        // Tokens of the law are not looked at here: what they say is checked beside this.
        let items: Option<Vec<Item<'_>>> = step
            .working
            .iter()
            .map(|token| match token.origin {
                Origin::Sign => Some(Item::Sign(token.shown.text.as_str())),
                _ => read(&token.shown).map(Item::Worth),
            })
            .collect();
        let periods = items.as_deref().and_then(Periods::of);
        periods.is_some_and(|p| p.with("started").counted() == p.with("complete").counted())
    }
}

/// A fact: it computes nothing from earlier steps; a number may not claim to be the law's, but
/// children below an age of the law are counted, and time within the months that are named.
fn fact(step: &CertifiedStep, items: &[Item<'_>]) -> Option<Worth> {
    let children = step.op == "count" && step.value.unit.as_deref() == Some("children");
    let within = step.op == "count"
        && !children
        && matches!(items, [Item::Worth(Worth::Month(_)), Item::Sign("→"), Item::Worth(Worth::Month(_))]);
    let facts = within
        || step.working.iter().all(|token| match token.origin {
            Origin::Given => true,
            Origin::Law(_) => children && token.shown.unit.as_deref() == Some("years"),
            _ => false,
        });
    let kind = match step.value.kind {
        Kind::Count => step.op == "count" || step.law.is_none(),
        Kind::Money => step.op == "given" && step.law.is_none(),
        Kind::Date | Kind::Flag => step.op == "given" && step.working.is_empty(),
        _ => false,
    };
    (facts && kind).then(|| read(&step.value)).flatten()
}

/// Which facts a working may hold. A share or a plain number in a computation is the law's; of
/// shares, only a degree of invalidity that is compared is a fact.
fn may_be_given(op: &str, kind: Kind) -> bool {
    match kind {
        Kind::Money => matches!(op, "formula" | "greatest" | "least" | "round" | "compare" | "total"),
        Kind::Count => !matches!(op, "age" | "birthday" | "periods" | "start" | "due" | "read"),
        Kind::Date => matches!(op, "age" | "birthday" | "periods" | "start"),
        Kind::Month => matches!(op, "due" | "count"),
        Kind::Rate => op == "compare",
        Kind::Number | Kind::Word | Kind::Flag => false,
    }
}

/// The first token is read; what follows, « ( from → to ) », says which row of a table it stands in.
fn read_law(step: &CertifiedStep, items: &[Item<'_>]) -> Option<Worth> {
    let first =
        step.working.first().filter(|t| matches!(t.origin, Origin::Law(_)) && t.shown == step.value)?;
    let of = |token: &Token| match &token.origin {
        Origin::Law(path) => path.rsplit_once('.').map(|(row, _)| row.to_owned()),
        _ => None,
    };
    let rest = step.working.get(1..)?.iter().filter(|t| t.origin != Origin::Sign);
    let same_row = rest.clone().all(|token| of(token).is_some() && of(token) == of(first));
    match items {
        [Item::Worth(worth)]
        | [
            Item::Worth(worth),
            Item::Sign("("),
            Item::Worth(_),
            Item::Sign("→"),
            Item::Worth(_),
            Item::Sign(")"),
        ] if same_row => Some(worth.clone()),
        _ => None,
    }
}

/// How the person is held against a condition, by the name of the condition.
fn held_against(line: &LawLine) -> Option<&'static str> {
    let (path, _) = line.atoms.first()?;
    match path.split('.').next()? {
        "age" | "insured" | "recent" | "registered" | "degree" | "pay_at_least" => Some("≥"),
        "younger" | "insured_below" => Some("<"),
        "pay_at_most" => Some("≤"),
        _ => None,
    }
}

fn compared(line: &LawLine, items: &[Item<'_>]) -> Option<Worth> {
    let wanted = held_against(line)?;
    let at = items.iter().position(|item| matches!(item, Item::Sign(sign) if *sign == wanted))?;
    // One value against one, or against a fraction of the law: nothing else is computed here.
    let (own, bound) = (items.get(..at)?, items.get(at.checked_add(1)?..)?);
    let shapes = matches!(own, [_]) && matches!(bound, [_] | [_, Item::Sign("÷"), _]);
    let (left, right) = shapes.then_some((formula(own)?, formula(bound)?))?;
    let order = left.compared(right)?;
    Some(Worth::Flag(match wanted {
        "≥" => order != Ordering::Less,
        "≤" => order != Ordering::Greater,
        _ => order == Ordering::Less,
    }))
}
