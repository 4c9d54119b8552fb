//! `GET /employeur/compte`: « Compte-Cotisant ».

use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::Caller;
use axum::Json;
use axum::extract::{Query, State};
use cnss_core::calendar::Month;
use cnss_core::desk::{ContributionAccount, DeskError};
use cnss_core::ledger::Obligation;
use cnss_core::money::{Money, MoneyError};
use cnss_core::payment::Reference;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::page::{PageResult, on_page, send};
use crate::portal::Portal;
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, Pager, Shell, StatusTag, Step, Tone};
use crate::words::{date_text, month_title};

/// « Compte-Cotisant »: what is due and paid, month by month.
#[derive(askama::Template)]
#[template(path = "employer/account.html")]
pub struct ContributionAccountPage {
    /// Around the page.
    pub shell: Shell,
    /// Day the account is computed on.
    pub computed_on: String,
    /// Balance to pay.
    pub balance: Amount,
    /// What the balance means, e.g. « à payer ».
    pub balance_text: String,
    /// Part of it that is overdue.
    pub overdue: Amount,
    /// Late surcharges up to the day.
    pub surcharge: Amount,
    /// How the balance is computed.
    pub steps: Vec<Step>,
    /// Months of this page, newest first.
    pub months: Vec<AccountMonth>,
    /// Other pages of the months.
    pub pager: Pager,
    /// Payments of this page, newest first.
    pub payments: Vec<Payment>,
    /// Other pages of the payments.
    pub payments_pager: Pager,
}

/// One month of the account.
pub struct AccountMonth {
    /// Month in words.
    pub month: String,
    /// Detail of the month.
    pub href: String,
    /// Last day to pay.
    pub due_date: String,
    /// Due.
    pub due: Amount,
    /// Paid.
    pub paid: Amount,
    /// Left to pay.
    pub left: Amount,
    /// Surcharge.
    pub surcharge: Amount,
    /// Balance of the account after this month.
    pub balance: Amount,
    /// State.
    pub status: StatusTag,
}

/// One payment.
pub struct Payment {
    /// Day.
    pub date: String,
    /// What was done.
    pub operation: String,
    /// Reference.
    pub reference: String,
    /// The page of the reference, when it is one that the fund issued.
    pub href: Option<String>,
    /// Amount.
    pub amount: Amount,
}

impl ContributionAccountPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let month = |label: &str,
                     id: &str,
                     due_date: &str,
                     due: i64,
                     paid: i64,
                     surcharge: i64,
                     balance: i64,
                     tone,
                     status: &str| AccountMonth {
            month: label.into(),
            href: format!("/employeur/compte/{id}"),
            due_date: due_date.into(),
            due: sample::cfa(due),
            paid: sample::cfa(paid),
            left: sample::cfa(due - paid),
            surcharge: sample::cfa(surcharge),
            balance: sample::cfa(balance),
            status: StatusTag::new(tone, status),
        };
        let payment = |date: &str, operation: &str, reference: &str, amount: i64| Payment {
            date: date.into(),
            operation: operation.into(),
            reference: reference.into(),
            href: reference.starts_with('7').then(|| format!("/employeur/paiement/{reference}")),
            amount: sample::cfa(amount),
        };
        Self {
            shell: sample::employer(
                "Compte-Cotisant",
                "/employeur/compte",
                &[("Tableau de bord", "/employeur")],
            ),
            computed_on: "6 octobre 2026".into(),
            balance: sample::cfa(684_300),
            balance_text: "à payer".into(),
            overdue: sample::cfa(169_225),
            surcharge: sample::cfa(2_300),
            steps: vec![
                Step::new("Cotisations dues", sample::cfa_text(4_620_350)).detail("9 mois déclarés"),
                Step::new("Paiements reçus", format!("−\u{a0}{}", sample::cfa_text(3_938_350)))
                    .detail("8 paiements"),
                Step::new("Majorations de retard", sample::cfa_text(2_300))
                    .detail("169 225 × 0,5\u{a0}% × 2,7 mois, arrondi")
                    .source("Guide de l'employeur", crate::view::Reliability::Unverified),
                Step::new("Solde", sample::cfa_text(684_300)),
            ],
            months: vec![
                month(
                    "Septembre 2026",
                    "2026-09",
                    "15 octobre 2026",
                    512_775,
                    0,
                    0,
                    684_300,
                    Tone::Neutral,
                    "Pas encore dû",
                ),
                month(
                    "Août 2026",
                    "2026-08",
                    "15 septembre 2026",
                    519_225,
                    350_000,
                    1_650,
                    171_525,
                    Tone::Warning,
                    "Partiel",
                ),
                month(
                    "Juillet 2026",
                    "2026-07",
                    "15 août 2026",
                    524_600,
                    524_600,
                    650,
                    650,
                    Tone::Success,
                    "Payé",
                ),
                month(
                    "Juin 2026",
                    "2026-06",
                    "15 juillet 2026",
                    508_475,
                    508_475,
                    0,
                    0,
                    Tone::Success,
                    "Payé",
                ),
            ],
            pager: Pager::new("Pages des mois", "1 à 4 sur 33").next("/employeur/compte?page=2"),
            payments: vec![
                payment("18 septembre 2026", "Paiement", "7K3M9-QXF2A", 350_000),
                payment("20 août 2026", "Paiement", "MOB-55871", 524_600),
                payment("14 juillet 2026", "Paiement", "DEP-40077", 508_475),
            ],
            payments_pager: Pager::new("Pages des paiements", "1 à 3 sur 31")
                .next("/employeur/compte?paiements=2"),
        }
    }
}

