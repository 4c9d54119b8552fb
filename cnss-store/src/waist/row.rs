//! What a statement gives back: a row of either engine, read as values of the fund, or an
//! inconsistency that names its column.

use cnss_core::id::InsuredNumber;
use cnss_core::money::{Currency, Money};
use cnss_core::person::Name;
use cnss_core::port::StoreError;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::value::Column;
use crate::fault::unavailable;

/// A row.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

pub(crate) fn nonsense(column: &str) -> StoreError {
    StoreError::Inconsistent(format!("column {column}"))
}

impl Row {
    /// The value of a column that always has one.
    pub(crate) fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        self.optional(column)?.ok_or_else(|| nonsense(column))
    }

    /// The value of a column, if it has one.
    pub(crate) fn optional<T: Column>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let value = match self {
            Self::Sqlite(row) => {
                row.try_get::<Option<T::Lite>, _>(column).map_err(unavailable)?.map(T::from_sqlite)
            }
            Self::Postgres(row) => {
                row.try_get::<Option<T::Postgres>, _>(column).map_err(unavailable)?.map(T::from_postgres)
            }
        };
        value.map(|value| value.ok_or_else(|| nonsense(column))).transpose()
    }

    /// An identity, in its own type.
    pub(crate) fn id<T>(&self, column: &str, of: impl FnOnce(Uuid) -> T) -> Result<T, StoreError> {
        self.get::<Uuid>(column).map(of)
    }

    /// What is written as text.
    pub(crate) fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, StoreError> {
        self.get::<String>(column)?.parse().map_err(|_| nonsense(column))
    }

    /// The name of a person or a company.
    pub(crate) fn name(&self, column: &str) -> Result<Name, StoreError> {
        Name::parse(&self.get::<String>(column)?).map_err(|_| nonsense(column))
    }

    /// A digest of 32 bytes.
    pub(crate) fn digest(&self, column: &str) -> Result<[u8; 32], StoreError> {
        self.get::<Vec<u8>>(column)?.try_into().map_err(|_| nonsense(column))
    }

    /// An amount, kept in the smallest unit of the currency.
    pub(crate) fn money(&self, column: &str, currency: Currency) -> Result<Money, StoreError> {
        Money::from_minor(self.get(column)?, currency).map_err(|_| nonsense(column))
    }

    /// A count in a narrower type.
    pub(crate) fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        T::try_from(self.get::<i64>(column)?).map_err(|_| nonsense(column))
    }

    /// What is kept as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.get::<String>(column)?).map_err(|_| nonsense(column))
    }
}

/// The text by which numbers sort as clerks sort them: by length, then by digits.
pub(crate) fn number_order(number: InsuredNumber) -> String {
    let digits = number.to_string();
    format!("{:02}{digits}", digits.len())
}
