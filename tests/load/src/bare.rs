//! The bare program: the same payment in tables of its own, with nothing but the driver; once as one
//! statement, once as six in a transaction.

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::Error;
use crate::books::{EMPLOYERS, day, employer, now, reference};

const TABLES: &str = "
CREATE TABLE account (id UUID PRIMARY KEY, name TEXT NOT NULL, version BIGINT NOT NULL);
CREATE TABLE reference (reference TEXT PRIMARY KEY, account UUID NOT NULL REFERENCES account, amount BIGINT NOT NULL, paid UUID);
CREATE TABLE receipt (key UUID PRIMARY KEY, answer TEXT NOT NULL);
CREATE TABLE entry (id UUID PRIMARY KEY, account UUID NOT NULL REFERENCES account, day DATE NOT NULL, booked_at TIMESTAMPTZ NOT NULL);
CREATE TABLE posting (entry UUID NOT NULL REFERENCES entry, account TEXT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (entry, account));
CREATE TABLE outbox (place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, notice TEXT NOT NULL);
";

const RECEIPT: &str = "INSERT INTO receipt (key, answer) VALUES ($1, $2)";
const PAID: &str =
    "UPDATE reference SET paid = $2 WHERE reference = $1 AND amount = $3 AND paid IS NULL RETURNING account";
const MOVED: &str = "UPDATE account SET version = version + 1 WHERE id = $1";
const ENTRY: &str = "INSERT INTO entry (id, account, day, booked_at) VALUES ($1, $2, $3, $4)";
const POSTINGS: &str =
    "INSERT INTO posting (entry, account, amount) VALUES ($1, 'bank', $2), ($1, 'deposit', -$2)";
const OUTBOX: &str = "INSERT INTO outbox (notice) VALUES ($1)";

const ONE: &str = "WITH paid AS (UPDATE reference SET paid = $1 WHERE reference = $2 AND amount = $3 AND paid IS NULL \
     RETURNING account), \
     moved AS (UPDATE account SET version = version + 1 FROM paid WHERE account.id = paid.account), \
     kept AS (INSERT INTO receipt (key, answer) SELECT $4, $5 FROM paid), \
     entered AS (INSERT INTO entry (id, account, day, booked_at) SELECT $1, account, $6, $7 FROM paid RETURNING id), \
     posted AS (INSERT INTO posting (entry, account, amount) SELECT id, a, v FROM entered, \
     (VALUES ('bank', $3::bigint), ('deposit', -$3::bigint)) AS p(a, v)), \
     told AS (INSERT INTO outbox (notice) SELECT $5 FROM paid) SELECT account FROM paid";

/// The bare program's pool and tables, with references from `0`.
pub async fn open(url: &str, connections: u32, references: u32) -> Result<PgPool, Error> {
    let pool =
        PgPoolOptions::new().max_connections(connections).test_before_acquire(false).connect(url).await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    for n in 0..EMPLOYERS {
        sqlx::query("INSERT INTO account VALUES ($1, 'Société du Mono', 1)")
            .bind(employer(n).0)
            .execute(&pool)
            .await?;
    }
    let numbers: Vec<u32> = (0..references).collect();
    for part in numbers.chunks(10_000) {
        let names: Vec<String> = part.iter().map(|n| reference(*n).to_string()).collect();
        let whose: Vec<Uuid> = part.iter().map(|n| employer(*n).0).collect();
        sqlx::query(
            "INSERT INTO reference SELECT r, a, 49613, NULL FROM UNNEST($1::text[], $2::uuid[]) AS x(r, a)",
        )
        .bind(names)
        .bind(whose)
        .execute(&pool)
        .await?;
    }
    sqlx::raw_sql(AssertSqlSafe("ANALYZE".to_owned())).execute(&pool).await?;
    Ok(pool)
}

/// The payment as one statement.
pub async fn pay_at_once(pool: &PgPool, n: u32) -> Result<(), Error> {
    let id = Uuid::from_u128(u128::from(n).saturating_add(1) << 64);
    let done = sqlx::query(ONE)
        .bind(id)
        .bind(reference(n).to_string())
        .bind(49_613_i64)
        .bind(id)
        .bind(format!("credited Q-{}", reference(n)))
        .bind(day())
        .bind(now())
        .fetch_optional(pool)
        .await?;
    done.map(|_| ()).ok_or_else(|| "not paid".into())
}

/// The payment as six statements in a transaction, in a task of its own as it must be.
pub async fn pay_in_six(pool: &PgPool, n: u32) -> Result<(), Error> {
    let pool = pool.clone();
    tokio::spawn(async move {
        let id = Uuid::from_u128(u128::from(n).saturating_add(1) << 64);
        let answer = format!("credited Q-{}", reference(n));
        let mut db = pool.begin().await?;
        sqlx::query(RECEIPT).bind(id).bind(&answer).execute(&mut *db).await?;
        let account: Uuid = sqlx::query_scalar(PAID)
            .bind(reference(n).to_string())
            .bind(id)
            .bind(49_613_i64)
            .fetch_one(&mut *db)
            .await?;
        sqlx::query(MOVED).bind(account).execute(&mut *db).await?;
        sqlx::query(ENTRY).bind(id).bind(account).bind(day()).bind(now()).execute(&mut *db).await?;
        sqlx::query(POSTINGS).bind(id).bind(49_613_i64).execute(&mut *db).await?;
        sqlx::query(OUTBOX).bind(&answer).execute(&mut *db).await?;
        db.commit().await?;
        Ok(())
    })
    .await?
}
