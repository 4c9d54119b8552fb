//! The accounts of an employer and of its workers, worked out again from what was typed and paid.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::money::Credit;
use super::{Audit, Broken, Known, PAGE, Promise, hold};
use crate::calendar::Month;
use crate::decision::Moment;
use crate::declaration::Filed;
use crate::desk::{Desk, DeskError};
use crate::ledger::{Entry, EntryKind, Settled};
use crate::money::Money;
use crate::port::Store;
use crate::world::people::{Firm, Sheet};

/// What each scheme takes of a wage, in thousandths.
const SCHEMES: [(&str, i64); 2] = [("cnss", 215), ("amu", 100)];
/// The employer's part of all that, in thousandths; the rest is the worker's.
const EMPLOYER: i64 = 225;
const WORKER: i64 = 90;

fn francs(money: Money) -> i64 {
    // What is no whole number of francs is nothing that the auditor ever expects.
    money.to_minor().unwrap_or(i64::MIN)
}

fn share(wage: i64, thousandths: i64) -> i64 {
    wage * thousandths / 1_000
}

/// A debt of one month to one scheme.
#[derive(Clone, Debug)]
pub(super) struct Debt {
    month: Month,
    scheme: &'static str,
    due_on: NaiveDate,
    amount: i64,
    /// What was paid of it on which day.
    slices: Vec<(NaiveDate, i64)>,
}

impl Debt {
    fn paid(&self) -> i64 {
        self.slices.iter().map(|(_, amount)| amount).sum()
    }
}

/// What is owed for what stands declared, the oldest first; nothing of it is paid yet.
pub(super) fn debts(known: &Known) -> Vec<Debt> {
    let mut debts = Vec::new();
    for (quarter, revisions) in &known.filed {
        let Some((_, sheet)) = revisions.last() else { continue };
        for (place, month) in quarter.months().into_iter().enumerate() {
            let wages = sheet.rows.iter().filter_map(|row| row.wages.get(place).copied().flatten());
            let wages: i64 = wages.sum();
            let due_on = month.plus(1).first_day() + chrono::TimeDelta::days(14);
            for (scheme, thousandths) in SCHEMES {
                let amount = share(wages, thousandths);
                if amount > 0 {
                    debts.push(Debt { month, scheme, due_on, amount, slices: Vec::new() });
                }
            }
        }
    }
    debts
}

/// Sets what was paid until a day against the oldest debts; gives what is left over.
fn allocate(debts: &mut [Debt], credited: &[Credit], on: NaiveDate) -> i64 {
    let mut paid: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for credit in credited.iter().filter(|credit| credit.paid_on <= on) {
        *paid.entry(credit.paid_on).or_default() += credit.amount;
    }
    let mut over = 0;
    for (day, mut left) in paid {
        for debt in debts.iter_mut() {
            let part = left.min(debt.amount - debt.paid());
            if part > 0 {
                debt.slices.push((day, part));
                left -= part;
            }
        }
        over += left;
    }
    over
}

/// Five per cent at once, and one more for each month begun after the third.
fn lateness(scheme: &str, amount: i64, due_on: NaiveDate, on: NaiveDate) -> i64 {
    if scheme != "cnss" || on <= due_on {
        return 0;
    }
    // Due on the fifteenth: a month more has begun on the sixteenth.
    let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month());
    let begun = months(on) - months(due_on) + i64::from(on.day() > due_on.day());
    let percent = 5 + (begun.max(3) - 3);
    (amount * percent * 2 + 100) / 200
}

/// A receipt says what was typed.
pub(super) fn as_typed(filed: &Filed, sheet: &Sheet) -> Audit {
    let wages: i64 = sheet.rows.iter().flat_map(|row| row.wages).flatten().sum();
    let contributions: i64 = SCHEMES.iter().map(|(_, thousandths)| share(wages, *thousandths)).sum();
    let said = (francs(filed.wages), francs(filed.contributions), usize::try_from(filed.workers));
    let same = said == (wages, contributions, Ok(sheet.rows.len()));
    hold(same, Promise::Stays, || format!("{filed:?} of {sheet:?}"))
}

