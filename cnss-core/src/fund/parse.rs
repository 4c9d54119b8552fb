//! Reading a fund's folder: TOML in, rules out, every fault with its file, line and key, all at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::dated::{Basis, Dated, LawLine, LawRule, Parameter, Question, Status};
use super::mechanism::Number;
use super::payment::{PaymentTerms, RawTerms};
use super::{Fund, read_benefits, read_contributions, read_identifiers, read_layout, read_pension};
use crate::money::Currency;

/// The texts of a fund's folder, by file name: `fund.toml`, `contributions.toml` …
pub type FundFiles = BTreeMap<String, String>;

/// One fault of a fund's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundFault {
    /// Which file.
    pub file: &'static str,
    /// Which line, from 1, when it is known.
    pub line: Option<usize>,
    /// Which key, for example `pension.age`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for FundFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Why a fund cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FundError {
    /// No fund of that code comes with the library.
    #[error("no built-in fund is called {0:?}")]
    Unknown(String),
    /// The files are not sound; every fault is told.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<FundFault>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFund {
    code: String,
    name: String,
    country: String,
    currency: RawCurrency,
    time_zone: String,
    phone_prefix: String,
    sources: BTreeMap<String, RawSource>,
    #[serde(default)]
    questions: BTreeMap<String, String>,
    minimum_wage: RawRule,
    payment_reference: Option<RawTerms>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCurrency {
    code: String,
    exponent: u8,
    label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    url: Option<String>,
}

/// A rule as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub label: String,
    pub question: Option<String>,
    pub values: Vec<RawValue>,
}

/// A dated line before it is looked at: each is read by itself, so that the faults of all are told.
pub(super) type RawValue = Spanned<toml::Value>;

/// A dated line as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine {
    from: toml::value::Datetime,
    known_from: Option<toml::value::Datetime>,
    born_from: Option<toml::value::Datetime>,
    #[serde(default)]
    categories: Vec<String>,
    value: toml::Value,
    article: Option<String>,
    source: String,
    status: Status,
    question: Option<String>,
}

/// What the other files refer to, and what was found wrong so far.
struct Shelf {
    sources: BTreeMap<String, RawSource>,
    questions: BTreeMap<String, Arc<str>>,
    categories: RefCell<Option<Vec<Arc<str>>>>,
    faults: RefCell<Vec<FundFault>>,
    law: RefCell<Vec<LawRule>>,
}

/// One file being read: every fault is noted with its place, and reading goes on.
pub(super) struct Reader<'a> {
    shelf: &'a Shelf,
    file: &'static str,
    text: &'a str,
}

