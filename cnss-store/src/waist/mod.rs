//! The narrow waist between the fund's books and two engines: one text for each statement, values
//! bound and rows read as each engine keeps them (see [`value`]).
//!
//! A statement is either plain, `… WHERE employer_id = $1`, or over **many rows**: its text names
//! a relation `r` whose columns it lists, and the waist hands any number of rows over as `r`: one
//! list a column on PostgreSQL, `VALUES` on SQLite. The one rule to remember: every statement is
//! declared with [`statements!`], so that a test can have both engines prepare all of them.

mod row;
mod value;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cnss_core::port::CommitError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, SqlSafeStr as _, SqlStr, SqliteConnection, SqlitePool};
use tokio::time::timeout;

pub(crate) use self::row::{Row, nonsense, number_order};
pub(crate) use self::value::{Kind, Value};
use crate::fault::while_committing;
use crate::place::Place;
use crate::session::Session;

/// One statement, in the words that both engines understand.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Its text, with `$1 … $n`, or over the relation `r`.
    pub sql: &'static str,
    /// The columns of `r`; none for a plain statement.
    pub rows: &'static [(&'static str, Kind)],
    /// Its text for each engine, made once: for each size in [`CHUNKS`], and for PostgreSQL.
    pub texts: ([OnceLock<Arc<str>>; CHUNKS.len()], OnceLock<Arc<str>>),
}

/// Declares the statements of a subject, and the list of all of them.
macro_rules! statements {
    ($($name:ident $(($($column:ident: $kind:ident),+))? = $sql:expr;)+) => {
        $(
            pub(crate) static $name: $crate::waist::Statement = $crate::waist::Statement {
                sql: $sql,
                rows: &[$($((stringify!($column), $crate::waist::Kind::$kind)),+)?],
                texts: ([const { std::sync::OnceLock::new() }; $crate::waist::CHUNKS.len()], std::sync::OnceLock::new()),
            };
        )+

        /// Every statement of this subject, for the test that has both engines prepare them.
        #[cfg(test)]
        pub(crate) static ALL: &[(&str, &$crate::waist::Statement)] = &[$((stringify!($name), &$name)),+];
    };
}

/// The values of a plain statement, or of one row.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::waist::Value::from($value)),*] };
}

pub(crate) use {statements, values};

/// The rows that SQLite takes in one go: few sizes, so that few texts are prepared.
pub(crate) const CHUNKS: [usize; 5] = [100, 30, 10, 3, 1];
/// The rows that PostgreSQL takes in one go.
const ROWS_AT_ONCE: usize = 20_000;

impl Statement {
    fn columns(&self) -> String {
        let names: Vec<&str> = self.rows.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The text for SQLite over `count` rows.
    pub(crate) fn sqlite(&self, count: usize) -> SqlStr {
        if self.rows.is_empty() {
            return self.sql.into_sql_str();
        }
        let made = CHUNKS.iter().zip(&self.texts.0).find(|(size, _)| **size == count);
        let text = match made {
            Some((_, text)) => text.get_or_init(|| self.text_for_sqlite(count).into()).clone(),
            None => self.text_for_sqlite(count).into(),
        };
        AssertSqlSafe(text).into_sql_str()
    }

    fn text_for_sqlite(&self, count: usize) -> String {
        let width = self.rows.len();
        let row = |at: usize| {
            let marks: Vec<String> =
                (1..=width).map(|i| format!("${}", at.saturating_mul(width).saturating_add(i))).collect();
            format!("({})", marks.join(", "))
        };
        let rows: Vec<String> = (0..count).map(row).collect();
        format!("WITH r({}) AS (VALUES {}) {}", self.columns(), rows.join(", "), self.sql)
    }

    /// The text for PostgreSQL, over any number of rows.
    pub(crate) fn postgres(&self) -> SqlStr {
        if self.rows.is_empty() {
            return self.sql.into_sql_str();
        }
        let text = self.texts.1.get_or_init(|| self.text_for_postgres().into());
        AssertSqlSafe(text.clone()).into_sql_str()
    }

    fn text_for_postgres(&self) -> String {
        let lists: Vec<String> =
            (1..).zip(self.rows).map(|(i, (_, kind))| format!("${i}::{}", kind.list())).collect();
        let from = lists.join(", ");
        format!("WITH r({}) AS (SELECT * FROM UNNEST({from})) {}", self.columns(), self.sql)
    }
}

fn unbound(error: sqlx::error::BoxDynError) -> sqlx::Error {
    sqlx::Error::Encode(error)
}

fn sqlite_arguments<'a>(values: impl IntoIterator<Item = &'a Value>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        value.on_sqlite(&mut arguments).map_err(unbound)?;
    }
    Ok(arguments)
}

fn postgres_arguments<R: AsRef<[Value]>>(
    statement: &Statement,
    rows: &[R],
) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    if statement.rows.is_empty() {
        for value in rows.iter().flat_map(AsRef::as_ref) {
            value.on_postgres(&mut arguments).map_err(unbound)?;
        }
    }
    for (place, (_, kind)) in statement.rows.iter().enumerate() {
        value::column_on_postgres(&mut arguments, *kind, rows, place).map_err(unbound)?;
    }
    Ok(arguments)
}

/// The rows of a statement in parts of the sizes in [`CHUNKS`].
fn parts<R>(mut rows: &[R]) -> Vec<&[R]> {
    let mut parts = Vec::new();
    for size in CHUNKS {
        while let Some((part, rest)) = rows.split_at_checked(size) {
            parts.push(part);
            rows = rest;
        }
    }
    parts
}

