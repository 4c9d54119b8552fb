//! The demonstration is coherent: checked with arithmetic of its own on whatever was booked,
//! for a day in mid-quarter and for the first and last days of quarters and of February.

use cnss_core::calendar::{Month, Quarter, age, parse_date};
use cnss_core::desk::{QuarterState, WhatIf};
use cnss_core::fund::Fund;
use cnss_core::insured::CareerMonth;
use cnss_core::ledger::{Entry, EntryKind, LedgerAccount, Settled};
use cnss_core::memory::MemoryStore;
use rust_decimal::Decimal;
use tokio::sync::OnceCell;

use super::*;

const TODAY: &str = "2026-11-21";

struct Loaded {
    desk: Desk,
    today: NaiveDate,
    logins: Vec<DemoLogin>,
}

fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("a date")
}

fn fund(code: &str) -> Arc<Fund> {
    Arc::new(Fund::builtin(code).expect("built in"))
}

fn togo() -> Arc<Fund> {
    fund("tg")
}

async fn loaded_on(day: &str) -> Loaded {
    loaded_of("tg", day).await
}

async fn loaded_of(code: &str, day: &str) -> Loaded {
    let desk = Desk::new(Arc::new(MemoryStore::new()), fund(code));
    let today = date(day);
    let logins = load(&desk, today, noon(today), "$hash").await.expect("loads");
    Loaded { desk, today, logins }
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).expect("a time").and_utc()
}

/// Loaded once for all the tests that only read.
async fn loaded() -> &'static Loaded {
    static LOADED: OnceCell<Loaded> = OnceCell::const_new();
    LOADED.get_or_init(|| loaded_on(TODAY)).await
}

impl Loaded {
    fn at(&self) -> Moment {
        Moment { now: noon(self.today), today: self.today, entropy: Entropy::new([9; 32]) }
    }

    async fn actor(&self, login: &str) -> Actor {
        let login = cnss_core::person::Email::parse(login).expect("an address");
        let login = account::Login::email(&login);
        let account = self.desk.store().account_by_login(&login).await.expect("read").expect("an account");
        assert_eq!(account.password_hash, "$hash");
        Actor { account: account.id, subject: account.subject }
    }

    async fn firm(&self, name: &str) -> (Actor, EmployerId) {
        let actor = self.actor(&format!("{name}@demo.cnss.example")).await;
        let Subject::Employer(id) = actor.subject else { panic!("an employer") };
        (actor, id)
    }

    async fn entries(&self, name: &str) -> Vec<Entry> {
        let (_, id) = self.firm(name).await;
        let (mut all, mut after) = (Vec::new(), i64::MIN);
        loop {
            let page = self.desk.store().entries(id, after, 1_000).await.expect("read");
            let Some((place, _)) = page.last() else { return all };
            after = *place;
            all.extend(page.into_iter().map(|(_, entry)| entry));
        }
    }

    async fn insured(&self) -> Vec<Insured> {
        let numbers: Vec<_> =
            World::of(self.desk.fund()).expect("sound").workers.iter().map(|w| w.number).collect();
        self.desk.store().insured_by_numbers(&numbers).await.expect("read")
    }

    async fn career(&self, id: InsuredId) -> Vec<CareerMonth> {
        let (first, last) = (Month::new(1990, 1).expect("a month"), Month::new(2100, 1).expect("a month"));
        self.desk.store().career(id, first, last, 1_000).await.expect("read")
    }
}

const FIRMS: [&str; 3] = ["boulangerie", "batiments", "hotel"];

fn smig(month: Month) -> Decimal {
    Decimal::from(if month.year() >= 2023 {
        52_500
    } else if month.year() >= 2012 {
        35_000
    } else {
        28_000
    })
}

/// The share of a wage that is owed, by the rates of the time.
fn rate(month: Month) -> Decimal {
    let (year, late_2012) = (month.year(), month.year() == 2012 && month.number() >= 7);
    match year {
        2024.. => Decimal::new(315, 3),
        2013.. => Decimal::new(215, 3),
        2012 if late_2012 => Decimal::new(215, 3),
        _ => Decimal::new(205, 3),
    }
}

