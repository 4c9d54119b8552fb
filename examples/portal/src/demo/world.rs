//! The people of a fund's demonstration (`worlds/<fund>.toml`), and what each of them earns in a month.
//!
//! They are read with the core's own types, so a number or a name that no register would
//! take is refused here too. The one rule to remember: nothing is drawn by chance, the same
//! file gives the same money every time.

use chrono::{Datelike, NaiveDate, Weekday};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::desk::DeskError;
use cnss_core::fund::{Fund, LoginKind};
use cnss_core::id::{EmployerNumber, InsuredNumber};
use cnss_core::person::{Email, Name, Sex};
use cnss_core::port::StoreError;
use cnss_core::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Deserialize;

/// The demonstrations that there are, by the code of their fund.
const WORLDS: [(&str, &str); 3] = [
    ("tg", include_str!("worlds/tg.toml")),
    ("ma", include_str!("worlds/ma.toml")),
    ("dj", include_str!("worlds/dj.toml")),
];

/// Whether there is a demonstration of that fund.
pub(super) fn is_there(fund: &str) -> bool {
    WORLDS.iter().any(|(code, _)| *code == fund)
}

/// Everybody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    /// The category under which all are declared.
    pub(super) category: String,
    /// Wages are paid in notes: always a multiple of this.
    pub(super) note: i64,
    pub(super) employers: Vec<Firm>,
    pub(super) logins: Vec<Login>,
    pub(super) workers: Vec<Worker>,
}

/// An employer, and how it behaves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Firm {
    pub(super) number: EmployerNumber,
    pub(super) name: Name,
    pub(super) registered_on: NaiveDate,
    pub(super) first_quarter: Quarter,
    pub(super) paying: Paying,
    pub(super) pay: Pay,
    #[serde(default)]
    pub(super) leaves_last_open: bool,
    #[serde(default)]
    pub(super) corrects: bool,
}

/// How an employer pays its contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Paying {
    /// All of it, in time.
    Exact,
    /// In time, but not all of it since a year.
    Partly,
    /// Months late since two years, and some months not at all since a year.
    Late,
}

/// How wages move within a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pay {
    /// The same every month.
    Steady,
    /// A bonus that depends on the building site.
    BySite,
    /// A tenth more in July, August and December.
    BySeason,
}

/// Somebody who may log in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// What is typed.
    pub(super) login: String,
    /// Of which kind that is.
    #[serde(default = "by_email")]
    pub(super) by: LoginKind,
    pub(super) role: String,
    pub(super) holder: Name,
    pub(super) employer: Option<EmployerNumber>,
    pub(super) insured: Option<InsuredNumber>,
    /// The paper of a beneficiary.
    pub(super) beneficiary: Option<String>,
    /// Where SMS go, as people write it.
    pub(super) phone: Option<String>,
    /// Where e-mails go, when that is not what is typed.
    pub(super) email: Option<Email>,
    /// The hash of the password that a former site kept, when it comes from there.
    pub(super) former: Option<String>,
    /// A charter of before that was accepted, and not the one in force.
    pub(super) accepted: Option<String>,
}

const fn by_email() -> LoginKind {
    LoginKind::Email
}

/// An identity paper.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Papers {
    pub(super) number: String,
    pub(super) expires: NaiveDate,
}

/// Somebody who has rights through a worker (ayant droit).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Relative {
    pub(super) surname: Name,
    pub(super) forenames: Name,
    pub(super) born: NaiveDate,
    pub(super) paper: Papers,
}

/// A worker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Worker {
    pub(super) number: InsuredNumber,
    pub(super) surname: Name,
    pub(super) forenames: Name,
    pub(super) sex: Sex,
    pub(super) born: NaiveDate,
    pub(super) paper: Option<Papers>,
    #[serde(default)]
    pub(super) relatives: Vec<Relative>,
    pub(super) jobs: Vec<Job>,
}

/// A worker's time with one employer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    pub(super) at: EmployerNumber,
    pub(super) from: NaiveDate,
    pub(super) to: Option<NaiveDate>,
    wage: i64,
    rise: i64,
    #[serde(default)]
    without_work: Vec<(Month, Month)>,
}

