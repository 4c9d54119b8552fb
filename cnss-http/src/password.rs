//! Passwords: Argon2id, away from the threads that serve pages, so many at once and no more.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

/// Hashes at once: each takes 19 MiB and a core for some 30 ms.
const AT_ONCE: usize = 2;
/// A longer password is not looked at: the hash's cost must not grow with what a stranger sends.
pub const PASSWORD_MAX: usize = 128;

/// Checks passwords.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    nobody: Arc<str>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        // Checked in place of an account that is not there, so that the answer takes as long.
        let nobody = hash("nobody has this password").unwrap_or_default();
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobody: nobody.into() }
    }

    /// Whether `password` is the one of `hash`; without a hash, takes as long and says no.
    pub(crate) async fn right(&self, password: String, hash: Option<String>) -> bool {
        if password.len() > PASSWORD_MAX {
            return false;
        }
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return false };
        let there = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        let check = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        check.await.unwrap_or(false) && there
    }
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
    }
}
