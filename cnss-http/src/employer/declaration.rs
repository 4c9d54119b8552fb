//! `GET /employeur/dnr/{quarter}`: one quarter, to file or filed.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use cnss_core::calendar::Quarter;
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::desk::{DeclarationView, DeskError, QuarterState};
use cnss_core::id::Seen;
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::QuarterPath;
use super::declarations::FiledBody;
use super::flash::{flash, set_flash};
use crate::address::Address;
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};
use crate::show::quarter_tag;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, BranchLine, Fact, Notice, Pager, Shell, StatusTag, Tone};
use crate::words::{month_text, month_title, number_text, quarter_text};

/// One quarter: how to file it, or what was filed.
#[derive(askama::Template)]
#[template(path = "employer/declaration.html")]
pub struct DeclarationPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarter in addresses, e.g. « 2026-T3 ».
    pub quarter: String,
    /// Quarter in words, e.g. « 3e trimestre 2026 ».
    pub quarter_label: String,
    /// State of the declaration.
    pub status: StatusTag,
    /// Last day to file.
    pub due: String,
    /// The draft: of the declaration, or of its correction; none without draft.
    pub draft: Option<OpenDraft>,
    /// What was filed; none before.
    pub filed: Option<FiledDeclaration>,
}

/// A draft that waits.
pub struct OpenDraft {
    /// Its state, e.g. « enregistré aujourd'hui à 10:42, 23 travailleurs ».
    pub text: String,
    /// Its version, sent back to abandon it.
    pub version: String,
}

/// What was filed.
pub struct FiledDeclaration {
    /// Receipt number, date, author.
    pub facts: Vec<Fact>,
    /// Version sent back with a correction.
    pub version: String,
    /// Key of the correction request.
    pub request_key: String,
    /// Contributions by branch and payer.
    pub branches: Vec<BranchLine>,
    /// Total of the contributions.
    pub total: Amount,
    /// The three months, in words.
    pub months: Vec<String>,
    /// Lines of this page.
    pub lines: Vec<WorkerLine>,
    /// Other pages of the lines.
    pub pager: Pager,
    /// Filing and corrections, newest first.
    pub revisions: Vec<Revision>,
}

/// Wages of one worker.
pub struct WorkerLine {
    /// Insured number.
    pub number: String,
    /// Surname and forenames.
    pub name: String,
    /// One amount per month, with the label of the month; « – » when nothing was declared.
    pub wages: Vec<MonthWage>,
    /// Total of the quarter.
    pub total: Amount,
}

/// Wage of one month.
pub struct MonthWage {
    /// Month.
    pub month: String,
    /// Formatted digits, without unit.
    pub value: String,
}

/// One filing.
pub struct Revision {
    /// « Dépôt » or « Correction 1 ».
    pub label: String,
    /// When.
    pub at: String,
    /// What changed.
    pub summary: String,
    /// Receipt number.
    pub receipt: String,
}

/// Sample worker lines.
#[cfg(test)]
pub fn sample_lines() -> Vec<WorkerLine> {
    let months = ["Avril 2026", "Mai 2026", "Juin 2026"];
    let line = |number: &str, name: &str, wages: [i64; 3]| WorkerLine {
        number: number.into(),
        name: name.into(),
        wages: months
            .iter()
            .zip(wages)
            .map(|(m, w)| MonthWage {
                month: (*m).into(),
                value: if w == 0 { "–".into() } else { sample::digits(w) },
            })
            .collect(),
        total: sample::cfa(wages.iter().sum()),
    };
    vec![
        line("710 040", "AKOUÉTÉ Adjo Élise", [125_000, 125_000, 131_000]),
        line("710 188", "MENSAH Kossi", [98_000, 98_000, 98_000]),
        line("722 305", "N'GUISSAN Afi Rébecca", [210_000, 210_000, 210_000]),
        line("731 990", "D'ALMEIDA Yao Séraphin", [75_500, 75_500, 0]),
        line("745 021", "TCHAGNAO Abdoul-Ghafar", [52_500, 52_500, 52_500]),
    ]
}

