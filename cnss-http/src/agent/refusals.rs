//! `/agent/messages`: the messages that were not sent, and why; no number is shown whole.

use axum::Json;
use axum::extract::{Query, State};
use cnss_core::account::RefusedSend;
use cnss_core::account::budget::Spent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PAGE;
use crate::account::instant_text;
use crate::account::own::iso;
use crate::page::{PageResult, on_page, send};
use crate::paged::{Paged, cut};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Pager, Shell};

/// « Messages refusés ».
#[derive(askama::Template)]
#[template(path = "agent/refusals.html")]
pub struct RefusalsPage {
    /// Around the page.
    pub shell: Shell,
    /// The messages, the newest first.
    pub refused: Vec<RefusalRow>,
    /// Other pages of them.
    pub pager: Pager,
}

/// One message.
pub struct RefusalRow {
    /// When.
    pub at: String,
    /// To which number, its middle hidden.
    pub phone: String,
    /// From where.
    pub source: String,
    /// Why not.
    pub why: &'static str,
}

const fn why_text(why: Spent) -> &'static str {
    match why {
        Spent::Number => "trop de messages à ce numéro aujourd'hui",
        Spent::Source => "trop de messages demandés du même endroit dans l'heure",
        Spent::Prefix => "trop de messages à des numéros voisins dans l'heure",
        Spent::Ratio => "trop peu de codes confirmés dans l'heure\u{a0}: inscriptions forgées",
    }
}

impl RefusalRow {
    fn of(refused: &RefusedSend) -> Self {
        Self {
            at: instant_text(refused.at),
            phone: refused.phone.clone().unwrap_or_else(|| "courriel".to_owned()),
            source: source_text(refused),
            why: why_text(refused.why),
        }
    }
}

/// The source, to tell two apart: a digest, from which no address can be had.
fn source_text(refused: &RefusedSend) -> String {
    refused.source.0.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

impl RefusalsPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::agent("Messages refusés", "/agent/messages", &[("Espace Agent", "/agent")]),
            refused: vec![RefusalRow {
                at: "3 mars 2026 à 10\u{a0}h\u{a0}05".into(),
                phone: "+22890••••56".into(),
                source: "fefefefe".into(),
                why: why_text(Spent::Number),
            }],
            pager: Pager::new("Messages refusés", "").next("/agent/messages?avant=12"),
        }
    }
}

/// Before which message the page begins.
#[derive(Default, Deserialize)]
pub(crate) struct Before {
    avant: Option<i64>,
}

/// `GET /agent/messages`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<Before>,
) -> PageResult {
    let most = PAGE.saturating_add(1);
    let refused = portal.desk().refused_messages(&visitor.present, query.avant, most).await;
    let mut refused = refused.map_err(on_page(&portal, &visitor))?;
    let more = cut(&mut refused, PAGE);
    let mut pager = Pager::new("Messages refusés", "");
    if let (true, Some((place, _))) = (more, refused.last()) {
        pager = pager.next(format!("/agent/messages?avant={place}"));
    }
    if query.avant.is_some() {
        pager = pager.previous("/agent/messages");
    }
    let shell = portal.agent_shell(&visitor, "Messages refusés", "/agent/messages");
    let refused = refused.iter().map(|(_, refused)| RefusalRow::of(refused)).collect();
    Ok(send(&RefusalsPage { shell, refused, pager }))
}

/// A message that was not sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusalBody {
    at: String,
    /// The number, its middle hidden; null of an e-mail.
    #[schema(example = "+22890••••56")]
    phone: Option<String>,
    /// Tells one place from another; no address can be had from it.
    source: String,
    /// `number`, `source`, `prefix` or `ratio`.
    #[schema(example = "number")]
    why: &'static str,
}

/// Messages that were not sent, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusalList {
    messages: Vec<RefusalBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Lists the messages that were not sent, and why.
#[utoipa::path(get, path = "/api/v1/agent/refused-messages", operation_id = "refused_messages", tag = "Agents", params(Paged<i64>), security(("token" = [])),
    responses((status = 200, body = RefusalList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(paged): Query<Paged<i64>>,
) -> Result<Json<RefusalList>, JsonProblem> {
    let read = portal.desk().refused_messages(&caller.present, paged.after(), paged.most()).await;
    let (read, next) = paged.page(read.map_err(in_json(&portal))?, |(place, _)| *place);
    let body = |(_, refused): &(i64, RefusedSend)| RefusalBody {
        at: iso(refused.at),
        phone: refused.phone.clone(),
        source: source_text(refused),
        why: refused.why.code(),
    };
    Ok(Json(RefusalList { messages: read.iter().map(body).collect(), next }))
}