/// Months, and payments, on one page.
const PAGE: usize = 12;

/// Which pages.
#[derive(Deserialize)]
pub(crate) struct Pages {
    #[serde(default)]
    page: usize,
    #[serde(default)]
    versements: usize,
}

/// The figures of one month, all schemes together.
pub(crate) struct MonthSum {
    pub(crate) month: Month,
    pub(crate) due_date: chrono::NaiveDate,
    pub(crate) due: Money,
    pub(crate) paid: Money,
    pub(crate) left: Money,
    pub(crate) surcharge: Money,
    /// Contributions and surcharges left to pay.
    pub(crate) outstanding: Money,
}

/// Adds up obligations by month, oldest first.
pub(crate) fn by_month(obligations: &[Obligation]) -> Result<Vec<MonthSum>, MoneyError> {
    let mut months: Vec<MonthSum> = Vec::new();
    for o in obligations {
        let (left, surcharge, outstanding) = (o.unpaid()?, o.surcharges()?, o.outstanding()?);
        match months.iter_mut().find(|sum| sum.month == o.month) {
            Some(sum) => {
                sum.due = sum.due.plus(o.due)?;
                sum.paid = sum.paid.plus(o.paid)?;
                sum.left = sum.left.plus(left)?;
                sum.surcharge = sum.surcharge.plus(surcharge)?;
                sum.outstanding = sum.outstanding.plus(outstanding)?;
            }
            None => months.push(MonthSum {
                month: o.month,
                due_date: o.due_date,
                due: o.due,
                paid: o.paid,
                left,
                surcharge,
                outstanding,
            }),
        }
    }
    Ok(months)
}

/// The state of a month on a date.
pub(crate) fn month_tag(sum: &MonthSum, on: chrono::NaiveDate) -> StatusTag {
    if sum.left.is_zero() && sum.outstanding.is_zero() {
        StatusTag::new(Tone::Success, "Payé")
    } else if sum.left.is_zero() {
        StatusTag::new(Tone::Warning, "Majoration due")
    } else if sum.due_date >= on {
        StatusTag::new(Tone::Neutral, "Pas encore dû")
    } else if sum.paid.is_zero() {
        StatusTag::new(Tone::Error, "Impayé")
    } else {
        StatusTag::new(Tone::Warning, "Partiel")
    }
}

