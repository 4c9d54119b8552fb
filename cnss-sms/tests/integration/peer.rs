//! Peers of other authors that a test starts: an SMSC and a mail relay (tests/peers), each a
//! process of its own that ends with the test. A machine without them fails the test.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a peer may take for what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers")
}

/// A certificate for `localhost`, and the authority that it is from, made for one test.
pub struct Certificate {
    folder: tempfile::TempDir,
    pub authority: String,
}

impl Certificate {
    pub fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = rcgen::KeyPair::generate().expect("a key");
        let ca = params.self_signed(&ca_key).expect("signed");
        let issuer = rcgen::Issuer::new(params, ca_key);
        let key = rcgen::KeyPair::generate().expect("a key");
        let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let leaf = leaf.signed_by(&key, &issuer).expect("signed");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("cert.pem"), leaf.pem()).expect("written");
        std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).expect("written");
        Self { folder, authority: ca.pem() }
    }
}

/// A peer that was started.
pub struct Peer {
    pub port: u16,
    _child: Child,
    orders: ChildStdin,
    events: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts `script` with a behaviour; encrypted with a certificate.
    pub async fn start(script: &str, behaviour: Value, certificate: Option<&Certificate>) -> Self {
        Self::start_at(script, behaviour, certificate, 0).await
    }

    pub async fn start_at(
        script: &str,
        behaviour: Value,
        certificate: Option<&Certificate>,
        port: u16,
    ) -> Self {
        assert!(
            folder().join("node_modules/smpp").exists(),
            "the peers are missing: install nodejs and npm, then run `npm ci` in tests/peers (tests/run does both)"
        );
        let mut command = Command::new("node");
        command.arg(folder().join(script)).arg(behaviour.to_string()).env("PEER_PORT", port.to_string());
        if let Some(certificate) = certificate {
            command.env("PEER_CERTIFICATE", certificate.folder.path().join("cert.pem"));
            command.env("PEER_KEY", certificate.folder.path().join("key.pem"));
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is missing: install nodejs (tests/run does)");
        let orders = child.stdin.take().expect("its input");
        let events = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut peer = Self { port: 0, _child: child, orders, events };
        let listening = peer.event("listening").await;
        peer.port =
            listening["listening"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        peer
    }

    /// The next event of a kind; those before it are passed over.
    pub async fn event(&mut self, kind: &str) -> Value {
        self.event_within(kind, PATIENCE).await.unwrap_or_else(|| panic!("the peer never told {kind}"))
    }

    pub async fn event_within(&mut self, kind: &str, most: Duration) -> Option<Value> {
        let found = async {
            loop {
                let line = self.events.next_line().await.expect("its output").expect("the peer ended");
                let event: Value = serde_json::from_str(&line).expect("an event");
                assert!(event.get("error").is_none(), "{event}");
                if event.get(kind).is_some() {
                    return event;
                }
            }
        };
        timeout(most, found).await.ok()
    }

    /// Gives an order, and waits until it was taken; events until then are passed over.
    pub async fn order(&mut self, order: Value) {
        let line = format!("{order}\n");
        self.orders.write_all(line.as_bytes()).await.expect("its input");
        self.event("done").await;
    }

    pub async fn set(&mut self, behaviour: Value) {
        self.order(json!({ "set": behaviour })).await;
    }
}
