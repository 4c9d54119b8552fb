//! `GET /compte`: « Mon compte ». Who one is, how one is reached, which devices are logged in, what
//! one accepted.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use cnss_core::access::Subject;
use cnss_core::account::session::Place;
use cnss_core::account::{Account, BlockReason, Session, SessionKind};
use cnss_core::refusal::{Fault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form_page::FormPage;
use crate::body::Body;
use crate::form::{Choice, Choices};
use crate::page::{PageResult, on_page, send, send_with};
use crate::paged::{Paged, cut};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor, no_cookie};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Fact, Link, Notice, Pager, Shell, Tone};

/// The path of the page.
const PATH: &str = "/compte";

/// « Mon compte ».
#[derive(askama::Template)]
#[template(path = "account/own.html")]
pub struct OwnPage {
    /// Around the page.
    pub shell: Shell,
    /// Who it is.
    pub facts: Vec<Fact>,
    /// How he is reached.
    pub contacts: Vec<Fact>,
    /// May be changed here: an agent's are the administrator's affair.
    pub may_report: bool,
    /// What was accepted: title and day.
    pub accepted: Vec<Fact>,
    /// Other pages of that.
    pub pager: Pager,
    /// A second factor may be set up anew.
    pub agent: bool,
}

/// « Mes appareils ».
#[derive(askama::Template)]
#[template(path = "account/devices.html")]
pub struct DevicesPage {
    /// Around the page.
    pub shell: Shell,
    /// This device.
    pub own: DeviceRow,
    /// The others, the last used first.
    pub others: Vec<DeviceRow>,
    /// Other pages of them.
    pub pager: Pager,
}

/// A device that is logged in.
pub struct DeviceRow {
    /// What names its session in an address.
    pub name: String,
    /// « Firefox, Android ».
    pub device: String,
    /// A browser or a program.
    pub kind: &'static str,
    /// Since when.
    pub since: String,
    /// When it was last used.
    pub used: String,
}

impl DeviceRow {
    fn of(portal: &Portal, session: &Session) -> Self {
        let device =
            if session.device.is_empty() { "Appareil inconnu".to_owned() } else { session.device.clone() };
        Self {
            name: session.token.name().to_string(),
            device,
            kind: if session.kind == SessionKind::Program { "Programme" } else { "Navigateur" },
            since: portal.instant_text(session.opened_at),
            used: portal.instant_text(session.used_at),
        }
    }
}

impl OwnPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::employer("Mon compte", PATH, &[]),
            facts: vec![Fact::new("Titulaire", "Ama Chef"), Fact::new("Identifiant", "ama@exemple.tg")],
            contacts: vec![Fact::new("Adresse électronique", "ama@exemple.tg")],
            may_report: true,
            accepted: vec![Fact::new("Conditions d'utilisation, version 2024-1", "le 3 mars 2026 à 10 h 05")],
            pager: Pager::new("Textes acceptés", "").next("/compte?apres=12"),
            agent: false,
        }
    }
}

impl DevicesPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let row = |device: &str| DeviceRow {
            name: "0192f3c4".into(),
            device: device.into(),
            kind: "Navigateur",
            since: "3 mars 2026 à 10 h 05".into(),
            used: "3 mars 2026 à 10 h 05".into(),
        };
        Self {
            shell: sample::employer("Mes appareils", "/compte/appareils", &[]),
            own: row("Firefox, Android"),
            others: vec![row("Chrome, Windows")],
            pager: Pager::new("Appareils", ""),
        }
    }
}

/// Rows of one page.
const PAGE: u32 = 10;

/// In whose name an account acts, in words.
pub(crate) const fn subject_text(subject: Subject) -> &'static str {
    match subject {
        Subject::Employer(_) | Subject::Delegate(_) => "Employeur",
        Subject::Insured(_) => "Assuré",
        Subject::Beneficiary(_) => "Ayant droit",
        Subject::Mandatary => "Mandataire",
        Subject::Agent => "Agent de la caisse",
    }
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| "aucune".to_owned())
}

fn contacts(account: &Account) -> Vec<Fact> {
    vec![
        Fact::new("Adresse électronique", or_none(account.email.as_ref().map(ToString::to_string))),
        Fact::new(
            "Téléphone portable",
            account.phone.as_ref().map_or_else(|| "aucun".to_owned(), |phone| phone.as_str().to_owned()),
        ),
    ]
}

/// After which row the next page begins.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    apres: Option<i64>,
}

