//! `GET` and `POST /employeur/dnr/{quarter}/saisie`: « Remplir les DNR en ligne ».

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::calendar::{Quarter, parse_date};
use cnss_core::declaration::{Draft, RawLine};
use cnss_core::desk::{DeskError, QuarterState};
use cnss_core::fund::Field as Column;
use cnss_core::id::{InsuredNumber, Version};
use cnss_core::refusal::{Place, Refusal};
use serde::Deserialize;

use super::QuarterPath;
use crate::address::Address;
use crate::form::Fault;
use crate::page::{PageProblem, PageResult, on_page, send_with, wants_json};
use crate::portal::Portal;
use crate::problem::JsonProblem;
use crate::session::Visitor;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;
use crate::words::{date_text, month_text, month_title, quarter_text};

/// On-line grid of a declaration, twenty workers a page.
#[derive(askama::Template)]
#[template(path = "employer/edit.html")]
pub struct EditPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarter in words.
    pub quarter_label: String,
    /// Last day to file.
    pub due: String,
    /// Address the form is posted to.
    pub action: String,
    /// Address of the automatic save; answers JSON.
    pub autosave: String,
    /// Key of the local copy: one per employer, quarter and page.
    pub draft_key: String,
    /// Version of the draft this page shows.
    pub version: String,
    /// Number of this page, from 1.
    pub page: String,
    /// Where we are, e.g. « Travailleurs 1 à 20 sur 23 ».
    pub page_summary: String,
    /// Number of the page before, if any.
    pub previous_page: Option<String>,
    /// Number of the page after, if any.
    pub next_page: Option<String>,
    /// When the draft was last saved, e.g. « Brouillon enregistré à 10:42 »; empty when never.
    pub status: String,
    /// True when a save was refused because the draft changed elsewhere: the
    /// page then shows what was typed and the local copy is kept.
    pub conflict: bool,
    /// The three months, in words.
    pub months: Vec<String>,
    /// What was refused, on every page of the form.
    pub errors: Vec<Fault>,
    /// Workers of this page.
    pub rows: Vec<WorkerRow>,
}

/// One input of the grid.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Name sent, e.g. `rows[0].wage1`.
    pub name: String,
    /// Label, e.g. « Salaire, juillet 2026 ».
    pub label: String,
    /// What was typed.
    pub value: String,
    /// What is wrong.
    pub error: Option<String>,
}

impl Cell {
    /// Builds a cell: `Cell::new(0, "wage1", "Salaire, juillet 2026", "125 000")`.
    pub fn new(row: usize, key: &str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: format!("rows[{row}].{key}"), label: label.into(), value: value.into(), error: None }
    }

    /// Sets what is wrong.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// Identifier in the page, e.g. `rows-0-wage1`.
    pub fn id(&self) -> String {
        self.name.replace("].", "-").replace('[', "-")
    }

    /// Target for the error summary, e.g. « #rows-0-wage1 ».
    pub fn href(&self) -> String {
        format!("#{}", self.id())
    }
}

/// Wage and days of one month.
pub struct MonthCells {
    /// Wage, `wage1` to `wage3`.
    pub wage: Cell,
    /// Days, `days1` to `days3`; optional.
    pub days: Cell,
}

/// One worker.
pub struct WorkerRow {
    /// Index in the form, from 0 on each page.
    pub index: usize,
    /// Place in the whole declaration, from 1.
    pub position: String,
    /// True for a pre-filled worker, whose identity cannot be changed.
    pub known: bool,
    /// `number`.
    pub number: Cell,
    /// `surname`.
    pub surname: Cell,
    /// `forenames`.
    pub forenames: Cell,
    /// The three months.
    pub months: Vec<MonthCells>,
    /// `hired_on`.
    pub hired_on: Cell,
    /// `left_on`.
    pub left_on: Cell,
    /// `observation`.
    pub observation: Cell,
}

impl WorkerRow {
    /// Name shown above the cells.
    pub fn title(&self) -> String {
        let name = format!("{} {}", self.surname.value, self.forenames.value);
        match name.trim() {
            "" => format!("Travailleur {}, nouveau", self.position),
            name => name.to_string(),
        }
    }

    /// The three cells that say who the worker is.
    pub fn identity(&self) -> [&Cell; 3] {
        [&self.number, &self.surname, &self.forenames]
    }

