//! Passwords: Argon2id, away from the threads that serve pages, so many at once and no more.
//!
//! The memory that a hash fills is kept and used again: given back and asked for anew by
//! whichever thread is free, it would pile up to hundreds of megabytes in a login storm.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use tokio::sync::Semaphore;

/// Hashes at once: each takes 19 MiB and a core for some 30 ms.
const AT_ONCE: usize = 2;
/// A longer password is not looked at: the hash's cost must not grow with what a stranger sends.
pub const PASSWORD_MAX: usize = 128;
/// The most memory that a stored hash may ask for, in KiB.
const MEMORY_MAX: u32 = 64 * 1024;

/// Checks passwords.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    nobody: Arc<OnceLock<String>>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), memory: Arc::default(), nobody: Arc::default() }
    }

    /// Whether `password` is the one of `hash`; without a hash, takes as long and says no.
    pub(crate) async fn right(&self, password: String, hash: Option<String>) -> bool {
        if password.len() > PASSWORD_MAX {
            return false;
        }
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return false };
        let (memory, nobody) = (Arc::clone(&self.memory), Arc::clone(&self.nobody));
        let check = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let there = hash.is_some();
            let hash = hash.as_deref().unwrap_or_else(|| {
                // Checked in place of an account that is not there, so that the answer takes as long.
                nobody.get_or_init(|| self::hash("nobody has this password").unwrap_or_default())
            });
            let mut blocks = lock(&memory).pop().unwrap_or_default();
            let right = verify(password.as_bytes(), hash, &mut blocks).unwrap_or(false);
            lock(&memory).push(blocks);
            right && there
        });
        check.await.unwrap_or(false)
    }
}

fn lock(memory: &Mutex<Vec<Vec<Block>>>) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Computes the hash again in `blocks` and compares; none when the stored hash makes no sense.
fn verify(password: &[u8], stored: &str, blocks: &mut Vec<Block>) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&stored).ok().filter(|params| params.m_cost() <= MEMORY_MAX)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let (salt, expected) = (stored.salt?, stored.hash?);
    let argon = Argon2::new(algorithm, version, params);
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

/// The hash of a password, as a PHC string (Argon2id, 19 MiB, 2 passes).
///
/// # Errors
/// When the machine cannot give the memory or the chance that it takes.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    let salt = crate::clock::secret();
    let salt = salt.get(..16).unwrap_or(&[]);
    Ok(Argon2::default().hash_password_with_salt(password.as_bytes(), salt)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_wrong_unknown_and_too_long() {
        let passwords = Passwords::new();
        let known = hash("Épi d'or 2026").expect("hashed");
        assert!(known.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{known}");
        assert!(passwords.right("Épi d'or 2026".into(), Some(known.clone())).await);
        assert!(!passwords.right("épi d'or 2026".into(), Some(known.clone())).await);
        assert!(!passwords.right("nobody has this password".into(), None).await);
        assert!(!passwords.right("x".repeat(200), Some(known)).await);
        for nonsense in ["", "secret", "$argon2id$v=19$m=999999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"] {
            assert!(!passwords.right("secret".into(), Some(nonsense.into())).await, "{nonsense:?}");
        }
    }

    /// The computation is that of the library itself, other parameters included.
    #[test]
    fn hashes_of_other_parameters_are_checked() {
        let params = Params::new(64, 3, 2, Some(16)).expect("parameters");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let stored = argon.hash_password_with_salt(b"secret", b"saltsalt").expect("hashed").to_string();
        let mut blocks = Vec::new();
        assert_eq!(verify(b"secret", &stored, &mut blocks), Some(true));
        assert_eq!(verify(b"Secret", &stored, &mut blocks), Some(false));
    }
}
