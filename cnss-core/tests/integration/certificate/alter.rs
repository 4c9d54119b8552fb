//! Whoever alters a certificate is refused: always by the digest, and without it by whatever
//! `verify` says that it proves. What it says that it does not prove is listed here too.

use std::str::FromStr;

use chrono::{Days, Months, NaiveDate};
use cnss_core::certificate::{Certificate, CertifiedStep, Kind, Law, Origin, Shown, Token};
use cnss_core::verify::{Doubt, verify};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{ALL, Certified, certified};

/// What holds a part of a certificate against somebody who computes the digest anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The law, the arithmetic or the reference: refused.
    Law,
    /// Only the digest: words.
    Digest,
    /// It is vouched for, and is noticed only where something else contradicts it.
    Vouched,
}

struct Altered {
    what: String,
    held: Held,
    certificate: Certificate,
}

/// Every alteration of one thing in a certificate.
struct Alterations<'a> {
    of: &'a Certificate,
    found: Vec<Altered>,
}

/// Another number, near and far.
fn numbers(text: &str) -> Vec<String> {
    let digit = |c: char| c.to_digit(10).expect("a digit");
    let at = |place: usize, new: u32| {
        let mut other: Vec<char> = text.chars().collect();
        other[place] = char::from_digit(new, 10).expect("a digit");
        other.into_iter().collect::<String>()
    };
    let digits: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).collect();
    let (first, last) = (digits[0], digits[digits.len() - 1]);
    let mut found = vec![at(first.0, digit(first.1) % 9 + 1), at(last.0, (digit(last.1) + 1) % 10)];
    found.push(if let Some(bare) = text.strip_prefix('-') { bare.to_owned() } else { format!("-{text}") });
    // The same nothing with a sign is no number at all, and is refused as such.
    found.dedup();
    found
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn days(text: &str) -> Vec<String> {
    let day = day(text);
    [day + Days::new(1), day - Days::new(1), day + Months::new(12), day - Months::new(12)]
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn others(shown: &Shown) -> Vec<String> {
    match shown.kind {
        Kind::Money | Kind::Rate | Kind::Number | Kind::Count => numbers(&shown.text),
        Kind::Date => days(&shown.text),
        Kind::Month => days(&format!("{}-15", shown.text))
            .iter()
            .map(|d| d[..7].to_owned())
            .filter(|m| *m != shown.text)
            .collect(),
        Kind::Flag => vec![(shown.text != "true").to_string()],
        Kind::Word => vec![format!("{}x", shown.text), String::new()],
    }
}

const SIGNS: &[&str] = &["+", "−", "×", "÷", "(", ")", "⌊", "⌋", "≥", "<", "≤", "→", ";", "≈", "x", ""];

const OPS: &[&str] = &[
    "given", "read", "formula", "greatest", "least", "round", "age", "birthday", "periods", "compare",
    "start", "due", "total", "count", "sum",
];

impl Alterations<'_> {
    fn of(certificate: &Certificate) -> Vec<Altered> {
        let mut all = Alterations { of: certificate, found: Vec::new() };
        all.head();
        for place in 0..certificate.steps.len() {
            all.step(place);
            all.tokens(place);
            all.law(place);
            all.missing_and_twice(place);
        }
        all.results();
        all.found
    }

    fn push(&mut self, what: impl Into<String>, held: Held, alter: impl FnOnce(&mut Certificate)) {
        let mut certificate = self.of.clone();
        alter(&mut certificate);
        let what = what.into();
        assert_ne!(certificate, *self.of, "{what}: nothing was altered");
        self.found.push(Altered { what, held, certificate });
    }

    /// True when a step or a result rests on that step.
    fn serves(&self, place: usize) -> bool {
        let number = u32::try_from(place + 1).expect("small");
        let mut tokens = self.of.steps.iter().flat_map(|s| &s.working);
        tokens.any(|t| t.origin == Origin::Step(number)) || self.of.results.iter().any(|r| r.step == number)
    }

    fn head(&mut self) {
        self.push("fund", Held::Law, |c| c.fund = if c.fund == "tg" { "ma" } else { "tg" }.to_owned());
        self.push("currency", Held::Law, |c| c.currency = "EUR".to_owned());
        self.push("exponent", Held::Law, |c| c.exponent += 1);
        let Some(first) =
            self.of.steps.iter().filter_map(|s| s.law.as_ref()).map(|l| day(&l.valid_from)).max()
        else {
            return;
        };
        // The law of a day on which a line that was used did not exist, or was not known.
        let before = (first - Days::new(1)).to_string();
        self.push("law_at", Held::Law, |c| c.law_at = Some(before.clone()));
        self.push("known_at", Held::Law, |c| c.known_at = Some(before));
        self.push("law_at, no day", Held::Law, |c| c.law_at = Some("2024-02-30".to_owned()));
    }

    fn results(&mut self) {
        for (place, result) in self.of.results.iter().enumerate() {
            for other in numbers(&result.text) {
                self.push(format!("result {} → {other}", result.text), Held::Law, |c| {
                    c.results[place].text = other
                });
            }
            self.push("name of a result", Held::Digest, |c| c.results[place].name.push('x'));
            for number in 0..=u32::try_from(self.of.steps.len() + 1).expect("small") {
                let to =
                    usize::try_from(number).expect("small").checked_sub(1).and_then(|p| self.of.steps.get(p));
                // Another step that shows the same amount gives it as well.
                let same = to.is_some_and(|s| s.value.text == result.text);
                if number != result.step && !same {
                    self.push(format!("result of step {number}"), Held::Law, |c| {
                        c.results[place].step = number
                    });
                }
            }
        }
    }

    fn step(&mut self, place: usize) {
        let step = &self.of.steps[place];
        let fact = matches!(step.op.as_str(), "given" | "count");
        let served = self.serves(place);
        for other in others(&step.value) {
            let held = if fact && !served { Held::Vouched } else { Held::Law };
            let what = format!("step {}: value {} → {other}", place + 1, step.value.text);
            self.push(what, held, |c| c.steps[place].value.text = other);
        }
        self.push(format!("step {}: label", place + 1), Held::Digest, |c| c.steps[place].label.push('x'));
        let held = if step.law.is_some() { Held::Law } else { Held::Digest };
        self.push(format!("step {}: rule", place + 1), held, |c| c.steps[place].rule.push('x'));
        for op in OPS.iter().filter(|op| **op != step.op) {
            // A value that is read is a formula of one number; a fact is a fact.
            let same = match (step.op.as_str(), *op) {
                ("given", "count") | ("count", "given") => true,
                // What one worker earned is, of one franc, also the formula « 1 ».
                ("given" | "count", "formula" | "greatest" | "least") => {
                    let altered = CertifiedStep { op: (*op).to_owned(), ..step.clone() };
                    evaluated(&altered).is_some_and(|n| Decimal::from_str(&step.value.text) == Ok(n))
                }
                ("read", "formula") => step.working.len() == 1 && step.value.kind != Kind::Word,
                ("formula", "read") => {
                    step.working.len() == 1 && matches!(step.working[0].origin, Origin::Law(_))
                }
                ("greatest", "least") | ("least", "greatest") => all_alike(step),
                _ => false,
            };
            let held = if same { Held::Vouched } else { Held::Law };
            self.push(format!("step {}: {} → {op}", place + 1, step.op), held, |c| {
                c.steps[place].op = (*op).to_owned();
            });
        }
    }

    fn tokens(&mut self, place: usize) {
        let step = &self.of.steps[place];
        for (at, token) in step.working.iter().enumerate() {
            let what = format!("step {} ({}), token {} ({})", place + 1, step.op, at + 1, token.shown.text);
            let texts = match &token.origin {
                Origin::Sign => {
                    SIGNS.iter().filter(|s| **s != token.shown.text).map(|s| (*s).to_owned()).collect()
                }
                _ => others(&token.shown),
            };
            for (nth, other) in texts.into_iter().enumerate() {
                let held = match token.origin {
                    Origin::Law(_) | Origin::Step(_) | Origin::Plain => Held::Law,
                    Origin::Sign if neutral(step, at, &other) => Held::Vouched,
                    Origin::Sign => Held::Law,
                    // A fact that is altered by much shows in what is computed from it.
                    Origin::Given if step.op == "formula" && nth == 0 && !truncated(step) => Held::Law,
                    Origin::Given => Held::Vouched,
                };
                self.push(format!("{what} → {other}"), held, |c| {
                    c.steps[place].working[at].shown.text = other
                });
            }
            self.origin(place, at, &what);
        }
    }

    fn origin(&mut self, place: usize, at: usize, what: &str) {
        let token = &self.of.steps[place].working[at];
        match &token.origin {
            Origin::Law(path) => {
                let other = format!("{path}x");
                self.push(format!("{what}: path"), Held::Law, |c| {
                    c.steps[place].working[at].origin = Origin::Law(other);
                });
                // What the law says does not pass for a fact, unless it is an amount or a count.
                let held = match token.shown.kind {
                    Kind::Rate if self.of.steps[place].op == "compare" => Held::Vouched,
                    Kind::Money | Kind::Count => Held::Vouched,
                    _ => Held::Law,
                };
                self.push(format!("{what}: given"), held, |c| {
                    c.steps[place].working[at].origin = Origin::Given
                });
            }
            Origin::Step(number) => {
                for other in 0..=u32::try_from(self.of.steps.len() + 1).expect("small") {
                    let to = usize::try_from(other).expect("small").checked_sub(1).filter(|p| *p < place);
                    let same = to.is_some_and(|p| self.of.steps[p].value == token.shown);
                    if other != *number && !same {
                        self.push(format!("{what}: of step {other}"), Held::Law, |c| {
                            c.steps[place].working[at].origin = Origin::Step(other);
                        });
                    }
                }
            }
            Origin::Given | Origin::Plain | Origin::Sign => {}
        }
    }

    fn law(&mut self, place: usize) {
        let step = &self.of.steps[place];
        let Some(law) = &step.law else { return };
        let number = place + 1;
        let other = |text: &Option<String>| match text {
            Some(text) => vec![Some(format!("{text} bis")), None],
            None => vec![Some("Journal officiel".to_owned())],
        };
        let mut put = |what: &str, held: Held, alter: &dyn Fn(&mut Law)| {
            self.push(format!("step {number}: {what}"), held, |c| {
                alter(c.steps[place].law.as_mut().expect("the same step"));
            });
        };
        put("source", Held::Law, &|l| l.source.push('x'));
        for new in other(&law.article) {
            put("article", Held::Law, &|l| l.article.clone_from(&new));
        }
        for new in other(&law.url) {
            put("url", Held::Law, &|l| l.url.clone_from(&new));
        }
        for status in ["verified", "secondary", "unverified", "sure"] {
            if status != law.status {
                put("status", Held::Law, &|l| l.status = status.to_owned());
            }
        }
        for new in other(&law.question) {
            // Whole periods leave no question open about a period begun.
            let held = if new.is_none() && step.op == "periods" { Held::Vouched } else { Held::Law };
            put("question", held, &|l| l.question.clone_from(&new));
        }
        for new in other(&law.rule_question) {
            put("rule_question", Held::Law, &|l| l.rule_question.clone_from(&new));
        }
        for new in days(&law.valid_from) {
            put("valid_from", Held::Law, &|l| l.valid_from.clone_from(&new));
        }
        let known = law.known_from.as_deref();
        for new in known.map_or_else(
            || vec![Some("2030-01-01".to_owned())],
            |k| days(k).into_iter().map(Some).chain([None]).collect(),
        ) {
            put("known_from", Held::Law, &|l| l.known_from.clone_from(&new));
        }
        // The day for which it was read is a fact, but no day before the line begins.
        let before = (day(&law.valid_from) - Days::new(1)).to_string();
        put("read_on", Held::Law, &|l| l.read_on.clone_from(&before));
        for new in days(&law.read_on) {
            put("read_on", Held::Vouched, &|l| l.read_on.clone_from(&new));
        }
        if let Some(born) = &law.born {
            for new in days(born) {
                put("born", Held::Vouched, &|l| l.born = Some(new.clone()));
            }
        }
        if law.category.is_some() {
            put("category", Held::Vouched, &|l| l.category = None);
        }
    }

    fn missing_and_twice(&mut self, place: usize) {
        let number = u32::try_from(place + 1).expect("small");
        let served = self.serves(place);
        let later = (place + 1..self.of.steps.len()).any(|p| self.serves(p));
        let twin = self.of.steps.iter().filter(|s| **s == self.of.steps[place]).count() > 1;
        // As it stands: all that refers beyond it is wrong.
        let held = if served || later { Held::Law } else { Held::Vouched };
        if !twin {
            self.push(format!("step {number} dropped"), held, |c| drop(c.steps.remove(place)));
            // Numbered anew: seen when something rests on it. That nothing is missing is not proven.
            let held = if served { Held::Law } else { Held::Digest };
            self.push(format!("step {number} dropped, numbered anew"), held, |c| {
                c.steps.remove(place);
                renumber(c, |n| {
                    if n > number {
                        n - 1
                    } else if n == number {
                        0
                    } else {
                        n
                    }
                });
            });
        }
        // References that slide by one may meet the same amount again: then the figures hold.
        let next = self.of.steps.get(place + 1);
        let slides = next.is_some_and(|n| n.value == self.of.steps[place].value && n.law.is_some());
        let held = if slides { Held::Vouched } else { Held::Law };
        self.push(format!("step {number} doubled"), held, |c| {
            c.steps.insert(place, c.steps[place].clone());
        });
        self.push(format!("step {number} doubled, numbered anew"), Held::Law, |c| {
            c.steps.insert(place, c.steps[place].clone());
            renumber(c, |n| if n > number { n + 1 } else { n });
        });
        self.push(format!("step {number} doubled at the end"), Held::Law, |c| {
            c.steps.push(c.steps[place].clone());
        });
    }
}

