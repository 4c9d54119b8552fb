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
