//! What became of each message on each way (suivi des envois): who was told already, and what the
//! gateways reported since.
//!
//! A report may come before the answer that gives its name, twice, or for a message that nobody
//! knows. The one rule to remember: a message that a gateway has is not given to it again.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cnss_core::id::NoticeId;
use cnss_core::notice::{DeliveryStatus, Heard};
use cnss_core::port::{BoxFuture, CourierError};

use tokio::sync::mpsc;

use crate::text::Channel;
use crate::transport::{Outcome, Report};

/// The most messages that are remembered in memory.
const KEPT_MAX: usize = 100_000;
/// The most reports that wait for their message.
const EARLY_MAX: usize = 1_000;

/// What is known of a message on one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// How far it came.
    pub status: DeliveryStatus,
    /// How often it was given to a gateway without a readable answer.
    pub unknown: u32,
}

/// Where it is kept. A portal keeps it with its books; [`MemoryBook`] forgets at its end.
pub trait Book: Send + Sync {
    /// What is known of a notice on one way.
    fn known(&self, notice: NoticeId, channel: Channel) -> BoxFuture<'_, Result<Known, CourierError>>;
    /// Keeps what became of a notice that was handed to a transport.
    fn keep<'a>(
        &'a self,
        notice: NoticeId,
        channel: Channel,
        outcome: &'a Outcome,
    ) -> BoxFuture<'a, Result<(), CourierError>>;
    /// Keeps a report of the gateway of one way.
    fn report<'a>(&'a self, channel: Channel, report: &'a Report) -> BoxFuture<'a, Result<(), CourierError>>;
}

/// Keeps the reports of a line in a book until the line is closed. A book that cannot be written is
/// tried again for a minute; then the report is lost, and its message stays on its way.
pub async fn keep_reports(mut reports: mpsc::Receiver<Report>, book: &dyn Book, channel: Channel) {
    while let Some(report) = reports.recv().await {
        for seconds in [1, 4, 15, 40, 0] {
            match book.report(channel, &report).await {
                Ok(()) => break,
                Err(error) if seconds == 0 => tracing::error!(%error, "a report is lost"),
                Err(_) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            }
        }
    }
}

type Key = (NoticeId, &'static str);
type Reference = (&'static str, String);

#[derive(Default)]
struct Entry {
    /// What transports said of the whole.
    whole: DeliveryStatus,
    /// What was reported on each part that has a name.
    parts: BTreeMap<String, DeliveryStatus>,
    unknown: u32,
}

impl Entry {
    fn status(&self) -> DeliveryStatus {
        if self.parts.is_empty() { self.whole.clone() } else { DeliveryStatus::of_parts(self.parts.values()) }
    }
}

#[derive(Default)]
struct Pages {
    entries: BTreeMap<Key, Entry>,
    order: VecDeque<Key>,
    named: BTreeMap<Reference, Key>,
    early: VecDeque<(Reference, Heard)>,
}

/// Remembers the last hundred thousand messages of this process.
#[derive(Default)]
pub struct MemoryBook(Mutex<Pages>);

impl MemoryBook {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBook").field("entries", &self.pages().entries.len()).finish_non_exhaustive()
    }
}

impl Pages {
    fn entry(&mut self, key: Key) -> &mut Entry {
        if !self.entries.contains_key(&key) {
            while self.order.len() >= KEPT_MAX {
                if let Some(oldest) = self.order.pop_front()
                    && let Some(entry) = self.entries.remove(&oldest)
                {
                    for reference in entry.parts.into_keys() {
                        self.named.remove(&(oldest.1, reference));
                    }
                }
            }
            self.order.push_back(key);
        }
        self.entries.entry(key).or_default()
    }

    fn keep(&mut self, key: Key, outcome: &Outcome) {
        let entry = self.entry(key);
        match outcome {
            Outcome::Handed { references } => {
                entry.whole = entry.whole.after(&Heard::HandedOver);
                for reference in references {
                    let part = entry.parts.entry(reference.clone()).or_default();
                    *part = part.after(&Heard::HandedOver);
                }
                for reference in references {
                    self.named.insert((key.1, reference.clone()), key);
                }
                let early = std::mem::take(&mut self.early);
                for (name, heard) in early {
                    self.report(name, heard);
                }
            }
            Outcome::Failed { again: true, .. } => {}
            Outcome::Failed { again: false, why } => {
                entry.whole = entry.whole.after(&Heard::Failed { why: why.clone() });
            }
            Outcome::Unknown { .. } => {
                entry.whole = entry.whole.after(&Heard::HandedOver);
                entry.unknown = entry.unknown.saturating_add(1);
            }
        }
    }

    fn report(&mut self, name: Reference, heard: Heard) {
        let part = self
            .named
            .get(&name)
            .and_then(|key| self.entries.get_mut(key))
            .and_then(|entry| entry.parts.get_mut(&name.1));
        match part {
            Some(part) => *part = part.after(&heard),
            None => {
                while self.early.len() >= EARLY_MAX {
                    self.early.pop_front();
                }
                self.early.push_back((name, heard));
            }
        }
    }
}

impl Book for MemoryBook {
    fn known(&self, notice: NoticeId, channel: Channel) -> BoxFuture<'_, Result<Known, CourierError>> {
        let pages = self.pages();
        let entry = pages.entries.get(&(notice, channel.code()));
        let known =
            entry.map(|entry| Known { status: entry.status(), unknown: entry.unknown }).unwrap_or_default();
        Box::pin(std::future::ready(Ok(known)))
    }

    fn keep<'a>(
        &'a self,
        notice: NoticeId,
        channel: Channel,
        outcome: &'a Outcome,
    ) -> BoxFuture<'a, Result<(), CourierError>> {
        self.pages().keep((notice, channel.code()), outcome);
        Box::pin(std::future::ready(Ok(())))
    }

    fn report<'a>(&'a self, channel: Channel, report: &'a Report) -> BoxFuture<'a, Result<(), CourierError>> {
        self.pages().report((channel.code(), report.reference.clone()), report.heard.clone());
        Box::pin(std::future::ready(Ok(())))
    }
}
