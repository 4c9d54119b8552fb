//! `GET /simulateur`: pension simulation without an account.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use cnss_core::calendar::parse_date;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::money::parse_amount;
use cnss_core::pension::{Kind, Subject, simulate};
use cnss_core::refusal::{FaultKind, Refusal};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::simulate::no_rule_at;
use crate::page::send_with;
use crate::portal::Portal;
use crate::simulation::SimulationResult;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Choice, Choices, Fault, Field, Shell};

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
    #[cfg(test)]
    pub fn sample_empty() -> Self {
        Self::empty(sample::public("Simulateur de Pension", "/simulateur", &[]))
    }

    /// The form before anything is typed.
    fn empty(shell: Shell) -> Self {
        Self {
            shell,
            errors: Vec::new(),
            birth_date: Field::new("birth_date", "Date de naissance")
                .kind("date")
                .autocomplete("bday")
                .required(),
            kind: kind_choices("normal"),
            award_date: Field::new("award_date", "Date de départ").kind("date").required(),
            from: Field::new("from", "Premier mois d'assurance")
                .kind("month")
                .required()
                .hint("Mois et année, par exemple 2001-10"),
            to: Field::new("to", "Dernier mois d'assurance")
                .kind("month")
                .required()
                .hint("Passé ou à venir, par exemple 2031-09"),
            monthly_wage: Field::new("monthly_wage", "Salaire mensuel moyen (F\u{a0}CFA)")
                .inputmode("numeric")
                .required()
                .hint("Salaire brut, en moyenne sur les dernières années"),
            result: None,
        }
    }

    /// Sample page with a result.
    #[cfg(test)]
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
    #[cfg(test)]
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        page.result = None;
        page.monthly_wage = page
            .monthly_wage
            .value("deux cent mille")
            .error("Écrivez le salaire en chiffres, par exemple 200 000.");
        page.to = page.to.value("1999-01").error("Le dernier mois doit suivre le premier.");
        page.errors = vec![
            Fault::new("#to", "Dernier mois d'assurance\u{a0}: il doit suivre le premier."),
            Fault::new(
                "#monthly_wage",
                "Salaire mensuel moyen\u{a0}: écrivez-le en chiffres, par exemple 200 000.",
            ),
        ];
        page
    }
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    birth_date: String,
    kind: String,
    award_date: String,
    from: String,
    to: String,
    monthly_wage: String,
}

/// `GET /simulateur`: the form, and the answer once it is filled in. Nothing is kept.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(typed): Query<Typed>,
    headers: HeaderMap,
) -> Response {
    let shell = portal.shell_for(&headers, "Simulateur de Pension", "/simulateur").await;
    let mut page = PublicSimulatorPage::empty(shell);
    let asked = !(typed.birth_date.is_empty() && typed.award_date.is_empty() && typed.from.is_empty());
    if !asked {
        return crate::page::send(&page);
    }
    page.kind = kind_choices(if typed.kind == "early" { "early" } else { "normal" });
    let read = page.read(&portal, typed);
    if let Some((birth_date, award_date, kind, span)) = read {
        match answer(&portal, birth_date, award_date, kind, span) {
            Ok(result) => page.result = Some(result),
            Err(Refusal::Invalid(faults)) => {
                for fault in faults {
                    let text = portal.words().fault(&fault);
                    page.refuse(&fault.path(), text);
                }
            }
            Err(refusal) => {
                let (title, advice) = portal.words().refusal(&refusal);
                page.errors.push(Fault::new("#award_date", format!("{title}. {advice}")));
            }
        }
    }
    let status = if page.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    send_with(status, &page)
}

fn answer(
    portal: &Portal,
    birth_date: chrono::NaiveDate,
    award_date: chrono::NaiveDate,
    kind: Kind,
    span: CareerSpan,
) -> Result<SimulationResult, Refusal> {
    let fund = portal.desk().fund();
    let career = Career::from_spans(&[span])?;
    let subject = Subject { birth_date, award_date, career: &career };
    let simulation = simulate(fund, &subject, kind).map_err(|r| no_rule_at(r, "award_date", fund))?;
    Ok(SimulationResult::of(portal, &simulation))
}

impl PublicSimulatorPage {
    /// Puts an error beside a field and into the summary.
    fn refuse(&mut self, name: &str, text: String) {
        let fields = [
            &mut self.birth_date,
            &mut self.award_date,
            &mut self.from,
            &mut self.to,
            &mut self.monthly_wage,
        ];
        if let Some(field) = fields.into_iter().find(|field| field.name == name) {
            self.errors.push(Fault::new(format!("#{name}"), format!("{}\u{a0}: {text}", field.label)));
            field.error = Some(text);
        }
    }

    /// Reads what was typed and keeps it in the fields; faults go beside them.
    fn read(
        &mut self,
        portal: &Portal,
        typed: Typed,
    ) -> Option<(chrono::NaiveDate, chrono::NaiveDate, Kind, CareerSpan)> {
        let kept = |text: &str| text.chars().take(40).collect::<String>();
        self.birth_date.value = kept(&typed.birth_date);
        self.award_date.value = kept(&typed.award_date);
        self.from.value = kept(&typed.from);
        self.to.value = kept(&typed.to);
        self.monthly_wage.value = kept(&typed.monthly_wage);
        let words = portal.words();
        let say = |text: &str, kind: FaultKind| {
            words.fault_kind(if text.trim().is_empty() { &FaultKind::Missing } else { &kind })
        };
        let birth_date = parse_date(&typed.birth_date).ok();
        let award_date = parse_date(&typed.award_date).ok();
        let from: Option<cnss_core::calendar::Month> = typed.from.trim().parse().ok();
        let to: Option<cnss_core::calendar::Month> = typed.to.trim().parse().ok();
        let most = portal.desk().fund().layout.wage_max;
        let wage = parse_amount(&typed.monthly_wage).ok();
        if birth_date.is_none() {
            self.refuse("birth_date", say(&typed.birth_date, FaultKind::NotADate));
        }
        if award_date.is_none() {
            self.refuse("award_date", say(&typed.award_date, FaultKind::NotADate));
        }
        if from.is_none() {
            self.refuse("from", say(&typed.from, FaultKind::NotAMonth));
        }
        match (from, to) {
            (_, None) => self.refuse("to", say(&typed.to, FaultKind::NotAMonth)),
            (Some(from), Some(to)) if to < from => {
                self.refuse("to", words.fault_kind(&FaultKind::EndsBeforeStart))
            }
            _ => {}
        }
        if let (Some(from), Some(birth)) = (from, birth_date)
            && from < cnss_core::calendar::Month::of(birth)
        {
            self.refuse("from", words.fault_kind(&FaultKind::EndsBeforeStart));
        }
        match wage {
            None => self.refuse("monthly_wage", say(&typed.monthly_wage, FaultKind::NotAnAmount)),
            Some(wage) if wage <= Decimal::ZERO => {
                self.refuse("monthly_wage", words.fault_kind(&FaultKind::NotPositive))
            }
            Some(wage) if wage > most => {
                let most = cnss_core::explain::Value::Number(most);
                self.refuse("monthly_wage", words.fault_kind(&FaultKind::TooLarge { most }));
            }
            Some(_) => {}
        }
        if !self.errors.is_empty() {
            return None;
        }
        let kind = if typed.kind == "early" { Kind::Early } else { Kind::Normal };
        Some((birth_date?, award_date?, kind, CareerSpan { from: from?, to: to?, wage: wage? }))
    }
}
