//! `GET /droits` and `POST /api/v1/simulations/rights`: what somebody is entitled to on a day, by
//! the birth date and a summary of the career (droits en temps réel).

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use cnss_core::benefit::{Right, RightState, rights};
use cnss_core::calendar::Month;
use cnss_core::entitlement::Claim;
use cnss_core::fund::Fund;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::refusal::{FaultKind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::given::{Chosen, ReasonBody, SpanBody, reason_bodies};
use super::simulator::proof_checks;
use crate::body::{AmountLimits, Body};
use crate::form::{Checks, Fault, Field, Form, Reader, Typed};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, QuestionBody};
use crate::show::{StepBody, step_bodies};
use crate::simulation::MissingCondition;
#[cfg(test)]
use crate::view::sample;
use crate::view::{NavItem, Shell, StatusTag, Step, Tone};
use crate::words::{Words, date_text, spaced};

/// How many periods of work the form takes.
const PERIODS: usize = 3;

/// « Mes droits ».
#[derive(askama::Template)]
#[template(path = "public/rights.html")]
pub struct RightsPage {
    /// Around the page.
    pub shell: Shell,
    /// The funds to choose from.
    pub funds: Vec<NavItem>,
    /// Code of the chosen fund.
    pub fund: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `birth_date`.
    pub birth_date: Field,
    /// `date`.
    pub date: Field,
    /// Periods of work.
    pub periods: Vec<Period>,
    /// Papers that the person has.
    pub proofs: Checks,
    /// The answer, once the form is filled.
    pub answer: Option<RightsView>,
}

/// A period of work in the form.
pub struct Period {
    /// « Période 1 ».
    pub title: String,
    /// First month, last month, wage.
    pub fields: [Field; 3],
}

/// Every right on a day.
pub struct RightsView {
    /// « CNSS Togo ».
    pub fund: String,
    /// « 1er mars 2024 ».
    pub on: String,
    /// How many are open, e.g. « 3 droits ouverts sur 9 ».
    pub summary: String,
    /// In the order of the fund's files.
    pub rights: Vec<RightView>,
}

/// One right.
pub struct RightView {
    /// Identifier in the page.
    pub id: String,
    /// The jurist's words.
    pub label: String,
    /// Open, not yet, unknown.
    pub tag: StatusTag,
    /// What is missing.
    pub missing: Vec<MissingCondition>,
    /// From when, where time and work alone do it.
    pub from: Option<String>,
    /// Why nobody can say.
    pub question: Option<String>,
    /// Conditions that could not be checked.
    pub unchecked: Vec<String>,
    /// What was looked at.
    pub steps: Vec<Step>,
}

impl RightsPage {
    fn empty(shell: Shell, funds: Vec<NavItem>, fund: &Fund, today: NaiveDate) -> Self {
        let period = |n: usize| {
            let field = |name: &str, label: &str| Field::new(format!("{name}_{n}"), label);
            let first = field("from", "Premier mois").kind("month").hint("Par exemple 2001-10");
            let last = field("to", "Dernier mois").kind("month").hint("Par exemple 2012-09");
            let wage = field("monthly_wage", &format!("Salaire mensuel ({})", fund.currency_label))
                .inputmode("decimal")
                .hint("Brut, en moyenne sur la période");
            Period { title: format!("Période {n}"), fields: [first, last, wage] }
        };
        Self {
            shell,
            funds,
            fund: fund.code.clone(),
            errors: Vec::new(),
            birth_date: Field::new("birth_date", "Date de naissance")
                .kind("date")
                .autocomplete("bday")
                .required(),
            date: Field::new("date", "Droits à la date du").kind("date").value(today.to_string()).required(),
            periods: (1..=PERIODS).map(period).collect(),
            proofs: proof_checks(fund, &Typed::new()),
            answer: None,
        }
    }

    /// Sample page, before any answer.
    #[cfg(test)]
    pub fn sample_empty() -> Self {
        let today = NaiveDate::from_ymd_opt(2026, 10, 15).expect("a day");
        let funds = sample::funds();
        Self::empty(sample::public("Mes droits", "/droits", &[]), funds, &sample::togo(), today)
    }

    /// Sample page with an answer.
    #[cfg(test)]
    pub fn sample() -> Self {
        let fund = sample::togo();
        let birth_date = NaiveDate::from_ymd_opt(1970, 5, 1).expect("a day");
        let on = NaiveDate::from_ymd_opt(2026, 10, 15).expect("a day");
        let (from, to) = ("2000-01".parse().expect("a month"), "2026-09".parse().expect("a month"));
        let career = Career::from_spans(&[CareerSpan::new(from, to, 150_000.into())]).expect("a career");
        let found = rights(&fund, birth_date, &career, &Claim::default(), on);
        let words = Words::french("").of_fund(&fund);
        let mut page = Self::sample_empty();
        page.answer = Some(RightsView::of(&fund, &words, &found, on));
        page
    }

