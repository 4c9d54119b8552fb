//! What a store that keeps sign-ups must keep: accounts, challenges, counts, mandates, agents.

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::account::sign_up::Application;
use crate::account::{
    Accepted, Agent, Beneficiary, BlockReason, Challenge, ChallengeState, Mandate, Paper, PaperHolder,
    PaperNumber, Purpose, RefusedSend, Rights, Role, SessionKind, State, Tally, TallyKey,
};
use crate::fund::{AskField, LoginKind};
use crate::id::{BeneficiaryId, ChallengeId, MandateId};
use crate::notice::{Addressee, Contacts, Delivery, Message, Notice};
use crate::person::Phone;
use crate::port::{AccountStore, Forget};

/// Makes one test of each promise of a store that keeps sign-ups. The argument is an expression that
/// gives a fresh store; it may await.
#[macro_export]
macro_rules! account_conformance {
    ($fresh:expr) => {
        $crate::store_conformance!(@each $fresh;
            keeps_accounts, keeps_logins_unique, keeps_challenges, counts_up_to_a_limit,
            ends_all_sessions_but_one, keeps_mandates, keeps_agents, keeps_papers, opens_one_account_for_one,
            keeps_refusals_and_acceptances, forgets_what_ended, forgets_typed_contacts,
            one_of_many_who_saw_the_same_wins, keeps_notices_to_anybody);
    };
}

fn kept(store: &AnyStore) -> &dyn AccountStore {
    store.accounts().expect("a store that keeps sign-ups")
}

async fn change(store: &AnyStore, change: AccountChange) {
    commit(store, vec![Change::Account(change)]).await;
}

async fn try_with(store: &AnyStore, expect: AccountExpect, changes: Vec<Change>) -> Result<(), CommitError> {
    let mut batch = batch(changes);
    batch.expects.push(Expect::Account(expect));
    store.commit(batch).await
}

fn phone() -> Option<Phone> {
    Phone::parse("+22890123456").ok()
}

fn accepted(n: u8) -> Accepted {
    Accepted { version: format!("2024-{n}"), digest: [n; 32], at: at(n.into()) }
}

/// An account with everything that an account may have.
fn full(n: u128) -> Account {
    let mut account = account(n);
    let name = Login::read(LoginKind::Username, &format!("ancien{n}")).expect("a login");
    account.logins.push(name);
    account.phone = phone();
    account.must_change = true;
    account.password_until = Some(at(72));
    account.accepted = Some(accepted(1));
    account.subject = Subject::Beneficiary(BeneficiaryId(uuid(n)));
    let told = vec![
        (AskField::CompanyCreated, "2010-01-01".to_owned()),
        (AskField::Surname, "D’Almeida".to_owned()),
    ];
    account.state = State::Waiting { since: at(3), told };
    account
}

/// An account is kept whole, in each of its states, and is saved at the version that was seen.
pub async fn keeps_accounts(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(full(1))]).await;
    let id = full(1).id;
    assert_eq!(store.account(id).await.expect("read"), Some(full(1)));
    assert_eq!(kept(store).account_of(full(1).subject).await.expect("read"), Some(full(1)));
    let waiting = kept(store).waiting_accounts(None, 10).await.expect("read");
    assert_eq!(waiting, [full(1)]);
    let blocked = State::Blocked { since: at(9), why: BlockReason::Theft };
    let mut last = full(1);
    for (n, state) in (2..).zip([State::Active, blocked]) {
        let new = Account { state, version: Version(n), email: None, password_until: None, ..last.clone() };
        let seen = AccountExpect::Account(id, last.version);
        let save = vec![Change::Account(AccountChange::Save(new.clone()))];
        assert_eq!(try_with(store, seen.clone(), save.clone()).await, Ok(()));
        assert_eq!(
            try_with(store, seen, save).await,
            Err(CommitError::Stale),
            "it was seen at another version"
        );
        assert_eq!(store.account(id).await.expect("read"), Some(new.clone()));
        last = new;
    }
    assert_eq!(kept(store).waiting_accounts(None, 10).await.expect("read"), []);
    assert_eq!(kept(store).blocked_accounts(None, 10).await.expect("read"), [last]);
    assert_eq!(kept(store).blocked_accounts(Some(id), 10).await.expect("read"), []);
    for subject in [Subject::Mandatary, Subject::Agent] {
        let other = Account { subject, ..account(if subject == Subject::Agent { 7 } else { 8 }) };
        commit(store, vec![Change::OpenAccount(other.clone())]).await;
        assert_eq!(store.account(other.id).await.expect("read"), Some(other));
    }
}

