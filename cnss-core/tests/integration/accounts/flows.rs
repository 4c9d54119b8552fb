//! The ways in of the three countries, each to its end.

use cnss_core::access::Subject;
use cnss_core::account::login::Duty;
use cnss_core::account::{BlockReason, Challenge, CodeKey, Login, Rights, State, TokenHash};
use cnss_core::decision::{Batch, Change};
use cnss_core::fund::{AskField, Channel, LoginKind};
use cnss_core::id::{AccountId, BatchId, RequestKey};
use cnss_core::notice::{Addressee, Message};
use cnss_core::person::{Email, Phone};
use cnss_core::port::{AccountStore, Store};
use cnss_core::refusal::Refusal;
use uuid::Uuid;

use super::agents::an_agent;
use super::*;

/// What a web server demands of every use case that it awaits.
pub(super) fn sendable<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn an_insured_person_of_togo_signs_up_and_an_agent_activates() {
    let office = Office::of("tg").await;
    let id = sendable(office.begin("insured", &togo_insured(), 0)).await.expect("sent");
    let letters = office.letters().await;
    let Addressee::Contacts(contacts) = &letters[0].to else { panic!("{letters:?}") };
    assert_eq!(contacts.email.as_ref().map(Email::as_str), Some("afi@example.tg"), "by both ways at once");
    assert_eq!(contacts.phone.as_ref().map(Phone::as_str), Some("+22890123456"));
    let code = office.code(id).await.expect("sent");
    let said = format!("{letters:?}");
    assert!(!said.contains(&code), "the outbox holds no code");
    assert_eq!(refused(office.confirm(id, "000", 5).await), Refusal::CodeWrong { left: 4 });
    office.confirm(id, &format!(" {} ", code), 3_599).await.expect("right, within the hour");
    assert_eq!(office.keys().await, ["code", "account-waiting"]);
    // The password is right, and only who knows it hears that the account waits.
    assert_eq!(
        refused(office.log_in("afi@example.tg", "abricot-2024", 3_600).await),
        Refusal::AccountWaiting
    );
    assert_eq!(refused(office.log_in("afi@example.tg", "wrong", 3_600).await), Refusal::WrongCredentials);
    let waiting = office.store.waiting_accounts(None, 10).await.expect("read");
    let [account] = waiting.as_slice() else { panic!("{waiting:?}") };
    let by = sendable(an_agent(&office)).await;
    let late = office.desk.activate(&by, account.id, &office.at(3_600)).await;
    assert_eq!(refused(late), Refusal::ProveAgain, "an agent's proof grows old");
    sendable(office.desk.activate(&by, account.id, &office.at(60))).await.expect("activated");
    assert_eq!(office.keys().await.last(), Some(&"account-activated"));
    let token = office.log_in("AFI@example.tg", "abricot-2024", 3_700).await.expect("active");
    let present = office.present(token, 3_700).await.expect("here");
    assert_eq!(present.actor.read_career().map(|(person, _)| person), Ok(PERSON));
    assert_eq!(present.duty, None, "Togo has no charter");
}

#[tokio::test]
async fn a_double_click_opens_one_account_and_hears_the_same() {
    let office = Office::of("tg").await;
    let id = office.begin("insured", &togo_insured(), 0).await.expect("sent");
    let code = office.code(id).await.expect("sent");
    let (first, second) =
        tokio::join!(sendable(office.confirm(id, &code, 10)), sendable(office.confirm(id, &code, 10)));
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(office.keys().await, ["code", "account-waiting"]);
}

/// What an insured person of Morocco types.
fn moroccan() -> Form {
    form(&[
        (AskField::Document, "be 123456"),
        (AskField::DocumentExpires, "2030-06-30"),
        (AskField::BirthDate, "28/02/1990"),
        (AskField::Phone, "0661234567"),
        (AskField::Email, "afi@example.ma"),
        (AskField::Terms, "on"),
    ])
}