/// `GET /compte`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> PageResult {
    let account = &visitor.present.account;
    let after = query.apres.unwrap_or(0);
    let accepted = portal.desk().acceptances(&visitor.present, after, PAGE.saturating_add(1)).await;
    let mut accepted = accepted.map_err(on_page(&portal, &visitor))?;
    let more = cut(&mut accepted, PAGE);
    let mut pager = Pager::new("Textes acceptés", "");
    if let (true, Some((place, _))) = (more, accepted.last()) {
        pager = pager.next(format!("{PATH}?apres={place}#textes"));
    }
    if query.apres.is_some() {
        pager = pager.previous(format!("{PATH}#textes"));
    }
    let charters = &portal.desk().rules().charters;
    let titled = |version: &str| {
        let known = charters.iter().find(|charter| *charter.version == *version);
        known.map_or("Conditions d'utilisation", |charter| &charter.title).to_owned()
    };
    let logins: Vec<String> = account.logins.iter().map(|login| login.as_str().to_owned()).collect();
    let agent = account.subject == Subject::Agent;
    let mut shell = portal.shell_of(&visitor, "Mon compte", PATH, None);
    said::tell(&headers, &mut shell);
    let page = OwnPage {
        shell,
        facts: vec![
            Fact::new("Titulaire", account.holder.as_str()),
            Fact::new("Espace", subject_text(account.subject)),
            Fact::new(if logins.len() > 1 { "Identifiants" } else { "Identifiant" }, logins.join(", ")),
        ],
        contacts: contacts(account),
        may_report: true,
        accepted: accepted
            .iter()
            .map(|(_, a)| {
                let title = format!("{}, version {}", titled(&a.version), a.version);
                Fact::new(title, format!("accepté le {}", portal.instant_text(a.at)))
            })
            .collect(),
        pager,
        agent,
    };
    Ok(said::told(&headers, &portal, send(&page)))
}

/// Which page of a list.
#[derive(Default, Deserialize)]
pub(crate) struct PageOf {
    #[serde(default)]
    page: usize,
}

/// `GET /compte/appareils`.
pub(crate) async fn devices(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<PageOf>,
    headers: HeaderMap,
) -> PageResult {
    let sessions = portal.desk().devices(&visitor.present, &portal.moment()).await;
    let mut sessions = sessions.map_err(on_page(&portal, &visitor))?;
    let own = DeviceRow::of(&portal, &visitor.present.session);
    sessions.retain(|session| session.token != visitor.present.session.token);
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let first = query.page.min(1_000).saturating_mul(most);
    let more = sessions.len() > first.saturating_add(most);
    let mut pager = Pager::new("Appareils", "");
    if more {
        pager = pager.next(format!("/compte/appareils?page={}", query.page.saturating_add(1)));
    }
    if query.page > 0 {
        pager = pager.previous(format!("/compte/appareils?page={}", query.page.saturating_sub(1)));
    }
    let mut shell = portal.shell_of(&visitor, "Mes appareils", PATH, None);
    shell.trail.push(Link::new("Mon compte", PATH));
    said::tell(&headers, &mut shell);
    let others =
        sessions.iter().skip(first).take(most).map(|session| DeviceRow::of(&portal, session)).collect();
    Ok(said::told(&headers, &portal, send(&DevicesPage { shell, own, others, pager })))
}

/// A form that only carries the page's token.
#[derive(Deserialize)]
pub(crate) struct OnlyToken {
    #[serde(default)]
    pub(crate) csrf: String,
}

/// The name of a session in an address.
#[derive(Deserialize)]
pub(crate) struct Named {
    name: uuid::Uuid,
}

/// `POST /compte/appareils/{name}/fin`: one that has ended stays so.
pub(crate) async fn end_one(
    State(portal): State<Portal>,
    visitor: Visitor,
    axum::extract::Path(path): axum::extract::Path<Named>,
    axum::Form(form): axum::Form<OnlyToken>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    let ended = portal.desk().end_sessions(&visitor.present, Some(path.name), &portal.moment()).await;
    match ended {
        // It had ended already: a double click, or its time.
        Ok(()) | Err(cnss_core::desk::DeskError::Refused(Refusal::NotFound)) => {
            Ok(Said::Device.at(&portal, "/compte/appareils"))
        }
        Err(error) => Err(on_page(&portal, &visitor)(error)),
    }
}

/// `POST /compte/appareils/autres`.
pub(crate) async fn end_others(
    State(portal): State<Portal>,
    visitor: Visitor,
    axum::Form(form): axum::Form<OnlyToken>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    let ended = portal.desk().end_sessions(&visitor.present, None, &portal.moment()).await;
    ended.map_err(on_page(&portal, &visitor))?;
    Ok(Said::Devices.at(&portal, "/compte/appareils"))
}

