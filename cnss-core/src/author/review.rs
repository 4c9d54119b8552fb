//! What a sound fund's files say for nothing, or too late: nothing that stops the program, all
//! that a jurist wants to see before trusting it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use toml::de::{DeTable, DeValue};

use crate::fund::mechanism::{Average, Mechanism};
use crate::fund::{Fund, FundFiles, Rule, Status};

/// Something worth a look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concern {
    /// Which file.
    pub file: String,
    /// Which line, from 1, when it is known.
    pub line: Option<usize>,
    /// Which key.
    pub key: String,
    /// What it is.
    pub what: Worry,
}

/// What is worth a look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worry {
    /// No pension, benefit or other rule names it.
    UnusedRule,
    /// No rate and no average is taken on it.
    UnusedBase,
    /// No rate holds for it.
    UnusedCategory,
    /// Nothing is read there.
    UnusedSource,
    /// Nothing rests on it.
    UnusedQuestion,
    /// Nothing is known before its first line, though the others of the same pension or benefit
    /// already hold: between the two days nothing is computed.
    StartsLate {
        /// The pension or benefit.
        of: String,
        /// From when another of its rules holds.
        others: NaiveDate,
        /// From when this one does.
        own: NaiveDate,
    },
    /// The value is not verified, and no question says what is not settled.
    Unasked,
    /// The table of the rate begins at so many units, though fewer open the right: between the two
    /// the rate would be nothing.
    RateHole {
        /// The pension.
        of: String,
        /// Where the table begins.
        begins: u32,
        /// How many units open the right.
        needed: u32,
    },
}

/// What is worth a look in the files that this fund was read from, in their order.
///
/// ```
/// use cnss_core::{author::{Worry, review}, fund::Fund};
/// let mut files = Fund::builtin_files("bj")?;
/// if let Some(text) = files.get_mut("pension.toml") {
///     text.push_str("[rules.spare]\nlabel = \"De trop\"\nvalues = [ { from = 2000-01-01, value = { age = 60 }, source = \"cnss-bj\", status = \"verified\" } ]\n");
/// }
/// let fund = Fund::parse(&files);
/// # let fund = match fund { Ok(fund) => fund, Err(_) => return Ok(()) };
/// assert!(review(&fund, &files).iter().any(|c| c.key == "pension.spare" && c.what == Worry::UnusedRule));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn review(fund: &Fund, files: &FundFiles) -> Vec<Concern> {
    let places = Places::of(files);
    let mut found = Vec::new();
    unused(fund, &places, &mut found);
    late(fund, &places, &mut found);
    holes(fund, &mut found);
    for rule in &fund.law {
        for line in &rule.lines {
            let asked = line.basis.question.is_some() || rule.question.is_some();
            if line.basis.status == Status::Unverified && !asked {
                found.push(Concern {
                    file: rule.file.to_string(),
                    line: Some(line.line),
                    key: rule.key.to_string(),
                    what: Worry::Unasked,
                });
            }
        }
    }
    found.sort();
    found
}

fn unused(fund: &Fund, places: &Places, found: &mut Vec<Concern>) {
    let used = used_rules(fund);
    let spare = fund.rules.iter().filter(|rule| !used.contains(&rule.key));
    found.extend(spare.map(|rule| places.concern(&rule.key, Worry::UnusedRule)));
    let rules = &fund.contributions;
    let rated: BTreeSet<usize> = rules.rates.iter().map(|rate| rate.base).collect();
    for (place, base) in rules.bases.iter().enumerate() {
        if !rated.contains(&place) && !places.words.contains(&("base", base.code.to_string())) {
            found.push(places.concern(&format!("contributions.base.{}", base.code), Worry::UnusedBase));
        }
    }
    for category in &rules.categories {
        if !rules.rates.iter().any(|rate| rate.categories.contains(&category.code)) {
            let key = format!("contributions.category.{}", category.code);
            found.push(places.concern(&key, Worry::UnusedCategory));
        }
    }
    for (sort, words, what) in [
        ("sources", &["source"][..], Worry::UnusedSource),
        ("questions", &["question", "open"][..], Worry::UnusedQuestion),
    ] {
        for (key, (file, line)) in &places.keys {
            let name = key.strip_prefix(sort).and_then(|rest| rest.strip_prefix('.'));
            let Some(name) = name.filter(|name| !name.contains('.')) else { continue };
            if !words.iter().any(|word| places.words.contains(&(*word, name.to_owned()))) {
                let (file, line) = (file.clone(), Some(*line));
                found.push(Concern { file, line, key: key.clone(), what: what.clone() });
            }
        }
    }
}