/// `GET /employeur/compte`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(pages): Query<Pages>,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().contribution_account(visitor.actor, at.today).await.map_err(&fail)?;
    let shell = portal.employer_shell(&visitor, "Compte-Cotisant", "/employeur/compte", &[]).await;
    let page = account_page(&portal, shell, &account, &pages).map_err(|e| fail(DeskError::from(e)))?;
    Ok(send(&page))
}

fn account_page(
    portal: &Portal,
    shell: Shell,
    account: &ContributionAccount,
    pages: &Pages,
) -> Result<ContributionAccountPage, MoneyError> {
    let statement = &account.statement;
    let mut running = portal.desk().fund().currency.zero();
    let mut months = Vec::new();
    for sum in by_month(&statement.obligations)? {
        running = running.plus(sum.outstanding)?;
        months.push(AccountMonth {
            month: month_title(sum.month),
            href: format!("/employeur/compte/{}", sum.month),
            due_date: date_text(sum.due_date),
            due: portal.amount(sum.due),
            paid: portal.amount(sum.paid),
            left: portal.amount(sum.left),
            surcharge: portal.amount(sum.surcharge),
            balance: portal.amount(running),
            status: month_tag(&sum, statement.on),
        });
    }
    months.reverse();
    let issued = |reference: &String| reference.parse::<Reference>().ok();
    let payments = statement.payments.iter().rev().map(|p| Payment {
        date: date_text(p.paid_on),
        href: p.reference.as_ref().and_then(issued).map(|r| format!("/employeur/paiement/{r}")),
        // The books do not say by which means it came.
        operation: "Paiement".to_owned(),
        reference: p.reference.clone().unwrap_or_default(),
        amount: portal.amount(p.amount),
    });
    let (months, pager) = cut(months, pages.page, "Mois", |n| {
        format!("/employeur/compte?page={n}&versements={}", pages.versements)
    });
    let (payments, payments_pager) = cut(payments.collect(), pages.versements, "Versements", |n| {
        format!("/employeur/compte?page={}&versements={n}#paiements", pages.page)
    });
    let balance = statement.balance()?;
    Ok(ContributionAccountPage {
        shell,
        computed_on: date_text(statement.on),
        balance_text: super::balance_text(balance).to_owned(),
        balance: portal.amount(if balance.is_negative() { balance.negated() } else { balance }),
        overdue: portal.amount(statement.overdue()?),
        surcharge: portal.amount(statement.surcharges()?),
        steps: balance_steps(portal, account)?,
        months,
        pager,
        payments,
        payments_pager,
    })
}

/// How the balance comes about, in four lines.
fn balance_steps(portal: &Portal, account: &ContributionAccount) -> Result<Vec<Step>, MoneyError> {
    let statement = &account.statement;
    let zero = portal.desk().fund().currency.zero();
    let due = statement.obligations.iter().try_fold(zero, |sum, o| sum.plus(o.due))?;
    let paid = statement.payments.iter().try_fold(zero, |sum, p| sum.plus(p.amount))?;
    let surcharges = statement.obligations.iter().try_fold(zero, |sum, o| sum.plus(o.surcharges()?))?;
    let money = |m| portal.words().money(m);
    let mut steps = vec![
        Step::new("Cotisations déclarées", money(due))
            .detail("somme de tous les mois, chacun ouvert dans le tableau ci-dessous"),
        Step::new("Majorations de retard", money(surcharges)).detail("calculées mois par mois à cette date"),
        Step::new("Versements reçus", money(paid))
            .detail("imputés sur les dettes les plus anciennes, à la date de chaque versement"),
        Step::new("Solde", money(statement.balance()?)).detail("cotisations + majorations − versements"),
    ];
    steps.extend(super::unsettled_surcharges(portal, &statement.obligations));
    Ok(steps)
}

