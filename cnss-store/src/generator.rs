//! A whole country in the books, quickly: insured persons, employers, what was declared for each month,
//! and one employer with very long lists. For measuring what size costs (feature `generator`).
//!
//! It writes past the plan of a commit, in bulk: `COPY` on PostgreSQL, many rows a statement on
//! SQLite. The one rule to remember: never into books that anybody uses. Foreign keys are looked at
//! once, at the end, over everything.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::id::{EmployerId, InsuredId, InsuredNumber};
use cnss_core::payment::Reference;
use cnss_core::port::StoreError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, SqlSafeStr as _, SqliteConnection};
use uuid::Uuid;

use crate::fault::unavailable;
use crate::store::{Engine, SqlStore};
use crate::waist::{Value, number_order, statements, values};

/// How large the country is.
#[derive(Clone, Copy, Debug)]
pub struct Country {
    /// Insured persons, each with a career month for every month.
    pub insured: u32,
    /// Employers; persons are spread over them.
    pub employers: u32,
    /// Months, from January 2014, in whole quarters.
    pub months: u32,
    /// How long the lists of the first employer are: staff, lines, entries, references; and the fund's
    /// disputes, dead notices and audit trail.
    pub lists: u32,
}

/// The employer with this number.
#[must_use]
pub fn employer_id(n: u32) -> EmployerId {
    EmployerId(id(1, n))
}

/// The person with this number.
#[must_use]
pub fn insured_id(n: u32) -> InsuredId {
    InsuredId(id(2, n))
}

/// The declaration with the long list of lines.
#[must_use]
pub fn long_declaration() -> Uuid {
    id(3, u32::MAX)
}

statements! {
    ANYBODY = "SELECT employer_id FROM employer LIMIT 1";
}

fn id(kind: u8, n: u32) -> Uuid {
    Uuid::from_u128(u128::from(kind) << 96 | u128::from(n).saturating_add(1))
}

fn account_id(n: u32) -> Uuid {
    id(8, n)
}

fn number(n: u32) -> Result<InsuredNumber, StoreError> {
    format!("{n:08}").parse().map_err(|_| StoreError::Inconsistent("a number".to_owned()))
}

/// Another for each `n`: a sign of a reference has 31 values in 5 bits.
fn reference(n: u32) -> Reference {
    let signs = [n % 31, n / 31 % 31, n / 961 % 31, n / 29_791 % 31, n / 923_521 % 31];
    let bits = signs.into_iter().rev().fold(0_u128, |bits, sign| bits << 5 | u128::from(sign));
    Reference::drawn(Uuid::from_u128(bits))
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2014, 1, 1).unwrap_or_default()
}

fn instant(n: u32) -> DateTime<Utc> {
    first_day().and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::seconds(i64::from(n))
}

/// The columns of an account with which nobody can log in.
const ACCOUNT: &str = "account_id,password_hash,must_change,subject_kind,subject_id,holder,state,version";

/// The rows of a table, made one by one.
struct Table {
    name: &'static str,
    columns: &'static str,
    width: usize,
    rows: Box<dyn Iterator<Item = Result<Vec<Value>, StoreError>> + Send>,
}

fn table(
    name: &'static str,
    columns: &'static str,
    count: u32,
    row: impl Fn(u32) -> Result<Vec<Value>, StoreError> + Send + 'static,
) -> Table {
    let width = columns.split(',').count();
    Table { name, columns, width, rows: Box::new((0..count).map(row)) }
}