/// The keys of the rules that something names.
fn used_rules(fund: &Fund) -> BTreeSet<&Arc<str>> {
    let places = groups(fund).into_iter().flat_map(|(_, places)| places);
    let survivors = fund.pension.survivors.iter();
    let of_survivors = survivors.flat_map(|s| s.spouse_conditions.iter().copied().chain(s.short));
    let more =
        fund.pension.kinds.iter().flat_map(|k| k.short.into_iter().chain(k.buy_back)).chain(of_survivors);
    let mut used: BTreeSet<&Arc<str>> =
        places.chain(more).filter_map(|place| fund.rules.get(place)).map(|rule| &rule.key).collect();
    // A rule that only an unused one names is used once that one is.
    for rule in &fund.rules {
        for entry in rule.entries() {
            let one = |name| std::slice::from_ref(name);
            let names = match &entry.value {
                Mechanism::Early(early) => one(&early.towards),
                Mechanism::Ratio(ratio) => one(&ratio.over),
                Mechanism::Points(points) => one(&points.price),
                Mechanism::Average(Average { revalued, .. }) => revalued.as_slice(),
                Mechanism::AnyOf(names) => names,
                _ => &[],
            };
            used.extend(names.iter().filter_map(|name| fund.named(rule, name)).map(|named| &named.key));
        }
    }
    used
}

/// The rules that an amount needs together, by what it is.
fn groups(fund: &Fund) -> Vec<(String, Vec<usize>)> {
    let mut groups = Vec::new();
    for kind in &fund.pension.kinds {
        let single = kind.reference.into_iter().chain(kind.rate).chain(kind.start);
        let places = single.chain(kind.conditions.iter().copied());
        groups.push((
            format!("pensions.{}", kind.code),
            places.chain(kind.adjustments.iter().copied()).collect(),
        ));
    }
    if let Some(survivors) = &fund.pension.survivors {
        let single = [survivors.shares].into_iter().chain(survivors.ages);
        let places = single.chain(survivors.conditions.iter().copied());
        groups.push(("survivors".into(), places.chain(survivors.adjustments.iter().copied()).collect()));
    }
    if let Some(family) = &fund.benefits.family {
        let places = [family.amounts, family.ages].into_iter().chain(family.conditions.iter().copied());
        groups.push(("family".into(), places.collect()));
    }
    for daily in &fund.benefits.daily {
        let single = [daily.pay, daily.schedule].into_iter().chain(daily.rounding);
        let places = single.chain(daily.conditions.iter().copied());
        groups.push((format!("daily.{}", daily.code), places.collect()));
    }
    for grant in &fund.benefits.grants {
        let places = [grant.amount].into_iter().chain(grant.conditions.iter().copied());
        groups.push((format!("grants.{}", grant.code), places.collect()));
    }
    groups
}

/// Tables of rates that begin above what opens the right.
fn holes(fund: &Fund, found: &mut Vec<Concern>) {
    for kind in &fund.pension.kinds {
        let Some(rate) = kind.rate.and_then(|place| fund.rules.get(place)) else { continue };
        for entry in rate.entries() {
            let Mechanism::Brackets(table) = &entry.value else { continue };
            let Some(begins) = table.rows.first().map(|row| row.from) else { continue };
            let rules = kind.conditions.iter().filter_map(|place| fund.rules.get(*place));
            // A condition that begins later says nothing of the days before it.
            let line =
                |rule: &'_ Rule| rule.at(entry.from).or(rule.entries().first()).map(|l| l.value.clone());
            let needed = rules.filter_map(|rule| match line(rule)? {
                Mechanism::Insured(units) => Some(units),
                _ => None,
            });
            let needed = needed.max().unwrap_or(0);
            if begins > needed {
                let line = fund.law.iter().find(|law| law.key == rate.key).and_then(|law| {
                    law.lines.iter().find(|line| line.basis.from == entry.from).map(|line| line.line)
                });
                let what = Worry::RateHole { of: format!("pensions.{}", kind.code), begins, needed };
                found.push(Concern {
                    file: "pension.toml".to_owned(),
                    line,
                    key: rate.key.to_string(),
                    what,
                });
            }
        }
    }
}

