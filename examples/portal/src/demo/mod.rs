//! Demonstrations: employers, workers, those who have rights through them, and their years of
//! declarations and payments, all made up, so that the portal can be tried at once. Togo's is the
//! large one; Morocco's and Djibouti's show how one comes in there.
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
use cnss_core::account::{self, Accepted, Account, Beneficiary, Paper, PaperHolder, PaperNumber};
use cnss_core::decision::{Entropy, Moment};
use cnss_core::desk::{Desk, DeskError, NewPerson};
use cnss_core::employer::Employer;
use cnss_core::fund::Fund;
use cnss_core::id::{
    AccountId, BatchId, BeneficiaryId, EmployerId, EmployerNumber, InsuredId, InsuredNumber, RequestKey,
};
use cnss_core::insured::Insured;
use cnss_core::port::{CommitError, Store, StoreError};
use cnss_core::refusal::Refusal;

use rehearsal::Rehearsal;
use story::{Act, What, tell};
use world::{Firm, Login, Papers, Relative, Worker, World};

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

/// Whether there is a demonstration of the fund with this code.
#[must_use]
pub fn has_world(fund: &str) -> bool {
    world::is_there(fund)
}

fn shown(login: &Login) -> DemoLogin {
    let employer = login.employer.as_ref().map(ToString::to_string);
    let insured = login.insured.as_ref().map(ToString::to_string);
    DemoLogin {
        login: login.login.clone(),
        role_label: login.role.clone(),
        name: login.holder.to_string(),
        number: employer.or(insured).or_else(|| login.beneficiary.clone()).unwrap_or_default(),
    }
}

/// Whether the demonstration is in the books: its first login is there.
///
/// # Errors
/// When the store cannot answer.
pub async fn is_loaded(desk: &Desk) -> Result<bool, DeskError> {
    let world = World::of(desk.fund())?;
    let Some(first) = world.logins.first() else { return Ok(false) };
    Ok(desk.store().account_by_login(&typed(first)?).await?.is_some())
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
    let world = World::of(desk.fund())?;
    if !is_loaded(desk).await? {
        let rehearsal = Arc::new(Rehearsal::default());
        let counter = Desk::new(Arc::clone(&rehearsal) as Arc<dyn Store>, Arc::new(desk.fund().clone()));
        let clock = Clock { today, now, entropy: Entropy::new(SEED) };
        let cast = Cast::new(&world, &clock);
        // Whoever acts has an account.
        counter.register(cast.accounts(desk.fund(), password_hash, &clock)?, &clock.on(today)).await?;
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
        // In the morning of the day, anywhere between Lomé and Djibouti. What is done today is done now.
        let morning = day.and_time(chrono::NaiveTime::MIN).and_utc() + Duration::hours(9);
        let now = if day < self.today { morning } else { self.now };
        Moment { now, today: day, entropy: self.entropy.clone() }
    }
}

/// A worker's relatives, with their identities.
type Relatives<'a> = Vec<(BeneficiaryId, &'a Relative)>;

