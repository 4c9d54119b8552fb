//! The fund's calendar: months, quarters and ages, in the civil sense of the law.
//!
//! Wages are declared by month and filed by quarter; ages decide rights. The one rule to
//! remember: nobody here asks the machine what day it is.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// First and last year that the fund's books can hold; a year outside is a typing error.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// What stands in place of a date that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {expected}: {given:?}")]
pub struct CalendarError {
    /// What was expected, for example `month (YYYY-MM)`.
    pub expected: &'static str,
    /// What was given, cut to a readable length.
    pub given: String,
    /// True for a day or a month all right, but of a year that the books do not hold.
    pub beyond: bool,
}

impl CalendarError {
    fn new(expected: &'static str, given: &str) -> Self {
        Self { expected, given: given.chars().take(40).collect(), beyond: false }
    }

    /// The same of what is only too early or too late.
    fn beyond(self) -> Self {
        Self { beyond: true, ..self }
    }
}

/// A civil month (mois), written `2024-03`.
///
/// Guarantees a real month between 1900 and 2199, so arithmetic that stays inside is exact;
/// what leaves the range is clamped to its edge.
///
/// ```
/// use cnss_core::calendar::Month;
/// let march: Month = "2024-03".parse()?;
/// assert_eq!(march.plus(10).to_string(), "2025-01");
/// assert_eq!(march.last_day().to_string(), "2024-03-31");
/// # Ok::<(), cnss_core::calendar::CalendarError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The first that the books hold.
    pub const FIRST: Self = Self(YEARS.start().saturating_mul(12));
    /// The last.
    pub const LAST: Self = Self(YEARS.end().saturating_mul(12).saturating_add(11));

    /// The month `month` (1 to 12) of `year`.
    #[must_use]
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let month = i32::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
        YEARS.contains(&year).then_some(Self(year.saturating_mul(12).saturating_add(month.saturating_sub(1))))
    }

    /// The month that holds `date`.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self::clamp(date.year().saturating_mul(12).saturating_add(i32::try_from(date.month0()).unwrap_or(0)))
    }

    fn clamp(index: i32) -> Self {
        Self(index.clamp(Self::FIRST.0, Self::LAST.0))
    }

    /// The civil year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month in the year, 1 to 12.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::try_from(self.0.rem_euclid(12)).unwrap_or(0).saturating_add(1)
    }

    /// This month moved by `months`, which may be negative.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self::clamp(self.0.saturating_add(months))
    }

    /// How many months lie from `earlier` to this one (0 for the same month).
    #[must_use]
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.number(), 1).unwrap_or(NaiveDate::MIN)
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        // Of the last month of the books too, which no other one follows.
        let next = self.first_day().checked_add_months(Months::new(1));
        next.and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// The first month that begins on `day` or later.
    #[must_use]
    pub(crate) fn from_day(day: NaiveDate) -> Self {
        let month = Self::of(day);
        if month.first_day() < day { month.plus(1) } else { month }
    }

    /// The quarter that holds this month.
    #[must_use]
    pub const fn quarter(self) -> Quarter {
        Quarter(self.0.div_euclid(3))
    }

    /// The months from this one to `last`, both included; none when `last` is earlier.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let error = || CalendarError::new("month (YYYY-MM)", text);
        let (year, month) = text.split_once('-').ok_or_else(error)?;
        let digits = |s: &str, n| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(error());
        }
        let year = year.parse().map_err(|_| error())?;
        let month = month.parse().ok().filter(|month| (1..=12).contains(month)).ok_or_else(error)?;
        Self::new(year, month).ok_or_else(|| error().beyond())
    }
}

/// A civil quarter (trimestre), written `2024-T1` as employers write it.
///
/// ```
/// use cnss_core::calendar::Quarter;
/// let quarter: Quarter = "2024-T1".parse()?;
/// assert_eq!(quarter.months().map(|m| m.to_string()), ["2024-01", "2024-02", "2024-03"]);
/// # Ok::<(), cnss_core::calendar::CalendarError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(i32);

