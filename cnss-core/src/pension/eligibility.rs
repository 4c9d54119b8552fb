//! The conditions of the right (ouverture du droit): all are checked, all that fail are told.

use std::sync::Arc;

use chrono::NaiveDate;

use super::simulate::{Kind, Subject};
use crate::calendar::{Month, age, birthday};
use crate::explain::{Piece, Step, Value};
use crate::fund::{Fund, Parameter};
use crate::refusal::{Param, Refusal};

/// Why there is no right, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Too young.
    AgeNotReached {
        /// The age needed, in years.
        needed: u32,
        /// The day on which it is reached.
        reached_on: NaiveDate,
    },
    /// Old enough for a normal pension, so no early one.
    NormalAgeReached {
        /// The normal age, in years.
        normal: u32,
    },
    /// Too few insured months.
    TooFewMonths {
        /// Months needed.
        needed: u32,
        /// Months counted.
        counted: u32,
    },
    /// Wages are declared on or after the award date: work must have ceased.
    WorkNotCeased {
        /// The last month with a wage.
        last: Month,
    },
    /// Too few months for a pension, but enough for a lump sum whose amount no text gives.
    AllowanceInstead {
        /// Months needed for it.
        needed: u32,
    },
}

impl Reason {
    /// The code in JSON and in the catalogues.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AgeNotReached { .. } => "age_not_reached",
            Self::NormalAgeReached { .. } => "normal_age_reached",
            Self::TooFewMonths { .. } => "too_few_months",
            Self::WorkNotCeased { .. } => "work_not_ceased",
            Self::AllowanceInstead { .. } => "allowance_instead",
        }
    }

    /// The parameters of the message, by name.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, Param)> {
        let count = |n: u32| Param::Value(Value::Count(n.into(), "count"));
        match self {
            Self::AgeNotReached { needed, reached_on } => {
                vec![("needed", count(*needed)), ("reached", Param::Value(Value::Date(*reached_on)))]
            }
            Self::NormalAgeReached { normal } => vec![("normal", count(*normal))],
            Self::TooFewMonths { needed, counted } => vec![
                ("needed", count(*needed)),
                ("counted", count(*counted)),
                ("missing", count(needed.saturating_sub(*counted))),
            ],
            Self::WorkNotCeased { last } => vec![("last", Param::Value(Value::Month(*last)))],
            Self::AllowanceInstead { needed } => vec![("needed", count(*needed))],
        }
    }

    /// One of each kind, so that the edge can prove that it has words for all of them.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let date = NaiveDate::from_ymd_opt(2030, 5, 1).unwrap_or(NaiveDate::MIN);
        vec![
            Self::AgeNotReached { needed: 60, reached_on: date },
            Self::NormalAgeReached { normal: 60 },
            Self::TooFewMonths { needed: 180, counted: 100 },
            Self::WorkNotCeased { last: Month::of(date) },
            Self::AllowanceInstead { needed: 12 },
        ]
    }
}

/// The value of a parameter on `date`, with the step that shows it.
pub(super) fn look_up<T: Copy>(
    parameter: &Parameter<T>,
    rule: &'static str,
    date: NaiveDate,
    show: impl Fn(T) -> Value,
) -> Result<(T, Step), Refusal> {
    let dated = parameter.at(date).ok_or(Refusal::NoRule { rule, date })?;
    let step = Step {
        rule,
        label: Arc::clone(&parameter.label),
        value: show(dated.value),
        working: Vec::new(),
        basis: Some(Arc::clone(&dated.basis)),
    };
    Ok((dated.value, step))
}

/// Checks every condition; what is missing comes back as reasons, what was looked at as steps.
pub(super) fn check(
    fund: &Fund,
    subject: &Subject<'_>,
    kind: Kind,
) -> Result<(Vec<Reason>, Vec<Step>, u32), Refusal> {
    let rules = &fund.old_age;
    let date = subject.award_date;
    let years = |n: u32| Value::Count(n.into(), "years");
    let months = |n: u32| Value::Count(n.into(), "months");
    let (normal, normal_step) = look_up(&rules.normal_age, "old_age.normal_age", date, years)?;
    let (needed_age, age_step) = match kind {
        Kind::Normal => (normal, normal_step.clone()),
        Kind::Early => look_up(&rules.early_age, "old_age.early_age", date, years)?,
    };
    let (needed_months, months_step) = match kind {
        Kind::Normal => look_up(&rules.minimum_months, "old_age.minimum_months", date, months)?,
        Kind::Early => look_up(&rules.early_minimum_months, "old_age.early_minimum_months", date, months)?,
    };
    let (must_cease, ceased_step) = look_up(&rules.work_ceased, "old_age.work_ceased", date, Value::Flag)?;
    let mut reasons = Vec::new();
    let reached = age(subject.birth_date, date);
    if reached < needed_age {
        reasons.push(Reason::AgeNotReached {
            needed: needed_age,
            reached_on: birthday(subject.birth_date, needed_age),
        });
    }
    if kind == Kind::Early && reached >= normal {
        reasons.push(Reason::NormalAgeReached { normal });
    }
    let award_month = Month::of(date);
    // Only months before the award count: what comes later is neither earned nor paid in.
    let counted = subject.career.months().partition_point(|(month, _)| *month < award_month);
    let counted = u32::try_from(counted).unwrap_or(u32::MAX);
    if counted < needed_months {
        reasons.push(Reason::TooFewMonths { needed: needed_months, counted });
        if let Some(rule) =
            rules.allowance.at(date).filter(|rule| kind == Kind::Normal && counted >= rule.value.months_min)
        {
            reasons.push(Reason::AllowanceInstead { needed: rule.value.months_min });
        }
    }
    if let Some(last) = subject.career.last().filter(|last| must_cease && *last >= award_month) {
        reasons.push(Reason::WorkNotCeased { last });
    }
    let arithmetic = |rule, label: &Arc<str>, value, working| Step {
        rule,
        label: Arc::clone(label),
        value,
        working,
        basis: None,
    };
    let birth = vec![
        Piece::Value(Value::Date(subject.birth_date)),
        Piece::Sign("→"),
        Piece::Value(Value::Date(date)),
    ];
    let steps = vec![
        arithmetic("age", &rules.labels.age, years(reached), birth),
        age_step,
        arithmetic("insured_months", &rules.labels.insured_months, months(counted), Vec::new()),
        months_step,
        ceased_step,
    ];
    Ok((reasons, steps, counted))
}