impl DeclarationPage {
    /// Sample page of a quarter not yet filed.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::employer(
                "Déclaration du 3e trimestre 2026",
                "/employeur/dnr",
                &[("Tableau de bord", "/employeur"), ("Déclarations", "/employeur/dnr")],
            ),
            quarter: "2026-T3".into(),
            quarter_label: "3e trimestre 2026".into(),
            status: StatusTag::new(Tone::Info, "Brouillon"),
            due: "15 octobre 2026".into(),
            draft: Some(OpenDraft::sample()),
            filed: None,
        }
    }

    /// Sample page of a filed quarter whose correction is open.
    #[cfg(test)]
    pub fn sample_correcting() -> Self {
        Self { draft: Some(OpenDraft::sample()), ..Self::sample_filed() }
    }

    /// Sample page of a filed quarter.
    #[cfg(test)]
    pub fn sample_filed() -> Self {
        let mut shell = sample::employer(
            "Déclaration du 2e trimestre 2026",
            "/employeur/dnr",
            &[("Tableau de bord", "/employeur"), ("Déclarations", "/employeur/dnr")],
        );
        shell.notices.push(Notice::new(
            Tone::Success,
            "Votre déclaration est déposée.",
            "Gardez le numéro de récépissé DNR-2026-T2-004217.",
        ));
        Self {
            shell,
            quarter: "2026-T2".into(),
            quarter_label: "2e trimestre 2026".into(),
            status: StatusTag::new(Tone::Success, "Déposée"),
            due: "15 juillet 2026".into(),
            draft: None,
            filed: Some(FiledDeclaration {
                facts: vec![
                    Fact::new("Récépissé", "DNR-2026-T2-004217"),
                    Fact::new("Déposée le", "11 juillet 2026 à 16:20"),
                    Fact::new("Travailleurs", "23"),
                    Fact::new("Total des salaires", sample::cfa_text(7_156_500)),
                ],
                version: "3".into(),
                request_key: "0192f3c4-55aa".into(),
                branches: sample::branches(7_156_500),
                total: sample::cfa(1_538_647),
                months: vec!["Avril 2026".into(), "Mai 2026".into(), "Juin 2026".into()],
                lines: sample_lines(),
                pager: Pager::new("Pages des travailleurs", "1 à 5 sur 23")
                    .next("/employeur/dnr/2026-T2?page=2"),
                revisions: vec![Revision {
                    label: "Dépôt".into(),
                    at: "11 juillet 2026 à 16:20".into(),
                    summary: "23 travailleurs, première déclaration du trimestre".into(),
                    receipt: "DNR-2026-T2-004217".into(),
                }],
            }),
        }
    }
}

impl OpenDraft {
    /// Sample draft.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self { text: "enregistré aujourd'hui à 10:42, 23 travailleurs".into(), version: "12".into() }
    }
}

/// Workers on one page of a filed declaration.
pub(crate) const LINES: u32 = 20;

/// Which page of the lines.
#[derive(Deserialize)]
pub(crate) struct After {
    apres: Option<u32>,
}

/// `GET /employeur/dnr/{quarter}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let view = portal.desk().declaration(visitor.actor, quarter, &at).await.map_err(&fail)?;
    let title = format!("Déclaration du {}", quarter_text(quarter));
    let mut shell = portal
        .employer_shell(
            &visitor,
            &title,
            "/employeur/dnr",
            &[(portal.declaration_words().menu.as_str(), "/employeur/dnr")],
        )
        .await;
    let just_filed = flash(&headers);
    if let (Some(receipt), Some(standing)) = (&just_filed, view.revisions.first())
        && *receipt == standing.receipt(&portal.desk().fund().layout)
    {
        let title = match standing.revision {
            1 => "Votre déclaration est déposée.",
            _ => "Votre correction est déposée.",
        };
        let text = format!("Gardez le numéro de votre récépissé\u{a0}: {receipt}.");
        shell.notices.push(Notice::new(Tone::Success, title, text));
    }
    let filed = match view.revisions.first() {
        Some(standing) => Some(filed(&portal, &visitor, &view, standing, query.apres.unwrap_or(0)).await?),
        None => None,
    };
    let page = DeclarationPage {
        shell,
        quarter: quarter.to_string(),
        quarter_label: quarter_text(quarter),
        status: quarter_tag(view.state),
        due: super::due_text(quarter),
        draft: view.draft.as_ref().map(|draft| open_draft(&portal, draft)),
        filed,
    };
    let mut response = send(&page);
    if just_filed.is_some() {
        set_flash(&mut response, &portal, "", 0);
    }
    Ok(response)
}

fn open_draft(portal: &Portal, draft: &Seen<Draft>) -> OpenDraft {
    let saved = draft.value.saved_at;
    let text = format!(
        "enregistré le {}, {}",
        portal.instant_text(saved),
        portal.words().workers(draft.value.lines.len())
    );
    OpenDraft { text, version: draft.version.0.to_string() }
}

async fn filed(
    portal: &Portal,
    visitor: &Visitor,
    view: &DeclarationView,
    standing: &Filed,
    after: u32,
) -> Result<FiledDeclaration, PageProblem> {
    let fail = on_page(portal, visitor);
    let quarter = standing.quarter;
    let mut assessments = Vec::new();
    for month in quarter.months() {
        match portal.desk().assessment_of(visitor.actor, month).await {
            Ok(assessment) => assessments.push(assessment),
            Err(DeskError::Refused(Refusal::NotFound)) => {}
            Err(error) => return Err(fail(error)),
        }
    }
    let (branches, total) = portal.branches(&assessments).map_err(|e| fail(e.into()))?;
    let mut lines = portal
        .desk()
        .filed_lines(visitor.actor, quarter, after, LINES.saturating_add(1))
        .await
        .map_err(&fail)?;
    let more = lines.len() > usize::try_from(LINES).unwrap_or(usize::MAX);
    lines.truncate(usize::try_from(LINES).unwrap_or(usize::MAX));
    let mut pager = Pager::new("Travailleurs", portal.words().workers(standing.workers));
    if let (true, Some((last, _))) = (more, lines.last()) {
        pager = pager.next(format!("/employeur/dnr/{quarter}?apres={}#travailleurs", last.row));
    }
    if after > 0 {
        pager = pager.previous(format!("/employeur/dnr/{quarter}#travailleurs"));
    }
    let shown = |(line, name): &(Line, String)| worker_line(portal, quarter, line, name.clone());
    Ok(FiledDeclaration {
        facts: vec![
            Fact::new("Récépissé", standing.receipt(&portal.desk().fund().layout)),
            Fact::new("Déposée le", portal.instant_text(standing.filed_at)),
            Fact::new("Travailleurs", standing.workers.to_string()),
            Fact::new("Salaires", portal.words().money(standing.wages)),
        ],
        version: standing.revision.to_string(),
        request_key: uuid_text(portal),
        branches,
        total,
        months: quarter.months().into_iter().map(month_title).collect(),
        lines: lines.iter().map(shown).collect(),
        pager,
        revisions: view.revisions.iter().map(|filed| revision(portal, filed)).collect(),
    })
}

