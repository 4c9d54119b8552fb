//! Filing a declaration (dépôt de la DNR): what follows from sound lines.
//!
//! One decision debits the employer's account month by month, writes each worker's
//! individual account, and tells the filer; it is committed whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::prepare::{Prepared, prepare};
use super::{Filed, Line};
use crate::access::{FileDeclarations, Permit};
use crate::calendar::{Month, Quarter};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::employer::{Employer, Employment, Redated};
use crate::fund::Fund;
use crate::id::{DeclarationId, EntryId, InsuredId, NoticeId, Seen, Version};
use crate::insured::CareerMonth;
use crate::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use crate::money::{Money, MoneyError};
use crate::notice::{Message, Notice};
use crate::refusal::Refusal;

/// What is filed, and what was known when it was decided.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// The rules.
    pub fund: &'a Fund,
    /// Who files.
    pub employer: &'a Seen<Employer>,
    /// For which quarter.
    pub quarter: Quarter,
    /// The sound lines.
    pub lines: Vec<Line>,
    /// Who is on the staff already.
    pub staff: &'a BTreeSet<InsuredId>,
    /// The draft that this came from, which is dropped.
    pub draft: Option<Version>,
}

/// Files a quarter for the first time.
///
/// # Errors
/// [`Refusal::QuarterNotOver`], [`Refusal::AlreadyFiled`], or what [`prepare`] refuses.
pub fn submit(
    submission: Submission<'_>,
    previous: Option<&Filed>,
    permit: Permit<FileDeclarations>,
    at: &Moment,
) -> Result<Decision<Filed>, Refusal> {
    let quarter = submission.quarter;
    if previous.is_some() {
        return Err(Refusal::AlreadyFiled { quarter });
    }
    let prepared = prepare(submission.fund, &submission.employer.value.category, quarter, &submission.lines)?;
    let filed = filed(&submission, &prepared, 1, permit, at)?;
    let message = Message::DeclarationFiled {
        quarter,
        workers: filed.workers,
        amount: filed.contributions.to_string(),
        receipt: filed.receipt(&submission.fund.layout),
    };
    let entries = entries(&filed, submission.fund, &prepared, &BTreeMap::new(), EntryKind::Assessment, at)?;
    let staff = staff_changes(&submission, &[]);
    Ok(decide(submission, filed, prepared, entries, staff, message, at))
}

/// The declaration as it will be recorded.
pub(super) fn filed(
    submission: &Submission<'_>,
    prepared: &Prepared,
    revision: u32,
    permit: Permit<FileDeclarations>,
    at: &Moment,
) -> Result<Filed, Refusal> {
    let quarter = submission.quarter;
    if quarter.last_day() >= at.today {
        return Err(Refusal::QuarterNotOver { quarter, from: quarter.plus(1).first_day() });
    }
    Ok(Filed {
        id: DeclarationId(at.entropy.uuid(at.now)),
        employer: submission.employer.value.id,
        quarter,
        revision,
        filed_at: at.now,
        filed_by: permit.actor().account,
        workers: u32::try_from(submission.lines.len()).unwrap_or(u32::MAX),
        wages: prepared.wages,
        contributions: prepared.contributions,
    })
}

/// What each month's books hold already: the due date under which it was booked, and the
/// sum of each account.
pub(super) type Booked = BTreeMap<Month, (NaiveDate, BTreeMap<LedgerAccount, Money>)>;

/// The entries that bring the books from what is booked to what is now declared.
pub(super) fn entries(
    filed: &Filed,
    fund: &Fund,
    prepared: &Prepared,
    booked: &Booked,
    kind: EntryKind,
    at: &Moment,
) -> Result<Vec<Entry>, MoneyError> {
    let zero = filed.wages.currency().zero();
    let mut months: BTreeMap<Month, BTreeMap<LedgerAccount, Money>> = BTreeMap::new();
    let mut due_dates = BTreeMap::new();
    for assessment in &prepared.months {
        due_dates.extend(assessment.due_date.map(|due| (assessment.month, due)));
        let postings = months.entry(assessment.month).or_default();
        for line in &assessment.lines {
            let earned = LedgerAccount::Contribution { branch: line.branch.to_string(), payer: line.payer };
            let owed = LedgerAccount::Receivable { scheme: line.scheme.to_string() };
            let earned = postings.entry(earned).or_insert(zero);
            *earned = earned.minus(line.amount)?;
            let owed = postings.entry(owed).or_insert(zero);
            *owed = owed.plus(line.amount)?;
        }
    }
    for (month, (due, accounts)) in booked {
        // What is taken back must meet the debt that it takes back, whatever became of the month.
        due_dates.insert(*month, *due);
        let postings = months.entry(*month).or_default();
        for (account, amount) in accounts {
            let sum = postings.entry(account.clone()).or_insert(zero);
            *sum = sum.minus(*amount)?;
        }
    }
    let mut entries = Vec::new();
    for (month, accounts) in months {
        let postings: Vec<Posting> = accounts
            .into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(account, amount)| Posting { account, amount })
            .collect();
        if postings.is_empty() {
            continue;
        }
        let due = due_dates.get(&month).copied().unwrap_or_else(|| month.last_day());
        let mut entry = Entry::blank(EntryId(at.entropy.uuid(at.now)), filed.employer, kind, due, at.now);
        entry.month = Some(month);
        entry.declaration = Some(filed.id);
        entry.reference = Some(filed.receipt(&fund.layout));
        entries.push(entry.with_postings(postings).map_err(|_| MoneyError::TooLarge)?);
    }
    Ok(entries)
}

