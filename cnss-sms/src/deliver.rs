//! Handing the outbox over (remise du courrier): each notice is taken, carried and settled.
//!
//! A notice that no courier takes is tried again after growing pauses, then given up and kept for
//! an agent; it does not stop the others. The one rule to remember: a notice is marked after it
//! was carried, so a crash between the two sends it again under the same identity, and never
//! loses it.

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::account::Account;
use cnss_core::notice::{Addressee, Delivery, Lease};
use cnss_core::port::{Courier, CourierError, Store, StoreError};

/// For how long notices are taken: longer than any courier may need for all of them.
const LEASE_SECONDS: i64 = 300;

/// Hands up to `limit` notices over that are due at `now`, the oldest first; gives how many were
/// carried. Any number of callers may do so at once, in as many programs.
///
/// # Errors
/// When the store cannot answer; what was carried until then is marked, except at most one.
pub async fn deliver_waiting(
    store: &dyn Store,
    courier: &dyn Courier,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<usize, StoreError> {
    let mut carried = 0_usize;
    let lease = Lease { now, until: now + TimeDelta::seconds(LEASE_SECONDS), limit };
    for taken in store.take_notices(lease).await? {
        let (id, key) = (taken.notice.id, taken.notice.message.key());
        let account = match &taken.notice.to {
            Addressee::Account(account) => store.account(*account).await?,
            // Couriers carry to accounts only, so far.
            Addressee::Contacts(_) => None,
        };
        let delivery = match account {
            None => taken.failed("the account is not there", now),
            Some(account) => match courier.carry(&account, &taken.notice).await {
                Ok(()) => Delivery::Sent(now),
                Err(error) => taken.failed(&impersonal(&error, &account), now),
            },
        };
        match &delivery {
            Delivery::Sent(_) => carried = carried.saturating_add(1),
            Delivery::Again(due, why) => {
                tracing::warn!(notice = %id, key, why, %due, "notice kept: not carried")
            }
            Delivery::Dead(why) => tracing::error!(notice = %id, key, why, "notice given up"),
        }
        store.settle_notice(id, delivery).await?;
    }
    Ok(carried)
}

/// The reason without the addressee, whom gateways like to repeat in their answers.
fn impersonal(error: &CourierError, account: &Account) -> String {
    let contacts = [
        account.email.as_ref().map(|email| email.as_str()),
        account.phone.as_ref().map(|phone| phone.as_str()),
    ];
    let logins = account.logins.iter().map(|login| login.as_str());
    let names = logins.chain(contacts.into_iter().flatten()).chain([account.holder.as_str()]);
    names.filter(|name| !name.is_empty()).fold(error.0.clone(), |text, name| text.replace(name, "…"))
}
