//! The contribution account (compte cotisant) at a date, replayed from the entries.
//!
//! Payments are set against the oldest debts first, each on the day the money arrived; what
//! is left over pays surcharges, oldest first, and the rest is a credit. The order between
//! debt and surcharge was not found in the law: see docs/decisions/0005.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::entry::{Entry, EntryKind, LedgerAccount};
use super::surcharge::{Surcharge, surcharge};
use crate::calendar::Month;
use crate::fund::Fund;
use crate::money::{Money, MoneyError};

/// What an employer owes to one scheme for one month of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// The month of work.
    pub month: Month,
    /// Scheme code.
    pub scheme: String,
    /// The last day on which it is paid in time.
    pub due_date: NaiveDate,
    /// Contributions owed.
    pub due: Money,
    /// Contributions paid.
    pub paid: Money,
    /// By which payments, and what lateness cost on each.
    pub slices: Vec<Slice>,
    /// Surcharge on what is still unpaid, at the date of the statement.
    pub running: Surcharge,
    /// Part of the surcharges that surplus payments have covered.
    pub surcharge_paid: Money,
}

/// What arrived on one day, as far as it was set against one obligation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// When the money arrived.
    pub paid_on: NaiveDate,
    /// The reference of the payment, or of the payments of that day.
    pub reference: Option<String>,
    /// How much of it.
    pub amount: Money,
    /// What its lateness cost.
    pub surcharge: Surcharge,
}

impl Obligation {
    /// Contributions still unpaid.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn unpaid(&self) -> Result<Money, MoneyError> {
        self.due.minus(self.paid)
    }

    /// All surcharges, paid or not.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn surcharges(&self) -> Result<Money, MoneyError> {
        self.slices.iter().try_fold(self.running.amount, |sum, slice| sum.plus(slice.surcharge.amount))
    }

    /// Contributions and surcharges still to be paid.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn outstanding(&self) -> Result<Money, MoneyError> {
        self.unpaid()?.plus(self.surcharges()?)?.minus(self.surcharge_paid)
    }

    /// True when something is late for which no surcharge rule was found.
    #[must_use]
    pub fn rule_missing(&self) -> bool {
        self.running.rule_missing || self.slices.iter().any(|slice| slice.surcharge.rule_missing)
    }

    /// The surcharges that are not settled: no rule was found, or a question stands behind them.
    pub fn unsettled(&self) -> impl Iterator<Item = &Surcharge> {
        let all = self.slices.iter().map(|slice| &slice.surcharge).chain([&self.running]);
        all.filter(|surcharge| surcharge.rule_missing || surcharge.question.is_some())
    }
}

/// A payment as it was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// When the money arrived.
    pub paid_on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// The reference it bears.
    pub reference: Option<String>,
}

/// An employer's account at a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The date.
    pub on: NaiveDate,
    /// What is owed, by month and scheme, oldest first.
    pub obligations: Vec<Obligation>,
    /// What was paid, oldest first.
    pub payments: Vec<Payment>,
    /// What was paid beyond all debts and surcharges.
    pub credit: Money,
}

impl Statement {
    fn sum(&self, of: impl Fn(&Obligation) -> Result<Money, MoneyError>) -> Result<Money, MoneyError> {
        self.obligations.iter().try_fold(self.credit.currency().zero(), |sum, o| sum.plus(of(o)?))
    }

    /// Contributions and surcharges still to be paid, whether due yet or not.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn outstanding(&self) -> Result<Money, MoneyError> {
        self.sum(Obligation::outstanding)
    }

    /// The part of it whose due date has passed.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn overdue(&self) -> Result<Money, MoneyError> {
        let zero = self.credit.currency().zero();
        self.sum(|o| if o.due_date < self.on { o.outstanding() } else { Ok(zero) })
    }

    /// All surcharges that are not paid.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn surcharges(&self) -> Result<Money, MoneyError> {
        self.sum(|o| o.surcharges()?.minus(o.surcharge_paid))
    }

    /// What is owed, less the credit: above zero the employer owes, below zero the fund does.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn balance(&self) -> Result<Money, MoneyError> {
        self.outstanding()?.minus(self.credit)
    }

    /// What there is to pay now: what is overdue, else all that is owed; zero when nothing is.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn to_pay(&self) -> Result<Money, MoneyError> {
        let (overdue, balance) = (self.overdue()?, self.balance()?);
        // Nothing is overdue while there is a credit: it would have been set against it.
        let due = if overdue.is_zero() { balance } else { overdue };
        due.at_least(self.credit.currency().zero())
    }

    /// Whether the employer paid what it owed for `month`: all, some, or nothing.
    ///
    /// # Errors
    /// An amount beyond what the books accept.
    pub fn settled(&self, month: Month) -> Result<Option<Settled>, MoneyError> {
        let zero = self.credit.currency().zero();
        let of_month = || self.obligations.iter().filter(|o| o.month == month);
        let Some(due_date) = of_month().map(|o| o.due_date).max() else { return Ok(None) };
        let due = of_month().try_fold(zero, |sum, o| sum.plus(o.due))?;
        let paid = of_month().try_fold(zero, |sum, o| sum.plus(o.paid))?;
        Ok(Some(if paid == due {
            Settled::Paid
        } else if !paid.is_zero() {
            Settled::Partly
        } else if due_date >= self.on {
            Settled::NotDue
        } else {
            Settled::Unpaid
        }))
    }
}

