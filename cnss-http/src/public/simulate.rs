//! `POST /api/v1/simulations/…`: the fund's rules for anybody's program, without an account.

use axum::Json;
use chrono::NaiveDate;
use cnss_core::calendar::Month;
use cnss_core::declaration::assess::assess;
use cnss_core::entitlement::Claim;
use cnss_core::fund::{Fund, Payer};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::pension::{Simulation, Subject, simulate};
use cnss_core::refusal::{FaultKind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{Chosen, Explained, Given, SpanBody};
use crate::body::Fields;
use crate::problem::{JsonProblem, Problem};
use crate::words::Words;

/// The most wages of one simulation.
const WAGES_MAX: u32 = 10_000;

/// A career and when the pension should begin.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct PensionBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    #[schema(value_type = String, format = Date, example = "1964-05-01")]
    birth_date: String,
    /// The day from which the pension is asked for.
    #[schema(value_type = String, format = Date, example = "2024-06-01")]
    award_date: String,
    /// A kind of pension of the fund: `normal`, `early` …
    #[schema(example = "normal")]
    kind: String,
    career: Vec<SpanBody>,
    /// Category of the person.
    #[schema(example = "salaried")]
    category: Option<String>,
    /// When the person was registered; the first insured month when it is left out.
    #[schema(value_type = Option<String>, format = Date, example = "1994-06-01")]
    registered_on: Option<String>,
    /// Papers that the claim brings.
    #[schema(example = json!([]))]
    proofs: Option<Vec<String>>,
    /// Loss of capacity, a share.
    #[schema(example = "0")]
    degree: Option<String>,
    /// Whether a third person's help is needed.
    #[schema(example = false)]
    third_person: Option<bool>,
    /// Children for whom a supplement is asked.
    #[schema(example = 0)]
    children: Option<u32>,
    /// Spouses for whom a supplement is asked.
    #[schema(example = 0)]
    spouses: Option<u32>,
    /// Monthly pay, where a rule looks at it; exact decimal.
    #[schema(example = "200000")]
    monthly_wage: Option<String>,
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

/// A simulated pension.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PensionAnswer {
    /// The kind of pension.
    #[schema(example = "normal")]
    kind: String,
    /// True when nothing is missing.
    eligible: bool,
    /// Exact decimal; null when not eligible.
    #[schema(example = "79900")]
    monthly_amount: Option<String>,
    /// Exact decimal; null when not eligible, and for points.
    #[schema(example = "200000")]
    reference_wage: Option<String>,
    /// Share of the reference wage; null when not eligible, and for points.
    #[schema(example = "0.3995")]
    rate: Option<String>,
    /// Months with pay before the award date.
    #[schema(example = 360)]
    insured_months: u32,
    /// Insured time before the award date, as the fund counts it.
    #[schema(example = 360)]
    insured: u32,
    /// Its unit: `days`, `months`, `quarters` or `years`.
    #[schema(example = "months")]
    unit: &'static str,
    /// First day that is paid; null when not eligible.
    #[schema(value_type = Option<String>, format = Date)]
    starts_on: Option<NaiveDate>,
    /// What it becomes when a reduction ends; null when it stays.
    later: Option<LaterBody>,
    /// The lump sum of a short career, exact decimal; null when there is none or it is not known.
    short: Option<String>,
    /// How many missing units may be bought; null when none.
    buy_back: Option<u32>,
    #[serde(flatten)]
    explained: Explained,
}

/// What a pension becomes when a reduction ends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LaterBody {
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    #[schema(example = "79900")]
    monthly_amount: String,
}

impl PensionAnswer {
    pub(crate) fn of(fund: &Fund, simulation: &Simulation, words: &Words, certified: bool) -> Self {
        let award = simulation.award.as_ref();
        let amounts = [
            ("amount", award.map(|a| a.monthly)),
            ("later", award.and_then(|a| a.later).map(|later| later.monthly)),
            ("short", simulation.short),
        ];
        let amounts = amounts.into_iter().filter_map(|(name, amount)| Some((name, amount?))).collect();
        let found = (&*simulation.steps, &*simulation.reasons, &*simulation.caveats);
        Self {
            kind: simulation.kind.to_string(),
            eligible: simulation.eligible(),
            monthly_amount: award.map(|a| a.monthly.to_string()),
            reference_wage: award.and_then(|a| a.reference).map(|m| m.to_string()),
            rate: award.and_then(|a| a.rate).map(|r| r.normalize().to_string()),
            insured_months: simulation.insured_months,
            insured: simulation.insured,
            unit: simulation.unit.word(),
            starts_on: award.map(|a| a.starts_on),
            later: award
                .and_then(|a| a.later)
                .map(|later| LaterBody { from: later.from, monthly_amount: later.monthly.to_string() }),
            short: simulation.short.map(|m| m.to_string()),
            buy_back: simulation.buy_back,
            explained: Explained::of(fund, words, certified, found, amounts),
        }
    }
}

/// What a body says of a pension.
struct Asked {
    birth_date: NaiveDate,
    award_date: NaiveDate,
    kind: String,
    career: Vec<CareerSpan>,
    claim: Claim,
}

