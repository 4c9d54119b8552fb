//! Passwords: Argon2id, away from the threads that serve pages, so many at once and no more.
//!
//! The memory that a hash fills is kept and used again: given back and asked for anew by
//! whichever thread is free, it would pile up to hundreds of megabytes in a login storm. The one rule
//! to remember: whatever is asked, known or not, too long or of a former site, one hash is computed.

mod common;
mod former;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

pub(crate) use common::is_common;

/// The most characters of a password that are looked at: no fund takes longer ones.
pub const PASSWORD_MAX: usize = 128;
/// The most memory that a stored hash may ask for, in KiB.
const MEMORY_MAX: u32 = 64 * 1024;
/// The most passwords that wait for their turn; one more is told to come back.
const WAITING: usize = 600;
/// For how long one waits at most: longer than that, people send again, and all is computed twice.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// What stands before a hash that was made with the pepper.
const PEPPERED: &str = "pepper:";

/// A secret that is mixed into every password and is not kept in the books (poivre): stolen books alone
/// do not let anybody try passwords.
#[derive(Clone, Copy)]
pub struct Pepper([u8; 32]);

impl Pepper {
    /// A secret that whoever runs the portal keeps. Lost, nobody's password is right any more.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }
}

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper(…)")
    }
}

/// What a password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Wrong, or nobody's.
    Wrong,
    /// Right.
    Right,
    /// Right, and its hash is to be made anew: it is a former site's, or was made without the pepper.
    Former,
}

/// Too many passwords wait for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// Checks passwords and makes their hashes.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    pepper: Option<Pepper>,
}

/// Hashes at once, each of 19 MiB and a core for some 30 ms: half of the cores, so that pages are
/// served beside a storm.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

impl Passwords {
    pub(crate) fn new(pepper: Option<Pepper>) -> Self {
        Self::limited(pepper, at_once(), WAITING)
    }

    fn limited(pepper: Option<Pepper>, turns: usize, waiting: usize) -> Self {
        let (turns, waiting) = (Arc::new(Semaphore::new(turns)), Arc::new(Semaphore::new(waiting)));
        Self { turns, waiting, memory: Arc::default(), pepper }
    }

    /// Carries out `work` on a thread of its own when its turn comes.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let _place = self.waiting.try_acquire().map_err(|_| Busy)?;
        let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(Busy)?;
        let memory = Arc::clone(&self.memory);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut blocks = lock(&memory).pop().unwrap_or_default();
            let done = work(&mut blocks);
            lock(&memory).push(blocks);
            done
        });
        done.await.map_err(|_| Busy)
    }

    /// Whether `password` is the one of `hash`; without a hash, takes as long and says no.
    ///
    /// # Errors
    /// [`Busy`].
    pub(crate) async fn check(&self, password: String, hash: Option<String>) -> Result<Checked, Busy> {
        let pepper = self.pepper;
        self.in_turn(move |blocks| check(&password, hash.as_deref(), pepper, blocks)).await
    }

    /// The hash of a new password; that of a password that is too long is nobody's.
    ///
    /// # Errors
    /// [`Busy`].
    pub(crate) async fn hash(&self, password: String) -> Result<String, Busy> {
        let pepper = self.pepper;
        let made = self.in_turn(move |blocks| {
            make(&password, pepper, blocks).inspect_err(|error| tracing::error!(%error, "no hash was made"))
        });
        made.await?.map_err(|_| Busy)
    }
}

fn lock(memory: &Mutex<Vec<Vec<Block>>>) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One spelling of what may be typed in two (é as one sign or as two), cut to what is looked at.
fn folded(password: &str) -> String {
    password.nfc().take(PASSWORD_MAX).collect()
}

fn check(password: &str, hash: Option<&str>, pepper: Option<Pepper>, blocks: &mut Vec<Block>) -> Checked {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let cut = folded(password);
    let whole = password.chars().nth(PASSWORD_MAX).is_none();
    let (own, peppered) =
        match hash.map(|hash| hash.strip_prefix(PEPPERED).map_or((hash, false), |h| (h, true))) {
            Some((hash, peppered)) if hash.starts_with("$argon2") => (Some(hash), peppered),
            _ => (None, false),
        };
    // Computed in place of a hash that is not there, so that the answer takes as long.
    let nobody =
        || NOBODY.get_or_init(|| self::hash("nobody has this password").unwrap_or_default()).as_str();
    let used = pepper.filter(|_| peppered);
    let right = verify(cut.as_bytes(), own.unwrap_or_else(nobody), used, blocks).unwrap_or(false);
    let known = right && own.is_some() && (used.is_some() == peppered);
    let former = hash.filter(|_| own.is_none()).and_then(|hash| former::verify(password.as_bytes(), hash));
    match (whole, known, former) {
        (true, true, _) if peppered || pepper.is_none() => Checked::Right,
        (true, true, _) | (true, _, Some(true)) => Checked::Former,
        _ => Checked::Wrong,
    }
}

fn argon(
    pepper: Option<&Pepper>,
    algorithm: Algorithm,
    version: Version,
    params: Params,
) -> Option<Argon2<'_>> {
    match pepper {
        Some(Pepper(secret)) => Argon2::new_with_secret(secret, algorithm, version, params).ok(),
        None => Some(Argon2::new(algorithm, version, params)),
    }
}