/// A login is unique of its kind, is found by all that an account has, and is free once it is given up.
pub async fn keeps_logins_unique(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(full(1)), Change::OpenAccount(account(2))]).await;
    for login in &full(1).logins {
        assert_eq!(store.account_by_login(login).await.expect("read"), Some(full(1)));
    }
    let number = |kind| Login::read(kind, "710040").expect("a login");
    let (of_one, of_two) = (number(LoginKind::InsuredNumber), number(LoginKind::Username));
    let with =
        |account: Account, logins: Vec<Login>| Account { logins, version: account.version.next(), ..account };
    // The same text of another kind is another login.
    change(store, AccountChange::Save(with(full(1), vec![of_one.clone()]))).await;
    change(store, AccountChange::Save(with(account(2), vec![of_two.clone()]))).await;
    let found = store.account_by_login(&of_one).await.expect("read").map(|a| a.id);
    assert_eq!(found, Some(full(1).id));
    let save = vec![Change::Account(AccountChange::Save(with(account(2), vec![of_one])))];
    assert_eq!(store.commit(batch(save)).await, Err(CommitError::Taken("login")));
    // What was given up is free, for a new account too.
    assert_eq!(store.account_by_login(&account(1).logins[0]).await.expect("read"), None);
    let heir = Account { logins: account(1).logins, ..account(3) };
    commit(store, vec![Change::OpenAccount(heir)]).await;
    let double = Account { logins: vec![of_two], ..account(4) };
    let opened = store.commit(batch(vec![Change::OpenAccount(double)])).await;
    assert_eq!(opened, Err(CommitError::Taken("login")));
}

fn challenge(n: u128, purpose: Purpose) -> Challenge {
    Challenge {
        id: ChallengeId(uuid(n)),
        purpose,
        email: Email::parse("afi@example.tg").ok(),
        phone: phone(),
        source: Source([7; 8]),
        made_at: at(0),
        sent_at: at(1),
        expires_at: at(3_600),
        generation: 2,
        attempts: 1,
        sent: 3,
        state: ChallengeState::Open,
        version: Version(1),
    }
}

/// A challenge is kept whole, whatever it is for, and is saved at the version that was seen.
pub async fn keeps_challenges(store: &AnyStore) {
    let application = Application {
        way: "insured".to_owned(),
        subject: Some(Subject::Insured(InsuredId(uuid(5)))),
        holder: Some(name("Kossi N'Guissan")),
        login: account(1).logins.pop(),
        password_hash: "$argon2id$…".to_owned(),
        accepted: Some(accepted(1)),
        told: vec![(AskField::CompanyPhone, "+22822212345".to_owned())],
    };
    let nothing = Application {
        subject: None,
        holder: None,
        login: None,
        accepted: None,
        told: Vec::new(),
        password_hash: String::new(),
        ..application.clone()
    };
    let purposes = [
        Purpose::SignUp(Box::new(application)),
        Purpose::SignUp(Box::new(nothing)),
        Purpose::Recover(Some(AccountId(uuid(1)))),
        Purpose::Recover(None),
        Purpose::Contact(AccountId(uuid(1))),
    ];
    for (n, purpose) in (1..).zip(purposes) {
        let first = challenge(n, purpose);
        change(store, AccountChange::SaveChallenge(first.clone())).await;
        assert_eq!(kept(store).challenge(first.id).await.expect("read"), Some(first.clone()));
        let state = if n % 2 == 0 { ChallengeState::Closed } else { ChallengeState::Spent };
        let second = Challenge { state, attempts: 5, phone: None, version: Version(2), ..first.clone() };
        let seen = AccountExpect::Challenge(first.id, first.version);
        let save = vec![Change::Account(AccountChange::SaveChallenge(second.clone()))];
        assert_eq!(try_with(store, seen.clone(), save.clone()).await, Ok(()));
        assert_eq!(try_with(store, seen, save).await, Err(CommitError::Stale), "two tabs at once");
        assert_eq!(kept(store).challenge(first.id).await.expect("read"), Some(second));
    }
    assert_eq!(kept(store).challenge(ChallengeId(uuid(99))).await.expect("read"), None);
}

