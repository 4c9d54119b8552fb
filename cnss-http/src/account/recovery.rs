//! `/mot-de-passe-oublie`: an identifier and the choice of SMS or e-mail, a code, a new password.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use cnss_core::account::{Challenge, ChallengeState, Purpose};
use cnss_core::desk::{Asked, DeskError};
use cnss_core::fund::Channel;
use cnss_core::id::ChallengeId;
use cnss_core::refusal::Refusal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::login::login_field;
use super::new_password::{NewPasswordPage, Typed as TypedPassword};
use super::rules::check_new;
use super::sign_up::request_key;
use super::verification::ChallengeBody;
use crate::body::Body;
use crate::form::{Choice, Choices, Fault, Field};
use crate::origin::Origin;
use crate::page::{PageProblem, PageResult, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Stopped, in_json, stopped_json};
use crate::said::Said;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// Where a recovery ends.
pub(crate) const DONE: &str = "/connexion";
/// The most characters of an identifier that are looked at.
const IDENTIFIER_MAX: usize = 254;

/// « Mot de passe oublié ».
#[derive(askama::Template)]
#[template(path = "account/recovery.html")]
pub struct RecoveryPage {
    /// Around the page.
    pub shell: Shell,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// Whose account it is.
    pub identifier: Field,
    /// By SMS or by e-mail.
    pub channel: Choices,
    /// Makes one request of a form that is sent twice.
    pub request: String,
}

fn identifier_field(rules: &cnss_core::fund::AccessRules) -> Field {
    let field = Field { name: "identifier".to_owned(), ..login_field(rules) };
    match &rules.words.recover_by {
        // What stands beside the login is said of the login.
        Some(label) => {
            let hint = rules.words.recover_hint.as_deref().map(str::to_owned);
            Field { label: label.to_string(), hint, ..field }
        }
        None => field,
    }
}

fn channels(chosen: Option<Channel>) -> Choices {
    let option = |channel: Channel, label: &str| Choice {
        value: channel.code().to_owned(),
        label: label.to_owned(),
        hint: None,
        checked: chosen == Some(channel),
    };
    Choices {
        name: "channel".into(),
        label: "Comment voulez-vous recevoir le code\u{a0}?".into(),
        required: true,
        error: None,
        options: vec![option(Channel::Sms, "Par SMS"), option(Channel::Email, "Par e-mail")],
    }
}

impl RecoveryPage {
    fn of(shell: Shell, rules: &cnss_core::fund::AccessRules) -> Self {
        Self {
            shell,
            errors: Vec::new(),
            identifier: identifier_field(rules),
            channel: channels(None),
            request: String::new(),
        }
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = sample::togo().access.expect("says how");
        let mut page = Self::of(sample::public("Mot de passe oublié", "/connexion", &[]), &rules);
        page.tell(true, true);
        page
    }

    fn tell(&mut self, no_identifier: bool, no_channel: bool) {
        if no_identifier {
            let text = "Indiquez cette information.".to_owned();
            self.errors.push(Fault::new("#identifier", format!("{}\u{a0}: {text}", self.identifier.label)));
            self.identifier.error = Some(text);
        }
        if no_channel {
            let text = "Choisissez le SMS ou l'e-mail.".to_owned();
            self.errors.push(Fault::new("#channel", text.clone()));
            self.channel.error = Some(text);
        }
    }
}

async fn blank(portal: &Portal, headers: &HeaderMap) -> RecoveryPage {
    let shell = portal.shell_for(headers, "Mot de passe oublié", "/connexion").await;
    let request = uuid::Uuid::from_u128(u128::from_be_bytes(first_half(crate::clock::secret()))).to_string();
    RecoveryPage { request, ..RecoveryPage::of(shell, portal.desk().rules()) }
}

fn first_half(secret: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(secret) {
        *to = from;
    }
    half
}

/// `GET /mot-de-passe-oublie`.
pub(crate) async fn page(State(portal): State<Portal>, headers: HeaderMap) -> PageResult {
    if let Err(refusal) = portal.desk().access() {
        return Err(PageProblem::refused(&portal, None, &refusal));
    }
    Ok(send(&blank(&portal, &headers).await))
}

/// An identifier, and the choice.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    identifier: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    request: String,
}

fn channel_of(text: &str) -> Option<Channel> {
    Channel::ALL.iter().copied().find(|channel| channel.code() == text)
}

/// Begins a recovery: the same for an identifier that nobody has.
async fn begin(
    portal: &Portal,
    (identifier, channel): (&str, Channel),
    request: &str,
    origin: &Origin,
) -> Result<ChallengeId, DeskError> {
    let identifier: String = identifier.chars().take(IDENTIFIER_MAX).collect();
    let typed = [("identifier", identifier.as_str()), ("channel", channel.code())];
    let asked = Asked { source: origin.source, request: request_key(portal, request, &typed) };
    portal.desk().recover(&identifier, channel, asked, &portal.moment()).await
}

