//! `GET` and `POST /connexion`: sign-in page.

use crate::view::{Fault, Field, Shell, sample};

/// Sign-in page.
#[derive(askama::Template)]
#[template(path = "account/login.html")]
pub struct LoginPage {
    /// Around the page.
    pub shell: Shell,
    /// « Identifiant (Email) ».
    pub login: Field,
    /// « Mot de passe »; its value is never sent back.
    pub password: Field,
    /// What was refused; empty on a first visit.
    pub errors: Vec<Fault>,
    /// Local address to go to after signing in.
    pub next: Option<String>,
}

/// The identifier field.
pub fn login_field() -> Field {
    Field::new("login", "Identifiant (Email)").kind("email").autocomplete("username").required()
}

/// The password field.
pub fn password_field() -> Field {
    Field::new("password", "Mot de passe").kind("password").autocomplete("current-password").required()
}

impl LoginPage {
    /// Sample page, first visit.
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Connexion à mon espace", "/connexion", &[]),
            login: login_field(),
            password: password_field(),
            errors: Vec::new(),
            next: Some("/employeur/dnr".into()),
        }
    }

    /// Sample page after a refused attempt.
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        page.login = page.login.value("kossi.mensah@exemple.tg");
        page.password = page.password.error("Saisissez de nouveau votre mot de passe.");
        page.errors = vec![
            Fault::new("#login", "L'identifiant ou le mot de passe n'est pas reconnu."),
            Fault::new("#password", "Saisissez de nouveau votre mot de passe."),
        ];
        page
    }
}
