//! Faults put in on purpose (feature `planted`, for tests alone): does the simulated world see them?
//!
//! Each is one `if planted!("name")` in the code that would otherwise keep a promise. Without the
//! feature the condition is the word `false`, and nothing of it is compiled. With it nothing is
//! planted until a test says so, in its own thread. The one rule to remember: a promise of the
//! fund's books that no planted fault breaks may have no guard at all.

/// True while this fault is planted in this thread.
#[cfg(feature = "planted")]
macro_rules! planted {
    ($name:literal) => {
        $crate::planted::is($name)
    };
}

/// Without the feature: no fault, anywhere.
#[cfg(not(feature = "planted"))]
macro_rules! planted {
    ($name:literal) => {
        false
    };
}

#[cfg(feature = "planted")]
pub use self::switch::{Planted, plant};

#[cfg(feature = "planted")]
pub(crate) use self::switch::is;

#[cfg(feature = "planted")]
mod switch {
    use std::cell::Cell;

    thread_local! {
        static NOW: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// A fault is planted in this thread until this is dropped.
    #[derive(Debug)]
    #[must_use = "the fault is gone when this is dropped"]
    pub struct Planted(());

    /// Plants one fault in this thread, in place of the one before.
    pub fn plant(name: &'static str) -> Planted {
        NOW.set(Some(name));
        Planted(())
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            NOW.set(None);
        }
    }

    pub(crate) fn is(name: &str) -> bool {
        NOW.get() == Some(name)
    }
}

/// A fault, and the promise that it breaks.
#[cfg(feature = "planted")]
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name in the code.
    pub name: &'static str,
    /// What goes wrong.
    pub what: &'static str,
}

/// Every fault that can be planted. Which promise each breaks first is printed by the test that
/// plants them (`cnss-core/tests/integration/world.rs`) and stands in `docs/proofs.md`.
#[cfg(feature = "planted")]
pub const ALL: &[Fault] = &[
    Fault { name: "half-a-batch", what: "a store that fails in the middle keeps what it wrote before" },
    Fault { name: "no-receipt", what: "the receipt of a request is not kept" },
    Fault { name: "draft-not-expected", what: "a draft is written over whatever version it has" },
    Fault { name: "moves-nothing", what: "what is filed leaves the version of its account as it was" },
    Fault { name: "stays-unpaid", what: "money is booked, and its reference stays unpaid" },
    Fault { name: "page-skips-one", what: "the second page of entries begins one too late" },
    Fault { name: "taken-by-two", what: "a notice that somebody took is given to the next one too" },
    Fault { name: "new-identity", what: "a notice that is tried again bears another identity" },
    Fault { name: "sent-comes-back", what: "a notice that was sent waits again" },
    Fault { name: "failed-is-sent", what: "a notice that nobody carried counts as sent" },
    Fault { name: "given-up-early", what: "a notice is given up after its first try" },
    Fault { name: "any-amount", what: "a reference is credited whatever amount arrived" },
    Fault { name: "paid-again", what: "a reference that is paid is credited again" },
    Fault { name: "dispute-not-kept", what: "money that cannot be credited is forgotten" },
    Fault { name: "dispute-kept-twice", what: "a repeated notice is kept as a second dispute" },
    Fault { name: "odd-not-listed", what: "money of an odd day is credited and listed for nobody" },
    Fault { name: "payment-not-told", what: "nobody is told that a payment arrived" },
    Fault {
        name: "other-content-answered",
        what: "another content of a transaction gets the first one's answer",
    },
    Fault { name: "reference-twice", what: "the same request is given a second reference" },
    Fault { name: "books-it-all", what: "a correction books the whole amount, not the difference" },
    Fault {
        name: "withdraws-nothing",
        what: "months that a correction takes away stay in individual accounts",
    },
    Fault { name: "draft-kept", what: "a draft stays after it was filed" },
    Fault { name: "told-twice", what: "a filing is told under two identities" },
    Fault { name: "youngest-first", what: "a payment is set against the youngest debt" },
    Fault { name: "surplus-lost", what: "what is left of a payment is forgotten" },
    Fault { name: "posting-lost", what: "one posting of an entry is lost" },
    Fault { name: "lateness-free", what: "lateness costs nothing" },
    Fault { name: "answers-anyway", what: "a request is answered as done although the store failed" },
    Fault { name: "line-not-written", what: "a commit leaves no line in the audit trail" },
    Fault { name: "seal-not-chained", what: "a seal is not chained to the one before" },
    Fault { name: "balance-too-late", what: "an entry is missing from the balance of its own instant" },
    Fault { name: "files-unseen", what: "a tab files a draft that it has not seen" },
];
