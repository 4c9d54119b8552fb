//! The shapes of what spouses and children have: survivors' shares, and until when a child counts.

use chrono::NaiveDate;
use serde::Deserialize;

use super::Number;

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