/// One page of a list, with its pager; pages count from 1, 0 being the first too.
pub(crate) fn cut<T>(
    all: Vec<T>,
    page: usize,
    label: &str,
    href: impl Fn(usize) -> String,
) -> (Vec<T>, Pager) {
    let total = all.len();
    let pages = total.div_ceil(PAGE).max(1);
    let page = page.clamp(1, pages);
    let from = page.saturating_sub(1).saturating_mul(PAGE);
    let shown: Vec<T> = all.into_iter().skip(from).take(PAGE).collect();
    let summary =
        format!("{} à {} sur {total}", from.saturating_add(1).min(total), from.saturating_add(shown.len()));
    let mut pager = Pager::new(label, summary);
    if page > 1 {
        pager = pager.previous(href(page.saturating_sub(1)));
    }
    if page < pages {
        pager = pager.next(href(page.saturating_add(1)));
    }
    (shown, pager)
}

/// The contribution account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountAnswer {
    /// The date it is computed for.
    #[schema(value_type = String, format = Date)]
    on: chrono::NaiveDate,
    #[schema(example = "XOF")]
    currency: String,
    /// Above zero the employer owes, below zero the fund does; exact decimal, as all amounts here.
    balance: String,
    overdue: String,
    surcharges: String,
    credit: String,
    /// The newest month first, a page of them.
    months: Vec<MonthBody>,
    /// How many months there are in all.
    months_total: usize,
    /// The newest first, a page of them.
    payments: Vec<PaymentBody>,
}

/// One month of work.
#[derive(Serialize, ToSchema)]
pub(crate) struct MonthBody {
    #[schema(value_type = String, example = "2026-07")]
    month: Month,
    #[schema(value_type = String, format = Date)]
    due_date: chrono::NaiveDate,
    due: String,
    paid: String,
    surcharge: String,
    /// Contributions and surcharges left to pay.
    outstanding: String,
}

/// One payment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentBody {
    #[schema(value_type = String, format = Date)]
    paid_on: chrono::NaiveDate,
    amount: String,
    reference: Option<String>,
}

/// Which page of months and payments.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct AccountQuery {
    /// How many to leave out from the newest.
    skip: Option<usize>,
    /// How many, 1 to 200.
    limit: Option<usize>,
}

/// What is owed and paid, month by month, with what lateness costs today.
#[utoipa::path(get, path = "/api/v1/employer/account", operation_id = "contribution_account", tag = "Employeur", params(AccountQuery), security(("token" = [])),
    responses((status = 200, body = AccountAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(query): Query<AccountQuery>,
) -> Result<Json<AccountAnswer>, JsonProblem> {
    let fail = in_json(&portal);
    let account =
        portal.desk().contribution_account(caller.actor, portal.moment().today).await.map_err(&fail)?;
    answer(&account, &query).map(Json).map_err(|e| fail(DeskError::from(e)))
}

fn answer(account: &ContributionAccount, query: &AccountQuery) -> Result<AccountAnswer, MoneyError> {
    let statement = &account.statement;
    let (skip, limit) = (query.skip.unwrap_or(0), query.limit.unwrap_or(24).clamp(1, 200));
    let months = by_month(&statement.obligations)?;
    let month = |sum: &MonthSum| MonthBody {
        month: sum.month,
        due_date: sum.due_date,
        due: sum.due.to_string(),
        paid: sum.paid.to_string(),
        surcharge: sum.surcharge.to_string(),
        outstanding: sum.outstanding.to_string(),
    };
    let payment = |p: &cnss_core::ledger::Payment| PaymentBody {
        paid_on: p.paid_on,
        amount: p.amount.to_string(),
        reference: p.reference.clone(),
    };
    Ok(AccountAnswer {
        on: statement.on,
        currency: statement.credit.currency().code().to_owned(),
        balance: statement.balance()?.to_string(),
        overdue: statement.overdue()?.to_string(),
        surcharges: statement.surcharges()?.to_string(),
        credit: statement.credit.to_string(),
        months_total: months.len(),
        months: months.iter().rev().skip(skip).take(limit).map(month).collect(),
        payments: statement.payments.iter().rev().skip(skip).take(limit).map(payment).collect(),
    })
}
