//! `GET /employeur/dnr/retour/{id}`: faults found in a workbook.

use std::collections::BTreeSet;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use chrono::TimeDelta;
use cnss_core::decision::{RETURNED_HOURS, ReturnedFile};
use cnss_core::id::ReturnedFileId;
use cnss_core::refusal::{Faults, Place, Refusal};
use serde::{Deserialize, Serialize};

use super::upload::UploadForm;
use crate::address::Address;
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::problem::FaultBody;
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Pager, Shell};
use crate::words::quarter_text;

/// Fault report after an upload.
#[derive(askama::Template)]
#[template(path = "employer/faults.html")]
pub struct FaultsPage {
    /// Around the page.
    pub shell: Shell,
    /// Identifier of the report, used in the download address.
    pub id: String,
    /// Name of the file sent.
    pub file_name: String,
    /// Quarter in words.
    pub quarter_label: String,
    /// Count in one sentence, e.g. « 12 erreurs dans 9 lignes. ».
    pub summary: String,
    /// Faults of this page.
    pub faults: Vec<CellFault>,
    /// Other pages.
    pub pager: Pager,
    /// Upload form for the corrected file.
    pub form: UploadForm,
}

/// One cell to correct.
pub struct CellFault {
    /// Line of the workbook.
    pub line: String,
    /// Letter of the column.
    pub column: String,
    /// Title of the column.
    pub column_title: String,
    /// Value read; empty when the cell is empty.
    pub value: String,
    /// What to do.
    pub advice: String,
}

impl FaultsPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let fault = |line: &str, column: &str, title: &str, value: &str, advice: &str| CellFault {
            line: line.into(),
            column: column.into(),
            column_title: title.into(),
            value: value.into(),
            advice: advice.into(),
        };
        Self {
            shell: sample::employer(
                "Points à corriger dans le fichier",
                "/employeur/dnr",
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations", "/employeur/dnr"),
                    ("3e trimestre 2026", "/employeur/dnr/2026-T3"),
                ],
            ),
            id: "8841".into(),
            file_name: "DNR boulangerie T3 (version 2).xlsx".into(),
            quarter_label: "3e trimestre 2026".into(),
            summary: "12 erreurs dans 9 lignes.".into(),
            faults: vec![
                fault(
                    "7",
                    "D",
                    "Salaire juillet",
                    "125.000 F",
                    "Écrivez le montant en chiffres seulement\u{a0}: 125000.",
                ),
                fault(
                    "7",
                    "I",
                    "Date d'embauche",
                    "31/02/2026",
                    "Cette date n'existe pas. Écrivez-la sous la forme 28/02/2026.",
                ),
                fault(
                    "9",
                    "A",
                    "Numéro assuré",
                    "",
                    "Écrivez le numéro assuré de D'ALMEIDA Yao Séraphin, ou demandez son immatriculation.",
                ),
                fault("12", "E", "Jours juillet", "45", "Un mois compte au plus 31 jours."),
                fault(
                    "15",
                    "D",
                    "Salaire juillet",
                    "35 000",
                    "Le salaire est sous le SMIG (52 500) pour un mois entier. Corrigez-le ou indiquez les jours travaillés.",
                ),
                fault(
                    "18",
                    "A",
                    "Numéro assuré",
                    "710 040",
                    "Ce numéro est déjà à la ligne 6. Gardez une seule ligne par travailleur.",
                ),
            ],
            pager: Pager::new("Pages des erreurs", "1 à 6 sur 12").next("/employeur/dnr/retour/8841?page=2"),
            form: UploadForm::sample(),
        }
    }
}

/// Faults on one page of the report.
const PAGE: usize = 50;

/// A fault as it is kept with the marked workbook.
#[derive(Serialize, Deserialize)]
struct KeptFault {
    line: String,
    column: String,
    title: String,
    value: String,
    advice: String,
}

/// The report that is kept with the marked workbook.
pub(crate) fn report(portal: &Portal, faults: &Faults, bodies: &[FaultBody]) -> String {
    let layout = &portal.desk().fund().layout;
    let kept = faults.list.iter().zip(bodies).map(|(fault, body)| KeptFault {
        line: body.row.map(|row| row.to_string()).unwrap_or_default(),
        column: body.column.clone().unwrap_or_default(),
        title: match &fault.place {
            Place::Cell { field, .. } => layout.title_of(*field).to_owned(),
            _ => String::new(),
        },
        value: fault.given.clone().unwrap_or_default(),
        advice: body.message.clone(),
    });
    serde_json::to_string(&kept.collect::<Vec<_>>()).unwrap_or_default()
}

