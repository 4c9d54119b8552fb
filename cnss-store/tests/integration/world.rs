//! Simulated funds over the real engines: the same worlds as on the reference store, fewer of them.
//!
//! `CNSS_LONG=1` plays a hundred times as many.

use std::sync::Arc;
use std::time::Instant;

use cnss_core::money::Currency;
use cnss_core::world::Script;
use cnss_store::{Options, open};

#[expect(clippy::print_stdout, reason = "how fast a world goes is told to whoever asks for the output")]
async fn worlds(name: &str, seeds: u64, address: impl Fn(u64) -> String, drop: impl Fn(&str)) {
    let long = std::env::var("CNSS_LONG").is_ok_and(|value| !matches!(value.as_str(), "" | "0"));
    let seeds = if long { seeds * 100 } else { seeds };
    let (began, mut events) = (Instant::now(), 0);
    for seed in 0..seeds {
        let options = Options::new(Currency::new("XOF", 0).expect("a currency"));
        let address = address(seed);
        let store = open(&address, options).await.expect("opens");
        let script = Script::of(seed, 1);
        let tally = script.play(Arc::new(store.clone())).await.unwrap_or_else(|failure| panic!("{failure}"));
        events += tally.events;
        store.close().await;
        drop(&address);
    }
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    println!("{name}: {seeds} years, {:.0} a minute, {events} events", seeds as f64 / minutes);
}

#[tokio::test]
async fn on_sqlite_no_world_breaks_a_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("books.sqlite");
    let address = |_| format!("sqlite:{}", path.display());
    worlds("SQLite", 3, address, |_| std::fs::remove_file(&path).expect("removed")).await;
}

#[tokio::test]
async fn on_postgres_no_world_breaks_a_promise() {
    worlds("PostgreSQL", 1, |_| crate::server::database(), crate::server::drop).await;
}
