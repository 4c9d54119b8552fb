//! The commonest passwords (mots de passe les plus courants), which nobody may choose.
//!
//! The list is that of `assets/common-passwords.txt`, whose licence stands beside it, and the few that
//! hands of this keyboard and this trade type first.

use std::sync::LazyLock;

/// In the order of the file, which a test proves to be that of a search by halves.
static LIST: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../../assets/common-passwords.txt").lines().collect());

/// What people type first on a French keyboard, and in a fund.
const OURS: &[&str] = &[
    "motdepasse",
    "motdepass",
    "mot de passe",
    "azerty",
    "azertyui",
    "azertyuiop",
    "azertyuiopqsdfghjklm",
    "qsdfghjklm",
    "wxcvbn",
    "wxcvbnazerty",
    "cnss",
    "cnsstogo",
    "cnsstg",
    "macnss",
    "cotisation",
    "cotisations",
    "employeur",
    "immatriculation",
    "retraite",
    "pension",
    "securitesociale",
    "bienvenue",
    "soleil",
    "doudou",
    "loulou",
    "chouchou",
    "jetaime",
    "changezmoi",
    "administrateur",
];

fn listed(word: &str) -> bool {
    LIST.binary_search(&word).is_ok() || OURS.contains(&word)
}

/// Whether a password, in small letters, is one of the commonest, or one of them with a year or a sign
/// put before or after it: those are tried next.
pub(crate) fn is_common(password: &str) -> bool {
    let bare = password.trim_matches(|c: char| !c.is_alphabetic());
    let most = bare.chars().count().saturating_mul(2) >= password.chars().count();
    let same = |c: char| password.starts_with(c) && password.chars().all(|other| other == c);
    listed(password) || (most && listed(bare)) || password.chars().next().is_some_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_ones_are_known_dressed_up_or_not() {
        for common in
            ["123456", "password", "password2026!", "azertyuiop", "motdepasse1", "!!soleil2026", "aaaaaaaaaa"]
        {
            assert!(is_common(common), "{common}");
        }
        for good in
            ["demo-cnss-2026", "le car part de kpalimé à six heures", "soleil-8472-6310-9924", "xk2!pq9v"]
        {
            assert!(!is_common(good), "{good}");
        }
    }

    /// The data are sound: one a line, in order, none too short to be chosen anyway.
    #[test]
    fn the_list_is_sorted_and_whole() {
        let lines: Vec<&str> = include_str!("../../assets/common-passwords.txt").lines().collect();
        assert!(lines.len() > 20_000 && lines.is_sorted());
        assert!(lines.iter().all(|line| line.len() >= 6 && line.to_lowercase() == **line));
    }
}
