//! Phones as people type them, by the fund's plan of numbers (plan de numérotation).

use super::Fund;
use crate::person::{Phone, western_digits};

/// Why no message goes to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// It is not a phone at all.
    #[error("not a phone")]
    Format,
    /// A phone of another country: forged sign-ups spend the fund's money there.
    #[error("a phone of another country")]
    Foreign,
    /// A phone that gets no SMS.
    #[error("not a mobile phone")]
    NotMobile,
    /// A number of this country that the plan does not name: premium, short, or not given out.
    #[error("not in the plan of numbers")]
    NotInPlan,
}

impl PhoneError {
    /// The code in JSON and in the catalogues.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Format => "not_a_phone",
            Self::Foreign => "phone_foreign",
            Self::NotMobile => "phone_not_mobile",
            Self::NotInPlan => "phone_not_in_plan",
        }
    }
}

impl Fund {
    /// A mobile phone of the fund's country, as people type it: with or without the country's
    /// prefix, with spaces, hyphens, dots and brackets, with a zero before it, in any digits.
    ///
    /// # Errors
    /// Why no message goes there.
    ///
    /// ```
    /// use cnss_core::fund::{Fund, PhoneError};
    /// let togo = Fund::builtin("tg")?;
    /// assert_eq!(togo.mobile("90 12 34 56")?.as_str(), "+22890123456");
    /// assert_eq!(togo.mobile("00228 90-12-34-56")?.as_str(), "+22890123456");
    /// assert_eq!(togo.mobile("22 21 23 45"), Err(PhoneError::NotMobile));
    /// assert_eq!(togo.mobile("+33 6 12 34 56 78"), Err(PhoneError::Foreign));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mobile(&self, typed: &str) -> Result<Phone, PhoneError> {
        let (phone, kind) = self.phone(typed)?;
        if kind == "mobile" { Ok(phone) } else { Err(PhoneError::NotMobile) }
    }

    /// A phone of the fund's country, and its kind in the plan: `mobile`, `fixed`.
    ///
    /// # Errors
    /// Why it is none.
    pub fn phone(&self, typed: &str) -> Result<(Phone, &str), PhoneError> {
        if typed.len() > 100 {
            return Err(PhoneError::Format);
        }
        let typed = western_digits(typed.trim());
        let skipped =
            |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/' | '\u{2010}' | '\u{2011}');
        let bare: String = typed.chars().filter(|c| !skipped(*c)).collect();
        let prefix = self.phone_prefix.trim_start_matches('+');
        let abroad = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
        let digits = abroad.unwrap_or(&bare);
        if !(3..=20).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PhoneError::Format);
        }
        if let Some(abroad) = abroad {
            // « +212 0661… », as some write it.
            let own = abroad.strip_prefix(prefix).ok_or(PhoneError::Foreign)?;
            return self
                .planned(own)
                .or_else(|| self.planned(own.strip_prefix('0')?))
                .ok_or(PhoneError::NotInPlan);
        }
        // With the country's prefix and no sign before it, or with the zero of calls inside.
        let forms = [Some(digits), digits.strip_prefix('0'), digits.strip_prefix(prefix)];
        forms.into_iter().flatten().find_map(|own| self.planned(own)).ok_or(PhoneError::NotInPlan)
    }

    fn planned(&self, own: &str) -> Option<(Phone, &str)> {
        let kind = self.identifiers.phones.iter().find(|kind| kind.pattern.is_match(own))?;
        let prefix = self.phone_prefix.trim_start_matches('+');
        Some((Phone::parse(&format!("+{prefix}{own}")).ok()?, &kind.code))
    }
}
