//! The audit trail in the books: lines read again, sealed, and compared with the ledger; and the
//! balance of an account at any instant.
//!
//! Any number of portals may seal at once: the number of a seal is taken by one of them, and the
//! others' work is undone with their transaction.

use chrono::{DateTime, Utc};
use cnss_core::audit::{AuditLine, EntryText, SEAL_MOST, Seal, SealedLine, Traced, seal};
use cnss_core::id::{AccountId, BatchId, DeclarationId, EmployerId, EntryId};
use cnss_core::ledger::LedgerAccount;
use cnss_core::money::Money;
use cnss_core::port::{CommitError, StoreError};
use sqlx::Connection as _;
use tokio::time::timeout;

use crate::fault::{unavailable, while_committing};
use crate::group::unanswered;
use crate::read::limited;
use crate::session::Session;
use crate::store::{Engine, SqlStore};
use crate::waist::{On, Row, statements, values};

statements! {
    BALANCE = "SELECT balance FROM ledger_posting WHERE employer_id = $1 AND account = $2 AND counted_at <= $3 \
               ORDER BY counted_at DESC, place DESC LIMIT 1";
    SEALED_LINES =
        "SELECT seal, seal_rank, place, batch_id, decided_at, actor_id, what, digest FROM audit_line \
         WHERE seal IS NOT NULL AND (seal, seal_rank) > ($1, $2) ORDER BY seal, seal_rank LIMIT $3";
    UNSEALED_LINES =
        "SELECT place, batch_id, decided_at, actor_id, what, digest FROM audit_line \
         WHERE seal IS NULL AND place > $1 ORDER BY place LIMIT $2";
    SEALS = "SELECT number, lines, digest, sealed_at FROM audit_seal WHERE number > $1 ORDER BY number LIMIT $2";
    LAST_SEAL = "SELECT number, lines, digest, sealed_at FROM audit_seal ORDER BY number DESC LIMIT 1";
    // One row a posting; an entry without any is one row too.
    TRACED_ENTRIES(batch_id: Id) =
        "SELECT e.place, e.batch_id, e.entry_id, e.employer_id, e.kind, e.month, e.value_date, e.booked_at, \
         e.declaration_id, e.reference, p.account, p.amount FROM r JOIN ledger_entry AS e ON e.batch_id = r.batch_id \
         LEFT JOIN ledger_posting AS p ON p.place = e.place ORDER BY e.place";
    UNTRACED_ENTRIES =
        "SELECT entry_id FROM ledger_entry WHERE NOT EXISTS (SELECT 1 FROM audit_line \
         WHERE audit_line.batch_id = ledger_entry.batch_id) ORDER BY place LIMIT $1";
    ADD_SEAL = "INSERT INTO audit_seal (number, lines, digest, sealed_at) VALUES ($1, $2, $3, $4)";
    SEAL_LINES(place: Int, seal: Int, seal_rank: Int) =
        "UPDATE audit_line SET seal = r.seal, seal_rank = r.seal_rank FROM r \
         WHERE audit_line.place = r.place AND audit_line.seal IS NULL";
}

fn line(row: &Row) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        batch: row.id("batch_id", BatchId)?,
        at: row.get("decided_at")?,
        by: row.optional("actor_id")?.map(AccountId),
        what: row.get("what")?,
        digest: row.digest("digest")?,
    })
}

fn placed(row: &Row) -> Result<(i64, AuditLine), StoreError> {
    Ok((row.get("place")?, line(row)?))
}

pub(crate) fn seal_of(row: &Row) -> Result<Seal, StoreError> {
    Ok(Seal {
        number: row.get("number")?,
        lines: row.get("lines")?,
        digest: row.digest("digest")?,
        sealed_at: row.get("sealed_at")?,
    })
}

/// The rows of one entry as its canonical text; nothing is refused, what was tampered with is read
/// as it stands.
fn traced(rows: &[Row]) -> Result<Option<Traced>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let (kind, reference) = (first.get::<String>("kind")?, first.optional::<String>("reference")?);
    let mut postings = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(account) = row.optional::<String>("account")? {
            postings.push((account, row.get::<i64>("amount")?));
        }
    }
    let entry = first.id("entry_id", EntryId)?;
    let text = EntryText {
        id: entry,
        employer: first.id("employer_id", EmployerId)?,
        kind: &kind,
        month: first.optional("month")?,
        value_date: first.get("value_date")?,
        booked_at: first.get("booked_at")?,
        declaration: first.optional("declaration_id")?.map(DeclarationId),
        reference: reference.as_deref(),
        postings,
    };
    Ok(Some(Traced { batch: first.id("batch_id", BatchId)?, entry, text: text.canonical() }))
}

impl SqlStore {
    pub(crate) async fn read_balance(
        &self,
        employer: EmployerId,
        account: &LedgerAccount,
        at: DateTime<Utc>,
    ) -> Result<Option<Money>, StoreError> {
        let row = self.one(&BALANCE, values![employer, account.to_string(), at]).await?;
        row.map(|row| row.money("balance", self.currency)).transpose()
    }

