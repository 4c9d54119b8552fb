//! Sealing the audit trail while the portal serves (scellement), and writing each seal into the log,
//! where an intruder in the database cannot change it.

use std::fmt::Write as _;
use std::time::Duration;

use cnss_core::audit::{SEAL_MOST, Seal};
use cnss_core::port::Store as _;
use cnss_http::clock::Clock;
use cnss_store::SqlStore;
use tokio::sync::watch;

/// What seals are called in the log, which keeps them whatever else it leaves out.
pub const TARGET: &str = "cnss_seal";
/// How long a line may wait for its seal.
const EVERY: Duration = Duration::from_secs(1);

/// A seal as it is written into the log, and given to `cnss-portal check --seal`.
#[must_use]
pub fn written(seal: &Seal) -> String {
    let mut text = format!("{}:", seal.number);
    for byte in seal.digest {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Seals what is written, until the stop.
pub async fn keep_sealing(store: SqlStore, clock: Clock, mut stopped: watch::Receiver<bool>) {
    while tokio::time::timeout(EVERY, stopped.wait_for(|stopped| *stopped)).await.is_err() {
        seal(&store, clock).await;
    }
}

/// Seals what was written until now.
pub async fn seal(store: &SqlStore, clock: Clock) {
    loop {
        match store.seal_lines(clock.moment().now).await {
            Ok(Some(seal)) => {
                tracing::info!(target: TARGET, seal = written(&seal), lines = seal.lines, "audit trail sealed");
                // There may be more where there were so many.
                if seal.lines < i64::from(SEAL_MOST) {
                    return;
                }
            }
            // Nothing to seal, or another portal is doing so.
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "la piste d'audit attend son scellé : les livres ne répondent pas");
                return;
            }
        }
    }
}
