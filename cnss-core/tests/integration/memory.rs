//! The reference store keeps every promise of the kit.

use std::sync::Arc;

use cnss_core::conformance::AnyStore;
use cnss_core::memory::MemoryStore;

fn fresh() -> AnyStore {
    Arc::new(MemoryStore::new())
}

cnss_core::store_conformance!(fresh());
cnss_core::account_conformance!(fresh());
