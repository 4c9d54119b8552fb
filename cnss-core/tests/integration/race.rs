//! The same request twice at once: whatever the second one finds between its reads, it gets the
//! answer of the first.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::account::{Account, Session, TokenHash};
use cnss_core::audit::{AuditLine, Seal, SealedLine, Traced};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::decision::{Batch, Moment, Receipt, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::desk::Desk;
use cnss_core::employer::{Employer, StaffMember};
use cnss_core::id::{
    AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, NoticeId, RequestKey,
    ReturnedFileId, Seen, Version,
};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::{Entry, LedgerAccount};
use cnss_core::memory::MemoryStore;
use cnss_core::money::Money;
use cnss_core::notice::{DeadNotice, Delivery, Lease, Notice, Taken};
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Dispute, Issued, Received, Reference};
use cnss_core::person::Email;
use cnss_core::port::{BoxFuture, CommitError, Store, StoreError};

use crate::desk::{FILER, desk_on, key, line, moment, q1};

/// When the twin of a request is carried out.
#[derive(Clone, Copy, PartialEq)]
enum Meanwhile {
    BeforeTheDraft,
    AfterTheDraft,
}

/// A store on which the twin of a request is carried out around the next read of the draft.
struct Racing {
    books: Arc<MemoryStore>,
    twin: Desk,
    armed: Mutex<Option<(Meanwhile, Version, Moment)>>,
    /// What banks announce, one before each commit.
    announced: Mutex<Vec<BankNotice>>,
}

impl Racing {
    async fn carry_out_twin(&self, when: Meanwhile) {
        let armed = self.armed.lock().expect("a lock").take_if(|(at, _, _)| *at == when);
        if let Some((_, version, at)) = armed {
            self.twin.file(FILER, q1(), version, key(1), &at).await.expect("the twin files");
        }
    }
}

type Read<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

macro_rules! read {
    ($(fn $name:ident($($arg:ident: $type:ty),*) -> $found:ty;)*) => {$(
        fn $name(&self $(, $arg: $type)*) -> Read<'_, $found> {
            self.books.$name($($arg),*)
        }
    )*};
}

impl Store for Racing {
    read! {
        fn account(id: AccountId) -> Option<Account>;
        fn session(token: TokenHash) -> Option<Session>;
        fn employer(id: EmployerId) -> Option<Seen<Employer>>;
        fn insured(id: InsuredId) -> Option<Insured>;
        fn staff(employer: EmployerId, after: Option<InsuredNumber>, limit: u32) -> Vec<StaffMember>;
        fn drafted(employer: EmployerId, from: Quarter, to: Quarter, limit: u32) -> Vec<(Quarter, Version)>;
        fn revisions(employer: EmployerId, quarter: Quarter, before: Option<u32>, limit: u32) -> Vec<Filed>;
        fn declarations(employer: EmployerId, before: Option<Quarter>, limit: u32) -> Vec<Filed>;
        fn lines(declaration: DeclarationId, after: u32, limit: u32) -> Vec<Line>;
        fn entries(employer: EmployerId, after: i64, limit: u32) -> Vec<(i64, Entry)>;
        fn career(insured: InsuredId, from: Month, to: Month, limit: u32) -> Vec<CareerMonth>;
        fn returned_file(id: ReturnedFileId) -> Option<ReturnedFile>;
        fn receipt(key: RequestKey) -> Option<Receipt>;
        fn waiting_notices(limit: u32) -> Vec<Notice>;
        fn reference(reference: Reference) -> Option<Issued>;
        fn references(employer: EmployerId, open_on: Option<NaiveDate>, before: Option<i64>, limit: u32) -> Vec<(i64, Issued)>;
        fn disputes(after: i64, limit: u32) -> Vec<(i64, Dispute)>;
        fn take_notices(lease: Lease) -> Vec<Taken>;
        fn settle_notice(notice: NoticeId, delivery: Delivery) -> ();
        fn dead_notices(after: i64, limit: u32) -> Vec<(i64, DeadNotice)>;
        fn sealed_lines(after: (i64, i64), limit: u32) -> Vec<SealedLine>;
        fn unsealed_lines(after: i64, limit: u32) -> Vec<(i64, AuditLine)>;
        fn audit_seals(after: i64, limit: u32) -> Vec<Seal>;
        fn untraced_entries(limit: u32) -> Vec<EntryId>;
        fn writable() -> ();
        fn seal_lines(now: DateTime<Utc>) -> Option<Seal>;
    }

