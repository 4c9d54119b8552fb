//! Commits in groups: what waits is written together, because a wait for the disk costs the same for
//! one as for sixty.
//!
//! Whoever commits puts the batch into a queue and waits for its answer. Nobody serves the queue while
//! it is empty: the first in it starts a leader, a task of its own, which takes what waits until
//! nothing does. Batches with the same statements are **merged**: each statement runs once, over the
//! rows of all. Two batches that name the same account or reference are never merged. When anything in
//! a merged group is not as it must be, nothing of it is kept and each batch is tried by itself.
//!
//! The one rule to remember: a batch is answered after the transaction that holds it was committed,
//! whether its client still listens or not.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cnss_core::port::{CommitError, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgPool, Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::fault::while_committing;
use crate::faults::Faults;
use crate::measure;
use crate::plan::SHARED;
use crate::session::{Session, silent};
use crate::store::{Engine, SqlStore};
use crate::waist::{On, Statement, Step, Value};

/// The most batches in one transaction.
const TOGETHER: usize = 64;
/// The most batches that may wait; whoever comes then is told that the books are busy.
const WAITING: usize = 2_048;
/// The leaders at a server: while one waits for the disk, the other prepares. A file has one writer.
const LEADERS: usize = 2;
/// A batch with more rows than this does not hold up others on a server.
const LARGE: usize = 500;
/// How many times the longest wait for one statement a whole transaction may last.
const STATEMENTS: u32 = 6;
/// A group waits for a row that somebody else holds only so long; then its batches wait by themselves,
/// without holding each other up.
const BEGIN_GROUP: &str = "BEGIN; SET LOCAL lock_timeout = '100ms'";
const BEGIN: &str = "BEGIN";

type Answer = Result<(), CommitError>;

/// A batch that waits for its turn.
#[derive(Debug)]
pub(crate) struct Waiting {
    steps: Vec<Step>,
    /// Whether somebody has begun with it, or its client has given up: whoever is first.
    taken: Arc<AtomicBool>,
    answer: oneshot::Sender<Answer>,
    since: Instant,
}

impl Waiting {
    fn rows(&self) -> usize {
        self.steps.iter().map(|step| step.rows.len()).sum()
    }

    fn answer(self, answer: Answer) {
        measure::committed(&answer, self.since.elapsed());
        // Nobody may listen any more; what is committed is committed.
        let _heard = self.answer.send(answer);
    }
}

/// What waits, and who serves it.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Rings when a leader has nothing left to do.
    idle: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    leaders: usize,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a batch at the end; says whether a leader is missing.
    fn push(&self, waiting: Waiting, leaders: usize) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.waiting.len() >= WAITING {
            measure::refused(waiting.since.elapsed());
            return Err(busy());
        }
        state.waiting.push_back(waiting);
        let missing = state.leaders < leaders;
        if missing {
            state.leaders = state.leaders.saturating_add(1);
        }
        Ok(missing)
    }

    /// The next batches for a leader.
    fn take(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        let most = state.waiting.len().min(TOGETHER);
        let next: Vec<Waiting> =
            state.waiting.drain(..most).filter(|one| !one.taken.swap(true, Ordering::AcqRel)).collect();
        (most > 0).then_some(next)
    }

    fn is_empty(&self) -> bool {
        let state = self.state();
        state.leaders == 0 && state.waiting.is_empty()
    }

    /// Waits until nothing waits and nobody leads.
    pub(crate) async fn drained(&self, most: Duration) {
        let empty = async {
            loop {
                let rung = self.idle.notified();
                tokio::pin!(rung);
                rung.as_mut().enable();
                if self.is_empty() {
                    return;
                }
                rung.await;
            }
        };
        // Whoever still waits then is told by the closed pool.
        let _in_time = timeout(most, empty).await;
    }
}

/// A leader's place, given back however its task ends.
struct Leading {
    queue: Arc<Queue>,
    over: bool,
}

impl Leading {
    /// Gives the place back if nothing waits. Under one lock: whoever comes after this starts another
    /// leader.
    fn over(&mut self) -> bool {
        let mut state = self.queue.state();
        self.over = state.waiting.is_empty();
        if self.over {
            state.leaders = state.leaders.saturating_sub(1);
        }
        self.over
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        if !self.over {
            let mut state = self.queue.state();
            state.leaders = state.leaders.saturating_sub(1);
        }
        self.queue.idle.notify_waiters();
    }
}

fn busy() -> StoreError {
    StoreError::Unavailable("too many commits are waiting".to_owned())
}

pub(crate) fn unanswered() -> CommitError {
    StoreError::Unavailable("the commit was not answered in time".to_owned()).into()
}