impl Reader<'_> {
    /// True when a rule of that name was read, soundly or not.
    pub fn stands(&self, prefix: &str, name: &str) -> bool {
        let key = format!("{prefix}.{name}");
        self.shelf.law.borrow().iter().any(|rule| *rule.key == *key)
    }

    /// True when this is the file of that name.
    pub fn is(&self, file: &str) -> bool {
        self.file == file
    }

    /// Notes a fault.
    pub fn fault(&self, key: &str, problem: impl Into<String>) {
        self.fault_at(None, key, problem);
    }

    /// Notes a fault of what begins there in the file.
    pub fn fault_from(&self, offset: usize, key: &str, problem: impl Into<String>) {
        self.fault_at(Some(self.line_at(offset)), key, problem);
    }

    fn fault_at(&self, line: Option<usize>, key: &str, problem: impl Into<String>) {
        let line = line.or_else(|| self.line_of(key));
        let problem = problem.into();
        self.shelf.faults.borrow_mut().push(FundFault {
            file: self.file,
            line,
            key: key.to_owned(),
            problem,
        });
    }

    /// Where the last part of a key first stands, when no better place is known.
    fn line_of(&self, key: &str) -> Option<usize> {
        let name = key.rsplit('.').find(|part| !part.is_empty())?;
        let rule = key.starts_with("pension.") || key.starts_with("benefit.");
        let found = |line: &str| {
            let line = line.trim_start();
            if rule && key != "pension.insurance" {
                return line.starts_with(&format!("[rules.{name}]"));
            }
            line.starts_with(&format!("[{name}"))
                || line.starts_with(&format!("{name} ="))
                || (line.starts_with("code") && line.contains(&format!("\"{name}\"")))
        };
        self.text.lines().position(found).map(|at| at.saturating_add(1))
    }

    fn line_at(&self, offset: usize) -> usize {
        self.text
            .get(..offset)
            .map_or(0, |before| before.bytes().filter(|b| *b == b'\n').count())
            .saturating_add(1)
    }

    /// The whole file as `T`.
    pub fn file<T: DeserializeOwned>(&self) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(raw) => Some(raw),
            Err(error) => {
                let line = error.span().map(|span| self.line_at(span.start));
                self.fault_at(line, "", error.message());
                None
            }
        }
    }

    /// The question of that name.
    pub fn question(&self, key: &str, name: Option<&str>) -> Option<Question> {
        let name = name?;
        let Some(text) = self.shelf.questions.get(name) else {
            self.fault(key, format!("no question {name:?} in fund.toml"));
            return None;
        };
        Some((Arc::from(name), Arc::clone(text)))
    }

    /// True when the source exists; a fault otherwise.
    pub fn source(&self, key: &str, name: &str) -> Option<Arc<str>> {
        let source = self.shelf.sources.get(name);
        if source.is_none() {
            self.fault(key, format!("no source {name:?} in fund.toml"));
        }
        source.map(|s| Arc::from(s.title.as_str()))
    }

    /// From now on, lines may only name these categories.
    pub fn set_categories(&self, codes: Vec<Arc<str>>) {
        *self.shelf.categories.borrow_mut() = Some(codes);
    }

    fn day(&self, line: usize, key: &str, name: &str, raw: &toml::value::Datetime) -> Option<NaiveDate> {
        let day = raw.date.filter(|_| raw.time.is_none());
        let day = day
            .and_then(|d| NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day)));
        if day.is_none() {
            self.fault_at(Some(line), key, format!("`{name} = {raw}` is not a day"));
        }
        day
    }

    fn basis(&self, line: usize, key: &str, raw: &RawLine, whole: Option<&Question>) -> Option<Basis> {
        let from = self.day(line, key, "from", &raw.from);
        let known_from = raw.known_from.as_ref().map(|d| self.day(line, key, "known_from", d));
        let Some(source) = self.shelf.sources.get(&raw.source) else {
            self.fault_at(Some(line), key, format!("no source {:?} in fund.toml", raw.source));
            return None;
        };
        let question = raw.question.as_deref().and_then(|name| {
            let text = self.shelf.questions.get(name);
            if text.is_none() {
                self.fault_at(Some(line), key, format!("no question {name:?} in fund.toml"));
            }
            Some((Arc::from(name), Arc::clone(text?)))
        });
        let text = match &raw.article {
            Some(article) => format!("{article} — {}", source.title),
            None => source.title.clone(),
        };
        Some(Basis {
            from: from?,
            known_from: match known_from {
                Some(day) => Some(day?),
                None => None,
            },
            article: raw.article.as_deref().map(Arc::from),
            source: Arc::from(text),
            url: source.url.as_deref().map(Arc::from),
            status: raw.status,
            rule_question: whole.filter(|whole| Some(*whole) != question.as_ref()).cloned(),
            question,
        })
    }

    /// A rule whose values are read by `convert`.
    pub fn rule<T: DeserializeOwned, U>(
        &self,
        key: &str,
        raw: RawRule,
        convert: impl Fn(T) -> Result<U, String>,
    ) -> Option<Parameter<U>> {
        let question = self.question(key, raw.question.as_deref());
        if raw.values.is_empty() && raw.question.is_none() {
            self.fault(key, "has no value and no question");
        }
        let mut entries: Vec<Dated<U>> = Vec::with_capacity(raw.values.len());
        let mut lines = Vec::with_capacity(raw.values.len());
        let mut sound = true;
        for spanned in raw.values {
            let at = self.line_at(spanned.span().start);
            let raw = RawLine::deserialize(spanned.into_inner())
                .map_err(|error| self.fault_at(Some(at), key, error.message()))
                .ok();
            match raw.and_then(|line| self.line(at, key, (&line, question.as_ref()), &convert, &entries)) {
                Some((entry, law)) => {
                    entries.push(entry);
                    lines.push(law);
                }
                None => sound = false,
            }
        }
        let (key, label): (Arc<str>, Arc<str>) = (Arc::from(key), Arc::from(raw.label.as_str()));
        self.shelf.law.borrow_mut().push(LawRule {
            file: Arc::from(self.file),
            key: Arc::clone(&key),
            label: Arc::clone(&label),
            question: question.clone(),
            lines,
        });
        sound.then(|| Parameter::new(key, label, question, entries))
    }

    fn line<T: DeserializeOwned, U>(
        &self,
        at: usize,
        key: &str,
        (line, whole): (&RawLine, Option<&Question>),
        convert: &impl Fn(T) -> Result<U, String>,
        before: &[Dated<U>],
    ) -> Option<(Dated<U>, LawLine)> {
        let basis = self.basis(at, key, line, whole);
        let born_from = line.born_from.as_ref().map(|d| self.day(at, key, "born_from", d));
        let value = T::deserialize(line.value.clone())
            .map_err(|e| e.message().to_owned())
            .and_then(convert)
            .map_err(|problem| self.fault_at(Some(at), key, problem))
            .ok();
        let known = self.shelf.categories.borrow();
        for name in &line.categories {
            if known.as_ref().is_some_and(|known| !known.iter().any(|k| **k == **name)) {
                self.fault_at(Some(at), key, format!("no category {name:?} in contributions.toml"));
            }
        }
        let categories: Vec<Arc<str>> = line.categories.iter().map(|c| Arc::from(c.as_str())).collect();
        let (basis, value) = (Arc::new(basis?), value?);
        let born_from = match born_from {
            Some(day) => Some(day?),
            None => None,
        };
        let place = |from, born, known| (from, born, known);
        let here = place(basis.from, born_from, basis.known_from);
        let same = before.iter().rev().find(|e| e.categories == categories);
        if same.is_some_and(|e| place(e.from, e.born_from, e.basis.known_from) >= here) {
            self.fault_at(
                Some(at),
                key,
                format!("`from = {}` does not come after the one before it", basis.from),
            );
            return None;
        }
        // Two lines of one day would both hold for a category that both name.
        let overlaps = |e: &&Dated<U>| {
            e.categories != categories
                && place(e.from, e.born_from, e.basis.known_from) == here
                && e.categories.iter().any(|c| categories.contains(c))
        };
        if before.iter().any(|e| overlaps(&e)) {
            self.fault_at(
                Some(at),
                key,
                format!("`from = {}` overlaps the line of another category", basis.from),
            );
            return None;
        }
        let mut atoms = Vec::new();
        flatten(&line.value, String::new(), &mut atoms);
        let law =
            LawLine { born_from, categories: categories.clone(), atoms, basis: Arc::clone(&basis), line: at };
        Some((Dated { from: basis.from, born_from, categories, value, basis }, law))
    }
}

