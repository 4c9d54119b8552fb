//! What happened: every act of the demonstration with the day on which it was done.
//!
//! One firm after the other is told from its first quarter to the last that is over; then the
//! acts of all are put in the order of their days. The one rule to remember: nothing happens
//! after today.

use chrono::{Days, NaiveDate};
use cnss_core::calendar::{Month, Quarter};
use cnss_core::declaration::RawLine;
use cnss_core::declaration::assess::assess;
use cnss_core::desk::DeskError;
use cnss_core::fund::{Field, Fund};
use cnss_core::money::{Money, Rounding};
use rust_decimal::Decimal;

use super::world::{Earned, Firm, Job, Paying, Worker, World, mix, whole};

/// The correction is of the quarter that lies so many quarters before the last.
const CORRECTED_BACK: i32 = 8;
/// A bonus that was forgotten, in notes.
const FORGOTTEN: i64 = 30;

/// Something that was done on a day; firms and workers by their place in the world.
pub(super) struct Act {
    pub(super) on: NaiveDate,
    pub(super) what: What,
}

/// What was done.
pub(super) enum What {
    /// An employer is entered into the register.
    RegisterFirm(usize),
    /// A worker is, with papers and relatives.
    RegisterWorker(usize),
    /// A quarter is declared, or declared again.
    File { firm: usize, quarter: Quarter, lines: Vec<RawLine> },
    /// Money arrives.
    Pay { firm: usize, amount: Money, reference: String },
}

/// Everything that happened until `today`, in order.
pub(super) fn tell(world: &World, fund: &Fund, today: NaiveDate) -> Result<Vec<Act>, DeskError> {
    let mut acts = Vec::new();
    for (place, firm) in world.employers.iter().enumerate() {
        acts.push(Act { on: firm.registered_on, what: What::RegisterFirm(place) });
    }
    for (place, worker) in world.workers.iter().enumerate() {
        acts.push(Act { on: worker.registered_on(), what: What::RegisterWorker(place) });
    }
    for (place, firm) in world.employers.iter().enumerate() {
        Teller { world, fund, today, place, firm }.tell(&mut acts)?;
    }
    acts.retain(|act| act.on <= today);
    // Stable: what one firm does on one day stays in the order in which it was told.
    acts.sort_by_key(|act| act.on);
    Ok(acts)
}

/// A worker's quarter with the firm.
struct Row<'a> {
    worker: &'a Worker,
    job: &'a Job,
    earned: [Option<Earned>; 3],
}

struct Teller<'a> {
    world: &'a World,
    fund: &'a Fund,
    today: NaiveDate,
    place: usize,
    firm: &'a Firm,
}

impl<'a> Teller<'a> {
    fn tell(&self, acts: &mut Vec<Act>) -> Result<(), DeskError> {
        let over = Quarter::of(self.today).plus(-1);
        let last = if self.firm.leaves_last_open { over.plus(-1) } else { over };
        let mut quarter = self.firm.first_quarter;
        while quarter <= last {
            let rows = self.rows(quarter);
            let filed_on = self.filed_on(quarter);
            let lines = rows.iter().map(|row| line(row, quarter)).collect();
            acts.push(Act { on: filed_on, what: What::File { firm: self.place, quarter, lines } });
            for (index, month) in quarter.months().into_iter().enumerate() {
                self.pay(month, self.due(month, &rows, index)?, last, acts)?;
            }
            if self.firm.corrects && quarter == last.plus(-CORRECTED_BACK) {
                self.correct(quarter, rows, filed_on, acts)?;
            }
            quarter = quarter.plus(1);
        }
        Ok(())
    }

    /// Some days after the quarter, or today when that is not yet.
    fn filed_on(&self, quarter: Quarter) -> NaiveDate {
        let [first, ..] = quarter.months();
        let wait = 4 + mix(self.luck(), first) % 9;
        later(quarter.last_day(), wait).min(self.today)
    }

    fn luck(&self) -> u64 {
        u64::try_from(self.place).unwrap_or(0)
    }