/// The entries: none is ever changed, each sums to zero, and together they say what is owed and what
/// was paid.
pub(super) async fn entries(
    firm: &Firm,
    known: &mut Known,
    credited: &[Credit],
    store: &dyn Store,
    all: bool,
) -> Audit {
    let kept = if all { std::mem::take(&mut known.entries) } else { Vec::new() };
    let before = known.entries.len();
    loop {
        let after = known.entries.last().map_or(i64::MIN, |(place, _)| *place);
        let page = store.entries(firm.id, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        known.entries.extend(page);
    }
    let same = known.entries.get(..kept.len()) == Some(kept.as_slice());
    hold(same, Promise::Stays, || "an entry was changed or is gone".to_owned())?;
    let version = store.employer(firm.id).await?.map(|seen| seen.version);
    let new = known.entries.get(before.max(kept.len())..).unwrap_or_default();
    if !new.is_empty() {
        let owed = new.iter().any(|(_, entry)| entry.kind != EntryKind::Payment);
        let moved = version > known.version;
        hold(moved || !owed, Promise::Moves, || format!("{:?}, then {version:?}", known.version))?;
    }
    known.version = version;
    if all {
        balances(firm, known, store).await?;
    }
    replay(known, credited)
}

/// The balance of each account, now and half way back. An entry counts from when it was booked, or
/// from when the one before it was: clocks go back, accounts do not.
async fn balances(firm: &Firm, known: &Known, store: &dyn Store) -> Audit {
    let half = known.entries.get(known.entries.len() / 2).map(|(_, entry)| entry.booked_at);
    let end = DateTime::<Utc>::MAX_UTC - chrono::TimeDelta::days(366);
    for at in half.into_iter().chain([end]) {
        let mut sums: BTreeMap<_, (DateTime<Utc>, Option<i64>)> = BTreeMap::new();
        for (_, entry) in &known.entries {
            for posting in entry.postings() {
                let nothing = (DateTime::<Utc>::MIN_UTC, None);
                let (counts_from, sum) = sums.entry(posting.account.clone()).or_insert(nothing);
                *counts_from = entry.booked_at.max(*counts_from);
                if *counts_from <= at {
                    *sum = Some(sum.unwrap_or(0) + francs(posting.amount));
                }
            }
        }
        for (account, (_, sum)) in sums {
            let read = store.balance(firm.id, &account, at).await?.map(francs);
            hold(read == sum, Promise::Replay, || format!("{account} at {at}: {read:?} for {sum:?}"))?;
        }
    }
    Ok(())
}

/// Adds the new entries up, and compares the sums with what was declared and paid.
fn replay(known: &mut Known, credited: &[Credit]) -> Audit {
    let Known { entries, added, sums, paid, debts, .. } = known;
    for (_, entry) in entries.iter().skip(*added) {
        let sum: i64 = entry.postings().iter().map(|posting| francs(posting.amount)).sum();
        hold(sum == 0, Promise::SumsToZero, || format!("{sum}: {entry:?}"))?;
        for posting in entry.postings() {
            let account = posting.account.to_string();
            let account = if account.starts_with("contribution:") { "earned".to_owned() } else { account };
            *sums.entry((entry.month, account)).or_default() += francs(posting.amount);
        }
        if entry.kind == EntryKind::Payment {
            paid.push(payment(entry));
        }
    }
    *added = entries.len();
    let mut expected: BTreeMap<(Option<Month>, String), i64> = BTreeMap::new();
    for debt in debts {
        *expected.entry((Some(debt.month), format!("receivable:{}", debt.scheme))).or_default() +=
            debt.amount;
        *expected.entry((Some(debt.month), "earned".to_owned())).or_default() -= debt.amount;
    }
    let total: i64 = credited.iter().map(|credit| credit.amount).sum();
    expected.extend([((None, "bank".to_owned()), total), ((None, "deposit".to_owned()), -total)]);
    sums.retain(|_, sum| *sum != 0);
    expected.retain(|_, sum| *sum != 0);
    let mut once = paid.clone();
    once.sort();
    once.dedup();
    hold(once.len() == paid.len(), Promise::CreditedOnce, || format!("{paid:?}"))?;
    let mut said: Vec<_> = credited.iter().map(|c| (c.reference.clone(), c.amount, c.paid_on)).collect();
    said.sort();
    hold(once == said, Promise::CreditedOrDisputed, || format!("booked: {once:?}, answered: {said:?}"))?;
    hold(*sums == expected, Promise::Replay, || format!("booked: {sums:?}, declared: {expected:?}"))
}

fn payment(entry: &Entry) -> (String, i64, NaiveDate) {
    let bank = entry.postings().iter().filter(|posting| posting.account.to_string() == "bank");
    let amount = bank.map(|posting| francs(posting.amount)).sum();
    (entry.reference.clone().unwrap_or_default(), amount, entry.value_date)
}

fn answered<T>(answer: Result<T, DeskError>) -> Result<T, Broken> {
    answer.map_err(|error| Broken { promise: Promise::Answers, what: error.to_string() })
}

/// The contribution account: every debt with what was paid of it, what lateness cost, what is left.
pub(super) async fn statement(
    firm: &Firm,
    known: &Known,
    credited: &[Credit],
    desk: &Desk,
    on: NaiveDate,
) -> Audit {
    let statement = answered(desk.contribution_account(firm.filer, on).await)?.statement;
    let mut debts = known.debts.clone();
    let mut over = allocate(&mut debts, credited, on);
    let received: i64 = statement.payments.iter().map(|payment| francs(payment.amount)).sum();
    let arrived = credited.iter().filter(|credit| credit.paid_on <= on);
    let arrived: i64 = arrived.map(|credit| credit.amount).sum();
    hold(received == arrived, Promise::Replay, || format!("{received} received of {arrived}"))?;
    let (mut owed, mut set) = (0, 0);
    let same = debts.len() == statement.obligations.len();
    hold(same, Promise::Replay, || format!("{:?} for {debts:?}", statement.obligations))?;
    for (debt, read) in debts.iter().zip(&statement.obligations) {
        let wrong = || format!("{read:?} for {debt:?}");
        let head = (read.month, read.scheme.as_str(), read.due_date, francs(read.due));
        hold(head == (debt.month, debt.scheme, debt.due_on, debt.amount), Promise::Replay, wrong)?;
        let slices: Vec<_> = read.slices.iter().map(|s| (s.paid_on, francs(s.amount))).collect();
        let paid = slices == debt.slices && francs(read.paid) == debt.paid();
        hold(paid, Promise::Allocated, wrong)?;
        let mut late = lateness(debt.scheme, debt.amount - debt.paid(), debt.due_on, on);
        hold(francs(read.running.amount) == late, Promise::Replay, wrong)?;
        for (slice, (day, amount)) in read.slices.iter().zip(&debt.slices) {
            let cost = lateness(debt.scheme, *amount, debt.due_on, *day);
            hold(francs(slice.surcharge.amount) == cost, Promise::Replay, wrong)?;
            late += cost;
        }
        let covered = late.min(over);
        over -= covered;
        hold(francs(read.surcharge_paid) == covered, Promise::Allocated, wrong)?;
        owed += debt.amount - debt.paid() + late - covered;
        set += debt.paid() + covered;
    }
    let credit = francs(statement.credit);
    let what = || format!("{received} received, {set} set against debts, {credit} left");
    hold(received == set + credit, Promise::Allocated, what)?;
    let balance = statement.balance().map_or(i64::MIN, francs);
    hold(balance == owed - credit, Promise::Replay, || format!("{balance} for {owed} less {credit}"))
}

/// An individual account: every month that stands declared, and whether it was paid for.
pub(super) async fn career(
    firm: &Firm,
    known: &Known,
    worker: usize,
    credited: &[Credit],
    desk: &Desk,
    at: &Moment,
) -> Audit {
    let Some(who) = firm.workers.get(worker) else { return Ok(()) };
    let account = answered(desk.individual_account(who.reader(), at).await)?;
    let mut debts = known.debts.clone();
    allocate(&mut debts, credited, at.today);
    let mut expected = Vec::new();
    for (quarter, revisions) in &known.filed {
        let Some((filed, sheet)) = revisions.last() else { continue };
        let Some(row) = sheet.rows.iter().find(|row| row.worker == worker) else { continue };
        for (month, wage) in quarter.months().into_iter().zip(row.wages) {
            let Some(wage) = wage else { continue };
            let own = || debts.iter().filter(|debt| debt.month == month);
            let (due, paid): (i64, i64) = (own().map(|d| d.amount).sum(), own().map(Debt::paid).sum());
            let in_time = own().any(|debt| debt.due_on >= at.today);
            let settled = match paid {
                _ if paid == due => Settled::Paid,
                0 if in_time => Settled::NotDue,
                0 => Settled::Unpaid,
                _ => Settled::Partly,
            };
            let shares = (share(wage, EMPLOYER), share(wage, WORKER));
            expected.push((month, filed.id, wage, shares, Some(settled)));
        }
    }
    let read = account.months.iter().map(|view| {
        let month = &view.declared;
        let shares = (francs(month.employer_share), francs(month.worker_share));
        (month.month, month.declaration, francs(month.wage), shares, view.settled)
    });
    let read: Vec<_> = read.collect();
    hold(read == expected, Promise::Careers, || format!("{read:?} for {expected:?}"))
}