fn report_page(shell: Shell) -> FormPage {
    let option = |value: &str, label: &str, hint: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: Some(hint.to_owned()),
        checked: false,
    };
    let mut page = FormPage::new(shell, "/compte/blocage", "Bloquer mon compte maintenant")
        .lead("Votre compte sera bloqué aussitôt et toutes ses connexions prendront fin, celle-ci comprise.")
        .link("Revenir à mon compte", PATH);
    page.notice = Some(Notice::new(
        Tone::Warning,
        "Vous ne pourrez pas le débloquer vous-même.",
        "Un agent de la caisse le fera, à un guichet, avec votre pièce d'identité.",
    ));
    page.choices = Some(Choices {
        name: "why".to_owned(),
        label: "Que s'est-il passé\u{a0}?".to_owned(),
        required: true,
        error: None,
        options: vec![
            option("theft", "Vol", "On m'a volé mon téléphone, mon ordinateur ou mes identifiants."),
            option("loss", "Perte", "J'ai perdu mon téléphone ou mes identifiants."),
            option("fraud", "Utilisation frauduleuse", "Quelqu'un d'autre s'est servi de mon compte."),
        ],
    });
    page
}

/// Sample page of a report, after a refusal.
#[cfg(test)]
pub fn report_sample() -> FormPage {
    let mut page = report_page(sample::insured("Signaler un vol, une perte ou une fraude", PATH, &[]));
    page.refuse("why", "Choisissez ce qui s'est passé.");
    page
}

fn report_shell(portal: &Portal, visitor: &Visitor) -> Shell {
    let mut shell = portal.shell_of(visitor, "Signaler un vol, une perte ou une fraude", PATH, None);
    shell.trail.push(Link::new("Mon compte", PATH));
    shell
}

/// `GET /compte/blocage`.
pub(crate) async fn report(State(portal): State<Portal>, visitor: Visitor) -> Response {
    send(&report_page(report_shell(&portal, &visitor)))
}

/// What happened.
#[derive(Deserialize)]
pub(crate) struct Report {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    why: String,
}

fn reason(why: &str) -> Option<BlockReason> {
    match why {
        "theft" => Some(BlockReason::Theft),
        "loss" => Some(BlockReason::Loss),
        "fraud" => Some(BlockReason::Fraud),
        _ => None,
    }
}

/// `POST /compte/blocage`: the browser's session has ended with the others.
pub(crate) async fn block(
    State(portal): State<Portal>,
    visitor: Visitor,
    axum::Form(form): axum::Form<Report>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    let Some(why) = reason(&form.why) else {
        let mut page = report_page(report_shell(&portal, &visitor));
        page.refuse("why", "Choisissez ce qui s'est passé.");
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let blocked = portal.desk().block_own(&visitor.present, why, &portal.moment()).await;
    blocked.map_err(on_page(&portal, &visitor))?;
    let mut response = Redirect::to("/compte-bloque").into_response();
    response.headers_mut().insert(axum::http::header::SET_COOKIE, no_cookie(&portal));
    Ok(response)
}

/// « Compte bloqué »: what to do now.
#[derive(askama::Template)]
#[template(path = "account/blocked.html")]
pub struct BlockedPage {
    /// Around the page.
    pub shell: Shell,
}

impl BlockedPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self { shell: sample::public("Compte bloqué", "", &[]) }
    }
}

/// `GET /compte-bloque`: for anybody, it says nothing of anybody.
pub(crate) async fn blocked(State(portal): State<Portal>) -> Response {
    send(&BlockedPage { shell: portal.public_shell("Compte bloqué", "") })
}

/// One's own account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountBody {
    holder: String,
    /// `employer`, `insured`, `beneficiary`, `mandatary` or `agent`.
    #[schema(example = "employer")]
    subject: &'static str,
    /// What may be typed to log in.
    logins: Vec<LoginOf>,
    email: Option<String>,
    phone: Option<String>,
    /// The mandate by which the session acts for a company; null for oneself.
    acting: Option<String>,
}

/// What may be typed to log in.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoginOf {
    /// `email`, `username`, `insured_number`, `employer_number` or `document`.
    #[schema(example = "email")]
    kind: &'static str,
    login: String,
}

/// Who the holder of the session is.
#[utoipa::path(get, path = "/api/v1/account", operation_id = "own_account", tag = "Mon compte", security(("token" = [])),
    responses((status = 200, body = AccountBody), (status = 401, body = Problem)))]
pub(crate) async fn json(caller: Caller) -> Json<AccountBody> {
    let account = &caller.present.account;
    let login = |login: &cnss_core::account::Login| LoginOf {
        kind: login.kind().code(),
        login: login.as_str().to_owned(),
    };
    Json(AccountBody {
        holder: account.holder.to_string(),
        subject: super::login::subject_code(account.subject),
        logins: account.logins.iter().map(login).collect(),
        email: account.email.as_ref().map(ToString::to_string),
        phone: account.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        acting: caller.present.session.acting.map(|id| id.0.to_string()),
    })
}

