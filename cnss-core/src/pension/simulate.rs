//! The simulator (simulateur de pension): conditions, then the amount, then the caveats.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::adjust::{Adjusting, result};
use super::{rate, reference, short};
use crate::calendar::Month;
use crate::entitlement::{Claim, Counted, Facts, Reason, check};
use crate::exact::Exact;
use crate::explain::{
    Caveat, Cite, Figure, Op, Piece, Step, Value, Working, caveats, plain, shown_money, shown_rate,
};
use crate::fund::mechanism::{Mechanism, Start, Unit};
use crate::fund::{Asked, Fund, PensionKind, Rule};
use crate::insured::Career;
use crate::money::Money;
use crate::refusal::{Fault, FaultKind, Refusal};

/// Whose pension, and from when.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Birth date.
    pub birth_date: NaiveDate,
    /// The day from which the pension is asked for (date de départ).
    pub award_date: NaiveDate,
    /// The career.
    pub career: &'a Career,
    /// Facts that only some rules ask for.
    pub claim: &'a Claim,
}

/// A claim without any special fact.
pub(super) static NOTHING_CLAIMED: Claim = Claim {
    category: None,
    registered_on: None,
    proofs: std::collections::BTreeSet::new(),
    degree: None,
    third_person: false,
    children: 0,
    spouses: 0,
    monthly_wage: None,
};

impl<'a> Subject<'a> {
    /// Somebody of whom nothing more is known.
    #[must_use]
    pub fn new(birth_date: NaiveDate, award_date: NaiveDate, career: &'a Career) -> Self {
        Self { birth_date, award_date, career, claim: &NOTHING_CLAIMED }
    }
}

/// A case as the mechanisms see it.
pub(super) struct Case<'a> {
    pub fund: &'a Fund,
    pub birth_date: NaiveDate,
    pub career: &'a Career,
    pub claim: &'a Claim,
    /// For which day and whom the law is read.
    pub asked: Asked<'a>,
    /// The first month that may be paid; months before it count.
    pub entry: Month,
    /// The day from which payment is asked for, moved to the first of a month where the law says so.
    pub entry_on: NaiveDate,
    pub counted: Counted,
}

/// The pension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// By month.
    pub monthly: Money,
    /// The reference pay; none for points.
    pub reference: Option<Money>,
    /// The share of it; none for points.
    pub rate: Option<Decimal>,
    /// First day that is paid.
    pub starts_on: NaiveDate,
    /// What it becomes when a reduction ends.
    pub later: Option<Later>,
}

/// What a pension becomes when a reduction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// From this day on.
    pub from: NaiveDate,
    /// By month.
    pub monthly: Money,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Code of the kind of pension.
    pub kind: Arc<str>,
    /// The pension, when nothing is missing.
    pub award: Option<Award>,
    /// The lump sum of a short career, when insured time is all that is missing and the fund
    /// knows the amount.
    pub short: Option<Money>,
    /// How many missing units may be bought.
    pub buy_back: Option<u32>,
    /// Insured time before the entry.
    pub insured: u32,
    /// Its unit.
    pub unit: Unit,
    /// Months with pay before the entry.
    pub insured_months: u32,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What is missing.
    pub reasons: Vec<Reason>,
    /// What to know before relying on it.
    pub caveats: Vec<Caveat>,
}

impl Simulation {
    /// True when nothing is missing.
    #[must_use]
    pub const fn eligible(&self) -> bool {
        self.award.is_some()
    }
}

/// Simulates a pension of the kind `kind` (`normal`, `early`, or another of the fund's).
///
/// # Errors
/// [`Refusal::Invalid`] when the award comes before birth; [`Refusal::NotOffered`] for a kind that
/// the fund does not have; [`Refusal::NoRule`] and [`Refusal::OpenQuestion`] when the law is not
/// known; an amount beyond what the books accept.
///
/// ```
/// use cnss_core::insured::{Career, CareerSpan};
/// use cnss_core::pension::{Subject, simulate};
/// use cnss_core::calendar::parse_date;
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let career = Career::from_spans(&[CareerSpan::new("1994-06".parse()?, "2024-05".parse()?, 200_000.into())])?;
/// let subject = Subject::new(parse_date("1964-05-01")?, parse_date("2024-06-01")?, &career);
/// let pension = simulate(&togo, &subject, "normal")?.award.expect("entitled");
/// assert_eq!(pension.monthly.to_string(), "79900");  // 200 000 × 39,95 %
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn simulate(fund: &Fund, subject: &Subject<'_>, kind: &str) -> Result<Simulation, Refusal> {
    run(fund, subject, kind, Working::kept())
}

/// The same without steps and caveats, for many persons at once.
///
/// # Errors
/// As [`simulate`].
pub fn amount_only(fund: &Fund, subject: &Subject<'_>, kind: &str) -> Result<Option<Award>, Refusal> {
    Ok(run(fund, subject, kind, Working::quiet())?.award)
}

