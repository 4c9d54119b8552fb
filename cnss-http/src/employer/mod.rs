//! Pages of the employer (« Espace Employeur »).

pub mod account;
pub mod dashboard;
pub mod declaration;
pub mod declarations;
pub mod draft;
pub mod edit;
pub mod faults;
mod flash;
pub mod month;
pub mod payment;
pub mod payments;
pub mod review;
pub mod template;
pub mod upload;

use cnss_core::calendar::Quarter;
use cnss_core::money::Money;
use serde::Deserialize;

use crate::portal::Portal;
use crate::session::Visitor;
use crate::view::{Link, Shell};

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

impl Portal {
    /// The shell around a page of the employer's space.
    pub(crate) async fn employer_shell(
        &self,
        visitor: &Visitor,
        title: &str,
        current: &str,
        trail: &[(&str, &str)],
    ) -> Shell {
        let number =
            self.desk().employer_of(visitor.actor).await.map(|seen| seen.value.number.to_string()).ok();
        let mut shell = self.shell_of(visitor, title, current, number);
        if current != "/employeur" {
            shell.trail.push(Link::new("Tableau de bord", "/employeur"));
        }
        shell.trail.extend(trail.iter().map(|(label, href)| Link::new(*label, *href)));
        shell
    }
}
