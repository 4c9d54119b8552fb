//! Reading `contributions.toml`.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::contributions::{
    Base, Branch, Category, Computed, ContributionLabels, ContributionRules, DueRule, Payer, Penalty,
    PenaltyRule, Rate, RateRule, Scheme, SurchargeRate, SurchargeRule,
};
use super::dated::Question;
use super::mechanism::{Counting, Limit, Number};
use super::parse::{RawRule, RawValue, Reader, positive, share};
use crate::money::Rounding;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawContributions {
    labels: ContributionLabels,
    schemes: Vec<RawNamed>,
    branches: Vec<RawBranch>,
    categories: Vec<RawNamed>,
    rounding: RawRule,
    computed: RawRule,
    due: RawRule,
    bases: Vec<RawBase>,
    rates: Vec<Spanned<RawRate>>,
    #[serde(default)]
    surcharges: Vec<RawSurcharge>,
    #[serde(default)]
    penalties: Vec<RawPenalty>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBase {
    code: String,
    label: String,
    floor: Option<RawRule>,
    ceiling: Option<RawRule>,
    above: Option<RawRule>,
    flat: Option<RawRule>,
    open_above: Option<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    branch: String,
    payer: Payer,
    categories: Vec<String>,
    base: String,
    question: Option<String>,
    values: Vec<RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawRateValue {
    Share(Number),
    PerHead { per_head: Number },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSurcharge {
    scheme: String,
    label: String,
    question: Option<String>,
    values: Vec<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSurchargeRate {
    at_once: Option<Number>,
    monthly: Option<Number>,
    #[serde(default)]
    grace_months: u32,
    #[serde(default)]
    part: Counting,
    open: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPenalty {
    code: String,
    label: String,
    question: Option<String>,
    values: Vec<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPenaltyAmount {
    per_worker: Number,
    most: Option<Number>,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<ContributionRules> {
    let raw: RawContributions = reader.file()?;
    let schemes: Vec<Scheme> = raw
        .schemes
        .iter()
        .map(|s| Scheme { code: s.code.as_str().into(), label: s.label.as_str().into() })
        .collect();
    let mut branches = Vec::new();
    for branch in &raw.branches {
        match schemes.iter().find(|s| *s.code == *branch.scheme) {
            Some(scheme) => branches.push(Branch {
                code: branch.code.as_str().into(),
                label: branch.label.as_str().into(),
                scheme: Arc::clone(&scheme.code),
            }),
            None => {
                reader.fault(&format!("branches.{}", branch.code), format!("no scheme {:?}", branch.scheme))
            }
        }
    }
    let mut categories: Vec<Category> = Vec::new();
    for category in &raw.categories {
        let key = format!("categories.{}", category.code);
        if categories.iter().any(|c| *c.code == *category.code) {
            reader.fault(&key, "stands twice");
        }
        categories.push(Category {
            code: category.code.as_str().into(),
            label: category.label.as_str().into(),
            question: reader.question(&key, category.question.as_deref()),
        });
    }
    once(reader, "schemes", raw.schemes.iter().map(|s| s.code.clone()));
    once(reader, "branches", raw.branches.iter().map(|b| b.code.clone()));
    once(reader, "bases", raw.bases.iter().map(|b| b.code.clone()));
    once(reader, "surcharges", raw.surcharges.iter().map(|s| s.scheme.clone()));
    once(reader, "penalties", raw.penalties.iter().map(|p| p.code.clone()));
    reader.set_categories(categories.iter().map(|c| Arc::clone(&c.code)).collect());
    let bases: Vec<Base> = raw.bases.into_iter().map(|b| base(reader, b)).collect();
    let rates = rates(reader, raw.rates, &branches, &categories, &bases);
    let surcharges = raw.surcharges.into_iter().filter_map(|s| surcharge(reader, s, &schemes)).collect();
    let penalties = raw.penalties.into_iter().filter_map(|p| penalty(reader, p)).collect();
    let due = reader.rule("contributions.due", raw.due, |rule: DueRule| {
        if (1..=28).contains(&rule.day) && rule.months_after <= 12 {
            Ok(rule)
        } else {
            Err("not a due date: `day` is between 1 and 28, `months_after` at most 12".to_owned())
        }
    });
    let rounding = reader.rule("contributions.rounding", raw.rounding, |way: Rounding| Ok(way));
    let computed = reader.rule("contributions.computed", raw.computed, |how: Computed| Ok(how));
    Some(ContributionRules {
        labels: raw.labels,
        rounding: rounding?,
        computed: computed?,
        due: due?,
        branches,
        schemes,
        categories,
        bases,
        rates,
        surcharges,
        penalties,
    })
}

/// What is named twice is a fault: the second would never be looked at.
pub(super) fn once(reader: &Reader<'_>, kind: &str, codes: impl Iterator<Item = String>) {
    let mut seen = BTreeSet::new();
    for code in codes {
        let key = format!("{kind}.{code}");
        if !seen.insert(code) {
            reader.fault(&key, "stands twice");
        }
    }
}

/// A limit whose number is sound.
pub(super) fn limit(limit: Limit) -> Result<Limit, String> {
    let (Limit::Amount(number) | Limit::MinimumWage(number)) = limit;
    positive(number).map(|_| limit)
}

fn base(reader: &Reader<'_>, raw: RawBase) -> Base {
    let part = |name: &str, rule: Option<RawRule>| {
        reader.rule(&format!("contributions.base.{}.{name}", raw.code), rule?, limit)
    };
    Base {
        floor: part("floor", raw.floor),
        ceiling: part("ceiling", raw.ceiling),
        above: part("above", raw.above),
        flat: part("flat", raw.flat),
        open_above: part("open_above", raw.open_above).inspect(|rule| {
            if rule.entries().iter().any(|line| line.basis.question.is_none()) {
                reader.fault(&rule.key, "each line needs the `question` that stands in the way");
            }
        }),
        code: raw.code.as_str().into(),
        label: raw.label.as_str().into(),
    }
}

fn rates(
    reader: &Reader<'_>,
    raw: Vec<Spanned<RawRate>>,
    branches: &[Branch],
    categories: &[Category],
    bases: &[Base],
) -> Vec<RateRule> {
    let mut rates: Vec<RateRule> = Vec::with_capacity(raw.len());
    for rule in raw {
        let at = rule.span().start;
        let rule = rule.into_inner();
        let key =
            format!("contributions.{}.{}.{}", rule.branch, rule.payer.code(), rule.categories.join("+"));
        let branch = branches.iter().position(|b| *b.code == *rule.branch);
        if branch.is_none() {
            reader.fault_from(at, &key, format!("no branch {:?}", rule.branch));
        }
        let base = bases.iter().position(|b| *b.code == *rule.base);
        if base.is_none() {
            reader.fault_from(at, &key, format!("no base {:?}", rule.base));
        }
        let mut codes = Vec::new();
        for code in &rule.categories {
            let Some(category) = categories.iter().find(|c| *c.code == **code) else {
                reader.fault_from(at, &key, format!("no category {code:?}"));
                continue;
            };
            let twice = rates.iter().any(|r| {
                Some(r.branch) == branch && r.payer == rule.payer && r.categories.contains(&category.code)
            });
            if twice {
                reader.fault_from(at, &key, format!("stands twice for category {code:?}"));
            }
            codes.push(Arc::clone(&category.code));
        }
        let label = branch.and_then(|b| branches.get(b)).map_or("", |b| &*b.label).to_owned();
        let raw = RawRule { label, question: rule.question, values: rule.values };
        let rate = reader.rule(&key, raw, |value: RawRateValue| match value {
            RawRateValue::Share(number) => share(number).map(Rate::Share),
            RawRateValue::PerHead { per_head } => positive(per_head).map(Rate::PerHead),
        });
        if let (Some(branch), Some(base), Some(rate)) = (branch, base, rate) {
            rates.push(RateRule { branch, payer: rule.payer, categories: codes, base, rate });
        }
    }
    rates
}

fn surcharge(reader: &Reader<'_>, raw: RawSurcharge, schemes: &[Scheme]) -> Option<SurchargeRule> {
    let key = format!("contributions.surcharge.{}", raw.scheme);
    let scheme = schemes.iter().find(|s| *s.code == *raw.scheme);
    if scheme.is_none() {
        reader.fault(&key, format!("no scheme {:?}", raw.scheme));
    }
    let rule = RawRule { label: raw.label, question: raw.question, values: raw.values };
    let question = |name: &str| -> Option<Question> { reader.question(&key, Some(name)) };
    let rate =
        reader.rule(&key, rule, |value: RawSurchargeRate| match (value.open, value.at_once, value.monthly) {
            (Some(name), None, None) => question(&name)
                .map(SurchargeRate::Open)
                .ok_or_else(|| "`open` must name a question".to_owned()),
            (None, Some(at_once), Some(monthly)) => Ok(SurchargeRate::Known {
                at_once: share(at_once)?,
                monthly: share(monthly)?,
                grace_months: value.grace_months,
                part: value.part,
            }),
            _ => Err("needs `at_once` and `monthly`, or `open`".to_owned()),
        });
    Some(SurchargeRule { scheme: Arc::clone(&scheme?.code), rate: rate? })
}

fn penalty(reader: &Reader<'_>, raw: RawPenalty) -> Option<PenaltyRule> {
    let key = format!("contributions.penalty.{}", raw.code);
    let rule = RawRule { label: raw.label, question: raw.question, values: raw.values };
    let amount = reader.rule(&key, rule, |value: RawPenaltyAmount| {
        let most: Option<Decimal> = value.most.map(positive).transpose()?;
        Ok(Penalty { per_worker: positive(value.per_worker)?, most })
    });
    Some(PenaltyRule { code: raw.code.as_str().into(), amount: amount? })
}
