//! Forgetting, by the portal's clock, what nobody needs any more (purge): codes of the day before,
//! counts, pauses, old refusals.

use std::time::Duration;

use cnss_core::desk::Desk;
use cnss_http::clock::Clock;
use tokio::sync::watch;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(600);

/// Sweeps until the stop. Several portals may do so at once: what one has taken away, another does
/// not find.
pub async fn keep_sweeping(desk: Desk, clock: Clock, mut stopped: watch::Receiver<bool>) {
    while tokio::time::timeout(EVERY, stopped.wait_for(|stopped| *stopped)).await.is_err() {
        match desk.forget(&clock.moment()).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "codes et décomptes échus effacés"),
            Err(error) => tracing::warn!(%error, "les codes échus restent : les livres ne répondent pas"),
        }
    }
}
