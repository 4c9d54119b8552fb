//! The mechanisms (mécanismes): the closed list of shapes that a fund's rules may take.
//!
//! A value of `pension.toml` or `benefits.toml` is one of these, by its name; a fund fills in
//! numbers. `funds/README.md` says in a jurist's words what each does.

mod benefits;

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::money::Rounding;

pub use benefits::{Divisor, GrantPart, PayWindow, Range, Rank, Schedule, ScheduleStep, ScheduleUnit};

/// A number of the law: written as text, so that no float ever touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Number;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number written as text, such as \"0.125\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                Decimal::from_str_exact(text)
                    .map(Number)
                    .map_err(|_| E::custom(format!("{text:?} is not a number")))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// An exact share: a decimal (`"0.6667"`) or a fraction (`"2/3"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    pub numerator: Decimal,
    /// Below it.
    pub denominator: Decimal,
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        let number = |part: &str| Decimal::from_str_exact(part.trim()).map_err(D::Error::custom);
        let (numerator, denominator) = match text.split_once('/') {
            Some((above, below)) => (number(above)?, number(below)?),
            None => (number(&text)?, Decimal::ONE),
        };
        if denominator <= Decimal::ZERO {
            return Err(D::Error::custom("a fraction must have a number above zero below the line"));
        }
        Ok(Self { numerator, denominator })
    }
}

/// One mechanism with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mechanism {
    /// Condition: completed years at least.
    Age(u32),
    /// Condition: completed years below.
    Younger(u32),
    /// Condition: insured units at least (stage).
    Insured(u32),
    /// Condition: insured units below.
    InsuredBelow(u32),
    /// Condition: so many insured units in the civil months before.
    Recent(Recent),
    /// Condition: years since the person was registered.
    Registered(u32),
    /// Condition: no wage from the award month on.
    WorkCeased(bool),
    /// Condition: a paper that the claim must bring.
    Proof(Arc<str>),
    /// Condition: loss of capacity at least.
    Degree(Number),
    /// Condition: monthly pay at least.
    PayAtLeast(Limit),
    /// Condition: monthly pay at most.
    PayAtMost(Limit),
    /// Reference pay: an average over windows of the career.
    Average(Average),
    /// Coefficients of revaluation (revalorisation) of past pay.
    Revaluation(Revaluation),
    /// Rate: a table over insured units.
    Brackets(Brackets),
    /// Rate: so much for each period worked, by the rate of that period.
    Accrual(Accrual),
    /// Rate: points bought and their value.
    Points(Points),
    /// What one point cost.
    Price(Number),
    /// Adjustment: at most.
    Ceiling(Bound),
    /// Adjustment: at least.
    Floor(Bound),
    /// Adjustment: less for each year, quarter or month of anticipation.
    Early(Early),
    /// Adjustment: the share that is kept, by age.
    EarlyTable(EarlyTable),
    /// Adjustment: more for a third person, a child, a spouse.
    Supplement(Supplement),
    /// Adjustment: a part that does not depend on the career.
    Add(Part),
    /// Adjustment: in proportion of the insured units to those required.
    Ratio(RatioRule),
    /// Adjustment: rounding.
    Rounding(RoundTo),
    /// From that day on, nothing.
    None(bool),
    /// When payment begins (entrée en jouissance).
    Start(Start),
    /// Short career: so many reference pays by period.
    Lump(Lump),
    /// Short career: contributions given back.
    Refund(Refund),
    /// Short career: a fixed amount.
    Flat(Flat),
    /// Missing units that may be bought (rachat).
    BuyBack(u32),
    /// Survivors' shares.
    Shares(Shares),
    /// Until which birthday a child counts.
    ChildAges(ChildAges),
    /// Family allowance by the child's rank.
    ByRank(Vec<Rank>),
    /// Average pay of a day.
    DailyPay(PayWindow),
    /// Average pay of a month.
    MonthlyPay(PayWindow),
    /// Which days are paid, and which share.
    Schedule(Schedule),
    /// Fixed amounts, by part.
    Parts(Vec<GrantPart>),
    /// A fixed amount by month.
    Monthly(Number),
    /// Only the bounds are known.
    Range(Range),
    /// The text was not found: the key of the question.
    Open(Arc<str>),
}

/// Where a rule may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Among the conditions.
    Condition,
    /// As reference pay.
    Reference,
    /// As rate.
    Rate,
    /// Among the adjustments.
    Adjustment,
    /// As start.
    Start,
    /// For short careers.
    Short,
    /// As buy-back.
    BuyBack,
    /// As survivors' shares.
    Shares,
    /// As children's ages.
    Ages,
    /// As amounts of a family benefit.
    FamilyAmounts,
    /// As average pay of a daily benefit.
    Pay,
    /// As schedule of a daily benefit.
    Schedule,
    /// As amount of a grant.
    GrantAmount,
    /// Named by another rule.
    Support,
}