/// The world with the identities under which the books know it.
struct Cast<'a> {
    world: &'a World,
    firms: Vec<(EmployerId, Actor, &'a Firm)>,
    workers: Vec<(InsuredId, &'a Worker, Relatives<'a>)>,
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
        let worker = |worker: &'a Worker| {
            let since = worker.registered_on();
            let relative = |one: &'a Relative| (BeneficiaryId(identity(since)), one);
            (InsuredId(identity(since)), worker, worker.relatives.iter().map(relative).collect())
        };
        let workers: Vec<(_, _, Relatives<'_>)> = world.workers.iter().map(worker).collect();
        let by_firm: BTreeMap<&EmployerNumber, EmployerId> =
            firms.iter().map(|(id, firm)| (&firm.number, *id)).collect();
        let by_worker: BTreeMap<InsuredNumber, InsuredId> =
            workers.iter().map(|(id, worker, _)| (worker.number, *id)).collect();
        let by_paper: BTreeMap<&str, BeneficiaryId> = workers
            .iter()
            .flat_map(|(.., relatives)| relatives)
            .map(|(id, relative)| (relative.paper.number.as_str(), *id))
            .collect();
        let subject = |login: &Login| {
            let employer = login.employer.as_ref().and_then(|number| by_firm.get(number));
            let insured = login.insured.as_ref().and_then(|number| by_worker.get(number));
            let relative = login.beneficiary.as_deref().and_then(|paper| by_paper.get(paper));
            let employer = employer.map(|id| Subject::Employer(*id));
            employer
                .or(insured.map(|id| Subject::Insured(*id)))
                .or(relative.map(|id| Subject::Beneficiary(*id)))
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
                desk.register(vec![NewPerson::Employer(self.employer(*id, firm))], &at).await
            }
            What::RegisterWorker(place) => {
                let (id, worker, relatives) = self.workers.get(place).ok_or(Refusal::NotFound)?;
                desk.register(household(*id, worker, relatives)?, &at).await
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

    fn accounts(&self, fund: &Fund, password_hash: &str, clock: &Clock) -> Result<Vec<NewPerson>, DeskError> {
        if self.holders.len() < self.world.logins.len() {
            return Err(wrong("a login of nobody").into());
        }
        let charter = fund.access.as_ref().and_then(|rules| rules.charter(clock.today));
        let known = |(id, subject, login): &(AccountId, Subject, &Login)| {
            let hash = login.former.clone().unwrap_or_else(|| password_hash.to_owned());
            let holder = login.holder.clone();
            let mut account = Account::new(*id, typed(login)?, hash, *subject, holder);
            account.email = account.email.or_else(|| login.email.clone());
            if let Some(phone) = &login.phone {
                account.phone = Some(fund.mobile(phone).map_err(|_| wrong("a phone"))?);
            }
            let accepted = charter.map(|charter| Accepted {
                version: charter.version.to_string(),
                digest: charter.digest,
                at: clock.now,
            });
            // Another text has another digest, whatever it was.
            let before =
                |version: &String| Accepted { version: version.clone(), digest: SEED, at: clock.now };
            account.accepted = login.accepted.as_ref().map(before).or(accepted);
            Ok(NewPerson::Account(account))
        };
        self.holders.iter().map(known).collect()
    }

    fn employer(&self, id: EmployerId, firm: &Firm) -> Employer {
        Employer {
            id,
            number: firm.number.clone(),
            name: firm.name.clone(),
            category: self.world.category.clone(),
            registered_on: firm.registered_on,
        }
    }
}

fn wrong(what: &str) -> StoreError {
    StoreError::Inconsistent(format!("a demonstration's file: {what} makes no sense"))
}

/// The login as the books know it.
fn typed(login: &Login) -> Result<account::Login, StoreError> {
    account::Login::read(login.by, &login.login).ok_or_else(|| wrong("a login"))
}

/// A worker with papers, and those who have rights through the worker with theirs.
fn household(
    id: InsuredId,
    worker: &Worker,
    relatives: &[(BeneficiaryId, &Relative)],
) -> Result<Vec<NewPerson>, StoreError> {
    let paper = |papers: &Papers, holder| {
        let number = PaperNumber::read(&papers.number).ok_or_else(|| wrong("a paper"))?;
        Ok::<_, StoreError>(NewPerson::Paper(Paper { number, holder, expires_on: Some(papers.expires) }))
    };
    let mut people = vec![NewPerson::Insured(insured(id, worker))];
    if let Some(papers) = &worker.paper {
        people.push(paper(papers, PaperHolder::Insured(id))?);
    }
    for (relative, known) in relatives {
        people.push(NewPerson::Beneficiary(Beneficiary {
            id: *relative,
            insured: id,
            surname: known.surname.clone(),
            forenames: known.forenames.clone(),
            birth_date: known.born,
        }));
        people.push(paper(&known.paper, PaperHolder::Beneficiary(*relative))?);
    }
    Ok(people)
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
