//! What the simulations are given: the fund, the day on which its law is read, a career, a
//! claim, children; and what they all answer with.
//!
//! The one rule to remember: every fault of a body is told at once, so nothing here returns
//! before the rest was read.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use chrono::NaiveDate;
use cnss_core::certificate::Certificate;
use cnss_core::entitlement::{Claim, Reason};
use cnss_core::explain::{Caveat, Step};
use cnss_core::fund::Fund;
use cnss_core::fund::mechanism::{Child, Mechanism};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::refusal::{Fault, FaultKind, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::certificates::{Amounts, CertificateBody, asked, certificate};
use crate::body::{AmountLimits, Body, Fields};
use crate::portal::Portal;
use crate::problem::JsonProblem;
use crate::show::{StepBody, WarningBody, step_bodies, warning_bodies};
use crate::words::Words;

/// The most entries of a career: fifty years of months.
pub(crate) const CAREER_MAX: u32 = 600;
/// The most children of one claim.
const CHILDREN_MAX: u32 = 50;
/// The most spouses of one claim.
pub(crate) const SPOUSES_MAX: u32 = 10;
/// The most papers of one claim.
const PROOFS_MAX: u32 = 20;

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
    /// Days declared in each month, when months were not whole.
    days: Option<u32>,
    /// Category of the worker.
    #[schema(example = "salaried")]
    category: Option<String>,
}

/// A child.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ChildBody {
    #[schema(value_type = String, format = Date, example = "2015-01-01")]
    birth_date: String,
    /// At school or in training.
    student: Option<bool>,
    /// Learning a trade.
    apprentice: Option<bool>,
    disabled: Option<bool>,
    /// Lost both parents.
    orphan: Option<bool>,
}

/// A condition that is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonBody {
    #[schema(example = "too_few_units")]
    code: &'static str,
    /// The condition and what is missing, in French.
    message: String,
    /// From when it is no longer missing, where time alone does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<NaiveDate>,
}

pub(crate) fn reason_bodies(reasons: &[Reason], words: &Words) -> Vec<ReasonBody> {
    let body = |reason: &Reason| {
        let (condition, missing) = words.reason(reason);
        ReasonBody { code: reason.code(), message: format!("{condition}. {missing}"), until: reason.until() }
    };
    reasons.iter().map(body).collect()
}

/// What every calculation answers with, beside its own figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explained {
    #[schema(example = "tg")]
    fund: String,
    #[schema(example = "XOF")]
    currency: String,
    /// How every figure came about.
    steps: Vec<StepBody>,
    /// Every condition that is missing.
    reasons: Vec<ReasonBody>,
    /// What to know before relying on it.
    warnings: Vec<WarningBody>,
    /// The calculation as text that anybody can replay; only when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CertificateBody>)]
    certificate: Option<Certificate>,
}

impl Explained {
    pub(crate) fn of(
        fund: &Fund,
        words: &Words,
        certified: bool,
        (steps, reasons, caveats): (&[Step], &[Reason], &[Caveat]),
        amounts: Amounts<'_>,
    ) -> Self {
        Self {
            fund: fund.code.clone(),
            currency: fund.currency.code().to_owned(),
            steps: step_bodies(steps, words),
            reasons: reason_bodies(reasons, words),
            warnings: warning_bodies(caveats, words),
            certificate: certificate(certified, fund, steps, amounts),
        }
    }
}

/// A calculation that is asked for: its body, of which the fund was read, and whether a certificate
/// is to come with the answer.
pub(crate) struct Given {
    pub body: Body,
    pub chosen: Chosen,
    pub certified: bool,
}

impl FromRequest<Portal> for Given {
    type Rejection = JsonProblem;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, JsonProblem> {
        let mut body = Body::from_request(request, portal).await?;
        let mut fields = body.fields();
        let chosen = Chosen::read(&mut fields, portal);
        let certified = asked(&mut fields);
        Ok(Self { body, chosen, certified })
    }
}

/// A fund as a body chose it, with the words for its amounts.
pub(crate) struct Chosen {
    /// As the law stood on the days asked for.
    pub fund: Arc<Fund>,
    pub words: Words,
    pub limits: AmountLimits,
}

impl Chosen {
    /// A fund of the portal, read as of some day when one is given.
    pub(crate) fn of(
        portal: &Portal,
        fund: &Arc<Fund>,
        law_at: Option<NaiveDate>,
        known_at: Option<NaiveDate>,
    ) -> Self {
        let words = portal.words().of_fund(fund);
        let limits = AmountLimits::of(fund);
        let fund = if law_at.is_some() || known_at.is_some() {
            // The day that is not given leaves its axis of time open.
            Arc::new(fund.as_of(law_at.unwrap_or(NaiveDate::MAX), known_at.unwrap_or(NaiveDate::MAX)))
        } else {
            Arc::clone(fund)
        };
        Self { fund, words, limits }
    }

    /// Reads `fund`, `law_at` and `known_at`; a fund that is not known is a fault, and the rest of
    /// the body is read by the desk's own.
    pub(crate) fn read(fields: &mut Fields<'_>, portal: &Portal) -> Self {
        let code = fields.code("fund", portal.fund_codes());
        let (law_at, known_at) = (fields.optional_date("law_at"), fields.optional_date("known_at"));
        let own = || portal.funds().next();
        match code.and_then(|code| portal.fund(&code)).or_else(own) {
            Some(fund) => Self::of(portal, fund, law_at, known_at),
            // The desk's own fund is always there.
            None => Self::of(portal, &Arc::new(portal.desk().fund().clone()), law_at, known_at),
        }
    }

