//! Reading `pension.toml`, and checking what every mechanism must satisfy.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::contributions::ContributionRules;
use super::dated::Parameter;
use super::mechanism::{
    Average, Bound, Brackets, Insurance, Limit, Mechanism, Number, Of, Row, Schedule, Slot, Unit,
};
use super::parse::{RawRule, Reader, positive, share};
use super::read_contributions::limit;
use super::schemes::{PensionKind, PensionLabels, PensionRules, Rule, SurvivorRules};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPension {
    labels: PensionLabels,
    insurance: RawRule,
    #[serde(default)]
    rules: BTreeMap<String, RawRule>,
    pensions: Vec<RawKind>,
    survivors: Option<RawSurvivors>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    code: String,
    label: String,
    #[serde(default)]
    conditions: Vec<String>,
    reference: Option<String>,
    rate: Option<String>,
    #[serde(default)]
    adjustments: Vec<String>,
    start: Option<String>,
    short: Option<String>,
    buy_back: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSurvivors {
    #[serde(default)]
    conditions: Vec<String>,
    shares: String,
    ages: Option<String>,
    #[serde(default)]
    adjustments: Vec<String>,
    #[serde(default)]
    spouse_conditions: Vec<String>,
    short: Option<String>,
}

/// A file whose rules are read, but whose names are not yet looked up.
pub(super) struct Unresolved {
    labels: PensionLabels,
    insurance: Parameter<Insurance>,
    kinds: Vec<RawKind>,
    survivors: Option<RawSurvivors>,
}

pub(super) fn read(
    reader: &Reader<'_>,
    contributions: Option<&ContributionRules>,
    rules: &mut Vec<Rule>,
) -> Option<Unresolved> {
    let raw: RawPension = reader.file()?;
    let insurance =
        reader.rule("pension.insurance", raw.insurance, |how: Insurance| match (how.unit, how.month) {
            (Unit::Days, None) => {
                Err("`month`, the days of a whole month, is needed to count days".to_owned())
            }
            (_, Some(0 | 32..)) => Err("`month` is between 1 and 31 days".to_owned()),
            _ => Ok(how),
        });
    read_rules(reader, "pension", raw.rules, contributions, rules);
    Some(Unresolved {
        labels: raw.labels,
        insurance: insurance?,
        kinds: raw.pensions,
        survivors: raw.survivors,
    })
}

pub(super) fn read_rules(
    reader: &Reader<'_>,
    prefix: &str,
    raw: BTreeMap<String, RawRule>,
    contributions: Option<&ContributionRules>,
    rules: &mut Vec<Rule>,
) {
    for (name, rule) in raw {
        let check = |mechanism: Mechanism| sound(&mechanism, contributions).map(|()| mechanism);
        rules.extend(reader.rule(&format!("{prefix}.{name}"), rule, check));
    }
}

impl Unresolved {
    pub(super) fn resolve(self, reader: &Reader<'_>, rules: &[Rule]) -> Option<PensionRules> {
        let find = Finder { reader, prefix: "pension", rules };
        let mut kinds: Vec<PensionKind> = Vec::new();
        for raw in self.kinds {
            if kinds.iter().any(|k| *k.code == *raw.code) {
                reader.fault(&format!("pensions.{}", raw.code), "stands twice");
            }
            let at = format!("pensions.{}", raw.code);
            kinds.push(PensionKind {
                conditions: find.all(&at, &raw.conditions, Slot::Condition),
                reference: find.optional(&at, raw.reference.as_deref(), Slot::Reference),
                rate: find.optional(&at, raw.rate.as_deref(), Slot::Rate),
                adjustments: find.all(&at, &raw.adjustments, Slot::Adjustment),
                start: find.optional(&at, raw.start.as_deref(), Slot::Start),
                short: find.optional(&at, raw.short.as_deref(), Slot::Short),
                buy_back: find.optional(&at, raw.buy_back.as_deref(), Slot::BuyBack),
                code: raw.code.as_str().into(),
                label: raw.label.as_str().into(),
            });
        }
        let survivors = match self.survivors {
            Some(raw) => Some(SurvivorRules {
                conditions: find.all("survivors", &raw.conditions, Slot::Condition),
                shares: find.one("survivors", &raw.shares, Slot::Shares)?,
                ages: find.optional("survivors", raw.ages.as_deref(), Slot::Ages),
                adjustments: find.all("survivors", &raw.adjustments, Slot::Adjustment),
                spouse_conditions: find.all("survivors", &raw.spouse_conditions, Slot::Condition),
                short: find.optional("survivors", raw.short.as_deref(), Slot::Short),
            }),
            None => None,
        };
        Some(PensionRules { labels: self.labels, insurance: self.insurance, kinds, survivors })
    }
}

/// Finds rules by name: first in the same file, then in the other.
pub(super) struct Finder<'a> {
    pub reader: &'a Reader<'a>,
    pub prefix: &'static str,
    pub rules: &'a [Rule],
}

