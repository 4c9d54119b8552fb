//! The columns of the wage declaration (modèle de la DNR): what each means, how it is titled,
//! and by which other titles employers' own files are recognised.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::dated::Parameter;
use crate::person::NameKey;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Insured number.
    Number,
    /// Family name.
    Surname,
    /// Given names.
    Forenames,
    /// Wage of the first month.
    Wage1,
    /// Wage of the second month.
    Wage2,
    /// Wage of the third month.
    Wage3,
    /// Days worked in the first month, when it was not whole.
    Days1,
    /// Days worked in the second month.
    Days2,
    /// Days worked in the third month.
    Days3,
    /// Date of hiring (embauche).
    HiredOn,
    /// Date of leaving (débauche).
    LeftOn,
    /// Remark.
    Observation,
}

impl Field {
    /// Every field, in the order of [`crate::declaration::RawLine`].
    pub const ALL: [Self; 12] = [
        Self::Number,
        Self::Surname,
        Self::Forenames,
        Self::Wage1,
        Self::Wage2,
        Self::Wage3,
        Self::Days1,
        Self::Days2,
        Self::Days3,
        Self::HiredOn,
        Self::LeftOn,
        Self::Observation,
    ];

    /// The name in forms, JSON and data: `wage1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Surname => "surname",
            Self::Forenames => "forenames",
            Self::Wage1 => "wage1",
            Self::Wage2 => "wage2",
            Self::Wage3 => "wage3",
            Self::Days1 => "days1",
            Self::Days2 => "days2",
            Self::Days3 => "days3",
            Self::HiredOn => "hired_on",
            Self::LeftOn => "left_on",
            Self::Observation => "observation",
        }
    }
}

/// One column of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it holds.
    pub field: Field,
    /// Its title in the model.
    pub title: Arc<str>,
    /// Other titles under which it is recognised, folded.
    pub also: Vec<NameKey>,
    /// True when a file without it cannot be read.
    pub required: bool,
    /// Width in the model, in characters.
    pub width: u16,
}

/// How often a fund wants the declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each month.
    Month,
    /// Each quarter.
    Quarter,
}

/// The model of the wage declaration.
#[derive(Clone, Debug)]
pub struct SheetLayout {
    /// Name of the sheet.
    pub sheet: Arc<str>,
    /// Title over the table.
    pub title: Arc<str>,
    /// What people call the declaration for short (DNR), in capital letters; none where nobody was
    /// heard to. The numbers of receipts begin with it.
    pub short: Option<Arc<str>>,
    /// How often the fund wants it, which pages say; the sheet is a quarter's all the same.
    pub every: Option<Every>,
    /// Label of the cell that stands before the employer's number.
    pub employer_label: Arc<str>,
    /// Label of the cell that stands before the quarter.
    pub quarter_label: Arc<str>,
    /// Columns, left to right.
    pub columns: Vec<Column>,
    /// Most lines that one declaration may hold.
    pub lines_max: u32,
    /// Greatest monthly wage that is not taken for a typing error.
    pub wage_max: Decimal,
    /// From how many days on a month counts as whole, so that its pay may not be below the
    /// minimum wage; without it, every month that says its days is taken for incomplete.
    pub whole_month: Option<Parameter<u32>>,
    /// What is not settled about the model.
    pub question: Option<(Arc<str>, Arc<str>)>,
}

impl SheetLayout {
    /// The column whose title, or another known title, a heading cell bears.
    #[must_use]
    pub fn recognise(&self, heading: &str) -> Option<&Column> {
        let key = NameKey::of(heading);
        if key.as_str().is_empty() {
            return None;
        }
        self.columns.iter().find(|c| NameKey::of(&c.title) == key || c.also.contains(&key))
    }

    /// The title of a field in the model.
    #[must_use]
    pub fn title_of(&self, field: Field) -> &str {
        self.columns.iter().find(|c| c.field == field).map_or(field.name(), |c| &c.title)
    }
}