    /// Reads what was typed and keeps it in the fields; faults go beside them.
    fn read(
        &mut self,
        words: &Words,
        limits: &AmountLimits,
        typed: &Typed,
    ) -> Option<(NaiveDate, NaiveDate, Vec<CareerSpan>)> {
        let mut reader = Reader::new(typed, words);
        let (birth_date, date) = (reader.day(&mut self.birth_date), reader.day(&mut self.date));
        reader.check(&self.date, FaultKind::of_life(birth_date, date));
        let mut spans = Vec::new();
        for Period { fields, .. } in &mut self.periods {
            // A period of which nothing was typed is none.
            let typed = fields.each_mut().map(|field| reader.keep(field));
            if typed.contains(&true) {
                spans.extend(reader.span(fields.each_mut(), birth_date, limits));
            }
        }
        let read = birth_date.zip(date).map(|(birth_date, date)| (birth_date, date, spans));
        reader.done(self, read)
    }
}

impl Form for RightsPage {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        let Self { errors, birth_date, date, periods, .. } = self;
        let days = [birth_date, date].into_iter().map(|field| (field.label.clone(), field));
        let periods = periods.iter_mut().flat_map(|Period { title, fields }| {
            fields.iter_mut().map(move |field| (format!("{title}, {}", field.label.to_lowercase()), field))
        });
        (days.chain(periods).collect(), errors)
    }
}

impl RightsAnswer {
    pub(crate) fn of(fund: &Fund, words: &Words, found: &[Right], date: NaiveDate) -> Self {
        let rights = found.iter().map(|right| right_body(words, right)).collect();
        Self { fund: fund.code.clone(), date, rights }
    }
}

impl RightsView {
    pub(crate) fn of(fund: &Fund, words: &Words, found: &[Right], on: NaiveDate) -> Self {
        let open = found.iter().filter(|right| right.state == RightState::Open).count();
        let all = found.len();
        Self {
            fund: fund.name.clone(),
            on: date_text(on),
            summary: match open {
                0 => format!("Aucun droit ouvert sur\u{a0}{all}"),
                1 => format!("1\u{a0}droit ouvert sur\u{a0}{all}"),
                _ => format!("{open}\u{a0}droits ouverts sur\u{a0}{all}"),
            },
            rights: found.iter().map(|right| right_view(words, right)).collect(),
        }
    }
}

/// What the law leaves unknown: the right itself, or the amount of one that is open.
fn unknown(right: &Right) -> Option<&Refusal> {
    match &right.state {
        RightState::Unknown(refusal) => Some(refusal),
        _ => right.no_amount.as_ref(),
    }
}

fn right_view(words: &Words, right: &Right) -> RightView {
    let (tone, label) = match &right.state {
        RightState::Open if right.no_amount.is_some() => (Tone::Info, "Ouvert, montant inconnu"),
        RightState::Open => (Tone::Success, "Ouvert"),
        RightState::Conditional => (Tone::Info, "Ouvert sous conditions"),
        RightState::NotYet(_) => (Tone::Warning, "Pas encore"),
        RightState::Unknown(_) => (Tone::Neutral, "Inconnu"),
    };
    let missing = match &right.state {
        RightState::NotYet(reasons) => reasons.as_slice(),
        _ => &[],
    };
    let missing = missing.iter().map(|reason| {
        let (condition, missing) = words.reason(reason);
        MissingCondition { condition, have: String::new(), missing, from: None }
    });
    let question = unknown(right).map(|refusal| {
        let (title, advice) = words.refusal(refusal);
        format!("{title}. {advice}")
    });
    RightView {
        id: format!("droit-{}", right.code.replace('.', "-")),
        label: spaced(&right.label),
        tag: StatusTag::new(tone, label),
        missing: missing.collect(),
        from: right.from.map(date_text),
        question,
        unchecked: right.unchecked.iter().map(|label| spaced(label)).collect(),
        steps: words.steps(&right.steps),
    }
}

/// `GET /droits`: the form, and every right once it is filled in. Nothing is kept.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(typed): Query<Typed>,
    headers: HeaderMap,
) -> Response {
    let shell = portal.shell_for(&headers, "Mes droits", "/droits").await;
    let fund = portal.chosen_fund(typed.get("caisse").map_or("", String::as_str));
    let words = portal.words().of_fund(&fund);
    let links = portal.fund_links("/droits", &fund.code);
    let mut page = RightsPage::empty(shell, links, &fund, portal.moment().today);
    if !typed.contains_key("birth_date") {
        return crate::page::send(&page);
    }
    page.proofs = proof_checks(&fund, &typed);
    if let Some((birth_date, date, spans)) = page.read(&words, &AmountLimits::of(&fund), &typed) {
        // Spans were checked one by one: none ends before it starts.
        let career = Career::from_spans(&spans).unwrap_or_default();
        let claim = Claim {
            monthly_wage: career.before(Month::of(date).plus(1)).last().map(|month| month.wage),
            proofs: page.proofs.checked(),
            ..Claim::default()
        };
        let found = rights(&fund, birth_date, &career, &claim, date);
        page.answer = Some(RightsView::of(&fund, &words, &found, date));
    }
    page.send()
}

