//! `GET /employeur/dnr`: list of the quarterly declarations.

use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::Caller;
use axum::Json;
use axum::extract::{Query, State};
use cnss_core::calendar::Quarter;
use cnss_core::desk::{QuarterState, QuarterView};
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::page::{PageResult, on_page, send};
use crate::paged::Paged;
use crate::portal::Portal;
use crate::session::Visitor;
use crate::show::quarter_tag;
use crate::view::{Amount, Link, Pager, Shell, StatusTag};
#[cfg(test)]
use crate::view::{Tone, sample};
use crate::words::quarter_short;

/// List of the quarterly declarations.
#[derive(askama::Template)]
#[template(path = "employer/declarations.html")]
pub struct DeclarationsPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarters, newest first.
    pub quarters: Vec<QuarterRow>,
    /// Other pages of the list.
    pub pager: Pager,
}

/// One quarter.
pub struct QuarterRow {
    /// Quarter, e.g. « T1 2026 ».
    pub label: String,
    /// Last day to file.
    pub due: String,
    /// À déclarer, Brouillon, Déposée, Corrigée, En retard.
    pub status: StatusTag,
    /// Number of workers; none before the filing.
    pub workers: Option<String>,
    /// Total of the wages; none before the filing.
    pub wages: Option<Amount>,
    /// What to do or to see.
    pub action: Link,
}

impl DeclarationsPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let row =
            |label: &str, q: &str, due: &str, tone, status: &str, filed: Option<(i64, i64)>, action: &str| {
                QuarterRow {
                    label: label.into(),
                    due: due.into(),
                    status: StatusTag::new(tone, status),
                    workers: filed.map(|(w, _)| w.to_string()),
                    wages: filed.map(|(_, t)| sample::cfa(t)),
                    action: Link::new(action, format!("/employeur/dnr/{q}")),
                }
            };
        Self {
            shell: sample::employer(
                "Déclarations nominatives des rémunérations",
                "/employeur/dnr",
                &[("Tableau de bord", "/employeur")],
            ),
            quarters: vec![
                row("T4 2026", "2026-T4", "15 janvier 2027", Tone::Neutral, "À déclarer", None, "Déclarer"),
                row("T3 2026", "2026-T3", "15 octobre 2026", Tone::Info, "Brouillon", None, "Continuer"),
                row(
                    "T2 2026",
                    "2026-T2",
                    "15 juillet 2026",
                    Tone::Success,
                    "Déposée",
                    Some((23, 7_156_500)),
                    "Voir",
                ),
                row(
                    "T1 2026",
                    "2026-T1",
                    "15 avril 2026",
                    Tone::Success,
                    "Corrigée",
                    Some((22, 6_890_000)),
                    "Voir",
                ),
                row("T4 2025", "2025-T4", "15 janvier 2026", Tone::Error, "En retard", None, "Déclarer"),
                row(
                    "T3 2025",
                    "2025-T3",
                    "15 octobre 2025",
                    Tone::Success,
                    "Déposée",
                    Some((21, 6_512_250)),
                    "Voir",
                ),
            ],
            pager: Pager::new("Pages des déclarations", "1 à 6 sur 14").next("/employeur/dnr?page=2"),
        }
    }

    /// Sample page of a new employer.
    #[cfg(test)]
    pub fn sample_empty() -> Self {
        Self {
            quarters: Vec::new(),
            pager: Pager::new("Pages des déclarations", "Aucune déclaration"),
            ..Self::sample()
        }
    }
}

/// Quarters on one page of the list.
const PAGE: u32 = 12;

/// Which page of the list.
#[derive(Deserialize)]
pub(crate) struct Before {
    avant: Option<String>,
}

/// `GET /employeur/dnr`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<Before>,
) -> PageResult {
    let at = portal.moment();
    let before: Option<Quarter> = query.avant.and_then(|text| text.parse().ok());
    // One more than is shown tells whether there is a next page.
    let mut views = portal
        .desk()
        .quarters(visitor.actor, before, PAGE.saturating_add(1), &at)
        .await
        .map_err(on_page(&portal, &visitor))?;
    let more = views.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    views.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let summary = match (views.first(), views.last()) {
        (Some(newest), Some(oldest)) => {
            format!("{} à {}", quarter_short(oldest.quarter), quarter_short(newest.quarter))
        }
        _ => String::new(),
    };
    let mut pager = Pager::new("Trimestres", summary);
    if let (true, Some(oldest)) = (more, views.last()) {
        pager = pager.next(format!("/employeur/dnr?avant={}", oldest.quarter));
    }
    if before.is_some() {
        pager = pager.previous("/employeur/dnr");
    }
    let menu = portal.declaration_words().menu;
    let shell = portal.employer_shell(&visitor, &menu, "/employeur/dnr", &[]).await;
    let quarters = views.iter().map(|view| row(&portal, view)).collect();
    Ok(send(&DeclarationsPage { shell, quarters, pager }))
}

fn row(portal: &Portal, view: &QuarterView) -> QuarterRow {
    let href = format!("/employeur/dnr/{}", view.quarter);
    let label = match view.state {
        QuarterState::Open => "Déclarer",
        QuarterState::Draft => "Continuer",
        QuarterState::Running => "Préparer",
        QuarterState::Filed | QuarterState::Corrected => "Voir",
    };
    QuarterRow {
        label: quarter_short(view.quarter),
        due: super::due_text(view.quarter),
        status: quarter_tag(view.state),
        workers: view.filed.as_ref().map(|f| f.workers.to_string()),
        wages: view.filed.as_ref().map(|f| portal.amount(f.wages)),
        action: Link::new(label, href),
    }
}

/// The employer's quarters.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListAnswer {
    /// The newest first.
    declarations: Vec<QuarterBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Where a quarter stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuarterBody {
    #[schema(example = "2026-T3")]
    quarter: String,
    /// `running`, `open`, `draft`, `filed` or `corrected`.
    #[schema(value_type = String, example = "filed")]
    state: QuarterState,
    filed: Option<FiledBody>,
}

/// What is filed.
#[derive(Serialize, ToSchema)]
pub(crate) struct FiledBody {
    #[schema(example = "DNR-2026T3-K7Q2M9XA")]
    receipt: String,
    revision: u32,
    filed_at: String,
    workers: u32,
    /// Exact decimal.
    wages: String,
    /// Exact decimal.
    contributions: String,
}

impl FiledBody {
    pub(crate) fn of(portal: &Portal, filed: &cnss_core::declaration::Filed) -> Self {
        Self {
            receipt: filed.receipt(&portal.desk().fund().layout),
            revision: filed.revision,
            filed_at: filed.filed_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            workers: filed.workers,
            wages: filed.wages.to_string(),
            contributions: filed.contributions.to_string(),
        }
    }
}

/// Lists the quarters, the newest first.
#[utoipa::path(get, path = "/api/v1/employer/declarations", operation_id = "list_declarations", tag = "Employeur", params(Paged<Quarter>), security(("token" = [])),
    responses((status = 200, body = ListAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(paged): Query<Paged<Quarter>>,
) -> Result<Json<ListAnswer>, JsonProblem> {
    let views = portal.desk().quarters(caller.actor, paged.after(), paged.most(), &portal.moment()).await;
    let (views, next) = paged.page(views.map_err(in_json(&portal))?, |view| view.quarter);
    let body = |view: &QuarterView| QuarterBody {
        quarter: view.quarter.to_string(),
        state: view.state,
        filed: view.filed.as_ref().map(|filed| FiledBody::of(&portal, filed)),
    };
    Ok(Json(ListAnswer { declarations: views.iter().map(body).collect(), next }))
}
