//! `/compte/coordonnees`: another address or another phone, proved by a code that goes there.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::{Form, Json};
use cnss_core::account::{Challenge, Purpose};
use cnss_core::desk::{DeskError, Present};
use cnss_core::id::ChallengeId;
use cnss_core::person::{Email, Phone};
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act_refused;
use super::form_page::FormPage;
use super::own::OnlyToken;
use super::second_factor::confirm_first;
use crate::body::Body;
use crate::form::{Fault, Field};
use crate::origin::Origin;
use crate::page::{PageProblem, PageResult, on_page, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json, status};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Link, Shell};

/// The path of the page.
const PATH: &str = "/compte/coordonnees";

/// « Mes coordonnées »: two forms, of which one is sent.
#[derive(askama::Template)]
#[template(path = "account/contacts.html")]
pub struct ContactsPage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// The address that is known.
    pub email_now: String,
    /// The phone that is known.
    pub phone_now: String,
    /// « Nouvelle adresse ».
    pub email: Field,
    /// « Nouveau téléphone ».
    pub phone: Field,
}

impl ContactsPage {
    fn of(shell: Shell, email_now: String, phone_now: String) -> Self {
        Self {
            shell,
            errors: Vec::new(),
            email_now,
            phone_now,
            email: Field::new("email", "Nouvelle adresse électronique")
                .kind("email")
                .autocomplete("email")
                .required(),
            phone: Field::new("phone", "Nouveau téléphone portable")
                .kind("tel")
                .inputmode("tel")
                .autocomplete("tel")
                .required(),
        }
    }

    fn refuse(&mut self, name: &str, why: String) {
        self.errors.push(Fault::new(format!("#{name}"), why.clone()));
        let field = if name == "phone" { &mut self.phone } else { &mut self.email };
        field.error = Some(why);
    }

    /// Sample page, after a refusal.
    #[cfg(test)]
    pub fn sample() -> Self {
        let shell = sample::insured("Mes coordonnées", "/compte", &[("Mon compte", "/compte")]);
        let mut page = Self::of(shell, "ama@exemple.tg".into(), "+228 90 12 34 56".into());
        page.refuse("phone", "Saisissez un numéro de téléphone portable.".into());
        page
    }
}

fn blank(portal: &Portal, visitor: &Visitor) -> ContactsPage {
    let account = &visitor.present.account;
    let mut shell = portal.shell_of(visitor, "Mes coordonnées", "/compte", None);
    shell.trail.push(Link::new("Mon compte", "/compte"));
    ContactsPage::of(
        shell,
        account.email.as_ref().map_or_else(|| "aucune".to_owned(), ToString::to_string),
        account.phone.as_ref().map_or_else(|| "aucun".to_owned(), |phone| phone.as_str().to_owned()),
    )
}

/// `GET /compte/coordonnees`: who proved who he is long ago does so first, before typing anything.
pub(crate) async fn page(State(portal): State<Portal>, visitor: Visitor) -> PageResult {
    let fresh = visitor.present.session.fresh(&portal.desk().rules().session, portal.moment().now);
    if !fresh {
        return Ok(confirm_first(PATH));
    }
    Ok(send(&blank(&portal, &visitor)))
}

/// What was typed: one of the two.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
}

/// An address and a phone, of which one is given.
type OneOf = (Option<Email>, Option<Phone>);

/// Reads the one that was typed.
fn read(portal: &Portal, email: Option<&str>, phone: Option<&str>) -> Result<OneOf, Refusal> {
    let wrong = |name: &str, kind, given: &str| {
        let fault = CoreFault::field(name, kind);
        Refusal::Invalid(vec![if given.is_empty() { fault } else { fault.given(given) }])
    };
    match (email.map(str::trim), phone.map(str::trim)) {
        (Some(""), None) => Err(wrong("email", FaultKind::Missing, "")),
        (None, Some("")) => Err(wrong("phone", FaultKind::Missing, "")),
        (Some(text), None) => match Email::parse(text) {
            Ok(email) => Ok((Some(email), None)),
            Err(_) => Err(wrong("email", FaultKind::NotAnEmail, &short(text))),
        },
        (None, Some(text)) => match portal.desk().fund().mobile(text) {
            Ok(phone) => Ok((None, Some(phone))),
            Err(error) => Err(wrong("phone", FaultKind::Phone(error.code()), &short(text))),
        },
        _ => Err(Refusal::NothingChanged),
    }
}

fn short(text: &str) -> String {
    text.chars().take(254).collect()
}