/// Every number and word of a value with its path.
fn flatten(value: &toml::Value, path: String, atoms: &mut Vec<(String, String)>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        toml::Value::Table(table) => {
            for (name, inner) in table {
                flatten(inner, join(name), atoms);
            }
        }
        toml::Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                flatten(inner, join(&i.to_string()), atoms);
            }
        }
        toml::Value::String(text) => atoms.push((path, text.clone())),
        toml::Value::Integer(n) => atoms.push((path, n.to_string())),
        toml::Value::Boolean(flag) => atoms.push((path, flag.to_string())),
        toml::Value::Float(n) => atoms.push((path, n.to_string())),
        toml::Value::Datetime(day) => atoms.push((path, day.to_string())),
    }
}

/// A share between nothing and the whole.
pub(super) fn share(value: Number) -> Result<Decimal, String> {
    let within = value.0 >= Decimal::ZERO && value.0 <= Decimal::ONE;
    if within { Ok(value.0) } else { Err(format!("{} is not a share between 0 and 1", value.0)) }
}

/// A number above zero.
pub(super) fn positive(value: Number) -> Result<Decimal, String> {
    if value.0 > Decimal::ZERO { Ok(value.0) } else { Err(format!("{} is not above zero", value.0)) }
}

impl Fund {
    /// Reads a fund from the texts of its folder, by file name. Files of other names are ignored.
    ///
    /// # Errors
    /// Every fault that was found, each with its file, line and key.
    ///
    /// ```
    /// use cnss_core::fund::{Fund, FundFiles};
    /// let faults = Fund::parse(&FundFiles::new()).expect_err("nothing there");
    /// assert!(faults.to_string().starts_with("fund.toml: is missing"));
    /// ```
    pub fn parse(files: &FundFiles) -> Result<Self, FundError> {
        let nothing = String::new();
        let text = |name: &str| files.get(name).unwrap_or(&nothing);
        let missing: Vec<FundFault> = ["fund.toml", "contributions.toml", "pension.toml", "declaration.toml"]
            .into_iter()
            .filter(|name| !files.contains_key(*name))
            .map(|file| FundFault { file, line: None, key: String::new(), problem: "is missing".to_owned() })
            .collect();
        let empty = Shelf {
            sources: BTreeMap::new(),
            questions: BTreeMap::new(),
            categories: RefCell::new(None),
            faults: RefCell::new(missing),
            law: RefCell::default(),
        };
        let reader = |file| Reader { shelf: &empty, file, text: text(file) };
        let raw = if files.contains_key("fund.toml") { reader("fund.toml").file::<RawFund>() } else { None };
        let (Some(mut raw), []) = (raw, empty.faults.borrow().as_slice()) else {
            // Without sources and questions nothing else can be judged but whether it is TOML at all.
            for file in [
                "contributions.toml",
                "pension.toml",
                "benefits.toml",
                "identifiers.toml",
                "declaration.toml",
                "access.toml",
            ] {
                reader(file).file::<toml::Table>();
            }
            return Err(FundError::Faults(empty.faults.into_inner()));
        };
        let shelf = Shelf {
            sources: std::mem::take(&mut raw.sources),
            questions: raw.questions.iter().map(|(k, v)| (k.clone(), Arc::from(v.as_str()))).collect(),
            ..empty
        };
        let fund = whole(&shelf, raw, files);
        let faults = shelf.faults.into_inner();
        match fund {
            Some(mut fund) if faults.is_empty() => {
                fund.law = shelf.law.into_inner();
                fund.questions = shelf.questions;
                Ok(fund)
            }
            _ => Err(FundError::Faults(faults)),
        }
    }
}

