//! A form in a page: its fields, what was typed into them, and what is wrong with it.
//!
//! The one rule to remember: what was typed stays in its field, and every fault is told twice, beside
//! the field and in the summary above the page.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use cnss_core::calendar::{Month, parse_date};
use cnss_core::explain::Value;
use cnss_core::fund::Fund;
use cnss_core::insured::CareerSpan;
use cnss_core::money::parse_amount;
use cnss_core::refusal::{FaultKind, Refusal};
use rust_decimal::Decimal;

use crate::body::AmountLimits;
use crate::page::send_with;
use crate::public::given::no_rule_at;
use crate::words::Words;

/// The most characters that a field keeps.
const KEPT: usize = 40;

/// One entry of the error summary.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Anchor of the field, e.g. « #login »; empty when no field is at fault.
    pub href: String,
    /// What to correct.
    pub text: String,
}

impl Fault {
    /// Builds an entry.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// One input of a form, with what was typed and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name sent to the server; also the identifier in the page.
    pub name: String,
    /// Label.
    pub label: String,
    /// What was typed, kept as is.
    pub value: String,
    /// Type of the input: text, email, password, date, month…
    pub kind: &'static str,
    /// Whether the field must be filled.
    pub required: bool,
    /// Help under the label.
    pub hint: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// Value of the `autocomplete` attribute; empty for none.
    pub autocomplete: &'static str,
    /// Value of the `inputmode` attribute; empty for none.
    pub inputmode: &'static str,
    /// Identifier of another text that describes it; empty for none.
    pub described: &'static str,
}

impl Field {
    /// A text field.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            value: String::new(),
            kind: "text",
            required: false,
            hint: None,
            error: None,
            autocomplete: "",
            inputmode: "",
            described: "",
        }
    }

    /// Sets the type of the input.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the keyboard shown on a phone.
    pub fn inputmode(mut self, mode: &'static str) -> Self {
        self.inputmode = mode;
        self
    }

    /// Names another text of the page that describes the field.
    pub fn described(mut self, id: &'static str) -> Self {
        self.described = id;
        self
    }

    /// Sets the `autocomplete` attribute.
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    /// Marks the field as required.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets what was typed.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Sets the help text.
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Sets what is wrong.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// Identifiers of the texts that describe the field.
    pub fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        let other = Some(self.described.to_owned()).filter(|id| !id.is_empty());
        let all: Vec<String> = hint.into_iter().chain(error).chain(other).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }
}

/// One choice of a group of radio buttons.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Value sent.
    pub value: String,
    /// Label.
    pub label: String,
    /// One-line help.
    pub hint: Option<String>,
    /// Whether it is the selected one.
    pub checked: bool,
}

/// A group of radio buttons.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Name sent to the server; the first button has it as identifier.
    pub name: String,
    /// Question.
    pub label: String,
    /// Whether an answer is needed.
    pub required: bool,
    /// What is wrong.
    pub error: Option<String>,
    /// The possible answers.
    pub options: Vec<Choice>,
}

/// A group of boxes to tick, each sent by its own name.
#[derive(Clone, Debug)]
pub struct Checks {
    /// Question.
    pub label: String,
    /// What each box says; `value` is the name that is sent.
    pub options: Vec<Choice>,
}

impl Checks {
    /// The names of the boxes that are ticked.
    pub(crate) fn checked(&self) -> BTreeSet<String> {
        self.options.iter().filter(|option| option.checked).map(|option| option.value.clone()).collect()
    }

    /// True when any is ticked.
    #[must_use]
    pub fn any(&self) -> bool {
        self.options.iter().any(|option| option.checked)
    }
}

/// What was typed, by the name of the field.
pub(crate) type Typed = BTreeMap<String, String>;

/// What was typed into a field, cut to a readable length.
pub(crate) fn kept(typed: &Typed, name: &str) -> String {
    typed.get(name).map(|text| text.chars().take(KEPT).collect()).unwrap_or_default()
}

