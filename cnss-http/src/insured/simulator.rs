//! `GET /assure/simulateur`: « Simulateur de Pension » from the declared months.

use crate::public::simulator::kind_choices;
use crate::simulation::SimulationResult;
use crate::view::{Choices, Fault, Field, Shell, sample};

/// « Simulateur de Pension » of an insured person.
#[derive(askama::Template)]
#[template(path = "insured/simulator.html")]
pub struct SimulatorPage {
    /// Around the page.
    pub shell: Shell,
    /// Insured months already declared, e.g. « 298 mois déclarés jusqu'en septembre 2026 ».
    pub career: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `kind`: `normal` or `early`.
    pub kind: Choices,
    /// `award_date`.
    pub award_date: Field,
    /// `future_wage`, optional.
    pub future_wage: Field,
    /// Result, once the form is sent.
    pub result: Option<SimulationResult>,
}

impl SimulatorPage {
    /// Sample page with a pension.
    pub fn sample() -> Self {
        Self {
            shell: sample::insured("Simulateur de Pension", "/assure/simulateur", &[("Tableau de bord", "/assure")]),
            career: "298 mois déclarés jusqu'en septembre 2026".into(),
            errors: Vec::new(),
            kind: kind_choices("normal"),
            award_date: Field::new("award_date", "Date de départ").kind("date").required().value("2031-10-01"),
            future_wage: Field::new("future_wage", "Salaire mensuel futur")
                .inputmode("numeric")
                .hint("En F\u{a0}CFA. Laissez vide pour garder votre dernier salaire déclaré."),
            result: Some(SimulationResult::sample_eligible()),
        }
    }

    /// Sample page when a condition is missing.
    pub fn sample_not_eligible() -> Self {
        let mut page = Self::sample();
        page.kind = kind_choices("early");
        page.award_date = page.award_date.value("2026-10-01");
        page.career = "152 mois déclarés jusqu'en août 2026".into();
        page.result = Some(SimulationResult::sample_not_eligible());
        page
    }
}
