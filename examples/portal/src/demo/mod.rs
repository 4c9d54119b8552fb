//! A demonstration for Togo: three employers, sixty workers and their years of declarations
//! and payments, all made up, so that the portal can be tried at once.
//!
//! Everything goes through the same counter as a real employer's work, on the day on which
//! it would have been done. The one rule to remember: never load it into real books.

mod rehearsal;
mod story;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use cnss_core::access::{Actor, Subject};
use cnss_core::account::{self, Account};
use cnss_core::decision::{Entropy, Moment};
use cnss_core::desk::{Desk, DeskError, NewPerson};
use cnss_core::employer::Employer;
use cnss_core::id::{AccountId, BatchId, EmployerId, EmployerNumber, InsuredId, InsuredNumber, RequestKey};
use cnss_core::insured::Insured;
use cnss_core::port::{CommitError, Store, StoreError};
use cnss_core::refusal::Refusal;

use rehearsal::Rehearsal;
use story::{Act, CATEGORY, What, tell};
use world::{Firm, Login, Worker, World};

/// The password of every demonstration login. It is public: it protects nothing.
pub const DEMO_PASSWORD: &str = "Demo-cnss-2026";

/// Where all identities come from, so that two demonstrations of one day are the same.
const SEED: [u8; 32] = *b"cnss: demonstration, all made up";

/// A login to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogin {
    /// What is typed.
    pub login: String,
    /// What there is to see, in French.
    pub role_label: String,
    /// Who is greeted.
    pub name: String,
    /// The employer's or the insured person's number.
    pub number: String,
}

fn shown(login: &Login) -> DemoLogin {
    let employer = login.employer.as_ref().map(ToString::to_string);
    let insured = login.insured.as_ref().map(ToString::to_string);
    DemoLogin {
        login: login.login.to_string(),
        role_label: login.role.clone(),
        name: login.holder.to_string(),
        number: employer.or(insured).unwrap_or_default(),
    }
}

/// Whether the demonstration is in the books: its first login is there.
///
/// # Errors
/// When the store cannot answer.
pub async fn is_loaded(desk: &Desk) -> Result<bool, DeskError> {
    let world = World::read()?;
    let Some(first) = world.logins.first() else { return Ok(false) };
    Ok(desk.store().account_by_login(&account::Login::email(&first.login)).await?.is_some())
}

/// Loads the demonstration as it stands on `today`; when it is there already, does nothing.
///
/// It is one commit: the books hold all of it or nothing.
///
/// # Errors
/// When the store cannot answer, or holds one of these numbers already.
pub async fn load(
    desk: &Desk,
    today: NaiveDate,
    now: DateTime<Utc>,
    password_hash: &str,
) -> Result<Vec<DemoLogin>, DeskError> {
    let world = World::read()?;
    if !is_loaded(desk).await? {
        let rehearsal = Arc::new(Rehearsal::default());
        let counter = Desk::new(Arc::clone(&rehearsal) as Arc<dyn Store>, Arc::new(desk.fund().clone()));
        let clock = Clock { today, now, entropy: Entropy::new(SEED) };
        let cast = Cast::new(&world, &clock);
        // Whoever acts has an account.
        counter.register(cast.accounts(password_hash)?, &clock.on(today)).await?;
        for act in tell(&world, desk.fund(), today)? {
            cast.play(&counter, act, &clock).await?;
        }
        let id = BatchId(clock.entropy.uuid(now));
        match desk.store().commit(rehearsal.take_batch(id, now)).await {
            // Another portal was started on these books at the same moment, and was faster.
            Err(CommitError::Taken(_) | CommitError::Stale) if is_loaded(desk).await? => {}
            committed => committed?,
        }
    }
    Ok(world.logins.iter().map(shown).collect())
}

/// Gives each act the moment at which it was done.
struct Clock {
    today: NaiveDate,
    now: DateTime<Utc>,
    entropy: Entropy,
}

impl Clock {
    fn on(&self, day: NaiveDate) -> Moment {
        // In the morning of the day; Togo keeps UTC. What is done today is done now.
        let morning = day.and_time(chrono::NaiveTime::MIN).and_utc() + Duration::hours(9);
        let now = if day < self.today { morning } else { self.now };
        Moment { now, today: day, entropy: self.entropy.clone() }
    }
}

