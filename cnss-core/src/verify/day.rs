//! Days as year, month and day, for the verifier alone.

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day {
    year: i64,
    month: i64,
    day: i64,
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

const fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Day {
    /// `2024-03-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let year = digits(parts.next()?, 4)?;
        let month = digits(parts.next()?, 2).filter(|m| (1..=12).contains(m))?;
        let day = digits(parts.next()?, 2).filter(|d| (1..=length(year, month)).contains(d))?;
        Some(Self { year, month, day })
    }

    /// `2024-03` as its first day.
    pub fn of_month(text: &str) -> Option<Self> {
        Self::parse(&format!("{text}-01"))
    }

    /// So many months later, the day kept inside the month.
    pub fn months_later(self, months: i64) -> Option<Self> {
        let all = self.year.checked_mul(12)?.checked_add(self.month)?.checked_sub(1)?.checked_add(months)?;
        let (year, month) = (all.div_euclid(12), all.rem_euclid(12).checked_add(1)?);
        Some(Self { year, month, day: self.day.min(length(year, month)) })
    }

    /// The first day of the month.
    pub const fn first(self) -> Self {
        Self { day: 1, ..self }
    }

    /// That day of the month, or its last one.
    pub fn day_or_last(self, day: i64) -> Option<Self> {
        (day >= 1).then(|| Self { day: day.min(length(self.year, self.month)), ..self })
    }

    /// Completed years from this day to another; 0 when it has not come.
    pub fn years_to(self, to: Self) -> Option<i64> {
        let years = to.year.checked_sub(self.year)?.max(0);
        let reached = self.months_later(years.checked_mul(12)?)? <= to;
        Some(if reached { years } else { years.checked_sub(1)?.max(0) })
    }

    /// Years between the months of two days.
    pub const fn year(self) -> i64 {
        self.year
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn days_are_read_strictly() {
        for bad in ["2023-02-29", "1900-02-29", "2024-13-01", "2024-1-01", "2024-00-10", "2024-01-32", "x"] {
            assert_eq!(Day::parse(bad), None, "{bad:?}");
        }
        assert!(Day::parse("2000-02-29").is_some());
    }

    #[test]
    fn months_later_stays_inside_the_month() {
        assert_eq!(day("2024-01-31").months_later(1), Some(day("2024-02-29")));
        assert_eq!(day("2024-11-30").months_later(3), Some(day("2025-02-28")));
        assert_eq!(day("2024-03-31").months_later(-1), Some(day("2024-02-29")));
    }

    #[test]
    fn a_birthday_on_29_february_comes_on_the_28th() {
        assert_eq!(day("1964-02-29").years_to(day("2019-02-27")), Some(54));
        assert_eq!(day("1964-02-29").years_to(day("2019-02-28")), Some(55));
        assert_eq!(day("2020-01-01").years_to(day("2019-02-28")), Some(0));
    }
}
