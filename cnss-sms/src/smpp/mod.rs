//! SMS straight to an operator (SMPP 3.4): one connection that is kept up, and what comes back on it.
//!
//! A task connects, binds and works; when the connection is lost it tries again after growing
//! pauses, for as long as the fund wants to send. The one rule to remember: a submission that
//! was written and not answered is [`Outcome::Unknown`]; SMPP has no way to ask whether it was
//! taken, and sending it again may tell somebody twice. It bears the same
//! user_message_reference then, by which an operator may know it.

mod pdu;
mod receipt;
mod session;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cnss_core::port::BoxFuture;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use self::pdu::{BIND_TRANSCEIVER, OK};
pub use self::pdu::{Sender, Terms};
use self::session::{Claim, End, Order, Session, Wire};
use crate::tls::{self, Authorities};
use crate::transport::{Outcome, Report, SmsMessage, Transport};

/// Messages that wait for the connection; whoever comes then is told to come later.
const WAITING_MAX: usize = 1_000;
/// Reports that wait for whoever keeps them; then the operator is told to bring them later.
const REPORTS_MAX: usize = 1_000;
/// An answer of the session may come so much later than its deadlines.
const MARGIN: Duration = Duration::from_secs(1);

/// How an operator writes the identity of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageIds {
    /// In the answer as in the receipt.
    #[default]
    Same,
    /// In hexadecimal in the answer, in decimal in the receipt.
    Hexadecimal,
}

/// Where the operator is and what was agreed with it.
#[derive(Clone)]
pub struct Settings {
    /// Name or address of its SMSC.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Encrypted, and whom is believed; none without encryption, as through a private line.
    pub tls: Option<Authorities>,
    /// Who the fund is, there.
    pub system_id: String,
    /// Its password there: at most eight characters.
    pub password: String,
    /// Kind of system, as the operator wants it.
    pub system_type: String,
    /// What all messages share.
    pub terms: Terms,
    /// Messages a second at most.
    pub per_second: u32,
    /// Submissions that may be unanswered at once.
    pub window: usize,
    /// How identities are written.
    pub message_ids: MessageIds,
    /// How long connecting may take, encryption included.
    pub connect: Duration,
    /// How long an answer may take.
    pub answer: Duration,
    /// How long a message may wait to be submitted.
    pub hand_over: Duration,
    /// After such a silence the operator is asked whether it is there.
    pub enquire: Duration,
    /// First pause before connecting again; it doubles.
    pub reconnect_pause: Duration,
    /// Longest pause before connecting again.
    pub reconnect_pause_max: Duration,
    /// First pause when the operator asks for a slower pace; it doubles.
    pub throttle_pause: Duration,
    /// Longest such pause.
    pub throttle_pause_max: Duration,
}

impl Settings {
    /// Usual values for everything that is not agreed with an operator.
    #[must_use]
    pub fn new(host: &str, port: u16, system_id: &str, password: &str, sender: Sender) -> Self {
        Self {
            host: host.to_owned(),
            port,
            tls: None,
            system_id: system_id.to_owned(),
            password: password.to_owned(),
            system_type: String::new(),
            terms: Terms { sender, service_type: String::new(), valid_minutes: None },
            per_second: 10,
            window: 10,
            message_ids: MessageIds::Same,
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(10),
            hand_over: Duration::from_secs(30),
            enquire: Duration::from_secs(30),
            reconnect_pause: Duration::from_secs(1),
            reconnect_pause_max: Duration::from_secs(60),
            throttle_pause: Duration::from_secs(1),
            throttle_pause_max: Duration::from_secs(30),
        }
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(1).checked_div(self.per_second).unwrap_or(Duration::from_secs(1))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Whether the fund is connected to its operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not yet, or not any more, and why.
    Waiting(String),
    /// Bound: messages leave.
    Bound,
    /// It was closed here.
    Closed,
}

/// A connection to an operator that is kept up until this is dropped.
pub struct Smpp {
    terms: Terms,
    patience: Duration,
    last_patience: Duration,
    orders: mpsc::Sender<Order>,
    state: watch::Receiver<Connection>,
    stop: watch::Sender<bool>,
    supervisor: JoinHandle<()>,
}

impl Smpp {
    /// Begins to connect, and goes on; receipts come out of the receiver. Must be called within a
    /// runtime.
    #[must_use]
    pub fn start(settings: Settings) -> (Self, mpsc::Receiver<Report>) {
        let (orders, received) = mpsc::channel(WAITING_MAX);
        let (reports, reported) = mpsc::channel(REPORTS_MAX);
        let (stop, stopped) = watch::channel(false);
        let (tell, state) = watch::channel(Connection::Waiting("not connected yet".to_owned()));
        let (terms, patience) = (settings.terms.clone(), settings.hand_over);
        let last_patience = settings.answer.saturating_mul(2) + MARGIN;
        let supervisor = tokio::spawn(supervise(settings, received, reports, stopped, tell));
        (Self { terms, patience, last_patience, orders, state, stop, supervisor }, reported)
    }

    /// Whether it is connected now.
    #[must_use]
    pub fn connection(&self) -> Connection {
        self.state.borrow().clone()
    }

