//! One employer's row read over HTTP, without a session: through the store, as a value of the fund, beside
//! a handler that copies a row. What a page of an account costs is not measured here: it is computed from
//! all entries of its employer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use cnss_core::desk::Desk;
use cnss_core::id::EmployerId;
use cnss_test_postgres::{Disk, Server};
use serde::Serialize;
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use crate::books::{self, employer};
use crate::http::{Client, serve};
use crate::rush::{Figure, rush};
use crate::{Error, Measure, bare};

#[derive(Serialize)]
struct Account {
    id: Uuid,
    name: String,
    version: i64,
}

async fn bare_read(State(pool): State<PgPool>, Path(id): Path<Uuid>) -> Result<Json<Account>, StatusCode> {
    let row = sqlx::query("SELECT name, version FROM account WHERE id = $1").bind(id).fetch_one(&pool).await;
    let row = row.map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(Json(Account { id, name: row.get("name"), version: row.get("version") }))
}

async fn read(State(desk): State<Arc<Desk>>, Path(id): Path<Uuid>) -> Result<Json<Account>, StatusCode> {
    let seen = desk.store().employer(EmployerId(id)).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let seen = seen.ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(Account { id, name: seen.value.name.as_str().to_owned(), version: seen.version.0 }))
}

async fn by_http(measure: Measure, address: SocketAddr) -> Result<Figure, Error> {
    rush(
        measure,
        || Client::to(address),
        |client: Client, n| async move {
            let path = format!("/account/{}", employer(n.wrapping_mul(7_919)).0);
            client.ask("GET", &path, "", "Société").await
        },
    )
    .await
}

pub async fn run(measure: Measure) -> Result<(), Error> {
    let server = Server::start(Disk::Safe)?;
    let pool = bare::open(&server.database("bare")?, measure.connections, 0).await?;
    let (_store, desk) = books::open(&server.database("books")?, measure.connections, 0).await?;
    server.psql("books", "VACUUM ANALYZE")?;
    measure.print("PostgreSQL");
    let app = Router::new().route("/account/{id}", get(bare_read)).with_state(pool);
    let copying = serve(app).await?;
    let app = Router::new().route("/account/{id}", get(read)).with_state(Arc::new(desk));
    let reading = serve(app).await?;
    let (mut bare, mut books) = (Figure::default(), Figure::default());
    for _ in 0..measure.rounds {
        bare.add(by_http(measure, copying).await?);
        books.add(by_http(measure, reading).await?);
    }
    bare.print("bare handler over HTTP", None);
    books.print("the books over HTTP", Some(&bare));
    Ok(())
}
