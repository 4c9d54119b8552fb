//! One bound connection to an operator: what is sent, what is awaited, and when it is over.
//!
//! One task owns the connection, so there is one order of events. The one rule to remember: a
//! part that was written and not answered may be at the operator; its message ends as unknown.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::pdu::{
    DELIVER_SM, Delivered, ENQUIRE_LINK, Frame, GENERIC_NACK, INVALID_COMMAND, OK, QUEUE_FULL, RECEIVER_BUSY,
    RESP, SUBMIT_SM, THROTTLED, UNBIND,
};
use super::{Settings, receipt};
use crate::transport::{Outcome, Report};

/// How long an orderly end may take.
const UNBIND_MAX: Duration = Duration::from_secs(2);

/// A stream, plain or encrypted.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Who has an order: it waits, a session began to write it, or whoever gave it took it back.
#[derive(Debug, Default)]
pub(super) struct Claim(AtomicU8);

impl Claim {
    const WAITING: u8 = 0;
    const BEGUN: u8 = 1;
    const WITHDRAWN: u8 = 2;

    /// Whether the session may write it.
    fn begin(&self) -> bool {
        self.0.compare_exchange(Self::WAITING, Self::BEGUN, Ordering::AcqRel, Ordering::Acquire)
            != Err(Self::WITHDRAWN)
    }

