//! The rules of a password as a page lists them: the script beside it marks each while one types, and
//! the counter looks at the same ones.

use cnss_core::account::password::{Requirement, broken, requirements};
use cnss_core::fund::{CharKind, PasswordRule};
use cnss_core::refusal::Refusal;

use crate::form::Field;
use crate::password::is_common;

/// Identifier of the list in a page.
pub(crate) const RULES_ID: &str = "password-rules";

/// One rule of a password.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What the script looks at: `password_no_upper`.
    pub code: &'static str,
    /// Its number, when it has one.
    pub count: u32,
    /// In words.
    pub text: String,
}

/// Every rule of a fund, in the order of the page.
pub(crate) fn rules_of(rule: &PasswordRule) -> Vec<Rule> {
    let shown = |requirement: Requirement| Rule {
        code: requirement.code(),
        count: requirement.count().unwrap_or(0),
        text: words(requirement),
    };
    // That it may be long is no hurdle for anybody.
    requirements(rule).into_iter().filter(|r| !matches!(r, Requirement::Most(_))).map(shown).collect()
}

fn words(requirement: Requirement) -> String {
    match requirement {
        Requirement::Least(count) => format!("{count} caractères au moins"),
        Requirement::Most(count) => format!("{count} caractères au plus"),
        Requirement::Has(CharKind::Upper) => "une lettre majuscule".to_owned(),
        Requirement::Has(CharKind::Lower) => "une lettre minuscule".to_owned(),
        Requirement::Has(CharKind::Digit) => "un chiffre".to_owned(),
        Requirement::Has(CharKind::Special) => "un caractère spécial, par exemple & @ € - / ,".to_owned(),
        Requirement::NotCommon => "pas un mot de passe courant".to_owned(),
        Requirement::NotPersonal => "ni votre nom, ni votre identifiant, ni l'un de vos numéros".to_owned(),
    }
}

/// A field for a new password, that points to the rules.
pub(crate) fn new_password_field(name: &'static str, label: &str) -> Field {
    Field::new(name, label).kind("password").autocomplete("new-password").required()
}

/// What is wrong with a new password of somebody who is known.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault, at `password` and `password_again`.
pub(crate) fn check_new(
    password: &str,
    again: Option<&str>,
    rule: &PasswordRule,
    personal: &[String],
) -> Result<(), Refusal> {
    use cnss_core::refusal::{Fault, FaultKind};
    let mut faults = Vec::new();
    if password.is_empty() {
        faults.push(Fault::field("password", FaultKind::Missing));
    } else {
        let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
        let found = broken(password, rule, &is_common, &personal);
        faults.extend(found.into_iter().map(|requirement| requirement.fault("password")));
        if again.is_some_and(|again| again != password) {
            faults.push(Fault::field("password_again", FaultKind::NotTheSame));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}
