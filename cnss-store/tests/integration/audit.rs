//! An intruder with the database's own rights, who takes the locks off first: whatever is edited,
//! deleted, added or moved behind the program's back is found and named.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cnss_core::access::Subject;
use cnss_core::account::{Account, Login};
use cnss_core::audit::{self, Finding};
use cnss_core::calendar::Quarter;
use cnss_core::decision::{Batch, Change, Receipt};
use cnss_core::declaration::{Filed, Line};
use cnss_core::desk::verify_trail;
use cnss_core::employer::Employer;
use cnss_core::id::{AccountId, BatchId, DeclarationId, EmployerId, EntryId, InsuredId, RequestKey};
use cnss_core::insured::Insured;
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use cnss_core::money::{Currency, Money};
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Dispute, DisputeReason, Issued, Paid, Reference};
use cnss_core::person::Email;
use cnss_core::person::{Name, Sex};
use cnss_core::port::Store;
use cnss_store::{Options, SqlStore, open};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

pub fn franc() -> Currency {
    Currency::new("XOF", 0).expect("a currency")
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("an instant")
}

pub fn entry(n: u128, minor: i64) -> Entry {
    let (id, employer) = (EntryId(Uuid::from_u128(n)), EmployerId(Uuid::from_u128(1)));
    let day = at(0).date_naive();
    let mut entry =
        Entry::blank(id, employer, EntryKind::Assessment, day, at(i64::try_from(n).expect("small")));
    entry.reference = Some(format!("DNR « {n} »"));
    let money = |minor| Money::from_minor(minor, franc()).expect("an amount");
    let (debit, credit) = (LedgerAccount::Receivable { scheme: "cnss".to_owned() }, LedgerAccount::Deposit);
    let postings = vec![
        Posting { account: debit, amount: money(minor) },
        Posting { account: credit, amount: money(-minor) },
    ];
    entry.with_postings(postings).expect("balanced")
}

fn batch_id(n: u128) -> BatchId {
    BatchId(Uuid::from_u128(100 + n))
}

pub fn posting(n: u128, minor: i64) -> Batch {
    Batch::of(batch_id(n), vec![Change::PostEntry(entry(n, minor))], at(0))
}

/// Somebody's account with the first employer: whoever acts has one.
pub fn account(n: u128) -> Account {
    let email = Email::parse(&format!("personne{n}@example.tg")).expect("an address");
    let holder = cnss_core::person::Name::parse("Kossi N'Guissan").expect("a name");
    let whose = Subject::Employer(EmployerId(Uuid::from_u128(1)));
    Account::new(AccountId(Uuid::from_u128(n)), Login::email(&email), "!".to_owned(), whose, holder)
}

/// An employer and nine entries, each in its commit; three seals over three lines each, and the last
/// entry is not sealed yet.
pub async fn history(store: &SqlStore) {
    let employer = Employer {
        id: EmployerId(Uuid::from_u128(1)),
        number: "EMP-1".parse().expect("a number"),
        name: cnss_core::person::Name::parse("Société").expect("a name"),
        category: "salaried".to_owned(),
        registered_on: at(0).date_naive(),
    };
    let known = vec![Change::RegisterEmployer(employer), Change::OpenAccount(account(2))];
    let register = Batch::of(batch_id(0), known, at(0));
    store.commit(register).await.expect("committed");
    for n in 1..=9 {
        store.commit(posting(n, 1_000)).await.expect("committed");
        if n % 3 == 2 {
            store.seal_lines(at(60)).await.expect("sealed").expect("a seal");
        }
    }
}

