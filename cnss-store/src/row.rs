//! Between rows and the core's values: what a column holds, parsed, or an inconsistency named.

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::calendar::{Month, Quarter, parse_date};
use cnss_core::id::InsuredNumber;
use cnss_core::money::{Currency, Money};
use cnss_core::person::Name;
use cnss_core::port::StoreError;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::fault::unavailable;

/// A row that names what it cannot read.
pub(crate) struct Row(pub(crate) SqliteRow);

fn nonsense(column: &str) -> StoreError {
    StoreError::Inconsistent(format!("column {column}"))
}

impl Row {
    pub(crate) fn get<'r, T>(&'r self, column: &str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.0.try_get(column).map_err(unavailable)
    }

    pub(crate) fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, StoreError> {
        self.get::<String>(column)?.parse().map_err(|_| nonsense(column))
    }

    pub(crate) fn uuid(&self, column: &str) -> Result<Uuid, StoreError> {
        Uuid::from_slice(&self.get::<Vec<u8>>(column)?).map_err(|_| nonsense(column))
    }

    pub(crate) fn optional_uuid(&self, column: &str) -> Result<Option<Uuid>, StoreError> {
        let bytes = self.get::<Option<Vec<u8>>>(column)?;
        bytes.map(|bytes| Uuid::from_slice(&bytes).map_err(|_| nonsense(column))).transpose()
    }

    pub(crate) fn digest(&self, column: &str) -> Result<[u8; 32], StoreError> {
        self.get::<Vec<u8>>(column)?.try_into().map_err(|_| nonsense(column))
    }

    pub(crate) fn name(&self, column: &str) -> Result<Name, StoreError> {
        Name::parse(&self.get::<String>(column)?).map_err(|_| nonsense(column))
    }

    pub(crate) fn date(&self, column: &str) -> Result<NaiveDate, StoreError> {
        parse_date(&self.get::<String>(column)?).map_err(|_| nonsense(column))
    }

    pub(crate) fn optional_date(&self, column: &str) -> Result<Option<NaiveDate>, StoreError> {
        let text = self.get::<Option<String>>(column)?;
        text.map(|text| parse_date(&text).map_err(|_| nonsense(column))).transpose()
    }

    pub(crate) fn instant(&self, column: &str) -> Result<DateTime<Utc>, StoreError> {
        DateTime::from_timestamp_micros(self.get(column)?).ok_or_else(|| nonsense(column))
    }

    pub(crate) fn optional_instant(&self, column: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let micros = self.get::<Option<i64>>(column)?;
        micros
            .map(|micros| DateTime::from_timestamp_micros(micros).ok_or_else(|| nonsense(column)))
            .transpose()
    }

    pub(crate) fn quarter(&self, column: &str) -> Result<Quarter, StoreError> {
        Quarter::from_index(self.get(column)?).ok_or_else(|| nonsense(column))
    }

    pub(crate) fn month(&self, column: &str) -> Result<Month, StoreError> {
        stored_month(self.get(column)?).ok_or_else(|| nonsense(column))
    }

    pub(crate) fn optional_month(&self, column: &str) -> Result<Option<Month>, StoreError> {
        let index = self.get::<Option<i64>>(column)?;
        index.map(|index| stored_month(index).ok_or_else(|| nonsense(column))).transpose()
    }

    pub(crate) fn money(&self, column: &str, currency: Currency) -> Result<Money, StoreError> {
        Money::from_minor(self.get(column)?, currency).map_err(|_| nonsense(column))
    }

    pub(crate) fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        T::try_from(self.get::<i64>(column)?).map_err(|_| nonsense(column))
    }
}

/// A month as the books count it.
pub(crate) fn month_index(month: Month) -> i64 {
    i64::from(month.year()) * 12 + i64::from(month.number()) - 1
}

fn stored_month(index: i64) -> Option<Month> {
    let year = i32::try_from(index.div_euclid(12)).ok()?;
    let number = u32::try_from(index.rem_euclid(12)).ok()?;
    Month::new(year, number.saturating_add(1))
}

/// The text by which numbers sort as clerks sort them: by length, then by digits.
pub(crate) fn number_order(number: InsuredNumber) -> String {
    let digits = number.to_string();
    format!("{:02}{digits}", digits.len())
}
