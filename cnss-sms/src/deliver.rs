//! Handing the outbox over (remise du courrier): each waiting notice goes to the courier once.
//!
//! A notice that cannot be carried stays waiting and does not stop the others. The one rule
//! to remember: a notice is marked after it was carried, so a crash between the two sends it
//! again under the same identity, and never loses it.

use cnss_core::account::Account;
use cnss_core::port::{Courier, CourierError, Store, StoreError};

/// Hands up to `limit` waiting notices over, the oldest first; gives how many were carried.
///
/// One caller at a time: two at once would carry the same notice twice.
///
/// # Errors
/// When the store cannot answer; what was carried until then is marked, except at most one.
pub async fn deliver_waiting(
    store: &dyn Store,
    courier: &dyn Courier,
    limit: u32,
) -> Result<usize, StoreError> {
    let mut carried = 0_usize;
    for notice in store.waiting_notices(limit).await? {
        let Some(account) = store.account(notice.to).await? else {
            tracing::warn!(notice = %notice.id, "notice kept: its account is not there");
            continue;
        };
        if let Err(error) = courier.carry(&account, &notice).await {
            let reason = impersonal(&error, &account);
            tracing::warn!(notice = %notice.id, key = notice.message.key(), reason, "notice kept: not carried");
            continue;
        }
        store.notice_sent(&notice).await?;
        carried = carried.saturating_add(1);
    }
    Ok(carried)
}

/// The reason without the addressee, whom gateways like to repeat in their answers.
fn impersonal(error: &CourierError, account: &Account) -> String {
    error.0.replace(account.login.as_str(), "…").replace(account.holder.as_str(), "…")
}
