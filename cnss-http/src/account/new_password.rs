//! `GET` and `POST /nouveau-mot-de-passe`: a first password, or one that others may know, is changed
//! before anything else.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use cnss_core::account::SessionKind;
use cnss_core::account::login::Duty;
use cnss_core::desk::Present;
use cnss_core::refusal::Refusal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::login::{home_of, inside, logged_in, sign_in};
use super::rules::{Rule, check_new, new_password_field, rules_of};
use crate::body::Body;
use crate::form::{Fault, Field, Form as _};
use crate::origin::Origin;
use crate::page::{PageProblem, PageResult, send, send_with};
use crate::password::Checked;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Stopped, stopped_json};
use crate::session::{Obliged, ObligedCaller, Token};
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// A new password.
#[derive(askama::Template)]
#[template(path = "account/new_password.html")]
pub struct NewPasswordPage {
    /// Around the page.
    pub shell: Shell,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// Why.
    pub lead: String,
    /// Where the form goes.
    pub action: String,
    /// What a password must be.
    pub rules: Vec<Rule>,
    /// « Nouveau mot de passe ».
    pub password: Field,
    /// « Confirmation du mot de passe ».
    pub password_again: Field,
    /// Local address to go to afterwards.
    pub next: Option<String>,
}

impl crate::form::Form for NewPasswordPage {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        let named = |field: &mut Field| field.label.clone();
        let fields = [&mut self.password, &mut self.password_again];
        (fields.into_iter().map(|field| (named(field), field)).collect(), &mut self.errors)
    }
}

impl NewPasswordPage {
    /// A blank form.
    pub(crate) fn blank(portal: &Portal, shell: Shell, lead: &str, action: String) -> Self {
        Self {
            shell,
            errors: Vec::new(),
            lead: lead.to_owned(),
            action,
            rules: rules_of(&portal.desk().rules().password),
            password: new_password_field("password", "Nouveau mot de passe").described("password-rules"),
            password_again: new_password_field("password_again", "Confirmation du mot de passe"),
            next: None,
        }
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = cnss_core::fund::Fund::builtin("dj").expect("a fund").access.expect("says how").password;
        let mut page = Self {
            shell: sample::public("Nouveau mot de passe", "/nouveau-mot-de-passe", &[]),
            errors: Vec::new(),
            lead: LEAD.into(),
            action: "/nouveau-mot-de-passe".into(),
            rules: rules_of(&rules),
            password: new_password_field("password", "Nouveau mot de passe").described("password-rules"),
            password_again: new_password_field("password_again", "Confirmation du mot de passe"),
            next: None,
        };
        page.refuse("password", "Le mot de passe doit contenir un chiffre.".to_owned());
        page
    }

    /// Tells what is wrong, each at its field.
    pub(crate) fn tell(&mut self, refusal: &Refusal, portal: &Portal) {
        match refusal {
            Refusal::Invalid(faults) => {
                for fault in faults {
                    self.refuse(&fault.path(), portal.words().fault(fault));
                }
            }
            other => {
                let (title, advice) = portal.words().refusal(other);
                self.refuse("password", format!("{title}. {advice}"));
            }
        }
    }
}

const LEAD: &str =
    "Votre mot de passe est provisoire. Choisissez-en un que vous êtes seul à connaître avant de continuer.";
const SAME: &str = "C'est le mot de passe actuel. Choisissez-en un autre.";

/// A new password, as it was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    pub(crate) csrf: String,
    #[serde(default)]
    pub(crate) password: String,
    #[serde(default)]
    pub(crate) password_again: String,
    pub(crate) next: Option<String>,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

/// `GET /nouveau-mot-de-passe`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Obliged(visitor): Obliged,
    Query(Next { next }): Query<Next>,
) -> PageResult {
    let next = inside(next);
    if visitor.present.duty != Some(Duty::NewPassword) {
        let to = next.unwrap_or_else(|| home_of(visitor.actor.subject).to_owned());
        return Ok(Redirect::to(&to).into_response());
    }
    let shell = portal.bare_shell_of(&visitor, "Nouveau mot de passe");
    let mut page = NewPasswordPage::blank(&portal, shell, LEAD, "/nouveau-mot-de-passe".to_owned());
    page.next = next;
    Ok(send(&page))
}

/// Changes the password of whoever is present, and logs in again: all sessions have ended.
async fn change(
    portal: &Portal,
    present: &Present,
    password: &str,
    (token, origin, kind): (&Token, &Origin, SessionKind),
) -> Result<(), Stopped> {
    let same = portal.inner.passwords.check(password.to_owned(), Some(present.account.password_hash.clone()));
    if same.await? != Checked::Wrong {
        return Err(Refusal::NothingChanged.into());
    }
    let hash = portal.inner.passwords.hash(password.to_owned()).await?;
    portal.desk().change_password(present, &hash, &portal.moment()).await?;
    let login = present.account.login().to_owned();
    sign_in(portal, (&login, password.to_owned()), token, origin, kind).await?;
    Ok(())
}

/// `POST /nouveau-mot-de-passe`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    Obliged(visitor): Obliged,
    origin: Origin,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let next = inside(typed.next);
    let to = next.clone().unwrap_or_else(|| home_of(visitor.actor.subject).to_owned());
    if visitor.present.duty != Some(Duty::NewPassword) {
        return Ok(Redirect::to(&to).into_response());
    }
    let shell = portal.bare_shell_of(&visitor, "Nouveau mot de passe");
    let mut page = NewPasswordPage::blank(&portal, shell, LEAD, "/nouveau-mot-de-passe".to_owned());
    page.next = next;
    let own = visitor.present.account.personal();
    let rule = &portal.desk().rules().password;
    if let Err(refusal) = check_new(&typed.password, Some(&typed.password_again), rule, &own) {
        page.tell(&refusal, &portal);
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let token = Token::draw();
    let session = (&token, &origin, SessionKind::Browser);
    match change(&portal, &visitor.present, &typed.password, session).await {
        Ok(()) => Ok(logged_in(&portal, &token, &to)),
        Err(stopped) if stopped == Refusal::NothingChanged.into() => {
            page.refuse("password", SAME.to_owned());
            Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(stopped) => Err(PageProblem::stopped(&portal, Some(&visitor), &stopped)),
    }
}

/// A new password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct PasswordBody {
    password: String,
}

/// Exchanges a first password for one's own. All sessions end, and another one begins.
#[utoipa::path(put, path = "/api/v1/session/password", operation_id = "exchange_first_password", tag = "Session", security(("token" = [])),
    request_body = PasswordBody,
    responses((status = 200, body = super::login::SessionBody), (status = 401, body = crate::problem::Problem),
        (status = 403, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    ObligedCaller(caller): ObligedCaller,
    origin: Origin,
    mut body: Body,
) -> Result<axum::Json<super::login::SessionBody>, JsonProblem> {
    // A password that nobody else knows is changed with the old one at hand, not here.
    if caller.present.duty != Some(Duty::NewPassword) {
        return Err(JsonProblem::refused(&Refusal::NotAllowed, portal.words()));
    }
    let password = body.fields().secret("password");
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let password = body.done(password).map_err(refused)?;
    let own = caller.present.account.personal();
    check_new(&password, None, &portal.desk().rules().password, &own).map_err(refused)?;
    let token = Token::draw();
    let session = (&token, &origin, SessionKind::Program);
    change(&portal, &caller.present, &password, session).await.map_err(stopped_json(&portal))?;
    super::login::session_body(&portal, &token).await
}
