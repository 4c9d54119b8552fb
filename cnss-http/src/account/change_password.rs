//! `/compte/mot-de-passe`: changing one's own password. The rules are the fund's, listed beside the
//! field and ticked off while one types; the counter has the last word.

use axum::Form;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use cnss_core::desk::{DeskError, Present};
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Refusal};
use serde::Deserialize;
use utoipa::ToSchema;

use super::own_password;
use super::rules::{RULES_ID, Rule, check_new, new_password_field, rules_of};
use crate::body::Body;
use crate::form::{Fault, Field};
use crate::page::{PageProblem, PageResult, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, Stopped, stopped_json};
use crate::said::Said;
use crate::session::{Caller, Visitor, no_cookie};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Link, Shell};

/// « Changer mon mot de passe ».
#[derive(askama::Template)]
#[template(path = "account/change_password.html")]
pub struct ChangePage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// The password as it is.
    pub old: Field,
    /// The new one.
    pub new: Field,
    /// The new one again.
    pub again: Field,
    /// What it must be.
    pub rules: Vec<Rule>,
}

impl ChangePage {
    fn of(shell: Shell, rules: Vec<Rule>) -> Self {
        Self {
            shell,
            errors: Vec::new(),
            old: Field::new("old", "Mot de passe actuel")
                .kind("password")
                .autocomplete("current-password")
                .required(),
            new: new_password_field("password", "Nouveau mot de passe").described(RULES_ID),
            again: new_password_field("password_again", "Confirmation du mot de passe"),
            rules,
        }
    }

    fn refuse(&mut self, name: &str, text: &str) {
        let field = match name {
            "old" => &mut self.old,
            "password_again" => &mut self.again,
            _ => &mut self.new,
        };
        self.errors.push(Fault::new(format!("#{name}"), text));
        // The first is told beside the field; the list says them all.
        field.error.get_or_insert_with(|| text.to_owned());
    }

    /// Sample page, after a refusal.
    #[cfg(test)]
    pub fn sample() -> Self {
        let fund = cnss_core::fund::Fund::builtin("dj").expect("built in");
        let rule = fund.access.expect("says how").password;
        let shell = sample::insured("Changer mon mot de passe", "/compte", &[("Mon compte", "/compte")]);
        let mut page = Self::of(shell, rules_of(&rule));
        page.refuse("password", "Le mot de passe doit contenir un chiffre.");
        page
    }
}

fn blank(portal: &Portal, visitor: &Visitor) -> ChangePage {
    let mut shell = portal.shell_of(visitor, "Changer mon mot de passe", "/compte", None);
    shell.trail.push(Link::new("Mon compte", "/compte"));
    ChangePage::of(shell, rules_of(&portal.desk().rules().password))
}

/// `GET /compte/mot-de-passe`.
pub(crate) async fn page(State(portal): State<Portal>, visitor: Visitor) -> axum::response::Response {
    send(&blank(&portal, &visitor))
}

/// Changes the password: everything that is wrong with the form at once, then the old one is checked.
async fn change(
    portal: &Portal,
    present: &Present,
    old: &str,
    new: &str,
    again: Option<&str>,
) -> Result<(), Stopped> {
    let own = present.account.personal();
    let mut faults = match check_new(new, again, &portal.desk().rules().password, &own) {
        Err(Refusal::Invalid(faults)) => faults,
        other => other.map(|()| Vec::new())?,
    };
    if old.is_empty() {
        faults.insert(0, CoreFault::field("old", FaultKind::Missing));
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults).into());
    }
    own_password(portal, present, old).await?;
    let hash = portal.inner.passwords.hash(new.to_owned()).await?;
    Ok(portal.desk().change_password(present, &hash, &portal.moment()).await?)
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

/// `POST /compte/mot-de-passe`: every session ends, and one logs in with the new password.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let changed =
        change(&portal, &visitor.present, &typed.old, &typed.password, Some(&typed.password_again)).await;
    let stopped = match changed {
        Ok(()) => {
            let mut response = Said::Password.at(&portal, "/connexion").into_response();
            response.headers_mut().append(header::SET_COOKIE, no_cookie(&portal));
            return Ok(response);
        }
        Err(stopped) => stopped,
    };
    let mut page = blank(&portal, &visitor);
    let status = match stopped {
        Stopped::Desk(DeskError::Refused(Refusal::Invalid(faults))) => {
            for fault in faults {
                page.refuse(&fault.path(), &portal.words().fault(&fault));
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Stopped::Desk(DeskError::Refused(Refusal::Stale)) => {
            return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::Stale));
        }
        stopped => {
            let (status, why) = super::wrong_proof(&portal, &visitor, stopped, false)?;
            page.refuse("old", &why);
            status
        }
    };
    Ok(send_with(status, &page))
}

/// A new password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct PasswordBody {
    old: String,
    password: String,
}

/// Changes one's own password; all sessions end, this one too.
#[utoipa::path(put, path = "/api/v1/account/password", operation_id = "change_password", tag = "Mon compte", request_body = PasswordBody, security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let fields = body.fields();
    let text = |name| match fields.raw(name) {
        Some(serde_json::Value::String(text)) => text,
        _ => String::new(),
    };
    let (old, new) = (text("old"), text("password"));
    change(&portal, &caller.present, &old, &new, None).await.map_err(stopped_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
