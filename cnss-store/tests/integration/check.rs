//! Looking at the books, and copying them while others write.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, TimeDelta};
use cnss_core::access::Subject;
use cnss_core::account::{
    Accepted, Account, AccountChange, Agent, Beneficiary, Login, Mandate, Rights, Role,
};
use cnss_core::decision::{Batch, Change};
use cnss_core::desk::verify_trail;
use cnss_core::id::{AccountId, BatchId, BeneficiaryId, EmployerId, InsuredId, MandateId, Version};
use cnss_core::person::{Email, Name};
use cnss_core::port::Store as _;
use cnss_store::{CopyError, Fault, OpenError, Options, SqlStore, open};
use sqlx::{Connection as _, PgConnection};

use crate::audit::{Intruder, entry_id, file, franc, history, money, posting};

async fn books(url: &str) -> SqlStore {
    open(url, Options::new(franc())).await.expect("opens")
}

async fn only_read(url: &str) -> Result<SqlStore, OpenError> {
    open(url, Options::new(franc()).only_read()).await
}

async fn faults(store: &SqlStore) -> Vec<Fault> {
    store.check().await.expect("read").faults.into_iter().collect()
}

fn at_path(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// Sound books are found sound; then each thing that is done to them is found.
async fn finds(url: &str, lock: &str) {
    let store = books(url).await;
    history(&store).await;
    let checked = store.check().await.expect("read");
    assert_eq!((checked.entries, checked.employers, checked.unlisted), (9, 1, 0));
    assert_eq!(checked.faults.into_iter().collect::<Vec<_>>(), []);
    let file = url.starts_with("sqlite");
    let balance = |entry, account: &str| Fault::Balance { entry, account: account.to_owned() };
    let mut intruder = Intruder::into(url).await;
    if file {
        let found = faults(&store).await;
        assert_eq!(found.len(), 22, "the locks that were taken off: {found:?}");
        assert!(found.contains(&Fault::Schema(format!("trigger {lock}"))), "{found:?}");
    } else {
        intruder.run(&format!("ALTER TABLE ledger_entry DISABLE TRIGGER {lock}")).await;
        assert_eq!(faults(&store).await, [Fault::Schema(format!("trigger {lock}"))]);
    }
    let locks = faults(&store).await;
    let new = async || faults(&store).await.into_iter().filter(|f| !locks.contains(f)).collect::<Vec<_>>();
    intruder.run("UPDATE ledger_posting SET balance = balance - 1 WHERE place = {p4} AND amount > 0").await;
    // It does not follow from the one before, nor the next one from it.
    let broken = [4, 5].map(|n| balance(entry_id(n), "receivable:cnss"));
    assert_eq!(new().await, broken);
    intruder.run("UPDATE ledger_posting SET balance = balance + 1 WHERE place = {p4} AND amount > 0").await;
    assert_eq!(new().await, []);
    intruder
        .run("UPDATE ledger_posting SET counted_at = counted_at + {second} WHERE place = {p9} AND amount < 0")
        .await;
    assert_eq!(new().await, [balance(entry_id(9), "deposit")]);
    intruder.run("UPDATE ledger_posting SET amount = amount + 1 WHERE place = {p9} AND amount > 0").await;
    let found = [
        Fault::Unbalanced(entry_id(9)),
        balance(entry_id(9), "deposit"),
        balance(entry_id(9), "receivable:cnss"),
    ];
    assert_eq!(new().await, found);
    intruder.run("DELETE FROM ledger_posting WHERE place = {p9}").await;
    assert_eq!(new().await, [Fault::Unbalanced(entry_id(9))]);
    intruder.run("UPDATE ledger_posting SET employer_id = {e7} WHERE place = {p8}").await;
    let of = |table: &str| if file { table.to_owned() } else { format!("{table}.employer_id") };
    let posting = Fault::ForeignKey { from: of("ledger_posting"), rows: 2 };
    assert_eq!(
        new().await,
        [posting.clone(), Fault::Unbalanced(entry_id(8)), Fault::Unbalanced(entry_id(9))]
    );
    intruder.run("UPDATE ledger_entry SET employer_id = {e7} WHERE entry_id = {e8}").await;
    let entry = Fault::ForeignKey { from: of("ledger_entry"), rows: 1 };
    assert_eq!(new().await, [entry, posting, Fault::Unbalanced(entry_id(9))]);
    store.close().await;
}

#[tokio::test]
async fn in_a_file_what_cannot_be_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    finds(&file(&folder, 1), "ledger_entry_no_update").await;
}

#[tokio::test]
async fn on_a_server_what_cannot_be_is_found() {
    finds(&crate::server::database(), "ledger_entry_append_only").await;
}