impl Mechanism {
    /// Where it may stand; none for the two that may stand anywhere.
    #[must_use]
    pub const fn slot(&self) -> Option<Slot> {
        Some(match self {
            Self::Age(_)
            | Self::Younger(_)
            | Self::Insured(_)
            | Self::InsuredBelow(_)
            | Self::Recent(_)
            | Self::Registered(_)
            | Self::WorkCeased(_)
            | Self::Proof(_)
            | Self::Degree(_)
            | Self::PayAtLeast(_)
            | Self::PayAtMost(_) => Slot::Condition,
            Self::Average(_) => Slot::Reference,
            Self::Brackets(_) | Self::Accrual(_) | Self::Points(_) => Slot::Rate,
            Self::Ceiling(_)
            | Self::Floor(_)
            | Self::Early(_)
            | Self::EarlyTable(_)
            | Self::Supplement(_)
            | Self::Add(_)
            | Self::Ratio(_)
            | Self::Rounding(_) => Slot::Adjustment,
            Self::Start(_) => Slot::Start,
            Self::Lump(_) | Self::Refund(_) | Self::Flat(_) => Slot::Short,
            Self::BuyBack(_) => Slot::BuyBack,
            Self::Shares(_) => Slot::Shares,
            Self::ChildAges(_) => Slot::Ages,
            Self::ByRank(_) => Slot::FamilyAmounts,
            Self::DailyPay(_) | Self::MonthlyPay(_) => Slot::Pay,
            Self::Schedule(_) => Slot::Schedule,
            Self::Parts(_) | Self::Monthly(_) | Self::Range(_) => Slot::GrantAmount,
            Self::Revaluation(_) | Self::Price(_) => Slot::Support,
            Self::None(_) | Self::Open(_) => return None,
        })
    }
}

/// A limit on pay: a fixed amount or so many minimum wages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// In units of the currency.
    Amount(Number),
    /// Times the minimum wage of that date.
    MinimumWage(Number),
}

/// So many insured units in a window of civil months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recent {
    /// Insured units needed.
    pub units: u32,
    /// Civil months before the award month.
    pub months: u32,
}

/// Reference pay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Average {
    /// The better of these.
    pub windows: Vec<Window>,
    /// Which pay counts: a base of `contributions.toml`; none for the declared pay.
    pub base: Option<Arc<str>>,
    /// The rule with the coefficients of revaluation.
    pub revalued: Option<Arc<str>>,
}

/// Which months are taken, and what their sum is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The last so many insured months.
    pub last: Option<u32>,
    /// The best so many insured months …
    pub best: Option<u32>,
    /// … of the last so many civil months.
    pub of: Option<u32>,
    /// The last so many civil years with any pay.
    pub last_years: Option<u32>,
    /// The divisor; the months found when it is not given.
    pub over: Option<u32>,
}

/// Coefficients by year of pay and year of award.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revaluation {
    /// Each year of pay and of award.
    pub rows: Vec<RevaluationRow>,
}

/// One coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevaluationRow {
    /// Year of the pay.
    pub paid: i32,
    /// Year of the award.
    pub awarded: i32,
    /// The coefficient.
    pub times: Number,
}

/// A table over insured units.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brackets {
    /// The rows, `from` ascending.
    pub rows: Vec<Row>,
    /// The most that the sum may be.
    pub most: Option<Number>,
    /// What a part of a period gives.
    #[serde(default)]
    pub incomplete: Incomplete,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Insured units from which it holds.
    pub from: u32,
    /// Granted as soon as units reach `from`.
    pub flat: Option<Number>,
    /// Length of a further period.
    pub each: Option<u32>,
    /// Granted for each further period.
    pub rate: Option<Number>,
    /// The text was not found for this band: the key of the question.
    pub open: Option<Arc<str>>,
}

/// What a part of a period gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// Nothing.
    #[default]
    Drop,
    /// Its share.
    Fraction,
}

/// So much for each period worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accrual {
    /// Insured units of a period.
    pub each: u32,
    /// Granted for each period.
    pub rate: Number,
}

/// Points.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// The share of pay that buys points.
    pub share: Number,
    /// The rule that says what a point cost, by month worked.
    pub price: Arc<str>,
    /// What a point gives by month.
    pub value: Number,
}

/// An amount against which a pension is held.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// A fixed amount.
    pub amount: Option<Number>,
    /// A share …
    pub share: Option<Number>,
    /// … of that.
    pub of: Option<Of>,
    /// An amount by insured units.
    #[serde(default)]
    pub tiers: Vec<Tier>,
}

/// What a share is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The reference pay.
    Reference,
    /// The minimum wage of the award date.
    MinimumWage,
    /// The pension as it stands.
    Pension,
}

/// An amount from so many insured units on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Insured units.
    pub units: u32,
    /// The amount.
    pub amount: Number,
}

/// A reduction for anticipation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// What is counted.
    pub each: Each,
    /// What each takes away.
    pub take: Number,
    /// How a part counts.
    pub part: Counting,
    /// For how long.
    pub lasts: Lasts,
    /// The rule that says at which age nothing is taken away.
    pub towards: Arc<str>,
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// From birthday to birthday.
    Year,
    /// Three months.
    Quarter,
    /// A month.
    Month,
}

impl Each {
    /// In months.
    #[must_use]
    pub const fn months(self) -> u32 {
        match self {
            Self::Year => 12,
            Self::Quarter => 3,
            Self::Month => 1,
        }
    }

