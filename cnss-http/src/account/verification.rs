//! `/verification/{id}`: the code that was sent is typed, sent again, or its address is corrected.
//!
//! The one rule to remember: every form leads to an address, so that a page that is loaded again asks
//! nothing again, least of all a wrong code.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cnss_core::account::{Challenge, ChallengeState, Purpose};
use cnss_core::desk::DeskError;
use cnss_core::fund::{Activation, Channel, CodeRule, PasswordFrom};
use cnss_core::id::ChallengeId;
use cnss_core::person::{Email, Phone};
use cnss_core::refusal::{Fault as Wrong, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Body;
use crate::form::{Fault, Field, Form as _, Typed};
use crate::page::{PageProblem, PageResult, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Stopped, in_json, stopped_json};
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Fact, Notice, Shell, Tone};

/// The code is typed.
#[derive(askama::Template)]
#[template(path = "account/verification.html")]
pub struct VerificationPage {
    /// Around the page.
    pub shell: Shell,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// What was sent, and for how long it is good.
    pub lead: Vec<String>,
    /// Where it went, as far as whoever asked typed it himself.
    pub sent_to: Vec<Fact>,
    /// Its address.
    pub action: String,
    /// « Code de vérification ».
    pub code: Field,
    /// What the button under it says.
    pub button: String,
    /// Whether codes are still taken.
    pub open: bool,
    /// Where one begins again.
    pub again: &'static str,
    /// The contacts to correct; empty when there are none.
    pub contacts: Vec<Field>,
    /// Whether the correction is shown unfolded.
    pub correcting: bool,
}

impl crate::form::Form for VerificationPage {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        let fields = self.contacts.iter_mut().chain([&mut self.code]);
        (fields.map(|field| (field.label.clone(), field)).collect(), &mut self.errors)
    }
}

fn code_field(digits: u8) -> Field {
    Field::new("code", "Code de vérification")
        .autocomplete("one-time-code")
        .inputmode("numeric")
        .hint(format!("{digits} chiffres\u{a0}; les espaces ne comptent pas"))
        .required()
}

