//! `POST /api/v1/simulations/grant`: amounts that the text fixes (allocations, primes).

use axum::Json;
use cnss_core::benefit::{GrantAmount, GrantClaim, grant};
use cnss_core::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{Explained, Given, SpanBody, grant_parts};
use crate::problem::{JsonProblem, Problem};

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
    #[schema(example = "prenatal")]
    code: String,
    /// Exact decimal; null when a condition is missing or only the bounds are known.
    #[schema(example = "10000")]
    amount: Option<String>,
    /// At least, when only the bounds are known.
    least: Option<String>,
    /// At most, when only the bounds are known.
    most: Option<String>,
    #[serde(flatten)]
    explained: Explained,
}

/// Computes a grant.
#[utoipa::path(post, path = "/api/v1/simulations/grant", operation_id = "simulate_grant", tag = "Simulations", request_body = GrantBody,
    responses((status = 200, body = GrantAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<GrantAnswer>, JsonProblem> {
    let mut fields = body.fields();
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
    let (amount, least, most) = match found.amount {
        Some(GrantAmount::Exactly(amount)) => (Some(amount), None, None),
        Some(GrantAmount::Between(least, most)) => (None, Some(least), Some(most)),
        None => (None, None, None),
    };
    let amounts = [("amount", amount), ("least", least), ("most", most)];
    let amounts = amounts.into_iter().filter_map(|(name, amount)| Some((name, amount?))).collect();
    let text = |amount: Option<Money>| amount.map(|amount| amount.to_string());
    Ok(Json(GrantAnswer {
        code,
        amount: text(amount),
        least: text(least),
        most: text(most),
        explained: Explained::of(
            fund,
            &chosen.words,
            certified,
            (&found.steps, &found.reasons, &found.caveats),
            amounts,
        ),
    }))
}
