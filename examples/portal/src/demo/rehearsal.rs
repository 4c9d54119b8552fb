//! A rehearsal: the acts are played on books in memory, and what changed is written down, so
//! that the real books take all of it in one commit.
//!
//! One commit is whole or not at all: a program stopped half-way leaves no half a world, and
//! the disk is waited for once instead of a thousand times. Nobody is told anything: what
//! happened years ago, to people who do not exist, is no news.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use cnss_core::decision::{Batch, Change};
use cnss_core::id::BatchId;
use cnss_core::memory::MemoryStore;
use cnss_core::port::{Around, BoxFuture, CommitError, Store};

/// Books in memory that remember how they came to be.
#[derive(Default)]
pub(super) struct Rehearsal {
    books: MemoryStore,
    changes: Mutex<Vec<Change>>,
}

impl Rehearsal {
    /// All that changed since the beginning, as one batch.
    pub(super) fn take_batch(&self, id: BatchId, at: DateTime<Utc>) -> Batch {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        Batch::of(id, changes, at)
    }
}

/// A draft that was filed is gone: the real books need not see it come and go.
const fn lasts(change: &Change) -> bool {
    !matches!(change, Change::SaveDraft(_) | Change::DropDraft(..))
}

impl Around for Rehearsal {
    fn inner(&self) -> &dyn Store {
        &self.books
    }

    fn around_commit(&self, mut batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        let changes: Vec<Change> = batch.changes.iter().filter(|change| lasts(change)).cloned().collect();
        // No act of this story reads a career, and the books in memory are copied for every
        // commit: without the careers there is far less to copy.
        batch.changes.retain(|change| !matches!(change, Change::RecordCareer(_)));
        Box::pin(async move {
            self.books.commit(batch).await?;
            self.changes.lock().unwrap_or_else(PoisonError::into_inner).extend(changes);
            Ok(())
        })
    }
}