impl Finder<'_> {
    pub fn one(&self, at: &str, name: &str, slot: Slot) -> Option<usize> {
        let Some(place) = place_of(self.rules, self.prefix, name) else {
            // A rule that stands there with a fault of its own was told already.
            if self.reader.stands("pension", name) || self.reader.stands("benefit", name) {
                return None;
            }
            self.reader.fault(at, format!("no rule {name:?}"));
            return None;
        };
        let wrong = self
            .rules
            .get(place)
            .is_some_and(|r| r.entries().iter().any(|e| e.value.slot().is_some_and(|own| own != slot)));
        if wrong {
            self.reader.fault(at, format!("the rule {name:?} cannot stand there ({slot:?} is needed)"));
            return None;
        }
        Some(place)
    }

    pub fn optional(&self, at: &str, name: Option<&str>, slot: Slot) -> Option<usize> {
        name.and_then(|name| self.one(at, name, slot))
    }

    pub fn all(&self, at: &str, names: &[String], slot: Slot) -> Vec<usize> {
        names.iter().filter_map(|name| self.one(at, name, slot)).collect()
    }
}

/// The place of a rule by its short name, as a rule of the file `prefix` names it.
pub(super) fn place_of(rules: &[Rule], prefix: &str, name: &str) -> Option<usize> {
    let by = |prefix: &str| {
        let key = format!("{prefix}.{name}");
        rules.iter().position(|rule| *rule.key == *key)
    };
    by(prefix).or_else(|| by(if prefix == "pension" { "benefit" } else { "pension" }))
}

