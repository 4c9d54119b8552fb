//! A simulated fund (feature `world`): one seed drives employers, workers, banks, couriers and a clock
//! through the real [`Desk`](crate::desk::Desk) over any store, and an auditor compares the books
//! with what was answered after every event.
//!
//! Messages are lost, doubled, late and out of order; requests race, and are repeated when the store
//! fails before or after it committed; programs die between any two calls; the clock jumps back. The
//! one rule to remember: the auditor shares no line with what it checks.
//!
//! ```
//! use cnss_core::world::{Script, play_in_memory};
//!
//! // One year of the world of seed 7. A failure is printed with the shortest script that replays it.
//! let tally = play_in_memory(&Script::of(7, 1)).unwrap_or_else(|failure| panic!("{failure}"));
//! assert!(tally.filed > 0 && tally.credited > 0);
//! // A script is text: what was printed is read again.
//! let again: Script = Script::of(7, 1).to_string().parse()?;
//! assert_eq!(again, Script::of(7, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Over a store of one's own, in its own tests: `Script::of(seed, 1).play(store).await`. It lives in
//! the core, beside the conformance kit, because an embedder needs both: the kit asks a store about
//! one promise at a time, the world finds what nobody thought of asking.

mod act;
mod audit;
mod luck;
mod people;
mod play;
mod script;
mod storm;

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

pub use self::audit::{Broken, Promise};
use self::luck::Luck;
use self::play::World;
pub use self::script::{Event, NotAScript, Script, What};
pub use self::storm::{Failing, Fate};
use crate::fund::Fund;
use crate::memory::MemoryStore;
use crate::port::Store;

/// The auditor knows the rates of Togo, so every world is there.
static TOGO: LazyLock<Option<Arc<Fund>>> = LazyLock::new(|| Fund::builtin("tg").ok().map(Arc::new));

/// What happened in a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events.
    pub events: usize,
    /// Declarations and corrections that were filed, repeated answers included.
    pub filed: usize,
    /// Requests that were refused.
    pub refused: usize,
    /// Requests that were made again because nobody heard an answer.
    pub repeated: usize,
    /// Payments that were credited.
    pub credited: usize,
    /// Payments that were disputed.
    pub disputed: usize,
    /// Notices that were sent.
    pub sent: usize,
    /// Notices that were given up.
    pub given_up: usize,
}

/// A promise that was broken in a world, and how to see it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which promise, and how.
    pub broken: Broken,
    /// After how many events.
    pub after: usize,
    /// What replays it.
    pub script: Script,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seed, events) = (self.script.seed, self.script.events.len());
        writeln!(f, "seed {seed}: {}", self.broken)?;
        writeln!(f, "seen after event {} of these {events}, which replay it:", self.after)?;
        write!(f, "{}", self.script)
    }
}

impl std::error::Error for Failure {}

impl Script {
    /// Plays it on an empty store; the auditor looks after every event.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub async fn play(&self, store: Arc<dyn Store>) -> Result<Tally, Box<Failure>> {
        let mut after = 0;
        let played = self.play_counting(store, &mut after).await;
        played.map_err(|broken| Box::new(Failure { broken, after, script: self.clone() }))
    }

    async fn play_counting(&self, store: Arc<dyn Store>, after: &mut usize) -> Result<Tally, Broken> {
        let Some(fund) = TOGO.clone() else {
            return Err(Broken {
                promise: Promise::Answers,
                what: "the fund of Togo is not there".to_owned(),
            });
        };
        let mut world = World::begin(self.seed, store, fund).await?;
        for event in &self.events {
            *after = after.saturating_add(1);
            world.happen(event).await?;
        }
        world.end(&mut Luck::new(self.seed)).await?;
        Ok(world.tally)
    }
}

/// Plays a script on the reference store; a failure is cut down to the events that it needs.
///
/// # Errors
/// The promise that was broken, with a short script that breaks it.
pub fn play_in_memory(script: &Script) -> Result<Tally, Box<Failure>> {
    let played = |script: &Script| without_waiting(script.play(Arc::new(MemoryStore::new())));
    played(script).map_err(|failure| cut(*failure, played))
}

/// How often a failing script is played again to make it shorter.
const CUTS: usize = 400;

/// Cuts what a failure does not need: first what came after it, then halves, quarters, and so on.
fn cut(failure: Failure, play: impl Fn(&Script) -> Result<Tally, Box<Failure>>) -> Box<Failure> {
    let mut best = Box::new(failure);
    let mut plays = 0;
    let mut size = best.script.events.len();
    let shorter = best.script.without(best.after, size);
    best = play(&shorter).err().unwrap_or(best);
    while size > 0 {
        let mut from = 0;
        while from < best.script.events.len() && plays < CUTS {
            plays += 1;
            let shorter = best.script.without(from, from.saturating_add(size));
            match play(&shorter) {
                Err(failure) if failure.broken.promise == best.broken.promise => best = failure,
                _ => from = from.saturating_add(size),
            }
        }
        size /= 2;
    }
    best
}

/// Runs a future that never waits for anything but its own turns, as over a store in memory.
fn without_waiting<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