impl SqlStore {
    /// Commits the steps of one batch, alone or with others.
    pub(crate) async fn commit_steps(&self, steps: Vec<Step>) -> Answer {
        let (answer, heard) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let since = Instant::now();
        let waiting = Waiting { steps, taken: Arc::clone(&taken), answer, since };
        match &self.engine {
            Engine::Postgres(pool) if waiting.rows() > LARGE => {
                waiting.taken.store(true, Ordering::Release);
                tokio::spawn(alone(self.clone(), pool.clone(), waiting));
            }
            Engine::Postgres(_) => self.queue_up(waiting, LEADERS)?,
            Engine::Sqlite { .. } => self.queue_up(waiting, 1)?,
        }
        tokio::pin!(heard);
        if let Ok(answer) = timeout(self.wait, &mut heard).await {
            return answer.unwrap_or_else(|_| Err(unanswered()));
        }
        if !taken.swap(true, Ordering::AcqRel) {
            measure::refused(since.elapsed());
            return Err(busy().into());
        }
        // Somebody has begun: the answer comes, and twice the time is for the wait before.
        let answer = timeout(self.longest().saturating_mul(2), heard).await;
        answer.unwrap_or_else(|_| Ok(Err(unanswered()))).unwrap_or_else(|_| Err(unanswered()))
    }

    /// The longest that a transaction may last.
    pub(crate) fn longest(&self) -> Duration {
        self.wait.saturating_mul(STATEMENTS)
    }

    fn queue_up(&self, waiting: Waiting, leaders: usize) -> Result<(), StoreError> {
        if self.queue.push(waiting, leaders)? {
            let leading = Leading { queue: Arc::clone(&self.queue), over: false };
            tokio::spawn(self.clone().lead(leading));
        }
        Ok(())
    }

    /// Serves the queue until nothing waits.
    async fn lead(self, mut leading: Leading) {
        while !leading.over() {
            while let Some(next) = self.queue.take() {
                match &self.engine {
                    Engine::Sqlite { writer, .. } => in_one_go(&self, writer, next).await,
                    Engine::Postgres(pool) => one_by_one(&self, pool, next).await,
                }
            }
        }
    }
}

/// Batches that can be merged, or one by itself.
type Unit = Vec<Waiting>;