impl Country {
    fn tables(self) -> Vec<Table> {
        let quarters = self.months / 3;
        let employers = self.employers.max(1);
        let declaration = move |employer: u32, quarter: u32| {
            id(3, employer.saturating_mul(quarters.max(1)).saturating_add(quarter))
        };
        let quarter_at = |quarter: u32| Quarter::of(first_day()).plus(i32::try_from(quarter).unwrap_or(0));
        let month_at = |month: u32| Month::of(first_day()).plus(i32::try_from(month).unwrap_or(0));
        let long = self.lists;
        vec![
            table("employer", "employer_id,number,name,name_key,category,registered_on", employers, |n| {
                let number = format!("EMP-{n:06}");
                Ok(values![
                    employer_id(n),
                    number,
                    "Société du Mono",
                    "societe du mono",
                    "salaried",
                    first_day()
                ])
            }),
            table("account", ACCOUNT, employers, |n| {
                let (nobody, one) = ("!", 1_i64);
                let whose = employer_id(n);
                Ok(values![account_id(n), nobody, false, "employer", whose, "Société du Mono", "active", one])
            }),
            table(
                "insured",
                "insured_id,number,number_order,surname,forenames,name_key,sex,birth_date,registered_on",
                self.insured.max(long),
                |n| {
                    let number = number(n)?;
                    let order = number_order(number);
                    let (id, number) = (insured_id(n), number.to_string());
                    let born = first_day() - TimeDelta::days(i64::from(7_000_u32.saturating_add(n % 15_000)));
                    let (name, key) = ("Agbéko", "agbeko kossi");
                    Ok(values![id, number, order, name, "Kossi", key, "male", born, first_day()])
                },
            ),
            table(
                "employment",
                "employer_id,insured_id,number_order,hired_on,left_on",
                self.insured,
                move |n| {
                    // The first employer has the long list.
                    let whose = employer_id((n % employers).max(1).min(employers.saturating_sub(1)));
                    Ok(values![
                        whose,
                        insured_id(n),
                        number_order(number(n)?),
                        first_day(),
                        None::<NaiveDate>
                    ])
                },
            ),
            table("employment", "employer_id,insured_id,number_order,hired_on,left_on", long, move |n| {
                let order = number_order(number(n)?);
                let left = (employers == 1).then(first_day);
                Ok(values![employer_id(0), insured_id(n), order, first_day(), left])
            }),
            table(
                "declaration",
                "declaration_id,employer_id,quarter,revision,filed_at,filed_by,workers,wages,contributions",
                employers.saturating_mul(quarters),
                move |n| {
                    let (employer, quarter) = (n / quarters.max(1), n % quarters.max(1));
                    let quarter_of = quarter_at(quarter);
                    let id = declaration(employer, quarter);
                    let whose = employer_id(employer);
                    Ok(values![
                        id,
                        whose,
                        quarter_of,
                        1_i64,
                        instant(n),
                        account_id(employer),
                        20_i64,
                        9_450_000_i64,
                        2_000_000_i64
                    ])
                },
            ),
            table(
                "declaration",
                "declaration_id,employer_id,quarter,revision,filed_at,filed_by,workers,wages,contributions",
                1,
                move |_| {
                    let of = Quarter::of(first_day()).plus(-1);
                    let (id, whose) = (long_declaration(), employer_id(0));
                    Ok(values![id, whose, of, 1_i64, instant(0), account_id(0), long, 0_i64, 0_i64])
                },
            ),
            table("declaration_line", "declaration_id,line_row,insured_id,number,wage1", long, |n| {
                let number = number(n)?.to_string();
                Ok(values![long_declaration(), n.saturating_add(1), insured_id(n), number, 157_500_i64])
            }),
            table(
                "career_month",
                "insured_id,month,employer_id,declaration_id,category,wage,days,employer_share,worker_share",
                self.insured.saturating_mul(self.months),
                move |n| {
                    let (person, month) = (n / self.months.max(1), n % self.months.max(1));
                    let employer = person % employers;
                    let quarter = (month / 3).min(quarters.saturating_sub(1));
                    let (whose, declared) = (employer_id(employer), declaration(employer, quarter));
                    let wage = 60_000_i64.saturating_add(i64::from(person % 900).saturating_mul(500));
                    let (at, days) = (month_at(month), None::<i64>);
                    Ok(values![
                        insured_id(person),
                        at,
                        whose,
                        declared,
                        "salaried",
                        wage,
                        days,
                        wage / 5,
                        wage / 25
                    ])
                },
            ),
            table("audit_line", "place,batch_id,decided_at,actor_id,what,digest", long, |n| {
                let digest = [7_u8; 32];
                Ok(values![n.saturating_add(1), id(4, n), instant(n), None::<Uuid>, "post_entry", digest])
            }),
            table(
                "ledger_entry",
                "place,entry_id,employer_id,kind,month,value_date,booked_at,declaration_id,reference,batch_id",
                long,
                |n| {
                    let (place, entry, whose) = (n.saturating_add(1), id(5, n), employer_id(0));
                    let (none, to, batch) = (None::<Uuid>, reference(n).to_string(), id(4, n));
                    let (day, month) = (instant(n).date_naive(), None::<Month>);
                    Ok(values![place, entry, whose, "payment", month, day, instant(n), none, to, batch])
                },
            ),
            table(
                "ledger_posting",
                "place,account,amount,employer_id,counted_at,balance",
                long.saturating_mul(2),
                |n| {
                    let place = (n / 2).saturating_add(1);
                    let sign = if n % 2 == 0 { 1_i64 } else { -1 };
                    let account = if n % 2 == 0 { "bank" } else { "deposit" };
                    let (amount, at) = (sign.saturating_mul(1_000), instant(n / 2));
                    Ok(values![
                        place,
                        account,
                        amount,
                        employer_id(0),
                        at,
                        amount.saturating_mul(place.into())
                    ])
                },
            ),
            table(
                "payment_reference",
                "place,reference,employer_id,amount,issued_at,issued_on,issued_by,paid_entry,paid_bank,paid_transaction,paid_on",
                long,
                |n| {
                    let (place, whose, at) = (n.saturating_add(1), employer_id(0), instant(n));
                    let (paid, by) = (id(5, n), account_id(0));
                    let (to, transaction) = (reference(n).to_string(), format!("T{n}"));
                    Ok(values![
                        place,
                        to,
                        whose,
                        1_000_i64,
                        at,
                        at.date_naive(),
                        by,
                        paid,
                        "ecobank",
                        transaction,
                        at.date_naive()
                    ])
                },
            ),
            table(
                "payment_dispute",
                "place,dispute_id,bank,bank_transaction,reference_text,amount,currency,decimals,paid_on,reason,received_at",
                long,
                |n| {
                    let (place, at, transaction) = (n.saturating_add(1), instant(n), format!("T{n}"));
                    let (reason, day) = ("unknown_reference", at.date_naive());
                    let (amount, currency, decimals) = (1_000_i64, "XOF", 0_i64);
                    Ok(values![
                        place,
                        id(6, n),
                        "ecobank",
                        transaction,
                        "?",
                        amount,
                        currency,
                        decimals,
                        day,
                        reason,
                        at
                    ])
                },
            ),
            table("outbox", "place,notice_id,account_id,notice,made_at,due_at,tries,state,why", long, |n| {
                let notice = format!(
                    r#"{{"id":"{}","to":{{"account":"{}"}},"message":{{"key":"payment_received","amount":"1000","reference":"{}","receipt":"Q"}}}}"#,
                    id(7, n),
                    account_id(0),
                    reference(n)
                );
                let (place, at) = (n.saturating_add(1), instant(n));
                Ok(values![place, id(7, n), account_id(0), notice, at, at, 12_i64, "dead", "no such number"])
            }),
        ]
    }
}

