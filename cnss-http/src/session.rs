//! Who is asking: a cookie for browsers, a bearer token for programs, one session either way.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64ct::{Base64UrlUnpadded, Encoding};
use cnss_core::access::Actor;
use cnss_core::account::{SESSION_HOURS, TokenHash};
use cnss_core::person::Name;
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
        cookie(portal, &self.0, SESSION_HOURS.saturating_mul(3_600))
    }

    fn from_cookie(headers: &HeaderMap, portal: &Portal) -> Option<Self> {
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

fn cookie(portal: &Portal, value: &str, seconds: i64) -> HeaderValue {
    let secure = if portal.inner.secure { "; Secure" } else { "" };
    let name = cookie_name(portal.inner.secure);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Somebody logged in through the pages.
pub struct Visitor {
    pub(crate) actor: Actor,
    pub(crate) holder: Name,
    pub(crate) token: Token,
}

impl Visitor {
    /// The visitor of a request, if there is one.
    pub(crate) async fn find(
        headers: &HeaderMap,
        portal: &Portal,
    ) -> Result<Self, cnss_core::desk::DeskError> {
        let token = Token::from_cookie(headers, portal).ok_or(Refusal::NotLoggedIn)?;
        let session = portal.desk().session(token.hash(), &portal.moment()).await?;
        Ok(Self { actor: session.actor, holder: session.holder, token })
    }

    /// Whether a form comes from one of our own pages.
    pub(crate) fn sent(&self, csrf: &str) -> bool {
        crate::password::same(self.token.csrf().as_bytes(), csrf.as_bytes())
    }
}

impl FromRequestParts<Portal> for Visitor {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, PageProblem> {
        match Self::find(&parts.headers, portal).await {
            Ok(visitor) => Ok(visitor),
            Err(error) => {
                let next = (parts.method == axum::http::Method::GET).then(|| parts.uri.to_string());
                Err(PageProblem::login(portal, error, next, &parts.headers))
            }
        }
    }
}

/// A program that is logged in.
pub struct Caller {
    pub(crate) actor: Actor,
    pub(crate) token: TokenHash,
}

impl FromRequestParts<Portal> for Caller {
    type Rejection = JsonProblem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, JsonProblem> {
        let token = Token::from_bearer(&parts.headers);
        let token = token.ok_or_else(|| JsonProblem::refused(&Refusal::NotLoggedIn, portal.words()))?.hash();
        let session = portal.desk().session(token, &portal.moment()).await.map_err(in_json(portal))?;
        Ok(Self { actor: session.actor, token })
    }
}