/// Computes the hash again in `blocks` and compares; none when the stored hash makes no sense.
fn verify(password: &[u8], stored: &str, pepper: Option<Pepper>, blocks: &mut Vec<Block>) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&stored).ok().filter(|params| params.m_cost() <= MEMORY_MAX)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let (salt, expected) = (stored.salt?, stored.hash?);
    let argon = argon(pepper.as_ref(), algorithm, version, params)?;
    blocks.resize(argon.params().block_count(), Block::new());
    let mut computed = vec![0; expected.len()];
    let memory = blocks.as_mut_slice();
    argon.hash_password_into_with_memory(password, salt.as_ref(), &mut computed, memory).ok()?;
    Some(same(&computed, expected.as_bytes()))
}

/// Compares without stopping at the first difference.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn make(
    password: &str,
    pepper: Option<Pepper>,
    blocks: &mut Vec<Block>,
) -> Result<String, argon2::password_hash::Error> {
    let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::default());
    let salt = crate::clock::secret();
    let salt = Salt::new(salt.get(..16).unwrap_or(&[]))?;
    let argon = argon(pepper.as_ref(), algorithm, version, params.clone());
    let argon = argon.ok_or(argon2::password_hash::Error::Crypto)?;
    blocks.resize(params.block_count(), Block::new());
    let mut computed = [0; Params::DEFAULT_OUTPUT_LEN];
    let memory = blocks.as_mut_slice();
    argon.hash_password_into_with_memory(folded(password).as_bytes(), &salt, &mut computed, memory)?;
    let made = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: (&params).try_into()?,
        salt: Some(salt),
        hash: Some(Output::new(&computed)?),
    };
    Ok(if pepper.is_some() { format!("{PEPPERED}{made}") } else { made.to_string() })
}

/// The hash of a password, as a PHC string (Argon2id, 19 MiB, 2 passes), for accounts that are opened
/// before the portal runs: without the pepper, which is added at the first login.
///
/// # Errors
/// When the machine cannot give the memory or the chance that it takes.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    make(password, None, &mut Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordHasher;

    #[tokio::test]
    async fn right_wrong_unknown_and_too_long() {
        let passwords = Passwords::new(None);
        let known = hash("Épi d'or 2026").expect("hashed");
        assert!(known.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{known}");
        let check = async |typed: &str, hash: Option<&str>| {
            passwords.check(typed.to_owned(), hash.map(str::to_owned)).await.expect("its turn came")
        };
        assert_eq!(check("Épi d'or 2026", Some(&known)).await, Checked::Right);
        assert_eq!(check("E\u{301}pi d'or 2026", Some(&known)).await, Checked::Right, "the same word");
        assert_eq!(check("épi d'or 2026", Some(&known)).await, Checked::Wrong);
        assert_eq!(check("nobody has this password", None).await, Checked::Wrong);
        let long = "x".repeat(PASSWORD_MAX);
        let cut = hash(&long).expect("hashed");
        assert_eq!(check(&long, Some(&cut)).await, Checked::Right);
        assert_eq!(check(&format!("{long}x"), Some(&cut)).await, Checked::Wrong, "not cut in silence");
        for nonsense in ["", "secret", "$argon2id$v=19$m=999999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"] {
            assert_eq!(check("secret", Some(nonsense)).await, Checked::Wrong, "{nonsense:?}");
        }
        let former = "$2y$05$abcdefghijklmnopqrstuuIOyVRkZywOQgMw6moXSyfjigrshWRLG";
        assert_eq!(check("motdepasse", Some(former)).await, Checked::Former);
        assert_eq!(check("motdepas", Some(former)).await, Checked::Wrong);
    }

    #[tokio::test]
    async fn a_pepper_is_needed_once_it_was_used() {
        let (plain, mixed) = (Passwords::new(None), Passwords::new(Some(Pepper::new([7; 32]))));
        let (before, after) = (plain.hash("secret".into()).await, mixed.hash("secret".into()).await);
        let (before, after) = (before.expect("made"), after.expect("made"));
        assert_eq!(mixed.check("secret".into(), Some(before)).await, Ok(Checked::Former));
        assert_eq!(mixed.check("secret".into(), Some(after.clone())).await, Ok(Checked::Right));
        assert_eq!(plain.check("secret".into(), Some(after.clone())).await, Ok(Checked::Wrong));
        let other = Passwords::new(Some(Pepper::new([8; 32])));
        assert_eq!(other.check("secret".into(), Some(after)).await, Ok(Checked::Wrong));
    }

    #[tokio::test]
    async fn more_than_may_wait_are_told_to_come_back() {
        let passwords = Passwords::limited(None, 1, 2);
        let tries = (0..4).map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.check("secret".into(), None).await })
        });
        let mut answers = Vec::new();
        for answer in tries.collect::<Vec<_>>() {
            answers.push(answer.await.expect("answered"));
        }
        let told = answers.iter().filter(|answer| **answer == Err(Busy)).count();
        assert_eq!(told, 2, "{answers:?}");
        assert_eq!(passwords.check("secret".into(), None).await, Ok(Checked::Wrong), "it is over");
    }

    /// The computation is that of the library itself, other parameters included.
    #[test]
    fn hashes_of_other_parameters_are_checked() {
        let params = Params::new(64, 3, 2, Some(16)).expect("parameters");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let stored = argon.hash_password_with_salt(b"secret", b"saltsalt").expect("hashed").to_string();
        let mut blocks = Vec::new();
        assert_eq!(verify(b"secret", &stored, None, &mut blocks), Some(true));
        assert_eq!(verify(b"Secret", &stored, None, &mut blocks), Some(false));
    }
}
