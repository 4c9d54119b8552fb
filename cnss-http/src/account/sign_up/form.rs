//! `/inscription/{way}`: the form of a way in, in the fund's own words.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use cnss_core::desk::DeskError;
use cnss_core::fund::{Ask, AskField, Way};
use cnss_core::refusal::{Fault as Wrong, Refusal};
use serde::Deserialize;

use super::charter::charter_first;
use super::{begin, refused, shell, way};
use crate::account::charter::{CharterView, not_accepted};
use crate::account::rules::{RULES_ID, Rule, rules_of};
use crate::form::{Fault, Field, Typed};
use crate::origin::Origin;
use crate::page::{PageProblem, PageResult, send, send_with};
use crate::portal::Portal;
use crate::problem::Stopped;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// The most characters of a field that come back with the page.
const KEPT: usize = 200;

/// A field of the form.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The field.
    pub field: Field,
    /// It is a password, with its rules above it.
    pub ruled: bool,
}

/// The form of a way in.
#[derive(askama::Template)]
#[template(path = "account/sign_up.html")]
pub struct SignUpPage {
    /// Around the page.
    pub shell: Shell,
    /// « Assuré ».
    pub way: String,
    /// Where the form goes.
    pub action: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// Who one is.
    pub identify: Vec<Entry>,
    /// What else is asked.
    pub ask: Vec<Entry>,
    /// What a password must be.
    pub rules: Vec<Rule>,
    /// The text to be accepted on this page, with the label of its box.
    pub terms: Option<(CharterView, String)>,
    /// Why the box is not enough.
    pub terms_error: Option<String>,
    /// Digest of the charter that was accepted on the page before.
    pub accepted: Option<String>,
    /// Makes one request of a form that is sent twice.
    pub request: String,
    /// What the button says.
    pub button: String,
}

impl SignUpPage {
    fn blank(portal: &Portal, shell: Shell, way: &Way) -> Self {
        let rules = portal.desk().rules();
        let charter = rules.charter(portal.moment().today).map(CharterView::of);
        Self::of(shell, way, rules, charter)
    }

    fn of(
        shell: Shell,
        way: &Way,
        rules: &cnss_core::fund::AccessRules,
        charter: Option<CharterView>,
    ) -> Self {
        let entries = |asks: &[Ask]| asks.iter().filter_map(entry).collect();
        let label = way.fields().find(|ask| ask.field == AskField::Terms).map(|ask| ask.label.to_string());
        Self {
            shell,
            way: way.label.to_string(),
            action: format!("/inscription/{}", way.code),
            errors: Vec::new(),
            identify: entries(&way.identify),
            ask: entries(&way.ask),
            rules: if way.asks(AskField::Password) { rules_of(&rules.password) } else { Vec::new() },
            terms: label.and_then(|label| Some((charter?, label))),
            terms_error: None,
            accepted: None,
            request: uuid::Builder::from_random_bytes(key_bytes()).into_uuid().to_string(),
            button: way.button.as_deref().unwrap_or("S'enregistrer").to_owned(),
        }
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = sample::togo().access.expect("says how");
        let way = rules.way("insured").expect("a way");
        Self::of(sample::public("Création de compte", "/inscription", &[]), way, &rules, None)
    }

    /// Sample page with faults, and terms to accept.
    #[cfg(test)]
    pub fn sample_refused() -> Self {
        let rules = cnss_core::fund::Fund::builtin("ma").expect("a fund").access.expect("says how");
        let way = rules.way("beneficiary").expect("a way");
        let shell = sample::public("Création de compte", "/inscription", &[]);
        let mut page = Self::of(shell, way, &rules, Some(CharterView::sample()));
        page.refuse("phone", "Ce numéro est celui d'un autre pays.".to_owned());
        page.refuse("terms", not_accepted("").to_owned());
        page
    }

    fn fields(&mut self) -> impl Iterator<Item = &mut Field> {
        self.identify.iter_mut().chain(&mut self.ask).map(|entry| &mut entry.field)
    }

    /// Puts back what was typed, passwords apart.
    fn keep(&mut self, typed: &Typed) {
        for field in self.fields().filter(|field| field.kind != "password") {
            let text = typed.get(&field.name).map(String::as_str).unwrap_or_default();
            field.value = text.chars().filter(|c| !c.is_control()).take(KEPT).collect();
        }
        if let Some(request) = typed.get("request").filter(|text| text.len() == 36) {
            self.request.clone_from(request);
        }
    }