    /// Whether a cell of the row has an error.
    pub fn has_error(&self) -> bool {
        [&self.number, &self.surname, &self.forenames, &self.hired_on, &self.left_on, &self.observation]
            .iter()
            .any(|c| c.error.is_some())
            || self.months.iter().any(|m| m.wage.error.is_some() || m.days.error.is_some())
    }
}

impl EditPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let months = ["Juillet 2026", "Août 2026", "Septembre 2026"];
        let row = |i: usize, known: bool, id: [&str; 3], wages: [&str; 3], days: [&str; 3]| WorkerRow {
            index: i,
            position: (i + 1).to_string(),
            known,
            number: Cell::new(i, "number", "Numéro assuré", id[0]),
            surname: Cell::new(i, "surname", "Nom", id[1]),
            forenames: Cell::new(i, "forenames", "Prénoms", id[2]),
            months: months
                .iter()
                .enumerate()
                .map(|(m, label)| MonthCells {
                    wage: Cell::new(
                        i,
                        &format!("wage{}", m + 1),
                        format!("Salaire, {}", label.to_lowercase()),
                        wages[m],
                    ),
                    days: Cell::new(i, &format!("days{}", m + 1), "Jours", days[m]),
                })
                .collect(),
            hired_on: Cell::new(i, "hired_on", "Date d'embauche", ""),
            left_on: Cell::new(i, "left_on", "Date de départ", ""),
            observation: Cell::new(i, "observation", "Observation", ""),
        };
        let mut rows = vec![
            row(
                0,
                true,
                ["710 040", "AKOUÉTÉ", "Adjo Élise"],
                ["131 000", "131 000", "131 000"],
                ["", "", ""],
            ),
            row(1, true, ["710 188", "MENSAH", "Kossi"], ["98 000", "98 000", "9 800 O"], ["", "", "45"]),
            row(2, true, ["722 305", "N'GUISSAN", "Afi Rébecca"], ["210 000", "210 000", ""], ["", "", ""]),
            row(3, true, ["731 990", "D'ALMEIDA", "Yao Séraphin"], ["75 500", "38 000", ""], ["", "15", ""]),
            row(
                4,
                true,
                ["745 021", "TCHAGNAO", "Abdoul-Ghafar"],
                ["52 500", "52 500", "52 500"],
                ["", "", ""],
            ),
            row(5, false, ["", "", ""], ["", "", "60 000"], ["", "", ""]),
        ];
        let mut errors = Vec::new();
        let mut fault = |cell: &mut Cell, who: &str, text: &str| {
            cell.error = Some(text.into());
            errors.push(Fault::new(cell.href(), format!("{who}\u{a0}: {}", text)));
        };
        if let Some(m) = rows.get_mut(1).and_then(|r| r.months.get_mut(2)) {
            fault(&mut m.wage, "MENSAH Kossi, salaire de septembre", "Écrivez le montant en chiffres.");
            fault(&mut m.days, "MENSAH Kossi, jours de septembre", "30 jours au plus.");
        }
        if let Some(r) = rows.get_mut(5) {
            fault(&mut r.number, "Travailleur 6, numéro assuré", "Écrivez le numéro assuré.");
        }
        if let Some(r) = rows.get_mut(3) {
            r.left_on.value = "2026-08-15".into();
            r.observation.value = "Démission".into();
        }
        Self {
            shell: sample::employer(
                "Remplir les DNR en ligne",
                "/employeur/dnr",
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations", "/employeur/dnr"),
                    ("3e trimestre 2026", "/employeur/dnr/2026-T3"),
                ],
            ),
            quarter_label: "3e trimestre 2026".into(),
            due: "15 octobre 2026".into(),
            action: "/employeur/dnr/2026-T3/saisie".into(),
            autosave: "/employeur/dnr/2026-T3/saisie".into(),
            draft_key: "dnr:4217:2026-T3:1".into(),
            version: "11".into(),
            page: "1".into(),
            page_summary: "Travailleurs 1 à 6 sur 23".into(),
            previous_page: None,
            next_page: Some("2".into()),
            status: "Brouillon enregistré à 10:42".into(),
            conflict: false,
            months: months.iter().map(|m| (*m).to_string()).collect(),
            errors,
            rows,
        }
    }
}

/// Workers on one page of the form.
const PAGE: usize = 20;
/// The most characters that a cell keeps: a draft keeps what was typed, not a book.
const CELL_MAX: usize = 250;
/// Errors listed above the form.
const ERRORS: usize = 30;

