//! `POST /api/v1/simulations/grant`: amounts that the text fixes (allocations, primes).

use axum::Json;
use axum::extract::State;
use cnss_core::benefit::{GrantAmount, GrantClaim, grant};
use cnss_core::certificate::Certificate;
use serde::Serialize;
use utoipa::ToSchema;

use super::certificates::{CertificateBody, asked, certificate};
use super::given::{Chosen, ReasonBody, SpanBody, grant_parts, reason_bodies};
use crate::body::Body;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem};
use crate::show::{StepBody, WarningBody, step_bodies, warning_bodies};

/// The most parts of one claim.
const PARTS_MAX: u32 = 20;
/// The most months of one claim.
const MONTHS_MAX: u32 = 600;

/// What is asked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct GrantBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    /// A grant of the fund.
    #[schema(example = "prenatal")]
    code: String,
    /// The day of the claim.
    #[schema(value_type = String, format = Date, example = "2024-06-01")]
    date: String,
    /// The parts asked for, where the grant has parts: examinations done.
    #[schema(example = json!(["exam_1", "exam_3"]))]
    parts: Option<Vec<String>>,
    /// How many months, for an amount by month.
    #[schema(example = 0)]
    months: Option<u32>,
    #[schema(value_type = Option<String>, format = Date, example = "1990-05-01")]
    birth_date: Option<String>,
    /// Monthly pay, where a rule looks at it; exact decimal.
    #[schema(example = "45000")]
    monthly_wage: Option<String>,
    /// Papers that the claim brings.
    #[schema(example = json!([]))]
    proofs: Option<Vec<String>>,
    /// Category of the person.
    #[schema(example = "salaried")]
    category: Option<String>,
    /// What was declared before; conditions on insured time are checked only when it is given.
    career: Option<Vec<SpanBody>>,
    /// The law as it stood on that day.
    #[schema(value_type = Option<String>, format = Date, example = "2024-06-01")]
    law_at: Option<String>,
    /// The law as it was known on that day.
    #[schema(value_type = Option<String>, format = Date, example = "2024-06-01")]
    known_at: Option<String>,
    /// Whether to hand out a certificate of the calculation.
    #[schema(example = false)]
    certificate: Option<bool>,
}

/// The grant.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantAnswer {
    #[schema(example = "tg")]
    fund: String,
    #[schema(example = "prenatal")]
    code: String,
    #[schema(example = "XOF")]
    currency: String,
    /// Exact decimal; null when a condition is missing or only the bounds are known.
    #[schema(example = "10000")]
    amount: Option<String>,
    /// At least, when only the bounds are known.
    least: Option<String>,
    /// At most, when only the bounds are known.
    most: Option<String>,
    /// How every figure came about.
    steps: Vec<StepBody>,
    /// Every condition that is missing.
    reasons: Vec<ReasonBody>,
    /// What to know before relying on it.
    warnings: Vec<WarningBody>,
    /// The calculation as text that anybody can replay; only when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CertificateBody>)]
    certificate: Option<Certificate>,
}

/// Computes a grant.
#[utoipa::path(post, path = "/api/v1/simulations/grant", operation_id = "simulate_grant", tag = "Simulations", request_body = GrantBody,
    responses((status = 200, body = GrantAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<Json<GrantAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let chosen = Chosen::read(&mut fields, &portal);
    let certified = asked(&mut fields);
    let fund = &chosen.fund;
    let code = fields.code("code", fund.benefits.grants.iter().map(|grant| &*grant.code));
    let date = fields.date("date");
    let allowed = code.as_deref().map(|code| grant_parts(fund, code)).unwrap_or_default();
    let allowed: Vec<&str> = allowed.iter().map(|part| &**part).collect();
    // Without a grant nobody can say which parts there are.
    let parts = if code.is_some() { fields.codes("parts", PARTS_MAX, &allowed) } else { Vec::new() };
    let months = fields.count("months", MONTHS_MAX);
    let birth_date = fields.optional_date("birth_date");
    let career = chosen.optional_career(&mut fields, birth_date);
    let claim = chosen.claim(&mut fields);
    let refused = |refusal| chosen.refused(refusal, "date");
    let (code, date) = body.done(code.zip(date)).map_err(refused)?;
    let asked =
        GrantClaim { date, birth_date, parts: &parts, months, career: career.as_ref(), claim: &claim };
    let found = grant(fund, &code, &asked).map_err(refused)?;
    let amounts = match found.amount {
        Some(GrantAmount::Exactly(amount)) => vec![("amount", amount)],
        Some(GrantAmount::Between(least, most)) => vec![("least", least), ("most", most)],
        None => Vec::new(),
    };
    let (amount, bounds) = match found.amount {
        Some(GrantAmount::Exactly(amount)) => (Some(amount), None),
        Some(GrantAmount::Between(least, most)) => (None, Some((least, most))),
        None => (None, None),
    };
    Ok(Json(GrantAnswer {
        fund: fund.code.clone(),
        code,
        currency: fund.currency.code().to_owned(),
        amount: amount.map(|m| m.to_string()),
        least: bounds.map(|(least, _)| least.to_string()),
        most: bounds.map(|(_, most)| most.to_string()),
        steps: step_bodies(&found.steps, &chosen.words),
        reasons: reason_bodies(&found.reasons, &chosen.words),
        warnings: warning_bodies(&found.caveats, &chosen.words),
        certificate: certificate(certified, fund, &found.steps, amounts),
    }))
}