fn renumber(certificate: &mut Certificate, to: impl Fn(u32) -> u32) {
    for token in certificate.steps.iter_mut().flat_map(|s| &mut s.working) {
        if let Origin::Step(number) = &mut token.origin {
            *number = to(*number);
        }
    }
    for result in &mut certificate.results {
        result.step = to(result.step);
    }
}

/// A whole part is taken: what is altered below it does not show.
fn truncated(step: &CertifiedStep) -> bool {
    step.working.iter().any(|t| t.shown.text == "⌊")
}

/// Another sign may say the same: 15 × 1 is 15 ÷ 1, and of two bounds one does not count.
fn neutral(step: &CertifiedStep, at: usize, other: &str) -> bool {
    let mut altered = step.clone();
    altered.working[at].shown.text = other.to_owned();
    // As far as the value is shown; a step that shows a rounded number stands for a longer one.
    let near = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(2, 4);
    evaluated(step).zip(evaluated(&altered)).is_some_and(|(a, b)| near(a, b))
}

/// What a step gives, computed from what it shows.
fn evaluated(step: &CertifiedStep) -> Option<Decimal> {
    let texts: Vec<&str> = step.working.iter().map(|t| t.shown.text.as_str()).collect();
    match step.op.as_str() {
        "formula" => sum(&mut texts.as_slice(), true),
        "greatest" | "least" => {
            let parts: Option<Vec<_>> =
                texts.split(|t| *t == ";").map(|mut part| sum(&mut part, true)).collect();
            if step.op == "least" { parts?.into_iter().min() } else { parts?.into_iter().max() }
        }
        "round" => {
            let [before @ .., "≈", way, to] = texts.as_slice() else { return None };
            let (mut before, to) = (before, Decimal::from_str(to).ok()?);
            let parts = sum(&mut before, true)?.checked_div(to)?;
            Some(
                to * match *way {
                    "half_up" => parts.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero),
                    "down" => parts.trunc(),
                    _ => parts.ceil(),
                },
            )
        }
        _ => None,
    }
}