/// Counts stop at their limit, however many come at once, and each window has its own.
pub async fn counts_up_to_a_limit(store: &AnyStore) {
    let tally = |key: TallyKey, hours| Tally::now(key, at(0) + TimeDelta::hours(hours));
    let number = || TallyKey::Number(phone().expect("a phone"));
    let commits = (0..20).map(|_| {
        let one = vec![Change::Account(AccountChange::Count(tally(number(), 0)))];
        Box::pin(try_with(store, AccountExpect::Below(tally(number(), 0), 5), one))
    });
    let done = join_all(commits.collect()).await;
    assert_eq!(done.iter().filter(|answer| answer.is_ok()).count(), 5, "{done:?}");
    let keys = [
        TallyKey::Source(Source([1; 8])),
        TallyKey::Prefix("+22890".to_owned()),
        TallyKey::Sent,
        TallyKey::Confirmed,
        TallyKey::Warned(AccountId(uuid(1))),
    ];
    for (n, key) in keys.iter().enumerate() {
        for _ in 0..=n {
            change(store, AccountChange::Count(tally(key.clone(), 0))).await;
        }
    }
    let mut asked: Vec<Tally> = keys.iter().map(|key| tally(key.clone(), 0)).collect();
    asked.extend([tally(number(), 0), tally(number(), 24), tally(TallyKey::Sent, 1)]);
    asked.push(tally(TallyKey::Source(Source([2; 8])), 0));
    let counts = kept(store).counts(&asked).await.expect("read");
    assert_eq!(counts, [1, 2, 3, 4, 5, 5, 0, 0, 0], "in the order of the question");
}

/// All sessions of an account end but one; a session that has ended is not saved back to life.
pub async fn ends_all_sessions_but_one(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1)), Change::OpenAccount(account(2))]).await;
    let session = |n: u8, of: u128| Session {
        second: n == 2,
        proven_at: at(5),
        acting: (n == 3).then_some(MandateId(uuid(4))),
        ..Session::open(TokenHash([n; 32]), AccountId(uuid(of)), at(0))
            .on(SessionKind::Program, "Firefox, Android")
    };
    for (n, of) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
        commit(store, vec![Change::OpenSession(session(n, of))]).await;
        assert_eq!(store.session(session(n, of).token).await.expect("read"), Some(session(n, of)));
    }
    let page = kept(store).sessions_of(AccountId(uuid(1)), None, 2).await.expect("read");
    assert_eq!(page, [session(1, 1), session(2, 1)]);
    let page = kept(store).sessions_of(AccountId(uuid(1)), Some(TokenHash([2; 32])), 2).await.expect("read");
    assert_eq!(page, [session(3, 1)]);
    let acting = Session { acting: Some(MandateId(uuid(9))), used_at: at(20), ..session(2, 1) };
    change(store, AccountChange::SaveSession(acting.clone())).await;
    change(store, AccountChange::EndSessions(AccountId(uuid(1)), Some(TokenHash([2; 32])))).await;
    let mut left = Vec::new();
    for n in 1..=4 {
        left.push(store.session(TokenHash([n; 32])).await.expect("read"));
    }
    assert_eq!(left, [None, Some(acting.clone()), None, Some(session(4, 2))]);
    change(store, AccountChange::EndSessions(AccountId(uuid(1)), None)).await;
    change(store, AccountChange::SaveSession(acting.clone())).await;
    assert_eq!(store.session(acting.token).await.expect("read"), None, "it stays ended");
}

