//! `GET /employeur/compte/{month}`: one month of the account.

use axum::extract::State;
use cnss_core::calendar::Month;
use cnss_core::desk::DeskError;
use cnss_core::ledger::{Obligation, Statement};
use cnss_core::money::MoneyError;
use cnss_core::refusal::Refusal;
use serde::Deserialize;

use super::account::{by_month, month_tag};
use crate::address::Address;
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, BranchLine, Fact, Pager, Shell, StatusTag, Step, Tone};
use crate::words::{date_text, month_title};

/// One month: contributions, surcharge, payments applied.
#[derive(askama::Template)]
#[template(path = "employer/month.html")]
pub struct ObligationPage {
    /// Around the page.
    pub shell: Shell,
    /// Month in words.
    pub month: String,
    /// State.
    pub status: StatusTag,
    /// Left to pay, surcharge included.
    pub left: Amount,
    /// Due date, due, paid…
    pub facts: Vec<Fact>,
    /// Contributions by branch and payer.
    pub branches: Vec<BranchLine>,
    /// Total of the contributions.
    pub total: Amount,
    /// How the surcharge is computed; empty when there is none.
    pub surcharge_steps: Vec<Step>,
    /// Payments applied to this month.
    pub payments: Vec<AppliedPayment>,
    /// Month before and month after.
    pub pager: Pager,
}

/// Part of a payment used for a month.
pub struct AppliedPayment {
    /// Day of the payment.
    pub date: String,
    /// Reference.
    pub reference: String,
    /// Amount of the payment.
    pub payment: Amount,
    /// Part applied to this month.
    pub applied: Amount,
}

impl ObligationPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::employer(
                "Août 2026",
                "/employeur/compte",
                &[("Tableau de bord", "/employeur"), ("Compte-Cotisant", "/employeur/compte")],
            ),
            month: "Août 2026".into(),
            status: StatusTag::new(Tone::Warning, "Partiel"),
            left: sample::cfa(170_875),
            facts: vec![
                Fact::new("À payer avant le", "15 septembre 2026"),
                Fact::new("Cotisations dues", sample::cfa_text(519_225)),
                Fact::new("Payé", sample::cfa_text(350_000)),
                Fact::new("Majoration de retard", sample::cfa_text(1_650)),
            ],
            branches: sample::branches(2_415_000),
            total: sample::cfa(519_225),
            surcharge_steps: vec![
                Step::new("Reste dû après le 18 septembre 2026", sample::cfa_text(169_225))
                    .detail("519\u{a0}225 − 350\u{a0}000"),
                Step::new("Retard", "2 fractions de mois").detail("du 16 septembre au 6 octobre 2026"),
                Step::new("Majoration", sample::cfa_text(1_650))
                    .detail("169\u{a0}225 × 0,5\u{a0}% × 2, arrondi à 50 F")
                    .source("Guide de l'employeur, non daté", crate::view::Reliability::Unverified),
            ],
            payments: vec![AppliedPayment {
                date: "18 septembre 2026".into(),
                reference: "VIR-88120".into(),
                payment: sample::cfa(350_000),
                applied: sample::cfa(350_000),
            }],
            pager: Pager::new("Mois voisins", "Août 2026")
                .previous("/employeur/compte/2026-07")
                .next("/employeur/compte/2026-09"),
        }
    }
}

/// The month in the address.
#[derive(Deserialize)]
pub(crate) struct MonthPath {
    pub(crate) month: Month,
}

/// `GET /employeur/compte/{month}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(MonthPath { month }): Address<MonthPath>,
) -> PageResult {
    let at = portal.moment();
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().contribution_account(visitor.actor, at.today).await.map_err(&fail)?;
    let of_month: Vec<Obligation> =
        account.statement.obligations.iter().filter(|o| o.month == month).cloned().collect();
    if of_month.is_empty() {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::NotFound));
    }
    let assessment = portal.desk().assessment_of(visitor.actor, month).await.map_err(&fail)?;
    let title = format!("Cotisations {}", crate::words::of_month(month));
    let trail = [("Compte-Cotisant", "/employeur/compte")];
    let shell = portal.employer_shell(&visitor, &title, "/employeur/compte", &trail).await;
    let page = obligation_page(&portal, shell, &account.statement, &of_month, &assessment);
    Ok(send(&page.map_err(|e| fail(DeskError::from(e)))?))
}

fn obligation_page(
    portal: &Portal,
    shell: Shell,
    statement: &Statement,
    of_month: &[Obligation],
    assessment: &cnss_core::declaration::assess::Assessment,
) -> Result<ObligationPage, MoneyError> {
    let money = |m| portal.words().money(m);
    let month = assessment.month;
    let (branches, total) = portal.branches(std::slice::from_ref(assessment))?;
    let sums = by_month(of_month)?;
    let zero = portal.desk().fund().currency.zero();
    let (status, left, facts) = match sums.first() {
        Some(sum) => (
            month_tag(sum, statement.on),
            sum.outstanding,
            vec![
                Fact::new("Échéance", date_text(sum.due_date)),
                Fact::new("Cotisations", money(sum.due)),
                Fact::new("Payé", money(sum.paid)),
                Fact::new("Majorations", money(sum.surcharge)),
            ],
        ),
        None => (StatusTag::new(Tone::Neutral, "Rien à payer"), zero, Vec::new()),
    };
    let mut surcharge_steps = Vec::new();
    let mut payments = Vec::new();
    for obligation in of_month {
        for slice in &obligation.slices {
            surcharge_steps.extend(portal.steps(&slice.surcharge.steps));
            let whole = statement
                .payments
                .iter()
                .find(|p| p.reference == slice.reference && p.paid_on == slice.paid_on);
            payments.push(AppliedPayment {
                date: date_text(slice.paid_on),
                reference: slice.reference.clone().unwrap_or_default(),
                payment: portal.amount(whole.map_or(slice.amount, |p| p.amount)),
                applied: portal.amount(slice.amount),
            });
        }
        surcharge_steps.extend(portal.steps(&obligation.running.steps));
    }
    surcharge_steps.extend(super::unsettled_surcharges(portal, of_month));
    let mut pager = Pager::new("Mois", month_title(month));
    let near = |offset| {
        let near = month.plus(offset);
        statement.obligations.iter().any(|o| o.month == near).then(|| format!("/employeur/compte/{near}"))
    };
    pager.previous = near(-1);
    pager.next = near(1);
    Ok(ObligationPage {
        shell,
        month: month_title(month),
        status,
        left: portal.amount(left),
        facts,
        branches,
        total,
        surcharge_steps,
        payments,
        pager,
    })
}
