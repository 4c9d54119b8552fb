//! `GET /employeur`: employer's dashboard.

use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use chrono::NaiveDate;
use cnss_core::access::Subject;
use cnss_core::desk::{QuarterState, QuarterView};
use cnss_core::ledger::Statement;
use cnss_core::money::MoneyError;
use cnss_core::refusal::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::page::{PageResult, on_page, send};
use crate::portal::Portal;
use crate::session::Visitor;
use crate::show::quarter_tag;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, Link, Shell, StatusTag, Tone};
use crate::words::{date_text, of_month, quarter_short};

/// Employer's dashboard.
#[derive(askama::Template)]
#[template(path = "employer/dashboard.html")]
pub struct DashboardPage {
    /// Around the page.
    pub shell: Shell,
    /// Company name.
    pub company: String,
    /// What is due next; none when nothing is due.
    pub next_due: Option<NextDue>,
    /// Balance of the account.
    pub balance: Amount,
    /// What the balance means, e.g. « à payer », « à votre crédit ».
    pub balance_text: String,
    /// Number of workers in the last declaration.
    pub workers: String,
    /// Quarter of that declaration.
    pub workers_as_of: String,
    /// Quarter to declare now, e.g. « 2026-T3 »; used by the quick links.
    pub current_quarter: String,
    /// The last four quarters, newest first.
    pub quarters: Vec<QuarterCard>,
}

/// What is due next.
pub struct NextDue {
    /// What it is for, e.g. « Cotisations de septembre 2026 ».
    pub label: String,
    /// Last day to pay.
    pub date: String,
    /// Amount.
    pub amount: Amount,
    /// « dans 9 jours » or « en retard de 12 jours ».
    pub delay: StatusTag,
    /// Detail of the obligation.
    pub href: String,
}

/// State of one quarter.
pub struct QuarterCard {
    /// Quarter, e.g. « T3 2026 ».
    pub label: String,
    /// State of the declaration.
    pub status: StatusTag,
    /// One line, e.g. « à déposer avant le 15 octobre 2026 ».
    pub text: String,
    /// What to do or to see.
    pub link: Link,
}

impl DashboardPage {
    /// Address of the on-line form of the current quarter.
    pub fn online_href(&self) -> String {
        format!("/employeur/dnr/{}/saisie", self.current_quarter)
    }

    /// Address of the upload page of the current quarter.
    pub fn file_href(&self) -> String {
        format!("/employeur/dnr/{}/fichier", self.current_quarter)
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let quarter = |label: &str, tone, status: &str, text: &str, action: &str, href: &str| QuarterCard {
            label: label.into(),
            status: StatusTag::new(tone, status),
            text: text.into(),
            link: Link::new(action, href),
        };
        Self {
            shell: sample::employer("Tableau de bord", "/employeur", &[]),
            company: "Boulangerie N'Guissan & Fils".into(),
            next_due: Some(NextDue {
                label: "Cotisations de septembre 2026".into(),
                date: "15 octobre 2026".into(),
                amount: sample::cfa(512_775),
                delay: StatusTag::new(Tone::Warning, "dans 9 jours"),
                href: "/employeur/compte/2026-09".into(),
            }),
            balance: sample::cfa(684_300),
            balance_text: "à payer, dont 171 525 échus".into(),
            workers: "23".into(),
            workers_as_of: "déclarés au T2 2026".into(),
            current_quarter: "2026-T3".into(),
            quarters: vec![
                quarter(
                    "T3 2026",
                    Tone::Info,
                    "Brouillon",
                    "À déposer avant le 15 octobre 2026",
                    "Continuer",
                    "/employeur/dnr/2026-T3/saisie",
                ),
                quarter(
                    "T2 2026",
                    Tone::Success,
                    "Déposée",
                    "Le 11 juillet 2026, 23 travailleurs",
                    "Voir",
                    "/employeur/dnr/2026-T2",
                ),
                quarter(
                    "T1 2026",
                    Tone::Neutral,
                    "Corrigée",
                    "Le 2 mai 2026, 22 travailleurs",
                    "Voir",
                    "/employeur/dnr/2026-T1",
                ),
                quarter(
                    "T4 2025",
                    Tone::Error,
                    "En retard",
                    "Était à déposer avant le 15 janvier 2026",
                    "Déclarer",
                    "/employeur/dnr/2025-T4",
                ),
            ],
        }
    }
}

