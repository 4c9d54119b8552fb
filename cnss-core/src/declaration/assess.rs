//! Assessing contributions (liquidation des cotisations): from wages to what each branch and
//! payer owes, by the rates of the month of work.
//!
//! Where the fund rounds each worker's contribution by itself, splitting a declaration in two
//! changes nothing; where it takes the rate on the total, the bases add up and are rounded once.
//! The one rule to remember: the rates are those of the month worked, not
//! those of the day on which it is declared.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::Month;
use crate::exact::Exact;
use crate::explain::{Figure, Op, Piece, Step, Value, Working, plain, shown_money};
use crate::fund::mechanism::Limit;
use crate::fund::{Asked, Base, Basis, Computed, Dated, Fund, Parameter, Payer, Rate, RateRule};
use crate::money::{Currency, Money, MoneyError, Rounding};
use crate::refusal::Refusal;

/// The rates of one category in one month, looked up once and used for every worker.
#[derive(Clone, Debug)]
pub struct MonthRates<'a> {
    fund: &'a Fund,
    month: Month,
    category: Arc<str>,
    due_date: Option<NaiveDate>,
    computed: Computed,
    pub(crate) rounding: Rounding,
    pub(crate) bases: Vec<Held<'a>>,
    pub(crate) rates: Vec<MonthRate<'a>>,
}

/// One rate of that month.
#[derive(Clone, Debug)]
pub(crate) struct MonthRate<'a> {
    pub rule: &'a RateRule,
    line: &'a Dated<Rate>,
    pub taken: Taken,
}

/// What a rate takes, as whole numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    Share(Fraction),
    PerHead(i64),
}

/// A base with its limits of that month, in parts of the smallest unit.
#[derive(Clone, Debug)]
pub(crate) struct Held<'a> {
    base: &'a Base,
    /// Parts of the smallest unit: 1, or more where a limit is finer than that.
    pub scale: i128,
    pub floor: Option<i128>,
    pub ceiling: Option<i128>,
    pub above: Option<i128>,
    pub flat: Option<i128>,
}

impl<'a> Held<'a> {
    /// Whatever was declared.
    const fn unlimited(base: &'a Base) -> Self {
        Self { base, scale: 1, floor: None, ceiling: None, above: None, flat: None }
    }

    fn of(fund: &Fund, base: &'a Base, asked: &Asked<'_>) -> Result<Self, Refusal> {
        let limit = |rule: &Option<Parameter<Limit>>| -> Result<Option<Decimal>, Refusal> {
            let line = rule.as_ref().and_then(|rule| rule.find(asked));
            line.map(|line| fund.limit_amount(line.value, asked)).transpose()
        };
        let flat = match &base.flat {
            // A flat income without a value is not an income of zero: it is not known.
            Some(rule) => Some(fund.limit_amount(rule.need(asked)?.value, asked)?),
            None => None,
        };
        let (floor, ceiling, above) = (limit(&base.floor)?, limit(&base.ceiling)?, limit(&base.above)?);
        let places = u32::from(fund.currency.exponent());
        let scale = |l: Decimal| if l.scale() <= places { l.scale() } else { l.normalize().scale() };
        let finest = [floor, ceiling, above, flat].into_iter().flatten().map(scale).max();
        let more = finest.unwrap_or(0).saturating_sub(places);
        let scale = 10_i128.checked_pow(more).ok_or(Refusal::AmountTooLarge)?;
        let parts = |limit: Option<Decimal>| -> Result<Option<i128>, Refusal> {
            let Some(mut limit) = limit else { return Ok(None) };
            limit.rescale(places.saturating_add(more));
            Ok(Some(limit.mantissa()))
        };
        Ok(Self {
            base,
            scale,
            floor: parts(floor)?,
            ceiling: parts(ceiling)?,
            above: parts(above)?,
            flat: parts(flat)?,
        })
    }