/// Whatever else acts on a row on its way into the books is compared too, word for word.
#[tokio::test]
async fn on_a_server_every_change_of_the_tables_is_found() {
    let url = crate::server::database();
    let store = books(&url).await;
    let mut db = PgConnection::connect(&url).await.expect("connected");
    let mut before: BTreeSet<Fault> = BTreeSet::new();
    for (sql, found) in [
        (
            "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_amount_check",
            "constraint ledger_posting.ledger_posting_amount_check",
        ),
        (
            "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_place_fkey",
            "constraint ledger_posting.ledger_posting_place_fkey",
        ),
        ("ALTER TABLE declaration_line DROP COLUMN observation", "column declaration_line.observation"),
        ("ALTER TABLE employer ALTER COLUMN name DROP NOT NULL", "column employer.name"),
        ("ALTER TABLE employer ADD COLUMN remark TEXT", "column employer.remark"),
        (
            "CREATE OR REPLACE FUNCTION append_only() RETURNS TRIGGER LANGUAGE plpgsql AS \
             $$ BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
            "function append_only()",
        ),
        (
            "ALTER TABLE ledger_entry ENABLE REPLICA TRIGGER ledger_entry_append_only",
            "trigger ledger_entry_append_only",
        ),
        (
            "CREATE TRIGGER more BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION append_only()",
            "trigger more",
        ),
        ("CREATE RULE none AS ON DELETE TO audit_line DO INSTEAD NOTHING", "rule audit_line.none"),
        ("ALTER TABLE employment DISABLE TRIGGER ALL", "keys employment"),
        ("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY", "row security outbox"),
        ("DROP INDEX outbox_waiting", "index outbox_waiting"),
        // What somebody keeps beside the books is his.
        ("CREATE TABLE notes (n INT CHECK (n > 0)); CREATE INDEX mine ON employer (name)", ""),
    ] {
        sqlx::raw_sql(sql).execute(&mut db).await.expect(sql);
        let now = store.check().await.expect("read").faults;
        let new: Vec<&Fault> = now.difference(&before).collect();
        let found = Some(Fault::Schema(found.to_owned())).filter(|_| !found.is_empty());
        assert_eq!(new, found.iter().collect::<Vec<_>>(), "{sql}");
        assert!(before.is_subset(&now), "{sql}");
        before = now;
    }
    store.close().await;
}

/// An account (81) that accepted a text, an agent (82), a mandate (83) that was withdrawn, a beneficiary (84).
async fn who_may(store: &SqlStore) {
    let id = uuid::Uuid::from_u128;
    let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(9);
    let account = |n, subject| {
        let login = Login::email(&Email::parse(&format!("a{n}@example.tg")).expect("an address"));
        Account::new(AccountId(id(n)), login, "hash".to_owned(), subject, Name::parse("Afi").expect("a name"))
    };
    let agent = Agent {
        account: AccountId(id(82)),
        roles: vec![Role::Unblock],
        second: Some(vec![1, 2]),
        last_step: Some(5),
        recovery: vec![[3; 32]],
        changed_by: AccountId(id(82)),
        version: Version(1),
    };
    let mandate = Mandate {
        id: MandateId(id(83)),
        employer: EmployerId(id(1)),
        invited: Email::parse("cabinet@example.tg").expect("an address"),
        account: None,
        rights: Rights { declare: true, pay: false, read: true },
        given_by: AccountId(id(81)),
        given_at: at,
        withdrawn_at: None,
        changed_by: AccountId(id(81)),
        version: Version(1),
    };
    let withdrawn = Mandate { withdrawn_at: Some(at), version: Version(2), ..mandate.clone() };
    let beneficiary = Beneficiary {
        id: BeneficiaryId(id(84)),
        insured: InsuredId(id(71)),
        surname: Name::parse("Lawson").expect("a name"),
        forenames: Name::parse("Kofi").expect("a name"),
        birth_date: cnss_core::calendar::parse_iso_date("2010-01-31").expect("a day"),
    };
    let accepted = Accepted { version: "2026".to_owned(), digest: [7; 32], at };
    let all = vec![
        Change::OpenAccount(account(81, Subject::Employer(EmployerId(id(1))))),
        Change::OpenAccount(account(82, Subject::Agent)),
        Change::Account(AccountChange::Accept(AccountId(id(81)), accepted)),
        Change::Account(AccountChange::SaveAgent(agent)),
        Change::Account(AccountChange::SaveMandate(mandate)),
        Change::Account(AccountChange::RegisterBeneficiary(beneficiary)),
    ];
    let withdraw = vec![Change::Account(AccountChange::SaveMandate(withdrawn))];
    for (n, changes) in [(900, all), (901, withdraw)] {
        store.commit(Batch::of(BatchId(id(n)), changes, at)).await.expect("committed");
    }
}

