//! The portal of a fund: a JSON API and French pages side by side.
//!
//! One endpoint a file, by audience; each file holds its page's view, the handler of the
//! page and the handler of the JSON, and both call the same use case of
//! [`cnss_core::desk`]. The one rule to remember: nothing here decides; it translates.

pub mod account;
mod address;
pub mod agent;
mod assets;
pub mod bank;
mod body;
pub mod clock;
pub mod demo;
pub mod employer;
pub mod form;
pub mod gateway;
pub mod insured;
mod law;
mod origin;
mod page;
mod paged;
mod password;
mod portal;
mod problem;
pub mod public;
mod said;
mod second_factor;
mod session;
mod show;
pub mod simulation;
pub mod view;
mod watch;
pub mod words;
pub mod workbook;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

pub use password::{PASSWORD_MAX, Pepper, hash as hash_password};
pub use portal::{Portal, Settings};

use page::PageProblem;
use problem::JsonProblem;

/// The longest that a request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The most bytes of an ordinary request.
const BODY_MAX: usize = 2_000_000;

/// Every route of the portal.
pub fn router(portal: Portal) -> Router {
    let uploads = Router::new()
        .route("/employeur/dnr/{quarter}/fichier", get(employer::upload::page).post(employer::upload::submit))
        .route("/api/v1/employer/declarations/{quarter}/file", post(employer::upload::json))
        .layer(DefaultBodyLimit::max(employer::upload::REQUEST_MAX));
    let routes =
        Router::new().merge(pages()).merge(services()).layer(DefaultBodyLimit::max(BODY_MAX)).merge(uploads);
    answered(routes, portal, TIMEOUT)
}

/// What surrounds every route: limits, and answers that say what to do whatever goes wrong.
fn answered(routes: Router<Portal>, portal: Portal, longest: Duration) -> Router {
    routes
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, longest))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(portal.clone(), plain_answers))
        .layer(CompressionLayer::new())
        .layer(from_fn(security_headers))
        .layer(from_fn(watch::watched))
        .with_state(portal)
}

fn pages() -> Router<Portal> {
    Router::new()
        .route("/", get(public::home::page))
        .route("/regles", get(public::rules::page))
        .route("/api", get(public::api::page))
        .route("/aide", get(public::help::page))
        .route("/simulateur", get(public::simulator::page))
        .route("/droits", get(public::rights::page))
        .route("/connexion", get(account::login::page).post(account::login::submit))
        .route("/deconnexion", post(account::login::logout))
        .route("/inscription", get(account::sign_up::ways::page))
        .route("/inscription/{way}", get(account::sign_up::form::page).post(account::sign_up::form::submit))
        .route("/inscription/{way}/suite", get(account::sign_up::done::page))
        .route("/verification/{id}", get(account::verification::page).post(account::verification::submit))
        .route("/verification/{id}/renvoi", post(account::verification::resend))
        .route("/verification/{id}/correction", post(account::verification::correct))
        .route("/mot-de-passe-oublie", get(account::recovery::page).post(account::recovery::submit))
        .route("/mot-de-passe-oublie/{id}", get(account::recovery::choose).post(account::recovery::set))
        .route("/nouveau-mot-de-passe", get(account::new_password::page).post(account::new_password::submit))
        .route("/charte", get(account::charter::page).post(account::charter::submit))
        .route("/employeur", get(employer::dashboard::page))
        .route("/employeur/dnr", get(employer::declarations::page))
        .route("/employeur/dnr/{quarter}", get(employer::declaration::page))
        .route("/employeur/dnr/{quarter}/correction", post(employer::draft::correct))
        .route("/employeur/dnr/{quarter}/abandon", post(employer::draft::abandon))
        .route("/employeur/dnr/{quarter}/modele.xlsx", get(employer::template::page))
        .route("/employeur/dnr/{quarter}/saisie", get(employer::edit::page).post(employer::edit::submit))
        .route("/employeur/dnr/{quarter}/verification", get(employer::review::page))
        .route("/employeur/dnr/{quarter}/depot", post(employer::review::file))
        .route("/employeur/dnr/retour/{id}", get(employer::faults::page))
        .route("/employeur/dnr/retour/{id}/corrige.xlsx", get(employer::faults::workbook))
        .route("/employeur/compte", get(employer::account::page))
        .route("/employeur/compte/{month}", get(employer::month::page))
        .route("/employeur/paiement", get(employer::payments::page).post(employer::payments::issue))
        .route("/employeur/paiement/{reference}", get(employer::payment::page))
        .route("/employeur/paiement/{reference}/quittance", get(employer::payment::receipt))
        .route("/assure", get(insured::dashboard::page))
        .route("/assure/compte", get(insured::account::page))
        .route("/assure/compte/{month}", get(insured::month::page))
        .route("/assure/simulateur", get(insured::simulator::page))
        .route("/assure/droits", get(insured::rights::page))
        .merge(account_pages())
        .merge(agent_pages())
        .route("/demo/messages", get(demo::messages::page))
        .route("/assets/{name}", get(assets::asset))
}

