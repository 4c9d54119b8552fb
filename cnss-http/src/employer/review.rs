//! `GET /employeur/dnr/{quarter}/verification`: preview before filing.

use super::declarations::FiledBody;
use crate::address::Address;
use crate::body::Body;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::Caller;
use axum::Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use cnss_core::desk::{DeskError, Preview};
use cnss_core::explain::Caveat;
use cnss_core::id::{InsuredNumber, RequestKey, Version};
use cnss_core::refusal::Refusal;
use serde::Deserialize;

use super::QuarterPath;
use super::declaration::WorkerLine;
#[cfg(test)]
use super::declaration::sample_lines;
use super::declaration::{LINES, uuid_text, worker_line};
use super::flash::{self, set_flash};
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, BranchLine, Notice, Pager, Shell, Tone};
use crate::words::{date_text, month_title, quarter_text};

/// Preview of a declaration before it is filed.
#[derive(askama::Template)]
#[template(path = "employer/review.html")]
pub struct ReviewPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarter in addresses.
    pub quarter: String,
    /// Quarter in words.
    pub quarter_label: String,
    /// Version of the draft that is shown.
    pub version: String,
    /// Key that makes a repeated filing harmless.
    pub request_key: String,
    /// Total of the wages of the quarter.
    pub wages_total: Amount,
    /// Number of workers.
    pub workers: String,
    /// The three months.
    pub months: Vec<MonthTotal>,
    /// Contributions by branch and payer.
    pub branches: Vec<BranchLine>,
    /// Total of the contributions.
    pub total: Amount,
    /// Points to look at; they do not prevent the filing.
    pub warnings: Vec<Notice>,
    /// Quarter it is compared with, e.g. « T2 2026 »; none for a first declaration.
    pub compared_with: Option<String>,
    /// Workers who were not in the previous declaration.
    pub joined: Vec<String>,
    /// Workers who were in the previous declaration only.
    pub left: Vec<String>,
    /// Labels of the three months.
    pub month_labels: Vec<String>,
    /// Lines of this page.
    pub lines: Vec<WorkerLine>,
    /// Other pages.
    pub pager: Pager,
}

/// Totals of one month.
pub struct MonthTotal {
    /// Month.
    pub month: String,
    /// Workers paid that month.
    pub workers: String,
    /// Wages.
    pub wages: Amount,
    /// Contributions.
    pub contributions: Amount,
    /// Last day to pay.
    pub due: String,
}

impl ReviewPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let month = |month: &str, workers: &str, wages: i64, due: &str| MonthTotal {
            month: month.into(),
            workers: workers.into(),
            wages: sample::cfa(wages),
            contributions: sample::cfa(wages * 215 / 1000),
            due: due.into(),
        };
        Self {
            shell: sample::employer(
                "Vérifier la déclaration",
                "/employeur/dnr",
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations", "/employeur/dnr"),
                    ("3e trimestre 2026", "/employeur/dnr/2026-T3"),
                ],
            ),
            quarter: "2026-T3".into(),
            quarter_label: "3e trimestre 2026".into(),
            version: "12".into(),
            request_key: "0192f3c4-88cc".into(),
            wages_total: sample::cfa(7_240_000),
            workers: "23".into(),
            months: vec![
                month("Juillet 2026", "23", 2_440_000, "15 août 2026"),
                month("Août 2026", "23", 2_415_000, "15 septembre 2026"),
                month("Septembre 2026", "22", 2_385_000, "15 octobre 2026"),
            ],
            branches: sample::branches(7_240_000),
            total: sample::cfa(1_556_600),
            warnings: vec![
                Notice::new(
                    Tone::Warning,
                    "N'GUISSAN Afi Rébecca n'a pas de salaire en septembre.",
                    "Si elle a quitté l'entreprise, indiquez sa date de départ.",
                ),
                Notice::new(Tone::Info, "Le salaire d'AKOUÉTÉ Adjo Élise augmente de 4,8\u{a0}%.", ""),
            ],
            compared_with: Some("T2 2026".into()),
            joined: vec!["KPATCHA Essohanam".into()],
            left: vec!["D'ALMEIDA Yao Séraphin".into()],
            month_labels: vec!["Avril 2026".into(), "Mai 2026".into(), "Juin 2026".into()],
            lines: sample_lines(),
            pager: Pager::new("Pages des travailleurs", "1 à 5 sur 23")
                .next("/employeur/dnr/2026-T3/verification?page=2"),
        }
    }
}

