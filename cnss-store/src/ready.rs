//! Whether the books can be written to: tried for real, because a full disk, a file system that
//! turned read-only or a server that became a standby is read without complaint.
//!
//! The trial is one small commit that leaves no row and no value behind. Whoever asks within a second
//! is given what the last one found, so that asking often costs nothing.

use std::time::{Duration, Instant};

use cnss_core::port::StoreError;
use tokio::sync::Mutex;

use crate::fault::unavailable;
use crate::store::{Engine, SqlStore};
use crate::waist::On;

/// For how long the answer of a trial holds.
const HOLDS: Duration = Duration::from_secs(1);

/// What the last trial found, and when. Whoever holds the lock is just trying.
pub(crate) type Trial = Mutex<Option<(Instant, Result<(), StoreError>)>>;

pub(crate) mod on_sqlite {
    crate::waist::statements! {
        // A number in the head of the file that nobody uses: set to what it is, it writes a page.
        WRITE = "PRAGMA user_version = 0";
    }
}

pub(crate) mod on_postgres {
    crate::waist::statements! {
        // A message in the server's log of changes, for nobody: it waits for the disk as a commit does.
        WRITE = "SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' THEN false \
                 ELSE pg_logical_emit_message(true, 'cnss', ''::text) IS NOT NULL END AS written";
    }
}

impl SqlStore {
    /// Must run in a task of its own: an asker who gives up does not stop the trial.
    pub(crate) async fn try_writing(&self) -> Result<(), StoreError> {
        let mut last = self.trial.lock().await;
        if let Some((at, found)) = &*last
            && at.elapsed() < HOLDS
        {
            return found.clone();
        }
        let found = self.write_nothing().await;
        *last = Some((Instant::now(), found.clone()));
        found
    }

    async fn write_nothing(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => {
                On::SqlitePool(writer).run(&on_sqlite::WRITE, &[Vec::new()]).await.map_err(unavailable)?;
                Ok(())
            }
            Engine::Postgres(pool) => {
                let rows = On::PostgresPool(pool).rows(&on_postgres::WRITE, &[Vec::new()]).await;
                let rows = rows.map_err(unavailable)?;
                if rows.first().map(|row| row.get("written")).transpose()? == Some(true) {
                    return Ok(());
                }
                Err(StoreError::Unavailable("the server is only read: it is a standby, or set so".to_owned()))
            }
        }
    }
}