fn sum(texts: &mut &[&str], whole: bool) -> Option<Decimal> {
    let mut found = product(texts)?;
    while let [sign @ ("+" | "−"), rest @ ..] = texts {
        *texts = rest;
        let next = product(texts)?;
        found = if *sign == "+" { found.checked_add(next)? } else { found.checked_sub(next)? };
    }
    (!whole || texts.is_empty()).then_some(found)
}

fn product(texts: &mut &[&str]) -> Option<Decimal> {
    let mut found = factor(texts)?;
    while let [sign @ ("×" | "÷"), rest @ ..] = texts {
        *texts = rest;
        let next = factor(texts)?;
        found = if *sign == "×" { found.checked_mul(next)? } else { found.checked_div(next)? };
    }
    Some(found)
}

fn factor(texts: &mut &[&str]) -> Option<Decimal> {
    let (first, rest) = texts.split_first()?;
    *texts = rest;
    if !matches!(*first, "(" | "⌊") {
        return Decimal::from_str(first).ok();
    }
    let inner = sum(texts, false)?;
    let (close, rest) = texts.split_first()?;
    *texts = rest;
    match (*first, *close) {
        ("(", ")") => Some(inner),
        ("⌊", "⌋") => Some(inner.floor()),
        _ => None,
    }
}

