//! How large a certificate may be, so that a hostile one costs next to nothing.

use crate::certificate::{Certificate, CertifiedResult, CertifiedStep, Law, Shown, Token};

/// The most steps, and the most results. A real computation has some dozens.
const STEPS: usize = 1_000;

/// The most tokens in one working. A sum over periods of a long career has some hundreds.
const TOKENS: usize = 2_000;

/// The most tokens in all.
const TOKENS_IN_ALL: usize = 20_000;

/// The longest text, in bytes: an address, a source.
const TEXT: usize = 2_000;

/// The longest number, date, word or sign, in bytes.
const VALUE: usize = 100;

/// True when it is larger than any computation.
pub(super) fn beyond(certificate: &Certificate) -> bool {
    let Certificate { fund, currency, exponent: _, law_at, known_at, steps, results, digest } = certificate;
    let own = [Some(fund), Some(currency), law_at.as_ref(), known_at.as_ref(), Some(digest)];
    let tokens = || steps.iter().map(|step| step.working.len());
    steps.len() > STEPS
        || results.len() > STEPS
        || tokens().any(|of_one| of_one > TOKENS)
        || tokens().sum::<usize>() > TOKENS_IN_ALL
        || own.into_iter().flatten().any(|text| long(text))
        || steps.iter().any(step)
        || results.iter().any(|CertifiedResult { name, text, step: _ }| long(name) || text.len() > VALUE)
}

fn long(text: &str) -> bool {
    text.len() > TEXT
}

fn step(CertifiedStep { rule, label, op, value, working, law }: &CertifiedStep) -> bool {
    let words = [rule, label, op].into_iter().any(|text| long(text));
    words || shown(value) || working.iter().any(token) || law.as_ref().is_some_and(of_law)
}

fn token(Token { shown: value, origin }: &Token) -> bool {
    shown(value) || matches!(origin, crate::certificate::Origin::Law(path) if long(path))
}

fn shown(Shown { text, kind: _, unit }: &Shown) -> bool {
    text.len() > VALUE || unit.as_ref().is_some_and(|unit| unit.len() > VALUE)
}

fn of_law(law: &Law) -> bool {
    let Law {
        article,
        source,
        url,
        status,
        question,
        rule_question,
        valid_from,
        known_from,
        read_on,
        born,
        category,
    } = law;
    let sure = [source, status, valid_from, read_on].into_iter().any(|text| long(text));
    let more = [article, url, question, rule_question, known_from, born, category];
    sure || more.into_iter().flatten().any(|text| long(text))
}
