//! `GET /assure/simulateur`: « Simulateur de Pension » from the declared months.

use axum::Json;
use axum::extract::{Query, State};
use cnss_core::calendar::age;
use cnss_core::desk::{DeskError, WhatIf};
use cnss_core::pension::{Simulation, first_award};
use cnss_core::refusal::Refusal;
use utoipa::ToSchema;

use crate::body::{AmountLimits, Body};
use crate::form::{Choices, Fault, Field, Form, Reader, Typed, kept};
use crate::page::{PageProblem, PageResult, on_page};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::public::certificates;
use crate::public::given::no_rule_at;
use crate::public::simulate::PensionAnswer;
use crate::public::simulator::{kind_choices, kind_of};
use crate::session::{Caller, Visitor};
use crate::simulation::SimulationResult;
use crate::simulation::{ComparedAward, declared, kind_label};
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;
use crate::words::{Words, date_text, rate_text};

/// « Simulateur de Pension » of an insured person.
#[derive(askama::Template)]
#[template(path = "insured/simulator.html")]
pub struct SimulatorPage {
    /// Around the page.
    pub shell: Shell,
    /// Insured months already declared, e.g. « 298 mois déclarés jusqu'en septembre 2026 ».
    pub career: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `kind`: a kind of pension of the fund.
    pub kind: Choices,
    /// `award_date`.
    pub award_date: Field,
    /// `future_wage`, optional.
    pub future_wage: Field,
    /// Result, once the form is sent.
    pub result: Option<SimulationResult>,
}

impl SimulatorPage {
    /// Sample page with a pension.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::insured(
                "Simulateur de Pension",
                "/assure/simulateur",
                &[("Tableau de bord", "/assure")],
            ),
            career: "298 mois déclarés jusqu'en septembre 2026".into(),
            errors: Vec::new(),
            kind: kind_choices(&sample::togo(), "normal"),
            award_date: Field::new("award_date", "Date de départ")
                .kind("date")
                .required()
                .value("2031-10-01"),
            future_wage: Field::new("future_wage", "Salaire mensuel futur")
                .inputmode("numeric")
                .hint("En F\u{a0}CFA. Laissez vide pour garder votre dernier salaire déclaré."),
            result: Some(SimulationResult::sample_eligible()),
        }
    }

    /// Sample page when a condition is missing.
    #[cfg(test)]
    pub fn sample_not_eligible() -> Self {
        let mut page = Self::sample();
        page.kind = kind_choices(&sample::togo(), "early");
        page.award_date = page.award_date.value("2026-10-01");
        page.career = "152 mois déclarés jusqu'en août 2026".into();
        page.result = Some(SimulationResult::sample_not_eligible());
        page
    }
}

/// `GET /assure/simulateur`: the form, and the answer once a date is chosen. Nothing is kept.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(typed): Query<Typed>,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().individual_account(visitor.actor, &at).await.map_err(&fail)?;
    let fund = portal.desk().fund();
    let kind = kind_of(fund, &kept(&typed, "kind"));
    let last_wage = account.career.months().last().map(|m| m.wage);
    let suggested = first_award(fund, account.insured.birth_date, &account.career, &kind, at.today);
    let mut page = SimulatorPage {
        shell: portal.insured_shell(&visitor, "Simulateur de Pension", "/assure/simulateur", &[]).await,
        career: declared(&account.career),
        errors: Vec::new(),
        kind: kind_choices(fund, &kind),
        award_date: Field::new("award_date", "Date de départ")
            .kind("date")
            .required()
            .value(suggested.map(|d| d.to_string()).unwrap_or_default())
            .hint("La première date possible est proposée\u{a0}; essayez-en une autre."),
        future_wage: Field::new("future_wage", "Salaire mensuel futur")
            .inputmode("numeric")
            .value(last_wage.map(|w| w.normalize().to_string()).unwrap_or_default())
            .hint(format!(
                "Le salaire brut attendu jusqu'au départ, en {}. Laissez vide si vous ne travaillez plus.",
                portal.words().currency_label()
            )),
        result: None,
    };
    if ["award_date", "kind"].iter().all(|name| kept(&typed, name).is_empty()) {
        return Ok(page.send());
    }
    if let Some(what_if) = page.read(portal.words(), &portal.amount_limits(), &typed, &kind) {
        match portal.desk().simulate_pension(visitor.actor, &what_if, &at).await {
            Ok(simulation) => {
                let mut result = SimulationResult::of(fund, portal.words(), &simulation);
                result.comparison =
                    compare(&portal, &visitor, &account.insured, &what_if, &simulation).await?;
                page.result = Some(result);
            }
            Err(DeskError::Refused(refusal)) => page.refused(refusal, "award_date", fund, portal.words()),
            Err(error) => return Err(fail(error)),
        }
    }
    Ok(page.send())
}

