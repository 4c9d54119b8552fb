//! What every page shares: the shell around it, how it is sent, and what is shown when it
//! cannot be.

use std::sync::Arc;

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use cnss_core::access::{Rights, Subject};
use cnss_core::account::Role;
use cnss_core::account::login::Duty;
use cnss_core::desk::DeskError;
use cnss_core::fund::Fund;
use cnss_core::refusal::Refusal;

use crate::account::mandates::rights_text;
use crate::portal::Portal;
use crate::problem::{
    BUSY_PASSWORDS, BusyWords, DutyBody, JsonProblem, Stopped, plain_words, retry_after, status,
};
use crate::public::problem::ProblemPage;
use crate::session::{Visitor, no_cookie};
use crate::view::{DeclarationWords, Link, NavItem, Shell, UserBar};

/// The result of a page's handler.
pub(crate) type PageResult = Result<Response, PageProblem>;

/// Sends a page.
pub(crate) fn send(page: &impl Template) -> Response {
    send_with(StatusCode::OK, page)
}

/// Sends a page with a status.
pub(crate) fn send_with(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            // What one person was shown must not be shown to the next by a browser's memory.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page was not rendered; a test renders every page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Why a page is not shown.
pub struct PageProblem(Box<Response>);

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl PageProblem {
    /// Asks for a login, then comes back to `next`.
    pub(crate) fn login(
        portal: &Portal,
        error: DeskError,
        next: Option<String>,
        headers: &HeaderMap,
    ) -> Self {
        if !matches!(error, DeskError::Refused(Refusal::NotLoggedIn)) {
            return Self::of(portal, None, &error);
        }
        if wants_json(headers) {
            return Self(Box::new(
                JsonProblem::refused(&Refusal::NotLoggedIn, portal.words()).into_response(),
            ));
        }
        let to = match next {
            Some(next) => format!("/connexion?next={}", encode(&next)),
            None => "/connexion".to_owned(),
        };
        let mut response = Redirect::to(&to).into_response();
        response.headers_mut().insert(header::SET_COOKIE, no_cookie(portal));
        Self(Box::new(response))
    }

    /// The page for whatever a use case answers.
    pub(crate) fn of(portal: &Portal, visitor: Option<&Visitor>, error: &DeskError) -> Self {
        match error {
            DeskError::Refused(refusal) => Self::refused(portal, visitor, refusal),
            DeskError::Store(error) => {
                tracing::error!(%error, "the store cannot answer");
                Self::plain(portal, visitor, StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    /// The page of a refusal.
    pub(crate) fn refused(portal: &Portal, visitor: Option<&Visitor>, refusal: &Refusal) -> Self {
        let beyond = visitor.filter(|_| *refusal == Refusal::NotAllowed).and_then(beyond_mandate);
        let (title, advice) = beyond.unwrap_or_else(|| portal.words().refusal(refusal));
        let mut advice = vec![advice];
        if let Some((faults, _)) = refusal.faults() {
            advice.extend(faults.iter().take(20).map(|fault| portal.words().fault(fault)));
        }
        Self::page(portal, visitor, status(refusal), title, advice)
    }

    /// The page of what goes wrong before any rule is asked.
    pub(crate) fn plain(portal: &Portal, visitor: Option<&Visitor>, status: StatusCode) -> Self {
        let (_, title, advice) = plain_words(status);
        let mut page = Self::page(portal, visitor, status, title.to_owned(), vec![advice.to_owned()]);
        if let Some(seconds) = retry_after(status) {
            page.0.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        page
    }

    /// The page when too much comes at once.
    pub(crate) fn busy(portal: &Portal, visitor: Option<&Visitor>, words: BusyWords) -> Self {
        let (title, advice, seconds) = words;
        let (title, advice) = (title.to_owned(), vec![advice.to_owned()]);
        let mut page = Self::page(portal, visitor, StatusCode::SERVICE_UNAVAILABLE, title, advice);
        page.0.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        page
    }

    /// The page of whatever stops a request.
    pub(crate) fn stopped(portal: &Portal, visitor: Option<&Visitor>, stopped: &Stopped) -> Self {
        match stopped {
            Stopped::Desk(error) => Self::of(portal, visitor, error),
            Stopped::Busy => Self::busy(portal, visitor, BUSY_PASSWORDS),
        }
    }

    /// Leads to the page where a duty is done, and from there to `next`.
    pub(crate) fn duty(duty: &Duty, next: Option<String>, headers: &HeaderMap) -> Self {
        if wants_json(headers) {
            return Self(Box::new(JsonProblem::duty(duty).into_response()));
        }
        let next = next.map(|next| format!("?next={}", encode(&next))).unwrap_or_default();
        Self(Box::new(Redirect::to(&format!("{}{next}", DutyBody::of(duty).page)).into_response()))
    }

    fn page(
        portal: &Portal,
        visitor: Option<&Visitor>,
        status: StatusCode,
        title: String,
        advice: Vec<String>,
    ) -> Self {
        let shell = match visitor {
            Some(visitor) => portal.shell_of(visitor, &title, "", None),
            None => portal.public_shell(&title, ""),
        };
        let back = match visitor.map(|v| v.actor.subject) {
            Some(Subject::Employer(_)) => Link::new("Tableau de bord", "/employeur"),
            Some(Subject::Delegate(_) | Subject::Mandatary) => Link::new("Mes mandats", "/compte/mandats"),
            Some(Subject::Insured(_)) => Link::new("Tableau de bord", "/assure"),
            Some(Subject::Agent) => Link::new("Espace Agent", "/agent"),
            Some(Subject::Beneficiary(_)) | None => Link::new("Retour à l'accueil", "/"),
        };
        let page =
            ProblemPage { shell, status: status.as_u16().to_string(), title, advice, reference: None, back };
        Self(Box::new(send_with(status, &page)))
    }
}

/// Puts an error of a use case onto a page: `.map_err(on_page(&portal, &visitor))`.
pub(crate) fn on_page<'a>(
    portal: &'a Portal,
    visitor: &'a Visitor,
) -> impl Fn(DeskError) -> PageProblem + 'a {
    |error| PageProblem::of(portal, Some(visitor), &error)
}

/// Whether a script of ours asks, which wants JSON back.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.split(',').next().is_some_and(|first| first.trim().starts_with("application/json"))
}

/// Percent-encodes a text for a query.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// In which space somebody is, and what leads on from there: only what he may open.
fn space_of<'a>(visitor: &Visitor, declarations: &'a str) -> (String, Vec<(&'a str, &'static str)>) {
    let employer = |rights: Rights| {
        let all = [
            (rights.declare && rights.read, ("Tableau de bord", "/employeur")),
            (rights.declare, (declarations, "/employeur/dnr")),
            (rights.read, ("Compte-Cotisant", "/employeur/compte")),
            (rights.pay || rights.read, ("Paiement de cotisation", "/employeur/paiement")),
        ];
        all.into_iter().filter(|(may, _)| *may).map(|(_, entry)| entry).collect::<Vec<_>>()
    };
    let (label, mut entries) = match visitor.actor.subject {
        Subject::Employer(_) => {
            let mut entries = employer(Rights::ALL);
            entries.push(("Mandats", "/employeur/mandats"));
            ("Espace Employeur".to_owned(), entries)
        }
        Subject::Delegate(by) => {
            let mut entries = employer(by.rights);
            entries.push(("Mes mandats", "/compte/mandats"));
            let company = visitor.company.as_deref().unwrap_or("une entreprise");
            (format!("Vous agissez pour\u{a0}: {company}"), entries)
        }
        Subject::Insured(_) => (
            "Espace Assuré".to_owned(),
            vec![
                ("Tableau de bord", "/assure"),
                ("Compte Individuel", "/assure/compte"),
                ("Simulateur de Pension", "/assure/simulateur"),
                ("Mes droits", "/assure/droits"),
            ],
        ),
        Subject::Beneficiary(_) => ("Espace Ayant droit".to_owned(), Vec::new()),
        Subject::Mandatary => ("Espace Mandataire".to_owned(), vec![("Mes mandats", "/compte/mandats")]),
        Subject::Agent => {
            let may = |role| visitor.roles.contains(&role);
            let all = [
                (true, ("Comptes à activer", "/agent")),
                (may(Role::Unblock), ("Comptes bloqués", "/agent/bloques")),
                (may(Role::ReadRefusals), ("Messages refusés", "/agent/messages")),
                (may(Role::Administer), ("Agents", "/agent/agents")),
            ];
            let entries = all.into_iter().filter(|(may, _)| *may).map(|(_, entry)| entry).collect();
            ("Espace Agent".to_owned(), entries)
        }
    };
    if visitor.actor.subject != Subject::Agent {
        entries.push(("Règles et sources", "/regles"));
    }
    (label, entries)
}

/// What a mandate does not allow is said with what it allows, and whom to ask.
fn beyond_mandate(visitor: &Visitor) -> Option<(String, String)> {
    let Subject::Delegate(by) = visitor.actor.subject else { return None };
    let company = visitor.company.as_deref().unwrap_or("cette entreprise");
    let may = rights_text(by.rights);
    let title = "Votre mandat ne permet pas cela".to_owned();
    Some((
        title,
        format!(
            "Vous agissez pour {company}. Votre mandat vous permet de\u{a0}: {may}. Pour faire davantage, demandez un autre mandat à cette entreprise."
        ),
    ))
}

impl Portal {
    /// The fund with this code; the desk's own for any other.
    pub(crate) fn chosen_fund(&self, code: &str) -> Arc<Fund> {
        let own = || self.funds().next();
        let found = self.fund(code).or_else(own).map(Arc::clone);
        found.unwrap_or_else(|| Arc::new(self.desk().fund().clone()))
    }

    /// Links to the same page for each fund.
    pub(crate) fn fund_links(&self, path: &str, current: &str) -> Vec<NavItem> {
        let link = |fund: &Arc<Fund>| NavItem {
            label: fund.name.clone(),
            href: format!("{path}?caisse={}", encode(&fund.code)),
            current: fund.code == current,
        };
        self.funds().map(link).collect()
    }

    fn nav(&self, entries: &[(&str, &str)], current: &str) -> Vec<NavItem> {
        let item = |(label, href): &(&str, &str)| NavItem {
            label: (*label).to_owned(),
            href: (*href).to_owned(),
            current: *href == current,
        };
        let messages = self.inbox().map(|_| ("Messages (démo)", "/demo/messages"));
        entries.iter().chain(&messages).map(item).collect()
    }

    /// How the fund calls its declaration of wages.
    pub(crate) fn declaration_words(&self) -> DeclarationWords {
        DeclarationWords::of(&self.desk().fund().layout)
    }

    fn shell(&self, title: &str) -> Shell {
        Shell {
            title: title.to_owned(),
            fund_name: self.desk().fund().name.clone(),
            unit: self.words().currency_label().to_owned(),
            declaration: self.declaration_words(),
            lang: "fr".to_owned(),
            user: None,
            nav: Vec::new(),
            trail: Vec::new(),
            csrf: String::new(),
            notices: Vec::new(),
            asset_version: crate::assets::version().to_owned(),
            demo: self.inner.demo,
        }
    }

    /// The shell around a page for everybody.
    pub(crate) fn public_shell(&self, title: &str, current: &str) -> Shell {
        let entries = [
            ("Accueil", "/"),
            ("Simulateur de Pension", "/simulateur"),
            ("Mes droits", "/droits"),
            ("Règles et sources", "/regles"),
            ("Connexion", "/connexion"),
        ];
        Shell { nav: self.nav(&entries, current), ..self.shell(title) }
    }

    /// The shell around a page for everybody, seen by somebody who may be logged in.
    pub(crate) async fn shell_for(&self, headers: &HeaderMap, title: &str, current: &str) -> Shell {
        match Visitor::find(headers, self).await {
            Ok(visitor) => self.shell_of(&visitor, title, current, None),
            Err(_) => self.public_shell(title, current),
        }
    }

    /// The shell around a page that comes before anything else: nothing leads away but logging out.
    pub(crate) fn bare_shell_of(&self, visitor: &Visitor, title: &str) -> Shell {
        Shell { nav: Vec::new(), ..self.shell_of(visitor, title, "", None) }
    }

    /// The shell around a page of somebody's own space.
    pub(crate) fn shell_of(
        &self,
        visitor: &Visitor,
        title: &str,
        current: &str,
        number: Option<String>,
    ) -> Shell {
        let declarations = self.declaration_words().menu;
        let (role_label, entries) = space_of(visitor, &declarations);
        let user = UserBar {
            name: visitor.present.account.holder.to_string(),
            role_label,
            number: number.unwrap_or_default(),
            own: visitor.present.duty.is_none(),
        };
        Shell {
            user: Some(user),
            nav: self.nav(&entries, current),
            csrf: visitor.token.csrf(),
            ..self.shell(title)
        }
    }
}
