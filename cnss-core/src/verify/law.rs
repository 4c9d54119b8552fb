//! Which line of the law holds, chosen again for the verifier alone, by the rule that stands in
//! `funds/README.md` under « the dated line ».

use super::day::Day;
use crate::certificate::{Certificate, Law};
use crate::fund::{Fund, LawLine};

/// A day of the fund's data.
fn day(of: &impl ToString) -> Option<Day> {
    Day::parse(&of.to_string())
}

/// The line of the rule `key` that is in force on the day, for the person and as known on the day
/// that the certificate names; none when there is none, or when a date cannot be read.
pub(super) fn in_force<'a>(
    certificate: &Certificate,
    fund: &'a Fund,
    key: &str,
    law: &Law,
) -> Option<&'a LawLine> {
    let read_on = Day::parse(&law.read_on)?;
    let bound = |text: &Option<String>| text.as_deref().map(|t| Day::parse(t).ok_or(())).transpose();
    let (Ok(born), Ok(law_at), Ok(known_at)) =
        (bound(&law.born), bound(&certificate.law_at), bound(&certificate.known_at))
    else {
        return None;
    };
    let rule = fund.law.iter().find(|rule| *rule.key == *key)?;
    let mut known = Vec::new();
    for line in &rule.lines {
        let from = day(&line.basis.from)?;
        let published = match &line.basis.known_from {
            Some(on) => Some(day(on)?),
            None => None,
        };
        let cohort = match &line.born_from {
            Some(on) => Some(day(on)?),
            None => None,
        };
        let late = law_at.is_some_and(|at| from > at)
            || known_at.is_some_and(|at| published.unwrap_or(from).max(from) > at);
        if !late {
            known.push((line, (from, cohort, published)));
        }
    }
    let named =
        |line: &LawLine| law.category.as_deref().is_some_and(|c| line.categories.iter().any(|n| **n == *c));
    let own = known.iter().any(|(line, _)| named(line));
    known
        .into_iter()
        .filter(|(line, (from, cohort, _))| {
            *from <= read_on
                && cohort.is_none_or(|cohort| born.is_some_and(|born| cohort <= born))
                && if own { named(line) } else { line.categories.is_empty() }
        })
        .max_by_key(|(_, order)| *order)
        .map(|(line, _)| line)
}

/// What the certificate says of the line otherwise than the line itself.
pub(super) fn differs(law: &Law, line: &LawLine) -> Vec<&'static str> {
    let basis = &line.basis;
    let text = |of: Option<&std::sync::Arc<str>>| of.map(ToString::to_string);
    let question = basis.question.as_ref().map(|(key, _)| key);
    let rule_question = basis.rule_question.as_ref().map(|(key, _)| key);
    [
        ("article", law.article != text(basis.article.as_ref())),
        ("source", *law.source != *basis.source),
        ("url", law.url != text(basis.url.as_ref())),
        ("status", law.status != basis.status.code()),
        ("question", law.question != text(question)),
        ("rule_question", law.rule_question != text(rule_question)),
        ("valid_from", law.valid_from != basis.from.to_string()),
        ("known_from", law.known_from != basis.known_from.map(|day| day.to_string())),
    ]
    .into_iter()
    .filter(|(_, different)| *different)
    .map(|(name, _)| name)
    .collect()
}

/// The text that stands in the line at `path`. `…[0]` and `…[1]` are the two numbers of a fraction
/// written `2/3`; a `part` that is left out means « started », as the format says.
pub(super) fn atom<'a>(line: &'a LawLine, path: &str) -> Option<&'a str> {
    let at = |path: &str| line.atoms.iter().find(|(p, _)| p == path).map(|(_, text)| text.as_str());
    if let Some(found) = at(path) {
        // A fraction is read by its halves only.
        return Some(found);
    }
    if let Some(whole) = path.strip_suffix("[0]") {
        let text = at(whole)?;
        return Some(text.split_once('/').map_or(text, |(above, _)| above).trim());
    }
    if let Some(whole) = path.strip_suffix("[1]") {
        return Some(at(whole)?.split_once('/').map_or("1", |(_, below)| below).trim());
    }
    (path == "part" || path.ends_with(".part")).then_some("started")
}
