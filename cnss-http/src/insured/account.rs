//! `GET /assure/compte`: « Compte Individuel ».

use crate::view::{Amount, Fact, Pager, Shell, StatusTag, Step, Tone, sample};

/// « Compte Individuel », one year per page.
#[derive(askama::Template)]
#[template(path = "insured/account.html")]
pub struct IndividualAccountPage {
    /// Around the page.
    pub shell: Shell,
    /// Totals of the whole career; three or four facts.
    pub totals: Vec<Fact>,
    /// How the insured months are counted.
    pub steps: Vec<Step>,
    /// Periods without declaration.
    pub gaps: Vec<Gap>,
    /// Years of this page, newest first.
    pub years: Vec<YearGroup>,
    /// Other years.
    pub pager: Pager,
}

/// A period without declaration.
pub struct Gap {
    /// Period, e.g. « de mars 2014 à mai 2014 ».
    pub period: String,
    /// Length, e.g. « 3 mois ».
    pub length: String,
}

/// Months of one year.
pub struct YearGroup {
    /// Year.
    pub year: String,
    /// Summary, e.g. « 9 mois, 1 161 000 F CFA déclarés ».
    pub summary: String,
    /// Months, newest first.
    pub months: Vec<InsuredMonth>,
}

/// One month with one employer.
pub struct InsuredMonth {
    /// Month in words.
    pub month: String,
    /// Detail of the month.
    pub href: String,
    /// Employer.
    pub employer: String,
    /// Wage declared.
    pub wage: Amount,
    /// Days.
    pub days: String,
    /// Contribution of the worker.
    pub worker_part: Amount,
    /// Contribution of the employer.
    pub employer_part: Amount,
    /// Payé, Partiel, Impayé, Pas encore dû.
    pub status: StatusTag,
}

impl IndividualAccountPage {
    /// Sample page.
    pub fn sample() -> Self {
        let month = |label: &str, id: &str, wage: i64, tone, status: &str| InsuredMonth {
            month: label.into(),
            href: format!("/assure/compte/{id}"),
            employer: "Boulangerie N'Guissan & Fils".into(),
            wage: sample::cfa(wage),
            days: "30".into(),
            worker_part: sample::cfa(wage * 4 / 100),
            employer_part: sample::cfa(wage * 175 / 1000),
            status: StatusTag::new(tone, status),
        };
        Self {
            shell: sample::insured("Compte Individuel", "/assure/compte", &[("Tableau de bord", "/assure")]),
            totals: vec![
                Fact::new("Mois d'assurance", "298 mois"),
                Fact::new("Salaires déclarés", sample::cfa_text(28_414_500)),
                Fact::new("Mois payés en entier", "295 mois"),
            ],
            steps: vec![
                Step::new("Mois déclarés", "301 mois").detail("d'octobre 2001 à septembre 2026"),
                Step::new("Mois déclarés par deux employeurs", "−\u{a0}3 mois").detail("un mois compte une seule fois"),
                Step::new("Mois d'assurance", "298 mois").detail("301 − 3"),
            ],
            gaps: vec![
                Gap { period: "de mars 2014 à mai 2014".into(), length: "3 mois".into() },
                Gap { period: "novembre 2019".into(), length: "1 mois".into() },
            ],
            years: vec![YearGroup {
                year: "2026".into(),
                summary: "9 mois, 1\u{a0}155\u{a0}000 F\u{a0}CFA déclarés".into(),
                months: vec![
                    month("Septembre 2026", "2026-09", 131_000, Tone::Neutral, "Pas encore dû"),
                    month("Août 2026", "2026-08", 131_000, Tone::Warning, "Partiel"),
                    month("Juillet 2026", "2026-07", 131_000, Tone::Success, "Payé"),
                    month("Juin 2026", "2026-06", 131_000, Tone::Success, "Payé"),
                    month("Mai 2026", "2026-05", 125_000, Tone::Error, "Impayé"),
                    month("Avril 2026", "2026-04", 125_000, Tone::Success, "Payé"),
                ],
            }],
            pager: Pager::new("Années", "Année 2026").next("/assure/compte?annee=2025"),
        }
    }
}