    /// The pay that counts, in parts of the smallest unit.
    fn apply(&self, wage: i64) -> Result<i128, MoneyError> {
        if let Some(flat) = self.flat {
            return Ok(flat);
        }
        let mut pay = self.parts(wage).ok_or(MoneyError::TooLarge)?;
        if let Some(floor) = self.floor {
            pay = pay.max(floor);
        }
        if let Some(ceiling) = self.ceiling {
            pay = pay.min(ceiling);
        }
        Ok(self.above.map_or(pay, |above| pay.saturating_sub(above).max(0)))
    }

    /// A wage in parts of the smallest unit. Products of so many bits cost more than a comparison.
    fn parts(&self, wage: i64) -> Option<i128> {
        if self.scale == 1 { Some(wage.into()) } else { i128::from(wage).checked_mul(self.scale) }
    }

    /// True when the base is not the wage that was declared.
    fn changes(&self, wage: i64) -> bool {
        if self.floor.is_none() && self.ceiling.is_none() && self.above.is_none() && self.flat.is_none() {
            return false;
        }
        self.apply(wage).is_ok_and(|pay| Some(pay) != self.parts(wage))
    }
}

/// What is owed for one worker in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerShares {
    /// Borne by the employer.
    pub employer: Money,
    /// Withheld from the worker.
    pub worker: Money,
}

/// What one branch and payer owe for all the workers of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessedLine {
    /// Branch code.
    pub branch: Arc<str>,
    /// Scheme code.
    pub scheme: Arc<str>,
    /// The branch in words.
    pub label: Arc<str>,
    /// Who bears it.
    pub payer: Payer,
    /// Sum of the bases.
    pub base: Money,
    /// The share that is taken; zero for so much a worker.
    pub rate: Decimal,
    /// Taken for each worker, where that is the rule.
    pub per_head: Option<Money>,
    /// What is owed.
    pub amount: Money,
    /// What the rate rests on.
    pub basis: Arc<Basis>,
    /// The rule's key, for the steps of this line.
    pub rule: Arc<str>,
}

/// A month's contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The month of work.
    pub month: Month,
    /// The last day on which they are paid in time, when the fund knows it.
    pub due_date: Option<NaiveDate>,
    /// How many workers.
    pub workers: u32,
    /// Sum of the wages.
    pub wages: Money,
    /// By branch and payer.
    pub lines: Vec<AssessedLine>,
    /// How every figure came about.
    pub steps: Vec<Step>,
}

impl Assessment {
    /// The sum of what one payer bears.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn total_of(&self, payer: Payer) -> Result<Money, MoneyError> {
        let zero = self.wages.currency().zero();
        self.lines.iter().filter(|l| l.payer == payer).try_fold(zero, |sum, line| sum.plus(line.amount))
    }

    /// The sum of everything.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.total_of(Payer::Employer)?.plus(self.total_of(Payer::Worker)?)
    }
}

impl<'a> MonthRates<'a> {
    /// The rates of `category` in `month`. A branch whose rate begins later is left out.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when the fund's data says nothing for that category and month;
    /// [`Refusal::OpenQuestion`] when the text was not found.
    pub fn of(fund: &'a Fund, category: &str, month: Month) -> Result<Self, Refusal> {
        let date = month.first_day();
        let rules = &fund.contributions;
        let asked = Asked { date, born: None, category: Some(category) };
        let no_rule = || Refusal::NoRule { rule: Arc::from("contributions.rates"), date };
        // Rates share the texts of the fund's categories: one look at the word, then addresses.
        let category = &rules.category(category).ok_or_else(no_rule)?.code;
        let own = rules.rates.iter().filter(|r| r.categories.iter().any(|c| Arc::ptr_eq(c, category)));
        let mut bases: Vec<Held<'a>> = rules.bases.iter().map(Held::unlimited).collect();
        let mut rates: Vec<MonthRate<'a>> = Vec::with_capacity(rules.rates.len().min(16));
        let mut open = None;
        for rule in own {
            let Some(line) = rule.rate.find(&asked) else {
                if rule.rate.never_found() {
                    open = open.or(rule.rate.need(&asked).err());
                }
                continue;
            };
            let taken = match line.value {
                Rate::Share(share) => Taken::Share(Fraction::of(share)),
                Rate::PerHead(amount) => Taken::PerHead(Money::new(amount, fund.currency)?.to_minor()?),
            };
            // A base that is not known matters only where a rate stands on it.
            if !rates.iter().any(|known| known.rule.base == rule.base)
                && let Some((held, base)) = bases.get_mut(rule.base).zip(rules.bases.get(rule.base))
            {
                *held = Held::of(fund, base, &asked)?;
            }
            rates.push(MonthRate { rule, line, taken });
        }
        if let Some(refusal) = open {
            return Err(refusal);
        }
        if rates.is_empty() {
            return Err(no_rule());
        }
        Ok(Self {
            fund,
            month,
            // The fund's own text: nothing is copied.
            category: Arc::clone(category),
            due_date: rules.due.find(&asked).map(|line| line.value.for_month(month)),
            computed: rules.computed.need(&asked)?.value,
            rounding: rules.rounding.need(&asked)?.value,
            bases,
            rates,
        })
    }