/// `POST /mot-de-passe-oublie`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    headers: HeaderMap,
    origin: Origin,
    Form(typed): Form<Typed>,
) -> PageResult {
    let mut page = blank(&portal, &headers).await;
    let channel = channel_of(&typed.channel);
    page.identifier.value =
        typed.identifier.chars().filter(|c| !c.is_control()).take(IDENTIFIER_MAX).collect();
    page.channel = channels(channel);
    if typed.request.len() == 36 {
        page.request.clone_from(&typed.request);
    }
    let missing = typed.identifier.trim().is_empty();
    let Some(channel) = channel.filter(|_| !missing) else {
        page.tell(missing, channel.is_none());
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    match begin(&portal, (&typed.identifier, channel), &typed.request, &origin).await {
        Ok(id) => Ok(Redirect::to(&format!("/verification/{}", id.0)).into_response()),
        Err(DeskError::Refused(refusal @ Refusal::TooManyMessages)) => {
            let (title, advice) = portal.words().refusal(&refusal);
            page.errors.push(Fault::new("", format!("{title}. {advice}")));
            Ok(send_with(crate::problem::status(&refusal), &page))
        }
        Err(error) => Err(PageProblem::of(&portal, None, &error)),
    }
}

async fn challenge(portal: &Portal, id: &str) -> Result<Challenge, DeskError> {
    let id: uuid::Uuid = id.parse().map_err(|_| Refusal::NotFound)?;
    let found = portal.desk().challenge(ChallengeId(id)).await?;
    if matches!(found.purpose, Purpose::Recover(_)) { Ok(found) } else { Err(Refusal::NotFound.into()) }
}

const LEAD: &str =
    "Toutes vos connexions en cours prendront fin\u{a0}; vous vous connecterez avec le nouveau.";

async fn password_page(portal: &Portal, headers: &HeaderMap, challenge: &Challenge) -> NewPasswordPage {
    let shell = portal.shell_for(headers, "Nouveau mot de passe", "/connexion").await;
    let action = format!("/mot-de-passe-oublie/{}", challenge.id.0);
    NewPasswordPage::blank(portal, shell, LEAD, action)
}

/// Where one is led who cannot choose a password now.
fn elsewhere(challenge: &Challenge) -> Option<String> {
    match challenge.state {
        ChallengeState::Confirmed => None,
        ChallengeState::Spent => Some(DONE.to_owned()),
        ChallengeState::Open | ChallengeState::Closed => Some(format!("/verification/{}", challenge.id.0)),
    }
}

/// `GET /mot-de-passe-oublie/{id}`.
pub(crate) async fn choose(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    let found = challenge(&portal, &id).await.map_err(|error| PageProblem::of(&portal, None, &error))?;
    match elsewhere(&found) {
        Some(to) => Ok(Redirect::to(&to).into_response()),
        None => Ok(send(&password_page(&portal, &headers, &found).await)),
    }
}

/// Keeps the new password of a recovery whose code was right.
async fn keep(
    portal: &Portal,
    challenge: &Challenge,
    password: &str,
    again: Option<&str>,
) -> Result<(), Stopped> {
    let own = portal.desk().personal_of_recovery(challenge.id).await?;
    check_new(password, again, &portal.desk().rules().password, &own)?;
    let hash = portal.inner.passwords.hash(password.to_owned()).await?;
    Ok(portal.desk().set_recovered_password(challenge.id, &hash, &portal.moment()).await?)
}

/// `POST /mot-de-passe-oublie/{id}`.
pub(crate) async fn set(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<TypedPassword>,
) -> PageResult {
    let found = challenge(&portal, &id).await.map_err(|error| PageProblem::of(&portal, None, &error))?;
    // A second click comes after the first has done it.
    if let Some(to) = elsewhere(&found) {
        return Ok(Redirect::to(&to).into_response());
    }
    match keep(&portal, &found, &typed.password, Some(&typed.password_again)).await {
        Ok(()) => Ok(Said::Password.at(&portal, DONE)),
        Err(Stopped::Desk(DeskError::Refused(refusal @ (Refusal::Invalid(_) | Refusal::CodeExpired)))) => {
            let mut page = password_page(&portal, &headers, &found).await;
            page.tell(&refusal, &portal);
            Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(stopped) => Err(PageProblem::stopped(&portal, None, &stopped)),
    }
}

/// Whose password is forgotten.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct RecoveryBody {
    /// What is typed to log in.
    #[schema(example = "afi@exemple.tg")]
    identifier: String,
    /// `sms` or `email`.
    #[schema(example = "sms")]
    channel: String,
    /// A UUID of the caller's: the same wish sent twice with it begins one recovery.
    request: Option<String>,
}

/// Begins the recovery of a password: the answer is the same for an identifier that nobody has.
#[utoipa::path(post, path = "/api/v1/recoveries", operation_id = "recover", tag = "Compte",
    request_body = RecoveryBody,
    responses((status = 202, body = ChallengeBody), (status = 422, body = crate::problem::Problem),
        (status = 429, body = crate::problem::Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    origin: Origin,
    mut body: Body,
) -> Result<(StatusCode, axum::Json<ChallengeBody>), JsonProblem> {
    let mut fields = body.fields();
    let identifier = fields.text("identifier");
    let channel = fields.choice("channel", &[("sms", Channel::Sms), ("email", Channel::Email)]);
    let request = fields.optional_text("request").unwrap_or_default();
    let read = body.done(identifier.zip(channel));
    let (identifier, channel) = read.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let id = begin(&portal, (&identifier, channel), &request, &origin).await.map_err(in_json(&portal))?;
    Ok((StatusCode::ACCEPTED, axum::Json(ChallengeBody::of(&portal, id).await?)))
}

/// Chooses the new password once the code is confirmed; all sessions end.
#[utoipa::path(put, path = "/api/v1/recoveries/{challenge}/password", operation_id = "set_recovered_password",
    tag = "Compte", params(("challenge" = String, Path, description = "The challenge that was answered")),
    request_body = super::new_password::PasswordBody,
    responses((status = 204), (status = 404, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem)))]
pub(crate) async fn set_json(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let password = body.fields().secret("password");
    let password = body.done(password).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let found = challenge(&portal, &id).await.map_err(in_json(&portal))?;
    keep(&portal, &found, &password, None).await.map_err(stopped_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
