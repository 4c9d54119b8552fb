//! What lateness costs (majoration de retard), on one unpaid or late-paid amount.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::{months_after, months_started};
use crate::explain::{Piece, Step, Value};
use crate::fund::{Fund, Show};
use crate::money::{Money, MoneyError};

/// A surcharge and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surcharge {
    /// The amount; zero when in time, or when no rule is known.
    pub amount: Money,
    /// The share of the unpaid amount.
    pub rate: Decimal,
    /// How; empty when nothing is due.
    pub steps: Vec<Step>,
    /// True when it is late but no rule was found for this scheme.
    pub rule_missing: bool,
}

/// The surcharge of `scheme` on `unpaid`, due on `due_date` and paid, or still unpaid, on `on`.
///
/// The rate is the one in force on the due date.
///
/// # Errors
/// An amount beyond what the books accept.
///
/// ```
/// use cnss_core::{calendar::parse_date, ledger::surcharge, money::Money};
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let unpaid = Money::new(1_000_000.into(), togo.currency)?;
/// let due = parse_date("2024-02-15")?;
/// assert_eq!(surcharge(&togo, "cnss", unpaid, due, parse_date("2024-05-15")?)?.amount.to_string(), "50000");
/// assert_eq!(surcharge(&togo, "cnss", unpaid, due, parse_date("2024-05-16")?)?.amount.to_string(), "60000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn surcharge(
    fund: &Fund,
    scheme: &str,
    unpaid: Money,
    due_date: NaiveDate,
    on: NaiveDate,
) -> Result<Surcharge, MoneyError> {
    let none = |rule_missing| Surcharge {
        amount: unpaid.currency().zero(),
        rate: Decimal::ZERO,
        steps: Vec::new(),
        rule_missing,
    };
    if on <= due_date || unpaid.is_zero() || unpaid.is_negative() {
        return Ok(none(false));
    }
    let rule = fund.contributions.surcharges.iter().find(|rule| *rule.scheme == *scheme);
    let Some((rule, dated)) = rule.and_then(|r| r.rate.at(due_date).map(|dated| (r, dated))) else {
        return Ok(none(true));
    };
    let months = months_started(months_after(due_date, dated.value.grace_months), on);
    let monthly = dated.value.monthly.checked_mul(Decimal::from(months)).ok_or(MoneyError::TooLarge)?;
    let rate = dated.value.at_once.checked_add(monthly).ok_or(MoneyError::TooLarge)?;
    let rounding =
        fund.contributions.rounding.at(due_date).map_or(crate::money::Rounding::HalfUp, |r| r.value);
    let amount = unpaid.times(rate)?.round(rounding);
    let mut working = vec![
        Piece::Value(Value::Money(unpaid)),
        Piece::Sign("×"),
        Piece::Value(Value::Rate(dated.value.at_once)),
    ];
    if months > 0 {
        working.insert(2, Piece::Sign("("));
        working.extend([
            Piece::Sign("+"),
            Piece::Value(Value::Count(months.into(), "months")),
            Piece::Sign("×"),
            Piece::Value(Value::Rate(dated.value.monthly)),
            Piece::Sign(")"),
        ]);
    }
    let due = Step {
        rule: "contributions.due",
        label: Arc::clone(&fund.contributions.due.label),
        value: Value::Date(due_date),
        working: Vec::new(),
        basis: fund.contributions.due.at(due_date).map(|d| Arc::clone(&d.basis)),
    };
    let rates = Step {
        rule: "contributions.surcharge",
        label: Arc::clone(&rule.rate.label),
        value: dated.value.show(),
        working: Vec::new(),
        basis: Some(Arc::clone(&dated.basis)),
    };
    let result = Step {
        rule: "contributions.surcharge",
        label: Arc::clone(&rule.rate.label),
        value: Value::Money(amount),
        working,
        basis: Some(Arc::clone(&dated.basis)),
    };
    Ok(Surcharge { amount, rate, steps: vec![due, rates, result], rule_missing: false })
}
