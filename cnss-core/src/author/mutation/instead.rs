//! What may stand instead: another number, length, word or name of the same sort.

use rust_decimal::Decimal;

use crate::fund::{Fund, LawRule};

/// What may stand instead of a number or a word.
pub(super) fn others(fund: &Fund, key: &str, path: &str, word: &str) -> Vec<String> {
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
        _ => return other_name(fund, key, name, word).into_iter().collect(),
    };
    vec![other.to_owned()]
}

/// Another name of the same sort.
fn other_name(fund: &Fund, key: &str, name: &str, word: &str) -> Option<String> {
    let rules = &fund.contributions;
    let of_sort = |sort: &str| -> Vec<String> {
        let prefix = key.split('.').next().unwrap_or_default();
        let fits = |rule: &&LawRule| {
            rule.key.split('.').next() == Some(prefix)
                && rule.lines.iter().any(|l| {
                    l.atoms.iter().any(|(path, _)| path == sort || path.starts_with(&format!("{sort}.")))
                })
        };
        let short = |rule: &LawRule| rule.key.split('.').nth(1).unwrap_or_default().to_owned();
        fund.law.iter().filter(fits).map(short).collect()
    };
    let all: Vec<String> = match name {
        "proof" | "code" => return Some(format!("{word}_2")),
        "category" => rules.categories.iter().map(|c| c.code.to_string()).collect(),
        "any_of" => of_sort("proof"),
        "base" => rules.bases.iter().map(|b| b.code.to_string()).collect(),
        "branches" => rules.branches.iter().map(|b| b.code.to_string()).collect(),
        "open" => fund.questions.keys().cloned().collect(),
        "towards" => of_sort("age"),
        "over" => of_sort("insured"),
        "price" => of_sort("price"),
        "revalued" => of_sort("revaluation"),
        _ => return None,
    };
    next_of(&all, word)
}

/// Another rule of the same sort, branch, payer or base, instead of one that a table names: `at` is the
/// key of the table, `name` what the word is there.
pub(super) fn other_reference(
    fund: &Fund,
    file: &str,
    (at, name): (&str, &str),
    word: &str,
) -> Option<String> {
    let rules = &fund.contributions;
    let rate = at.starts_with("contributions.");
    let all: Vec<String> = match name {
        "payer" if rate => vec!["employer".to_owned(), "worker".to_owned()],
        "branch" if rate => rules.branches.iter().map(|b| b.code.to_string()).collect(),
        "base" if rate => rules.bases.iter().map(|b| b.code.to_string()).collect(),
        "rate" | "reference" | "start" | "short" | "buy_back" | "pay" | "schedule" | "rounding"
        | "amount" | "amounts" | "ages" | "shares"
            if matches!(file, "pension.toml" | "benefits.toml") =>
        {
            let prefix = if file == "pension.toml" { "pension" } else { "benefit" };
            let sort = |rule: &LawRule| {
                let atoms = rule.lines.iter().flat_map(|line| &line.atoms);
                atoms.map(|(path, _)| path.split('.').next().unwrap_or_default().to_owned()).next()
            };
            let short = |rule: &LawRule| {
                rule.key.split_once('.').filter(|(own, _)| *own == prefix).map(|(_, n)| n.to_owned())
            };
            let own = fund.law.iter().find(|rule| short(rule).as_deref() == Some(word)).and_then(sort)?;
            fund.law.iter().filter(|rule| sort(rule).as_ref() == Some(&own)).filter_map(short).collect()
        }
        _ => return None,
    };
    next_of(&all, word)
}

/// A category that stands not in the list, instead of one that does.
pub(super) fn other_category(
    fund: &Fund,
    list: &[toml::Spanned<toml::de::DeValue<'_>>],
    word: &str,
) -> Option<String> {
    let listed = |code: &str| code != word && list.iter().any(|own| own.get_ref().as_str() == Some(code));
    let all = fund.contributions.categories.iter().map(|c| c.code.to_string());
    next_of(&all.filter(|code| !listed(code)).collect::<Vec<_>>(), word)
}

/// The one after it, around the end.
fn next_of(all: &[String], word: &str) -> Option<String> {
    let after = all.iter().position(|name| name == word).unwrap_or_default().saturating_add(1);
    all.iter().cycle().skip(after).take(all.len()).find(|name| *name != word).cloned()
}

/// The pattern with each length in braces one more, and one less.
pub(super) fn other_lengths(pattern: &str) -> Vec<String> {
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
