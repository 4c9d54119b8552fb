//! A whole population: the plans of `cnss_core::batch` beside loops of whole numbers that a good
//! engineer would write by hand for Togo's rules, over the same columns in the same run.
//!
//! The goals on two ordinary cores: at least 30 % of the loop for contributions, at least 40 % for
//! pensions. `ratio` prints the figures themselves: each side several times in turn, best against best.
#![expect(clippy::expect_used, reason = "a benchmark that cannot prepare its case must stop")]

use std::num::NonZero;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use cnss_core::batch::{Answer, ContributionPlan, PensionPlan, Population, Rows, Shares, Until};
use cnss_core::calendar::parse_date;
use cnss_core::fund::Fund;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

/// Wages of one month.
const WAGES: usize = 10_000_000;
/// Persons with a pension to compute.
const PERSONS: usize = 1_000_000;
/// Months that count for it.
const MONTHS: usize = 60;

fn main() {
    if std::env::args().any(|arg| arg == "ratio") {
        ratio();
        return;
    }
    divan::main();
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn togo() -> Fund {
    Fund::builtin("tg").expect("built in")
}

/// Numbers in no order, always the same.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (n ^ (n >> 29)) % 1_000_003
}

/// From below the minimum wage to a million.
fn wages(count: usize) -> Vec<i64> {
    (0..count as u64).map(|n| 30_000 + i64::try_from(mixed(n)).expect("small")).collect()
}

struct People {
    births: Vec<NaiveDate>,
    pay: Vec<i64>,
    insured: Vec<u32>,
}

/// Sixty months that rise from a first pay, some below the minimum wage; one in six is too young,
/// one in eight has too few months.
fn people() -> People {
    let mut people =
        People { births: Vec::new(), pay: Vec::with_capacity(PERSONS * MONTHS), insured: Vec::new() };
    let first = parse_date("1940-01-01").expect("a date");
    for n in 0..PERSONS as u64 {
        let some = mixed(n);
        people.births.push(first.checked_add_days(chrono::Days::new(some % 10_500)).expect("a day"));
        people.insured.push(u32::try_from(120 + some % 480).expect("small"));
        let pay = 30_000 + i64::try_from(some % 400_000).expect("small");
        people.pay.extend((0..MONTHS as i64).map(|month| pay + month * 700));
    }
    people
}

/// The loop for contributions: SMIG of 52 500 F; 3 %, 2 % and 12,5 % of the employer, 4 % of the worker,
/// and 5 % of each for health on the wage itself; each rounded by itself, the half upwards.
fn contributions_by_hand(wages: &[i64], employer: &mut [i64], worker: &mut [i64]) -> [i64; 6] {
    let mut sums = [0; 6];
    for ((wage, employer), worker) in wages.iter().zip(employer).zip(worker) {
        let base = (*wage).max(52_500);
        let of = |base: i64, thousandths: i64| (base * thousandths + 500) / 1_000;
        let parts = [of(base, 30), of(base, 20), of(base, 125), of(base, 40), of(*wage, 50), of(*wage, 50)];
        *employer = parts[0] + parts[1] + parts[2] + parts[4];
        *worker = parts[3] + parts[5];
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part;
        }
    }
    sums
}

/// The loop for pensions awarded on 1 June 2024: the last 60 months, each at least the SMIG of its
/// time, divided by 60; 20 % and 1,33 % for each further year, at most 80 %; at least 60 % of the SMIG;
/// rounded. −1 for those who are younger than 60 or have fewer than 180 months.
fn pensions_by_hand(people: &People, first: usize, floors: &[i64; MONTHS], answers: &mut [i64]) {
    let born_by = NaiveDate::from_ymd_opt(1964, 6, 1).expect("a date");
    for (n, answer) in (first..).zip(answers) {
        let insured = i64::from(people.insured[n]);
        if people.births[n] > born_by || insured < 180 {
            *answer = -1;
            continue;
        }
        let pay = &people.pay[n * MONTHS..(n + 1) * MONTHS];
        let sum: i64 = pay.iter().zip(floors).map(|(pay, floor)| *pay.max(floor)).sum();
        let rate = (2_000 + (insured - 180) / 12 * 133).min(8_000);
        let monthly = (sum * rate + 300_000) / 600_000;
        *answer = monthly.max(31_500);
    }
}

/// The SMIG was 35 000 F until the end of 2022.
fn floors() -> [i64; MONTHS] {
    // June 2019 to May 2024: 43 months before January 2023.
    std::array::from_fn(|month| if month < 43 { 35_000 } else { 52_500 })
}

fn contributions_loop(wages: &[i64], employer: &mut [i64], worker: &mut [i64], threads: usize) -> [i64; 6] {
    let size = wages.len().div_ceil(threads);
    let parts = wages.chunks(size).zip(employer.chunks_mut(size).zip(worker.chunks_mut(size)));
    std::thread::scope(|scope| {
        let all: Vec<_> =
            parts.map(|(w, (e, o))| scope.spawn(move || contributions_by_hand(w, e, o))).collect();
        all.into_iter().fold([0; 6], |sums, part| {
            let part = part.join().expect("a sum");
            std::array::from_fn(|i| sums[i] + part[i])
        })
    })
}