/// Beside that history: a declaration with a line, a request's answer, money that an agent must look
/// at, a reference that waits and one that is paid. Gives the dispute's identity and the two references.
pub async fn money(store: &SqlStore) -> (Uuid, Reference, Reference) {
    let (employer, by) = (EmployerId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
    let day = at(0).date_naive();
    let bank = BankCode::parse("btci").expect("a bank");
    let amount = Money::from_minor(500, franc()).expect("an amount");
    let dispute = Dispute {
        id: Uuid::from_u128(70),
        notice: BankNotice {
            bank: bank.clone(),
            transaction: "TX-1".to_owned(),
            reference: None,
            reference_text: "« loyer »".to_owned(),
            amount,
            paid_on: day,
            status: BankStatus::Paid,
        },
        reason: DisputeReason::UnknownReference,
        received_at: at(7),
    };
    let issued = |n| Issued {
        reference: Reference::drawn(Uuid::from_u128(n)),
        employer,
        amount,
        issued_at: at(0),
        issued_on: day,
        expires_on: None,
        issued_by: by,
        paid: None,
    };
    let (waits, paid) = (issued(1), issued(2));
    let references = (waits.reference, paid.reference);
    let payment = Paid { entry: entry_id(30), bank, transaction: "TX-2".to_owned(), paid_on: day };
    let person = Insured {
        id: InsuredId(Uuid::from_u128(71)),
        number: "1234567".parse().expect("a number"),
        surname: Name::parse("Sessi").expect("a name"),
        forenames: Name::parse("Ama").expect("a name"),
        sex: Sex::Female,
        birth_date: day,
        registered_on: day,
    };
    let filed = Filed {
        id: DeclarationId(Uuid::from_u128(72)),
        employer,
        quarter: Quarter::new(2024, 1).expect("a quarter"),
        revision: 1,
        filed_at: at(0),
        filed_by: by,
        workers: 1,
        wages: amount,
        contributions: amount,
    };
    let line = Line {
        row: 1,
        insured: person.id,
        number: person.number,
        wages: [Some(500.into()), None, None],
        days: [None; 3],
        hired_on: None,
        left_on: None,
        observation: None,
    };
    let changes = vec![
        Change::RegisterInsured(person),
        Change::FileDeclaration(filed, vec![line]),
        Change::RecordDispute(dispute.clone()),
        Change::IssueReference(waits),
        Change::IssueReference(paid),
    ];
    let mut batch = Batch::of(batch_id(30), changes, at(1));
    let key = RequestKey(Uuid::from_u128(73));
    batch.receipt = Some(Receipt { key, account: None, digest: [7; 32], answer: "pending".to_owned() });
    store.commit(batch).await.expect("committed");
    let credit = vec![Change::PostEntry(entry(30, 500)), Change::CreditReference(references.1, payment)];
    store.commit(Batch::of(batch_id(31), credit, at(2))).await.expect("committed");
    (dispute.id, references.0, references.1)
}

/// A connection of one's own to the books, with every lock taken off.
pub enum Intruder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Intruder {
    pub async fn into(url: &str) -> Self {
        if url.starts_with("sqlite") {
            let file: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
            let mut db = file.foreign_keys(false).connect().await.expect("connected");
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
            let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut db).await.expect("a list");
            for name in names {
                let drop = AssertSqlSafe(format!("DROP TRIGGER {name}"));
                sqlx::raw_sql(drop).execute(&mut db).await.expect("dropped");
            }
            Self::Sqlite(db)
        } else {
            let mut db = PgConnection::connect(url).await.expect("connected");
            let sql = "SET session_replication_role = replica";
            sqlx::raw_sql(sql).execute(&mut db).await.expect("the locks are off");
            Self::Postgres(db)
        }
    }

    fn id(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'::uuid"),
        }
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sqlite(_) => format!("x'{hex}'"),
            Self::Postgres(_) => format!("'\\x{hex}'::bytea"),
        }
    }

    /// `{e4}` is the identity of entry 4, `{b4}` that of its commit, `{p4}` its place; `{second}` is
    /// what makes an instant one second later.
    pub async fn run(&mut self, sql: &str) {
        let mut sql = sql.to_owned();
        for n in (0..=20_u128).rev() {
            let place = format!("(SELECT place FROM ledger_entry WHERE entry_id = {{e{n}}})");
            sql = sql.replace(&format!("{{p{n}}}"), &place);
            sql = sql.replace(&format!("{{e{n}}}"), &self.id(Uuid::from_u128(n)));
            sql = sql.replace(&format!("{{b{n}}}"), &self.id(batch_id(n).0));
        }
        let second = match self {
            Self::Sqlite(_) => "1000000",
            Self::Postgres(_) => "interval '1 second'",
        };
        let sql = sql.replace("{second}", second);
        for part in sql.split(';').filter(|part| !part.trim().is_empty()) {
            let query = sqlx::raw_sql(AssertSqlSafe(part.to_owned()));
            let done = match self {
                Self::Sqlite(db) => query.execute(db).await.map(|done| done.rows_affected()),
                Self::Postgres(db) => query.execute(db).await.map(|done| done.rows_affected()),
            };
            let changed = done.unwrap_or_else(|e| panic!("{part}: {e}"));
            let schema = ["ALTER", "CREATE", "DROP"].iter().any(|word| part.trim_start().starts_with(word));
            assert!(changed > 0 || schema, "nothing was changed: {part}");
        }
    }
}

