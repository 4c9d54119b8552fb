//! The ledger (livres de la caisse): double entry, append only.
//!
//! What an employer owes and has paid is never a figure that somebody changes: it is the sum
//! of entries, each of which sums to zero. [`statement`] replays them at a date and computes
//! what lateness costs. The one rule to remember: correct by a new entry, never by an edit.

mod entry;
mod statement;
mod surcharge;

pub use entry::{Entry, EntryKind, LedgerAccount, Posting, Unbalanced};
pub use statement::{Obligation, Payment, Settled, Slice, Statement, statement};
pub use surcharge::{MissingDeclaration, Surcharge, penalty, surcharge};
