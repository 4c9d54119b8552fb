//! Where a request comes from: the network, for pauses and budgets; the device, for its holder.
//!
//! The one rule to remember: a header that anybody can write is believed only as far as the settings
//! say that our own proxies wrote it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use cnss_core::account::Source;

use crate::portal::Portal;

/// The longest name of a program that is kept.
const PROGRAM_MOST: usize = 40;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The network.
    pub(crate) source: Source,
    /// The device as its holder knows it: « Firefox, Android ».
    pub(crate) device: String,
}

impl FromRequestParts<Portal> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let address = forwarded(&parts.headers, portal.inner.proxies).or(peer);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let source = portal.code_key().source(&network(address));
        Ok(Self { source, device: device(agent.unwrap_or_default()) })
    }
}

/// The address that the outermost of so many proxies of ours saw: each adds one at the end.
fn forwarded(headers: &HeaderMap, proxies: u8) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let place = said.len().checked_sub(usize::from(proxies)).filter(|_| proxies > 0)?;
    let text = said.get(place)?;
    let port = |address: SocketAddr| address.ip();
    text.parse().ok().or_else(|| text.parse().map(port).ok())
}

/// The network of an address: its first 24 bits, or 64 of the long kind, which one subscriber has whole.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => v4.octets().into_iter().take(3).collect(),
        Some(IpAddr::V6(v6)) => v6.octets().into_iter().take(8).collect(),
        None => Vec::new(),
    }
}

/// What a browser or a program says it is, in words that its holder knows; nothing else of it is kept.
fn device(agent: &str) -> String {
    const BROWSERS: &[(&str, &str)] = &[
        ("SamsungBrowser/", "Samsung Internet"),
        ("OPR/", "Opera"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("Edg/", "Edge"),
        ("UCBrowser/", "UC Browser"),
        ("FxiOS/", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("KAIOS", "KaiOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let named = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(BROWSERS), named(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => {
            let name = agent.split(['/', ' ']).next().unwrap_or_default();
            let name: String = name
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
                .take(PROGRAM_MOST)
                .collect();
            if name.is_empty() { "Appareil inconnu".to_owned() } else { name }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_in_known_words() {
        for (agent, said) in [
            ("Mozilla/5.0 (Android 13; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Firefox, Android"),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge, Windows",
            ),
            ("curl/8.5.0", "curl"),
            ("", "Appareil inconnu"),
            ("\u{202e}<script>", "script"),
        ] {
            assert_eq!(device(agent), said);
        }
        assert_eq!(device(&"x".repeat(100_000)).len(), PROGRAM_MOST);
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        let lines = ["6.6.6.6, 203.0.113.9", "10.0.0.2:4711"];
        for line in lines {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        let seen = |proxies| forwarded(&headers, proxies).map(|address| address.to_string());
        assert_eq!(seen(0), None);
        assert_eq!(seen(1).as_deref(), Some("10.0.0.2"));
        assert_eq!(seen(2).as_deref(), Some("203.0.113.9"));
        assert_eq!(seen(4), None, "fewer than our proxies would have written");
    }

    #[test]
    fn neighbours_are_one_network() {
        let of = |text: &str| network(text.parse().ok());
        assert_eq!(of("203.0.113.9"), of("203.0.113.250"));
        assert_eq!(of("203.0.113.9"), of("::ffff:203.0.113.9"));
        assert_ne!(of("203.0.113.9"), of("203.0.114.9"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