#[tokio::test]
async fn every_entry_and_every_employer_sums_to_zero() {
    for name in FIRMS {
        let entries = loaded().await.entries(name).await;
        assert!(entries.len() > 200, "{name}: {} entries", entries.len());
        let mut all = Decimal::ZERO;
        for entry in &entries {
            let sum: Decimal = entry.postings().iter().map(|p| p.amount.amount()).sum();
            assert_eq!(sum, Decimal::ZERO, "{name}: {entry:?}");
            all += sum;
        }
        assert_eq!(all, Decimal::ZERO);
        assert!(entries.is_sorted_by_key(|entry| entry.booked_at), "{name}: booked in the order of time");
    }
}

/// Wages are multiples of 500, of which only 21,5 % may leave half francs: no more than one
/// franc a branch and a worker can lie between the books and a plain percentage.
#[tokio::test]
async fn what_is_owed_is_the_careers_wages_times_the_rates() {
    let loaded = loaded().await;
    let mut wages: BTreeMap<(EmployerId, Month), (Decimal, Decimal)> = BTreeMap::new();
    for person in loaded.insured().await {
        for month in loaded.career(person.id).await {
            let (sum, workers) = wages.entry((month.employer, month.month)).or_default();
            *sum += month.wage.amount();
            *workers += Decimal::ONE;
        }
    }
    for name in FIRMS {
        let (_, id) = loaded.firm(name).await;
        let mut owed: BTreeMap<Month, Decimal> = BTreeMap::new();
        for entry in loaded.entries(name).await {
            let Some(month) = entry.month else { continue };
            let receivable =
                |p: &&cnss_core::ledger::Posting| matches!(p.account, LedgerAccount::Receivable { .. });
            *owed.entry(month).or_default() +=
                entry.postings().iter().filter(receivable).map(|p| p.amount.amount()).sum::<Decimal>();
        }
        let theirs = wages.iter().filter(|((employer, _), _)| *employer == id);
        assert_eq!(theirs.clone().count(), owed.len());
        for ((_, month), (sum, workers)) in theirs {
            let plain = *sum * rate(*month);
            let booked = owed.get(month).copied().unwrap_or_default();
            assert!(
                (booked - plain).abs() <= *workers * Decimal::TWO,
                "{name} {month}: {booked} and {plain}"
            );
        }
    }
}

#[tokio::test]
async fn workers_are_of_age_paid_the_smig_and_declared_while_employed() {
    let loaded = loaded().await;
    let people = loaded.insured().await;
    assert!((55..=65).contains(&people.len()), "{} workers", people.len());
    let mut months = 0;
    for person in &people {
        let career = loaded.career(person.id).await;
        assert!(!career.is_empty(), "{person:?} was never declared");
        for month in &career {
            let wage = month.wage.amount();
            assert!(wage >= smig(month.month), "{person:?} {month:?}");
            assert_eq!(wage % Decimal::from(500), Decimal::ZERO, "{month:?}");
            assert!(age(person.birth_date, month.month.first_day()) >= 18, "{person:?} {month:?}");
            assert!(month.month.last_day() < loaded.today);
            assert!(person.registered_on <= month.month.last_day());
        }
        months += career.len();
    }
    assert!(months > 5_000, "{months} months");
    let ages: Vec<u32> = people.iter().map(|p| age(p.birth_date, loaded.today)).collect();
    assert!(ages.iter().filter(|age| (55..=62).contains(*age)).count() >= 5, "{ages:?}");
    assert!(people.iter().any(|p| p.birth_date == date("1968-02-29")));
    assert!(people.iter().all(|p| (1962..=2004).contains(&chrono::Datelike::year(&p.birth_date))));
    let numbers: Vec<String> = people.iter().map(|p| p.number.to_string()).collect();
    assert!(numbers.iter().all(|n| n.len() == 6));
    assert_eq!(numbers.iter().filter(|n| n.starts_with('0')).count(), 2);
    let women = people.iter().filter(|p| p.sex == cnss_core::person::Sex::Female).count();
    assert!((20..=40).contains(&women), "{women} women");
}