/// What a worker earned in a month, and on how many days when it was not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Earned {
    pub(super) wage: i64,
    pub(super) days: Option<u32>,
}

impl World {
    /// The world of a fund.
    pub(super) fn of(fund: &Fund) -> Result<Self, DeskError> {
        let found = WORLDS.iter().find(|(code, _)| *code == fund.code);
        let (code, text) = found.ok_or(Refusal::NotFound)?;
        toml::from_str(text)
            .map_err(|error| StoreError::Inconsistent(format!("worlds/{code}.toml: {error}")).into())
    }

    /// An amount in whole notes, rounded down.
    const fn notes(&self, amount: i64) -> i64 {
        amount.div_euclid(self.note).saturating_mul(self.note)
    }

    /// The minimum wage of a month, up to the next note; nothing in a country that is not known to have one.
    fn minimum(&self, fund: &Fund, month: Month) -> i64 {
        let least = fund.minimum_wage.at(month.first_day());
        let least = least.map_or(0, |dated| i64::try_from(dated.value.ceil()).unwrap_or(i64::MAX));
        self.notes(least.saturating_add(self.note.saturating_sub(1)))
    }
}

impl Worker {
    /// Since when the fund knows the person: the first day of the first job.
    pub(super) fn registered_on(&self) -> NaiveDate {
        self.jobs.iter().map(|job| job.from).min().unwrap_or(self.born)
    }
}

impl Job {
    /// What the job brings in `month`; none when there is no work in it.
    pub(super) fn earned(
        &self,
        world: &World,
        pay: Pay,
        luck: u64,
        month: Month,
        fund: &Fund,
    ) -> Option<Earned> {
        let gone = self.to.is_some_and(|to| to < month.first_day());
        let idle = self.without_work.iter().any(|(first, last)| (*first..=*last).contains(&month));
        if gone || idle || self.from > month.last_day() {
            return None;
        }
        let least = world.minimum(fund, month);
        let years = i64::from(month.year().saturating_sub(self.from.year()));
        let base = self.wage.saturating_add(self.rise.saturating_mul(years));
        let extra = match pay {
            Pay::Steady => 0,
            Pay::BySite => match mix(luck, month) % 5 {
                1 => world.note.saturating_mul(5),
                2 => world.note.saturating_mul(10),
                4 => world.note.saturating_mul(15),
                _ => 0,
            },
            Pay::BySeason if [7, 8, 12].contains(&month.number()) => base / 10,
            Pay::BySeason => 0,
        };
        let whole = world.notes(base.saturating_add(extra)).max(least);
        let (worked, all) = (self.days_in(month), working_days(month.first_day(), month.last_day()));
        if worked >= all {
            return Some(Earned { wage: whole, days: None });
        }
        // Whether the minimum wage is a floor of a month that is not whole is an open question of the
        // funds (plancher-prorata): nobody here is paid less, whatever its answer.
        let part = whole.saturating_mul(i64::from(worked)).checked_div(i64::from(all)).unwrap_or(whole);
        Some(Earned { wage: world.notes(part).max(least), days: Some(worked) })
    }

    fn days_in(&self, month: Month) -> u32 {
        let last = self.to.map_or(month.last_day(), |to| to.min(month.last_day()));
        working_days(self.from.max(month.first_day()), last)
    }
}

/// Mondays to Saturdays, both ends included.
fn working_days(first: NaiveDate, last: NaiveDate) -> u32 {
    let days = first.iter_days().take_while(|day| *day <= last).filter(|day| day.weekday() != Weekday::Sun);
    u32::try_from(days.count()).unwrap_or(0)
}

/// A number without pattern that is always the same for the same two (SplitMix64).
pub(super) fn mix(luck: u64, month: Month) -> u64 {
    let month = u64::try_from(month.since(Month::of(NaiveDate::default()))).unwrap_or(0);
    let mut z =
        luck.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(month.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An amount as the core takes it.
pub(super) fn whole(amount: i64) -> Decimal {
    Decimal::from(amount)
}