async fn found(store: &SqlStore) -> Vec<Finding> {
    let trail = verify_trail(store, []).await.expect("read");
    trail.findings().copied().collect()
}

pub const fn entry_id(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(n))
}

fn cases() -> Vec<(&'static str, Vec<Finding>)> {
    use Finding::{
        EntryAdded, EntryEdited, EntryMissing, LineAdded, LineEdited, LineMissing, LineMoved, SealEdited,
        SealMissing,
    };
    let e = entry_id;
    let copy = "INSERT INTO ledger_entry (entry_id, employer_id, kind, value_date, booked_at, batch_id) \
                SELECT {e20}, employer_id, kind, value_date, booked_at,";
    vec![
        (
            "UPDATE ledger_posting SET amount = amount + 1 WHERE place = {p4} AND amount > 0",
            vec![EntryEdited(e(4))],
        ),
        // The other side too, so that they sum to zero.
        ("UPDATE ledger_posting SET amount = amount * 2 WHERE place = {p4}", vec![EntryEdited(e(4))]),
        (
            "UPDATE ledger_posting SET account = 'bank' WHERE place = {p4} AND amount < 0",
            vec![EntryEdited(e(4))],
        ),
        ("UPDATE ledger_entry SET value_date = '2020-01-31' WHERE entry_id = {e9}", vec![EntryEdited(e(9))]),
        (
            "UPDATE ledger_entry SET booked_at = booked_at + {second} WHERE entry_id = {e4}",
            vec![EntryEdited(e(4))],
        ),
        ("UPDATE ledger_entry SET reference = NULL WHERE entry_id = {e4}", vec![EntryEdited(e(4))]),
        ("UPDATE ledger_entry SET kind = 'correction' WHERE entry_id = {e4}", vec![EntryEdited(e(4))]),
        ("UPDATE ledger_entry SET employer_id = {e7} WHERE entry_id = {e4}", vec![EntryEdited(e(4))]),
        ("DELETE FROM ledger_posting WHERE place = {p4}", vec![EntryEdited(e(4))]),
        (
            "DELETE FROM ledger_posting WHERE place = {p4}; DELETE FROM ledger_entry WHERE entry_id = {e4}",
            vec![EntryMissing(e(4))],
        ),
        (
            "UPDATE ledger_entry SET batch_id = {b5} WHERE entry_id = {e4}",
            vec![EntryMissing(e(4)), EntryAdded(e(4))],
        ),
        (
            &*Box::leak(format!("{copy} batch_id FROM ledger_entry WHERE entry_id = {{e4}}").into()),
            vec![EntryAdded(e(20))],
        ),
        (
            &*Box::leak(format!("{copy} {{b20}} FROM ledger_entry WHERE entry_id = {{e4}}").into()),
            vec![EntryAdded(e(20))],
        ),
        ("UPDATE audit_line SET what = what || '.' WHERE batch_id = {b0}", vec![LineEdited(batch_id(0))]),
        ("UPDATE audit_line SET actor_id = {e7} WHERE batch_id = {b4}", vec![LineEdited(batch_id(4))]),
        (
            "UPDATE audit_line SET decided_at = decided_at + {second} WHERE batch_id = {b9}",
            vec![LineEdited(batch_id(9))],
        ),
        ("DELETE FROM audit_line WHERE batch_id = {b0}", vec![LineMissing { seal: 1, rank: 1 }]),
        (
            "DELETE FROM audit_line WHERE batch_id = {b5}",
            vec![LineMissing { seal: 2, rank: 3 }, EntryAdded(e(5))],
        ),
        (
            "DELETE FROM audit_line WHERE seal = 3",
            vec![
                LineMissing { seal: 3, rank: 1 },
                LineMissing { seal: 3, rank: 2 },
                LineMissing { seal: 3, rank: 3 },
                EntryAdded(e(6)),
                EntryAdded(e(7)),
                EntryAdded(e(8)),
            ],
        ),
        (
            "UPDATE audit_line SET seal = 3, seal_rank = 4 WHERE batch_id = {b4}",
            vec![
                LineMissing { seal: 2, rank: 2 },
                LineAdded { seal: 3, batch: batch_id(4) },
                LineMoved { seal: 3, batch: batch_id(4) },
            ],
        ),
        (
            "UPDATE audit_line SET seal_rank = 9 WHERE batch_id = {b3}; \
             UPDATE audit_line SET seal_rank = 1 WHERE batch_id = {b4}; \
             UPDATE audit_line SET seal_rank = 2 WHERE batch_id = {b3}",
            vec![LineMoved { seal: 2, batch: batch_id(3) }],
        ),
        (
            "UPDATE audit_line SET seal = 7 WHERE batch_id = {b8}",
            vec![LineMissing { seal: 3, rank: 3 }, SealMissing(7)],
        ),
        ("UPDATE audit_seal SET sealed_at = sealed_at + {second} WHERE number = 2", vec![SealEdited(2)]),
        (
            "UPDATE audit_seal SET digest = (SELECT digest FROM audit_seal WHERE number = 1) WHERE number = 2",
            vec![SealEdited(2)],
        ),
        ("UPDATE audit_seal SET lines = 4 WHERE number = 2", vec![LineMissing { seal: 2, rank: 4 }]),
        ("UPDATE audit_seal SET lines = 2 WHERE number = 2", vec![LineAdded { seal: 2, batch: batch_id(5) }]),
        ("DELETE FROM audit_seal WHERE number = 2", vec![SealMissing(2)]),
        ("DELETE FROM audit_seal WHERE number = 3", vec![SealMissing(3)]),
        // Seal 3 is gone, and of the three lines that a seal 4 says it has none is there.
        (
            "UPDATE audit_seal SET number = 4 WHERE number = 3",
            [SealMissing(3)].into_iter().chain((1..=3).map(|rank| LineMissing { seal: 4, rank })).collect(),
        ),
    ]
}

