//! Who carries what people are told (courrier): gateways for SMS and e-mail, the log, the inbox of the
//! demonstration, or nobody yet.
//!
//! What left is kept with the books, so that a portal that dies or another one sends nothing twice.
//! The one rule to remember: without anybody who carries them notices wait, and the start says so.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cnss_core::account::CodeKey;
use cnss_core::fund::Fund;
use cnss_core::id::NoticeId;
use cnss_core::port::{BoxFuture, Courier, CourierError};
use cnss_http::clock::Clock;
use cnss_http::demo::Inbox;
use cnss_http::gateway::{Gateway, NotTaken, Reports};
use cnss_sms::book::{Book, Known, keep_reports};
use cnss_sms::http::HttpGateway;
use cnss_sms::post::{Parts, Post};
use cnss_sms::settings::Faults;
use cnss_sms::transport::{Outcome, Report};
use cnss_sms::{Channel, ConsoleCourier, RecordingCourier, Words, deliver_waiting};
use cnss_store::{Handing, SqlStore};
use tokio::sync::{mpsc, watch};

use crate::inbox::{DemoCourier, Shown};
use crate::settings::{Carrier, Settings};

/// How often waiting notices are handed to the courier.
const DELIVERY_EVERY: Duration = Duration::from_secs(1);
/// How many notices are handed over at once.
const DELIVERY_MOST: u32 = 100;

/// What became of each message, in the books.
#[derive(Clone)]
pub struct StoreBook {
    store: SqlStore,
    clock: Clock,
}

impl StoreBook {
    pub const fn new(store: SqlStore, clock: Clock) -> Self {
        Self { store, clock }
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.moment().now
    }
}

fn later(error: cnss_core::port::StoreError) -> CourierError {
    CourierError::later(error.to_string())
}

impl Book for StoreBook {
    fn known(&self, notice: NoticeId, channel: Channel) -> BoxFuture<'_, Result<Known, CourierError>> {
        Box::pin(async move {
            let known = self.store.delivery(notice, channel.code()).await.map_err(later)?;
            Ok(Known { status: known.status, unknown: known.unanswered })
        })
    }

    fn keep<'a>(
        &'a self,
        notice: NoticeId,
        channel: Channel,
        outcome: &'a Outcome,
    ) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(async move {
            let handing = match outcome {
                Outcome::Handed { references } => Handing::Has(references.clone()),
                Outcome::Unknown { .. } => Handing::Unanswered,
                Outcome::Failed { again: false, why } => Handing::Refused(why.clone()),
                // It goes again; the outbox keeps why.
                Outcome::Failed { again: true, .. } => return Ok(()),
            };
            self.store.keep_delivery(notice, channel.code(), handing, self.now()).await.map_err(later)
        })
    }

    fn report<'a>(&'a self, channel: Channel, report: &'a Report) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(async move {
            let (way, now) = (channel.code(), self.now());
            self.store.report_delivery(way, &report.reference, &report.heard, now).await.map_err(later)
        })
    }
}

/// Everything that carries, ready to work.
pub struct Carrying {
    courier: Option<Arc<dyn Courier>>,
    receipts: Option<mpsc::Receiver<Report>>,
    book: StoreBook,
    /// The messages of the demonstration.
    pub inbox: Option<Arc<dyn Inbox>>,
    /// The gateway whose reports come over HTTP.
    pub gateway: Option<Gateway>,
}

/// Keeps what the gateway of SMS reports over HTTP.
struct Kept {
    gateway: Arc<HttpGateway>,
    book: StoreBook,
}

impl Reports for Kept {
    fn take<'a>(&'a self, body: &'a [u8]) -> BoxFuture<'a, Result<usize, NotTaken>> {
        Box::pin(async move {
            let reports = self.gateway.reports(body).map_err(|_| NotTaken::NoReport)?;
            for report in &reports {
                self.book.report(Channel::Sms, report).await.map_err(|error| {
                    tracing::warn!(%error, "a gateway's report is not kept: it will bring it again");
                    NotTaken::Later
                })?;
            }
            Ok(reports.len())
        })
    }
}

