//! Mutation (épreuve par mutation): what a fund's situations would not notice.
//!
//! Each mutant is the fund with one number, word or date of one dated line changed, with one line
//! gone, with one condition or adjustment less, with two adjustments in the other order, or with one number of an identifier changed. The one rule to
//! remember: a value that can change without breaking a situation is a
//! value that nobody checks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fund::mechanism::{Bound, Mechanism, Number, RoundTo};
use crate::fund::{Fund, FundError, FundFiles, LawRule};
use crate::situation::{Situations, Unreadable};

/// One change of one place of a fund's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// The rule: `pension.age`; or the kind, `pensions.normal`; or `identifiers.insured_number`.
    pub key: Arc<str>,
    /// The first day of the dated line; none for what has no dates.
    pub from: Option<NaiveDate>,
    /// What is changed: `value.age`, `from`, `conditions.0`, `adjustments.order.0`, or `line` for the whole line.
    pub path: String,
    /// What stands there.
    pub old: String,
    /// What stands there instead; empty when the line is gone.
    pub new: String,
    /// Where in the file.
    range: Range<usize>,
    /// The text that is put there.
    text: String,
}

impl Mutant {
    /// The first day of the dated line as text; empty for what has no dates.
    #[must_use]
    pub fn when(&self) -> String {
        self.from.map_or_else(String::new, |day| day.to_string())
    }

    /// The fund's files with this change.
    #[must_use]
    pub fn apply(&self, files: &FundFiles) -> FundFiles {
        let mut files = files.clone();
        if let Some(text) = files.get_mut(&self.file)
            && text.get(self.range.clone()).is_some()
        {
            text.replace_range(self.range.clone(), &self.text);
        }
        files
    }
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The files are no longer sound.
    Refused,
    /// This situation no longer comes out as written.
    Killed(usize),
    /// Nothing noticed.
    Survived,
}

/// A change that no situation could ever notice, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// The rule.
    pub key: String,
    /// What is changed: `value.age`, `from`, `line`; `value` stands for all that is in the value.
    pub path: String,
    /// The first day of the dated line; every line of the rule when it is not given.
    pub from: Option<toml::value::Datetime>,
    /// What stands there instead; every change of that place when it is not given.
    pub new: Option<String>,
    /// The open question for which nothing is computed there: a key of `[questions]`. Once it is
    /// settled the entry must go.
    pub question: Option<String>,
    /// Why nothing can change.
    pub reason: String,
}

impl Equivalent {
    /// Reads `equivalent.toml`: `[[equivalent]]` with `key`, `path`, `reason`, and where they are
    /// needed `from`, `new` and `question`.
    ///
    /// # Errors
    /// Where the file is not the TOML that is expected.
    pub fn parse(text: &str) -> Result<Vec<Self>, Unreadable> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            equivalent: Vec<Equivalent>,
        }
        let file: File = toml::from_str(text).map_err(|e| Unreadable::of(text, "", &e))?;
        match file.equivalent.iter().find(|e| e.reason.trim().is_empty()) {
            Some(entry) => {
                let at = text.lines().position(|line| line.contains(&entry.key)).unwrap_or_default();
                let key = format!("{} {}", entry.key, entry.path);
                Err(Unreadable { line: at.saturating_add(1), key, problem: "`reason` is empty".to_owned() })
            }
            None => Ok(file.equivalent),
        }
    }

    fn covers(&self, mutant: &Mutant) -> bool {
        let within = mutant.path.strip_prefix(&self.path);
        *self.key == *mutant.key
            && within.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            && self.from.is_none_or(|from| mutant.from.is_some_and(|own| own.to_string() == from.to_string()))
            && self.new.as_ref().is_none_or(|new| *new == mutant.new)
    }
}

/// How a fund's situations did. Mutants that do not load are told apart and count for nothing:
/// the check of the files notices them, not a situation.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Those that do not load.
    pub refused: usize,
    /// Those that break a situation.
    pub killed: usize,
    /// Those that nothing noticed, by their places.
    pub survivors: Vec<usize>,
    /// Those that are listed as equivalent for ever.
    pub equivalent: usize,
    /// Those that are listed as long as a question is open.
    pub waiting: usize,
    /// Places of entries of the list that cover a mutant that a situation notices, or none that
    /// survives, or whose question the fund does not have.
    pub stale: Vec<usize>,
}

