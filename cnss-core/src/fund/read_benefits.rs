//! Reading `benefits.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::contributions::ContributionRules;
use super::mechanism::Slot;
use super::parse::{RawRule, Reader};
use super::read_pension::{Finder, read_rules};
use super::schemes::{BenefitRules, DailyRules, FamilyRules, GrantRules, Rule};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBenefits {
    #[serde(default)]
    rules: BTreeMap<String, RawRule>,
    family: Option<RawFamily>,
    #[serde(default)]
    daily: Vec<RawDaily>,
    #[serde(default)]
    grants: Vec<RawGrant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFamily {
    label: String,
    #[serde(default)]
    conditions: Vec<String>,
    amounts: String,
    ages: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDaily {
    code: String,
    label: String,
    #[serde(default)]
    conditions: Vec<String>,
    pay: String,
    schedule: String,
    rounding: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGrant {
    code: String,
    label: String,
    #[serde(default)]
    conditions: Vec<String>,
    amount: String,
}

pub(super) fn read(
    reader: &Reader<'_>,
    contributions: Option<&ContributionRules>,
    rules: &mut Vec<Rule>,
) -> Option<RawBenefits> {
    let mut raw: RawBenefits = reader.file()?;
    read_rules(reader, "benefit", std::mem::take(&mut raw.rules), contributions, rules);
    Some(raw)
}

impl RawBenefits {
    pub(super) fn resolve(self, reader: &Reader<'_>, rules: &[Rule]) -> Option<BenefitRules> {
        let find = Finder { reader, prefix: "benefit", rules };
        let family = match self.family {
            Some(raw) => Some(FamilyRules {
                label: raw.label.as_str().into(),
                conditions: find.all("family", &raw.conditions, Slot::Condition),
                amounts: find.one("family", &raw.amounts, Slot::FamilyAmounts)?,
                ages: find.one("family", &raw.ages, Slot::Ages)?,
            }),
            None => None,
        };
        let mut daily: Vec<DailyRules> = Vec::new();
        for raw in self.daily {
            let at = format!("daily.{}", raw.code);
            if daily.iter().any(|d| *d.code == *raw.code) {
                reader.fault(&at, "stands twice");
            }
            daily.push(DailyRules {
                conditions: find.all(&at, &raw.conditions, Slot::Condition),
                pay: find.one(&at, &raw.pay, Slot::Pay)?,
                schedule: find.one(&at, &raw.schedule, Slot::Schedule)?,
                rounding: find.optional(&at, raw.rounding.as_deref(), Slot::Adjustment),
                code: raw.code.as_str().into(),
                label: raw.label.as_str().into(),
            });
        }
        let mut grants: Vec<GrantRules> = Vec::new();
        for raw in self.grants {
            let at = format!("grants.{}", raw.code);
            if grants.iter().any(|g| *g.code == *raw.code) {
                reader.fault(&at, "stands twice");
            }
            grants.push(GrantRules {
                conditions: find.all(&at, &raw.conditions, Slot::Condition),
                amount: find.one(&at, &raw.amount, Slot::GrantAmount)?,
                code: raw.code.as_str().into(),
                label: raw.label.as_str().into(),
            });
        }
        Some(BenefitRules { family, daily, grants })
    }
}