#[tokio::test]
async fn a_first_password_ends_and_is_chosen_anew_by_who_holds_the_phone() {
    const HOURS: i64 = 72 * 3_600;
    let office = Office::of("ma").await;
    let id = office.begin("insured", &moroccan(), 0).await.expect("sent");
    office.confirm(id, &office.code(id).await.expect("sent"), 60).await.expect("right");
    let first = CodeKey::new(KEY).first_password(id).reveal().to_owned();
    let early = office.log_in("710040", &first, HOURS + 59).await.expect("in time");
    let over = HOURS + 60;
    assert_eq!(refused(office.log_in("710040", &first, over).await), Refusal::FirstPasswordOver);
    assert_eq!(refused(office.log_in("710040", "another", over).await), Refusal::WrongCredentials);
    // Who came in by it in time chooses one of his own; here nobody does, and the phone is the way.
    assert_eq!(office.present(early, over).await.expect("here").duty, Some(Duty::NewPassword));
    let recovery =
        office.desk.recover("BE 123456", Channel::Sms, HERE, &office.at(over)).await.expect("sent");
    let code = office.code(recovery).await.expect("sent");
    let key = CodeKey::new(KEY);
    office.desk.confirm_recovery(recovery, &code, &key, &office.at(over)).await.expect("right");
    let at = office.at(over);
    office.desk.set_recovered_password(recovery, "hash of mon-abricot", &at).await.expect("chosen");
    let token = office.log_in("710040", "mon-abricot", over + HOURS).await.expect("one's own does not end");
    assert_eq!(office.present(token, over + HOURS).await.expect("here").duty, None);
}

#[tokio::test]
async fn an_insured_person_of_morocco_gets_a_login_and_a_first_password() {
    let office = Office::of("ma").await;
    let id = office.begin("insured", &moroccan(), 0).await.expect("sent");
    let Addressee::Contacts(contacts) = &office.letters().await[0].to else { panic!("contacts") };
    assert_eq!((contacts.email.is_some(), contacts.phone.is_some()), (false, true), "by SMS alone");
    let code = office.code(id).await.expect("sent");
    assert_eq!(code.len(), 6);
    office.confirm(id, &code, 60).await.expect("right");
    let letters = office.letters().await;
    let Message::FirstPassword { login, challenge, hours } = &letters[1].message else {
        panic!("{letters:?}")
    };
    let told = (login.as_str(), *challenge, *hours);
    assert_eq!(told, ("710040", id, 72), "the login is the number of the register");
    let first = CodeKey::new(KEY).first_password(id).reveal().to_owned();
    let token = office.log_in("71 00 40", &first, 120).await.expect("active at once");
    let present = office.present(token, 120).await.expect("here");
    assert_eq!(present.duty, Some(Duty::NewPassword));
    office.desk.change_password(&present, "hash of mon-abricot", &office.at(130)).await.expect("changed");
    assert_eq!(refused(office.present(token, 131).await), Refusal::NotLoggedIn, "all sessions end");
    let token = office.log_in("710040", "mon-abricot", 140).await.expect("the new one");
    assert_eq!(
        office.present(token, 140).await.expect("here").duty,
        None,
        "the terms were accepted on the form"
    );
}

#[tokio::test]
async fn a_beneficiary_of_morocco_signs_up_by_the_insured_persons_number() {
    let office = Office::of("ma").await;
    let typed = form(&[
        (AskField::InsuredNumber, "710040"),
        (AskField::Document, "BE777777"),
        (AskField::BirthDate, "05/05/2005"),
        (AskField::Phone, "+212 661 23 45 67"),
        (AskField::Email, "kofi@example.ma"),
        (AskField::Terms, "on"),
    ]);
    let id = office.begin("beneficiary", &typed, 0).await.expect("sent");
    office.confirm(id, &office.code(id).await.expect("sent"), 60).await.expect("right");
    let first = CodeKey::new(KEY).first_password(id).reveal().to_owned();
    let token = office.log_in("be-777777", &first, 120).await.expect("active at once");
    let present = office.present(token, 120).await.expect("here");
    assert_eq!(
        present.actor.read_career().map(|_| ()),
        Err(Refusal::NotAllowed),
        "not the insured person's own"
    );
}

