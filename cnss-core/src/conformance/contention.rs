//! What any store must do when many come at once: nobody is lost, nobody is served twice.

use super::*;

/// Eight who each book five times on a version that they saw, and try again when somebody was
/// faster, all get through.
pub async fn contenders_all_get_through(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let contender = async |who: u128| {
        for n in 0..5_u128 {
            let id = who.saturating_mul(100).saturating_add(n);
            let mut tries = 0_u32;
            loop {
                let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
                let mut booking = batch(vec![Change::PostEntry(entry(id, 1))]);
                booking.expects.push(Expect::Employer(EmployerId(uuid(1)), seen.version));
                match store.commit(booking).await {
                    Ok(()) => break,
                    Err(CommitError::Stale) => tries = tries.saturating_add(1),
                    Err(error) => panic!("{error}"),
                }
                assert!(tries < 1_000, "nobody ever gets through");
            }
        }
    };
    let contenders = (1..=8_u128).map(|who| Box::pin(contender(who)));
    join_all(contenders.collect()).await;
    let booked = store.entries(EmployerId(uuid(1)), i64::MIN, 100).await.expect("read");
    assert_eq!(booked.len(), 40, "each is booked once");
    let places: Vec<i64> = booked.iter().map(|(place, _)| *place).collect();
    assert!(places.is_sorted_by(|a, b| a < b), "places grow: {places:?}");
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
    assert_eq!(seen.version, Version(41), "each moved the version once");
}

/// Of many equal requests one is carried out; the others learn that it was.
pub async fn one_of_many_equal_requests_wins(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]).await;
    let request = |n: u128| {
        let mut request = batch(vec![Change::PostEntry(entry(n, 100))]);
        let (key, account) = (RequestKey(uuid(5)), Some(AccountId(uuid(1))));
        request.receipt = Some(Receipt { key, account, digest: [7; 32], answer: n.to_string() });
        store.commit(request)
    };
    let results = join_all((1..=8).map(request).collect()).await;
    let won: Vec<usize> = (1..).zip(&results).filter(|(_, result)| result.is_ok()).map(|(n, _)| n).collect();
    let [winner] = won.as_slice() else { panic!("one is carried out: {results:?}") };
    let lost = results.iter().filter(|result| **result == Err(CommitError::KeyTaken)).count();
    assert_eq!(lost, 7, "the others learn that it was: {results:?}");
    let receipt = store.receipt(RequestKey(uuid(5))).await.expect("read").expect("a receipt");
    assert_eq!(receipt.answer, winner.to_string());
    assert_eq!(store.entries(EmployerId(uuid(1)), i64::MIN, 10).await.expect("read").len(), 1);
}

/// Of many who register one number at once, one does; within one batch a number is given once too.
pub async fn one_of_many_namesakes_wins(store: &AnyStore) {
    let twin = |n: u128| Insured { number: insured(7, "Bawa").number, ..insured(n, "Bawa") };
    let twins = (11..=18).map(|n| store.commit(batch(vec![Change::RegisterInsured(twin(n))]))).collect();
    let results = join_all(twins).await;
    let taken = results.iter().filter(|r| **r == Err(CommitError::Taken("insured_number"))).count();
    assert_eq!((results.iter().filter(|r| r.is_ok()).count(), taken), (1, 7), "{results:?}");
    let two = vec![Change::RegisterEmployer(employer(1)), Change::RegisterEmployer(employer(1))];
    let error = store.commit(batch(two)).await.expect_err("twice in one batch");
    assert!(matches!(error, CommitError::Taken("employer_number" | "identity")), "{error}");
    assert_eq!(store.employer(EmployerId(uuid(1))).await.expect("read"), None, "half a batch was kept");
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::PostEntry(entry(1, 5))]).await;
    let again = store.commit(batch(vec![Change::PostEntry(entry(1, 6))])).await;
    assert_eq!(again, Err(CommitError::Taken("identity")), "an identity is given once");
}

/// Twenty payments of one account that arrive at once are all booked, whoever comes first.
pub async fn payments_at_once_are_all_booked(store: &AnyStore) {
    let mut changes = vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))];
    changes.extend((1..=20).map(|n| Change::IssueReference(issued(n, 1))));
    commit(store, changes).await;
    let arrive = async |n: u128| {
        let reference = issued(n, 1).reference;
        for _ in 0..100 {
            let booked = Change::PostEntry(payment(n.saturating_add(1_000), reference));
            let credited = Change::CreditReference(reference, paid(n.saturating_add(1_000)));
            let mut crediting = batch(vec![booked, credited]);
            crediting.expects.push(Expect::Unpaid(reference));
            match store.commit(crediting).await {
                Ok(()) => return,
                // A store may ask the one who lost a conflict to decide again.
                Err(CommitError::Stale) => {}
                Err(error) => panic!("{error}"),
            }
        }
        panic!("a payment never gets through");
    };
    let payments = (1..=20_u128).map(|n| Box::pin(arrive(n)));
    join_all(payments.collect()).await;
    let booked = store.entries(EmployerId(uuid(1)), i64::MIN, 100).await.expect("read");
    assert_eq!(booked.len(), 20);
    for n in 1..=20 {
        let known = store.reference(issued(n, 1).reference).await.expect("read").expect("there");
        assert_eq!(known.paid, Some(paid(n.saturating_add(1_000))));
    }
}

/// A filing decided before twenty payments of the same account, and committed among them, stands: it
/// does not rely on what was paid.
pub async fn a_filing_is_not_held_up_by_payments(store: &AnyStore) {
    let mut changes = vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))];
    changes.extend((1..=20).map(|n| Change::IssueReference(issued(n, 1))));
    commit(store, changes).await;
    let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    let mut filing = batch(vec![Change::PostEntry(entry(1, 100))]);
    filing.expects.push(Expect::Employer(EmployerId(uuid(1)), seen));
    let pay = |n: u128| {
        let (id, reference) = (n.saturating_add(1_000), issued(n, 1).reference);
        let booked = Change::PostEntry(payment(id, reference));
        let mut crediting = batch(vec![booked, Change::CreditReference(reference, paid(id))]);
        crediting.expects.push(Expect::Unpaid(reference));
        crediting
    };
    store.commit(pay(1)).await.expect("a payment before it");
    let mut commits: Vec<_> = (2..=10).map(|n| store.commit(pay(n))).collect();
    commits.push(store.commit(filing));
    commits.extend((11..=20).map(|n| store.commit(pay(n))));
    let results = join_all(commits).await;
    assert_eq!(results.get(9), Some(&Ok(())), "the filing is not asked to decide again: {results:?}");
    let after = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    assert_eq!(after, seen.next(), "the filing alone moved the version");
    let booked = store.entries(EmployerId(uuid(1)), i64::MIN, 100).await.expect("read");
    let places: Vec<i64> = booked.iter().map(|(place, _)| *place).collect();
    assert!(places.is_sorted_by(|a, b| a < b), "places grow: {places:?}");
    let deposit = store.balance(EmployerId(uuid(1)), &LedgerAccount::Deposit, at(0)).await.expect("read");
    let paid = booked.iter().filter(|(_, entry)| entry.kind == EntryKind::Payment).count();
    let sum = i64::try_from(paid).expect("few").saturating_mul(-49_613);
    assert_eq!(deposit, Some(franc(sum)), "each balance follows the one before");
}
