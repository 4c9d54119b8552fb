//! The messages of the demonstration (boîte de démonstration): each is kept, so that `/demo/messages`
//! shows it, and noted in the log; it leaves too when gateways are set.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cnss_core::notice::Notice;
use cnss_core::port::{BoxFuture, Courier, CourierError, Reached};
use cnss_http::demo::{Inbox, Kept, KeptEmail, KeptSms};
use cnss_sms::{Channel, ConsoleCourier, Recorded, RecordingCourier};

/// What the portal shows of what the courier keeps.
pub struct Shown(pub Arc<RecordingCourier>);

impl Inbox for Shown {
    fn newest(&self, wanted: &dyn Fn(&Kept) -> bool, before: Option<u64>, limit: usize) -> Vec<Kept> {
        let found = self.0.newest(|recorded| wanted(&kept(recorded)), before, limit);
        found.iter().map(kept).collect()
    }
}

fn kept(recorded: &Recorded) -> Kept {
    let texts = &recorded.texts;
    let sms = |to: &cnss_core::person::Phone| KeptSms {
        to: to.as_str().to_owned(),
        text: texts.sms.text().to_owned(),
    };
    let email = |to: &cnss_core::person::Email| KeptEmail {
        to: to.as_str().to_owned(),
        subject: texts.subject.clone(),
        text: texts.body.clone(),
    };
    Kept {
        number: recorded.number,
        at: decided_at(recorded),
        key: recorded.key,
        sms: recorded.at.phone.as_ref().map(sms),
        email: recorded.at.email.as_ref().map(email),
    }
}

/// The instant that the notice's identity begins with.
fn decided_at(recorded: &Recorded) -> DateTime<Utc> {
    let parts = recorded.notice.0.get_timestamp().map(|stamp| stamp.to_unix());
    let instant =
        parts.and_then(|(seconds, nanos)| DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos));
    instant.unwrap_or_default()
}

/// Keeps each message, notes it in the log, and hands it to whoever comes after.
pub struct DemoCourier {
    /// Where it is kept.
    pub kept: Arc<RecordingCourier>,
    /// The gateways, if any are set.
    pub then: Option<Arc<dyn Courier>>,
}

impl Courier for DemoCourier {
    fn carry<'a>(&'a self, to: &'a Reached, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        Box::pin(async move {
            self.kept.carry(to, notice).await?;
            match &self.then {
                Some(then) => then.carry(to, notice).await,
                None => ConsoleCourier::new(Channel::Sms).carry(to, notice).await,
            }
        })
    }
}