/// What everybody does with one's own account.
fn account_pages() -> Router<Portal> {
    use account::{change_password, contact, mandates, own, second_factor};
    Router::new()
        .route("/compte", get(own::page))
        .route("/compte/confirmation", get(second_factor::proof).post(second_factor::confirm))
        .route("/compte/mot-de-passe", get(change_password::page).post(change_password::submit))
        .route("/compte/coordonnees", get(contact::page).post(contact::begin))
        .route("/compte/coordonnees/{id}", get(contact::code).post(contact::confirm))
        .route("/compte/coordonnees/{id}/renvoi", post(contact::again))
        .route("/compte/appareils", get(own::devices))
        .route("/compte/appareils/autres", post(own::end_others))
        .route("/compte/appareils/{name}/fin", post(own::end_one))
        .route("/compte/blocage", get(own::report).post(own::block))
        .route("/compte-bloque", get(own::blocked))
        .route("/compte/mandats", get(mandates::page))
        .route("/compte/mandats/entreprise", post(mandates::act))
        .route("/compte/mandats/{id}/acceptation", post(mandates::accept))
        .route("/employeur/mandats", get(employer::mandates::page).post(employer::mandates::invite))
        .route("/employeur/mandats/{id}/retrait", post(employer::mandates::withdraw))
}

/// The agents' pages.
fn agent_pages() -> Router<Portal> {
    use crate::account::second_factor;
    use agent::{account, accounts, agents, refusals, rights};
    Router::new()
        .route("/agent/second-facteur", get(second_factor::page).post(second_factor::submit))
        .route("/agent", get(accounts::waiting))
        .route("/agent/bloques", get(accounts::blocked))
        .route("/agent/recherche", post(accounts::find))
        .route("/agent/comptes/{id}", get(account::page))
        .route("/agent/comptes/{id}/activation", post(account::activate))
        .route("/agent/comptes/{id}/blocage", post(account::block))
        .route("/agent/comptes/{id}/deblocage", post(account::unblock))
        .route("/agent/messages", get(refusals::page))
        .route("/agent/agents", get(agents::page).post(agents::submit))
        .route("/agent/agents/{id}", get(rights::roles).post(rights::assign))
        .route("/agent/agents/{id}/second-facteur", get(rights::second).post(rights::take_second))
}

