//! What a statement is given: a value of the fund, bound as each engine keeps it.
//!
//! | value | SQLite | PostgreSQL |
//! |---|---|---|
//! | identity | `BLOB`, 16 bytes | `UUID` |
//! | day | `TEXT`, `2024-02-29` | `DATE` |
//! | instant | `INTEGER`, microseconds since 1970, UTC | `TIMESTAMPTZ` |
//! | month, quarter | `INTEGER`, counted | `DATE`, its first day |
//! | yes or no | `INTEGER`, 0 or 1 | `BOOLEAN` |
//! | amount, count | `INTEGER` | `BIGINT` |
//! | text, digest | `TEXT`, `BLOB` | `TEXT`, `BYTEA` |
//!
//! An absent value keeps its kind, because PostgreSQL wants to know of what it is the absence.

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::id::{
    AccountId, BatchId, BeneficiaryId, ChallengeId, DeclarationId, EmployerId, EntryId, InsuredId, MandateId,
    NoticeId, RequestKey, ReturnedFileId,
};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Postgres, Sqlite};
use uuid::Uuid;

/// A value of the fund, or its absence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Id(Option<Uuid>),
    Day(Option<NaiveDate>),
    Instant(Option<DateTime<Utc>>),
    Month(Option<Month>),
    Quarter(Option<Quarter>),
    Flag(Option<bool>),
}

/// What a value in a list of rows is, without the value; more kinds when a list needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
    Id,
    Day,
    Instant,
    Month,
}

impl Kind {
    /// The type of a list of these on PostgreSQL.
    pub(crate) const fn list(self) -> &'static str {
        match self {
            Self::Int => "bigint[]",
            Self::Text => "text[]",
            Self::Bytes => "bytea[]",
            Self::Id => "uuid[]",
            Self::Day | Self::Month => "date[]",
            Self::Instant => "timestamptz[]",
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident, $value:ident => $made:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::$variant(Some($made))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|$value| $made))
            }
        }
    )*};
}

from! {
    i64 => Int, v => v;
    i32 => Int, v => i64::from(v);
    u32 => Int, v => i64::from(v);
    u8 => Int, v => i64::from(v);
    &str => Text, v => v.to_owned();
    String => Text, v => v;
    &[u8] => Bytes, v => v.to_vec();
    [u8; 32] => Bytes, v => v.to_vec();
    Vec<u8> => Bytes, v => v;
    Uuid => Id, v => v;
    AccountId => Id, v => v.0;
    BatchId => Id, v => v.0;
    BeneficiaryId => Id, v => v.0;
    ChallengeId => Id, v => v.0;
    MandateId => Id, v => v.0;
    DeclarationId => Id, v => v.0;
    EmployerId => Id, v => v.0;
    EntryId => Id, v => v.0;
    InsuredId => Id, v => v.0;
    NoticeId => Id, v => v.0;
    RequestKey => Id, v => v.0;
    ReturnedFileId => Id, v => v.0;
    NaiveDate => Day, v => v;
    DateTime<Utc> => Instant, v => v;
    Month => Month, v => v;
    Quarter => Quarter, v => v;
    bool => Flag, v => v;
}

/// A month as SQLite counts it.
pub(crate) fn month_index(month: Month) -> i64 {
    i64::from(month.year()) * 12 + i64::from(month.number()) - 1
}

type Bound = Result<(), sqlx::error::BoxDynError>;

impl Value {
    /// Binds it for SQLite.
    pub(crate) fn on_sqlite(&self, to: &mut SqliteArguments) -> Bound {
        match self {
            Self::Int(v) => to.add(*v),
            Self::Text(v) => to.add(v.clone()),
            Self::Bytes(v) => to.add(v.clone()),
            Self::Id(v) => to.add(v.map(|id| id.as_bytes().to_vec())),
            Self::Day(v) => to.add(v.map(|day| day.to_string())),
            Self::Instant(v) => to.add(v.map(|instant| instant.timestamp_micros())),
            Self::Month(v) => to.add(v.map(month_index)),
            Self::Quarter(v) => to.add(v.map(|quarter| i64::from(quarter.index()))),
            Self::Flag(v) => to.add(v.map(i64::from)),
        }
    }