impl Form for SimulatorPage {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        let fields = [&mut self.award_date, &mut self.future_wage];
        (fields.into_iter().map(|field| (field.label.clone(), field)).collect(), &mut self.errors)
    }
}

impl SimulatorPage {
    fn read(&mut self, words: &Words, limits: &AmountLimits, typed: &Typed, kind: &str) -> Option<WhatIf> {
        let mut reader = Reader::new(typed, words);
        let award_date = reader.day(&mut self.award_date);
        let wage = &mut self.future_wage;
        let future_wage = if reader.keep(wage) { reader.wage(wage, limits) } else { None };
        let kind = kind.to_owned();
        reader.done(self, award_date.map(|award_date| WhatIf { kind, award_date, future_wage }))
    }
}

/// The normal pension beside the early one, each at its first date or at the date asked for.
async fn compare(
    portal: &Portal,
    visitor: &Visitor,
    insured: &cnss_core::insured::Insured,
    what_if: &WhatIf,
    simulation: &Simulation,
) -> Result<Vec<ComparedAward>, PageProblem> {
    let at = portal.moment();
    let account =
        portal.desk().individual_account(visitor.actor, &at).await.map_err(on_page(portal, visitor))?;
    let fund = portal.desk().fund();
    let other_kind = if what_if.kind == "normal" { "early" } else { "normal" };
    let first = first_award(fund, insured.birth_date, &account.career, other_kind, at.today);
    let Some(first) = first.filter(|_| simulation.eligible()) else { return Ok(Vec::new()) };
    let other = WhatIf { kind: other_kind.to_owned(), award_date: first, future_wage: what_if.future_wage };
    let Ok(other_simulation) = portal.desk().simulate_pension(visitor.actor, &other, &at).await else {
        return Ok(Vec::new());
    };
    let column = |simulation: &Simulation, date: chrono::NaiveDate, current: bool| {
        let award = simulation.award?;
        Some(ComparedAward {
            label: kind_label(fund, &simulation.kind),
            starts_on: date_text(award.starts_on),
            age: format!("{}\u{a0}ans", age(insured.birth_date, date)),
            rate: award.rate.map(rate_text).unwrap_or_default(),
            monthly: portal.amount(award.monthly),
            current,
        })
    };
    let mut columns: Vec<ComparedAward> =
        [column(simulation, what_if.award_date, true), column(&other_simulation, first, false)]
            .into_iter()
            .flatten()
            .collect();
    if columns.len() < 2 {
        columns.clear();
    }
    Ok(columns)
}

/// What a person wants to try out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct WhatIfBody {
    /// A kind of pension of the fund: `normal`, `early` …
    #[schema(example = "normal")]
    kind: String,
    #[schema(value_type = String, format = Date, example = "2031-10-01")]
    award_date: String,
    /// The wage until then, exact decimal; left out when work has stopped.
    #[schema(example = "150000")]
    future_wage: Option<String>,
    /// Whether to hand out a certificate of the calculation.
    #[schema(example = false)]
    certificate: Option<bool>,
}

/// Simulates a pension from the person's own account.
#[utoipa::path(post, path = "/api/v1/insured/simulation", operation_id = "simulate_own_pension", tag = "Assuré", request_body = WhatIfBody, security(("token" = [])),
    responses((status = 200, body = PensionAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<Json<PensionAnswer>, JsonProblem> {
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let mut fields = body.fields();
    let fund = portal.desk().fund();
    let kind = fields.code("kind", fund.pension.kinds.iter().map(|kind| &*kind.code));
    let award_date = fields.date("award_date");
    let certified = certificates::asked(&mut fields);
    let future_wage = fields.optional_amount("future_wage", &portal.amount_limits());
    let (kind, award_date) = body.done(kind.zip(award_date)).map_err(refused)?;
    let what_if = WhatIf { kind, award_date, future_wage };
    let simulation = match portal.desk().simulate_pension(caller.actor, &what_if, &portal.moment()).await {
        Ok(simulation) => simulation,
        Err(DeskError::Refused(refusal)) => return Err(refused(no_rule_at(refusal, "award_date", fund))),
        Err(error) => return Err(in_json(&portal)(error)),
    };
    Ok(Json(PensionAnswer::of(fund, &simulation, portal.words(), certified)))
}
