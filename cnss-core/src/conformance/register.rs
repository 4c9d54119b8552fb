//! What any store must keep of people: who they are, and when they worked where.

use super::*;

/// What was committed is read back the same: names with accents and apostrophes, leading
/// zeros, 29 February, microseconds.
pub async fn reads_what_was_written(store: &AnyStore) {
    commit(
        store,
        vec![
            Change::RegisterEmployer(employer(1)),
            Change::RegisterInsured(insured(7, "D'Almeida-Kpodar عائشة")),
            Change::OpenAccount(account(1)),
        ],
    )
    .await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    assert_eq!(seen.value, employer(1));
    let person = insured(7, "D'Almeida-Kpodar عائشة");
    assert_eq!(store.insured(person.id).await.expect("read"), Some(person.clone()));
    let unknown = "99".parse().expect("a number");
    assert_eq!(store.insured_by_numbers(&[unknown, person.number]).await.expect("read"), [person]);
    assert_eq!(store.account(AccountId(uuid(1))).await.expect("read"), Some(account(1)));
    assert_eq!(store.account_by_login(&account(1).logins[0]).await.expect("read"), Some(account(1)));
    assert_eq!(store.account_by_login(&account(2).logins[0]).await.expect("read"), None);
    let draft = Draft {
        employer: EmployerId(uuid(1)),
        quarter: quarter(),
        lines: vec![RawLine { cells: std::array::from_fn(|i| format!("« {i} » \u{202f}'\"")) }],
        saved_at: at(5),
    };
    let mut save = batch(vec![Change::SaveDraft(Seen { value: draft.clone(), version: Version(1) })]);
    save.expects.push(Expect::Draft(EmployerId(uuid(1)), quarter(), None));
    store.commit(save).await.expect("saved");
    let read = store.draft(EmployerId(uuid(1)), quarter()).await.expect("read");
    assert_eq!(read, Some(Seen { value: draft, version: Version(1) }));
}

/// Numbers and logins are given once.
pub async fn keeps_numbers_unique(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]).await;
    let mut twin = employer(2);
    twin.number = employer(1).number;
    let error = store.commit(batch(vec![Change::RegisterEmployer(twin)])).await;
    assert_eq!(error, Err(CommitError::Taken("employer_number")));
    let mut other = account(2);
    (other.logins, other.email) = (account(1).logins, account(1).email);
    assert_eq!(store.commit(batch(vec![Change::OpenAccount(other)])).await, Err(CommitError::Taken("login")));
    commit(store, vec![Change::FileDeclaration(filed(1, 1), Vec::new())]).await;
    let again = batch(vec![Change::FileDeclaration(filed(2, 1), Vec::new())]);
    assert_eq!(store.commit(again).await, Err(CommitError::Taken("declaration_revision")));
}

/// Somebody who left and is hired again is on the staff again.
pub async fn hires_again(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Bawa"))])
        .await;
    let date = |text: &str| parse_date(text).expect("a date");
    let time = |hired: &str, left: Option<&str>| {
        let (employer, insured) = (EmployerId(uuid(1)), InsuredId(uuid(7)));
        Change::Employ(vec![Employment { employer, insured, hired_on: date(hired), left_on: left.map(date) }])
    };
    for (change, hired, left) in [
        (time("2020-01-01", None), "2020-01-01", None),
        (time("2020-01-01", Some("2021-06-30")), "2020-01-01", Some("2021-06-30")),
        (time("2020-01-01", None), "2020-01-01", Some("2021-06-30")),
        (time("2022-03-01", None), "2020-01-01", None),
    ] {
        commit(store, vec![change]).await;
        let staff = store.staff(EmployerId(uuid(1)), None, 10).await.expect("read");
        let times: Vec<_> = staff.iter().map(|m| (m.hired_on, m.left_on)).collect();
        assert_eq!(times, [(date(hired), left.map(date))]);
    }
}

/// A correction replaces the dates that it corrects, and none that somebody said since.
pub async fn takes_back_dates(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Bawa"))])
        .await;
    let date = |text: &str| parse_date(text).expect("a date");
    let (employer, insured) = (EmployerId(uuid(1)), InsuredId(uuid(7)));
    let redate =
        |said_hired: Option<&str>, hired: Option<&str>, said_left: Option<&str>, left: Option<&str>| {
            Change::Redate(vec![Redated {
                employer,
                insured,
                said_hired_on: said_hired.map(date),
                hired_on: hired.map(date),
                said_left_on: said_left.map(date),
                left_on: left.map(date),
            }])
        };
    let employ = |hired: &str, left: Option<&str>| {
        Change::Employ(vec![Employment { employer, insured, hired_on: date(hired), left_on: left.map(date) }])
    };
    for (change, hired, left) in [
        (redate(None, Some("2020-01-01"), Some("2021-06-30"), None), None, None),
        (employ("2020-01-01", Some("2021-06-30")), Some("2020-01-01"), Some("2021-06-30")),
        (redate(None, None, Some("2021-05-31"), None), Some("2020-01-01"), Some("2021-06-30")),
        (redate(None, None, Some("2021-06-30"), Some("2021-09-30")), Some("2020-01-01"), Some("2021-09-30")),
        (redate(Some("2020-01-01"), None, Some("2021-09-30"), None), Some("2020-01-01"), None),
        (redate(Some("2019-01-01"), Some("2018-01-01"), None, Some("2022-01-31")), Some("2020-01-01"), None),
        (redate(Some("2020-01-01"), Some("2020-02-03"), None, None), Some("2020-02-03"), None),
    ] {
        commit(store, vec![change]).await;
        let staff = store.staff(employer, None, 10).await.expect("read");
        let times: Vec<_> = staff.iter().map(|m| (m.hired_on, m.left_on)).collect();
        let expected: Vec<_> = hired.map(|hired| (date(hired), left.map(date))).into_iter().collect();
        assert_eq!(times, expected);
    }
}
