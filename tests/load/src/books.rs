//! Books to measure on: employers, and references that wait for their money.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use cnss_core::access::Subject;
use cnss_core::account::{Account, Login};
use cnss_core::decision::{Batch, Change, Entropy, Moment};
use cnss_core::desk::Desk;
use cnss_core::employer::Employer;
use cnss_core::fund::{Fund, LoginKind};
use cnss_core::id::{AccountId, BatchId, EmployerId};
use cnss_core::money::{Currency, Money};
use cnss_core::payment::{BankCode, BankNotice, BankStatus, Issued, Reference};
use cnss_core::person::Name;
use cnss_core::port::Store as _;
use cnss_store::{Options, SqlStore};
use uuid::Uuid;

use crate::Error;

/// How many employers share the payments.
pub const EMPLOYERS: u32 = 5_000;

pub fn franc() -> Result<Currency, Error> {
    Ok(Currency::new("XOF", 0)?)
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default()
}

pub fn day() -> NaiveDate {
    now().date_naive()
}

/// The edge draws a seed for each request; here it is counted.
pub fn moment(n: u32) -> Moment {
    let mut seed = [0_u8; 32];
    for (to, from) in seed.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    Moment { now: now(), today: day(), entropy: Entropy::new(seed) }
}

pub fn employer(n: u32) -> EmployerId {
    EmployerId(Uuid::from_u128(u128::from(n % EMPLOYERS).saturating_add(1)))
}

/// The account of who acts for an employer.
pub fn filer(n: u32) -> Result<Account, Error> {
    let login = Login::read(LoginKind::Username, "nobody").ok_or("a login")?;
    let id = AccountId(Uuid::from_u128(7));
    Ok(Account::new(id, login, "!".to_owned(), Subject::Employer(employer(n)), Name::parse("Kossi Agbéko")?))
}

/// A sign of a reference has 31 values in 5 bits.
pub fn reference(n: u32) -> Reference {
    let signs = [n % 31, n / 31 % 31, n / 961 % 31, n / 29_791 % 31, n / 923_521 % 31];
    let bits = signs.into_iter().rev().fold(0_u128, |bits, sign| bits << 5 | u128::from(sign));
    Reference::drawn(Uuid::from_u128(bits))
}

pub fn amount() -> Result<Money, Error> {
    Ok(Money::from_minor(49_613, franc()?)?)
}

/// What a bank says of payment `n`.
pub fn notice(n: u32) -> Result<BankNotice, Error> {
    Ok(BankNotice {
        bank: BankCode::parse("ecobank").ok_or("a code")?,
        transaction: format!("TRX-{n:09}"),
        reference: Some(reference(n)),
        reference_text: reference(n).to_string(),
        amount: amount()?,
        paid_on: day(),
        status: BankStatus::Paid,
    })
}

/// Opens books, registers the employers, and issues so many references.
pub async fn open(url: &str, connections: u32, references: u32) -> Result<(SqlStore, Desk), Error> {
    let store = cnss_store::open(url, Options::new(franc()?).connections(connections)).await?;
    let filer = filer(0)?;
    let known = vec![Change::OpenAccount(filer.clone())];
    store.commit(Batch::of(BatchId(Uuid::from_u128(500_000)), known, now())).await?;
    let mut changes = Vec::new();
    for n in 0..EMPLOYERS {
        changes.push(Change::RegisterEmployer(Employer {
            id: employer(n),
            number: format!("EMP-{n:05}").parse()?,
            name: Name::parse("Société du Mono")?,
            category: "salaried".to_owned(),
            registered_on: day(),
        }));
    }
    for n in 0..references {
        changes.push(Change::IssueReference(Issued {
            reference: reference(n),
            employer: employer(n),
            amount: amount()?,
            issued_at: now(),
            issued_on: day(),
            expires_on: None,
            issued_by: filer.id,
            paid: None,
        }));
    }
    let mut all = tokio::task::JoinSet::new();
    let (employers, references) = changes.split_at(usize::try_from(EMPLOYERS)?);
    for (n, part) in (1_u128..).zip(employers.chunks(1_000)) {
        store.commit(Batch::of(BatchId(Uuid::from_u128(n)), part.to_vec(), now())).await?;
    }
    for (n, part) in (1_000_000_u128..).zip(references.chunks(2_000)) {
        let (store, part) = (store.clone(), part.to_vec());
        all.spawn(async move { store.commit(Batch::of(BatchId(Uuid::from_u128(n)), part, now())).await });
        while all.len() > 3 {
            all.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    let desk = Desk::new(Arc::new(store.clone()), Arc::new(Fund::builtin("tg")?));
    Ok((store, desk))
}