fn run(fund: &Fund, subject: &Subject<'_>, kind: &str, mut working: Working) -> Result<Simulation, Refusal> {
    let rules = fund
        .pension
        .kind(kind)
        .ok_or_else(|| Refusal::NotOffered { what: kind.chars().take(40).collect() })?;
    if let Some(kind) = FaultKind::of_life(Some(subject.birth_date), Some(subject.award_date)) {
        return Err(Refusal::Invalid(vec![Fault::field("award_date", kind)]));
    }
    let asked = Asked {
        date: subject.award_date,
        born: Some(subject.birth_date),
        category: subject.claim.category.as_deref(),
    };
    let entry_on = entry_on(fund, rules, &asked);
    let entry = Month::of(entry_on);
    let before = subject.career.before(entry);
    let case = Case {
        fund,
        birth_date: subject.birth_date,
        career: subject.career,
        claim: subject.claim,
        asked,
        entry,
        entry_on,
        counted: Counted::of(fund, subject.career, before, &asked)?,
    };
    let facts = Facts {
        birth_date: Some(subject.birth_date),
        date: subject.award_date,
        // Ages are those of the day asked for; months count until payment begins.
        checked_on: subject.award_date,
        entry,
        career: Some(subject.career),
        claim: subject.claim,
    };
    let checked = check(fund, &rules.conditions, &facts, &mut working)?;
    // The answer tells it, whether or not a condition asks for it.
    case.counted.figure(fund, &asked, &mut working)?;
    let mut answer = Simulation {
        kind: Arc::clone(&rules.code),
        award: None,
        short: None,
        buy_back: None,
        insured: case.counted.units,
        unit: case.counted.unit,
        insured_months: u32::try_from(before.len()).unwrap_or(u32::MAX),
        steps: Vec::new(),
        reasons: checked.reasons,
        caveats: Vec::new(),
    };
    let mut more = Vec::new();
    if answer.reasons.is_empty() {
        answer.award = Some(award(&case, rules, (checked.reached_on, checked.reached_by), &mut working)?);
    } else if answer.reasons.iter().all(|r| matches!(r, Reason::TooFewUnits { .. })) {
        (answer.short, more) = short::short(&case, rules, &mut working);
        answer.buy_back = short::buy_back(&case, rules, &answer.reasons);
    }
    answer.steps = working.into_steps();
    answer.caveats = caveats(&answer.steps);
    more.extend(checked.unchecked.into_iter().map(Caveat::Unchecked));
    for caveat in more {
        if !answer.caveats.contains(&caveat) {
            answer.caveats.push(caveat);
        }
    }
    Ok(answer)
}

/// The day from which payment is asked for: the first of a month where the law pays whole months.
pub(crate) fn entry_on(fund: &Fund, kind: &PensionKind, asked: &Asked<'_>) -> NaiveDate {
    let month = Month::of(asked.date);
    // A start that is not known stands in the way of the award, not of checking conditions.
    match start_rule(fund, kind, asked) {
        Ok(Some((_, _, Start::NextMonth))) if month.first_day() != asked.date => month.plus(1).first_day(),
        _ => asked.date,
    }
}

pub(crate) type StartLine<'a> = (&'a Rule, &'a crate::fund::Dated<Mechanism>, Start);

pub(crate) fn start_rule<'a>(
    fund: &'a Fund,
    kind: &PensionKind,
    asked: &Asked<'_>,
) -> Result<Option<StartLine<'a>>, Refusal> {
    let Some(rule) = kind.start.and_then(|place| fund.rules.get(place)) else { return Ok(None) };
    let line = rule.need(asked)?;
    match &line.value {
        Mechanism::Start(start) => Ok(Some((rule, line, *start))),
        Mechanism::Open(name) => Err(crate::entitlement::open(fund, rule, name)),
        _ => Ok(None),
    }
}

fn award(
    case: &Case<'_>,
    kind: &PensionKind,
    reached: (Option<NaiveDate>, Option<(u32, Cite)>),
    working: &mut Working,
) -> Result<Award, Refusal> {
    let fund = case.fund;
    let currency = fund.currency;
    let starts_on = starts_on(case, kind, reached, working)?;
    let (reference, rate, before) = before_adjustments(case, kind, working)?;
    let mut adjusting = Adjusting { case, reference, later: false, ends_on: None };
    let label = &fund.pension.labels.amount;
    let adjusted = adjusting.all(&kind.adjustments, before, working)?;
    let later = match adjusting.ends_on {
        None => None,
        Some(from) => {
            let mut again = Adjusting { case, reference, later: true, ends_on: None };
            let amount = again.all(&kind.adjustments, before, working)?;
            Some(Later { from, monthly: money(result(case, label, amount, working), currency)? })
        }
    };
    let monthly = money(result(case, label, adjusted, working), currency)?;
    Ok(Award {
        monthly,
        reference: reference.map(|figure| shown(figure, currency)).transpose()?,
        rate: rate.map(|figure| match shown_rate(figure.exact) {
            Value::Rate(rate) => rate,
            _ => Decimal::ZERO,
        }),
        starts_on,
        later,
    })
}

