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
        // Whatever a row goes through on its way into a table, in the server's own words; spaces and line
        // ends are one space. Of keys it says too when their triggers do not fire.
        SHAPE = "SELECT thing, of_table, trim(regexp_replace(said, '\\s+', ' ', 'g')) AS said FROM ( \
                 SELECT 'column ' || c.relname || '.' || a.attname AS thing, c.relname::text AS of_table, \
                 format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END \
                 || CASE WHEN a.attidentity = '' THEN '' ELSE ' IDENTITY ' || a.attidentity::text END \
                 || COALESCE(' COLLATE ' || o.collname, '') || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS said \
                 FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid \
                 LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
                 LEFT JOIN pg_collation AS o ON o.oid = a.attcollation AND o.collname <> 'default' \
                 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped \
                 UNION ALL SELECT 'constraint ' || c.relname || '.' || k.conname, c.relname::text, pg_get_constraintdef(k.oid) \
                 FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid \
                 WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.connamespace = 'public'::regnamespace \
                 UNION ALL SELECT 'index ' || i.relname, NULL, pg_get_indexdef(i.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END \
                 FROM pg_class AS i JOIN pg_index AS x ON x.indexrelid = i.oid \
                 WHERE i.relkind = 'i' AND i.relnamespace = 'public'::regnamespace \
                 UNION ALL SELECT 'trigger ' || t.tgname, c.relname::text, \
                 pg_get_triggerdef(t.oid) || CASE WHEN t.tgenabled IN ('O', 'A') THEN '' ELSE ' OFF' END \
                 FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid \
                 WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace \
                 UNION ALL SELECT DISTINCT 'keys ' || c.relname, c.relname::text, 'OFF' \
                 FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid \
                 WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A') AND c.relnamespace = 'public'::regnamespace \
                 UNION ALL SELECT 'rule ' || c.relname || '.' || r.rulename, c.relname::text, pg_get_ruledef(r.oid) \
                 FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class \
                 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace \
                 UNION ALL SELECT 'row security ' || relname, relname::text, 'ON' FROM pg_class \
                 WHERE relrowsecurity AND relkind = 'r' AND relnamespace = 'public'::regnamespace \
                 UNION ALL SELECT 'function ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')', NULL, \
                 pg_get_functiondef(oid) FROM pg_proc WHERE prokind = 'f' AND pronamespace = 'public'::regnamespace \
                 ) AS shape WHERE thing NOT LIKE '%\\_sqlx\\_%' ORDER BY thing COLLATE \"C\"";
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
    /// The audit trail names a row that is not there.
    Missing {
        /// Its table.
        table: &'static str,
        /// Its identity.
        row: String,
    },
    /// A row is not as the audit trail says that it was written.
    Edited {
        /// Its table.
        table: &'static str,
        /// Its identity.
        row: String,
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
            Self::Missing { table, row } => write!(f, "{row} of {table} is missing"),
            Self::Edited { table, row } => write!(f, "{row} of {table} was edited"),
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
    pub(crate) fn found(&mut self, fault: Fault) {
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
            store.check_named(&mut checked).await?;
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
        let due: BTreeMap<&str, (&str, &str)> = postgres::SHAPE.lines().filter_map(shaped).collect();
        let ours: BTreeSet<&str> = due.values().map(|(table, _)| *table).filter(|t| !t.is_empty()).collect();
        let mut here: BTreeMap<String, String> = BTreeMap::new();
        for row in self.all(&on_postgres::SHAPE, Vec::new()).await? {
            let (thing, table): (String, Option<String>) = (row.get("thing")?, row.optional("of_table")?);
            // Somebody else's tables, indexes and functions are his; what acts on our rows is ours.
            let acts = table.is_some_and(|table| ours.contains(table.as_str()));
            if acts || due.contains_key(thing.as_str()) {
                here.insert(thing, row.get("said")?);
            }
        }
        for (thing, (_, said)) in &due {
            if here.remove(*thing).as_deref() != Some(*said) {
                checked.found(Fault::Schema((*thing).to_owned()));
            }
        }
        for added in here.into_keys() {
            checked.found(Fault::Schema(added));
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

/// A line of [`postgres::SHAPE`]: what, of which table if it is one's, and the server's own words.
fn shaped(line: &str) -> Option<(&str, (&str, &str))> {
    let (thing, rest) = line.split_once('\t')?;
    Some((thing, rest.split_once('\t')?))
}
