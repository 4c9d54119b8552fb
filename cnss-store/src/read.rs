//! Reading the books, subject by subject. Every list is paged by a key that an index holds, and
//! has a limit.

use chrono::NaiveDate;
use cnss_core::calendar::{Month, Quarter};
use cnss_core::decision::{Receipt, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::employer::{Employer, StaffMember};
use cnss_core::id::{
    AccountId, DeclarationId, EmployerId, EntryId, InsuredId, InsuredNumber, RequestKey, ReturnedFileId,
    Seen, Version,
};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::{Entry, EntryKind, Posting};
use cnss_core::money::Currency;
use cnss_core::notice::{DeadNotice, Notice};
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Dispute, DisputeReason, Issued, Paid, Reference};
use cnss_core::person::Sex;
use cnss_core::port::{LIMIT_MAX, StoreError};
use rust_decimal::Decimal;

use crate::fault::unavailable;
use crate::store::SqlStore;
use crate::waist::{Row, Statement, Value, nonsense, number_order, statements, values};

statements! {
    EMPLOYER = "SELECT number, name, category, registered_on, version FROM employer WHERE employer_id = $1";
    INSURED = "SELECT insured_id, number, surname, forenames, sex, birth_date, registered_on \
               FROM insured WHERE insured_id = $1";
    INSURED_BY_NUMBERS(place: Int, number: Text) =
        "SELECT i.insured_id, i.number, i.surname, i.forenames, i.sex, i.birth_date, i.registered_on \
         FROM r JOIN insured AS i ON i.number = r.number ORDER BY r.place";
    STAFF = "SELECT i.insured_id, i.number, i.surname, i.forenames, e.hired_on, e.left_on \
             FROM employment AS e JOIN insured AS i ON i.insured_id = e.insured_id \
             WHERE e.employer_id = $1 AND e.number_order > $2 ORDER BY e.number_order LIMIT $3";
    DRAFT = "SELECT version, lines, saved_at FROM draft WHERE employer_id = $1 AND quarter = $2";
    DRAFTED = "SELECT quarter, version FROM draft WHERE employer_id = $1 AND quarter BETWEEN $2 AND $3 \
               ORDER BY quarter LIMIT $4";
    REVISIONS = "SELECT declaration_id, quarter, revision, filed_at, filed_by, workers, wages, contributions \
                 FROM declaration WHERE employer_id = $1 AND quarter = $2 AND revision < $3 ORDER BY revision DESC LIMIT $4";
    DECLARATIONS =
        "SELECT d.declaration_id, d.quarter, d.revision, d.filed_at, d.filed_by, d.workers, d.wages, \
         d.contributions FROM declaration AS d WHERE d.employer_id = $1 AND d.quarter < $2 \
         AND NOT EXISTS (SELECT 1 FROM declaration AS later WHERE later.employer_id = d.employer_id \
         AND later.quarter = d.quarter AND later.revision > d.revision) ORDER BY d.quarter DESC LIMIT $3";
    LINES = "SELECT line_row, insured_id, number, wage1, wage2, wage3, days1, days2, days3, hired_on, left_on, \
             observation FROM declaration_line WHERE declaration_id = $1 AND line_row > $2 \
             ORDER BY line_row LIMIT $3";
    // One row a posting; the inner select limits entries, not postings.
    ENTRIES =
        "SELECT e.place, e.entry_id, e.kind, e.month, e.value_date, e.booked_at, e.declaration_id, \
         e.reference, p.account, p.amount FROM (SELECT place, entry_id, kind, month, value_date, booked_at, \
         declaration_id, reference FROM ledger_entry WHERE employer_id = $1 AND place > $2 ORDER BY place \
         LIMIT $3) AS e JOIN ledger_posting AS p ON p.place = e.place ORDER BY e.place, p.account";
    CAREER = "SELECT month, employer_id, declaration_id, category, wage, days, employer_share, worker_share \
              FROM career_month WHERE insured_id = $1 AND month BETWEEN $2 AND $3 \
              ORDER BY month, employer_id LIMIT $4";
    RETURNED_FILE = "SELECT employer_id, quarter, name, faults, report, workbook, made_at \
                     FROM returned_file WHERE file_id = $1";
    RECEIPT = "SELECT account_id, digest, answer FROM receipt WHERE request_key = $1";
    REFERENCE = "SELECT place, reference, employer_id, amount, issued_at, issued_on, expires_on, issued_by, paid_entry, paid_bank, \
                 paid_transaction, paid_on FROM payment_reference WHERE reference = $1";
    REFERENCES = "SELECT place, reference, employer_id, amount, issued_at, issued_on, expires_on, issued_by, paid_entry, paid_bank, \
                  paid_transaction, paid_on FROM payment_reference WHERE employer_id = $1 AND place < $2 \
                  ORDER BY place DESC LIMIT $3";
    OPEN_REFERENCES = "SELECT place, reference, employer_id, amount, issued_at, issued_on, expires_on, issued_by, paid_entry, paid_bank, \
                  paid_transaction, paid_on FROM payment_reference WHERE employer_id = $1 AND place < $2 AND paid_entry IS NULL \
                       AND (expires_on IS NULL OR expires_on >= $4) \
                  ORDER BY place DESC LIMIT $3";
    DISPUTES = "SELECT place, dispute_id, bank, bank_transaction, reference_text, amount, currency, decimals, paid_on, reason, \
                received_at FROM payment_dispute WHERE place > $1 ORDER BY place LIMIT $2";
    WAITING_NOTICES = "SELECT notice_id, notice FROM outbox WHERE state = 'waiting' ORDER BY place LIMIT $1";
    DEAD_NOTICES = "SELECT place, notice_id, notice, tries, why FROM outbox WHERE state = 'dead' AND place > $1 \
                    ORDER BY place LIMIT $2";
}

