//! What became of each message on each way (suivi des envois), for who sends them: whom a gateway has
//! told already, and what gateways reported since.
//!
//! A report may come before the answer that names its message, twice, or for a message that nobody
//! knows. The one rule to remember: what was final once stays, so that every order of the same news
//! ends the same.

use chrono::{DateTime, Utc};
use cnss_core::id::NoticeId;
use cnss_core::notice::{DeliveryStatus, Heard};
use cnss_core::port::StoreError;

use crate::fault::unavailable;
use crate::store::{SqlStore, alone};
use crate::waist::{Row, nonsense, statements, values};

statements! {
    DELIVERY = "SELECT status, why, unanswered FROM delivery WHERE notice_id = $1 AND way = $2";
    PARTS = "SELECT status, why FROM delivery_part WHERE notice_id = $1 AND way = $2 ORDER BY reference LIMIT 100";
    KEEP_DELIVERY =
        "INSERT INTO delivery (notice_id, way, status, why, unanswered, kept_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (notice_id, way) DO UPDATE SET \
         status = CASE WHEN delivery.status IN ('delivered', 'failed') THEN delivery.status ELSE excluded.status END, \
         why = CASE WHEN delivery.status IN ('delivered', 'failed') THEN delivery.why ELSE excluded.why END, \
         unanswered = delivery.unanswered + excluded.unanswered, kept_at = excluded.kept_at";
    // A gateway gives a name again after a while: what is known of the message that had it stays with
    // that message.
    LEAVE_PART(way: Text, reference: Text, notice_id: Id) =
        "UPDATE delivery SET status = p.status, why = p.why FROM r JOIN delivery_part AS p \
         ON p.way = r.way AND p.reference = r.reference AND p.notice_id <> r.notice_id \
         WHERE delivery.notice_id = p.notice_id AND delivery.way = p.way AND delivery.status = 'sent'";
    KEEP_PARTS(way: Text, reference: Text, notice_id: Id, kept_at: Instant) =
        "INSERT INTO delivery_part (way, reference, notice_id, status, kept_at) \
         SELECT way, reference, notice_id, 'sent', kept_at FROM r WHERE true \
         ON CONFLICT (way, reference) DO UPDATE SET notice_id = excluded.notice_id, \
         status = CASE WHEN delivery_part.notice_id <> excluded.notice_id THEN 'sent' ELSE delivery_part.status END, \
         why = CASE WHEN delivery_part.notice_id <> excluded.notice_id THEN NULL ELSE delivery_part.why END, \
         kept_at = excluded.kept_at";
    REPORT =
        "INSERT INTO delivery_part (way, reference, status, why, kept_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (way, reference) DO UPDATE SET \
         status = CASE WHEN delivery_part.status IN ('delivered', 'failed') THEN delivery_part.status \
         ELSE excluded.status END, \
         why = CASE WHEN delivery_part.status IN ('delivered', 'failed') THEN delivery_part.why ELSE excluded.why END";
    OLD_DELIVERIES = "DELETE FROM delivery WHERE (notice_id, way) IN (SELECT notice_id, way FROM delivery \
                      WHERE kept_at < $1 ORDER BY kept_at LIMIT $2)";
    OLD_PARTS = "DELETE FROM delivery_part WHERE (way, reference) IN (SELECT way, reference FROM delivery_part \
                 WHERE kept_at < $1 ORDER BY kept_at LIMIT $2)";
}

/// How a message that was given to a gateway ended there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handing {
    /// The gateway has it, and reports on it under these names, one for each part; none when it never
    /// will.
    Has(Vec<String>),
    /// The gateway may have it: no answer came that can be read.
    Unanswered,
    /// It will never go, and why.
    Refused(String),
}

/// What is known of a message on one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How far it came.
    pub status: DeliveryStatus,
    /// How often it was given to a gateway without an answer that can be read.
    pub unanswered: u32,
}

fn status(row: &Row) -> Result<DeliveryStatus, StoreError> {
    Ok(match row.get::<String>("status")?.as_str() {
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "failed" => DeliveryStatus::Failed { why: row.get("why")? },
        _ => return Err(nonsense("status")),
    })
}

impl SqlStore {
    /// What is known of a notice on one way (`sms`, `email`).
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn delivery(&self, notice: NoticeId, way: &str) -> Result<Delivered, StoreError> {
        let Some(row) = self.one(&DELIVERY, values![notice, way]).await? else {
            return Ok(Delivered::default());
        };
        let unanswered = row.count("unanswered")?;
        let parts = self.all(&PARTS, values![notice, way]).await?;
        let parts = parts.iter().map(status).collect::<Result<Vec<_>, _>>()?;
        let status = if parts.is_empty() { status(&row)? } else { DeliveryStatus::of_parts(&parts) };
        Ok(Delivered { status, unanswered })
    }

    /// Keeps how a notice that was given to a gateway ended there.
    ///
    /// # Errors
    /// When the books cannot be written.
    pub async fn keep_delivery(
        &self,
        notice: NoticeId,
        way: &str,
        handing: Handing,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (store, way) = (self.clone(), way.to_owned());
        alone(async move {
            let (status, why, unanswered, references) = match handing {
                Handing::Has(references) => ("sent", None, 0_i64, references),
                Handing::Unanswered => ("sent", None, 1, Vec::new()),
                Handing::Refused(why) => ("failed", Some(why), 0, Vec::new()),
            };
            // First that it left: were the rest lost, it would still not be sent again.
            let whole = values![notice, way.as_str(), status, why, unanswered, now];
            store.writing().run(&KEEP_DELIVERY, &[whole]).await.map_err(unavailable)?;
            let references: std::collections::BTreeSet<String> = references.into_iter().collect();
            if references.is_empty() {
                return Ok(());
            }
            let left: Vec<_> =
                references.iter().map(|name| values![way.as_str(), name.as_str(), notice]).collect();
            store.writing().run(&LEAVE_PART, &left).await.map_err(unavailable)?;
            let parts: Vec<_> =
                references.iter().map(|name| values![way.as_str(), name.as_str(), notice, now]).collect();
            store.writing().run(&KEEP_PARTS, &parts).await.map_err(unavailable)?;
            Ok(())
        })
        .await
    }

    /// Keeps what a gateway reports under one of its names, known or not.
    ///
    /// # Errors
    /// When the books cannot be written.
    pub async fn report_delivery(
        &self,
        way: &str,
        reference: &str,
        heard: &Heard,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (status, why) = match heard {
            Heard::HandedOver => ("sent", None),
            Heard::Delivered => ("delivered", None),
            Heard::Failed { why } => ("failed", Some(why.clone())),
        };
        let (store, values) = (self.clone(), values![way, reference, status, why, now]);
        alone(async move {
            store.writing().run(&REPORT, &[values]).await.map_err(unavailable)?;
            Ok(())
        })
        .await
    }
}
