//! The mechanisms (mécanismes): the closed list of shapes that a fund's rules may take.
//!
//! A value of `pension.toml` or `benefits.toml` is one of these, by its name; a fund fills in
//! numbers. `funds/README.md` says in a jurist's words what each does.

mod adjust;
mod benefits;
mod family;
mod insured;
mod number;
mod rate;
mod short;

use std::sync::Arc;

use serde::Deserialize;

pub use adjust::{
    Bound, Counting, Each, Early, EarlyTable, Kept, Lasts, Of, Part, RatioRule, RoundTo, Supplement, Tier,
    Whom,
};
pub use benefits::{
    Divisor, Extension, GrantPart, PayWindow, Range, Rank, Schedule, ScheduleStep, ScheduleUnit,
};
pub use family::{AgeLimit, Child, ChildAges, Reduce, Shares};
pub use insured::{Insurance, Recent, Unit};
pub use number::{Fraction, Limit, Number};
pub use rate::{Accrual, Average, Brackets, Incomplete, Points, Revaluation, RevaluationRow, Row, Window};
pub use short::{Flat, Lump, Refund, Start};

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
    Degree(Fraction),
    /// Condition: monthly pay at least.
    PayAtLeast(Limit),
    /// Condition: monthly pay at most.
    PayAtMost(Limit),
    /// Condition: the person is of one of these categories.
    Category(Vec<Arc<str>>),
    /// Condition: one of these rules is enough; the first is the ordinary one.
    AnyOf(Vec<Arc<str>>),
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
            | Self::PayAtMost(_)
            | Self::Category(_)
            | Self::AnyOf(_) => Slot::Condition,
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
