//! The verifier (vérificateur): replays a certificate and says everything that does not hold.
//!
//! It shares no arithmetic, no calendar and no rule with the engine that computes: its fractions,
//! its days and its choice of a line of the law are its own, and of the fund it reads the text of
//! the law only. The one rule to remember: what it cannot replay, it refuses.
//!
//! # What a certificate that verifies proves
//!
//! - Every number and word of the law in it stands in the fund's data, at that place, in that
//!   line, with that article, source, address, status, question, first day and day of publication.
//! - That line is the one in force on the day named, for the birth and category named, in the law
//!   as it stood and was known on the days named.
//! - Every value is what its working gives, to the last digit, from the *exact* values of the
//!   steps before, and what is shown is the named rounding of it. Where contributions are rounded
//!   for each of many workers, the sum is right to one smallest unit a worker.
//! - Every reference is to an earlier step that shows that value, and the results are the values
//!   of computed steps. A person is held against a condition by the sign that the condition asks for.
//! - It names one birth; it holds no step twice of which one serves nothing; no share and no plain
//!   number of a computation passes for a fact; and it is no larger than a computation can be.
//! - With a digest that was kept elsewhere or signed: that nothing at all was changed since.
//!
//! So whoever alters **one** number, day, article, source, address, status, question, sign or
//! reference is refused even with a digest computed anew, but for what follows.
//!
//! # What it does not prove
//!
//! Only the digest holds these against somebody who computes everything that follows again:
//!
//! - **Facts** (`given`, and steps `given` and `count`): births, days asked for, wages, how many
//!   months, days, workers or children count and within which months, whether work has ceased, papers, the category, the
//!   days for which the law is read, for how many months a line that is read again held, and which
//!   wages were brought to a limit. Whoever signs the certificate vouches for them. A fact that is
//!   altered alone is noticed where a figure follows from it; not where none does: a wage above a
//!   ceiling, a day within the same month of an age, a paper that was brought. An amount or a count
//!   may be called a fact although it is the law's or an earlier step's.
//! - That the steps are **all** that the law asks for, in its order: a certificate from which a
//!   condition was left out on which nothing rests, or an adjustment with everything after it
//!   computed again, is a true computation of something else. The same engine run again on the
//!   facts tells.
//! - What comes **to the same**: « 15 ÷ 1 » for « 15 × 1 », the smallest for the greatest of equal
//!   numbers, another step that shows the same value; that whole periods leave the question open
//!   how a period begun counts.
//! - **Words**: labels, names of results, names of steps that rest on no law, units and kinds that
//!   nothing is computed from.
//! - Who made it. The digest is no signature: anybody can compute it.
//!
//! The tests alter every part of some dozens of certificates of every fund, one after the other,
//! and keep this list true.

use crate::certificate::{Certificate, CertifiedStep, Kind, Origin};
use crate::fund::Fund;

mod day;
mod formula;
mod fraction;
mod law;
mod periods;
mod replay;
mod size;
mod worth;

/// Something in a certificate that does not hold. Steps are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The digest is not that of the rest.
    #[error("the digest is not that of the certificate")]
    Digest,
    /// It was made with another fund, or in another currency.
    #[error("the certificate is of another fund or currency")]
    Fund,
    /// It is larger than any computation: nothing of it was looked at.
    #[error("the certificate is larger than any computation")]
    Size,
    /// Two births are named.
    #[error("the certificate names more than one birth")]
    Births,
    /// A step stands there twice, and one of the times no other step rests on it.
    #[error("step {step}: the same step stands before, and nothing rests on one of the two")]
    Twice {
        /// Which step.
        step: u32,
    },
    /// No line of that rule is in force on that day for that person.
    #[error("step {step}: no line of {rule:?} is in force")]
    NoLine {
        /// Which step.
        step: u32,
        /// The rule.
        rule: String,
    },
    /// The line in force says otherwise.
    #[error("step {step}: the law says otherwise: {field}")]
    Law {
        /// Which step.
        step: u32,
        /// `source`, `valid_from`, or the path of a number.
        field: String,
    },
    /// A token that refers to no earlier step, or shows another value than it.
    #[error("step {step}: {text:?} is not the value of the step that it refers to")]
    Reference {
        /// Which step.
        step: u32,
        /// What the token shows.
        text: String,
    },
    /// The working cannot be replayed.
    #[error("step {step}: the working cannot be replayed")]
    Working {
        /// Which step.
        step: u32,
    },
    /// The working gives another value than the one that is shown.
    #[error("step {step}: the working does not give {text:?}")]
    Value {
        /// Which step.
        step: u32,
        /// What is shown.
        text: String,
    },
    /// A result is not the value of the step that it names.
    #[error("{name:?} is not the value of its step")]
    Result {
        /// The result.
        name: String,
    },
}

