//! `GET /employeur/compte`: « Compte-Cotisant ».

use crate::view::{Amount, Pager, Shell, Step, StatusTag, Tone, sample};

/// « Compte-Cotisant »: what is due and paid, month by month.
#[derive(askama::Template)]
#[template(path = "employer/account.html")]
pub struct ContributionAccountPage {
    /// Around the page.
    pub shell: Shell,
    /// Day the account is computed on.
    pub computed_on: String,
    /// Balance to pay.
    pub balance: Amount,
    /// What the balance means, e.g. « à payer ».
    pub balance_text: String,
    /// Part of it that is overdue.
    pub overdue: Amount,
    /// Late surcharges up to the day.
    pub surcharge: Amount,
    /// How the balance is computed.
    pub steps: Vec<Step>,
    /// Months of this page, newest first.
    pub months: Vec<AccountMonth>,
    /// Other pages of the months.
    pub pager: Pager,
    /// Payments of this page, newest first.
    pub payments: Vec<Payment>,
    /// Other pages of the payments.
    pub payments_pager: Pager,
}

/// One month of the account.
pub struct AccountMonth {
    /// Month in words.
    pub month: String,
    /// Detail of the month.
    pub href: String,
    /// Last day to pay.
    pub due_date: String,
    /// Due.
    pub due: Amount,
    /// Paid.
    pub paid: Amount,
    /// Left to pay.
    pub left: Amount,
    /// Surcharge.
    pub surcharge: Amount,
    /// Balance of the account after this month.
    pub balance: Amount,
    /// State.
    pub status: StatusTag,
}

/// One payment.
pub struct Payment {
    /// Day.
    pub date: String,
    /// Means of payment.
    pub means: String,
    /// Reference.
    pub reference: String,
    /// Amount.
    pub amount: Amount,
}

impl ContributionAccountPage {
    /// Sample page.
    pub fn sample() -> Self {
        let month = |label: &str, id: &str, due_date: &str, due: i64, paid: i64, surcharge: i64, balance: i64, tone, status: &str| AccountMonth {
            month: label.into(),
            href: format!("/employeur/compte/{id}"),
            due_date: due_date.into(),
            due: sample::cfa(due),
            paid: sample::cfa(paid),
            left: sample::cfa(due - paid),
            surcharge: sample::cfa(surcharge),
            balance: sample::cfa(balance),
            status: StatusTag::new(tone, status),
        };
        let payment = |date: &str, means: &str, reference: &str, amount: i64| Payment {
            date: date.into(),
            means: means.into(),
            reference: reference.into(),
            amount: sample::cfa(amount),
        };
        Self {
            shell: sample::employer("Compte-Cotisant", "/employeur/compte", &[("Tableau de bord", "/employeur")]),
            computed_on: "6 octobre 2026".into(),
            balance: sample::cfa(684_300),
            balance_text: "à payer".into(),
            overdue: sample::cfa(169_225),
            surcharge: sample::cfa(2_300),
            steps: vec![
                Step::new("Cotisations dues", sample::cfa_text(4_620_350)).detail("9 mois déclarés"),
                Step::new("Paiements reçus", format!("−\u{a0}{}", sample::cfa_text(3_938_350))).detail("8 paiements"),
                Step::new("Majorations de retard", sample::cfa_text(2_300))
                    .detail("169 225 × 0,5 % × 2,7 mois, arrondi")
                    .source("Guide de l'employeur", crate::view::Reliability::Unverified),
                Step::new("Solde", sample::cfa_text(684_300)),
            ],
            months: vec![
                month("Septembre 2026", "2026-09", "15 octobre 2026", 512_775, 0, 0, 684_300, Tone::Neutral, "Pas encore dû"),
                month("Août 2026", "2026-08", "15 septembre 2026", 519_225, 350_000, 1_650, 171_525, Tone::Warning, "Partiel"),
                month("Juillet 2026", "2026-07", "15 août 2026", 524_600, 524_600, 650, 650, Tone::Success, "Payé"),
                month("Juin 2026", "2026-06", "15 juillet 2026", 508_475, 508_475, 0, 0, Tone::Success, "Payé"),
            ],
            pager: Pager::new("Pages des mois", "1 à 4 sur 33").next("/employeur/compte?page=2"),
            payments: vec![
                payment("18 septembre 2026", "Virement bancaire", "VIR-88120", 350_000),
                payment("20 août 2026", "Paiement mobile", "MOB-55871", 524_600),
                payment("14 juillet 2026", "Dépôt bancaire", "DEP-40077", 508_475),
            ],
            payments_pager: Pager::new("Pages des paiements", "1 à 3 sur 31").next("/employeur/compte?paiements=2"),
        }
    }
}
