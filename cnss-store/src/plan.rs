//! A batch as statements: what a commit does to the books, in which order. Pure; the engine comes
//! later.
//!
//! First the request's receipt, which the second of two equal requests trips over; then what the
//! decision relied on, in one order for everybody, which also takes the locks; then the line of the
//! audit trail and the changes; then who is told what. The one rule to remember: on PostgreSQL a statement that waited for a
//! lock sees the rest as it was before it waited, so that a lock and a check that looks elsewhere
//! are two statements.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cnss_core::account::Tally;
use cnss_core::audit;
use cnss_core::decision::{Batch, Change, Expect, RETURNED_HOURS, ReturnedFile};
use cnss_core::declaration::{Filed, Line};
use cnss_core::employer::{Employer, Employment, Redated};
use cnss_core::id::{BatchId, EmployerId};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::Entry;
use cnss_core::money::{Currency, Money};
use cnss_core::notice::{Addressee, Notice};
use cnss_core::payment::{Dispute, Issued};
use cnss_core::person::{NameKey, Sex};
use cnss_core::port::{CommitError, StoreError};
use rust_decimal::Decimal;

use crate::accounts::plan::{END_SESSION, TOUCH_SESSION};
use crate::waist::{Statement, Step, Value, number_order, statements, values};

statements! {
    ADD_RECEIPT(request_key: Id, account_id: Id, digest: Bytes, answer: Text, made_at: Instant) =
        "INSERT INTO receipt (request_key, account_id, digest, answer, made_at) \
         SELECT request_key, account_id, digest, answer, made_at FROM r";
    ADD_NOTICES(notice_id: Id, account_id: Id, notice: Text, made_at: Instant) =
        "INSERT INTO outbox (notice_id, account_id, notice, made_at, due_at) \
         SELECT notice_id, account_id, notice, made_at, made_at FROM r";
    // By compare-and-set: whoever comes second finds no row.
    MOVE_EMPLOYER(employer_id: Id, seen_version: Int) =
        "UPDATE employer SET version = version + 1 FROM r \
         WHERE employer.employer_id = r.employer_id AND version = r.seen_version";
    // Changes nothing and locks: drafts of one employer are looked at by one commit at a time.
    LOCK_EMPLOYER = "UPDATE employer SET version = version WHERE employer_id = $1";
    DRAFT_AT = "UPDATE employer SET version = version WHERE employer_id = $1 AND EXISTS \
                (SELECT 1 FROM draft WHERE draft.employer_id = $1 AND quarter = $2 AND draft.version = $3)";
    NO_DRAFT = "UPDATE employer SET version = version WHERE employer_id = $1 AND NOT EXISTS \
                (SELECT 1 FROM draft WHERE draft.employer_id = $1 AND quarter = $2)";
    // Not by `paid_entry`, which is absent together with the transaction: it has an index, and SQLite would
    // go through all that is unpaid.
    UNPAID(reference: Text) =
        "UPDATE payment_reference SET paid_entry = paid_entry FROM r \
         WHERE payment_reference.reference = r.reference AND paid_transaction IS NULL";
    // Whoever posts holds the employer's row, so that entries follow one another. What is owed moves
    // the version even where the decision did not rely on it; a payment moves it by nothing.
    TOUCH_EMPLOYER(employer_id: Id, moved: Int) =
        "UPDATE employer SET version = version + moved FROM r WHERE employer.employer_id = r.employer_id";
    ADD_REFERENCE(reference: Text, employer_id: Id, amount: Int, issued_at: Instant, issued_on: Day, expires_on: Day,
                  issued_by: Id, paid_entry: Id, paid_bank: Text, paid_transaction: Text, paid_on: Day) =
        "INSERT INTO payment_reference (reference, employer_id, amount, issued_at, issued_on, expires_on, issued_by, \
         paid_entry, paid_bank, paid_transaction, paid_on) SELECT reference, employer_id, amount, issued_at, issued_on, \
         expires_on, issued_by, paid_entry, paid_bank, paid_transaction, paid_on FROM r";
    CREDIT_REFERENCE(reference: Text, entry_id: Id, bank: Text, bank_transaction: Text, arrived_on: Day) =
        "UPDATE payment_reference SET paid_entry = r.entry_id, paid_bank = r.bank, \
         paid_transaction = r.bank_transaction, paid_on = r.arrived_on FROM r \
         WHERE payment_reference.reference = r.reference";
    ADD_DISPUTE(dispute_id: Id, bank: Text, bank_transaction: Text, reference_text: Text, amount: Int, currency: Text,
                decimals: Int, paid_on: Day, reason: Text, received_at: Instant) =
        "INSERT INTO payment_dispute (dispute_id, bank, bank_transaction, reference_text, amount, currency, decimals, \
         paid_on, reason, received_at) SELECT dispute_id, bank, bank_transaction, reference_text, amount, currency, \
         decimals, paid_on, reason, received_at FROM r";
    ADD_EMPLOYER = "INSERT INTO employer (employer_id, number, name, name_key, category, registered_on) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
    ADD_INSURED(insured_id: Id, number: Text, number_order: Text, surname: Text, forenames: Text, name_key: Text,
                sex: Text, birth_date: Day, registered_on: Day) =
        "INSERT INTO insured (insured_id, number, number_order, surname, forenames, name_key, sex, birth_date, \
         registered_on) SELECT insured_id, number, number_order, surname, forenames, name_key, sex, birth_date, \
         registered_on FROM r";
    EMPLOY(employer_id: Id, insured_id: Id, hired_on: Day, left_on: Day) =
        "INSERT INTO employment (employer_id, insured_id, number_order, hired_on, left_on) \
         SELECT r.employer_id, r.insured_id, insured.number_order, r.hired_on, r.left_on \
         FROM r JOIN insured ON insured.insured_id = r.insured_id WHERE true \
         ON CONFLICT (employer_id, insured_id) DO UPDATE SET \
         hired_on = CASE WHEN excluded.hired_on < employment.hired_on THEN excluded.hired_on \
         ELSE employment.hired_on END, left_on = CASE WHEN excluded.hired_on > employment.left_on \
         THEN excluded.left_on ELSE COALESCE(excluded.left_on, employment.left_on) END";
    // A date that was not said is NULL here, and equals nothing.
    REDATE(employer_id: Id, insured_id: Id, said_hired_on: Day, new_hired_on: Day, said_left_on: Day,
           new_left_on: Day) =
        "UPDATE employment SET hired_on = CASE WHEN hired_on = said_hired_on \
         THEN COALESCE(new_hired_on, hired_on) ELSE hired_on END, \
         left_on = CASE WHEN left_on = said_left_on THEN new_left_on ELSE left_on END FROM r \
         WHERE employment.employer_id = r.employer_id AND employment.insured_id = r.insured_id";
    SAVE_DRAFT = "INSERT INTO draft (employer_id, quarter, version, lines, saved_at) VALUES ($1, $2, $3, $4, $5) \
                  ON CONFLICT (employer_id, quarter) DO UPDATE SET version = excluded.version, \
                  lines = excluded.lines, saved_at = excluded.saved_at";
    DROP_DRAFT = "DELETE FROM draft WHERE employer_id = $1 AND quarter = $2";
    ADD_DECLARATION =
        "INSERT INTO declaration (declaration_id, employer_id, quarter, revision, filed_at, filed_by, workers, wages, \
         contributions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ADD_LINES(declaration_id: Id, line_row: Int, insured_id: Id, number: Text, wage1: Int, wage2: Int, wage3: Int,
              days1: Int, days2: Int, days3: Int, hired_on: Day, left_on: Day, observation: Text) =
        "INSERT INTO declaration_line (declaration_id, line_row, insured_id, number, wage1, wage2, wage3, \
         days1, days2, days3, hired_on, left_on, observation) \
         SELECT declaration_id, line_row, insured_id, number, wage1, wage2, wage3, \
         days1, days2, days3, hired_on, left_on, observation FROM r";
    RECORD_CAREER(insured_id: Id, month: Month, employer_id: Id, declaration_id: Id, category: Text, wage: Int,
                  days: Int, employer_share: Int, worker_share: Int) =
        "INSERT INTO career_month (insured_id, month, employer_id, declaration_id, category, wage, days, \
         employer_share, worker_share) SELECT insured_id, month, employer_id, declaration_id, category, wage, days, \
         employer_share, worker_share FROM r WHERE true \
         ON CONFLICT (insured_id, month, employer_id) DO UPDATE SET declaration_id = excluded.declaration_id, \
         category = excluded.category, wage = excluded.wage, days = excluded.days, \
         employer_share = excluded.employer_share, worker_share = excluded.worker_share";
    WITHDRAW_CAREER(insured_id: Id, month: Month, employer_id: Id) =
        "DELETE FROM career_month WHERE (insured_id, month, employer_id) IN \
         (SELECT insured_id, month, employer_id FROM r)";
    ADD_ENTRY(entry_id: Id, employer_id: Id, kind: Text, month: Month, value_date: Day, booked_at: Instant,
              declaration_id: Id, reference: Text, batch_id: Id) =
        "INSERT INTO ledger_entry (entry_id, employer_id, kind, month, value_date, booked_at, declaration_id, \
         reference, batch_id) SELECT entry_id, employer_id, kind, month, value_date, booked_at, declaration_id, \
         reference, batch_id FROM r";
    // The employer's row is locked by now: nobody else posts to these accounts, and the last balance
    // is the last. One entry of an employer a statement, because a statement does not see what it
    // writes itself.
    ADD_POSTINGS(entry_id: Id, account: Text, amount: Int) =
        "INSERT INTO ledger_posting (place, account, amount, employer_id, counted_at, balance) \
         SELECT e.place, r.account, r.amount, e.employer_id, COALESCE((SELECT CASE WHEN last.counted_at > e.booked_at \
         THEN last.counted_at ELSE e.booked_at END FROM ledger_posting AS last WHERE last.employer_id = e.employer_id \
         AND last.account = r.account ORDER BY last.counted_at DESC, last.place DESC LIMIT 1), e.booked_at), \
         r.amount + COALESCE((SELECT last.balance FROM ledger_posting AS last WHERE last.employer_id = e.employer_id \
         AND last.account = r.account ORDER BY last.counted_at DESC, last.place DESC LIMIT 1), 0) \
         FROM r JOIN ledger_entry AS e ON e.entry_id = r.entry_id";
    ADD_AUDIT_LINE(batch_id: Id, decided_at: Instant, actor_id: Id, what: Text, digest: Bytes) =
        "INSERT INTO audit_line (batch_id, decided_at, actor_id, what, digest) \
         SELECT batch_id, decided_at, actor_id, what, digest FROM r";
    DROP_OLD_FILES = "DELETE FROM returned_file WHERE made_at <= $1";
    RETURN_FILE =
        "INSERT INTO returned_file (employer_id, file_id, quarter, name, faults, report, workbook, made_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (employer_id) DO UPDATE SET file_id = excluded.file_id, \
         quarter = excluded.quarter, name = excluded.name, faults = excluded.faults, report = excluded.report, \
         workbook = excluded.workbook, made_at = excluded.made_at";
}

