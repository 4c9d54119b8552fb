//! `GET /demo/messages`: the SMS and e-mails of the demonstration.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Inbox, Kept};
use crate::form::Field;
use crate::page::{PageProblem, PageResult, encode, send};
use crate::paged::Paged;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem};
use crate::session::Visitor;
#[cfg(test)]
use crate::view::sample;
use crate::view::{Pager, Shell};

/// The most characters that are looked at of what is typed.
const TO_MAX: usize = 254;
/// The fewest digits by which a phone is found.
const DIGITS_MIN: usize = 6;

/// « Messages de la démonstration ».
#[derive(askama::Template)]
#[template(path = "demo/messages.html")]
pub struct MessagesPage {
    /// Around the page.
    pub shell: Shell,
    /// « Téléphone ou adresse e-mail ».
    pub to: Field,
    /// The newest first.
    pub messages: Vec<Shown>,
    /// Where the list goes on.
    pub pager: Pager,
}

/// One message.
pub struct Shown {
    /// Identifier in the page.
    pub id: String,
    /// When, for people.
    pub at: String,
    /// When, for programs.
    pub instant: String,
    /// The SMS: to whom, and what it says.
    pub sms: Option<(String, String)>,
    /// The e-mail: to whom, its subject, and what it says.
    pub email: Option<(String, String, String)>,
}

impl MessagesPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let mut page = Self::sample_empty();
        page.messages = vec![Shown {
            id: "message-1".into(),
            at: "21/11/2026 à 09:30:12".into(),
            instant: "2026-11-21T09:30:12Z".into(),
            sms: Some(("+22890112233".into(), "CNSS Togo\u{a0}: votre code est 042137.".into())),
            email: Some((
                "afi@exemple.tg".into(),
                "Votre code de vérification".into(),
                "Bonjour,\n\nVotre code de vérification\u{a0}: 042137".into(),
            )),
        }];
        page.pager = Pager::new("Messages", "1 message").next("?after=1");
        page
    }

    /// Sample page without a message.
    #[cfg(test)]
    pub fn sample_empty() -> Self {
        Self {
            shell: sample::public(TITLE, "/demo/messages", &[]),
            to: to_field(),
            messages: Vec::new(),
            pager: Pager::new("Messages", "Aucun message"),
        }
    }
}

const TITLE: &str = "Messages de la démonstration";

fn to_field() -> Field {
    Field::new("to", "Téléphone ou adresse e-mail")
}

/// What is asked for.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// To whom: a phone, as `+22890112233` or its last digits, or an e-mail address.
    to: Option<String>,
    #[param(ignore)]
    after: Option<u64>,
    #[param(ignore)]
    limit: Option<u32>,
}

impl Asked {
    fn typed(&self) -> String {
        self.to.as_deref().unwrap_or_default().trim().chars().take(TO_MAX).collect()
    }

    const fn paged(&self) -> Paged<u64> {
        Paged::asked(self.after, self.limit)
    }

    /// The messages of a page, the newest first, and after which number the next one begins.
    fn find(&self, inbox: &dyn Inbox, paged: &Paged<u64>) -> (Vec<Kept>, Option<String>) {
        let typed = self.typed();
        let most = usize::try_from(paged.most()).unwrap_or(usize::MAX);
        paged.page(inbox.newest(&|kept| goes_to(kept, &typed), paged.after(), most), |kept| kept.number)
    }
}

/// Whether a message went to what was typed; to whomever when nothing was.
fn goes_to(kept: &Kept, typed: &str) -> bool {
    if typed.is_empty() {
        return true;
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let by_phone = digits.len() >= DIGITS_MIN && !typed.contains('@');
    let sms = kept.sms.as_ref().is_some_and(|sms| by_phone && sms.to.ends_with(&digits));
    sms || kept.email.as_ref().is_some_and(|email| email.to.eq_ignore_ascii_case(typed))
}

/// `GET /demo/messages`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> PageResult {
    let Some(inbox) = portal.inbox() else { return Err(nothing(&portal, &headers).await) };
    let paged = asked.paged();
    let (found, next) = asked.find(inbox.as_ref(), &paged);
    let typed = asked.typed();
    let summary = match (found.len(), next.is_some() || paged.after().is_some()) {
        (0, _) => "Aucun message".to_owned(),
        (1, false) => "1 message".to_owned(),
        (many, false) => format!("{many} messages"),
        (many, true) => format!("{many} messages sur cette page"),
    };
    let mut pager = Pager::new("Messages", summary);
    if let Some(next) = next {
        pager = pager.next(format!("/demo/messages?to={}&after={next}", encode(&typed)));
    }
    let page = MessagesPage {
        shell: portal.shell_for(&headers, TITLE, "/demo/messages").await,
        to: to_field().value(typed),
        messages: found.into_iter().map(|kept| shown(&portal, kept)).collect(),
        pager,
    };
    Ok(send(&page))
}

