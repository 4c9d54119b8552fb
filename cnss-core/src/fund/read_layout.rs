//! Reading `declaration.toml`.

use serde::Deserialize;

use super::layout::{Column, Every, Field, SheetLayout};
use super::mechanism::Number;
use super::parse::{RawRule, Reader};
use crate::person::NameKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayout {
    question: Option<String>,
    source: String,
    sheet: String,
    title: String,
    short: Option<String>,
    every: Option<Every>,
    employer_label: String,
    quarter_label: String,
    lines_max: u32,
    wage_max: Number,
    whole_month: Option<RawRule>,
    columns: Vec<RawColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    field: Field,
    title: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    required: bool,
    width: u16,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<SheetLayout> {
    let raw: RawLayout = reader.file()?;
    reader.source("source", &raw.source);
    let mut columns: Vec<Column> = Vec::new();
    for column in raw.columns {
        let same =
            |c: &Column| c.field == column.field || NameKey::of(&c.title) == NameKey::of(&column.title);
        if columns.iter().any(same) {
            reader.fault(&format!("columns.{}", column.field.name()), "stands twice");
        }
        columns.push(Column {
            field: column.field,
            title: column.title.as_str().into(),
            also: column.also.iter().map(|title| NameKey::of(title)).collect(),
            required: column.required,
            width: column.width,
        });
    }
    // A fund that declares by month has one wage a line.
    for field in [Field::Number, Field::Surname, Field::Forenames, Field::Wage1] {
        if !columns.iter().any(|c| c.field == field) {
            reader.fault("columns", format!("{} is missing", field.name()));
        }
    }
    // It begins the numbers of receipts, which are read aloud, sent by SMS and kept in a cookie.
    let sound = |short: &str| (2..=8).contains(&short.len()) && short.chars().all(|c| c.is_ascii_uppercase());
    if let Some(short) = raw.short.as_deref().filter(|short| !sound(short)) {
        reader.fault("short", format!("{short:?} is not 2 to 8 capital letters"));
    }
    Some(SheetLayout {
        sheet: raw.sheet.into(),
        title: raw.title.into(),
        short: raw.short.map(Into::into),
        every: raw.every,
        employer_label: raw.employer_label.into(),
        quarter_label: raw.quarter_label.into(),
        columns,
        lines_max: raw.lines_max,
        wage_max: raw.wage_max.0,
        whole_month: raw.whole_month.and_then(|rule| {
            reader.rule("declaration.whole_month", rule, |days: u32| {
                if (1..=31).contains(&days) { Ok(days) } else { Err("a month has 1 to 31 days".to_owned()) }
            })
        }),
        question: reader.question("question", raw.question.as_deref()),
    })
}
