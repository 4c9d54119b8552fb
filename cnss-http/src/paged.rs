//! Lists of the interface, a page at a time: which page is asked for, and where the next one begins.
//!
//! The one rule to remember: one row more is read than is shown, so that `next` is null on the last
//! page and nobody asks for an empty one.
//!
//! A key that a list does not know is refused: whoever asks for the next page by another name would get
//! the first one for ever. So a list with keys of its own reads all of them in one structure.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// How many rows a page has when nothing is said.
const USUAL: u32 = 20;
/// The most rows of a page.
const MOST: u32 = 100;

/// Which page of a list; `C` is what names a row of it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paged<C> {
    after: Option<C>,
    limit: Option<u32>,
}

/// The same, as the interface describes it: whatever a row is named by, it comes as text.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `Paged` reads")]
struct Described {
    /// Only what comes after this in the list: the `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 100; 20 when nothing is said.
    limit: Option<u32>,
}

impl<C> IntoParams for Paged<C> {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Described::into_params(within)
    }
}

impl<C: Copy> Paged<C> {
    /// After which row the page begins.
    pub(crate) const fn after(&self) -> Option<C> {
        self.after
    }

    /// The page that a list with keys of its own was asked for.
    pub(crate) const fn asked(after: Option<C>, limit: Option<u32>) -> Self {
        Self { after, limit }
    }

    fn shown(&self) -> u32 {
        self.limit.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// How many rows to read: one more than are shown.
    pub(crate) fn most(&self) -> u32 {
        self.shown().saturating_add(1)
    }

    /// The rows of the page, and after which the next one begins; none at the end.
    pub(crate) fn page<T, N>(&self, mut read: Vec<T>, name: impl Fn(&T) -> N) -> (Vec<T>, Option<String>)
    where
        N: ToString,
    {
        let more = cut(&mut read, self.shown());
        let next = read.last().filter(|_| more).map(|last| name(last).to_string());
        (read, next)
    }
}

/// Leaves so many rows of a list that was asked for one more, and says whether there are others.
pub(crate) fn cut<T>(list: &mut Vec<T>, most: u32) -> bool {
    let shown = usize::try_from(most).unwrap_or(usize::MAX);
    let more = list.len() > shown;
    list.truncate(shown);
    more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_and_the_last_says_so() {
        let all: Vec<u32> = (1..=5).collect();
        for limit in [1, 2, 3, 5, 6] {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let paged = Paged::asked(after, Some(limit));
                let most = usize::try_from(paged.most()).expect("small");
                let rest = all.iter().filter(|row| paged.after().is_none_or(|after| **row > after));
                let (rows, next) = paged.page(rest.take(most).copied().collect(), |row| *row);
                assert!(!rows.is_empty() && rows.len() <= usize::try_from(limit).expect("small"));
                seen.extend(rows);
                match next {
                    Some(next) => after = Some(next.parse().expect("a row")),
                    None => break,
                }
            }
            assert_eq!(seen, all, "by {limit}");
        }
    }

    #[test]
    fn nobody_asks_for_none_or_for_everything() {
        let most = |limit| Paged::<u32> { after: None, limit }.most();
        assert_eq!([None, Some(0), Some(1), Some(100), Some(u32::MAX)].map(most), [21, 2, 2, 101, 101]);
    }
}
