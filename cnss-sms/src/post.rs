//! The fund's post (courrier): each notice goes by SMS, by e-mail or by both, as its kind asks.
//!
//! The ways are independent: one that fails is tried again, and the other is not used twice. The
//! one rule to remember: a message that may have left is sent again as often as the fund allows,
//! once by default, and the log says so each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use cnss_core::account::CodeKey;
use cnss_core::notice::{DeliveryStatus, Message, Notice};
use cnss_core::port::{BoxFuture, Courier, CourierError, Reached};

use crate::book::Book;
use crate::text::{Channel, Texts, Words};
use crate::transport::{MailMessage, Outcome, SmsMessage, Transport};

/// By which ways each kind of message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    usual: BTreeSet<Channel>,
    by_key: BTreeMap<String, BTreeSet<Channel>>,
}

impl Ways {
    /// The usual ways, and those of some kinds by their key.
    #[must_use]
    pub fn new(usual: BTreeSet<Channel>, by_key: BTreeMap<String, BTreeSet<Channel>>) -> Self {
        Self { usual, by_key }
    }

    /// Everything by both.
    #[must_use]
    pub fn both() -> Self {
        Self::new(BTreeSet::from([Channel::Sms, Channel::Email]), BTreeMap::new())
    }

    fn of(&self, message: &Message) -> &BTreeSet<Channel> {
        self.by_key.get(message.key()).unwrap_or(&self.usual)
    }
}

/// What a post is made of. A way without a transport is not used.
pub struct Parts {
    /// The catalogue.
    pub words: Words,
    /// Under which codes are derived, at the last moment.
    pub key: CodeKey,
    /// Who was told already.
    pub book: Arc<dyn Book>,
    /// Carries SMS.
    pub sms: Option<Arc<dyn Transport<SmsMessage>>>,
    /// Carries e-mail.
    pub mail: Option<Arc<dyn Transport<MailMessage>>>,
    /// By which ways what goes.
    pub ways: Ways,
    /// How often a message is sent again that may have left.
    pub resend_unknown: u32,
}

/// Sends each notice by the ways that its kind asks for.
pub struct Post(Parts);

/// How one way ended.
enum Way {
    /// A gateway has it, or may have it and is not asked again.
    Done,
    /// It is not used for this person or message.
    Unused,
    Later(String),
    Never(String),
}

impl Post {
    /// A post of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(parts)
    }

    async fn send(&self, to: &Reached, notice: &Notice) -> Result<(), CourierError> {
        let texts = self.0.words.texts_for(&notice.message, to, &self.0.key);
        let texts = texts.map_err(|error| CourierError::never(error.to_string()))?;
        let (sms, mail) = tokio::join!(self.by_sms(notice, to, &texts), self.by_mail(notice, to, &texts));
        let (mut done, mut later, mut never) = (false, Vec::new(), Vec::new());
        for (channel, way) in [(Channel::Sms, sms?), (Channel::Email, mail?)] {
            match way {
                Way::Done => done = true,
                Way::Unused => {}
                Way::Later(why) => later.push(format!("{}: {why}", channel.code())),
                Way::Never(why) => never.push(format!("{}: {why}", channel.code())),
            }
        }
        match (done, later.is_empty(), never.is_empty()) {
            (_, false, _) => Err(CourierError::later(later.join("; "))),
            (true, true, _) => Ok(()),
            (false, true, false) => Err(CourierError::never(never.join("; "))),
            (false, true, true) => Err(CourierError::never("there is no way to reach the holder")),
        }
    }

    async fn by_sms(&self, notice: &Notice, to: &Reached, texts: &Texts) -> Result<Way, CourierError> {
        let (Some(transport), Some(phone)) = (&self.0.sms, to.phone()) else { return Ok(Way::Unused) };
        let message = SmsMessage { id: notice.id, to: phone.clone(), text: texts.sms.clone() };
        self.by(notice, to, Channel::Sms, transport.as_ref(), &message).await
    }

    async fn by_mail(&self, notice: &Notice, to: &Reached, texts: &Texts) -> Result<Way, CourierError> {
        let (Some(transport), Some(email)) = (&self.0.mail, to.email()) else { return Ok(Way::Unused) };
        let (subject, text) = (texts.subject.clone(), texts.body.clone());
        let message = MailMessage { id: notice.id, to: email.clone(), subject, text };
        self.by(notice, to, Channel::Email, transport.as_ref(), &message).await
    }

    async fn by<M: Sync>(
        &self,
        notice: &Notice,
        to: &Reached,
        channel: Channel,
        transport: &dyn Transport<M>,
        message: &M,
    ) -> Result<Way, CourierError> {
        // Where nobody is known yet, the decision chose the ways when it named the contacts.
        let chosen = matches!(to, Reached::Contacts(_));
        if !chosen && !self.0.ways.of(&notice.message).contains(&channel) {
            return Ok(Way::Unused);
        }
        let known = self.0.book.known(notice.id, channel).await?;
        match known.status {
            DeliveryStatus::Failed { why } => return Ok(Way::Never(why)),
            DeliveryStatus::Delivered => return Ok(Way::Done),
            DeliveryStatus::Sent if known.unknown == 0 || known.unknown > self.0.resend_unknown => {
                return Ok(Way::Done);
            }
            DeliveryStatus::Sent => {
                tracing::warn!(notice = %notice.id, channel = channel.code(), "sent again, it may arrive twice");
            }
            DeliveryStatus::Queued => {}
        }
        let outcome = transport.hand(message).await;
        if let Err(error) = self.0.book.keep(notice.id, channel, &outcome).await {
            // What a gateway has is not given to it again because a book cannot be written.
            tracing::error!(notice = %notice.id, channel = channel.code(), %error, "its status is lost");
        }
        Ok(match outcome {
            Outcome::Handed { .. } => Way::Done,
            Outcome::Failed { again: true, why } => Way::Later(why),
            Outcome::Failed { again: false, why } => Way::Never(why),
            Outcome::Unknown { why } if known.unknown < self.0.resend_unknown => {
                Way::Later(format!("it may have left ({why})"))
            }
            Outcome::Unknown { why } => {
                tracing::warn!(notice = %notice.id, channel = channel.code(), why, "it may have left, and is not sent again");
                Way::Done
            }
        })
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sms, mail) = (self.0.sms.is_some(), self.0.mail.is_some());
        f.debug_struct("Post").field("sms", &sms).field("mail", &mail).finish_non_exhaustive()
    }
}

impl Courier for Post {
    fn carry<'a>(&'a self, to: &'a Reached, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(self.send(to, notice))
    }
}
