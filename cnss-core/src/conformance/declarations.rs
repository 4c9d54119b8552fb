//! What any store must keep of declarations: drafts, lines, careers, workbooks that were given back.

use super::*;

/// Lists come in pages that neither repeat nor leave out, in the order of their key.
pub async fn pages_by_key(store: &AnyStore) {
    let mut changes = vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))];
    let mut staff = Vec::new();
    for n in 1..=25_u128 {
        changes.push(Change::RegisterInsured(insured(n.saturating_add(100), "Lawson")));
        staff.push(Employment {
            employer: EmployerId(uuid(1)),
            insured: InsuredId(uuid(n.saturating_add(100))),
            hired_on: parse_date("2020-01-01").expect("a date"),
            left_on: None,
        });
    }
    changes.push(Change::Employ(staff));
    let lines: Vec<Line> =
        (1..=25_u32).map(|n| line(n.saturating_add(5), u128::from(n).saturating_add(100))).collect();
    changes.push(Change::FileDeclaration(filed(1, 1), lines.clone()));
    commit(store, changes).await;
    let mut numbers = Vec::new();
    loop {
        let page = store.staff(EmployerId(uuid(1)), numbers.last().copied(), 10).await.expect("read");
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 10, "a page is never longer than asked");
        numbers.extend(page.into_iter().map(|m| m.number));
    }
    let expected: Vec<_> = (1..=25_u128).map(|n| insured(n.saturating_add(100), "x").number).collect();
    assert_eq!(numbers, expected);
    let mut read: Vec<Line> = Vec::new();
    loop {
        let after = read.last().map_or(0, |l| l.row);
        let page = store.lines(DeclarationId(uuid(1)), after, 10).await.expect("read");
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, lines);
}

/// A correction replaces what it names and takes away what it withdraws.
pub async fn corrects_careers(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterInsured(insured(7, "Bawa"))])
        .await;
    let month = |number: u32, minor: i64, declaration: u128| CareerMonth {
        insured: InsuredId(uuid(7)),
        month: Month::new(2024, number).expect("a month"),
        employer: EmployerId(uuid(1)),
        declaration: DeclarationId(uuid(declaration)),
        category: "salaried".to_owned(),
        wage: franc(minor),
        days: (number == 2).then_some(29),
        employer_share: franc(17),
        worker_share: franc(4),
    };
    commit(store, vec![Change::OpenAccount(account(1)), Change::FileDeclaration(filed(1, 1), Vec::new())])
        .await;
    commit(store, vec![Change::FileDeclaration(filed(2, 2), Vec::new())]).await;
    commit(store, vec![Change::RecordCareer(vec![month(1, 100, 1), month(2, 100, 1), month(3, 100, 1)])])
        .await;
    let gone = (InsuredId(uuid(7)), Month::new(2024, 3).expect("a month"), EmployerId(uuid(1)));
    commit(store, vec![Change::RecordCareer(vec![month(2, 250, 2)]), Change::WithdrawCareer(vec![gone])])
        .await;
    let (from, to) = (Month::new(2023, 12).expect("a month"), Month::new(2024, 12).expect("a month"));
    let read = store.career(InsuredId(uuid(7)), from, to, 100).await.expect("read");
    assert_eq!(read, [month(1, 100, 1), month(2, 250, 2)]);
    let one = store.career(InsuredId(uuid(7)), from, to, 1).await.expect("read");
    assert_eq!(one, [month(1, 100, 1)]);
}

/// Which quarters have a draft is told without its lines.
pub async fn lists_drafts_without_lines(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::RegisterEmployer(employer(2))]).await;
    let draft = |whose: u128, offset: i32, version: i64| {
        let (employer, quarter) = (EmployerId(uuid(whose)), quarter().plus(offset));
        let lines = vec![RawLine::default()];
        Change::SaveDraft(Seen {
            value: Draft { employer, quarter, lines, saved_at: at(0) },
            version: Version(version),
        })
    };
    commit(store, vec![draft(1, 2, 7), draft(1, 0, 5), draft(1, -1, 4), draft(2, 0, 9)]).await;
    let drafted = async |from: i32, to: i32, limit: u32| {
        let (from, to) = (quarter().plus(from), quarter().plus(to));
        let found = store.drafted(EmployerId(uuid(1)), from, to, limit).await.expect("read");
        found.into_iter().map(|(quarter, version)| (quarter, version.0)).collect::<Vec<_>>()
    };
    assert_eq!(drafted(0, 2, 10).await, [(quarter(), 5), (quarter().plus(2), 7)]);
    assert_eq!(drafted(-9, 9, 2).await, [(quarter().plus(-1), 4), (quarter(), 5)]);
    assert_eq!(drafted(1, 1, 10).await, []);
    assert_eq!(drafted(2, 0, 10).await, [], "no quarter lies between");
}

