//! What somebody who builds on `cnss-core` may write: a rule of one's own ([`yearly_bonus`]) and a
//! store that does one thing more than another ([`Watched`]).
//!
//! The point is in `tests/`: both are tried on random people and random lives of a fund, without a
//! line of generator.

use std::sync::Mutex;

use cnss_core::calendar::Month;
use cnss_core::decision::{Batch, Change};
use cnss_core::insured::Career;
use cnss_core::ledger::EntryKind;
use cnss_core::memory::MemoryStore;
use cnss_core::money::{Currency, Money, MoneyError, Rounding};
use cnss_core::port::{Around, BoxFuture, CommitError, Store};
use rust_decimal::Decimal;

/// A bonus that an employer pays of its own: 2 % of the year's wages for each whole year of service,
/// 20 % at most, rounded down to the smallest unit.
///
/// # Errors
/// An amount beyond what the books accept.
pub fn yearly_bonus(career: &Career, year: i32, currency: Currency) -> Result<Money, MoneyError> {
    let (Some(first), Some(end)) = (Month::new(year, 1), Month::new(year.saturating_add(1), 1)) else {
        return Ok(currency.zero());
    };
    let mut wages = currency.zero();
    for month in career.between(first, end) {
        wages = wages.plus(Money::new(month.wage, currency)?)?;
    }
    let years = career.before(first).len().checked_div(12).unwrap_or(0).min(10);
    let share = Decimal::new(i64::try_from(years).unwrap_or(10).saturating_mul(2), 2);
    Ok(wages.times(share)?.round(Rounding::Down))
}

/// Books in memory that count what is written into them, as a store of your own might feed an
/// archive or a dashboard.
#[derive(Debug, Default)]
pub struct Watched {
    books: MemoryStore,
    written: Mutex<Written>,
}

/// What was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Declarations and corrections.
    pub declarations: usize,
    /// Payments booked.
    pub payments: usize,
    /// Entries that debit or credit contributions.
    pub debts: usize,
}

impl Watched {
    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> Written {
        *self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Around for Watched {
    fn inner(&self) -> &dyn Store {
        &self.books
    }

    fn around_commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let changes = batch.changes.clone();
            // Only what the books took counts: a batch is committed whole or not at all.
            self.books.commit(batch).await?;
            let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for change in changes {
                let counted = match change {
                    Change::FileDeclaration(..) => &mut written.declarations,
                    Change::PostEntry(entry) if entry.kind == EntryKind::Payment => &mut written.payments,
                    Change::PostEntry(_) => &mut written.debts,
                    _ => continue,
                };
                *counted = counted.saturating_add(1);
            }
            Ok(())
        })
    }
}
