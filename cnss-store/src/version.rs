//! Of which version the tables are: told without changing anything, so that a portal whose role may not
//! change them starts where nothing is to be changed.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

/// Where the steps that were done are kept.
const TABLE: &str = "_sqlx_migrations";

/// The tables as they are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    /// There are none: nobody has kept books here.
    None,
    /// A step is to be done yet.
    Older(i64),
    /// They came to be by exactly these steps.
    Current,
}

impl Tables {
    /// Looks; an error when they are of another version altogether.
    pub(crate) async fn of(db: &mut impl Migrate, steps: &Migrator) -> Result<Self, MigrateError> {
        match db.dirty_version(TABLE).await {
            Ok(None) => {}
            Ok(Some(dirty)) => return Err(MigrateError::Dirty(dirty)),
            Err(MigrateError::Execute(error)) if is_absent(&error) => return Ok(Self::None),
            Err(error) => return Err(error),
        }
        let applied = db.list_applied_migrations(TABLE).await?;
        for done in &applied {
            match steps.iter().find(|step| step.version == done.version) {
                None => return Err(MigrateError::VersionMissing(done.version)),
                Some(step) if step.checksum != done.checksum => {
                    return Err(MigrateError::VersionMismatch(done.version));
                }
                Some(_) => {}
            }
        }
        if applied.is_empty() {
            return Ok(Self::None);
        }
        let waiting = steps.iter().find(|step| applied.iter().all(|done| done.version != step.version));
        Ok(waiting.map_or(Self::Current, |step| Self::Older(step.version)))
    }

    /// Whether they are of this version, for whoever only looks.
    pub(crate) const fn current(self) -> Result<(), MigrateError> {
        match self {
            Self::Current => Ok(()),
            Self::Older(step) => Err(MigrateError::VersionNotPresent(step)),
            Self::None => Err(MigrateError::VersionNotPresent(1)),
        }
    }
}

/// Whether there is no such table.
fn is_absent(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // SQLite has no code of its own for it.
    error.code().is_some_and(|code| code == "42P01") || error.message().contains("no such table")
}

/// Migrations from their texts.
///
/// Listed by hand: sqlx's macro for this would build every driver a second time for the
/// compiler's own use.
pub(crate) fn migrations(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
}
