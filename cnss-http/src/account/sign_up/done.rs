//! `GET /inscription/{way}/suite`: what happens once the code was right, whoever typed it.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use cnss_core::fund::{Activation, PasswordFrom, Way};

use super::{refused, shell, way};
use crate::page::{PageResult, send};
use crate::portal::Portal;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// What is shown once the code was right, whoever typed it.
#[derive(askama::Template)]
#[template(path = "account/signed_up.html")]
pub struct SignedUpPage {
    /// Around the page.
    pub shell: Shell,
    /// What happens now.
    pub steps: Vec<&'static str>,
    /// What the button says.
    pub button: String,
}

impl SignedUpPage {
    fn of(shell: Shell, way: &Way) -> Self {
        let sent = way.password == PasswordFrom::Sent;
        let next = match way.activation {
            Activation::Agent => "Vous serez notifié par e-mail une fois votre compte activé.",
            Activation::Code if sent => "Vous recevrez par SMS vos identifiants d'accès à votre compte.",
            Activation::Code => "Vous pouvez vous connecter avec votre adresse et votre mot de passe.",
        };
        let compared = "Les informations que vous avez saisies sont comparées à celles de la caisse.";
        let compared = way.fields().any(|ask| ask.matched).then_some(compared);
        let confirmed = "Votre numéro de téléphone ou votre adresse est confirmé.";
        let plain = match way.activation {
            Activation::Code => "Connexion à mon espace",
            Activation::Agent => "Retour",
        };
        let button = way.done_button.as_deref().unwrap_or(plain).to_owned();
        Self { shell, steps: [Some(confirmed), compared, Some(next)].into_iter().flatten().collect(), button }
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = sample::togo().access.expect("says how");
        let shell = sample::public("Inscription enregistrée", "/inscription", &[]);
        Self::of(shell, rules.way("insured").expect("a way"))
    }
}

/// `GET /inscription/{way}/suite`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    match way(&portal, &code) {
        Ok(way) => {
            let shell = shell(&portal, &headers, "Inscription enregistrée").await;
            Ok(send(&SignedUpPage::of(shell, way)))
        }
        Err(refusal) => Err(refused(&portal, &headers, &refusal).await),
    }
}
