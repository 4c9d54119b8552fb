//! `GET /employeur/dnr/{quarter}`: one quarter, to file or filed.

use crate::view::{Amount, BranchLine, Fact, Notice, Pager, Shell, StatusTag, Tone, sample};

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
    /// State of the draft, e.g. « enregistré aujourd'hui à 10:42, 23 travailleurs »; none without draft.
    pub draft: Option<String>,
    /// What was filed; none before.
    pub filed: Option<FiledDeclaration>,
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
    /// By whom.
    pub by: String,
    /// What changed.
    pub summary: String,
    /// Receipt number.
    pub receipt: String,
}

/// Sample worker lines.
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
            draft: Some("enregistré aujourd'hui à 10:42, 23 travailleurs".into()),
            filed: None,
        }
    }

    /// Sample page of a filed quarter.
    pub fn sample_filed() -> Self {
        let mut shell = sample::employer(
            "Déclaration du 2e trimestre 2026",
            "/employeur/dnr",
            &[("Tableau de bord", "/employeur"), ("Déclarations", "/employeur/dnr")],
        );
        shell.notices.push(Notice::new(Tone::Success, "Votre déclaration est déposée.", "Gardez le numéro de récépissé DNR-2026-T2-004217."));
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
                    Fact::new("Par", "Kossi Mensah"),
                    Fact::new("Travailleurs", "23"),
                    Fact::new("Total des salaires", sample::cfa_text(7_156_500)),
                ],
                version: "3".into(),
                request_key: "0192f3c4-55aa".into(),
                branches: sample::branches(7_156_500),
                total: sample::cfa(1_538_647),
                months: vec!["Avril 2026".into(), "Mai 2026".into(), "Juin 2026".into()],
                lines: sample_lines(),
                pager: Pager::new("Pages des travailleurs", "1 à 5 sur 23").next("/employeur/dnr/2026-T2?page=2"),
                revisions: vec![Revision {
                    label: "Dépôt".into(),
                    at: "11 juillet 2026 à 16:20".into(),
                    by: "Kossi Mensah".into(),
                    summary: "23 travailleurs, première déclaration du trimestre".into(),
                    receipt: "DNR-2026-T2-004217".into(),
                }],
            }),
        }
    }
}