/// A mandate is kept whole, listed for who gave it and who has it, saved at the version that was seen.
pub async fn keeps_mandates(store: &AnyStore) {
    let known = vec![
        Change::RegisterEmployer(employer(1)),
        Change::OpenAccount(account(1)),
        Change::OpenAccount(account(6)),
    ];
    commit(store, known).await;
    for n in 1..=3 {
        change(store, AccountChange::SaveMandate(mandate(n))).await;
    }
    let page = kept(store).mandates_of(EmployerId(uuid(1)), Some(MandateId(uuid(1))), 1).await.expect("read");
    assert_eq!(page, [mandate(2)]);
    let offered = kept(store).mandates_offered(&mandate(1).invited, None, 10).await.expect("read");
    assert_eq!(offered, [mandate(1), mandate(2), mandate(3)], "nobody has them yet");
    let withdrawn = Mandate { withdrawn_at: Some(at(8)), version: Version(2), ..mandate(3) };
    change(store, AccountChange::SaveMandate(withdrawn)).await;
    let taken = Mandate {
        account: Some(AccountId(uuid(6))),
        changed_by: AccountId(uuid(6)),
        withdrawn_at: Some(at(9)),
        version: Version(2),
        ..mandate(2)
    };
    let seen = AccountExpect::Mandate(mandate(2).id, Version(1));
    let save = vec![Change::Account(AccountChange::SaveMandate(taken.clone()))];
    assert_eq!(try_with(store, seen.clone(), save.clone()).await, Ok(()));
    assert_eq!(try_with(store, seen, save).await, Err(CommitError::Stale));
    assert_eq!(kept(store).mandate(taken.id).await.expect("read"), Some(taken.clone()));
    let offered = kept(store).mandates_offered(&mandate(1).invited, None, 10).await.expect("read");
    assert_eq!(offered, [mandate(1)], "neither what was taken up nor what was withdrawn");
    let later = kept(store).mandates_offered(&mandate(1).invited, Some(mandate(1).id), 10).await;
    assert_eq!(later, Ok(Vec::new()));
    let elsewhere = Email::parse("autre@example.tg").expect("an address");
    assert_eq!(kept(store).mandates_offered(&elsewhere, None, 10).await, Ok(Vec::new()));
    let held = kept(store).mandates_for(AccountId(uuid(6)), None, 10).await.expect("read");
    assert_eq!(held, [taken]);
    assert_eq!(kept(store).mandates_for(AccountId(uuid(1)), None, 10).await.expect("read"), []);
}

/// An agent is kept whole, and his digits serve once though two requests bring them.
pub async fn keeps_agents(store: &AnyStore) {
    let second = Agent { account: AccountId(uuid(2)), ..agent(1) };
    let agent = agent(1);
    let of_agent = |n| Change::OpenAccount(Account { subject: Subject::Agent, ..account(n) });
    commit(store, vec![of_agent(1), of_agent(2)]).await;
    change(store, AccountChange::SaveAgent(agent.clone())).await;
    assert_eq!(kept(store).agent(agent.account).await.expect("read"), Some(agent.clone()));
    let new =
        Agent { recovery: Vec::new(), second: None, last_step: None, version: Version(2), ..agent.clone() };
    let seen = AccountExpect::Agent(agent.account, agent.version);
    let save = vec![Change::Account(AccountChange::SaveAgent(new.clone()))];
    assert_eq!(try_with(store, seen.clone(), save.clone()).await, Ok(()));
    assert_eq!(try_with(store, seen, save).await, Err(CommitError::Stale));
    assert_eq!(kept(store).agent(agent.account).await.expect("read"), Some(new.clone()));
    // Nothing is written for a session that has ended.
    let session = Session::open(TokenHash([8; 32]), agent.account, at(0));
    let there = || AccountExpect::Session(session.token);
    let save = || vec![Change::Account(AccountChange::SaveAgent(new.clone()))];
    assert_eq!(try_with(store, there(), save()).await, Err(CommitError::Stale));
    commit(store, vec![Change::OpenSession(session.clone())]).await;
    assert_eq!(try_with(store, there(), save()).await, Ok(()));
    commit(store, vec![Change::EndSession(session.token)]).await;
    assert_eq!(try_with(store, there(), save()).await, Err(CommitError::Stale));
    change(store, AccountChange::SaveAgent(second.clone())).await;
    assert_eq!(kept(store).agents(None, 10).await.expect("read"), [new.clone(), second.clone()]);
    assert_eq!(kept(store).agents(None, 1).await.expect("read"), std::slice::from_ref(&new));
    assert_eq!(kept(store).agents(Some(new.account), 1).await.expect("read"), [second]);
}

