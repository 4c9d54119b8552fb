//! What nobody needs any more goes (purge): a thousand rows of each kind at a time, so that nobody
//! waits for it.

use cnss_core::port::{Forget, LIMIT_MAX, StoreError};

use crate::deliveries::{OLD_DELIVERIES, OLD_PARTS};
use crate::fault::unavailable;
use crate::store::SqlStore;
use crate::waist::{Statement, statements, values};

statements! {
    OLD_CHALLENGES = "DELETE FROM challenge WHERE challenge_id IN (SELECT challenge_id FROM challenge \
                      WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    OLD_TALLIES = "DELETE FROM tally WHERE (kind, subject, period) IN (SELECT kind, subject, period FROM tally \
                   WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)";
    OLD_LOCKS = "DELETE FROM password_lock WHERE (kind, subject) IN (SELECT kind, subject FROM password_lock \
                 WHERE last_at < $1 ORDER BY last_at LIMIT $2)";
    OLD_REFUSED = "DELETE FROM refused_send WHERE place IN (SELECT place FROM refused_send \
                   WHERE refused_at < $1 ORDER BY refused_at LIMIT $2)";
    // What goes to an account names nobody; what goes to contacts holds what somebody typed.
    OLD_TOLD = "DELETE FROM outbox WHERE place IN (SELECT place FROM outbox WHERE account_id IS NULL \
                AND state IN ('sent', 'expired') AND made_at < $1 ORDER BY made_at LIMIT $2)";
    OLD_UNTOLD = "DELETE FROM outbox WHERE place IN (SELECT place FROM outbox WHERE account_id IS NULL \
                  AND made_at < $1 ORDER BY made_at LIMIT $2)";
}

impl SqlStore {
    pub(crate) async fn sweep(&self, before: Forget) -> Result<u64, StoreError> {
        let mut gone = 0_u64;
        let old: [(&'static Statement, _); 8] = [
            (&OLD_CHALLENGES, before.challenges),
            (&OLD_TALLIES, before.counts),
            (&OLD_LOCKS, before.locks),
            (&OLD_REFUSED, before.refusals),
            (&OLD_TOLD, before.challenges),
            (&OLD_UNTOLD, before.refusals),
            // What became of messages goes with those that were not sent.
            (&OLD_DELIVERIES, before.refusals),
            (&OLD_PARTS, before.refusals),
        ];
        for (statement, before) in old {
            let values = values![before, i64::from(LIMIT_MAX)];
            let rows = self.writing().run(statement, &[values]).await.map_err(unavailable)?;
            gone = gone.saturating_add(rows);
        }
        Ok(gone)
    }
}
