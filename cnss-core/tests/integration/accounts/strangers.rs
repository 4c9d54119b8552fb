//! Whatever a stranger types, he hears the same; and what may be spent on messages is not passed.

use std::collections::BTreeMap;

use cnss_core::fund::{AskField, Channel};
use cnss_core::id::ChallengeId;
use cnss_core::notice::Addressee;
use cnss_core::port::{AccountStore, Around, BoxFuture, Call, Store, StoreError};

use super::*;

/// Sound forms that do not match the register, each by one field, and one of a number that is not there.
fn mistaken() -> Vec<(&'static str, Form)> {
    let with = |field, text: &str| {
        let mut form = togo_insured();
        form.insert(field, text.to_owned());
        form
    };
    vec![
        ("an unknown number", with(AskField::InsuredNumber, "999999")),
        ("another birth date", with(AskField::BirthDate, "1990-03-01")),
        ("another name", with(AskField::Surname, "Mensah")),
        ("another given name", with(AskField::Forenames, "Afi")),
        ("an unknown employer", with(AskField::EmployerNumber, "EMP-0002")),
    ]
}

/// What a stranger sees of a whole sign-up: every answer, in order.
async fn seen(office: &Office, form: &Form, from: i64) -> (Vec<String>, ChallengeId) {
    let id = office.begin("insured", form, from).await.expect("sent");
    let code = office.code(id).await.expect("sent");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut answers = Vec::new();
    for typed in [wrong, &code, &code] {
        answers.push(format!("{:?}", office.confirm(id, typed, from + 10).await));
    }
    answers.push(format!("{:?}", office.log_in("somebody@example.tg", "abricot-2024", from + 20).await));
    (answers, id)
}

#[tokio::test]
async fn a_mistaken_form_an_existing_account_and_a_right_one_hear_the_same() {
    let right = Office::of("tg").await;
    let (expected, _) = seen(&right, &togo_insured(), 0).await;
    for (what, form) in mistaken() {
        let office = Office::of("tg").await;
        let (answers, _) = seen(&office, &form, 0).await;
        assert_eq!(answers, expected, "{what}");
        assert_eq!(office.keys().await, ["code", "sign-up-impossible"], "{what}: told to what was proved");
        assert!(office.store.waiting_accounts(None, 10).await.expect("read").is_empty(), "{what}");
    }
    // Now there is an account: the same answers again, and its holder hears of it, once a day.
    let (answers, _) = seen(&right, &togo_insured(), 120).await;
    assert_eq!(answers, expected, "an existing account");
    let letters = right.letters().await;
    let keys: Vec<&str> = letters.iter().map(|letter| letter.message.key()).collect();
    let told = ["code", "account-waiting", "code", "somebody-signs-up", "sign-up-impossible"];
    assert_eq!(keys, told);
    assert!(
        matches!(letters[3].to, Addressee::Account(_)) && matches!(letters[4].to, Addressee::Contacts(_))
    );
    right.begin("insured", &togo_insured(), 240).await.expect("sent");
    assert_eq!(right.keys().await.iter().filter(|key| **key == "somebody-signs-up").count(), 1);
}

/// A store that writes down which calls it gets.
struct Heard {
    books: Arc<MemoryStore>,
    calls: Mutex<Vec<&'static str>>,
}

impl Around for Heard {
    fn inner(&self) -> &dyn Store {
        &*self.books
    }

    fn around<'a, T, E>(
        &'a self,
        call: Call,
        carry_out: impl FnOnce() -> BoxFuture<'a, Result<T, E>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        self.calls.lock().expect("no call failed").push(call.name);
        carry_out()
    }
}

