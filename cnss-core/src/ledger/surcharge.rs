//! What lateness costs (majoration de retard), on one unpaid or late-paid amount.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::{months_after, months_started};
use crate::exact::Exact;
use crate::explain::{Figure, Op, Origin, Piece, Step, Value, Working, plain, shown_money};
use crate::fund::mechanism::Counting;
use crate::fund::{Asked, Fund, Question, SurchargeRate};
use crate::money::{Money, MoneyError, Rounding};
use crate::refusal::Refusal;

/// A surcharge and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surcharge {
    /// The amount; zero when in time, or when no rule is known.
    pub amount: Money,
    /// The share of the unpaid amount.
    pub rate: Decimal,
    /// How; empty when nothing is due.
    pub steps: Vec<Step>,
    /// True when it is late but no rule was found for this scheme.
    pub rule_missing: bool,
    /// What is not settled: it stands in the way when the rule is missing; otherwise it is about a rate
    /// that begins between the due date and the payment, and may take the place of the one counted.
    pub question: Option<Question>,
}

/// The surcharge of `scheme` on `unpaid`, due on `due_date` and paid, or still unpaid, on `on`.
///
/// The rate is the one in force on the due date.
///
/// # Errors
/// An amount beyond what the books accept.
///
/// ```
/// use cnss_core::{calendar::parse_date, ledger::surcharge, money::Money};
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let unpaid = Money::new(1_000_000.into(), togo.currency)?;
/// let due = parse_date("2024-02-15")?;
/// assert_eq!(surcharge(&togo, "cnss", unpaid, due, parse_date("2024-05-15")?)?.amount.to_string(), "50000");
/// assert_eq!(surcharge(&togo, "cnss", unpaid, due, parse_date("2024-05-16")?)?.amount.to_string(), "60000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn surcharge(
    fund: &Fund,
    scheme: &str,
    unpaid: Money,
    due_date: NaiveDate,
    on: NaiveDate,
) -> Result<Surcharge, MoneyError> {
    let nothing = |rule_missing, question| Surcharge {
        amount: unpaid.currency().zero(),
        rate: Decimal::ZERO,
        steps: Vec::new(),
        rule_missing,
        question,
    };
    let none = |question| nothing(true, question);
    if planted!("lateness-free") || on <= due_date || unpaid.is_zero() || unpaid.is_negative() {
        return Ok(nothing(false, None));
    }
    let asked = Asked::on(due_date);
    let rule = fund.contributions.surcharges.iter().find(|rule| *rule.scheme == *scheme);
    let Some((rule, line)) = rule.and_then(|r| r.rate.find(&asked).map(|line| (&r.rate, line))) else {
        return Ok(none(rule.and_then(|r| r.rate.question.clone())));
    };
    let (at_once, monthly, grace_months, part) = match &line.value {
        SurchargeRate::Open(question) => return Ok(none(Some(question.clone()))),
        SurchargeRate::Known { at_once, monthly, grace_months, part } => {
            (*at_once, *monthly, *grace_months, *part)
        }
    };
    let coming = rule.entries().iter().filter(|later| due_date < later.from && later.from <= on);
    let question = coming.rev().find_map(|later| match &later.value {
        SurchargeRate::Open(question) => Some(question.clone()),
        SurchargeRate::Known { .. } => None,
    });
    let begins = months_after(due_date, grace_months);
    let started = months_started(begins, on);
    let months = match part {
        Counting::Started => started,
        Counting::Complete if months_after(begins, started) > on => started.saturating_sub(1),
        Counting::Complete => started,
    };
    let share = Exact::of(at_once).plus(Exact::of(monthly).times(Exact::from(months))?)?;
    let exact = Exact::of(unpaid.amount()).times(share)?;
    let places = u32::from(fund.currency.exponent());
    let rounding = fund.contributions.rounding.find(&asked);
    let way = rounding.map_or(Rounding::HalfUp, |line| line.value);
    let amount = Money::new(exact.rounded(way, places)?, fund.currency)?;
    let mut working = Working::kept();
    let due_line = fund.contributions.due.find(&asked);
    let due_step = working.step(|| match due_line {
        Some(line) => {
            fund.contributions.due.cite(line, &asked).step(Op::Given, Value::Date(due_date), Vec::new())
        }
        None => plain(
            "contributions.due",
            &fund.contributions.due.label,
            Op::Given,
            Value::Date(due_date),
            Vec::new(),
        ),
    });
    let cite = || rule.cite(line, &asked);
    let counted = (months > 0).then(|| {
        let value = Value::Count(months.into(), "months");
        working.figure(Exact::from(months), || {
            let pieces = vec![
                Piece::Value(Value::Date(due_date), Figure { exact: Exact::ZERO, step: due_step }.origin()),
                Piece::Sign("+"),
                Piece::law(Value::Count(grace_months.into(), "months"), "grace_months"),
                Piece::Sign("→"),
                Piece::given(Value::Date(on)),
                Piece::law(Value::Word(part.word()), "part"),
            ];
            cite().step(Op::Periods, value, pieces)
        })
    });
    let way_piece = rounding.map(|line| {
        let value = Value::Word(way.word());
        let place = working.step(|| {
            fund.contributions.rounding.cite(line, &asked).step(Op::Read, value, vec![Piece::law(value, "")])
        });
        Piece::Value(value, Figure { exact: Exact::ZERO, step: place }.origin())
    });
    working.step(|| {
        let mut pieces = vec![
            Piece::given(Value::Money(unpaid)),
            Piece::Sign("×"),
            Piece::Sign("("),
            Piece::law(Value::Rate(at_once), "at_once"),
        ];
        if let Some(counted) = counted {
            let monthly = Piece::law(Value::Rate(monthly), "monthly");
            pieces.extend([Piece::Sign("+"), counted.count("months"), Piece::Sign("×"), monthly]);
        }
        pieces.push(Piece::Sign(")"));
        match way_piece {
            Some(way) => {
                let unit = Piece::Value(Value::Number(Decimal::new(1, places)), Origin::Plain);
                pieces.extend([Piece::Sign("≈"), way, unit]);
                cite().step(Op::Round, Value::Money(amount), pieces)
            }
            None => cite().step(Op::Formula, Value::Money(amount), pieces),
        }
    });
    let rate = share.rounded(Rounding::HalfUp, 6)?.normalize();
    Ok(Surcharge { amount, rate, steps: working.into_steps(), rule_missing: false, question })
}