/// A fresh request key for a form.
pub(crate) fn uuid_text(portal: &Portal) -> String {
    let at = portal.moment();
    at.entropy.uuid(at.now).to_string()
}

fn revision(portal: &Portal, filed: &Filed) -> Revision {
    Revision {
        label: match filed.revision {
            1 => "Dépôt".to_owned(),
            n => format!("Correction {}", n.saturating_sub(1)),
        },
        at: portal.instant_text(filed.filed_at),
        summary: format!(
            "{}, cotisations de {}",
            portal.words().workers(filed.workers),
            portal.words().money(filed.contributions)
        ),
        receipt: filed.receipt(&portal.desk().fund().layout),
    }
}

/// One worker's wages for a table.
pub(crate) fn worker_line(portal: &Portal, quarter: Quarter, line: &Line, name: String) -> WorkerLine {
    let wages = quarter.months().into_iter().zip(line.wages).map(|(month, wage)| MonthWage {
        month: month_text(month),
        value: wage.map_or_else(|| "–".to_owned(), number_text),
    });
    let sum = line.wages.iter().flatten().copied().sum::<rust_decimal::Decimal>();
    let currency = portal.desk().fund().currency;
    let total = cnss_core::money::Money::new(sum, currency).unwrap_or(currency.zero());
    WorkerLine { number: line.number.to_string(), name, wages: wages.collect(), total: portal.amount(total) }
}

/// Which page of the lines.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct LinesQuery {
    /// Only lines after this row.
    after: Option<u32>,
    /// How many, 1 to 1000.
    limit: Option<u32>,
}

/// One quarter's declaration.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeclarationAnswer {
    #[schema(example = "2026-T3")]
    quarter: String,
    /// `running`, `open`, `draft`, `filed` or `corrected`.
    #[schema(value_type = String, example = "draft")]
    state: QuarterState,
    draft: Option<DraftBody>,
    /// What is filed, the newest revision first.
    revisions: Vec<FiledBody>,
    /// A page of the lines that stand.
    lines: Vec<LineBody>,
}

/// The draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftBody {
    /// To be given back when it is saved or filed.
    #[schema(example = "3")]
    version: String,
    saved_at: String,
    lines: usize,
}

/// One worker's line.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineBody {
    row: u32,
    #[schema(example = "710040")]
    number: String,
    name: String,
    /// One for each month, exact decimals; null for a month without work.
    wages: Vec<Option<String>>,
    /// Days worked, where the month was not whole.
    days: Vec<Option<u8>>,
}

/// One quarter's declaration: its state, its draft, what is filed.
#[utoipa::path(get, path = "/api/v1/employer/declarations/{quarter}", operation_id = "declaration", tag = "Employeur",
    params(("quarter" = String, Path, example = "2026-T3"), LinesQuery), security(("token" = [])),
    responses((status = 200, body = DeclarationAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Query(query): Query<LinesQuery>,
) -> Result<Json<DeclarationAnswer>, JsonProblem> {
    let fail = in_json(&portal);
    let view = portal.desk().declaration(caller.actor, quarter, &portal.moment()).await.map_err(&fail)?;
    let lines = if view.revisions.is_empty() {
        Vec::new()
    } else {
        let limit = query.limit.unwrap_or(100).clamp(1, 1_000);
        portal
            .desk()
            .filed_lines(caller.actor, quarter, query.after.unwrap_or(0), limit)
            .await
            .map_err(&fail)?
    };
    let line = |(line, name): (Line, String)| LineBody {
        row: line.row,
        number: line.number.to_string(),
        name,
        wages: line.wages.iter().map(|w| w.map(|w| w.normalize().to_string())).collect(),
        days: line.days.to_vec(),
    };
    Ok(Json(DeclarationAnswer {
        quarter: quarter.to_string(),
        state: view.state,
        draft: view.draft.map(|draft| DraftBody {
            version: draft.version.0.to_string(),
            saved_at: draft.value.saved_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            lines: draft.value.lines.len(),
        }),
        revisions: view.revisions.iter().map(|filed| FiledBody::of(&portal, filed)).collect(),
        lines: lines.into_iter().map(line).collect(),
    }))
}
