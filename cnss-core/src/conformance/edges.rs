//! What any store must keep to the letter: names of every script, amounts to the unit, days at the
//! edges.

use super::*;

/// Accents, apostrophes, marks that combine, scripts that run from right to left, and the longest
/// name there may be.
pub async fn keeps_names_of_all_kinds(store: &AnyStore) {
    let longest = "Ẹ́".repeat(30);
    let names = [
        "N'Guissan",
        "D’Almeida-Kpodar",
        "Ouro-Gnaou",
        "Éĺòçü Ñandú",
        "Ọláyẹmí",
        "Ẹ̀fọ́",
        "Łukasz",
        "İnönü",
        "ẞtraße",
        "عَائِشَة بنت عبد الله",
        "محمد الأمين",
        "אברהם",
        "Ελένη",
        "Ольга",
        "王小明",
        "O''Brien",
        "J. R. R. Ko",
        longest.as_str(),
    ];
    let mut people = Vec::new();
    for (n, text) in (100_u128..).zip(names) {
        let Ok(name) = Name::parse(text) else { continue };
        let person = Insured { forenames: name.clone(), surname: name, ..insured(n, "Bawa") };
        commit(store, vec![Change::RegisterInsured(person.clone())]).await;
        people.push(person);
    }
    assert!(people.len() >= 15, "names are taken as they are");
    let numbers: Vec<_> = people.iter().map(|person| person.number).collect();
    assert_eq!(store.insured_by_numbers(&numbers).await.expect("read"), people);
    let mut company = employer(1);
    company.name = name("شركة النجمة « L'Étoile » 100 %");
    commit(store, vec![Change::RegisterEmployer(company.clone())]).await;
    let employments = people.iter().map(|person| Employment {
        employer: company.id,
        insured: person.id,
        hired_on: person.registered_on,
        left_on: None,
    });
    commit(store, vec![Change::Employ(employments.collect())]).await;
    let seen = store.employer(company.id).await.expect("read").expect("there");
    assert_eq!(seen.value, company);
    let staff = store.staff(company.id, None, 100).await.expect("read");
    let surnames: Vec<_> = staff.into_iter().map(|member| member.surname).collect();
    assert_eq!(surnames, people.into_iter().map(|person| person.surname).collect::<Vec<_>>());
}

/// From 1 to 10^15 smallest units, wherever an amount is kept.
pub async fn keeps_amounts_to_the_unit(store: &AnyStore) {
    let base = vec![
        Change::RegisterEmployer(employer(1)),
        Change::RegisterInsured(insured(7, "Bawa")),
        Change::OpenAccount(account(1)),
    ];
    commit(store, base).await;
    // 2^53 + 1 is the first whole number that a float would change.
    let amounts =
        [1, 2, 99, 1_001, 2_147_483_648, 999_999_999_999, 9_007_199_254_740_993, 999_999_999_999_999];
    let amounts = amounts.map(|minor: i64| minor.min(1_000_000_000_000_000));
    for (n, minor) in (1_u128..).zip(amounts.into_iter().chain([1_000_000_000_000_000])) {
        let revision = u32::try_from(n).expect("a count");
        let mut declared = filed(n, revision);
        (declared.wages, declared.contributions) = (franc(minor), franc(minor));
        let mut row = line(1, 7);
        row.wages = [Some(franc(minor).amount()), None, None];
        let month = CareerMonth {
            insured: InsuredId(uuid(7)),
            month: Month::new(2024, 1).expect("a month"),
            employer: EmployerId(uuid(1)),
            declaration: declared.id,
            category: "salaried".to_owned(),
            wage: franc(minor),
            days: None,
            employer_share: franc(minor),
            worker_share: franc(minor.saturating_neg()),
        };
        let mut reference = issued(n, 1);
        reference.amount = franc(minor);
        let changes = vec![
            Change::FileDeclaration(declared.clone(), vec![row.clone()]),
            Change::RecordCareer(vec![month.clone()]),
            Change::PostEntry(entry(n, minor)),
            Change::IssueReference(reference.clone()),
        ];
        commit(store, changes).await;
        let read = store.revisions(EmployerId(uuid(1)), quarter(), None, 1).await.expect("read");
        assert_eq!(read, [declared.clone()]);
        let lines = store.lines(declared.id, 0, 10).await.expect("read");
        assert_eq!(lines, [row]);
        let (from, to) = (month.month, month.month);
        assert_eq!(store.career(month.insured, from, to, 10).await.expect("read"), [month]);
        assert_eq!(store.reference(reference.reference).await.expect("read"), Some(reference));
    }
    let booked = store.entries(EmployerId(uuid(1)), i64::MIN, 100).await.expect("read");
    let booked: Vec<_> = booked.into_iter().map(|(_, entry)| entry).collect();
    let expected = (1_u128..).zip(amounts.into_iter().chain([1_000_000_000_000_000]));
    assert_eq!(booked, expected.map(|(n, minor)| entry(n, minor)).collect::<Vec<_>>());
}

