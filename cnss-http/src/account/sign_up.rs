//! `/inscription`: the ways in, the form of each, and what follows once the code is right.
//!
//! The one rule to remember: the same form begins one challenge, however often it is sent; and what a
//! stranger is shown never depends on the register.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::account::sign_up;
use cnss_core::desk::{Asked, DeskError};
use cnss_core::fund::{Activation, Ask, AskField, PasswordFrom, Way, WaySubject};
use cnss_core::id::{ChallengeId, RequestKey};
use cnss_core::refusal::{Fault as Wrong, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::charter::{CharterBody, CharterView, from_hex, not_accepted};
use super::rules::{RULES_ID, Rule, rules_of};
use super::verification::ChallengeBody;
use crate::body::Body;
use crate::form::{Fault, Field, Typed};
use crate::origin::Origin;
use crate::page::{PageProblem, PageResult, send, send_with};
use crate::password::is_common;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Stopped, stopped_json};
use crate::session::Visitor;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// The most characters of a field that come back with the page.
const KEPT: usize = 200;

/// « Inscription sur les Services en ligne ».
#[derive(askama::Template)]
#[template(path = "account/ways.html")]
pub struct WaysPage {
    /// Around the page.
    pub shell: Shell,
    /// The ways in.
    pub ways: Vec<WayLink>,
    /// Whether accounts of a former site are taken over.
    pub former_site: bool,
}

/// A way in, to be chosen.
#[derive(Clone, Debug)]
pub struct WayLink {
    /// « Assuré ».
    pub label: String,
    /// For whom.
    pub text: &'static str,
    /// Address of its form.
    pub href: String,
}

impl WaysPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = sample::togo().access.expect("says how");
        Self {
            shell: sample::public(TITLE, "/inscription", &[]),
            ways: links(&rules.ways),
            former_site: true,
        }
    }
}

const TITLE: &str = "Inscription sur les Services en ligne";

/// The ways in, as links.
pub(crate) fn links(ways: &[Way]) -> Vec<WayLink> {
    let link = |way: &Way| WayLink {
        label: way.label.to_string(),
        text: match way.subject {
            WaySubject::Employer => "Pour l'entreprise ou la personne qui emploie",
            WaySubject::Insured => "Pour la personne immatriculée à la caisse",
            WaySubject::Beneficiary => "Pour le conjoint, l'enfant ou le parent d'un assuré",
            WaySubject::Mandatary => {
                "Pour qui agit au nom d'un employeur qui l'a invité\u{a0}: comptable, salarié"
            }
        },
        href: format!("/inscription/{}", way.code),
    };
    ways.iter().map(link).collect()
}

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
    pub button: &'static str,
}

/// The charter, which is accepted before anything is asked.
#[derive(askama::Template)]
#[template(path = "account/sign_up_charter.html")]
pub struct CharterFirstPage {
    /// Around the page.
    pub shell: Shell,
    /// « Assuré ».
    pub way: String,
    /// Where the form goes.
    pub action: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// The text.
    pub charter: CharterView,
}

impl CharterFirstPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Création de compte", "/inscription", &[]),
            way: "Assuré".into(),
            action: "/inscription/insured".into(),
            errors: Vec::new(),
            charter: CharterView::sample(),
        }
    }
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
            button: if way.password == PasswordFrom::Sent { "Valider" } else { "S'enregistrer" },
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

async fn shell(portal: &Portal, headers: &HeaderMap, title: &str) -> Shell {
    portal.shell_for(headers, title, "/inscription").await
}

async fn refused(portal: &Portal, headers: &HeaderMap, refusal: &Refusal) -> PageProblem {
    let visitor = Visitor::find(headers, portal).await.ok();
    PageProblem::refused(portal, visitor.as_ref(), refusal)
}

/// `GET /inscription`.
pub(crate) async fn ways(State(portal): State<Portal>, headers: HeaderMap) -> PageResult {
    match portal.desk().access() {
        Ok(rules) => {
            let former_site = rules.logins.contains(&cnss_core::fund::LoginKind::Username);
            let shell = shell(&portal, &headers, TITLE).await;
            Ok(send(&WaysPage { shell, ways: links(&rules.ways), former_site }))
        }
        Err(refusal) => Err(refused(&portal, &headers, &refusal).await),
    }
}

fn way<'a>(portal: &'a Portal, code: &str) -> Result<&'a Way, Refusal> {
    portal.desk().access()?.way(code).ok_or(Refusal::NotFound)
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

