//! `GET` and `POST /employeur/dnr/{quarter}/fichier`: sending a workbook.

use super::draft::SavedAnswer;
use crate::address::Address;
use crate::problem::{Problem, in_json};
use crate::session::Caller;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::access::Actor;
use cnss_core::calendar::Quarter;
use cnss_core::decision::{Moment, ReturnedFile};
use cnss_core::declaration::sheet::{Expected, SheetReader, Unregistered};
use cnss_core::desk::{DeskError, QuarterState};
use cnss_core::id::{ReturnedFileId, Version};
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Faults, Place, Refusal};
use http_body_util::BodyExt;
use tokio::sync::SemaphorePermit;

use super::QuarterPath;
use super::declaration::uuid_text;
use crate::form::Fault;
use crate::page::{PageProblem, PageResult, on_page, send_with, wants_json};
use crate::portal::Portal;
use crate::problem::{BUSY_FILES, FaultBody, JsonProblem};
use crate::session::Visitor;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;
use crate::words::quarter_text;
use crate::workbook::{self, Annotating, Limits, Mark, Tone, WorkbookFault};

/// « Envoyer un fichier D.N.R ».
#[derive(askama::Template)]
#[template(path = "employer/upload.html")]
pub struct UploadPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarter in addresses.
    pub quarter: String,
    /// Quarter in words.
    pub quarter_label: String,
    /// The upload form.
    pub form: UploadForm,
    /// What was refused; each entry links to `#file`.
    pub errors: Vec<Fault>,
}

/// Upload form, shared with the fault report.
pub struct UploadForm {
    /// Address the file is posted to.
    pub action: String,
    /// Key that makes a repeated request harmless.
    pub request_key: String,
    /// Largest size, in bytes, checked before sending.
    pub max_bytes: String,
    /// Largest size in words, e.g. « 10 Mo ».
    pub max_label: String,
    /// What is wrong with the file.
    pub error: Option<String>,
}

impl UploadForm {
    /// Sample form.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            action: "/employeur/dnr/2026-T3/fichier".into(),
            request_key: "0192f3c4-77bb".into(),
            max_bytes: "10485760".into(),
            max_label: "10\u{a0}Mo".into(),
            error: None,
        }
    }
}

impl UploadPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::employer(
                "Envoyer un fichier D.N.R",
                "/employeur/dnr",
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations", "/employeur/dnr"),
                    ("3e trimestre 2026", "/employeur/dnr/2026-T3"),
                ],
            ),
            quarter: "2026-T3".into(),
            quarter_label: "3e trimestre 2026".into(),
            form: UploadForm::sample(),
            errors: Vec::new(),
        }
    }

    /// Sample page after an unreadable file.
    #[cfg(test)]
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        let text = "Le fichier «\u{a0}salaires.xlsx\u{a0}» est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis envoyez-le de nouveau.";
        page.form.error = Some(text.into());
        page.errors = vec![Fault::new("#file", text)];
        page
    }
}

/// The most bytes of a wage file, and what people are told.
pub(crate) const FILE_MAX: usize = 10 * 1024 * 1024;
/// The most bytes of a request that carries one.
pub(crate) const REQUEST_MAX: usize = FILE_MAX + 64 * 1024;

/// `GET /employeur/dnr/{quarter}/fichier`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
) -> PageResult {
    let view = portal
        .desk()
        .declaration(visitor.actor, quarter, &portal.moment())
        .await
        .map_err(on_page(&portal, &visitor))?;
    let mut page = blank(&portal, &visitor, quarter).await;
    if view.draft.is_some() {
        let text = "Le fichier envoyé remplacera ce brouillon s'il ne contient aucune erreur.";
        page.shell.notices.push(crate::view::Notice::new(
            crate::view::Tone::Info,
            "Un brouillon existe pour ce trimestre.",
            text,
        ));
    }
    Ok(send_with(StatusCode::OK, &page))
}

async fn blank(portal: &Portal, visitor: &Visitor, quarter: Quarter) -> UploadPage {
    let path = format!("/employeur/dnr/{quarter}");
    let declaration = portal.declaration_words();
    let sending = format!("Envoyer un fichier {}", declaration.of);
    let trail = [(declaration.menu.as_str(), "/employeur/dnr"), ("Trimestre", path.as_str())];
    UploadPage {
        shell: portal.employer_shell(visitor, &sending, "/employeur/dnr", &trail).await,
        quarter: quarter.to_string(),
        quarter_label: quarter_text(quarter),
        form: form(portal, quarter),
        errors: Vec::new(),
    }
}

