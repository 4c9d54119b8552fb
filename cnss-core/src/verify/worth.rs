//! What a token or a step of a certificate is worth, and whether a text shows it.

use super::day::Day;
use super::fraction::Fraction;
use crate::certificate::{Kind, Shown};

/// What a token or a step is worth, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Number(Fraction),
    Day(Day),
    Month(Day),
    Word(String),
    Flag(bool),
}

/// A working whose tokens are known.
pub(super) enum Item<'a> {
    Worth(Worth),
    Sign(&'a str),
}

/// What a text of that kind says.
pub(super) fn read(shown: &Shown) -> Option<Worth> {
    Some(match shown.kind {
        Kind::Money | Kind::Rate | Kind::Number => Worth::Number(Fraction::parse(&shown.text)?),
        Kind::Count => Worth::Number(Fraction::parse(&shown.text).filter(|n| n.is_whole())?),
        Kind::Date => Worth::Day(Day::parse(&shown.text)?),
        Kind::Month => Worth::Month(Day::of_month(&shown.text)?),
        Kind::Word => Worth::Word(shown.text.clone()),
        Kind::Flag => Worth::Flag(match shown.text.as_str() {
            "true" => true,
            "false" => false,
            _ => return None,
        }),
    })
}

/// True when `shown` is the rounding of `worth` that its kind asks for.
pub(super) fn shows(shown: &Shown, worth: &Worth, exponent: u8) -> bool {
    let Some(read) = read(shown) else { return false };
    let places = match shown.kind {
        Kind::Money => Some(u32::from(exponent).saturating_add(2)),
        Kind::Rate => Some(6),
        _ => None,
    };
    match (worth, places) {
        (Worth::Number(exact), Some(places)) => {
            let rounded = Fraction::unit(places).and_then(|unit| exact.rounded("half_up", unit));
            rounded.is_some_and(|rounded| read == Worth::Number(rounded))
        }
        _ => read == *worth,
    }
}

pub(super) fn whole(number: i64) -> Option<Worth> {
    Some(Worth::Number(Fraction::whole(number.into())))
}

pub(super) fn small(number: Fraction) -> Option<i64> {
    number.to_whole().and_then(|n| i64::try_from(n).ok()).filter(|n| (0..=12_000).contains(n))
}
