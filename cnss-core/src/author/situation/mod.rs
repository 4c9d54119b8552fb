//! Situations (cas pratiques): inputs and expected results that a jurist writes beside a fund,
//! run against its rules.
//!
//! The one rule to remember: an expected figure is published, or worked by hand; it is never the
//! program's own output.

mod answer;
mod file;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::explain::Step;
use crate::fund::{Basis, Fund, LawLine, LawRule};
use crate::money::Money;
use crate::refusal::Refusal;
use answer::{Answer, Figures, ON_DEMAND, Question, refusal_word};
use file::File;

/// Situations that are run together: those of a file, or of a folder.
#[derive(Clone, Debug, Default)]
pub struct Situations(Vec<Situation>);

/// One question to the rules with what is expected of them, and on which days the law is read.
#[derive(Clone, Debug)]
struct Situation {
    name: String,
    derivation: String,
    law_at: Option<NaiveDate>,
    known_at: Option<NaiveDate>,
    asks: Question,
    expected: Figures,
}

/// A situation whose result is not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub name: String,
    /// What was expected and what came.
    pub told: String,
    /// The same, figure by figure; empty when only the derivation is missing.
    pub differences: Vec<Difference>,
}

/// A figure that is not what the situation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name in the file: `amount`.
    pub figure: &'static str,
    /// What the situation says; none when it expects no such figure.
    pub expected: Option<String>,
    /// What the rules give; none when they give no such figure.
    pub came: Option<String>,
}

/// What a situation gives, whatever it expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Figures by name, or `refused` with the code of a refusal.
    pub figures: BTreeMap<&'static str, String>,
}

/// A situation that came out with amounts, as the rules computed it.
#[derive(Clone, Debug)]
pub struct Computed {
    /// Its name.
    pub name: String,
    /// The fund, with the law as it was known where the situation asks for that.
    pub fund: Fund,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// The amounts by name, as a certificate takes them.
    pub amounts: Vec<(String, Money)>,
}

/// What is wrong with a file beside a fund's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Which line, from 1.
    pub line: usize,
    /// The kind of situation and its place among them: `pensions.3`; empty for the whole file.
    pub key: String,
    /// What is wrong.
    pub problem: String,
}

impl Unreadable {
    pub(crate) fn of(text: &str, key: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count().saturating_add(1);
        Self { line, key: key.to_owned(), problem: error.message().to_owned() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.key.is_empty() { "" } else { ": " };
        write!(f, "{}: {}{colon}{}", self.line, self.key, self.problem)
    }
}

/// Every situation that cannot be read by itself. The file is cut where a `[[…]]` begins: a piece
/// keeps its lines, so that places stay true.
fn faults(text: &str) -> Vec<Unreadable> {
    let mut pieces: Vec<(usize, String)> = vec![(1, String::new())];
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("[[") {
            pieces.push((number, String::new()));
        }
        if let Some((_, piece)) = pieces.last_mut() {
            piece.push_str(line);
            piece.push('\n');
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (first, piece) in pieces {
        let head = piece.trim_start().strip_prefix("[[").and_then(|rest| rest.split_once("]]"));
        let key = head.map_or_else(String::new, |(kind, _)| {
            let count = seen.entry(kind.trim().to_owned()).or_default();
            *count = count.saturating_add(1);
            format!("{}.{count}", kind.trim())
        });
        if let Err(error) = toml::from_str::<File>(&piece) {
            let fault = Unreadable::of(&piece, &key, &error);
            found.push(Unreadable { line: fault.line.saturating_add(first).saturating_sub(1), ..fault });
        }
    }
    found
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.told)
    }
}

impl Situations {
    /// Reads a file of situations.
    ///
    /// # Errors
    /// Every fault, one a line, when the file is not what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    /// Reads a file of situations, each by itself, so that every fault is found at once.
    ///
    /// # Errors
    /// Every fault with its line and key.
    pub fn read(text: &str) -> Result<Self, Vec<Unreadable>> {
        let all = match toml::from_str::<File>(text) {
            Ok(all) => return Ok(all.into()),
            Err(error) => Unreadable::of(text, "", &error),
        };
        let found = faults(text);
        Err(if found.is_empty() { vec![all] } else { found })
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs all of them; what does not come out as written is told.
    ///
    /// ```
    /// use cnss_core::{author::situation::Situations, fund::Fund};
    /// let all = Situations::parse(r#"
    ///     [[surcharges]]
    ///     name = "trois mois de grâce"
    ///     derivation = "échéance 15 février : 5 % jusqu'au 15 mai ; 1 000 000 × 5 %"
    ///     scheme = "cnss"
    ///     month = "2024-01"
    ///     unpaid = "1000000"
    ///     paid_on = "2024-05-15"
    ///     amount = "50000"
    /// "#)?;
    /// assert!(all.run(&Fund::builtin("tg")?).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn run(&self, fund: &Fund) -> Vec<Failure> {
        self.0.iter().filter_map(|situation| situation.failure(fund)).collect()
    }

