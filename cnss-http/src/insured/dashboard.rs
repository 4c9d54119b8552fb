//! `GET /assure`: insured person's dashboard.

use axum::Json;
use axum::extract::State;
use cnss_core::calendar::Month;
use cnss_core::desk::{IndividualAccount, MonthView};
use cnss_core::ledger::Settled;
use cnss_core::pension::first_award;
use serde::Serialize;
use utoipa::ToSchema;

use crate::page::{PageResult, on_page, send};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};
use crate::show::settled_tag;
use crate::simulation::months_label;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, Shell, StatusTag, Tone};
use crate::words::{date_text, month_title};

/// Insured person's dashboard.
#[derive(askama::Template)]
#[template(path = "insured/dashboard.html")]
pub struct InsuredDashboardPage {
    /// Around the page.
    pub shell: Shell,
    /// Forenames and surname.
    pub name: String,
    /// Insured number.
    pub number: String,
    /// Insured months, e.g. « 298 mois ».
    pub insured_months: String,
    /// Same in years, e.g. « 24 ans et 10 mois ».
    pub insured_years: String,
    /// First possible pension date, e.g. « 1er octobre 2031 ».
    pub pension_date: String,
    /// Which pension and why, e.g. « pension normale, à 60 ans ».
    pub pension_text: String,
    /// One state per current employer.
    pub employers: Vec<EmployerStatus>,
    /// Last months declared, newest first.
    pub months: Vec<LastMonth>,
}

/// Whether an employer pays what it declares.
pub struct EmployerStatus {
    /// Name.
    pub name: String,
    /// « À jour », « Paiement partiel », « Impayé ».
    pub status: StatusTag,
    /// One sentence.
    pub text: String,
}

/// One month declared.
pub struct LastMonth {
    /// Month in words.
    pub month: String,
    /// Detail of the month.
    pub href: String,
    /// Employer.
    pub employer: String,
    /// Wage declared.
    pub wage: Amount,
    /// Paid by the employer.
    pub status: StatusTag,
}

impl InsuredDashboardPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let month = |label: &str, id: &str, wage: i64, tone, status: &str| LastMonth {
            month: label.into(),
            href: format!("/assure/compte/{id}"),
            employer: "Boulangerie N'Guissan & Fils".into(),
            wage: sample::cfa(wage),
            status: StatusTag::new(tone, status),
        };
        Self {
            shell: sample::insured("Tableau de bord", "/assure", &[]),
            name: "Adjo Akouété".into(),
            number: "710\u{a0}040".into(),
            insured_months: "298 mois".into(),
            insured_years: "soit 24 ans et 10 mois".into(),
            pension_date: "1er octobre 2031".into(),
            pension_text: "pension normale, à 60 ans".into(),
            employers: vec![EmployerStatus {
                name: "Boulangerie N'Guissan & Fils".into(),
                status: StatusTag::new(Tone::Warning, "Paiement partiel"),
                text: "Vos salaires sont déclarés. Le mois d'août 2026 n'est payé qu'en partie.".into(),
            }],
            months: vec![
                month("Septembre 2026", "2026-09", 131_000, Tone::Neutral, "Pas encore dû"),
                month("Août 2026", "2026-08", 131_000, Tone::Warning, "Partiel"),
                month("Juillet 2026", "2026-07", 131_000, Tone::Success, "Payé"),
            ],
        }
    }
}

/// `GET /assure`.
pub(crate) async fn page(State(portal): State<Portal>, visitor: Visitor) -> PageResult {
    let at = portal.moment();
    let account =
        portal.desk().individual_account(visitor.actor, &at).await.map_err(on_page(&portal, &visitor))?;
    let fund = portal.desk().fund();
    let months = u32::try_from(account.career.months().len()).unwrap_or(u32::MAX);
    let normal = first_award(fund, account.insured.birth_date, &account.career, "normal", at.today);
    let early = first_award(fund, account.insured.birth_date, &account.career, "early", at.today);
    let shown = account.months.iter().rev().take(6).map(|m| last_month(&portal, m)).collect();
    let page = InsuredDashboardPage {
        shell: portal.insured_shell(&visitor, "Tableau de bord", "/assure", &[]).await,
        name: account.insured.full_name(),
        number: account.insured.number.to_string(),
        insured_months: months.to_string(),
        insured_years: months_label(months),
        pension_date: normal.map_or_else(|| "inconnue".to_owned(), date_text),
        pension_text: match early {
            Some(early) if normal.is_some_and(|n| early < n) => {
                format!(
                    "si vos cotisations continuent\u{a0}; pension anticipée possible à partir du {}",
                    date_text(early)
                )
            }
            _ => "si vos cotisations continuent".to_owned(),
        },
        employers: employers(&account, Month::of(at.today)),
        months: shown,
    };
    Ok(send(&page))
}

fn last_month(portal: &Portal, view: &MonthView) -> LastMonth {
    LastMonth {
        month: month_title(view.declared.month),
        href: format!("/assure/compte/{}", view.declared.month),
        employer: view.employer.clone(),
        wage: portal.amount(view.declared.wage),
        status: settled_tag(view.settled),
    }
}

/// Whether each employer of the last year paid what it declared.
fn employers(account: &IndividualAccount, today: Month) -> Vec<EmployerStatus> {
    let mut names: Vec<&str> = Vec::new();
    let recent: Vec<&MonthView> =
        account.months.iter().filter(|m| today.since(m.declared.month) <= 12).collect();
    for month in recent.iter().rev() {
        if !names.contains(&month.employer.as_str()) {
            names.push(&month.employer);
        }
    }
    let status = |name: &str| {
        let of_employer = || recent.iter().filter(|m| m.employer == name);
        let unpaid = of_employer().filter(|m| m.settled == Some(Settled::Unpaid)).count();
        let partly = of_employer().filter(|m| m.settled == Some(Settled::Partly)).count();
        let (tag, text) = match (unpaid, partly) {
            (0, 0) => (
                StatusTag::new(Tone::Success, "À jour"),
                "Toutes les cotisations dues sont payées.".to_owned(),
            ),
            (0, n) => (
                StatusTag::new(Tone::Warning, "Paiement partiel"),
                format!("{n} mois payés en partie sur les douze derniers."),
            ),
            (n, _) => (
                StatusTag::new(Tone::Error, "Impayé"),
                format!("{n} mois impayés sur les douze derniers. Vos mois restent déclarés."),
            ),
        };
        EmployerStatus { name: name.to_owned(), status: tag, text }
    };
    names.into_iter().map(status).collect()
}

/// An insured person.
#[derive(Serialize, ToSchema)]
pub(crate) struct InsuredAnswer {
    #[schema(example = "710040")]
    number: String,
    surname: String,
    forenames: String,
    #[schema(value_type = String, format = Date)]
    birth_date: chrono::NaiveDate,
    #[schema(value_type = String, format = Date)]
    registered_on: chrono::NaiveDate,
}

/// Who the insured person is.
#[utoipa::path(get, path = "/api/v1/insured", operation_id = "insured", tag = "Assuré", security(("token" = [])),
    responses((status = 200, body = InsuredAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
) -> Result<Json<InsuredAnswer>, JsonProblem> {
    let person = portal.desk().insured_of(caller.actor).await.map_err(in_json(&portal))?;
    Ok(Json(InsuredAnswer {
        number: person.number.to_string(),
        surname: person.surname.to_string(),
        forenames: person.forenames.to_string(),
        birth_date: person.birth_date,
        registered_on: person.registered_on,
    }))
}
