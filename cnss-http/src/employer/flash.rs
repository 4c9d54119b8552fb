//! What was just filed, told once: the receipt travels to the next page in a cookie that the page
//! takes away. An address would tell it again at every reload.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::portal::Portal;

/// The cookie that holds the receipt.
const NAME: &str = "cnss-depot";
/// How long the next page may take to be asked for.
pub(super) const SECONDS: u32 = 60;

/// The receipt of what was just filed.
pub(super) fn flash(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == NAME && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// Gives the receipt to the browser, or takes it away with 0 seconds.
pub(super) fn set_flash(response: &mut Response, portal: &Portal, receipt: &str, seconds: u32) {
    let secure = if portal.inner.secure { "; Secure" } else { "" };
    let cookie =
        format!("{NAME}={receipt}; Path=/employeur/dnr; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
