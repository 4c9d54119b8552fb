//! `GET` and `POST /connexion`: sign-in page.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::access::{Actor, Subject};
use cnss_core::account::{Account, Session, SessionKind};
use cnss_core::desk::{DeskError, Present};
use cnss_core::fund::{AccessRules, LoginKind};
use cnss_core::id::AccountId;
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Body;
use crate::form::{Fault, Field};
use crate::origin::Origin;
use crate::page::{PageProblem, PageResult, send_with};
use crate::password::Checked;
use crate::portal::Portal;
use crate::problem::{DutyBody, JsonProblem, Stopped, in_json, stopped_json};
use crate::said;
use crate::session::{ObligedCaller, Token, Visitor, no_cookie};
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
    /// Whether accounts are opened online, and passwords recovered.
    pub sign_up: bool,
    /// What the button and the link say.
    pub words: LoginLabels,
}

/// What the form says by which one logs in, in the fund's words.
#[derive(Clone, Debug)]
pub struct LoginLabels {
    /// « Connexion à mon espace ».
    pub button: String,
    /// « Mot de passe oublié ? ».
    pub forgotten: String,
}

impl LoginLabels {
    /// Those of a fund.
    pub(crate) fn of(rules: &AccessRules) -> Self {
        let said = |own: &Option<std::sync::Arc<str>>, plain: &str| {
            crate::words::spaced(own.as_deref().unwrap_or(plain))
        };
        Self {
            button: said(&rules.words.button, "Connexion à mon espace"),
            forgotten: said(&rules.words.forgotten, "Mot de passe oublié\u{a0}?"),
        }
    }
}

/// The identifier field, named as the fund names what is typed first.
pub fn login_field(rules: &AccessRules) -> Field {
    let field = |label: &str| Field::new("login", label).autocomplete("username").required();
    match rules.logins.as_slice() {
        [] | [LoginKind::Email] => field("Identifiant (Email)").kind("email"),
        // Another kind is taken too: a browser that knows addresses only would refuse it.
        [LoginKind::Email, ..] => field("Identifiant (Email)").kind("login").inputmode("email"),
        [LoginKind::Username, ..] => field("Nom Utilisateur").kind("login"),
        [LoginKind::InsuredNumber] => field("Numéro d'immatriculation"),
        // Those whom the fund did not give that number log in all the same.
        [LoginKind::InsuredNumber, others @ ..] => {
            let word = |kind: &LoginKind| match kind {
                LoginKind::Email => "adresse e-mail",
                LoginKind::Username => "nom d'utilisateur",
                LoginKind::InsuredNumber => "numéro d'immatriculation",
                LoginKind::EmployerNumber => "numéro d'employeur",
                LoginKind::Document => "numéro de pièce d'identité",
            };
            let others: Vec<&str> = others.iter().map(word).collect();
            field("Numéro d'immatriculation")
                .hint(format!("Ou, selon votre compte\u{a0}: {}.", others.join(", ")))
        }
        [LoginKind::EmployerNumber, ..] => field("Numéro d'employeur"),
        [LoginKind::Document, ..] => field("Numéro de la pièce d'identité"),
    }
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
            login: login_field(AccessRules::unsaid()),
            password: password_field(),
            errors: Vec::new(),
            next: Some("/employeur/dnr".into()),
            sign_up: true,
            words: LoginLabels::of(AccessRules::unsaid()),
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
pub(crate) fn inside(next: Option<String>) -> Option<String> {
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
    said::tell(&headers, &mut page.shell);
    said::told(&headers, &portal, crate::page::send(&page))
}

fn blank(portal: &Portal) -> LoginPage {
    LoginPage {
        shell: portal.public_shell("Connexion à mon espace", "/connexion"),
        login: login_field(portal.desk().rules()),
        password: password_field(),
        errors: Vec::new(),
        next: None,
        sign_up: portal.desk().access().is_ok(),
        words: LoginLabels::of(portal.desk().rules()),
    }
}

pub(crate) const fn home_of(subject: Subject) -> &'static str {
    match subject {
        Subject::Employer(_) | Subject::Delegate(_) => "/employeur",
        Subject::Insured(_) => "/assure",
        Subject::Beneficiary(_) => "/compte",
        Subject::Mandatary => "/compte/mandats",
        Subject::Agent => "/agent",
    }
}

