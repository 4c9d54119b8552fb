//! What the database can say of itself (contrôle des livres): the file is whole, the tables and their
//! locks are those of this version, every key leads somewhere, every entry sums to zero, every
//! running balance is the one before and what was posted.
//!
//! Read page by page while others write. The trail of what was done is read by
//! [`cnss_core::desk::verify_trail`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cnss_core::id::{EmployerId, EntryId};
use cnss_core::port::StoreError;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::fault::unavailable;
use crate::store::{Engine, SqlStore, alone};
use crate::waist::{On, Row, statements, values};
use crate::{postgres, sqlite};

/// Entries in one page.
const ENTRIES_AT_ONCE: i64 = 5_000;
/// Employers whose balances are added up at once.
const EMPLOYERS_AT_ONCE: i64 = 50;
/// Faults that are told; the rest is counted.
const FAULTS_MOST: usize = 1_000;

statements! {
    ENTRIES =
        "SELECT e.place, e.entry_id, COUNT(p.amount) > 0 AND SUM(p.amount) = 0 \
         AND SUM(CASE WHEN p.employer_id = e.employer_id THEN 0 ELSE 1 END) = 0 AS sound \
         FROM (SELECT place, entry_id, employer_id FROM ledger_entry WHERE place > $1 ORDER BY place LIMIT $2) AS e \
         LEFT JOIN ledger_posting AS p ON p.place = e.place GROUP BY e.place, e.entry_id, e.employer_id ORDER BY e.place";
    EMPLOYERS = "SELECT employer_id FROM employer WHERE employer_id > $1 ORDER BY employer_id LIMIT $2";
    // Each against the one before: what is wrong is named where it is, not in all that follows.
    BALANCES(employer_id: Id) =
        "SELECT e.entry_id, w.account FROM (SELECT p.place, p.account, p.amount, p.balance, p.counted_at, \
         LAG(p.balance) OVER o AS earlier_balance, LAG(p.counted_at) OVER o AS earlier \
         FROM r JOIN ledger_posting AS p ON p.employer_id = r.employer_id \
         WINDOW o AS (PARTITION BY p.employer_id, p.account ORDER BY p.place)) AS w \
         JOIN ledger_entry AS e ON e.place = w.place WHERE w.balance <> w.amount + COALESCE(w.earlier_balance, 0) \
         OR w.counted_at <> CASE WHEN w.earlier > e.booked_at THEN w.earlier ELSE e.booked_at END \
         ORDER BY e.place LIMIT 100";
}

pub(crate) mod on_sqlite {
    crate::waist::statements! {
        INTEGRITY = "PRAGMA integrity_check(20)";
        FOREIGN_KEYS = "PRAGMA foreign_key_check";
        SCHEMA = "SELECT type AS kind, name, sql FROM sqlite_schema \
                  WHERE name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%' AND sql IS NOT NULL";
    }
}

pub(crate) mod on_postgres {
    crate::waist::statements! {
        OBJECTS = "SELECT 'TABLE' AS kind, relname::text AS name FROM pg_class \
                   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
                   UNION ALL SELECT 'INDEX', relname::text FROM pg_class \
                   WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace \
                   UNION ALL SELECT 'TRIGGER', tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' \
                   UNION ALL SELECT 'FUNCTION', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
        FOREIGN_KEYS = "SELECT k.conrelid::regclass::text AS child, quote_ident(c.attname) AS key, \
                        k.confrelid::regclass::text AS parent, quote_ident(p.attname) AS parent_key \
                        FROM pg_constraint AS k JOIN pg_attribute AS c ON c.attrelid = k.conrelid AND c.attnum = k.conkey[1] \
                        JOIN pg_attribute AS p ON p.attrelid = k.confrelid AND p.attnum = k.confkey[1] \
                        WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace ORDER BY 1, 2";
    }
}

/// Something in the books that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The file is damaged, in the database's own words.
    Damaged(String),
    /// A table, an index or a lock of this version is not there, or not as it should be.
    Schema(String),
    /// Rows of a table refer to what is not there.
    ForeignKey {
        /// Table and column.
        from: String,
        /// How many.
        rows: u64,
    },
    /// The postings of an entry do not sum to zero, or are not there, or are another employer's.
    Unbalanced(EntryId),
    /// The running balance of an account after an entry is not the one before it and what was posted.
    Balance {
        /// The entry.
        entry: EntryId,
        /// The account.
        account: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(what) => write!(f, "the file is damaged: {what}"),
            Self::Schema(what) => write!(f, "{what} is not that of this version"),
            Self::ForeignKey { from, rows } => write!(f, "{rows} rows of {from} refer to what is not there"),
            Self::Unbalanced(entry) => write!(f, "entry {entry} does not sum to zero"),
            Self::Balance { entry, account } => {
                write!(f, "the balance of {account} after entry {entry} is wrong")
            }
        }
    }
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Entries of the ledger.
    pub entries: u64,
    /// Employers whose accounts were added up.
    pub employers: u64,
    /// What cannot be.
    pub faults: BTreeSet<Fault>,
    /// How many more faults there are than are listed.
    pub unlisted: u64,
}

impl Checked {
    fn found(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MOST {
            self.faults.insert(fault);
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }
}

fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}