/// What the trail names is looked up: who takes the locks off and edits or removes announced money, or
/// removes whom it is about, is found.
async fn finds_what_is_named(url: &str) {
    let store = books(url).await;
    history(&store).await;
    let (dispute, waits, paid) = money(&store).await;
    who_may(&store).await;
    assert_eq!(faults(&store).await, [], "sound before");
    let mut intruder = Intruder::into(url).await;
    let locks = faults(&store).await;
    let new = async || faults(&store).await.into_iter().filter(|f| !locks.contains(f)).collect::<Vec<_>>();
    let (dispute, waits, paid) = (dispute.to_string(), waits.to_string(), paid.to_string());
    let edited = |table, row: &str| Fault::Edited { table, row: row.to_owned() };
    let missing = |table, row: &str| Fault::Missing { table, row: row.to_owned() };
    for set in ["amount = amount + 1", "currency = 'EUR'", "reason = 'paid_before'", "paid_on = '2020-01-31'"]
    {
        intruder.run("CREATE TEMP TABLE kept AS SELECT * FROM payment_dispute").await;
        intruder.run(&format!("UPDATE payment_dispute SET {set}")).await;
        assert_eq!(new().await, [edited("payment_dispute", &dispute)], "{set}");
        intruder.run("DELETE FROM payment_dispute").await;
        assert_eq!(new().await, [missing("payment_dispute", &dispute)]);
        let own = if url.starts_with("sqlite") { "" } else { "OVERRIDING SYSTEM VALUE" };
        intruder.run(&format!("INSERT INTO payment_dispute {own} SELECT * FROM kept; DROP TABLE kept")).await;
        assert_eq!(new().await, []);
    }
    // No word of a reason that nobody knows.
    intruder.run("UPDATE payment_dispute SET reason = 'nonsense'").await;
    assert_eq!(new().await, [edited("payment_dispute", &dispute)]);
    intruder.run("UPDATE payment_reference SET amount = amount + 1 WHERE paid_entry IS NULL").await;
    intruder.run("UPDATE payment_reference SET paid_on = '2020-01-31' WHERE paid_entry IS NOT NULL").await;
    let mut found = vec![
        edited("payment_dispute", &dispute),
        edited("payment_reference", &waits),
        edited("payment_reference", &paid),
    ];
    found.sort();
    assert_eq!(new().await, found);
    intruder.run("DELETE FROM payment_reference WHERE paid_entry IS NULL").await;
    assert!(new().await.contains(&missing("payment_reference", &waits)));
    let identity = |n| uuid::Uuid::from_u128(n).to_string();
    // Who may do what: an edit, one that was made whole but for its version, and what is gone.
    for (table, key, set) in [
        ("account", 81, "state = 'blocked', state_since = told_at, block_reason = 'agent'"),
        ("account", 81, "subject_kind = 'agent', subject_id = NULL"),
        ("mandate", 83, "may_pay = NOT may_pay"),
        ("mandate", 83, "withdrawn_at = NULL"),
        ("mandate", 83, "version = version - 1"),
        ("agent", 82, "roles = '[\"administer\"]'"),
        ("agent", 82, "second = NULL"),
    ] {
        let now = if url.starts_with("sqlite") { "1" } else { "now()" };
        let set = set
            .replace("told_at", now)
            .replace("NOT may_pay", if url.starts_with("sqlite") { "1 - may_pay" } else { "NOT may_pay" });
        let before = new().await;
        intruder.run(&format!("CREATE TEMP TABLE kept AS SELECT * FROM {table}")).await;
        intruder.run(&format!("UPDATE {table} SET {set}")).await;
        assert!(new().await.contains(&edited(table, &identity(key))), "{table} {set}");
        intruder.run(&format!("DELETE FROM {table}")).await;
        assert!(new().await.contains(&missing(table, &identity(key))), "{table}");
        intruder.run(&format!("INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept")).await;
        assert_eq!(new().await, before, "{table} as it was");
    }
    for (table, row) in [
        ("acceptance", identity(81)),
        ("beneficiary", identity(84)),
        ("employer", identity(1)),
        ("insured", identity(71)),
        ("declaration", identity(72)),
    ] {
        intruder.run(&format!("DELETE FROM {table}")).await;
        assert!(new().await.contains(&missing(table, &row)), "{table}");
    }
    store.close().await;
}

#[tokio::test]
async fn in_a_file_what_the_trail_names_is_looked_up() {
    let folder = tempfile::tempdir().expect("a folder");
    finds_what_is_named(&file(&folder, 1)).await;
}

#[tokio::test]
async fn on_a_server_what_the_trail_names_is_looked_up() {
    finds_what_is_named(&crate::server::database()).await;
}