impl SqlStore {
    /// Writes a country into empty books; gives the number of rows.
    ///
    /// # Errors
    /// When the books are not empty, or cannot be written.
    pub async fn generate(&self, country: Country) -> Result<u64, StoreError> {
        if self.one(&ANYBODY, Vec::new()).await?.is_some() {
            return Err(StoreError::Inconsistent("there are books already".to_owned()));
        }
        match &self.engine {
            Engine::Sqlite { writer, .. } => {
                let mut db = writer.acquire().await.map_err(unavailable)?;
                let done = on_sqlite(&mut db, country).await;
                if done.is_err() {
                    // The last part of it may be open; where it is not, there is nothing to undo.
                    let _undone = sqlx::raw_sql("ROLLBACK").execute(&mut *db).await;
                }
                sqlx::raw_sql("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL")
                    .execute(&mut *db)
                    .await
                    .map_err(unavailable)?;
                done
            }
            Engine::Postgres(pool) => {
                // Its own session, which is closed at the end: nothing limits its time.
                let mut db = pool.acquire().await.map_err(unavailable)?.detach();
                on_postgres(&mut db, country).await
            }
        }
    }
}

/// Bytes that are sent to the server at once.
const PART: usize = 1 << 20;

async fn on_postgres(db: &mut PgConnection, country: Country) -> Result<u64, StoreError> {
    let run = async |db: &mut PgConnection, sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.map_err(unavailable)
    };
    run(
        db,
        "SET statement_timeout = 0; SET lock_timeout = 0; SET maintenance_work_mem = '256MB'; BEGIN"
            .to_owned(),
    )
    .await?;
    // The names come from the server itself, quoted.
    let keys = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS gone, \
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, \
                pg_get_constraintdef(oid)) AS back FROM pg_constraint WHERE contype = 'f' \
                AND connamespace = 'public'::regnamespace";
    let keys = sqlx::query(keys).fetch_all(&mut *db).await.map_err(unavailable)?;
    for key in &keys {
        run(db, key.get("gone")).await?;
    }
    let mut written = 0_u64;
    for table in country.tables() {
        let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.columns);
        let mut copy = db.copy_in_raw(&sql).await.map_err(unavailable)?;
        let mut part = String::with_capacity(PART.saturating_add(4_096));
        for row in table.rows {
            for (place, value) in row?.iter().enumerate() {
                if place > 0 {
                    part.push('\t');
                }
                copied(value, &mut part);
            }
            part.push('\n');
            if part.len() >= PART {
                copy.send(part.as_bytes()).await.map_err(unavailable)?;
                part.clear();
            }
        }
        copy.send(part.as_bytes()).await.map_err(unavailable)?;
        written = written.saturating_add(copy.finish().await.map_err(unavailable)?);
    }
    for key in &keys {
        run(db, key.get("back")).await?;
    }
    for name in ["audit_line", "ledger_entry", "payment_reference", "payment_dispute", "outbox"] {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', 'place'), (SELECT max(place) FROM {name}))"
        );
        run(db, next).await?;
    }
    // All or nothing: the keys are back, or never went.
    run(db, "ANALYZE; COMMIT".to_owned()).await?;
    Ok(written)
}

