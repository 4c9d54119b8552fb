//! Certificates (attestations de calcul): every step of a computation as text that can be kept,
//! sent and checked by somebody else.
//!
//! A certificate names the line of the law that each step rests on, with its source, and where
//! every number comes from; a digest holds it together. The one rule to remember: it is text all
//! through, so that [`crate::verify`] can replay it without the program that made it.

use std::fmt::Write as _;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::explain::{self, Op, Piece, Step};
use crate::fund::Fund;
use crate::money::Money;

mod print;
pub use print::MONTHS;

/// What the text of a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An amount in the currency of the certificate, to two decimals beyond its own.
    Money,
    /// A share or a number of points, to six decimals.
    Rate,
    /// A number, all of it.
    Number,
    /// A whole number of `unit`.
    Count,
    /// A day, `2024-03-31`.
    Date,
    /// A month, `2024-03`.
    Month,
    /// A word of the law, or a sign.
    Word,
    /// `true` or `false`.
    Flag,
}

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// What it means.
    pub kind: Kind,
    /// What is counted: `years`, `months`, `workers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A fact that was given.
    Given,
    /// The law: the path inside the value of the step's line.
    Law(String),
    /// The value of an earlier step, from 1.
    Step(u32),
    /// Plain arithmetic: the one of « 1 − 15 % ».
    Plain,
    /// A sign between values.
    Sign,
}

/// A value or a sign in the working of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The value.
    #[serde(flatten)]
    pub shown: Shown,
    /// Where it comes from.
    pub origin: Origin,
}

/// The line of the law that a step rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// The article, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// Article and title.
    pub source: String,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `verified`, `secondary` or `unverified`.
    pub status: String,
    /// The key of what is not settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The key of what is not settled about the whole rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_question: Option<String>,
    /// The first day on which it holds.
    pub valid_from: String,
    /// The day on which it was published, when that came later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_from: Option<String>,
    /// The day for which it was read; where it was read for many months, the first of them.
    pub read_on: String,
    /// The birth, where it had a part in choosing the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<String>,
    /// The category, where it had a part in choosing the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedStep {
    /// The rule's key in the fund's data.
    pub rule: String,
    /// The jurist's words.
    pub label: String,
    /// What it does, by the name of [`Op`] in data: `formula`, `round`.
    pub op: String,
    /// What it gives.
    pub value: Shown,
    /// From what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub working: Vec<Token>,
    /// What it rests on; none for plain arithmetic and for facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<Law>,
}

/// An amount that the certificate is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedResult {
    /// Its name: `amount`, `later`, the key of a contribution.
    pub name: String,
    /// The amount.
    pub text: String,
    /// The step that gives it, from 1.
    pub step: u32,
}

/// A computation that somebody else can check: as JSON by [`crate::verify`], as text by people.
/// What is said again while nothing rests on it is said once.
///
/// ```
/// use cnss_core::{certificate::Certificate, fund::Fund, declaration::assess::assess, verify::verify};
/// let togo = Fund::builtin("tg")?;
/// let month = assess(&togo, "salaried", "2024-03".parse()?, &[100_000.into()])?;
/// let amounts: Vec<_> = month.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
/// let mut certificate = Certificate::new(&togo, &month.steps, &amounts)?;
/// assert_eq!(verify(&certificate, &togo), Ok(()));
///
/// certificate.results[0].text = "12501".to_owned();
/// assert!(verify(&certificate, &togo).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Code of the fund.
    pub fund: String,
    /// Code of the currency of every amount.
    pub currency: String,
    /// Decimals of its smallest unit.
    pub exponent: u8,
    /// The law was read as it stood on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law_at: Option<String>,
    /// The law was read as it was known on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<String>,
    /// The steps, in the order in which they were made.
    pub steps: Vec<CertifiedStep>,
    /// The amounts that matter.
    pub results: Vec<CertifiedResult>,
    /// SHA-256 of everything else, as [`Certificate::digest_of`] spells it.
    pub digest: String,
}

/// Why a computation has no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No step gives the amount that was named.
    #[error("no step gives {amount} for {name:?}")]
    NoStep {
        /// Its name.
        name: String,
        /// The amount.
        amount: String,
    },
}

