//! The outbox (courrier à envoyer): notices are taken for a while, sent, and settled.
//!
//! Several portals may send at once: each takes notices that nobody else is given meanwhile. A
//! portal that dies leaves its notices to the next one when its time is over, so that a notice is
//! sent at least once, always under the same identity. Each step here is one statement.

use cnss_core::id::NoticeId;
use cnss_core::notice::{Delivery, Lease, Taken, failed};
use cnss_core::port::{LIMIT_MAX, StoreError};

use crate::fault::unavailable;
use crate::store::{Engine, SqlStore};
use crate::waist::{statements, values};

/// What is written beside a notice that is not what the program writes.
const UNREADABLE: &str = "the notice cannot be read";

statements! {
    // SQLite has one writer: nobody else takes meanwhile.
    TAKE = "UPDATE outbox SET due_at = $2 WHERE place IN (SELECT place FROM outbox WHERE state = 'waiting' \
            AND due_at <= $1 ORDER BY place LIMIT $3) RETURNING place, notice_id, notice, tries";
    SENT = "UPDATE outbox SET state = 'sent', sent_at = $2, tries = tries + 1 \
            WHERE notice_id = $1 AND state = 'waiting'";
    AGAIN = "UPDATE outbox SET due_at = $2, why = $3, tries = tries + 1 WHERE notice_id = $1 AND state = 'waiting'";
    EXPIRED = "UPDATE outbox SET state = 'expired', why = $2, tries = tries + 1 \
               WHERE notice_id = $1 AND state = 'waiting'";
    DEAD = "UPDATE outbox SET state = 'dead', why = $2, tries = tries + 1 WHERE notice_id = $1 AND state = 'waiting'";
}

// The same where others write at the same time: what they are taking is passed over, not waited for.
pub(crate) mod on_postgres {
    crate::waist::statements! {
    TAKE_BESIDE_OTHERS = "UPDATE outbox SET due_at = $2 WHERE place IN (SELECT place FROM outbox \
                          WHERE state = 'waiting' AND due_at <= $1 ORDER BY place LIMIT $3 \
                          FOR UPDATE SKIP LOCKED) RETURNING place, notice_id, notice, tries";
    }
}

impl SqlStore {
    pub(crate) async fn lease(&self, lease: Lease) -> Result<Vec<Taken>, StoreError> {
        let statement = match &self.engine {
            Engine::Sqlite { .. } => &TAKE,
            Engine::Postgres(_) => &on_postgres::TAKE_BESIDE_OTHERS,
        };
        let limit = i64::from(lease.limit.clamp(1, LIMIT_MAX));
        let values = values![lease.now, lease.until, limit];
        let rows = self.writing().rows(statement, &[values]).await.map_err(unavailable)?;
        let mut taken: Vec<(i64, Taken)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let tries = row.count("tries")?;
            match row.json("notice") {
                Ok(notice) => taken.push((row.get("place")?, Taken { notice, tries })),
                // It must not keep the others waiting: it counts as tried, and ends with the dead.
                Err(_) => {
                    let id = row.id("notice_id", NoticeId)?;
                    tracing::error!(notice = %id, "a notice cannot be read: it is passed over");
                    self.settle(id, failed(tries, UNREADABLE, lease.now)).await?;
                }
            }
        }
        // What an update gives back has no order.
        taken.sort_by_key(|(place, _)| *place);
        Ok(taken.into_iter().map(|(_, taken)| taken).collect())
    }

    pub(crate) async fn settle(&self, notice: NoticeId, delivery: Delivery) -> Result<(), StoreError> {
        let (statement, values) = match delivery {
            Delivery::Sent(at) => (&SENT, values![notice, at]),
            Delivery::Again(due, why) => (&AGAIN, values![notice, due, why]),
            Delivery::Expired(why) => (&EXPIRED, values![notice, why]),
            Delivery::Dead(why) => (&DEAD, values![notice, why]),
        };
        self.writing().run(statement, &[values]).await.map_err(unavailable)?;
        Ok(())
    }
}
