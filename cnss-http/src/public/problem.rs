//! Error page.

#[cfg(test)]
use crate::view::sample;
use crate::view::{Link, Shell};

/// What went wrong and what to do.
#[derive(askama::Template)]
#[template(path = "public/problem.html")]
pub struct ProblemPage {
    /// Around the page.
    pub shell: Shell,
    /// HTTP status, e.g. « 404 ».
    pub status: String,
    /// What happened, in one sentence.
    pub title: String,
    /// What to do, one paragraph per entry.
    pub advice: Vec<String>,
    /// Reference to give to the help desk.
    pub reference: Option<String>,
    /// Way out.
    pub back: Link,
}

impl ProblemPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Page introuvable", "", &[]),
            status: "404".into(),
            title: "Cette page n'existe pas".into(),
            advice: vec![
                "Vérifiez l'adresse, ou repartez de l'accueil.".into(),
                "Si vous venez d'un lien du portail, donnez la référence ci-dessous à votre agence.".into(),
            ],
            reference: Some("7F3A-91C2".into()),
            back: Link::new("Retour à l'accueil", "/"),
        }
    }
}
