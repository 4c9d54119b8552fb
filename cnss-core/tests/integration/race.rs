//! The same request twice at once: whatever the second one finds between its reads, it gets the
//! answer of the first.

use std::sync::{Arc, Mutex};

use cnss_core::decision::Moment;
use cnss_core::desk::Desk;
use cnss_core::id::Version;
use cnss_core::memory::MemoryStore;
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
        let racing = Arc::new(Racing { books, twin: twin.clone(), armed });
        let filed = Desk::new(racing.clone(), fund).file(FILER, q1(), version, key(1), &at).await;
        let filed = filed.expect("the answer of the twin");
        assert!(racing.armed.lock().expect("a lock").is_none(), "the twin was carried out");
        let view = twin.declaration(FILER, q1(), &at).await.expect("a view");
        assert_eq!(view.revisions, [filed], "filed once");
    }
}