/// Most names listed as come or gone.
const NAMES: usize = 50;

/// Which page of the lines.
#[derive(Deserialize)]
pub(crate) struct Page {
    page: Option<u32>,
}

/// `GET /employeur/dnr/{quarter}/verification`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Query(query): Query<Page>,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let preview = match portal.desk().preview(visitor.actor, quarter, &at).await {
        Ok(preview) => preview,
        // What is wrong is shown where it can be corrected.
        Err(DeskError::Refused(Refusal::InvalidLines(_))) => {
            return Ok(Redirect::to(&format!("/employeur/dnr/{quarter}/saisie?verifier=1")).into_response());
        }
        Err(error) => return Err(fail(error)),
    };
    let (branches, total) =
        portal.branches(&preview.prepared.months).map_err(|e| fail(DeskError::from(e)))?;
    let mut months = Vec::new();
    for month in &preview.prepared.months {
        months.push(MonthTotal {
            month: month_title(month.month),
            workers: month.workers.to_string(),
            wages: portal.amount(month.wages),
            contributions: portal.amount(month.total().map_err(|e| fail(e.into()))?),
            due: month.due_date.map_or_else(|| "non connue".to_owned(), date_text),
        });
    }
    let mut caveats: Vec<&Caveat> = Vec::new();
    for caveat in preview.prepared.months.iter().flat_map(|month| &month.caveats) {
        if !caveats.contains(&caveat) {
            caveats.push(caveat);
        }
    }
    let mut warnings: Vec<Notice> = Vec::new();
    if quarter.last_day() >= at.today {
        let (title, advice) =
            portal.words().refusal(&Refusal::QuarterNotOver { quarter, from: quarter.plus(1).first_day() });
        warnings.push(Notice::new(Tone::Info, title, advice));
    }
    warnings.extend(caveats.into_iter().map(|caveat| {
        let (title, text) = portal.words().caveat(caveat);
        Notice::new(Tone::Warning, title, text)
    }));
    let (compared_with, joined, left) = changes(&portal, &visitor, quarter, &preview).await?;
    let (lines, pager) = lines(&portal, &visitor, quarter, &preview, query.page.unwrap_or(1)).await?;
    let declaration = portal.declaration_words();
    let trail = [(declaration.menu.as_str(), "/employeur/dnr")];
    let page = ReviewPage {
        shell: portal.employer_shell(&visitor, "Vérifier avant de déposer", "/employeur/dnr", &trail).await,
        quarter: quarter.to_string(),
        quarter_label: quarter_text(quarter),
        version: preview.version.0.to_string(),
        request_key: uuid_text(&portal),
        wages_total: portal.amount(preview.prepared.wages),
        workers: preview.lines.len().to_string(),
        months,
        branches,
        total,
        warnings,
        compared_with,
        joined,
        left,
        month_labels: quarter.months().into_iter().map(month_title).collect(),
        lines,
        pager,
    };
    Ok(send(&page))
}

async fn lines(
    portal: &Portal,
    visitor: &Visitor,
    quarter: cnss_core::calendar::Quarter,
    preview: &Preview,
    page: u32,
) -> Result<(Vec<WorkerLine>, Pager), PageProblem> {
    let size = usize::try_from(LINES).unwrap_or(20);
    let pages = preview.lines.len().div_ceil(size).max(1);
    let page = usize::try_from(page).unwrap_or(1).clamp(1, pages);
    let from = page.saturating_sub(1).saturating_mul(size);
    let shown: Vec<_> = preview.lines.iter().skip(from).take(size).cloned().collect();
    let last = from.saturating_add(shown.len());
    let mut pager = Pager::new(
        "Travailleurs",
        format!("{} à {last} sur {}", from.saturating_add(1), preview.lines.len()),
    );
    let href = |n: usize| format!("/employeur/dnr/{quarter}/verification?page={n}#travailleurs");
    if page > 1 {
        pager = pager.previous(href(page.saturating_sub(1)));
    }
    if page < pages {
        pager = pager.next(href(page.saturating_add(1)));
    }
    let named = portal.desk().with_names(shown).await.map_err(on_page(portal, visitor))?;
    let named = named.into_iter().map(|(line, name)| worker_line(portal, quarter, &line, name));
    Ok((named.collect(), pager))
}

