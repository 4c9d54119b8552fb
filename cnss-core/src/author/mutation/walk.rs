//! The places of a fund's files that are changed, one by one.

use std::ops::Range;
use std::sync::Arc;

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mutant;
use super::instead::{other_category, other_lengths, other_reference, others};
use crate::fund::mechanism::{Bound, Mechanism, Number, RoundTo};
use crate::fund::{Fund, LawRule};

/// Walks through a file of the fund, and notes each change of one place.
pub(super) struct Walk<'a> {
    pub fund: &'a Fund,
    pub file: &'a str,
    pub text: &'a str,
    pub found: &'a mut Vec<Mutant>,
}

/// What is being changed.
struct Line {
    key: Arc<str>,
    line: usize,
    from: Option<NaiveDate>,
}

/// The key of a rate, which its table does not say.
fn rate_key(table: &DeTable<'_>) -> String {
    let word = |name: &str| table.get(name).and_then(|own| own.get_ref().as_str()).unwrap_or_default();
    let categories = table.get("categories").and_then(|own| own.get_ref().as_array());
    let categories: Vec<&str> =
        categories.into_iter().flat_map(|all| all.iter()).filter_map(|own| own.get_ref().as_str()).collect();
    format!("contributions.{}.{}.{}", word("branch"), word("payer"), categories.join("+"))
}

impl Walk<'_> {
    /// `at` is the key of the table.
    pub(super) fn table(&mut self, at: &str, table: &DeTable<'_>) {
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
                DeValue::Array(places) if name == "categories" && at.starts_with("contributions.") => {
                    self.names(at, name, places);
                }
                DeValue::Array(items) => {
                    for item in items {
                        let Some(inner) = item.get_ref().as_table() else { continue };
                        let code = inner.get("code").and_then(|code| code.get_ref().as_str());
                        let at = match code {
                            Some(code) => format!("{name}.{code}"),
                            None if name == "rates" => rate_key(inner),
                            None => name.to_owned(),
                        };
                        if matches!(name, "identifiers" | "phones") {
                            self.identifier(&at, inner);
                        }
                        self.table(&at, inner);
                    }
                }
                DeValue::Table(inner) => self.table(name, inner),
                DeValue::String(word) => {
                    if let Some(new) = other_reference(self.fund, self.file, (at, name), word) {
                        let span = value.span();
                        let line = Line { key: Arc::from(at), line: self.number(span.start), from: None };
                        self.push(&line, name, (word.to_string(), span), new.clone(), format!("\"{new}\""));
                    }
                }
                _ => {}
            }
        }
    }

    /// Another category instead of each of a list.
    fn names(&mut self, at: &str, name: &str, places: &[Spanned<DeValue<'_>>]) {
        for (i, place) in places.iter().enumerate() {
            let Some(word) = place.get_ref().as_str() else { continue };
            let Some(new) = other_category(self.fund, places, word) else { continue };
            let line = Line { key: Arc::from(at), line: self.number(place.span().start), from: None };
            let (path, old) = (format!("{name}.{i}"), (word.to_owned(), place.span()));
            self.push(&line, &path, old, new.clone(), format!("\"{new}\""));
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
                "categories" => {
                    let names = value.get_ref().as_array().into_iter().flat_map(|all| all.iter().enumerate());
                    let all: Vec<_> = names.clone().map(|(_, place)| place.clone()).collect();
                    for (i, place) in names {
                        let Some(word) = place.get_ref().as_str() else { continue };
                        let Some(new) = other_category(self.fund, &all, word) else { continue };
                        let (path, old) = (format!("categories.{i}"), (word.to_owned(), place.span()));
                        self.push(&line, &path, old, new.clone(), format!("\"{new}\""));
                    }
                }
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
                for new in others(self.fund, &line.key, path, word) {
                    // A number without quotes is what stands for some words.
                    let bare = new.parse::<u32>().is_ok() && word.parse::<Decimal>().is_err();
                    let text = if bare { new.clone() } else { format!("\"{new}\"") };
                    self.push(line, path, place(word), new, text);
                }
            }
            DeValue::Float(_) | DeValue::Datetime(_) => {}
        }
    }
}
