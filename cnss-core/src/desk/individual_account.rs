//! The individual account (compte individuel) and the pension simulator at the counter.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Desk, DeskError};
use crate::access::Actor;
use crate::calendar::Month;
use crate::decision::Moment;
use crate::declaration::assess::{Assessment, assess};
use crate::employer::Employer;
use crate::explain::Value;
use crate::id::{EmployerId, InsuredId};
use crate::insured::{Career, CareerMonth, Insured, InsuredMonth};
use crate::ledger::{Settled, Statement};
use crate::pension::{Simulation, Subject, simulate};
use crate::port::LIMIT_MAX;
use crate::refusal::{Fault, FaultKind, Refusal};

/// A person's account.
#[derive(Clone, Debug)]
pub struct IndividualAccount {
    /// Whose.
    pub insured: Insured,
    /// Every month declared, ascending.
    pub months: Vec<MonthView>,
    /// The months as the pension rules see them.
    pub career: Career,
}

/// One month with one employer.
#[derive(Clone, Debug)]
pub struct MonthView {
    /// What was declared.
    pub declared: CareerMonth,
    /// The employer's name.
    pub employer: String,
    /// Whether the employer has paid for that month.
    pub settled: Option<Settled>,
}

/// What a person wants to try out.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// Code of the kind of pension: `normal`, `early`.
    pub kind: String,
    /// From when.
    pub award_date: NaiveDate,
    /// The wage until then; none when work has stopped.
    pub future_wage: Option<Decimal>,
}

impl Desk {
    /// The person that an actor is.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but an insured person.
    pub async fn insured_of(&self, actor: Actor) -> Result<Insured, DeskError> {
        let (id, _) = actor.read_career()?;
        Ok(self.store.insured(id).await?.ok_or(Refusal::NotFound)?)
    }

    /// The whole account, with whether each employer paid.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but the person.
    pub async fn individual_account(
        &self,
        actor: Actor,
        at: &Moment,
    ) -> Result<IndividualAccount, DeskError> {
        let insured = self.insured_of(actor).await?;
        let declared = self.career_of(insured.id).await?;
        let career: Career = declared.iter().collect();
        let mut employers: BTreeMap<EmployerId, (Employer, Statement)> = BTreeMap::new();
        for month in &declared {
            if employers.contains_key(&month.employer) {
                continue;
            }
            let Some(seen) = self.store.employer(month.employer).await? else { continue };
            let statement = self.statement_of(month.employer, at.today).await?;
            employers.insert(month.employer, (seen.value, statement));
        }
        let mut months = Vec::with_capacity(declared.len());
        for declared in declared {
            let (employer, settled) = match employers.get(&declared.employer) {
                Some((employer, statement)) => {
                    (employer.name.to_string(), statement.settled(declared.month)?)
                }
                None => (String::new(), None),
            };
            months.push(MonthView { declared, employer, settled });
        }
        Ok(IndividualAccount { insured, months, career })
    }

    /// How the contributions of one declared month came about.
    ///
    /// # Errors
    /// [`Refusal::NoRule`] when the rates of that month are not known.
    pub fn month_assessment(&self, month: &CareerMonth) -> Result<Assessment, Refusal> {
        assess(&self.fund, &month.category, month.month, &[month.wage.amount()])
    }

    async fn career_of(&self, insured: InsuredId) -> Result<Vec<CareerMonth>, DeskError> {
        let (mut from, last) = (Month::new(1900, 1), Month::new(2199, 12));
        let mut all: Vec<CareerMonth> = Vec::new();
        while let (Some(first), Some(last)) = (from, last) {
            let mut page = self.store.career(insured, first, last, LIMIT_MAX).await?;
            let whole = page.len() < usize::try_from(LIMIT_MAX).unwrap_or(usize::MAX);
            if !whole {
                // The last month of a full page may be cut: it is read again with the next.
                let cut = page.last().map(|m| m.month);
                if cut == from {
                    // More employers in one month than a page holds: what was read is all that is shown.
                    all.extend(page);
                    break;
                }
                page.retain(|m| Some(m.month) != cut);
                from = cut;
            }
            all.extend(page);
            if whole {
                break;
            }
        }
        Ok(all)
    }

    /// Simulates a pension from the account, with the wage that the person expects until then.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for a wage or a date that makes no sense; [`Refusal::NoRule`].
    pub async fn simulate_pension(
        &self,
        actor: Actor,
        what_if: &WhatIf,
        at: &Moment,
    ) -> Result<Simulation, DeskError> {
        let insured = self.insured_of(actor).await?;
        let career: Career = self.career_of(insured.id).await?.iter().collect();
        let career = self.projected(&career, what_if, at)?;
        let subject = Subject::new(insured.birth_date, what_if.award_date, &career);
        Ok(simulate(&self.fund, &subject, &what_if.kind)?)
    }

    /// The career with the expected wage from the first month not declared to the award.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for a wage below zero or too large, or an award more than 60 years away.
    pub fn projected(&self, career: &Career, what_if: &WhatIf, at: &Moment) -> Result<Career, Refusal> {
        let mut faults = Vec::new();
        let award = Month::of(what_if.award_date);
        let last = Month::of(at.today).plus(720);
        if award > last {
            let (first, last) = (Value::Date(Month::FIRST.first_day()), Value::Date(last.last_day()));
            faults.push(Fault::field("award_date", FaultKind::OutOfRange { first, last }));
        }
        if let Some(wage) = what_if.future_wage {
            if wage < Decimal::ZERO {
                faults.push(Fault::field("future_wage", FaultKind::NotPositive));
            }
            if wage > self.fund.layout.wage_max {
                let most = Value::Number(self.fund.layout.wage_max);
                faults.push(Fault::field("future_wage", FaultKind::TooLarge { most }));
            }
        }
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        // What was declared from the award on is the law's business, not a fault: the person
        // asks what would be if work ended then.
        let declared = career.before(award).iter().cloned();
        let Some(wage) = what_if.future_wage else { return Ok(Career::from_insured(declared)) };
        // Months of quarters that are long over are gaps, not work to come.
        let open = at.today.checked_sub_months(chrono::Months::new(6)).map_or(Month::of(at.today), Month::of);
        let next = career.last().map_or(Month::of(at.today), |last| last.plus(1).max(open));
        let to_come = next.through(award.plus(-1)).map(|month| InsuredMonth {
            month,
            wage,
            days: None,
            category: None,
        });
        Ok(Career::from_insured(declared.chain(to_come)))
    }
}