/// The greatest and the smallest of equal numbers are the same.
fn all_alike(step: &CertifiedStep) -> bool {
    let mut parts = step.working.split(|t| t.shown.text == ";");
    let text = |part: &[Token]| part.iter().map(|t| t.shown.text.clone()).collect::<Vec<_>>();
    let first = parts.next().map(text);
    parts.all(|part| Some(text(part)) == first)
}

/// What is wrong with how `verify` takes an alteration.
fn wrong(of: &Certified, altered: &Altered, whole: bool) -> Option<String> {
    let Altered { what, held, certificate } = altered;
    let told = |problem: &str| Some(format!("{}: {what}: {problem}", of.place));
    let digest = certificate.digest_of();
    // With the digest that was kept: always refused.
    let kept = whole.then(|| verify(certificate, &of.fund));
    let tells = |kept: Result<(), Vec<Doubt>>| kept.is_err_and(|doubts| doubts.contains(&Doubt::Digest));
    if certificate.digest == digest || !kept.is_none_or(tells) {
        return told("the digest that was kept does not tell");
    }
    let forged = Certificate { digest, ..certificate.clone() };
    match (verify(&forged, &of.fund), held) {
        (Ok(()), Held::Law) => told("goes through with a digest of its own"),
        (Err(doubts), Held::Digest) => told(&format!("is refused: {doubts:?}")),
        (Err(doubts), _) if doubts.contains(&Doubt::Digest) => told("the digest is not the forger's"),
        _ => None,
    }
}

