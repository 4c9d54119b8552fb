//! The same request twice at once: whatever the second one finds between its reads, it gets the
//! answer of the first.

use std::sync::{Arc, Mutex};

use cnss_core::decision::Moment;
use cnss_core::desk::Desk;
use cnss_core::id::Version;
use cnss_core::memory::MemoryStore;
use cnss_core::money::Money;
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Received};
use cnss_core::port::{Around, BoxFuture, Call, Store, StoreError};

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

impl Around for Racing {
    fn inner(&self) -> &dyn Store {
        &*self.books
    }

    fn around<'a, T, E>(
        &'a self,
        call: Call,
        carry_out: impl FnOnce() -> BoxFuture<'a, Result<T, E>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        if call.name == "commit" {
            return Box::pin(async move {
                let announced = self.announced.lock().expect("a lock").pop();
                if let Some(notice) = announced {
                    let at = moment("2024-04-16", 90);
                    let received = self.twin.receive_payment(&notice, &at).await.expect("an answer");
                    assert!(matches!(received, Received::Credited { .. }), "{received:?}");
                }
                carry_out().await
            });
        }
        if call.name != "draft" {
            return carry_out();
        }
        Box::pin(async move {
            self.carry_out_twin(Meanwhile::BeforeTheDraft).await;
            let draft = carry_out().await;
            self.carry_out_twin(Meanwhile::AfterTheDraft).await;
            draft
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
