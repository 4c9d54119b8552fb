//! `GET /simulateur`: pension simulation without an account.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use cnss_core::calendar::{Month, parse_date};
use cnss_core::entitlement::Claim;
use cnss_core::explain::Value;
use cnss_core::fund::Fund;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::money::parse_amount;
use cnss_core::pension::{Subject, simulate};
use cnss_core::refusal::{FaultKind, Refusal};
use rust_decimal::Decimal;

use super::given::{no_rule_at, proofs};
use crate::body::AmountLimits;
use crate::page::send_with;
use crate::portal::Portal;
use crate::simulation::SimulationResult;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Checks, Choice, Choices, Fault, Field, NavItem, Shell};
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
pub(crate) fn proof_checks(fund: &Fund, typed: &BTreeMap<String, String>) -> Checks {
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

impl Checks {
    /// The names of the boxes that are ticked.
    pub(crate) fn checked(&self) -> BTreeSet<String> {
        self.options.iter().filter(|option| option.checked).map(|option| option.value.clone()).collect()
    }

    /// True when any is ticked.
    #[must_use]
    pub fn any(&self) -> bool {
        self.options.iter().any(|option| option.checked)
    }
}

/// What was typed into a field, cut to a readable length.
pub(crate) fn kept(typed: &BTreeMap<String, String>, name: &str) -> String {
    typed.get(name).map(|text| text.chars().take(40).collect()).unwrap_or_default()
}

/// What to do about a field that cannot be read.
pub(crate) fn say(words: &Words, text: &str, kind: FaultKind) -> String {
    words.fault_kind(if text.trim().is_empty() { &FaultKind::Missing } else { &kind })
}

/// A wage as people type it, or what to do about it.
pub(crate) fn wage_fault(words: &Words, limits: &AmountLimits, text: &str) -> Result<Decimal, String> {
    match parse_amount(text) {
        Err(_) => Err(say(words, text, FaultKind::NotAnAmount)),
        Ok(wage) if wage <= Decimal::ZERO => Err(words.fault_kind(&FaultKind::NotPositive)),
        Ok(wage) if wage > limits.most => {
            Err(words.fault_kind(&FaultKind::TooLarge { most: Value::Number(limits.most) }))
        }
        Ok(wage) if wage.normalize().scale() > limits.places => Err(words.fault_kind(&FaultKind::NotWhole)),
        Ok(wage) => Ok(wage),
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
            proofs: proof_checks(fund, &BTreeMap::new()),
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
    Query(typed): Query<BTreeMap<String, String>>,
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
        match answer.map_err(|refusal| no_rule_at(refusal, "award_date", &fund)) {
            Ok(simulation) => page.result = Some(SimulationResult::of(&fund, &words, &simulation)),
            Err(Refusal::Invalid(faults)) => {
                for fault in faults {
                    page.refuse(&fault.path(), words.fault(&fault));
                }
            }
            Err(refusal) => {
                let (title, advice) = words.refusal(&refusal);
                page.errors.push(Fault::new("#award_date", format!("{title}. {advice}")));
            }
        }
    }
    let status = if page.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    send_with(status, &page)
}

impl PublicSimulatorPage {
    fn fields(&mut self) -> [&mut Field; 5] {
        [&mut self.birth_date, &mut self.award_date, &mut self.from, &mut self.to, &mut self.monthly_wage]
    }

    /// Puts an error beside a field and into the summary.
    fn refuse(&mut self, name: &str, text: String) {
        let found = self.fields().into_iter().find(|field| field.name == name);
        let Some(field) = found else {
            self.errors.push(Fault::new("", text));
            return;
        };
        let label = field.label.clone();
        field.error = Some(text.clone());
        self.errors.push(Fault::new(format!("#{name}"), format!("{label}\u{a0}: {text}")));
    }

    /// Reads what was typed and keeps it in the fields; faults go beside them.
    fn read(
        &mut self,
        words: &Words,
        limits: &AmountLimits,
        typed: &BTreeMap<String, String>,
    ) -> Option<(chrono::NaiveDate, chrono::NaiveDate, CareerSpan)> {
        for field in self.fields() {
            field.value = kept(typed, &field.name);
        }
        let text = |field: &Field| field.value.trim().to_owned();
        let birth_date = parse_date(&text(&self.birth_date)).ok();
        let award_date = parse_date(&text(&self.award_date)).ok();
        let from: Option<Month> = text(&self.from).parse().ok();
        let to: Option<Month> = text(&self.to).parse().ok();
        let wage = wage_fault(words, limits, &self.monthly_wage.value);
        if birth_date.is_none() {
            self.refuse("birth_date", say(words, &self.birth_date.value, FaultKind::NotADate));
        }
        if award_date.is_none() {
            self.refuse("award_date", say(words, &self.award_date.value, FaultKind::NotADate));
        }
        if from.is_none() {
            self.refuse("from", say(words, &self.from.value, FaultKind::NotAMonth));
        }
        match (from, to) {
            (_, None) => self.refuse("to", say(words, &self.to.value, FaultKind::NotAMonth)),
            (Some(from), Some(to)) if to < from => {
                self.refuse("to", words.fault_kind(&FaultKind::EndsBeforeStart))
            }
            _ => {}
        }
        if let (Some(from), Some(birth)) = (from, birth_date)
            && from < Month::of(birth)
        {
            self.refuse("from", words.fault_kind(&FaultKind::EndsBeforeStart));
        }
        if let Err(text) = &wage {
            self.refuse("monthly_wage", text.clone());
        }
        if !self.errors.is_empty() {
            return None;
        }
        Some((birth_date?, award_date?, CareerSpan::new(from?, to?, wage.ok()?)))
    }
}