/// The calls of a whole sign-up, a login and a recovery with that form, after `before` was signed up.
async fn calls(before: Option<&Form>, form: &Form, login: &str) -> Vec<&'static str> {
    let mut office = Office::of("tg").await;
    if let Some(before) = before {
        seen(&office, before, 0).await;
    }
    let heard = Arc::new(Heard { books: Arc::clone(&office.store), calls: Mutex::default() });
    office.desk = Desk::new(heard.clone(), fund("tg"));
    let id = office.begin("insured", form, 300).await.expect("sent");
    let code = office.code(id).await.expect("sent");
    office.confirm(id, &code, 310).await.expect("right");
    let _ = office.log_in(login, "not the password", 320).await;
    let id = office.desk.recover(login, Channel::Email, HERE, &office.at(330)).await.expect("sent");
    let _ = office.desk.confirm_recovery(id, "000", &CodeKey::new(KEY), &office.at(340)).await;
    let heard = heard.calls.lock().expect("no call failed").clone();
    assert!(heard.len() > 20, "{heard:?}");
    heard
}

#[tokio::test]
async fn the_store_is_asked_the_same_whatever_was_typed() {
    let expected = calls(None, &togo_insured(), "nobody@example.tg").await;
    assert_eq!(expected.iter().filter(|call| **call == "commit").count(), 5, "one commit for each step");
    for (what, form) in mistaken() {
        assert_eq!(calls(None, &form, "nobody@example.tg").await, expected, "{what}");
    }
    let there = calls(Some(&togo_insured()), &togo_insured(), "afi@example.tg").await;
    assert_eq!(there, expected, "an existing account");
}

#[tokio::test]
async fn a_login_that_somebody_else_has_opens_nothing_and_says_nothing() {
    let office = Office::of("tg").await;
    let (expected, _) = seen(&office, &togo_insured(), 0).await;
    let employer = form(&[
        (AskField::EmployerNumber, "EMP-0001"),
        (AskField::CompanyName, "Société L'Étoile"),
        (AskField::CompanyPhone, "22 21 23 45"),
        (AskField::Surname, "Lawson"),
        (AskField::Forenames, "Afi"),
        (AskField::Email, "afi@example.tg"),
        (AskField::Phone, "90 12 34 56"),
        (AskField::CompanyCreated, "01/01/2010"),
        (AskField::Password, "abricot-2024"),
    ]);
    let id = office.begin("employer", &employer, 100).await.expect("sent");
    let code = office.code(id).await.expect("sent");
    assert_eq!(format!("{:?}", office.confirm(id, &code, 110).await), expected[1]);
    assert_eq!(office.keys().await.last(), Some(&"sign-up-impossible"));
    assert_eq!(office.store.waiting_accounts(None, 10).await.expect("read").len(), 1);
}

#[tokio::test]
async fn recovery_answers_the_same_for_anything_at_all() {
    let office = Office::of("tg").await;
    seen(&office, &togo_insured(), 0).await;
    let before = office.keys().await.len();
    for identifier in ["afi@example.tg", "nobody@example.tg", "710040", "", "\u{202e}x", &"x".repeat(100_000)]
    {
        for channel in [Channel::Sms, Channel::Email] {
            let id = office.desk.recover(identifier, channel, HERE, &office.at(200)).await.expect("the same");
            let typed = "12345";
            let key = CodeKey::new(KEY);
            let answer = office.desk.confirm_recovery(id, typed, &key, &office.at(210)).await;
            assert_eq!(refused(answer), Refusal::CodeWrong { left: 4 });
        }
    }
    // One account, by both ways: two codes, and no more.
    assert_eq!(office.keys().await.len(), before + 2);
}

#[tokio::test]
async fn the_budget_of_a_number_a_source_and_forgers_closes_and_agents_see_it() {
    let office = Office::of("example").await;
    let mut form = example_employer();
    let mut why = BTreeMap::new();
    for n in 0..20 {
        form.insert(AskField::Phone, format!("61{:04}", n / 6));
        // From many sources, so that the ratio is what closes first for new numbers.
        let source = Source([u8::try_from(n).expect("few"); 8]);
        let charter = office.charter();
        let read = charter.as_ref().map(<[u8; 32]>::as_slice);
        let at = office.at(n);
        let _ = office.desk.sign_up("employer", &form, &|_| false, "h", read, source, &at).await;
    }
    for (_, refused) in office.store.refused_sends(None, 100).await.expect("read") {
        *why.entry(refused.why.code()).or_insert(0) += 1;
        let phone = refused.phone.expect("a phone");
        assert!(phone.contains('•'), "{phone}");
    }
    // Four to the first number, two to the second; then six were sent and none was confirmed.
    assert_eq!(office.keys().await.len(), 6);
    assert_eq!(why, BTreeMap::from([("number", 2), ("ratio", 12)]));
    // The next hour the tap opens again.
    form.insert(AskField::Phone, "619999".to_owned());
    office.begin("employer", &form, 3_600).await.expect("sent");
}

