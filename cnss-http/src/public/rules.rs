//! `GET /regles`: values the fund applies, with their dates and sources.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::portal::Portal;
use crate::show::reliability;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Reliability, Shell};
use crate::words::date_text;

/// Page of the dated values.
#[derive(askama::Template)]
#[template(path = "public/rules.html")]
pub struct RulesPage {
    /// Around the page.
    pub shell: Shell,
    /// Day the values are shown for, e.g. « 15 octobre 2026 ».
    pub as_of: String,
    /// Groups of values.
    pub groups: Vec<RuleGroup>,
    /// Questions the texts leave open.
    pub questions: Vec<OpenQuestion>,
}

/// A group of values, e.g. « Cotisations ».
pub struct RuleGroup {
    /// Identifier in the page.
    pub id: String,
    /// Name.
    pub title: String,
    /// Values.
    pub rules: Vec<Rule>,
}

/// One dated value.
pub struct Rule {
    /// Parameter.
    pub name: String,
    /// Value with its unit.
    pub value: String,
    /// First day it applies.
    pub since: String,
    /// Text it comes from.
    pub source: String,
    /// Address of the text.
    pub source_url: Option<String>,
    /// How sure it is.
    pub reliability: Reliability,
}

/// A question the texts leave open.
pub struct OpenQuestion {
    /// The question.
    pub question: String,
    /// What the portal does in the meantime.
    pub choice: String,
}

impl RulesPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let law = "Loi nº 2011-006 du 21 février 2011 portant Code de sécurité sociale";
        let rule = |name: &str, value: &str, since: &str, source: &str, r: Reliability| Rule {
            name: name.into(),
            value: value.into(),
            since: since.into(),
            source: source.into(),
            source_url: (r == Reliability::Verified).then(|| "https://www.cnss.tg/".to_string()),
            reliability: r,
        };
        use Reliability::{Secondary, Unverified, Verified};
        Self {
            shell: sample::public("Règles et sources", "/regles", &[]),
            as_of: "15 octobre 2026".into(),
            groups: vec![
                RuleGroup {
                    id: "cotisations".into(),
                    title: "Cotisations".into(),
                    rules: vec![
                        rule(
                            "Prestations familiales, employeur",
                            "3 %",
                            "1er janvier 2012",
                            "Décret fixant les taux de cotisation",
                            Secondary,
                        ),
                        rule(
                            "Risques professionnels, employeur",
                            "2 %",
                            "1er janvier 2012",
                            "Décret fixant les taux de cotisation",
                            Secondary,
                        ),
                        rule("Pensions, employeur", "12,5 %", "1er janvier 2012", law, Verified),
                        rule("Pensions, salarié", "4 %", "1er janvier 2012", law, Verified),
                        rule(
                            "Majoration de retard",
                            "0,5 % par mois",
                            "Non daté",
                            "Guide de l'employeur",
                            Unverified,
                        ),
                    ],
                },
                RuleGroup {
                    id: "smig".into(),
                    title: "SMIG".into(),
                    rules: vec![
                        rule(
                            "Salaire minimum interprofessionnel garanti, par mois",
                            "52\u{a0}500 F\u{a0}CFA",
                            "1er janvier 2023",
                            "Arrêté interministériel",
                            Secondary,
                        ),
                        rule(
                            "Salaire minimum interprofessionnel garanti, par mois",
                            "35\u{a0}000 F\u{a0}CFA",
                            "1er janvier 2012",
                            "Arrêté interministériel",
                            Secondary,
                        ),
                    ],
                },
                RuleGroup {
                    id: "vieillesse".into(),
                    title: "Vieillesse".into(),
                    rules: vec![
                        rule("Âge de la pension normale", "60 ans", "21 février 2011", law, Verified),
                        rule("Âge de la pension anticipée", "55 ans", "21 février 2011", law, Verified),
                        rule("Durée minimale d'assurance", "180 mois", "21 février 2011", law, Verified),
                        rule(
                            "Taux par année au-delà de 180 mois",
                            "1,33 %",
                            "21 février 2011",
                            law,
                            Secondary,
                        ),
                    ],
                },
            ],
            questions: vec![
                OpenQuestion {
                    question:
                        "L'abattement de la pension anticipée est-il de 5 % par année entière ou commencée ?"
                            .into(),
                    choice: "Le simulateur compte les années entières et le signale.".into(),
                },
                OpenQuestion {
                    question: "La majoration de retard court-elle par mois entier ou par fraction de mois ?"
                        .into(),
                    choice: "Le compte applique la fraction de mois, qui est la lecture la plus courante."
                        .into(),
                },
            ],
        }
    }
}

/// `GET /regles`.
pub(crate) async fn page(State(portal): State<Portal>, headers: HeaderMap) -> Response {
    let shell = portal.shell_for(&headers, "Règles et sources", "/regles").await;
    let fund = portal.desk().fund();
    let mut groups: Vec<RuleGroup> = [
        ("smig", "SMIG", "minimum_wage"),
        ("cotisations", "Cotisations", "contributions."),
        ("vieillesse", "Vieillesse", "old_age."),
    ]
    .into_iter()
    .map(|(id, title, _)| RuleGroup { id: id.to_owned(), title: title.to_owned(), rules: Vec::new() })
    .collect();
    for parameter in fund.parameters() {
        let group = match parameter.key.as_str() {
            "minimum_wage" => 0,
            key if key.starts_with("contributions.") => 1,
            _ => 2,
        };
        let Some(group) = groups.get_mut(group) else { continue };
        let name = rule_name(&portal, &parameter.key, &parameter.label);
        for (value, from, basis) in parameter.values.iter().rev() {
            let amount = cnss_core::money::Money::new(amount_of(value), fund.currency);
            group.rules.push(Rule {
                name: name.clone(),
                value: match (parameter.key.as_str(), amount) {
                    ("minimum_wage", Ok(money)) => portal.words().money(money),
                    _ => portal.words().value(value),
                },
                since: date_text(*from),
                source: basis.source.to_string(),
                source_url: basis.url.as_ref().map(ToString::to_string),
                reliability: reliability(basis.status),
            });
        }
    }
    let questions = fund.questions.values();
    let questions =
        questions.map(|text| OpenQuestion { question: text.to_string(), choice: String::new() }).collect();
    let page = RulesPage { shell, as_of: date_text(portal.moment().today), groups, questions };
    crate::page::send(&page)
}

const fn amount_of(value: &cnss_core::explain::Value) -> rust_decimal::Decimal {
    match value {
        cnss_core::explain::Value::Number(number) => *number,
        _ => rust_decimal::Decimal::ZERO,
    }
}

/// `contributions.pension.employer.salaried` → « Pensions, part patronale (travailleur salarié) ».
fn rule_name(portal: &Portal, key: &str, label: &str) -> String {
    let rules = &portal.desk().fund().contributions;
    let parts: Vec<&str> = key.split('.').collect();
    let ["contributions", branch, payer, categories] = parts.as_slice() else { return label.to_owned() };
    let (Some(branch), side) = (rules.branch(branch), *payer) else { return label.to_owned() };
    let side = if side == "employer" { &rules.labels.employer } else { &rules.labels.worker };
    let names =
        categories.split(", ").filter_map(|code| rules.category(code)).map(|c| c.label.to_lowercase());
    format!("{}, {side} ({})", branch.label, names.collect::<Vec<_>>().join(", "))
}