async fn nothing(portal: &Portal, headers: &HeaderMap) -> PageProblem {
    let visitor = Visitor::find(headers, portal).await.ok();
    PageProblem::plain(portal, visitor.as_ref(), StatusCode::NOT_FOUND)
}

fn shown(portal: &Portal, kept: Kept) -> Shown {
    Shown {
        id: format!("message-{}", kept.number),
        at: portal.instant_text(kept.at),
        instant: kept.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        sms: kept.sms.map(|sms| (sms.to, sms.text)),
        email: kept.email.map(|email| (email.to, email.subject, email.text)),
    }
}

/// Messages, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessagesAnswer {
    messages: Vec<MessageBody>,
    /// To be given as `after` for what follows; null at the end.
    next: Option<String>,
}

/// A message as somebody would have received it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageBody {
    /// Its place in the order in which messages came.
    #[schema(example = 12)]
    number: u64,
    /// When it was decided that somebody be told.
    #[schema(example = "2026-11-21T09:30:12Z")]
    at: String,
    /// Its kind.
    #[schema(example = "code")]
    key: &'static str,
    /// As an SMS; null when there is no phone to which it goes.
    sms: Option<SmsBody>,
    /// As an e-mail; null when there is no address to which it goes.
    email: Option<EmailBody>,
}

/// An SMS.
#[derive(Serialize, ToSchema)]
pub(crate) struct SmsBody {
    #[schema(example = "+22890112233")]
    to: String,
    text: String,
}

/// An e-mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmailBody {
    #[schema(example = "afi@exemple.tg")]
    to: String,
    subject: String,
    text: String,
}

/// Reads the messages of the demonstration, codes among them. No other portal has any: it answers 404.
#[utoipa::path(get, path = "/api/v1/demo/messages", operation_id = "list_demo_messages", tag = "Démonstration",
    params(Asked, Paged<u64>), responses((status = 200, body = MessagesAnswer), (status = 404, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    Query(asked): Query<Asked>,
) -> Result<Json<MessagesAnswer>, JsonProblem> {
    let inbox: &Arc<dyn Inbox> = portal.inbox().ok_or_else(|| JsonProblem::plain(StatusCode::NOT_FOUND))?;
    let paged = asked.paged();
    let (found, next) = asked.find(inbox.as_ref(), &paged);
    let message = |kept: Kept| MessageBody {
        number: kept.number,
        at: kept.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        key: kept.key,
        sms: kept.sms.map(|sms| SmsBody { to: sms.to, text: sms.text }),
        email: kept.email.map(|email| EmailBody { to: email.to, subject: email.subject, text: email.text }),
    };
    Ok(Json(MessagesAnswer { messages: found.into_iter().map(message).collect(), next }))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::{KeptEmail, KeptSms};
    use super::*;

    struct Five;

    impl Inbox for Five {
        fn newest(&self, wanted: &dyn Fn(&Kept) -> bool, before: Option<u64>, limit: usize) -> Vec<Kept> {
            let all = (1..=5).rev().map(|number| kept(number, "+22890112233", "Afi@exemple.tg"));
            let early = |kept: &Kept| before.is_none_or(|before| kept.number < before);
            all.filter(early).filter(|kept| wanted(kept)).take(limit).collect()
        }
    }

    fn kept(number: u64, phone: &str, email: &str) -> Kept {
        let sms = KeptSms { to: phone.to_owned(), text: String::new() };
        let email = KeptEmail { to: email.to_owned(), subject: String::new(), text: String::new() };
        let at = DateTime::UNIX_EPOCH;
        Kept { number, at, key: "code", sms: Some(sms), email: Some(email) }
    }

    fn asked(to: &str) -> Asked {
        Asked { to: Some(to.to_owned()), ..Asked::default() }
    }

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let turn = |after| {
            let (found, next) = asked("").find(&Five, &Paged::asked(after, Some(2)));
            (found.iter().map(|kept| kept.number).collect::<Vec<_>>(), next)
        };
        assert_eq!(turn(None), (vec![5, 4], Some("4".to_owned())));
        assert_eq!(turn(Some(4)), (vec![3, 2], Some("2".to_owned())));
        assert_eq!(turn(Some(2)), (vec![1], None));
        assert_eq!(turn(Some(3)).1, None, "a full last page is the last");
    }

    #[test]
    fn a_message_is_found_by_its_phone_or_its_address() {
        let message = kept(1, "+22890112233", "Afi@exemple.tg");
        // In a query « + » is a space.
        for typed in ["", "+22890112233", " 22890112233", "90 11 22 33", "afi@exemple.tg"] {
            assert!(goes_to(&message, asked(typed).typed().as_str()), "{typed}");
        }
        for typed in ["33", "90112234", "fi@exemple.tg", "afi@exemple.tg.autre", "afi90112233@exemple.tg"] {
            assert!(!goes_to(&message, typed), "{typed}");
        }
    }
}
