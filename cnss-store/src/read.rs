//! Reading the books, subject by subject.

use cnss_core::access::Subject;
use cnss_core::account::{Account, Session, TokenHash};
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
use cnss_core::notice::Notice;
use cnss_core::person::{Email, Sex};
use cnss_core::port::StoreError;
use rust_decimal::Decimal;
use sqlx::query;
use uuid::Uuid;

use crate::books::limited;
use crate::fault::unavailable;
use crate::row::{Row, month_index, number_order};
use crate::sqlite::SqliteStore;

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

fn json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Inconsistent(what.to_owned()))
}

const ACCOUNT: &str = "SELECT account_id, login, password_hash, subject_kind, subject_id, holder, attempts, paused_until \
                       FROM account WHERE account_id = $1";
const ACCOUNT_BY_LOGIN: &str = "SELECT account_id, login, password_hash, subject_kind, subject_id, holder, attempts, \
                                paused_until FROM account WHERE login = $1";

fn account(row: &Row) -> Result<Account, StoreError> {
    let id = row.uuid("subject_id")?;
    let subject = match row.get::<String>("subject_kind")?.as_str() {
        "employer" => Subject::Employer(EmployerId(id)),
        "insured" => Subject::Insured(InsuredId(id)),
        _ => return Err(StoreError::Inconsistent("column subject_kind".to_owned())),
    };
    let login = Email::parse(&row.get::<String>("login")?);
    Ok(Account {
        id: AccountId(row.uuid("account_id")?),
        login: login.map_err(|_| StoreError::Inconsistent("column login".to_owned()))?,
        password_hash: row.get("password_hash")?,
        subject,
        holder: row.name("holder")?,
        attempts: row.count("attempts")?,
        paused_until: row.optional_instant("paused_until")?,
    })
}

fn insured(row: &Row) -> Result<Insured, StoreError> {
    Ok(Insured {
        id: InsuredId(row.uuid("insured_id")?),
        number: row.parse("number")?,
        surname: row.name("surname")?,
        forenames: row.name("forenames")?,
        sex: if row.get::<String>("sex")? == "female" { Sex::Female } else { Sex::Male },
        birth_date: row.date("birth_date")?,
        registered_on: row.date("registered_on")?,
    })
}

impl SqliteStore {
    pub(crate) async fn read_account_by_login(&self, login: &Email) -> Result<Option<Account>, StoreError> {
        let row = query(ACCOUNT_BY_LOGIN)
            .bind(login.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
        row.map(|row| account(&Row(row))).transpose()
    }

    pub(crate) async fn read_account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let row =
            query(ACCOUNT).bind(bytes(id.0)).fetch_optional(&self.readers).await.map_err(unavailable)?;
        row.map(|row| account(&Row(row))).transpose()
    }

    pub(crate) async fn read_session(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT account_id, opened_at, used_at FROM session WHERE token_hash = $1";
        let row =
            query(sql).bind(token.0.to_vec()).fetch_optional(&self.readers).await.map_err(unavailable)?;
        let session = |row: Row| {
            Ok(Session {
                token,
                account: AccountId(row.uuid("account_id")?),
                opened_at: row.instant("opened_at")?,
                used_at: row.instant("used_at")?,
            })
        };
        row.map(|row| session(Row(row))).transpose()
    }

    pub(crate) async fn read_employer(&self, id: EmployerId) -> Result<Option<Seen<Employer>>, StoreError> {
        let sql =
            "SELECT number, name, category, registered_on, version FROM employer WHERE employer_id = $1";
        let row = query(sql).bind(bytes(id.0)).fetch_optional(&self.readers).await.map_err(unavailable)?;
        let employer = |row: Row| {
            let value = Employer {
                id,
                number: row.parse("number")?,
                name: row.name("name")?,
                category: row.get("category")?,
                registered_on: row.date("registered_on")?,
            };
            Ok(Seen { value, version: Version(row.get("version")?) })
        };
        row.map(|row| employer(Row(row))).transpose()
    }