#[tokio::test]
async fn two_at_once_do_not_pass_a_limit_together() {
    let office = Office::of("example").await;
    let forms = example_employer();
    let all = (0..10).map(|_| office.begin("employer", &forms, 0));
    let mut sent = 0;
    let mut all: Vec<_> = all.map(Box::pin).collect();
    for one in &mut all {
        sent += usize::from(one.await.is_ok());
    }
    assert_eq!((sent, office.keys().await.len()), (4, 4), "four to one number in a day");
    // The store itself refuses what would pass a limit, whatever a decision saw.
    let tally = cnss_core::account::Tally::now(cnss_core::account::TallyKey::Sent, office.at(0).now);
    let at = office.at(0);
    let mut batch = Batch::of(BatchId(at.entropy.uuid(at.now)), Vec::new(), at.now);
    let below = |most| {
        cnss_core::decision::Expect::Account(cnss_core::account::AccountExpect::Below(tally.clone(), most))
    };
    batch.expects = vec![below(4)];
    assert_eq!(office.store.commit(batch.clone()).await, Err(cnss_core::port::CommitError::Stale));
    batch.expects = vec![below(5)];
    assert_eq!(office.store.commit(batch).await, Ok(()));
}

/// What a stranger is told who asks for a code by SMS again and again, for one identifier.
async fn insisting(identifier: &str) -> Vec<String> {
    let office = Office::of("tg").await;
    seen(&office, &togo_insured(), 0).await;
    let mut told = Vec::new();
    for turn in 0..3 {
        let begun = 1_000 + turn * 400;
        let id = office.desk.recover(identifier, Channel::Sms, HERE, &office.at(begun)).await;
        told.push(format!("{:?}", id.as_ref().map(|_| ())));
        let Ok(id) = id else { continue };
        for again in 1..4 {
            let answer = office.desk.send_code_again(id, None, &office.at(begun + again * 61)).await;
            told.push(format!("{answer:?}"));
            let (key, at) = (CodeKey::new(KEY), office.at(begun + again * 61));
            told.push(format!("{:?}", office.desk.confirm_recovery(id, "12", &key, &at).await));
        }
    }
    told
}

/// Past the messages that a number may get in a day, its holder gets none, and nobody is told.
#[tokio::test]
async fn insisting_tells_nothing_of_a_number_that_was_told_enough() {
    let (there, nobody) = (insisting("afi@example.tg").await, insisting("nobody@example.tg").await);
    assert_eq!(there, nobody);
    assert!(there.iter().all(|told| !told.contains("TooManyMessages")), "{there:?}");
}

/// Where codes go by SMS, a recovery by e-mail is sent again by e-mail.
#[tokio::test]
async fn a_code_is_sent_again_by_the_way_that_was_chosen() {
    let office = Office::of("ma").await;
    let form = form(&[
        (AskField::Document, "BE123456"),
        (AskField::DocumentExpires, "30/06/2030"),
        (AskField::BirthDate, "28/02/1990"),
        (AskField::Phone, "0612345678"),
        (AskField::Email, "afi@example.ma"),
        (AskField::Terms, "on"),
    ]);
    let id = office.begin("insured", &form, 0).await.expect("sent");
    office.confirm(id, &office.code(id).await.expect("sent"), 10).await.expect("right");
    let id = office.desk.recover("710040", Channel::Email, HERE, &office.at(100)).await.expect("sent");
    office.desk.send_code_again(id, None, &office.at(200)).await.expect("sent");
    let letters = office.letters().await;
    let sent: Vec<_> = letters.iter().rev().take(2).map(|notice| &notice.to).collect();
    assert!(
        matches!(sent.as_slice(), [Addressee::Contacts(a), Addressee::Contacts(b)]
        if a == b && a.email.is_some() && a.phone.is_none()),
        "{sent:?}"
    );
}
