//! Watching over the portal (exploitation): each request bears a number that the log repeats, and is
//! counted by the pattern of its route, its status and the time it took.
//!
//! The one rule to remember: a route is named by its pattern, never by what somebody asked for, so
//! that neither the log nor the measures hold a person's address or identity.

use std::fmt::Write as _;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

/// Where a caller finds the number of its request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A number that no other request has; what a caller sends is not taken over into the log.
fn request_id() -> String {
    let secret = crate::clock::secret();
    secret.iter().take(8).fold(String::new(), |mut id, byte| {
        // Writing into a text cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

/// The method, unless somebody made one up.
fn method(request: &Request) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Gives a request its number, counts it, and says in the log how it ended.
pub(crate) async fn watched(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id();
    let method = method(&request);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = %id, method, route = %route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), began.elapsed());
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), ms, "request answered");
        } else {
            tracing::debug!(status = status.as_u16(), ms, "request answered");
        }
    });
    let status = status.as_u16().to_string();
    metrics::counter!("cnss_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("cnss_http_request_seconds", "method" => method, "route" => route).record(took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