/// « 1 heure », « 10 minutes ».
fn life(rule: &CodeRule) -> String {
    match rule.life_minutes {
        60 => "1 heure".to_owned(),
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn lead(purpose: &Purpose, rule: &CodeRule) -> Vec<String> {
    let mut lines = Vec::new();
    if matches!(purpose, Purpose::Recover(_)) {
        lines.push(
            "Si un compte correspond à cet identifiant, un code de vérification vient d'être envoyé par le moyen que vous avez choisi, au numéro ou à l'adresse que la caisse connaît."
                .to_owned(),
        );
    } else if rule.channels.contains(&Channel::Sms) {
        lines.push(
            "Un code de vérification a été envoyé à votre numéro de téléphone. Saisissez-le pour finaliser l'enregistrement de votre profil."
                .to_owned(),
        );
        if rule.channels.contains(&Channel::Email) {
            lines.push(
                "Ce code vous est également envoyé sur votre e-mail. Vérifiez votre e-mail en cas de non-réception du SMS."
                    .to_owned(),
            );
        }
    } else {
        lines.push("Un code de vérification a été envoyé sur votre e-mail.".to_owned());
    }
    lines.push(format!("Le code de vérification est valide pour une durée de {}.", life(rule)));
    lines
}

/// A contact as whoever typed it recognises it, and somebody who looks over his shoulder does not.
fn masked(text: &str) -> String {
    let (start, end) = match text.split_once('@') {
        Some((local, domain)) => (local.chars().take(2).collect::<String>(), format!("@{domain}")),
        None => {
            let last = text.chars().count().saturating_sub(2);
            (text.chars().take(4).collect(), text.chars().skip(last).collect())
        }
    };
    format!("{start}•••{end}")
}

fn sent_to(challenge: &Challenge, rule: &CodeRule) -> Vec<Fact> {
    if !matches!(challenge.purpose, Purpose::SignUp(_)) {
        return Vec::new();
    }
    let contacts = challenge.contacts(&rule.channels);
    let phone = contacts.phone.map(|phone| Fact::new("Téléphone", masked(phone.as_str())));
    let email = contacts.email.map(|email| Fact::new("Adresse e-mail", masked(email.as_str())));
    phone.into_iter().chain(email).collect()
}

impl VerificationPage {
    fn of(shell: Shell, challenge: &Challenge, rule: &CodeRule) -> Self {
        let signing_up = matches!(challenge.purpose, Purpose::SignUp(_));
        let contact = |kind: Channel, there: bool| {
            let field = match kind {
                Channel::Sms => {
                    Field::new("phone", "Autre numéro de téléphone").kind("tel").autocomplete("tel")
                }
                Channel::Email => {
                    Field::new("email", "Autre adresse e-mail").kind("email").autocomplete("email")
                }
            };
            there.then(|| field.hint("Laissez vide pour garder celui que vous avez saisi"))
        };
        let contacts = [
            contact(Channel::Sms, signing_up && challenge.phone.is_some()),
            contact(Channel::Email, signing_up && challenge.email.is_some()),
        ];
        Self {
            shell,
            errors: Vec::new(),
            lead: lead(&challenge.purpose, rule),
            sent_to: sent_to(challenge, rule),
            action: format!("/verification/{}", challenge.id.0),
            code: code_field(rule.digits),
            button: rule.button.as_deref().unwrap_or("Valider").to_owned(),
            open: challenge.state == ChallengeState::Open,
            again: if signing_up { "/inscription" } else { "/mot-de-passe-oublie" },
            contacts: contacts.into_iter().flatten().collect(),
            correcting: false,
        }
    }

    /// Sample page, after a wrong code.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rule = sample::togo().access.expect("says how").code;
        let mut page =
            Self::of(sample::public("Validation", "/inscription", &[]), &sample_challenge(), &rule);
        page.lead = lead(&Purpose::SignUp(Box::new(sample_application())), &rule);
        page.sent_to = vec![Fact::new("Téléphone", masked("+22890112233"))];
        page.contacts = vec![Field::new("phone", "Autre numéro de téléphone").kind("tel")];
        page.refuse("code", "Ce code n'est pas le bon.".to_owned());
        page
    }

    /// Sample page of a recovery, after too many wrong codes.
    #[cfg(test)]
    pub fn sample_closed() -> Self {
        let rule = sample::togo().access.expect("says how").code;
        let mut page =
            Self::of(sample::public("Validation", "/inscription", &[]), &sample_challenge(), &rule);
        page.open = false;
        page
    }
}

#[cfg(test)]
fn sample_application() -> cnss_core::account::sign_up::Application {
    cnss_core::account::sign_up::Application {
        way: "insured".into(),
        subject: None,
        holder: None,
        login: None,
        password_hash: String::new(),
        accepted: None,
        told: Vec::new(),
    }
}

#[cfg(test)]
fn sample_challenge() -> Challenge {
    let rule = sample::togo().access.expect("says how").code;
    let now = DateTime::UNIX_EPOCH;
    let entropy = cnss_core::decision::Entropy::new([0; 32]);
    let at = cnss_core::decision::Moment { now, today: now.date_naive(), entropy };
    let source = cnss_core::account::Source([0; 8]);
    Challenge::open(Purpose::Recover(None), (None, None), source, &rule, &at)
}

/// What was just done, for the page to say.
#[derive(Default, Deserialize)]
pub(crate) struct Done {
    /// `faux`, `renvoye`, `corrige`, `attendre`, `trop`.
    etat: Option<String>,
}

async fn challenge(portal: &Portal, id: &str) -> Result<Challenge, DeskError> {
    let id: uuid::Uuid = id.parse().map_err(|_| Refusal::NotFound)?;
    let found = portal.desk().challenge(ChallengeId(id)).await?;
    // Another address of one's own account is proved in one's own space.
    if matches!(found.purpose, Purpose::Contact(_)) { Err(Refusal::NotFound.into()) } else { Ok(found) }
}

/// Where a challenge whose code was right leads, if it was.
fn beyond(challenge: &Challenge) -> Option<String> {
    let proved = matches!(challenge.state, ChallengeState::Confirmed | ChallengeState::Spent);
    proved.then(|| match &challenge.purpose {
        Purpose::SignUp(application) => format!("/inscription/{}/suite", application.way),
        Purpose::Recover(_) if challenge.state == ChallengeState::Spent => super::recovery::DONE.to_owned(),
        Purpose::Recover(_) | Purpose::Contact(_) => format!("/mot-de-passe-oublie/{}", challenge.id.0),
    })
}

async fn problem(portal: &Portal, headers: &HeaderMap, stopped: Stopped) -> PageProblem {
    let visitor = Visitor::find(headers, portal).await.ok();
    PageProblem::stopped(portal, visitor.as_ref(), &stopped)
}

fn seconds_left(challenge: &Challenge, rule: &CodeRule, now: DateTime<Utc>) -> i64 {
    let next = challenge.sent_at + TimeDelta::seconds(rule.resend_pause_seconds.into());
    next.signed_duration_since(now.max(challenge.sent_at)).num_seconds().max(0)
}

async fn blank(portal: &Portal, headers: &HeaderMap, challenge: &Challenge) -> VerificationPage {
    let shell = portal.shell_for(headers, "Validation", "/inscription").await;
    VerificationPage::of(shell, challenge, &portal.desk().rules().code)
}

/// `GET /verification/{id}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Query(Done { etat }): Query<Done>,
    headers: HeaderMap,
) -> PageResult {
    let challenge = match challenge(&portal, &id).await {
        Ok(challenge) => challenge,
        Err(error) => return Err(problem(&portal, &headers, error.into()).await),
    };
    if let Some(to) = beyond(&challenge) {
        return Ok(Redirect::to(&to).into_response());
    }
    let (rule, now) = (&portal.desk().rules().code, portal.moment().now);
    let mut page = blank(&portal, &headers, &challenge).await;
    let say = |refusal: &Refusal| {
        let (title, advice) = portal.words().refusal(refusal);
        format!("{title}. {advice}")
    };
    let mut told = |tone, title: &str, text: &str| page.shell.notices.push(Notice::new(tone, title, text));
    match etat.as_deref() {
        Some("renvoye") => told(Tone::Success, "Le code a été renvoyé", "Il arrive dans un instant."),
        Some("corrige") => {
            told(Tone::Success, "Un nouveau code a été envoyé", "Le code précédent ne sert plus.")
        }
        Some("attendre") => {
            let left = seconds_left(&challenge, rule, now);
            let text = format!("Patientez {left} secondes avant d'en demander un autre.");
            let text = if left > 0 { text } else { "Vous pouvez en demander un autre.".to_owned() };
            told(Tone::Warning, "Un code vient d'être envoyé", &text);
        }
        Some("trop") => {
            let (title, advice) = portal.words().refusal(&Refusal::TooManyMessages);
            told(Tone::Warning, &title, &advice);
        }
        Some("vide") => page.refuse("code", "Saisissez le code que vous avez reçu.".to_owned()),
        Some("faux") if challenge.attempts > 0 && page.open => {
            let left = rule.attempts_most.saturating_sub(challenge.attempts);
            page.refuse("code", say(&Refusal::CodeWrong { left }));
        }
        _ => {}
    }
    if !page.open {
        page.errors.push(Fault::new("", say(&Refusal::CodeClosed)));
    } else if challenge.expired(now) {
        page.errors.push(Fault::new("", say(&Refusal::CodeExpired)));
    }
    Ok(send(&page))
}