/// Papers are of one holder, and renewed; beneficiaries, employers and employments are found.
pub async fn keeps_papers(store: &AnyStore) {
    let beneficiary = Beneficiary {
        id: BeneficiaryId(uuid(3)),
        insured: InsuredId(uuid(2)),
        surname: name("N'Guissan"),
        forenames: name("Kofi"),
        birth_date: parse_date("2012-02-29").expect("a date"),
    };
    let employed = |hired: &str, left: Option<&str>| Employment {
        employer: EmployerId(uuid(1)),
        insured: InsuredId(uuid(2)),
        hired_on: parse_date(hired).expect("a date"),
        left_on: left.map(|left| parse_date(left).expect("a date")),
    };
    commit(
        store,
        vec![
            Change::RegisterEmployer(employer(1)),
            Change::RegisterInsured(insured(2, "N'Guissan")),
            Change::Account(AccountChange::RegisterBeneficiary(beneficiary.clone())),
            Change::Employ(vec![employed("2020-01-15", Some("2021-06-30"))]),
        ],
    )
    .await;
    let paper = |holder, year| Paper {
        number: PaperNumber::read("BE 123456").expect("a number"),
        holder,
        expires_on: parse_date(&format!("{year}-12-31")).ok(),
    };
    let (own, child) = (PaperHolder::Insured(InsuredId(uuid(2))), PaperHolder::Beneficiary(beneficiary.id));
    let number = paper(own, 2026).number;
    for year in [2026, 2036] {
        change(store, AccountChange::RecordPaper(paper(own, year))).await;
        assert_eq!(kept(store).paper(&number).await.expect("read"), Some(paper(own, year)));
    }
    let stolen = vec![Change::Account(AccountChange::RecordPaper(paper(child, 2026)))];
    assert_eq!(store.commit(batch(stolen)).await, Err(CommitError::Taken("paper")));
    assert_eq!(kept(store).beneficiary(beneficiary.id).await.expect("read"), Some(beneficiary));
    let found = kept(store).employer_by_number(&employer(1).number).await.expect("read");
    assert_eq!(found, Some(employer(1)));
    assert_eq!(kept(store).employer_by_number(&employer(9).number).await.expect("read"), None);
    for (day, there) in
        [("2020-01-14", false), ("2020-01-15", true), ("2021-06-30", true), ("2021-07-01", false)]
    {
        let on = parse_date(day).expect("a date");
        let answer = kept(store).employed(EmployerId(uuid(1)), InsuredId(uuid(2)), on).await;
        assert_eq!(answer, Ok(there), "on {day}");
    }
}

/// Of two sign-ups for one person, one opens an account.
pub async fn opens_one_account_for_one(store: &AnyStore) {
    let person = Subject::Insured(InsuredId(uuid(2)));
    let commits = (1..=8).map(|n| {
        let open = vec![Change::OpenAccount(Account { subject: person, ..account(n) })];
        Box::pin(try_with(store, AccountExpect::NoAccountOf(person), open))
    });
    let done = join_all(commits.collect()).await;
    assert_eq!(done.iter().filter(|answer| answer.is_ok()).count(), 1, "{done:?}");
    assert!(done.iter().all(|answer| matches!(answer, Ok(()) | Err(CommitError::Stale))), "{done:?}");
    assert!(kept(store).account_of(person).await.expect("read").is_some());
}

/// What was refused and what was accepted are lists to which one only adds.
pub async fn keeps_refusals_and_acceptances(store: &AnyStore) {
    use crate::account::budget::Spent;
    commit(store, vec![Change::OpenAccount(account(1)), Change::OpenAccount(account(2))]).await;
    let refused = |n: u128, why| RefusedSend {
        id: uuid(n),
        at: at(0),
        phone: (n != 2).then(|| "+22890••••56".to_owned()),
        source: Source([0xfe; 8]),
        why,
    };
    let all = [Spent::Number, Spent::Source, Spent::Prefix, Spent::Ratio];
    for (n, why) in (1..).zip(all) {
        change(store, AccountChange::Refuse(refused(n, why))).await;
    }
    let first = kept(store).refused_sends(None, 3).await.expect("read");
    let rest = kept(store).refused_sends(first.last().map(|(place, _)| *place), 3).await.expect("read");
    let read: Vec<_> = first.into_iter().chain(rest).map(|(_, refused)| refused).collect();
    let mut told: Vec<_> = (1..).zip(all).map(|(n, why)| refused(n, why)).collect();
    told.reverse();
    assert_eq!(read, told, "the newest first");
    for n in 1..=3 {
        let whose = AccountId(uuid(if n == 2 { 2 } else { 1 }));
        change(store, AccountChange::Accept(whose, accepted(n))).await;
    }
    let first = kept(store).acceptances(AccountId(uuid(1)), 0, 1).await.expect("read");
    let rest = kept(store).acceptances(AccountId(uuid(1)), first[0].0, 9).await.expect("read");
    let read: Vec<_> = first.into_iter().chain(rest).map(|(_, accepted)| accepted).collect();
    assert_eq!(read, [accepted(1), accepted(3)]);
}

