//! The law in French: each line of a fund's data as people read it, with the words of its
//! mechanism and of every number in it.
//!
//! The one rule to remember: a path of a value has its words in `words/fr.ftl`, which a test
//! proves for every fund that comes with the library.

use cnss_core::explain::Value;
use cnss_core::fund::mechanism::Unit;
use cnss_core::fund::{Fund, LawLine, LawRule};
use rust_decimal::Decimal;

use crate::words::{Words, number_text, rate_text, spaced};

/// What a number of the law is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Amount,
    Rate,
    Years,
    Months,
    Days,
    Units,
    Times,
    Plain,
    Word,
    Computed,
    Base,
    Rule,
    Branch,
    Category,
    Question,
    Text,
}

/// What stands at a path (without its indices), by its end.
fn sort(key: &str, path: &str) -> Sort {
    let contributions = key.starts_with("contributions.");
    match path {
        "" if key == "minimum_wage" => Sort::Amount,
        "" if key == "contributions.rounding" => Sort::Word,
        "" if key == "contributions.computed" => Sort::Computed,
        "" | "at_once" | "degree" | "points.share" | "schedule.steps.part" => Sort::Rate,
        "monthly" if contributions => Sort::Rate,
        "age" | "younger" | "registered" | "early_table.rows.age" => Sort::Years,
        "insured" | "insured_below" | "recent.units" | "buy_back" => Sort::Units,
        "child_ages.disabled" | "child_ages.child" | "child_ages.apprentice" | "child_ages.student" => {
            Sort::Years
        }
        "brackets.most" | "brackets.rows.flat" | "brackets.rows.rate" | "accrual.rate" => Sort::Rate,
        "brackets.rows.from" | "brackets.rows.each" | "accrual.each" | "floor.tiers.units" => Sort::Units,
        "ceiling.tiers.units" | "lump.each" => Sort::Units,
        "shares.children_most" | "supplement.most" | "by_rank.up_to" => Sort::Plain,
        "day" => Sort::Plain,
        "points.price" => Sort::Rule,
        "least_days" | "month" => Sort::Days,
        "most" => Sort::Amount,
        "flat.least" | "lump.least" | "refund.least" => Sort::Units,
        "parts.label" | "parts.code" => Sort::Text,
        "schedule.steps.from" | "schedule.wait" | "schedule.most" | "schedule.extensions.most" => Sort::Plain,
        // Said by a word of its own: no label of a rule names this paper.
        "schedule.extensions.proof" => Sort::Word,
        "lump.pay" | "revaluation.rows.times" => Sort::Plain,
        "revaluation.rows.paid" | "revaluation.rows.awarded" => Sort::Text,
        "rounding.to" => Sort::Amount,
        _ => match path.rsplit('.').next().unwrap_or(path) {
            "amount" | "monthly" | "price" | "value" | "per_worker" | "per_head" | "least" | "most" => {
                Sort::Amount
            }
            "share" | "take" | "keep" | "spouse" | "child" | "pool" | "child_most" | "orphan" | "total" => {
                Sort::Rate
            }
            "minimum_wage" => Sort::Times,
            "months" | "months_after" | "grace_months" => Sort::Months,
            "last" | "best" | "of" if path.starts_with("average.") => Sort::Months,
            "base" => Sort::Base,
            "revalued" | "towards" => Sort::Rule,
            "over" if path.starts_with("ratio") => Sort::Rule,
            "branches" => Sort::Branch,
            "any_of" => Sort::Rule,
            "category" => Sort::Category,
            "open" => Sort::Question,
            "over" | "last_years" => Sort::Plain,
            "proof" => Sort::Text,
            _ => Sort::Word,
        },
    }
}

/// A path without its indices.
fn bare(path: &str) -> String {
    let parts = path.split('.').filter(|part| part.parse::<u32>().is_err());
    parts.collect::<Vec<_>>().join(".")
}

/// A path up to its last index: what belongs to one row of a table.
fn row(path: &str) -> &str {
    let last = path.rmatch_indices('.').find(|(at, _)| {
        let before = path.get(..*at).unwrap_or("");
        before.rsplit('.').next().is_some_and(|part| part.parse::<u32>().is_ok())
    });
    last.and_then(|(at, _)| path.get(..at)).unwrap_or("")
}

impl Words {
    /// A line of the law, one text for each row of its value.
    #[must_use]
    pub(crate) fn law(&self, fund: &Fund, rule: &LawRule, line: &LawLine) -> Vec<String> {
        let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
        for (path, value) in &line.atoms {
            let Some(text) = self.atom(fund, &rule.key, path, value) else { continue };
            let here = row(path);
            match rows.iter_mut().find(|(row, _)| *row == here) {
                Some((_, texts)) => texts.push(text),
                None => rows.push((here, vec![text])),
            }
        }
        rows.into_iter().map(|(_, texts)| texts.join("\u{a0}; ")).collect()
    }

    /// A number or word with what it is; none for what says nothing to people.
    fn atom(&self, fund: &Fund, key: &str, path: &str, value: &str) -> Option<String> {
        let path = bare(path);
        let sort = sort(key, &path);
        if path == "parts.code" {
            return None;
        }
        let shown = self.law_value(fund, sort, value);
        if path.is_empty() {
            return Some(shown);
        }
        let name = format!("law-{}", path.replace('.', "-"));
        let Some(label) = self.plain(&name) else {
            tracing::error!(key = name, "no words for this part of the law; a test excludes this");
            return Some(format!("{path}\u{a0}: {shown}"));
        };
        // A flag, and a paper that the rule's own label names, say it all by their name.
        Some(if value == "true" || path == "proof" { label } else { format!("{label}\u{a0}: {shown}") })
    }