#[tokio::test]
async fn careers_move_between_employers_and_pause() {
    let loaded = loaded().await;
    let (mut in_turn, mut at_once, mut with_gaps) = (0, 0, 0);
    for person in loaded.insured().await {
        let career = loaded.career(person.id).await;
        let employers: std::collections::BTreeSet<_> = career.iter().map(|m| m.employer).collect();
        let months: std::collections::BTreeSet<_> = career.iter().map(|m| m.month).collect();
        in_turn += usize::from(employers.len() > 1);
        at_once += usize::from(months.len() < career.len());
        with_gaps += usize::from(!career.iter().collect::<cnss_core::insured::Career>().gaps().is_empty());
    }
    assert!(in_turn >= 5 && at_once == 1 && with_gaps >= 8, "{in_turn} {at_once} {with_gaps}");
}

#[tokio::test]
async fn each_employer_pays_as_its_label_says() {
    let loaded = loaded().await;
    let account = async |name: &str| {
        let (actor, _) = loaded.firm(name).await;
        loaded.desk.contribution_account(actor, loaded.today).await.expect("an account").statement
    };
    let sums = |name: &str, entries: &[Entry]| {
        let paid: Decimal = entries
            .iter()
            .filter(|e| e.kind == EntryKind::Payment)
            .flat_map(Entry::postings)
            .filter(|p| p.account == LedgerAccount::Bank)
            .map(|p| p.amount.amount())
            .sum();
        let owed: Decimal = entries
            .iter()
            .flat_map(Entry::postings)
            .filter(|p| matches!(p.account, LedgerAccount::Receivable { .. }))
            .map(|p| p.amount.amount())
            .sum();
        println!("{name}: {owed} owed, {paid} paid");
        (owed, paid)
    };
    let exact = account("hotel").await;
    assert!(exact.overdue().expect("sum").is_zero() && exact.balance().expect("sum").is_zero());
    assert!(exact.surcharges().expect("sum").is_zero() && exact.credit.is_zero());
    let (owed, paid) = sums("hotel", &loaded.entries("hotel").await);
    assert_eq!(owed, paid);
    let late = account("batiments").await;
    assert!(late.surcharges().expect("sum").amount() > Decimal::from(100_000));
    assert!(late.overdue().expect("sum").amount() > Decimal::from(1_000_000));
    let unpaid = late.obligations.iter().filter(|o| o.paid.is_zero()).count();
    assert!(unpaid >= 4, "{unpaid} obligations without any payment");
    assert!(
        late.obligations
            .iter()
            .any(|o| o.unpaid().expect("sum").is_zero() && !o.surcharges().expect("sum").is_zero()),
        "some are paid, but late"
    );
    let partly = account("boulangerie").await;
    let (owed, paid) = sums("boulangerie", &loaded.entries("boulangerie").await);
    assert!(paid < owed && paid > owed * Decimal::new(9, 1));
    let settled: Vec<Settled> = Quarter::of(loaded.today).plus(-3).months()[0]
        .through(Quarter::of(loaded.today).plus(-2).months()[2])
        .filter_map(|month| partly.settled(month).expect("sum"))
        .collect();
    assert!(settled.contains(&Settled::Unpaid), "{settled:?}");
    assert!(partly.obligations.iter().any(|o| !o.unpaid().expect("sum").is_zero()
        && partly.settled(o.month).expect("sum") == Some(Settled::Partly)));
}