/// The same for programs.
fn account_services() -> Router<Portal> {
    use account::{change_password, contact, mandates, own, second_factor};
    use agent::{account as one, accounts, agents, refusals, rights};
    Router::new()
        .route("/api/v1/session/second-factor", get(second_factor::secret).post(second_factor::json))
        .route("/api/v1/session/proof", post(second_factor::prove_json))
        .route("/api/v1/session/acting", put(mandates::act_json))
        .route("/api/v1/account", get(own::json))
        .route("/api/v1/account/password", put(change_password::json))
        .route("/api/v1/account/contacts", post(contact::begin_json))
        .route("/api/v1/account/contacts/{id}/confirmation", post(contact::confirm_json))
        .route("/api/v1/account/contacts/{id}/resend", post(contact::again_json))
        .route("/api/v1/account/devices", get(own::devices_json).delete(own::end_others_json))
        .route("/api/v1/account/devices/{name}", axum::routing::delete(own::end_one_json))
        .route("/api/v1/account/block", post(own::block_json))
        .route("/api/v1/account/acceptances", get(own::acceptances_json))
        .route("/api/v1/account/mandates", get(mandates::json))
        .route("/api/v1/account/mandates/{id}/acceptance", post(mandates::accept_json))
        .route("/api/v1/employer/mandates", get(employer::mandates::list).post(employer::mandates::json))
        .route("/api/v1/employer/mandates/{id}", axum::routing::delete(employer::mandates::withdraw_json))
        .route("/api/v1/agent/accounts", get(accounts::list))
        .route("/api/v1/agent/accounts/search", post(accounts::find_json))
        .route("/api/v1/agent/accounts/{id}", get(one::json))
        .route("/api/v1/agent/accounts/{id}/activation", post(one::activate_json))
        .route("/api/v1/agent/accounts/{id}/block", post(one::block_json))
        .route("/api/v1/agent/accounts/{id}/unblock", post(one::unblock_json))
        .route("/api/v1/agent/refused-messages", get(refusals::json))
        .route("/api/v1/agent/agents", get(agents::list).post(agents::appoint_json))
        .route("/api/v1/agent/agents/{id}/roles", put(rights::assign_json))
        .route("/api/v1/agent/agents/{id}/second-factor", axum::routing::delete(rights::take_second_json))
}

fn services() -> Router<Portal> {
    Router::new()
        .merge(account_services())
        .route("/health", get(public::health::health))
        .route("/ready", get(public::health::ready))
        .route("/openapi.json", get(public::api::document))
        .route("/api/v1/simulations/pension", post(public::simulate::pension))
        .route("/api/v1/simulations/contributions", post(public::simulate::contributions))
        .route("/api/v1/simulations/surcharge", post(public::surcharge::json))
        .route("/api/v1/simulations/survivors", post(public::survivors::json))
        .route("/api/v1/simulations/family", post(public::family::json))
        .route("/api/v1/simulations/daily-benefit", post(public::daily::json))
        .route("/api/v1/simulations/grant", post(public::grant::json))
        .route("/api/v1/simulations/rights", post(public::rights::json))
        .route("/api/v1/identifiers/check", post(public::identifiers::json))
        .route("/api/v1/certificates/verify", post(public::certificates::json))
        .route("/api/v1/funds", get(public::funds::json))
        .route("/api/v1/funds/{fund}/parameters", get(public::funds::parameters))
        .route("/api/v1/session", session_routes())
        .route("/api/v1/session/password", put(account::new_password::json))
        .route("/api/v1/session/charter", post(account::charter::accept))
        .route("/api/v1/charter", get(account::charter::json))
        .route("/api/v1/sign-up", get(account::sign_up::api::ways))
        .route("/api/v1/sign-up/{way}", post(account::sign_up::api::json))
        .route("/api/v1/codes/{challenge}/confirmation", post(account::verification::confirm_json))
        .route("/api/v1/codes/{challenge}/sendings", post(account::verification::send_json))
        .route("/api/v1/recoveries", post(account::recovery::json))
        .route("/api/v1/recoveries/{challenge}/password", put(account::recovery::set_json))
        .route("/api/v1/employer", get(employer::dashboard::json))
        .route("/api/v1/employer/account", get(employer::account::json))
        .route("/api/v1/employer/references", get(employer::payments::list).post(employer::payments::json))
        .route("/api/v1/bank/{bank}/notices", post(bank::notices::json))
        .route("/api/v1/bank/{bank}/references/{reference}", get(bank::references::json))
        .route("/api/v1/gateway/{secret}/reports", post(gateway::reports))
        .route("/api/v1/employer/declarations", get(employer::declarations::json))
        .route("/api/v1/employer/declarations/{quarter}", get(employer::declaration::json))
        .route(
            "/api/v1/employer/declarations/{quarter}/draft",
            put(employer::draft::save).delete(employer::draft::drop_draft),
        )
        .route("/api/v1/employer/declarations/{quarter}/template.xlsx", get(employer::template::json))
        .route("/api/v1/employer/declarations/{quarter}/submission", post(employer::review::json))
        .route("/api/v1/insured", get(insured::dashboard::json))
        .route("/api/v1/insured/account", get(insured::account::json))
        .route("/api/v1/insured/rights", get(insured::rights::json))
        .route("/api/v1/insured/simulation", post(insured::simulator::json))
        .route("/api/v1/demo/messages", get(demo::messages::json))
}

