//! In which currency the books are kept: written once, when they are first opened, and compared each
//! time they are opened again.
//!
//! The one rule to remember: amounts are whole numbers of the smallest unit, so books of one currency
//! that are read in another are all wrong, and nothing else would say so. Two funds with one currency
//! are not told apart.

use cnss_core::port::StoreError;

use crate::fault::{KeptIn, OpenError};
use crate::open::Options;
use crate::store::SqlStore;
use crate::waist::{Row, statements, values};

statements! {
    KEPT_IN = "SELECT currency, decimals FROM books";
    KEEP_IN = "INSERT INTO books (one, currency, decimals) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING";
}

/// The store, if its books are kept in the currency that was asked for; `failed` says what it means that
/// they could not be asked.
pub(crate) async fn agreed(
    store: SqlStore,
    options: Options,
    failed: impl Fn(sqlx::Error) -> OpenError,
) -> Result<SqlStore, OpenError> {
    let (code, decimals) = (options.currency.code(), i64::from(options.currency.exponent()));
    let asked = KeptIn { currency: code.to_owned(), decimals };
    let mut kept = store.reading().rows(&KEPT_IN, &[values![]]).await.map_err(&failed)?;
    if kept.is_empty() && !options.only_read {
        store.writing().run(&KEEP_IN, &[values![code, decimals]]).await.map_err(&failed)?;
        // Another portal may have been first, for another fund.
        kept = store.writing().rows(&KEPT_IN, &[values![]]).await.map_err(&failed)?;
    }
    let Some(row) = kept.first() else { return Ok(store) };
    let read = |row: &Row| {
        Ok::<_, StoreError>(KeptIn { currency: row.get("currency")?, decimals: row.get("decimals")? })
    };
    let kept = read(row).map_err(|error| failed(sqlx::Error::Decode(Box::new(error))))?;
    if kept == asked {
        return Ok(store);
    }
    store.close().await;
    Err(OpenError::Currency { kept, asked })
}
