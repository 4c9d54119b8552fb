//! The fund's courier (courrier): notices of the core become French SMS and e-mails.
//!
//! A notice is a key and parameters; the words live in `words/fr.ftl`, and [`deliver_waiting`]
//! hands the outbox to whichever courier the program chose. For now couriers write to the log
//! or keep messages in memory; gateways come later behind the same port. The one rule to
//! remember: a log shows which notice went where, never what it says nor to whom.
#![deny(missing_docs)]

pub mod book;
mod console;
mod deliver;
pub mod gsm;
pub mod http;
pub mod mail;
pub mod post;
mod recording;
pub mod settings;
pub mod smpp;
mod text;
mod tls;
pub mod transport;

pub use console::ConsoleCourier;
pub use deliver::deliver_waiting;
pub use recording::{Recorded, RecordingCourier};
pub use text::{Channel, NoWords, Texts, Words};
pub use tls::{Authorities, NoCertificate};
