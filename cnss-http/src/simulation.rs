//! Result of a pension simulation, shared by the public and the insured pages.

use cnss_core::explain::Value;
use cnss_core::fund::Fund;
use cnss_core::fund::mechanism::Unit;
use cnss_core::insured::Career;
use cnss_core::pension::Simulation;

use crate::view::{Amount, Fact, Notice, Step, Tone};
use crate::words::{Words, date_text, month_text, rate_text};

/// What a simulation gives.
#[derive(Clone, Debug)]
pub struct SimulationResult {
    /// « Pension normale » or « Pension anticipée ».
    pub kind_label: String,
    /// The pension, when every condition is met.
    pub award: Option<Award>,
    /// The conditions not met; empty when there is a pension.
    pub missing: Vec<MissingCondition>,
    /// Values not verified, open questions, hypotheses.
    pub warnings: Vec<Notice>,
    /// Every step of the calculation, in order.
    pub steps: Vec<Step>,
    /// Normal and early pension side by side, when both can be computed.
    pub comparison: Vec<ComparedAward>,
}

/// A pension.
#[derive(Clone, Debug)]
pub struct Award {
    /// Amount per month.
    pub monthly: Amount,
    /// First day of the pension, e.g. « 1er octobre 2031 ».
    pub starts_on: String,
    /// Rate, reference wage, insured time.
    pub facts: Vec<Fact>,
    /// What it becomes when a reduction ends.
    pub later: Option<String>,
}

/// A condition the person does not meet yet.
#[derive(Clone, Debug)]
pub struct MissingCondition {
    /// The condition, e.g. « 180 mois d'assurance ».
    pub condition: String,
    /// What the person has, e.g. « 152 mois ».
    pub have: String,
    /// What is missing, e.g. « Il manque 28 mois ».
    pub missing: String,
    /// From when it can be met, e.g. « à partir de mars 2029 ».
    pub from: Option<String>,
}

/// One column of the comparison between normal and early pension.
#[derive(Clone, Debug)]
pub struct ComparedAward {
    /// « Pension normale » or « Pension anticipée ».
    pub label: String,
    /// First day.
    pub starts_on: String,
    /// Age at that day, e.g. « 60 ans ».
    pub age: String,
    /// Rate.
    pub rate: String,
    /// Amount per month.
    pub monthly: Amount,
    /// Whether it is the one simulated above.
    pub current: bool,
}

impl SimulationResult {
    /// A person who meets every condition.
    #[cfg(test)]
    pub fn sample_eligible() -> Self {
        use crate::view::sample::{cfa, cfa_text};
        use crate::view::{Reliability, Tone};
        let law = "Code de sécurité sociale, loi nº 2011-006";
        Self {
            kind_label: "Pension normale".into(),
            award: Some(Award {
                monthly: cfa(79_900),
                starts_on: "1er octobre 2031".into(),
                facts: vec![
                    Fact::new("Taux", "39,95\u{a0}%"),
                    Fact::new("Salaire de référence", cfa_text(200_000)),
                    Fact::new("Durée d'assurance", "360 mois (30 ans)"),
                ],
                later: None,
            }),
            missing: Vec::new(),
            warnings: vec![Notice::new(
                Tone::Warning,
                "Une valeur n'est pas vérifiée",
                "Le nombre de mois du salaire de référence vient d'une source secondaire. Le montant définitif est fixé par la caisse lors de la liquidation.",
            )],
            steps: vec![
                Step::new("Âge à la date de départ", "60 ans")
                    .detail("née le 12 septembre 1971, départ le 1er octobre 2031")
                    .source(format!("{law}, âge d'admission à la retraite"), Reliability::Verified)
                    .url("https://www.cnss.tg/"),
                Step::new("Mois d'assurance", "360 mois").detail("298 mois déclarés + 62 mois à venir"),
                Step::new("Salaire mensuel de référence", cfa_text(200_000))
                    .detail("12\u{a0}000\u{a0}000 ÷ 60 mois")
                    .source(format!("{law}, salaire mensuel moyen"), Reliability::Secondary),
                Step::new("Taux de base", "20\u{a0}%")
                    .detail("pour les 180 premiers mois")
                    .source(law, Reliability::Verified),
                Step::new("Majoration de taux", "19,95\u{a0}%")
                    .detail("15 années de plus × 1,33\u{a0}%")
                    .source(law, Reliability::Verified),
                Step::new("Plafond du taux", "non atteint")
                    .detail("39,95\u{a0}% < 60\u{a0}%")
                    .source("Document de la caisse, non daté", Reliability::Unverified),
                Step::new("Pension mensuelle", cfa_text(79_900)).detail("200\u{a0}000 × 39,95\u{a0}%"),
            ],
            comparison: vec![
                ComparedAward {
                    label: "Pension anticipée".into(),
                    starts_on: "1er octobre 2028".into(),
                    age: "57 ans".into(),
                    rate: "35,96\u{a0}% − 15\u{a0}%".into(),
                    monthly: cfa(60_100),
                    current: false,
                },
                ComparedAward {
                    label: "Pension normale".into(),
                    starts_on: "1er octobre 2031".into(),
                    age: "60 ans".into(),
                    rate: "39,95\u{a0}%".into(),
                    monthly: cfa(79_900),
                    current: true,
                },
            ],
        }
    }

