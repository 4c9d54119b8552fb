//! Situations (cas pratiques): inputs and expected results that a jurist writes beside a fund,
//! run against its rules.
//!
//! The one rule to remember: an expected figure is published, or worked by hand; it is never the
//! program's own output.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug};
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::benefit::{FamilyClaim, GrantAmount, GrantClaim, Stopped, daily_benefit, family_benefit, grant};
use crate::calendar::Month;
use crate::certificate::{Certificate, CertificateError};
use crate::declaration::assess::assess;
use crate::entitlement::{Claim, Reason};
use crate::explain::Step;
use crate::fund::mechanism::Child;
use crate::fund::{Asked, Fund, Payer};
use crate::insured::{Career, CareerSpan, InsuredMonth};
use crate::ledger::{penalty, surcharge};
use crate::money::Money;
use crate::pension::{Deceased, Subject, simulate, survivors};
use crate::refusal::Refusal;

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
    /// The amounts by name.
    pub amounts: Vec<(String, Money)>,
}

impl Computed {
    /// Its certificate.
    ///
    /// # Errors
    /// [`CertificateError::NoStep`] when no step gives an amount.
    pub fn certificate(&self) -> Result<Certificate, CertificateError> {
        let amounts: Vec<(&str, Money)> = self.amounts.iter().map(|(n, a)| (n.as_str(), *a)).collect();
        Certificate::new(&self.fund, &self.steps, &amounts)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.told)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contributions {
    name: String,
    derivation: String,
    category: String,
    month: Month,
    wages: Vec<Decimal>,
    #[serde(default)]
    employer: String,
    #[serde(default)]
    worker: String,
    #[serde(default)]
    lines: BTreeMap<String, String>,
    due_date: Option<NaiveDate>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Surcharges {
    name: String,
    derivation: String,
    scheme: String,
    month: Option<Month>,
    due_date: Option<NaiveDate>,
    unpaid: Decimal,
    paid_on: NaiveDate,
    amount: Option<String>,
    #[serde(default)]
    rule_missing: bool,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Penalties {
    name: String,
    derivation: String,
    code: String,
    date: NaiveDate,
    workers: u32,
    months: u32,
    amount: Option<String>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: Month,
    to: Month,
    wage: Decimal,
    days: Option<u32>,
    category: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pensions {
    name: String,
    derivation: String,
    kind: String,
    birth_date: NaiveDate,
    award_date: NaiveDate,
    career: Vec<Span>,
    category: Option<String>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    degree: Option<Decimal>,
    #[serde(default)]
    third_person: bool,
    #[serde(default)]
    children: u32,
    #[serde(default)]
    spouses: u32,
    monthly_wage: Option<Decimal>,
    known_at: Option<NaiveDate>,
    law_at: Option<NaiveDate>,
    amount: Option<String>,
    reference_wage: Option<Decimal>,
    rate: Option<String>,
    insured: Option<u32>,
    starts_on: Option<NaiveDate>,
    later: Option<LaterAmount>,
    #[serde(default)]
    reasons: Vec<String>,
    short: Option<String>,
    buy_back: Option<u32>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LaterAmount {
    from: NaiveDate,
    amount: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChildFacts {
    birth_date: NaiveDate,
    #[serde(default)]
    student: bool,
    #[serde(default)]
    apprentice: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    orphan: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivors {
    name: String,
    derivation: String,
    date: NaiveDate,
    deceased_pension: Decimal,
    #[serde(default)]
    spouses: u32,
    #[serde(default)]
    children: Vec<ChildFacts>,
    #[serde(default)]
    shares: Vec<String>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Families {
    name: String,
    derivation: String,
    month: Month,
    monthly_wage: Option<Decimal>,
    category: Option<String>,
    children: Vec<ChildFacts>,
    career: Option<Vec<Span>>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    amount: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MonthWage {
    month: Month,
    wage: Decimal,
    days: Option<u32>,
    category: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dailies {
    name: String,
    derivation: String,
    kind: String,
    from: NaiveDate,
    to: NaiveDate,
    wages: Vec<MonthWage>,
    birth_date: Option<NaiveDate>,
    category: Option<String>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    degree: Option<Decimal>,
    monthly_wage: Option<Decimal>,
    #[serde(default)]
    periods: Vec<String>,
    amount: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grants {
    name: String,
    derivation: String,
    code: String,
    date: NaiveDate,
    #[serde(default)]
    parts: Vec<String>,
    #[serde(default = "one")]
    months: u32,
    birth_date: Option<NaiveDate>,
    monthly_wage: Option<Decimal>,
    category: Option<String>,
    registered_on: Option<NaiveDate>,
    #[serde(default)]
    proofs: BTreeSet<String>,
    degree: Option<Decimal>,
    career: Option<Vec<Span>>,
    amount: Option<String>,
    least: Option<String>,
    most: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    known_at: Option<NaiveDate>,
    refused: Option<String>,
}

const fn one() -> u32 {
    1
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identifiers {
    name: String,
    derivation: String,
    code: String,
    given: Vec<String>,
    valid: bool,
    meaning: Option<String>,
}

/// What is compared: figures by name, or the code of a refusal.
type Figures = BTreeMap<&'static str, String>;

fn put(figures: &mut Figures, name: &'static str, value: Option<impl ToString>) {
    if let Some(value) = value {
        figures.insert(name, value.to_string());
    }
}

fn codes(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::code).collect::<Vec<_>>().join(", ")
}

/// The word by which a situation names a refusal.
fn refusal_word(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OpenQuestion { question: (key, _), .. } => key.to_string(),
        other => other.code().to_owned(),
    }
}

fn career(spans: &[Span]) -> Result<Career, Refusal> {
    let spans: Vec<CareerSpan> = spans
        .iter()
        .map(|s| CareerSpan {
            from: s.from,
            to: s.to,
            wage: s.wage,
            days: s.days,
            category: s.category.as_deref().map(Arc::from),
        })
        .collect();
    Career::from_spans(&spans)
}

fn children(facts: &[ChildFacts]) -> Vec<Child> {
    facts
        .iter()
        .map(|c| Child {
            birth_date: c.birth_date,
            student: c.student,
            apprentice: c.apprentice,
            disabled: c.disabled,
            orphan: c.orphan,
        })
        .collect()
}

impl Situations {
    /// Reads a file of situations.
    ///
    /// # Errors
    /// Where the file is not the TOML that is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())
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
        Self { fund, failures, first_only: false, only: None, at: 0, broken_at: None, outcomes: None, kept }
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
    }

    fn each<S>(
        &mut self,
        all: &[S],
        words: impl Fn(&S) -> (&String, &String),
        figures: impl Fn(&Fund, &S, &mut Kept) -> (Figures, Result<Figures, Refusal>),
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
            let got = got.unwrap_or_else(|refusal| [("refused", refusal_word(&refusal))].into());
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

/// The fund as it was known on a day.
fn known(fund: &Fund, law_at: Option<NaiveDate>, known_at: Option<NaiveDate>) -> Option<Fund> {
    (law_at.is_some() || known_at.is_some())
        .then(|| fund.as_of(law_at.unwrap_or(NaiveDate::MAX), known_at.unwrap_or(NaiveDate::MAX)))
}

fn contributions(fund: &Fund, s: &Contributions, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    let shown = |lines: &BTreeMap<String, String>| format!("{lines:?}");
    if s.refused.is_none() {
        put(&mut expected, "employer", Some(&s.employer));
        put(&mut expected, "worker", Some(&s.worker));
        put(&mut expected, "lines", Some(shown(&s.lines)));
        put(&mut expected, "due_date", s.due_date);
    }
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = assess(fund, &s.category, s.month, &s.wages).and_then(|got| {
        kept.keep(&s.name, fund, &got.steps, got.lines.iter().map(|l| (&*l.rule, l.amount)).collect());
        let mut figures = Figures::new();
        put(&mut figures, "employer", Some(got.total_of(Payer::Employer)?));
        put(&mut figures, "worker", Some(got.total_of(Payer::Worker)?));
        let lines =
            got.lines.iter().map(|l| (format!("{}.{}", l.branch, l.payer.code()), l.amount.to_string()));
        put(&mut figures, "lines", Some(shown(&lines.collect())));
        put(&mut figures, "due_date", got.due_date);
        Ok(figures)
    });
    (expected, got)
}

fn surcharges(fund: &Fund, s: &Surcharges, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "rule_missing", s.rule_missing.then_some(true));
    put(&mut expected, "amount", s.amount.as_ref().filter(|_| !s.rule_missing));
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = (|| {
        let due = match (s.due_date, s.month) {
            (Some(due), _) => due,
            (None, Some(month)) => {
                fund.contributions.due.need(&Asked::on(month.first_day()))?.value.for_month(month)
            }
            (None, None) => return Err(Refusal::NotFound),
        };
        let got = surcharge(fund, &s.scheme, Money::new(s.unpaid, fund.currency)?, due, s.paid_on)?;
        let known = Some(("amount", got.amount)).filter(|_| !got.rule_missing && !got.steps.is_empty());
        kept.keep(&s.name, fund, &got.steps, known.into_iter().collect());
        let mut figures = Figures::new();
        match (got.rule_missing, got.question) {
            (true, Some((key, _))) if s.refused.is_some() => put(&mut figures, "refused", Some(key)),
            (true, None) if s.refused.is_some() => put(&mut figures, "refused", Some("no_rule")),
            (true, _) => put(&mut figures, "rule_missing", Some(true)),
            (false, _) => put(&mut figures, "amount", Some(got.amount)),
        }
        Ok(figures)
    })();
    (expected, got)
}

fn penalties(fund: &Fund, s: &Penalties, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = penalty(fund, &s.code, s.date, s.workers, s.months).map(|got| {
        kept.keep(&s.name, fund, &got.steps, vec![("amount", got.amount)]);
        let mut figures = Figures::new();
        put(&mut figures, "amount", Some(got.amount));
        figures
    });
    (expected, got)
}

fn pensions(fund: &Fund, s: &Pensions, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "reference_wage", s.reference_wage.map(|r| r.normalize()));
    put(&mut expected, "rate", s.rate.as_ref());
    put(&mut expected, "insured", s.insured);
    put(&mut expected, "starts_on", s.starts_on);
    put(&mut expected, "later", s.later.as_ref().map(|l| format!("{} from {}", l.amount, l.from)));
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    put(&mut expected, "short", s.short.as_ref());
    put(&mut expected, "buy_back", s.buy_back);
    let as_known = known(fund, s.law_at, s.known_at);
    let got = career(&s.career).and_then(|career| {
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            degree: s.degree,
            third_person: s.third_person,
            children: s.children,
            spouses: s.spouses,
            monthly_wage: s.monthly_wage,
        };
        let subject =
            Subject { birth_date: s.birth_date, award_date: s.award_date, career: &career, claim: &claim };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = simulate(fund, &subject, &s.kind)?;
        let later = got.award.and_then(|a| a.later);
        let amounts = [
            ("amount", got.award.map(|a| a.monthly)),
            ("later", later.map(|l| l.monthly)),
            ("short", got.short),
        ];
        let amounts = amounts.into_iter().filter_map(|(name, amount)| Some((name, amount?)));
        kept.keep(&s.name, fund, &got.steps, amounts.collect());
        let mut figures = Figures::new();
        let award = got.award;
        put(&mut figures, "amount", award.map(|a| a.monthly));
        put(&mut figures, "reference_wage", award.and_then(|a| a.reference).map(|r| r.amount().normalize()));
        put(&mut figures, "rate", award.and_then(|a| a.rate));
        put(&mut figures, "insured", s.insured.map(|_| got.insured));
        put(&mut figures, "starts_on", award.map(|a| a.starts_on).filter(|_| s.starts_on.is_some()));
        put(&mut figures, "later", later.map(|l| format!("{} from {}", l.monthly, l.from)));
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        put(&mut figures, "short", got.short);
        put(&mut figures, "buy_back", got.buy_back.filter(|_| s.buy_back.is_some()));
        // What a situation does not mention is not compared.
        for (name, wanted) in [("reference_wage", s.reference_wage.is_some()), ("rate", s.rate.is_some())] {
            if !wanted {
                figures.remove(name);
            }
        }
        Ok(figures)
    });
    (expected, got)
}

fn survivor_shares(fund: &Fund, s: &Survivors, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "shares", Some(s.shares.join(", ")).filter(|_| s.refused.is_none()));
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = (|| {
        let children = children(&s.children);
        let pension = Money::new(s.deceased_pension, fund.currency)?;
        let deceased = Deceased { date: s.date, pension, spouses: s.spouses, children: &children };
        let got = survivors(fund, &deceased)?;
        let amounts = got.shares.iter().map(|s| (s.who.code(), s.amount)).collect();
        kept.keep(&s.name, fund, &got.steps, amounts);
        let shares: Vec<String> =
            got.shares.iter().map(|s| format!("{} {}", s.who.code(), s.amount)).collect();
        let mut figures = Figures::new();
        put(&mut figures, "shares", Some(shares.join(", ")));
        Ok(figures)
    })();
    (expected, got)
}

fn families(fund: &Fund, s: &Families, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let got = (|| {
        let career = s.career.as_deref().map(career).transpose()?;
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let children = children(&s.children);
        let asked =
            FamilyClaim { month: s.month, children: &children, career: career.as_ref(), claim: &claim };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = family_benefit(fund, &asked)?;
        kept.keep(&s.name, fund, &got.steps, got.amount.map(|a| ("amount", a)).into_iter().collect());
        let mut figures = Figures::new();
        put(&mut figures, "amount", got.amount);
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(figures)
    })();
    (expected, got)
}

fn dailies(fund: &Fund, s: &Dailies, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    let answered = s.refused.is_none() && s.reasons.is_empty();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "periods", Some(s.periods.join(", ")).filter(|_| answered));
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let got = (|| {
        let career = Career::from_insured(s.wages.iter().map(|w| InsuredMonth {
            month: w.month,
            wage: w.wage,
            days: w.days,
            category: w.category.as_deref().map(Arc::from),
        }));
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            degree: s.degree,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let stopped =
            Stopped { from: s.from, to: s.to, birth_date: s.birth_date, career: &career, claim: &claim };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = daily_benefit(fund, &s.kind, &stopped)?;
        let periods = got.periods.iter().map(|p| ("period", p.amount));
        let amounts = got.amount.map(|a| ("amount", a)).into_iter().chain(periods).collect();
        kept.keep(&s.name, fund, &got.steps, amounts);
        let mut figures = Figures::new();
        let periods: Vec<String> =
            got.periods.iter().map(|p| format!("{} {} {}", p.from, p.to, p.amount)).collect();
        put(&mut figures, "periods", Some(periods.join(", ")).filter(|_| got.reasons.is_empty()));
        put(&mut figures, "amount", got.amount);
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(figures)
    })();
    (expected, got)
}

fn grants(fund: &Fund, s: &Grants, kept: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "least", s.least.as_ref());
    put(&mut expected, "most", s.most.as_ref());
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let got = (|| {
        let career = s.career.as_deref().map(career).transpose()?;
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            degree: s.degree,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let asked = GrantClaim {
            date: s.date,
            birth_date: s.birth_date,
            parts: &s.parts,
            months: s.months,
            career: career.as_ref(),
            claim: &claim,
        };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = grant(fund, &s.code, &asked)?;
        let amounts = match got.amount {
            Some(GrantAmount::Exactly(amount)) => vec![("amount", amount)],
            Some(GrantAmount::Between(least, most)) => vec![("least", least), ("most", most)],
            None => Vec::new(),
        };
        kept.keep(&s.name, fund, &got.steps, amounts);
        let mut figures = Figures::new();
        match got.amount {
            Some(GrantAmount::Exactly(amount)) => put(&mut figures, "amount", Some(amount)),
            Some(GrantAmount::Between(least, most)) => {
                put(&mut figures, "least", Some(least));
                put(&mut figures, "most", Some(most));
            }
            None => {}
        }
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(figures)
    })();
    (expected, got)
}

fn identifiers(fund: &Fund, s: &Identifiers, _: &mut Kept) -> (Figures, Result<Figures, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "valid", Some(vec![s.valid.to_string(); s.given.len()].join(", ")));
    put(&mut expected, "meaning", s.meaning.as_ref());
    let Some(identifier) = fund.identifiers.find(&s.code) else {
        return (expected, Err(Refusal::NotOffered { what: s.code.clone() }));
    };
    let read: Vec<_> = s
        .given
        .iter()
        .map(|given| {
            // A phone is also written with the country's prefix.
            let bare: String = given.chars().filter(|c| !c.is_whitespace()).collect();
            let national = bare.strip_prefix(&fund.phone_prefix).map(str::to_owned);
            identifier
                .read(&national.filter(|_| s.code.starts_with("phone.")).unwrap_or_else(|| given.clone()))
        })
        .collect();
    let mut figures = Figures::new();
    let valid: Vec<String> = read.iter().map(|r| r.is_ok().to_string()).collect();
    put(&mut figures, "valid", Some(valid.join(", ")));
    let meaning = read.iter().flatten().find_map(|i| i.meaning.clone());
    put(&mut figures, "meaning", meaning.filter(|_| s.meaning.is_some()));
    (expected, Ok(figures))
}
