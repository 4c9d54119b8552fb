//! `GET /assure/droits`: « Mes droits » from the declared months: what is open on a day, what is
//! missing, and from when.

use axum::Json;
use axum::extract::{Query, State};
use chrono::NaiveDate;
use cnss_core::benefit::{Right, rights};
use cnss_core::calendar::parse_date;
use cnss_core::desk::IndividualAccount;
use cnss_core::entitlement::Claim;
use cnss_core::fund::Fund;
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Refusal};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::form::{Fault, Field, Form};
use crate::page::{PageResult, on_page};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::public::rights::{RightsAnswer, RightsView};
use crate::session::{Caller, Visitor};
use crate::simulation::declared;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// « Mes droits » of an insured person.
#[derive(askama::Template)]
#[template(path = "insured/rights.html")]
pub struct OwnRightsPage {
    /// Around the page.
    pub shell: Shell,
    /// « 298 mois déclarés jusqu'en septembre 2026 ».
    pub career: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `date`.
    pub date: Field,
    /// Every right on that day; none when the day cannot be read.
    pub answer: Option<RightsView>,
}

impl OwnRightsPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::insured("Mes droits", "/assure/droits", &[("Tableau de bord", "/assure")]),
            career: "298 mois déclarés jusqu'en septembre 2026".into(),
            errors: Vec::new(),
            date: date_field().value("2026-10-15"),
            answer: crate::public::rights::RightsPage::sample().answer,
        }
    }
}

fn date_field() -> Field {
    Field::new("date", "Droits à la date du").kind("date").required()
}

impl Form for OwnRightsPage {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        (vec![(self.date.label.clone(), &mut self.date)], &mut self.errors)
    }
}

/// What the person's own months give on a day.
fn own_rights(fund: &Fund, account: &IndividualAccount, on: NaiveDate) -> Vec<Right> {
    let claim = Claim {
        registered_on: Some(account.insured.registered_on),
        monthly_wage: account.career.months().last().map(|month| month.wage),
        ..Claim::default()
    };
    rights(fund, account.insured.birth_date, &account.career, &claim, on)
}

/// For which day.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct OnDay {
    /// Today when it is left out.
    #[param(example = "2026-10-15")]
    date: Option<String>,
}

impl OnDay {
    /// The day; what is wrong with it otherwise.
    fn read(&self, account: &IndividualAccount, today: NaiveDate) -> Result<NaiveDate, FaultKind> {
        match self.date.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => Ok(today),
            Some(text) => {
                let day = parse_date(text).map_err(|error| FaultKind::of_date(&error))?;
                FaultKind::of_life(Some(account.insured.birth_date), Some(day)).map_or(Ok(day), Err)
            }
        }
    }
}

/// `GET /assure/droits`. Nothing is kept.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(asked): Query<OnDay>,
) -> PageResult {
    let at = portal.moment();
    let account =
        portal.desk().individual_account(visitor.actor, &at).await.map_err(on_page(&portal, &visitor))?;
    let (fund, words) = (portal.desk().fund(), portal.words());
    let typed: Option<String> = asked.date.as_deref().map(|text| text.chars().take(40).collect());
    let mut page = OwnRightsPage {
        shell: portal.insured_shell(&visitor, "Mes droits", "/assure/droits", &[]).await,
        career: declared(&account.career),
        errors: Vec::new(),
        date: date_field().value(typed.unwrap_or_else(|| at.today.to_string())),
        answer: None,
    };
    match asked.read(&account, at.today) {
        Ok(on) => page.answer = Some(RightsView::of(fund, words, &own_rights(fund, &account, on), on)),
        Err(kind) => page.refuse("date", words.fault_kind(&kind)),
    }
    Ok(page.send())
}

/// Tells the insured person's rights on a day, from the declared months.
#[utoipa::path(get, path = "/api/v1/insured/rights", operation_id = "own_rights", tag = "Assuré", params(OnDay), security(("token" = [])),
    responses((status = 200, body = RightsAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(asked): Query<OnDay>,
) -> Result<Json<RightsAnswer>, JsonProblem> {
    let at = portal.moment();
    let account = portal.desk().individual_account(caller.actor, &at).await.map_err(in_json(&portal))?;
    let on = asked.read(&account, at.today).map_err(|kind| {
        let fault = CoreFault::field("date", kind).given(asked.date.as_deref().unwrap_or_default());
        JsonProblem::refused(&Refusal::Invalid(vec![fault]), portal.words())
    })?;
    let fund = portal.desk().fund();
    Ok(Json(RightsAnswer::of(fund, portal.words(), &own_rights(fund, &account, on), on)))
}
