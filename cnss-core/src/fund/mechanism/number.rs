//! Numbers of the law as they stand in the files: written as text, so that no float ever touches them.

use rust_decimal::Decimal;
use serde::Deserialize;

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

impl Fraction {
    /// The share itself, where it was written as a decimal.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        (self.denominator == Decimal::ONE).then_some(self.numerator)
    }
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

/// A limit on pay: a fixed amount or so many minimum wages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// In units of the currency.
    Amount(Number),
    /// Times the minimum wage of that date.
    MinimumWage(Number),
}
