//! `GET` and `POST /employeur/dnr/{quarter}/fichier`: sending a workbook.

use crate::view::{Fault, Shell, sample};

/// « Envoyer un fichier D.N.R ».
#[derive(askama::Template)]
#[template(path = "employer/upload.html")]
pub struct UploadPage {
    /// Around the page.
    pub shell: Shell,
    /// Quarter in addresses.
    pub quarter: String,
    /// Quarter in words.
    pub quarter_label: String,
    /// The upload form.
    pub form: UploadForm,
    /// What was refused; each entry links to `#file`.
    pub errors: Vec<Fault>,
}

/// Upload form, shared with the fault report.
pub struct UploadForm {
    /// Address the file is posted to.
    pub action: String,
    /// Key that makes a repeated request harmless.
    pub request_key: String,
    /// Largest size, in bytes, checked before sending.
    pub max_bytes: String,
    /// Largest size in words, e.g. « 10 Mo ».
    pub max_label: String,
    /// What is wrong with the file.
    pub error: Option<String>,
}

impl UploadForm {
    /// Sample form.
    pub fn sample() -> Self {
        Self {
            action: "/employeur/dnr/2026-T3/fichier".into(),
            request_key: "0192f3c4-77bb".into(),
            max_bytes: "10485760".into(),
            max_label: "10 Mo".into(),
            error: None,
        }
    }
}

impl UploadPage {
    /// Sample page.
    pub fn sample() -> Self {
        Self {
            shell: sample::employer(
                "Envoyer un fichier D.N.R",
                "/employeur/dnr",
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations", "/employeur/dnr"),
                    ("3e trimestre 2026", "/employeur/dnr/2026-T3"),
                ],
            ),
            quarter: "2026-T3".into(),
            quarter_label: "3e trimestre 2026".into(),
            form: UploadForm::sample(),
            errors: Vec::new(),
        }
    }

    /// Sample page after an unreadable file.
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        let text = "Le fichier «\u{a0}salaires.xlsx\u{a0}» est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis envoyez-le de nouveau.";
        page.form.error = Some(text.into());
        page.errors = vec![Fault::new("#file", text)];
        page
    }
}
