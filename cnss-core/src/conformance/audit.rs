//! What any store must keep of the past: a line for each commit, seals over them, and balances.

use super::*;
use crate::audit::{Finding, SealedLine, account_mark};
use crate::desk::verify_trail;

async fn findings(store: &AnyStore) -> Vec<Finding> {
    let trail = verify_trail(&**store, []).await.expect("read");
    trail.findings().copied().collect()
}

async fn unsealed(store: &AnyStore) -> Vec<crate::audit::AuditLine> {
    let lines = store.unsealed_lines(i64::MIN, 1_000).await.expect("read");
    lines.into_iter().map(|(_, line)| line).collect()
}

async fn sealed(store: &AnyStore) -> Vec<SealedLine> {
    let mut all: Vec<SealedLine> = Vec::new();
    loop {
        let after = all.last().map_or((i64::MIN, i64::MIN), |last| (last.seal, last.rank));
        let page = store.sealed_lines(after, 7).await.expect("read");
        if page.is_empty() {
            return all;
        }
        assert!(page.len() <= 7, "a page is never longer than asked");
        all.extend(page);
    }
}

/// Every commit leaves one line that says what it did; one that was refused leaves none.
pub async fn traces_every_commit(store: &AnyStore) {
    let mut first = batch(vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]);
    first.at = at(7);
    let mut second = batch(vec![Change::PostEntry(entry(1, 100)), Change::PostEntry(entry(2, 200))]);
    let mark_of_account = account_mark(&account(1));
    let (key, account) = (RequestKey(uuid(5)), Some(AccountId(uuid(1))));
    second.receipt = Some(Receipt { key, account, digest: [7; 32], answer: "reçu".to_owned() });
    let expected = [first.clone(), second.clone()].map(|batch| crate::audit::line(&batch).expect("a line"));
    store.commit(first.clone()).await.expect("committed");
    store.commit(second).await.expect("committed");
    let mut twin = batch(vec![Change::RegisterEmployer(employer(1))]);
    store.commit(twin.clone()).await.expect_err("the number is taken");
    twin.id = first.id;
    twin.changes = vec![Change::RegisterEmployer(employer(2))];
    assert_eq!(store.commit(twin).await, Err(CommitError::Taken("identity")), "a batch is committed once");
    let lines = unsealed(store).await;
    assert_eq!(lines, expected);
    let [first, second] = lines.as_slice() else { panic!("two lines: {lines:?}") };
    assert_eq!((first.at, first.by, second.by), (at(7), None, account));
    let subject = format!("register-employer {}; open-account {} v1 {}", uuid(1), uuid(1), mark_of_account);
    assert_eq!(first.what, subject);
    let traced = store.traced_entries(&[second.batch, first.batch]).await.expect("read");
    let mut entries: Vec<_> = traced.iter().map(|traced| (traced.batch, traced.entry.0.as_u128())).collect();
    entries.sort_unstable();
    assert_eq!(entries, [(second.batch, 1), (second.batch, 2)]);
    assert_eq!(store.untraced_entries(10).await.expect("read"), []);
    assert_eq!(findings(store).await, []);
}

/// New lines are sealed in the order of writing, each seal on the one before; then nothing is found
/// amiss.
pub async fn seals_lines(store: &AnyStore) {
    assert_eq!(store.seal_lines(at(0)).await.expect("sealed"), None, "nothing to seal");
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    for n in 1..=9 {
        commit(store, vec![Change::PostEntry(entry(n, 100))]).await;
    }
    let first = store.seal_lines(at(1)).await.expect("sealed").expect("a seal");
    assert_eq!((first.number, first.lines, first.sealed_at), (1, 10, at(1)));
    assert_eq!(store.seal_lines(at(2)).await.expect("sealed"), None, "all is sealed");
    commit(store, vec![Change::PostEntry(entry(10, 1_000_000_000_000_000))]).await;
    let second = store.seal_lines(at(3)).await.expect("sealed").expect("a seal");
    assert_eq!((second.number, second.lines), (2, 1));
    commit(store, vec![Change::PostEntry(entry(11, 1))]).await;
    let lines = sealed(store).await;
    let ranks: Vec<_> = lines.iter().map(|line| (line.seal, line.rank)).collect();
    let expected: Vec<_> = (1..=10).map(|rank| (1, rank)).chain([(2, 1)]).collect();
    assert_eq!(ranks, expected);
    let of_first: Vec<_> = lines.iter().take(10).map(|sealed| sealed.line.clone()).collect();
    assert_eq!(crate::audit::seal(None, &of_first, at(1)), first, "the seal is that of the core");
    assert_eq!(unsealed(store).await.len(), 1);
    assert_eq!(store.audit_seals(i64::MIN, 10).await.expect("read"), [first.clone(), second.clone()]);
    assert_eq!(store.audit_seals(1, 10).await.expect("read"), std::slice::from_ref(&second));
    let kept = [(1, first.digest), (2, second.digest)];
    let trail = verify_trail(&**store, kept).await.expect("read");
    assert_eq!(trail.findings().collect::<Vec<_>>(), Vec::<&Finding>::new());
    assert_eq!((trail.read(), trail.last()), ((2, 12, 11), Some(&second)));
    // Whoever kept other seals than those that stand is told so.
    let trail = verify_trail(&**store, [(1, [0; 32]), (3, [0; 32])]).await.expect("read");
    let found: Vec<_> = trail.findings().copied().collect();
    assert_eq!(found, [Finding::SealEdited(1), Finding::SealMissing(3)]);
}

