//! Many clients at once: each does one request after another until all are done.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::{Error, Measure};

/// What was measured, over all rounds: the kinds take turns, so that whatever else the machine does
/// falls on each.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    took: Vec<Duration>,
    elapsed: Duration,
}

impl Figure {
    /// A figure of what each took, and all of them together.
    pub fn of(took: Vec<Duration>, elapsed: Duration) -> Self {
        Self { took, elapsed }
    }

    /// What so many of a hundred took at most.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        took.get(took.len().saturating_mul(percent) / 100).copied().unwrap_or_default()
    }

    /// Requests in a second.
    pub fn rate(&self) -> u64 {
        let count = u128::try_from(self.took.len()).unwrap_or(u128::MAX).saturating_mul(1_000_000);
        u64::try_from(count / self.elapsed.as_micros().max(1)).unwrap_or(u64::MAX)
    }

    /// With another round.
    pub fn add(&mut self, round: Self) {
        self.took.extend(round.took);
        self.elapsed = self.elapsed.saturating_add(round.elapsed);
    }

    /// Prints it, and how much of the bare figure it is.
    pub fn print(&self, name: &str, bare: Option<&Self>) {
        let ratio = bare.map(|bare| {
            let percent = self.rate().saturating_mul(100).checked_div(bare.rate()).unwrap_or(0);
            format!("{percent:>4} % of bare")
        });
        println!(
            "{name:<46} {:>7}/s  median {:>9.2?}  99 % {:>9.2?}  {}",
            self.rate(),
            self.percentile(50),
            self.percentile(99),
            ratio.unwrap_or_default()
        );
    }
}

/// Runs `one` for each number below the count, by so many clients; a client is made by `client`.
///
/// # Errors
/// The first that a client meets.
pub async fn rush<C, Made, One, Done>(
    measure: Measure,
    client: impl Fn() -> Made,
    one: One,
) -> Result<Figure, Error>
where
    C: Send + 'static,
    Made: Future<Output = Result<C, Error>>,
    One: Fn(C, u32) -> Done + Clone + Send + 'static,
    Done: Future<Output = Result<C, Error>> + Send,
{
    let next = Arc::new(AtomicU32::new(0));
    let mut clients = tokio::task::JoinSet::new();
    let mut made = Vec::new();
    for _ in 0..measure.clients {
        made.push(client().await?);
    }
    let start = Instant::now();
    for mut client in made {
        let (next, one) = (Arc::clone(&next), one.clone());
        clients.spawn(async move {
            let mut took = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= measure.requests {
                    return Ok::<_, Error>(took);
                }
                let begun = Instant::now();
                client = one(client, n).await?;
                took.push(begun.elapsed());
            }
        });
    }
    let mut took = Vec::new();
    while let Some(done) = clients.join_next().await {
        took.extend(done??);
    }
    Ok(Figure { took, elapsed: start.elapsed() })
}