    pub(crate) async fn read_insured(&self, id: InsuredId) -> Result<Option<Insured>, StoreError> {
        let sql = "SELECT insured_id, number, surname, forenames, sex, birth_date, registered_on \
                   FROM insured WHERE insured_id = $1";
        let row = query(sql).bind(bytes(id.0)).fetch_optional(&self.readers).await.map_err(unavailable)?;
        row.map(|row| insured(&Row(row))).transpose()
    }

    pub(crate) async fn read_insured_by_numbers(
        &self,
        numbers: &[InsuredNumber],
    ) -> Result<Vec<Insured>, StoreError> {
        // One parameter, whatever the count: the numbers as a JSON list.
        let sql = "SELECT i.insured_id, i.number, i.surname, i.forenames, i.sex, i.birth_date, i.registered_on \
                   FROM json_each($1) AS wanted JOIN insured AS i ON i.number = wanted.value ORDER BY wanted.key";
        let wanted: Vec<String> = numbers
            .iter()
            .take(usize::try_from(limited(u32::MAX)).unwrap_or(1))
            .map(ToString::to_string)
            .collect();
        let list = serde_json::to_string(&wanted).map_err(|e| StoreError::Inconsistent(e.to_string()))?;
        let rows = query(sql).bind(list).fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.into_iter().map(|row| insured(&Row(row))).collect()
    }

    pub(crate) async fn read_staff(
        &self,
        employer: EmployerId,
        after: Option<InsuredNumber>,
        limit: u32,
    ) -> Result<Vec<StaffMember>, StoreError> {
        let sql = "SELECT i.insured_id, i.number, i.surname, i.forenames, e.hired_on, e.left_on \
                   FROM employment AS e JOIN insured AS i ON i.insured_id = e.insured_id \
                   WHERE e.employer_id = $1 AND e.number_order > $2 ORDER BY e.number_order LIMIT $3";
        let after = after.map(number_order).unwrap_or_default();
        let rows = query(sql).bind(bytes(employer.0)).bind(after).bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        let member = |row: Row| {
            Ok(StaffMember {
                id: InsuredId(row.uuid("insured_id")?),
                number: row.parse("number")?,
                surname: row.name("surname")?,
                forenames: row.name("forenames")?,
                hired_on: row.date("hired_on")?,
                left_on: row.optional_date("left_on")?,
            })
        };
        rows.into_iter().map(|row| member(Row(row))).collect()
    }

    pub(crate) async fn read_draft(
        &self,
        employer: EmployerId,
        quarter: Quarter,
    ) -> Result<Option<Seen<Draft>>, StoreError> {
        let sql = "SELECT version, lines, saved_at FROM draft WHERE employer_id = $1 AND quarter = $2";
        let row = query(sql).bind(bytes(employer.0)).bind(quarter.index());
        let row = row.fetch_optional(&self.readers).await.map_err(unavailable)?;
        let draft = |row: Row| {
            let lines = json(&row.get::<String>("lines")?, "column lines")?;
            let value = Draft { employer, quarter, lines, saved_at: row.instant("saved_at")? };
            Ok(Seen { value, version: Version(row.get("version")?) })
        };
        row.map(|row| draft(Row(row))).transpose()
    }

    pub(crate) async fn read_drafted(
        &self,
        employer: EmployerId,
        from: Quarter,
        to: Quarter,
        limit: u32,
    ) -> Result<Vec<(Quarter, Version)>, StoreError> {
        let sql = "SELECT quarter, version FROM draft WHERE employer_id = $1 AND quarter BETWEEN $2 AND $3 \
                   ORDER BY quarter LIMIT $4";
        let rows =
            query(sql).bind(bytes(employer.0)).bind(from.index()).bind(to.index()).bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.into_iter()
            .map(Row)
            .map(|row| Ok((row.quarter("quarter")?, Version(row.get("version")?))))
            .collect()
    }

    fn filed(&self, row: &Row, employer: EmployerId) -> Result<Filed, StoreError> {
        Ok(Filed {
            id: DeclarationId(row.uuid("declaration_id")?),
            employer,
            quarter: row.quarter("quarter")?,
            revision: row.count("revision")?,
            filed_at: row.instant("filed_at")?,
            filed_by: AccountId(row.uuid("filed_by")?),
            workers: row.count("workers")?,
            wages: row.money("wages", self.currency)?,
            contributions: row.money("contributions", self.currency)?,
        })
    }