    fn refuse(&mut self, name: &str, text: String) {
        let found = self.fields().find(|field| field.name == name).map(|field| {
            field.error = Some(text.clone());
            field.label.clone()
        });
        match found {
            Some(label) => {
                self.errors.push(Fault::new(format!("#{name}"), format!("{label}\u{a0}: {text}")));
            }
            None if name == "terms" && self.terms.is_some() => {
                self.errors.push(Fault::new("#terms", text.clone()));
                self.terms_error = Some(text);
            }
            None => self.errors.push(Fault::new("", text)),
        }
    }
}

/// 16 bytes that nobody can guess.
fn key_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(crate::clock::secret()) {
        *to = from;
    }
    bytes
}

/// A field of a way; none of the box by which terms are accepted, which stands with its text.
fn entry(ask: &Ask) -> Option<Entry> {
    let field = Field::new(ask.field.code(), ask.label.as_ref());
    let field = match ask.field {
        AskField::Terms => return None,
        AskField::Email => field.kind("email").autocomplete("email"),
        AskField::Phone => field.kind("tel").autocomplete("tel"),
        AskField::CompanyPhone => field.kind("tel"),
        AskField::BirthDate => field.kind("date").autocomplete("bday"),
        AskField::DocumentExpires | AskField::CompanyCreated => field.kind("date"),
        AskField::Surname => field.autocomplete("family-name"),
        AskField::Forenames => field.autocomplete("given-name"),
        AskField::CompanyName => field.autocomplete("organization"),
        AskField::InsuredNumber => field.inputmode("numeric"),
        AskField::EmployerNumber | AskField::Document => field,
        AskField::Password => field.kind("password").autocomplete("new-password").described(RULES_ID),
        AskField::PasswordAgain => field.kind("password").autocomplete("new-password"),
    };
    let field = match &ask.hint {
        Some(hint) => field.hint(hint.as_ref()),
        None => field,
    };
    let field = if ask.optional { field } else { field.required() };
    Some(Entry { field, ruled: ask.field == AskField::Password })
}

/// The charter that was accepted on the page before, by its digest.
#[derive(Deserialize)]
pub(crate) struct Before {
    terms: Option<String>,
}

/// `GET /inscription/{way}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    Query(Before { terms }): Query<Before>,
    headers: HeaderMap,
) -> PageResult {
    let way = match way(&portal, &code) {
        Ok(way) => way,
        Err(refusal) => return Err(refused(&portal, &headers, &refusal).await),
    };
    let shell = shell(&portal, &headers, "Création de compte").await;
    if way.charter_before
        && let Some(first) = charter_first(&portal, shell.clone(), way, terms.as_deref())
    {
        return Ok(first);
    }
    let mut page = SignUpPage::blank(&portal, shell, way);
    page.accepted = terms.filter(|_| way.charter_before);
    Ok(send(&page))
}

/// What to say of a fault; of a text that was not accepted, how.
fn told(fault: &Wrong, terms: &str, portal: &Portal) -> String {
    match fault.path().as_str() {
        "terms" => not_accepted(terms).to_owned(),
        _ => portal.words().fault(fault),
    }
}

/// `POST /inscription/{way}`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    headers: HeaderMap,
    origin: Origin,
    Form(typed): Form<Typed>,
) -> PageResult {
    let way = match way(&portal, &code) {
        Ok(way) => way,
        Err(refusal) => return Err(refused(&portal, &headers, &refusal).await),
    };
    let terms = typed.get("terms").map(String::as_str).unwrap_or_default();
    let stopped = match begin(&portal, way, &typed, &origin).await {
        Ok(id) => return Ok(Redirect::to(&format!("/verification/{}", id.0)).into_response()),
        Err(stopped) => stopped,
    };
    let shell = shell(&portal, &headers, "Création de compte").await;
    // The charter changed while the form was filled in: it is read again first.
    if way.charter_before
        && let Some(first) = charter_first(&portal, shell.clone(), way, Some(terms))
    {
        return Ok(first);
    }
    let mut page = SignUpPage::blank(&portal, shell, way);
    page.keep(&typed);
    page.accepted = Some(terms.to_owned()).filter(|_| way.charter_before);
    let status = match &stopped {
        Stopped::Desk(DeskError::Refused(Refusal::Invalid(faults))) => {
            for fault in faults {
                page.refuse(&fault.path(), told(fault, terms, &portal));
            }
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Stopped::Desk(DeskError::Refused(refusal @ Refusal::TooManyMessages)) => {
            let (title, advice) = portal.words().refusal(refusal);
            page.errors.push(Fault::new("", format!("{title}. {advice}")));
            crate::problem::status(refusal)
        }
        _ => return Err(PageProblem::stopped(&portal, None, &stopped)),
    };
    Ok(send_with(status, &page))
}
