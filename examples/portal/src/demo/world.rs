//! The people of the demonstration (`world.toml`), and what each of them earns in a month.
//!
//! They are read with the core's own types, so a number or a name that no register would
//! take is refused here too. The one rule to remember: nothing is drawn by chance, the same
//! file gives the same francs every time.

use chrono::{Datelike, NaiveDate, Weekday};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::desk::DeskError;
use cnss_core::fund::Fund;
use cnss_core::id::{EmployerNumber, InsuredNumber};
use cnss_core::person::{Email, Name, Sex};
use cnss_core::port::StoreError;
use cnss_core::refusal::Refusal;
use rust_decimal::Decimal;
use serde::Deserialize;

/// Wages are paid in notes: always a multiple of this.
const NOTE: i64 = 500;

/// Everybody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
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
    pub(super) login: Email,
    pub(super) role: String,
    pub(super) holder: Name,
    pub(super) employer: Option<EmployerNumber>,
    pub(super) insured: Option<InsuredNumber>,
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
    /// The world of `world.toml`.
    pub(super) fn read() -> Result<Self, DeskError> {
        toml::from_str(include_str!("world.toml"))
            .map_err(|error| StoreError::Inconsistent(format!("world.toml: {error}")).into())
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
        pay: Pay,
        luck: u64,
        month: Month,
        fund: &Fund,
    ) -> Result<Option<Earned>, DeskError> {
        let gone = self.to.is_some_and(|to| to < month.first_day());
        let idle = self.without_work.iter().any(|(first, last)| (*first..=*last).contains(&month));
        if gone || idle || self.from > month.last_day() {
            return Ok(None);
        }
        let smig = minimum(fund, month)?;
        let years = i64::from(month.year().saturating_sub(self.from.year()));
        let base = self.wage.saturating_add(self.rise.saturating_mul(years));
        let extra = match pay {
            Pay::Steady => 0,
            Pay::BySite => match mix(luck, month) % 5 {
                1 => 2_500,
                2 => 5_000,
                4 => 7_500,
                _ => 0,
            },
            Pay::BySeason if [7, 8, 12].contains(&month.number()) => base / 10,
            Pay::BySeason => 0,
        };
        let whole = notes(base.saturating_add(extra)).max(smig);
        let (worked, all) = (self.days_in(month), working_days(month.first_day(), month.last_day()));
        if worked >= all {
            return Ok(Some(Earned { wage: whole, days: None }));
        }
        // Whether the SMIG is a floor of a month that is not whole is an open question of the
        // fund (plancher-prorata): nobody here is paid less, whatever its answer.
        let part = whole.saturating_mul(i64::from(worked)).checked_div(i64::from(all)).unwrap_or(whole);
        Ok(Some(Earned { wage: notes(part).max(smig), days: Some(worked) }))
    }

    fn days_in(&self, month: Month) -> u32 {
        let last = self.to.map_or(month.last_day(), |to| to.min(month.last_day()));
        working_days(self.from.max(month.first_day()), last)
    }
}

fn notes(francs: i64) -> i64 {
    francs.div_euclid(NOTE).saturating_mul(NOTE)
}

/// The SMIG of a month, up to the next note.
fn minimum(fund: &Fund, month: Month) -> Result<i64, DeskError> {
    let date = month.first_day();
    let smig = fund.minimum_wage.at(date).ok_or(Refusal::NoRule { rule: "minimum_wage".into(), date })?.value;
    let short = i64::try_from(smig.ceil()).unwrap_or(i64::MAX);
    Ok(notes(short.saturating_add(NOTE.saturating_sub(1))))
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

/// An amount of francs as the core takes it.
pub(super) fn francs(amount: i64) -> Decimal {
    Decimal::from(amount)
}
