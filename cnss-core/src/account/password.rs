//! What a password must be (règles du mot de passe): a list of named rules, the same on the page
//! that shows them while one types, in its script, and here.

use crate::fund::{CharKind, PasswordRule};
use crate::person::NameKey;
use crate::refusal::{Fault, FaultKind};

/// The shortest part of a name or a number that a password may not hold.
const PART_LEAST: usize = 4;

/// A rule on passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// So many characters at least.
    Least(u32),
    /// So many characters at most.
    Most(u32),
    /// A kind of character.
    Has(CharKind),
    /// Not one of the commonest.
    NotCommon,
    /// Neither the login nor a part of one's name or numbers.
    NotPersonal,
}

impl Requirement {
    /// The code in JSON, in the page's script and in the catalogues.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Least(_) => "password_too_short",
            Self::Most(_) => "password_too_long",
            Self::Has(CharKind::Upper) => "password_no_upper",
            Self::Has(CharKind::Lower) => "password_no_lower",
            Self::Has(CharKind::Digit) => "password_no_digit",
            Self::Has(CharKind::Special) => "password_no_special",
            Self::NotCommon => "password_common",
            Self::NotPersonal => "password_personal",
        }
    }

    /// Its number, when it has one.
    #[must_use]
    pub const fn count(self) -> Option<u32> {
        match self {
            Self::Least(count) | Self::Most(count) => Some(count),
            _ => None,
        }
    }

    /// The fault of a password that breaks it.
    #[must_use]
    pub fn fault(self, field: &str) -> Fault {
        Fault::field(field, FaultKind::Password { code: self.code(), count: self.count().unwrap_or(0) })
    }
}

/// Every requirement of a fund, in the order in which a page lists them.
#[must_use]
pub fn requirements(rule: &PasswordRule) -> Vec<Requirement> {
    let mut all = vec![Requirement::Least(rule.least)];
    all.extend(rule.kinds.iter().copied().map(Requirement::Has));
    all.extend([Requirement::Most(rule.most), Requirement::NotCommon, Requirement::NotPersonal]);
    all
}

/// The requirements that a password breaks. `common` says whether it is one of the commonest (the
/// edge has the list), `personal` are the login, the names and the numbers of its holder.
#[must_use]
pub fn broken(
    password: &str,
    rule: &PasswordRule,
    common: &dyn Fn(&str) -> bool,
    personal: &[&str],
) -> Vec<Requirement> {
    // A million characters need not be looked at one by one, by eight rules.
    let most = usize::try_from(rule.most).unwrap_or(usize::MAX);
    if password.chars().nth(most).is_some() {
        return vec![Requirement::Most(rule.most)];
    }
    let meets = |requirement: &Requirement| match requirement {
        Requirement::Least(least) => {
            password.chars().count() >= usize::try_from(*least).unwrap_or(usize::MAX)
        }
        Requirement::Most(_) => true,
        Requirement::Has(kind) => password.chars().any(|c| is(c, *kind)),
        Requirement::NotCommon => !common(&password.to_lowercase()),
        Requirement::NotPersonal => !holds(password, personal),
    };
    requirements(rule).into_iter().filter(|requirement| !meets(requirement)).collect()
}

fn is(c: char, kind: CharKind) -> bool {
    match kind {
        CharKind::Upper => c.is_uppercase(),
        CharKind::Lower => c.is_lowercase(),
        CharKind::Digit => c.is_numeric(),
        CharKind::Special => !c.is_alphanumeric(),
    }
}

fn holds(password: &str, personal: &[&str]) -> bool {
    let password = NameKey::of(password);
    let parts = personal.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    parts
        .map(NameKey::of)
        .any(|part| part.as_str().chars().count() >= PART_LEAST && password.as_str().contains(part.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(password: &str, rule: &PasswordRule) -> Vec<&'static str> {
        let common = |password: &str| password == "motdepasse123";
        let personal = ["afi.lawson@example.tg", "Akouété Lawson", "710040"];
        broken(password, rule, &common, &personal).iter().map(|r| r.code()).collect()
    }

    #[test]
    fn djibouti_wants_ten_characters_of_four_kinds() {
        let fund = crate::fund::Fund::builtin("dj").expect("built in");
        let rule = fund.access.expect("says how").password;
        for (password, told) in [
            ("Abricot-2024", vec![]),
            ("Abricot-20", vec![]),
            ("Abricot-2", vec!["password_too_short"]),
            ("abricot-2024", vec!["password_no_upper"]),
            ("ABRICOT-2024", vec!["password_no_lower"]),
            ("Abricot-abri", vec!["password_no_digit"]),
            ("Abricot20244", vec!["password_no_special"]),
            (
                "",
                vec![
                    "password_too_short",
                    "password_no_upper",
                    "password_no_lower",
                    "password_no_digit",
                    "password_no_special",
                ],
            ),
            // Accents and other scripts are letters, an Arabic digit is a digit.
            ("Éàbricot-٢٠٢٤", vec![]),
            ("Lawson-2024-x", vec!["password_personal"]),
            ("Akouete-x-7100", vec!["password_personal"]),
            ("X710040-abcd", vec!["password_personal"]),
        ] {
            assert_eq!(codes(password, &rule), told, "{password}");
        }
    }

    #[test]
    fn the_longest_is_taken_and_one_more_is_not() {
        let rule = PasswordRule { least: 8, most: 128, kinds: Vec::new() };
        assert_eq!(codes(&"é".repeat(128), &rule), Vec::<&str>::new());
        assert_eq!(codes(&"é".repeat(129), &rule), ["password_too_long"]);
        assert_eq!(codes(&"x".repeat(1_000_000), &rule), ["password_too_long"]);
        assert_eq!(codes("MotDePasse123", &rule), ["password_common"]);
    }
}
