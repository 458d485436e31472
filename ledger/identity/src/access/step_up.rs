//! Step-up authentication: before money moves, or a rule that protects it is removed, the person proves their identity
//! again, because an open browser isn't enough. They enter a second-factor code if they have one, otherwise their
//! password. For a few minutes after that, and after signing in, they aren't asked again.

use axum::http::StatusCode;
use shared::{seal::Secret, timestamp::Timestamp};

use super::{reauthenticate, second_factor, second_factor_store, session::Session, store};
use kit::{
    db::Holder,
    error::{Code, Error, Result},
    form::Fields,
    state::AppState,
};

/// How long a proof is valid, in milliseconds.
const FRESH_MS: i64 = 300_000;
const CODE_MAX: usize = 100;
/// The fields of a form with `step_up.html`.
const PASSWORD: &str = "password";
const CODE: &str = "code";

/// The proof that a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    Nothing,
    Password,
    Code,
}

impl Challenge {
    pub const fn is_password(self) -> bool {
        matches!(self, Self::Password)
    }

    pub const fn is_code(self) -> bool {
        matches!(self, Self::Code)
    }
}

/// What a person typed into the fields for the [`Challenge`].
#[derive(Debug)]
pub struct Given {
    password: Secret,
    code: Secret,
}

impl Given {
    /// Takes the values out of a form's fields, so that a page never shows them again.
    pub fn take(fields: &mut Fields) -> Self {
        Self { password: Secret::new(fields.take(PASSWORD)), code: Secret::new(fields.take(CODE)) }
    }
}

/// Returns what the person has to enter now.
pub async fn challenge_for(state: &AppState, session: &Session) -> Result<Challenge> {
    if is_fresh(session.proved_at, state.clock.wall()) {
        return Ok(Challenge::Nothing);
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let second = second_factor_store::find(tx.conn(), session.user).await?.is_some_and(|stored| stored.enabled);
    tx.commit().await?;
    Ok(if second { Challenge::Code } else { Challenge::Password })
}

/// Succeeds if the person proves their identity now or did so a few minutes ago.
///
/// # Errors
/// 403 `step_up_required` if nothing was entered; 400 naming `password` or `code` if it is wrong; 429 after too many
/// attempts.
pub async fn prove(state: &AppState, session: &Session, given: Given) -> Result<()> {
    match challenge_for(state, session).await? {
        Challenge::Nothing => return Ok(()),
        Challenge::Password if given.password.expose().is_empty() => {
            return Err(required(PASSWORD, "Enter your password to continue."));
        }
        Challenge::Password => reauthenticate::password(state, session, given.password).await?,
        Challenge::Code if given.code.expose().trim().is_empty() => {
            return Err(required(CODE, "Enter a code from your authenticator app to continue."));
        }
        Challenge::Code => code(state, session, given.code.expose()).await?,
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::set_proved(&mut tx, &session.token_hash, state.clock.wall()).await?;
    Ok(tx.commit().await?)
}

fn is_fresh(proved_at: Option<Timestamp>, wall: Timestamp) -> bool {
    proved_at.is_some_and(|at| (0..FRESH_MS).contains(&(wall.millis() - at.millis())))
}

async fn code(state: &AppState, session: &Session, given: &str) -> Result<()> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let short = given.chars().take(CODE_MAX).collect::<String>();
    // A live session is a browser that signed in before.
    let outcome = second_factor::check(tx.conn(), state, session.user, &short, true).await?;
    tx.commit().await?;
    match outcome {
        outcome if outcome.is_right() => Ok(()),
        second_factor::Outcome::TooMany => {
            let message = "Too many attempts. Wait a few minutes, then try again.";
            Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyAttempts, message).retry_after(900))
        }
        _ => Err(Error::field(CODE, "That code is incorrect or was already used.")),
    }
}

fn required(field: &str, message: &str) -> Error {
    Error::new(StatusCode::FORBIDDEN, Code::StepUpRequired, message).with_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_five_minutes() {
        let at = |seconds: i64| Timestamp::from_seconds(1_790_000_000 + seconds).unwrap();
        assert!(is_fresh(Some(at(0)), at(0)) && is_fresh(Some(at(0)), at(299)));
        assert!(!is_fresh(Some(at(0)), at(300)) && !is_fresh(None, at(0)));
        assert!(!is_fresh(Some(at(60)), at(0)), "a clock that was set back proves nothing");
    }
}
