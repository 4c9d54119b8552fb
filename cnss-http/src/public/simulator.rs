//! `GET /simulateur`: pension simulation without an account.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use cnss_core::entitlement::Claim;
use cnss_core::fund::Fund;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::pension::{Subject, simulate};

use super::given::proofs;
use crate::body::AmountLimits;
use crate::form::{Checks, Choice, Choices, Fault, Field, Form, Reader, Typed, kept};
use crate::portal::Portal;
use crate::simulation::SimulationResult;
#[cfg(test)]
use crate::view::sample;
use crate::view::{NavItem, Shell};
use crate::words::Words;

/// Simulation for a person without an account.
#[derive(askama::Template)]
#[template(path = "public/simulator.html")]
pub struct PublicSimulatorPage {
    /// Around the page.
    pub shell: Shell,
    /// The funds to choose from.
    pub funds: Vec<NavItem>,
    /// Code of the chosen fund.
    pub fund: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `birth_date`.
    pub birth_date: Field,
    /// `kind`: a kind of pension of the fund.
    pub kind: Choices,
    /// `award_date`.
    pub award_date: Field,
    /// `from`: first insured month.
    pub from: Field,
    /// `to`: last insured month.
    pub to: Field,
    /// `monthly_wage`.
    pub monthly_wage: Field,
    /// Papers that the person has.
    pub proofs: Checks,
    /// Result, once the form is filled.
    pub result: Option<SimulationResult>,
}

/// The choice between the fund's kinds of pension; `selected` is the code of one.
pub fn kind_choices(fund: &Fund, selected: &str) -> Choices {
    let option = |kind: &cnss_core::fund::PensionKind| Choice {
        value: kind.code.to_string(),
        label: kind.label.to_string(),
        hint: None,
        checked: *kind.code == *selected,
    };
    Choices {
        name: "kind".into(),
        label: "Quelle pension voulez-vous simuler\u{a0}?".into(),
        required: true,
        error: None,
        options: fund.pension.kinds.iter().map(option).collect(),
    }
}

/// The kind of that code, or else the fund's first.
pub(crate) fn kind_of(fund: &Fund, code: &str) -> String {
    let found = fund.pension.kind(code).or_else(|| fund.pension.kinds.first());
    found.map_or_else(|| code.chars().take(40).collect(), |kind| kind.code.to_string())
}

/// Boxes for the papers that the fund's rules ask for, ticked as they were sent.
pub(crate) fn proof_checks(fund: &Fund, typed: &Typed) -> Checks {
    let option = |(code, label): &(std::sync::Arc<str>, std::sync::Arc<str>)| Choice {
        value: code.to_string(),
        label: label.to_string(),
        hint: None,
        checked: typed.contains_key(&format!("proof_{code}")),
    };
    Checks {
        label: "Cochez ce que vous pouvez prouver".into(),
        options: proofs(fund).iter().map(option).collect(),
    }
}

impl PublicSimulatorPage {
    /// Sample page, before any answer.
    #[cfg(test)]
    pub fn sample_empty() -> Self {
        let shell = sample::public("Simulateur de Pension", "/simulateur", &[]);
        Self::empty(shell, sample::funds(), &sample::togo())
    }

    /// The form before anything is typed.
    fn empty(shell: Shell, funds: Vec<NavItem>, fund: &Fund) -> Self {
        Self {
            shell,
            funds,
            fund: fund.code.clone(),
            errors: Vec::new(),
            birth_date: Field::new("birth_date", "Date de naissance")
                .kind("date")
                .autocomplete("bday")
                .required(),
            kind: kind_choices(fund, "normal"),
            award_date: Field::new("award_date", "Date de départ").kind("date").required(),
            from: Field::new("from", "Premier mois d'assurance")
                .kind("month")
                .required()
                .hint("Mois et année, par exemple 2001-10"),
            to: Field::new("to", "Dernier mois d'assurance")
                .kind("month")
                .required()
                .hint("Passé ou à venir, par exemple 2031-09"),
            monthly_wage: Field::new(
                "monthly_wage",
                format!("Salaire mensuel moyen ({})", fund.currency_label.replace(' ', "\u{a0}")),
            )
            .inputmode(if fund.currency.exponent() == 0 { "numeric" } else { "decimal" })
            .required()
            .hint("Salaire brut, en moyenne sur les dernières années"),
            proofs: proof_checks(fund, &Typed::new()),
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

/// `GET /simulateur`: the form, and the answer once it is filled in. Nothing is kept.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(typed): Query<Typed>,
    headers: HeaderMap,
) -> Response {
    let shell = portal.shell_for(&headers, "Simulateur de Pension", "/simulateur").await;
    let fund = portal.chosen_fund(typed.get("caisse").map_or("", String::as_str));
    let words = portal.words().of_fund(&fund);
    let links = portal.fund_links("/simulateur", &fund.code);
    let mut page = PublicSimulatorPage::empty(shell, links, &fund);
    let asked = ["birth_date", "award_date", "from"].iter().any(|name| !kept(&typed, name).is_empty());
    if !asked {
        return crate::page::send(&page);
    }
    let kind = kind_of(&fund, typed.get("kind").map_or("", String::as_str));
    page.kind = kind_choices(&fund, &kind);
    page.proofs = proof_checks(&fund, &typed);
    let read = page.read(&words, &AmountLimits::of(&fund), &typed);
    if let Some((birth_date, award_date, span)) = read {
        let claim =
            Claim { monthly_wage: Some(span.wage), proofs: page.proofs.checked(), ..Claim::default() };
        let answer = Career::from_spans(&[span]).and_then(|career| {
            let subject = Subject { birth_date, award_date, career: &career, claim: &claim };
            simulate(&fund, &subject, &kind)
        });
        match answer {
            Ok(simulation) => page.result = Some(SimulationResult::of(&fund, &words, &simulation)),
            Err(refusal) => page.refused(refusal, "award_date", &fund, &words),
        }
    }
    page.send()
}

impl Form for PublicSimulatorPage {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        let Self { errors, birth_date, award_date, from, to, monthly_wage, .. } = self;
        let fields = [birth_date, award_date, from, to, monthly_wage];
        (fields.into_iter().map(|field| (field.label.clone(), field)).collect(), errors)
    }
}

impl PublicSimulatorPage {
    /// Reads what was typed and keeps it in the fields; faults go beside them.
    fn read(
        &mut self,
        words: &Words,
        limits: &AmountLimits,
        typed: &Typed,
    ) -> Option<(NaiveDate, NaiveDate, CareerSpan)> {
        let mut reader = Reader::new(typed, words);
        let birth_date = reader.day(&mut self.birth_date);
        let award_date = reader.day(&mut self.award_date);
        let career = [&mut self.from, &mut self.to, &mut self.monthly_wage];
        let span = reader.span(career, birth_date, limits);
        let read = birth_date.zip(award_date).zip(span);
        reader.done(self, read.map(|((birth_date, award_date), span)| (birth_date, award_date, span)))
    }
}
