//! `GET /api/v1/funds` and `GET /api/v1/funds/{fund}/parameters`: what each fund offers, and every
//! line of its law with its dates and sources.

use axum::Json;
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use cnss_core::calendar::parse_iso_date;
use cnss_core::fund::{Fund, LawLine, LawRule, Status};
use cnss_core::refusal::{Fault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::given::{Chosen, grant_parts, proofs};
use super::identifiers::codes;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, QuestionBody};

/// The most rules on a page, and how many are given when no number is asked for: more than any
/// fund has, so that whoever asks for the law has all of it.
const RULES_MAX: usize = 1_000;

/// The funds.
#[derive(Serialize, ToSchema)]
pub(crate) struct FundsAnswer {
    /// The desk's own first.
    funds: Vec<FundBody>,
}

/// What a fund offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct FundBody {
    #[schema(example = "tg")]
    code: String,
    #[schema(example = "CNSS Togo")]
    name: String,
    #[schema(example = "Togo")]
    country: String,
    currency: CurrencyBody,
    /// Kinds of pension.
    pensions: Vec<NamedBody>,
    /// Daily and monthly cash benefits.
    daily: Vec<NamedBody>,
    /// Fixed amounts.
    grants: Vec<GrantNamedBody>,
    /// Categories of insured persons.
    categories: Vec<NamedBody>,
    /// Schemes, each with surcharges of its own.
    schemes: Vec<NamedBody>,
    /// Papers that a claim may have to bring.
    proofs: Vec<NamedBody>,
    /// Numbers and phones that can be checked.
    #[schema(example = json!(["insured_number", "phone.mobile"]))]
    identifiers: Vec<String>,
    /// Whether there are family allowances.
    family: bool,
    /// Whether there are survivors' pensions.
    survivors: bool,
}

/// A currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurrencyBody {
    #[schema(example = "XOF")]
    code: String,
    /// Decimals of the smallest unit.
    #[schema(example = 0)]
    decimals: u8,
    /// How people write it.
    #[schema(example = "F CFA")]
    label: String,
}

/// A code and the jurist's words for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct NamedBody {
    #[schema(example = "normal")]
    code: String,
    #[schema(example = "Pension normale")]
    label: String,
}

/// A grant.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantNamedBody {
    #[schema(example = "prenatal")]
    code: String,
    #[schema(example = "Allocation prénatale")]
    label: String,
    /// Its parts; empty when it has none.
    #[schema(example = json!(["exam_1"]))]
    parts: Vec<String>,
}

fn named(code: &str, label: &str) -> NamedBody {
    NamedBody { code: code.to_owned(), label: label.to_owned() }
}

fn fund_body(fund: &Fund) -> FundBody {
    let grant = |grant: &cnss_core::fund::GrantRules| GrantNamedBody {
        code: grant.code.to_string(),
        label: grant.label.to_string(),
        parts: grant_parts(fund, &grant.code).iter().map(ToString::to_string).collect(),
    };
    let rules = &fund.contributions;
    FundBody {
        code: fund.code.clone(),
        name: fund.name.clone(),
        country: fund.country.clone(),
        currency: CurrencyBody {
            code: fund.currency.code().to_owned(),
            decimals: fund.currency.exponent(),
            label: fund.currency_label.clone(),
        },
        pensions: fund.pension.kinds.iter().map(|k| named(&k.code, &k.label)).collect(),
        daily: fund.benefits.daily.iter().map(|d| named(&d.code, &d.label)).collect(),
        grants: fund.benefits.grants.iter().map(grant).collect(),
        categories: rules.categories.iter().map(|c| named(&c.code, &c.label)).collect(),
        schemes: rules.schemes.iter().map(|s| named(&s.code, &s.label)).collect(),
        proofs: proofs(fund).iter().map(|(code, label)| named(code, label)).collect(),
        identifiers: codes(&fund.identifiers),
        family: fund.benefits.family.is_some(),
        survivors: fund.pension.survivors.is_some(),
    }
}

/// Lists the funds whose rules this service knows.
#[utoipa::path(get, path = "/api/v1/funds", operation_id = "list_funds", tag = "Caisses",
    responses((status = 200, body = FundsAnswer)))]
pub(crate) async fn json(State(portal): State<Portal>) -> Json<FundsAnswer> {
    Json(FundsAnswer { funds: portal.funds().map(|fund| fund_body(fund)).collect() })
}

/// What part of the law is asked for.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// The law as it stood on that day: lines that begin later are left out.
    law_at: Option<String>,
    /// The law as it was known on that day: lines that were published later are left out.
    known_at: Option<String>,
    /// The most rules of this page, 1 to 1000; all of them when it is left out.
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Rules, in the order of the fund's files.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParametersAnswer {
    #[schema(example = "tg")]
    fund: String,
    rules: Vec<RuleBody>,
    /// To be given as `after` for what follows; null at the end.
    #[schema(example = "contributions.pension.employer.salaried")]
    next: Option<String>,
}

