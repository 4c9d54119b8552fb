//! `GET /employeur/dnr/retour/{id}`: faults found in a workbook.

use super::upload::UploadForm;
use crate::view::{Pager, Shell, sample};

/// Fault report after an upload.
#[derive(askama::Template)]
#[template(path = "employer/faults.html")]
pub struct FaultsPage {
    /// Around the page.
    pub shell: Shell,
    /// Identifier of the report, used in the download address.
    pub id: String,
    /// Name of the file sent.
    pub file_name: String,
    /// Quarter in words.
    pub quarter_label: String,
    /// Count in one sentence, e.g. « 12 erreurs dans 9 lignes. ».
    pub summary: String,
    /// Faults of this page.
    pub faults: Vec<CellFault>,
    /// Other pages.
    pub pager: Pager,
    /// Upload form for the corrected file.
    pub form: UploadForm,
}

/// One cell to correct.
pub struct CellFault {
    /// Line of the workbook.
    pub line: String,
    /// Letter of the column.
    pub column: String,
    /// Title of the column.
    pub column_title: String,
    /// Value read; empty when the cell is empty.
    pub value: String,
    /// What to do.
    pub advice: String,
}

impl FaultsPage {
    /// Sample page.
    pub fn sample() -> Self {
        let fault = |line: &str, column: &str, title: &str, value: &str, advice: &str| CellFault {
            line: line.into(),
            column: column.into(),
            column_title: title.into(),
            value: value.into(),
            advice: advice.into(),
        };
        Self {
            shell: sample::employer(
                "Points à corriger dans le fichier",
                "/employeur/dnr",
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations", "/employeur/dnr"),
                    ("3e trimestre 2026", "/employeur/dnr/2026-T3"),
                ],
            ),
            id: "8841".into(),
            file_name: "DNR boulangerie T3 (version 2).xlsx".into(),
            quarter_label: "3e trimestre 2026".into(),
            summary: "12 erreurs dans 9 lignes.".into(),
            faults: vec![
                fault("7", "D", "Salaire juillet", "125.000 F", "Écrivez le montant en chiffres seulement\u{a0}: 125000."),
                fault("7", "I", "Date d'embauche", "31/02/2026", "Cette date n'existe pas. Écrivez-la sous la forme 28/02/2026."),
                fault("9", "A", "Numéro assuré", "", "Écrivez le numéro assuré de D'ALMEIDA Yao Séraphin, ou demandez son immatriculation."),
                fault("12", "E", "Jours juillet", "45", "Un mois compte au plus 31 jours."),
                fault("15", "D", "Salaire juillet", "35 000", "Le salaire est sous le SMIG (52 500) pour un mois entier. Corrigez-le ou indiquez les jours travaillés."),
                fault("18", "A", "Numéro assuré", "710 040", "Ce numéro est déjà à la ligne 6. Gardez une seule ligne par travailleur."),
            ],
            pager: Pager::new("Pages des erreurs", "1 à 6 sur 12").next("/employeur/dnr/retour/8841?page=2"),
            form: UploadForm::sample(),
        }
    }
}