/// A value as `COPY` reads it.
fn copied(value: &Value, to: &mut String) {
    use std::fmt::Write as _;
    let wrote = match value {
        Value::Int(Some(v)) => write!(to, "{v}"),
        Value::Id(Some(v)) => write!(to, "{v}"),
        Value::Day(Some(v)) => write!(to, "{v}"),
        Value::Instant(Some(v)) => write!(to, "{}", v.to_rfc3339()),
        Value::Month(Some(v)) => write!(to, "{}", v.first_day()),
        Value::Quarter(Some(v)) => write!(to, "{}", v.first_day()),
        Value::Flag(Some(v)) => write!(to, "{v}"),
        Value::Bytes(Some(bytes)) => {
            to.push_str("\\\\x");
            bytes.iter().try_for_each(|byte| write!(to, "{byte:02x}"))
        }
        Value::Text(Some(text)) => {
            for c in text.chars() {
                match c {
                    '\\' => to.push_str("\\\\"),
                    '\t' => to.push_str("\\t"),
                    '\n' => to.push_str("\\n"),
                    '\r' => to.push_str("\\r"),
                    c => to.push(c),
                }
            }
            Ok(())
        }
        _ => to.write_str("\\N"),
    };
    // Text takes whatever is written to it.
    let _never_fails = wrote;
}

/// Rows in a statement, and statements in a transaction, on SQLite.
const ROWS: usize = 100;
const STATEMENTS: usize = 2_000;

async fn on_sqlite(db: &mut SqliteConnection, country: Country) -> Result<u64, StoreError> {
    let run = async |db: &mut SqliteConnection, sql: &'static str| {
        sqlx::raw_sql(sql).execute(db).await.map_err(unavailable)
    };
    run(db, "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF").await?;
    let mut written = 0_u64;
    for table in country.tables() {
        let text = |count: usize| -> sqlx::SqlStr {
            let row = format!("({})", vec!["?"; table.width].join(","));
            let rows = vec![row; count].join(",");
            let text: std::sync::Arc<str> =
                format!("INSERT INTO {} ({}) VALUES {rows}", table.name, table.columns).into();
            AssertSqlSafe(text).into_sql_str()
        };
        let full = text(ROWS);
        let mut rows = table.rows;
        let mut statements = 0_usize;
        run(db, "BEGIN IMMEDIATE").await?;
        loop {
            let mut arguments = SqliteArguments::default();
            let mut count = 0_usize;
            for row in rows.by_ref().take(ROWS) {
                for value in row? {
                    value.on_sqlite(&mut arguments).map_err(|e| unavailable(sqlx::Error::Encode(e)))?;
                }
                count = count.saturating_add(1);
            }
            if count > 0 {
                let sql = if count == ROWS { full.clone() } else { text(count) };
                let done = sqlx::query_with(sql, arguments).execute(&mut *db).await.map_err(unavailable)?;
                written = written.saturating_add(done.rows_affected());
            }
            if count < ROWS {
                break;
            }
            statements = statements.saturating_add(1);
            if statements.is_multiple_of(STATEMENTS) {
                run(db, "COMMIT; BEGIN IMMEDIATE").await?;
            }
        }
        run(db, "COMMIT").await?;
    }
    let wrong =
        sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *db).await.map_err(unavailable)?;
    match wrong {
        Some(_) => Err(StoreError::Inconsistent("a row names one that is not there".to_owned())),
        None => Ok(written),
    }
}
