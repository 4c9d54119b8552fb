//! `GET /`: home page.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
#[cfg(test)]
use cnss_core::fund::AccessRules;

use crate::account::login::LoginLabels;
use crate::account::sign_up::ways::{WayLink, links};
use crate::form::Field;
use crate::portal::Portal;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// Home page: services and sign-in form.
#[derive(askama::Template)]
#[template(path = "public/home.html")]
pub struct HomePage {
    /// Around the page.
    pub shell: Shell,
    /// « Identifiant (Email) », posted to `/connexion`.
    pub login: Field,
    /// « Mot de passe ».
    pub password: Field,
    /// What the button and the link say.
    pub words: LoginLabels,
    /// « Inscription sur les Services en ligne »: the ways in; none where there are none.
    pub ways: Vec<WayLink>,
}

impl HomePage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Services en ligne", "/", &[]),
            login: crate::account::login::login_field(AccessRules::unsaid()),
            password: crate::account::login::password_field(),
            words: LoginLabels::of(&sample::togo().access.expect("says how")),
            ways: links(&sample::togo().access.expect("says how").ways),
        }
    }
}

/// `GET /`.
pub(crate) async fn page(State(portal): State<Portal>, headers: HeaderMap) -> Response {
    let shell = portal.shell_for(&headers, "Services en ligne", "/").await;
    let page = HomePage {
        shell,
        login: crate::account::login::login_field(portal.desk().rules()),
        password: crate::account::login::password_field(),
        words: LoginLabels::of(portal.desk().rules()),
        ways: links(&portal.desk().rules().ways),
    };
    crate::page::send(&page)
}