/// A code, as it was typed.
#[derive(Deserialize)]
pub(crate) struct TypedCode {
    #[serde(default)]
    code: String,
}

/// The code was typed: what it was for is done.
async fn confirm(portal: &Portal, challenge: &Challenge, typed: &str) -> Result<Activation, Stopped> {
    let (desk, key) = (portal.desk(), portal.code_key());
    match &challenge.purpose {
        Purpose::SignUp(application) => {
            let sent =
                desk.access()?.way(&application.way).is_some_and(|way| way.password == PasswordFrom::Sent);
            // Whether anybody gets it is not known yet: one is made for everybody who comes by this way.
            let first = match sent {
                true => {
                    portal.inner.passwords.hash(key.first_password(challenge.id).reveal().to_owned()).await?
                }
                false => String::new(),
            };
            Ok(desk.confirm_sign_up(challenge.id, typed, key, &first, &portal.moment()).await?)
        }
        Purpose::Recover(_) => {
            desk.confirm_recovery(challenge.id, typed, key, &portal.moment()).await?;
            Ok(Activation::Code)
        }
        Purpose::Contact(_) => Err(Refusal::NotFound.into()),
    }
}

/// `POST /verification/{id}`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<TypedCode>,
) -> PageResult {
    let found = match challenge(&portal, &id).await {
        Ok(challenge) => challenge,
        Err(error) => return Err(problem(&portal, &headers, error.into()).await),
    };
    let here = format!("/verification/{}", found.id.0);
    // Nothing typed is no try.
    if typed.code.trim().is_empty() {
        return Ok(Redirect::to(&format!("{here}?etat=vide")).into_response());
    }
    let to = match confirm(&portal, &found, &typed.code).await {
        Ok(_) => {
            let proved = Challenge { state: ChallengeState::Confirmed, ..found };
            beyond(&proved).unwrap_or(here)
        }
        // The page itself says that it is closed, or too late.
        Err(Stopped::Desk(DeskError::Refused(
            Refusal::CodeWrong { .. } | Refusal::CodeClosed | Refusal::CodeExpired,
        ))) => format!("{here}?etat=faux"),
        Err(stopped) => return Err(problem(&portal, &headers, stopped).await),
    };
    Ok(Redirect::to(&to).into_response())
}