fn asked(fields: &mut Fields<'_>, chosen: &Chosen) -> Option<Asked> {
    let birth_date = fields.date("birth_date");
    let award_date = fields.date("award_date");
    let kind = fields.code("kind", chosen.fund.pension.kinds.iter().map(|kind| &*kind.code));
    let career = chosen.spans(fields, birth_date);
    let claim = chosen.claim(fields);
    fields.check("award_date", FaultKind::of_life(birth_date, award_date));
    Some(Asked { birth_date: birth_date?, award_date: award_date?, kind: kind?, career: career?, claim })
}

/// Simulates a pension of any kind of any fund, from any career.
#[utoipa::path(post, path = "/api/v1/simulations/pension", operation_id = "simulate_pension", tag = "Simulations", request_body = PensionBody,
    responses((status = 200, body = PensionAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn pension(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<PensionAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let read = asked(&mut fields, &chosen);
    let refused = |refusal| chosen.refused(refusal, "award_date");
    let asked = body.done(read).map_err(refused)?;
    let career = Career::from_spans(&asked.career).map_err(refused)?;
    let subject = Subject {
        birth_date: asked.birth_date,
        award_date: asked.award_date,
        career: &career,
        claim: &asked.claim,
    };
    let simulation = simulate(&chosen.fund, &subject, &asked.kind).map_err(refused)?;
    Ok(Json(PensionAnswer::of(&chosen.fund, &simulation, &chosen.words, certified)))
}

/// Wages of one month.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ContributionsBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    /// Category of the workers.
    #[schema(example = "salaried")]
    category: String,
    /// The month of work.
    #[schema(example = "2024-03")]
    month: String,
    /// One wage a worker, exact decimals.
    #[schema(example = json!(["100000", "52500"]))]
    wages: Vec<String>,
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

/// What is owed for a month.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContributionsAnswer {
    #[schema(example = "salaried")]
    category: String,
    #[schema(value_type = String, example = "2024-03")]
    month: Month,
    /// The last day on which it is paid in time; null when the fund does not say.
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Option<NaiveDate>,
    /// By branch and payer.
    lines: Vec<LineBody>,
    totals: TotalsBody,
    #[serde(flatten)]
    explained: Explained,
}

/// What one branch and payer owe.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineBody {
    #[schema(example = "pension")]
    branch: String,
    #[schema(example = "Pensions (vieillesse, invalidité, survivants)")]
    label: String,
    /// `employer` or `worker`.
    #[schema(value_type = String, example = "employer")]
    payer: Payer,
    #[schema(example = "152500")]
    base: String,
    /// The share that is taken; `0` where so much a worker is taken.
    #[schema(example = "0.125")]
    rate: String,
    /// So much a worker, where that is the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "500")]
    per_head: Option<String>,
    #[schema(example = "19063")]
    amount: String,
}

/// The sums.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotalsBody {
    #[schema(example = "152500")]
    wages: String,
    #[schema(example = "34313")]
    employer: String,
    #[schema(example = "13725")]
    worker: String,
    #[schema(example = "48038")]
    total: String,
}

pub(crate) fn line_bodies(assessment: &cnss_core::declaration::assess::Assessment) -> Vec<LineBody> {
    let line = |line: &cnss_core::declaration::assess::AssessedLine| LineBody {
        branch: line.branch.to_string(),
        label: line.label.to_string(),
        payer: line.payer,
        base: line.base.to_string(),
        rate: line.rate.normalize().to_string(),
        per_head: line.per_head.map(|m| m.to_string()),
        amount: line.amount.to_string(),
    };
    assessment.lines.iter().map(line).collect()
}

/// Computes the contributions of one month by branch and payer.
#[utoipa::path(post, path = "/api/v1/simulations/contributions", operation_id = "simulate_contributions", tag = "Simulations", request_body = ContributionsBody,
    responses((status = 200, body = ContributionsAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn contributions(
    Given { mut body, chosen, certified }: Given,
) -> Result<Json<ContributionsAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let fund = &chosen.fund;
    let category = fields.code("category", fund.contributions.categories.iter().map(|c| &*c.code));
    let month = fields.month("month");
    let wages = fields.amounts("wages", WAGES_MAX, &chosen.limits);
    let refused = |refusal| chosen.refused(refusal, "month");
    let ((category, month), wages) = body.done(category.zip(month).zip(wages)).map_err(refused)?;
    let assessment = assess(fund, &category, month, &wages).map_err(refused)?;
    let too_large = |_| refused(Refusal::AmountTooLarge);
    let sum = |payer| assessment.total_of(payer).map(|m| m.to_string()).map_err(too_large);
    let amounts = assessment.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
    Ok(Json(ContributionsAnswer {
        category,
        month,
        due_date: assessment.due_date,
        lines: line_bodies(&assessment),
        totals: TotalsBody {
            wages: assessment.wages.to_string(),
            employer: sum(Payer::Employer)?,
            worker: sum(Payer::Worker)?,
            total: assessment.total().map_err(too_large)?.to_string(),
        },
        explained: Explained::of(
            fund,
            &chosen.words,
            certified,
            (&assessment.steps, &[], &assessment.caveats),
            amounts,
        ),
    }))
}