impl Carrying {
    /// Opens what the settings say.
    ///
    /// # Errors
    /// Every secret and file of a gateway that is missing or makes no sense.
    pub fn open(
        settings: &Settings,
        fund: &Fund,
        key: &CodeKey,
        store: &SqlStore,
        clock: Clock,
    ) -> Result<Self, Faults> {
        let book = StoreBook::new(store.clone(), clock);
        let mut carrying = Self { courier: None, receipts: None, book, inbox: None, gateway: None };
        match (settings.courier, &settings.post) {
            (Carrier::Gateways, Some(post)) => {
                let lines = post.open(&|name| std::env::var(name).ok())?;
                carrying.receipts = lines.receipts;
                if let Some(gateway) = lines.gateway.filter(|_| !lines.report_secrets.is_empty()) {
                    let kept = Kept { gateway, book: carrying.book.clone() };
                    carrying.gateway = Some(Gateway::new(lines.report_secrets, Arc::new(kept)));
                }
                carrying.courier = Some(Arc::new(Post::new(Parts {
                    words: Words::french(fund),
                    key: key.clone(),
                    book: Arc::new(carrying.book.clone()),
                    sms: lines.sms,
                    mail: lines.mail,
                    ways: post.ways().clone(),
                    resend_unknown: post.resend_unknown(),
                })));
            }
            (Carrier::Log, _) => carrying.courier = Some(Arc::new(ConsoleCourier::new(Channel::Sms))),
            (Carrier::Gateways | Carrier::Nobody, _) => {}
        }
        if settings.demo {
            let kept = Arc::new(RecordingCourier::new(Words::french(fund), key.clone()));
            carrying.inbox = Some(Arc::new(Shown(Arc::clone(&kept))));
            carrying.courier = Some(Arc::new(DemoCourier { kept, then: carrying.courier.take() }));
        }
        Ok(carrying)
    }

    /// Says at the start who is told nothing.
    pub fn announce(&self, settings: &Settings) {
        match (&self.courier, &settings.post) {
            (None, _) => tracing::warn!(
                "aucune passerelle (SMS, courriel) n'est réglée : les avis attendent dans les livres, personne n'en reçoit"
            ),
            (Some(_), Some(post)) if settings.courier == Carrier::Gateways => {
                let (sms, mail) = (post.sms().is_some(), post.mail().is_some());
                tracing::info!(sms, mail, "les avis partent par les passerelles réglées");
            }
            (Some(_), _) if settings.courier == Carrier::Log && !settings.demo => {
                tracing::warn!("les avis vont au journal et comptent comme envoyés : personne n'en reçoit")
            }
            (Some(_), _) => {}
        }
    }

    /// Hands waiting notices over, and keeps what an operator reports, until the stop.
    pub async fn work(self, store: SqlStore, clock: Clock, stopped: watch::Receiver<bool>) {
        let reports = self.receipts.map(|receipts| {
            let book = self.book.clone();
            tokio::spawn(async move { keep_reports(receipts, &book, Channel::Sms).await })
        });
        if let Some(courier) = self.courier {
            deliver(store, courier, clock, stopped).await;
        }
        // The courier is gone, and its line with it: what came until now is kept, and no more comes.
        if let Some(mut reports) = reports
            && tokio::time::timeout(DELIVERY_EVERY, &mut reports).await.is_err()
        {
            reports.abort();
        }
    }
}

/// Hands waiting notices to the courier until the stop.
async fn deliver(
    store: SqlStore,
    courier: Arc<dyn Courier>,
    clock: Clock,
    mut stopped: watch::Receiver<bool>,
) {
    let mut silent = false;
    loop {
        let carried = deliver_waiting(&store, courier.as_ref(), clock.moment().now, DELIVERY_MOST).await;
        match &carried {
            // Once for each silence: it is looked every second.
            Err(error) if !silent => {
                tracing::warn!(%error, "les avis attendent : les livres ne répondent pas");
            }
            _ => {}
        }
        silent = carried.is_err();
        // A full bag leaves more behind: it is fetched at once.
        let full = carried.is_ok_and(|carried| u32::try_from(carried) == Ok(DELIVERY_MOST));
        let pause = if full { Duration::ZERO } else { DELIVERY_EVERY };
        let next = tokio::time::timeout(pause, stopped.wait_for(|stopped| *stopped)).await;
        if next.is_ok() {
            return;
        }
    }
}
