//! E-mail by a relay (SMTP): one text in two forms, plain and HTML, over an encrypted connection.
//!
//! The Message-ID is made of the notice's identity, so that a mail sent again after a lost answer
//! is known for the same. The one rule to remember: subject and body come from catalogues and
//! people, and neither ever becomes a header or markup.

use std::fmt;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use cnss_core::port::BoxFuture;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::tls::Authorities;
use crate::transport::{MailMessage, Outcome, Transport};

/// Connections that are kept for the next mail.
const POOL_MAX: u32 = 4;
/// How many steps of the dialogue may each take the whole timeout before a mail is given up.
const STEPS: u32 = 3;
/// The longest subject; mail programs show less.
const SUBJECT_MAX: usize = 200;

/// How the connection to the relay is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// It begins in the clear and must be encrypted before anything is said (STARTTLS).
    StartTls,
    /// It is encrypted from the beginning.
    Tls,
    /// It is not encrypted: only for a relay on the same machine, and without a login.
    Plain,
}

/// Where the relay is and whose mail it takes.
#[derive(Clone)]
pub struct Settings {
    /// Name of the relay, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Whom the relay's certificate is believed from.
    pub authorities: Authorities,
    /// Login and password, when the relay wants them.
    pub login: Option<(String, String)>,
    /// Whom mail is from: `CNSS Togo <ne-pas-repondre@cnss.tg>`.
    pub from: String,
    /// How long one step of the dialogue may take.
    pub timeout: Duration,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// The settings make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRelay(String);

/// A relay that takes the fund's mail.
pub struct Mailer {
    /// Taken only when it is dropped.
    relay: Option<AsyncSmtpTransport<Tokio1Executor>>,
    letterhead: Letterhead,
    patience: Duration,
    runtime: Handle,
}

/// Whom mail is from.
struct Letterhead {
    from: Mailbox,
    domain: String,
}

impl Letterhead {
    fn new(from: &str) -> Result<Self, BadRelay> {
        let from: Mailbox = from.parse().map_err(|_| BadRelay("from: no address".to_owned()))?;
        let domain = from.email.domain().to_owned();
        Ok(Self { from, domain })
    }

    fn compose(&self, mail: &MailMessage) -> Result<Message, &'static str> {
        let to: lettre::Address =
            mail.to.as_str().parse().map_err(|_| "no address that can be written to")?;
        let subject = one_line(&mail.subject);
        let html = html(&subject, &mail.text);
        Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id.0, self.domain)))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), html))
            .map_err(|_| "the mail cannot be composed")
    }
}

impl Mailer {
    /// A relay; nothing is sent to it yet. Must be called within a runtime.
    ///
    /// # Errors
    /// When the sender is no address, or what would be secret would travel in the clear.
    pub fn new(settings: &Settings) -> Result<Self, BadRelay> {
        let runtime = Handle::try_current().map_err(|_| BadRelay("no runtime".to_owned()))?;
        let letterhead = Letterhead::new(&settings.from)?;
        let tls = match settings.security {
            Security::Plain if settings.login.is_some() => {
                return Err(BadRelay("security: a password is not sent in the clear".to_owned()));
            }
            Security::Plain if !on_this_machine(&settings.host) => {
                return Err(BadRelay("security: in the clear only to a relay on this machine".to_owned()));
            }
            Security::Plain => Tls::None,
            Security::StartTls => Tls::Required(parameters(settings)?),
            Security::Tls => Tls::Wrapper(parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .timeout(Some(settings.timeout))
            .tls(tls)
            .hello_name(ClientId::Domain(letterhead.domain.clone()))
            .pool_config(PoolConfig::new().max_size(POOL_MAX));
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let patience = settings.timeout.saturating_mul(STEPS);
        Ok(Self { relay: Some(builder.build()), letterhead, patience, runtime })
    }

    async fn submit(&self, mail: &MailMessage) -> Outcome {
        let message = match self.letterhead.compose(mail) {
            Ok(message) => message,
            Err(why) => return Outcome::never(why),
        };
        let Some(relay) = &self.relay else { return Outcome::later("the relay was closed") };
        let sent = match timeout(self.patience, relay.send(message)).await {
            Ok(sent) => sent,
            // Sent again it bears the same Message-ID, and mail systems know it.
            Err(_) => return Outcome::later("the relay did not answer in time"),
        };
        match sent {
            Ok(_) => Outcome::Handed { references: Vec::new() },
            Err(error) => {
                let code = error.status().map(|code| code.to_string());
                let why = match &code {
                    Some(code) => format!("the relay answered {code}"),
                    None if error.is_timeout() => "the relay did not answer in time".to_owned(),
                    None if error.is_tls() => "no encrypted connection to the relay".to_owned(),
                    None => "the relay cannot be reached".to_owned(),
                };
                // What concerns the fund's own login says nothing of the addressee.
                let ours = matches!(code.as_deref(), Some("530" | "534" | "535" | "538"));
                Outcome::Failed { again: ours || !error.is_permanent(), why }
            }
        }
    }
}

impl Drop for Mailer {
    fn drop(&mut self) {
        // The pool says goodbye in a task, and panics where there is no runtime.
        let _within = self.runtime.enter();
        self.relay.take();
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}

impl Transport<MailMessage> for Mailer {
    fn hand<'a>(&'a self, message: &'a MailMessage) -> BoxFuture<'a, Outcome> {
        Box::pin(self.submit(message))
    }
}

/// Tells other machines not to answer (RFC 3834).
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Whether a relay is reached without any network.
pub(crate) fn on_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn parameters(settings: &Settings) -> Result<TlsParameters, BadRelay> {
    let bad = |_| BadRelay("authorities: cannot be used".to_owned());
    let mut builder = TlsParameters::builder(settings.host.clone());
    for added in settings.authorities.added() {
        builder = builder.add_root_certificate(Certificate::from_der(added.to_vec()).map_err(bad)?);
    }
    builder.build_rustls().map_err(bad)
}

/// A subject: one line without characters that have no form.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(SUBJECT_MAX)
        .collect()
}

/// The same text as a page that programs read aloud well: paragraphs, one column, no picture.
fn html(subject: &str, text: &str) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{}</title>\n</head>\n<body style=\"margin:0;background:#ffffff;\
         color:#1a1a1a\">\n<main style=\"max-width:36em;margin:0 auto;padding:1em;font:1em/1.5 sans-serif\">\n",
        escaped(subject)
    );
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(escaped).collect();
        let _ = writeln!(page, "<p>{}</p>", lines.join("<br>\n"));
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Text within markup; what steers the direction of writing is taken out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use cnss_core::id::NoticeId;
    use cnss_core::person::Email;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn settings() -> Settings {
        Settings {
            host: "relais.example".to_owned(),
            port: 587,
            security: Security::StartTls,
            authorities: Authorities::of_machine(),
            login: None,
            from: "Caisse <ne-pas-repondre@cnss.example>".to_owned(),
            timeout: Duration::from_secs(1),
        }
    }

