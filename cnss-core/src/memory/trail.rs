//! The audit trail and the balances of the reference store.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use chrono::{DateTime, Utc};

use super::books::Books;
use crate::audit::{AuditLine, SEAL_MOST, Seal, SealedLine, Traced, entry_text, seal};
use crate::id::{BatchId, EmployerId, EntryId};
use crate::ledger::LedgerAccount;
use crate::money::Money;
use crate::port::StoreError;

/// Lines and seals, and which entries came with which commit.
#[derive(Debug, Default)]
pub(super) struct Kept {
    unsealed: BTreeMap<i64, AuditLine>,
    sealed: BTreeMap<(i64, i64), SealedLine>,
    seals: BTreeMap<i64, Seal>,
    posted: BTreeMap<BatchId, Vec<(EmployerId, i64)>>,
}

impl Kept {
    pub(super) fn write(&mut self, place: i64, line: AuditLine) {
        self.unsealed.insert(place, line);
    }

    pub(super) fn posted(&mut self, batch: BatchId, key: (EmployerId, i64)) {
        self.posted.entry(batch).or_default().push(key);
    }

    pub(super) fn sealed(&self, after: (i64, i64), limit: usize) -> Vec<SealedLine> {
        let lines = self.sealed.range((Excluded(after), Unbounded));
        lines.take(limit).map(|(_, sealed)| sealed.clone()).collect()
    }

    pub(super) fn unsealed(&self, after: i64, limit: usize) -> Vec<(i64, AuditLine)> {
        let lines = self.unsealed.range((Excluded(after), Unbounded));
        lines.take(limit).map(|(place, line)| (*place, line.clone())).collect()
    }

    pub(super) fn seals(&self, after: i64, limit: usize) -> Vec<Seal> {
        self.seals.range((Excluded(after), Unbounded)).take(limit).map(|(_, seal)| seal.clone()).collect()
    }

    pub(super) fn seal(&mut self, now: DateTime<Utc>) -> Option<Seal> {
        let most = usize::try_from(SEAL_MOST).unwrap_or(usize::MAX);
        let rest = self.unsealed.keys().nth(most).copied();
        let later = rest.map(|place| self.unsealed.split_off(&place)).unwrap_or_default();
        let now_sealed = std::mem::replace(&mut self.unsealed, later);
        if now_sealed.is_empty() {
            return None;
        }
        let lines: Vec<AuditLine> = now_sealed.values().cloned().collect();
        let before = self.seals.values().next_back().filter(|_| !planted!("seal-not-chained"));
        let made = seal(before, &lines, now);
        for (rank, (place, line)) in (1_i64..).zip(now_sealed) {
            self.sealed.insert((made.number, rank), SealedLine { seal: made.number, rank, place, line });
        }
        self.seals.insert(made.number, made.clone());
        Some(made)
    }
}

impl Books {
    pub(super) fn traced(&self, batches: &[BatchId]) -> Result<Vec<Traced>, StoreError> {
        let mut traced = Vec::new();
        for batch in batches {
            for key in self.trail.posted.get(batch).into_iter().flatten() {
                let Some(entry) = self.entries.get(key) else { continue };
                let text = entry_text(entry).map_err(|e| StoreError::Inconsistent(e.to_string()))?;
                traced.push(Traced { batch: *batch, entry: entry.id, text });
            }
        }
        Ok(traced)
    }

    /// By the lines that are there, not by what this store remembers of its commits.
    pub(super) fn untraced(&self, limit: usize) -> Vec<EntryId> {
        let lines = self.trail.sealed.values().map(|sealed| &sealed.line).chain(self.trail.unsealed.values());
        let of_lines = lines.filter_map(|line| self.trail.posted.get(&line.batch));
        let known: BTreeSet<_> = of_lines.flatten().collect();
        let untraced = self.entries.iter().filter(|(key, _)| !known.contains(key));
        untraced.take(limit).map(|(_, entry)| entry.id).collect()
    }

    /// Added up from the beginning: slow, and plain enough to compare others with.
    pub(super) fn balance(
        &self,
        employer: EmployerId,
        account: &LedgerAccount,
        at: DateTime<Utc>,
    ) -> Result<Option<Money>, StoreError> {
        let mut balance = None;
        let mut counted_at = DateTime::<Utc>::MIN_UTC;
        for (_, entry) in self.entries.range((employer, i64::MIN)..=(employer, i64::MAX)) {
            for posting in entry.postings().iter().filter(|posting| posting.account == *account) {
                counted_at = counted_at.max(entry.booked_at);
                if counted_at > at || (planted!("balance-too-late") && counted_at == at) {
                    return Ok(balance);
                }
                let before: Money = balance.unwrap_or_else(|| posting.amount.currency().zero());
                let after = before.plus(posting.amount);
                balance = Some(after.map_err(|e| StoreError::Inconsistent(e.to_string()))?);
            }
        }
        Ok(balance)
    }
}