impl Certificate {
    /// The certificate of these steps, made with that fund, and of the amounts that came out.
    ///
    /// # Errors
    /// [`CertificateError::NoStep`] when an amount is not the value of any step.
    pub fn new(fund: &Fund, steps: &[Step], amounts: &[(&str, Money)]) -> Result<Self, CertificateError> {
        let as_of = fund.read_as_of();
        // A reading « as known on » a day without a bound on the law carries the last day there is.
        let bound = |day: NaiveDate| (day != NaiveDate::MAX).then(|| day.to_string());
        let mut certificate = Self {
            fund: fund.code.clone(),
            currency: fund.currency.code().to_owned(),
            exponent: fund.currency.exponent(),
            law_at: as_of.and_then(|days| bound(days.law_at)),
            known_at: as_of.and_then(|days| bound(days.known_at)),
            steps: steps.iter().map(certified).collect(),
            results: Vec::with_capacity(amounts.len()),
            digest: String::new(),
        };
        for (name, amount) in amounts {
            let step = certificate.step_of(steps, name, *amount)?;
            certificate.results.push(CertifiedResult {
                name: (*name).to_owned(),
                text: amount.to_string(),
                step,
            });
        }
        certificate.say_once();
        certificate.digest = certificate.digest_of();
        Ok(certificate)
    }

    /// Takes away what is said again while no step rests on it, from the end: a condition that
    /// stands in two lists, a share like another one. What is left is numbered anew.
    fn say_once(&mut self) {
        for place in (0..self.steps.len()).rev() {
            let Some((step, number)) = self.steps.get(place).zip(numbered(place)) else { return };
            let same = self.steps.iter().enumerate().find(|(at, other)| *at != place && *other == step);
            let Some(kept) = same.and_then(|(at, _)| numbered(at)) else { continue };
            let mut tokens = self.steps.iter().flat_map(|step| &step.working);
            if tokens.any(|token| token.origin == Origin::Step(number)) {
                continue;
            }
            self.steps.remove(place);
            let tokens = self.steps.iter_mut().flat_map(|step| &mut step.working);
            let origins = tokens.filter_map(|token| match &mut token.origin {
                Origin::Step(to) => Some(to),
                _ => None,
            });
            for to in origins.chain(self.results.iter_mut().map(|result| &mut result.step)) {
                let now = if *to == number { kept } else { *to };
                *to = now.saturating_sub(u32::from(now > number));
            }
        }
    }

    /// The step that gives an amount: one of the rule of that name if there is one, and rather one
    /// on which nothing else rests and that no other result has.
    fn step_of(&self, steps: &[Step], name: &str, amount: Money) -> Result<u32, CertificateError> {
        let used = |place: u32| {
            steps.iter().any(|s| {
                s.working
                    .iter()
                    .any(|p| matches!(p, Piece::Value(_, explain::Origin::Step(n)) if *n == place))
            })
        };
        (0_u32..)
            .zip(steps)
            .filter(|(_, step)| step.value == explain::Value::Money(amount) && step.op != Op::Given)
            .max_by_key(|(place, step)| {
                let number = place.saturating_add(1);
                let free = !self.results.iter().any(|r| r.step == number);
                (*step.rule == *name, free, !used(*place), *place)
            })
            .map(|(place, _)| place.saturating_add(1))
            .ok_or_else(|| CertificateError::NoStep { name: name.to_owned(), amount: amount.to_string() })
    }

    /// SHA-256, in lower-case hexadecimal, of everything but the digest.
    #[must_use]
    pub fn digest_of(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in hmac_sha256::Hash::hash(self.spelled().as_bytes()) {
            // Writing to a text cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// Everything but the digest, each text with its name and length, so that no two certificates
    /// are spelled alike. Every field is named here: a new one cannot be forgotten.
    fn spelled(&self) -> String {
        let Self { fund, currency, exponent, law_at, known_at, steps, results, digest: _ } = self;
        let mut out = Spelled(String::from("cnss certificate 1\n"));
        out.text("fund", fund);
        out.text("currency", currency);
        out.text("exponent", &exponent.to_string());
        out.maybe("law_at", law_at.as_deref());
        out.maybe("known_at", known_at.as_deref());
        out.text("steps", &steps.len().to_string());
        for CertifiedStep { rule, label, op, value, working, law } in steps {
            out.text("rule", rule);
            out.text("label", label);
            out.text("op", op);
            out.shown(value);
            out.text("working", &working.len().to_string());
            for Token { shown, origin } in working {
                out.shown(shown);
                match origin {
                    Origin::Given => out.text("origin", "given"),
                    Origin::Plain => out.text("origin", "plain"),
                    Origin::Sign => out.text("origin", "sign"),
                    Origin::Step(number) => out.text("step", &number.to_string()),
                    Origin::Law(path) => out.text("law", path),
                }
            }
            out.maybe("rests", law.as_ref().map(|_| "on the law"));
            let Some(law) = law else { continue };
            let Law {
                article,
                source,
                url,
                status,
                question,
                rule_question,
                valid_from,
                known_from,
                read_on,
                born,
                category,
            } = law;
            out.maybe("article", article.as_deref());
            out.text("source", source);
            out.maybe("url", url.as_deref());
            out.text("status", status);
            out.maybe("question", question.as_deref());
            out.maybe("rule_question", rule_question.as_deref());
            out.text("valid_from", valid_from);
            out.maybe("known_from", known_from.as_deref());
            out.text("read_on", read_on);
            out.maybe("born", born.as_deref());
            out.maybe("category", category.as_deref());
        }
        out.text("results", &results.len().to_string());
        for CertifiedResult { name, text, step } in results {
            out.text("name", name);
            out.text("text", text);
            out.text("step", &step.to_string());
        }
        out.0
    }
}

/// The number of the step at a place.
fn numbered(place: usize) -> Option<u32> {
    u32::try_from(place).ok()?.checked_add(1)
}

/// Texts one after the other, each with its name and its length in bytes.
struct Spelled(String);

impl Spelled {
    fn text(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.0, "{name}:{}:{text}", text.len());
    }

    fn maybe(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => {
                let _ = writeln!(self.0, "{name}-");
            }
        }
    }

