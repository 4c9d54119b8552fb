//! Charters and terms (charte, conditions générales): accepted before use, asked again when they
//! change, the acceptance kept with the digest of the text that was read.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Account, AccountChange, AccountExpect};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::{AccessRules, Charter};
use crate::refusal::{Fault, FaultKind, Refusal};

/// That a text was accepted: what, and when. Who is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The version.
    pub version: String,
    /// SHA-256 of the text as it was shown.
    pub digest: [u8; 32],
    /// When.
    pub at: DateTime<Utc>,
}

impl Accepted {
    /// The acceptance of a charter, whose digest a form brought back: what was changed while one
    /// read is not accepted unread.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when another text was read.
    pub fn of(charter: &Charter, read: &[u8], at: DateTime<Utc>) -> Result<Self, Refusal> {
        if read != charter.digest {
            return Err(Refusal::Invalid(vec![Fault::field("terms", FaultKind::Missing)]));
        }
        Ok(Self { version: charter.version.to_string(), digest: charter.digest, at })
    }
}

/// The charter that must be accepted before anything else: the one in force, unless that very text
/// was accepted.
#[must_use]
pub fn to_accept<'a>(
    rules: &'a AccessRules,
    accepted: Option<&Accepted>,
    on: NaiveDate,
) -> Option<&'a Charter> {
    rules.charter(on).filter(|charter| accepted.is_none_or(|accepted| accepted.digest != charter.digest))
}

/// The holder accepts the charter in force.
///
/// # Errors
/// [`Refusal::NothingChanged`] when nothing is to be accepted; [`Refusal::Invalid`] when the text
/// that was read is not the one in force.
pub fn accept(
    account: &Account,
    rules: &AccessRules,
    read: &[u8],
    at: &Moment,
) -> Result<Decision<()>, Refusal> {
    let charter = to_accept(rules, account.accepted.as_ref(), at.today).ok_or(Refusal::NothingChanged)?;
    let accepted = Accepted::of(charter, read, at.now)?;
    Ok(Decision {
        outcome: (),
        expects: vec![Expect::Account(AccountExpect::Account(account.id, account.version))],
        changes: vec![
            Change::Account(AccountChange::Accept(account.id, accepted.clone())),
            Change::Account(AccountChange::Save(account.changed(|a| a.accepted = Some(accepted)))),
        ],
        notices: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_date;

    #[test]
    fn a_new_text_is_asked_again_on_its_day() {
        let fund = crate::fund::Fund::builtin("example").expect("built in");
        let rules = fund.access.expect("says how");
        let day = |text| parse_date(text).expect("a day");
        let asked = |accepted: Option<&Accepted>, on| {
            to_accept(&rules, accepted, day(on)).map(|c| c.version.to_string())
        };
        assert_eq!(asked(None, "2019-12-31"), None);
        assert_eq!(asked(None, "2024-12-31").as_deref(), Some("1"));
        let first = rules.charter(day("2024-12-31")).expect("in force");
        let accepted = Accepted::of(first, &first.digest, DateTime::UNIX_EPOCH).expect("accepted");
        assert_eq!(asked(Some(&accepted), "2024-12-31"), None);
        assert_eq!(asked(Some(&accepted), "2025-01-01").as_deref(), Some("2"));
        assert!(Accepted::of(first, &[0; 32], DateTime::UNIX_EPOCH).is_err(), "another text was read");
    }
}
