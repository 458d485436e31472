//! Before what can't be undone a person types the password again: whoever found an open browser can't do it.

use axum::http::StatusCode;
use shared::seal::Secret;

use super::{
    password as hashing,
    second_factor::{self, Outcome},
    second_factor_store,
    session::Session,
    store,
    throttle::Attempt,
};
use crate::{
    db::Holder,
    error::{Error, Result},
    state::AppState,
};

const PASSWORD_MAX: usize = 1_024;
const CODE_LEN: usize = 6;

/// Before what an open browser alone must not give away, such as whole taxpayer numbers and keys: the form's field
/// `password` holds the person's password, or a code of their authenticator app where two-step sign-in is on.
///
/// # Errors
/// 400 naming `password` where it is neither, 429 after too many attempts.
pub async fn person(state: &AppState, session: &Session, given: &str) -> Result<()> {
    // No password is that short.
    let is_code = given.trim().len() == CODE_LEN && given.trim().bytes().all(|byte| byte.is_ascii_digit());
    if !is_code || !is_second_factor_on(state, session).await? {
        return password(state, session, Secret::new(given)).await;
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let outcome = second_factor::check(tx.conn(), state, session.user, given.trim(), true).await?;
    tx.commit().await?;
    match outcome {
        Outcome::Right | Outcome::RecoveryCode => Ok(()),
        Outcome::Wrong => Err(Error::field("password", "That code is wrong, or was used before.")),
        Outcome::TooMany => Err(too_many("Too many wrong codes. Use your password.", 900)),
    }
}

async fn is_second_factor_on(state: &AppState, session: &Session) -> Result<bool> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let stored = second_factor_store::find(tx.conn(), session.user).await?;
    tx.commit().await?;
    Ok(stored.is_some_and(|stored| stored.enabled))
}

/// Counts as an attempt to sign in, so that it is no way around the throttle.
///
/// # Errors
/// 400 naming `password` where it is not the person's, 429 after too many attempts.
pub async fn password(state: &AppState, session: &Session, given: Secret) -> Result<()> {
    let attempt = Attempt { email: &session.email, source: None, device: None };
    if !state.login_throttle.admit(&attempt, state.clock.wall()) {
        return Err(too_many("Too many attempts. Wait a minute, then try again.", 60));
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = store::find_user(&mut tx, &session.email).await?;
    tx.commit().await?;
    let hash = found.filter(|found| found.id == session.user).map(|found| found.password_hash);
    let short = given.expose().len() <= PASSWORD_MAX;
    if short && hashing::verify(given, hash).await {
        state.login_throttle.refund(&attempt);
        return Ok(());
    }
    Err(Error::field("password", "This is not your password."))
}

fn too_many(message: &str, seconds: u32) -> Error {
    Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message).retry_after(seconds)
}