/// A device that is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceBody {
    /// What names it in an address.
    name: String,
    device: String,
    /// `browser` or `program`.
    #[schema(example = "browser")]
    kind: &'static str,
    opened_at: String,
    used_at: String,
    /// It is the one that asks.
    own: bool,
}

/// The devices, the last that logged in first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DevicesBody {
    devices: Vec<DeviceBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// After which place of the list of devices a page begins.
#[derive(Clone, Copy)]
pub(crate) struct DevicePlace(Place);

impl<'de> Deserialize<'de> for DevicePlace {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom("no place of this list"))
    }
}

pub(crate) fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Lists the devices that are logged in, the last that logged in first. A page goes on where the one before
/// ended, whatever was used or has ended meanwhile.
#[utoipa::path(get, path = "/api/v1/account/devices", operation_id = "own_devices", tag = "Mon compte", params(Paged<DevicePlace>), security(("token" = [])),
    responses((status = 200, body = DevicesBody), (status = 401, body = Problem)))]
pub(crate) async fn devices_json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(paged): Query<Paged<DevicePlace>>,
) -> Result<Json<DevicesBody>, JsonProblem> {
    let at = portal.moment();
    let after = paged.after().map(|place| place.0);
    let sessions = portal.desk().devices_after(&caller.present, after, paged.most(), &at).await;
    let (sessions, next) = paged.page(sessions.map_err(in_json(&portal))?, Session::place);
    let body = |session: &Session| DeviceBody {
        name: session.token.name().to_string(),
        device: session.device.clone(),
        kind: if session.kind == SessionKind::Program { "program" } else { "browser" },
        opened_at: iso(session.opened_at),
        used_at: iso(session.used_at),
        own: session.token == caller.token,
    };
    Ok(Json(DevicesBody { devices: sessions.iter().map(body).collect(), next }))
}

/// Ends the session of one device.
#[utoipa::path(delete, path = "/api/v1/account/devices/{name}", operation_id = "end_device", tag = "Mon compte",
    params(("name" = String, Path, description = "Its name in the list")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn end_one_json(
    State(portal): State<Portal>,
    caller: Caller,
    axum::extract::Path(path): axum::extract::Path<Named>,
) -> Result<StatusCode, JsonProblem> {
    let ended = portal.desk().end_sessions(&caller.present, Some(path.name), &portal.moment()).await;
    ended.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the sessions of all other devices.
#[utoipa::path(delete, path = "/api/v1/account/devices", operation_id = "end_other_devices", tag = "Mon compte", security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem)))]
pub(crate) async fn end_others_json(
    State(portal): State<Portal>,
    caller: Caller,
) -> Result<StatusCode, JsonProblem> {
    let ended = portal.desk().end_sessions(&caller.present, None, &portal.moment()).await;
    ended.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// What happened to one's account.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ReportBody {
    /// `theft`, `loss` or `fraud`.
    #[schema(example = "theft")]
    why: String,
}

/// Blocks one's own account after a theft, a loss or a fraud; all sessions end, this one too.
#[utoipa::path(post, path = "/api/v1/account/block", operation_id = "block_own_account", tag = "Mon compte", request_body = ReportBody, security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn block_json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let why = body.fields().text("why");
    let why = body.done(why).and_then(|why| {
        let allowed = FaultKind::NotAllowed { allowed: "theft, loss, fraud".to_owned() };
        reason(&why).ok_or_else(|| Refusal::Invalid(vec![Fault::field("why", allowed).given(&why)]))
    });
    let why = why.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    portal.desk().block_own(&caller.present, why, &portal.moment()).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptanceBody {
    /// Version of the text.
    #[schema(example = "2024-1")]
    version: String,
    /// SHA-256 of the text as it was shown, in hexadecimal.
    digest: String,
    at: String,
}

/// What was accepted, in the order of time.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptancesBody {
    acceptances: Vec<AcceptanceBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Lists the charters and terms that the holder accepted.
#[utoipa::path(get, path = "/api/v1/account/acceptances", operation_id = "own_acceptances", tag = "Mon compte", params(Paged<i64>), security(("token" = [])),
    responses((status = 200, body = AcceptancesBody), (status = 401, body = Problem)))]
pub(crate) async fn acceptances_json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(paged): Query<Paged<i64>>,
) -> Result<Json<AcceptancesBody>, JsonProblem> {
    let read = portal.desk().acceptances(&caller.present, paged.after().unwrap_or(0), paged.most()).await;
    let (read, next) = paged.page(read.map_err(in_json(&portal))?, |(place, _)| *place);
    let hex = |digest: &[u8; 32]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let acceptances = read
        .iter()
        .map(|(_, a)| AcceptanceBody { version: a.version.clone(), digest: hex(&a.digest), at: iso(a.at) })
        .collect();
    Ok(Json(AcceptancesBody { acceptances, next }))
}
