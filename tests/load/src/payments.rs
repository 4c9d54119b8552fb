//! Payments: a bank's notice through the desk, with its receipt, audit line, entry, balance and
//! message, beside the bare program's thinner one.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use cnss_core::desk::Desk;
use cnss_core::payment::{BankCode, BankNotice, RawNotice, Received};
use cnss_test_postgres::{Disk, Server};
use sqlx::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::books::{self, franc, moment, notice, reference};
use crate::http::{Client, serve};
use crate::rush::{Figure, rush};
use crate::{Error, Measure, bare};

async fn nobody() -> Result<(), Error> {
    Ok(())
}

fn credited(received: &Received) -> Result<(), Error> {
    match received {
        Received::Credited { .. } => Ok(()),
        other => Err(format!("not credited: {other:?}").into()),
    }
}

async fn by_desk(measure: Measure, desk: &Desk, from: u32) -> Result<Figure, Error> {
    let desk = desk.clone();
    rush(measure, nobody, move |(), n| {
        let desk = desk.clone();
        async move {
            let n = n.saturating_add(from);
            credited(&desk.receive_payment(&notice(n)?, &moment(n)).await?)
        }
    })
    .await
}

async fn by_http(measure: Measure, app: Router, from: u32) -> Result<Figure, Error> {
    let address = serve(app).await?;
    rush(
        measure,
        || Client::to(address),
        move |client: Client, n| async move {
            let n = n.saturating_add(from);
            let body = format!(
                r#"{{"transaction":"TRX-{n:09}","reference":"{}","amount":"49613","currency":"XOF","paid_on":"2023-11-14","status":"paid"}}"#,
                reference(n)
            );
            client.ask("POST", "/payment", &body, "credited").await
        },
    )
    .await
}

fn number(raw: &RawNotice) -> Option<u32> {
    raw.transaction.as_deref()?.strip_prefix("TRX-")?.parse().ok()
}

type Answer = Result<Json<Received>, axum::http::StatusCode>;

async fn bare_once(State(pool): State<PgPool>, Json(raw): Json<RawNotice>) -> Answer {
    let n = number(&raw).ok_or(axum::http::StatusCode::BAD_REQUEST)?;
    bare::pay_at_once(&pool, n).await.map_err(|_| axum::http::StatusCode::CONFLICT)?;
    Ok(Json(Received::Credited { receipt: n.to_string() }))
}

async fn bare_six(State(pool): State<PgPool>, Json(raw): Json<RawNotice>) -> Answer {
    let n = number(&raw).ok_or(axum::http::StatusCode::BAD_REQUEST)?;
    bare::pay_in_six(&pool, n).await.map_err(|_| axum::http::StatusCode::CONFLICT)?;
    Ok(Json(Received::Credited { receipt: n.to_string() }))
}

async fn at_the_desk(State(desk): State<Arc<Desk>>, Json(raw): Json<RawNotice>) -> Answer {
    let wrong = axum::http::StatusCode::BAD_REQUEST;
    let n = number(&raw).ok_or(wrong)?;
    let bank = BankCode::parse("ecobank").ok_or(wrong)?;
    let read = BankNotice::read(bank, raw, franc().map_err(|_| wrong)?).map_err(|_| wrong)?;
    let received = desk.receive_payment(&read, &moment(n)).await;
    Ok(Json(received.map_err(|_| axum::http::StatusCode::SERVICE_UNAVAILABLE)?))
}

pub async fn on_postgres(measure: Measure) -> Result<(), Error> {
    let server = Server::start(Disk::Safe)?;
    let bare_books =
        bare::open(&server.database("bare")?, measure.connections, measure.requests.saturating_mul(4)).await?;
    let kept = measure.requests.saturating_mul(2);
    let (_store, desk) = books::open(&server.database("books")?, measure.connections, kept).await?;
    server.psql("books", "VACUUM ANALYZE")?;
    server.psql("bare", "VACUUM ANALYZE")?;
    println!("{} clients, {} payments of each kind, PostgreSQL, fsync on", measure.clients, measure.requests);

    let pool = bare_books.clone();
    let once = rush(measure, nobody, move |(), n| {
        let pool = pool.clone();
        async move { bare::pay_at_once(&pool, n).await }
    })
    .await?;
    once.print("bare driver, one statement", None);
    let (pool, from) = (bare_books.clone(), measure.requests);
    let six = rush(measure, nobody, move |(), n| {
        let pool = pool.clone();
        async move { bare::pay_in_six(&pool, n.saturating_add(from)).await }
    })
    .await?;
    six.print("bare driver, six statements", Some(once));
    by_desk(measure, &desk, 0).await?.print("the desk", Some(once));

    let app = Router::new().route("/payment", post(bare_once)).with_state(bare_books.clone());
    let once = by_http(measure, app, measure.requests.saturating_mul(2)).await?;
    once.print("bare handler, one statement, over HTTP", None);
    let app = Router::new().route("/payment", post(bare_six)).with_state(bare_books);
    let six = by_http(measure, app, measure.requests.saturating_mul(3)).await?;
    six.print("bare handler, six statements, over HTTP", Some(once));
    let app = Router::new().route("/payment", post(at_the_desk)).with_state(Arc::new(desk));
    let through = by_http(measure, app, measure.requests).await?;
    through.print("the desk over HTTP, beside one statement", Some(once));
    through.print("the desk over HTTP, beside six", Some(six));
    Ok(())
}

pub async fn on_sqlite(measure: Measure) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let options = SqliteConnectOptions::from_str(&at("bare.sqlite"))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::raw_sql("CREATE TABLE paid (n INTEGER PRIMARY KEY, what TEXT NOT NULL)").execute(&pool).await?;
    println!("{} clients, {} commits of each kind, SQLite, synchronous FULL", measure.clients, measure.requests);
    let one = Measure { clients: 1, ..measure };
    let single = rush(one, nobody, move |(), n| {
        let pool = pool.clone();
        async move {
            sqlx::query("INSERT INTO paid VALUES ($1, 'quittance')").bind(n).execute(&pool).await?;
            Ok(())
        }
    })
    .await?;
    single.print("bare driver, one row a commit, one after another", None);
    let (_store, desk) =
        books::open(&at("books.sqlite"), measure.connections, measure.requests.saturating_mul(2)).await?;
    by_desk(measure, &desk, 0).await?.print("payments at the desk", Some(single));
    let app = Router::new().route("/payment", post(at_the_desk)).with_state(Arc::new(desk));
    by_http(measure, app, measure.requests).await?.print("payments at the desk over HTTP", Some(single));
    Ok(())
}
