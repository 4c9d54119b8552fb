//! Employers with a login, a staff that the register knows, and what they declared in the past.

use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::values::{date_in, identifier, insured_number, minor, name, units};
use crate::access::{Actor, Subject};
use crate::account::{Account, Login};
use crate::calendar::{Month, Quarter};
use crate::declaration::RawLine;
use crate::declaration::assess::MonthRates;
use crate::desk::NewPerson;
use crate::employer::{Employer, Employment};
use crate::fund::{Field, Fund};
use crate::id::{AccountId, EmployerId, InsuredId, InsuredNumber};
use crate::insured::Insured;
use crate::person::{Email, Name, Sex};

/// An employer, its login, its staff, and the declarations that it filed.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The employer.
    pub employer: Employer,
    /// Who files for it; the password hash is empty, for the edge to fill in.
    pub login: Account,
    /// Everybody who ever worked there.
    pub staff: Vec<Hired>,
    /// What was declared, the earliest quarter first; quarters without work are left out.
    pub past: Vec<PastQuarter>,
}

/// A person of the register and the time with the employer.
#[derive(Clone, Debug)]
pub struct Hired {
    /// Who.
    pub person: Insured,
    /// Since when, and until when.
    pub employment: Employment,
}

/// A declaration as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastQuarter {
    /// The quarter.
    pub quarter: Quarter,
    /// Its lines: sound, and wages not below the minimum.
    pub lines: Vec<RawLine>,
}

impl Workplace {
    /// Everybody and everything to be entered into the register, for [`crate::desk::Desk::register`].
    #[must_use]
    pub fn people(&self) -> Vec<NewPerson> {
        let mut all =
            vec![NewPerson::Employer(self.employer.clone()), NewPerson::Account(self.login.clone())];
        for hired in &self.staff {
            all.push(NewPerson::Insured(hired.person.clone()));
            all.push(NewPerson::Employment(hired.employment.clone()));
        }
        all
    }

    /// Who files for the employer.
    #[must_use]
    pub const fn filer(&self) -> Actor {
        Actor { account: self.login.id, subject: self.login.subject }
    }
}

/// The employer number `place` of a world (each has its own names, numbers and identities), known
/// since the first day of quarter `first`, with a staff of that size and so many quarters declared
/// from then on.
///
/// Its category is one for which the fund knows rates from the first quarter on, where there is one.
///
/// ```
/// use cnss_core::{fund::Fund, strategy};
/// use proptest::prelude::*;
/// let togo = Fund::builtin("tg").expect("built in");
/// let first = "2023-T1".parse().expect("a quarter");
/// let some = strategy::workplace(&togo, 0, first, 1..=5, 0..=4);
/// proptest!(ProptestConfig::with_cases(16), |(workplace in some)| {
///     for past in &workplace.past {
///         prop_assert!(past.lines.len() <= workplace.staff.len());
///     }
/// });
/// ```
pub fn workplace(
    fund: &Fund,
    place: u32,
    first: Quarter,
    staff: RangeInclusive<usize>,
    quarters: RangeInclusive<usize>,
) -> BoxedStrategy<Workplace> {
    let known = fund.identifiers.find("insured_number").and_then(identifier);
    let number = match known {
        Some(text) => text.prop_filter_map("a number", |text| text.parse::<InsuredNumber>().ok()).boxed(),
        None => insured_number().boxed(),
    };
    let numbers =
        prop::collection::btree_set(number, staff).prop_map(|all| all.into_iter().collect::<Vec<_>>());
    let category = prop::sample::select(categories(fund, first));
    let front = (category, name(), name())
        .prop_filter_map("an employer", move |(category, company, holder)| {
            bare(place, &company, holder, category, first)
        });
    let fund = fund.clone();
    (front, numbers, prop::collection::vec(pays(), quarters))
        .prop_flat_map(move |(front, numbers, quarters)| {
            let person = (name(), name(), prop::bool::ANY, date_in(1950..=2004));
            let times = (0_u64..=500, prop::option::weighted(0.3, 30_u64..=700));
            let fund = fund.clone();
            prop::collection::vec((person, times), numbers.len()).prop_map(move |people| {
                let mut made = front.clone();
                for (number, (person, times)) in numbers.iter().zip(people) {
                    let worker = u32::try_from(made.staff.len()).unwrap_or(u32::MAX);
                    let ids = (made.employer.id, InsuredId(identity(3, place, worker)));
                    made.staff.push(hired(ids, *number, person, times, first));
                }
                for (quarter, pays) in (first.index()..).filter_map(Quarter::from_index).zip(&quarters) {
                    let lines = lines(&fund, &made.staff, quarter, pays);
                    made.past.extend((!lines.is_empty()).then_some(PastQuarter { quarter, lines }));
                }
                made
            })
        })
        .boxed()
}

