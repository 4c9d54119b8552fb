//! `GET /employeur/paiement/{reference}`: one reference, to be copied at the bank, and its receipt
//! (quittance) once the money arrived.

use axum::extract::State;
use cnss_core::desk::PaymentView;
use cnss_core::payment::{Paid, Reference, receipt_number};
use cnss_core::refusal::Refusal;
use serde::Deserialize;

use super::payments::{Standing, state_tag};
use crate::address::Address;
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, Fact, Shell, StatusTag};
use crate::words::date_text;

/// One reference.
#[derive(askama::Template)]
#[template(path = "employer/reference.html")]
pub struct ReferencePage {
    /// Around the page.
    pub shell: Shell,
    /// The reference.
    pub reference: String,
    /// How much is paid under it.
    pub amount: Amount,
    /// To be paid, or paid.
    pub status: StatusTag,
    /// Name, number, day.
    pub facts: Vec<Fact>,
    /// The banks that tell the fund of payments; empty when none does.
    pub banks: String,
    /// Page of the receipt, once it is paid.
    pub receipt: Option<String>,
}

/// The receipt of a payment (quittance).
#[derive(askama::Template)]
#[template(path = "employer/receipt.html")]
pub struct ReceiptPage {
    /// Around the page.
    pub shell: Shell,
    /// Its number.
    pub number: String,
    /// How much was paid.
    pub amount: Amount,
    /// Who, when, through which bank.
    pub facts: Vec<Fact>,
}

#[cfg(test)]
const TRAIL: [(&str, &str); 2] =
    [("Tableau de bord", "/employeur"), ("Paiement de cotisation", "/employeur/paiement")];

impl ReferencePage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::employer("Référence 7K3M9-QXF2A", "/employeur/paiement", &TRAIL),
            reference: "7K3M9-QXF2A".into(),
            amount: sample::cfa(171_525),
            status: state_tag(Standing::Unpaid),
            facts: vec![
                Fact::new("Raison sociale", "Boulangerie N'Guissan & Fils"),
                Fact::new("Émise le", "6 octobre 2026"),
            ],
            banks: "BTCI".into(),
            receipt: None,
        }
    }

    /// Sample page of a reference that is paid.
    #[cfg(test)]
    pub fn sample_paid() -> Self {
        Self {
            status: state_tag(Standing::Paid),
            banks: String::new(),
            receipt: Some("/employeur/paiement/7K3M9-QXF2A/quittance".into()),
            ..Self::sample()
        }
    }
}

impl ReceiptPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::employer("Quittance Q-7K3M9-QXF2A", "/employeur/paiement", &TRAIL),
            number: "Q-7K3M9-QXF2A".into(),
            amount: sample::cfa(171_525),
            facts: vec![
                Fact::new("Raison sociale", "Boulangerie N'Guissan & Fils"),
                Fact::new("Reçu le", "7 octobre 2026"),
                Fact::new("Banque", "BTCI"),
            ],
        }
    }
}

/// The reference in the address.
#[derive(Deserialize)]
pub(crate) struct ReferencePath {
    reference: Reference,
}

async fn view(portal: &Portal, visitor: &Visitor, reference: Reference) -> Result<PaymentView, PageProblem> {
    portal.desk().reference(visitor.actor, reference).await.map_err(on_page(portal, visitor))
}

async fn shell(portal: &Portal, visitor: &Visitor, title: &str) -> Shell {
    let trail = [("Paiement de cotisation", "/employeur/paiement")];
    portal.employer_shell(visitor, title, "/employeur/paiement", &trail).await
}

/// Who pays.
fn payer(view: &PaymentView) -> Vec<Fact> {
    vec![
        Fact::new("Raison sociale", view.employer.name.to_string()),
        Fact::new("Numéro d'employeur", view.employer.number.to_string()),
    ]
}

fn bank(paid: &Paid) -> String {
    paid.bank.as_str().to_uppercase()
}

/// `GET /employeur/paiement/{reference}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(ReferencePath { reference }): Address<ReferencePath>,
) -> PageResult {
    let view = view(&portal, &visitor, reference).await?;
    let mut facts = payer(&view);
    let today = portal.moment().today;
    facts.push(Fact::new("Émise le", date_text(view.issued.issued_on)));
    if let (Some(last), None) = (view.issued.expires_on, &view.issued.paid) {
        facts.push(Fact::new("À payer au plus tard le", date_text(last)));
    }
    if let Some(paid) = &view.issued.paid {
        facts.push(Fact::new("Payée le", date_text(paid.paid_on)));
        facts.push(Fact::new("Banque", bank(paid)));
    }
    let banks: Vec<String> = portal.banks().codes().map(|code| code.as_str().to_uppercase()).collect();
    let page = ReferencePage {
        shell: shell(&portal, &visitor, &format!("Référence {reference}")).await,
        reference: reference.to_string(),
        amount: portal.amount(view.issued.amount),
        status: state_tag(Standing::of(&view.issued, today)),
        facts,
        banks: banks.join(", "),
        receipt: view.issued.paid.map(|_| format!("/employeur/paiement/{reference}/quittance")),
    };
    Ok(send(&page))
}

/// `GET /employeur/paiement/{reference}/quittance`.
pub(crate) async fn receipt(
    State(portal): State<Portal>,
    visitor: Visitor,
    Address(ReferencePath { reference }): Address<ReferencePath>,
) -> PageResult {
    let view = view(&portal, &visitor, reference).await?;
    let Some(paid) = &view.issued.paid else {
        return Err(PageProblem::refused(&portal, Some(&visitor), &Refusal::NotFound));
    };
    let number = receipt_number(&reference);
    let mut facts = payer(&view);
    facts.push(Fact::new("Référence de paiement", reference.to_string()));
    facts.push(Fact::new("Reçu le", date_text(paid.paid_on)));
    facts.push(Fact::new("Banque", bank(paid)));
    facts.push(Fact::new("Transaction de la banque", paid.transaction.clone()));
    let page = ReceiptPage {
        shell: shell(&portal, &visitor, &format!("Quittance {number}")).await,
        number,
        amount: portal.amount(view.issued.amount),
        facts,
    };
    Ok(send(&page))
}