/// Which page of the form, and whether its faults are shown.
#[derive(Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    page: usize,
    verifier: Option<String>,
}

/// `GET /employeur/dnr/{quarter}/saisie`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    Query(shown): Query<Shown>,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let view = portal.desk().declaration(visitor.actor, quarter, &at).await.map_err(&fail)?;
    if matches!(view.state, QuarterState::Filed | QuarterState::Corrected) {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::AlreadyFiled { quarter }));
    }
    let (draft, version) = portal.desk().draft_or_new(visitor.actor, quarter, &at).await.map_err(&fail)?;
    let form = show(&portal, &visitor, &draft, version, shown.page, shown.verifier.is_some()).await?;
    let status = if form.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(send_with(status, &form))
}

/// The form of one page of a draft.
async fn show(
    portal: &Portal,
    visitor: &Visitor,
    draft: &Draft,
    version: Option<Version>,
    page: usize,
    check: bool,
) -> Result<EditPage, PageProblem> {
    let fail = on_page(portal, visitor);
    let quarter = draft.quarter;
    let pages = draft.lines.len().div_ceil(PAGE).max(1);
    let page = page.clamp(1, pages);
    let from = page.saturating_sub(1).saturating_mul(PAGE);
    let lines = draft.lines.get(from..).unwrap_or(&[]);
    let lines = lines.get(..lines.len().min(PAGE)).unwrap_or(lines);
    let mut rows = rows(portal, visitor, quarter, lines, from).await?;
    let mut errors = Vec::new();
    if check {
        let employer = portal.desk().employer_of(visitor.actor).await.map_err(&fail)?.value;
        let checked = portal.desk().check(&employer, quarter, &draft.lines).await.map_err(&fail)?;
        if let Err(faults) = checked {
            errors = place_faults(portal, &faults, &mut rows, from, quarter);
        }
    }
    let path = format!("/employeur/dnr/{quarter}");
    let trail = [("Déclarations (DNR)", "/employeur/dnr"), ("Trimestre", path.as_str())];
    let last = from.saturating_add(rows.len());
    Ok(EditPage {
        shell: portal.employer_shell(visitor, "Remplir les DNR en ligne", "/employeur/dnr", &trail).await,
        quarter_label: quarter_text(quarter),
        due: super::due_text(quarter),
        action: format!("/employeur/dnr/{quarter}/saisie"),
        autosave: format!("/employeur/dnr/{quarter}/saisie"),
        draft_key: format!("{}:{quarter}:{page}", draft.employer),
        version: version.map_or_else(String::new, |v| v.0.to_string()),
        page: page.to_string(),
        page_summary: format!(
            "Travailleurs {} à {last} sur {}",
            from.saturating_add(1).min(draft.lines.len()),
            draft.lines.len()
        ),
        previous_page: (page > 1).then(|| page.saturating_sub(1).to_string()),
        next_page: (page < pages).then(|| page.saturating_add(1).to_string()),
        status: version.map_or_else(String::new, |_| {
            format!(
                "Brouillon enregistré le {} à {}",
                date_text(draft.saved_at.date_naive()),
                draft.saved_at.format("%H:%M")
            )
        }),
        conflict: false,
        months: quarter.months().into_iter().map(month_title).collect(),
        errors,
        rows,
    })
}

