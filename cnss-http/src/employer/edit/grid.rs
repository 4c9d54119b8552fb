//! The grid of the form: one row a worker, one cell an input; what is typed goes in, faults come out.

use std::collections::BTreeMap;

use cnss_core::calendar::{Quarter, parse_date};
use cnss_core::declaration::RawLine;
use cnss_core::desk::DeskError;
use cnss_core::fund::Field as Column;
use cnss_core::id::InsuredNumber;
use cnss_core::refusal::Place;

use crate::form::Fault;
use crate::page::PageProblem;
use crate::portal::Portal;
use crate::session::Visitor;
use crate::words::month_text;

/// Workers on one page of the form.
pub(super) const PAGE: usize = 20;
/// The most characters that a cell keeps: a draft keeps what was typed, not a book.
const CELL_MAX: usize = 250;
/// Errors listed above the form.
const ERRORS: usize = 30;

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

/// The rows of some lines, of which the first stands at `from` in the declaration.
pub(super) async fn rows(
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
pub(super) fn place_faults(
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

/// Puts the fields `rows[3].wage1` of a page into the draft's lines.
pub(super) fn put(lines: &mut [RawLine], page: usize, fields: &[(String, String)]) {
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
pub(super) fn act(lines: &mut Vec<RawLine>, page: usize, action: &str) {
    if action == "add" {
        lines.push(RawLine::default());
    } else if let Some(index) = action.strip_prefix("remove:").and_then(|i| i.parse::<usize>().ok()) {
        let at = page.max(1).saturating_sub(1).saturating_mul(PAGE).saturating_add(index);
        if index < PAGE && at < lines.len() {
            lines.remove(at);
        }
    }
}
