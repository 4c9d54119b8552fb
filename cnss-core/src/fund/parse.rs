//! Reading a fund's folder: TOML in, rules out, every fault with its file and key.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Fund;
use super::contributions::{
    Base, Branch, Category, ContributionLabels, ContributionRules, DueRule, Payer, RateRule, Scheme,
    SurchargeRate, SurchargeRule,
};
use super::dated::{Basis, Dated, Parameter, Status};
use super::layout::{Column, Field, SheetLayout};
use super::old_age::{AllowanceRule, EarlyYear, OldAgeLabels, OldAgeRules, RateTable, ReferenceWindow};
use crate::money::{Currency, Rounding};
use crate::person::NameKey;

/// The texts of a fund's files.
#[derive(Clone, Copy, Debug)]
pub struct FundFiles<'a> {
    /// `fund.toml`.
    pub fund: &'a str,
    /// `contributions.toml`.
    pub contributions: &'a str,
    /// `pension.toml`.
    pub pension: &'a str,
    /// `declaration.toml`.
    pub declaration: &'a str,
}

/// Why a fund's files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FundError {
    /// No fund of that code comes with the library.
    #[error("no built-in fund is called {0:?}")]
    Unknown(String),
    /// The file is not the TOML that is expected; the text says where.
    #[error("{file}: {problem}")]
    Syntax {
        /// Which file.
        file: &'static str,
        /// Line, column and what is wrong.
        problem: String,
    },
    /// A value contradicts the rules of the house.
    #[error("{file}: {key}: {problem}")]
    Value {
        /// Which file.
        file: &'static str,
        /// Which key.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

/// An exact number: written as text or as a whole number, never as a float.
#[derive(Clone, Copy, Debug)]
struct Exact(Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Exact;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number written as text, such as \"0.125\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Exact, E> {
                Decimal::from_str_exact(text).map(Exact).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Reader)
    }
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
    questions: BTreeMap<String, String>,
    minimum_wage: RawParameter<Exact>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParameter<T> {
    label: String,
    question: Option<String>,
    values: Vec<RawEntry<T>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry<T> {
    from: toml::value::Datetime,
    value: T,
    article: Option<String>,
    source: String,
    status: Status,
    question: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawContributions {
    labels: ContributionLabels,
    branches: Vec<RawBranch>,
    schemes: Vec<RawNamed>,
    categories: Vec<RawNamed>,
    floor: RawParameter<RawFloor>,
    rounding: RawParameter<Rounding>,
    due: RawParameter<DueRule>,
    rates: Vec<RawRate>,
    surcharges: Vec<RawSurcharge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBranch {
    code: String,
    label: String,
    scheme: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNamed {
    code: String,
    label: String,
    question: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawFloor {
    MinimumWage,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    branch: String,
    payer: Payer,
    categories: Vec<String>,
    base: Base,
    values: Vec<RawEntry<Exact>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSurcharge {
    scheme: String,
    label: String,
    question: Option<String>,
    values: Vec<RawEntry<RawSurchargeRate>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSurchargeRate {
    at_once: Exact,
    monthly: Exact,
    grace_months: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPension {
    old_age: RawOldAge,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOldAge {
    labels: OldAgeLabels,
    normal_age: RawParameter<u32>,
    early_age: RawParameter<u32>,
    minimum_months: RawParameter<u32>,
    early_minimum_months: RawParameter<u32>,
    work_ceased: RawParameter<bool>,
    reference_wage: RawParameter<ReferenceWindow>,
    rate: RawParameter<RawRateTable>,
    ceiling: RawParameter<Exact>,
    early_reduction: RawParameter<Exact>,
    early_year: RawParameter<EarlyYear>,
    floor: RawParameter<Exact>,
    rounding: RawParameter<Rounding>,
    start: RawParameter<RawStart>,
    allowance: RawParameter<AllowanceRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRateTable {
    first_months: u32,
    first_rate: Exact,
    each_months: u32,
    each_rate: Exact,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawStart {
    NextMonth,
    SameDay,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayout {
    question: Option<String>,
    source: String,
    sheet: String,
    title: String,
    employer_label: String,
    quarter_label: String,
    lines_max: u32,
    wage_max: Exact,
    columns: Vec<RawColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    field: Field,
    title: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    required: bool,
    width: u16,
}

fn read<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, FundError> {
    toml::from_str(text).map_err(|e| FundError::Syntax { file, problem: e.to_string().trim_end().to_owned() })
}

/// The key and text of what is not settled, if anything.
type Question = Option<(Arc<str>, Arc<str>)>;

/// The sources and questions that the other files refer to, and the file being read.
struct Library<'a> {
    sources: &'a BTreeMap<String, RawSource>,
    questions: &'a BTreeMap<String, Arc<str>>,
    file: &'static str,
}

impl Library<'_> {
    fn fault(&self, key: &str, problem: impl Into<String>) -> FundError {
        FundError::Value { file: self.file, key: key.to_owned(), problem: problem.into() }
    }

    fn question(&self, key: &str, name: Option<&str>) -> Result<Question, FundError> {
        let Some(name) = name else { return Ok(None) };
        let text = self
            .questions
            .get(name)
            .ok_or_else(|| self.fault(key, format!("no question {name:?} in fund.toml")))?;
        Ok(Some((Arc::from(name), Arc::clone(text))))
    }

    fn entry<T, U>(&self, key: &str, raw: RawEntry<T>, value: U) -> Result<Dated<U>, FundError> {
        let day = raw.from.date.filter(|_| raw.from.time.is_none());
        let from = day
            .and_then(|d| NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day)))
            .ok_or_else(|| self.fault(key, format!("`from = {}` is not a day", raw.from)))?;
        let source = self
            .sources
            .get(&raw.source)
            .ok_or_else(|| self.fault(key, format!("no source {:?} in fund.toml", raw.source)))?;
        let text = match &raw.article {
            Some(article) => format!("{article} — {}", source.title),
            None => source.title.clone(),
        };
        let basis = Basis {
            source: Arc::from(text),
            url: source.url.as_deref().map(Arc::from),
            status: raw.status,
            question: self.question(key, raw.question.as_deref())?,
        };
        Ok(Dated { from, value, basis: Arc::new(basis) })
    }

    fn series<T, U>(
        &self,
        key: &str,
        label: &str,
        question: Option<&str>,
        values: Vec<RawEntry<T>>,
        convert: impl Fn(&T) -> Result<U, String>,
    ) -> Result<Parameter<U>, FundError> {
        let mut entries: Vec<Dated<U>> = Vec::with_capacity(values.len());
        for raw in values {
            let value = convert(&raw.value).map_err(|problem| self.fault(key, problem))?;
            let entry = self.entry(key, raw, value)?;
            if entries.last().is_some_and(|last| last.from >= entry.from) {
                return Err(
                    self.fault(key, format!("`from = {}` does not come after the one before it", entry.from))
                );
            }
            entries.push(entry);
        }
        Ok(Parameter::new(Arc::from(label), self.question(key, question)?, entries))
    }

    fn parameter<T, U>(
        &self,
        key: &str,
        raw: RawParameter<T>,
        convert: impl Fn(&T) -> Result<U, String>,
    ) -> Result<Parameter<U>, FundError> {
        if raw.values.is_empty() {
            return Err(self.fault(key, "has no value at all"));
        }
        self.series(key, &raw.label, raw.question.as_deref(), raw.values, convert)
    }
}

fn share(value: &Exact) -> Result<Decimal, String> {
    let within = value.0 >= Decimal::ZERO && value.0 <= Decimal::ONE;
    if within { Ok(value.0) } else { Err(format!("{} is not a share between 0 and 1", value.0)) }
}

fn count(least: u32, most: u32) -> impl Fn(&u32) -> Result<u32, String> {
    move |value| {
        if (least..=most).contains(value) {
            Ok(*value)
        } else {
            Err(format!("{value} is not between {least} and {most}"))
        }
    }
}

fn same<T: Copy>(value: &T) -> Result<T, String> {
    Ok(*value)
}

impl Fund {
    /// Reads a fund from the texts of its files.
    ///
    /// # Errors
    /// The first fault found, with its file and key.
    pub fn parse(files: &FundFiles<'_>) -> Result<Self, FundError> {
        let raw: RawFund = read("fund.toml", files.fund)?;
        let questions: BTreeMap<String, Arc<str>> =
            raw.questions.iter().map(|(k, v)| (k.clone(), Arc::from(v.as_str()))).collect();
        let library = |file| Library { sources: &raw.sources, questions: &questions, file };
        let here = library("fund.toml");
        let currency = Currency::new(&raw.currency.code, raw.currency.exponent)
            .map_err(|e| here.fault("currency", e.to_string()))?;
        let minimum_wage = here.parameter("minimum_wage", raw.minimum_wage, |v| {
            if v.0 > Decimal::ZERO { Ok(v.0) } else { Err("must be above zero".to_owned()) }
        })?;
        Ok(Self {
            contributions: contributions(files.contributions, &library("contributions.toml"))?,
            old_age: old_age(files.pension, &library("pension.toml"))?,
            layout: layout(files.declaration, &library("declaration.toml"))?,
            code: raw.code,
            name: raw.name,
            country: raw.country,
            currency,
            currency_label: raw.currency.label,
            time_zone: raw.time_zone,
            phone_prefix: raw.phone_prefix,
            minimum_wage,
            questions,
        })
    }
}

fn contributions(text: &str, library: &Library<'_>) -> Result<ContributionRules, FundError> {
    let raw: RawContributions = read(library.file, text)?;
    let schemes: Vec<Scheme> = raw
        .schemes
        .iter()
        .map(|s| Scheme { code: s.code.as_str().into(), label: s.label.as_str().into() })
        .collect();
    let mut branches = Vec::new();
    for branch in &raw.branches {
        let scheme = schemes.iter().find(|s| *s.code == *branch.scheme).ok_or_else(|| {
            library.fault(&format!("branches.{}", branch.code), format!("no scheme {:?}", branch.scheme))
        })?;
        branches.push(Branch {
            code: branch.code.as_str().into(),
            label: branch.label.as_str().into(),
            scheme: Arc::clone(&scheme.code),
        });
    }
    let mut categories = Vec::new();
    for category in &raw.categories {
        categories.push(Category {
            code: category.code.as_str().into(),
            label: category.label.as_str().into(),
            question: library
                .question(&format!("categories.{}", category.code), category.question.as_deref())?,
        });
    }
    let rates = rates(raw.rates, &branches, &categories, library)?;
    let mut surcharges = Vec::new();
    for rule in raw.surcharges {
        let key = format!("surcharges.{}", rule.scheme);
        let scheme = schemes
            .iter()
            .find(|s| *s.code == *rule.scheme)
            .ok_or_else(|| library.fault(&key, "no such scheme"))?;
        let rate = library.series(&key, &rule.label, rule.question.as_deref(), rule.values, |v| {
            Ok(SurchargeRate {
                at_once: share(&v.at_once)?,
                monthly: share(&v.monthly)?,
                grace_months: v.grace_months,
            })
        })?;
        surcharges.push(SurchargeRule { scheme: Arc::clone(&scheme.code), rate });
    }
    Ok(ContributionRules {
        labels: raw.labels,
        floor: library.parameter("floor", raw.floor, |v| Ok(matches!(v, RawFloor::MinimumWage)))?,
        rounding: library.parameter("rounding", raw.rounding, same)?,
        due: library.parameter("due", raw.due, |rule| {
            if (1..=28).contains(&rule.day) && rule.months_after <= 12 {
                Ok(*rule)
            } else {
                Err("not a due date".to_owned())
            }
        })?,
        branches,
        schemes,
        categories,
        rates,
        surcharges,
    })
}

fn rates(
    raw: Vec<RawRate>,
    branches: &[Branch],
    categories: &[Category],
    library: &Library<'_>,
) -> Result<Vec<RateRule>, FundError> {
    let mut rates: Vec<RateRule> = Vec::with_capacity(raw.len());
    for rule in raw {
        let key = format!("rates.{}.{}", rule.branch, rule.payer.code());
        let branch = branches
            .iter()
            .position(|b| *b.code == *rule.branch)
            .ok_or_else(|| library.fault(&key, "no such branch"))?;
        let mut codes = Vec::new();
        for code in &rule.categories {
            let category = categories.iter().find(|c| *c.code == **code);
            let category = category.ok_or_else(|| library.fault(&key, format!("no category {code:?}")))?;
            let twice = rates.iter().any(|r| {
                r.branch == branch && r.payer == rule.payer && r.categories.contains(&category.code)
            });
            if twice {
                return Err(library.fault(&key, format!("stands twice for category {code:?}")));
            }
            codes.push(Arc::clone(&category.code));
        }
        let label = branches.get(branch).map_or("", |b| &b.label);
        let rate = library.series(&key, label, None, rule.values, share)?;
        rates.push(RateRule { branch, payer: rule.payer, categories: codes, base: rule.base, rate });
    }
    Ok(rates)
}

fn old_age(text: &str, library: &Library<'_>) -> Result<OldAgeRules, FundError> {
    let raw = read::<RawPension>(library.file, text)?.old_age;
    Ok(OldAgeRules {
        labels: raw.labels,
        normal_age: library.parameter("old_age.normal_age", raw.normal_age, count(40, 80))?,
        early_age: library.parameter("old_age.early_age", raw.early_age, count(40, 80))?,
        minimum_months: library.parameter("old_age.minimum_months", raw.minimum_months, count(1, 720))?,
        early_minimum_months: library.parameter(
            "old_age.early_minimum_months",
            raw.early_minimum_months,
            count(1, 720),
        )?,
        work_ceased: library.parameter("old_age.work_ceased", raw.work_ceased, same)?,
        reference_wage: library.parameter("old_age.reference_wage", raw.reference_wage, |w| {
            if w.months > 0 && w.divisor > 0 {
                Ok(*w)
            } else {
                Err("months and divisor must be above zero".to_owned())
            }
        })?,
        rate: library.parameter("old_age.rate", raw.rate, |r| {
            if r.each_months == 0 {
                return Err("each_months must be above zero".to_owned());
            }
            Ok(RateTable {
                first_months: r.first_months,
                first_rate: share(&r.first_rate)?,
                each_months: r.each_months,
                each_rate: share(&r.each_rate)?,
            })
        })?,
        ceiling: library.parameter("old_age.ceiling", raw.ceiling, share)?,
        early_reduction: library.parameter("old_age.early_reduction", raw.early_reduction, share)?,
        early_year: library.parameter("old_age.early_year", raw.early_year, same)?,
        floor: library.parameter("old_age.floor", raw.floor, share)?,
        rounding: library.parameter("old_age.rounding", raw.rounding, same)?,
        start_next_month: library.parameter("old_age.start", raw.start, |s| Ok(*s == RawStart::NextMonth))?,
        allowance: library.parameter("old_age.allowance", raw.allowance, same)?,
    })
}

fn layout(text: &str, library: &Library<'_>) -> Result<SheetLayout, FundError> {
    let raw: RawLayout = read(library.file, text)?;
    if !library.sources.contains_key(&raw.source) {
        return Err(library.fault("source", format!("no source {:?} in fund.toml", raw.source)));
    }
    let mut columns: Vec<Column> = Vec::new();
    for column in raw.columns {
        let key = format!("columns.{}", column.field.name());
        if columns
            .iter()
            .any(|c| c.field == column.field || NameKey::of(&c.title) == NameKey::of(&column.title))
        {
            return Err(library.fault(&key, "stands twice"));
        }
        columns.push(Column {
            field: column.field,
            title: column.title.as_str().into(),
            also: column.also.iter().map(|title| NameKey::of(title)).collect(),
            required: column.required,
            width: column.width,
        });
    }
    for field in [Field::Number, Field::Surname, Field::Forenames, Field::Wage1, Field::Wage2, Field::Wage3] {
        if !columns.iter().any(|c| c.field == field) {
            return Err(library.fault("columns", format!("{} is missing", field.name())));
        }
    }
    Ok(SheetLayout {
        sheet: raw.sheet.into(),
        title: raw.title.into(),
        employer_label: raw.employer_label.into(),
        quarter_label: raw.quarter_label.into(),
        columns,
        lines_max: raw.lines_max,
        wage_max: raw.wage_max.0,
        question: library.question("question", raw.question.as_deref())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn togo() -> [String; 4] {
        [
            include_str!("../../funds/tg/fund.toml").to_owned(),
            include_str!("../../funds/tg/contributions.toml").to_owned(),
            include_str!("../../funds/tg/pension.toml").to_owned(),
            include_str!("../../funds/tg/declaration.toml").to_owned(),
        ]
    }

    fn parse(texts: &[String; 4]) -> Result<Fund, FundError> {
        let [fund, contributions, pension, declaration] = texts;
        Fund::parse(&FundFiles { fund, contributions, pension, declaration })
    }

    #[test]
    fn a_spoiled_file_is_refused_with_its_file_and_key() {
        for (file, find, put, told) in [
            (0, "currency = { code = \"XOF\"", "currency = { code = \"xof\"", "fund.toml: currency"),
            (0, "value = \"52500\"", "value = 52500.5", "fund.toml: TOML parse error at line"),
            (
                1,
                "value = \"0.125\"",
                "value = \"12.5\"",
                "contributions.toml: rates.pension.employer: 12.5 is not a share",
            ),
            (
                1,
                "source = \"service-public\"",
                "source = \"nowhere\"",
                "contributions.toml: due: no source \"nowhere\"",
            ),
            (
                1,
                "from = 2023-01-01, value = \"0.165\"",
                "from = 2023-01, value = \"0.165\"",
                "contributions.toml: TOML",
            ),
            (2, "value = 60,", "value = 6,", "pension.toml: old_age.normal_age: 6 is not between"),
            (
                2,
                "question = \"rmm-periode\"",
                "question = \"x\"",
                "pension.toml: old_age.reference_wage: no question \"x\"",
            ),
            (2, "[old_age.floor]", "[old_age.flor]", "pension.toml: TOML parse error"),
            (3, "title = \"Nom\"", "title = \"n° cnss\"", "declaration.toml: columns.surname: stands twice"),
        ] {
            let mut texts = togo();
            let text = &mut texts[file];
            assert!(text.contains(find), "{find} is not in the file any more");
            *text = text.replacen(find, put, 1);
            let error = parse(&texts).expect_err(put).to_string();
            assert!(error.contains(told), "{put}: {error}");
        }
    }

    #[test]
    fn dates_must_ascend() {
        let mut texts = togo();
        texts[0] =
            texts[0].replace("from = 2023-01-01, value = \"52500\"", "from = 2012-01-01, value = \"52500\"");
        let error = parse(&texts).expect_err("two values of one day").to_string();
        assert!(error.contains("minimum_wage: `from = 2012-01-01` does not come after"), "{error}");
    }
}