/// What workers are paid: thousandths of the minimum wage, taken in turn.
pub(super) fn pays() -> impl Strategy<Value = Vec<u32>> + Clone {
    prop::collection::vec(prop_oneof![1 => Just(1_000_u32), 4 => 1_000_u32..=30_000], 1..=4)
}

/// Categories with rates and a due date in the first quarter; the first of all where there is none.
fn categories(fund: &Fund, first: Quarter) -> Vec<String> {
    let all = || fund.contributions.categories.iter().map(|c| c.code.to_string());
    let known: Vec<String> = all().filter(|code| rates_known(fund, code, first)).collect();
    if known.is_empty() {
        all().take(1).chain(all().next().is_none().then(String::new)).collect()
    } else {
        known
    }
}

/// True when a declaration of that quarter can be assessed.
pub(super) fn rates_known(fund: &Fund, category: &str, quarter: Quarter) -> bool {
    let known =
        |month: Month| MonthRates::of(fund, category, month).is_ok_and(|rates| rates.due_date().is_some());
    quarter.months().into_iter().all(known)
}

/// The same identity for the same place of the same world, so that cases can be played again.
fn identity(kind: u128, place: u32, worker: u32) -> Uuid {
    Uuid::from_u128((kind << 64) | (u128::from(place) << 32) | u128::from(worker))
}

fn bare(place: u32, company: &Name, holder: Name, category: String, first: Quarter) -> Option<Workplace> {
    let id = EmployerId(identity(1, place, 0));
    let employer = Employer {
        id,
        number: format!("EMP-{:04}", place.saturating_add(1)).parse().ok()?,
        name: company.clone(),
        category,
        registered_on: first.first_day(),
    };
    let address = Email::parse(&format!("employeur{}@example.org", place.saturating_add(1))).ok()?;
    let login = Account::new(
        AccountId(identity(2, place, 0)),
        Login::email(&address),
        String::new(),
        Subject::Employer(id),
        holder,
    );
    Some(Workplace { employer, login, staff: Vec::new(), past: Vec::new() })
}

fn hired(
    (employer, id): (EmployerId, InsuredId),
    number: InsuredNumber,
    (surname, forenames, female, birth_date): (Name, Name, bool, NaiveDate),
    (after, stays): (u64, Option<u64>),
    first: Quarter,
) -> Hired {
    let later = |day: NaiveDate, days| day.checked_add_days(Days::new(days)).unwrap_or(day);
    let hired_on = later(first.first_day(), after);
    let left_on = stays.map(|days| later(hired_on, days));
    let sex = if female { Sex::Female } else { Sex::Male };
    let person = Insured { id, number, surname, forenames, sex, birth_date, registered_on: hired_on };
    Hired { person, employment: Employment { employer, insured: id, hired_on, left_on } }
}

/// The lines of a quarter for whoever worked in it, as an employer types them: the wage of each
/// month is so many thousandths of the fund's minimum of that month, taken in turn from `pays`.
///
/// Empty when nobody worked.
#[must_use]
pub fn lines(fund: &Fund, staff: &[Hired], quarter: Quarter, pays: &[u32]) -> Vec<RawLine> {
    let mut pays = pays.iter().copied().cycle();
    let mut all = Vec::new();
    for Hired { person, employment } in staff {
        let (from, to) = (employment.hired_on, employment.left_on);
        let mut line = RawLine::default();
        line.set(Field::Number, person.number.to_string());
        line.set(Field::Surname, person.surname.as_str());
        line.set(Field::Forenames, person.forenames.as_str());
        let mut worked = false;
        for (field, month) in [Field::Wage1, Field::Wage2, Field::Wage3].into_iter().zip(quarter.months()) {
            if from > month.last_day() || to.is_some_and(|to| to < month.first_day()) {
                continue;
            }
            worked = true;
            line.set(field, pay(fund, month, pays.next().unwrap_or(1_000)).normalize().to_string());
        }
        let within = |day: &NaiveDate| Quarter::of(*day) == quarter;
        let typed = |day: NaiveDate| day.format("%d/%m/%Y").to_string();
        line.set(Field::HiredOn, Some(from).filter(within).map(typed).unwrap_or_default());
        line.set(Field::LeftOn, to.filter(within).map(typed).unwrap_or_default());
        all.extend(worked.then_some(line));
    }
    all
}

/// Thousandths of the minimum wage, brought up to the smallest unit; of a hundred where there is none.
fn pay(fund: &Fund, month: Month, thousandths: u32) -> Decimal {
    let least = fund.minimum_wage.at(month.first_day()).map_or(Decimal::ONE_HUNDRED, |line| line.value);
    let wanted = least.saturating_mul(Decimal::new(i64::from(thousandths), 3));
    units(fund, minor(fund, wanted.min(fund.layout.wage_max)))
}