    /// Whether nothing of it was written, and nothing will be.
    pub(super) fn withdraw(&self) -> bool {
        self.0.compare_exchange(Self::WAITING, Self::WITHDRAWN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// A message to submit.
#[derive(Debug)]
pub(super) struct Order {
    pub parts: VecDeque<Vec<u8>>,
    pub deadline: Instant,
    pub claim: Arc<Claim>,
    pub answer: oneshot::Sender<Outcome>,
}

/// A message of which something was or will be written on this connection.
struct Job {
    order: Order,
    awaited: usize,
    references: Vec<String>,
    accepted: usize,
    /// How it failed, or that a part of it is not known.
    end: Option<Outcome>,
}

struct Flight {
    job: u64,
    part: Vec<u8>,
    deadline: Instant,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Somebody here asked for it.
    Stopped,
    /// The connection is gone.
    Lost(&'static str),
}

pub(super) struct Session<'a> {
    settings: &'a Settings,
    read: ReadHalf<Box<dyn Wire>>,
    write: WriteHalf<Box<dyn Wire>>,
    received: Vec<u8>,
    sequence: u32,
    jobs: BTreeMap<u64, Job>,
    /// Jobs with parts to write, the oldest first.
    queue: VecDeque<u64>,
    last_job: u64,
    flights: BTreeMap<u32, Flight>,
    reports: &'a mpsc::Sender<Report>,
    /// Nothing is submitted before: the own pace, and the operator's wish.
    next: Instant,
    pause: Duration,
    heard: Instant,
    enquired: Option<Instant>,
    /// Whether a submission was ever answered.
    pub useful: bool,
}

impl<'a> Session<'a> {
    pub fn new(settings: &'a Settings, wire: Box<dyn Wire>, reports: &'a mpsc::Sender<Report>) -> Self {
        let (read, write) = tokio::io::split(wire);
        let now = Instant::now();
        Self {
            settings,
            read,
            write,
            received: Vec::new(),
            sequence: 0,
            jobs: BTreeMap::new(),
            queue: VecDeque::new(),
            last_job: 0,
            flights: BTreeMap::new(),
            reports,
            next: now,
            pause: settings.throttle_pause,
            heard: now,
            enquired: None,
            useful: false,
        }
    }

    /// Sends a request and waits for its answer, before anything else is sent.
    pub async fn first(&mut self, command: u32, body: Vec<u8>) -> Result<Frame, &'static str> {
        let (sequence, most) = (self.send(command, body).await?, self.settings.answer);
        let answered = async {
            loop {
                while let Some(frame) = Frame::take(&mut self.received).map_err(|_| "no SMPP")? {
                    if frame.sequence == sequence
                        && (frame.command == command | RESP || frame.command == GENERIC_NACK)
                    {
                        return Ok(frame);
                    }
                }
                self.fill().await?;
            }
        };
        timeout(most, answered).await.unwrap_or(Err("no answer"))
    }

    /// Works until the connection is gone or `stop` changes. Every message that was begun has its
    /// answer then.
    pub async fn run(&mut self, orders: &mut mpsc::Receiver<Order>, stop: &mut watch::Receiver<bool>) -> End {
        // What came with the answer to the bind.
        if let Err(why) = self.take_frames().await {
            return End::Lost(why);
        }
        let end = loop {
            if let Err(why) = self.send_due().await {
                break End::Lost(why);
            }
            let wake = self.wake();
            let room = self.queue.is_empty() && self.flights.len() < self.settings.window;
            tokio::select! {
                biased;
                filled = fill(&mut self.read, &mut self.received) => {
                    let taken = match filled {
                        Ok(()) => self.take_frames().await,
                        Err(why) => Err(why),
                    };
                    if let Err(why) = taken {
                        break End::Lost(why);
                    }
                }
                _ = stop.changed() => {
                    let _ = timeout(UNBIND_MAX, self.first(UNBIND, Vec::new())).await;
                    break End::Stopped;
                }
                order = orders.recv(), if room => match order {
                    Some(order) => self.begin(order),
                    None => break End::Stopped,
                },
                () = sleep_until(wake) => {
                    if let Err(why) = self.tick().await {
                        break End::Lost(why);
                    }
                }
            }
        };
        self.finish_all();
        end
    }

    fn begin(&mut self, order: Order) {
        if order.answer.is_closed() || !order.claim.begin() {
            return;
        }
        self.last_job = self.last_job.wrapping_add(1);
        let job = Job { order, awaited: 0, references: Vec::new(), accepted: 0, end: None };
        self.jobs.insert(self.last_job, job);
        self.queue.push_back(self.last_job);
    }

    /// Writes what may be written now.
    async fn send_due(&mut self) -> Result<(), &'static str> {
        while self.flights.len() < self.settings.window && Instant::now() >= self.next {
            let Some(id) = self.queue.front().copied() else { return Ok(()) };
            let part = self.jobs.get_mut(&id).and_then(|job| job.order.parts.pop_front());
            let Some(part) = part else {
                self.queue.pop_front();
                continue;
            };
            let now = Instant::now();
            self.next = now + self.settings.pace();
            // Awaited before it is written: a write that breaks off may have been read.
            if let Some(job) = self.jobs.get_mut(&id) {
                job.awaited = job.awaited.saturating_add(1);
            }
            let sequence = self.next_sequence();
            let deadline = now + self.settings.answer;
            self.flights.insert(sequence, Flight { job: id, part: part.clone(), deadline });
            self.write(&Frame::request(SUBMIT_SM, sequence, part)).await?;
        }
        Ok(())
    }

    /// The next instant at which something is to be done without being asked.
    fn wake(&self) -> Instant {
        let enquiry = match self.enquired {
            Some(asked) => asked + self.settings.answer,
            None => self.heard + self.settings.enquire,
        };
        let mut wake = enquiry;
        for flight in self.flights.values() {
            wake = wake.min(flight.deadline);
        }
        for id in &self.queue {
            if let Some(job) = self.jobs.get(id) {
                wake = wake.min(job.order.deadline);
            }
        }
        if !self.queue.is_empty() && self.flights.len() < self.settings.window {
            wake = wake.min(self.next);
        }
        wake
    }

    /// What is overdue: answers, messages, signs of life.
    async fn tick(&mut self) -> Result<(), &'static str> {
        let now = Instant::now();
        let late: Vec<u32> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.deadline <= now)
            .map(|(number, _)| *number)
            .collect();
        for sequence in late {
            if let Some(flight) = self.flights.remove(&sequence) {
                self.settle(flight.job, |job| {
                    job.end = Some(Outcome::unknown("the operator did not answer"))
                });
            }
        }
        let expired: Vec<u64> = self.queue.iter().copied().filter(|id| self.expired(*id, now)).collect();
        for id in expired {
            self.end_job(id, Outcome::later("the operator takes no more messages now"));
        }
        match self.enquired {
            Some(asked) if asked + self.settings.answer <= now => Err("no sign of life"),
            None if self.heard + self.settings.enquire <= now => {
                self.enquired = Some(now);
                self.send(ENQUIRE_LINK, Vec::new()).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn expired(&self, id: u64, now: Instant) -> bool {
        self.jobs.get(&id).is_some_and(|job| job.order.deadline <= now)
    }

    async fn take_frames(&mut self) -> Result<(), &'static str> {
        self.heard = Instant::now();
        self.enquired = None;
        while let Some(frame) = Frame::take(&mut self.received).map_err(|_| "no SMPP")? {
            match frame.command {
                ENQUIRE_LINK => self.write(&frame.answer(OK)).await?,
                UNBIND => {
                    self.write(&frame.answer(OK)).await?;
                    return Err("the operator unbound");
                }
                DELIVER_SM => {
                    let status = self.delivered(&frame);
                    self.write(&frame.answer(status)).await?;
                }
                _ if frame.command == SUBMIT_SM | RESP || frame.command == GENERIC_NACK => {
                    self.answered(&frame)
                }
                other if other & RESP == 0 => {
                    let nack =
                        Frame { command: GENERIC_NACK, status: INVALID_COMMAND, body: Vec::new(), ..frame };
                    self.write(&nack).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a receipt; the status that answers it.
    fn delivered(&self, frame: &Frame) -> u32 {
        let ids = self.settings.message_ids;
        let Some(mut report) = Delivered::read(&frame.body).and_then(|it| receipt::report(&it, ids)) else {
            // Somebody answered an SMS, or it makes no sense: bringing it again would not help.
            tracing::debug!("the operator brought what is no receipt");
            return OK;
        };
        report.reference = receipt::normal(&report.reference, ids);
        match self.reports.try_send(report) {
            Ok(()) => OK,
            Err(_) => RECEIVER_BUSY,
        }
    }

    fn answered(&mut self, frame: &Frame) {
        let Some(flight) = self.flights.remove(&frame.sequence) else { return };
        self.useful = true;
        match frame.status {
            OK => {
                self.pause = self.settings.throttle_pause;
                let reference = frame.message_id().map(|id| receipt::normal(&id, self.settings.message_ids));
                self.settle(flight.job, |job| {
                    job.accepted = job.accepted.saturating_add(1);
                    job.references.extend(reference);
                });
            }
            THROTTLED | QUEUE_FULL => {
                // Refused for now and surely not taken: the same part goes again, later.
                self.next = self.next.max(Instant::now() + self.pause);
                self.pause = self.pause.saturating_mul(2).min(self.settings.throttle_pause_max);
                tracing::debug!(status = frame.status, "the operator asks for a slower pace");
                if let Some(job) = self.jobs.get_mut(&flight.job) {
                    job.order.parts.push_front(flight.part);
                    if !self.queue.contains(&flight.job) {
                        self.queue.push_front(flight.job);
                    }
                }
                self.settle(flight.job, |_| {});
            }
            status => self.settle(flight.job, |job| {
                let why = refusal(status);
                job.end.get_or_insert(if is_final(status) {
                    Outcome::never(why)
                } else {
                    Outcome::later(why)
                });
            }),
        }
    }

    /// One part of a job has its answer; the last one ends it.
    fn settle(&mut self, id: u64, change: impl FnOnce(&mut Job)) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.awaited = job.awaited.saturating_sub(1);
        change(job);
        if job.end.is_some() {
            job.order.parts.clear();
        }
        if job.awaited == 0 && job.order.parts.is_empty() {
            let end = job.end.take();
            let handed = Outcome::Handed { references: job.references.clone() };
            self.end_job(id, end.unwrap_or(handed));
        }
    }

    /// Answers whoever gave the message. What was accepted in part, or is awaited, is not known.
    fn end_job(&mut self, id: u64, outcome: Outcome) {
        self.queue.retain(|queued| *queued != id);
        self.flights.retain(|_, flight| flight.job != id);
        let Some(job) = self.jobs.remove(&id) else { return };
        let outcome = match outcome {
            Outcome::Failed { again: true, why } if job.awaited > 0 || job.accepted > 0 => {
                Outcome::Unknown { why: format!("{why}; a part of it may have left") }
            }
            other => other,
        };
        let _ = job.order.answer.send(outcome);
    }

    fn finish_all(&mut self) {
        let jobs: Vec<u64> = self.jobs.keys().copied().collect();
        for id in jobs {
            self.end_job(id, Outcome::later("the connection was lost"));
        }
    }

    async fn send(&mut self, command: u32, body: Vec<u8>) -> Result<u32, &'static str> {
        let sequence = self.next_sequence();
        self.write(&Frame::request(command, sequence, body)).await?;
        Ok(sequence)
    }

    fn next_sequence(&mut self) -> u32 {
        self.sequence = if self.sequence >= 0x7fff_ffff { 1 } else { self.sequence.saturating_add(1) };
        self.sequence
    }

    async fn write(&mut self, frame: &Frame) -> Result<(), &'static str> {
        let bytes = frame.bytes();
        let written = async {
            self.write.write_all(&bytes).await?;
            self.write.flush().await
        };
        match timeout(self.settings.answer, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err("the connection broke"),
            Err(_) => Err("the operator does not read"),
        }
    }

    async fn fill(&mut self) -> Result<(), &'static str> {
        fill(&mut self.read, &mut self.received).await
    }
}

/// Reads more; given up at any moment, it has lost nothing.
async fn fill(read: &mut ReadHalf<Box<dyn Wire>>, received: &mut Vec<u8>) -> Result<(), &'static str> {
    received.reserve(4_096);
    match read.read_buf(received).await {
        Ok(0) => Err("the operator closed the connection"),
        Ok(_) => Ok(()),
        Err(_) => Err("the connection broke"),
    }
}

fn refusal(status: u32) -> String {
    let known = match status {
        0x0a => "invalid sender",
        0x0b => "invalid number",
        0x45 => "submission failed",
        0x61 => "invalid time",
        0x08 => "system error",
        _ => "refused",
    };
    format!("{known}, SMPP status 0x{status:02X}")
}

/// Whether a refusal says of the message itself that it will never go.
const fn is_final(status: u32) -> bool {
    // Message length, destination address, its type and plan, data coding, destination of a list.
    matches!(status, 0x01 | 0x0b | 0x33 | 0x43 | 0x50 | 0x51 | 0x40 | 0x41)
}