fn session_routes() -> MethodRouter<Portal> {
    use account::login::{end_session, open_session, own_session};
    get(own_session).post(open_session).delete(end_session)
}

async fn nothing_here() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn wrong_method() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// Whether an address is a program's.
fn is_service(path: &str) -> bool {
    path.starts_with("/api/") || ["/health", "/ready", "/openapi.json"].contains(&path)
}

/// Whether an address is one that banks ask: to a bank there is one answer that means "again".
fn is_of_bank(path: &str) -> bool {
    path.starts_with("/api/v1/bank/")
}

/// Answers that the framework makes by itself become problems that say what to do.
async fn plain_answers(
    State(portal): State<Portal>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let (service, of_bank) = (is_service(request.uri().path()), is_of_bank(request.uri().path()));
    let response = next.run(request).await;
    let status = match response.status() {
        // The commit that it waited for may still be booked: the bank must say it again, and gets the
        // answer of the first time.
        StatusCode::REQUEST_TIMEOUT if of_bank => StatusCode::SERVICE_UNAVAILABLE,
        status => status,
    };
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let said = kind.starts_with("text/html") || kind.contains("json") || kind.starts_with("text/css");
    if said || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if service {
        return JsonProblem::plain(status).into_response();
    }
    let visitor = session::Visitor::find(&headers, &portal).await.ok();
    PageProblem::plain(&portal, visitor.as_ref(), status).into_response()
}