#[tokio::test]
async fn djibouti_opens_nothing_before_the_charter_is_signed() {
    let office = Office::of("dj").await;
    let typed = form(&[
        (AskField::EmployerNumber, "EMP-0001"),
        (AskField::CompanyName, "Société L'Étoile"),
        (AskField::Surname, "Lawson"),
        (AskField::Forenames, "Afi"),
        (AskField::Email, "afi@example.dj"),
        (AskField::Phone, "77 12 34 56"),
        (AskField::Password, "Abricot-2024"),
        (AskField::PasswordAgain, "Abricot-2024"),
    ]);
    let unsigned = office.desk.sign_up("employer", &typed, &|_| false, "h", None, HERE, &office.at(0)).await;
    let Refusal::Invalid(faults) = refused(unsigned) else { panic!("a fault") };
    assert_eq!(faults[0].path(), "terms");
    let id = office.begin("employer", &typed, 0).await.expect("signed");
    office.confirm(id, &office.code(id).await.expect("sent"), 60).await.expect("right");
    let waiting = office.store.waiting_accounts(None, 10).await.expect("read");
    let kept = office.store.acceptances(waiting[0].id, 0, 10).await.expect("read");
    let charter = office.charter().expect("in force");
    assert_eq!(kept.iter().map(|(_, a)| a.digest).collect::<Vec<_>>(), [charter], "kept as proof");
    let State::Waiting { told, .. } = &waiting[0].state else { panic!("waits") };
    assert_eq!(told.len(), 2, "the applicant's names are for the agent to see: {told:?}");
}

#[tokio::test]
async fn a_form_hears_of_all_its_faults_at_once() {
    let office = Office::of("dj").await;
    let long = "x".repeat(100_000);
    let typed = form(&[
        (AskField::InsuredNumber, "12a"),
        (AskField::Surname, "a\u{202e}b"),
        (AskField::Forenames, &long),
        (AskField::BirthDate, "2099-01-01"),
        (AskField::Email, "a@b.dj\r\nBcc: z@x.dj"),
        (AskField::Phone, "+33 6 12 34 56 78"),
        (AskField::Password, "abc"),
        (AskField::PasswordAgain, "abd"),
    ]);
    let Refusal::Invalid(faults) = refused(office.begin("insured", &typed, 0).await) else {
        panic!("faults")
    };
    let told: Vec<String> = faults.iter().map(|f| format!("{}:{}", f.path(), f.kind.code())).collect();
    assert_eq!(
        told,
        [
            "insured_number:not_a_number",
            "surname:not_a_name",
            "forenames:too_long",
            "birth_date:in_future",
            "email:not_an_email",
            "phone:phone_foreign",
            "password:password_too_short",
            "password:password_no_upper",
            "password:password_no_digit",
            "password:password_no_special",
            "password_again:not_the_same",
        ]
    );
    assert!(office.letters().await.is_empty());
}

#[tokio::test]
async fn a_fund_whose_papers_do_not_say_has_no_sign_up() {
    for code in ["bj", "tn"] {
        let office = Office::of(code).await;
        let answer =
            office.desk.sign_up("insured", &togo_insured(), &|_| false, "h", None, HERE, &office.at(0)).await;
        assert_eq!(refused(answer), Refusal::NoSignUp);
    }
}