/// The form that sends a file.
pub(crate) fn form(portal: &Portal, quarter: Quarter) -> UploadForm {
    UploadForm {
        action: format!("/employeur/dnr/{quarter}/fichier"),
        request_key: uuid_text(portal),
        max_bytes: FILE_MAX.to_string(),
        max_label: "10\u{a0}Mo".to_owned(),
        error: None,
    }
}

/// What a form with a file holds.
struct Sent {
    csrf: String,
    name: String,
    bytes: Vec<u8>,
}

/// How long a file waits for its turn; its sender is then asked to come back.
const TURN: Duration = Duration::from_secs(20);

/// The turn to be received, taken before the first byte is; none when too many are sending.
async fn turn(portal: &Portal) -> Option<SemaphorePermit<'_>> {
    tokio::time::timeout(TURN, portal.inner.uploads.acquire()).await.ok()?.ok()
}

/// `POST /employeur/dnr/{quarter}/fichier`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    headers: HeaderMap,
    form: Multipart,
) -> PageResult {
    let json = wants_json(&headers);
    let Some(_turn) = turn(&portal).await else {
        return if json {
            Ok(JsonProblem::busy(BUSY_FILES).into_response())
        } else {
            Err(PageProblem::busy(&portal, Some(&visitor), BUSY_FILES))
        };
    };
    let sent = receive(form, announced(&headers)).await;
    let sent = match sent {
        Ok(sent) if visitor.sent(&sent.csrf) => sent,
        Ok(_) => return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN)),
        Err(refusal) => return refused(&portal, &visitor, quarter, json, &DeskError::Refused(refusal)).await,
    };
    let at = portal.moment();
    match take(&portal, visitor.actor, quarter, sent.name, sent.bytes, &at).await {
        Ok(Taken::Draft(_)) => Ok(go(json, &format!("/employeur/dnr/{quarter}/verification"))),
        Ok(Taken::GivenBack(id, _, _)) => Ok(go(json, &format!("/employeur/dnr/retour/{}", id.0))),
        Err(error) => refused(&portal, &visitor, quarter, json, &error).await,
    }
}

/// Sends a browser, or a script of ours, to the next page.
fn go(json: bool, to: &str) -> Response {
    if json {
        axum::Json(serde_json::json!({ "location": to })).into_response()
    } else {
        Redirect::to(to).into_response()
    }
}

async fn refused(
    portal: &Portal,
    visitor: &Visitor,
    quarter: Quarter,
    json: bool,
    error: &DeskError,
) -> PageResult {
    let DeskError::Refused(refusal) = error else {
        return Err(PageProblem::of(portal, Some(visitor), error));
    };
    let text = match refusal {
        Refusal::Invalid(faults) => {
            faults.iter().map(|fault| portal.words().fault(fault)).collect::<Vec<_>>().join(" ")
        }
        other => {
            let (title, advice) = portal.words().refusal(other);
            format!("{title}. {advice}")
        }
    };
    if json {
        let mut problem = JsonProblem::refused(refusal, portal.words());
        problem.0.detail = text;
        return Ok(problem.into_response());
    }
    let mut page = blank(portal, visitor, quarter).await;
    page.errors = vec![Fault::new("#file", text.clone())];
    page.form.error = Some(text);
    Ok(send_with(crate::problem::status(refusal), &page))
}

fn file_fault(code: &'static str) -> Refusal {
    Refusal::Invalid(vec![CoreFault { place: Place::File, kind: FaultKind::File(code), given: None }])
}

/// Reads the form; the token comes before the file.
async fn receive(mut form: Multipart, size: usize) -> Result<Sent, Refusal> {
    let mut sent = Sent { csrf: String::new(), name: String::new(), bytes: Vec::new() };
    let broken = |status: StatusCode| {
        file_fault(if status == StatusCode::PAYLOAD_TOO_LARGE { "file_too_large" } else { "file_damaged" })
    };
    while let Some(field) = form.next_field().await.map_err(|e| broken(e.status()))? {
        match field.name() {
            Some("csrf") => sent.csrf = field.text().await.map_err(|e| broken(e.status()))?,
            Some("file") => {
                sent.name = field
                    .file_name()
                    .unwrap_or_default()
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(120)
                    .collect();
                sent.bytes = file_bytes(field, size).await?;
            }
            _ => {}
        }
    }
    if sent.bytes.is_empty() { Err(file_fault("file_empty")) } else { Ok(sent) }
}

