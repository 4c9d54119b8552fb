//! What the books say of themselves to whoever watches over them (métrologie): how many commits and
//! how they ended, what waits to be sent, connections, seals. Numbers only, no identities.

use std::time::Duration;

use cnss_core::audit::Seal;
use cnss_core::port::{CommitError, StoreError};

use crate::audit::{LAST_SEAL, seal_of};
use crate::store::{Engine, SqlStore};
use crate::waist::statements;

statements! {
    OUTBOX = "SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'waiting') AS waiting, \
              (SELECT COUNT(*) FROM outbox WHERE state = 'dead') AS dead";
}

/// A commit ended, in whichever way; costs nothing unless the program listens.
pub(crate) fn committed(result: &Result<(), CommitError>, took: Duration) {
    let outcome = match result {
        Ok(()) => "done",
        Err(CommitError::Stale) => "stale",
        Err(CommitError::KeyTaken) => "key_taken",
        Err(CommitError::Taken(_)) => "taken",
        Err(CommitError::Store(_)) => "failed",
    };
    metrics::counter!("cnss_commits_total", "outcome" => outcome).increment(1);
    metrics::histogram!("cnss_commit_seconds").record(took);
}

/// A commit was refused before anybody began with it: too many wait, or one waited too long.
pub(crate) fn refused(after: Duration) {
    metrics::counter!("cnss_commits_total", "outcome" => "refused").increment(1);
    metrics::histogram!("cnss_commit_seconds").record(after);
}

/// How the books stand now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Notices that wait to be sent.
    pub outbox_waiting: u64,
    /// Notices that were given up.
    pub outbox_dead: u64,
    /// Connections that somebody uses.
    pub connections_used: u32,
    /// Connections that are open.
    pub connections: u32,
    /// The last seal over the audit trail.
    pub seal: Option<Seal>,
}

impl SqlStore {
    /// Measures the books.
    ///
    /// # Errors
    /// When they do not answer.
    pub async fn measures(&self) -> Result<Measures, StoreError> {
        let pools: Vec<(u32, usize)> = match &self.engine {
            Engine::Sqlite { readers, writer } => {
                vec![(readers.size(), readers.num_idle()), (writer.size(), writer.num_idle())]
            }
            Engine::Postgres(pool) => vec![(pool.size(), pool.num_idle())],
        };
        let used =
            |(size, idle): &(u32, usize)| size.saturating_sub(u32::try_from(*idle).unwrap_or(u32::MAX));
        let (connections_used, connections) =
            (pools.iter().map(used).sum(), pools.iter().map(|(size, _)| size).sum());
        let outbox = self.one(&OUTBOX, Vec::new()).await?;
        let count = |column| outbox.as_ref().map_or(Ok(0), |row| row.count(column));
        let seal = self.one(&LAST_SEAL, Vec::new()).await?;
        Ok(Measures {
            outbox_waiting: count("waiting")?,
            outbox_dead: count("dead")?,
            connections_used,
            connections,
            seal: seal.as_ref().map(seal_of).transpose()?,
        })
    }
}
