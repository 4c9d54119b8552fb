//! The key of codes (clé des codes): codes and first passwords are derived under it when they leave
//! and when they are typed, so that no book holds one.
//!
//! It comes from `CNSS_CODE_KEY`, from the file of `code_key_file`, or from a file beside the SQLite
//! books, which is drawn once. The one rule to remember: who reads it and the books knows every code,
//! so it lies in neither the books nor their copies, and a file that others may read is refused.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use cnss_core::account::CodeKey;

use crate::settings::Settings;

/// What is added to the name of the books.
const BESIDE: &str = ".code-key";
/// A file that is longer holds something else.
const FILE_MAX: u64 = 1_000;
/// What a key looks like.
pub const FORM: &str = "on attend une clé de 64 signes hexadécimaux ; « openssl rand -hex 32 » en donne une";

/// Why there is no key; each says what to do, and none shows what a file holds.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    #[error("« {} » ne se lit pas ({})", .0.display(), .1)]
    Read(PathBuf, ErrorKind),
    #[error("« {} » ne s'écrit pas ({})", .0.display(), .1)]
    Write(PathBuf, ErrorKind),
    #[error("« {} » : {FORM}", .0.display())]
    Form(PathBuf),
    #[error("« {} » peut être lu par d'autres que son propriétaire ; « chmod 600 » y remédie, et la clé est à changer si quelqu'un a pu la lire", .0.display())]
    Open(PathBuf),
    #[error(
        "les livres sont sur un serveur : donnez la clé par la variable CNSS_CODE_KEY, ou par code_key_file, la même à tous les portails de ces livres"
    )]
    NotGiven,
}

/// Where the key of this portal is.
pub enum Place {
    /// It was given.
    Given(CodeKey),
    /// In this file beside the books, or drawn into it.
    Beside(PathBuf),
}

impl Place {
    /// What the settings say; nothing is drawn yet.
    ///
    /// # Errors
    /// [`NoKey`] when a key that was named cannot be had, or must be named and is not.
    pub fn of(settings: &Settings) -> Result<Self, NoKey> {
        if let Some(key) = &settings.code_key {
            return Ok(Self::Given(CodeKey::new(key.0)));
        }
        if let Some(path) = &settings.code_key_file {
            return read(path).map(Self::Given).map_err(|bad| bad.told(path));
        }
        let mut path = settings.database_url.file().ok_or(NoKey::NotGiven)?.into_os_string();
        path.push(BESIDE);
        Ok(Self::Beside(path.into()))
    }

    /// The key; once the books are open, so that a slip in their address leaves none beside books
    /// that are not there.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn key(self) -> Result<CodeKey, NoKey> {
        match self {
            Self::Given(key) => Ok(key),
            Self::Beside(path) => drawn_once(&path),
        }
    }
}

/// Why a file gives no key.
enum Bad {
    System(ErrorKind),
    Form,
    Open,
}

impl Bad {
    fn told(self, path: &Path) -> NoKey {
        let path = path.to_owned();
        match self {
            Self::System(kind) => NoKey::Read(path, kind),
            Self::Form => NoKey::Form(path),
            Self::Open => NoKey::Open(path),
        }
    }
}

/// The key of a file, which is drawn when there is none: whole or not at all, and once, however many
/// portals start.
fn drawn_once(path: &Path) -> Result<CodeKey, NoKey> {
    match read(path) {
        Err(Bad::System(ErrorKind::NotFound)) => {}
        found => return found.map_err(|bad| bad.told(path)),
    }
    let failed = |error: std::io::Error| NoKey::Write(path.to_owned(), error.kind());
    let mut draft = path.as_os_str().to_owned();
    let own = u64::from_be_bytes(cnss_http::clock::secret().first_chunk().copied().unwrap_or_default());
    draft.push(format!(".{own:016x}"));
    let draft = PathBuf::from(draft);
    let drawn = write_new(&draft).and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    match drawn {
        Ok(()) => {
            tracing::info!(file = %path.display(), "clé des codes tirée, à garder avec soin et à part des copies")
        }
        // Another portal was faster: its key is everybody's.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    read(path).map_err(|bad| bad.told(path))
}

fn write_new(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text: String = cnss_http::clock::secret().iter().map(|byte| format!("{byte:02x}")).collect();
    file.write_all(format!("{text}\n").as_bytes())?;
    file.sync_all()
}

fn read(path: &Path) -> Result<CodeKey, Bad> {
    let system = |error: std::io::Error| Bad::System(error.kind());
    let about = std::fs::metadata(path).map_err(system)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0 {
        return Err(Bad::Open);
    }
    if about.len() > FILE_MAX {
        return Err(Bad::Form);
    }
    let text = std::fs::read_to_string(path).map_err(system)?;
    parse(text.trim()).map(CodeKey::new).ok_or(Bad::Form)
}

/// A secret of 64 hexadecimal characters.
pub fn parse(text: &str) -> Option<[u8; 32]> {
    let mut key = [0_u8; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in key.iter_mut().zip((0_usize..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at.saturating_add(2))?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use cnss_core::id::ChallengeId;
    use uuid::Uuid;

    use super::*;

    fn code(key: &CodeKey) -> String {
        key.code(ChallengeId(Uuid::from_u128(1)), 1, 8).reveal().to_owned()
    }

    #[test]
    fn it_is_drawn_once_and_read_by_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("books.sqlite.code-key");
        let keys: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| drawn_once(&path).map(|key| code(&key)))).collect();
            starts.into_iter().map(|start| start.join().expect("ended").expect("a key")).collect()
        });
        assert!(keys.iter().all(|key| Some(key) == keys.first()), "one key for all who start");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no draft stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
            assert!(matches!(drawn_once(&path), Err(NoKey::Open(_))));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_holds_something_else_is_refused_and_not_shown() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        for text in ["", "secret", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32), &"a".repeat(2_000)] {
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
            let refused = drawn_once(&path).err().map(|error| error.to_string()).expect("refused");
            assert!(
                refused.contains("64 signes") && (text.is_empty() || !refused.contains(text)),
                "{refused}"
            );
        }
    }
}
