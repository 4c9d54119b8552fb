//! A fund (caisse): its currency, its sources, and every dated value of its rules.
//!
//! A fund is read from a folder of TOML that a jurist can edit; Rust only holds the closed
//! list of mechanisms that the files fill in. The one rule to remember: no value without a
//! date, a source and a status.

#[cfg(feature = "books")]
mod access;
mod contributions;
mod dated;
mod identifiers;
mod layout;
mod limits;
pub mod mechanism;
mod parse;
mod payment;
mod phones;
#[cfg(feature = "books")]
mod read_access;
mod read_benefits;
mod read_contributions;
mod read_identifiers;
mod read_layout;
mod read_pension;
mod schemes;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::money::Currency;

#[cfg(feature = "books")]
pub use access::{
    AccessRules, Activation, Ask, AskField, BudgetRule, Channel, CharKind, Charter, CodeRule, LockoutRule,
    LoginKind, LoginWords, Origin, PasswordFrom, PasswordRule, SessionRule, Way, WaySubject,
};
pub use contributions::{
    Base, Branch, Category, Computed, ContributionLabels, ContributionRules, DueRule, Payer, Penalty,
    PenaltyRule, Rate, RateRule, Scheme, SurchargeRate, SurchargeRule,
};
pub use dated::{Asked, Basis, Dated, LawLine, LawRule, Parameter, Question, Status};
pub use identifiers::{Check, Identified, Identifier, IdentifierError, IdentifierRules};
pub use layout::{Column, Every, Field, SheetLayout};
pub(crate) use limits::{Pay, Paying, not_known};
pub use parse::{FundError, FundFault, FundFiles};
pub use payment::PaymentTerms;
pub use phones::PhoneError;
pub use schemes::{
    BenefitRules, DailyRules, FamilyRules, GrantRules, PensionKind, PensionLabels, PensionRules, Rule,
    SurvivorRules,
};

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
    /// Hours by which those days are ahead of UTC, all year long: an accounting day needs no summer time.
    pub utc_offset_hours: i8,
    /// International prefix of the country's phones.
    pub phone_prefix: String,
    /// Legal minimum wage by month (SMIG), in units of the currency.
    pub minimum_wage: Parameter<Decimal>,
    /// Contributions (cotisations).
    pub contributions: ContributionRules,
    /// The rules that pensions and benefits are made of.
    pub rules: Vec<Rule>,
    /// Pensions.
    pub pension: PensionRules,
    /// Other benefits (prestations).
    pub benefits: BenefitRules,
    /// Numbers, papers and phones.
    pub identifiers: IdentifierRules,
    /// How people come to have an account; none when the fund's papers do not say.
    #[cfg(feature = "books")]
    pub access: Option<AccessRules>,
    /// The wage declaration's columns (DNR).
    pub layout: SheetLayout,
    /// On which terms payment references are issued.
    pub payment: PaymentTerms,
    /// What is not settled, by key.
    pub questions: BTreeMap<String, Arc<str>>,
    /// Every rule as text, in the order of the files.
    pub law: Vec<LawRule>,
    /// On which days the law is read, when not as it stands now.
    as_of: Option<AsOf>,
}

/// The two axes of time on which the law may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Lines that begin later do not exist.
    pub law_at: NaiveDate,
    /// Lines that were published later do not exist.
    pub known_at: NaiveDate,
}

macro_rules! builtin {
    ($code:literal) => {
        (
            $code,
            &[
                builtin!($code, "fund.toml"),
                builtin!($code, "contributions.toml"),
                builtin!($code, "pension.toml"),
                builtin!($code, "benefits.toml"),
                builtin!($code, "identifiers.toml"),
                builtin!($code, "declaration.toml"),
            ],
        )
    };
    ($code:literal with access) => {
        (
            $code,
            &[
                builtin!($code, "fund.toml"),
                builtin!($code, "contributions.toml"),
                builtin!($code, "pension.toml"),
                builtin!($code, "benefits.toml"),
                builtin!($code, "identifiers.toml"),
                builtin!($code, "declaration.toml"),
                builtin!($code, "access.toml"),
            ],
        )
    };
    ($code:literal, $file:literal) => {
        ($file, include_str!(concat!("../../funds/", $code, "/", $file)))
    };
}

