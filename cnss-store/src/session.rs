//! A session on the server, borrowed for a while: whatever becomes of the server, it is given up in time.
//!
//! A server that vanishes without a word (its machine lost its power, its network a cable) answers
//! nothing and refuses nothing. A session that is given back to the pool is first asked by `sqlx` whether
//! it still lives, without a limit, and its place stays taken meanwhile. The one rule to remember: every
//! session is taken here, so that this question has a limit too.

use std::io;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// A session; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Session {
    connection: PoolConnection<Postgres>,
    /// How long the pool may ask whether it lives.
    most: Duration,
    /// Whether it is closed instead of being given back.
    ended: bool,
}

impl Session {
    /// Takes one; waits for it as long as the pool lets anybody wait.
    pub(crate) async fn of(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let most = pool.options().get_acquire_timeout();
        Ok(Self { connection: pool.acquire().await?, most, ended: false })
    }

    /// Where statements run.
    pub(crate) fn db(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Closes it: the next one would work inside what was left open, or wait for what never comes.
    pub(crate) const fn end(&mut self) {
        self.ended = true;
    }

    /// What came of work that had a limit; when it did not end in time, neither will the session.
    pub(crate) fn ran<T>(&mut self, ran: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, sqlx::Error> {
        ran.unwrap_or_else(|_| {
            self.end();
            Err(silent())
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The same that the pool does by itself, in a task; here it has a limit. Dropped on the way, it
        // closes the connection without a word and frees its place.
        let back = self.connection.return_to_pool();
        if !self.ended
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(self.most, back));
        }
    }
}

/// The server says nothing.
pub(crate) fn silent() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the server does not answer"))
}

#[cfg(test)]
mod tests {
    use cnss_core::money::Currency;
    use cnss_test_postgres::{Disk, Server};

    use super::*;
    use crate::store::Engine;
    use crate::{Options, open};

    #[tokio::test]
    async fn what_is_given_back_and_never_answers_keeps_no_place() {
        let server = Server::start(Disk::Fast).expect("a server");
        let url = server.database("books").expect("a database");
        let options = Options::new(Currency::new("XOF", 0).expect("a currency"));
        let store = open(&url, options.wait(Duration::from_secs(2))).await.expect("opens");
        let Engine::Postgres(pool) = &store.engine else { panic!("another engine") };
        let session = Session::of(pool).await.expect("a session");
        server.freeze(true).expect("frozen");
        // Opening may have left others, which nobody uses.
        let places = pool.size();
        drop(session);
        let freed = async {
            while pool.size() >= places {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        assert!(timeout(Duration::from_secs(30), freed).await.is_ok(), "its place is free");
        server.thaw().expect("thawed");
    }
}