/// How far a month's contributions are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// All of it.
    Paid,
    /// Some of it.
    Partly,
    /// Nothing, and the due date has passed.
    Unpaid,
    /// Nothing yet, and nothing is due yet.
    NotDue,
}

/// Replays `entries` and gives the account on `on`; entries that count from a later payment
/// date are left out, debts are shown before they are due.
///
/// # Errors
/// An amount beyond what the books accept.
pub fn statement(fund: &Fund, entries: &[Entry], on: NaiveDate) -> Result<Statement, MoneyError> {
    let zero = fund.currency.zero();
    let (debts, mut payments) = collect(fund, entries, on)?;
    let mut obligations = Vec::with_capacity(debts.len());
    for ((due_date, month, _, scheme), due) in debts {
        obligations.push(Obligation {
            month,
            scheme,
            due_date,
            due,
            paid: zero,
            slices: Vec::new(),
            running: surcharge(fund, "", zero, due_date, due_date)?,
            surcharge_paid: zero,
        });
    }
    payments.sort_by_key(|payment| payment.paid_on);
    if planted!("youngest-first") {
        obligations.reverse();
    }
    let mut surplus = zero;
    let mut oldest = 0;
    for payment in &payments {
        let rest = allocate(fund, &mut obligations, &mut oldest, payment)?;
        surplus = if planted!("surplus-lost") { surplus } else { surplus.plus(rest)? };
    }
    if planted!("youngest-first") {
        obligations.reverse();
    }
    for obligation in &mut obligations {
        obligation.running =
            surcharge(fund, &obligation.scheme, obligation.unpaid()?, obligation.due_date, on)?;
    }
    for obligation in &mut obligations {
        let covered = obligation.surcharges()?.at_most(surplus)?;
        obligation.surcharge_paid = covered;
        surplus = surplus.minus(covered)?;
    }
    Ok(Statement { on, obligations, payments, credit: surplus })
}

type Debts = BTreeMap<(NaiveDate, Month, usize, String), Money>;

/// Sums the debts by due date, month and scheme, and lists the payments.
fn collect(fund: &Fund, entries: &[Entry], on: NaiveDate) -> Result<(Debts, Vec<Payment>), MoneyError> {
    let mut debts = Debts::new();
    let mut payments = Vec::new();
    for entry in entries {
        if entry.kind == EntryKind::Payment {
            if entry.value_date > on {
                continue;
            }
            let deposits = entry.postings().iter().filter(|p| p.account == LedgerAccount::Deposit);
            let amount = deposits.map(|p| p.amount.negated()).try_fold(fund.currency.zero(), Money::plus)?;
            payments.push(Payment { paid_on: entry.value_date, amount, reference: entry.reference.clone() });
            continue;
        }
        let month = entry.month.unwrap_or(Month::of(entry.value_date));
        for posting in entry.postings() {
            let LedgerAccount::Receivable { scheme } = &posting.account else { continue };
            let rank =
                fund.contributions.schemes.iter().position(|s| *s.code == **scheme).unwrap_or(usize::MAX);
            let debt =
                debts.entry((entry.value_date, month, rank, scheme.clone())).or_insert(fund.currency.zero());
            *debt = debt.plus(posting.amount)?;
        }
    }
    debts.retain(|_, due| !due.is_zero());
    Ok((debts, payments))
}

/// Sets one payment against the oldest debts; gives what is left of it.
fn allocate(
    fund: &Fund,
    obligations: &mut [Obligation],
    oldest: &mut usize,
    payment: &Payment,
) -> Result<Money, MoneyError> {
    let mut rest = payment.amount;
    while let Some(obligation) = obligations.get_mut(*oldest) {
        if rest.is_zero() {
            break;
        }
        let part = obligation.unpaid()?.at_most(rest)?;
        if !part.is_zero() && !part.is_negative() {
            settle(fund, obligation, part, payment)?;
            obligation.paid = obligation.paid.plus(part)?;
            rest = rest.minus(part)?;
        }
        // A debt that was taken back below zero asks for nothing: it is passed over, not waited for.
        let unpaid = obligation.unpaid()?;
        if unpaid.is_zero() || unpaid.is_negative() {
            *oldest = oldest.saturating_add(1);
        }
    }
    Ok(rest)
}

/// Adds a part of a payment to an obligation. What arrives on one day is one slice, whose
/// lateness is rounded once: two payments of a day may be booked in either order.
fn settle(
    fund: &Fund,
    obligation: &mut Obligation,
    part: Money,
    payment: &Payment,
) -> Result<(), MoneyError> {
    let same_day = obligation.slices.pop_if(|slice| slice.paid_on == payment.paid_on);
    let (amount, reference) = match same_day {
        Some(slice) => (slice.amount.plus(part)?, joined(slice.reference, payment.reference.as_deref())),
        None => (part, payment.reference.clone()),
    };
    let surcharge = surcharge(fund, &obligation.scheme, amount, obligation.due_date, payment.paid_on)?;
    obligation.slices.push(Slice { paid_on: payment.paid_on, reference, amount, surcharge });
    Ok(())
}

fn joined(first: Option<String>, second: Option<&str>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) if first != second => Some(format!("{first}, {second}")),
        (first, second) => first.or_else(|| second.map(str::to_owned)),
    }
}