/// Reference pay and rate, and their product; or what points give.
pub(super) fn before_adjustments(
    case: &Case<'_>,
    kind: &PensionKind,
    working: &mut Working,
) -> Result<(Option<Figure>, Option<Figure>, Figure), Refusal> {
    let fund = case.fund;
    let nothing = || Refusal::NotOffered { what: kind.code.to_string() };
    let rate_rule = kind.rate.and_then(|place| fund.rules.get(place)).ok_or_else(nothing)?;
    let rate_line = match rate_rule.find(&case.asked) {
        // The lines of an accrual are periods worked, which the award date does not choose from.
        None => rate_rule.entries().first().filter(|e| matches!(e.value, Mechanism::Accrual(_))),
        found => found,
    };
    if let Some(line) = rate_line
        && let Mechanism::Points(points) = &line.value
    {
        return Ok((None, None, rate::points(case, rate_rule, line, points, working)?));
    }
    let reference = match kind.reference {
        Some(_) => reference_of(case, kind, working)?,
        // Without one, the rate says what stands in the way.
        None => return Err(rate_rule.need(&case.asked).err().unwrap_or_else(nothing)),
    };
    let rate_line = match rate_line {
        Some(line) => line,
        None => rate_rule.need(&case.asked)?,
    };
    if let Mechanism::Open(name) = &rate_line.value {
        return Err(crate::entitlement::open(fund, rate_rule, name));
    }
    let rate = rate::rate(case, rate_rule, rate_line, working)?;
    let exact = reference.exact.times(rate.exact)?;
    let before = working.figure(exact, || {
        let pieces = vec![reference.money(fund.currency), Piece::Sign("×"), rate.rate()];
        let label = &fund.pension.labels.before_limits;
        plain("before_limits", label, Op::Formula, shown_money(exact, fund.currency), pieces)
    });
    Ok((Some(reference), Some(rate), before))
}

/// The reference pay of a kind.
pub(super) fn reference_of(
    case: &Case<'_>,
    kind: &PensionKind,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let nothing = || Refusal::NotOffered { what: kind.code.to_string() };
    let rule = kind.reference.and_then(|place| case.fund.rules.get(place)).ok_or_else(nothing)?;
    let line = rule.need(&case.asked)?;
    if let Mechanism::Open(name) = &line.value {
        return Err(crate::entitlement::open(case.fund, rule, name));
    }
    reference::reference(case, rule, line, working)
}

/// An amount that the books accept.
pub(super) fn money(figure: Figure, currency: crate::money::Currency) -> Result<Money, Refusal> {
    // A fund without a rounding rule still pays whole smallest units: nothing is cut unseen,
    // the amount keeps two decimals more, as the steps show it.
    shown(figure, currency)
}

fn shown(figure: Figure, currency: crate::money::Currency) -> Result<Money, Refusal> {
    match shown_money(figure.exact, currency) {
        Value::Money(money) => Ok(money),
        _ => Err(Refusal::AmountTooLarge),
    }
}

/// The first day paid: never before the month after the age is reached, never before the day
/// asked for, and always the first of a month where the law says so.
fn starts_on(
    case: &Case<'_>,
    kind: &PensionKind,
    reached: (Option<NaiveDate>, Option<(u32, Cite)>),
    working: &mut Working,
) -> Result<NaiveDate, Refusal> {
    let Some((rule, line, start)) = start_rule(case.fund, kind, &case.asked)? else {
        return Ok(case.entry_on);
    };
    let (reached_on, reached_by) = reached;
    // A birthday in the month of the claim moves the start; an earlier one does not.
    let later = reached_on.filter(|_| start == Start::NextMonth).filter(|on| Month::of(*on) >= case.entry);
    let date = later.map_or(case.entry_on, |on| Month::of(on).plus(1).first_day());
    let birthday = later.zip(reached_by).map(|(on, (years, age))| {
        let step = working.once(|| {
            let pieces = vec![
                Piece::given(Value::Date(case.birth_date)),
                Piece::Sign("+"),
                Piece::law(Value::Count(years.into(), "years"), "age"),
            ];
            age.step(Op::Birthday, Value::Date(on), pieces)
        });
        Piece::Value(Value::Date(on), Figure { exact: Exact::ZERO, step }.origin())
    });
    working.step(|| {
        let mut pieces = vec![Piece::given(Value::Date(case.asked.date))];
        pieces.extend(birthday.into_iter().flat_map(|on| [Piece::Sign(";"), on]));
        pieces.push(Piece::law(
            Value::Word(if start == Start::NextMonth { "next_month" } else { "same_day" }),
            "start",
        ));
        rule.cite(line, &case.asked).step(Op::Start, Value::Date(date), pieces)
    });
    Ok(date)
}

/// Zero, where a figure is needed and there is none.
impl Default for Figure {
    fn default() -> Self {
        Self::bare(Exact::ZERO)
    }
}