/// Many portals seal while others commit: each line comes under one seal, and the seals have no gap.
pub async fn seals_each_line_once(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    for round in 0..5_u128 {
        let first = round.saturating_mul(8).saturating_add(1);
        let commits: Vec<_> = (first..first.saturating_add(8))
            .map(|n| store.commit(batch(vec![Change::PostEntry(entry(n, 1))])))
            .collect();
        let seals: Vec<_> = (0..4).map(|_| store.seal_lines(at(1))).collect();
        let (commits, seals) = (join_all(commits), join_all(seals));
        let (commits, seals) = both(Box::pin(commits), Box::pin(seals)).await;
        commits.into_iter().for_each(|result| result.expect("committed"));
        for result in seals {
            let _seal = result.expect("sealed, or left to another");
        }
    }
    // What was written while the last of them sealed.
    while store.seal_lines(at(2)).await.expect("sealed").is_some() {}
    let seals = store.audit_seals(i64::MIN, 1_000).await.expect("read");
    let numbers: Vec<i64> = seals.iter().map(|seal| seal.number).collect();
    assert_eq!(numbers, (1..=i64::try_from(seals.len()).expect("few")).collect::<Vec<_>>());
    let lines = sealed(store).await;
    let mut batches: Vec<_> = lines.iter().map(|sealed| sealed.line.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    assert_eq!((lines.len(), batches.len()), (41, 41));
    assert_eq!(seals.iter().map(|seal| seal.lines).sum::<i64>(), 41);
    assert_eq!(findings(store).await, []);
}

/// Polls two futures in turn until both are ready.
async fn both<A, B>(a: crate::port::BoxFuture<'_, A>, b: crate::port::BoxFuture<'_, B>) -> (A, B) {
    let (mut a, mut b) = (a, b);
    let (mut done_a, mut done_b) = (None, None);
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        if done_a.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(context)
        {
            done_a = Some(value);
        }
        if done_b.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(context)
        {
            done_b = Some(value);
        }
        match (done_a.take(), done_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (waiting_a, waiting_b) => {
                (done_a, done_b) = (waiting_a, waiting_b);
                Poll::Pending
            }
        }
    })
    .await
}

/// The balance of an account at any past instant, whoever else has one, and whatever a machine's
/// clock said.
pub async fn keeps_balances(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterEmployer(employer(2))]).await;
    let receivable = LedgerAccount::Receivable { scheme: "cnss".to_owned() };
    let balance = async |whose: u128, account: &LedgerAccount, seconds: i64| {
        let balance = store.balance(EmployerId(uuid(whose)), account, at(seconds)).await.expect("read");
        balance.map(|money| money.to_minor().expect("an amount"))
    };
    assert_eq!(balance(1, &receivable, 1_000).await, None, "nothing was posted");
    let post = async |n: u128, whose: u128, minor: i64, seconds: i64| {
        let mut posted = entry(n, minor);
        posted.employer = EmployerId(uuid(whose));
        posted.booked_at = at(seconds);
        commit(store, vec![Change::PostEntry(posted)]).await;
    };
    post(1, 1, 900_000_000_000_000, 100).await;
    post(2, 2, 7, 150).await;
    post(3, 1, 49_613, 200).await;
    // Booked after it, by a machine whose clock is late.
    post(4, 1, -13, 190).await;
    post(5, 1, -49_600, 300).await;
    let expected = [
        (1, 99, None),
        (1, 100, Some(900_000_000_000_000)),
        (1, 199, Some(900_000_000_000_000)),
        (1, 200, Some(900_000_000_049_600)),
        (1, 299, Some(900_000_000_049_600)),
        (1, 300, Some(900_000_000_000_000)),
        (2, 149, None),
        (2, 1_000, Some(7)),
        (3, 1_000, None),
    ];
    for (whose, seconds, minor) in expected {
        assert_eq!(balance(whose, &receivable, seconds).await, minor, "of {whose} at {seconds}");
    }
    assert_eq!(balance(1, &LedgerAccount::Deposit, 1_000).await, None);
    let contribution =
        LedgerAccount::Contribution { branch: "pension".to_owned(), payer: crate::fund::Payer::Worker };
    assert_eq!(balance(1, &contribution, 250).await, Some(-900_000_000_049_600));
    // Many at once, and several entries in one commit.
    let at_once = (10..26_u128).map(|n| {
        let changes = [n, n.saturating_add(100)].map(|n| Change::PostEntry(entry(n, 3)));
        store.commit(batch(changes.to_vec()))
    });
    for result in join_all(at_once.collect()).await {
        result.expect("committed");
    }
    assert_eq!(balance(1, &receivable, 1_000).await, Some(900_000_000_000_096));
}