impl Tally {
    /// Counts.
    #[must_use]
    pub fn of(fund: &Fund, mutants: &[Mutant], fates: &[Fate], equivalent: &[Equivalent]) -> Self {
        let mut tally = Self::default();
        let mut needed = vec![false; equivalent.len()];
        let mut wrong: Vec<bool> = equivalent
            .iter()
            .map(|entry| entry.question.as_ref().is_some_and(|key| !fund.questions.contains_key(key)))
            .collect();
        for (place, (mutant, fate)) in mutants.iter().zip(fates).enumerate() {
            let mut listed = None;
            for ((entry, needed), wrong) in equivalent.iter().zip(&mut needed).zip(&mut wrong) {
                if entry.covers(mutant) {
                    *needed |= *fate == Fate::Survived;
                    *wrong |= matches!(fate, Fate::Killed(_));
                    listed = Some(entry);
                }
            }
            let count = match (fate, listed) {
                (Fate::Survived, None) => {
                    tally.survivors.push(place);
                    continue;
                }
                (Fate::Survived, Some(entry)) if entry.question.is_some() => &mut tally.waiting,
                (Fate::Survived, Some(_)) => &mut tally.equivalent,
                (Fate::Refused, _) => &mut tally.refused,
                (Fate::Killed(_), _) => &mut tally.killed,
            };
            *count = count.saturating_add(1);
        }
        let stale = (0..).zip(needed.into_iter().zip(wrong));
        tally.stale =
            stale.filter(|(_, (needed, wrong))| !needed || *wrong).map(|(entry, _)| entry).collect();
        tally
    }

    /// Those that a situation could notice.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.killed.saturating_add(self.survivors.len())
    }

    /// Noticed of those that could be, in tenths of a percent, rounded down; all when there is none.
    #[must_use]
    pub fn per_thousand(&self) -> usize {
        self.killed.saturating_mul(1_000).checked_div(self.counted()).unwrap_or(1_000)
    }
}

/// Judges each mutant: loads it and runs the situations until one breaks, on so many threads.
#[must_use]
pub fn judge(files: &FundFiles, situations: &Situations, mutants: &[Mutant], threads: usize) -> Vec<Fate> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut fates = Vec::new();
        // What broke last under a change of the same rule will most often break again.
        let mut killers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(place) else { return fates };
            let known = killers.entry(&mutant.key).or_default();
            let fate = match Fund::parse(&mutant.apply(files)) {
                Err(_) => Fate::Refused,
                Ok(fund) => situations.first_broken(&fund, known).map_or(Fate::Survived, Fate::Killed),
            };
            if let Fate::Killed(by) = fate
                && !known.contains(&by)
            {
                known.push(by);
            }
            fates.push((place, fate));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    all.sort_unstable_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, fate)| fate).collect()
}

/// Every mutant of a sound fund, in the order of the files.
///
/// # Errors
/// The faults of a fund that is not sound.
pub fn mutants(files: &FundFiles) -> Result<Vec<Mutant>, FundError> {
    let fund = Fund::parse(files)?;
    let mut found = Vec::new();
    for (file, text) in files {
        let Ok(table) = DeTable::parse(text) else { continue };
        let mut walk = Walk { fund: &fund, file, text, found: &mut found };
        walk.table("", table.get_ref());
    }
    found.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(found)
}

struct Walk<'a> {
    fund: &'a Fund,
    file: &'a str,
    text: &'a str,
    found: &'a mut Vec<Mutant>,
}

/// What is being changed.
struct Line {
    key: Arc<str>,
    line: usize,
    from: Option<NaiveDate>,
}