/// Checks a login and a password and opens a session; an unknown login takes as long as a wrong
/// password, and is told the same.
pub(crate) async fn sign_in(
    portal: &Portal,
    (login, password): (&str, String),
    token: &Token,
    origin: &Origin,
    kind: SessionKind,
) -> Result<Actor, Stopped> {
    let checked = portal.desk().to_check(login, origin.source, &portal.moment()).await?;
    let hash = checked.account.as_ref().map(|account| account.password_hash.clone());
    let found = portal.inner.passwords.check(password.clone(), hash).await?;
    let at = portal.moment();
    let nobody = checked.account.as_ref().map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
    let session = Session::open(token.hash(), nobody, at.now).on(kind, &origin.device);
    let actor = portal.desk().sign_in(&checked, found != Checked::Wrong, session, &at).await?;
    if let (Checked::Former, Some(account)) = (found, &checked.account) {
        renew(portal, account, password).await;
    }
    Ok(actor)
}

/// Exchanges the hash of a former site for our own. Whoever has just logged in is not held up by it:
/// what fails now is tried again at the next login.
async fn renew(portal: &Portal, account: &Account, password: String) {
    let Ok(hash) = portal.inner.passwords.hash(password).await else { return };
    if let Err(error) = portal.desk().renew_hash(account, &hash, &portal.moment()).await {
        tracing::warn!(%error, "the hash of a former site was not renewed");
    }
}

/// `POST /connexion`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    headers: HeaderMap,
    origin: Origin,
    Form(typed): Form<Typed>,
) -> PageResult {
    let mut page = blank(&portal);
    page.login.value = typed.login.chars().take(254).collect();
    page.next = inside(typed.next);
    for (field, typed) in [(&mut page.login, typed.login.trim()), (&mut page.password, &*typed.password)] {
        if typed.is_empty() {
            let text =
                format!("Saisissez votre {}.", field.label.to_lowercase().replace("(email)", "").trim());
            page.errors.push(Fault::new(format!("#{}", field.name), text.clone()));
            field.error = Some(text);
        }
    }
    if !page.errors.is_empty() {
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let token = Token::draw();
    let pair = (typed.login.as_str(), typed.password);
    match sign_in(&portal, pair, &token, &origin, SessionKind::Browser).await {
        Ok(actor) => {
            // The session that this browser had ends: its token may be known to who left it there.
            if let Some(before) = Token::from_cookie(&headers, &portal)
                && let Err(error) = portal.desk().logout(before.hash(), &portal.moment()).await
            {
                tracing::warn!(%error, "the session before a login was not ended");
            }
            let to = page.next.unwrap_or_else(|| home_of(actor.subject).to_owned());
            Ok(logged_in(&portal, &token, &to))
        }
        Err(Stopped::Desk(DeskError::Refused(
            refusal @ (Refusal::WrongCredentials
            | Refusal::TooManyAttempts { .. }
            | Refusal::AccountWaiting
            | Refusal::AccountBlocked
            | Refusal::FirstPasswordOver),
        ))) => {
            let (title, advice) = portal.words().refusal(&refusal);
            page.errors = vec![Fault::new("#login", format!("{title}. {advice}"))];
            Ok(send_with(crate::problem::status(&refusal), &page))
        }
        Err(stopped) => Err(PageProblem::stopped(&portal, None, &stopped)),
    }
}

/// Gives the browser its session, and leads on.
pub(crate) fn logged_in(portal: &Portal, token: &Token, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::SET_COOKIE, token.cookie(portal));
    response
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
        visitor.must_have_sent(&form.csrf, &portal)?;
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
    /// `employer`, `insured`, `beneficiary`, `mandatary` or `agent`.
    #[schema(example = "employer")]
    subject: &'static str,
    /// What must be done before anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<DutyBody>,
}

