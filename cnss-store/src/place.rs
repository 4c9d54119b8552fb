//! Where the file of the books is, and whether it is still the one that was opened.
//!
//! A file that is moved, removed or replaced under a program goes on being written to, unseen: what is
//! acknowledged then is gone with the program. The one rule to remember: nothing is read, and nothing
//! acknowledged, unless the file at the place of the books is the one that was opened.

use std::io;
use std::path::{Path, PathBuf};

/// The file that was opened.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    file: Identity,
}

/// What a file is, whatever its name: its device and its number there.
#[cfg(unix)]
type Identity = (u64, u64);

/// Here only that there is one.
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    path.metadata().map(drop)
}

impl Place {
    /// The file that is there now.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        // A program may change its folder later.
        let path = std::path::absolute(path)?;
        let file = identity(&path)?;
        Ok(Self { path, file })
    }

    /// Whether it is still there; one look at the folder, which costs about a microsecond.
    pub(crate) fn check(&self) -> Result<(), sqlx::Error> {
        let why = match identity(&self.path) {
            Ok(now) if now == self.file => return Ok(()),
            Ok(_) => {
                "another file is in the place of the books: put the first one back, or restart the portal"
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                "the file of the books is not there any more: put it back, or restore a copy and restart the portal"
            }
            Err(error) => return Err(sqlx::Error::Io(error)),
        };
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::NotFound, why)))
    }
}

/// Makes an empty file that only its owner may read, and says nothing when it cannot: whoever opens it
/// next says why in its own words.
pub(crate) fn make_private(path: &Path) {
    let mut new = std::fs::OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let _made = new.open(path);
}