    /// The last day on which the month's contributions are paid in time, when the fund knows it.
    #[must_use]
    pub const fn due_date(&self) -> Option<NaiveDate> {
        self.due_date
    }

    fn asked(&self) -> Asked<'_> {
        Asked { date: self.month.first_day(), born: None, category: Some(&self.category) }
    }

    /// What one worker paid `wage` owes to these branches, borne by these payers: each rate's
    /// part, with its step.
    pub(crate) fn shares_of(
        &self,
        wage: Decimal,
        branches: &[Arc<str>],
        payers: &[Payer],
        working: &mut Working,
    ) -> Result<Vec<Figure>, Refusal> {
        let minor = Money::new(wage, self.fund.currency)?.to_minor()?;
        let rules = &self.fund.contributions;
        let mut shares = Vec::new();
        for rate in &self.rates {
            let Some(branch) = rules.branches.get(rate.rule.branch) else { continue };
            if !branches.contains(&branch.code) || !payers.contains(&rate.rule.payer) {
                continue;
            }
            let (_, amount, rounded) = self.take(rate, minor)?;
            let money = Money::from_minor(amount, self.fund.currency)?;
            let mut figure = Figure::bare(Exact::of(money.amount()));
            if working.keeps() {
                let base = rules.bases.get(rate.rule.base).ok_or(MoneyError::TooLarge)?;
                let pay = self.fund.pay_of(base, wage, &self.asked(), working)?.pieces(self.fund.currency);
                let way = rounded.then(|| self.way(working)).flatten();
                figure.step = working.once(|| self.worker_step(rate, &branch.label, money, pay, way));
            }
            shares.push(figure);
        }
        Ok(shares)
    }

    /// How contributions are rounded, as a step that stands once.
    fn way(&self, working: &mut Working) -> Option<Piece> {
        let rule = &self.fund.contributions.rounding;
        let line = rule.find(&self.asked())?;
        let value = Value::Word(self.rounding.word());
        let step = working
            .once(|| rule.cite(line, &self.asked()).step(Op::Read, value, vec![Piece::law(value, "")]));
        Some(Piece::Value(value, Figure { exact: Exact::ZERO, step }.origin()))
    }

    /// What one rate takes of one worker's pay, as a step.
    fn worker_step(
        &self,
        rate: &MonthRate<'_>,
        branch: &Arc<str>,
        amount: Money,
        mut pieces: Vec<Piece>,
        way: Option<Piece>,
    ) -> Step {
        let labels = &self.fund.contributions.labels;
        let payer = if rate.rule.payer == Payer::Employer { &labels.employer } else { &labels.worker };
        let label = Arc::from(format!("{branch}, {payer}"));
        let cite = rate.rule.rate.cite(rate.line, &self.asked()).labelled(&label);
        let value = Value::Money(amount);
        match rate.line.value {
            Rate::PerHead(_) => cite.step(Op::Read, value, vec![Piece::law(value, "per_head")]),
            Rate::Share(share) => {
                pieces.extend([Piece::Sign("×"), Piece::law(Value::Rate(share), "")]);
                let Some(way) = way else { return cite.step(Op::Formula, value, pieces) };
                let unit = Decimal::new(1, u32::from(self.fund.currency.exponent()));
                let to = Piece::Value(Value::Number(unit), crate::explain::Origin::Plain);
                pieces.extend([Piece::Sign("≈"), way, to]);
                cite.step(Op::Round, value, pieces)
            }
        }
    }

    /// What one worker paid `wage` smallest units owes, added to the sums of bases and
    /// contributions by rate: the employer's part, the worker's, and whether rounding changed any.
    pub(crate) fn add(
        &self,
        wage: i64,
        sums: &mut [(i128, i64)],
    ) -> Result<(WorkerShares, bool), MoneyError> {
        let currency = self.fund.currency;
        let plus = |sum: i64, amount: i64| sum.checked_add(amount).ok_or(MoneyError::TooLarge);
        let (mut employer, mut worker, mut changed) = (0, 0, false);
        for (rate, (base_sum, amount_sum)) in self.rates.iter().zip(sums) {
            let (base, amount, rounded) = self.take(rate, wage)?;
            changed |= rounded;
            *base_sum = base_sum.checked_add(base).ok_or(MoneyError::TooLarge)?;
            *amount_sum = plus(*amount_sum, amount)?;
            let side = if rate.rule.payer == Payer::Employer { &mut employer } else { &mut worker };
            *side = plus(*side, amount)?;
        }
        let shares = WorkerShares {
            employer: Money::from_minor(employer, currency)?,
            worker: Money::from_minor(worker, currency)?,
        };
        Ok((shares, changed))
    }

    /// The fund whose rates they are.
    pub(crate) const fn fund(&self) -> &'a Fund {
        self.fund
    }

    /// Base, contribution in smallest units, and whether rounding changed it.
    fn take(&self, rate: &MonthRate<'_>, wage: i64) -> Result<(i128, i64, bool), MoneyError> {
        let held = self.bases.get(rate.rule.base).ok_or(MoneyError::TooLarge)?;
        let base = held.apply(wage)?;
        match rate.taken {
            Taken::PerHead(amount) => Ok((base, amount, false)),
            Taken::Share(fraction) => {
                let (amount, rounded) = fraction.of_base(base, held.scale, self.rounding)?;
                Ok((base, amount, rounded))
            }
        }
    }
}

