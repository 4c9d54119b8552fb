//! The fund's agents: who makes them, what each may do, a second factor that is lost or replaced.

use cnss_core::access::Subject;
use cnss_core::account::login::Duty;
use cnss_core::account::{
    AccountChange, Agent, BlockReason, CodeKey, Login, Role, State, agent, second_factor, standing,
};
use cnss_core::decision::{Batch, Change};
use cnss_core::desk::Present;
use cnss_core::fund::LoginKind;
use cnss_core::id::{AccountId, BatchId, ChallengeId, Version};
use cnss_core::person::Email;
use cnss_core::port::{AccountStore, CommitError, Store};
use cnss_core::refusal::Refusal;
use uuid::Uuid;

use super::flows::an_employer;
use super::*;

/// An agent with all roles who has just proved who he is.
pub(super) async fn an_agent(office: &Office) -> Present {
    let id = AccountId(Uuid::from_u128(77));
    let at = office.at(0);
    let login = Login::read(LoginKind::Email, "agent@caisse.example").expect("a login");
    let account = cnss_core::account::Account::new(
        id,
        login,
        "hash of agent".to_owned(),
        cnss_core::access::Subject::Agent,
        Name::parse("Ama Agent").expect("a name"),
    );
    let agent = Agent {
        account: id,
        roles: Role::ALL.to_vec(),
        second: Some(vec![1]),
        last_step: None,
        recovery: Vec::new(),
        changed_by: id,
        version: Version(1),
    };
    let changes = vec![Change::OpenAccount(account), Change::Account(AccountChange::SaveAgent(agent))];
    office.store.commit(Batch::of(BatchId(at.entropy.uuid(at.now)), changes, at.now)).await.expect("sound");
    let token = office.log_in("agent@caisse.example", "agent", 0).await.expect("right");
    let present = office.present(token, 0).await.expect("here");
    assert_eq!(present.duty, Some(Duty::SecondFactor));
    office.desk.prove(&present, &second_factor::Second::Step(Some(5)), &office.at(1)).await.expect("right");
    let again = office.desk.prove(&present, &second_factor::Second::Step(Some(5)), &office.at(1)).await;
    assert_eq!(refused(again), Refusal::WrongCredentials, "digits serve once");
    office.present(token, 1).await.expect("here")
}

#[tokio::test]
async fn the_first_administrator_makes_agents_and_says_what_they_may_do() {
    let office = Office::of("example").await;
    let email = |text| Email::parse(text).expect("an address");
    let holder = Name::parse("Ama Chef").expect("a name");
    let chief = agent::NewAgent { email: email("chef@caisse.example"), holder };
    let id = office.desk.first_administrator(&chief, "hash of first", &office.at(0)).await.expect("made");
    let twice = office.desk.first_administrator(&chief, "hash of other", &office.at(0)).await;
    assert!(twice.is_err(), "the address is taken");
    let token = office.log_in("chef@caisse.example", "first", 1).await.expect("right");
    let present = office.present(token, 1).await.expect("here");
    assert_eq!(present.duty, Some(Duty::SecondFactor));
    let roles = office.desk.agent(&present).await.expect("an agent").roles;
    assert_eq!(roles, [Role::Administer]);
    // Without a second factor nothing goes; wrong digits set none up.
    let new =
        agent::NewAgent { email: email("kofi@caisse.example"), holder: Name::parse("Kofi").expect("a name") };
    let first = ChallengeId(Uuid::from_u128(500));
    let hash = format!("hash of {}", CodeKey::new(KEY).first_password(first).reveal());
    let early = office.desk.appoint(&present, &new, (first, &hash), &[Role::Unblock], &office.at(2)).await;
    assert_eq!(refused(early), Refusal::NotAllowed);
    let codes = ["abcd-efgh".to_owned()];
    let wrong = office.desk.set_up_second(&present, &[1], None, &codes, &office.at(3)).await;
    assert_eq!(refused(wrong), Refusal::WrongCredentials);
    office.desk.set_up_second(&present, &[1], Some(9), &codes, &office.at(4)).await.expect("set up");
    let present = office.present(token, 5).await.expect("here");
    assert_eq!(present.duty, Some(Duty::NewPassword), "whoever made the account knows the first one");
    office.desk.change_password(&present, "hash of own", &office.at(6)).await.expect("changed");
    let token = office.log_in("chef@caisse.example", "own", 7).await.expect("right");
    let present = office.present(token, 7).await.expect("here");
    let again = office.desk.set_up_second(&present, &[2], Some(10), &codes, &office.at(8)).await;
    assert_eq!(refused(again), Refusal::NotAllowed, "a password alone does not replace the second factor");
    let recovery = second_factor::Second::Recovery("ABCD EFGH".to_owned());
    office.desk.prove(&present, &recovery, &office.at(9)).await.expect("his");
    let present = office.present(token, 10).await.expect("here");
    assert_eq!(present.duty, None);
    // An agent is made, told, and may do what is said, until something else is said.
    let kofi = office.desk.appoint(&present, &new, (first, &hash), &[Role::Unblock], &office.at(11)).await;
    let kofi = kofi.expect("made");
    assert_eq!(office.keys().await.last(), Some(&"first-password"));
    let login = CodeKey::new(KEY).first_password(first).reveal().to_owned();
    let token_of_kofi = office.log_in("kofi@caisse.example", &login, 12).await.expect("told");
    let by = office.present(token_of_kofi, 12).await.expect("here");
    office.desk.set_up_second(&by, &[3], Some(20), &[], &office.at(13)).await.expect("set up");
    let by = office.present(token_of_kofi, 14).await.expect("here");
    let refusal = office.desk.assign_roles(&by, kofi, Role::ALL, &office.at(15)).await;
    assert_eq!(refused(refusal), Refusal::NotAllowed, "he does not administer");
    an_employer(&office).await;
    let firm = office.store.account_of(Subject::Employer(EMPLOYER)).await.expect("read").expect("open").id;
    office.desk.block(&by, firm, &office.at(16)).await.expect("blocked");
    assert_eq!(office.keys().await.last(), Some(&"account-blocked"));
    assert_eq!(refused(office.desk.block(&by, firm, &office.at(17)).await), Refusal::AccountBlocked);
    office.desk.assign_roles(&present, kofi, &[Role::ReadRefusals], &office.at(18)).await.expect("said");
    assert_eq!(refused(office.desk.unblock(&by, firm, &office.at(19)).await), Refusal::NotAllowed, "at once");
    let own = office.desk.assign_roles(&present, id, &[Role::Unblock], &office.at(20)).await;
    assert_eq!(refused(own), Refusal::NotAllowed, "an administrator remains");
    let old = office.desk.assign_roles(&present, kofi, &[], &office.at(3_600)).await;
    assert_eq!(refused(old), Refusal::ProveAgain);
    // Codes of a day ago go, with what was typed.
    assert_eq!(office.desk.forget(&office.at(7_200)).await.expect("swept"), 0);
    assert!(office.desk.forget(&office.at(3 * 86_400)).await.expect("swept") > 0);
    assert_eq!(office.desk.forget(&office.at(3 * 86_400)).await.expect("swept"), 0);
}