    fn mail(subject: &str, text: &str) -> MailMessage {
        MailMessage {
            id: NoticeId(Uuid::from_u128(7)),
            to: Email::parse("afi@example.tg").expect("an address"),
            subject: subject.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The header fields, each on one line.
    fn headers(mail: &MailMessage) -> Vec<String> {
        let letterhead = Letterhead::new(&settings().from).expect("an address");
        let message = letterhead.compose(mail).expect("composed");
        let text = String::from_utf8(message.formatted()).expect("ASCII");
        let (head, _) = text.split_once("\r\n\r\n").expect("a body");
        head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn what_a_mail_bears() {
        let headers = headers(&mail("Déclaration déposée", "Bonjour"));
        for expected in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@cnss.example>",
            "From: Caisse <ne-pas-repondre@cnss.example>",
            "To: afi@example.tg",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(headers.iter().any(|header| header == expected), "{expected} in {headers:?}");
        }
        assert!(headers.iter().any(|header| header.starts_with("Subject: =?utf-8?")), "{headers:?}");
        assert!(headers.iter().any(|header| header.starts_with("Date: ")), "{headers:?}");
    }

    #[test]
    fn markup_stays_text() {
        let page = html("a < b", "Bonjour <script>alert('x')</script>,\n& vous\n\n\u{202e}fin\n");
        assert!(page.contains("<title>a &lt; b</title>"), "{page}");
        assert!(
            page.contains(
                "<p>Bonjour &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;,<br>\n&amp; vous</p>\n<p>fin</p>"
            ),
            "{page}"
        );
    }

    #[tokio::test]
    async fn a_password_never_travels_in_the_clear() {
        let login = Some(("cnss".to_owned(), "secret".to_owned()));
        let local = Settings { security: Security::Plain, host: "127.0.0.1".to_owned(), ..settings() };
        let plain = Settings { login, ..local.clone() };
        assert!(Mailer::new(&plain).is_err());
        assert!(Mailer::new(&local).is_ok());
        let elsewhere = Settings { host: "relais.example".to_owned(), ..local };
        assert!(Mailer::new(&elsewhere).is_err(), "nor anything else, to another machine");
        assert!(!format!("{plain:?}").contains("secret"));
        assert!(Mailer::new(&Settings { from: "nobody".to_owned(), ..settings() }).is_err());
    }

    #[test]
    fn a_relay_may_be_dropped_anywhere() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mailer = runtime.block_on(async { Mailer::new(&settings()).expect("a relay") });
        drop(mailer);
        assert!(Mailer::new(&settings()).is_err(), "outside a runtime it says so");
    }

    proptest! {
        #[test]
        fn a_subject_is_never_another_header(start in ".{0,20}", end in ".{0,20}") {
            let subject = format!("{start}\r\nBcc: espion@example.tg\r\n\r\n<b>{end}\nX-Evil: 1\r{end}");
            let headers = headers(&mail(&subject, "Bonjour"));
            let known = ["message-id", "from", "to", "subject", "auto-submitted", "mime-version", "date", "content-type"];
            for header in &headers {
                let name = header.split(':').next().unwrap_or_default().to_ascii_lowercase();
                prop_assert!(known.contains(&name.as_str()), "{}", header);
            }
            prop_assert_eq!(headers.iter().filter(|h| h.starts_with("Subject:")).count(), 1);
        }

        #[test]
        fn a_page_has_no_tag_that_is_not_ours(text in any::<String>()) {
            let page = html(&text, &text);
            let ours = ["!DOCTYPE", "html", "/html", "head", "/head", "meta", "title", "/title", "body", "/body",
                "main", "/main", "p", "/p", "br"];
            for tag in page.split('<').skip(1) {
                let name = tag.split([' ', '>']).next().unwrap_or_default();
                prop_assert!(ours.contains(&name), "{}", name);
            }
        }
    }
}