/// A rate as a fraction of whole numbers, so that a large declaration is assessed with whole
/// smallest units: as exact as decimals, and several times faster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction {
    pub numerator: i128,
    pub denominator: i128,
}

impl Fraction {
    fn of(rate: Decimal) -> Self {
        // Few decimals need no shorter form: it would cost more than it saves.
        let rate = if rate.scale() <= 8 { rate } else { rate.normalize() };
        // A rate is a share between 0 and 1 with a few decimals; 28 is the most a decimal has.
        let denominator = match 10_u64.checked_pow(rate.scale()) {
            Some(small) => small.into(),
            None => 10_i128.checked_pow(rate.scale()).unwrap_or(i128::MAX),
        };
        Self { numerator: rate.mantissa(), denominator }
    }

    /// The share of `base` parts, `scale` of them being one smallest unit, rounded by name, and
    /// whether rounding changed it.
    fn of_base(self, base: i128, scale: i128, rounding: Rounding) -> Result<(i64, bool), MoneyError> {
        let word = |n: i128| u64::try_from(n).ok();
        // Nearly every case fits into machine words, which are several times faster.
        let small = word(base).zip(word(self.numerator)).filter(|_| scale == 1);
        let small = small.and_then(|(base, above)| base.checked_mul(above)).zip(word(self.denominator));
        let (whole, rest, denominator) = match small {
            Some((product, below)) => {
                let whole = product.checked_div(below).ok_or(MoneyError::TooLarge)?;
                let rest = product.checked_rem(below).ok_or(MoneyError::TooLarge)?;
                (i128::from(whole), i128::from(rest), self.denominator)
            }
            None => {
                let product = base.checked_mul(self.numerator).ok_or(MoneyError::TooLarge)?;
                let below = self.denominator.checked_mul(scale).ok_or(MoneyError::TooLarge)?;
                let whole = product.checked_div(below).ok_or(MoneyError::TooLarge)?;
                (whole, product.checked_rem(below).ok_or(MoneyError::TooLarge)?, below)
            }
        };
        let up = match rounding {
            Rounding::HalfUp => rest.saturating_mul(2) >= denominator,
            Rounding::Down => false,
            Rounding::Up => rest > 0,
        };
        let amount = i64::try_from(whole).ok().and_then(|w| w.checked_add(i64::from(up)));
        Ok((amount.ok_or(MoneyError::TooLarge)?, rest != 0))
    }
}

