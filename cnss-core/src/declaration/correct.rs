//! Correcting a declaration (DNR rectificative): a new revision, and entries for the difference.
//!
//! What was filed stays as it was; the books receive only what changes, so a correction that
//! moves one wage by a franc shows as exactly that.

use std::collections::{BTreeMap, BTreeSet};

use super::prepare::prepare;
use super::submit::{Booked, Submission, decide, entries, filed, staff_changes};
use super::{Filed, Line};
use crate::access::{FileDeclarations, Permit};
use crate::calendar::Month;
use crate::decision::{Change, Decision, Moment};
use crate::id::InsuredId;
use crate::ledger::{Entry, EntryKind};
use crate::money::MoneyError;
use crate::notice::Message;
use crate::refusal::Refusal;

/// Files a quarter again, in place of the revision that stands.
///
/// `ledger` is the employer's entries: the difference is taken to what is booked, not to what
/// today's rules would have booked.
///
/// # Errors
/// [`Refusal::NotFiled`] when nothing stands, [`Refusal::NothingChanged`], or what
/// [`prepare`] refuses.
pub fn correct(
    submission: Submission<'_>,
    previous: Option<(&Filed, &[Line])>,
    ledger: &[Entry],
    permit: Permit<FileDeclarations>,
    at: &Moment,
) -> Result<Decision<Filed>, Refusal> {
    let quarter = submission.quarter;
    let Some((standing, standing_lines)) = previous else { return Err(Refusal::NotFiled { quarter }) };
    if same(standing_lines, &submission.lines) {
        return Err(Refusal::NothingChanged);
    }
    let prepared = prepare(submission.fund, &submission.employer.value.category, quarter, &submission.lines)?;
    let filed = filed(&submission, &prepared, standing.revision.saturating_add(1), permit, at)?;
    let ledger = if planted!("books-it-all") { &[] } else { ledger };
    let booked = booked(ledger, &quarter.months())?;
    let entries = entries(&filed, submission.fund, &prepared, &booked, EntryKind::Correction, at)?;
    let message = Message::DeclarationCorrected {
        quarter,
        difference: filed.contributions.minus(standing.contributions)?.to_string(),
        receipt: filed.receipt(&submission.fund.layout),
    };
    let kept = paid_months(&submission.lines, &quarter.months());
    let withdrawn: Vec<_> = paid_months(standing_lines, &quarter.months())
        .difference(&kept)
        .map(|(insured, month)| (*insured, *month, filed.employer))
        .collect();
    let mut more = staff_changes(&submission, standing_lines);
    if !withdrawn.is_empty() && !planted!("withdraws-nothing") {
        more.push(Change::WithdrawCareer(withdrawn));
    }
    Ok(decide(submission, filed, prepared, entries, more, message, at))
}

fn same(a: &[Line], b: &[Line]) -> bool {
    let bare = |lines: &[Line]| {
        let mut all: Vec<Line> = lines.iter().map(|l| Line { row: 0, ..l.clone() }).collect();
        all.sort_by_key(|line| line.number);
        all
    };
    a.len() == b.len() && bare(a) == bare(b)
}

fn paid_months(lines: &[Line], months: &[Month; 3]) -> BTreeSet<(InsuredId, Month)> {
    let of_line = |line: &Line| {
        let insured = line.insured;
        let wages = line.wages;
        months
            .iter()
            .zip(wages)
            .filter(|(_, wage)| wage.is_some())
            .map(move |(month, _)| (insured, *month))
            .collect::<Vec<_>>()
    };
    lines.iter().flat_map(of_line).collect()
}

fn booked(ledger: &[Entry], months: &[Month; 3]) -> Result<Booked, MoneyError> {
    let mut booked = Booked::new();
    for entry in ledger.iter().filter(|entry| entry.kind != EntryKind::Payment) {
        let Some(month) = entry.month.filter(|month| months.contains(month)) else { continue };
        let (_, accounts) = booked.entry(month).or_insert_with(|| (entry.value_date, BTreeMap::new()));
        for posting in entry.postings() {
            let zero = posting.amount.currency().zero();
            let sum = accounts.entry(posting.account.clone()).or_insert(zero);
            *sum = sum.plus(posting.amount)?;
        }
    }
    Ok(booked)
}
