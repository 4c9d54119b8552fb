//! `GET /`: home page.

use crate::view::{Field, Shell, sample};

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
}

impl HomePage {
    /// Sample page.
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Services en ligne", "/", &[]),
            login: crate::account::login::login_field(),
            password: crate::account::login::password_field(),
        }
    }
}
