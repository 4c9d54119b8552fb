//! What any store must do while others write: a page neither repeats nor leaves out what was there
//! when the first one was asked for.

use super::*;

/// Entries, references, disputes and dead notices are read page by page, and between two pages more
/// are written, of this employer and of another.
pub async fn pages_hold_while_others_write(store: &AnyStore) {
    commit(
        store,
        vec![
            Change::RegisterEmployer(employer(1)),
            Change::RegisterEmployer(employer(2)),
            Change::OpenAccount(account(1)),
        ],
    )
    .await;
    let mut written = 0_u128;
    let mut write = async || {
        written = written.saturating_add(1);
        let other = entry(written.saturating_add(5_000), 3);
        let mut elsewhere =
            Entry::blank(other.id, EmployerId(uuid(2)), other.kind, other.value_date, other.booked_at);
        elsewhere.month = other.month;
        let elsewhere = elsewhere.with_postings(other.postings().to_vec()).expect("balanced");
        let dispute = Dispute {
            id: uuid(written),
            notice: BankNotice {
                bank: BankCode::parse("btci").expect("a bank"),
                transaction: format!("TX-{written}"),
                reference: None,
                reference_text: "l'inconnue".to_owned(),
                amount: franc(1),
                paid_on: parse_date("2024-02-29").expect("a date"),
                status: BankStatus::Paid,
            },
            reason: DisputeReason::UnknownReference,
            received_at: at(0),
        };
        let changes = vec![
            Change::PostEntry(elsewhere),
            Change::PostEntry(entry(written, 100)),
            Change::IssueReference(issued(written, 1)),
            Change::RecordDispute(dispute),
        ];
        commit(store, changes).await;
    };
    for _ in 0..20 {
        write().await;
    }
    let (mut after, mut entries) = (i64::MIN, Vec::new());
    loop {
        let page = store.entries(EmployerId(uuid(1)), after, 3).await.expect("read");
        let Some((place, _)) = page.last() else { break };
        after = *place;
        entries.extend(page.into_iter().map(|(_, entry)| entry.id.0.as_u128()));
        if entries.len() < 40 {
            write().await;
        }
    }
    let count = u128::try_from(entries.len()).expect("a count");
    assert!(count >= 20, "what was there is read: {entries:?}");
    assert_eq!(entries, (1..=count).collect::<Vec<_>>(), "each once, in the order of booking");
    let newest = store.references(EmployerId(uuid(1)), None, None, 1).await.expect("read");
    let (mut before, mut references) = (newest.first().map(|(place, _)| *place), 1_usize);
    let there = store.references(EmployerId(uuid(1)), None, None, 1_000).await.expect("read");
    loop {
        write().await;
        let page = store.references(EmployerId(uuid(1)), None, before, 3).await.expect("read");
        let Some((place, _)) = page.last() else { break };
        before = Some(*place);
        for (_, issued) in page {
            let expected = there.get(references).map(|(_, issued)| issued.reference);
            assert_eq!(Some(issued.reference), expected, "newest first, whatever is issued meanwhile");
            references = references.saturating_add(1);
        }
    }
    assert_eq!(references, there.len());
    let (mut after, mut disputes) = (i64::MIN, Vec::new());
    loop {
        let page = store.disputes(after, 3).await.expect("read");
        let Some((place, _)) = page.last() else { break };
        after = *place;
        disputes.extend(page.into_iter().map(|(_, dispute)| dispute.id.as_u128()));
        if disputes.len() < 60 {
            write().await;
        }
    }
    let count = u128::try_from(disputes.len()).expect("a count");
    assert_eq!(disputes, (1..=count).collect::<Vec<_>>(), "each once, in the order in which they came");
}
