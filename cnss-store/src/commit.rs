//! Committing a batch: expectations, receipt, changes and notices in one transaction.

use chrono::{DateTime, Utc};
use cnss_core::access::Subject;
use cnss_core::account::Account;
use cnss_core::decision::{Batch, Change, Expect, RETURNED_HOURS, ReturnedFile};
use cnss_core::declaration::{Draft, Filed, Line};
use cnss_core::employer::{Employer, Employment, Redated};
use cnss_core::id::{DeclarationId, Seen};
use cnss_core::insured::{CareerMonth, Insured};
use cnss_core::ledger::Entry;
use cnss_core::money::{Currency, Money};
use cnss_core::person::{NameKey, Sex};
use cnss_core::port::{CommitError, StoreError};
use rust_decimal::Decimal;
use sqlx::{Row as _, SqliteConnection, query};

use crate::books::micros;
use crate::fault::while_committing;
use crate::row::{month_index, number_order};
use crate::sqlite::SqliteStore;

type Done = Result<(), CommitError>;

fn bytes(id: uuid::Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

fn minor(money: Money) -> Result<i64, CommitError> {
    money.to_minor().map_err(|e| StoreError::Inconsistent(e.to_string()).into())
}

fn wage_minor(wage: Option<Decimal>, currency: Currency) -> Result<Option<i64>, CommitError> {
    let money = |wage| {
        Money::new(wage, currency).map_err(|e| CommitError::from(StoreError::Inconsistent(e.to_string())))
    };
    wage.map(|wage| minor(money(wage)?)).transpose()
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, CommitError> {
    serde_json::to_string(value).map_err(|e| StoreError::Inconsistent(e.to_string()).into())
}

/// Runs a statement and gives the number of rows it changed.
macro_rules! run {
    ($db:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        query($sql)$(.bind($value))*.execute(&mut *$db).await.map_err(while_committing)?.rows_affected()
    };
}

impl SqliteStore {
    /// Writes a batch whole or not at all. Must run in a task of its own.
    pub(crate) async fn write(&self, mut batch: Batch) -> Done {
        // IMMEDIATE: a transaction that reads before it writes would be refused as busy.
        let mut db = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(while_committing)?;
        if let Some(receipt) = &batch.receipt {
            run!(
                db,
                "INSERT INTO receipt (request_key, account_id, digest, answer, made_at) VALUES ($1, $2, $3, $4, $5)",
                bytes(receipt.key.0),
                bytes(receipt.account.0),
                receipt.digest.to_vec(),
                receipt.answer.as_str(),
                micros(batch.at),
            );
        }
        batch.expects.sort();
        for expected in &batch.expects {
            expect(&mut db, expected).await?;
        }
        for change in batch.changes {
            self.apply(&mut db, change).await?;
        }
        for notice in &batch.notices {
            run!(
                db,
                "INSERT INTO outbox (notice_id, account_id, notice, made_at) VALUES ($1, $2, $3, $4)",
                bytes(notice.id.0),
                bytes(notice.to.0),
                json(notice)?,
                micros(batch.at),
            );
        }
        db.commit().await.map_err(while_committing)
    }

    async fn apply(&self, db: &mut SqliteConnection, change: Change) -> Done {
        match change {
            Change::RegisterEmployer(employer) => register_employer(db, &employer).await,
            Change::RegisterInsured(person) => register_insured(db, &person).await,
            Change::OpenAccount(account) => open_account(db, &account).await,
            Change::Employ(employments) => employ(db, &employments).await,
            Change::Redate(corrections) => redate(db, &corrections).await,
            Change::SaveDraft(seen) => save_draft(db, &seen).await,
            Change::DropDraft(employer, quarter) => {
                run!(
                    db,
                    "DELETE FROM draft WHERE employer_id = $1 AND quarter = $2",
                    bytes(employer.0),
                    quarter.index()
                );
                Ok(())
            }
            Change::FileDeclaration(filed, lines) => {
                file_declaration(db, &filed).await?;
                self.file_lines(db, filed.id, &lines).await
            }
            Change::RecordCareer(months) => record_career(db, &months).await,
            Change::WithdrawCareer(keys) => {
                for (insured, month, employer) in keys {
                    let sql =
                        "DELETE FROM career_month WHERE insured_id = $1 AND month = $2 AND employer_id = $3";
                    run!(db, sql, bytes(insured.0), month_index(month), bytes(employer.0));
                }
                Ok(())
            }
            Change::PostEntry(entry) => post_entry(db, &entry).await,
            Change::OpenSession(session) => {
                run!(
                    db,
                    "INSERT INTO session (token_hash, account_id, opened_at, used_at) VALUES ($1, $2, $3, $4)",
                    session.token.0.to_vec(),
                    bytes(session.account.0),
                    micros(session.opened_at),
                    micros(session.used_at),
                );
                // Sessions of two days ago have ended; a login is a good time to sweep.
                let stale = micros(session.opened_at).saturating_sub(2 * 86_400 * 1_000_000);
                run!(db, "DELETE FROM session WHERE opened_at < $1", stale);
                delete_old_files(db, session.opened_at).await
            }
            Change::TouchSession(token, at) => {
                let sql = "UPDATE session SET used_at = max(used_at, $2) WHERE token_hash = $1";
                run!(db, sql, token.0.to_vec(), micros(at));
                Ok(())
            }
            Change::EndSession(token) => {
                run!(db, "DELETE FROM session WHERE token_hash = $1", token.0.to_vec());
                Ok(())
            }
            Change::CountAttempts(id, attempts, paused_until) => {
                let sql = "UPDATE account SET attempts = $2, paused_until = $3 WHERE account_id = $1";
                run!(db, sql, bytes(id.0), i64::from(attempts), paused_until.map(micros));
                Ok(())
            }
            Change::ReturnFile(file) => return_file(db, &file).await,
        }
    }

    async fn file_lines(
        &self,
        db: &mut SqliteConnection,
        declaration: DeclarationId,
        lines: &[Line],
    ) -> Done {
        let sql = "INSERT INTO declaration_line (declaration_id, line_row, insured_id, number, wage1, wage2, wage3, \
                   days1, days2, days3, hired_on, left_on, observation) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        for line in lines {
            let [wage1, wage2, wage3] = line.wages;
            let [days1, days2, days3] = line.days.map(|d| d.map(i64::from));
            run!(
                db,
                sql,
                bytes(declaration.0),
                i64::from(line.row),
                bytes(line.insured.0),
                line.number.to_string(),
                wage_minor(wage1, self.currency)?,
                wage_minor(wage2, self.currency)?,
                wage_minor(wage3, self.currency)?,
                days1,
                days2,
                days3,
                line.hired_on.map(|d| d.to_string()),
                line.left_on.map(|d| d.to_string()),
                line.observation.as_deref(),
            );
        }
        Ok(())
    }
}

async fn expect(db: &mut SqliteConnection, expected: &Expect) -> Done {
    let holds = match expected {
        Expect::Employer(id, version) => {
            // The version moves here, by compare-and-set: whoever comes second finds no row.
            let sql = "UPDATE employer SET version = version + 1 WHERE employer_id = $1 AND version = $2";
            run!(db, sql, bytes(id.0), version.0) == 1
        }
        Expect::Draft(employer, quarter, version) => {
            let sql = "SELECT version FROM draft WHERE employer_id = $1 AND quarter = $2";
            let row = query(sql).bind(bytes(employer.0)).bind(quarter.index());
            let row = row.fetch_optional(&mut *db).await.map_err(while_committing)?;
            let found =
                row.map(|row| row.try_get::<i64, _>("version")).transpose().map_err(while_committing)?;
            found == version.map(|v| v.0)
        }
        Expect::Attempts(id, counted) => {
            let sql = "SELECT 1 FROM account WHERE account_id = $1 AND attempts = $2";
            let row = query(sql).bind(bytes(id.0)).bind(i64::from(*counted));
            row.fetch_optional(&mut *db).await.map_err(while_committing)?.is_some()
        }
    };
    if holds { Ok(()) } else { Err(CommitError::Stale) }
}

async fn register_employer(db: &mut SqliteConnection, employer: &Employer) -> Done {
    run!(
        db,
        "INSERT INTO employer (employer_id, number, name, name_key, category, registered_on) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        bytes(employer.id.0),
        employer.number.as_str(),
        employer.name.as_str(),
        employer.name.key().as_str(),
        employer.category.as_str(),
        employer.registered_on.to_string(),
    );
    Ok(())
}

async fn register_insured(db: &mut SqliteConnection, person: &Insured) -> Done {
    run!(
        db,
        "INSERT INTO insured (insured_id, number, number_order, surname, forenames, name_key, sex, birth_date, \
         registered_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        bytes(person.id.0),
        person.number.to_string(),
        number_order(person.number),
        person.surname.as_str(),
        person.forenames.as_str(),
        NameKey::of(&format!("{} {}", person.surname, person.forenames)).as_str(),
        if person.sex == Sex::Female { "female" } else { "male" },
        person.birth_date.to_string(),
        person.registered_on.to_string(),
    );
    Ok(())
}

async fn open_account(db: &mut SqliteConnection, account: &Account) -> Done {
    let (kind, id) = match account.subject {
        Subject::Employer(id) => ("employer", id.0),
        Subject::Insured(id) => ("insured", id.0),
    };
    run!(
        db,
        "INSERT INTO account (account_id, login, password_hash, subject_kind, subject_id, holder, attempts, \
         paused_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        bytes(account.id.0),
        account.login.as_str(),
        account.password_hash.as_str(),
        kind,
        bytes(id),
        account.holder.as_str(),
        i64::from(account.attempts),
        account.paused_until.map(micros),
    );
    Ok(())
}

async fn employ(db: &mut SqliteConnection, employments: &[Employment]) -> Done {
    let sql = "INSERT INTO employment (employer_id, insured_id, number_order, hired_on, left_on) \
               SELECT $1, insured_id, number_order, $3, $4 FROM insured WHERE insured_id = $2 \
               ON CONFLICT (employer_id, insured_id) DO UPDATE SET \
               hired_on = CASE WHEN excluded.hired_on < employment.hired_on THEN excluded.hired_on \
               ELSE employment.hired_on END, left_on = CASE WHEN excluded.hired_on > employment.left_on \
               THEN excluded.left_on ELSE COALESCE(excluded.left_on, employment.left_on) END";
    for employment in employments {
        run!(
            db,
            sql,
            bytes(employment.employer.0),
            bytes(employment.insured.0),
            employment.hired_on.to_string(),
            employment.left_on.map(|d| d.to_string()),
        );
    }
    Ok(())
}

async fn redate(db: &mut SqliteConnection, corrections: &[Redated]) -> Done {
    // A date that was not said is NULL here, and equals nothing.
    let sql = "UPDATE employment SET hired_on = CASE WHEN hired_on = $3 THEN COALESCE($4, hired_on) \
               ELSE hired_on END, left_on = CASE WHEN left_on = $5 THEN $6 ELSE left_on END \
               WHERE employer_id = $1 AND insured_id = $2";
    let text = |date: Option<chrono::NaiveDate>| date.map(|d| d.to_string());
    for correction in corrections {
        run!(
            db,
            sql,
            bytes(correction.employer.0),
            bytes(correction.insured.0),
            text(correction.said_hired_on),
            text(correction.hired_on),
            text(correction.said_left_on),
            text(correction.left_on),
        );
    }
    Ok(())
}

async fn save_draft(db: &mut SqliteConnection, seen: &Seen<Draft>) -> Done {
    let Seen { value: draft, version } = seen;
    run!(
        db,
        "INSERT INTO draft (employer_id, quarter, version, lines, saved_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (employer_id, quarter) DO UPDATE SET version = excluded.version, lines = excluded.lines, \
         saved_at = excluded.saved_at",
        bytes(draft.employer.0),
        draft.quarter.index(),
        version.0,
        json(&draft.lines)?,
        micros(draft.saved_at),
    );
    Ok(())
}

async fn file_declaration(db: &mut SqliteConnection, filed: &Filed) -> Done {
    run!(
        db,
        "INSERT INTO declaration (declaration_id, employer_id, quarter, revision, filed_at, filed_by, workers, wages, \
         contributions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        bytes(filed.id.0),
        bytes(filed.employer.0),
        filed.quarter.index(),
        i64::from(filed.revision),
        micros(filed.filed_at),
        bytes(filed.filed_by.0),
        i64::from(filed.workers),
        minor(filed.wages)?,
        minor(filed.contributions)?,
    );
    Ok(())
}

async fn record_career(db: &mut SqliteConnection, months: &[CareerMonth]) -> Done {
    let sql = "INSERT INTO career_month (insured_id, month, employer_id, declaration_id, category, wage, days, \
               employer_share, worker_share) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
               ON CONFLICT (insured_id, month, employer_id) DO UPDATE SET declaration_id = excluded.declaration_id, \
               category = excluded.category, wage = excluded.wage, days = excluded.days, \
               employer_share = excluded.employer_share, worker_share = excluded.worker_share";
    for month in months {
        run!(
            db,
            sql,
            bytes(month.insured.0),
            month_index(month.month),
            bytes(month.employer.0),
            bytes(month.declaration.0),
            month.category.as_str(),
            minor(month.wage)?,
            month.days.map(i64::from),
            minor(month.employer_share)?,
            minor(month.worker_share)?,
        );
    }
    Ok(())
}

async fn post_entry(db: &mut SqliteConnection, entry: &Entry) -> Done {
    let sql = "INSERT INTO ledger_entry (entry_id, employer_id, kind, month, value_date, booked_at, declaration_id, \
               reference) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING place";
    let row = query(sql)
        .bind(bytes(entry.id.0))
        .bind(bytes(entry.employer.0))
        .bind(entry.kind.code())
        .bind(entry.month.map(month_index))
        .bind(entry.value_date.to_string())
        .bind(micros(entry.booked_at))
        .bind(entry.declaration.map(|id| bytes(id.0)))
        .bind(entry.reference.as_deref());
    let row = row.fetch_one(&mut *db).await.map_err(while_committing)?;
    let place: i64 = row.try_get("place").map_err(while_committing)?;
    for posting in entry.postings() {
        let sql = "INSERT INTO ledger_posting (place, account, amount) VALUES ($1, $2, $3)";
        run!(db, sql, place, posting.account.to_string(), minor(posting.amount)?);
    }
    Ok(())
}

/// Deletes the returned files that are too old.
async fn delete_old_files(db: &mut SqliteConnection, now: DateTime<Utc>) -> Done {
    let oldest = micros(now).saturating_sub(RETURNED_HOURS.saturating_mul(3_600_000_000));
    run!(db, "DELETE FROM returned_file WHERE made_at <= $1", oldest);
    Ok(())
}

async fn return_file(db: &mut SqliteConnection, file: &ReturnedFile) -> Done {
    delete_old_files(db, file.made_at).await?;
    run!(
        db,
        "INSERT INTO returned_file (employer_id, file_id, quarter, name, faults, report, workbook, made_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (employer_id) DO UPDATE SET file_id = excluded.file_id, \
         quarter = excluded.quarter, name = excluded.name, faults = excluded.faults, report = excluded.report, \
         workbook = excluded.workbook, made_at = excluded.made_at",
        bytes(file.employer.0),
        bytes(file.id.0),
        file.quarter.index(),
        file.name.as_str(),
        i64::from(file.faults_total),
        file.report.as_str(),
        file.workbook.as_slice(),
        micros(file.made_at),
    );
    Ok(())
}
