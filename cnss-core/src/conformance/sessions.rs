//! What any store must keep of those who log in.

use super::*;

/// Sessions begin, are used, and end; a login is made of an account as it stands now.
pub async fn keeps_sessions(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    let session = Session::open(TokenHash([3; 32]), AccountId(uuid(1)), at(0));
    let seen = |version| Expect::Account(AccountExpect::Account(AccountId(uuid(1)), Version(version)));
    let mut late = batch(vec![Change::OpenSession(session.clone())]);
    late.expects.push(seen(2));
    assert_eq!(store.commit(late).await, Err(CommitError::Stale), "the account is another one by now");
    assert_eq!(store.session(session.token).await.expect("read"), None);
    let mut login = batch(vec![Change::OpenSession(session.clone())]);
    login.expects.push(seen(1));
    assert_eq!(store.commit(login).await, Ok(()));
    commit(store, vec![Change::TouchSession(session.token, at(30))]).await;
    let read = store.session(session.token).await.expect("read").expect("there");
    assert_eq!(read, Session { used_at: at(30), ..session.clone() });
    commit(store, vec![Change::EndSession(session.token)]).await;
    assert_eq!(store.session(session.token).await.expect("read"), None);
}

/// Wrong passwords are counted once each, for a login and for a source apart.
pub async fn keeps_locks(store: &AnyStore) {
    let (login, source) = (LockKey::Login([3; 16]), LockKey::Source(Source([3; 8])));
    let lock =
        |attempts, seconds| Lock { attempts, last_at: at(seconds), paused_until: Some(at(seconds + 30)) };
    let count = async |seen: Option<Lock>, new: Lock| {
        let mut more = batch(vec![Change::Account(AccountChange::SaveLock(login, new))]);
        let seen = seen.map(|lock| (lock.attempts, lock.last_at));
        more.expects.push(Expect::Account(AccountExpect::Lock(login, seen)));
        store.commit(more).await
    };
    assert_eq!(count(None, lock(1, 0)).await, Ok(()));
    assert_eq!(count(None, lock(1, 0)).await, Err(CommitError::Stale));
    assert_eq!(count(Some(lock(1, 0)), lock(2, 1)).await, Ok(()));
    assert_eq!(count(Some(lock(1, 0)), lock(2, 1)).await, Err(CommitError::Stale), "two at once are two");
    assert_eq!(store.lock(login).await.expect("read"), Some(lock(2, 1)));
    assert_eq!(store.lock(source).await.expect("read"), None);
    commit(store, vec![Change::Account(AccountChange::DropLock(login))]).await;
    assert_eq!(store.lock(login).await.expect("read"), None);
}
