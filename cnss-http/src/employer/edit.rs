//! `GET` and `POST /employeur/dnr/{quarter}/saisie`: « Remplir les DNR en ligne ».

use crate::view::{Fault, Shell, sample};

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
    /// Name sent, e.g. « rows[0].wage1 ».
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
        Self {
            name: format!("rows[{row}].{key}"),
            label: label.into(),
            value: value.into(),
            error: None,
        }
    }

    /// Sets what is wrong.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// Identifier in the page, e.g. « rows-0-wage1 ».
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
                    wage: Cell::new(i, &format!("wage{}", m + 1), format!("Salaire, {}", label.to_lowercase()), wages[m]),
                    days: Cell::new(i, &format!("days{}", m + 1), "Jours", days[m]),
                })
                .collect(),
            hired_on: Cell::new(i, "hired_on", "Date d'embauche", ""),
            left_on: Cell::new(i, "left_on", "Date de départ", ""),
            observation: Cell::new(i, "observation", "Observation", ""),
        };
        let mut rows = vec![
            row(0, true, ["710 040", "AKOUÉTÉ", "Adjo Élise"], ["131 000", "131 000", "131 000"], ["", "", ""]),
            row(1, true, ["710 188", "MENSAH", "Kossi"], ["98 000", "98 000", "9 800 O"], ["", "", "45"]),
            row(2, true, ["722 305", "N'GUISSAN", "Afi Rébecca"], ["210 000", "210 000", ""], ["", "", ""]),
            row(3, true, ["731 990", "D'ALMEIDA", "Yao Séraphin"], ["75 500", "38 000", ""], ["", "15", ""]),
            row(4, true, ["745 021", "TCHAGNAO", "Abdoul-Ghafar"], ["52 500", "52 500", "52 500"], ["", "", ""]),
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
