//! A copy of the books in a file (sauvegarde), made while others read and write: it holds every commit
//! that was answered before it began, and none by half.
//!
//! The one rule to remember: a copy never replaces a file that is there, and bears its name only
//! once it is whole and on the disk. A server has tools of its own (`pg_dump`).

use std::io;
use std::path::{Path, PathBuf};

use cnss_core::port::StoreError;

use crate::place::make_private;
use crate::store::{Engine, SqlStore, alone};
use crate::waist::{On, values};

pub(crate) mod on_sqlite {
    crate::waist::statements! {
        COPY = "VACUUM INTO $1";
    }
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The books are on a server.
    #[error("the books are on a server: copy them with pg_dump")]
    Server,
    /// There is a file of that name.
    #[error("{0}: there is such a file, which is not replaced")]
    Exists(PathBuf),
    /// The system says no.
    #[error("{0}: {1}")]
    System(PathBuf, io::Error),
    /// The database says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SqlStore {
    /// Copies the books into a new file.
    ///
    /// # Errors
    /// [`CopyError`]; then there is no file of that name.
    pub async fn copy_to(&self, path: &Path) -> Result<(), CopyError> {
        let Engine::Sqlite { readers, .. } = &self.engine else { return Err(CopyError::Server) };
        let system = |error| CopyError::System(path.to_owned(), error);
        if path.symlink_metadata().is_ok() {
            return Err(CopyError::Exists(path.to_owned()));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let Some(name) = part.to_str().map(str::to_owned) else {
            return Err(system(io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8")));
        };
        self.in_place()?;
        // VACUUM fills an empty file: this one is nobody else's to read from the beginning.
        make_private(&part);
        let readers = readers.clone();
        let copied = alone(async move {
            let made = On::SqlitePool(&readers).run(&on_sqlite::COPY, &[values![name]]).await;
            made.map(drop).map_err(crate::fault::unavailable)
        });
        let kept = match copied.await {
            Ok(()) => keep(&part, path),
            Err(error) => Err(error.into()),
        };
        // What is left of a copy that failed; of one that went well nothing is.
        let _ = std::fs::remove_file(&part);
        kept
    }
}

/// Gives a whole copy its name, once it is on the disk.
fn keep(part: &Path, path: &Path) -> Result<(), CopyError> {
    let system = |error| CopyError::System(path.to_owned(), error);
    std::fs::File::open(part).and_then(|file| file.sync_all()).map_err(system)?;
    // A second name for the same file: it is whole from the beginning, and of two copies of one name one
    // is refused. The first name is taken off by whoever made it.
    match std::fs::hard_link(part, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CopyError::Exists(path.to_owned()));
        }
        // Some disks (FAT, shares of other systems) know no second names.
        Err(_) if path.symlink_metadata().is_err() => std::fs::rename(part, path).map_err(system)?,
        Err(error) => return Err(system(error)),
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that cannot be opened cannot be waited for either; the file itself is safe.
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).or(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_an_empty_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, path) = (folder.path().join("part"), folder.path().join("copy"));
        // What cannot be renamed over a file: whoever makes the name first leaves an empty one behind.
        std::fs::create_dir(&part).expect("made");
        let _kept = keep(&part, &path);
        assert!(!path.is_file(), "an empty file was left");
    }

    #[test]
    fn of_two_copies_of_one_name_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, path) = (folder.path().join("part"), folder.path().join("copy"));
        std::fs::write(&path, "first").expect("written");
        std::fs::write(&part, "second").expect("written");
        assert!(matches!(keep(&part, &path), Err(CopyError::Exists(_))));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "first");
    }
}