/// A form whose faults are told.
pub(crate) trait Form {
    /// Its fields, each with its name in the summary, and the summary.
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>);

    /// Puts an error beside a field and into the summary.
    fn refuse(&mut self, name: &str, text: String) {
        let (fields, errors) = self.parts();
        match fields.into_iter().find(|(_, field)| field.name == name) {
            Some((label, field)) => {
                errors.push(Fault::new(format!("#{name}"), format!("{label}\u{a0}: {text}")));
                field.error = Some(text);
            }
            None => errors.push(Fault::new("", text)),
        }
    }

    /// Tells why the counter refuses; what concerns no field stands beside `field`.
    fn refused(&mut self, refusal: Refusal, field: &str, fund: &Fund, words: &Words) {
        match no_rule_at(refusal, field, fund) {
            Refusal::Invalid(faults) => {
                for fault in faults {
                    self.refuse(&fault.path(), words.fault(&fault));
                }
            }
            other => {
                let (title, advice) = words.refusal(&other);
                self.refuse(field, format!("{title}. {advice}"));
            }
        }
    }

    /// Whether anything was refused.
    fn is_refused(&mut self) -> bool {
        !self.parts().1.is_empty()
    }

    /// Sends the page with the status that fits.
    fn send(&mut self) -> Response
    where
        Self: Template + Sized,
    {
        let refused = self.is_refused();
        send_with(if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, self)
    }
}

/// Reads what was typed, field by field, and keeps it there; the faults are gathered.
pub(crate) struct Reader<'a> {
    typed: &'a Typed,
    words: &'a Words,
    faults: Vec<(String, String)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(typed: &'a Typed, words: &'a Words) -> Self {
        Self { typed, words, faults: Vec::new() }
    }

    /// Tells what was found; none when anything was wrong.
    pub(crate) fn done<T>(self, form: &mut impl Form, read: Option<T>) -> Option<T> {
        for (name, text) in self.faults {
            form.refuse(&name, text);
        }
        read.filter(|_| !form.is_refused())
    }

    /// Adds a fault to a field.
    pub(crate) fn fault(&mut self, field: &Field, kind: &FaultKind) {
        self.faults.push((field.name.clone(), self.words.fault_kind(kind)));
    }

    /// Keeps what was typed; true when there is anything.
    pub(crate) fn keep(&self, field: &mut Field) -> bool {
        field.value = kept(self.typed, &field.name);
        !field.value.trim().is_empty()
    }

    /// Adds what a check found wrong with a field, if anything.
    pub(crate) fn check(&mut self, field: &Field, wrong: Option<FaultKind>) {
        if let Some(kind) = wrong {
            self.fault(field, &kind);
        }
    }

    /// What `parse` makes of a field, or its fault.
    fn value<T>(&mut self, field: &mut Field, parse: impl FnOnce(&str) -> Result<T, FaultKind>) -> Option<T> {
        let read = if self.keep(field) { parse(field.value.trim()) } else { Err(FaultKind::Missing) };
        read.map_err(|kind| self.fault(field, &kind)).ok()
    }

    /// A day.
    pub(crate) fn day(&mut self, field: &mut Field) -> Option<NaiveDate> {
        self.value(field, |text| parse_date(text).map_err(|error| FaultKind::of_date(&error)))
    }

    /// A month.
    pub(crate) fn month(&mut self, field: &mut Field) -> Option<Month> {
        self.value(field, |text| text.parse().map_err(|error| FaultKind::of_month(&error)))
    }

    /// A wage.
    pub(crate) fn wage(&mut self, field: &mut Field, limits: &AmountLimits) -> Option<Decimal> {
        let wage = self.value(field, |text| parse_amount(text).map_err(|_| FaultKind::NotAnAmount))?;
        let wrong = match wage {
            wage if wage <= Decimal::ZERO => FaultKind::NotPositive,
            wage if wage > limits.most => FaultKind::TooLarge { most: Value::Number(limits.most) },
            wage if wage.normalize().scale() > limits.places => FaultKind::NotWhole,
            wage => return Some(wage),
        };
        self.fault(field, &wrong);
        None
    }

    /// A period of work at one wage.
    pub(crate) fn span(
        &mut self,
        [first, last, wage]: [&mut Field; 3],
        birth_date: Option<NaiveDate>,
        limits: &AmountLimits,
    ) -> Option<CareerSpan> {
        let (from, to) = (self.month(first), self.month(last));
        self.check(first, FaultKind::of_work(birth_date, from));
        self.check(last, FaultKind::of_period(from, to));
        let wage = self.wage(wage, limits);
        Some(CareerSpan::new(from?, to?, wage?))
    }
}
