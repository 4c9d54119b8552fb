//! `GET /assure/compte/{month}`: one month of the insured person.

use axum::extract::State;
use cnss_core::desk::{DeskError, MonthView};
use cnss_core::refusal::Refusal;

use crate::address::Address;
use crate::employer::month::MonthPath;
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::session::Visitor;
use crate::show::settled_tag;
use crate::view::{Amount, BranchLine, Fact, Pager, Shell, StatusTag};
#[cfg(test)]
use crate::view::{Tone, sample};
use crate::words::month_title;

/// One month, employer by employer.
#[derive(askama::Template)]
#[template(path = "insured/month.html")]
pub struct MonthPage {
    /// Around the page.
    pub shell: Shell,
    /// Month in words.
    pub month: String,
    /// One part per employer.
    pub employers: Vec<EmployerMonth>,
    /// Month before and month after.
    pub pager: Pager,
}

/// What one employer declared for the month.
pub struct EmployerMonth {
    /// Name.
    pub employer: String,
    /// Payé, Partiel, Impayé, Pas encore dû.
    pub status: StatusTag,
    /// Wage, days, declaration, payment.
    pub facts: Vec<Fact>,
    /// Contributions by branch and payer.
    pub branches: Vec<BranchLine>,
    /// Total of the contributions.
    pub total: Amount,
}

impl MonthPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::insured(
                "Août 2026",
                "/assure/compte",
                &[("Tableau de bord", "/assure"), ("Compte Individuel", "/assure/compte")],
            ),
            month: "Août 2026".into(),
            employers: vec![EmployerMonth {
                employer: "Boulangerie N'Guissan & Fils".into(),
                status: StatusTag::new(Tone::Warning, "Partiel"),
                facts: vec![
                    Fact::new("Salaire déclaré", sample::cfa_text(131_000)),
                    Fact::new("Jours", "30"),
                    Fact::new("Déclaration", "T3 2026, déposée le 12 octobre 2026"),
                    Fact::new("Payé par l'employeur", "350 000 sur 519 225 F CFA pour tous ses travailleurs"),
                ],
                branches: sample::branches(131_000),
                total: sample::cfa(28_165),
            }],
            pager: Pager::new("Mois voisins", "Août 2026")
                .previous("/assure/compte/2026-07")
                .next("/assure/compte/2026-09"),
        }
    }
}

/// `GET /assure/compte/{month}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(MonthPath { month }): Address<MonthPath>,
) -> PageResult {
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().individual_account(visitor.actor, &portal.moment()).await.map_err(&fail)?;
    let mut employers = Vec::new();
    for view in account.months.iter().filter(|m| m.declared.month == month) {
        employers.push(employer_month(&portal, view).map_err(&fail)?);
    }
    if employers.is_empty() {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::NotFound));
    }
    let mut pager = Pager::new("Mois", month_title(month));
    let href = |m: &MonthView| format!("/assure/compte/{}", m.declared.month);
    pager.previous = account.months.iter().rfind(|m| m.declared.month < month).map(href);
    pager.next = account.months.iter().find(|m| m.declared.month > month).map(href);
    let trail = [("Compte Individuel", "/assure/compte")];
    let shell = portal.insured_shell(&visitor, &month_title(month), "/assure/compte", &trail).await;
    Ok(send(&MonthPage { shell, month: month_title(month), employers, pager }))
}

fn employer_month(portal: &Portal, view: &MonthView) -> Result<EmployerMonth, DeskError> {
    let assessment = portal.desk().month_assessment(&view.declared)?;
    let (branches, total) = portal.branches(std::slice::from_ref(&assessment))?;
    Ok(EmployerMonth {
        employer: view.employer.clone(),
        status: settled_tag(view.settled),
        facts: vec![
            Fact::new("Salaire déclaré", portal.words().money(view.declared.wage)),
            Fact::new(
                "Jours",
                view.declared.days.map_or_else(|| "mois entier".to_owned(), |d| d.to_string()),
            ),
            Fact::new("Cotisation salarié", portal.words().money(view.declared.worker_share)),
            Fact::new("Cotisation employeur", portal.words().money(view.declared.employer_share)),
        ],
        branches,
        total,
    })
}
