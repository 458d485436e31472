//! Asks for the password again before an action that can't be undone, so that someone who finds an open browser can't
//! perform it.

use axum::http::StatusCode;
use shared::seal::Secret;

use super::{password as hashing, session::Session, store};
use kit::{
    db::Holder,
    error::{Code, Error, Result},
    limit::{self, Limit},
    state::AppState,
};

const PASSWORD_MAX: usize = 1_024;

/// # Errors
/// 400 naming `password` if it isn't the person's password, and the errors of [`fits`].
pub async fn password(state: &AppState, session: &Session, given: Secret) -> Result<()> {
    if fits(state, session, given).await? { Ok(()) } else { Err(Error::field("password", "Incorrect password.")) }
}

/// Returns whether it is the person's password. Guesses are limited as strictly as at sign-in but counted per session,
/// so that an attacker who guesses elsewhere can't lock out the account's owner.
///
/// # Errors
/// 429 after too many attempts; 503 if the database is unavailable.
pub async fn fits(state: &AppState, session: &Session, given: Secret) -> Result<bool> {
    let guess = Limit::Proof(&session.token_hash);
    if !limit::admit(state, &guess).await? {
        let message = "Too many attempts. Wait a minute, then try again.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyAttempts, message).retry_after(60));
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = store::find_user(&mut tx, &session.email).await?;
    tx.commit().await?;
    let hash = found.filter(|found| found.id == session.user).map(|found| found.password_hash);
    let short = given.expose().len() <= PASSWORD_MAX;
    let fits = short && hashing::verify(given, hash).await;
    if fits {
        limit::refund(state, &guess).await?;
    }
    Ok(fits)
}
