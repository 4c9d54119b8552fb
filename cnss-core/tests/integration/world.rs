//! Simulated funds on the reference store: many worlds keep every promise, and each planted fault is
//! found, with a short script that replays it.

use std::path::Path;
use std::time::Instant;

use cnss_core::planted::{self, plant};
use cnss_core::world::{Failure, Script, play_in_memory};

/// The long tests run when `CNSS_LONG` is set to anything but nothing or 0.
fn long() -> bool {
    std::env::var("CNSS_LONG").is_ok_and(|value| !matches!(value.as_str(), "" | "0"))
}

/// Worlds of all sizes: none breaks a promise, and together they leave nothing out.
#[test]
fn no_world_breaks_a_promise() {
    // Shared among threads of the machine, as each world is one thread's.
    let (seeds, years) = if long() { (300_u64, 10) } else { (24, 2) };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8)) as u64;
    let began = Instant::now();
    let tallies: Vec<_> = std::thread::scope(|scope| {
        let worlds = |first: u64| {
            let seeds = (first..seeds).step_by(usize::try_from(threads).expect("a count"));
            seeds
                .map(|seed| {
                    play_in_memory(&Script::of(seed, years)).unwrap_or_else(|failure| panic!("{failure}"))
                })
                .collect::<Vec<_>>()
        };
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || worlds(first))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no world fails")).collect()
    });
    let sum = |of: fn(&cnss_core::world::Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    println!(
        "{} years on {threads} threads, {:.0} a minute: {} events, {} filings, {} refusals, {} repeated, \
         {} credited, {} disputed, {} sent, {} given up",
        seeds * u64::from(years),
        (seeds * u64::from(years)) as f64 / minutes,
        sum(|t| t.events),
        sum(|t| t.filed),
        sum(|t| t.refused),
        sum(|t| t.repeated),
        sum(|t| t.credited),
        sum(|t| t.disputed),
        sum(|t| t.sent),
        sum(|t| t.given_up),
    );
    let least = usize::try_from(seeds).expect("a count");
    for (what, count) in [
        ("filings", sum(|t| t.filed)),
        ("refusals", sum(|t| t.refused)),
        ("repeated", sum(|t| t.repeated)),
        ("credited", sum(|t| t.credited)),
        ("disputed", sum(|t| t.disputed)),
        ("sent", sum(|t| t.sent)),
        ("given up", sum(|t| t.given_up)),
    ] {
        assert!(count >= least, "{what}: {count} in {seeds} worlds");
    }
}

/// The first of these seeds whose world finds the planted fault.
fn found(name: &'static str, seeds: std::ops::Range<u64>) -> Option<Box<Failure>> {
    let _planted = plant(name);
    seeds.into_iter().find_map(|seed| play_in_memory(&Script::of(seed, 1)).err())
}

/// Each planted fault is found within two hundred seeds, and the script that is printed replays it.
#[test]
fn every_planted_fault_is_found() {
    assert!(planted::ALL.len() >= 15);
    let mut missed = Vec::new();
    for fault in planted::ALL {
        let Some(failure) = found(fault.name, 0..200) else {
            missed.push(fault.name);
            continue;
        };
        let (seed, events) = (failure.script.seed, failure.script.events.len());
        println!("| {} | {} | seed {seed}, {events} events |", fault.what, failure.broken.promise);
        let again: Script = failure.script.to_string().parse().expect("a script");
        assert_eq!(again, failure.script, "what is printed is what was played");
        play_in_memory(&again).expect("without the fault the same script breaks nothing");
        let _planted = plant(fault.name);
        let replayed = play_in_memory(&again).expect_err("the script replays the fault");
        assert_eq!(replayed.broken.promise, failure.broken.promise, "{}", fault.name);
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}

/// The list of faults is that of the code.
#[test]
fn every_fault_in_the_code_is_in_the_list() {
    fn names(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                names(&path, found);
            } else if !path.ends_with("planted.rs") {
                let text = std::fs::read_to_string(&path).expect("a text");
                let parts = text.split("planted!(\"").skip(1);
                found.extend(parts.filter_map(|part| part.split('"').next()).map(str::to_owned));
            }
        }
    }
    let mut found = Vec::new();
    names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    found.dedup();
    let mut listed: Vec<String> = planted::ALL.iter().map(|fault| fault.name.to_owned()).collect();
    listed.sort();
    assert_eq!(found, listed);
}
