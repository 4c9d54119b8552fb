//! A storm of logins: so many people at once, while others read pages.
//!
//! Readers ask for one page after another with a pause between them, first alone and then during the
//! storm; what the storm may do to them is the figure. The one rule to remember: readers and those who
//! log in run on threads of their own, so that the portal's answers are measured and not our waiting.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cnss_core::access::Subject;
use cnss_core::account::{Account, Login};
use cnss_core::decision::{Batch, Change};
use cnss_core::id::{AccountId, BatchId};
use cnss_core::person::{Email, Name};
use cnss_core::port::Store as _;
use cnss_http::{Portal, Settings, hash_password, router};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::http::{Client, serve};
use crate::rush::Figure;
use crate::{Error, books};

const PASSWORD: &str = "Orage-de-connexions-2026";
/// What readers ask for: pages that are made anew each time, and one answer out of the books.
const PAGES: [&str; 4] = [
    "/",
    "/connexion",
    "/simulateur?kind=normal&birth_date=1964-05-01&award_date=2024-06-01&from=1994-06&to=2024-05&monthly_wage=200000",
    "/ready",
];
/// How often the 99th percentile may be what it is without a storm.
const TIMES_MOST: u32 = 3;

/// How many, and how long.
#[derive(Clone, Copy, clap::Args)]
pub struct Storm {
    /// People who log in at once
    #[arg(long, default_value_t = 500)]
    logins: u32,
    /// People who read pages meanwhile
    #[arg(long, default_value_t = 8)]
    readers: u32,
    /// Milliseconds between two pages of a reader
    #[arg(long, default_value_t = 25)]
    pause: u64,
    /// Seconds of reading alone
    #[arg(long, default_value_t = 10)]
    quiet: u64,
}

/// Measures the storm; whoever runs it hears of a promise that is not kept.
///
/// # Errors
/// When a login or a page fails, or the pages are too slow during the storm.
pub fn run(storm: Storm) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    let portal = Runtime::new()?;
    let address = portal.block_on(serving(&url, storm))?;
    let people = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    people.block_on(measure(storm, address))
}

async fn serving(url: &str, storm: Storm) -> Result<SocketAddr, Error> {
    let (store, desk) = books::open(url, 8, 0).await?;
    // One computation serves for all: the check of a password is what costs.
    let hash = hash_password(PASSWORD).map_err(|error| error.to_string())?;
    let account = |n: u32| {
        let (id, employer) = (AccountId(Uuid::from_u128(u128::from(n) + 10_000)), books::employer(n));
        let login = Login::email(&Email::parse(&login(n))?);
        let holder = Name::parse("Afi Lawson")?;
        Ok::<_, Error>(Account::new(id, login, hash.clone(), Subject::Employer(employer), holder))
    };
    let opened = (0..storm.logins).map(|n| account(n).map(Change::OpenAccount));
    let changes = opened.collect::<Result<Vec<_>, Error>>()?;
    store.commit(Batch::of(BatchId(Uuid::from_u128(77_000_000)), changes, books::now())).await?;
    let settings = Settings::default();
    serve(router(Portal::new(desk, settings))).await
}

fn login(n: u32) -> String {
    format!("personne{n}@example.tg")
}

async fn measure(storm: Storm, address: SocketAddr) -> Result<(), Error> {
    // Once, so that nothing is measured that only the first one pays for.
    log_in(Client::to(address).await?, 0).await?;
    reading(storm, address, Until::After(Duration::from_secs(2))).await?;
    let quiet = reading(storm, address, Until::After(Duration::from_secs(storm.quiet))).await?;
    let mut clients = Vec::new();
    for _ in 0..storm.logins {
        clients.push(Client::to(address).await?);
    }
    let over = Arc::new(AtomicBool::new(false));
    let readers = tokio::spawn(reading(storm, address, Until::Over(Arc::clone(&over))));
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for (n, client) in (0..storm.logins).zip(clients) {
        all.spawn(async move {
            match log_in(client, n).await {
                Ok(_) => Ok(Some(begun.elapsed())),
                // Told to come back rather than kept waiting for ever.
                Err(error) if error.to_string().contains("\"code\":\"busy\"") => Ok(None),
                Err(error) => Err(error),
            }
        });
    }
    let (mut took, mut turned_away) = (Vec::new(), 0_u32);
    while let Some(done) = all.join_next().await {
        match done?? {
            Some(time) => took.push(time),
            None => turned_away += 1,
        }
    }
    let elapsed = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    let stormy = readers.await??;
    println!("{} logins at once, {} readers, SQLite", storm.logins, storm.readers);
    quiet.print("other pages, quiet", None);
    stormy.print("other pages, during the storm", None);
    Figure::of(took, elapsed).print("logins", None);
    println!("{turned_away} were told to come back, because too many waited for too long");
    if let Some(most) = memory() {
        println!("the whole program held at most {} MiB, its clients included", most / 1_024);
    }
    let (before, during) = (quiet.percentile(99), stormy.percentile(99));
    let percent = during.as_micros().saturating_mul(100) / before.as_micros().max(1);
    println!("99 % of pages: {percent} % of the quiet figure");
    if during > before.saturating_mul(TIMES_MOST) {
        return Err(format!("other pages are more than {TIMES_MOST} times slower during the storm").into());
    }
    Ok(())
}

async fn log_in(client: Client, n: u32) -> Result<Client, Error> {
    let body = serde_json::json!({ "login": login(n), "password": PASSWORD }).to_string();
    client.ask("POST", "/api/v1/session", &body, "\"token\"").await
}

/// How long readers go on.
#[derive(Clone)]
enum Until {
    After(Duration),
    Over(Arc<AtomicBool>),
}

async fn reading(storm: Storm, address: SocketAddr, until: Until) -> Result<Figure, Error> {
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for reader in 0..storm.readers {
        let until = until.clone();
        let mut client = Client::to(address).await?;
        all.spawn(async move {
            let mut took = Vec::new();
            // Not all at the same moment.
            tokio::time::sleep(Duration::from_millis(u64::from(reader) * storm.pause / 8)).await;
            for path in PAGES.iter().cycle() {
                let done = match &until {
                    Until::After(time) => begun.elapsed() >= *time,
                    Until::Over(over) => over.load(Ordering::Relaxed),
                };
                if done {
                    break;
                }
                let asked = Instant::now();
                client = client.ask("GET", path, "", "").await?;
                took.push(asked.elapsed());
                tokio::time::sleep(Duration::from_millis(storm.pause)).await;
            }
            Ok::<_, Error>(took)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = all.join_next().await {
        took.extend(done??);
    }
    Ok(Figure::of(took, begun.elapsed()))
}

/// The most memory that this program held, in KiB, where the system says so.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}
