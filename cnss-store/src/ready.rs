//! Whether the books can be written to: tried for real, because a full disk, a file system that
//! turned read-only or a server that became a standby is read without complaint.
//!
//! The trial is one small commit that leaves no row and no value behind. Whoever asks within a second
//! is given what the last one found, so that asking often costs nothing.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use cnss_core::port::StoreError;
use tokio::sync::Mutex;

use crate::fault::unavailable;
use crate::store::{Engine, SqlStore};
use crate::waist::On;

/// For how long the answer of a trial holds.
const HOLDS: Duration = Duration::from_secs(1);
/// How often a trial that waits for the writer looks at what is written meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What the last trial found, and when. Whoever holds the lock is just trying.
pub(crate) type Trial = Mutex<Option<(Instant, Result<(), StoreError>)>>;

/// What is being written into a file, and what last was: a large declaration keeps the only connection
/// that writes for longer than a trial may take, and is proof itself.
#[derive(Debug, Default)]
pub(crate) struct Progress(std::sync::Mutex<Last>);

#[derive(Clone, Copy, Debug, Default)]
enum Last {
    #[default]
    Unknown,
    /// A transaction began then: nobody else holds the file.
    UnderWay(Instant),
    /// One was on the disk then.
    Done(Instant),
}

impl Progress {
    fn set(&self, last: Last) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    pub(crate) fn began(&self) {
        self.set(Last::UnderWay(Instant::now()));
    }

    pub(crate) fn ended(&self, well: bool) {
        self.set(if well { Last::Done(Instant::now()) } else { Last::Unknown });
    }

    /// Returns when a commit is under way and not overdue, or was done a moment ago.
    async fn seen(&self, wait: Duration) {
        loop {
            let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match last {
                Last::UnderWay(since) if since.elapsed() < wait => return,
                Last::Done(at) if at.elapsed() < HOLDS => return,
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }
}

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
                self.in_place()?;
                let mut connection = tokio::select! {
                    taken = writer.acquire() => taken.map_err(unavailable)?,
                    // One connection writes: whoever has it just now is trial enough.
                    () = self.progress.seen(self.wait) => return Ok(()),
                };
                let mut on = On::Sqlite(&mut connection);
                on.run(&on_sqlite::WRITE, &[Vec::new()]).await.map_err(unavailable)?;
                Ok(())
            }
            Engine::Postgres(pool) => {
                let rows = On::Server(pool, self.limit).rows(&on_postgres::WRITE, &[Vec::new()]).await;
                let rows = rows.map_err(unavailable)?;
                if rows.first().map(|row| row.get("written")).transpose()? == Some(true) {
                    return Ok(());
                }
                Err(StoreError::Unavailable("the server is only read: it is a standby, or set so".to_owned()))
            }
        }
    }
}