/// `POST /compte/coordonnees`: sends a code to the new address or phone.
pub(crate) async fn begin(
    State(portal): State<Portal>,
    visitor: Visitor,
    origin: Origin,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let name = if typed.phone.is_some() { "phone" } else { "email" };
    let begun = match read(&portal, typed.email.as_deref(), typed.phone.as_deref()) {
        Ok(new) => portal.desk().new_contact(&visitor.present, new, origin.source, &portal.moment()).await,
        Err(refusal) => Err(refusal.into()),
    };
    let refusal = match begun {
        Ok(id) => return Ok(Redirect::to(&format!("{PATH}/{}", id.0)).into_response()),
        Err(DeskError::Refused(refusal @ (Refusal::Invalid(_) | Refusal::TooManyMessages))) => refusal,
        Err(error) => return act_refused(&portal, &visitor, &error, PATH),
    };
    let mut page = blank(&portal, &visitor);
    page.email.value = typed.email.as_deref().map(short).unwrap_or_default();
    page.phone.value = typed.phone.as_deref().map(short).unwrap_or_default();
    let why = match &refusal {
        Refusal::Invalid(faults) => {
            faults.first().map(|fault| portal.words().fault(fault)).unwrap_or_default()
        }
        other => {
            let (title, advice) = portal.words().refusal(other);
            format!("{title}. {advice}")
        }
    };
    page.refuse(name, why);
    Ok(send_with(status(&refusal), &page))
}

/// The challenge in an address.
#[derive(Deserialize)]
pub(crate) struct ChallengePath {
    id: uuid::Uuid,
}

/// The challenge of one's own account; somebody else's is not there.
async fn own_challenge(portal: &Portal, present: &Present, id: ChallengeId) -> Result<Challenge, DeskError> {
    let challenge = portal.desk().challenge(id).await?;
    let own = challenge.purpose == Purpose::Contact(present.account.id);
    if own { Ok(challenge) } else { Err(Refusal::NotFound.into()) }
}

fn code_page(portal: &Portal, visitor: &Visitor, challenge: &Challenge) -> FormPage {
    let mut shell = portal.shell_of(visitor, "Confirmez votre nouveau contact", "/compte", None);
    shell.trail.extend([Link::new("Mon compte", "/compte"), Link::new("Mes coordonnées", PATH)]);
    let to = match (&challenge.email, &challenge.phone) {
        (Some(email), _) => email.to_string(),
        (None, Some(phone)) => phone.as_str().to_owned(),
        (None, None) => String::new(),
    };
    let id = challenge.id.0;
    let rule = portal.desk().rules();
    let digits = rule.code.digits;
    let mut page = FormPage::new(shell, format!("{PATH}/{id}"), "Confirmer")
        .lead(format!(
            "Nous avons envoyé un code à {to}. Saisissez-le pour que ce contact devienne le vôtre."
        ))
        .field(
            Field::new("code", "Code de validation")
                .required()
                .inputmode("numeric")
                .autocomplete("one-time-code")
                .hint(format!("{digits} chiffres.")),
        )
        .link("Ce n'est pas le bon contact", PATH);
    page.beside.push(Link::new("Renvoyer le code", format!("{PATH}/{id}/renvoi")));
    page
}

/// Sample page of a code.
#[cfg(test)]
pub fn code_sample() -> FormPage {
    let shell = sample::insured("Confirmez votre nouveau contact", "/compte", &[("Mon compte", "/compte")]);
    let mut page = FormPage::new(shell, PATH, "Confirmer")
        .lead(
            "Nous avons envoyé un code à ama@exemple.tg. Saisissez-le pour que ce contact devienne le vôtre.",
        )
        .field(Field::new("code", "Code de validation").required());
    page.beside.push(Link::new("Renvoyer le code", PATH));
    page.refuse("code", "Ce code n'est pas le bon.");
    page
}

/// `GET /compte/coordonnees/{id}`.
pub(crate) async fn code(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<ChallengePath>,
    headers: axum::http::HeaderMap,
) -> PageResult {
    let challenge = own_challenge(&portal, &visitor.present, ChallengeId(path.id)).await;
    let challenge = challenge.map_err(on_page(&portal, &visitor))?;
    let mut page = code_page(&portal, &visitor, &challenge);
    said::tell(&headers, &mut page.shell);
    Ok(said::told(&headers, &portal, send(&page)))
}

/// A code that was typed.
#[derive(Deserialize)]
pub(crate) struct TypedCode {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
}

/// The page again, with why the code or its sending was refused.
fn code_refused(portal: &Portal, visitor: &Visitor, challenge: &Challenge, error: DeskError) -> PageResult {
    let DeskError::Refused(
        refusal @ (Refusal::CodeWrong { .. }
        | Refusal::CodeExpired
        | Refusal::CodeClosed
        | Refusal::WaitToResend { .. }
        | Refusal::TooManyMessages),
    ) = error
    else {
        return Err(on_page(portal, visitor)(error));
    };
    let (title, advice) = portal.words().refusal(&refusal);
    let mut page = code_page(portal, visitor, challenge);
    page.refuse("code", format!("{title}. {advice}"));
    Ok(send_with(status(&refusal), &page))
}

