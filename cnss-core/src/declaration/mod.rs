//! The quarterly nominative wage declaration (déclaration nominative des rémunérations, DNR).
//!
//! Its life: a sheet or a form gives raw lines; [`sheet`] reads them into sound lines or into
//! every fault at once; [`assess`] computes contributions by branch and payer; [`prepare`] those
//! of a quarter; `submit` and `correct` (feature `books`) decide what follows. The one rule to remember: nothing is half taken.

pub mod assess;
#[cfg(feature = "books")]
pub mod correct;
mod line;
pub mod prepare;
pub mod sheet;
#[cfg(feature = "books")]
pub mod submit;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::Quarter;
use crate::fund::{Field, SheetLayout};
use crate::id::{AccountId, DeclarationId, EmployerId, InsuredId, InsuredNumber};
use crate::money::Money;

/// One line as it was typed or read, not yet checked; cells in the order of [`Field::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawLine {
    /// The text of each field.
    pub cells: [String; 12],
}

impl RawLine {
    /// The text of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> &str {
        self.cells.get(field as usize).map_or("", String::as_str)
    }

    /// Puts text into a field.
    pub fn set(&mut self, field: Field, text: impl Into<String>) {
        if let Some(cell) = self.cells.get_mut(field as usize) {
            *cell = text.into();
        }
    }

    /// True when nothing at all stands in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// A declaration that is being prepared (brouillon): what was typed, kept as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Whose.
    pub employer: EmployerId,
    /// For which quarter.
    pub quarter: Quarter,
    /// The lines.
    pub lines: Vec<RawLine>,
    /// When it was last saved.
    pub saved_at: DateTime<Utc>,
}

/// One sound line: a worker of the register, with up to three monthly wages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its row in the sheet, or its place in the form.
    pub row: u32,
    /// The worker.
    pub insured: InsuredId,
    /// The worker's number.
    pub number: InsuredNumber,
    /// Wage of each month, in units of the currency; none for a month without work.
    pub wages: [Option<Decimal>; 3],
    /// Days worked, where the month was not whole.
    pub days: [Option<u8>; 3],
    /// Hired on, when it was said.
    pub hired_on: Option<NaiveDate>,
    /// Left on, when it was said.
    pub left_on: Option<NaiveDate>,
    /// Remark.
    pub observation: Option<Box<str>>,
}

/// A declaration that was filed (déposée). A correction is a new revision; none is ever edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Identity of this revision.
    pub id: DeclarationId,
    /// Whose.
    pub employer: EmployerId,
    /// For which quarter.
    pub quarter: Quarter,
    /// 1 for the first filing, then one more for each correction.
    pub revision: u32,
    /// When.
    pub filed_at: DateTime<Utc>,
    /// By whom.
    pub filed_by: AccountId,
    /// How many workers it names.
    pub workers: u32,
    /// Sum of all wages.
    pub wages: Money,
    /// Sum of all contributions.
    pub contributions: Money,
}

impl Filed {
    /// The number on the receipt, as the fund calls its declaration: `DNR-2024T1-K7Q2M9XA`, or
    /// `REC-2024T1-K7Q2M9XA` (récépissé) where nobody was heard to call it for short.
    #[must_use]
    pub fn receipt(&self, layout: &SheetLayout) -> String {
        // Letters and digits that are not mistaken for one another when read aloud.
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut rest = self.id.0.as_u128();
        let mut code = String::with_capacity(8);
        for _ in 0..8 {
            let index = usize::try_from(rest & 31).unwrap_or(0);
            code.push(ALPHABET.get(index).copied().map_or('0', char::from));
            rest >>= 5;
        }
        let prefix = layout.short.as_deref().unwrap_or("REC");
        format!("{prefix}-{}T{}-{code}", self.quarter.year(), self.quarter.number())
    }
}
