//! Payments: a bank's notice, signed, through the portal's own endpoint and the desk, with its receipt,
//! audit line, entry, balance and message, beside the bare program's thinner one, which checks nothing.

use std::net::SocketAddr;
use std::str::FromStr as _;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use cnss_core::desk::Desk;
use cnss_core::fund::Fund;
use cnss_core::payment::{BankCode, RawNotice, Received};
use cnss_http::bank::Banks;
use cnss_http::clock::Clock;
use cnss_http::{Portal, Settings, router};
use cnss_test_postgres::{Disk, Server};
use hmac_sha256::HMAC;
use sqlx::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::books::{self, moment, notice, reference};
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

fn announced(n: u32) -> String {
    format!(
        r#"{{"transaction":"TRX-{n:09}","reference":"{}","amount":"49613","currency":"XOF","paid_on":"2023-11-14","status":"paid"}}"#,
        reference(n)
    )
}

async fn by_http(measure: Measure, address: SocketAddr, from: u32) -> Result<Figure, Error> {
    rush(
        measure,
        || Client::to(address),
        move |client: Client, n| async move {
            let body = announced(n.saturating_add(from));
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

/// What the bank and the portal share.
const SECRET: &str = "un-secret-de-banque-pour-mesurer-0001";

/// The whole portal, as it is served.
fn portal(desk: Desk) -> Result<Router, Error> {
    let mut banks = Banks::default();
    banks.add(BankCode::parse("ecobank").ok_or("no code of a bank")?, vec![SECRET.to_owned()])?;
    let settings = Settings::default();
    Ok(router(Portal::new(desk, settings).with_banks(banks)))
}

/// The header of a bank that signs, as README says.
fn signature(body: &str, clock: Clock) -> String {
    let time = clock.moment().now.timestamp();
    let signed = HMAC::mac(format!("{time}.{body}"), SECRET);
    let hex: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x-cnss-signature: t={time},v1={hex}\r\n")
}

async fn by_portal(measure: Measure, address: SocketAddr, from: u32) -> Result<Figure, Error> {
    let clock = Clock::of(&Fund::builtin("tg")?);
    rush(
        measure,
        || Client::to(address),
        move |client: Client, n| async move {
            let body = announced(n.saturating_add(from));
            let signed = signature(&body, clock);
            client.ask_with(&signed, "POST", "/api/v1/bank/ecobank/notices", &body, "credited").await
        },
    )
    .await
}

pub async fn on_postgres(measure: Measure) -> Result<(), Error> {
    let server = Server::start(Disk::Safe)?;
    let each = measure.requests.saturating_mul(measure.rounds);
    let bare_books =
        bare::open(&server.database("bare")?, measure.connections, each.saturating_mul(4)).await?;
    let (_store, desk) =
        books::open(&server.database("books")?, measure.connections, each.saturating_mul(2)).await?;
    server.psql("books", "VACUUM ANALYZE")?;
    server.psql("bare", "VACUUM ANALYZE")?;
    measure.print("PostgreSQL, fsync on");
    let app = Router::new().route("/payment", post(bare_once)).with_state(bare_books.clone());
    let once_at = serve(app).await?;
    let app = Router::new().route("/payment", post(bare_six)).with_state(bare_books.clone());
    let six_at = serve(app).await?;
    let desk_at = serve(portal(desk.clone())?).await?;

    let [mut once, mut six, mut by_the_desk]: [Figure; 3] = Default::default();
    let [mut once_http, mut six_http, mut desk_http]: [Figure; 3] = Default::default();
    let mut from = 0_u32;
    let written = "SELECT sum(xact_commit), sum(xact_rollback) FROM pg_stat_database WHERE datname = 'books'";
    let before = server.psql("books", written)?;
    for _ in 0..measure.rounds {
        let (pool, at) = (bare_books.clone(), from);
        let round = rush(measure, nobody, move |(), n| {
            let pool = pool.clone();
            async move { bare::pay_at_once(&pool, n.saturating_add(at)).await }
        });
        once.add(round.await?);
        let (pool, at) = (bare_books.clone(), from.saturating_add(each));
        let round = rush(measure, nobody, move |(), n| {
            let pool = pool.clone();
            async move { bare::pay_in_six(&pool, n.saturating_add(at)).await }
        });
        six.add(round.await?);
        by_the_desk.add(by_desk(measure, &desk, from).await?);
        once_http.add(by_http(measure, once_at, from.saturating_add(each.saturating_mul(2))).await?);
        six_http.add(by_http(measure, six_at, from.saturating_add(each.saturating_mul(3))).await?);
        desk_http.add(by_portal(measure, desk_at, from.saturating_add(each)).await?);
        from = from.saturating_add(measure.requests);
    }
    once.print("bare driver, one statement", None);
    six.print("bare driver, six statements", Some(&once));
    by_the_desk.print("the desk", Some(&once));
    once_http.print("bare handler, one statement, over HTTP", None);
    six_http.print("bare handler, six statements, over HTTP", Some(&once_http));
    desk_http.print("the signed notice over HTTP, beside one statement", Some(&once_http));
    desk_http.print("the signed notice over HTTP, beside six", Some(&six_http));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    println!(
        "transactions committed and rolled back, reads included: from {before} to {}",
        server.psql("books", written)?
    );
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
    let each = measure.requests.saturating_mul(measure.rounds);
    let (_store, desk) =
        books::open(&at("books.sqlite"), measure.connections, each.saturating_mul(2)).await?;
    let desk_at = serve(portal(desk.clone())?).await?;
    measure.print("SQLite, synchronous FULL");
    let one = Measure { clients: 1, ..measure };
    let [mut single, mut by_the_desk, mut desk_http]: [Figure; 3] = Default::default();
    let mut from = 0_u32;
    for _ in 0..measure.rounds {
        let (pool, at) = (pool.clone(), from);
        let round = rush(one, nobody, move |(), n| {
            let pool = pool.clone();
            async move {
                let row = sqlx::query("INSERT INTO paid VALUES ($1, 'quittance')").bind(n.saturating_add(at));
                row.execute(&pool).await?;
                Ok(())
            }
        });
        single.add(round.await?);
        by_the_desk.add(by_desk(measure, &desk, from).await?);
        desk_http.add(by_portal(measure, desk_at, from.saturating_add(each)).await?);
        from = from.saturating_add(measure.requests);
    }
    single.print("bare driver, one row a commit, one by one", None);
    by_the_desk.print("payments at the desk", Some(&single));
    desk_http.print("signed notices over HTTP", Some(&single));
    Ok(())
}