fn late(fund: &Fund, places: &Places, found: &mut Vec<Concern>) {
    // The lines of an accrual are periods worked, not award dates.
    let dated =
        |rule: &&Rule| !matches!(rule.entries().first().map(|e| &e.value), Some(Mechanism::Accrual(_)));
    let mut worst: BTreeMap<&Arc<str>, (NaiveDate, NaiveDate, String)> = BTreeMap::new();
    for (of, group) in groups(fund) {
        let rules: Vec<&Rule> = group.iter().filter_map(|p| fund.rules.get(*p)).filter(dated).collect();
        let Some(others) = rules.iter().filter_map(|rule| rule.known_since()).min() else { continue };
        for rule in rules {
            let Some(own) = rule.known_since().filter(|own| *own > others) else { continue };
            if worst.get(&rule.key).is_none_or(|(before, ..)| others < *before) {
                worst.insert(&rule.key, (others, own, of.clone()));
            }
        }
    }
    let told = worst
        .into_iter()
        .map(|(key, (others, own, of))| places.concern(key, Worry::StartsLate { of, others, own }));
    found.extend(told);
}

/// Where keys stand, and which words stand under the names that point elsewhere.
#[derive(Default)]
struct Places {
    keys: BTreeMap<String, (String, usize)>,
    words: BTreeSet<(&'static str, String)>,
}

impl Places {
    fn of(files: &FundFiles) -> Self {
        let mut places = Self::default();
        for (file, text) in files {
            if let Ok(table) = DeTable::parse(text) {
                places.table(file, text, "", table.get_ref());
            }
        }
        places
    }

    fn concern(&self, key: &str, what: Worry) -> Concern {
        let (file, line) = match self.keys.get(key) {
            Some((file, line)) => (file.clone(), Some(*line)),
            None => ("contributions.toml".to_owned(), None),
        };
        Concern { file, line, key: key.to_owned(), what }
    }

    fn table(&mut self, file: &str, text: &str, at: &str, table: &DeTable<'_>) {
        let line = |start: usize| text.get(..start).map_or(1, |t| t.matches('\n').count().saturating_add(1));
        for (name, value) in table {
            let key = match (file, at) {
                ("pension.toml", "rules") => format!("pension.{}", name.get_ref()),
                ("benefits.toml", "rules") => format!("benefit.{}", name.get_ref()),
                (_, "") => name.get_ref().to_string(),
                _ => format!("{at}.{}", name.get_ref()),
            };
            self.keys.entry(key.clone()).or_insert_with(|| (file.to_owned(), line(name.span().start)));
            self.value(file, text, (name.get_ref(), &key), value.get_ref());
        }
    }

    fn value(&mut self, file: &str, text: &str, (name, key): (&str, &str), value: &DeValue<'_>) {
        match value {
            DeValue::String(word) => {
                let known = ["source", "question", "open", "base"].into_iter().find(|own| *own == name);
                self.words.extend(known.map(|own| (own, word.to_string())));
            }
            DeValue::Array(items) => {
                for item in items {
                    let code = |field: &str| item.get_ref().get(field).and_then(|c| c.get_ref().as_str());
                    let key = match (name, code("code")) {
                        ("bases", Some(code)) => format!("contributions.base.{code}"),
                        ("categories", Some(code)) => format!("contributions.category.{code}"),
                        _ => key.to_owned(),
                    };
                    let line = text.get(..item.span().start).map_or(0, |t| t.matches('\n').count());
                    self.keys.entry(key.clone()).or_insert_with(|| (file.to_owned(), line.saturating_add(1)));
                    self.value(file, text, (name, &key), item.get_ref());
                }
            }
            DeValue::Table(inner) => self.table(file, text, key, inner),
            _ => {}
        }
    }
}
