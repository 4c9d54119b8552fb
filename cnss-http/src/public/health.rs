//! `GET /health`: 200 once the portal can serve.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cnss_core::id::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem};

/// The portal can serve.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthAnswer {
    #[schema(example = "ok")]
    status: &'static str,
    /// The fund it serves.
    #[schema(example = "tg")]
    fund: String,
}

/// Says whether the portal can serve.
#[utoipa::path(get, path = "/health", tag = "Service",
    responses((status = 200, body = HealthAnswer), (status = 503, body = Problem)))]
pub(crate) async fn health(State(portal): State<Portal>) -> Result<Json<HealthAnswer>, JsonProblem> {
    // A read that touches the store, whatever it finds.
    let nobody = AccountId(uuid::Uuid::nil());
    if let Err(error) = portal.desk().store().account(nobody).await {
        tracing::error!(%error, "the store cannot answer");
        return Err(JsonProblem::plain(StatusCode::SERVICE_UNAVAILABLE));
    }
    Ok(Json(HealthAnswer { status: "ok", fund: portal.desk().fund().code.clone() }))
}
