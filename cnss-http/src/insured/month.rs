//! `GET /assure/compte/{month}`: one month of the insured person.

use crate::view::{Amount, BranchLine, Fact, Pager, Shell, StatusTag, Tone, sample};

/// One month, employer by employer.
#[derive(askama::Template)]
#[template(path = "insured/month.html")]
pub struct MonthPage {
    /// Around the page.
    pub shell: Shell,
    /// Month in words.
    pub month: String,
    /// One part per employer.
    pub employers: Vec<EmployerMonth>,
    /// Month before and month after.
    pub pager: Pager,
}

/// What one employer declared for the month.
pub struct EmployerMonth {
    /// Name.
    pub employer: String,
    /// Payé, Partiel, Impayé, Pas encore dû.
    pub status: StatusTag,
    /// Wage, days, declaration, payment.
    pub facts: Vec<Fact>,
    /// Contributions by branch and payer.
    pub branches: Vec<BranchLine>,
    /// Total of the contributions.
    pub total: Amount,
}

impl MonthPage {
    /// Sample page.
    pub fn sample() -> Self {
        Self {
            shell: sample::insured(
                "Août 2026",
                "/assure/compte",
                &[("Tableau de bord", "/assure"), ("Compte Individuel", "/assure/compte")],
            ),
            month: "Août 2026".into(),
            employers: vec![EmployerMonth {
                employer: "Boulangerie N'Guissan & Fils".into(),
                status: StatusTag::new(Tone::Warning, "Partiel"),
                facts: vec![
                    Fact::new("Salaire déclaré", sample::cfa_text(131_000)),
                    Fact::new("Jours", "30"),
                    Fact::new("Déclaration", "T3 2026, déposée le 12 octobre 2026"),
                    Fact::new("Payé par l'employeur", "350 000 sur 519 225 F CFA pour tous ses travailleurs"),
                ],
                branches: sample::branches(131_000),
                total: sample::cfa(28_165),
            }],
            pager: Pager::new("Mois voisins", "Août 2026").previous("/assure/compte/2026-07").next("/assure/compte/2026-09"),
        }
    }
}
