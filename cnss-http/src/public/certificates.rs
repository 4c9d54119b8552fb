//! Certificates (attestations de calcul) over HTTP: what a calculation hands out when it is asked
//! for, and `POST /api/v1/certificates/verify`, which checks one that somebody brings back.
//!
//! The one rule to remember: nothing is kept. A certificate carries all that is needed to replay
//! it, and it is replayed by the law of the fund as this service knows it today.

use axum::Json;
use axum::extract::State;
use cnss_core::certificate::{Certificate, CertificateError};
use cnss_core::explain::Step;
use cnss_core::fund::Fund;
use cnss_core::money::Money;
use cnss_core::refusal::FaultKind;
use cnss_core::verify::{Doubt, verify};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::{Body, Fields};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem};
use crate::words::Words;

/// The amounts of an answer, by name; several may bear the same one.
pub(crate) type Amounts<'a> = Vec<(&'a str, Money)>;

/// Whether a body asks for a certificate.
pub(crate) fn asked(fields: &mut Fields<'_>) -> bool {
    fields.flag("certificate")
}

/// The certificate of an answer. None when it was not asked for, and where nothing was looked at:
/// what is paid in time costs nothing. Without an amount it attests the conditions.
pub(crate) fn certificate(
    asked: bool,
    fund: &Fund,
    steps: &[Step],
    mut amounts: Amounts<'_>,
) -> Option<Certificate> {
    if !asked || steps.is_empty() {
        return None;
    }
    loop {
        match Certificate::new(fund, steps, &amounts) {
            Ok(certificate) => return Some(certificate),
            Err(CertificateError::NoStep { name, amount }) => {
                tracing::error!(name, amount, "no step gives this amount; a test excludes this");
                let before = amounts.len();
                amounts.retain(|(own, _)| *own != name);
                if amounts.len() == before {
                    return None;
                }
            }
        }
    }
}

/// A certificate: the calculation as text, which anybody can replay.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the core writes and reads")]
pub(crate) struct CertificateBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    #[schema(example = "XOF")]
    currency: String,
    /// Decimals of the smallest unit.
    #[schema(example = 0)]
    exponent: u8,
    /// The law was read as it stood on that day.
    #[schema(value_type = Option<String>, format = Date)]
    law_at: Option<String>,
    /// The law was read as it was known on that day.
    #[schema(value_type = Option<String>, format = Date)]
    known_at: Option<String>,
    /// In the order in which they were made.
    steps: Vec<CertifiedStepBody>,
    /// The amounts that matter.
    results: Vec<CertifiedResultBody>,
    /// SHA-256 of everything else, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
}

/// One step of a certificate.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the core writes and reads")]
pub(crate) struct CertifiedStepBody {
    /// The rule's key in the fund's data.
    #[schema(example = "contributions.surcharges.cnss")]
    rule: String,
    #[schema(example = "Majoration de retard")]
    label: String,
    /// What is done: `given`, `read`, `formula`, `greatest`, `least`, `round`, `age`, `periods` …
    #[schema(example = "formula")]
    op: String,
    value: ShownBody,
    /// From what: values, each with its `origin` (a fact, the law, an earlier step), and signs.
    #[schema(value_type = Vec<Object>)]
    working: Vec<String>,
    /// The line of the law: article, source, url, status, question, valid_from, known_from,
    /// read_on, born, category.
    #[schema(value_type = Option<Object>)]
    law: Option<String>,
}

/// A value with what it means.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the core writes and reads")]
pub(crate) struct ShownBody {
    #[schema(example = "60000")]
    text: String,
    /// `money`, `rate`, `number`, `count`, `date`, `month`, `word` or `flag`.
    #[schema(example = "money")]
    kind: String,
    /// What is counted.
    #[schema(example = json!(null))]
    unit: Option<String>,
}

/// An amount that a certificate is about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the core writes and reads")]
pub(crate) struct CertifiedResultBody {
    #[schema(example = "amount")]
    name: String,
    #[schema(example = "60000")]
    text: String,
    /// The step that gives it, from 1.
    #[schema(example = 4)]
    step: u32,
}

/// A certificate to be checked; the whole answer of a simulation may be sent as it came.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct VerifyBody {
    certificate: CertificateBody,
}

