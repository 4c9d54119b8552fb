//! Explanations (motifs): every computed figure comes with the steps that led to it.
//!
//! A step names its rule, shows its working as values and signs, and says on which source it
//! rests and how sure we are. The one rule to remember: words for people are made at the
//! edge; here a step carries the jurist's label from the fund's data, and numbers.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

use crate::calendar::Month;
use crate::exact::Exact;
use crate::fund::{Basis, Status};
use crate::money::{Currency, Money, Rounding};

/// A value as a step shows it; its JSON form is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An amount.
    Money(Money),
    /// A bare number.
    Number(Decimal),
    /// A share, `0.3995` for 39,95 %.
    Rate(Decimal),
    /// A count and its unit's word: `years`, `months`, `days`, `workers`.
    Count(i64, &'static str),
    /// A day.
    Date(NaiveDate),
    /// A month.
    Month(Month),
    /// Yes or no.
    Flag(bool),
    /// A word of the catalogue.
    Word(&'static str),
    /// Two shares and the word that says what they are.
    Pair(Decimal, Decimal, &'static str),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => fmt::Display::fmt(money, f),
            Self::Number(number) | Self::Rate(number) => fmt::Display::fmt(&number.normalize(), f),
            Self::Count(count, _) => fmt::Display::fmt(count, f),
            Self::Date(date) => fmt::Display::fmt(date, f),
            Self::Month(month) => fmt::Display::fmt(month, f),
            Self::Flag(flag) => fmt::Display::fmt(flag, f),
            Self::Word(word) => f.write_str(word),
            Self::Pair(a, b, _) => write!(f, "{} / {}", a.normalize(), b.normalize()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a value in a working comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A fact that was given: a birth date, a wage.
    Given,
    /// The law: the path inside the value of the step's own rule.
    Law(Cow<'static, str>),
    /// An earlier step, by its place from 0.
    Step(u32),
    /// Plain arithmetic: the one of « 1 − 15 % ».
    Plain,
}

/// A piece of the working of a step: a value or a sign between values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A value and where it comes from.
    Value(Value, Origin),
    /// `+`, `−`, `×`, `÷`, `(`, `)`, `≥` …
    Sign(&'static str),
}

impl Piece {
    /// A fact.
    #[must_use]
    pub const fn given(value: Value) -> Self {
        Self::Value(value, Origin::Given)
    }

    /// Nothing, or one: what nobody gave and no law says.
    #[must_use]
    pub const fn plain(value: Value) -> Self {
        Self::Value(value, Origin::Plain)
    }

    /// A value of the step's own rule.
    #[must_use]
    pub const fn law(value: Value, path: &'static str) -> Self {
        Self::Value(value, Origin::Law(Cow::Borrowed(path)))
    }

    /// The same with a path made at run time.
    #[must_use]
    pub const fn law_at(value: Value, path: String) -> Self {
        Self::Value(value, Origin::Law(Cow::Owned(path)))
    }
}

/// What a step does with its working; a checker can do it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// A fact that was given.
    Given,
    /// A value that is read in the law.
    Read,
    /// The arithmetic of the working, `⌊ ⌋` meaning the whole part.
    Formula,
    /// The greatest of the values.
    Greatest,
    /// The smallest of the values.
    Least,
    /// Rounded: what stands before « ≈ », by the rule's word, to the multiple.
    Round,
    /// Completed years between two dates.
    Age,
    /// The day on which a birth date reaches an age.
    Birthday,
    /// Periods between two dates. Of an early pension: the entry → the birthday (the birth), the
    /// unit, how a part counts. Of a late payment: the due date + months of grace → the payment,
    /// how a part counts.
    Periods,
    /// Whether the comparison holds.
    Compare,
    /// The first day of the month after the later of the first values' month and the last value.
    Start,
    /// The due day: the month, months after it, the day.
    Due,
    /// The sum of what was rounded for each worker: what stands before « ≈ », the workers.
    Total,
    /// The number of months or days in what was declared.
    Count,
}

/// One step of a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule, as its key in the fund's data: `pension.annuities`.
    pub rule: Arc<str>,
    /// The jurist's words for it.
    pub label: Arc<str>,
    /// What it does.
    pub op: Op,
    /// What this step gives, as it is shown.
    pub value: Value,
    /// From what: empty when the value is simply given.
    pub working: Vec<Piece>,
    /// What it rests on; none for plain arithmetic on earlier steps.
    pub basis: Option<Arc<Basis>>,
    /// The day for which the law was read.
    pub read_on: Option<NaiveDate>,
    /// The birth, where it had a part in choosing the line.
    pub born: Option<NaiveDate>,
    /// The category, where it had a part in choosing the line.
    pub category: Option<Arc<str>>,
}

impl Step {
    /// How sure we are of the rule of this step; arithmetic is sure of itself.
    #[must_use]
    pub fn status(&self) -> Status {
        self.basis.as_ref().map_or(Status::Verified, |b| b.status)
    }

    /// True when the other one says the same, be it for another day.
    fn says_the_same(&self, other: &Self) -> bool {
        let line = |step: &Self| (step.rule.clone(), step.basis.clone(), step.born, step.category.clone());
        self.op == other.op
            && self.value == other.value
            && self.working == other.working
            && self.label == other.label
            && line(self) == line(other)
    }

    /// The working as plain text: `0.2 + 15 × 0.0133`. A long sum is cut in the middle.
    #[must_use]
    pub fn working_text(&self) -> String {
        let mut text = String::new();
        for piece in shortened(&self.working) {
            if !text.is_empty() {
                text.push(' ');
            }
            match piece {
                Piece::Value(value, _) => text.push_str(&value.to_string()),
                Piece::Sign(sign) => text.push_str(sign),
            }
        }
        text
    }
}

/// The pieces that are shown: of a working beyond 24 pieces, its beginning and its end.
#[must_use]
pub fn shortened(working: &[Piece]) -> Vec<Piece> {
    match (working.get(..8), working.get(working.len().saturating_sub(7)..)) {
        (Some(first), Some(last)) if working.len() > 24 => {
            first.iter().chain([&Piece::Sign("…")]).chain(last).cloned().collect()
        }
        _ => working.to_vec(),
    }
}

/// An exact number and the step that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The number.
    pub exact: Exact,
    /// The step, when steps are kept.
    pub step: Option<u32>,
}

/// The steps of a computation as it goes; kept only when somebody wants to read them.
#[derive(Debug, Default)]
pub struct Working {
    quiet: bool,
    steps: Vec<Step>,
}

impl Working {
    /// Keeps every step.
    #[must_use]
    pub fn kept() -> Self {
        Self { quiet: false, steps: Vec::with_capacity(16) }
    }

    /// Keeps nothing.
    #[must_use]
    pub const fn quiet() -> Self {
        Self { quiet: true, steps: Vec::new() }
    }

    /// Adds a step; says at which place it stands.
    pub fn step(&mut self, step: impl FnOnce() -> Step) -> Option<u32> {
        if self.quiet {
            return None;
        }
        let place = u32::try_from(self.steps.len()).ok();
        self.steps.push(step());
        place
    }

    /// Adds a step, unless the same one stands there already. A line of the law that is read again
    /// for a later month is the same: the first month for which it was read stays.
    pub fn once(&mut self, step: impl FnOnce() -> Step) -> Option<u32> {
        if self.quiet {
            return None;
        }
        let step = step();
        match self.steps.iter().position(|s| s.says_the_same(&step)) {
            Some(place) => u32::try_from(place).ok(),
            None => self.step(|| step),
        }
    }

    /// True when steps are kept.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        !self.quiet
    }

    /// Adds a step whose value is an exact number.
    pub fn figure(&mut self, exact: Exact, step: impl FnOnce() -> Step) -> Figure {
        Figure { exact, step: self.step(step) }
    }

    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps.
    #[must_use]
    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

impl Figure {
    /// As an amount in a working.
    #[must_use]
    pub fn money(self, currency: Currency) -> Piece {
        Piece::Value(shown_money(self.exact, currency), self.origin())
    }

    /// As a share in a working.
    #[must_use]
    pub fn rate(self) -> Piece {
        Piece::Value(shown_rate(self.exact), self.origin())
    }

    /// As a count in a working.
    #[must_use]
    pub fn count(self, unit: &'static str) -> Piece {
        Piece::Value(Value::Count(i64::try_from(self.exact.floor()).unwrap_or(i64::MAX), unit), self.origin())
    }

    /// A number without a step.
    #[must_use]
    pub const fn bare(exact: Exact) -> Self {
        Self { exact, step: None }
    }

    /// Where it comes from, in a later working.
    #[must_use]
    pub fn origin(self) -> Origin {
        self.step.map_or(Origin::Plain, Origin::Step)
    }
}

/// A line of the law that a step rests on.
#[derive(Clone, Debug)]
pub struct Cite {
    /// The rule's key.
    pub rule: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// What it rests on.
    pub basis: Arc<Basis>,
    /// The day for which it was read.
    pub read_on: NaiveDate,
    /// The birth, where it had a part in choosing the line.
    pub born: Option<NaiveDate>,
    /// The category, where it had a part in choosing the line.
    pub category: Option<Arc<str>>,
}

impl Cite {
    /// A step that rests on this line.
    #[must_use]
    pub fn step(&self, op: Op, value: Value, working: Vec<Piece>) -> Step {
        Step {
            rule: Arc::clone(&self.rule),
            label: Arc::clone(&self.label),
            op,
            value,
            working,
            basis: Some(Arc::clone(&self.basis)),
            read_on: Some(self.read_on),
            born: self.born,
            category: self.category.clone(),
        }
    }

    /// The same under other words.
    #[must_use]
    pub fn labelled(&self, label: &Arc<str>) -> Self {
        Self { label: Arc::clone(label), ..self.clone() }
    }
}

impl<T> crate::fund::Parameter<T> {
    /// What a step rests on that reads `line`, one of this rule's, for that day and person.
    #[must_use]
    pub fn cite(&self, line: &crate::fund::Dated<T>, asked: &crate::fund::Asked<'_>) -> Cite {
        Cite {
            rule: Arc::clone(&self.key),
            label: Arc::clone(&self.label),
            basis: Arc::clone(&line.basis),
            read_on: asked.date,
            born: asked.born.filter(|_| self.entries().iter().any(|e| e.born_from.is_some())),
            category: asked
                .category
                .filter(|_| self.entries().iter().any(|e| !e.categories.is_empty()))
                .map(Arc::from),
        }
    }
}

/// A step of plain arithmetic, or a fact, under the fund's own words.
#[must_use]
pub fn plain(rule: &str, label: &Arc<str>, op: Op, value: Value, working: Vec<Piece>) -> Step {
    Step {
        rule: Arc::from(rule),
        label: Arc::clone(label),
        op,
        value,
        working,
        basis: None,
        read_on: None,
        born: None,
        category: None,
    }
}

/// An amount as steps show it: at most two decimals beyond the currency's own.
#[must_use]
pub fn shown_money(exact: Exact, currency: Currency) -> Value {
    let places = u32::from(currency.exponent()).saturating_add(2);
    let rounded = exact.rounded(Rounding::HalfUp, places).unwrap_or(Decimal::MAX).normalize();
    Money::new(rounded, currency).map_or(Value::Number(rounded), Value::Money)
}

/// A share as steps show it: at most six decimals.
#[must_use]
pub fn shown_rate(exact: Exact) -> Value {
    Value::Rate(exact.rounded(Rounding::HalfUp, 6).unwrap_or(Decimal::MAX).normalize())
}

/// Something the reader must know before relying on a result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caveat {
    /// A question that is not settled: its key and its text.
    Open(Arc<str>, Arc<str>),
    /// A condition that could not be checked for want of facts: the label of its rule.
    Unchecked(Arc<str>),
    /// A value that nobody verified: the label of its rule.
    Unverified(Arc<str>),
    /// A rule that is not known on a day on which it is needed: its label, and the day.
    NoRule(Arc<str>, NaiveDate),
    /// More was asked for than is paid: the label of the rule that says how much, and how much.
    Beyond(Arc<str>, u32, &'static str),
    /// Months without pay, in a mean that is taken over all of them: its label, and how many.
    Unpaid(Arc<str>, u32),
}

/// The caveats of some steps, each once, in the order in which they matter.
#[must_use]
pub fn caveats(steps: &[Step]) -> Vec<Caveat> {
    let mut found = Vec::new();
    for step in steps {
        let Some(basis) = &step.basis else { continue };
        let questions = [&basis.question, &basis.rule_question].into_iter().flatten();
        let mut told: Vec<Caveat> =
            questions.map(|(key, text)| Caveat::Open(Arc::clone(key), Arc::clone(text))).collect();
        if told.is_empty() && basis.status == Status::Unverified {
            told.push(Caveat::Unverified(Arc::clone(&step.label)));
        }
        for caveat in told {
            if !found.contains(&caveat) {
                found.push(caveat);
            }
        }
    }
    found
}
