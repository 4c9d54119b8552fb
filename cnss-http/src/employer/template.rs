//! `GET /employeur/dnr/{quarter}/modele.xlsx`: the model of the declaration, with the employer's workers in it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use cnss_core::access::Actor;
use cnss_core::calendar::Quarter;
use cnss_core::declaration::sheet::Cell;
use cnss_core::desk::DeskError;
use cnss_core::employer::{Employer, StaffMember};
use cnss_core::fund::{Field, SheetLayout};
use cnss_core::refusal::{Fault, FaultKind, Place, Refusal};

use super::QuarterPath;
use super::faults::download;
use crate::address::Address;
use crate::page::{PageResult, on_page};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};
use crate::words::{month_title, quarter_text};
use crate::workbook::{Column, ColumnKind, Template, template};

/// Blank rows after the known workers, ready for new ones.
const SPARE_ROWS: u32 = 30;

/// `GET /employeur/dnr/{quarter}/modele.xlsx`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
) -> PageResult {
    model(&portal, visitor.actor, quarter).await.map_err(on_page(&portal, &visitor))
}

/// The model of the declaration (.xlsx) with the employer's workers in it.
#[utoipa::path(get, path = "/api/v1/employer/declarations/{quarter}/template.xlsx", operation_id = "declaration_template", tag = "Employeur",
    params(("quarter" = String, Path, example = "2026-T3")), security(("token" = [])),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Address(QuarterPath { quarter }): Address<QuarterPath>,
) -> Result<Response, JsonProblem> {
    model(&portal, caller.actor, quarter).await.map_err(in_json(&portal))
}

async fn model(portal: &Portal, actor: Actor, quarter: Quarter) -> Result<Response, DeskError> {
    let view = portal.desk().declaration(actor, quarter, &portal.moment()).await?;
    let staff = portal.desk().staff_in(actor, quarter).await?;
    let content = content(portal, &view.employer, quarter, &staff);
    let unwritten = || {
        let fault = Fault { place: Place::File, kind: FaultKind::File("file_damaged"), given: None };
        DeskError::Refused(Refusal::Invalid(vec![fault]))
    };
    let written = tokio::task::spawn_blocking(move || template(&content)).await;
    let written = written.map_err(|_| unwritten())?.map_err(|error| {
        tracing::error!(%error, "the model could not be written");
        unwritten()
    })?;
    let name = format!("{}-{}-{quarter}.xlsx", portal.declaration_words().file, view.employer.number);
    Ok(download(StatusCode::OK, written.bytes, &name))
}

fn content(portal: &Portal, employer: &Employer, quarter: Quarter, staff: &[StaffMember]) -> Template {
    let layout = &portal.desk().fund().layout;
    let cents = portal.desk().fund().currency.exponent() > 0;
    Template {
        sheet_name: layout.sheet.to_string(),
        title: layout.title.to_string(),
        facts: vec![
            (layout.employer_label.to_string(), employer.number.to_string()),
            ("Raison sociale".to_owned(), employer.name.to_string()),
            (layout.quarter_label.to_string(), quarter.to_string()),
        ],
        columns: layout.columns.iter().map(|column| self::column(column, quarter, cents)).collect(),
        rows: staff.iter().map(|member| row(layout, member, quarter)).collect(),
        spare_rows: SPARE_ROWS,
        help_name: "Mode d'emploi".to_owned(),
        help: help(portal, quarter),
        author: portal.desk().fund().name.clone(),
    }
}

fn column(column: &cnss_core::fund::Column, quarter: Quarter, cents: bool) -> Column {
    let amount = if cents { "Un nombre." } else { "Un nombre, sans centimes." };
    let [first, second, third] = quarter.months().map(month_title);
    let (kind, note, refusal) = match column.field {
        Field::Wage1 => (ColumnKind::Number, Some(first), amount),
        Field::Wage2 => (ColumnKind::Number, Some(second), amount),
        Field::Wage3 => (ColumnKind::Number, Some(third), amount),
        Field::Days1 => (ColumnKind::Number, Some(first), "Un nombre de jours."),
        Field::Days2 => (ColumnKind::Number, Some(second), "Un nombre de jours."),
        Field::Days3 => (ColumnKind::Number, Some(third), "Un nombre de jours."),
        Field::HiredOn | Field::LeftOn => (ColumnKind::Date, None, "Une date, par exemple 31/03/2026."),
        Field::Number | Field::Surname | Field::Forenames | Field::Observation => {
            (ColumnKind::Text, None, "")
        }
    };
    let refusal = (!refusal.is_empty()).then(|| (column.title.to_string(), refusal.to_owned()));
    Column { title: column.title.to_string(), width: column.width, kind, note, refusal }
}

fn row(layout: &SheetLayout, member: &StaffMember, quarter: Quarter) -> Vec<Cell> {
    let cell = |field: Field| match field {
        Field::Number => Cell::Text(member.number.to_string()),
        Field::Surname => Cell::Text(member.surname.to_string()),
        Field::Forenames => Cell::Text(member.forenames.to_string()),
        Field::HiredOn if member.hired_on >= quarter.first_day() => Cell::Date(member.hired_on),
        Field::LeftOn => member.left_on.map_or(Cell::Empty, Cell::Date),
        _ => Cell::Empty,
    };
    layout.columns.iter().map(|column| cell(column.field)).collect()
}

fn help(portal: &Portal, quarter: Quarter) -> Vec<String> {
    let money = portal.words().shown(portal.desk().fund().currency.zero()).unit_name;
    let whole = if portal.desk().fund().currency.exponent() == 0 { ", sans centimes" } else { "" };
    let file = portal.declaration_words().of;
    let [first, second, third] = quarter.months().map(month_title);
    [
        format!("Déclaration du {}.", quarter_text(quarter)),
        format!("M1\u{a0}: {first}. M2\u{a0}: {second}. M3\u{a0}: {third}."),
        "Une ligne par travailleur. Les travailleurs connus sont déjà inscrits\u{a0}; ajoutez les nouveaux dessous.".to_owned(),
        format!("Salaire\u{a0}: le salaire brut du mois, en {money}{whole}. Laissez vide un mois sans travail."),
        "Jours\u{a0}: seulement si le mois est incomplet, le nombre de jours travaillés.".to_owned(),
        "Date d'embauche et date de débauche\u{a0}: seulement si elles tombent dans le trimestre.".to_owned(),
        "Ne modifiez pas les titres des colonnes. N'utilisez ni formules ni cellules fusionnées.".to_owned(),
        format!("Enregistrez au format «\u{a0}Classeur Excel (.xlsx)\u{a0}», puis envoyez le fichier dans «\u{a0}Envoyer un fichier {file}\u{a0}»."),
    ]
    .into_iter()
    .collect()
}