    /// Binds it for PostgreSQL.
    pub(crate) fn on_postgres(&self, to: &mut PgArguments) -> Bound {
        match self {
            Self::Int(v) => to.add(*v),
            Self::Text(v) => to.add(v.clone()),
            Self::Bytes(v) => to.add(v.clone()),
            Self::Id(v) => to.add(*v),
            Self::Day(v) => to.add(*v),
            Self::Instant(v) => to.add(*v),
            Self::Month(v) => to.add(v.map(Month::first_day)),
            Self::Quarter(v) => to.add(v.map(Quarter::first_day)),
            Self::Flag(v) => to.add(*v),
        }
    }
}

/// One column of many rows, bound for PostgreSQL as one list.
pub(crate) fn column_on_postgres<R: AsRef<[Value]>>(
    to: &mut PgArguments,
    kind: Kind,
    rows: &[R],
    place: usize,
) -> Bound {
    /// The values of one kind; anything else in the column would be a fault of this crate.
    fn of<'a, T: 'a, R: AsRef<[Value]>>(
        rows: &'a [R],
        place: usize,
        pick: impl Fn(&'a Value) -> Option<Option<T>>,
    ) -> Result<Vec<Option<T>>, sqlx::error::BoxDynError> {
        let value = |row: &'a R| {
            row.as_ref().get(place).and_then(&pick).ok_or_else(|| "a value of another kind".into())
        };
        rows.iter().map(value).collect()
    }
    macro_rules! bind {
        ($variant:ident, $v:ident => $made:expr) => {
            to.add(of(rows, place, |value| match value {
                Value::$variant($v) => Some($made),
                _ => None,
            })?)
        };
    }
    match kind {
        Kind::Int => bind!(Int, v => *v),
        Kind::Text => bind!(Text, v => v.as_deref()),
        Kind::Bytes => bind!(Bytes, v => v.as_deref()),
        Kind::Id => bind!(Id, v => *v),
        Kind::Day => bind!(Day, v => *v),
        Kind::Instant => bind!(Instant, v => *v),
        Kind::Month => bind!(Month, v => v.map(Month::first_day)),
    }
}

/// What can stand in a column: how it is read from either engine.
pub(crate) trait Column: Sized {
    /// What SQLite gives.
    type Lite: for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>;
    /// What PostgreSQL gives.
    type Postgres: for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>;
    /// From the one.
    fn from_sqlite(value: Self::Lite) -> Option<Self>;
    /// From the other.
    fn from_postgres(value: Self::Postgres) -> Option<Self>;
}

macro_rules! column {
    ($($type:ty: $lite:ty => $from_lite:expr, $postgres:ty => $from_postgres:expr;)*) => {$(
        impl Column for $type {
            type Lite = $lite;
            type Postgres = $postgres;

            fn from_sqlite(value: $lite) -> Option<Self> {
                ($from_lite)(value)
            }

            fn from_postgres(value: $postgres) -> Option<Self> {
                ($from_postgres)(value)
            }
        }
    )*};
}

column! {
    i64: i64 => Some, i64 => Some;
    String: String => Some, String => Some;
    Vec<u8>: Vec<u8> => Some, Vec<u8> => Some;
    Uuid: Vec<u8> => |bytes: Vec<u8>| Uuid::from_slice(&bytes).ok(), Uuid => Some;
    NaiveDate: String => |text: String| cnss_core::calendar::parse_date(&text).ok(), NaiveDate => Some;
    DateTime<Utc>: i64 => DateTime::from_timestamp_micros, DateTime<Utc> => Some;
    Month: i64 => month_of_index, NaiveDate => |day| Some(Month::of(day));
    Quarter: i64 => |index| i32::try_from(index).ok().and_then(Quarter::from_index), NaiveDate => |day| Some(Quarter::of(day));
    bool: i64 => |flag| Some(flag != 0), bool => Some;
}

fn month_of_index(index: i64) -> Option<Month> {
    let year = i32::try_from(index.div_euclid(12)).ok()?;
    let number = u32::try_from(index.rem_euclid(12)).ok()?;
    Month::new(year, number.saturating_add(1))
}