    /// Puts a refusal into the words of this fund; a rule that is not known at a date is a fault
    /// of the field that gave the date.
    pub(crate) fn refused(&self, refusal: Refusal, field: &str) -> JsonProblem {
        JsonProblem::refused(&no_rule_at(refusal, field, &self.fund), &self.words)
    }

    /// A category of the fund, when one is given.
    pub(crate) fn category(&self, fields: &mut Fields<'_>) -> Option<String> {
        let codes = self.fund.contributions.categories.iter().map(|c| &*c.code);
        if fields.given("category") { fields.code("category", codes) } else { None }
    }

    /// The spans of a career.
    pub(crate) fn spans(
        &self,
        fields: &mut Fields<'_>,
        birth_date: Option<NaiveDate>,
    ) -> Option<Vec<CareerSpan>> {
        fields.list("career", CAREER_MAX, |entry| self.span(entry, birth_date))
    }

    /// A career that may be left out.
    pub(crate) fn optional_career(
        &self,
        fields: &mut Fields<'_>,
        birth_date: Option<NaiveDate>,
    ) -> Option<Career> {
        let spans = if fields.given("career") { self.spans(fields, birth_date) } else { None };
        spans.and_then(|spans| Career::from_spans(&spans).ok())
    }

    fn span(&self, entry: &mut Fields<'_>, birth_date: Option<NaiveDate>) -> Option<CareerSpan> {
        let (from, to) = (entry.month("from"), entry.month("to"));
        let wage = entry.amount("monthly_wage", &self.limits);
        let days = entry.optional_count("days", 1, 31);
        let category = self.category(entry).map(Arc::from);
        entry.check("from", FaultKind::of_work(birth_date, from));
        entry.check("to", FaultKind::of_period(from, to));
        Some(CareerSpan { from: from?, to: to?, wage: wage?, days, category })
    }

    /// The facts that only some rules ask for.
    pub(crate) fn claim(&self, fields: &mut Fields<'_>) -> Claim {
        let proofs = proofs(&self.fund);
        let codes: Vec<&str> = proofs.iter().map(|(code, _)| &**code).collect();
        Claim {
            category: self.category(fields),
            registered_on: fields.optional_date("registered_on"),
            proofs: fields.codes("proofs", PROOFS_MAX, &codes).into_iter().collect(),
            degree: fields.optional_share("degree"),
            third_person: fields.flag("third_person"),
            children: fields.count("children", CHILDREN_MAX),
            spouses: fields.count("spouses", SPOUSES_MAX),
            monthly_wage: fields.optional_amount("monthly_wage", &self.limits),
        }
    }
}

/// The papers that the fund's rules ask for, each with the jurist's words; by the order of the
/// files, each once.
pub(crate) fn proofs(fund: &Fund) -> Vec<(Arc<str>, Arc<str>)> {
    let mut found: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for rule in &fund.rules {
        for entry in rule.entries() {
            if let Mechanism::Proof(code) = &entry.value
                && !found.iter().any(|(known, _)| known == code)
            {
                found.push((Arc::clone(code), Arc::clone(&rule.label)));
            }
        }
    }
    found
}

/// The children of a claim.
pub(crate) fn children(fields: &mut Fields<'_>) -> Option<Vec<Child>> {
    fields.list("children", CHILDREN_MAX, |entry| {
        let birth_date = entry.date("birth_date");
        let (student, apprentice) = (entry.flag("student"), entry.flag("apprentice"));
        let (disabled, orphan) = (entry.flag("disabled"), entry.flag("orphan"));
        Some(Child { birth_date: birth_date?, student, apprentice, disabled, orphan })
    })
}

/// A rule that is not known at a date is a fault of the field that gave the date.
pub(crate) fn no_rule_at(refusal: Refusal, field: &str, fund: &Fund) -> Refusal {
    match refusal {
        Refusal::NoRule { rule, .. } => {
            let prefix = match &*rule {
                "contributions.rates" => "contributions.",
                key => key,
            };
            let lines = fund.law.iter().filter(|r| r.key.starts_with(prefix)).flat_map(|r| &r.lines);
            let since = lines.map(|line| line.basis.from).min();
            Refusal::Invalid(vec![Fault::field(field, FaultKind::NoRule { since })])
        }
        other => other,
    }
}

/// The codes of a grant's parts, whatever the date; empty for a grant without parts.
pub(crate) fn grant_parts(fund: &Fund, code: &str) -> Vec<Arc<str>> {
    let rule = fund.benefits.grant(code).and_then(|grant| fund.rules.get(grant.amount));
    let mut found: Vec<Arc<str>> = Vec::new();
    for entry in rule.into_iter().flat_map(|rule| rule.entries()) {
        if let Mechanism::Parts(parts) = &entry.value {
            let new = parts.iter().map(|part| &part.code).filter(|code| !found.contains(code));
            let new: Vec<Arc<str>> = new.cloned().collect();
            found.extend(new);
        }
    }
    found
}
