//! `GET /employeur`: employer's dashboard.

use crate::view::{Amount, Link, Shell, StatusTag, Tone, sample};

/// Employer's dashboard.
#[derive(askama::Template)]
#[template(path = "employer/dashboard.html")]
pub struct DashboardPage {
    /// Around the page.
    pub shell: Shell,
    /// Company name.
    pub company: String,
    /// What is due next; none when nothing is due.
    pub next_due: Option<NextDue>,
    /// Balance of the account.
    pub balance: Amount,
    /// What the balance means, e.g. « à payer », « à votre crédit ».
    pub balance_text: String,
    /// Number of workers in the last declaration.
    pub workers: String,
    /// Quarter of that declaration.
    pub workers_as_of: String,
    /// Quarter to declare now, e.g. « 2026-T3 »; used by the quick links.
    pub current_quarter: String,
    /// The last four quarters, newest first.
    pub quarters: Vec<QuarterCard>,
}

/// What is due next.
pub struct NextDue {
    /// What it is for, e.g. « Cotisations de septembre 2026 ».
    pub label: String,
    /// Last day to pay.
    pub date: String,
    /// Amount.
    pub amount: Amount,
    /// « dans 9 jours » or « en retard de 12 jours ».
    pub delay: StatusTag,
    /// Detail of the obligation.
    pub href: String,
}

/// State of one quarter.
pub struct QuarterCard {
    /// Quarter, e.g. « T3 2026 ».
    pub label: String,
    /// State of the declaration.
    pub status: StatusTag,
    /// One line, e.g. « à déposer avant le 15 octobre 2026 ».
    pub text: String,
    /// What to do or to see.
    pub link: Link,
}

impl DashboardPage {
    /// Address of the on-line form of the current quarter.
    pub fn online_href(&self) -> String {
        format!("/employeur/dnr/{}/saisie", self.current_quarter)
    }

    /// Address of the upload page of the current quarter.
    pub fn file_href(&self) -> String {
        format!("/employeur/dnr/{}/fichier", self.current_quarter)
    }

    /// Sample page.
    pub fn sample() -> Self {
        let quarter = |label: &str, tone, status: &str, text: &str, action: &str, href: &str| QuarterCard {
            label: label.into(),
            status: StatusTag::new(tone, status),
            text: text.into(),
            link: Link::new(action, href),
        };
        Self {
            shell: sample::employer("Tableau de bord", "/employeur", &[]),
            company: "Boulangerie N'Guissan & Fils".into(),
            next_due: Some(NextDue {
                label: "Cotisations de septembre 2026".into(),
                date: "15 octobre 2026".into(),
                amount: sample::cfa(512_775),
                delay: StatusTag::new(Tone::Warning, "dans 9 jours"),
                href: "/employeur/compte/2026-09".into(),
            }),
            balance: sample::cfa(684_300),
            balance_text: "à payer, dont 171 525 échus".into(),
            workers: "23".into(),
            workers_as_of: "déclarés au T2 2026".into(),
            current_quarter: "2026-T3".into(),
            quarters: vec![
                quarter("T3 2026", Tone::Info, "Brouillon", "À déposer avant le 15 octobre 2026", "Continuer", "/employeur/dnr/2026-T3/saisie"),
                quarter("T2 2026", Tone::Success, "Déposée", "Le 11 juillet 2026, 23 travailleurs", "Voir", "/employeur/dnr/2026-T2"),
                quarter("T1 2026", Tone::Neutral, "Corrigée", "Le 2 mai 2026, 22 travailleurs", "Voir", "/employeur/dnr/2026-T1"),
                quarter("T4 2025", Tone::Error, "En retard", "Était à déposer avant le 15 janvier 2026", "Déclarer", "/employeur/dnr/2025-T4"),
            ],
        }
    }
}
