//! The Excel edge of the portal: a guarded, streaming reader of uploaded `.xlsx` wage
//! declarations, the writer of the declaration template, and the annotator that gives a
//! person's own file back with its faulty cells marked. Nothing here speaks to end users.

mod annotate;
mod fault;
mod guard;
mod limits;
mod number;
mod package;
mod read;
mod sniff;
mod template;
mod xml;

pub use annotate::{Annotated, Annotating, Mark, Tone, annotate};
pub use cnss_core::declaration::sheet::{Cell, Row};
pub use fault::{AnnotateFault, BombKind, FileKind, WorkbookFault, WriteFault};
pub use limits::Limits;
pub use read::{Summary, read};
pub use template::{Column, ColumnKind, Template, Written, template};