fn shared(statement: &'static Statement) -> Option<Option<&'static str>> {
    SHARED.iter().find(|(known, _)| std::ptr::eq(*known, statement)).map(|(_, names)| *names)
}

/// What a batch names that no other of its group may; none when it cannot be merged at all.
fn names(steps: &[Step]) -> Option<BTreeSet<(&'static str, &Value)>> {
    let mut names = BTreeSet::new();
    for step in steps {
        if let Some(what) = shared(step.statement)? {
            names.extend(step.rows.iter().filter_map(|row| Some((what, row.first()?))));
        }
    }
    Some(names)
}

fn same_shape(a: &[Step], b: &[Step]) -> bool {
    let same = |(a, b): (&Step, &Step)| std::ptr::eq(a.statement, b.statement) && a.or_else == b.or_else;
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// The batches in groups, in the order in which they came as far as it matters: one that names what
/// an earlier one names comes after it.
fn units(batches: Vec<Waiting>) -> Vec<Unit> {
    let mut places: Vec<usize> = Vec::with_capacity(batches.len());
    {
        let mut open: Vec<(&Waiting, BTreeSet<(&'static str, &Value)>)> = Vec::new();
        for batch in &batches {
            let named = names(&batch.steps);
            // Not before a group that names the same: whoever is merged into an earlier one would overtake.
            let after = match &named {
                Some(named) => open.iter().rposition(|(_, taken)| !taken.is_disjoint(named)),
                None => None,
            };
            let first = after.map_or(0, |place| place.saturating_add(1));
            let mut fits = open.iter().enumerate().skip(first);
            let fit = fits.find(|(_, (with, taken))| {
                !taken.is_empty() && named.is_some() && same_shape(&with.steps, &batch.steps)
            });
            let place = match fit {
                Some((place, _)) => place,
                None => {
                    open.push((batch, BTreeSet::new()));
                    open.len().saturating_sub(1)
                }
            };
            if let (Some((_, taken)), Some(named)) = (open.get_mut(place), named) {
                taken.extend(named);
            }
            places.push(place);
        }
    }
    let count = places.iter().max().map_or(0, |last| last.saturating_add(1));
    let mut units: Vec<Unit> = (0..count).map(|_| Vec::new()).collect();
    for (batch, place) in batches.into_iter().zip(places) {
        if let Some(unit) = units.get_mut(place) {
            unit.push(batch);
        }
    }
    units
}

/// A statement on a server ends in time even when the server says nothing. One on a file is not broken
/// off: its database would go on with it.
async fn in_limit<T>(
    store: &SqlStore,
    statement: impl Future<Output = Result<T, CommitError>>,
) -> Result<T, CommitError> {
    match &store.engine {
        Engine::Sqlite { .. } => statement.await,
        Engine::Postgres(_) => timeout(store.limit, statement).await.unwrap_or_else(|_| Err(unanswered())),
    }
}

/// Runs a unit inside the transaction of `on`. Of several batches each statement must change as many
/// rows as it is given, or somebody would be answered for what did not happen.
async fn run(unit: &[Waiting], on: &mut On<'_>, store: &SqlStore) -> Answer {
    let faults = &store.faults;
    let Some((first, others)) = unit.split_first() else { return Ok(()) };
    for (place, step) in first.steps.iter().enumerate() {
        faults.before(place, Some(&mut *on)).await?;
        if others.is_empty() {
            in_limit(store, step.run(on)).await?;
            continue;
        }
        let all = unit.iter().filter_map(|batch| batch.steps.get(place));
        let mut rows: Vec<&Vec<Value>> = all.flat_map(|step| &step.rows).collect();
        if shared(step.statement).flatten().is_some() {
            // All groups lock in one order, whichever portal makes them.
            rows.sort_unstable();
        }
        let changed = async { on.run(step.statement, &rows).await.map_err(while_committing) };
        let changed = in_limit(store, changed).await?;
        if usize::try_from(changed) != Ok(rows.len()) {
            return Err(CommitError::Stale);
        }
    }
    Ok(faults.before(first.steps.len(), Some(on)).await?)
}

/// Tells all of a unit what became of it.
async fn tell(unit: Unit, answer: Answer, faults: &Faults) {
    let steps = unit.first().map_or(0, |first| first.steps.len());
    let answer = match answer {
        Ok(()) => faults.before(steps.saturating_add(1), None).await.map_err(CommitError::from),
        refused => refused,
    };
    unit.into_iter().for_each(|batch| batch.answer(answer.clone()));
}

/// On a file: everything in one transaction, each unit behind a savepoint, one wait for the disk.
async fn in_one_go(store: &SqlStore, writer: &SqlitePool, batches: Vec<Waiting>) {
    let faults = &store.faults;
    let mut work: VecDeque<Unit> = units(batches).into();
    let mut done: Vec<(Unit, Answer)> = Vec::with_capacity(work.len());
    let committed = match take_writer(store, writer).await {
        Ok(mut connection) => {
            let committed = write_all(&mut connection, store, &mut work, &mut done).await;
            store.progress.ended(committed.is_ok());
            if committed.is_err() {
                // A full disk may have ended the transaction without asking: begin anew.
                let _closed = connection.close().await;
            }
            committed
        }
        Err(error) => Err(error),
    };
    // Nothing is acknowledged that went into a file that is gone.
    let lost = committed.map_err(while_committing).and_then(|()| Ok(store.in_place()?)).err();
    done.extend(work.into_iter().map(|unit| (unit, Ok(()))));
    for (unit, answer) in done {
        let answer = match (&lost, answer) {
            (Some(lost), Ok(())) => Err(lost.clone()),
            (_, answer) => answer,
        };
        tell(unit, answer, faults).await;
    }
}

/// The only connection that writes, while the file is where it was.
async fn take_writer(store: &SqlStore, writer: &SqlitePool) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
    store.place.as_ref().map_or(Ok(()), |place| place.check())?;
    writer.acquire().await
}

/// Writes what can be written and commits it; an error means that nothing of it was kept.
async fn write_all(
    connection: &mut SqliteConnection,
    store: &SqlStore,
    work: &mut VecDeque<Unit>,
    done: &mut Vec<(Unit, Answer)>,
) -> Result<(), sqlx::Error> {
    // IMMEDIATE: a transaction that reads before it writes would be refused as busy.
    let mut db = connection.begin_with("BEGIN IMMEDIATE").await?;
    store.progress.began();
    while let Some(unit) = work.front() {
        let answer = behind_savepoint(&mut db, store, unit).await?;
        let Some(unit) = work.pop_front() else { break };
        if answer.is_err() && unit.len() > 1 {
            for batch in unit.into_iter().rev() {
                work.push_front(vec![batch]);
            }
        } else {
            done.push((unit, answer));
        }
    }
    db.commit().await
}

async fn behind_savepoint(
    db: &mut SqliteConnection,
    store: &SqlStore,
    unit: &[Waiting],
) -> Result<Answer, sqlx::Error> {
    let mut savepoint = db.begin().await?;
    match run(unit, &mut On::Sqlite(&mut savepoint), store).await {
        Ok(()) => savepoint.commit().await.map(Ok),
        Err(error) => savepoint.rollback().await.map(|()| Err(error)),
    }
}

/// On a server: one transaction for each unit; what cannot be merged, or did not go well, in a task
/// of its own.
async fn one_by_one(store: &SqlStore, pool: &PgPool, batches: Vec<Waiting>) {
    let (single, merged): (Vec<Unit>, Vec<Unit>) =
        units(batches).into_iter().partition(|unit| unit.first().is_none_or(|b| names(&b.steps).is_none()));
    for batch in single.into_iter().flatten() {
        tokio::spawn(alone(store.clone(), pool.clone(), batch));
    }
    for unit in merged {
        match on_server(store, pool, BEGIN_GROUP, &unit).await {
            // Of one that did not have to wait for others it is what they are told.
            Fate::Known(answer @ Err(CommitError::KeyTaken | CommitError::Taken(_) | CommitError::Stale))
                if unit.len() == 1 =>
            {
                tell(unit, answer, &store.faults).await;
            }
            Fate::Known(Err(_)) => {
                for batch in unit {
                    tokio::spawn(alone(store.clone(), pool.clone(), batch));
                }
            }
            Fate::Known(Ok(())) => tell(unit, Ok(()), &store.faults).await,
            Fate::Unknown(error) => tell(unit, Err(error), &store.faults).await,
        }
    }
}

async fn alone(store: SqlStore, pool: PgPool, batch: Waiting) {
    let unit = vec![batch];
    let answer = match on_server(&store, &pool, BEGIN, &unit).await {
        Fate::Known(answer) => answer,
        Fate::Unknown(error) => Err(error),
    };
    tell(unit, answer, &store.faults).await;
}

/// What is known of a transaction.
enum Fate {
    /// It was committed, or nothing of it was.
    Known(Answer),
    /// The server did not say whether it was committed: it must not be tried again unasked.
    Unknown(CommitError),
}

/// One transaction. A connection on which it did not come to a clean end is closed, never given back:
/// the next one would work inside what was left open.
async fn on_server(store: &SqlStore, pool: &PgPool, begin: &'static str, unit: &[Waiting]) -> Fate {
    let mut session = match Session::of(pool).await {
        Ok(session) => session,
        Err(error) => return Fate::Known(Err(while_committing(error))),
    };
    let work = async {
        let begun = timeout(store.limit, session.db().begin_with(begin)).await;
        let mut db = match begun.unwrap_or_else(|_| Err(silent())) {
            Ok(db) => db,
            Err(error) => return (Fate::Known(Err(while_committing(error))), false),
        };
        match run(unit, &mut On::Postgres(&mut db), store).await {
            Ok(()) => match db.commit().await {
                Ok(()) => (Fate::Known(Ok(())), true),
                // The server refused, for instance because of a check at the end.
                Err(error @ sqlx::Error::Database(_)) => (Fate::Known(Err(while_committing(error))), false),
                Err(error) => (Fate::Unknown(while_committing(error)), false),
            },
            Err(error) => {
                let back = timeout(store.limit, db.rollback()).await;
                (Fate::Known(Err(error)), matches!(back, Ok(Ok(()))))
            }
        }
    };
    let ran = timeout(store.longest(), work).await;
    let (fate, clean) = ran.unwrap_or_else(|_| (Fate::Unknown(unanswered()), false));
    if !clean {
        session.end();
    }
    fate
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use cnss_core::money::Currency;
    use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

    use super::*;
    use crate::{Options, open};

    /// Counts the commits that were refused before anybody began with them.
    #[derive(Default)]
    struct Refused(Arc<AtomicU64>);

    impl Recorder for Refused {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let refused = key.name() == "cnss_commits_total" && key.labels().any(|l| l.value() == "refused");
            if refused { Counter::from_arc(Arc::clone(&self.0)) } else { Counter::noop() }
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    fn one() -> Waiting {
        let (answer, _) = oneshot::channel();
        Waiting { steps: Vec::new(), taken: Arc::default(), answer, since: Instant::now() }
    }

    #[test]
    fn who_is_refused_before_anybody_began_is_counted() {
        let refused = Refused::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        metrics::with_local_recorder(&refused, || {
            runtime.block_on(async {
                let options = Options::new(Currency::new("XOF", 0).expect("a currency"));
                let options = options.wait(Duration::from_millis(50));
                let store = open("sqlite::memory:", options).await.expect("opens");
                // A leader that never comes.
                assert!(store.queue.push(one(), 1).expect("room"));
                let late = store.commit_steps(Vec::new()).await;
                assert!(matches!(late, Err(CommitError::Store(_))), "{late:?}");
                assert_eq!(refused.0.load(Ordering::Relaxed), 1, "it waited too long");
                while store.queue.push(one(), 1).is_ok() {}
                let full = refused.0.load(Ordering::Relaxed);
                let busy = store.commit_steps(Vec::new()).await;
                assert!(matches!(busy, Err(CommitError::Store(_))), "{busy:?}");
                assert_eq!(refused.0.load(Ordering::Relaxed), full + 1, "too many waited");
            });
        });
    }
}
