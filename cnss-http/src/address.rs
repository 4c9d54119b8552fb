//! What an address names: a quarter, a month, a report. An address that cannot be read names
//! nothing, so nothing is found there: it is no fault of the request's form.

use axum::extract::{FromRequestParts, Path, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::problem::JsonProblem;

/// The most characters of an address that are repeated to whoever sent them.
const REPEATED_MAX: usize = 40;

/// The parts of the address that name a thing.
pub(crate) struct Address<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Address<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        if let Ok(Path(named)) = Path::<T>::from_request_parts(parts, state).await {
            return Ok(Self(named));
        }
        if !crate::is_service(parts.uri.path()) {
            // The page for it is made where all answers of the framework become pages.
            return Err(StatusCode::NOT_FOUND.into_response());
        }
        let params = RawPathParams::from_request_parts(parts, state).await.ok();
        let quarter = params.as_ref().and_then(|all| all.iter().find(|(name, _)| *name == "quarter"));
        Err(problem(quarter.map(|(_, text)| text)).into_response())
    }
}

/// Nothing is found, and how a quarter is written.
fn problem(quarter: Option<&str>) -> JsonProblem {
    let mut problem = JsonProblem::plain(StatusCode::NOT_FOUND);
    if let Some(text) = quarter {
        let text: String = text.chars().filter(|c| !c.is_control()).take(REPEATED_MAX).collect();
        problem.0.detail = crate::words::spaced(&format!(
            "Dans l'adresse, «\u{a0}{text}\u{a0}» ne se lit pas comme un trimestre. Écrivez l'année, puis le trimestre\u{a0}: 2026-T3."
        ));
    }
    problem
}