/// Whether a certificate holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerifyAnswer {
    #[schema(example = "tg")]
    fund: String,
    /// True when there is no doubt.
    holds: bool,
    /// Everything that does not hold, in the order of the certificate.
    doubts: Vec<DoubtBody>,
}

/// Something that does not hold.
#[derive(Serialize, ToSchema)]
pub(crate) struct DoubtBody {
    /// `digest`, `fund`, `size`, `births`, `twice`, `no_line`, `law`, `reference`, `working`, `value` or `result`.
    #[schema(example = "value")]
    code: &'static str,
    /// The step, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 4)]
    step: Option<u32>,
    /// In French.
    #[schema(example = "Étape\u{a0}4\u{a0}: le calcul montré ne donne pas «\u{a0}50000\u{a0}».")]
    message: String,
}

impl DoubtBody {
    fn of(doubt: &Doubt, words: &Words) -> Self {
        let (code, step, what) = match doubt {
            Doubt::Digest => ("digest", None, ""),
            Doubt::Fund => ("fund", None, ""),
            Doubt::Size => ("size", None, ""),
            Doubt::Births => ("births", None, ""),
            Doubt::Twice { step } => ("twice", Some(*step), ""),
            Doubt::NoLine { step, rule } => ("no_line", Some(*step), rule.as_str()),
            Doubt::Law { step, field } => ("law", Some(*step), field.as_str()),
            Doubt::Reference { step, text } => ("reference", Some(*step), text.as_str()),
            Doubt::Working { step } => ("working", Some(*step), ""),
            Doubt::Value { step, text } => ("value", Some(*step), text.as_str()),
            Doubt::Result { name } => ("result", None, name.as_str()),
        };
        Self { code, step, message: words.doubt(code, step, what) }
    }
}

/// Replays a certificate by the law of its fund.
#[utoipa::path(post, path = "/api/v1/certificates/verify", operation_id = "verify_certificate", tag = "Attestations", request_body = VerifyBody,
    responses((status = 200, body = VerifyAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<Json<VerifyAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let read = match fields.raw("certificate") {
        None => {
            fields.fault("certificate", FaultKind::Missing);
            None
        }
        Some(value) => match serde_json::from_value::<Certificate>(value) {
            Ok(certificate) => Some(certificate),
            Err(_) => {
                let allowed = "l'attestation rendue par une simulation".to_owned();
                fields.fault("certificate", FaultKind::NotAllowed { allowed });
                None
            }
        },
    };
    let fund = read.as_ref().and_then(|certificate| portal.fund(&certificate.fund));
    if read.is_some() && fund.is_none() {
        let allowed = portal.fund_codes().collect::<Vec<_>>().join(", ");
        fields.fault("certificate.fund", FaultKind::NotAllowed { allowed });
    }
    let refused = |refusal| JsonProblem::refused(&refusal, portal.words());
    let (certificate, fund) = body.done(read.zip(fund)).map_err(refused)?;
    let words = portal.words().of_fund(fund);
    let doubts = verify(&certificate, fund).err().unwrap_or_default();
    Ok(Json(VerifyAnswer {
        fund: fund.code.clone(),
        holds: doubts.is_empty(),
        doubts: doubts.iter().map(|doubt| DoubtBody::of(doubt, &words)).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_doubt_is_said_in_french() {
        let words = Words::french("F CFA");
        let (step, text) = (4, || "50000".to_owned());
        let doubts = [
            Doubt::Digest,
            Doubt::Fund,
            Doubt::Size,
            Doubt::Births,
            Doubt::Twice { step },
            Doubt::NoLine { step, rule: text() },
            Doubt::Law { step, field: text() },
            Doubt::Reference { step, text: text() },
            Doubt::Working { step },
            Doubt::Value { step, text: text() },
            Doubt::Result { name: text() },
        ];
        for doubt in doubts {
            let said = DoubtBody::of(&doubt, &words);
            assert!(said.message.len() > 20, "{doubt:?}: {}", said.message);
            assert_eq!(said.message.contains("Étape\u{a0}4"), said.step.is_some(), "{}", said.message);
            assert_eq!(said.message.contains("50000"), format!("{doubt:?}").contains("50000"), "{doubt:?}");
        }
    }
}