/// An account of the made-up fund, with a session.
pub(super) async fn an_employer(office: &Office) -> TokenHash {
    let id = office.begin("employer", &example_employer(), 0).await.expect("sent");
    office.confirm(id, &office.code(id).await.expect("sent"), 1).await.expect("right");
    office.log_in("afi@example.org", "abricot-2024", 2).await.expect("open")
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_and_all_sessions_end() {
    let office = Office::of("example").await;
    let token = an_employer(&office).await;
    let id =
        office.desk.recover("afi@example.org", Channel::Email, HERE, &office.at(40)).await.expect("sent");
    let challenge: Challenge = office.desk.challenge(id).await.expect("there");
    assert_eq!(
        (challenge.email.is_some(), challenge.phone.is_some()),
        (true, false),
        "by the way that was chosen"
    );
    let early = office.desk.set_recovered_password(id, "hash of poire-2025", &office.at(41)).await;
    assert_eq!(refused(early), Refusal::CodeExpired, "not before the code");
    let code = office.code(id).await.expect("sent");
    office.desk.confirm_recovery(id, &code, &CodeKey::new(KEY), &office.at(50)).await.expect("right");
    assert!(office.present(token, 51).await.is_ok(), "nothing happened yet");
    office.desk.set_recovered_password(id, "hash of poire-2025", &office.at(60)).await.expect("chosen");
    let twice = office.desk.set_recovered_password(id, "hash of other", &office.at(61)).await;
    assert_eq!(refused(twice), Refusal::CodeExpired, "once");
    assert_eq!(refused(office.present(token, 62).await), Refusal::NotLoggedIn);
    assert_eq!(
        refused(office.log_in("afi@example.org", "abricot-2024", 70).await),
        Refusal::WrongCredentials
    );
    assert!(office.log_in("afi@example.org", "poire-2025", 80).await.is_ok());
}

#[tokio::test]
async fn a_theft_ends_everything_until_an_agent_unblocks() {
    let office = Office::of("example").await;
    let by = an_agent(&office).await;
    let token = an_employer(&office).await;
    let present = office.present(token, 3).await.expect("here");
    office.desk.block_own(&present, BlockReason::Theft, &office.at(4)).await.expect("blocked");
    assert_eq!(refused(office.present(token, 5).await), Refusal::NotLoggedIn);
    assert_eq!(refused(office.log_in("afi@example.org", "abricot-2024", 6).await), Refusal::AccountBlocked);
    // Who has the phone gets a code, chooses a password, and is still outside.
    let id = office.desk.recover("afi@example.org", Channel::Sms, HERE, &office.at(40)).await.expect("sent");
    let code = office.code(id).await.expect("sent");
    office.desk.confirm_recovery(id, &code, &CodeKey::new(KEY), &office.at(50)).await.expect("right");
    office.desk.set_recovered_password(id, "hash of voleur-1", &office.at(51)).await.expect("chosen");
    assert_eq!(refused(office.log_in("afi@example.org", "voleur-1", 60).await), Refusal::AccountBlocked);
    office.desk.unblock(&by, present.account.id, &office.at(70)).await.expect("unblocked");
    let token = office.log_in("afi@example.org", "voleur-1", 80).await.expect("open");
    assert_eq!(office.present(token, 80).await.expect("here").duty, Some(Duty::NewPassword));
}

#[tokio::test]
async fn devices_are_listed_and_ended_one_by_one() {
    let office = Office::of("example").await;
    let first = an_employer(&office).await;
    let second = office.log_in("afi@example.org", "abricot-2024", 10).await.expect("open");
    let present = office.present(second, 11).await.expect("here");
    let devices = office.desk.devices(&present, &office.at(11)).await.expect("read");
    assert_eq!(devices.iter().map(|s| s.token).collect::<Vec<_>>(), [second, first]);
    let stranger = office.desk.end_sessions(&present, Some(Uuid::from_u128(5)), &office.at(12)).await;
    assert_eq!(refused(stranger), Refusal::NotFound);
    office.desk.end_sessions(&present, Some(first.name()), &office.at(12)).await.expect("ended");
    assert!(office.present(first, 13).await.is_err() && office.present(second, 13).await.is_ok());
    let third = office.log_in("afi@example.org", "abricot-2024", 20).await.expect("open");
    office.desk.end_sessions(&present, None, &office.at(21)).await.expect("ended");
    assert!(office.present(third, 22).await.is_err() && office.present(second, 22).await.is_ok());
    assert_eq!(refused(office.present(second, 22 + 600).await), Refusal::NotLoggedIn, "ten minutes idle");
}

fn mandatary(address: &str) -> Form {
    form(&[
        (AskField::Email, address),
        (AskField::Surname, "Kodjo"),
        (AskField::Forenames, "Cabinet"),
        (AskField::Phone, "612345"),
        (AskField::Password, "abricot-2024"),
        (AskField::PasswordAgain, "abricot-2024"),
    ])
}

#[tokio::test]
async fn an_accountant_acts_by_a_mandate_until_it_is_withdrawn() {
    let office = Office::of("example").await;
    let principal = office.present(an_employer(&office).await, 3).await.expect("here");
    // Accountants are many: one is there already.
    for (address, seconds) in [("autre@example.org", 3), ("cabinet@example.org", 40)] {
        let id = office.begin("mandatary", &mandatary(address), seconds).await.expect("sent");
        office.confirm(id, &office.code(id).await.expect("sent"), seconds).await.expect("right");
    }
    let again = office.begin("mandatary", &mandatary("cabinet@example.org"), 80).await.expect("sent");
    office.confirm(again, &office.code(again).await.expect("sent"), 80).await.expect("the same answer");
    assert_eq!(office.keys().await.last(), Some(&"sign-up-impossible"), "the address has an account");
    let token = office.log_in("cabinet@example.org", "abricot-2024", 84).await.expect("open");
    let accountant = office.present(token, 84).await.expect("here");
    assert_eq!(accountant.actor.subject, Subject::Mandatary);
    assert_eq!(accountant.duty, None, "the charter was accepted on the form");
    let nothing = accountant.actor.file_declarations().map(|_| ());
    assert_eq!(nothing, Err(Refusal::NotAllowed), "without a mandate he may do nothing");
    let rights = Rights { declare: true, ..Rights::default() };
    let invited = Email::parse("cabinet@example.org").expect("an address");
    let key = |n| RequestKey(Uuid::from_u128(n));
    let give = async |rights, n| {
        sendable(office.desk.give_mandate(&principal, &invited, rights, key(n), &office.at(85))).await
    };
    let mandate = give(rights, 700).await.expect("given");
    assert_eq!(give(rights, 700).await, Ok(mandate), "a double click is one invitation");
    assert_eq!(give(Rights::ALL, 700).await, Err(Refusal::KeyReused.into()));
    let (offered, firm) = office.desk.mandate_of(&accountant, mandate).await.expect("invited");
    assert_eq!((offered.rights, firm.id), (rights, EMPLOYER));
    let held = office.desk.mandates_held(&accountant, None, 10).await.expect("read");
    assert!(held.is_empty(), "not taken up yet");
    office.desk.accept_mandate(&accountant, mandate, &office.at(86)).await.expect("taken up");
    office.desk.act_for(&accountant, Some(mandate), &office.at(87)).await.expect("switched");
    let acting = office.present(token, 88).await.expect("here").actor;
    assert_eq!(acting.file_declarations().map(|(firm, _)| firm), Ok(EMPLOYER));
    assert_eq!(acting.pay_contributions().map(|(firm, _)| firm), Err(Refusal::NotAllowed));
    let held = office.desk.mandates_held(&accountant, None, 10).await.expect("read");
    assert_eq!(held.iter().map(|(m, firm)| (m.id, firm.id)).collect::<Vec<_>>(), [(mandate, EMPLOYER)]);
    let given = office.desk.mandates_given(&principal, None, 10).await.expect("his");
    let [(_, Some(holder))] = given.as_slice() else { panic!("{given:?}") };
    assert_eq!(*holder, accountant.account.holder, "the principal sees who took it up");
    let acting_now = office.present(token, 88).await.expect("here");
    assert_eq!(refused(office.desk.mandates_given(&acting_now, None, 10).await), Refusal::NotAllowed);
    assert_eq!(office.desk.company_of(acting).await.expect("read").map(|firm| firm.id), Some(EMPLOYER));
    office.desk.withdraw_mandate(&principal, mandate, &office.at(89)).await.expect("withdrawn");
    let after = office.present(token, 90).await.expect("here").actor;
    assert_eq!(after.file_declarations().map(|(firm, _)| firm), Err(Refusal::NotAllowed), "at once");
    let seen = office.store.mandates_of(EMPLOYER, None, 10).await.expect("read");
    assert_eq!(seen.len(), 1, "the principal still sees it");
}

#[tokio::test]
async fn a_hash_of_the_former_site_is_renewed_and_a_login_by_user_name_works() {
    let office = Office::of("tg").await;
    let login = Login::read(LoginKind::Username, "kmelomey2").expect("a login");
    let id = AccountId(Uuid::from_u128(60));
    let account = cnss_core::account::Account::new(
        id,
        login,
        "hash of ancien".to_owned(),
        cnss_core::access::Subject::Employer(EMPLOYER),
        Name::parse("K. Melomey").expect("a name"),
    );
    let at = office.at(0);
    let batch = Batch::of(BatchId(at.entropy.uuid(at.now)), vec![Change::OpenAccount(account)], at.now);
    office.store.commit(batch).await.expect("sound");
    let token = office.log_in("KMelomey2", "ancien", 1).await.expect("open");
    let present = office.present(token, 1).await.expect("here");
    office.desk.renew_hash(&present.account, "$argon2id$new", &office.at(2)).await.expect("renewed");
    let renewed = office.store.account(id).await.expect("read").expect("there");
    assert_eq!(renewed.password_hash, "$argon2id$new");
    assert!(office.present(token, 3).await.is_ok(), "the session stays");
    // Somebody who saw the former hash does not write over what came since.
    office.desk.renew_hash(&present.account, "late", &office.at(4)).await.expect("nothing to do");
    assert_eq!(office.store.account(id).await.expect("read").expect("there").password_hash, "$argon2id$new");
}

#[tokio::test]
async fn wrong_passwords_pause_a_login_whoever_it_is_of() {
    let office = Office::of("example").await;
    an_employer(&office).await;
    for login in ["afi@example.org", "nobody@example.org"] {
        let mut answers = Vec::new();
        for seconds in [100, 101, 102, 103, 104, 113] {
            answers.push(refused(office.log_in(login, "wrong", seconds).await));
        }
        let (wrong, pause) = (Refusal::WrongCredentials, |seconds| Refusal::TooManyAttempts { seconds });
        assert_eq!(
            answers,
            [wrong.clone(), wrong.clone(), wrong.clone(), wrong.clone(), pause(9), wrong],
            "{login}"
        );
    }
}

#[tokio::test]
async fn a_new_address_is_proved_there_becomes_the_login_and_the_former_one_hears() {
    let office = Office::of("example").await;
    let present = office.present(an_employer(&office).await, 3).await.expect("here");
    let (desk, key) = (&office.desk, CodeKey::new(KEY));
    let address = |text| (Email::parse(text).ok(), None);
    let neither = desk.new_contact(&present, (None, None), HERE, &office.at(4)).await;
    assert_eq!(refused(neither), Refusal::NothingChanged);
    let late = desk.new_contact(&present, address("afi.l@example.org"), HERE, &office.at(600)).await;
    assert_eq!(refused(late), Refusal::ProveAgain);
    let id =
        desk.new_contact(&present, address("afi.l@example.org"), HERE, &office.at(4)).await.expect("sent");
    assert!(office.log_in("afi.l@example.org", "abricot-2024", 5).await.is_err(), "not proved yet");
    let code = office.code(id).await.expect("sent");
    for _ in 0..2 {
        sendable(desk.confirm_contact(&present, id, &code, &key, &office.at(6))).await.expect("right");
    }
    let letters = office.letters().await;
    let told: Vec<_> = letters.iter().filter(|letter| letter.message == Message::ContactChanged).collect();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    let Addressee::Contacts(former) = &told.to else { panic!("{told:?}") };
    assert_eq!(former.email.as_ref().map(Email::as_str), Some("afi@example.org"));
    assert!(office.log_in("afi.l@example.org", "abricot-2024", 7).await.is_ok());
    assert_eq!(refused(office.log_in("afi@example.org", "abricot-2024", 8).await), Refusal::WrongCredentials);
}

/// Nobody reaches the end of a list by using it, nor loses the rest by ending what a page ended with.
#[tokio::test]
async fn devices_are_read_page_by_page_whatever_happens_between() {
    let office = Office::of("example").await;
    let mut present = office.present(an_employer(&office).await, 3).await.expect("here");
    let mut opened = vec![present.session.token];
    for seconds in [10, 10, 20, 30] {
        let token = office.log_in("afi@example.org", "abricot-2024", seconds).await.expect("right");
        opened.push(token);
        present = office.present(token, seconds).await.expect("here");
    }
    let page =
        async |after, at| office.desk.devices_after(&present, after, 2, &office.at(at)).await.expect("read");
    let first = page(None, 40).await;
    let place = first.last().expect("two").place();
    // The oldest is used, and the one that the page ended with is ended.
    office.present(opened[0], 200).await.expect("here");
    let ended = Some(first.last().expect("two").token.name());
    office.desk.end_sessions(&present, ended, &office.at(201)).await.expect("ended");
    let second = page(Some(place), 202).await;
    let third = page(Some(second.last().expect("two").place()), 203).await;
    let mut read: Vec<TokenHash> = [first, second, third].concat().iter().map(|one| one.token).collect();
    assert_eq!(read.len(), opened.len(), "each once");
    read.sort();
    opened.sort();
    assert_eq!(read, opened);
}

/// Where the fund says nothing of access, an account that was opened logs in all the same.
#[tokio::test]
async fn a_fund_without_rules_of_access_lets_its_people_log_in() {
    for code in ["bj", "tn"] {
        let office = Office::of(code).await;
        let email = cnss_core::person::Email::parse("afi@example.org").expect("an address");
        let account = cnss_core::account::Account::new(
            cnss_core::id::AccountId(uuid::Uuid::from_u128(9)),
            cnss_core::account::Login::email(&email),
            "hash of abricot-2024".to_owned(),
            cnss_core::access::Subject::Insured(PERSON),
            cnss_core::person::Name::parse("Afi").expect("a name"),
        );
        let at = office.at(0);
        let open = vec![cnss_core::decision::Change::OpenAccount(account)];
        let batch =
            cnss_core::decision::Batch::of(cnss_core::id::BatchId(at.entropy.uuid(at.now)), open, at.now);
        cnss_core::port::Store::commit(&*office.store, batch).await.expect("sound");
        for _ in 0..6 {
            let wrong = office.log_in("afi@example.org", "poire", 1).await;
            assert_eq!(refused(wrong), Refusal::WrongCredentials, "{code}");
        }
        let paused = office.log_in("afi@example.org", "abricot-2024", 2).await;
        assert!(matches!(refused(paused), Refusal::TooManyAttempts { .. }), "{code}");
        let token = office.log_in("AFI@example.org", "abricot-2024", 60).await.expect("open");
        assert_eq!(office.present(token, 61).await.expect("there").duty, None);
        assert_eq!(refused(office.present(token, 61 + 13 * 3_600).await), Refusal::NotLoggedIn);
    }
}

/// A form that is sent twice, by a double click or a bad line, makes one challenge.
#[tokio::test]
async fn the_same_request_begins_once() {
    let office = Office::of("tg").await;
    let key = |n: u128| Some(cnss_core::id::RequestKey(uuid::Uuid::from_u128(n)));
    let begin = async |n: u128, seconds: i64| {
        let asked = cnss_core::desk::Asked { source: HERE, request: key(n) };
        let form = togo_insured();
        office.desk.sign_up("insured", &form, &|_| false, "h", None, asked, &office.at(seconds)).await
    };
    let first = begin(1, 0).await.expect("sent");
    assert_eq!(begin(1, 5).await.expect("sent"), first);
    assert_eq!(office.keys().await, ["code"], "one code");
    assert_ne!(begin(2, 6).await.expect("sent"), first);
    let recover = async |n: u128| {
        let asked = cnss_core::desk::Asked { source: HERE, request: key(n) };
        office.desk.recover("nobody@example.tg", Channel::Sms, asked, &office.at(7)).await
    };
    assert_eq!(recover(3).await.expect("sent"), recover(3).await.expect("sent"));
}
