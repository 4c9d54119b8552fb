//! `POST /api/v1/simulations/survivors`: what spouses and children have of a pension.

use axum::Json;
use chrono::NaiveDate;
use cnss_core::entitlement::Reason;
use cnss_core::money::Money;
use cnss_core::pension::{Deceased, DeceasedRight, Share, survivors};
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{ChildBody, Explained, Given, SPOUSES_MAX, children};
use crate::problem::{JsonProblem, Problem};

/// The longest insured time that is read: a hundred years in days.
const INSURED_MAX: u32 = 36_600;

/// Who died, and who is left.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct SurvivorsBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    /// From which day.
    #[schema(value_type = String, format = Date, example = "2024-06-01")]
    date: String,
    /// The pension that was paid, or would have been, by month; exact decimal.
    #[schema(example = "100000")]
    deceased_pension: String,
    /// Whether the deceased had a pension; his insured time is not asked for then.
    #[schema(example = true)]
    deceased_pensioner: Option<bool>,
    /// Insured time of a deceased who had no pension yet, in the fund's units: months, days, quarters.
    /// Without it and without a pension, the answer warns that nobody checked it.
    #[schema(example = 240)]
    deceased_insured: Option<u32>,
    /// Spouses who have a right.
    #[schema(example = 1)]
    spouses: Option<u32>,
    children: Vec<ChildBody>,
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

/// The shares.
#[derive(Serialize, ToSchema)]
pub(crate) struct SurvivorsAnswer {
    /// Spouses first, then children, eldest first; a child beyond the age is left out.
    shares: Vec<ShareBody>,
    #[serde(flatten)]
    explained: Explained,
}

/// One share.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareBody {
    /// `spouse` or `child`.
    #[schema(example = "spouse")]
    who: &'static str,
    /// Of a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    birth_date: Option<NaiveDate>,
    /// By month, exact decimal.
    #[schema(example = "50000")]
    amount: String,
}

/// Shares a pension out among those who are left.
#[utoipa::path(post, path = "/api/v1/simulations/survivors", operation_id = "simulate_survivors", tag = "Simulations", request_body = SurvivorsBody,
    responses((status = 200, body = SurvivorsAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<SurvivorsAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let fund = &chosen.fund;
    let date = fields.date("date");
    let pension = fields.amount("deceased_pension", &chosen.limits.sums());
    let pensioner = fields.flag("deceased_pensioner");
    let insured = fields.given("deceased_insured").then(|| fields.count("deceased_insured", INSURED_MAX));
    let right = match (pensioner, insured) {
        (true, _) => DeceasedRight::Pensioner,
        (false, Some(units)) => DeceasedRight::Insured(units),
        (false, None) => DeceasedRight::Unknown,
    };
    let spouses = fields.count("spouses", SPOUSES_MAX);
    let children = children(&mut fields);
    let refused = |refusal| chosen.refused(refusal, "date");
    let ((date, pension), children) = body.done(date.zip(pension).zip(children)).map_err(refused)?;
    let pension = Money::new(pension, fund.currency).map_err(|e| refused(e.into()))?;
    let deceased = Deceased { date, pension, spouses, children: &children, right };
    let found = survivors(fund, &deceased).map_err(refused)?;
    let mut reasons = found.reasons;
    if found.shares.is_empty() && reasons.is_empty() {
        reasons.push(Reason::NoChild);
    }
    let share = |share: &Share| ShareBody {
        who: share.who.code(),
        birth_date: share.born,
        amount: share.amount.to_string(),
    };
    let amounts = found.shares.iter().map(|share| (share.who.code(), share.amount)).collect();
    Ok(Json(SurvivorsAnswer {
        shares: found.shares.iter().map(share).collect(),
        explained: Explained::of(
            fund,
            &chosen.words,
            certified,
            (&found.steps, &reasons, &found.caveats),
            amounts,
        ),
    }))
}
