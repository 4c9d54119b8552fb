//! What any store must keep of money: entries to the unit, references paid once, disputes as the bank said them.

use super::*;

/// Entries come back in the order of booking, to the last unit, up to 10^15.
pub async fn keeps_books_exactly(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let entries = [entry(1, 1), entry(2, 1_000_000_000_000_000), entry(3, 49_613)];
    for entry in &entries {
        commit(store, vec![Change::PostEntry(entry.clone())]).await;
    }
    let first = store.entries(EmployerId(uuid(1)), i64::MIN, 2).await.expect("read");
    let after = first.last().expect("two entries").0;
    let rest = store.entries(EmployerId(uuid(1)), after, 10).await.expect("read");
    let read: Vec<Entry> = first.into_iter().chain(rest).map(|(_, entry)| entry).collect();
    assert_eq!(read, entries);
}

/// A reference is issued once and paid once, and a payment is booked once.
pub async fn credits_a_reference_once(store: &AnyStore) {
    commit(
        store,
        vec![
            Change::RegisterEmployer(employer(1)),
            Change::RegisterEmployer(employer(2)),
            Change::OpenAccount(account(1)),
            Change::IssueReference(issued(1, 1)),
            Change::IssueReference(issued(2, 2)),
            Change::IssueReference(issued(3, 1)),
        ],
    )
    .await;
    let first = issued(1, 1).reference;
    assert_eq!(store.reference(first).await.expect("read"), Some(issued(1, 1)));
    assert_eq!(store.reference(issued(9, 1).reference).await.expect("read"), None);
    let mut twin = issued(4, 1);
    twin.reference = first;
    let error = store.commit(batch(vec![Change::IssueReference(twin)])).await;
    assert_eq!(error, Err(CommitError::Taken("payment_reference")));
    let crediting = |n: u128, reference: Reference| {
        let changes =
            vec![Change::PostEntry(payment(n, reference)), Change::CreditReference(reference, paid(n))];
        let mut crediting = batch(changes);
        crediting.expects.push(Expect::Unpaid(reference));
        crediting
    };
    let before = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    let crediting_at_once = (10..14).map(|n| store.commit(crediting(n, first))).collect();
    let results = join_all(crediting_at_once).await;
    let won: Vec<u128> = (10..).zip(&results).filter(|(_, r)| r.is_ok()).map(|(n, _)| n).collect();
    let [winner] = won.as_slice() else { panic!("paid once: {results:?}") };
    let known = store.reference(first).await.expect("read").expect("there");
    assert_eq!(known.paid, Some(paid(*winner)));
    let after = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    assert_eq!(after, before, "a payment is nothing that a declaration relies on");
    commit(store, vec![Change::PostEntry(entry(19, 100))]).await;
    let owing = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there").version;
    assert_eq!(owing, before.next(), "what is owed moves the version of the account");
    // Somebody who saw the account before a payment may still file.
    let more = issued(3, 1).reference;
    store.commit(crediting(18, more)).await.expect("credited");
    let mut filing = batch(vec![Change::PostEntry(entry(17, 100))]);
    filing.expects.push(Expect::Employer(EmployerId(uuid(1)), owing));
    store.commit(filing).await.expect("no payment stands in the way");
    // Even a caller who expects nothing cannot book the same payment again.
    let error = store.commit(batch(vec![Change::PostEntry(payment(20, first))])).await;
    assert_eq!(error, Err(CommitError::Taken("payment")));
    let mut unknown = batch(Vec::new());
    unknown.expects.push(Expect::Unpaid(issued(9, 1).reference));
    assert_eq!(store.commit(unknown).await, Err(CommitError::Stale));
    let listed = async |before: Option<i64>, limit: u32| {
        store.references(EmployerId(uuid(1)), None, before, limit).await.expect("read")
    };
    let newest = listed(None, 1).await;
    let [(place, newest)] = newest.as_slice() else { panic!("one: {newest:?}") };
    assert_eq!(newest.reference, issued(3, 1).reference);
    let older: Vec<_> =
        listed(Some(*place), 10).await.into_iter().map(|(_, known)| known.reference).collect();
    assert_eq!(older, [first]);
}

/// What could not be credited is kept as the bank said it.
pub async fn keeps_disputes(store: &AnyStore) {
    let dispute = |n: u128, reference_text: &str, amount: i64, reason| Dispute {
        id: uuid(n),
        notice: BankNotice {
            bank: BankCode::parse("btci").expect("a bank"),
            transaction: format!("TX-{n}"),
            reference: reference_text.parse().ok(),
            reference_text: reference_text.to_owned(),
            amount: franc(amount),
            paid_on: parse_date("2024-02-29").expect("a date"),
            status: BankStatus::Paid,
        },
        reason,
        received_at: at(7),
    };
    let known = issued(1, 1).reference.to_string();
    let all = vec![
        dispute(1, "« l'inconnue » عائشة", 1, DisputeReason::UnknownReference),
        dispute(2, &known, 1_000_000_000_000_000, DisputeReason::OtherAmount),
    ];
    let mut foreign = dispute(3, &known, 1, DisputeReason::OtherCurrency);
    let euro = Currency::new("EUR", 2).expect("a currency");
    foreign.notice.amount = Money::from_minor(1_250, euro).expect("an amount");
    let all: Vec<Dispute> = all.into_iter().chain([foreign]).collect();
    commit(store, all.iter().cloned().map(Change::RecordDispute).collect()).await;
    let read = store.disputes(i64::MIN, 10).await.expect("read");
    assert_eq!(read.iter().map(|(_, dispute)| dispute.clone()).collect::<Vec<_>>(), all);
    let first = read.first().map(|(place, _)| *place).expect("a place");
    assert_eq!(store.disputes(first, 10).await.expect("read").len(), 2);
}

/// Of the references of an employer those that are still to be paid on a day are listed by
/// themselves, page by page.
pub async fn lists_open_references(store: &AnyStore) {
    let day = |text: &str| parse_date(text).expect("a date");
    let mut changes = vec![
        Change::RegisterEmployer(employer(1)),
        Change::RegisterEmployer(employer(2)),
        Change::OpenAccount(account(1)),
    ];
    let unlimited = Issued { expires_on: None, ..issued(5, 1) };
    let later = Issued { expires_on: Some(day("2024-03-30")), ..issued(4, 1) };
    changes.extend([issued(1, 1), issued(2, 1), issued(3, 2), later, unlimited].map(Change::IssueReference));
    commit(store, changes).await;
    let first = issued(1, 1).reference;
    let credited = vec![Change::PostEntry(payment(10, first)), Change::CreditReference(first, paid(10))];
    commit(store, credited).await;
    let open = async |on: &str, before: Option<i64>, limit: u32| {
        store.references(EmployerId(uuid(1)), Some(day(on)), before, limit).await.expect("read")
    };
    let of = |page: &[(i64, Issued)]| page.iter().map(|(_, issued)| issued.reference).collect::<Vec<_>>();
    let page = open("2024-03-29", None, 2).await;
    assert_eq!(of(&page), [issued(5, 1).reference, issued(4, 1).reference]);
    let rest = open("2024-03-29", page.last().map(|(place, _)| *place), 2).await;
    assert_eq!(of(&rest), [issued(2, 1).reference], "its last day is one on which it is to be paid");
    assert_eq!(of(&open("2024-03-30", None, 10).await), [issued(5, 1).reference, issued(4, 1).reference]);
    assert_eq!(of(&open("2024-03-31", None, 10).await), [issued(5, 1).reference]);
}
