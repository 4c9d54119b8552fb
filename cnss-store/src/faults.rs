//! Commits that break off (feature `faults`, for tests): a step fails, or the connection is lost there.
//!
//! A step is one statement of a transaction, the commit itself, or the answer to it. Without the
//! feature nothing of this is compiled but an empty check.

use cnss_core::port::StoreError;

use crate::waist::On;

/// What is to happen to the next commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    #[cfg(feature = "faults")]
    next: std::sync::Arc<std::sync::Mutex<Option<(u32, bool)>>>,
}

#[cfg(not(feature = "faults"))]
impl Faults {
    /// Nothing breaks off here.
    pub(crate) async fn before(&self, _: usize, _: Option<&mut On<'_>>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(feature = "faults")]
pub(crate) mod on_postgres {
    crate::waist::statements! {
        END_SESSION = "SELECT pg_terminate_backend(pg_backend_pid())";
    }
}

#[cfg(feature = "faults")]
impl Faults {
    /// Breaks the transaction off if this is the step; without a connection, only the answer is lost.
    pub(crate) async fn before(&self, step: usize, on: Option<&mut On<'_>>) -> Result<(), StoreError> {
        let here = |next: &mut (u32, bool)| usize::try_from(next.0) == Ok(step);
        let struck = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take_if(here);
        let Some((_, lost)) = struck else { return Ok(()) };
        match on {
            // The session ends under the transaction, which finds out by its next statement.
            Some(on @ On::Postgres(_)) if lost => {
                let _ended = on.rows(&on_postgres::END_SESSION, &[Vec::new()]).await;
                Ok(())
            }
            _ => Err(StoreError::Unavailable("broken off by a test".to_owned())),
        }
    }
}

#[cfg(feature = "faults")]
impl crate::SqlStore {
    /// Breaks a commit off at its `step`th step, counted from zero: with `lost` the connection to a
    /// server is ended there, else the step fails. None calls it off.
    pub fn break_off(&self, struck: Option<(u32, bool)>) {
        *self.faults.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = struck;
    }
}
