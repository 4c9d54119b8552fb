//! Numbers, papers and phones (identifiants): formats and check digits as data.

use std::sync::Arc;

use regex_lite::Regex;

use super::dated::{Question, Status};

/// All that a fund says of identifiers.
#[derive(Clone, Debug, Default)]
pub struct IdentifierRules {
    /// Numbers of persons, employers, accounts, papers.
    pub identifiers: Vec<Identifier>,
    /// Phones, without the country's prefix.
    pub phones: Vec<Identifier>,
    /// Identity papers that the fund accepts: code and label.
    pub documents: Vec<(Arc<str>, Arc<str>)>,
}

/// One kind of number.
#[derive(Clone, Debug)]
pub struct Identifier {
    /// Code in data and JSON: `insured_number`.
    pub code: Arc<str>,
    /// The jurist's words.
    pub label: Arc<str>,
    /// What the whole text must look like.
    pub pattern: Regex,
    /// Its check digit (clé de contrôle).
    pub check: Option<Check>,
    /// Values with a meaning of their own, to which no check digit applies.
    pub special: Vec<(Arc<str>, Arc<str>)>,
    /// Where the format was read.
    pub source: Arc<str>,
    /// How sure we are.
    pub status: Status,
    /// What is not settled.
    pub question: Option<Question>,
}

/// A check digit: key = (modulus − Σ weight × digit mod modulus) mod modulus, the key being the last digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// One weight for each digit before the key; 0 for a digit that is not used.
    pub weights: Vec<u32>,
    /// The modulus.
    pub modulus: u32,
}

/// A number as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The number in its plain form, without spaces, hyphens and dots.
    pub value: String,
    /// Its own meaning, when it is one of the special values.
    pub meaning: Option<Arc<str>>,
}

/// Why a text is not a number of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// It does not look like one.
    #[error("not the format of such a number")]
    Format,
    /// The check digit does not fit: a digit was mistyped.
    #[error("the check digit does not fit")]
    CheckDigit,
}

impl Identifier {
    /// Reads a number as people type it: spaces, hyphens and dots are dropped, small letters raised.
    ///
    /// # Errors
    /// When it does not look like such a number, or its check digit does not fit.
    ///
    /// ```
    /// let morocco = cnss_core::fund::Fund::builtin("ma")?;
    /// let number = morocco.identifiers.find("insured_number").expect("known");
    /// assert!(number.read("12 34 56 785").is_ok());
    /// assert!(number.read("123456789").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&self, text: &str) -> Result<Identified, IdentifierError> {
        if text.len() > 200 {
            return Err(IdentifierError::Format);
        }
        let as_typed = text.trim().to_uppercase();
        let bare: String = as_typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '\u{2010}' | '\u{2011}'))
            .collect();
        if let Some((value, meaning)) = self.special.iter().find(|(value, _)| **value == *bare) {
            return Ok(Identified { value: value.to_string(), meaning: Some(Arc::clone(meaning)) });
        }
        // Some numbers have hyphens of their own (TG-LOM-2024-B-1234).
        let value =
            [bare, as_typed].into_iter().find(|v| self.pattern.is_match(v)).ok_or(IdentifierError::Format)?;
        if self.check.as_ref().is_some_and(|check| !check.fits(&value)) {
            return Err(IdentifierError::CheckDigit);
        }
        Ok(Identified { value, meaning: None })
    }
}

impl Check {
    /// The key of the digits that stand before it; none for anything but digits.
    #[must_use]
    pub fn key(&self, digits: &str) -> Option<u32> {
        let digits: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(10)).collect();
        let digits = digits.filter(|d| d.len() == self.weights.len())?;
        let mut sum = 0_u32;
        for (digit, weight) in digits.iter().zip(&self.weights) {
            sum = sum.checked_add(digit.checked_mul(*weight)?)?;
        }
        self.modulus.checked_sub(sum.checked_rem(self.modulus)?)?.checked_rem(self.modulus)
    }

    fn fits(&self, value: &str) -> bool {
        let Some(last) = value.chars().last() else { return false };
        let before = value.strip_suffix(last).unwrap_or("");
        last.to_digit(10).is_some_and(|key| self.key(before) == Some(key))
    }
}

impl IdentifierRules {
    /// The kind of number with this code; phones are `phone.mobile`, `phone.fixed`.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Identifier> {
        match code.strip_prefix("phone.") {
            Some(kind) => self.phones.iter().find(|p| *p.code == *kind),
            None => self.identifiers.iter().find(|i| *i.code == *code),
        }
    }
}
