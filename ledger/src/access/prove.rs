//! Before what can't be undone a person types the password again: whoever found an open browser can't do it.

use axum::http::StatusCode;
use shared::seal::Secret;

use super::{password as hashing, session::Session, store, throttle::Attempt};
use crate::{
    db::Holder,
    error::{Error, Result},
    state::AppState,
};

const PASSWORD_MAX: usize = 1_024;

/// Counts as an attempt to sign in, so that it is no way around the throttle.
///
/// # Errors
/// 400 naming `password` where it is not the person's, 429 after too many attempts.
pub async fn password(state: &AppState, session: &Session, given: Secret) -> Result<()> {
    let attempt = Attempt { email: &session.email, source: None, device: None };
    if !state.login_throttle.admit(&attempt, state.clock.wall()) {
        let message = "Too many attempts. Wait a minute, then try again.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message).retry_after(60));
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