async fn rows(
    portal: &Portal,
    visitor: &Visitor,
    quarter: Quarter,
    lines: &[RawLine],
    from: usize,
) -> Result<Vec<WorkerRow>, PageProblem> {
    let numbers: Vec<InsuredNumber> =
        lines.iter().filter_map(|line| line.get(Column::Number).parse().ok()).collect();
    let people = portal.desk().store().insured_by_numbers(&numbers).await;
    let people = people.map_err(|e| PageProblem::of(portal, Some(visitor), &DeskError::Store(e)))?;
    let people: BTreeMap<String, (String, String)> = people
        .into_iter()
        .map(|p| (p.number.to_string(), (p.surname.to_string(), p.forenames.to_string())))
        .collect();
    let months = quarter.months();
    let row = |(index, line): (usize, &RawLine)| {
        let typed = |column: Column| line.get(column);
        let cell = |column: Column, label: &str| Cell::new(index, column.name(), label, typed(column));
        let date = |column: Column, label: &str| {
            // A browser's date field only takes its own form.
            let iso = parse_date(typed(column)).map_or_else(|_| typed(column).to_owned(), |d| d.to_string());
            Cell::new(index, column.name(), label, iso)
        };
        let identity = (typed(Column::Surname).to_owned(), typed(Column::Forenames).to_owned());
        let month = |i: usize, wage: Column, days: Column| {
            let name = months.get(i).copied().map(month_text).unwrap_or_default();
            MonthCells {
                wage: cell(wage, &format!("Salaire, {name}")),
                days: cell(days, &format!("Jours, {name}")),
            }
        };
        WorkerRow {
            index,
            position: from.saturating_add(index).saturating_add(1).to_string(),
            known: people.get(typed(Column::Number)) == Some(&identity),
            number: cell(Column::Number, "N° CNSS"),
            surname: cell(Column::Surname, "Nom"),
            forenames: cell(Column::Forenames, "Prénoms"),
            months: vec![
                month(0, Column::Wage1, Column::Days1),
                month(1, Column::Wage2, Column::Days2),
                month(2, Column::Wage3, Column::Days3),
            ],
            hired_on: date(Column::HiredOn, "Date d'embauche"),
            left_on: date(Column::LeftOn, "Date de débauche"),
            observation: cell(Column::Observation, "Observation"),
        }
    };
    Ok(lines.iter().enumerate().map(row).collect())
}

impl WorkerRow {
    fn cell_mut(&mut self, column: Column) -> Option<&mut Cell> {
        match column {
            Column::Number => Some(&mut self.number),
            Column::Surname => Some(&mut self.surname),
            Column::Forenames => Some(&mut self.forenames),
            Column::Wage1 => self.months.get_mut(0).map(|m| &mut m.wage),
            Column::Wage2 => self.months.get_mut(1).map(|m| &mut m.wage),
            Column::Wage3 => self.months.get_mut(2).map(|m| &mut m.wage),
            Column::Days1 => self.months.get_mut(0).map(|m| &mut m.days),
            Column::Days2 => self.months.get_mut(1).map(|m| &mut m.days),
            Column::Days3 => self.months.get_mut(2).map(|m| &mut m.days),
            Column::HiredOn => Some(&mut self.hired_on),
            Column::LeftOn => Some(&mut self.left_on),
            Column::Observation => Some(&mut self.observation),
        }
    }
}

/// Puts each fault beside its cell when the cell is on this page, and all into the summary,
/// where those of other pages lead there.
fn place_faults(
    portal: &Portal,
    faults: &cnss_core::refusal::Faults,
    rows: &mut [WorkerRow],
    from: usize,
    quarter: Quarter,
) -> Vec<Fault> {
    let mut errors = Vec::new();
    for fault in &faults.list {
        let text = portal.words().fault(fault);
        let (Place::Cell { row, .. } | Place::Row(row)) = &fault.place else {
            errors.push(Fault::new("", text));
            continue;
        };
        let index = usize::try_from(*row).unwrap_or(usize::MAX).saturating_sub(1);
        let on_page = index.checked_sub(from).and_then(|i| rows.get_mut(i));
        let (Some(shown), Place::Cell { field, .. }) = (on_page, &fault.place) else {
            let page = (index / PAGE).saturating_add(1);
            let href = format!("/employeur/dnr/{quarter}/saisie?page={page}&verifier=1");
            errors.push(Fault::new(href, format!("Travailleur {row}\u{a0}: {text}")));
            continue;
        };
        let title = shown.title();
        if let Some(cell) = shown.cell_mut(*field) {
            errors.push(Fault::new(cell.href(), format!("{title}, {}\u{a0}: {text}", cell.label)));
            cell.error = Some(text);
        }
        // A known worker's identity is not in the form, so its faults show as a new worker's would.
        if matches!(field, Column::Number | Column::Surname | Column::Forenames) {
            shown.known = false;
        }
    }
    let hidden = faults.total.saturating_sub(ERRORS);
    errors.truncate(ERRORS);
    if hidden > 0 {
        let hidden = i64::try_from(hidden).unwrap_or(i64::MAX);
        let text = format!("Et {}.", portal.words().counted("unit-other-errors", hidden));
        errors.push(Fault::new("", text));
    }
    errors
}

