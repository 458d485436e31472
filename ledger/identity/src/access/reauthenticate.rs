//! Before what can't be undone a person types the password again: someone who found an open browser can't do it.

use axum::http::StatusCode;
use shared::seal::Secret;

use super::{password as hashing, session::Session, store};
use kit::{
    access::limit::{self, Limit},
    db::Holder,
    error::{Error, Result},
    state::AppState,
};

const PASSWORD_MAX: usize = 1_024;

/// # Errors
/// 400 naming `password` where it is not the person's, and those of [`fits`].
pub async fn password(state: &AppState, session: &Session, given: Secret) -> Result<()> {
    if fits(state, session, given).await? {
        Ok(())
    } else {
        Err(Error::field("password", "This is not your password."))
    }
}

/// Whether it is the person's password. Guesses are as slow as at the sign-in, but counted by session: a stranger who guesses
/// elsewhere doesn't stop the owner.
///
/// # Errors
/// 429 after too many attempts; 503 where the database is away.
pub async fn fits(state: &AppState, session: &Session, given: Secret) -> Result<bool> {
    let guess = Limit::Proof(&session.token_hash);
    if !limit::admit(state, &guess).await? {
        let message = "Too many attempts. Wait a minute, then try again.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message).retry_after(60));
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