/// The report in the address.
#[derive(Deserialize)]
pub(crate) struct ReportPath {
    id: uuid::Uuid,
}

/// Which page of the report.
#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    page: usize,
}

async fn find(portal: &Portal, visitor: &Visitor, id: uuid::Uuid) -> Result<ReturnedFile, PageProblem> {
    let file = portal
        .desk()
        .given_back(visitor.actor, ReturnedFileId(id))
        .await
        .map_err(on_page(portal, visitor))?;
    // Nobody may have written since it grew too old, so that it is still there.
    let age = portal.moment().now.signed_duration_since(file.made_at);
    let fresh = age < TimeDelta::hours(RETURNED_HOURS);
    if fresh { Ok(file) } else { Err(PageProblem::refused(portal, Some(visitor), &Refusal::NotFound)) }
}

/// `GET /employeur/dnr/retour/{id}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(ReportPath { id }): Address<ReportPath>,
    Query(query): Query<Page>,
) -> PageResult {
    let file = find(&portal, &visitor, id).await?;
    let kept: Vec<KeptFault> = serde_json::from_str(&file.report).unwrap_or_default();
    let rows: BTreeSet<&str> =
        kept.iter().map(|fault| fault.line.as_str()).filter(|line| !line.is_empty()).collect();
    let listed = kept.len();
    let summary = summary(file.faults_total, rows.len(), listed);
    let pages = listed.div_ceil(PAGE).max(1);
    let number = query.page.clamp(1, pages);
    let from = number.saturating_sub(1).saturating_mul(PAGE);
    let faults: Vec<CellFault> = kept
        .into_iter()
        .skip(from)
        .take(PAGE)
        .map(|fault| CellFault {
            line: fault.line,
            column: fault.column,
            column_title: fault.title,
            value: fault.value,
            advice: fault.advice,
        })
        .collect();
    let mut pager = Pager::new(
        "Erreurs",
        format!(
            "{} à {} sur {listed}",
            from.saturating_add(1).min(listed),
            from.saturating_add(faults.len())
        ),
    );
    if number > 1 {
        pager = pager.previous(format!("/employeur/dnr/retour/{id}?page={}", number.saturating_sub(1)));
    }
    if number < pages {
        pager = pager.next(format!("/employeur/dnr/retour/{id}?page={}", number.saturating_add(1)));
    }
    let path = format!("/employeur/dnr/{}", file.quarter);
    let declaration = portal.declaration_words();
    let faulty = format!("Erreurs dans le fichier {}", declaration.of);
    let trail = [(declaration.menu.as_str(), "/employeur/dnr"), ("Trimestre", path.as_str())];
    let page = FaultsPage {
        shell: portal.employer_shell(&visitor, &faulty, "/employeur/dnr", &trail).await,
        id: id.to_string(),
        file_name: file.name,
        quarter_label: quarter_text(file.quarter),
        summary,
        faults,
        pager,
        form: super::upload::form(&portal, file.quarter),
    };
    Ok(send(&page))
}

fn summary(total: u32, rows: usize, listed: usize) -> String {
    let errors = if total == 1 { "1 erreur".to_owned() } else { format!("{total} erreurs") };
    let rows = match rows {
        0 => String::new(),
        1 => " dans 1 ligne".to_owned(),
        n => format!(" dans {n} lignes"),
    };
    let cut = if usize::try_from(total).unwrap_or(usize::MAX) > listed {
        format!(" Les {listed} premières sont montrées.")
    } else {
        String::new()
    };
    format!("{errors}{rows}.{cut}")
}

/// `GET /employeur/dnr/retour/{id}/corrige.xlsx`: the same workbook, its faulty cells marked.
pub(crate) async fn workbook(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(ReportPath { id }): Address<ReportPath>,
) -> PageResult {
    let file = find(&portal, &visitor, id).await?;
    if file.workbook.is_empty() {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::NotFound));
    }
    Ok(download(
        StatusCode::OK,
        file.workbook,
        &format!("{}-{}-a-corriger.xlsx", portal.declaration_words().file, file.quarter),
    ))
}

/// Sends a workbook as a file to keep.
pub(crate) fn download(status: StatusCode, bytes: Vec<u8>, name: &str) -> axum::response::Response {
    let mut response = (status, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
