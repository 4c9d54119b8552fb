//! `GET /employeur/compte/{month}`: one month of the account.

use crate::view::{Amount, BranchLine, Fact, Pager, Reliability, Shell, StatusTag, Step, Tone, sample};

/// One month: contributions, surcharge, payments applied.
#[derive(askama::Template)]
#[template(path = "employer/month.html")]
pub struct ObligationPage {
    /// Around the page.
    pub shell: Shell,
    /// Month in words.
    pub month: String,
    /// State.
    pub status: StatusTag,
    /// Left to pay, surcharge included.
    pub left: Amount,
    /// Due date, due, paid…
    pub facts: Vec<Fact>,
    /// Contributions by branch and payer.
    pub branches: Vec<BranchLine>,
    /// Total of the contributions.
    pub total: Amount,
    /// How the surcharge is computed; empty when there is none.
    pub surcharge_steps: Vec<Step>,
    /// Payments applied to this month.
    pub payments: Vec<AppliedPayment>,
    /// Month before and month after.
    pub pager: Pager,
}

/// Part of a payment used for a month.
pub struct AppliedPayment {
    /// Day of the payment.
    pub date: String,
    /// Reference.
    pub reference: String,
    /// Amount of the payment.
    pub payment: Amount,
    /// Part applied to this month.
    pub applied: Amount,
}

impl ObligationPage {
    /// Sample page.
    pub fn sample() -> Self {
        Self {
            shell: sample::employer(
                "Août 2026",
                "/employeur/compte",
                &[("Tableau de bord", "/employeur"), ("Compte-Cotisant", "/employeur/compte")],
            ),
            month: "Août 2026".into(),
            status: StatusTag::new(Tone::Warning, "Partiel"),
            left: sample::cfa(170_875),
            facts: vec![
                Fact::new("À payer avant le", "15 septembre 2026"),
                Fact::new("Cotisations dues", sample::cfa_text(519_225)),
                Fact::new("Payé", sample::cfa_text(350_000)),
                Fact::new("Majoration de retard", sample::cfa_text(1_650)),
            ],
            branches: sample::branches(2_415_000),
            total: sample::cfa(519_225),
            surcharge_steps: vec![
                Step::new("Reste dû après le 18 septembre 2026", sample::cfa_text(169_225)).detail("519\u{a0}225 − 350\u{a0}000"),
                Step::new("Retard", "2 fractions de mois").detail("du 16 septembre au 6 octobre 2026"),
                Step::new("Majoration", sample::cfa_text(1_650))
                    .detail("169\u{a0}225 × 0,5 % × 2, arrondi à 50 F")
                    .source("Guide de l'employeur, non daté", Reliability::Unverified),
            ],
            payments: vec![AppliedPayment {
                date: "18 septembre 2026".into(),
                reference: "VIR-88120".into(),
                payment: sample::cfa(350_000),
                applied: sample::cfa(350_000),
            }],
            pager: Pager::new("Mois voisins", "Août 2026").previous("/employeur/compte/2026-07").next("/employeur/compte/2026-09"),
        }
    }
}
