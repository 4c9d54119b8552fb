//! When payment begins, and the shapes of what is paid once for a short career.

use std::sync::Arc;

use serde::Deserialize;

use super::Number;
use crate::fund::Payer;

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
    pub payers: Vec<Payer>,
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