    /// The word in the files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
        }
    }

    /// The unit's word.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Year => "years",
            Self::Quarter => "quarters",
            Self::Month => "months",
        }
    }
}

/// How a part of a period counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// A period begun counts whole.
    #[default]
    Started,
    /// Only whole periods count.
    Complete,
}

impl Counting {
    /// The word of the catalogues.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Complete => "complete",
        }
    }
}

/// For how long a reduction lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasts {
    /// For good.
    Always,
    /// Until the age at which nothing is taken away.
    UntilThen,
}

/// The share that is kept, by completed years.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyTable {
    /// Ages ascending.
    pub rows: Vec<Kept>,
}

/// The share that is kept from an age on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Completed years.
    pub age: u32,
    /// The share.
    pub keep: Number,
}

/// A supplement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// A share …
    pub share: Number,
    /// … of that …
    pub of: Of,
    /// … for whom.
    #[serde(rename = "for")]
    pub whom: Whom,
    /// For at most so many of them.
    pub most: Option<u32>,
}

/// For whom a supplement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// A third person whose help is needed.
    ThirdPerson,
    /// Each child.
    Child,
    /// Each spouse.
    Spouse,
}

/// A share of something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The share.
    pub share: Number,
    /// Of what.
    pub of: Of,
}

/// In proportion to what a condition requires.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioRule {
    /// The rule with the condition `insured`.
    pub over: Arc<str>,
}

/// Rounding to a multiple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundTo {
    /// By which rule.
    pub way: Rounding,
    /// To a multiple of so many units of the currency.
    pub to: Number,
}

/// When payment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// On the first day of the month after the conditions are met.
    NextMonth,
    /// On the day itself.
    SameDay,
}

/// So many reference pays by period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lump {
    /// Reference pays …
    pub pay: Number,
    /// … for every complete period of so many units.
    pub each: u32,
    /// Fewest insured units.
    pub least: Option<u32>,
}

/// Contributions given back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Of these branches.
    pub branches: Vec<Arc<str>>,
    /// Of these payers.
    pub payers: Vec<crate::fund::Payer>,
    /// Fewest insured units.
    pub least: Option<u32>,
}

/// A fixed amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flat {
    /// In units of the currency.
    pub amount: Option<Number>,
    /// Times the minimum wage.
    pub minimum_wage: Option<Number>,
    /// Fewest insured units.
    pub least: Option<u32>,
}

/// Survivors' shares.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// Of all spouses together.
    pub spouse: Number,
    /// Of each child.
    pub child: Option<Number>,
    /// Or of all children together …
    pub pool: Option<Number>,
    /// … each at most.
    pub child_most: Option<Number>,
    /// Of a child who lost both parents.
    pub orphan: Option<Number>,
    /// At most so many children.
    pub children_most: Option<u32>,
    /// The most that all shares may be together.
    pub total: Number,
    /// Whose shares are reduced.
    #[serde(default)]
    pub reduce: Reduce,
}

/// Whose shares are reduced when they are too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduce {
    /// All, in proportion.
    #[default]
    All,
    /// The children's only.
    Children,
}

/// Until which birthday a child counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildAges {
    /// Any child.
    pub child: u32,
    /// An apprentice.
    pub apprentice: Option<u32>,
    /// A student.
    pub student: Option<u32>,
    /// A disabled child.
    pub disabled: Option<AgeLimit>,
}

/// An age, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeLimit {
    /// Until that birthday.
    Age(u32),
    /// For ever.
    None,
}

impl<'de> Deserialize<'de> for AgeLimit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = AgeLimit;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an age or \"no_limit\"")
            }
            fn visit_i64<E: serde::de::Error>(self, age: i64) -> Result<AgeLimit, E> {
                u32::try_from(age).map(AgeLimit::Age).map_err(E::custom)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AgeLimit, E> {
                if text == "no_limit" {
                    Ok(AgeLimit::None)
                } else {
                    Err(E::custom(format!("{text:?} is neither an age nor \"no_limit\"")))
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// How insured time is counted (unité d'assurance).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insurance {
    /// What is counted.
    pub unit: Unit,
    /// Days of a whole month.
    pub month: Option<u32>,
    /// Fewest days of a month that counts.
    pub least_days: Option<u32>,
}

/// Units of insured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days declared.
    Days,
    /// Months with pay.
    Months,
    /// Quarters with pay.
    Quarters,
    /// Twelve months with pay.
    Years,
}

impl Unit {
    /// The unit's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Quarters => "quarters",
            Self::Years => "years",
        }
    }
}

/// A status of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// Birth date.
    pub birth_date: NaiveDate,
    /// At school.
    pub student: bool,
    /// Learning a trade.
    pub apprentice: bool,
    /// Disabled.
    pub disabled: bool,
    /// Lost both parents.
    pub orphan: bool,
}

impl Child {
    /// A child without any special status.
    #[must_use]
    pub const fn born(birth_date: NaiveDate) -> Self {
        Self { birth_date, student: false, apprentice: false, disabled: false, orphan: false }
    }
}
