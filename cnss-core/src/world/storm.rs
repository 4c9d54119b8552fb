//! The weather between a counter and its store: a call that fails before it was carried out or after,
//! a program that dies there, and requests that take turns.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use super::luck::Luck;
use crate::port::{Around, BoxFuture, Call, Store, StoreError};

/// What befalls one call to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Which call, counted from zero.
    pub call: u32,
    /// Whether only calls that write are counted.
    pub writes_only: bool,
    /// Whether the call is carried out all the same.
    pub after: bool,
    /// Whether the caller never hears an answer; else it hears that the store cannot answer.
    pub dies: bool,
}

impl Fate {
    /// What befalls a request of this luck, if anything.
    pub(super) fn drawn(luck: &mut Luck) -> Option<Self> {
        let writes_only = luck.chance(70);
        let call = u32::try_from(luck.below(if writes_only { 2 } else { 12 })).unwrap_or(0);
        let (after, dies) = (luck.chance(50), luck.chance(50));
        luck.chance(25).then_some(Self { call, writes_only, after, dies })
    }
}

/// A store, any store, one call of which fails: before it was carried out, or after.
pub struct Failing {
    store: Arc<dyn Store>,
    fate: Mutex<Option<Fate>>,
    /// Decides how long each call lets others go first; none when there are no others.
    turns: Option<u64>,
    calls: AtomicU32,
    writes: AtomicU32,
    dead: Arc<AtomicBool>,
}

impl Failing {
    /// Over a store, where nothing fails yet.
    #[must_use]
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self::new(store, None, None, Arc::new(AtomicBool::new(false)))
    }

    /// What befalls one of the calls from now on.
    pub fn strike(&self, fate: Option<Fate>) {
        self.calls.store(0, Ordering::Relaxed);
        self.writes.store(0, Ordering::Relaxed);
        *self.fate.lock().unwrap_or_else(PoisonError::into_inner) = fate;
    }

    pub(super) fn new(
        store: Arc<dyn Store>,
        fate: Option<Fate>,
        turns: Option<u64>,
        dead: Arc<AtomicBool>,
    ) -> Self {
        let (calls, writes) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { store, fate: Mutex::new(fate), turns, calls, writes, dead }
    }

    /// Lets others go first for a while, then carries the call out, or not.
    async fn pass<T, E: From<StoreError>>(
        &self,
        write: bool,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let written = self.writes.fetch_add(u32::from(write), Ordering::Relaxed);
        if let Some(turns) = self.turns {
            for _ in 0..Luck::new(turns ^ u64::from(number)).below(4) {
                turn().await;
            }
        }
        let struck = |fate: &&Fate| {
            if fate.writes_only { write && fate.call == written } else { fate.call == number }
        };
        let fate = *self.fate.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(fate) = fate.filter(|fate| struck(&fate)) else { return call.await };
        if fate.after {
            // Carried out, whatever it answers: nobody hears it.
            let _unheard = call.await;
        }
        if fate.dies {
            self.dead.store(true, Ordering::Relaxed);
            return std::future::pending().await;
        }
        Err(StoreError::Unavailable("bad weather".to_owned()).into())
    }
}

/// Gives way once.
async fn turn() {
    let mut given = false;
    poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            Poll::Ready(())
        } else {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// One request on its way: gives its answer, or none when whoever asked died.
pub(super) struct Request<'a, T> {
    pub work: BoxFuture<'a, T>,
    pub dead: Arc<AtomicBool>,
}

/// Carries requests out at once, taking turns in an order that the luck decides.
pub(super) async fn together<T>(requests: Vec<Request<'_, T>>, luck: &mut Luck) -> Vec<Option<T>> {
    let mut waiting: Vec<Option<Request<'_, T>>> = requests.into_iter().map(Some).collect();
    let mut answers: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        let first = luck.place(waiting.len());
        let (before, after) = waiting.split_at_mut(first);
        let (given, giving) = answers.split_at_mut(first);
        for (slot, answer) in after.iter_mut().zip(giving).chain(before.iter_mut().zip(given)) {
            let Some(request) = slot else { continue };
            match Pin::new(&mut request.work).poll(context) {
                Poll::Ready(value) => {
                    *answer = Some(value);
                    *slot = None;
                }
                Poll::Pending if request.dead.load(Ordering::Relaxed) => *slot = None,
                Poll::Pending => {}
            }
        }
        if waiting.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers
}

impl Around for Failing {
    fn inner(&self) -> &dyn Store {
        &*self.store
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
        Box::pin(self.pass(call.writes, carry_out()))
    }
}