fn whole(shelf: &Shelf, raw: RawFund, files: &FundFiles) -> Option<Fund> {
    let nothing = String::new();
    let reader = |file| Reader { shelf, file, text: files.get(file).unwrap_or(&nothing) };
    let contributions = read_contributions::read(&reader("contributions.toml"));
    let here = reader("fund.toml");
    let minimum_wage = here.rule("minimum_wage", raw.minimum_wage, positive);
    let payment = PaymentTerms::read(&here, raw.payment_reference);
    let currency = Currency::new(&raw.currency.code, raw.currency.exponent);
    if let Err(error) = &currency {
        here.fault("currency", error.to_string());
    }
    let mut rules = Vec::new();
    let pension = read_pension::read(&reader("pension.toml"), contributions.as_ref(), &mut rules);
    let benefits = read_benefits::read(&reader("benefits.toml"), contributions.as_ref(), &mut rules);
    let pension = pension.and_then(|p| p.resolve(&reader("pension.toml"), &rules));
    let benefits = benefits.and_then(|b| b.resolve(&reader("benefits.toml"), &rules));
    if let Some(contributions) = &contributions {
        read_pension::check_rules(&reader("pension.toml"), &rules, contributions);
        read_pension::check_rules(&reader("benefits.toml"), &rules, contributions);
    }
    let identifiers = read_identifiers::read(&reader("identifiers.toml"));
    let layout = read_layout::read(&reader("declaration.toml"));
    #[cfg(feature = "books")]
    let access = files
        .contains_key("access.toml")
        .then(|| super::read_access::read(&reader("access.toml"), identifiers.as_ref()));
    Some(Fund {
        #[cfg(feature = "books")]
        access: match access {
            Some(access) => Some(access?),
            None => None,
        },
        contributions: contributions?,
        rules,
        pension: pension?,
        benefits: benefits?,
        identifiers: identifiers?,
        layout: layout?,
        payment,
        currency: currency.ok()?,
        minimum_wage: minimum_wage?,
        code: raw.code,
        name: raw.name,
        country: raw.country,
        currency_label: raw.currency.label,
        time_zone: raw.time_zone,
        phone_prefix: raw.phone_prefix,
        questions: BTreeMap::new(),
        law: Vec::new(),
        as_of: None,
    })
}