/// Phone and recovery codes are gone: another administrator takes the second factor away, everything of
/// that agent ends, and the next login asks for a new one.
#[tokio::test]
async fn a_lost_second_factor_is_taken_away_by_an_administrator_and_set_up_anew() {
    let office = Office::of("example").await;
    let chief = an_agent(&office).await;
    let new = agent::NewAgent {
        email: Email::parse("kofi@caisse.example").expect("an address"),
        holder: Name::parse("Kofi").expect("a name"),
    };
    let first = (ChallengeId(Uuid::from_u128(500)), "hash of first");
    let kofi = office.desk.appoint(&chief, &new, first, &[Role::Administer], &office.at(2)).await;
    let kofi = kofi.expect("made");
    let take = |by: Present, who, at| {
        let desk = office.desk.clone();
        let at = office.at(at);
        async move { desk.take_second_away(&by, who, &at).await }
    };
    assert_eq!(refused(take(chief.clone(), kofi, 3).await), Refusal::NothingChanged, "he has none yet");
    let token = office.log_in("kofi@caisse.example", "first", 4).await.expect("told");
    let present = office.present(token, 4).await.expect("here");
    let codes = ["abcd-efgh".to_owned()];
    office.desk.set_up_second(&present, &[3], Some(20), &codes, &office.at(5)).await.expect("set up");
    let his = office.present(token, 6).await.expect("here");
    assert_eq!(refused(take(his.clone(), kofi, 7).await), Refusal::NotAllowed, "nobody his own");
    assert_eq!(
        refused(take(chief.clone(), AccountId(Uuid::from_u128(4_000)), 7).await),
        Refusal::NotFound,
        "no agent"
    );
    assert_eq!(refused(take(chief.clone(), kofi, 3_600).await), Refusal::ProveAgain);
    // Two administrators at once: it is done once, and he is told once.
    let (one, other) = tokio::join!(take(chief.clone(), kofi, 8), take(chief.clone(), kofi, 8));
    let mut answers = [one, other];
    answers.sort_by_key(Result::is_err);
    let [done, again] = answers;
    done.expect("taken");
    assert_eq!(refused(again), Refusal::NothingChanged);
    assert_eq!(office.keys().await.iter().filter(|key| **key == "second-factor-taken").count(), 1);
    let lines = office.store.unsealed_lines(0, 1_000).await.expect("read");
    let of_his = format!("end-sessions {}", kofi.0);
    let (_, line) = lines.iter().rfind(|(_, line)| line.what.contains(&of_his)).expect("in the trail");
    assert_eq!(line.by, Some(chief.account.id), "the audit trail keeps who did it");
    assert_eq!(refused(office.present(token, 9).await), Refusal::NotLoggedIn);
    // What he still held of that session opens nothing, and brings it back neither: a request that was
    // under way sets no factor up.
    let late = office.desk.set_up_second(&his, &[9], Some(30), &codes, &office.at(9)).await;
    assert_eq!(refused(late), Refusal::NotLoggedIn);
    let without = office.store.agent(kofi).await.expect("read").expect("an agent");
    assert_eq!(without.second, None, "nor did it do so in part");
    let recovery = second_factor::Second::Recovery(codes[0].clone());
    let prove = office.desk.prove(&his, &recovery, &office.at(9)).await;
    assert_eq!(refused(prove), Refusal::NotAllowed);
    assert_eq!(refused(take(his, chief.account.id, 9).await), Refusal::NotAllowed);
    assert_eq!(refused(office.present(token, 9).await), Refusal::NotLoggedIn);
    let token = office.log_in("kofi@caisse.example", "first", 10).await.expect("his password is as it was");
    let present = office.present(token, 10).await.expect("here");
    assert_eq!(present.duty, Some(Duty::SecondFactor));
    office.desk.set_up_second(&present, &[4], Some(21), &codes, &office.at(11)).await.expect("set up anew");
    let present = office.present(token, 12).await.expect("here");
    // And now he may do the same for her.
    take(present, chief.account.id, 13).await.expect("taken");
    assert_eq!(refused(take(chief, kofi, 14).await), Refusal::NotAllowed, "what she held opens nothing more");
}

