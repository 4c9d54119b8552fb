//! What any store must do with notices: keep them with their change, give each to one courier at a time.

use super::*;

/// Notices are kept with their change and wait until they are handed over.
pub async fn hands_out_notices(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    tell(store, [4]).await;
    assert_eq!(take(store, 0, 60, 1).await, [(4, 0)]);
    store.settle_notice(NoticeId(uuid(4)), Delivery::Expired("of no use".to_owned())).await.expect("noted");
    assert_eq!(take(store, 10_000, 10_060, 10).await, [], "what is of no use is not tried");
    assert_eq!(store.dead_notices(i64::MIN, 10).await.expect("read"), [], "and nobody need look");
    tell(store, [1, 2, 3]).await;
    assert_eq!(store.waiting_notices(10).await.expect("read"), [told(1), told(2), told(3)]);
    assert_eq!(take(store, 0, 60, 2).await, [(1, 0), (2, 0)], "the oldest first");
    assert_eq!(take(store, 1, 61, 10).await, [(3, 0)], "what is taken is nobody else's");
    store.settle_notice(NoticeId(uuid(1)), Delivery::Sent(at(2))).await.expect("noted");
    let refused = "no route".to_owned();
    store.settle_notice(NoticeId(uuid(2)), Delivery::Again(at(30), refused)).await.expect("noted");
    assert_eq!(store.waiting_notices(10).await.expect("read"), [told(2), told(3)]);
    assert_eq!(take(store, 29, 90, 10).await, [], "not due yet, and still taken");
    assert_eq!(take(store, 30, 90, 10).await, [(2, 1)], "due again, with the try counted");
    assert_eq!(take(store, 61, 120, 10).await, [(3, 0)], "whoever took it is taken for dead");
    store.settle_notice(NoticeId(uuid(3)), Delivery::Dead("nobody".to_owned())).await.expect("noted");
    assert_eq!(take(store, 10_000, 10_060, 10).await, [(2, 1)], "what is dead is not tried");
    let dead = store.dead_notices(i64::MIN, 10).await.expect("read");
    let [(place, dead)] = dead.as_slice() else { panic!("one is dead: {dead:?}") };
    assert_eq!((dead.notice.clone(), dead.tries, dead.why.as_str()), (told(3), 1, "nobody"));
    assert_eq!(store.dead_notices(*place, 10).await.expect("read"), []);
    store.settle_notice(NoticeId(uuid(3)), Delivery::Again(at(0), "late".to_owned())).await.expect("noted");
    store.settle_notice(NoticeId(uuid(1)), Delivery::Again(at(0), "late".to_owned())).await.expect("noted");
    store.settle_notice(NoticeId(uuid(99)), Delivery::Sent(at(0))).await.expect("an unknown one is no error");
    assert_eq!(take(store, 20_000, 20_060, 10).await, [(2, 1)], "what is settled stays settled");
}

/// Of many who ask at once, each notice is given to one.
pub async fn gives_a_notice_to_one(store: &AnyStore) {
    commit(store, vec![Change::OpenAccount(account(1))]).await;
    tell(store, 1..=40).await;
    let lease = Lease { now: at(0), until: at(60), limit: 10 };
    let takers: Vec<_> = (0..8).map(|_| store.take_notices(lease)).collect();
    let mut taken = Vec::new();
    for result in join_all(takers).await {
        taken.extend(result.expect("taken").into_iter().map(|taken| taken.notice.id.0.as_u128()));
    }
    // Whoever asks while all are taken may be given none; what is left is there for the next.
    taken.extend(take(store, 0, 60, 100).await.into_iter().map(|(id, _)| id));
    taken.sort_unstable();
    assert_eq!(taken, (1..=40).collect::<Vec<u128>>());
}
