//! Simulated funds on the reference store.

use std::time::Instant;

use cnss_core::world::{Script, play_in_memory};

#[test]
fn probe() {
    let began = Instant::now();
    let mut sum = 0;
    for seed in 0..100 {
        let tally = play_in_memory(&Script::of(seed, 2)).unwrap_or_else(|failure| panic!("{failure}"));
        if seed < 4 {
            println!("{tally:?}");
        }
        sum += tally.events;
    }
    println!("{sum} events, {:?}", began.elapsed());
}
