//! The arithmetic of a working: sums and products in brackets, and what is taken of several.

use std::cmp::Ordering;

use super::fraction::Fraction;
use super::worth::{Item, Worth};

pub(super) fn extreme(items: &[Item<'_>], wanted: Ordering) -> Option<Worth> {
    items.iter().any(|item| matches!(item, Item::Sign(";"))).then_some(())?;
    let mut best: Option<Fraction> = None;
    for part in items.split(|item| matches!(item, Item::Sign(";"))) {
        let here = formula(part)?;
        best = Some(match best {
            Some(best) if here.compared(best)? != wanted => best,
            _ => here,
        });
    }
    best.map(Worth::Number)
}

pub(super) fn rounded(items: &[Item<'_>]) -> Option<Worth> {
    match items {
        [before @ .., Item::Sign("≈"), Item::Worth(Worth::Word(way)), Item::Worth(Worth::Number(to))] => {
            formula(before)?.rounded(way, *to).map(Worth::Number)
        }
        _ => None,
    }
}

/// What a whole formula is worth.
pub(super) fn formula(items: &[Item<'_>]) -> Option<Fraction> {
    let mut parser = Parser { items, at: 0, depth: 0 };
    let found = parser.sum()?;
    (parser.at == items.len()).then_some(found)
}

struct Parser<'a, 'b> {
    items: &'a [Item<'b>],
    at: usize,
    depth: u8,
}

/// How many brackets may stand inside one another.
const DEPTH: u8 = 8;

impl Parser<'_, '_> {
    fn sign(&self) -> Option<&str> {
        match self.items.get(self.at)? {
            Item::Sign(sign) => Some(sign),
            Item::Worth(_) => None,
        }
    }

    fn skip(&mut self) -> Option<()> {
        self.at = self.at.checked_add(1)?;
        Some(())
    }

    fn sum(&mut self) -> Option<Fraction> {
        let mut found = self.product()?;
        loop {
            let plus = match self.sign() {
                Some("+") => true,
                Some("−") => false,
                _ => return Some(found),
            };
            self.skip()?;
            let next = self.product()?;
            found = if plus { found.plus(next)? } else { found.minus(next)? };
        }
    }

    fn product(&mut self) -> Option<Fraction> {
        let mut found = self.factor()?;
        loop {
            let times = match self.sign() {
                Some("×") => true,
                Some("÷") => false,
                _ => return Some(found),
            };
            self.skip()?;
            let next = self.factor()?;
            found = if times { found.times(next)? } else { found.over(next)? };
        }
    }

    fn factor(&mut self) -> Option<Fraction> {
        if let Item::Worth(worth) = self.items.get(self.at)? {
            let Worth::Number(number) = worth else { return None };
            let number = *number;
            self.skip()?;
            return Some(number);
        }
        let (close, down) = match self.sign()? {
            "(" => (")", false),
            "⌊" => ("⌋", true),
            _ => return None,
        };
        self.skip()?;
        self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEPTH)?;
        let inner = self.sum()?;
        self.depth = self.depth.checked_sub(1)?;
        (self.sign()? == close).then_some(())?;
        self.skip()?;
        Some(if down { inner.floor() } else { inner })
    }
}
