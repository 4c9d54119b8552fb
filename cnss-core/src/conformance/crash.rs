//! What any store must survive: a commit that is broken off anywhere leaves all of it, or nothing.

use super::*;
pub use crate::world::{Failing, Fate};

/// How a commit is broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The step fails, and the store says so.
    Fails,
    /// The connection is lost there.
    Lost,
}

/// More steps than any commit of the kit has.
const STEPS_MAX: u32 = 200;

/// Everything that a filing may write, the `n`th of its kind.
fn everything(n: u128, version: Version) -> Batch {
    let (employer, quarter) = (EmployerId(uuid(1)), quarter().plus(i32::try_from(n).expect("few")));
    let declared = Filed { quarter, ..filed(n, 1) };
    let month = |person: u128, place: usize| CareerMonth {
        insured: InsuredId(uuid(person)),
        month: *quarter.months().get(place).expect("three"),
        employer,
        declaration: declared.id,
        category: "salaried".to_owned(),
        wage: franc(100),
        days: None,
        employer_share: franc(17),
        worker_share: franc(4),
    };
    let work =
        Employment { employer, insured: InsuredId(uuid(8)), hired_on: quarter.first_day(), left_on: None };
    let dispute = Dispute {
        id: uuid(n),
        notice: BankNotice {
            bank: BankCode::parse("btci").expect("a bank"),
            transaction: format!("TX-{n}"),
            reference: None,
            reference_text: "l'inconnue".to_owned(),
            amount: franc(1),
            paid_on: quarter.first_day(),
            status: BankStatus::Paid,
        },
        reason: DisputeReason::UnknownReference,
        received_at: at(0),
    };
    let id = |k: u128| n.saturating_mul(10).saturating_add(k);
    let reference = issued(id(1), 1);
    let mut batch = batch(vec![
        Change::DropDraft(employer, quarter),
        Change::FileDeclaration(declared.clone(), vec![line(1, 7), line(2, 8)]),
        Change::RecordCareer(vec![month(7, 0), month(8, 0), month(8, 1)]),
        Change::Employ(vec![work]),
        Change::PostEntry(entry(id(1), 100)),
        Change::PostEntry(entry(id(2), 200)),
        Change::IssueReference(Issued { paid: None, ..reference.clone() }),
        Change::PostEntry(payment(id(3), reference.reference)),
        Change::CreditReference(reference.reference, paid(id(3))),
        Change::RecordDispute(dispute),
    ]);
    let (key, account) = (RequestKey(uuid(id(5))), Some(AccountId(uuid(1))));
    batch.receipt = Some(Receipt { key, account, digest: [7; 32], answer: n.to_string() });
    batch.expects =
        vec![Expect::Employer(employer, version), Expect::Draft(employer, quarter, Some(Version(1)))];
    batch.notices = vec![told(id(6)), told(id(7))];
    batch
}

/// All that can be read of these books, as text.
async fn read(store: &AnyStore) -> String {
    let employer = EmployerId(uuid(1));
    let (first, last) = (quarter(), quarter().plus(300));
    let mut lines = Vec::new();
    let declarations = store.declarations(employer, None, 1_000).await.expect("read");
    for filed in &declarations {
        lines.push(store.lines(filed.id, 0, 10).await.expect("read"));
    }
    let months = |person| {
        store.career(InsuredId(uuid(person)), Month::of(first.first_day()), Month::of(last.last_day()), 1_000)
    };
    let books = (
        store.employer(employer).await.expect("read").map(|seen| seen.version),
        store.drafted(employer, first, last, 1_000).await.expect("read"),
        (declarations, lines),
        (months(7).await.expect("read"), months(8).await.expect("read")),
        store.entries(employer, i64::MIN, 1_000).await.expect("read"),
        store.references(employer, None, None, 1_000).await.expect("read"),
        store.disputes(i64::MIN, 1_000).await.expect("read"),
        store.waiting_notices(1_000).await.expect("read"),
        store.staff(employer, None, 1_000).await.expect("read"),
        store.unsealed_lines(i64::MIN, 1_000).await.expect("read").len(),
        store.untraced_entries(1_000).await.expect("read"),
    );
    format!("{books:?}")
}

/// A commit is broken off at its first step, at its second, and so on: each time either nothing of it
/// is there, or (when only the answer was lost) all of it, and the same request again finds out
/// which. `strike` says at which step the next commit is to be broken off, or none. Gives the number
/// of steps that were struck.
pub async fn survives_a_crash_at_any_step(
    store: &AnyStore,
    cut: Cut,
    strike: &(dyn Fn(Option<(u32, Cut)>) + Sync),
) -> u32 {
    let people = vec![
        Change::RegisterEmployer(employer(1)),
        Change::OpenAccount(account(1)),
        Change::RegisterInsured(insured(7, "Bawa")),
        Change::RegisterInsured(insured(8, "Akouété")),
    ];
    commit(store, people).await;
    for step in 0..STEPS_MAX {
        let n = u128::from(step).saturating_add(1);
        let quarter = quarter().plus(i32::try_from(n).expect("few"));
        let draft = Draft { employer: EmployerId(uuid(1)), quarter, lines: Vec::new(), saved_at: at(0) };
        commit(store, vec![Change::SaveDraft(Seen { value: draft, version: Version(1) })]).await;
        let seen = store.employer(EmployerId(uuid(1))).await.expect("read").expect("there");
        let filing = everything(n, seen.version);
        let key = filing.receipt.as_ref().expect("a receipt").key;
        let before = read(store).await;
        strike(Some((step, cut)));
        let result = store.commit(filing.clone()).await;
        strike(None);
        let there = store.receipt(key).await.expect("read").is_some();
        match result {
            Ok(()) => {
                assert!(there, "what was answered is there");
                return step;
            }
            Err(CommitError::Store(_)) => {}
            Err(error) => panic!("step {step}: {error}"),
        }
        let after = read(store).await;
        assert_eq!(before == after, !there, "step {step}: half a batch was kept");
        let again = store.commit(filing).await;
        let expected = if there { Err(CommitError::KeyTaken) } else { Ok(()) };
        assert_eq!(again, expected, "step {step}: the same request again");
        if there {
            assert_eq!(read(store).await, after, "step {step}: it is done once");
        } else {
            let whole = read(store).await;
            assert_ne!(whole, before, "step {step}: it is done now");
            assert!(store.receipt(key).await.expect("read").is_some());
        }
    }
    panic!("a commit of more than {STEPS_MAX} steps");
}

/// The store cannot be reached just before a commit, or its answer is lost.
pub async fn survives_a_crash_around_a_commit(store: &AnyStore) {
    let failing = Arc::new(Failing::over(store.clone()));
    let any: AnyStore = failing.clone();
    let strike = |struck: Option<(u32, Cut)>| {
        failing.strike(match struck {
            Some((step @ 0..=1, _)) => {
                Some(Fate { call: 0, writes_only: true, after: step == 1, dies: false })
            }
            _ => None,
        });
    };
    let steps = survives_a_crash_at_any_step(&any, Cut::Lost, &strike).await;
    assert_eq!(steps, 2, "before the commit, and after it");
}
