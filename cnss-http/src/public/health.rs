//! `GET /health`: the process is alive. `GET /ready`: the books are read and written, so that requests
//! may come.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cnss_core::id::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem};

/// How long the books may take to say that they are there.
const READY_WITHIN: Duration = Duration::from_secs(1);

/// The portal is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthAnswer {
    #[schema(example = "ok")]
    status: &'static str,
    /// The fund it serves.
    #[schema(example = "tg")]
    fund: String,
}

impl HealthAnswer {
    fn of(portal: &Portal) -> Json<Self> {
        Json(Self { status: "ok", fund: portal.desk().fund().code.clone() })
    }
}

/// Says that the process is alive, whatever its books do: who starts it again need not ask more.
#[utoipa::path(get, path = "/health", tag = "Service", responses((status = 200, body = HealthAnswer)))]
pub(crate) async fn health(State(portal): State<Portal>) -> Json<HealthAnswer> {
    HealthAnswer::of(&portal)
}

/// Says whether the portal can serve: the books are read and can be written to, within a second.
#[utoipa::path(get, path = "/ready", tag = "Service",
    responses((status = 200, body = HealthAnswer), (status = 503, body = Problem)))]
pub(crate) async fn ready(State(portal): State<Portal>) -> Result<Json<HealthAnswer>, JsonProblem> {
    let store = portal.desk().store();
    let tried = async {
        // A read that touches the store, whatever it finds.
        let read = store.account(AccountId(uuid::Uuid::nil())).await;
        (read.map(drop), store.writable().await)
    };
    let why = match tokio::time::timeout(READY_WITHIN, tried).await {
        Ok((Ok(()), Ok(()))) => return Ok(HealthAnswer::of(&portal)),
        Ok((Ok(()), Err(error))) => {
            tracing::warn!(%error, "not ready: the books cannot be written to");
            "Les livres se lisent mais ne s'écrivent pas. Vérifiez la place sur le disque, les droits du fichier, ou que le serveur n'est pas une copie en lecture seule\u{a0}; le portail se remettra à servir de lui-même."
        }
        Ok((Err(error), _)) => {
            tracing::warn!(%error, "not ready: the books cannot be read");
            "Les livres ne peuvent pas être lus. Vérifiez la base de données\u{a0}; le portail se remettra à servir de lui-même."
        }
        Err(_) => {
            tracing::warn!("not ready: the books do not answer within a second");
            "Les livres ne répondent pas en une seconde. Vérifiez la base de données\u{a0}; le portail se remettra à servir de lui-même."
        }
    };
    let mut problem = JsonProblem::plain(StatusCode::SERVICE_UNAVAILABLE);
    problem.0.code = "not_ready";
    problem.0.detail = why.to_owned();
    Err(problem)
}