/// The folders that come with the library.
const BUILTIN: &[(&str, &[(&str, &str)])] = &[
    builtin!("tg" with access),
    builtin!("ma" with access),
    builtin!("dj" with access),
    builtin!("bj"),
    builtin!("tn"),
    builtin!("example" with access),
];

impl Fund {
    /// A fund that comes with the library.
    ///
    /// # Errors
    /// [`FundError::Unknown`] for another code; a fault of the embedded files, which a test excludes.
    pub fn builtin(code: &str) -> Result<Self, FundError> {
        Self::parse(&Self::builtin_files(code)?)
    }

    /// The texts of a fund that comes with the library, to copy or to compare with.
    ///
    /// # Errors
    /// [`FundError::Unknown`] for another code.
    pub fn builtin_files(code: &str) -> Result<FundFiles, FundError> {
        let found = BUILTIN.iter().find(|(name, _)| *name == code);
        let (_, files) = found.ok_or_else(|| FundError::Unknown(code.chars().take(40).collect()))?;
        Ok(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    /// The codes that [`builtin`](Self::builtin) knows; `example` is made up, for tests and docs.
    #[must_use]
    pub const fn builtin_codes() -> &'static [&'static str] {
        &["tg", "ma", "dj", "bj", "tn", "example"]
    }

    /// The same fund as the law stood on `law_at`, and as it was known on `known_at`.
    ///
    /// A line that begins after `law_at`, or that was published (or, for want of a date of
    /// publication, began) after `known_at`, does not exist in it.
    ///
    /// ```
    /// use cnss_core::{calendar::parse_date, fund::Fund};
    /// let morocco = Fund::builtin("ma")?;
    /// let before = morocco.as_of(parse_date("2024-06-01")?, parse_date("2024-06-01")?);
    /// let needed = |fund: &Fund| fund.rule("pension.insured").and_then(|r| r.at(parse_date("2024-06-01").ok()?))
    ///     .map(|line| line.value.clone());
    /// // The law of 2025 took effect in 2023: in 2024 nobody knew of it.
    /// assert_ne!(needed(&before), needed(&morocco));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_of(&self, law_at: NaiveDate, known_at: NaiveDate) -> Self {
        let mut fund = self.clone();
        fund.as_of = Some(AsOf { law_at, known_at });
        fund.minimum_wage.forget(law_at, known_at);
        fund.pension.insurance.forget(law_at, known_at);
        for rule in &mut fund.rules {
            rule.forget(law_at, known_at);
        }
        fund.payment.forget(law_at, known_at);
        if let Some(rule) = &mut fund.layout.whole_month {
            rule.forget(law_at, known_at);
        }
        let contributions = &mut fund.contributions;
        contributions.rounding.forget(law_at, known_at);
        contributions.computed.forget(law_at, known_at);
        contributions.due.forget(law_at, known_at);
        for rate in &mut contributions.rates {
            rate.rate.forget(law_at, known_at);
        }
        for rule in &mut contributions.surcharges {
            rule.rate.forget(law_at, known_at);
        }
        for rule in &mut contributions.penalties {
            rule.amount.forget(law_at, known_at);
        }
        for base in &mut contributions.bases {
            let parts = [&mut base.floor, &mut base.ceiling, &mut base.above, &mut base.flat];
            for rule in parts.into_iter().flatten() {
                rule.forget(law_at, known_at);
            }
        }
        for rule in &mut fund.law {
            let known = |b: &Basis| b.known_from.unwrap_or(b.from).max(b.from);
            rule.lines.retain(|line| line.basis.from <= law_at && known(&line.basis) <= known_at);
        }
        fund
    }

    /// On which days the law is read, when not as it stands now.
    #[must_use]
    pub const fn read_as_of(&self) -> Option<AsOf> {
        self.as_of
    }

    /// The rule with this key: `pension.age`, `benefit.family_amounts`.
    #[must_use]
    pub fn rule(&self, key: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| *rule.key == *key)
    }

    /// The rule that another rule names by its short name.
    #[must_use]
    pub(crate) fn named(&self, from: &Rule, name: &str) -> Option<&Rule> {
        let prefix = from.key.split('.').next().unwrap_or("pension");
        read_pension::place_of(&self.rules, prefix, name).and_then(|place| self.rules.get(place))
    }
}