/// The page of the charter, unless the one in force was accepted already.
fn charter_first(portal: &Portal, shell: Shell, way: &Way, terms: Option<&str>) -> Option<Response> {
    let charter = portal.desk().rules().charter(portal.moment().today)?;
    if terms.and_then(from_hex) == Some(charter.digest) {
        return None;
    }
    let mut page = CharterFirstPage {
        shell,
        way: way.label.to_string(),
        action: format!("/inscription/{}", way.code),
        errors: Vec::new(),
        charter: CharterView::of(charter),
    };
    Some(match terms {
        None => send(&page),
        Some(terms) => {
            page.errors.push(Fault::new("#terms", not_accepted(terms)));
            send_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    })
}

/// The key of a request that begins something: the page's own, with all that was typed, so that only
/// the very same form sent twice is one. What was typed cannot be had from it.
pub(crate) fn request_key(portal: &Portal, request: &str, typed: &[(&str, &str)]) -> Option<RequestKey> {
    let request: uuid::Uuid = request.parse().ok()?;
    let mut mac = hmac_sha256::HMAC::new(portal.code_key().key_for("requests"));
    mac.update(request.as_bytes());
    for (name, text) in typed {
        for part in [name, text] {
            mac.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
    }
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(mac.finalize()) {
        *to = from;
    }
    Some(RequestKey(uuid::Builder::from_random_bytes(bytes).into_uuid()))
}

/// Begins a sign-up: reads the form, makes one hash, sends a code.
async fn begin(
    portal: &Portal,
    way: &Way,
    typed: &BTreeMap<String, String>,
    origin: &Origin,
) -> Result<ChallengeId, Stopped> {
    let (desk, rules) = (portal.desk(), portal.desk().access()?);
    let text = |name: &str| typed.get(name).map(String::as_str).unwrap_or_default();
    let form: sign_up::Form =
        way.fields().map(|ask| (ask.field, text(ask.field.code()).to_owned())).collect();
    let digest = from_hex(text("terms"));
    let read = sign_up::read(desk.fund(), rules, way, &form, &is_common, portal.moment().today);
    // A text that nobody has accepted is one fault among the others.
    let mut faults = match read {
        Ok(_) => Vec::new(),
        Err(Refusal::Invalid(faults)) => faults,
        Err(other) => return Err(other.into()),
    };
    let asked = way.charter_before || way.asks(AskField::Terms);
    let charter = rules.charter(portal.moment().today).filter(|_| asked);
    let unread = charter.is_some_and(|charter| digest != Some(charter.digest));
    if unread && !faults.iter().any(|fault| fault.path() == "terms") {
        faults.push(Wrong::field("terms", FaultKind::Missing));
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults).into());
    }
    let pairs: Vec<(&str, &str)> = typed.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let asked = Asked { source: origin.source, request: request_key(portal, text("request"), &pairs) };
    let chosen = text(AskField::Password.code()).to_owned();
    let hash = portal.inner.passwords.hash(chosen).await?;
    let digest = digest.filter(|_| charter.is_some());
    let read = digest.as_ref().map(<[u8; 32]>::as_slice);
    Ok(desk.sign_up(&way.code, &form, &is_common, &hash, read, asked, &portal.moment()).await?)
}

/// What to say of a fault: a number is not always that of an insured person.
fn told(fault: &Wrong, terms: &str, portal: &Portal) -> String {
    match fault.path().as_str() {
        "terms" => not_accepted(terms).to_owned(),
        "employer_number" | "document" if fault.kind == FaultKind::NotANumber => {
            "Ce n'est pas un numéro. Recopiez-le tel qu'il est écrit.".to_owned()
        }
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

/// What is shown once the code was right, whoever typed it.
#[derive(askama::Template)]
#[template(path = "account/signed_up.html")]
pub struct SignedUpPage {
    /// Around the page.
    pub shell: Shell,
    /// What happens now.
    pub steps: Vec<&'static str>,
    /// What the button says.
    pub button: &'static str,
}

impl SignedUpPage {
    fn of(shell: Shell, way: &Way) -> Self {
        let sent = way.password == PasswordFrom::Sent;
        let next = match way.activation {
            Activation::Agent => "Vous serez notifié par e-mail une fois votre compte activé.",
            Activation::Code if sent => "Vous recevrez par SMS vos identifiants d'accès à votre compte.",
            Activation::Code => "Vous pouvez vous connecter avec votre adresse et votre mot de passe.",
        };
        let compared = "Les informations que vous avez saisies sont comparées à celles de la caisse.";
        let compared = way.fields().any(|ask| ask.matched).then_some(compared);
        let confirmed = "Votre numéro de téléphone ou votre adresse est confirmé.";
        let button = match way.activation {
            Activation::Code if sent => "C'est parti",
            Activation::Code => "Connexion à mon espace",
            Activation::Agent => "Retour",
        };
        Self { shell, steps: [Some(confirmed), compared, Some(next)].into_iter().flatten().collect(), button }
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let rules = sample::togo().access.expect("says how");
        let shell = sample::public("Inscription enregistrée", "/inscription", &[]);
        Self::of(shell, rules.way("insured").expect("a way"))
    }
}

/// `GET /inscription/{way}/suite`.
pub(crate) async fn done(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    match way(&portal, &code) {
        Ok(way) => {
            let shell = shell(&portal, &headers, "Inscription enregistrée").await;
            Ok(send(&SignedUpPage::of(shell, way)))
        }
        Err(refusal) => Err(refused(&portal, &headers, &refusal).await),
    }
}

/// How people come to have an account with this fund.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignUpBody {
    ways: Vec<WayBody>,
    /// What a chosen password must be.
    password: Vec<RuleBody>,
    /// The text to be accepted, where a way asks for it.
    charter: Option<CharterBody>,
}

/// A way in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WayBody {
    #[schema(example = "insured")]
    code: String,
    #[schema(example = "Assuré")]
    label: String,
    fields: Vec<FieldBody>,
    /// `terms` must come with the digest of the charter.
    terms: bool,
    /// `code`: the account is open once the code is right; `agent`: once an agent has looked at it.
    #[schema(example = "agent")]
    activation: &'static str,
    /// `chosen` in the form, or `sent` and to be changed first.
    #[schema(example = "chosen")]
    password: &'static str,
}

