//! `GET` and `POST /employeur/dnr/{quarter}/saisie`: « Remplir les DNR en ligne ».
//!
//! The workers of a page, cell by cell, are `grid.rs`.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::calendar::Quarter;
use cnss_core::declaration::{Draft, RawLine};
use cnss_core::desk::{DeskError, QuarterState};
use cnss_core::id::Version;
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
use crate::words::{month_title, quarter_text};

mod grid;

#[cfg(test)]
use grid::{Cell, MonthCells};
use grid::{PAGE, WorkerRow, act, place_faults, put, rows};

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
    let declaration = portal.declaration_words();
    let filling = format!("Remplir les {} en ligne", declaration.many);
    let trail = [(declaration.menu.as_str(), "/employeur/dnr"), ("Trimestre", path.as_str())];
    let last = from.saturating_add(rows.len());
    Ok(EditPage {
        shell: portal.employer_shell(visitor, &filling, "/employeur/dnr", &trail).await,
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
            format!("Brouillon enregistré le {}", portal.instant_text(draft.saved_at))
        }),
        conflict: false,
        months: quarter.months().into_iter().map(month_title).collect(),
        errors,
        rows,
    })
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
            let saved_at = portal.time_text(at.now);
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
