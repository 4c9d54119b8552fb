//! The fund's courier (courrier): notices of the core become French SMS and e-mails.
//!
//! A notice is a key and parameters; the words live in `words/fr.ftl`, and [`deliver_waiting`]
//! hands the outbox to whichever courier the program chose. [`post::Post`] sends by SMS and by
//! e-mail; the others write to the log or keep messages in memory. The one rule to remember: a
//! log shows which notice went where, never what it says nor to whom.
//!
//! | you want | look at |
//! |---|---|
//! | what a fund says of its gateways | [`settings::Settings`] |
//! | SMS straight to an operator | [`smpp::Smpp`] |
//! | SMS by a gateway's HTTP interface | [`http::HttpGateway`], [`http::Profile`] |
//! | e-mail | [`mail::Mailer`] |
//! | a way of your own | [`transport::Transport`] |
//! | what became of a message | [`book::Book`], [`cnss_core::notice::DeliveryStatus`] |
//!
//! ```
//! use std::sync::Arc;
//! use cnss_core::{account::CodeKey, fund::Fund, memory::MemoryStore};
//! use cnss_sms::post::{Parts, Post};
//! use cnss_sms::{Words, book::MemoryBook, deliver_waiting, settings::Settings};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings: Settings = toml::from_str(r#"
//!     [smtp]
//!     host = "relais.example"
//!     from = "CNSS Togo <ne-pas-repondre@cnss.example>"
//! "#)?;
//! let lines = settings.open(&|name| std::env::var(name).ok())?;
//! let post = Post::new(Parts {
//!     words: Words::french(&Fund::builtin("tg")?),
//!     key: CodeKey::new([0; 32]), // the portal's own
//!     book: Arc::new(MemoryBook::new()),
//!     sms: lines.sms,
//!     mail: lines.mail,
//!     ways: settings.ways().clone(),
//!     resend_unknown: settings.resend_unknown(),
//! });
//! let books = MemoryStore::new();
//! assert_eq!(deliver_waiting(&books, &post, chrono::DateTime::UNIX_EPOCH, 100).await?, 0);
//! # Ok(())
//! # }
//! ```
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