#[tokio::test]
async fn the_last_quarter_waits_for_the_first_employer_and_one_was_corrected() {
    let loaded = loaded().await;
    for (name, last) in FIRMS.into_iter().zip([QuarterState::Open, QuarterState::Filed, QuarterState::Filed])
    {
        let (actor, _) = loaded.firm(name).await;
        let quarters = loaded.desk.quarters(actor, None, 60, &loaded.at()).await.expect("a list");
        let states: Vec<_> = quarters.iter().map(|view| view.state).collect();
        assert_eq!((states[0], states[1]), (QuarterState::Running, last), "{name}");
        assert!(
            states[2..].iter().all(|s| matches!(s, QuarterState::Filed | QuarterState::Corrected)
                || quarters.last().map(|view| view.state) == Some(*s)),
            "{name}: {states:?}"
        );
        let corrected = states.iter().filter(|s| **s == QuarterState::Corrected).count();
        assert_eq!(corrected, usize::from(name == "boulangerie"), "{name}");
    }
    let (actor, _) = loaded.firm("boulangerie").await;
    let open = Quarter::of(loaded.today).plus(-1);
    let (draft, none) = loaded.desk.draft_or_new(actor, open, &loaded.at()).await.expect("a draft");
    assert!(draft.lines.len() >= 10 && none.is_none(), "the staff is there already: {}", draft.lines.len());
}

#[tokio::test]
async fn the_insured_persons_are_what_their_labels_say() {
    let loaded = loaded().await;
    let account = async |login: &str| {
        let actor = loaded.actor(&format!("{login}@demo.cnss.example")).await;
        (actor, loaded.desk.individual_account(actor, &loaded.at()).await.expect("an account"))
    };
    let award = Month::of(loaded.today).first_day();
    for (login, born) in [("kokouvi", "1967-03-14"), ("afi", "1968-02-29")] {
        let (actor, seen) = account(login).await;
        assert_eq!(seen.insured.birth_date, date(born));
        assert!(seen.career.months().len() >= 180, "{login}: {}", seen.career.months().len());
        let what_if = WhatIf { kind: "early".into(), award_date: award, future_wage: None };
        let pension = loaded.desk.simulate_pension(actor, &what_if, &loaded.at()).await.expect("an answer");
        assert!(pension.eligible(), "{login}: {:?}", pension.reasons);
    }
    let (_, young) = account("afiwa").await;
    assert!(age(young.insured.birth_date, loaded.today) < 25);
    let (_, gaps) = account("kanfitine").await;
    assert!(gaps.career.gaps().len() >= 3, "{:?}", gaps.career.gaps());
    assert!(gaps.months.iter().any(|m| m.settled == Some(Settled::Unpaid)));
    assert_eq!(loaded.logins.len(), 8);
    for login in &loaded.logins {
        let known = login.login.ends_with("@demo.cnss.example") || login.login == "k.akakpo";
        assert!(known && !login.number.is_empty(), "{login:?}");
    }
}

#[tokio::test]
async fn two_runs_give_the_same_books_and_a_second_load_does_nothing() {
    let (first, second) = (loaded().await, loaded_on(TODAY).await);
    for name in FIRMS {
        assert_eq!(first.entries(name).await, second.entries(name).await, "{name}");
    }
    assert!(is_loaded(&second.desk).await.expect("read"));
    let again = load(&second.desk, second.today, noon(second.today), "$other").await.expect("nothing to do");
    assert_eq!(again, second.logins);
    assert_eq!(first.entries("hotel").await, second.entries("hotel").await);
    assert!(second.desk.store().waiting_notices(10).await.expect("read").is_empty(), "nobody is told");
}

#[tokio::test]
async fn it_loads_on_any_day_and_nothing_lies_in_the_future() {
    for day in ["2011-02-01", "2011-07-01", "2024-02-29", "2026-01-01", "2026-12-31", "2031-04-01"] {
        let loaded = loaded_on(day).await;
        for name in FIRMS.into_iter().filter(|_| day > "2015") {
            let entries = loaded.entries(name).await;
            let late = entries.iter().find(|e| {
                e.booked_at > noon(loaded.today)
                    || (e.kind == EntryKind::Payment && e.value_date > loaded.today)
            });
            assert!(late.is_none(), "{day} {name}: {late:?}");
        }
        if day > "2015" {
            let (actor, _) = loaded.firm("hotel").await;
            let statement =
                loaded.desk.contribution_account(actor, loaded.today).await.expect("an account").statement;
            assert!(statement.overdue().expect("sum").is_zero(), "{day}");
        }
    }
}