/// Where a code that was asked again leads.
fn sent_again(answer: Result<(), DeskError>, done: &'static str) -> Result<&'static str, DeskError> {
    match answer {
        Ok(()) => Ok(done),
        Err(DeskError::Refused(Refusal::WaitToResend { .. })) => Ok("attendre"),
        Err(DeskError::Refused(Refusal::TooManyMessages)) => Ok("trop"),
        Err(DeskError::Refused(Refusal::CodeClosed)) => Ok("ferme"),
        Err(error) => Err(error),
    }
}

/// `POST /verification/{id}/renvoi`.
pub(crate) async fn resend(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    let again = async {
        let found = challenge(&portal, &id).await?;
        let answer = portal.desk().send_code_again(found.id, None, &portal.moment()).await;
        Ok(format!("/verification/{}?etat={}", found.id.0, sent_again(answer, "renvoye")?))
    };
    match again.await {
        Ok(to) => Ok(Redirect::to(&to).into_response()),
        Err(error) => Err(problem(&portal, &headers, Stopped::Desk(error)).await),
    }
}

/// The contacts after a correction: what is empty stays as it was.
fn corrected(
    portal: &Portal,
    challenge: &Challenge,
    (phone, email): (&str, &str),
) -> Result<(Option<Email>, Option<Phone>), Refusal> {
    let mut faults = Vec::new();
    let mut new = (challenge.email.clone(), challenge.phone.clone());
    // A contact that the way does not ask for is not added afterwards.
    if !phone.trim().is_empty() && challenge.phone.is_some() {
        match portal.desk().fund().mobile(phone) {
            Ok(phone) => new.1 = Some(phone),
            Err(error) => faults.push(Wrong::field("phone", FaultKind::Phone(error.code()))),
        }
    }
    if !email.trim().is_empty() && challenge.email.is_some() {
        match Email::parse(email) {
            Ok(email) => new.0 = Some(email),
            Err(_) => faults.push(Wrong::field("email", FaultKind::NotAnEmail)),
        }
    }
    if faults.is_empty() && new == (challenge.email.clone(), challenge.phone.clone()) {
        faults.push(Wrong::field("phone", FaultKind::Missing));
    }
    if faults.is_empty() { Ok(new) } else { Err(Refusal::Invalid(faults)) }
}

/// `POST /verification/{id}/correction`.
pub(crate) async fn correct(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> PageResult {
    let found = match challenge(&portal, &id).await {
        Ok(challenge) => challenge,
        Err(error) => return Err(problem(&portal, &headers, error.into()).await),
    };
    // The contacts of an account are not corrected by who forgot its password, known or not.
    if !matches!(found.purpose, Purpose::SignUp(_)) {
        return Err(problem(&portal, &headers, Refusal::NotAllowed.into()).await);
    }
    let text = |name: &str| typed.get(name).map(String::as_str).unwrap_or_default();
    match corrected(&portal, &found, (text("phone"), text("email"))) {
        Ok(new) => {
            let answer = portal.desk().send_code_again(found.id, Some(new), &portal.moment()).await;
            match sent_again(answer, "corrige") {
                Ok(done) => {
                    Ok(Redirect::to(&format!("/verification/{}?etat={done}", found.id.0)).into_response())
                }
                Err(error) => Err(problem(&portal, &headers, error.into()).await),
            }
        }
        Err(refusal) => {
            let mut page = blank(&portal, &headers, &found).await;
            page.correcting = true;
            for field in &mut page.contacts {
                field.value = text(&field.name).chars().filter(|c| !c.is_control()).take(200).collect();
            }
            for fault in refusal.faults().map(|(faults, _)| faults).unwrap_or_default() {
                page.refuse(&fault.path(), portal.words().fault(fault));
            }
            Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// A code that was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChallengeBody {
    /// To be named in what follows.
    challenge: String,
    /// How many digits the code has.
    #[schema(example = 6)]
    digits: u8,
    /// Until when it is good.
    #[schema(example = "2026-11-21T10:30:12Z")]
    expires_at: String,
    /// From when it can be sent again.
    #[schema(example = "2026-11-21T09:31:12Z")]
    resend_from: String,
}

impl ChallengeBody {
    /// What is told of a challenge: nothing that depends on whether anybody has an account.
    pub(crate) async fn of(portal: &Portal, id: ChallengeId) -> Result<Self, JsonProblem> {
        let challenge = portal.desk().challenge(id).await.map_err(in_json(portal))?;
        let rule = &portal.desk().rules().code;
        let again = challenge.sent_at + TimeDelta::seconds(rule.resend_pause_seconds.into());
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        Ok(Self {
            challenge: id.0.to_string(),
            digits: rule.digits,
            expires_at: text(challenge.expires_at),
            resend_from: text(again),
        })
    }
}

/// A code, as it was typed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct CodeBody {
    #[schema(example = "042 137")]
    code: String,
}

/// What follows a right code.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmedBody {
    /// `sign_up` or `recover`.
    #[schema(example = "sign_up")]
    purpose: &'static str,
    /// Of a sign-up: `code` when the account may be used at once, `agent` once an agent has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    activation: Option<&'static str>,
}

/// Confirms a code. Right twice, it is answered twice and carried out once.
#[utoipa::path(post, path = "/api/v1/codes/{challenge}/confirmation", operation_id = "confirm_code", tag = "Compte",
    params(("challenge" = String, Path, description = "The challenge that was answered")), request_body = CodeBody,
    responses((status = 200, body = ConfirmedBody), (status = 404, body = crate::problem::Problem),
        (status = 409, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem)))]