impl Quarter {
    /// The quarter `number` (1 to 4) of `year`.
    #[must_use]
    pub fn new(year: i32, number: u32) -> Option<Self> {
        let first = number.checked_sub(1)?.checked_mul(3)?.checked_add(1)?;
        Month::new(year, first).map(Month::quarter)
    }

    /// The quarter that holds `date`.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Month::of(date).quarter()
    }

    /// The civil year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.0.div_euclid(4)
    }

    /// The quarter in the year, 1 to 4.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::try_from(self.0.rem_euclid(4)).unwrap_or(0).saturating_add(1)
    }

    /// The three months, in order.
    #[must_use]
    pub fn months(self) -> [Month; 3] {
        let first = Month::clamp(self.0.saturating_mul(3));
        [first, first.plus(1), first.plus(2)]
    }

    /// The first day of the quarter.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        Month::clamp(self.0.saturating_mul(3)).first_day()
    }

    /// The last day of the quarter.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        Month::clamp(self.0.saturating_mul(3).saturating_add(2)).last_day()
    }

    /// This quarter moved by `quarters`, which may be negative.
    #[must_use]
    pub fn plus(self, quarters: i32) -> Self {
        Month::clamp(self.0.saturating_add(quarters).saturating_mul(3)).quarter()
    }

    /// A number that grows with time, for storage and paging.
    #[must_use]
    pub const fn index(self) -> i32 {
        self.0
    }

    /// The quarter of a stored [`index`](Self::index).
    #[must_use]
    pub fn from_index(index: i32) -> Option<Self> {
        let quarter = Self(index);
        YEARS.contains(&quarter.year()).then_some(quarter)
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-T{}", self.year(), self.number())
    }
}

impl fmt::Debug for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Quarter {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let error = || CalendarError::new("quarter (YYYY-T1)", text);
        let (year, number) = text.split_once("-T").ok_or_else(error)?;
        if year.len() != 4 || number.len() != 1 || !year.bytes().all(|b| b.is_ascii_digit()) {
            return Err(error());
        }
        let year = year.parse().map_err(|_| error())?;
        let number = number.parse().map_err(|_| error())?;
        Self::new(year, number).ok_or_else(error)
    }
}