/// Leap days, ends of years, centuries that are no leap years, instants to the microsecond before
/// 1970 and long after.
pub async fn keeps_days_at_the_edges(store: &AnyStore) {
    let days = [
        "1900-01-01",
        "1900-02-28",
        "1904-02-29",
        "1969-12-31",
        "1999-12-31",
        "2000-02-29",
        "2024-12-31",
        "2199-12-31",
    ];
    for (n, text) in (1_u128..).zip(days) {
        let day = parse_date(text).expect("a day");
        let person = Insured { birth_date: day, registered_on: day, ..insured(n, "Bawa") };
        let mut company = employer(n);
        company.registered_on = day;
        let work = Employment { employer: company.id, insured: person.id, hired_on: day, left_on: Some(day) };
        let register =
            vec![Change::RegisterInsured(person.clone()), Change::RegisterEmployer(company.clone())];
        commit(store, register).await;
        commit(store, vec![Change::Employ(vec![work])]).await;
        assert_eq!(store.insured(person.id).await.expect("read"), Some(person.clone()));
        assert_eq!(
            store.employer(company.id).await.expect("read").map(|seen| seen.value),
            Some(company.clone())
        );
        let staff = store.staff(company.id, None, 10).await.expect("read");
        let times: Vec<_> = staff.iter().map(|member| (member.hired_on, member.left_on)).collect();
        assert_eq!(times, [(day, Some(day))], "{text}");
        let midnight = day.and_hms_micro_opt(0, 0, 0, 1).expect("an instant").and_utc();
        let last = day.and_hms_micro_opt(23, 59, 59, 999_999).expect("an instant").and_utc();
        for (half, instant) in [(0, midnight), (1, last)] {
            let id = n.saturating_mul(10).saturating_add(half);
            let mut booked = Entry::blank(EntryId(uuid(id)), company.id, EntryKind::Assessment, day, instant);
            booked.month = Some(Month::of(day));
            let booked = booked.with_postings(entry(1, 5).postings().to_vec()).expect("balanced");
            commit(store, vec![Change::PostEntry(booked.clone())]).await;
            let read = store.entries(company.id, i64::MIN, 10).await.expect("read");
            assert_eq!(read.last().map(|(_, entry)| entry.clone()), Some(booked), "{text}");
        }
        let quarter = Quarter::of(day);
        let draft = Draft { employer: company.id, quarter, lines: Vec::new(), saved_at: last };
        commit(store, vec![Change::SaveDraft(Seen { value: draft.clone(), version: Version(1) })]).await;
        let read = store.draft(company.id, quarter).await.expect("read");
        assert_eq!(read.map(|seen| seen.value), Some(draft));
        assert_eq!(store.drafted(company.id, quarter, quarter, 1).await.expect("read").len(), 1);
        // The last quarter of all has none after it.
        let after = store.drafted(company.id, quarter.plus(1), quarter.plus(9), 9).await.expect("read");
        assert_eq!(after.is_empty(), quarter.plus(1) > quarter, "{text}");
    }
}
