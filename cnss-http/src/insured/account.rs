//! `GET /assure/compte`: « Compte Individuel ».

use axum::Json;
use axum::extract::{Query, State};
use cnss_core::calendar::Month;
use cnss_core::desk::{DeskError, IndividualAccount, MonthView};
use cnss_core::ledger::Settled;
use cnss_core::money::{Money, MoneyError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::{PageResult, on_page, send};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};
use crate::show::settled_tag;
use crate::simulation::months_label;
use crate::view::{Amount, Fact, Pager, Shell, StatusTag, Step};
#[cfg(test)]
use crate::view::{Tone, sample};
use crate::words::{month_text, month_title};

/// « Compte Individuel », one year per page.
#[derive(askama::Template)]
#[template(path = "insured/account.html")]
pub struct IndividualAccountPage {
    /// Around the page.
    pub shell: Shell,
    /// Totals of the whole career; three or four facts.
    pub totals: Vec<Fact>,
    /// How the insured months are counted.
    pub steps: Vec<Step>,
    /// Periods without declaration.
    pub gaps: Vec<Gap>,
    /// Years of this page, newest first.
    pub years: Vec<YearGroup>,
    /// Other years.
    pub pager: Pager,
}

/// A period without declaration.
pub struct Gap {
    /// Period, e.g. « de mars 2014 à mai 2014 ».
    pub period: String,
    /// Length, e.g. « 3 mois ».
    pub length: String,
}

/// Months of one year.
pub struct YearGroup {
    /// Year.
    pub year: String,
    /// Summary, e.g. « 9 mois, 1 161 000 F CFA déclarés ».
    pub summary: String,
    /// Months, newest first.
    pub months: Vec<InsuredMonth>,
}

/// One month with one employer.
pub struct InsuredMonth {
    /// Month in words.
    pub month: String,
    /// Detail of the month.
    pub href: String,
    /// Employer.
    pub employer: String,
    /// Wage declared.
    pub wage: Amount,
    /// Days.
    pub days: String,
    /// Contribution of the worker.
    pub worker_part: Amount,
    /// Contribution of the employer.
    pub employer_part: Amount,
    /// Payé, Partiel, Impayé, Pas encore dû.
    pub status: StatusTag,
}

impl IndividualAccountPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let month = |label: &str, id: &str, wage: i64, tone, status: &str| InsuredMonth {
            month: label.into(),
            href: format!("/assure/compte/{id}"),
            employer: "Boulangerie N'Guissan & Fils".into(),
            wage: sample::cfa(wage),
            days: "30".into(),
            worker_part: sample::cfa(wage * 4 / 100),
            employer_part: sample::cfa(wage * 175 / 1000),
            status: StatusTag::new(tone, status),
        };
        Self {
            shell: sample::insured("Compte Individuel", "/assure/compte", &[("Tableau de bord", "/assure")]),
            totals: vec![
                Fact::new("Mois d'assurance", "298 mois"),
                Fact::new("Salaires déclarés", sample::cfa_text(28_414_500)),
                Fact::new("Mois payés en entier", "295 mois"),
            ],
            steps: vec![
                Step::new("Mois déclarés", "301 mois").detail("d'octobre 2001 à septembre 2026"),
                Step::new("Mois déclarés par deux employeurs", "−\u{a0}3 mois")
                    .detail("un mois compte une seule fois"),
                Step::new("Mois d'assurance", "298 mois").detail("301 − 3"),
            ],
            gaps: vec![
                Gap { period: "de mars 2014 à mai 2014".into(), length: "3 mois".into() },
                Gap { period: "novembre 2019".into(), length: "1 mois".into() },
            ],
            years: vec![YearGroup {
                year: "2026".into(),
                summary: "9 mois, 1\u{a0}155\u{a0}000 F\u{a0}CFA déclarés".into(),
                months: vec![
                    month("Septembre 2026", "2026-09", 131_000, Tone::Neutral, "Pas encore dû"),
                    month("Août 2026", "2026-08", 131_000, Tone::Warning, "Partiel"),
                    month("Juillet 2026", "2026-07", 131_000, Tone::Success, "Payé"),
                    month("Juin 2026", "2026-06", 131_000, Tone::Success, "Payé"),
                    month("Mai 2026", "2026-05", 125_000, Tone::Error, "Impayé"),
                    month("Avril 2026", "2026-04", 125_000, Tone::Success, "Payé"),
                ],
            }],
            pager: Pager::new("Années", "Année 2026").next("/assure/compte?annee=2025"),
        }
    }
}

/// Which year.
#[derive(Deserialize)]
pub(crate) struct Year {
    annee: Option<i32>,
}

/// `GET /assure/compte`: one year at a time, the last one first.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<Year>,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().individual_account(visitor.actor, &at).await.map_err(&fail)?;
    let shell = portal.insured_shell(&visitor, "Compte Individuel", "/assure/compte", &[]).await;
    let page = account_page(&portal, shell, &account, query.annee).map_err(|e| fail(DeskError::from(e)))?;
    Ok(send(&page))
}

