//! Checks the second factor: a code from the authenticator app, or a recovery code.
//!
//! Guesses are counted in the database, so neither a restart nor a second process grants extra ones. The caller of
//! [`check`] commits whatever it returns, so that wrong guesses count.

use shared::{
    id::UserId,
    seal::{self, Place, SealError, Secret},
    timestamp::Timestamp,
};
use sqlx::PgConnection;

use super::{recovery_code, second_factor_store as store, totp};
use kit::{
    config::Keys,
    error::{Error, Result},
    state::AppState,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Right,
    /// A valid recovery code, which is now used up.
    RecoveryCode,
    Wrong,
    /// No guesses are left for now.
    TooMany,
}

impl Outcome {
    pub const fn is_right(self) -> bool {
        matches!(self, Self::Right | Self::RecoveryCode)
    }
}

/// Checks the code that a person entered. `known` means that this browser has signed in as this person before.
///
/// # Errors
/// Database errors.
pub async fn check(
    conn: &mut PgConnection,
    state: &AppState,
    user: UserId,
    given: &str,
    known: bool,
) -> Result<Outcome> {
    if !store::take_guess(conn, user, known).await? {
        return Ok(Outcome::TooMany);
    }
    let outcome = weigh(conn, state, user, given).await?;
    if outcome.is_right() {
        store::give_back(conn, user, known).await?;
    }
    Ok(outcome)
}

async fn weigh(conn: &mut PgConnection, state: &AppState, user: UserId, given: &str) -> Result<Outcome> {
    let Some(stored) = store::find(conn, user).await?.filter(|stored| stored.enabled) else {
        return Ok(Outcome::Wrong);
    };
    // Recovery codes need no key: they let people in whose secret was encrypted with one that was lost.
    let secret = open(&state.config.keys, user, &stored.sealed_secret).inspect_err(|error| {
        tracing::error!(
            event = "second_factor.unreadable", %user,
            "could not decrypt the secret of two-step sign-in: {error}"
        );
    });
    // Uses the wall clock: authenticator apps know only the real time.
    let step = secret.ok().and_then(|secret| totp::matching_step(&secret, given, state.clock.wall(), stored.last_step));
    if let Some(step) = step
        && store::use_step(conn, user, step).await?
    {
        return Ok(Outcome::Right);
    }
    match recovery_code::hash(user, given) {
        Some(hash) if store::use_code(conn, user, &hash, state.clock.now()).await? => Ok(Outcome::RecoveryCode),
        _ => Ok(Outcome::Wrong),
    }
}

/// Replaces all recovery codes with new ones.
pub async fn renew_codes(
    conn: &mut PgConnection,
    user: UserId,
) -> std::result::Result<[String; recovery_code::COUNT], sqlx::Error> {
    let codes = recovery_code::fresh();
    let hashes: Vec<[u8; 32]> = codes.iter().filter_map(|code| recovery_code::hash(user, code)).collect();
    store::replace_codes(conn, user, &hashes).await?;
    Ok(codes)
}

/// Begins the set-up with a fresh secret.
///
/// # Errors
/// Database errors, or if the secret can't be sealed.
pub async fn begin(conn: &mut PgConnection, keys: &Keys, user: UserId, now: Timestamp) -> Result<()> {
    let sealed = seal_secret(keys, user, &totp::fresh_secret()).map_err(|error| Error::internal(error))?;
    store::begin(conn, user, &sealed, now).await?;
    Ok(())
}

fn seal_secret(keys: &Keys, user: UserId, secret: &Secret) -> std::result::Result<String, SealError> {
    seal::seal(&keys.at_rest, place(&user.to_string()), rand::random(), secret)
}

pub fn open(keys: &Keys, user: UserId, sealed: &str) -> std::result::Result<Secret, SealError> {
    seal::open(&keys.at_rest, place(&user.to_string()), sealed)
}

/// The tenant is empty because people don't belong to one.
const fn place(row: &str) -> Place<'_> {
    Place { tenant: "", table: "user_totp", column: "sealed_secret", row }
}