    fn shown(&mut self, Shown { text, kind, unit }: &Shown) {
        self.text("value", text);
        self.text("kind", &format!("{kind:?}"));
        self.maybe("unit", unit.as_deref());
    }
}

fn certified(step: &Step) -> CertifiedStep {
    let day = |day: NaiveDate| day.to_string();
    CertifiedStep {
        rule: step.rule.to_string(),
        label: step.label.to_string(),
        op: op_name(step.op).to_owned(),
        value: shown(&step.value),
        working: step.working.iter().map(token).collect(),
        law: step.basis.as_ref().map(|basis| Law {
            article: basis.article.as_deref().map(str::to_owned),
            source: basis.source.to_string(),
            url: basis.url.as_deref().map(str::to_owned),
            status: basis.status.code().to_owned(),
            question: basis.question.as_ref().map(|(key, _)| key.to_string()),
            rule_question: basis.rule_question.as_ref().map(|(key, _)| key.to_string()),
            valid_from: day(basis.from),
            known_from: basis.known_from.map(day),
            read_on: day(step.read_on.unwrap_or(basis.from)),
            born: step.born.map(day),
            category: step.category.as_deref().map(str::to_owned),
        }),
    }
}

fn token(piece: &Piece) -> Token {
    match piece {
        Piece::Sign(sign) => Token {
            shown: Shown { text: (*sign).to_owned(), kind: Kind::Word, unit: None },
            origin: Origin::Sign,
        },
        Piece::Value(value, origin) => Token {
            shown: shown(value),
            origin: match origin {
                explain::Origin::Given => Origin::Given,
                explain::Origin::Law(path) => Origin::Law(path.to_string()),
                explain::Origin::Step(place) => Origin::Step(place.saturating_add(1)),
                explain::Origin::Plain => Origin::Plain,
            },
        },
    }
}

fn shown(value: &explain::Value) -> Shown {
    use explain::Value;
    let (kind, unit) = match value {
        Value::Money(_) => (Kind::Money, None),
        Value::Number(_) => (Kind::Number, None),
        Value::Rate(_) => (Kind::Rate, None),
        Value::Count(_, unit) => (Kind::Count, Some((*unit).to_owned())),
        Value::Date(_) => (Kind::Date, None),
        Value::Month(_) => (Kind::Month, None),
        Value::Flag(_) => (Kind::Flag, None),
        Value::Word(_) => (Kind::Word, None),
        Value::Pair(_, _, what) => (Kind::Word, Some((*what).to_owned())),
    };
    Shown { text: value.to_string(), kind, unit }
}

/// The name of what a step does, as it stands in data.
const fn op_name(op: Op) -> &'static str {
    match op {
        Op::Given => "given",
        Op::Read => "read",
        Op::Formula => "formula",
        Op::Greatest => "greatest",
        Op::Least => "least",
        Op::Round => "round",
        Op::Age => "age",
        Op::Birthday => "birthday",
        Op::Periods => "periods",
        Op::Compare => "compare",
        Op::Start => "start",
        Op::Due => "due",
        Op::Total => "total",
        Op::Count => "count",
    }
}