    /// True when one of them does not come out as written; stops at the first.
    #[must_use]
    pub fn broken_by(&self, fund: &Fund) -> bool {
        self.first_broken(fund, &[]).is_some()
    }

    /// The place of one that does not come out as written, when there is one: those of
    /// `try_first` are run before the others.
    #[must_use]
    pub fn first_broken(&self, fund: &Fund, try_first: &[usize]) -> Option<usize> {
        let others = (0..self.len()).filter(|place| !try_first.contains(place));
        let broken = |place: &usize| self.0.get(*place).is_some_and(|situation| !situation.holds(fund));
        try_first.iter().copied().chain(others).find(broken)
    }

    /// What each of them gives, in their order, to compare two states of the law.
    #[must_use]
    pub fn outcomes(&self, fund: &Fund) -> Vec<Outcome> {
        let outcome = |s: &Situation| Outcome { name: s.name.clone(), figures: s.figures(fund) };
        self.0.iter().map(outcome).collect()
    }

    /// Those that come out with amounts, with their steps.
    #[must_use]
    pub fn computed(&self, fund: &Fund) -> Vec<Computed> {
        self.0.iter().filter_map(|situation| situation.computed(fund)).collect()
    }

    /// The dated lines of the fund on which no answer to a situation rests, with their rules: what
    /// nobody has tried yet. What a refusal read before it refused does not count.
    #[must_use]
    pub fn untried<'a>(&self, fund: &'a Fund) -> Vec<(&'a LawRule, &'a LawLine)> {
        let answers = self.0.iter().filter_map(|situation| situation.answer(fund).1.ok());
        let cited: Vec<Arc<Basis>> =
            answers.flat_map(|answer| answer.steps).filter_map(|step| step.basis).collect();
        let cited: BTreeSet<*const Basis> = cited.iter().map(Arc::as_ptr).collect();
        let lines = fund.law.iter().flat_map(|rule| rule.lines.iter().map(move |line| (rule, line)));
        lines.filter(|(_, line)| !cited.contains(&Arc::as_ptr(&line.basis))).collect()
    }

    /// These and those of another file.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }
}

impl Situation {
    /// The fund, as the law stood and was known where the situation asks for that, and its answer.
    fn answer<'a>(&self, fund: &'a Fund) -> (Cow<'a, Fund>, Result<Answer, Refusal>) {
        let fund = match (self.law_at, self.known_at) {
            (None, None) => Cow::Borrowed(fund),
            (law_at, known_at) => {
                let (law_at, known_at) =
                    (law_at.unwrap_or(NaiveDate::MAX), known_at.unwrap_or(NaiveDate::MAX));
                Cow::Owned(fund.as_of(law_at, known_at))
            }
        };
        let answer = self.asks.answer(&fund);
        (fund, answer)
    }

    /// What the rules give, of that which the situation looks at.
    fn figures(&self, fund: &Fund) -> Figures {
        match self.answer(fund).1 {
            Ok(Answer { mut figures, .. }) => {
                figures.retain(|name, _| !ON_DEMAND.contains(name) || self.expected.contains_key(name));
                figures
            }
            Err(refusal) => [("refused", refusal_word(&refusal))].into(),
        }
    }

    fn computed(&self, fund: &Fund) -> Option<Computed> {
        let (fund, answer) = self.answer(fund);
        let Answer { amounts, steps, .. } = answer.ok().filter(|answer| !answer.amounts.is_empty())?;
        Some(Computed { name: self.name.clone(), fund: fund.into_owned(), steps, amounts })
    }

    /// False when nobody says where the figures come from.
    fn explained(&self) -> bool {
        !self.derivation.trim().is_empty()
    }

    fn holds(&self, fund: &Fund) -> bool {
        self.explained() && self.figures(fund) == self.expected
    }

    fn failure(&self, fund: &Fund) -> Option<Failure> {
        let got = self.figures(fund);
        let told = failure(&self.name, !self.explained(), &self.expected, &got);
        (!self.explained() || got != self.expected).then_some(told)
    }
}

fn failure(name: &str, unexplained: bool, expected: &Figures, got: &Figures) -> Failure {
    let keys: BTreeSet<&'static str> = expected.keys().chain(got.keys()).copied().collect();
    let differences: Vec<Difference> = keys
        .into_iter()
        .map(|figure| Difference {
            figure,
            expected: expected.get(figure).cloned(),
            came: got.get(figure).cloned(),
        })
        .filter(|d| d.expected != d.came)
        .collect();
    let text = |figure: &Option<String>| figure.as_ref().map_or("nothing".to_owned(), |f| format!("`{f}`"));
    let mut told = Vec::new();
    if unexplained {
        told.push("`derivation` does not say where the figures come from".to_owned());
    }
    told.extend(
        differences
            .iter()
            .map(|d| format!("{}: expected {}, came {}", d.figure, text(&d.expected), text(&d.came))),
    );
    Failure { name: name.to_owned(), told: told.join("; "), differences }
}