/// What each mechanism must satisfy by itself.
fn sound(mechanism: &Mechanism, contributions: Option<&ContributionRules>) -> Result<(), String> {
    let base = |name: &Option<std::sync::Arc<str>>| match (name, contributions) {
        (Some(name), Some(rules)) if rules.base(name).is_none() => {
            Err(format!("no base {name:?} in contributions.toml"))
        }
        _ => Ok(()),
    };
    match mechanism {
        Mechanism::Age(years) | Mechanism::Younger(years) if !(10..=100).contains(years) => {
            Err(format!("{years} is not an age between 10 and 100"))
        }
        Mechanism::Degree(degree)
            if degree.numerator.is_sign_negative() || degree.numerator > degree.denominator =>
        {
            Err("a loss of capacity lies between 0 and 1".to_owned())
        }
        Mechanism::PayAtLeast(bound) | Mechanism::PayAtMost(bound) => limit(*bound).map(|_| ()),
        Mechanism::Average(average) => average_sound(average).and_then(|()| base(&average.base)),
        Mechanism::Revaluation(table) => table.rows.iter().try_for_each(|r| positive(r.times).map(|_| ())),
        Mechanism::Brackets(table) => brackets_sound(table),
        Mechanism::Accrual(accrual) if accrual.each == 0 => Err("`each` must be above zero".to_owned()),
        Mechanism::Accrual(accrual) => share(accrual.rate).map(|_| ()),
        Mechanism::Points(points) => {
            share(points.share).map(|_| ())?;
            positive(points.value).map(|_| ())
        }
        Mechanism::Price(number) | Mechanism::Monthly(number) => positive(*number).map(|_| ()),
        Mechanism::Ceiling(bound) | Mechanism::Floor(bound) => bound_sound(bound),
        Mechanism::Early(early) => share(early.take).map(|_| ()),
        Mechanism::EarlyTable(table) => {
            ascending(table.rows.iter().map(|r| r.age), "age")?;
            table.rows.iter().try_for_each(|r| share(r.keep).map(|_| ()))
        }
        Mechanism::Supplement(supplement) => positive(supplement.share).map(|_| ()),
        Mechanism::Add(part) if part.of == Of::Pension => {
            Err("`add` is not of the pension itself".to_owned())
        }
        Mechanism::Add(part) => positive(part.share).map(|_| ()),
        Mechanism::Rounding(rounding) => positive(rounding.to).map(|_| ()),
        Mechanism::Lump(lump) if lump.each == 0 => Err("`each` must be above zero".to_owned()),
        Mechanism::Lump(lump) => positive(lump.pay).map(|_| ()),
        Mechanism::Flat(flat) if flat.amount.is_some() == flat.minimum_wage.is_some() => {
            Err("needs either `amount` or `minimum_wage`".to_owned())
        }
        Mechanism::Shares(shares) => {
            if shares.child.is_some() == shares.pool.is_some() {
                return Err("needs either `child` or `pool`".to_owned());
            }
            let all = [Some(shares.spouse), shares.child, shares.pool, shares.child_most, shares.orphan];
            all.into_iter().flatten().chain([shares.total]).try_for_each(|s| share(s).map(|_| ()))
        }
        Mechanism::ByRank(ranks) => {
            ascending(ranks.iter().map(|r| r.up_to), "up_to")?;
            ranks.iter().try_for_each(|r| positive(r.amount).map(|_| ()))
        }
        Mechanism::DailyPay(pay) | Mechanism::MonthlyPay(pay) => {
            if pay.months == 0 || pay.months > 600 {
                return Err("`months` is between 1 and 600".to_owned());
            }
            base(&pay.base)
        }
        Mechanism::Schedule(schedule) => schedule_sound(schedule),
        Mechanism::Parts(parts) => parts.iter().try_for_each(|p| positive(p.amount).map(|_| ())),
        Mechanism::Category(names) | Mechanism::AnyOf(names) if names.is_empty() => {
            Err("needs a name".to_owned())
        }
        Mechanism::None(false) => Err("`none` is only ever true".to_owned()),
        Mechanism::Range(range) if range.least.0 > range.most.0 => Err("`least` is above `most`".to_owned()),
        _ => Ok(()),
    }
}

fn ascending(values: impl Iterator<Item = u32>, name: &str) -> Result<(), String> {
    let mut last = None;
    for value in values {
        if last.is_some_and(|last| last >= value) {
            return Err(format!("`{name} = {value}` does not come after the one before it"));
        }
        last = Some(value);
    }
    last.map(|_| ()).ok_or_else(|| "has no row".to_owned())
}

fn average_sound(average: &Average) -> Result<(), String> {
    if average.windows.is_empty() {
        return Err("needs a window".to_owned());
    }
    for window in &average.windows {
        let chosen = [window.last, window.best, window.last_years].into_iter().flatten();
        if chosen.clone().count() != 1 || (window.of.is_some() && window.best.is_none()) {
            return Err("a window takes one of `last`, `best` (with `of` or not) and `last_years`".to_owned());
        }
        if chosen.chain(window.over).chain(window.of).any(|n| n == 0 || n > 1_200) {
            return Err("a window's numbers are between 1 and 1200".to_owned());
        }
    }
    Ok(())
}

fn brackets_sound(table: &Brackets) -> Result<(), String> {
    ascending(table.rows.iter().map(|r| r.from), "from")?;
    for row in &table.rows {
        let complete = match row {
            Row { open: Some(_), flat: None, each: None, rate: None, .. } => true,
            Row { open: None, each: Some(each), rate: Some(_), .. } => *each > 0,
            Row { open: None, flat: Some(_), each: None, rate: None, .. } => true,
            _ => false,
        };
        if !complete {
            return Err(format!("row `from = {}` needs `flat`, or `each` and `rate`, or `open`", row.from));
        }
        row.flat.into_iter().chain(row.rate).try_for_each(|s| share(s).map(|_| ()))?;
    }
    table.most.map_or(Ok(()), |most| {
        positive(most)?;
        share(most).map(|_| ())
    })
}