    pub(crate) async fn read_revisions(
        &self,
        employer: EmployerId,
        quarter: Quarter,
        limit: u32,
    ) -> Result<Vec<Filed>, StoreError> {
        let sql = "SELECT declaration_id, quarter, revision, filed_at, filed_by, workers, wages, contributions \
                   FROM declaration WHERE employer_id = $1 AND quarter = $2 ORDER BY revision DESC LIMIT $3";
        let rows = query(sql).bind(bytes(employer.0)).bind(quarter.index()).bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.into_iter().map(|row| self.filed(&Row(row), employer)).collect()
    }

    pub(crate) async fn read_declarations(
        &self,
        employer: EmployerId,
        before: Option<Quarter>,
        limit: u32,
    ) -> Result<Vec<Filed>, StoreError> {
        let sql = "SELECT d.declaration_id, d.quarter, d.revision, d.filed_at, d.filed_by, d.workers, d.wages, \
                   d.contributions FROM declaration AS d WHERE d.employer_id = $1 AND d.quarter < $2 \
                   AND NOT EXISTS (SELECT 1 FROM declaration AS later WHERE later.employer_id = d.employer_id \
                   AND later.quarter = d.quarter AND later.revision > d.revision) ORDER BY d.quarter DESC LIMIT $3";
        let before = before.map_or(i32::MAX, Quarter::index);
        let rows = query(sql).bind(bytes(employer.0)).bind(before).bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.into_iter().map(|row| self.filed(&Row(row), employer)).collect()
    }

