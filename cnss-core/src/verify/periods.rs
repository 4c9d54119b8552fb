//! The days of a working: periods between two of them, and the first that is paid.

use std::cmp::Ordering;

use super::day::Day;
use super::worth::{Item, Worth, small};

/// The first day paid: the day asked for, or the first of the month where the law pays whole
/// months; and then after the month of the birthday that opens the right.
pub(super) fn start(items: &[Item<'_>]) -> Option<Worth> {
    let next = |day: &Day| day.first().months_later(1);
    let whole_month = |day: &Day| if *day == day.first() { Some(*day) } else { next(day) };
    let day = match items {
        [Item::Worth(Worth::Day(asked)), Item::Worth(Worth::Word(word))] => match word.as_str() {
            "same_day" => *asked,
            "next_month" => whole_month(asked)?,
            _ => return None,
        },
        [
            Item::Worth(Worth::Day(asked)),
            Item::Sign(";"),
            Item::Worth(Worth::Day(reached)),
            Item::Worth(Worth::Word(word)),
        ] if word == "next_month" => whole_month(asked)?.max(next(reached)?),
        _ => return None,
    };
    Some(Worth::Day(day))
}

/// The most periods that are counted: the months of two hundred years.
const PERIODS: i64 = 2_400;

/// Periods between two days.
#[derive(Clone, Copy)]
pub(super) enum Periods<'a> {
    /// Before a birthday, counted back from it by the day of the birth.
    Before { from: Day, end: Day, birth: Day, each: i64, part: &'a str },
    /// After a day.
    After { begins: Day, on: Day, part: &'a str },
}

impl<'a> Periods<'a> {
    pub fn of(items: &'a [Item<'_>]) -> Option<Self> {
        match items {
            [
                Item::Worth(Worth::Day(from)),
                Item::Sign("→"),
                Item::Worth(Worth::Day(end)),
                Item::Sign("("),
                Item::Worth(Worth::Day(birth)),
                Item::Sign(")"),
                Item::Worth(Worth::Word(each)),
                Item::Worth(Worth::Word(part)),
            ] => {
                let each = match each.as_str() {
                    "year" => 12,
                    "quarter" => 3,
                    "month" => 1,
                    _ => return None,
                };
                Some(Self::Before { from: *from, end: *end, birth: *birth, each, part })
            }
            [
                Item::Worth(Worth::Day(due)),
                Item::Sign("+"),
                Item::Worth(Worth::Number(grace)),
                Item::Sign("→"),
                Item::Worth(Worth::Day(on)),
                Item::Worth(Worth::Word(part)),
            ] => Some(Self::After { begins: due.months_later(small(*grace)?)?, on: *on, part }),
            _ => None,
        }
    }

    /// The same with another way of counting a part.
    pub const fn with(self, part: &'a str) -> Self {
        match self {
            Self::Before { from, end, birth, each, .. } => Self::Before { from, end, birth, each, part },
            Self::After { begins, on, .. } => Self::After { begins, on, part },
        }
    }

    /// The day on which `n` periods are complete, seen from where they are counted.
    fn mark(self, n: i64) -> Option<Day> {
        match self {
            Self::Before { end, birth, each, .. } => {
                let months = end.year().checked_sub(birth.year())?.checked_mul(12)?;
                // The birthday must be one of that birth.
                (birth.months_later(months)? == end).then_some(())?;
                birth.months_later(months.checked_sub(n.checked_mul(each)?)?)
            }
            Self::After { begins, .. } => begins.months_later(n),
        }
    }

    /// Whether the other end lies on a mark, or beyond it.
    fn reaches(self, mark: Day) -> Ordering {
        match self {
            Self::Before { from, .. } => mark.cmp(&from),
            Self::After { on, .. } => on.cmp(&mark),
        }
    }

    /// How many: whole ones, and one more for a part where that counts.
    pub fn counted(self) -> Option<i64> {
        let (Self::Before { part, .. } | Self::After { part, .. }) = self;
        let begun = match part {
            "started" => true,
            "complete" => false,
            _ => return None,
        };
        let mut periods = 0_i64;
        while self.reaches(self.mark(periods.checked_add(1)?)?) != Ordering::Less {
            periods = periods.checked_add(1).filter(|n| *n <= PERIODS)?;
        }
        let rest = begun && self.reaches(self.mark(periods)?) == Ordering::Greater;
        periods.checked_add(i64::from(rest))
    }
}
