//! Reading JSON bodies: every field that is wrong is told, all at once, with its path.
//!
//! A typed deserialiser stops at the first fault; people who connect programs to a fund
//! deserve the whole list.

use axum::body::Body as RawBody;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use chrono::NaiveDate;
use cnss_core::calendar::{Month, parse_iso_date};
use cnss_core::explain::Value as Shown;
use cnss_core::fund::Fund;
use cnss_core::id::RequestKey;
use cnss_core::refusal::{Fault, FaultKind, Refusal};
use http_body_util::BodyExt;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::portal::Portal;
use crate::problem::JsonProblem;

/// The most bytes of a JSON body.
pub(crate) const JSON_MAX: usize = 1_000_000;
/// How much of a body that is too large is still received, so that its sender can read the answer:
/// a connection that is closed on unread bytes takes the answer with it.
const DISCARDED_MAX: usize = 16_000_000;
/// The most characters of any one text.
const TEXT_MAX: usize = 200;

/// A JSON object being read, with the faults found so far.
pub struct Body {
    object: Value,
    faults: Vec<Fault>,
}

impl FromRequest<Portal> for Body {
    type Rejection = JsonProblem;

    async fn from_request(request: Request, _: &Portal) -> Result<Self, JsonProblem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" {
            return Err(JsonProblem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = received(request.into_body(), JSON_MAX).await.map_err(JsonProblem::plain)?;
        let object: Value =
            serde_json::from_slice(&bytes).map_err(|_| JsonProblem::plain(StatusCode::BAD_REQUEST))?;
        if !object.is_object() {
            return Err(JsonProblem::plain(StatusCode::BAD_REQUEST));
        }
        Ok(Self { object, faults: Vec::new() })
    }
}

/// The bytes of a body; what is beyond `most` is received to no avail, and not kept.
pub(crate) async fn received(mut body: RawBody, most: usize) -> Result<Vec<u8>, StatusCode> {
    let (mut bytes, mut size) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        size = size.saturating_add(piece.len());
        if size > DISCARDED_MAX {
            break;
        }
        if size > most {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&piece);
        }
    }
    if size > most { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(bytes) }
}

impl Body {
    /// The fields of the body.
    pub fn fields(&mut self) -> Fields<'_> {
        Fields { value: &self.object, path: String::new(), faults: &mut self.faults }
    }

    /// What was read, unless anything was wrong.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every fault.
    pub fn done<T>(self, read: Option<T>) -> Result<T, Refusal> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(Refusal::Invalid(self.faults)),
        }
    }
}

/// The fields of one JSON object.
pub struct Fields<'a> {
    value: &'a Value,
    path: String,
    faults: &'a mut Vec<Fault>,
}