impl SqlStore {
    /// Looks at everything but the audit trail. Others may write meanwhile.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn check(&self) -> Result<Checked, StoreError> {
        let store = self.clone();
        alone(async move {
            let mut checked = Checked::default();
            match &store.engine {
                Engine::Sqlite { .. } => store.check_file(&mut checked).await?,
                Engine::Postgres(_) => store.check_server(&mut checked).await?,
            }
            store.check_entries(&mut checked).await?;
            store.check_balances(&mut checked).await?;
            Ok(checked)
        })
        .await
    }

    async fn check_file(&self, checked: &mut Checked) -> Result<(), StoreError> {
        for row in self.all(&on_sqlite::INTEGRITY, Vec::new()).await? {
            match row.get::<String>("integrity_check")? {
                sound if sound == "ok" => {}
                said => checked.found(Fault::Damaged(said)),
            }
        }
        let mut dangling: BTreeMap<String, u64> = BTreeMap::new();
        for row in self.all(&on_sqlite::FOREIGN_KEYS, Vec::new()).await? {
            one_more(dangling.entry(row.get("table")?).or_default());
        }
        for (from, rows) in dangling {
            checked.found(Fault::ForeignKey { from, rows });
        }
        let fresh = sqlite::fresh().await.map_err(unavailable)?;
        let rows =
            On::SqlitePool(&fresh).rows(&on_sqlite::SCHEMA, &[Vec::new()]).await.map_err(unavailable)?;
        let object = |row: &Row| {
            let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
            Ok((format!("{kind} {name}"), row.get::<String>("sql")?))
        };
        let due: BTreeMap<_, _> = rows.iter().map(object).collect::<Result<_, StoreError>>()?;
        let rows = self.all(&on_sqlite::SCHEMA, Vec::new()).await?;
        let here: BTreeMap<_, _> = rows.iter().map(object).collect::<Result<_, StoreError>>()?;
        let names: BTreeSet<&String> = due.keys().chain(here.keys()).collect();
        for name in names.into_iter().filter(|name| due.get(*name) != here.get(*name)) {
            checked.found(Fault::Schema(name.clone()));
        }
        Ok(())
    }

    async fn check_server(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let Engine::Postgres(pool) = &self.engine else { return Ok(()) };
        let object = |row: &Row| {
            Ok(format!("{} {}", row.get::<String>("kind")?.to_lowercase(), row.get::<String>("name")?))
        };
        let rows = self.all(&on_postgres::OBJECTS, Vec::new()).await?;
        let here: BTreeSet<String> = rows.iter().map(object).collect::<Result<_, StoreError>>()?;
        for due in postgres::STEPS.iter().flat_map(|(_, _, sql)| made_by(sql)) {
            if !here.contains(&due) {
                checked.found(Fault::Schema(due));
            }
        }
        for row in self.all(&on_postgres::FOREIGN_KEYS, Vec::new()).await? {
            let text = |column| row.get::<String>(column);
            let (child, key) = (text("child")?, text("key")?);
            let (parent, parent_key) = (text("parent")?, text("parent_key")?);
            // Names from the catalogue, quoted by the server.
            let sql = format!(
                "SELECT COUNT(*) FROM {child} AS c WHERE c.{key} IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE p.{parent_key} = c.{key})"
            );
            let rows: i64 =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.map_err(unavailable)?;
            if rows > 0 {
                let (from, rows) = (format!("{child}.{key}"), u64::try_from(rows).unwrap_or(u64::MAX));
                checked.found(Fault::ForeignKey { from, rows });
            }
        }
        Ok(())
    }

    async fn check_entries(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let mut after = i64::MIN;
        loop {
            let rows = self.all(&ENTRIES, values![after, ENTRIES_AT_ONCE]).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get("place")?;
            for row in &rows {
                one_more(&mut checked.entries);
                if !row.get::<bool>("sound")? {
                    checked.found(Fault::Unbalanced(row.id("entry_id", EntryId)?));
                }
            }
        }
    }

    async fn check_balances(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let mut after = EmployerId(Uuid::nil());
        loop {
            let rows = self.all(&EMPLOYERS, values![after, EMPLOYERS_AT_ONCE]).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id("employer_id", EmployerId)?;
            let mut employers = Vec::with_capacity(rows.len());
            for row in &rows {
                one_more(&mut checked.employers);
                employers.push(values![row.id("employer_id", EmployerId)?]);
            }
            for row in self.reading().rows(&BALANCES, &employers).await.map_err(unavailable)? {
                let (entry, account) = (row.id("entry_id", EntryId)?, row.get("account")?);
                checked.found(Fault::Balance { entry, account });
            }
        }
    }
}

/// What a migration makes, as `table employer`, `index …`, `trigger …`, `function …`.
fn made_by(sql: &str) -> Vec<String> {
    let made = |line: &str| {
        let mut words =
            line.strip_prefix("CREATE ")?.split([' ', '(']).filter(|w| !["UNIQUE", "CONSTRAINT"].contains(w));
        let (kind, name) = (words.next()?, words.next()?);
        Some(format!("{} {name}", kind.to_lowercase()))
    };
    sql.lines().filter_map(made).collect()
}
