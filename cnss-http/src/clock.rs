//! The only place that reads the machine's clock and draws chance: everything inward is
//! given a [`Moment`].

use chrono::{DateTime, FixedOffset, SubsecRound, Utc};
use cnss_core::decision::{Entropy, Moment};
use cnss_core::fund::Fund;

/// The clock of a fund: instants of the machine, days of the fund's own zone.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    zone: FixedOffset,
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    /// The machine's clock, for a fund: its days begin as many hours from Greenwich as its own data say.
    #[must_use]
    pub fn of(fund: &Fund) -> Self {
        let zone = FixedOffset::east_opt(i32::from(fund.utc_offset_hours).saturating_mul(3_600));
        Self { zone: zone.unwrap_or_else(|| chrono::Offset::fix(&Utc)), fixed: None }
    }

    /// A clock of Greenwich that stands still, for tests.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self { zone: chrono::Offset::fix(&Utc), fixed: Some(at) }
    }

    /// The same, standing still, for tests.
    #[must_use]
    pub fn standing(self, at: DateTime<Utc>) -> Self {
        Self { fixed: Some(at), ..self }
    }

    /// An instant by the hour of the fund's data, which is one hour for the whole year: where a country
    /// changes its clocks for some weeks, as Morocco does for Ramadan, this does not follow.
    ///
    /// ```
    /// use cnss_core::fund::Fund;
    /// use cnss_http::clock::Clock;
    /// let evening = "2026-07-12T22:30:00Z".parse()?;
    /// let djibouti = Clock::of(&Fund::builtin("dj")?);
    /// assert_eq!(djibouti.local(evening).to_string(), "2026-07-13 01:30:00 +03:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn local(&self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        at.with_timezone(&self.zone)
    }

    /// Now, to the microsecond that every store keeps, with fresh chance.
    #[must_use]
    pub fn moment(&self) -> Moment {
        #[expect(clippy::disallowed_methods, reason = "this is the edge that reads the clock")]
        let now = self.fixed.unwrap_or_else(Utc::now).trunc_subsecs(6);
        let today = self.local(now).date_naive();
        Moment { now, today, entropy: Entropy::new(secret()) }
    }
}

/// 32 bytes that nobody can guess.
///
/// A machine that cannot give chance cannot keep sessions apart, so this ends the process.
#[must_use]
pub fn secret() -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the machine gives no randomness");
        std::process::abort();
    }
    bytes
}