/// A limit that a reader may ask for.
pub(crate) fn limited(limit: u32) -> i64 {
    i64::from(limit.clamp(1, LIMIT_MAX))
}

fn insured(row: &Row) -> Result<Insured, StoreError> {
    Ok(Insured {
        id: row.id("insured_id", InsuredId)?,
        number: row.parse("number")?,
        surname: row.name("surname")?,
        forenames: row.name("forenames")?,
        sex: if row.get::<String>("sex")? == "female" { Sex::Female } else { Sex::Male },
        birth_date: row.get("birth_date")?,
        registered_on: row.get("registered_on")?,
    })
}

fn days(row: &Row, column: &str) -> Result<Option<u8>, StoreError> {
    let days = row.optional::<i64>(column)?;
    days.map(|days| u8::try_from(days).map_err(|_| nonsense(column))).transpose()
}

impl SqlStore {
    /// The one row of a statement, if there is one.
    pub(crate) async fn one(
        &self,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.all(statement, values).await?.into_iter().next())
    }

    /// The rows of a statement.
    pub(crate) async fn all(
        &self,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.reading().rows(statement, &[values]).await.map_err(unavailable)
    }

    pub(crate) async fn read_employer(&self, id: EmployerId) -> Result<Option<Seen<Employer>>, StoreError> {
        let Some(row) = self.one(&EMPLOYER, values![id]).await? else { return Ok(None) };
        let value = Employer {
            id,
            number: row.parse("number")?,
            name: row.name("name")?,
            category: row.get("category")?,
            registered_on: row.get("registered_on")?,
        };
        Ok(Some(Seen { value, version: Version(row.get("version")?) }))
    }

    pub(crate) async fn read_insured(&self, id: InsuredId) -> Result<Option<Insured>, StoreError> {
        self.one(&INSURED, values![id]).await?.as_ref().map(insured).transpose()
    }

    pub(crate) async fn read_insured_by_numbers(
        &self,
        numbers: &[InsuredNumber],
    ) -> Result<Vec<Insured>, StoreError> {
        let wanted = (0_i64..limited(u32::MAX)).zip(numbers);
        let rows: Vec<_> = wanted.map(|(place, number)| values![place, number.to_string()]).collect();
        let rows = self.reading().rows(&INSURED_BY_NUMBERS, &rows).await.map_err(unavailable)?;
        rows.iter().map(insured).collect()
    }

    pub(crate) async fn read_staff(
        &self,
        employer: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> Result<Vec<StaffMember>, StoreError> {
        let after = after.map(number_order).unwrap_or_default();
        let rows = self.all(&STAFF, values![employer, after, limited(limit)]).await?;
        let member = |row: &Row| {
            Ok(StaffMember {
                id: row.id("insured_id", InsuredId)?,
                number: row.parse("number")?,
                surname: row.name("surname")?,
                forenames: row.name("forenames")?,
                hired_on: row.get("hired_on")?,
                left_on: row.optional("left_on")?,
            })
        };
        rows.iter().map(member).collect()
    }

    pub(crate) async fn read_draft(
        &self,
        employer: EmployerId,
        quarter: Quarter,
    ) -> Result<Option<Seen<Draft>>, StoreError> {
        let Some(row) = self.one(&DRAFT, values![employer, quarter]).await? else { return Ok(None) };
        let value = Draft { employer, quarter, lines: row.json("lines")?, saved_at: row.get("saved_at")? };
        Ok(Some(Seen { value, version: Version(row.get("version")?) }))
    }

    pub(crate) async fn read_drafted(
        &self,
        employer: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> Result<Vec<(Quarter, Version)>, StoreError> {
        let rows = self.all(&DRAFTED, values![employer, from, to, limited(limit)]).await?;
        rows.iter().map(|row| Ok((row.get("quarter")?, Version(row.get("version")?)))).collect()
    }

    fn filed(&self, row: &Row, employer: EmployerId) -> Result<Filed, StoreError> {
        Ok(Filed {
            id: row.id("declaration_id", DeclarationId)?,
            employer,
            quarter: row.get("quarter")?,
            revision: row.count("revision")?,
            filed_at: row.get("filed_at")?,
            filed_by: row.id("filed_by", AccountId)?,
            workers: row.count("workers")?,
            wages: row.money("wages", self.currency)?,
            contributions: row.money("contributions", self.currency)?,
        })
    }

    pub(crate) async fn read_revisions(
        &self,
        employer: EmployerId,
        quarter: Quarter,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<Filed>, StoreError> {
        let before = before.map_or(i64::MAX, i64::from);
        let rows = self.all(&REVISIONS, values![employer, quarter, before, limited(limit)]).await?;
        rows.iter().map(|row| self.filed(row, employer)).collect()
    }

    pub(crate) async fn read_declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> Result<Vec<Filed>, StoreError> {
        let before = before.or_else(|| Quarter::new(9_999, 4));
        let rows = self.all(&DECLARATIONS, values![employer, before, limited(limit)]).await?;
        rows.iter().map(|row| self.filed(row, employer)).collect()
    }

    pub(crate) async fn read_lines(
        &self,
        declaration: DeclarationId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<Line>, StoreError> {
        let rows = self.all(&LINES, values![declaration, after, limited(limit)]).await?;
        rows.iter().map(|row| self.line(row)).collect()
    }

    fn line(&self, row: &Row) -> Result<Line, StoreError> {
        let wage = |column| {
            let minor = row.optional::<i64>(column)?;
            Ok(minor.map(|minor| Decimal::new(minor, u32::from(self.currency.exponent()))))
        };
        Ok(Line {
            row: row.count("line_row")?,
            insured: row.id("insured_id", InsuredId)?,
            number: row.parse("number")?,
            wages: [wage("wage1")?, wage("wage2")?, wage("wage3")?],
            days: [days(row, "days1")?, days(row, "days2")?, days(row, "days3")?],
            hired_on: row.optional("hired_on")?,
            left_on: row.optional("left_on")?,
            observation: row.optional::<String>("observation")?.map(String::into_boxed_str),
        })
    }

    pub(crate) async fn read_entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Entry)>, StoreError> {
        let rows = self.all(&ENTRIES, values![employer, after, limited(limit)]).await?;
        let mut entries: Vec<(i64, Entry, Vec<Posting>)> = Vec::new();
        for row in &rows {
            let place = row.get::<i64>("place")?;
            let posting =
                Posting { account: row.parse("account")?, amount: row.money("amount", self.currency)? };
            match entries.last_mut() {
                Some((last, _, postings)) if *last == place => postings.push(posting),
                _ => entries.push((place, entry(row, employer)?, vec![posting])),
            }
        }
        let unbalanced = |_| StoreError::Inconsistent("an entry does not sum to zero".to_owned());
        entries
            .into_iter()
            .map(|(place, e, postings)| Ok((place, e.with_postings(postings).map_err(unbalanced)?)))
            .collect()
    }

    pub(crate) async fn read_career(
        &self,
        insured: InsuredId,
        from: Month,
        to: Month,
        limit: u32,
    ) -> Result<Vec<CareerMonth>, StoreError> {
        let rows = self.all(&CAREER, values![insured, from, to, limited(limit)]).await?;
        let month = |row: &Row| {
            Ok(CareerMonth {
                insured,
                month: row.get("month")?,
                employer: row.id("employer_id", EmployerId)?,
                declaration: row.id("declaration_id", DeclarationId)?,
                category: row.get("category")?,
                wage: row.money("wage", self.currency)?,
                days: days(row, "days")?,
                employer_share: row.money("employer_share", self.currency)?,
                worker_share: row.money("worker_share", self.currency)?,
            })
        };
        rows.iter().map(month).collect()
    }

    pub(crate) async fn read_returned_file(
        &self,
        id: ReturnedFileId,
    ) -> Result<Option<ReturnedFile>, StoreError> {
        let Some(row) = self.one(&RETURNED_FILE, values![id]).await? else { return Ok(None) };
        Ok(Some(ReturnedFile {
            id,
            employer: row.id("employer_id", EmployerId)?,
            quarter: row.get("quarter")?,
            name: row.get("name")?,
            faults_total: row.count("faults")?,
            report: row.get("report")?,
            workbook: row.get("workbook")?,
            made_at: row.get("made_at")?,
        }))
    }

    pub(crate) async fn read_receipt(&self, key: RequestKey) -> Result<Option<Receipt>, StoreError> {
        let Some(row) = self.one(&RECEIPT, values![key]).await? else { return Ok(None) };
        Ok(Some(Receipt {
            key,
            account: row.optional("account_id")?.map(AccountId),
            digest: row.digest("digest")?,
            answer: row.get("answer")?,
        }))
    }

    pub(crate) fn issued(&self, row: &Row) -> Result<Issued, StoreError> {
        let paid = match row.optional("paid_entry")?.map(EntryId) {
            None => None,
            Some(entry) => Some(Paid {
                entry,
                bank: BankCode::parse(&row.get::<String>("paid_bank")?)
                    .ok_or_else(|| nonsense("paid_bank"))?,
                transaction: row.get("paid_transaction")?,
                paid_on: row.get("paid_on")?,
            }),
        };
        Ok(Issued {
            reference: row.parse("reference")?,
            employer: row.id("employer_id", EmployerId)?,
            amount: row.money("amount", self.currency)?,
            issued_at: row.get("issued_at")?,
            issued_on: row.get("issued_on")?,
            expires_on: row.optional("expires_on")?,
            issued_by: row.id("issued_by", AccountId)?,
            paid,
        })
    }

    pub(crate) async fn read_reference(&self, reference: Reference) -> Result<Option<Issued>, StoreError> {
        let row = self.one(&REFERENCE, values![reference.to_string()]).await?;
        row.map(|row| self.issued(&row)).transpose()
    }

    pub(crate) async fn read_references(
        &self,
        employer: EmployerId,
        open_on: Option<NaiveDate>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Issued)>, StoreError> {
        let (before, limit) = (before.unwrap_or(i64::MAX), limited(limit));
        let rows = match open_on {
            None => self.all(&REFERENCES, values![employer, before, limit]).await?,
            Some(day) => self.all(&OPEN_REFERENCES, values![employer, before, limit, day]).await?,
        };
        rows.iter().map(|row| Ok((row.get("place")?, self.issued(row)?))).collect()
    }

    pub(crate) async fn read_disputes(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Dispute)>, StoreError> {
        let rows = self.all(&DISPUTES, values![after, limited(limit)]).await?;
        rows.iter().map(|row| Ok((row.get("place")?, dispute(row)?))).collect()
    }

    pub(crate) async fn read_dead_notices(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, DeadNotice)>, StoreError> {
        let rows = self.all(&DEAD_NOTICES, values![after, limited(limit)]).await?;
        let dead = |row: &Row| {
            let why = row.optional::<String>("why")?.unwrap_or_default();
            let Some(notice) = readable(row)? else { return Ok(None) };
            Ok(Some((row.get("place")?, DeadNotice { notice, tries: row.count("tries")?, why })))
        };
        rows.iter().filter_map(|row| dead(row).transpose()).collect()
    }

    pub(crate) async fn read_waiting_notices(&self, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let rows = self.all(&WAITING_NOTICES, values![limited(limit)]).await?;
        rows.iter().filter_map(|row| readable(row).transpose()).collect()
    }
}

/// The notice of a row; one that cannot be read is told by its identity, and hides no other.
fn readable(row: &Row) -> Result<Option<Notice>, StoreError> {
    let notice = row.json("notice").ok();
    if notice.is_none() {
        let id = row.get::<uuid::Uuid>("notice_id")?;
        tracing::error!(notice = %id, "a notice cannot be read: it is passed over");
    }
    Ok(notice)
}

fn entry(row: &Row, employer: EmployerId) -> Result<Entry, StoreError> {
    let kind = EntryKind::from_code(&row.get::<String>("kind")?).ok_or_else(|| nonsense("kind"))?;
    let id = row.id("entry_id", EntryId)?;
    let mut entry = Entry::blank(id, employer, kind, row.get("value_date")?, row.get("booked_at")?);
    entry.month = row.optional("month")?;
    entry.declaration = row.optional("declaration_id")?.map(DeclarationId);
    entry.reference = row.optional("reference")?;
    Ok(entry)
}

/// Money that an agent must look at.
pub(crate) fn dispute(row: &Row) -> Result<Dispute, StoreError> {
    let reference_text: String = row.get("reference_text")?;
    let currency = Currency::new(&row.get::<String>("currency")?, row.count("decimals")?);
    let notice = BankNotice {
        bank: BankCode::parse(&row.get::<String>("bank")?).ok_or_else(|| nonsense("bank"))?,
        transaction: row.get("bank_transaction")?,
        reference: reference_text.parse().ok(),
        reference_text,
        amount: row.money("amount", currency.map_err(|_| nonsense("currency"))?)?,
        paid_on: row.get("paid_on")?,
        // Only money that arrived can be disputed.
        status: BankStatus::Paid,
    };
    let reason = DisputeReason::from_code(&row.get::<String>("reason")?);
    Ok(Dispute {
        id: row.get("dispute_id")?,
        notice,
        reason: reason.ok_or_else(|| nonsense("reason"))?,
        received_at: row.get("received_at")?,
    })
}