/// A field of a way in.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldBody {
    #[schema(example = "insured_number")]
    name: &'static str,
    #[schema(example = "N° Immatriculation (Assuré)")]
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    required: bool,
}

/// A rule of passwords.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleBody {
    #[schema(example = "password_too_short")]
    code: &'static str,
    #[schema(example = "8 caractères au moins")]
    text: String,
}

/// Lists the ways in, with their fields, in the fund's own words.
#[utoipa::path(get, path = "/api/v1/sign-up", operation_id = "list_ways", tag = "Compte",
    responses((status = 200, body = SignUpBody), (status = 404, body = crate::problem::Problem)))]
pub(crate) async fn ways_json(State(portal): State<Portal>) -> Result<axum::Json<SignUpBody>, JsonProblem> {
    let rules = portal.desk().access().map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let field = |ask: &Ask| FieldBody {
        name: ask.field.code(),
        label: ask.label.to_string(),
        hint: ask.hint.as_ref().map(ToString::to_string),
        required: !ask.optional,
    };
    let way = |way: &Way| WayBody {
        code: way.code.to_string(),
        label: way.label.to_string(),
        fields: way.fields().filter(|ask| ask.field != AskField::Terms).map(field).collect(),
        terms: way.charter_before || way.asks(AskField::Terms),
        activation: way.activation.code(),
        password: way.password.code(),
    };
    let password = rules_of(&rules.password).into_iter();
    Ok(axum::Json(SignUpBody {
        ways: rules.ways.iter().map(way).collect(),
        password: password.map(|rule| RuleBody { code: rule.code, text: rule.text }).collect(),
        charter: CharterBody::in_force(&portal),
    }))
}

/// What is typed to sign up: the fields of the way, by name, as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct WishBody {
    #[schema(example = "710040")]
    insured_number: Option<String>,
    #[schema(example = "afi@exemple.tg")]
    email: String,
    #[schema(example = "90112233")]
    phone: Option<String>,
    password: Option<String>,
    password_again: Option<String>,
    /// The digest of the charter that was read, where the way asks for it.
    terms: Option<String>,
    /// A UUID of the caller's: the same wish sent twice with it begins one sign-up.
    request: Option<String>,
}

/// Begins a sign-up: a code goes to what was typed. The answer says nothing of the register.
#[utoipa::path(post, path = "/api/v1/sign-up/{way}", operation_id = "sign_up", tag = "Compte",
    params(("way" = String, Path, description = "Code of the way", example = "insured")), request_body = WishBody,
    responses((status = 202, body = ChallengeBody), (status = 404, body = crate::problem::Problem),
        (status = 422, body = crate::problem::Problem), (status = 429, body = crate::problem::Problem),
        (status = 503, body = crate::problem::Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    Path(code): Path<String>,
    origin: Origin,
    mut body: Body,
) -> Result<(StatusCode, axum::Json<ChallengeBody>), JsonProblem> {
    let say = |refusal: Refusal| JsonProblem::refused(&refusal, portal.words());
    let way = way(&portal, &code).map_err(say)?;
    let mut typed = BTreeMap::new();
    let mut fields = body.fields();
    let names = way.fields().map(|ask| ask.field.code()).chain(["terms", "request"]);
    for name in names {
        match fields.raw(name) {
            Some(serde_json::Value::String(text)) => {
                typed.insert(name.to_owned(), text);
            }
            Some(_) => fields.fault(name, FaultKind::NotAllowed { allowed: "texte".to_owned() }),
            None => {}
        }
    }
    body.done(Some(())).map_err(say)?;
    // A program repeats no field that is there for slips of the finger.
    if let (Some(chosen), true) = (typed.get("password").cloned(), way.asks(AskField::PasswordAgain)) {
        typed.entry("password_again".to_owned()).or_insert(chosen);
    }
    let id = begin(&portal, way, &typed, &origin).await.map_err(stopped_json(&portal))?;
    Ok((StatusCode::ACCEPTED, axum::Json(ChallengeBody::of(&portal, id).await?)))
}
