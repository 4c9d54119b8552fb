//! `GET /employeur/dnr`: list of the quarterly declarations.

use crate::view::{Amount, Link, Pager, Shell, StatusTag, Tone, sample};

/// List of the quarterly declarations.
#[derive(askama::Template)]
#[template(path = "employer/declarations.html")]
pub struct DeclarationsPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarters, newest first.
    pub quarters: Vec<QuarterRow>,
    /// Other pages of the list.
    pub pager: Pager,
}

/// One quarter.
pub struct QuarterRow {
    /// Quarter, e.g. « T1 2026 ».
    pub label: String,
    /// Last day to file.
    pub due: String,
    /// À déclarer, Brouillon, Déposée, Corrigée, En retard.
    pub status: StatusTag,
    /// Number of workers; none before the filing.
    pub workers: Option<String>,
    /// Total of the wages; none before the filing.
    pub wages: Option<Amount>,
    /// What to do or to see.
    pub action: Link,
}

impl DeclarationsPage {
    /// Sample page.
    pub fn sample() -> Self {
        let row = |label: &str, q: &str, due: &str, tone, status: &str, filed: Option<(i64, i64)>, action: &str| QuarterRow {
            label: label.into(),
            due: due.into(),
            status: StatusTag::new(tone, status),
            workers: filed.map(|(w, _)| w.to_string()),
            wages: filed.map(|(_, t)| sample::cfa(t)),
            action: Link::new(action, format!("/employeur/dnr/{q}")),
        };
        Self {
            shell: sample::employer("Déclarations nominatives des rémunérations", "/employeur/dnr", &[("Tableau de bord", "/employeur")]),
            quarters: vec![
                row("T4 2026", "2026-T4", "15 janvier 2027", Tone::Neutral, "À déclarer", None, "Déclarer"),
                row("T3 2026", "2026-T3", "15 octobre 2026", Tone::Info, "Brouillon", None, "Continuer"),
                row("T2 2026", "2026-T2", "15 juillet 2026", Tone::Success, "Déposée", Some((23, 7_156_500)), "Voir"),
                row("T1 2026", "2026-T1", "15 avril 2026", Tone::Success, "Corrigée", Some((22, 6_890_000)), "Voir"),
                row("T4 2025", "2025-T4", "15 janvier 2026", Tone::Error, "En retard", None, "Déclarer"),
                row("T3 2025", "2025-T3", "15 octobre 2025", Tone::Success, "Déposée", Some((21, 6_512_250)), "Voir"),
            ],
            pager: Pager::new("Pages des déclarations", "1 à 6 sur 14").next("/employeur/dnr?page=2"),
        }
    }

    /// Sample page of a new employer.
    pub fn sample_empty() -> Self {
        Self {
            quarters: Vec::new(),
            pager: Pager::new("Pages des déclarations", "Aucune déclaration"),
            ..Self::sample()
        }
    }
}
