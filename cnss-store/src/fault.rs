//! Errors of the database, told apart by what can be done about them.

use cnss_core::port::{CommitError, StoreError};

/// Why the books cannot be opened; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of a kind that this version does not serve.
    #[error("{0}: this version keeps its books in SQLite only; give sqlite:PATH")]
    Engine(String),
    /// The file cannot be opened or made.
    #[error("{path}: cannot be opened ({cause}); check that the folder exists and can be written to")]
    File {
        /// Which file.
        path: String,
        /// What the database says.
        cause: sqlx::Error,
    },
    /// The books were written by a newer version, or a migration failed.
    #[error(
        "{path}: the books are not of this version ({cause}); use the version that wrote them, or restore a backup"
    )]
    Schema {
        /// Which file.
        path: String,
        /// What the migrator says.
        cause: sqlx::migrate::MigrateError,
    },
}

/// Something went wrong on the way to the disk.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            StoreError::Inconsistent(error.to_string())
        }
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// The same while committing; a unique key that is taken is told by its name.
pub(crate) fn while_committing(error: sqlx::Error) -> CommitError {
    let sqlx::Error::Database(database) = &error else { return unavailable(error).into() };
    if !database.is_unique_violation() {
        return unavailable(error).into();
    }
    // SQLite names columns, not constraints.
    let message = database.message();
    for (columns, taken) in [
        ("receipt.request_key", None),
        ("employer.number", Some("employer_number")),
        ("insured.number", Some("insured_number")),
        ("account.login", Some("login")),
        ("declaration.employer_id", Some("declaration_revision")),
    ] {
        if message.contains(columns) {
            return taken.map_or(CommitError::KeyTaken, CommitError::Taken);
        }
    }
    CommitError::Taken("identity")
}