/// `POST /compte/coordonnees/{id}`: a code that is sent twice is right twice.
pub(crate) async fn confirm(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<ChallengePath>,
    Form(typed): Form<TypedCode>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let challenge = own_challenge(&portal, &visitor.present, ChallengeId(path.id)).await;
    let challenge = challenge.map_err(on_page(&portal, &visitor))?;
    if typed.code.trim().is_empty() {
        let mut page = code_page(&portal, &visitor, &challenge);
        page.refuse("code", super::second_factor::MISSING);
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let (present, at) = (&visitor.present, portal.moment());
    match portal.desk().confirm_contact(present, challenge.id, &typed.code, portal.code_key(), &at).await {
        Ok(()) => Ok(Said::Contact.at(&portal, "/compte")),
        Err(error) => code_refused(&portal, &visitor, &challenge, error),
    }
}

/// `POST /compte/coordonnees/{id}/renvoi`.
pub(crate) async fn again(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<ChallengePath>,
    Form(form): Form<OnlyToken>,
) -> Result<axum::response::Response, PageProblem> {
    visitor.must_have_sent(&form.csrf, &portal)?;
    let challenge = own_challenge(&portal, &visitor.present, ChallengeId(path.id)).await;
    let challenge = challenge.map_err(on_page(&portal, &visitor))?;
    match portal.desk().send_code_again(challenge.id, None, &portal.moment()).await {
        Ok(()) => Ok(Said::CodeAgain.at(&portal, &format!("{PATH}/{}", path.id))),
        Err(error) => code_refused(&portal, &visitor, &challenge, error),
    }
}

/// Another address or another phone: one of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ContactBody {
    email: Option<String>,
    #[schema(example = "+22890123456")]
    phone: Option<String>,
}

/// A code was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactAnswer {
    /// What the code is confirmed under.
    id: String,
}

/// Asks for another address or phone: a code goes there.
#[utoipa::path(post, path = "/api/v1/account/contacts", operation_id = "new_contact", tag = "Mon compte", request_body = ContactBody, security(("token" = [])),
    responses((status = 202, body = ContactAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn begin_json(
    State(portal): State<Portal>,
    caller: Caller,
    origin: Origin,
    mut body: Body,
) -> Result<(StatusCode, Json<ContactAnswer>), JsonProblem> {
    let fail = in_json(&portal);
    let mut fields = body.fields();
    let (email, phone) = (fields.optional_text("email"), fields.optional_text("phone"));
    let new = body.done(Some((email, phone))).and_then(|(email, phone)| {
        if email.is_none() && phone.is_none() {
            return Err(Refusal::Invalid(vec![
                CoreFault::field("email", FaultKind::Missing),
                CoreFault::field("phone", FaultKind::Missing),
            ]));
        }
        read(&portal, email.as_deref(), phone.as_deref())
    });
    let new = new.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let at = portal.moment();
    let id = portal.desk().new_contact(&caller.present, new, origin.source, &at).await.map_err(fail)?;
    Ok((StatusCode::ACCEPTED, Json(ContactAnswer { id: id.0.to_string() })))
}

/// A code.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct CodeBody {
    #[schema(example = "482913")]
    code: String,
}

/// Confirms another address or phone with the code that went there.
#[utoipa::path(post, path = "/api/v1/account/contacts/{id}/confirmation", operation_id = "confirm_contact", tag = "Mon compte", request_body = CodeBody,
    params(("id" = String, Path, description = "What the code is confirmed under")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn confirm_json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<ChallengePath>,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let fail = in_json(&portal);
    let code = body.fields().text("code");
    let code = body.done(code).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let challenge = own_challenge(&portal, &caller.present, ChallengeId(path.id)).await.map_err(&fail)?;
    let (present, at) = (&caller.present, portal.moment());
    portal
        .desk()
        .confirm_contact(present, challenge.id, &code, portal.code_key(), &at)
        .await
        .map_err(fail)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends the code again.
#[utoipa::path(post, path = "/api/v1/account/contacts/{id}/resend", operation_id = "resend_contact_code", tag = "Mon compte",
    params(("id" = String, Path, description = "What the code is confirmed under")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn again_json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<ChallengePath>,
) -> Result<StatusCode, JsonProblem> {
    let fail = in_json(&portal);
    let challenge = own_challenge(&portal, &caller.present, ChallengeId(path.id)).await.map_err(&fail)?;
    portal.desk().send_code_again(challenge.id, None, &portal.moment()).await.map_err(fail)?;
    Ok(StatusCode::NO_CONTENT)
}
