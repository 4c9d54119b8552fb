//! `GET /employeur/dnr/{quarter}/verification`: preview before filing.

use super::declaration::{WorkerLine, sample_lines};
use crate::view::{Amount, BranchLine, Notice, Pager, Shell, Tone, sample};

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
                Notice::new(Tone::Warning, "N'GUISSAN Afi Rébecca n'a pas de salaire en septembre.", "Si elle a quitté l'entreprise, indiquez sa date de départ."),
                Notice::new(Tone::Info, "Le salaire d'AKOUÉTÉ Adjo Élise augmente de 4,8 %.", ""),
            ],
            compared_with: Some("T2 2026".into()),
            joined: vec!["KPATCHA Essohanam".into()],
            left: vec!["D'ALMEIDA Yao Séraphin".into()],
            month_labels: vec!["Avril 2026".into(), "Mai 2026".into(), "Juin 2026".into()],
            lines: sample_lines(),
            pager: Pager::new("Pages des travailleurs", "1 à 5 sur 23").next("/employeur/dnr/2026-T3/verification?page=2"),
        }
    }
}
