//! `POST /api/v1/simulations/surcharge`: what lateness costs (majoration de retard).

use axum::Json;
use chrono::NaiveDate;
use cnss_core::calendar::Month;
use cnss_core::explain::{Caveat, caveats};
use cnss_core::ledger::surcharge;
use cnss_core::money::Money;
use cnss_core::refusal::{FaultKind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{Explained, Given};
use crate::problem::{JsonProblem, Problem};

/// What is paid late.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct SurchargeBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    /// The month of work.
    #[schema(example = "2024-01")]
    month: String,
    /// What was not paid in time, exact decimal.
    #[schema(example = "1000000")]
    unpaid: String,
    /// The day on which it is paid.
    #[schema(value_type = String, format = Date, example = "2024-05-16")]
    paid_on: String,
    /// The scheme; the first of the fund when it is left out.
    #[schema(example = "cnss")]
    scheme: Option<String>,
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

/// What lateness costs.
#[derive(Serialize, ToSchema)]
pub(crate) struct SurchargeAnswer {
    #[schema(example = "cnss")]
    scheme: String,
    /// The last day on which it was paid in time.
    #[schema(value_type = String, format = Date)]
    due_date: NaiveDate,
    /// Exact decimal; `0` when it is paid in time.
    #[schema(example = "60000")]
    amount: String,
    /// The share of what was unpaid.
    #[schema(example = "0.06")]
    rate: String,
    #[serde(flatten)]
    explained: Explained,
}

/// Computes the surcharge on contributions paid late.
#[utoipa::path(post, path = "/api/v1/simulations/surcharge", operation_id = "simulate_surcharge", tag = "Simulations", request_body = SurchargeBody,
    responses((status = 200, body = SurchargeAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<SurchargeAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let fund = &chosen.fund;
    let rules = &fund.contributions;
    let month = fields.month("month");
    let unpaid = fields.amount("unpaid", &chosen.limits.sums());
    let paid_on = fields.date("paid_on");
    let schemes = || rules.schemes.iter().map(|scheme| &*scheme.code);
    let scheme = if fields.given("scheme") {
        fields.code("scheme", schemes())
    } else {
        schemes().next().map(str::to_owned)
    };
    fields.check("paid_on", FaultKind::of_period(month.map(Month::first_day), paid_on));
    let refused = |refusal| chosen.refused(refusal, "month");
    let read = month.zip(unpaid).zip(paid_on).zip(scheme);
    let (((month, unpaid), paid_on), scheme) = body.done(read).map_err(refused)?;
    let no_rule = |rule: &str, date| Refusal::NoRule { rule: rule.into(), date };
    let due_date =
        rules.due_date(month).ok_or_else(|| refused(no_rule("contributions.due", month.first_day())))?;
    let unpaid = Money::new(unpaid, fund.currency).map_err(|e| refused(e.into()))?;
    let found = surcharge(fund, &scheme, unpaid, due_date, paid_on).map_err(|e| refused(e.into()))?;
    if found.rule_missing {
        let rule = rules.surcharges.iter().find(|rule| *rule.scheme == *scheme);
        let key = rule.map_or("contributions.surcharges", |rule| &*rule.rate.key);
        return Err(refused(match found.question {
            Some(question) => Refusal::OpenQuestion { rule: key.into(), question },
            None => no_rule(key, due_date),
        }));
    }
    let amounts = vec![("amount", found.amount)];
    let mut told = caveats(&found.steps);
    // A rate that begins before the payment and was not found.
    told.extend(found.question.map(|(key, text)| Caveat::Open(key, text)).filter(|new| !told.contains(new)));
    Ok(Json(SurchargeAnswer {
        scheme,
        due_date,
        amount: found.amount.to_string(),
        rate: found.rate.normalize().to_string(),
        explained: Explained::of(fund, &chosen.words, certified, (&found.steps, &[], &told), amounts),
    }))
}