    fn rows(&self, quarter: Quarter) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        for (luck, worker) in (100_u64..).zip(&self.world.workers) {
            for job in worker.jobs.iter().filter(|job| job.at == self.firm.number) {
                let mut earned = [None; 3];
                for (slot, month) in earned.iter_mut().zip(quarter.months()) {
                    *slot = job.earned(self.world, self.firm.pay, luck, month, self.fund);
                }
                // Someone without any wage is not declared: the sheet refuses such a line.
                if earned.iter().any(Option::is_some) {
                    rows.push(Row { worker, job, earned });
                }
            }
        }
        rows
    }

    /// What the firm owes for the month, by the core's own rules.
    fn due(&self, month: Month, rows: &[Row<'_>], index: usize) -> Result<Money, DeskError> {
        let of = |row: &Row<'_>| row.earned.get(index).copied().flatten().map(|earned| whole(earned.wage));
        let wages: Vec<Decimal> = rows.iter().filter_map(of).collect();
        Ok(assess(self.fund, &self.world.category, month, &wages)?.total()?)
    }

    /// The payment of one month, as the firm's habit is.
    fn pay(&self, month: Month, due: Money, last: Quarter, acts: &mut Vec<Act>) -> Result<(), DeskError> {
        let Some(due_date) = self.fund.contributions.due_date(month) else { return Ok(()) };
        let luck = mix(self.luck(), month);
        // 0 for the last month that the firm declared.
        let ago = last.plus(1).months().first().map_or(0, |next| next.since(month).saturating_sub(1));
        let in_time = sooner(due_date, 1 + luck % 5);
        let late = later(due_date, 25 + luck % 110);
        let (on, amount) = match self.firm.paying {
            Paying::Partly if ago < 12 => {
                // Seven tenths, in a round sum of a thousand smallest units.
                let thousands = due.times(Decimal::new(7, 4))?.round(Rounding::Down);
                (in_time, thousands.times(Decimal::ONE_THOUSAND)?)
            }
            Paying::Late if ago < 12 && matches!(ago % 5, 0 | 2) => return Ok(()),
            Paying::Late if ago < 24 => (late, due),
            _ => (in_time, due),
        };
        if !amount.is_zero() {
            let reference = format!("VIR-{month}-{:05}", luck % 100_000);
            acts.push(Act { on, what: What::Pay { firm: self.place, amount, reference } });
        }
        Ok(())
    }

    /// A bonus was forgotten: the quarter is declared again, and the difference is paid.
    fn correct(
        &self,
        quarter: Quarter,
        mut rows: Vec<Row<'a>>,
        filed_on: NaiveDate,
        acts: &mut Vec<Act>,
    ) -> Result<(), DeskError> {
        let [_, month, _] = quarter.months();
        let before = self.due(month, &rows, 1)?;
        let Some(row) =
            rows.iter_mut().find(|row| matches!(row.earned, [_, Some(Earned { days: None, .. }), _]))
        else {
            return Ok(());
        };
        if let [_, Some(earned), _] = &mut row.earned {
            earned.wage = earned.wage.saturating_add(self.world.note.saturating_mul(FORGOTTEN));
        }
        let number = row.worker.number;
        let amount = self.due(month, &rows, 1)?.minus(before)?;
        let mut lines: Vec<RawLine> = rows.iter().map(|row| line(row, quarter)).collect();
        let corrected = lines.iter_mut().find(|line| line.get(Field::Number) == number.to_string());
        if let Some(line) = corrected {
            line.set(Field::Observation, "Prime oubliée dans la première déclaration");
        }
        let on = later(filed_on, 41).min(self.today);
        acts.push(Act { on, what: What::File { firm: self.place, quarter, lines } });
        let reference = format!("VIR-{month}-RECT");
        acts.push(Act { on, what: What::Pay { firm: self.place, amount, reference } });
        Ok(())
    }
}

fn later(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(date)
}

fn sooner(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

/// The row as the employer types it: dates only in the quarter in which they happen.
fn line(row: &Row<'_>, quarter: Quarter) -> RawLine {
    let mut line = RawLine::default();
    line.set(Field::Number, row.worker.number.to_string());
    line.set(Field::Surname, row.worker.surname.as_str());
    line.set(Field::Forenames, row.worker.forenames.as_str());
    let wages = [Field::Wage1, Field::Wage2, Field::Wage3];
    let days = [Field::Days1, Field::Days2, Field::Days3];
    for ((wage, day), earned) in wages.into_iter().zip(days).zip(row.earned) {
        let Some(earned) = earned else { continue };
        line.set(wage, earned.wage.to_string());
        line.set(day, earned.days.map(|days| days.to_string()).unwrap_or_default());
    }
    let within = |date: &NaiveDate| Quarter::of(*date) == quarter;
    for (field, date) in [(Field::HiredOn, Some(row.job.from)), (Field::LeftOn, row.job.to)] {
        if let Some(date) = date.filter(within) {
            line.set(field, date.format("%d/%m/%Y").to_string());
        }
    }
    line
}
