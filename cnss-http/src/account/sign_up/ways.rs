//! `GET /inscription`: the ways in, to be chosen.

use axum::extract::State;
use axum::http::HeaderMap;
use cnss_core::fund::{Way, WaySubject};

use super::{refused, shell};
use crate::page::{PageResult, send};
use crate::portal::Portal;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// « Inscription sur les Services en ligne ».
#[derive(askama::Template)]
#[template(path = "account/ways.html")]
pub struct WaysPage {
    /// Around the page.
    pub shell: Shell,
    /// The ways in.
    pub ways: Vec<WayLink>,
    /// Whether accounts of a former site are taken over.
    pub former_site: bool,
}

/// A way in, to be chosen.
#[derive(Clone, Debug)]
pub struct WayLink {
    /// « Assuré ».
    pub label: String,
    /// For whom.
    pub text: &'static str,
    /// Address of its form.
    pub href: String,
}

impl WaysPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = sample::togo().access.expect("says how");
        Self {
            shell: sample::public(TITLE, "/inscription", &[]),
            ways: links(&rules.ways),
            former_site: true,
        }
    }
}

const TITLE: &str = "Inscription sur les Services en ligne";

/// The ways in, as links.
pub(crate) fn links(ways: &[Way]) -> Vec<WayLink> {
    let link = |way: &Way| WayLink {
        label: way.label.to_string(),
        text: match way.subject {
            WaySubject::Employer => "Pour l'entreprise ou la personne qui emploie",
            WaySubject::Insured => "Pour la personne immatriculée à la caisse",
            WaySubject::Beneficiary => "Pour le conjoint, l'enfant ou le parent d'un assuré",
            WaySubject::Mandatary => {
                "Pour qui agit au nom d'un employeur qui l'a invité\u{a0}: comptable, salarié"
            }
        },
        href: format!("/inscription/{}", way.code),
    };
    ways.iter().map(link).collect()
}

/// `GET /inscription`.
pub(crate) async fn page(State(portal): State<Portal>, headers: HeaderMap) -> PageResult {
    match portal.desk().access() {
        Ok(rules) => {
            let former_site = rules.logins.contains(&cnss_core::fund::LoginKind::Username);
            let shell = shell(&portal, &headers, TITLE).await;
            Ok(send(&WaysPage { shell, ways: links(&rules.ways), former_site }))
        }
        Err(refusal) => Err(refused(&portal, &headers, &refusal).await),
    }
}
