//! `POST /api/v1/identifiers/check`: whether a number, a paper or a phone is well formed.

use axum::Json;
use axum::extract::State;
use cnss_core::fund::{IdentifierError, IdentifierRules, Status};
use cnss_core::refusal::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, QuestionBody};

/// A number as somebody typed it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct CheckBody {
    /// Code of the fund.
    #[schema(example = "ma")]
    fund: String,
    /// The kind of number: `insured_number`, `national_id`, `phone.mobile` …
    #[schema(example = "insured_number")]
    code: String,
    /// Spaces, hyphens and dots do not matter.
    #[schema(example = "12 34 56 785")]
    value: String,
}

/// What the fund says of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckAnswer {
    #[schema(example = "ma")]
    fund: String,
    #[schema(example = "insured_number")]
    code: String,
    /// The kind of number, in the jurist's words.
    #[schema(example = "Numéro d'immatriculation")]
    label: String,
    valid: bool,
    /// The number in its plain form; null when it is not valid.
    #[schema(example = "123456785")]
    value: Option<String>,
    /// `format` or `check_digit`; null when it is valid.
    #[schema(example = json!(null))]
    error: Option<&'static str>,
    /// What is wrong, in French; null when it is valid.
    #[schema(example = json!(null))]
    message: Option<String>,
    /// Its own meaning, when it is one of the fund's special values.
    #[schema(example = json!(null))]
    meaning: Option<String>,
    /// Where the format was read.
    source: String,
    /// How sure we are: `verified`, `secondary` or `unverified`.
    #[schema(value_type = String, example = "secondary")]
    status: Status,
    /// What is not settled about the format.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<QuestionBody>,
}

/// The codes of a fund's numbers and phones.
pub(crate) fn codes(rules: &IdentifierRules) -> Vec<String> {
    let numbers = rules.identifiers.iter().map(|number| number.code.to_string());
    numbers.chain(rules.phones.iter().map(|phone| format!("phone.{}", phone.code))).collect()
}

/// Checks the format and the check digit of a number.
#[utoipa::path(post, path = "/api/v1/identifiers/check", operation_id = "check_identifier", tag = "Caisses", request_body = CheckBody,
    responses((status = 200, body = CheckAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<Json<CheckAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let fund = fields.code("fund", portal.fund_codes()).and_then(|code| portal.fund(&code));
    let read_by = fund.or_else(|| portal.funds().next());
    let allowed = read_by.map(|fund| codes(&fund.identifiers)).unwrap_or_default();
    let code = fields.code("code", allowed.iter().map(String::as_str));
    let value = fields.text("value");
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let ((fund, code), value) = body.done(fund.zip(code).zip(value)).map_err(refused)?;
    let number =
        fund.identifiers.find(&code).ok_or_else(|| refused(Refusal::NotOffered { what: code.clone() }))?;
    let read = number.read(&value);
    let error = read.as_ref().err().map(|error| match error {
        IdentifierError::Format => "format",
        IdentifierError::CheckDigit => "check_digit",
    });
    Ok(Json(CheckAnswer {
        fund: fund.code.clone(),
        label: number.label.to_string(),
        valid: read.is_ok(),
        value: read.as_ref().ok().map(|found| found.value.clone()),
        message: error.and_then(|error| portal.words().plain(&format!("identifier-{error}"))),
        error,
        meaning: read.ok().and_then(|found| found.meaning).map(|meaning| meaning.to_string()),
        source: number.source.to_string(),
        status: number.status,
        question: number.question.as_ref().map(QuestionBody::of),
        code,
    }))
}
