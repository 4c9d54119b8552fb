//! A store with accounts and waiting notices.

use chrono::DateTime;
use cnss_core::access::Subject;
use cnss_core::account::{Account, Login};
use cnss_core::calendar::Quarter;
use cnss_core::decision::{Batch, Change};
use cnss_core::id::{AccountId, BatchId, EmployerId, NoticeId};
use cnss_core::memory::MemoryStore;
use cnss_core::notice::{Message, Notice};
use cnss_core::person::{Email, Name, Phone};
use cnss_core::port::{Reached, Store};
use uuid::Uuid;

pub fn account(n: u128) -> Account {
    let plain = Account::new(
        AccountId(Uuid::from_u128(n)),
        Login::email(&Email::parse(&format!("afi{n}@example.tg")).expect("an address")),
        "secret".to_owned(),
        Subject::Employer(EmployerId(Uuid::from_u128(n))),
        Name::parse("Afi Lawson").expect("a name"),
    );
    Account { phone: Phone::parse("+22890112233").ok(), ..plain }
}

pub fn reached(n: u128) -> Reached {
    Reached::Holder(Box::new(account(n)))
}

pub fn notice(n: u128, to: u128) -> Notice {
    let quarter = Quarter::new(2024, 1).expect("a quarter");
    let (amount, receipt) = ((n * 1_000).to_string(), format!("DNR-2024T1-{n:08}"));
    let message = Message::DeclarationFiled { quarter, workers: 2, amount, receipt };
    Notice { id: NoticeId(Uuid::from_u128(n)), to: AccountId(Uuid::from_u128(to)).into(), message }
}

/// Accounts 1 to `accounts`, and these notices in the outbox.
pub async fn store(accounts: u128, notices: Vec<Notice>) -> MemoryStore {
    let store = MemoryStore::new();
    let changes = (1..=accounts).map(|n| Change::OpenAccount(account(n))).collect();
    let mut batch = Batch::of(BatchId(Uuid::from_u128(1)), changes, DateTime::UNIX_EPOCH);
    batch.notices = notices;
    store.commit(batch).await.expect("committed");
    store
}

pub async fn waiting(store: &MemoryStore) -> Vec<u128> {
    store.waiting_notices(1_000).await.expect("read").iter().map(|notice| notice.id.0.as_u128()).collect()
}
