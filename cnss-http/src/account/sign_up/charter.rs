//! The charter of a way in whose fund wants it accepted before anything is asked.

use axum::http::StatusCode;
use axum::response::Response;
use cnss_core::fund::Way;

use crate::account::charter::{CharterView, from_hex, not_accepted};
use crate::form::Fault;
use crate::page::{send, send_with};
use crate::portal::Portal;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// The charter, which is accepted before anything is asked.
#[derive(askama::Template)]
#[template(path = "account/sign_up_charter.html")]
pub struct CharterFirstPage {
    /// Around the page.
    pub shell: Shell,
    /// « Assuré ».
    pub way: String,
    /// Where the form goes.
    pub action: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// The text.
    pub charter: CharterView,
}

impl CharterFirstPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Création de compte", "/inscription", &[]),
            way: "Assuré".into(),
            action: "/inscription/insured".into(),
            errors: Vec::new(),
            charter: CharterView::sample(),
        }
    }
}

/// The page of the charter, unless the one in force was accepted already.
pub(super) fn charter_first(
    portal: &Portal,
    shell: Shell,
    way: &Way,
    terms: Option<&str>,
) -> Option<Response> {
    let charter = portal.desk().rules().charter(portal.moment().today)?;
    if terms.and_then(from_hex) == Some(charter.digest) {
        return None;
    }
    let mut page = CharterFirstPage {
        shell,
        way: way.label.to_string(),
        action: format!("/inscription/{}", way.code),
        errors: Vec::new(),
        charter: CharterView::of(charter),
    };
    Some(match terms {
        None => send(&page),
        Some(terms) => {
            page.errors.push(Fault::new("#terms", not_accepted(terms)));
            send_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    })
}