    pub(crate) async fn read_sealed_lines(
        &self,
        after: (i64, i64),
        limit: u32,
    ) -> Result<Vec<SealedLine>, StoreError> {
        let rows = self.all(&SEALED_LINES, values![after.0, after.1, limited(limit)]).await?;
        let sealed = |row: &Row| {
            let (place, line) = placed(row)?;
            Ok(SealedLine { seal: row.get("seal")?, rank: row.get("seal_rank")?, place, line })
        };
        rows.iter().map(sealed).collect()
    }

    pub(crate) async fn read_unsealed_lines(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, AuditLine)>, StoreError> {
        let rows = self.all(&UNSEALED_LINES, values![after, limited(limit)]).await?;
        rows.iter().map(placed).collect()
    }

    pub(crate) async fn read_seals(&self, after: i64, limit: u32) -> Result<Vec<Seal>, StoreError> {
        let rows = self.all(&SEALS, values![after, limited(limit)]).await?;
        rows.iter().map(seal_of).collect()
    }

    pub(crate) async fn read_traced_entries(&self, batches: &[BatchId]) -> Result<Vec<Traced>, StoreError> {
        let wanted: Vec<_> =
            (0_i64..limited(u32::MAX)).zip(batches).map(|(_, batch)| values![*batch]).collect();
        let rows = self.reading().rows(&TRACED_ENTRIES, &wanted).await.map_err(unavailable)?;
        let mut all = Vec::new();
        let mut rest = rows.as_slice();
        while let Some(first) = rest.first() {
            let place: i64 = first.get("place")?;
            let mut width = 0_usize;
            for row in rest {
                if row.get::<i64>("place")? != place {
                    break;
                }
                width = width.saturating_add(1);
            }
            let (entry, others) = rest.split_at_checked(width).unwrap_or((rest, &[]));
            all.extend(traced(entry)?);
            rest = others;
        }
        Ok(all)
    }

    pub(crate) async fn read_untraced_entries(&self, limit: u32) -> Result<Vec<EntryId>, StoreError> {
        let rows = self.all(&UNTRACED_ENTRIES, values![limited(limit)]).await?;
        rows.iter().map(|row| row.id("entry_id", EntryId)).collect()
    }

    /// Sets a seal and marks its lines, in one transaction of its own: it belongs to none of the
    /// commits whose lines it seals, and inside one of them it would make them all wait for one
    /// another. Must run in a task of its own, like every transaction.
    pub(crate) async fn set_seal(&self, now: DateTime<Utc>) -> Result<Option<Seal>, StoreError> {
        let sealed = match &self.engine {
            Engine::Sqlite { writer, .. } => {
                self.in_place()?;
                let mut db = writer.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
                match seal_on(&mut On::Sqlite(&mut db), now).await {
                    Ok(seal) => db.commit().await.map_err(while_committing).map(|()| seal),
                    Err(error) => Err(error),
                }
            }
            Engine::Postgres(pool) => {
                let mut session = Session::of(pool).await.map_err(unavailable)?;
                let work = async {
                    let mut db = session.db().begin().await.map_err(while_committing)?;
                    let seal = seal_on(&mut On::Postgres(&mut db), now).await?;
                    db.commit().await.map_err(while_committing).map(|()| seal)
                };
                let sealed = timeout(self.longest(), work).await.unwrap_or_else(|_| Err(unanswered()));
                if sealed.is_err() {
                    session.end();
                }
                sealed
            }
        };
        match sealed {
            Ok(seal) => Ok(seal),
            Err(CommitError::Store(error)) => Err(error),
            // Somebody else has just set the seal of that number.
            Err(_) => Ok(None),
        }
    }
}

async fn seal_on(on: &mut On<'_>, now: DateTime<Utc>) -> Result<Option<Seal>, CommitError> {
    let last = on.rows(&LAST_SEAL, &[Vec::new()]).await.map_err(while_committing)?;
    let last = last.first().map(seal_of).transpose()?;
    let values = values![i64::MIN, i64::from(SEAL_MOST)];
    let rows = on.rows(&UNSEALED_LINES, &[values]).await.map_err(while_committing)?;
    let (places, lines): (Vec<i64>, Vec<AuditLine>) =
        rows.iter().map(placed).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    if lines.is_empty() {
        return Ok(None);
    }
    let made = seal(last.as_ref(), &lines, now);
    let values = values![made.number, made.lines, made.digest, made.sealed_at];
    on.run(&ADD_SEAL, &[values]).await.map_err(while_committing)?;
    let ranked: Vec<_> =
        (1_i64..).zip(places).map(|(rank, place)| values![place, made.number, rank]).collect();
    let changed = on.run(&SEAL_LINES, &ranked).await.map_err(while_committing)?;
    if i64::try_from(changed) != Ok(made.lines) {
        return Err(CommitError::Stale);
    }
    Ok(Some(made))
}
