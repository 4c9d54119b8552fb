//! Encryption towards gateways (TLS): rustls with ring, the machine's authorities, and the one that
//! a fund may add for an operator with its own.
//!
//! The one rule to remember: a certificate is always checked; there is no switch against it.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The text holds no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no certificate in PEM form")]
pub struct NoCertificate;

/// Whose certificates are believed: the machine's authorities, and those added.
#[derive(Clone, Default)]
pub struct Authorities {
    added: Vec<CertificateDer<'static>>,
}

impl Authorities {
    /// The machine's.
    #[must_use]
    pub fn of_machine() -> Self {
        Self::default()
    }

    /// Adds those in a text in PEM form.
    ///
    /// # Errors
    /// When there is none in it.
    pub fn with_pem(mut self, pem: &[u8]) -> Result<Self, NoCertificate> {
        let added: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let added = added.ok().filter(|added| !added.is_empty()).ok_or(NoCertificate)?;
        self.added.extend(added);
        Ok(self)
    }

    /// Those added, in binary form.
    pub(crate) fn added(&self) -> impl Iterator<Item = &[u8]> {
        self.added.iter().map(AsRef::as_ref)
    }

    pub(crate) fn config(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.added.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| "no version of TLS".to_owned())?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }
}

impl std::fmt::Debug for Authorities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorities").field("added", &self.added.len()).finish()
    }
}

/// Encrypts a connection; the peer must prove that it is `host`.
pub(crate) async fn connect(
    authorities: &Authorities,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| "no name for a certificate".to_owned())?;
    let connector = TlsConnector::from(Arc::new(authorities.config()?));
    connector.connect(name, stream).await.map_err(|error| format!("cannot encrypt: {}", error.kind()))
}