/// `GET /employeur`.
pub(crate) async fn page(State(portal): State<Portal>, visitor: Visitor) -> PageResult {
    // A mandate may allow less than this page shows: it leads to what it allows.
    if let Subject::Delegate(by) = visitor.actor.subject
        && !(by.rights.declare && by.rights.read)
    {
        let to = match by.rights {
            rights if rights.declare => "/employeur/dnr",
            rights if rights.read => "/employeur/compte",
            _ => "/employeur/paiement",
        };
        return Ok(Redirect::to(to).into_response());
    }
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().contribution_account(visitor.actor, at.today).await.map_err(&fail)?;
    let quarters = portal.desk().quarters(visitor.actor, None, 9, &at).await.map_err(&fail)?;
    let filed = quarters.iter().find_map(|view| view.filed.as_ref());
    let declare = quarters.iter().rev().find(|v| matches!(v.state, QuarterState::Open | QuarterState::Draft));
    let current =
        declare.or_else(|| quarters.first()).map(|view| view.quarter.to_string()).unwrap_or_default();
    let statement = &account.statement;
    let sums = || Ok::<_, MoneyError>((statement.balance()?, next_due(&portal, statement)?));
    let (balance, next_due) = sums().map_err(|e| fail(e.into()))?;
    let page = DashboardPage {
        shell: portal.employer_shell(&visitor, "Tableau de bord", "/employeur", &[]).await,
        company: account.employer.name.to_string(),
        next_due,
        balance_text: super::balance_text(balance).to_owned(),
        balance: portal.amount(if balance.is_negative() { balance.negated() } else { balance }),
        workers: filed.map_or_else(|| "0".to_owned(), |f| f.workers.to_string()),
        workers_as_of: filed.map(|f| quarter_short(f.quarter)).unwrap_or_default(),
        current_quarter: current,
        quarters: quarters.iter().take(4).map(|view| card(&portal, view)).collect(),
    };
    Ok(send(&page))
}

/// The oldest month that is not paid, all its schemes together.
fn next_due(portal: &Portal, statement: &Statement) -> Result<Option<NextDue>, MoneyError> {
    let mut oldest: Option<(cnss_core::calendar::Month, NaiveDate, cnss_core::money::Money)> = None;
    for obligation in &statement.obligations {
        let unpaid = obligation.outstanding()?;
        match &mut oldest {
            _ if unpaid.is_zero() => {}
            None => oldest = Some((obligation.month, obligation.due_date, unpaid)),
            Some((month, _, sum)) if *month == obligation.month => *sum = sum.plus(unpaid)?,
            Some(_) => break,
        }
    }
    Ok(oldest.map(|(month, due, amount)| NextDue {
        label: format!("Cotisations {}", of_month(month)),
        date: date_text(due),
        amount: portal.amount(amount),
        delay: delay(due, statement.on),
        href: format!("/employeur/compte/{month}"),
    }))
}

fn delay(due: NaiveDate, today: NaiveDate) -> StatusTag {
    let days = due.signed_duration_since(today).num_days();
    let plural = |n: i64| if n == 1 { "1\u{a0}jour".to_owned() } else { format!("{n}\u{a0}jours") };
    match days {
        0 => StatusTag::new(Tone::Warning, "aujourd'hui"),
        1.. => StatusTag::new(Tone::Info, format!("dans {}", plural(days))),
        _ => StatusTag::new(Tone::Error, format!("en retard de {}", plural(days.saturating_neg()))),
    }
}

fn card(portal: &Portal, view: &QuarterView) -> QuarterCard {
    let href = format!("/employeur/dnr/{}", view.quarter);
    let (text, label) = match (view.state, &view.filed) {
        (QuarterState::Running, _) => {
            (format!("à déposer à partir du {}", date_text(view.quarter.plus(1).first_day())), "Préparer")
        }
        (QuarterState::Open, _) => (super::due_text(view.quarter), "Déclarer"),
        (QuarterState::Draft, _) => ("brouillon à terminer".to_owned(), "Continuer"),
        (_, Some(filed)) => (
            format!(
                "déposée le {}, {}",
                portal.day_text(filed.filed_at),
                portal.words().workers(filed.workers)
            ),
            "Voir",
        ),
        (_, None) => (String::new(), "Voir"),
    };
    QuarterCard {
        label: quarter_short(view.quarter),
        status: quarter_tag(view.state),
        text,
        link: Link::new(label, href),
    }
}

/// An employer.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmployerAnswer {
    #[schema(example = "EMP-000101")]
    number: String,
    name: String,
    /// Category of its workers.
    #[schema(example = "salaried")]
    category: String,
    #[schema(value_type = String, format = Date)]
    registered_on: NaiveDate,
}

/// Who the employer is.
#[utoipa::path(get, path = "/api/v1/employer", operation_id = "employer", tag = "Employeur", security(("token" = [])),
    responses((status = 200, body = EmployerAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
) -> Result<Json<EmployerAnswer>, JsonProblem> {
    let employer = portal.desk().company_of(caller.actor).await.map_err(in_json(&portal))?;
    let employer = employer.ok_or_else(|| JsonProblem::refused(&Refusal::NotAllowed, portal.words()))?;
    Ok(Json(EmployerAnswer {
        number: employer.number.to_string(),
        name: employer.name.to_string(),
        category: employer.category,
        registered_on: employer.registered_on,
    }))
}