impl Fields<'_> {
    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Adds a fault to a field.
    pub fn fault(&mut self, name: &str, kind: FaultKind) {
        let fault = Fault::field(self.at(name), kind);
        let given = self.value.get(name).and_then(Value::as_str);
        self.faults.push(match given {
            Some(text) => fault.given(text),
            None => fault,
        });
    }

    /// Adds what a check found wrong with a field, if anything.
    pub fn check(&mut self, name: &str, wrong: Option<FaultKind>) {
        if let Some(kind) = wrong {
            self.fault(name, kind);
        }
    }

    /// What was read of a field, or its fault.
    fn told<T>(&mut self, name: &str, read: Result<T, FaultKind>) -> Option<T> {
        read.map_err(|kind| self.fault(name, kind)).ok()
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.value.get(name) {
            None | Some(Value::Null) => self.fault(name, FaultKind::Missing),
            Some(Value::String(text)) if text.trim().is_empty() => self.fault(name, FaultKind::Missing),
            Some(Value::String(text))
                if text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) =>
            {
                self.fault(name, FaultKind::TooLong { most: TEXT_MAX as u32 });
            }
            Some(Value::String(text)) => return Some(text.trim().to_owned()),
            Some(_) => self.fault(name, FaultKind::NotAllowed { allowed: "texte".to_owned() }),
        }
        None
    }

    /// One of some words.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let allowed = choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.fault(name, FaultKind::NotAllowed { allowed });
        }
        found
    }

    /// A date, written `2024-03-31`.
    pub fn date(&mut self, name: &str) -> Option<NaiveDate> {
        let text = self.text_or(name, FaultKind::NotADate)?;
        self.told(name, parse_iso_date(&text).map_err(|error| FaultKind::of_date(&error)))
    }

    /// A month, written `2024-03`.
    pub fn month(&mut self, name: &str) -> Option<Month> {
        let text = self.text_or(name, FaultKind::NotAMonth)?;
        self.told(name, text.parse().map_err(|error| FaultKind::of_month(&error)))
    }

    /// A text, or the fault that fits the field when it is something else.
    fn text_or(&mut self, name: &str, kind: FaultKind) -> Option<String> {
        match self.value.get(name) {
            Some(Value::String(_) | Value::Null) | None => self.text(name),
            Some(_) => {
                self.fault(name, kind);
                None
            }
        }
    }

    /// An amount above zero, written as a text or as a whole number.
    pub fn amount(&mut self, name: &str, limits: &AmountLimits) -> Option<Decimal> {
        let value = self.value.get(name).unwrap_or(&Value::Null);
        self.told(name, amount(value, limits))
    }

    /// The same, when it may be left out.
    pub fn optional_amount(&mut self, name: &str, limits: &AmountLimits) -> Option<Decimal> {
        match self.value.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => self.amount(name, limits),
        }
    }

    /// A whole number from `least` to `most`, when it is there.
    pub fn optional_count(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        let value = match self.value.get(name) {
            None | Some(Value::Null) => return None,
            Some(value) => value,
        };
        let text = value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|n| n.to_string()));
        let count = text.and_then(|text| text.parse().ok()).filter(|n| (least..=most).contains(n));
        if count.is_none() {
            self.fault(name, FaultKind::NotDays { most });
        }
        count
    }

    /// The key that a client made for its request, so that it can be sent again.
    pub fn request_key(&mut self, name: &str) -> Option<RequestKey> {
        let text = self.text(name)?;
        let key = text.parse().ok().and_then(RequestKey::of_client);
        if key.is_none() {
            self.fault(name, FaultKind::NotAllowed { allowed: "UUID".to_owned() });
        }
        key
    }

    /// A password, to the letter: its spaces are its own. How long it may be is said by its rules.
    pub fn secret(&mut self, name: &str) -> Option<String> {
        match self.value.get(name) {
            None | Some(Value::Null) => self.fault(name, FaultKind::Missing),
            Some(Value::String(text)) if text.is_empty() => self.fault(name, FaultKind::Missing),
            Some(Value::String(text)) => return Some(text.clone()),
            Some(_) => self.fault(name, FaultKind::NotAllowed { allowed: "texte".to_owned() }),
        }
        None
    }

    /// A text that may be left out.
    pub fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.value.get(name) {
            None | Some(Value::Null) => None,
            Some(_) => self.text(name),
        }
    }

    /// True or false; false when it is left out.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.value.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.fault(name, FaultKind::NotAllowed { allowed: "true, false".to_owned() });
                false
            }
        }
    }

    /// A whole number from 0 to `most`; 0 when it is left out.
    pub fn count(&mut self, name: &str, most: u32) -> u32 {
        let count = match self.value.get(name) {
            None | Some(Value::Null) => return 0,
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64().and_then(|n| u32::try_from(n).ok()),
        };
        let count = count.filter(|n| *n <= most);
        if count.is_none() {
            self.fault(name, FaultKind::NotAllowed { allowed: format!("0 à {most}") });
        }
        count.unwrap_or(0)
    }

    /// A share from 0 to 1, when it is there.
    pub fn optional_share(&mut self, name: &str) -> Option<Decimal> {
        let value = match self.value.get(name) {
            None | Some(Value::Null) => return None,
            Some(value) => value,
        };
        let share = match value {
            Value::String(text) if text.len() <= 40 => Decimal::from_str_exact(text.trim()).ok(),
            Value::Number(number) => number.as_i64().map(Decimal::from),
            _ => None,
        };
        let share = share.filter(|share| *share >= Decimal::ZERO && *share <= Decimal::ONE);
        if share.is_none() {
            self.fault(name, FaultKind::NotAllowed { allowed: "\"0\" à \"1\"".to_owned() });
        }
        share
    }

    /// A date that may be left out.
    pub fn optional_date(&mut self, name: &str) -> Option<NaiveDate> {
        self.given(name).then(|| self.date(name)).flatten()
    }

    /// A field as it was sent, for what reads itself.
    pub fn raw(&self, name: &str) -> Option<Value> {
        self.value.get(name).filter(|value| !value.is_null()).cloned()
    }

    /// True when the field is there.
    pub fn given(&self, name: &str) -> bool {
        !matches!(self.value.get(name), None | Some(Value::Null))
    }

    /// One of the fund's own codes.
    pub fn code<'a>(&mut self, name: &str, codes: impl Iterator<Item = &'a str>) -> Option<String> {
        let codes: Vec<(&str, &str)> = codes.map(|code| (code, code)).collect();
        self.choice(name, &codes).map(str::to_owned)
    }

    /// Some of the fund's own codes, in a list that may be left out.
    pub fn codes(&mut self, name: &str, most: u32, allowed: &[&str]) -> Vec<String> {
        if !self.given(name) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (i, value) in self.items(name, most).unwrap_or_default().iter().enumerate() {
            match value.as_str().filter(|text| allowed.contains(text)) {
                Some(code) => all.push(code.to_owned()),
                None => {
                    let kind = FaultKind::NotAllowed { allowed: allowed.join(", ") };
                    self.faults.push(Fault::field(self.at(&format!("{name}[{i}]")), kind));
                }
            }
        }
        all
    }

    /// Each object of a list.
    pub fn list<T>(
        &mut self,
        name: &str,
        most: u32,
        mut read: impl FnMut(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(name, most)?;
        let mut all = Vec::with_capacity(items.len());
        for (i, value) in items.iter().enumerate() {
            let path = self.at(&format!("{name}[{i}]"));
            if !value.is_object() {
                self.faults.push(Fault::field(path, FaultKind::Missing));
                continue;
            }
            let mut fields = Fields { value, path, faults: self.faults };
            all.extend(read(&mut fields));
        }
        Some(all)
    }

    /// Each amount of a list.
    pub fn amounts(&mut self, name: &str, most: u32, limits: &AmountLimits) -> Option<Vec<Decimal>> {
        let items = self.items(name, most)?;
        if items.is_empty() {
            self.fault(name, FaultKind::Missing);
        }
        let mut all = Vec::with_capacity(items.len());
        for (i, value) in items.iter().enumerate() {
            match amount(value, limits) {
                Ok(amount) => all.push(amount),
                Err(kind) => self.faults.push(Fault::field(self.at(&format!("{name}[{i}]")), kind)),
            }
        }
        Some(all)
    }

    fn items(&mut self, name: &str, most: u32) -> Option<Vec<Value>> {
        match self.value.get(name) {
            Some(Value::Array(items)) if items.len() <= usize::try_from(most).unwrap_or(usize::MAX) => {
                Some(items.clone())
            }
            Some(Value::Array(_)) => {
                self.fault(name, FaultKind::TooMany { most });
                None
            }
            None | Some(Value::Null) => {
                self.fault(name, FaultKind::Missing);
                None
            }
            Some(_) => {
                self.fault(name, FaultKind::NotAllowed { allowed: "liste".to_owned() });
                None
            }
        }
    }
}

