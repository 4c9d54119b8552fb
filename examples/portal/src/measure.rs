//! Measures for Prometheus (métrologie) at `/metrics`, on an address of its own: what watches over the
//! portal is not the public.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cnss_store::SqlStore;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long the books may take to be measured; then the rest is told without them.
const BOOKS_WITHIN: Duration = Duration::from_secs(1);
/// How often what was measured is tidied up when nobody asks.
const TIDY_EVERY: Duration = Duration::from_secs(5);
/// From a read in memory to a request that is given up.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Begins to measure; before, nothing is counted.
///
/// # Errors
/// When somebody measures already.
pub fn begin() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
    metrics::describe_counter!(
        "cnss_http_requests_total",
        "Requests by method, pattern of the route and status"
    );
    metrics::describe_histogram!("cnss_http_request_seconds", "Time until a request was answered");
    metrics::describe_counter!(
        "cnss_commits_total",
        "Commits by how they ended; stale ones are decided again"
    );
    metrics::describe_histogram!("cnss_commit_seconds", "Time until a commit was on the disk, or refused");
    metrics::describe_gauge!("cnss_books_answer", "Whether the books answered within a second, 0 or 1");
    metrics::describe_gauge!("cnss_outbox_waiting", "Notices that wait to be sent");
    metrics::describe_gauge!("cnss_outbox_dead", "Notices that were given up; an agent looks at them");
    metrics::describe_gauge!("cnss_connections", "Connections to the books that are open");
    metrics::describe_gauge!("cnss_connections_used", "Connections to the books that are in use");
    metrics::describe_gauge!("cnss_audit_seals", "Seals over the audit trail");
    metrics::describe_gauge!(
        "cnss_audit_sealed_at_seconds",
        "When the last seal was set, seconds since 1970"
    );
    Ok(handle)
}

#[derive(Clone)]
struct Watching {
    store: SqlStore,
    handle: PrometheusHandle,
}

/// Answers whoever watches, until the stop.
pub async fn serve(
    listener: TcpListener,
    store: SqlStore,
    handle: PrometheusHandle,
    mut stopped: watch::Receiver<bool>,
) {
    let tidy = tokio::spawn({
        let handle = handle.clone();
        async move {
            loop {
                tokio::time::sleep(TIDY_EVERY).await;
                handle.run_upkeep();
            }
        }
    });
    let router = Router::new().route("/metrics", get(answer)).with_state(Watching { store, handle });
    let stop = async move {
        // An error means that the sender is gone, which is a stop too.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    tokio::select! {
        ended = axum::serve(listener, router) => {
            if let Err(error) = ended {
                tracing::error!(%error, "les mesures ne sont plus servies");
            }
        }
        // Nobody needs the rest of an answer about a portal that stops.
        () = stop => {}
    }
    tidy.abort();
}

async fn answer(State(watching): State<Watching>) -> Response {
    let measured = tokio::time::timeout(BOOKS_WITHIN, watching.store.measures()).await;
    metrics::gauge!("cnss_books_answer").set(if matches!(measured, Ok(Ok(_))) { 1.0 } else { 0.0 });
    if let Ok(Ok(books)) = measured {
        // Counts, not money: what a float cannot hold exactly does not matter here.
        let count = |count: u64| u32::try_from(count).map_or(f64::MAX, f64::from);
        metrics::gauge!("cnss_outbox_waiting").set(count(books.outbox_waiting));
        metrics::gauge!("cnss_outbox_dead").set(count(books.outbox_dead));
        metrics::gauge!("cnss_connections").set(f64::from(books.connections));
        metrics::gauge!("cnss_connections_used").set(f64::from(books.connections_used));
        if let Some(seal) = books.seal {
            metrics::gauge!("cnss_audit_seals").set(count(u64::try_from(seal.number).unwrap_or(0)));
            let sealed_at = u64::try_from(seal.sealed_at.timestamp()).unwrap_or(0);
            metrics::gauge!("cnss_audit_sealed_at_seconds").set(count(sealed_at));
        }
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (StatusCode::OK, kind, watching.handle.render()).into_response()
}
