//! Who lives in a simulated fund: a few employers with their workers, and what they type.

use chrono::NaiveDate;
use uuid::Uuid;

use super::luck::Luck;
use crate::access::{Actor, Subject};
use crate::account::{Account, Login};
use crate::calendar::Quarter;
use crate::declaration::RawLine;
use crate::desk::NewPerson;
use crate::employer::{Employer, Employment};
use crate::fund::Field;
use crate::id::{AccountId, EmployerId, InsuredId};
use crate::insured::Insured;
use crate::person::{Email, Name, Sex};

/// The most employers of a world.
pub(super) const FIRMS: u64 = 3;
/// Every wage is a multiple of this, so that each contribution is a whole number of francs and the
/// auditor's arithmetic needs no rounding.
const STEP: i64 = 2_000;

/// Names of every kind that the fund meets.
const NAMES: [(&str, &str); 6] = [
    ("N'Guissan", "Adjo"),
    ("D'Almeida-Kpodar", "Afi Ésinam"),
    ("عبد الله", "عائشة"),
    ("Akouété", "Koffi"),
    ("Ouro-Gnaou", "Zeïnab"),
    ("Bawa", "Kossi"),
];

/// A worker of the register.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub id: InsuredId,
    pub number: String,
    pub surname: &'static str,
    pub forenames: &'static str,
}

impl Worker {
    /// Who reads the individual account.
    pub const fn reader(&self) -> Actor {
        Actor { account: AccountId(self.id.0), subject: Subject::Insured(self.id) }
    }
}

/// An employer of the register.
#[derive(Clone, Debug)]
pub(super) struct Firm {
    pub id: EmployerId,
    pub filer: Actor,
    pub workers: Vec<Worker>,
    /// Whether any courier ever reaches its filer.
    pub reachable: bool,
}

fn identity(kind: u128, firm: u128, worker: u128) -> Uuid {
    Uuid::from_u128((kind << 64) | (firm << 32) | worker)
}

/// The first day of every world: the rates of a year that is known.
pub(super) fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default()
}

impl Firm {
    /// The employers of a world.
    pub fn all(luck: &mut Luck) -> Vec<Self> {
        let count = luck.below(FIRMS).saturating_add(1);
        let firm = |place: u64| {
            let (at, many) = (u128::from(place).saturating_add(1), luck.below(4).saturating_add(1));
            let worker = |n: u64| {
                let (surname, forenames) = luck.one(&NAMES).copied().unwrap_or_default();
                let number = format!("71{place:02}{n:02}");
                Worker { id: InsuredId(identity(3, at, n.into())), number, surname, forenames }
            };
            let workers = (1..=many).map(worker).collect();
            let id = EmployerId(identity(1, at, 0));
            let filer = Actor { account: AccountId(identity(2, at, 0)), subject: Subject::Employer(id) };
            Self { id, filer, workers, reachable: place < 2 }
        };
        (0..count).map(firm).collect()
    }

    /// What the register is told of it.
    pub fn people(&self) -> Option<Vec<NewPerson>> {
        let place = self.id.0.as_u128() >> 32 & 0xff;
        let mut people = vec![
            NewPerson::Employer(Employer {
                id: self.id,
                number: format!("EMP-{place:04}").parse().ok()?,
                name: Name::parse("Société « L'Étoile » d'Aného").ok()?,
                category: "salaried".to_owned(),
                registered_on: first_day(),
            }),
            NewPerson::Account(Account::new(
                self.filer.account,
                Login::email(&Email::parse(&format!("employeur{place}@example.org")).ok()?),
                String::new(),
                self.filer.subject,
                Name::parse("Kossi N'Guissan").ok()?,
            )),
        ];
        for worker in &self.workers {
            people.push(NewPerson::Insured(Insured {
                id: worker.id,
                number: worker.number.parse().ok()?,
                surname: Name::parse(worker.surname).ok()?,
                forenames: Name::parse(worker.forenames).ok()?,
                sex: Sex::Female,
                birth_date: NaiveDate::from_ymd_opt(1984, 2, 29)?,
                registered_on: first_day(),
            }));
            people.push(NewPerson::Employment(Employment {
                employer: self.id,
                insured: worker.id,
                hired_on: first_day(),
                left_on: None,
            }));
        }
        Some(people)
    }
}

/// What is typed into one line: which worker, and the wage of each month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub worker: usize,
    pub wages: [Option<i64>; 3],
}

/// What is typed into a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub rows: Vec<Row>,
    /// Which fault is put into its first line.
    pub fault: Option<u64>,
}

impl Sheet {
    /// Some workers of this many, each with a wage in some month.
    pub fn drawn(workers: usize, faulty: bool, luck: &mut Luck) -> Self {
        let mut rows = Vec::new();
        for worker in 0..workers {
            let mut wages = [(); 3].map(|()| {
                let wage = STEP * (27 + i64::try_from(luck.below(100)).unwrap_or(0));
                (!luck.chance(12)).then_some(wage)
            });
            if wages == [None; 3] {
                wages = [Some(STEP * 50), None, None];
            }
            if rows.is_empty() || luck.chance(85) {
                rows.push(Row { worker, wages });
            }
        }
        Self { rows, fault: faulty.then(|| luck.below(3)) }
    }

    /// The lines as they stand in the form.
    pub fn lines(&self, firm: &Firm) -> Vec<RawLine> {
        let line = |row: &Row| {
            let worker = firm.workers.get(row.worker)?;
            let mut line = RawLine::default();
            line.set(Field::Number, worker.number.clone());
            line.set(Field::Surname, worker.surname);
            line.set(Field::Forenames, worker.forenames);
            for (field, wage) in [Field::Wage1, Field::Wage2, Field::Wage3].into_iter().zip(row.wages) {
                line.set(field, wage.map(|wage| wage.to_string()).unwrap_or_default());
            }
            Some(line)
        };
        let mut lines: Vec<RawLine> = self.rows.iter().filter_map(line).collect();
        if let (Some(first), Some(fault)) = (lines.first_mut(), self.fault) {
            match fault {
                0 => first.set(Field::Wage1, "beaucoup"),
                1 => first.set(Field::Wage1, "12"),
                _ => first.set(Field::Number, "999999"),
            }
        }
        lines
    }

    /// Whether the fund takes it for this quarter on this day, in place of what stands.
    pub fn may_be_filed(&self, quarter: Quarter, today: NaiveDate, standing: Option<&Self>) -> bool {
        self.fault.is_none() && quarter.last_day() < today && standing != Some(self)
    }
}
