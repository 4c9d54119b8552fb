//! `GET /assure`: insured person's dashboard.

use crate::view::{Amount, Shell, StatusTag, Tone, sample};

/// Insured person's dashboard.
#[derive(askama::Template)]
#[template(path = "insured/dashboard.html")]
pub struct InsuredDashboardPage {
    /// Around the page.
    pub shell: Shell,
    /// Forenames and surname.
    pub name: String,
    /// Insured number.
    pub number: String,
    /// Insured months, e.g. « 298 mois ».
    pub insured_months: String,
    /// Same in years, e.g. « 24 ans et 10 mois ».
    pub insured_years: String,
    /// First possible pension date, e.g. « 1er octobre 2031 ».
    pub pension_date: String,
    /// Which pension and why, e.g. « pension normale, à 60 ans ».
    pub pension_text: String,
    /// One state per current employer.
    pub employers: Vec<EmployerStatus>,
    /// Last months declared, newest first.
    pub months: Vec<LastMonth>,
}

/// Whether an employer pays what it declares.
pub struct EmployerStatus {
    /// Name.
    pub name: String,
    /// « À jour », « Paiement partiel », « Impayé ».
    pub status: StatusTag,
    /// One sentence.
    pub text: String,
}

/// One month declared.
pub struct LastMonth {
    /// Month in words.
    pub month: String,
    /// Detail of the month.
    pub href: String,
    /// Employer.
    pub employer: String,
    /// Wage declared.
    pub wage: Amount,
    /// Paid by the employer.
    pub status: StatusTag,
}

impl InsuredDashboardPage {
    /// Sample page.
    pub fn sample() -> Self {
        let month = |label: &str, id: &str, wage: i64, tone, status: &str| LastMonth {
            month: label.into(),
            href: format!("/assure/compte/{id}"),
            employer: "Boulangerie N'Guissan & Fils".into(),
            wage: sample::cfa(wage),
            status: StatusTag::new(tone, status),
        };
        Self {
            shell: sample::insured("Tableau de bord", "/assure", &[]),
            name: "Adjo Akouété".into(),
            number: "710\u{a0}040".into(),
            insured_months: "298 mois".into(),
            insured_years: "soit 24 ans et 10 mois".into(),
            pension_date: "1er octobre 2031".into(),
            pension_text: "pension normale, à 60 ans".into(),
            employers: vec![EmployerStatus {
                name: "Boulangerie N'Guissan & Fils".into(),
                status: StatusTag::new(Tone::Warning, "Paiement partiel"),
                text: "Vos salaires sont déclarés. Le mois d'août 2026 n'est payé qu'en partie.".into(),
            }],
            months: vec![
                month("Septembre 2026", "2026-09", 131_000, Tone::Neutral, "Pas encore dû"),
                month("Août 2026", "2026-08", 131_000, Tone::Warning, "Partiel"),
                month("Juillet 2026", "2026-07", 131_000, Tone::Success, "Payé"),
            ],
        }
    }
}
