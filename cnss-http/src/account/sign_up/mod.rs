//! `/inscription`: the ways in, the form of each, and what follows once the code is right.
//!
//! The one rule to remember: the same form begins one challenge, however often it is sent; and what a
//! stranger is shown never depends on the register.

pub mod api;
pub mod charter;
pub mod done;
pub mod form;
pub mod ways;

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use cnss_core::account::sign_up;
use cnss_core::desk::Asked;
use cnss_core::fund::{AskField, Way};
use cnss_core::id::{ChallengeId, RequestKey};
use cnss_core::refusal::{Fault as Wrong, FaultKind, Refusal};

use super::charter::from_hex;
use crate::origin::Origin;
use crate::page::PageProblem;
use crate::password::is_common;
use crate::portal::Portal;
use crate::problem::Stopped;
use crate::session::Visitor;
use crate::view::Shell;

async fn shell(portal: &Portal, headers: &HeaderMap, title: &str) -> Shell {
    portal.shell_for(headers, title, "/inscription").await
}

async fn refused(portal: &Portal, headers: &HeaderMap, refusal: &Refusal) -> PageProblem {
    let visitor = Visitor::find(headers, portal).await.ok();
    PageProblem::refused(portal, visitor.as_ref(), refusal)
}

fn way<'a>(portal: &'a Portal, code: &str) -> Result<&'a Way, Refusal> {
    portal.desk().access()?.way(code).ok_or(Refusal::NotFound)
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