#[tokio::test]
async fn sqlite_takes_it_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
    let store = cnss_store::open(&url, cnss_store::Options::new(togo().currency)).await.expect("opens");
    let desk = Desk::new(Arc::new(store), togo());
    let today = date(TODAY);
    assert!(!is_loaded(&desk).await.expect("read"));
    let began = std::time::Instant::now();
    let logins = load(&desk, today, noon(today), "$hash").await.expect("loads");
    println!("loaded in {} ms", began.elapsed().as_millis());
    let on_disk = Loaded { desk, today, logins };
    let in_memory = loaded().await;
    for name in FIRMS {
        assert_eq!(on_disk.entries(name).await, in_memory.entries(name).await, "{name}");
    }
    for person in in_memory.insured().await {
        assert_eq!(on_disk.career(person.id).await, in_memory.career(person.id).await);
    }
}

/// The small worlds.
const OTHERS: [&str; 2] = ["ma", "dj"];

#[tokio::test]
async fn the_small_worlds_are_sound_on_any_day() {
    for code in OTHERS {
        for day in ["2025-02-28", "2026-01-01", TODAY, "2026-12-31", "2031-04-01"] {
            let loaded = loaded_of(code, day).await;
            let world = World::of(loaded.desk.fund()).expect("sound");
            let employers: Vec<_> = world.logins.iter().filter(|login| login.employer.is_some()).collect();
            assert_eq!(employers.len(), world.employers.len(), "each employer has a login");
            for (place, login) in employers.into_iter().enumerate() {
                let name = login.login.trim_end_matches("@demo.cnss.example");
                let entries = loaded.entries(name).await;
                assert!(entries.len() > 10, "{code} {name}: {} entries", entries.len());
                let postings = || entries.iter().flat_map(Entry::postings);
                assert!(postings().map(|p| p.amount.amount()).sum::<Decimal>().is_zero(), "{code} {name}");
                assert!(postings().all(|p| p.amount.currency() == loaded.desk.fund().currency));
                let (actor, _) = loaded.firm(name).await;
                let account = loaded.desk.contribution_account(actor, loaded.today).await;
                let overdue = account.expect("an account").statement.overdue().expect("sum");
                assert_eq!(overdue.is_zero(), place > 0, "{code} {name} {day}: {overdue}");
                let quarters = loaded.desk.quarters(actor, None, 60, &loaded.at()).await.expect("a list");
                let waits = quarters.get(1).map(|view| view.state) == Some(QuarterState::Open);
                assert_eq!(waits, place == 0, "{code} {name} {day}: one quarter waits to be filed");
            }
        }
    }
}

#[tokio::test]
async fn in_the_small_worlds_everybody_has_a_number_and_a_paper_that_the_country_gives() {
    for code in OTHERS {
        let loaded = loaded_of(code, TODAY).await;
        let own = loaded.desk.fund();
        let world = World::of(own).expect("sound");
        let people = loaded.insured().await;
        assert_eq!(people.len(), world.workers.len());
        let (mut leap_day, mut outdated, mut relatives) = (0, 0, 0);
        for (person, worker) in people.iter().zip(&world.workers) {
            let number = own.identifiers.find("insured_number").expect("a form");
            assert!(number.read(&person.number.to_string()).is_ok(), "{code} {}", person.number);
            let papers = worker.paper.as_ref().expect("a paper");
            let holders = std::iter::once((papers, PaperHolder::Insured(person.id)));
            let kept = loaded.desk.store().accounts().expect("kept");
            for (papers, holder) in holders {
                let number = PaperNumber::read(&papers.number).expect("a number");
                let paper = kept.paper(&number).await.expect("read").expect("in the register");
                assert_eq!((paper.holder, paper.expires_on), (holder, Some(papers.expires)));
            }
            outdated += usize::from(papers.expires < loaded.today);
            leap_day += usize::from(person.birth_date.format("%m-%d").to_string() == "02-29");
            for relative in &worker.relatives {
                let number = PaperNumber::read(&relative.paper.number).expect("a number");
                let paper = kept.paper(&number).await.expect("read").expect("in the register");
                let PaperHolder::Beneficiary(id) = paper.holder else { panic!("a beneficiary's") };
                let known = kept.beneficiary(id).await.expect("read").expect("in the register");
                assert_eq!((known.insured, known.birth_date), (person.id, relative.born));
                relatives += 1;
            }
            let career = loaded.career(person.id).await;
            assert!(!career.is_empty(), "{person:?}");
            for month in &career {
                let least = own.minimum_wage.at(month.month.first_day()).map_or(Decimal::ZERO, |m| m.value);
                assert!(month.wage.amount() >= least, "{person:?} {month:?}");
                assert_eq!(month.wage.amount() % Decimal::from(world.note), Decimal::ZERO);
                assert!(age(person.birth_date, month.month.first_day()) >= 18);
            }
        }
        assert_eq!(leap_day, 1, "{code}: one was born on a 29 February");
        assert!(relatives > 0 && (code == "dj" || outdated == 1), "{code}: {relatives} {outdated}");
        if let Some(number) = own.identifiers.find("employer_number") {
            assert!(world.employers.iter().all(|firm| number.read(firm.number.as_str()).is_ok()), "{code}");
        }
    }
}

