//! From Excel's numbers to ours. Excel keeps binary floating point and shows at most fifteen
//! significant digits; we take the number it shows, never the binary noise behind it.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use crate::workbook::Cell;

/// Integers below this have at most fifteen digits.
const EXACT: f64 = 1e15;

/// The cell for a plain number.
#[inline]
pub(crate) fn number(value: f64) -> Cell {
    match decimal(value) {
        Some(decimal) => Cell::Number(decimal),
        None => Cell::Text(value.to_string()),
    }
}

/// The decimal that Excel shows for a number, when a `Decimal` can hold it.
#[inline]
pub(crate) fn decimal(value: f64) -> Option<Decimal> {
    if let Some(whole) = whole(value) {
        return Some(Decimal::from(whole));
    }
    // Cents: at most fifteen digits that divide back to the very number are its digits.
    if let Some(cents) = whole((value * 100.0).round())
        && cents as f64 / 100.0 == value
    {
        return Some(Decimal::new(cents, 2).normalize());
    }
    shown(value)
}

/// The integer that a number is, if it is one of at most fifteen digits.
#[inline]
fn whole(value: f64) -> Option<i64> {
    let within = value.abs() < EXACT;
    (within && value.trunc() == value).then_some(value as i64)
}

/// The shortest digits that read back as the number, or its first fifteen.
fn shown(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    let mut text = format!("{value:e}");
    if text.bytes().filter(u8::is_ascii_digit).count() > 15 {
        let (digits, _) = text.split_once('e')?;
        if digits.bytes().filter(u8::is_ascii_digit).count() > 15 {
            text = format!("{value:.14e}");
        }
    }
    let (digits, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (units, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let mantissa: i128 = format!("{units}{fraction}").parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()? - exponent;
    let decimal = if scale < 0 {
        let power = 10_i128.checked_pow(scale.unsigned_abs())?;
        Decimal::try_from_i128_with_scale(mantissa.checked_mul(power)?, 0)
    } else {
        Decimal::try_from_i128_with_scale(mantissa, scale.unsigned_abs())
    };
    decimal.ok()
}

/// The cell for a number that is formatted as a date: a date where Excel shows one.
pub(crate) fn date(serial: f64, from_1904: bool) -> Cell {
    match calendar(serial, from_1904) {
        Some(date) => Cell::Date(date),
        None => number(serial),
    }
}

fn calendar(serial: f64, from_1904: bool) -> Option<NaiveDate> {
    // Up to 31 December 9999; day 60 of 1900 is the 29 February that never was.
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let days = serial.trunc() as u64;
    let (year, month, day) = match (from_1904, days) {
        (true, _) => (1904, 1, 1),
        (false, 0 | 60) => return None,
        (false, 1..60) => (1899, 12, 31),
        (false, _) => (1899, 12, 30),
    };
    NaiveDate::from_ymd_opt(year, month, day)?.checked_add_days(Days::new(days))
}