/// The size that a request announces: its file is received into memory of that size, once.
fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or(0).min(FILE_MAX)
}

/// Adds a piece of a file, within the limit.
fn add(bytes: &mut Vec<u8>, piece: &[u8]) -> Result<(), Refusal> {
    if bytes.len().saturating_add(piece.len()) > FILE_MAX {
        return Err(file_fault("file_too_large"));
    }
    bytes.extend_from_slice(piece);
    Ok(())
}

async fn file_bytes(mut field: Field<'_>, size: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(size);
    loop {
        match field.chunk().await {
            Ok(Some(piece)) => add(&mut bytes, &piece)?,
            Ok(None) => return Ok(bytes),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(file_fault("file_too_large"));
            }
            Err(_) => return Err(file_fault("file_damaged")),
        }
    }
}

/// Receives a file that is the whole body.
async fn body_bytes(mut body: Body, size: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(size);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| file_fault("file_damaged"))?;
        if let Ok(piece) = frame.into_data() {
            add(&mut bytes, &piece)?;
        }
    }
    if bytes.is_empty() { Err(file_fault("file_empty")) } else { Ok(bytes) }
}

/// What became of a file.
pub(crate) enum Taken {
    /// It is sound: a draft, at this version.
    Draft(Version),
    /// It has faults: they are kept for a day with the marked workbook, and nothing else is.
    GivenBack(ReturnedFileId, Vec<FaultBody>, usize),
}

/// Takes a wage file: a draft when it is sound, a report when it is not.
pub(crate) async fn take(
    portal: &Portal,
    actor: Actor,
    quarter: Quarter,
    name: String,
    bytes: Vec<u8>,
    at: &Moment,
) -> Result<Taken, DeskError> {
    let desk = portal.desk();
    if quarter.last_day() >= at.today {
        let refusal = Refusal::QuarterNotOver { quarter, from: quarter.plus(1).first_day() };
        desk.employer_of(actor).await?;
        return Err(refusal.into());
    }
    let view = desk.declaration(actor, quarter, at).await?;
    if matches!(view.state, QuarterState::Filed | QuarterState::Corrected) {
        return Err(Refusal::AlreadyFiled { quarter }.into());
    }
    let reading = portal.inner.workbooks.acquire().await;
    let number = view.employer.number.to_string();
    let reader = portal.clone();
    let read = blocking(move || {
        let read = read(&reader, &number, quarter, &bytes);
        (read, bytes)
    });
    let (read, bytes) = read.await?;
    let read = read?;
    let register = desk.register_for(&read).await?;
    let faults = match read.finish(&register) {
        Ok(lines) => {
            drop(bytes);
            let raw = desk.as_typed(&lines).await?;
            let version = desk.save_draft(actor, quarter, raw, view.draft.map(|d| d.version), at).await?;
            return Ok(Taken::Draft(version));
        }
        Err(faults) => faults,
    };
    drop(register);
    let file = give_back(portal, actor, quarter, name, bytes, &faults, view.employer.id, at).await?;
    drop(reading);
    Ok(file)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DeskError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "reading a workbook ended badly");
        DeskError::Refused(file_fault("file_damaged"))
    })
}

/// Opens the workbook and reads its lines.
fn read(
    portal: &Portal,
    employer_number: &str,
    quarter: Quarter,
    bytes: &[u8],
) -> Result<Unregistered, Refusal> {
    let expected = Expected { fund: portal.desk().fund(), employer_number, quarter };
    let mut reader = SheetReader::new(&expected);
    let summary = workbook::read(bytes, &Limits::default(), &mut |row| {
        if reader.row(row) { std::ops::ControlFlow::Continue(()) } else { std::ops::ControlFlow::Break(()) }
    });
    let summary = summary.map_err(|fault| file_fault(code(&fault)))?;
    for range in &summary.merged {
        if let Some((row, column)) = first_cell(range) {
            reader.merged(row, column, range);
        }
    }
    Ok(reader.finish())
}