/// Every alteration of some certificates of a fund, across its files.
fn all_of_some(code: &str) {
    let all: Vec<Certified> = certified(code).into_iter().step_by(17).collect();
    assert!(!all.is_empty(), "{code}: no certificate");
    let (mut tried, mut problems) = (0_usize, Vec::new());
    for of in &all {
        for altered in Alterations::of(&of.certificate) {
            tried += 1;
            problems.extend(wrong(of, &altered, tried % 16 == 0));
        }
    }
    assert!(problems.is_empty(), "{} of {tried}\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_alteration_of_some_certificates_of_togo() {
    all_of_some("tg");
}

#[test]
fn every_alteration_of_some_certificates_of_morocco() {
    all_of_some("ma");
}

#[test]
fn every_alteration_of_some_certificates_of_djibouti() {
    all_of_some("dj");
}

#[test]
fn every_alteration_of_some_certificates_of_benin_and_tunisia() {
    all_of_some("bj");
    all_of_some("tn");
}

#[test]
fn every_alteration_of_some_certificates_of_the_example() {
    all_of_some("example");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Any alteration of any certificate.
    #[test]
    fn one_alteration_of_any_certificate(
        of in any::<prop::sample::Index>(),
        some in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let of = of.get(&ALL);
        let altered = Alterations::of(&of.certificate);
        for one in some {
            let one = one.get(&altered);
            prop_assert_eq!(wrong(of, one, true), None);
        }
    }
}