/// A session that was left open replaces nothing, and the holder hears of what did.
#[tokio::test]
async fn a_second_factor_is_replaced_by_who_proved_it_just_now() {
    let office = Office::of("example").await;
    let chief = an_agent(&office).await;
    let codes = ["abcd-efgh".to_owned()];
    let set = async |by: &Present, sealed: u8, step, at| {
        office.desk.set_up_second(by, &[sealed], Some(step), &codes, &office.at(at)).await
    };
    assert_eq!(refused(set(&chief, 7, 30, 3_600).await), Refusal::ProveAgain);
    set(&chief, 7, 31, 60).await.expect("proved a minute ago");
    assert_eq!(office.keys().await, ["second-factor-replaced"]);
    assert_eq!(refused(set(&chief, 7, 32, 61).await), Refusal::NothingChanged, "sent twice");
    assert_eq!(office.keys().await, ["second-factor-replaced"], "told once");
}

/// Rights that are taken away while a request is under way end it, whatever it was about.
#[tokio::test]
async fn what_an_agent_decides_relies_on_his_rights_and_a_taken_address_is_told_from_a_race() {
    let office = Office::of("example").await;
    let chief = an_agent(&office).await;
    let new = |email: &str| agent::NewAgent {
        email: Email::parse(email).expect("an address"),
        holder: Name::parse("Kofi").expect("a name"),
    };
    let first = (ChallengeId(Uuid::from_u128(500)), "hash of first");
    let appoint = async |email: &str| {
        office.desk.appoint(&chief, &new(email), first, &[Role::Unblock], &office.at(2)).await
    };
    appoint("kofi@caisse.example").await.expect("made");
    let taken = refused(appoint("kofi@caisse.example").await);
    assert!(matches!(&taken, Refusal::Invalid(faults) if faults[0].path() == "email"), "{taken:?}");

    // As the desk saw him, and as he is when it is written.
    let seen = office.store.agent(chief.account.id).await.expect("read").expect("an agent");
    let rule = &office.desk.rules().session;
    let permit = |role| agent::permit(&seen, &chief.session, role, rule, &office.at(3)).expect("a permit");
    let now = Agent { roles: Vec::new(), version: seen.version.next(), ..seen.clone() };
    an_employer(&office).await;
    let firm = office.store.account_of(Subject::Employer(EMPLOYER)).await.expect("read").expect("open");
    let blocked = State::Blocked { since: office.at(0).now, why: BlockReason::Agent };
    let blocked = cnss_core::account::Account { state: blocked, ..firm.clone() };
    let waiting = State::Waiting { since: office.at(0).now, told: Vec::new() };
    let waiting = cnss_core::account::Account { state: waiting, ..firm.clone() };
    let at = office.at(3);
    let decided = [
        agent::appoint(permit(Role::Administer), &new("ama@caisse.example"), first, &[], 1, &at)
            .expect("appointed")
            .expects,
        standing::activate(permit(Role::Activate), &waiting, 72, &at).expect("activated").expects,
        standing::unblock(permit(Role::Unblock), &blocked, &at).expect("unblocked").expects,
        standing::block_by(permit(Role::Unblock), &firm, &at).expect("blocked").expects,
    ];
    let save = vec![Change::Account(AccountChange::SaveAgent(now))];
    office.store.commit(Batch::of(BatchId(Uuid::from_u128(90)), save, at.now)).await.expect("taken");
    for (n, expects) in (91..).zip(decided) {
        let mut late = Batch::of(BatchId(Uuid::from_u128(n)), Vec::new(), at.now);
        late.expects = expects;
        assert_eq!(office.store.commit(late).await, Err(CommitError::Stale), "{n}");
    }
    assert_eq!(refused(appoint("ama@caisse.example").await), Refusal::NotAllowed);
}