/// What ended goes, and nothing else.
pub async fn forgets_what_ended(store: &AnyStore) {
    let (old, new) = (challenge(1, Purpose::Recover(None)), challenge(2, Purpose::Recover(None)));
    let new = Challenge { expires_at: at(9_000), ..new };
    let tally = |hours| Tally::now(TallyKey::Sent, at(0) + TimeDelta::hours(hours));
    let key = |n: u8| LockKey::Login([n; 16]);
    let lock = |seconds| Lock { attempts: 1, last_at: at(seconds), paused_until: None };
    let refused = |n: u128, seconds| RefusedSend {
        id: uuid(n),
        at: at(seconds),
        phone: None,
        source: Source([1; 8]),
        why: crate::account::budget::Spent::Ratio,
    };
    let changes = [
        AccountChange::SaveChallenge(old.clone()),
        AccountChange::SaveChallenge(new.clone()),
        AccountChange::Count(tally(0)),
        AccountChange::Count(tally(1)),
        AccountChange::SaveLock(key(1), lock(10)),
        AccountChange::SaveLock(key(2), lock(11)),
        AccountChange::Refuse(refused(1, 10)),
        AccountChange::Refuse(refused(2, 11)),
    ];
    commit(store, changes.into_iter().map(Change::Account).collect()).await;
    let before =
        Forget { challenges: new.expires_at, counts: tally(1).ends_at(), locks: at(11), refusals: at(11) };
    assert_eq!(kept(store).forget(before).await, Ok(4), "one of each kind ended");
    assert_eq!(kept(store).forget(before).await, Ok(0));
    assert_eq!(kept(store).challenge(old.id).await.expect("read"), None);
    assert_eq!(kept(store).challenge(new.id).await.expect("read"), Some(new));
    assert_eq!(kept(store).counts(&[tally(0), tally(1)]).await.expect("read"), [0, 1]);
    assert_eq!(store.lock(key(1)).await.expect("read"), None);
    assert_eq!(store.lock(key(2)).await.expect("read"), Some(lock(11)));
    let left = kept(store).refused_sends(None, 10).await.expect("read");
    assert_eq!(left.into_iter().map(|(_, refused)| refused).collect::<Vec<_>>(), [refused(2, 11)]);
}

/// What was typed and told to nobody goes after a while; what an account is told stays.
pub async fn forgets_typed_contacts(store: &AnyStore) {
    let typed = |n| {
        let email = Email::parse("inconnu@example.tg").ok();
        let to = Addressee::Contacts(Contacts { email, phone: None });
        Notice { id: NoticeId(uuid(n)), to, message: Message::SignUpImpossible }
    };
    let mut batch = batch(vec![Change::OpenAccount(account(1))]);
    batch.notices = vec![typed(11), typed(12), told(13), told(14)];
    let made = batch.at;
    store.commit(batch).await.expect("committed");
    for n in [11, 13] {
        store.settle_notice(NoticeId(uuid(n)), Delivery::Dead("nobody".to_owned())).await.expect("noted");
    }
    let forget = |refusals| {
        let long_ago = DateTime::UNIX_EPOCH;
        kept(store).forget(Forget { challenges: long_ago, counts: long_ago, locks: long_ago, refusals })
    };
    let dead = async || {
        let dead = store.dead_notices(i64::MIN, 10).await.expect("read");
        dead.into_iter().map(|(_, dead)| dead.notice).collect::<Vec<_>>()
    };
    assert_eq!(forget(made).await, Ok(0), "not yet");
    assert_eq!(dead().await, [typed(11), told(13)]);
    assert_eq!(forget(made + TimeDelta::seconds(1)).await, Ok(2));
    assert_eq!(dead().await, [told(13)]);
    assert_eq!(store.waiting_notices(10).await.expect("read"), [told(14)]);
}