/// The digits of a group, as in 52.000.
const GROUP: u32 = 3;

/// What an amount may be.
pub struct AmountLimits {
    /// Decimals of the currency.
    pub places: u32,
    /// The greatest that is no typing error.
    pub most: Decimal,
}

fn amount(value: &Value, limits: &AmountLimits) -> Result<Decimal, FaultKind> {
    let amount = match value {
        Value::Null => return Err(FaultKind::Missing),
        Value::String(text) if text.trim().is_empty() => return Err(FaultKind::Missing),
        Value::String(text) if text.len() <= 40 => {
            Decimal::from_str_exact(text.trim()).map_err(|_| FaultKind::NotAnAmount)?
        }
        // A whole number loses nothing in JSON; a fraction would, so it must come as text.
        Value::Number(number) => number.as_i64().map(Decimal::from).ok_or(FaultKind::NotAnAmount)?,
        _ => return Err(FaultKind::NotAnAmount),
    };
    // "52.000" is 52 to a program and fifty-two thousand to whoever groups by dots: without decimals
    // in the currency nobody means three of them, so it is asked again.
    let grouped = limits.places == 0 && amount.scale() == GROUP;
    if amount <= Decimal::ZERO {
        Err(FaultKind::NotPositive)
    } else if amount > limits.most {
        Err(FaultKind::TooLarge { most: Shown::Number(limits.most) })
    } else if grouped || amount.normalize().scale() > limits.places {
        Err(FaultKind::NotWhole)
    } else {
        Ok(amount)
    }
}

impl AmountLimits {
    /// Those of a fund's wages.
    pub(crate) fn of(fund: &Fund) -> Self {
        Self { places: u32::from(fund.currency.exponent()), most: fund.layout.wage_max }
    }

    /// Those of sums of many wages.
    pub(crate) fn sums(&self) -> Self {
        Self { places: self.places, most: Decimal::from(1_000_000_000_000_i64) }
    }
}

impl Portal {
    pub(crate) fn amount_limits(&self) -> AmountLimits {
        AmountLimits::of(self.desk().fund())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_that_two_people_read_differently_is_asked_again() {
        let franc = AmountLimits { places: 0, most: Decimal::from(1_000_000_000) };
        for (given, read) in [
            (json!("52000"), Ok(Decimal::from(52_000))),
            (json!(52_000), Ok(Decimal::from(52_000))),
            (json!("52000.00"), Ok(Decimal::from(52_000))),
            (json!("52.0"), Ok(Decimal::from(52))),
            (json!("52.000"), Err("not_whole")),
            (json!(" 1052.000 "), Err("not_whole")),
            (json!("52.500"), Err("not_whole")),
            (json!("0.000"), Err("not_positive")),
            (json!("1.052.000"), Err("not_an_amount")),
            (json!("52,000"), Err("not_an_amount")),
            (json!("52 000"), Err("not_an_amount")),
        ] {
            let found = amount(&given, &franc).map_err(|kind| kind.code());
            assert_eq!(found, read, "{given}");
        }
        let cents = AmountLimits { places: 2, ..franc };
        assert_eq!(amount(&json!("52.000"), &cents), Ok(Decimal::from(52)));
    }
}
