//! One declaration of many workers: the draft is checked, assessed, and booked in one commit, on both
//! engines.

use std::sync::Arc;
use std::time::Instant;

use cnss_core::access::{Actor, Subject};
use cnss_core::calendar::{Quarter, parse_date};
use cnss_core::decision::{Batch, Change, Moment};
use cnss_core::desk::Desk;
use cnss_core::employer::{Employer, Employment};
use cnss_core::fund::{Field, Fund};
use cnss_core::id::{BatchId, EmployerId, InsuredId, RequestKey};
use cnss_core::insured::Insured;
use cnss_core::person::{Name, Sex};
use cnss_core::port::Store as _;
use cnss_store::Options;
use cnss_test_postgres::{Disk, Server};
use uuid::Uuid;

use crate::Error;
use crate::books::{filer, franc, moment};

pub async fn run(workers: u32) -> Result<(), Error> {
    println!("one declaration of {workers} workers, three months, from the draft to the disk");
    let folder = tempfile::tempdir()?;
    book(
        "SQLite, synchronous FULL",
        &format!("sqlite:{}", folder.path().join("books.sqlite").display()),
        workers,
    )
    .await?;
    let server = Server::start(Disk::Safe)?;
    book("PostgreSQL, fsync on", &server.database("books")?, workers).await
}

async fn book(name: &str, url: &str, workers: u32) -> Result<(), Error> {
    let store =
        cnss_store::open(url, Options::new(franc()?).wait(std::time::Duration::from_secs(60))).await?;
    let whose = EmployerId(Uuid::from_u128(1));
    let hired = parse_date("2015-01-01")?;
    let mut changes = vec![Change::RegisterEmployer(Employer {
        id: whose,
        number: "EMP-0001".parse()?,
        name: Name::parse("Port autonome")?,
        category: "salaried".to_owned(),
        registered_on: hired,
    })];
    let mut staff = Vec::new();
    for n in 1..=workers {
        let id = InsuredId(Uuid::from_u128(u128::from(n) << 32));
        changes.push(Change::RegisterInsured(Insured {
            id,
            number: format!("{n:08}").parse()?,
            surname: Name::parse("Agbéko")?,
            forenames: Name::parse("Kossi")?,
            sex: Sex::Male,
            birth_date: parse_date("1985-03-04")?,
            registered_on: hired,
        }));
        staff.push(Employment { employer: whose, insured: id, hired_on: hired, left_on: None });
    }
    changes.push(Change::Employ(staff));
    let filer = filer(0)?;
    changes.push(Change::OpenAccount(filer.clone()));
    let at = moment(1);
    store.commit(Batch::of(BatchId(Uuid::from_u128(1)), changes, at.now)).await?;

    let desk = Desk::new(Arc::new(store.clone()), Arc::new(Fund::builtin("tg")?));
    let actor = Actor { account: filer.id, subject: Subject::Employer(whose) };
    let at = Moment { today: parse_date("2023-11-14")?, ..at };
    let quarter = Quarter::new(2023, 2).ok_or("a quarter")?;
    let (mut draft, seen) = desk.draft_or_new(actor, quarter, &at).await?;
    for line in &mut draft.lines {
        for field in [Field::Wage1, Field::Wage2, Field::Wage3] {
            line.set(field, "157500");
        }
    }
    let seen = desk.save_draft(actor, quarter, draft.lines, seen, &at).await?;
    let start = Instant::now();
    let filed = desk.file(actor, quarter, seen, RequestKey(Uuid::from_u128(3)), &at).await?;
    println!(
        "{name:<30} {:>8.2?}   {} workers, contributions {}",
        start.elapsed(),
        filed.workers,
        filed.contributions
    );
    // Where the time goes: the same without the commit.
    let start = Instant::now();
    let lines = desk.filed_lines(actor, quarter, 0, 1_000).await?;
    println!("{:<30} {:>8.2?}   of {} lines read again", "", start.elapsed(), lines.len());
    Ok(())
}