/// Runs each case on a copy of the same history.
async fn each_is_found(mut address: impl FnMut() -> String) {
    let mut wrong = Vec::new();
    for (sql, expected) in cases() {
        let url = address();
        let store = open(&url, Options::new(franc()).connections(2)).await.expect("opens");
        assert_eq!(found(&store).await, [], "sound before");
        let mut intruder = Intruder::into(&url).await;
        intruder.run(sql).await;
        let mut expected = expected;
        expected.sort();
        let found = found(&store).await;
        if found != expected {
            wrong.push(format!("{sql}\n  expected {expected:?}\n  found {found:?}"));
        }
        store.close().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A forger who knows the program: the entry, its line and its digest fit one another; the seal
/// does not.
async fn a_forged_line_breaks_its_seal(url: &str) {
    let store = open(url, Options::new(franc())).await.expect("opens");
    history(&store).await;
    let mut intruder = Intruder::into(url).await;
    let forged = audit::line(&posting(4, 2_000)).expect("a line");
    let digest = intruder.bytes(&forged.digest);
    let sql = format!(
        "UPDATE ledger_posting SET amount = amount * 2 WHERE place = {{p4}}; \
         UPDATE audit_line SET what = '{}', digest = {digest} WHERE batch_id = {{b4}}",
        forged.what
    );
    intruder.run(&sql).await;
    assert_eq!(found(&store).await, [Finding::SealEdited(2)]);
    // Who deletes the end of the trail and all that refers to it is found by who kept its seal.
    let (_, last) = (0, store.audit_seals(2, 1).await.expect("read").remove(0));
    intruder.run("UPDATE audit_line SET seal = NULL, seal_rank = NULL WHERE seal = 3; DELETE FROM audit_seal WHERE number = 3").await;
    let trail = verify_trail(&store, [(last.number, last.digest)]).await.expect("read");
    let found: Vec<Finding> = trail.findings().copied().collect();
    assert_eq!(found, [Finding::SealEdited(2), Finding::SealMissing(3)]);
    store.close().await;
}

/// With the locks in place nothing that was written can be changed.
async fn what_was_written_stays(url: &str) {
    let store = open(url, Options::new(franc())).await.expect("opens");
    history(&store).await;
    money(&store).await;
    let refused = [
        "UPDATE books SET currency = 'MAD'",
        "DELETE FROM books",
        "UPDATE payment_dispute SET amount = amount",
        "DELETE FROM payment_dispute",
        "UPDATE receipt SET answer = 'credited Q'",
        "DELETE FROM receipt",
        "UPDATE declaration SET wages = wages",
        "DELETE FROM declaration",
        "UPDATE declaration_line SET wage1 = 1",
        "DELETE FROM declaration_line",
        "DELETE FROM payment_reference WHERE paid_entry IS NULL",
        "UPDATE payment_reference SET amount = amount + 1 WHERE paid_entry IS NULL",
        "UPDATE payment_reference SET expires_on = '2030-01-01' WHERE paid_entry IS NULL",
        "UPDATE payment_reference SET paid_bank = 'other' WHERE paid_entry IS NOT NULL",
        "UPDATE payment_reference SET paid_entry = NULL, paid_bank = NULL, paid_transaction = NULL, paid_on = NULL \
         WHERE paid_entry IS NOT NULL",
        "UPDATE ledger_entry SET reference = 'x'",
        "DELETE FROM ledger_entry WHERE reference IS NOT NULL",
        "UPDATE ledger_posting SET amount = amount",
        "DELETE FROM ledger_posting",
        "UPDATE audit_seal SET lines = lines",
        "DELETE FROM audit_seal",
        "DELETE FROM audit_line WHERE seal IS NULL",
        "UPDATE audit_line SET what = '' WHERE seal IS NULL",
        "UPDATE audit_line SET what = '', seal = 3, seal_rank = 9 WHERE seal IS NULL",
        "UPDATE audit_line SET seal = 3, seal_rank = 9 WHERE seal = 1 AND seal_rank = 1",
        "UPDATE audit_line SET seal = NULL, seal_rank = NULL WHERE seal = 1",
    ];
    if url.starts_with("sqlite") {
        let file: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
        let mut db = file.connect().await.expect("connected");
        for sql in refused {
            let error = sqlx::raw_sql(sql).execute(&mut db).await.expect_err(sql);
            assert!(error.to_string().contains("is append only"), "{sql}: {error}");
        }
    } else {
        let mut db = PgConnection::connect(url).await.expect("connected");
        for sql in refused.into_iter().chain([
            "TRUNCATE books",
            "TRUNCATE ledger_posting",
            "TRUNCATE audit_seal CASCADE",
            "TRUNCATE payment_dispute",
            "TRUNCATE payment_reference",
            "TRUNCATE receipt",
            "TRUNCATE declaration_line",
        ]) {
            let error = sqlx::raw_sql(sql).execute(&mut db).await.expect_err(sql);
            assert!(error.to_string().contains("is append only"), "{sql}: {error}");
        }
        let sql = "INSERT INTO ledger_posting (place, account, amount, employer_id, counted_at, balance) \
                   SELECT place, 'bank', 1, employer_id, booked_at, 1 FROM ledger_entry LIMIT 1";
        let error = sqlx::raw_sql(sql).execute(&mut db).await.expect_err("not balanced");
        assert!(error.to_string().contains("do not sum to zero"), "{error}");
    }
    assert_eq!(found(&store).await, []);
    store.close().await;
}

pub fn file(folder: &tempfile::TempDir, n: u32) -> String {
    format!("sqlite:{}", folder.path().join(format!("{n}.sqlite")).display())
}

#[tokio::test]
async fn in_a_file_all_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let books = file(&folder, 0);
    let store = open(&books, Options::new(franc())).await.expect("opens");
    history(&store).await;
    store.close().await;
    let mut n = 0;
    each_is_found(|| {
        n += 1;
        let copy = file(&folder, n);
        let path = |url: &str| url.trim_start_matches("sqlite:").to_owned();
        std::fs::copy(path(&books), path(&copy)).expect("copied");
        copy
    })
    .await;
    a_forged_line_breaks_its_seal(&file(&folder, 1_000)).await;
    what_was_written_stays(&file(&folder, 1_001)).await;
}

#[tokio::test]
async fn on_a_server_all_is_found() {
    let books = crate::server::database();
    let store = open(&books, Options::new(franc())).await.expect("opens");
    history(&store).await;
    store.close().await;
    each_is_found(|| crate::server::copy_of(&books)).await;
    a_forged_line_breaks_its_seal(&crate::server::database()).await;
    what_was_written_stays(&crate::server::database()).await;
}

/// The answer comes from the index alone, however long the history: the plan says so.
#[tokio::test]
async fn a_balance_is_found_by_its_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = file(&folder, 1);
    let store: Arc<SqlStore> = Arc::new(open(&url, Options::new(franc())).await.expect("opens"));
    history(&store).await;
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
    let mut db = options.connect().await.expect("connected");
    let sql = "EXPLAIN QUERY PLAN SELECT balance FROM ledger_posting WHERE employer_id = x'00' AND account = 'bank' \
               AND counted_at <= 7 ORDER BY counted_at DESC, place DESC LIMIT 1";
    let rows = sqlx::query(sql).fetch_all(&mut db).await.expect("a plan");
    let plan: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, "detail")).collect();
    let [step] = plan.as_slice() else { panic!("one step: {plan:?}") };
    assert!(
        step.contains("ledger_posting_balance (employer_id=? AND account=? AND counted_at<?)"),
        "by the index, and nothing to sort: {step}"
    );
}