    fn law_value(&self, fund: &Fund, sort: Sort, value: &str) -> String {
        let number = Decimal::from_str_exact(value).ok();
        let count = |unit: &'static str| {
            let n = value.parse().ok()?;
            Some(self.value(&Value::Count(n, unit)))
        };
        let shown = match sort {
            Sort::Amount => number.map(|n| self.amount_text(n)),
            Sort::Rate => number.map(rate_text).or_else(|| Some(self.fraction(value))),
            Sort::Years => count("years"),
            Sort::Months => count("months"),
            Sort::Days => count("days"),
            Sort::Units => count(unit_of(fund).word()),
            Sort::Times => number.map(|n| format!("{} fois le salaire minimum", number_text(n))),
            Sort::Plain => number.map(number_text),
            Sort::Base => fund.contributions.base(value).map(|base| base.label.to_string()),
            Sort::Branch => fund.contributions.branch(value).map(|branch| branch.label.to_string()),
            Sort::Category => fund.contributions.category(value).map(|category| category.label.to_string()),
            Sort::Question => fund.questions.get(value).map(ToString::to_string),
            Sort::Rule => {
                let named = |prefix: &str| fund.rule(&format!("{prefix}.{value}"));
                named("pension").or_else(|| named("benefit")).map(|rule| rule.label.to_string())
            }
            Sort::Text => Some(value.to_owned()),
            Sort::Computed => self.plain(&format!("law-computed-{value}")),
            Sort::Word => None,
        };
        shown
            .or_else(|| self.plain(&format!("law-word-{value}")))
            .or_else(|| self.plain(&format!("word-{value}")))
            .map_or_else(|| value.to_owned(), |text| spaced(&text))
    }
}

/// The unit in which the fund counts insured time today.
fn unit_of(fund: &Fund) -> Unit {
    fund.pension.insurance.entries().last().map_or(Unit::Months, |line| line.value.unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_fund_is_said_in_french() {
        let french = Words::french("");
        for code in Fund::builtin_codes() {
            let fund = Fund::builtin(code).expect("a fund");
            let words = french.of_fund(&fund);
            for rule in &fund.law {
                let file = format!("law-file-{}", rule.file.trim_end_matches(".toml"));
                assert!(words.plain(&file).is_some(), "{code}: no words {file}");
                for line in &rule.lines {
                    for (path, value) in &line.atoms {
                        let what = format!("{code} {} {path} = {value}", rule.key);
                        let bare = bare(path);
                        if !bare.is_empty() && bare != "parts.code" {
                            let name = format!("law-{}", bare.replace('.', "-"));
                            assert!(words.plain(&name).is_some(), "{what}: no words {name}");
                        }
                        let sort = sort(&rule.key, &bare);
                        let said = words.law_value(&fund, sort, value);
                        let raw = said == *value && !matches!(sort, Sort::Text | Sort::Plain);
                        // « pension » is the word of the data, and French.
                        let word = words.plain(&format!("law-word-{value}")).is_some();
                        assert!(!raw || word || value == "true", "{what}: {sort:?} said as « {said} »");
                    }
                }
            }
        }
    }

    /// Every step of every situation that the jurists wrote, as a page shows it.
    #[test]
    fn every_step_of_every_situation_is_said_in_french() {
        let (french, mut steps) = (Words::french(""), 0);
        for code in Fund::builtin_codes() {
            let fund = Fund::builtin(code).expect("a fund");
            let words = french.of_fund(&fund);
            let folder = format!("{}/../cnss-core/funds/{code}/situations", env!("CARGO_MANIFEST_DIR"));
            for file in std::fs::read_dir(folder).expect("situations") {
                let text = std::fs::read_to_string(file.expect("a file").path()).expect("readable");
                let all = cnss_core::author::situation::Situations::parse(&text).expect("situations");
                for computed in all.computed(&fund) {
                    for step in words.steps(&computed.steps) {
                        let said = format!("{} {} {:?}", step.label, step.value, step.detail);
                        let raw = ["word-", "unit-", "value-", "_"].iter().any(|part| said.contains(part));
                        assert!(!raw, "{code}: {}: {said}", computed.name);
                        steps += 1;
                    }
                }
            }
        }
        assert!(steps > 2_000, "{steps} steps");
    }

    #[test]
    fn a_table_is_told_row_by_row() {
        let fund = Fund::builtin("tg").expect("a fund");
        let words = Words::french("").of_fund(&fund);
        let rule = fund.law.iter().find(|rule| *rule.key == *"pension.normal_age").expect("a rule");
        let line = rule.lines.first().expect("a line");
        assert_eq!(words.law(&fund, rule, line), ["Âge au moins\u{a0}: 60\u{a0}ans"]);
        assert_eq!(row("brackets.rows.0.rate"), "brackets.rows.0");
        assert_eq!(row("brackets.most"), "");
        assert_eq!(row("schedule.steps.1.cap.amount"), "schedule.steps.1");
        assert_eq!(bare("by_rank.0.up_to"), "by_rank.up_to");
    }
}
