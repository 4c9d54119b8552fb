//! `GET /simulateur`: pension simulation without an account.

use crate::simulation::SimulationResult;
use crate::view::{Choice, Choices, Fault, Field, Shell, sample};

/// Simulation for a person without an account.
#[derive(askama::Template)]
#[template(path = "public/simulator.html")]
pub struct PublicSimulatorPage {
    /// Around the page.
    pub shell: Shell,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `birth_date`.
    pub birth_date: Field,
    /// `kind`: `normal` or `early`.
    pub kind: Choices,
    /// `award_date`.
    pub award_date: Field,
    /// `from`: first insured month.
    pub from: Field,
    /// `to`: last insured month.
    pub to: Field,
    /// `monthly_wage`.
    pub monthly_wage: Field,
    /// Result, once the form is filled.
    pub result: Option<SimulationResult>,
}

/// The choice between normal and early pension; `selected` is `normal` or `early`.
pub fn kind_choices(selected: &str) -> Choices {
    let option = |value: &str, label: &str, hint: &str| Choice {
        value: value.into(),
        label: label.into(),
        hint: Some(hint.into()),
        checked: value == selected,
    };
    Choices {
        name: "kind".into(),
        label: "Quelle pension voulez-vous simuler ?".into(),
        required: true,
        error: None,
        options: vec![
            option("normal", "Pension normale", "À l'âge légal de départ"),
            option("early", "Pension anticipée", "Avant l'âge légal, avec un abattement"),
        ],
    }
}

impl PublicSimulatorPage {
    /// Sample page, before any answer.
    pub fn sample_empty() -> Self {
        Self {
            shell: sample::public("Simulateur de Pension", "/simulateur", &[]),
            errors: Vec::new(),
            birth_date: Field::new("birth_date", "Date de naissance").kind("date").autocomplete("bday").required(),
            kind: kind_choices("normal"),
            award_date: Field::new("award_date", "Date de départ").kind("date").required(),
            from: Field::new("from", "Premier mois d'assurance").kind("month").required().hint("Mois et année, par exemple 2001-10"),
            to: Field::new("to", "Dernier mois d'assurance").kind("month").required().hint("Passé ou à venir, par exemple 2031-09"),
            monthly_wage: Field::new("monthly_wage", "Salaire mensuel moyen (F\u{a0}CFA)")
                .inputmode("numeric")
                .required()
                .hint("Salaire brut, en moyenne sur les dernières années"),
            result: None,
        }
    }

    /// Sample page with a result.
    pub fn sample() -> Self {
        let mut page = Self::sample_empty();
        page.birth_date = page.birth_date.value("1971-09-12");
        page.award_date = page.award_date.value("2031-10-01");
        page.from = page.from.value("2001-10");
        page.to = page.to.value("2031-09");
        page.monthly_wage = page.monthly_wage.value("200\u{a0}000");
        page.result = Some(SimulationResult::sample_eligible());
        page
    }

    /// Sample page with mistakes.
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        page.result = None;
        page.monthly_wage = page.monthly_wage.value("deux cent mille").error("Écrivez le salaire en chiffres, par exemple 200 000.");
        page.to = page.to.value("1999-01").error("Le dernier mois doit suivre le premier.");
        page.errors = vec![
            Fault::new("#to", "Dernier mois d'assurance\u{a0}: il doit suivre le premier."),
            Fault::new("#monthly_wage", "Salaire mensuel moyen\u{a0}: écrivez-le en chiffres, par exemple 200 000."),
        ];
        page
    }
}
