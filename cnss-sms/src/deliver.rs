//! Handing the outbox over (remise du courrier): each notice is taken, carried and settled.
//!
//! A notice that no courier takes is tried again after growing pauses, then given up and kept for
//! an agent; it does not stop the others. The one rule to remember: a notice is marked after it
//! was carried, so a crash between the two sends it again under the same identity, and never
//! loses it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::notice::{Addressee, Delivery, Lease, Message, Notice, Taken};
use cnss_core::port::{BoxFuture, Courier, Reached, Store, StoreError};

/// For how long notices are taken.
const LEASE_SECONDS: i64 = 300;
/// After so long no other is begun: a courier may need the rest of the lease for what is under way,
/// and whoever takes them next must not meet us.
const BEGIN_MAX: Duration = Duration::from_secs(150);
/// Notices that are under way at once: a gateway that is slow does not make the others wait.
const AT_ONCE: usize = 16;

/// Hands up to `limit` notices over that are due at `now`, the oldest first; gives how many were
/// carried. Any number of callers may do so at once, in as many programs.
///
/// # Errors
/// When the store cannot answer; what was carried until then is marked, except what was just under
/// way.
pub async fn deliver_waiting(
    store: &dyn Store,
    courier: &dyn Courier,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<usize, StoreError> {
    let began = Instant::now();
    let lease = Lease { now, until: now + TimeDelta::seconds(LEASE_SECONDS), limit };
    let mut waiting = store.take_notices(lease).await?.into_iter();
    let mut under_way: Vec<BoxFuture<'_, Result<bool, StoreError>>> = Vec::new();
    let (mut carried, mut fault) = (0_usize, None);
    poll_fn(|context| {
        loop {
            while under_way.len() < AT_ONCE && fault.is_none() && began.elapsed() < BEGIN_MAX {
                let Some(taken) = waiting.next() else { break };
                under_way.push(Box::pin(deliver(store, courier, now, taken)));
            }
            let before = under_way.len();
            under_way.retain_mut(|delivery| match delivery.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(done) => {
                    match done {
                        Ok(true) => carried = carried.saturating_add(1),
                        Ok(false) => {}
                        Err(error) => fault = Some(error),
                    }
                    false
                }
            });
            match under_way.len() {
                0 if before == 0 => return Poll::Ready(()),
                after if after == before => return Poll::Pending,
                _ => {}
            }
        }
    })
    .await;
    fault.map_or(Ok(carried), Err)
}

/// Has one notice carried, and says what became of it.
async fn deliver(
    store: &dyn Store,
    courier: &dyn Courier,
    now: DateTime<Utc>,
    taken: Taken,
) -> Result<bool, StoreError> {
    let (id, key) = (taken.notice.id, taken.notice.message.key());
    if let Some(why) = past(store, &taken.notice, now).await? {
        tracing::info!(notice = %id, key, why, "notice of no use any more: not carried");
        store.settle_notice(id, Delivery::Expired(why.to_owned())).await?;
        return Ok(false);
    }
    let reached = match &taken.notice.to {
        Addressee::Account(account) => store.account(*account).await?.map(Box::new).map(Reached::Holder),
        Addressee::Contacts(contacts) => Some(Reached::Contacts(contacts.clone())),
    };
    let delivery = match reached {
        None => taken.failed("the account is not there", now),
        Some(to) => match courier.carry(&to, &taken.notice).await {
            Ok(()) => Delivery::Sent(now),
            Err(error) if error.again => taken.failed(&to.hidden_in(&error.why), now),
            Err(error) => Taken::given_up(&to.hidden_in(&error.why)),
        },
    };
    match &delivery {
        Delivery::Sent(_) | Delivery::Expired(_) => {}
        Delivery::Again(due, why) => {
            tracing::warn!(notice = %id, key, why, %due, "notice kept: not carried");
        }
        Delivery::Dead(why) => tracing::error!(notice = %id, key, why, "notice given up"),
    }
    let carried = matches!(delivery, Delivery::Sent(_));
    store.settle_notice(id, delivery).await?;
    Ok(carried)
}

/// Why a message is of no use any more, if it is not: a code or a first password that came too late
/// would only make somebody type it in vain. What a way has already had stays told.
async fn past(
    store: &dyn Store,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, StoreError> {
    match (&notice.message, &notice.to, store.accounts()) {
        (Message::Code { challenge, generation, .. }, _, Some(accounts)) => {
            Ok(match accounts.challenge(*challenge).await? {
                Some(challenge) => challenge.past(*generation, now),
                None => Some("what the code was for is forgotten"),
            })
        }
        (Message::FirstPassword { .. }, Addressee::Account(id), _) => {
            Ok(store.account(*id).await?.and_then(|account| account.first_password_past(now)))
        }
        _ => Ok(None),
    }
}
