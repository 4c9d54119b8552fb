//! How an HTTP gateway is spoken to (profil de passerelle), as data: the request, how its answer is
//! read, how its reports are read.
//!
//! Every profile names the documentation that it was made from. The one rule to remember: a 200
//! means nothing by itself; a message is accepted when the answer says so where the profile says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::template::{Template, Tree};

/// What is known of every message: the number with and without its `+`, the text, and the identity
/// that is the same each time it is sent.
const OF_MESSAGE: [&str; 4] = ["to", "to_digits", "text", "id"];
/// What a gateway gives for our secrets, when it wants that.
const TOKEN: &str = "token";
/// The profiles that come with the crate, by name.
const BUILTIN: [(&str, &str); 4] = [
    ("africas-talking", include_str!("../../profiles/africas-talking.toml")),
    ("infobip", include_str!("../../profiles/infobip.toml")),
    ("orange", include_str!("../../profiles/orange.toml")),
    ("twilio", include_str!("../../profiles/twilio.toml")),
];

/// A profile that makes no sense: every fault in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct BadProfile(pub Vec<String>);

/// How one gateway is spoken to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Address of the documentation that this was made from.
    pub documentation: String,
    /// On which day that was read.
    pub read: String,
    /// What the fund must say besides: an account, a sender.
    #[serde(default)]
    pub settings: Vec<String>,
    /// What the fund must say and keep: keys, passwords.
    #[serde(default)]
    pub secrets: Vec<String>,
    pub(super) token: Option<TokenForm>,
    pub(super) request: RequestForm,
    pub(super) answer: AnswerForm,
    pub(super) report: Option<ReportForm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Method {
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "POST")]
    Post,
    #[serde(rename = "PUT")]
    Put,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestForm {
    pub method: Method,
    pub url: String,
    /// Without encryption: only on a private line.
    #[serde(default)]
    pub plain: bool,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    pub basic: Option<BasicForm>,
    pub form: Option<BTreeMap<String, String>>,
    pub json: Option<toml::Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasicForm {
    pub user: String,
    pub password: String,
}

/// A token that is had for the secrets and serves for a while (OAuth 2.0, client credentials).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenForm {
    pub url: String,
    pub basic: BasicForm,
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// Where the token is in the answer.
    pub at: String,
    /// Where its life in seconds is.
    pub seconds: String,
}

/// A place in a JSON tree, and the values that mean it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    pub at: String,
    pub values: Vec<String>,
}