#[tokio::test]
async fn a_damaged_file_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = file(&folder, 1);
    let store = books(&url).await;
    history(&store).await;
    store.close().await;
    // One page of one table: what names the tables stays whole, so that the books open.
    let path = folder.path().join("1.sqlite");
    let mut db = sqlx::SqliteConnection::connect(&at_path(&path)).await.expect("opens");
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'ledger_entry'";
    let root: i64 = sqlx::query_scalar(root).fetch_one(&mut db).await.expect("a page");
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut db).await.expect("a size");
    db.close().await.expect("closed");
    let page = |n: i64| usize::try_from(n * size).expect("within the file");
    let mut bytes = std::fs::read(&path).expect("read");
    for byte in bytes[page(root - 1)..page(root)].iter_mut().step_by(97) {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, bytes).expect("written");
    let store = only_read(&url).await.expect("opens: it is for the check to find");
    let checked = store.check().await;
    let found =
        checked.as_ref().is_ok_and(|checked| checked.faults.iter().any(|f| matches!(f, Fault::Damaged(_))));
    assert!(checked.is_err() || found, "{checked:?}");
}

#[tokio::test]
async fn only_looking_makes_nothing_and_wants_this_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = file(&folder, 1);
    assert!(matches!(only_read(&url).await, Err(OpenError::Missing { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a list").count(), 0, "nothing was made");
    std::fs::write(folder.path().join("1.sqlite"), "").expect("written");
    assert!(matches!(only_read(&url).await, Err(OpenError::Schema { .. })), "an empty file holds no books");
    for url in [file(&folder, 2), crate::server::database()] {
        books(&url).await.close().await;
        let store = only_read(&url).await.expect("opens");
        if url.starts_with("sqlite") {
            store.commit(posting(1, 1)).await.expect_err("nothing is written");
        }
        store.close().await;
        Intruder::into(&url).await.run("UPDATE _sqlx_migrations SET version = 2").await;
        for refused in [only_read(&url).await, open(&url, Options::new(franc())).await] {
            assert!(matches!(refused, Err(OpenError::Schema { .. })), "a newer version wrote it");
        }
    }
}

/// Copies made while somebody commits without pause: each is sound, and holds whole commits in
/// their order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_made_while_others_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = file(&folder, 1);
    let store = books(&url).await;
    history(&store).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            let mut n = 10;
            while !*stopped.borrow() {
                store.commit(posting(n, 7)).await.expect("committed");
                n += 1;
            }
            n
        }
    });
    // As another process does, which only looks at what a portal is serving.
    let other = only_read(&url).await.expect("opens");
    let mut counts = Vec::new();
    for n in 0..5 {
        let path = folder.path().join(format!("copy-{n}"));
        other.copy_to(&path).await.expect("copied");
        let copy = only_read(&at_path(&path)).await.expect("opens");
        assert_eq!(faults(&copy).await, []);
        let trail = verify_trail(&copy, []).await.expect("read");
        assert_eq!(trail.findings().count(), 0);
        let entries =
            copy.entries(EmployerId(uuid::Uuid::from_u128(1)), i64::MIN, 1_000).await.expect("read");
        let ids: Vec<u128> = entries.iter().map(|(_, entry)| entry.id.0.as_u128()).collect();
        assert_eq!(ids, (1..=u128::try_from(ids.len()).expect("few")).collect::<Vec<_>>());
        counts.push(ids.len());
        copy.close().await;
    }
    stop.send(true).expect("heard");
    let next = writer.await.expect("wrote");
    assert!(counts.is_sorted() && counts.first() < counts.last(), "somebody wrote meanwhile: {counts:?}");
    assert!(next > 10);
    // The copy is the books: they open for writing, and go on where they were.
    let again = books(&at_path(&folder.path().join("copy-4"))).await;
    again.commit(posting(5_000, 7)).await.expect("committed");
    again.seal_lines(chrono::DateTime::UNIX_EPOCH).await.expect("sealed").expect("a seal");
    assert_eq!(faults(&again).await, []);
    again.close().await;
}

#[tokio::test]
async fn a_copy_replaces_nothing_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = books(&file(&folder, 1)).await;
    let there = folder.path().join("letter");
    std::fs::write(&there, "Cher Monsieur").expect("written");
    let refused = store.copy_to(&there).await.expect_err("there is one");
    assert!(matches!(refused, CopyError::Exists(_)), "{refused}");
    assert_eq!(std::fs::read_to_string(&there).expect("read"), "Cher Monsieur");
    store.copy_to(&folder.path().join("no/such/folder/copy")).await.expect_err("no such folder");
    store.close().await;
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a list").map(|e| e.expect("one").file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("part")), "{left:?}");
    let server = books(&crate::server::database()).await;
    let refused = server.copy_to(&folder.path().join("copy")).await.expect_err("on a server");
    assert!(matches!(refused, CopyError::Server), "{refused}");
}