fn still(place: Option<&Place>) -> Result<(), sqlx::Error> {
    place.map_or(Ok(()), Place::check)
}

/// Where a statement runs: inside a transaction, or on any connection of a pool.
pub(crate) enum On<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
    SqlitePool(&'a SqlitePool),
    /// Any connection to the file of the books, while it is where it was.
    File(&'a SqlitePool, Option<&'a Place>),
    /// Any session on the server, for so long.
    Server(&'a PgPool, Duration),
}

impl On<'_> {
    /// Runs a statement over these rows (one, for a plain statement); says how many rows changed.
    pub(crate) async fn run<R: AsRef<[Value]>>(
        &mut self,
        statement: &Statement,
        rows: &[R],
    ) -> Result<u64, sqlx::Error> {
        let mut changed = 0_u64;
        match self {
            Self::Sqlite(_) | Self::SqlitePool(_) | Self::File(..) => {
                for part in parts(rows) {
                    let query = sqlx::query_with(
                        statement.sqlite(part.len()),
                        sqlite_arguments(part.iter().flat_map(AsRef::as_ref))?,
                    );
                    let done = match self {
                        Self::Sqlite(db) => query.execute(&mut **db).await?,
                        Self::SqlitePool(pool) => query.execute(*pool).await?,
                        Self::File(pool, place) => {
                            still(*place)?;
                            let done = query.execute(*pool).await?;
                            // Nothing is acknowledged that went into a file that is gone.
                            still(*place)?;
                            done
                        }
                        _ => continue,
                    };
                    changed = changed.saturating_add(done.rows_affected());
                }
            }
            Self::Postgres(_) | Self::Server(..) => {
                for part in rows.chunks(ROWS_AT_ONCE) {
                    let query = sqlx::query_with(statement.postgres(), postgres_arguments(statement, part)?);
                    let done = match self {
                        Self::Postgres(db) => query.execute(&mut **db).await?,
                        Self::Server(pool, most) => {
                            let mut session = Session::of(pool).await?;
                            let ran = timeout(*most, query.execute(session.db())).await;
                            session.ran(ran)?
                        }
                        _ => continue,
                    };
                    changed = changed.saturating_add(done.rows_affected());
                }
            }
        }
        Ok(changed)
    }

    /// The rows that a statement finds.
    pub(crate) async fn rows<R: AsRef<[Value]>>(
        &mut self,
        statement: &Statement,
        rows: &[R],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let mut found = Vec::new();
        match self {
            Self::Sqlite(_) | Self::SqlitePool(_) | Self::File(..) => {
                for part in parts(rows) {
                    let query = sqlx::query_with(
                        statement.sqlite(part.len()),
                        sqlite_arguments(part.iter().flat_map(AsRef::as_ref))?,
                    );
                    let got = match self {
                        Self::Sqlite(db) => query.fetch_all(&mut **db).await?,
                        Self::SqlitePool(pool) => query.fetch_all(*pool).await?,
                        Self::File(pool, place) => {
                            still(*place)?;
                            query.fetch_all(*pool).await?
                        }
                        _ => continue,
                    };
                    found.extend(got.into_iter().map(Row::Sqlite));
                }
            }
            Self::Postgres(_) | Self::Server(..) => {
                for part in rows.chunks(ROWS_AT_ONCE) {
                    let query = sqlx::query_with(statement.postgres(), postgres_arguments(statement, part)?);
                    let got = match self {
                        Self::Postgres(db) => query.fetch_all(&mut **db).await?,
                        Self::Server(pool, most) => {
                            let mut session = Session::of(pool).await?;
                            let ran = timeout(*most, query.fetch_all(session.db())).await;
                            session.ran(ran)?
                        }
                        _ => continue,
                    };
                    found.extend(got.into_iter().map(Row::Postgres));
                }
            }
        }
        Ok(found)
    }
}

/// One statement of a commit, with what it is given and what it must do.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) statement: &'static Statement,
    pub(crate) rows: Vec<Vec<Value>>,
    /// What it means when it changes no row, where that means anything.
    pub(crate) or_else: Option<CommitError>,
}

impl Step {
    /// A statement over one row, or a plain one.
    pub(crate) fn plain(statement: &'static Statement, values: Vec<Value>) -> Self {
        Self { statement, rows: vec![values], or_else: None }
    }

    /// A statement over many rows.
    pub(crate) const fn many(statement: &'static Statement, rows: Vec<Vec<Value>>) -> Self {
        Self { statement, rows, or_else: None }
    }

    /// The same, which must change exactly one row: if not, somebody else was faster.
    pub(crate) fn or_stale(self) -> Self {
        Self { or_else: Some(CommitError::Stale), ..self }
    }

    /// The same: if it changes no row, somebody else has that.
    pub(crate) fn or_taken(self, what: &'static str) -> Self {
        Self { or_else: Some(CommitError::Taken(what)), ..self }
    }

    /// Runs it.
    pub(crate) async fn run(&self, on: &mut On<'_>) -> Result<(), CommitError> {
        let changed = on.run(self.statement, &self.rows).await.map_err(while_committing)?;
        match &self.or_else {
            Some(error) if changed != 1 => Err(error.clone()),
            _ => Ok(()),
        }
    }
}
