//! `POST /api/v1/simulations/…`: the fund's rules for anybody's program, without an account.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use cnss_core::calendar::Month;
use cnss_core::declaration::assess::assess;
use cnss_core::explain::caveats;
use cnss_core::fund::{Fund, Payer};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::pension::{Kind, Simulation, Subject, simulate};
use cnss_core::refusal::{Fault, FaultKind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::{AmountLimits, Body, Fields};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem};
use crate::show::{StepBody, WarningBody, step_bodies, warning_bodies};
use crate::words::Words;

/// The most entries of a career: fifty years of months.
pub(crate) const CAREER_MAX: u32 = 600;
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
    /// `normal` or `early`.
    #[schema(example = "normal")]
    kind: String,
    career: Vec<SpanBody>,
}

/// The same wage over some months.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct SpanBody {
    /// First month.
    #[schema(example = "1994-06")]
    from: String,
    /// Last month, included.
    #[schema(example = "2024-05")]
    to: String,
    /// Exact decimal.
    #[schema(example = "200000")]
    monthly_wage: String,
    /// Insured days of each month, where the fund counts days.
    days: Option<u32>,
    /// Category of the worker.
    #[schema(example = "salaried")]
    category: Option<String>,
}

/// A simulated pension.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PensionAnswer {
    #[schema(example = "tg")]
    fund: String,
    /// `normal` or `early`.
    #[schema(value_type = String, example = "normal")]
    kind: Kind,
    /// True when nothing is missing.
    eligible: bool,
    #[schema(example = "XOF")]
    currency: String,
    /// Exact decimal; null when not eligible.
    #[schema(example = "79900")]
    monthly_amount: Option<String>,
    /// Exact decimal; null when not eligible.
    #[schema(example = "200000")]
    reference_wage: Option<String>,
    /// Share of the reference wage; null when not eligible.
    #[schema(example = "0.3995")]
    rate: Option<String>,
    /// Months of insurance before the award date.
    #[schema(example = 360)]
    insured_months: u32,
    /// First day that is paid; null when not eligible.
    #[schema(value_type = Option<String>, format = Date)]
    starts_on: Option<NaiveDate>,
    /// How every figure came about.
    steps: Vec<StepBody>,
    /// Every condition that is missing.
    reasons: Vec<ReasonBody>,
    /// What to know before relying on it.
    warnings: Vec<WarningBody>,
}

/// A condition that is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonBody {
    #[schema(example = "too_few_months")]
    code: &'static str,
    /// The condition and what is missing, in French.
    message: String,
}

impl PensionAnswer {
    pub(crate) fn of(fund: &Fund, simulation: &Simulation, words: &Words) -> Self {
        Self {
            fund: fund.code.clone(),
            kind: simulation.kind,
            eligible: simulation.eligible,
            currency: fund.currency.code().to_owned(),
            monthly_amount: simulation.monthly_amount.map(|m| m.to_string()),
            reference_wage: simulation.reference_wage.map(|m| m.to_string()),
            rate: simulation.rate.map(|r| r.normalize().to_string()),
            insured_months: simulation.insured_months,
            starts_on: simulation.starts_on,
            steps: step_bodies(&simulation.steps, words),
            reasons: simulation.reasons.iter().map(|reason| reason_body(reason, words)).collect(),
            warnings: warning_bodies(&simulation.caveats, words),
        }
    }
}

fn reason_body(reason: &cnss_core::pension::Reason, words: &Words) -> ReasonBody {
    let (condition, missing) = words.reason(reason);
    ReasonBody { code: reason.code(), message: format!("{condition}. {missing}") }
}

/// What a body says of a pension.
struct Asked {
    birth_date: NaiveDate,
    award_date: NaiveDate,
    kind: Kind,
    career: Vec<CareerSpan>,
}

fn fund_code(fields: &mut Fields<'_>, portal: &Portal) -> Option<()> {
    fields.choice("fund", &[(portal.desk().fund().code.as_str(), ())])
}

fn asked(fields: &mut Fields<'_>, portal: &Portal) -> Option<Asked> {
    let limits = portal.amount_limits();
    let fund = fund_code(fields, portal);
    let birth_date = fields.date("birth_date");
    let award_date = fields.date("award_date");
    let kind = fields.choice("kind", &[("normal", Kind::Normal), ("early", Kind::Early)]);
    let career = fields.list("career", CAREER_MAX, |entry| span(entry, portal, &limits, birth_date));
    fund?;
    if let (Some(birth), Some(award)) = (birth_date, award_date)
        && award <= birth
    {
        fields.fault("award_date", FaultKind::EndsBeforeStart);
    }
    Some(Asked { birth_date: birth_date?, award_date: award_date?, kind: kind?, career: career? })
}