/// Replays a certificate against the law of a fund.
///
/// # Errors
/// Every doubt, in the order of the certificate.
///
/// ```
/// use cnss_core::{calendar::parse_date, certificate::Certificate, fund::Fund, money::Money};
/// use cnss_core::{ledger::surcharge, verify::{Doubt, verify}};
/// let togo = Fund::builtin("tg")?;
/// let unpaid = Money::new(1_000_000.into(), togo.currency)?;
/// let due = parse_date("2024-02-15")?;
/// let late = surcharge(&togo, "cnss", unpaid, due, parse_date("2024-05-16")?)?;
/// let honest = Certificate::new(&togo, &late.steps, &[("amount", late.amount)])?;
/// assert_eq!(verify(&honest, &togo), Ok(()));
///
/// // Another source, with a digest that fits it: the law knows better.
/// let mut altered = honest.clone();
/// if let Some(law) = altered.steps.iter_mut().rev().find_map(|step| step.law.as_mut()) {
///     law.source = "Journal officiel".to_owned();
/// }
/// altered.digest = altered.digest_of();
/// let doubts = verify(&altered, &togo).expect_err("altered");
/// assert!(matches!(&doubts[..], [Doubt::Law { field, .. }] if field == "source"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(certificate: &Certificate, fund: &Fund) -> Result<(), Vec<Doubt>> {
    if size::beyond(certificate) {
        return Err(vec![Doubt::Size]);
    }
    let mut doubts = Vec::new();
    if certificate.digest != certificate.digest_of() {
        doubts.push(Doubt::Digest);
    }
    let currency = (fund.currency.code(), fund.currency.exponent());
    if certificate.fund != fund.code || (certificate.currency.as_str(), certificate.exponent) != currency {
        doubts.push(Doubt::Fund);
    }
    let mut births = certificate.steps.iter().flat_map(births);
    if let Some(first) = births.next()
        && births.any(|other| other != first)
    {
        doubts.push(Doubt::Births);
    }
    doubts.extend(twice(certificate));
    let mut replay = replay::Replay::new(certificate, fund);
    for step in &certificate.steps {
        doubts.extend(replay.step(step));
    }
    for result in &certificate.results {
        let step = earlier(certificate, result.step, certificate.steps.len());
        let sound = step.is_some_and(|step| {
            step.value.text == result.text
                && step.value.kind == Kind::Money
                && !matches!(step.op.as_str(), "given" | "count")
        });
        if !sound {
            doubts.push(Doubt::Result { name: result.name.clone() });
        }
    }
    if doubts.is_empty() { Ok(()) } else { Err(doubts) }
}

/// The births that a step names: the one that chose its line, and the one from which it counts.
fn births(step: &CertifiedStep) -> impl Iterator<Item = &str> {
    let own = step.law.as_ref().and_then(|law| law.born.as_deref());
    let dates = || step.working.iter().filter(|t| t.shown.kind == Kind::Date && t.origin == Origin::Given);
    let counted = match step.op.as_str() {
        "birthday" => dates().next(),
        // Years of registration are counted in the same way.
        "age" if step.rule == "age" => dates().next(),
        // From the entry → the birthday (the birth).
        "periods" => dates().nth(1),
        _ => None,
    };
    own.into_iter().chain(counted.map(|token| token.shown.text.as_str()))
}

/// Steps that say again what one before them says, while no step rests on the one or the other.
fn twice(certificate: &Certificate) -> Vec<Doubt> {
    let steps = &certificate.steps;
    let at = |number: u32| number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    let mut used = vec![false; steps.len()];
    for (place, step) in steps.iter().enumerate().rev() {
        // What only repeats an amount, and itself serves nothing, is no use of it.
        let repeats = step.law.is_none() && step.op == "formula" && step.working.len() == 1;
        let result = || certificate.results.iter().any(|result| at(result.step) == Some(place));
        if repeats && used.get(place) != Some(&true) && !result() {
            continue;
        }
        for token in &step.working {
            let Origin::Step(number) = token.origin else { continue };
            if let Some(used) = at(number).and_then(|place| used.get_mut(place)) {
                *used = true;
            }
        }
    }
    let all: Vec<_> = (1_u32..).zip(steps.iter().zip(used)).collect();
    all.iter()
        .enumerate()
        .filter(|(place, (_, (step, used)))| {
            all.iter().take(*place).any(|(_, (other, other_used))| !(*used && *other_used) && other == step)
        })
        .map(|(_, (step, _))| Doubt::Twice { step: *step })
        .collect()
}

/// The step of that number, if it stands before place `end`.
fn earlier(certificate: &Certificate, number: u32, end: usize) -> Option<&CertifiedStep> {
    let place = usize::try_from(number.checked_sub(1)?).ok().filter(|place| *place < end)?;
    certificate.steps.get(place)
}
