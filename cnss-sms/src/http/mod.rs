//! SMS by a gateway's HTTP interface, whichever it is: a [`Profile`] says how it is spoken to.
//!
//! One connection a message: over a connection that is used again, an answer that comes twice
//! would be taken for the answer to the next message. The one rule to remember: what was asked
//! and not understood is [`Outcome::Unknown`], unless the gateway knows our identities.

mod profile;
mod report;
mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use cnss_core::port::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use self::profile::{BadProfile, Profile};
use self::profile::{Body, Checked, Method, reference_at, text_at};
pub use self::report::NoReport;
use self::template::{Template, Values, in_url, plain};
use crate::tls::Authorities;
use crate::transport::{Outcome, SmsMessage, Transport, told};

/// The most of an answer that is read.
const ANSWER_MAX: usize = 64 * 1024;
/// A token is renewed so long before its end, and serves no longer than a day.
const TOKEN_MARGIN: u64 = 60;
const TOKEN_MAX: u64 = 86_400;

/// A gateway that is spoken to as its profile says.
pub struct HttpGateway {
    profile: Profile,
    checked: Checked,
    values: Values,
    client: Client,
    token: Mutex<Option<(String, Instant)>>,
}

/// What a gateway answered.
struct Answer {
    status: u16,
    /// None when it was too long, broke off or was no JSON.
    body: Option<serde_json::Value>,
}

impl HttpGateway {
    /// A gateway with the values that its profile asks for, secrets among them. Both times are
    /// for a whole exchange.
    ///
    /// # Errors
    /// Every value that is missing or unknown.
    pub fn new(
        profile: Profile,
        values: BTreeMap<String, String>,
        authorities: &Authorities,
        timeout: Duration,
    ) -> Result<Self, BadProfile> {
        let checked = profile.checked()?;
        let mut faults = Vec::new();
        let asked: Vec<&String> = profile.settings.iter().chain(&profile.secrets).collect();
        for name in &asked {
            match values.get(*name) {
                None => faults.push(format!("{name}: missing, {} needs it", profile.name)),
                Some(value) if value.is_empty() || value.chars().any(char::is_control) => {
                    faults.push(format!("{name}: empty, or with characters that have no form"));
                }
                Some(_) => {}
            }
        }
        for name in values.keys().filter(|name| !asked.contains(name)) {
            faults.push(format!("{name}: {} does not ask for it", profile.name));
        }
        let client = authorities.config().and_then(|config| {
            Client::builder()
                .tls_backend_preconfigured(config)
                .redirect(reqwest::redirect::Policy::none())
                .pool_max_idle_per_host(0)
                .connect_timeout(timeout)
                .timeout(timeout)
                .no_proxy()
                .build()
                .map_err(|_| "no client can be made".to_owned())
        });
        match client {
            Ok(client) if faults.is_empty() => {
                Ok(Self { profile, checked, values, client, token: Mutex::new(None) })
            }
            Ok(_) => Err(BadProfile(faults)),
            Err(why) => {
                faults.push(why);
                Err(BadProfile(faults))
            }
        }
    }

    async fn submit(&self, message: &SmsMessage) -> Outcome {
        let mut values = self.values.clone();
        values.insert("to".to_owned(), message.to.as_str().to_owned());
        values.insert("to_digits".to_owned(), message.to.digits().to_owned());
        values.insert("text".to_owned(), message.text.text().to_owned());
        values.insert("id".to_owned(), message.id.0.to_string());
        if self.checked.token.is_some() {
            match self.token().await {
                Ok(token) => values.insert("token".to_owned(), token),
                Err(why) => return Outcome::later(why),
            };
        }
        let request = match self.request(&values) {
            Ok(request) => request,
            Err(why) => return Outcome::never(why),
        };
        match self.exchange(request).await {
            Ok(answer) => {
                if answer.status == 401 {
                    *self.token.lock().await = None;
                }
                self.judge(&answer)
            }
            Err(error) if error.is_connect() => Outcome::later("the gateway cannot be reached"),
            Err(error) if error.is_timeout() => self.in_doubt("the gateway did not answer in time"),
            Err(_) => self.in_doubt("the gateway broke off"),
        }
    }

    /// What became of a message that was given and not answered in a way that can be read.
    fn in_doubt(&self, why: &str) -> Outcome {
        if self.profile.answer.knows_id { Outcome::later(why) } else { Outcome::unknown(why) }
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        let form = &self.profile.answer;
        let status = answer.status;
        let why = || {
            let said = answer.body.as_ref().zip(form.why.as_deref()).and_then(|(body, at)| text_at(body, at));
            match said.map(|said| told(&said)).filter(|said| !said.is_empty()) {
                Some(said) => format!("HTTP {status}: {said}"),
                None => format!("HTTP {status}"),
            }
        };
        let never = answer.body.as_ref().is_some_and(|body| form.never.iter().any(|c| c.holds(body)));
        if never || form.never_statuses.contains(&status) {
            return Outcome::never(why());
        }
        match (status, &answer.body) {
            // A proxy gave up on the gateway, which may have taken the message.
            (504, _) => self.in_doubt("HTTP 504"),
            (200..=299, None) if !form.accepted.is_empty() => {
                self.in_doubt(&format!("HTTP {status}: the answer cannot be read"))
            }
            (200..=299, body) => {
                let body = body.as_ref().unwrap_or(&serde_json::Value::Null);
                if form.accepted.iter().all(|condition| condition.holds(body)) {
                    let reference =
                        form.reference.as_deref().and_then(|at| reference_at(body, at, form.after_last));
                    Outcome::Handed { references: reference.into_iter().collect() }
                } else {
                    Outcome::later(why())
                }
            }
            _ => Outcome::later(why()),
        }
    }

