//! What may be spent on messages that anybody can cause (budget de SMS).
//!
//! Counts are kept by hour or by day for each number, source and prefix, and the store refuses the
//! commit that would pass a limit: two at once cannot pass it together. The one rule to remember:
//! windows are fixed, so that around the turn of one, twice its limit may go out, and no more.

use chrono::{DateTime, Utc};

use super::{AccountChange, AccountExpect};
use crate::decision::{Change, Expect, Moment};
use crate::fund::BudgetRule;
use crate::id::AccountId;
use crate::person::Phone;

/// From where a request comes: a digest of the address's prefix, made at the edge under a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(pub [u8; 8]);

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({:016x})", u64::from_be_bytes(self.0))
    }
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TallyKey {
    /// Messages to a number, by day.
    Number(Phone),
    /// Messages caused by a source, by hour.
    Source(Source),
    /// Messages to a prefix of numbers, by hour.
    Prefix(String),
    /// Codes that were sent, by hour.
    Sent,
    /// Codes that were confirmed, by hour.
    Confirmed,
    /// Warnings to the holder of an account, by day.
    Warned(AccountId),
}

impl TallyKey {
    const fn by_day(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Warned(_))
    }

    /// The window of an instant: days or hours since 1970.
    #[must_use]
    pub fn window(&self, now: DateTime<Utc>) -> i64 {
        now.timestamp().div_euclid(self.seconds())
    }

    const fn seconds(&self) -> i64 {
        if self.by_day() { 86_400 } else { 3_600 }
    }
}

/// A count in a window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tally {
    /// What is counted.
    pub key: TallyKey,
    /// In which window.
    pub window: i64,
}

impl Tally {
    /// The tally of now.
    #[must_use]
    pub fn now(key: TallyKey, now: DateTime<Utc>) -> Self {
        let window = key.window(now);
        Self { key, window }
    }

    /// When its window ends.
    #[must_use]
    pub fn ends_at(&self) -> DateTime<Utc> {
        let seconds = self.window.saturating_add(1).saturating_mul(self.key.seconds());
        DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Why a message was not sent, for agents to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spent {
    /// Enough went to that number today.
    Number,
    /// Enough came from that source this hour.
    Source,
    /// Enough went to that prefix this hour.
    Prefix,
    /// Too few of the codes sent this hour were confirmed: somebody forges sign-ups.
    Ratio,
}

impl Spent {
    /// The part of the budget of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Number, Self::Source, Self::Prefix, Self::Ratio].into_iter().find(|spent| spent.code() == code)
    }

    /// The code in data and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Source => "source",
            Self::Prefix => "prefix",
            Self::Ratio => "ratio",
        }
    }
}

/// A message that was not sent, as agents see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSend {
    /// Identity.
    pub id: uuid::Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// To which phone, its middle hidden; none for an e-mail.
    pub phone: Option<String>,
    /// From which source.
    pub source: Source,
    /// Why.
    pub why: Spent,
}

/// The counts that a sending is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To that number today.
    pub number: u32,
    /// From that source this hour.
    pub source: u32,
    /// To that prefix this hour.
    pub prefix: u32,
    /// Codes sent this hour.
    pub sent: u32,
    /// Codes confirmed this hour.
    pub confirmed: u32,
}

/// What is asked of the store for a sending, in the order of [`Counts`]: as many whether there is a
/// phone or not.
#[must_use]
pub fn asked(
    phone: Option<&Phone>,
    source: Source,
    rule: &BudgetRule,
    country: &str,
    now: DateTime<Utc>,
) -> [Tally; 5] {
    let (number, prefix) = match phone {
        Some(phone) => (TallyKey::Number(phone.clone()), TallyKey::Prefix(prefix_of(phone, rule, country))),
        None => (TallyKey::Source(source), TallyKey::Prefix(String::new())),
    };
    [number, TallyKey::Source(source), prefix, TallyKey::Sent, TallyKey::Confirmed]
        .map(|key| Tally::now(key, now))
}

impl Counts {
    /// The counts, as the store gave them for [`asked`].
    #[must_use]
    pub fn read(phone: Option<&Phone>, counts: [u32; 5]) -> Self {
        let [number, source, prefix, sent, confirmed] = counts;
        let of_phone = |count| if phone.is_some() { count } else { 0 };
        Self { number: of_phone(number), source, prefix: of_phone(prefix), sent, confirmed }
    }
}

