//! What any store must do with a batch: all of it or nothing, once, and only if what it relied on still holds.

use super::*;

/// When one change of a batch cannot be made, none is.
pub async fn commits_whole_or_not_at_all(store: &AnyStore) {
    commit(
        store,
        vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Akouété"))],
    )
    .await;
    let mut again = insured(8, "Akouété");
    again.number = insured(7, "Akouété").number;
    let half = batch(vec![
        Change::RegisterInsured(insured(9, "Bawa")),
        Change::PostEntry(entry(1, 100)),
        Change::RegisterInsured(again),
    ]);
    let error = store.commit(half).await.expect_err("the number is taken");
    assert_eq!(error, CommitError::Taken("insured_number"));
    assert_eq!(store.insured(InsuredId(uuid(9))).await.expect("read"), None, "half a batch was kept");
    assert!(
        store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").is_empty(),
        "half a batch was kept"
    );
}

/// What was seen at one version cannot be changed at another.
pub async fn refuses_stale_versions(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    let mut first = batch(vec![Change::PostEntry(entry(1, 100))]);
    first.expects.push(Expect::Employer(EmployerId(uuid(1)), seen.version));
    let mut second = batch(vec![Change::PostEntry(entry(2, 100))]);
    second.expects.clone_from(&first.expects);
    store.commit(first).await.expect("the first is in time");
    assert_eq!(store.commit(second).await, Err(CommitError::Stale));
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").len(), 1);
    let next = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    assert!(next.version > seen.version, "a change must show in the version");
    let draft =
        Draft { employer: EmployerId(uuid(1)), quarter: quarter(), lines: Vec::new(), saved_at: at(0) };
    let mut save = batch(vec![Change::SaveDraft(Seen { value: draft, version: Version(1) })]);
    save.expects.push(Expect::Draft(EmployerId(uuid(1)), quarter(), None));
    store.commit(save.clone()).await.expect("there was no draft");
    assert_eq!(store.commit(save).await, Err(CommitError::Stale), "there is one now");
    let mut drop = batch(vec![Change::DropDraft(EmployerId(uuid(1)), quarter())]);
    drop.expects.push(Expect::Draft(EmployerId(uuid(1)), quarter(), Some(Version(9))));
    assert_eq!(store.commit(drop).await, Err(CommitError::Stale));
}

/// A request key is taken by the first commit; the others learn so and change nothing.
pub async fn answers_a_key_once(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]).await;
    let receipt = Receipt {
        key: RequestKey(uuid(5)),
        account: Some(AccountId(uuid(1))),
        digest: [7; 32],
        answer: "reçu n° 1".to_owned(),
    };
    let mut once = batch(vec![Change::PostEntry(entry(1, 100))]);
    once.receipt = Some(receipt.clone());
    let mut twice = batch(vec![Change::PostEntry(entry(2, 100))]);
    twice.receipt = Some(Receipt { answer: "reçu n° 2".to_owned(), ..receipt.clone() });
    store.commit(once).await.expect("the first");
    assert_eq!(store.commit(twice).await, Err(CommitError::KeyTaken));
    assert_eq!(store.receipt(RequestKey(uuid(5))).await.expect("read"), Some(receipt));
    assert_eq!(store.receipt(RequestKey(uuid(6))).await.expect("read"), None);
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").len(), 1);
}

/// Of many who saw the same version, exactly one commits.
pub async fn one_of_many_writers_wins(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    let mut commits = Vec::new();
    for n in 0..8_u128 {
        let mut batch = batch(vec![Change::PostEntry(entry(n.saturating_add(100), 1))]);
        batch.expects.push(Expect::Employer(EmployerId(uuid(1)), seen.version));
        commits.push(store.commit(batch));
    }
    let mut won = 0;
    for result in join_all(commits).await {
        match result {
            Ok(()) => won += 1,
            Err(CommitError::Stale) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, 1, "exactly one writer wins");
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 100).await.expect("read").len(), 1);
}