    fn request(&self, values: &Values) -> Result<reqwest::Request, &'static str> {
        let method = match self.profile.request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let mut url = url(&self.checked.url, values)?;
        if !self.checked.query.is_empty() {
            url.query_pairs_mut().extend_pairs(filled(&self.checked.query, values));
        }
        let mut request = reqwest::Request::new(method, url);
        let headers = request.headers_mut();
        for (name, value) in filled(&self.checked.headers, values) {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header has no sound name")?;
            let mut value = HeaderValue::from_str(&value).map_err(|_| "a header cannot hold its value")?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some((user, password)) = &self.checked.basic {
            headers.insert(AUTHORIZATION, basic(user, password, values)?);
        }
        let (kind, body) = match &self.checked.body {
            Body::None => return Ok(request),
            Body::Form(form) => ("application/x-www-form-urlencoded", encoded(&filled(form, values))?),
            Body::Json(tree) => ("application/json", tree.fill(values).to_string()),
        };
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        *request.body_mut() = Some(body.into());
        Ok(request)
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Answer, reqwest::Error> {
        let mut response = self.client.execute(request).await?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len().saturating_add(chunk.len()) <= ANSWER_MAX => {
                    bytes.extend(chunk)
                }
                Ok(None) => return Ok(Answer { status, body: serde_json::from_slice(&bytes).ok() }),
                // Too long, or it broke off: the status stands, the rest was not read.
                Ok(Some(_)) | Err(_) => return Ok(Answer { status, body: None }),
            }
        }
    }

    /// The token that stands for our secrets: the one we have, or a new one.
    async fn token(&self) -> Result<String, String> {
        let Some(form) = &self.checked.token else { return Ok(String::new()) };
        // Held while it is asked for: everybody else would ask for the same.
        let mut held = self.token.lock().await;
        if let Some((token, until)) = &*held
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let mut request = reqwest::Request::new(reqwest::Method::POST, url(&form.url, &self.values)?);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, basic(&form.basic.0, &form.basic.1, &self.values)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        *request.body_mut() = Some(encoded(&filled(&form.form, &self.values))?.into());
        let answer = self.exchange(request).await.map_err(|_| "the gateway gives no token".to_owned())?;
        let body = answer.body.filter(|_| (200..=299).contains(&answer.status));
        let token = body.as_ref().and_then(|body| text_at(body, &form.at));
        let Some(token) = token else {
            return Err(format!("the gateway gives no token, HTTP {}", answer.status));
        };
        let seconds = body.and_then(|body| text_at(&body, &form.seconds)).and_then(|text| text.parse().ok());
        let seconds: u64 = seconds.unwrap_or(0);
        let life = Duration::from_secs(seconds.saturating_sub(TOKEN_MARGIN).min(TOKEN_MAX));
        *held = Some((token.clone(), Instant::now() + life));
        Ok(token)
    }
}

impl fmt::Debug for HttpGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpGateway").field("profile", &self.profile.name).finish_non_exhaustive()
    }
}

impl Transport<SmsMessage> for HttpGateway {
    fn hand<'a>(&'a self, message: &'a SmsMessage) -> BoxFuture<'a, Outcome> {
        Box::pin(self.submit(message))
    }
}

fn url(template: &Template, values: &Values) -> Result<Url, &'static str> {
    Url::parse(&template.fill(values, in_url)).map_err(|_| "the address makes no sense")
}

fn filled<'a>(templates: &'a [(String, Template)], values: &Values) -> Vec<(&'a str, String)> {
    templates.iter().map(|(name, template)| (name.as_str(), template.fill(values, plain))).collect()
}

/// The pairs of a form as the body of a request.
fn encoded(pairs: &[(&str, String)]) -> Result<String, &'static str> {
    let mut url = Url::parse("https://form.invalid/").map_err(|_| "no form")?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url.query().unwrap_or_default().to_owned())
}

fn basic(user: &Template, password: &Template, values: &Values) -> Result<HeaderValue, &'static str> {
    let pair = format!("{}:{}", user.fill(values, plain), password.fill(values, plain));
    let mut value = HeaderValue::from_str(&format!("Basic {}", Base64::encode_string(pair.as_bytes())))
        .map_err(|_| "the login cannot be sent")?;
    value.set_sensitive(true);
    Ok(value)
}