/// What a missing declaration costs (astreinte), and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDeclaration {
    /// The amount.
    pub amount: Money,
    /// How.
    pub steps: Vec<Step>,
}

/// The penalty `code` for so many workers and months, by the law in force on `date`.
///
/// # Errors
/// [`Refusal::NotOffered`] for a penalty that the fund does not have; [`Refusal::NoRule`] and
/// [`Refusal::OpenQuestion`] when the law is not known.
pub fn penalty(
    fund: &Fund,
    code: &str,
    date: NaiveDate,
    workers: u32,
    months: u32,
) -> Result<MissingDeclaration, Refusal> {
    let rule = fund.contributions.penalties.iter().find(|p| *p.code == *code);
    let rule = &rule.ok_or_else(|| Refusal::NotOffered { what: code.chars().take(40).collect() })?.amount;
    let asked = Asked::on(date);
    let line = rule.need(&asked)?;
    let all = Exact::of(line.value.per_worker).times(Exact::from(workers))?.times(Exact::from(months))?;
    let most = line.value.most.map(Exact::of).filter(|most| *most < all);
    let exact = most.unwrap_or(all);
    let currency = fund.currency;
    let mut working = Working::kept();
    let whole = working.figure(all, || {
        let pieces = vec![
            Piece::given(Value::Count(workers.into(), "workers")),
            Piece::Sign("×"),
            Piece::given(Value::Count(months.into(), "months")),
            Piece::Sign("×"),
            Piece::law(shown_money(Exact::of(line.value.per_worker), currency), "per_worker"),
        ];
        rule.cite(line, &asked).step(Op::Formula, shown_money(all, currency), pieces)
    });
    if let Some(most) = most {
        working.step(|| {
            let law = Piece::law(shown_money(most, currency), "most");
            let pieces = vec![whole.money(currency), Piece::Sign(";"), law];
            rule.cite(line, &asked).step(Op::Least, shown_money(most, currency), pieces)
        });
    }
    match shown_money(exact, currency) {
        Value::Money(amount) => Ok(MissingDeclaration { amount, steps: working.into_steps() }),
        _ => Err(Refusal::AmountTooLarge),
    }
}