/// Opens a session with a login and a password.
#[utoipa::path(post, path = "/api/v1/session", tag = "Session", request_body = LoginBody,
    responses((status = 200, body = SessionBody), (status = 401, body = crate::problem::Problem), (status = 403, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem), (status = 429, body = crate::problem::Problem)))]
pub(crate) async fn open_session(
    State(portal): State<Portal>,
    origin: Origin,
    mut body: Body,
) -> Result<axum::Json<SessionBody>, JsonProblem> {
    let mut fields = body.fields();
    let (login, password) = (fields.text("login"), fields.secret("password"));
    let typed = body.done(login.zip(password));
    let (login, password) = typed.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let token = Token::draw();
    let pair = (login.as_str(), password);
    let opened = sign_in(&portal, pair, &token, &origin, SessionKind::Program).await;
    opened.map_err(stopped_json(&portal))?;
    session_body(&portal, &token).await
}

/// What a program is told of the session that has just begun.
pub(crate) async fn session_body(
    portal: &Portal,
    token: &Token,
) -> Result<axum::Json<SessionBody>, JsonProblem> {
    let present = portal.desk().present(token.hash(), &portal.moment()).await.map_err(in_json(portal))?;
    let OwnSessionBody { ends_at, subject, duty, .. } = OwnSessionBody::of(portal, &present);
    Ok(axum::Json(SessionBody { token: token.as_str().to_owned(), ends_at, subject, duty }))
}

/// One's own session.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnSessionBody {
    /// When it ends if it is not used.
    ends_at: String,
    /// `employer`, `insured`, `beneficiary`, `mandatary` or `agent`.
    #[schema(example = "employer")]
    subject: &'static str,
    /// Who is greeted.
    holder: String,
    /// What is typed to log in.
    #[schema(example = "epi@demo.cnss.example")]
    login: String,
    /// What must be done before anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<DutyBody>,
}

impl OwnSessionBody {
    fn of(portal: &Portal, present: &Present) -> Self {
        let ends_at = present.session.ends_by(&portal.desk().rules().session);
        Self {
            ends_at: ends_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            subject: subject_code(present.actor.subject),
            holder: present.account.holder.to_string(),
            login: present.account.login().to_owned(),
            duty: present.duty.as_ref().map(DutyBody::of),
        }
    }
}

/// Tells whose session it is, and what must be done first.
#[utoipa::path(get, path = "/api/v1/session", tag = "Session", security(("token" = [])),
    responses((status = 200, body = OwnSessionBody), (status = 401, body = crate::problem::Problem)))]
pub(crate) async fn own_session(
    State(portal): State<Portal>,
    ObligedCaller(caller): ObligedCaller,
) -> axum::Json<OwnSessionBody> {
    axum::Json(OwnSessionBody::of(&portal, &caller.present))
}

pub(crate) const fn subject_code(subject: Subject) -> &'static str {
    match subject {
        Subject::Employer(_) | Subject::Delegate(_) => "employer",
        Subject::Insured(_) => "insured",
        Subject::Beneficiary(_) => "beneficiary",
        Subject::Mandatary => "mandatary",
        Subject::Agent => "agent",
    }
}

/// Ends the session.
#[utoipa::path(delete, path = "/api/v1/session", tag = "Session", security(("token" = [])),
    responses((status = 204), (status = 401, body = crate::problem::Problem)))]
pub(crate) async fn end_session(
    State(portal): State<Portal>,
    ObligedCaller(caller): ObligedCaller,
) -> Result<StatusCode, JsonProblem> {
    portal.desk().logout(caller.token, &portal.moment()).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