/// Puts everything that follows into one decision; `more` is what else changes.
pub(super) fn decide(
    submission: Submission<'_>,
    filed: Filed,
    prepared: Prepared,
    entries: Vec<Entry>,
    more: Vec<Change>,
    message: Message,
    at: &Moment,
) -> Decision<Filed> {
    let employer = &submission.employer.value;
    let mut expects = vec![Expect::Employer(employer.id, submission.employer.version)];
    let mut changes = Vec::new();
    if let Some(version) = submission.draft {
        expects.push(Expect::Draft(employer.id, submission.quarter, Some(version)));
        if !planted!("draft-kept") {
            changes.push(Change::DropDraft(employer.id, submission.quarter));
        }
    }
    let career = prepared
        .shares
        .into_iter()
        .filter_map(|(insured, month, wage, days, employer_share, worker_share)| {
            Some(CareerMonth {
                insured,
                month,
                employer: employer.id,
                declaration: filed.id,
                category: employer.category.clone(),
                wage: Money::new(wage, filed.wages.currency()).ok()?,
                days,
                employer_share,
                worker_share,
            })
        })
        .collect();
    changes.push(Change::FileDeclaration(filed.clone(), submission.lines));
    changes.push(Change::RecordCareer(career));
    changes.extend(more);
    changes.extend(entries.into_iter().map(Change::PostEntry));
    let notice = Notice { id: NoticeId(at.entropy.uuid(at.now)), to: filed.filed_by.into(), message };
    let mut notices = vec![notice];
    if planted!("told-twice") {
        notices.extend(
            notices.clone().into_iter().map(|n| Notice { id: NoticeId(at.entropy.uuid(at.now)), ..n }),
        );
    }
    Decision { outcome: filed, expects, changes, notices }
}

/// What the lines say of the staff: who joins, whose dates become known, and whose dates are
/// others than in the lines that stood before. What is only repeated changes nothing, for a later
/// declaration may have said more.
pub(super) fn staff_changes(submission: &Submission<'_>, standing: &[Line]) -> Vec<Change> {
    let months = submission.quarter.months();
    let first_month = |line: &Line| {
        let first = line.wages.iter().position(Option::is_some).and_then(|i| months.get(i));
        first.map_or(submission.quarter.first_day(), |month| month.first_day())
    };
    let employer = submission.employer.value.id;
    let standing: BTreeMap<InsuredId, &Line> = standing.iter().map(|line| (line.insured, line)).collect();
    let (mut redated, mut employments) = (Vec::new(), Vec::new());
    for line in &submission.lines {
        let insured = line.insured;
        let said = standing.get(&insured);
        let (said_hired_on, said_left_on) = (said.and_then(|l| l.hired_on), said.and_then(|l| l.left_on));
        let (hired_on, left_on) = (line.hired_on, line.left_on);
        let other_hired = hired_on.is_some() && said_hired_on.is_some() && said_hired_on != hired_on;
        if other_hired || (said_left_on.is_some() && said_left_on != left_on) {
            redated.push(Redated { employer, insured, said_hired_on, hired_on, said_left_on, left_on });
        }
        let joins = !submission.staff.contains(&insured);
        let newly_hired = hired_on.is_some() && said_hired_on != hired_on;
        let newly_left = left_on.filter(|_| joins || said_left_on.is_none());
        if joins || newly_hired || newly_left.is_some() {
            let hired_on = hired_on.unwrap_or_else(|| first_month(line));
            employments.push(Employment { employer, insured, hired_on, left_on: newly_left });
        }
    }
    let mut changes = Vec::new();
    if !redated.is_empty() {
        changes.push(Change::Redate(redated));
    }
    if !employments.is_empty() {
        changes.push(Change::Employ(employments));
    }
    changes
}
