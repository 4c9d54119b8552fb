//! Pages of the employer (« Espace Employeur »).

pub mod account;
pub mod dashboard;
pub mod declaration;
pub mod declarations;
pub mod draft;
pub mod edit;
pub mod faults;
mod flash;
pub mod mandates;
pub mod month;
pub mod payment;
pub mod payments;
pub mod review;
pub mod template;
pub mod upload;

use cnss_core::calendar::Quarter;
use cnss_core::ledger::Obligation;
use cnss_core::money::Money;
use serde::Deserialize;

use crate::portal::Portal;
use crate::session::Visitor;
use crate::view::{Link, Reliability, Shell, Step};

/// The quarter in the address.
#[derive(Deserialize)]
pub(crate) struct QuarterPath {
    pub(crate) quarter: Quarter,
}

/// From when a quarter is filed. The deadline was not found in the law, so none is invented.
pub(crate) fn due_text(quarter: Quarter) -> String {
    format!("à partir du {}", crate::words::date_text(quarter.plus(1).first_day()))
}

/// What a balance means.
pub(crate) fn balance_text(balance: Money) -> &'static str {
    if balance.is_negative() {
        "à votre crédit"
    } else if balance.is_zero() {
        "rien à payer"
    } else {
        "à payer"
    }
}

/// What is not settled about the surcharges of these debts, once for each scheme and question: a zero
/// is not taken for a pardon, nor a rate for certain.
pub(crate) fn unsettled_surcharges<'a>(
    portal: &Portal,
    obligations: impl IntoIterator<Item = &'a Obligation>,
) -> Vec<Step> {
    let fund = portal.desk().fund();
    let mut steps: Vec<Step> = Vec::new();
    for obligation in obligations {
        let scheme = fund.contributions.schemes.iter().find(|scheme| *scheme.code == *obligation.scheme);
        let label = scheme.map_or(obligation.scheme.as_str(), |scheme| &scheme.label);
        for surcharge in obligation.unsettled() {
            let source = match &surcharge.question {
                Some((_, text)) => format!("Question ouverte\u{a0}: {text}"),
                None => "Aucune règle n'a été retrouvée pour cette date.".to_owned(),
            };
            let (value, detail) = if surcharge.rule_missing {
                let zero = portal.words().money(fund.currency.zero());
                (zero, "aucune majoration n'est comptée")
            } else {
                ("à confirmer".to_owned(), "la majoration est comptée au taux de l'échéance")
            };
            let known = |step: &Step| step.source.as_deref() == Some(&*source) && step.value == value;
            let title = format!("Majoration de retard, {label}");
            if !steps.iter().any(|step| step.label == title && known(step)) {
                let step = Step::new(title, value).detail(detail);
                steps.push(step.source(source, Reliability::Unverified));
            }
        }
    }
    steps
}

impl Portal {
    /// The shell around a page of the employer's space.
    pub(crate) async fn employer_shell(
        &self,
        visitor: &Visitor,
        title: &str,
        current: &str,
        trail: &[(&str, &str)],
    ) -> Shell {
        let company = self.desk().company_of(visitor.actor).await.ok().flatten();
        let number = company.map(|employer| employer.number.to_string());
        let mut shell = self.shell_of(visitor, title, current, number);
        if current != "/employeur" {
            shell.trail.push(Link::new("Tableau de bord", "/employeur"));
        }
        shell.trail.extend(trail.iter().map(|(label, href)| Link::new(*label, *href)));
        shell
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cnss_core::desk::Desk;
    use cnss_core::fund::Fund;
    use cnss_core::ledger::surcharge;
    use cnss_core::memory::MemoryStore;

    use super::*;

    /// What is told of a debt of that scheme, due and still unpaid on those days.
    fn told(code: &str, scheme: &str, due: &str, on: &str) -> Vec<(String, String, String)> {
        let fund = Fund::builtin(code).expect("built in");
        let owed = Money::new(1_000.into(), fund.currency).expect("an amount");
        let day = |text: &str| text.parse::<chrono::NaiveDate>().expect("a day");
        let debt = Obligation {
            month: cnss_core::calendar::Month::of(day(due)),
            scheme: scheme.to_owned(),
            due_date: day(due),
            due: owed,
            paid: fund.currency.zero(),
            slices: Vec::new(),
            running: surcharge(&fund, scheme, owed, day(due), day(on)).expect("within the books"),
            surcharge_paid: fund.currency.zero(),
        };
        let desk = Desk::new(Arc::new(MemoryStore::new()), Arc::new(fund));
        let settings = crate::Settings { demo: true, ..crate::Settings::default() };
        let portal = Portal::new(desk, settings);
        let steps = unsettled_surcharges(&portal, &[debt.clone(), debt]);
        steps.into_iter().map(|step| (step.label, step.value, step.source.unwrap_or_default())).collect()
    }

    /// Whatever the fund and the scheme: a debt without a rule of lateness names the question of its
    /// own rule, once, and one with a rule says nothing.
    #[test]
    fn an_unknown_surcharge_is_never_a_silent_zero() {
        for (fund, scheme, label, question) in
            [("ma", "cnss", "CNSS", "majoration-2025"), ("tg", "amu", "AMU", "amu-retard")]
        {
            let found = told(fund, scheme, "2025-05-10", "2025-12-10");
            let [(title, value, source)] = found.as_slice() else { panic!("{fund}: {found:?}") };
            assert_eq!(*title, format!("Majoration de retard, {label}"));
            assert!(value.starts_with('0'), "{value}");
            let questions = Fund::builtin(fund).expect("built in").questions;
            let text = questions.get(question).expect("a question");
            assert_eq!(*source, format!("Question ouverte\u{a0}: {text}"));
        }
        assert_eq!(told("ma", "cnss", "2024-05-10", "2024-12-10"), Vec::new());
        assert_eq!(told("tg", "cnss", "2025-05-15", "2025-12-10"), Vec::new());
    }
}