/// Adds up worker after worker; [`finish`](Self::finish) gives the month.
pub struct Assessor<'a> {
    rates: &'a MonthRates<'a>,
    /// Bases in parts and contributions in smallest units, by rate.
    sums: Vec<(i128, i64)>,
    wages: i64,
    /// The wage of the first worker: a single one is explained to the unit.
    first: Option<Decimal>,
    workers: u32,
    /// By base, how many workers' pay was brought to a limit.
    limited: Vec<u32>,
    rounded: bool,
}

impl<'a> Assessor<'a> {
    /// Nothing yet, at these rates.
    #[must_use]
    pub fn new(rates: &'a MonthRates<'a>) -> Self {
        Self {
            rates,
            sums: vec![(0, 0); rates.rates.len()],
            wages: 0,
            first: None,
            workers: 0,
            limited: vec![0; rates.bases.len()],
            rounded: false,
        }
    }

    /// One worker paid `wage`; gives what is owed for this worker alone.
    ///
    /// # Errors
    /// A sum beyond what the books accept, a wage below zero or finer than the currency.
    pub fn worker(&mut self, wage: Decimal) -> Result<WorkerShares, MoneyError> {
        let rates = self.rates;
        let currency = rates.fund.currency;
        self.first = self.first.or(Some(wage));
        let wage = Money::new(wage, currency)?;
        if wage.is_negative() {
            return Err(MoneyError::TooLarge);
        }
        let wage = wage.to_minor()?;
        let (shares, rounded) = rates.add(wage, &mut self.sums)?;
        self.rounded |= rounded;
        for (held, limited) in rates.bases.iter().zip(self.limited.iter_mut()) {
            *limited = limited.saturating_add(u32::from(held.changes(wage)));
        }
        self.wages = self.wages.checked_add(wage).ok_or(MoneyError::TooLarge)?;
        self.workers = self.workers.saturating_add(1);
        Ok(shares)
    }

    /// The sums of workers that were added up elsewhere, by rate.
    pub(crate) fn summed(rates: &'a MonthRates<'a>, sums: Vec<(i128, i64)>, wages: i64) -> Self {
        Self { sums, wages, ..Self::new(rates) }
    }

