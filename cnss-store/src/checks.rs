//! What the two engines must have in common: every statement is one that both understand, and both
//! keep the same tables, each column with its meaning.

use std::collections::{BTreeMap, BTreeSet};

use cnss_core::money::Currency;
use cnss_test_postgres::{Disk, Server};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::store::{Engine, SqlStore};
use crate::waist::{CHUNKS, Statement};
use crate::{
    Options, accounts, audit, check, check_named, copy, deliveries, kept_in, measure, open, outbox, plan,
    read, ready,
};

fn options() -> Options {
    Options::new(Currency::new("XOF", 0).expect("a currency"))
}

fn statements() -> impl Iterator<Item = (&'static str, &'static Statement)> {
    [
        plan::ALL,
        read::ALL,
        accounts::plan::ALL,
        accounts::read::ALL,
        accounts::sweep::ALL,
        kept_in::ALL,
        deliveries::ALL,
        outbox::ALL,
        audit::ALL,
        check::ALL,
        check_named::ALL,
        measure::ALL,
        #[cfg(feature = "generator")]
        crate::generator::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

async fn both() -> (Server, SqlStore, SqlStore) {
    let server = Server::start(Disk::Fast).expect("a server");
    let url = server.database("checks").expect("a database");
    let postgres = open(&url, options()).await.expect("opens");
    let sqlite = open("sqlite::memory:", options()).await.expect("opens");
    (server, sqlite, postgres)
}

#[tokio::test]
async fn both_engines_understand_every_statement() {
    let (_server, sqlite, postgres) = both().await;
    let mut wrong = Vec::new();
    for (name, statement) in statements() {
        if let Engine::Sqlite { writer, .. } = &sqlite.engine {
            for rows in [1, 100] {
                if let Err(error) = writer.prepare(statement.sqlite(rows)).await {
                    wrong.push(format!("{name} on SQLite: {error}"));
                }
            }
        }
        if let Engine::Postgres(pool) = &postgres.engine
            && let Err(error) = pool.prepare(statement.postgres()).await
        {
            wrong.push(format!("{name} on PostgreSQL: {error}"));
        }
    }
    for (name, statement) in
        check::on_sqlite::ALL.iter().chain(copy::on_sqlite::ALL).chain(ready::on_sqlite::ALL)
    {
        if let Engine::Sqlite { writer, .. } = &sqlite.engine
            && let Err(error) = writer.prepare(statement.sqlite(1)).await
        {
            wrong.push(format!("{name} on SQLite: {error}"));
        }
    }
    #[cfg(feature = "faults")]
    let broken = crate::faults::on_postgres::ALL;
    #[cfg(not(feature = "faults"))]
    let broken: &[(&str, &Statement)] = &[];
    let on_postgres = outbox::on_postgres::ALL
        .iter()
        .chain(check::on_postgres::ALL)
        .chain(ready::on_postgres::ALL)
        .chain(broken);
    for (name, statement) in on_postgres {
        if let Engine::Postgres(pool) = &postgres.engine
            && let Err(error) = pool.prepare(statement.postgres()).await
        {
            wrong.push(format!("{name} on PostgreSQL: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(statements().count() > 30, "the lists are of use only when they are whole");
}

/// Table, column, and whether it may be absent.
type Columns = BTreeSet<(String, String, bool)>;

async fn columns_of_sqlite(store: &SqlStore) -> Columns {
    let Engine::Sqlite { writer, .. } = &store.engine else { panic!("another engine") };
    let sql = "SELECT t.name AS t, c.name AS c, c.\"notnull\" = 0 AND c.pk = 0 AS absent \
               FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c \
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'";
    let rows = sqlx::query(sql).fetch_all(writer).await.expect("a list");
    rows.iter().map(|row| (row.get("t"), row.get("c"), row.get::<i64, _>("absent") == 1)).collect()
}

async fn columns_of_postgres(store: &SqlStore) -> (Columns, BTreeMap<(String, String), Option<String>>) {
    let Engine::Postgres(pool) = &store.engine else { panic!("another engine") };
    let sql = "SELECT t.relname::text AS t, a.attname::text AS c, NOT a.attnotnull AS absent, \
               col_description(t.oid, a.attnum) AS meaning, obj_description(t.oid) AS purpose \
               FROM pg_class AS t JOIN pg_attribute AS a ON a.attrelid = t.oid \
               WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND a.attnum > 0 \
               AND NOT a.attisdropped AND t.relname <> '_sqlx_migrations'";
    let rows = sqlx::query(sql).fetch_all(pool).await.expect("a list");
    let columns = rows.iter().map(|row| (row.get("t"), row.get("c"), row.get("absent"))).collect();
    let meanings = rows.iter().flat_map(|row| {
        let (table, column): (String, String) = (row.get("t"), row.get("c"));
        [((table.clone(), column), row.get("meaning")), ((table, "(table)".to_owned()), row.get("purpose"))]
    });
    (columns, meanings.collect())
}

#[tokio::test]
async fn both_engines_keep_the_same_tables_and_say_what_they_hold() {
    let (_server, sqlite, postgres) = both().await;
    let lite = columns_of_sqlite(&sqlite).await;
    let (server, meanings) = columns_of_postgres(&postgres).await;
    let only_here: Vec<_> = lite.symmetric_difference(&server).collect();
    assert!(only_here.is_empty(), "on one engine only: {only_here:?}");
    let silent: Vec<_> = meanings.iter().filter(|(_, said)| said.is_none()).map(|(at, _)| at).collect();
    assert!(silent.is_empty(), "without a comment on PostgreSQL: {silent:?}");
    // SQLite keeps the text of each table, and the meaning of each column stands in it.
    let Engine::Sqlite { writer, .. } = &sqlite.engine else { panic!("another engine") };
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'table'";
    let tables = sqlx::query(sql).fetch_all(writer).await.expect("a list");
    for (table, column, _) in &lite {
        let row = tables.iter().find(|row| row.get::<String, _>("name") == *table).expect("a table");
        let text: String = row.get("sql");
        let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{column} ")));
        let meaning = line.and_then(|line| line.split_once("-- ")).map(|(_, meaning)| meaning.to_owned());
        let said = meanings.get(&(table.clone(), column.clone())).cloned().flatten().unwrap_or_default();
        assert!(
            meaning.as_ref().is_some_and(|meaning| meaning.starts_with(&said)),
            "{table}.{column}: {meaning:?} on SQLite, {said:?} on PostgreSQL"
        );
    }
}

/// The statements that read a page: they have a limit, and somewhere to begin. Not those of `check`,
/// which read whole books on purpose.
fn pages() -> impl Iterator<Item = (&'static str, &'static Statement)> {
    // A check of the whole ledger: it reads all of it, and ends at the first few faults.
    let whole = ["UNTRACED_ENTRIES"];
    [read::ALL, accounts::read::ALL, accounts::sweep::ALL, deliveries::ALL, outbox::ALL, audit::ALL]
        .into_iter()
        .flatten()
        .copied()
        .filter(move |(name, statement)| {
            let reads = !statement.sql.starts_with("INSERT") && statement.sql.contains("WHERE");
            reads && statement.sql.contains("LIMIT") && !whole.contains(name)
        })
}

#[tokio::test]
async fn every_page_is_found_by_an_index() {
    let (_server, sqlite, postgres) = both().await;
    let (Engine::Sqlite { writer, .. }, Engine::Postgres(pool)) = (&sqlite.engine, &postgres.engine) else {
        panic!("other engines")
    };
    let mut wrong = Vec::new();
    let mut server = pool.acquire().await.expect("a session");
    // What is left then has no other way; one plan for whatever is asked.
    let only = "SET enable_seqscan = off; SET enable_sort = off; SET enable_incremental_sort = off; \
                SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(only).execute(&mut *server).await.expect("set");
    for (name, statement) in pages() {
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.sqlite(1).as_str());
        let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(writer).await.expect("a plan");
        for row in &plan {
            let step: String = row.get("detail");
            // `r` is the rows that were given, `e` a page of entries that was found before.
            let given = ["SCAN r", "SCAN e", "SCAN CONSTANT ROW"].contains(&step.as_str());
            let all_rows = step.starts_with("SCAN ") && !step.contains("USING") && !given;
            // The postings within each entry of a page may be sorted.
            let sorted = step.contains("TEMP B-TREE") && !step.contains("LAST TERM");
            if sorted || all_rows {
                wrong.push(format!("{name} on SQLite: {step}"));
            }
        }
        let text = statement.postgres();
        let count = (1..20).take_while(|n| text.as_str().contains(&format!("${n}"))).count();
        let nothing = vec!["NULL"; count].join(", ");
        let prepare = format!("PREPARE page AS {}", text.as_str());
        let explain = format!("EXPLAIN EXECUTE page({nothing})");
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *server).await.expect("prepared");
        let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *server).await.expect("a plan");
        sqlx::raw_sql("DEALLOCATE page").execute(&mut *server).await.expect("forgotten");
        for row in &plan {
            let step: String = row.get(0);
            if step.contains("Seq Scan") || step.contains("Sort") {
                wrong.push(format!("{name} on PostgreSQL: {}", step.trim()));
            }
        }
    }
    assert!(pages().count() > 12, "the lists are of use only when they are whole");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a commit does costs the same in small books and in large ones: it finds every row by an index.
#[tokio::test]
async fn no_commit_reads_a_whole_table() {
    let sqlite = open("sqlite::memory:", options()).await.expect("opens");
    let Engine::Sqlite { writer, .. } = &sqlite.engine else { panic!("another engine") };
    let mut wrong = Vec::new();
    // A new person has no rows elsewhere: SQLite plans to look for some, and does so only inside a
    // commit that already wrote one for somebody who is not there.
    for (name, statement) in plan::ALL
        .iter()
        .chain(accounts::plan::ALL)
        .chain(accounts::sweep::ALL)
        .chain(deliveries::ALL)
        .filter(|(name, _)| *name != "ADD_INSURED")
    {
        for rows in CHUNKS {
            let explain = format!("EXPLAIN QUERY PLAN {}", statement.sqlite(rows).as_str());
            let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(writer).await.expect("a plan");
            for step in plan.iter().map(|row| row.get::<String, _>("detail")) {
                let given = step == "SCAN r" || step.contains("CONSTANT ROW");
                // All that is unpaid is nearly a whole table too; a new entry looks there for itself alone.
                let all_unpaid = step.contains("(paid_entry=?)") || step.contains("payment_reference_open");
                let all_unpaid = all_unpaid && *name != "ADD_ENTRY";
                if (step.starts_with("SCAN ") && !given) || all_unpaid {
                    wrong.push(format!("{name} over {rows}: {step}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
