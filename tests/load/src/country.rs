//! What size costs: a country is written into both engines, then the first page and the ten-thousandth
//! of each long list are read.

use std::future::Future;
use std::time::{Duration, Instant};

use cnss_core::calendar::Month;
use cnss_core::id::DeclarationId;
use cnss_core::ledger::LedgerAccount;
use cnss_core::port::Store as _;
use cnss_store::generator::{Country, employer_id, insured_id, long_declaration};
use cnss_store::{Options, SqlStore};
use cnss_test_postgres::{Disk, Server};

use crate::Error;
use crate::books::franc;

/// Rows of a page.
const PAGE: u32 = 10;
/// How often each page is read; the median counts.
const TIMES: u32 = 101;

pub async fn run(country: Country) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    measure("SQLite", &file, country).await?;
    drop(folder);
    let server = Server::start(Disk::Safe)?;
    measure("PostgreSQL", &server.database("books")?, country).await
}

async fn median<T, F: Future<Output = Result<Vec<T>, cnss_core::port::StoreError>>>(
    read: impl Fn() -> F,
) -> Result<Duration, Error> {
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        let rows = read().await?;
        took.push(start.elapsed());
        if rows.len() != usize::try_from(PAGE)? {
            return Err(format!("a page of {} rows", rows.len()).into());
        }
    }
    took.sort_unstable();
    Ok(took.get(took.len() / 2).copied().unwrap_or_default())
}

/// Reads a list from its beginning and from where page 10,000 begins.
macro_rules! pages {
    ($name:expr, $read:expr, $first:expr, $far:expr) => {{
        let (first, far) = (median(|| $read($first)).await?, median(|| $read($far)).await?);
        println!("  {:<18} page 1 {first:>9.2?}   page {} {far:>9.2?}", $name, FAR / PAGE);
    }};
}

/// Rows before the far page.
const FAR: u32 = 100_000;

async fn measure(engine: &str, url: &str, country: Country) -> Result<(), Error> {
    let wait = Duration::from_secs(600);
    let store: SqlStore = cnss_store::open(url, Options::new(franc()?).wait(wait)).await?;
    let start = Instant::now();
    let rows = store.generate(country).await?;
    let seconds = start.elapsed().as_secs().max(1);
    println!("{engine}: {rows} rows in {seconds} s, {} a second", rows / seconds);
    if country.lists < FAR.saturating_add(PAGE) {
        println!("  the lists are too short for page {}", FAR / PAGE);
        return Ok(());
    }
    let whose = employer_id(0);
    let far = i64::from(FAR);
    let number = store.staff(whose, None, 1).await?.into_iter().next().ok_or("nobody")?.number;
    let last: cnss_core::id::InsuredNumber = format!("{:08}", FAR.saturating_sub(1)).parse()?;
    println!("  the staff begins with {number}");
    pages!("staff", |after| store.staff(whose, after, PAGE), None, Some(last));
    let declaration = DeclarationId(long_declaration());
    pages!("lines", |after| store.lines(declaration, after, PAGE), 0, FAR);
    pages!("entries", |after| store.entries(whose, after, PAGE), i64::MIN, far);
    let top = i64::from(country.lists).saturating_add(1);
    pages!(
        "references",
        |before| store.references(whose, None, before, PAGE),
        None,
        Some(top.saturating_sub(far))
    );
    pages!("disputes", |after| store.disputes(after, PAGE), i64::MIN, far);
    pages!("dead notices", |after| store.dead_notices(after, PAGE), i64::MIN, far);
    pages!("audit trail", |after| store.unsealed_lines(after, PAGE), i64::MIN, far);
    let (from, to) = (Month::new(2014, 1).ok_or("a month")?, Month::new(2014, 10).ok_or("a month")?);
    let person = |n| insured_id(if n == 0 { 0 } else { country.insured.saturating_sub(1) });
    pages!("career", |n| store.career(person(n), from, to, PAGE), 0, 1);
    let account = LedgerAccount::Bank;
    let now =
        chrono::DateTime::from_timestamp(1_388_534_400_i64.saturating_add(far / 2), 0).ok_or("a time")?;
    let start = Instant::now();
    let balance = store.balance(whose, &account, now).await?.ok_or("no balance")?;
    println!("  balance in the middle of {} entries: {balance} in {:.2?}", country.lists, start.elapsed());
    store.close().await;
    Ok(())
}
