//! What a gateway reports later, to an address of the fund (webhook).
//!
//! Who may call that address is the portal's matter: a path that cannot be guessed, a signature, a
//! list of addresses. The one rule to remember: a report changes a status, and nothing else.

use cnss_core::notice::Heard;

use super::HttpGateway;
use super::profile::{Encoding, ReportForm, reference_at, text_at};
use crate::transport::{Report, told};

/// The longest body that is read.
const BODY_MAX: usize = 256 * 1024;
/// The most reports in one.
const ITEMS_MAX: usize = 1_000;

/// The body is no report of this gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no report of this gateway")]
pub struct NoReport;

impl HttpGateway {
    /// The reports in the body of a gateway's call. What has no name is left out; a state that is
    /// not known is no end.
    ///
    /// # Errors
    /// When the body is too long or makes no sense: answer it with 400.
    pub fn reports(&self, body: &[u8]) -> Result<Vec<Report>, NoReport> {
        let form = self.profile.report.as_ref().ok_or(NoReport)?;
        if body.len() > BODY_MAX {
            return Err(NoReport);
        }
        let body = match form.encoding {
            Encoding::Json => serde_json::from_slice(body).map_err(|_| NoReport)?,
            Encoding::Form => fields(body)?,
        };
        let items = match &form.items {
            None => std::slice::from_ref(&body),
            Some(at) => body.pointer(at).and_then(serde_json::Value::as_array).ok_or(NoReport)?.as_slice(),
        };
        if items.len() > ITEMS_MAX {
            return Err(NoReport);
        }
        Ok(items.iter().filter_map(|item| report(form, item)).collect())
    }
}

fn report(form: &ReportForm, item: &serde_json::Value) -> Option<Report> {
    let reference = reference_at(item, &form.reference, form.after_last)?;
    let heard = if form.failed.holds(item) {
        let state = text_at(item, &form.failed.at).unwrap_or_default();
        let why = form.why.as_deref().and_then(|at| text_at(item, at)).unwrap_or(state);
        Heard::Failed { why: told(&why) }
    } else if form.delivered.holds(item) {
        Heard::Delivered
    } else {
        Heard::HandedOver
    };
    Some(Report { reference, heard })
}

/// The fields of a form, as a table of texts.
fn fields(body: &[u8]) -> Result<serde_json::Value, NoReport> {
    let text = std::str::from_utf8(body).map_err(|_| NoReport)?;
    let url = reqwest::Url::parse(&format!("https://form.invalid/?{}", text.replace('#', "%23")));
    let url = url.map_err(|_| NoReport)?;
    let fields = url.query_pairs();
    Ok(fields.map(|(name, value)| (name.into_owned(), serde_json::Value::from(value.into_owned()))).collect())
}
