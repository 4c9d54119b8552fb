//! What the store on SQLite promises: the kit of the core, and what only a file can do.

mod conformance;
mod file;
