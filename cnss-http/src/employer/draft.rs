//! The draft of a quarter's declaration: opened over what is filed, saved by a program, given up.
//!
//! The form that people fill in is `edit.rs`.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::{Form, Json};
use cnss_core::declaration::RawLine;
use cnss_core::desk::{DeskError, QuarterState};
use cnss_core::fund::Field as Column;
use cnss_core::id::Version;
use cnss_core::refusal::{Fault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::QuarterPath;
use crate::address::Address;
use crate::body::Body;
use crate::page::{PageProblem, PageResult, on_page};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};

/// A form with the page's token.
#[derive(Deserialize)]
pub(crate) struct Correction {
    #[serde(default)]
    csrf: String,
}

/// `POST /employeur/dnr/{quarter}/correction`: what stands becomes a draft.
pub(crate) async fn correct(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Form(form): Form<Correction>,
) -> PageResult {
    if !visitor.sent(&form.csrf) {
        return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN));
    }
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let view = portal.desk().declaration(visitor.actor, quarter, &at).await.map_err(&fail)?;
    if view.revisions.is_empty() {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::NotFiled { quarter }));
    }
    if view.state != QuarterState::Draft {
        let (draft, _) = portal.desk().draft_or_new(visitor.actor, quarter, &at).await.map_err(&fail)?;
        match portal.desk().save_draft(visitor.actor, quarter, draft.lines, None, &at).await {
            // Somebody opened the correction at the same moment: it is there, which is what was asked.
            Ok(_) | Err(DeskError::Refused(Refusal::Stale)) => {}
            Err(error) => return Err(fail(error)),
        }
    }
    Ok(Redirect::to(&format!("/employeur/dnr/{quarter}/saisie")).into_response())
}

/// The draft that is given up, as it was seen.
#[derive(Deserialize)]
pub(crate) struct Abandonment {
    #[serde(default)]
    csrf: String,
    version: i64,
}

/// `POST /employeur/dnr/{quarter}/abandon`: the draft goes, what is filed stands.
pub(crate) async fn abandon(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Form(form): Form<Abandonment>,
) -> PageResult {
    if !visitor.sent(&form.csrf) {
        return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN));
    }
    let at = portal.moment();
    match portal.desk().drop_draft(visitor.actor, quarter, Version(form.version), &at).await {
        // No draft is left, which is what was asked: the same form may come twice.
        Ok(()) | Err(DeskError::Refused(Refusal::NoDraft { .. })) => {
            Ok(Redirect::to(&format!("/employeur/dnr/{quarter}")).into_response())
        }
        Err(error) => Err(PageProblem::of(&portal, Some(&visitor), &error)),
    }
}

/// A draft to be saved.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct SaveBody {
    /// The version that was seen; left out when there was no draft.
    #[schema(example = "3")]
    version: Option<String>,
    /// The lines, as they would be typed: a draft keeps anything.
    rows: Vec<RowBody>,
}

/// A line as it would be typed; dates as `2026-07-01` or `01/07/2026`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct RowBody {
    #[schema(example = "710040")]
    number: String,
    #[schema(example = "N'Guissan")]
    surname: String,
    #[schema(example = "Afi")]
    forenames: String,
    #[schema(example = "125000")]
    wage1: Option<String>,
    wage2: Option<String>,
    wage3: Option<String>,
    days1: Option<String>,
    days2: Option<String>,
    days3: Option<String>,
    hired_on: Option<String>,
    left_on: Option<String>,
    observation: Option<String>,
}

/// A draft is saved.
#[derive(Serialize, ToSchema)]
pub(crate) struct SavedAnswer {
    #[schema(example = "4")]
    pub(crate) version: String,
}

/// Saves the draft over the version that was seen; a correction starts from what is filed.
#[utoipa::path(put, path = "/api/v1/employer/declarations/{quarter}/draft", operation_id = "save_draft", tag = "Employeur", request_body = SaveBody,
    params(("quarter" = String, Path, example = "2026-T3")), security(("token" = [])),
    responses((status = 200, body = SavedAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn save(
    State(portal): State<Portal>,
    caller: Caller,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    mut body: Body,
) -> Result<Json<SavedAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let version = fields.optional_text("version");
    let seen = version.as_ref().and_then(|v| v.parse().ok()).map(Version);
    if version.is_some() && seen.is_none() {
        fields.fault("version", FaultKind::NotANumber);
    }
    let lines = fields.list("rows", portal.desk().fund().layout.lines_max, |row| {
        let mut line = RawLine::default();
        for column in Column::ALL {
            line.set(column, row.optional_text(column.name()).unwrap_or_default());
        }
        Some(line)
    });
    let lines = body.done(lines).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let saved = portal.desk().save_draft(caller.actor, quarter, lines, seen, &portal.moment()).await;
    Ok(Json(SavedAnswer { version: saved.map_err(in_json(&portal))?.0.to_string() }))
}

/// Which draft is thrown away.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct DraftQuery {
    /// The version that was seen; another one is kept.
    #[param(value_type = String, example = "4")]
    version: Option<String>,
}

/// Throws the draft away; what is filed stands.
#[utoipa::path(delete, path = "/api/v1/employer/declarations/{quarter}/draft", operation_id = "drop_draft", tag = "Employeur",
    params(("quarter" = String, Path, example = "2026-T3"), DraftQuery), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn drop_draft(
    State(portal): State<Portal>,
    caller: Caller,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Query(query): Query<DraftQuery>,
) -> Result<StatusCode, JsonProblem> {
    let text = query.version.unwrap_or_default();
    let version = text.trim().parse().map(Version).map_err(|_| {
        let fault = match text.trim() {
            "" => Fault::field("version", FaultKind::Missing),
            text => Fault::field("version", FaultKind::NotANumber).given(text),
        };
        JsonProblem::refused(&Refusal::Invalid(vec![fault]), portal.words())
    })?;
    portal
        .desk()
        .drop_draft(caller.actor, quarter, version, &portal.moment())
        .await
        .map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
