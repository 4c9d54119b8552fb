//! `cnss-portal disputes`: money that a bank announced and that an agent must look at, credited or not,
//! until an agent's space shows it.

use cnss_core::fund::Fund;
use cnss_core::payment::{Dispute, DisputeReason};
use cnss_core::port::Store;

use super::{Cannot, Report, look};
use crate::settings::DatabaseUrl;

/// How many are shown at once.
const SHOWN_MOST: u32 = 100;

pub(super) async fn disputes(url: &DatabaseUrl, fund: &Fund, after: i64) -> Result<Report, Cannot> {
    let store = look(url.as_str(), fund).await?;
    let read = store.disputes(after, SHOWN_MOST).await;
    store.close().await;
    Ok(report(&read?))
}

fn report(disputes: &[(i64, Dispute)]) -> Report {
    let mut report = Report::default();
    if disputes.is_empty() {
        report.line("Aucun paiement en attente d'un agent.");
    }
    for (place, dispute) in disputes {
        let notice = &dispute.notice;
        report.line(format!(
            "nº {place}, reçu le {} : {} {} le {}, banque {}, transaction « {} », référence « {} » : {}",
            dispute.received_at.format("%d/%m/%Y %H:%M UTC"),
            notice.amount,
            notice.amount.currency().code(),
            notice.paid_on.format("%d/%m/%Y"),
            notice.bank.as_str(),
            notice.transaction,
            notice.reference_text,
            words(dispute.reason)
        ));
    }
    let full = disputes.len() >= usize::try_from(SHOWN_MOST).unwrap_or(usize::MAX);
    if let Some((last, _)) = disputes.last().filter(|_| full) {
        report.line(format!("… la suite : cnss-portal disputes --after {last}"));
    }
    report
}

fn words(reason: DisputeReason) -> &'static str {
    match reason {
        DisputeReason::UnknownReference => "référence jamais émise",
        DisputeReason::OtherAmount => "émise pour un autre montant",
        DisputeReason::PaidBefore => "déjà payée par une autre transaction",
        DisputeReason::OtherContent => "transaction déjà annoncée avec un autre contenu",
        DisputeReason::DayInFuture => "la banque dit un jour qui n'est pas encore venu",
        DisputeReason::OtherCurrency => "dans une autre monnaie que celle de la caisse",
        DisputeReason::BeforeIssued => {
            "créditée au jour de l'émission : la banque dit un jour où la référence n'existait pas encore"
        }
        DisputeReason::AfterExpiry => "créditée : payée après le dernier jour de la référence",
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use cnss_core::money::{Currency, Money};
    use cnss_core::payment::{BankCode, BankNotice, BankStatus};
    use uuid::Uuid;

    use super::*;

    fn dispute(place: i64, reason: DisputeReason) -> (i64, Dispute) {
        let notice = BankNotice {
            bank: BankCode::parse("btci").expect("a code"),
            transaction: "TX-1".to_owned(),
            reference: None,
            reference_text: "loyer de mars".to_owned(),
            amount: Money::new(500.into(), Currency::new("XOF", 0).expect("a currency")).expect("an amount"),
            paid_on: cnss_core::calendar::parse_date("2024-02-29").expect("a day"),
            status: BankStatus::Paid,
        };
        let received_at = DateTime::from_timestamp(1_709_200_000, 0).expect("an instant");
        (place, Dispute { id: Uuid::from_u128(1), notice, reason, received_at })
    }

    #[test]
    fn each_is_one_line_that_tells_where_to_look() {
        assert_eq!(report(&[]).text, "Aucun paiement en attente d'un agent.\n");
        let all: Vec<_> =
            (7_i64..).zip(DisputeReason::ALL).map(|(place, reason)| dispute(place, reason)).collect();
        let text = report(&all).text;
        assert_eq!(
            text.lines().next(),
            Some(
                "nº 7, reçu le 29/02/2024 09:46 UTC : 500 XOF le 29/02/2024, banque btci, transaction « TX-1 », \
                 référence « loyer de mars » : référence jamais émise"
            )
        );
        assert_eq!(text.lines().count(), DisputeReason::ALL.len());
    }

    #[test]
    fn a_long_list_says_how_to_go_on() {
        let many: Vec<_> = (1..=100).map(|place| dispute(place, DisputeReason::PaidBefore)).collect();
        assert!(report(&many).text.ends_with("… la suite : cnss-portal disputes --after 100\n"));
        assert_eq!(report(&many[..99]).text.lines().count(), 99);
    }
}