    /// A person who does not meet the conditions yet.
    #[cfg(test)]
    pub fn sample_not_eligible() -> Self {
        use crate::view::{Reliability, Tone};
        let law = "Code de sécurité sociale, loi nº 2011-006";
        Self {
            kind_label: "Pension anticipée".into(),
            award: None,
            missing: vec![
                MissingCondition {
                    condition: "180 mois d'assurance".into(),
                    have: "152 mois".into(),
                    missing: "Il manque 28 mois.".into(),
                    from: Some("Possible à partir de mars 2029 si vos cotisations continuent.".into()),
                },
                MissingCondition {
                    condition: "55 ans révolus".into(),
                    have: "53 ans et 4 mois".into(),
                    missing: "Il manque 1 an et 8 mois.".into(),
                    from: Some("Possible à partir du 1er juin 2028.".into()),
                },
            ],
            warnings: vec![Notice::new(
                Tone::Info,
                "Question ouverte",
                "L'abattement de la pension anticipée est discuté\u{a0}: le texte et le guide de la caisse ne disent pas la même chose.",
            )],
            steps: vec![
                Step::new("Âge à la date de départ", "53 ans et 4 mois")
                    .detail("né le 3 mai 1973, départ le 1er octobre 2026")
                    .source(law, Reliability::Verified),
                Step::new("Mois d'assurance", "152 mois")
                    .detail("de janvier 2014 à août 2026")
                    .source(law, Reliability::Verified),
            ],
            comparison: Vec::new(),
        }
    }
}

/// The jurist's words for a kind of pension.
pub(crate) fn kind_label(fund: &Fund, kind: &str) -> String {
    fund.pension.kind(kind).map_or_else(|| kind.to_owned(), |kind| kind.label.to_string())
}

/// Insured time with its unit.
pub(crate) fn insured_label(words: &Words, insured: u32, unit: Unit) -> String {
    match unit {
        Unit::Months => months_label(insured),
        _ => words.value(&Value::Count(insured.into(), unit.word())),
    }
}

/// « 298 mois (24 ans et 10 mois) déclarés jusqu'en septembre 2026 ».
pub(crate) fn declared(career: &Career) -> String {
    let months = u32::try_from(career.months().len()).unwrap_or(u32::MAX);
    match career.last() {
        Some(last) => format!("{} déclarés jusqu'en {}", months_label(months), month_text(last)),
        None => "Aucun mois déclaré à votre nom".to_owned(),
    }
}

/// « 360 mois (30 ans) ».
pub(crate) fn months_label(months: u32) -> String {
    let (years, rest) = (months / 12, months % 12);
    match (years, rest) {
        (0, _) => format!("{months}\u{a0}mois"),
        (1, 0) => format!("{months}\u{a0}mois (1\u{a0}an)"),
        (_, 0) => format!("{months}\u{a0}mois ({years}\u{a0}ans)"),
        (1, _) => format!("{months}\u{a0}mois (1\u{a0}an et {rest}\u{a0}mois)"),
        _ => format!("{months}\u{a0}mois ({years}\u{a0}ans et {rest}\u{a0}mois)"),
    }
}

impl SimulationResult {
    /// The page's view of a simulation by the rules of `fund`.
    pub(crate) fn of(fund: &Fund, words: &Words, simulation: &Simulation) -> Self {
        let insured = insured_label(words, simulation.insured, simulation.unit);
        let award = simulation.award.as_ref().map(|award| Award {
            monthly: words.shown(award.monthly),
            starts_on: date_text(award.starts_on),
            facts: [
                award.rate.map(|rate| Fact::new("Taux", rate_text(rate))),
                award.reference.map(|pay| Fact::new("Salaire de référence", words.money(pay))),
                Some(Fact::new("Durée d'assurance", insured)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            later: award.later.map(|later| {
                format!("{} par mois à partir du {}", words.money(later.monthly), date_text(later.from))
            }),
        });
        let missing = simulation.reasons.iter().map(|reason| {
            let (condition, missing) = words.reason(reason);
            MissingCondition { condition, have: String::new(), missing, from: None }
        });
        let mut warnings = words.notices(&simulation.caveats);
        if let Some(short) = simulation.short {
            let text = format!("À défaut de pension, la caisse verse une fois {}.", words.money(short));
            warnings.insert(0, Notice::new(Tone::Info, "Versement unique", text));
        }
        if let Some(units) = simulation.buy_back {
            let units = words.value(&Value::Count(units.into(), simulation.unit.word()));
            let text = format!("La durée qui manque peut être rachetée\u{a0}: {units}.");
            warnings.insert(0, Notice::new(Tone::Info, "Rachat possible", crate::words::spaced(&text)));
        }
        Self {
            kind_label: kind_label(fund, &simulation.kind),
            award,
            missing: missing.collect(),
            warnings,
            steps: words.steps(&simulation.steps),
            comparison: Vec::new(),
        }
    }
}