    /// The month.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn finish(self) -> Result<Assessment, MoneyError> {
        let (lines, wages) = self.lines()?;
        let mut working = Working::kept();
        self.explain(&lines, wages, &mut working)?;
        Ok(Assessment {
            month: self.rates.month,
            due_date: self.rates.due_date,
            workers: self.workers,
            wages,
            lines,
            steps: working.into_steps(),
        })
    }

    /// What each branch and payer owe, without a word about how.
    ///
    /// # Errors
    /// A sum beyond what the books accept.
    pub fn lines(&self) -> Result<(Vec<AssessedLine>, Money), MoneyError> {
        let fund = self.rates.fund;
        let currency = fund.currency;
        let wages = Money::from_minor(self.wages, currency)?;
        let mut lines = Vec::with_capacity(self.sums.len());
        for (rate, (base, each)) in self.rates.rates.iter().zip(&self.sums) {
            let Some(branch) = fund.contributions.branches.get(rate.rule.branch) else { continue };
            let scale = self.rates.bases.get(rate.rule.base).map_or(1, |held| held.scale);
            let amount = match (self.rates.computed, rate.taken) {
                (Computed::Total, Taken::Share(fraction)) => {
                    fraction.of_base(*base, scale, self.rates.rounding)?.0
                }
                _ => *each,
            };
            let (share, per_head) = match rate.line.value {
                Rate::Share(share) => (share, None),
                Rate::PerHead(amount) => (Decimal::ZERO, Some(Money::new(amount, currency)?)),
            };
            lines.push(AssessedLine {
                branch: Arc::clone(&branch.code),
                scheme: Arc::clone(&branch.scheme),
                label: Arc::clone(&branch.label),
                payer: rate.rule.payer,
                base: in_units(*base, scale, currency)?,
                rate: share,
                per_head,
                amount: Money::from_minor(amount, currency)?,
                basis: Arc::clone(&rate.line.basis),
                rule: Arc::clone(&rate.rule.rate.key),
            });
        }
        Ok((lines, wages))
    }

    /// How every figure came about.
    fn explain(&self, lines: &[AssessedLine], wages: Money, working: &mut Working) -> Result<(), MoneyError> {
        let (rates, fund) = (self.rates, self.rates.fund);
        let rules = &fund.contributions;
        let asked = rates.asked();
        let workers = Value::Count(self.workers.into(), "workers");
        let declared = working.step(|| {
            plain(
                "declared_wages",
                &rules.labels.wages,
                Op::Given,
                Value::Money(wages),
                vec![Piece::given(workers)],
            )
        });
        let single = self.first.filter(|_| self.workers == 1);
        let mut pays: Vec<Option<Vec<Piece>>> = Vec::new();
        for (held, limited) in rates.bases.iter().zip(&self.limited) {
            let used = rates
                .rates
                .iter()
                .any(|r| rules.bases.get(r.rule.base).is_some_and(|b| std::ptr::eq(b, held.base)));
            pays.push(match single.filter(|_| used) {
                Some(wage) => {
                    let pay =
                        fund.pay_of(held.base, wage, &asked, working).map_err(|_| MoneyError::TooLarge)?;
                    let wage = Figure { exact: Exact::ZERO, step: declared }.origin();
                    Some(pay.pieces_of(&wage, fund.currency))
                }
                None => {
                    if used && *limited > 0 {
                        self.limits(held, *limited, working);
                    }
                    None
                }
            });
        }
        // A total is rounded once; workers one by one.
        let rounded = match rates.computed {
            Computed::Worker => self.rounded,
            Computed::Total => self.total_rounded(),
        };
        let way = rounded.then(|| rates.way(working)).flatten();
        for (rate, line) in rates.rates.iter().zip(lines) {
            let pieces = pays.get(rate.rule.base).and_then(Option::as_deref);
            working.step(|| self.line_step(rate, line, pieces, way.clone()));
        }
        if let Some(due) = rules.due.find(&asked) {
            working.step(|| {
                let pieces = vec![
                    Piece::given(Value::Month(rates.month)),
                    Piece::Sign("+"),
                    Piece::law(Value::Count(due.value.months_after.into(), "months"), "months_after"),
                    Piece::law(Value::Count(due.value.day.into(), "due-day"), "day"),
                ];
                rules.due.cite(due, &asked).step(
                    Op::Due,
                    Value::Date(due.value.for_month(rates.month)),
                    pieces,
                )
            });
        }
        Ok(())
    }

    /// The limits that a base brought some workers to.
    fn limits(&self, held: &Held<'_>, limited: u32, working: &mut Working) {
        let fund = self.rates.fund;
        let asked = self.rates.asked();
        let parts = [&held.base.flat, &held.base.floor, &held.base.ceiling, &held.base.above];
        for rule in parts.into_iter().filter_map(Option::as_ref) {
            let Some(line) = rule.find(&asked) else { continue };
            let shown = fund.limit(line.value, || rule.cite(line, &asked), "", &asked, working);
            // The limits were looked up before: this cannot fail here.
            let Ok(_) = shown else { continue };
            working.once(|| {
                let count = Value::Count(limited.into(), "workers");
                plain("limited", &held.base.label, Op::Given, count, Vec::new())
            });
        }
    }

    fn total_rounded(&self) -> bool {
        self.rates.rates.iter().zip(&self.sums).any(|(rate, (base, _))| match rate.taken {
            Taken::Share(fraction) => {
                let scale = self.rates.bases.get(rate.rule.base).map_or(1, |held| held.scale);
                fraction.of_base(*base, scale, self.rates.rounding).is_ok_and(|(_, rounded)| rounded)
            }
            Taken::PerHead(_) => false,
        })
    }

    fn line_step(
        &self,
        rate: &MonthRate<'_>,
        line: &AssessedLine,
        pay: Option<&[Piece]>,
        way: Option<Piece>,
    ) -> Step {
        let fund = self.rates.fund;
        let rules = &fund.contributions;
        let payer = match line.payer {
            Payer::Employer => &rules.labels.employer,
            Payer::Worker => &rules.labels.worker,
        };
        let mut label = String::with_capacity(line.label.len().saturating_add(payer.len()).saturating_add(2));
        for part in [&*line.label, ", ", payer] {
            label.push_str(part);
        }
        let label = Arc::from(label);
        let cite = rate.rule.rate.cite(rate.line, &self.rates.asked()).labelled(&label);
        let workers = Piece::given(Value::Count(self.workers.into(), "workers"));
        let value = Value::Money(line.amount);
        if let Some(amount) = line.per_head {
            let each = Piece::law(Value::Money(amount), "per_head");
            return cite.step(Op::Formula, value, vec![workers, Piece::Sign("×"), each]);
        }
        let mut pieces = Vec::with_capacity(10);
        match pay {
            Some(pay) => pieces.extend_from_slice(pay),
            None => pieces.push(Piece::given(shown_money(Exact::of(line.base.amount()), fund.currency))),
        }
        pieces.extend([Piece::Sign("×"), Piece::law(Value::Rate(line.rate), "")]);
        let alone = self.workers == 1 || self.rates.computed == Computed::Total;
        match way {
            Some(way) if alone => {
                let unit = Decimal::new(1, u32::from(fund.currency.exponent()));
                let to = Piece::Value(Value::Number(unit), crate::explain::Origin::Plain);
                pieces.extend([Piece::Sign("≈"), way, to]);
                cite.step(Op::Round, value, pieces)
            }
            Some(_) => {
                pieces.extend([Piece::Sign("≈"), workers]);
                cite.step(Op::Total, value, pieces)
            }
            None => cite.step(Op::Formula, value, pieces),
        }
    }
}

