//! `GET /aide`: how to use the services, and whom to ask.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::portal::Portal;
use crate::view::Shell;

/// The help page.
#[derive(askama::Template)]
#[template(path = "public/help.html")]
pub struct HelpPage {
    /// Around the page.
    pub shell: Shell,
}

impl HelpPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self { shell: crate::view::sample::public("Aide", "/aide", &[]) }
    }
}

/// `GET /aide`.
pub(crate) async fn page(State(portal): State<Portal>, headers: HeaderMap) -> Response {
    crate::page::send(&HelpPage { shell: portal.shell_for(&headers, "Aide", "/aide").await })
}