fn account_page(
    portal: &Portal,
    shell: Shell,
    account: &IndividualAccount,
    year: Option<i32>,
) -> Result<IndividualAccountPage, MoneyError> {
    let zero = portal.desk().fund().currency.zero();
    let sum = |months: &[&MonthView]| months.iter().try_fold(zero, |sum: Money, m| sum.plus(m.declared.wage));
    let all: Vec<&MonthView> = account.months.iter().collect();
    let counted = account.career.months().len();
    let paid = all.iter().filter(|m| m.settled == Some(Settled::Paid)).count();
    let years: std::collections::BTreeSet<i32> = all.iter().map(|m| m.declared.month.year()).collect();
    let year = year.filter(|y| years.contains(y)).or_else(|| years.last().copied());
    let shown: Vec<&MonthView> =
        all.iter().copied().rev().filter(|m| Some(m.declared.month.year()) == year).collect();
    let groups = match year {
        Some(year) => vec![YearGroup {
            year: year.to_string(),
            summary: format!("{} déclarations, {}", shown.len(), portal.words().money(sum(&shown)?)),
            months: shown.iter().map(|m| month_row(portal, m)).collect(),
        }],
        None => Vec::new(),
    };
    let mut pager = Pager::new("Années", year.map(|y| format!("Année {y}")).unwrap_or_default());
    if let Some(year) = year {
        let href = |y: &i32| format!("/assure/compte?annee={y}");
        pager.next = years.range(..year).next_back().map(href);
        pager.previous = years.range(year.saturating_add(1)..).next().map(href);
    }
    let twice = all.len().saturating_sub(counted);
    let steps = vec![
        Step::new("Mois déclarés, employeur par employeur", all.len().to_string()),
        Step::new("Mois déclarés par deux employeurs à la fois", twice.to_string())
            .detail("un mois compte une seule fois"),
        Step::new("Mois d'assurance", counted.to_string()).detail(format!("{} − {twice}", all.len())),
    ];
    Ok(IndividualAccountPage {
        shell,
        totals: vec![
            Fact::new("Mois d'assurance", months_label(u32::try_from(counted).unwrap_or(u32::MAX))),
            Fact::new("Salaires déclarés", portal.words().money(sum(&all)?)),
            Fact::new("Déclarations payées par l'employeur", format!("{paid} sur {}", all.len())),
        ],
        steps,
        gaps: account.career.gaps().into_iter().map(gap).collect(),
        years: groups,
        pager,
    })
}

fn gap((from, to): (Month, Month)) -> Gap {
    let period =
        if from == to { month_text(from) } else { format!("de {} à {}", month_text(from), month_text(to)) };
    Gap { period, length: format!("{}\u{a0}mois", to.since(from).saturating_add(1)) }
}

fn month_row(portal: &Portal, view: &MonthView) -> InsuredMonth {
    InsuredMonth {
        month: month_title(view.declared.month),
        href: format!("/assure/compte/{}", view.declared.month),
        employer: view.employer.clone(),
        wage: portal.amount(view.declared.wage),
        days: view.declared.days.map_or_else(|| "mois entier".to_owned(), |d| d.to_string()),
        worker_part: portal.amount(view.declared.worker_share),
        employer_part: portal.amount(view.declared.employer_share),
        status: settled_tag(view.settled),
    }
}

/// Which months.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct AccountQuery {
    /// Only months after this one.
    #[param(value_type = Option<String>, example = "2024-03")]
    after: Option<Month>,
    /// How many, 1 to 600.
    limit: Option<usize>,
}

/// The individual account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountAnswer {
    #[schema(example = "XOF")]
    currency: String,
    /// Months of insurance: a month with two employers counts once.
    insured_months: usize,
    /// What was declared, the oldest first, a page of it.
    months: Vec<MonthBody>,
    /// To be given as `after` for the next page; null at the end.
    #[schema(value_type = Option<String>)]
    next: Option<Month>,
    /// Spans without declaration.
    gaps: Vec<GapBody>,
}

/// One month with one employer.
#[derive(Serialize, ToSchema)]
pub(crate) struct MonthBody {
    #[schema(value_type = String, example = "2024-03")]
    month: Month,
    employer: String,
    /// Exact decimal, as all amounts here.
    wage: String,
    days: Option<u8>,
    employer_share: String,
    worker_share: String,
    /// Whether the employer paid: `paid`, `partly`, `unpaid` or `not_due`.
    #[schema(value_type = Option<String>, example = "paid")]
    settled: Option<Settled>,
}

/// Months without declaration.
#[derive(Serialize, ToSchema)]
pub(crate) struct GapBody {
    #[schema(value_type = String)]
    from: Month,
    #[schema(value_type = String)]
    to: Month,
}

/// What was declared, month by month, and whether the employer paid.
#[utoipa::path(get, path = "/api/v1/insured/account", operation_id = "individual_account", tag = "Assuré", params(AccountQuery), security(("token" = [])),
    responses((status = 200, body = AccountAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(query): Query<AccountQuery>,
) -> Result<Json<AccountAnswer>, JsonProblem> {
    let account =
        portal.desk().individual_account(caller.actor, &portal.moment()).await.map_err(in_json(&portal))?;
    let limit = query.limit.unwrap_or(120).clamp(1, 600);
    let mut months: Vec<&MonthView> =
        account.months.iter().filter(|m| query.after.is_none_or(|after| m.declared.month > after)).collect();
    // A month is never cut in two: its employers come together.
    let cut = months.get(limit).map(|m| m.declared.month);
    if let Some(cut) = cut {
        months.truncate(limit);
        if months.iter().any(|m| m.declared.month != cut) {
            months.retain(|m| m.declared.month != cut);
        }
    }
    let next = cut.and_then(|_| months.last().map(|m| m.declared.month));
    let body = |m: &&MonthView| MonthBody {
        month: m.declared.month,
        employer: m.employer.clone(),
        wage: m.declared.wage.to_string(),
        days: m.declared.days,
        employer_share: m.declared.employer_share.to_string(),
        worker_share: m.declared.worker_share.to_string(),
        settled: m.settled,
    };
    Ok(Json(AccountAnswer {
        currency: portal.desk().fund().currency.code().to_owned(),
        insured_months: account.career.months().len(),
        months: months.iter().map(body).collect(),
        next,
        gaps: account.career.gaps().into_iter().map(|(from, to)| GapBody { from, to }).collect(),
    }))
}