/// Only the last workbook given back to an employer is kept.
pub async fn keeps_one_returned_file(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1))]).await;
    let file = |n: u128| ReturnedFile {
        id: ReturnedFileId(uuid(n)),
        employer: EmployerId(uuid(1)),
        quarter: quarter(),
        name: "dnr d'été.xlsx".to_owned(),
        faults_total: 3,
        report: "{\"é\":1}".to_owned(),
        workbook: vec![0, 255, 7],
        made_at: at(0),
    };
    commit(store, vec![Change::ReturnFile(file(1))]).await;
    assert_eq!(store.returned_file(ReturnedFileId(uuid(1))).await.expect("read"), Some(file(1)));
    commit(store, vec![Change::ReturnFile(file(2))]).await;
    assert_eq!(store.returned_file(ReturnedFileId(uuid(1))).await.expect("read"), None);
    assert_eq!(store.returned_file(ReturnedFileId(uuid(2))).await.expect("read"), Some(file(2)));
}

/// A workbook that was given back a day ago is deleted by the next one, or by the next login.
pub async fn deletes_old_returned_files(store: &AnyStore) {
    const DAY: i64 = RETURNED_HOURS * 3_600;
    let mut changes = vec![Change::OpenAccount(account(1))];
    changes.extend((1..=3).map(|n| Change::RegisterEmployer(employer(n))));
    commit(store, changes).await;
    let file = |n: u128, made_at: i64| {
        Change::ReturnFile(ReturnedFile {
            id: ReturnedFileId(uuid(n)),
            employer: EmployerId(uuid(n)),
            quarter: quarter(),
            name: "dnr.xlsx".to_owned(),
            faults_total: 1,
            report: "[]".to_owned(),
            workbook: vec![7; 100_000],
            made_at: at(made_at),
        })
    };
    let kept = async || {
        let mut kept = Vec::new();
        for n in 1..=3 {
            kept.push(store.returned_file(ReturnedFileId(uuid(n))).await.expect("read").is_some());
        }
        kept
    };
    commit(store, vec![file(1, 0), file(2, DAY - 1)]).await;
    assert_eq!(kept().await, [true, true, false], "within a day both are kept");
    commit(store, vec![file(3, DAY)]).await;
    assert_eq!(kept().await, [false, true, true], "after a day the first goes, whoever sends the next");
    let session = |opened_at| Session {
        token: TokenHash([3; 32]),
        account: AccountId(uuid(1)),
        opened_at: at(opened_at),
        used_at: at(opened_at),
    };
    commit(store, vec![Change::OpenSession(session(2 * DAY - 1))]).await;
    assert_eq!(kept().await, [false, false, true], "a login sweeps too");
}

/// The revisions of a quarter are paged from the newest, and any one is found by its number.
pub async fn finds_any_revision(store: &AnyStore) {
    commit(store, vec![Change::RegisterEmployer(employer(1)), Change::OpenAccount(account(1))]).await;
    for n in 1..=5_u32 {
        commit(store, vec![Change::FileDeclaration(filed(n.into(), n), Vec::new())]).await;
    }
    let read = async |before: Option<u32>, limit: u32| -> Vec<u32> {
        let page = store.revisions(EmployerId(uuid(1)), quarter(), before, limit).await.expect("read");
        page.into_iter().map(|filed| filed.revision).collect()
    };
    assert_eq!(read(None, 2).await, [5, 4]);
    assert_eq!(read(Some(4), 2).await, [3, 2]);
    assert_eq!(read(Some(2), 2).await, [1]);
    assert_eq!(read(Some(1), 2).await, [0_u32; 0]);
}
