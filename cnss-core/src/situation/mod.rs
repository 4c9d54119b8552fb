//! Situations (cas pratiques): inputs and expected results that a jurist writes beside a fund,
//! run against its rules.
//!
//! The one rule to remember: an expected figure is published, or worked by hand; it is never the
//! program's own output.

mod answer;
mod facts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::explain::Step;
use crate::fund::{Basis, Fund, LawLine, LawRule};
use crate::money::Money;
use crate::refusal::Refusal;
use answer::{
    Answer, Figures, contributions, dailies, declarations, families, grants, identifiers, penalties,
    pensions, refusal_word, surcharges, survivor_shares,
};
use facts::{
    Contributions, Dailies, Declarations, Families, Grants, Identifiers, Penalties, Pensions, Surcharges,
    Survivors,
};

/// A file of situations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Situations {
    contributions: Vec<Contributions>,
    surcharges: Vec<Surcharges>,
    penalties: Vec<Penalties>,
    pensions: Vec<Pensions>,
    survivors: Vec<Survivors>,
    families: Vec<Families>,
    dailies: Vec<Dailies>,
    grants: Vec<Grants>,
    identifiers: Vec<Identifiers>,
    declarations: Vec<Declarations>,
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
        if let Err(error) = toml::from_str::<Situations>(&piece) {
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
        let all = match toml::from_str::<Self>(text) {
            Ok(all) => return Ok(all),
            Err(error) => Unreadable::of(text, "", &error),
        };
        let found = faults(text);
        Err(if found.is_empty() { vec![all] } else { found })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        [
            self.contributions.len(),
            self.surcharges.len(),
            self.penalties.len(),
            self.pensions.len(),
            self.survivors.len(),
            self.families.len(),
            self.dailies.len(),
            self.grants.len(),
            self.identifiers.len(),
            self.declarations.len(),
        ]
        .iter()
        .sum()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs all of them; what does not come out as written is told.
    ///
    /// ```
    /// use cnss_core::{fund::Fund, situation::Situations};
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
        let mut run = Run::of(fund);
        run.all(self);
        run.failures
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
        let one = try_first.iter().map(|place| Run { only: Some(*place), first_only: true, ..Run::of(fund) });
        for mut run in one.chain([Run { first_only: true, ..Run::of(fund) }]) {
            run.all(self);
            if run.broken_at.is_some() {
                return run.broken_at;
            }
        }
        None
    }

    /// What each of them gives, in the order of the file's kinds, to compare two states of the law.
    #[must_use]
    pub fn outcomes(&self, fund: &Fund) -> Vec<Outcome> {
        let mut run = Run { outcomes: Some(Vec::new()), ..Run::of(fund) };
        run.all(self);
        run.outcomes.unwrap_or_default()
    }

    /// Those that come out with amounts, with their steps.
    #[must_use]
    pub fn computed(&self, fund: &Fund) -> Vec<Computed> {
        let mut run = Run { outcomes: Some(Vec::new()), kept: Kept::wanted(), ..Run::of(fund) };
        run.all(self);
        run.kept.computed
    }

    /// The dated lines of the fund on which no answer to a situation rests, with their rules: what
    /// nobody has tried yet. What a refusal read before it refused does not count.
    #[must_use]
    pub fn untried<'a>(&self, fund: &'a Fund) -> Vec<(&'a LawRule, &'a LawLine)> {
        let mut run = Run { cited: Some(Vec::new()), ..Run::of(fund) };
        run.all(self);
        let cited: BTreeSet<*const Basis> = run.cited.iter().flatten().map(Arc::as_ptr).collect();
        let lines = fund.law.iter().flat_map(|rule| rule.lines.iter().map(move |line| (rule, line)));
        lines.filter(|(_, line)| !cited.contains(&Arc::as_ptr(&line.basis))).collect()
    }

    /// These and those of another file.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.contributions.append(&mut other.contributions);
        self.surcharges.append(&mut other.surcharges);
        self.penalties.append(&mut other.penalties);
        self.pensions.append(&mut other.pensions);
        self.survivors.append(&mut other.survivors);
        self.families.append(&mut other.families);
        self.dailies.append(&mut other.dailies);
        self.grants.append(&mut other.grants);
        self.identifiers.append(&mut other.identifiers);
        self.declarations.append(&mut other.declarations);
        self
    }
}