/// The world with the identities under which the books know it.
struct Cast<'a> {
    world: &'a World,
    firms: Vec<(EmployerId, Actor, &'a Firm)>,
    workers: Vec<(InsuredId, &'a Worker)>,
    holders: Vec<(AccountId, Subject, &'a Login)>,
}

impl<'a> Cast<'a> {
    fn new(world: &'a World, clock: &Clock) -> Self {
        let identity = |day| {
            let at = clock.on(day);
            at.entropy.uuid(at.now)
        };
        let firm = |firm: &'a Firm| (EmployerId(identity(firm.registered_on)), firm);
        let firms: Vec<_> = world.employers.iter().map(firm).collect();
        let worker = |worker: &'a Worker| (InsuredId(identity(worker.registered_on())), worker);
        let workers: Vec<_> = world.workers.iter().map(worker).collect();
        let by_firm: BTreeMap<&EmployerNumber, EmployerId> =
            firms.iter().map(|(id, firm)| (&firm.number, *id)).collect();
        let by_worker: BTreeMap<InsuredNumber, InsuredId> =
            workers.iter().map(|(id, worker)| (worker.number, *id)).collect();
        let subject = |login: &Login| {
            let employer = login.employer.as_ref().and_then(|number| by_firm.get(number));
            let insured = login.insured.as_ref().and_then(|number| by_worker.get(number));
            employer.map(|id| Subject::Employer(*id)).or(insured.map(|id| Subject::Insured(*id)))
        };
        let holder = |login: &'a Login| Some((AccountId(identity(clock.today)), subject(login)?, login));
        let holders: Vec<_> = world.logins.iter().filter_map(holder).collect();
        let actor = |id| {
            let subject = Subject::Employer(id);
            let known =
                holders.iter().find(|(_, theirs, _)| *theirs == subject).map(|(account, ..)| *account);
            Actor { account: known.unwrap_or_else(|| AccountId(identity(clock.today))), subject }
        };
        let firms = firms.into_iter().map(|(id, firm)| (id, actor(id), firm)).collect();
        Self { world, firms, workers, holders }
    }

    async fn play(&self, desk: &Desk, act: Act, clock: &Clock) -> Result<(), DeskError> {
        let at = clock.on(act.on);
        match act.what {
            What::RegisterFirm(place) => {
                let (id, _, firm) = self.firms.get(place).ok_or(Refusal::NotFound)?;
                desk.register(vec![NewPerson::Employer(employer(*id, firm))], &at).await
            }
            What::RegisterWorker(place) => {
                let (id, worker) = self.workers.get(place).ok_or(Refusal::NotFound)?;
                desk.register(vec![NewPerson::Insured(insured(*id, worker))], &at).await
            }
            What::File { firm, quarter, lines } => {
                let (_, actor, _) = self.firms.get(firm).ok_or(Refusal::NotFound)?;
                let version = desk.save_draft(*actor, quarter, lines, None, &at).await?;
                let key = RequestKey(at.entropy.uuid(at.now));
                desk.file(*actor, quarter, version, key, &at).await.map(|_| ())
            }
            What::Pay { firm, amount, reference } => {
                let (id, ..) = self.firms.get(firm).ok_or(Refusal::NotFound)?;
                desk.book_payment(*id, amount, act.on, &reference, &at).await
            }
        }
    }

    fn accounts(&self, password_hash: &str) -> Result<Vec<NewPerson>, DeskError> {
        if self.holders.len() < self.world.logins.len() {
            return Err(StoreError::Inconsistent("world.toml: a login of nobody".to_owned()).into());
        }
        let known = |(id, subject, login): &(AccountId, Subject, &Login)| {
            NewPerson::Account(Account::new(
                *id,
                account::Login::email(&login.login),
                password_hash.to_owned(),
                *subject,
                login.holder.clone(),
            ))
        };
        Ok(self.holders.iter().map(known).collect())
    }
}

fn employer(id: EmployerId, firm: &Firm) -> Employer {
    Employer {
        id,
        number: firm.number.clone(),
        name: firm.name.clone(),
        category: CATEGORY.to_owned(),
        registered_on: firm.registered_on,
    }
}

fn insured(id: InsuredId, worker: &Worker) -> Insured {
    Insured {
        id,
        number: worker.number,
        surname: worker.surname.clone(),
        forenames: worker.forenames.clone(),
        sex: worker.sex,
        birth_date: worker.born,
        registered_on: worker.registered_on(),
    }
}