/// Who asks, and for which day.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct RightsBody {
    /// Code of the fund.
    #[schema(example = "tg")]
    fund: String,
    #[schema(value_type = String, format = Date, example = "1964-05-01")]
    birth_date: String,
    career: Vec<SpanBody>,
    /// The day for which rights are told.
    #[schema(value_type = String, format = Date, example = "2024-06-01")]
    date: String,
    /// Category of the person.
    #[schema(example = "salaried")]
    category: Option<String>,
    /// When the person was registered; the first insured month when it is left out.
    #[schema(value_type = Option<String>, format = Date, example = "1994-06-01")]
    registered_on: Option<String>,
    /// Papers that the person has.
    #[schema(example = json!([]))]
    proofs: Option<Vec<String>>,
    /// Loss of capacity, a share.
    #[schema(example = "0")]
    degree: Option<String>,
    /// Monthly pay, where a rule looks at it; exact decimal.
    #[schema(example = "200000")]
    monthly_wage: Option<String>,
    /// The law as it stood on that day.
    #[schema(value_type = Option<String>, format = Date, example = "2024-06-01")]
    law_at: Option<String>,
    /// The law as it was known on that day.
    #[schema(value_type = Option<String>, format = Date, example = "2024-06-01")]
    known_at: Option<String>,
}

/// Every right of somebody on a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct RightsAnswer {
    #[schema(example = "tg")]
    fund: String,
    #[schema(value_type = String, format = Date)]
    date: NaiveDate,
    rights: Vec<RightBody>,
}

/// One right.
#[derive(Serialize, ToSchema)]
pub(crate) struct RightBody {
    /// `pension.normal`, `family`, `daily.maternity`, `grant.prenatal` …
    #[schema(example = "pension.normal")]
    code: String,
    #[schema(example = "Pension normale")]
    label: String,
    /// `open`, `conditional` (nothing that was checked is missing, but not all was checked), `not_yet` or
    /// `unknown`.
    #[schema(example = "open")]
    state: &'static str,
    /// What is missing.
    reasons: Vec<ReasonBody>,
    /// The first day that could be paid, where time and work alone do it.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<NaiveDate>,
    /// Conditions that could not be checked for want of a fact, in the jurist's words.
    #[schema(example = json!([]))]
    unchecked: Vec<String>,
    /// The rule whose text is not known: that of the right when the state is `unknown`, else that of
    /// the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pension.average")]
    rule: Option<String>,
    /// The question that stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<QuestionBody>,
    /// What was looked at, with its sources.
    steps: Vec<StepBody>,
}

fn right_body(words: &Words, right: &Right) -> RightBody {
    let (state, reasons) = match &right.state {
        RightState::Open => ("open", Vec::new()),
        RightState::Conditional => ("conditional", Vec::new()),
        RightState::NotYet(reasons) => ("not_yet", reason_bodies(reasons, words)),
        RightState::Unknown(_) => ("unknown", Vec::new()),
    };
    let (rule, question) = match unknown(right) {
        Some(Refusal::OpenQuestion { rule, question }) => {
            (Some(rule.to_string()), Some(QuestionBody::of(question)))
        }
        Some(Refusal::NoRule { rule, .. }) => (Some(rule.to_string()), None),
        _ => (None, None),
    };
    RightBody {
        code: right.code.clone(),
        label: right.label.to_string(),
        state,
        reasons,
        from: right.from,
        unchecked: right.unchecked.iter().map(ToString::to_string).collect(),
        rule,
        question,
        steps: step_bodies(&right.steps, words),
    }
}

/// Tells every right of somebody on a day: open, open under conditions, not yet, or not known.
#[utoipa::path(post, path = "/api/v1/simulations/rights", operation_id = "simulate_rights", tag = "Simulations", request_body = RightsBody,
    responses((status = 200, body = RightsAnswer), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    mut body: Body,
) -> Result<Json<RightsAnswer>, JsonProblem> {
    let mut fields = body.fields();
    let chosen = Chosen::read(&mut fields, &portal);
    let birth_date = fields.date("birth_date");
    let date = fields.date("date");
    let spans = chosen.spans(&mut fields, birth_date);
    let claim = chosen.claim(&mut fields);
    fields.check("date", FaultKind::of_life(birth_date, date));
    let refused = |refusal| chosen.refused(refusal, "date");
    let ((birth_date, date), spans) = body.done(birth_date.zip(date).zip(spans)).map_err(refused)?;
    let career = Career::from_spans(&spans).map_err(refused)?;
    let found = rights(&chosen.fund, birth_date, &career, &claim, date);
    Ok(Json(RightsAnswer::of(&chosen.fund, &chosen.words, &found, date)))
}