pub(crate) async fn confirm_json(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<axum::Json<ConfirmedBody>, JsonProblem> {
    let code = body.fields().text("code");
    let code = body.done(code).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let found = challenge(&portal, &id).await.map_err(in_json(&portal))?;
    let activation = confirm(&portal, &found, &code).await.map_err(stopped_json(&portal))?;
    let activation = matches!(found.purpose, Purpose::SignUp(_)).then(|| activation.code());
    Ok(axum::Json(ConfirmedBody { purpose: found.purpose.code(), activation }))
}

/// To whom the code goes now; left out, it goes where it went.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct SendingBody {
    #[schema(example = "90112233")]
    phone: Option<String>,
    #[schema(example = "afi@exemple.tg")]
    email: Option<String>,
}

/// Sends a code again, or to a corrected phone or address while a sign-up is not confirmed.
#[utoipa::path(post, path = "/api/v1/codes/{challenge}/sendings", operation_id = "send_code", tag = "Compte",
    params(("challenge" = String, Path, description = "The challenge that was answered")), request_body = SendingBody,
    responses((status = 202, body = ChallengeBody), (status = 404, body = crate::problem::Problem),
        (status = 409, body = crate::problem::Problem), (status = 422, body = crate::problem::Problem),
        (status = 429, body = crate::problem::Problem)))]
pub(crate) async fn send_json(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<(StatusCode, axum::Json<ChallengeBody>), JsonProblem> {
    let say = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let mut fields = body.fields();
    let (phone, email) = (fields.optional_text("phone"), fields.optional_text("email"));
    body.done(Some(())).map_err(say)?;
    let found = challenge(&portal, &id).await.map_err(in_json(&portal))?;
    let new = match (phone, email) {
        (None, None) => None,
        _ if !matches!(found.purpose, Purpose::SignUp(_)) => return Err(say(Refusal::NotAllowed)),
        (phone, email) => {
            let typed = (phone.unwrap_or_default(), email.unwrap_or_default());
            Some(corrected(&portal, &found, (&typed.0, &typed.1)).map_err(say)?)
        }
    };
    portal.desk().send_code_again(found.id, new, &portal.moment()).await.map_err(in_json(&portal))?;
    Ok((StatusCode::ACCEPTED, axum::Json(ChallengeBody::of(&portal, found.id).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_recognised_and_not_read() {
        assert_eq!(masked("+22890112233"), "+228•••33");
        assert_eq!(masked("afi.kpade@exemple.tg"), "af•••@exemple.tg");
        assert_eq!(masked("a@b.tg"), "a•••@b.tg");
    }
}
