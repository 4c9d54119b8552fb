//! `POST /api/v1/simulations/family`: family allowances (allocations familiales) of one month.

use axum::Json;
use cnss_core::benefit::{FamilyClaim, family_benefit};
use cnss_core::calendar::Month;
use cnss_core::entitlement::Claim;
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{ChildBody, Explained, Given, SpanBody, children};
use crate::problem::{JsonProblem, Problem};

/// Whose children, in which month.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct FamilyBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    /// The month that is paid.
    #[schema(example = "2024-06")]
    month: String,
    /// Pay of that month, exact decimal.
    #[schema(example = "100000")]
    monthly_wage: String,
    children: Vec<ChildBody>,
    /// What was declared before; conditions on insured time are checked only when it is given.
    career: Option<Vec<SpanBody>>,
    /// Category of the person.
    #[schema(example = "salaried")]
    category: Option<String>,
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

/// The allowance.
#[derive(Serialize, ToSchema)]
pub(crate) struct FamilyAnswer {
    #[schema(value_type = String, example = "2024-06")]
    month: Month,
    /// For all children, exact decimal; null when a condition is missing.
    #[schema(example = "2000")]
    amount: Option<String>,
    /// How many children count.
    #[schema(example = 1)]
    children: u32,
    #[serde(flatten)]
    explained: Explained,
}

/// Computes the family allowances of one month.
#[utoipa::path(post, path = "/api/v1/simulations/family", operation_id = "simulate_family", tag = "Simulations", request_body = FamilyBody,
    responses((status = 200, body = FamilyAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<FamilyAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let fund = &chosen.fund;
    let month = fields.month("month");
    let monthly_wage = fields.amount("monthly_wage", &chosen.limits);
    let children = children(&mut fields);
    let career = chosen.optional_career(&mut fields, None);
    let claim = Claim { category: chosen.category(&mut fields), monthly_wage, ..Claim::default() };
    let refused = |refusal| chosen.refused(refusal, "month");
    let read = month.zip(children).filter(|_| monthly_wage.is_some());
    let (month, children) = body.done(read).map_err(refused)?;
    let asked = FamilyClaim { month, children: &children, career: career.as_ref(), claim: &claim };
    let found = family_benefit(fund, &asked).map_err(refused)?;
    let amounts = found.amount.map(|amount| ("amount", amount)).into_iter().collect();
    Ok(Json(FamilyAnswer {
        month,
        amount: found.amount.map(|m| m.to_string()),
        children: found.children,
        explained: Explained::of(
            fund,
            &chosen.words,
            certified,
            (&found.steps, &found.reasons, &found.caveats),
            amounts,
        ),
    }))
}
