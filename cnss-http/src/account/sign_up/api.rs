//! `/api/v1/sign-up`: the same for programs.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cnss_core::fund::{Ask, AskField, Way};
use cnss_core::refusal::{FaultKind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::{begin, way};
use crate::account::charter::CharterBody;
use crate::account::rules::rules_of;
use crate::account::verification::ChallengeBody;
use crate::body::Body;
use crate::origin::Origin;
use crate::portal::Portal;
use crate::problem::{JsonProblem, stopped_json};

/// How people come to have an account with this fund.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignUpBody {
    ways: Vec<WayBody>,
    /// What a chosen password must be.
    password: Vec<RuleBody>,
    /// The text to be accepted, where a way asks for it.
    charter: Option<CharterBody>,
}

/// A way in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WayBody {
    #[schema(example = "insured")]
    code: String,
    #[schema(example = "Assuré")]
    label: String,
    fields: Vec<FieldBody>,
    /// `terms` must come with the digest of the charter.
    terms: bool,
    /// `code`: the account is open once the code is right; `agent`: once an agent has looked at it.
    #[schema(example = "agent")]
    activation: &'static str,
    /// `chosen` in the form, or `sent` and to be changed first.
    #[schema(example = "chosen")]
    password: &'static str,
}

/// A field of a way in.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldBody {
    #[schema(example = "insured_number")]
    name: &'static str,
    #[schema(example = "N° Immatriculation (Assuré)")]
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    required: bool,
}

/// A rule of passwords.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleBody {
    #[schema(example = "password_too_short")]
    code: &'static str,
    #[schema(example = "8 caractères au moins")]
    text: String,
}

/// Lists the ways in, with their fields, in the fund's own words.
#[utoipa::path(get, path = "/api/v1/sign-up", operation_id = "list_ways", tag = "Compte",
    responses((status = 200, body = SignUpBody), (status = 404, body = crate::problem::Problem)))]
pub(crate) async fn ways(State(portal): State<Portal>) -> Result<axum::Json<SignUpBody>, JsonProblem> {
    let rules = portal.desk().access().map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let field = |ask: &Ask| FieldBody {
        name: ask.field.code(),
        label: ask.label.to_string(),
        hint: ask.hint.as_ref().map(ToString::to_string),
        required: !ask.optional,
    };
    let way = |way: &Way| WayBody {
        code: way.code.to_string(),
        label: way.label.to_string(),
        fields: way.fields().filter(|ask| ask.field != AskField::Terms).map(field).collect(),
        terms: way.charter_before || way.asks(AskField::Terms),
        activation: way.activation.code(),
        password: way.password.code(),
    };
    let password = rules_of(&rules.password).into_iter();
    Ok(axum::Json(SignUpBody {
        ways: rules.ways.iter().map(way).collect(),
        password: password.map(|rule| RuleBody { code: rule.code, text: rule.text }).collect(),
        charter: CharterBody::in_force(&portal),
    }))
}

/// What is typed to sign up: the fields of the way, by name, as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct WishBody {
    #[schema(example = "710040")]
    insured_number: Option<String>,
    #[schema(example = "afi@exemple.tg")]
    email: String,
    #[schema(example = "90112233")]
    phone: Option<String>,
    password: Option<String>,
    password_again: Option<String>,
    /// The digest of the charter that was read, where the way asks for it.
    terms: Option<String>,
    /// A UUID of the caller's: the same wish sent twice with it begins one sign-up.
    request: Option<String>,
}

/// Begins a sign-up: a code goes to what was typed. The answer says nothing of the register.
#[utoipa::path(post, path = "/api/v1/sign-up/{way}", operation_id = "sign_up", tag = "Compte",
    params(("way" = String, Path, description = "Code of the way", example = "insured")), request_body = WishBody,
    responses((status = 202, body = ChallengeBody), (status = 404, body = crate::problem::Problem),
        (status = 422, body = crate::problem::Problem), (status = 429, body = crate::problem::Problem),
        (status = 503, body = crate::problem::Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    origin: Origin,
    mut body: Body,
) -> Result<(StatusCode, axum::Json<ChallengeBody>), JsonProblem> {
    let say = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let way = way(&portal, &code).map_err(say)?;
    let mut typed = BTreeMap::new();
    let mut fields = body.fields();
    let names = way.fields().map(|ask| ask.field.code()).chain(["terms", "request"]);
    for name in names {
        match fields.raw(name) {
            Some(serde_json::Value::String(text)) => {
                typed.insert(name.to_owned(), text);
            }
            Some(_) => fields.fault(name, FaultKind::NotAllowed { allowed: "texte".to_owned() }),
            None => {}
        }
    }
    body.done(Some(())).map_err(say)?;
    // A program repeats no field that is there for slips of the finger.
    if let (Some(chosen), true) = (typed.get("password").cloned(), way.asks(AskField::PasswordAgain)) {
        typed.entry("password_again".to_owned()).or_insert(chosen);
    }
    let id = begin(&portal, way, &typed, &origin).await.map_err(stopped_json(&portal))?;
    Ok((StatusCode::ACCEPTED, axum::Json(ChallengeBody::of(&portal, id).await?)))
}
