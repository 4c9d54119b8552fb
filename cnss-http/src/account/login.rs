//! `GET` and `POST /connexion`: sign-in page.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::access::Subject;
use cnss_core::account::Account;
use cnss_core::desk::{DeskError, LoggedIn};
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Body;
use crate::form::{Fault, Field};
use crate::page::{PageProblem, PageResult, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, in_json};
use crate::session::{Caller, Token, Visitor, no_cookie};
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

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
    #[cfg(test)]
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
    #[cfg(test)]
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

/// The login form.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: Option<String>,
}

/// Where to go after the login.
#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

/// An address of this portal, and of no other: a login must not send people elsewhere.
fn inside(next: Option<String>) -> Option<String> {
    next.filter(|n| {
        n.starts_with('/')
            && !n.starts_with("//")
            && n.len() < 500
            && n.chars().all(|c| c.is_ascii_graphic() && c != '\\')
    })
}

/// `GET /connexion`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Response {
    if let Ok(visitor) = Visitor::find(&headers, &portal).await {
        return Redirect::to(home_of(visitor.actor.subject)).into_response();
    }
    let mut page = blank(&portal);
    page.next = inside(next);
    crate::page::send(&page)
}

fn blank(portal: &Portal) -> LoginPage {
    LoginPage {
        shell: portal.public_shell("Connexion à mon espace", "/connexion"),
        login: login_field(),
        password: password_field(),
        errors: Vec::new(),
        next: None,
    }
}

const fn home_of(subject: Subject) -> &'static str {
    match subject {
        Subject::Employer(_) => "/employeur",
        Subject::Insured(_) => "/assure",
    }
}

/// Checks a login and a password; an unknown login takes as long as a wrong password.
async fn check(portal: &Portal, login: &str, password: String, token: &Token) -> Result<LoggedIn, DeskError> {
    let at = portal.moment();
    let account: Option<Account> = portal.desk().account_to_check(login, &at).await?;
    let right =
        portal.inner.passwords.right(password, account.as_ref().map(|a| a.password_hash.clone())).await;
    portal.desk().login(account.as_ref(), right, token.hash(), &portal.moment()).await
}

/// `POST /connexion`.
pub(crate) async fn submit(State(portal): State<Portal>, Form(typed): Form<Typed>) -> PageResult {
    let mut page = blank(&portal);
    page.login.value = typed.login.chars().take(254).collect();
    page.next = inside(typed.next);
    for field in [&mut page.login, &mut page.password] {
        let empty =
            if field.name == "login" { typed.login.trim().is_empty() } else { typed.password.is_empty() };
        if empty {
            field.error = Some(format!(
                "Saisissez votre {}.",
                field.label.to_lowercase().replace("(email)", "").trim()
            ));
            page.errors.push(Fault::new(format!("#{}", field.name), field.error.clone().unwrap_or_default()));
        }
    }
    if !page.errors.is_empty() {
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let token = Token::draw();
    match check(&portal, &typed.login, typed.password, &token).await {
        Ok(logged_in) => {
            let to = page.next.unwrap_or_else(|| home_of(logged_in.actor.subject).to_owned());
            let mut response = Redirect::to(&to).into_response();
            response.headers_mut().insert(header::SET_COOKIE, token.cookie(&portal));
            Ok(response)
        }
        Err(DeskError::Refused(refusal @ (Refusal::WrongCredentials | Refusal::TooManyAttempts { .. }))) => {
            let (title, advice) = portal.words().refusal(&refusal);
            page.errors = vec![Fault::new("#login", format!("{title}. {advice}"))];
            Ok(send_with(crate::problem::status(&refusal), &page))
        }
        Err(error) => Err(PageProblem::of(&portal, None, &error)),
    }
}

/// A form that only carries the page's token.
#[derive(Deserialize)]
pub(crate) struct OnlyToken {
    #[serde(default)]
    csrf: String,
}

/// `POST /deconnexion`: ends the session; without one, just goes home.
pub(crate) async fn logout(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Form(form): Form<OnlyToken>,
) -> PageResult {
    if let Ok(visitor) = Visitor::find(&headers, &portal).await {
        if !visitor.sent(&form.csrf) {
            return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN));
        }
        let ended = portal.desk().logout(visitor.token.hash(), &portal.moment()).await;
        ended.map_err(|error| PageProblem::of(&portal, Some(&visitor), &error))?;
    }
    let mut response = Redirect::to("/").into_response();
    response.headers_mut().insert(header::SET_COOKIE, no_cookie(&portal));
    // Nothing of this person's space stays in the browser's memory.
    response.headers_mut().insert("clear-site-data", header::HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// Login and password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct LoginBody {
    #[schema(example = "epi@demo.cnss.example")]
    login: String,
    password: String,
}

/// A session for a program.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// To be sent as `Authorization: Bearer …`.
    token: String,
    /// When it ends if it is not used; each use makes it last longer, twelve hours at most.
    ends_at: String,
    /// `employer` or `insured`.
    #[schema(example = "employer")]
    subject: &'static str,
}

/// Opens a session with a login and a password.
#[utoipa::path(post, path = "/api/v1/session", tag = "Session", request_body = LoginBody,
    responses((status = 200, body = SessionBody), (status = 401, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem), (status = 429, body = crate::problem::Problem)))]
pub(crate) async fn open_session(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<axum::Json<SessionBody>, JsonProblem> {
    let mut fields = body.fields();
    let (login, password) = (fields.text("login"), fields.text("password"));
    let typed = body.done(login.zip(password));
    let (login, password) = typed.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let token = Token::draw();
    let logged_in = check(&portal, &login, password, &token).await.map_err(in_json(&portal))?;
    let subject = match logged_in.actor.subject {
        Subject::Employer(_) => "employer",
        Subject::Insured(_) => "insured",
    };
    let ends_at = logged_in.ends_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Ok(axum::Json(SessionBody { token: token.as_str().to_owned(), ends_at, subject }))
}

/// Ends the session.
#[utoipa::path(delete, path = "/api/v1/session", tag = "Session", security(("token" = [])),
    responses((status = 204), (status = 401, body = crate::problem::Problem)))]
pub(crate) async fn end_session(
    State(portal): State<Portal>,
    caller: Caller,
) -> Result<StatusCode, JsonProblem> {
    portal.desk().logout(caller.token, &portal.moment()).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
