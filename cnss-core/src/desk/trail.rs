//! Reading the audit trail again (contrôle de la piste d'audit), page by page, while others write.

use std::collections::BTreeMap;

use crate::audit::{Seal, Traced, Trail};
use crate::id::BatchId;
use crate::port::{LIMIT_MAX, Store, StoreError};

/// Lines at once: their entries come with them.
const LINES_AT_ONCE: u32 = 200;

/// Compares every line, seal and entry of the books with one another, and the seals with those
/// that were kept elsewhere too. Others may write meanwhile.
///
/// # Errors
/// When the store cannot answer.
pub async fn verify_trail(
    store: &dyn Store,
    kept: impl IntoIterator<Item = (i64, [u8; 32])> + Send,
) -> Result<Trail, StoreError> {
    let mut trail = Trail::with_kept(kept);
    let mut seals = Seals { store, after: i64::MIN, page: Vec::new() };
    let mut after = (i64::MIN, i64::MIN);
    let mut under = i64::MIN;
    loop {
        let lines = store.sealed_lines(after, LINES_AT_ONCE).await?;
        let Some(last) = lines.last() else {
            // A seal without lines, or one that was set just now: its lines are read next.
            let Some(seal) = seals.next().await? else { break };
            under = seal.number;
            trail.seal(seal);
            continue;
        };
        after = (last.seal, last.rank);
        let entries = entries_of(store, lines.iter().map(|sealed| sealed.line.batch)).await?;
        for sealed in &lines {
            // A seal is committed with its lines: it is there when they are.
            while under < sealed.seal {
                let Some(seal) = seals.next().await? else { break };
                under = seal.number;
                trail.seal(seal);
            }
            trail.sealed_line(sealed, &of(&entries, sealed.line.batch));
        }
    }
    let mut after = i64::MIN;
    loop {
        let lines = store.unsealed_lines(after, LINES_AT_ONCE).await?;
        let Some((last, _)) = lines.last() else { break };
        after = *last;
        let entries = entries_of(store, lines.iter().map(|(_, line)| line.batch)).await?;
        for (_, line) in &lines {
            trail.unsealed_line(line, &of(&entries, line.batch));
        }
    }
    for entry in store.untraced_entries(LIMIT_MAX).await? {
        trail.untraced(entry);
    }
    trail.end();
    Ok(trail)
}

/// The seals one by one, read page by page.
struct Seals<'a> {
    store: &'a dyn Store,
    after: i64,
    page: Vec<Seal>,
}

impl Seals<'_> {
    async fn next(&mut self) -> Result<Option<Seal>, StoreError> {
        if self.page.is_empty() {
            self.page = self.store.audit_seals(self.after, LIMIT_MAX).await?;
            self.page.reverse();
        }
        let next = self.page.pop();
        if let Some(seal) = &next {
            self.after = seal.number;
        }
        Ok(next)
    }
}

type Entries = BTreeMap<BatchId, Vec<Traced>>;

async fn entries_of(
    store: &dyn Store,
    batches: impl Iterator<Item = BatchId>,
) -> Result<Entries, StoreError> {
    let batches: Vec<BatchId> = batches.collect();
    let mut entries = Entries::new();
    for traced in store.traced_entries(&batches).await? {
        entries.entry(traced.batch).or_default().push(traced);
    }
    Ok(entries)
}

fn of(entries: &Entries, batch: BatchId) -> Vec<&Traced> {
    entries.get(&batch).into_iter().flatten().collect()
}
