//! The proof of a store of one's own: every promise of the kit, and simulated funds.

use std::sync::Arc;

use cnss_core::conformance::AnyStore;
use cnss_core::world::Script;
use cnss_store_example::ListStore;

fn fresh() -> AnyStore {
    Arc::new(ListStore::default())
}

cnss_core::store_conformance!(fresh());

#[tokio::test]
async fn simulated_funds_find_nothing() {
    for seed in 0..3 {
        let played = Script::of(seed, 1).play(fresh()).await;
        let tally = played.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(tally.filed > 0, "something happened: {tally:?}");
    }
}
