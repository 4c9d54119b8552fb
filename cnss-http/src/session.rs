//! Who is asking: a cookie for browsers, a bearer token for programs, one session either way.
//!
//! The one rule to remember: whoever must do something first (a new password, a charter, a second
//! factor) is a [`Visitor`] or a [`Caller`] only once it is done; before, he is [`Obliged`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64ct::{Base64UrlUnpadded, Encoding};
use cnss_core::access::{Actor, Subject};
use cnss_core::account::Role;
use cnss_core::account::TokenHash;
use cnss_core::desk::{DeskError, Present};
use cnss_core::refusal::Refusal;
use sha2::{Digest, Sha256};

use crate::page::PageProblem;
use crate::portal::Portal;
use crate::problem::{JsonProblem, in_json};

/// The cookie's name; the prefix binds it to this host and to https.
const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-cnss" } else { "cnss" }
}

/// A session's token, as its holder keeps it.
pub(crate) struct Token(String);

impl Token {
    /// A token that nobody can guess.
    pub(crate) fn draw() -> Self {
        Self(Base64UrlUnpadded::encode_string(&crate::clock::secret()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.as_bytes())
    }

    /// What forms repeat, so that only our own pages can send them.
    pub(crate) fn csrf(&self) -> String {
        let digest = Sha256::new().chain_update(b"form token of ").chain_update(self.0.as_bytes()).finalize();
        Base64UrlUnpadded::encode_string(digest.get(..18).unwrap_or(&[]))
    }

    /// The header that gives it to a browser.
    pub(crate) fn cookie(&self, portal: &Portal) -> HeaderValue {
        cookie(portal, &self.0, portal.desk().rules().session.hours.saturating_mul(3_600))
    }

    pub(crate) fn from_cookie(headers: &HeaderMap, portal: &Portal) -> Option<Self> {
        let name = cookie_name(portal.inner.secure);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| Self(value.to_owned()))
    }

    fn from_bearer(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Self(token.trim().to_owned()))
    }
}

/// The header that takes the token away from a browser.
pub(crate) fn no_cookie(portal: &Portal) -> HeaderValue {
    cookie(portal, "", 0)
}

fn cookie(portal: &Portal, value: &str, seconds: u32) -> HeaderValue {
    let secure = if portal.inner.secure { "; Secure" } else { "" };
    let name = cookie_name(portal.inner.secure);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Somebody logged in through the pages, with nothing to be done first.
pub struct Visitor {
    pub(crate) actor: Actor,
    pub(crate) present: Present,
    pub(crate) token: Token,
    /// The company that he acts for by a mandate: it stands above every page.
    pub(crate) company: Option<String>,
    /// What he may do as an agent who gave his second factor; for what is shown only.
    pub(crate) roles: Vec<Role>,
}

impl Visitor {
    /// The visitor of a request, if there is one, whatever he must do first.
    pub(crate) async fn find(headers: &HeaderMap, portal: &Portal) -> Result<Self, DeskError> {
        let token = Token::from_cookie(headers, portal).ok_or(Refusal::NotLoggedIn)?;
        let present = portal.desk().present(token.hash(), &portal.moment()).await?;
        let company = match present.actor.subject {
            Subject::Delegate(_) => portal.desk().company_of(present.actor).await?,
            _ => None,
        };
        let company = company.map(|employer| employer.name.to_string());
        let roles = match present.actor.subject {
            Subject::Agent if present.session.second => portal.desk().agent(&present).await?.roles,
            _ => Vec::new(),
        };
        Ok(Self { actor: present.actor, present, token, company, roles })
    }

    /// Whether a form comes from one of our own pages.
    pub(crate) fn sent(&self, csrf: &str) -> bool {
        crate::password::same(self.token.csrf().as_bytes(), csrf.as_bytes())
    }

    /// Demands that a form comes from one of our own pages.
    ///
    /// # Errors
    /// The page that says so.
    pub(crate) fn must_have_sent(&self, csrf: &str, portal: &Portal) -> Result<(), PageProblem> {
        if self.sent(csrf) {
            Ok(())
        } else {
            Err(PageProblem::plain(portal, Some(self), StatusCode::FORBIDDEN))
        }
    }
}

/// Somebody logged in through the pages, whatever he must do first: for the pages where he does it.
pub(crate) struct Obliged(pub(crate) Visitor);

/// What a request asks for, to come back to; nothing for one that changes something.
fn asked(parts: &Parts) -> Option<String> {
    (parts.method == axum::http::Method::GET).then(|| parts.uri.to_string())
}

impl FromRequestParts<Portal> for Obliged {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, PageProblem> {
        match Visitor::find(&parts.headers, portal).await {
            Ok(visitor) => Ok(Self(visitor)),
            Err(error) => Err(PageProblem::login(portal, error, asked(parts), &parts.headers)),
        }
    }
}

impl FromRequestParts<Portal> for Visitor {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, PageProblem> {
        let Obliged(visitor) = Obliged::from_request_parts(parts, portal).await?;
        match &visitor.present.duty {
            Some(duty) => Err(PageProblem::duty(duty, asked(parts), &parts.headers)),
            None => Ok(visitor),
        }
    }
}

/// A program that is logged in, with nothing to be done first.
pub struct Caller {
    pub(crate) actor: Actor,
    pub(crate) present: Present,
    pub(crate) token: TokenHash,
}

/// A program that is logged in, whatever it must do first: for the calls by which it does it.
pub(crate) struct ObligedCaller(pub(crate) Caller);

impl FromRequestParts<Portal> for ObligedCaller {
    type Rejection = JsonProblem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, JsonProblem> {
        let token = Token::from_bearer(&parts.headers);
        let token = token.ok_or_else(|| JsonProblem::refused(&Refusal::NotLoggedIn, portal.words()))?.hash();
        let present = portal.desk().present(token, &portal.moment()).await.map_err(in_json(portal))?;
        Ok(Self(Caller { actor: present.actor, present, token }))
    }
}

impl FromRequestParts<Portal> for Caller {
    type Rejection = JsonProblem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, JsonProblem> {
        let ObligedCaller(caller) = ObligedCaller::from_request_parts(parts, portal).await?;
        match &caller.present.duty {
            Some(duty) => Err(JsonProblem::duty(duty)),
            None => Ok(caller),
        }
    }
}