impl Walk<'_> {
    /// `at` is the key of the table.
    fn table(&mut self, at: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let name = &**name.get_ref();
            match value.get_ref() {
                DeValue::Array(lines) if name == "values" => {
                    for line in lines {
                        self.line(line);
                    }
                }
                DeValue::Array(places) if name == "conditions" => self.dropped(at, name, places),
                DeValue::Array(places) if name == "adjustments" => {
                    self.dropped(at, name, places);
                    self.swapped(at, name, places);
                }
                DeValue::Array(items) => {
                    for item in items {
                        let Some(inner) = item.get_ref().as_table() else { continue };
                        let code = inner.get("code").and_then(|code| code.get_ref().as_str());
                        let at = code.map_or_else(|| name.to_owned(), |code| format!("{name}.{code}"));
                        if matches!(name, "identifiers" | "phones") {
                            self.identifier(&at, inner);
                        }
                        self.table(&at, inner);
                    }
                }
                DeValue::Table(inner) => self.table(name, inner),
                _ => {}
            }
        }
    }

    fn number(&self, start: usize) -> usize {
        let before = self.text.get(..start).unwrap_or_default();
        before.bytes().filter(|b| *b == b'\n').count().saturating_add(1)
    }

    fn line(&mut self, whole: &Spanned<DeValue<'_>>) {
        let span = whole.span();
        let number = self.number(span.start);
        let (file, law) = (self.file, &self.fund.law);
        let here = |rule: &&LawRule| *rule.file == *file && rule.lines.iter().any(|l| l.line == number);
        let Some(rule) = law.iter().find(here) else { return };
        let from = rule.lines.iter().find(|l| l.line == number).map(|l| l.basis.from);
        let line = Line { key: Arc::clone(&rule.key), line: number, from };
        let Some(table) = whole.get_ref().as_table() else { return };
        for (name, value) in table {
            match &**name.get_ref() {
                path @ ("from" | "known_from" | "born_from") => self.date(&line, path, value),
                "value" => self.value(&line, "value", value),
                _ => {}
            }
        }
        let after = self.text.get(span.end..).unwrap_or_default();
        let spaces = after.len().saturating_sub(after.trim_start().len());
        let comma = after.trim_start().starts_with(',');
        let end = if comma { span.end.saturating_add(spaces).saturating_add(1) } else { span.end };
        let old = self.text.get(span.clone()).unwrap_or_default().to_owned();
        self.push(&line, "line", (old, span.start..end), String::new(), String::new());
    }

    /// One of a list less: a condition, an adjustment.
    fn dropped(&mut self, at: &str, name: &str, places: &[Spanned<DeValue<'_>>]) {
        let mut before: Option<Range<usize>> = None;
        for (i, place) in places.iter().enumerate() {
            let (span, path) = (place.span(), format!("{name}.{i}"));
            let line = Line { key: Arc::from(at), line: self.number(span.start), from: None };
            let word = self.text.get(span.clone()).unwrap_or_default().to_owned();
            let next = places.get(i.saturating_add(1)).map(|next| next.span().start);
            let gone = match (next, &before) {
                (Some(next), _) => span.start..next,
                (None, Some(before)) => before.end..span.end,
                (None, None) => span.clone(),
            };
            self.push(&line, &path, (word, gone), String::new(), String::new());
            before = Some(span);
        }
    }

    /// Two that follow each other, the other way round: the order of adjustments is law.
    fn swapped(&mut self, at: &str, name: &str, places: &[Spanned<DeValue<'_>>]) {
        for (i, pair) in places.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            if self.commute(first, second) {
                continue;
            }
            let range = first.span().start..second.span().end;
            let text = |span: Range<usize>| self.text.get(span).unwrap_or_default().to_owned();
            let between = text(first.span().end..second.span().start);
            let new = format!("{}{between}{}", text(second.span()), text(first.span()));
            let (line, old) = (self.number(range.start), text(range.clone()));
            let line = Line { key: Arc::from(at), line, from: None };
            self.push(&line, &format!("{name}.order.{i}"), (old, range), new.clone(), new);
        }
    }

    /// True for adjustments whose order cannot matter, whatever the pension: two floors, two ceilings,
    /// and a floor that is never above the ceiling because both are shares of the same.
    fn commute(&self, first: &Spanned<DeValue<'_>>, second: &Spanned<DeValue<'_>>) -> bool {
        let values = |name: &Spanned<DeValue<'_>>| {
            let name = name.get_ref().as_str().unwrap_or_default();
            let key = format!("pension.{name}");
            let rule = self.fund.rules.iter().find(|rule| *rule.key == *key);
            rule.map_or(&[][..], |rule| rule.entries()).iter().map(|entry| &entry.value)
        };
        let never_crossed = |floor: &Bound, ceiling: &Bound| {
            let shares = floor.share.zip(ceiling.share);
            floor.of == ceiling.of && shares.is_some_and(|(floor, ceiling)| floor.0 <= ceiling.0)
        };
        let whole = |floor: &Bound, to: &RoundTo| {
            let fixed = floor.amount.into_iter().chain(floor.tiers.iter().map(|tier| tier.amount));
            let multiple = |amount: Number| amount.0.checked_rem(to.to.0).is_some_and(|rest| rest.is_zero());
            floor.share.is_none() && fixed.into_iter().all(multiple)
        };
        let pairs = || values(first).flat_map(|one| values(second).map(move |other| (one, other)));
        pairs().next().is_some()
            && pairs().all(|pair| match pair {
                (Mechanism::Floor(_), Mechanism::Floor(_))
                | (Mechanism::Ceiling(_), Mechanism::Ceiling(_)) => true,
                (Mechanism::Ceiling(ceiling), Mechanism::Floor(floor))
                | (Mechanism::Floor(floor), Mechanism::Ceiling(ceiling)) => never_crossed(floor, ceiling),
                // A floor that rounding leaves as it is.
                (Mechanism::Floor(floor), Mechanism::Rounding(to))
                | (Mechanism::Rounding(to), Mechanism::Floor(floor)) => whole(floor, to),
                _ => false,
            })
    }

    /// The numbers of a check digit, the lengths in a pattern, and the special values.
    fn identifier(&mut self, at: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let line = Line { key: Arc::from(at), line: self.number(value.span().start), from: None };
            match (&**name.get_ref(), value.get_ref()) {
                ("check", _) => self.value(&line, "check", value),
                ("pattern", DeValue::String(pattern)) => {
                    for new in other_lengths(pattern) {
                        let text = format!("'{new}'");
                        self.push(&line, "pattern", (pattern.to_string(), value.span()), new, text);
                    }
                }
                ("special", DeValue::Array(items)) => {
                    for (i, item) in items.iter().enumerate() {
                        let own = item.get_ref().get("value");
                        if let Some((own, text)) = own.and_then(|own| Some((own, own.get_ref().as_str()?))) {
                            let new = format!("{text}0");
                            let place = (text.to_owned(), own.span());
                            let line =
                                Line { key: Arc::from(at), line: self.number(own.span().start), from: None };
                            self.push(
                                &line,
                                &format!("special.{i}"),
                                place,
                                new.clone(),
                                format!("\"{new}\""),
                            );
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn push(&mut self, line: &Line, path: &str, old: (String, Range<usize>), new: String, text: String) {
        self.found.push(Mutant {
            file: self.file.to_owned(),
            line: line.line,
            key: Arc::clone(&line.key),
            from: line.from,
            path: path.to_owned(),
            old: old.0,
            new,
            range: old.1,
            text,
        });
    }

    /// One year later.
    fn date(&mut self, line: &Line, path: &str, value: &Spanned<DeValue<'_>>) {
        let old = self.text.get(value.span()).unwrap_or_default().to_owned();
        let later = old.parse::<NaiveDate>().ok().and_then(|day| day.checked_add_months(Months::new(12)));
        if let Some(day) = later {
            self.push(line, path, (old, value.span()), day.to_string(), day.to_string());
        }
    }

    fn value(&mut self, line: &Line, path: &str, value: &Spanned<DeValue<'_>>) {
        let place = |old: &str| (old.to_owned(), value.span());
        match value.get_ref() {
            DeValue::Table(table) => {
                for (name, inner) in table {
                    self.value(line, &format!("{path}.{}", name.get_ref()), inner);
                }
            }
            DeValue::Array(items) => {
                for (i, inner) in items.iter().enumerate() {
                    self.value(line, &format!("{path}.{i}"), inner);
                }
            }
            DeValue::Integer(number) => {
                let Ok(number) = number.as_str().parse::<i64>() else { return };
                for new in [number.checked_add(1), number.checked_sub(1)].into_iter().flatten() {
                    if new >= 0 {
                        self.push(line, path, place(&number.to_string()), new.to_string(), new.to_string());
                    }
                }
            }
            DeValue::Boolean(flag) => {
                let new = (!flag).to_string();
                self.push(line, path, place(&flag.to_string()), new.clone(), new);
            }
            DeValue::String(word) => {
                for new in self.others(&line.key, path, word) {
                    // A number without quotes is what stands for some words.
                    let bare = new.parse::<u32>().is_ok() && word.parse::<Decimal>().is_err();
                    let text = if bare { new.clone() } else { format!("\"{new}\"") };
                    self.push(line, path, place(word), new, text);
                }
            }
            DeValue::Float(_) | DeValue::Datetime(_) => {}
        }
    }

    /// What may stand instead of a number or a word.
    fn others(&self, key: &str, path: &str, word: &str) -> Vec<String> {
        if let Ok(number) = Decimal::from_str_exact(word) {
            return other_numbers(number);
        }
        if let Some((above, below)) = word.split_once('/') {
            let more = |part: &str| part.trim().parse::<u32>().ok().and_then(|n| n.checked_add(1));
            let above_more = more(above).map(|n| format!("{n}/{below}"));
            return above_more.into_iter().chain(more(below).map(|n| format!("{above}/{n}"))).collect();
        }
        let name = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
        let other = match (name, word) {
            ("value" | "way", "half_up" | "up") => "down",
            ("value" | "way", "down") => "half_up",
            ("value", "worker") => "total",
            ("value", "total") => "worker",
            ("payers", "worker") => "employer",
            ("payers", "employer") => "worker",
            ("part", "started") => "complete",
            ("part", "complete") => "started",
            ("start", "next_month") => "same_day",
            ("start", "same_day") => "next_month",
            ("unit", "days" | "quarters" | "years") => "months",
            ("unit", "months") => "quarters",
            ("unit", "day") => "month",
            ("unit", "month") => "day",
            ("each", "year") => "quarter",
            ("each", "quarter") => "month",
            ("each", "month") => "quarter",
            ("lasts", "always") => "until_then",
            ("lasts", "until_then") => "always",
            ("of", "reference") => "minimum_wage",
            ("of", "minimum_wage" | "pension") => "reference",
            ("for", "third_person") => "child",
            ("for", "child") => "spouse",
            ("for", "spouse") => "child",
            ("incomplete", "drop") => "fraction",
            ("incomplete", "fraction") => "drop",
            ("reduce", "all") => "children",
            ("reduce", "children") => "all",
            ("over", "days") => "29",
            ("disabled", "no_limit") => "25",
            _ => return self.other_name(key, name, word).into_iter().collect(),
        };
        vec![other.to_owned()]
    }

    /// Another name of the same sort.
    fn other_name(&self, key: &str, name: &str, word: &str) -> Option<String> {
        let rules = &self.fund.contributions;
        let of_sort = |sort: &str| -> Vec<String> {
            let prefix = key.split('.').next().unwrap_or_default();
            let fits = |rule: &&LawRule| {
                rule.key.split('.').next() == Some(prefix)
                    && rule.lines.iter().any(|l| {
                        l.atoms.iter().any(|(path, _)| path == sort || path.starts_with(&format!("{sort}.")))
                    })
            };
            let short = |rule: &LawRule| rule.key.split('.').nth(1).unwrap_or_default().to_owned();
            self.fund.law.iter().filter(fits).map(short).collect()
        };
        let all: Vec<String> = match name {
            "proof" | "code" => return Some(format!("{word}_2")),
            "base" => rules.bases.iter().map(|b| b.code.to_string()).collect(),
            "branches" => rules.branches.iter().map(|b| b.code.to_string()).collect(),
            "open" => self.fund.questions.keys().cloned().collect(),
            "towards" => of_sort("age"),
            "over" => of_sort("insured"),
            "price" => of_sort("price"),
            "revalued" => of_sort("revaluation"),
            _ => return None,
        };
        let after = all.iter().position(|n| n == word).unwrap_or_default().saturating_add(1);
        all.iter().cycle().skip(after).take(all.len()).find(|n| *n != word).cloned()
    }
}

/// The pattern with each length in braces one more, and one less.
fn other_lengths(pattern: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (open, _) in pattern.match_indices('{') {
        let (before, rest) = pattern.split_at(open.saturating_add(1));
        let Some((inside, after)) = rest.split_once('}') else { continue };
        let lengths: Vec<u32> = inside.split(',').filter_map(|n| n.trim().parse().ok()).collect();
        for (place, length) in lengths.iter().enumerate() {
            for other in [length.checked_add(1), length.checked_sub(1)].into_iter().flatten() {
                let mut lengths = lengths.clone();
                lengths.splice(place..=place, [other]);
                let inside = lengths.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                all.push(format!("{before}{inside}}}{after}"));
            }
        }
    }
    all
}

/// One unit of the last digit more, and a tenth more.
fn other_numbers(number: Decimal) -> Vec<String> {
    let unit = Decimal::new(1, number.scale());
    let more = number.checked_add(unit);
    let tenth = number.checked_mul(Decimal::new(11, 1)).map(|n| n.normalize());
    let mut all: Vec<Decimal> = more.into_iter().chain(tenth).filter(|n| *n != number).collect();
    all.dedup_by(|a, b| *a == *b);
    all.iter().map(ToString::to_string).collect()
}
