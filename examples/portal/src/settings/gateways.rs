//! The table `[post]`: the fund's gateways for SMS and e-mail, as `cnss-sms` reads them.

use cnss_sms::settings::Settings;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// Reads the table.
///
/// # Errors
/// Everything that is wrong in it, each with its key.
pub(super) fn read(value: &DeValue<'_>) -> Result<Settings, Vec<String>> {
    let DeValue::Table(table) = value else {
        return Err(vec!["clé post : on attend une table [post]".to_owned()]);
    };
    Settings::read(&plain(table)).map_err(|faults| faults.0.iter().map(|f| format!("[post] {f}")).collect())
}

fn plain(table: &DeTable<'_>) -> Table {
    table.iter().map(|(name, value)| (name.get_ref().to_string(), value_of(value.get_ref()))).collect()
}

/// A value as settings know it. No setting is a fraction or a date: as text they are refused where
/// they stand.
fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::String(String::new()),
        },
        DeValue::Boolean(on) => Value::Boolean(*on),
        DeValue::Float(_) | DeValue::Datetime(_) => Value::String(String::new()),
        DeValue::Array(list) => Value::Array(list.iter().map(|item| value_of(item.get_ref())).collect()),
        DeValue::Table(table) => Value::Table(plain(table)),
    }
}