#[tokio::test]
async fn in_the_small_worlds_one_holder_has_a_charter_to_accept_and_all_can_be_reached() {
    for code in OTHERS {
        let loaded = loaded_of(code, TODAY).await;
        let rules = loaded.desk.fund().access.clone().expect("says how");
        let world = World::of(loaded.desk.fund()).expect("sound");
        let mut to_accept = 0;
        for login in &world.logins {
            let account = loaded.desk.store().account_by_login(&typed(login).expect("a login")).await;
            let account = account.expect("read").expect("an account");
            assert!(rules.logins.contains(&login.by), "{code}: {}", login.login);
            assert!(account.phone.is_some() && account.email.is_some(), "{code}: {}", login.login);
            let asked = account::charter::to_accept(&rules, account.accepted.as_ref(), loaded.today);
            to_accept += usize::from(asked.is_some());
            assert_eq!(asked.is_some(), login.accepted.is_some());
        }
        assert_eq!(to_accept, 1, "{code}");
    }
}

#[tokio::test]
async fn a_long_career_in_morocco_is_beyond_the_question_that_is_open() {
    let loaded = loaded_of("ma", TODAY).await;
    let kept = loaded.insured().await;
    let person = kept.iter().find(|p| p.number.to_string() == "103482164").expect("in the register");
    let login =
        account::Login::read(cnss_core::fund::LoginKind::InsuredNumber, "103482164").expect("a login");
    let account = loaded.desk.store().account_by_login(&login).await.expect("read").expect("an account");
    let what_if = WhatIf { kind: "normal".into(), award_date: date("2027-02-01"), future_wage: None };
    let answer = loaded.desk.simulate_pension(account.actor(), &what_if, &loaded.at()).await;
    let pension = answer.expect("an answer");
    assert!(pension.eligible(), "{person:?}: {:?}", pension.reasons);
}

#[tokio::test]
async fn sqlite_takes_the_small_worlds_and_tells_a_second_load() {
    for code in OTHERS {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("books.sqlite").display());
        let own = fund(code);
        let store = cnss_store::open(&url, cnss_store::Options::new(own.currency)).await.expect("opens");
        let desk = Desk::new(Arc::new(store), own);
        let today = date(TODAY);
        let logins = load(&desk, today, noon(today), "$hash").await.expect("loads");
        assert!(is_loaded(&desk).await.expect("read"));
        assert_eq!(load(&desk, today, noon(today), "$other").await.expect("nothing to do"), logins);
    }
}

#[tokio::test]
async fn a_fund_without_a_world_has_no_demonstration() {
    assert!(has_world("tg") && OTHERS.into_iter().all(has_world) && !has_world("example"));
    let desk = Desk::new(Arc::new(MemoryStore::new()), fund("example"));
    assert!(is_loaded(&desk).await.is_err());
}