fn pensions_loop(people: &People, answers: &mut [i64], threads: usize) {
    let size = answers.len().div_ceil(threads);
    let floors = floors();
    std::thread::scope(|scope| {
        for (i, part) in answers.chunks_mut(size).enumerate() {
            let floors = &floors;
            scope.spawn(move || pensions_by_hand(people, i * size, floors, part));
        }
    });
}

fn population(people: &People) -> Population<'_> {
    Population {
        births: &people.births,
        pay: &people.pay,
        rows: Rows::Each(MONTHS),
        until: Until::All("2024-05".parse().expect("a month")),
        insured: Some(&people.insured),
    }
}

fn pension_plan(fund: &Fund) -> PensionPlan<'_> {
    PensionPlan::new(fund, "normal", parse_date("2024-06-01").expect("a date"), None).expect("a plan")
}

fn contribution_plan(fund: &Fund) -> ContributionPlan<'_> {
    ContributionPlan::new(fund, "salaried", "2024-03".parse().expect("a month")).expect("a plan")
}

#[divan::bench(sample_count = 10, sample_size = 1, args = [1, cores()])]
fn contributions_of_ten_million(bencher: Bencher<'_, '_>, threads: usize) {
    let (fund, wages) = (togo(), wages(WAGES));
    let plan = contribution_plan(&fund);
    let (mut employer, mut worker) = (vec![0; WAGES], vec![0; WAGES]);
    bencher.counter(ItemsCount::new(WAGES)).bench_local(|| {
        plan.run(black_box(&wages), Shares { employer: &mut employer, worker: &mut worker }, threads)
    });
}

#[divan::bench(sample_count = 10, sample_size = 1, args = [1, cores()])]
fn contributions_of_ten_million_by_hand(bencher: Bencher<'_, '_>, threads: usize) {
    let wages = wages(WAGES);
    let (mut employer, mut worker) = (vec![0; WAGES], vec![0; WAGES]);
    bencher
        .counter(ItemsCount::new(WAGES))
        .bench_local(|| contributions_loop(black_box(&wages), &mut employer, &mut worker, threads));
}

#[divan::bench(sample_count = 10, sample_size = 1, args = [1, cores()])]
fn pensions_of_a_million(bencher: Bencher<'_, '_>, threads: usize) {
    let (fund, people) = (togo(), people());
    let plan = pension_plan(&fund);
    let mut answers = vec![Answer::NotEntitled; PERSONS];
    bencher
        .counter(ItemsCount::new(PERSONS))
        .bench_local(|| plan.run(black_box(&population(&people)), &mut answers, threads));
}

#[divan::bench(sample_count = 10, sample_size = 1, args = [1, cores()])]
fn pensions_of_a_million_by_hand(bencher: Bencher<'_, '_>, threads: usize) {
    let people = people();
    let mut answers = vec![0; PERSONS];
    bencher
        .counter(ItemsCount::new(PERSONS))
        .bench_local(|| pensions_loop(black_box(&people), &mut answers, threads));
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Both sides in turn, so that whatever else the machine does disturbs them alike.
fn best_of(rounds: u32, mut plan: impl FnMut(), mut hand: impl FnMut()) -> (Duration, Duration) {
    (0..rounds)
        .fold((Duration::MAX, Duration::MAX), |(a, b), _| (a.min(timed(&mut plan)), b.min(timed(&mut hand))))
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn tell(what: &str, items: usize, threads: usize, (plan, hand): (Duration, Duration)) {
    let rate = |time: Duration| items as u128 * 1_000 / time.as_micros().max(1);
    let (plan, hand) = (rate(plan), rate(hand));
    println!(
        "{what}, {threads} thread(s): plan {plan} thousand/s, loop by hand {hand} thousand/s, {} %",
        plan * 100 / hand.max(1)
    );
}

/// The same answers, and how fast each side gives them.
fn ratio() {
    let fund = togo();
    let (plan, wages) = (contribution_plan(&fund), wages(WAGES));
    let (mut employer, mut worker) = (vec![0; WAGES], vec![0; WAGES]);
    let (mut by_hand_employer, mut by_hand_worker) = (vec![0; WAGES], vec![0; WAGES]);
    for threads in [1, cores()] {
        let times = best_of(
            9,
            || {
                let shares = Shares { employer: &mut employer, worker: &mut worker };
                black_box(plan.run(black_box(&wages), shares, threads).expect("sound wages"));
            },
            || {
                let sums = contributions_loop(
                    black_box(&wages),
                    &mut by_hand_employer,
                    &mut by_hand_worker,
                    threads,
                );
                black_box(sums);
            },
        );
        tell("contributions", WAGES, threads, times);
        assert!(employer == by_hand_employer && worker == by_hand_worker, "both give the same");
    }
    let (plan, people) = (pension_plan(&fund), people());
    let mut answers = vec![Answer::NotEntitled; PERSONS];
    let mut by_hand = vec![0; PERSONS];
    for threads in [1, cores()] {
        let times = best_of(
            9,
            || plan.run(black_box(&population(&people)), &mut answers, threads).expect("columns"),
            || pensions_loop(black_box(&people), &mut by_hand, threads),
        );
        tell("pensions", PERSONS, threads, times);
        let same = answers.iter().zip(&by_hand).all(|(answer, by_hand)| match answer {
            Answer::Monthly(monthly) => monthly == by_hand,
            Answer::NotEntitled => *by_hand == -1,
            Answer::SinglePath => false,
        });
        assert!(same, "both give the same");
    }
}