/// `POST /employeur/dnr/{quarter}/saisie`: keeps what was typed, then does what was asked.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult {
    let json = wants_json(&headers);
    let get = |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if !visitor.sent(get("csrf")) {
        return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN));
    }
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let view = portal.desk().declaration(visitor.actor, quarter, &at).await.map_err(&fail)?;
    if matches!(view.state, QuarterState::Filed | QuarterState::Corrected) {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::AlreadyFiled { quarter }));
    }
    let (mut draft, current) =
        portal.desk().draft_or_new(visitor.actor, quarter, &at).await.map_err(&fail)?;
    let seen: Option<Version> = get("version").parse().ok().map(Version);
    let page: usize = get("page").parse().unwrap_or(1);
    let action = get("action").to_owned();
    put(&mut draft.lines, page, &fields);
    act(&mut draft.lines, page, &action);
    let saved = if seen == current {
        portal.desk().save_draft(visitor.actor, quarter, draft.lines.clone(), seen, &at).await
    } else {
        Err(Refusal::Stale.into())
    };
    match saved {
        Ok(version) if json => {
            let saved_at = at.now.format("%H:%M").to_string();
            Ok(axum::Json(serde_json::json!({ "version": version.0.to_string(), "saved_at": saved_at }))
                .into_response())
        }
        Ok(_) => next(&portal, &visitor, quarter, &draft.lines, page, &action).await,
        Err(DeskError::Refused(Refusal::Stale)) if json => {
            Ok(JsonProblem::refused(&Refusal::Stale, portal.words()).into_response())
        }
        Err(DeskError::Refused(Refusal::Stale)) => {
            // What was typed stays on the page, over the version that is now current.
            let mut form = show(&portal, &visitor, &draft, current, page, false).await?;
            form.conflict = true;
            form.version = get("version").to_owned();
            let (title, advice) = portal.words().refusal(&Refusal::Stale);
            form.errors = vec![Fault::new("", format!("{title}. {advice}"))];
            Ok(send_with(StatusCode::CONFLICT, &form))
        }
        Err(error) => Err(fail(error)),
    }
}

/// Puts the fields `rows[3].wage1` of a page into the draft's lines.
fn put(lines: &mut [RawLine], page: usize, fields: &[(String, String)]) {
    let from = page.max(1).saturating_sub(1).saturating_mul(PAGE);
    for (name, value) in fields {
        let Some((index, column)) = name.strip_prefix("rows[").and_then(|rest| rest.split_once("].")) else {
            continue;
        };
        let Some(index) = index.parse::<usize>().ok().filter(|i| *i < PAGE) else { continue };
        let Some(column) = Column::ALL.into_iter().find(|c| c.name() == column) else { continue };
        if let Some(line) = lines.get_mut(from.saturating_add(index)) {
            line.set(column, value.chars().filter(|c| !c.is_control()).take(CELL_MAX).collect::<String>());
        }
    }
}

/// Adds or removes a line.
fn act(lines: &mut Vec<RawLine>, page: usize, action: &str) {
    if action == "add" {
        lines.push(RawLine::default());
    } else if let Some(index) = action.strip_prefix("remove:").and_then(|i| i.parse::<usize>().ok()) {
        let at = page.max(1).saturating_sub(1).saturating_mul(PAGE).saturating_add(index);
        if index < PAGE && at < lines.len() {
            lines.remove(at);
        }
    }
}

/// Where to go once the draft is kept.
async fn next(
    portal: &Portal,
    visitor: &Visitor,
    quarter: Quarter,
    lines: &[RawLine],
    page: usize,
    action: &str,
) -> Result<Response, PageProblem> {
    let form = |page: usize, more: &str| format!("/employeur/dnr/{quarter}/saisie?page={page}{more}");
    let to = match action {
        "add" => form(lines.len().div_ceil(PAGE), ""),
        "check" => {
            let fail = on_page(portal, visitor);
            let employer = portal.desk().employer_of(visitor.actor).await.map_err(&fail)?.value;
            match portal.desk().check(&employer, quarter, lines).await.map_err(&fail)? {
                Ok(_) => format!("/employeur/dnr/{quarter}/verification"),
                Err(faults) => {
                    let row = faults.list.iter().find_map(|fault| match fault.place {
                        Place::Cell { row, .. } | Place::Row(row) => usize::try_from(row).ok(),
                        Place::Field(_) | Place::File => None,
                    });
                    form(row.unwrap_or(1).saturating_sub(1) / PAGE + 1, "&verifier=1")
                }
            }
        }
        action => match action.strip_prefix("goto:").and_then(|n| n.parse().ok()) {
            Some(other) => form(other, ""),
            None => form(page, ""),
        },
    };
    Ok(Redirect::to(&to).into_response())
}