    /// Waits until it is connected; false when it is not within `most`.
    pub async fn bound(&self, most: Duration) -> bool {
        let mut state = self.state.clone();
        let bound = state.wait_for(|state| *state == Connection::Bound);
        matches!(timeout(most, bound).await, Ok(Ok(_)))
    }

    /// Takes leave of the operator; nothing is sent after.
    pub async fn close(self) {
        let _ = self.stop.send(true);
        let Self { supervisor, stop: _stop, .. } = self;
        let mut supervisor = supervisor;
        // It ends by itself; should it not, it is ended.
        if timeout(Duration::from_secs(5), &mut supervisor).await.is_err() {
            supervisor.abort();
        }
    }

    async fn submit(&self, message: &SmsMessage) -> Outcome {
        let mark = mark(message);
        let Some(parts) = pdu::submits(&self.terms, &message.to, &message.text, mark) else {
            return Outcome::never("the message is too long");
        };
        let (answer, answered) = oneshot::channel();
        let claim = Arc::new(Claim::default());
        let deadline = Instant::now() + self.patience;
        let order = Order { parts: VecDeque::from(parts), deadline, claim: Arc::clone(&claim), answer };
        if self.orders.try_send(order).is_err() {
            return Outcome::later("too many messages wait for the operator");
        }
        let mut answered = answered;
        match timeout(self.patience, &mut answered).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(_)) if claim.withdraw() => return Outcome::later("the connection was closed"),
            Ok(Err(_)) => return Outcome::unknown("the connection was closed"),
            Err(_) if claim.withdraw() => {
                let Connection::Waiting(why) = self.connection() else {
                    return Outcome::later("the operator is too slow");
                };
                return Outcome::later(format!("no connection: {why}"));
            }
            Err(_) => {}
        }
        // It was begun: its answer, or its end, is near.
        match timeout(self.last_patience, answered).await {
            Ok(Ok(outcome)) => outcome,
            _ => Outcome::unknown("the operator did not answer"),
        }
    }
}

impl fmt::Debug for Smpp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smpp").field("connection", &self.connection()).finish_non_exhaustive()
    }
}

impl Transport<SmsMessage> for Smpp {
    fn hand<'a>(&'a self, message: &'a SmsMessage) -> BoxFuture<'a, Outcome> {
        Box::pin(self.submit(message))
    }
}

/// Stands for a message towards the operator: a digest of its identity.
fn mark(message: &SmsMessage) -> u16 {
    message
        .id
        .0
        .as_bytes()
        .iter()
        .fold(0, |mark: u16, byte| mark.wrapping_mul(31).wrapping_add(u16::from(*byte)))
}

/// Connects, works, and connects again, until it is told to stop.
async fn supervise(
    settings: Settings,
    mut orders: mpsc::Receiver<Order>,
    reports: mpsc::Sender<Report>,
    mut stop: watch::Receiver<bool>,
    tell: watch::Sender<Connection>,
) {
    let mut pause = settings.reconnect_pause;
    loop {
        let opened = tokio::select! {
            opened = open(&settings, &reports) => opened,
            _ = stop.changed() => break,
        };
        let why = match opened {
            Ok(mut session) => {
                tracing::info!(host = %settings.host, "bound to the operator");
                let _ = tell.send(Connection::Bound);
                let end = session.run(&mut orders, &mut stop).await;
                if session.useful {
                    pause = settings.reconnect_pause;
                }
                match end {
                    End::Stopped => break,
                    End::Lost(why) => why.to_owned(),
                }
            }
            Err(why) => why,
        };
        tracing::warn!(host = %settings.host, why, seconds = pause.as_secs(), "not connected to the operator");
        let _ = tell.send(Connection::Waiting(why));
        if timeout(pause, stop.changed()).await.is_ok() {
            break;
        }
        pause = pause.saturating_mul(2).min(settings.reconnect_pause_max);
    }
    let _ = tell.send(Connection::Closed);
}

/// Connects and binds.
async fn open<'a>(settings: &'a Settings, reports: &'a mpsc::Sender<Report>) -> Result<Session<'a>, String> {
    let wire = match timeout(settings.connect, connect(settings)).await {
        Ok(wire) => wire?,
        Err(_) => return Err("connecting took too long".to_owned()),
    };
    let mut session = Session::new(settings, wire, reports);
    let body = pdu::bind(&settings.system_id, &settings.password, &settings.system_type);
    let answer = session.first(BIND_TRANSCEIVER, body).await?;
    match answer.status {
        OK => Ok(session),
        status => Err(format!("the operator refused the login, SMPP status 0x{status:02X}")),
    }
}

async fn connect(settings: &Settings) -> Result<Box<dyn Wire>, String> {
    let stream = TcpStream::connect((settings.host.as_str(), settings.port))
        .await
        .map_err(|error| format!("cannot connect: {}", error.kind()))?;
    let _ = stream.set_nodelay(true);
    match &settings.tls {
        None => Ok(Box::new(stream)),
        Some(authorities) => Ok(Box::new(tls::connect(authorities, &settings.host, stream).await?)),
    }
}