/// The statements that several batches can share, each with what its first column names, if two
/// batches of one group must not name the same there: whoever comes second has to see what the first
/// did. The rest only add rows, and unique keys see to those.
pub(crate) static SHARED: [(&Statement, Option<&str>); 11] = [
    (&ADD_RECEIPT, Some("request")),
    (&MOVE_EMPLOYER, Some("employer")),
    (&TOUCH_EMPLOYER, Some("employer")),
    (&UNPAID, Some("reference")),
    (&ADD_REFERENCE, Some("reference")),
    (&CREDIT_REFERENCE, Some("reference")),
    (&ADD_DISPUTE, None),
    (&ADD_AUDIT_LINE, None),
    (&ADD_ENTRY, None),
    (&ADD_POSTINGS, None),
    (&ADD_NOTICES, None),
];

pub(crate) type Planned = Result<(), CommitError>;

pub(crate) fn inconsistent(error: impl std::fmt::Display) -> CommitError {
    StoreError::Inconsistent(error.to_string()).into()
}

fn minor(money: Money) -> Result<i64, CommitError> {
    money.to_minor().map_err(inconsistent)
}

fn wage_minor(wage: Option<Decimal>, currency: Currency) -> Result<Option<i64>, CommitError> {
    wage.map(|wage| minor(Money::new(wage, currency).map_err(inconsistent)?)).transpose()
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, CommitError> {
    serde_json::to_string(value).map_err(inconsistent)
}

/// The statements of a batch, in order.
pub(crate) fn plan(batch: Batch, currency: Currency) -> Result<Vec<Step>, CommitError> {
    let line = audit::line(&batch).map_err(inconsistent)?;
    let mut plan =
        Plan { steps: Vec::new(), counted: BTreeMap::new(), currency, batch: batch.id, at: batch.at };
    if let Some(receipt) = &batch.receipt {
        let values = values![receipt.key, receipt.account, receipt.digest, receipt.answer.as_str(), batch.at];
        plan.push(Step::plain(&ADD_RECEIPT, values));
    }
    let expects: BTreeSet<Expect> = batch.expects.into_iter().collect();
    for expected in &expects {
        plan.expect(expected)?;
    }
    let moved =
        |id: &EmployerId| expects.iter().any(|e| matches!(e, Expect::Employer(seen, _) if seen == id));
    let mut posted = BTreeMap::new();
    for change in &batch.changes {
        if let Change::PostEntry(entry) = change {
            let owed = posted.entry(entry.employer).or_insert(false);
            *owed |= entry.kind.moves_account();
        }
    }
    for (employer, owed) in posted.into_iter().filter(|(id, _)| !moved(id)) {
        plan.push(Step::plain(&TOUCH_EMPLOYER, values![employer, i64::from(owed)]));
    }
    let values = values![line.batch, line.at, line.by, line.what, line.digest];
    plan.push(Step::plain(&ADD_AUDIT_LINE, values));
    for change in batch.changes {
        plan.change(change)?;
    }
    plan.add_counts();
    let notice = |notice: &Notice| {
        let to = match notice.to {
            Addressee::Account(to) => Some(to),
            Addressee::Contacts(_) => None,
        };
        Ok(values![notice.id, to, json(notice)?, batch.at])
    };
    let notices: Vec<_> = batch.notices.iter().map(notice).collect::<Result<_, CommitError>>()?;
    plan.many(&ADD_NOTICES, notices);
    Ok(plan.steps)
}

pub(crate) struct Plan {
    steps: Vec<Step>,
    /// What was counted, until all changes are planned.
    pub(crate) counted: BTreeMap<Tally, i64>,
    currency: Currency,
    batch: BatchId,
    pub(crate) at: DateTime<Utc>,
}

impl Plan {
    pub(crate) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    pub(crate) fn many(&mut self, statement: &'static Statement, rows: Vec<Vec<Value>>) {
        if !rows.is_empty() {
            self.push(Step::many(statement, rows));
        }
    }

    fn expect(&mut self, expected: &Expect) -> Planned {
        match *expected {
            Expect::Employer(id, version) => {
                self.push(Step::plain(&MOVE_EMPLOYER, values![id, version.0]).or_stale());
            }
            Expect::Draft(employer, quarter, version) => {
                self.push(Step::plain(&LOCK_EMPLOYER, values![employer]));
                self.push(
                    match version {
                        Some(version) => Step::plain(&DRAFT_AT, values![employer, quarter, version.0]),
                        None => Step::plain(&NO_DRAFT, values![employer, quarter]),
                    }
                    .or_stale(),
                );
            }
            Expect::Unpaid(reference) => {
                self.push(Step::plain(&UNPAID, values![reference.to_string()]).or_stale());
            }
            Expect::Account(ref expected) => self.expect_account(expected)?,
        }
        Ok(())
    }

    fn change(&mut self, change: Change) -> Planned {
        match change {
            Change::RegisterEmployer(employer) => self.register_employer(&employer),
            Change::RegisterInsured(person) => self.register_insured(&person),
            Change::OpenAccount(account) => self.open_account(&account)?,
            Change::Account(change) => self.change_account(change)?,
            Change::Employ(employments) => self.employ(employments),
            Change::Redate(corrections) => self.redate(&corrections),
            Change::SaveDraft(seen) => {
                let (draft, version) = (seen.value, seen.version);
                let values =
                    values![draft.employer, draft.quarter, version.0, json(&draft.lines)?, draft.saved_at];
                self.push(Step::plain(&SAVE_DRAFT, values));
            }
            Change::DropDraft(employer, quarter) => {
                self.push(Step::plain(&DROP_DRAFT, values![employer, quarter]));
            }
            Change::FileDeclaration(filed, lines) => self.file_declaration(&filed, &lines)?,
            Change::RecordCareer(months) => self.record_career(&months)?,
            Change::WithdrawCareer(keys) => {
                let rows =
                    keys.into_iter().map(|(insured, month, employer)| values![insured, month, employer]);
                self.many(&WITHDRAW_CAREER, rows.collect());
            }
            Change::PostEntry(entry) => self.post_entry(&entry)?,
            Change::IssueReference(issued) => self.issue_reference(&issued)?,
            Change::CreditReference(reference, paid) => {
                let values = values![
                    reference.to_string(),
                    paid.entry,
                    paid.bank.as_str(),
                    paid.transaction.as_str(),
                    paid.paid_on,
                ];
                self.push(Step::plain(&CREDIT_REFERENCE, values));
            }
            Change::RecordDispute(dispute) => self.record_dispute(&dispute)?,
            Change::OpenSession(session) => {
                self.open_session(&session);
                self.drop_old_files(session.opened_at);
            }
            Change::TouchSession(token, at) => self.push(Step::plain(&TOUCH_SESSION, values![token.0, at])),
            Change::EndSession(token) => self.push(Step::plain(&END_SESSION, values![token.0])),
            Change::ReturnFile(file) => self.return_file(&file),
        }
        Ok(())
    }

    fn register_employer(&mut self, employer: &Employer) {
        let values = values![
            employer.id,
            employer.number.as_str(),
            employer.name.as_str(),
            employer.name.key().as_str(),
            employer.category.as_str(),
            employer.registered_on,
        ];
        self.push(Step::plain(&ADD_EMPLOYER, values));
    }

    fn register_insured(&mut self, person: &Insured) {
        let row = values![
            person.id,
            person.number.to_string(),
            number_order(person.number),
            person.surname.as_str(),
            person.forenames.as_str(),
            NameKey::of(&format!("{} {}", person.surname, person.forenames)).as_str(),
            if person.sex == Sex::Female { "female" } else { "male" },
            person.birth_date,
            person.registered_on,
        ];
        self.many(&ADD_INSURED, vec![row]);
    }

    /// Nobody twice in one statement, which could not say which of the two comes last.
    fn employ(&mut self, employments: Vec<Employment>) {
        let mut waiting = employments;
        while !waiting.is_empty() {
            let mut seen = BTreeSet::new();
            let (now, later): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|e| seen.insert((e.employer, e.insured)));
            let row = |e: &Employment| values![e.employer, e.insured, e.hired_on, e.left_on];
            self.many(&EMPLOY, now.iter().map(row).collect());
            waiting = later;
        }
    }

    fn redate(&mut self, corrections: &[Redated]) {
        // One by one: there are few, and two of one person follow one another.
        for c in corrections {
            let row = values![c.employer, c.insured, c.said_hired_on, c.hired_on, c.said_left_on, c.left_on];
            self.many(&REDATE, vec![row]);
        }
    }

    fn file_declaration(&mut self, filed: &Filed, lines: &[Line]) -> Planned {
        let values = values![
            filed.id,
            filed.employer,
            filed.quarter,
            filed.revision,
            filed.filed_at,
            filed.filed_by,
            filed.workers,
            minor(filed.wages)?,
            minor(filed.contributions)?,
        ];
        self.push(Step::plain(&ADD_DECLARATION, values));
        let currency = self.currency;
        let row = |line: &Line| {
            let [wage1, wage2, wage3] = line.wages;
            let [days1, days2, days3] = line.days;
            Ok(values![
                filed.id,
                line.row,
                line.insured,
                line.number.to_string(),
                wage_minor(wage1, currency)?,
                wage_minor(wage2, currency)?,
                wage_minor(wage3, currency)?,
                days1,
                days2,
                days3,
                line.hired_on,
                line.left_on,
                line.observation.as_deref(),
            ])
        };
        self.many(&ADD_LINES, lines.iter().map(row).collect::<Result<_, CommitError>>()?);
        Ok(())
    }

    fn record_career(&mut self, months: &[CareerMonth]) -> Planned {
        // Of the same month twice, the last counts.
        let mut seen = BTreeSet::new();
        let mut rows = Vec::with_capacity(months.len());
        for month in months.iter().rev().filter(|m| seen.insert((m.insured, m.month, m.employer))) {
            rows.push(values![
                month.insured,
                month.month,
                month.employer,
                month.declaration,
                month.category.as_str(),
                minor(month.wage)?,
                month.days,
                minor(month.employer_share)?,
                minor(month.worker_share)?,
            ]);
        }
        self.many(&RECORD_CAREER, rows);
        Ok(())
    }

    fn post_entry(&mut self, entry: &Entry) -> Planned {
        let values = values![
            entry.id,
            entry.employer,
            entry.kind.code(),
            entry.month,
            entry.value_date,
            entry.booked_at,
            entry.declaration,
            entry.reference.as_deref(),
            self.batch,
        ];
        self.push(Step::plain(&ADD_ENTRY, values));
        let row = |posting: &cnss_core::ledger::Posting| {
            Ok(values![entry.id, posting.account.to_string(), minor(posting.amount)?])
        };
        self.many(&ADD_POSTINGS, entry.postings().iter().map(row).collect::<Result<_, CommitError>>()?);
        Ok(())
    }

    fn issue_reference(&mut self, issued: &Issued) -> Planned {
        let paid = issued.paid.as_ref();
        let values = values![
            issued.reference.to_string(),
            issued.employer,
            minor(issued.amount)?,
            issued.issued_at,
            issued.issued_on,
            issued.expires_on,
            issued.issued_by,
            paid.map(|paid| paid.entry),
            paid.map(|paid| paid.bank.as_str()),
            paid.map(|paid| paid.transaction.as_str()),
            paid.map(|paid| paid.paid_on),
        ];
        self.push(Step::plain(&ADD_REFERENCE, values));
        Ok(())
    }

    fn record_dispute(&mut self, dispute: &Dispute) -> Planned {
        let notice = &dispute.notice;
        let values = values![
            dispute.id,
            notice.bank.as_str(),
            notice.transaction.as_str(),
            notice.reference_text.as_str(),
            minor(notice.amount)?,
            notice.amount.currency().code(),
            i64::from(notice.amount.currency().exponent()),
            notice.paid_on,
            dispute.reason.code(),
            dispute.received_at,
        ];
        self.push(Step::plain(&ADD_DISPUTE, values));
        Ok(())
    }

    fn drop_old_files(&mut self, now: DateTime<Utc>) {
        let oldest = now.checked_sub_signed(TimeDelta::hours(RETURNED_HOURS));
        self.push(Step::plain(&DROP_OLD_FILES, values![oldest]));
    }

    fn return_file(&mut self, file: &ReturnedFile) {
        self.drop_old_files(file.made_at);
        let values = values![
            file.employer,
            file.id,
            file.quarter,
            file.name.as_str(),
            file.faults_total,
            file.report.as_str(),
            file.workbook.as_slice(),
            file.made_at,
        ];
        self.push(Step::plain(&RETURN_FILE, values));
    }
}
