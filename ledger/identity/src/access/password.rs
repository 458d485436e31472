//! Hashes and verifies passwords with Argon2id, off the threads that answer requests.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use shared::{keys::encode_hex, seal::Secret};
use tokio::sync::Semaphore;

/// Each hash takes 19 MiB and about 20 ms of a core; this limits concurrent hashes so that other work has room.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));

/// The hash of a random password that no one has. Verification uses it if the account is unknown, so that the response
/// takes as long as for a known one.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let password = encode_hex(&rand::random::<[u8; 32]>());
    hash_now(&Secret::new(password)).unwrap_or_default()
});

/// Returns a PHC string with a fresh salt, or `None` if hashing failed.
pub async fn hash(password: Secret) -> Option<String> {
    let _permit = AT_ONCE.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.ok().flatten()
}

/// Returns whether the password matches the hash. `None` means an unknown account: it costs the same work, and no
/// password matches.
pub async fn verify(password: Secret, hash: Option<String>) -> bool {
    let Ok(_permit) = AT_ONCE.acquire().await else { return false };
    let work = move || verify_now(&password, hash.as_deref().unwrap_or(&NOBODYS));
    tokio::task::spawn_blocking(work).await.unwrap_or(false)
}

/// Returns whether the hash's parameters differ from those of a fresh hash.
pub fn is_dated(hash: &str) -> bool {
    let parameters = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
    parameters(hash) != parameters(&NOBODYS)
}

fn hash_now(password: &Secret) -> Option<String> {
    let hash = Argon2::default().hash_password(password.expose().as_bytes()).ok()?;
    Some(hash.to_string())
}

fn verify_now(password: &Secret, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_other_parameters_are_dated() {
        let fresh = hash_now(&Secret::new("correct horse")).unwrap();
        assert!(!is_dated(&fresh));
        for old in [fresh.replace("t=2", "t=1"), fresh.replace("argon2id", "argon2i"), "x".to_owned()] {
            assert!(is_dated(&old), "{old}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_passes() {
        let hash = hash(Secret::new("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(Secret::new("correct horse"), Some(hash.clone())).await);
        assert!(!verify(Secret::new("correct horsf"), Some(hash)).await);
        assert!(!verify(Secret::new("correct horse"), None).await);
        assert!(!verify(Secret::new("x"), Some("not a hash".to_owned())).await);
    }
}
