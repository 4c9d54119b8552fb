//! Errors of the database, told apart by what can be done about them.

use cnss_core::port::{CommitError, StoreError};

/// Why the books cannot be opened; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of a kind that this version does not serve.
    #[error("{0}: the books are kept in SQLite or PostgreSQL; give sqlite:PATH or postgres://USER@HOST/NAME")]
    Engine(String),
    /// The address of a server makes no sense; it is not shown, for it may hold a password.
    #[error(
        "the address of the PostgreSQL server cannot be read; give postgres://USER:PASSWORD@HOST:PORT/NAME"
    )]
    Address,
    /// The server cannot be reached, or does not let us in.
    #[error(
        "PostgreSQL at {place} cannot be reached ({cause}); check that it runs, the name of the database, the user and the password"
    )]
    Server {
        /// Host and port.
        place: String,
        /// What the driver says.
        cause: sqlx::Error,
    },
    /// There are no books, and none were to be made.
    #[error("{path}: there are no books here")]
    Missing {
        /// Which file, or which server.
        path: String,
    },
    /// The file cannot be opened or made.
    #[error("{path}: cannot be opened ({cause}); check that the folder exists and can be written to")]
    File {
        /// Which file.
        path: String,
        /// What the database says.
        cause: sqlx::Error,
    },
    /// The books are those of a fund with another currency.
    #[error("the books are kept in {kept}, and were asked for in {asked}: they are another fund's")]
    Currency {
        /// In which they are kept, with its decimals.
        kept: KeptIn,
        /// In which they were asked for.
        asked: KeptIn,
    },
    /// The books were written by a newer version, or a migration failed.
    #[error(
        "{path}: the books are not of this version ({cause}); use the version that wrote them, or restore a backup"
    )]
    Schema {
        /// Which file, or which server.
        path: String,
        /// What the migrator says.
        cause: sqlx::migrate::MigrateError,
    },
}

/// A currency as books are kept in it: the same code with other decimals is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptIn {
    /// Its code.
    pub currency: String,
    /// How many decimals its amounts have.
    pub decimals: i64,
}

impl std::fmt::Display for KeptIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with {} decimals", self.currency, self.decimals)
    }
}

/// What keeps the books from being opened, for whoever puts it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such place, or nobody may enter it.
    Place,
    /// What is there may only be read.
    ReadOnly,
    /// The file is damaged, or was never one of books.
    Damaged,
    /// Another program holds it.
    Locked,
    /// The disk is full, or does not obey.
    Disk,
    /// The books are of another version.
    Version,
    /// The server is only read: it is a standby, or set so.
    Standby,
    /// The role may not do this.
    Rights,
    /// The server is gone, or says nothing.
    Away,
    /// Something else; the error has its own words.
    Other,
}

impl OpenError {
    /// What is wrong, as far as the database says it.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        use sqlx::migrate::MigrateError;
        match self {
            Self::Missing { .. } => Trouble::Place,
            Self::File { cause, .. } => trouble(cause),
            Self::Schema {
                cause: MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _),
                ..
            } => match trouble(cause) {
                // A table that is not there or there already, above all.
                Trouble::Other if matches!(cause, sqlx::Error::Database(_)) => Trouble::Version,
                known => known,
            },
            Self::Schema { .. } => Trouble::Version,
            Self::Engine(_) | Self::Address | Self::Server { .. } | Self::Currency { .. } => Trouble::Other,
        }
    }
}

/// What the code of an error means.
pub(crate) fn trouble(error: &sqlx::Error) -> Trouble {
    let database = match error {
        sqlx::Error::Database(database) => database,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => return Trouble::Away,
        _ => return Trouble::Other,
    };
    let code = database.code().unwrap_or_default();
    // PostgreSQL's codes have five signs, SQLite's are numbers below 10,000.
    if code.len() == 5 { trouble_on_server(&code) } else { trouble_of_file(&code) }
}

/// What a code of `PostgreSQL` means, or the class that its first two signs name.
fn trouble_on_server(code: &str) -> Trouble {
    match code {
        "25006" => Trouble::Standby,
        "42501" => Trouble::Rights,
        // A lock, a statement that took too long, a deadlock.
        "55P03" | "57014" | "40P01" => Trouble::Locked,
        "53100" | "58030" => Trouble::Disk,
        // Of data and of an index; XX000 may be anything.
        "XX001" | "XX002" => Trouble::Damaged,
        _ if code.starts_with("08") || code.starts_with("57P") => Trouble::Away,
        _ => Trouble::Other,
    }
}

/// What a number of SQLite means; an extended one bears the plain one in its low byte.
fn trouble_of_file(code: &str) -> Trouble {
    match code.parse::<u32>().unwrap_or_default() & 0xff {
        3 | 14 => Trouble::Place,
        8 => Trouble::ReadOnly,
        11 | 26 => Trouble::Damaged,
        5 | 6 => Trouble::Locked,
        10 | 13 => Trouble::Disk,
        _ => Trouble::Other,
    }
}

/// Something went wrong on the way to the disk.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            StoreError::Inconsistent(error.to_string())
        }
        // No waiting mends it: a copy must be brought back.
        other if damaged(&other) => StoreError::Inconsistent(other.to_string()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Whether the file of the books is damaged.
fn damaged(error: &sqlx::Error) -> bool {
    trouble(error) == Trouble::Damaged
}

/// What PostgreSQL calls a conflict between two commits, which the one that lost makes again.
const CONFLICTS: [&str; 2] = ["40001", "40P01"];

/// The unique keys whose meaning the core knows: as PostgreSQL names them, as SQLite names their
/// first column, and as the core does.
const KEYS: [(&str, &str, &str); 6] = [
    ("employer_number", "employer.number", "employer_number"),
    ("insured_number", "insured.number", "insured_number"),
    ("account_login_unique", "account_login.kind", "login"),
    ("declaration_revision", "declaration.employer_id", "declaration_revision"),
    ("payment_reference_unique", "payment_reference.reference", "payment_reference"),
    ("ledger_entry_payment_once", "ledger_entry.reference", "payment"),
];

/// The same while committing; a unique key that is taken is told by its name.
pub(crate) fn while_committing(error: sqlx::Error) -> CommitError {
    let sqlx::Error::Database(database) = &error else { return unavailable(error).into() };
    if database.code().is_some_and(|code| CONFLICTS.contains(&&*code)) {
        return CommitError::Stale;
    }
    if !database.is_unique_violation() {
        return unavailable(error).into();
    }
    // SQLite names columns in its message, not constraints.
    let (message, constraint) = (database.message(), database.constraint());
    if constraint == Some("receipt_pkey") || message.contains("receipt.request_key") {
        return CommitError::KeyTaken;
    }
    let known = KEYS.iter().find(|(name, column, _)| constraint == Some(*name) || message.contains(column));
    CommitError::Taken(known.map_or("identity", |(_, _, taken)| taken))
}