/// A defect of ours: nothing was committed by the request that met it.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a request met a defect and was given up");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// What every answer tells the browser.
async fn security_headers(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                          connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What one person was shown is kept by nothing in between, unless its endpoint says otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;

    /// Name and HTML of every page with its sample values.
    fn samples() -> Vec<(&'static str, askama::Result<String>)> {
        use employer::{dashboard, declaration, declarations, edit, faults, month, review, upload};
        vec![
            ("accueil", public::home::HomePage::sample().render()),
            ("aide", public::help::HelpPage::sample().render()),
            ("connexion", account::login::LoginPage::sample().render()),
            ("connexion-erreur", account::login::LoginPage::sample_refused().render()),
            ("inscription", account::sign_up::ways::WaysPage::sample().render()),
            ("inscription-charte", account::sign_up::charter::CharterFirstPage::sample().render()),
            ("inscription-assure", account::sign_up::form::SignUpPage::sample().render()),
            ("inscription-erreur", account::sign_up::form::SignUpPage::sample_refused().render()),
            ("inscription-suite", account::sign_up::done::SignedUpPage::sample().render()),
            ("verification", account::verification::VerificationPage::sample().render()),
            ("verification-fermee", account::verification::VerificationPage::sample_closed().render()),
            ("mot-de-passe-oublie", account::recovery::RecoveryPage::sample().render()),
            ("nouveau-mot-de-passe", account::new_password::NewPasswordPage::sample().render()),
            ("charte", account::charter::CharterPage::sample().render()),
            ("regles", public::rules::RulesPage::sample().render()),
            ("regles-erreur", public::rules::RulesPage::sample_refused().render()),
            ("api", public::api::ApiPage::sample().render()),
            ("probleme", public::problem::ProblemPage::sample().render()),
            ("simulateur", public::simulator::PublicSimulatorPage::sample().render()),
            ("simulateur-vide", public::simulator::PublicSimulatorPage::sample_empty().render()),
            ("simulateur-erreur", public::simulator::PublicSimulatorPage::sample_refused().render()),
            ("messages", demo::messages::MessagesPage::sample().render()),
            ("messages-vide", demo::messages::MessagesPage::sample_empty().render()),
            ("droits", public::rights::RightsPage::sample().render()),
            ("droits-vide", public::rights::RightsPage::sample_empty().render()),
            ("employeur", dashboard::DashboardPage::sample().render()),
            ("dnr", declarations::DeclarationsPage::sample().render()),
            ("dnr-vide", declarations::DeclarationsPage::sample_empty().render()),
            ("dnr-a-faire", declaration::DeclarationPage::sample().render()),
            ("dnr-deposee", declaration::DeclarationPage::sample_filed().render()),
            ("dnr-correction", declaration::DeclarationPage::sample_correcting().render()),
            ("dnr-fichier", upload::UploadPage::sample().render()),
            ("dnr-fichier-erreur", upload::UploadPage::sample_refused().render()),
            ("dnr-retour", faults::FaultsPage::sample().render()),
            ("dnr-saisie", edit::EditPage::sample().render()),
            ("dnr-verification", review::ReviewPage::sample().render()),
            ("compte-cotisant", employer::account::ContributionAccountPage::sample().render()),
            ("paiement", employer::payments::PaymentsPage::sample().render()),
            ("paiement-vide", employer::payments::PaymentsPage::sample_empty().render()),
            ("paiement-erreur", employer::payments::PaymentsPage::sample_refused().render()),
            ("paiement-reference", employer::payment::ReferencePage::sample().render()),
            ("paiement-recu", employer::payment::ReferencePage::sample_paid().render()),
            ("quittance", employer::payment::ReceiptPage::sample().render()),
            ("compte-cotisant-mois", month::ObligationPage::sample().render()),
            ("assure", insured::dashboard::InsuredDashboardPage::sample().render()),
            ("compte-individuel", insured::account::IndividualAccountPage::sample().render()),
            ("compte-individuel-mois", insured::month::MonthPage::sample().render()),
            ("assure-droits", insured::rights::OwnRightsPage::sample().render()),
            ("assure-simulateur", insured::simulator::SimulatorPage::sample().render()),
            ("compte", account::own::OwnPage::sample().render()),
            ("compte-appareils", account::own::DevicesPage::sample().render()),
            ("compte-blocage", account::own::report_sample().render()),
            ("compte-bloque", account::own::BlockedPage::sample().render()),
            ("compte-coordonnees", account::contact::ContactsPage::sample().render()),
            ("compte-code", account::contact::code_sample().render()),
            ("compte-mot-de-passe", account::change_password::ChangePage::sample().render()),
            ("compte-mandats", account::mandates::MandatesPage::sample().render()),
            ("employeur-mandats", employer::mandates::GivenPage::sample().render()),
            ("second-facteur", account::second_factor::SetUpPage::sample().render()),
            ("codes-de-secours", account::second_factor::CodesPage::sample().render()),
            ("agent", agent::accounts::AccountsPage::sample().render()),
            ("agent-recherche", agent::accounts::AccountsPage::sample_refused().render()),
            ("agent-compte", agent::account::AccountPage::sample().render()),
            ("agent-messages", agent::refusals::RefusalsPage::sample().render()),
            ("agent-agents", agent::agents::AgentsPage::sample().render()),
            ("agent-droits", agent::rights::roles_sample().render()),
            ("agent-second-facteur", agent::rights::second_sample().render()),
            ("assure-simulateur-non", insured::simulator::SimulatorPage::sample_not_eligible().render()),
        ]
    }

    #[test]
    fn every_page_renders_within_the_policy() {
        for (name, html) in samples() {
            let html = html.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(html.matches("<h1").count(), 1, "{name}: one h1");
            assert_eq!(html.matches("<main").count(), 1, "{name}: one main");
            assert!(html.contains("lang=\"fr\""), "{name}: language");
            for banned in [" style=\"", "<style", "<script>", " onclick=", "javascript:"] {
                assert!(!html.contains(banned), "{name}: {banned}");
            }
        }
    }

    /// What people read of a page: no tags, no code examples.
    fn prose(html: &str) -> String {
        let main = html.split_once("<main").map_or(html, |(_, main)| main);
        let mut text = String::new();
        for (i, part) in main.split("<pre").enumerate() {
            let part = if i == 0 { part } else { part.split_once("</pre>").map_or("", |(_, after)| after) };
            for piece in part.split('<') {
                text.push_str(piece.split_once('>').map_or(piece, |(_, words)| words));
                text.push('\n');
            }
        }
        text
    }

    /// The sources below a folder, each up to its tests.
    fn sources(folder: &std::path::Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                found.extend(sources(&path));
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let code = text.split("mod tests {").next().unwrap_or_default().to_owned();
                found.push((path.display().to_string(), code));
            }
        }
        found
    }

    /// The pages above show samples; a text that no sample shows is read in its source.
    #[test]
    fn no_french_sign_is_parted_from_its_word_in_a_source() {
        let mut parted = Vec::new();
        let all = sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        for (path, code) in &all {
            for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                for text in line.split('"').skip(1).step_by(2) {
                    let alone = |sign: &&str| {
                        text.match_indices(sign).any(|(at, _)| {
                            let (before, after) = text.split_at(at);
                            before.ends_with(|c: char| c.is_alphanumeric() || "})»".contains(c))
                                && matches!(after.chars().nth(2), None | Some(' '))
                        })
                    };
                    let found = [" :", " ;", " ?", " !", " »"].iter().find(|sign| alone(sign));
                    parted.extend(found.map(|sign| format!("{path}: {sign:?} in {text}")));
                    // The quote itself, alone, is no prose.
                    let opened = text.split("« ").skip(1).any(|rest| !rest.is_empty());
                    parted.extend(opened.then(|| format!("{path}: {text}")));
                }
            }
        }
        assert!(all.len() > 50, "{} sources", all.len());
        assert!(parted.is_empty(), "{}", parted.join("\n"));
    }

    #[test]
    fn no_french_sign_is_parted_from_its_word() {
        let mut parted = Vec::new();
        for (name, html) in samples() {
            let text = prose(&html.unwrap_or_else(|error| panic!("{name}: {error}")));
            for line in text.lines() {
                let alone =
                    [" ;", " ?", " !", " »", "« ", " : ", " %"].iter().find(|sign| line.contains(**sign));
                parted.extend(alone.map(|sign| format!("{name}: {sign:?} in {line}")));
            }
        }
        assert!(parted.is_empty(), "{}", parted.join("\n"));
    }

    /// The whole answer of a portal that gives up soon and has two routes that never answer.
    async fn ask_slow(path: &str) -> String {
        use std::io::{Read, Write};

        let fund = cnss_core::fund::Fund::builtin("tg").expect("built in");
        let store = std::sync::Arc::new(cnss_core::memory::MemoryStore::new());
        let desk = cnss_core::desk::Desk::new(store, std::sync::Arc::new(fund));
        let settings = Settings { demo: true, ..Settings::default() };
        let portal = Portal::new(desk, settings);
        let never = || get(std::future::pending::<StatusCode>);
        let routes = Router::new()
            .route("/api/v1/slow", never())
            .route("/lent", never())
            .route("/api/v1/bank/btci/notices", never());
        let router = answered(routes, portal, Duration::from_millis(20));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let asking = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).expect("connected");
            stream.write_all(request.as_bytes()).expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("answered");
            answer
        });
        let answer = asking.await.expect("asked");
        server.abort();
        answer
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_told_so_in_its_own_form() {
        let problem = ask_slow("/api/v1/slow").await;
        assert!(problem.starts_with("HTTP/1.1 408"), "{problem}");
        assert!(problem.contains("content-type: application/problem+json"), "{problem}");
        assert!(problem.contains(r#""code":"timeout","status":408"#), "{problem}");
        let bank = ask_slow("/api/v1/bank/btci/notices").await;
        assert!(bank.starts_with("HTTP/1.1 503"), "to be said again: {bank}");
        assert!(bank.contains("retry-after: 10\r\n") && bank.contains(r#""status":503"#), "{bank}");
        let page = ask_slow("/lent").await;
        assert!(page.starts_with("HTTP/1.1 408"), "{page}");
        assert!(page.contains("content-type: text/html"), "{page}");
        assert!(page.contains("<h1>La demande a pris trop de temps"), "{page}");
    }

    #[test]
    fn what_was_typed_is_escaped() {
        let mut page = account::login::LoginPage::sample_refused();
        page.login.value = "\"><script>alert(1)</script>".into();
        assert!(!page.render().expect("rendered").contains("<script>alert"));
    }
}
