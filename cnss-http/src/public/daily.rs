//! `POST /api/v1/simulations/daily-benefit`: cash benefits (indemnités journalières) of a stop of work.

use axum::Json;
use chrono::NaiveDate;
use cnss_core::benefit::{PaidPeriod, Stopped, daily_benefit};
use cnss_core::insured::{Career, InsuredMonth};
use cnss_core::refusal::FaultKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{CAREER_MAX, Chosen, Explained, Given};
use crate::body::Fields;
use crate::problem::{JsonProblem, Problem};

/// A stop of work, and the wages before it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct DailyBody {
    /// Code of the fund.
    #[schema(example = "ma")]
    fund: String,
    /// A cash benefit of the fund: `maternity`, `sickness`, `accident`, `job-loss`.
    #[schema(example = "maternity")]
    kind: String,
    /// First day of the stop.
    #[schema(value_type = String, format = Date, example = "2024-03-01")]
    from: String,
    /// Last day, included.
    #[schema(value_type = String, format = Date, example = "2024-06-06")]
    to: String,
    wages: Vec<MonthWageBody>,
    #[schema(value_type = Option<String>, format = Date, example = "1990-05-01")]
    birth_date: Option<String>,
    /// Category of the person.
    #[schema(example = "salaried")]
    category: Option<String>,
    /// Papers that the claim brings.
    #[schema(example = json!([]))]
    proofs: Option<Vec<String>>,
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

/// The wage of one month.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct MonthWageBody {
    #[schema(example = "2024-02")]
    month: String,
    /// Exact decimal.
    #[schema(example = "6000")]
    wage: String,
    /// Days declared; a whole month when it is left out.
    #[schema(example = 26)]
    days: Option<u32>,
}

/// The benefit.
#[derive(Serialize, ToSchema)]
pub(crate) struct DailyAnswer {
    #[schema(example = "maternity")]
    kind: String,
    /// What is paid; empty when a condition is missing.
    periods: Vec<PeriodBody>,
    /// The sum, exact decimal; null when a condition is missing.
    #[schema(example = "21000")]
    amount: Option<String>,
    #[serde(flatten)]
    explained: Explained,
}

/// Days or months that are paid alike.
#[derive(Serialize, ToSchema)]
pub(crate) struct PeriodBody {
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    /// Included.
    #[schema(value_type = String, format = Date)]
    to: NaiveDate,
    /// How many days or months.
    #[schema(example = 98)]
    units: u32,
    /// For each of them.
    #[schema(example = "214.2857")]
    each: String,
    /// For all of them, rounded by the fund's rule.
    #[schema(example = "21000")]
    amount: String,
}

fn wage(entry: &mut Fields<'_>, chosen: &Chosen) -> Option<InsuredMonth> {
    let month = entry.month("month");
    let wage = entry.amount("wage", &chosen.limits);
    let days = entry.optional_count("days", 1, 31);
    Some(InsuredMonth { month: month?, wage: wage?, days, category: None })
}

/// Computes the cash benefit for a stop of work.
#[utoipa::path(post, path = "/api/v1/simulations/daily-benefit", operation_id = "simulate_daily_benefit", tag = "Simulations", request_body = DailyBody,
    responses((status = 200, body = DailyAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<DailyAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let fund = &chosen.fund;
    let kind = fields.code("kind", fund.benefits.daily.iter().map(|daily| &*daily.code));
    let (from, to) = (fields.date("from"), fields.date("to"));
    let wages = fields.list("wages", CAREER_MAX, |entry| wage(entry, &chosen));
    let birth_date = fields.optional_date("birth_date");
    let claim = chosen.claim(&mut fields);
    fields.check("to", FaultKind::of_period(from, to));
    let refused = |refusal| chosen.refused(refusal, "from");
    let (((kind, from), to), wages) = body.done(kind.zip(from).zip(to).zip(wages)).map_err(refused)?;
    let career = Career::from_insured(wages);
    let stopped = Stopped { from, to, birth_date, career: &career, claim: &claim };
    let found = daily_benefit(fund, &kind, &stopped).map_err(refused)?;
    let period = |p: &PaidPeriod| PeriodBody {
        from: p.from,
        to: p.to,
        units: p.units,
        each: p.each.to_string(),
        amount: p.amount.to_string(),
    };
    let periods = found.periods.iter().map(|p| ("period", p.amount));
    let amounts = found.amount.map(|amount| ("amount", amount)).into_iter().chain(periods).collect();
    Ok(Json(DailyAnswer {
        kind,
        periods: found.periods.iter().map(period).collect(),
        amount: found.amount.map(|m| m.to_string()),
        explained: Explained::of(
            fund,
            &chosen.words,
            certified,
            (&found.steps, &found.reasons, &found.caveats),
            amounts,
        ),
    }))
}