fn span(
    entry: &mut Fields<'_>,
    portal: &Portal,
    limits: &AmountLimits,
    birth_date: Option<NaiveDate>,
) -> Option<CareerSpan> {
    let (from, to) = (entry.month("from"), entry.month("to"));
    let wage = entry.amount("monthly_wage", limits);
    // Taken for the funds that count days; this one counts months.
    let _days = entry.optional_count("days", 1, 31);
    if let Some(code) = entry.optional_text("category")
        && portal.desk().fund().contributions.category(&code).is_none()
    {
        entry.fault("category", FaultKind::NotAllowed { allowed: category_codes(portal) });
    }
    if let (Some(from), Some(birth)) = (from, birth_date)
        && from < Month::of(birth)
    {
        entry.fault("from", FaultKind::OutOfRange);
    }
    let (from, to) = (from?, to?);
    if to < from {
        entry.fault("to", FaultKind::EndsBeforeStart);
        return None;
    }
    Some(CareerSpan { from, to, wage: wage? })
}

fn category_codes(portal: &Portal) -> String {
    let categories = &portal.desk().fund().contributions.categories;
    categories.iter().map(|c| c.code.to_string()).collect::<Vec<_>>().join(", ")
}

/// A rule that is not known at a date is a fault of the field that gave the date.
pub(crate) fn no_rule_at(refusal: Refusal, field: &str, fund: &Fund) -> Refusal {
    match refusal {
        Refusal::NoRule { rule, .. } => {
            let since = match rule {
                "minimum_wage" => fund.minimum_wage.known_since(),
                rule if rule.starts_with("contributions.") => fund.contributions.due.known_since(),
                _ => fund.old_age.normal_age.known_since(),
            };
            Refusal::Invalid(vec![Fault::field(field, FaultKind::NoRule { since })])
        }
        other => other,
    }
}

/// Simulates an old-age pension, normal or early, from any career.
#[utoipa::path(post, path = "/api/v1/simulations/pension", operation_id = "simulate_pension", tag = "Simulations", request_body = PensionBody,
    responses((status = 200, body = PensionAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn pension(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<Json<PensionAnswer>, JsonProblem> {
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let read = asked(&mut body.fields(), &portal);
    let asked = body.done(read).map_err(refused)?;
    let fund = portal.desk().fund();
    let career = Career::from_spans(&asked.career).map_err(refused)?;
    let subject = Subject { birth_date: asked.birth_date, award_date: asked.award_date, career: &career };
    let simulation =
        simulate(fund, &subject, asked.kind).map_err(|r| refused(no_rule_at(r, "award_date", fund)))?;
    Ok(Json(PensionAnswer::of(fund, &simulation, portal.words())))
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
}

/// What is owed for a month.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContributionsAnswer {
    #[schema(example = "tg")]
    fund: String,
    #[schema(example = "salaried")]
    category: String,
    #[schema(value_type = String, example = "2024-03")]
    month: Month,
    #[schema(example = "XOF")]
    currency: String,
    /// The last day on which it is paid in time.
    #[schema(value_type = String, format = Date)]
    due_date: NaiveDate,
    /// By branch and payer.
    lines: Vec<LineBody>,
    totals: TotalsBody,
    /// How every figure came about.
    steps: Vec<StepBody>,
    /// What to know before relying on it.
    warnings: Vec<WarningBody>,
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
    #[schema(example = "0.125")]
    rate: String,
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
        amount: line.amount.to_string(),
    };
    assessment.lines.iter().map(line).collect()
}

/// Computes the contributions of one month by branch and payer.
#[utoipa::path(post, path = "/api/v1/simulations/contributions", operation_id = "simulate_contributions", tag = "Simulations", request_body = ContributionsBody,
    responses((status = 200, body = ContributionsAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn contributions(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<Json<ContributionsAnswer>, JsonProblem> {
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let fund = portal.desk().fund();
    let mut fields = body.fields();
    let code = fund_code(&mut fields, &portal);
    let categories: Vec<(&str, &str)> =
        fund.contributions.categories.iter().map(|c| (&*c.code, &*c.code)).collect();
    let category = fields.choice("category", &categories);
    let month = fields.month("month");
    let wages = fields.amounts("wages", WAGES_MAX, &portal.amount_limits());
    let read = code.and(category).zip(month).zip(wages);
    let ((category, month), wages) = body.done(read).map_err(refused)?;
    let assessment =
        assess(fund, category, month, &wages).map_err(|r| refused(no_rule_at(r, "month", fund)))?;
    let too_large = |_| JsonProblem::refused(&Refusal::AmountTooLarge, portal.words());
    let sum = |payer| assessment.total_of(payer).map(|m| m.to_string()).map_err(too_large);
    let mut caveats = caveats(&assessment.steps);
    if let Some((key, text)) = fund.contributions.category(category).and_then(|c| c.question.clone()) {
        caveats.push(cnss_core::explain::Caveat::Open(key, text));
    }
    Ok(Json(ContributionsAnswer {
        fund: fund.code.clone(),
        category: category.to_owned(),
        month,
        currency: fund.currency.code().to_owned(),
        due_date: assessment.due_date,
        lines: line_bodies(&assessment),
        totals: TotalsBody {
            wages: assessment.wages.to_string(),
            employer: sum(Payer::Employer)?,
            worker: sum(Payer::Worker)?,
            total: assessment.total().map_err(too_large)?.to_string(),
        },
        steps: step_bodies(&assessment.steps, portal.words()),
        warnings: warning_bodies(&caveats, portal.words()),
    }))
}