fn bound_sound(bound: &Bound) -> Result<(), String> {
    let given = [bound.amount.is_some(), bound.share.is_some(), !bound.tiers.is_empty()];
    if given.iter().filter(|g| **g).count() != 1 || bound.share.is_some() != bound.of.is_some() {
        return Err("needs `amount`, or `share` and `of`, or `tiers`".to_owned());
    }
    if !bound.tiers.is_empty() {
        ascending(bound.tiers.iter().map(|t| t.units), "units")?;
    }
    let numbers = bound.amount.into_iter().chain(bound.share).chain(bound.tiers.iter().map(|t| t.amount));
    let mut numbers = numbers.collect::<Vec<Number>>();
    numbers.retain(|n| n.0 <= Decimal::ZERO);
    if numbers.is_empty() { Ok(()) } else { Err("numbers must be above zero".to_owned()) }
}

fn schedule_sound(schedule: &Schedule) -> Result<(), String> {
    ascending(schedule.steps.iter().map(|s| s.from), "from")?;
    if schedule.most.is_none() && !schedule.extensions.is_empty() {
        return Err("`extensions` are of a schedule that has a `most`".to_owned());
    }
    for step in &schedule.steps {
        if step.from == 0 {
            return Err("`from = 0`: the first day, or month, is 1".to_owned());
        }
        let given = [step.share.is_some(), step.part.is_some(), step.open.is_some()];
        if given.iter().filter(|g| **g).count() != 1 {
            return Err(format!("step `from = {}` needs `share`, `part` or `open`", step.from));
        }
        step.share.map(share).transpose()?;
        if let Some(Limit::Amount(n) | Limit::MinimumWage(n)) = step.cap {
            positive(n)?;
        }
    }
    Ok(())
}

/// What mechanisms say of other rules and of contributions.
pub(super) fn check_rules(reader: &Reader<'_>, rules: &[Rule], contributions: &ContributionRules) {
    let prefix = if reader.is("pension.toml") { "pension" } else { "benefit" };
    let own = rules.iter().filter(|r| r.key.starts_with(prefix));
    for rule in own {
        for entry in rule.entries() {
            let named = |name: &str, fits: fn(&Mechanism) -> bool| match place_of(rules, prefix, name)
                .and_then(|place| rules.get(place))
            {
                None if reader.stands("pension", name) || reader.stands("benefit", name) => {}
                None => reader.fault(&rule.key, format!("no rule {name:?}")),
                Some(other) if !other.entries().iter().all(|e| fits(&e.value)) => {
                    reader.fault(&rule.key, format!("the rule {name:?} is not of the kind that is needed"));
                }
                Some(_) => {}
            };
            match &entry.value {
                Mechanism::Early(early) => named(&early.towards, |m| matches!(m, Mechanism::Age(_))),
                Mechanism::Ratio(ratio) => named(&ratio.over, |m| matches!(m, Mechanism::Insured(_))),
                Mechanism::Points(points) => named(&points.price, |m| matches!(m, Mechanism::Price(_))),
                Mechanism::Average(Average { revalued: Some(name), .. }) => {
                    named(name, |m| matches!(m, Mechanism::Revaluation(_)));
                }
                Mechanism::Refund(refund) => {
                    for branch in refund.branches.iter().filter(|b| contributions.branch(b).is_none()) {
                        reader.fault(&rule.key, format!("no branch {branch:?}"));
                    }
                }
                Mechanism::Category(names) => {
                    for name in names.iter().filter(|name| contributions.category(name).is_none()) {
                        reader.fault(&rule.key, format!("no category {name:?} in contributions.toml"));
                    }
                }
                Mechanism::AnyOf(names) => {
                    let plain = |m: &Mechanism| {
                        m.slot() == Some(Slot::Condition) && !matches!(m, Mechanism::AnyOf(_))
                    };
                    names.iter().for_each(|name| named(name, plain));
                }
                Mechanism::Open(name) => {
                    reader.question(&rule.key, Some(name));
                }
                Mechanism::Brackets(table) => {
                    for name in table.rows.iter().filter_map(|r| r.open.as_deref()) {
                        reader.question(&rule.key, Some(name));
                    }
                }
                Mechanism::Schedule(schedule) => {
                    for name in schedule.steps.iter().filter_map(|s| s.open.as_deref()) {
                        reader.question(&rule.key, Some(name));
                    }
                }
                _ => {}
            }
        }
    }
}