    pub(crate) async fn read_lines(
        &self,
        declaration: DeclarationId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<Line>, StoreError> {
        let sql = "SELECT line_row, insured_id, number, wage1, wage2, wage3, days1, days2, days3, hired_on, left_on, \
                   observation FROM declaration_line WHERE declaration_id = $1 AND line_row > $2 \
                   ORDER BY line_row LIMIT $3";
        let rows = query(sql).bind(bytes(declaration.0)).bind(i64::from(after)).bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.into_iter().map(|row| self.line(&Row(row))).collect()
    }

    fn line(&self, row: &Row) -> Result<Line, StoreError> {
        let wage = |column| {
            let minor = row.get::<Option<i64>>(column)?;
            Ok(minor.map(|minor| Decimal::new(minor, u32::from(self.currency.exponent()))))
        };
        let days = |column| {
            let days = row.get::<Option<i64>>(column)?;
            days.map(|d| u8::try_from(d).map_err(|_| StoreError::Inconsistent(column.to_owned()))).transpose()
        };
        Ok(Line {
            row: row.count("line_row")?,
            insured: InsuredId(row.uuid("insured_id")?),
            number: row.parse("number")?,
            wages: [wage("wage1")?, wage("wage2")?, wage("wage3")?],
            days: [days("days1")?, days("days2")?, days("days3")?],
            hired_on: row.optional_date("hired_on")?,
            left_on: row.optional_date("left_on")?,
            observation: row.get::<Option<String>>("observation")?.map(String::into_boxed_str),
        })
    }

    pub(crate) async fn read_entries(
        &self,
        employer: EmployerId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Entry)>, StoreError> {
        // One row a posting; the inner select limits entries, not postings.
        let sql = "SELECT e.place, e.entry_id, e.kind, e.month, e.value_date, e.booked_at, e.declaration_id, \
                   e.reference, p.account, p.amount FROM (SELECT place, entry_id, kind, month, value_date, booked_at, \
                   declaration_id, reference FROM ledger_entry WHERE employer_id = $1 AND place > $2 ORDER BY place \
                   LIMIT $3) AS e JOIN ledger_posting AS p ON p.place = e.place ORDER BY e.place, p.account";
        let rows = query(sql).bind(bytes(employer.0)).bind(after).bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        let mut entries: Vec<(i64, Entry, Vec<Posting>)> = Vec::new();
        for row in rows.into_iter().map(Row) {
            let place = row.get::<i64>("place")?;
            let posting =
                Posting { account: row.parse("account")?, amount: row.money("amount", self.currency)? };
            match entries.last_mut() {
                Some((last, _, postings)) if *last == place => postings.push(posting),
                _ => entries.push((place, entry(&row, employer)?, vec![posting])),
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
        let sql = "SELECT month, employer_id, declaration_id, category, wage, days, employer_share, worker_share \
                   FROM career_month WHERE insured_id = $1 AND month BETWEEN $2 AND $3 \
                   ORDER BY month, employer_id LIMIT $4";
        let rows = query(sql)
            .bind(bytes(insured.0))
            .bind(month_index(from))
            .bind(month_index(to))
            .bind(limited(limit));
        let rows = rows.fetch_all(&self.readers).await.map_err(unavailable)?;
        let month = |row: Row| {
            let days = row.get::<Option<i64>>("days")?.map(u8::try_from).transpose();
            Ok(CareerMonth {
                insured,
                month: row.month("month")?,
                employer: EmployerId(row.uuid("employer_id")?),
                declaration: DeclarationId(row.uuid("declaration_id")?),
                category: row.get("category")?,
                wage: row.money("wage", self.currency)?,
                days: days.map_err(|_| StoreError::Inconsistent("column days".to_owned()))?,
                employer_share: row.money("employer_share", self.currency)?,
                worker_share: row.money("worker_share", self.currency)?,
            })
        };
        rows.into_iter().map(|row| month(Row(row))).collect()
    }

    pub(crate) async fn read_returned_file(
        &self,
        id: ReturnedFileId,
    ) -> Result<Option<ReturnedFile>, StoreError> {
        let sql = "SELECT employer_id, quarter, name, faults, report, workbook, made_at \
                   FROM returned_file WHERE file_id = $1";
        let row = query(sql).bind(bytes(id.0)).fetch_optional(&self.readers).await.map_err(unavailable)?;
        let file = |row: Row| {
            Ok(ReturnedFile {
                id,
                employer: EmployerId(row.uuid("employer_id")?),
                quarter: row.quarter("quarter")?,
                name: row.get("name")?,
                faults_total: row.count("faults")?,
                report: row.get("report")?,
                workbook: row.get("workbook")?,
                made_at: row.instant("made_at")?,
            })
        };
        row.map(|row| file(Row(row))).transpose()
    }

    pub(crate) async fn read_receipt(&self, key: RequestKey) -> Result<Option<Receipt>, StoreError> {
        let sql = "SELECT account_id, digest, answer FROM receipt WHERE request_key = $1";
        let row = query(sql).bind(bytes(key.0)).fetch_optional(&self.readers).await.map_err(unavailable)?;
        let receipt = |row: Row| {
            Ok(Receipt {
                key,
                account: AccountId(row.uuid("account_id")?),
                digest: row.digest("digest")?,
                answer: row.get("answer")?,
            })
        };
        row.map(|row| receipt(Row(row))).transpose()
    }

    pub(crate) async fn read_waiting_notices(&self, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let sql = "SELECT notice FROM outbox WHERE sent = 0 ORDER BY place LIMIT $1";
        let rows = query(sql).bind(limited(limit)).fetch_all(&self.readers).await.map_err(unavailable)?;
        rows.into_iter().map(|row| json(&Row(row).get::<String>("notice")?, "column notice")).collect()
    }
}

fn entry(row: &Row, employer: EmployerId) -> Result<Entry, StoreError> {
    let kind = EntryKind::from_code(&row.get::<String>("kind")?);
    let kind = kind.ok_or_else(|| StoreError::Inconsistent("column kind".to_owned()))?;
    let id = EntryId(row.uuid("entry_id")?);
    let mut entry = Entry::blank(id, employer, kind, row.date("value_date")?, row.instant("booked_at")?);
    entry.month = row.optional_month("month")?;
    entry.declaration = row.optional_uuid("declaration_id")?.map(DeclarationId);
    entry.reference = row.get("reference")?;
    Ok(entry)
}