macro_rules! text_serde {
    ($type:ty, $expected:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
text_serde!(Month, "month");
text_serde!(Quarter, "quarter");

/// Reads a date as people and programs write it: `2024-03-31` or `31/03/2024`.
///
/// # Errors
/// When it is neither, or not a day of the calendar (30 February).
pub fn parse_date(text: &str) -> Result<NaiveDate, CalendarError> {
    let error = || CalendarError::new("date (YYYY-MM-DD or DD/MM/YYYY)", text);
    let text = text.trim();
    let number = |part: &str, most: usize| {
        (!part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (year, month, day) = if text.contains('/') {
        let mut parts = text.splitn(3, '/');
        let day = parts.next().and_then(|p| number(p, 2)).ok_or_else(error)?;
        let month = parts.next().and_then(|p| number(p, 2)).ok_or_else(error)?;
        let year = parts.next().filter(|p| p.len() == 4).and_then(|p| number(p, 4)).ok_or_else(error)?;
        (year, month, day)
    } else {
        let mut parts = text.splitn(3, '-');
        let year = parts.next().filter(|p| p.len() == 4).and_then(|p| number(p, 4)).ok_or_else(error)?;
        let month = parts.next().filter(|p| p.len() == 2).and_then(|p| number(p, 2)).ok_or_else(error)?;
        let day = parts.next().filter(|p| p.len() == 2).and_then(|p| number(p, 2)).ok_or_else(error)?;
        (year, month, day)
    };
    let year = i32::try_from(year).map_err(|_| error())?;
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(error)?;
    if YEARS.contains(&year) { Ok(date) } else { Err(error().beyond()) }
}

/// Reads a date as programs write it, `2024-03-31`: two of them read 03/04/2024 as two days.
///
/// # Errors
/// As [`parse_date`], and for a date with strokes.
pub fn parse_iso_date(text: &str) -> Result<NaiveDate, CalendarError> {
    if text.contains('/') {
        return Err(CalendarError::new("date (YYYY-MM-DD)", text));
    }
    parse_date(text)
}

/// The day on which somebody born on `birth_date` reaches the age of `years`.
///
/// Someone born on 29 February reaches it on 28 February of a common year: the right is
/// never later than for the person born the day before (docs/decisions/0006).
#[must_use]
pub fn birthday(birth_date: NaiveDate, years: u32) -> NaiveDate {
    birth_date.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(NaiveDate::MAX)
}

/// The age in completed years on `date`; 0 before birth.
#[must_use]
pub fn age(birth_date: NaiveDate, date: NaiveDate) -> u32 {
    let guess = u32::try_from(date.year().saturating_sub(birth_date.year())).unwrap_or(0);
    if birthday(birth_date, guess) > date { guess.saturating_sub(1) } else { guess }
}

/// `date` moved by whole months, kept inside the month when the day does not exist there.
#[must_use]
pub fn months_after(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// How many whole or started months separate `from` (excluded) and `to` (included); 0 when
/// `to` is not after `from`.
///
/// ```
/// use cnss_core::calendar::{months_started, parse_date};
/// let due = parse_date("2024-05-15")?;
/// assert_eq!(months_started(due, parse_date("2024-05-15")?), 0);
/// assert_eq!(months_started(due, parse_date("2024-05-16")?), 1);
/// assert_eq!(months_started(due, parse_date("2024-06-15")?), 1);
/// assert_eq!(months_started(due, parse_date("2024-06-16")?), 2);
/// # Ok::<(), cnss_core::calendar::CalendarError>(())
/// ```
#[must_use]
pub fn months_started(from: NaiveDate, to: NaiveDate) -> u32 {
    if to <= from {
        return 0;
    }
    let whole = u32::try_from(Month::of(to).since(Month::of(from))).unwrap_or(0);
    if months_after(from, whole) < to { whole.saturating_add(1) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        parse_date(text).expect("a date")
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        assert_eq!(date("2024-03-31"), date("31/03/2024"));
        assert_eq!(date(" 1/3/2024 "), date("2024-03-01"));
        for bad in
            ["", "30/02/2024", "2024-3-1", "24-03-01", "2024-13-01", "1/1/24", "2024/03/01", "0001-01-01"]
        {
            assert!(parse_date(bad).is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn months_and_quarters_refuse_nonsense() {
        for bad in ["2024", "2024-0", "2024-00", "2024-13", "+024-01", "2024-1", "２０２４-01", "1899-12"]
        {
            assert!(bad.parse::<Month>().is_err(), "{bad:?} must be refused");
        }
        for bad in ["2024-T0", "2024-T5", "2024-1", "2024-T11", "T1-2024"] {
            assert!(bad.parse::<Quarter>().is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn what_the_books_do_not_hold_is_a_day_or_a_month_all_the_same() {
        for (text, beyond) in [
            ("1899-12-31", true),
            ("31/12/1899", true),
            ("2200-01-01", true),
            ("0001-01-01", true),
            ("1800-02-30", false),
            ("1800-00-01", false),
            ("hier", false),
        ] {
            assert_eq!(parse_date(text).map_err(|e| e.beyond), Err(beyond), "{text}");
        }
        for (text, beyond) in [("1899-12", true), ("2200-01", true), ("1899-13", false), ("2200-00", false)] {
            assert_eq!(text.parse::<Month>().map_err(|e| e.beyond), Err(beyond), "{text}");
        }
        assert_eq!(Month::FIRST.first_day(), date("1900-01-01"));
        assert_eq!(Month::LAST.last_day(), date("2199-12-31"));
    }

    #[test]
    fn a_birthday_on_29_february() {
        let birth = date("1964-02-29");
        assert_eq!(birthday(birth, 60), date("2024-02-29"));
        assert_eq!(birthday(birth, 55), date("2019-02-28"));
        assert_eq!(age(birth, date("2019-02-27")), 54);
        assert_eq!(age(birth, date("2019-02-28")), 55);
    }

    #[test]
    fn started_months_at_the_end_of_short_months() {
        assert_eq!(months_started(date("2024-01-31"), date("2024-02-29")), 1);
        assert_eq!(months_started(date("2024-01-31"), date("2024-03-01")), 2);
    }
}
