//! What any store must keep of those who log in.

use super::*;

/// Sessions begin, are used, and end; a login's failures are counted.
pub async fn keeps_sessions(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    let session = Session::open(TokenHash([3; 32]), AccountId(uuid(1)), at(0));
    commit(
        store,
        vec![
            Change::OpenSession(session.clone()),
            Change::CountAttempts(AccountId(uuid(1)), 3, Some(at(60))),
        ],
    )
    .await;
    commit(store, vec![Change::TouchSession(session.token, at(30))]).await;
    let read = store.session(session.token).await.expect("read").expect("there");
    assert_eq!(read, Session { used_at: at(30), ..session.clone() });
    let counted = store.account(AccountId(uuid(1))).await.expect("read").expect("there");
    assert_eq!((counted.attempts, counted.paused_until), (3, Some(at(60))));
    let mut late = batch(vec![Change::CountAttempts(AccountId(uuid(1)), 3, None)]);
    late.expects.push(Expect::Attempts(AccountId(uuid(1)), 2));
    assert_eq!(store.commit(late).await, Err(CommitError::Stale), "two failures at once are both counted");
    commit(store, vec![Change::EndSession(session.token)]).await;
    assert_eq!(store.session(session.token).await.expect("read"), None);
}