/// Who is in this declaration and not in the one before, and the other way round.
async fn changes(
    portal: &Portal,
    visitor: &Visitor,
    quarter: cnss_core::calendar::Quarter,
    preview: &Preview,
) -> Result<(Option<String>, Vec<String>, Vec<String>), PageProblem> {
    let fail = on_page(portal, visitor);
    let earlier = if preview.standing.is_some() { quarter } else { quarter.plus(-1) };
    let mut before: BTreeMap<InsuredNumber, String> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = match portal.desk().filed_lines(visitor.actor, earlier, after, 1_000).await {
            Ok(page) => page,
            Err(DeskError::Refused(Refusal::NotFiled { .. })) => return Ok((None, Vec::new(), Vec::new())),
            Err(error) => return Err(fail(error)),
        };
        let Some((last, _)) = page.last() else { break };
        after = last.row;
        before.extend(page.into_iter().map(|(line, name)| (line.number, name)));
    }
    let new: Vec<_> = preview
        .lines
        .iter()
        .filter(|line| before.remove(&line.number).is_none())
        .take(NAMES)
        .cloned()
        .collect();
    let joined = portal.desk().with_names(new).await.map_err(&fail)?;
    let joined = joined.into_iter().map(|(line, name)| format!("{name} ({})", line.number)).collect();
    let left = before.into_iter().take(NAMES).map(|(number, name)| format!("{name} ({number})")).collect();
    Ok((Some(quarter_text(earlier)), joined, left))
}

/// The confirmation.
#[derive(Deserialize)]
pub(crate) struct Confirmation {
    #[serde(default)]
    csrf: String,
    request_key: uuid::Uuid,
    version: i64,
}

/// `POST /employeur/dnr/{quarter}/depot`.
pub(crate) async fn file(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Form(form): Form<Confirmation>,
) -> PageResult {
    if !visitor.sent(&form.csrf) {
        return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN));
    }
    let at = portal.moment();
    let key = RequestKey::of_client(form.request_key);
    let key = key.ok_or_else(|| PageProblem::plain(&portal, Some(&visitor), StatusCode::BAD_REQUEST))?;
    match portal.desk().file(visitor.actor, quarter, Version(form.version), key, &at).await {
        Ok(filed) => {
            let mut response = Redirect::to(&format!("/employeur/dnr/{quarter}")).into_response();
            set_flash(&mut response, &portal, &filed.receipt(&portal.desk().fund().layout), flash::SECONDS);
            Ok(response)
        }
        Err(DeskError::Refused(Refusal::InvalidLines(_))) => {
            Ok(Redirect::to(&format!("/employeur/dnr/{quarter}/saisie?verifier=1")).into_response())
        }
        Err(error) => Err(PageProblem::of(&portal, Some(&visitor), &error)),
    }
}

/// A draft to be filed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct FileBody {
    /// The draft's version.
    #[schema(example = "4")]
    version: String,
    /// A UUID that the client makes; the same again is the same request.
    #[schema(example = "0198f3a0-0000-7000-8000-000000000001")]
    request_key: String,
}

/// Files the draft, or corrects what is filed. The same request key gives the same answer.
#[utoipa::path(post, path = "/api/v1/employer/declarations/{quarter}/submission", operation_id = "file_declaration", tag = "Employeur", request_body = FileBody,
    params(("quarter" = String, Path, example = "2026-T3")), security(("token" = [])),
    responses((status = 201, body = FiledBody), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    mut body: Body,
) -> Result<(StatusCode, Json<FiledBody>), JsonProblem> {
    let mut fields = body.fields();
    let version = fields.text("version").map(|v| v.parse::<i64>().ok());
    let key = fields.request_key("request_key");
    if version == Some(None) {
        fields.fault("version", cnss_core::refusal::FaultKind::NotANumber);
    }
    let read = body.done(version.flatten().zip(key));
    let (version, key) = read.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let filed = portal.desk().file(caller.actor, quarter, Version(version), key, &portal.moment()).await;
    Ok((StatusCode::CREATED, Json(FiledBody::of(&portal, &filed.map_err(in_json(&portal))?))))
}
