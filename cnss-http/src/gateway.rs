//! `POST /api/v1/gateway/{secret}/reports`: what a gateway of SMS says became of messages
//! (accusés de réception), at an address that nobody can guess.
//!
//! The one rule to remember: to whoever does not know the secret there is nothing at this address, and
//! a report changes what is known of a message and nothing else, so that a repeat is no harm.

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use cnss_core::port::BoxFuture;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::body::received;
use crate::password::same;
use crate::portal::Portal;
use crate::problem::JsonProblem;

/// The most bytes of a call: a gateway may report on many messages at once.
const REPORTS_MAX: usize = 256 * 1024;
/// Calls that are kept at once; the others wait their turn, for each may be a thousand commits.
const AT_ONCE: usize = 4;

/// Why a report was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It is no report of this gateway.
    NoReport,
    /// It cannot be kept now: the gateway brings it again.
    Later,
}

/// Reads and keeps what a gateway reports.
pub trait Reports: Send + Sync {
    /// Takes the body of a call; gives how many reports were in it, of messages that are known and
    /// of others.
    fn take<'a>(&'a self, body: &'a [u8]) -> BoxFuture<'a, Result<usize, NotTaken>>;
}

/// A gateway that reports.
pub struct Gateway {
    secrets: Vec<String>,
    reports: Arc<dyn Reports>,
    turns: Semaphore,
}

impl Gateway {
    /// A gateway whose address holds one of these secrets.
    #[must_use]
    pub fn new(secrets: Vec<String>, reports: Arc<dyn Reports>) -> Self {
        Self { secrets, reports, turns: Semaphore::new(AT_ONCE) }
    }

    /// Whether that is a secret of its address; how long it takes says nothing.
    fn knows(&self, typed: &str) -> bool {
        self.secrets.iter().fold(false, |known, secret| known | same(secret.as_bytes(), typed.as_bytes()))
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}

/// How many reports were taken.
#[derive(Serialize)]
pub(crate) struct TakenAnswer {
    reports: usize,
}

/// Takes the reports of one call. It stands in no description of the interface: only the gateway asks.
pub(crate) async fn reports(
    State(portal): State<Portal>,
    Path(secret): Path<String>,
    body: RawBody,
) -> Result<Json<TakenAnswer>, JsonProblem> {
    let known = portal.gateway().filter(|gateway| gateway.knows(&secret));
    let gateway = known.ok_or_else(|| JsonProblem::plain(StatusCode::NOT_FOUND))?;
    let busy = || JsonProblem::plain(StatusCode::SERVICE_UNAVAILABLE);
    let bytes = received(body, REPORTS_MAX).await.map_err(JsonProblem::plain)?;
    let _turn = gateway.turns.acquire().await.map_err(|_| busy())?;
    match gateway.reports.take(&bytes).await {
        Ok(reports) => Ok(Json(TakenAnswer { reports })),
        Err(NotTaken::NoReport) => {
            tracing::warn!("a gateway called with what is no report of its: is it the right profile?");
            Err(JsonProblem::plain(StatusCode::BAD_REQUEST))
        }
        Err(NotTaken::Later) => Err(busy()),
    }
}