/// A rule of the law.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleBody {
    /// The file it stands in.
    #[schema(example = "pension.toml")]
    file: String,
    #[schema(example = "pension.normal_age")]
    key: String,
    #[schema(example = "Âge normal de la retraite")]
    label: String,
    /// What is not settled about the whole rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<QuestionBody>,
    /// Its dated lines; empty when the text was not found.
    values: Vec<ValueBody>,
}

/// A line: what holds from a day on.
#[derive(Serialize, ToSchema)]
pub(crate) struct ValueBody {
    /// Each number and word, with its path.
    value: Vec<AtomBody>,
    /// The first day on which it holds.
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    /// The day on which it was published, when that came later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    known_from: Option<NaiveDate>,
    /// Holds for persons born on that day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    born_from: Option<NaiveDate>,
    /// Holds for these categories only; empty for all.
    #[schema(example = json!([]))]
    categories: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Loi 2011-006, art. 42")]
    article: Option<String>,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// How sure we are: `verified`, `secondary` or `unverified`.
    #[schema(value_type = String, example = "verified")]
    status: Status,
    /// What is not settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<QuestionBody>,
}

/// A number or word of a value.
#[derive(Serialize, ToSchema)]
pub(crate) struct AtomBody {
    /// Its path in the value; empty when the value is a single one.
    #[schema(example = "age")]
    path: String,
    #[schema(example = "60")]
    value: String,
}

fn rule_body(rule: &LawRule) -> RuleBody {
    let value = |line: &LawLine| ValueBody {
        value: line
            .atoms
            .iter()
            .map(|(path, value)| AtomBody { path: path.clone(), value: value.clone() })
            .collect(),
        from: line.basis.from,
        known_from: line.basis.known_from,
        born_from: line.born_from,
        categories: line.categories.iter().map(ToString::to_string).collect(),
        article: line.basis.article.as_ref().map(ToString::to_string),
        source: line.basis.source.to_string(),
        url: line.basis.url.as_ref().map(ToString::to_string),
        status: line.basis.status,
        question: line.basis.question.as_ref().map(QuestionBody::of),
    };
    RuleBody {
        file: rule.file.to_string(),
        key: rule.key.to_string(),
        label: rule.label.to_string(),
        question: rule.question.as_ref().map(QuestionBody::of),
        values: rule.lines.iter().map(value).collect(),
    }
}

/// Reads every rule of a fund, with its dated values and their sources, page by page.
#[utoipa::path(get, path = "/api/v1/funds/{fund}/parameters", operation_id = "list_parameters", tag = "Caisses",
    params(("fund" = String, Path, description = "Code of the fund"), Part),
    responses((status = 200, body = ParametersAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn parameters(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<ParametersAnswer>, JsonProblem> {
    let refused = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let fund = portal.fund(&code).ok_or_else(|| refused(Refusal::NotFound))?;
    let mut faults = Vec::new();
    let mut day = |name: &str, text: &Option<String>| {
        let text = text.as_deref().filter(|text| !text.is_empty())?;
        let read = parse_iso_date(text);
        read.map_err(|error| faults.push(Fault::field(name, FaultKind::of_date(&error)).given(text))).ok()
    };
    let (law_at, known_at) = (day("law_at", &part.law_at), day("known_at", &part.known_at));
    let limit = match part.limit.as_deref().filter(|text| !text.is_empty()) {
        None => Some(RULES_MAX),
        Some(text) => text.parse().ok().filter(|limit| (1..=RULES_MAX).contains(limit)),
    };
    if limit.is_none() {
        let allowed = format!("1 à {RULES_MAX}");
        faults.push(Fault::field("limit", FaultKind::NotAllowed { allowed }));
    }
    let start = match part.after.as_deref().filter(|text| !text.is_empty()) {
        None => Some(0),
        Some(after) => fund.law.iter().position(|rule| *rule.key == *after).map(|at| at.saturating_add(1)),
    };
    if start.is_none() {
        faults.push(Fault::field("after", FaultKind::NotAllowed { allowed: "next".to_owned() }));
    }
    let (Some(limit), Some(start), true) = (limit, start, faults.is_empty()) else {
        return Err(refused(Refusal::Invalid(faults)));
    };
    let chosen = Chosen::of(&portal, fund, law_at, known_at);
    let rest = chosen.fund.law.get(start..).unwrap_or(&[]);
    let page = rest.get(..limit).unwrap_or(rest);
    Ok(Json(ParametersAnswer {
        fund: code,
        next: page.last().filter(|_| rest.len() > page.len()).map(|rule| rule.key.to_string()),
        rules: page.iter().map(rule_body).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_rule_so_that_pages_can_follow_it() {
        for code in Fund::builtin_codes() {
            let fund = Fund::builtin(code).expect("a fund");
            let mut keys: Vec<&str> = fund.law.iter().map(|rule| &*rule.key).collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all, "{code}: a key stands twice");
            assert!(all < RULES_MAX, "{code}: {all} rules do not fit one page");
        }
    }
}