struct Run<'a> {
    fund: &'a Fund,
    failures: Vec<Failure>,
    first_only: bool,
    /// Only the one at this place.
    only: Option<usize>,
    /// How many came before.
    at: usize,
    broken_at: Option<usize>,
    outcomes: Option<Vec<Outcome>>,
    /// The lines of the law that answers rest on.
    cited: Option<Vec<Arc<Basis>>>,
    kept: Kept,
}

/// What was computed, with its steps, when somebody wants it.
#[derive(Default)]
struct Kept {
    wanted: bool,
    computed: Vec<Computed>,
}

impl Kept {
    fn wanted() -> Self {
        Self { wanted: true, ..Self::default() }
    }

    fn keep(&mut self, name: &str, fund: &Fund, steps: &[Step], amounts: Vec<(&str, Money)>) {
        if self.wanted && !amounts.is_empty() {
            let amounts = amounts.into_iter().map(|(n, a)| (n.to_owned(), a)).collect();
            let (name, steps) = (name.to_owned(), steps.to_vec());
            self.computed.push(Computed { name, fund: fund.clone(), steps, amounts });
        }
    }
}

impl<'a> Run<'a> {
    fn of(fund: &'a Fund) -> Self {
        let (failures, kept) = (Vec::new(), Kept::default());
        let (only, broken_at, outcomes, cited) = (None, None, None, None);
        Self { fund, failures, first_only: false, only, at: 0, broken_at, outcomes, cited, kept }
    }

    fn all(&mut self, all: &Situations) {
        self.each(&all.contributions, |s| (&s.name, &s.derivation), contributions);
        self.each(&all.surcharges, |s| (&s.name, &s.derivation), surcharges);
        self.each(&all.penalties, |s| (&s.name, &s.derivation), penalties);
        self.each(&all.pensions, |s| (&s.name, &s.derivation), pensions);
        self.each(&all.survivors, |s| (&s.name, &s.derivation), survivor_shares);
        self.each(&all.families, |s| (&s.name, &s.derivation), families);
        self.each(&all.dailies, |s| (&s.name, &s.derivation), dailies);
        self.each(&all.grants, |s| (&s.name, &s.derivation), grants);
        self.each(&all.identifiers, |s| (&s.name, &s.derivation), identifiers);
        self.each(&all.declarations, |s| (&s.name, &s.derivation), declarations);
    }

    fn each<S>(
        &mut self,
        all: &[S],
        words: impl Fn(&S) -> (&String, &String),
        figures: impl Fn(&Fund, &S, &mut Kept) -> (Figures, Result<Answer, Refusal>),
    ) {
        let begin = self.at;
        self.at = begin.saturating_add(all.len());
        for (place, situation) in (begin..).zip(all) {
            if self.first_only && self.broken_at.is_some() {
                return;
            }
            if self.only.is_some_and(|only| only != place) {
                continue;
            }
            let (name, derivation) = words(situation);
            let (expected, got) = figures(self.fund, situation, &mut self.kept);
            let got = match got {
                Ok(answer) => {
                    if let Some(cited) = &mut self.cited {
                        cited.extend(answer.steps.into_iter().filter_map(|step| step.basis));
                    }
                    answer.figures
                }
                Err(refusal) => [("refused", refusal_word(&refusal))].into(),
            };
            if let Some(outcomes) = &mut self.outcomes {
                outcomes.push(Outcome { name: name.clone(), figures: got });
                continue;
            }
            let unexplained = derivation.trim().is_empty();
            if expected == got && !unexplained {
                continue;
            }
            self.broken_at = Some(place);
            if self.first_only {
                return;
            }
            self.failures.push(failure(name, unexplained, &expected, &got));
        }
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
