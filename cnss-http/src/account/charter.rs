//! `GET` and `POST /charte`: the charter or the terms in force, for everybody to read, and to accept for
//! whoever must.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use cnss_core::account::login::Duty;
use cnss_core::desk::DeskError;
use cnss_core::fund::Charter;
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::login::{home_of, inside};
use crate::body::Body;
use crate::form::Fault;
use crate::page::{PageProblem, PageResult, on_page, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, in_json};
use crate::session::{Obliged, ObligedCaller, Visitor};
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;
use crate::words::date_text;

/// A text to be accepted.
#[derive(Clone, Debug)]
pub struct CharterView {
    /// Title.
    pub title: String,
    /// « version 2024-1, en vigueur depuis le 1er janvier 2024 ».
    pub version: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
    /// Digest of the text, which comes back with the acceptance.
    pub digest: String,
}

impl CharterView {
    pub(crate) fn of(charter: &Charter) -> Self {
        let paragraphs = charter.text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
        Self {
            title: charter.title.to_string(),
            version: format!("Version {}, en vigueur depuis le {}", charter.version, date_text(charter.from)),
            paragraphs: paragraphs.map(str::to_owned).collect(),
            digest: hex(&charter.digest),
        }
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            title: "Charte d'utilisation".into(),
            version: "Version 1, en vigueur depuis le 1er janvier 2024".into(),
            paragraphs: vec!["1. Préambule".into(), "Le mot de passe est personnel.".into()],
            digest: "00".repeat(32),
        }
    }
}

/// The charter in force.
#[derive(askama::Template)]
#[template(path = "account/charter.html")]
pub struct CharterPage {
    /// Around the page.
    pub shell: Shell,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// The text.
    pub charter: CharterView,
    /// Whether whoever looks at it is to accept it now.
    pub to_accept: bool,
    /// Local address to go to afterwards.
    pub next: Option<String>,
}

impl CharterPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Charte d'utilisation", "/charte", &[]),
            errors: Vec::new(),
            charter: CharterView::sample(),
            to_accept: true,
            next: Some("/assure".into()),
        }
    }
}

/// A digest as text.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest that a form brought back.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

fn in_force(portal: &Portal) -> Option<&Charter> {
    portal.desk().rules().charter(portal.moment().today)
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

/// `GET /charte`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> PageResult {
    let visitor = Visitor::find(&headers, &portal).await.ok();
    let Some(charter) = in_force(&portal) else {
        return Err(PageProblem::plain(&portal, visitor.as_ref(), StatusCode::NOT_FOUND));
    };
    Ok(send(&shown(&portal, visitor.as_ref(), charter, inside(next))))
}

fn shown(portal: &Portal, visitor: Option<&Visitor>, charter: &Charter, next: Option<String>) -> CharterPage {
    let to_accept = visitor.is_some_and(|visitor| matches!(visitor.present.duty, Some(Duty::Charter(_))));
    let shell = match visitor {
        // Until it is accepted, nothing else of this space can be opened.
        Some(visitor) if to_accept => portal.bare_shell_of(visitor, &charter.title),
        Some(visitor) => portal.shell_of(visitor, &charter.title, "/charte", None),
        None => portal.public_shell(&charter.title, "/charte"),
    };
    CharterPage { shell, errors: Vec::new(), charter: CharterView::of(charter), to_accept, next }
}

/// The acceptance.
#[derive(Deserialize)]
pub(crate) struct Accepting {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    terms: String,
    next: Option<String>,
}

/// `POST /charte`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    Obliged(visitor): Obliged,
    Form(typed): Form<Accepting>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let next = inside(typed.next);
    let read = from_hex(&typed.terms).unwrap_or_default();
    match portal.desk().accept_charter(&visitor.present, &read, &portal.moment()).await {
        // Accepted in another window already: the answer is the same.
        Ok(()) | Err(DeskError::Refused(Refusal::NothingChanged)) => {
            let to = next.unwrap_or_else(|| home_of(visitor.actor.subject).to_owned());
            Ok(Redirect::to(&to).into_response())
        }
        Err(DeskError::Refused(Refusal::Invalid(_))) => {
            let Some(charter) = in_force(&portal) else {
                return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::NOT_FOUND));
            };
            let mut page = shown(&portal, Some(&visitor), charter, next);
            page.errors.push(Fault::new("#terms", not_accepted(&typed.terms)));
            Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(on_page(&portal, &visitor)(error)),
    }
}

/// Why an acceptance does not count: the box is empty, or another text was read.
pub(crate) const fn not_accepted(typed: &str) -> &'static str {
    if typed.is_empty() {
        "Lisez le texte, puis cochez la case pour l'accepter."
    } else {
        "Ce texte a changé entre-temps. Relisez-le, puis acceptez-le."
    }
}

/// A charter, for programs.
#[derive(Serialize, ToSchema)]
pub(crate) struct CharterBody {
    #[schema(example = "2024-1")]
    version: String,
    title: String,
    text: String,
    /// SHA-256 of the text in hexadecimal: what an acceptance sends back.
    digest: String,
}

impl CharterBody {
    pub(crate) fn in_force(portal: &Portal) -> Option<Self> {
        in_force(portal).map(|charter| Self {
            version: charter.version.to_string(),
            title: charter.title.to_string(),
            text: charter.text.to_string(),
            digest: hex(&charter.digest),
        })
    }
}

/// That a charter is accepted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct AcceptanceBody {
    /// The digest of the text that was read.
    digest: String,
}

/// The charter in force.
#[utoipa::path(get, path = "/api/v1/charter", operation_id = "charter_in_force", tag = "Compte",
    responses((status = 200, body = CharterBody), (status = 404, body = crate::problem::Problem)))]
pub(crate) async fn json(State(portal): State<Portal>) -> Result<axum::Json<CharterBody>, JsonProblem> {
    let charter = CharterBody::in_force(&portal);
    charter.map(axum::Json).ok_or_else(|| JsonProblem::plain(StatusCode::NOT_FOUND))
}

/// Accepts the charter in force. To accept it again changes nothing.
#[utoipa::path(post, path = "/api/v1/session/charter", tag = "Session", security(("token" = [])),
    request_body = AcceptanceBody,
    responses((status = 204), (status = 401, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem)))]
pub(crate) async fn accept(
    State(portal): State<Portal>,
    ObligedCaller(caller): ObligedCaller,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let digest = body.fields().text("digest");
    let digest = body.done(digest).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let read = from_hex(&digest).unwrap_or_default();
    match portal.desk().accept_charter(&caller.present, &read, &portal.moment()).await {
        Ok(()) | Err(DeskError::Refused(Refusal::NothingChanged)) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(in_json(&portal)(error)),
    }
}
