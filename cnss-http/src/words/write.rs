//! How French writes numbers, shares, days, months and quarters, and where a line may not break.
//!
//! Numbers are grouped by no-break spaces and use a comma; dates are written out.

use chrono::{Datelike, NaiveDate};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::certificate::MONTHS;
use rust_decimal::Decimal;

/// No-break space: between groups of digits, before a unit.
pub(super) const NBSP: char = '\u{a0}';

/// French signs keep to the word before them, quotes to the words inside, digits to their group.
#[must_use]
pub fn spaced(text: &str) -> String {
    let mut spaced = text.to_owned();
    for sign in [":", ";", "?", "!", "»", "%"] {
        spaced = spaced.replace(&format!(" {sign}"), &format!("{NBSP}{sign}"));
    }
    for sign in ["« ", "n° ", "nº ", "art. "] {
        spaced = spaced.replace(sign, &format!("{}{NBSP}", sign.trim_end()));
    }
    grouped(&spaced)
}

/// Groups of three digits keep together: `6 000`.
fn grouped(text: &str) -> String {
    let digit = |part: Option<&str>| part.is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
    let mut grouped = String::with_capacity(text.len());
    for (at, sign) in text.char_indices() {
        let (before, after) = (text.get(..at).unwrap_or(""), text.get(at.saturating_add(1)..).unwrap_or(""));
        let group = sign == ' '
            && before.ends_with(|c: char| c.is_ascii_digit())
            && after.chars().take_while(char::is_ascii_digit).count() == 3
            && !digit(after.get(3..))
            // « 6 000 » is grouped; a year before a number is not.
            && before.chars().rev().take_while(char::is_ascii_digit).count() <= 3;
        grouped.push(if group { NBSP } else { sign });
    }
    grouped
}

/// `1 234 567,5`.
#[must_use]
pub fn number_text(number: Decimal) -> String {
    let plain = number.normalize().abs().to_string();
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::with_capacity(plain.len().saturating_add(6));
    if number.is_sign_negative() && !number.is_zero() {
        text.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && whole.len().saturating_sub(i).is_multiple_of(3) {
            text.push(NBSP);
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push(',');
        text.push_str(decimals);
    }
    text
}

/// `39,95 %`.
#[must_use]
pub fn rate_text(rate: Decimal) -> String {
    let percent = rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(rate);
    format!("{}{NBSP}%", number_text(percent))
}

fn month_name(number: u32) -> &'static str {
    let index = usize::try_from(number.saturating_sub(1)).unwrap_or(0);
    MONTHS.get(index).copied().unwrap_or("")
}

/// `1er mars 2024`.
#[must_use]
pub fn date_text(date: NaiveDate) -> String {
    let day = if date.day() == 1 { "1er".to_owned() } else { date.day().to_string() };
    format!("{day}{NBSP}{} {}", month_name(date.month()), date.year())
}

/// `mars 2024`.
#[must_use]
pub fn month_text(month: Month) -> String {
    format!("{}{NBSP}{}", month_name(month.number()), month.year())
}

/// `de mars 2024`, `d'août 2024`.
#[must_use]
pub fn of_month(month: Month) -> String {
    let text = month_text(month);
    if text.starts_with(['a', 'o']) { format!("d'{text}") } else { format!("de {text}") }
}

/// `Mars 2024`, at the head of a row.
#[must_use]
pub fn month_title(month: Month) -> String {
    let text = month_text(month);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `1er trimestre 2024`.
#[must_use]
pub fn quarter_text(quarter: Quarter) -> String {
    let ordinal = if quarter.number() == 1 { "1er".to_owned() } else { format!("{}e", quarter.number()) };
    format!("{ordinal}{NBSP}trimestre {}", quarter.year())
}

/// `T1 2024`.
#[must_use]
pub fn quarter_short(quarter: Quarter) -> String {
    format!("T{} {}", quarter.number(), quarter.year())
}