/// Parts of the smallest unit as an amount.
fn in_units(parts: i128, scale: i128, currency: Currency) -> Result<Money, MoneyError> {
    let digits = scale.checked_ilog10().unwrap_or(0);
    let places = u32::from(currency.exponent()).saturating_add(digits);
    let amount = Decimal::try_from_i128_with_scale(parts, places).map_err(|_| MoneyError::TooLarge)?;
    Money::new(amount.normalize(), currency)
}

/// Assesses a list of wages at once.
///
/// # Errors
/// [`Refusal::NoRule`] when nothing is known for the category and month, or an amount beyond
/// what the books accept.
///
/// ```
/// use cnss_core::declaration::assess::assess;
/// let togo = cnss_core::fund::Fund::builtin("tg")?;
/// let month = assess(&togo, "salaried", "2024-03".parse()?, &[100_000.into()])?;
/// assert_eq!(month.total()?.to_string(), "31500");   // 22,5 % + 9 %
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn assess(fund: &Fund, category: &str, month: Month, wages: &[Decimal]) -> Result<Assessment, Refusal> {
    let rates = MonthRates::of(fund, category, month)?;
    let mut assessor = Assessor::new(&rates);
    for wage in wages {
        assessor.worker(*wage)?;
    }
    Ok(assessor.finish()?)
}
