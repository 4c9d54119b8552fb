//! A fund (caisse): its currency, its sources, and every dated value of its rules.
//!
//! A fund is read from a folder of TOML that a jurist can edit; Rust only holds the closed
//! list of mechanisms that the files fill in. The one rule to remember: no value without a
//! date, a source and a status.

mod contributions;
mod dated;
mod layout;
mod old_age;
mod parse;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::money::Currency;

pub use contributions::{
    Base, Branch, Category, ContributionLabels, ContributionRules, DueRule, Payer, RateRule, Scheme,
    SurchargeRate, SurchargeRule,
};
pub(crate) use dated::Show;
pub use dated::{Basis, Dated, Parameter, Status};
pub use layout::{Column, Field, SheetLayout};
pub use old_age::{AllowanceRule, EarlyYear, OldAgeLabels, OldAgeRules, RateTable, ReferenceWindow};
pub use parse::{FundError, FundFiles};

/// The rules of one fund.
///
/// Guarantees that every value has a source that exists, and that its dates ascend.
///
/// ```
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let date = cnss_core::calendar::parse_date("2024-03-01")?;
/// let smig = togo.minimum_wage.at(date).expect("known since 2008");
/// assert_eq!(smig.value.to_string(), "52500");
/// assert!(smig.basis.source.contains("savoirnews"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fund {
    /// Short code, the name of its folder: `tg`.
    pub code: String,
    /// Name as people say it.
    pub name: String,
    /// Country.
    pub country: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// How people write the currency: `F CFA`.
    pub currency_label: String,
    /// IANA name of the zone in which the fund's days begin and end.
    pub time_zone: String,
    /// International prefix of the country's phones.
    pub phone_prefix: String,
    /// Legal minimum wage by month (SMIG), in units of the currency.
    pub minimum_wage: Parameter<Decimal>,
    /// Contributions (cotisations).
    pub contributions: ContributionRules,
    /// Old-age pension (pension de vieillesse).
    pub old_age: OldAgeRules,
    /// The wage declaration's columns (DNR).
    pub layout: SheetLayout,
    /// What is not settled, by key.
    pub questions: BTreeMap<String, Arc<str>>,
}

impl Fund {
    /// A fund that comes with the library.
    ///
    /// # Errors
    /// [`FundError::Unknown`] for another code; a fault of the embedded files, which a test excludes.
    pub fn builtin(code: &str) -> Result<Self, FundError> {
        match code {
            "tg" => Self::parse(&FundFiles {
                fund: include_str!("../../funds/tg/fund.toml"),
                contributions: include_str!("../../funds/tg/contributions.toml"),
                pension: include_str!("../../funds/tg/pension.toml"),
                declaration: include_str!("../../funds/tg/declaration.toml"),
            }),
            _ => Err(FundError::Unknown(code.chars().take(40).collect())),
        }
    }

    /// The codes that [`builtin`](Self::builtin) knows.
    #[must_use]
    pub const fn builtin_codes() -> &'static [&'static str] {
        &["tg"]
    }

    /// Every parameter with its history, for pages and programs that show what the rules rest on.
    #[must_use]
    pub fn parameters(&self) -> Vec<ShownParameter> {
        let mut all = vec![ShownParameter::of("minimum_wage", &self.minimum_wage)];
        self.contributions.show(&mut all);
        self.old_age.show(&mut all);
        all
    }
}

/// One parameter as a list of dated texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownParameter {
    /// The file section it comes from, for example `old_age.normal_age`.
    pub key: String,
    /// The jurist's words.
    pub label: String,
    /// Value, first day, and what it rests on; oldest first.
    pub values: Vec<(crate::explain::Value, NaiveDate, Arc<Basis>)>,
}

impl ShownParameter {
    pub(crate) fn of<T: dated::Show>(key: &str, parameter: &Parameter<T>) -> Self {
        Self {
            key: key.to_owned(),
            label: parameter.label.to_string(),
            values: parameter
                .entries()
                .iter()
                .map(|e| (e.value.show(), e.from, Arc::clone(&e.basis)))
                .collect(),
        }
    }
}