/// The country's prefix and the first digits after it.
#[must_use]
pub fn prefix_of(phone: &Phone, rule: &BudgetRule, country: &str) -> String {
    let length = country.len().saturating_add(usize::try_from(rule.prefix_digits).unwrap_or(0));
    phone.as_str().chars().take(length).collect()
}

/// Whether one more message may be sent.
///
/// # Errors
/// Which part of the budget is spent.
pub fn may_send(counts: &Counts, rule: &BudgetRule) -> Result<(), Spent> {
    // « One in so many », without a fraction: of `sent` codes, at least sent / sent_for_one.
    let too_few = counts.sent >= rule.ratio_from
        && u64::from(counts.confirmed).saturating_mul(rule.sent_for_one.into()) < counts.sent.into();
    if counts.number >= rule.number_day {
        Err(Spent::Number)
    } else if counts.source >= rule.source_hour {
        Err(Spent::Source)
    } else if counts.prefix >= rule.prefix_hour {
        Err(Spent::Prefix)
    } else if too_few {
        Err(Spent::Ratio)
    } else {
        Ok(())
    }
}

/// What a sending counts, and what must still be so when it is committed.
pub(super) fn spend(
    phone: Option<&Phone>,
    source: Source,
    rule: &BudgetRule,
    country: &str,
    at: &Moment,
) -> (Vec<Expect>, Vec<Change>) {
    let mut limited = vec![(TallyKey::Source(source), rule.source_hour)];
    if let Some(phone) = phone {
        limited.push((TallyKey::Number(phone.clone()), rule.number_day));
        limited.push((TallyKey::Prefix(prefix_of(phone, rule, country)), rule.prefix_hour));
    }
    let (mut expects, mut changes) = (Vec::new(), Vec::new());
    for (key, most) in limited {
        let tally = Tally::now(key, at.now);
        expects.push(Expect::Account(AccountExpect::Below(tally.clone(), most)));
        changes.push(Change::Account(AccountChange::Count(tally)));
    }
    changes.push(Change::Account(AccountChange::Count(Tally::now(TallyKey::Sent, at.now))));
    (expects, changes)
}

/// A refused sending as a change, for agents to see.
pub(super) fn refused(phone: Option<&Phone>, source: Source, why: Spent, at: &Moment) -> Change {
    Change::Account(AccountChange::Refuse(RefusedSend {
        id: at.entropy.uuid(at.now),
        at: at.now,
        phone: phone.map(Phone::masked),
        source,
        why,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BudgetRule = BudgetRule {
        number_day: 4,
        source_hour: 8,
        prefix_hour: 12,
        prefix_digits: 2,
        ratio_from: 6,
        sent_for_one: 3,
    };

    #[test]
    fn each_part_of_the_budget_closes_at_its_limit() {
        let none = Counts::default();
        for (counts, answer) in [
            (none, Ok(())),
            (Counts { number: 3, ..none }, Ok(())),
            (Counts { number: 4, ..none }, Err(Spent::Number)),
            (Counts { source: 8, ..none }, Err(Spent::Source)),
            (Counts { prefix: 12, ..none }, Err(Spent::Prefix)),
            (Counts { sent: 5, ..none }, Ok(())),
            (Counts { sent: 6, ..none }, Err(Spent::Ratio)),
            (Counts { sent: 6, confirmed: 2, ..none }, Ok(())),
            (Counts { sent: 7, confirmed: 2, ..none }, Err(Spent::Ratio)),
        ] {
            assert_eq!(may_send(&counts, &RULE), answer, "{counts:?}");
        }
    }

    #[test]
    fn windows_are_days_and_hours() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("an instant");
        let phone = Phone::parse("+22890123456").expect("a phone");
        assert_eq!(prefix_of(&phone, &RULE, "+228"), "+22890");
        assert_eq!(TallyKey::Number(phone).window(at(86_399)), 0);
        assert_eq!(TallyKey::Sent.window(at(3_599)), 0);
        assert_eq!(TallyKey::Sent.window(at(3_600)), 1);
        assert_eq!(TallyKey::Sent.window(at(-1)), -1);
    }
}