impl Condition {
    pub fn holds(&self, body: &serde_json::Value) -> bool {
        text_at(body, &self.at).is_some_and(|value| self.values.contains(&value))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerForm {
    /// All must hold, with a status of 2xx; with none, the status is enough.
    #[serde(default)]
    pub accepted: Vec<Condition>,
    /// One suffices: no other try will help.
    #[serde(default)]
    pub never: Vec<Condition>,
    /// Statuses after which no other try will help.
    #[serde(default)]
    pub never_statuses: Vec<u16>,
    /// Where the gateway's name for the message is.
    pub reference: Option<String>,
    /// The name is what stands after the last of these.
    pub after_last: Option<char>,
    /// Where it says why.
    pub why: Option<String>,
    /// The gateway takes a message with the same `{id}` once.
    #[serde(default)]
    pub knows_id: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Encoding {
    Json,
    Form,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportForm {
    pub encoding: Encoding,
    /// Where the list of reports is; without it the body is one.
    pub items: Option<String>,
    pub reference: String,
    pub after_last: Option<char>,
    pub delivered: Condition,
    pub failed: Condition,
    pub why: Option<String>,
}

/// A profile whose templates were read.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub url: Template,
    pub headers: Vec<(String, Template)>,
    pub query: Vec<(String, Template)>,
    pub basic: Option<(Template, Template)>,
    pub body: Body,
    pub token: Option<CheckedToken>,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    None,
    Form(Vec<(String, Template)>),
    Json(Tree),
}

#[derive(Clone, Debug)]
pub(super) struct CheckedToken {
    pub url: Template,
    pub basic: (Template, Template),
    pub form: Vec<(String, Template)>,
    pub at: String,
    pub seconds: String,
}

impl Profile {
    /// A profile that comes with the crate.
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        let (_, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// The names of the profiles that come with the crate.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// Every fault in it.
    pub fn parse(text: &str) -> Result<Self, BadProfile> {
        let profile: Self =
            toml::from_str(text).map_err(|error| BadProfile(vec![error.to_string().replace('\n', " ")]))?;
        profile.checked().map(|_| profile)
    }

    /// The templates, once everything was looked at.
    pub(super) fn checked(&self) -> Result<Checked, BadProfile> {
        let mut reader = Reader::default();
        let request = &self.request;
        let url = reader.url("request.url", &request.url, request.plain);
        let headers = reader.all("request.headers", &request.headers);
        let query = reader.all("request.query", &request.query);
        let basic = request.basic.as_ref().map(|basic| reader.basic("request.basic", basic));
        let body = match (&request.form, &request.json) {
            (Some(_), Some(_)) => {
                reader.fault("request", "either form or json");
                Body::None
            }
            (Some(form), None) => Body::Form(reader.all("request.form", form)),
            (None, Some(json)) => match Tree::parse(json) {
                Ok(tree) => {
                    tree.places(&mut reader.places);
                    Body::Json(tree)
                }
                Err(fault) => {
                    reader.fault("request.json", &fault);
                    Body::None
                }
            },
            (None, None) => Body::None,
        };
        if request.method == Method::Get && !matches!(body, Body::None) {
            reader.fault("request", "a GET has no body");
        }
        if !reader.places.contains("text") {
            reader.fault("request", "{text} is not sent");
        }
        if !reader.places.contains("to") && !reader.places.contains("to_digits") {
            reader.fault("request", "neither {to} nor {to_digits} is sent");
        }
        if self.answer.knows_id && !reader.places.contains("id") {
            reader.fault("answer.knows_id", "{id} is not sent");
        }
        if reader.places.contains(TOKEN) && self.token.is_none() {
            reader.fault("token", "missing, and {token} is used");
        }
        let token = self.token.as_ref().map(|token| CheckedToken {
            url: reader.url("token.url", &token.url, request.plain),
            basic: reader.basic("token.basic", &token.basic),
            form: reader.all("token.form", &token.form),
            at: token.at.clone(),
            seconds: token.seconds.clone(),
        });
        let known: BTreeSet<&str> = OF_MESSAGE
            .into_iter()
            .chain([TOKEN])
            .chain(self.settings.iter().chain(&self.secrets).map(String::as_str))
            .collect();
        for place in std::mem::take(&mut reader.places) {
            if !known.contains(place.as_str()) {
                reader.fault("request", &format!("{{{place}}} is nothing that this profile knows"));
            }
        }
        self.check_pointers(&mut reader);
        if reader.faults.is_empty() {
            Ok(Checked { url, headers, query, basic, body, token })
        } else {
            Err(BadProfile(reader.faults))
        }
    }

    fn check_pointers(&self, reader: &mut Reader) {
        let (answer, mut pointers) = (&self.answer, Vec::new());
        pointers.extend(answer.accepted.iter().map(|c| ("answer.accepted", &c.at)));
        pointers.extend(answer.never.iter().map(|c| ("answer.never", &c.at)));
        pointers.extend(answer.reference.iter().map(|at| ("answer.reference", at)));
        pointers.extend(answer.why.iter().map(|at| ("answer.why", at)));
        if let Some(token) = &self.token {
            pointers.extend([("token.at", &token.at), ("token.seconds", &token.seconds)]);
        }
        if let Some(report) = &self.report {
            pointers.extend(report.items.iter().map(|at| ("report.items", at)));
            pointers.extend(report.why.iter().map(|at| ("report.why", at)));
            pointers.extend([
                ("report.reference", &report.reference),
                ("report.delivered", &report.delivered.at),
                ("report.failed", &report.failed.at),
            ]);
        }
        for (key, at) in pointers {
            if !at.starts_with('/') {
                reader.fault(key, &format!("a JSON pointer begins with a slash: {at:?}"));
            }
        }
    }
}

/// Reads templates, and keeps the faults and the names of places.
#[derive(Default)]
struct Reader {
    places: BTreeSet<String>,
    faults: Vec<String>,
}

impl Reader {
    fn fault(&mut self, key: &str, why: &str) {
        self.faults.push(format!("{key}: {why}"));
    }

    fn template(&mut self, key: &str, text: &str) -> Template {
        match Template::parse(text) {
            Ok(template) => {
                template.places(&mut self.places);
                template
            }
            Err(fault) => {
                self.fault(key, &fault);
                Template::empty()
            }
        }
    }

    fn url(&mut self, key: &str, text: &str, plain: bool) -> Template {
        let sound = text.starts_with("https://") || (plain && text.starts_with("http://"));
        if !sound {
            self.fault(key, "an address begins with https://, or with http:// where the request is `plain`");
        }
        self.template(key, text)
    }

    fn basic(&mut self, key: &str, basic: &BasicForm) -> (Template, Template) {
        (
            self.template(&format!("{key}.user"), &basic.user),
            self.template(&format!("{key}.password"), &basic.password),
        )
    }

    fn all(&mut self, key: &str, texts: &BTreeMap<String, String>) -> Vec<(String, Template)> {
        texts
            .iter()
            .map(|(name, text)| (name.clone(), self.template(&format!("{key}.{name}"), text)))
            .collect()
    }
}

/// What stands at a place, as text; none for nothing, a list or a table.
pub(super) fn text_at(body: &serde_json::Value, at: &str) -> Option<String> {
    match body.pointer(at)? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// The gateway's name for a message, as far as it can be one.
pub(super) fn reference_at(body: &serde_json::Value, at: &str, after_last: Option<char>) -> Option<String> {
    let text = text_at(body, at)?;
    let name = after_last.map_or(text.as_str(), |mark| text.rsplit(mark).next().unwrap_or(&text));
    let sound = !name.is_empty() && name.len() <= 200 && name.chars().all(|c| c.is_ascii_graphic());
    sound.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_profile_is_sound_and_says_whence_it_is() {
        for name in Profile::builtin_names() {
            let (_, text) = BUILTIN.iter().find(|(known, _)| *known == name).expect("listed");
            let profile = Profile::parse(text).unwrap_or_else(|bad| panic!("{name}: {bad}"));
            assert_eq!(profile.name, name);
            assert!(profile.documentation.starts_with("https://"), "{name}");
            assert!(cnss_core::calendar::parse_date(&profile.read).is_ok(), "{name}");
            assert!(!profile.secrets.is_empty() && profile.report.is_some(), "{name}");
            assert!(profile.answer.reference.is_some(), "{name}: reports could not be matched");
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let text = r#"
            name = "x"
            documentation = "https://x.example"
            read = "2026-11-21"
            [request]
            method = "GET"
            url = "http://x.example/{unheard}"
            form = { to = "{to}" }
            [answer]
            reference = "id"
            knows_id = true
        "#;
        let Err(BadProfile(faults)) = Profile::parse(text) else { panic!("it is full of faults") };
        let told = faults.join("\n");
        for fault in [
            "request.url: ",
            "a GET has no body",
            "{text} is not sent",
            "{unheard}",
            "answer.reference: ",
            "{id} is not sent",
        ] {
            assert!(told.contains(fault), "{fault} in {told}");
        }
        let BadProfile(faults) = Profile::parse("nam = 1").expect_err("unknown");
        assert!(faults.concat().contains("nam"), "{faults:?}");
    }
}