/// The row (from 1) and column (from 0) of the first cell of `B4:D4`.
fn first_cell(range: &str) -> Option<(u32, u16)> {
    let first = range.split(':').next()?;
    let letters = first.chars().take_while(char::is_ascii_uppercase).count();
    let (letters, digits) = first.split_at_checked(letters)?;
    let column = letters.bytes().try_fold(0_u16, |sum, b| {
        sum.checked_mul(26)?.checked_add(u16::from(b.checked_sub(b'A')?)).and_then(|n| n.checked_add(1))
    })?;
    Some((digits.parse().ok()?, column.checked_sub(1)?))
}

/// The code under which the catalogue has words for a file that cannot be read.
const fn code(fault: &WorkbookFault) -> &'static str {
    match fault {
        WorkbookFault::Empty => "file_empty",
        WorkbookFault::TooLarge { .. } => "file_too_large",
        WorkbookFault::NotAWorkbook { .. } => "file_not_a_workbook",
        WorkbookFault::Encrypted => "file_encrypted",
        WorkbookFault::OldFormat => "file_old_format",
        WorkbookFault::OpenDocument => "file_open_document",
        WorkbookFault::Binary => "file_binary_workbook",
        WorkbookFault::Bomb(_) => "file_bomb",
        WorkbookFault::Damaged { .. } => "file_damaged",
        WorkbookFault::NoSheet => "file_no_sheet",
        WorkbookFault::TooManyRows { .. } => "file_too_many_rows",
        WorkbookFault::TooManyColumns { .. } => "file_too_many_columns",
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "what a report is made of; a struct would only rename the list"
)]
async fn give_back(
    portal: &Portal,
    actor: Actor,
    quarter: Quarter,
    name: String,
    bytes: Vec<u8>,
    faults: &Faults,
    employer: cnss_core::id::EmployerId,
    at: &Moment,
) -> Result<Taken, DeskError> {
    let bodies: Vec<FaultBody> =
        faults.list.iter().map(|fault| FaultBody::of(fault, portal.words())).collect();
    let marks: Vec<Mark> = faults
        .list
        .iter()
        .filter_map(|fault| {
            let Place::Cell { row, column: Some(column), .. } = fault.place else { return None };
            Some(Mark { row, column, tone: Tone::Fault, note: portal.words().fault(fault) })
        })
        .collect();
    let author = Annotating { author: portal.desk().fund().name.clone(), notes: 1_000 };
    let marked = blocking(move || workbook::annotate(&bytes, &Limits::default(), &marks, &author)).await?;
    let marked = match marked {
        Ok(marked) => marked.bytes,
        Err(error) => {
            // The report still says everything; only the marked copy is missing.
            tracing::warn!(%error, "a workbook could not be marked");
            Vec::new()
        }
    };
    let report = super::faults::report(portal, faults, &bodies);
    let id = ReturnedFileId(at.entropy.uuid(at.now));
    let file = ReturnedFile {
        id,
        employer,
        quarter,
        name,
        faults_total: u32::try_from(faults.total).unwrap_or(u32::MAX),
        report,
        workbook: marked,
        made_at: at.now,
    };
    portal.desk().give_back(actor, file, at).await?;
    Ok(Taken::GivenBack(id, bodies, faults.total))
}

/// Sends a wage file (.xlsx): a draft when it is sound, every fault by row and column when not.
#[utoipa::path(post, path = "/api/v1/employer/declarations/{quarter}/file", operation_id = "send_wage_file", tag = "Employeur",
    request_body(content = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    params(("quarter" = String, Path, example = "2026-T3")), security(("token" = [])),
    responses((status = 200, body = SavedAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SavedAnswer>, JsonProblem> {
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let Some(_turn) = turn(&portal).await else { return Err(JsonProblem::busy(BUSY_FILES)) };
    let bytes = body_bytes(body, announced(&headers)).await.map_err(refused)?;
    let taken = take(&portal, caller.actor, quarter, String::new(), bytes, &portal.moment()).await;
    match taken.map_err(in_json(&portal))? {
        Taken::Draft(version) => Ok(Json(SavedAnswer { version: version.0.to_string() })),
        Taken::GivenBack(_, faults, total) => {
            let mut problem = refused(Refusal::InvalidLines(Faults::default()));
            problem.0.faults_total = (total > faults.len()).then_some(total);
            problem.0.faults = faults;
            Err(problem)
        }
    }
}