    fn draft(&self, employer: EmployerId, quarter: Quarter) -> Read<'_, Option<Seen<Draft>>> {
        Box::pin(async move {
            self.carry_out_twin(Meanwhile::BeforeTheDraft).await;
            let draft = self.books.draft(employer, quarter).await;
            self.carry_out_twin(Meanwhile::AfterTheDraft).await;
            draft
        })
    }

    fn account_by_login<'a>(&'a self, login: &'a Email) -> Read<'a, Option<Account>> {
        self.books.account_by_login(login)
    }

    fn insured_by_numbers<'a>(&'a self, numbers: &'a [InsuredNumber]) -> Read<'a, Vec<Insured>> {
        self.books.insured_by_numbers(numbers)
    }

    fn balance<'a>(
        &'a self,
        employer: EmployerId,
        account: &'a LedgerAccount,
        at: DateTime<Utc>,
    ) -> Read<'a, Option<Money>> {
        self.books.balance(employer, account, at)
    }

    fn traced_entries<'a>(&'a self, batches: &'a [BatchId]) -> Read<'a, Vec<Traced>> {
        self.books.traced_entries(batches)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let announced = self.announced.lock().expect("a lock").pop();
            if let Some(notice) = announced {
                let at = moment("2024-04-16", 90);
                let received = self.twin.receive_payment(&notice, &at).await.expect("an answer");
                assert!(matches!(received, Received::Credited { .. }), "{received:?}");
            }
            self.books.commit(batch).await
        })
    }
}

#[tokio::test]
async fn a_twin_in_between_changes_nothing_of_the_answer() {
    for when in [Meanwhile::BeforeTheDraft, Meanwhile::AfterTheDraft] {
        let books = Arc::new(MemoryStore::new());
        let twin = desk_on(books.clone()).await;
        let at = moment("2024-04-10", 1);
        let version = twin.save_draft(FILER, q1(), vec![line(1, "100000")], None, &at).await.expect("saved");
        let armed = Mutex::new(Some((when, version, moment("2024-04-10", 2))));
        let fund = Arc::new(twin.fund().clone());
        let racing = Arc::new(Racing { books, twin: twin.clone(), armed, announced: Mutex::default() });
        let filed = Desk::new(racing.clone(), fund).file(FILER, q1(), version, key(1), &at).await;
        let filed = filed.expect("the answer of the twin");
        assert!(racing.armed.lock().expect("a lock").is_none(), "the twin was carried out");
        let view = twin.declaration(FILER, q1(), &at).await.expect("a view");
        assert_eq!(view.revisions, [filed], "filed once");
    }
}

/// Twelve times in a row a payment is booked just before the filing would be: more often than a
/// decision is ever made again.
#[tokio::test]
async fn payments_without_pause_do_not_hold_up_a_filing() {
    let books = Arc::new(MemoryStore::new());
    let twin = desk_on(books.clone()).await;
    let franc = Money::from_minor(500, twin.fund().currency).expect("an amount");
    let mut announced = Vec::new();
    for n in 1..=12_u8 {
        let at = moment("2024-04-10", n.saturating_add(100));
        let issued = twin.issue_reference(FILER, franc, key(u128::from(n) + 100), &at).await.expect("issued");
        announced.push(BankNotice {
            bank: BankCode::parse("btci").expect("a code"),
            transaction: format!("TX-{n}"),
            reference: Some(issued.reference),
            reference_text: issued.reference.to_string(),
            amount: franc,
            paid_on: at.today,
            status: BankStatus::Paid,
        });
    }
    let fund = Arc::new(twin.fund().clone());
    let racing = Arc::new(Racing {
        books,
        twin: twin.clone(),
        armed: Mutex::default(),
        announced: Mutex::new(announced),
    });
    let desk = Desk::new(racing.clone(), fund);
    for (n, wage) in [(1_u8, "100000"), (2, "120000")] {
        let at = moment("2024-04-16", n);
        let version = twin.save_draft(FILER, q1(), vec![line(1, wage)], None, &at).await.expect("saved");
        let filed = desk.file(FILER, q1(), version, key(n.into()), &at).await.expect("filed at once");
        assert_eq!(filed.revision, u32::from(n));
    }
    let left = racing.announced.lock().expect("a lock").len();
    assert_eq!(left, 10, "one payment came between each decision and its commit, and neither was made again");
}
