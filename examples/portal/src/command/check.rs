//! `cnss-portal check`: everything that can be said of the books, in a report of a page.

use cnss_core::audit::Finding;
use cnss_core::desk::verify_trail;
use cnss_core::fund::Fund;
use cnss_core::port::StoreError;
use cnss_store::{Fault, SqlStore};

use super::{Cannot, Report, look};
use crate::settings::DatabaseUrl;

/// How many anomalies of the books, and of the trail, are printed.
const SHOWN_MOST: usize = 50;

pub(super) async fn check(url: &DatabaseUrl, fund: &Fund, kept: &[String]) -> Result<Report, Cannot> {
    let kept = kept.iter().map(|text| seal(text)).collect::<Result<Vec<_>, _>>()?;
    let store = look(url.as_str(), fund).await?;
    let mut report = Report::default();
    report.line(format!("Livres : {url}"));
    let checked = examine(&store, kept, &mut report).await;
    store.close().await;
    match checked {
        Ok(()) => Ok(report),
        // What cannot be read is an anomaly of the books, the worst one, and no failure of the command.
        Err(Cannot::Read(StoreError::Inconsistent(what))) => {
            report.faults = report.faults.saturating_add(1);
            report.line("1 anomalie, qui empêche de lire la suite :");
            report.line(format!("  - ce qui est écrit est abîmé et ne se lit pas ({what})"));
            report.line("Remettez la dernière copie saine : voir docs/operations.md.");
            Ok(report)
        }
        Err(error) => Err(error),
    }
}

/// A seal that somebody kept: `12:` and the digest.
fn seal(text: &str) -> Result<(i64, [u8; 32]), Cannot> {
    let read = || {
        let (number, hex) = text.split_once(':')?;
        let (number, hex) = (number.trim().parse().ok().filter(|n| *n > 0)?, hex.trim());
        let mut digest = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (byte, at) in digest.iter_mut().zip((0_usize..64).step_by(2)) {
            *byte = u8::from_str_radix(hex.get(at..at.saturating_add(2))?, 16).ok()?;
        }
        Some((number, digest))
    };
    read().ok_or_else(|| Cannot::Seal(text.to_owned()))
}

/// Looks at the books, the trail included, and adds what was found.
pub(super) async fn examine(
    store: &SqlStore,
    kept: Vec<(i64, [u8; 32])>,
    report: &mut Report,
) -> Result<(), Cannot> {
    let checked = store.check().await?;
    let trail = verify_trail(store, kept).await?;
    let (seals, lines, traced) = trail.read();
    report.line("Version des tables : celle de ce programme");
    report.line(format!("Écritures du grand livre : {}", checked.entries));
    report.line(format!("Employeurs dont les soldes sont recalculés : {}", checked.employers));
    report.line(format!("Piste d'audit : {lines} lignes, {seals} scellés, {traced} écritures retrouvées"));
    if let Some(last) = trail.last() {
        let at = last.sealed_at.format("%d/%m/%Y %H:%M:%S UTC");
        report.line(format!("Dernier scellé : {}, posé le {at}", crate::seal::written(last)));
    }
    // Some of each: a thousand of one kind must not hide the other.
    let faults = checked.faults.iter().map(fault_words).take(SHOWN_MOST);
    let said: Vec<String> = faults.chain(trail.findings().map(finding_words).take(SHOWN_MOST)).collect();
    let listed = checked.faults.len().saturating_add(trail.findings().count());
    let unlisted = checked.unlisted.saturating_add(trail.unlisted());
    let count = u64::try_from(listed).unwrap_or(u64::MAX).saturating_add(unlisted);
    report.faults = report.faults.saturating_add(count);
    match count {
        0 => report.line("Aucune anomalie."),
        1 => report.line("1 anomalie :"),
        many => report.line(format!("{many} anomalies :")),
    }
    for words in &said {
        report.line(format!("  - {words}"));
    }
    if let Some(more) = count.checked_sub(u64::try_from(said.len()).unwrap_or(0)).filter(|more| *more > 0) {
        report.line(format!("  … et {more} de plus"));
    }
    Ok(())
}

fn fault_words(fault: &Fault) -> String {
    match fault {
        Fault::Damaged(what) => format!("le fichier est abîmé : {what}"),
        Fault::Schema(what) => format!("« {what} » manque, ou n'est pas celui de cette version"),
        Fault::ForeignKey { from, rows } => {
            format!("{from} : {rows} ligne(s) renvoient à ce qui n'existe pas")
        }
        Fault::Missing { table, row } => format!("{table} : {row}, que nomme la piste d'audit, manque"),
        Fault::Edited { table, row } => format!("{table} : {row} a été modifié depuis son écriture"),
        Fault::Unbalanced(entry) => format!("l'écriture {entry} n'est pas équilibrée"),
        Fault::Balance { entry, account } => {
            format!(
                "le solde du compte {account} après l'écriture {entry} n'est pas le précédent augmenté du mouvement"
            )
        }
    }
}

fn finding_words(finding: &Finding) -> String {
    match finding {
        Finding::LineEdited(batch) => format!("la ligne d'audit de l'opération {batch} a été modifiée"),
        Finding::LineMissing { seal, rank } => format!("la ligne d'audit n° {rank} du scellé {seal} manque"),
        Finding::LineAdded { seal, batch } => {
            format!("la ligne d'audit de l'opération {batch} a été ajoutée sous le scellé {seal}")
        }
        Finding::LineMoved { seal, batch } => {
            format!("la ligne d'audit de l'opération {batch} a été déplacée sous le scellé {seal}")
        }
        Finding::SealEdited(number) => {
            format!("le scellé {number} ne correspond pas à ses lignes ou au scellé précédent")
        }
        Finding::SealMissing(number) => format!("le scellé {number} manque"),
        Finding::EntryEdited(entry) => format!("l'écriture {entry} a été modifiée"),
        Finding::EntryMissing(entry) => format!("l'écriture {entry} manque"),
        Finding::EntryAdded(entry) => format!("l'écriture {entry} a été ajoutée hors de toute opération"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_read_as_the_log_writes_it() {
        let digest = [0xab; 32];
        let kept =
            cnss_core::audit::Seal { number: 12, lines: 1, digest, sealed_at: chrono::DateTime::UNIX_EPOCH };
        assert_eq!(seal(&crate::seal::written(&kept)).ok(), Some((12, digest)));
        for bad in [
            "",
            "12",
            "12:",
            "12:ab",
            "x:",
            "0:",
            &format!("0:{}", "ab".repeat(32)),
            &format!("1:{}", "é".repeat(32)),
        ] {
            assert!(seal(bad).is_err(), "{bad}");
        }
    }
}