fn mandate(n: u128) -> Mandate {
    Mandate {
        id: MandateId(uuid(n)),
        employer: EmployerId(uuid(1)),
        invited: Email::parse("cabinet@example.tg").expect("an address"),
        account: None,
        rights: Rights { declare: n == 2, pay: true, read: n == 3 },
        given_by: AccountId(uuid(1)),
        given_at: at(0),
        withdrawn_at: None,
        changed_by: AccountId(uuid(1)),
        version: Version(1),
    }
}

fn agent(version: i64) -> Agent {
    Agent {
        account: AccountId(uuid(1)),
        roles: Role::ALL.to_vec(),
        second: Some(vec![0, 255, 3]),
        last_step: Some(58_000_000),
        recovery: vec![[1; 32], [2; 32]],
        changed_by: AccountId(uuid(2)),
        version: Version(version),
    }
}

/// Of many who rely on the same at once, one is right: two tabs, two programs, a guesser with many
/// connections.
pub async fn one_of_many_who_saw_the_same_wins(store: &AnyStore) {
    let first = challenge(1, Purpose::Recover(None));
    let key = LockKey::Source(Source([3; 8]));
    let lock = |attempts, seconds| Lock { attempts, last_at: at(seconds), paused_until: None };
    commit(
        store,
        vec![
            Change::OpenAccount(account(1)),
            Change::OpenAccount(account(2)),
            Change::RegisterEmployer(employer(1)),
            Change::Account(AccountChange::SaveChallenge(first.clone())),
            Change::Account(AccountChange::SaveMandate(mandate(1))),
            Change::Account(AccountChange::SaveAgent(agent(1))),
        ],
    )
    .await;
    let (two, seen) = (Version(2), Version(1));
    let races = [
        (
            AccountExpect::Account(account(1).id, seen),
            AccountChange::Save(Account { version: two, ..account(1) }),
        ),
        (
            AccountExpect::Challenge(first.id, seen),
            AccountChange::SaveChallenge(Challenge { version: two, ..first.clone() }),
        ),
        (
            AccountExpect::Mandate(mandate(1).id, seen),
            AccountChange::SaveMandate(Mandate { version: two, ..mandate(1) }),
        ),
        (AccountExpect::Agent(agent(1).account, seen), AccountChange::SaveAgent(agent(2))),
        (AccountExpect::Lock(key, None), AccountChange::SaveLock(key, lock(1, 5))),
        (AccountExpect::Lock(key, Some((1, at(5)))), AccountChange::SaveLock(key, lock(2, 6))),
    ];
    for (expect, change) in races {
        let commits =
            (0..8).map(|_| Box::pin(try_with(store, expect.clone(), vec![Change::Account(change.clone())])));
        let done = join_all(commits.collect()).await;
        assert_eq!(done.iter().filter(|answer| answer.is_ok()).count(), 1, "{expect:?}: {done:?}");
        let others = |answer: &Result<_, _>| matches!(answer, Ok(()) | Err(CommitError::Stale));
        assert!(done.iter().all(others), "{expect:?}: {done:?}");
    }
}

/// A notice goes to an address or a phone as it goes to an account.
pub async fn keeps_notices_to_anybody(store: &AnyStore) {
    let contacts = Contacts { email: Email::parse("inconnu@example.tg").ok(), phone: phone() };
    let message = Message::Code {
        challenge: ChallengeId(uuid(1)),
        generation: 2,
        digits: 6,
        purpose: "sign_up".to_owned(),
        minutes: 60,
    };
    let notice = Notice { id: NoticeId(uuid(5)), to: Addressee::Contacts(contacts), message };
    let mut batch = batch(Vec::new());
    batch.notices.push(notice.clone());
    assert_eq!(store.commit(batch).await, Ok(()));
    assert_eq!(store.waiting_notices(10).await.expect("read"), std::slice::from_ref(&notice));
    let lease = Lease { now: at(0), until: at(60), limit: 10 };
    let taken = store.take_notices(lease).await.expect("taken");
    assert_eq!(taken.into_iter().map(|taken| taken.notice).collect::<Vec<_>>(), [notice]);
}
